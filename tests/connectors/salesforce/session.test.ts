/** What a connection says of itself: health, what setup makes, what discover finds, and how it proves who it is. */
import { generateKeyPairSync } from "node:crypto"
import { it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { afterEach, describe, expect } from "vitest"
import { secret } from "../../../core/connector/secret.ts"
import { salesforce } from "../../../connectors/salesforce/index.ts"
import type { SalesforceOptions } from "../../../connectors/salesforce/index.ts"
import { salesforceSandbox, sandboxApp } from "../../../connectors/salesforce/sandbox/index.ts"
import type { OrgOptions, SalesforceSandbox } from "../../../connectors/salesforce/sandbox/index.ts"
import { customer, order, product } from "../../../mappings/salesforce/index.ts"

process.env["SF_SECRET"] = sandboxApp.clientSecret
const auth = { clientId: sandboxApp.clientId, clientSecret: secret("SF_SECRET") }

let org: SalesforceSandbox
afterEach(() => org.stop())

const started = (options: OrgOptions = {}) => Effect.promise(async () => org = await salesforceSandbox(options))
const opened = (options: Partial<SalesforceOptions> = {}) => Effect.suspend(() => {
  const crm = salesforce("crm", { url: org.url(), currency: "EUR", auth, ...options })
  crm.customers.as(customer)
  crm.orders.as(order)
  crm.products.as(product)
  return crm.open({ readOnly: false })
})

describe("a session", () => {
  it.live("is of one org, and tells limits, version and side effects", () => Effect.gen(function*() {
    yield* started()
    const session = yield* opened()
    expect(yield* session.account).toBe(org.org.orgId)
    const health = yield* session.health ?? Effect.die("no health")
    expect(health).toMatchObject({ version: { used: "64.0" }, missing: [], notes: [], proved: "never" })
    expect(health.limits.find(({ name }) => name === "DailyApiRequests")?.max).toBe(15_000)
    expect(health.sideEffects.join(" ")).toContain("flows, triggers")
    const older = yield* opened({ version: "59.0" })
    expect((yield* Effect.result(older.account))._tag).toBe("Failure")
    expect(org.violations).toEqual([])
  }).pipe(Effect.scoped))

  it.live("makes the external ids it needs, and says what only a person can do", () => Effect.gen(function*() {
    yield* started({ prepared: false })
    const session = yield* opened()
    const steps = yield* session.setup ?? Effect.succeed([])
    expect(steps.map(({ what }) => what)).toEqual(["Account", "Contact", "Order", "OrderItem", "Product2", "PricebookEntry"]
      .map((object) => `the unique external id esl_id__c on ${object}`))
    expect(steps.every(({ state, why }) => state === "absent" && why.includes("permission set"))).toBe(true)
    for (const { apply } of steps) yield* apply ?? Effect.void
    // Made, and seen by nobody yet: asked again it says who has to act.
    const [first] = yield* session.setup ?? Effect.succeed([])
    const again = yield* Effect.flip(first?.apply ?? Effect.die("no step"))
    expect(again.message).toContain("this user may not see it")
    expect(org.violations).toEqual([])
  }).pipe(Effect.scoped))

  it.live("finds nothing to do where all is there", () => Effect.gen(function*() {
    yield* started()
    const steps = yield* (yield* opened()).setup ?? Effect.succeed([])
    expect(new Set(steps.map(({ state }) => state))).toEqual(new Set(["present"]))
    org.addField("Contact", "esl_id__c string(100) ncuFS")
    const after = yield* (yield* opened()).setup ?? Effect.succeed([])
    expect(after.find(({ what }) => what.endsWith("Contact"))).toMatchObject({ state: "different" })
  }).pipe(Effect.scoped))

  it.live("discovers the retailer's own fields, and describes what the mapping uses", () => Effect.gen(function*() {
    yield* started()
    const found = yield* (yield* opened()).discover
    const people = found.find(({ name }) => name === "customers")
    expect(people?.stock).toEqual({ from: "esl/mappings/salesforce", name: "customer" })
    expect(people?.columns.filter((column) => column.custom === true).map(({ name }) => name)).toContain("Loyalty_Number__c")
    const orders = found.find(({ name }) => name === "orders")
    expect(orders?.columns.find(({ name }) => name === "Status")?.values).toContain("Activated")
    expect(orders?.columns.find(({ name }) => name === "TotalAmount")?.writable).toBe(false)
    expect(orders?.children["OrderItems"]?.columns.map(({ name }) => name)).toContain("Product2.ProductCode")
  }).pipe(Effect.scoped))

  it.live("shows custom fields of people in person accounts under the same names", () => Effect.gen(function*() {
    yield* started({ personAccounts: true })
    const [people] = yield* (yield* opened({ persons: "person-accounts" })).discover
    const own = people?.columns.filter((column) => column.custom === true).map(({ name }) => name)
    expect(own).toEqual(expect.arrayContaining(["Loyalty_Number__c", "Account.Credit_Limit__c"]))
  }).pipe(Effect.scoped))
})

describe("it proves who it is", () => {
  it.live("by a signed assertion", () => Effect.gen(function*() {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 })
    process.env["SF_KEY"] = privateKey.export({ type: "pkcs8", format: "pem" }).toString()
    const pem = publicKey.export({ type: "spki", format: "pem" }).toString()
    yield* started({ app: { ...sandboxApp, publicKey: pem } })
    const session = yield* opened({ auth: { clientId: sandboxApp.clientId, key: secret("SF_KEY"),
      user: "integration@esl.example" } })
    expect(yield* session.account).toBe(org.org.orgId)
  }).pipe(Effect.scoped))

  it.live("and says so when it is not taken, without the secret", () => Effect.gen(function*() {
    yield* started()
    process.env["SF_WRONG"] = "a-wrong-secret"
    const refused = yield* Effect.flip(opened({ auth: { ...auth, clientSecret: secret("SF_WRONG") } }))
    expect(refused).toMatchObject({ reason: { _tag: "Unauthorized" } })
    expect(JSON.stringify(refused)).not.toContain("a-wrong-secret")
  }).pipe(Effect.scoped))
})

describe("several currencies", () => {
  it.live("are kept record by record", () => Effect.gen(function*() {
    yield* started({ currencies: ["EUR", "USD"] })
    const shoe = org.insert("Product2", { Name: "Shoe", ProductCode: "S1", IsActive: true, CurrencyIsoCode: "USD" })
    org.insert("PricebookEntry", { Pricebook2Id: org.org.standardPricebook?.id ?? "", Product2Id: shoe, UnitPrice: 5,
      IsActive: true, CurrencyIsoCode: "USD" })
    const { reader, writer } = (yield* opened()).resource("orders")
    const usd = (minor: string) => ({ minor, scale: 2, currency: "USD" })
    const values = new Map<string, never>(Object.entries({ orderNumber: "1", currency: "USD", lines: [
      { id: "l1", variant: shoe, title: "Shoe", quantity: "1", unitPrice: usd("500") }] }) as never)
    const [outcome] = yield* writer?.write([{ op: "create", attempt: "a", idempotencyKey: "k", marker: "o1",
      patch: () => order.write(values, undefined) }], Effect.void) ?? Effect.succeed([])
    expect(outcome).toMatchObject({ did: "written", after: { record: { CurrencyIsoCode: "USD" } } })
    const pages = yield* Stream.runCollect(reader.changes(undefined, { columns: order.columns }))
    const [seen] = pages.flatMap((page) => page.seen)
    const lines = seen?._tag === "Held" ? order.read(seen.record).get("lines") : undefined
    expect(lines).toMatchObject({ value: [{ unitPrice: usd("500") }] })
    expect(org.violations).toEqual([])
  }).pipe(Effect.scoped))
})

describe("options", () => {
  it.live("that cannot work are named before anything is opened", () => Effect.gen(function*() {
    yield* started()
    const faults = (options: Partial<SalesforceOptions>) =>
      salesforce("crm", { url: "https://shop.my.salesforce.com", auth, ...options }).faults?.map(({ option }) => option)
    expect(faults({})).toEqual([])
    expect(faults({ url: "http://shop.my.salesforce.com" })).toEqual(["url"])
    expect(faults({ persons: "shared-account" })).toEqual(["sharedAccount"])
    expect(faults({ overlapMinutes: 5 })).toEqual(["overlapMinutes"])
    expect(faults({ dailyShare: 2, version: "64", externalId: "id", currency: "Euro", guestAccount: "x" }))
      .toEqual(["version", "guestAccount", "externalId", "dailyShare", "currency"])
  }).pipe(Effect.scoped))
})
