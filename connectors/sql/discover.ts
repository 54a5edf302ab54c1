/** What a database holds, for `esl discover` and `esl check`. */
import type { ColumnInfo, ResourceInfo } from "../../core/connector/connector.ts"
import type { Column, Database, Run, Table } from "../../core/io/sql/dialect.ts"
import type { Layout } from "./layout.ts"

const columnInfo = (column: Column, key: boolean, name = column.name): ColumnInfo => ({
  name, type: column.type, nullable: column.nullable, writable: column.writable && column.kind !== "bytes", key,
  ...(column.length === undefined ? {} : { length: column.length })
})

const tableInfo = (table: Table): ResourceInfo => ({
  name: table.name,
  columns: table.columns.map((column) => columnInfo(column, table.key.includes(column.name))),
  children: {},
  warnings: table.key.length === 0 ? [...table.warnings,
    `table ${table.name} has no primary key: name columns that tell its rows apart`] : table.warnings
})

export const discoverAll = async (database: Database, run: Run, schema: string
  | undefined): Promise<ReadonlyArray<ResourceInfo>> => {
  const found: Array<ResourceInfo> = []
  for (const name of await database.dialect.tables(run, schema)) {
    const table = await database.dialect.describe(run, name)
    if (table !== undefined) found.push(tableInfo(table))
  }
  return found
}

/** A declared resource as it is, with what is doubtful about it. */
export const infoOf = (layout: Layout): ResourceInfo => {
  const warnings = [...layout.table.warnings]
  const key = layout.key.map((column) => column.name)
  const told = [layout.table.key, ...layout.table.uniques.map((unique) => unique.columns)].some(
    (columns) => columns.length > 0 && columns.every((column) => key.includes(column)))
  if (!told) warnings.push(`nothing in table ${layout.table.name} makes ${key.join(", ")} unique`)
  if (layout.changed?.nullable === true && layout.created === undefined) warnings.push(`rows of ${layout.table.name} whose ${layout.changed.name} is empty are seen by a sweep only: name a column with \`created\``)
  for (const part of layout.parts) {
    // That changes of a part without a cursor are missed is told by what the reader covers.
    if (part.changed !== undefined) warnings.push(`a deleted row of ${part.name} (${part.table.name}) moves no cursor: only a sweep sees it`)
  }
  for (const { column } of layout.fields) if (column.charset !== undefined) warnings.push(`column ${column.name} holds ${column.charset} characters only: others are withheld`)
  return {
    name: layout.resource,
    columns: [
      ...layout.fields.map((field) => columnInfo(field.column, layout.key.includes(field.column), field.name)),
      ...layout.parts.flatMap((part) => part.kind === "join"
        ? part.fields.map((field) => columnInfo(field.column, false, field.name)) : [])
    ],
    children: Object.fromEntries(layout.parts.flatMap((part) => part.kind === "join" ? [] : [[part.name, {
      name: part.table.name, warnings: part.table.warnings, children: {},
      columns: part.fields.map((field) => columnInfo(field.column, part.key.includes(field.column), field.name))
    }]])),
    warnings
  }
}
