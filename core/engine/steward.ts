/** A person's decisions: conflicts settled, brakes released. They go through the planner like every reading (1.14). */
import { Clock, Effect } from "effect"
import { HubStore } from "../hub/store.ts"
import type { StoreError } from "../hub/store.ts"
import type { Ids } from "../hub/ids.ts"
import type { Obs, Path, Value } from "../model/value.ts"
import { absent, cleared, value as present } from "../model/value.ts"
import { wanted } from "../sync/index.ts"
import type { Observation } from "../sync/snapshot.ts"
import { steward } from "../sync/state.ts"
import type { Conflict, InboxRow } from "../sync/state.ts"
import { Usage } from "./failure.ts"
import { mergeObservations } from "./merge.ts"
import type { Place, Project, Sync } from "./project.ts"
import type { Report } from "./report.ts"
import { framed } from "./run.ts"
import type { Run, RunOptions } from "./run.ts"
import { releaseHeld } from "./vanished.ts"

/** What shall hold: the side's value, the hub's value, or another one (`null` clears). */
export type Choice = "theirs" | "golden" | { readonly value: Value | null }

/** `esl conflicts settle`. The next sync carries it to every side. */
export const settleConflict = Effect.fn("settleConflict")(function*(
  project: Project, id: string, choice: Choice, options: RunOptions & { readonly pin?: boolean } = {}
): Effect.fn.Return<Report, Usage | StoreError, HubStore | Ids> {
  const store = yield* HubStore
  const conflict = yield* store.conflict(id)
  if (conflict === undefined) return yield* new Usage({ message: `there is no conflict ${id}` })
  if (conflict.status === "resolved") return yield* new Usage({ message: `conflict ${id} is settled already` })
  const sync = project.syncs.find((one) => one.entity.name === conflict.entity)
  if (sync === undefined) {
    return yield* new Usage({ message: `conflict ${id} is about ${conflict.entity}, which this config does not sync` })
  }
  const ruling = rulingOf(conflict, choice, options.pin === true)
  if (!(yield* isKnown(sync, ruling))) {
    const message = `what ${conflict.side} shows in ${conflict.path} refers to a record that the hub does not know: ` +
      "sync that one first, keep the hub's value or give another one"
    return yield* new Usage({ message })
  }
  const scope = { ...options.scope, syncs: [sync.name] }
  return yield* framed(project, "conflicts settle", { ...options, scope }, (run) =>
    rule(run, sync, ruling))
})

type Ruling = Omit<Extract<Observation, { readonly _tag: "Ruling" }>, "readAt">

/** As `plan` understands it: Absent leaves golden as it is; for a whole record Null means deleted. */
const rulingOf = (conflict: Conflict, choice: Choice, pin: boolean): Ruling => {
  // Of a record as a whole nothing is translated, and what others say is in the hub's own words.
  const from = choice === "theirs" && conflict.path !== wholeRecord ? { from: conflict.side } : {}
  const values = new Map<Path, Obs>([[conflict.path, said(conflict, choice)]])
  return { _tag: "Ruling", side: steward, ext: conflict.golden, values, pin, ...from }
}

const said = (conflict: Conflict, choice: Choice): Obs => {
  if (choice === "golden") return absent
  if (choice !== "theirs") return choice.value === null ? cleared : present(choice.value)
  // A side that deleted the record shows nothing; one that edited a deleted record wants it kept.
  if (conflict.path === wholeRecord) return conflict.theirs === null ? cleared : present(true)
  return conflict.theirs === null ? cleared : present(conflict.theirs)
}

/** Everything it refers to is in the hub. */
const isKnown = Effect.fnUntraced(function*(sync: Sync, ruling: Ruling) {
  const store = yield* HubStore
  const now = yield* Clock.currentTimeMillis
  const asked = wanted(sync.policy, [{ ...ruling, readAt: now }])
  if (asked.references.length === 0) return true
  const { references } = yield* store.load(asked, now, "")
  return asked.references.every(({ entity, side, ext }) => references.has(`${entity}|${side}|${ext}`))
})

/** The path of a conflict about the record as a whole. */
const wholeRecord: Path = "*"

const rule = Effect.fnUntraced(function*(
  run: Run, sync: Sync, ruling: Ruling
): Effect.fn.Return<void, StoreError, HubStore> {
  const now = yield* Clock.currentTimeMillis
  const where = { side: steward, connection: steward }
  yield* mergeObservations(run, sync, where, [{ ...ruling, readAt: now }], { readAt: now, direct: true }).pipe(
    Effect.catchTag(["PageFailed", "Undecided"], (failed) => Effect.die(failed))
  )
})

/** `esl approve <run>`: releases exactly what that run's brakes held; how many records. */
export const approve = Effect.fn("approve")(function*(
  project: Project, run: string
): Effect.fn.Return<number, StoreError, HubStore> {
  const store = yield* HubStore
  let released = yield* store.approve(run)
  for (const place of project.syncs.flatMap((sync) => sync.places)) released += yield* approveAbsence(place, run)
  return released
})

/** Deletions that the delete breaker held: each is confirmed by a read before anything is deleted. */
const approveAbsence = Effect.fnUntraced(function*(place: Place, run: string) {
  const store = yield* HubStore
  const stream = `held:${run}`
  const now = yield* Clock.currentTimeMillis
  const reported = yield* releaseHeld(place, run, now)
  const row = yield* store.cursor(place.side, stream)
  if (row === undefined || !Array.isArray(row.cursor)) return reported
  const gone = row.cursor.flatMap((ext): ReadonlyArray<InboxRow> => typeof ext !== "string" ? [] : [{
    side: place.side,
    ext,
    why: "released",
    readAt: now,
    attempts: 0,
    notBefore: now
  }])
  yield* store.inbox.put(gone)
  yield* store.saveCursor({ side: place.side, stream, cursor: undefined })
  return reported + gone.length
})
