/** Sending what is due at one place: claim, decide, intend, fence, write, acknowledge; all of it in batches. */
import { Clock, Effect, Option, Stream } from "effect"
import type { ConnectorError } from "../connector/errors.ts"
import { Fenced } from "../connector/connector.ts"
import { Ids } from "../hub/ids.ts"
import { HubStore } from "../hub/store.ts"
import { hintRow } from "../hub/row.ts"
import type { Claimed, Deferral, StoreError } from "../hub/store.ts"
import type { HubTime } from "../model/value.ts"
import { pushOf } from "../sync/index.ts"
import type { Fact, GoldenId, InboxRow, Intent } from "../sync/state.ts"
import type { FieldWrite, Outward, Push } from "../sync/push.ts"
import { acknowledged } from "./answer.ts"
import { hold } from "./brake.ts"
import { cycleMembers } from "./cycle.ts"
import { real } from "./courier.ts"
import type { Answered, Courier, Parcel } from "./courier.ts"
import { outwardOf } from "./outward.ts"
import { patchHash } from "./patch.ts"
import type { Place, Sync } from "./project.ts"
import { retrying } from "./failure.ts"
import { wholeRead } from "./pull.ts"
import { takeUpJobs } from "./resume.ts"
import { saveCounts } from "./run.ts"
import type { Run } from "./run.ts"
import type { Systems } from "./systems.ts"
import { claim, giveBack, keeping } from "./work.ts"
import type { Pushing, PushError, Sendable, Work } from "./work.ts"

/**
 * A request leaves within this time after its intent was made durable, or not at all. It bounds how long nobody knows
 * what became of a write whose process died.
 */
const sendWithinMs = 10_000

/** Sends what is due at one place until nothing more can go now; how many records were written. */
export const push = Effect.fn("push")(function*(
  run: Run, sync: Sync, place: Place, pushing: Pushing = {}
): Effect.fn.Return<number, PushError, HubStore | Systems | Ids> {
  const store = yield* HubStore
  const within = pushing.within === undefined ? {} : { within: pushing.within }
  const due = yield* store.dueCount({ entity: sync.entity.name, side: place.side, ...within })
  if (due === 0) return 0
  const courier = yield* retrying(run, (pushing.courier ?? real)(place))
  if (courier === undefined) return 0
  if (pushing.brake !== "off") yield* hold(run, sync, place, due, pushing)
  const left = (run.scope?.limit ?? Infinity) - run.tally.side(place.side).work.written
  const known = (yield* store.cursor(place.side, wholeRead)) !== undefined
  const memory = { kept: new Set<Claimed>(), met: new Map<GoldenId, number>(), broken: new Set<GoldenId>() }
  const { jobs } = courier
  const long = jobs === undefined || due < jobs.from ? 0 : jobs.batch
  const work: Work = { run, sync, place, courier, pushing, known, stopped: false, left, long, ...memory }
  const before = run.tally.side(place.side).work.written
  yield* Effect.ensuring(Effect.andThen(takeUpJobs(work), rounds(work)), giveBack(work.kept))
  return run.tally.side(place.side).work.written - before
})

const rounds = Effect.fnUntraced(function*(work: Work): Effect.fn.Return<void, PushError, HubStore | Systems | Ids> {
  while (work.left > 0) {
    if ((yield* line(work)) > 0) continue
    // Nothing can go as it is. If records wait for each other, one of them goes without its reference.
    const members = yield* cycleMembers(work.run, work.place, work.broken)
    if (members.length === 0) return
    const parked = yield* claim(work, true, members)
    for (const golden of members) work.broken.add(golden)
    for (const batch of yield* prepare(work, parked, true)) yield* finish(work, yield* send(work, batch))
  }
})

/**
 * Claim and decide, write, acknowledge: three stations, so that the system works on one batch while the next is decided
 * and the last is acknowledged. Never two writes at once. How many addresses were taken up.
 */
const line = Effect.fnUntraced(function*(work: Work): Effect.fn.Return<number, PushError, HubStore | Systems | Ids> {
  let taken = 0
  const decided = Stream.paginate(0, () => Effect.map(next(work), (batches) => {
    if (batches === undefined) return [[], Option.none<number>()] as const
    taken += batches.claimed
    return [batches.batches, Option.some(0)] as const
  }))
  // Under a limit the next batch depends on what became of this one.
  const ahead = Number.isFinite(work.left) ? decided : Stream.buffer(decided, { capacity: 1 })
  const written = Stream.mapEffect(ahead, (batch) => send(work, batch))
  yield* Stream.runForEach(
    Number.isFinite(work.left) ? written : Stream.buffer(written, { capacity: 1 }),
    (sent) => finish(work, sent)
  )
  return taken
})

const next = Effect.fnUntraced(function*(work: Work) {
  if (work.stopped || work.left <= 0) return undefined
  const claimed = yield* claim(work, false)
  if (claimed.length === 0) return undefined
  return { claimed: claimed.length, batches: yield* prepare(work, claimed, false) }
})

/** Taken up this often in one push, an address waits for the next run. */
const takesPerPush = 4

/** Decides what was claimed; what is to be written comes back in batches of the size that the system takes. */
const prepare = Effect.fnUntraced(function*(
  work: Work, claimed: ReadonlyArray<Claimed>, omitMissing: boolean
): Effect.fn.Return<ReadonlyArray<ReadonlyArray<Sendable>>, PushError, HubStore> {
  const { run, sync, place } = work
  const store = yield* HubStore
  const now = yield* Clock.currentTimeMillis
  const outward = yield* outwardOf(sync, place, claimed)
  const sorted = sort(work, claimed, outward, now, omitMissing)
  if (sorted.deferred.length > 0 || sorted.facts.length > 0) {
    yield* store.defer(sorted.deferred, sorted.facts, { run: run.id, now })
  }
  if (sorted.unread.length > 0) yield* store.inbox.put(sorted.unread)
  tally(work, sorted)
  const batches = batchesOf(work.courier, sorted.parcels)
  if (batches.every((batch) => batch.length <= work.courier.batch)) work.long = 0
  for (const { address } of sorted.parcels) work.kept.add(address)
  return batches
})

/** Many creates go as a long write, where there is one; the rest in batches of the size that one call takes. */
const batchesOf = (
  { batch, jobs }: Courier, parcels: ReadonlyArray<Sendable>
): ReadonlyArray<ReadonlyArray<Sendable>> => {
  const creates = jobs === undefined ? [] : parcels.filter(({ push }) => push.do === "create")
  if (jobs === undefined || creates.length < jobs.from) return sliced(parcels, batch)
  return [...sliced(creates, jobs.batch), ...sliced(parcels.filter(({ push }) => push.do !== "create"), batch)]
}

const sliced = (parcels: ReadonlyArray<Sendable>, size: number): ReadonlyArray<ReadonlyArray<Sendable>> =>
  Array.from({ length: Math.ceil(parcels.length / size) }, (_, at) => parcels.slice(at * size, (at + 1) * size))

interface Sorted {
  readonly parcels: ReadonlyArray<Sendable>
  readonly deferred: ReadonlyArray<Deferral>
  readonly facts: ReadonlyArray<Fact>
  readonly unchanged: number
  readonly skipped: ReadonlyArray<string>
  readonly left: ReadonlyArray<string>
  /** Fields that are not written with the rest of their records. */
  readonly refused: ReadonlyArray<string>
  /** Records of which only a reading says how to go on. */
  readonly unread: ReadonlyArray<InboxRow>
}

const sort = (
  work: Work, claimed: ReadonlyArray<Claimed>, outward: Outward, now: HubTime, omitMissing: boolean
): Sorted => {
  const { sync, place } = work
  const parcels: Array<Sendable> = []
  const deferred: Array<Deferral> = []
  const facts: Array<Fact> = []
  const skipped: Array<string> = []
  const left: Array<string> = []
  const refused: Array<string> = []
  const unread: Array<InboxRow> = []
  let unchanged = 0
  for (const address of claimed) {
    const { due, lease } = address
    const row = { golden: due.golden, side: due.side, ver: due.ver, lease }
    const takes = (work.met.get(due.golden) ?? 0) + 1
    work.met.set(due.golden, takes)
    const decided = pushOf(sync.policy, place.side, address, outward, { now, omitMissing })
    const not = takes > takesPerPush ? "taken up too often in one run" : withheld(work, address, decided)
    if (not !== undefined) {
      work.kept.add(address)
      left.push(not)
      continue
    }
    switch (decided.do) {
      case "create":
      case "update":
        for (const { path, why } of decided.refused ?? []) {
          facts.push({ ...factOf(work, address, "withheld", why), path })
          refused.push(`${path} ${why}`)
        }
        parcels.push({ address, push: decided })
        break
      case "remove":
        parcels.push({ address, push: decided })
        break
      case "nothing":
        deferred.push({ ...row, then: "clear" })
        unchanged++
        break
      case "skip":
        deferred.push({ ...row, then: "clear" })
        facts.push(factOf(work, address, "skipped", decided.why))
        skipped.push(decided.why)
        break
      case "park":
        deferred.push({ ...row, then: "park", on: decided.on })
        facts.push(factOf(work, address, "parked", decided.why))
        left.push(decided.why)
        break
      case "wait":
        deferred.push({ ...row, then: "wait", until: decided.until })
        if (decided.read !== undefined) unread.push(hintRow({ side: place.side, ext: decided.read }, now))
        left.push(decided.why)
        break
      case "stuck":
        // Stays due, so that the complete listing that settles it finds it.
        work.kept.add(address)
        stuck(work, address)
        facts.push(factOf(work, address, "unknown", decided.why))
        left.push(decided.why)
        break
    }
  }
  return { parcels, deferred, facts, unchanged, skipped, left, refused, unread }
}

/** What a scope, an unknown side or a plan keeps back: it stays due as it is. */
const withheld = (work: Work, address: Claimed, decided: Push): string | undefined => {
  if (decided.do !== "create" && decided.do !== "update" && decided.do !== "remove") return undefined
  if (work.run.scope?.createsOnly === true && decided.do !== "create") return "--creates-only"
  if (decided.do === "create" && !work.known) {
    return `${work.place.side} was never read to its end: the record may be there already`
  }
  if (work.pushing.allow === undefined) return undefined
  const allowed = work.pushing.allow({ address, push: decided, hash: patchHash(work.place.policy.mapping, decided) })
  return allowed === true ? undefined : allowed
}

/** From when on a complete listing can tell what became of these creates. */
const stuck = ({ run, place }: Work, { intents }: Claimed): void => {
  const known = run.tally.stuck.get(place.side) ?? 0
  const sent = Math.max(...intents.filter((intent) => intent.op === "create").map((intent) => intent.sentAt))
  run.tally.stuck.set(place.side, Math.max(known, sent + place.policy.createWaitMs))
}

const factOf = (work: Work, address: Claimed, kind: Fact["kind"], why: string): Fact => ({
  kind,
  entity: work.sync.entity.name,
  golden: address.due.golden,
  side: work.place.side,
  ...(address.link === undefined ? {} : { ext: address.link.ext }),
  why
})

const tally = (work: Work, sorted: Sorted): void => {
  const counts = work.run.tally.side(work.place.side)
  counts.due += sorted.unchanged + sorted.skipped.length + sorted.left.length
  counts.work.unchanged += sorted.unchanged
  counts.work.skipped += sorted.skipped.length
  counts.work.left += sorted.left.length
  for (const why of sorted.skipped) counts.because(why)
  for (const why of sorted.left) counts.because(why)
  for (const why of sorted.refused) counts.because(why)
}

/** A write call that was made, and its answers. */
interface Sent {
  readonly parcels: ReadonlyArray<Parcel & Sendable>
  readonly answers: ReadonlyArray<Answered>
  readonly sentAt: HubTime
  /** The call failed as a whole; what that says about each record is in the answers. */
  readonly failure?: ConnectorError
}

const nothingSent: Sent = { parcels: [], answers: [], sentAt: 0 }

/** One write call: its intents are durable before the request leaves (C14). */
const send = Effect.fnUntraced(function*(
  work: Work, parcels: ReadonlyArray<Sendable>
): Effect.fn.Return<Sent, StoreError, HubStore | Ids> {
  const { place, courier } = work
  const store = yield* HubStore
  const ids = yield* Ids
  if (work.stopped) return leave(work, parcels.length, "the connection failed")
  const now = yield* Clock.currentTimeMillis
  const call = ids.take(now, 1)[0] ?? ""
  const sendBy = parcels.reduce((ends, one) => Math.min(ends, one.address.lease.expires), now + sendWithinMs)
  const addressed = parcels.map((one, at): Parcel & Sendable => ({
    ...one,
    attempt: `${call}.${at}`,
    idempotencyKey: createdAs(one) ?? `${call}.${at}`
  }))
  const leases = new Map(addressed.map((one) => [one.address.due.golden, one.address.lease]))
  const intents = addressed.map((one) => intentOf(one, sendBy, courier.whole === true))
  for (const { address } of parcels) work.kept.delete(address)
  const intended = yield* store.intend({ call, side: place.side, intents, leases }, now).pipe(
    Effect.as(true),
    // What was claimed is out of date: it is given back, and decided again at the next claim.
    Effect.catchTag("Raced", () => Effect.as(giveBack(new Set(parcels.map((one) => one.address))), false)),
    Effect.catchTag("LeaseLost", () => Effect.succeed(false))
  )
  if (!intended) return leave(work, parcels.length, "the work passed to another worker, or its record was found")
  const sentAt = yield* Clock.currentTimeMillis
  const round = { parcels: addressed, sentAt }
  return yield* courier.send(addressed, { fence: fence(sendBy), ...keeping(store, work, call, parcels) }).pipe(
    Effect.map((answers): Sent => ({ ...round, answers })),
    Effect.catchTags({
      Fenced: () => Effect.succeed({ ...round, answers: parcels.map(() => ({ outcome: { did: "unsent" } } as const)) }),
      ConnectorError: (failure) => Effect.sync((): Sent => {
        work.stopped = true
        const outcome = outcomeOf(failure)
        return { ...round, answers: parcels.map(() => ({ outcome })), failure }
      })
    })
  )
})

/** The answers become durable right after the call (C19). */
const finish = Effect.fnUntraced(function*(work: Work, sent: Sent): Effect.fn.Return<void, PushError, HubStore> {
  if (sent.parcels.length > 0) {
    yield* acknowledged(work, sent.parcels, sent.answers, sent.sentAt)
    yield* saveCounts(work.run)
  }
  if (sent.failure !== undefined) return yield* sent.failure
  const { run, place } = work
  const done = run.tally.side(place.side).work.written
  if (sent.parcels.length > 0) run.emit({ _tag: "Written", side: place.side, records: sent.parcels.length, done })
})

/** A create that may have landed is asked for again under the same key: the system answers what it did (1.6). */
const createdAs = ({ address, push }: Sendable): string | undefined =>
  push.do !== "create" ? undefined : address.intents.find((intent) => intent.op === "create")?.idempotencyKey

/** Whether a call that failed as a whole can have reached the system. */
const outcomeOf = (error: ConnectorError): { readonly did: "unknown" | "unsent" } => {
  switch (error.reason._tag) {
    case "Unavailable":
    case "Malformed":
      return { did: "unknown" }
    case "RateLimited":
    case "Unauthorized":
    case "Stale":
    case "Refused":
      return { did: "unsent" }
  }
}

/** Right before the request leaves (R8): later than this, the work may be somebody else's. */
const fence = (sendBy: HubTime): Effect.Effect<void, Fenced> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => now >= sendBy ? Effect.fail(new Fenced()) : Effect.void)

const intentOf = (
  { address, push, attempt, idempotencyKey }: Parcel & Sendable, sendBy: HubTime, whole: boolean
): Intent => ({
  attempt,
  golden: address.due.golden,
  side: address.due.side,
  op: push.do,
  sent: push.do === "remove" ? {} : { ...(whole ? carried(address) : {}), ...written(push.writes) },
  // The fence lets nothing leave later than this.
  sentAt: sendBy,
  idempotencyKey,
  status: "unknown",
  ...(push.do === "create" ? {} : { ext: push.ext })
})

const written = (writes: ReadonlyArray<FieldWrite>): Intent["sent"] =>
  Object.fromEntries(writes.map((write) => [write.path, write.value]))

/** Landing late, a whole record puts these back as they were: they are ours then, and nobody's edit. */
const carried = ({ link }: Claimed): Intent["sent"] =>
  Object.fromEntries(Object.entries(link?.shadow ?? {}).map(([path, { r }]) => [path, r]))

const leave = (work: Work, count: number, why: string): Sent => {
  const counts = work.run.tally.side(work.place.side)
  counts.due += count
  counts.work.left += count
  counts.because(why)
  return nothingSent
}
