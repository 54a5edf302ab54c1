/** Due work and the inbox: claims, leases, intents, acknowledgements. */
import type { Plain } from "../plain.ts"
import { LeaseLost, Raced } from "../store.ts"
import type { Ack, Attempt, Claimed, DueOptions, Lease, QuarantineRow, Unacknowledged } from "../store.ts"
import type { Ids } from "../ids.ts"
import type { HubTime, Json, Path } from "../../model/value.ts"
import type { Address } from "../../sync/push.ts"
import type { Conflict, Golden, GoldenId, Link } from "../../sync/state.ts"
import {
  acknowledged, deferred, heldRow, hintRow, mended, quarantineKey, refusal, sameLease, splitReference, text
} from "../row.ts"
import type { OutboxRow } from "../row.ts"
import { number, optional, string, unpack } from "../file.ts"
import type { Cell, HubFile, Row } from "../file.ts"
import { activeSql, append, openConflictsSql, openIntents } from "./reading.ts"
import { conflictOf, dueOf, goldenOf, grouped, inboxOf, intentsOf, leaseOf, linkOf, outboxOf } from "./rows.ts"
import {
  account, count, elementsBefore, putConflicts, putInbox, putLinks, putQuarantine, release,
  settle, splitParent
} from "./writing.ts"

type Work = Pick<Plain,
  | "inbox" | "claim" | "dueAt" | "dueCount" | "renew" | "release" | "intend" | "job" | "jobs" | "acknowledge" | "defer"
  | "approve" | "hold" | "held">

export const work = (file: HubFile, ids: Ids["Service"]): Work => ({
  inbox: inbox(file),
  claim: (entity, side, { owner, now, leaseMs, limit, only, parked, within }) => file.bookkeeping(() => {
    const window = within === undefined ? [] : [within]
    const rows = only === undefined
      ? file.all(claimSql({ parked, within }), side, entity, now, limit, ...window)
      : file.all(claimOnlySql({ parked, within }), side, entity, now, limit, JSON.stringify(only), ...window)
    if (rows.length === 0) return []
    const lease: Lease = { owner, epoch: count(file, "epoch"), expires: now + leaseMs }
    file.run(leaseSql, JSON.stringify(rows.map((row) => string(row["golden"]))), owner, lease.epoch, lease.expires)
    return addresses(file, side, rows).map((address): Claimed => ({ ...address, lease }))
      .sort((a, b) => text(a.due.golden, b.due.golden))
  }),
  dueAt: (entity, side, after, limit, options = {}) => file.reading(() => {
    const window = options.within === undefined ? [] : [options.within]
    return addresses(file, side, file.all(dueAtSql(options), side, entity, after ?? "", limit, ...window))
  }),
  dueCount: (filter = {}) => {
    const held = filter.held === undefined ? "" : filter.held ? isHeldSql : `NOT (${isHeldSql})`
    const more = [held, filter.attempted === true ? isAttemptedSql : ""].filter((test) => test !== "").join(" AND ")
    const { where, cells } = conditions({ entity: filter.entity, side: filter.side }, more)
    const window = filter.within === undefined ? [] : [filter.within, filter.within]
    const both = `${where === "" ? "WHERE true" : where}${belongsSql("?", filter.within)}`
    return number(file.one(`SELECT count(*) AS n FROM outbox o ${both}`, ...cells, ...window)?.["n"])
  },
  renew: (goldens, lease, until) => file.bookkeeping(() => {
    const changed = file.run(`UPDATE lease SET expires = ? WHERE ${mineSql}`,
      until, JSON.stringify(goldens), lease.epoch, lease.owner)
    if (changed < new Set(goldens).size) throw new LeaseLost({ what: `leases of epoch ${lease.epoch}` })
  }),
  release: (goldens, lease) => file.bookkeeping(() => {
    file.run(`DELETE FROM lease WHERE ${mineSql}`, JSON.stringify(goldens), lease.epoch, lease.owner)
  }),
  intend: (attempt, now) => file.transaction(() => intend(file, attempt, now)),
  job: (call, handle) => file.transaction(() => {
    file.run("UPDATE intent SET handle = ? WHERE call = ?", JSON.stringify(handle), call)
  }),
  jobs: (side) => file.reading(() =>
    file.all("SELECT * FROM intent WHERE side = ? AND handle IS NOT NULL ORDER BY call", side)
      .map((row) => jobOf(file, row))),
  acknowledge: acknowledge(file, ids),
  defer: (rows, facts, extra) => file.bookkeeping(() => {
    const held = leasesOf(file, rows.map(({ golden }) => golden))
    const known = outboxRows(file, rows)
    const linked = parkTargets(file, rows.flatMap((how) => how.then === "park" ? [how.on] : []))
    for (const how of rows) {
      if (how.lease !== undefined && !sameLease(held.get(how.golden), how.lease)) continue
      if (how.lease !== undefined) {
        file.run("DELETE FROM lease WHERE golden = ?", how.golden)
        held.delete(how.golden)
      }
      const key = `${how.golden}|${how.side}`
      const row = known.get(key)
      if (row === undefined || (how.then === "park" && linked.has(how.on))) continue
      const next = deferred(row, how)
      if (next === undefined) known.delete(key)
      else known.set(key, next)
      putOutbox(file, row, next)
    }
    putQuarantine(file, extra.quarantine ?? [])
    account(file, facts, extra)
  }),
  ...brakes(file)
})

const notHeldSql = "(held_by IS NULL OR approved IS NOT NULL)"
const isOpenSql = (parked = false): string => `parked_on IS ${parked ? "NOT NULL" : "NULL"} AND ${notHeldSql}`
const isHeldSql = "held_by IS NOT NULL AND approved IS NULL"
const isAttemptedSql = "EXISTS (SELECT 1 FROM intent_open i WHERE i.golden = o.golden AND i.side = o.side)"
const unleasedSql = "NOT EXISTS (SELECT 1 FROM lease s WHERE s.golden = o.golden AND s.expires > ?3)"
/** One of its records was read by the window, or it was named itself (`windowMark`). */
const belongsSql = (window: string, within: string | undefined): string => within === undefined ? "" : `
  AND (EXISTS (SELECT 1 FROM link l CROSS JOIN listed s ON s.side = ${window} || '|' || l.side AND s.ext = l.ext
      WHERE l.golden = o.golden)
    OR EXISTS (SELECT 1 FROM listed s WHERE s.side = ${window} || '|' AND s.ext = o.golden))`
const claimSql = ({ parked, within }: DueOptions): string => `
  SELECT o.* FROM outbox o
  WHERE o.side = ?1 AND o.entity = ?2 AND o.not_before <= ?3 AND ${isOpenSql(parked)} AND ${unleasedSql}
    ${belongsSql("?5", within)}
  ORDER BY o.not_before, o.golden LIMIT ?4`
const claimOnlySql = ({ parked, within }: DueOptions): string => `
  SELECT o.* FROM (SELECT DISTINCT value FROM json_each(?5)) j CROSS JOIN outbox o ON o.golden = j.value AND o.side = ?1
  WHERE o.entity = ?2 AND o.not_before <= ?3 AND ${isOpenSql(parked)} AND ${unleasedSql}
    ${belongsSql("?6", within)}
  ORDER BY o.not_before, o.golden LIMIT ?4`
/** `+` keeps the planner off the index by time: the primary key gives the order, and a page costs a page. */
const dueAtSql = ({ parked, within }: DueOptions): string => `
  SELECT o.* FROM outbox o WHERE +o.side = ?1 AND +o.entity = ?2 AND o.golden > ?3 AND ${isOpenSql(parked)}
    ${belongsSql("?5", within)}
  ORDER BY golden LIMIT ?4`
const leaseSql = `
  INSERT INTO lease (golden, owner, epoch, expires) SELECT value, ?2, ?3, ?4 FROM json_each(?1) WHERE true
  ON CONFLICT (golden) DO UPDATE SET owner = excluded.owner, epoch = excluded.epoch, expires = excluded.expires`
const mineSql = "golden IN (SELECT value FROM json_each(?)) AND epoch = ? AND owner = ?"

const conditions = (
  equal: { readonly [column: string]: string | undefined }, more = ""
): { readonly where: string; readonly cells: ReadonlyArray<Cell> } => {
  const set = Object.entries(equal).flatMap(([column, cell]) => cell === undefined ? [] : [{ column, cell }])
  const tests = [...set.map(({ column }) => `${column} = ?`), ...(more === "" ? [] : [more])]
  return { where: tests.length === 0 ? "" : `WHERE ${tests.join(" AND ")}`, cells: set.map(({ cell }) => cell) }
}

/** Everything needed to decide these outbox rows, read for all of them at once. */
const addresses = (file: HubFile, side: string, rows: ReadonlyArray<Row>): ReadonlyArray<Address> => {
  if (rows.length === 0) return []
  const list = JSON.stringify(rows.map((row) => string(row["golden"])))
  const goldens = new Map<GoldenId, Golden>()
  for (const row of file.all("SELECT g.* FROM json_each(?1) j CROSS JOIN golden g ON g.id = j.value", list)) {
    const golden = goldenOf(row)
    goldens.set(golden.id, golden)
  }
  const links = new Map<GoldenId, Array<Link>>()
  for (const row of file.all(sideLinksSql, list, side)) {
    const link = linkOf(row)
    append(links, link.golden, link)
  }
  const frozen = new Map<GoldenId, Array<Path>>()
  for (const conflict of file.all(openConflictsSql, list).map(conflictOf).filter(on(side))) {
    append(frozen, conflict.golden, conflict.path)
  }
  const intents = openIntents(file, list)
  return rows.map((row): Address => {
    const due = dueOf(row)
    const golden = goldens.get(due.golden)
    if (golden === undefined) throw new Error(`outbox row without golden record ${due.golden}`)
    const all = links.get(due.golden) ?? []
    const link = all.find((one) => one.status === "active")
    return {
      due,
      golden,
      ...(link === undefined ? {} : { link }),
      others: link === undefined ? all : all.filter((one) => one !== link),
      intents: (intents.get(due.golden) ?? []).filter(on(side)),
      frozen: (frozen.get(due.golden) ?? []).sort()
    }
  })
}

const on = (side: string) => (row: Pick<Conflict, "side">): boolean => row.side === side

const sideLinksSql = `
  SELECT l.* FROM json_each(?1) j CROSS JOIN link l ON l.golden = j.value AND l.side = ?2 ORDER BY l.golden, l.ext`

const leasesOf = (file: HubFile, goldens: Iterable<GoldenId>): Map<GoldenId, Lease> => {
  const leases = new Map<GoldenId, Lease>()
  const list = JSON.stringify([...new Set(goldens)])
  for (const row of file.all("SELECT s.* FROM json_each(?1) j CROSS JOIN lease s ON s.golden = j.value", list)) {
    leases.set(string(row["golden"]), leaseOf(row))
  }
  return leases
}

/** Goldens whose lease is no longer this one, or with `now` is over (R8). Asked once a lease, not once a golden. */
const leasesLost = (
  file: HubFile, leases: Iterable<readonly [GoldenId, Lease]>, now = Number.NEGATIVE_INFINITY
): Set<GoldenId> => {
  const lost = new Set<GoldenId>()
  const byLease = new Map<string, { readonly lease: Lease; readonly goldens: Array<GoldenId> }>()
  for (const [golden, lease] of leases) {
    const key = `${lease.epoch}|${lease.owner}`
    const group = byLease.get(key)
    if (group === undefined) byLease.set(key, { lease, goldens: [golden] })
    else group.goldens.push(golden)
  }
  for (const { lease, goldens } of byLease.values()) {
    for (const row of file.all(lostSql, JSON.stringify(goldens), lease.epoch, lease.owner, now)) {
      lost.add(string(row["golden"]))
    }
  }
  return lost
}

const lostSql = `
  SELECT j.value AS golden FROM json_each(?1) j WHERE NOT EXISTS (
    SELECT 1 FROM lease s WHERE s.golden = j.value AND s.epoch = ?2 AND s.owner = ?3 AND s.expires > ?4)`

const outboxRows = (
  file: HubFile, rows: ReadonlyArray<{ readonly golden: GoldenId; readonly side: string }>
): Map<string, OutboxRow> => {
  const known = new Map<string, OutboxRow>()
  for (const [side, goldens] of grouped(rows, (row) => row.side, (row) => row.golden)) {
    for (const found of file.all(outboxRowsSql, JSON.stringify(goldens), side)) {
      const row = outboxOf(found)
      known.set(`${row.golden}|${row.side}`, row)
    }
  }
  return known
}

const outboxRowsSql = "SELECT o.* FROM json_each(?1) j CROSS JOIN outbox o ON o.golden = j.value AND o.side = ?2"

/** Writes what became of a row, if anything did. */
const putOutbox = (file: HubFile, old: OutboxRow, next: OutboxRow | undefined): void => {
  if (next === old) return
  if (next === undefined) file.run("DELETE FROM outbox WHERE golden = ? AND side = ?", old.golden, old.side)
  else {
    file.run(outboxSql, next.ver, next.notBefore, next.attempts, next.parkedOn ?? null, next.heldBy ?? null,
      next.heldHash ?? null, next.heldWhy ?? null, next.approved ?? null, next.golden, next.side)
  }
}

const outboxSql = `
  UPDATE outbox SET ver = ?, not_before = ?, attempts = ?, parked_on = ?, held_by = ?, held_hash = ?, held_why = ?,
    approved = ? WHERE golden = ? AND side = ?`

/** Which of these parents `side|golden[#element]` have a link by now. */
const parkTargets = (file: HubFile, parents: ReadonlyArray<string>): ReadonlySet<string> => {
  const known = new Set<string>()
  if (parents.length === 0) return known
  for (const [side, references] of grouped(parents.map(splitParent), ({ side }) => side, ({ ext }) => ext)) {
    const list = JSON.stringify(references.map((reference) => splitReference(reference)[0]))
    for (const row of file.all(activeSql, list, side)) known.add(`${side}|${string(row["golden"])}`)
    for (const row of file.all(elementTargetsSql, list, side)) {
      known.add(`${side}|${string(row["golden"])}#${string(row["element"])}`)
    }
  }
  return known
}

const elementTargetsSql = `
  SELECT e.golden, e.element FROM json_each(?1) j CROSS JOIN element e ON e.golden = j.value AND e.side = ?2`

const linkedSql = `
  SELECT l.golden FROM json_each(?1) j CROSS JOIN link l ON l.golden = j.value AND l.side = ?2
  WHERE l.status = 'active' LIMIT 1`

/** R8: the lease must be ours and not over when the intent becomes durable. */
const intend = (file: HubFile, { call, side, intents, leases, handle }: Attempt, now: HubTime): void => {
  for (const golden of leasesLost(file, leases, now)) throw new LeaseLost({ what: `golden record ${golden}` })
  const created = intents.flatMap(({ golden, op }) => op === "create" ? [golden] : [])
  const linked = created.length === 0 ? undefined : file.one(linkedSql, JSON.stringify(created), side)
  if (linked !== undefined) throw new Raced({ what: `golden record ${string(linked["golden"])} has a link there now` })
  file.run("INSERT INTO intent (call, side, open, handle, body) VALUES (?, ?, ?, ?, ?)",
    call, side, intents.length, handle === undefined ? null : JSON.stringify(handle), JSON.stringify(intents))
  file.run(openedSql, JSON.stringify(intents.map((one) => [one.golden, one.attempt, one.side])), call)
}

const openedSql = `
  INSERT INTO intent_open (golden, attempt, side, call)
  SELECT j.value ->> 0, j.value ->> 1, j.value ->> 2, ?2 FROM json_each(?1) j`

const jobOf = (file: HubFile, row: Row): Attempt => {
  const call = string(row["call"])
  const all = intentsOf(row)
  const goldens = JSON.stringify(all.map(({ golden }) => golden))
  const open = new Set(file.all(openOfCallSql, goldens, call).map((one) => string(one["golden"])))
  const handle = optional(row["handle"])
  return {
    call,
    side: string(row["side"]),
    intents: all.filter(({ golden }) => open.has(golden)),
    leases: leasesOf(file, [...open].sort()),
    ...(handle === undefined ? {} : { handle: unpack<Json>(handle) })
  }
}

const openOfCallSql = `
  SELECT o.golden FROM json_each(?1) j CROSS JOIN intent_open o ON o.golden = j.value AND o.call = ?2`

const acknowledge = (file: HubFile, ids: Ids["Service"]): Plain["acknowledge"] => (acks, extra) =>
  file.transaction(() => {
    const lost = leasesLost(file, acks.map(({ address, lease }) => [address.golden, lease]))
    const before = elementsBefore(file, acks.flatMap(({ result }) => result.links))
    const refused = new Map<string, QuarantineRow>()
    const left: Array<Unacknowledged> = []
    const done: Array<Ack> = []
    for (const ack of acks) {
      const { golden, side } = ack.address
      const why = lost.has(golden) ? "lease" : bound(file, ack.result.links, before) ? undefined : "raced"
      if (why !== undefined) {
        left.push({ golden, side, why })
        continue
      }
      done.push(ack)
      // Given back: a second row for the same golden record has no lease any more.
      lost.add(golden)
      const row = refusal(ids, ack, extra)
      if (row !== undefined) refused.set(quarantineKey(row), row)
    }
    file.run(givenBackSql, JSON.stringify(done.map(({ address }) => address.golden)))
    finish(file, done)
    settle(file, done.flatMap(({ result }) => result.settled))
    putConflicts(file, done.flatMap(({ result }) => result.conflicts))
    putInbox(file, done.flatMap(({ result }) => result.hints.map((hint) => hintRow(hint, extra.now))))
    release(file, done.flatMap(({ result }) => result.links), extra.now)
    clearMended(file, done.filter(({ result }) => result.outcome === "written" || result.outcome === "unchanged"))
    for (const row of extra.quarantine ?? []) refused.set(quarantineKey(row), row)
    putQuarantine(file, [...refused.values()])
    putInbox(file, extra.inbox ?? [], extra.now)
    account(file, done.flatMap(({ result }) => result.facts), extra)
    return left
  })

/** Quarantine is mostly empty: only then is anything asked record by record. */
const clearMended = (file: HubFile, acks: ReadonlyArray<Ack>): void => {
  if (acks.length === 0 || file.one("SELECT 1 FROM quarantine WHERE stage = 'write' LIMIT 1") === undefined) return
  for (const ack of acks) {
    const { exts, fields } = mended(ack)
    file.run(mendedSql, ack.address.side, JSON.stringify(exts), fields === undefined ? null : JSON.stringify(fields))
  }
}

const mendedSql = `
  DELETE FROM quarantine WHERE side = ?1 AND stage = 'write' AND ext IN (SELECT value FROM json_each(?2))
    AND (?3 IS NULL OR path IN (SELECT value FROM json_each(?3)))`
const givenBackSql = "DELETE FROM lease WHERE golden IN (SELECT value FROM json_each(?))"

/** Puts the links of one acknowledgement, all or none; false: one of them moved meanwhile. */
const bound = (
  file: HubFile, links: Ack["result"]["links"], before: ReturnType<typeof elementsBefore>
): boolean => {
  if (links.length === 0) return true
  const put = () => putLinks(file, links, before) === undefined
  // One statement changes a link or nothing: only several need taking back.
  return links.length === 1 ? put() : file.part(put)
}

/** What becomes of the outbox rows. Most are cleared, which needs no look at them: one statement a side and version. */
const finish = (file: HubFile, acks: ReadonlyArray<Ack>): void => {
  const others = acks.filter(({ result }) => result.due.then !== "clear")
  const known = outboxRows(file, others.map(({ address }) => address))
  const cleared = new Map<string, Array<Ack["address"]>>()
  for (const { address, result } of acks) {
    if (result.due.then === "clear") append(cleared, `${address.ver}|${address.side}`, address)
    else {
      const row = known.get(`${address.golden}|${address.side}`)
      if (row !== undefined) putOutbox(file, row, acknowledged(row, address.ver, result.due))
    }
  }
  for (const group of cleared.values()) {
    const [one] = group
    if (one === undefined) continue
    const gone = file.run(clearSql, JSON.stringify(group.map(({ golden }) => golden)), one.side, one.ver)
    if (gone < group.length) for (const { golden, side } of group) file.run(moreSql, golden, side)
  }
}

const clearSql = "DELETE FROM outbox WHERE golden IN (SELECT value FROM json_each(?)) AND side = ? AND ver = ?"
/** C20: it changed while it was written, and stays due without the approval of what was written. */
const moreSql = `
  UPDATE outbox SET attempts = 0, held_by = NULL, held_hash = NULL, held_why = NULL, approved = NULL
  WHERE golden = ? AND side = ?`

const brakes = (file: HubFile): Pick<Plain, "hold" | "approve" | "held"> => ({
  hold: (run, rows) => file.transaction(() => {
    const known = outboxRows(file, rows)
    for (const { golden, side, hash, why } of rows) {
      const row = known.get(`${golden}|${side}`)
      if (row !== undefined) putOutbox(file, row, heldRow(row, run, hash, why))
    }
  }),
  approve: (run) => file.transaction(() =>
    file.run(`UPDATE outbox SET approved = coalesce(held_hash, '') WHERE held_by = ? AND approved IS NULL`, run)),
  held: (run) =>
    file.all(run === undefined ? heldSql("IS NOT NULL") : heldSql("= ?"), ...(run === undefined ? [] : [run]))
      .map((row) => ({
        golden: string(row["golden"]),
        side: string(row["side"]),
        entity: string(row["entity"]),
        run: string(row["held_by"]),
        hash: optional(row["held_hash"]) ?? "",
        why: optional(row["held_why"]) ?? "",
        approved: row["approved"] !== null
      }))
})

const heldSql = (which: string): string =>
  `SELECT golden, side, entity, held_by, held_hash, held_why, approved FROM outbox WHERE held_by ${which}
  ORDER BY golden, side`

const inbox = (file: HubFile): Plain["inbox"] => ({
  take: (side, limit, now) => file.transaction(() => {
    const rows = file.all(takeSql, side, now, limit).map(inboxOf)
    if (rows.length === 0) return []
    file.run(takenSql, side, JSON.stringify(rows.map(({ ext }) => ext)))
    return rows.map((row) => ({ ...row, attempts: row.attempts + 1 }))
  }),
  put: (rows) => file.transaction(() => putInbox(file, rows)),
  drop: (rows) => file.transaction(() => {
    for (const { side, ext } of rows) file.run("DELETE FROM inbox WHERE side = ? AND ext = ?", side, ext)
  }),
  untake: (rows) => file.transaction(() => {
    for (const { side, ext } of rows) file.run(untakenSql, side, ext)
  }),
  parked: (side, after, limit) => file.all(parkedSql, side, after ?? "", limit).map(inboxOf),
  count: (side) => number(side === undefined
    ? file.one("SELECT count(*) AS n FROM inbox")?.["n"]
    : file.one("SELECT count(*) AS n FROM inbox WHERE side = ?", side)?.["n"])
})

const takeSql = `
  SELECT * FROM inbox WHERE side = ?1 AND not_before <= ?2 AND parked_on IS NULL
  ORDER BY not_before, read_at, ext LIMIT ?3`
const parkedSql = `
  SELECT * FROM inbox WHERE side = ?1 AND ext > ?2 AND parked_on IS NOT NULL ORDER BY ext LIMIT ?3`
const untakenSql = "UPDATE inbox SET attempts = max(0, attempts - 1) WHERE side = ? AND ext = ?"
const takenSql = `
  UPDATE inbox SET attempts = attempts + 1 WHERE side = ?1 AND ext IN (SELECT value FROM json_each(?2))`
