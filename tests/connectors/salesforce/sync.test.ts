/** Two orgs with different person models brought to agree by the whole engine, through the API and nothing else. */
import { Clock, Effect, Layer } from "effect"
import { newest, resolve, sync } from "esl"
import { Customer, Inventory, Location, Order, Product } from "esl/model"
import { afterEach, describe, expect, it } from "vitest"
import { salesforce } from "../../../connectors/salesforce/index.ts"
import { salesforceSandbox, sandboxApp } from "../../../connectors/salesforce/sandbox/index.ts"
import type { SalesforceSandbox } from "../../../connectors/salesforce/sandbox/index.ts"
import { secret } from "../../../core/connector/secret.ts"
import { pass } from "../../../core/engine/pass.ts"
import type { Report } from "../../../core/engine/report.ts"
import { Systems } from "../../../core/engine/systems.ts"
import { Ids } from "../../../core/hub/ids.ts"
import { MemoryState, memoryStore } from "../../../core/hub/memory.ts"
import { HubStore } from "../../../core/hub/store.ts"
import { movedBy } from "../square/rig.ts"
import { customer, inventory, location, order, product } from "../../../mappings/salesforce/index.ts"

process.env["SF_SECRET"] = sandboxApp.clientSecret

const open: Array<SalesforceSandbox> = []
afterEach(async () => {
  for (const org of open.splice(0)) {
    expect(org.violations).toEqual([])
    await org.stop()
  }
})

const connectionTo = (name: string, org: SalesforceSandbox, persons: "own-account" | "person-accounts") =>
  salesforce(name, { url: org.url(), currency: "EUR", persons,
    auth: { clientId: sandboxApp.clientId, clientSecret: secret("SF_SECRET") } })

const written = (report: Report): number =>
  [...report.sides.values()].reduce((sum, side) => sum + side.work.written, 0)

/** `shop` keeps contacts with an account each, `club` person accounts; one hub between them. */
const town = async () => {
  const [shop, club] = [await salesforceSandbox(), await salesforceSandbox({ personAccounts: true })]
  open.push(shop, club)
  const [one, two] = [connectionTo("shop", shop, "own-account"), connectionTo("club", club, "person-accounts")]
  const resolved = resolve({
    hub: "sqlite::memory:",
    syncs: [
      sync("location", Location, { between: [one.locations.as(location), two.locations.as(location)], rule: newest }),
      sync("customer", Customer, { between: [one.customers.as(customer), two.customers.as(customer)], rule: newest }),
      sync("product", Product, { between: [one.products.as(product), two.products.as(product)], rule: newest,
        match: ["sku"] }),
      sync("inventory", Inventory, { between: [one.inventory.as(inventory), two.inventory.as(inventory)], first: newest }),
      sync("order", Order, { between: [one.orders.as(order), two.orders.as(order)], rule: newest })
    ]
  })
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.faults))
  const state = new MemoryState()
  const ids = Effect.runSync(Effect.provide(Effect.service(Ids), Ids.seeded(1)))
  const room = Layer.mergeAll(
    Layer.succeed(HubStore, memoryStore(state, ids)),
    Layer.succeed(Ids, ids),
    Systems.layer(resolved.project.connections, { readOnly: false })
  )
  return {
    shop, club,
    later: (ms: number) => { for (const org of [shop, club]) org.advance(ms) },
    pass: (signal?: AbortSignal) => Effect.runPromise(Effect.provide(pass(resolved.project, { retries: 1 }), room).pipe(
      Effect.updateService(Clock.Clock, (clock) => movedBy(clock, () => shop.now() - Date.now()))),
    signal === undefined ? {} : { signal })
  }
}

const standardOf = (org: SalesforceSandbox): string => org.org.standardPricebook?.id ?? ""
const priced = (org: SalesforceSandbox, code: string, price: number) => {
  const id = org.insert("Product2", { Name: code, ProductCode: code, IsActive: true })
  return { id, entry: org.insert("PricebookEntry", { Pricebook2Id: standardOf(org), Product2Id: id, UnitPrice: price,
    IsActive: true }) }
}

describe("two orgs", () => {
  it("agree about people, products, stock and orders, and then write nothing", async () => {
    const { club, later, pass, shop } = await town()
    const account = shop.insert("Account", { Name: "Ada Lovelace", BillingCity: "London", BillingCountry: "United Kingdom" })
    const ada = shop.insert("Contact", { FirstName: "Ada", LastName: "Lovelace", Email: "ada@example.com",
      AccountId: account, MobilePhone: "+442079460001", HasOptedOutOfEmail: true })
    club.insert("Account", { FirstName: "Grace", LastName: "Hopper", PersonEmail: "grace@example.com", PersonBirthdate: "1906-12-09" })
    club.insert("Account", { FirstName: "Ada", LastName: "Lovelace", PersonEmail: "ada@example.com" })
    const shoe = priced(shop, "SHOE", 49.9)
    const bought = shop.insert("Order", { Status: "Draft", EffectiveDate: "2026-11-01", Pricebook2Id: standardOf(shop),
      AccountId: account, BillToContactId: ada, OrderReferenceNumber: "1001" })
    shop.insert("OrderItem", { OrderId: bought, PricebookEntryId: shoe.entry, Quantity: 2, UnitPrice: 45 })
    shop.change("Order", bought, { Status: "Activated", StatusCode: "Activated" })
    const store = shop.insert("Location", { Name: "Kiel", LocationType: "Store" })
    shop.insert("ProductItem", { Product2Id: shoe.id, LocationId: store, QuantityOnHand: 7 })
    later(60_000)
    const reports: Array<Report> = []
    for (let round = 0; round < 4; round++) {
      reports.push(await pass())
      later(3_600_000)
    }
    expect(reports.slice(-1).map(written)).toEqual([0])
    expect(club.all("Account")).toHaveLength(2)
    expect(club.all("Account").find((one) => one["PersonEmail"] === "ada@example.com")).toMatchObject({
      BillingCity: "London", PersonMobilePhone: "+442079460001", PersonHasOptedOutOfEmail: true })
    expect(shop.all("Contact").find((one) => one["Email"] === "grace@example.com")).toMatchObject({ LastName: "Hopper",
      Birthdate: "1906-12-09" })
    const [order_] = club.all("Order")
    expect(order_).toMatchObject({ Status: "Activated", OrderReferenceNumber: "1001", TotalAmount: 90,
      AccountId: club.all("Account").find((one) => one["PersonEmail"] === "ada@example.com")?.["Id"] })
    expect(club.all("PricebookEntry")).toMatchObject([{ UnitPrice: 49.9 }])
    expect(club.all("ProductItem")).toMatchObject([{ QuantityOnHand: 7 }])
  })

  it("carry edits both ways, and an opt-out that is taken back without evidence stays", async () => {
    const { club, later, pass, shop } = await town()
    const ada = shop.insert("Contact", { LastName: "Lovelace", Email: "ada@example.com", Phone: "+442079460001" })
    later(60_000)
    await pass()
    later(3_600_000)
    await pass()
    const [there] = club.all("Account")
    club.change("Account", String(there?.["Id"]), { Phone: "+442079460002", PersonHasOptedOutOfEmail: true })
    later(3_600_000)
    await pass()
    later(3_600_000)
    await pass()
    expect(shop.read("Contact", ada)).toMatchObject({ Phone: "+442079460002", HasOptedOutOfEmail: true })
    shop.change("Contact", ada, { HasOptedOutOfEmail: false })
    for (let round = 0; round < 3; round++) {
      later(3_600_000)
      await pass()
    }
    expect(club.all("Account")[0]?.["PersonHasOptedOutOfEmail"]).toBe(true)
  })
})

describe("a first load", () => {
  it("of thousands goes in bulk jobs, makes everybody once, and the next round writes nothing", async () => {
    const { club, later, pass, shop } = await town()
    const count = 2_100
    for (let at = 0; at < count; at++) {
      const bad = at === 7 ? { PersonMailingPostalCode: "123456789 123456789" } : {}
      club.insert("Account", { LastName: `Person ${at}`, PersonEmail: `p${at}@example.com`, BillingCity: "Kiel", ...bad })
    }
    later(60_000)
    shop.forget()
    await pass()
    expect(shop.all("Contact")).toHaveLength(count)
    expect(shop.all("Account")).toHaveLength(count)
    const person = shop.all("Contact").find((one) => one["Email"] === "p9@example.com")
    expect(shop.read("Account", String(person?.["AccountId"]))).toMatchObject({ BillingCity: "Kiel" })
    const composites = shop.calls.get("POST /composite") ?? 0
    expect([composites, shop.calls.get("PUT /jobs/ingest/{id}/batches")]).toEqual([0, 2])
    later(3_600_000)
    await pass()
    later(3_600_000)
    expect(written(await pass())).toBe(0)
  })

  it("whose job nobody may ask about for a while is not sent twice", async () => {
    const { club, later, pass, shop } = await town()
    const count = 2_000
    for (let at = 0; at < count; at++) {
      club.insert("Account", { LastName: `Person ${at}`, PersonEmail: `p${at}@example.com` })
    }
    later(60_000)
    shop.faults.add({ fault: "denied", contains: "/jobs/ingest/750", method: "GET", after: 1 })
    await pass().catch(() => undefined)
    expect(shop.faults.pending).toEqual([])
    shop.forget()
    later(600_000)
    await pass()
    expect([shop.all("Account").length, shop.all("Contact").length]).toEqual([count, count])
    expect(shop.calls.get("PUT /jobs/ingest/{id}/batches")).toBeUndefined()
  })

  it("that broke off while a job ran goes on with that job, and makes nobody twice", async () => {
    const { club, later, pass, shop } = await town()
    const count = 2_050
    for (let at = 0; at < count; at++) {
      club.insert("Account", { LastName: `Person ${at}`, PersonEmail: `p${at}@example.com` })
    }
    later(60_000)
    // The process dies while it waits for the job that it has started.
    shop.faults.add({ fault: "slow", contains: "/jobs/ingest/750", method: "GET", ms: 1_500 })
    const dies = new AbortController()
    const died = pass(dies.signal).catch(() => "died")
    while (shop.faults.pending.length > 0) await new Promise((resume) => { setTimeout(resume, 20) })
    dies.abort()
    expect(await died).toBe("died")
    expect(shop.all("Contact")).toHaveLength(0)
    shop.forget()
    later(600_000)
    await pass()
    expect([shop.all("Account").length, shop.all("Contact").length]).toEqual([count, count])
    expect(shop.calls.get("PUT /jobs/ingest/{id}/batches")).toBeUndefined()
  })
})
