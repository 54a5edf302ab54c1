/** What follows a stored record: its line items, the contact of an order, the consent of a contact. */
import { Effect } from "effect"
import type { RowChange } from "../../core/mapping/mapping.ts"
import type { Record_ } from "../../core/mapping/mapping.ts"
import type { Json } from "../../core/model/value.ts"
import { wire } from "./changes.ts"
import type { Item, Properties, Withheld } from "./changes.ts"
import { isMembers } from "./json.ts"
import { contactColumn, lineItems } from "./kinds.ts"
import { batchSize, chunks } from "./objects.ts"
import type { Fence, Pair, Shown, WriteError } from "./objects.ts"
import { send } from "./sending.ts"
import type { Parcel } from "./sending.ts"
import { byNumber, itemOf as rowOf } from "./view.ts"
import type { Source } from "./view.ts"

/** A record that is stored. */
export interface Followed {
  readonly item: Item
  readonly shown: Shown
  readonly withheld: ReadonlyArray<Withheld>
}

export interface Outcome {
  /** Joined columns as they stand now. */
  readonly columns: { readonly [column: string]: Json }
  /** Line items made for golden elements. */
  readonly elements: { readonly [element: string]: string }
  readonly withheld: ReadonlyArray<Withheld>
}

interface Draft {
  columns: { [column: string]: Json }
  elements: { [element: string]: string }
  withheld: Array<Withheld>
}

export const follow = Effect.fnUntraced(function*(
  { source }: { readonly source: Source }, going: ReadonlyArray<Followed>, fence: Fence
): Effect.fn.Return<ReadonlyArray<Outcome>, WriteError> {
  const drafts = going.map((): Draft => ({ columns: {}, elements: {}, withheld: [] }))
  yield* items(source, going, drafts, fence)
  yield* contacts(source, going, drafts, fence)
  yield* consents(source, going, drafts, fence)
  return drafts
})

interface Row {
  readonly at: number
  readonly order: string
  readonly change: RowChange
  readonly parcel: Parcel
}

/** New ones are upserts by a key of order and element, so that one sent twice is one; then they are tied. */
const items = Effect.fnUntraced(function*(
  source: Source, going: ReadonlyArray<Followed>, drafts: ReadonlyArray<Draft>, fence: Fence
): Effect.fn.Return<void, WriteError> {
  const made: Array<Row> = []
  const changed: Array<Row> = []
  const dropped: Array<string> = []
  const rows = going.map(({ item }) => rowsOf(item.before?.record))
  for (const [at, { item, shown }] of going.entries()) {
    for (const [index, change] of item.rows.entries()) {
      const known = change.id !== undefined && rows[at]?.has(change.id) === true ? change.id : undefined
      if (change.set === null) {
        if (known === undefined) continue
        dropped.push(known)
        rows[at]?.delete(known)
        continue
      }
      const key = `${shown.id}:${change.element ?? change.id ?? `${item.attempt}-${index}`}`
      const row: Row = { at, order: shown.id, change, parcel: { trace: `${item.attempt}-${index}`, id: known ?? key,
        properties: propertiesOf(change, known === undefined) } }
      if (known === undefined) made.push(row)
      else if (Object.keys(row.parcel.properties).length > 0) changed.push(row)
    }
  }
  const fresh = yield* stored(source, source.key, made, rows, drafts, fence)
  yield* stored(source, undefined, changed, rows, drafts, fence)
  yield* tied(source, lineItems, fresh, lineItems, drafts, fence)
  for (const part of chunks(dropped, batchSize)) yield* source.objects.archive(lineItems, part, fence)
  if (source.kind.name !== "orders") return
  const touched = yield* reread(source, [...made, ...changed].map(({ at }) => rows[at]))
  for (const [at, { item }] of going.entries()) {
    if (item.rows.length === 0 && !item.create) continue
    const draft = drafts[at]
    const now = [...rows[at]?.keys() ?? []].map((id) => touched.get(id) ?? rows[at]?.get(id))
    if (draft !== undefined) draft.columns[lineItems] = now.filter((row) => row !== undefined).sort(byId)
  }
})

/** What the portal calculates (an amount) is told by no answer to a write. */
const reread = Effect.fnUntraced(function*(
  source: Source, orders: ReadonlyArray<Map<string, Record_> | undefined>
): Effect.fn.Return<ReadonlyMap<string, Record_>, WriteError> {
  const ids = [...new Set(orders.flatMap((rows) => [...rows?.keys() ?? []]))]
  const shown = ids.length === 0 ? [] : yield* source.objects.readMany(lineItems, ids, source.itemColumns)
  return new Map(shown.map((one) => [one.id, rowOf(source, one)]))
})

const byId = (a: Record_, b: Record_): number => byNumber(String(a["hs_object_id"]), String(b["hs_object_id"]))

interface Tie {
  readonly at: number
  readonly pair: Pair
}

/** What cannot be tied is told as withheld: the record itself is stored. */
const tied = Effect.fnUntraced(function*(
  { kind, objects }: Source, to: string, ties: ReadonlyArray<Tie>, path: string, drafts: ReadonlyArray<Draft>,
  fence: Fence
): Effect.fn.Return<void, WriteError> {
  const answers = ties.length === 0 ? [] : yield* objects.link(kind.name, to, ties.map(({ pair }) => pair), fence)
  ties.forEach(({ at }, index) => {
    const cause = answers[index]
    if (cause === undefined) return
    drafts[at]?.withheld.push({ path, cause })
    delete drafts[at]?.columns[contactColumn]
  })
})

/** Gives what is to be tied: order and new line item. */
const stored = Effect.fnUntraced(function*(
  source: Source, key: string | undefined, sending: ReadonlyArray<Row>, rows: ReadonlyArray<Map<string, Record_>>,
  drafts: ReadonlyArray<Draft>, fence: Fence
): Effect.fn.Return<ReadonlyArray<Tie>, WriteError> {
  const ties: Array<Tie> = []
  for (const part of chunks(sending, batchSize)) {
    const answers = yield* send(source.objects, lineItems, key, part.map(({ parcel }) => parcel), fence)
    part.forEach(({ at, change, order }, index) => {
      const answer = answers[index]
      const draft = drafts[at]
      if (answer === undefined || draft === undefined) return
      if (answer.did === "refused") {
        draft.withheld.push({ path: lineItems, cause: answer.fault.cause })
        return
      }
      const { id } = answer.shown
      rows[at]?.set(id, rowOf(source, answer.shown))
      draft.withheld.push(...answer.withheld.map(({ cause, path }) => ({ path: `${lineItems}.${path}`, cause })))
      if (key === undefined) return
      ties.push({ at, pair: [order, id] })
      if (change.element !== undefined) draft.elements[change.element] = id
    })
  }
  return ties
})

const propertiesOf = ({ set, where }: RowChange, create: boolean): Properties =>
  Object.fromEntries(Object.entries({ ...where, ...set }).flatMap(([name, value]) => {
    const text = wire(value)
    return name === "hs_object_id" || (create && text === "") ? [] : [[name, text] as const]
  }))

const rowsOf = (record: Record_ | undefined): Map<string, Record_> => {
  const list = record?.[lineItems]
  return new Map((Array.isArray(list) ? list : []).flatMap((row: Json) =>
    isMembers(row) && typeof row["hs_object_id"] === "string" ? [[row["hs_object_id"], row] as const] : []))
}

/** The association is replaced: an order has one contact as far as we are concerned. */
const contacts = Effect.fnUntraced(function*(
  source: Source, going: ReadonlyArray<Followed>, drafts: ReadonlyArray<Draft>, fence: Fence
): Effect.fn.Return<void, WriteError> {
  const gone: Array<Pair> = []
  const come: Array<Tie> = []
  for (const [at, { item: { before, contact }, shown }] of going.entries()) {
    if (contact === undefined) continue
    const was = before?.record[contactColumn]
    if (typeof was === "string" && was !== contact) gone.push([shown.id, was])
    if (contact !== null && was !== contact) come.push({ at, pair: [shown.id, contact] })
    const draft = drafts[at]
    if (draft !== undefined) draft.columns[contactColumn] = contact
  }
  yield* tied(source, "contacts", come, contactColumn, drafts, fence)
  if (gone.length > 0) yield* source.objects.unlink(source.kind.name, "contacts", gone, fence)
})

const consents = Effect.fnUntraced(function*(
  { preferences }: Source, going: ReadonlyArray<Followed>, drafts: ReadonlyArray<Draft>, fence: Fence
): Effect.fn.Return<void, WriteError> {
  if (preferences === undefined) return
  const wishes = going.flatMap(({ item }, at) => item.wishes.map((wish) => ({ at, wish })))
  const answers = wishes.length === 0 ? [] : yield* preferences.write(wishes.map(({ wish }) => wish), fence)
  wishes.forEach(({ at, wish }, index) => {
    const answer = answers[index]
    const draft = drafts[at]
    if (answer === undefined || draft === undefined) return
    if (typeof answer === "string") draft.withheld.push({ path: `consent.${wish.purpose}.status`, cause: answer })
    else Object.assign(draft.columns, answer)
  })
})
