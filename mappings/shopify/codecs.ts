/** Codecs of Shopify's own: amounts by the digits of their currency, weights, option values, money inside of lists. */
import { Schema } from "effect"
import { codec, money, refuse } from "../../core/mapping/index.ts"
import type { Codec, Refusal } from "../../core/mapping/index.ts"
import { Decimal } from "../../core/model/index.ts"
import { exponentOf, isMoney, parseMoney } from "../../core/model/money.ts"
import { cleared, invalid, isList, isRecord, value } from "../../core/model/value.ts"
import type { Json, Money as Amount, Obs, Value } from "../../core/model/value.ts"

const digits = [0, 1, 2, 3, 4] as const

/** A decimal of whole units with as many digits as its currency has; the currency stands in a column of the row. */
export const amount = <C extends string>(column: C): Codec<Amount, Amount, string, C> => {
  const own = { column }
  const scales = digits.map((scale) => money(scale, own))
  const [first] = scales
  if (first === undefined) throw new Error("no scale")
  const of = (currency: string): typeof first => scales[exponentOf(currency)] ?? first
  return {
    ...first,
    name: `shopify amount ${column}`,
    decode: (raw, row) => of(String(row[column] ?? "")).decode(raw, row),
    encode: (canonical, into) => isMoney(canonical) ? text(of(canonical.currency).encode(canonical, into)) : refuse("is not an amount")
  }
}

const text = (written: Json | Refusal): Json | Refusal => typeof written === "number" ? String(written) : written

/** What is taken off is positive in Shopify and negative in the model. */
export const takenOff = <C extends string>(column: C): Codec<Amount, Amount, string, C> => {
  const inner = amount(column)
  const turned = (one: Amount): Amount => ({ ...one, minor: one.minor === "0" ? "0" : one.minor.startsWith("-")
    ? one.minor.slice(1) : `-${one.minor}` })
  return {
    ...inner,
    name: `negative ${inner.name}`,
    decode: (raw, row) => {
      const read = inner.decode(raw, row)
      return read._tag === "Value" && isMoney(read.value) ? value(turned(read.value)) : read
    },
    encode: (canonical, into) => isMoney(canonical) ? inner.encode(turned(canonical), into) : refuse("is not an amount")
  }
}

const units: { readonly [unit: string]: string } = { GRAMS: "GRM", KILOGRAMS: "KGM", OUNCES: "ONZ", POUNDS: "LBR" }
const unitOf = (code: string): string | undefined => Object.entries(units).find(([, one]) => one === code)?.[0]

type Weight = { readonly value: string; readonly unit: string }

/** A number with its unit beside it. Shopify keeps it as a double: what a double would change is not written. */
export const weight = <C extends string>(column: C): Codec<Weight, Weight, number, C> =>
  codec<Weight, Weight, number, C>({
    name: `shopify weight ${column}`,
    from: Schema.Number,
    to: Schema.Struct({ value: Decimal.schema, unit: Schema.String.check(Schema.isPattern(/^[A-Z0-9]{2,3}$/)) }),
    columns: [column],
    decode: (raw, row) => {
      const unit = units[String(row[column])]
      const plain = typeof raw === "number" && Number.isFinite(raw) ? String(raw) : ""
      return unit === undefined || !/^-?\d{1,15}(\.\d{1,15})?$/.test(plain) ? invalid(raw, "is not a weight") : value({ value: plain, unit })
    },
    encode: (canonical) => {
      const held = isRecord(canonical) ? canonical : {}
      const number = Number(held["value"])
      const unit = unitOf(String(held["unit"]))
      if (unit === undefined) return refuse("is in a unit that Shopify does not have")
      return String(number) === held["value"] ? number : refuse("has more digits than Shopify keeps")
    },
    also: (canonical) => {
      const held = canonical ?? undefined
      const unit = isRecord(held) ? unitOf(String(held["unit"])) : undefined
      return unit === undefined ? {} : { [column]: unit }
    }
  })

type Texts = { readonly [name: string]: string }

/** Names and values, as an object. */
export const pairs = codec<Texts, { readonly [name: string]: Value }, Json>({
  name: "shopify pairs",
  from: Schema.Json,
  to: Schema.Record(Schema.String, Schema.String),
  decode: (raw) => {
    const held = typeof raw === "string" ? parsed(raw) : raw
    if (!isRecord(held)) return invalid(raw, "is not an object")
    const entries = Object.entries(held)
    if (entries.some(([name, one]) => typeof one !== "string" || !isPlain(one) || !isPlain(name))) return invalid(raw, "has a value that is no text")
    return entries.length === 0 ? cleared : value(Object.fromEntries(entries))
  },
  encode: (canonical) => isRecord(canonical) && Object.values(canonical).every((one) => typeof one === "string" && one !== "")
    ? JSON.stringify(canonical) : refuse("is not a set of names with texts")
})

const isPlain = (one: string): boolean => one.trim() === one && one !== "" && one.isWellFormed()
  && one.normalize("NFC") === one

const parsed = (source: string): Json | undefined => {
  try {
    const read: Json = JSON.parse(source)
    return read
  } catch {
    return undefined
  }
}

const moneyIn = (row: { readonly [name: string]: Json }, name: string): Amount | undefined => {
  const [digits, currency] = [row[name], row[`${name}.currency`]]
  return typeof digits === "string" && typeof currency === "string" && /^[A-Z]{3}$/.test(currency) ? parseMoney(digits, currency) : undefined
}

/** A list of rows inside of a row, read and never written: those without anything are left out. */
const rows = <R extends { readonly [name: string]: Json }>(
  name: string, of: (row: { readonly [name: string]: Json }) => R
): Codec<ReadonlyArray<R>, ReadonlyArray<R>, Json> => codec<ReadonlyArray<R>, ReadonlyArray<R>, Json>({
  name: `shopify ${name}`,
  from: Schema.Json,
  // What is read is made here; the entity's own schema is asked afterwards.
  to: Schema.Unknown as unknown as Schema.Codec<ReadonlyArray<R>, unknown>,
  decode: (raw): Obs => {
    if (!isList(raw) || !raw.every(isRecord)) return invalid(raw, "is not a list of rows")
    const found = raw.filter(isRecord).map(of).filter((one) => Object.keys(one).length > 0)
    return found.length === 0 ? cleared : value(found)
  },
  encode: () => refuse("is only read here")
})

const plain = (one: Json | undefined): string | undefined => {
  const tidy = typeof one === "string" && one.isWellFormed() ? one.trim().normalize("NFC") : ""
  return tidy === "" ? undefined : tidy
}

const optional = <K extends string, V>(name: K, one: V | undefined): { readonly [key in K]?: V } =>
  one === undefined ? {} : { [name]: one } as { readonly [key in K]?: V }

/** Percentages come as numbers; a rate is text. */
const rateOf = (one: Json | undefined): string | undefined =>
  typeof one === "number" && Number.isFinite(one) && /^\d{1,3}(\.\d{1,6})?$/.test(String(one)) ? String(one) : undefined

export type TaxRow = { readonly name?: string; readonly rate?: string; readonly amount?: Amount }

export const taxes = rows<TaxRow>("taxes", (row) => ({
  ...optional("name", plain(row["title"])), ...optional("rate", rateOf(row["ratePercentage"])), ...optional("amount", moneyIn(row, "priceSet"))
}))

export type DiscountRow = { readonly code?: string; readonly title?: string; readonly amount?: Amount }

export const discounts = rows<DiscountRow>("discounts", (row) => ({
  ...optional("code", plain(row["discountApplication.code"])), ...optional("title", plain(row["discountApplication.title"])),
  ...optional("amount", moneyIn(row, "allocatedAmountSet"))
}))

export type TrackingRow = { readonly number?: string; readonly url?: string }

const asTracking = (row: { readonly [name: string]: Json }): TrackingRow =>
  ({ ...optional("number", plain(row["number"])), ...optional("url", plain(row["url"])) })

/** Numbers with their addresses. Shopify keeps the numbers and the addresses in two lists. */
export const tracking = codec<ReadonlyArray<TrackingRow>, ReadonlyArray<TrackingRow>, Json>({
  name: "shopify tracking",
  from: Schema.Json,
  to: Schema.Array(Schema.Struct({ number: Schema.optionalKey(Schema.String),
    url: Schema.optionalKey(Schema.String) })),
  decode: (raw): Obs => {
    const held = typeof raw === "string" ? parsed(raw) : raw
    if (!isList(held) || !held.every(isRecord)) return invalid(raw, "is not a list of rows")
    const found = held.filter(isRecord).map(asTracking).filter((one) => Object.keys(one).length > 0)
    return found.length === 0 ? cleared : value(found)
  },
  encode: (canonical) => {
    if (!isList(canonical) || !canonical.every(isRecord)) return refuse("is not a list of numbers")
    // An address without a number, or a number without one between others, would go to another number.
    const complete = canonical.every((row) => typeof row["number"] === "string") &&
      (canonical.every((row) => typeof row["url"] === "string") || canonical.every((row) => row["url"] === undefined))
    return complete ? JSON.stringify(canonical) : refuse("numbers and addresses do not go together")
  }
})

/** `key`, `value` rows as properties. */
export const properties: typeof pairs = {
  ...pairs,
  name: "shopify properties",
  decode: (raw) => {
    if (!isList(raw) || !raw.every(isRecord)) return invalid(raw, "is not a list of rows")
    const entries = raw.filter(isRecord).flatMap((row) => {
      const [name, one] = [plain(row["key"]), plain(row["value"])]
      return name === undefined || one === undefined || name === "__proto__" ? [] : [[name, one] as const]
    })
    return entries.length === 0 ? cleared : value(Object.fromEntries(entries))
  },
  encode: () => refuse("is only read here")
}

