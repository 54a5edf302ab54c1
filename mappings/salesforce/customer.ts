/** People in Salesforce: one mapping for person accounts, contacts with an account each, and contacts below one. */
import { country, e164, email, localDate, mapping, placeholders, table, truncate } from "../../core/mapping/index.ts"
import { Customer } from "../../core/model/index.ts"
import { Customer as Person, noName } from "../../connectors/salesforce/records.ts"

export interface CustomerOptions {
  /** Country of telephone numbers that are written without one, e.g. `DE`. */
  readonly region?: string
}

/**
 * A box that is ticked forbids; one that is not says nothing: Salesforce keeps neither when nor by whom, so no evidence
 * of the person's own comes from there and nothing is ever opened by it.
 */
const optedOut = table({ true: "denied", false: "unknown" }, {
  others: {
    granted: "false", never_asked: "false", pending_double_opt_in: "false", withdrawn: "true", suppressed_bounce: "true",
    suppressed_complaint: "true", suppressed_legal: "true", erased: "true"
  }
})

// No constant `kind`: a value that golden lacks would have every record read again right after it was made here.
export const customerOf = ({ region }: CustomerOptions = {}) => {
  const phone = e164(region)
  return mapping(Person, Customer, ({ constant, field, flat, group, lossy }) => ({
    name: group({
      prefix: field("Salutation", truncate(40)),
      given: field("FirstName", truncate(40)),
      family: field("LastName", placeholders([noName], truncate(80)))
    }),
    email: field("Email", email),
    "phone.work": field("Phone", phone),
    "phone.mobile": field("MobilePhone", phone),
    "phone.home": field("HomePhone", phone),
    birth: field("Birthdate", localDate()),
    number: field("Account.AccountNumber", truncate(40)),
    consent: lossy("one box: when, by whom and how far it was decided is not kept", flat([
      { channel: constant("email"), purpose: constant("marketing"), state: field("HasOptedOutOfEmail", optedOut) },
      { channel: constant("phone"), purpose: constant("marketing"), state: field("DoNotCall", optedOut) }
    ])),
    "address.main": group({
      street: field("MailingStreet", truncate(255)), postalCode: field("MailingPostalCode", truncate(20)),
      city: field("MailingCity", truncate(40)), subdivisionRaw: field("MailingState", truncate(80)),
      country: field("MailingCountry", country("en"))
    }),
    "address.billing": group({
      street: field("Account.BillingStreet", truncate(255)), postalCode: field("Account.BillingPostalCode", truncate(20)),
      city: field("Account.BillingCity", truncate(40)), subdivisionRaw: field("Account.BillingState", truncate(80)),
      country: field("Account.BillingCountry", country("en"))
    }),
    "address.shipping": group({
      street: field("Account.ShippingStreet", truncate(255)), postalCode: field("Account.ShippingPostalCode", truncate(20)),
      city: field("Account.ShippingCity", truncate(40)), subdivisionRaw: field("Account.ShippingState", truncate(80)),
      country: field("Account.ShippingCountry", country("en"))
    })
  }))
}

export const customer = customerOf()

/** Contacts below one shared account: what is the account's belongs to nobody of them. */
export const sharedCustomer = customer.without("number", "address.billing", "address.shipping")
