/** Codecs that read with tables of the world: telephone numbers and countries. They cost a moment to load. */
import { Schema } from "effect"
import { formatCountry, parseCountry } from "../model/country.ts"
import { Country } from "../model/code.ts"
import { isPhone, Phone } from "../model/e164.ts"
import { formatPhone, readPhone } from "../model/phone.ts"
import { invalid, value } from "../model/value.ts"
import type { Json } from "../model/value.ts"
import { codec, refuse } from "./codec.ts"
import type { Codec } from "./codec.ts"

/** The country of numbers that are written without one: everywhere the same, or told by a column of the row. */
export type Region<C extends string> = string | { readonly column: C }

const regionIn = (of: Region<string>, row: { readonly [column: string]: Json }): string | undefined => {
  if (typeof of === "string") return of
  const told = row[of.column]
  return typeof told === "string" ? parseCountry(told) : undefined
}

/**
 * A telephone number, canonical as E.164. `region` is the country of numbers written without one: `e164("DE")`,
 * `e164({ column: "LAND" })`. Written as E.164, so that nobody has to guess again.
 */
export const e164 = <C extends string = never>(region?: Region<C>): Codec<string, string, string, C> =>
  codec<string, string, string, C>({
    name: `e164 ${JSON.stringify(region) ?? ""}`,
    from: Schema.String,
    to: Phone.schema,
    ...(typeof region === "object" ? { columns: [region.column] } : {}),
    decode: (raw, row) => {
      const text = typeof raw === "number" ? String(raw) : raw
      if (typeof text !== "string") return invalid(raw, "is not a telephone number")
      const read = readPhone(text, region === undefined ? undefined : regionIn(region, row))
      return "phone" in read ? value(read.phone) : invalid(raw, `is not a telephone number: ${read.why}`)
    },
    encode: (canonical) => {
      if (typeof canonical !== "string" || !isPhone(canonical)) return refuse("is not a telephone number")
      const read = readPhone(canonical)
      return "phone" in read && read.phone === canonical
        ? formatPhone(canonical, "e164").replace(" ext. ", ";ext=")
        : refuse("is not a telephone number")
    }
  })

/** A country, canonical as alpha-2: read in any spelling, written in the column's own. */
export const country = (style: "alpha2" | "alpha3" | "en" | "de" = "alpha2"): Codec<string> =>
  codec({
    name: `country ${style}`,
    from: Schema.String,
    to: Country.schema,
    decode: (raw) => {
      const code = typeof raw === "string" || typeof raw === "number" ? parseCountry(String(raw)) : undefined
      return code === undefined ? invalid(raw, "is not a country") : value(code)
    },
    encode: (canonical) => {
      const code = typeof canonical === "string" ? canonical : ""
      return parseCountry(code) === code
        ? (formatCountry(code, style) ?? refuse("has no spelling here"))
        : refuse("is not a country")
    }
  })
