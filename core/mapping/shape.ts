/** What a record's schema says of its columns: read from the schema, so that a mapping never says it again. */
import { Schema } from "effect"
import type { SchemaAST } from "effect"
import { formatScaled, parseScaled, reduced } from "../model/decimal.ts"
import type { Json } from "../model/value.ts"
import { refuse } from "./codec.ts"
import type { Refusal } from "./codec.ts"

export interface Column {
  readonly name: string
  readonly kind: "text" | "number" | "boolean" | "mixed"
  /** How this column says "empty": null, or a blank text where null is not allowed. Undefined: it cannot. */
  readonly empty: null | "" | undefined
  readonly fits: (written: unknown) => boolean
  /** Takes any value of its kind: nothing else to ask. */
  readonly open?: boolean
}

export interface Shape {
  readonly columns: ReadonlyMap<string, Column>
  readonly children: ReadonlyMap<string, Shape>
}

export type RecordSchema = Schema.Constraint

export const shapeOf = (schema: RecordSchema): Shape => shapeOfAst(Schema.toEncoded(schema).ast)

const shapeOfAst = (ast: SchemaAST.AST): Shape => {
  const columns = new Map<string, Column>()
  const children = new Map<string, Shape>()
  for (const property of ast._tag === "Objects" ? ast.propertySignatures : []) {
    const name = String(property.name)
    const rows = rowsOf(property.type)
    if (rows !== undefined) children.set(name, shapeOfAst(rows))
    else columns.set(name, columnOf(name, property.type))
  }
  return { columns, children }
}

const rowsOf = (ast: SchemaAST.AST): SchemaAST.AST | undefined => {
  if (ast._tag === "Arrays") return ast.rest[0]?._tag === "Objects" ? ast.rest[0] : undefined
  return ast._tag === "Union" ? ast.types.map(rowsOf).find((one) => one !== undefined) : undefined
}

const columnOf = (name: string, ast: SchemaAST.AST): Column => {
  const kinds = new Set(kindsOf(ast))
  const open = isOpen(ast)
  const [only] = kinds
  const fits = Schema.is(Schema.make<Schema.Top>(ast))
  return {
    name,
    kind: kinds.size === 1 && only !== undefined ? only : "mixed",
    empty: fits(null) ? null : fits("") ? "" : undefined,
    fits,
    open
  }
}

/** A plain type, perhaps with null, and no check on it. */
const isOpen = (ast: SchemaAST.AST): boolean =>
  ast._tag === "Union"
    ? ast.types.every((one) => one._tag === "Null" || isOpen(one))
    : (ast._tag === "String" || ast._tag === "Number" || ast._tag === "Boolean") && ast.checks === undefined

const kindsOf = (ast: SchemaAST.AST): ReadonlyArray<Column["kind"]> => {
  switch (ast._tag) {
    case "Union":
      return ast.types.flatMap(kindsOf)
    case "Null":
    case "Undefined":
      return []
    case "String":
    case "TemplateLiteral":
      return ["text"]
    case "Number":
      return ["number"]
    case "Boolean":
      return ["boolean"]
    case "Literal":
      return [typeof ast.literal === "string" ? "text" : typeof ast.literal === "boolean" ? "boolean" : "number"]
    default:
      return ["mixed"]
  }
}

/** What a codec writes, in the type that the column holds; never a number that a double would change. */
export const fitted = (column: Column, written: Json): Json | Refusal => {
  if (column.open === true && isKind[column.kind](written)) return written
  const cast = column.kind === "mixed" ? written : casts[column.kind](written)
  return cast !== undefined && column.fits(cast) ? cast : refuse(`does not fit column ${column.name}`)
}

const isKind: { readonly [kind in Column["kind"]]: (written: Json) => boolean } = {
  text: (written) => typeof written === "string",
  number: (written) => typeof written === "number",
  boolean: (written) => typeof written === "boolean",
  mixed: () => false
}

const casts: { readonly [kind in Exclude<Column["kind"], "mixed">]: (written: Json) => Json | undefined } = {
  text: (written) =>
    typeof written === "number" ? String(written) : typeof written === "boolean" ? (written ? "1" : "0") : written,
  number: (written) =>
    typeof written === "string" ? exactNumber(written) : typeof written === "boolean" ? (written ? 1 : 0) : written,
  boolean: (written) => (typeof written === "boolean" ? written : booleans.get(written))
}

/** Codes that tables and flags write for a column of booleans. */
const booleans: ReadonlyMap<Json, boolean> = new Map<Json, boolean>([
  [1, true], ["1", true], ["true", true], [0, false], ["0", false], ["false", false]
])

const exactNumber = (text: string): number | undefined => {
  const number = Number(text)
  if (!Number.isFinite(number)) return undefined
  const [wanted, held] = [parseScaled(text), parseScaled(String(number))]
  return wanted !== undefined && held !== undefined && formatScaled(reduced(wanted)) === formatScaled(reduced(held))
    ? number
    : undefined
}
