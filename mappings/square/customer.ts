/** Square customer profiles. One telephone number, one address, and an unsubscription that only the buyer makes. */
import { country, e164, email, mapping, table } from "../../core/mapping/index.ts"
import type { Mapped } from "../../core/mapping/index.ts"
import { Customer } from "../../core/model/index.ts"
import { SquareCustomer } from "../../connectors/square/records.ts"
import { birthday, guest, region } from "./codecs.ts"

/**
 * `preferences.email_unsubscribed` is read-only, has no time and no proof: true closes, false says nothing. An opt-out
 * of another system cannot be written here.
 */
const unsubscribed = table({ "1": "withdrawn", "0": "unknown", true: "withdrawn", false: "unknown" })

/** `area`: the country of numbers that are kept without one, e.g. `customerIn("DE")`. */
const customerOf = (area?: string): Mapped<typeof SquareCustomer.Type, Customer> =>
  mapping(SquareCustomer, Customer, ({ constant, field, flat, group, readOnly }) => ({
    number: field("reference_id"),
    name: group({ given: "given_name", family: "family_name" }),
    legalName: field("company_name"),
    email: field("email_address", email),
    "phone.mobile": field("phone_number", e164(area)),
    birth: field("birthday", birthday),
    "address.main": group({
      street: "address.address_line_1",
      unit: "address.address_line_2",
      dependentLocality: "address.sublocality",
      city: "address.locality",
      subdivision: field("address.administrative_district_level_1", region),
      postalCode: "address.postal_code",
      country: field("address.country", country())
    }),
    taxIds: flat([{ type: constant("vat"), value: field("tax_ids.eu_vat") }]),
    notes: readOnly(flat([{ text: field("note") }])),
    guest: readOnly(field("creation_source", guest)),
    consent: readOnly(
      flat([
        {
          channel: constant("email"),
          purpose: constant("marketing"),
          state: field("preferences.email_unsubscribed", unsubscribed)
        }
      ])
    )
  }))

export const customer = customerOf()
export const customerIn = customerOf
