/** Two shops brought to agree by the whole engine, through the API and nothing else. */
import { Clock, Effect, Layer } from "effect"
import { newest, resolve, sync } from "esl"
import { Customer, Inventory, Location, Order, Product } from "esl/model"
import { afterEach, describe, expect, it } from "vitest"
import { shopify } from "../../../connectors/shopify/index.ts"
import { shopifySandbox } from "../../../connectors/shopify/sandbox/index.ts"
import type { ShopifySandbox } from "../../../connectors/shopify/sandbox/index.ts"
import { saved as productSaved } from "../../../connectors/shopify/sandbox/catalog.ts"
import { saved } from "../../../connectors/shopify/sandbox/people.ts"
import { changed, placeOrder } from "../../../connectors/shopify/sandbox/sales.ts"
import { addCustomer, addLocation, addProduct, stock } from "../../../connectors/shopify/sandbox/seed.ts"
import { setQuantity } from "../../../connectors/shopify/sandbox/stock.ts"
import type { Customer as Person, Shop } from "../../../connectors/shopify/sandbox/state.ts"
import { secret } from "../../../core/connector/secret.ts"
import { pass } from "../../../core/engine/pass.ts"
import type { PassOptions } from "../../../core/engine/pass.ts"
import type { Report } from "../../../core/engine/report.ts"
import { Systems } from "../../../core/engine/systems.ts"
import { Ids } from "../../../core/hub/ids.ts"
import { MemoryState, memoryStore } from "../../../core/hub/memory.ts"
import { HubStore } from "../../../core/hub/store.ts"
import { customer, inventory, location, newOrder, order, product } from "../../../mappings/shopify/index.ts"
import { movedBy } from "../square/rig.ts"

process.env["SHOPIFY_TOWN_TOKEN"] = "sandbox-token"

const running: Array<ShopifySandbox> = []
afterEach(async () => {
  for (const one of running.splice(0)) {
    expect(one.violations).toEqual([])
    await one.stop()
  }
})

interface Town {
  readonly up: ShopifySandbox
  readonly down: ShopifySandbox
  readonly pass: (options?: PassOptions) => Promise<Report>
  readonly advance: (ms: number) => void
}

const writes = (report: Report): number =>
  [...report.sides.values()].reduce((sum, side) => sum + side.work.written, 0)

const prepared = (seed: (shop: Shop) => void) => (shop: Shop): void => {
  for (const owner of ["CUSTOMER", "PRODUCT"]) {
    shop.definitions.push({ id: shop.id("MetafieldDefinition"), owner, namespace: "esl", key: "id", name: "ESL id", type: "id", unique: true })
  }
  addLocation(shop, "Main", { address1: "Torstr. 1", city: "Berlin", zip: "10119", countryCode: "DE" })
  seed(shop)
}

/** `up` and `down` with one hub between them; orders are made in `down` as they come. */
const town = async (seedUp: (shop: Shop) => void, seedDown: (shop: Shop) => void): Promise<Town> => {
  const settings = (name: string) => ({ settings: { domain: `${name}.myshopify.com` } })
  const up = await shopifySandbox({ ...settings("up"), seed: prepared(seedUp) })
  const down = await shopifySandbox({ ...settings("down"), seed: prepared(seedDown) })
  running.push(up, down)
  const of = (name: string, one: ShopifySandbox) => shopify(name, { store: name, url: one.url(), storage: [one.url("storage")],
    poll: 0.01, token: secret("SHOPIFY_TOWN_TOKEN"), createOrders: name === "down", overlap: 0.1 })
  const [one, two] = [of("up", up), of("down", down)]
  const resolved = resolve({
    hub: "sqlite::memory:",
    syncs: [
      sync("location", Location, { between: [one.locations.as(location), two.locations.as(location)] }),
      sync("customer", Customer, { between: [one.customers.as(customer), two.customers.as(customer)], rule: newest }),
      sync("product", Product, { between: [one.products.as(product), two.products.as(product)], rule: newest, match: ["sku"] }),
      sync("inventory", Inventory, { between: [one.inventoryLevels.as(inventory), two.inventoryLevels.as(inventory)],
        first: newest }),
      sync("order", Order, { between: [one.orders.as(order), two.orders.as(newOrder)], rule: newest })
    ]
  })
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.faults))
  const state = new MemoryState()
  const ids = Effect.runSync(Effect.provide(Effect.service(Ids), Ids.seeded(1)))
  const room = Layer.mergeAll(Layer.succeed(HubStore, memoryStore(state, ids)), Layer.succeed(Ids, ids),
    Systems.layer(resolved.project.connections, { readOnly: false }))
  return {
    up, down,
    advance: (ms) => { up.advance(ms); down.advance(ms) },
    pass: (options = {}) => Effect.runPromise(Effect.provide(pass(resolved.project, { retries: 1, ...options }),
      room).pipe(
      Effect.updateService(Clock.Clock, (clock) => movedBy(clock, () => up.now() - Date.now()))))
  }
}

const people = (one: ShopifySandbox): ReadonlyArray<Person> =>
  [...one.shop.customers.values()].sort((a, b) => (a.email ?? "") < (b.email ?? "") ? -1 : 1)

const old = "2026-01-02T03:04:05Z"

describe("two shops", () => {
  it("come to agree, and then there is nothing left to write", async () => {
    const { down, pass, up } = await town((shop) => {
      const address = { id: shop.id("MailingAddress"), firstName: "Ada", lastName: "King", address1: "1 Example Street", city: "Exampleton",
        zip: "90001", countryCode: "US", provinceCode: "CA" }
      addCustomer(shop, { firstName: "Ada", lastName: "King", email: "ada@example.com", phone: "+12025550101", tags: ["vip"],
        addresses: [address], defaultAddress: address.id, emailConsent: { state: "SUBSCRIBED", level: "CONFIRMED_OPT_IN", at: old } }, old)
      const tea = addProduct(shop, "Tea", [{ price: "3.50", inventoryItem: { sku: "TEA", cost: "1.20",
        measurement: { weight: { value: 0.25, unit: "KILOGRAMS" } } } }])
      const [main] = shop.locations.values()
      if (main !== undefined) stock(shop, tea, main, 10)
    }, (shop) => {
      addCustomer(shop, { firstName: "Grace", email: "grace@example.com" }, old)
      addCustomer(shop, { firstName: "Ada", email: "ADA@example.com", note: "x" }, old)
      addProduct(shop, "Mug", [{ price: "12.50", barcode: "4006381333931", inventoryItem: { sku: "MUG" } }])
    })
    const first = await pass()
    expect({ exit: first.exit, failures: first.failures }).toEqual({ exit: 0, failures: [] })
    await pass()
    expect(people(up).map((one) => one.firstName)).toEqual(["Ada", "Grace"])
    expect(people(down).map((one) => [one.firstName, one.lastName, one.phone, one.emailConsent.state])).toEqual([
      ["Ada", "King", "+12025550101", "SUBSCRIBED"], ["Grace", null, null, "NOT_SUBSCRIBED"]])
    expect(people(down)[0]?.addresses).toMatchObject([{ address1: "1 Example Street", provinceCode: "CA", countryCode: "US" }])
    expect([...down.shop.items.values()].map((one) => [one.sku, one.cost, one.weight]).sort()).toEqual([
      ["MUG", null, null], ["TEA", "1.20", { value: 0.25, unit: "KILOGRAMS" }]])
    expect([...down.shop.levels.values()].map((one) => one.quantities["on_hand"])).toEqual([10])
    expect(writes(await pass())).toBe(0)
  })

  it("keep both edits of one person, and an opt-out reaches the other", async () => {
    const { advance, down, pass, up } = await town((shop) => {
      addCustomer(shop, { firstName: "Ada", email: "ada@example.com", emailConsent: { state: "SUBSCRIBED", level: "SINGLE_OPT_IN", at: old } }, old)
    }, () => undefined)
    await pass()
    await pass()
    advance(60_000)
    const [here, there] = [people(up)[0], people(down)[0]]
    if (here === undefined || there === undefined) throw new Error("both have her")
    expect(there.emailConsent.state).toBe("SUBSCRIBED")
    Object.assign(here, { phone: "+12025550123" })
    saved(up.shop, here, false)
    Object.assign(there, { lastName: "Lovelace", emailConsent: { state: "UNSUBSCRIBED", level: "SINGLE_OPT_IN", at: down.shop.time() } })
    saved(down.shop, there, false)
    await pass()
    await pass()
    for (const one of [here, there]) {
      expect(one).toMatchObject({ phone: "+12025550123", lastName: "Lovelace", emailConsent: { state: "UNSUBSCRIBED" } })
    }
    expect(writes(await pass())).toBe(0)
  })

  it("follow a price and a count without touching what lies beside them", async () => {
    const { advance, down, pass, up } = await town((shop) => {
      const shirt = addProduct(shop, "Shirt", ["S", "M"].map((size) => ({ price: "19.90", inventoryItem: { sku: `SHIRT-${size}` },
        optionValues: [{ optionName: "Size", name: size }] })),
      { options: [{ id: shop.id("ProductOption"), name: "Size", position: 1, values: ["S", "M"] }] })
      const [main] = shop.locations.values()
      if (main !== undefined) stock(shop, shirt, main, 10)
    }, () => undefined)
    await pass()
    await pass()
    advance(60_000)
    const [small] = up.shop.variants.values()
    const [shirt] = up.shop.products.values()
    const [level] = up.shop.levels.values()
    if (small === undefined || shirt === undefined || level === undefined) throw new Error("it is there")
    small.price = "17.00"
    productSaved(up.shop, shirt, false)
    setQuantity(up.shop, level, "on_hand", 7)
    await pass()
    await pass()
    const sold = [...down.shop.variants.values()].map((one) => [down.shop.items.get(one.item)?.sku, one.price])
    expect(sold).toEqual([["SHIRT-S", "17.00"], ["SHIRT-M", "19.90"]])
    expect([...down.shop.levels.values()].map((one) => one.quantities["on_hand"]).sort()).toEqual([10, 7])
    expect(writes(await pass())).toBe(0)
  })

  it("take an order over once, and its fulfilment and cancellation come back", async () => {
    const { advance, down, pass, up } = await town((shop) => {
      const tea = addProduct(shop, "Tea", [{ price: "3.50", inventoryItem: { sku: "TEA" } }])
      const ada = addCustomer(shop, { firstName: "Ada", email: "ada@example.com" }, old)
      for (let at = 0; at < 2; at++) {
        placeOrder(shop, { customer: ada.id, shipping: "4.90", lines: [{ variant: tea.variants[0] ?? "", quantity: 2 }] })
      }
    }, () => undefined)
    for (let at = 0; at < 3; at++) await pass()
    expect([...down.shop.orders.values()].map((one) => one.lines.map((line) =>
      [line.sku, line.quantity, line.price]))).toEqual([
      [["TEA", 2, "3.50"]], [["TEA", 2, "3.50"]]])
    expect([...down.shop.orders.values()].map((one) => one.customer)).toEqual(Array(2).fill(people(down)[0]?.id))
    expect(writes(await pass())).toBe(0)
    advance(60_000)
    const [one, two] = down.shop.orders.values()
    if (one === undefined || two === undefined) throw new Error("they are there")
    for (const line of one.lines) line.unfulfilled = 0
    one.fulfillments.push({ id: down.shop.id("Fulfillment"), status: "SUCCESS", createdAt: down.shop.time(),
      deliveredAt: null, location: null,
      trackingInfo: [{ number: "JD014600", url: null, company: "DHL" }] })
    changed(down.shop, one)
    two.cancelledAt = down.shop.time()
    two.cancelReason = "CUSTOMER"
    changed(down.shop, two)
    await pass()
    await pass()
    const back = [...up.shop.orders.values()]
    expect(back.flatMap((order) => order.fulfillments.map((sent) =>
      sent["trackingInfo"]))).toEqual([[{ number: "JD014600", url: null, company: "DHL" }]])
    expect(back.filter((order) => order.cancelledAt !== null)).toHaveLength(1)
    expect(writes(await pass())).toBe(0)
  })

  it("follow a deletion by its own rule: the other shop keeps its record", async () => {
    const { advance, down, pass, up } = await town((shop) => { addCustomer(shop,
      { firstName: "Ada", email: "ada@example.com" }, old) }, () => undefined)
    await pass()
    advance(60_000)
    up.shop.customers.clear()
    await pass({ sweep: true })
    await pass({ sweep: true })
    expect(down.shop.customers.size).toBe(1)
    expect(up.shop.customers.size).toBe(0)
  })
})
