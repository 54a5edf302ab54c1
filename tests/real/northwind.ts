/** Northwind as an ERP: its tables as they are. What it has not (currency, location) is constant. */
import { Schema as S } from "effect"
import type { SqlConnection } from "esl/connectors"
import { codes, decimal, digits, e164, lines, localDate, mapping, money, table } from "esl/mapping"
import { Customer, Inventory, Order, Product } from "esl/model"
import { land } from "./shop.ts"

const Text = S.NullOr(S.String)
const Count = S.NullOr(S.Number)

const Buyer = S.Struct({
  customer_id: S.String, company_name: S.String, contact_name: Text, contact_title: Text, address: Text, city: Text,
  region: Text, postal_code: Text, country: Text, phone: Text, fax: Text
})

export const buyer = mapping(Buyer, Customer, ({ field, group, constant }) => ({
  kind: constant("organization"),
  number: field("customer_id"),
  legalName: field("company_name"),
  "custom.contact": field("contact_name"),
  "custom.job": field("contact_title"),
  "phone.work": field("phone", e164({ column: "country" })),
  "custom.fax": field("fax"),
  "address.main": group({
    lines: field("address", lines), city: "city", subdivisionRaw: "region", postalCode: "postal_code",
    country: field("country", land)
  })
}))

const Article = S.Struct({
  product_id: S.Number, product_name: S.String, quantity_per_unit: Text, unit_price: Count, discontinued: S.Number
})

export const article = mapping(Article, Product, ({ field, flat }) => ({
  title: field("product_name"),
  status: field("discontinued", table({ "0": "active", "1": "discontinued" }, {
    others: { draft: "0", archived: "1" }
  })),
  "custom.pack": field("quantity_per_unit"),
  variants: flat({ price: field("unit_price", money(2, "USD")) }, { key: "product_id", resource: "products" })
}))

const Stock = S.Struct({ product_id: S.Number, units_in_stock: S.Number, units_on_order: Count })

export const stock = mapping(Stock, Inventory, ({ field, reference, constant }) => ({
  variant: reference("product_id", { entity: "product", resource: "products" }),
  location: constant("main"),
  onHand: field("units_in_stock", decimal({ scale: 0 })),
  incoming: field("units_on_order", decimal({ scale: 0 }))
}))

const Sale = S.Struct({
  order_id: S.Number, customer_id: Text, order_date: Text, required_date: Text, shipped_date: Text, ship_via: Count,
  freight: Count, ship_name: Text, ship_address: Text, ship_city: Text, ship_region: Text, ship_postal_code: Text,
  ship_country: Text,
  details: S.Array(S.Struct({
    product_id: S.Number, unit_price: S.Number, quantity: S.Number, discount: S.Number
  }))
})

export const sale = mapping(Sale, Order, ({ field, group, list, reference, constant }) => ({
  orderNumber: field("order_id", digits),
  customer: reference("customer_id", { entity: "customer", resource: "customers" }),
  businessDate: field("order_date", localDate()),
  "custom.requiredOn": field("required_date", localDate()),
  "custom.shippedOn": field("shipped_date", localDate()),
  "custom.carrier": field("ship_via", codes({
    "1": "Speedy Express", "2": "United Package", "3": "Federal Shipping", "4": "Alliance Shippers", "5": "UPS",
    "6": "DHL"
  })),
  currency: constant("USD"),
  "totals.shipping": field("freight", money(2, "USD")),
  "address.shipping": group({
    recipient: "ship_name", lines: field("ship_address", lines), city: "ship_city", subdivisionRaw: "ship_region",
    postalCode: "ship_postal_code", country: field("ship_country", land)
  }),
  lines: list("details", ({ field, group, reference }) => ({
    variant: reference("product_id", { entity: "product", resource: "products" }),
    quantity: field("quantity", decimal({ scale: 0 })),
    unitPrice: field("unit_price", money(2, "USD")),
    properties: group({ discount: field("discount", decimal()) })
  }), { key: "product_id" })
}))

/** No table has a change column: all are read whole and compared by content. */
export const northwindOf = (erp: SqlConnection) => ({
  customers: erp.table("customers", Buyer, { key: "customer_id" }),
  products: erp.table("products", Article, { key: "product_id" }),
  stock: erp.table("products", Stock, { key: "product_id", resource: "stock" }),
  orders: erp.table("orders", Sale, {
    key: "order_id",
    children: { details: { table: "order_details", key: "product_id", parent: { order_id: "order_id" } } }
  })
})
