/** Products in Salesforce: one sellable thing each, with its price in the standard price book and in others. */
import { mapping, money, table, truncate } from "../../core/mapping/index.ts"
import { Product } from "../../core/model/index.ts"
import { Product as Product2 } from "../../connectors/salesforce/records.ts"

const price = money(2, { column: "CurrencyIsoCode" })

export const product = mapping(Product2, Product, ({ field, flat, list }) => ({
  title: field("Name", truncate(255)),
  description: field("Description", truncate(4_000)),
  status: field("IsActive", table({ true: "active", false: "archived" }, {
    others: { draft: "false", discontinued: "false" }
  })),
  variants: flat({ sku: field("ProductCode", truncate(255)), price: field("UnitPrice", price) },
    { key: "Id", resource: "products" }),
  prices: list("PricebookEntries", ({ field }) => ({
    list: field("Pricebook2.Name"),
    amount: field("UnitPrice", money(2, { column: "CurrencyIsoCode" }))
  }), { key: "Id" })
}))
