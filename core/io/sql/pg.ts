/** PostgreSQL through pg. Every value is asked for, and sent, as text: pg's own types would round. */
import pg from "pg"
import { Kysely, PostgresDialect, sql } from "kysely"
import type { RawBuilder } from "kysely"
import { comma, fitsDeclared, floating, isoLocal, nothing, parsed, SqlFailure, tableRef, textOf } from "./dialect.ts"
import type { Column, Database, Dialect, DriverRow, FailureKind, Kind, Plain, Run, Table, TableName } from "./dialect.ts"

export interface PgOptions {
  readonly url: string
  readonly readOnly: boolean
  readonly poolSize?: number
}

export const open = async (options: PgOptions): Promise<Database> => {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolSize ?? 4,
    connectionTimeoutMillis: 15_000,
    keepAlive: true,
    application_name: "esl",
    ...(options.readOnly ? { options: "-c default_transaction_read_only=on" } : {}),
    types: { getTypeParser: () => (value: unknown) => value }
  })
  // A broken idle connection is thrown away by the pool; the next statement says what is wrong.
  pool.on("error", () => undefined)
  // One that breaks while it is in use fails its statement; without a listener it would end the process.
  pool.on("connect", (client) => client.on("error", () => undefined))
  const kysely = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
  return { dialect, kysely, close: async () => { await kysely.destroy(); if (!pool.ended) await pool.end() } }
}

/** The type by which a parameter's text is read. Its name comes from the catalogue (format_type), quoted there. */
const cast = (column: Column): RawBuilder<unknown> =>
  // A cast to a length would cut a text without a word; the column itself refuses it.
  sql.raw(column.type.startsWith("character varying") ? "text" : column.kind === "char" ? "bpchar" : column.type)

const dialect: Dialect = {
  name: "postgres",
  parameters: 60_000,
  select: (column, ref) =>
    column.kind === "instant" ? sql`(${ref} at time zone 'UTC')` : column.kind === "other" ? sql`${ref}::text` : ref,
  take: (column, value) => typeof value === "string" ? takes[column.kind](value) : null,
  bind: (column, value) => sql`${paramText(column, value)}::${cast(column)}`,
  among: (columns, refs, rows) => {
    const lists = columns.map((_, at) => sql`${rows.map((row) => row[at] ?? null)}::text[]`)
    const [only, ref, list] = [columns[0], refs[0], lists[0]]
    // The array is cast as a whole: an index on the column serves `any`.
    if (columns.length === 1 && only !== undefined) return sql`${ref} = any(${list}::${cast(only)}[])`
    const names = columns.map((_, at) => sql.id(`k${at}`))
    const keys = columns.map((column, at) => sql`${names[at]}::${cast(column)}`)
    return sql`(${sql.join(refs, comma)}) in (select ${sql.join(keys, comma)} from unnest(${sql.join(lists,
      comma)}) as u(${sql.join(names, comma)}))`
  },
  amongMost: 10_000,
  limit: (rows) => sql`limit ${rows}::bigint`,
  lock: { table: nothing, end: sql`for update` },
  clock: sql`select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS') as utc,
      to_char(clock_timestamp(), 'YYYY-MM-DD"T"HH24:MI:SS.MS') as local, current_setting('TimeZone') as zone`,
  account: async (run) => {
    const [row] = await run(sql<{ database: string; host: string | null; port: string | null }>`select current_database() as database, host(inet_server_addr()) as host, inet_server_port()::text as port`)
    const system = await run(sql<{ id: string }>`select system_identifier::text as id
      from pg_control_system()`).catch(() => [])
    return `postgres:${system[0]?.id ?? `${row?.host ?? "local"}:${row?.port ?? ""}`}/${row?.database ?? ""}`
  },
  tables: async (run, schema) =>
    run(sql<TableName>`select n.nspname as schema, c.relname as name from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
      and ${schema === undefined ? sql`n.nspname = any(current_schemas(false))` : sql`n.nspname = ${schema}`} order by n.nspname, c.relname`),
  describe: (run, table) => describe(run, table),
  classify: (error) => classify(error),
  insert: async (run, table, columns, rows, counted, back) => {
    let keys: ReadonlyArray<string> = []
    if (counted !== undefined) keys = await nextKeys(run, table, counted, rows.length)
    const all = counted === undefined ? columns : [counted, ...columns]
    if (all.length === 0) {
      for (const _ of rows) await run(sql`insert into ${tableRef(table)} default values`)
      return { keys }
    }
    const lists = all.map((column, at) => {
      const values = counted === undefined ? rows.map((row) => paramText(column, row[at] ?? null)) : at === 0 ? keys
        : rows.map((row) => paramText(column, row[at - 1] ?? null))
      return sql`${values}::text[]`
    })
    const names = all.map((_, at) => sql.id(`c${at}`))
    const casts = all.map((column, at) => sql`${names[at]}::${cast(column)}`)
    const stored = await run(sql<DriverRow>`insert into ${tableRef(table)} as t (${sql.join(all.map((column) => sql.id(column.name)), comma)}) ${counted === undefined ? nothing : sql`overriding system value`}
      select ${sql.join(casts, comma)} from unnest(${sql.join(lists, comma)}) as u(${sql.join(names, comma)}) ${
        returning(table, back)}`)
    return table.quiet && back !== undefined ? { keys, rows: stored } : { keys }
  },
  update: async (run, table, key, columns, rows, back) => {
    const all = [...key, ...columns]
    const lists = all.map((column, at) => sql`${rows.map((row) => paramText(column, row[at] ?? null))}::text[]`)
    const names = all.map((_, at) => sql.id(`c${at}`))
    const sets = columns.map((column, at) => sql`${sql.id(column.name)} = u.${names[key.length + at]}::${cast(column)}`)
    const here = key.map((column, at) => sql`t.${sql.id(column.name)} = u.${names[at]}::${cast(column)}`)
    const stored = await run(
      sql<DriverRow>`update ${tableRef(table)} t set ${sql.join(sets, comma)} from unnest(${sql.join(lists,
      comma)}) as u(${sql.join(names, comma)}) where ${sql.join(here, sql` and `)} ${returning(table, back)}`)
    return table.quiet && back !== undefined ? stored : undefined
  },
  fits: (column, value) => typeof value === "string" && value.includes("\u0000") ? "it has a zero character" : fitsDeclared(column, value)
}

const returning = (table: Table, back: RawBuilder<unknown> | undefined): RawBuilder<unknown> =>
  table.quiet && back !== undefined ? sql`returning ${back}` : nothing

/** Keys taken from the column's sequence first, so that no answer has to be matched to its row by position. */
const nextKeys = async (run: Run, table: TableName, column: Column, count: number): Promise<ReadonlyArray<string>> => {
  const owner = `${table.schema === undefined ? "" : `${quoted(table.schema)}.`}${quoted(table.name)}`
  const rows = await run(sql<{ id: string }>`select nextval(pg_get_serial_sequence(${owner},
      ${column.name}))::text as id from generate_series(1, ${count}::int)`)
  return rows.map((row) => row.id)
}
const quoted = (name: string): string => `"${name.replaceAll("\"", "\"\"")}"`

const paramText = (column: Column, value: Plain): string | null =>
  column.kind === "json" && value !== null ? JSON.stringify(value) : textOf(value)

const takes: { readonly [kind in Kind]: (text: string) => Plain } = {
  int: Number,
  bigint: (text) => text,
  decimal: (text) => text,
  float4: (text) => floating(Number(text)),
  float8: (text) => floating(Number(text)),
  text: (text) => text,
  char: (text) => text.replace(/ +$/, ""),
  bool: (text) => text === "t",
  date: (text) => text,
  time: (text) => text,
  local: isoLocal,
  instant: (text) => /^\d/.test(text) ? `${isoLocal(text)}Z` : text,
  json: parsed,
  uuid: (text) => text,
  bytes: (text) => text,
  any: (text) => text,
  other: (text) => text
}

const kindOf = (oid: string, kind: string): Kind => kind === "e" ? "text" : kindsByOid.get(Number(oid)) ?? "other"
const kindsByOid = new Map<number, Kind>([
  [16, "bool"], [17, "bytes"], [20, "bigint"], [21, "int"], [23, "int"], [25, "text"], [114, "json"], [700, "float4"],
    [701, "float8"], [790, "text"],
  [1042, "char"], [1043, "text"], [1082, "date"], [1083, "time"], [1114, "local"], [1184, "instant"],
    [1700, "decimal"], [2950, "uuid"], [3802, "json"], [19, "text"]
])

interface Described {
  readonly name: string
  readonly type: string
  readonly oid: string
  readonly base: string
  readonly mod: string
  readonly notnull: string
  readonly filled: string
  readonly counted: string
  readonly generated: string
}

const describe = async (run: Run, table: TableName): Promise<Table | undefined> => {
  // A domain is read as the type beneath it.
  const found = await run(sql<{
    oid: string; schema: string; encoding: string; kind: string; loud: string }>`select c.oid::text as oid,
      (c.relhasrules or c.relkind <> 'r' or exists (select 1 from pg_catalog.pg_trigger g where g.tgrelid = c.oid
        and not g.tgisinternal and g.tgenabled <> 'D' and g.tgtype & 66 = 0))::text as loud, n.nspname as schema,
      c.relkind as kind, pg_encoding_to_char(d.encoding) as encoding
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid =
      c.relnamespace join pg_catalog.pg_database d on d.datname = current_database()
    where c.relname = ${table.name} and c.relkind in ('r', 'p', 'v', 'm', 'f') and ${table.schema === undefined
      ? sql`pg_table_is_visible(c.oid)` : sql`n.nspname = ${table.schema}`}`)
  const at = found[0]
  if (at === undefined) return undefined
  const rows = await run(sql<Described>`select a.attname as name, format_type(a.atttypid, a.atttypmod) as type,
      coalesce(nullif(t.typbasetype, 0), t.oid)::text as oid,
      coalesce(b.typtype, t.typtype)::text as base,
        (case when t.typtypmod >= 0 then t.typtypmod else a.atttypmod end)::text as mod,
        (a.attnotnull or t.typnotnull)::text as notnull,
      (a.atthasdef or a.attidentity <> '' or t.typdefault is not null)::text as filled,
        a.attgenerated::text as generated,
      (pg_get_serial_sequence(quote_ident(${at.schema}) || '.' || quote_ident(${table.name}),
        a.attname) is not null)::text as counted
    from pg_catalog.pg_attribute a join pg_catalog.pg_type t on t.oid =
      a.atttypid left join pg_catalog.pg_type b on b.oid = nullif(t.typbasetype, 0)
    where a.attrelid = ${at.oid}::oid and a.attnum > 0 and not a.attisdropped order by a.attnum`)
  const keys = await run(sql<{
    name: string; main: string; column: string }>`select i.relname as name, x.indisprimary::text as main,
      a.attname as column
    from pg_catalog.pg_index x join pg_catalog.pg_class i on i.oid =
      x.indexrelid cross join lateral unnest(x.indkey) with ordinality as k(num, pos)
    join pg_catalog.pg_attribute a on a.attrelid = x.indrelid and a.attnum = k.num
    where x.indrelid = ${at.oid}::oid and x.indisunique and x.indpred is null and x.indexprs is null
      and k.pos <= x.indnkeyatts order by x.indexrelid, k.pos`)
  const references = await run(
    sql<{ id: string; column: string; table: string; to: string }>`select o.oid::text as id, a.attname as column,
      c.relname as table, r.attname as to
    from pg_catalog.pg_constraint o join pg_catalog.pg_class c on c.oid =
      o.confrelid cross join lateral unnest(o.conkey, o.confkey) with ordinality as k(mine, theirs, pos)
    join pg_catalog.pg_attribute a on a.attrelid = o.conrelid and a.attnum =
      k.mine join pg_catalog.pg_attribute r on r.attrelid = o.confrelid and r.attnum = k.theirs
    where o.conrelid = ${at.oid}::oid and o.contype = 'f' order by o.oid, k.pos`)
  return {
    schema: at.schema,
    name: table.name,
    // A trigger that runs after the row was written may write it again.
    quiet: at.loud === "false",
    columns: rows.map((row) => columnOf(row, at.encoding)),
    key: keys.filter((row) => row.main === "true").map((row) => row.column),
    uniques: [...Map.groupBy(keys, (row) => row.name)].map(
      ([name, members]) => ({ name, columns: members.map((row) => row.column) })),
    references: [...Map.groupBy(references, (row) => row.id).values()].map(
      (members) => ({ columns: members.map((row) => row.column), table: members[0]?.table ?? "",
      to: members.map((row) => row.to) })),
    warnings: at.encoding === "UTF8" ? [] : [`the database's encoding is ${at.encoding}: it does not hold every character`]
  }
}

const columnOf = (row: Described, encoding: string): Column => {
  const kind = kindOf(row.oid, row.base)
  const mod = Number(row.mod) - 4
  return {
    name: row.name, type: row.type, kind,
    nullable: row.notnull !== "true", filled: row.filled === "true" || row.generated !== "",
      counted: row.counted === "true", writable: row.generated === "",
    ...(mod >= 0 && (kind === "text" || kind === "char") ? { length: mod } : {}),
    ...(mod >= 0 && kind === "decimal" ? { precision: (mod >> 16) & 0xffff,
      scale: ((mod & 0x7ff) ^ 1024) - 1024 } : {}),
    ...(encoding === "LATIN1" ? { charset: "latin1" } : encoding === "WIN1252" ? { charset: "cp1252" } : {})
  }
}

const kinds = new Map<string, FailureKind>([
  ["23505", "unique"], ["23P01", "unique"], ["23503", "reference"], ["23502", "required"], ["23514", "check"],
    ["22001", "value"], ["22003", "value"], ["22021", "value"], ["22P02", "value"], ["22P05", "value"],
  ["22007", "value"], ["22008", "value"], ["42P01", "missing"], ["42703", "missing"], ["3F000", "missing"],
    ["28P01", "denied"], ["28000", "denied"], ["3D000", "missing"], ["42501", "forbidden"], ["25006", "forbidden"],
  ["40001", "busy"], ["40P01", "busy"], ["55P03", "busy"], ["57014", "busy"], ["53100", "full"], ["57P01", "offline"],
    ["57P02", "offline"], ["57P03", "offline"], ["57P05", "offline"], ["25P03", "offline"], ["53300", "offline"]
])

const says = new Map([
  ["3D000", "the database does not exist; check the url"],
  ["53300", "the database has no connection left for us; raise its limit or stop another program"]
])

const classify = (error: unknown): SqlFailure => {
  if (error instanceof SqlFailure) return error
  if (error instanceof pg.DatabaseError) {
    const code = error.code ?? "?"
    const kind = kinds.get(code) ?? (code.startsWith("08") ? "offline" : code.startsWith("22") ? "value"
      : code.startsWith("23") ? "check" : "other")
    // A trigger's own words (P0001) may quote the row; the code is all that is told.
    return new SqlFailure(kind, code, { table: error.table, column: error.column, constraint: error.constraint,
      ...(says.has(code) ? { say: says.get(code) ?? "" } : {}) })
  }
  const code = error instanceof Error && "code" in error ? String(error.code) : "lost"
  if (error instanceof Error && /password must be a string|SASL/.test(error.message)) return new SqlFailure("denied",
    "auth")
  return new SqlFailure("offline", code)
}
