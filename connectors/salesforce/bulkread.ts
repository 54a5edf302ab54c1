/** Bulk API 2.0 queries: one job for a large read, its pages by locator. A job is kept for seven days. */
import { Effect } from "effect"
import type { ConnectorError } from "../../core/connector/errors.ts"
import { Unavailable } from "../../core/connector/errors.ts"
import type { Json } from "../../core/model/value.ts"
import { isRecord, textOf } from "./client.ts"
import type { Client, Found } from "./client.ts"
import { recordsOf } from "./csv.ts"
import type { Soql } from "./soql.ts"
import type { Selection } from "./view.ts"

export interface BulkPlace {
  readonly job: string
  readonly locator?: string
  readonly ready?: boolean
}

/** Rows of one page: few enough for flat memory. */
const rowsAtOnce = 5_000
const firstPauseMs = 500
const longestPauseMs = 10_000

const open = Effect.fnUntraced(function*(client: Client, query: Soql) {
  const answer = yield* Effect.catchTags(client.write({ operation: "bulk read", method: "POST", path: "/jobs/query",
    // A second job that nobody reads costs nothing but a call.
    idempotent: true, body: { json: { operation: "query", query: query.text } } }), {
    Lost: ({ message }) => Effect.fail(client.api.fail("bulk read", new Unavailable({ message }))),
    Fenced: () => Effect.fail(client.api.fail("bulk read", new Unavailable({ message: "stopped" })))
  })
  const job = isRecord(answer.json) ? textOf(answer.json["id"]) : undefined
  if (job === undefined) return yield* client.malformed("bulk read")
  const place: BulkPlace = { job }
  return place
})

const next = Effect.fnUntraced(function*(client: Client, place: BulkPlace, selected: Selection) {
  if (place.ready !== true) yield* finished(client, place.job)
  const answer = yield* client.read({ operation: "bulk read", method: "GET", path: "/jobs/query/{job}/results",
    params: { job: place.job }, headers: { Accept: "text/csv" },
    query: { maxRecords: rowsAtOnce, ...(place.locator === undefined ? {} : { locator: place.locator }) } })
  const locator = answer.headers["sforce-locator"]
  const more: BulkPlace | undefined = locator === undefined || locator === "null" ? undefined
    : { job: place.job, locator, ready: true }
  const types = new Map<string, string>()
  for (const [path, type] of selected.types) types.set(path, type)
  const rows = recordsOf(answer.text).map((row) => nestedOf(row, types))
  return { rows, next: more }
})

const finished = (client: Client, job: string): Effect.Effect<void, ConnectorError> => Effect.gen(function*() {
  for (let pauseMs = firstPauseMs;; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const answer = yield* client.read({ operation: "bulk read", method: "GET", path: "/jobs/query/{job}", params: { job } })
    const state = isRecord(answer.json) ? textOf(answer.json["state"]) : undefined
    if (state === "JobComplete") return
    if (state === "Failed" || state === "Aborted") {
      return yield* client.api.fail("bulk read", new Unavailable({ message: `the bulk job ended as ${state}` }))
    }
    yield* Effect.sleep(pauseMs)
  }
})

/** A row as the REST API would have shown it: `Account.Name` in an object, numbers and booleans as such. */
const nestedOf = (row: { readonly [column: string]: string }, types: ReadonlyMap<string, string>): Found => {
  const found: { [field: string]: Json } = {}
  for (const [column, cell] of Object.entries(row)) {
    const path = column.split(".")
    const value = cellOf(types.get(column), cell)
    const last = path.pop() ?? column
    let at = found
    for (const part of path) {
      const known = at[part]
      const inside: { [field: string]: Json } = isRecord(known) ? { ...known } : {}
      at[part] = inside
      at = inside
    }
    at[last] = value
  }
  return found
}

const numbers = new Set(["int", "double", "currency", "percent"])

const cellOf = (type: string | undefined, cell: string): Json => {
  if (cell === "") return null
  if (type === "boolean") return cell === "true"
  // Digits that a double would lose stay text.
  return type !== undefined && numbers.has(type) && String(Number(cell)) === cell.replace(/\.0+$/, "") ? Number(cell) : cell
}

export const bulkPages = { open, next }
