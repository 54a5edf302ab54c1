/** The old ERP: German names, codes instead of words, amounts in cents. What is not named here stays untouched. */
import { Schema as S } from "effect"
import {
  codes, decimal, e164, email, gtin, instant, localDate, mapping, minorUnits, placeholders, table
} from "esl/mapping"
import { Customer, Inventory, Location, Order, Product } from "esl/model"

const Text = S.NullOr(S.String)
const Count = S.NullOr(S.Number)

/** Times in the ERP carry no zone. */
const time = instant({ zone: "UTC" })

const landCode = codes({ D: "DE", A: "AT", CH: "CH" })

/** A row of KUNDEN with its rows of ANSCHRIFTEN. */
export const Kunde = S.Struct({
  KDNR: S.Number, TITEL: Text, VORNAME: Text, NACHNAME: Text, FIRMA: Text, EMAIL: Text, TEL: Text, MOBIL: Text,
  SPRACHE: Text, GEBDAT: Text, SPERRE: S.String, KREDLIM: Count, NEWSLETTER: Text, NLDATUM: Text,
  ANSCHRIFTEN: S.Array(S.Struct({ ADRNR: S.Number, TYP: S.String, STRASSE: Text, PLZ: Text, ORT: Text, LAND: Text }))
})

export const kunde = mapping(Kunde, Customer, ({ field, flat, group, row, constant }) => ({
  name: group({ prefix: "TITEL", given: "VORNAME", family: "NACHNAME" }),
  legalName: field("FIRMA"),
  email: field("EMAIL", email),
  "phone.home": field("TEL", e164("DE")),
  "phone.mobile": field("MOBIL", placeholders(["unbekannt"], e164("DE"))),
  language: field("SPRACHE", codes({ D: "de", E: "en" })),
  birth: field("GEBDAT", placeholders(["01.01.1900"], localDate("DD.MM.YYYY"))),
  status: field("SPERRE", table({ N: "active", J: "blocked" })),
  creditLimit: field("KREDLIM", minorUnits("EUR")),
  consent: flat([{
    channel: constant("email"),
    purpose: constant("marketing"),
    state: field("NEWSLETTER", table({ J: "granted", N: "denied" })),
    decidedAt: field("NLDATUM", time),
    decidedBy: constant("subject")
  }]),
  "address.billing": row("ANSCHRIFTEN", { TYP: "RE" }, ({ field, group }) =>
    group({ street: "STRASSE", postalCode: "PLZ", city: "ORT", country: field("LAND", landCode) })),
  "address.shipping": row("ANSCHRIFTEN", { TYP: "LI" }, ({ field, group }) =>
    group({ street: "STRASSE", postalCode: "PLZ", city: "ORT", country: field("LAND", landCode) }))
}))

/** An article is a product with one variant. */
export const Artikel = S.Struct({
  ARTNR: S.String, BEZ1: S.String, MARKE: Text, EAN: Text, VKPREIS: S.Number, GEWICHT: Count, AKTIV: S.String
})

export const artikel = mapping(Artikel, Product, ({ field, flat }) => ({
  title: field("BEZ1"),
  brand: field("MARKE"),
  status: field("AKTIV", table({ J: "active", N: "archived" }, { others: { draft: "N", discontinued: "N" } })),
  variants: flat({ sku: "ARTNR", gtin: field("EAN", gtin(13)), price: field("VKPREIS", minorUnits("EUR")) },
    { key: "ARTNR", resource: "ARTIKEL" })
}))

export const Lagerort = S.Struct({ LGORT: S.String, BEZ: S.String })

export const lagerort = mapping(Lagerort, Location, ({ field }) => ({ name: field("BEZ") }))

export const Lager = S.Struct({ ARTNR: S.String, LGORT: S.String, BESTAND: S.Number })

export const lager = mapping(Lager, Inventory, ({ field, reference }) => ({
  variant: reference("ARTNR", { entity: "product", resource: "ARTIKEL" }),
  location: reference("LGORT", { entity: "location", resource: "LAGERORT" }),
  onHand: field("BESTAND", decimal({ scale: 0 }))
}))

/** An order with its rows of AUFTRAGSPOS. EXTNR is the number in the web shop, typed in by hand until now. */
export const Auftrag = S.Struct({
  AUFNR: S.Number, EXTNR: Text, KDNR: Count, DATUM: S.String, WAEHRUNG: S.String, STATUS: S.String, LIEFST: S.String,
  VERSAND: S.Number, BRUTTO: S.Number, SENDUNG: Text,
  AUFTRAGSPOS: S.Array(S.Struct({
    POS: S.Number, ARTNR: Text, BEZ: Text, MENGE: S.Number, EPREIS: S.Number, GESAMT: S.Number
  }))
})

export const auftrag = mapping(Auftrag, Order, ({ field, list, reference }) => ({
  orderNumber: field("EXTNR"),
  customer: reference("KDNR", { entity: "customer", resource: "KUNDEN" }),
  placedAt: field("DATUM", time),
  currency: field("WAEHRUNG"),
  "status.lifecycle": field("STATUS", table({ O: "open", S: "cancelled" }, {
    others: { draft: "O", on_hold: "O", closed: "O", archived: "O" }
  })),
  "status.fulfilment": field("LIEFST", table({ "0": "unfulfilled", "1": "partial", "2": "fulfilled" }, {
    others: { restocked: "0" }
  })),
  "totals.shipping": field("VERSAND", minorUnits("EUR")),
  "totals.total": field("BRUTTO", minorUnits("EUR")),
  lines: list("AUFTRAGSPOS", ({ field, readOnly, reference }) => ({
    variant: reference("ARTNR", { entity: "product", resource: "ARTIKEL" }),
    // The article number is the reference itself, and so not written a second time.
    sku: readOnly(field("ARTNR")),
    title: field("BEZ"),
    quantity: field("MENGE", decimal({ scale: 0 })),
    unitPrice: field("EPREIS", minorUnits("EUR")),
    total: field("GESAMT", minorUnits("EUR"))
  }), { key: "POS" }),
  "custom.tracking": field("SENDUNG")
}))
