/** The catalog: full objects, versions, variations that vanish when they are left out, one write at a time. */
import { pause } from "../../../core/connector/sandbox.ts"
import type { Json } from "../../../core/model/value.ts"
import { timeOf } from "./customers.ts"
import { limitOf, paged, sorted } from "./page.ts"
import {
  docs,
  errorsOf,
  invalid,
  isDoc,
  notFound,
  picked,
  plain,
  rateLimited,
  text,
  texts,
  Wrong
} from "./reply.ts"
import type { Doc, Fault } from "./reply.ts"
import type { Endpoint } from "./route.ts"
import type { Seller } from "./seller.ts"

const most = { request: 10_000, batch: 1_000 } as const

/** While one write is under way another one is refused (UpsertCatalogObject). */
const alone = async (seller: Seller, work: () => Json): Promise<Json> => {
  if (seller.catalogBusy || seller.frame.fault("catalog-busy") !== undefined) throw rateLimited()
  seller.catalogBusy = true
  try {
    await pause(seller.options.catalogWriteMs ?? 1)
    return work()
  } finally {
    seller.catalogBusy = false
  }
}

interface Written {
  readonly objects: ReadonlyArray<Doc>
  /** What `#...` became. */
  readonly ids: ReadonlyMap<string, string>
}

/** Checks the whole list before anything of it is kept: a batch stands or falls together. */
export const upsert = (seller: Seller, objects: ReadonlyArray<Doc>): Written => {
  objects.forEach((one, at) => {
    checked(seller, one, `objects[${at}]`)
  })
  const version = seller.version()
  const ids = new Map<string, string>()
  const kept = objects.map((one) =>
    one["type"] === "ITEM" ? keepItem(seller, one, version, ids) : keepVariation(seller, one, version, ids)
  )
  seller.tell("catalog.version.updated", "catalog", "", { catalog_version: { updated_at: seller.time() } })
  return { objects: kept, ids }
}

const dataOf = (object: Doc, name: "item_data" | "item_variation_data"): { readonly [key: string]: Json } =>
  isDoc(object[name]) ? object[name] : {}

const checked = (seller: Seller, object: Doc, field: string): void => {
  const id = text(object["id"]) ?? ""
  if (id === "")
    throw invalid(
      "MISSING_REQUIRED_PARAMETER",
      "An object has an id, beginning with # if it is new.",
      `${field}.id`
    )
  if (object["type"] !== "ITEM" && object["type"] !== "ITEM_VARIATION") {
    throw invalid(
      "BAD_REQUEST",
      "this sandbox plays objects of the types ITEM and ITEM_VARIATION",
      `${field}.type`
    )
  }
  const known = object["type"] === "ITEM" ? seller.items.get(id) : seller.variations.get(id)
  if (!id.startsWith("#")) {
    if (known === undefined || known["is_deleted"] === true)
      throw notFound(`Catalog object with ID ${id} not found.`, `${field}.id`)
    if (object["version"] !== known["version"]) {
      throw invalid(
        "VERSION_MISMATCH",
        "Object version does not match latest database version.",
        `${field}.version`
      )
    }
  }
  if (object["type"] === "ITEM_VARIATION") return checkVariation(object, field)
  const item = dataOf(object, "item_data")
  const name = text(item["name"]) ?? ""
  if (name === "") throw invalid("VALUE_EMPTY", "An item has a name.", `${field}.item_data.name`)
  if (name.length > 512) throw invalid("VALUE_TOO_LONG", "The name is too long.", `${field}.item_data.name`)
  const variations = docs(item["variations"])
  if (variations.length === 0)
    throw invalid("INVALID_VALUE", "An item has at least one variation.", `${field}.item_data.variations`)
  if (variations.length > 250)
    throw invalid(
      "ARRAY_LENGTH_TOO_LONG",
      "An item has at most 250 variations.",
      `${field}.item_data.variations`
    )
  variations.forEach((one, at) => {
    checked(seller, { ...one }, `${field}.item_data.variations[${at}]`)
  })
}

const checkVariation = (object: Doc, field: string): void => {
  const data = dataOf(object, "item_variation_data")
  const price = isDoc(data["price_money"]) ? data["price_money"] : undefined
  if (data["pricing_type"] === "FIXED_PRICING" && typeof price?.["amount"] !== "number") {
    throw invalid(
      "MISSING_REQUIRED_PARAMETER",
      "A fixed price has an amount.",
      `${field}.item_variation_data.price_money`
    )
  }
  if (typeof price?.["amount"] === "number" && price["amount"] < 0) {
    throw invalid(
      "VALUE_TOO_LOW",
      "A price is not negative.",
      `${field}.item_variation_data.price_money.amount`
    )
  }
  const upc = text(data["upc"])
  if (upc !== undefined && !/^\d{12,14}$/.test(upc))
    throw invalid("INVALID_VALUE", "A UPC has 12 to 14 digits.", `${field}.item_variation_data.upc`)
  if ((text(data["name"]) ?? "").length > 255)
    throw invalid("VALUE_TOO_LONG", "The name is too long.", `${field}.item_variation_data.name`)
}

const idOf = (seller: Seller, object: Doc, ids: Map<string, string>): string => {
  const asked = String(object["id"])
  if (!asked.startsWith("#")) return asked
  const id = ids.get(asked) ?? seller.id("catalog")
  ids.set(asked, id)
  return id
}

/** Left out is removed: a variation that the item no longer lists is deleted. */
const keepItem = (seller: Seller, object: Doc, version: number, ids: Map<string, string>): Doc => {
  const id = idOf(seller, object, ids)
  const data = dataOf(object, "item_data")
  const variations = docs(data["variations"]).map((one, at) =>
    keepVariation(seller, { ...one }, version, ids, id, at + 1)
  )
  const left = new Set(variations.map((one) => one["id"]))
  for (const [one, doc] of seller.variations) {
    if (dataOf(doc, "item_variation_data")["item_id"] === id && !left.has(one) && doc["is_deleted"] !== true) {
      seller.variations.set(one, buried(seller, doc, version))
    }
  }
  const html =
    text(data["description_html"]) ??
    (text(data["description"]) === undefined ? undefined : `<p>${text(data["description"])}</p>`)
  const kept: Doc = {
    ...present(object),
    type: "ITEM",
    id,
    version,
    updated_at: seller.time(),
    is_deleted: false,
    item_data: plain({
      product_type: "REGULAR",
      is_taxable: true,
      is_archived: false,
      ...withoutNulls(data),
      description_html: html,
      description: html?.replace(/<[^>]*>/g, ""),
      description_plaintext: html?.replace(/<[^>]*>/g, ""),
      variations: variations.map(plain)
    })
  }
  seller.items.set(id, kept)
  return kept
}

const keepVariation = (
  seller: Seller,
  object: Doc,
  version: number,
  ids: Map<string, string>,
  item?: string,
  ordinal?: number
): Doc => {
  const id = idOf(seller, object, ids)
  const data = dataOf(object, "item_variation_data")
  const known = seller.variations.get(id)
  const owner =
    item ??
    text(data["item_id"]) ??
    text(known === undefined ? undefined : dataOf(known, "item_variation_data")["item_id"])
  const kept: Doc = {
    ...present(object),
    type: "ITEM_VARIATION",
    id,
    version,
    updated_at: seller.time(),
    is_deleted: false,
    item_variation_data: plain({
      pricing_type: "VARIABLE_PRICING",
      sellable: true,
      stockable: true,
      ...withoutNulls(data),
      item_id: owner,
      ordinal: ordinal ?? (known === undefined ? 1 : dataOf(known, "item_variation_data")["ordinal"])
    })
  }
  seller.variations.set(id, kept)
  if (item === undefined && owner !== undefined) refreshItem(seller, owner, id, kept, version)
  return kept
}

/** A variation that is written alone moves its item. */
const refreshItem = (seller: Seller, owner: string, id: string, variation: Doc, version: number): void => {
  const item = seller.items.get(owner)
  if (item === undefined) throw notFound(`Catalog object with ID ${owner} not found.`, "item_id")
  const data = dataOf(item, "item_data")
  const rows = docs(data["variations"])
  const next = rows.some((one) => one["id"] === id)
    ? rows.map((one) => (one["id"] === id ? plain(variation) : one))
    : [...rows, plain(variation)]
  seller.items.set(owner, {
    ...item,
    version,
    updated_at: seller.time(),
    item_data: { ...data, variations: next }
  })
}

/** New objects are at all locations unless they say otherwise. */
const present = (object: Doc): Doc => ({
  present_at_all_locations: object["present_at_all_locations"] ?? true,
  ...(object["present_at_location_ids"] === undefined
    ? {}
    : { present_at_location_ids: object["present_at_location_ids"] }),
  ...(object["absent_at_location_ids"] === undefined
    ? {}
    : { absent_at_location_ids: object["absent_at_location_ids"] })
})

const withoutNulls = (data: { readonly [key: string]: Json }): { readonly [key: string]: Json } =>
  Object.fromEntries(Object.entries(data).filter(([, value]) => value !== null))

const buried = (seller: Seller, doc: Doc, version: number): Doc => ({
  ...doc,
  is_deleted: true,
  version,
  updated_at: seller.time()
})

export const deleteObjects = (seller: Seller, ids: ReadonlyArray<string>): ReadonlyArray<string> => {
  const version = seller.version()
  const gone: Array<string> = []
  for (const id of ids) {
    const item = seller.items.get(id)
    if (item !== undefined && item["is_deleted"] !== true) {
      seller.items.set(id, buried(seller, item, version))
      gone.push(id)
      for (const one of docs(dataOf(item, "item_data")["variations"])) {
        const variation = seller.variations.get(String(one["id"]))
        if (variation !== undefined)
          seller.variations.set(String(one["id"]), buried(seller, variation, version))
        gone.push(String(one["id"]))
      }
    }
  }
  if (gone.length > 0)
    seller.tell("catalog.version.updated", "catalog", "", { catalog_version: { updated_at: seller.time() } })
  return gone
}

/** Versions must match here as everywhere; a clerk's edit goes through `upsert` with the object as it stands. */
export const editItem = (
  seller: Seller,
  id: string,
  change: (data: { readonly [key: string]: Json }) => { readonly [key: string]: Json }
): Doc => {
  const item = seller.items.get(id)
  if (item === undefined) throw notFound(`Catalog object with ID ${id} not found.`)
  const [kept] = upsert(seller, [{ ...item, item_data: change(dataOf(item, "item_data")) }]).objects
  return kept ?? item
}

const search = (seller: Seller, body: Doc): Json => {
  for (const name of ["query", "include_category_path_to_root"]) {
    if (body[name] !== undefined) throw invalid("BAD_REQUEST", `this sandbox does not play ${name}`, name)
  }
  if (body["include_related_objects"] === true)
    throw invalid("BAD_REQUEST", "this sandbox does not play include_related_objects")
  const types = texts(body["object_types"])
  if (types.length === 0 || types.some((one) => one !== "ITEM" && one !== "ITEM_VARIATION")) {
    throw invalid("BAD_REQUEST", "this sandbox plays the types ITEM and ITEM_VARIATION", "object_types")
  }
  const begin = text(body["begin_time"])
  const from = begin === undefined ? -Infinity : timeOf(begin, "begin_time")
  const all = [
    ...(types.includes("ITEM") ? seller.items.values() : []),
    ...(types.includes("ITEM_VARIATION") ? seller.variations.values() : [])
  ]
  const found = sorted(
    all.filter(
      (one) =>
        (body["include_deleted_objects"] === true || one["is_deleted"] !== true) &&
        Date.parse(String(one["updated_at"])) > from
    ),
    (one) => String(one["id"])
  )
  const { cursor, page } = paged(
    found,
    (one) => String(one["id"]),
    limitOf(body["limit"], 1_000),
    [types, begin ?? null],
    body["cursor"]
  )
  const latest = all.reduce(
    (last, one) => (String(one["updated_at"]) > last ? String(one["updated_at"]) : last),
    "1970-01-01T00:00:00.000Z"
  )
  return plain({ objects: page.length === 0 ? undefined : page.map(plain), cursor, latest_time: latest })
}

const find = (seller: Seller, id: string): Doc | undefined => seller.items.get(id) ?? seller.variations.get(id)

const batchUpsert = (seller: Seller, body: Doc): Json => {
  const batches = docs(body["batches"]).map((batch) => docs(batch["objects"]).map((one) => ({ ...one })))
  const size = batches
    .flat()
    .reduce((sum, one) => sum + 1 + docs(dataOf(one, "item_data")["variations"]).length, 0)
  if (size > most.request)
    throw invalid("ARRAY_LENGTH_TOO_LONG", `A request holds at most ${most.request} objects.`, "batches")
  for (const batch of batches) {
    const held = batch.reduce((sum, one) => sum + 1 + docs(dataOf(one, "item_data")["variations"]).length, 0)
    if (held > most.batch)
      throw invalid("ARRAY_LENGTH_TOO_LONG", `A batch holds at most ${most.batch} objects.`, "batches")
  }
  const objects: Array<Doc> = []
  const ids: Array<readonly [string, string]> = []
  const errors: Array<Fault> = []
  batches.forEach((batch, at) => {
    try {
      const written = upsert(seller, batch)
      objects.push(...written.objects)
      ids.push(...written.ids)
    } catch (error) {
      if (!(error instanceof Wrong)) throw error
      errors.push(...error.errors.map((one) => ({ ...one, field: `batches[${at}].${one.field ?? "objects"}` })))
    }
  })
  // Other batches of one request may still succeed; where none does the request is refused.
  if (objects.length === 0 && errors.length > 0) throw new Wrong(400, errors)
  return plain({
    objects: objects.map(plain),
    updated_at: seller.time(),
    errors: errors.length === 0 ? undefined : errorsOf({ errors }),
    id_mappings:
      ids.length === 0 ? undefined : ids.map(([client, id]) => ({ client_object_id: client, object_id: id }))
  })
}

const write = "ITEMS_WRITE"
const read = "ITEMS_READ"

export const catalogEndpoints: ReadonlyArray<Endpoint> = [
  {
    at: "POST /v2/catalog/search",
    scope: read,
    takes: "SearchCatalogObjectsRequest",
    answers: "SearchCatalogObjectsResponse",
    run: (seller, { body }) => search(seller, body)
  },
  {
    at: "POST /v2/catalog/batch-retrieve",
    scope: read,
    takes: "BatchGetCatalogObjectsRequest",
    answers: "BatchGetCatalogObjectsResponse",
    run: (seller, { body }) => {
      const ids = texts(body["object_ids"])
      if (ids.length > 1_000)
        throw invalid("ARRAY_LENGTH_TOO_LONG", "object_ids holds at most 1000 ids.", "object_ids")
      const found = picked((id) => find(seller, id), ids)
      return {
        objects: found
          .filter((one) => one["is_deleted"] !== true || body["include_deleted_objects"] === true)
          .map(plain)
      }
    }
  },
  {
    at: "GET /v2/catalog/object/:id",
    scope: read,
    answers: "GetCatalogObjectResponse",
    run: (seller, { path }) => {
      const found = find(seller, path[0] ?? "")
      if (found === undefined || found["is_deleted"] === true)
        throw notFound(`Catalog object with ID ${path[0] ?? ""} not found.`)
      return { object: plain(found) }
    }
  },
  {
    at: "POST /v2/catalog/object",
    scope: write,
    takes: "UpsertCatalogObjectRequest",
    answers: "UpsertCatalogObjectResponse",
    run: (seller, { body }) =>
      alone(seller, () =>
        seller.once("catalog", body["idempotency_key"], plain(body), () => {
          const { ids, objects } = upsert(seller, isDoc(body["object"]) ? [{ ...body["object"] }] : [])
          return plain({
            catalog_object: objects[0] === undefined ? undefined : plain(objects[0]),
            id_mappings:
              ids.size === 0
                ? undefined
                : [...ids].map(([client, id]) => ({ client_object_id: client, object_id: id }))
          })
        })
      )
  },
  {
    at: "POST /v2/catalog/batch-upsert",
    scope: write,
    takes: "BatchUpsertCatalogObjectsRequest",
    answers: "BatchUpsertCatalogObjectsResponse",
    run: (seller, { body }) =>
      alone(seller, () =>
        seller.once("catalog-batch", body["idempotency_key"], plain(body), () => batchUpsert(seller, body))
      )
  },
  {
    at: "POST /v2/catalog/batch-delete",
    scope: write,
    takes: "BatchDeleteCatalogObjectsRequest",
    answers: "BatchDeleteCatalogObjectsResponse",
    run: (seller, { body }) =>
      alone(seller, () => {
        const ids = texts(body["object_ids"])
        if (ids.length > 200)
          throw invalid("ARRAY_LENGTH_TOO_LONG", "object_ids holds at most 200 ids.", "object_ids")
        return { deleted_object_ids: [...deleteObjects(seller, ids)], deleted_at: seller.time() }
      })
  },
  {
    at: "DELETE /v2/catalog/object/:id",
    scope: write,
    answers: "DeleteCatalogObjectResponse",
    run: (seller, { path }) =>
      alone(seller, () => ({ deleted_object_ids: [...deleteObjects(seller, path)], deleted_at: seller.time() }))
  },
  {
    at: "GET /v2/catalog/info",
    scope: read,
    answers: "CatalogInfoResponse",
    run: () => ({
      limits: {
        batch_upsert_max_objects_per_batch: most.batch,
        batch_upsert_max_total_objects: most.request,
        batch_retrieve_max_object_ids: 1_000,
        search_max_page_limit: 1_000,
        batch_delete_max_object_ids: 200,
        update_item_taxes_max_item_ids: 1_000,
        update_item_taxes_max_taxes_to_enable: 1_000,
        update_item_taxes_max_taxes_to_disable: 1_000,
        update_item_modifier_lists_max_item_ids: 1_000,
        update_item_modifier_lists_max_modifier_lists_to_enable: 1_000,
        update_item_modifier_lists_max_modifier_lists_to_disable: 1_000
      }
    })
  }
]
