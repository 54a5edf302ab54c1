/** Chinook as its PostgreSQL script makes it: the same tables, every name in another spelling. */
import { Schema as S } from "effect"
import type { SqlConnection } from "esl/connectors"
import { decimal, digits, e164, email, instant, lines, mapping, money } from "esl/mapping"
import { Customer, Order, Product } from "esl/model"
import { land } from "./shop.ts"

const Text = S.NullOr(S.String)

const Client = S.Struct({
  customer_id: S.Number, first_name: S.String, last_name: S.String, company: Text, address: Text,
  city: Text, state: Text, country: Text, postal_code: Text, phone: Text, fax: Text, email: S.String
})

export const client = mapping(Client, Customer, ({ field, group }) => ({
  number: field("customer_id", digits),
  name: group({ given: "first_name", family: "last_name" }),
  legalName: field("company"),
  email: field("email", email),
  "phone.work": field("phone", e164({ column: "country" })),
  "custom.fax": field("fax"),
  "address.main": group({
    lines: field("address", lines), city: "city", subdivisionRaw: "state", postalCode: "postal_code",
    country: field("country", land)
  })
}))

const Track = S.Struct({
  track_id: S.Number, name: S.String, composer: Text, milliseconds: S.Number, unit_price: S.String
})

export const track = mapping(Track, Product, ({ field, flat }) => ({
  title: field("name"),
  brand: field("composer"),
  "custom.length": field("milliseconds", decimal({ scale: 0 })),
  variants: flat({
    sku: field("track_id", digits), price: field("unit_price", money(2, "USD"))
  }, { key: "track_id", resource: "track" })
}))

const Invoice = S.Struct({
  invoice_id: S.Number, customer_id: S.Number, invoice_date: S.String, billing_address: Text, billing_city: Text,
  billing_state: Text, billing_country: Text, billing_postal_code: Text, total: S.String,
  lines: S.Array(S.Struct({ invoice_line_id: S.Number, track_id: S.Number, unit_price: S.String, quantity: S.Number }))
})

export const invoice = mapping(Invoice, Order, ({ field, group, list, reference, constant }) => ({
  orderNumber: field("invoice_id", digits),
  customer: reference("customer_id", { entity: "customer", resource: "customer" }),
  placedAt: field("invoice_date", instant({ zone: "UTC" })),
  currency: constant("USD"),
  "totals.total": field("total", money(2, "USD")),
  "address.billing": group({
    lines: field("billing_address", lines), city: "billing_city", subdivisionRaw: "billing_state",
    postalCode: "billing_postal_code", country: field("billing_country", land)
  }),
  lines: list("lines", ({ field, reference }) => ({
    variant: reference("track_id", { entity: "product", resource: "track" }),
    quantity: field("quantity", decimal({ scale: 0 })),
    unitPrice: field("unit_price", money(2, "USD"))
  }), { key: "invoice_line_id" })
}))

/** Nobody but Chinook itself numbers tracks, invoices and their lines. */
const owned = { create: false } as const

export const chinookPostgresOf = (music: SqlConnection) => ({
  customers: music.table("customer", Client, { key: "customer_id" }).as(client),
  products: music.table("track", Track, { key: "track_id" }).as(track, owned),
  orders: music.table("invoice", Invoice, {
    key: "invoice_id",
    children: { lines: { table: "invoice_line", key: "invoice_line_id", parent: { invoice_id: "invoice_id" } } }
  }).as(invoice, owned)
})
