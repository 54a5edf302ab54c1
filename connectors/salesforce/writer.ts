/** Writes a batch: one look at the records, few calls, and one record's error costs only itself. */
import { Clock, Effect } from "effect"
import type { Change, Fenced, Held, Outcome, Writer } from "../../core/connector/connector.ts"
import type { ConnectorError } from "../../core/connector/errors.ts"
import { Stale } from "../../core/connector/errors.ts"

import { bulkJob } from "./bulkwrite.ts"
import type { Found } from "./client.ts"
import { to18 } from "./ids.ts"
import { Lookups } from "./lookups.ts"
import { orderNeeds, orderRows } from "./orderwrite.ts"
import { plainRows } from "./person.ts"
import { productNeeds, productRows } from "./productwrite.ts"
import { fetch, heldOf, prepare } from "./reader.ts"
import type { Pull, Source } from "./reader.ts"
import { sendRows } from "./send.ts"
import type { Fate, ReadBack } from "./send.ts"
import { name, soql } from "./soql.ts"
import { idOf } from "./view.ts"
import type { View } from "./view.ts"
import { workOf } from "./work.ts"
import type { RowWork, Shape, Work } from "./work.ts"

export interface WriterOptions extends Omit<Shape, "view" | "catalog"> {
  /** Name of the price book of new orders; absent: the standard one. */
  readonly orderBook: string | undefined
  /** Creates from which on they are a bulk job. */
  readonly bulkFrom: number
  /** Names by which a mapping's lists speak of child rows. */
  readonly rowNames: ReadonlyArray<string>
}

/** Records of one call: four collections of 200 rows and a query for reading back; a person may be two rows. */
const batchOf = ({ child, parent }: View): number => child !== undefined ? 200 : parent !== undefined ? 400 : 800

export const makeWriter = (source: Source, options: WriterOptions): Writer => {
  const shape: Shape = { ...options, view: source.view, catalog: source.catalog }
  return {
    // Salesforce compares no values: the record is read right before it is written.
    guard: "reread",
    creates: options.externalId === undefined ? "once" : "upsert",
    shape: "patch",
    batch: batchOf(source.view),
    // Rows below need ids that only the answer to their record brings.
    ...(source.view.child !== undefined || options.externalId === undefined || !Number.isFinite(options.bulkFrom) ? {}
      : { job: bulkJob(source, shape, options.bulkFrom, known({ source, shape, options })) }),
    write: (changes, fence) => Effect.gen(function*() {
      const outcomes: Array<Outcome> = changes.map(() => ({ did: "unsent" }))
      // A record that is changed twice in one batch is changed in two calls, in order.
      for (const wave of waves(changes)) yield* writeWave({ source, shape, options }, changes, wave, outcomes, fence)
      return outcomes
    })
  }
}

const waves = (changes: ReadonlyArray<Change>): ReadonlyArray<ReadonlyArray<number>> => {
  const found: Array<Array<number>> = []
  const seen = new Map<string, number>()
  changes.forEach((change, at) => {
    const key = change.op === "create" ? `new ${change.marker ?? at}` : change.id
    const wave = seen.get(key) ?? 0
    seen.set(key, wave + 1)
    const list = found[wave] ?? []
    found[wave] = list
    list.push(at)
  })
  return found
}

interface Target {
  readonly source: Source
  readonly shape: Shape
  readonly options: WriterOptions
}

const writeWave = (
  target: Target, changes: ReadonlyArray<Change>, wave: ReadonlyArray<number>, outcomes: Array<Outcome>,
  fence: Effect.Effect<void, Fenced>
): Effect.Effect<void, ConnectorError | Fenced> => Effect.gen(function*() {
  const { shape, source } = target
  yield* known(target)
  const pull = yield* prepare(source, { columns: [] })
  const held = yield* looked(pull, changes, wave)
  const readAt = yield* Clock.currentTimeMillis
  const works: Array<Work> = []
  for (const at of wave) {
    const change = changes[at]
    if (change === undefined) continue
    if (change.op === "create") works.push(workOf(shape, at, change, undefined))
    else {
      const now = held.get(change.id)
      if (now === undefined) outcomes[at] = { did: "gone" }
      else if (!change.expect.holds(now.record)) outcomes[at] = { did: "moved", now }
      else works.push(workOf(shape, at, change, now.record))
    }
  }
  const rows = yield* rowsOf(target, pull, works, readAt)
  for (const work of works) {
    const mine = rows.some((row) => row.at === work.at)
    if (work.refused !== undefined) outcomes[work.at] = { did: "refused", cause: work.refused }
    else if (!mine) outcomes[work.at] = untouched(work, held, readAt)
  }
  const going = rows.filter((row) => works.find((work) => work.at === row.at)?.refused === undefined)
  if (going.length === 0) return
  const sent = yield* sendRows(source.client, going, readBackOf(target, pull, works), fence, shape.externalId)
  for (const work of works) {
    const fate = sent.fates.get(work.at)
    if (fate !== undefined) outcomes[work.at] = outcomeOf(target, pull, work, fate, sent.rows, readAt)
  }
})

/** Every column of a change was withheld, or there was nothing in it. */
const untouched = (work: Work, held: ReadonlyMap<string, Held>, readAt: number): Outcome => {
  const { change } = work
  if (change.op === "create") return { did: "refused", cause: "nothing of the record can be written here" }
  const after = held.get(change.id)
  return { did: "written", id: change.id, readAt, ...(after === undefined ? {} : { after }), ...withheldOf(work) }
}

const withheldOf = ({ withheld }: Work) => withheld.length === 0 ? {} : { withheld }

/** Without its field a create could not be settled when its answer is lost. */
const known = Effect.fnUntraced(function*({ shape, source }: Target) {
  if (shape.externalId === undefined) return
  const info = yield* source.catalog.object(shape.view.object)
  const field = info.fields.get(shape.externalId)
  if (field === undefined || !field.externalId || !field.unique) {
    return yield* source.client.api.fail("write", new Stale({
      message: `${shape.view.object} has no unique external id ${shape.externalId} that this user may see: run esl setup ${source.connection}`
    }))
  }
})

const looked = Effect.fnUntraced(function*(pull: Pull, changes: ReadonlyArray<Change>, wave: ReadonlyArray<number>) {
  const ids = wave.flatMap((at) => {
    const change = changes[at]
    return change === undefined || change.op === "create" ? [] : [change.id]
  })
  const { seen } = ids.length === 0 ? { seen: [] } : yield* fetch(pull, ids)
  return new Map(seen.flatMap((one) => one._tag === "Held" ? [[one.id, one] as const] : []))
})

const rowsOf = (
  { options, shape, source }: Target, pull: Pull, works: ReadonlyArray<Work>, readAt: number
): Effect.Effect<ReadonlyArray<RowWork>, ConnectorError> => Effect.gen(function*() {
  const lookups = new Lookups(source.client, { orderBook: options.orderBook, currencies: pull.selected.currencies,
    today: new Date(readAt).toISOString().slice(0, 10) })
  const { object } = shape.view
  if (object === "Order") yield* orderNeeds(shape, works, lookups)
  if (object === "Product2") yield* productNeeds(shape, works, lookups)
  const make = (work: Work) => object === "Order" ? orderRows(shape, work, lookups)
    : object === "Product2" ? productRows(shape, work, lookups) : plainRows(shape, work)
  return (yield* Effect.forEach(works, make)).flat()
})

/** What was stored, read in the same call: triggers, rounding, computed fields. */
const readBackOf = ({ shape }: Target, pull: Pull, works: ReadonlyArray<Work>): ReadBack => {
  const { select, view } = pull.selected
  const ids = works.flatMap(({ change }) => change.op === "update" ? [to18(change.id)] : [])
  const markers = shape.externalId === undefined ? []
    : works.flatMap(({ change }) => change.op === "create" && change.marker !== undefined ? [change.marker] : [])
  const more = shape.externalId === undefined ? soql`` : soql`, ${name(shape.externalId)}`
  const from = soql`SELECT ${select}${more} FROM ${name(view.object)}`
  if (markers.length === 0 || shape.externalId === undefined) {
    return ids.length === 0 ? undefined : soql`${from} WHERE Id IN ${ids}`
  }
  const created = soql`${name(shape.externalId)} IN ${markers}`
  return ids.length === 0 ? soql`${from} WHERE ${created}` : soql`${from} WHERE (${created}) OR (Id IN ${ids})`
}

/** The column behind a field that was refused: it alone is withheld then, and the rest of the record goes on. */
const columnOf = (
  view: View, columns: ReadonlyArray<string>, { field, object }: Extract<Fate, { readonly did: "refused" }>
): string | undefined => {
  if (field === undefined) return undefined
  if (object === view.child?.object) return view.child.name
  const path = object === view.parent?.object && object !== view.object ? `${view.parent.relationship}.${field}` : field
  return columns.find((column) => view.path(column) === path)
}

const outcomeOf = (
  { options, shape }: Target, pull: Pull, work: Work, fate: Fate, shown: ReadonlyArray<Found>, readAt: number
): Outcome => {
  const { change } = work
  if (fate.did === "refused") {
    const path = columnOf(shape.view, pull.source.columns, fate)
    return { did: "refused", cause: fate.cause, ...(path === undefined ? {} : { path }) }
  }
  if (fate.did !== "written") return fate
  const marker = change.op === "create" ? change.marker : undefined
  const row = shown.find((one) => change.op === "create"
    ? one["Id"] === fate.id || (marker !== undefined && one[shape.externalId ?? ""] === marker)
    : to18(change.id) === idOf(one))
  const id = row === undefined ? fate.id ?? (change.op === "create" ? undefined : change.id) : idOf(row)
  if (id === undefined) return { did: "unknown" }
  if (change.op === "remove" || row === undefined || row["IsDeleted"] === true) return { did: "written", id, ...withheldOf(work) }
  const elements = Object.keys(fate.elements).length === 0 ? {}
    : { elements: Object.fromEntries(options.rowNames.map((resource) => [resource, fate.elements])) }
  const seen = heldOf(pull, pull.selected, row)
  const after: Held = { ...seen, ...elements, ...(change.op === "update" ? { id: change.id } : {}) }
  return { did: "written", id: change.op === "update" ? change.id : id, after, readAt, ...withheldOf(work) }
}

