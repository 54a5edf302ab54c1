/** Stage 1 of the canonical model, whole; and how its records are recognised and checked. */
import { Schema } from "effect"
import { describe, expect, it } from "vitest"
import { totalFaults } from "../../core/model/order.ts"
import { Customer, Inventory, Location, Order, Product } from "../../core/model/index.ts"
import type { Entity } from "../../core/model/index.ts"
import { parseMoney } from "../../core/model/money.ts"
import type { Path, Value } from "../../core/model/value.ts"
import { sampled } from "./sample.ts"

const entities: ReadonlyArray<Entity> = [Customer, Product, Order, Inventory, Location]

/** The list of CANONICAL-MODEL.md, stage 1: `*` any further field of that slot, `[]` attributes of elements. */
const stageOne: { readonly [entity: string]: string } = {
  customer: `kind refs number name.prefix name.given name.middle name.family name.suffix legalName tradeName email
    phone.mobile phone.home phone.work address.billing address.shipping address.main language birth status
    taxIds groups tags notes creditLimit paymentTerms loyaltyNumber consent firstSeen guest consent[].channel
    consent[].purpose consent[].state consent[].decidedAt consent[].decidedBy consent[].basis consent[].level
    consent[].source consent[].history custom.x`,
    product: `refs type status title title.de description description.fr-CH brand categories options tags media
    media[].url
    media[].alt media[].position taxCategory custom.x variants[].sku variants[].gtin variants[].optionValues
    variants[].weight variants[].price variants[].compareAt variants[].taxIncluded variants[].cost
    variants[].requiresShipping variants[].inventoryTracked variants[].custom prices[].list prices[].amount
    prices[].taxIncluded prices[].compareAt prices[].minQty prices[].validFrom prices[].validTo`,
  order: `refs orderNumber channel store location customer buyer.name buyer.email buyer.phone address.billing
    address.shipping placedAt businessDate currency taxInclusive status.lifecycle status.payment
    status.fulfilment status.return lines lines[].variant lines[].sku lines[].title lines[].quantity
    lines[].unitPrice lines[].discounts lines[].taxes lines[].total lines[].properties shippingLines
    totals.subtotal totals.line_discount totals.order_discount totals.shipping totals.shipping_discount
    totals.fee totals.tip totals.deposit totals.duty totals.tax totals.rounding totals.gift_card totals.total
    totals.paid totals.refunded totals.due payments fulfilments fulfilments[].tracking refunds refunds[].lines
    cancellation.at cancellation.reason notes tags test custom.x`,
  inventory: "variant location onHand available reserved incoming asOf custom.x",
  location: "refs number name type address timezone active custom.x"
}

describe("stage 1", () => {
  it.each(entities.map((entity) => [entity.name, entity] as const))("%s has every field of the list", (name, entity) => {
    const wanted = (stageOne[name] ?? "").split(/\s+/)
    const missing = wanted.filter((path) => {
      const [list = "", attribute] = path.split("[].")
      const spec = entity.field(list)
      return spec === undefined || (attribute !== undefined && spec.list?.elements[attribute] === undefined)
    })
    expect(missing).toEqual([])
    expect(wanted.length).toBeGreaterThan(5)
  })

  it.each(entities.map((entity) => [entity.name, entity] as const))("%s says everything about every field", (_, entity) => {
    for (const [path, spec] of entity.fields) {
      expect(spec.path).toBe(path)
      expect(spec.doc, path).toMatch(/\S\.$/)
      expect("next" in spec, path).toBe(spec.merge === "M")
      expect(spec.list !== undefined || !["S", "A", "R"].includes(spec.merge), path).toBe(true)
      if (spec.references !== undefined) expect(entities.map(({ name }) => name)).toContain(spec.references)
    }
    for (const key of entity.keys) for (const path of key.paths) expect(entity.field(path), path).toBeDefined()
  })

  it.each(entities.map((entity) => [entity.name, entity] as const))("%s reads its own records and refuses any other", (_, entity) => {
    const decode = Schema.decodeUnknownSync(entity.schema)
    for (const record of sampled(entity.schema, 60)) {
      const sent: unknown = JSON.parse(JSON.stringify(record))
      expect(decode(sent)).toEqual(sent)
    }
    for (const [path] of entity.fields) expect(() => decode({ [path]: [] }), path).toThrow()
    expect(decode({})).toEqual({})
  })

  it.each(entities.map((entity) => [entity.name, entity] as const))("%s makes keys of any record without failing", (_, entity) => {
    for (const record of sampled(entity.schema, 60)) {
      const values: ReadonlyMap<string, unknown> = new Map(Object.entries(Object(record)))
      const read = (path: Path) => values.get(path) as Value | undefined // sampled from the schema of a record
      for (const key of entity.keys) for (const value of key.of(read)) expect(value).toMatch(/\S/)
      expect(Array.isArray(entity.check?.(read) ?? [])).toBe(true)
    }
  })

  it("reaches every state from the first, and names only states that exist", () => {
    const machines = entities.flatMap((entity) => [...entity.fields.values()])
      .flatMap((spec) => spec.next === undefined ? [] : [spec.next])
    expect(machines).toHaveLength(5)
    for (const next of machines) {
      const states = Object.keys(next)
      const reached = new Set(states.slice(0, 1))
      for (const state of reached) for (const following of next[state] ?? []) reached.add(following)
      expect([...reached].sort()).toEqual([...states].sort())
    }
  })
})

const keysOf = (entity: Entity, kind: string, values: { readonly [path: Path]: Value }) =>
  entity.keys.find((key) => key.kind === kind)?.of((path) => values[path])

describe("keys", () => {
  it("recognises a product by each of its variants", () => {
    const variants = [{ id: "1", sku: "A-1", gtin: "04006381333931" }, { id: "2", sku: "a-2" }, { id: "3", sku: "A-1" }, { id: "4" }]
    expect(keysOf(Product, "sku", { variants })).toEqual(["a-1", "a-2"])
    expect(keysOf(Product, "gtin", { variants })).toEqual(["04006381333931"])
    expect(keysOf(Product, "sku", {})).toEqual([])
  })

  it("recognises an order by its number within its store", () => {
    expect(keysOf(Order, "orderNumber", { orderNumber: "#1001", store: "DE" })).toEqual(["de|1001"])
    expect(keysOf(Order, "orderNumber", { orderNumber: "1001" })).toEqual(["|1001"])
    expect(keysOf(Order, "orderNumber", { store: "DE" })).toEqual([])
  })

  it("recognises stock by both of its references", () => {
    expect(keysOf(Inventory, "variant|location", { variant: "g1#v1", location: "g2" })).toEqual(["g1#v1|g2"])
    expect(keysOf(Inventory, "variant|location", { variant: "g1#v1" })).toEqual([])
  })

  it("recognises a location by number and by name", () => {
    expect(keysOf(Location, "number", { number: "10" })).toEqual(["10"])
    expect(keysOf(Location, "name", { name: "Köln, Hauptlager" })).toEqual(keysOf(Location, "name", { name: "KOELN Hauptlager" }))
  })
})

describe("elements", () => {
  const keyOf = (path: Path, element: Value) => Order.field(path)?.list?.key(element)

  it("recognises what two systems number by themselves by what it is", () => {
    expect(keyOf("lines", { id: "7", sku: "A-1 ", title: "Mug" })).toBe(keyOf("lines", { id: "5001", sku: "a-1", title: "Becher" }))
    expect(keyOf("lines", { id: "7" })).toBeUndefined()
    const amount = { minor: "1250", scale: 2, currency: "EUR" }
    const paid = { id: "1", kind: "capture", gateway: "Bank", gatewayRef: "x1", amount, at: "2027-01-01T00:00:00Z" }
    expect(keyOf("payments", paid)).toBe("bank|x1|capture")
    expect(keyOf("payments", { id: "2", kind: "sale", amount, at: "2027-01-01T00:00:00Z" })).toBe("2027-01-01T00:00:00Z|12.5 EUR|sale")
    expect(keyOf("payments", { id: "3", amount })).toBeUndefined()
    expect(keyOf("fulfilments", { id: "1", tracking: [{ number: "Z9" }] })).toBe("Z9")
    expect(keyOf("refunds", { id: "1", amount })).toBeUndefined()
    expect(keyOf("shippingLines", { id: "1", title: "Parcel" })).toBe("parcel")
  })
})

describe("declared totals", () => {
  const eur = (decimal: string) => parseMoney(decimal, "EUR") ?? { minor: "0", scale: 2, currency: "EUR" }
  const lines = [{ id: "1", total: eur("10.00") }, { id: "2", total: eur("5.50") }]
  const good: { readonly [path: Path]: Value } = {
    lines, taxInclusive: true, "totals.subtotal": eur("15.50"), "totals.shipping": eur("4.90"), "totals.order_discount": eur("-1.00"),
    "totals.tax": eur("3.10"), "totals.total": eur("19.40"), "totals.paid": eur("19.40"),
    payments: [{ id: "1", kind: "authorize", amount: eur("19.40") }, { id: "2", kind: "capture", amount: eur("19.40") }]
  }
  const faults = (values: { readonly [path: Path]: Value | undefined }) =>
    totalFaults((path) => values[path]).map(({ path }) => path)

  it("lets an order through whose sums agree, or agree but for rounding", () => {
    expect(faults(good)).toEqual([])
    expect(faults({ ...good, "totals.subtotal": eur("15.52") })).toEqual([])
    expect(faults({ ...good, taxInclusive: false, "totals.total": eur("22.50"), "totals.paid": undefined })).toEqual([])
  })

  it("names the sum that does not agree, without its value", () => {
    expect(faults({ ...good, lines: [...lines, { id: "3", total: eur("0.10") }] })).toEqual(["totals.subtotal"])
    expect(faults({ ...good, "totals.total": eur("18.40"), "totals.paid": undefined })).toEqual(["totals.total"])
    expect(faults({ ...good, "totals.paid": eur("9.40") })).toEqual(["totals.paid"])
    expect(faults({ ...good, taxInclusive: false })).toEqual(["totals.total"])
    expect(totalFaults((path) => ({ ...good, "totals.paid": eur("9.40") })[path])[0]?.cause).not.toMatch(/\d/)
  })

  it("checks nothing that the source did not declare", () => {
    for (const missing of ["totals.subtotal", "totals.shipping"]) {
      expect(faults({ ...good, "totals.total": eur("99"), "totals.paid": undefined, [missing]: undefined })).toEqual([])
    }
    expect(faults({ ...good, lines: [...lines, { id: "3" }] })).toEqual([])
    expect(faults({ ...good, lines: undefined, payments: undefined })).toEqual([])
    expect(faults({ ...good, payments: [{ id: "1", kind: "sale", status: "pending", amount: eur("1") }] })).toEqual([])
    expect(faults({ "totals.total": eur("99") })).toEqual([])
  })
})
