/** Sales at the tills, with what was paid and paid back. Read only: a sale is made at a till and nowhere else. */
import { decimal, instant, mapping, minorUnits, table } from "../../core/mapping/index.ts"
import { Order } from "../../core/model/index.ts"
import { SquareOrder } from "../../connectors/square/records.ts"
import { channel } from "./codecs.ts"

const lifecycle = table({ DRAFT: "draft", OPEN: "open", COMPLETED: "closed", CANCELED: "cancelled" })

const paid = table({
  PENDING: "pending",
  AUTHORIZED: "authorized",
  PARTIALLY_PAID: "partially_paid",
  PAID: "paid",
  PARTIALLY_REFUNDED: "partially_refunded",
  REFUNDED: "refunded",
  VOIDED: "voided"
})

const fulfilled = table({ UNFULFILLED: "unfulfilled", PARTIAL: "partial", FULFILLED: "fulfilled" })

/** TenderType of the vendor. */
const methods = table({
  CARD: "card",
  CASH: "cash",
  THIRD_PARTY_CARD: "card",
  SQUARE_GIFT_CARD: "gift_card",
  BANK_ACCOUNT: "bank_transfer",
  WALLET: "wallet",
  BUY_NOW_PAY_LATER: "bnpl",
  SQUARE_ACCOUNT: "wallet",
  HOUSE_ACCOUNT: "account"
})

const whole = minorUnits({ column: "total_money.currency" })
const row = minorUnits({ column: "amount_money.currency" })

export const order = mapping(SquareOrder, Order, ({ constant, field, list, readOnly, reference }) => ({
  orderNumber: readOnly(field("id")),
  store: constant("square"),
  channel: readOnly(field("source.name", channel)),
  location: readOnly(reference("location_id", { entity: "location", resource: "locations" })),
  customer: readOnly(reference("customer_id", { entity: "customer", resource: "customers" })),
  placedAt: readOnly(field("created_at", instant())),
  currency: readOnly(field("total_money.currency")),
  taxInclusive: readOnly(field("taxes_inclusive", table({ true: true, false: false }))),
  "status.lifecycle": readOnly(field("state", lifecycle)),
  "status.payment": readOnly(field("payment_state", paid)),
  "status.fulfilment": readOnly(field("fulfillment_state", fulfilled)),
  "totals.total": readOnly(field("total_money.amount", whole)),
  "totals.tax": readOnly(field("total_tax_money.amount", whole)),
  "totals.line_discount": readOnly(field("total_discount_money.amount", whole)),
  "totals.tip": readOnly(field("total_tip_money.amount", whole)),
  "totals.fee": readOnly(field("total_service_charge_money.amount", whole)),
  "totals.due": readOnly(field("net_amount_due_money.amount", whole)),
  "totals.paid": readOnly(field("paid_money.amount", whole)),
  "totals.refunded": readOnly(field("refunded_money.amount", whole)),
  lines: readOnly(
    list(
      "line_items",
      ({ field, reference }) => ({
        variant: reference("catalog_object_id", { entity: "product", resource: "variations" }),
        title: field("name"),
        quantity: field("quantity", decimal({ scale: 5 })),
        unitPrice: field("base_price_money.amount", minorUnits({ column: "base_price_money.currency" })),
        total: field("total_money.amount", minorUnits({ column: "total_money.currency" }))
      }),
      { key: "uid", resource: "order_lines" }
    )
  ),
  payments: readOnly(
    list(
      "tenders",
      ({ constant, field }) => ({
        kind: field(
          "status",
          table({ CAPTURED: "sale", AUTHORIZED: "authorize", VOIDED: "void", FAILED: "sale" })
        ),
        method: field("type", methods),
        amount: field("amount_money.amount", row),
        gateway: constant("square"),
        gatewayRef: field("payment_id"),
        at: field("created_at", instant())
      }),
      { key: "id", resource: "tenders" }
    )
  ),
  refunds: readOnly(
    list(
      "refunds",
      ({ field }) => ({
        amount: field("amount_money.amount", row),
        reason: field("reason"),
        at: field("created_at", instant())
      }),
      { key: "id", resource: "refunds" }
    )
  )
}))
