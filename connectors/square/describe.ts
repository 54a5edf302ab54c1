/** What a resource's columns are, told by the schema of its records: types, longest texts, rows below. */
import type { Schema, SchemaAST } from "effect"
import type { ColumnInfo, ResourceInfo } from "../../core/connector/connector.ts"

/** Which columns a write reaches, and which tell records apart. */
export interface Rights {
  readonly writable: (column: string) => boolean
  readonly keys: ReadonlyArray<string>
}

export const describeRecord = (name: string, schema: Schema.Constraint, rights: Rights): ResourceInfo =>
  describeFields(name, schema.ast, rights)

const describeFields = (name: string, ast: SchemaAST.AST, rights: Rights): ResourceInfo => {
  const columns: Array<ColumnInfo> = []
  const children: { [name: string]: ResourceInfo } = {}
  if (ast._tag === "Objects") {
    for (const { name: key, type } of ast.propertySignatures) {
      const rows = rowsOf(type)
      if (rows === undefined) columns.push(columnOf(String(key), type, rights))
      else children[String(key)] = describeFields(String(key), rows, { ...rights, keys: ["id", "uid"] })
    }
  }
  return { name, columns, children, warnings: [] }
}

const rowsOf = (ast: SchemaAST.AST): SchemaAST.AST | undefined => {
  const [row] = ast._tag === "Arrays" ? ast.rest : []
  return row?._tag === "Objects" ? row : undefined
}

const columnOf = (name: string, ast: SchemaAST.AST, { keys, writable }: Rights): ColumnInfo => {
  const parts =
    ast._tag === "Union" ? ast.types.flatMap((one) => (one._tag === "Union" ? one.types : [one])) : [ast]
  const held = parts.filter((one) => one._tag !== "Null")
  const length = held.map(lengthOf).find((one) => one !== undefined)
  return {
    name,
    type: held.some((one) => one._tag === "Boolean")
      ? "boolean"
      : held.some((one) => one._tag === "Number")
        ? "number"
        : "text",
    nullable: held.length < parts.length,
    writable: writable(name),
    key: keys.includes(name),
    ...(length === undefined ? {} : { length })
  }
}

/** Of `Schema.isMaxLength`. */
const lengthOf = (ast: SchemaAST.AST): number | undefined => {
  for (const check of ast.checks ?? []) {
    const told: unknown = check.annotations?.["representation"]
    const payload = typeof told === "object" && told !== null && "payload" in told ? told.payload : undefined
    if (typeof payload === "object" && payload !== null && "maxLength" in payload)
      return Number(payload.maxLength)
  }
  return undefined
}
