/** What a complete listing did not show: suspects, never deletions (SEMANTICS 1.8). A read confirms them one by one. */
import { Clock, Effect } from "effect"
import { HubStore } from "../hub/store.ts"
import type { StoreError } from "../hub/store.ts"
import type { HubTime } from "../model/value.ts"
import { brakes } from "../sync/index.ts"
import type { ExtId, GoldenId, Side } from "../sync/state.ts"
import type { PageFailed } from "./failure.ts"
import { mergeObservations, nothing } from "./merge.ts"
import type { Undecided } from "./merge.ts"
import type { Place, Sync } from "./project.ts"
import type { Run } from "./run.ts"
import { dayMs, goneWithin } from "./vanished.ts"

const page = 500

/**
 * A create whose answer was lost, at a system where only looking helps: if a complete listing that began after it can
 * have landed shows nothing of it, it did not land, and may be made again (SEMANTICS 1.6).
 */
export const settleCreates = Effect.fnUntraced(function*(
  run: Run, sync: Sync, place: Place, epoch: HubTime
): Effect.fn.Return<void, StoreError, HubStore> {
  if (place.policy.creates !== "once") return
  const store = yield* HubStore
  // A record that was listed and not taken in yet, or could not be, may be the very one.
  if ((yield* store.inbox.count(place.side)) > 0) return
  if ((yield* store.quarantine.list({ side: place.side })).some((row) => row.stage !== "write")) return
  if ((yield* store.dueCount({ entity: sync.entity.name, side: place.side, attempted: true })) === 0) return
  let after: GoldenId | undefined
  while (true) {
    const rows = yield* store.dueAt(sync.entity.name, place.side, after, page)
    const settled = rows.filter(({ link }) => link?.status !== "active").flatMap(({ intents, golden }) =>
      intents.filter((one) => one.op === "create" && one.sentAt + place.policy.createWaitMs < epoch)
        .map(({ attempt }) => ({ attempt, golden: golden.id })))
    if (settled.length > 0) {
      const now = yield* Clock.currentTimeMillis
      yield* store.commit({ ...nothing, settled }, { run: run.id, now }).pipe(
        Effect.catchTag("Raced", (raced) => Effect.die(raced))
      )
    }
    if (rows.length < page) return
    after = rows.at(-1)?.due.golden
  }
})

/** Marks what is missing since `epoch` and lets the inbox ask for each record, unless the breaker holds. */
export const suspects = Effect.fnUntraced(function*(
  run: Run, sync: Sync, place: Place, epoch: HubTime
): Effect.fn.Return<void, StoreError | PageFailed | Undecided, HubStore> {
  const store = yield* HubStore
  const first = yield* store.missing(place.side, epoch, undefined, page)
  if (first.total === 0) return
  const why = yield* breaker(run, sync, place.side, first.total, first.bound)
  const now = yield* Clock.currentTimeMillis
  const held: Array<ExtId> = []
  let links = first.links
  while (links.length > 0) {
    const exts = links.map((link) => link.ext)
    if (why === undefined) {
      const gone = exts.map((ext) =>
        ({ _tag: "Gone", side: place.side, ext, readAt: now, evidence: "listing" }) as const)
      yield* mergeObservations(run, sync, place, gone, { readAt: now })
    } else held.push(...exts)
    const after = exts.at(-1)
    links = exts.length < page ? [] : (yield* store.missing(place.side, epoch, after, page)).links
  }
  if (why === undefined) return
  yield* store.saveCursor({ side: place.side, stream: `held:${run.id}`, cursor: held })
  run.tally.held.push({ side: place.side, what: "deletes", count: first.total, of: first.bound, why })
})

const breaker = Effect.fnUntraced(function*(run: Run, sync: Sync, side: Side, missing: number, bound: number) {
  const recent = yield* goneWithin(run, side, dayMs)
  const counts = { bound, creates: 0, updates: 0, overwrites: 0, deletes: missing, deletesDay: missing + recent }
  const { deletes } = brakes({ ...counts, listed: bound - missing }, sync.brake)
  if (deletes === undefined) return undefined
  return `${missing} of ${bound} linked records are missing from ${side}: ${deletes}`
})
