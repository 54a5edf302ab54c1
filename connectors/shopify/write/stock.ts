/** Inventory levels: compare-and-set of many quantities in one call; activation where an item is not stocked yet. */
import { createHash } from "node:crypto"
import { Clock, Effect } from "effect"
import type { Change, Fenced, Held, Outcome, Writer } from "../../../core/connector/connector.ts"
import type { ConnectorError } from "../../../core/connector/errors.ts"
import type { Patch, Record_ } from "../../../core/mapping/mapping.ts"
import { stockItemsQuery } from "../documents.ts"
import { causeOf, stale } from "../errors.ts"
import type { UserError } from "../errors.ts"
import type { WholeReader } from "../reader.ts"
import type { Graph } from "../graph.ts"
import { activate, setQuantities } from "../mutations.ts"
import { textAt } from "../selection.ts"
import { narrowed } from "../shape.ts"
import { cellIn, textIn } from "./plan.ts"
import type { Withheld } from "./plan.ts"

export interface StockOptions {
  readonly graph: Graph
  readonly reader: WholeReader
  readonly columns: ReadonlyArray<string>
  /** One of the vendor's reasons (https://shopify.dev/docs/apps/build/orders-fulfillment/inventory-management-apps). */
  readonly reason: string
}

/** The two that can be set; the others are the vendor's own count. */
const names = ["on_hand", "available"] as const

interface Wanted {
  readonly change: Change & { readonly op: "update" }
  readonly name: (typeof names)[number]
  readonly item: string
  readonly location: string
  readonly from: number
  readonly to: number
}

export const makeStockWriter = (options: StockOptions): Writer => ({
  guard: "values", creates: "idempotent", shape: "patch", batch: 100,
  write: (changes, fence) => write(options, changes, fence)
})

const write = Effect.fnUntraced(function*(
  options: StockOptions, changes: ReadonlyArray<Change>, fence: Effect.Effect<void, Fenced>
): Effect.fn.Return<ReadonlyArray<Outcome>, ConnectorError | Fenced> {
  const { columns, reader } = options
  const outcomes = new Map<Change, Outcome>()
  const updates = changes.flatMap((change) => change.op === "update" ? [change] : [])
  for (const change of changes) {
    if (change.op === "remove") outcomes.set(change, { did: "refused", cause: "a level is not removed: set it to nothing" })
  }
  const read = updates.length === 0 ? { seen: [] } : yield* reader.whole(updates.map((change) => change.id),
    { columns })
  const held = new Map(read.seen.flatMap((one) => one._tag === "Held" ? [[one.id, one] as const] : []))
  const wanted: Array<Wanted> = []
  const withheld = new Map<Change, ReadonlyArray<Withheld>>()
  for (const change of updates) {
    const record = held.get(change.id)
    if (record === undefined) outcomes.set(change, { did: "gone" })
    else if (!change.expect.holds(record.record)) outcomes.set(change, { did: "moved", now: narrowed(record, columns) })
    else {
      const patch = change.patch(record.record)
      withheld.set(change, strange(patch).map((path) => ({ path, cause: notTaken })))
      wanted.push(...wantedOf(change, record.record, patch, outcomes))
    }
  }
  for (const name of names) {
    const all = wanted.filter((one) => one.name === name && outcomes.get(one.change) === undefined)
    // Two changes of one level go one after the other: the second is measured against what the first made.
    const seen = new Set<string>()
    const first = all.filter((one) => !seen.has(`${one.item} ${one.location}`) && seen.add(`${one.item} ${one.location}`))
    yield* setAll(options, first, outcomes, fence)
    for (const one of all) {
      if (!first.includes(one)) yield* setAll(options, [one], outcomes, fence)
    }
  }
  yield* createAll(options, changes.flatMap((change) => change.op === "create" ? [change] : []), outcomes, fence)
  const answers = yield* shown(options, changes, held, outcomes)
  return answers.map((one, at): Outcome => {
    const change = changes[at]
    const kept = change === undefined ? [] : withheld.get(change) ?? []
    return one.did === "written" && kept.length > 0 ? { ...one, withheld: kept } : one
  })
})

const wantedOf = (
  change: Wanted["change"], record: Record_, patch: Patch, outcomes: Map<Change, Outcome>
): ReadonlyArray<Wanted> => {
  const [item, location] = [textIn(record, "item.id"), textIn(record, "location.id")]
  const asked = names.flatMap((name) => {
    const to = cellIn(patch, name)
    const from = record[name]
    return typeof to === "number" && typeof from === "number" ? [{ name, to, from }] : []
  })
  const [other] = strange(patch)
  if (asked.length === 0 && other !== undefined) outcomes.set(change, { did: "refused", path: other, cause: notTaken })
  if (item === undefined || location === undefined || asked.length === 0) return []
  return asked.map((one) => ({ change, item, location, ...one }))
}

const notTaken = "Shopify does not take it on inventory_levels"
const own: ReadonlyArray<string> = [...names, "variant.id", "location.id"]
/** Columns that are the vendor's own. */
const strange = (patch: Patch): ReadonlyArray<string> => Object.keys(patch).filter((column) => !own.includes(column))

/** All or nothing in Shopify: those that were refused stand aside, and the others go again. */
const setAll = Effect.fnUntraced(function*(
  { graph, reason }: StockOptions, all: ReadonlyArray<Wanted>, outcomes: Map<Change, Outcome>,
    fence: Effect.Effect<void, Fenced>
): Effect.fn.Return<void, ConnectorError | Fenced> {
  let left = all
  let sent = false
  while (left.length > 0) {
    const now: ReadonlyArray<Wanted> = left
    const quantities = now.map(({ from, item, location, to }) =>
      ({ inventoryItemId: item, locationId: location, quantity: to, changeFromQuantity: from }))
    const key = keyOf(now.map((one) => one.change.idempotencyKey), quantities)
    const answers = yield* graph.mutate("set quantities", [{ mutation: setQuantities,
      values: { key, input: { name: now[0]?.name ?? "on_hand", reason, quantities } } }], fence, true).pipe(
      Effect.catchTag("Lost", () => Effect.succeed(undefined)),
      // What went before keeps its outcome.
      Effect.catchTags({ ConnectorError: (error) => sent ? Effect.succeed(undefined) : Effect.fail(error),
        Fenced: (error) => sent ? Effect.succeed(undefined) : Effect.fail(error) }))
    sent = true
    const errors = answers?.[0]?.errors ?? []
    if (answers === undefined || answers[0]?.failed === true) {
      for (const one of now) outcomes.set(one.change, { did: "unknown" })
      return
    }
    if (errors.length === 0) return
    const faulty = new Map(errors.flatMap((error) => {
      const at = error.field.map(Number).find((part) => Number.isInteger(part))
      const one = at === undefined ? undefined : now[at]
      return one === undefined ? [] : [[one, error] as const]
    }))
    // An error of no row is one of all.
    const culprits = faulty.size === 0 ? now : [...faulty.keys()]
    for (const one of culprits) outcomes.set(one.change, refusal(faulty.get(one) ?? errors[0], one.name))
    left = now.filter((one) => !culprits.includes(one))
  }
})

const refusal = (error: UserError | undefined, path: string): Outcome =>
  error?.code !== undefined && stale.has(error.code) ? { did: "moved" }
    : { did: "refused", path, cause: error === undefined ? "refused" : causeOf(error) }

/** The same work has the same key, however often it is sent. */
const keyOf = (keys: ReadonlyArray<string>, what: unknown): string =>
  createHash("sha256").update(JSON.stringify([keys, what])).digest("hex")

const createAll = Effect.fnUntraced(function*(
  { graph }: StockOptions, creates: ReadonlyArray<Change & { readonly op: "create" }>, outcomes: Map<Change, Outcome>,
  fence: Effect.Effect<void, Fenced>
): Effect.fn.Return<void, ConnectorError | Fenced> {
  if (creates.length === 0) return
  const patches = creates.map((change) => ({ change, patch: change.patch(undefined) }))
  const variants = [...new Set(patches.flatMap(({ patch }) => textIn(patch, "variant.id") ?? []))]
  const { data } = yield* graph.query("find stock items", stockItemsQuery, { ids: variants })
  const nodes: ReadonlyArray<unknown> = Array.isArray(data["nodes"]) ? data["nodes"] : []
  const items = new Map(variants.map((id, at) => [id, textAt(Array.isArray(data["nodes"]) ? data["nodes"][at] : undefined,
    "inventoryItem", "id")] as const))
  const going = patches.flatMap(({ change, patch }) => {
    const [item, location] = [items.get(textIn(patch, "variant.id") ?? ""), textIn(patch, "location.id")]
    if (item === undefined || location === undefined) {
      outcomes.set(change, { did: "refused", cause: nodes.length === 0 ? "there is no such variant" : "variant or location is missing" })
      return []
    }
    const [onHand, available] = [cellIn(patch, "on_hand"), cellIn(patch, "available")]
    const quantity = typeof onHand === "number" ? { onHand } : typeof available === "number" ? { available } : {}
    return [{ change, values: { inventoryItemId: item, locationId: location, ...quantity } }]
  })
  if (going.length === 0) return
  const steps = going.map(({ change, values }) => ({ mutation: activate,
    values: { ...values, key: keyOf([change.idempotencyKey], values) } }))
  const answers = yield* Effect.catchTag(graph.mutate("activate stock", steps, fence, true), "Lost", () => Effect.succeed(undefined))
  for (const [at, { change, values }] of going.entries()) {
    const answer = answers?.[at]
    const id = textAt(answer?.payload, "inventoryLevel", "id")
    const [error] = answer?.errors ?? []
    if (answer === undefined || answer.failed) outcomes.set(change, { did: "unknown" })
    else if (id !== undefined) outcomes.set(change, { did: "written", id })
    else if (error !== undefined) outcomes.set(change, yield* stocked(graph, change, values, error, fence))
    else outcomes.set(change, { did: "unknown" })
  }
})

/** An item that is stocked there already is asked for without a quantity: that shows its level. */
const stocked = Effect.fnUntraced(function*(
  graph: Graph, change: Change, values: { readonly inventoryItemId: string; readonly locationId: string },
    error: UserError,
  fence: Effect.Effect<void, Fenced>
): Effect.fn.Return<Outcome, never> {
  const bare = { inventoryItemId: values.inventoryItemId, locationId: values.locationId }
  const asked = yield* Effect.option(graph.mutate("find level", [{ mutation: activate,
    values: { ...bare, key: keyOf([change.idempotencyKey, "bare"], bare) } }], fence, true))
  const id = asked._tag === "Some" ? textAt(asked.value[0]?.payload, "inventoryLevel", "id") : undefined
  return id === undefined ? { did: "refused", cause: causeOf(error) } : { did: "exists", id }
})

/** What is there now, so that the hub compares with the truth. */
const shown = Effect.fnUntraced(function*(
  { columns, reader }: StockOptions, changes: ReadonlyArray<Change>, before: ReadonlyMap<string, Held>,
    outcomes: ReadonlyMap<Change, Outcome>
): Effect.fn.Return<ReadonlyArray<Outcome>, never> {
  const settled = changes.map((change): Outcome => outcomes.get(change) ??
    (change.op === "create" ? { did: "unknown" } : { did: "written", id: change.id }))
  const ids = [...new Set(settled.flatMap((one) => one.did === "written" ? [one.id] : []))]
  const readAt = yield* Clock.currentTimeMillis
  const read = ids.length === 0 ? undefined : yield* Effect.option(reader.whole(ids, { columns }))
  const held = new Map(read?._tag === "Some" ? read.value.seen.flatMap((one) => one._tag === "Held"
    ? [[one.id, one] as const] : []) : before)
  return settled.map((one): Outcome => {
    const after = one.did === "written" ? held.get(one.id) : undefined
    return one.did === "written" && after !== undefined && read?._tag === "Some"
      ? { ...one, after: narrowed(after, columns), readAt } : one
  })
})
