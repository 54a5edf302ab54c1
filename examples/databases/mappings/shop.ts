/** The web shop: English names, decimals in text, times in UTC. */
import { Schema as S } from "effect"
import { boolean, country, decimal, e164, email, gtin, instant, mapping, money, split, table } from "esl/mapping"
import { Customer, Inventory, Location, Order, Product } from "esl/model"

const Text = S.NullOr(S.String)
const Count = S.NullOr(S.Number)

export const ShopCustomer = S.Struct({
  id: S.Number, email: Text, first_name: Text, last_name: Text, phone: Text, locale: Text, status: S.String,
  accepts_marketing: Count, marketing_at: Text, tags: Text, loyalty_card: Text,
  addresses: S.Array(S.Struct({
    id: S.Number, kind: S.String, line1: Text, city: Text, zip: Text, country_code: Text, company: Text
  }))
})

export const shopCustomer = mapping(ShopCustomer, Customer, ({ field, flat, group, row, constant }) => ({
  name: group({ given: "first_name", family: "last_name" }),
  email: field("email", email),
  "phone.home": field("phone", e164("DE")),
  language: field("locale"),
  status: field("status", table({ enabled: "active", disabled: "blocked" }, {
    others: { inactive: "disabled", prospect: "enabled", deceased: "disabled", erased: "disabled" }
  })),
  consent: flat([{
    channel: constant("email"),
    purpose: constant("marketing"),
    state: field("accepts_marketing", table({ "1": "granted", "0": "denied" })),
    decidedAt: field("marketing_at", instant({ digits: 0 })),
    decidedBy: constant("subject")
  }]),
  tags: field("tags", split(",")),
  loyaltyNumber: field("loyalty_card"),
  "address.billing": row("addresses", { kind: "billing" }, ({ field, group }) => group({
    company: "company", street: "line1", postalCode: "zip", city: "city", country: field("country_code", country())
  })),
  "address.shipping": row("addresses", { kind: "shipping" }, ({ field, group }) => group({
    company: "company", street: "line1", postalCode: "zip", city: "city", country: field("country_code", country())
  }))
}))

export const ShopProduct = S.Struct({
  id: S.Number, title: S.String, description: Text, vendor: Text, status: S.String, tags: Text,
  variants: S.Array(S.Struct({ id: S.Number, sku: Text, barcode: Text, price: Text }))
})

export const shopProduct = mapping(ShopProduct, Product, ({ field, list }) => ({
  title: field("title"),
  description: field("description"),
  brand: field("vendor"),
  status: field("status", table({ active: "active", draft: "draft", archived: "archived" }, {
    others: { discontinued: "archived" }
  })),
  tags: field("tags", split(",")),
  variants: list("variants", ({ field }) => ({
    sku: field("sku"),
    gtin: field("barcode", gtin(13)),
    price: field("price", money(2, "EUR"))
  }), { key: "id", resource: "product_variants" })
}))

export const ShopLocation = S.Struct({ id: S.Number, name: S.String })

export const shopLocation = mapping(ShopLocation, Location, ({ field }) => ({ name: field("name") }))

export const ShopLevel = S.Struct({ variant_id: S.Number, location_id: S.Number, on_hand: S.Number })

export const shopLevel = mapping(ShopLevel, Inventory, ({ field, reference }) => ({
  variant: reference("variant_id", { entity: "product", resource: "product_variants" }),
  location: reference("location_id", { entity: "location", resource: "locations" }),
  onHand: field("on_hand", decimal({ scale: 0 }))
}))

export const ShopOrder = S.Struct({
  id: S.Number, number: S.String, customer_id: Count, placed_at: S.String, currency: S.String, shipping: Text,
  total: S.String, state: S.String, payment: S.String, fulfilment: S.String, tracking: Text, is_test: S.Number,
  lines: S.Array(S.Struct({
    id: S.Number, position: S.Number, variant_id: Count, sku: Text, title: Text, quantity: S.Number,
    unit_price: S.String, total: S.String
  }))
})

export const shopOrder = mapping(ShopOrder, Order, ({ field, list, reference }) => ({
  orderNumber: field("number"),
  customer: reference("customer_id", { entity: "customer", resource: "customers" }),
  placedAt: field("placed_at", instant({ digits: 0 })),
  currency: field("currency"),
  test: field("is_test", boolean()),
  "status.lifecycle": field("state", table({ open: "open", cancelled: "cancelled", closed: "closed" }, {
    others: { draft: "open", on_hold: "open", archived: "closed" }
  })),
  "status.payment": field("payment", table({ pending: "pending", paid: "paid", refunded: "refunded" }, {
    others: {
      authorized: "pending", partially_paid: "pending", disputed: "paid", partially_refunded: "paid", voided: "refunded"
    }
  })),
  "status.fulfilment": field("fulfilment", table({
    unfulfilled: "unfulfilled", partial: "partial", fulfilled: "fulfilled", restocked: "restocked"
  })),
  "totals.shipping": field("shipping", money(2, { column: "currency" })),
  "totals.total": field("total", money(2, { column: "currency" })),
  lines: list("lines", ({ field, reference }) => ({
    variant: reference("variant_id", { entity: "product", resource: "product_variants" }),
    sku: field("sku"),
    title: field("title"),
    quantity: field("quantity", decimal({ scale: 0 })),
    unitPrice: field("unit_price", money(2, "EUR")),
    total: field("total", money(2, "EUR"))
  }), { key: "position" }),
  "custom.tracking": field("tracking")
}))
