/** Products: narrow updates of the product and of the variants that change; never a list that would remove others. */
import type { Patch, Record_, RowChange } from "../../../core/mapping/mapping.ts"
import type { Json } from "../../../core/model/value.ts"
import {
  productDelete, productSet, productUpdate, publish, unpublish, variantsCreate, variantsDelete, variantsUpdate
} from "../mutations.ts"
import {
  cellIn, inputOf, isRows, kept, leftovers, metafieldPlan, nothing, parsed, plans, step, tagPlan, tagsOf, textIn
} from "./plan.ts"
import type { Plan } from "./plan.ts"
import { isList, isNode } from "../selection.ts"
import type { Kit } from "./writer.ts"

const scalars: { readonly [column: string]: string } = {
  title: "title", handle: "handle", descriptionHtml: "descriptionHtml", vendor: "vendor", productType: "productType",
  status: "status"
}
const known = new Set([...Object.keys(scalars), "tags", "variants", "publications"])

export const updateProduct = (id: string, into: Record_, patch: Patch, kit: Kit): Plan => {
  const { columns, input } = inputOf(patch, scalars)
  return plans(
    variantsPlan(id, into, patch, kit),
    publicationPlan(id, into, patch),
    metafieldPlan(id, patch),
    tagPlan(id, into, patch),
    columns.length === 0 ? nothing : step(productUpdate, { product: { id, ...cleared(input) } }, columns),
    leftovers(patch, (column) => known.has(column), "products")
  )
}

/** Found by the hub's own id first: a set sent twice would remove the variants that the first one made. */
export const createProduct = (patch: Patch, marker: string | undefined, kit: Kit): Plan => {
  const { columns, input } = inputOf(patch, scalars)
  const rows = isRows(patch["variants"]) ? patch["variants"].rows.filter((row) => row.set !== null) : []
  const inputs = rows.map((row) => variantOf(row, kit))
  const options = optionsOf(rows)
  const tags = tagsOf(patch)
  return plans(
    step(productSet, {
      input: {
        ...present(input), ...tags.length === 0 ? {} : { tags },
        ...rows.length === 0 ? {} : {
          productOptions: options.map(([name, values], at) =>
            ({ name, position: at + 1, values: values.map((value) => ({ name: value })) })),
          variants: inputs.map((one, at) => ({ ...one.input, optionValues: optionValues(rows[at]?.set ?? {},
            options) }))
        }
      },
      ...marker === undefined || kit.externalId === undefined ? {}
        : { identifier: { customId: { ...kit.externalId, value: marker } } }
    }, [...columns, "variants", "tags"], { idempotent: false,
    shows: `id variants(first: ${Math.min(250, Math.max(1, rows.length))}) { edges { node { id } } }`, elements: rows.flatMap((row) => row.element ?? []) }),
    ...inputs.map((one) => one.withheld)
  )
}

export const removeProduct = (id: string, how: "delete" | "archive"): Plan =>
  how === "archive" ? step(productUpdate, { product: { id, status: "ARCHIVED" } }, ["status"]) : step(productDelete, { input: { id } }, ["id"])

const present = (input: { readonly [name: string]: Json }): { readonly [name: string]: Json } =>
  Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null))

/** Text that is not null in Shopify is cleared by an empty one. */
const cleared = (input: { readonly [name: string]: Json }): { readonly [name: string]: Json } =>
  Object.fromEntries(Object.entries(input).map(([name, value]) => [name, value ?? ""]))

const variantsPlan = (id: string, into: Record_, patch: Patch, kit: Kit): Plan => {
  const change = patch["variants"]
  if (!isRows(change)) return nothing
  const changed = change.rows.filter((row) => row.id !== undefined && row.set !== null)
  const made = change.rows.filter((row) => row.id === undefined && row.set !== null)
  const gone = change.rows.flatMap((row) => row.id !== undefined && row.set === null ? [row.id] : [])
  const [updates, inserts] = [changed.map((row) => variantOf(row, kit)), made.map((row) => variantOf(row, kit))]
  const options = optionsHere(into)
  const inputs = updates.flatMap((one, at): ReadonlyArray<Json> => {
    const input = { ...one.input, ...chosen(changed[at]?.set ?? {}) }
    return Object.keys(input).length === 0 ? [] : [{ id: changed[at]?.id ?? "", ...input }]
  })
  return plans(
    inputs.length === 0 ? nothing : step(variantsUpdate, { productId: id, variants: inputs }, ["variants"]),
    inserts.length === 0 ? nothing : step(variantsCreate, { productId: id, variants: inserts.map((one, at) =>
      ({ ...one.input, optionValues: optionValues(made[at]?.set ?? {}, options) })) }, ["variants"],
    { idempotent: false, elements: made.flatMap((row) => row.element ?? []) }),
    gone.length === 0 ? nothing : step(variantsDelete, { productId: id, variantsIds: gone }, ["variants"]),
    ...[...updates, ...inserts].map((one) => one.withheld)
  )
}

interface VariantChange {
  readonly input: { readonly [name: string]: Json }
  readonly withheld: Plan
}

const variantOf = (row: RowChange, { shop }: Kit): VariantChange => {
  const set = row.set ?? {}
  const item: { [name: string]: Json } = {}
  const input: { [name: string]: Json } = {}
  for (const name of ["barcode", "price", "compareAtPrice", "taxable"]) if (set[name] !== undefined) input[name] = set[name]
  if (set["sku"] !== undefined) item["sku"] = set["sku"]
  if (set["inventoryItem.tracked"] !== undefined) item["tracked"] = set["inventoryItem.tracked"]
  if (set["inventoryItem.requiresShipping"] !== undefined) item["requiresShipping"] = set["inventoryItem.requiresShipping"]
  if (set["inventoryItem.unitCost"] !== undefined) item["cost"] = set["inventoryItem.unitCost"]
  const weight = set["inventoryItem.measurement.weight.value"]
  if (typeof weight === "number") {
    item["measurement"] = { weight: { value: weight, unit: textIn(set, "inventoryItem.measurement.weight.unit") ?? "KILOGRAMS" } }
  }
  const foreign = ["price", "compareAtPrice", "inventoryItem.unitCost"].filter((name) => {
    const currency = textIn(set, `${name}.currency`)
    return currency !== undefined && currency !== shop.currency
  })
  for (const name of foreign) delete input[name]
  if (foreign.includes("inventoryItem.unitCost")) delete item["cost"]
  return {
    input: { ...input, ...Object.keys(item).length === 0 ? {} : { inventoryItem: item } },
    withheld: foreign.length > 0 ? kept("the amount is in another currency than the shop", "variants") : nothing
  }
}

type Options = ReadonlyArray<readonly [name: string, values: ReadonlyArray<string>]>

const valuesIn = (set: Record_): { readonly [name: string]: string } => {
  const values = parsed(set["optionValues"])
  return isNode(values) ? Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)])) : {}
}

/** What the variants of a new product differ in; a product without options has one called Title. */
const optionsOf = (rows: ReadonlyArray<RowChange>): Options => {
  const options = new Map<string, Set<string>>()
  for (const row of rows) {
    for (const [name, value] of Object.entries(valuesIn(row.set ?? {}))) options.set(name,
      (options.get(name) ?? new Set()).add(value))
  }
  return options.size === 0 ? [["Title", ["Default Title"]]] : [...options].map(([name, values]) => [name, [...values]] as const)
}

const optionsHere = (into: Record_): Options => {
  const { options } = into
  if (!isList(options)) return [["Title", ["Default Title"]]]
  return options.filter(isNode).map((row) => [String(row["name"]), isList(row["values"]) ? row["values"].map(String) : []] as const)
}

const optionValues = (set: Record_, options: Options): Json => {
  const values = valuesIn(set)
  return options.map(([name, all]) => ({ optionName: name, name: values[name] ?? all[0] ?? "Default Title" }))
}

const chosen = (set: Record_): { readonly optionValues?: Json } => {
  const values = Object.entries(valuesIn(set))
  return values.length === 0 ? {} : { optionValues: values.map(([name, value]) => ({ optionName: name, name: value })) }
}

const publicationPlan = (id: string, into: Record_, patch: Patch): Plan => {
  const wanted = cellIn(patch, "publications")
  if (wanted === undefined) return nothing
  const ids = (value: Json | undefined): ReadonlyArray<string> => typeof value === "string" && value !== ""
    ? value.split(",") : []
  const [before, after] = [ids(into["publications"]), ids(wanted)]
  const [on, off] = [after.filter((one) => !before.includes(one)), before.filter((one) => !after.includes(one))]
  const input = (all: ReadonlyArray<string>): Json => all.map((publicationId) => ({ publicationId }))
  return plans(
    on.length === 0 ? nothing : step(publish, { id, input: input(on) }, ["publications"]),
    off.length === 0 ? nothing : step(unpublish, { id, input: input(off) }, ["publications"])
  )
}
