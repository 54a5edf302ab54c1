/** Rules of orders and price books: what may follow what. Facts marked [M] in the connector's README. */
import type { Json } from "../../../core/model/value.ts"
import { Refusal } from "./refusal.ts"
import type { Org, Row, Values } from "./org.ts"

/** Checks a write and says which values the system adds to it. `was` is the row as it stands; absent for a create. */
export const orderRules = (org: Org, object: string, values: Values, was: Row | undefined): Values => {
  switch (object) {
    case "Order": return order(org, values, was)
    case "OrderItem": return item(org, values, was)
    case "PricebookEntry": return entry(org, values, was)
    default: return {}
  }
}

/** An org names its statuses as it likes; each is a draft's or an activated order's. */
const category = (status: Json | undefined): string => status === "Draft" ? "Draft" : "Activated"

const locked = ["AccountId", "Pricebook2Id", "EffectiveDate", "CurrencyIsoCode"]

const order = (org: Org, values: Values, was: Row | undefined): Values => {
  const status = values["Status"]
  if (was === undefined) {
    if (status !== "Draft") throw new Refusal("FAILED_ACTIVATION", "Choose a valid order status: a new order is a draft.", ["Status"])
    return { StatusCode: "Draft", TotalAmount: 0 }
  }
  const activated = was.values["StatusCode"] === "Activated"
  if (activated && values["IsDeleted"] === true) throw new Refusal("DELETE_FAILED", "An activated order cannot be deleted.")
  if (activated && category(status ?? was.values["Status"]) !== "Draft") {
    const closed = locked.filter((name) => name in values && values[name] !== was.values[name])
    if (closed.length > 0) {
      throw new Refusal("FIELD_INTEGRITY_EXCEPTION", `An activated order's ${closed.join(", ")} cannot be changed.`, closed)
    }
  }
  if (status !== undefined && category(status) === "Activated" && !activated) {
    if ((values["AccountId"] ?? was.values["AccountId"]) === null) {
      throw new Refusal("FAILED_ACTIVATION", "An order needs an account before it is activated.", ["AccountId"])
    }
    const items = [...org.table("OrderItem").values()]
      .some((one) => one.values["OrderId"] === was.id && one.values["IsDeleted"] !== true)
    if (!items) throw new Refusal("FAILED_ACTIVATION", "An order must have at least one product.", ["Status"])
  }
  return typeof status === "string" ? { StatusCode: category(status) } : {}
}

const item = (org: Org, values: Values, was: Row | undefined): Values => {
  const held = org.live("Order", String(values["OrderId"] ?? was?.values["OrderId"]))
  if (held?.values["StatusCode"] === "Activated") {
    throw new Refusal("FIELD_INTEGRITY_EXCEPTION", "The products of an activated order cannot be changed.")
  }
  if (values["IsDeleted"] === true) return {}
  const quantity = Number(values["Quantity"] ?? was?.values["Quantity"] ?? 0)
  if (quantity <= 0) throw new Refusal("FIELD_INTEGRITY_EXCEPTION", "Quantity must be above zero.", ["Quantity"])
  const price = org.live("PricebookEntry", String(values["PricebookEntryId"] ?? was?.values["PricebookEntryId"]))
  const unit = values["UnitPrice"] ?? was?.values["UnitPrice"] ?? price?.values["UnitPrice"] ?? 0
  const totals = { UnitPrice: unit, TotalPrice: Number((Number(unit) * quantity).toFixed(2)) }
  if (was !== undefined) return totals
  if (held?.values["Pricebook2Id"] === null) {
    throw new Refusal("FIELD_INTEGRITY_EXCEPTION", "The order has no price book.", ["OrderId"])
  }
  if (price?.values["Pricebook2Id"] !== held?.values["Pricebook2Id"]) {
    throw new Refusal("FIELD_INTEGRITY_EXCEPTION", "field integrity exception: PricebookEntryId (pricebook entry is in a "
      + "different pricebook than the one assigned to the Order)", ["PricebookEntryId"])
  }
  if (price?.values["IsActive"] !== true) {
    throw new Refusal("FIELD_INTEGRITY_EXCEPTION", "field integrity exception: PricebookEntryId (pricebook entry is inactive)", ["PricebookEntryId"])
  }
  const code = held?.values["CurrencyIsoCode"]
  if (code !== undefined && code !== price.values["CurrencyIsoCode"]) {
    throw new Refusal("FIELD_INTEGRITY_EXCEPTION", "The currency of the price book entry is not the order's.", ["PricebookEntryId"])
  }
  return { ...totals, Product2Id: price.values["Product2Id"] ?? null, ListPrice: price.values["UnitPrice"] ?? null,
    AvailableQuantity: quantity, ...(code === undefined ? {} : { CurrencyIsoCode: code }) }
}

const entry = (org: Org, values: Values, was: Row | undefined): Values => {
  if (was !== undefined) return {}
  const mine = [...org.table("PricebookEntry").values()].filter((row) => row.values["IsDeleted"] !== true
    && row.values["Product2Id"] === values["Product2Id"]
    && (row.values["CurrencyIsoCode"] ?? null) === (values["CurrencyIsoCode"] ?? null))
  if (mine.some((row) => row.values["Pricebook2Id"] === values["Pricebook2Id"])) {
    throw new Refusal("DUPLICATE_VALUE", "This price definition already exists in this price book")
  }
  const standard = org.standardPricebook?.id
  if (values["Pricebook2Id"] !== standard && !mine.some((row) => row.values["Pricebook2Id"] === standard)) {
    throw new Refusal("STANDARD_PRICE_NOT_DEFINED", "No standard price defined for this product")
  }
  const product = org.live("Product2", String(values["Product2Id"]))
  return { Name: product?.values["Name"] ?? null, ProductCode: product?.values["ProductCode"] ?? null }
}
