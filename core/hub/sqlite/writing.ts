/** Commits: the one place where golden records, links, keys and due work change together. */
import type { Plain } from "../plain.ts"
import { Raced } from "../store.ts"
import type { Batch, QuarantineRow, RunRow } from "../store.ts"
import {
  addCounts, elementsOf, keepNewest, leavesQuarantine, metAgain, parkedOnGolden, quarantineKey, rejects, resolves,
  unparkedInbox
} from "../row.ts"
import type { ElementRow } from "../row.ts"
import { number, string, unpack } from "../file.ts"
import type { HubFile } from "../file.ts"
import type { Ids } from "../ids.ts"
import type { HubTime } from "../../model/value.ts"
import type { Plan } from "../../sync/snapshot.ts"
import type { Conflict, Fact, GoldenId, InboxRow, Side } from "../../sync/state.ts"
import { openSql, saveCursorSql } from "./reading.ts"
import { goldenBody, grouped, inboxOf, linkCells, linkColumns, linkOf, quarantineOf } from "./rows.ts"

export const writing = (
  file: HubFile, ids: Ids["Service"], buried: (plan: Plan) => void
): Pick<Plain, "commit"> => ({
  commit: (plan, extra) => {
    file.transaction(() => {
      putGoldens(file, plan.goldens)
      const raced = putLinks(file, plan.links)
      if (raced !== undefined) throw new Raced({ what: raced })
      putKeys(file, plan.keys)
      putDue(file, plan, extra.now)
      settle(file, plan.settled)
      putConflicts(file, plan.conflicts)
      for (const { golden, entity, at, cause } of plan.tombstones) file.run(tombstoneSql, golden, entity, at, cause)
      release(file, plan.links, extra.now)
      for (const { side, ext, readAt } of plan.inbox.done) file.run(doneSql, side, ext, readAt)
      putInbox(file, plan.inbox.put, extra.now)
      clearQuarantine(file, plan.outcomes.filter(({ outcome }) => leavesQuarantine(outcome)), notWrite)
      putQuarantine(file, rejects(ids, plan, extra))
      if (extra.cursor !== undefined) {
        const { side, stream, cursor, epoch } = extra.cursor
        file.run(saveCursorSql, side, stream, JSON.stringify(cursor), epoch ?? null)
      }
      account(file, plan.facts, extra)
    })
    buried(plan)
  }
})

/** One statement a side and version: a first sync makes a thousand addresses due at once, all of version 1. */
const putDue = (file: HubFile, plan: Plan, now: HubTime): void => {
  const groups = new Map<string, { readonly side: Side; readonly ver: number; readonly goldens: Array<GoldenId> }>()
  const last = new Map(plan.due.map((row) => [`${row.golden}|${row.side}`, row]))
  for (const { golden, side, ver } of last.values()) {
    const key = `${ver}|${side}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { side, ver, goldens: [golden] })
    else group.goldens.push(golden)
  }
  for (const { side, ver, goldens } of groups.values()) file.run(dueSql, JSON.stringify(goldens), side, ver, now)
}

const dueSql = `
  INSERT INTO outbox (golden, side, entity, ver, not_before, attempts)
    SELECT g.id, ?2, g.entity, ?3, ?4, 0 FROM json_each(?1) j CROSS JOIN golden g ON g.id = j.value WHERE true
  ON CONFLICT (golden, side) DO UPDATE SET entity = excluded.entity, ver = excluded.ver,
    not_before = CASE WHEN parked_on IS NULL THEN not_before ELSE excluded.not_before END, parked_on = NULL`
export const tombstoneSql = `
  INSERT INTO tombstone (golden, entity, at, cause) VALUES (?, ?, ?, ?)
  ON CONFLICT (golden) DO UPDATE SET entity = excluded.entity, at = excluded.at, cause = excluded.cause`
const doneSql = "DELETE FROM inbox WHERE side = ? AND ext = ? AND read_at < ?"

const putGoldens = (file: HubFile, goldens: Plan["goldens"]): void => {
  for (const { golden, was } of goldens) {
    const { id, entity, ver, state, mergedInto } = golden
    const changed = was === 0
      ? file.run(newGoldenSql, id, entity, ver, state, mergedInto ?? null, goldenBody(golden))
      : file.run(goldenSql, entity, ver, state, mergedInto ?? null, goldenBody(golden), id, was)
    if (changed === 0) throw new Raced({ what: `golden record ${id}` })
  }
}

const newGoldenSql = `
  INSERT INTO golden (id, entity, ver, state, merged_into, body) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`
const goldenSql = "UPDATE golden SET entity = ?, ver = ?, state = ?, merged_into = ?, body = ? WHERE id = ? AND ver = ?"

/** Links that give up being active first, so that another of the same golden record and side can take over. */
export const putLinks = (
  file: HubFile, links: Plan["links"], before = elementsBefore(file, links)
): string | undefined => {
  for (const active of [false, true]) {
    for (const { link, was } of links) {
      if ((link.status === "active") !== active) continue
      const changed = was === 0
        ? file.run(newLinkSql, ...linkCells(link))
        : file.run(linkSql, ...linkCells(link), was)
      if (changed === 0) return `link ${link.side} ${link.ext}`
      for (const row of before.get(`${link.side}|${link.ext}`) ?? []) {
        file.run("DELETE FROM element WHERE side = ? AND ext = ?", row.side, row.ext)
      }
      const now = elementsOf(link)
      for (const { side, ext, golden, element } of now) file.run(elementSql, side, ext, golden, element)
      // The same link may change again in this batch.
      if (now.length > 0 || before.size > 0) before.set(`${link.side}|${link.ext}`, now)
    }
  }
  return undefined
}

const newLinkSql = `
  INSERT INTO link (${linkColumns.join(", ")}, side, ext) VALUES (${linkColumns.map(() => "?").join(", ")}, ?, ?)
  ON CONFLICT DO NOTHING`
const linkSql = `UPDATE OR IGNORE link SET ${linkColumns.map((name) => `${name} = ?`).join(", ")}
  WHERE side = ? AND ext = ? AND rev = ?`
const elementSql = `
  INSERT INTO element (side, ext, golden, element) VALUES (?, ?, ?, ?)
  ON CONFLICT (side, ext) DO UPDATE SET golden = excluded.golden, element = excluded.element`

/** Elements that the links to be changed had, by `side|ext`. */
export const elementsBefore = (
  file: HubFile, links: Plan["links"]
): Map<string, ReadonlyArray<ElementRow>> => {
  const before = new Map<string, ReadonlyArray<ElementRow>>()
  const old = links.flatMap(({ link, was }) => was > 0 ? [link] : [])
  for (const [side, exts] of grouped(old, (link) => link.side, (link) => link.ext)) {
    for (const row of file.all(withElementsSql, JSON.stringify(exts), side)) {
      const link = linkOf(row)
      before.set(`${link.side}|${link.ext}`, elementsOf(link))
    }
  }
  return before
}

const withElementsSql = `
  SELECT l.* FROM json_each(?1) j CROSS JOIN link l ON l.side = ?2 AND l.ext = j.value
  WHERE l.rest IS NOT NULL AND instr(l.rest, '"rows"') > 0`

const putKeys = (file: HubFile, keys: Plan["keys"]): void => {
  for (const { kind, value } of keys.remove) file.run("DELETE FROM match_key WHERE kind = ? AND value = ?", kind, value)
  for (const { kind, value, golden } of keys.add) {
    if (file.run(keySql, kind, value, golden) > 0) continue
    const row = file.one("SELECT golden FROM match_key WHERE kind = ? AND value = ?", kind, value)
    if (row === undefined || string(row["golden"]) !== golden) throw new Raced({ what: `key ${kind}` })
  }
}

const keySql = "INSERT INTO match_key (kind, value, golden) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"

/** A call without open intents has nothing left to say. */
export const settle = (file: HubFile, settled: Plan["settled"]): void => {
  if (settled.length === 0) return
  const open = new Map<string, string>()
  for (const row of file.all(openSql, JSON.stringify([...new Set(settled.map(({ golden }) => golden))]))) {
    open.set(`${string(row["golden"])}|${string(row["attempt"])}`, string(row["call"]))
  }
  const calls = new Map<string, number>()
  const closed: Array<readonly [GoldenId, string]> = []
  for (const { attempt, golden } of settled) {
    const call = open.get(`${golden}|${attempt}`)
    if (call === undefined || !open.delete(`${golden}|${attempt}`)) continue
    closed.push([golden, attempt])
    calls.set(call, (calls.get(call) ?? 0) + 1)
  }
  file.run(closedSql, JSON.stringify(closed))
  for (const [call, count] of calls) {
    file.run("UPDATE intent SET open = open - ? WHERE call = ?", count, call)
    file.run("DELETE FROM intent WHERE call = ? AND open <= 0", call)
  }
}

const closedSql = `
  DELETE FROM intent_open WHERE (golden, attempt) IN (SELECT j.value ->> 0, j.value ->> 1 FROM json_each(?) j)`

export const putConflicts = (file: HubFile, conflicts: ReadonlyArray<Conflict>): void => {
  for (const conflict of conflicts) {
    const { id, golden, entity, status, at } = conflict
    file.run(conflictSql, id, golden, entity, status, at, JSON.stringify(conflict))
  }
}

const conflictSql = `
  INSERT INTO conflict (id, golden, entity, status, at, body) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET golden = excluded.golden, entity = excluded.entity, status = excluded.status,
    at = excluded.at, body = excluded.body`

/** Whoever waited for these links waits no longer, in the transaction that made them (1.7). */
export const release = (file: HubFile, links: Plan["links"], now: HubTime): void => {
  const inbox = file.one("SELECT 1 FROM inbox WHERE parked_on IS NOT NULL LIMIT 1") !== undefined
  const outbox = file.one("SELECT 1 FROM outbox WHERE parked_on IS NOT NULL LIMIT 1") !== undefined
  if (!inbox && !outbox) return
  for (const { link } of links) {
    if (!resolves(link)) continue
    const elements = elementsOf(link)
    if (inbox) {
      file.run(unparkInboxSql, now, `${link.side}|${link.ext}`)
      for (const { side, ext } of elements) file.run(unparkInboxSql, now, `${side}|${ext}`)
    }
    if (outbox && link.status === "active") {
      const sides = new Set([link.side, ...elements.map(({ side }) => side)])
      for (const side of sides) releaseDue(file, side, link.golden, now)
    }
  }
}

const unparkInboxSql = "UPDATE inbox SET parked_on = NULL, not_before = ? WHERE parked_on = ?"

const releaseDue = (file: HubFile, side: Side, golden: GoldenId, now: HubTime): void => {
  const on = parkedOnGolden(side, golden)
  file.run("UPDATE outbox SET parked_on = NULL, not_before = ? WHERE parked_on = ?", now, on.whole)
  // `$` follows `#`: the range holds the elements and nothing else.
  file.run("UPDATE outbox SET parked_on = NULL, not_before = ? WHERE parked_on >= ? AND parked_on < ?",
    now, on.elements, `${on.whole}$`)
}

/** A row that waits for a parent which came meanwhile would wait for ever: it is put unparked. */
export const putInbox = (file: HubFile, rows: ReadonlyArray<InboxRow>, now?: HubTime): void => {
  if (rows.length === 0) return
  const known = new Map<string, InboxRow>()
  for (const [side, exts] of grouped(rows, (row) => row.side, (row) => row.ext)) {
    for (const row of file.all(inboxRowsSql, JSON.stringify(exts), side)) {
      const old = inboxOf(row)
      known.set(`${old.side}|${old.ext}`, old)
    }
  }
  const parents = parentsKnown(file, rows)
  for (const row of rows) {
    const key = `${row.side}|${row.ext}`
    const came = row.parkedOn !== undefined && parents.has(row.parkedOn)
    const kept = keepNewest(known.get(key), came ? unparkedInbox(row, now ?? row.notBefore) : row)
    known.set(key, kept)
    file.run(inboxSql, kept.side, kept.ext, kept.why, kept.readAt, kept.attempts, kept.notBefore, kept.parkedOn ?? null)
  }
}

const inboxRowsSql = "SELECT b.* FROM json_each(?1) j CROSS JOIN inbox b ON b.side = ?2 AND b.ext = j.value"
const inboxSql = `
  INSERT INTO inbox (side, ext, why, read_at, attempts, not_before, parked_on) VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (side, ext) DO UPDATE SET why = excluded.why, read_at = excluded.read_at, attempts = excluded.attempts,
    not_before = excluded.not_before, parked_on = excluded.parked_on`

/** Which of the parents `side|ext` that rows wait for are linked by now. */
const parentsKnown = (file: HubFile, rows: ReadonlyArray<InboxRow>): ReadonlySet<string> => {
  const waiting = rows.flatMap((row) => row.parkedOn === undefined ? [] : [splitParent(row.parkedOn)])
  const known = new Set<string>()
  for (const [side, exts] of grouped(waiting, (parent) => parent.side, (parent) => parent.ext)) {
    const list = JSON.stringify(exts)
    for (const row of file.all(parentLinksSql, list, side)) known.add(`${side}|${string(row["ext"])}`)
    for (const row of file.all(parentElementsSql, list, side)) known.add(`${side}|${string(row["ext"])}`)
  }
  return known
}

const parentLinksSql = `SELECT l.ext FROM json_each(?1) j CROSS JOIN link l ON l.side = ?2 AND l.ext = j.value
  WHERE l.status IN ('active', 'alias')`
const parentElementsSql = `SELECT e.ext FROM json_each(?1) j CROSS JOIN element e ON e.side = ?2 AND e.ext = j.value
  WHERE NOT EXISTS (SELECT 1 FROM link l WHERE l.side = e.side AND l.ext = e.ext)`

/** A side has no `|`; an external id may. */
export const splitParent = (on: string): { readonly side: Side; readonly ext: string } => {
  const at = on.indexOf("|")
  return { side: on.slice(0, at), ext: on.slice(at + 1) }
}

export const notWrite = "stage <> 'write'"

export const clearQuarantine = (
  file: HubFile, records: ReadonlyArray<{ readonly side: Side; readonly ext: string }>,
  which: typeof notWrite
): void => {
  if (records.length === 0 || file.one(`SELECT 1 FROM quarantine WHERE ${which} LIMIT 1`) === undefined) return
  for (const [side, exts] of grouped(records, (record) => record.side, (record) => record.ext)) {
    file.run(`DELETE FROM quarantine WHERE side = ? AND ${which} AND ext IN (SELECT value FROM json_each(?))`,
      side, JSON.stringify(exts))
  }
}

export const putQuarantine = (file: HubFile, rows: ReadonlyArray<QuarantineRow>): void => {
  if (rows.length === 0) return
  const known = new Map<string, QuarantineRow>()
  for (const [side, exts] of grouped(rows, (row) => row.side, (row) => row.ext)) {
    for (const row of file.all(quarantineRowsSql, JSON.stringify(exts), side)) {
      const old = quarantineOf(row)
      known.set(quarantineKey(old), old)
    }
  }
  for (const row of rows) {
    const met = metAgain(known.get(quarantineKey(row)), row)
    const { id, side, ext, path, cause, stage, at, run, attempts, payload } = met
    file.run(quarantineSql, id, side, ext, path ?? "", cause, stage, at, run, attempts,
      payload === undefined ? null : JSON.stringify(payload))
  }
}

const quarantineRowsSql = `
  SELECT q.* FROM json_each(?1) j CROSS JOIN quarantine q ON q.side = ?2 AND q.ext = j.value`
const quarantineSql = `
  INSERT INTO quarantine (id, side, ext, path, cause, stage, at, run, attempts, payload)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (side, ext, path) DO UPDATE SET cause = excluded.cause, stage = excluded.stage, at = excluded.at,
    run = excluded.run, attempts = excluded.attempts, payload = excluded.payload`

/** Facts and counts of a batch, with the run that made them. */
export const account = (file: HubFile, facts: ReadonlyArray<Fact>, extra: Batch): void => {
  if (facts.length > 0) {
    file.run("INSERT INTO fact (run, at, body) VALUES (?, ?, ?)", extra.run, extra.now, JSON.stringify(facts))
  }
  if (extra.counts === undefined) return
  const row = file.one("SELECT counts FROM run WHERE id = ?", extra.run)
  if (row === undefined) return
  const counts = addCounts(unpack<RunRow["counts"]>(row["counts"]), extra.counts)
  file.run("UPDATE run SET counts = ? WHERE id = ?", JSON.stringify(counts), extra.run)
}

/** The next value of a counter that never goes back. */
export const count = (file: HubFile, name: string): number =>
  number(file.one(`
    INSERT INTO meta (name, value) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value`,
  name)?.["value"])
