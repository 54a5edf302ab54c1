/** Values to prove a mapping with: what the schemas allow, what people really write, and what breaks programs. */
import { Arbitrary, Effect } from "effect"
import type { Schema } from "effect"
import type { Record_ } from "../../mapping/mapping.ts"
import type { FieldSpec, ListSpec } from "../../model/entity.ts"
import { isTidy } from "../../model/text.ts"
import { isList, isRecord } from "../../model/value.ts"
import type { Json, Value } from "../../model/value.ts"
import type { Random } from "../world/random.ts"

/** What a column must never break a program with. */
export const hostile: ReadonlyArray<Json> = [
  null,
  "",
  " ",
  "\t\n",
  "\u00a0",
  "\ufeff",
  "\0",
  "a\0b",
  "\ud800",
  "x\udc00",
  "e\u0301",
  "A\u030angstro\u0308m",
  "\u{1F469}\u200d\u{1F469}\u200d\u{1F467}",
  "\u0130stanbul",
  "\u0131",
  "stra\u00dfe",
  "\ufb01n",
  "\u202eabc",
  "__proto__",
  "constructor",
  "toString",
  "[object Object]",
  "undefined",
  "null",
  "NaN",
  "Infinity",
  "true",
  "false",
  "J",
  "0",
  "-0",
  "-1",
  "007",
  "1e999",
  "1e-7",
  "0.1",
  "1.005",
  "1,5",
  "1.234,56",
  "9007199254740993",
  "99999999999999999999",
  "12345678901234567890123456789012345678901234567890.5",
  "0x1F",
  " 12 ",
  "1900-01-01",
  "0000-00-00",
  "2024-02-30",
  "2026-02-29",
  "2026-03-29 02:30:00",
  "2026-10-25 02:30:00",
  "2026-10-25T00:30:00Z",
  "2026-12-31T23:59:60Z",
  "31.12.2026",
  "20261231",
  "Unknown",
  "n/a",
  "-",
  "?",
  "[]",
  "{}",
  '{"__proto__":1}',
  "{",
  "'; DROP TABLE x; --",
  "a,b;c|d",
  "one\r\ntwo",
  "x".repeat(300),
  "+49 30 23125 100",
  "030/23125-11",
  "+1 555 0100 x12",
  "DE",
  "Deutschland",
  "max@example.com",
  "Max Muster <max@example.org>",
  "max@",
  0,
  1,
  -1,
  0.1,
  1e21,
  9007199254740991,
  9007199254740993,
  -0,
  true,
  false,
  [],
  {},
  [null],
  ["a"],
  { a: { b: 1 } },
  [[[[[[[[[[1]]]]]]]]]]
]

const texts: ReadonlyArray<string> = [
  "Max",
  "Muster",
  "\u0130stanbul",
  "\u00c6r\u00f8sk\u00f8bing",
  "Stra\u00dfe 12",
  "O'Brien",
  "\u{1F469}\u200d\u{1F469}\u200d\u{1F467}",
  "__proto__",
  "a,b;c|d",
  "one\ntwo",
  "Maximilian von Humboldt zu Hohenstein und Taxis",
  "x".repeat(200),
  "Unknown",
  "0",
  "007",
  "\u5c71\u7530",
  "Ang\u00e9lique",
  "-",
  "1900-01-01",
  "N/A"
]

const instants: ReadonlyArray<string> = [
  "2026-10-25T00:30:00Z",
  "2026-10-25T01:30:00Z",
  "2026-03-29T01:30:00Z",
  "2027-01-01T09:30:00.25Z",
  "1969-12-31T23:59:59Z",
  "2026-07-01T12:00:00Z",
  "2026-12-31T23:00:00.123456Z",
  "2026-11-01T05:30:00Z"
]

/** Examples by the name of the value type: what chance alone would hardly find. */
const examples: { readonly [type: string]: ReadonlyArray<Value> } = {
  Text: texts,
  Word: texts,
  Email: [
    "max@example.com",
    "Max.Muster+shop@Example.org",
    "m\u00fcller@example.com",
    "o'brien@example.org",
    "A@EXAMPLE.COM"
  ],
  Phone: ["+4930231250", "+493023125100", "+442079460123", "+12025550143", "+4930231250;ext=12"],
  Country: ["DE", "US", "FR", "CH", "GB", "AT"],
  Currency: ["EUR", "USD", "JPY", "KWD", "CHF"],
  Money: [
    { minor: "1250", scale: 2, currency: "EUR" },
    { minor: "10", scale: 2, currency: "EUR" },
    { minor: "-1", scale: 2, currency: "EUR" },
    { minor: "0", scale: 2, currency: "EUR" },
    { minor: "1005", scale: 3, currency: "EUR" },
    { minor: "500", scale: 0, currency: "JPY" },
    { minor: "99999999999999999", scale: 2, currency: "USD" },
    { minor: "29", scale: 2, currency: "USD" }
  ],
  Decimal: ["0", "0.1", "0.3", "1.50", "-0.005", "29.99", "1234567890123456789.125", "3"],
  Instant: instants,
  LocalDate: ["2024-02-29", "1900-01-01", "2026-12-31", "0001-01-01"],
  PartialDate: ["1980-05-17", "1980-05", "1980", "--05-17", "2024-02-29"],
  Int: [0, 1, -1, 9007199254740991],
  Locale: ["de-DE", "en", "fr-CH"],
  Gtin: ["04006381333931", "00012345678905", "10012345678902"]
}

const sample = <A>(schema: Schema.Codec<A, unknown>, count: number, seed: number): ReadonlyArray<A> => {
  const drawn = Effect.runSync(
    Effect.result(Arbitrary.sampleEffect(Arbitrary.schema(schema), { count, seed, maxDiscards: count * 4 }))
  )
  // A schema whose filter chance hardly passes is left to the examples and to what records show.
  return drawn._tag === "Success" ? drawn.success : []
}

/** Records as the schema of the record allows them, as far as they are JSON. */
export const recordsOf = (
  schema: Schema.Codec<unknown, unknown>,
  count: number,
  seed: number
): ReadonlyArray<Record_> =>
  sample(schema, count, seed)
    .map((drawn) => JSON.parse(JSON.stringify(drawn, (_, one: unknown) => (isLost(one) ? 0 : one)) ?? "null") as Json)
    .filter(isRecord)

/** Numbers that JSON does not know. */
const isLost = (one: unknown): boolean => typeof one === "number" && (!Number.isFinite(one) || Object.is(one, -0))

/** Canonical values of a field, in canonical form. */
export const valuesOf = (spec: FieldSpec, count: number, random: Random): ReadonlyArray<Value> => {
  const { list } = spec
  if (list !== undefined && Object.keys(list.elements).length > 0) return lists(list, count, random)
  const all = pool(spec.type?.name, spec.schema, count, random)
  return all.map((one) => (isRecord(one) ? parts(one, random) : one)).filter(isCanonical)
}

const pool = (name: string | undefined, schema: FieldSpec["schema"], count: number, random: Random) => [
  ...(examples[name ?? ""] ?? []),
  ...sample(schema, count, random.below(1_000_000))
]

/** Lists made element by element: chance alone would hardly find one whose parts are all in use. */
const lists = (list: ListSpec, count: number, random: Random): ReadonlyArray<Value> => {
  const pools = Object.entries(list.elements).map(
    ([name, { references, type }]): readonly [string, ReadonlyArray<Value>] => {
      if (references !== undefined || type === undefined) return [name, ["1", "17", "4711", "9999"]]
      const all = pool(type.name, type.schema, 30, random).map((one) => (isRecord(one) ? parts(one, random) : one))
      return [name, all.filter(isCanonical)]
    }
  )
  return Array.from({ length: count }, () => {
    const made = new Map<string, Json>()
    for (let at = random.between(1, 4); at > 0; at--) {
      const element: { [attribute: string]: Json } = { id: String(at) }
      for (const [name, values] of pools) {
        if (values.length > 0 && random.chance(0.8)) element[name] = random.pick(values)
      }
      made.set(list.key(element) ?? String(at), element)
    }
    return [...made.values()]
  })
}

/** Chance makes currencies and countries that nobody has: some of them become ones that are in use. */
const parts = (of: { readonly [name: string]: Json }, random: Random): { readonly [name: string]: Json } =>
  Object.fromEntries(
    Object.entries(of).map(([name, one]) => {
      if (name === "currency" && random.chance(0.9)) return [name, random.pick(["EUR", "EUR", "USD"])]
      if (name === "scale" && random.chance(0.5)) return [name, 2]
      if (name === "country" && random.chance(0.9)) return [name, random.pick(["DE", "AT", "US"])]
      if (name === "phone" && random.chance(0.9)) return [name, random.pick(["+4930231250", "+442079460123"])]
      return [name, isRecord(one) ? parts(one, random) : one]
    })
  )

/** Every text inside is in the one form that golden records keep. */
export const isCanonical = (json: Json): boolean => {
  if (typeof json === "string") return isTidy(json)
  if (typeof json === "number") return Number.isSafeInteger(json)
  if (isList(json)) return json.every(isCanonical)
  return (
    !isRecord(json) ||
    Object.entries(json).every(([name, one]) => one !== null && name.isWellFormed() && isCanonical(one))
  )
}
