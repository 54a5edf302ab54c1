/** Records and keys: what a schema asks of a column, and ids as text. */
import { Schema } from "effect"
import type { SchemaAST } from "effect"
import type { Plain, Want } from "../../core/io/sql/dialect.ts"

/** Any schema of a record: a struct of columns; child rows are arrays of structs. */
export type RecordSchema = Schema.Constraint

/** The columns a record's schema names, with the JSON type each is wanted as; child rows by name. */
export interface Shape {
  readonly columns: ReadonlyMap<string, Want>
  readonly rows: ReadonlyMap<string, Shape>
}

export const shapeOf = (schema: RecordSchema): Shape => shapeOfAst(Schema.toEncoded(schema).ast)

const shapeOfAst = (ast: SchemaAST.AST): Shape => {
  const columns = new Map<string, Want>()
  const rows = new Map<string, Shape>()
  if (ast._tag === "Objects") {
    for (const property of ast.propertySignatures) {
      const name = String(property.name)
      const element = elementOf(property.type)
      if (element !== undefined) rows.set(name, shapeOfAst(element))
      else columns.set(name, wantOf(property.type))
    }
  }
  return { columns, rows }
}

/** The struct inside an array, through `NullOr` and the like. */
const elementOf = (ast: SchemaAST.AST): SchemaAST.AST | undefined => {
  if (ast._tag === "Arrays") return ast.rest[0]?._tag === "Objects" ? ast.rest[0] : undefined
  return ast._tag === "Union" ? ast.types.map(elementOf).find((one) => one !== undefined) : undefined
}

const wantOf = (ast: SchemaAST.AST): Want => {
  const wants = new Set(tagsOf(ast))
  const [only] = wants
  return wants.size === 1 ? only : undefined
}

const tagsOf = (ast: SchemaAST.AST): ReadonlyArray<Want> => {
  switch (ast._tag) {
    case "Union": return ast.types.flatMap(tagsOf)
    case "Null": case "Undefined": return []
    case "String": case "TemplateLiteral": return ["text"]
    case "Number": return ["number"]
    case "Boolean": return ["boolean"]
    case "Literal": return [typeof ast.literal === "string" ? "text" : typeof ast.literal === "boolean" ? "boolean" : "number"]
    case "Objects": case "Arrays": return ["json"]
    default: return [undefined]
  }
}

/** A column's value as the schema wants it, where that says exactly the same. */
export const wanted = (want: Want, value: Plain): Plain => {
  if (want === undefined || value === null) return value
  if (want === "text") return typeof value === "string" ? value : typeof value === "object" ? JSON.stringify(value) : String(value)
  if (want === "number") {
    if (typeof value === "boolean") return value ? 1 : 0
    if (typeof value !== "string" || value === "") return value
    const number = Number(value)
    // Digits that a double would lose stay text, and the mapping calls them unreadable.
    return exactly(number, value) ? number : value
  }
  if (want === "boolean") return value === 1 || value === "1" ? true : value === 0 || value === "0" ? false : value
  return typeof value === "string" ? value : value
}

const exactly = (number: number, text: string): boolean => {
  if (!Number.isFinite(number)) return false
  if (String(number) === text) return true
  const trimmed = text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text
  return String(number) === trimmed || (number === 0 && /^0*$/.test(trimmed))
}

/** An external id: the key itself, or all parts of a composite key as a JSON list. Reversible. */
export const idOf = (parts: ReadonlyArray<string>): string => parts.length === 1 ? parts[0] ?? ""
  : JSON.stringify(parts)

/** The key's parts; undefined: this text is no id of such a key. */
export const partsOf = (id: string, count: number): ReadonlyArray<string> | undefined => {
  if (count === 1) return [id]
  try {
    const parts: unknown = JSON.parse(id)
    return Array.isArray(parts) && parts.length === count && parts.every((part) => typeof part === "string") ? parts
      : undefined
  } catch {
    return undefined
  }
}

/** A key column's value in text. */
export const keyText = (value: Plain): string => typeof value === "string" ? value : value === null ? ""
  : typeof value === "object" ? JSON.stringify(value) : String(value)
