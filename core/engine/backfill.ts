/** `esl backfill`: a window of one connection, page by page, resumable after a kill at any point. */
import { Clock, Effect, Stream } from "effect"
import type { Cursor, Reader } from "../connector/connector.ts"
import { isRecord } from "../model/value.ts"
import type { StoreError } from "../hub/store.ts"
import { HubStore } from "../hub/store.ts"
import type { CourierOf } from "./courier.ts"
import { leave, retrying, Usage } from "./failure.ts"
import { accounts, guarded, settleAll, writeAll } from "./pass.ts"
import type { Room } from "./pass.ts"
import { rehearse } from "./preview.ts"
import type { Watching } from "./preview.ts"
import type { Place, Project, Sync } from "./project.ts"
import { parentsOf } from "../sync/order.ts"
import type { GoldenId } from "../sync/state.ts"
import { drain, pull } from "./pull.ts"
import type { Source } from "./pull.ts"
import type { Report } from "./report.ts"
import { framed, makeRun } from "./run.ts"
import type { Run, RunOptions } from "./run.ts"
import { Systems } from "./systems.ts"
import type { Pushing } from "./work.ts"

export interface Window {
  readonly connection: string
  readonly resource?: string
  /** RFC 3339. */
  readonly since?: string
  readonly until?: string
  readonly ids?: ReadonlyArray<string>
  readonly limit?: number
}

export type BackfillOptions = Omit<RunOptions, "scope">

export const backfill = Effect.fn("backfill")(function*(
  project: Project, window: Window, options: BackfillOptions = {}
): Effect.fn.Return<Report, Usage | StoreError, Room> {
  const scope = yield* scopeOf(project, window, options)
  return yield* framed(project, "backfill", { ...options, scope }, (run, syncs) => fill(run, project, syncs, window))
})

/** `--dry-run`: the same on a copy. */
export const rehearseBackfill = Effect.fn("rehearseBackfill")(function*(
  project: Project, window: Window, options: BackfillOptions, watching: Watching
): Effect.fn.Return<Report, Usage | StoreError, Room> {
  const scope = yield* scopeOf(project, window, options)
  return yield* rehearse(project, "backfill", { ...options, scope }, watching, (run, syncs, courier) =>
    fill(run, project, syncs, window, courier))
})

const fill = Effect.fnUntraced(function*(
  run: Run, project: Project, syncs: ReadonlyArray<Sync>, window: Window, courier?: CourierOf
): Effect.fn.Return<void, StoreError, Room> {
  yield* accounts(run, project, syncs)
  const store = yield* HubStore
  const started = yield* Clock.currentTimeMillis
  const within = nameOf(window)
  const meant = syncs.filter((sync) => sync.places.some((place) => isMeant(place, window)))
  for (const sync of meant) {
    for (const place of sync.places) {
      const here = isMeant(place, window)
      if (here && window.ids === undefined) {
        yield* guarded(run, place.connection, readWindow(run, sync, place, window, started))
        continue
      }
      if (here) yield* store.mark(within, place.side, window.ids ?? [], started)
      // The others are read as far as they go, so that what exists there is linked instead of made anew.
      yield* guarded(run, place.connection, pull(here ? run : unscoped(run), sync, place))
    }
  }
  yield* settleAll(run, meant)
  const asked = courier === undefined ? { within } : { within, courier, brake: "show" as const }
  yield* writeWindow(unscoped(run), syncs, asked)
  // After a failure the same command goes on, and has to know what this run has merged.
  if (run.tally.failures.length === 0) yield* store.unmark(within)
})

/** What the window made due, and nothing else; the rest stays due for `esl sync`. */
const writeWindow = Effect.fnUntraced(function*(
  run: Run, syncs: ReadonlyArray<Sync>, asked: Pushing & { readonly within: string }
): Effect.fn.Return<void, StoreError, Room> {
  do yield* writeAll(run, syncs, undefined, asked)
  while (yield* markParents(syncs, asked.within))
})

/** Records of the window wait for these: they go along, whoever they are. True: some of them are due. */
const markParents = Effect.fnUntraced(function*(
  syncs: ReadonlyArray<Sync>, within: string
): Effect.fn.Return<boolean, StoreError, HubStore> {
  const store = yield* HubStore
  const now = yield* Clock.currentTimeMillis
  const before = yield* store.dueCount({ within })
  for (const sync of syncs) {
    for (const { side } of sync.places) {
      let after: GoldenId | undefined
      while (true) {
        const rows = yield* store.dueAt(sync.entity.name, side, after, page, { parked: true, within })
        const goldens = rows.flatMap(({ due }) => due.parkedOn === undefined ? [] : [waitsFor(due.parkedOn)])
        if (goldens.length > 0) yield* store.mark(within, undefined, goldens, now)
        if (rows.length < page) break
        after = rows.at(-1)?.due.golden
      }
    }
  }
  return (yield* store.dueCount({ within })) > before
})

const page = 1_000

/** `side|goldenId` or `side|goldenId#element`. */
const waitsFor = (parkedOn: string): GoldenId => parkedOn.slice(parkedOn.indexOf("|") + 1).split("#")[0] ?? ""

/** The same window has the same name in every run: what a killed run has marked is found by the one that goes on. */
const nameOf = ({ connection, resource, since, until, limit, ids }: Window): string =>
  `backfill ${[connection, resource, since, until, limit, ids?.join(" ")].map((part) => part ?? "").join(":")}`

/** Ids of a window are ids of its connection: elsewhere they mean nothing. */
const unscoped = (run: Run): Run => ({ ...run, scope: undefined })

const isMeant = (place: Place, window: Window): boolean =>
  place.connection === window.connection && (window.resource === undefined || place.resource === window.resource)

/** Refused before anything is read: an unknown place, a wrong time, a window over a table that keeps no times. */
const scopeOf = Effect.fnUntraced(function*(
  project: Project, window: Window, options: BackfillOptions
): Effect.fn.Return<{ readonly syncs: ReadonlyArray<string>; readonly ids?: ReadonlyArray<string> }, Usage, Room> {
  const syncs = project.syncs.filter((sync) => sync.places.some((place) => isMeant(place, window)))
  const pushed = withParents(project, syncs)
  const name = window.resource === undefined ? window.connection : `${window.connection}.${window.resource}`
  if (syncs.length === 0) return yield* new Usage({ message: `no sync reads ${name}` })
  for (const [flag, time] of [["--since", window.since], ["--until", window.until]] as const) {
    if (time !== undefined && Number.isNaN(Date.parse(time))) {
      const message = `${flag} ${time}: this is no date or time such as 2027-01-31 or 2027-01-31T08:00:00Z`
      return yield* new Usage({ message })
    }
  }
  if (window.since !== undefined || window.until !== undefined) {
    const run = yield* makeRun(project, "backfill", options)
    for (const place of syncs.flatMap((sync) => sync.places).filter((one) => isMeant(one, window))) {
      yield* hasTimes(run, place)
    }
  }
  return { syncs: pushed.map((sync) => sync.name), ...(window.ids === undefined ? {} : { ids: window.ids }) }
})

/** And those of the records that theirs may wait for. */
const withParents = (project: Project, syncs: ReadonlyArray<Sync>): ReadonlyArray<Sync> => {
  const wanted = new Set(syncs.map((sync) => sync.entity.name))
  for (const name of wanted) {
    for (const sync of project.syncs) {
      // A set that grows while it is walked: grandparents follow.
      if (sync.entity.name === name) for (const parent of parentsOf(sync.entity)) wanted.add(parent)
    }
  }
  return project.syncs.filter((sync) => wanted.has(sync.entity.name))
}

const hasTimes = Effect.fnUntraced(function*(run: Run, place: Place): Effect.fn.Return<void, Usage, Systems> {
  const systems = yield* Systems
  const resource = yield* retrying(run, systems.resource(place.connection, place.resource)).pipe(
    // Said again, with its remedy, by the run itself.
    Effect.catch((error) => Effect.as(leave(run, error), undefined))
  )
  if (resource === undefined || resource.reader.cursorAt !== undefined) return
  return yield* new Usage({
    message: `${place.side} has no change column, so a window by --since or --until means nothing there`
  })
})

const readWindow = Effect.fnUntraced(function*(run: Run, sync: Sync, place: Place, window: Window, started: number) {
  const store = yield* HubStore
  const systems = yield* Systems
  const { reader } = yield* retrying(run, systems.resource(place.connection, place.resource))
  const stream = `backfill:${window.since ?? ""}:${window.until ?? ""}:${window.limit ?? ""}`
  const source: Source = {
    stream,
    window: nameOf(window),
    open: (from) => pagesOf(reader, place, window, from),
    progress: (done, total) => Effect.map(Clock.currentTimeMillis, (now) => run.emit({
      _tag: "Progress",
      side: place.side,
      done,
      rate: done / Math.max(0.001, (now - started) / 1000),
      ...(total === undefined ? {} : { total })
    }))
  }
  // A window that begins anew has nothing of an earlier one to push.
  if ((yield* store.cursor(place.side, stream)) === undefined) yield* store.unmark(nameOf(window), place.side)
  yield* drain(run, sync, place, source)
  // The window is through: the same command later reads it anew.
  yield* store.saveCursor({ side: place.side, stream, cursor: undefined })
})

/** The checkpoint also counts, so that a resumed window keeps to its limit. */
const pagesOf = (reader: Reader, place: Place, window: Window, from: Cursor | undefined) => {
  const kept = isRecord(from) && typeof from["done"] === "number" ? from : undefined
  const begin = window.since === undefined ? undefined : reader.cursorAt?.(new Date(window.since).toISOString())
  const start = kept === undefined ? begin : kept["at"] ?? undefined
  const already = typeof kept?.["done"] === "number" ? kept["done"] : 0
  const left = window.limit === undefined ? undefined : window.limit - already
  if (left !== undefined && left <= 0) return Stream.empty
  let done = already
  const pages = reader.changes(start, {
    columns: place.columns,
    ...(window.until === undefined ? {} : { until: new Date(window.until).toISOString() }),
    ...(left === undefined ? {} : { limit: left })
  }).pipe(Stream.map((page) => {
    // Connectors stop after about the limit; a window means exactly that many.
    const seen = left === undefined ? page.seen : page.seen.slice(0, Math.max(0, already + left - done))
    done += seen.length
    const { listing: _, ...plain } = page
    return { ...plain, seen, next: { at: page.next, done } }
  }))
  return pages
}

