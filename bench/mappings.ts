/** The benchmark's config: the source's customers and the target's, 20 columns each, both directions. */
import { Schema as S } from "effect"
import { defineConfig, newest, prefer, sync } from "../core/index.ts"
import { codes, email, mapping, money, table } from "../core/mapping/index.ts"
import { Customer } from "../core/model/index.ts"
import { sql } from "../connectors/index.ts"

const Text = S.NullOr(S.String)

const Source = S.Struct({
  id: S.String, email: Text, first_name: Text, last_name: Text, title: Text, phone: Text, mobile: Text, locale: Text,
  status: S.String, company: Text, street: Text, street2: Text, city: Text, zip: Text, country: Text, note: Text,
  loyalty_card: Text, credit_limit: Text
})

const source = mapping(Source, Customer, ({ field, group }) => ({
  email: field("email", email),
  name: group({ given: "first_name", family: "last_name", prefix: "title" }),
  "phone.home": field("phone"),
  "phone.mobile": field("mobile"),
  language: field("locale"),
  status: field("status", table({ active: "active", blocked: "blocked" }, {
    others: { inactive: "blocked", prospect: "active", deceased: "blocked", erased: "blocked" }
  })),
  legalName: field("company"),
  "address.billing": group({ street: "street", unit: "street2", city: "city", postalCode: "zip", country: "country" }),
  "custom.note": field("note"),
  loyaltyNumber: field("loyalty_card"),
  creditLimit: field("credit_limit", money(2, "EUR"))
}))

const Target = S.Struct({
  kdnr: S.String, email: Text, vorname: Text, nachname: Text, titel: Text, telefon: Text, mobil: Text, sprache: Text,
  sperre: S.String, firma: Text, strasse: Text, zusatz: Text, ort: Text, plz: Text, land: Text, bemerkung: Text,
  karte: Text, kreditlimit: Text
})

const target = mapping(Target, Customer, ({ field, group }) => ({
  email: field("email", email),
  name: group({ given: "vorname", family: "nachname", prefix: "titel" }),
  "phone.home": field("telefon"),
  "phone.mobile": field("mobil"),
  language: field("sprache", codes({ D: "de", E: "en" })),
  status: field("sperre", table({ N: "active", J: "blocked" }, {
    others: { inactive: "J", prospect: "N", deceased: "J", erased: "J" }
  })),
  legalName: field("firma"),
  "address.billing": group({ street: "strasse", unit: "zusatz", city: "ort", postalCode: "plz", country: "land" }),
  "custom.note": field("bemerkung"),
  loyaltyNumber: field("karte"),
  creditLimit: field("kreditlimit", money(2, "EUR"))
}))

export const config = (from: string, to: string, hub: string) => {
  const crm = sql("crm", { url: from })
  const erp = sql("erp", { url: to })
  return defineConfig({
    hub: `sqlite:${hub}`,
    syncs: [sync("customer", Customer, {
      between: [
        crm.table("customers", Source, { key: "id", changed: "updated_at" }).as(source),
        erp.table("kunden", Target, { key: "kdnr", changed: "geaendert" }).as(target)
      ],
      match: ["email"],
      rule: newest,
      first: prefer(crm, erp),
      brake: { changes: "100%" }
    })]
  })
}
