/** Webhook payloads as Shopify sends them: shaped like its older REST API, with numeric ids and prices in text. */
import { createHmac, randomUUID } from "node:crypto"
import type { Json } from "../../../core/model/value.ts"
import type { Frame } from "../../../core/connector/sandbox.ts"
import { numberOf } from "./state.ts"
import type { Customer, Hook, Level, Location, Order, Product, Row, Shop } from "./state.ts"
import { text } from "./amount.ts"
import { totalsOf } from "./view.ts"

const timed = (record: { readonly id: string; readonly createdAt: string; readonly updatedAt: string }): Row => ({
  id: numberOf(record.id), admin_graphql_api_id: record.id, created_at: offset(record.createdAt),
    updated_at: offset(record.updatedAt)
})

/** Payloads carry the shop's own offset, answers are in UTC. */
const offset = (at: string): string => at.replace("Z", "+00:00")

export const customerHook = (one: Customer): Row => ({
  ...timed(one), first_name: one.firstName, last_name: one.lastName, email: one.email, phone: one.phone, note: one.note,
  state: one.state.toLowerCase(), tax_exempt: one.taxExempt, verified_email: one.email !== null, currency: "EUR",
  multipass_identifier: null, tax_exemptions: [], addresses: []
})

export const productHook = (shop: Shop, one: Product): Row => ({
  ...timed(one), title: one.title, body_html: one.descriptionHtml, vendor: one.vendor, product_type: one.productType,
  handle: one.handle, status: one.status.toLowerCase(), tags: one.tags.join(", "), template_suffix: null,
  published_at: null, published_scope: "global",
  variants: one.variants.slice(0, 100).flatMap((id): ReadonlyArray<Json> => {
    const variant = shop.variants.get(id)
    return variant === undefined ? [] : [{ id: numberOf(id), admin_graphql_api_id: id, price: variant.price }]
  })
})

export const orderHook = (one: Order): Row => ({
  ...timed(one), name: one.name, email: one.email, currency: one.currency, test: one.test,
  total_price: text(totalsOf(one).total), cancelled_at: one.cancelledAt, source_name: one.sourceName
})

export const levelHook = (one: Level): Row => ({
  inventory_item_id: numberOf(one.item), location_id: numberOf(one.location), available: one.quantities["available"] ?? 0,
  updated_at: offset(one.updatedAt), admin_graphql_api_id: one.id
})

export const locationHook = (one: Location): Row => ({ ...timed(one), name: one.name, active: one.active })

export const fulfillmentHook = (id: string, order: Order): Row =>
  ({ id: numberOf(id), admin_graphql_api_id: id, order_id: numberOf(order.id), status: "success" })

export const refundHook = (id: string, order: Order): Row =>
  ({ id: numberOf(id), admin_graphql_api_id: id, order_id: numberOf(order.id) })

/** After this many failures in a row the subscription is deleted. */
const patience = 8

export const signature = (secret: string, body: string): string => createHmac("sha256", secret).update(body).digest("base64")

/** Sends a hook to everyone who subscribed to its topic. */
export const deliver = (shop: Shop, frame: Frame, secret: string, version: string, { payload, topic }: Hook): void => {
  const body = JSON.stringify(payload)
  const event = randomUUID()
  for (const subscription of shop.subscriptions.values()) {
    if (subscription.topic !== topic) continue
    const id = randomUUID()
    frame.post({
      url: subscription.uri, body,
      headers: () => ({
        "content-type": "application/json", "x-shopify-topic": topicName(topic), "x-shopify-shop-domain": shop.settings.domain,
        "x-shopify-api-version": version, "x-shopify-webhook-id": id, "x-shopify-event-id": event,
        "x-shopify-triggered-at": new Date(shop.now()).toISOString(), "x-shopify-hmac-sha256": signature(secret, body)
      }),
      failed: () => {
        subscription.failures += 1
        if (subscription.failures >= patience) shop.subscriptions.delete(subscription.id)
      }
    })
  }
}

/** `CUSTOMERS_CREATE` is `customers/create` on the wire, `INVENTORY_LEVELS_UPDATE` `inventory_levels/update`. */
export const topicName = (topic: string): string => topic.toLowerCase().replace(subjects, "$1/")

const subjects = /^(customers(?:_email)?_marketing_consent|customers|products|orders|inventory_levels|inventory_items|fulfillments|refunds|locations|bulk_operations|shop|app)_/
