/** Records that wait for each other: found among the parked ones, so that one of them can go first (SEMANTICS 1.7). */
import { Effect } from "effect"
import { HubStore } from "../hub/store.ts"
import type { StoreError } from "../hub/store.ts"
import type { GoldenId } from "../sync/state.ts"
import type { Place } from "./project.ts"
import type { Run } from "./run.ts"

const page = 1_000

/** One member of each cycle that is due at this place and was not sent without its reference yet. */
export const cycleMembers = Effect.fnUntraced(function*(
  run: Run, place: Place, broken: ReadonlySet<GoldenId>
): Effect.fn.Return<ReadonlyArray<GoldenId>, StoreError, HubStore> {
  const here = new Set<GoldenId>()
  const waitsFor = new Map<GoldenId, GoldenId>()
  for (const sync of run.project.syncs) {
    for (const other of sync.places) {
      if (other.connection !== place.connection) continue
      const parked = yield* parkedAt(sync.entity.name, other)
      for (const [golden, parent] of parked) {
        waitsFor.set(golden, parent)
        if (other.side === place.side && !broken.has(golden)) here.add(golden)
      }
      // Without anything parked here no cycle can be broken here.
      if (other.side === place.side && here.size === 0) return []
    }
  }
  return membersOf(waitsFor, here)
})

const parkedAt = Effect.fnUntraced(function*(entity: string, place: Place) {
  const store = yield* HubStore
  const parked: Array<readonly [GoldenId, GoldenId]> = []
  let after: GoldenId | undefined
  while (true) {
    const rows = yield* store.dueAt(entity, place.side, after, page, { parked: true })
    for (const { due } of rows) {
      const parent = due.parkedOn?.slice(due.parkedOn.indexOf("|") + 1).split("#")[0]
      if (parent !== undefined) parked.push([due.golden, parent])
    }
    if (rows.length < page) return parked
    after = rows.at(-1)?.due.golden
  }
})

/** Everybody waits for one parent at most, so following the waits ends, or comes round: one member of each round. */
export const membersOf = (
  waitsFor: ReadonlyMap<string, string>, candidates: ReadonlySet<string>
): ReadonlyArray<string> => {
  const members: Array<string> = []
  const done = new Set<string>()
  for (const start of candidates) {
    if (done.has(start)) continue
    const walked = new Set<string>()
    let at: string | undefined = start
    while (at !== undefined && !walked.has(at) && !done.has(at)) {
      walked.add(at)
      at = waitsFor.get(at)
    }
    if (at === start) members.push(start)
    if (at === start) for (const one of walked) done.add(one)
  }
  return members
}
