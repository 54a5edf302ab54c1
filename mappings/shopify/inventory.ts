/** Stock of one variant at one place. Shopify knows by itself what is promised to orders. */
import { decimal, instant, mapping } from "../../core/mapping/index.ts"
import { Inventory } from "../../core/model/index.ts"
import { InventoryLevelRecord } from "../../connectors/shopify/records.ts"

const pieces = decimal({ scale: 0 })

/** For a system that counts what lies there: `on_hand` is written, the rest is Shopify's own. */
export const inventory = mapping(InventoryLevelRecord, Inventory, ({ field, readOnly, reference }) => ({
  variant: reference("variant.id", { entity: "product", resource: "product_variants" }),
  location: reference("location.id", { entity: "location", resource: "locations" }),
  onHand: field("on_hand", pieces),
  available: readOnly(field("available", pieces)),
  reserved: readOnly(field("committed", pieces)),
  incoming: readOnly(field("incoming", pieces)),
  asOf: readOnly(field("updatedAt", instant()))
}))

/** For a system that tells what may be sold: `available` is written. */
export const sellable = inventory.without("onHand").with(({ field }) => ({ available: field("available", pieces) }))
