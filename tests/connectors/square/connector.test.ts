/** The Square connector against its sandbox, over real HTTP. */
import { Effect } from "effect"
import { afterEach, describe, expect, it } from "vitest"
import {
  addLocation,
  change,
  changed,
  createCustomer,
  define,
  deleteObjects,
  editItem,
  mergeCustomers,
  refund,
  sell,
  setAttribute,
  upsert
} from "../../../connectors/square/sandbox/index.ts"
import type { Seller } from "../../../connectors/square/sandbox/index.ts"
import { square } from "../../../connectors/square/index.ts"
import { sandboxApp, squareSandbox } from "../../../connectors/square/sandbox/index.ts"
import { secret } from "../../../core/connector/secret.ts"
import { Rows } from "../../../core/mapping/mapping.ts"
import { Fenced } from "../../../core/connector/connector.ts"
import { create, heldIn, listing, pages, remove, rig, seenIn, update, write } from "./rig.ts"
import type { Rig } from "./rig.ts"

const open: Array<Rig> = []
const started = async (...options: Parameters<typeof rig>): Promise<Rig> => {
  const made = await rig(...options)
  open.push(made)
  return made
}
afterEach(async () => {
  for (const { till } of open.splice(0)) {
    expect(till.violations).toEqual([])
    await till.stop()
  }
})

const people = (seller: Seller, count: number): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, at) =>
    String(createCustomer(seller, { given_name: `P${String(at).padStart(4, "0")}` })["id"])
  )

const mug = (seller: Seller, skus: ReadonlyArray<string> = ["MUG-R", "MUG-B"]): string => {
  const [item] = upsert(seller, [
    {
      type: "ITEM",
      id: "#mug",
      item_data: {
        name: "Mug",
        variations: skus.map((sku) => ({
          type: "ITEM_VARIATION",
          id: `#${sku}`,
          item_variation_data: {
            name: sku,
            sku,
            pricing_type: "FIXED_PRICING",
            price_money: { amount: 1250, currency: "EUR" },
            location_overrides: [{ location_id: "LMAIN0000001", price_money: { amount: 999, currency: "EUR" } }]
          }
        }))
      }
    }
  ]).objects
  return String(item?.["id"])
}
const variationsOf = (seller: Seller, item: string): ReadonlyArray<string> => {
  const data = seller.items.get(item)?.["item_data"]
  const list = typeof data === "object" && data !== null && "variations" in data ? data["variations"] : []
  return Array.isArray(list) ? list.map((one: { readonly id: string }) => one.id) : []
}

describe("customers", () => {
  it("reads all of them page by page, and then what changed, with overlap", async () => {
    const { run, till } = await started()
    people(till.seller, 250)
    await run((session) =>
      Effect.gen(function* () {
        const all = yield* pages(session, "customers")
        expect(heldIn(seenIn(all))).toHaveLength(250)
        const next = all.at(-1)?.next
        till.advance(3_600_000)
        const [id = ""] = till.seller.customers.keys()
        changed(till.seller, id, { ...till.seller.customers.get(id), family_name: "New" })
        const again = yield* pages(session, "customers", { from: till.seller.time(till.now() - 1_000) })
        expect(heldIn(seenIn(again)).map((one) => one.record["family_name"])).toEqual(["New"])
        expect(heldIn(seenIn(yield* pages(session, "customers", next))).length).toBeGreaterThan(0)
      })
    )
  })

  it("goes on with a window where it was cut off, and starts it again when the cursor is not known any more", async () => {
    const { run, till } = await started()
    people(till.seller, 250)
    await run((session) =>
      Effect.gen(function* () {
        const [first] = yield* pages(session, "customers", undefined, [], 100)
        const rest = yield* pages(session, "customers", first?.next)
        expect(heldIn(seenIn(rest))).toHaveLength(150)
        const lost = { window: { to: till.seller.time(), stage: 0, cursor: "bm8" } }
        expect(heldIn(seenIn(yield* pages(session, "customers", lost)))).toHaveLength(250)
      })
    )
  })

  it("finds what the index showed late through the overlap", async () => {
    const { run, till } = await started({ searchLagMs: 60_000 })
    await run((session) =>
      Effect.gen(function* () {
        const before = yield* pages(session, "customers")
        people(till.seller, 1)
        const hidden = yield* pages(session, "customers", before.at(-1)?.next)
        expect(seenIn(hidden)).toEqual([])
        till.advance(61_000)
        expect(heldIn(seenIn(yield* pages(session, "customers", hidden.at(-1)?.next)))).toHaveLength(1)
      })
    )
  })

  it("does not take what the index still shows for an edit of what it has just written", async () => {
    const { run, till } = await started()
    await run((session) =>
      Effect.gen(function* () {
        const [id = ""] = people(till.seller, 1)
        const before = yield* pages(session, "customers")
        till.seller.searchLagMs = 60_000
        yield* write(session, "customers", [update(id, { given_name: "Written" })])
        for (const all of [
          yield* pages(session, "customers", before.at(-1)?.next),
          yield* listing(session, "customers")
        ]) {
          expect(heldIn(seenIn(all)).map((one) => one.record["given_name"])).toEqual(["Written"])
        }
      })
    )
  })

  it("creates a hundred in one call, each under its own key, and the same again makes nothing new", async () => {
    const { run, till } = await started()
    const changes = Array.from({ length: 100 }, (_, at) =>
      create(`k${at}`, { given_name: `N${at}`, "address.locality": "Exampleton" })
    )
    await run((session) =>
      Effect.gen(function* () {
        const first = yield* write(session, "customers", changes)
        expect(
          first.every((one) => one.did === "written" && one.after?.record["address.locality"] === "Exampleton")
        ).toBe(true)
        expect(till.total()).toBe(1)
        expect(yield* write(session, "customers", changes)).toEqual(
          first.map((one) => expect.objectContaining({ did: "written", id: "id" in one ? one.id : "" }))
        )
        expect(till.seller.customers.size).toBe(100)
      })
    )
  })

  it("looks for what a key made that arrived with other values before", async () => {
    const { run } = await started()
    await run((session) =>
      Effect.gen(function* () {
        const [first] = yield* write(session, "customers", [
          create("k", { given_name: "Ada", email_address: "ada@example.com" })
        ])
        const [again] = yield* write(session, "customers", [
          create("k", { given_name: "Ada L.", email_address: "ada@example.com" })
        ])
        expect(again).toEqual({ did: "exists", id: first?.did === "written" ? first.id : "" })
      })
    )
  })

  it("refuses one and writes its neighbours", async () => {
    const { run, till } = await started()
    await run((session) =>
      Effect.gen(function* () {
        const outcomes = yield* write(session, "customers", [
          create("a", { given_name: "A" }),
          create("b", { given_name: "B", phone_number: "12" }),
          create("c", { given_name: "C" })
        ])
        expect(outcomes.map((one) => one.did)).toEqual(["written", "refused", "written"])
        expect(outcomes[1]).toEqual({ did: "refused", cause: "INVALID_PHONE_NUMBER phone_number" })
        expect(till.seller.customers.size).toBe(2)
      })
    )
  })

  it("halves a request that is refused whole until the culprit stands alone", async () => {
    const { run, till } = await started()
    await run((session) =>
      Effect.gen(function* () {
        const changes = Array.from({ length: 64 }, (_, at) =>
          create(`k${at}`, { given_name: at === 41 ? 41 : `N${at}` })
        )
        const outcomes = yield* write(session, "customers", changes)
        expect(outcomes.filter((one) => one.did === "written")).toHaveLength(63)
        expect(outcomes[41]).toEqual({ did: "refused", cause: expect.stringContaining("INCORRECT_TYPE") })
        expect(till.total()).toBeLessThanOrEqual(1 + 2 * 6 + 2)
      })
    )
    // The number in a text field is what the whole request was refused for.
    expect(till.violations.length).toBeGreaterThan(0)
    till.forget()
  })

  it("writes sparsely from a fresh read: null clears, other fields stay, an unseen edit is not overwritten", async () => {
    const { run, till } = await started()
    await run((session) =>
      Effect.gen(function* () {
        const doc = createCustomer(till.seller, {
          given_name: "Grace",
          family_name: "H",
          note: "x",
          address: { locality: "A", postal_code: "1" }
        })
        const id = String(doc["id"])
        const [done] = yield* write(session, "customers", [
          update(id, { family_name: "Hopper", note: null, "address.locality": "B" })
        ])
        expect(done).toMatchObject({
          did: "written",
          after: { version: "1", record: { given_name: "Grace", note: null, "address.postal_code": "1" } }
        })
        const [moved] = yield* write(session, "customers", [
          update(id, { family_name: "Z" }, (record) => record["family_name"] === "H")
        ])
        expect(moved).toMatchObject({ did: "moved", now: { record: { family_name: "Hopper" } } })
        expect(yield* write(session, "customers", [update("nobody", { family_name: "Z" })])).toEqual([
          { did: "gone" }
        ])
        till.forget()
        expect(yield* write(session, "customers", [update(id, {})])).toMatchObject([{ did: "written" }])
        expect(till.total()).toBe(1)
      })
    )
  })

  it("keeps an opt-out from being written, and says so", async () => {
    const { run, till } = await started()
    await run((session) =>
      Effect.gen(function* () {
        const id = people(till.seller, 1)[0] ?? ""
        const [done] = yield* write(session, "customers", [
          update(id, { "preferences.email_unsubscribed": true })
        ])
        expect(done).toMatchObject({ did: "written", withheld: [{ path: "preferences.email_unsubscribed" }] })
        const health = yield* session.health ?? Effect.die("none")
        expect(health.notes.join()).toContain("opt-out cannot be written")
      })
    )
  })

  it("deletes under the version it read", async () => {
    const { run, till } = await started()
    await run((session) =>
      Effect.gen(function* () {
        const [id = ""] = people(till.seller, 1)
        expect(
          yield* write(session, "customers", [remove(id), remove("nobody"), remove(id, "archive")])
        ).toMatchObject([{ did: "written" }, { did: "gone" }, { did: "refused" }])
        expect(till.seller.customers.size).toBe(0)
      })
    )
  })

  it("follows a merge to the new customer and tells it from a deletion, through the Events API", async () => {
    const { run, till } = await started({ events: true }, { events: true })
    await run((session) =>
      Effect.gen(function* () {
        const ids = people(till.seller, 3)
        const before = yield* pages(session, "customers")
        const merged = mergeCustomers(till.seller, ids.slice(0, 2))
        expect(yield* write(session, "customers", [remove(ids[2] ?? "")])).toMatchObject([{ did: "written" }])
        const seen = seenIn(yield* pages(session, "customers", before.at(-1)?.next))
        expect(seen.filter((one) => one._tag !== "Held")).toEqual([
          ...ids.slice(0, 2).map((id) => ({ _tag: "Moved", id, to: merged["id"], how: "merged" })),
          { _tag: "Gone", id: ids[2], evidence: "feed" }
        ])
        expect(heldIn(seen).map((one) => one.id)).toEqual([merged["id"]])
      })
    )
  })

  it("reads custom attributes where a mapping asks for them, and writes them one by one", async () => {
    const { run, till } = await started()
    define(till.seller, {
      key: "vip",
      name: "VIP",
      schema: {
        $ref: "https://developer-production-s.squarecdn.com/schemas/v1/common.json#squareup.common.String"
      }
    })
    await run((session) =>
      Effect.gen(function* () {
        const [id = ""] = people(till.seller, 1)
        setAttribute(till.seller, id, { key: "vip", value: "gold" })
        const columns = ["given_name", "custom_attributes.vip", "custom_attributes.none"]
        const [held] = heldIn(seenIn(yield* pages(session, "customers", undefined, columns)))
        // An attribute that is not defined there is unknown, not empty.
        expect([held?.record["custom_attributes.vip"], held?.record["custom_attributes.none"]]).toEqual([
          "gold",
          undefined
        ])
        const done = yield* write(session, "customers", [
          update(id, { "custom_attributes.vip": null, "custom_attributes.none": "x", given_name: "Q" })
        ])
        expect(done).toMatchObject([{ did: "written", withheld: [{ path: "custom_attributes.none" }] }])
        expect(till.seller.attributes.get(id)?.size).toBe(0)
        const found = (yield* session.discover).find((one) => one.name === "customers")
        expect(found?.columns.filter((one) => one.custom === true).map((one) => one.name)).toEqual([
          "custom_attributes.vip"
        ])
      })
    )
  })
})

describe("catalog", () => {
  it("changes one variation and sends the others, their overrides and everything unknown as they were", async () => {
    const { run, till } = await started()
    await run((session) =>
      Effect.gen(function* () {
        const id = mug(till.seller)
        const [red = "", blue = ""] = variationsOf(till.seller, id)
        const [done] = yield* write(session, "catalog", [
          update(id, {
            "item_data.name": "Cup",
            variations: new Rows([
              { id: red, set: { "price_money.amount": "1350" } },
              {
                element: "new",
                set: { sku: "MUG-G", "price_money.amount": 1500, "price_money.currency": "EUR" }
              }
            ])
          })
        ])
        expect(done).toMatchObject({
          did: "written",
          after: { record: { "item_data.name": "Cup" }, elements: { variations: { new: expect.any(String) } } }
        })
        expect(done?.did === "written" ? done.after?.record["variations"] : []).toMatchObject([
          { id: red, "price_money.amount": 1350 },
          { id: blue, "price_money.amount": 1250 },
          { sku: "MUG-G", pricing_type: "FIXED_PRICING" }
        ])
        expect(JSON.stringify(till.seller.variations.get(blue))).toContain("location_overrides")
      })
    )
  })

  it("removes a variation and never the last one", async () => {
    const { run, till } = await started()
    await run((session) =>
      Effect.gen(function* () {
        const id = mug(till.seller)
        const [red = "", blue = ""] = variationsOf(till.seller, id)
        const [done] = yield* write(session, "catalog", [
          update(id, {
            variations: new Rows([
              { id: red, set: null },
              { id: blue, set: null }
            ])
          })
        ])
        expect(done).toMatchObject({ did: "written", withheld: [{ path: "variations" }] })
        expect(variationsOf(till.seller, id)).toEqual([blue])
      })
    )
  })

  it("creates at the chosen locations, once for one key", async () => {
    const { run, till } = await started({}, { presentAt: ["LMAIN0000001"] })
    await run((session) =>
      Effect.gen(function* () {
        const patch = {
          "item_data.name": "Plate",
          variations: new Rows([
            { element: "e1", set: { sku: "P1", "price_money.amount": 700, "price_money.currency": "EUR" } }
          ])
        }
        const [first] = yield* write(session, "catalog", [create("c1", patch)])
        const [again] = yield* write(session, "catalog", [create("c1", patch)])
        expect(first).toMatchObject({
          did: "written",
          after: {
            record: { "item_data.name": "Plate", variations: [{ sku: "P1", "price_money.amount": 700 }] }
          }
        })
        expect(again).toMatchObject({
          did: "written",
          id: first?.did === "written" ? first.id : "",
          after: { elements: { variations: { e1: expect.any(String) } } }
        })
        expect(till.seller.items.size).toBe(1)
        const id = first?.did === "written" ? first.id : ""
        expect(till.seller.items.get(id)).toMatchObject({
          present_at_all_locations: false,
          present_at_location_ids: ["LMAIN0000001"]
        })
        // What Square added is left to the next pull.
        expect(first?.did === "written" ? first.after?.record : {}).not.toHaveProperty([
          "item_data.product_type"
        ])
      })
    )
  })

  it("sends many updates in one request, each standing alone, and waits while another catalog write is under way", async () => {
    const { run, till } = await started()
    await run((session) =>
      Effect.gen(function* () {
        const ids = ["A", "B", "C"].map((sku) => mug(till.seller, [sku]))
        till.faults.add({ fault: "catalog-busy", times: 1 })
        till.forget()
        const outcomes = yield* write(
          session,
          "catalog",
          ids.map((id, at) => update(id, { "item_data.name": at === 1 ? "x".repeat(600) : `N${at}` }))
        )
        expect(outcomes.map((one) => one.did)).toEqual(["written", "refused", "written"])
        expect(outcomes[1]).toMatchObject({ cause: expect.stringContaining("VALUE_TOO_LONG") })
        expect(till.calls.get("POST /v2/catalog/batch-upsert")).toBe(2)
      })
    )
  })

  it("does not write over an edit between its read and its write", async () => {
    const { run, till } = await started()
    await run((session) =>
      Effect.gen(function* () {
        const id = mug(till.seller)
        const fence = Effect.sync(() => {
          editItem(till.seller, id, (data) => ({ ...data, name: "Clerk" }))
        })
        expect(
          yield* write(session, "catalog", [update(id, { "item_data.name": "Hub" })], fence)
        ).toMatchObject([{ did: "moved" }])
        expect(JSON.stringify(till.seller.items.get(id))).toContain("Clerk")
      })
    )
  })

  it("reads deletions with the changes, and only what is there in a listing", async () => {
    const { run, till } = await started()
    await run((session) =>
      Effect.gen(function* () {
        const [one, two] = [mug(till.seller), mug(till.seller)]
        const before = yield* pages(session, "catalog")
        expect(
          heldIn(seenIn(before))
            .map((held) => held.id)
            .sort()
        ).toEqual([one, two].sort())
        deleteObjects(till.seller, [one])
        expect(seenIn(yield* pages(session, "catalog", before.at(-1)?.next))).toContainEqual({
          _tag: "Gone",
          id: one,
          evidence: "feed"
        })
        const all = yield* listing(session, "catalog")
        expect(all.at(-1)).toMatchObject({ listing: "complete" })
        expect(seenIn(all).map((held) => held.id)).toEqual([two])
      })
    )
  })
})

describe("stock", () => {
  it("counts as of the moment it read, so that a sale in between is not lost", async () => {
    const { run, till } = await started()
    await run((session) =>
      Effect.gen(function* () {
        const [variation = ""] = variationsOf(till.seller, mug(till.seller))
        const [made] = yield* write(session, "inventory", [
          create("i1", { catalog_object_id: variation, location_id: "LMAIN0000001", quantity: "10" })
        ])
        const id = `${variation}:LMAIN0000001`
        expect(made).toMatchObject({ did: "written", id, after: { record: { quantity: "10" } } })
        expect(
          yield* write(session, "inventory", [
            create("i2", { catalog_object_id: variation, location_id: "LMAIN0000001", quantity: "4" })
          ])
        ).toEqual([{ did: "exists", id }])
        till.advance(60_000)
        const sale = Effect.sync(() => {
          sell(till.seller, { location: "LMAIN0000001", lines: [{ variation, quantity: "1", price: 1250 }] })
        })
        const [done] = yield* write(session, "inventory", [update(id, { quantity: "20" })], sale)
        expect(done).toMatchObject({ did: "written", after: { record: { quantity: "19" } } })
        expect(
          yield* write(session, "inventory", [
            update(id, { quantity: "5" }, (record) => record["quantity"] === "20")
          ])
        ).toMatchObject([{ did: "moved" }])
      })
    )
  })

  it("reads by location and variation, and what was counted since", async () => {
    const { run, till } = await started()
    addLocation(till.seller, { id: "LSECOND00001", name: "Second" })
    await run((session) =>
      Effect.gen(function* () {
        const variations = variationsOf(till.seller, mug(till.seller))
        const at = (variation: string, location: string, quantity: string): void => {
          change(till.seller, {
            type: "PHYSICAL_COUNT",
            physical_count: {
              catalog_object_id: variation,
              location_id: location,
              state: "IN_STOCK",
              quantity,
              occurred_at: till.seller.time()
            }
          })
        }
        for (const one of variations)
          for (const location of till.seller.locations.keys()) at(one, location, "1.5")
        const all = yield* pages(session, "inventory")
        expect(heldIn(seenIn(all))).toHaveLength(4)
        till.advance(3_600_000)
        at(variations[0] ?? "", "LSECOND00001", "2")
        const since = yield* pages(session, "inventory", { from: till.seller.time(till.now() - 1_000) })
        expect(heldIn(seenIn(since)).map((one) => [one.id, one.record["quantity"]])).toEqual([
          [`${variations[0]}:LSECOND00001`, "2"]
        ])
      })
    )
  })
})

describe("sales", () => {
  it("reads sales of more than ten locations, late ones included, with their payments and refunds", async () => {
    const { run, till } = await started()
    for (let at = 0; at < 12; at++) addLocation(till.seller, { id: `LX${at}`, name: `Till ${at}` })
    await run((session) =>
      Effect.gen(function* () {
        const sales = [...till.seller.locations.keys()].map((location) =>
          sell(till.seller, { location, lines: [{ name: "Tea", quantity: "2", price: 350 }] })
        )
        refund(till.seller, String(sales[3]?.["id"]), 350)
        const all = yield* pages(session, "orders")
        expect(heldIn(seenIn(all))).toHaveLength(13)
        expect(heldIn(seenIn(all)).find((one) => one.id === sales[3]?.["id"])?.record).toMatchObject({
          payment_state: "PARTIALLY_REFUNDED",
          "refunded_money.amount": 350,
          "paid_money.amount": 700,
          refunds: [{ "amount_money.amount": 350 }]
        })
        till.advance(3_600_000)
        const late = sell(till.seller, {
          location: "LX3",
          lines: [{ name: "Tea", quantity: "1", price: 350 }],
          at: till.now() - 70 * 3_600_000
        })
        const since = { from: till.seller.time(till.now() - 1_000), reconciled: till.seller.time() }
        expect(heldIn(seenIn(yield* pages(session, "orders", since))).map((one) => one.id)).toEqual([
          late["id"]
        ])
      })
    )
  })

  it("sees a refund although the sale does not say that it changed", async () => {
    const { run, till } = await started()
    await run((session) =>
      Effect.gen(function* () {
        const sale = sell(till.seller, {
          location: "LMAIN0000001",
          lines: [{ name: "Tea", quantity: "2", price: 350 }]
        })
        till.advance(3_600_000)
        const since = { from: till.seller.time(till.now() - 1_000), reconciled: till.seller.time() }
        refund(till.seller, String(sale["id"]), 700)
        const seen = seenIn(yield* pages(session, "orders", since))
        expect(seen.every((one) => one._tag === "Hint" && one.id === sale["id"])).toBe(true)
        expect(seen.length).toBeGreaterThan(0)
        const { seen: fetched } = yield* session
          .resource("orders")
          .reader.fetch([String(sale["id"]), "none"], { columns: [] })
        expect(fetched).toMatchObject([
          { _tag: "Held", record: { payment_state: "REFUNDED" } },
          { _tag: "Gone", id: "none", evidence: "read" }
        ])
      })
    )
  })

  it("is led from the order of a return to the sale, and takes it for no sale", async () => {
    const { run, till } = await started()
    await run((session) =>
      Effect.gen(function* () {
        const sale = String(
          sell(till.seller, { location: "LMAIN0000001", lines: [{ name: "Tea", quantity: "2", price: 350 }] })[
            "id"
          ]
        )
        const back = String(refund(till.seller, sale, 350)["order_id"])
        const { seen } = yield* session.resource("orders").reader.fetch([back], { columns: [] })
        expect(seen).toMatchObject([
          { _tag: "Held", id: sale, record: { payment_state: "PARTIALLY_REFUNDED" } },
          { _tag: "Gone", id: back }
        ])
        expect(heldIn(seenIn(yield* pages(session, "orders"))).map((one) => one.id)).toEqual([sale])
        expect(heldIn(seenIn(yield* listing(session, "orders"))).map((one) => one.id)).toEqual([sale])
      })
    )
  })

  it("does not know of refunds, nor whether there are any, with a token that may not see payments", async () => {
    const { run, till } = await started({ without: ["PAYMENTS_READ"] })
    await run((session) =>
      Effect.gen(function* () {
        refund(
          till.seller,
          String(
            sell(till.seller, {
              location: "LMAIN0000001",
              lines: [{ name: "Tea", quantity: "2", price: 350 }]
            })["id"]
          ),
          350
        )
        const [held] = heldIn(seenIn(yield* pages(session, "orders")))
        expect(held?.record).toMatchObject({ state: "COMPLETED", "paid_money.amount": 700 })
        expect(
          ["refunds", "payment_state", "refunded_money.amount"].filter(
            (column) => column in (held?.record ?? {})
          )
        ).toEqual([])
      })
    )
  })

  it("reads the tills' own times once a day as far back as offline sales come late", async () => {
    const { run, till } = await started()
    await run((session) =>
      Effect.gen(function* () {
        const sale = sell(till.seller, {
          location: "LMAIN0000001",
          lines: [{ name: "Tea", quantity: "1", price: 350 }],
          at: till.now() - 48 * 3_600_000
        })
        till.advance(3_600_000)
        const place = (hours: number) => ({
          from: till.seller.time(till.now() - 1_000),
          reconciled: till.seller.time(till.now() - hours * 3_600_000)
        })
        expect(seenIn(yield* pages(session, "orders", place(1)))).toEqual([])
        const reconciled = yield* pages(session, "orders", place(25))
        expect(heldIn(seenIn(reconciled)).map((one) => one.id)).toEqual([sale["id"]])
        expect(
          seenIn(yield* pages(session, "orders", reconciled.at(-1)?.next)).filter((one) => one._tag === "Held")
        ).toEqual([])
      })
    )
  })

  it("offers no writer for sales and locations, nor for anything when it must not write", async () => {
    const { run } = await started()
    await run((session) =>
      Effect.sync(() => {
        expect(["orders", "locations"].map((name) => session.resource(name).writer)).toEqual([
          undefined,
          undefined
        ])
      })
    )
    const reading = await started({}, {}, true)
    await reading.run((session) =>
      Effect.sync(() => {
        expect(["customers", "catalog", "inventory"].map((name) => session.resource(name).writer)).toEqual([
          undefined,
          undefined,
          undefined
        ])
      })
    )
  })
})

describe("the account", () => {
  it("describes its columns: types, longest texts, and what nobody but Square writes", async () => {
    const { run } = await started()
    await run((session) =>
      Effect.gen(function* () {
        const customers = yield* session.resource("customers").describe
        const column = (name: string) => customers.columns.find((one) => one.name === name)
        expect(column("given_name")).toMatchObject({
          type: "text",
          nullable: true,
          writable: true,
          length: 300
        })
        expect(column("preferences.email_unsubscribed")).toMatchObject({ type: "boolean", writable: false })
        expect(column("id")).toMatchObject({ nullable: false, writable: false, key: true })
        const { children } = yield* session.resource("catalog").describe
        expect(children["variations"]?.columns.filter((one) => !one.writable).map((one) => one.name)).toEqual([
          "id",
          "ordinal",
          "pricing_type"
        ])
        const orders = yield* session.resource("orders").describe
        expect(orders.columns.some((one) => one.writable)).toBe(false)
      })
    )
  })

  it("lets in an application with a secret, whose refresh token stays the same and needs no store", async () => {
    const till = await squareSandbox()
    process.env["SQUARE_TEST_REFRESH"] = till.grants.refresh(false)
    process.env["SQUARE_TEST_APP_KEY"] = sandboxApp.key
    const app = square("till", {
      url: till.url(),
      oauth: {
        clientId: sandboxApp.id,
        clientSecret: secret("SQUARE_TEST_APP_KEY"),
        redirect: "https://esl.example.com/back",
        refreshToken: secret("SQUARE_TEST_REFRESH")
      }
    })
    const named = Effect.flatMap(app.open({ readOnly: true }), (session) =>
      Effect.gen(function* () {
        const name = yield* session.account
        till.grants.expireAll()
        return [name, yield* session.account]
      })
    )
    expect(await Effect.runPromise(Effect.scoped(named))).toEqual([
      "square:MLSANDBOX0001",
      "square:MLSANDBOX0001"
    ])
    expect(app.authorize).toMatchObject({
      pkce: false,
      loopback: false,
      redirect: "https://esl.example.com/back"
    })
    expect(app.secrets).toEqual(["SQUARE_TEST_APP_KEY", "SQUARE_TEST_REFRESH"])
    await till.stop()
  })

  it("says what is wrong with its options without opening anything", () => {
    const faults =
      square("till", { url: "nowhere", version: "latest", overlap: 0, webhook: { url: "x", keys: [] } })
        .faults ?? []
    expect(faults.map((one) => one.option)).toEqual(["token", "url", "version", "overlap", "webhook.keys"])
  })

  it("names itself, what a token lacks, and sets up what is missing", async () => {
    const { run, till } = await started(
      { without: ["INVENTORY_WRITE"] },
      { events: true, webhook: { url: "http://127.0.0.1:9/till", keys: [] } }
    )
    await run((session) =>
      Effect.gen(function* () {
        expect(yield* session.account).toBe("square:MLSANDBOX0001")
        const health = yield* session.health ?? Effect.die("none")
        expect(health).toMatchObject({
          missing: [{ scope: "INVENTORY_WRITE" }],
          proved: "never",
          version: { used: "2026-09-16" }
        })
        const steps = yield* session.setup ?? Effect.die("none")
        expect(steps.map((one) => one.state)).toEqual(["absent", "absent"])
        for (const step of steps) yield* step.apply ?? Effect.void
        people(till.seller, 1)
        expect((yield* session.setup ?? Effect.die("none")).map((one) => one.state)).toEqual([
          "present",
          "present"
        ])
      })
    )
  })

  it.each([
    ["token-revoked", "Unauthorized"],
    ["scopes-missing", "Unauthorized"],
    ["unknown-code", "Malformed"]
  ])("%s is %s", async (fault, reason) => {
    const { run, till } = await started()
    till.faults.add({ fault, times: 9 })
    const failure = await run((session) => Effect.flip(pages(session, "customers")))
    expect(failure).toMatchObject({ _tag: "ConnectorError", reason: { _tag: reason } })
  })

  it("does not know what became of a write whose answer was cut off, and finds it done when it asks again", async () => {
    const { run, till } = await started()
    await run((session) =>
      Effect.gen(function* () {
        till.faults.add({ fault: "cut-after", contains: "bulk-create" })
        expect(yield* write(session, "customers", [create("k", { given_name: "Once" })])).toMatchObject([
          { did: "written" }
        ])
        expect(till.seller.customers.size).toBe(1)
        const stopped = yield* Effect.flip(
          write(session, "customers", [create("j", { given_name: "Never" })], Effect.fail(new Fenced()))
        )
        expect(stopped._tag).toBe("Fenced")
        expect(till.seller.customers.size).toBe(1)
      })
    )
  })
})
