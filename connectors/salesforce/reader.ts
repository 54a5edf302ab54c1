/** Reads a resource: keyset over (SystemModstamp, Id) with overlap, what was deleted, or everything by id. */
import { Clock, Effect, Option, Stream } from "effect"
import type { Cursor, Held, Page, Reader, ReadOptions, Seen } from "../../core/connector/connector.ts"
import type { ConnectorError } from "../../core/connector/errors.ts"
import { Unavailable } from "../../core/connector/errors.ts"
import type { Json } from "../../core/model/value.ts"
import { bulkPages } from "./bulkread.ts"
import type { BulkPlace } from "./bulkread.ts"
import type { Catalog } from "./catalog.ts"
import type { Client, Found, Rows } from "./client.ts"
import { isRecord, listOf, textOf } from "./client.ts"
import { to18 } from "./ids.ts"
import { all, At, name, soql } from "./soql.ts"
import type { Soql } from "./soql.ts"
import { idOf, normal, recordOf, selection } from "./view.ts"
import type { Selection, View } from "./view.ts"

export interface Source {
  readonly connection: string
  readonly client: Client
  readonly catalog: Catalog
  readonly view: View
  /** Columns of the declared record, for readers that name none. */
  readonly columns: ReadonlyArray<string>
  readonly overlapMs: number
  /** Of an org with one currency. */
  readonly currency: string | undefined
  /** Rows from which on a whole read is a bulk job. */
  readonly bulkFrom: number
}

const pageSize = 2_000
/** The log of deletions is kept for days. */
const logEveryMinutes = 30
/** Ids in one query: with the names of the fields they have to fit into an address. */
const idsAtOnce = 450

/** How far each stream of changes was read, and what is settled: before it nothing can appear any more. */
type Marks = { readonly [stream: string]: string }

interface Place {
  /** `*`: everything by id; else a stream of changes. */
  readonly stream: string
  readonly after?: { readonly at?: string; readonly id: string }
  /** Newest time that this stream reads up to: what is written meanwhile is found by the next pull. */
  readonly until?: string
  readonly settled?: string
  /** What the marks become when the pull is through. */
  readonly marks: Marks
  readonly bulk?: BulkPlace
  /** Begun at the beginning: only such a listing may be complete. */
  readonly whole?: boolean
}
interface Position {
  readonly marks?: Marks
  readonly place?: Place
}

const everything = "*"
const own = "own"
const above = "above"
const below = "below"
const deleted = "deleted"

const positionOf = (cursor: Cursor | undefined): Position => isRecord(cursor) ? cursor as Position : {}
const cursorOf = (position: Position): Cursor => JSON.parse(JSON.stringify(position))

/** The vendor's way of writing a time is not ISO's. */
const msOf = (stamp: string): number => Date.parse(stamp.replace(/\+0000$/, "Z"))
const stampOf = (ms: number): string => new Date(Math.floor(ms / 1_000) * 1_000).toISOString().replace(".000Z", "Z")

export const makeReader = (source: Source): Reader => ({
  // A formula changes without the record moving: a sweep finds that.
  covers: { cursor: source.columns, listing: true },
  changes: (since, options) => pulled(source, options, (pull) => changes(pull, positionOf(since))),
  listing: (resume, options) => pulled(source, options, (pull) => {
    const { place } = positionOf(resume)
    return over(pull, place?.stream === everything ? place : undefined)
  }),
  fetch: (ids, options) => Effect.flatMap(prepare(source, options), (pull) => fetch(pull, ids)),
  cursorAt: (since) => cursorOf({ marks: { [own]: since, [above]: since, [below]: since, [deleted]: since } })
})

export interface Pull {
  readonly source: Source
  readonly selected: Selection
  readonly options: ReadOptions
}

export const prepare = (source: Source, options: ReadOptions): Effect.Effect<Pull, ConnectorError> =>
  Effect.map(selection(source.catalog, source.view, options.columns, source.columns),
    (selected) => ({ source, selected, options }))

const pulled = (
  source: Source, options: ReadOptions, make: (pull: Pull) => Stream.Stream<Page, ConnectorError>
): Stream.Stream<Page, ConnectorError> => Stream.unwrap(Effect.map(prepare(source, options), make))

/** A field that was dropped while we read: described anew, and asked again without it. */
const query = (
  pull: Pull, operation: string, make: (selected: Selection) => Soql, withDeleted = true
): Effect.Effect<Rows & { readonly selected: Selection }, ConnectorError> => {
  const { options, source } = pull
  const once = (selected: Selection) =>
    Effect.map(source.client.query(operation, make(selected), withDeleted), (rows) => ({ ...rows, selected }))
  return Effect.catchIf(once(pull.selected), (error) => error.reason._tag === "Stale", () =>
    Effect.suspend(() => {
      source.catalog.forget()
      return Effect.flatMap(prepare(source, options), (again) => once(again.selected))
    }))
}

const from = ({ select, view }: Selection, conditions: ReadonlyArray<Soql | undefined>, order: Soql): Soql =>
  soql`SELECT ${select} FROM ${name(view.object)} WHERE ${all([view.where, ...conditions])} ORDER BY ${order} LIMIT ${pageSize}`

const changes = (pull: Pull, position: Position): Stream.Stream<Page, ConnectorError> => {
  const { marks, place } = position
  if (marks === undefined && place === undefined) return over(pull, undefined)
  if (place?.stream === everything) return over(pull, place)
  return since(pull, marks ?? place?.marks ?? {}, place)
}

const streamsOf = ({ selected: { view, withChildren } }: Pull): ReadonlyArray<string> => [
  own,
  ...(view.parent === undefined ? [] : [above]),
  ...(withChildren ? [below] : []),
  deleted
]

const now = (said: number | undefined, readAt: number): number => said ?? readAt

/** Everything, by id. It ends with marks taken when it began, so that nothing slips between. */
const over = (pull: Pull, start: Place | undefined): Stream.Stream<Page, ConnectorError> => {
  const { overlapMs } = pull.source
  const first: Place = start ?? { stream: everything, marks: {}, whole: true }
  return Stream.paginate({ place: first, count: 0 }, Effect.fnUntraced(function*({ count, place }) {
    const readAt = yield* Clock.currentTimeMillis
    const bulk = yield* bulkOf(pull, place, count)
    const read = bulk === undefined ? yield* byId(pull, place) : bulk
    const settled = stampOf(now(read.serverNow, readAt) - overlapMs)
    const marks = Object.keys(place.marks).length > 0 ? place.marks
      : Object.fromEntries(streamsOf(pull).map((stream) => [stream, settled]))
    const done = read.next === undefined
    const complete = done && place.whole === true && pull.options.until === undefined
    const position: Position = done ? { marks } : { place: { ...place, marks, ...read.next } }
    const page: Page = { readAt, seen: read.seen, next: cursorOf(position), listing: complete ? "complete" : "open",
      ...(read.total === undefined ? {} : { total: read.total }) }
    const sum = count + read.seen.length
    const stop = done || (pull.options.limit !== undefined && sum >= pull.options.limit)
    return [[page], stop || position.place === undefined ? Option.none()
      : Option.some({ place: position.place, count: sum })] as const
  }))
}

interface Part {
  readonly seen: ReadonlyArray<Seen>
  /** Where it goes on; undefined: it is through. */
  readonly next: Partial<Place> | undefined
  readonly serverNow: number | undefined
  readonly total?: number
}

const byId = Effect.fnUntraced(function*(pull: Pull, place: Place) {
  const { options } = pull
  const until = options.until === undefined ? undefined : soql`SystemModstamp < ${new At(options.until)}`
  const { rows, cut, selected, serverNow } = yield* query(pull, "list", (with_) => from(with_,
    [place.after === undefined ? undefined : soql`Id > ${place.after.id}`, until], soql`Id`), false)
  const last = rows.at(-1)
  const done = !cut && rows.length < pageSize
  if (!done && last !== undefined && idOf(last) === place.after?.id) return yield* turning(pull)
  const part: Part = {
    seen: rows.map((row) => seenOf(pull, selected, row)),
    next: done || last === undefined ? undefined : { after: { id: idOf(last) } },
    serverNow
  }
  return part
})

/** A large read of records without children is a bulk job; it is asked for once, at the beginning. */
const bulkOf = Effect.fnUntraced(function*(pull: Pull, place: Place, count: number) {
  const { options, selected, source } = pull
  const { bulkFrom, client } = source
  if (selected.withChildren || options.until !== undefined || !Number.isFinite(bulkFrom)) return undefined
  if (options.limit !== undefined && options.limit < bulkFrom) return undefined
  if (place.bulk === undefined) {
    // The first page is read in any case: most accounts end there.
    if (count !== pageSize || place.whole !== true) return undefined
    const where = all([selected.view.where])
    const counted = yield* client.query("count", soql`SELECT COUNT() FROM ${name(selected.view.object)} WHERE ${where}`)
    if (counted.total < bulkFrom) return undefined
    const text = soql`SELECT ${selected.select} FROM ${name(selected.view.object)} WHERE ${where}`
    const opened = yield* bulkPages.open(client, text)
    // The job sees what was committed when it ran: the clock of the count is early enough.
    const part: Part = { seen: [], next: { bulk: opened }, serverNow: counted.serverNow, total: counted.total }
    return part
  }
  const read = yield* bulkPages.next(client, place.bulk, selected)
  const part: Part = {
    seen: read.rows.map((row) => seenOf(pull, selected, row)),
    next: read.next === undefined ? undefined : { bulk: read.next },
    serverNow: undefined
  }
  return part
})

/** Own changes, those of the record above, those of the rows below, and what was deleted. */
const since = (pull: Pull, marks: Marks, start: Place | undefined): Stream.Stream<Page, ConnectorError> => {
  const streams = streamsOf(pull)
  const first: Place = start ?? { stream: own, marks }
  return Stream.paginate({ place: first, count: 0 }, Effect.fnUntraced(function*({ count, place }) {
    const readAt = yield* Clock.currentTimeMillis
    const read = place.stream === deleted ? yield* graves(pull, marks, readAt)
      : yield* changed(pull, place, marks, readAt)
    if (read === "gap") {
      // The log does not reach back to where we stopped: only a whole read says what is gone.
      const restart: Place = { stream: everything, marks: {}, whole: true }
      const page: Page = { readAt, seen: [], next: cursorOf({ place: restart }) }
      return [[page], Option.none()] as const
    }
    const upcoming = streams[streams.indexOf(place.stream) + 1]
    const ended: Marks = { ...place.marks, [place.stream]: read.mark }
    const next: Place | undefined = read.after !== undefined
      ? { ...place, after: read.after, ...(read.until === undefined ? {} : { until: read.until }),
        ...(read.settled === undefined ? {} : { settled: read.settled }) }
      : upcoming === undefined ? undefined : { stream: upcoming, marks: ended }
    const page: Page = { readAt, seen: read.seen,
      next: cursorOf(next === undefined ? { marks: ended } : { marks, place: next }) }
    const sum = count + read.seen.length
    const stop = next === undefined || (pull.options.limit !== undefined && sum >= pull.options.limit)
    return [[page], stop ? Option.none() : Option.some({ place: next, count: sum })] as const
  })).pipe(Stream.flatMap((page) =>
    isRestart(page) ? Stream.concat(Stream.make(page), over(pull, undefined)) : Stream.make(page)))
}

const isRestart = (page: Page): boolean => positionOf(page.next).place?.stream === everything

interface Changed {
  readonly seen: ReadonlyArray<Seen>
  readonly after?: { readonly at: string; readonly id: string }
  readonly until?: string
  readonly settled?: string
  readonly mark: string
}

/** One page of one stream; records of equal stamps are told apart by their id. */
const changed = Effect.fnUntraced(function*(pull: Pull, place: Place, marks: Marks, readAt: number) {
  const { options, source } = pull
  const mark = marks[place.stream] ?? marks[own] ?? stampOf(readAt - source.overlapMs)
  const limit = place.until ?? options.until
  const { view } = pull.selected
  const child = place.stream === below ? view.child : undefined
  const stamp = place.stream === above && view.parent !== undefined ? `${view.parent.relationship}.SystemModstamp`
    : "SystemModstamp"
  const window = [windowOf(stamp, place, mark), limit === undefined ? undefined
    : options.until !== undefined ? soql`${name(stamp)} < ${new At(limit)}` : soql`${name(stamp)} <= ${new At(limit)}`]
  const order = soql`${name(stamp)}, Id`
  const read = child === undefined
    ? yield* query(pull, "changes", (with_) => from(with_, window, order))
    : { ...yield* source.client.query("changes", soql`SELECT Id, SystemModstamp, ${name(child.link)}, ${
      name(`${child.relationship}.SystemModstamp`)} FROM ${name(child.object)} WHERE ${all(window)} ORDER BY ${
      order} LIMIT ${pageSize}`, true), selected: pull.selected }
  const server = now(read.serverNow, readAt)
  const settled = place.settled ?? stampOf(server - source.overlapMs)
  const last = read.rows.at(-1)
  const done = !read.cut && read.rows.length < pageSize
  const at = last === undefined ? undefined : stampAt(last, stamp)
  if (!done && last !== undefined && idOf(last) === place.after?.id) return yield* turning(pull)
  const newest = at ?? place.after?.at
  // The mark never runs ahead of what was read, nor into the time in which late commits may still appear.
  // Stamps count in seconds: once a second is settled, the next pull begins after it.
  const settledMark = newest === undefined ? mark : earlier(stampOf(msOf(newest) + 1_000), settled)
  const result: Changed = {
    seen: child === undefined ? read.rows.map((row) => seenOf(pull, read.selected, row)) : hints(read.rows, child.link,
      child.relationship),
    mark: msOf(settledMark) > msOf(mark) ? settledMark : mark,
    ...(done || last === undefined || at === undefined ? {}
      : { after: { at, id: idOf(last) }, until: place.until ?? stampOf(server), settled })
  }
  return result
})

const windowOf = (stamp: string, place: Place, mark: string): Soql => {
  const field = name(stamp)
  const { after } = place
  if (after?.at === undefined) return soql`${field} >= ${new At(mark)}`
  return soql`(${field} = ${new At(after.at)} AND Id > ${after.id}) OR ${field} > ${new At(after.at)}`
}

const earlier = (one: string, other: string): string => msOf(one) < msOf(other) ? one : other

const stampAt = (row: Found, path: string): string | undefined => {
  const value = path.split(".").reduce<Json>((at, key) => isRecord(at) ? at[key] ?? null : null, row)
  return typeof value === "string" ? String(normal(value)) : undefined
}

/** Rows below that moved without their record: the record is read again. */
const hints = (rows: ReadonlyArray<Found>, link: string, relationship: string): ReadonlyArray<Seen> => {
  const ids = rows.flatMap((row) => {
    const [mine, its] = [stampAt(row, "SystemModstamp"), stampAt(row, `${relationship}.SystemModstamp`)]
    const moved = mine !== undefined && its !== undefined && msOf(its) >= msOf(mine)
    const id = textOf(row[link])
    return moved || id === undefined ? [] : [to18(id)]
  })
  return [...new Set(ids)].map((id) => ({ _tag: "Hint", id }))
}

/** What was deleted since, from the log; "gap": the log does not reach back to where we stopped. */
const graves = Effect.fnUntraced(function*(pull: Pull, marks: Marks, readAt: number) {
  const { client, view } = pull.source
  const start = marks[deleted] ?? stampOf(readAt - pull.source.overlapMs)
  // The log counts in minutes.
  const [since_, until] = [Math.floor(msOf(start) / 60_000), Math.ceil((client.serverNow ?? readAt) / 60_000)]
  const nothing: Changed = { seen: [], mark: start }
  // What lies in the recycle bin was seen with the changes: the log is for what left it.
  if (until - since_ < pull.source.overlapMs / 60_000 + logEveryMinutes) return nothing
  const stamp = (minute: number): string => new Date(minute * 60_000).toISOString().replace(".000Z", "+00:00")
  const answer = yield* client.read({ operation: "deleted", method: "GET", path: "/sobjects/{object}/deleted",
    params: { object: view.object }, query: { start: stamp(since_), end: stamp(until) }, accept: [400] })
  // INVALID_REPLICATION_DATE, EXCEEDED_ID_LIMIT: too long ago, or too much.
  if (answer.status === 400) return "gap" as const
  if (!isRecord(answer.json)) return yield* client.malformed("deleted")
  const earliest = textOf(answer.json["earliestDateAvailable"])
  if (earliest !== undefined && msOf(earliest) > msOf(start)) return "gap" as const
  const ids = listOf(answer.json["deletedRecords"]).flatMap((one) => {
    const id = isRecord(one) ? textOf(one["id"]) : undefined
    return id === undefined ? [] : [to18(id)]
  })
  const covered = textOf(answer.json["latestDateCovered"])
  const server = now(Date.parse(answer.headers["date"] ?? "") || undefined, readAt)
  const settled = stampOf(Math.min(covered === undefined ? server : msOf(covered), server - pull.source.overlapMs))
  const result: Changed = { seen: yield* fates(pull, ids), mark: msOf(settled) > msOf(start) ? settled : start }
  return result
})

/** Deleted, merged into another record, or taken out of the bin again. */
const fates = Effect.fnUntraced(function*(pull: Pull, ids: ReadonlyArray<string>) {
  const { source: { client, view }, selected } = pull
  const seen: Array<Seen> = []
  for (let at = 0; at < ids.length; at += idsAtOnce) {
    const some = ids.slice(at, at + idsAtOnce)
    const master = selected.hasMaster ? soql`, MasterRecordId` : soql``
    const { rows } = yield* client.query("deleted", soql`SELECT Id, IsDeleted${master} FROM ${name(view.object)} WHERE Id IN ${
      some}`, true)
    const shown = new Map(rows.map((row) => [idOf(row), row]))
    for (const id of some) {
      const row = shown.get(id)
      if (row === undefined) seen.push({ _tag: "Gone", id, evidence: "feed" })
      else seen.push(row["IsDeleted"] === true ? goneOf(row, "feed") : { _tag: "Hint", id })
    }
  }
  return seen
})

const goneOf = (row: Found, evidence: "feed" | "read"): Seen => {
  const master = textOf(row["MasterRecordId"])
  return master === undefined ? { _tag: "Gone", id: idOf(row), evidence }
    : { _tag: "Moved", id: idOf(row), to: to18(master), how: "merged" }
}

export const heldOf = (pull: Pull, selected: Selection, row: Found): Held => {
  const { parent } = selected.view
  const stamps = selected.stamps.map((path) => stampAt(row, path)).filter((stamp) => stamp !== undefined)
  const modified = ["LastModifiedDate", ...(parent === undefined ? [] : [`${parent.relationship}.LastModifiedDate`])]
    .map((path) => stampAt(row, path)).filter((stamp) => stamp !== undefined).sort()
  const latest = modified.at(-1)
  const created = stampAt(row, "CreatedDate")
  return {
    id: idOf(row),
    record: recordOf(selected, row, pull.source.currency),
    complete: true,
    version: stamps.join("|"),
    ...(latest === undefined ? {} : { stamp: { at: latest, tier: "R" } }),
    ...(created === undefined ? {} : { incarnation: created })
  }
}

const seenOf = (pull: Pull, selected: Selection, row: Found): Seen =>
  row["IsDeleted"] === true ? goneOf(row, "feed") : { _tag: "Held", ...heldOf(pull, selected, row) }

/** The records of these ids, those in the recycle bin included: a merged one says where it went. */
export const fetch = Effect.fnUntraced(function*(pull: Pull, asked: ReadonlyArray<string>) {
  const readAt = yield* Clock.currentTimeMillis
  const seen: Array<Seen> = []
  for (let at = 0; at < asked.length; at += idsAtOnce) {
    const ids = asked.slice(at, at + idsAtOnce)
    const { rows, selected } = yield* query(pull, "fetch", ({ select, view }) =>
      soql`SELECT ${select} FROM ${name(view.object)} WHERE Id IN ${ids}`)
    const shown = new Map(rows.map((row) => [idOf(row), row]))
    for (const id of ids) {
      const row = shown.get(to18(id))
      if (row === undefined) seen.push({ _tag: "Gone", id, evidence: "read" })
      else if (row["IsDeleted"] === true) seen.push({ ...goneOf(row, "read"), id })
      else seen.push({ _tag: "Held", ...heldOf(pull, selected, row), id })
    }
  }
  return { readAt, seen }
})

const turning = ({ source }: Pull): Effect.Effect<never, ConnectorError> =>
  Effect.fail(source.client.api.fail("read", new Unavailable({
    message: `${source.view.object} gives the same page again: the read is broken off`
  })))

