/** Shopify locations, read only: opening and closing places is for people. */
import { country, e164, mapping, table } from "../../core/mapping/index.ts"
import { Location } from "../../core/model/index.ts"
import { LocationRecord } from "../../connectors/shopify/records.ts"

export const location = mapping(LocationRecord, Location, ({ field, group, readOnly }) => ({
  name: readOnly(field("name")),
  active: readOnly(field("isActive", table({ true: true, false: false }))),
  address: readOnly(group({
    street: "address.address1", unit: "address.address2", postalCode: "address.zip", city: "address.city",
    subdivision: "address.subdivision", country: field("address.countryCode", country()), phone: field("address.phone", e164())
  }))
}))
