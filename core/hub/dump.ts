/** The whole hub as text, the same bytes for the same contents in every store (P9). */
import { isList, isRecord } from "../model/value.ts"
import type { Json } from "../model/value.ts"
import { text } from "./row.ts"

/** Rows of one table as JSON, in any order. */
export type Dumped = { readonly [table: string]: Iterable<object> }

export const dumpText = (tables: Dumped): string =>
  Object.keys(tables).sort(text).map((name) => {
    const lines = Array.from(tables[name] ?? [], (row) => canonical(row)).sort(text)
    return [`-- ${name} ${lines.length}`, ...lines, ""].join("\n")
  }).join("\n")

/** JSON with its keys in order; what is undefined is left out. */
const canonical = (row: object): string => JSON.stringify(row, (_, value: Json) =>
  isRecord(value) && !isList(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => text(a, b)))
    : value)
