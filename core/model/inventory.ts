/** Inventory level: how many of a variant lie at a location. Counters, so that sales on two sides both count. */
import { Decimal } from "./decimal.ts"
import { entity, field } from "./entity.ts"
import type { TypeOf } from "./entity.ts"
import { Instant } from "./instant.ts"
import { textAt } from "./key.ts"
import { Ref } from "./type.ts"

export const Inventory = entity({
  name: "inventory",
  fields: {
    variant: field(Ref, "I", "none", "What is counted.", { references: "product", within: "variants" }),
    location: field(Ref, "I", "none", "Where it lies.", { references: "location" }),
    onHand: field(Decimal, "C", "none", "Pieces that are there."),
    available: field(Decimal, "C", "none", "Pieces that may be sold."),
    reserved: field(Decimal, "C", "none", "Pieces kept for somebody."),
    incoming: field(Decimal, "C", "none", "Pieces ordered and not yet there."),
    asOf: field(Instant, "L", "none", "When it was counted, as the source says.")
  },
  keys: [{
    kind: "variant|location",
    paths: ["variant", "location"],
    of: (read) => {
      const [variant, location] = [textAt(read, "variant"), textAt(read, "location")]
      return variant === undefined || location === undefined ? [] : [`${variant}|${location}`]
    }
  }]
})
export type Inventory = TypeOf<typeof Inventory>
