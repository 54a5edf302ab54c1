/** Due work and the inbox: claims, leases, intents, acknowledgements. */
import type { Plain } from "../plain.ts"
import { LeaseLost, Raced } from "../store.ts"
import type { Ack, Attempt, Claimed, Lease, QuarantineRow, Unacknowledged } from "../store.ts"
import type { Ids } from "../ids.ts"
import type { HubTime } from "../../model/value.ts"
import type { Address } from "../../sync/push.ts"
import type { Fact, GoldenId } from "../../sync/state.ts"
import {
  acknowledged, deferred, heldRow, hintRow, isHeld, isOpen, mended, quarantineKey, refusal, sameLease, text,
  windowMark
} from "../row.ts"
import type { OutboxRow } from "../row.ts"
import type { CallRow, MemoryState } from "./state.ts"
import { byAttempt, plainDue } from "./reading.ts"
import { account, clearQuarantine, putInbox, putLinks, putQuarantine, release, settle } from "./writing.ts"

type Work = Pick<Plain,
  | "inbox" | "claim" | "dueAt" | "dueCount" | "renew" | "release" | "intend" | "job" | "jobs" | "acknowledge" | "defer"
  | "approve" | "hold" | "held">

export const work = (state: MemoryState, ids: Ids["Service"]): Work => ({
  inbox: inbox(state),
  claim: (entity, side, { owner, now, leaseMs, limit, only, parked, within }) => state.bookkeeping(() => {
    const wanted = only === undefined ? undefined : new Set(only)
    const rows = state.outbox.by("side", side).filter((row) =>
      row.entity === entity && isOpen(row, parked) && row.notBefore <= now && (wanted?.has(row.golden) ?? true) &&
      belongs(state, row.golden, within) &&
      (state.leases.get(row.golden)?.expires ?? 0) <= now)
    rows.sort((a, b) => a.notBefore - b.notBefore || text(a.golden, b.golden))
    if (rows.length === 0) return []
    const lease: Lease = { owner, epoch: state.count("epoch"), expires: now + leaseMs }
    return rows.slice(0, limit).map((row): Claimed => {
      state.leases.set(row.golden, { ...lease, golden: row.golden })
      return { ...address(state, row), lease }
    }).sort((a, b) => text(a.due.golden, b.due.golden))
  }),
  dueAt: (entity, side, after, limit, { parked, within } = {}) =>
    state.outbox.by("side", side)
      .filter((row) => row.entity === entity && isOpen(row, parked) && (after === undefined || row.golden > after) &&
        belongs(state, row.golden, within))
      .sort((a, b) => text(a.golden, b.golden)).slice(0, limit).map((row) => address(state, row)),
  dueCount: (filter = {}) =>
    [...state.outbox.rows.values()].filter((row) =>
      (filter.entity === undefined || row.entity === filter.entity) &&
      (filter.side === undefined || row.side === filter.side) &&
      (filter.held === undefined || isHeld(row) === filter.held) && belongs(state, row.golden, filter.within) &&
      (filter.attempted === undefined || address(state, row).intents.length > 0)).length,
  renew: (goldens, lease, until) => state.bookkeeping(() => {
    assertLeases(state, new Map(goldens.map((golden) => [golden, lease])), undefined)
    for (const golden of goldens) state.leases.set(golden, { ...lease, golden, expires: until })
  }),
  release: (goldens, lease) => state.bookkeeping(() => {
    for (const golden of goldens) giveBack(state, golden, lease)
  }),
  intend: (attempt, now) => state.transaction(() => {
    assertLeases(state, attempt.leases, now)
    const { call, side, intents, handle } = attempt
    for (const { golden, op } of intents) {
      if (op === "create" && state.links.by("active", `${golden}|${side}`).length > 0) throw linkedMeanwhile(golden)
    }
    state.calls.set(call, { call, side, intents, ...(handle === undefined ? {} : { handle }) })
    for (const intent of intents) state.open.set(`${intent.golden}|${intent.attempt}`, { call, intent })
  }),
  job: (call, handle) => state.transaction(() => {
    const row = state.calls.get(call)
    if (row !== undefined) state.calls.set(call, { ...row, handle })
  }),
  jobs: (side) =>
    [...state.calls.rows.values()].filter((row) => row.side === side && row.handle !== undefined)
      .sort((a, b) => text(a.call, b.call)).map((row) => jobOf(state, row)),
  acknowledge: (acks, extra) => state.transaction(() => {
    const facts: Array<Fact> = []
    const refused = new Map<string, QuarantineRow>()
    const left = acks.flatMap((ack) => {
      const why = acknowledgeOne(state, ack, extra.now)
      if (why !== undefined) return [{ golden: ack.address.golden, side: ack.address.side, why }]
      facts.push(...ack.result.facts)
      const row = refusal(ids, ack, extra)
      if (row !== undefined) refused.set(quarantineKey(row), row)
      return []
    })
    for (const row of extra.quarantine ?? []) refused.set(quarantineKey(row), row)
    putQuarantine(state, [...refused.values()])
    putInbox(state, extra.inbox ?? [], extra.now)
    account(state, facts, extra)
    return left
  }),
  defer: (rows, facts, extra) => state.bookkeeping(() => {
    for (const how of rows) {
      if (how.lease !== undefined && !sameLease(state.leases.get(how.golden), how.lease)) continue
      if (how.lease !== undefined) state.leases.delete(how.golden)
      const key = `${how.golden}|${how.side}`
      const row = state.outbox.get(key)
      if (row === undefined || (how.then === "park" && targetKnown(state, how.on))) continue
      put(state, key, deferred(row, how))
    }
    putQuarantine(state, extra.quarantine ?? [])
    account(state, facts, extra)
  }),
  ...brakes(state)
})

const brakes = (state: MemoryState): Pick<Plain, "hold" | "approve" | "held"> => ({
  hold: (run, rows) => state.transaction(() => {
    for (const { golden, side, hash, why } of rows) {
      const row = state.outbox.get(`${golden}|${side}`)
      if (row !== undefined) state.outbox.set(`${golden}|${side}`, heldRow(row, run, hash, why))
    }
  }),
  approve: (run) => state.transaction(() => {
    const rows = state.outbox.by("held", run).filter(isHeld)
    for (const row of rows) {
      state.outbox.set(`${row.golden}|${row.side}`, { ...row, approved: row.heldHash ?? "" })
    }
    return rows.length
  }),
  held: (run) =>
    [...state.outbox.rows.values()]
      .flatMap(({ golden, side, entity, heldBy, heldHash, heldWhy, approved }) =>
        heldBy === undefined || (run !== undefined && run !== heldBy) ? [] : [{
          golden, side, entity, run: heldBy, hash: heldHash ?? "", why: heldWhy ?? "", approved: approved !== undefined
        }])
      .sort((a, b) => text(a.golden, b.golden) || text(a.side, b.side))
})

const inbox = (state: MemoryState): Plain["inbox"] => ({
  take: (side, limit, now) => state.transaction(() =>
    state.inbox.by("side", side).filter((row) => row.parkedOn === undefined && row.notBefore <= now)
      .sort((a, b) => a.notBefore - b.notBefore || a.readAt - b.readAt || text(a.ext, b.ext)).slice(0, limit)
      .map((row) => {
        const taken = { ...row, attempts: row.attempts + 1 }
        state.inbox.set(`${row.side}|${row.ext}`, taken)
        return taken
      })),
  put: (rows) => state.transaction(() => putInbox(state, rows)),
  drop: (rows) => state.transaction(() => {
    for (const { side, ext } of rows) state.inbox.delete(`${side}|${ext}`)
  }),
  untake: (rows) => state.transaction(() => {
    for (const { side, ext } of rows) {
      const row = state.inbox.get(`${side}|${ext}`)
      if (row !== undefined) state.inbox.set(`${side}|${ext}`, { ...row, attempts: Math.max(0, row.attempts - 1) })
    }
  }),
  parked: (side, after, limit) =>
    state.inbox.by("side", side).filter((row) => row.parkedOn !== undefined && (after === undefined || row.ext > after))
      .sort((a, b) => text(a.ext, b.ext)).slice(0, limit),
  count: (side) => side === undefined ? state.inbox.rows.size : state.inbox.by("side", side).length
})

/** One of its records was read by the window, or it was named itself. */
const belongs = (state: MemoryState, golden: GoldenId, window: string | undefined): boolean =>
  window === undefined || state.listed.get(`${windowMark(window, undefined)}|${golden}`) !== undefined ||
  state.links.by("golden", golden).some(({ side, ext }) =>
    state.listed.get(`${windowMark(window, side)}|${ext}`) !== undefined)

const put = (state: MemoryState, key: string, row: OutboxRow | undefined): void => {
  if (row === undefined) state.outbox.delete(key)
  else state.outbox.set(key, row)
}

/** The parent's link or element that an outbox row would wait for exists already. */
const targetKnown = (state: MemoryState, on: string): boolean => {
  const [side = "", reference = ""] = on.split(/\|(.*)/s)
  const [golden = "", element] = reference.split(/#(.*)/s)
  return element === undefined
    ? state.links.by("active", `${golden}|${side}`).length > 0
    : state.elements.by("golden", golden).some((row) => row.side === side && row.element === element)
}

const address = (state: MemoryState, row: OutboxRow): Address => {
  const golden = state.goldens.get(row.golden)
  if (golden === undefined) throw new Error(`outbox row without golden record ${row.golden}`)
  const links = state.links.by("golden", row.golden).filter((link) => link.side === row.side)
  const link = links.find((one) => one.status === "active")
  return {
    due: plainDue(row),
    golden,
    ...(link === undefined ? {} : { link }),
    others: links.filter((one) => one !== link).sort((a, b) => text(a.ext, b.ext)),
    intents: state.open.by("golden", row.golden).map((open) => open.intent)
      .filter((intent) => intent.side === row.side).sort(byAttempt),
    frozen: state.conflicts.by("golden", row.golden)
      .filter((conflict) => conflict.side === row.side && conflict.status === "open")
      .map((conflict) => conflict.path).sort()
  }
}

const linkedMeanwhile = (golden: GoldenId): Raced => new Raced({ what: `golden record ${golden} has a link there now` })

/** With `now` the leases must not be over either (R8). */
const assertLeases = (
  state: MemoryState, leases: ReadonlyMap<GoldenId, Lease>, now: HubTime | undefined
): void => {
  for (const [golden, mine] of leases) {
    const held = state.leases.get(golden)
    if (!sameLease(held, mine) || (now !== undefined && (held?.expires ?? 0) <= now)) {
      throw new LeaseLost({ what: `golden record ${golden}` })
    }
  }
}

const giveBack = (state: MemoryState, golden: GoldenId, lease: Lease): void => {
  if (sameLease(state.leases.get(golden), lease)) state.leases.delete(golden)
}

const jobOf = (state: MemoryState, row: CallRow): Attempt => {
  const intents = state.open.by("call", row.call).map((open) => open.intent)
  const goldens = new Set(intents.map((intent) => intent.golden))
  return {
    call: row.call,
    side: row.side,
    intents: row.intents.filter((intent) => goldens.has(intent.golden)),
    leases: new Map([...goldens].sort().flatMap((golden) => {
      const held = state.leases.get(golden)
      if (held === undefined) return []
      const { golden: _, ...lease } = held
      return [[golden, lease] as const]
    })),
    ...(row.handle === undefined ? {} : { handle: row.handle })
  }
}

const acknowledgeOne = (
  state: MemoryState, ack: Ack, now: HubTime
): Unacknowledged["why"] | undefined => {
  const { address: { golden, side, ver }, lease, result } = ack
  if (!sameLease(state.leases.get(golden), lease)) return "lease"
  if (linksRaced(state, result.links)) return "raced"
  putLinks(state, result.links)
  settle(state, result.settled)
  for (const conflict of result.conflicts) state.conflicts.set(conflict.id, conflict)
  putInbox(state, result.hints.map((hint) => hintRow(hint, now)))
  release(state, result.links, now)
  if (result.outcome === "written" || result.outcome === "unchanged") {
    const { exts, fields } = mended(ack)
    const over = (row: QuarantineRow) => row.stage === "write" && (fields?.includes(row.path ?? "") ?? true)
    for (const ext of exts) clearQuarantine(state, side, ext, over)
  }
  const key = `${golden}|${side}`
  const row = state.outbox.get(key)
  if (row !== undefined) put(state, key, acknowledged(row, ver, result.due))
  state.leases.delete(golden)
  return undefined
}

/** Checked before anything is changed: one ack that lost must not undo the others. */
const linksRaced = (state: MemoryState, links: Ack["result"]["links"]): boolean =>
  links.some(({ link, was }) => {
    if ((state.links.get(`${link.side}|${link.ext}`)?.rev ?? 0) !== was) return true
    return link.status === "active" && state.links.by("active", `${link.golden}|${link.side}`).some((one) =>
      one.ext !== link.ext && !links.some((other) =>
        other.link.side === one.side && other.link.ext === one.ext && other.link.status !== "active"))
  })
