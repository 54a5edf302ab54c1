/** Shopify products with their variants. Prices are in the shop's currency, gross or net as the shop is set. */
import { boolean, gtin, integer, mapping, split, table } from "../../core/mapping/index.ts"
import { Product } from "../../core/model/index.ts"
import { ProductRecord } from "../../connectors/shopify/records.ts"
import { amount, pairs, weight } from "./codecs.ts"

/** Unlisted products are sold to whoever has the link: active. */
const status = table({ ACTIVE: "active", DRAFT: "draft", ARCHIVED: "archived", UNLISTED: "active" }, { others: { discontinued: "ARCHIVED" } })

export const product = mapping(ProductRecord, Product, ({ constant, field, flat, list, readOnly }) => ({
  title: field("title"),
  description: field("descriptionHtml"),
  brand: field("vendor"),
  status: field("status", status),
  tags: field("tags", split(",", { join: ", " })),
  categories: flat([{ system: constant("store"), code: field("productType") }]),
  media: readOnly(list("media", ({ field }) => ({ url: field("url"), alt: field("alt"), position: field("position", integer) }),
    { key: "id", resource: "media" })),
  variants: list("variants", ({ field, readOnly }) => ({
    sku: field("sku"),
    gtin: field("barcode", gtin(13)),
    optionValues: field("optionValues", pairs),
    price: field("price", amount("price.currency")),
    compareAt: field("compareAtPrice", amount("compareAtPrice.currency")),
    taxIncluded: readOnly(field("taxesIncluded", boolean())),
    cost: field("inventoryItem.unitCost", amount("inventoryItem.unitCost.currency")),
    weight: field("inventoryItem.measurement.weight.value", weight("inventoryItem.measurement.weight.unit")),
    requiresShipping: field("inventoryItem.requiresShipping", boolean()),
    inventoryTracked: field("inventoryItem.tracked", boolean()),
    position: readOnly(field("position", integer))
  }), { key: "id", resource: "product_variants" }),
  "custom.publications": field("publications", split(","))
}))
