/** What the five systems themselves hold of one person, article or order: read there, not in the hub. */
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import type { Systems } from "./systems.ts"
import { newsletter, outlet, store } from "./systems.ts"

type Row = { readonly [name: string]: unknown }
type Seen = ReadonlyArray<readonly [system: string, says: unknown]>

/** One line a system. */
export const lines = (what: string, seen: Seen): ReadonlyArray<string> =>
  [what, ...seen.map(([system, says]) => `  ${system.padEnd(10)}${says === null || says === undefined ? "-" : String(says)}`)]

const at = (of: unknown, ...path: ReadonlyArray<string>): unknown =>
  path.reduce<unknown>((one, name) => typeof one === "object" && one !== null ? (one as Row)[name] : undefined, of)

const erpRow = (folder: string, query: string, ...values: ReadonlyArray<string>): Row | undefined => {
  const db = new DatabaseSync(join(folder, "erp.db"), { readOnly: true })
  const row = db.prepare(query).get(...values)
  db.close()
  return row
}

const shopCustomer = ({ shop }: Systems, email: string) =>
  [...shop.shop.customers.values()].find((one) => one.email === email)
const crmContact = ({ crm }: Systems, email: string) => crm.all("Contact").find((one) => one["Email"] === email)
const contact = ({ marketing: { portal } }: Systems, email: string) => portal.byUnique(portal.kind("contacts"), "email", email)
const profile = ({ till }: Systems, email: string) =>
  [...till.seller.customers.values()].find((one) => one["email_address"] === email)

/** By its number: what all five of them call it. */
export const variantOf = ({ shop: { shop } }: Systems, sku: string) => {
  const item = [...shop.items.values()].find((one) => one.sku === sku)
  return item === undefined ? undefined : shop.variants.get(item.variant)
}
export const variationOf = ({ till }: Systems, sku: string) =>
  [...till.seller.variations.values()].find((one) => at(one, "item_variation_data", "sku") === sku)

export const phone = (systems: Systems, folder: string, email: string): Seen => [
  ["CRM", crmContact(systems, email)?.["MobilePhone"]],
  ["ERP", erpRow(folder, "select MOBIL from KUNDEN where lower(trim(EMAIL)) = ?", email)?.["MOBIL"]],
  ["shop", shopCustomer(systems, email)?.phone],
  ["marketing", contact(systems, email)?.properties["mobilephone"]],
  ["till", profile(systems, email)?.["phone_number"]]
]

export const consent = (systems: Systems, folder: string, email: string): Seen => [
  ["shop", shopCustomer(systems, email)?.emailConsent.state],
  ["marketing", systems.marketing.preferences.of(email, newsletter).status],
  ["ERP", erpRow(folder, "select NEWSLETTER from KUNDEN where lower(trim(EMAIL)) = ?", email)?.["NEWSLETTER"]],
  ["CRM", crmContact(systems, email)?.["HasOptedOutOfEmail"] === true ? "opted out" : "not opted out"],
  ["till", "cannot be told: only the buyer unsubscribes there"]
]

const cents = (amount: unknown): string => typeof amount === "number" ? (amount / 100).toFixed(2) : "-"

export const price = (systems: Systems, folder: string, sku: string): Seen => {
  const row = erpRow(folder, "select VKBRUTTO, VKNETTO from ARTIKEL where ARTNR = ?", sku)
  return [
    ["ERP", `${cents(row?.["VKBRUTTO"])} with tax, ${cents(row?.["VKNETTO"])} without`],
    ["shop", `${variantOf(systems, sku)?.price ?? "-"} with tax`],
    ["till", `${cents(at(variationOf(systems, sku), "item_variation_data", "price_money", "amount"))} without tax`]
  ]
}

export const stock = (systems: Systems, folder: string, sku: string): Seen => {
  const { shop, till } = systems
  const item = variantOf(systems, sku)?.item ?? ""
  const inShop = (location: string | undefined) => shop.shop.level(item, location ?? "")?.quantities["on_hand"] ?? "-"
  const inTill = (location: string) => till.seller.counts.get(`${String(variationOf(systems, sku)?.["id"])}|${location}`)?.["quantity"]
  const erp = (place: string) =>
    erpRow(folder, "select BESTAND from LAGER where ARTNR = ? and LGORT = ?", sku, place)?.["BESTAND"]
  const both = (warehouse: unknown, corner: unknown): string => `warehouse ${String(warehouse)}, store ${String(corner)}`
  return [
    ["ERP", both(erp("HL"), erp("FI"))],
    ["shop", both(inShop(process.env["SHOP_WAREHOUSE"]), inShop(process.env["SHOP_STORE"]))],
    ["till", both(inTill(outlet), inTill(store))]
  ]
}

/** An order by its number at the place of sale. */
export const order = (systems: Systems, folder: string, number: string): Seen => {
  const { crm, shop, till } = systems
  const web = [...shop.shop.orders.values()].find((one) => one.name === number)
  const sale = till.seller.orders.get(number)
  const booked = erpRow(folder, `select *, (select count(*) from AUFTRAG b where b.EXTNR = a.EXTNR) N
    from AUFTRAG a where EXTNR = ?`, number)
  const known = crm.all("Order").filter((one) => one["OrderReferenceNumber"] === number)
  const refunds = web?.refunds.map((one) => one["note"]).join(", ")
  return [
    ...web === undefined ? [] : [["shop", [
      web.cancelledAt === null ? "open" : "cancelled",
      ...web.fulfillments.map((one) => `sent, ${JSON.stringify(at(one, "trackingInfo"))}`),
      ...refunds === "" || refunds === undefined ? [] : [`refund noted: ${refunds}`]
    ].join("; ")] as const],
    ...sale === undefined ? [] : [["till", `sold for ${cents(at(sale, "total_money", "amount"))}`] as const],
    ["ERP", booked === undefined ? "-" : [
      `${String(booked["N"])} order, status ${String(booked["STATUS"])}`, `delivery ${String(booked["LIEFERUNG"])}`,
      ...booked["SENDUNG"] === null ? [] : [`parcel ${String(booked["SENDUNG"])}`],
      ...booked["GUTSCHRIFT"] === null ? [] : [`paid back ${cents(booked["GUTSCHRIFT"])}`],
      booked["KDNR"] === null ? "no customer" : `customer ${String(booked["KDNR"])}`
    ].join(", ")],
    ["CRM", `${known.length} order${known.length === 1 ? "" : "s"}, ${known.map((one) => String(one["Status"])).join(", ")}`]
  ]
}
