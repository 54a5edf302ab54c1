/**
 * Reads records: all of them by the list endpoint, changes by windows of the search with a fixed upper bound and a
 * keyset on the id, deletions by the listing of archived ones. The search tells ids only: its index lags behind, and
 * an old value read late would look like an edit.
 */
import { Clock, Effect, Option, Stream } from "effect"
import type { Cursor, Page, Reader, ReadOptions, Seen } from "../../core/connector/connector.ts"
import type { ConnectorError } from "../../core/connector/errors.ts"
import { Malformed } from "../../core/connector/errors.ts"
import { isMembers } from "./json.ts"
import { consentColumn } from "./kinds.ts"
import { searchSize } from "./objects.ts"
import type { Shown } from "./objects.ts"
import { byNumber, linkedKinds, viewed, wantedOf } from "./view.ts"
import type { Source, Wanted } from "./view.ts"

export interface Timing {
  /** How far behind now a window ends: what is newer, the index may not know yet. */
  readonly lagMs: number
  /** How far before the last window's end the next one starts. */
  readonly overlapMs: number
  /** How often the archived ones are listed. */
  readonly archivedMs: number
}

/** The cursor. Times are milliseconds. */
interface Position {
  /** Everything changed before is read. */
  readonly since?: number
  /** A first reading of all records: when it began, and the id after which it goes on. */
  readonly all?: { readonly began: number; readonly after?: string }
  readonly window?: { readonly from: number; readonly to: number; readonly after: string }
  /** Until when deletions were looked for. */
  readonly archived?: number
  /** The listing of archived ones: since when it counts, where it goes on. */
  readonly gone?: { readonly since: number; readonly at: number; readonly after?: string }
}

const number = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value)

/** A cursor is this file's own JSON; one that is not comes from elsewhere and starts over. */
const positionOf = (cursor: Cursor | undefined): Position =>
  isMembers(cursor) && (number(cursor["since"]) || isMembers(cursor["all"])) ? cursor as Position : {}

const cursorOf = (position: Position): Cursor => JSON.parse(JSON.stringify(position))

interface Pull {
  readonly source: Source
  readonly timing: Timing
  readonly wanted: Wanted
  readonly options: ReadOptions
}

interface Step {
  readonly position: Position
  readonly count: number
}

/** A longer list of properties does not go into an address. */
const longestQuery = 4_000

export const makeReader = (source: Source, timing: Timing, columns: ReadonlyArray<string>): Reader => {
  const pullOf = (options: ReadOptions): Pull =>
    ({ source, timing, options, wanted: wantedOf(source, options.columns) })
  const moves = source.preferences?.options.movesContact === true
  return {
    covers: {
      // That an association or a status changed moves no date that could be relied on.
      cursor: columns.filter((column) => moves || !consentColumn.test(column)),
      listing: true
    },
    changes: (since, options) => {
      const pull = pullOf(options)
      return Stream.paginate({ position: positionOf(since), count: 0 }, (step: Step) => next(pull, step))
    },
    listing: (resume, options) => {
      const pull = pullOf(options)
      return Stream.paginate<string | undefined, Page, ConnectorError>(afterOf(resume), (after) => listed(pull, after))
    },
    fetch: (ids, options) => fetch(pullOf(options), ids),
    cursorAt: (since) => cursorOf({ since: Date.parse(since) })
  }
}

const next = Effect.fnUntraced(function*(pull: Pull, { count, position }: Step) {
  const readAt = yield* Clock.currentTimeMillis
  const step = position.gone !== undefined ? yield* archived(pull, position, position.gone)
    : position.since === undefined ? yield* everything(pull, position, readAt)
    : yield* changed(pull, position, readAt)
  const read = count + step.seen.length
  const page: Page = { readAt, seen: step.seen, next: cursorOf(step.position),
    ...step.total === undefined ? {} : { total: step.total } }
  const enough = pull.options.limit !== undefined && read >= pull.options.limit
  const further: Step = { position: step.position, count: read }
  return [[page], step.done || enough ? Option.none<Step>() : Option.some(further)] as const
})

interface Taken {
  readonly seen: ReadonlyArray<Seen>
  readonly position: Position
  readonly done: boolean
  readonly total?: number
}

/** The first reading: by id, from the records themselves. What changes meanwhile is in the first window. */
const everything = Effect.fnUntraced(function*(
  pull: Pull, position: Position, now: number
): Effect.fn.Return<Taken, ConnectorError> {
  const all = position.all ?? { began: now }
  const { after, results } = yield* listPage(pull, all.after)
  const seen = yield* viewed(pull.source, pull.wanted, before(results, pull.options.until))
  return after === undefined
    ? { seen, position: { since: all.began, archived: all.began }, done: true }
    : { seen, position: { all: { ...all, after } }, done: false }
})

const before = (shown: ReadonlyArray<Shown>, until: string | undefined): ReadonlyArray<Shown> =>
  until === undefined ? shown : shown.filter(({ updatedAt }) => Date.parse(updatedAt) < Date.parse(until))

const listPage = Effect.fnUntraced(function*({ source, wanted }: Pull, after: string | undefined) {
  const { kind, objects } = source
  const associations = linkedKinds(wanted)
  if (wanted.properties.join(",").length <= longestQuery) {
    return yield* objects.list(kind.name, { properties: wanted.properties, associations, after })
  }
  const page = yield* objects.list(kind.name, { properties: [], associations, after })
  const whole = yield* objects.readMany(kind.name, page.results.map(({ id }) => id), wanted.properties)
  const links = new Map(page.results.map(({ associations: linked, id }) => [id, linked]))
  return { after: page.after, results: whole.map((one) => {
    const linked = links.get(one.id)
    return linked === undefined ? one : { ...one, associations: linked }
  }) }
})

/** A window stands until it is through, however often it is interrupted: records that move on leave it at its end. */
const changed = Effect.fnUntraced(function*(
  pull: Pull, position: Position, now: number
): Effect.fn.Return<Taken, ConnectorError> {
  const { source: { kind, objects }, timing } = pull
  const since = position.since ?? 0
  const until = pull.options.until === undefined ? Infinity : Date.parse(pull.options.until) - 1
  const end = Math.min(now - timing.lagMs, until)
  const window = position.window ?? { from: Math.max(0, since - timing.overlapMs), to: Math.max(since, end), after: "0" }
  const { ids, total } = yield* objects.search(kind.name, { ...window, property: kind.changed })
  const found = yield* fetched(pull, ids)
  const seen = [...found.seen, ...found.missing]
  const last = ids.at(-1)
  const { window: _, ...rest } = position
  // Without the order that was asked for, what is left out would never be read.
  if (ids.some((id, nth) => byNumber(ids[nth - 1] ?? window.after, id) >= 0)) {
    return yield* objects.api.fail(`search ${kind.name}`,
      new Malformed({ message: "the search does not keep to the order of ids that it was asked for" }))
  }
  if ((ids.length === searchSize || total > ids.length) && last !== undefined) {
    return { seen, position: { ...rest, window: { ...window, after: last } }, done: false,
      ...position.window === undefined ? { total } : {} }
  }
  const known = rest.archived ?? since
  const due = now - known >= timing.archivedMs
  return { seen, done: !due, ...position.window === undefined ? { total } : {}, position: { ...rest, since: window.to,
    ...due ? { gone: { since: known - timing.overlapMs, at: now } } : { archived: known } } }
})

/** They come by id, so all of them are looked at; those that were archived long ago are known. */
const archived = Effect.fnUntraced(function*(
  { source: { kind, objects } }: Pull, position: Position, gone: NonNullable<Position["gone"]>
): Effect.fn.Return<Taken, ConnectorError> {
  const { after, results } = yield* objects.list(kind.name, { properties: [], after: gone.after, archived: true })
  const seen = results.flatMap((one): ReadonlyArray<Seen> =>
    Date.parse(one.archivedAt ?? "") >= gone.since ? [{ _tag: "Gone", id: one.id, evidence: "feed" }] : [])
  const { gone: _, ...rest } = position
  return after === undefined ? { seen, position: { ...rest, archived: gone.at }, done: true }
    : { seen, position: { ...rest, gone: { ...gone, after } }, done: false }
})

const afterOf = (resume: Cursor | undefined): string | undefined => {
  const after = isMembers(resume) ? resume["after"] : undefined
  return typeof after === "string" ? after : undefined
}

const listed = Effect.fnUntraced(function*(pull: Pull, from: string | undefined) {
  const readAt = yield* Clock.currentTimeMillis
  const { after, results } = yield* listPage(pull, from)
  const seen = yield* viewed(pull.source, pull.wanted, results)
  const page: Page = { readAt, seen, next: after === undefined ? {} : { after },
    listing: after === undefined ? "complete" : "open" }
  return [[page], after === undefined ? Option.none<string>() : Option.some(after)] as const
})

const fetch = Effect.fnUntraced(function*(pull: Pull, ids: ReadonlyArray<string>) {
  const readAt = yield* Clock.currentTimeMillis
  const { missing, seen } = yield* fetched(pull, ids)
  return { readAt, seen: [...seen, ...missing] }
})

const few = 2

/** By id from the records themselves. An id that is not there was merged away, or is gone. */
export const fetched = Effect.fnUntraced(function*(pull: Pick<Pull, "source" | "wanted">, ids: ReadonlyArray<string>) {
  const { source, wanted } = pull
  const { kind, objects } = source
  const real = ids.filter((id) => /^\d{1,20}$/.test(id))
  const shown = real.length === 0 ? [] : yield* objects.readMany(kind.name, real, wanted.properties)
  const known = new Set(shown.map(({ id }) => id))
  const lost = real.filter((id) => !known.has(id))
  // Many that are gone at once were archived, mostly: that is told for a hundred in a call.
  const gone = lost.length <= few ? [] : yield* objects.readMany(kind.name, lost, [], true)
  const archived = new Set(gone.map(({ id }) => id))
  const away = new Set(lost.filter((id) => !archived.has(id)))
  const missing: Array<Seen> = []
  for (const id of ids) {
    if (known.has(id)) continue
    const there = away.has(id) ? yield* objects.one(kind.name, id) : undefined
    missing.push(there === undefined || there.id === id ? { _tag: "Gone", id, evidence: "read" }
      : { _tag: "Moved", id, to: there.id, how: "merged" })
  }
  return { seen: yield* viewed(source, wanted, shown), missing }
})
