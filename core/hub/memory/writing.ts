/** Commits: the one place where golden records, links, keys and due work change together. */
import type { Plain } from "../plain.ts"
import { Raced } from "../store.ts"
import type { Batch, QuarantineRow } from "../store.ts"
import {
  addCounts, dirtied, elementsOf, keepNewest, leavesQuarantine, metAgain, parkedOnGolden, quarantineKey, rejects,
  resolves, unparkedDue, unparkedInbox
} from "../row.ts"
import type { Ids } from "../ids.ts"
import type { HubTime } from "../../model/value.ts"
import type { Plan } from "../../sync/snapshot.ts"
import type { Fact, GoldenId, InboxRow, Link } from "../../sync/state.ts"
import type { MemoryState } from "./state.ts"

export const writing = (state: MemoryState, ids: Ids["Service"]): Pick<Plain, "commit"> => ({
  commit: (plan, extra) => state.transaction(() => {
    for (const { golden, was } of plan.goldens) {
      if ((state.goldens.get(golden.id)?.ver ?? 0) !== was) throw new Raced({ what: `golden record ${golden.id}` })
      state.goldens.set(golden.id, golden)
    }
    const raced = putLinks(state, plan.links)
    if (raced !== undefined) throw new Raced({ what: raced })
    putKeys(state, plan.keys)
    for (const { golden, side, ver } of plan.due) {
      const entity = state.goldens.get(golden)?.entity
      if (entity === undefined) continue
      const row = state.outbox.get(`${golden}|${side}`)
      state.outbox.set(`${golden}|${side}`,
        dirtied(row, { golden, side, entity, ver, notBefore: extra.now, attempts: 0 }))
    }
    settle(state, plan.settled)
    for (const conflict of plan.conflicts) state.conflicts.set(conflict.id, conflict)
    for (const tombstone of plan.tombstones) state.tombstones.set(tombstone.golden, tombstone)
    release(state, plan.links, extra.now)
    for (const { side, ext, readAt } of plan.inbox.done) {
      const row = state.inbox.get(`${side}|${ext}`)
      if (row !== undefined && row.readAt < readAt) state.inbox.delete(`${side}|${ext}`)
    }
    putInbox(state, plan.inbox.put, extra.now)
    for (const { side, ext, outcome } of plan.outcomes) {
      if (leavesQuarantine(outcome)) clearQuarantine(state, side, ext, (row) => row.stage !== "write")
    }
    putQuarantine(state, rejects(ids, plan, extra))
    if (extra.cursor !== undefined) state.cursors.set(`${extra.cursor.side}|${extra.cursor.stream}`, extra.cursor)
    account(state, plan.facts, extra)
  })
})

/** Puts the links, first those that give up being active; what was not as expected comes back. */
export const putLinks = (state: MemoryState, links: Plan["links"]): string | undefined => {
  for (const active of [false, true]) {
    for (const { link, was } of links) {
      if ((link.status === "active") !== active) continue
      const key = `${link.side}|${link.ext}`
      const old = state.links.get(key)
      if ((old?.rev ?? 0) !== was) return `link ${link.side} ${link.ext}`
      if (active && state.links.by("active", `${link.golden}|${link.side}`).some((one) => one.ext !== link.ext)) {
        return `another link of ${link.golden} on ${link.side}`
      }
      state.links.set(key, link)
      putElements(state, old, link)
    }
  }
  return undefined
}

const putElements = (state: MemoryState, old: Link | undefined, link: Link): void => {
  for (const row of old === undefined ? [] : elementsOf(old)) state.elements.delete(`${row.side}|${row.ext}`)
  for (const row of elementsOf(link)) state.elements.set(`${row.side}|${row.ext}`, row)
}

const putKeys = (state: MemoryState, keys: Plan["keys"]): void => {
  for (const { kind, value } of keys.remove) state.keys.delete(`${kind}|${value}`)
  for (const { kind, value, golden } of keys.add) {
    const old = state.keys.get(`${kind}|${value}`)
    if (old !== undefined && old.golden !== golden) throw new Raced({ what: `key ${kind}` })
    state.keys.set(`${kind}|${value}`, { kind, value, golden })
  }
}

export const settle = (state: MemoryState, settled: Plan["settled"]): void => {
  for (const { attempt, golden } of settled) {
    const row = state.open.get(`${golden}|${attempt}`)
    if (row === undefined) continue
    state.open.delete(`${golden}|${attempt}`)
    if (state.open.by("call", row.call).length === 0) state.calls.delete(row.call)
  }
}

/** Whoever waited for these links waits no longer, in the transaction that made them (1.7). */
export const release = (state: MemoryState, links: Plan["links"], now: HubTime): void => {
  for (const { link } of links) {
    if (!resolves(link)) continue
    releaseInbox(state, `${link.side}|${link.ext}`, now)
    const elements = elementsOf(link)
    for (const row of elements) releaseInbox(state, `${row.side}|${row.ext}`, now)
    if (link.status !== "active") continue
    const sides = new Set([link.side, ...elements.map((row) => row.side)])
    for (const side of sides) releaseDue(state, side, link.golden, now)
  }
}

const releaseInbox = (state: MemoryState, on: string, now: HubTime): void => {
  for (const row of state.inbox.by("parked", on)) state.inbox.set(`${row.side}|${row.ext}`, unparkedInbox(row, now))
}

const releaseDue = (state: MemoryState, side: string, golden: GoldenId, now: HubTime): void => {
  const on = parkedOnGolden(side, golden)
  for (const [place, keys] of [...state.outbox.entries("parked")]) {
    if (place !== on.whole && !place.startsWith(on.elements)) continue
    for (const key of [...keys]) {
      const row = state.outbox.get(key)
      if (row !== undefined) state.outbox.set(key, unparkedDue(row, now))
    }
  }
}

/** A row that waits for a parent which came meanwhile would wait for ever: it is put unparked. */
export const putInbox = (state: MemoryState, rows: ReadonlyArray<InboxRow>, now?: HubTime): void => {
  for (const row of rows) {
    const key = `${row.side}|${row.ext}`
    const came = row.parkedOn !== undefined && parentKnown(state, row.parkedOn)
    const put = came ? unparkedInbox(row, now ?? row.notBefore) : row
    state.inbox.set(key, keepNewest(state.inbox.get(key), put))
  }
}

const parentKnown = (state: MemoryState, on: string): boolean => {
  const link = state.links.get(on)
  return link === undefined ? state.elements.get(on) !== undefined : resolves(link)
}

export const clearQuarantine = (
  state: MemoryState, side: string, ext: string, which: (row: QuarantineRow) => boolean
): void => {
  for (const row of state.quarantine.by("record", `${side}|${ext}`)) {
    if (which(row)) state.quarantine.delete(quarantineKey(row))
  }
}

export const putQuarantine = (state: MemoryState, rows: ReadonlyArray<QuarantineRow>): void => {
  for (const row of rows) {
    const key = quarantineKey(row)
    state.quarantine.set(key, metAgain(state.quarantine.get(key), row))
  }
}

/** Facts and counts of a batch, with the run that made them. */
export const account = (state: MemoryState, facts: ReadonlyArray<Fact>, extra: Batch): void => {
  if (facts.length > 0) {
    const seq = state.count("facts")
    state.facts.set(String(seq), { seq, run: extra.run, at: extra.now, facts })
  }
  const run = state.runs.get(extra.run)
  if (run !== undefined && extra.counts !== undefined) {
    state.runs.set(run.id, { ...run, counts: addCounts(run.counts, extra.counts) })
  }
}
