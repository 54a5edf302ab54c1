/** Order: what was agreed, as the place of sale declared it, and how far payment, delivery and returns have come. */
import { Address } from "./address.ts"
import { Currency } from "./code.ts"
import { addScaled, compareScaled } from "./decimal.ts"
import type { Scaled } from "./decimal.ts"
import { Phone } from "./e164.ts"
import { Email } from "./email.ts"
import { entity, field } from "./entity.ts"
import type { Fault, KeyKind, Read, TypeOf } from "./entity.ts"
import { Instant, LocalDate } from "./instant.ts"
import { numberKey, oneKey, rowsAt, textAt } from "./key.ts"
import { Notes, Words } from "./label.ts"
import { Fulfilments, Lines, Payments, Refunds, ShippingLines } from "./line.ts"
import { exponentOf, isMoney, Money, negated, scaledOf } from "./money.ts"
import { References } from "./reference.ts"
import { forward } from "./state.ts"
import { folded, Text, Word } from "./text.ts"
import { Bool, oneOf, Ref } from "./type.ts"
import type { Json, Money as Amount, Path } from "./value.ts"

/** The axes are independent: a paid order may be cancelled, a closed one returned. */
const lifecycle = ["draft", "open", "on_hold", "cancelled", "closed", "archived"] as const
const payment = [
  "pending", "authorized", "partially_paid", "paid", "disputed", "partially_refunded", "refunded", "voided"
] as const
const fulfilment = ["unfulfilled", "partial", "fulfilled", "restocked"] as const
const returned = ["none", "requested", "in_progress", "returned"] as const

const total = (doc: string) => field(Money, "O", "none", doc)

const fields = {
  refs: field(References, "A", "none", "Numbers of this order in other systems, where a system carries them itself."),
  orderNumber: field(Word, "I", "personal", "Number as the customer quotes it; unique within `store`."),
  channel: field(oneOf("online", "pos", "marketplace", "phone", "b2b", "social", "agent"), "I", "none", "How it came in."),
  store: field(Word, "I", "none", "Shop or legal entity that numbers its orders by itself."),
  location: field(Ref, "L", "none", "Where it was placed, for tills.", { references: "location" }),
  customer: field(Ref, "L", "personal", "Who bought.", { references: "customer" }),
  "buyer.name": field(Text, "I", "personal", "Name of the buyer at the time."),
  "buyer.company": field(Text, "I", "personal", "Company of the buyer at the time."),
  "buyer.email": field(Email, "I", "personal", "E-mail address of the buyer at the time."),
  "buyer.phone": field(Phone, "I", "personal", "Telephone number of the buyer at the time."),
  "address.billing": field(Address, "L", "personal", "Where the invoice goes."),
  "address.shipping": field(Address, "L", "personal", "Where the goods go."),
  placedAt: field(Instant, "I", "none", "When it was placed."),
  businessDate: field(LocalDate, "I", "none", "Day it is booked on, where it was placed."),
  currency: field(Currency, "I", "none", "Currency it was agreed in."),
  taxInclusive: field(Bool, "I", "none", "Whether prices of lines and shipping contain tax."),
  "status.lifecycle": field(oneOf(...lifecycle), "M", "none", "Where the order stands.", {
    next: forward(lifecycle, { on_hold: ["open"], closed: ["open"] })
  }),
  "status.payment": field(oneOf(...payment), "M", "none", "Where payment stands.", {
    next: forward(payment, { disputed: ["paid"] })
  }),
  "status.fulfilment": field(oneOf(...fulfilment), "M", "none", "Where delivery stands.", { next: forward(fulfilment) }),
  "status.return": field(oneOf(...returned), "M", "none", "Where returns stand.", {
    next: forward(returned, { requested: ["none"], in_progress: ["none"] })
  }),
  lines: field(Lines, "S", "none", "What was bought."),
  shippingLines: field(ShippingLines, "S", "none", "How it is sent, and what that costs."),
  "totals.subtotal": total("Sum of the lines, after their discounts."),
  "totals.line_discount": total("Of it, what was taken off lines; already contained in the lines."),
  "totals.order_discount": total("Taken off the whole order; negative."),
  "totals.shipping": total("Shipping."),
  "totals.shipping_discount": total("Taken off shipping; negative."),
  "totals.fee": total("Fees."),
  "totals.tip": total("Tips."),
  "totals.deposit": total("Deposits on bottles and the like."),
  "totals.duty": total("Duties."),
  "totals.tax": total("Tax; contained in the other rows if `taxInclusive`."),
  "totals.rounding": total("Rounding, e.g. of cash."),
  "totals.gift_card": total("Paid by gift card."),
  "totals.total": total("What the order comes to."),
  "totals.paid": total("What has been paid."),
  "totals.refunded": total("What has been paid back."),
  "totals.due": total("What is still to be paid."),
  payments: field(Payments, "A", "none", "What was paid, step by step."),
  fulfilments: field(Fulfilments, "A", "none", "What was sent."),
  refunds: field(Refunds, "A", "none", "What was paid back."),
  "cancellation.at": field(Instant, "L", "none", "When it was cancelled."),
  "cancellation.reason": field(Text, "L", "personal", "Why."),
  "cancellation.by": field(oneOf("customer", "merchant", "system", "fraud"), "L", "none", "Who cancelled."),
  "cancellation.restock": field(Bool, "L", "none", "Whether the goods went back into stock."),
  notes: field(Notes, "A", "personal", "Notes; they are added to and never changed."),
  tags: field(Words, "S", "personal", "Free labels."),
  test: field(Bool, "I", "none", "Not a real order.")
} as const

const keys: ReadonlyArray<KeyKind> = [{
  kind: "orderNumber",
  paths: ["orderNumber", "store"],
  of: (read) => oneKey(textAt(read, "orderNumber"), orderKey).map((key) => `${folded(textAt(read, "store") ?? "")}|${key}`)
}]

/** `#1001` and `1001` are one order. */
const orderKey = (text: string): string | undefined => numberKey(text.replace(/^\s*#/, ""))

/**
 * Sums that the source itself declares must agree, within one minor unit a line. A source that declares too little is
 * not checked: a total without its shipping proves nothing. Nothing is ever corrected.
 */
export const totalFaults = (read: Read): ReadonlyArray<Fault> => {
  const lines = rowsAt(read, "lines")
  const declared = (path: Path): Amount | undefined => {
    const found = read(path)
    return isMoney(found) ? found : undefined
  }
  const subtotal = declared("totals.subtotal")
  const sums: ReadonlyArray<readonly [Path, Amount | undefined, ReadonlyArray<Json | undefined>]> = [
    ["totals.subtotal", subtotal, lines.length === 0 ? [undefined] : lines.map((line) => line["total"])],
    ["totals.total", declared("totals.total"), partsOfTotal(read)],
    ["totals.paid", declared("totals.paid"), paidParts(read)]
  ]
  return sums.flatMap(([path, amount, parts]) =>
    amount === undefined || isSum(amount, parts, lines.length) ? [] : [{ path, cause: mismatch(path) }]
  )
}

const mismatch = (path: Path): string => `TOTAL_MISMATCH: ${path} is not the sum of its declared parts`

/** Everything that makes up the total; an undeclared subtotal, shipping or tax means that the parts are not known. */
const partsOfTotal = (read: Read): ReadonlyArray<Json | undefined> => {
  const taxed = read("taxInclusive") === true ? [] : [read("totals.tax")]
  const extras = ["order_discount", "shipping_discount", "fee", "tip", "deposit", "duty", "rounding"] as const
  const declared = extras.flatMap((name) => read(`totals.${name}`) ?? [])
  return [read("totals.subtotal"), read("totals.shipping"), ...taxed, ...declared]
}

/** Money that came in; a payment that is pending, failed or of unknown kind leaves the sum unknown. */
const paidParts = (read: Read): ReadonlyArray<Json | undefined> => {
  const payments = rowsAt(read, "payments").filter(({ status }) => status !== "failed")
  if (payments.length === 0) return [undefined]
  return payments.flatMap(({ kind, status, amount }) => {
    if (kind === undefined || status === "pending") return [undefined]
    return kind === "capture" || kind === "sale" ? [amount] : []
  })
}

/** True also where a part is missing or of another currency: then there is nothing to check. */
const isSum = (declared: Amount, parts: ReadonlyArray<Json | undefined>, lines: number): boolean => {
  const amounts = parts.filter(isMoney)
  if (amounts.length < parts.length || amounts.some((one) => one.currency !== declared.currency)) return true
  const { units, scale } = addScaled(amounts.map(scaledOf).reduce(addScaled, zero), scaledOf(negated(declared)))
  const off: Scaled = { units: units < 0n ? -units : units, scale }
  return compareScaled(off, { units: BigInt(Math.max(1, lines)), scale: exponentOf(declared.currency) }) <= 0
}

const zero: Scaled = { units: 0n, scale: 0 }

export const Order = entity({ name: "order", fields, keys, check: totalFaults })
export type Order = TypeOf<typeof Order>
