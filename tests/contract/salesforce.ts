/** Salesforce's resources as subjects of the contract suite, on the sandbox. */
import { Effect, Schema as S } from "effect"
import { salesforce } from "../../connectors/salesforce/index.ts"
import type { SalesforceConnection, SalesforceOptions } from "../../connectors/salesforce/index.ts"
import { salesforceSandbox, sandboxApp } from "../../connectors/salesforce/sandbox/index.ts"
import type { OrgOptions, SalesforceSandbox } from "../../connectors/salesforce/sandbox/index.ts"
import { stampOf } from "../../connectors/salesforce/sandbox/org.ts"
import { secret } from "../../core/connector/secret.ts"
import { mapping, Rows } from "../../core/mapping/index.ts"
import { Customer, Location, Order, Product } from "../../core/model/index.ts"
import type { Given, Ours, Stage, Subject } from "../../core/testing/contract.ts"

process.env["SF_CONTRACT_SECRET"] = sandboxApp.clientSecret
process.env["SF_CONTRACT_REFRESH"] = "the first refresh token"

const T = S.NullOr(S.String)
const N = S.NullOr(S.Number)

/** What is special about one resource. */
interface Kind {
  readonly name: string
  readonly object: string
  readonly resource: string
  readonly columns: ReadonlyArray<string>
  /** The column that holds the text, and the field behind it. */
  readonly text: string
  readonly field?: string
  readonly org?: OrgOptions
  readonly options?: Partial<SalesforceOptions>
  readonly declare: (connection: SalesforceConnection) => void
  /** A record as people make it, without its text. */
  readonly made: (org: SalesforceSandbox, nth: number) => { readonly [field: string]: string | boolean | null }
  readonly ours: (org: SalesforceSandbox) => Ours
  readonly cannot: Subject["cannot"]
  /** A column that an admin drops. */
  readonly dropped: string
  readonly droppedField?: string
}

const everywhere: Subject["cannot"] = {
  lag: "SOQL reads the database itself; only late commits are behind, and they are tested",
  wide: "numbers there have 18 digits at most and travel as JSON numbers",
  webhook: "Salesforce has none; change events are decoded by tests/connectors/salesforce/events.test.ts"
}

const subjectOf = (kind: Kind): Subject => ({
  name: kind.name,
  columns: kind.columns,
  page: 2_000,
  lateMs: 14 * 60_000,
  cannot: { ...everywhere, ...kind.cannot },
  open: ({ time }) => Effect.gen(function*() {
    const org = yield* Effect.acquireRelease(
      Effect.promise(() => salesforceSandbox({ app: { ...sandboxApp, rotates: true }, dailyRequests: 1_000_000,
        refreshTokens: ["the first refresh token"], ...kind.org })),
      (made) => Effect.promise(() => made.stop()))
    org.addField(kind.object, `${kind.droppedField ?? kind.dropped} string(40) ncuxqiFS`)
    return stageOf(kind, org, time)
  })
})

const stageOf = (kind: Kind, org: SalesforceSandbox, time: Given["time"]): Stage => {
  const { object } = kind
  const field = kind.field ?? kind.text
  const connection = salesforce("crm", {
    url: org.url(), currency: "EUR", ...kind.options,
    auth: { clientId: sandboxApp.clientId, clientSecret: secret("SF_CONTRACT_SECRET"),
      login: "browser", refreshToken: secret("SF_CONTRACT_REFRESH") }
  })
  kind.declare(connection)
  const fault = (name: string, where = {}) => () => { org.faults.add({ fault: name, ...where }) }
  const writing = { contains: "/composite", method: "POST" }
  return {
    connection,
    resource: kind.resource,
    violations: () => org.violations, calls: () => org.total(),
    advance: (ms) => { org.advance(ms) },
    people: {
      make: (count, stamp, made) => Array.from({ length: count }, (_, nth) => {
        const id = org.insert(object, { ...kind.made(org, nth), [field]: `text ${nth}` })
        if (made !== undefined) Object.assign(org.read(object, id) ?? {}, { CreatedDate: stampOf(made) })
        const at = stamp === undefined ? {} : { SystemModstamp: stampOf(stamp), LastModifiedDate: stampOf(stamp) }
        Object.assign(org.read(object, id) ?? {}, at)
        return id
      }),
      edit: (id, text) => { org.change(object, id, { [field]: text }) },
      remove: (id) => { org.remove(object, id) },
      merge: (loser, into) => {
        org.org.merge(object, into, loser)
        return into
      },
      retentionMs: 15 * 86_400_000,
      addField: () => {
        const people = kind.droppedField === undefined ? "New__c" : "New__pc"
        org.addField(object, `${people} string(40) ncuFS`)
        return "New__c"
      },
      dropField: () => {
        org.dropField(object, kind.droppedField ?? kind.dropped)
        return kind.dropped
      },
      look: (id) => {
        const row = org.read(object, id)
        const value = row?.["IsDeleted"] === true ? undefined : row?.[field]
        return typeof value === "string" ? value : undefined
      },
      count: () => org.all(object).length,
      unknown: `${org.org.schema.get(object)?.prefix ?? "000"}5e0000zzzzzzAAA`,
      textOf: (record) => record[kind.text]
    },
    ours: { update: (text) => ({ [kind.text]: text }), locked: { CreatedDate: "2020-01-01T00:00:00Z" }, delete: "delete",
      stored: (text) => text.trim(), ...kind.ours(org) },
    faults: {
      throttle: fault("concurrent-limit", { contains: "/services/data" }),
      unavailable: fault("unavailable", { contains: "/services/data" }),
      cutBefore: fault("cut-before", writing),
      cutAfter: fault("cut-after", writing),
      lock: fault("row-lock"),
      partial: fault("row-lock", { after: 2 }),
      expire: () => {
        // Two refusals in a minute would look like an account that was closed.
        time.advance(61_000)
        org.revoke()
      }
    }
  }
}

const Contact = S.Struct({
  Id: S.String, LastName: T, Title: T, Email: T, Card__c: T, CreatedDate: T, "Account.Name": T, "Account.BillingCity": T
})
const people = mapping(Contact, Customer, ({ field }) => ({ email: field("Email"), loyaltyNumber: field("Card__c") }))

const ourPeople: Ours = {
  create: (nth, text) => ({ LastName: `Ours ${nth}`, Title: text, Card__c: `C-${nth}`, Email: `ours${nth}@example.com`,
    "Account.BillingCity": "Kiel" }),
  bad: { Email: "nobody-at-all" }
}

const noAmounts = "people have no amounts; prices are tested with salesforce.products"
const noRows = "people have no child rows; items of orders have (salesforce.orders)"

export const contacts = subjectOf({
  name: "salesforce.customers (own account)", object: "Contact", resource: "customers",
  columns: Object.keys(Contact.fields),
  text: "Title", dropped: "Card__c",
  declare: (crm) => { crm.customers.as(people) },
  made: (_, nth) => ({ LastName: `Person ${nth}` }),
  ours: () => ({ ...ourPeople, longest: 128 }),
  cannot: { children: noRows, money: noAmounts }
})

export const personAccounts = subjectOf({
  name: "salesforce.customers (person accounts)", object: "Account", resource: "customers",
  columns: Object.keys(Contact.fields).filter((column) => column !== "Account.Name"),
  text: "Title", field: "PersonTitle", dropped: "Card__c", droppedField: "Card__pc",
  org: { personAccounts: true }, options: { persons: "person-accounts" },
  declare: (crm) => { crm.customers.as(people) },
  made: (_, nth) => ({ LastName: `Person ${nth}` }),
  ours: () => ({ ...ourPeople, longest: 80 }),
  cannot: { children: noRows, money: noAmounts }
})

const standard = (org: SalesforceSandbox): string => org.org.standardPricebook?.id ?? ""
const priced = (org: SalesforceSandbox): { readonly product: string; readonly entry: string } => {
  const product = org.insert("Product2", { Name: "Shoe", ProductCode: "S1", IsActive: true })
  const price = { Pricebook2Id: standard(org), Product2Id: product, UnitPrice: 5, IsActive: true }
  return { product, entry: org.insert("PricebookEntry", price) }
}
const below = (
  org: SalesforceSandbox, object: string, link: string, id: string, book?: string
): ReadonlyArray<string> =>
  org.all(object).filter((row) => row[link] === id && (book === undefined || row["Pricebook2Id"] !== book))
    .map((row) => String(row["Id"]))

const Product2 = S.Struct({
  Id: S.String, Name: T, StockKeepingUnit: T, Card__c: T, CreatedDate: T, UnitPrice: N, CurrencyIsoCode: T,
  PricebookEntries: S.Array(S.Struct({ Id: S.String, "Pricebook2.Name": T, UnitPrice: N, CurrencyIsoCode: T }))
})

export const products = subjectOf({
  name: "salesforce.products", object: "Product2", resource: "products", columns: Object.keys(Product2.fields),
  text: "StockKeepingUnit", dropped: "Card__c",
  declare: (crm) => { crm.products.as(mapping(Product2, Product, ({ field }) => ({ title: field("Name") }))) },
  made: (_, nth) => ({ Name: `Product ${nth}`, IsActive: true }),
  ours: (org) => ({
    create: (nth, text) => ({ Name: `Ours ${nth}`, StockKeepingUnit: text, Card__c: `C-${nth}`, UnitPrice: 12.5 }),
    bad: { Name: "x".repeat(300) },
    longest: 180,
    children: {
      make: () => {
        const { product } = priced(org)
        for (const Name of ["Sale", "Staff"]) {
          const Pricebook2Id = org.insert("Pricebook2", { Name, IsActive: true })
          org.insert("PricebookEntry", { Pricebook2Id, Product2Id: product, UnitPrice: 4, IsActive: true })
        }
        return product
      },
      patch: (into) => {
        const [first] = Array.isArray(into["PricebookEntries"]) ? into["PricebookEntries"] : []
        return { PricebookEntries: new Rows([{ id: String(first?.Id), set: { UnitPrice: 3 } }]) }
      },
      count: (id) => below(org, "PricebookEntry", "Product2Id", id, standard(org)).length
    },
    money: {
      currencies: [["EUR", "12.34"], ["JPY", "1200"], ["KWD", "1.234"]],
      patch: (currency, amount) => ({ UnitPrice: Number(amount), CurrencyIsoCode: currency }),
      read: (record) => typeof record["UnitPrice"] === "number" ? String(record["UnitPrice"]) : undefined
    }
  }),
  cannot: { merge: "products cannot be merged there" }
})

const SalesOrder = S.Struct({
  Id: S.String, OrderReferenceNumber: T, PoNumber: T, Payment_Status__c: T, Card__c: T, CreatedDate: T, Status: T,
  OrderItems: S.Array(S.Struct({ Id: S.String, Product2Id: T, Quantity: N, UnitPrice: N }))
})

export const orders = subjectOf({
  name: "salesforce.orders", object: "Order", resource: "orders", columns: Object.keys(SalesOrder.fields),
  text: "PoNumber", dropped: "Card__c",
  declare: (crm) => {
    crm.orders.as(mapping(SalesOrder, Order, ({ field }) => ({ orderNumber: field("OrderReferenceNumber") })))
  },
  made: (org) => ({ Status: "Draft", EffectiveDate: "2026-11-01", Pricebook2Id: standard(org) }),
  ours: (org) => ({
    create: (nth, text) => ({ OrderReferenceNumber: `O-${nth}`, PoNumber: text, Card__c: `C-${nth}`,
      Status: "Draft" }),
    bad: { Payment_Status__c: "doubloons" },
    longest: 80,
    children: {
      make: () => {
        const { entry } = priced(org)
        const id = org.insert("Order", { Status: "Draft", EffectiveDate: "2026-11-01", Pricebook2Id: standard(org) })
        for (const Quantity of [1, 2, 3]) org.insert("OrderItem", { OrderId: id, PricebookEntryId: entry, Quantity })
        return id
      },
      patch: (into) => {
        const [first] = Array.isArray(into["OrderItems"]) ? into["OrderItems"] : []
        return { OrderItems: new Rows([{ id: String(first?.Id), set: { Quantity: 5 } }]) }
      },
      count: (id) => below(org, "OrderItem", "OrderId", id).length
    }
  }),
  cannot: { merge: "orders cannot be merged there",
    money: "amounts stand on its items; prices are tested with salesforce.products" }
})

const Shop = S.Struct({ Id: S.String, Name: T, Number__c: T, City__c: T, Card__c: T, CreatedDate: T, Account__c: T })

export const ownObjects = subjectOf({
  name: "salesforce.Shop__c", object: "Shop__c", resource: "Shop__c", columns: Object.keys(Shop.fields),
  text: "City__c", dropped: "Card__c",
  declare: (crm) => {
    crm.object("Shop__c", Shop).as(mapping(Shop, Location, ({ field }) => ({ name: field("Name") })))
  },
  made: (_, nth) => ({ Name: `Shop ${nth}` }),
  ours: () => ({
    create: (nth, text) => ({ Name: `Ours ${nth}`, City__c: text, Card__c: `C-${nth}` }),
    bad: { Account__c: "no-id-at-all" },
    longest: 80
  }),
  cannot: { merge: "objects of one's own cannot be merged there", children: "it is declared without child rows",
    money: "it has no amounts" }
})
