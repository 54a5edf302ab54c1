/** One pass: read every place, settle what waits, write what is due, parents first, until nothing moves any more. */
import { Clock, Effect } from "effect"
import { HubStore } from "../hub/store.ts"
import type { StoreError } from "../hub/store.ts"
import type { Ids } from "../hub/ids.ts"
import type { GoldenId } from "../sync/state.ts"
import { bindAccount } from "./account.ts"
import { leave } from "./failure.ts"
import type { PlaceError } from "./failure.ts"
import type { Undecided } from "./merge.ts"
import type { Project, Sync } from "./project.ts"
import { connectionsOf, writable } from "./project.ts"
import { pull } from "./pull.ts"
import { push } from "./push.ts"
import type { Pushing } from "./work.ts"
import type { Report } from "./report.ts"
import { untie } from "./knot.ts"
import { framed } from "./run.ts"
import type { Run, RunOptions } from "./run.ts"
import { settle } from "./settle.ts"
import { sweep } from "./sweep.ts"
import type { Systems } from "./systems.ts"
import { stillHeld } from "./vanished.ts"

export interface PassOptions extends RunOptions {
  /** List every place completely as well: finds deletions and edits that no cursor shows. */
  readonly sweep?: boolean
}

export type Room = HubStore | Systems | Ids

/** `esl sync`. */
export const pass = (
  project: Project, options: PassOptions = {}, command = "sync"
): Effect.Effect<Report, StoreError, Room> =>
  framed(project, command, options, (run, syncs) => Effect.gen(function*() {
    yield* accounts(run, project, syncs)
    yield* readAll(run, syncs, options)
    yield* writeAll(run, syncs, yield* chosenGoldens(run, syncs))
  }))

/** A fault of one connection pauses that connection; the others go on. A fault of the hub ends the run. */
export const guarded = <A, R>(
  run: Run, connection: string, self: Effect.Effect<A, PlaceError | Undecided | StoreError, R>
): Effect.Effect<A | undefined, StoreError, R> =>
  Effect.suspend((): Effect.Effect<A | undefined, StoreError, R> => {
    if (run.tally.failed(connection)) return Effect.succeed(undefined)
    return Effect.catchTags(self, {
      ConnectorError: (error) => Effect.as(leave(run, error), undefined),
      PageFailed: (error) => Effect.as(leave(run, error), undefined),
      OtherAccount: (error) => Effect.as(leave(run, error), undefined),
      Undecided: (error) => Effect.die(error)
    })
  })

export const accounts = Effect.fnUntraced(function*(run: Run, project: Project, syncs: ReadonlyArray<Sync>) {
  for (const connection of connectionsOf(project, syncs).keys()) {
    yield* guarded(run, connection, bindAccount(run, connection))
  }
})

/** Every place is read before anything is written: records that exist everywhere are linked and not made anew. */
export const readAll = Effect.fnUntraced(function*(
  run: Run, syncs: ReadonlyArray<Sync>, options: { readonly sweep?: boolean }
) {
  for (const sync of syncs) {
    for (const place of sync.places) {
      yield* stillHeld(run, place)
      yield* guarded(run, place.connection, pull(run, sync, place))
      if (options.sweep === true) yield* guarded(run, place.connection, sweep(run, sync, place))
    }
  }
  yield* settleAll(run, syncs)
})

interface Pauses {
  taken: number
  /** Writes that had not gone through when the last pause was over. */
  seen: number
}

const pausesMost = 2
const pauseMs = 1_100

/**
 * A write that found its record changed, or whose answer was lost, is tried again after a moment. The pass waits for
 * that moment, a few times, so that an edit met on the way is brought round by this pass and not by the next.
 */
const pause = Effect.fnUntraced(function*(run: Run, pauses: Pauses) {
  const now = unfinished(run)
  if (now === pauses.seen || pauses.taken === pausesMost) return false
  pauses.seen = now
  yield* Effect.sleep(pauseMs * 2 ** pauses.taken++)
  return true
})

/** A pass waits this long for the moment from which a listing can tell. */
const unstickMostMs = 60_000

/**
 * Creates whose answers were lost, at a system that offers nothing but a list: it is listed, once what was sent can no
 * longer arrive. True if anything was found out.
 */
const unstick = Effect.fnUntraced(function*(
  run: Run, syncs: ReadonlyArray<Sync>, pushing: Pushing
): Effect.fn.Return<boolean, StoreError, Room> {
  // A dry run waits for nothing.
  if (pushing.courier !== undefined) return false
  let listed = false
  for (const sync of syncs) {
    for (const place of sync.places) {
      const from = run.tally.stuck.get(place.side)
      if (from === undefined) continue
      const now = yield* Clock.currentTimeMillis
      run.tally.stuck.delete(place.side)
      if (from - now > unstickMostMs || run.tally.listed.has(place.side)) continue
      run.tally.listed.add(place.side)
      const ms = Math.max(0, from - now) + 1
      run.emit({ _tag: "Waiting", connection: place.connection, ms, why: "earlier creates may still arrive there" })
      yield* Effect.sleep(ms)
      listed = ((yield* guarded(run, place.connection, sweep(run, sync, place))) ?? false) || listed
    }
  }
  if (listed) yield* settleAll(run, syncs)
  return listed
})

const unfinished = (run: Run): number =>
  [...run.tally.sides.values()].reduce((sum, { work }) => sum + work.moved + work.unknown, 0)

/** Rounds end by themselves when nothing moves; this only bounds a fault. */
const roundsMost = 25

export const writeAll = Effect.fnUntraced(function*(
  run: Run, syncs: ReadonlyArray<Sync>, only: ReadonlyArray<GoldenId> | undefined, pushing: Pushing = {}
): Effect.fn.Return<void, StoreError, Room> {
  const held: { brake?: "off" } = {}
  const pauses: Pauses = { taken: 0, seen: unfinished(run) }
  while (run.tally.rounds < roundsMost) {
    let moved = 0
    for (const sync of syncs) {
      if (yield* rebasing(sync)) continue
      for (const place of writable(sync, run.scope)) {
        const asked: Pushing = { ...pushing, ...held, ...(only === undefined ? {} : { only }) }
        moved += (yield* guarded(run, place.connection, push(run, sync, place, asked))) ?? 0
      }
    }
    run.tally.rounds++
    moved += yield* settleAll(run, syncs)
    if (moved === 0 && !(yield* pause(run, pauses)) && !(yield* unstick(run, syncs, pushing))) return
    // What a round has let through, the next one only follows up: it is not counted anew.
    held.brake = "off"
  }
})

export const settleAll = Effect.fnUntraced(function*(run: Run, syncs: ReadonlyArray<Sync>) {
  const tried = new Set<string>()
  let taken = 0
  let untied = 0
  do {
    untied = 0
    for (const sync of syncs) {
      for (const place of sync.places) taken += (yield* guarded(run, place.connection, settle(run, sync, place))) ?? 0
    }
    for (const sync of syncs) {
      for (const place of sync.places) {
        if (run.tally.side(place.side).records.parked === 0) continue
        untied += (yield* guarded(run, place.connection, untie(run, sync, place, tried))) ?? 0
      }
    }
    taken += untied
  } while (untied > 0)
  return taken
})

/** C34: no record of an entity is written before all of them are read under the new mapping. */
const rebasing = Effect.fnUntraced(function*(sync: Sync) {
  const store = yield* HubStore
  for (const place of sync.places) {
    const known = yield* store.cursor(place.side, "mapping")
    if (known !== undefined && known.cursor !== place.policy.mapping.version) return true
  }
  return false
})

/** The golden records of `--ids`: external ids of any side, or golden ids themselves. */
export const chosenGoldens = Effect.fnUntraced(function*(
  run: Run, syncs: ReadonlyArray<Sync>
): Effect.fn.Return<ReadonlyArray<GoldenId> | undefined, StoreError, HubStore> {
  const ids = run.scope?.ids
  if (ids === undefined) return undefined
  const store = yield* HubStore
  const goldens = new Set<GoldenId>(ids)
  for (const sync of syncs) {
    for (const { side } of sync.places) {
      for (const head of (yield* store.heads(side, ids)).values()) goldens.add(head.golden)
    }
  }
  return [...goldens]
})


