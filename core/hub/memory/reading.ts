/** What a batch is decided on, and the small reads and marks around it. */
import type { Plain } from "../plain.ts"
import { idsPerRecord, listable, onlyElement, outwardExt, splitReference, text, windowMark } from "../row.ts"
import type { Ids } from "../ids.ts"
import type { Path } from "../../model/value.ts"
import type { Wanted } from "../../sync/snapshot.ts"
import type { Conflict, Due, Golden, GoldenId, Intent, Link, Side, Tombstone } from "../../sync/state.ts"
import type { Head } from "../store.ts"
import type { MemoryState } from "./state.ts"

export const reading = (
  state: MemoryState, ids: Ids["Service"]
): Pick<Plain, "heads" | "load" | "cursor" | "saveCursor" | "listed" | "mark" | "unmark" | "missing" | "outward"> => ({
  heads: (side, exts) => {
    const heads = new Map<string, Head>()
    for (const ext of exts) {
      const link = state.links.get(`${side}|${ext}`)
      if (link !== undefined) heads.set(ext, head(state, link))
    }
    return heads
  },
  load: (wanted, now, run) => {
    const goldens = reachable(state, wanted)
    return {
      now,
      run,
      ids: ids.take(now, (wanted.records.length + wanted.goldens.length + 4) * idsPerRecord),
      goldens,
      ...around(state, goldens),
      keys: new Map(wanted.keys.flatMap((key) => {
        const found = state.keys.get(`${key.kind}|${key.value}`)
        return found === undefined ? [] : [[`${key.kind}|${key.value}`, found.golden] as const]
      })),
      references: new Map(wanted.references.flatMap(({ entity, side, ext, within }) => {
        const golden = reference(state, side, ext, within)
        return golden === undefined ? [] : [[`${entity}|${side}|${ext}`, golden] as const]
      }))
    }
  },
  cursor: (side, stream) => state.cursors.get(`${side}|${stream}`),
  saveCursor: (row) => state.bookkeeping(() => {
    if (row.cursor === undefined) state.cursors.delete(`${row.side}|${row.stream}`)
    else state.cursors.set(`${row.side}|${row.stream}`, row)
  }),
  listed: (side, epoch, exts) => state.bookkeeping(() => {
    for (const ext of exts) state.listed.set(`${side}|${ext}`, { side, ext, epoch })
  }),
  mark: (window, side, ids, now) => state.bookkeeping(() => {
    const mark = windowMark(window, side)
    for (const ext of ids) state.listed.set(`${mark}|${ext}`, { side: mark, ext, epoch: now })
  }),
  unmark: (window, side) => state.bookkeeping(() => {
    const mark = windowMark(window, side)
    for (const [key, row] of [...state.listed.rows]) {
      if (side === undefined ? row.side.startsWith(mark) : row.side === mark) state.listed.delete(key)
    }
  }),
  missing: (side, epoch, after, limit) => {
    const bound = state.links.by("side", side).filter(listable)
    const missing = bound.filter((link) =>
      link.obsAt < epoch && link.writeEnd < epoch && (state.listed.get(`${side}|${link.ext}`)?.epoch ?? -1) < epoch)
    return {
      links: missing.filter((link) => after === undefined || link.ext > after)
        .sort((a, b) => text(a.ext, b.ext)).slice(0, limit),
      total: missing.length,
      bound: bound.length
    }
  },
  outward: (connection, references) => new Map(references.flatMap(({ entity, resource, golden }) => {
    const side = `${connection}.${resource}`
    const [id] = splitReference(golden)
    const active = state.links.by("active", `${id}|${side}`)[0]?.ext
    const ext = outwardExt(side, golden, state.elements.by("golden", id), active)
    return ext === undefined ? [] : [[`${entity}|${resource}|${golden}`, ext] as const]
  }))
})

const head = (state: MemoryState, link: Link): Head => {
  const waiting = state.inbox.get(`${link.side}|${link.ext}`)
  const waits = waiting === undefined ? {} : { waits: waiting.parkedOn ?? waiting.why }
  return { ...known(state, link), inbox: waiting !== undefined, ...waits }
}

const known = (state: MemoryState, link: Link): Omit<Head, "inbox"> => ({
  ext: link.ext,
  golden: link.golden,
  status: link.status,
  obsAt: link.obsAt,
  writeEnd: link.writeEnd,
  mapping: link.mapping,
  ...(link.hash === undefined ? {} : { hash: link.hash }),
  ...(link.stamp === undefined ? {} : { stamp: link.stamp }),
  ...(link.suspect === undefined ? {} : { suspect: link.suspect }),
  intents: state.open.by("golden", link.golden).some((row) => row.intent.side === link.side)
})

/** Goldens asked for by id, record or key, and what they were merged into. */
const reachable = (state: MemoryState, wanted: Wanted): Map<GoldenId, Golden> => {
  const goldens = new Map<GoldenId, Golden>()
  const add = (id: GoldenId | undefined): void => {
    const golden = id === undefined || goldens.has(id) ? undefined : state.goldens.get(id)
    if (golden === undefined) return
    goldens.set(golden.id, golden)
    add(golden.mergedInto)
  }
  for (const id of wanted.goldens) add(id)
  for (const { side, ext } of wanted.records) add(state.links.get(`${side}|${ext}`)?.golden)
  for (const { kind, value } of wanted.keys) add(state.keys.get(`${kind}|${value}`)?.golden)
  return goldens
}

/** Everything that hangs on these goldens. */
const around = (state: MemoryState, goldens: ReadonlyMap<GoldenId, Golden>) => {
  const links = new Map<string, Link>()
  const intents = new Map<GoldenId, ReadonlyArray<Intent>>()
  const conflicts = new Map<GoldenId, ReadonlyArray<Conflict>>()
  const tombstones = new Map<GoldenId, Tombstone>()
  const due = new Map<string, Due>()
  for (const golden of goldens.keys()) {
    for (const link of state.links.by("golden", golden)) links.set(`${link.side}|${link.ext}`, link)
    for (const row of state.outbox.by("golden", golden)) due.set(`${golden}|${row.side}`, plainDue(row))
    const sent = state.open.by("golden", golden).map((row) => row.intent)
    if (sent.length > 0) intents.set(golden, sent.sort(byAttempt))
    const open = state.conflicts.by("golden", golden).filter((conflict) => conflict.status === "open")
    if (open.length > 0) conflicts.set(golden, open.sort((a, b) => text(a.id, b.id)))
    const tombstone = state.tombstones.get(golden)
    if (tombstone !== undefined) tombstones.set(golden, tombstone)
  }
  return { links, intents, conflicts, tombstones, due }
}

export const byAttempt = (a: Intent, b: Intent): number => a.sentAt - b.sentAt || text(a.attempt, b.attempt)

export const plainDue = (row: Due & { readonly heldHash?: string; readonly heldWhy?: string }): Due => {
  const { heldHash: _, heldWhy: __, ...due } = row
  return due
}

/** The golden reference a record of this side stands for. */
export const reference = (
  state: MemoryState, side: Side, ext: string, within: Path | undefined
): string | undefined => {
  const link = state.links.get(`${side}|${ext}`)
  const row = state.elements.get(`${side}|${ext}`)
  // A record can be its own only element, with the same key for both: what the field means decides.
  if (row !== undefined && (link === undefined || within !== undefined)) return `${row.golden}#${row.element}`
  if (link === undefined) return undefined
  const only = within === undefined ? undefined : onlyElement(state.goldens.get(link.golden)?.values[within])
  return only === undefined ? link.golden : `${link.golden}#${only}`
}
