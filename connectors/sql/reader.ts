/** Reads a table: what changed since a cursor, everything, or the records of some ids. */
import { Clock, Effect, Option, Stream } from "effect"
import { sql } from "kysely"
import type { RawBuilder } from "kysely"
import type { Cursor, Page, Reader, ReadOptions, Seen, Stamp } from "../../core/connector/connector.ts"
import type { ConnectorError } from "../../core/connector/errors.ts"
import { begin, SqlFailure, tableRef } from "../../core/io/sql/dialect.ts"
import type { Column, Database, Run } from "../../core/io/sql/dialect.ts"
import { keyText, partsOf } from "./records.ts"
import { plan, ref, stampOf } from "./rows.ts"
import type { Plan, Row } from "./rows.ts"
import type { Layout, Part } from "./layout.ts"
import { grainOf, instantOf, repeated, textAt } from "./stamp.ts"
import type { Zone } from "./stamp.ts"

/** Records of one page: large enough to pay for the round trip, small enough for flat memory. */
export const pageSize = 1_000
/** A stamp is taken when a transaction starts; one that runs longer than this commits behind the cursor (R2). */
export const defaultOverlapMs = 10 * 60 * 1_000

export interface Source {
  readonly connection: string
  readonly database: Database
  readonly run: Run
  readonly layout: Effect.Effect<Layout, ConnectorError>
  readonly overlapMs: number
  /** The zone of timestamps without one; else the server's. */
  readonly zone: Effect.Effect<Zone, ConnectorError>
  readonly fail: (operation: string, error: unknown) => ConnectorError
}

/** How far one stream of changes was read. Without a key every row of that time is read again. */
interface Mark {
  readonly at?: string
  readonly key?: ReadonlyArray<string>
  /** An instant that is written as the column writes its own once that is known. */
  readonly from?: string
}
type Marks = { readonly [stream: string]: Mark }

/** Where inside a pull: `*` goes over all records by key, an empty name over the own changes,
  others over child rows. */
interface Place {
  readonly stream: string
  readonly after?: ReadonlyArray<string>
  /** What the marks become when the pull is through. */
  readonly marks: Marks
  /** Where the settled past ends, by the server's clock; absent until something new is read. */
  readonly lag?: number
}

interface Position {
  readonly marks?: Marks
  readonly place?: Place
}

const everything = "*"
const own = ""

/** A cursor is the connector's own JSON; one that is not comes from elsewhere and starts over. */
const positionOf = (cursor: Cursor | undefined): Position => {
  if (typeof cursor !== "object" || cursor === null || Array.isArray(cursor)) return {}
  // Its shape is this file's; parameters carry its texts into statements, never into their words.
  return cursor as Position
}
const cursorOf = (position: Position): Cursor => JSON.parse(JSON.stringify(position))

interface Now {
  readonly at: number
  readonly zone: Zone
}

export const makeReader = (source: Source, covers: Reader["covers"], hasChanged: boolean): Reader => ({
  covers,
  changes: (since, options) => Stream.unwrap(Effect.map(prepare(source, options),
    (pull) => changes(pull, positionOf(since)))),
  listing: (resume, options) => Stream.unwrap(Effect.map(prepare(source, options),
    (pull) => listing(pull, positionOf(resume)))),
  fetch: (ids, options) => Effect.flatMap(prepare(source, options), (pull) => fetch(pull, ids)),
  ...(hasChanged ? { cursorAt: (since: string) => cursorOf({ marks: { [own]: { from: since } } }) } : {})
})

interface Pull {
  readonly source: Source
  readonly plan: Plan
  readonly layout: Layout
  readonly options: ReadOptions
  readonly zone: Zone
  /** `options.until` as the change column writes it. */
  readonly until: string | undefined
}

const prepare = Effect.fnUntraced(function*(source: Source, options: ReadOptions) {
  const layout = yield* source.layout
  const columns = options.columns.length === 0 ? undefined : new Set(options.columns)
  const zone = yield* zoneOf(source, layout)
  const pull: Pull = { source, layout, options, zone, until: undefined,
    plan: plan(source.database.dialect, layout, columns) }
  const { changed } = layout
  if (options.until === undefined || changed === undefined) return pull
  const like = yield* attempt(source, "read", () => sample(pull, source.run, changed, layout.table))
  return { ...pull, until: textAt(changed, Date.parse(options.until), zone, like) }
})

/** Where no time is read, nobody asks for a zone. */
export const zoneOf = (source: Source, layout: Layout): Effect.Effect<Zone, ConnectorError> =>
  [layout, ...layout.parts].every(({ changed }) => changed === undefined || changed.kind === "instant")
    ? Effect.succeed("UTC") : source.zone

const attempt = <A>(source: Pick<Source, "fail">, operation: string, work: () => Promise<A>): Effect.Effect<A,
  ConnectorError> =>
  Effect.tryPromise({ try: work, catch: (error) => source.fail(operation, error) })

/** A page and its parts are read in one snapshot, so that a record is never half old. */
const reading = <A>(pull: Pull, work: (run: Run) => Promise<A>): Promise<A> =>
  pull.layout.parts.length === 0 ? work(pull.source.run) : snapshot(pull.source.database, pull.source.run, work)

const snapshot = async <A>(database: Database, run: Run, work: (run: Run) => Promise<A>): Promise<A> => {
  if (database.dialect.name === "mssql") return work(run)
  const transaction = await begin(database, "read only")
  try {
    const done = await work(transaction.run)
    await transaction.commit()
    return done
  } catch (error) {
    await transaction.rollback().catch(() => undefined)
    throw error
  }
}

/** The server's clock and zone; a file has this machine's. */
export const clockOf = Effect.fnUntraced(function*(source: Pick<Source, "database" | "run" | "fail">) {
  const here: Now = { at: yield* Clock.currentTimeMillis, zone: "UTC" }
  const query = source.database.dialect.clock
  if (query === undefined) return here
  const [row] = yield* attempt(source, "clock", () => source.run(query))
  if (row === undefined) return here
  const at = Date.parse(`${row.utc}Z`)
  const clock: Now = { at, zone: row.zone ?? Math.round((Date.parse(`${row.local}Z`) - at) / 60_000) }
  return clock
})

const changes = (pull: Pull, position: Position): Stream.Stream<Page,
  ConnectorError> => Stream.unwrap(Effect.gen(function*() {
  const { layout, source } = pull
  if (layout.changed === undefined) return over(pull, position.place, position.place === undefined)
  if (position.place?.stream === everything) return over(pull, position.place, false)
  if (position.place !== undefined || position.marks !== undefined) return since(pull, position)
  const lag = (yield* clockOf(source)).at - source.overlapMs
  const marks = yield* attempt(source, "cursor", () => newest(pull, lag))
  return over(pull, { stream: everything, marks }, true)
}))

/** All records by key. It ends with the marks that were taken before it began, so nothing slips between. */
const over = (pull: Pull, start: Place | undefined, whole: boolean): Stream.Stream<Page, ConnectorError> => {
  const first: Place = start ?? { stream: everything, marks: {} }
  const snapshotOnly = pull.layout.changed === undefined
  return Stream.paginate({ place: first, count: 0 }, Effect.fnUntraced(function*({ place, count }) {
    const readAt = yield* Clock.currentTimeMillis
    const rows = yield* attempt(pull.source, "read", () => reading(pull, (run) =>
      pull.plan.read(run, { condition: all([...inside(pull), until(pull), after(pull, place.after)]),
        order: keyOrder(pull.layout), limit: pageSize, lock: false })))
    const done = rows.length < pageSize
    const last = rows.at(-1)
    const next: Place = last === undefined ? place : { ...place, after: last.key }
    if (!done && sameKey(place.after, next.after)) return yield* turning(pull)
    const end: Position = snapshotOnly ? {} : { marks: place.marks }
    const complete = done && whole && pull.options.until === undefined
    const page: Page = { readAt, seen: seenOf(pull, rows, readAt),
      next: cursorOf(done ? end : { place: next }), listing: complete ? "complete" : "open" }
    const read = count + rows.length
    const stop = done || (pull.options.limit !== undefined && read >= pull.options.limit)
    return [[page], stop ? Option.none() : Option.some({ place: next, count: read })] as const
  }))
}

const listing = (pull: Pull, position: Position): Stream.Stream<Page,
  ConnectorError> => over(pull, position.place, position.place === undefined)

/** Own changes, then each part's. */
const since = (pull: Pull, position: Position): Stream.Stream<Page, ConnectorError> => {
  const { layout, source } = pull
  const streams = [own, ...layout.parts.flatMap((part) => part.changed === undefined ? [] : [part.name])]
  const marks: Marks = position.marks ?? {}
  const start: Place = position.place ?? { stream: own, marks }
  return Stream.paginate({ place: start, count: 0 }, Effect.fnUntraced(function*({ place, count }) {
    const readAt = yield* Clock.currentTimeMillis
    const part = layout.parts.find((one) => one.name === place.stream)
    const mark = marks[place.stream] ?? unread(marks[own])
    const read = yield* attempt(source, "read", () =>
      reading(pull, (run) => part === undefined ? ownChanges(pull, run, place, mark)
      : partChanges(pull, run, part, place, mark)))
    const column = part?.changed ?? layout.changed
    // Where nothing is new there is nothing to settle, and the server need not tell its time.
    const stays = read.last === undefined || column === undefined || standsAt(mark, read.last)
    const lag = stays ? place.lag : place.lag ?? (yield* clockAt(source, readAt)) - source.overlapMs
    const moved = stays || lag === undefined ? mark : settled(column, read.last, lag, pull.zone)
    const known: Marks = read.last === undefined && place.after !== undefined ? place.marks
      : { ...place.marks, [place.stream]: moved }
    const upcoming = streams[streams.indexOf(place.stream) + 1]
    yield* futures(pull, read.rows, readAt)
    const next: Place | undefined = !read.done && read.last !== undefined
      ? { ...place, ...withLag(lag), marks: known, after: [read.last.at, ...read.last.key] }
      : upcoming === undefined ? undefined : { stream: upcoming, marks: known, ...withLag(lag) }
    if (next !== undefined && next.stream === place.stream
      && sameKey(place.after, next.after)) return yield* turning(pull)
    const page: Page = { readAt, seen: seenOf(pull, read.rows, readAt),
      next: cursorOf(next === undefined ? { marks: known } : { marks, place: next }) }
    const total = count + read.rows.length
    const stop = next === undefined || (pull.options.limit !== undefined && total >= pull.options.limit)
    return [[page], stop ? Option.none() : Option.some({ place: next, count: total })] as const
  }))
}

const withLag = (lag: number | undefined): Pick<Place, "lag"> => lag === undefined ? {} : { lag }

/**
 * Rows of a part that had none when everything was read are all new; a start that was asked for holds for parts, too.
 */
const unread = (mark: Mark | undefined): Mark => mark?.from === undefined ? {} : { from: mark.from }

const standsAt = (mark: Mark, last: NonNullable<Read["last"]>): boolean =>
  mark.at === last.at && mark.key?.length === last.key.length && mark.key.every((part, at) => part === last.key[at])

/** The server's clock when a request left. */
const clockAt = Effect.fnUntraced(function*(source: Source, readAt: number) {
  const since = (yield* Clock.currentTimeMillis) - readAt
  return (yield* clockOf(source)).at - since
})

const sameKey = (one: ReadonlyArray<string> | undefined, other: ReadonlyArray<string> | undefined): boolean =>
  one !== undefined && other !== undefined && one.length === other.length && one.every((part, at) => part === other[at])

/** A page that ends where the one before ended would come for ever (scenario 47). */
const turning = ({ layout, source }: Pull): ConnectorError => source.fail("read", new SqlFailure("other", "loop",
  { table: layout.table.name, say: `table ${layout.table.name} gives the same page again: its key does not order its rows` }))

interface Read {
  readonly rows: ReadonlyArray<Row>
  readonly last: { readonly at: string; readonly key: ReadonlyArray<string> } | undefined
  readonly done: boolean
}

const ownChanges = async (pull: Pull, run: Run, place: Place, mark: Mark): Promise<Read> => {
  const { layout, plan } = pull
  const stamp = plan.stamp
  if (stamp === undefined) return { rows: [], last: undefined, done: true }
  const keyed = [stamp.column, ...layout.key]
  const refs = [stamp.ref, ...layout.key.map(ref)]
  const lower = await lowerBound(pull, run, stamp.column, mark, layout.table)
  const condition = all([...inside(pull), until(pull), place.after === undefined ? from(pull, keyed, refs, lower)
    : keyset(pull, keyed, refs, place.after, ">")])
  const rows = await plan.read(run, { condition, order: sql.join(refs), limit: pageSize, lock: false })
  const last = rows.at(-1)
  return { rows, last: last === undefined ? undefined : { at: last.at ?? "", key: last.key },
    done: rows.length < pageSize }
}

/** A changed child row makes its parent read. */
const partChanges = async (pull: Pull, run: Run, part: Part, place: Place, mark: Mark): Promise<Read> => {
  const dialect = pull.source.database.dialect
  if (part.changed === undefined) return { rows: [], last: undefined, done: true }
  const stamp = stampOf(part.changed, part.created)
  const links = part.link.map((one) => one.here)
  const columns = [...links, ...part.key.filter((column) => !links.includes(column))]
  const keyed = [stamp.column, ...columns]
  const refs = [stamp.ref, ...columns.map(ref)]
  const lower = await lowerBound(pull, run, stamp.column, mark, part.table)
  const condition = all([
    ...part.where.map(({ column, value }) => equals(pull, column, value)),
    ...pointing(links),
    place.after === undefined ? from(pull, keyed, refs, lower) : keyset(pull, keyed, refs, place.after, ">")
  ])
  const names = refs.map((_, at) => `c${at}`)
  const list = sql.join(keyed.map((column, at) => sql`${dialect.select(column, refs[at] ?? sql`null`)} as ${sql.id(names[at] ?? "")}`))
  const found = await run(sql<{ readonly [name: string]: unknown }>`select ${list} from ${tableRef(part.table)} as t ${condition === undefined ? sql`` : sql`where ${condition}`} order by ${sql.join(refs)} ${dialect.limit(pageSize)}`)
  const texts = found.map((row) => keyed.map((column, at) => keyText(dialect.take(column, row[names[at] ?? ""]))))
  const parents = [...new Map(texts.map((row) =>
    [row.slice(1, 1 + links.length).join("\u0000"), row.slice(1, 1 + links.length)])).values()]
  const rows: Array<Row> = []
  for (let at = 0; at < parents.length; at += dialect.amongMost) {
    const among = dialect.among(part.link.map((one) => one.parent), part.link.map((one) => ref(one.parent)),
      parents.slice(at, at + dialect.amongMost))
    rows.push(...await pull.plan.read(run, { condition: all([...inside(pull), among]), order: undefined,
      limit: undefined, lock: false }))
  }
  const last = texts.at(-1)
  return { rows, last: last === undefined ? undefined : { at: last[0] ?? "", key: last.slice(1) },
    done: found.length < pageSize }
}

/**
 * Watermark = min(newest seen, query start - overlap) (R2); its key is kept only where no row of that time can still
 * appear.
 */
const settled = (column: Column, last: { readonly at: string; readonly key: ReadonlyArray<string> }, lag: number,
  zone: Zone): Mark => {
  const at = instantOf(column, last.at, zone)
  if (at === undefined) return { at: last.at }
  if (at + grainOf(last.at) <= lag) return { at: last.at, key: last.key }
  return at <= lag ? { at: last.at } : { at: textAt(column, lag, zone, last.at) }
}

/** A row that points nowhere belongs to no record, and would be no place to go on from. */
const pointing = (links: ReadonlyArray<Column>) =>
  links.filter((column) => column.nullable).map((column) => sql`${ref(column)} is not null`)

/** The marks at the start of a full read: everything that commits later has a later stamp, or is inside the overlap. */
const newest = async (pull: Pull, lag: number): Promise<Marks> => {
  const { layout, source: { database: { dialect }, run } } = pull
  const marks: { [stream: string]: Mark } = {}
  const of = async (name: string, table: Layout["table"], changed: Column, created: Column | undefined,
    key: ReadonlyArray<Column>, links: ReadonlyArray<Column>): Promise<void> => {
    const stamp = stampOf(changed, created)
    const columns = [changed, ...key]
    const refs = [stamp.ref, ...key.map(ref)]
    const list = sql.join(columns.map((column, at) => sql`${dialect.select(column, refs[at] ?? sql`null`)} as ${sql.id(`c${at}`)}`))
    const [row] = await run(sql<{ readonly [name: string]: unknown }>`select ${list} from ${tableRef(table)} as t where ${sql.join([sql`${stamp.ref} is not null`, ...pointing(links)], sql` and `)} order by ${sql.join(refs.map((one) => sql`${one} desc`))} ${dialect.limit(1)}`)
    if (row === undefined) return
    const texts = columns.map((column, at) => keyText(dialect.take(column, row[`c${at}`])))
    marks[name] = settled(changed, { at: texts[0] ?? "", key: texts.slice(1) }, lag, pull.zone)
  }
  if (layout.changed !== undefined) await of(own, layout.table, layout.changed, layout.created, layout.key, [])
  for (const part of layout.parts) {
    const links = part.link.map((one) => one.here)
    if (part.changed !== undefined) await of(part.name, part.table, part.changed, part.created,
      [...links, ...part.key.filter((column) => !links.includes(column))], links)
  }
  return marks
}

/** The first position to read, in the column's own words; clocks that were set back make it earlier. */
const lowerBound = async (pull: Pull, run: Run, column: Column, mark: Mark,
  table: Layout["table"]): Promise<Mark> => {
  if (mark.from !== undefined) {
    const instant = Date.parse(mark.from)
    return { at: textAt(column, instant - repeated(instant, pull.zone), pull.zone,
      await sample(pull, run, column, table)) }
  }
  const at = mark.at === undefined ? undefined : instantOf(column, mark.at, pull.zone)
  const back = at === undefined || column.kind === "instant" ? 0 : repeated(at, pull.zone)
  return back === 0 || at === undefined ? mark : { at: textAt(column, at - back, pull.zone, mark.at) }
}

/** How a column without a time type writes times. */
const sample = async (pull: Pull, run: Run, column: Column, table: Layout["table"]): Promise<string | undefined> => {
  const { dialect } = pull.source.database
  const [row] = await run(sql<{ c0: unknown }>`select ${dialect.select(column, ref(column))} as ${sql.id("c0")} from ${tableRef(table)} as t where ${ref(column)} is not null order by ${ref(column)} desc ${dialect.limit(1)}`)
  return row === undefined ? undefined : keyText(dialect.take(column, row.c0))
}

const from = (pull: Pull, columns: ReadonlyArray<Column>, refs: ReadonlyArray<RawBuilder<unknown>>,
  mark: Mark): RawBuilder<unknown> | undefined =>
  mark.at === undefined ? undefined : keyset(pull, columns, refs, [mark.at, ...mark.key ?? []], ">=")

/** `(a, b, c) > (x, y, z)`, spelled out so that every database can use its index; fewer values than columns compare the first ones. */
const keyset = (pull: Pull, columns: ReadonlyArray<Column>, refs: ReadonlyArray<RawBuilder<unknown>>,
  values: ReadonlyArray<string>, last: ">" | ">="): RawBuilder<unknown> => {
  const { dialect } = pull.source.database
  const bound = values.map((value, at) => columns[at] === undefined ? sql`${value}` : dialect.bind(columns[at], value))
  if (dialect.name === "postgres" || dialect.name === "sqlite") {
    const [left, right] = [refs.slice(0, bound.length), bound]
    if (bound.length === 1) return sql`${left[0]} ${sql.raw(last)} ${right[0]}`
    return sql`(${sql.join(left)}) ${sql.raw(last)} (${sql.join(right)})`
  }
  let condition: RawBuilder<unknown> = sql`${refs[bound.length - 1]} ${sql.raw(last)} ${bound[bound.length - 1]}`
  for (let at = bound.length - 2; at >= 0; at--) condition = sql`(${refs[at]} > ${bound[at]} or (${refs[at]} = ${bound[at]} and ${condition}))`
  return bound.length === 1 ? condition : sql`${refs[0]} >= ${bound[0]} and ${condition}`
}

const after = (pull: Pull, key: ReadonlyArray<string> | undefined): RawBuilder<unknown> | undefined =>
  key === undefined ? undefined : keyset(pull, pull.layout.key, pull.layout.key.map(ref), key, ">")

const keyOrder = (layout: Layout): RawBuilder<unknown> => sql.join(layout.key.map(ref))

const equals = (pull: Pull, column: Column, value: string | number | boolean | null): RawBuilder<unknown> =>
  value === null ? sql`${ref(column)} is null` : sql`${ref(column)} = ${pull.source.database.dialect.bind(column, value)}`

const inside = (pull: Pull): ReadonlyArray<RawBuilder<unknown>> =>
  pull.layout.where.map(({ column, value }) => equals(pull, column, value))

const until = ({ plan, source, until: text }: Pull): RawBuilder<unknown> | undefined =>
  text === undefined || plan.stamp === undefined ? undefined
    : sql`${plan.stamp.ref} < ${source.database.dialect.bind(plan.stamp.column, text)}`

const all = (conditions: ReadonlyArray<RawBuilder<unknown> | undefined>): RawBuilder<unknown> | undefined => {
  const some = conditions.flatMap((condition) => condition === undefined ? [] : [condition])
  return some.length === 0 ? undefined : sql.join(some, sql` and `)
}

/** A time in the future cannot be true: it counts as now, or it would win for ever (scenario 49). */
const stampSeen = (row: Row, readAt: number, zone: Zone): Stamp | undefined => {
  let newest: number | undefined
  for (const { column, text } of row.stamps) {
    const at = instantOf(column, text, zone)
    if (at !== undefined && (newest === undefined || at > newest)) newest = at
  }
  return newest === undefined ? undefined : { at: new Date(Math.min(newest, readAt)).toISOString(), tier: "R" }
}

/** Said once a page: clocks there, or typing, are wrong. */
const futures = (pull: Pull, rows: ReadonlyArray<Row>, readAt: number): Effect.Effect<void> => {
  // They come in the order of their times: where the last is not ahead, none is.
  const last = rows.at(-1)?.at
  const column = pull.layout.changed
  if (last === undefined || column === undefined
    || (instantOf(column, last, pull.zone) ?? 0) <= readAt) return Effect.void
  const ahead = rows.filter((row) => row.stamps.some(({ column, text }) =>
    (instantOf(column, text, pull.zone) ?? 0) > readAt + pull.source.overlapMs)).length
  return ahead === 0 ? Effect.void
    : Effect.logWarning(`${pull.source.connection}.${pull.layout.resource}: ${ahead} records were changed in the future, by their own word: it counts as now`)
}

const seenOf = (pull: Pull, rows: ReadonlyArray<Row>, readAt: number): ReadonlyArray<Seen> =>
  rows.map((row) => seenRow(row, readAt, pull.zone))

const seenRow = (row: Row, readAt: number, zone: Zone): Seen => {
  if (row.broken !== undefined) return { _tag: "Unreadable", id: row.id, raw: row.record, why: row.broken }
  if (row.deleted) return { _tag: "Gone", id: row.id, evidence: "feed" }
  return { _tag: "Held", ...heldOf(row, readAt, zone) }
}

export const heldOf = (row: Row, readAt: number, zone: Zone) => {
  const stamp = stampSeen(row, readAt, zone)
  return { id: row.id, record: row.record, complete: true, ...(stamp === undefined ? {} : { stamp }),
    ...(row.version === undefined ? {} : { version: row.version }) }
}

const fetch = Effect.fnUntraced(function*(pull: Pull, ids: ReadonlyArray<string>) {
  const readAt = yield* Clock.currentTimeMillis
  const rows = yield* attempt(pull.source, "fetch",
    () => reading(pull, (run) => readIds(pull.source.database, run, pull.plan, ids, false)))
  const found = new Map(rows.map((row) => [row.id, row]))
  const seen = ids.map((id): Seen => {
    const row = found.get(id)
    return row === undefined || row.deleted || row.outside ? { _tag: "Gone", id, evidence: "read" }
      : seenRow(row, readAt, pull.zone)
  })
  return { readAt, seen }
})

/** Rows of these ids; an id that is no key of this table has none. */
export const readIds = async (database: Database, run: Run, plan: Plan, ids: ReadonlyArray<string>,
  lock: boolean): Promise<ReadonlyArray<Row>> => {
  const { key } = plan.layout
  const keys = ids.flatMap((id) => {
    const parts = partsOf(id, key.length)
    return parts !== undefined && parts.every((part, at) => plausible(key[at], part)) ? [parts] : []
  })
  const rows: Array<Row> = []
  for (let at = 0; at < keys.length; at += database.dialect.amongMost) {
    const condition = database.dialect.among(key, key.map(ref), keys.slice(at, at + database.dialect.amongMost))
    rows.push(...await plan.read(run, { condition, order: lock ? keyOrder(plan.layout) : undefined, limit: undefined,
      lock }))
  }
  return rows
}

/** A text that the key's type cannot read would fail the whole statement. */
const plausible = (column: Column | undefined, part: string): boolean => {
  switch (column?.kind) {
    case "int": return /^-?\d{1,10}$/.test(part) && Math.abs(Number(part)) <= 4_294_967_295
    case "bigint": return /^-?\d{1,20}$/.test(part)
    case "decimal": return /^-?\d+(\.\d+)?$/.test(part)
    case "float4": case "float8": return part !== "" && Number.isFinite(Number(part))
    case "uuid": return /^[0-9a-f-]{32,36}$/i.test(part)
    case "date": return /^\d{4}-\d\d-\d\d$/.test(part)
    case "local": case "instant": return /^\d{4}-\d\d-\d\dT/.test(part)
    default: return !part.includes("\u0000")
  }
}
