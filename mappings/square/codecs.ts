/** Codecs for what Square spells its own way: regions, birthdays, barcodes, names of variations, sources of orders. */
import { Schema } from "effect"
import { codec, refuse } from "../../core/mapping/index.ts"
import type { Codec } from "../../core/mapping/index.ts"
import { gtinAt, parseGtin } from "../../core/model/gtin.ts"
import { Bool, Gtin, oneOf, PartialDate, Properties, Subdivision } from "../../core/model/index.ts"
import { cleared, invalid, isRecord, value } from "../../core/model/value.ts"
import type { Value } from "../../core/model/value.ts"

const isPartial = Schema.is(PartialDate.schema)

/** `CA` in the US is `US-CA`. What is no code (`Bayern`) is not read, and stays as long as nothing else is written. */
export const region: Codec<string, string, string, "address.country"> = codec({
  name: "region",
  from: Schema.String,
  to: Subdivision.schema,
  columns: ["address.country"],
  lossy: "a region that is no ISO 3166-2 code is not read",
  decode: (raw, row) => {
    const country = row["address.country"]
    const code = typeof raw === "string" ? raw.trim().toUpperCase() : ""
    if (typeof country !== "string" || !/^[A-Z]{2}$/.test(country)) return cleared
    return /^[A-Z0-9]{1,3}$/.test(code) ? value(`${country}-${code}`) : cleared
  },
  encode: (canonical) => (typeof canonical === "string" ? canonical.slice(3) : refuse("is not a subdivision"))
})

/** `0000-09-21` is a birthday whose year nobody knows; a year or a month alone cannot be kept. */
export const birthday: Codec<string> = codec({
  name: "square birthday",
  from: Schema.String,
  to: PartialDate.schema,
  decode: (raw) => {
    const day = typeof raw === "string" ? raw.trim().replace(/^0000-/, "--") : ""
    return isPartial(day) && /-\d{2}-\d{2}$/.test(day) ? value(day) : invalid(raw, "is not a birthday")
  },
  encode: (canonical) =>
    typeof canonical === "string" && isPartial(canonical) && /-\d{2}-\d{2}$/.test(canonical)
      ? canonical.replace(/^--/, "0000-")
      : refuse("a birthday has a month and a day here")
})

/** 12 to 14 digits, as short as they go: a scanner sends what is printed. */
export const upc: Codec<string> = codec({
  name: "upc",
  from: Schema.String,
  to: Gtin.schema,
  decode: (raw) => {
    const read = typeof raw === "string" ? parseGtin(raw) : undefined
    return read === undefined ? invalid(raw, "is not a trade item number") : value(read)
  },
  encode: (canonical) => {
    if (typeof canonical !== "string") return refuse("is not a trade item number")
    return gtinAt(canonical, 12) ?? gtinAt(canonical, 13) ?? canonical
  }
})

/** What a customer chooses, as the name of a variation: `{ Size: "M", Colour: "Red" }` is `M, Red`. */
export const chosen: Codec<{ readonly [name: string]: Value }> = codec({
  name: "chosen options",
  from: Schema.String,
  to: Properties.schema,
  lossy: "only the values are written, as the variation's name",
  decode: () => cleared,
  encode: (canonical) =>
    isRecord(canonical) ? Object.values(canonical).map(String).join(", ") : refuse("is no set of options")
})

/** Square's own tills and its web shop by name; orders of other applications carry any name, and say nothing. */
export const channel: Codec<"pos" | "online", string> = codec<"pos" | "online", string>({
  name: "square source",
  from: Schema.String,
  to: oneOf("pos", "online").schema,
  decode: (raw) => {
    const source = typeof raw === "string" ? raw : ""
    if (/point of sale|register|restaurants|retail|terminal|appointments|virtual terminal/i.test(source))
      return value("pos")
    return /online/i.test(source) ? value("online") : cleared
  },
  encode: () => refuse("where an order came from is not written")
})

/** Square makes an instant profile from a payment: a name on a card, nobody who signed up. */
export const guest: Codec<boolean> = codec({
  name: "instant profile",
  from: Schema.String,
  to: Bool.schema,
  decode: (raw) =>
    typeof raw === "string" ? value(raw === "INSTANT_PROFILE") : invalid(raw, "is no creation source"),
  encode: () => refuse("how a profile came about is not written")
})
