/**
 * Laws of every value type. Each is sampled from its own schema, and every sample is written in the other spellings
 * that the type promises to take for the same.
 */
import { Schema } from "effect"
import { describe, expect, it } from "vitest"
import { Consents } from "../../core/model/consent.ts"
import type { Entity } from "../../core/model/entity.ts"
import {
  Address, Customer, Decimal, Email, Instant, Inventory, Location, Money, Order, Product, Weight, Word
} from "../../core/model/index.ts"
import { Taxes } from "../../core/model/line.ts"
import { Words } from "../../core/model/label.ts"
import { moneyAt } from "../../core/model/money.ts"
import type { ValueType } from "../../core/model/type.ts"
import { isList } from "../../core/model/value.ts"
import type { Json } from "../../core/model/value.ts"
import { sampled } from "./sample.ts"

const entities: ReadonlyArray<Entity> = [Customer, Product, Order, Inventory, Location]

const declared = entities.flatMap((entity) =>
  [...entity.fields.values(), ...entity.families.values()].flatMap((spec) => [
    spec.type,
    ...Object.values(spec.list?.elements ?? {}).map((attribute) => attribute.type)
  ])
).filter((type) => type !== undefined)

const types = [...new Map(declared.map((type) => [type.name, type])).values()]

const reversed = (json: Json): Json => isList(json) ? [...json].reverse() : json

/** The end of an instant with an offset and nine digits. */
const longer = (end: string): string => `${(end.length > 1 ? end.slice(0, -1) : ".").padEnd(10, "0")}+00:00`

/** Spellings of one value that must count as the same. */
const spellings: { readonly [type: string]: (value: Json) => Json } = {
  [Email.name]: (text) => typeof text === "string" ? text.toUpperCase() : text,
  [Word.name]: (text) => typeof text === "string" ? ` ${text.toLowerCase()}  ` : text,
  [Decimal.name]: (text) => typeof text === "string" ? (text.includes(".") ? `${text}00` : `${text}.0`) : text,
  [Instant.name]: (text) => typeof text === "string" ? text.replace(/(?:\.\d+)?Z$/, longer) : text,
  [Words.name]: reversed,
  [Consents.name]: reversed
}

describe.each(types.map((type) => [type.name.slice(0, 60), type] as const))("%s", (_, type: ValueType) => {
  const samples = sampled(type.schema, 40)
  const respelt = samples.map((sample) => (spellings[type.name] ?? ((same: Json) => same))(sample))

  it("reads back what it writes", () => {
    const [decode, encode] = [Schema.decodeUnknownSync(type.schema), Schema.encodeUnknownSync(type.schema)]
    for (const sample of samples) expect(decode(JSON.parse(JSON.stringify(encode(sample))))).toEqual(sample)
  })

  it("takes every value for the same as itself, however it is spelt", () => {
    for (const [at, sample] of samples.entries()) {
      expect(type.same(sample, sample), JSON.stringify(sample)).toBe(true)
      const other = respelt[at]
      if (other !== undefined) expect(type.same(sample, other), `${JSON.stringify(sample)} ${JSON.stringify(other)}`).toBe(true)
    }
  })

  it("is an equivalence: symmetric and transitive", () => {
    const pool = [...samples.slice(0, 18), ...respelt.slice(0, 18)]
    const links = pool.map((a) => pool.map((b) => type.same(a, b)))
    for (const [a, row] of links.entries()) {
      for (const [b, ab] of row.entries()) {
        expect(links[b]?.[a]).toBe(ab)
        if (ab) expect(links[b]).toEqual(row)
      }
    }
  })

  it("has no empty value", () => {
    for (const empty of ["", " ", [], null]) expect(Schema.is(type.schema)(empty), JSON.stringify(empty)).toBe(false)
    expect(Schema.is(type.schema)({})).toBe(false)
  })
})

describe("sameness tells apart what differs", () => {
  it.each<readonly [ValueType, Json, Json]>([
    [Email, "ada@example.com", "ada@example.org"],
    [Decimal, "1.5", "1.05"],
    [Decimal, "-1", "1"],
    [Money, { minor: "1250", scale: 2, currency: "EUR" }, { minor: "1250", scale: 2, currency: "USD" }],
    [Money, { minor: "1250", scale: 2, currency: "EUR" }, { minor: "1250", scale: 3, currency: "EUR" }],
    [Instant, "2027-01-01T00:00:00Z", "2027-01-01T00:00:00.000000001Z"],
    [Weight, { value: "1", unit: "KGM" }, { value: "1", unit: "GRM" }],
    [Words, ["a", "b"], ["a", "c"]],
    [Words, ["a", "b"], ["a"]],
    [Address, { city: "Berlin" }, { city: "Bern" }],
    [Taxes, [{ rate: "19" }], [{ rate: "7" }]],
    [Taxes, [{ rate: "19" }], [{ rate: "19", name: "VAT" }]],
    [Consents, [{ id: "a", state: "granted" }], [{ id: "a", state: "denied" }]],
    [Consents, [{ id: "a", state: "granted" }], [{ id: "b", state: "granted" }]]
  ])("$name", (type, a, b) => {
    expect(type.same(a, b)).toBe(false)
    expect(type.same(b, a)).toBe(false)
  })

  it("looks through lists and rows with the sameness of what is in them", () => {
    const [cents, euro] = [{ minor: "100", scale: 2, currency: "EUR" }, { minor: "1", scale: 0, currency: "EUR" }]
    expect(Taxes.same([{ rate: "19.0", amount: cents }], [{ amount: euro, rate: "19" }])).toBe(true)
    expect(Weight.same({ value: "1000", unit: "GRM" }, { value: "1.0", unit: "KGM" })).toBe(true)
    expect(Words.same(["VIP", "new"], ["New", "vip"])).toBe(true)
    for (const money of sampled(Money.schema, 50)) {
      const finer = money.scale < 9 ? moneyAt(money, money.scale + 1) : money
      expect(finer !== undefined && Money.same(money, finer)).toBe(true)
    }
  })

  it("minds the order of order lines and of nothing else", () => {
    const [lines, variants] = [Order.field("lines"), Product.field("variants")]
    const [a, b] = [{ id: "1", sku: "A" }, { id: "2", sku: "B" }]
    expect(lines?.same([a, b], [b, a])).toBe(false)
    expect(variants?.same([a, b], [b, a])).toBe(true)
    expect(variants?.same([a, { ...b, sku: "b" }], [b, a])).toBe(true)
  })
})
