/** How a fake system is written: guards, ways to create, and everything that can happen to a request on its way. */
import { Effect } from "effect"
import type { Change, Outcome, Writer } from "../../connector/connector.ts"
import { identical, isList, isRecord } from "../../model/value.ts"
import type { Json } from "../../model/value.ts"
import type { Patch, Record_ } from "../../mapping/mapping.ts"
import { Rows } from "../../mapping/mapping.ts"
import { held } from "./reader.ts"
import type { FakeSystem } from "./system.ts"
import type { Row, Table } from "./table.ts"

export const writer = (system: FakeSystem, table: Table): Writer => ({
  get guard() {
    return system.knobs.guard
  },
  get creates() {
    return system.knobs.creates
  },
  get shape() {
    return system.knobs.shape
  },
  get batch() {
    return system.knobs.batch
  },
  write: (changes, fence) => Effect.gen(function*() {
    const { random, time } = system
    const prepared = yield* prepare(system, table, changes)
    yield* fence
    // From here on the request is under way, whatever becomes of the process that sent it.
    const faults = system.knobs
    const delayed = random.chance(faults.delayed)
    const lost = random.chance(faults.lostRequest)
    const mute = random.chance(faults.lostAnswer)
    // A process may be paused, the network only delays: by `delayMs` at most.
    const travel = random.between(1, delayed ? faults.delayMs : faults.latencyMs)
    let outcomes: ReadonlyArray<Outcome> | undefined
    if (!lost) {
      time.after(travel, () => {
        outcomes = prepared.map((one) => one.settled ?? apply(system, table, one))
      })
    }
    if (lost || delayed || mute) {
      yield* Effect.sleep(timeoutMs)
      if (random.chance(0.5)) return yield* system.unavailable("write: no answer")
      return prepared.map((one): Outcome => one.settled ?? { did: "unknown" })
    }
    yield* Effect.sleep(travel + system.legMs())
    return (outcomes ?? []).map((outcome, at): Outcome =>
      prepared[at]?.settled === undefined && random.chance(faults.torn) ? { did: "unknown" } : outcome)
  })
})

/** How long a caller waits for an answer: longer than any leg that is not delayed. */
export const timeoutMs = 30_000

interface Prepared {
  readonly change: Change
  /** The record as read before the request left, where the system has no guard of its own. */
  readonly into?: Record_
  /** Known before anything was sent. */
  readonly settled?: Outcome
}

/** Reads that come before a write: the record where nothing guards it, a marker before a create. */
const prepare = Effect.fnUntraced(function*(system: FakeSystem, table: Table, changes: ReadonlyArray<Change>) {
  const { knobs: faults } = system
  const reads = faults.guard === "reread" || faults.guard === "none" || faults.creates === "marker"
  if (reads) yield* system.leg
  const prepared = changes.map((change): Prepared => {
    if (change.op === "create") return searched(system, table, change)
    if (faults.guard === "values" || faults.guard === "version") return { change }
    const row = table.alive(change.id, faults)
    if (row === undefined) return { change, settled: { did: "gone" } }
    if (faults.guard === "reread" && !change.expect.holds(row.columns)) {
      return { change, settled: { did: "moved", now: held(system, row) } }
    }
    return { change, into: row.columns }
  })
  if (reads) yield* system.leg
  return prepared
})

const searched = (system: FakeSystem, table: Table, change: Change & { readonly op: "create" }): Prepared => {
  if (system.knobs.creates !== "marker") return { change }
  const found = table.by((row) => row.marker === (change.marker ?? change.idempotencyKey) &&
    row.created + system.knobs.lagMs <= system.time.now && table.alive(row.id, system.knobs) !== undefined)
  return found === undefined ? { change } : { change, settled: { did: "exists", id: found.id } }
}

const apply = (system: FakeSystem, table: Table, prepared: Prepared): Outcome => {
  const { change } = prepared
  const outcome = change.op === "create" ? create(system, table, change)
    : change.op === "update" ? update(system, table, change, prepared.into)
    : remove(system, table, change)
  if (outcome.did === "written") system.writes++
  system.note(`${change.op} ${change.op === "create" ? change.marker ?? "" : change.id} ${outcome.did}`)
  if (outcome.did === "written") system.tell(table.name, outcome.id, "hub")
  return outcome
}

const create = (system: FakeSystem, table: Table, change: Change & { readonly op: "create" }): Outcome => {
  const { knobs: faults } = system
  const { patch, withheld } = holdable(system, change.patch(undefined))
  const refused = refusal(system, patch)
  if (refused !== undefined) return refused
  const marker = change.marker ?? change.idempotencyKey
  if (faults.creates === "upsert" || faults.creates === "idempotent") {
    const known = faults.creates === "upsert"
      ? table.by((row) => row.marker === marker && table.alive(row.id, faults) !== undefined)
      : table.rows.get(table.answered.get(change.idempotencyKey) ?? "")
    if (known !== undefined && table.alive(known.id, faults) !== undefined) {
      if (faults.creates === "upsert") table.update(known, patch, "hub", system.moment(), faults, change.attempt)
      return written(system, known, patch)
    }
  }
  const column = faults.unique
  const taken = column === undefined || patch[column] === undefined || patch[column] === null
    ? undefined
    : table.by((row) => identical(row.columns[column], plain(patch[column])) &&
      table.alive(row.id, faults) !== undefined)
  if (taken !== undefined) return { did: "exists", ...(faults.tellsExisting ? { id: taken.id } : {}) }
  const row = table.insert(patch, "hub", system.moment(), faults, marker, change.attempt)
  table.answered.set(change.idempotencyKey, row.id)
  return { ...written(system, row, patch), ...withheld }
}

const update = (
  system: FakeSystem, table: Table, change: Change & { readonly op: "update" }, into: Record_ | undefined
): Outcome => {
  const { knobs: faults } = system
  const row = table.alive(change.id, faults)
  if (row === undefined) return { did: "gone" }
  const moved = (faults.guard === "version" && change.expect.version !== undefined &&
    change.expect.version !== String(row.version)) || (into === undefined && !change.expect.holds(row.columns))
  if (moved) return { did: "moved", now: held(system, row) }
  const { patch, withheld } = holdable(system, change.patch(into ?? row.columns))
  const refused = refusal(system, patch)
  if (refused !== undefined) return refused
  const whole = faults.shape === "whole" && into !== undefined ? { ...into, ...patch } : patch
  table.update(row, whole, "hub", system.moment(), faults, change.attempt)
  return { ...written(system, row, patch), ...withheld }
}

const remove = (system: FakeSystem, table: Table, change: Change & { readonly op: "remove" }): Outcome => {
  const row = table.alive(change.id, system.knobs)
  if (row === undefined) return { did: "gone" }
  const guarded = system.knobs.guard === "values" || system.knobs.guard === "version"
  if (guarded && !change.expect.holds(row.columns)) return { did: "moved", now: held(system, row) }
  table.remove(row, "hub", system.moment(), system.knobs, change.attempt)
  return { did: "written", id: change.id }
}

const refusal = (system: FakeSystem, patch: Patch): Outcome | undefined => {
  const bad = system.knobs.refuses
  if (bad === undefined) return undefined
  const column = Object.keys(patch).find((name) => {
    const text = patch[name]
    return typeof text === "string" && text.includes(bad)
  })
  return column === undefined ? undefined : { did: "refused", path: column, cause: `${column} is not allowed` }
}

type Withheld = Pick<Extract<Outcome, { readonly did: "written" }>, "withheld">

const holdable = (system: FakeSystem, patch: Patch): { readonly patch: Patch; readonly withheld: Withheld } => {
  const bad = system.knobs.withholds
  const isBad = (value: Patch[string] | undefined) => typeof value === "string" && bad !== undefined && value.includes(bad)
  const names = Object.keys(patch).filter((name) => isBad(patch[name]))
  if (names.length === 0) return { patch, withheld: {} }
  const cause = "not a character of its charset"
  return {
    patch: Object.fromEntries(Object.entries(patch).filter(([name]) => !names.includes(name))),
    withheld: { withheld: names.map((path) => ({ path, cause: `column ${path}: ${cause}` })) }
  }
}

const written = (system: FakeSystem, row: Row, patch: Patch): Extract<Outcome, { readonly did: "written" }> => {
  const made = elements(row, patch)
  const readAt = system.time.now
  if (!system.knobs.answers) return { did: "written", id: row.id, readAt }
  const after = held(system, row)
  return { did: "written", id: row.id, after: made === undefined ? after : { ...after, elements: made }, readAt }
}

/** Keys of child rows that were made for golden elements. */
const elements = (row: Row, patch: Patch): { [resource: string]: { [element: string]: string } } | undefined => {
  const made: { [resource: string]: { [element: string]: string } } = {}
  for (const [column, change] of Object.entries(patch)) {
    if (!(change instanceof Rows)) continue
    const list = row.columns[column]
    for (const one of change.rows) {
      if (one.element === undefined || one.set === null || !isList(list)) continue
      const set = one.set
      const found = list.filter(isRecord).findLast((item) => one.id !== undefined
        ? item["ID"] === one.id
        : Object.keys(set).every((key) => identical(item[key], set[key])))
      const key = found?.["ID"]
      if (typeof key === "string") made[column] = { ...made[column], [one.element]: key }
    }
  }
  return Object.keys(made).length === 0 ? undefined : made
}

const plain = (value: Json | Rows | undefined): Json | undefined => value instanceof Rows ? undefined : value
