/** A catalog object as Square wants it: whole. What is left out is removed, so it is built from the object read. */
import type { Patch, RowChange } from "../../core/mapping/mapping.ts"
import type { Json } from "../../core/model/value.ts"
import type { Outcome } from "../../core/connector/connector.ts"
import { cellsOf, docIn, docsIn, isRows, minorOf, nested, textIn } from "./shape.ts"
import type { Doc } from "./shape.ts"

type Withheld = NonNullable<Extract<Outcome, { readonly did: "written" }>["withheld"]>

export interface Whole {
  readonly object: Doc
  readonly changed: boolean
  /** Golden element to the temporary id of its new variation. */
  readonly elements: ReadonlyMap<string, string>
  readonly withheld: Withheld
}

const itemFields = new Set([
  "item_data.name",
  "item_data.description_html",
  "item_data.abbreviation",
  "item_data.is_archived",
  "item_data.is_taxable"
])
const places = new Set(["present_at_location_ids", "absent_at_location_ids"])
const variationFields = new Set([
  "name",
  "sku",
  "upc",
  "track_inventory",
  "sellable",
  "price_money.amount",
  "price_money.currency"
])

/** The object with the patch laid over it; `mark` keeps temporary ids of several items in one request apart. */
export const itemOf = (doc: Doc, patch: Patch, mark: string): Whole => {
  const withheld: Array<Withheld[number]> = []
  const rows = patch["variations"]
  const before = docsIn(docIn(doc["item_data"])["variations"]).filter((one) => one["is_deleted"] !== true)
  const variations = isRows(rows)
    ? laid(before, rows.rows, mark, currencyIn(before), withheld)
    : { list: before, elements: new Map<string, string>(), changed: false }
  const top: { [key: string]: Json } = {}
  const cells: Array<readonly [string, Json]> = []
  for (const [column, value] of cellsOf(patch)) {
    if (itemFields.has(column)) cells.push([column, value])
    else if (places.has(column))
      top[column] = typeof value === "string" ? value.split(",").map((one) => one.trim()) : []
    else if (column === "present_at_all_locations") top[column] = value ?? true
    else withheld.push({ path: column, cause: `${column} is not changed: Square sets it` })
  }
  const { description: _old, description_plaintext: _plain, ...data } = docIn(doc["item_data"])
  const { is_deleted: _gone, updated_at: _at, ...object } = doc
  return {
    object: {
      ...object,
      ...top,
      item_data: {
        ...withoutNulls({ ...data, ...docIn(nested(cells, true)["item_data"]) }),
        variations: [...variations.list]
      }
    },
    changed: variations.changed || cells.length > 0 || Object.keys(top).length > 0,
    elements: variations.elements,
    withheld
  }
}

/** A new item; without variations it gets the one that every item has. */
export const newItem = (patch: Patch, presentAt: ReadonlyArray<string> | undefined): Whole => {
  const type = patch["item_data.product_type"]
  const whole = itemOf(
    {
      type: "ITEM",
      id: "#item",
      ...(presentAt === undefined
        ? { present_at_all_locations: true }
        : { present_at_all_locations: false, present_at_location_ids: [...presentAt] }),
      item_data: typeof type === "string" ? { product_type: type } : {}
    },
    patch,
    "new"
  )
  const data = docIn(whole.object["item_data"])
  const list = docsIn(data["variations"])
  const only: Doc = {
    type: "ITEM_VARIATION",
    id: "#only",
    item_variation_data: { name: "Regular", pricing_type: "VARIABLE_PRICING" }
  }
  const placed = (list.length === 0 ? [only] : list).map((one) =>
    presentAt === undefined
      ? one
      : { ...one, present_at_all_locations: false, present_at_location_ids: [...presentAt] }
  )
  return {
    ...whole,
    object: { ...whole.object, item_data: { ...data, variations: placed } },
    withheld: whole.withheld.filter(({ path }) => path !== "item_data.product_type")
  }
}

interface Laid {
  readonly list: ReadonlyArray<Doc>
  readonly elements: ReadonlyMap<string, string>
  readonly changed: boolean
}

const laid = (
  before: ReadonlyArray<Doc>,
  changes: ReadonlyArray<RowChange>,
  mark: string,
  currency: string | undefined,
  withheld: Array<Withheld[number]>
): Laid => {
  const list = [...before]
  const elements = new Map<string, string>()
  let changed = false
  changes.forEach((change, at) => {
    const index = list.findIndex((one) => change.id !== undefined && textIn(one["id"]) === change.id)
    const known = list[index]
    if (change.set === null) {
      if (known === undefined) return
      if (list.length === 1)
        withheld.push({ path: "variations", cause: "an item keeps at least one variation" })
      else {
        list.splice(index, 1)
        changed = true
      }
      return
    }
    // A variation that is gone meanwhile is not made again: the next reading shows that it is gone.
    if (change.id !== undefined && known === undefined) return
    const data = variationOf(docIn(known?.["item_variation_data"]), change.set, currency, withheld)
    changed = true
    if (known !== undefined) {
      list[index] = { ...known, item_variation_data: data }
      return
    }
    const client = `#${mark}-${at}`
    if (change.element !== undefined) elements.set(change.element, client)
    list.push({
      type: "ITEM_VARIATION",
      id: client,
      item_variation_data: { ...data, name: data["name"] ?? "Regular" }
    })
  })
  return { list, elements, changed }
}

/** The currency of the seller's prices, where an amount comes without one. */
const currencyIn = (variations: ReadonlyArray<Doc>): string | undefined =>
  variations
    .map((one) => textIn(docIn(docIn(one["item_variation_data"])["price_money"])["currency"]))
    .find((one) => one !== undefined)

const variationOf = (
  before: Doc,
  set: Doc,
  currency: string | undefined,
  withheld: Array<Withheld[number]>
): Doc => {
  const after: { [key: string]: Json } = { ...before }
  for (const [column, value] of Object.entries(set)) {
    if (!variationFields.has(column))
      withheld.push({ path: `variations.${column}`, cause: `${column} is not written: Square sets it` })
    else if (!column.startsWith("price_money.")) after[column] = value
  }
  const asked = set["price_money.amount"]
  if (asked === undefined) return withoutNulls(after)
  if (asked === null) {
    const { price_money: _price, ...rest } = after
    return withoutNulls({ ...rest, pricing_type: "VARIABLE_PRICING" })
  }
  const amount = minorOf(asked)
  const code =
    textIn(set["price_money.currency"]) ?? textIn(docIn(before["price_money"])["currency"]) ?? currency
  if (amount === undefined || code === undefined) {
    withheld.push({
      path: "variations.price_money.amount",
      cause: "an amount is a whole number of up to 15 digits with a currency"
    })
    return withoutNulls(after)
  }
  return withoutNulls({ ...after, pricing_type: "FIXED_PRICING", price_money: { amount, currency: code } })
}

/** A whole object says "empty" by leaving out. */
const withoutNulls = (doc: Doc): Doc =>
  Object.fromEntries(Object.entries(doc).filter(([, value]) => value !== null))
