/** Where Square's tills stand. Read only: a location is opened and closed in the seller's dashboard. */
import { country, mapping, table } from "../../core/mapping/index.ts"
import { Location } from "../../core/model/index.ts"
import { SquareLocation } from "../../connectors/square/records.ts"
import { region } from "./codecs.ts"

export const location = mapping(SquareLocation, Location, ({ field, group, readOnly }) => ({
  name: readOnly(field("name")),
  type: readOnly(field("type", table({ PHYSICAL: "store", MOBILE: "store" }))),
  timezone: readOnly(field("timezone")),
  active: readOnly(field("status", table({ ACTIVE: true, INACTIVE: false }))),
  address: readOnly(
    group({
      street: "address.address_line_1",
      unit: "address.address_line_2",
      city: "address.locality",
      subdivision: field("address.administrative_district_level_1", region),
      postalCode: "address.postal_code",
      country: field("address.country", country())
    })
  )
}))
