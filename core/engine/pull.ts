/** Reading what changed at one place: page by page, each merged and made durable with its cursor. */
import { Clock, Effect, Stream } from "effect"
import type { Cursor, Page, Reader, Seen } from "../connector/connector.ts"
import type { ConnectorError } from "../connector/errors.ts"
import { HubStore } from "../hub/store.ts"
import type { CursorRow, StoreError } from "../hub/store.ts"
import { identical } from "../model/value.ts"
import { retrying } from "./failure.ts"
import type { PageFailed } from "./failure.ts"
import { mergePage } from "./merge.ts"
import type { Undecided } from "./merge.ts"
import type { Place, Sync } from "./project.ts"
import type { Run } from "./run.ts"
import { settleCreates, suspects } from "./absence.ts"
import { Systems } from "./systems.ts"

export type PullError = ConnectorError | StoreError | PageFailed | Undecided

/** Checkpoint of a place that was read to its end at least once. */
export const wholeRead = "whole"

/** A stream of pages with its checkpoint. */
export interface Source {
  /** Name of the checkpoint: changes · listing · rebase · backfill:<window>. */
  readonly stream: string
  readonly open: (from: Cursor | undefined) => Stream.Stream<Page, ConnectorError>
  /** Where to begin when there is no checkpoint. */
  readonly start?: Cursor
  /** Called after each durable page. */
  readonly progress?: (done: number, total: number | undefined) => Effect.Effect<void>
  /** A complete listing: the next one begins at the beginning. */
  readonly anew?: boolean
  /** Its records belong to this window. */
  readonly window?: string
}

export const pull = Effect.fn("pull")(function*(
  run: Run, sync: Sync, place: Place
): Effect.fn.Return<void, PullError, HubStore | Systems> {
  const store = yield* HubStore
  const systems = yield* Systems
  const { reader } = yield* retrying(run, systems.resource(place.connection, place.resource))
  const ids = run.scope?.ids
  if (ids !== undefined) return yield* named(run, sync, place, reader, ids)
  const options = { columns: place.columns }
  const version = place.policy.mapping.version
  const known = yield* store.cursor(place.side, "mapping")
  if (known !== undefined && known.cursor !== version) yield* rebase(run, sync, place, reader)
  if (known?.cursor !== version) yield* store.saveCursor({ side: place.side, stream: "mapping", cursor: version })
  yield* drain(run, sync, place, { stream: "changes", open: (since) => reader.changes(since, options) })
  if ((yield* store.cursor(place.side, wholeRead)) === undefined) {
    yield* store.saveCursor({ side: place.side, stream: wholeRead, cursor: true })
  }
})

/**
 * The mapping has changed, so every record is read again under the new one (SEMANTICS 1.10). It resumes where it was
 * cut off; the caller pushes nothing of this sync before it is through.
 */
const rebase = Effect.fnUntraced(function*(run: Run, sync: Sync, place: Place, reader: Reader) {
  const store = yield* HubStore
  const stream = `rebase:${place.policy.mapping.version}`
  const options = { columns: place.columns }
  yield* drain(run, sync, place, {
    stream,
    anew: true,
    open: (from) => reader.covers.listing ? reader.listing(from, options) : reader.changes(from, options)
  })
  yield* store.saveCursor({ side: place.side, stream, cursor: undefined })
})

/** Only these records, whatever their stamps. */
const named = Effect.fnUntraced(function*(
  run: Run, sync: Sync, place: Place, reader: Reader, ids: ReadonlyArray<string>
) {
  for (let at = 0; at < ids.length; at += fetchPage) {
    const some = ids.slice(at, at + fetchPage)
    const { readAt, seen } = yield* retrying(run, reader.fetch(some, { columns: place.columns }))
    // An id that this side does not know is another side's, not a deletion.
    const held = seen.filter((one) => one._tag !== "Gone")
    if (held.length > 0) yield* mergePage(run, sync, place, held, { readAt })
  }
})

/** Records one fetch asks for. */
export const fetchPage = 500

/** Reads a source to its end, from its checkpoint, with retries that go on from the last durable page. */
export const drain = Effect.fnUntraced(function*(
  run: Run, sync: Sync, place: Place, source: Source
): Effect.fn.Return<number, PullError, HubStore | Systems> {
  const store = yield* HubStore
  const progress = { done: 0 }
  yield* retrying(run, Effect.suspend(() =>
    Effect.flatMap(store.cursor(place.side, source.stream), (row) => once(run, sync, place, source, row, progress))))
  return progress.done
})

const once = Effect.fnUntraced(function*(
  run: Run, sync: Sync, place: Place, source: Source, row: CursorRow | undefined, progress: { done: number }
): Effect.fn.Return<void, PullError, HubStore | Systems> {
  const store = yield* HubStore
  const opened = yield* Clock.currentTimeMillis
  const epoch = row?.epoch ?? opened
  const checkpoint = { side: place.side, stream: source.stream }
  let last = row?.cursor
  const closed = { listing: false }
  const pages = source.open(row === undefined ? source.start : row.cursor).pipe(
    // The next page is on its way while this one is decided and committed.
    Stream.buffer({ capacity: 1 })
  )
  yield* Stream.runForEach(pages, (page) => Effect.gen(function*() {
    const listing = page.listing !== undefined
    const moved = last === undefined || !identical(last, page.next)
    const cursor: CursorRow = { ...checkpoint, cursor: page.next, ...(listing ? { epoch } : {}) }
    // Before the cursor: a crash between the two lists a page again, never skips one.
    if (listing && page.seen.length > 0) yield* store.listed(place.side, epoch, page.seen.flatMap(present))
    if (source.window !== undefined) yield* marked(source.window, place, page.seen)
    if (page.seen.length > 0 || moved) {
      yield* mergePage(run, sync, place, page.seen, { readAt: page.readAt, ...(moved || listing ? { cursor } : {}) })
    }
    if (page.listing === "complete") closed.listing = true
    last = page.next
    progress.done += page.seen.length
    run.emit(pageEvent(place, page, progress.done))
    if (source.progress !== undefined) yield* source.progress(progress.done, page.total)
  }))
  if (!closed.listing) return
  yield* settleCreates(run, sync, place, epoch)
  yield* suspects(run, sync, place, epoch)
  // Only now is the epoch over: until here a crash resumes it, and nothing that was listed counts as absent.
  const over = source.anew === true || last === undefined
  yield* store.saveCursor(over ? { ...checkpoint, cursor: undefined } : { ...checkpoint, cursor: last })
})

/** Before the page, so that whatever of it is merged is known to belong to the window. */
export const marked = Effect.fnUntraced(function*(window: string, place: Place, seen: ReadonlyArray<Seen>) {
  if (seen.length === 0) return
  const store = yield* HubStore
  const now = yield* Clock.currentTimeMillis
  const ids = seen.flatMap((one) => one._tag === "Moved" ? [one.id, one.to] : [one.id])
  yield* store.mark(window, place.side, ids, now)
})

const present = (one: Page["seen"][number]): ReadonlyArray<string> =>
  one._tag === "Gone" || one._tag === "Moved" ? [] : [one.id]

const pageEvent = (place: Place, page: Page, done: number) => ({
  _tag: "Page" as const,
  side: place.side,
  records: page.seen.length,
  done,
  ...(page.total === undefined ? {} : { total: page.total })
})
