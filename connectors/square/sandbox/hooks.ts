/** Webhook subscriptions, and the Events API, which finds only what happened while it was switched on. */
import type { Json } from "../../../core/model/value.ts"
import { timeOf } from "./customers.ts"
import { limitOf, paged } from "./page.ts"
import { invalid, isDoc, notFound, plain, text, texts } from "./reply.ts"
import type { Doc } from "./reply.ts"
import type { Endpoint } from "./route.ts"
import { eventsKeptMs } from "./seller.ts"
import type { Hook, Seller } from "./seller.ts"

/** What the sandbox sends. */
export const eventTypes = [
  "customer.created",
  "customer.updated",
  "customer.deleted",
  "catalog.version.updated",
  "inventory.count.updated",
  "order.created",
  "order.updated",
  "payment.created",
  "payment.updated",
  "refund.created",
  "refund.updated"
] as const

const known = (types: ReadonlyArray<string>): void => {
  const strange = types.find((one) => !eventTypes.some((type) => type === one))
  if (strange !== undefined)
    throw invalid(
      "INVALID_ENUM_VALUE",
      `${strange} is no event that this sandbox sends`,
      "subscription.event_types"
    )
}

/** Square wants https; a sandbox posts to this machine only, where nobody has a certificate. */
const reachable = (url: string): void => {
  if (!/^https:\/\/|^http:\/\/(?:127\.0\.0\.1|localhost)[:/]/.test(url)) {
    throw invalid("INVALID_VALUE", "The notification URL is an https address.", "subscription.notification_url")
  }
}

export const subscribe = (seller: Seller, asked: Doc): Doc => {
  const url = text(asked["notification_url"]) ?? ""
  const types = texts(asked["event_types"])
  reachable(url)
  known(types)
  const id = `wbhk_${seller.id("hook").toLowerCase()}`
  const at = seller.time()
  const doc: Doc = {
    name: "Subscription",
    enabled: true,
    api_version: "2026-09-16",
    ...asked,
    id,
    event_types: [...types],
    created_at: at,
    updated_at: at,
    signature_key: seller.id("key")
  }
  seller.hooks.set(id, { id, doc })
  return doc
}

const hookOf = (seller: Seller, id: string | undefined): Hook => {
  const found = seller.hooks.get(id ?? "")
  if (found === undefined) throw notFound("No such subscription.", "subscription_id")
  return found
}

const change = (seller: Seller, hook: Hook, more: Doc): Doc => {
  hook.doc = { ...hook.doc, ...more, updated_at: seller.time() }
  return hook.doc
}

const search = (seller: Seller, body: Doc): Json => {
  const query = isDoc(body["query"]) ? body["query"] : {}
  const filter = isDoc(query["filter"]) ? query["filter"] : {}
  const sort = isDoc(query["sort"]) ? query["sort"] : {}
  for (const name of Object.keys(filter)) {
    if (!["event_types", "merchant_ids", "created_at"].includes(name))
      throw invalid("BAD_REQUEST", `this sandbox does not play the filter ${name}`)
  }
  const types = texts(filter["event_types"])
  const window = isDoc(filter["created_at"]) ? filter["created_at"] : {}
  const [start, end] = [text(window["start_at"]), text(window["end_at"])]
  const oldest = seller.frame.now() - eventsKeptMs
  const from = Math.max(oldest, start === undefined ? oldest : timeOf(start, "start_at"))
  const to = end === undefined ? Infinity : timeOf(end, "end_at")
  const found = seller.events.filter(
    ({ at, doc }) => at >= from && at <= to && (types.length === 0 || types.includes(String(doc["type"])))
  )
  const keyOf = ({ doc }: (typeof found)[number]): string => String(doc["event_id"])
  const rows = sort["order"] === "ASC" ? found : found.toReversed()
  const { cursor, page } = paged(rows, keyOf, limitOf(body["limit"], 100), [filter, sort], body["cursor"])
  return plain({ events: page.length === 0 ? undefined : page.map(({ doc }) => plain(doc)), cursor })
}

export const hookEndpoints: ReadonlyArray<Endpoint> = [
  {
    at: "GET /v2/webhooks/event-types",
    answers: "ListWebhookEventTypesResponse",
    run: () => ({ event_types: [...eventTypes] })
  },
  {
    at: "GET /v2/webhooks/subscriptions",
    answers: "ListWebhookSubscriptionsResponse",
    run: (seller, { query }) => {
      const { cursor, page } = paged(
        [...seller.hooks.values()],
        (one) => one.id,
        limitOf(query["limit"], 100),
        "hooks",
        query["cursor"]
      )
      return plain({
        subscriptions:
          page.length === 0 ? undefined : page.map(({ doc }) => plain({ ...doc, signature_key: undefined })),
        cursor
      })
    }
  },
  {
    at: "POST /v2/webhooks/subscriptions",
    takes: "CreateWebhookSubscriptionRequest",
    answers: "CreateWebhookSubscriptionResponse",
    run: (seller, { body }) =>
      seller.once("hook", body["idempotency_key"], plain(body), () => {
        const asked = body["subscription"]
        return { subscription: plain(subscribe(seller, isDoc(asked) ? { ...asked } : {})) }
      })
  },
  {
    at: "GET /v2/webhooks/subscriptions/:id",
    answers: "GetWebhookSubscriptionResponse",
    run: (seller, { path }) => ({ subscription: plain(hookOf(seller, path[0]).doc) })
  },
  {
    at: "PUT /v2/webhooks/subscriptions/:id",
    takes: "UpdateWebhookSubscriptionRequest",
    answers: "UpdateWebhookSubscriptionResponse",
    run: (seller, { body, path }) => {
      const asked = isDoc(body["subscription"]) ? body["subscription"] : {}
      if (asked["notification_url"] !== undefined) reachable(text(asked["notification_url"]) ?? "")
      known(texts(asked["event_types"]))
      return { subscription: plain(change(seller, hookOf(seller, path[0]), { ...asked })) }
    }
  },
  {
    at: "DELETE /v2/webhooks/subscriptions/:id",
    answers: "DeleteWebhookSubscriptionResponse",
    run: (seller, { path }) => {
      seller.hooks.delete(hookOf(seller, path[0]).id)
      return {}
    }
  },
  {
    at: "POST /v2/webhooks/subscriptions/:id/signature-key",
    takes: "UpdateWebhookSubscriptionSignatureKeyRequest",
    answers: "UpdateWebhookSubscriptionSignatureKeyResponse",
    run: (seller, { path }) => ({
      signature_key: String(
        change(seller, hookOf(seller, path[0]), { signature_key: seller.id("key") })["signature_key"]
      )
    })
  },
  {
    at: "POST /v2/webhooks/subscriptions/:id/test",
    takes: "TestWebhookSubscriptionRequest",
    answers: "TestWebhookSubscriptionResponse",
    run: (seller, { path }) => {
      const { doc } = hookOf(seller, path[0])
      const event: Doc = {
        merchant_id: seller.merchant,
        type: "customer.created",
        event_id: seller.id("event"),
        created_at: seller.time(),
        data: { type: "customer", id: "TEST", object: { customer: { id: "TEST" } } }
      }
      seller.send(String(doc["notification_url"]), String(doc["signature_key"]), event)
      return {
        subscription_test_result: {
          id: seller.id("test"),
          status_code: 200,
          payload: JSON.stringify(event),
          created_at: seller.time(),
          updated_at: seller.time()
        }
      }
    }
  },
  {
    at: "POST /v2/events",
    takes: "SearchEventsRequest",
    answers: "SearchEventsResponse",
    run: (seller, { body }) => search(seller, body)
  },
  {
    at: "PUT /v2/events/enable",
    answers: "EnableEventsResponse",
    run: (seller) => {
      seller.eventsOn = true
      return {}
    }
  },
  {
    at: "PUT /v2/events/disable",
    answers: "DisableEventsResponse",
    run: (seller) => {
      seller.eventsOn = false
      return {}
    }
  },
  {
    at: "GET /v2/events/types",
    answers: "ListEventTypesResponse",
    run: () => ({ event_types: [...eventTypes] })
  }
]
