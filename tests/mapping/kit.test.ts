/** The kit on a grown German customer table: reading in four values, writing exactly what changed. */
import { Schema as S } from "effect"
import { describe, expect, it } from "vitest"
import { apply, boolean, email, integer, localDate, mapping } from "../../core/mapping/index.ts"
import { minorUnits, Rows, split, table, text, truncate } from "../../core/mapping/index.ts"
import type { Kit } from "../../core/mapping/index.ts"
import { Customer, Order } from "../../core/model/index.ts"
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

describe("a table over a column of booleans", () => {
  it("writes booleans", () => {
    const Row = S.Struct({ on: S.NullOr(S.Boolean) })
    const states = table({ true: "blocked", false: "active" })
    const one = mapping(Row, Customer, ({ field }) => ({ status: field("on", states) }))
    expect(one.write(new Map([["status", "blocked"]]), undefined)).toEqual({ on: true })
    expect(one.write(new Map([["status", "active"]]), { on: true })).toEqual({ on: false })
  })
})

describe("a constant that says who decided", () => {
  const Row = S.Struct({ MAIL: S.NullOr(S.String), NEWS: S.NullOr(S.Literals(["J", "N"])) })
  const row = mapping(Row, Customer, ({ constant, field, flat }) => ({
    consent: flat([{
      channel: constant("email"), purpose: constant("marketing"), decidedBy: constant("subject"),
      state: field("NEWS", table({ J: "granted", N: "withdrawn" }))
    }])
  }))
  const said = (channel: string) =>
    [{ id: "1", channel, purpose: "marketing", state: "withdrawn", decidedBy: "import" }]

  it("does not keep an opt-out away that somebody else wrote down", () => {
    expect(row.fields.get("consent")?.refuses?.(said("email"))).toBeUndefined()
    expect(row.write(new Map([["consent", said("email")]]), { MAIL: null, NEWS: "J" })).toEqual({ NEWS: "N" })
    expect(row.fields.get("consent")?.norm(said("email"))).toMatchObject([{ state: "withdrawn", decidedBy: "subject" }])
  })

  it("still tells channels apart", () => {
    expect(row.write(new Map([["consent", said("sms")]]), { MAIL: null, NEWS: null })).toEqual({})
  })
})

describe("faults", () => {
  const told = (make: () => { readonly faults?: ReadonlyArray<string> }): ReadonlyArray<string> => make().faults ?? []
  it("are told all at once, for those who have no compiler", () => {
    const build = ({ field, group, list, reference }: Kit<(typeof Kunde)["Encoded"]>) =>
      ({
        emial: field("EMAIL", email),
        legalName: field("NAME" as "EMAIL"),
        name: group({ givn: "VNAME" } as object),
        number: reference("KUNDENNR", { entity: "customer", resource: "KUNDEN" }),
        tags: list("MERKMALE" as "ANSCHRIFTEN", {})
      }) as object
    expect(told(() => mapping(Kunde, Customer, build))).toEqual([
      "the record has no column NAME",
      "the record has no rows MERKMALE",
      "customer has no field emial",
      "customer has no field name.givn",
      "number: is no reference"
    ])
  })
  it("name fields that would overwrite each other", () => {
    const make = () =>
      mapping(Kunde, Customer, ({ field }) => ({ legalName: field("VNAME"), tradeName: field("VNAME") }))
    expect(told(make)).toEqual(["legalName and tradeName both write VNAME: declare one of them readOnly(...)"])
    expect(
      told(() =>
        mapping(Kunde, Customer, ({ field, readOnly }) => ({
          legalName: field("VNAME"),
          tradeName: readOnly(field("VNAME"))
        }))
      )
    ).toEqual([])
  })
  it("name references to another entity", () => {
    const Zeile = S.Struct({ KDNR: S.String })
    const make = () =>
      mapping(Zeile, Order, ({ reference }) => ({
        customer: reference("KDNR", { entity: "product", resource: "ARTIKEL" })
      }))
    expect(told(make)).toEqual(["customer: points to customer, not to product"])
    expect(told(() => mapping(Zeile, Order, ({ field }) => ({ customer: field("KDNR") })))).toEqual([
      "customer: points to customer, so it needs reference(...)"
    ])
  })
})

describe("extension", () => {
  it("adds, replaces and leaves out fields, and changes the version", () => {
    const more = kunde
      .with(S.Struct({ PUNKTE: S.NullOr(S.Number) }), ({ field }) => ({ "custom.points": field("PUNKTE", integer) }))
      .with(({ field }) => ({ "name.family": field("NNAME", truncate(3)) }))
      .without("name.given", "custom.vip")
    expect(more.read({ ...record, PUNKTE: 12 }).get("custom.points")).toEqual(value(12))
    expect(more.write(new Map([["name.family", "Mustermann"]]), record)).toEqual({ NNAME: "Mus" })
    expect(more.covers).not.toContain("name.given")
    expect(more.covers).not.toContain("custom.vip")
    expect(more.covers).toContain("consent")
    expect(more.columns).toContain("PUNKTE")
    expect(new Set([kunde.version, more.version, kunde.without("email").version]).size).toBe(3)
    expect(
      kunde
        .without("email")
        .with(({ field }) => ({ email: field("EMAIL", email) }))
        .read(record)
        .get("email")
    ).toEqual(value("Max@Example.com"))
  })
  it("keeps the version where nothing changed", () => {
    const one = () => mapping(Kunde, Customer, ({ field }) => ({ email: field("EMAIL", email) }))
    expect(one().version).toBe(one().version)
    expect(one().version).not.toBe(mapping(Kunde, Customer, ({ field }) => ({ email: field("EMAIL") })).version)
  })
})

describe("lists", () => {
  const Auftrag = S.Struct({
    NR: S.String,
    POS: S.Array(
      S.Struct({ POSNR: S.Number, LFD: S.NullOr(S.Number), ARTNR: S.NullOr(S.String), BEZ: S.NullOr(S.String) })
    )
  })
  const auftrag = mapping(Auftrag, Order, ({ field, list }) => ({
    orderNumber: field("NR"),
    lines: list(
      "POS",
      ({ reference }) => ({ title: "BEZ", variant: reference("ARTNR", { entity: "product", resource: "ARTIKEL" }) }),
      { key: "POSNR", resource: "AUFTRAGSPOS", order: "LFD" }
    )
  }))
  const order = {
    NR: "1",
    POS: [
      { POSNR: 7, LFD: 2, ARTNR: "B", BEZ: "zwei" },
      { POSNR: 9, LFD: 1, ARTNR: "A", BEZ: "eins" }
    ]
  }
  const lines = auftrag.fields.get("lines")
  it("are read in order, by the keys of their rows", () => {
    expect(auftrag.read(order).get("lines")).toEqual(
      value([
        { id: "9", title: "eins", variant: "A" },
        { id: "7", title: "zwei", variant: "B" }
      ])
    )
    expect(lines?.references).toEqual([{ entity: "product", resource: "ARTIKEL", attribute: "variant" }])
    expect(lines?.ids).toEqual({ kind: "ext", resource: "AUFTRAGSPOS" })
  })
  it("change one row, add one and take one away", () => {
    const wanted = [
      { id: "9", title: "EINS", variant: "A" },
      { id: "01J", title: "neu", variant: "C" }
    ]
    expect(auftrag.write(new Map([["lines", wanted]]), order)).toEqual({
      POS: new Rows([
        { id: "9", set: { BEZ: "EINS" } },
        { element: "01J", set: { BEZ: "neu", ARTNR: "C", LFD: 2 } },
        { id: "7", set: null }
      ])
    })
  })
  it("are numbered anew when their order changes", () => {
    const wanted = [
      { id: "7", title: "zwei", variant: "B" },
      { id: "9", title: "eins", variant: "A" }
    ]
    expect(auftrag.write(new Map([["lines", wanted]]), order)).toEqual({
      POS: new Rows([
        { id: "7", set: { LFD: 1 } },
        { id: "9", set: { LFD: 2 } }
      ])
    })
  })
  it("keep attributes that this side does not hold", () => {
    const golden = [{ id: "a", title: "eins", variant: "g1", quantity: "2" }]
    expect(lines?.view?.get(golden)).toEqual([{ id: "a", title: "eins", variant: "g1" }])
    expect(
      lines?.view?.put(
        [
          { id: "a", title: "EINS", variant: "g1" },
          { id: "b", title: "neu" }
        ],
        golden
      )
    ).toEqual([
      { id: "a", title: "EINS", variant: "g1", quantity: "2" },
      { id: "b", title: "neu" }
    ])
    expect(lines?.view?.put(null, golden)).toBeNull()
  })
})
