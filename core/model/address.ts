/** Postal addresses: one register with parts, and the key by which two spellings of one place are recognised. */
import { Schema } from "effect"
import { Country, Subdivision } from "./code.ts"
import { Phone } from "./e164.ts"
import { plainLetters } from "./name.ts"
import { Text } from "./text.ts"
import { exact } from "./type.ts"
import type { ValueType } from "./type.ts"

/** What an address line holds at most: more lines are joined by the mapping. */
export const linesLimit = 5

/**
 * A side declares the parts that it holds. `lines` and street with houseNumber are two ways to say the same thing;
 * a mapping uses one of them.
 */
export type Address = {
  readonly recipient?: string
  readonly company?: string
  readonly lines?: ReadonlyArray<string>
  readonly street?: string
  readonly houseNumber?: string
  readonly unit?: string
  readonly poBox?: string
  readonly dependentLocality?: string
  readonly city?: string
  readonly postalCode?: string
  readonly subdivision?: string
  /** A region that could not be told: kept as it came, beside `subdivision`. */
  readonly subdivisionRaw?: string
  readonly country?: string
  readonly phone?: string
}

const part = Schema.optionalKey(Text.schema)

export const AddressSchema: Schema.Codec<Address, unknown> = Schema.Struct({
  recipient: part,
  company: part,
  lines: Schema.optionalKey(Schema.Array(Text.schema).check(Schema.isMinLength(1), Schema.isMaxLength(linesLimit))),
  street: part,
  houseNumber: part,
  unit: part,
  poBox: part,
  dependentLocality: part,
  city: part,
  postalCode: part,
  subdivision: Schema.optionalKey(Subdivision.schema),
  subdivisionRaw: part,
  country: Schema.optionalKey(Country.schema),
  phone: Schema.optionalKey(Phone.schema)
}).check(Schema.makeFilter((address: Address) => Object.keys(address).length > 0, { expected: "an address with at least one part" }))

export const addressParts = [
  "recipient", "company", "lines", "street", "houseNumber", "unit", "poBox", "dependentLocality", "city", "postalCode", "subdivision",
  "subdivisionRaw", "country", "phone"
] as const satisfies ReadonlyArray<keyof Address>

/** Postal address. A corrected spelling is an edit that has to travel; recognising one place is what `addressKey` is for. */
export const Address: ValueType<Address> = exact(
  "Address",
  `Any of ${addressParts.map((name) => `\`${name}\``).join(", ")}; \`country\` ISO 3166-1, \`subdivision\` ISO 3166-2, \`phone\` E.164.`,
  AddressSchema
)

/** Words that people shorten, in the languages whose street names keep them apart from the name. */
const shortened: ReadonlyArray<readonly [RegExp, string]> = [
  [/(?<=\p{L})str(?:\.|asse\b)/gu, "str"],
  [/\bstrasse\b/g, "str"],
  [/\bstreet\b/g, "st"],
  [/\bavenue\b/g, "ave"],
  [/\broad\b/g, "rd"]
]

/** What is left of a spelling once systems and people no longer differ about it. */
const plain = (text: string): string =>
  shortened.reduce((left, [long, short]) => left.replace(long, short), plainLetters(text))
    .replace(/[^\p{L}\p{N}]/gu, "")

/**
 * The natural key of an address: the place, not the person there. Undefined where it names no place (no street, lines
 * or box, or neither city nor postal code).
 */
export const addressKey = (address: Address): string | undefined => {
  const { lines, street, houseNumber, unit, poBox, city, postalCode, country } = address
  const where = plain([...(lines ?? [street, houseNumber, unit]), poBox].join(" "))
  const place = plain(postalCode ?? city ?? "")
  return where === "" || place === "" ? undefined : `${country ?? ""}|${place}|${where}`
}
