/** The laws hold for mappings made of everything that the kit offers. */
import { Schema as S } from "effect"
import { describe, expect, it } from "vitest"
import * as kit from "../../core/mapping/index.ts"
import type { Mapping } from "../../core/mapping/index.ts"
import { Customer, Order, Product } from "../../core/model/index.ts"
import { checkLaws, formatBreach } from "../../core/testing/laws.ts"

const { boolean, codes, country, decimal, e164, email, gtin, instant, integer, json, lines, localDate } = kit
const { lowercase, mapping, minorUnits, money, placeholders, split, table, text, truncate } = kit
const T = S.NullOr(S.String)
const N = S.NullOr(S.Number)

const consents = table(
  { J: "granted", N: "denied" },
  {
    others: {
      withdrawn: "N",
      unknown: "N",
      never_asked: "N",
      pending_double_opt_in: "N",
      suppressed_bounce: "N",
      suppressed_complaint: "N",
      suppressed_legal: "N",
      erased: "N"
    }
  }
)

const Kunde = S.Struct({
  KUNDENNR: S.String,
  VNAME: T,
  NNAME: T,
  EMAIL: T,
  GESPERRT: S.Literals(["J", "N"]),
  LIMIT_CENT: N,
  GEB: T,
  NEWSLETTER: S.NullOr(S.Literals(["J", "N"])),
  GRUPPEN: T,
  MANDANT: S.String,
  ANGELEGT: T,
  FIRMA: S.NullOr(S.String.check(S.isMaxLength(20))),
  GAST: S.Union([S.Boolean, S.Number]),
  TEL: T,
  LAND: T,
  STRASSE: T,
  ORT: T,
  ANSCHRIFTEN: S.Array(S.Struct({ ANR: S.String, TYP: S.String, STRASSE: T, ORT: T, LAND: T, TEL: T })),
  MERKMALE: S.Array(S.Struct({ NR: S.String, WORT: T }))
})

const kunde = mapping(Kunde, Customer, ({ field, group, row, flat, words, constant, readOnly }) => ({
  number: readOnly(field("KUNDENNR")),
  name: group({
    given: field("VNAME", placeholders(["Unbekannt", "-"], text)),
    family: field("NNAME", truncate(12))
  }),
  email: field("EMAIL", lowercase),
  status: field(
    "GESPERRT",
    table({ J: "blocked", N: "active" }, { others: { inactive: "J", prospect: "N", deceased: "J", erased: "J" } })
  ),
  creditLimit: field("LIMIT_CENT", minorUnits("EUR")),
  birth: field("GEB", localDate("DD.MM.YYYY")),
  groups: field("GRUPPEN", split(";")),
  tags: words("MERKMALE", "WORT", { key: "NR" }),
  firstSeen: field("ANGELEGT", instant({ zone: "Europe/Berlin" })),
  legalName: field("FIRMA"),
  guest: field("GAST", boolean()),
  "phone.work": field("TEL", e164({ column: "LAND" })),
  "phone.home": row("ANSCHRIFTEN", { TYP: "RE" }, ({ field }) => field("TEL", e164("DE")), { key: "ANR" }),
  "address.main": group({ street: "STRASSE", city: "ORT", country: field("LAND", country("alpha3")) }),
  "address.billing": row(
    "ANSCHRIFTEN",
    { TYP: "RE" },
    ({ field, group }) => group({ street: "STRASSE", city: field("ORT", text), country: field("LAND", country()) }),
    { key: "ANR" }
  ),
  "address.shipping": row("ANSCHRIFTEN", { TYP: "LI" }, { street: "STRASSE", city: "ORT" }, { key: "ANR" }),
  consent: flat({
    channel: constant("email"),
    purpose: constant("marketing"),
    state: field("NEWSLETTER", consents)
  }),
  "custom.mandant": field("MANDANT"),
  $MANDANT: constant("MANDANT", "01")
}))

const Artikel = S.Struct({
  ARTNR: S.String,
  BEZ: T,
  EAN: T,
  PREIS1: N,
  PREIS2: T,
  WAEHR: T,
  GEWICHT: T,
  AKTIV: S.Number,
  BILDER: S.Array(S.Struct({ URL: T, POS: N })),
  PREISE: S.Array(S.Struct({ ID: S.Number, LISTE: T, BETRAG: T, WAEHR: T, VON: T, AB: T }))
})

const artikel = mapping(Artikel, Product, ({ field, flat, list, constant }) => ({
  title: field("BEZ"),
  type: constant("physical"),
  variants: flat({
    sku: "ARTNR",
    gtin: field("EAN", gtin(13)),
    price: field("PREIS1", minorUnits("EUR")),
    cost: field("PREIS2", money(4, { column: "WAEHR" }))
  }),
  media: list("BILDER", ({ field }) => ({ url: "URL", position: field("POS", integer) })),
  prices: list(
    "PREISE",
    ({ field }) => ({
      list: "LISTE",
      amount: field("BETRAG", money(2, { column: "WAEHR" })),
      minQty: field("AB", decimal({ scale: 2 })),
      validFrom: field("VON", instant({ digits: 3 }))
    }),
    { key: "ID" }
  )
}))

const Auftrag = S.Struct({
  NR: S.String,
  KUNDE: T,
  MAIL: T,
  ZEIT: N,
  STORNO: T,
  SUMME: T,
  POS: S.Array(S.Struct({ POSNR: S.Number, LFD: N, ARTNR: T, FARBE: T, MENGE: T, PREIS: T, TEXT: T }))
})

const auftrag = mapping(Auftrag, Order, ({ field, reference, list, constant, writeOnly }) => ({
  orderNumber: field("NR"),
  customer: reference("KUNDE", { entity: "customer", resource: "KUNDEN" }),
  "buyer.email": field("MAIL", email),
  placedAt: field("ZEIT", instant({ epoch: "seconds" })),
  currency: constant("EUR"),
  "cancellation.reason": writeOnly(field("STORNO")),
  "totals.total": field("SUMME", money(2, "EUR")),
  lines: list(
    "POS",
    ({ field, reference }) => ({
      variant: reference(["ARTNR", "FARBE"], { entity: "product", resource: "ARTIKEL" }),
      quantity: field("MENGE", decimal({ scale: 3 })),
      unitPrice: field("PREIS", money(4, "EUR")),
      title: "TEXT"
    }),
    { key: "POSNR", resource: "AUFTRAGSPOS", order: "LFD" }
  )
}))

const Ware = S.Struct({
  CODE: S.String,
  NAME: S.String,
  TEXT: T,
  NETTO: S.String,
  BRUTTO: T,
  WORTE: T,
  DATEN: T,
  SPRACHE: T,
  ZEILEN: T,
  NUMMER: N,
  SCHLAGWORTE: S.Array(S.Struct({ WORT: T })),
  LISTEN: S.Array(S.Struct({ LISTE: T, PREIS: T, AB: T }))
})

/** Columns that cannot be null, placeholders everywhere, several elements in the columns of one record. */
const ware = mapping(
  Ware,
  Product,
  ({ field, flat, words, constant, emptyMeansUnknown, lossy }) => ({
    title: field("NAME"),
    description: emptyMeansUnknown(field("TEXT")),
    brand: lossy("kept in capitals by a trigger", field("WORTE")),
    status: constant("active"),
    tags: words("SCHLAGWORTE", "WORT"),
    prices: flat([
      { list: constant("netto"), amount: field("NETTO", money(2, "EUR")), taxIncluded: constant(false) },
      { list: constant("brutto"), amount: field("BRUTTO", money(2, "EUR")), taxIncluded: constant(true) }
    ]),
    "custom.json": field("DATEN", json(S.Array(S.String.check(S.isMinLength(1))))),
    "custom.lines": field("ZEILEN", lines),
    "custom.language": field("SPRACHE", codes({ D: "de", E: "en" })),
    "custom.count": field("NUMMER", integer)
  }),
  { placeholders: "usual" }
)

/** Keys of several columns, and names that no program would choose. */
const Teil = S.Struct({
  "Größe-cm": T,
  select: T,
  constructor: T,
  "order by": N,
  KD: T,
  KDM: T,
  POS: S.Array(S.Struct({ A: S.String, B: S.Number, "group by": T, P: T }))
})

const teil = mapping(Teil, Order, ({ field, reference, list }) => ({
  orderNumber: field("Größe-cm"),
  store: field("constructor"),
  "buyer.name": field("select"),
  "custom.count": field("order by", integer),
  customer: reference(["KDM", "KD"], { entity: "customer", resource: "KUNDEN" }),
  lines: list("POS", ({ field }) => ({ title: "group by", unitPrice: field("P", money(4, "EUR")) }), {
    key: ["A", "B"]
  })
}))

const prove = <A>(mapping: Mapping<A>) => ({ covers: mapping.covers, report: checkLaws(mapping) })

describe("laws", () => {
  it.each([
    ["customer", () => prove(kunde)],
    ["product", () => prove(artikel)],
    ["order", () => prove(auftrag)],
    ["odd columns", () => prove(ware)],
    ["odd keys and names", () => prove(teil)]
  ] as const)("hold for the kit: %s", (_, proof) => {
    const { covers, report } = proof()
    expect(report.breaches.map((breach) => formatBreach(breach)).join("\n\n")).toBe("")
    for (const path of covers) expect(report.asked.get(path)).toBeGreaterThanOrEqual(1000)
  })
})
