/** How the columns of a resource lie in the org's objects: one flat view over a record, its parent and its children. */
import { Effect, Schema } from "effect"
import type { SchemaAST } from "effect"
import type { ConnectorError } from "../../core/connector/errors.ts"
import type { Json } from "../../core/model/value.ts"
import type { Catalog } from "./catalog.ts"
import { isRecord, listOf } from "./client.ts"
import type { Found } from "./client.ts"
import { to18 } from "./ids.ts"
import { name, names, soql } from "./soql.ts"
import type { Soql } from "./soql.ts"

/** Where people live: as person accounts, each contact with its own account, or all contacts below one account. */
export type Persons = "person-accounts" | "own-account" | "shared-account"

export interface ChildView {
  /** Column of the record that holds the rows. */
  readonly name: string
  readonly object: string
  /** The child's field that points to the record, and that relationship's name. */
  readonly link: string
  readonly relationship: string
  readonly columns: ReadonlyArray<string>
}

export interface ParentView {
  readonly relationship: string
  readonly field: string
  readonly object: string
  /** Of many records: what is its own is none of theirs. */
  readonly shared: boolean
}

export interface View {
  readonly resource: string
  readonly object: string
  /** Only these rows. */
  readonly where?: Soql
  /** The field, or path of fields, behind a column; undefined: made by the connector. */
  readonly path: (column: string) => string | undefined
  /** A record above, whose columns are shown with its relationship's name before them. */
  readonly parent?: ParentView
  readonly child?: ChildView
}

/** Fields of Contact that an account of a person carries under another name. */
const person = new Set([
  "Email", "MobilePhone", "HomePhone", "OtherPhone", "Birthdate", "Title", "Department", "LeadSource", "DoNotCall",
  "HasOptedOutOfEmail", "HasOptedOutOfFax", "EmailBouncedReason", "EmailBouncedDate", "MailingStreet", "MailingCity",
  "MailingState", "MailingPostalCode", "MailingCountry", "OtherStreet", "OtherCity", "OtherState", "OtherPostalCode",
  "OtherCountry", "Pronouns", "GenderIdentity"
])

export const customerView = (persons: Persons): View => persons === "person-accounts"
  ? {
    resource: "customers",
    object: "Account",
    where: soql`IsPersonAccount = ${true}`,
    path: (column) => column === "AccountId" ? "Id"
      : column.startsWith("Account.") ? column.slice("Account.".length)
      : person.has(column) ? `Person${column}`
      : column.replace(/__c$/, "__pc")
  }
  : {
    resource: "customers",
    object: "Contact",
    path: (column) => column,
    parent: { relationship: "Account", field: "AccountId", object: "Account", shared: persons === "shared-account" }
  }

export const orderView = (persons: Persons, columns: ReadonlyArray<string>): View => ({
  resource: "orders",
  object: "Order",
  path: (column) => column === "CustomerId" ? persons === "person-accounts" ? "AccountId" : "BillToContactId" : column,
  child: { name: "OrderItems", object: "OrderItem", link: "OrderId", relationship: "Order", columns }
})

export const productView = (columns: ReadonlyArray<string>): View => ({
  resource: "products",
  object: "Product2",
  path: (column) => column === "UnitPrice" ? undefined : column,
  child: { name: "PricebookEntries", object: "PricebookEntry", link: "Product2Id", relationship: "Product2", columns }
})

export const objectView = (resource: string, object: string): View => ({ resource, object, path: (column) => column })

/** Any schema of a record: a struct of columns. */
export type RecordSchema = Schema.Constraint

/** Columns of a record, as its schema names them. */
export const columnsOf = (schema: RecordSchema): ReadonlyArray<string> => {
  const { ast } = Schema.toEncoded(schema)
  return ast._tag === "Objects" ? ast.propertySignatures.map((property) => String(property.name)) : []
}

/** Columns of the rows of a child collection. */
export const childColumns = (schema: RecordSchema, child: string): ReadonlyArray<string> => {
  const { ast } = Schema.toEncoded(schema)
  if (ast._tag !== "Objects") return []
  const found = ast.propertySignatures.find((property) => property.name === child)
  const rows = found === undefined ? undefined : rowsOf(found.type)
  return rows === undefined ? [] : rows.propertySignatures.map((property) => String(property.name))
}

const rowsOf = (ast: SchemaAST.AST): SchemaAST.Objects | undefined => {
  if (ast._tag === "Arrays") return ast.rest[0]?._tag === "Objects" ? ast.rest[0] : undefined
  return ast._tag === "Union" ? ast.types.map(rowsOf).find((one) => one !== undefined) : undefined
}

/** A view with the columns that this token can read. */
export interface Selection {
  readonly view: View
  readonly asked: ReadonlySet<string>
  readonly columns: ReadonlyArray<readonly [column: string, path: ReadonlyArray<string>]>
  readonly childColumns: ReadonlyArray<readonly [column: string, path: ReadonlyArray<string>]>
  /** Fields after SELECT. */
  readonly select: Soql
  /** Types by path: CSV has none of its own. */
  readonly types: ReadonlyMap<string, string>
  readonly stamps: ReadonlyArray<string>
  readonly hasMaster: boolean
  /** The org has several currencies; else there is but the one of the settings. */
  readonly currencies: boolean
  readonly withChildren: boolean
}

/** Selects what was asked for and is there; nothing asked means every column the resource has. */
export const selection = (
  catalog: Catalog, view: View, asked: ReadonlyArray<string>, every: ReadonlyArray<string>
): Effect.Effect<Selection, ConnectorError> => Effect.gen(function*() {
  const wanted = asked.length === 0 ? every : asked
  const columns: Array<readonly [string, ReadonlyArray<string>]> = []
  const types = new Map<string, string>([["IsDeleted", "boolean"]])
  for (const column of wanted) {
    const path = view.path(column)
    if (path === undefined || column === view.child?.name) continue
    const field = yield* catalog.field(view.object, path)
    if (field === undefined || field.type === "address") continue
    columns.push([column, path.split(".")])
    types.set(path, field.type)
  }
  const info = yield* catalog.object(view.object)
  const { child, parent } = view
  const withChildren = child !== undefined && wanted.some((column) =>
    column === child.name || view.path(column) === undefined)
  const childFields: Array<readonly [string, ReadonlyArray<string>]> = []
  for (const column of child !== undefined && withChildren ? child.columns : []) {
    const field = yield* catalog.field(child?.object ?? "", column)
    if (field !== undefined) childFields.push([column, column.split(".")])
  }
  const system = ["Id", "IsDeleted", "CreatedDate", "LastModifiedDate", "SystemModstamp", "MasterRecordId"]
    .filter((field) => info.fields.has(field))
  const stamps = ["SystemModstamp", ...(parent === undefined ? [] : [`${parent.relationship}.SystemModstamp`])]
  const extra = parent === undefined ? []
    : [parent.field, ...["SystemModstamp", "LastModifiedDate"].map((field) => `${parent.relationship}.${field}`)]
  const fields = [...new Set([...system, ...extra, ...columns.map(([, path]) => path.join("."))])]
  const paths = childFields.map(([, path]) => path.join("."))
  const inner = child !== undefined && withChildren ? nested(child, paths) : undefined
  return {
    view, asked: new Set(wanted), columns, childColumns: childFields, types, stamps, withChildren,
    hasMaster: info.fields.has("MasterRecordId"),
    currencies: info.fields.has("CurrencyIsoCode"),
    select: inner === undefined ? names(fields) : soql`${names(fields)}, ${inner}`
  }
})

const nested = (child: ChildView, fields: ReadonlyArray<string>): Soql => {
  const more = child.object === "PricebookEntry" ? ["Pricebook2.IsStandard"] : []
  const list = names([...new Set(["Id", ...fields, ...more])])
  return soql`(SELECT ${list} FROM ${name(child.name)} WHERE IsDeleted = ${false} ORDER BY Id)`
}

const valueAt = (row: Found, path: ReadonlyArray<string>): Json =>
  path.reduce<Json>((at, key) => isRecord(at) ? at[key] ?? null : null, row)

/** REST writes `+0000`, Bulk `Z`: one spelling, so that a record read twice is one. Ids have 18 characters. */
export const normal = (value: Json): Json => {
  if (typeof value !== "string") return value
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:\+0000|Z)$/.test(value)) return value.replace(/(?:\.000)?(?:\+0000|Z)$/, "Z")
  return value
}

/** The flat record. A column that cannot be read is not in it. */
export const recordOf = (
  selected: Selection, row: Found, currency: string | undefined
): { readonly [column: string]: Json } => {
  const record: { [column: string]: Json } = {}
  const { child } = selected.view
  for (const [column, path] of selected.columns) record[column] = normal(valueAt(row, path))
  const { asked, currencies } = selected
  if (!currencies && currency !== undefined && asked.has("CurrencyIsoCode")) record["CurrencyIsoCode"] = currency
  if (child === undefined || !selected.withChildren) return record
  const held = row[child.name]
  const rows = isRecord(held) ? listOf(held["records"]).filter(isRecord) : []
  const flat = (one: Found): { readonly [column: string]: Json } => ({
    ...Object.fromEntries(selected.childColumns.map(([column, path]) => [column, normal(valueAt(one, path))])),
    ...(currencies || currency === undefined || !child.columns.includes("CurrencyIsoCode") ? {}
      : { CurrencyIsoCode: currency })
  })
  if (child.object !== "PricebookEntry") return { ...record, [child.name]: rows.map(flat) }
  const isStandard = (one: Found): boolean => valueAt(one, ["Pricebook2", "IsStandard"]) === true
  const standard = rows.find((one) => isStandard(one)
    && (!currencies || (one["CurrencyIsoCode"] ?? null) === (record["CurrencyIsoCode"] ?? currency ?? null)))
  return {
    ...record,
    ...(asked.has("UnitPrice") ? { UnitPrice: standard?.["UnitPrice"] ?? null } : {}),
    ...(asked.has(child.name) ? { [child.name]: rows.filter((one) => !isStandard(one)).map(flat) } : {})
  }
}

export const idOf = (row: Found): string => to18(String(row["Id"] ?? ""))
