/** A HubSpot product is one article with one price in the portal's currency: a product with one variant. */
import { mapping, money } from "../../core/mapping/index.ts"
import { Product } from "../../core/model/index.ts"
import { Product as Article } from "../../connectors/hubspot/records.ts"

export const products = (options: { readonly currency: string }) =>
  mapping(Article, Product, ({ field, flat }) => ({
    title: field("name"),
    description: field("description"),
    variants: flat({
      sku: "hs_sku", price: field("price", money(3, options.currency)),
      cost: field("hs_cost_of_goods_sold", money(3, options.currency))
    }, { key: "hs_object_id", resource: "products" })
  }))

export const product = products({ currency: "EUR" })
