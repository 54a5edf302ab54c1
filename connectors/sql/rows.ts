/** Reads rows and makes records of them: the parent's columns, joined rows, child rows. */
import { sql } from "kysely"
import type { RawBuilder } from "kysely"
import { comma, SqlFailure, tableRef } from "../../core/io/sql/dialect.ts"
import type { Column, Dialect, DriverRow, Plain, Run, Want } from "../../core/io/sql/dialect.ts"
import type { Field, Layout, Part } from "./layout.ts"
import { idOf, keyText, wanted } from "./records.ts"

/** One record read: its id, and what else the reader and the writer have to know about it. */
export interface Row {
  readonly id: string
  readonly key: ReadonlyArray<string>
  readonly record: { readonly [column: string]: Plain }
  /** The change column (or what stands in for it) as text. */
  readonly at: string | undefined
  /** The newest change time of the record and its parts, as text of the column it is from. */
  readonly stamps: ReadonlyArray<{ readonly column: Column; readonly text: string }>
  readonly deleted: boolean
  readonly outside: boolean
  readonly version: string | undefined
  /** What rows of a part point with, where that is not the key. */
  readonly links: ReadonlyMap<Part, ReadonlyArray<string>>
  /** Why it cannot be read as a record. */
  broken: string | undefined
}

export interface Select {
  readonly condition: RawBuilder<unknown> | undefined
  readonly order: RawBuilder<unknown> | undefined
  readonly limit: number | undefined
  readonly lock: boolean
}

const t = (column: Column): RawBuilder<unknown> => sql`t.${sql.id(column.name)}`
export const ref = t

/** Selects every column once, and finds it again in the driver's row. */
class Columns {
  readonly dialect: Dialect
  readonly expressions: Array<RawBuilder<unknown>> = []
  private readonly places = new Map<string, string>()
  constructor(dialect: Dialect) {
    this.dialect = dialect
  }
  place(column: Column): string {
    const known = this.places.get(column.name)
    if (known !== undefined) return known
    const alias = `c${this.places.size}`
    this.places.set(column.name, alias)
    this.expressions.push(sql`${this.dialect.select(column, t(column))} as ${sql.id(alias)}`)
    return alias
  }
  reader(column: Column): (row: Driver) => Plain {
    const alias = this.place(column)
    return (row) => this.dialect.take(column, row[alias])
  }
}
type Driver = DriverRow

/** The change column, or the one that stands in while it is null. */
export const stampOf = (changed: Column, created: Column
  | undefined): { readonly column: Column; readonly ref: RawBuilder<unknown> } =>
  ({ column: changed, ref: created === undefined || !changed.nullable ? t(changed) : sql`coalesce(${t(changed)}, ${t(created)})` })

export const same = (one: Plain, other: string | number | boolean | null): boolean =>
  one === other || (one !== null && other !== null && keyText(one) === keyText(other)) ||
  (typeof other === "boolean" && one !== null && keyText(one) === (other ? "1" : "0"))

/** How a layout's rows are read with these columns; made once a resource and select list. */
export const plan = (dialect: Dialect, layout: Layout, columns: ReadonlySet<string> | undefined) => {
  const own = new Columns(dialect)
  const fields = layout.fields.filter((field) => columns === undefined || columns.has(field.name))
    .map((field) => ({ name: field.name, want: field.want, read: own.reader(field.column) }))
  const key = layout.key.map((column) => own.reader(column))
  const parts = layout.parts.filter((part) => columns === undefined || mentions(columns, part))
    .map((part) => ({ part, link: part.link.map(({ parent }) => own.reader(parent)), columns }))
  const stamp = layout.changed === undefined ? undefined : stampOf(layout.changed, layout.created)
  if (stamp !== undefined) own.expressions.push(sql`${dialect.select(stamp.column, stamp.ref)} as "changed_at"`)
  const deleted = layout.deleted === undefined ? undefined
    : { read: own.reader(layout.deleted.column), value: layout.deleted.value }
  const odd = layout.parts.filter((part) => part.link.some(({ parent }) => !layout.key.includes(parent)))
    .map((part) => ({ part, read: part.link.map(({ parent }) => own.reader(parent)) }))
  const version = layout.version === undefined ? undefined : own.reader(layout.version)
  const where = layout.where.map(({ column, value }) => ({ read: own.reader(column), value }))

  /** What the driver delivers for the select list. */
  const rowOf = (row: Driver): Row & { readonly record: { [column: string]: Plain }; readonly stamps: Parent["stamps"] } => {
    const record: { [column: string]: Plain } = {}
    const broken = laid(fields, row, record)
    const keys = key.map((take) => keyText(take(row)))
    const at = stamp === undefined ? null : dialect.take(stamp.column, row["changed_at"])
    const flag = deleted === undefined ? null : deleted.read(row)
    return {
      record, key: keys, id: idOf(keys), broken: broken ?? (keys.includes("") ? "its key is empty" : undefined),
      at: at === null ? undefined : keyText(at),
      stamps: at === null || stamp === undefined ? [] : [{ column: stamp.column, text: keyText(at) }],
      deleted: deleted !== undefined && (deleted.value === undefined ? flag !== null : same(flag, deleted.value)),
      outside: where.some((one) => !same(one.read(row), one.value)),
      version: version === undefined ? undefined : keyText(version(row)),
      links: odd.length === 0 ? noLinks
        : new Map(odd.flatMap(({ part, read }) => {
          const link = linkIn(read, row)
          return link === undefined ? [] : [[part, link] as const]
        }))
    }
  }

  /** SQL Server counts rows off an order only. */
  const order = (select: Select): RawBuilder<unknown> => {
    const by = select.order ?? (select.limit === undefined ? undefined : sql.join(layout.key.map(t)))
    return by === undefined ? sql`` : sql`order by ${by}`
  }

  /** Rows of one statement, with their parts. */
  const read = async (run: Run, select: Select): Promise<ReadonlyArray<Row>> => {
    const query = sql<Driver>`select ${sql.join(own.expressions, comma)} from ${tableRef(layout.table)} as t ${select.lock ? dialect.lock.table : sql``}
      ${select.condition === undefined ? sql`` : sql`where ${select.condition}`} ${order(select)}
      ${select.limit === undefined ? sql`` : dialect.limit(select.limit)} ${select.lock ? dialect.lock.end : sql``}`
    const found = await run(query)
    const made = found.map(rowOf)
    for (const one of parts) {
      await readPart(run, dialect, one.part, one.columns,
        made.map((row, at) => ({ row, record: row.record, stamps: row.stamps,
          link: linkIn(one.link, found[at] ?? {}) })), select.lock)
    }
    return made
  }
  return { read, rowOf, list: sql.join(own.expressions, comma), whole: parts.length === 0, stamp, layout }
}

const noLinks: Row["links"] = new Map()

/** What a record's rows point with; undefined where it points nowhere: an empty column has no rows. */
const linkIn = (takes: ReadonlyArray<(row: Driver) => Plain>, row: Driver): ReadonlyArray<string> | undefined => {
  const link: Array<string> = []
  for (const take of takes) {
    const cell = take(row)
    if (cell === null) return undefined
    link.push(keyText(cell))
  }
  return link
}

interface Reading {
  readonly name: string
  readonly want: Want
  readonly read: (row: Driver) => Plain
}

/** Lays a row's values into a record; says why one of them cannot be read. */
const laid = (fields: ReadonlyArray<Reading>, row: Driver, record: { [column: string]: Plain }): string | undefined => {
  let broken: string | undefined
  for (const field of fields) {
    try {
      const value = field.read(row)
      record[field.name] = field.want === undefined ? value : wanted(field.want, value)
    } catch (error) {
      broken ??= error instanceof SqlFailure ? error.message : `column ${field.name} cannot be read`
    }
  }
  return broken
}

export type Plan = ReturnType<typeof plan>

const mentions = (columns: ReadonlySet<string>, part: Part): boolean => {
  if (columns.has(part.name) || (part.kind === "join" && part.fields.some((field) => columns.has(field.name)))) return true
  for (const column of columns) if (column.startsWith(`${part.name}.`) || column.startsWith(`${part.name}[`)) return true
  return false
}

interface Parent {
  readonly row: { broken: string | undefined }
  readonly record: { [column: string]: Plain }
  readonly stamps: Array<{ readonly column: Column; readonly text: string }>
  readonly link: ReadonlyArray<string> | undefined
}

const wordOf = (link: ReadonlyArray<string>): string => link.join("\u0000")

/** One statement for many parents: their rows of one part are laid into their records. */
const readPart = async (run: Run, dialect: Dialect, part: Part, columns: ReadonlySet<string> | undefined,
  parents: ReadonlyArray<Parent>, lock: boolean): Promise<void> => {
  if (parents.length === 0) return
  const own = new Columns(dialect)
  const link = part.link.map(({ here }) => own.reader(here))
  const fields = part.fields.map((field: Field) => (
    { name: field.name, want: field.want, read: own.reader(field.column) }))
  const stamp = part.changed === undefined ? undefined : stampOf(part.changed, part.created)
  if (stamp !== undefined) own.expressions.push(sql`${dialect.select(stamp.column, stamp.ref)} as "changed_at"`)
  const homes = new Map<string, Array<Parent>>()
  const links: Array<ReadonlyArray<string>> = []
  for (const parent of parents) {
    if (parent.link !== undefined) {
      const word = wordOf(parent.link)
      const there = homes.get(word)
      if (there === undefined) homes.set(word, [parent])
      else there.push(parent)
      if (there === undefined && parent.link.length > 0) links.push(parent.link)
    }
    if (part.kind === "rows") parent.record[part.name] = []
    else for (const field of part.fields) if (columns === undefined || columns.has(field.name)
      || columns.has(part.name)) parent.record[field.name] = null
  }
  const lists = new Map<Parent, Array<{ readonly [column: string]: Plain }>>()
  for (let from = 0; from < links.length; from += dialect.amongMost) {
    const condition = sql.join([
      dialect.among(part.link.map((one) => one.here), part.link.map((one) => t(one.here)),
        links.slice(from, from + dialect.amongMost)),
      ...part.where.map(({ column, value }) => value === null ? sql`${t(column)} is null` : sql`${t(column)} = ${dialect.bind(column, value)}`)
    ], sql` and `)
    const order = part.order.length === 0 ? sql`` : sql`order by ${sql.join(part.order.map(t), comma)}`
    const rows = await run(sql<Driver>`select ${sql.join(own.expressions, comma)} from ${tableRef(part.table)} as t ${lock ? dialect.lock.table : sql``} where ${condition} ${order} ${lock ? dialect.lock.end : sql``}`)
    for (const row of rows) {
      const home = homes.get(wordOf(link.map((take) => keyText(take(row))))) ?? []
      const record: { [column: string]: Plain } = {}
      const broken = laid(fields, row, record)
      const at = stamp === undefined ? null : dialect.take(stamp.column, row["changed_at"])
      for (const parent of home) {
        if (broken !== undefined) parent.row.broken ??= `${part.name}: ${broken}`
        if (part.kind === "join") Object.assign(parent.record, record)
        else {
          const list = lists.get(parent)
          if (list === undefined) lists.set(parent, [record])
          else list.push(record)
        }
        if (at !== null && stamp !== undefined) parent.stamps.push({ column: stamp.column, text: keyText(at) })
      }
    }
  }
  for (const [parent, list] of lists) parent.record[part.name] = list
}
