/** Stock: levels by item and location, compare-and-set, activation; and what a sale takes off them. */
import { fault, numberAt, rowAt, rowsAt, textAt } from "./change.ts"
import type { Change, UserFault } from "./change.ts"
import { levelHook } from "./hooks.ts"
import type { Level, Order, Shop } from "./state.ts"
import { levelView } from "./view.ts"
import type { Args } from "./view.ts"

export const activate = (shop: Shop, item: string, location: string, onHand = 0): Level => {
  const known = shop.level(item, location)
  if (known !== undefined) {
    if (!known.active) {
      known.active = true
      shop.touch(known)
    }
    return known
  }
  const id = `${shop.id("InventoryLevel")}?inventory_item_id=${item.split("/").pop()}`
  const level: Level = { ...shop.base(id), item, location, active: true,
    quantities: { on_hand: onHand, available: onHand, committed: 0, reserved: 0, incoming: 0 } }
  shop.levels.set(id, level)
  shop.hook({ topic: "INVENTORY_LEVELS_CONNECT", payload: levelHook(level) })
  return level
}

/** `on_hand` is what is available and what is promised. */
export const setQuantity = (shop: Shop, level: Level, name: string, quantity: number): void => {
  const delta = quantity - (level.quantities[name] ?? 0)
  for (const one of name === "on_hand" || name === "available" ? ["on_hand", "available"] : [name]) {
    level.quantities[one] = (level.quantities[one] ?? 0) + delta
  }
  shop.touch(level)
  shop.hook({ topic: "INVENTORY_LEVELS_UPDATE", payload: levelHook(level) })
}

/** What an order takes off the stock of the place where it is sold or sent from; or gives back. */
export const stockSold = (shop: Shop, order: Order, back = false): void => {
  for (const line of order.lines) {
    const variant = shop.variants.get(line.variant ?? "")
    const item = variant === undefined ? undefined : shop.items.get(variant.item)
    if (item === undefined || !item.tracked) continue
    const level = [...shop.levels.values()].find((one) => one.item === item.id
      && (order.location === null || one.location === order.location))
    if (level === undefined) continue
    const quantity = line.currentQuantity * (back ? -1 : 1)
    level.quantities["available"] = (level.quantities["available"] ?? 0) - quantity
    // A till hands it over at once; a web order has it promised first.
    if (order.sourceName === "pos") level.quantities["on_hand"] = (level.quantities["on_hand"] ?? 0) - quantity
    else level.quantities["committed"] = (level.quantities["committed"] ?? 0) + quantity
    shop.touch(level)
    shop.hook({ topic: "INVENTORY_LEVELS_UPDATE", payload: levelHook(level) })
  }
}

const reasons = new Set(["correction", "cycle_count_available", "damaged", "movement_created", "movement_updated", "movement_received",
  "movement_canceled", "other", "promotion", "quality_control", "received", "reservation_created", "reservation_deleted",
  "reservation_updated", "restock", "safety_stock", "shrinkage"])

interface Wanted {
  readonly level: Level
  readonly to: number
}

/** All or nothing: one fault and nothing is written. */
const set = (shop: Shop, args: Args, relative: boolean): unknown => {
  const input = rowAt(args, "input")
  const name = textAt(input, "name") ?? ""
  const list = relative ? "changes" : "quantities"
  const rows = rowsAt(input, list)
  const faults: Array<UserFault> = []
  const wanted: Array<Wanted> = []
  if (!["available", "on_hand"].includes(name)) faults.push(fault("INVALID_NAME", "The quantity name must be available or on_hand", "input", "name"))
  if (!reasons.has(textAt(input, "reason") ?? "")) faults.push(fault("INVALID_REASON", "The reason is not one of the possible reasons", "input", "reason"))
  rows.forEach((row, at) => {
    const where = (last: string): ReadonlyArray<string> => ["input", list, String(at), last]
    const [item, location] = [textAt(row, "inventoryItemId") ?? "", textAt(row, "locationId") ?? ""]
    const level = shop.level(item, location)
    const quantity = numberAt(row, relative ? "delta" : "quantity") ?? 0
    if (!shop.items.has(item)) faults.push(fault("INVALID_INVENTORY_ITEM", "The inventory item does not exist", ...where("inventoryItemId")))
    else if (!shop.locations.has(location)) faults.push(fault("INVALID_LOCATION", "The location does not exist", ...where("locationId")))
    else if (level === undefined || !level.active) {
      faults.push(fault("ITEM_NOT_STOCKED_AT_LOCATION", "The item is not stocked at the location", ...where("locationId")))
    } else if (row["changeFromQuantity"] === undefined) {
      faults.push(fault("COMPARE_QUANTITY_REQUIRED", "changeFromQuantity must be passed", ...where("changeFromQuantity")))
    } else if (row["changeFromQuantity"] !== null && row["changeFromQuantity"] !== level.quantities[name]) {
      faults.push(fault("CHANGE_FROM_QUANTITY_STALE", "The quantity has changed", ...where("changeFromQuantity")))
    } else if (!relative && quantity > 1_000_000_000) {
      faults.push(fault("INVALID_QUANTITY_TOO_HIGH", "The quantity is too high", ...where("quantity")))
    } else wanted.push({ level, to: relative ? (level.quantities[name] ?? 0) + quantity : quantity })
  })
  if (new Set(wanted.map((one) => one.level)).size < wanted.length) {
    faults.push(fault("NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR", "An item appears twice at one location", "input", list))
  }
  if (faults.length > 0) return { inventoryAdjustmentGroup: null, userErrors: faults }
  for (const { level, to } of wanted) setQuantity(shop, level, name, to)
  return { inventoryAdjustmentGroup: { id: shop.id("InventoryAdjustmentGroup") }, userErrors: [] }
}

const connect = (shop: Shop, args: Args): unknown => {
  const [item, location] = [textAt(args, "inventoryItemId") ?? "", textAt(args, "locationId") ?? ""]
  if (!shop.items.has(item) || !shop.locations.has(location)) {
    return { inventoryLevel: null, userErrors: [fault("NOT_FOUND", "The item or the location does not exist", "inventoryItemId")] }
  }
  const known = shop.level(item, location)
  const onHand = numberAt(args, "onHand") ?? numberAt(args, "available")
  if (known?.active === true && onHand !== undefined && known.quantities["on_hand"] !== onHand) {
    return { inventoryLevel: null, userErrors: [fault("INVALID", "Not allowed to set quantities when the item is already active", "onHand")] }
  }
  return { inventoryLevel: levelView(shop, activate(shop, item, location, onHand)), userErrors: [] }
}

export const stockChanges = (shop: Shop): { readonly [mutation: string]: Change } => ({
  inventorySetQuantities: (args) => set(shop, args, false),
  inventoryAdjustQuantities: (args) => set(shop, args, true),
  inventoryActivate: (args) => connect(shop, args)
})
