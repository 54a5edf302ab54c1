/** Between Square's nested objects and flat records: `address.locality` is the column of `{ address: { locality } }`. */
import type { Json } from "../../core/model/value.ts"
import type { Patch, Record_, Rows } from "../../core/mapping/mapping.ts"

export type Doc = { readonly [key: string]: Json }

export const isDoc = (json: Json | undefined): json is Doc =>
  typeof json === "object" && json !== null && !Array.isArray(json)
export const docIn = (json: Json | undefined): Doc => (isDoc(json) ? json : {})
export const docsIn = (json: Json | undefined): ReadonlyArray<Doc> =>
  Array.isArray(json) ? json.filter(isDoc) : []
export const textIn = (json: Json | undefined): string | undefined =>
  typeof json === "string" ? json : undefined
export const textsIn = (json: Json | undefined): ReadonlyArray<string> =>
  Array.isArray(json) ? json.filter((one) => typeof one === "string") : []

/** Square leaves out what is empty, so a column that the object lacks is empty: null. */
export const flat = (doc: Doc, columns: Iterable<string>): Record_ => {
  const record: { [column: string]: Json } = {}
  for (const column of columns) record[column] = cell(doc, column)
  return record
}

const cell = (doc: Doc, column: string): Json => {
  let at: Json | undefined = doc
  for (const part of column.split(".")) at = isDoc(at) && Object.hasOwn(at, part) ? at[part] : undefined
  if (Array.isArray(at)) return at.every((one) => typeof one === "string") ? at.join(",") : null
  return at === undefined || isDoc(at) ? null : at
}

/** Cells of a patch as a nested object; `null` stays where it clears, and is left out of a create. */
export const nested = (cells: Iterable<readonly [string, Json]>, withNulls: boolean): Doc => {
  const doc: { [key: string]: Json } = {}
  for (const [column, value] of cells) {
    if (value === null && !withNulls) continue
    const parts = column.split(".")
    const last = parts.pop() ?? column
    let at = doc
    for (const part of parts) {
      const inner: { [key: string]: Json } = { ...docIn(at[part]) }
      at[part] = inner
      at = inner
    }
    at[last] = value
  }
  return doc
}

export const isRows = (value: Json | Rows | undefined): value is Rows =>
  typeof value === "object" && value !== null && "rows" in value && Array.isArray(value.rows)

/** The plain cells of a patch. */
export const cellsOf = (patch: Patch): ReadonlyArray<readonly [string, Json]> =>
  Object.entries(patch).flatMap(([column, value]) => (isRows(value) ? [] : [[column, value] as const]))

/** An amount on the wire: an integer that a double keeps, or nothing. */
export const minorOf = (value: Json | undefined): number | undefined => {
  const amount = typeof value === "string" && /^-?\d+$/.test(value) ? Number(value) : value
  return typeof amount === "number" && Number.isSafeInteger(amount) ? amount : undefined
}
