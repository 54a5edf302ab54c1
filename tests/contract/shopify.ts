/** Shopify's customers as a subject of the contract suite, on the sandbox. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { Effect } from "effect"
import { shopify } from "../../connectors/shopify/index.ts"
import { CustomerRecord } from "../../connectors/shopify/records.ts"
import { shopifySandbox } from "../../connectors/shopify/sandbox/index.ts"
import type { ShopifySandbox } from "../../connectors/shopify/sandbox/index.ts"
import { newCustomer, removed, saved } from "../../connectors/shopify/sandbox/people.ts"
import type { Customer as Person, Shop } from "../../connectors/shopify/sandbox/state.ts"
import { secret } from "../../core/connector/secret.ts"
import type { Delivery } from "../../core/connector/webhook.ts"
import { boolean, mapping } from "../../core/mapping/index.ts"
import { Customer } from "../../core/model/index.ts"
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

export const customers: Subject = {
  name: "shopify.customers",
  columns,
  page: 200,
  lateMs: 9 * 60_000,
  cannot: {
    merge: "a read cannot tell a merge from a deletion, only customers/merge does: tests/connectors/shopify/webhook.test.ts",
    retention: "deletions are found by listing, however old they are",
    longest: "notes have no longest length that the vendor tells",
    money: "customers have no amounts: prices are tested in tests/connectors/shopify/write.test.ts",
    wide: "no number of customers is wide, ids are texts"
  },
  open: ({ time }) => Effect.gen(function*() {
    const sandbox = yield* Effect.acquireRelease(
      Effect.promise(() => shopifySandbox({ refreshTokens: ["the first refresh token"] })),
      (made) => Effect.promise(() => made.stop()))
    const heard: Array<Delivery> = []
    const uri = yield* listener(heard, () => sandbox.now())
    for (const topic of ["CUSTOMERS_CREATE", "CUSTOMERS_UPDATE", "CUSTOMERS_DELETE"]) {
      const id = sandbox.shop.id("WebhookSubscription")
      sandbox.shop.subscriptions.set(id, { id, topic, uri, failures: 0 })
    }
    sandbox.shop.definitions.push({ id: sandbox.shop.id("MetafieldDefinition"), owner: "CUSTOMER", namespace: "esl", key: "id",
      name: "ESL id", type: "id", unique: true })
    return stageOf(sandbox, time, heard)
  })
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

const stageOf = (sandbox: ShopifySandbox, time: Given["time"], heard: Array<Delivery>): Stage => {
  const { shop } = sandbox
  const connection = shopify("shop", {
    // A bulk operation announces itself by a page without records: tests/connectors/shopify/bulk.test.ts.
    bulk: false, store: "sandbox", url: sandbox.url(), storage: [sandbox.url("storage")],
    app: { clientId: sandbox.client.id, clientSecret: secret("SHOPIFY_CONTRACT_SECRET"), grant: "refresh",
      refreshToken: secret("SHOPIFY_CONTRACT_REFRESH") },
    webhooks: { secrets: [secret("SHOPIFY_CONTRACT_SECRET")] }
  })
  connection.customers.as(people)
  const change = (id: string, more: Partial<Person>): void => {
    const one = shop.customers.get(id)
    if (one === undefined) return
    Object.assign(one, more)
    saved(shop, one, false)
  }
  return {
    connection,
    resource: "customers",
    violations: () => sandbox.violations,
    advance: (ms) => { sandbox.advance(ms) },
    people: {
      make: (count, stamp, made) => Array.from({ length: count }, (_, nth) =>
        addPerson(shop, { firstName: `Person ${nth}`, note: `note ${nth}` }, stamp, made)),
      edit: (id, text) => { change(id, { note: text }) },
      remove: (id) => {
        const one = shop.customers.get(id)
        if (one !== undefined) removed(shop, one)
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
    faults: {
      throttle: () => { sandbox.faults.add({ fault: "throttled" }) },
      unavailable: () => { sandbox.faults.add({ fault: "unavailable", contains: "/graphql.json" }) },
      cutBefore: (op) => { sandbox.faults.add({ fault: "cut-before", contains: op === "create" ? "customerSet" : "customerUpdate" }) },
      cutAfter: (op) => { sandbox.faults.add({ fault: "cut-after", contains: op === "create" ? "customerSet" : "customerUpdate" }) },
      lock: () => { sandbox.faults.add({ fault: "locked", contains: "/graphql.json" }) },
      partial: () => { sandbox.faults.add({ fault: "broken-step", after: 2 }) },
      expire: () => {
        // Two refusals in a minute would look like an account that was closed.
        time.advance(61_000)
        sandbox.expireTokens()
      }
    },
    hooks: {
      take: async () => {
        await sandbox.delivered()
        return heard.splice(0)
      },
      fault: (what) => { sandbox.faults.add({ fault: `webhook-${what}` }) }
    }
  }
}
