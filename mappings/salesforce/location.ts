/** Places in Salesforce: the standard Location object of its inventory features. */
import { mapping, table, truncate } from "../../core/mapping/index.ts"
import { Location } from "../../core/model/index.ts"
import { Location as SalesforceLocation } from "../../connectors/salesforce/records.ts"

export const location = mapping(SalesforceLocation, Location, ({ constant, field }) => ({
  $inventory: constant("IsInventoryLocation", true),
  name: field("Name", truncate(255)),
  number: field("ExternalReference", truncate(255)),
  type: field("LocationType", table({ Store: "store", Warehouse: "warehouse", Virtual: "virtual" }, {
    others: { "3pl": "Warehouse", dropship: "Virtual" }
  })),
  timezone: field("TimeZone")
}))
