/** Patches as values: laid over a record, and several joined into one. */
import { identical, isRecord } from "../model/value.ts"
import type { Json } from "../model/value.ts"
import { Rows } from "./mapping.ts"
import type { Patch, Record_, RowChange } from "./mapping.ts"

export const nothing: Patch = {}

/** Key columns of the child rows, by the child's name. */
export type RowKeys = { readonly [child: string]: ReadonlyArray<string> }

/** The key of a child row in text: its one key column, or all of them as a JSON array. Undefined: no key yet. */
export const rowKey = (row: Record_, columns: ReadonlyArray<string>): string | undefined => {
  const parts: Array<string> = []
  for (const column of columns) {
    const part = row[column]
    if (part === undefined || part === null) return undefined
    parts.push(String(part))
  }
  return parts.length === 0 ? undefined : parts.length === 1 ? parts[0] : JSON.stringify(parts)
}

/** The columns that a key in text stands for. */
export const keyColumns = (key: string, columns: ReadonlyArray<string>): Record_ => {
  const parts: unknown = columns.length === 1 ? [key] : JSON.parse(key)
  return Object.fromEntries(columns.map((column, at) => [column, String(Array.isArray(parts) ? parts[at] : key)]))
}

/** Databases pad characters and print numbers as text: neither makes another row. */
const alike = (a: Json | undefined, b: Json): boolean =>
  a === b || (a !== undefined && a !== null && b !== null && String(a).trim() === String(b).trim())

export const matches = (row: Record_, where: Record_): boolean => {
  for (const column in where) if (!alike(row[column], where[column] ?? null)) return false
  return true
}

/** What columns of a new row hold that the patch does not name, by the child's name. */
export type Blanks = { readonly [child: string]: Record_ }

/** What the record shows once the patch is written: for `norm`, the laws, and systems kept in memory. */
export const apply = (record: Record_, patch: Patch, keys: RowKeys, blanks: Blanks = {}): Record_ => {
  const after: { [column: string]: Json } = { ...record }
  for (const [column, change] of Object.entries(patch)) {
    if (change instanceof Rows) {
      const rows = Array.isArray(after[column]) ? after[column].filter(isRecord) : []
      after[column] = change.rows.reduce((now, one) => applyRow(now, one, keys[column] ?? [], blanks[column]), rows)
    } else after[column] = change
  }
  return after
}

const applyRow = (
  rows: ReadonlyArray<Record_>,
  change: RowChange,
  key: ReadonlyArray<string>,
  blank: Record_ | undefined
): Array<Record_> => {
  const { id, where } = change
  const at = rows.findIndex((row) =>
    id !== undefined ? rowKey(row, key) === id : where !== undefined && matches(row, where)
  )
  const found = rows[at]
  if (change.set === null) return rows.filter((_, index) => index !== at)
  if (found !== undefined) return rows.map((one, index) => (index === at ? { ...found, ...change.set } : one))
  return [...rows, { ...blank, ...newKey(id ?? change.element, key, rows), ...where, ...change.set }]
}

/** A system that numbers its rows by what it is told, as long as no other row has that number. */
const newKey = (id: string | undefined, key: ReadonlyArray<string>, rows: ReadonlyArray<Record_>): Record_ => {
  if (id === undefined || key.length === 0) return nothingSet
  let free = id
  const named = (): Record_ => Object.fromEntries(key.map((column) => [column, free]))
  while (rows.some((row) => rowKey(row, key) === rowKey(named(), key))) free += "0"
  return named()
}

const nothingSet: Record_ = {}

/** Lays `more` over `patch`; changes of one child row by several fields become one. */
export const merge = (patch: { [column: string]: Json | Rows }, more: Patch): void => {
  for (const column in more) {
    const change = more[column]
    if (change === undefined) continue
    const before = patch[column]
    patch[column] =
      change instanceof Rows && before instanceof Rows ? new Rows(mergeRows(before.rows, change.rows)) : change
  }
}

const mergeRows = (before: ReadonlyArray<RowChange>, more: ReadonlyArray<RowChange>): ReadonlyArray<RowChange> => {
  const joined = [...before]
  for (const change of more) {
    const at = joined.findIndex((one) => sameRow(one, change))
    const other = joined[at]
    if (other === undefined) joined.push(change)
    else joined[at] = { ...other, ...change, set: change.set === null ? other.set : { ...other.set, ...change.set } }
  }
  return joined
}

const sameRow = (a: RowChange, b: RowChange): boolean =>
  a.id !== undefined || b.id !== undefined
    ? a.id === b.id
    : a.element !== undefined || b.element !== undefined
      ? a.element === b.element
      : a.where !== undefined && b.where !== undefined && identical(a.where, b.where)

/** True if the patch would leave the record as it is. */
export const isIdle = (patch: Patch): boolean => {
  for (const _ in patch) return false
  return true
}
