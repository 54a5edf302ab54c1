/** After the answers of a write call: bindings, bases and cleared addresses, in one transaction (C19). */
import { Clock, Effect } from "effect"
import { HubStore } from "../hub/store.ts"
import type { Ack, QuarantineRow, StoreError } from "../hub/store.ts"
import type { HubTime } from "../model/value.ts"
import { acknowledge } from "../sync/index.ts"
import type { Acknowledged, Address } from "../sync/push.ts"
import type { InboxRow } from "../sync/state.ts"
import type { Answered, Parcel } from "./courier.ts"
import type { Sendable, Work } from "./work.ts"
import { quarantined } from "./read.ts"

type Sent = Parcel & Sendable

interface Result {
  readonly sent: Sent
  readonly answer: Answered
  readonly ack: Ack
}

/** How often an answer is fitted to a link that changed meanwhile. */
const refits = 3

export const acknowledged = Effect.fnUntraced(function*(
  work: Work, parcels: ReadonlyArray<Sent>, answers: ReadonlyArray<Answered>, sentAt: HubTime
): Effect.fn.Return<void, StoreError, HubStore> {
  const now = yield* Clock.currentTimeMillis
  let pending: ReadonlyArray<Result> = parcels.map((sent, at) =>
    result(work, sent, answers[at] ?? { outcome: { did: "unknown" } }, sent.address, sentAt, now))
  for (let left = refits; pending.length > 0 && left > 0; left--) {
    const late = yield* store(work, pending, now)
    const raced = new Set(late.filter((one) => one.why === "raced").map((one) => one.golden))
    const lost = new Set(late.filter((one) => one.why === "lease").map((one) => one.golden))
    for (const one of pending) {
      const { golden } = one.sent.address.due
      if (lost.has(golden)) tally(work, one, "left")
      else if (!raced.has(golden)) tally(work, one, one.ack.result.outcome)
    }
    pending = yield* refit(work, pending.filter((one) => raced.has(one.sent.address.due.golden)), sentAt, now)
  }
  // The intents stay: whatever the write did is recognised by the next reading.
  for (const one of pending) tally(work, one, "left")
})

const store = Effect.fnUntraced(function*(work: Work, results: ReadonlyArray<Result>, now: HubTime) {
  const hub = yield* HubStore
  const inbox = results.flatMap(({ ack }) => ack.result.hints.map((hint): InboxRow => ({
    ...hint,
    why: "hint",
    readAt: now,
    attempts: 0,
    notBefore: now
  })))
  const quarantine = results.flatMap((one) => refusal(work, one, now))
  return yield* hub.acknowledge(results.map((one) => one.ack), {
    run: work.run.id,
    now,
    ...(inbox.length === 0 ? {} : { inbox }),
    ...(quarantine.length === 0 ? {} : { quarantine })
  })
})

const result = (
  work: Work, sent: Sent, answer: Answered, address: Address, sentAt: HubTime, now: HubTime
): Result => {
  const { due, lease } = sent.address
  const decided = acknowledge(work.sync.policy, work.place.side, {
    address,
    push: sent.push,
    outcome: answer.outcome,
    sentAt,
    now,
    run: work.run.id,
    attempt: sent.attempt,
    ...(answer.after === undefined ? {} : { after: answer.after })
  })
  const pushed = { golden: due.golden, side: due.side, ver: due.ver }
  return { sent, answer, ack: { address: pushed, lease, result: decided } }
}

/** A link moved between the claim and the answer: the same answer is decided on against the link as it is now. */
const refit = Effect.fnUntraced(function*(work: Work, raced: ReadonlyArray<Result>, sentAt: HubTime, now: HubTime) {
  const hub = yield* HubStore
  const again: Array<Result> = []
  for (const one of raced) {
    const { sent, answer } = one
    const [found] = yield* hub.find(work.sync.entity.name, { golden: sent.address.due.golden })
    if (found === undefined) {
      tally(work, one, "left")
      continue
    }
    if (yield* isStranger(work, one)) {
      const outcome = { did: "refused", cause: "the system answered with a record that stands for another one" } as const
      again.push(result(work, sent, { outcome }, sent.address, sentAt, now))
      continue
    }
    const here = found.links.filter((link) => link.side === work.place.side)
    const link = here.find((one) => one.status === "active")
    const { link: _, ...rest } = sent.address
    // Golden stays as it was sent: what the side agreed on is that, and not what golden has become since.
    const address: Address = {
      ...rest,
      others: here.filter((one) => one !== link),
      ...(link === undefined ? {} : { link })
    }
    again.push(result(work, sent, answer, address, sentAt, now))
  }
  return again
})

/** A create was answered with a record that has become somebody else's since: binding it would never succeed. */
const isStranger = Effect.fnUntraced(function*(work: Work, { sent, answer }: Result) {
  if (sent.push.do !== "create" || answer.outcome.did !== "written") return false
  const hub = yield* HubStore
  const heads = yield* hub.heads(work.place.side, [answer.outcome.id])
  const head = heads.get(answer.outcome.id)
  return head !== undefined && head.golden !== sent.address.due.golden
})

const refusal = (work: Work, { sent, answer, ack }: Result, now: HubTime): ReadonlyArray<QuarantineRow> => {
  const { quarantine: refused, withheld = [] } = ack.result
  if (refused === undefined && withheld.length === 0) return []
  const { push, address } = sent
  // What was to be written, for whoever mends it; like every payload it stays in the hub and is never logged.
  const writes = push.do === "remove" ? [] : push.writes
  const payload = Object.fromEntries(writes.map((write) => [write.path, write.value]))
  const ext = answer.outcome.did === "written" ? answer.outcome.id
    : push.do === "create" ? address.due.golden : push.ext
  return [...refused === undefined ? [] : [refused], ...withheld].map(({ cause, path }) =>
    quarantined(work.place, ext, "write", cause, payload, { now, run: work.run.id }, path))
}

const tally = (work: Work, { sent, ack }: Result, outcome: Acknowledged["outcome"]): void => {
  const counts = work.run.tally.side(work.place.side)
  counts.due++
  counts.work[outcome]++
  if (outcome === "written") {
    counts.wrote[sent.push.do]++
    work.left--
  }
  const { quarantine, withheld = [] } = ack.result
  if (quarantine !== undefined || withheld.length > 0) work.run.tally.spoil(work.place.side, sent.address.due.golden)
  for (const { path, cause } of withheld) {
    counts.withheld++
    counts.because(`${path} withheld: ${cause}`)
  }
  for (const conflict of ack.result.conflicts) {
    if (conflict.status === "open") work.run.tally.conflicts.open++
  }
}
