/** Shopify orders, web and POS. Into them go fulfilments with tracking, cancellations, refund notices, tags. */
import { country, decimal, e164, email, instant, mapping, split, table } from "../../core/mapping/index.ts"
import { Order } from "../../core/model/index.ts"
import { OrderRecord } from "../../connectors/shopify/records.ts"
import { amount, discounts, properties, takenOff, taxes, tracking } from "./codecs.ts"

/** Where it was sold, by Shopify's names for its channels; others are apps of the retailer's own. */
const channel = table({ web: "online", pos: "pos", iphone: "online", android: "online", shopify_draft_order: "phone" })

const lifecycle = table({ open: "open", closed: "closed", cancelled: "cancelled" }, { others: { draft: "open", on_hold: "open", archived: "closed" } })

const payment = table({
  PENDING: "pending", EXPIRED: "voided", AUTHORIZED: "authorized", PARTIALLY_PAID: "partially_paid", PAID: "paid",
  PARTIALLY_REFUNDED: "partially_refunded", REFUNDED: "refunded", VOIDED: "voided"
})

const fulfilment = table({
  UNFULFILLED: "unfulfilled", OPEN: "unfulfilled", PENDING_FULFILLMENT: "unfulfilled", SCHEDULED: "unfulfilled",
  ON_HOLD: "unfulfilled", IN_PROGRESS: "unfulfilled", REQUEST_DECLINED: "unfulfilled", PARTIALLY_FULFILLED: "partial",
  FULFILLED: "fulfilled", RESTOCKED: "restocked"
})

const returned = table({
  NO_RETURN: "none", RETURN_REQUESTED: "requested", IN_PROGRESS: "in_progress", RETURN_FAILED: "none", RETURNED: "returned",
  INSPECTION_COMPLETE: "returned"
})

const kind = table({
  AUTHORIZATION: "authorize", EMV_AUTHORIZATION: "authorize", CAPTURE: "capture", SALE: "sale", REFUND: "refund", VOID: "void"
})

const status = table({
  SUCCESS: "succeeded", PENDING: "pending", AWAITING_RESPONSE: "pending", FAILURE: "failed", ERROR: "failed"
})

/** An order keeps the amounts as they were placed: refunds and later edits stand in their own places. */
export const order = mapping(OrderRecord, Order, ({ field, group, list, readOnly, reference }) => ({
  orderNumber: readOnly(field("name")),
  channel: readOnly(field("sourceName", channel)),
  location: readOnly(reference("retailLocation.id", { entity: "location", resource: "locations" })),
  customer: readOnly(reference("customer.id", { entity: "customer", resource: "customers" })),
  "buyer.email": field("email", email),
  "buyer.phone": field("phone", e164()),
  "address.billing": readOnly(group({
    recipient: "billingAddress.name", company: "billingAddress.company", street: "billingAddress.address1",
    unit: "billingAddress.address2", postalCode: "billingAddress.zip", city: "billingAddress.city",
    subdivision: "billingAddress.subdivision", country: field("billingAddress.countryCodeV2", country()),
    phone: field("billingAddress.phone", e164())
  })),
  "address.shipping": group({
    recipient: "shippingAddress.name", company: "shippingAddress.company", street: "shippingAddress.address1",
    unit: "shippingAddress.address2", postalCode: "shippingAddress.zip", city: "shippingAddress.city",
    subdivision: "shippingAddress.subdivision", country: field("shippingAddress.countryCodeV2", country()),
    phone: field("shippingAddress.phone", e164())
  }),
  placedAt: readOnly(field("processedAt", instant())),
  currency: readOnly(field("currencyCode")),
  taxInclusive: readOnly(field("taxesIncluded", table({ true: true, false: false }))),
  test: readOnly(field("test", table({ true: true, false: false }))),
  "status.lifecycle": field("lifecycle", lifecycle),
  "status.payment": readOnly(field("displayFinancialStatus", payment)),
  "status.fulfilment": readOnly(field("displayFulfillmentStatus", fulfilment)),
  "status.return": readOnly(field("returnStatus", returned)),
  "cancellation.at": readOnly(field("cancelledAt", instant())),
  "cancellation.by": field("cancelReason", table({ CUSTOMER: "customer", STAFF: "merchant", INVENTORY: "merchant",
    FRAUD: "fraud", DECLINED: "system", OTHER: "system" })),
  "totals.total": readOnly(field("total", amount("currencyCode"))),
  "totals.tax": readOnly(field("tax", amount("currencyCode"))),
  "totals.shipping": readOnly(field("shipping", amount("currencyCode"))),
  "totals.order_discount": readOnly(field("orderDiscount", takenOff("currencyCode"))),
  "totals.tip": readOnly(field("tip", amount("currencyCode"))),
  "totals.paid": readOnly(field("received", amount("currencyCode"))),
  "totals.refunded": readOnly(field("refunded", amount("currencyCode"))),
  "totals.due": readOnly(field("due", amount("currencyCode"))),
  tags: field("tags", split(",", { join: ", " })),
  lines: readOnly(list("lines", ({ field, reference }) => ({
    variant: reference("variant.id", { entity: "product", resource: "product_variants" }),
    sku: field("sku"),
    title: field("title"),
    quantity: field("quantity", decimal({ scale: 0 })),
    unitPrice: field("unitPrice", amount("unitPrice.currency")),
    total: field("total", amount("total.currency")),
    discounts: field("discountAllocations", discounts),
    taxes: field("taxLines", taxes),
    properties: field("customAttributes", properties)
  }), { key: "id", resource: "order_lines" })),
  shippingLines: readOnly(list("shippingLines", ({ field }) => ({
    code: field("code"), title: field("title"), amount: field("price", amount("price.currency")),
    discounts: field("discountAllocations", discounts), taxes: field("taxLines", taxes)
  }), { key: "id", resource: "shipping_lines" })),
  payments: readOnly(list("transactions", ({ field }) => ({
    kind: field("kind", kind), status: field("status", status), gateway: field("gateway"), gatewayRef: field("paymentId"),
    amount: field("amount", amount("amount.currency")), at: field("processedAt", instant())
  }), { key: "id", resource: "transactions" })),
  fulfilments: list("fulfillments", ({ field, readOnly, reference }) => ({
    carrier: field("company"),
    tracking: field("trackingInfo", tracking),
    shippedAt: readOnly(field("createdAt", instant())),
    deliveredAt: readOnly(field("deliveredAt", instant())),
    location: readOnly(reference("location.id", { entity: "location", resource: "locations" }))
  }), { key: "id", resource: "fulfillments" }),
  refunds: list("refunds", ({ field, readOnly }) => ({
    reason: field("note"), amount: field("amount", amount("amount.currency")), at: readOnly(field("processedAt", instant()))
  }), { key: "id", resource: "refunds" }),
  "custom.note": field("note")
}))

/** With `createOrders`: what an order of another system is made of. */
export const newOrder = order.with(({ field, list, reference }) => ({
  customer: reference("customer.id", { entity: "customer", resource: "customers" }),
  placedAt: field("processedAt", instant({ digits: 0 })),
  currency: field("currencyCode"),
  taxInclusive: field("taxesIncluded", table({ true: true, false: false })),
  test: field("test", table({ true: true, false: false })),
  lines: list("lines", ({ field, readOnly, reference }) => ({
    variant: reference("variant.id", { entity: "product", resource: "product_variants" }),
    sku: field("sku"),
    title: field("title"),
    quantity: field("quantity", decimal({ scale: 0 })),
    unitPrice: field("unitPrice", amount("unitPrice.currency")),
    total: readOnly(field("total", amount("total.currency")))
  }), { key: "id", resource: "order_lines" })
}))
