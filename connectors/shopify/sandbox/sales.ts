/** Mutations of orders: creation, updates, cancellation, fulfilments with tracking, refunds, edits. */
import { fault, isRow, numberAt, rowAt, rowsAt, textAt, wordsAt } from "./change.ts"
import type { Change } from "./change.ts"
import { cents, text } from "./amount.ts"
import { fulfillmentHook, orderHook, refundHook } from "./hooks.ts"
import { stockSold } from "./stock.ts"
import type { Line, Order, Row, Shop } from "./state.ts"
import { fulfillmentOrderOf, fulfillmentView, orderView, totalsOf } from "./view.ts"
import type { Args } from "./view.ts"

export interface Sale {
  readonly customer?: string
  readonly email?: string
  readonly phone?: string
  readonly at?: string
  readonly sourceName?: string
  readonly sourceIdentifier?: string
  readonly location?: string
  readonly shippingAddress?: Row
  readonly billingAddress?: Row
  readonly shipping?: string
  readonly test?: boolean
  readonly paid?: boolean
  readonly note?: string
  readonly lines: ReadonlyArray<{
    readonly variant?: string; readonly title?: string; readonly quantity: number; readonly price?: string
    readonly taxRate?: number
  }>
}

const lineOf = (shop: Shop, sale: Sale["lines"][number]): Line => {
  const variant = shop.variants.get(sale.variant ?? "")
  const product = variant === undefined ? undefined : shop.products.get(variant.product)
  const item = variant === undefined ? undefined : shop.items.get(variant.item)
  return {
    id: shop.id("LineItem"), variant: variant?.id ?? null, sku: item?.sku ?? null, title: sale.title ?? product?.title ?? "Item",
    variantTitle: variant === undefined || variant.options.length === 0 ? null
      : variant.options.map((one) => one.value).join(" / "),
    quantity: sale.quantity, currentQuantity: sale.quantity, unfulfilled: sale.quantity, price: sale.price
      ?? variant?.price ?? "0.00",
    discount: "0.00", taxRate: sale.taxRate ?? 19
  }
}

export const placeOrder = (shop: Shop, sale: Sale): Order => {
  const number = 1001 + shop.orders.size
  const at = sale.at ?? shop.time()
  const order: Order = {
    ...shop.base(shop.id("Order")), name: `#${number}`, processedAt: at, test: sale.test === true, currency: shop.settings.currency,
    taxesIncluded: shop.settings.taxesIncluded, sourceName: sale.sourceName ?? "web",
      sourceIdentifier: sale.sourceIdentifier ?? null,
    location: sale.location ?? null, customer: sale.customer ?? null,
    email: sale.email ?? shop.customers.get(sale.customer ?? "")?.email ?? null, phone: sale.phone ?? null,
      note: sale.note ?? null,
    tags: [], cancelledAt: null, cancelReason: null, closedAt: null, edited: false,
      billingAddress: sale.billingAddress ?? null,
    shippingAddress: sale.shippingAddress ?? null, lines: sale.lines.map((line) => lineOf(shop, line)),
    shipping: sale.shipping === undefined ? null
      : { id: shop.id("ShippingLine"), code: "STANDARD", title: "Standard", price: sale.shipping },
    transactions: [], fulfillments: [], refunds: []
  }
  if (sale.paid !== false) {
    order.transactions.push({ id: shop.id("OrderTransaction"), kind: "SALE", status: "SUCCESS",
      gateway: sale.sourceName === "pos" ? "cash" : "shopify_payments", processedAt: at, paymentId: null,
      amount: text(totalsOf(order).total) })
  }
  shop.orders.set(order.id, order)
  stockSold(shop, order)
  shop.hook({ topic: "ORDERS_CREATE", payload: orderHook(order) })
  return order
}

export const changed = (shop: Shop, order: Order, topic = "ORDERS_UPDATED"): void => {
  shop.touch(order)
  shop.hook({ topic, payload: orderHook(order) })
}

const known = (shop: Shop, id: string | undefined): Order | undefined => shop.orders.get(id ?? "")

const create = (shop: Shop, args: Args): unknown => {
  const input = rowAt(args, "order")
  const lines = rowsAt(input, "lineItems")
  if (lines.length === 0) return { order: null, userErrors: [fault("INVALID", "Line items must have at least one line item", "order", "lineItems")] }
  const customer = rowAt(rowAt(input, "customer"), "toAssociate")
  const source = textAt(input, "sourceIdentifier")
  const order = placeOrder(shop, {
    lines: lines.map((line) => ({
      quantity: numberAt(line, "quantity") ?? 1, ...optional("variant", textAt(line, "variantId")), ...optional("title", textAt(line, "title")),
      ...optional("price", priceIn(line))
    })),
    paid: rowsAt(input, "transactions").length > 0,
    ...optional("customer", textAt(customer, "id")), ...optional("email", textAt(input, "email")),
    ...optional("sourceIdentifier", source), ...optional("note", textAt(input, "note")), ...optional("at", textAt(input, "processedAt")),
    sourceName: textAt(input, "sourceName") ?? "esl",
    ...isRow(input["shippingAddress"]) ? { shippingAddress: input["shippingAddress"] } : {}
  })
  order.tags = wordsAt(input, "tags") ?? []
  return { order: orderView(shop, order), userErrors: [] }
}

const optional = <K extends string>(name: K, value: string | undefined): { readonly [key in K]?: string } =>
  value === undefined ? {} : { [name]: value } as { readonly [key in K]?: string }

const priceIn = (line: Row): string | undefined => {
  const amount = rowAt(rowAt(line, "priceSet"), "shopMoney")["amount"]
  return amount === undefined || amount === null ? undefined : String(amount)
}

const update = (shop: Shop, args: Args): unknown => {
  const input = rowAt(args, "input")
  const order = known(shop, textAt(input, "id"))
  if (order === undefined) return { order: null, userErrors: [fault("NOT_FOUND", "Order does not exist", "id")] }
  for (const name of ["email", "phone", "note"] as const) {
    if (input[name] !== undefined) order[name] = textAt(input, name) ?? null
  }
  order.tags = wordsAt(input, "tags") ?? order.tags
  if (isRow(input["shippingAddress"])) order.shippingAddress = input["shippingAddress"]
  changed(shop, order)
  return { order: orderView(shop, order), userErrors: [] }
}

const cancel = (shop: Shop, args: Args): unknown => {
  const order = known(shop, textAt(args, "orderId"))
  const no = order === undefined ? fault("NOT_FOUND", "Order does not exist", "orderId")
    : order.cancelledAt !== null ? fault("INVALID", "Order has already been cancelled", "orderId")
    : order.fulfillments.some((one) => one["status"] === "SUCCESS")
      ? fault("INVALID", "Cannot cancel an order with fulfillments", "orderId") : undefined
  if (order === undefined || no !== undefined) return { job: null, orderCancelUserErrors: no === undefined ? [] : [no] }
  order.cancelledAt = shop.time()
  order.cancelReason = textAt(args, "reason") ?? "OTHER"
  if (args["restock"] === true) stockSold(shop, order, true)
  for (const line of order.lines) line.currentQuantity = 0
  if (rowAt(args, "refundMethod")["originalPaymentMethodsRefund"] === true) refundAll(shop, order)
  changed(shop, order, "ORDERS_CANCELLED")
  return { job: { id: shop.id("Job"), done: true }, orderCancelUserErrors: [] }
}

const refundAll = (shop: Shop, order: Order): void => {
  const { received } = totalsOf(order)
  if (received === 0n) return
  order.transactions.push({ id: shop.id("OrderTransaction"), kind: "REFUND", status: "SUCCESS", gateway: "shopify_payments",
    processedAt: shop.time(), paymentId: null, amount: text(received) })
  order.refunds.push({ id: shop.id("Refund"), createdAt: shop.time(), processedAt: shop.time(), note: null,
    amount: text(received) })
}

const open = (shop: Shop, args: Args, closed: boolean): unknown => {
  const order = known(shop, textAt(rowAt(args, "input"), "id"))
  if (order === undefined) return { order: null, userErrors: [fault("NOT_FOUND", "Order does not exist", "id")] }
  order.closedAt = closed ? shop.time() : null
  changed(shop, order)
  return { order: orderView(shop, order), userErrors: [] }
}

const tracking = (input: Row): ReadonlyArray<Row> => {
  const numbers = wordsAt(input, "numbers") ?? (textAt(input, "number") === undefined ? [] : [textAt(input, "number") ?? ""])
  const urls = wordsAt(input, "urls") ?? (textAt(input, "url") === undefined ? [] : [textAt(input, "url") ?? ""])
  return numbers.map((number, at) => ({ number, url: urls[at] ?? null, company: textAt(input, "company") ?? null }))
}

const fulfil = (shop: Shop, args: Args): unknown => {
  const input = rowAt(args, "fulfillment")
  const [group] = rowsAt(input, "lineItemsByFulfillmentOrder")
  const order = [...shop.orders.values()].find((one) => fulfillmentOrderOf(one.id) === textAt(group ?? {}, "fulfillmentOrderId"))
  if (order === undefined || order.cancelledAt !== null || order.lines.every((line) => line.unfulfilled === 0)) {
    return { fulfillment: null, userErrors: [fault("INVALID", "The fulfillment order is not open", "fulfillment")] }
  }
  const chosen = rowsAt(group ?? {}, "fulfillmentOrderLineItems")
  for (const line of order.lines) {
    const part = chosen.find((one) => textAt(one, "id") === line.id.replace("LineItem", "FulfillmentOrderLineItem"))
    if (chosen.length === 0) line.unfulfilled = 0
    else line.unfulfilled = Math.max(0, line.unfulfilled - (part === undefined ? 0 : numberAt(part, "quantity") ?? 0))
  }
  const location = [...shop.locations.values()].find((one) => one.fulfillsOnlineOrders)?.id ?? null
  const one = { id: shop.id("Fulfillment"), status: "SUCCESS", createdAt: shop.time(), deliveredAt: null, location,
    trackingInfo: [...tracking(rowAt(input, "trackingInfo"))] }
  order.fulfillments.push(one)
  shop.hook({ topic: "FULFILLMENTS_CREATE", payload: fulfillmentHook(one.id, order) })
  changed(shop, order)
  return { fulfillment: fulfillmentView(shop, one), userErrors: [] }
}

const retrack = (shop: Shop, args: Args): unknown => {
  const id = textAt(args, "fulfillmentId") ?? ""
  const order = [...shop.orders.values()].find((one) => one.fulfillments.some((each) => each.id === id))
  const found = order?.fulfillments.find((one) => one.id === id)
  if (order === undefined || found === undefined) return { fulfillment: null, userErrors: [fault("NOT_FOUND", "Fulfillment does not exist", "fulfillmentId")] }
  found["trackingInfo"] = [...tracking(rowAt(args, "trackingInfoInput"))]
  shop.hook({ topic: "FULFILLMENTS_UPDATE", payload: fulfillmentHook(id, order) })
  changed(shop, order)
  return { fulfillment: fulfillmentView(shop, found), userErrors: [] }
}

const refund = (shop: Shop, args: Args): unknown => {
  const input = rowAt(args, "input")
  const order = known(shop, textAt(input, "orderId"))
  if (order === undefined) return { refund: null, order: null, userErrors: [fault("NOT_FOUND", "Order does not exist", "orderId")] }
  const paid = rowsAt(input, "transactions")
  const amount = paid.reduce((sum, one) => sum + cents(String(one["amount"])), 0n)
  const { received, refunded } = totalsOf(order)
  if (refunded + amount > received && input["allowOverRefunding"] !== true) {
    return { refund: null, order: null, userErrors: [fault("INVALID", "Refund amount exceeds the net payment", "transactions")] }
  }
  if (amount > 0n) {
    order.transactions.push({ id: shop.id("OrderTransaction"), kind: "REFUND", status: "SUCCESS", gateway: "shopify_payments",
      processedAt: shop.time(), paymentId: null, amount: text(amount) })
  }
  const one = { id: shop.id("Refund"), createdAt: shop.time(), processedAt: textAt(input, "processedAt") ?? shop.time(),
    note: textAt(input, "note") ?? null, amount: text(amount) }
  order.refunds.push(one)
  shop.hook({ topic: "REFUNDS_CREATE", payload: refundHook(one.id, order) })
  changed(shop, order)
  return { refund: one, order: null, userErrors: [] }
}

/** An edit is begun, staged and committed; here it is kept as the quantity that a line will have. */
const edits = new WeakMap<Order, Map<string, number>>()

const editBegin = (shop: Shop, args: Args): unknown => {
  const order = known(shop, textAt(args, "id"))
  if (order === undefined) return { calculatedOrder: null, userErrors: [fault("NOT_FOUND", "Order does not exist", "id")] }
  edits.set(order, new Map())
  return { calculatedOrder: { id: order.id.replace("/Order/", "/CalculatedOrder/") }, userErrors: [] }
}

const edited = (shop: Shop, args: Args): Order | undefined =>
  known(shop, (textAt(args, "id") ?? "").replace("/CalculatedOrder/", "/Order/"))

const editQuantity = (shop: Shop, args: Args): unknown => {
  const order = edited(shop, args)
  const line = (textAt(args, "lineItemId") ?? "").replace("/CalculatedLineItem/", "/LineItem/")
  const staged = order === undefined ? undefined : edits.get(order)
  if (staged === undefined) return { calculatedOrder: null, userErrors: [fault("INVALID", "The edit was not begun", "id")] }
  staged.set(line, numberAt(args, "quantity") ?? 0)
  return { calculatedOrder: { id: textAt(args, "id") }, userErrors: [] }
}

const editCommit = (shop: Shop, args: Args): unknown => {
  const order = edited(shop, args)
  const staged = order === undefined ? undefined : edits.get(order)
  if (order === undefined || staged === undefined) return { order: null, userErrors: [fault("INVALID", "The edit was not begun", "id")] }
  for (const line of order.lines) {
    const quantity = staged.get(line.id)
    if (quantity === undefined) continue
    line.unfulfilled = Math.max(0, line.unfulfilled + quantity - line.currentQuantity)
    line.currentQuantity = quantity
    line.quantity = Math.max(line.quantity, quantity)
  }
  edits.delete(order)
  order.edited = true
  changed(shop, order)
  return { order: orderView(shop, order), userErrors: [] }
}

export const removed = (shop: Shop, order: Order): void => {
  shop.orders.delete(order.id)
  shop.event(order.id, "ORDER", "destroy")
  shop.hook({ topic: "ORDERS_DELETE", payload: { id: Number(order.id.split("/").pop()) } })
}

export const salesChanges = (shop: Shop): { readonly [mutation: string]: Change } => ({
  orderCreate: (args) => create(shop, args),
  orderUpdate: (args) => update(shop, args),
  orderCancel: (args) => cancel(shop, args),
  orderClose: (args) => open(shop, args, true),
  orderOpen: (args) => open(shop, args, false),
  fulfillmentCreate: (args) => fulfil(shop, args),
  fulfillmentTrackingInfoUpdate: (args) => retrack(shop, args),
  refundCreate: (args) => refund(shop, args),
  orderEditBegin: (args) => editBegin(shop, args),
  orderEditSetQuantity: (args) => editQuantity(shop, args),
  orderEditCommit: (args) => editCommit(shop, args)
})
