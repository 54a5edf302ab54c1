/** Sales at the tills: orders with payments and refunds, offline ones that arrive late with an old time. */
import type { Json } from "../../../core/model/value.ts"
import { timeOf } from "./customers.ts"
import { change } from "./inventory.ts"
import { limitOf, paged, sorted } from "./page.ts"
import { docs, invalid, isDoc, notFound, picked, plain, text, texts } from "./reply.ts"
import type { Doc } from "./reply.ts"
import type { Endpoint } from "./route.ts"
import type { Seller } from "./seller.ts"

export interface Sale {
  readonly location: string
  readonly lines: ReadonlyArray<{
    readonly variation?: string
    readonly name?: string
    readonly quantity: string
    /** Price of one in minor units, tax included. */
    readonly price: number
  }>
  readonly customer?: string
  /** When it happened at the till; an offline sale arrives up to 72 hours later. Default now. */
  readonly at?: number
  readonly method?: "CARD" | "CASH"
  /** Tax contained in the prices, in minor units. */
  readonly tax?: number
}

const money = (seller: Seller, amount: number): { readonly [key: string]: Json } => ({
  amount,
  currency: seller.currency
})

const minor = (value: Json | undefined): number =>
  isDoc(value) && typeof value["amount"] === "number" ? value["amount"] : 0

/** Rings up a sale: order, payment, and the stock that the till takes down by itself. */
export const sell = (seller: Seller, sale: Sale): Doc => {
  const created = seller.time(sale.at ?? seller.frame.now())
  const [id, payment] = [seller.id("order"), seller.id("payment")]
  const lines = sale.lines.map((line) => lineOf(seller, line))
  const total = lines.reduce((sum, line) => sum + minor(line["total_money"]), 0)
  const kept: Doc = {
    id,
    location_id: sale.location,
    source: { name: "Point of Sale" },
    ...(sale.customer === undefined ? {} : { customer_id: sale.customer }),
    line_items: lines.map(plain),
    state: "COMPLETED",
    created_at: created,
    updated_at: seller.time(),
    closed_at: created,
    total_money: money(seller, total),
    total_tax_money: money(seller, sale.tax ?? 0),
    total_discount_money: money(seller, 0),
    total_tip_money: money(seller, 0),
    total_service_charge_money: money(seller, 0),
    net_amount_due_money: money(seller, 0),
    tenders: [
      {
        id: payment,
        location_id: sale.location,
        transaction_id: id,
        created_at: created,
        type: sale.method ?? "CARD",
        amount_money: money(seller, total),
        payment_id: payment,
        ...(sale.method === "CASH" ? {} : { card_details: { status: "CAPTURED" } })
      }
    ]
  }
  seller.orders.set(id, kept)
  seller.payments.set(payment, {
    id: payment,
    created_at: created,
    updated_at: seller.time(),
    amount_money: money(seller, total),
    total_money: money(seller, total),
    status: "COMPLETED",
    source_type: sale.method ?? "CARD",
    location_id: sale.location,
    order_id: id,
    receipt_number: payment.slice(0, 4),
    ...(sale.method === "CASH"
      ? { cash_details: { buyer_supplied_money: money(seller, total), change_back_money: money(seller, 0) } }
      : {})
  })
  for (const line of sale.lines)
    if (line.variation !== undefined)
      moved(seller, line.variation, sale.location, line.quantity, created, "SOLD")
  told(seller, "created", kept)
  seller.tell("payment.created", "payment", payment, { payment: plain(seller.payments.get(payment) ?? {}) })
  return kept
}

const lineOf = (seller: Seller, line: Sale["lines"][number]): Doc => {
  const variation = line.variation === undefined ? undefined : seller.variations.get(line.variation)
  const item = isDoc(variation?.["item_variation_data"])
    ? seller.items.get(String(variation["item_variation_data"]["item_id"]))
    : undefined
  const name =
    line.name ?? (isDoc(item?.["item_data"]) ? text(item["item_data"]["name"]) : undefined) ?? "Custom amount"
  const total = Math.round(Number(line.quantity) * line.price)
  return {
    uid: seller.id("line"),
    name,
    quantity: line.quantity,
    item_type: line.variation === undefined ? "CUSTOM_AMOUNT" : "ITEM",
    ...(line.variation === undefined
      ? {}
      : {
          catalog_object_id: line.variation,
          variation_name: isDoc(variation?.["item_variation_data"])
            ? (text(variation["item_variation_data"]["name"]) ?? "Regular")
            : "Regular"
        }),
    base_price_money: money(seller, line.price),
    gross_sales_money: money(seller, total),
    total_tax_money: money(seller, 0),
    total_discount_money: money(seller, 0),
    total_money: money(seller, total),
    variation_total_price_money: money(seller, total)
  }
}

/** A tracked variation is taken down by the till itself, at the time of the sale. */
const moved = (
  seller: Seller,
  variation: string,
  location: string,
  quantity: string,
  at: string,
  to: "SOLD" | "IN_STOCK"
): void => {
  if (!seller.counts.has(`${variation}|${location}`)) return
  change(seller, {
    type: "ADJUSTMENT",
    adjustment: {
      catalog_object_id: variation,
      location_id: location,
      quantity,
      occurred_at: at,
      from_state: to === "SOLD" ? "IN_STOCK" : "UNLINKED_RETURN",
      to_state: to
    }
  })
}

const told = (seller: Seller, what: "created" | "updated", order: Doc): void => {
  const id = String(order["id"])
  seller.tell(`order.${what}`, `order_${what}`, id, {
    [`order_${what}`]: plain({
      order_id: id,
      version: 1,
      location_id: order["location_id"],
      state: order["state"],
      created_at: order["created_at"],
      updated_at: order["updated_at"]
    })
  })
}

/**
 * Pays back a part of a sale. The goods come back in a return order of its own that names the sale; the sale's order
 * keeps its time of change, so whoever reads by that time does not see the refund there.
 */
export const refund = (
  seller: Seller,
  order: string,
  amount: number,
  options: { readonly reason?: string; readonly restock?: boolean } = {}
): Doc => {
  const sale = seller.orders.get(order)
  const [tender] = docs(sale?.["tenders"])
  const payment = seller.payments.get(text(tender?.["payment_id"]) ?? "")
  if (sale === undefined || payment === undefined) throw notFound("Order not found.", "order_id")
  const [id, returned, at] = [seller.id("refund"), seller.id("order"), seller.time()]
  const doc: Doc = {
    id,
    status: "COMPLETED",
    location_id: sale["location_id"],
    amount_money: money(seller, amount),
    payment_id: payment["id"],
    order_id: returned,
    reason: options.reason ?? "Returned goods",
    created_at: at,
    updated_at: at
  }
  seller.refunds.set(id, doc)
  const known = texts(payment["refund_ids"])
  seller.payments.set(String(payment["id"]), {
    ...payment,
    updated_at: at,
    refund_ids: [...known, id],
    refunded_money: money(seller, minor(payment["refunded_money"]) + amount)
  })
  const back: Doc = {
    id: returned,
    location_id: sale["location_id"],
    state: "COMPLETED",
    created_at: at,
    updated_at: at,
    closed_at: at,
    total_money: money(seller, 0),
    total_tax_money: money(seller, 0),
    total_discount_money: money(seller, 0),
    returns: [{ uid: seller.id("return"), source_order_id: order }],
    return_amounts: { total_money: money(seller, amount) },
    refunds: [
      {
        id,
        location_id: String(sale["location_id"]),
        transaction_id: returned,
        tender_id: String(tender?.["id"]),
        created_at: at,
        reason: options.reason ?? "Returned goods",
        amount_money: money(seller, amount),
        status: "APPROVED"
      }
    ]
  }
  seller.orders.set(returned, back)
  if (options.restock === true) {
    for (const line of docs(sale["line_items"])) {
      const variation = text(line["catalog_object_id"])
      if (variation !== undefined)
        moved(seller, variation, String(sale["location_id"]), String(line["quantity"]), at, "IN_STOCK")
    }
  }
  seller.tell("refund.created", "refund", id, { refund: plain(doc) })
  told(seller, "created", back)
  return doc
}

const fields: { readonly [field: string]: string } = {
  CREATED_AT: "created_at",
  UPDATED_AT: "updated_at",
  CLOSED_AT: "closed_at"
}

const search = (seller: Seller, body: Doc): Json => {
  const locations = texts(body["location_ids"])
  if (locations.length === 0)
    throw invalid("MISSING_REQUIRED_PARAMETER", "location_ids holds at least one id.", "location_ids")
  if (locations.length > 10)
    throw invalid("ARRAY_LENGTH_TOO_LONG", "location_ids holds at most 10 ids.", "location_ids")
  if (body["return_entries"] === true)
    throw invalid("BAD_REQUEST", "this sandbox does not play return_entries", "return_entries")
  const query = isDoc(body["query"]) ? body["query"] : {}
  const filter = isDoc(query["filter"]) ? query["filter"] : {}
  const sort = isDoc(query["sort"]) ? query["sort"] : {}
  const field = fields[text(sort["sort_field"]) ?? "CREATED_AT"] ?? "created_at"
  const tests = Object.entries(filter).map(([name, asked]) => testOf(name, isDoc(asked) ? asked : {}, field))
  const found = [...seller.orders.values()].filter(
    (one) => locations.includes(String(one["location_id"])) && tests.every((test) => test(one))
  )
  const keyOf = (one: Doc): string => `${String(one[field])}|${String(one["id"])}`
  const rows = sorted(found, keyOf)
  const { cursor, page } = paged(
    sort["sort_order"] === "ASC" ? rows : rows.toReversed(),
    keyOf,
    limitOf(body["limit"], 1_000, 500),
    [locations, filter, sort],
    body["cursor"]
  )
  return plain({ orders: page.length === 0 ? undefined : page.map(plain), cursor })
}

const testOf = (
  name: string,
  asked: { readonly [key: string]: Json },
  sortedBy: string
): ((one: Doc) => boolean) => {
  if (name === "state_filter") {
    const states = texts(asked["states"])
    return (one) => states.includes(String(one["state"]))
  }
  if (name === "customer_filter") {
    const ids = texts(asked["customer_ids"])
    return (one) => ids.includes(String(one["customer_id"]))
  }
  const [field, window] = Object.entries(asked)[0] ?? []
  if (name !== "date_time_filter" || field === undefined || !isDoc(window)) {
    throw invalid("BAD_REQUEST", `this sandbox does not play the filter ${name}`, `query.filter.${name}`)
  }
  if (Object.keys(asked).length > 1 || field !== sortedBy) {
    throw invalid(
      "BAD_REQUEST",
      "The sort field must be the one that the date_time_filter names.",
      "query.sort.sort_field"
    )
  }
  const [start, end] = [text(window["start_at"]), text(window["end_at"])]
  const [from, to] = [
    start === undefined ? -Infinity : timeOf(start, field),
    end === undefined ? Infinity : timeOf(end, field)
  ]
  return (one) => Date.parse(String(one[field])) >= from && Date.parse(String(one[field])) <= to
}

/** Lists of payments and refunds: windows by either time, oldest or newest first. */
const listed = (rows: Iterable<Doc>, name: string, query: Doc): Json => {
  const known = [
    "begin_time",
    "end_time",
    "updated_at_begin_time",
    "updated_at_end_time",
    "sort_field",
    "sort_order",
    "location_id",
    "cursor",
    "limit"
  ]
  for (const asked of Object.keys(query))
    if (!known.includes(asked)) throw invalid("BAD_REQUEST", `this sandbox does not play ${asked}`, asked)
  const within = (one: Doc, field: string, from: Json | undefined, to: Json | undefined): boolean => {
    const at = Date.parse(String(one[field]))
    return (
      (from === undefined || at >= timeOf(String(from), field)) &&
      (to === undefined || at <= timeOf(String(to), field))
    )
  }
  const found = [...rows].filter(
    (one) =>
      within(one, "created_at", query["begin_time"], query["end_time"]) &&
      within(one, "updated_at", query["updated_at_begin_time"], query["updated_at_end_time"]) &&
      (query["location_id"] === undefined || one["location_id"] === query["location_id"])
  )
  const field = query["sort_field"] === "UPDATED_AT" ? "updated_at" : "created_at"
  const keyOf = (one: Doc): string => `${String(one[field])}|${String(one["id"])}`
  const ascending = sorted(found, keyOf)
  const { cursor, ...rest } = query
  const page = paged(
    query["sort_order"] === "ASC" ? ascending : ascending.toReversed(),
    keyOf,
    Math.min(100, limitOf(query["limit"], 1_000, 100)),
    plain(rest),
    cursor
  )
  return plain({ [name]: page.page.length === 0 ? undefined : page.page.map(plain), cursor: page.cursor })
}

const one = (rows: ReadonlyMap<string, Doc>, id: string | undefined, name: string): Json => {
  const found = rows.get(id ?? "")
  if (found === undefined) throw notFound(`${name} not found.`, `${name}_id`)
  return { [name]: plain(found) }
}

export const saleEndpoints: ReadonlyArray<Endpoint> = [
  {
    at: "POST /v2/orders/search",
    scope: "ORDERS_READ",
    takes: "SearchOrdersRequest",
    answers: "SearchOrdersResponse",
    run: (seller, { body }) => search(seller, body)
  },
  {
    at: "POST /v2/orders/batch-retrieve",
    scope: "ORDERS_READ",
    takes: "BatchGetOrdersRequest",
    answers: "BatchGetOrdersResponse",
    run: (seller, { body }) => {
      const ids = texts(body["order_ids"])
      if (ids.length > 100)
        throw invalid("ARRAY_LENGTH_TOO_LONG", "order_ids holds at most 100 ids.", "order_ids")
      return { orders: picked((id) => seller.orders.get(id), ids).map(plain) }
    }
  },
  {
    at: "GET /v2/orders/:id",
    scope: "ORDERS_READ",
    answers: "GetOrderResponse",
    run: (seller, { path }) => one(seller.orders, path[0], "order")
  },
  {
    at: "GET /v2/payments",
    scope: "PAYMENTS_READ",
    answers: "ListPaymentsResponse",
    // Without a location the main one is meant, which is the first.
    run: (seller, { query }) =>
      listed(seller.payments.values(), "payments", { location_id: [...seller.locations.keys()][0], ...query })
  },
  {
    at: "GET /v2/payments/:id",
    scope: "PAYMENTS_READ",
    answers: "GetPaymentResponse",
    run: (seller, { path }) => one(seller.payments, path[0], "payment")
  },
  {
    at: "GET /v2/refunds",
    scope: "PAYMENTS_READ",
    answers: "ListPaymentRefundsResponse",
    run: (seller, { query }) => listed(seller.refunds.values(), "refunds", query)
  },
  {
    at: "GET /v2/refunds/:id",
    scope: "PAYMENTS_READ",
    answers: "GetPaymentRefundResponse",
    run: (seller, { path }) => one(seller.refunds, path[0], "refund")
  }
]

/** Somebody renames a ticket at the till. */
export const rename = (seller: Seller, order: string, ticket: string): void => {
  const known = seller.orders.get(order)
  if (known === undefined) throw notFound("Order not found.", "order_id")
  const after: Doc = { ...known, ticket_name: ticket, updated_at: seller.time() }
  seller.orders.set(order, after)
  told(seller, "updated", after)
}
