/** The old ERP: German names, codes instead of words, amounts in cents. What we do not name stays untouched. */
import { Schema as S } from "effect"
import { country, email, instant, integer, localDate, mapping, minorUnits, placeholders, e164, table, text } from "esl/mapping"
import { Customer, Inventory, Location, Order, Product } from "esl/model"

const Text = S.NullOr(S.String)
const Count = S.NullOr(S.Number)

/** A row of KUNDEN with its rows of ANSCHRIFTEN. */
export const Kunde = S.Struct({
  KDNR: S.Number, TITEL: Text, VORNAME: Text, NACHNAME: Text, FIRMA: Text, EMAIL: Text, TEL: Text, MOBIL: Text,
  SPRACHE: Text, GEBDAT: Text, SPERRE: S.String, KREDLIM: Count, NEWSLETTER: Text, NLDATUM: Text, ANLDAT: Text, AENDDAT: Text,
  ANSCHRIFTEN: S.Array(S.Struct({ ADRNR: S.Number, TYP: S.String, STRASSE: Text, PLZ: Text, ORT: Text, LAND: Text }))
})

const anschrift = { lines: "STRASSE", postalCode: "PLZ", city: "ORT", country: "LAND" } as const

export const kunde = mapping(Kunde, Customer, ({ field, flat, group, row, constant }) => ({
  name: group({ prefix: field("TITEL"), given: field("VORNAME"), family: field("NACHNAME") }),
  legalName: field("FIRMA"),
  email: field("EMAIL", email),
  "phone.home": field("TEL", e164("DE")),
  "phone.mobile": field("MOBIL", placeholders(["unbekannt"], e164("DE"))),
  language: field("SPRACHE", table({ D: "de", E: "en" })),
  birth: field("GEBDAT", placeholders(["01.01.1900"], localDate("DD.MM.YYYY"))),
  status: field("SPERRE", table({ N: "active", J: "blocked" })),
  creditLimit: field("KREDLIM", minorUnits("EUR")),
  consent: flat([{
    channel: constant("email"), purpose: constant("marketing"),
    state: field("NEWSLETTER", table({ J: "granted", N: "denied" })),
    decidedAt: field("NLDATUM", localDate()),
    decidedBy: constant("subject")
  }]),
  "address.billing": row("ANSCHRIFTEN", { TYP: "RE" }, anschrift),
  "address.shipping": row("ANSCHRIFTEN", { TYP: "LI" }, anschrift)
}))
