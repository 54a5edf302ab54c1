/** Nested JSON and flat records: `name.first` is a column, a list of objects a child collection. */
import { Schema } from "effect"
import type { SchemaAST } from "effect"
import { rowKey } from "../../mapping/patch.ts"
import type { Record_ } from "../../mapping/mapping.ts"
import { isList, isRecord } from "../../model/value.ts"
import type { Json } from "../../model/value.ts"
import type { ColumnInfo, ResourceInfo } from "../connector.ts"

/** Any schema of a record: a struct of columns; child rows are arrays of structs. */
export type RecordSchema = Schema.Constraint

export interface Columns {
  readonly plain: ReadonlyMap<string, { readonly type: string; readonly nullable: boolean }>
  readonly children: ReadonlyMap<string, Columns>
}

/** What a key that the answer does not have means: `unknown` (not said, or not to be seen), or `empty`. */
export type Missing = "unknown" | "empty"

export const columnsOf = (schema: RecordSchema): Columns => columnsOfAst(Schema.toEncoded(schema).ast)

const columnsOfAst = (ast: SchemaAST.AST): Columns => {
  const plain = new Map<string, { readonly type: string; readonly nullable: boolean }>()
  const children = new Map<string, Columns>()
  for (const property of ast._tag === "Objects" ? ast.propertySignatures : []) {
    const name = String(property.name)
    const row = rowOf(property.type)
    if (row !== undefined) children.set(name, columnsOfAst(row))
    else plain.set(name, { type: [...new Set(typesOf(property.type))].join(" | "), nullable: nullable(property.type) })
  }
  return { plain, children }
}

/** The struct inside an array, through `NullOr` and the like. */
const rowOf = (ast: SchemaAST.AST): SchemaAST.AST | undefined => {
  if (ast._tag === "Arrays") return ast.rest[0]?._tag === "Objects" ? ast.rest[0] : undefined
  return ast._tag === "Union" ? ast.types.map(rowOf).find((one) => one !== undefined) : undefined
}

const nullable = (ast: SchemaAST.AST): boolean =>
  ast._tag === "Null" || (ast._tag === "Union" && ast.types.some(nullable))

const typesOf = (ast: SchemaAST.AST): ReadonlyArray<string> => {
  switch (ast._tag) {
    case "Union": return ast.types.flatMap(typesOf)
    case "Null": case "Undefined": return []
    case "String": case "TemplateLiteral": return ["text"]
    case "Number": return ["number"]
    case "Boolean": return ["boolean"]
    case "Literal": return [typeof ast.literal === "string" ? "text" : typeof ast.literal]
    case "Objects": return ["object"]
    case "Arrays": return ["list"]
    default: return ["any"]
  }
}

/** The value at a dotted name; a key that holds the dots itself is found first. Undefined: not there. */
export const at = (json: Json | undefined, name: string): Json | undefined => {
  if (!isRecord(json)) return undefined
  if (Object.hasOwn(json, name)) return json[name]
  for (let dot = name.indexOf("."); dot > 0; dot = name.indexOf(".", dot + 1)) {
    const head = name.slice(0, dot)
    if (!Object.hasOwn(json, head)) continue
    const inner = json[head]
    // What is inside of an empty object is empty, too.
    return inner === null ? null : at(inner, name.slice(dot + 1))
  }
  return undefined
}

/** Only these columns; none named: all. */
export const only = ({ children, plain }: Columns, names: ReadonlyArray<string>): Columns => {
  if (names.length === 0) return { children, plain }
  const among = new Set(names)
  return { plain: new Map([...plain].filter(([name]) => among.has(name))),
    children: new Map([...children].filter(([name]) => among.has(name))) }
}

/** The declared columns of an answer's object; nothing else of it is kept. */
export const flat = (json: Json, columns: Columns, missing: Missing): Record_ => {
  const found: Array<readonly [string, Json]> = []
  for (const name of columns.plain.keys()) {
    const value = at(json, name)
    if (value !== undefined) found.push([name, value])
    else if (missing === "empty") found.push([name, null])
  }
  for (const [name, child] of columns.children) {
    const rows = at(json, name)
    if (rows === undefined && missing === "unknown") continue
    found.push([name, (isList(rows) ? rows : []).map((row) => flat(row, child, missing))])
  }
  // Defines own properties whatever they are called (`__proto__`).
  return Object.fromEntries(found)
}

/** The object that a record's columns make: `name.first` goes into `name`. */
export const nested = (columns: Record_): { readonly [key: string]: Json } => {
  const inner = new Map<string, { [key: string]: Json }>()
  const own: Array<readonly [string, Json]> = []
  for (const [name, value] of Object.entries(columns)) {
    const dot = name.indexOf(".")
    if (dot < 0) own.push([name, value])
    else {
      const head = name.slice(0, dot)
      const parts = inner.get(head) ?? {}
      inner.set(head, Object.fromEntries([...Object.entries(parts), [name.slice(dot + 1), value]]))
    }
  }
  return Object.fromEntries([...own, ...[...inner].map(([head, parts]) => [head, nested(parts)] as const)])
}

/** Rows of a collection by key. */
export const rowsByKey = (record: Record_, child: string, key: string): ReadonlyMap<string, Record_> =>
  new Map((isList(record[child]) ? record[child] : []).flatMap((row) => {
    const id = isRecord(row) ? rowKey(row, [key]) : undefined
    return isRecord(row) && id !== undefined ? [[id, row] as const] : []
  }))

export const infoOf = (
  name: string, columns: Columns, keys: { readonly id: string; readonly children: { readonly [name: string]: string } },
  writable: (column: string) => boolean
): ResourceInfo => ({
  name,
  columns: [...columns.plain].map(([column, { nullable, type }]): ColumnInfo =>
    ({ name: column, type, nullable, writable: column !== keys.id && writable(column), key: column === keys.id })),
  children: Object.fromEntries([...columns.children].map(([child, rows]) => [child,
    infoOf(child, rows, { id: keys.children[child] ?? "", children: {} }, () => writable(child))])),
  warnings: []
})
