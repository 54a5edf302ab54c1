/** What a batch is decided on: a handful of statements whatever the size of the batch. */
import type { Plain } from "../plain.ts"
import { idsPerRecord, onlyElement, outwardExt, splitReference, windowMark } from "../row.ts"
import type { ElementRow } from "../row.ts"
import { number, optional, optionalNumber, string } from "../file.ts"
import type { HubFile, Row } from "../file.ts"
import type { Ids } from "../ids.ts"
import type { Json } from "../../model/value.ts"
import type { Wanted } from "../../sync/snapshot.ts"
import type { Conflict, Due, ExtId, Golden, GoldenId, Intent, Link, Tombstone } from "../../sync/state.ts"
import type { Head } from "../store.ts"
import { conflictOf, cursorOf, dueOf, goldenOf, grouped, intentsOf, linkOf, tombstoneOf } from "./rows.ts"
import type { Draft } from "./rows.ts"

export const reading = (
  file: HubFile, ids: Ids["Service"]
): Pick<Plain, "heads" | "load" | "cursor" | "saveCursor" | "listed" | "mark" | "unmark" | "missing" | "outward"> => ({
  heads: (side, exts) => {
    const heads = new Map<ExtId, Head>()
    for (const row of file.all(headsSql, JSON.stringify(exts), side)) heads.set(string(row["ext"]), headOf(row))
    return heads
  },
  load: (wanted, now, run) => file.reading(() => {
    const keys = keysOf(file, wanted)
    const goldens = reachable(file, wanted, keys.values())
    return {
      now,
      run,
      ids: ids.take(now, (wanted.records.length + wanted.goldens.length + 4) * idsPerRecord),
      goldens,
      ...around(file, goldens),
      keys,
      references: referencesOf(file, wanted)
    }
  }),
  cursor: (side, stream) => {
    const row = file.one("SELECT * FROM cursor WHERE side = ? AND stream = ?", side, stream)
    return row === undefined ? undefined : cursorOf(row)
  },
  saveCursor: (row) => file.bookkeeping(() => {
    if (row.cursor === undefined) file.run("DELETE FROM cursor WHERE side = ? AND stream = ?", row.side, row.stream)
    else file.run(saveCursorSql, row.side, row.stream, JSON.stringify(row.cursor), row.epoch ?? null)
  }),
  listed: (side, epoch, exts) => file.bookkeeping(() => {
    file.run(listedSql, side, epoch, JSON.stringify(exts))
  }),
  mark: (window, side, ids, now) => file.bookkeeping(() => {
    file.run(listedSql, windowMark(window, side), now, JSON.stringify(ids))
  }),
  unmark: (window, side) => file.bookkeeping(() => {
    // `}` follows `|`: the range holds the marks of this window and nothing else.
    if (side !== undefined) file.run("DELETE FROM listed WHERE side = ?", windowMark(window, side))
    else file.run("DELETE FROM listed WHERE side >= ? AND side < ?", windowMark(window, undefined), `${window}}`)
  }),
  missing: missing(file),
  outward: (connection, references) => file.reading(() => outwardOf(file, connection, references))
})

const headsSql = `
  SELECT l.ext, l.golden, l.status, l.hash, l.stamp, l.obs_at, l.write_end, l.suspect, l.mapping,
    EXISTS (SELECT 1 FROM intent_open i WHERE i.golden = l.golden AND i.side = l.side) AS intents,
    (SELECT coalesce(b.parked_on, b.why) FROM inbox b WHERE b.side = l.side AND b.ext = l.ext) AS waits
  FROM json_each(?1) j CROSS JOIN link l ON l.side = ?2 AND l.ext = j.value`

const headOf = (row: Row): Head => {
  const head: Draft<Head> = {
    ext: string(row["ext"]),
    golden: string(row["golden"]),
    status: statusOf(row),
    obsAt: number(row["obs_at"]),
    writeEnd: number(row["write_end"]),
    mapping: string(row["mapping"]),
    intents: row["intents"] === 1,
    inbox: row["waits"] !== null
  }
  const waits = optional(row["waits"])
  if (waits !== undefined) head.waits = waits
  const hash = optional(row["hash"])
  if (hash !== undefined) head.hash = hash
  const stamp = optional(row["stamp"])
  if (stamp !== undefined) head.stamp = stamp
  const suspect = optionalNumber(row["suspect"])
  if (suspect !== undefined) head.suspect = suspect
  return head
}

/** The cast holds for the reason given at `unpack`. */
const statusOf = (row: Row): Link["status"] => string(row["status"]) as Link["status"]

export const saveCursorSql = `
  INSERT INTO cursor (side, stream, cursor, epoch) VALUES (?, ?, ?, ?)
  ON CONFLICT (side, stream) DO UPDATE SET cursor = excluded.cursor, epoch = excluded.epoch`

const listedSql = `
  INSERT INTO listed (side, ext, epoch) SELECT ?1, value, ?2 FROM json_each(?3) WHERE true
  ON CONFLICT (side, ext) DO UPDATE SET epoch = excluded.epoch`

/** Lists of golden ids as one parameter. */
const json = (ids: Iterable<string>): string => JSON.stringify(Array.from(ids))

const keysOf = (file: HubFile, wanted: Wanted): Map<string, GoldenId> => {
  const keys = new Map<string, GoldenId>()
  for (const [kind, values] of grouped(wanted.keys, (key) => key.kind, (key) => key.value)) {
    for (const row of file.all(keysSql, JSON.stringify(values), kind)) {
      keys.set(`${kind}|${string(row["value"])}`, string(row["golden"]))
    }
  }
  return keys
}

const keysSql = `
  SELECT k.value, k.golden FROM json_each(?1) j CROSS JOIN match_key k ON k.kind = ?2 AND k.value = j.value`

/** Goldens asked for by id, record or key, and what they were merged into. */
const reachable = (file: HubFile, wanted: Wanted, byKey: Iterable<GoldenId>): Map<GoldenId, Golden> => {
  const ids = new Set<GoldenId>(wanted.goldens)
  for (const [side, exts] of grouped(wanted.records, (record) => record.side, (record) => record.ext)) {
    for (const row of file.all(recordsSql, JSON.stringify(exts), side)) ids.add(string(row["golden"]))
  }
  for (const id of byKey) ids.add(id)
  const goldens = new Map<GoldenId, Golden>()
  for (let next: Iterable<GoldenId> = ids, left = ids.size; left > 0;) {
    const merged = new Set<GoldenId>()
    for (const row of file.all(goldensSql, json(next))) {
      const golden = goldenOf(row)
      goldens.set(golden.id, golden)
      if (golden.mergedInto !== undefined && !goldens.has(golden.mergedInto)) merged.add(golden.mergedInto)
    }
    next = merged
    left = merged.size
  }
  return goldens
}

const recordsSql = "SELECT l.golden FROM json_each(?1) j CROSS JOIN link l ON l.side = ?2 AND l.ext = j.value"
const goldensSql = "SELECT g.* FROM json_each(?1) j CROSS JOIN golden g ON g.id = j.value"

/** Everything that hangs on these goldens. */
const around = (file: HubFile, goldens: ReadonlyMap<GoldenId, Golden>) => {
  const links = new Map<string, Link>()
  const conflicts = new Map<GoldenId, Array<Conflict>>()
  const tombstones = new Map<GoldenId, Tombstone>()
  const due = new Map<string, Due>()
  if (goldens.size === 0) return { links, intents: new Map<GoldenId, Array<Intent>>(), conflicts, tombstones, due }
  const list = json(goldens.keys())
  for (const row of file.all(linksSql, list)) {
    const link = linkOf(row)
    links.set(`${link.side}|${link.ext}`, link)
  }
  for (const row of file.all(openConflictsSql, list)) {
    const conflict = conflictOf(row)
    append(conflicts, conflict.golden, conflict)
  }
  for (const row of file.all("SELECT t.* FROM json_each(?1) j CROSS JOIN tombstone t ON t.golden = j.value", list)) {
    const tombstone = tombstoneOf(row)
    tombstones.set(tombstone.golden, tombstone)
  }
  for (const row of file.all("SELECT o.* FROM json_each(?1) j CROSS JOIN outbox o ON o.golden = j.value", list)) {
    const one = dueOf(row)
    due.set(`${one.golden}|${one.side}`, one)
  }
  return { links, intents: openIntents(file, list), conflicts, tombstones, due }
}

const linksSql = "SELECT l.* FROM json_each(?1) j CROSS JOIN link l ON l.golden = j.value"
export const openConflictsSql = `
  SELECT c.body FROM json_each(?1) j CROSS JOIN conflict c ON c.golden = j.value AND c.status = 'open' ORDER BY c.id`

export const append = <K, V>(lists: Map<K, Array<V>>, key: K, value: V): void => {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [value])
  else list.push(value)
}

/** Open intents of these goldens: the calls that hold them are read once each. */
export const openIntents = (file: HubFile, goldens: string): Map<GoldenId, Array<Intent>> => {
  const open = new Set<string>()
  const calls = new Set<string>()
  for (const row of file.all(openSql, goldens)) {
    open.add(`${string(row["golden"])}|${string(row["attempt"])}`)
    calls.add(string(row["call"]))
  }
  const intents = new Map<GoldenId, Array<Intent>>()
  if (calls.size === 0) return intents
  for (const row of file.all(callsSql, json(calls))) {
    for (const intent of intentsOf(row)) {
      if (open.has(`${intent.golden}|${intent.attempt}`)) append(intents, intent.golden, intent)
    }
  }
  for (const list of intents.values()) list.sort((a, b) => a.sentAt - b.sentAt || (a.attempt < b.attempt ? -1 : 1))
  return intents
}

const callsSql = "SELECT i.body FROM json_each(?1) j CROSS JOIN intent i ON i.call = j.value"
export const openSql =
  "SELECT o.golden, o.attempt, o.call FROM json_each(?1) j CROSS JOIN intent_open o ON o.golden = j.value"

const referencesOf = (file: HubFile, wanted: Wanted): ReadonlyMap<string, string> => {
  const elements = new Map<string, string>()
  const golden = new Map<string, string>()
  for (const [side, exts] of grouped(wanted.references, (one) => one.side, (one) => one.ext)) {
    const list = JSON.stringify(exts)
    for (const row of file.all(elementsSql, list, side)) {
      elements.set(`${side}|${string(row["ext"])}`, `${string(row["golden"])}#${string(row["element"])}`)
    }
    for (const row of file.all(linkedSql, list, side)) {
      golden.set(`${side}|${string(row["ext"])}`, string(row["golden"]))
    }
  }
  const only = onlyElements(file, wanted, golden)
  const answer = ({ side, ext, within }: Wanted["references"][number]): string | undefined => {
    const [element, found] = [elements.get(`${side}|${ext}`), golden.get(`${side}|${ext}`)]
    // A record can be its own only element, with the same key for both: what the field means decides.
    if (element !== undefined && (found === undefined || within !== undefined)) return element
    const single = only.get(`${within}|${found}`)
    return single === undefined ? found : `${found}#${single}`
  }
  return new Map(wanted.references.flatMap((reference) => {
    const found = answer(reference)
    return found === undefined ? [] : [[`${reference.entity}|${reference.side}|${reference.ext}`, found] as const]
  }))
}

/** `list|goldenId` → its only element, of records that are referred to for an element of that list. */
const onlyElements = (
  file: HubFile, wanted: Wanted, found: ReadonlyMap<string, string>
): ReadonlyMap<string, string> => {
  const only = new Map<string, string>()
  const meant = wanted.references.flatMap(({ side, ext, within }) => {
    const golden = found.get(`${side}|${ext}`)
    return within === undefined || golden === undefined ? [] : [{ within, golden }]
  })
  for (const [within, goldens] of grouped(meant, (one) => one.within, (one) => one.golden)) {
    for (const row of file.all(listSql, json(new Set(goldens)), `$.values."${within}"`)) {
      const list: Json = JSON.parse(string(row["list"]))
      const element = onlyElement(list)
      if (element !== undefined) only.set(`${within}|${string(row["id"])}`, element)
    }
  }
  return only
}

const listSql = `
  SELECT g.id, json_extract(g.body, ?2) AS list FROM json_each(?1) j CROSS JOIN golden g ON g.id = j.value
  WHERE json_array_length(g.body, ?2) = 1`

const elementsSql = `
  SELECT e.ext, e.golden, e.element FROM json_each(?1) j CROSS JOIN element e ON e.side = ?2 AND e.ext = j.value`
const linkedSql = "SELECT l.ext, l.golden FROM json_each(?1) j CROSS JOIN link l ON l.side = ?2 AND l.ext = j.value"

type References = ReadonlyArray<{ readonly entity: string; readonly resource: string; readonly golden: string }>

const outwardOf = (file: HubFile, connection: string, references: References): ReadonlyMap<string, ExtId> => {
  const list = json(new Set(references.map(({ golden }) => splitReference(golden)[0])))
  const elements = new Map<GoldenId, Array<Omit<ElementRow, "golden">>>()
  for (const row of file.all("SELECT e.* FROM json_each(?1) j CROSS JOIN element e ON e.golden = j.value", list)) {
    append(elements, string(row["golden"]), {
      side: string(row["side"]), ext: string(row["ext"]), element: string(row["element"])
    })
  }
  const active = new Map<string, ExtId>()
  for (const side of new Set(references.map(({ resource }) => `${connection}.${resource}`))) {
    for (const row of file.all(activeSql, list, side)) {
      active.set(`${string(row["golden"])}|${side}`, string(row["ext"]))
    }
  }
  return new Map(references.flatMap(({ entity, resource, golden }) => {
    const side = `${connection}.${resource}`
    const [id] = splitReference(golden)
    const ext = outwardExt(side, golden, elements.get(id) ?? [], active.get(`${id}|${side}`))
    return ext === undefined ? [] : [[`${entity}|${resource}|${golden}`, ext] as const]
  }))
}

export const activeSql = `
  SELECT l.golden, l.ext FROM json_each(?1) j CROSS JOIN link l ON l.golden = j.value AND l.side = ?2
    AND (CASE l.status WHEN 'active' THEN '' ELSE l.ext END) = ''`

/** The totals are counted on the first page and hold for the pages after it: a page must not cost a scan. */
const missing = (file: HubFile): Plain["missing"] => {
  let counted = { side: "", epoch: -1, total: 0, bound: 0 }
  return (side, epoch, after, limit) => file.reading(() => {
    if (after === undefined || counted.side !== side || counted.epoch !== epoch) {
      const row = file.one(missingCountSql, side, epoch)
      counted = { side, epoch, total: number(row?.["total"]), bound: number(row?.["bound"]) }
    }
    const links = file.all(missingSql, side, epoch, after ?? "", limit).map(linkOf)
    return { links, total: counted.total, bound: counted.bound }
  })
}

const isMissing = `l.obs_at < ?2 AND l.write_end < ?2
  AND NOT EXISTS (SELECT 1 FROM listed s WHERE s.side = l.side AND s.ext = l.ext AND s.epoch >= ?2)`
const missingCountSql = `
  SELECT count(*) AS bound, coalesce(sum(${isMissing}), 0) AS total
  FROM link l WHERE l.side = ?1 AND l.status IN ('active', 'alias', 'released')`
const missingSql = `
  SELECT l.* FROM link l WHERE l.side = ?1 AND l.ext > ?3 AND l.status IN ('active', 'alias', 'released')
    AND ${isMissing} ORDER BY l.ext LIMIT ?4`
