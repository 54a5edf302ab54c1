/** How a fake system is read: a change cursor with overlap, a listing, single records. */
import { Effect, Option, Stream } from "effect"
import type { Cursor, Page, Reader, ReadOptions, Seen } from "../../connector/connector.ts"
import type { ConnectorError } from "../../connector/errors.ts"
import { isRecord } from "../../model/value.ts"
import type { HubTime, Json } from "../../model/value.ts"
import type { FakeSystem } from "./system.ts"
import type { Row, Table } from "./table.ts"

export const reader = (system: FakeSystem, table: Table): Reader => ({
  covers: {
    get cursor() {
      return system.knobs.stamps === "none" ? "all" : columnsCovered(system, table)
    },
    listing: true
  },
  changes: (since, options) => Stream.paginate(start(system, since), (at) => changed(system, table, at, options)),
  listing: (resume, options) => Stream.paginate(textOf(resume, "after"), (after) => listed(system, table, after, options)),
  fetch: (ids, options) => Effect.gen(function*() {
    const readAt = system.time.now
    yield* system.leg
    if (system.random.chance(system.knobs.unavailable)) return yield* system.unavailable(`fetch ${ids.length}`)
    system.reads++
    const seen = ids.map((id): Seen => {
      const row = table.alive(id, system.knobs)
      return row === undefined ? { _tag: "Gone", id, evidence: "read" } : held(system, row, options)
    })
    system.note(`fetches ${ids.join(" ")}`)
    yield* system.leg
    return { readAt, seen }
  }),
  cursorAt: (since) => ({ stamp: Date.parse(since) + system.knobs.skewMs })
})

/** Where a read of changes stands: the durable watermark, and the position of this read. */
interface Position {
  readonly watermark: number
  readonly startedAt: HubTime
  readonly after: { readonly stamp: number; readonly id: string } | undefined
  readonly count: number
}

const start = (system: FakeSystem, since: Cursor | undefined): Position => {
  const stamp = isRecord(since) && typeof since["stamp"] === "number" ? since["stamp"] : undefined
  return {
    watermark: stamp ?? 0,
    startedAt: system.time.now,
    after: stamp === undefined ? undefined : { stamp: stamp - system.knobs.overlapMs, id: "" },
    count: 0
  }
}

const changed = Effect.fnUntraced(function*(
  system: FakeSystem, table: Table, at: Position, options: ReadOptions
): Effect.fn.Return<readonly [ReadonlyArray<Page>, Option.Option<Position>], ConnectorError> {
  const readAt = system.time.now
  yield* system.leg
  const { knobs: faults } = system
  if (system.random.chance(faults.unavailable)) return yield* system.unavailable("changes")
  system.reads++
  const full = faults.stamps === "none"
  const found = visible(system, table).filter((row) => at.after === undefined
    ? true
    : full ? row.id > at.after.id : later(row, at.after))
  found.sort(full ? byId : byStamp)
  const rows = found.slice(0, faults.page)
  const more = found.length > rows.length && at.count + rows.length < (options.limit ?? Infinity)
  const last = rows.at(-1)
  // R2: never past what was seen, nor past what a transaction that is open now may still stamp.
  const watermark = last === undefined
    ? at.watermark
    : Math.max(at.watermark, Math.min(last.stamp, at.startedAt + faults.skewMs))
  system.note(`changes after ${at.after?.id ?? "-"}: ${rows.map((row) => `${row.id}@${row.version}`).join(" ")}`)
  const seen = rows.map((row) => shown(system, table, row, options))
  // The page is what it was when the system answered: the row may change while the answer travels.
  const next: Position = {
    ...at,
    watermark,
    after: last === undefined ? at.after : { stamp: last.stamp, id: last.id },
    count: at.count + rows.length
  }
  yield* system.leg
  const page: Page = { readAt, seen, next: full ? {} : { stamp: watermark } }
  return [[page], more ? Option.some(next) : Option.none()]
})

const listed = Effect.fnUntraced(function*(
  system: FakeSystem, table: Table, after: string | undefined, options: ReadOptions
): Effect.fn.Return<readonly [ReadonlyArray<Page>, Option.Option<string | undefined>], ConnectorError> {
  const readAt = system.time.now
  yield* system.leg
  const { knobs: faults } = system
  if (system.random.chance(faults.unavailable) || system.random.chance(faults.cutListing)) {
    return yield* system.unavailable("listing")
  }
  system.reads++
  const found = visible(system, table)
    .filter((row) => (after === undefined || row.id > after) &&
      (table.graves.has(row.id) || table.alive(row.id, faults) !== undefined))
    .sort(byId)
  const rows = found.slice(0, faults.page)
  const last = rows.at(-1)
  const more = found.length > rows.length && last !== undefined
  system.note(`lists after ${after ?? "-"}: ${rows.map((row) => `${row.id}@${row.version}`).join(" ")}`)
  const seen = rows.map((row) => shown(system, table, row, options))
  yield* system.leg
  const page: Page = {
    readAt,
    seen,
    next: { after: last?.id ?? after ?? "" },
    listing: more ? "open" : "complete"
  }
  return [[page], more ? Option.some(last.id) : Option.none()]
})

/** What search and listing know: a row that is new to them is not there yet. */
const visible = (system: FakeSystem, table: Table): Array<Row> => {
  const rows: Array<Row> = []
  const { now } = system.time
  for (const row of table.rows.values()) if (row.created + system.knobs.lagMs <= now) rows.push(row)
  for (const row of table.graves.values()) if (row.indexed > now) rows.push(row)
  return rows
}

/** A row in a page. What the index does not know yet, it does not show: such a row is to be read again. */
const shown = (system: FakeSystem, table: Table, row: Row, options: ReadOptions): Seen => {
  const { knobs: faults, random } = system
  if (faults.deleted !== undefined && row.columns[faults.deleted] === true) {
    return { _tag: "Gone", id: row.id, evidence: "feed" }
  }
  const whole = held(system, row, options)
  // What is gone is shown as it last was.
  if (table.graves.has(row.id)) return whole
  if (row.indexed > system.time.now || random.chance(faults.hinted)) return { _tag: "Hint", id: row.id }
  if (!random.chance(faults.partial)) return whole
  const some: { [column: string]: Json } = {}
  for (const column of Object.keys(whole.record)) {
    const shows = whole.record[column]
    if (shows !== undefined && random.chance(0.5)) some[column] = shows
  }
  return { ...whole, record: some, complete: false }
}

export const held = (system: FakeSystem, row: Row, options?: ReadOptions): Seen & { readonly _tag: "Held" } => {
  const record: { [column: string]: Json } = {}
  const columns = options?.columns ?? Object.keys(row.columns)
  for (const column of columns) record[column] = row.columns[column] ?? null
  return {
    _tag: "Held",
    id: row.id,
    record,
    complete: true,
    incarnation: String(row.created),
    ...(system.knobs.guard === "version" ? { version: String(row.version) } : {}),
    ...(system.knobs.stamps === "none" ? {} : { stamp: { at: new Date(row.stamp).toISOString(), tier: "R" } })
  }
}

const columnsCovered = (system: FakeSystem, table: Table): ReadonlyArray<string> => {
  const columns = new Set<string>()
  for (const row of table.rows.values()) for (const column of Object.keys(row.columns)) columns.add(column)
  return [...columns].filter((column) => !system.knobs.uncovered.includes(column))
}

const textOf = (cursor: Cursor | undefined, key: string): string | undefined => {
  const text = isRecord(cursor) ? cursor[key] : undefined
  return typeof text === "string" ? text : undefined
}

const later = (row: Row, than: { readonly stamp: number; readonly id: string }): boolean =>
  row.stamp > than.stamp || (row.stamp === than.stamp && row.id > than.id)

const byStamp = (a: Row, b: Row): number => a.stamp - b.stamp || byId(a, b)
const byId = (a: { readonly id: string }, b: { readonly id: string }): number => a.id < b.id ? -1 : a.id > b.id ? 1 : 0
