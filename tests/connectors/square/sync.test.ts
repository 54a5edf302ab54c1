/** Two sellers brought to agree by the whole engine, through the API and nothing else. */
import { Clock, Effect, Layer } from "effect"
import { newest, resolve, sync } from "esl"
import { Customer, Inventory, Location, Order, Product } from "esl/model"
import { afterEach, describe, expect, it } from "vitest"
import { square } from "../../../connectors/square/index.ts"
import {
  addLocation,
  change,
  changed,
  createCustomer,
  editItem,
  mergeCustomers,
  refund,
  sell,
  squareSandbox,
  upsert
} from "../../../connectors/square/sandbox/index.ts"
import type { Seller, SquareSandbox } from "../../../connectors/square/sandbox/index.ts"
import { secret } from "../../../core/connector/secret.ts"
import { pass } from "../../../core/engine/pass.ts"
import type { PassOptions } from "../../../core/engine/pass.ts"
import type { Report } from "../../../core/engine/report.ts"
import { Systems } from "../../../core/engine/systems.ts"
import { Ids } from "../../../core/hub/ids.ts"
import { MemoryState, memoryStore } from "../../../core/hub/memory.ts"
import { HubStore } from "../../../core/hub/store.ts"
import { customer } from "../../../mappings/square/customer.ts"
import { inventory } from "../../../mappings/square/inventory.ts"
import { location } from "../../../mappings/square/location.ts"
import { order } from "../../../mappings/square/order.ts"
import { product } from "../../../mappings/square/product.ts"
import { movedBy } from "./rig.ts"

const open: Array<SquareSandbox> = []
afterEach(async () => {
  for (const till of open.splice(0)) {
    expect(till.violations).toEqual([])
    await till.stop()
  }
})

interface Town {
  readonly up: SquareSandbox
  readonly down: SquareSandbox
  readonly pass: (options?: PassOptions) => Promise<Report>
}

const writes = (report: Report): number =>
  [...report.sides.values()].reduce((sum, side) => sum + side.work.written, 0)

/** `up` and `down` with one hub between them. */
const town = async (): Promise<Town> => {
  const [up, down] = [
    await squareSandbox({ merchant: "MLUP", events: true }),
    await squareSandbox({ merchant: "MLDOWN", events: true })
  ]
  open.push(up, down)
  process.env["SQUARE_TOWN_TOKEN"] = up.token
  const [one, two] = [up, down].map((till, at) =>
    square(at === 0 ? "up" : "down", { token: secret("SQUARE_TOWN_TOKEN"), url: till.url(), events: true })
  )
  if (one === undefined || two === undefined) throw new Error("two are needed")
  const resolved = resolve({
    hub: "sqlite::memory:",
    syncs: [
      sync("location", Location, { between: [one.locations.as(location), two.locations.as(location)] }),
      sync("customer", Customer, {
        between: [one.customers.as(customer), two.customers.as(customer)],
        rule: newest
      }),
      sync("product", Product, {
        between: [one.catalog.as(product), two.catalog.as(product)],
        rule: newest,
        match: ["sku"]
      }),
      sync("inventory", Inventory, {
        between: [one.inventory.as(inventory), two.inventory.as(inventory)],
        first: newest
      }),
      sync("order", Order, {
        between: [one.orders.as(order, { readOnly: true }), two.orders.as(order, { readOnly: true })]
      })
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
    up,
    down,
    pass: (options = {}) =>
      Effect.runPromise(
        Effect.provide(pass(resolved.project, { retries: 1, ...options }), room).pipe(
          Effect.updateService(Clock.Clock, (clock) => movedBy(clock, () => up.now() - Date.now()))
        )
      )
  }
}

const item = (seller: Seller, sku: string, amount: number): string => {
  const [kept] = upsert(seller, [
    {
      type: "ITEM",
      id: `#${sku}`,
      item_data: {
        name: sku,
        variations: [
          {
            type: "ITEM_VARIATION",
            id: `#v${sku}`,
            item_variation_data: {
              name: "Regular",
              sku,
              pricing_type: "FIXED_PRICING",
              price_money: { amount, currency: "EUR" },
              track_inventory: true
            }
          }
        ]
      }
    }
  ]).objects
  return String(kept?.["id"])
}

const variation = (seller: Seller, sku: string): string =>
  [...seller.variations.values()].flatMap((one) =>
    JSON.stringify(one).includes(`"sku":"${sku}"`) ? [String(one["id"])] : []
  )[0] ?? ""

const counted = (seller: Seller, sku: string): string | undefined =>
  [...seller.counts.values()].flatMap((one) =>
    one["catalog_object_id"] === variation(seller, sku) ? [String(one["quantity"])] : []
  )[0]

const names = (seller: Seller): ReadonlyArray<string> =>
  [...seller.customers.values()].map((one) => String(one["given_name"])).sort()

describe("two sellers", () => {
  it("come to agree, and then there is nothing left to write", async () => {
    const { down, pass, up } = await town()
    createCustomer(up.seller, {
      given_name: "Ada",
      email_address: "ada@example.com",
      phone_number: "+12025550101",
      birthday: "12-10",
      address: {
        address_line_1: "1 Example Street",
        locality: "Exampleton",
        country: "US",
        administrative_district_level_1: "CA"
      }
    })
    createCustomer(down.seller, { given_name: "Grace", email_address: "grace@example.com" })
    createCustomer(down.seller, { given_name: "Ada", email_address: "ADA@example.com", note: "x" })
    item(up.seller, "TEA", 350)
    item(down.seller, "MUG", 1250)
    change(up.seller, {
      type: "PHYSICAL_COUNT",
      physical_count: {
        catalog_object_id: variation(up.seller, "TEA"),
        location_id: "LMAIN0000001",
        state: "IN_STOCK",
        quantity: "10",
        occurred_at: up.seller.time()
      }
    })
    const first = await pass()
    expect({ exit: first.exit, failures: first.failures }).toEqual({ exit: 0, failures: [] })
    expect([names(up.seller), names(down.seller)]).toEqual([
      ["Ada", "Grace"],
      ["Ada", "Grace"]
    ])
    expect([variation(up.seller, "MUG"), variation(down.seller, "TEA")].every((id) => id !== "")).toBe(true)
    expect(counted(down.seller, "TEA")).toBe("10")
    expect(writes(await pass())).toBe(0)
  })

  it("keep both edits of one person, and what only one of them knows", async () => {
    const { down, pass, up } = await town()
    const id = String(createCustomer(up.seller, { given_name: "Ada", email_address: "ada@example.com" })["id"])
    await pass()
    const there = [...down.seller.customers.keys()][0] ?? ""
    up.advance(60_000)
    down.advance(60_000)
    changed(up.seller, id, { ...up.seller.customers.get(id), phone_number: "+12025550123" })
    changed(down.seller, there, {
      ...down.seller.customers.get(there),
      family_name: "Lovelace",
      nickname: "Countess"
    })
    await pass()
    for (const doc of [up.seller.customers.get(id), down.seller.customers.get(there)]) {
      expect(doc).toMatchObject({ phone_number: "+12025550123", family_name: "Lovelace" })
    }
    expect(down.seller.customers.get(there)?.["nickname"]).toBe("Countess")
    expect(writes(await pass())).toBe(0)
  })

  it("count a till's sale once, on both sides, although its order is read too", async () => {
    const { down, pass, up } = await town()
    item(up.seller, "TEA", 350)
    change(up.seller, {
      type: "PHYSICAL_COUNT",
      physical_count: {
        catalog_object_id: variation(up.seller, "TEA"),
        location_id: "LMAIN0000001",
        state: "IN_STOCK",
        quantity: "10",
        occurred_at: up.seller.time()
      }
    })
    await pass()
    up.advance(60_000)
    down.advance(60_000)
    sell(up.seller, {
      location: "LMAIN0000001",
      lines: [{ variation: variation(up.seller, "TEA"), quantity: "2", price: 350 }]
    })
    sell(down.seller, {
      location: "LMAIN0000001",
      lines: [{ variation: variation(down.seller, "TEA"), quantity: "1", price: 350 }]
    })
    const report = await pass()
    expect(report.sides.get("up.orders")?.records.created).toBe(1)
    await pass()
    expect([counted(up.seller, "TEA"), counted(down.seller, "TEA")]).toEqual(["7", "7"])
    expect(writes(await pass())).toBe(0)
  })

  it("follow a price without touching the variations beside it", async () => {
    const { down, pass, up } = await town()
    const id = item(up.seller, "TEA", 350)
    await pass()
    up.advance(60_000)
    down.advance(60_000)
    editItem(up.seller, id, (data) => JSON.parse(JSON.stringify(data).replace('"amount":350', '"amount":390')))
    await pass()
    expect(JSON.stringify(down.seller.variations.get(variation(down.seller, "TEA")))).toContain('"amount":390')
    expect(writes(await pass())).toBe(0)
  })

  it("follow a merge: the crosswalk leads to the new customer and nobody is deleted on the other side", async () => {
    const { down, pass, up } = await town()
    const two = ["Ada", "Adah"].map((given_name) =>
      String(createCustomer(up.seller, { given_name, email_address: `${given_name}@example.com` })["id"])
    )
    await pass()
    up.advance(60_000)
    down.advance(60_000)
    mergeCustomers(up.seller, two)
    await pass()
    await pass({ sweep: true })
    expect(up.seller.customers.size).toBe(1)
    expect(down.seller.customers.size).toBe(2)
    expect(writes(await pass())).toBe(0)
  })

  it("see a refund of a sale that was taken in before", async () => {
    const { pass, up } = await town()
    addLocation(up.seller, { id: "LSECOND00001", name: "Second" })
    const sale = sell(up.seller, {
      location: "LSECOND00001",
      lines: [{ name: "Repair", quantity: "1", price: 5000 }]
    })
    await pass()
    up.advance(60_000)
    refund(up.seller, String(sale["id"]), 5000)
    const report = await pass()
    expect(report.sides.get("up.orders")?.records.updated).toBe(1)
  })
})
