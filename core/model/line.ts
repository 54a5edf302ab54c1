/** What an order is made of: lines, shipping, payments, fulfilments, refunds; amounts as the source declares them. */
import { Country } from "./code.ts"
import { Decimal, decimalKey } from "./decimal.ts"
import { field, listOf } from "./entity.ts"
import type { ElementOf } from "./entity.ts"
import { Gtin } from "./gtin.ts"
import { Instant } from "./instant.ts"
import { formatMoney, Money } from "./money.ts"
import { folded, Text, Word } from "./text.ts"
import { Bool, oneOf, Properties, Ref, rowsOf, shape } from "./type.ts"

export const Taxes = rowsOf(shape("Tax", {
  name: Text,
  // UNCL 5305: S standard, Z zero, E exempt, AE reverse charge, K, G, O, L, M
  category: oneOf("S", "Z", "E", "AE", "K", "G", "O", "L", "M"),
  country: Country,
  // percent: `19`, `7.7`
  rate: Decimal,
  taxable: Money,
  amount: Money
}))

/** Amounts are what is taken off. */
export const Discounts = rowsOf(shape("Discount", { code: Text, title: Text, amount: Money }))

const Tracking = rowsOf(shape("Tracking", { number: Text, url: Text }))

/** `line` is the id of an order line. */
const Parts = rowsOf(shape("Part", { line: Text, quantity: Decimal }))
const RefundParts = rowsOf(shape("RefundPart", { line: Text, quantity: Decimal, amount: Money, tax: Money, restock: Bool }))

const named = (text: string | undefined): string | undefined => text === undefined ? undefined : folded(text)

/** One text, where every part is known. */
const joined = (...parts: ReadonlyArray<string | undefined>): string | undefined =>
  parts.includes(undefined) ? undefined : parts.join("|")

const worth = (money: Money | undefined): string | undefined =>
  money === undefined ? undefined : `${decimalKey(formatMoney(money))} ${money.currency}`

const line = {
  variant: field(Ref, "O", "none", "The variant that was sold.", { references: "product", within: "variants" }),
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

/** Two systems number the lines of one order by themselves; what was sold is what they share. */
export const Lines = listOf("OrderLine", line, {
  key: ({ sku, gtin, title }) => named(sku) ?? gtin ?? named(title),
  ordered: true
})

export const ShippingLines = listOf("ShippingLine", {
  title: field(Text, "O", "none", "What the customer chose."),
  code: field(Text, "O", "none", "Code of the method."),
  amount: field(Money, "O", "none", "What it costs, before discounts."),
  discounts: field(Discounts, "O", "none", "What was taken off."),
  taxes: field(Taxes, "O", "none", "Taxes on shipping.")
}, { key: ({ code, title }) => named(code) ?? named(title), ordered: true })

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
export const Payments = listOf("Payment", payment, {
  key: ({ kind, gateway, gatewayRef, amount, at }) =>
    joined(named(gateway), gatewayRef, kind) ?? joined(at, worth(amount), kind),
  ordered: false
})

export const Fulfilments = listOf("Fulfilment", {
  lines: field(Parts, "I", "none", "What was sent; absent: everything."),
  location: field(Ref, "I", "none", "Where it left.", { references: "location" }),
  method: field(oneOf("ship", "pickup", "local_delivery", "digital", "instore"), "I", "none", "How it reached the customer."),
  carrier: field(Text, "L", "none", "Who carries it."),
  service: field(Text, "L", "none", "What kind of delivery."),
  tracking: field(Tracking, "L", "personal", "Numbers to follow it by."),
  shippedAt: field(Instant, "L", "none", "When it left."),
  deliveredAt: field(Instant, "L", "none", "When it arrived.")
}, {
  key: ({ tracking, carrier, shippedAt }) => tracking?.[0]?.number ?? joined(shippedAt, named(carrier)),
  ordered: false
})

export const Refunds = listOf("Refund", {
  lines: field(RefundParts, "I", "none", "What was given back."),
  amount: field(Money, "I", "none", "How much was paid back in all."),
  shipping: field(Money, "I", "none", "Of it, for shipping."),
  reason: field(Text, "I", "personal", "Why."),
  at: field(Instant, "I", "none", "When.")
}, { key: ({ at, amount }) => joined(at, worth(amount)), ordered: false })

