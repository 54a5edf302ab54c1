/** Orders: what happens to them elsewhere (sent, cancelled, refunded), and the little that may be changed of them. */
import type { Patch, Record_, RowChange } from "../../../core/mapping/mapping.ts"
import type { Json } from "../../../core/model/value.ts"
import {
  fulfillmentCreate, orderCancel, orderClose, orderCreate, orderOpen, orderUpdate, refundCreate, trackingUpdate
} from "../mutations.ts"
import { addressChange, addressColumns } from "./address.ts"
import { cellIn, inputOf, isRows, kept, leftovers, metafieldPlan, nothing, plans, rowsIn, step, tagPlan, tagsOf,
  textIn } from "./plan.ts"
import type { Plan } from "./plan.ts"
import type { Kit } from "./writer.ts"

const scalars: { readonly [column: string]: string } = { email: "email", phone: "phone", note: "note" }
const known = new Set([...Object.keys(scalars), "tags", "lifecycle", "cancelReason", "fulfillments", "refunds",
  ...addressColumns.map((name) => `shippingAddress.${name}`)])

/** What can still be sent of an order: `fulfillmentOrders`, by the place that they leave from. */
export interface Sendable {
  readonly id: string
  readonly location: string | undefined
}

export const updateOrder = (
  id: string, into: Record_, patch: Patch, kit: Kit, sendable: ReadonlyArray<Sendable>, key: string
): Plan => {
  const { columns, input } = inputOf(patch, scalars)
  const address = addressChange("shippingAddress", into, patch)
  const written = [...columns, ...address.input === undefined ? [] : address.columns]
  return plans(
    fulfilmentPlan(patch, sendable),
    refundPlan(id, patch, kit, key),
    metafieldPlan(id, patch),
    tagPlan(id, into, patch),
    address.input === null ? kept("an order keeps its address", ...address.columns) : written.length === 0 ? nothing
      : step(orderUpdate, { input: { id, ...input, ...address.input === undefined ? {}
        : { shippingAddress: address.input } } }, written),
    address.withheld,
    lifecyclePlan(id, into, patch, kit),
    leftovers(patch, (column) => known.has(column), "orders")
  )
}

const reasons = new Set(["CUSTOMER", "DECLINED", "FRAUD", "INVENTORY", "OTHER", "STAFF"])

/** A cancellation cannot be taken back. Money moves only where the settings say so. */
const lifecyclePlan = (id: string, into: Record_, patch: Patch, { cancel }: Kit): Plan => {
  const wanted = cellIn(patch, "lifecycle")
  if (wanted === undefined) return nothing
  if (wanted === "cancelled") {
    const asked = textIn(patch, "cancelReason") ?? "OTHER"
    return step(orderCancel, { orderId: id, reason: reasons.has(asked) ? asked : "OTHER", restock: cancel.restock,
      refundMethod: cancel.refund ? { originalPaymentMethodsRefund: true } : null }, ["lifecycle", "cancelReason"], { idempotent: false })
  }
  if (into["lifecycle"] === "cancelled") return kept("a cancelled order stays cancelled", "lifecycle")
  if (wanted === "closed") return step(orderClose, { input: { id } }, ["lifecycle"])
  return wanted === "open" ? step(orderOpen, { input: { id } }, ["lifecycle"]) : kept("Shopify has no such state", "lifecycle")
}

const trackingOf = (set: Record_): { readonly [name: string]: Json } => {
  const tracking = rowsIn(set["trackingInfo"])
  const company = textIn(set, "company")
  const numbers = tracking.flatMap((one) => typeof one["number"] === "string" ? [one["number"]] : [])
  const urls = tracking.flatMap((one) => typeof one["url"] === "string" ? [one["url"]] : [])
  return {
    ...numbers.length === 0 ? {} : { numbers }, ...urls.length === 0 ? {} : { urls }, ...company === undefined ? {}
      : { company }
  }
}

/** A new row sends what is open at one place; a known one gets its tracking. */
const fulfilmentPlan = (patch: Patch, sendable: ReadonlyArray<Sendable>): Plan => {
  const change = patch["fulfillments"]
  if (!isRows(change)) return nothing
  const left = [...sendable]
  return plans(...change.rows.map((row): Plan => {
    if (row.set === null) return kept("a fulfilment is not taken back", "fulfillments")
    if (row.id !== undefined) {
      const tracking = trackingOf(row.set)
      return Object.keys(tracking).length === 0 ? nothing
        : step(trackingUpdate, { fulfillmentId: row.id, tracking }, ["fulfillments"])
    }
    const first = left.shift()
    if (first === undefined) return kept("nothing of the order is open to be sent", "fulfillments")
    const together = [first, ...left.filter((one) => one.location === first.location)]
    left.splice(0, left.length, ...left.filter((one) => one.location !== first.location))
    return step(fulfillmentCreate, { fulfillment: {
      lineItemsByFulfillmentOrder: together.map((one) => ({ fulfillmentOrderId: one.id })),
        trackingInfo: trackingOf(row.set),
      notifyCustomer: false
    } }, ["fulfillments"], { idempotent: false, ...row.element === undefined ? {} : { elements: [row.element] } })
  }))
}

/** A notice that money was paid back elsewhere: Shopify pays nothing by it. */
const refundPlan = (id: string, patch: Patch, { refunds }: Kit, key: string): Plan => {
  const change = patch["refunds"]
  if (!isRows(change)) return nothing
  return plans(...change.rows.map((row): Plan => {
    if (row.set === null || row.id !== undefined) return kept("a refund is not changed", "refunds")
    if (refunds === "off") return kept("refund notices are switched off", "refunds")
    return plans(
      step(refundCreate, { input: { orderId: id, note: noticeOf(row), notify: false }, key: `${key}-${row.element ?? ""}`.slice(0, 200) },
        ["refunds"], row.element === undefined ? {} : { elements: [row.element] }),
      row.set["amount"] === undefined ? nothing : kept("a notice moves no money", "refunds.amount")
    )
  }))
}

const noticeOf = ({ set }: RowChange): string => {
  const [note, amount, currency] = [textIn(set ?? {}, "note"), textIn(set ?? {}, "amount"), textIn(set ?? {}, "amount.currency")]
  return [note, amount === undefined ? undefined : `${amount} ${currency ?? ""} paid back elsewhere`.replace("  ", " ")]
    .filter((part) => part !== undefined).join(": ").slice(0, 5_000)
}

/** Off unless the settings say otherwise: an order made here sets off what a sale sets off. */
export const createOrder = (patch: Patch, marker: string | undefined, kit: Kit): Plan => {
  const rows = isRows(patch["lines"]) ? patch["lines"].rows.flatMap((row) => row.set === null ? [] : [row]) : []
  const currency = textIn(patch, "currencyCode") ?? kit.shop.currency
  const customer = textIn(patch, "customer.id")
  const address = addressChange("shippingAddress", {}, patch)
  const billing = addressChange("billingAddress", {}, patch)
  const { input } = inputOf(patch, { ...scalars, processedAt: "processedAt", test: "test", taxesIncluded: "taxesIncluded" })
  const tags = tagsOf(patch)
  return step(orderCreate, {
    order: {
      ...Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null)), currency,
      lineItems: rows.map(({ set }) => lineOf(set ?? {}, currency)), ...marker === undefined ? {}
        : { sourceIdentifier: marker },
      ...customer === undefined ? {} : { customer: { toAssociate: { id: customer } } },
      ...address.input === undefined || address.input === null ? {} : { shippingAddress: address.input },
      ...billing.input === undefined || billing.input === null ? {} : { billingAddress: billing.input },
      ...tags.length === 0 ? {} : { tags }
    },
    options: { inventoryBehaviour: "BYPASS", sendReceipt: false, sendFulfillmentReceipt: false }
  }, Object.keys(patch), { idempotent: false })
}

const lineOf = (set: Record_, currency: string): Json => {
  const [variant, title, sku, price] = [textIn(set, "variant.id"), textIn(set, "title"), textIn(set, "sku"), textIn(set, "unitPrice")]
  return {
    quantity: Number(set["quantity"] ?? 1), ...variant === undefined ? { title: title ?? sku ?? "-" } : { variantId: variant },
    ...variant === undefined && sku !== undefined ? { sku } : {},
    ...price === undefined ? {} : { priceSet: { shopMoney: { amount: price,
      currencyCode: textIn(set, "unitPrice.currency") ?? currency } } }
  }
}
