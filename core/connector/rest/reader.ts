/** Reads a REST resource: what changed since a cursor, everything, or the records of some ids. */
import { Clock, Effect, Option, Stream } from "effect"
import type { Record_ } from "../../mapping/mapping.ts"
import { identical, isList, isRecord } from "../../model/value.ts"
import type { Json } from "../../model/value.ts"
import type { Answer, Call } from "../api.ts"
import type { Cursor, Held, Page, Reader, ReadOptions, Seen } from "../connector.ts"
import type { Opened } from "../define.ts"
import type { ConnectorError } from "../errors.ts"
import { Malformed } from "../errors.ts"
import type { RestOptions } from "../rest.ts"
import { at, flat, only } from "./flat.ts"
import type { Columns } from "./flat.ts"
import { nextOf, pageCall } from "./paging.ts"
import type { Last } from "./paging.ts"

export interface Source extends Opened {
  readonly options: RestOptions
  readonly columns: Columns
}

const defaultOverlapMs = 10 * 60_000

/** Where inside a pull. */
interface Place {
  readonly of: "records" | "deletions"
  /** Of the paging. */
  readonly state?: Json
  /** Newest change seen, RFC 3339. */
  readonly newest?: string
  /** Where the settled past ends: what is newer may still have unseen neighbours (R2). */
  readonly lag: string
  /** The window ends here, or a busy system would never be read to its end; its clock may be ahead of ours. */
  readonly before: string
  /** Records of this pull so far. */
  readonly count: number
}
interface Position {
  readonly since?: string
  /** How far the deletions were read: by time, since what was deleted has no change that would move a cursor. */
  readonly deleted?: string
  readonly place?: Place
}

/** A cursor is the connector's own JSON; one that is not comes from elsewhere and starts over. */
const positionOf = (cursor: Cursor | undefined): Position => {
  if (!isRecord(cursor)) return {}
  const since = cursor["since"]
  const deleted = cursor["deleted"]
  const place = cursor["place"]
  return { ...(typeof since === "string" ? { since } : {}), ...(typeof deleted === "string" ? { deleted } : {}),
    ...(isPlace(place) ? { place } : {}) }
}
const isPlace = (json: unknown): json is Place => typeof json === "object" && json !== null && "of" in json &&
  "lag" in json && typeof json.lag === "string" && "before" in json && typeof json.before === "string"
const cursorOf = (position: Position): Cursor => JSON.parse(JSON.stringify(position))

export const makeReader = (source: Source): Reader => {
  const { changed } = source.options
  return {
    covers: {
      cursor: changed === undefined ? "all" : [...source.columns.plain.keys(), ...source.columns.children.keys()]
        .filter((name) => changed.blind?.includes(name) !== true),
      listing: true
    },
    changes: (since, options) => pull(asked(source, options), positionOf(since), options, true),
    listing: (resume, options) => pull(asked(source, options), withoutSince(positionOf(resume)), options, false),
    fetch: (ids, options) => fetch(asked(source, options), ids),
    ...(changed === undefined ? {} : { cursorAt: (since: string) => cursorOf({ since: iso(new Date(since)) }) })
  }
}

const asked = (source: Source, { columns }: ReadOptions): Source =>
  ({ ...source, columns: only(source.columns, columns) })

const withoutSince = ({ place }: Position): Position => place === undefined ? {} : { place }

/** One window of changes, or everything: page by page, then the deletions since. */
const pull = (
  source: Source, position: Position, options: ReadOptions, following: boolean
): Stream.Stream<Page, ConnectorError> => Stream.unwrap(Effect.map(Clock.currentTimeMillis, (now) => {
  const { changed, deletions } = source.options
  const { since } = position
  const gone = position.deleted ?? since
  const overlapMs = changed?.overlapMs ?? defaultOverlapMs
  const whole = since === undefined && position.place === undefined
  const first: Place = position.place ??
    { of: "records", lag: iso(now - overlapMs), before: iso(now + overlapMs), count: 0 }
  return Stream.paginate(first, Effect.fnUntraced(function*(place: Place) {
    const readAt = yield* Clock.currentTimeMillis
    const ask = (at: Place) => at.of === "records" ? records(source, at, since, options, readAt) : deleted(source, at, gone)
    // A page that an earlier run was to go on with may be known no more: the window is then read from its beginning.
    const read = yield* (place === position.place && place.state !== undefined
      ? Effect.catch(ask(place), (error) => error.reason._tag === "Refused" ? ask(withoutState(place)) : Effect.fail(error))
      : ask(place))
    const newest = later(place.newest, read.newest)
    const count = place.count + read.seen.length
    // By the system's clock, where it tells the time and is behind ours.
    const lag = read.date === undefined || place.state !== undefined ? place.lag
      : earlier(place.lag, iso(read.date - overlapMs))
    const go = { ...place, count, lag, ...(newest === undefined ? {} : { newest }) }
    const next: Place | undefined = read.next !== undefined ? { ...go, state: read.next }
      : place.of === "records" && following && deletions !== undefined && gone !== undefined
        ? withoutState({ ...go, of: "deletions" }) : undefined
    if (read.next !== undefined && identical(read.next, place.state)) return yield* turning(source)
    const settled: Position = !following ? {} : {
      ...(changed === undefined ? {} : sinceOf(since, newest, lag)),
      ...(deletions === undefined ? {} : { deleted: later(position.deleted, lag) ?? lag })
    }
    const page: Page = {
      readAt, seen: read.seen,
      next: cursorOf(next === undefined ? settled : { ...position, place: next }),
      listing: next === undefined && whole && options.until === undefined ? "complete" : "open"
    }
    const stop = next === undefined || (options.limit !== undefined && count >= options.limit)
    return [[page], stop ? Option.none<Place>() : Option.some(next)] as const
  }))
}))

const withoutState = ({ state: _, ...place }: Place): Place => place

/** Nothing new: the cursor stays; it never passes what can still appear, and never goes back. */
const sinceOf = (since: string | undefined, newest: string | undefined, lag: string): Position => {
  if (newest === undefined) return since === undefined ? {} : { since }
  const settled = newest < lag ? newest : lag
  return { since: since !== undefined && since > settled ? since : settled }
}

interface Read {
  readonly seen: ReadonlyArray<Seen>
  readonly next: Json | undefined
  readonly newest: string | undefined
  /** The system's own time. */
  readonly date?: number | undefined
}

const records = Effect.fnUntraced(function*(
  source: Source, place: Place, since: string | undefined, options: ReadOptions, readAt: number
): Effect.fn.Return<Read, ConnectorError> {
  const { changed, items, paging, path, query, size } = source.options
  const write = changed?.write ?? iso
  const before = options.until !== undefined && options.until < place.before ? options.until : place.before
  const call: Call = {
    operation: `list ${source.name}`, method: "GET", path, priority: since === undefined ? "backfill" : "sync",
    query: {
      ...query,
      ...(size === undefined ? {} : { [size.parameter]: size.value }),
      ...(changed === undefined || since === undefined ? {} : { [changed.parameter]: write(new Date(since)) }),
      // A full read takes all there is, with whatever time it carries.
      ...(changed?.before === undefined || (since === undefined && options.until === undefined) ? {}
        : { [changed.before]: write(new Date(before)) })
    }
  }
  const answer = yield* source.api.read(pageCall(call, paging, place.state, changed?.parameter))
  const found = yield* itemsOf(source, path, answer, items)
  const seen = found.map((json) => seenOf(source, json, readAt))
  const last = seen.at(-1)
  const held = seen.filter((one) => one._tag === "Held")
  const inside = options.until === undefined ? seen : seen.filter((one) =>
    one._tag !== "Held" || one.stamp === undefined || one.stamp.at < (options.until ?? ""))
  return {
    seen: inside,
    next: nextOf(answer, found, paging, place.state, size?.value, last && lastOf(source, last, found)),
    newest: held.reduce<string | undefined>((newest, one) => later(newest, one.stamp?.at), undefined),
    date: instantOf(answer.headers["date"])
  }
})

const deleted = Effect.fnUntraced(function*(
  source: Source, place: Place, since: string | undefined
): Effect.fn.Return<Read, ConnectorError> {
  const { changed, deletions, paging, size } = source.options
  if (deletions === undefined) return { seen: [], next: undefined, newest: undefined }
  const call: Call = { operation: `list deleted ${source.name}`, method: "GET", path: deletions.path, query: {
    ...(size === undefined ? {} : { [size.parameter]: size.value }),
    ...(since === undefined ? {} : { [deletions.parameter]: (changed?.write ?? iso)(new Date(since)) })
  } }
  const answer = yield* source.api.read(pageCall(call, paging, place.state, undefined))
  const found = yield* itemsOf(source, deletions.path, answer, deletions.items)
  const seen = found.flatMap((json) => {
    const id = textOf(at(json, deletions.id))
    return id === undefined ? [] : [endOf(source, id, json)]
  })
  const last = seen.at(-1)
  return {
    seen,
    next: nextOf(answer, found, paging, place.state, size?.value, last && { id: last.id, changed: undefined }),
    newest: undefined
  }
})

/** Where records are merged, one that is gone may live on as another: the record itself is asked. */
const endOf = ({ options: { merged } }: Source, id: string, json: Json): Seen => {
  const to = merged?.(json)
  return to !== undefined ? { _tag: "Moved", id, to, how: "merged" }
    : merged !== undefined ? { _tag: "Hint", id } : { _tag: "Gone", id, evidence: "feed" }
}

const itemsOf = (
  source: Source, path: string, answer: Answer, items: string | undefined
): Effect.Effect<ReadonlyArray<Json>, ConnectorError> => {
  const found = items === undefined ? answer.json : at(answer.json, items)
  return isList(found) ? Effect.succeed(found) : Effect.fail(source.api.fail(`list ${source.name}`,
    new Malformed({ message: `GET ${path} answers no list${items === undefined ? "" : ` at ${items}`}` })))
}

const lastOf = ({ options }: Source, last: Seen, found: ReadonlyArray<Json>): Last => {
  const changed = options.changed === undefined ? undefined : at(found.at(-1), options.changed.column)
  return { id: last.id, changed: typeof changed === "string" ? changed : undefined }
}

export const seenOf = (source: Source, json: Json, readAt: number): Seen => {
  const { deleted: isDeleted, id, merged, missing = "unknown" } = source.options
  const key = textOf(at(json, id))
  if (!isRecord(json) || key === undefined || key === "") {
    return { _tag: "Unreadable", id: key ?? "", raw: json, why: `no ${id}` }
  }
  const to = merged?.(json)
  if (to !== undefined && to !== key) return { _tag: "Moved", id: key, to, how: "merged" }
  const record = flat(json, source.columns, missing)
  if (isDeleted?.(record) === true) return { _tag: "Gone", id: key, evidence: "feed" }
  return { _tag: "Held", ...heldOf(source, json, key, record, readAt) }
}

const heldOf = ({ options }: Source, json: Json, id: string, record: Record_, readAt: number): Held => {
  const changed = options.changed === undefined ? undefined : instantOf(at(json, options.changed.column))
  const version = options.write?.version === undefined ? undefined : textOf(at(json, options.write.version.column))
  const created = options.created === undefined ? undefined : textOf(at(json, options.created))
  return {
    id, record, complete: true,
    // A time in the future cannot be true: it counts as now, or it would win for ever.
    ...(changed === undefined ? {} : { stamp: { at: iso(Math.min(changed, readAt)), tier: "R" as const } }),
    ...(version === undefined ? {} : { version }),
    ...(created === undefined ? {} : { incarnation: created })
  }
}

/** A record that an answer holds. */
export const heldIn = (source: Source, json: Json | undefined, readAt: number): Held | undefined => {
  const { item } = source.options
  const whole = item === undefined ? json : at(json, item)
  if (whole === undefined) return undefined
  const seen = seenOf(source, whole, readAt)
  return seen._tag === "Held" ? seen : undefined
}

const fetch = Effect.fnUntraced(function*(source: Source, ids: ReadonlyArray<string>) {
  const readAt = yield* Clock.currentTimeMillis
  const { many, merged } = source.options
  const found = new Map<string, Seen>()
  for (let from = 0; many !== undefined && from < ids.length; from += many.size) {
    const some = ids.slice(from, from + many.size)
    for (const seen of yield* several(source, some, readAt)) found.set(seen.id, seen)
  }
  // What a batch does not show may be merged away: only the record itself says so.
  const open = ids.filter((id) => !found.has(id) && (many === undefined || merged !== undefined))
  for (const seen of yield* Effect.forEach(open, (id) => one(source, id), { concurrency: 4 })) found.set(seen.id, seen)
  return { readAt, seen: ids.map((id): Seen => found.get(id) ?? { _tag: "Gone", id, evidence: "read" }) }
})

const several = Effect.fnUntraced(function*(source: Source, ids: ReadonlyArray<string>, readAt: number) {
  const { items, many, path, query, size } = source.options
  const answer = yield* source.api.read({ operation: `read ${source.name}`, method: "GET", path, query: {
    ...query, ...(size === undefined ? {} : { [size.parameter]: Math.max(size.value, ids.length) }),
    ...(many === undefined ? {} : { [many.parameter]: ids.join(",") })
  } })
  return (yield* itemsOf(source, path, answer, items)).map((json) => seenOf(source, json, readAt))
    .filter((seen) => ids.includes(seen.id))
})

/** One record as it stands; one that is not there, or is now another, says so. */
export const one = Effect.fnUntraced(function*(source: Source, id: string): Effect.fn.Return<Seen, ConnectorError> {
  const { item, merged, path } = source.options
  const readAt = yield* Clock.currentTimeMillis
  const answer = yield* source.api.read({ operation: `read ${source.name}`, method: "GET", path: `${path}/{id}`,
    params: { id }, accept: [404, 410] })
  const { json, status } = answer
  if (status === 404 || status === 410) {
    const to = json === undefined ? undefined : merged?.(json)
    return to === undefined ? { _tag: "Gone", id, evidence: "read" } : { _tag: "Moved", id, to, how: "merged" }
  }
  const seen = seenOf(source, (item === undefined ? json : at(json, item)) ?? null, readAt)
  if (seen.id === id || seen._tag === "Unreadable") return seen
  return { _tag: "Moved", id, to: seen.id, how: "merged" }
})

const iso = (at: number | Date): string => new Date(at).toISOString()

const instantOf = (json: Json | undefined): number | undefined => {
  const time = typeof json === "string" ? Date.parse(json) : typeof json === "number" ? json : Number.NaN
  return Number.isNaN(time) ? undefined : time
}

const earlier = (one: string, other: string): string => other < one ? other : one

const later = (one: string | undefined, other: string | undefined): string | undefined =>
  one === undefined || (other !== undefined && other > one) ? other : one

/** Ids are texts, however they are written. */
export const textOf = (json: Json | undefined): string | undefined =>
  typeof json === "string" ? json : typeof json === "number" ? String(json) : undefined

const turning = ({ api, name, options }: Source): ConnectorError => api.fail(`list ${name}`,
  new Malformed({ message: `GET ${options.path} answers the same page again` }))
