/**
 * What a change means for the tables: the parent's columns, its joined rows and its child rows, checked before they
 * are sent.
 */
import type { Patch, RowChange } from "../../core/mapping/mapping.ts"
import type { Column, Dialect, Plain } from "../../core/io/sql/dialect.ts"
import { columnNamed } from "./layout.ts"
import type { Layout, Part } from "./layout.ts"
import { keyText, partsOf } from "./records.ts"
import { same } from "./rows.ts"
import type { Row } from "./rows.ts"

export interface Withheld {
  readonly path: string
  readonly cause: string
}

export type Cells = Map<Column, Plain>

/** One row of a part to insert, change or delete. */
export interface RowWork {
  readonly part: Part
  readonly do: "insert" | "update" | "delete"
  /** The row's own key, where it has one already. */
  readonly key: ReadonlyArray<string> | undefined
  readonly cells: Cells
  readonly element: string | undefined
}

/** A change ready to be sent. */
export interface Work {
  /** Position in the batch. */
  readonly at: number
  readonly op: "create" | "update" | "remove"
  /** Absent for a create whose key the database counts; set once it is known. */
  key: ReadonlyArray<string> | undefined
  readonly cells: Cells
  readonly rows: ReadonlyArray<RowWork>
  readonly withheld: Array<Withheld>
  /** What child rows point with, where that is not the key. */
  readonly links: ReadonlyMap<Part, ReadonlyArray<string>> | undefined
  /** The record as stored, where the statement that wrote it said so. */
  stored: Row | undefined
  /** Key of new child rows by element. */
  readonly elements: Array<{ readonly part: Part; readonly element: string; readonly key: string }>
}

/** Booleans become what the column keeps. */
const fitting = (column: Column, value: Plain): Plain =>
  typeof value === "boolean" && column.kind !== "bool" && column.kind !== "json"
    ? column.kind === "text" || column.kind === "char" ? String(value) : value ? 1 : 0
    : value

const put = (dialect: Dialect, cells: Cells, withheld: Array<Withheld>, path: string, column: Column,
  value: Plain): void => {
  const cause = column.writable ? dialect.fits(column, fitting(column, value)) : "the database computes it"
  if (cause === undefined) cells.set(column, fitting(column, value))
  else withheld.push({ path, cause: `column ${path}: ${cause}` })
}

const asText = (cells: Cells, columns: ReadonlyArray<Column>): ReadonlyArray<string> | undefined => {
  const texts = columns.map((column) => cells.get(column))
  return texts.every((text) => text !== undefined && text !== null) ? texts.map((text) => keyText(text ?? null))
    : undefined
}

const rowsIn = (value: unknown): ReadonlyArray<RowChange> =>
  typeof value === "object" && value !== null && "rows" in value && Array.isArray(value.rows) ? value.rows : []

/** Where a patch's word leads: the record's own column, a joined one, or child rows. */
type Place = { readonly keyAt: number } & (
  | { readonly part: undefined; readonly column: Column }
  | { readonly part: Part; readonly column: Column }
  | { readonly part: Part; readonly column: undefined })

/** Every record of a batch asks for the same words. */
const places = new WeakMap<Layout, Map<string, Place>>()

const placeOf = (layout: Layout, name: string): Place => {
  const known = places.get(layout) ?? new Map<string, Place>()
  places.set(layout, known)
  const place = known.get(name) ?? foundPlace(layout, name)
  known.set(name, place)
  return place
}

const foundPlace = (layout: Layout, name: string): Place => {
  for (const part of layout.parts) {
    if (part.kind === "rows" && part.name === name) return { part, column: undefined, keyAt: -1 }
    const field = part.kind === "join" ? part.fields.find((one) => one.name === name) : undefined
    if (field !== undefined) return { part, column: field.column, keyAt: -1 }
  }
  const column = layout.fields.find((field) => field.name === name)?.column ?? columnNamed(layout.table, name)
  return { part: undefined, column, keyAt: layout.key.indexOf(column) }
}

/** Sorts a patch by table. A column that is no part of the described table is refused. */
export const workOf = (
  dialect: Dialect, layout: Layout, at: number, patch: Patch,
  from: Pick<Row, "key" | "record" | "links"> | undefined
): Work => {
  const cells: Cells = new Map()
  const withheld: Array<Withheld> = []
  const rows: Array<RowWork> = []
  const joined = new Map<Part, Cells>()
  for (const [name, value] of Object.entries(patch)) {
    const { column, keyAt, part } = placeOf(layout, name)
    if (part !== undefined && column === undefined) {
      rows.push(...rowWorks(dialect, part, rowsIn(value), from?.record[name], withheld))
      continue
    }
    // Only child collections hold `Rows`; every other value of a patch is JSON.
    const plain = value as Plain
    if (part !== undefined) {
      const there = joined.get(part) ?? new Map()
      joined.set(part, there)
      put(dialect, there, withheld, name, column, plain)
      continue
    }
    if (from !== undefined && keyAt >= 0) {
      if (keyText(plain) !== from.key[keyAt]) withheld.push({ path: name,
        cause: `column ${name}: a record's key is not changed` })
    } else put(dialect, cells, withheld, name, column, plain)
  }
  for (const [part, set] of joined) if (set.size > 0) rows.push(
    { part, do: "update", key: undefined, cells: set, element: undefined })
  if (from === undefined) for (const { column, value } of layout.where) cells.set(column, value)
  return {
    at, op: from === undefined ? "create" : "update", cells, rows, withheld, links: from?.links, elements: [], stored: undefined,
    key: from?.key ?? newKey(layout, cells)
  }
}

/** The key a create sets; a UUID that the database would draw is drawn here, so that the row is found again. */
const newKey = (layout: Layout, cells: Cells): ReadonlyArray<string> | undefined => {
  for (const column of layout.key) {
    if (!cells.has(column) && column.kind === "uuid" && column.filled) cells.set(column, globalThis.crypto.randomUUID())
  }
  return asText(cells, layout.key)
}

const rowWorks = (
  dialect: Dialect, part: Part, changes: ReadonlyArray<RowChange>, now: Plain | undefined, withheld: Array<Withheld>
): ReadonlyArray<RowWork> => {
  const rows = Array.isArray(now) ? now.filter(isRow) : []
  let counter = nextOf(part, rows)
  return changes.flatMap((change): ReadonlyArray<RowWork> => {
    const cells: Cells = new Map()
    const set = Object.entries(change.set ?? {})
    for (const [name, value] of set) put(dialect, cells, withheld, `${part.name}.${name}`, named(part, name), value)
    const found = change.id !== undefined ? partsOf(change.id, part.key.length)
      : change.where === undefined ? undefined : keyWhere(part, rows, change.where)
    if (change.set === null) return found === undefined ? []
      : [{ part, do: "delete", key: found, cells, element: change.element }]
    if (found !== undefined) {
      for (const column of part.key) cells.delete(column)
      return [{ part, do: "update", key: found, cells, element: change.element }]
    }
    for (const [name, value] of Object.entries(change.where ?? {})) cells.set(named(part, name),
      fitting(named(part, name), value))
    for (const { column, value } of part.where) cells.set(column, value)
    const missing = part.key.filter((column) => !cells.has(column) && !part.link.some((link) => link.here === column))
    for (const column of missing) {
      if (column.kind === "uuid") cells.set(column, globalThis.crypto.randomUUID())
      else if (!column.counted && column.kind === "int") cells.set(column, counter++)
    }
    return [{ part, do: "insert", key: undefined, cells, element: change.element }]
  })
}

const isRow = (row: Plain): row is { readonly [column: string]: Plain } => typeof row === "object" && row !== null
  && !Array.isArray(row)

const named = (part: Part, name: string): Column => part.fields.find((field) => field.name === name)?.column
  ?? columnNamed(part.table, name)

const shown = (part: Part, column: Column): string => part.fields.find((field) => field.column === column)?.name
  ?? column.name

/** The key of the row that holds these constants. */
const keyWhere = (part: Part, rows: ReadonlyArray<{ readonly [column: string]: Plain }>,
  where: { readonly [column: string]: Plain }): ReadonlyArray<string> | undefined => {
  const row = rows.find((one) => Object.entries(where).every(([name, value]) =>
    typeof value !== "object" || value === null ? same(one[name] ?? null, value) : false))
  return row === undefined ? undefined : part.key.map((column) => keyText(row[shown(part, column)] ?? null))
}

/** Rows numbered inside their parent go on counting. */
const nextOf = (part: Part, rows: ReadonlyArray<{ readonly [column: string]: Plain }>): number => {
  const column = part.key.find((one) => one.kind === "int")
  return column === undefined ? 1 : rows.reduce((most, row) => Math.max(most, Number(row[shown(part, column)] ?? 0)),
    0) + 1
}

export const empty = (work: Work): boolean => work.cells.size === 0 && work.rows.length === 0
