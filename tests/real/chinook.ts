/** Chinook, a shop for music, as its SQLite and MySQL scripts make it. */
import { Schema as S } from "effect"
import type { SqlConnection } from "esl/connectors"
import { decimal, digits, e164, email, instant, lines, mapping, money } from "esl/mapping"
import { Customer, Order, Product } from "esl/model"
import { land } from "./shop.ts"

const Text = S.NullOr(S.String)

const Client = S.Struct({
  CustomerId: S.Number, FirstName: S.String, LastName: S.String, Company: Text, Address: Text, City: Text, State: Text,
  Country: Text, PostalCode: Text, Phone: Text, Fax: Text, Email: S.String
})

export const client = mapping(Client, Customer, ({ field, group }) => ({
  number: field("CustomerId", digits),
  name: group({ given: "FirstName", family: "LastName" }),
  legalName: field("Company"),
  email: field("Email", email),
  "phone.work": field("Phone", e164({ column: "Country" })),
  "custom.fax": field("Fax"),
  "address.main": group({
    lines: field("Address", lines), city: "City", subdivisionRaw: "State", postalCode: "PostalCode",
    country: field("Country", land)
  })
}))

const Track = S.Struct({
  TrackId: S.Number, Name: S.String, Composer: Text, Milliseconds: S.Number, UnitPrice: S.String
})

export const track = mapping(Track, Product, ({ field, flat }) => ({
  title: field("Name"),
  brand: field("Composer"),
  "custom.length": field("Milliseconds", decimal({ scale: 0 })),
  variants: flat({
    sku: field("TrackId", digits), price: field("UnitPrice", money(2, "USD"))
  }, { key: "TrackId", resource: "Track" })
}))

const Invoice = S.Struct({
  InvoiceId: S.Number, CustomerId: S.Number, InvoiceDate: S.String, BillingAddress: Text, BillingCity: Text,
  BillingState: Text, BillingCountry: Text, BillingPostalCode: Text, Total: S.String,
  lines: S.Array(S.Struct({ InvoiceLineId: S.Number, TrackId: S.Number, UnitPrice: S.String, Quantity: S.Number }))
})

export const invoice = mapping(Invoice, Order, ({ field, group, list, reference, constant }) => ({
  orderNumber: field("InvoiceId", digits),
  customer: reference("CustomerId", { entity: "customer", resource: "Customer" }),
  placedAt: field("InvoiceDate", instant({ zone: "UTC" })),
  currency: constant("USD"),
  "totals.total": field("Total", money(2, "USD")),
  "address.billing": group({
    lines: field("BillingAddress", lines), city: "BillingCity", subdivisionRaw: "BillingState",
    postalCode: "BillingPostalCode", country: field("BillingCountry", land)
  }),
  lines: list("lines", ({ field, reference }) => ({
    variant: reference("TrackId", { entity: "product", resource: "Track" }),
    quantity: field("Quantity", decimal({ scale: 0 })),
    unitPrice: field("UnitPrice", money(2, "USD"))
  }), { key: "InvoiceLineId" })
}))

/** Nobody but Chinook itself numbers tracks, invoices and their lines. */
const owned = { create: false } as const

export const chinookOf = (music: SqlConnection) => ({
  customers: music.table("Customer", Client, { key: "CustomerId" }).as(client),
  products: music.table("Track", Track, { key: "TrackId" }).as(track, owned),
  orders: music.table("Invoice", Invoice, {
    key: "InvoiceId",
    children: { lines: { table: "InvoiceLine", key: "InvoiceLineId", parent: { InvoiceId: "InvoiceId" } } }
  }).as(invoice, owned)
})
