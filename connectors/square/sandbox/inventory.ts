/** Stock of the sandbox: counted from the last physical count and what happened after it, by the client's own times. */
import type { Json } from "../../../core/model/value.ts"
import { timeOf } from "./customers.ts"
import { limitOf, paged, sorted } from "./page.ts"
import { docs, invalid, isDoc, notFound, picked, plain, text, texts } from "./reply.ts"
import type { Doc } from "./reply.ts"
import type { Endpoint } from "./route.ts"
import type { Seller } from "./seller.ts"

/** Quantities have at most five digits after the point. */
const scale = 100_000n

const unitsOf = (quantity: string): bigint => {
  const [whole = "0", part = ""] = quantity.replace(/^[+-]/, "").split(".")
  const units = BigInt(whole) * scale + BigInt(part.padEnd(5, "0"))
  return quantity.startsWith("-") ? -units : units
}

const textOf = (units: bigint): string => {
  const size = units < 0n ? -units : units
  const part = String(size % scale)
    .padStart(5, "0")
    .replace(/0+$/, "")
  return `${units < 0n ? "-" : ""}${size / scale}${part === "" ? "" : `.${part}`}`
}

const kinds = { PHYSICAL_COUNT: "physical_count", ADJUSTMENT: "adjustment" } as const
const isKind = (type: string): type is keyof typeof kinds => type in kinds

const bodyOf = (change: Doc): { readonly [key: string]: Json } => {
  const type = text(change["type"]) ?? ""
  const body = isKind(type) ? change[kinds[type]] : undefined
  return isDoc(body) ? body : {}
}

/** Moves that an adjustment may make. */
const moves: ReadonlyArray<string> = [
  "NONE>IN_STOCK",
  "IN_STOCK>SOLD",
  "IN_STOCK>WASTE",
  "UNLINKED_RETURN>IN_STOCK",
  "UNLINKED_RETURN>WASTE"
]
const dayMs = 24 * 60 * 60 * 1_000

const checked = (seller: Seller, change: Doc, at: number): void => {
  const field = `changes[${at}]`
  if (!isKind(text(change["type"]) ?? ""))
    throw invalid("BAD_REQUEST", "this sandbox plays PHYSICAL_COUNT and ADJUSTMENT", `${field}.type`)
  const body = bodyOf(change)
  const variation = seller.variations.get(text(body["catalog_object_id"]) ?? "")
  if (variation === undefined || variation["is_deleted"] === true)
    throw notFound("Catalog object not found.", `${field}.catalog_object_id`)
  if (!seller.locations.has(text(body["location_id"]) ?? ""))
    throw notFound("Location not found.", `${field}.location_id`)
  if (!/^-?\d{1,20}(?:\.\d{1,5})?$/.test(text(body["quantity"]) ?? "")) {
    throw invalid(
      "INVALID_VALUE",
      "The quantity is a decimal with at most 5 digits after the point.",
      `${field}.quantity`
    )
  }
  const occurred = timeOf(text(body["occurred_at"]) ?? "", `${field}.occurred_at`)
  const now = seller.frame.now()
  // InventoryPhysicalCount: not older than 24 hours, not in the future.
  if (occurred > now + 1_000 || occurred < now - dayMs)
    throw invalid("INVALID_TIME", "occurred_at is too old or in the future.", `${field}.occurred_at`)
  if (change["type"] === "ADJUSTMENT") {
    if (!moves.includes(`${text(body["from_state"])}>${text(body["to_state"])}`)) {
      throw invalid("INVALID_VALUE", "This move between states is not allowed.", `${field}.to_state`)
    }
  } else if (body["state"] !== "IN_STOCK")
    throw invalid("BAD_REQUEST", "this sandbox counts the state IN_STOCK", `${field}.state`)
}

/** Kept with the moment it arrived; what it makes of the stock follows from the client's times. */
export const change = (seller: Seller, one: Doc): void => {
  const body = bodyOf(one)
  const type = text(one["type"])
  const kind = type === "PHYSICAL_COUNT" ? "physical_count" : "adjustment"
  const at = seller.time()
  seller.changes.push({
    type,
    [kind]: { catalog_object_type: "ITEM_VARIATION", ...body, id: seller.id("change"), created_at: at }
  })
  count(seller, text(body["catalog_object_id"]) ?? "", text(body["location_id"]) ?? "", at)
}

const count = (seller: Seller, variation: string, location: string, at: string): void => {
  const mine = sorted(
    seller.changes
      .map((one, order) => ({ one, body: bodyOf(one), order }))
      .filter(({ body }) => body["catalog_object_id"] === variation && body["location_id"] === location),
    ({ body, order }) =>
      `${new Date(String(body["occurred_at"])).toISOString()}|${String(order).padStart(9, "0")}`
  )
  let units = 0n
  for (const { body, one } of mine) {
    const quantity = unitsOf(String(body["quantity"]))
    if (one["type"] === "PHYSICAL_COUNT") units = quantity
    else if (body["to_state"] === "IN_STOCK") units += quantity
    else if (body["from_state"] === "IN_STOCK") units -= quantity
  }
  const doc: Doc = {
    catalog_object_id: variation,
    catalog_object_type: "ITEM_VARIATION",
    state: "IN_STOCK",
    location_id: location,
    quantity: textOf(units),
    calculated_at: at
  }
  seller.counts.set(`${variation}|${location}`, doc)
  seller.tell("inventory.count.updated", "inventory_counts", variation, { inventory_counts: [plain(doc)] })
}

const changeAll = (seller: Seller, body: Doc): Json => {
  const changes = docs(body["changes"]).map((one) => ({ ...one }))
  if (changes.length === 0) throw invalid("ARRAY_EMPTY", "changes holds at least one change.", "changes")
  if (changes.length > 100)
    throw invalid("ARRAY_LENGTH_TOO_LONG", "changes holds at most 100 changes.", "changes")
  changes.forEach((one, at) => {
    checked(seller, one, at)
  })
  const ignore = body["ignore_unchanged_counts"] !== false
  for (const one of changes) {
    const asked = bodyOf(one)
    const now = seller.counts.get(`${text(asked["catalog_object_id"])}|${text(asked["location_id"])}`)
    const same =
      one["type"] === "PHYSICAL_COUNT" &&
      now !== undefined &&
      unitsOf(String(now["quantity"])) === unitsOf(String(asked["quantity"]))
    if (!(ignore && same)) change(seller, one)
  }
  const keys = new Set(
    changes.map(bodyOf).map((one) => `${text(one["catalog_object_id"])}|${text(one["location_id"])}`)
  )
  return { counts: picked((key) => seller.counts.get(key), keys).map(plain) }
}

const countsOf = (seller: Seller, body: Doc): Json => {
  const [variations, locations, states] = [
    texts(body["catalog_object_ids"]),
    texts(body["location_ids"]),
    texts(body["states"])
  ]
  const after = text(body["updated_after"])
  const from = after === undefined ? -Infinity : timeOf(after, "updated_after")
  if (variations.length > 1_000)
    throw invalid("ARRAY_LENGTH_TOO_LONG", "catalog_object_ids holds at most 1000 ids.", "catalog_object_ids")
  const found = [...seller.counts.values()].filter(
    (one) =>
      (variations.length === 0 || variations.includes(String(one["catalog_object_id"]))) &&
      (locations.length === 0 || locations.includes(String(one["location_id"]))) &&
      (states.length === 0 || states.includes(String(one["state"]))) &&
      Date.parse(String(one["calculated_at"])) > from
  )
  const keyOf = (one: Doc): string =>
    `${String(one["calculated_at"])}|${String(one["catalog_object_id"])}|${String(one["location_id"])}`
  // Newest first, as the page of BatchRetrieveInventoryCounts says.
  const rows = sorted(found, keyOf).toReversed()
  const { cursor, page } = paged(
    rows,
    keyOf,
    limitOf(body["limit"], 1_000),
    [variations, locations, states, after ?? null],
    body["cursor"]
  )
  return plain({ counts: page.length === 0 ? undefined : page.map(plain), cursor })
}

const changesOf = (seller: Seller, body: Doc): Json => {
  const [variations, locations, types] = [
    texts(body["catalog_object_ids"]),
    texts(body["location_ids"]),
    texts(body["types"])
  ]
  for (const name of ["states", "updated_before"])
    if (body[name] !== undefined) throw invalid("BAD_REQUEST", `this sandbox does not play ${name}`, name)
  const after = text(body["updated_after"])
  const from = after === undefined ? -Infinity : timeOf(after, "updated_after")
  const found = seller.changes.filter((one) => {
    const asked = bodyOf(one)
    return (
      (variations.length === 0 || variations.includes(String(asked["catalog_object_id"]))) &&
      (locations.length === 0 || locations.includes(String(asked["location_id"]))) &&
      (types.length === 0 || types.includes(String(one["type"]))) &&
      Date.parse(String(asked["created_at"])) > from
    )
  })
  const keyOf = (one: Doc): string => `${String(bodyOf(one)["occurred_at"])}|${String(bodyOf(one)["id"])}`
  const { cursor, page } = paged(
    sorted(found, keyOf),
    keyOf,
    limitOf(body["limit"], 1_000),
    [variations, locations, types, after ?? null],
    body["cursor"]
  )
  return plain({ changes: page.length === 0 ? undefined : page.map(plain), cursor })
}

export const inventoryEndpoints: ReadonlyArray<Endpoint> = [
  {
    at: "POST /v2/inventory/counts/batch-retrieve",
    scope: "INVENTORY_READ",
    takes: "BatchGetInventoryCountsRequest",
    answers: "BatchGetInventoryCountsResponse",
    run: (seller, { body }) => countsOf(seller, body)
  },
  {
    at: "POST /v2/inventory/changes/batch-retrieve",
    scope: "INVENTORY_READ",
    takes: "BatchRetrieveInventoryChangesRequest",
    answers: "BatchGetInventoryChangesResponse",
    run: (seller, { body }) => changesOf(seller, body)
  },
  {
    at: "POST /v2/inventory/changes/batch-create",
    scope: "INVENTORY_WRITE",
    takes: "BatchChangeInventoryRequest",
    answers: "BatchChangeInventoryResponse",
    run: (seller, { body }) =>
      seller.once("inventory", body["idempotency_key"], plain(body), () => changeAll(seller, body))
  }
]
