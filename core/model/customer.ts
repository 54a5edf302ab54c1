/** Customer: a person or an organisation, with contact points in slots and consent by channel and purpose. */
import { Address } from "./address.ts"
import { Country, Locale } from "./code.ts"
import { Consents } from "./consent.ts"
import { Phone, phoneKey } from "./e164.ts"
import { Email, personalEmailKey } from "./email.ts"
import { entity, field, listOf } from "./entity.ts"
import type { Read, TypeOf } from "./entity.ts"
import { Instant, PartialDate } from "./instant.ts"
import { numberKey, oneKey, rowsAt, textAt } from "./key.ts"
import { Notes, Words } from "./label.ts"
import { Money } from "./money.ts"
import { nameKey } from "./name.ts"
import { References } from "./reference.ts"
import { folded, Text, Word } from "./text.ts"
import { Bool, oneOf } from "./type.ts"

const TaxIds = listOf("TaxId", {
  type: field(oneOf("vat", "ein", "national", "other"), "L", "personal", "Kind of number."),
  country: field(Country, "L", "none", "Country that gave it."),
  value: field(Word, "L", "personal", "The number itself.")
}, {
  key: (tax) => tax.value === undefined ? undefined : `${tax.type ?? "other"}|${folded(tax.value).replace(/[^\p{L}\p{N}]/gu, "")}`,
  ordered: false
})

const fields = {
  kind: field(oneOf("person", "organization"), "I", "none", "What the record stands for."),
  refs: field(References, "A", "none", "Numbers of this customer in other systems, where a system carries them itself."),
  number: field(Word, "L", "personal", "Customer number as people quote it."),
  "name.prefix": field(Text, "O", "personal", "Title before the name, e.g. `Dr.`."),
  "name.given": field(Text, "O", "personal", "Given name."),
  "name.middle": field(Text, "O", "personal", "Middle names."),
  "name.family": field(Text, "O", "personal", "Family name."),
  "name.suffix": field(Text, "O", "personal", "What follows the name, e.g. `Jr.`."),
  legalName: field(Text, "O", "personal", "Registered name of an organisation."),
  tradeName: field(Text, "O", "personal", "Name under which an organisation trades."),
  email: field(Email, "L", "personal", "E-mail address the customer is reached at."),
  "phone.mobile": field(Phone, "L", "personal", "Mobile number."),
  "phone.home": field(Phone, "L", "personal", "Number at home."),
  "phone.work": field(Phone, "L", "personal", "Number at work."),
  "address.billing": field(Address, "L", "personal", "Where invoices go."),
  "address.shipping": field(Address, "L", "personal", "Where goods go."),
  "address.main": field(Address, "L", "personal", "Where the customer lives or sits, if the system makes no difference."),
  language: field(Locale, "O", "personal", "Language to speak to the customer in."),
  birth: field(PartialDate, "O", "sensitive", "Day of birth, or the part of it that is known."),
  status: field(oneOf("active", "inactive", "blocked", "prospect", "deceased", "erased"), "O", "personal", "What may be done with the customer."),
  taxIds: field(TaxIds, "S", "personal", "Tax numbers."),
  groups: field(Words, "S", "personal", "Customer groups that set prices, terms or access."),
  tags: field(Words, "S", "personal", "Free labels."),
  notes: field(Notes, "A", "sensitive", "Free notes; they are added to and never changed."),
  creditLimit: field(Money, "O", "sensitive", "How much the customer may owe."),
  paymentTerms: field(Text, "O", "personal", "Code of the terms of payment, e.g. `net30`."),
  loyaltyNumber: field(Word, "L", "personal", "Number on the customer's card."),
  consent: field(Consents, "R", "personal", "What the customer allows, by channel and purpose."),
  firstSeen: field(Instant, "I", "personal", "When any system first knew the customer."),
  guest: field(Bool, "L", "personal", "Bought without an account.")
} as const

const phones = ["phone.mobile", "phone.home", "phone.work"] as const
const names = ["name.given", "name.family", "legalName", "tradeName"] as const

/** Never a phone alone: families and companies share one. */
const phoneAndName = (read: Read): ReadonlyArray<string> => {
  const name = nameKey(textAt(read, "name.given"), textAt(read, "name.family")) ?? nameKey(textAt(read, "legalName") ?? textAt(read, "tradeName"))
  if (name === undefined) return []
  const numbers = phones.flatMap((path) => oneKey(textAt(read, path), phoneKey))
  return [...new Set(numbers)].map((number) => `${number}|${name}`)
}

/** Country and number without the dots and blanks that people put into it. */
const taxKeys = (read: Read): ReadonlyArray<string> =>
  rowsAt(read, "taxIds").flatMap(({ country, value }) =>
    typeof value === "string" ? oneKey(value, (number) => numberKey(number.replace(/[^\p{L}\p{N}]/gu, ""))).map((key) => `${country ?? ""}|${key}`) : []
  )

export const Customer = entity({
  name: "customer",
  fields,
  keys: [
    { kind: "email", paths: ["email"], of: (read) => oneKey(textAt(read, "email"), personalEmailKey) },
    { kind: "phone+name", paths: [...phones, ...names], of: phoneAndName },
    { kind: "loyaltyNumber", paths: ["loyaltyNumber"], of: (read) => oneKey(textAt(read, "loyaltyNumber")) },
    { kind: "taxId", paths: ["taxIds"], of: taxKeys },
    // Most systems number customers by themselves: 1001 of the shop and 1001 of the ERP are strangers.
    { kind: "number", paths: ["number"], of: (read) => oneKey(textAt(read, "number")), onRequest: true }
  ]
})
export type Customer = TypeOf<typeof Customer>
