/** Stock in Salesforce: how much of a product lies at a location (ProductItem). */
import { decimal, mapping } from "../../core/mapping/index.ts"
import { Inventory } from "../../core/model/index.ts"
import { ProductItem } from "../../connectors/salesforce/records.ts"

export const inventory = mapping(ProductItem, Inventory, ({ field, reference }) => ({
  variant: reference("Product2Id", { entity: "product", resource: "products" }),
  location: reference("LocationId", { entity: "location", resource: "locations" }),
  onHand: field("QuantityOnHand", decimal({ scale: 2 }))
}))
