/**
 * The delete breaker for what a feed or a read reports as gone (SEMANTICS 1.8): counted per run and side. From the page
 * on that goes too far, deletions wait in the inbox until `esl approve` releases exactly these; all else flows.
 */
import { Clock, Effect } from "effect"
import { HubStore } from "../hub/store.ts"
import type { Head, StoreError } from "../hub/store.ts"
import type { HubTime } from "../model/value.ts"
import { brakes } from "../sync/index.ts"
import type { Observation } from "../sync/snapshot.ts"
import type { ExtId, InboxRow, Side } from "../sync/state.ts"
import { bound } from "./brake.ts"
import type { Place, Sync } from "./project.ts"
import type { Run } from "./run.ts"

type Gone = Extract<Observation, { readonly _tag: "Gone" }>

export interface Admitted {
  readonly batch: ReadonlyArray<Observation>
  /** What waits for a person, durable with the page. */
  readonly held: ReadonlyArray<InboxRow>
}

/** `released`: what a person has let go is not asked about again. */
export const admit = Effect.fnUntraced(function*(
  run: Run, sync: Sync, side: Side, batch: ReadonlyArray<Observation>, released: ReadonlySet<ExtId>
): Effect.fn.Return<Admitted, StoreError, HubStore> {
  const gone = batch.filter((one): one is Gone =>
    one._tag === "Gone" && (one.evidence === "feed" || one.evidence === "read") && !released.has(one.ext))
  if (gone.length === 0) return { batch, held: none }
  const store = yield* HubStore
  const heads = yield* store.heads(side, gone.map((one) => one.ext))
  // Feeds repeat themselves: what waits for a person already goes on waiting, for the run that has shown it.
  const waits = (ext: ExtId): boolean => heads.get(ext)?.waits?.startsWith(holder) === true
  const rest = batch.filter((one) => one._tag !== "Gone" || !waits(one.ext))
  const live = new Set(gone.flatMap(({ ext }) => counts(heads.get(ext)) ? [ext] : []))
  const tally = run.tally.side(side)
  tally.vanished += live.size
  const why = live.size === 0 ? undefined : yield* tooMany(run, sync, side, tally.vanished)
  if (why === undefined) return { batch: rest, held: none }
  shown(run, side, live.size, why)
  const parkedOn = heldOn(run.id)
  return {
    batch: rest.filter((one) => one._tag !== "Gone" || !live.has(one.ext)),
    held: gone.flatMap(({ ext, readAt }): ReadonlyArray<InboxRow> => live.has(ext)
      ? [{ side, ext, why: "gone", readAt, attempts: 0, notBefore: readAt, parkedOn }]
      : [])
  }
})

const none: ReadonlyArray<InboxRow> = []

/** A live link that nobody has been asked about yet. */
const counts = (head: Head | undefined): boolean =>
  head !== undefined && (head.status === "active" || head.status === "alias" || head.status === "released") &&
  head.waits !== "released" && head.waits?.startsWith(holder) !== true

/** A parent that no side has: nothing but a person or a newer reading takes the row up again. */
const heldOn = (run: string): string => `${holder}${run}`
const holder = "held|"

/** Fewer are never held, unless the config says so. */
const free = 10

const tooMany = Effect.fnUntraced(function*(run: Run, sync: Sync, side: Side, deletes: number) {
  if (deletes <= free && sync.brake.deletes === undefined) return undefined
  const recent = yield* goneWithin(run, side, dayMs)
  const ask = (known: number) => brakes(
    { bound: known, creates: 0, updates: 0, overwrites: 0, deletes, deletesDay: deletes + recent }, sync.brake
  ).deletes
  if (ask(yield* bound(sync.entity.name, side, false)) === undefined) return undefined
  // The number of linked records may be out of date; before anything is held it is counted anew. What this run has
  // taken as deleted before was among them when it began.
  return ask((yield* bound(sync.entity.name, side, true)) + run.tally.side(side).gone)
})

export const dayMs = 86_400_000

/** Deletions that earlier runs confirmed. */
export const goneWithin = Effect.fnUntraced(function*(run: Run, side: Side, ms: number) {
  const store = yield* HubStore
  const now = yield* Clock.currentTimeMillis
  let gone = 0
  for (const { id, started, counts } of yield* store.runs(200)) {
    if (id !== run.id && started > now - ms) gone += counts[side]?.["gone"] ?? 0
  }
  return gone
})

/** One line a side, however many pages it took. */
const shown = (run: Run, side: Side, more: number, why: string): void => {
  const { held, vanished } = run.tally
  const at = vanished.get(side) ?? held.length
  const count = (held[at]?.count ?? 0) + more
  vanished.set(side, at)
  held[at] = { side, what: "deletes", count, of: run.tally.side(side).vanished, why: `${side} reports deletions: ${why}` }
}

/** What earlier runs hold is said again. */
export const stillHeld = Effect.fnUntraced(function*(
  run: Run, place: Place
): Effect.fn.Return<void, StoreError, HubStore> {
  for (const [by, count] of yield* heldDeletions(place.side)) {
    const why = `run ${by} holds ${count} deletions that ${place.side} reports`
    run.tally.held.push({ side: place.side, what: "deletes", count, of: count, why })
  }
})

/** Deletions that wait for a person, by the run that held them. */
export const heldDeletions = Effect.fnUntraced(function*(
  side: Side
): Effect.fn.Return<ReadonlyMap<string, number>, StoreError, HubStore> {
  const store = yield* HubStore
  const waiting = new Map<string, number>()
  if ((yield* store.inbox.count(side)) === 0) return waiting
  yield* eachHeld(side, (_, by) => void waiting.set(by, (waiting.get(by) ?? 0) + 1))
  return waiting
})

/** Lets go what this run held, to be confirmed once more and then taken as deleted. How many. */
export const releaseHeld = Effect.fnUntraced(function*(
  place: Place, run: string, now: HubTime
): Effect.fn.Return<number, StoreError, HubStore> {
  const store = yield* HubStore
  const rows: Array<InboxRow> = []
  yield* eachHeld(place.side, ({ side, ext }, by) => {
    if (by === run) rows.push({ side, ext, why: "released", readAt: now, attempts: 0, notBefore: now })
  })
  if (rows.length > 0) yield* store.inbox.put(rows)
  return rows.length
})

const page = 500

const eachHeld = Effect.fnUntraced(function*(side: Side, visit: (row: InboxRow, run: string) => void) {
  const store = yield* HubStore
  let after: ExtId | undefined
  while (true) {
    const rows = yield* store.inbox.parked(side, after, page)
    for (const row of rows) if (row.parkedOn?.startsWith(holder) === true) visit(row, row.parkedOn.slice(holder.length))
    if (rows.length < page) return
    after = rows.at(-1)?.ext
  }
})
