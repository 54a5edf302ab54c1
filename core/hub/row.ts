/** How a stored row changes and when it counts: what both stores must agree on, as pure functions. */
import { identical, isList, isRecord } from "../model/value.ts"
import type { HubTime, Json, Value } from "../model/value.ts"
import type { Plan } from "../sync/snapshot.ts"
import type { Ids } from "./ids.ts"
import { Busy, StoreError } from "./store.ts"
import type { Ack, Deferral, Lease, QuarantineRow, RunRow } from "./store.ts"
import type { Due, ExtId, GoldenId, InboxRow, Link, Pair, RecordOutcome, Side } from "../sync/state.ts"

/** The id of the one element that a list has, for references to a record that mean it. */
export const onlyElement = (list: Json | undefined): string | undefined => {
  const [only, ...more] = isList(list) ? list : []
  const id = isRecord(only) ? only["id"] : only
  return more.length === 0 && typeof id === "string" ? id : undefined
}

/** An outbox row with what a brake showed of it. */
export interface OutboxRow extends Due {
  readonly heldHash?: string
  readonly heldWhy?: string
}

/** A list element that other records refer to by its row. */
export interface ElementRow {
  readonly side: Side
  readonly ext: ExtId
  readonly golden: GoldenId
  readonly element: string
}

/** Ids a batch may use: a golden record for every observation, and as many again to be safe. */
export const idsPerRecord = 2

/** After this an inbox row, e.g. a child whose parent never came, is shown to a person (SEMANTICS S24: 7 days). */
export const inboxMs = 7 * 86_400_000
/** A rejected record keeps its raw payload, which is personal data, no longer than this (S24: 30 days). */
export const quarantineMs = 30 * 86_400_000
/** Facts explain a value or a run; they grow with every change, and after a quarter nobody asks. */
export const factMs = 90 * 86_400_000
/** Runs and decided conflicts are small and answer "since when": half a year. */
export const runMs = 180 * 86_400_000
/** Marks of listings: the next complete listing makes them void. */
export const listedMs = 30 * 86_400_000

/** R4: the newest demand stays, a hint is never replaced by a read that did not start after it, attempts are kept. */
export const keepNewest = (old: InboxRow | undefined, row: InboxRow): InboxRow => {
  if (old === undefined) return row
  const keep = old.readAt > row.readAt || (old.readAt === row.readAt && isDemand(old) && !isDemand(row))
  const newest = keep ? old : row
  // To wait for a parent is an end: what comes to one however often is no poison.
  return { ...newest, attempts: row.why === "parked" ? row.attempts : Math.max(old.attempts, row.attempts) }
}

const isDemand = (row: InboxRow): boolean => row.why === "hint" || row.why === "gone" || row.why === "released"

export const unparkedInbox = (row: InboxRow, now: HubTime): InboxRow => {
  const { parkedOn: _, ...rest } = row
  return { ...rest, notBefore: now }
}

export const unparkedDue = (row: OutboxRow, now: HubTime): OutboxRow => {
  const { parkedOn: _, ...rest } = row
  return { ...rest, notBefore: now }
}

/** A golden record changed: the row keeps its attempts, its wait and its brake, but is no longer parked. */
export const dirtied = (old: OutboxRow | undefined, row: Due): OutboxRow =>
  old === undefined
    ? row
    : { ...(old.parkedOn === undefined ? old : unparkedDue(old, row.notBefore)), entity: row.entity, ver: row.ver }

/** A brake does not hold it, or a person released it. */
export const isFree = (row: Due): boolean =>
  row.parkedOn === undefined && (row.heldBy === undefined || row.approved !== undefined)

/** May be taken up: free, or with `parked` whatever waits for a parent and for nothing else. */
export const isOpen = (row: Due, parked: boolean | undefined): boolean => {
  if (parked !== true) return isFree(row)
  return row.parkedOn !== undefined && !isHeld(row)
}

export const isHeld = (row: Due): boolean => row.heldBy !== undefined && row.approved === undefined

/** What becomes of an outbox row; undefined: it goes. */
export const deferred = (row: OutboxRow, how: Deferral): OutboxRow | undefined => {
  switch (how.then) {
    case "clear":
      return row.ver === how.ver ? undefined : row
    case "park":
      return { ...row, parkedOn: how.on }
    case "wait":
      return { ...row, notBefore: how.until }
    case "hold":
      return heldRow(row, how.by, undefined, undefined)
  }
}

/** C20: an address that changed while it was written stays due, without the approval of what was written. */
export const acknowledged = (row: OutboxRow, ver: number, due: Ack["result"]["due"]): OutboxRow | undefined => {
  switch (due.then) {
    case "clear": {
      const { approved: _, heldBy: __, heldHash: ___, heldWhy: ____, ...rest } = row
      return row.ver === ver ? undefined : { ...rest, attempts: 0 }
    }
    case "again":
      return { ...row, notBefore: due.notBefore, attempts: due.attempts }
    case "hold":
      return heldRow(row, due.by, undefined, undefined)
  }
}

export const heldRow = (row: OutboxRow, by: string, hash: string | undefined, why: string | undefined): OutboxRow => {
  const { approved: _, heldHash: __, heldWhy: ___, ...rest } = row
  return {
    ...rest,
    heldBy: by,
    ...(hash === undefined ? {} : { heldHash: hash }),
    ...(why === undefined ? {} : { heldWhy: why })
  }
}

export const sameLease = (held: Lease | undefined, mine: Lease): boolean =>
  held !== undefined && held.epoch === mine.epoch && held.owner === mine.owner

/** `side|golden`, and every element of it: what outbox rows that wait for this link are parked on. */
export const parkedOnGolden = (side: Side, golden: GoldenId) => ({
  whole: `${side}|${golden}`,
  elements: `${side}|${golden}#`
})

/** A record under which children are found: read links and aliases. */
export const resolves = (link: Pick<Link, "status">): boolean => link.status === "active" || link.status === "alias"

/** Live links: what a complete listing must show. */
export const listable = (link: Pick<Link, "status">): boolean =>
  link.status === "active" || link.status === "alias" || link.status === "released"

export const elementsOf = (link: Link): ReadonlyArray<ElementRow> => {
  if (link.rows === undefined || link.elements === undefined || !resolves(link)) return []
  const rows: Array<ElementRow> = []
  for (const [path, side] of Object.entries(link.rows)) {
    for (const [ext, element] of Object.entries(link.elements[path] ?? {})) {
      rows.push({ side, ext, golden: link.golden, element })
    }
  }
  return rows
}

/** A golden id has no `#`; an element id may. */
export const splitReference = (reference: string): readonly [GoldenId, string | undefined] => {
  const at = reference.indexOf("#")
  return at < 0 ? [reference, undefined] : [reference.slice(0, at), reference.slice(at + 1)]
}

/** The external id a side knows a golden reference by; `known` are the elements of that golden record on every side. */
export const outwardExt = (
  side: Side, reference: string, known: ReadonlyArray<Omit<ElementRow, "golden">>, active: ExtId | undefined
): ExtId | undefined => {
  const [, element] = splitReference(reference)
  const here = known.filter((row) => row.side === side)
  const row = element === undefined ? undefined : here.find((one) => one.element === element)
  if (row !== undefined) return row.ext
  const several = known.some((one) => one.element !== (element ?? known[0]?.element))
  if (element !== undefined && several) return undefined
  return active ?? (element === undefined && here.length === 1 ? here[0]?.ext : undefined)
}

/** Adds outcome counts of one batch to a run's. */
export const addCounts = (sum: RunRow["counts"], more: RunRow["counts"] | undefined): RunRow["counts"] => {
  if (more === undefined) return sum
  const total: { [side: Side]: { [outcome: string]: number } } = {}
  for (const counts of [sum, more]) {
    for (const [side, outcomes] of Object.entries(counts)) {
      const row = total[side] ??= {}
      for (const [outcome, count] of Object.entries(outcomes)) row[outcome] = (row[outcome] ?? 0) + count
    }
  }
  return total
}

/** One quarantine row a record and field. */
export const quarantineKey = (row: { readonly side: Side; readonly ext: ExtId; readonly path?: string }): string =>
  `${row.side}|${row.ext}|${row.path ?? ""}`

/** The same fault again: the id stays, attempts rise. */
export const metAgain = (old: QuarantineRow | undefined, row: QuarantineRow): QuarantineRow =>
  old === undefined ? row : { ...row, id: old.id, attempts: old.attempts + 1 }

export const hintRow = (record: { readonly side: Side; readonly ext: ExtId }, now: HubTime): InboxRow =>
  ({ ...record, why: "hint", readAt: now, attempts: 0, notBefore: now })

/** The record an acknowledgement is about; a create that was refused has none, so its golden record stands for it. */
export const ackedExt = ({ address, result }: Ack): ExtId =>
  result.links.find(({ link }) => link.side === address.side)?.link.ext ?? address.golden

/** Whose faults a write has put right, and in which fields: before it was made, a golden record stood for it. */
export const mended = (
  ack: Ack
): { readonly exts: ReadonlyArray<string>; readonly fields?: ReadonlyArray<string> } => ({
  exts: [ackedExt(ack), ack.address.golden],
  ...(ack.result.told === undefined ? {} : { fields: ["", ...ack.result.told] })
})

/** What a definite refusal leaves for a person to see. */
export const refusal = (
  ids: Ids["Service"], ack: Ack, extra: { readonly run: string; readonly now: HubTime }
): QuarantineRow | undefined => {
  const fault = ack.result.quarantine
  if (fault === undefined) return undefined
  return {
    id: ids.take(extra.now, 1)[0] ?? "",
    side: ack.address.side,
    ext: ackedExt(ack),
    cause: fault.cause,
    stage: "write",
    at: extra.now,
    run: extra.run,
    attempts: 1,
    ...(fault.path === undefined ? {} : { path: fault.path })
  }
}

/** What the entity's own checks found in a batch, and what the caller says of it with payloads: one row a fault. */
export const rejects = (
  ids: Ids["Service"], plan: Plan,
  extra: { readonly run: string; readonly now: HubTime; readonly quarantine?: ReadonlyArray<QuarantineRow> }
): ReadonlyArray<QuarantineRow> => {
  const rows = new Map<string, QuarantineRow>()
  for (const { side, ext, path, cause } of plan.quarantine) {
    const row: QuarantineRow = {
      id: ids.take(extra.now, 1)[0] ?? "",
      side,
      ext,
      cause,
      stage: "merge",
      at: extra.now,
      run: extra.run,
      attempts: 1,
      ...(path === undefined ? {} : { path })
    }
    rows.set(quarantineKey(row), row)
  }
  for (const row of extra.quarantine ?? []) rows.set(quarantineKey(row), row)
  return [...rows.values()]
}

export const leavesQuarantine = (outcome: RecordOutcome): boolean =>
  outcome !== "quarantined" && outcome !== "parked" && outcome !== "left"

/** Marks of a window stand among those of listings, under a side that no connection has. */
export const windowMark = (window: string, side: Side | undefined): Side => `${window}|${side ?? ""}`

/** Order of code units, as SQLite's BINARY collation sees the ASCII ids of the hub. */
export const text = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** A pair on disk: `[v]` where both say the same, `[g, r]` where they differ, `{r}` where golden never agreed. */
export type StoredPair = readonly [Json] | readonly [Json, Json] | { readonly r: Json }

export const packPair = (pair: Pair): StoredPair =>
  isUnset(pair.g) ? { r: pair.r } : pair.g === pair.r || identical(pair.g, pair.r) ? [pair.r] : [pair.g, pair.r]

const isUnset = (g: Pair["g"]): g is Exclude<Pair["g"], Value | null> =>
  typeof g === "object" && g !== null && !Array.isArray(g) && Object.hasOwn(g, "$") && Object.keys(g).length === 1

/** A row that nobody could work on for so long is shown to a person instead of waiting in silence. */
export const expiredInbox = (ids: Ids["Service"], row: InboxRow, now: HubTime): QuarantineRow | undefined => {
  if (row.readAt >= now - inboxMs) return undefined
  return {
    id: ids.take(now, 1)[0] ?? "",
    side: row.side,
    ext: row.ext,
    cause: row.parkedOn === undefined ? "could not be read for 7 days"
      : row.why === "gone" ? "its deletion was held, and nobody released it in 7 days"
      : "its parent record did not come in 7 days",
    stage: "read",
    at: now,
    run: "",
    attempts: row.attempts
  }
}

/** The one sentence for a second overlapping run. */
export const busy = (
  name: string, owner: string, since: HubTime, leftMs: number, process: number | undefined
): StoreError =>
  new StoreError({
    operation: "lock",
    reason: new Busy({
      message: `Another run is at work on ${name}: ${owner}${process === undefined ? "" : ` in process ${process}`}, ` +
        `since ${new Date(since).toISOString()}. ` +
        `Wait for it to end; if it died, its lock is free in ${Math.ceil(leftMs / 1000)} s.`
    })
  })
