/** One batch of observations into the hub: one load, one plan, one commit together with the cursor (R1). */
import { Clock, Effect, Schema } from "effect"
import type { Seen } from "../connector/connector.ts"
import { HubStore } from "../hub/store.ts"
import type { CursorRow, QuarantineRow, StoreError } from "../hub/store.ts"
import type { HubTime } from "../model/value.ts"
import { plan, wanted } from "../sync/index.ts"
import type { Observation, Plan } from "../sync/snapshot.ts"
import type { ExtId, InboxRow } from "../sync/state.ts"
import { PageFailed } from "./failure.ts"
import type { Place, Sync } from "./project.ts"
import { gather, quarantined } from "./read.ts"
import type { Gathered } from "./read.ts"
import { saveCounts } from "./run.ts"
import type { Run } from "./run.ts"
import { admit } from "./vanished.ts"

/** The decision itself threw: a fault of the program that one record has set off. */
export class Undecided extends Schema.TaggedError<Undecided>()("Undecided", { message: Schema.String }) {}

/** How often a batch is decided again after losing a race before its records wait in the inbox. */
const replans = 5
/** From this size on, a page that fails as one fails the run (fault 81). */
const wholePage = 20

export interface Merging {
  readonly readAt: HubTime
  /** Where to go on from; becomes durable with what the page said. */
  readonly cursor?: CursorRow
  /** Read to settle something: rows are never dropped, and a decision that throws fails instead of being set aside. */
  readonly direct?: boolean
  /** Records whose deletion a person has released. */
  readonly released?: ReadonlySet<ExtId>
}

export const mergePage = Effect.fnUntraced(function*(
  run: Run, sync: Sync, place: Place, seen: ReadonlyArray<Seen>, merging: Merging
): Effect.fn.Return<void, StoreError | PageFailed | Undecided, HubStore> {
  const store = yield* HubStore
  const now = yield* Clock.currentTimeMillis
  const direct = merging.direct === true
  const asked = direct ? [] : seen.flatMap((one) => one._tag === "Held" ? [one.id] : [])
  const heads = asked.length === 0 ? new Map<never, never>() : yield* store.heads(place.side, asked)
  const gathered = gather(place, seen, { readAt: merging.readAt, now, run: run.id, direct, heads })
  if (!direct) yield* wholePageFails({ side: place.side, connection: place.connection }, gathered.read, gathered.bad)
  const admitted = yield* admit(run, sync, place.side, gathered.batch, merging.released ?? nobody)
  yield* decide(run, sync, { side: place.side, connection: place.connection }, { ...gathered, ...admitted }, merging)
})

/** Observations that need no reading, e.g. absences of a listing or a person's ruling. */
export const mergeObservations = Effect.fnUntraced(function*(
  run: Run, sync: Sync, where: Where, batch: ReadonlyArray<Observation>, merging: Merging
): Effect.fn.Return<void, StoreError | PageFailed | Undecided, HubStore> {
  if (batch.length === 0 && merging.cursor === undefined) return
  const held = batch.filter((one) => one._tag === "Held").length
  const sound = { bad: [], dropped: 0, lost: 0, spoiled: new Set<ExtId>(), held: [] }
  const gathered = { batch, raw: new Map(), read: held, ...sound }
  yield* decide(run, sync, where, gathered, merging)
})

const nobody: ReadonlySet<ExtId> = new Set()

interface Deciding extends Gathered {
  /** Inbox rows that become durable with what was decided. */
  readonly held: ReadonlyArray<InboxRow>
}

type Where = Pick<Place, "side" | "connection">

const wholePageFails = (
  where: Where, read: number, bad: ReadonlyArray<QuarantineRow>
): Effect.Effect<void, PageFailed> => {
  if (read < wholePage || bad.length < read) return Effect.void
  const records = new Map<string, Set<ExtId>>()
  for (const row of bad) {
    const cause = row.path === undefined ? row.cause : `${row.path}: ${row.cause}`
    const exts = records.get(cause)
    if (exts === undefined) records.set(cause, new Set([row.ext]))
    else exts.add(row.ext)
  }
  for (const [cause, exts] of records) {
    if (exts.size === read) return Effect.fail(new PageFailed({ ...where, records: read, cause }))
  }
  return Effect.void
}

const decide = Effect.fnUntraced(function*(
  run: Run, sync: Sync, where: Where, gathered: Deciding, merging: Merging
): Effect.fn.Return<void, StoreError | PageFailed | Undecided, HubStore> {
  const store = yield* HubStore
  const { cursor } = merging
  for (let left = replans; left > 0; left--) {
    const now = yield* Clock.currentTimeMillis
    const decided = yield* planned(run, sync, gathered.batch, now)
    if (decided === undefined) {
      if (merging.direct === true) return yield* new Undecided({ message: `${where.side}: the decision failed` })
      return yield* setAside(run, where, gathered, cursor, "retry")
    }
    const refused = decided.quarantine.map(({ side, ext, cause, path }) =>
      quarantined({ side }, ext, "merge", cause, gathered.raw.get(ext), { now, run: run.id }, path))
    if (merging.direct !== true) yield* wholePageFails(where, gathered.read, refused)
    const quarantine = [...gathered.bad, ...refused]
    const raced = yield* store.commit(withHeld(decided, gathered.held), extra(run, now, cursor, quarantine)).pipe(
      Effect.as(false),
      Effect.catchTag("Raced", () => Effect.succeed(true))
    )
    if (!raced) return yield* counted(run, where.side, gathered, decided)
  }
  yield* setAside(run, where, gathered, cursor, "raced")
})

const withHeld = (plan: Plan, held: ReadonlyArray<InboxRow>): Plan =>
  held.length === 0 ? plan : { ...plan, inbox: { ...plan.inbox, put: [...plan.inbox.put, ...held] } }

const extra = (run: Run, now: HubTime, cursor: CursorRow | undefined, quarantine: ReadonlyArray<QuarantineRow>) => ({
  run: run.id,
  now,
  ...(cursor === undefined ? {} : { cursor }),
  ...(quarantine.length === 0 ? {} : { quarantine })
})

/** Undefined: the decision threw, which a record of this batch has set off. */
const planned = Effect.fnUntraced(function*(
  run: Run, sync: Sync, batch: ReadonlyArray<Observation>, now: HubTime
): Effect.fn.Return<Plan | undefined, StoreError, HubStore> {
  if (batch.length === 0) return nothing
  const store = yield* HubStore
  const asked = attempt(() => wanted(sync.policy, batch))
  if (asked === undefined) return undefined
  let snapshot = yield* store.load(asked, now, run.id)
  if (asked.again) {
    // Keys made of references are known only now that the references are.
    const whole = attempt(() => wanted(sync.policy, batch, snapshot.references))
    if (whole === undefined) return undefined
    snapshot = yield* store.load(whole, now, run.id)
  }
  const known = snapshot
  return attempt(() => plan(sync.policy, known, batch))
})

const attempt = <A>(decide: () => A): A | undefined => {
  try {
    return decide()
  } catch {
    return undefined
  }
}

/** The page is not lost and the cursor may move: each of its records is read and decided by itself later. */
const setAside = Effect.fnUntraced(function*(
  run: Run, where: Where, gathered: Deciding, cursor: CursorRow | undefined, why: InboxRow["why"]
) {
  const store = yield* HubStore
  const now = yield* Clock.currentTimeMillis
  const put = gathered.batch.flatMap((one): ReadonlyArray<InboxRow> => one._tag === "Ruling" ? [] : [{
    side: where.side,
    ext: one.ext,
    why: one._tag === "Gone" ? "gone" : why,
    readAt: one.readAt,
    attempts: 0,
    notBefore: now
  }])
  // Nothing in an empty plan can lose a race.
  const inbox = { put: [...put, ...gathered.held], done: [] }
  yield* store.commit({ ...nothing, inbox }, extra(run, now, cursor, gathered.bad)).pipe(
    Effect.catchTag("Raced", (raced) => Effect.die(raced))
  )
  const counts = run.tally.side(where.side)
  const again = lost(run, where.side, gathered)
  counts.read += gathered.read - again
  counts.records.unchanged += gathered.dropped
  counts.records.left += gathered.read - gathered.dropped - gathered.lost
})

/** A run that is killed shows what it had done until then. */
const counted = (
  run: Run, side: string, gathered: Gathered, decided: Plan
): Effect.Effect<void, StoreError, HubStore> => Effect.suspend(() => {
  count(run, side, gathered, decided)
  return saveCounts(run)
})

/** Counts the records that reached no observation; how many of them this run had counted before. */
const lost = (run: Run, side: string, gathered: Gathered): number => {
  const counts = run.tally.side(side)
  let again = 0
  for (const { ext, path } of gathered.bad) {
    if (path !== undefined) continue
    if (run.tally.spoil(side, ext)) counts.records.quarantined++
    else again++
  }
  return again
}

const count = (run: Run, side: string, gathered: Gathered, decided: Plan): void => {
  const counts = run.tally.side(side)
  let again = lost(run, side, gathered)
  counts.records.unchanged += gathered.dropped
  for (const { ext, outcome, why } of decided.outcomes) {
    // Quarantined comes first in precedence: a part of this record waits there, whatever became of the rest.
    const bad = outcome === "quarantined" || gathered.spoiled.has(ext)
    // Read again by a sweep or from the inbox: it is one record, and is counted once.
    if (!bad) counts.records[outcome]++
    else if (run.tally.spoil(side, ext)) counts.records.quarantined++
    else again++
    if (why !== undefined) counts.because(why)
  }
  counts.read += gathered.read - again
  const gone = new Set(gathered.batch.flatMap((one) => one._tag === "Gone" ? [one.ext] : []))
  for (const { link } of gone.size === 0 ? [] : decided.links) {
    const over = link.status === "deleted" || link.status === "unlinked"
    if (over && link.side === side && gone.has(link.ext)) counts.gone++
  }
  for (const conflict of decided.conflicts) {
    if (conflict.status === "auto") run.tally.conflicts.decided++
    else if (conflict.status === "open") run.tally.conflicts.open++
  }
}

export const nothing: Plan = {
  goldens: [],
  links: [],
  keys: { add: [], remove: [] },
  due: [],
  settled: [],
  conflicts: [],
  tombstones: [],
  inbox: { put: [], done: [] },
  quarantine: [],
  facts: [],
  outcomes: []
}
