/** Location: where stock lies and where orders are placed or filled. */
import { Address } from "./address.ts"
import { Zone } from "./code.ts"
import { entity, field } from "./entity.ts"
import type { TypeOf } from "./entity.ts"
import { oneKey, textAt } from "./key.ts"
import { nameKey } from "./name.ts"
import { References } from "./reference.ts"
import { Text, Word } from "./text.ts"
import { Bool, oneOf } from "./type.ts"

export const Location = entity({
  name: "location",
  fields: {
    refs: field(References, "A", "none", "Numbers of this location in other systems, where a system carries them itself."),
    number: field(Word, "L", "none", "Number or code as people quote it."),
    name: field(Text, "L", "none", "Name."),
    type: field(oneOf("store", "warehouse", "3pl", "dropship", "virtual"), "O", "none", "What it is."),
    address: field(Address, "L", "none", "Where it is."),
    timezone: field(Zone, "O", "none", "Its time zone, for business days."),
    active: field(Bool, "O", "none", "In use.")
  },
  keys: [
    { kind: "number", paths: ["number"], of: (read) => oneKey(textAt(read, "number")) },
    { kind: "name", paths: ["name"], of: (read) => oneKey(textAt(read, "name"), (name) => nameKey(name)) }
  ]
})
export type Location = TypeOf<typeof Location>
