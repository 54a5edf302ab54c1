/** Paging as Square does it: an opaque cursor that holds for the query it was made for. */
import { createHash } from "node:crypto"
import type { Json } from "../../../core/model/value.ts"
import { invalid } from "./reply.ts"

export interface Paged<A> {
  readonly page: ReadonlyArray<A>
  readonly cursor?: string
}

/** `rows` are sorted by `keyOf`; a page begins after the key that the cursor names. */
export const paged = <A>(
  rows: ReadonlyArray<A>,
  keyOf: (row: A) => string,
  limit: number,
  query: Json,
  cursor: Json | undefined
): Paged<A> => {
  const asked = createHash("sha256").update(JSON.stringify(query)).digest("base64url").slice(0, 12)
  const after = cursor === undefined || cursor === null || cursor === "" ? undefined : opened(cursor, asked)
  const from = after === undefined ? 0 : rows.findIndex((row) => keyOf(row) === after) + 1
  const start = after !== undefined && from === 0 ? resumed(rows, keyOf, after) : from
  const page = rows.slice(start, start + limit)
  const last = page.at(-1)
  return last === undefined || start + limit >= rows.length
    ? { page }
    : { page, cursor: Buffer.from(JSON.stringify([asked, keyOf(last)])).toString("base64url") }
}

/** The record that a cursor names is gone or stands elsewhere now: what sorts behind its key follows. */
const resumed = <A>(rows: ReadonlyArray<A>, keyOf: (row: A) => string, after: string): number => {
  const at = rows.findIndex((row) => keyOf(row) > after)
  return at < 0 ? rows.length : at
}

const opened = (cursor: Json, asked: string): string => {
  const refused = invalid("INVALID_CURSOR", "The cursor does not fit the query it was sent with.", "cursor")
  if (typeof cursor !== "string") throw refused
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"))
    if (Array.isArray(parts) && parts[0] === asked && typeof parts[1] === "string") return parts[1]
  } catch {
    // falls through to the refusal
  }
  throw refused
}

/** A limit between 1 and the endpoint's own. */
export const limitOf = (limit: Json | undefined, most: number, usual = most): number => {
  if (limit === undefined || limit === null) return usual
  const count = typeof limit === "number" ? limit : Number(limit)
  if (!Number.isInteger(count)) throw invalid("EXPECTED_INTEGER", "The limit is a whole number.", "limit")
  if (count < 1) throw invalid("VALUE_TOO_LOW", "The limit must be at least 1.", "limit")
  if (count > most) throw invalid("VALUE_TOO_HIGH", `The limit must be at most ${most}.`, "limit")
  return count
}

/** Texts sort by code unit; a descending list is sorted by the same keys backwards. */
export const sorted = <A>(rows: ReadonlyArray<A>, keyOf: (row: A) => string): ReadonlyArray<A> =>
  rows
    .map((row) => ({ row, key: keyOf(row) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ row }) => row)
