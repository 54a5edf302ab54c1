/** Backfills by bulk operation: the handle is durable, the file is read line by line, what breaks off goes on. */
import { it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { describe, expect } from "vitest"
import { addCustomer, addProduct } from "../../../connectors/shopify/sandbox/seed.ts"
import type { Shop } from "../../../connectors/shopify/sandbox/state.ts"
import type { Cursor, Page } from "../../../core/connector/connector.ts"
import { opened } from "./opened.ts"
import type { Opened } from "./opened.ts"

const many = (count: number) => (shop: Shop): void => {
  for (let at = 0; at < count; at++) {
    addCustomer(shop, { firstName: `Ada ${at}`, email: `ada${at}@example.com`, addresses: [] }, "2026-01-02T03:04:05Z")
  }
}

const read = ({ resource }: Opened, name: string, since?: Cursor) =>
  Stream.runCollect(resource(name).reader.changes(since, { columns: [] }))

const ids = (pages: ReadonlyArray<Page>): ReadonlyArray<string> =>
  pages.flatMap((page) => page.seen.map((one) => one.id))

describe("a backfill", () => {
  it.live("reads everything in one operation and goes on from its start", () => Effect.scoped(Effect.gen(function*() {
    const shop = yield* opened(many(620))
    const pages = yield* read(shop, "customers")
    expect(new Set(ids(pages)).size).toBe(620)
    expect(shop.sandbox.calls.get("mutation bulkOperationRunQuery")).toBe(1)
    expect(shop.sandbox.calls.get("query customers")).toBeUndefined()
    expect(pages[0]?.seen).toEqual([])
    expect(pages.at(-1)?.total ?? pages.at(-2)?.total).toBe(620)
    // The next pull is an ordinary one, and finds nothing new.
    const next = yield* read(shop, "customers", pages.at(-1)?.next)
    expect(ids(next)).toEqual([])
    expect(shop.sandbox.violations).toEqual([])
  })))

  it.live("is resumed by its handle, in the middle of its file", () => Effect.scoped(Effect.gen(function*() {
    const shop = yield* opened(many(620))
    const some = yield* Stream.runCollect(Stream.take(shop.resource("customers").reader.changes(undefined, { columns: [] }), 2))
    expect(some[0]?.seen).toHaveLength(0)
    expect(some[1]?.seen).toHaveLength(250)
    const rest = yield* read(shop, "customers", JSON.parse(JSON.stringify(some[1]?.next)))
    expect(new Set([...ids(some), ...ids(rest)]).size).toBe(620)
    expect(ids(rest)).toHaveLength(370)
    expect(shop.sandbox.calls.get("mutation bulkOperationRunQuery")).toBe(1)
  })))

  it.live("goes on behind the last whole record of a broken file", () => Effect.scoped(Effect.gen(function*() {
    const shop = yield* opened(many(300))
    shop.sandbox.faults.add({ fault: "bulk-partial" })
    const pages = yield* read(shop, "customers")
    expect(new Set(ids(pages)).size).toBe(300)
    expect(shop.sandbox.calls.get("mutation bulkOperationRunQuery")).toBe(2)
    expect(shop.sandbox.violations).toEqual([])
  })))

  it.live("begins anew where nothing of it is left", () => Effect.scoped(Effect.gen(function*() {
    const shop = yield* opened(many(10))
    shop.sandbox.faults.add({ fault: "bulk-failed" })
    expect(new Set(ids(yield* read(shop, "customers"))).size).toBe(10)
  })))

  it.live("goes by pages while as many run as may", () => Effect.scoped(Effect.gen(function*() {
    const shop = yield* opened(many(10))
    for (let at = 0; at < 5; at++) {
      const id = shop.sandbox.shop.id("BulkOperation")
      shop.sandbox.shop.bulks.set(id, { id, query: "", type: "QUERY", createdAt: "", status: "RUNNING", errorCode: null, lines: [],
        roots: 0, partial: false, polls: -1_000 })
    }
    expect(new Set(ids(yield* read(shop, "customers"))).size).toBe(10)
  })))

  it.live("puts children back under their parents", () => Effect.scoped(Effect.gen(function*() {
    const shop = yield* opened((one) => {
      addProduct(one, "Shirt", [..."SMLX"].map((size) => ({ price: "19.90", inventoryItem: { sku: `SHIRT-${size}` },
        optionValues: [{ optionName: "Size", name: size }] })))
      addProduct(one, "Mug", [{ price: "9.50" }])
    })
    const pages = yield* read(shop, "products")
    const held = pages.flatMap((page) => page.seen.flatMap((one) => one._tag === "Held" ? [one] : []))
    expect(held.map((one) => Array.isArray(one.record["variants"]) ? one.record["variants"].length : -1)).toEqual([4, 1])
    const [fetched] = (yield* shop.resource("products").reader.fetch([held[0]?.id ?? ""],
      { columns: Object.keys(held[0]?.record ?? {}) })).seen
    expect(fetched).toMatchObject({ record: held[0]?.record })
    expect(shop.sandbox.violations).toEqual([])
  })))

  it.live("never takes the token to where the files lie, nor follows an address elsewhere", () => Effect.scoped(Effect.gen(function*() {
    const shop = yield* opened(many(10), { storage: ["https://storage.example.com"] })
    const failed = yield* Effect.flip(read(shop, "customers"))
    expect(failed.reason._tag).not.toBe("Unauthorized")
    expect(shop.sandbox.calls.get("GET bulk result")).toBeUndefined()
  })))
})
