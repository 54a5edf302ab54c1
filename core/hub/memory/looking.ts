/** What people and reports ask, and upkeep: runs, locks, connections, retention. */
import type { Plain, RunFact } from "../plain.ts"
import { dumpText } from "../dump.ts"
import { StoreError, Unusable } from "../store.ts"
import type { EntityCounts, Found, QuarantineGroup } from "../store.ts"
import {
  busy, expiredInbox, factMs, isHeld, listedMs, metAgain, quarantineKey, quarantineMs, runMs, text
} from "../row.ts"
import type { Ids } from "../ids.ts"
import type { HubTime } from "../../model/value.ts"
import type { GoldenId, Side } from "../../sync/state.ts"
import type { MemoryState } from "./state.ts"
import { plainDue } from "./reading.ts"

type Looking = Pick<Plain,
  | "find" | "conflicts" | "conflict" | "quarantine" | "facts" | "counts" | "begin" | "end" | "runs" | "run" | "lock"
  | "unlock" | "connection" | "saveConnection" | "backup" | "retain" | "dump">

export const looking = (state: MemoryState, ids: Ids["Service"]): Looking => ({
  find: (entity, by) => {
    const goldens = "golden" in by ? [by.golden]
      : "key" in by ? [...state.keys.rows.values()].filter((key) => key.value === by.key).map((key) => key.golden)
      : [...state.links.rows.values()].filter((link) =>
        link.ext === by.ext && (by.side === undefined || by.side === link.side)).map((link) => link.golden)
    return [...new Set(goldens)].sort(text).flatMap((golden) => found(state, entity, golden))
  },
  conflicts: ({ status, entity, golden, limit }) =>
    [...state.conflicts.rows.values()].filter((conflict) =>
      (status === undefined || conflict.status === status) && (entity === undefined || conflict.entity === entity) &&
      (golden === undefined || conflict.golden === golden))
      .sort((a, b) => text(a.id, b.id)).slice(0, limit),
  conflict: (id) => state.conflicts.get(id),
  quarantine: quarantine(state),
  facts: ({ run, golden }, after) => {
    const facts: Array<RunFact> = []
    for (const row of state.facts.rows.values()) {
      if (row.seq <= after || (run !== undefined && row.run !== run)) continue
      for (const fact of row.facts) {
        if (golden === undefined || fact.golden === golden) facts.push({ ...fact, run: row.run, at: row.at })
      }
    }
    return { facts, next: undefined }
  },
  counts: () => counts(state),
  ...upkeep(state, ids)
})

const upkeep = (
  state: MemoryState, ids: Ids["Service"]
): Omit<Looking, "find" | "conflicts" | "conflict" | "quarantine" | "facts" | "counts"> => ({
  begin: (run) => state.bookkeeping(() => state.runs.set(run.id, run)),
  end: (id, at, exit, message) => state.bookkeeping(() => {
    const run = state.runs.get(id)
    if (run === undefined) return
    state.runs.set(id, { ...run, ended: at, exit, ...(message === undefined ? {} : { message }) })
  }),
  runs: (limit) =>
    [...state.runs.rows.values()].sort((a, b) => b.started - a.started || text(b.id, a.id)).slice(0, limit),
  run: (id) => state.runs.get(id),
  lock: (name, owner, now, leaseMs) => state.bookkeeping(() => {
    const held = state.locks.get(name)
    if (held !== undefined && held.owner !== owner && held.expires > now) {
      throw busy(name, held.owner, held.since, held.expires - now, undefined)
    }
    // What the other had claimed is free as well: whoever lost the lock sends nothing any more.
    if (held !== undefined && held.owner !== owner) {
      for (const lease of [...state.leases.rows.values()]) {
        if (lease.owner === held.owner) state.leases.delete(lease.golden)
      }
    }
    const since = held?.owner === owner ? held.since : now
    state.locks.set(name, { name, owner, since, expires: now + leaseMs })
  }),
  unlock: (name, owner) => state.bookkeeping(() => {
    if (state.locks.get(name)?.owner === owner) state.locks.delete(name)
  }),
  connection: (name) => state.connections.get(name),
  saveConnection: (row) => state.transaction(() =>
    state.connections.set(row.connection, { ...state.connections.get(row.connection), ...row })),
  backup: () => Promise.reject(new StoreError({
    operation: "backup",
    reason: new Unusable({ message: "This hub is kept in memory and cannot be backed up; name a file in `hub`." })
  })),
  retain: (now) => state.transaction(() => retain(state, ids, now)),
  dump: () => dump(state)
})

const found = (state: MemoryState, entity: string, id: GoldenId): ReadonlyArray<Found> => {
  const golden = state.goldens.get(id)
  if (golden === undefined || golden.entity !== entity) return []
  return [{
    golden,
    links: state.links.by("golden", id).toSorted((a, b) => text(a.side, b.side) || text(a.ext, b.ext)),
    keys: state.keys.by("golden", id).map(({ kind, value }) => ({ kind, value }))
      .sort((a, b) => text(a.kind, b.kind) || text(a.value, b.value)),
    conflicts: state.conflicts.by("golden", id).toSorted((a, b) => text(a.id, b.id)),
    due: state.outbox.by("golden", id).map(plainDue).sort((a, b) => text(a.side, b.side))
  }]
}

const quarantine = (state: MemoryState): Plain["quarantine"] => ({
  list: ({ side, cause, id, limit }) =>
    [...state.quarantine.rows.values()].filter((row) =>
      (side === undefined || row.side === side) && (cause === undefined || row.cause === cause) &&
      (id === undefined || row.id === id)).sort((a, b) => text(a.id, b.id)).slice(0, limit),
  groups: () => {
    const groups = new Map<string, QuarantineGroup>()
    for (const { id, side, cause, stage } of state.quarantine.rows.values()) {
      const key = `${side}|${stage}|${cause}`
      const old = groups.get(key)
      const sample = old === undefined || id < old.sample ? id : old.sample
      groups.set(key, { side, cause, stage, count: (old?.count ?? 0) + 1, sample })
    }
    return [...groups.values()].sort((a, b) => b.count - a.count || text(a.sample, b.sample))
  },
  drop: (ids) => state.transaction(() => {
    const gone = new Set(ids)
    let dropped = 0
    for (const [key, row] of [...state.quarantine.rows]) {
      if (gone.has(row.id) && state.quarantine.delete(key)) dropped++
    }
    return dropped
  })
})

const counts = (state: MemoryState): ReadonlyArray<EntityCounts> => {
  const entities = new Map<string, { goldens: number; sides: Map<Side, Tally> }>()
  const entityOf = (name: string) => upsert(entities, name, () => ({ goldens: 0, sides: new Map<Side, Tally>() }))
  const sideEntity = new Map<Side, string>()
  for (const golden of state.goldens.rows.values()) if (golden.state === "live") entityOf(golden.entity).goldens++
  const tally = (entity: string, side: Side): Tally => {
    sideEntity.set(side, entity)
    return upsert(entityOf(entity).sides, side, () => ({ side, links: 0, due: 0, parked: 0, held: 0, inbox: 0 }))
  }
  for (const link of state.links.rows.values()) {
    const entity = state.goldens.get(link.golden)?.entity
    if (entity !== undefined) tally(entity, link.side).links += link.status === "active" ? 1 : 0
  }
  for (const row of state.outbox.rows.values()) {
    const sum = tally(row.entity, row.side)
    sum.due++
    if (row.parkedOn !== undefined) sum.parked++
    if (isHeld(row)) sum.held++
  }
  for (const row of state.inbox.rows.values()) {
    const entity = sideEntity.get(row.side)
    if (entity !== undefined) tally(entity, row.side).inbox++
  }
  return [...entities].sort(([a], [b]) => text(a, b)).map(([entity, { goldens, sides }]) =>
    ({ entity, goldens, sides: [...sides.values()].sort((a, b) => text(a.side, b.side)) }))
}

interface Tally {
  readonly side: Side
  links: number
  due: number
  parked: number
  held: number
  inbox: number
}

const upsert = <K, V>(map: Map<K, V>, key: K, make: () => V): V => {
  const old = map.get(key)
  if (old !== undefined) return old
  const value = make()
  map.set(key, value)
  return value
}

const retain = (state: MemoryState, ids: Ids["Service"], now: HubTime): { readonly [table: string]: number } => {
  const removed = { facts: 0, runs: 0, conflicts: 0, quarantine: 0, inbox: 0, listed: 0 }
  for (const [key, row] of [...state.facts.rows]) {
    if (row.at < now - factMs && state.facts.delete(key)) removed.facts++
  }
  for (const [key, run] of [...state.runs.rows]) {
    if (run.started < now - runMs && state.runs.delete(key)) removed.runs++
  }
  for (const [key, row] of [...state.conflicts.rows]) {
    if (row.status !== "open" && row.at < now - runMs && state.conflicts.delete(key)) removed.conflicts++
  }
  for (const [key, row] of [...state.quarantine.rows]) {
    if (row.at < now - quarantineMs && state.quarantine.delete(key)) removed.quarantine++
  }
  for (const [key, row] of [...state.inbox.rows].sort(([a], [b]) => text(a, b))) {
    const reject = expiredInbox(ids, row, now)
    if (reject === undefined || !state.inbox.delete(key)) continue
    state.quarantine.set(quarantineKey(reject), metAgain(state.quarantine.get(quarantineKey(reject)), reject))
    removed.inbox++
  }
  for (const [key, row] of [...state.listed.rows]) {
    if (row.epoch < now - listedMs && state.listed.delete(key)) removed.listed++
  }
  return removed
}

const dump = (state: MemoryState): string => dumpText({
  golden: state.goldens.rows.values(),
  link: state.links.rows.values(),
  match_key: state.keys.rows.values(),
  element: state.elements.rows.values(),
  lease: state.leases.rows.values(),
  inbox: state.inbox.rows.values(),
  cursor: state.cursors.rows.values(),
  listed: state.listed.rows.values(),
  outbox: state.outbox.rows.values(),
  intent: [...state.calls.rows.values()].map((row) => ({
    ...row,
    open: state.open.by("call", row.call).map((open) => `${open.intent.golden}|${open.intent.attempt}`).sort()
  })),
  tombstone: state.tombstones.rows.values(),
  conflict: state.conflicts.rows.values(),
  quarantine: state.quarantine.rows.values(),
  fact: state.facts.rows.values(),
  run: state.runs.rows.values(),
  lock: state.locks.rows.values(),
  connection: state.connections.rows.values()
})
