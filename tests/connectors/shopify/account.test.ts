/** What a shop says of itself: check, setup, discover; what a token may not see is unknown, never empty or gone. */
import { it } from "@effect/vitest"
import { Effect, Exit, Stream } from "effect"
import { describe, expect } from "vitest"
import { allScopes } from "../../../connectors/shopify/sandbox/index.ts"
import { addCustomer, smallShop } from "../../../connectors/shopify/sandbox/seed.ts"
import { placeOrder } from "../../../connectors/shopify/sandbox/sales.ts"
import { shopify } from "../../../connectors/shopify/index.ts"
import { secret } from "../../../core/connector/secret.ts"
import { opened } from "./opened.ts"

describe("check", () => {
  it.live("names the shop, the version and its end, the limits, and what is missing", () => Effect.scoped(Effect.gen(function*() {
    const { sandbox, session } = yield* opened(smallShop)
    sandbox.grant(allScopes.filter((scope) => !["write_inventory", "read_all_orders"].includes(scope)))
    expect(yield* session.account).toBe("sandbox.myshopify.com")
    const health = session.health === undefined ? undefined : yield* session.health
    expect(health?.version).toEqual({ used: "2026-07", endOfLife: "2027-07-01" })
    expect(health?.missing.map(({ scope }) => scope)).toEqual(["write_inventory", "read_all_orders"])
    expect(health?.limits).toMatchObject([{ name: "points", max: 2000 }])
    expect(health?.proved).toBe("never")
    expect(health?.sideEffects.length).toBeGreaterThan(0)
  })))

  it.live("says when a version has ended and Shopify answers with another", () => Effect.scoped(Effect.gen(function*() {
    const { session } = yield* opened(smallShop, { version: "2025-01" })
    const health = session.health === undefined ? undefined : yield* session.health
    expect(health?.version?.used).toBe("2025-10")
    expect(health?.notes[0]).toContain("2025-01 does not answer any more")
  })))

  it("finds what is wrong with the options without opening anything", () => {
    const found = (options: Parameters<typeof shopify>[1]): ReadonlyArray<string> =>
      shopify("shop", options).faults?.map(({ option }) => option) ?? []
    expect(found({ store: "acme", token: secret("X") })).toEqual([])
    expect(found({ store: "acme" })).toEqual(["token"])
    expect(found({ store: "https://acme.example.com", token: secret("X") })).toEqual(["store"])
    expect(found({ store: "acme", token: secret("X"), version: "unstable", url: "http://acme.example.com", overlap: 0,
      externalId: { namespace: "e", key: "id" } })).toEqual(["version", "url", "externalId", "overlap"])
  })
})

describe("setup", () => {
  it.live("plans the unique metafield and the subscriptions, and makes them", () => Effect.scoped(Effect.gen(function*() {
    const { sandbox, session } = yield* opened(smallShop, { webhooks: { secrets: [secret("SHOPIFY_TEST_SECRET")], url: "http://127.0.0.1:9/hooks" } })
    const steps = session.setup === undefined ? [] : yield* session.setup
    expect(steps.every(({ state }) => state === "absent")).toBe(true)
    expect(steps[0]?.what).toBe("the unique metafield esl.id of type id on customers")
    for (const step of steps) yield* step.apply ?? Effect.void
    for (const step of steps) yield* step.apply ?? Effect.void
    const again = session.setup === undefined ? [] : yield* session.setup
    expect(again.every(({ state }) => state === "present")).toBe(true)
    expect(sandbox.shop.definitions.map(({ owner, unique }) => [owner, unique])).toEqual([["CUSTOMER", true], ["PRODUCT", true]])
    expect(sandbox.violations).toEqual([])
  })))
})

describe("discover", () => {
  it.live("finds the retailer's own fields beside the stock mapping they extend", () => Effect.scoped(Effect.gen(function*() {
    const { sandbox, session } = yield* opened(smallShop)
    sandbox.shop.definitions.push({ id: sandbox.shop.id("MetafieldDefinition"), owner: "CUSTOMER", namespace: "crm", key: "vip",
      name: "VIP", type: "boolean", unique: false })
    const all = yield* session.discover
    const customers = all.find(({ name }) => name === "customers")
    expect(customers?.columns.filter(({ custom }) => custom === true)).toMatchObject([{ name: "metafields.crm.vip", type: "boolean" }])
    expect(customers?.stock).toEqual({ from: "esl/mappings/shopify", name: "customer" })
    expect(all.map(({ name }) => name)).toEqual(["customers", "products", "orders", "inventory_levels", "locations"])
  })))
})

describe("what a token may not see", () => {
  it.live("is not read as gone, and the whole of it as an authorization to mend", () => Effect.scoped(Effect.gen(function*() {
    let id = ""
    const { resource, sandbox } = yield* opened((shop) => { id = addCustomer(shop, { firstName: "Ada" }).id },
      { bulk: false })
    sandbox.grant(allScopes.filter((scope) => !scope.endsWith("_customers")))
    for (const read of [Effect.asVoid(resource("customers").reader.fetch([id], { columns: [] })),
      Stream.runDrain(resource("customers").reader.changes(undefined, { columns: [] }))]) {
      const error = yield* Effect.flip(read)
      expect(error.reason._tag).toBe("Unauthorized")
    }
  })))

  it.live("of old orders is unknown without their scope, and a listing then proves nothing", () => Effect.scoped(Effect.gen(function*() {
    let id = ""
    const { resource, sandbox } = yield* opened((shop) => {
      smallShop(shop)
      const order = placeOrder(shop, { lines: [{ title: "Mug", quantity: 1 }] })
      Object.assign(order, { createdAt: "2020-01-01T00:00:00Z" })
      id = order.id
    })
    sandbox.grant(allScopes.filter((scope) => scope !== "read_all_orders"))
    const { seen } = yield* resource("orders").reader.fetch([id], { columns: [] })
    expect(seen).toMatchObject([{ _tag: "Unreadable", id }])
    const pages = yield* Stream.runCollect(resource("orders").reader.listing(undefined, { columns: [] }))
    expect(pages.at(-1)?.listing).toBe("open")
  })))

  it.live("although it comes as null is hidden by a setting", () => Effect.scoped(Effect.gen(function*() {
    let id = ""
    const { resource } = yield* opened((shop) => { id = addCustomer(shop, { firstName: "Ada", email: "ada@example.com" }).id },
      { hidden: { customers: ["firstName", "defaultEmailAddress", "defaultAddress"] } }, { settings: { protectedData: false } })
    const { seen } = yield* resource("customers").reader.fetch([id], { columns: ["firstName", "note",
      "defaultEmailAddress.emailAddress", "defaultAddress.name"] })
    expect(seen).toMatchObject([{ record: { note: null } }])
    expect(Object.keys(seen[0]?._tag === "Held" ? seen[0].record : {})).toEqual(["note"])
  })))

  it.live("is told without the token or anybody's data", () => Effect.scoped(Effect.gen(function*() {
    const { resource, sandbox } = yield* opened(smallShop)
    sandbox.faults.add({ fault: "forbidden", times: 10 })
    const exit = yield* Effect.exit(Stream.runDrain(resource("customers").reader.changes(undefined, { columns: [] })))
    expect(Exit.isFailure(exit)).toBe(true)
    expect(JSON.stringify(exit)).not.toContain("sandbox-token")
  })))
})
