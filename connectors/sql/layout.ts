/** A declared table, checked against the tables as they are. */
import type { Run, Database, Table, Column, Want } from "../../core/io/sql/dialect.ts"
import { SqlFailure } from "../../core/io/sql/dialect.ts"
import type { Shape } from "./records.ts"

/** Rows that are not part: `{ MANDANT: "01" }`. */
export type Constants = { readonly [column: string]: string | number | boolean | null }

export interface ChildOptions {
  readonly table: string
  /** Tells the rows of one parent apart. */
  readonly key: string | ReadonlyArray<string>
  /** Child column to parent column. */
  readonly parent: { readonly [column: string]: string }
  /** Column that moves with every change of a row. */
  readonly changed?: string
  readonly created?: string
  /** Only these rows; new rows get these values. */
  readonly where?: Constants
  /** Column by which the rows are ordered; default their key. */
  readonly order?: string
}

/** A second table with at most one row for each record: its columns appear as `name.COLUMN`. */
export interface JoinOptions {
  readonly table: string
  /** Column there to column here. */
  readonly parent: { readonly [column: string]: string }
  readonly changed?: string
  readonly where?: Constants
}

export interface TableOptions {
  readonly key: string | ReadonlyArray<string>
  /** Column that moves with every change of a record. */
  readonly changed?: string
  /** Stands in while `changed` is null. */
  readonly created?: string
  /** A flag that means deleted: equal to `value`, or not null where there is no `value`. */
  readonly deleted?: { readonly column: string; readonly value?: string | number | boolean }
  /** A column that changes with every write, e.g. a row version. */
  readonly version?: string
  readonly children?: { readonly [name: string]: ChildOptions }
  readonly joins?: { readonly [name: string]: JoinOptions }
  readonly where?: Constants
  /** The resource's name; default the table's. */
  readonly resource?: string
}

export interface Declaration {
  readonly table: string
  readonly options: TableOptions
  readonly shape: Shape
  /** How a lost answer to a create is settled: a key that the mapping sets meets itself. */
  readonly creates: "idempotent" | "once"
  /** What its mapping reads: records after a write show the same columns as records that are read. */
  readonly columns: ReadonlySet<string> | undefined
  /** What the mapping calls the rows of a child collection. */
  readonly rowNames: ReadonlyMap<string, ReadonlyArray<string>>
}

/** A column of a record: its declared name, and the column it is. */
export interface Field {
  readonly name: string
  readonly column: Column
  readonly want: Want
}

/** Child rows, joined rows. */
export interface Part {
  readonly name: string
  readonly kind: "rows" | "join"
  readonly table: Table
  readonly fields: ReadonlyArray<Field>
  /** Empty for a join. */
  readonly key: ReadonlyArray<Column>
  readonly link: ReadonlyArray<{ readonly here: Column; readonly parent: Column }>
  readonly changed: Column | undefined
  readonly created: Column | undefined
  readonly where: ReadonlyArray<{ readonly column: Column; readonly value: string | number | boolean | null }>
  readonly order: ReadonlyArray<Column>
}

export interface Layout {
  readonly resource: string
  readonly table: Table
  readonly key: ReadonlyArray<Column>
  readonly fields: ReadonlyArray<Field>
  readonly parts: ReadonlyArray<Part>
  readonly changed: Column | undefined
  readonly created: Column | undefined
  readonly deleted: { readonly column: Column; readonly value: string | number | boolean | undefined } | undefined
  readonly version: Column | undefined
  readonly where: ReadonlyArray<{ readonly column: Column; readonly value: string | number | boolean | null }>
}

const listed = (one: string | ReadonlyArray<string>): ReadonlyArray<string> => typeof one === "string" ? [one] : one

/** Finds a table by its exact name, else by the only name that differs in case. */
export const tableNamed = async (database: Database, run: Run, schema: string | undefined,
  name: string): Promise<Table> => {
  const { dialect } = database
  const exact = await dialect.describe(run, { schema, name })
  if (exact !== undefined) return exact
  const all = await dialect.tables(run, schema)
  const alike = all.filter((one) => one.name.toLowerCase() === name.toLowerCase())
  const dot = name.indexOf(".")
  const [only] = alike
  const found = alike.length === 1 && only !== undefined ? await dialect.describe(run, only)
    : dot > 0 ? await dialect.describe(run, { schema: name.slice(0, dot), name: name.slice(dot + 1) }) : undefined
  if (found === undefined) throw new SqlFailure("missing", "table",
    { say: `there is no table ${name}${near(name, all.map((one) => one.name))}` })
  return found
}

export const columnNamed = (table: Table, name: string): Column => {
  const exact = table.columns.find((column) => column.name === name)
  if (exact !== undefined) return exact
  const alike = table.columns.filter((column) => column.name.toLowerCase() === name.toLowerCase())
  const [only] = alike
  if (only === undefined || alike.length > 1) throw new SqlFailure("missing", "column",
    { say: `table ${table.name} has no column ${name}${near(name, table.columns.map((column) => column.name))}` })
  return only
}

const near = (name: string, names: ReadonlyArray<string>): string => {
  const close = names.filter((other) => other.toLowerCase().startsWith(name.slice(0, 3).toLowerCase())
    || other.toLowerCase().includes(name.toLowerCase())).slice(0, 3)
  return close.length === 0 ? "" : `; did you mean ${close.join(" or ")}?`
}

const fieldOf = (table: Table, name: string, want: Want, shown = name): Field => {
  const column = columnNamed(table, name)
  if (column.kind === "bytes") throw new SqlFailure("missing", "binary",
    { say: `column ${table.name}.${column.name} is binary (${column.type}); leave it out of the record's schema` })
  // JSON that is wanted as text comes as it is written: numbers in it may be too long for a double.
  return { name: shown, column: column.kind === "json" && want === "text" ? { ...column, kind: "text" } : column, want }
}

const constants = (table: Table, where: Constants | undefined) =>
  Object.entries(where ?? {}).map(([name, value]) => ({ column: columnNamed(table, name), value }))

export const layoutOf = async (database: Database, run: Run, schema: string | undefined,
  declaration: Declaration): Promise<Layout> => {
  const { options, shape } = declaration
  const table = await tableNamed(database, run, schema, declaration.table)
  const own = (name: string | undefined): Column | undefined => name === undefined ? undefined
    : columnNamed(table, name)
  const parts: Array<Part> = []
  for (const [name, child] of Object.entries(options.children ?? {})) {
    const there = await tableNamed(database, run, schema, child.table)
    const inside = shape.rows.get(name) ?? { columns: new Map<string,
      Want>(there.columns.flatMap((column) => column.kind === "bytes" ? [] : [[column.name, undefined]])) }
    const key = listed(child.key).map((column) => columnNamed(there, column))
    parts.push({
      name, kind: "rows", table: there, key,
      fields: [...inside.columns].map(([column, want]) => fieldOf(there, column, want)),
      link: Object.entries(child.parent).map(([here, parent]) => (
        { here: columnNamed(there, here), parent: columnNamed(table, parent) })),
      changed: child.changed === undefined ? undefined : columnNamed(there, child.changed),
      created: child.created === undefined ? undefined : columnNamed(there, child.created),
      where: constants(there, child.where),
      order: child.order === undefined ? key : [columnNamed(there, child.order), ...key]
    })
  }
  for (const [name, join] of Object.entries(options.joins ?? {})) {
    const there = await tableNamed(database, run, schema, join.table)
    const mine = [...shape.columns].filter(([column]) => column.startsWith(`${name}.`))
    parts.push({
      name, kind: "join", table: there, key: [], order: [], created: undefined,
      fields: mine.map(([column, want]) => fieldOf(there, column.slice(name.length + 1), want, column)),
      link: Object.entries(join.parent).map(([here, parent]) => (
        { here: columnNamed(there, here), parent: columnNamed(table, parent) })),
      changed: join.changed === undefined ? undefined : columnNamed(there, join.changed),
      where: constants(there, join.where)
    })
  }
  const joined = (column: string): boolean => Object.keys(options.joins ?? {}).some((name) => column.startsWith(`${name}.`))
  return {
    resource: options.resource ?? declaration.table,
    table, parts,
    key: listed(options.key).map((name) => columnNamed(table, name)),
    fields: [...shape.columns].filter(([name]) => !joined(name)).map(([name, want]) => fieldOf(table, name, want)),
    changed: own(options.changed),
    created: own(options.created),
    deleted: options.deleted === undefined ? undefined
      : { column: columnNamed(table, options.deleted.column), value: options.deleted.value },
    version: own(options.version),
    where: constants(table, options.where)
  }
}
