/**
 * Contacts as people, companies as organisations. `createdate` is when the record was made here, perhaps by us: it says
 * nothing about when the retailer first knew the customer.
 */
import { codec, country, e164, email, instant, localDate, mapping, refuse, table } from "../../core/mapping/index.ts"
import { Customer } from "../../core/model/index.ts"
import { Locale, parseLocale } from "../../core/model/code.ts"
import { invalid, value } from "../../core/model/value.ts"
import { Company, Contact } from "../../connectors/hubspot/records.ts"
import { Schema } from "effect"

/** HubSpot writes languages in small letters: `de-ch`. */
const language = codec<string>({
  name: "hubspot language",
  from: Schema.String,
  to: Locale.schema,
  decode: (raw) => {
    const read = typeof raw === "string" ? parseLocale(raw) : undefined
    return read === undefined ? invalid(raw, "is no language") : value(read)
  },
  encode: (canonical) => typeof canonical === "string" && parseLocale(canonical) === canonical
    ? canonical.toLowerCase() : refuse("is no language")
})

const standing = table({ SUBSCRIBED: "granted", UNSUBSCRIBED: "withdrawn", NOT_SPECIFIED: "unknown" }, {
  others: {
    never_asked: "NOT_SPECIFIED", pending_double_opt_in: "NOT_SPECIFIED", denied: "UNSUBSCRIBED",
    suppressed_bounce: "UNSUBSCRIBED", suppressed_complaint: "UNSUBSCRIBED", suppressed_legal: "UNSUBSCRIBED",
    erased: "UNSUBSCRIBED"
  }
})

const decider = table({ subject: "subject", business_default: "business_default", import: "import", agent: "agent" })
const basis = table({
  consent: "consent", contract: "contract", legitimate_interest: "legitimate_interest", soft_opt_in: "soft_opt_in",
  legal_obligation: "legal_obligation"
})

/** `region`: the country of telephone numbers that are written without one. */
export const contacts = (options: { readonly region?: string } = {}) =>
  mapping(Contact, Customer, ({ constant, field, flat, group }) => ({
    kind: constant("person"),
    name: group({ prefix: "salutation", given: "firstname", family: "lastname" }),
    email: field("email", email),
    "phone.home": field("phone", e164(options.region)),
    "phone.mobile": field("mobilephone", e164(options.region)),
    "address.main": group({
      street: "address", city: "city", subdivisionRaw: "state", postalCode: "zip", country: field("country", country("en"))
    }),
    language: field("hs_language", language),
    birth: field("date_of_birth", localDate()),
    consent: flat([{
      channel: constant("email"),
      purpose: constant("marketing"),
      state: field("consent.marketing.status", standing),
      decidedAt: field("consent.marketing.decidedAt", instant()),
      decidedBy: field("consent.marketing.decidedBy", decider),
      basis: field("consent.marketing.basis", basis),
      source: field("consent.marketing.source")
    }])
  }))

export const contact = contacts()

export const companies = (options: { readonly region?: string } = {}) =>
  mapping(Company, Customer, ({ constant, field, group }) => ({
    kind: constant("organization"),
    legalName: field("name"),
    "phone.work": field("phone", e164(options.region)),
    "address.main": group({
      street: "address", unit: "address2", city: "city", subdivisionRaw: "state", postalCode: "zip",
      country: field("country", country("en"))
    })
  }))

export const company = companies()
