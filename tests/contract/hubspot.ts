/** HubSpot's contacts, companies, products and orders as subjects of the contract suite, on the sandbox. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { Effect, Schema as S } from "effect"
import { hubspot } from "../../connectors/hubspot/index.ts"
import { hubspotSandbox } from "../../connectors/hubspot/sandbox/index.ts"
import type { HubspotSandbox } from "../../connectors/hubspot/sandbox/index.ts"
import { secret } from "../../core/connector/secret.ts"
import type { Delivery } from "../../core/connector/webhook.ts"
import { mapping, Rows } from "../../core/mapping/index.ts"
import { isList, isRecord } from "../../core/model/value.ts"
import type { Json } from "../../core/model/value.ts"
import { Customer } from "../../core/model/index.ts"
import type { Given, Hooks, Stage, Subject } from "../../core/testing/contract.ts"
import { company, order, product } from "../../mappings/hubspot/index.ts"

process.env["HUBSPOT_CONTRACT_ID"] = "sandbox-client"
process.env["HUBSPOT_CONTRACT_SECRET"] = "sandbox-client-secret"
process.env["HUBSPOT_CONTRACT_REFRESH"] = "sandbox-refresh"

const T = S.NullOr(S.String)
const Row = S.Struct({ hs_object_id: S.String, firstname: T, lastname: T, email: T, date_of_birth: T, createdate: T })
const people = mapping(Row, Customer, ({ field }) => ({
  "name.given": field("firstname"), "name.family": field("lastname"), email: field("email")
}))

const lagMs = 60_000

/** What the portal sends arrives here. */
const listening = (time: Given["time"]) => Effect.acquireRelease(Effect.promise(async () => {
  const taken: Array<Delivery> = []
  const server = createServer((request, response) => {
    const parts: Array<Buffer> = []
    request.on("data", (part: Buffer) => parts.push(part))
    request.on("end", () => {
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
      taken.push({ method: "POST", url: address, headers, body: Buffer.concat(parts), receivedAt: time.now() })
      response.writeHead(204).end()
    })
  })
  await new Promise<void>((resume) => { server.listen(0, "127.0.0.1", resume) })
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  return { server, taken, address }
}), ({ server }) => Effect.promise(() => new Promise<void>((resume) => { server.close(() => { resume() }) })))

const started = (time: Given["time"]) => Effect.gen(function*() {
  const ear = yield* listening(time)
  const portal = yield* Effect.acquireRelease(
    Effect.promise(() => hubspotSandbox({ rates: false, required: { contacts: ["firstname"] },
      webhooks: { url: ear.address, clientSecret: "sandbox-client-secret" } })),
    (made) => Effect.promise(() => made.stop()))
  for (const name of ["contacts", "companies", "products", "orders", "line_items"]) {
    const { properties } = portal.portal.shelf(portal.portal.kind(name))
    const like = properties.get("hs_sku") ?? properties.get("email") ?? properties.get("hs_order_name") ?? properties.get("name")
    if (like !== undefined) properties.set("esl_id", { ...like, name: "esl_id", hasUniqueValue: true })
  }
  const connection = hubspot("crm", {
    url: portal.url(), searches: 1_000, tenSeconds: 10_000, deletions: 0, lag: lagMs / 1_000,
    app: { clientId: secret("HUBSPOT_CONTRACT_ID"), clientSecret: secret("HUBSPOT_CONTRACT_SECRET"),
      refreshToken: secret("HUBSPOT_CONTRACT_REFRESH") },
    webhooks: { secrets: [secret("HUBSPOT_CONTRACT_SECRET")], portal: 4711, url: ear.address }
  })
  const hooks: Hooks = {
    take: async () => {
      await portal.delivered()
      return ear.taken.splice(0)
    },
    fault: (what) => { portal.faults.add({ fault: `webhook-${what}` }) }
  }
  return { portal, connection, hooks }
})

const faultsOf = ({ faults, tokens }: HubspotSandbox, time: Given["time"]): NonNullable<Stage["faults"]> => {
  const batch = { create: "batch/upsert", update: "batch/update" } as const
  return {
    throttle: () => { faults.add({ fault: "throttled" }) },
    unavailable: () => { faults.add({ fault: "unavailable" }) },
    cutBefore: (op) => { faults.add({ fault: "cut-before", contains: batch[op] }) },
    cutAfter: (op) => { faults.add({ fault: "cut-after", contains: batch[op] }) },
    lock: () => { faults.add({ fault: "locked", contains: "/batch/update" }) },
    partial: () => { faults.add({ fault: "batch-partial" }) },
    expire: () => {
      // Two refusals in a minute would look like an app that was removed.
      time.advance(61_000)
      tokens.expire()
    }
  }
}

/** What people do with records of a kind, in one column. */
const peopleOf = (sandbox: HubspotSandbox, name: string, column: string): Stage["people"] => {
  const { portal } = sandbox
  const kind = portal.kind(name)
  const first = name === "contacts" ? { firstname: "Person" } : {}
  const make = (count: number): ReadonlyArray<string> => Array.from({ length: count }, (_, nth) =>
    portal.create(kind, { ...first, [column]: `text ${nth}` }, true).id)
  return {
    // Visible at once, which means: to the search, too.
    make: (count, stamp) => sandbox.act(() => portal.at(stamp ?? sandbox.now(), () => make(count))),
    edit: (id, text) => {
      sandbox.act(() => {
        const record = portal.alive(kind, id)
        if (record !== undefined) portal.update(record, { [column]: text }, true)
      })
    },
    remove: (id) => {
      sandbox.act(() => {
        const record = portal.alive(kind, id)
        if (record !== undefined) portal.archive(record)
      })
    },
    lag: (ms) => { portal.lagMs = ms },
    retentionMs: 90 * 86_400_000,
    addField: () => {
      const { properties } = portal.shelf(kind)
      const like = properties.get(column)
      if (like !== undefined) properties.set("new_field", { ...like, name: "new_field", hubspotDefined: false })
      return "new_field"
    },
    look: (id) => portal.alive(kind, id)?.properties[column],
    count: () => [...portal.shelf(kind).records.values()].filter(({ archivedAt }) => archivedAt === undefined).length,
    unknown: "99999999999",
    textOf: (record) => record[column]
  }
}

const offline = "a record is told when it is made: nothing there works without a connection"
const rotate = "HubSpot's refresh tokens stay the same"
const wide = "numbers there are decimals in text of any length, and no mapped one counts so far"

export const contacts: Subject = {
  name: "hubspot.contacts",
  columns: ["hs_object_id", "firstname", "lastname", "email", "date_of_birth", "createdate"],
  page: 100,
  // More than one search ever shows.
  alike: 10_000,
  settleMs: lagMs + 1_000,
  lateMs: 4 * 60_000,
  cannot: {
    offline, rotate, wide,
    children: "contacts have no child rows; line items of orders are a subject of their own",
    money: "contacts have no amounts; those of orders are a subject of their own"
  },
  open: ({ time }) => Effect.gen(function*() {
    const { connection, hooks, portal } = yield* started(time)
    connection.contacts.as(people)
    return {
      connection, resource: "contacts", hooks, faults: faultsOf(portal, time),
      violations: () => portal.violations, calls: () => portal.total(), advance: (ms) => { portal.advance(ms) },
      people: {
        ...peopleOf(portal, "contacts", "lastname"),
        merge: mergeOf(portal, "contacts"),
        dropField: dropOf(portal, "contacts", "date_of_birth")
      },
      ours: {
        create: (nth, text) => ({ firstname: "Ours", lastname: text, email: `ours${nth}@example.com` }),
        update: (text) => ({ lastname: text }),
        bad: { firstname: null },
        locked: { createdate: "2020-01-01T00:00:00Z" },
        delete: "archive",
        longest: 65_536
      }
    }
  })
}

const itemsOf = (record: { readonly [column: string]: Json }): ReadonlyArray<{ readonly [column: string]: Json }> => {
  const rows = record["line_items"]
  return isList(rows) ? rows.filter(isRecord) : []
}

export const orders: Subject = {
  name: "hubspot.orders",
  columns: ["hs_object_id", "hs_order_name", "hs_order_note", "hs_currency_code", "hs_total_price", "hs_createdate",
    "contact.id", "line_items"],
  page: 100,
  settleMs: lagMs + 1_000,
  lateMs: 4 * 60_000,
  cannot: {
    offline, rotate, wide,
    merge: "orders cannot be merged through the API since 2026-09",
    twin: "only our own id is unique there: see the case of one key",
    bad: "an order takes any text; a value that does not fit is withheld by name"
  },
  open: ({ time }) => Effect.gen(function*() {
    const { connection, hooks, portal } = yield* started(time)
    connection.orders.as(order)
    const kind = portal.portal.kind("orders")
    const items = portal.portal.kind("line_items")
    return {
      connection, resource: "orders", hooks, faults: faultsOf(portal, time),
      violations: () => portal.violations, calls: () => portal.total(), advance: (ms) => { portal.advance(ms) },
      people: {
        ...peopleOf(portal, "orders", "hs_order_name"),
        dropField: dropOf(portal, "orders", "hs_order_note")
      },
      ours: {
        create: (_nth, text) => ({ hs_order_name: text, line_items: new Rows([{ element: "1", set: { name: "Mug" } }]) }),
        update: (text) => ({ hs_order_name: text }),
        locked: { hs_createdate: "2020-01-01T00:00:00Z" },
        delete: "archive",
        longest: 65_536,
        children: {
          make: () => portal.act((there) => {
            const { id } = there.create(kind, { hs_order_name: "with items" }, true)
            for (const name of ["Mug", "Cup", "Jug"]) {
              there.link(kind, id, items, there.create(items, { name, quantity: "1", price: "2" }, true).id)
            }
            return id
          }),
          patch: (into) => ({ line_items: new Rows(itemsOf(into).slice(0, 1).map((row) =>
            ({ id: String(row["hs_object_id"]), set: { quantity: "3" } }))) }),
          count: (id) => portal.portal.linked(kind, id, items).length
        },
        money: {
          currencies: [["EUR", "12.50"], ["JPY", "1250"], ["KWD", "12.505"]],
          patch: (currency, amount) => ({ hs_currency_code: currency, hs_total_price: amount }),
          read: (record) => typeof record["hs_total_price"] === "string" ? record["hs_total_price"] : undefined
        }
      }
    }
  })
}

/** Lets the portal's records of a kind end in one that is new. */
const mergeOf = (portal: HubspotSandbox, name: string): NonNullable<Stage["people"]["merge"]> => (loser, into) =>
  portal.act((there) => {
    const kind = there.kind(name)
    const [primary, other] = [there.alive(kind, into), there.alive(kind, loser)]
    return primary === undefined || other === undefined ? "" : there.merge(kind, primary, other).id
  })

const dropOf = (portal: HubspotSandbox, name: string, property: string) => (): string => {
  portal.portal.shelf(portal.portal.kind(name)).properties.delete(property)
  return property
}

export const companies: Subject = {
  name: "hubspot.companies",
  columns: ["hs_object_id", "name", "phone", "city", "country", "createdate"],
  page: 100,
  settleMs: lagMs + 1_000,
  lateMs: 4 * 60_000,
  cannot: {
    offline, rotate, wide,
    twin: "two companies may have one name and one domain there",
    bad: "a company takes any text; a value that does not fit is withheld by name",
    children: "companies have no child rows; line items of orders are a subject of their own",
    money: "companies have no amounts; those of orders are a subject of their own"
  },
  open: ({ time }) => Effect.gen(function*() {
    const { connection, hooks, portal } = yield* started(time)
    connection.companies.as(company)
    return {
      connection, resource: "companies", hooks, faults: faultsOf(portal, time),
      violations: () => portal.violations, calls: () => portal.total(), advance: (ms) => { portal.advance(ms) },
      people: { ...peopleOf(portal, "companies", "name"), merge: mergeOf(portal, "companies"),
        dropField: dropOf(portal, "companies", "city") },
      ours: {
        create: (_nth, text) => ({ name: text, city: "Kiel" }),
        update: (text) => ({ name: text }),
        locked: { createdate: "2020-01-01T00:00:00Z" },
        delete: "archive",
        longest: 65_536
      }
    }
  })
}

export const products: Subject = {
  name: "hubspot.products",
  columns: ["hs_object_id", "name", "description", "hs_sku", "price", "createdate"],
  page: 100,
  settleMs: lagMs + 1_000,
  lateMs: 4 * 60_000,
  cannot: {
    offline, rotate, wide,
    merge: "products cannot be merged there",
    bad: "a product takes any text; a value that does not fit is withheld by name",
    children: "a product is one article there, without variants"
  },
  open: ({ time }) => Effect.gen(function*() {
    const { connection, hooks, portal } = yield* started(time)
    connection.products.as(product)
    return {
      connection, resource: "products", hooks, faults: faultsOf(portal, time),
      violations: () => portal.violations, calls: () => portal.total(), advance: (ms) => { portal.advance(ms) },
      people: { ...peopleOf(portal, "products", "name"), dropField: dropOf(portal, "products", "description") },
      ours: {
        create: (nth, text) => ({ name: text, hs_sku: `SKU-${nth}` }),
        update: (text) => ({ name: text }),
        locked: { createdate: "2020-01-01T00:00:00Z" },
        delete: "archive",
        longest: 65_536,
        money: {
          // The portal's own currency says how many decimals there are.
          currencies: [["EUR", "12.5"], ["JPY", "1250"], ["KWD", "12.505"]],
          patch: (_currency, amount) => ({ price: amount }),
          read: (record) => typeof record["price"] === "string" ? record["price"] : undefined
        }
      }
    }
  })
}
