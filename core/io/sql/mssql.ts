/**
 * SQL Server through tedious. Every value travels as text with a cast in the statement: the driver's own types would
 * round.
 */
import * as tarn from "tarn"
import * as tedious from "tedious"
import { Kysely, MssqlDialect, sql } from "kysely"
import type { RawBuilder } from "kysely"
import { comma, fitsDeclared, floating, nothing, shortestFloat4, SqlFailure, tableRef, textOf } from "./dialect.ts"
import type { Column, Database, Dialect, FailureKind, Kind, Plain, Run, Table, TableName } from "./dialect.ts"

export interface MssqlOptions {
  readonly url: string
  readonly readOnly: boolean
  readonly poolSize?: number
}

export const open = async (options: MssqlOptions): Promise<Database> => {
  const at = new URL(options.url)
  const kysely = new Kysely<unknown>({
    dialect: new MssqlDialect({
      tarn: { Pool: tarn.Pool, options: { min: 0, max: options.poolSize ?? 4, acquireTimeoutMillis: 20_000,
        propagateCreateError: true } },
      tedious: { ...tedious, connectionFactory: () => new tedious.Connection(configOf(at, options.readOnly)) }
    })
  })
  return { dialect, kysely, close: () => kysely.destroy() }
}

/** `mssql://user:word@host:1433/database?encrypt=false&trustServerCertificate=true`; encrypted unless it says no. */
const configOf = (at: URL, readOnly: boolean): tedious.ConnectionConfiguration => ({
  server: at.hostname,
  authentication: { type: "default", options: { userName: decodeURIComponent(at.username),
    password: decodeURIComponent(at.password) } },
  options: {
    port: at.port === "" ? 1433 : Number(at.port),
    database: decodeURIComponent(at.pathname.slice(1)),
    encrypt: at.searchParams.get("encrypt") !== "false",
    trustServerCertificate: at.searchParams.get("trustServerCertificate") === "true",
    readOnlyIntent: readOnly,
    appName: "esl",
    connectTimeout: 15_000,
    requestTimeout: 120_000,
    useUTC: true
  }
})

/** As an expression whose value is exact text. */
const shown = (column: Column, ref: RawBuilder<unknown>): RawBuilder<unknown> => {
  switch (column.kind) {
    case "decimal": return column.type.includes("money") ? sql`convert(varchar(40), ${ref}, 2)` : sql`convert(varchar(60), ${ref})`
    case "local": return sql`convert(varchar(33), ${ref}, 126)`
    case "instant": return sql`convert(varchar(33), switchoffset(${ref}, '+00:00'), 126)`
    case "date": return sql`convert(varchar(10), ${ref}, 23)`
    case "time": return sql`convert(varchar(16), ${ref}, 121)`
    case "other": return column.type === "timestamp" ? sql`convert(varchar(18), ${ref}, 1)` : sql`convert(nvarchar(max), ${ref})`
    default: return ref
  }
}

const bind = (column: Column | undefined, value: Plain): RawBuilder<unknown> => {
  const text = value === null ? null : typeof value === "boolean" ? (value ? "1" : "0") : textOf(value)
  if (column === undefined) return sql`${text}`
  // A national parameter on a plain column would keep its index from being used, so text is cast, too.
  if (column.type === "timestamp") return sql`convert(binary(8), ${text}, 1)`
  // DATETIME takes three digits of a second only, and rounds them itself.
  if (column.type === "datetime" || column.type === "smalldatetime") return sql`cast(cast(${text} as datetime2) as ${sql.raw(column.type)})`
  return sql`cast(${text} as ${sql.raw(column.type)})`
}

const among = (columns: ReadonlyArray<Column>, refs: ReadonlyArray<RawBuilder<unknown>>,
  rows: ReadonlyArray<ReadonlyArray<Plain>>): RawBuilder<unknown> => {
  const [only, ref] = [columns[0], refs[0]]
  if (columns.length === 1 && only !== undefined) return sql`${ref} in (${sql.join(rows.map((row) => bind(only, row[0] ?? null)))})`
  const each = rows.map((row) => sql`(${sql.join(columns.map((column, at) => sql`${refs[at]} = ${bind(column, row[at] ?? null)}`), sql` and `)})`)
  return sql`(${sql.join(each, sql` or `)})`
}

const dialect: Dialect = {
  name: "mssql",
  // The protocol ends at 2,100.
  parameters: 2_000,
  select: shown,
  take: (column, value) => take(column, value),
  bind: (column, value) => bind(column, value),
  among,
  amongMost: 500,
  limit: (rows) => sql`offset 0 rows fetch next ${rows} rows only`,
  lock: { table: sql`with (updlock, rowlock)`, end: nothing },
  clock: sql`select convert(varchar(23), sysutcdatetime(), 126) as utc, convert(varchar(23), sysdatetime(), 126) as local, null as zone`,
  account: async (run) => {
    const [row] = await run(sql<{ server: string; name: string }>`select @@servername as server, db_name() as name`)
    return `mssql:${row?.server ?? ""}/${row?.name ?? ""}`
  },
  tables: (run, schema) => run(sql<TableName>`select table_schema as "schema", table_name as "name" from information_schema.tables
    where table_schema = ${schema === undefined ? sql`schema_name()` : sql`${schema}`} order by table_name`),
  describe: (run, table) => describe(run, table),
  classify: (error) => classify(error),
  insert: async (run, table, columns, rows, counted) => {
    const names = sql.join(columns.map((column) => sql.id(column.name)))
    const tuple = (row: ReadonlyArray<Plain>): RawBuilder<unknown> => sql`(${sql.join(row.map((value, at) => bind(columns[at], value)))})`
    if (counted === undefined) {
      // A VALUES list holds a thousand rows.
      for (let at = 0; at < rows.length; at += 1_000) await run(sql`insert into ${tableRef(table)} (${names}) values ${sql.join(rows.slice(at, at + 1_000).map(tuple))}`)
      return { keys: [] }
    }
    const keys: Array<string> = []
    for (const row of rows) {
      // OUTPUT fails on a table with triggers, and promises no order.
      const what = columns.length === 0 ? sql`default values` : sql`(${names}) values ${tuple(row)}`
      const [made] = await run(sql<{ id: string }>`insert into ${tableRef(table)} ${what}; select cast(scope_identity() as varchar(40)) as id`)
      keys.push(made?.id ?? "")
    }
    return { keys }
  },
  update: async (run, table, key, columns, rows) => {
    const all = [...key, ...columns]
    const names = all.map((_, at) => sql.id(`c${at}`))
    const sets = columns.map((column, at) => sql`${sql.id(column.name)} = v.${names[key.length + at]}`)
    const here = key.map((column, at) => sql`t.${sql.id(column.name)} = v.${names[at]}`)
    for (let at = 0; at < rows.length; at += 1_000) {
      const values = rows.slice(at, at + 1_000).map((row) => sql`(${sql.join(row.map((value, place) => bind(all[place], value)))})`)
      await run(sql`update t set ${sql.join(sets, comma)} from ${tableRef(table)} as t join (values ${sql.join(values)}) as v (${sql.join(names)}) on ${sql.join(here, sql` and `)}`)
    }
    return undefined
  },
  fits: fitsDeclared
}

const take = (column: Column, value: unknown): Plain => {
  if (value === null || value === undefined) return null
  if (typeof value === "boolean") return value
  if (typeof value === "number") return column.kind === "float4" ? floating(shortestFloat4(value))
    : column.kind === "bigint" || column.kind === "decimal" ? String(value) : floating(value)
  if (typeof value !== "string") throw new SqlFailure("value", "binary", { column: column.name, say: `column ${column.name} holds binary data` })
  switch (column.kind) {
    case "char": return value.replace(/ +$/, "")
    case "local": return noZeros(value)
    case "instant": return `${noZeros(value.replace(/(Z|[+-]00:00)$/, ""))}Z`
    case "time": return noZeros(value)
    case "int": return Number(value)
    case "uuid": return value.toLowerCase()
    default: return value
  }
}

const noZeros = (text: string): string => text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text

interface Described {
  readonly name: string
  readonly type: string
  readonly length: number
  readonly digits: number
  readonly scale: number
  readonly nullable: boolean
  readonly counted: boolean
  readonly computed: boolean
  readonly standard: boolean
  readonly page: number | null
}

const describe = async (run: Run, table: TableName): Promise<Table | undefined> => {
  const whole = table.schema === undefined ? sql`quotename(schema_name()) + '.' + quotename(${table.name})` : sql`quotename(${table.schema}) + '.' + quotename(${table.name})`
  const rows = await run(sql<Described>`select c.name as name, y.name as type, c.max_length as length,
      c.precision as digits, c.scale as scale, c.is_nullable as nullable,
      c.is_identity as counted, c.is_computed as computed,
        cast(case when c.default_object_id = 0 then 0 else 1 end as bit) as standard,
      cast(collationproperty(c.collation_name, 'CodePage') as int) as page
    from sys.columns c join sys.types y on y.user_type_id = c.system_type_id where c.object_id =
      object_id(${whole}) order by c.column_id`)
  if (rows.length === 0) return undefined
  const keys = await run(sql<{ name: string; main: boolean;
    column: string }>`select i.name as name, i.is_primary_key as main, c.name as "column"
    from sys.indexes i join sys.index_columns k on k.object_id = i.object_id and k.index_id = i.index_id
    join sys.columns c on c.object_id = k.object_id and c.column_id = k.column_id
    where i.object_id = object_id(${whole}) and i.is_unique = 1 and i.has_filter = 0 and k.is_included_column =
      0 order by i.index_id, k.key_ordinal`)
  const references = await run(sql<{ id: number; column: string; table: string;
    to: string }>`select f.constraint_object_id as id, c.name as "column", t.name as "table", r.name as "to"
    from sys.foreign_key_columns f join sys.columns c on c.object_id = f.parent_object_id and c.column_id =
      f.parent_column_id
    join sys.columns r on r.object_id = f.referenced_object_id and r.column_id =
      f.referenced_column_id join sys.tables t on t.object_id = f.referenced_object_id
    where f.parent_object_id = object_id(${whole}) order by f.constraint_object_id, f.constraint_column_id`)
  return {
    schema: table.schema, name: table.name, columns: rows.map(columnOf), warnings: [], quiet: false,
    key: keys.filter((row) => row.main).map((row) => row.column),
    uniques: [...Map.groupBy(keys, (row) => row.name)].map(
      ([name, members]) => ({ name, columns: members.map((row) => row.column) })),
    references: [...Map.groupBy(references, (row) => row.id).values()].map(
      (members) => ({ columns: members.map((row) => row.column), table: members[0]?.table ?? "",
      to: members.map((row) => row.to) }))
  }
}

const kinds = new Map<string, Kind>([
  ["tinyint", "int"], ["smallint", "int"], ["int", "int"], ["bigint", "bigint"], ["decimal", "decimal"], ["numeric", "decimal"], ["money", "decimal"], ["smallmoney", "decimal"], ["real", "float4"], ["float", "float8"],
  ["varchar", "text"], ["nvarchar", "text"], ["text", "text"], ["ntext", "text"], ["char", "char"], ["nchar", "char"], ["bit", "bool"], ["date", "date"], ["time", "time"], ["datetime", "local"], ["datetime2", "local"],
  ["smalldatetime", "local"], ["datetimeoffset", "instant"], ["uniqueidentifier", "uuid"], ["binary", "bytes"], ["varbinary", "bytes"], ["image", "bytes"]
])

const columnOf = (row: Described): Column => {
  const kind = kinds.get(row.type) ?? "other"
  const wide = row.type.startsWith("n")
  const length = row.length < 0 ? undefined : wide ? row.length / 2 : row.length
  const type = /^n?(var)?char$/.test(row.type) ? `${row.type}(${length ?? "max"})`
    : /^(decimal|numeric)$/.test(row.type) ? `${row.type}(${row.digits}, ${row.scale})`
      : /^(datetime2|datetimeoffset|time)$/.test(row.type) ? `${row.type}(${row.scale})` : row.type
  // A character outside the column's code page would become a question mark without a word.
  const charset = wide || row.page === null || row.page === 65_001 || (kind !== "text" && kind !== "char")
    ? undefined : row.page === 1252 ? "cp1252" : "ascii"
  return {
    name: row.name, type, kind, nullable: row.nullable, counted: row.counted, filled: row.standard || row.counted
      || row.computed || row.type === "timestamp",
    writable: !row.computed && !row.counted && row.type !== "timestamp",
    ...(length !== undefined && (kind === "text" || kind === "char") && row.type.includes("char") ? { length } : {}),
    ...(kind === "decimal" ? { precision: row.digits, scale: row.scale } : {}),
    ...(charset === undefined ? {} : { charset })
  }
}

const failures = new Map<number, FailureKind>([
  [2627, "unique"], [2601, "unique"], [547, "check"], [515, "required"], [2628, "value"], [8152, "value"],
    [8115, "value"], [220, "value"], [232, "value"], [8114, "value"], [245, "value"], [241, "value"], [242, "value"], [8169, "value"],
  [208, "missing"], [207, "missing"], [4060, "missing"], [18456, "denied"], [229, "forbidden"], [230, "forbidden"],
    [3906, "forbidden"], [544, "check"], [1205, "busy"], [1222, "busy"], [3960, "busy"], [1105, "full"], [9002, "full"]
])

const classify = (error: unknown): SqlFailure => {
  if (error instanceof SqlFailure) return error
  const number = error instanceof Error && "number" in error && typeof error.number === "number" ? error.number : 0
  const code = error instanceof Error && "code" in error ? String(error.code) : "lost"
  const text = error instanceof Error ? error.message : ""
  if (code === "ELOGIN") return new SqlFailure("denied", code)
  const kind = number === 547 && /REFERENCE|FOREIGN KEY/.test(text) ? "reference" : failures.get(number)
  if (kind === undefined) return new SqlFailure(number > 0 ? "other" : "offline", number > 0 ? String(number) : code)
  // Names stand in fixed places of these messages; values come after them and are cut off.
  const column = number === 515 ? /^Cannot insert the value NULL into column '([^']+)'/.exec(text)?.[1] : number === 2628 ? /^String or binary data would be truncated in table '[^']+', column '([^']+)'\. /.exec(text)?.[1] : undefined
  const constraint = /^Violation of (?:PRIMARY KEY|UNIQUE KEY) constraint '([^']+)'/.exec(text)?.[1] ?? /with unique index '([^']+)'/.exec(text)?.[1] ?? /constraint "([^"]+)"/.exec(text)?.[1]
  return new SqlFailure(kind, String(number), { column, constraint })
}
