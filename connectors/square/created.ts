/** What a new record shows: what was sent, and empty otherwise. What Square adds by itself comes with the next pull. */
import type { Held } from "../../core/connector/connector.ts"
import type { Patch, Record_ } from "../../core/mapping/mapping.ts"
import type { Json } from "../../core/model/value.ts"
import { docsIn, isDoc, isRows } from "./shape.ts"

/** A value that nobody sent is not worth a reading of its own, which is what the hub would do to merge it. */
export const asCreated = (held: Held, patch: Patch): Held => {
  const record: { [column: string]: Json } = {}
  for (const [column, value] of Object.entries(held.record)) {
    const sent = patch[column]
    if (isRows(sent)) {
      const named = new Set(["id", ...sent.rows.flatMap(({ set }) => Object.keys(set ?? {}))])
      record[column] = docsIn(value).map((row) => only(row, (cell) => named.has(cell)))
    } else if (sent !== undefined || isEmpty(value)) record[column] = value
  }
  return { ...held, record }
}

const only = (row: Record_, keeps: (column: string) => boolean): Record_ =>
  Object.fromEntries(Object.entries(row).filter(([column, value]) => keeps(column) || isEmpty(value)))

const isEmpty = (value: Json): boolean =>
  value === null ||
  (Array.isArray(value) && value.length === 0) ||
  (isDoc(value) && Object.keys(value).length === 0)
