/** Rows of the file as the values the hub speaks of, and back. */
import type { Json, Path } from "../../model/value.ts"
import { unset } from "../../sync/state.ts"
import type { Conflict, Due, Golden, InboxRow, Intent, Link, Pair, Tombstone } from "../../sync/state.ts"
import { number, optional, optionalNumber, optionalUnpack, string, unpack } from "../file.ts"
import type { Cell, Row } from "../file.ts"
import { packPair } from "../row.ts"
import type { OutboxRow, StoredPair } from "../row.ts"
import type { CursorRow, Lease, QuarantineRow, RunRow } from "../store.ts"

/** Built field by field: an absent property must stay absent. */
export type Draft<T> = { -readonly [key in keyof T]: T[key] }

type Unions = {
  status: Link["status"]
  state: Golden["state"]
  why: InboxRow["why"]
  stage: QuarantineRow["stage"]
}
/** A column that holds one of a few words. The cast holds for the reason given at `unpack`. */
const word = <K extends keyof Unions>(row: Row, column: K): Unions[K] => string(row[column]) as Unions[K]

type GoldenBody = Pick<Golden, "values" | "from" | "sources" | "origin" | "pinned">

export const goldenOf = (row: Row): Golden => {
  const body = unpack<GoldenBody>(row["body"])
  const golden: Draft<Golden> = {
    id: string(row["id"]),
    entity: string(row["entity"]),
    ver: number(row["ver"]),
    state: word(row, "state"),
    ...body
  }
  const merged = optional(row["merged_into"])
  if (merged !== undefined) golden.mergedInto = merged
  return golden
}

export const goldenBody = ({ values, from, sources, origin, pinned }: Golden): string =>
  JSON.stringify(pinned === undefined ? { values, from, sources, origin } : { values, from, sources, origin, pinned })

type LinkRest = Pick<Link, "incarnation" | "supersededBy" | "elements" | "rows" | "withheld" | "flips">

export const linkOf = (row: Row): Link => {
  const link: Draft<Link> = {
    side: string(row["side"]),
    ext: string(row["ext"]),
    golden: string(row["golden"]),
    status: word(row, "status"),
    shadow: shadowOf(string(row["shadow"])),
    rev: number(row["rev"]),
    obsAt: number(row["obs_at"]),
    writeEnd: number(row["write_end"]),
    mapping: string(row["mapping"])
  }
  const version = optional(row["version"])
  if (version !== undefined) link.version = version
  const stamp = optional(row["stamp"])
  if (stamp !== undefined) link.stamp = stamp
  const hash = optional(row["hash"])
  if (hash !== undefined) link.hash = hash
  const suspect = optionalNumber(row["suspect"])
  if (suspect !== undefined) link.suspect = suspect
  const rest = optionalUnpack<LinkRest>(row["rest"])
  return rest === undefined ? link : { ...link, ...rest }
}

const shadowOf = (json: string): Link["shadow"] => {
  const shadow: { [path: Path]: Pair } = {}
  const stored = unpack<{ readonly [path: Path]: StoredPair }>(json)
  for (const path in stored) {
    const pair = stored[path]
    if (pair !== undefined) shadow[path] = pairOf(pair)
  }
  return shadow
}

const pairOf = (stored: StoredPair): Pair => {
  if (!isTuple(stored)) return { g: unset, r: stored.r }
  const r = stored.length === 1 ? stored[0] : stored[1]
  return { g: stored[0], r }
}

const isTuple = (stored: StoredPair): stored is Exclude<StoredPair, { readonly r: Json }> => Array.isArray(stored)

const packShadow = (shadow: Link["shadow"]): string => {
  const stored: { [path: Path]: StoredPair } = {}
  for (const path in shadow) {
    const pair = shadow[path]
    if (pair !== undefined) stored[path] = packPair(pair)
  }
  return JSON.stringify(stored)
}

const packRest = ({ incarnation, supersededBy, elements, rows, withheld, flips }: Link): string | null =>
  incarnation === undefined && supersededBy === undefined && elements === undefined && rows === undefined &&
    withheld === undefined && flips === undefined
    ? null
    : JSON.stringify({ incarnation, supersededBy, elements, rows, withheld, flips })

/** In the order of `linkColumns`. */
export const linkCells = (link: Link): ReadonlyArray<Cell> => [
  link.golden, link.status, link.rev, link.obsAt, link.writeEnd, link.mapping, link.version ?? null, link.stamp ?? null,
  link.hash ?? null, link.suspect ?? null, packShadow(link.shadow), packRest(link), link.side, link.ext
]
export const linkColumns = [
  "golden", "status", "rev", "obs_at", "write_end", "mapping", "version", "stamp", "hash", "suspect", "shadow", "rest"
]

export const outboxOf = (row: Row): OutboxRow => {
  const due: Draft<OutboxRow> = dueOf(row)
  const hash = optional(row["held_hash"])
  if (hash !== undefined) due.heldHash = hash
  const why = optional(row["held_why"])
  if (why !== undefined) due.heldWhy = why
  return due
}

export const dueOf = (row: Row): Due => {
  const due: Draft<Due> = {
    golden: string(row["golden"]),
    side: string(row["side"]),
    entity: string(row["entity"]),
    ver: number(row["ver"]),
    notBefore: number(row["not_before"]),
    attempts: number(row["attempts"])
  }
  const parked = optional(row["parked_on"])
  if (parked !== undefined) due.parkedOn = parked
  const held = optional(row["held_by"])
  if (held !== undefined) due.heldBy = held
  const approved = optional(row["approved"])
  if (approved !== undefined) due.approved = approved
  return due
}

export const inboxOf = (row: Row): InboxRow => {
  const parked = optional(row["parked_on"])
  return {
    side: string(row["side"]),
    ext: string(row["ext"]),
    why: word(row, "why"),
    readAt: number(row["read_at"]),
    attempts: number(row["attempts"]),
    notBefore: number(row["not_before"]),
    ...(parked === undefined ? {} : { parkedOn: parked })
  }
}

export const leaseOf = (row: Row): Lease => ({
  owner: string(row["owner"]),
  epoch: number(row["epoch"]),
  expires: number(row["expires"])
})

export const tombstoneOf = (row: Row): Tombstone => ({
  entity: string(row["entity"]),
  golden: string(row["golden"]),
  at: number(row["at"]),
  cause: string(row["cause"])
})

export const conflictOf = (row: Row): Conflict => unpack<Conflict>(row["body"])

export const intentsOf = (row: Row): ReadonlyArray<Intent> => unpack<ReadonlyArray<Intent>>(row["body"])

export const cursorOf = (row: Row): CursorRow => {
  const epoch = optionalNumber(row["epoch"])
  return {
    side: string(row["side"]),
    stream: string(row["stream"]),
    cursor: unpack<Json>(row["cursor"]),
    ...(epoch === undefined ? {} : { epoch })
  }
}

export const quarantineOf = (row: Row): QuarantineRow => {
  const path = string(row["path"])
  const payload = optionalUnpack<Json>(row["payload"])
  return {
    id: string(row["id"]),
    side: string(row["side"]),
    ext: string(row["ext"]),
    cause: string(row["cause"]),
    stage: word(row, "stage"),
    at: number(row["at"]),
    run: string(row["run"]),
    attempts: number(row["attempts"]),
    ...(path === "" ? {} : { path }),
    ...(payload === undefined ? {} : { payload })
  }
}

export const runOf = (row: Row): RunRow => {
  const run: Draft<RunRow> = {
    id: string(row["id"]),
    command: string(row["command"]),
    started: number(row["started"]),
    counts: unpack<RunRow["counts"]>(row["counts"])
  }
  const ended = optionalNumber(row["ended"])
  if (ended !== undefined) run.ended = ended
  const exit = optionalNumber(row["exit"])
  if (exit !== undefined) run.exit = exit
  const message = optional(row["message"])
  if (message !== undefined) run.message = message
  return run
}

/** Values by a group, for statements that take one group and a list. */
export const grouped = <T>(
  rows: Iterable<T>, group: (row: T) => string, value: (row: T) => string
): ReadonlyMap<string, ReadonlyArray<string>> => {
  const groups = new Map<string, Array<string>>()
  for (const row of rows) {
    const key = group(row)
    const list = groups.get(key)
    if (list === undefined) groups.set(key, [value(row)])
    else list.push(value(row))
  }
  return groups
}
