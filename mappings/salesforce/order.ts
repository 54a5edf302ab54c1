/** Orders in Salesforce with their items. The status names are those of the sandbox: an org names its own. */
import { country, decimal, localDate, mapping, money, table, truncate } from "../../core/mapping/index.ts"
import { Order } from "../../core/model/index.ts"
import { Order as SalesforceOrder } from "../../connectors/salesforce/records.ts"

export const order = mapping(SalesforceOrder, Order, ({ field, group, list, reference }) => ({
  orderNumber: field("OrderReferenceNumber", truncate(80)),
  customer: reference("CustomerId", { entity: "customer", resource: "customers" }),
  businessDate: field("EffectiveDate", localDate()),
  currency: field("CurrencyIsoCode"),
  "status.lifecycle": field("Status", table({
    Draft: "draft", Activated: "open", Cancelled: "cancelled", Closed: "closed"
  }, { others: { on_hold: "Activated", archived: "Closed" } })),
  "address.billing": group({
    street: field("BillingStreet", truncate(255)), postalCode: field("BillingPostalCode", truncate(20)),
    city: field("BillingCity", truncate(40)), subdivisionRaw: field("BillingState", truncate(80)),
    country: field("BillingCountry", country("en"))
  }),
  "address.shipping": group({
    street: field("ShippingStreet", truncate(255)), postalCode: field("ShippingPostalCode", truncate(20)),
    city: field("ShippingCity", truncate(40)), subdivisionRaw: field("ShippingState", truncate(80)),
    country: field("ShippingCountry", country("en"))
  }),
  lines: list("OrderItems", ({ field, readOnly, reference }) => ({
    variant: reference("Product2Id", { entity: "product", resource: "products" }),
    // The product's own number, by which lines of two systems are told to be one; it comes with the product.
    sku: readOnly(field("Product2.ProductCode")),
    title: field("Description", truncate(255)),
    quantity: field("Quantity", decimal({ scale: 2 })),
    unitPrice: field("UnitPrice", money(2, { column: "CurrencyIsoCode" }))
  }), { key: "Id" })
}))
