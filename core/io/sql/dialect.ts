/** What the four databases have in common: described tables, exact values, and failures that carry no data. */
import { CompiledQuery, sql } from "kysely"
import type { ControlledTransaction, Kysely, RawBuilder } from "kysely"

export type DialectName = "postgres" | "mysql" | "sqlite" | "mssql"

/** A JSON value; the same as core/model's, which this folder may not import. */
export type Plain = string | number | boolean | null | ReadonlyArray<Plain> | { readonly [key: string]: Plain }

/** How a column's values travel. `local` and `instant`: timestamps without and with a zone. */
export type Kind =
  | "int" | "bigint" | "decimal" | "float4" | "float8" | "text" | "char" | "bool" | "date" | "time" | "local" | "instant"
  | "json" | "uuid" | "bytes" | "any" | "other"

/** A column as the database describes it. */
export interface Column {
  readonly name: string
  /** In the database's own words; casts use it. */
  readonly type: string
  readonly kind: Kind
  readonly nullable: boolean
  /** The database fills it when an insert does not name it: default, identity, computed. */
  readonly filled: boolean
  /** Filled by a counter (identity, serial, auto_increment, rowid). */
  readonly counted: boolean
  /** False: computed by the database. */
  readonly writable: boolean
  /** Longest text, in characters. */
  readonly length?: number
  readonly precision?: number
  readonly scale?: number
  /** Characters it can hold; absent: all. */
  readonly charset?: "bmp" | "latin1" | "cp1252" | "ascii"
}

export interface Table {
  readonly schema: string | undefined
  readonly name: string
  readonly columns: ReadonlyArray<Column>
  readonly key: ReadonlyArray<string>
  readonly uniques: ReadonlyArray<{ readonly name: string; readonly columns: ReadonlyArray<string> }>
  readonly references: ReadonlyArray<{
    readonly columns: ReadonlyArray<string>; readonly table: string; readonly to: ReadonlyArray<string> }>
  readonly warnings: ReadonlyArray<string>
  /** Nothing changes a row after its statement: what that returns is what is stored. */
  readonly quiet: boolean
}

export interface TableName {
  readonly schema: string | undefined
  readonly name: string
}

/** The JSON type that a record's schema asks for; absent: what suits the column. */
export type Want = "text" | "number" | "boolean" | "json" | undefined

export type FailureKind =
  | "unique" | "reference" | "required" | "check" | "value" | "missing" | "denied" | "forbidden" | "busy" | "offline" | "full" | "other"

/** A database's error without its data: drivers put rows and whole statements into theirs. */
export class SqlFailure extends Error {
  readonly kind: FailureKind
  readonly code: string
  readonly table: string | undefined
  readonly column: string | undefined
  readonly constraint: string | undefined
  constructor(kind: FailureKind, code: string,
    at: { readonly table?: string | undefined; readonly column?: string | undefined; readonly constraint?: string
    | undefined; readonly say?: string } = {}) {
    super(at.say ?? `${sentences[kind]} (${code})`)
    this.name = "SqlFailure"
    this.kind = kind
    this.code = code
    this.table = at.table
    this.column = at.column
    this.constraint = at.constraint
  }
}

const sentences: { readonly [kind in FailureKind]: string } = {
  unique: "a row with this key is already there",
  reference: "it points to a row that does not exist, or other rows point to it",
  required: "a column that must have a value has none",
  check: "a check of the database refused it",
  value: "a value does not fit its column",
  missing: "a table or column does not exist",
  denied: "the database refused the user name or password; check the connection's url",
  forbidden: "the user may not do this; grant it the right",
  busy: "another transaction was in the way",
  offline: "the database is not reachable; check that it runs and that host and port are right",
  full: "the database's disk is full",
  other: "the database refused it"
}

/** What a driver file exports: a pool, and the words of its dialect. */
export interface Database {
  readonly dialect: Dialect
  readonly kysely: Kysely<unknown>
  readonly close: () => Promise<void>
}

export interface Dialect {
  readonly name: DialectName
  /** Parameters that one statement takes. */
  readonly parameters: number
  /** A column as an expression whose value reaches us exactly. */
  readonly select: (column: Column, ref: RawBuilder<unknown>) => RawBuilder<unknown>
  /** What the driver delivers for `select`, as JSON. */
  readonly take: (column: Column, raw: unknown) => Plain
  /** A value as a parameter of that column's type. */
  readonly bind: (column: Column, value: Plain) => RawBuilder<unknown>
  /** `columns = one of rows`. */
  readonly among: (columns: ReadonlyArray<Column>, refs: ReadonlyArray<RawBuilder<unknown>>,
    rows: ReadonlyArray<ReadonlyArray<string>>) => RawBuilder<unknown>
  /** Rows that `among` takes at most. */
  readonly amongMost: number
  readonly limit: (rows: number) => RawBuilder<unknown>
  /** Behind a table's name, and behind the statement, to lock what is read. */
  readonly lock: { readonly table: RawBuilder<unknown>; readonly end: RawBuilder<unknown> }
  /** The server's clock: `utc` and `local`, each `YYYY-MM-DDTHH:MM:SS.mmm`; undefined: this machine's clock. */
  readonly clock: RawBuilder<{ readonly utc: string; readonly local: string; readonly zone: string | null }> | undefined
  /** Names the database, so that a hub can be bound to it. */
  readonly account: (run: Run) => Promise<string>
  readonly tables: (run: Run, schema: string | undefined) => Promise<ReadonlyArray<TableName>>
  readonly describe: (run: Run, table: TableName) => Promise<Table | undefined>
  readonly classify: (error: unknown) => SqlFailure
  /**
   * Inserts rows of the same columns; gives the keys of those the database counts, in order.
   * `counted` is the counted key column that the rows do not name. Where the dialect can, and the table is quiet, the
   * rows come back as stored: `back` is the select list, with `t` for the table.
   */
  readonly insert: (run: Run, table: Table, columns: ReadonlyArray<Column>,
    rows: ReadonlyArray<ReadonlyArray<Plain>>, counted: Column | undefined, back: RawBuilder<unknown> | undefined) =>
      Promise<Inserted>
  /** Sets the same columns of rows found by key; `rows` hold the key first. */
  readonly update: (run: Run, table: Table, key: ReadonlyArray<Column>, columns: ReadonlyArray<Column>,
    rows: ReadonlyArray<ReadonlyArray<Plain>>, back: RawBuilder<unknown> | undefined) =>
    Promise<ReadonlyArray<DriverRow> | undefined>
  /** Why this column cannot hold this value; undefined: it can, as far as can be told before. */
  readonly fits: (column: Column, value: Plain) => string | undefined
}

/** A row as the driver delivers it. */
export type DriverRow = { readonly [alias: string]: unknown }

export interface Inserted {
  readonly keys: ReadonlyArray<string>
  readonly rows?: ReadonlyArray<DriverRow>
}

/** Runs a statement somewhere: on the pool, or in a transaction. */
export type Run = <Row>(query: RawBuilder<Row>) => Promise<ReadonlyArray<Row>>

export const runner = (kysely: Kysely<unknown>, dialect: Dialect): Run => async (query) => {
  try {
    return (await query.execute(kysely)).rows
  } catch (error) {
    throw error instanceof SqlFailure ? error : dialect.classify(error)
  }
}

/** One transaction, with a savepoint at a time. */
export interface Transaction {
  readonly run: Run
  /** Does it, or nothing of it. */
  readonly attempt: <A>(work: () => Promise<A>) => Promise<A>
  readonly commit: () => Promise<void>
  readonly rollback: () => Promise<void>
}

export const begin = async (database: Database, access?: "read only"): Promise<Transaction> => {
  const { dialect, kysely } = database
  const safe = async <A>(work: () => Promise<A>): Promise<A> => {
    try {
      return await work()
    } catch (error) {
      throw error instanceof SqlFailure ? error : dialect.classify(error)
    }
  }
  const start = kysely.startTransaction()
  const snapshot = dialect.name === "postgres" || dialect.name === "mysql"
  const trx: ControlledTransaction<unknown, []> = await safe(() =>
    access === undefined || !snapshot ? start.execute() : start.setAccessMode(access).setIsolationLevel("repeatable read").execute())
  const run = runner(trx, dialect)
  return {
    run,
    attempt: async (work) => {
      const saved = await safe(() => trx.savepoint("esl").execute())
      try {
        const done = await work()
        if (dialect.name !== "mssql") await safe(() => saved.releaseSavepoint("esl").execute())
        return done
      } catch (error) {
        await safe(() => saved.rollbackToSavepoint("esl").execute())
        throw error
      }
    },
    commit: () => safe(async () => void await trx.commit().execute()),
    rollback: () => safe(async () => void await trx.rollback().execute())
  }
}

export const join = sql.join
export const comma = sql`, `
export const nothing = sql``

/** A table's name, quoted. */
export const tableRef = (table: TableName): RawBuilder<unknown> =>
  table.schema === undefined ? sql.id(table.name) : sql.id(table.schema, table.name)

/** Runs SQL that holds no value and no name from outside. */
export const raw = (text: string): CompiledQuery => CompiledQuery.raw(text)

/** `YYYY-MM-DD HH:MM:SS.ffffff` in the one form of records: `T`, and no closing zeros. */
export const isoLocal = (text: string): string => {
  const at = text.indexOf(" ")
  const joined = at === 10 ? `${text.slice(0, 10)}T${text.slice(11)}` : text
  if (!joined.includes(".")) return joined
  return joined.replace(/0+$/, "").replace(/\.$/, "")
}

/** The shortest decimal text that is this 32-bit float again. */
export const shortestFloat4 = (value: number): number => {
  if (!Number.isFinite(value)) return value
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === Math.fround(value)) return short
  }
  return Number(value.toPrecision(9))
}

/** A float as JSON; what JSON cannot say (NaN, infinity) stays text. */
export const floating = (value: number): Plain => Number.isFinite(value) ? value : String(value)

/** Exact JSON for a JSON text. */
export const parsed = (text: string): Plain => {
  // JSON.parse answers `any`; JSON text is Plain by definition.
  const json: Plain = JSON.parse(text)
  return json
}

/** A value as parameter text. */
export const textOf = (value: Plain): string | null =>
  value === null ? null : typeof value === "string" ? value : typeof value === "object" ? JSON.stringify(value) : String(value)

/** Reasons that hold in every database that keeps to its declared types. */
export const fitsDeclared = (column: Column, value: Plain): string | undefined => {
  if (value === null) return column.nullable || column.filled ? undefined : "it must have a value"
  if (column.kind === "bytes") return "binary columns are not written"
  const text = textOf(value) ?? ""
  if (column.length !== undefined && (column.kind === "text" || column.kind === "char")
    && lengthOf(text) > column.length) return `it is longer than ${column.length} characters`
  if (column.charset !== undefined && !within[column.charset](text)) return `it has characters that the column's character set (${column.charset}) lacks`
  if (column.kind === "decimal" && column.precision !== undefined) return fitsDecimal(text, column.precision,
    column.scale ?? 0)
  const form = forms[column.kind]
  if (form !== undefined && !form.test(text)) return `it is no value of type ${column.type}`
  return column.kind === "int" || column.kind === "bigint" ? fitsInteger(text, column.type) : undefined
}

/** What a server would refuse for the whole row, and some without a word about the column. */
const forms: { readonly [kind in Kind]?: RegExp } = {
  int: /^-?\d+$|^(true|false)$/,
  bigint: /^-?\d+$/,
  date: /^\d{4,}-\d\d-\d\d/,
  uuid: /^[{]?[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}[}]?$/i
}

/** Bits of an integer type, by its name; SQL Server's TINYINT has no sign. */
const bits: ReadonlyArray<readonly [RegExp, bigint]> = [[/^tinyint$/, -8n], [/^tiny/, 8n], [/^small/, 16n], [/^medium/, 24n], [/^int/, 32n], [/^big/, 64n]]

const fitsInteger = (text: string, type: string): string | undefined => {
  if (!/^-?\d+$/.test(text)) return undefined
  const size = bits.find(([name]) => name.test(type))?.[1]
  if (size === undefined) return undefined
  const plain = size < 0n || type.includes("unsigned")
  const width = size < 0n ? -size : size
  const [least, most] = plain ? [0n, (1n << width) - 1n] : [-(1n << (width - 1n)), (1n << (width - 1n)) - 1n]
  const value = BigInt(text)
  return value < least || value > most ? `it is outside ${least} to ${most}` : undefined
}

const lengthOf = (text: string): number => {
  let length = text.length
  for (let at = 0; at < text.length; at++) if ((text.charCodeAt(at) & 0xfc00) === 0xd800) length--
  return length
}

const within = {
  bmp: (text: string) => !/[\u{10000}-\u{10ffff}]/u.test(text),
  latin1: (text: string) => !/[^\u0000-\u00ff]/.test(text),
  cp1252: (text: string) => !/[^\u0000-\u00ff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]/.test(text),
  ascii: (text: string) => !/[^\u0000-\u007f]/.test(text)
}

const fitsDecimal = (text: string, precision: number, scale: number): string | undefined => {
  const match = /^[+-]?0*(\d*)(?:\.(\d*))?$/.exec(text.trim())
  if (match === null) return undefined
  if ((match[1] ?? "").length > precision - scale) return `it has more than ${precision - scale} digits before the point`
  // A database rounds what is too fine without a word; an amount must not change on the way.
  return (match[2] ?? "").replace(/0+$/, "").length > scale ? `it has more than ${scale} digits after the point` : undefined
}
