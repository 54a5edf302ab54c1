/** The writer against the sandbox: what it sends is valid, a refusal costs one record, a lost answer costs none. */
import { it } from "@effect/vitest"
import { Effect, Schema as S } from "effect"
import { afterEach, describe, expect } from "vitest"
import type { Change, Outcome } from "../../../core/connector/connector.ts"
import { secret } from "../../../core/connector/secret.ts"
import { boolean, mapping } from "../../../core/mapping/index.ts"
import type { Mapping, Patch, Record_ } from "../../../core/mapping/mapping.ts"
import { Location } from "../../../core/model/index.ts"
import type { Path, Value } from "../../../core/model/value.ts"
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
const writer = (resource: string, options: Partial<SalesforceOptions> = {}) => Effect.gen(function*() {
  const crm = salesforce("crm", { url: org.url(), currency: "EUR",
    auth: { clientId: sandboxApp.clientId, clientSecret: secret("SF_SECRET") }, ...options })
  crm.customers.as(customer)
  crm.orders.as(order)
  crm.products.as(product)
  const session = yield* crm.open({ readOnly: false })
  const { writer } = session.resource(resource)
  if (writer === undefined) throw new Error("no writer")
  return writer
})

const change = { attempt: "a", idempotencyKey: "k" }
const person = (last: string) => ({ "name.family": last, email: `${last.toLowerCase()}@example.com` })
type Values = { readonly [path: string]: Value | null }
const mapped = <A>(mapping: Mapping<A>, values: Values, into?: Record_): Patch =>
  mapping.write(new Map<Path, Value | null>(Object.entries(values)), into)
const make = <A>(mapping: Mapping<A>, marker: string, values: Values): Change =>
  ({ ...change, op: "create", marker, patch: () => ({ ...mapping.constants, ...mapped(mapping, values) }) })
const edit = <A>(mapping: Mapping<A>, id: string, values: Values, holds = true): Change => ({
  ...change, op: "update", id, patch: (into) => mapped(mapping, values, into), expect: { holds: () => holds }
})
const many = (count: number): ReadonlyArray<Change> =>
  Array.from({ length: count }, (_, at) => make(customer, `g${at}`, person(`P${at}`)))
const drop = (id: string): Change => ({ ...change, op: "remove", id, how: "delete", expect: { holds: () => true } })

const idOf = (outcome: Outcome | undefined): string => outcome?.did === "written" ? outcome.id : ""
const dids = (outcomes: ReadonlyArray<Outcome>) => outcomes.map((one) => one.did)

describe("writing people", () => {
  it.live("makes a person with an account of its own in one call, and reads back what was stored", () => Effect.gen(function*() {
    yield* started()
    const { write } = yield* writer("customers")
    yield* write([make(customer, "warm-up", person("Warm"))], Effect.void)
    org.forget()
    const outcomes = yield* write([make(customer, "g1", { ...person("Lovelace"), "name.given": "Ada",
      "address.billing": { city: "London", country: "GB" } })], Effect.void)
    expect(outcomes).toMatchObject([{ did: "written", after: { record: { FirstName: "Ada", "Account.Name": "Ada Lovelace",
      "Account.BillingCity": "London", "Account.BillingCountry": "United Kingdom" } } }])
    const contact = org.read("Contact", idOf(outcomes[0]))
    expect(contact?.["esl_id__c"]).toBe("g1")
    expect(org.read("Account", String(contact?.["AccountId"]))?.["esl_id__c"]).toBe("g1")
    expect(org.total()).toBe(1)
  }).pipe(Effect.scoped))

  it.live("makes 400 people in one call", () => Effect.gen(function*() {
    yield* started()
    const { write, batch } = yield* writer("customers")
    yield* write([make(customer, "warm-up", person("Warm"))], Effect.void)
    org.forget()
    const outcomes = yield* write(many(batch), Effect.void)
    expect(new Set(dids(outcomes))).toEqual(new Set(["written"]))
    expect(org.total()).toBe(1)
  }).pipe(Effect.scoped))

  it.live("writes person accounts through the same mapping", () => Effect.gen(function*() {
    yield* started({ personAccounts: true })
    const { write } = yield* writer("customers", { persons: "person-accounts" })
    const [outcome] = yield* write([make(customer, "g1", { ...person("Hopper"), birth: "1906-12-09",
      "address.main": { city: "New York" } })], Effect.void)
    expect(org.read("Account", idOf(outcome))).toMatchObject({ LastName: "Hopper", PersonEmail: "hopper@example.com",
      PersonBirthdate: "1906-12-09", PersonMailingCity: "New York", esl_id__c: "g1" })
  }).pipe(Effect.scoped))

  it.live("puts contacts below a shared account, and withholds what is the account's", () => Effect.gen(function*() {
    yield* started()
    const shared = org.insert("Account", { Name: "All customers" })
    const { write } = yield* writer("customers", { persons: "shared-account", sharedAccount: shared })
    const turing = { ...person("Turing"), "address.billing": { city: "London" } }
    const [outcome] = yield* write([make(customer, "g1", turing)], Effect.void)
    expect(org.read("Contact", idOf(outcome))?.["AccountId"]).toBe(shared)
    expect(outcome).toMatchObject({ withheld: [{ path: "Account.BillingCity" }] })
    expect(org.read("Account", shared)?.["BillingCity"]).toBeNull()
  }).pipe(Effect.scoped))

  it.live("changes only what moved, in contact and account, and clears", () => Effect.gen(function*() {
    yield* started()
    const account = org.insert("Account", { Name: "Curie", BillingCity: "Paris" })
    const id = org.insert("Contact", { LastName: "Curie", Title: "Dr", Email: "curie@example.com", AccountId: account })
    const { write } = yield* writer("customers")
    const outcomes = yield* write([edit(customer, id, { email: null, "address.billing": { city: "Warsaw" },
      "phone.mobile": "+493023125001" })], Effect.void)
    const record = { "Account.BillingCity": "Warsaw", Email: null }
    expect(outcomes).toMatchObject([{ did: "written", id, after: { record } }])
    expect(org.read("Contact", id)).toMatchObject({ Email: null, MobilePhone: "+493023125001", Title: "Dr" })
  }).pipe(Effect.scoped))

  it.live("writes nothing over an edit the hub has not seen, and tells what is gone", () => Effect.gen(function*() {
    yield* started()
    const [one, other] = [org.insert("Contact", { LastName: "One" }), org.insert("Contact", { LastName: "Other" })]
    org.remove("Contact", other)
    const { write } = yield* writer("customers")
    const edits = [edit(customer, one, { "name.family": "Two" }, false), edit(customer, other, person("X"))]
    const outcomes = yield* write(edits, Effect.void)
    expect(outcomes).toMatchObject([{ did: "moved", now: { id: one } }, { did: "gone" }])
    expect(org.read("Contact", one)?.["LastName"]).toBe("One")
  }).pipe(Effect.scoped))

  it.live("one refused record never refuses its neighbours, and no value stands in the cause", () => Effect.gen(function*() {
    yield* started({ refuses: (object, values) => object === "Contact" && values["LastName"] === "P7"
      ? { statusCode: "FIELD_CUSTOM_VALIDATION_EXCEPTION", message: "P7 p7@example.com is not welcome" } : undefined })
    const { write } = yield* writer("customers")
    const outcomes = yield* write(many(20), Effect.void)
    expect(outcomes.filter((one) => one.did === "written")).toHaveLength(19)
    expect(outcomes[7]).toEqual({ did: "refused",
      cause: "FIELD_CUSTOM_VALIDATION_EXCEPTION: a validation rule of the org refuses it" })
  }).pipe(Effect.scoped))

  it.live("names the column that was refused, so that the rest of the record can go on", () => Effect.gen(function*() {
    yield* started()
    const account = org.insert("Account", { Name: "Curie" })
    const id = org.insert("Contact", { LastName: "Curie", AccountId: account })
    const { write } = yield* writer("customers")
    const blame = (patch: Patch): Change =>
      ({ ...change, op: "update", id, patch: () => patch, expect: { holds: () => true } })
    const outcomes = yield* write([blame({ Email: "nobody" })], Effect.void)
    expect(outcomes).toMatchObject([{ did: "refused", path: "Email", cause: "INVALID_EMAIL_ADDRESS (Email)" }])
    const above = yield* write([blame({ "Account.BillingPostalCode": "1".repeat(30) })], Effect.void)
    expect(above).toMatchObject([{ did: "refused", path: "Account.BillingPostalCode" }])
  }).pipe(Effect.scoped))

  it.live("honours duplicate rules, and overrides them only when told to", () => Effect.gen(function*() {
    yield* started({ duplicateRule: true })
    org.insert("Contact", { LastName: "There", Email: "there@example.com" })
    const { write } = yield* writer("customers")
    const [outcome] = yield* write([make(customer, "g1", person("There"))], Effect.void)
    expect(outcome).toMatchObject({ did: "refused" })
    expect(outcome?.did === "refused" ? outcome.cause : "").toContain("DUPLICATES_DETECTED")
    const insisting = yield* writer("customers", { allowDuplicates: true })
    expect(dids(yield* insisting.write([make(customer, "g1", person("There"))], Effect.void))).toEqual(["written"])
  }).pipe(Effect.scoped))

  it.live("tries locked rows again, and then gives them back unsent", () => Effect.gen(function*() {
    yield* started()
    const ids = ["A", "B"].map((last) => org.insert("Contact", { LastName: last }))
    org.faults.add({ fault: "row-lock", contains: ids[0] ?? "", times: 2 })
    org.faults.add({ fault: "row-lock", contains: ids[1] ?? "", times: 100 })
    const { write } = yield* writer("customers")
    const outcomes = yield* write(ids.map((id) => edit(customer, id, { "name.given": "New" })), Effect.void)
    expect(dids(outcomes)).toEqual(["written", "unsent"])
    expect(ids.map((id) => org.read("Contact", id)?.["FirstName"])).toEqual(["New", null])
  }).pipe(Effect.scoped))

  it.live("a create whose answer is lost makes nobody twice", () => Effect.gen(function*() {
    yield* started()
    const { write } = yield* writer("customers")
    org.faults.add({ fault: "cut-after", contains: "/composite" })
    expect(dids(yield* write([make(customer, "g1", person("Once"))], Effect.void))).toEqual(["written"])
    expect(org.all("Contact")).toHaveLength(1)
    expect(org.all("Account")).toHaveLength(1)
  }).pipe(Effect.scoped))

  it.live("an update whose answer is lost is unknown", () => Effect.gen(function*() {
    yield* started()
    const id = org.insert("Contact", { LastName: "One" })
    const { write } = yield* writer("customers")
    org.faults.add({ fault: "cut-after", contains: "/composite" })
    expect(dids(yield* write([edit(customer, id, { "name.given": "New" })], Effect.void))).toEqual(["unknown"])
    expect(org.read("Contact", id)?.["FirstName"]).toBe("New")
  }).pipe(Effect.scoped))

  it.live("shows two records of one external id, and binds neither", () => Effect.gen(function*() {
    yield* started()
    org.addField("Contact", "esl_id__c string(100) ncuxiFS")
    org.insert("Contact", { LastName: "One", esl_id__c: "g1" })
    org.insert("Contact", { LastName: "Two", esl_id__c: "g1" })
    const crm = yield* writer("customers")
    const refused = yield* Effect.flip(crm.write([make(customer, "g1", person("Three"))], Effect.void))
    expect(refused).toMatchObject({ reason: { _tag: "Stale" } })
  }).pipe(Effect.scoped))

  it.live("never writes what describe does not allow, and says so", () => Effect.gen(function*() {
    yield* started({ hidden: { Contact: ["Birthdate"] } })
    const { write } = yield* writer("customers")
    const [outcome] = yield* write([make(customer, "g1", { ...person("Noether"), birth: "1882-03-23" })], Effect.void)
    expect(outcome).toMatchObject({ did: "written", withheld: [{ path: "Birthdate" }] })
  }).pipe(Effect.scoped))

  it.live("does not start without its external id, and says what to do", () => Effect.gen(function*() {
    yield* started({ prepared: false })
    const { write } = yield* writer("customers")
    const refused = yield* Effect.flip(write([make(customer, "g1", person("X"))], Effect.void))
    expect(refused.message).toContain("esl setup crm")
  }).pipe(Effect.scoped))

  it.live("deletes, and knows what is deleted already", () => Effect.gen(function*() {
    yield* started()
    const id = org.insert("Contact", { LastName: "Going" })
    const { write } = yield* writer("customers")
    expect(dids(yield* write([drop(id)], Effect.void))).toEqual(["written"])
    expect(dids(yield* write([drop(id)], Effect.void))).toEqual(["gone"])
  }).pipe(Effect.scoped))

  it.live("stops at its share of the day's calls", () => Effect.gen(function*() {
    yield* started({ dailyRequests: 40 })
    const { write } = yield* writer("customers", { dailyShare: 0.2 })
    const all = Effect.forEach(many(20), (one) => write([one], Effect.void))
    expect(yield* Effect.flip(all)).toMatchObject({ reason: { _tag: "RateLimited" } })
    expect(org.total()).toBeLessThanOrEqual(9)
  }).pipe(Effect.scoped))
})

describe("writing products and orders", () => {
  const euro = (minor: string) => ({ minor, scale: 2, currency: "EUR" })
  const shoe = (marker: string) => make(product, marker, { title: "Shoe", status: "active",
    variants: [{ id: "v1", sku: "S1", price: euro("1250") }], prices: [{ id: "p1", list: "Sale", amount: euro("999") }] })

  it.live("prices a product in the standard price book first, then in others", () => Effect.gen(function*() {
    yield* started()
    org.insert("Pricebook2", { Name: "Sale", IsActive: true })
    const { write } = yield* writer("products")
    const outcomes = yield* write([shoe("p1")], Effect.void)
    const record = { UnitPrice: 12.5, PricebookEntries: [{ UnitPrice: 9.99 }] }
    expect(outcomes).toMatchObject([{ did: "written", after: { record } }])
    const id = idOf(outcomes[0])
    const again = yield* write([edit(product, id, { variants: [{ id: "v1", sku: "S1", price: euro("1300") }] })], Effect.void)
    expect(again).toMatchObject([{ did: "written", after: { record: { UnitPrice: 13 } } }])
    expect(org.all("PricebookEntry")).toHaveLength(2)
  }).pipe(Effect.scoped))

  const ordered = Effect.gen(function*() {
    const products = yield* writer("products")
    org.insert("Pricebook2", { Name: "Sale", IsActive: true })
    const [made] = yield* products.write([shoe("p1")], Effect.void)
    const people = yield* writer("customers")
    const [buyer] = yield* people.write([make(customer, "c1", person("Buyer"))], Effect.void)
    const values = { orderNumber: "1001", businessDate: "2026-11-01", currency: "EUR", customer: idOf(buyer),
      "status.lifecycle": "open",
      lines: [{ id: "l1", variant: idOf(made), title: "Shoe", quantity: "2", unitPrice: euro("1250") },
        { id: "l2", variant: idOf(made), title: "Shoe, used", quantity: "1", unitPrice: euro("500") }] }
    return { values, product: idOf(made), buyer: idOf(buyer) }
  })

  it.live("makes a draft with its items and activates it last, in one call", () => Effect.gen(function*() {
    yield* started()
    const { buyer, values } = yield* ordered
    const { write } = yield* writer("orders")
    const [outcome] = yield* write([make(order, "o1", values)], Effect.void)
    const stored = org.read("Order", idOf(outcome))
    expect(stored).toMatchObject({ Status: "Activated", StatusCode: "Activated", TotalAmount: 30, BillToContactId: buyer,
      AccountId: org.read("Contact", buyer)?.["AccountId"] })
    const items = org.all("OrderItem").map((item) => String(item["Id"]))
    const elements = { OrderItems: { l1: items[0], l2: items[1] } }
    expect(outcome).toMatchObject({ did: "written", after: { elements } })
  }).pipe(Effect.scoped))

  it.live("a lost answer doubles neither the order nor its items", () => Effect.gen(function*() {
    yield* started()
    const { values } = yield* ordered
    const { write } = yield* writer("orders")
    org.faults.add({ fault: "cut-after", contains: "/composite", method: "POST" })
    const [outcome] = yield* write([make(order, "o1", { ...values, "status.lifecycle": "draft" })], Effect.void)
    expect(outcome).toMatchObject({ did: "written", after: { elements: { OrderItems: { l1: expect.any(String) } } } })
    expect(org.all("Order")).toHaveLength(1)
    expect(org.all("OrderItem")).toHaveLength(2)
  }).pipe(Effect.scoped))

  it.live("refuses an order it cannot hold, alone, and an activated order keeps its items", () => Effect.gen(function*() {
    yield* started()
    const { values } = yield* ordered
    const unpriced = org.insert("Product2", { Name: "Free", IsActive: true })
    const { write } = yield* writer("orders")
    const outcomes = yield* write([
      make(order, "o1", { ...values, lines: [{ id: "l1", variant: unpriced, title: "Free", quantity: "1" }] }),
      make(order, "o2", { ...values, orderNumber: "1002", currency: "USD" }),
      make(order, "o3", { ...values, orderNumber: "1003" })
    ], Effect.void)
    expect(dids(outcomes)).toEqual(["refused", "refused", "written"])
    expect(org.all("Order")).toHaveLength(1)
    const id = idOf(outcomes[2])
    const item = String(org.all("OrderItem")[0]?.["Id"])
    const [locked] = yield* write([edit(order, id, { lines: [{ id: item, quantity: "5" }] })], Effect.void)
    expect(locked).toMatchObject({ did: "refused" })
    expect(dids(yield* write([edit(order, id, { "status.lifecycle": "cancelled" })], Effect.void))).toEqual(["written"])
  }).pipe(Effect.scoped))
})

describe("orders of nobody", () => {
  const guest = { orderNumber: "1", businessDate: "2026-11-01", currency: "EUR", "status.lifecycle": "open" }
  const bought = (variant?: string) => ({ ...guest, lines: [{ id: "l1", title: "Shoe", quantity: "1",
    unitPrice: { minor: "500", scale: 2, currency: "EUR" }, ...(variant === undefined ? {} : { variant }) }] })
  const sold = () => {
    const id = org.insert("Product2", { Name: "Anything", IsActive: true })
    org.insert("PricebookEntry", { Pricebook2Id: org.org.standardPricebook?.id ?? "", Product2Id: id, UnitPrice: 1,
      IsActive: true })
    return id
  }

  it.live("belong to the guests' account, and lines of no product to the one for them", () => Effect.gen(function*() {
    yield* started()
    const guests = org.insert("Account", { Name: "Guests" })
    const { write } = yield* writer("orders", { guestAccount: guests, lineWithoutProduct: sold() })
    const [outcome] = yield* write([make(order, "o1", bought())], Effect.void)
    expect(org.read("Order", idOf(outcome))).toMatchObject({ AccountId: guests, BillToContactId: null, Status: "Activated",
      TotalAmount: 5 })
  }).pipe(Effect.scoped))

  it.live("are refused and shown where there is neither", () => Effect.gen(function*() {
    yield* started()
    const product_ = sold()
    const { write } = yield* writer("orders")
    const outcomes = yield* write([make(order, "o1", bought()), make(order, "o2", bought(product_))], Effect.void)
    expect(outcomes).toMatchObject([{ did: "refused" }, { did: "refused" }])
    expect(outcomes.map((one) => one.did === "refused" ? one.cause : "")).toEqual([
      expect.stringContaining("lineWithoutProduct"), expect.stringContaining("FAILED_ACTIVATION")])
  }).pipe(Effect.scoped))
})

describe("writing in bulk", () => {
  it.live("one refused record never refuses its neighbours, and a handle is all it takes to go on", () => Effect.gen(function*() {
    yield* started({ refuses: (object, values) => object === "Contact" && values["LastName"] === "P3"
      ? { statusCode: "FIELD_CUSTOM_VALIDATION_EXCEPTION", message: "p3@example.com is not welcome" } : undefined })
    const { job } = yield* writer("customers", { bulkWritesFrom: 5 })
    if (job === undefined) throw new Error("no job")
    const handle = JSON.parse(JSON.stringify(yield* job.submit(many(8))))
    // Another process goes on: it knows the handle, and nothing else.
    const other = (yield* writer("customers", { bulkWritesFrom: 5 })).job
    let outcomes: "running" | ReadonlyArray<Outcome> = "running"
    for (let polls = 0; polls < 20 && outcomes === "running"; polls++) {
      outcomes = yield* other?.poll(handle) ?? Effect.succeed("running" as const)
    }
    if (outcomes === "running") throw new Error("the job never ends")
    expect(dids(outcomes)).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((at) => at === 3 ? "refused" : "written"))
    expect(outcomes[3]).toEqual({ did: "refused",
      cause: "FIELD_CUSTOM_VALIDATION_EXCEPTION: a validation rule of the org refuses it" })
    expect(org.read("Contact", idOf(outcomes[6]))).toMatchObject({ LastName: "P6", Email: "p6@example.com", esl_id__c: "g6" })
    expect(JSON.stringify(handle)).not.toContain("@example.com")
  }).pipe(Effect.scoped))

  it.live("a job that fails is asked for again and makes nobody twice", () => Effect.gen(function*() {
    yield* started()
    const { job } = yield* writer("customers", { bulkWritesFrom: 5 })
    if (job === undefined) throw new Error("no job")
    const run = Effect.gen(function*() {
      const handle = yield* job.submit(many(6))
      for (;;) {
        const outcomes = yield* job.poll(handle)
        if (outcomes !== "running") return dids(outcomes)
      }
    })
    org.faults.add({ fault: "bulk-failed" })
    expect(new Set(yield* run)).toEqual(new Set(["unsent"]))
    org.faults.add({ fault: "bulk-failed", after: 1 })
    expect(new Set(yield* run)).toEqual(new Set(["unknown"]))
    expect(new Set(yield* run)).toEqual(new Set(["written"]))
    expect([org.all("Account").length, org.all("Contact").length]).toEqual([6, 6])
  }).pipe(Effect.scoped))
})

describe("objects of the org's own", () => {
  const T = S.NullOr(S.String)
  const Shop = S.Struct({
    Id: S.String, Name: T, Number__c: T, City__c: T, Active__c: S.NullOr(S.Boolean), Account__c: T
  })
  const shop = mapping(Shop, Location, ({ field, group }) => ({
    name: field("Name"), number: field("Number__c"), active: field("Active__c", boolean()),
    address: group({ city: "City__c" })
  }))

  it.live("are written by a mapping of the retailer's, with constants", () => Effect.gen(function*() {
    yield* started()
    const account = org.insert("Account", { Name: "Shops" })
    const crm = salesforce("crm", { url: org.url(), auth: { clientId: sandboxApp.clientId,
      clientSecret: secret("SF_SECRET") } })
    const mine = shop.with(({ constant }) => ({ $account: constant("Account__c", account) }))
    crm.object("Shop__c", Shop).as(mine)
    const { reader, writer } = (yield* crm.open({ readOnly: false })).resource("Shop__c")
    const [outcome] = yield* writer?.write([make(mine, "s1", { name: "Kiel", number: "7", active: true,
      address: { city: "Kiel" } })], Effect.void) ?? Effect.succeed([])
    expect(org.read("Shop__c", idOf(outcome))).toMatchObject({ Name: "Kiel", Number__c: "7", Active__c: true, City__c: "Kiel",
      Account__c: account })
    const { seen } = yield* reader.fetch([idOf(outcome)], { columns: mine.columns })
    expect(seen[0]).toMatchObject({ record: { Name: "Kiel", Active__c: true } })
  }).pipe(Effect.scoped))
})
