/** MySQL and MariaDB through mysql2. Every value is asked for as text: the driver's own types would round. */
import { createPool } from "mysql2"
import type { Pool, PoolOptions } from "mysql2"
import { CompiledQuery, Kysely, MysqlDialect, sql } from "kysely"
import type { RawBuilder } from "kysely"
import {
  comma, fitsDeclared, floating, isoLocal, nothing, parsed, shortestFloat4, SqlFailure, tableRef, textOf
} from "./dialect.ts"
import type { Column, Database, Dialect, FailureKind, Kind, Plain, Run, Table, TableName } from "./dialect.ts"

export interface MysqlOptions {
  readonly url: string
  readonly readOnly: boolean
  readonly poolSize?: number
}

/**
 * Strict: a value that does not fit is an error, not a shorter value; and a backslash escapes, whatever the server
 * says.
 */
const mode = "STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"

export const open = async (options: MysqlOptions): Promise<Database> => {
  const pool = poolOf(options)
  const kysely = new Kysely<unknown>({
    dialect: new MysqlDialect({
      pool,
      onCreateConnection: async (connection) => {
        await connection.executeQuery(CompiledQuery.raw("set session sql_mode = ?", [mode]))
        if (options.readOnly) await connection.executeQuery(CompiledQuery.raw("set session transaction read only"))
      }
    })
  })
  return { dialect, kysely, close: async () => { await kysely.destroy(); pool.end(() => undefined) } }
}

const poolOf = ({ poolSize, url }: MysqlOptions): Pool => {
  const at = new URL(url)
  const config: PoolOptions = {
    host: at.hostname,
    port: at.port === "" ? 3306 : Number(at.port),
    user: decodeURIComponent(at.username),
    password: decodeURIComponent(at.password),
    database: decodeURIComponent(at.pathname.slice(1)),
    charset: "utf8mb4",
    connectionLimit: poolSize ?? 4,
    connectTimeout: 15_000,
    enableKeepAlive: true,
    multipleStatements: false,
    typeCast: (field) => field.string(),
    ...(at.searchParams.has("ssl") || at.searchParams.has("tls") ? { ssl: {} } : {})
  }
  return createPool(config)
}

const conditionOf = (columns: ReadonlyArray<Column>, refs: ReadonlyArray<RawBuilder<unknown>>,
  row: ReadonlyArray<Plain>): RawBuilder<unknown> =>
  sql.join(columns.map((column, at) => sql`${refs[at]} = ${bind(column, row[at] ?? null)}`), sql` and `)

const dialect: Dialect = {
  name: "mysql",
  parameters: 60_000,
  select: (column, ref) =>
    column.kind === "instant" ? sql`unix_timestamp(${ref})`
      // A FLOAT is shown with six digits; as a double it is shown whole.
      : column.kind === "float4" ? sql`(${ref} + 0e0)` : column.type.startsWith("bit") ? sql`(${ref} + 0)` : ref,
  take: (column, value) => typeof value === "string" ? takes[column.kind](value) : null,
  bind: (column, value) => bind(column, value),
  among: (columns, refs, rows) => {
    const [only, ref] = [columns[0], refs[0]]
    if (columns.length === 1 && only !== undefined) return sql`${ref} in (${sql.join(rows.map((row) => bind(only, row[0] ?? null)))})`
    const each = rows.map((row) => sql`(${sql.join(columns.map((column, at) => bind(column, row[at] ?? null)))})`)
    return sql`(${sql.join(refs, comma)}) in (${sql.join(each)})`
  },
  amongMost: 2_000,
  limit: (rows) => sql`limit ${rows}`,
  lock: { table: nothing, end: sql`for update` },
  clock: sql`select date_format(utc_timestamp(3), '%Y-%m-%dT%H:%i:%s.%f') as utc, date_format(now(3), '%Y-%m-%dT%H:%i:%s.%f') as local, null as zone`,
  account: async (run) => {
    const [row] = await run(sql<{ host: string; port: string; name: string }>`select @@hostname as host, @@port as port, database() as name`)
    return `mysql:${row?.host ?? ""}:${row?.port ?? ""}/${row?.name ?? ""}`
  },
  tables: async (run, schema) => run(sql<TableName>`select ${schema === undefined ? sql`null` : sql`table_schema`} as ${sql.id("schema")}, table_name as ${sql.id("name")}
    from information_schema.tables where table_schema = ${schema === undefined ? sql`database()` : sql`${schema}`} order by table_name`)
    .then((rows) => rows.map((row) => ({ schema: schema === undefined ? undefined : row.schema, name: row.name }))),
  describe: (run, table) => describe(run, table),
  classify: (error) => classify(error),
  insert: async (run, table, columns, rows, counted) => {
    const names = sql.join(columns.map((column) => sql.id(column.name)))
    const values = sql.join(rows.map((row) => sql`(${sql.join(row.map((value, at) => bind(columns[at], value)))})`))
    await run(sql`insert into ${tableRef(table)} (${names}) values ${values}`)
    if (counted === undefined) return { keys: [] }
    // Ids of one insert with known rows follow each other (innodb_autoinc_lock_mode 0 to 2).
    const [first] = await run(sql<{ id: string; step: string }>`select last_insert_id() as id, @@auto_increment_increment as step`)
    const [start, step] = [BigInt(first?.id ?? 0), BigInt(first?.step ?? 1)]
    return { keys: rows.map((_, at) => (start + BigInt(at) * step).toString()) }
  },
  update: async (run, table, key, columns, rows) => {
    const refs = key.map((column) => sql.id(column.name))
    for (let from = 0; from < rows.length; from += 100) {
      const some = rows.slice(from, from + 100)
      const [row] = some
      const sets = columns.map((column, at) => some.length === 1
        ? sql`${sql.id(column.name)} = ${bind(column, row?.[key.length + at] ?? null)}`
        : sql`${sql.id(column.name)} = case ${sql.join(some.map((one) => sql`when ${conditionOf(key, refs,
          one)} then ${bind(column, one[key.length + at] ?? null)}`), sql` `)} end`)
      await run(sql`update ${tableRef(table)} set ${sql.join(sets, comma)} where ${sql.join(some.map((one) => sql`(${conditionOf(key, refs, one)})`), sql` or `)}`)
    }
    return undefined
  },
  fits: fitsDeclared
}

const bind = (column: Column | undefined, value: Plain): RawBuilder<unknown> => {
  if (value === null) return sql`${null}`
  const text = textOf(value) ?? ""
  if (column === undefined) return sql`${text}`
  switch (column.kind) {
    // A number compares by index; a text would be compared as a double.
    case "int": case "bigint": return /^-?\d{1,20}$/.test(text) ? sql`cast(${text} as ${/unsigned/.test(column.type) ? sql`unsigned` : sql`signed`})` : sql`${text}`
    case "bool": return sql`${text === "true" || text === "1" ? 1 : 0}`
    case "instant": {
      const seconds = secondsOf(text)
      return seconds === undefined ? sql`${text}` : sql`from_unixtime(cast(${seconds} as decimal(20, 6)))`
    }
    case "json": return sql`${JSON.stringify(value)}`
    default: return sql`${text}`
  }
}

/** Seconds since 1970 of an RFC 3339 text, with its fraction. */
const secondsOf = (text: string): string | undefined => {
  const match = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)$/.exec(text)
  if (match === null) return undefined
  const seconds = Date.parse(`${match[1]}T${match[2]}${match[4]}`) / 1000
  return Number.isNaN(seconds) ? undefined : `${seconds}${match[3] ?? ""}`
}

const utcOf = (seconds: string): string => {
  const [whole = "0", fraction = ""] = seconds.split(".")
  // Zero stands for MySQL's zero date: no time at all, and nothing to carry on.
  if (Number(seconds) === 0) return "0000-00-00T00:00:00"
  const digits = fraction.replace(/0+$/, "")
  return `${new Date(Number(whole) * 1000).toISOString().slice(0, 19)}${digits === "" ? "" : `.${digits}`}Z`
}

const takes: { readonly [kind in Kind]: (text: string) => Plain } = {
  int: Number,
  bigint: (text) => text,
  decimal: (text) => text,
  float4: (text) => floating(shortestFloat4(Number(text))),
  float8: (text) => floating(Number(text)),
  text: (text) => text,
  char: (text) => text.replace(/ +$/, ""),
  bool: (text) => text === "1",
  date: (text) => text,
  time: (text) => text,
  local: isoLocal,
  instant: utcOf,
  json: parsed,
  uuid: (text) => text,
  bytes: (text) => text,
  any: (text) => text,
  other: (text) => text
}

const kindOf = (type: string, whole: string): Kind => kindsByName.get(type)
  ?? (whole === "bit(1)" ? "bool" : type === "bit" ? "bigint" : "other")
const kindsByName = new Map<string, Kind>([
  ["tinyint", "int"], ["smallint", "int"], ["mediumint", "int"], ["int", "int"], ["year", "int"],
    ["bigint", "bigint"], ["decimal", "decimal"], ["float", "float4"], ["double", "float8"],
  ["varchar", "text"], ["char", "char"], ["tinytext", "text"], ["text", "text"], ["mediumtext", "text"],
    ["longtext", "text"], ["enum", "text"], ["set", "text"], ["json", "json"], ["uuid", "uuid"],
  ["date", "date"], ["time", "time"], ["datetime", "local"], ["timestamp", "instant"], ["inet4", "text"],
    ["inet6", "text"],
  ["binary", "bytes"], ["varbinary", "bytes"], ["tinyblob", "bytes"], ["blob", "bytes"], ["mediumblob", "bytes"],
    ["longblob", "bytes"], ["geometry", "bytes"], ["point", "bytes"]
])
const charsets = new Map<string, NonNullable<Column["charset"]>>([["utf8", "bmp"], ["utf8mb3", "bmp"],
  ["ucs2", "bmp"], ["latin1", "cp1252"], ["ascii", "ascii"]])

interface Described {
  readonly name: string
  readonly type: string
  readonly whole: string
  readonly nullable: string
  readonly standard: string | null
  readonly extra: string
  readonly length: string | null
  readonly digits: string | null
  readonly scale: string | null
  readonly charset: string | null
}

const describe = async (run: Run, table: TableName): Promise<Table | undefined> => {
  const schema = table.schema === undefined ? sql`database()` : sql`${table.schema}`
  const here = sql`table_schema = ${schema} and table_name = ${table.name}`
  const rows = await run(sql<Described>`select column_name as ${sql.id("name")}, data_type as ${sql.id("type")},
    column_type as ${sql.id("whole")}, is_nullable as ${sql.id("nullable")},
      column_default as ${sql.id("standard")}, extra as ${sql.id("extra")},
        character_maximum_length as ${sql.id("length")}, numeric_precision as ${sql.id("digits")},
      numeric_scale as ${sql.id("scale")}, character_set_name as ${
        sql.id("charset")} from information_schema.columns where ${here} order by ordinal_position`)
  if (rows.length === 0) return undefined
  const keys = await run(sql<{
    name: string; column: string }>`select index_name as ${sql.id("name")},
      column_name as ${sql.id("column")} from information_schema.statistics
    where ${here} and non_unique = 0 and sub_part is null order by index_name, seq_in_index`)
  const references = await run(
    sql<{ name: string; column: string; table: string; to: string }>`select constraint_name as ${sql.id("name")},
      column_name as ${sql.id("column")},
    referenced_table_name as ${sql.id("table")},
      referenced_column_name as ${sql.id("to")} from information_schema.key_column_usage
    where ${here} and referenced_table_name is not null order by constraint_name, ordinal_position`)
  const [engine] = await run(sql<{ engine: string | null }>`select engine as ${sql.id("engine")} from information_schema.tables where ${here}`)
  const safe = engine?.engine === null || engine?.engine.toUpperCase() === "INNODB"
  return {
    schema: table.schema,
    name: table.name,
    columns: rows.map(columnOf),
    key: keys.filter((row) => row.name === "PRIMARY").map((row) => row.column),
    uniques: [...Map.groupBy(keys, (row) => row.name)].map(
      ([name, members]) => ({ name, columns: members.map((row) => row.column) })),
    references: [...Map.groupBy(references, (row) => row.name).values()].map(
      (members) => ({ columns: members.map((row) => row.column), table: members[0]?.table ?? "",
      to: members.map((row) => row.to) })),
    quiet: false,
    warnings: safe ? [] : [`table ${table.name} is kept by ${engine?.engine}, which has no transactions: a failed write may stay half done`]
  }
}

const columnOf = (row: Described): Column => {
  const kind = kindOf(row.type.toLowerCase(), row.whole.toLowerCase())
  const charset = row.charset === null ? undefined : charsets.get(row.charset.toLowerCase())
  const extra = row.extra.toLowerCase()
  const computed = /generated/.test(extra) && !/default_generated/.test(extra)
  const counted = extra.includes("auto_increment")
  // MariaDB says 'NULL' where MySQL says nothing.
  const standard = row.standard !== null && row.standard !== "NULL"
  return {
    name: row.name, type: row.whole.toLowerCase(), kind, nullable: row.nullable === "YES", filled: standard
      || counted || computed, counted, writable: !computed,
    ...(row.length !== null && (kind === "text" || kind === "char") && row.type.toLowerCase().includes("char")
      ? { length: Number(row.length) } : {}),
    ...(kind === "decimal" && row.digits !== null ? { precision: Number(row.digits),
      scale: Number(row.scale ?? 0) } : {}),
    ...(charset === undefined ? {} : { charset })
  }
}

const kinds = new Map<number, FailureKind>([
  [1062, "unique"], [1586, "unique"], [1451, "reference"], [1452, "reference"], [1216, "reference"],
    [1217, "reference"], [1048, "required"], [1364, "required"], [3819, "check"], [4025, "check"], [1644, "check"],
  [1406, "value"], [1264, "value"], [1366, "value"], [1292, "value"], [1265, "value"], [1426, "value"],
    [3140, "value"], [1146, "missing"], [1054, "missing"], [1049, "missing"], [1045, "denied"], [1698, "denied"],
  [1044, "forbidden"], [1142, "forbidden"], [1143, "forbidden"], [1227, "forbidden"], [1792, "forbidden"],
    [1290, "forbidden"], [1205, "busy"], [1213, "busy"], [3572, "busy"], [1020, "busy"], [1021, "full"],
      [1114, "full"], [1040, "offline"], [1927, "offline"], [4031, "offline"], [1317, "busy"], [1129, "denied"], [1130, "denied"], [1053, "offline"]
])

/** The last name that follows these words: a value earlier in the message could hold the same words. */
const last = (text: string, pattern: RegExp): string | undefined => [...text.matchAll(pattern)].at(-1)?.[1]

const classify = (error: unknown): SqlFailure => {
  if (error instanceof SqlFailure) return error
  const errno = error instanceof Error && "errno" in error && typeof error.errno === "number" ? error.errno : 0
  const code = error instanceof Error && "code" in error ? String(error.code) : "lost"
  const kind = kinds.get(errno)
  if (kind === undefined) return new SqlFailure(errno >= 1000 && errno < 2000 || errno >= 3000 ? "other" : "offline",
    errno > 0 ? String(errno) : code)
  const text = error instanceof Error && "sqlMessage" in error && typeof error.sqlMessage === "string" ? error.sqlMessage : ""
  return new SqlFailure(kind, String(errno), {
    column: last(text, /[Cc]olumn [`'](?:[^`']+`\.`[^`']+`\.`)?([^`']+)[`'](?= at row| cannot be null|$)/g) ?? last(text, /^Field '([^']+)' doesn't have/g),
    constraint: last(text, /for key '(?:[^'.]+\.)?([^']+)'$/g) ?? last(text, /CONSTRAINT `([^`]+)`/g),
    ...(errno === 1049 ? { say: "the database does not exist; check the url" } : {})
  })
}
