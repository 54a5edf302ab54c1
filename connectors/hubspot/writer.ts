/**
 * Writes records: creates as upserts by our own unique property, so that one sent twice is one; changes after a fresh
 * look, because the API has no guard of its own. What hangs on a record (line items, contact, consent) follows it.
 */
import { Clock, Effect } from "effect"
import type { Lost } from "../../core/connector/api.ts"
import type { Change, Fenced, Held, Outcome, Writer } from "../../core/connector/connector.ts"
import type { ConnectorError } from "../../core/connector/errors.ts"
import { Stale } from "../../core/connector/errors.ts"
import type { HubTime, Json } from "../../core/model/value.ts"
import { isIdle, itemOf, refused } from "./changes.ts"
import type { Item } from "./changes.ts"
import { follow } from "./following.ts"
import type { Followed } from "./following.ts"
import { isOwn } from "./kinds.ts"
import { batchSize, chunks } from "./objects.ts"
import type { Fence, Shown, WriteError } from "./objects.ts"
import { fetched } from "./reader.ts"
import { send } from "./sending.ts"
import type { Fault, Sent } from "./sending.ts"
import { wantedOf } from "./view.ts"
import type { Source } from "./view.ts"

export interface Target {
  readonly source: Source
  /** Columns that the mapping speaks of: what a look before a write shows. */
  readonly columns: ReadonlyArray<string>
  /** The names by which the mapping's lists speak of line items. */
  readonly rowNames: ReadonlyArray<string>
}

export const makeWriter = (target: Target): Writer => {
  let hasKey = false
  return {
    guard: "reread", creates: "upsert", shape: "patch", batch: batchSize,
    write: (changes, fence) => Effect.gen(function*() {
      if (!hasKey && changes.some(({ op }) => op === "create")) {
        yield* keyed(target)
        hasKey = true
      }
      return yield* write(target, changes, fence)
    })
  }
}

/** Without its key no record can be made, and halving would only find that out a hundred times. */
const keyed = Effect.fnUntraced(function*({ source: { key, kind, objects } }: Target) {
  const property = yield* objects.property(kind.name, key)
  if (property === undefined || !property.unique) {
    const what = property === undefined ? "there is no property" : "values are not unique of the property"
    return yield* objects.api.fail(`create ${kind.name}`,
      new Stale({ message: `${what} ${key} on ${kind.name}: run esl setup` }))
  }
  return undefined
})

const write = Effect.fnUntraced(function*(
  target: Target, changes: ReadonlyArray<Change>, fence: Fence
): Effect.fn.Return<ReadonlyArray<Outcome>, ConnectorError | Fenced> {
  const outcomes: Array<Outcome> = changes.map(() => ({ did: "unsent" }))
  let wrote = false
  for (const wave of waves(changes)) {
    const result = yield* Effect.result(batch(target, changes, wave, fence))
    if (result._tag === "Success") {
      for (const [at, outcome] of result.success) outcomes[at] = outcome
      wrote ||= [...result.success.values()].some(({ did }) => did === "written" || did === "unknown")
      continue
    }
    // What came before is known and told; what was to come is not sent.
    if (!wrote) return yield* Effect.fail(result.failure)
    return outcomes
  }
  return outcomes
})

/** Two inputs that are one record make the portal refuse all of a batch: they go one after the other. */
const waves = (changes: ReadonlyArray<Change>): ReadonlyArray<ReadonlyArray<number>> => {
  const found: Array<{ readonly at: Array<number>; readonly taken: Set<string> }> = []
  for (const [at, change] of changes.entries()) {
    const names = namesOf(change)
    let wave = found.findIndex(({ taken }) => !names.some((name) => taken.has(name)))
    // A later change of one record must not overtake an earlier one.
    const last = found.findLastIndex(({ taken }) => names.some((name) => taken.has(name)))
    if (wave <= last) wave = last + 1
    const there = found[wave] ?? { at: [], taken: new Set<string>() }
    found[wave] = there
    there.at.push(at)
    for (const name of names) there.taken.add(name)
  }
  return found.flatMap(({ at }) => chunks(at, batchSize))
}

const namesOf = (change: Change): ReadonlyArray<string> => {
  if (change.op !== "create") return [`id ${change.id}`]
  const email = change.patch(undefined)["email"]
  return [`key ${change.marker ?? change.idempotencyKey}`,
    ...typeof email === "string" && email !== "" ? [`email ${email.toLowerCase()}`] : []]
}

type Outcomes = Map<number, Outcome>

const batch = Effect.fnUntraced(function*(
  target: Target, changes: ReadonlyArray<Change>, wave: ReadonlyArray<number>, fence: Fence
): Effect.fn.Return<Outcomes, ConnectorError | Fenced> {
  const outcomes: Outcomes = new Map()
  const readAt = yield* Clock.currentTimeMillis
  const { items, removals } = yield* prepared(target, changes, wave, outcomes)
  const creates = items.filter(({ create }) => create)
  const updates = items.filter(({ create }) => !create)
  for (const group of [creates, updates]) {
    const stored = yield* settled(group, outcomes, primary(target, group, fence))
    const going = group.flatMap((item, index): ReadonlyArray<Followed> => {
      const one = stored?.[index]
      if (one === undefined) return []
      if (one.did === "refused") {
        outcomes.set(item.at, refusal(item, one.fault))
        return []
      }
      return [{ item, shown: one.shown, withheld: [...item.withheld, ...one.withheld] }]
    })
    yield* finished(target, going, outcomes, readAt, fence)
  }
  if (removals.length > 0) yield* removed(target, changes, removals, outcomes, fence)
  return outcomes
})

/** The fresh look: what is gone, merged away or edited meanwhile is not written. */
const prepared = Effect.fnUntraced(function*(
  { columns, source }: Target, changes: ReadonlyArray<Change>, wave: ReadonlyArray<number>, outcomes: Outcomes
): Effect.fn.Return<{ readonly items: ReadonlyArray<Item>; readonly removals: ReadonlyArray<number> }, ConnectorError> {
  const purposes = Object.keys(source.preferences?.options.subscriptions ?? {})
  const ids = wave.flatMap((at) => idOf(changes[at]) ?? [])
  const look = ids.length === 0 ? undefined : yield* fetched({ source, wanted: wantedOf(source, columns) }, ids)
  const held = new Map<string, Held>()
  for (const one of look?.seen ?? []) if (one._tag === "Held") held.set(one.id, one)
  const away = new Set(look?.missing.flatMap((one) => one._tag === "Moved" ? [one.id] : []))
  const items: Array<Item> = []
  const removals: Array<number> = []
  for (const at of wave) {
    const change = changes[at]
    if (change === undefined) continue
    if (change.op === "create") {
      items.push(itemOf(change, at, undefined, purposes))
      continue
    }
    const now = held.get(change.id)
    if (now === undefined) outcomes.set(at, away.has(change.id) ? { did: "moved" } : { did: "gone" })
    else if (!change.expect.holds(now.record)) outcomes.set(at, { did: "moved", now })
    else if (change.op === "remove") removals.push(at)
    else {
      const item = itemOf(change, at, now, purposes)
      const refusedHere = isIdle(item) ? refused(item) : undefined
      if (refusedHere !== undefined) outcomes.set(at, refusedHere)
      else items.push(item)
    }
  }
  return { items, removals }
})

const idOf = (change: Change | undefined): string | undefined =>
  change === undefined || change.op === "create" ? undefined : change.id

/** Creates are upserts; a change without properties of its own needs no call. */
const primary = (
  { source: { key, kind, objects } }: Target, items: ReadonlyArray<Item>, fence: Fence
): Effect.Effect<ReadonlyArray<Sent | undefined>, WriteError> => Effect.gen(function*() {
  const going = items.filter((item) => item.create || Object.keys(item.properties).length > 0)
  const create = items[0]?.create === true
  const sent = going.length === 0 ? [] : yield* send(objects, kind.name, create ? key : undefined,
    going.map(({ attempt, id, properties }) => ({ id, properties, trace: attempt })), fence)
  const answers = new Map(going.map((item, at) => [item, sent[at]]))
  return items.map((item) => answers.get(item) ?? { did: "stored", shown: shownBefore(item), withheld: [] })
})

const shownBefore = ({ before, id }: Item): Shown =>
  ({ id, properties: {}, createdAt: before?.incarnation ?? "", updatedAt: before?.stamp?.at ?? "" })

/** A lost answer makes all of its records unknown; an error before anything was sent goes up. */
const settled = <A>(
  items: ReadonlyArray<Item>, outcomes: Outcomes, work: Effect.Effect<A, ConnectorError | Lost | Fenced>
): Effect.Effect<A | undefined, ConnectorError | Fenced> =>
  Effect.matchEffect(work, {
    onSuccess: (done) => Effect.succeed<A | undefined>(done),
    onFailure: (error) => {
      const unsure = error._tag === "Lost" || (error._tag === "ConnectorError" && error.reason._tag === "Malformed")
      if (!unsure) return Effect.fail(error)
      for (const { at } of items) outcomes.set(at, { did: "unknown" })
      return Effect.succeed(undefined)
    }
  })

const refusal = (item: Item, fault: Fault): Outcome => {
  if (item.create && fault.holder !== undefined) return { did: "exists", id: fault.holder }
  if (!item.create && fault.code === "OBJECT_NOT_FOUND") return { did: "gone" }
  const [path] = fault.columns
  return { did: "refused", cause: fault.cause, ...path === undefined ? {} : { path } }
}

/** If what follows a stored record is uncertain, so is the record: it is read again. */
const finished = Effect.fnUntraced(function*(
  target: Target, going: ReadonlyArray<Followed>, outcomes: Outcomes, readAt: HubTime, fence: Fence
): Effect.fn.Return<void, ConnectorError | Fenced> {
  if (going.length === 0) return
  const result = yield* Effect.result(follow(target, going, fence))
  if (result._tag === "Failure") {
    for (const { item } of going) outcomes.set(item.at, { did: "unknown" })
    return
  }
  result.success.forEach(({ columns, elements, withheld }, index) => {
    const one = going[index]
    if (one === undefined) return
    const all = [...one.withheld, ...withheld]
    outcomes.set(one.item.at, { did: "written", id: one.shown.id, readAt,
      after: afterOf(target, one, columns, elements), ...all.length === 0 ? {} : { withheld: all } })
  })
})

/**
 * The record as the answers show it, over what it was before. A new one is what was sent and empty otherwise: what the
 * portal adds (a date of creation, a value by default) comes with the next pull, and is not worth a reading of its own.
 */
const afterOf = (
  { columns, rowNames }: Target, { item, shown }: Followed, joined: { readonly [column: string]: Json },
  elements: { readonly [element: string]: string }
): Held => {
  const record: { [column: string]: Json } = { ...item.before?.record }
  for (const name of columns) {
    const value = shown.properties[name]
    const added = item.create && !(name in item.properties)
    if (value !== undefined && value !== null && value !== "") {
      if (!added) record[name] = value
    } else if (value !== undefined || (added && isOwn(name))) record[name] = null
  }
  Object.assign(record, joined, columns.includes("hs_object_id") ? { hs_object_id: shown.id } : {})
  return { id: shown.id, record, complete: true,
    ...shown.createdAt === "" ? {} : { incarnation: shown.createdAt },
    ...shown.updatedAt === "" ? {} : { stamp: { at: shown.updatedAt, tier: "R" } },
    ...Object.keys(elements).length === 0 ? {}
      : { elements: Object.fromEntries(rowNames.map((name) => [name, elements])) } }
}

const removed = Effect.fnUntraced(function*(
  { source: { kind, objects } }: Target, changes: ReadonlyArray<Change>, removals: ReadonlyArray<number>,
  outcomes: Outcomes, fence: Fence
): Effect.fn.Return<void, ConnectorError | Fenced> {
  const ids = removals.flatMap((at) => idOf(changes[at]) ?? [])
  const result = yield* Effect.result(objects.archive(kind.name, ids, fence))
  if (result._tag === "Failure" && result.failure._tag !== "Lost") return yield* Effect.fail(result.failure)
  removals.forEach((at, index) => {
    outcomes.set(at, result._tag === "Failure" ? { did: "unknown" } : { did: "written", id: ids[index] ?? "" })
  })
  return undefined
})
