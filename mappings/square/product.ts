/** Square catalog items. Variations are the product's variants; prices in the currency's smallest unit. */
import { boolean, integer, mapping, minorUnits, table } from "../../core/mapping/index.ts"
import { Product } from "../../core/model/index.ts"
import { SquareItem } from "../../connectors/square/records.ts"
import { chosen, upc } from "./codecs.ts"

const types = table({
  REGULAR: "physical",
  FOOD_AND_BEV: "physical",
  GIFT_CARD: "gift_card",
  APPOINTMENTS_SERVICE: "service",
  EVENT: "service",
  DIGITAL: "digital",
  LEGACY_SQUARE_ONLINE_SERVICE: "service",
  LEGACY_SQUARE_ONLINE_MEMBERSHIP: "subscription"
})

/** Archived or not; a draft must not be sold, so it is archived here. */
const archived = table(
  { "1": "archived", "0": "active", true: "archived", false: "active" },
  { others: { draft: "1", discontinued: "1" } }
)

const flag = boolean({ true: 1, false: 0 })

export const product = mapping(SquareItem, Product, ({ field, list, lossy, readOnly }) => ({
  type: readOnly(field("item_data.product_type", types)),
  status: field("item_data.is_archived", archived),
  title: field("item_data.name"),
  description: lossy("tags that Square does not allow are taken out", field("item_data.description_html")),
  variants: list(
    "variations",
    ({ field, readOnly, writeOnly }) => ({
      sku: field("sku"),
      gtin: field("upc", upc),
      optionValues: writeOnly(field("name", chosen)),
      price: field("price_money.amount", minorUnits({ column: "price_money.currency" })),
      inventoryTracked: field("track_inventory", flag),
      position: readOnly(field("ordinal", integer))
    }),
    { key: "id", resource: "variations" }
  )
}))
