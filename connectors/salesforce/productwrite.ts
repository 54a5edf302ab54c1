/** Writes products: the product, its price in the standard price book first, then those in others. */
import { Effect } from "effect"
import type { ConnectorError } from "../../core/connector/errors.ts"
import type { Json } from "../../core/model/value.ts"
import { textOf } from "./client.ts"
import { to18 } from "./ids.ts"
import type { Lookups } from "./lookups.ts"
import { removal } from "./person.ts"
import { digitsOf, fieldsOf, isForeign, markerOf, otherCurrency, scaleOf, stages } from "./work.ts"
import type { RowWork, Shape, Values, Work } from "./work.ts"

export const productNeeds = Effect.fnUntraced(function*(
  shape: Shape, works: ReadonlyArray<Work>, lookups: Lookups
) {
  lookups.scale = yield* scaleOf(shape, "PricebookEntry")
  const priced = works.filter(({ columns }) => columns.has("UnitPrice"))
  const listed = works.some(({ children }) => children.some(({ id, set }) => id === undefined && set !== null))
  if (priced.length > 0 || listed) yield* lookups.books()
  const known = priced.flatMap(({ change }) => change.op === "update" ? [change.id] : [])
  const { standardBook } = lookups
  if (known.length > 0 && standardBook !== undefined) yield* lookups.prices([standardBook], known)
})

export const productRows = (
  shape: Shape, work: Work, lookups: Lookups
): Effect.Effect<ReadonlyArray<RowWork>, ConnectorError> => Effect.gen(function*() {
  const { change, at } = work
  if (change.op === "remove") return removal(shape, work, change.id, change.how)
  const creating = change.op === "create"
  const { main } = yield* fieldsOf(shape, work, creating ? "createable" : "updateable")
  const marker = creating && shape.externalId !== undefined ? markerOf(change) : undefined
  const rows: Array<RowWork> = []
  const parent = change.op === "update" ? change.id : marker ?? String(at)
  if (creating) {
    rows.push({ at, stage: stages.main, object: "Product2", op: marker === undefined ? "insert" : "upsert", values: main, parent,
      main: true, ...(marker === undefined ? {} : { key: marker }) })
  } else if (Object.keys(main).length > 0) {
    rows.push({ at, stage: stages.main, object: "Product2", op: "update", values: main, id: change.id, parent, main: true })
  }
  const product: Values = change.op === "update" ? { Product2Id: change.id }
    : marker === undefined || shape.externalId === undefined ? {} : { Product2: { [shape.externalId]: marker } }
  const place: Place = { shape, work, lookups, product, parent, owner: change.op === "update" ? change.id : marker ?? "" }
  rows.push(...standard(place), ...others(place))
  return work.refused === undefined ? rows : []
})

interface Place {
  readonly shape: Shape
  readonly work: Work
  readonly lookups: Lookups
  readonly product: Values
  readonly parent: string
  readonly owner: string
}

/** The price that everybody sees; every other price of a product needs it. */
const standard = (place: Place): ReadonlyArray<RowWork> => {
  const { lookups, parent, work } = place
  const { at, change, columns, record } = work
  if (!columns.has("UnitPrice")) return []
  const price = columns.get("UnitPrice") ?? null
  if (digitsOf(price) > lookups.scale) {
    work.withheld.push({ path: "UnitPrice", cause: `UnitPrice: keeps ${lookups.scale} digits after the point` })
    return []
  }
  if (price === null) {
    work.withheld.push({ path: "UnitPrice", cause: "UnitPrice: a price cannot be taken back, only its entry made inactive" })
    return []
  }
  const book = lookups.standardBook
  const currency = textOf(columns.get("CurrencyIsoCode") ?? record?.["CurrencyIsoCode"] ?? null)
  const known = change.op === "update" && book !== undefined ? lookups.priceOf(book, change.id, currency) : undefined
  if (known !== undefined) {
    return [{ at, stage: stages.changed, object: "PricebookEntry", op: "update", values: { UnitPrice: price, IsActive: true },
      id: known, parent, main: false }]
  }
  return book === undefined ? [] : [entry(place, stages.changed, book, { UnitPrice: price, IsActive: true }, "standard")]
}

const entry = (
  { lookups, owner, parent, product, shape, work }: Place, stage: number, book: string, values: Values, name: string,
  element?: string
): RowWork => {
  const key = `${owner}/${name}`
  const currency = lookups.currencies ? textOf(work.columns.get("CurrencyIsoCode") ?? null) : undefined
  const code = currency === undefined ? {} : { CurrencyIsoCode: currency }
  return { at: work.at, stage, object: "PricebookEntry", op: "insert", parent, main: false, key,
    values: { Pricebook2Id: book, ...product, ...values, ...code,
      ...(shape.externalId === undefined ? {} : { [shape.externalId]: key }) },
    ...(element === undefined ? {} : { element }) }
}

const others = (place: Place): ReadonlyArray<RowWork> => {
  const { lookups, parent, work } = place
  return work.children.flatMap(({ element, id, set }, index): ReadonlyArray<RowWork> => {
    if (set === null) {
      return id === undefined ? [] : [{ at: work.at, stage: stages.dropped, object: "PricebookEntry", op: "delete", values: {},
        id: to18(id), parent, main: false }]
    }
    if (isForeign(place.shape, lookups, { set })) work.refused = otherCurrency
    if (digitsOf(set["UnitPrice"] ?? null) > lookups.scale) {
      work.withheld.push({ path: "PricebookEntries", cause: `PricebookEntries: prices keep ${lookups.scale} digits` })
      return []
    }
    const values = writable(set)
    if (id !== undefined) {
      return Object.keys(values).length === 0 ? [] : [{ at: work.at, stage: stages.changed, object: "PricebookEntry",
        op: "update", values, id: to18(id), parent, main: false }]
    }
    const book = textOf(set["Pricebook2Id"] ?? null) ?? lookups.bookNamed(textOf(set["Pricebook2.Name"] ?? null) ?? "")
    if (book === undefined) {
      work.withheld.push({ path: "PricebookEntries", cause: "PricebookEntries: the org has no price book of this name" })
      return []
    }
    return [entry(place, stages.added, book, { IsActive: true, ...values }, element ?? String(index), element)]
  })
}

const writable = (set: { readonly [column: string]: Json }): Values => Object.fromEntries(
  Object.entries(set).filter(([column]) => !["Id", "Pricebook2.Name", "Pricebook2Id", "CurrencyIsoCode"].includes(column)))
