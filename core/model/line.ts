/** What an order is made of: lines, shipping, payments, fulfilments, refunds; amounts as the source declares them. */
import { Schema } from "effect"
import { Country } from "./code.ts"
import { Decimal } from "./decimal.ts"
import { field, listOf } from "./entity.ts"
import type { ElementOf } from "./entity.ts"
import { Gtin } from "./gtin.ts"
import { Instant } from "./instant.ts"
import { Money } from "./money.ts"
import { Text, Word } from "./text.ts"
import { exact, oneOf, Properties, Ref } from "./type.ts"
import type { ValueType } from "./type.ts"
import type { Value } from "./value.ts"

/** Rows inside an element: they come and go with it and are compared as a whole. */
const rows = <A extends Value>(name: string, doc: string, row: Schema.Codec<A, unknown>): ValueType<ReadonlyArray<A>> =>
  exact(`List<${name}>`, doc, Schema.Array(row).check(Schema.isMinLength(1)))

const text = Schema.optionalKey(Text.schema)
const money = Schema.optionalKey(Money.schema)

export const Taxes = rows("Tax", "Rows of `{ name, category, country, rate, taxable, amount }`.", Schema.Struct({
  name: text,
  /** UNCL 5305: S standard, Z zero, E exempt, AE reverse charge, ... */
  category: Schema.optionalKey(Schema.String.check(Schema.isPattern(/^[A-Z]{1,2}$/))),
  country: Schema.optionalKey(Country.schema),
  /** Percent, as a decimal: `19`, `7.7`. */
  rate: Schema.optionalKey(Decimal.schema),
  taxable: money,
  amount: money
}))

export const Discounts = rows("Discount", "Rows of `{ code, title, amount }`; the amount is taken off.", Schema.Struct({
  code: text,
  title: text,
  amount: money
}))

const Tracking = rows("Tracking", "Rows of `{ number, url }`.", Schema.Struct({ number: text, url: text }))

const Parts = rows("Part", "Rows of `{ line, quantity }`; `line` is the id of an order line.", Schema.Struct({
  line: Text.schema,
  quantity: Decimal.schema
}))

const RefundParts = rows(
  "RefundPart",
  "Rows of `{ line, quantity, amount, tax, restock }`; `line` is the id of an order line.",
  Schema.Struct({
    line: Text.schema,
    quantity: Schema.optionalKey(Decimal.schema),
    amount: money,
    tax: money,
    restock: Schema.optionalKey(Schema.Boolean)
  })
)

const line = {
  variant: field(Ref, "O", "none", "The variant that was sold.", { references: "product" }),
  sku: field(Word, "I", "none", "Article number at the time."),
  gtin: field(Gtin, "I", "none", "Barcode number at the time."),
  title: field(Text, "I", "none", "Name at the time."),
  optionValues: field(Properties, "I", "none", "Option values at the time."),
  quantity: field(Decimal, "O", "none", "How many were ordered."),
  unitPrice: field(Money, "O", "none", "Price of one, before discounts; may be finer than the currency."),
  discounts: field(Discounts, "O", "none", "What was taken off."),
  taxes: field(Taxes, "O", "none", "Taxes on this line."),
  total: field(Money, "O", "none", "What the line comes to, after discounts, as the source declares it."),
  properties: field(Properties, "O", "personal", "What the customer had done to it, e.g. an engraving.")
} as const

export type OrderLine = ElementOf<typeof line>
export const Lines = listOf("OrderLine", line, { key: (one) => one.id, ordered: true })

export const ShippingLines = listOf("ShippingLine", {
  title: field(Text, "O", "none", "What the customer chose."),
  code: field(Text, "O", "none", "Code of the method."),
  amount: field(Money, "O", "none", "What it costs, before discounts."),
  discounts: field(Discounts, "O", "none", "What was taken off."),
  taxes: field(Taxes, "O", "none", "Taxes on shipping.")
}, { key: (one) => one.id, ordered: true })

const payment = {
  kind: field(oneOf("authorize", "capture", "sale", "void", "refund", "chargeback"), "I", "none", "What was done."),
  method: field(
    oneOf("card", "cash", "wallet", "bnpl", "bank_transfer", "gift_card", "store_credit", "points", "cheque", "cod", "account"),
    "I",
    "none",
    "How it was paid."
  ),
  amount: field(Money, "I", "none", "How much."),
  gateway: field(Text, "I", "none", "Who handled it."),
  gatewayRef: field(Text, "I", "personal", "Its number there."),
  status: field(oneOf("pending", "succeeded", "failed"), "L", "none", "What came of it."),
  at: field(Instant, "I", "none", "When.")
} as const

export type Payment = ElementOf<typeof payment>
export const Payments = listOf("Payment", payment, { key: (one) => one.id, ordered: false })

export const Fulfilments = listOf("Fulfilment", {
  lines: field(Parts, "I", "none", "What was sent; absent: everything."),
  location: field(Ref, "I", "none", "Where it left.", { references: "location" }),
  method: field(oneOf("ship", "pickup", "local_delivery", "digital", "instore"), "I", "none", "How it reached the customer."),
  carrier: field(Text, "L", "none", "Who carries it."),
  service: field(Text, "L", "none", "What kind of delivery."),
  tracking: field(Tracking, "L", "personal", "Numbers to follow it by."),
  shippedAt: field(Instant, "L", "none", "When it left."),
  deliveredAt: field(Instant, "L", "none", "When it arrived.")
}, { key: (one) => one.id, ordered: false })

export const Refunds = listOf("Refund", {
  lines: field(RefundParts, "I", "none", "What was given back."),
  amount: field(Money, "I", "none", "How much was paid back in all."),
  shipping: field(Money, "I", "none", "Of it, for shipping."),
  reason: field(Text, "I", "personal", "Why."),
  at: field(Instant, "I", "none", "When.")
}, { key: (one) => one.id, ordered: false })

