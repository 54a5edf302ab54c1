/** Orders with their line items. HubSpot has no axis for payment or returns, and one tracking number an order. */
import { codec, country, decimal, email, instant, mapping, money, refuse, table } from "../../core/mapping/index.ts"
import { Order } from "../../core/model/index.ts"
import { isMoney, negated } from "../../core/model/money.ts"
import { isList, isRecord, value } from "../../core/model/value.ts"
import { Order as Held } from "../../connectors/hubspot/records.ts"
import { Schema } from "effect"

const own = { column: "hs_currency_code" } as const
const amount = money(3, own)

/** What HubSpot takes off is positive there, and negative in the model. */
const takenOff: typeof amount = {
  ...amount,
  name: `negative ${amount.name}`,
  decode: (raw, row) => {
    const read = amount.decode(raw, row)
    return read._tag === "Value" && isMoney(read.value) ? value(negated(read.value)) : read
  },
  encode: (canonical, into) => isMoney(canonical) ? amount.encode(negated(canonical), into) : refuse("is not an amount")
}

type Tracking = ReadonlyArray<{ readonly number?: string; readonly url?: string }>

/** One number stands for the parcels of a fulfilment. */
const tracking = codec<Tracking>({
  name: "hubspot tracking",
  from: Schema.String,
  to: Schema.Array(Schema.Struct({
    number: Schema.optionalKey(Schema.String), url: Schema.optionalKey(Schema.String)
  })),
  lossy: "one number, without its address",
  decode: (raw) => typeof raw === "string" ? value([{ number: raw.trim().normalize("NFC") }])
    : { _tag: "Invalid", raw, why: "is not text" },
  encode: (canonical) => {
    const first = isList(canonical) ? canonical[0] : undefined
    const number = isRecord(first) ? first["number"] : undefined
    return typeof number === "string" ? number : refuse("has no number")
  }
})

const lifecycle = table({
  draft: "draft", open: "open", on_hold: "on_hold", cancelled: "cancelled", canceled: "cancelled", closed: "closed",
  archived: "archived"
}, { ignoreCase: true })

const fulfilment = table({
  Unfulfilled: "unfulfilled", Partial: "partial", "Partially fulfilled": "partial", Fulfilled: "fulfilled",
  Shipped: "fulfilled", Restocked: "restocked"
}, { ignoreCase: true })

export const order = mapping(Held, Order, ({ field, flat, group, list, reference, writeOnly }) => ({
  orderNumber: field("hs_order_name"),
  store: field("hs_source_store"),
  customer: reference("contact.id", { entity: "customer", resource: "contacts" }),
  "buyer.email": field("hs_billing_address_email", email),
  "address.billing": group({
    recipient: "hs_billing_address_name", street: "hs_billing_address_street", city: "hs_billing_address_city",
    subdivisionRaw: "hs_billing_address_state", postalCode: "hs_billing_address_postal_code",
    country: field("hs_billing_address_country", country("en"))
  }),
  "address.shipping": group({
    recipient: "hs_shipping_address_name", street: "hs_shipping_address_street", city: "hs_shipping_address_city",
    subdivisionRaw: "hs_shipping_address_state", postalCode: "hs_shipping_address_postal_code",
    country: field("hs_shipping_address_country", country("en"))
  }),
  placedAt: field("hs_external_created_date", instant({ digits: 3 })),
  currency: field("hs_currency_code"),
  "status.lifecycle": field("hs_external_order_status", lifecycle),
  "status.fulfilment": field("hs_fulfillment_status", fulfilment),
  // Whether prices contain tax is not said there: with the subtotal read, every gross order would look wrong.
  "totals.subtotal": writeOnly(field("hs_subtotal_price", amount)),
  "totals.order_discount": field("hs_order_discount", takenOff),
  "totals.shipping": field("hs_shipping_cost", amount),
  "totals.tax": field("hs_tax", amount),
  "totals.total": field("hs_total_price", amount),
  "totals.refunded": field("hs_refund_amount", amount),
  fulfilments: flat([{ tracking: field("hs_shipping_tracking_number", tracking) }]),
  lines: list("line_items", ({ field, readOnly, reference }) => ({
    variant: reference("hs_product_id", { entity: "product", resource: "products" }),
    sku: field("hs_sku"),
    title: field("name"),
    quantity: field("quantity", decimal()),
    unitPrice: field("price", money(9, { column: "hs_line_item_currency_code" })),
    total: readOnly(field("amount", money(3, { column: "hs_line_item_currency_code" })))
  }), { key: "hs_object_id" })
}))
