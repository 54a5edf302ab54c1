/** Stock at the tills: one record a variation and location. A till takes down what it sells by itself. */
import { decimal, instant, mapping } from "../../core/mapping/index.ts"
import { Inventory } from "../../core/model/index.ts"
import { SquareCount } from "../../connectors/square/records.ts"

export const inventory = mapping(SquareCount, Inventory, ({ field, readOnly, reference }) => ({
  variant: reference("catalog_object_id", { entity: "product", resource: "variations" }),
  location: reference("location_id", { entity: "location", resource: "locations" }),
  onHand: field("quantity", decimal({ scale: 5 })),
  asOf: readOnly(field("calculated_at", instant()))
}))
