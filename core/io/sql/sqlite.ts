/** SQLite through node:sqlite. */
import { DatabaseSync } from "node:sqlite"
import type { SQLInputValue, StatementSync } from "node:sqlite"
import { realpathSync, statSync } from "node:fs"
import { CompiledQuery, Kysely, SqliteAdapter, SqliteDriver, SqliteIntrospector, SqliteQueryCompiler,
  sql } from "kysely"
import type { DatabaseConnection, QueryCompiler, SqliteDatabase, TransactionSettings } from "kysely"
import { comma, floating, nothing, parsed, SqlFailure, tableRef, textOf } from "./dialect.ts"
import type { Column, Database, Dialect, FailureKind, Kind, Plain, Run, Table, TableName } from "./dialect.ts"

export interface SqliteOptions {
  readonly file: string
  readonly readOnly: boolean
  /** How long to wait for another writer. */
  readonly busyMs?: number
}

/** Statements kept prepared; a connector uses few texts, over and over. */
const statements = 200

export const open = async (options: SqliteOptions): Promise<Database> => {
  const dialect = dialectOf(options.file)
  let database: DatabaseSync
  try {
    if (options.file !== ":memory:" && statSync(options.file, { throwIfNoEntry: false }) === undefined) {
      throw new SqlFailure("offline", "ENOENT", { say: `the database file ${options.file} does not exist` })
    }
    database = new DatabaseSync(options.file, { readOnly: options.readOnly, timeout: options.busyMs ?? 5_000,
      readBigInts: true })
    database.exec("pragma foreign_keys = on")
  } catch (error) {
    throw dialect.classify(error)
  }
  const kysely = new Kysely<unknown>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new Immediate({ database: adapted(database) }),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler()
    }
  })
  // Kysely closes a database only if it was used; closing twice throws, so it is asked first.
  return { dialect, kysely, close: async () => { await kysely.destroy(); if (database.isOpen) database.close() } }
}

/** A transaction that writes takes its lock at once: one that upgrades later can only fail. */
class Immediate extends SqliteDriver {
  override beginTransaction(connection: DatabaseConnection, settings?: TransactionSettings): Promise<void> {
    return connection.executeQuery(CompiledQuery.raw(settings?.accessMode === "read only" ? "begin" : "begin immediate")).then(() => undefined)
  }
  override savepoint(connection: DatabaseConnection, name: string,
    compile: QueryCompiler["compileQuery"]): Promise<void> {
    return super.savepoint(connection, name, compile)
  }
}

const adapted = (database: DatabaseSync): SqliteDatabase => {
  const kept = new Map<string, StatementSync>()
  return {
    close: () => database.close(),
    prepare: (text) => {
      let statement = kept.get(text)
      if (statement === undefined) {
        statement = database.prepare(text)
        if (kept.size >= statements) kept.delete(kept.keys().next().value ?? "")
        kept.set(text, statement)
      }
      const ready = statement
      // Parameters come from `bind` below, which makes only values SQLite takes.
      return {
        reader: ready.columns().length > 0,
        all: (parameters) => ready.all(...(parameters as ReadonlyArray<SQLInputValue>)),
        run: (parameters) => ready.run(...(parameters as ReadonlyArray<SQLInputValue>)),
        iterate: (parameters) => ready.iterate(...(parameters as ReadonlyArray<SQLInputValue>))
      }
    }
  }
}

const dialectOf = (file: string): Dialect => ({
  name: "sqlite",
  parameters: 32_000,
  select: (_, ref) => ref,
  take,
  bind: (column, value) => sql`${param(column, value)}`,
  among: (columns, refs, rows) => {
    const [only, ref] = [columns[0], refs[0]]
    if (columns.length === 1 && only !== undefined) return sql`${ref} in (${sql.join(rows.map((row) => param(only, row[0] ?? null)))})`
    const each = rows.map((row) => sql`(${sql.join(columns.map((column, at) => sql`${refs[at]} = ${param(column,
      row[at] ?? null)}`), sql` and `)})`)
    return sql`(${sql.join(each, sql` or `)})`
  },
  // An expression may be 1,000 deep, and every `or` is one.
  amongMost: 400,
  limit: (rows) => sql`limit ${rows}`,
  lock: { table: nothing, end: nothing },
  clock: undefined,
  account: async () => file === ":memory:" ? "sqlite::memory:" : `sqlite:${realpathSync(file)}`,
  tables: async (run) =>
    (await run(sql<{ name: string }>`select name from sqlite_schema where type in ('table', 'view')
      and name not like 'sqlite\\_%' escape '\\' order by name`))
      .map(({ name }) => ({ schema: undefined, name })),
  describe,
  classify,
  insert: async (run, table, columns, rows, counted) => {
    const names = sql.join(columns.map((column) => sql.id(column.name)))
    const back = counted === undefined ? nothing : sql` returning ${sql.id(counted.name)} as "id"`
    const keys: Array<string> = []
    for (const row of rows) {
      const values = sql`(${names}) values (${sql.join(row.map((value, at) => param(columns[at], value)))})`
      const made = await run(sql<{ id: bigint }>`insert into ${tableRef(table)} ${columns.length === 0 ? sql`default values` : values}${back}`)
      if (counted !== undefined) keys.push(String(made[0]?.id))
    }
    return { keys }
  },
  update: async (run, table, key, columns, rows) => {
    for (const row of rows) {
      const sets = columns.map((column, at) => sql`${sql.id(column.name)} = ${param(column, row[key.length + at] ?? null)}`)
      const here = key.map((column, at) => sql`${sql.id(column.name)} = ${param(column, row[at] ?? null)}`)
      await run(sql`update ${tableRef(table)} set ${sql.join(sets, comma)} where ${sql.join(here, sql` and `)}`)
    }
    return undefined
  },
  fits: (column, value) => {
    if (value === null) return column.nullable || column.filled ? undefined : "it must have a value"
    if (column.kind === "bytes") return "binary columns are not written"
    // A NUMERIC column keeps 15 digits and says nothing of the rest.
    if (column.kind === "decimal" && typeof value === "string" && value.replace(/^[-+]?[0.]*|\./g, "").replace(/0+$/,
      "").length > 15) return "it has more digits than SQLite keeps exactly in this column"
    return undefined
  }
})

const take = (column: Column, value: unknown): Plain => {
  if (value === null || value === undefined) return null
  if (typeof value === "bigint") {
    if (column.kind === "bool" && (value === 0n || value === 1n)) return value === 1n
    if (column.kind === "bigint" || column.kind === "decimal") return value.toString()
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : value.toString()
  }
  if (typeof value === "number") return column.kind === "decimal" ? plainDecimal(value) : floating(value)
  if (typeof value === "string") return column.kind === "json" ? parsed(value) : value
  throw new SqlFailure("value", "blob", { column: column.name, say: `column ${column.name} holds binary data` })
}

/** A double as decimal text without an exponent. */
const plainDecimal = (value: number): string => {
  const text = String(value)
  if (!text.includes("e")) return text
  return Math.abs(value) < 1 ? value.toFixed(20).replace(/0+$/, "") : BigInt(value).toString()
}

/** Text stays text: the column's affinity turns digits into numbers, exactly where it can. */
const param = (column: Column | undefined, value: Plain): SQLInputValue => {
  if (typeof value === "string" && column?.type === "" && /^-?\d{1,18}$/.test(value) && column.kind === "int") return BigInt(value)
  if (typeof value === "string" && column?.type === "" && column.kind === "float8" && value !== "") return Number(value)
  if (value === null || typeof value === "string") return column?.kind === "bool" && typeof value === "string" ? flag(value) : value
  if (typeof value === "boolean") return value ? 1 : 0
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value
  return textOf(value)
}
const flag = (text: string): SQLInputValue => text === "true" ? 1 : text === "false" ? 0 : text

interface Described {
  readonly name: string
  readonly type: string
  readonly notnull: bigint
  readonly dflt_value: string | null
  readonly pk: bigint
  readonly hidden: bigint
}

const describe = async (run: Run, table: TableName): Promise<Table | undefined> => {
  const rows = await run(sql<Described>`select name, type, "notnull", dflt_value, pk, hidden
      from pragma_table_xinfo(${table.name}) where hidden <> 1`)
  if (rows.length === 0) return undefined
  const key = rows.filter((row) => row.pk > 0n).sort((a, b) => Number(a.pk - b.pk)).map((row) => row.name)
  const probed = await probe(run, table, rows.filter((row) => row.type === "").map((row) => row.name))
  const columns = rows.map((row): Column => {
    const counted = key.length === 1 && key[0] === row.name && row.type.toUpperCase() === "INTEGER"
    const length = /^(?:N?VARCHAR|N?CHAR|CHARACTER.*|TEXT)\s*\((\d+)\)/i.exec(row.type)?.[1]
    return {
      name: row.name, type: row.type, kind: probed.get(row.name) ?? kindOf(row.type),
      nullable: row.notnull === 0n && row.pk === 0n, filled: row.dflt_value !== null || counted || row.hidden > 0n,
      counted, writable: row.hidden === 0n, ...(length === undefined ? {} : { length: Number(length) })
    }
  })
  const indexes = await run(
    sql<{ name: string; column: string }>`select l.name as name, i.name as "column"
      from pragma_index_list(${table.name}) l, pragma_index_info(l.name) i
    where l."unique" = 1 and l.partial = 0 and i.name is not null order by l.name, i.seqno`)
  const keys = await run(sql<{ id: bigint; table: string; from: string; to: string | null }>`select id, "table",
      "from", "to" from pragma_foreign_key_list(${table.name}) order by id, seq`)
  return {
    schema: undefined, name: table.name, columns, key,
    uniques: [...grouped(indexes, (row) => row.name)].map(
      ([name, members]) => ({ name, columns: members.map((row) => row.column) })),
    references: [...grouped(keys, (row) => String(row.id))].map(
      ([, members]) => ({ columns: members.map((row) => row.from), table: members[0]?.table ?? "",
      to: members.flatMap((row) => row.to ?? []) })),
    warnings: [], quiet: false
  }
}

/** A column without a type (an expression of a view) compares nothing for us: what it holds tells what it is. */
const probe = async (run: Run, table: TableName, names: ReadonlyArray<string>): Promise<ReadonlyMap<string, Kind>> => {
  const found = new Map<string, Kind>()
  for (const name of names) {
    const [row] = await run(sql<{ type: string }>`select typeof(${sql.id(name)}) as "type" from ${tableRef(table)} where ${sql.id(name)} is not null limit 1`)
    const kind = row?.type === "integer" ? "int" : row?.type === "real" ? "float8" : row?.type === "text" ? "text" : undefined
    if (kind !== undefined) found.set(name, kind)
  }
  return found
}

const grouped = <Row>(rows: ReadonlyArray<Row>, by: (row: Row) => string): Map<string, Array<Row>> => {
  const groups = new Map<string, Array<Row>>()
  for (const row of rows) {
    const group = groups.get(by(row))
    if (group === undefined) groups.set(by(row), [row])
    else group.push(row)
  }
  return groups
}

/** SQLite goes by what a type's name contains. */
const kindOf = (type: string): Kind => {
  const name = type.toUpperCase()
  if (/BIGINT|INT8/.test(name)) return "bigint"
  if (name.includes("INT")) return "int"
  if (/JSON/.test(name)) return "json"
  if (/CHAR|CLOB|TEXT/.test(name)) return "text"
  if (/BLOB|BINARY|BYTEA/.test(name)) return "bytes"
  if (/REAL|FLOA|DOUB/.test(name)) return "float8"
  if (/BOOL/.test(name)) return "bool"
  if (/DEC|NUMERIC|MONEY/.test(name)) return "decimal"
  return "any"
}

const classify = (error: unknown): SqlFailure => {
  if (error instanceof SqlFailure) return error
  const code = error instanceof Error && "errcode" in error && typeof error.errcode === "number" ? error.errcode : 0
  const text = error instanceof Error ? error.message : ""
  // Constraint messages name table and column and never hold a value.
  const place = /constraint failed: ([^.\s]+)\.([^\s,]+)/.exec(text)
  const kind = code === 787 || code === 1811 ? "reference" : code === 2067 || code === 1555 || code === 2579
    ? "unique" : code === 1299 ? "required" : code === 275 ? "check"
    : code === 3091 ? "value" : /no such (table|column)|has no column named/.test(text) ? "missing" : kinds.get(code & 0xff) ?? "other"
  const check = kind === "check" ? /constraint failed: (.+)$/.exec(text)?.[1] : undefined
  return new SqlFailure(kind, `SQLITE ${code}`,
    { table: place?.[1], column: place?.[2], constraint: check,
    ...(says[code & 0xff] === undefined ? {} : { say: says[code & 0xff] ?? "" }) })
}

const kinds = new Map<number, FailureKind>([[5, "busy"], [6, "busy"], [8, "forbidden"], [13, "full"],
  [14, "offline"], [11, "other"], [26, "other"], [19, "check"], [18, "value"], [20, "value"]])
const says: { readonly [code: number]: string } = {
  5: "the database file is locked by another program; try again when it is done",
  8: "the database file may only be read",
  11: "the database file is damaged; restore it from a backup",
  13: "the disk is full",
  14: "the database file cannot be opened",
  26: "the file is not an SQLite database"
}
