/** The resources of the Square connector as subjects of the contract suite. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { Effect } from "effect"
import type { Scope } from "effect"
import { customerColumns } from "../../connectors/square/customers.ts"
import { eventTypes } from "../../connectors/square/health.ts"
import { square } from "../../connectors/square/index.ts"
import type { SquareConnection } from "../../connectors/square/index.ts"
import { orderColumns } from "../../connectors/square/orders.ts"
import {
  addLocation,
  change,
  createCustomer,
  define,
  deleteCustomer,
  deleteObjects,
  editItem,
  mergeCustomers,
  rename,
  sandboxApp,
  sell,
  setAttribute,
  squareSandbox,
  subscribe,
  updateCustomer,
  upsert
} from "../../connectors/square/sandbox/index.ts"
import type { Seller, SquareSandbox } from "../../connectors/square/sandbox/index.ts"
import { eventsKeptMs } from "../../connectors/square/sandbox/seller.ts"
import { secret } from "../../core/connector/secret.ts"
import type { Delivery } from "../../core/connector/webhook.ts"
import { Rows } from "../../core/mapping/index.ts"
import type { Json } from "../../core/model/value.ts"
import type { Given, Hooks, StageFaults, Subject } from "../../core/testing/contract.ts"

interface Opened {
  readonly till: SquareSandbox
  readonly seller: Seller
  readonly connection: SquareConnection
  readonly hooks: Hooks
  readonly time: Given["time"]
}

/** A seller who lets us in by OAuth with PKCE, so that tokens expire and rotate, and who tells us what happens. */
const opened = ({ time }: Given): Effect.Effect<Opened, never, Scope.Scope> =>
  Effect.gen(function* () {
    const till = yield* Effect.acquireRelease(
      Effect.promise(() => squareSandbox({ events: true })),
      (one) => Effect.promise(() => one.stop())
    )
    const received: Array<Delivery> = []
    const server = createServer((request, response) => {
      const parts: Array<Buffer> = []
      request.on("data", (part: Buffer) => {
        parts.push(part)
      })
      request.on("end", () => {
        const headers = Object.fromEntries(
          Object.entries(request.headers).map(([name, value]) => [name, String(value)])
        )
        received.push({ method: "POST", url, headers, body: Buffer.concat(parts), receivedAt: time.now() })
        response.end()
      })
    })
    yield* Effect.acquireRelease(
      Effect.promise(
        () =>
          new Promise<void>((resume) => {
            server.listen(0, "127.0.0.1", () => {
              resume()
            })
          })
      ),
      () =>
        Effect.promise(
          () =>
            new Promise<void>((resume) => {
              server.close(() => {
                resume()
              })
              server.closeAllConnections()
            })
        )
    )
    const address: AddressInfo | string | null = server.address()
    const url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/hooks/till`
    const hook = subscribe(till.seller, { notification_url: url, event_types: [...eventTypes] })
    process.env["SQUARE_CONTRACT_REFRESH"] = till.grants.refresh(true)
    process.env["SQUARE_CONTRACT_HOOK"] = String(hook["signature_key"])
    const connection = square("till", {
      oauth: {
        clientId: sandboxApp.id,
        redirect: "https://esl.example.com/back",
        refreshToken: secret("SQUARE_CONTRACT_REFRESH")
      },
      url: till.url(),
      events: true,
      webhook: { url, keys: [secret("SQUARE_CONTRACT_HOOK")], merchant: till.seller.merchant }
    })
    const hooks: Hooks = {
      take: async () => {
        await till.delivered()
        return received.splice(0)
      },
      fault: (what) => {
        till.faults.add({ fault: `webhook-${what}` })
      }
    }
    return { till, seller: till.seller, connection, hooks, time }
  })

/** `writes`: where creates and updates go. */
const faultsOf = (
  { till, time }: Opened,
  writes: { readonly create: string; readonly update: string }
): StageFaults => ({
  throttle: () => {
    till.faults.add({ fault: "throttled" })
  },
  unavailable: () => {
    till.faults.add({ fault: "unavailable" })
  },
  cutBefore: (op) => {
    till.faults.add({ fault: "cut-before", contains: writes[op] })
  },
  cutAfter: (op) => {
    till.faults.add({ fault: "cut-after", contains: writes[op] })
  },
  lock: () => {
    till.faults.add({ fault: "catalog-busy" })
  },
  partial: () => {
    till.faults.add({ fault: "refuse-one" })
  },
  expire: () => {
    // Two tokens refused within a minute would be taken for another fault than age.
    time.advance(61_000)
    till.grants.expireAll()
  }
})

const textOf = (value: Json | undefined): string | undefined => (typeof value === "string" ? value : undefined)

/** As a system keeps it whose record was written at that time. */
const stamped = (
  seller: Seller,
  docs: Map<string, { [key: string]: Json | undefined }>,
  id: string,
  field: string,
  stamp: number | undefined
): void => {
  const doc = docs.get(id)
  if (stamp !== undefined && doc !== undefined) docs.set(id, { ...doc, [field]: seller.time(stamp) })
}

const tier = {
  key: "tier",
  name: "Tier",
  schema: { $ref: "https://developer-production-s.squarecdn.com/schemas/v1/common.json#squareup.common.String" }
}

const customers: Subject = {
  name: "square.customers",
  columns: [...customerColumns, "custom_attributes.tier"],
  page: 100,
  cannot: {
    twin: "nothing is unique in the customer directory: two profiles may share every value",
    lock: "it has no locks: versions keep writers apart",
    children: "a profile has no rows below it",
    longest: "a note has no longest length; fields that have one are kept to it by the mapping's schema",
    money: "a profile holds no amounts",
    wide: "a profile holds no numbers"
  },
  open: (given) =>
    Effect.map(opened(given), (stage) => {
      const { seller, till } = stage
      define(seller, tier)
      const make = (nth: number, stamp: number | undefined, made: number | undefined): string => {
        const id = String(createCustomer(seller, { given_name: `Person ${nth}`, note: `person ${nth}` })["id"])
        stamped(seller, seller.customers, id, "updated_at", stamp)
        stamped(seller, seller.customers, id, "created_at", made)
        if (made !== undefined) seller.reindex(id, seller.customers.get(id))
        if (stamp !== undefined) {
          seller.index.delete(id)
          seller.index.set(id, [{ at: 0, doc: seller.customers.get(id) }])
        }
        return id
      }
      return {
        connection: stage.connection,
        resource: "customers",
        hooks: stage.hooks,
        violations: () => till.violations,
        calls: () => till.total(),
        advance: (ms) => {
          till.advance(ms)
        },
        faults: faultsOf(stage, { create: "bulk-create", update: "bulk-update" }),
        people: {
          make: (count, stamp, made) => Array.from({ length: count }, (_, nth) => make(nth, stamp, made)),
          edit: (id, text) => {
            updateCustomer(seller, id, { note: text })
          },
          remove: (id) => {
            deleteCustomer(seller, id)
          },
          merge: (loser, into) => String(mergeCustomers(seller, [into, loser])["id"]),
          lag: (ms) => {
            seller.searchLagMs = ms
          },
          retentionMs: eventsKeptMs,
          addField: () => {
            define(seller, { ...tier, key: "shoe_size" })
            return "custom_attributes.shoe_size"
          },
          dropField: () => {
            for (const id of seller.customers.keys()) setAttribute(seller, id, { key: "tier", value: "gold" })
            seller.definitions.delete("tier")
            return "custom_attributes.tier"
          },
          look: (id) => textOf(seller.customers.get(id)?.["note"]),
          count: () => seller.customers.size,
          unknown: "NOBODY00000000000000000A",
          textOf: (record) => record["note"]
        },
        ours: {
          create: (nth, text) => ({ given_name: `Our ${nth}`, note: text }),
          update: (text) => ({ note: text }),
          bad: { phone_number: "12" },
          locked: { "preferences.email_unsubscribed": true },
          delete: "delete"
        }
      }
    })
}

const itemOf = (seller: Seller, name: string, skus: ReadonlyArray<string>): string => {
  const [kept] = upsert(seller, [
    {
      type: "ITEM",
      id: "#i",
      item_data: {
        name,
        variations: skus.map((sku) => ({
          type: "ITEM_VARIATION",
          id: `#${sku}`,
          item_variation_data: {
            name: sku,
            sku,
            pricing_type: "FIXED_PRICING",
            price_money: { amount: 1250, currency: "EUR" }
          }
        }))
      }
    }
  ]).objects
  return String(kept?.["id"])
}

const noFields = "custom attributes of the catalog are not read: those of customers are"
const firstVariation = (record: { readonly [column: string]: Json }): { readonly [column: string]: Json } => {
  const rows = record["variations"]
  const [first] = Array.isArray(rows) ? rows : []
  return typeof first === "object" && first !== null && !Array.isArray(first) ? first : {}
}

const catalog: Subject = {
  name: "square.catalog",
  columns: ["id", "item_data.name", "item_data.description_html", "item_data.is_archived", "variations"],
  page: 500,
  alike: 510,
  cannot: {
    offline: "an item carries no time of its making",
    merge: "items are not merged at Square",
    lag: "the catalog is searched as it is; only the customer directory is known to lag",
    retention: "deleted objects are found by search without a known end",
    field: noFields,
    hidden: noFields,
    twin: "nothing is unique in the catalog: two variations may share a SKU",
    wide: "amounts beyond 15 digits are refused and not rounded (see money)",
    partial: "each item is a batch of its own; that one is refused alone is the case of bad data",
    webhook: "catalog.version.updated names no item: it only says that something changed"
  },
  open: (given) =>
    Effect.map(opened(given), (stage) => {
      const { seller, till } = stage
      const live = () => [...seller.items.values()].filter((one) => one["is_deleted"] !== true)
      const nameOf = (id: string): string | undefined => {
        const item = live().find((one) => one["id"] === id)?.["item_data"]
        return typeof item === "object" && item !== null && "name" in item ? textOf(item["name"]) : undefined
      }
      return {
        connection: stage.connection,
        resource: "catalog",
        violations: () => till.violations,
        calls: () => till.total(),
        advance: (ms) => {
          till.advance(ms)
        },
        faults: faultsOf(stage, { create: "/v2/catalog/object", update: "batch-upsert" }),
        people: {
          make: (count, stamp) =>
            Array.from({ length: count }, (_, nth) => {
              const id = itemOf(seller, `Item ${nth}`, [`SKU-${nth}`])
              stamped(seller, seller.items, id, "updated_at", stamp)
              return id
            }),
          edit: (id, text) => {
            editItem(seller, id, (data) => ({ ...data, name: text }))
          },
          remove: (id) => {
            deleteObjects(seller, [id])
          },
          look: nameOf,
          count: () => live().length,
          unknown: "NOITEM000000000000000000",
          textOf: (record) => record["item_data.name"]
        },
        ours: {
          create: (nth, text) => ({
            "item_data.name": text,
            variations: new Rows([{ element: "e", set: { sku: `OUR-${nth}` } }])
          }),
          update: (text) => ({ "item_data.name": text }),
          bad: { "item_data.name": "x".repeat(513) },
          locked: { "item_data.product_type": "DIGITAL" },
          delete: "delete",
          longest: 512,
          children: {
            make: () => itemOf(seller, "With variations", ["S", "M", "L"]),
            patch: (into) => ({
              variations: new Rows([{ id: String(firstVariation(into)["id"]), set: { sku: "XS" } }])
            }),
            count: (id) => {
              const data = seller.items.get(id)?.["item_data"]
              return typeof data === "object" &&
                data !== null &&
                "variations" in data &&
                Array.isArray(data["variations"])
                ? data["variations"].length
                : 0
            }
          },
          money: {
            currencies: [
              ["EUR", "1250"],
              ["JPY", "980"],
              ["KWD", "12345"]
            ],
            patch: (currency, amount, into) => ({
              variations: new Rows([
                {
                  id: String(firstVariation(into)["id"]),
                  set: { "price_money.amount": amount, "price_money.currency": currency }
                }
              ])
            }),
            read: (record) => {
              const amount = firstVariation(record)["price_money.amount"]
              return amount === undefined || amount === null ? undefined : String(amount)
            }
          }
        }
      }
    })
}

/** Stock holds numbers only: each text of a case has one of its own. */
class Numbers {
  readonly #texts = new Map<string, string>()
  of(text: string): string {
    const known = [...this.#texts].find(([, one]) => one === text)?.[0]
    if (known !== undefined) return known
    const fresh = String(100 + this.#texts.size)
    this.#texts.set(fresh, text)
    return fresh
  }
  text(quantity: string | undefined): string | undefined {
    return quantity === undefined ? undefined : (this.#texts.get(quantity) ?? quantity)
  }
}

const inventory: Subject = {
  name: "square.inventory",
  columns: ["catalog_object_id", "location_id", "quantity", "calculated_at"],
  page: 1_000,
  alike: 1_010,
  cannot: {
    offline: "a count is of the moment at which it was told",
    remove: "a count is not deleted: it goes with its variation",
    deletions: "a count is not deleted: it goes with its variation",
    delete: "a count is not deleted: it goes with its variation",
    merge: "counts are not merged",
    lag: "counts are read as they are",
    retention: "there is no log of deletions",
    field: "a count has no custom fields",
    hidden: "a count has no custom fields",
    key: "a pair of variation and location is a key by itself: counted again it is the same record",
    twin: "a pair is taken by its first count; that is the case of one key",
    children: "a count has no rows below it",
    text: "a quantity is a number",
    longest: "a quantity is a number",
    money: "a count holds no amounts of money",
    wide: "a quantity is a decimal in text with five digits after the point",
    lock: "it has no locks: a count carries the moment at which it was true",
    partial: "a request for counts is refused whole, and halved; that is the case of bad data",
    locked: "whatever a count has besides its quantity is its pair"
  },
  open: (given) =>
    Effect.map(opened(given), (stage) => {
      const { seller, till } = stage
      const numbers = new Numbers()
      let made = 0
      const variation = (): string => {
        itemOf(seller, `Item ${made++}`, ["V"])
        return [...seller.variations.keys()].at(-1) ?? ""
      }
      const count = (one: string, quantity: string): void => {
        change(seller, {
          type: "PHYSICAL_COUNT",
          physical_count: {
            catalog_object_id: one,
            location_id: "LMAIN0000001",
            state: "IN_STOCK",
            quantity,
            occurred_at: seller.time()
          }
        })
      }
      const pair = (id: string): string => id.replace(":", "|")
      const ours = new Map<number, string>()
      const oursOf = (nth: number): string => {
        const known = ours.get(nth) ?? variation()
        ours.set(nth, known)
        return known
      }
      return {
        connection: stage.connection,
        resource: "inventory",
        hooks: stage.hooks,
        violations: () => till.violations,
        // What lies there is read before each write: that is the guard, and counted apart.
        calls: () => till.calls.get("POST /v2/inventory/changes/batch-create") ?? 0,
        advance: (ms) => {
          till.advance(ms)
        },
        faults: faultsOf(stage, { create: "changes/batch-create", update: "changes/batch-create" }),
        people: {
          make: (many, stamp) =>
            Array.from({ length: many }, () => {
              const one = variation()
              count(one, "7")
              stamped(seller, seller.counts, `${one}|LMAIN0000001`, "calculated_at", stamp)
              return `${one}:LMAIN0000001`
            }),
          edit: (id, text) => {
            count(id.split(":")[0] ?? "", numbers.of(text))
          },
          look: (id) => numbers.text(textOf(seller.counts.get(pair(id))?.["quantity"])),
          count: () => seller.counts.size,
          unknown: "NOVARIATION:LMAIN0000001",
          textOf: (record) => numbers.text(textOf(record["quantity"])) ?? null
        },
        ours: {
          create: (nth, text) => ({
            catalog_object_id: oursOf(nth),
            location_id: "LMAIN0000001",
            quantity: numbers.of(text)
          }),
          update: (text) => ({ quantity: numbers.of(text) }),
          bad: { quantity: "many" }
        }
      }
    })
}

const noWrites = "a sale is made at a till and nowhere else: the resource is read-only"
const orders: Subject = {
  name: "square.orders",
  columns: orderColumns,
  page: 500,
  cannot: {
    create: noWrites,
    update: noWrites,
    delete: noWrites,
    key: noWrites,
    twin: noWrites,
    bad: noWrites,
    locked: noWrites,
    children: noWrites,
    longest: noWrites,
    money: noWrites,
    wide: noWrites,
    text: noWrites,
    lock: noWrites,
    partial: noWrites,
    "cut-before": noWrites,
    "cut-after": noWrites,
    remove: "sales are never deleted",
    deletions: "sales are never deleted",
    merge: "sales are not merged",
    lag: "sales are searched as they are; late ones are the case of three days of silence",
    retention: "there is no log of deletions, and nothing to find in it",
    field: "custom attributes of orders are not read",
    hidden: "without PAYMENTS_READ refunds and all that follows from them are unknown together (tests/connectors/square)"
  },
  open: (given) =>
    Effect.map(opened(given), (stage) => {
      const { seller, till } = stage
      return {
        connection: stage.connection,
        resource: "orders",
        hooks: stage.hooks,
        violations: () => till.violations,
        calls: () => till.total(),
        advance: (ms) => {
          till.advance(ms)
        },
        faults: faultsOf(stage, { create: "", update: "" }),
        people: {
          make: (count, stamp, made) =>
            Array.from({ length: count }, () => {
              const id = String(
                sell(seller, {
                  location: "LMAIN0000001",
                  lines: [{ name: "Tea", quantity: "1", price: 350 }],
                  ...(made === undefined ? {} : { at: made })
                })["id"]
              )
              rename(seller, id, "a ticket")
              stamped(seller, seller.orders, id, "updated_at", stamp)
              return id
            }),
          edit: (id, text) => {
            rename(seller, id, text)
          },
          look: (id) => textOf(seller.orders.get(id)?.["ticket_name"]),
          count: () => seller.orders.size,
          unknown: "NOORDER00000000000000000",
          textOf: (record) => record["ticket_name"]
        }
      }
    })
}

const few = "locations are few and read whole each time: they have no time of change and need none"
const locations: Subject = {
  name: "square.locations",
  columns: ["id", "name", "status", "timezone"],
  page: 200,
  cannot: {
    offline: "every read is a listing: no time is asked for",
    ...orders.cannot,
    ...Object.fromEntries(
      (
        [
          "create",
          "update",
          "delete",
          "key",
          "twin",
          "bad",
          "locked",
          "children",
          "longest",
          "money",
          "wide",
          "text",
          "lock",
          "partial",
          "cut-before",
          "cut-after"
        ] as const
      ).map((ability) => [ability, "a location is opened and closed in the seller's dashboard"])
    ),
    stamp: few,
    lag: few,
    remove: "a location is closed and never deleted",
    deletions: "a location is closed and never deleted",
    merge: "locations are not merged",
    field: "custom attributes of locations are not read",
    hidden: "custom attributes of locations are not read",
    webhook: "locations are not subscribed to"
  },
  open: (given) =>
    Effect.map(opened(given), (stage) => {
      const { seller, till } = stage
      seller.locations.clear()
      return {
        connection: stage.connection,
        resource: "locations",
        violations: () => till.violations,
        calls: () => till.total(),
        advance: (ms) => {
          till.advance(ms)
        },
        faults: faultsOf(stage, { create: "", update: "" }),
        people: {
          make: (count) =>
            Array.from({ length: count }, (_, nth) =>
              String(addLocation(seller, { name: `Till ${nth}` })["id"])
            ),
          edit: (id, text) => {
            const known = seller.locations.get(id)
            if (known !== undefined) seller.locations.set(id, { ...known, name: text })
          },
          look: (id) => textOf(seller.locations.get(id)?.["name"]),
          count: () => seller.locations.size,
          unknown: "LNOWHERE",
          textOf: (record) => record["name"]
        }
      }
    })
}

export const subjects: ReadonlyArray<Subject> = [customers, catalog, inventory, orders, locations]
