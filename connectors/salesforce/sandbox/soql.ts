/** Runs SOQL, parsed by a library, over the org's rows. A clause that is not implemented is an error, never ignored. */
import type * as Soql from "@jetstreamapp/soql-parser-js"
import { isQueryValid, parseQuery } from "@jetstreamapp/soql-parser-js"
import type { Json } from "../../../core/model/value.ts"
import { to18 } from "../ids.ts"
import { children } from "./objects.ts"
import type { Org, Row } from "./org.ts"
import { stampOf, timeOf } from "./org.ts"
import { Refusal } from "./refusal.ts"
import { isFilterable, isSortable } from "./schema.ts"
import type { FieldDef, ObjectDef } from "./schema.ts"

export interface Asking {
  readonly hidden: (object: string) => ReadonlySet<string>
  readonly violation: (what: string) => void
  readonly removed: ReadonlySet<string>
  /** queryAll: what is in the recycle bin, too. */
  readonly all: boolean
  readonly version: string
}

export type Found = { readonly [field: string]: Json }

export interface Answer {
  readonly object: string
  /** Made when they are needed: a page of a hundred thousand rows. */
  readonly rows: ReadonlyArray<Row>
  readonly render: (row: Row) => Found
  /** `SELECT COUNT()`: the number alone. */
  readonly count?: number
}

const malformed = (message: string): Refusal => new Refusal("MALFORMED_QUERY", message)
const missing = (what: string): Refusal => malformed(`this sandbox does not implement ${what}`)

export const run = (org: Org, text: string, asking: Asking): Answer => {
  if (text.length > 100_000) throw malformed("SOQL statements are 100,000 characters long at most")
  if (!isQueryValid(text)) {
    asking.violation("SOQL that cannot be parsed")
    throw malformed("unexpected token")
  }
  const query = parseQuery(text)
  const def = org.schema.get(query.sObject ?? "")
  if (def === undefined) {
    asking.violation(`SOQL over ${query.sObject ?? "nothing"}`)
    throw new Refusal("INVALID_TYPE", `sObject type '${query.sObject ?? ""}' is not supported.`)
  }
  unimplemented(query)
  const scan = new Scan(org, asking)
  const found = scan.select(def, query, [...org.table(def.name).values()])
  const [only] = query.fields ?? []
  if (query.fields?.length === 1 && only?.type === "FieldFunctionExpression") {
    if (only.functionName.toUpperCase() !== "COUNT" || only.parameters.length > 0) throw missing(only.functionName)
    return { object: def.name, rows: [], render: () => ({}), count: found.length }
  }
  return { object: def.name, rows: found, render: scan.renderer(def, query.fields ?? []) }
}

const unimplemented = (query: Soql.QueryBase): void => {
  const clauses = ["groupBy", "having", "withDataCategory", "withSecurityEnforced", "withAccessLevel", "for", "update",
    "usingScope", "sObjectAlias"] as const
  for (const clause of clauses) if (query[clause] !== undefined) throw missing(clause)
  if ((query.offset ?? 0) > 2_000) throw new Refusal("NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000")
}

/** A found record while it is filled. */
interface Filled { [field: string]: Json }

type Test = (row: Row) => boolean
type Read = (row: Row) => Json

class Scan {
  private readonly org: Org
  private readonly asking: Asking
  constructor(org: Org, asking: Asking) {
    this.org = org
    this.asking = asking
  }

  select(def: ObjectDef, query: Soql.QueryBase, rows: ReadonlyArray<Row>): ReadonlyArray<Row> {
    const test = query.where === undefined ? undefined : this.where(def, query.where)
    const now = this.org.now()
    const found = rows.filter((row) => row.visibleAt <= now && (this.asking.all || row.values["IsDeleted"] !== true)
      && (test === undefined || test(row)))
    const order = query.orderBy === undefined ? [] : Array.isArray(query.orderBy) ? query.orderBy : [query.orderBy]
    if (order.length > 0) this.sort(def, found, order)
    const from = query.offset ?? 0
    return query.limit === undefined ? found.slice(from) : found.slice(from, from + query.limit)
  }

  /** A field along relationships, and how to read it. */
  private path(def: ObjectDef, path: ReadonlyArray<string>): { readonly field: FieldDef; readonly read: Read } {
    const [first = "", ...rest] = path
    if (rest.length === 0) return this.own(def, first)
    const { by, parent } = this.parent(def, first)
    const { field, read } = this.path(parent, rest)
    return { field, read: (row) => {
      const above = this.org.row(parent.name, String(row.values[by.name] ?? ""))
      return above === undefined ? null : read(above)
    } }
  }

  private own(def: ObjectDef, name: string): { readonly field: FieldDef; readonly read: Read } {
    const field = def.fields.get(name)
      ?? [...def.fields.values()].find((one) => one.name.toLowerCase() === name.toLowerCase())
    if (field === undefined || this.asking.hidden(def.name).has(field.name)) {
      const known = this.asking.removed.has(`${def.name}.${name}`) || field !== undefined
      if (!known) this.asking.violation(`SOQL: ${def.name} has no field ${name}`)
      throw new Refusal("INVALID_FIELD", `No such column '${name}' on entity '${def.name}'. If you are attempting to use `
        + "a custom field, be sure to append the '__c' after the custom field name.")
    }
    if (field.type === "address") return { field, read: (row) => addressOf(field.name, row) }
    return { field, read: (row) => row.values[field.name] ?? null }
  }

  renderer(def: ObjectDef, fields: ReadonlyArray<Soql.FieldType>): (row: Row) => Found {
    const parts = fields.map((one): (found: Filled, row: Row) => void => {
      if (one.type === "Field") {
        const { field, read } = this.path(def, [one.field])
        return (found, row) => { found[field.name] = read(row) }
      }
      if (one.type === "FieldRelationship") return this.above(def, one.relationships, one.field)
      if (one.type === "FieldSubquery") {
        const read = this.nested(def, one.subquery)
        return (found, row) => { found[one.subquery.relationshipName] = read(row) }
      }
      throw missing(one.type)
    })
    return (row) => {
      const found: Filled = { attributes: attributesOf(def.name, row, this.asking.version) }
      for (const part of parts) part(found, row)
      return found
    }
  }

  /** `Account.Name` is an object in an object; null where there is no parent. */
  private above(def: ObjectDef, path: ReadonlyArray<string>, last: string): (found: Filled, row: Row) => void {
    const [first, ...rest] = path
    if (first === undefined) {
      const { field, read } = this.path(def, [last])
      return (found, row) => { found[field.name] = read(row) }
    }
    const { by, parent } = this.parent(def, first)
    const inner = this.above(parent, rest, last)
    return (found, row) => {
      const upper = this.org.row(parent.name, String(row.values[by.name] ?? ""))
      if (upper === undefined) {
        found[first] = null
        return
      }
      const known = found[first]
      // Made here a field ago, and so ours to add to.
      const inside: Filled = isRecord(known) ? known as Filled
        : { attributes: attributesOf(parent.name, upper, this.asking.version) }
      inner(inside, upper)
      found[first] = inside
    }
  }

  private parent(def: ObjectDef, name: string): { readonly by: FieldDef; readonly parent: ObjectDef } {
    const by = [...def.fields.values()].find((field) => field.relationship?.toLowerCase() === name.toLowerCase()
      && !this.asking.hidden(def.name).has(field.name))
    const parent = by?.referenceTo.map((one) => this.org.schema.get(one)).find((one) => one !== undefined)
    if (by === undefined || parent === undefined) {
      this.asking.violation(`SOQL: ${def.name} has no relationship ${name}`)
      throw new Refusal("INVALID_FIELD", `Didn't understand relationship '${name}' in field path.`)
    }
    return { by, parent }
  }

  private nested(def: ObjectDef, query: Soql.Subquery): Read {
    const [childName, field] = children[def.name]?.[query.relationshipName] ?? []
    const child = this.org.schema.get(childName ?? "")
    if (child === undefined || field === undefined) {
      this.asking.violation(`SOQL: ${def.name} has no children ${query.relationshipName}`)
      throw new Refusal("INVALID_FIELD", `Didn't understand relationship '${query.relationshipName}' in FROM part of query call.`)
    }
    unimplemented(query)
    let byParent: Map<string, Array<Row>> | undefined
    const render = this.renderer(child, query.fields ?? [])
    return (row) => {
      byParent ??= grouped(this.org.table(child.name).values(), field)
      const found = this.select(child, query, byParent.get(row.id) ?? [])
      return found.length === 0 ? null : { totalSize: found.length, done: true, records: found.map(render) }
    }
  }

  private sort(def: ObjectDef, rows: Array<Row>, order: ReadonlyArray<Soql.OrderByClause>): void {
    const keys = order.map((one) => {
      if (!("field" in one)) throw missing("functions in ORDER BY")
      const { field, read } = this.path(def, one.field.split("."))
      if (!isSortable(field)) throw malformed(`field '${field.name}' can not be sorted in a query call`)
      const key = keyOf(field)
      const held = new Map(rows.map((row) => [row, key(read(row))]))
      const last = one.nulls === undefined ? one.order === "DESC" : one.nulls === "LAST"
      return { held, sign: one.order === "DESC" ? -1 : 1, nulls: last ? 1 : -1 }
    })
    rows.sort((a, b) => {
      for (const { held, sign, nulls } of keys) {
        const [left = null, right = null] = [held.get(a), held.get(b)]
        if (left === right) continue
        if (left === null) return nulls
        if (right === null) return -nulls
        return (left < right ? -1 : 1) * sign
      }
      return 0
    })
  }

  private where(def: ObjectDef, where: Soql.WhereClause): Test {
    const tokens: Array<Token> = []
    for (let clause: Soql.WhereClause | undefined = where; clause !== undefined;) {
      const left: unknown = clause.left
      if (isRecordLike(left)) {
        for (let at = 0; at < Number(left["openParen"] ?? 0); at++) tokens.push("(")
        if ("operator" in left) tokens.push(this.condition(def, left))
        for (let at = 0; at < Number(left["closeParen"] ?? 0); at++) tokens.push(")")
      }
      if (!("operator" in clause)) break
      tokens.push(clause.operator)
      clause = clause.right
    }
    const reader = { tokens, at: 0 }
    const test = expression(reader)
    if (reader.at < tokens.length) throw malformed("unexpected token: ')'")
    return test
  }

  private condition(def: ObjectDef, condition: { readonly [part: string]: unknown }): Test {
    const { field: name, literalType, operator, value } = condition
    if (typeof name !== "string") throw missing("functions in WHERE")
    if ("valueQuery" in condition) throw missing("subqueries in WHERE")
    const { field, read } = this.path(def, name.split("."))
    if (!isFilterable(field)) throw new Refusal("INVALID_FIELD", `field '${name}' can not be filtered in a query call`)
    const types: ReadonlyArray<unknown> = Array.isArray(literalType) ? literalType : [literalType]
    const values = (Array.isArray(value) ? value : [value]).map((one: unknown, at) =>
      literal(field, String(one), String(types[Math.min(at, types.length - 1)] ?? "")))
    const key = keyOf(field)
    const wanted = values.map(key)
    return comparison(String(operator), wanted, (row) => key(read(row)))
  }
}

type Token = "(" | ")" | "AND" | "OR" | "NOT" | Test

interface Tokens {
  readonly tokens: ReadonlyArray<Token>
  at: number
}

/** AND and OR may not stand beside each other without brackets. */
const expression = (from: Tokens): Test => {
  let left = term(from)
  let before: Token | undefined
  for (let next = from.tokens[from.at]; next === "AND" || next === "OR"; next = from.tokens[from.at]) {
    if (before !== undefined && before !== next) throw malformed(`unexpected token: ${next}`)
    before = next
    from.at++
    const [one, other] = [left, term(from)]
    left = next === "AND" ? (row) => one(row) && other(row) : (row) => one(row) || other(row)
  }
  return left
}

const term = (from: Tokens): Test => {
  const token = from.tokens[from.at++]
  if (typeof token === "function") return token
  if (token === "NOT") {
    const negated = term(from)
    return (row) => !negated(row)
  }
  if (token !== "(") throw malformed("unexpected token")
  const inner = expression(from)
  if (from.tokens[from.at++] !== ")") throw malformed("expecting a right parentheses")
  return inner
}

/** How values of a field are compared: ids by their 18 characters, times as times, text without case. */
const keyOf = (field: FieldDef): (value: Json) => string | number | boolean | null => {
  switch (field.type) {
    case "id": case "reference": return (value) => typeof value === "string" ? to18(value) : null
    case "int": case "double": case "currency": case "percent": case "boolean":
      return (value) => typeof value === "number" || typeof value === "boolean" ? value : null
    // Times are kept in one spelling, so that their order is that of their text.
    case "date": case "datetime": return (value) => typeof value === "string" ? value : null
    default: return (value) => typeof value === "string" ? value.toLowerCase() : null
  }
}

const literal = (field: FieldDef, raw: string, type: string): Json => {
  if (type === "NULL") return null
  const wrong = (): Refusal => new Refusal("INVALID_FIELD",
    `value of filter criterion for field '${field.name}' must be of type ${field.type} and should ${type === "STRING" ? "not " : ""}be enclosed in quotes`)
  switch (field.type) {
    case "boolean":
      if (type !== "BOOLEAN") throw wrong()
      return raw.toLowerCase() === "true"
    case "int": case "double": case "currency": case "percent":
      if (type !== "INTEGER" && type !== "DECIMAL") throw wrong()
      return Number(raw)
    case "datetime": case "date":
      if (type !== (field.type === "date" ? "DATE" : "DATETIME")) {
        throw type.startsWith("DATE_") ? missing(raw) : wrong()
      }
      return field.type === "date" ? raw : stampOf(timeOf(raw))
    default:
      if (type !== "STRING") throw wrong()
      return unescaped(raw)
  }
}

const escapes: { readonly [letter: string]: string } = {
  n: "\n", r: "\r", t: "\t", b: "\b", f: "\f", "\"": "\"", "'": "'", "\\": "\\", N: "\n", R: "\r", T: "\t", B: "\b", F: "\f"
}

/** What stands between quotes; the parser leaves the quotes on and the backslashes in. */
const unescaped = (raw: string): string => {
  const inner = raw.startsWith("'") && raw.endsWith("'") && raw.length > 1 ? raw.slice(1, -1) : raw
  return inner.replace(/\\u([0-9a-fA-F]{4})|\\(.)/gs, (_, code: string | undefined, letter: string | undefined) => {
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16))
    const meant = escapes[letter ?? ""]
    if (meant === undefined && letter !== "%" && letter !== "_") throw malformed(`Invalid string literal: \\${letter ?? ""}`)
    return meant ?? `\\${letter ?? ""}`
  })
}

type Key = string | number | boolean | null

const comparison = (operator: string, wanted: ReadonlyArray<Key>, read: (row: Row) => Key): Test => {
  const [first = null] = wanted
  switch (operator.toUpperCase()) {
    case "=": return (row) => read(row) === first
    case "!=": case "<>": return (row) => read(row) !== first
    case "<": return (row) => ordered(read(row), first, (order) => order < 0)
    case "<=": return (row) => ordered(read(row), first, (order) => order <= 0)
    case ">": return (row) => ordered(read(row), first, (order) => order > 0)
    case ">=": return (row) => ordered(read(row), first, (order) => order >= 0)
    case "IN": {
      const set = new Set(wanted)
      return (row) => set.has(read(row))
    }
    case "NOT IN": {
      const set = new Set(wanted)
      return (row) => !set.has(read(row))
    }
    case "LIKE": {
      const like = pattern(String(first ?? ""))
      return (row) => like.test(String(read(row) ?? ""))
    }
    default: throw missing(operator)
  }
}

const ordered = (left: Key, right: Key, holds: (order: number) => boolean): boolean =>
  left !== null && right !== null && holds(left < right ? -1 : left > right ? 1 : 0)

const pattern = (like: string): RegExp =>
  new RegExp(`^${like.replace(/\\([%_])|([%_])|([.*+?^${}()|[\]\\])/g, (_, literal_: string | undefined, wild: string | undefined,
    special: string | undefined) => literal_ ?? (wild === "%" ? ".*" : wild === "_" ? "." : `\\${special ?? ""}`))}$`, "is")

const grouped = (rows: Iterable<Row>, field: string): Map<string, Array<Row>> => {
  const groups = new Map<string, Array<Row>>()
  for (const row of rows) {
    const parent = String(row.values[field] ?? "")
    const group = groups.get(parent)
    if (group === undefined) groups.set(parent, [row])
    else group.push(row)
  }
  return groups
}

const isRecordLike = (value: unknown): value is { readonly [part: string]: unknown } =>
  typeof value === "object" && value !== null
const isRecord = (value: Json | undefined): value is { readonly [field: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

export const attributesOf = (object: string, row: Row, version: string): Json =>
  ({ type: object, url: `/services/data/v${version}/sobjects/${object}/${row.id}` })

/** A compound field, made of its parts; null where all of them are. */
export const addressOf = (compound: string, row: Row): Json => {
  const prefix = compound.replace(/Address$/, "")
  const part = (name: string): Json => row.values[`${prefix}${name}`] ?? null
  const parts = { city: part("City"), country: part("Country"), geocodeAccuracy: null, latitude: null, longitude: null,
    postalCode: part("PostalCode"), state: part("State"), street: part("Street") }
  return Object.values(parts).every((one) => one === null) ? null : parts
}
