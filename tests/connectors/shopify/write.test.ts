/** What writes come to: narrow, never a partial list that deletes, each record on its own. */
import { it } from "@effect/vitest"
import { Effect } from "effect"
import { describe, expect } from "vitest"
import { addCustomer, addLocation, addProduct, smallShop, stock } from "../../../connectors/shopify/sandbox/seed.ts"
import type { Customer, Shop } from "../../../connectors/shopify/sandbox/state.ts"
import { placeOrder } from "../../../connectors/shopify/sandbox/sales.ts"
import { Rows } from "../../../core/mapping/index.ts"
import { create, opened, update, write, written } from "./opened.ts"

const externalId = (shop: Shop): void => {
  for (const owner of ["CUSTOMER", "PRODUCT"]) {
    shop.definitions.push({ id: shop.id("MetafieldDefinition"), owner, namespace: "esl", key: "id", name: "ESL id", type: "id", unique: true })
  }
}

const ada = (shop: Shop, more: Partial<Customer> = {}): Customer => {
  const addresses = ["Kiel", "Bonn", "Ulm"].map((city) => ({ id: shop.id("MailingAddress"), firstName: "Ada", lastName: "King",
    address1: "Hauptstr. 5", city, zip: "24103", countryCode: "DE" }))
  return addCustomer(shop, { firstName: "Ada", lastName: "King", email: "ada@example.com", phone: "+493023125001", tags: ["vip", "b2b"],
    addresses, defaultAddress: addresses[0]?.id, ...more })
}

const mail = "defaultEmailAddress"

describe("customers", () => {
  it.live("change what is to be changed and nothing beside it", () => Effect.scoped(Effect.gen(function*() {
    let one: Customer | undefined
    const { resource, sandbox } = yield* opened((shop) => { one = ada(shop) })
    const id = one?.id ?? ""
    const [outcome] = yield* write(resource("customers"), update(id, { lastName: "Lovelace", tags: "vip, press",
      "defaultAddress.city": "Jena" }))
    const now = sandbox.shop.customers.get(id)
    expect(written(outcome).withheld).toBeUndefined()
    expect(now).toMatchObject({ firstName: "Ada", lastName: "Lovelace", email: "ada@example.com", tags: ["vip", "press"] })
    expect(now?.addresses.map((address) => [address["city"], address["address1"], address["lastName"]])).toEqual([
      ["Jena", "Hauptstr. 5", "King"], ["Bonn", "Hauptstr. 5", "King"], ["Ulm", "Hauptstr. 5", "King"]])
    expect(written(outcome).after?.record).toMatchObject({ lastName: "Lovelace", "defaultAddress.city": "Jena", tags: "vip, press" })
    expect(sandbox.violations).toEqual([])
  })))

  it.live("are made once by the hub's own id, whatever happens to the answer", () => Effect.scoped(Effect.gen(function*() {
    const { resource, sandbox } = yield* opened(externalId)
    const patch = { firstName: "Grace", [`${mail}.emailAddress`]: "grace@example.com", "defaultAddress.city": "Kiel",
      "defaultAddress.countryCodeV2": "DE", [`${mail}.marketingState`]: "SUBSCRIBED", [`${mail}.marketingUpdatedAt`]: "2026-05-04T03:02:01Z" }
    sandbox.faults.add({ fault: "cut-after", contains: "customerSet", times: 1 })
    const [first] = yield* write(resource("customers"), create(patch, "golden-1"))
    const [second] = yield* write(resource("customers"), create(patch, "golden-1"))
    expect(sandbox.shop.customers.size).toBe(1)
    const [now] = [...sandbox.shop.customers.values()]
    expect([written(first).id, written(second).id]).toEqual([now?.id, now?.id])
    expect(now?.emailConsent).toEqual({ state: "SUBSCRIBED", level: "UNKNOWN", at: "2026-05-04T03:02:01Z" })
    expect(now?.addresses).toHaveLength(1)
    expect(sandbox.shop.metafield(now?.id ?? "", "esl", "id")?.value).toBe("golden-1")
    expect(sandbox.violations).toEqual([])
  })))

  it.live("that somebody made already are told, with their id", () => Effect.scoped(Effect.gen(function*() {
    let one: Customer | undefined
    const { resource, sandbox } = yield* opened((shop) => { externalId(shop); one = ada(shop) })
    const [taken, fine] = yield* write(resource("customers"),
      create({ firstName: "Ada", [`${mail}.emailAddress`]: "ADA@example.com" }), create({ firstName: "Grace" }))
    expect(taken).toEqual({ did: "exists", id: one?.id })
    expect(fine?.did).toBe("written")
    expect(sandbox.shop.customers.size).toBe(2)
  })))

  it.live("that share a telephone number are made without it", () => Effect.scoped(Effect.gen(function*() {
    const { resource, sandbox } = yield* opened((shop) => { externalId(shop); ada(shop) })
    const family = ["Grace", "Joan", "Ada"].map((name) => create({ firstName: name, "defaultPhoneNumber.phoneNumber": "+493023125001",
      [`${mail}.emailAddress`]: `${name.toLowerCase()}@example.com`, [`${mail}.marketingState`]: "SUBSCRIBED",
      [`${mail}.marketingUpdatedAt`]: "2026-05-04T03:02:01Z" }))
    const outcomes = yield* write(resource("customers"), ...family)
    for (const outcome of outcomes.slice(0, 2)) {
      expect(written(outcome).withheld).toEqual([{ path: "defaultPhoneNumber.phoneNumber", cause: "another record has it" }])
      expect(sandbox.shop.customers.get(written(outcome).id)).toMatchObject({ phone: null,
        emailConsent: { state: "SUBSCRIBED" } })
    }
    expect(outcomes[2]).toEqual({ did: "exists", id: [...sandbox.shop.customers.keys()][0] })
    const [changed] = yield* write(resource("customers"), update(written(outcomes[0]).id, { lastName: "Hopper",
      "defaultPhoneNumber.phoneNumber": "+493023125001" }))
    expect(written(changed).withheld?.map(({ path }) => path)).toEqual(["defaultPhoneNumber.phoneNumber"])
    expect(sandbox.shop.customers.get(written(changed).id)).toMatchObject({ lastName: "Hopper", phone: null })
    expect(written(changed).after?.record).toMatchObject({ lastName: "Hopper", "defaultPhoneNumber.phoneNumber": null })
  })))

  it.live("close a consent whatever it is called, and open none that cannot be held", () => Effect.scoped(Effect.gen(function*() {
    const ids: Array<string> = []
    const { resource, sandbox } = yield* opened((shop) => {
      ids.push(ada(shop, { emailConsent: { state: "SUBSCRIBED", level: "CONFIRMED_OPT_IN", at: "2026-01-01T00:00:00Z" } }).id)
      ids.push(addCustomer(shop, { firstName: "No mail" }).id)
      ids.push(addCustomer(shop, { firstName: "Never asked", email: "never@example.com" }).id)
    })
    const [closed, without, never] = yield* write(resource("customers"),
      // The mapping says "never asked"; somebody who is subscribed must not stay so.
      update(ids[0] ?? "", { [`${mail}.marketingState`]: "NOT_SUBSCRIBED" }),
      update(ids[1] ?? "", { [`${mail}.marketingState`]: "SUBSCRIBED" }),
      update(ids[2] ?? "", { [`${mail}.marketingState`]: "NOT_SUBSCRIBED" }))
    expect(sandbox.shop.customers.get(ids[0] ?? "")?.emailConsent.state).toBe("UNSUBSCRIBED")
    expect(closed?.did).toBe("written")
    expect(without).toMatchObject({ did: "refused", path: `${mail}.marketingState` })
    expect(never?.did).toBe("written")
    expect(sandbox.shop.customers.get(ids[2] ?? "")?.emailConsent.state).toBe("NOT_SUBSCRIBED")
  })))

  it.live("leave out what one step was refused, and keep the rest", () => Effect.scoped(Effect.gen(function*() {
    let one: Customer | undefined
    const { resource, sandbox } = yield* opened((shop) => { one = ada(shop) })
    const [outcome] = yield* write(resource("customers"), update(one?.id ?? "", { firstName: "Augusta",
      [`${mail}.marketingState`]: "SUBSCRIBED", [`${mail}.marketingUpdatedAt`]: "2999-01-01T00:00:00Z" }))
    expect(sandbox.shop.customers.get(one?.id ?? "")?.firstName).toBe("Augusta")
    expect(written(outcome).withheld?.map(({ path }) => path)).toContain(`${mail}.marketingState`)
    expect(JSON.stringify(outcome)).not.toContain("2999")
  })))

  it.live("share requests, and a request that is too dear is halved", () => Effect.scoped(Effect.gen(function*() {
    const { resource, sandbox } = yield* opened(externalId, {}, { limits: { query: 120 } })
    const outcomes = yield* write(resource("customers"), ...Array.from({ length: 20 }, (_, at) =>
      create({ firstName: `Ada ${at}`, [`${mail}.emailAddress`]: `ada${at}@example.com` })))
    expect(outcomes.every(({ did }) => did === "written")).toBe(true)
    expect(sandbox.shop.customers.size).toBe(20)
    expect(sandbox.calls.get("mutation customerSet")).toBeGreaterThan(1)
  })))

  it.live("twenty of them take one request", () => Effect.scoped(Effect.gen(function*() {
    const { resource, sandbox } = yield* opened(externalId)
    yield* write(resource("customers"), ...Array.from({ length: 20 }, (_, at) =>
      create({ firstName: `Ada ${at}`, [`${mail}.emailAddress`]: `ada${at}@example.com` })))
    expect(sandbox.calls.get("mutation customerSet")).toBe(1)
    expect(sandbox.calls.get("query nodes")).toBeUndefined()
  })))
})

describe("products", () => {
  it.live("change one variant's price, add one, remove one, and keep the others", () => Effect.scoped(Effect.gen(function*() {
    let id = ""
    const { resource, sandbox } = yield* opened((shop) => {
      id = addProduct(shop, "Shirt", ["S", "M", "L"].map((size) => ({ price: "19.90", inventoryItem: { sku: `SHIRT-${size}` },
        optionValues: [{ optionName: "Size", name: size }] })),
      { options: [{ id: shop.id("ProductOption"), name: "Size", position: 1, values: ["S", "M", "L"] }] }).id
    })
    const before = sandbox.shop.products.get(id)?.variants ?? []
    const [outcome] = yield* write(resource("products"), update(id, { variants: new Rows([
      { id: before[0] ?? "", set: { price: "17.00", "price.currency": "EUR" } },
      { id: before[2] ?? "", set: null },
      { element: "xl", set: { sku: "SHIRT-XL", price: "21.00", "price.currency": "EUR", optionValues: "{\"Size\":\"XL\"}" } }
    ]) }))
    const after = sandbox.shop.products.get(id)?.variants ?? []
    expect(after.slice(0, 2)).toEqual(before.slice(0, 2))
    expect(after).toHaveLength(3)
    const rows = after.map((one) => sandbox.shop.variants.get(one))
    expect(rows.map((one) => [sandbox.shop.items.get(one?.item ?? "")?.sku, one?.price])).toEqual([
      ["SHIRT-S", "17.00"], ["SHIRT-M", "19.90"], ["SHIRT-XL", "21.00"]])
    expect(written(outcome).after?.elements).toEqual({ product_variants: { xl: after[2] } })
    expect(sandbox.violations).toEqual([])
  })))

  it.live("are made with all their variants, once", () => Effect.scoped(Effect.gen(function*() {
    const { resource, sandbox } = yield* opened(externalId)
    const patch = { title: "Cap", vendor: "Example", variants: new Rows(["red", "blue"].map((colour) => ({ element: colour,
      set: { sku: `CAP-${colour}`, price: "15.00", "price.currency": "EUR", optionValues: JSON.stringify({ Colour: colour }) } }))) }
    sandbox.faults.add({ fault: "cut-after", contains: "productSet" })
    const [lost] = yield* write(resource("products"), create(patch, "golden-2"))
    const [again] = yield* write(resource("products"), create(patch, "golden-2"))
    expect(lost?.did).toBe("unknown")
    expect(again).toEqual({ did: "exists", id: [...sandbox.shop.products.keys()][0] })
    expect(sandbox.shop.variants.size).toBe(2)
    const [made] = yield* write(resource("products"), create(patch, "golden-3"))
    const elements = written(made).after?.elements?.["product_variants"] ?? {}
    expect(Object.entries(elements).map(([element, variant]) =>
      [element, sandbox.shop.items.get(sandbox.shop.variants.get(variant)?.item ?? "")?.sku])).toEqual([["red",
        "CAP-red"], ["blue", "CAP-blue"]])
    expect(sandbox.violations).toEqual([])
  })))

  it.live("hold no amount of another currency than the shop's", () => Effect.scoped(Effect.gen(function*() {
    let id = ""
    const { resource, sandbox } = yield* opened((shop) => { id = addProduct(shop, "Mug", [{ price: "9.50" }]).id })
    const variant = sandbox.shop.products.get(id)?.variants[0] ?? ""
    const [outcome] = yield* write(resource("products"), update(id, { title: "Big mug",
      variants: new Rows([{ id: variant, set: { price: "11.00", "price.currency": "USD" } }]) }))
    expect(written(outcome).withheld).toEqual([{ path: "variants", cause: "the amount is in another currency than the shop" }])
    expect(sandbox.shop.variants.get(variant)?.price).toBe("9.50")
    expect(sandbox.shop.products.get(id)?.title).toBe("Big mug")
  })))
})

describe("stock", () => {
  const levels = (shop: Shop): ReadonlyArray<string> => [...shop.levels.keys()]

  it.live("is set by compare and set; an edit that nobody saw stops it, and no neighbour", () => Effect.scoped(Effect.gen(function*() {
    const { resource, sandbox } = yield* opened(smallShop)
    const [one = "", two = ""] = levels(sandbox.shop)
    const race = update(one, (into) => {
      // Somebody sells between our reading and our writing.
      const level = sandbox.shop.levels.get(one)
      if (level !== undefined) level.quantities["on_hand"] = 3
      return { on_hand: Number(into["on_hand"]) + 5 }
    })
    const [raced, fine] = yield* write(resource("inventory_levels"), race, update(two, { on_hand: 40 }))
    expect(raced).toEqual({ did: "moved" })
    expect(fine?.did).toBe("written")
    expect(sandbox.shop.levels.get(one)?.quantities["on_hand"]).toBe(3)
    expect(sandbox.shop.levels.get(two)?.quantities["on_hand"]).toBe(40)
    expect(sandbox.violations).toEqual([])
  })))

  it.live("is asked for again under its key when the answer was lost", () => Effect.scoped(Effect.gen(function*() {
    const { resource, sandbox } = yield* opened(smallShop)
    const [one = ""] = levels(sandbox.shop)
    sandbox.faults.add({ fault: "cut-after", contains: "inventorySetQuantities" })
    const [outcome] = yield* write(resource("inventory_levels"), update(one, { on_hand: 7 }))
    expect(outcome?.did).toBe("written")
    expect(sandbox.shop.levels.get(one)?.quantities["on_hand"]).toBe(7)
  })))

  it.live("of an item that is not stocked there begins with its activation, and once", () => Effect.scoped(Effect.gen(function*() {
    let place = ""
    let variant = ""
    const { resource, sandbox } = yield* opened((shop) => {
      place = addLocation(shop, "Bonn").id
      const mug = addProduct(shop, "Mug", [{ price: "9.50" }])
      variant = mug.variants[0] ?? ""
      stock(shop, mug, addLocation(shop, "Kiel"), 4)
    })
    const patch = { "variant.id": variant, "location.id": place, on_hand: 12 }
    const [made] = yield* write(resource("inventory_levels"), create(patch, "level-1"))
    const [other] = yield* write(resource("inventory_levels"), create({ ...patch, on_hand: 99 }, "level-2"))
    expect(sandbox.shop.levels.get(written(made).id)?.quantities["on_hand"]).toBe(12)
    expect(other).toEqual({ did: "exists", id: written(made).id })
    expect(sandbox.shop.levels.size).toBe(2)
  })))
})

describe("orders", () => {
  const sale = (shop: Shop): string => {
    smallShop(shop)
    return placeOrder(shop, { lines: [{ variant: [...shop.variants.keys()][0] ?? "", quantity: 2 }], shipping: "4.90" }).id
  }

  it.live("are sent with tracking, once, and the tracking may change", () => Effect.scoped(Effect.gen(function*() {
    let id = ""
    const { resource, sandbox } = yield* opened((shop) => { id = sale(shop) })
    const rows = new Rows([{ element: "parcel", set: { company: "DHL",
      trackingInfo: JSON.stringify([{ number: "JD014600", url: "https://track.example.com/JD014600" }]) } }])
    const [sent] = yield* write(resource("orders"), update(id, { fulfillments: rows }))
    const [again] = yield* write(resource("orders"), update(id, { fulfillments: rows }))
    const order = sandbox.shop.orders.get(id)
    expect(order?.fulfillments).toMatchObject([{ trackingInfo: [{ company: "DHL", number: "JD014600", url: "https://track.example.com/JD014600" }] }])
    const key = order?.fulfillments[0]?.id ?? ""
    expect(written(sent).after?.elements).toEqual({ fulfillments: { parcel: key } })
    expect(again).toMatchObject({ did: "refused", cause: "nothing of the order is open to be sent" })
    yield* write(resource("orders"), update(id, { fulfillments: new Rows([{ id: key, set: { company: "UPS",
      trackingInfo: JSON.stringify([{ number: "1Z999" }]) } }]) }))
    expect(order?.fulfillments).toMatchObject([{ trackingInfo: [{ company: "UPS", number: "1Z999" }] }])
    expect(sandbox.violations).toEqual([])
  })))

  it.live("are cancelled without moving money, and not twice", () => Effect.scoped(Effect.gen(function*() {
    let id = ""
    const { resource, sandbox } = yield* opened((shop) => { id = sale(shop) })
    const [outcome] = yield* write(resource("orders"), update(id, { lifecycle: "cancelled", cancelReason: "CUSTOMER" }))
    const order = sandbox.shop.orders.get(id)
    expect(written(outcome).after?.record).toMatchObject({ lifecycle: "cancelled" })
    expect(order?.transactions.filter((one) => one["kind"] === "REFUND")).toEqual([])
    const [back] = yield* write(resource("orders"), update(id, { lifecycle: "open" }))
    expect(back).toMatchObject({ did: "refused", cause: "a cancelled order stays cancelled" })
  })))

  it.live("take a refund of elsewhere as a notice, once", () => Effect.scoped(Effect.gen(function*() {
    let id = ""
    const { resource, sandbox } = yield* opened((shop) => { id = sale(shop) })
    const change = update(id, { refunds: new Rows([{ element: "r1", set: { note: "Broken", amount: "10.00", "amount.currency": "EUR" } }]) })
    sandbox.faults.add({ fault: "cut-after", contains: "refundCreate" })
    const [outcome] = yield* write(resource("orders"), change)
    expect(sandbox.shop.orders.get(id)?.refunds).toMatchObject([{ note: "Broken: 10.00 EUR paid back elsewhere", amount: "0.00" }])
    expect(written(outcome).withheld).toEqual([{ path: "refunds.amount", cause: "a notice moves no money" }])
  })))

  it.live("are not made here unless the settings say so", () => Effect.scoped(Effect.gen(function*() {
    const shut = yield* opened(smallShop)
    const patch = { note: "from the ERP", lines: new Rows([{ element: "1",
      set: { title: "Mug", quantity: 1, unitPrice: "9.50", "unitPrice.currency": "EUR" } }]) }
    const [no] = yield* write(shut.resource("orders"), create(patch, "order-1"))
    expect(no).toMatchObject({ did: "refused", cause: expect.stringContaining("createOrders") })
    const open = yield* opened(smallShop, { createOrders: true })
    const [made] = yield* write(open.resource("orders"), create(patch, "order-1"))
    const [again] = yield* write(open.resource("orders"), create(patch, "order-1"))
    expect(again).toEqual({ did: "exists", id: written(made).id })
    expect(open.sandbox.shop.orders.size).toBe(1)
    expect(open.sandbox.violations).toEqual([])
  })))
})
