/** The reader against the sandbox: every change, late ones too, deletions and merges, and nothing that is not there. */
import { it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { afterEach, describe, expect } from "vitest"
import type { Cursor, Seen } from "../../../core/connector/connector.ts"
import { secret } from "../../../core/connector/secret.ts"
import { salesforce } from "../../../connectors/salesforce/index.ts"
import type { SalesforceOptions } from "../../../connectors/salesforce/index.ts"
import { salesforceSandbox, sandboxApp } from "../../../connectors/salesforce/sandbox/index.ts"
import type { OrgOptions, SalesforceSandbox } from "../../../connectors/salesforce/sandbox/index.ts"
import { customer } from "../../../mappings/salesforce/customer.ts"
import { order } from "../../../mappings/salesforce/order.ts"
import { product } from "../../../mappings/salesforce/product.ts"

process.env["SF_SECRET"] = sandboxApp.clientSecret

let org: SalesforceSandbox
afterEach(async () => {
  expect(org.violations).toEqual([])
  await org.stop()
})

const started = (options: OrgOptions = {}) => Effect.promise(async () => org = await salesforceSandbox(options))
const opened = (options: Partial<SalesforceOptions> = {}) => Effect.suspend(() => {
  const crm = salesforce("crm", { url: org.url(), currency: "EUR",
    auth: { clientId: sandboxApp.clientId, clientSecret: secret("SF_SECRET") }, ...options })
  crm.customers.as(customer)
  crm.orders.as(order)
  crm.products.as(product)
  return crm.open({ readOnly: false })
})

const pulled = (resource: string, since: Cursor | undefined, columns: ReadonlyArray<string> = customer.columns) =>
  Effect.gen(function*() {
    const session = yield* opened()
    const pages = yield* Stream.runCollect(session.resource(resource).reader.changes(since, { columns }))
    return { seen: pages.flatMap((page) => page.seen), next: pages.at(-1)?.next ?? null, pages }
  })

const idsOf = (seen: ReadonlyArray<Seen>): ReadonlyArray<string> => seen.map((one) => one.id)
const person = (last: string, more: { [field: string]: string } = {}) =>
  org.insert("Contact", { LastName: last, Email: `${last.toLowerCase()}@example.com`, ...more })
const hour = 3_600_000

describe("reading people", () => {
  it.live("shows the account in the contact's view, and a later edit of either", () => Effect.gen(function*() {
    yield* started()
    const account = org.insert("Account", { Name: "Lovelace", BillingCity: "London" })
    const id = person("Lovelace", { AccountId: account })
    const first = yield* pulled("customers", undefined)
    expect(first.pages.at(-1)?.listing).toBe("complete")
    expect(first.seen[0]).toMatchObject({ id, record: { LastName: "Lovelace", "Account.BillingCity": "London" } })
    org.advance(hour)
    org.change("Account", account, { BillingCity: "Paris" })
    const second = yield* pulled("customers", first.next)
    expect(second.seen.find((one) => one.id === id)).toMatchObject({ record: { "Account.BillingCity": "Paris" } })
    const third = yield* pulled("customers", second.next)
    // Read again while a late commit may still appear, and then no more.
    expect(new Set(idsOf(third.seen))).toEqual(new Set([id]))
    org.advance(hour)
    const fourth = yield* pulled("customers", (yield* pulled("customers", third.next)).next)
    expect(fourth.pages.length).toBeLessThanOrEqual(3)
  }).pipe(Effect.scoped))

  it.live("reads person accounts in the same view", () => Effect.gen(function*() {
    yield* started({ personAccounts: true })
    org.insert("Account", { Name: "A company" })
    const id = org.insert("Account", { LastName: "Hopper", PersonEmail: "grace@example.com", BillingCity: "Arlington",
      PersonMailingCity: "New York" })
    const session = yield* opened({ persons: "person-accounts" })
    const { reader } = session.resource("customers")
    const pages = yield* Stream.runCollect(reader.changes(undefined, { columns: customer.columns }))
    expect(pages.flatMap((page) => page.seen)).toMatchObject([{ id, record: { LastName: "Hopper", Email: "grace@example.com",
      "Account.BillingCity": "Arlington", MailingCity: "New York" } }])
  }).pipe(Effect.scoped))

  it.live("reads more records of one second than a page holds, each of them once", () => Effect.gen(function*() {
    yield* started()
    const first = yield* pulled("customers", undefined)
    org.advance(hour)
    const all = Array.from({ length: 4_100 }, (_, at) => org.insert("Contact", { LastName: `Same ${at}` }))
    const { seen } = yield* pulled("customers", first.next)
    expect(new Set(idsOf(seen))).toEqual(new Set(all))
    expect(seen).toHaveLength(4_100)
  }).pipe(Effect.scoped))

  it.live("finds a record that became visible behind the cursor", () => Effect.gen(function*() {
    yield* started()
    person("Early")
    const first = yield* pulled("customers", undefined)
    const late = org.insertLate("Contact", { LastName: "Late" }, 600_000)
    const second = yield* pulled("customers", first.next)
    expect(idsOf(second.seen)).not.toContain(late)
    org.advance(300_000)
    person("Newer")
    const third = yield* pulled("customers", second.next)
    org.advance(310_000)
    expect(idsOf((yield* pulled("customers", third.next)).seen)).toContain(late)
  }).pipe(Effect.scoped))

  it.live("goes on where it was interrupted, with a record that was changed meanwhile", () => Effect.gen(function*() {
    yield* started()
    const first = yield* pulled("customers", undefined)
    org.advance(hour)
    const all = Array.from({ length: 2_100 }, (_, at) => org.insert("Contact", { LastName: `Many ${at}` }))
    const session = yield* opened()
    const { reader } = session.resource("customers")
    const [page] = yield* Stream.runCollect(Stream.take(reader.changes(first.next, { columns: customer.columns }), 1))
    org.advance(60_000)
    org.change("Contact", all[0] ?? "", { Title: "changed" })
    const rest = yield* pulled("customers", page?.next)
    const after = yield* pulled("customers", rest.next)
    expect(new Set([...idsOf(page?.seen ?? []), ...idsOf(rest.seen)])).toEqual(new Set(all))
    expect(idsOf([...rest.seen, ...after.seen])).toContain(all[0])
  }).pipe(Effect.scoped))

  it.live("follows a merge, and tells of a deletion", () => Effect.gen(function*() {
    yield* started()
    const [winner, loser, lost, purged] = [person("Winner"), person("Loser"), person("Lost"), person("Purged")]
    const first = yield* pulled("customers", undefined)
    org.advance(120_000)
    org.org.merge("Contact", winner, loser)
    org.remove("Contact", purged)
    org.org.emptyBin("Contact")
    org.remove("Contact", lost)
    org.advance(hour)
    const { seen } = yield* pulled("customers", first.next)
    const fates = new Map(seen.map((one) => [one.id, one]))
    expect(fates.get(lost)).toMatchObject({ _tag: "Gone", evidence: "feed" })
    // Hard deleted: only the log remembers it.
    expect(fates.get(purged)).toMatchObject({ _tag: "Gone", evidence: "feed" })
    expect(fates.get(winner)).toMatchObject({ _tag: "Held" })
  }).pipe(Effect.scoped))

  it.live("says where a merged record went, by pull and by id", () => Effect.gen(function*() {
    yield* started()
    const [winner, loser] = [person("Winner"), person("Loser")]
    const first = yield* pulled("customers", undefined)
    org.advance(120_000)
    org.org.merge("Contact", winner, loser)
    const moved = { _tag: "Moved", id: loser, to: winner, how: "merged" }
    expect((yield* pulled("customers", first.next)).seen).toContainEqual(moved)
    const session = yield* opened()
    const { seen } = yield* session.resource("customers").reader.fetch([loser, "0035e0000099999AAA"], { columns: ["LastName"] })
    expect(seen).toEqual([moved, { _tag: "Gone", id: "0035e0000099999AAA", evidence: "read" }])
  }).pipe(Effect.scoped))

  it.live("reads everything again when the delete log does not reach back", () => Effect.gen(function*() {
    yield* started()
    const id = person("Kept")
    const first = yield* pulled("customers", undefined)
    org.advance(20 * 24 * hour)
    const { pages } = yield* pulled("customers", first.next)
    expect(pages.at(-1)?.listing).toBe("complete")
    expect(idsOf(pages.flatMap((page) => page.seen))).toContain(id)
    org.org.purgeLog(org.now() + 1)
    org.advance(hour)
    expect((yield* pulled("customers", pages.at(-1)?.next)).pages.at(-1)?.listing).toBe("complete")
  }).pipe(Effect.scoped))

  it.live("leaves out what the token may not see: unread, not null", () => Effect.gen(function*() {
    yield* started({ hidden: { Contact: ["Birthdate"], Account: ["BillingCity"] } })
    person("Hidden")
    const { seen } = yield* pulled("customers", undefined)
    expect(seen[0]).toMatchObject({ _tag: "Held" })
    const record = seen[0]?._tag === "Held" ? seen[0].record : {}
    expect("Birthdate" in record || "Account.BillingCity" in record).toBe(false)
    expect(customer.read(record).get("birth")?._tag).toBe("Absent")
  }).pipe(Effect.scoped))

  it.live("goes on when an admin drops a field while it reads", () => Effect.gen(function*() {
    yield* started()
    person("One")
    const session = yield* opened()
    const { reader } = session.resource("customers")
    yield* Stream.runCollect(reader.changes(undefined, { columns: ["LastName", "Title"] }))
    org.dropField("Contact", "Title")
    const pages = yield* Stream.runCollect(reader.changes(undefined, { columns: ["LastName", "Title"] }))
    expect(pages[0]?.seen[0]).toMatchObject({ record: { LastName: "One" } })
  }).pipe(Effect.scoped))

  it.live("reads a large object by a bulk job, equal to what pages show", () => Effect.gen(function*() {
    yield* started()
    const account = org.insert("Account", { Name: "A, \"quoted\"" })
    for (let at = 0; at < 2_030; at++) person(`Bulk${at}`, at % 2 === 0 ? {} : { AccountId: account })
    const bulk = yield* opened({ bulkReadsFrom: 2_010 })
    const all = (session: typeof bulk) => Effect.map(Stream.runCollect(
      session.resource("customers").reader.changes(undefined, { columns: customer.columns })),
    (pages) => new Map(pages.flatMap((page) => page.seen).map((one) => [one.id, one])))
    const one = yield* all(bulk)
    expect(org.calls.get("POST /jobs/query")).toBe(1)
    expect(one.size).toBe(2_030)
    expect(one).toEqual(yield* all(yield* opened()))
  }).pipe(Effect.scoped))

  it.live("survives a session that ends, a busy server and a lost locator", () => Effect.gen(function*() {
    yield* started()
    person("One")
    org.faults.add({ fault: "session-expired", contains: "/queryAll" })
    org.faults.add({ fault: "session-expired", contains: "/query" })
    expect(idsOf((yield* pulled("customers", undefined)).seen)).toHaveLength(1)
  }).pipe(Effect.scoped))
})

describe("answers of fewer rows than were asked for", () => {
  it.live("are followed, and a locator that is lost costs nothing", () => Effect.gen(function*() {
    yield* started({ rowsAtOnce: 100 })
    const all = Array.from({ length: 450 }, (_, at) => person(`Wide${at}`))
    expect(new Set(idsOf((yield* pulled("customers", undefined)).seen))).toEqual(new Set(all))
    org.faults.add({ fault: "cursor-lost", after: 1 })
    org.faults.add({ fault: "cursor-lost", after: 2 })
    const again = idsOf((yield* pulled("customers", undefined)).seen)
    expect([again.length, new Set(again).size]).toEqual([450, 450])
    expect(org.faults.pending).toEqual([])
  }).pipe(Effect.scoped))
})

describe("reading orders and products", () => {
  it.live("shows items and prices below their record, and a price that moved alone", () => Effect.gen(function*() {
    yield* started()
    const standard = org.org.standardPricebook?.id ?? ""
    const shoe = org.insert("Product2", { Name: "Shoe", ProductCode: "S1", IsActive: true })
    const entry = org.insert("PricebookEntry", { Pricebook2Id: standard, Product2Id: shoe, UnitPrice: 12.5, IsActive: true })
    const sale = org.insert("Pricebook2", { Name: "Sale", IsActive: true })
    org.insert("PricebookEntry", { Pricebook2Id: sale, Product2Id: shoe, UnitPrice: 9.99, IsActive: true })
    const bought = org.insert("Order", { Status: "Draft", EffectiveDate: "2026-11-01", Pricebook2Id: standard })
    org.insert("OrderItem", { OrderId: bought, PricebookEntryId: entry, Quantity: 2, UnitPrice: 12.5 })
    const products = yield* pulled("products", undefined, product.columns)
    expect(products.seen[0]).toMatchObject({ id: shoe, record: { UnitPrice: 12.5, CurrencyIsoCode: "EUR",
      PricebookEntries: [{ "Pricebook2.Name": "Sale", UnitPrice: 9.99 }] } })
    const orders = yield* pulled("orders", undefined, order.columns)
    expect(orders.seen[0]).toMatchObject({ id: bought, record: { OrderItems: [{ Product2Id: shoe, Quantity: 2,
      "Product2.ProductCode": "S1" }] } })
    org.advance(hour)
    org.change("PricebookEntry", entry, { UnitPrice: 13 })
    const later = yield* pulled("products", products.next, product.columns)
    expect(later.seen).toContainEqual({ _tag: "Hint", id: shoe })
  }).pipe(Effect.scoped))
})
