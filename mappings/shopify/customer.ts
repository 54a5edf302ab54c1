/** Shopify customers: the default address is the only one that has a meaning, consent by e-mail and SMS. */
import { country, e164, email, instant, mapping, split, table } from "../../core/mapping/index.ts"
import type { Mapped } from "../../core/mapping/index.ts"
import { Customer } from "../../core/model/index.ts"
import { CustomerRecord } from "../../connectors/shopify/records.ts"

/** Every state that must not be sold to closes the flag; who was never asked stays so. */
const state = table({
  SUBSCRIBED: "granted", UNSUBSCRIBED: "withdrawn", PENDING: "pending_double_opt_in", NOT_SUBSCRIBED: "never_asked",
  INVALID: "suppressed_bounce", REDACTED: "erased"
}, {
  others: { unknown: "NOT_SUBSCRIBED", denied: "UNSUBSCRIBED", suppressed_complaint: "UNSUBSCRIBED", suppressed_legal: "UNSUBSCRIBED" }
})

const level = table({ SINGLE_OPT_IN: "single", CONFIRMED_OPT_IN: "confirmed", UNKNOWN: "unknown" })

const seconds = instant({ digits: 0 })

/** `area`: the country of numbers that are kept without one, e.g. `customerIn("DE")`; Shopify itself keeps E.164. */
const customerOf = (area?: string): Mapped<typeof CustomerRecord.Type, Customer> =>
  mapping(CustomerRecord, Customer, ({ constant, field, flat, group, readOnly }) => ({
    name: group({ given: "firstName", family: "lastName" }),
    email: field("defaultEmailAddress.emailAddress", email),
    "phone.mobile": field("defaultPhoneNumber.phoneNumber", e164(area)),
    language: field("locale"),
    tags: field("tags", split(",", { join: ", " })),
    firstSeen: readOnly(field("createdAt", instant())),
    "address.main": group({
      recipient: "defaultAddress.name", company: "defaultAddress.company", street: "defaultAddress.address1",
      unit: "defaultAddress.address2", postalCode: "defaultAddress.zip", city: "defaultAddress.city",
      subdivision: "defaultAddress.subdivision", country: field("defaultAddress.countryCodeV2", country()),
      phone: field("defaultAddress.phone", e164(area))
    }),
    consent: flat([{
      channel: constant("email"), purpose: constant("marketing"), decidedBy: constant("subject"),
      state: field("defaultEmailAddress.marketingState", state), level: field("defaultEmailAddress.marketingOptInLevel", level),
      decidedAt: field("defaultEmailAddress.marketingUpdatedAt", seconds)
    }, {
      channel: constant("sms"), purpose: constant("marketing"), decidedBy: constant("subject"),
      state: field("defaultPhoneNumber.marketingState", state), level: field("defaultPhoneNumber.marketingOptInLevel", level),
      decidedAt: field("defaultPhoneNumber.marketingUpdatedAt", seconds)
    }]),
    "custom.note": field("note")
  }))

export const customer = customerOf()
export const customerIn = customerOf
