/** Writes orders: a draft in a price book first, then its items, and at last the status that locks it. */
import { Effect } from "effect"
import type { ConnectorError } from "../../core/connector/errors.ts"
import type { RowChange } from "../../core/mapping/mapping.ts"
import type { Json } from "../../core/model/value.ts"
import { textOf } from "./client.ts"
import { to18 } from "./ids.ts"
import type { Lookups } from "./lookups.ts"
import { removal } from "./person.ts"
import { digitsOf, fieldsOf, isForeign, markerOf, otherCurrency, scaleOf, stages } from "./work.ts"
import type { RowWork, Shape, Values, Work } from "./work.ts"

/** What has to be known before orders are written, asked for once a batch. */
export const orderNeeds = Effect.fnUntraced(function*(
  shape: Shape, works: ReadonlyArray<Work>, lookups: Lookups
) {
  lookups.scale = yield* scaleOf(shape, "OrderItem")
  const people = works.flatMap(({ columns }) => textOf(columns.get("CustomerId") ?? null) ?? [])
  if (shape.view.path("CustomerId") === "BillToContactId" && people.length > 0) yield* lookups.accounts(people)
  const creates = works.some(({ change }) => change.op === "create")
  const products = works.flatMap(({ children }) => children.flatMap(({ id, set }) =>
    set === null || id !== undefined ? [] : textOf(set["Product2Id"] ?? null) ?? shape.lineWithout ?? []))
  if (creates || products.length > 0) yield* lookups.books()
  if (products.length > 0) {
    const books = works.map((work) => textOf(work.record?.["Pricebook2Id"] ?? null)).filter((id) => id !== undefined)
    yield* lookups.prices([...new Set(books)], products)
  }
})

export const orderRows = (
  shape: Shape, work: Work, lookups: Lookups
): Effect.Effect<ReadonlyArray<RowWork>, ConnectorError> => Effect.gen(function*() {
  const { change, at } = work
  if (change.op === "remove") return removal(shape, work, change.id, change.how)
  const creating = change.op === "create"
  const { main } = yield* fieldsOf(shape, work, creating ? "createable" : "updateable")
  const { Status: status, ...head } = main
  const account = accountOf(shape, work, head, lookups)
  const values: Values = { ...head, ...account }
  const marker = creating && shape.externalId !== undefined ? markerOf(change) : undefined
  const rows: Array<RowWork> = []
  const parent = String(values["AccountId"] ?? (change.op === "update" ? change.id : at))
  if (creating) {
    const today = textOf(work.columns.get("EffectiveDate") ?? null)
    rows.push({ at, stage: stages.main, object: "Order", op: marker === undefined ? "insert" : "upsert", parent, main: true,
      ...(marker === undefined ? {} : { key: marker }),
      values: { ...values, Status: "Draft", EffectiveDate: today ?? lookups.today, Pricebook2Id: values["Pricebook2Id"]
        ?? lookups.bookId ?? null } })
  } else if (Object.keys(values).length > 0) {
    rows.push({ at, stage: stages.main, object: "Order", op: "update", values, id: change.id, parent, main: true })
  }
  rows.push(...items(shape, work, lookups, marker, parent))
  // An activated order takes no items: what locks it comes last.
  if (typeof status === "string" && !(creating && status === "Draft")) {
    const which = change.op === "update" ? { id: change.id } : marker === undefined ? {} : { key: marker }
    rows.push({ at, stage: stages.last, object: "Order", op: "key" in which ? "upsert" : "update", parent,
      values: { Status: status }, main: false, ...which })
  }
  return work.refused === undefined ? rows : []
})

/** An order is an account's: the person's own, or the one of guests. */
const accountOf = (shape: Shape, work: Work, head: Values, lookups: Lookups): Values => {
  const field = shape.view.path("CustomerId") ?? "AccountId"
  const person = textOf(head[field] ?? null)
  if (person === undefined) {
    const guest = work.change.op === "create" ? shape.guestAccount : undefined
    return guest === undefined ? {} : { AccountId: guest }
  }
  if (field === "AccountId") return {}
  const account = lookups.accountOf(person)
  return account === undefined ? {} : { AccountId: account }
}

const items = (
  shape: Shape, work: Work, lookups: Lookups, marker: string | undefined, parent: string
): ReadonlyArray<RowWork> => work.children.flatMap((row, index): ReadonlyArray<RowWork> => {
  const { at } = work
  if (isForeign(shape, lookups, row)) work.refused = otherCurrency
  if (digitsOf(row.set?.["UnitPrice"] ?? null) > lookups.scale) work.refused = "the price of a line is finer than it can be kept"
  if (row.set === null) {
    return row.id === undefined ? [] : [{ at, stage: stages.dropped, object: "OrderItem", op: "delete", values: {},
      id: to18(row.id), parent, main: false }]
  }
  const values = itemValues(work, row.set, row.id === undefined)
  if (row.id !== undefined) {
    return Object.keys(values).length === 0 ? [] : [{ at, stage: stages.changed, object: "OrderItem", op: "update", values,
      id: to18(row.id), parent, main: false }]
  }
  return added(shape, work, lookups, { row, index, values, marker, parent })
})

interface Added {
  readonly row: RowChange
  readonly index: number
  readonly values: Values
  readonly marker: string | undefined
  readonly parent: string
}

const added = (shape: Shape, work: Work, lookups: Lookups, line: Added): ReadonlyArray<RowWork> => {
  const { at, change, record } = work
  const { index, marker, parent, row, values } = line
  const product = textOf(row.set?.["Product2Id"] ?? null) ?? shape.lineWithout
  if (product === undefined) {
    work.refused = "a line without a product: Salesforce wants a price book entry for each (option lineWithoutProduct)"
    return []
  }
  const book = textOf(record?.["Pricebook2Id"] ?? null) ?? lookups.bookId
  const entry = book === undefined ? undefined
    : lookups.priceOf(book, product, textOf(work.columns.get("CurrencyIsoCode") ?? record?.["CurrencyIsoCode"] ?? null))
  if (entry === undefined) {
    work.refused = "a product of the order has no active price in its price book"
    return []
  }
  const order: Values = change.op === "update" ? { OrderId: change.id }
    : marker === undefined || shape.externalId === undefined ? {} : { Order: { [shape.externalId]: marker } }
  const owner = change.op === "update" ? change.id : marker
  const name = `${owner ?? at}/${row.element ?? index}`
  return [{ at, stage: stages.added, object: "OrderItem", op: "insert", parent, main: false,
    values: { ...values, ...order, PricebookEntryId: entry, ...(shape.externalId === undefined ? {}
      : { [shape.externalId]: name }) },
    ...(row.element === undefined ? {} : { element: row.element }), key: name }]
}

const madeOnce = new Set(["Product2Id", "Product2.Name", "Product2.ProductCode", "ListPrice", "TotalPrice", "OrderItemNumber",
  "CurrencyIsoCode", "Id"])

/** What an item can be given: the product comes with its price book entry, totals are computed. */
const itemValues = (work: Work, set: { readonly [column: string]: Json }, fresh: boolean): Values => {
  const values: Values = {}
  for (const [column, value] of Object.entries(set)) {
    if (!madeOnce.has(column)) values[column] = value
    else if (!fresh && column === "Product2Id") {
      work.withheld.push({ path: `OrderItems.${column}`, cause: "an item's product cannot be changed" })
    }
  }
  return values
}
