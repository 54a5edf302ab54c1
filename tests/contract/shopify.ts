/** Shopify's customers as a subject of the contract suite, on the sandbox. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { Effect } from "effect"
import { shopify } from "../../connectors/shopify/index.ts"
import { CustomerRecord, InventoryLevelRecord, LocationRecord, OrderRecord, ProductRecord } from "../../connectors/shopify/records.ts"
import { shopifySandbox } from "../../connectors/shopify/sandbox/index.ts"
import type { ShopifyConnection } from "../../connectors/shopify/index.ts"
import type { ShopifySandbox } from "../../connectors/shopify/sandbox/index.ts"
import { addVariant, newProduct, removed as productRemoved, saved as productSaved } from "../../connectors/shopify/sandbox/catalog.ts"
import { merged as mergeCustomers, newCustomer, removed, saved } from "../../connectors/shopify/sandbox/people.ts"
import { changed as orderChanged, placeOrder, removed as orderRemoved } from "../../connectors/shopify/sandbox/sales.ts"
import { addLocation, addProduct } from "../../connectors/shopify/sandbox/seed.ts"
import { activate, setQuantity } from "../../connectors/shopify/sandbox/stock.ts"
import type { Base, Customer as Person, Shop } from "../../connectors/shopify/sandbox/state.ts"
import { secret } from "../../core/connector/secret.ts"
import type { Delivery } from "../../core/connector/webhook.ts"
import { boolean, decimal, mapping, Rows } from "../../core/mapping/index.ts"
import { Customer, Inventory, Location, Order, Product } from "../../core/model/index.ts"
import type { Given, Stage, Subject } from "../../core/testing/contract.ts"

process.env["SHOPIFY_CONTRACT_SECRET"] = "sandbox-client-secret"
process.env["SHOPIFY_CONTRACT_REFRESH"] = "the first refresh token"

const columns = ["id", "firstName", "note", "defaultEmailAddress.emailAddress", "defaultAddress.city", "taxExempt", "createdAt",
  "addresses"]

const people = mapping(CustomerRecord, Customer, ({ field, group }) => ({
  email: field("defaultEmailAddress.emailAddress"), "name.given": field("firstName"), "custom.note": field("note"),
  "address.main": group({ city: "defaultAddress.city" }), "custom.exempt": field("taxExempt", boolean()), "custom.made": field("createdAt")
}))

const addPerson = (shop: Shop, input: Partial<Person>, stamp?: number, made?: number): string => {
  const one: Person = { ...newCustomer(shop), ...input }
  if (made !== undefined) Object.assign(one, { createdAt: shop.time(made) })
  saved(shop, one, true)
  if (stamp !== undefined) {
    const at = shop.time(stamp)
    Object.assign(one, { createdAt: at, updatedAt: at, changedMs: stamp, indexed: at })
  }
  return one.id
}

/** What all of them share. */
const common = {
  merge: "only customers are merged",
  retention: "deletions are found by listing, however old they are",
  wide: "no number is wide, ids are texts"
} as const

const opened = (
  { time }: Given, topics: ReadonlyArray<string>, stage: (made: Made) => Stage, bulk = false
) =>
  Effect.gen(function*() {
  const sandbox = yield* Effect.acquireRelease(
    Effect.promise(() => shopifySandbox({ refreshTokens: ["the first refresh token"] })),
    (made) => Effect.promise(() => made.stop()))
  const heard: Array<Delivery> = []
  const uri = yield* listener(heard, () => sandbox.now())
  for (const topic of topics) {
    const id = sandbox.shop.id("WebhookSubscription")
    sandbox.shop.subscriptions.set(id, { id, topic, uri, failures: 0 })
  }
  for (const owner of ["CUSTOMER", "PRODUCT"]) {
    sandbox.shop.definitions.push({ id: sandbox.shop.id("MetafieldDefinition"), owner, namespace: "esl", key: "id",
      name: "ESL id", type: "id", unique: true })
  }
  const connection = shopify("shop", {
    // A bulk operation announces itself by a page without records: tests/connectors/shopify/bulk.test.ts.
    bulk, createOrders: true, store: "sandbox", url: sandbox.url(), storage: [sandbox.url("storage")],
    app: { clientId: sandbox.client.id, clientSecret: secret("SHOPIFY_CONTRACT_SECRET"), grant: "refresh",
      refreshToken: secret("SHOPIFY_CONTRACT_REFRESH") },
    webhooks: { secrets: [secret("SHOPIFY_CONTRACT_SECRET")] }
  })
  const shared = {
    connection,
    violations: () => sandbox.violations,
    calls: () => sandbox.total(),
    advance: (ms: number) => { sandbox.advance(ms) },
    hooks: {
      take: async () => {
        await sandbox.delivered()
        return heard.splice(0)
      },
      fault: (what: "lost" | "doubled" | "late") => { sandbox.faults.add({ fault: `webhook-${what}` }) }
    }
  }
  return stage({ sandbox, connection, shared, faults: faultsOf(sandbox, time) })
})

interface Made {
  readonly sandbox: ShopifySandbox
  readonly connection: ShopifyConnection
  readonly shared: Pick<Stage, "connection" | "violations" | "calls" | "advance" | "hooks">
  readonly faults: (create: string, update: string) => NonNullable<Stage["faults"]>
}

const faultsOf = (sandbox: ShopifySandbox, time: Given["time"]) => (create: string, update: string) => ({
  throttle: () => { sandbox.faults.add({ fault: "throttled" }) },
  unavailable: () => { sandbox.faults.add({ fault: "unavailable", contains: "/graphql.json" }) },
  cutBefore: (op: "create" | "update") => { sandbox.faults.add({ fault: "cut-before", contains: op === "create" ? create : update }) },
  cutAfter: (op: "create" | "update") => { sandbox.faults.add({ fault: "cut-after", contains: op === "create" ? create : update }) },
  lock: () => { sandbox.faults.add({ fault: "locked", contains: "/graphql.json" }) },
  partial: () => { sandbox.faults.add({ fault: "broken-step", after: 2 }) },
  expire: () => {
    // Two refusals in a minute would look like an account that was closed.
    time.advance(61_000)
    sandbox.expireTokens()
  }
})

const stamped = (shop: Shop, one: Base, stamp: number | undefined): void => {
  if (stamp === undefined) return
  const at = shop.time(stamp)
  Object.assign(one, { createdAt: at, updatedAt: at, changedMs: stamp, indexed: at })
}

export const customers: Subject = {
  name: "shopify.customers",
  columns,
  page: 200,
  lateMs: 9 * 60_000,
  cannot: {
    retention: common.retention, wide: common.wide,
    longest: "notes have no longest length that the vendor tells",
    money: "customers have no amounts: prices are tested with products"
  },
  open: (given) => opened(given, ["CUSTOMERS_CREATE", "CUSTOMERS_UPDATE", "CUSTOMERS_DELETE", "CUSTOMERS_MERGE"], customersStage)
}

const byPages = "written as with reading by pages: shopify.customers"

/** Everything is read by bulk operations, changes by pages. */
export const inBulk: Subject = {
  ...customers,
  name: "shopify.customers (bulk)",
  cannot: { ...customers.cannot, create: byPages, update: byPages, delete: byPages, bad: byPages, locked: byPages,
    children: byPages, webhook: "told as with reading by pages: shopify.customers" },
  open: (given) => Effect.map(
    opened(given, ["CUSTOMERS_CREATE", "CUSTOMERS_UPDATE", "CUSTOMERS_DELETE", "CUSTOMERS_MERGE"], customersStage, true),
    ({ ours: _, ...stage }): Stage => stage)
}

const listener = (heard: Array<Delivery>, now: () => number) => Effect.map(Effect.acquireRelease(
  Effect.promise(() => new Promise<ReturnType<typeof createServer>>((resume) => {
    const server = createServer((request, response) => {
      const parts: Array<Buffer> = []
      request.on("data", (part: Buffer) => parts.push(part))
      request.on("end", () => {
        heard.push({ method: "POST", url: `http://127.0.0.1${request.url ?? ""}`, body: Buffer.concat(parts), receivedAt: now(),
          headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])) })
        response.end()
      })
    })
    server.listen(0, "127.0.0.1", () => { resume(server) })
  })),
  (server) => Effect.promise(() => new Promise<void>((resume) => {
    server.close(() => { resume() })
    server.closeAllConnections()
  }))), (server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`)

const customersStage = ({ connection, faults, sandbox, shared }: Made): Stage => {
  const { shop } = sandbox
  connection.customers.as(people)
  const change = (id: string, more: Partial<Person>): void => {
    const one = shop.customers.get(id)
    if (one === undefined) return
    Object.assign(one, more)
    saved(shop, one, false)
  }
  return {
    ...shared,
    resource: "customers",
    people: {
      make: (count, stamp, made) => Array.from({ length: count }, (_, nth) =>
        addPerson(shop, { firstName: `Person ${nth}`, note: `note ${nth}` }, stamp, made)),
      edit: (id, text) => { change(id, { note: text }) },
      remove: (id) => {
        const one = shop.customers.get(id)
        if (one !== undefined) removed(shop, one)
      },
      merge: (loser, into) => {
        const [goes, stays] = [shop.customers.get(loser), shop.customers.get(into)]
        if (goes !== undefined && stays !== undefined) mergeCustomers(shop, stays, goes)
        return into
      },
      lag: (ms) => { shop.searchLagMs = ms },
      addField: () => {
        shop.definitions.push({ id: shop.id("MetafieldDefinition"), owner: "CUSTOMER", namespace: "crm", key: "vip", name: "VIP",
          type: "boolean", unique: false })
        return "metafields.crm.vip"
      },
      dropField: () => {
        shop.denied.add("lastName")
        shop.denied.add("firstName")
        return "firstName"
      },
      look: (id) => shop.customers.get(id)?.note ?? (shop.customers.has(id) ? "" : undefined),
      count: () => shop.customers.size,
      unknown: "gid://shopify/Customer/7",
      textOf: (record) => record["note"] ?? ""
    },
    ours: {
      create: (nth, text) => ({ firstName: `Ours ${nth}`, note: text, "defaultEmailAddress.emailAddress": `ours${nth}@example.com`,
        "defaultAddress.city": "Kiel" }),
      update: (text) => ({ note: text }),
      bad: { "defaultEmailAddress.emailAddress": "nobody-at-all" },
      locked: { createdAt: "2020-01-01T00:00:00Z" },
      delete: "delete",
      children: {
        make: () => {
          const id = addPerson(shop, { firstName: "Ada" })
          change(id, { addresses: ["Kiel", "Bonn", "Ulm"].map((city) => ({ id: shop.id("MailingAddress"), city, countryCode: "DE" })) })
          change(id, { defaultAddress: shop.customers.get(id)?.addresses[0]?.id })
          return id
        },
        patch: () => ({ "defaultAddress.city": "Jena" }),
        count: (id) => shop.customers.get(id)?.addresses.length ?? 0
      }
    },
    faults: faults("customerSet", "customerUpdate")
  }
}

const goods = mapping(ProductRecord, Product, ({ field, list }) => ({
  title: field("title"), description: field("descriptionHtml"), "custom.made": field("createdAt"),
  variants: list("variants", { sku: "sku" }, { key: "id", resource: "product_variants" })
}))

export const products: Subject = {
  name: "shopify.products",
  columns: ["id", "title", "descriptionHtml", "vendor", "createdAt", "variants"],
  page: 10,
  lateMs: 9 * 60_000,
  cannot: {
    ...common,
    twin: "nothing of a product is unique there",
    field: "metafields are tested with customers", hidden: "what our token may not see is tested with customers"
  },
  open: (given) => opened(given, ["PRODUCTS_CREATE", "PRODUCTS_UPDATE", "PRODUCTS_DELETE"], productsStage)
}

const productsStage = ({ connection, faults, sandbox, shared }: Made): Stage => {
  const { shop } = sandbox
  connection.products.as(goods)
  return {
    ...shared,
    resource: "products",
    people: {
      make: (count, stamp, made) => Array.from({ length: count }, (_, nth) => {
        const one = newProduct(shop, `Thing ${nth}`)
        if (made !== undefined) Object.assign(one, { createdAt: shop.time(made) })
        addVariant(shop, one, { price: "5.00", inventoryItem: { sku: `SKU-${one.id.split("/").pop()}` } })
        productSaved(shop, one, true)
        stamped(shop, one, stamp)
        return one.id
      }),
      edit: (id, text) => {
        const one = shop.products.get(id)
        if (one === undefined) return
        one.title = text
        productSaved(shop, one, false)
      },
      remove: (id) => {
        const one = shop.products.get(id)
        if (one !== undefined) productRemoved(shop, one)
      },
      lag: (ms) => { shop.searchLagMs = ms },
      look: (id) => shop.products.get(id)?.title,
      count: () => shop.products.size,
      unknown: "gid://shopify/Product/7",
      textOf: (record) => record["title"]
    },
    ours: {
      create: (nth, text) => ({ title: text, vendor: "Ours", variants: new Rows([{ element: "one",
        set: { sku: `OURS-${nth}`, price: "12.50", "price.currency": "EUR" } }]) }),
      update: (text) => ({ title: text }),
      bad: { title: " " },
      locked: { createdAt: "2020-01-01T00:00:00Z" },
      delete: "delete",
      longest: 255,
      children: {
        make: () => addProduct(shop, "Shirt", ["S", "M", "L"].map((size) =>
          ({ price: "19.90", inventoryItem: { sku: `SHIRT-${size}` }, optionValues: [{ optionName: "Size", name: size }] })),
        { options: [{ id: shop.id("ProductOption"), name: "Size", position: 1, values: ["S", "M", "L"] }] }).id,
        patch: (into) => {
          const rows = into["variants"]
          const first = Array.isArray(rows) ? rows[0] : undefined
          return { variants: new Rows([{ id: String(first?.["id"]), set: { price: "17.00", "price.currency": "EUR" } }]) }
        },
        count: (id) => shop.products.get(id)?.variants.length ?? 0
      },
      money: {
        currencies: [["EUR", "12.34"], ["JPY", "1200"], ["KWD", "1.505"]],
        patch: (currency, amount, into) => {
          const rows = into["variants"]
          const first = Array.isArray(rows) ? rows[0] : undefined
          return { variants: new Rows([{ id: String(first?.["id"]), set: { price: amount, "price.currency": currency } }]) }
        },
        read: (record) => {
          const rows = record["variants"]
          const price = Array.isArray(rows) ? rows[0]?.["price"] : undefined
          return typeof price === "string" ? price : undefined
        }
      }
    },
    faults: faults("productSet", "productUpdate")
  }
}

const levels = mapping(InventoryLevelRecord, Inventory, ({ field, reference }) => ({
  variant: reference("variant.id", { entity: "product", resource: "product_variants" }),
  location: reference("location.id", { entity: "location", resource: "locations" }),
  onHand: field("on_hand", decimal({ scale: 0 })), available: field("available", decimal({ scale: 0 }))
}))

const noText = "a level holds counts, no texts"

export const inventoryLevels: Subject = {
  name: "shopify.inventory_levels",
  columns: ["id", "variant.id", "location.id", "on_hand", "updatedAt"],
  page: 150,
  lateMs: 9 * 60_000,
  cannot: {
    ...common,
    text: noText, longest: noText, children: "a level has no rows", money: "a level has no amounts",
    field: "levels have no metafields",
    hidden: "what our token may not see is tested with customers", delete: "a level is set to nothing, not deleted",
    remove: "a level goes with its product or its location", deletions: "a level goes with its product or its location",
    partial: "all quantities are set or none: rows that are refused are taken out and the rest goes again"
  },
  open: (given) => opened(given, ["INVENTORY_LEVELS_UPDATE", "INVENTORY_LEVELS_CONNECT"], levelsStage)
}

/** Counts as texts: what a case calls a text stands for a number that nobody else counts. */
const counts = new Map<string, number>()
const countOf = (text: string): number => {
  const known = counts.get(text) ?? counts.size + 1
  counts.set(text, known)
  return known
}
const textOfCount = (count: number | undefined): string | undefined => count === undefined ? undefined
  : [...counts].find(([, one]) => one === count)?.[0] ?? String(count)

const levelsStage = ({ connection, faults, sandbox, shared }: Made): Stage => {
  const { shop } = sandbox
  connection.inventoryLevels.as(levels)
  const store = addLocation(shop, "Store")
  const item = (): { readonly item: string; readonly variant: string } => {
    const product = addProduct(shop, "Thing", [{ price: "5.00" }])
    const variant = product.variants[0] ?? ""
    return { variant, item: shop.variants.get(variant)?.item ?? "" }
  }
  const made = new Map<number, string>()
  return {
    ...shared,
    resource: "inventory_levels",
    people: {
      make: (count, stamp, first) => Array.from({ length: count }, () => {
        const level = activate(shop, item().item, store.id, 1_000)
        if (first !== undefined) Object.assign(level, { createdAt: shop.time(first) })
        stamped(shop, level, stamp)
        return level.id
      }),
      edit: (id, text) => {
        const level = shop.levels.get(id)
        if (level !== undefined) setQuantity(shop, level, "on_hand", countOf(text))
      },
      lag: (ms) => { shop.searchLagMs = ms },
      look: (id) => textOfCount(shop.levels.get(id)?.quantities["on_hand"]),
      count: () => shop.levels.size,
      unknown: "gid://shopify/InventoryLevel/7?inventory_item_id=7",
      textOf: (record) => textOfCount(Number(record["on_hand"])) ?? null
    },
    ours: {
      create: (nth, text) => {
        const variant = made.get(nth) ?? item().variant
        made.set(nth, variant)
        return { "variant.id": variant, "location.id": store.id, on_hand: countOf(text) }
      },
      update: (text) => ({ on_hand: countOf(text) }),
      bad: { on_hand: 2_000_000_000, "location.id": "gid://shopify/Location/7" },
      locked: { updatedAt: "2020-01-01T00:00:00Z" }
    },
    faults: faults("inventoryActivate", "inventorySetQuantities")
  }
}

const sales = mapping(OrderRecord, Order, ({ field }) => ({
  orderNumber: field("name"), "custom.note": field("note"), "buyer.email": field("email")
}))

export const orders: Subject = {
  name: "shopify.orders",
  columns: ["id", "name", "note", "email", "lifecycle", "createdAt", "total", "currencyCode", "lines"],
  page: 3,
  lateMs: 9 * 60_000,
  cannot: {
    ...common,
    twin: "nothing of an order is unique there", field: "metafields are tested with customers",
    hidden: "what our token may not see is tested with customers",
    delete: "orders are cancelled, not deleted", longest: "notes have no longest length that the vendor tells",
    money: "an order's amounts are not written", children: "an order's lines are not written"
  },
  open: (given) => opened(given, ["ORDERS_CREATE", "ORDERS_UPDATED", "ORDERS_DELETE"], ordersStage)
}

const ordersStage = ({ connection, faults, sandbox, shared }: Made): Stage => {
  const { shop } = sandbox
  connection.orders.as(sales)
  return {
    ...shared,
    resource: "orders",
    people: {
      make: (count, stamp, made) => Array.from({ length: count }, (_, nth) => {
        const one = placeOrder(shop, { lines: [{ title: "Thing", quantity: 1, price: "5.00" }], note: `note ${nth}` })
        if (made !== undefined) Object.assign(one, { createdAt: shop.time(made) })
        stamped(shop, one, stamp)
        return one.id
      }),
      edit: (id, text) => {
        const one = shop.orders.get(id)
        if (one === undefined) return
        one.note = text
        orderChanged(shop, one)
      },
      remove: (id) => {
        const one = shop.orders.get(id)
        if (one !== undefined) orderRemoved(shop, one)
      },
      lag: (ms) => { shop.searchLagMs = ms },
      look: (id) => shop.orders.get(id)?.note ?? (shop.orders.has(id) ? "" : undefined),
      count: () => shop.orders.size,
      unknown: "gid://shopify/Order/7",
      textOf: (record) => record["note"] ?? ""
    },
    ours: {
      create: (nth, text) => ({ note: text, email: `ours${nth}@example.com`,
        lines: new Rows([{ element: "one", set: { title: "Thing", quantity: 2, unitPrice: "5.00", "unitPrice.currency": "EUR" } }]) }),
      update: (text) => ({ note: text }),
      bad: { lines: new Rows([]), lifecycle: "lost" },
      locked: { createdAt: "2020-01-01T00:00:00Z" }
    },
    faults: faults("orderCreate", "orderUpdate")
  }
}

const places = mapping(LocationRecord, Location, ({ field }) => ({ name: field("name") }))

export const locations: Subject = {
  name: "shopify.locations",
  columns: ["id", "name", "isActive", "address.city"],
  page: 100,
  cannot: {
    ...common,
    stamp: "every read is a listing: locations have no filter by time", offline: "every read is a listing",
    lag: "every read is a listing, and no search", create: "locations are read only", update: "locations are read only",
    delete: "locations are read only", key: "locations are read only", twin: "locations are read only",
    bad: "locations are read only", locked: "locations are read only", children: "locations are read only",
    text: "locations are read only", longest: "locations are read only", money: "locations are read only",
    field: "metafields are tested with customers",
    hidden: "what our token may not see is tested with customers", webhook: "their topics are tested in tests/connectors/shopify/webhook.test.ts",
    "cut-before": "locations are read only", "cut-after": "locations are read only", lock: "locations are read only",
    partial: "locations are read only"
  },
  open: (given) => opened(given, [], locationsStage)
}

const locationsStage = ({ connection, faults, sandbox, shared }: Made): Stage => {
  const { shop } = sandbox
  connection.locations.as(places)
  return {
    ...shared,
    resource: "locations",
    people: {
      make: (count) => Array.from({ length: count }, (_, nth) => addLocation(shop, `Place ${nth}`, { city: "Kiel" }).id),
      edit: (id, text) => {
        const one = shop.locations.get(id)
        if (one === undefined) return
        one.name = text
        shop.touch(one)
      },
      remove: (id) => { shop.locations.delete(id) },
      look: (id) => shop.locations.get(id)?.name,
      count: () => shop.locations.size,
      unknown: "gid://shopify/Location/7",
      textOf: (record) => record["name"]
    },
    faults: faults("nothing", "nothing")
  }
}
