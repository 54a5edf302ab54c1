/** The old ERP: German names, codes instead of words, amounts in cents. What is not named here stays untouched. */
import { Schema as S } from "effect"
import { codec, codes, decimal, e164, email, gtin, instant, mapping, minorUnits, placeholders, refuse, table } from "esl/mapping"
import { Customer, Inventory, Location, Order, Product } from "esl/model"
import { net } from "./net.ts"

const Text = S.NullOr(S.String)
const Count = S.NullOr(S.Number)

/** Times in the ERP carry no zone. */
const time = instant({ zone: "UTC" })
const landCode = codes({ D: "DE", A: "AT", CH: "CH" })

/** A row of KUNDEN with its rows of ANSCHRIFTEN. */
export const Kunde = S.Struct({
  KDNR: S.Number, VORNAME: Text, NACHNAME: Text, FIRMA: Text, EMAIL: Text, TEL: Text, MOBIL: Text, SPERRE: S.String,
  KREDLIM: Count, NEWSLETTER: Text, NLDATUM: Text,
  ANSCHRIFTEN: S.Array(S.Struct({ ADRNR: S.Number, TYP: S.String, STRASSE: Text, PLZ: Text, ORT: Text, LAND: Text }))
})

/** Whatever forbids is an N, whatever says nothing is empty: the ERP knows no third word. */
const newsletter = table({ J: "granted", N: "withdrawn" }, {
  others: {
    denied: "N", suppressed_bounce: "N", suppressed_complaint: "N", suppressed_legal: "N", erased: "N"
  }
})

export const kunde = mapping(Kunde, Customer, ({ field, flat, group, row, constant }) => ({
  name: group({ given: "VORNAME", family: "NACHNAME" }),
  legalName: field("FIRMA"),
  email: field("EMAIL", email),
  "phone.home": field("TEL", placeholders(["unbekannt"], e164("DE"))),
  "phone.mobile": field("MOBIL", e164("DE")),
  status: field("SPERRE", table({ N: "active", J: "blocked" })),
  creditLimit: field("KREDLIM", minorUnits("EUR")),
  consent: flat([{
    channel: constant("email"),
    purpose: constant("marketing"),
    state: field("NEWSLETTER", newsletter),
    decidedAt: field("NLDATUM", time),
    decidedBy: constant("subject")
  }]),
  "address.billing": row("ANSCHRIFTEN", { TYP: "RE" }, ({ field, group }) =>
    group({ street: "STRASSE", postalCode: "PLZ", city: "ORT", country: field("LAND", landCode) }))
}))

/** An article is a product with one variant. It has two prices, and the ERP makes the one without tax itself. */
export const Artikel = S.Struct({
  ARTNR: S.String, BEZ: S.String, MARKE: Text, EAN: Text, VKBRUTTO: S.Number, VKNETTO: S.Number, AKTIV: S.String
})

export const artikel = mapping(Artikel, Product, ({ field, flat, readOnly, constant }) => ({
  title: readOnly(field("BEZ")),
  brand: readOnly(field("MARKE")),
  status: readOnly(field("AKTIV", table({ J: "active", N: "archived" }))),
  variants: readOnly(flat({
    sku: "ARTNR", gtin: field("EAN", gtin(13)), price: field("VKBRUTTO", minorUnits("EUR")), taxIncluded: constant(true),
    custom: field("VKNETTO", net(minorUnits("EUR")))
  }, { key: "ARTNR", resource: "ARTIKEL" }))
}))

export const Lagerort = S.Struct({ LGORT: S.String, BEZ: S.String })
export const lagerort = mapping(Lagerort, Location, ({ field }) => ({ name: field("BEZ") }))

export const Lager = S.Struct({ ARTNR: S.String, LGORT: S.String, BESTAND: S.Number })

export const lager = mapping(Lager, Inventory, ({ field, reference }) => ({
  variant: reference("ARTNR", { entity: "product", resource: "ARTIKEL" }),
  location: reference("LGORT", { entity: "location", resource: "LAGERORT" }),
  onHand: field("BESTAND", decimal({ scale: 0 }))
}))

/** An order with its rows of AUFTRAGSPOS. QUELLE and EXTNR are where it was placed, and its number there. */
export const Auftrag = S.Struct({
  AUFNR: S.Number, QUELLE: Text, EXTNR: Text, KDNR: Count, LGORT: Text, DATUM: S.String, WAEHRUNG: S.String,
  STATUS: S.String, ZAHLUNG: S.String, LIEFERUNG: S.String, VERSAND: Count, BRUTTO: Count, SENDUNG: Text,
  VERSANDDATUM: Text, GUTSCHRIFT: Count, GUTDATUM: Text, GUTGRUND: Text,
  AUFTRAGSPOS: S.Array(S.Struct({
    POS: S.Number, ARTNR: Text, BEZ: Text, MENGE: S.Number, EPREIS: Count, GESAMT: Count
  }))
})

/** One parcel number stands for the whole delivery. */
const parcel = codec<ReadonlyArray<{ readonly number?: string; readonly url?: string }>>({
  name: "parcel",
  from: S.String,
  to: S.Array(S.Struct({ number: S.optionalKey(S.String), url: S.optionalKey(S.String) })),
  lossy: "one number, without an address to follow it at",
  decode: (raw) => typeof raw === "string" ? { _tag: "Value", value: [{ number: raw.trim().normalize("NFC") }] }
    : { _tag: "Invalid", raw, why: "is no number" },
  encode: (canonical) => {
    const [first]: ReadonlyArray<unknown> = Array.isArray(canonical) ? canonical : []
    return typeof first === "object" && first !== null && "number" in first && typeof first.number === "string"
      ? first.number : refuse("has no number")
  }
})

const amount = minorUnits({ column: "WAEHRUNG" })

export const auftrag = mapping(Auftrag, Order, ({ constant, field, flat, list, reference }) => ({
  store: field("QUELLE"),
  orderNumber: field("EXTNR"),
  customer: reference("KDNR", { entity: "customer", resource: "KUNDEN" }),
  location: reference("LGORT", { entity: "location", resource: "LAGERORT" }),
  placedAt: field("DATUM", time),
  currency: field("WAEHRUNG"),
  "status.lifecycle": field("STATUS", table({ O: "open", S: "cancelled", E: "closed" }, {
    others: { draft: "O", on_hold: "O", archived: "E" }
  })),
  "status.payment": field("ZAHLUNG", table({ O: "pending", B: "paid", T: "partially_refunded", G: "refunded" }, {
    others: { authorized: "O", partially_paid: "O", disputed: "B", voided: "G" }
  })),
  "status.fulfilment": field("LIEFERUNG", table({ "0": "unfulfilled", "1": "partial", "2": "fulfilled" }, {
    others: { restocked: "0" }
  })),
  "totals.shipping": field("VERSAND", amount),
  "totals.total": field("BRUTTO", amount),
  lines: list("AUFTRAGSPOS", ({ field, readOnly, reference }) => ({
    variant: reference("ARTNR", { entity: "product", resource: "ARTIKEL" }),
    // The article number is the reference itself, and so not written a second time.
    sku: readOnly(field("ARTNR")),
    title: field("BEZ"),
    quantity: field("MENGE", decimal({ scale: 0 })),
    unitPrice: field("EPREIS", minorUnits("EUR")),
    total: field("GESAMT", minorUnits("EUR"))
  }), { key: "POS" }),
  fulfilments: flat([{ tracking: field("SENDUNG", parcel), shippedAt: field("VERSANDDATUM", time), carrier: constant("DHL") }]),
  refunds: flat([{ amount: field("GUTSCHRIFT", amount), at: field("GUTDATUM", time), reason: field("GUTGRUND") }])
}))
