/** Writing a resource: a fresh read, the narrowest mutations, many records in one request, one outcome a record. */
import { Clock, Effect } from "effect"
import type { Change, Fenced, Held, Outcome, Writer } from "../../../core/connector/connector.ts"
import type { ConnectorError } from "../../../core/connector/errors.ts"
import type { Patch, Record_ } from "../../../core/mapping/mapping.ts"
import type { Json } from "../../../core/model/value.ts"
import type { Kind } from "../documents.ts"
import { causeOf, gone, passes, stale } from "../errors.ts"
import type { UserError } from "../errors.ts"
import type { WholeReader } from "../reader.ts"
import type { Graph, Stepped } from "../graph.ts"
import { isNode, nodesIn, textAt } from "../selection.ts"
import type { Node_ } from "../selection.ts"
import { heldOf, narrowed } from "../shape.ts"
import type { ShopFacts } from "../shape.ts"
import { isRows } from "./plan.ts"
import type { Plan, Planned, Withheld } from "./plan.ts"

/** What planning needs to know. */
export interface Kit {
  readonly shop: ShopFacts
  /** The unique metafield that carries the hub's own id. */
  readonly externalId: { readonly namespace: string; readonly key: string } | undefined
  /** What answers show of a record, so that it need not be read again. */
  readonly shows: string
  readonly cancel: { readonly restock: boolean; readonly refund: boolean }
  readonly refunds: "notice" | "off"
}

export type Update = Extract<Change, { readonly op: "update" }>
export type Create = Extract<Change, { readonly op: "create" }>
export type Remove = Extract<Change, { readonly op: "remove" }>

/** How changes of one kind of record become steps. */
export interface Planner {
  readonly kind: Kind
  readonly update: (change: Update, into: Record_, patch: Patch, kit: Kit) => Effect.Effect<Plan, ConnectorError>
  readonly remove: (change: Remove, kit: Kit) => Plan | string
  readonly create: (change: Create, patch: Patch, kit: Kit) => Plan | string
  /** Records that a create would make a second time, by attempt. */
  readonly find: (changes: ReadonlyArray<Create>, kit: Kit) => Effect.Effect<ReadonlyMap<string, string>,
    ConnectorError>
  /** Whose is what these creates collide with, in their order. */
  readonly taken?: (
    patches: ReadonlyArray<Patch>
  ) => Effect.Effect<ReadonlyArray<string | undefined>, ConnectorError>
  /** Columns of values that somebody else has, without which the rest can be written. */
  readonly spare?: (errors: ReadonlyArray<UserError>, patch: Patch, op: "create" | "update") => ReadonlyArray<string>
  /** What is left to do once the record is there; planned against what the answer showed. */
  readonly then?: (id: string, into: Record_, rest: Patch, kit: Kit) => Plan
  /**
   * The record under the patch, where what was sent is what is there and nothing needs to be read again: the one that
   * was read before, or a new one; undefined where only a reading can tell.
   */
  readonly composed?: (
    into: Record_ | undefined, patch: Patch, columns: ReadonlyArray<string>
  ) => Record_ | undefined
}

export interface WriterOptions {
  readonly graph: Graph
  readonly reader: WholeReader
  readonly planner: Planner
  readonly kit: Effect.Effect<Kit, ConnectorError>
  readonly columns: ReadonlyArray<string>
  /** By what names the mapping speaks of the rows of a child collection. */
  readonly rowNames: ReadonlyMap<string, ReadonlyArray<string>>
  readonly creates: Writer["creates"]
  /** Asked anew for each push. */
  readonly batch: () => number
}

/** One change on its way. */
interface Item {
  readonly change: Change
  readonly id: string | undefined
  readonly patch: Patch
  readonly plan: Plan
  readonly outcome?: Outcome
  /** It collides with a record that is there. */
  readonly taken?: true
  /** To be sent once more without these columns. */
  readonly spared?: ReadonlyArray<string>
  /** As it was read before; absent for a create. */
  readonly into?: Held
  /** What was sent so far. */
  readonly steps?: ReadonlyArray<Planned>
  readonly after?: Held
  readonly readAt?: number
  readonly elements?: { readonly [child: string]: { readonly [element: string]: string } }
}

const asIt = (change: Change, outcome: Outcome): Item => ({ change, id: undefined, patch: {},
  plan: { steps: [], withheld: [] }, outcome })

export const makeWriter = (options: WriterOptions): Writer => {
  const writes = new Writes(options)
  return {
    guard: "reread", creates: options.creates, shape: "patch",
    get batch() { return options.batch() },
    write: (changes, fence) => writes.write(changes, fence)
  }
}

class Writes {
  readonly #options: WriterOptions
  #most = mostPoints
  constructor(options: WriterOptions) {
    this.#options = options
  }

  write(changes: ReadonlyArray<Change>, fence: Effect.Effect<void, Fenced>) {
    return Effect.gen({ self: this }, function*() {
      const kit = yield* this.#options.kit
      const prepared = yield* this.#prepared(changes, kit)
      const first = yield* this.#run(prepared, kit, fence, true)
      const spared = yield* this.#spared(first, kit)
      const again = yield* this.#run(spared, kit, fence, false)
      const known = yield* this.#known(again)
      const second = yield* this.#run(known.map((item) => this.#next(item, kit)), kit, fence, false)
      return yield* this.#shown(second)
    })
  }

  /** Reads what is to be changed, and asks each change what it wants of it. */
  #prepared(changes: ReadonlyArray<Change>, kit: Kit): Effect.Effect<ReadonlyArray<Item>, ConnectorError> {
    const { columns, planner, reader } = this.#options
    return Effect.gen(function*() {
      const ids = changes.flatMap((change) => change.op === "create" ? [] : [change.id])
      const read = ids.length === 0 ? { seen: [] } : yield* reader.whole(ids, { columns })
      const held = new Map(read.seen.flatMap((one) => one._tag === "Held" ? [[one.id, one] as const] : []))
      const unread = new Set(read.seen.flatMap((one) => one._tag === "Unreadable" ? [one.id] : []))
      const found = yield* planner.find(changes.filter((change) => change.op === "create"), kit)
      const items: Array<Item> = []
      for (const change of changes) {
        if (change.op === "create") {
          const known = found.get(change.attempt)
          const patch = change.patch(undefined)
          const plan = planner.create(change, patch, kit)
          items.push(known !== undefined ? asIt(change, { did: "exists", id: known })
            : typeof plan === "string" ? asIt(change, { did: "refused", cause: plan }) : { change, id: undefined, patch, plan })
          continue
        }
        const record = held.get(change.id)
        if (record === undefined) {
          items.push(asIt(change, unread.has(change.id) ? { did: "refused", cause: "the token does not see this record" } : { did: "gone" }))
        } else if (!change.expect.holds(record.record)) items.push(asIt(change,
          { did: "moved", now: narrowed(record, columns) }))
        else if (change.op === "remove") {
          const plan = planner.remove(change, kit)
          items.push(typeof plan === "string" ? asIt(change, { did: "refused", cause: plan })
            : { change, id: change.id, patch: {}, plan })
        } else {
          const patch = change.patch(record.record)
          const plan = yield* planner.update(change, record.record, patch, kit)
          const [kept] = plan.withheld
          if (plan.steps.length === 0 && kept !== undefined) {
            items.push(asIt(change, { did: "refused", ...kept }))
            continue
          }
          // Nothing to send: what was read is what is there.
          items.push({ change, id: change.id, patch, plan, into: record,
            ...plan.steps.length === 0 ? { after: record } : {} })
        }
      }
      return items
    })
  }

  /** Whole records, as many in one request as a query may cost. */
  #run(
    items: ReadonlyArray<Item>, kit: Kit, fence: Effect.Effect<void, Fenced>, first: boolean
  ): Effect.Effect<ReadonlyArray<Item>, ConnectorError | Fenced> {
    return Effect.gen({ self: this }, function*() {
      const done = new Map<Change, Item>()
      let sent = !first
      const going = items.filter((item) => item.outcome === undefined && item.plan.steps.length > 0)
      for (const group of packed(going, this.#most)) {
        const after: ReadonlyArray<Item> = yield* Effect.catchTags(this.#send(group, kit, fence), {
          // What was sent before keeps its outcome: only the rest is left.
          ConnectorError: (error) => sent ? Effect.succeed(group.map((item) =>
            ({ ...item, outcome: left(error, first) })))
            : Effect.fail(error),
          Fenced: (error) => sent ? Effect.succeed(group.map((item) => ({ ...item, outcome: unsent(item, first) })))
            : Effect.fail(error)
        })
        sent = true
        for (const item of after) done.set(item.change, item)
      }
      return items.map((item) => done.get(item.change) ?? item)
    })
  }

  /** A request that fails whole is halved until the culprit stands alone. */
  #send(
    group: ReadonlyArray<Item>, kit: Kit, fence: Effect.Effect<void, Fenced>
  ): Effect.Effect<ReadonlyArray<Item>, ConnectorError | Fenced> {
    const { graph, planner } = this.#options
    const steps = group.flatMap((item) => item.plan.steps)
    const idempotent = steps.every((one) => one.idempotent)
    return Effect.gen({ self: this }, function*() {
      const readAt = yield* Clock.currentTimeMillis
      const answers = yield* graph.mutate(`write ${planner.kind.resource}`, steps, fence, idempotent)
      let at = 0
      const items: Array<Item> = []
      for (const item of group) {
        const own = answers.slice(at, at + item.plan.steps.length)
        at += item.plan.steps.length
        items.push(this.#answered(item, own, readAt, kit))
      }
      return items
    }).pipe(Effect.catchTags({
      Lost: () => Effect.succeed(group.map((item): Item => ({ ...item, outcome: { did: "unknown" } }))),
      ConnectorError: (error) => {
        if (!isOfOne(error)) return Effect.fail(error)
        if (group.length === 1) return Effect.succeed(group.map((item): Item =>
          ({ ...item, outcome: refusedBy(error) })))
        const dear = error.reason._tag === "Refused" && error.reason.code === "MAX_COST_EXCEEDED"
        if (dear) this.#most = Math.max(50, this.#most / 2)
        const half = Math.ceil(group.length / 2)
        return Effect.flatMap(this.#send(group.slice(0, half), kit, fence), (one) =>
          Effect.map(this.#send(group.slice(half), kit, fence), (two) => [...one, ...two]))
      }
    }))
  }

  /** What the steps of one record came to. */
  #answered(item: Item, answers: ReadonlyArray<Stepped>, readAt: number, kit: Kit): Item {
    const { planner } = this.#options
    const { change, plan } = item
    const errors = answers.flatMap((answer, at) => answer.errors.map((error) => ({ error, step: plan.steps[at] })))
    const spared = change.op === "remove" || item.spared !== undefined ? []
      : planner.spare?.(errors.map(({ error }) => error), item.patch, change.op) ?? []
    if (spared.length > 0) return { ...item, spared, readAt, elements: { ...item.elements,
      ...rowsMade(plan.steps, answers) } }
    if (change.op === "create" && item.id === undefined && planner.taken !== undefined &&
      errors.some(({ error }) => error.code === "TAKEN")) return { ...item, taken: true, plan: { steps: [], withheld: [] } }
    const outcome = outcomeOf(item, answers, errors)
    if (outcome !== undefined) return { ...item, outcome }
    const withheld = errors.flatMap(({ error, step }): ReadonlyArray<Withheld> =>
      (step?.columns ?? []).map((path) => ({ path, cause: causeOf(error) })))
    const id = item.id ?? answers.map((answer) => createdId(answer.payload)).find((one) => one !== undefined)
    const node = answers.map((answer) => shownNode(answer.payload)).findLast((one) => one !== undefined)
    // The last step shows the record as it is now; if another came after it, it is read again.
    const last = plan.steps.at(-1)
    const after = node === undefined || last?.shows === undefined ? undefined
      : heldOf(planner.kind, this.#options.columns, node, kit.shop)
    // What an earlier round showed is out of date.
    const { after: _, ...rest } = item
    return {
      ...rest, id, readAt, steps: [...item.steps ?? [], ...plan.steps],
        plan: { steps: [], withheld: [...plan.withheld, ...withheld] },
      ...after === undefined ? {} : { after }, elements: { ...item.elements, ...rowsMade(plan.steps, answers) }
    }
  }

  /** Once more, without the values that somebody else has. */
  #spared(items: ReadonlyArray<Item>, kit: Kit): Effect.Effect<ReadonlyArray<Item>, ConnectorError> {
    const { planner } = this.#options
    return Effect.forEach(items, (item) => {
      const { change, into, spared } = item
      if (spared === undefined || change.op === "remove") return Effect.succeed(item)
      const failed = item.plan.steps.filter((one) => one.columns.some((column) => spared.includes(column)))
      const own = new Set(failed.flatMap((one) => one.columns))
      const patch: Patch = Object.fromEntries(Object.entries(item.patch).filter(([column]) => !spared.includes(column)))
      const rest: Patch = Object.fromEntries(Object.entries(patch).filter(([column]) => own.has(column)))
      const planned = change.op === "create" ? Effect.succeed(planner.create(change, patch, kit))
        : planner.update(change, into?.record ?? {}, rest, kit)
      return Effect.map(planned, (plan): Item => typeof plan === "string" ? { ...item, outcome: { did: "refused", cause: plan } }
        : { ...item, patch, steps: item.plan.steps.filter((one) => !failed.includes(one)), plan: { steps: plan.steps,
          withheld: [...item.plan.withheld, ...plan.withheld, ...spared.map((path) => ({ path, cause: "another record has it" }))] } })
    })
  }

  /** Whose is what creates collide with: all of them in one question. */
  #known(items: ReadonlyArray<Item>): Effect.Effect<ReadonlyArray<Item>, ConnectorError> {
    const { planner } = this.#options
    const taken = items.filter((item) => item.taken === true && item.outcome === undefined)
    if (taken.length === 0 || planner.taken === undefined) return Effect.succeed(items)
    return Effect.map(planner.taken(taken.map((item) => item.patch)), (ids) => items.map((item) => {
      const at = taken.indexOf(item)
      const id = ids[at]
      return at < 0 ? item : { ...item, outcome: id === undefined ? { did: "exists" } : { did: "exists", id } }
    }))
  }

  /** The second round: what could only be said of a record that is there. */
  #next(item: Item, kit: Kit): Item {
    const { planner } = this.#options
    if (item.change.op !== "create" || item.outcome !== undefined || item.id === undefined
      || planner.then === undefined) return item
    const done = new Set(item.steps?.flatMap((one) => one.columns))
    const rest: Patch = Object.fromEntries(Object.entries(item.patch).filter(([column]) => !done.has(column)))
    const sent = Object.entries(item.patch).flatMap(([column, value]) => isRows(value) ? []
      : [[column, value] as const])
    const more = planner.then(item.id, item.after?.record ?? Object.fromEntries(sent), rest, kit)
    return { ...item, plan: { steps: more.steps, withheld: [...item.plan.withheld, ...more.withheld] } }
  }

  /** The record as it is after the write, from what was known of it and what was sent. */
  #composed({ change, id, into, patch, plan, steps = [] }: Item): Held | undefined {
    const { columns, planner } = this.#options
    if (id === undefined || change.op === "remove" || steps.some((one) => one.inexact === true)) return undefined
    // A create that was sent before may have met a record with more in it.
    if (change.op === "create" && change.attempt !== change.idempotencyKey) return undefined
    const under = planner.composed?.(into?.record, patch, columns)
    if (under === undefined) return undefined
    const out = new Set(plan.withheld.map(({ path }) => path))
    const cells = Object.entries(patch).flatMap(([column, value]) =>
      isRows(value) || out.has(column) ? [] : [[column, value] as const])
    const stored = steps.flatMap((one) => Object.entries(one.stored ?? {}).filter(([column]) => !out.has(column)))
    const record: Record_ = { ...under, ...Object.fromEntries([...cells, ...stored]), id }
    return { id, complete: true, record, ...into?.incarnation === undefined ? {} : { incarnation: into.incarnation } }
  }

  /** Records whose answer did not show them are read once more, all together. */
  #shown(items: ReadonlyArray<Item>): Effect.Effect<ReadonlyArray<Outcome>, ConnectorError> {
    const { columns, reader } = this.#options
    return Effect.gen({ self: this }, function*() {
      const composed = new Map(items.flatMap((item) => {
        const record = item.outcome === undefined && item.after === undefined ? this.#composed(item) : undefined
        return record === undefined ? [] : [[item, record] as const]
      }))
      const blind = items.flatMap((item) => item.outcome === undefined && item.after === undefined
        && !composed.has(item) && item.id !== undefined &&
        item.change.op !== "remove" ? [item.id] : [])
      // What was written is written: if it cannot be read now, the next reading shows it.
      const read = blind.length === 0 ? undefined : yield* Effect.option(reader.whole(blind, { columns }))
      const seen = read?._tag === "Some" ? read.value : undefined
      const held = new Map(seen?.seen.flatMap((one) => one._tag === "Held" ? [[one.id, one] as const] : []) ?? [])
      return items.map((item): Outcome => {
        if (item.outcome !== undefined) return item.outcome
        const { id } = item
        if (id === undefined) return { did: "unknown" }
        const record = item.after ?? composed.get(item) ?? held.get(id)
        const readAt = item.after === undefined && !composed.has(item) ? seen?.readAt : item.readAt
        return {
          did: "written", id,
          ...record === undefined ? {} : { after: { ...narrowed(record, columns), ...this.#elements(item) } },
          ...readAt === undefined ? {} : { readAt },
          ...item.plan.withheld.length === 0 ? {} : { withheld: item.plan.withheld }
        }
      })
    })
  }

  #elements({ elements }: Item): { readonly elements?: NonNullable<Held["elements"]> } {
    if (elements === undefined || Object.keys(elements).length === 0) return {}
    const named = Object.entries(elements).flatMap(([child, rows]) =>
      (this.#options.rowNames.get(child) ?? [child]).map((name) => [name, rows] as const))
    return { elements: Object.fromEntries(named) }
  }
}

/** What one query may cost, until Shopify says otherwise (https://shopify.dev/docs/api/usage/limits). */
const mostPoints = 1_000

/** A mutation costs ten points, and one for each object that its answer shows; errors cost nothing. */
const pointsOf = ({ mutation, shows = "" }: Planned): number =>
  10 + Number(/first: (\d+)/.exec(shows)?.[1] ?? 0) + ((mutation.answer.replace(/\w*[uU]serErrors \{[^}]*\}/, "") + shows).match(/\{/g) ?? []).length

/** Groups of records whose steps together stay below what one request may cost. */
const packed = (items: ReadonlyArray<Item>, most: number): ReadonlyArray<ReadonlyArray<Item>> => {
  const groups: Array<Array<Item>> = []
  let cost = Infinity
  for (const item of items) {
    const own = item.plan.steps.reduce((sum, one) => sum + pointsOf(one), 0)
    if (cost + own > most) {
      groups.push([])
      cost = 0
    }
    groups.at(-1)?.push(item)
    cost += own
  }
  return groups
}

/** The request was refused because of what is in it: another half may pass. */
const isOfOne = ({ reason }: ConnectorError): boolean => reason._tag === "Refused" || reason._tag === "Malformed"

const refusedBy = ({ reason }: ConnectorError): Outcome =>
  ({ did: "refused", cause: reason._tag === "Refused" ? reason.code ?? reason.message : reason.message })

const left = ({ reason }: ConnectorError, first: boolean): Outcome =>
  !first || reason._tag === "Unavailable" || reason._tag === "Malformed" ? { did: "unknown" } : { did: "unsent" }

/** In the second round something of the record was written already. */
const unsent = (item: Item, first: boolean): Outcome => first || item.id === undefined ? { did: "unsent" } : { did: "unknown" }

interface Told {
  readonly error: UserError
  readonly step: Planned | undefined
}

/** Undefined: written, perhaps less some columns. */
const outcomeOf = (item: Item, answers: ReadonlyArray<Stepped>, errors: ReadonlyArray<Told>): Outcome | undefined => {
  if (answers.some((answer) => answer.failed)) return { did: "unknown" }
  const [first] = errors
  if (first === undefined) return undefined
  if (errors.some(({ error }) => error.code !== undefined && gone.has(error.code)) && item.change.op !== "create") {
    return isOwn(first.error) ? { did: "gone" } : undefined
  }
  if (errors.some(({ error }) => error.code !== undefined && stale.has(error.code))) return { did: "moved" }
  const wrote = answers.some((answer) => answer.errors.length === 0)
  if (errors.some(({ error }) => passes(error))) return wrote ? { did: "unknown" } : { did: "unsent" }
  // Some of it was written: only the columns of the refused steps stay out.
  if (wrote || item.id !== undefined && item.change.op === "create") return undefined
  const [column] = first.step?.columns ?? []
  return { did: "refused", cause: causeOf(first.error), ...column === undefined ? {} : { path: column } }
}

/** It is the record itself that is not there, not something that the change refers to. */
const isOwn = ({ field }: UserError): boolean => {
  const last = field.at(-1)
  return last === undefined || ["id", "customerId", "productId", "orderId", "input"].includes(last)
}

const records: ReadonlyArray<string> = ["customer", "product", "order", "inventoryLevel"]

const createdId = (payload: Node_ | undefined): string | undefined =>
  records.map((name) => textAt(payload, name, "id")).find((id) => id !== undefined)

/** A record that the answer shows in full: more than its id. */
const shownNode = (payload: Node_ | undefined): Node_ | undefined => {
  for (const name of [...records, "node"]) {
    const node = payload?.[name]
    if (isNode(node) && "updatedAt" in node) return node
  }
  return undefined
}

const childOf: { readonly [mutation: string]: string } = {
  productSet: "variants", productVariantsBulkCreate: "variants", fulfillmentCreate: "fulfillments", refundCreate: "refunds"
}

/** Which rows were made for which golden elements: answers keep the order of what was sent. */
const rowsMade = (
  steps: ReadonlyArray<Planned>, answers: ReadonlyArray<Stepped>
): { readonly [child: string]: { readonly [element: string]: string } } => {
  const made: { [child: string]: { [element: string]: string } } = {}
  steps.forEach((one, at) => {
    const child = childOf[one.mutation.name]
    const payload = answers[at]?.payload
    if (child === undefined || one.elements === undefined || payload === undefined) return
    const ids = idsIn(payload)
    one.elements.forEach((element, place) => {
      const id = ids[place]
      if (id !== undefined) made[child] = { ...made[child], [element]: id }
    })
  })
  return made
}

const idsIn = (payload: Node_): ReadonlyArray<string> => {
  const { fulfillment, product, productVariants, refund } = payload
  if (Array.isArray(productVariants)) return productVariants.flatMap((one: Json) => textAt(one, "id") ?? [])
  if (isNode(product)) return nodesIn(product["variants"]).flatMap((one) => textAt(one, "id") ?? [])
  return [fulfillment, refund].flatMap((one) => textAt(one, "id") ?? [])
}
