/** What makes a flat record of a node: columns that Shopify spreads over several fields, and back. */
import type { Held, Seen } from "../../core/connector/connector.ts"
import type { Record_ } from "../../core/mapping/mapping.ts"
import type { Json } from "../../core/model/value.ts"
import { longest, metafieldAlias, metafieldColumns, selectionOf } from "./documents.ts"
import type { Kind } from "./documents.ts"
import { flatten, isList, isNode, nextIn, nodesIn, textAt, treeOf } from "./selection.ts"
import type { Node_ } from "./selection.ts"

type Cells = { [column: string]: Json }

/** What a shop says once for all of its records. */
export interface ShopFacts {
  readonly id: string
  readonly domain: string
  readonly currency: string
  readonly taxesIncluded: boolean
  readonly scopes: ReadonlySet<string>
}

/** Where values are not to be believed: what the token may not see. */
export interface Hidden {
  /** Columns, and all below them. */
  readonly columns: ReadonlyArray<string>
}

export const nothingHidden: Hidden = { columns: [] }

/** A node as a record; undefined where it has no id. */
export const heldOf = (
  kind: Kind, columns: ReadonlyArray<string>, node: Node_, shop: ShopFacts, hidden: Hidden = nothingHidden
): Held | undefined => {
  const id = textAt(node, "id")
  if (id === undefined) return undefined
  const cells = flatten(node, treeOf(selectionOf(kind, columns)))
  metafieldColumns(columns).forEach(({ column }, at) => {
    const alias = metafieldAlias(at)
    cells[column] = cells[`${alias}.value`] ?? null
    for (const name of [`${alias}.value`, `${alias}.type`]) delete cells[name]
  })
  shapes[kind.resource]?.(cells, node, shop)
  const unseen = [...hidden.columns, ...cutIn(node)]
  for (const name of Object.keys(cells)) if (isUnder(name, unseen)) delete cells[name]
  const at = textAt(node, "updatedAt")
  const created = textAt(node, "createdAt")
  return {
    id, record: cells, complete: true,
    ...at === undefined ? {} : { stamp: { at, tier: "R" as const } },
    ...created === undefined ? {} : { incarnation: created }
  }
}

/** Of all that was read, what was asked for. */
export const narrowed = (held: Held, columns: ReadonlyArray<string>): Held => {
  const record: Cells = {}
  for (const column of columns) {
    const cell = held.record[column]
    if (cell !== undefined) record[column] = cell
  }
  return { ...held, record }
}

export const seenOf = (held: Held): Seen => ({ _tag: "Held", ...held })

const isUnder = (column: string, names: ReadonlyArray<string>): boolean =>
  names.some((name) => column === name || column.startsWith(`${name}.`) || ownersOf(column).includes(name))

/** What a computed column is made of: hidden with it. */
const ownersOf = (column: string): ReadonlyArray<string> => {
  const [, of, part] = /^(.*Address|address)\.(name|subdivision)$/.exec(column) ?? []
  if (of === undefined) return []
  const made: { readonly [part: string]: ReadonlyArray<string> } = {
    name: ["firstName", "lastName"], subdivision: ["provinceCode"]
  }
  return (made[part ?? ""] ?? []).map((name) => `${of}.${name}`)
}

/** Child lists that ended before their last row: what is missing there is not gone. */
const cutIn = (node: Node_): ReadonlyArray<string> =>
  Object.entries(node).flatMap(([name, value]) => {
    const cut = nextIn(value) !== undefined || (unpaged.has(name) && isList(value) && value.length >= longest)
    return cut ? [columnsOfLists[name] ?? name] : []
  })

const unpaged: ReadonlySet<string> = new Set(["transactions", "fulfillments", "refunds"])

/** Lists whose rows stand under another name in the record. */
const columnsOfLists: { readonly [name: string]: string } = { addressesV2: "addresses", resourcePublicationsV2: "publications" }

const addressColumns = (cells: Cells, of: string, countryColumn = "countryCodeV2"): void => {
  const cell = (name: string): string | undefined => {
    const value = cells[`${of}.${name}`]
    return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined
  }
  const known = `${of}.address1` in cells
  if (!known) return
  if (`${of}.firstName` in cells) {
    const name = [cell("firstName"), cell("lastName")].filter((part) => part !== undefined).join(" ")
    cells[`${of}.name`] = name === "" ? null : name
  }
  const [country, province] = [cell(countryColumn), cell("provinceCode")]
  cells[`${of}.subdivision`] = province === undefined || country === undefined ? null
    : province.startsWith(`${country}-`) ? province : `${country}-${province}`
}

const joinTags = (cells: Cells): void => {
  const { tags } = cells
  if (isList(tags)) cells["tags"] = tags.length === 0 ? null : tags.join(", ")
}

const shapes: { readonly [resource: string]: (cells: Cells, node: Node_, shop: ShopFacts) => void } = {
  customers: (cells) => {
    joinTags(cells)
    addressColumns(cells, "defaultAddress")
    if (isList(cells["addresses"])) return
    const rows = cells["addressesV2"]
    delete cells["addressesV2"]
    if (isList(rows)) cells["addresses"] = rows
  },
  products: (cells, _, shop) => {
    joinTags(cells)
    const { options, variants } = cells
    if (isList(options)) cells["options"] = options.filter(isNode).map((row) => ({ ...row, values: row["values"] ?? null }))
    if (isList(variants)) cells["variants"] = variants.filter(isNode).map((row) => variantRow(row, shop))
    const media = cells["media"]
    if (isList(media)) {
      cells["media"] = media.filter(isNode).map((row, at) =>
        ({ id: row["id"] ?? null, alt: row["alt"] ?? null, url: row["image.url"] ?? null, position: at + 1 }))
    }
    const publications = cells["resourcePublicationsV2"]
    delete cells["resourcePublicationsV2"]
    if (isList(publications)) {
      const ids = publications.filter(isNode).flatMap((row) =>
        row["isPublished"] === true && typeof row["publication.id"] === "string" ? [row["publication.id"]] : [])
      cells["publications"] = ids.length === 0 ? null : ids.sort().join(",")
    }
  },
  orders: (cells) => {
    joinTags(cells)
    cells["lifecycle"] = cells["cancelledAt"] !== null ? "cancelled" : cells["closedAt"] !== null ? "closed" : "open"
    addressColumns(cells, "billingAddress")
    addressColumns(cells, "shippingAddress")
    const { fulfillments } = cells
    if (isList(fulfillments)) {
      cells["fulfillments"] = fulfillments.filter(isNode).filter((row) => row["status"] !== "CANCELLED").map((row) => ({
        ...row, company: companyOf(row["trackingInfo"])
      }))
    }
  },
  inventory_levels: (cells, node) => {
    const [variant] = nodesIn(isNode(node["item"]) ? node["item"]["variants"] : undefined)
    delete cells["item.variants"]
    cells["variant.id"] = variant?.["id"] ?? null
    const { quantities } = cells
    delete cells["quantities"]
    if (!isList(quantities)) return
    for (const one of quantities) if (isNode(one)) cells[String(one["name"])] = one["quantity"] ?? null
  },
  locations: (cells) => { addressColumns(cells, "address", "countryCode") }
}

const companyOf = (tracking: Json | undefined): Json => {
  const [first] = isList(tracking) ? tracking : []
  return isNode(first) ? first["company"] ?? null : null
}

const variantRow = (row: Node_, shop: ShopFacts): Record_ => {
  const chosen = row["selectedOptions"]
  const options = isList(chosen) ? Object.fromEntries(chosen.filter(isNode).flatMap((one) => {
    const [name, value] = [textAt(one, "name"), textAt(one, "value")]
    // A product without options has one all the same, of this name.
    return name === undefined || value === undefined || (name === "Title" && value === "Default Title") ? [] : [[name, value]]
  })) : {}
  const { selectedOptions: _, ...rest } = row
  return {
    ...rest, "price.currency": shop.currency, "compareAtPrice.currency": shop.currency, taxesIncluded: shop.taxesIncluded,
    optionValues: Object.keys(options).length === 0 ? null : options
  }
}

/** A name as the two that Shopify keeps: the last word is the family name. */
export const namesOf = (name: string): { readonly firstName: string; readonly lastName: string } => {
  const words = name.trim().split(/\s+/)
  const last = words.pop() ?? ""
  return { firstName: words.join(" "), lastName: last }
}
