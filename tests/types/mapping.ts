/** What the compiler refuses in a mapping: each line marked as an error must be one. */
import { Schema as S } from "effect"
import {
  boolean,
  country,
  decimal,
  e164,
  email,
  instant,
  integer,
  localDate,
  mapping,
  minorUnits,
  money
} from "esl/mapping"
import { schema, split, table, text } from "esl/mapping"
import type { Mapping } from "esl/mapping"
import { Bool, Customer, extend, field as customField, Order, Product } from "esl/model"
import type { TypeOf } from "esl/model"

const T = S.NullOr(S.String)
const K = S.Struct({
  NR: S.String,
  VNAME: T,
  NNAME: T,
  EMAIL: T,
  TEL: T,
  LAND: T,
  SPERRE: S.Literals(["J", "N"]),
  LIMIT: S.NullOr(S.Number),
  VIP: S.Boolean,
  ANSCHRIFTEN: S.Array(S.Struct({ TYP: S.Literals(["RE", "LI"]), STRASSE: T, ORT: T, NR: S.Number }))
})
const B = S.Struct({
  NR: S.String,
  POS: S.Array(S.Struct({ ZEILE: S.Number, ARTNR: S.String, MENGE: S.String, PREIS: S.String, WAEHR: S.String }))
})

const others = { inactive: "J", prospect: "N", deceased: "J", erased: "J" } as const

export const good = mapping(K, Customer, ({ field, group, row, constant, readOnly, writeOnly, lossy }) => ({
  name: group({ given: "VNAME", family: field("NNAME", text) }),
  number: readOnly(field("NR")),
  email: lossy("kept in small letters by a trigger", field("EMAIL", email)),
  "phone.work": writeOnly(field("TEL", e164({ column: "LAND" }))),
  status: field("SPERRE", table({ J: "blocked", N: "active" }, { others })),
  creditLimit: field("LIMIT", minorUnits("EUR")),
  guest: field("VIP", boolean()),
  "address.billing": row("ANSCHRIFTEN", { TYP: "RE" }, { street: "STRASSE", city: "ORT" }),
  "address.main": group({ country: field("LAND", country()) }),
  "custom.vip": field("VIP", boolean()),
  language: constant("de"),
  $VIP: constant("VIP", false)
}))

export const goodOrder = mapping(B, Order, ({ field, list }) => ({
  orderNumber: field("NR"),
  lines: list(
    "POS",
    ({ field, reference }) => ({
      variant: reference("ARTNR", { entity: "product", resource: "ARTIKEL" }),
      quantity: field("MENGE", decimal()),
      unitPrice: field("PREIS", money(2, { column: "WAEHR" }))
    }),
    { key: "ZEILE" }
  )
}))

// The entity's type goes on into the config: a mapping of orders is no mapping of customers.
export const asCustomer: Mapping<TypeOf<typeof Customer>> = good

// @ts-expect-error a misspelt column: Did you mean '"EMAIL"'?
mapping(K, Customer, ({ field }) => ({ email: field("EMIAL", email) }))

// @ts-expect-error a misspelt canonical path: Did you mean to write 'email'?
mapping(K, Customer, ({ field }) => ({ emial: field("EMAIL", email) }))

// @ts-expect-error an amount is no e-mail address
mapping(K, Customer, ({ field }) => ({ email: field("LIMIT", minorUnits("EUR")) }))

// @ts-expect-error a text codec on a column of numbers
mapping(K, Customer, ({ field }) => ({ legalName: field("LIMIT", text) }))

// @ts-expect-error a column of numbers is no text
mapping(K, Customer, ({ field }) => ({ legalName: field("LIMIT") }))

// @ts-expect-error a word that the entity does not know
mapping(K, Customer, ({ field }) => ({ status: field("SPERRE", table({ J: "blockt", N: "active" }, { others })) }))

// Words without a code are not written; `others` gives them one.
const two = table({ J: "blocked", N: "active" })
export const partial = mapping(K, Customer, ({ field }) => ({ status: field("SPERRE", two) }))

// @ts-expect-error a code in `others` that the table does not have
mapping(K, Customer, ({ field }) => ({ status: field("SPERRE", table({ J: "blocked" }, { others: { active: "X" } })) }))

// @ts-expect-error a part that names do not have
mapping(K, Customer, ({ group }) => ({ name: group({ givn: "VNAME" }) }))

// @ts-expect-error a column that is not there, in a group
mapping(K, Customer, ({ group }) => ({ name: group({ given: "FNAME" }) }))

// @ts-expect-error a part that addresses do not have
mapping(K, Customer, ({ group }) => ({ "address.main": group({ town: "LAND" }) }))

// @ts-expect-error a child collection is no column
mapping(K, Customer, ({ field }) => ({ legalName: field("ANSCHRIFTEN") }))

// @ts-expect-error no such child collection
mapping(K, Customer, ({ row }) => ({ "address.billing": row("ADRESSEN", { TYP: "RE" }, { city: "ORT" }) }))

// @ts-expect-error a column of the parent is no column of the row
mapping(K, Customer, ({ row }) => ({ "address.billing": row("ANSCHRIFTEN", { TYP: "RE" }, { city: "LAND" }) }))

// @ts-expect-error a constant that the column cannot hold
mapping(K, Customer, ({ row }) => ({ "address.billing": row("ANSCHRIFTEN", { TYP: "XX" }, { city: "ORT" }) }))

// @ts-expect-error a column that is not there, as the region of a phone number
mapping(K, Customer, ({ field }) => ({ "phone.work": field("TEL", e164({ column: "LND" })) }))

// @ts-expect-error a list is no text
mapping(K, Customer, ({ field }) => ({ legalName: field("VNAME", split(",")) }))

// @ts-expect-error a text is no list
mapping(K, Customer, ({ field }) => ({ tags: field("VNAME", text) }))

// @ts-expect-error a constant of another type
mapping(K, Customer, ({ constant }) => ({ guest: constant("yes") }))

// @ts-expect-error a column constant of another type
mapping(K, Customer, ({ constant }) => ({ $NR: constant("NR", 1) }))

// @ts-expect-error a column constant is no canonical field
mapping(K, Customer, ({ constant }) => ({ number: constant("NR", "1") }))

// @ts-expect-error an attribute that order lines do not have
mapping(B, Order, ({ list }) => ({ lines: list("POS", ({ field }) => ({ amont: field("MENGE", decimal()) })) }))

// @ts-expect-error a number codec for an amount
mapping(B, Order, ({ list }) => ({ lines: list("POS", ({ field }) => ({ unitPrice: field("PREIS", decimal()) })) }))

// @ts-expect-error a key column that the rows do not have
mapping(B, Order, ({ list }) => ({ lines: list("POS", {}, { key: "POSNR" }) }))

// @ts-expect-error an instant is no calendar date, but a flag is neither
mapping(K, Customer, ({ field }) => ({ firstSeen: field("VIP", instant()) }))

// @ts-expect-error a form of dates that nobody knows
localDate("DD-MM-YY")

// @ts-expect-error a reference needs the entity it points to
mapping(B, Order, ({ reference }) => ({ customer: reference("NR", { resource: "KUNDEN" }) }))

/** Any Effect Schema from the column's type is a codec. */
export const plain = mapping(S.Struct({ ANZAHL: S.String }), Product, ({ field }) => ({
  "custom.count": field("ANZAHL", schema(S.String.check(S.isMaxLength(9))))
}))

/** Extension: more fields on the same columns, and on more columns. */
const Vip = extend(Customer, { "custom.vip": customField(Bool, "L", "none", "Gets gifts.") })
const typed = mapping(K, Vip, ({ field }) => ({ "custom.vip": field("VIP", boolean()) }))
export const more = typed
  .with(({ field }) => ({ email: field("EMAIL", email) }))
  .with(S.Struct({ PUNKTE: S.Number }), ({ field }) => ({ "custom.points": field("PUNKTE", integer) }))
  .without("email")

// @ts-expect-error a declared custom field has its type
typed.with(({ field }) => ({ "custom.vip": field("VNAME", text) }))

// @ts-expect-error a column that the extension does not have
typed.with(S.Struct({ PUNKTE: S.Number }), ({ field }) => ({ "custom.points": field("PNKTE", integer) }))
