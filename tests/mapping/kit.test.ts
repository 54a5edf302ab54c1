/** The kit on a grown German customer table: reading in four values, writing exactly what changed. */
import { Schema as S } from "effect"
import { describe, expect, it } from "vitest"
import {
  apply,
  boolean,
  email,
  localDate,
  mapping,
  minorUnits,
  Rows,
  split,
  table,
  text
} from "../../core/mapping/index.ts"
import { Customer } from "../../core/model/index.ts"
import { absent, cleared, value } from "../../core/model/value.ts"

const Anschrift = S.Struct({
  ANR: S.String,
  TYP: S.Literals(["RE", "LI"]),
  STRASSE: S.NullOr(S.String),
  ORT: S.NullOr(S.String),
  LAND: S.NullOr(S.String),
  TEL: S.NullOr(S.String)
})
const Kunde = S.Struct({
  KUNDENNR: S.String,
  VNAME: S.NullOr(S.String),
  NNAME: S.NullOr(S.String),
  EMAIL: S.NullOr(S.String),
  GESPERRT: S.Literals(["J", "N"]),
  LIMIT_CENT: S.NullOr(S.Number),
  GEB: S.NullOr(S.String),
  NEWSLETTER: S.NullOr(S.Literals(["J", "N"])),
  GRUPPEN: S.NullOr(S.String),
  MANDANT: S.String,
  ANSCHRIFTEN: S.Array(Anschrift)
})

const kunde = mapping(Kunde, Customer, ({ field, group, row, flat, constant, readOnly }) => ({
  number: readOnly(field("KUNDENNR")),
  name: group({ given: "VNAME", family: "NNAME" }),
  email: field("EMAIL", email),
  status: field(
    "GESPERRT",
    table({ J: "blocked", N: "active" }, { others: { inactive: "J", prospect: "N", deceased: "J", erased: "J" } })
  ),
  creditLimit: field("LIMIT_CENT", minorUnits("EUR")),
  birth: field("GEB", localDate()),
  groups: field("GRUPPEN", split(";")),
  "address.billing": row(
    "ANSCHRIFTEN",
    { TYP: "RE" },
    ({ field, group }) => group({ street: "STRASSE", city: field("ORT", text), country: "LAND" }),
    { key: "ANR" }
  ),
  "address.shipping": row(
    "ANSCHRIFTEN",
    { TYP: "LI" },
    { street: "STRASSE", city: "ORT", country: "LAND" },
    { key: "ANR" }
  ),
  consent: flat({
    channel: constant("email"),
    purpose: constant("marketing"),
    state: field(
      "NEWSLETTER",
      table(
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
    )
  }),
  "custom.vip": field("MANDANT", boolean({ true: "V", false: "01" })),
  $MANDANT: constant("MANDANT", "01")
}))

const record = {
  KUNDENNR: "4711",
  VNAME: "Maximilian",
  NNAME: " ",
  EMAIL: "Max@Example.com",
  GESPERRT: "N",
  LIMIT_CENT: 125000,
  GEB: "1980-05-17",
  NEWSLETTER: "J",
  GRUPPEN: "b; a;b",
  MANDANT: "V",
  ANSCHRIFTEN: [{ ANR: "1", TYP: "RE", STRASSE: "Hauptstr. 1", ORT: "Berlin", LAND: "DE", TEL: "x" }]
}

describe("read", () => {
  it("shows every mapped path in canonical form", () => {
    expect(Object.fromEntries(kunde.read(record))).toEqual({
      number: value("4711"),
      "name.given": value("Maximilian"),
      "name.family": cleared,
      email: value("Max@Example.com"),
      status: value("active"),
      creditLimit: value({ minor: "125000", scale: 2, currency: "EUR" }),
      birth: value("1980-05-17"),
      groups: value(["a", "b"]),
      "address.billing": value({ street: "Hauptstr. 1", city: "Berlin", country: "DE" }),
      "address.shipping": cleared,
      consent: value([{ id: "email|marketing", channel: "email", purpose: "marketing", state: "granted" }]),
      "custom.vip": value(true)
    })
  })
  it("says Absent for what the record does not name, and goes on past what it cannot read", () => {
    const read = kunde.read({ GESPERRT: "?", EMAIL: "max@example.com", ANSCHRIFTEN: [{ ANR: "1" }] })
    expect(read.get("name.given")).toEqual(absent)
    expect(read.get("status")?._tag).toBe("Invalid")
    expect(read.get("email")).toEqual(value("max@example.com"))
  })
})

describe("write", () => {
  it("names nothing that did not change", () => {
    const values = new Map(
      [...kunde.read(record)].flatMap(([path, seen]) => (seen._tag === "Value" ? [[path, seen.value] as const] : []))
    )
    expect(kunde.write(values, record)).toEqual({})
    expect(kunde.write(new Map(), record)).toEqual({})
  })
  it("changes one column, one child row", () => {
    const patch = kunde.write(
      new Map<string, string | { [part: string]: string }>([
        ["name.family", "Muster"],
        ["address.billing", { street: "Hauptstr. 1", city: "Bonn", country: "DE" }]
      ]),
      record
    )
    expect(patch).toEqual({
      NNAME: "Muster",
      ANSCHRIFTEN: new Rows([{ id: "1", where: { TYP: "RE" }, set: { ORT: "Bonn" } }])
    })
    expect(apply(record, patch, kunde.rowKeys ?? {})["ANSCHRIFTEN"]).toEqual([
      { ...record.ANSCHRIFTEN[0], ORT: "Bonn" }
    ])
  })
  it("adds a slot's row with its constants and takes it away", () => {
    const made = kunde.write(new Map([["address.shipping", { city: "Köln" }]]), record)
    expect(made).toEqual({ ANSCHRIFTEN: new Rows([{ where: { TYP: "LI" }, set: { ORT: "Köln" } }]) })
    expect(kunde.write(new Map([["address.billing", null]]), record)).toEqual({
      ANSCHRIFTEN: new Rows([{ id: "1", where: { TYP: "RE" }, set: null }])
    })
  })
  it("shows a constant for what was said, and nothing for what was not", () => {
    const kind = mapping(Kunde, Customer, ({ constant }) => ({ kind: constant("person") })).fields.get("kind")
    expect(kind?.get({})).toEqual(value("person"))
    expect([kind?.norm("organization"), kind?.norm(null)]).toEqual(["person", null])
  })
  it("keeps what a partial view does not know", () => {
    const view = kunde.fields.get("address.billing")?.view
    const golden = { street: "A", city: "B", company: "ACME" }
    expect(view?.get(golden)).toEqual({ street: "A", city: "B" })
    expect(view?.put({ street: "C" }, golden)).toEqual({ street: "C", company: "ACME" })
  })
})
