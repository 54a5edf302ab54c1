/** Webhooks: the raw body signed with the app's secret. Payloads are shaped like the old REST API; only ids count. */
import type { Seen } from "../../core/connector/connector.ts"
import type { Secret } from "../../core/connector/secret.ts"
import { otherTenant, receiver, rejected } from "../../core/connector/signature.ts"
import type { Delivery, Receipt, Receiver } from "../../core/connector/webhook.ts"
import type { Json } from "../../core/model/value.ts"
import { isNode, textAt } from "./selection.ts"
import type { Node_ } from "./selection.ts"

export interface WebhookOptions {
  /** The app's client secret; during a rotation the new one and the one before: Shopify takes up to an hour. */
  readonly secrets: ReadonlyArray<Secret>
  /** The public address that `esl setup` subscribes. */
  readonly url?: string
}

/** Retried for four hours; what is older was recorded and played again. */
const oldestMs = 6 * 3_600_000

export const webhookReceiver = (connection: string, domain: string, { secrets }: WebhookOptions): Receiver =>
  receiver(connection, {
    secrets, header: "x-shopify-hmac-sha256", encoding: "base64", maxBytes: 8 * 1_024 * 1_024,
    sentAt: ({ headers }) => Date.parse(headers["x-shopify-triggered-at"] ?? ""), toleranceMs: oldestMs
  }, (message, delivery) => otherTenant(delivery.headers["x-shopify-shop-domain"], domain) ?? read(message, delivery))

const read = (message: Json, { headers }: Delivery): Receipt => {
  const topic = headers["x-shopify-topic"] ?? ""
  if (!isNode(message)) return rejected(400, "the body is no object")
  // The same event comes to every subscription with another webhook id, and to one subscription twice with the same.
  const key = [topic, headers["x-shopify-event-id"] ?? headers["x-shopify-webhook-id"] ?? ""].join(" ")
  const found = hintOf(topic, message)
  return { _tag: "Genuine", key, hints: found === undefined ? [] : [found] }
}

/** Topics that concern the resources, and how each names its record. */
export const topics: { readonly [resource: string]: ReadonlyArray<string> } = {
  customers: ["CUSTOMERS_CREATE", "CUSTOMERS_UPDATE", "CUSTOMERS_DELETE", "CUSTOMERS_ENABLE", "CUSTOMERS_DISABLE",
    "CUSTOMERS_MERGE", "CUSTOMERS_EMAIL_MARKETING_CONSENT_UPDATE", "CUSTOMERS_MARKETING_CONSENT_UPDATE"],
  products: ["PRODUCTS_CREATE", "PRODUCTS_UPDATE", "PRODUCTS_DELETE"],
  orders: ["ORDERS_CREATE", "ORDERS_UPDATED", "ORDERS_CANCELLED", "ORDERS_EDITED", "ORDERS_DELETE", "FULFILLMENTS_CREATE",
    "FULFILLMENTS_UPDATE", "REFUNDS_CREATE"],
  inventory_levels: ["INVENTORY_LEVELS_UPDATE", "INVENTORY_LEVELS_CONNECT", "INVENTORY_LEVELS_DISCONNECT"],
  locations: ["LOCATIONS_CREATE", "LOCATIONS_UPDATE", "LOCATIONS_DELETE", "LOCATIONS_ACTIVATE", "LOCATIONS_DEACTIVATE"]
}

interface Hint {
  readonly resource: string
  readonly seen: Seen
}

const types: { readonly [subject: string]: readonly [resource: string, type: string] } = {
  customers: ["customers", "Customer"], customers_email_marketing_consent: ["customers", "Customer"],
  customers_marketing_consent: ["customers", "Customer"], products: ["products", "Product"], orders: ["orders", "Order"],
  inventory_levels: ["inventory_levels", "InventoryLevel"], locations: ["locations", "Location"]
}

/** Undefined: nothing to look at (privacy requests, uninstalls, bulk operations that ended). */
const hintOf = (topic: string, body: Node_): Hint | undefined => {
  const [subject = "", what = ""] = topic.split("/")
  if (topic === "customers/merge") return mergeOf(body)
  if (subject === "fulfillments" || subject === "refunds" || topic === "orders/edited") return orderOf(body)
  const known = types[subject]
  if (known === undefined || ["data_request", "redact"].includes(what)) return undefined
  const [resource, type] = known
  const id = textAt(body, "admin_graphql_api_id") ?? gid(type, subject.includes("consent") ? body["customer_id"] ?? body["id"] : body["id"])
  // A level that was disconnected is told by item and place only: the next listing misses it.
  if (id === undefined) return undefined
  return { resource, seen: what === "delete" ? { _tag: "Gone", id, evidence: "event" } : { _tag: "Hint", id } }
}

const gid = (type: string, id: Json | undefined): string | undefined =>
  // Digits that a double would change come as text.
  (typeof id === "number" || typeof id === "string") && /^\d+$/.test(String(id)) && type !== "InventoryLevel"
    ? `gid://shopify/${type}/${id}` : undefined

const orderOf = (body: Node_): Hint | undefined => {
  const edit = body["order_edit"]
  const id = gid("Order", body["order_id"] ?? (isNode(edit) ? edit["order_id"] : undefined))
  return id === undefined ? undefined : { resource: "orders", seen: { _tag: "Hint", id } }
}

/** Which of two is kept is the shop's to say; only an answer that it is done moves anything. */
const mergeOf = (body: Node_): Hint | undefined => {
  const [kept, gone] = [textAt(body, "admin_graphql_api_customer_kept_id"), textAt(body, "admin_graphql_api_customer_deleted_id")]
  if (kept === undefined || gone === undefined) return undefined
  return { resource: "customers", seen: body["status"] === "completed"
    ? { _tag: "Moved", id: gone, to: kept, how: "merged" } : { _tag: "Hint", id: gone } }
}
