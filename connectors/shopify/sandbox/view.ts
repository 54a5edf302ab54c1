/** Records as GraphQL sees them: plain objects, with functions where a field takes arguments. */
import { GraphQLError } from "graphql"
import type { Json } from "../../../core/model/value.ts"
import { searched } from "./search.ts"
import type { Findable } from "./search.ts"
import { numberOf } from "./state.ts"
import type { Base, Customer, Item, Level, Line, Location, Order, Product, Row, Shop, Variant } from "./state.ts"
import { cents, text } from "./amount.ts"

export type Args = { readonly [name: string]: Json | undefined }
/** What graphql-js resolves: values, and functions of a field's arguments. */
export type View = { readonly [field: string]: unknown }

export const refused = (message: string, code: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code } })

const textOf = (json: Json | undefined): string | undefined => typeof json === "string" ? json : undefined

/** Relay: at most 250 a page, and no further than 25,000 objects (https://shopify.dev/docs/api/usage/limits). */
export const connection = (all: ReadonlyArray<View>, args: Args): View => {
  const first = typeof args["first"] === "number" ? args["first"] : 50
  // A bulk operation takes everything.
  if (first === everything) return { edges: all.map((node) => ({ node })), nodes: all,
    pageInfo: { hasNextPage: false } }
  if (first < 1 || first > 250) throw refused(`first must be between 1 and 250`, "BAD_USER_INPUT")
  const after = textOf(args["after"])
  const start = after === undefined || after === "" ? 0 : offsetOf(after)
  if (start >= 25_000) throw refused("the connection is limited to 25,000 objects", "BAD_USER_INPUT")
  const nodes = all.slice(start, start + first)
  const end = start + nodes.length
  const edges = nodes.map((node, at) => ({ cursor: cursorOf(start + at + 1), node }))
  return {
    edges, nodes,
    pageInfo: {
      hasNextPage: end < all.length, hasPreviousPage: start > 0, startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null
    }
  }
}

export const everything = -1

const cursorOf = (offset: number): string => Buffer.from(JSON.stringify({ last: offset })).toString("base64url")
const offsetOf = (cursor: string): number => {
  try {
    const read: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"))
    if (typeof read === "object" && read !== null && "last" in read && typeof read.last === "number") return read.last
  } catch {
    // Said below.
  }
  throw refused("Invalid cursor for current pagination sort.", "BAD_USER_INPUT")
}

/** Records of a root connection: searched, sorted, as views. */
export const listed = <R extends Base>(
  shop: Shop, records: Iterable<R>, args: Args, view: (record: R) => View,
  search: { readonly filters: ReadonlyArray<string>; readonly of: (record: R) =>
    Findable; readonly wholeDays?: boolean }
): View => {
  let found = [...records]
  const query = textOf(args["query"])
  if (query !== undefined && query.trim() !== "") {
    const asked = understood(query, ["id", "updated_at", "created_at", ...search.filters], search.wholeDays === true)
    found = found.filter((record) => {
      const at = shop.indexedAt(record)
      return at !== undefined && asked({ id: numberOf(record.id), updated_at: at, created_at: record.createdAt,
        ...search.of(record) })
    })
  }
  const key = textOf(args["sortKey"]) ?? "ID"
  const by = sorts[key]
  if (by === undefined) throw refused(`this sandbox does not sort by ${key}`, "BAD_USER_INPUT")
  found.sort((a, b) => by(a, b) || numberOf(a.id) - numberOf(b.id))
  if (args["reverse"] === true) found.reverse()
  return connection(found.map(view), args)
}

export const understood = (
  query: string, filters: ReadonlyArray<string>, wholeDays = false
): (of: Findable) => boolean => {
  const asked = reading(() => searched(query, filters, wholeDays))
  return (of) => reading(() => asked(of))
}

const reading = <A>(work: () => A): A => {
  try {
    return work()
  } catch (error) {
    throw refused(error instanceof Error ? error.message : "the search is not understood", "BAD_USER_INPUT")
  }
}

const sorts: { readonly [key: string]: (a: Base, b: Base) => number } = {
  ID: () => 0,
  UPDATED_AT: (a, b) => a.updatedAt < b.updatedAt ? -1 : a.updatedAt > b.updatedAt ? 1 : 0,
  CREATED_AT: (a, b) => a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : 0,
  PROCESSED_AT: (a, b) => a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : 0,
  NAME: () => 0
}

const money = (shop: Shop, amount: string, currency = shop.settings.currency): View => {
  const one = { amount, currencyCode: currency }
  return { shopMoney: one, presentmentMoney: one }
}

const metafieldOf = (shop: Shop, owner: string) => ({ key, namespace }: Args): View | null => {
  const found = shop.metafield(owner, String(namespace), String(key))
  return found === undefined ? null : { ...found, namespace, key }
}

export const customerView = (shop: Shop, one: Customer): View => {
  const open = shop.settings.protectedData
  const addresses = one.addresses.map((address) => addressView(address))
  return {
    __typename: "Customer", ...one, numberOfOrders: "0", verifiedEmail: one.email !== null,
    firstName: open ? one.firstName : null, lastName: open ? one.lastName : null,
    displayName: [one.firstName, one.lastName].filter((part) => part !== null).join(" ") || (one.email ?? ""),
    defaultEmailAddress: one.email === null || !open ? null : {
      emailAddress: one.email, marketingState: one.emailConsent.state, marketingOptInLevel: one.emailConsent.level,
      marketingUpdatedAt: one.emailConsent.at
    },
    defaultPhoneNumber: one.phone === null || !open ? null : {
      phoneNumber: one.phone, marketingState: one.smsConsent.state, marketingOptInLevel: one.smsConsent.level,
      marketingUpdatedAt: one.smsConsent.at
    },
    defaultAddress: open ? addresses.find((address) => address["id"] === one.defaultAddress) ?? null : null,
    addressesV2: (args: Args) => connection(open ? addresses : [], args),
    metafield: metafieldOf(shop, one.id),
    ...Object.fromEntries([...shop.denied].map((field) => [field, () => { throw refused(`Access denied for ${field} field.`, "ACCESS_DENIED") }]))
  }
}

const addressView = (address: Row | null): View => ({
  __typename: "MailingAddress",
  ...Object.fromEntries(["firstName", "lastName", "company", "address1", "address2", "city", "zip", "provinceCode", "phone"]
    .map((name) => [name, address?.[name] ?? null])),
  id: address?.["id"] ?? null, countryCodeV2: address?.["countryCode"] ?? null
})

export const productView = (shop: Shop, one: Product): View => ({
  __typename: "Product", ...one,
  variants: (args: Args) => connection(one.variants.flatMap((id) => {
    const variant = shop.variants.get(id)
    return variant === undefined ? [] : [variantView(shop, variant)]
  }), args),
  media: (args: Args) => connection(one.media.map((medium) =>
    ({ __typename: "MediaImage", id: medium.id, alt: medium.alt, image: { url: medium.url } })), args),
  resourcePublicationsV2: (args: Args) => connection([...one.publications].map(([id, at]) =>
    ({ isPublished: true, publishDate: at, publication: publicationView(shop, id) })), args),
  metafield: metafieldOf(shop, one.id)
})

export const publicationView = (shop: Shop, id: string): View => ({
  __typename: "Publication", id, catalog: { __typename: "AppCatalog", id: id.replace("Publication", "AppCatalog"),
    title: shop.publications.get(id) ?? "" }
})

export const variantView = (shop: Shop, one: Variant): View => {
  const item = shop.items.get(one.item)
  return {
    __typename: "ProductVariant", ...one, sku: item?.sku ?? null,
    title: one.options.map((option) => option.value).join(" / ") || "Default Title",
    selectedOptions: one.options.length === 0 ? [{ name: "Title", value: "Default Title" }] : one.options,
    inventoryItem: item === undefined ? null : itemView(shop, item)
  }
}

export const itemView = (shop: Shop, one: Item): View => ({
  __typename: "InventoryItem", ...one,
  unitCost: one.cost === null ? null : { amount: one.cost, currencyCode: shop.settings.currency },
  measurement: { id: one.id.replace("InventoryItem", "InventoryItemMeasurement"), weight: one.weight },
  variants: (args: Args) => {
    const variant = shop.variants.get(one.variant)
    return connection(variant === undefined ? [] : [variantView(shop, variant)], args)
  }
})

export const levelView = (shop: Shop, one: Level): View => {
  const [item, location] = [shop.items.get(one.item), shop.locations.get(one.location)]
  return {
    __typename: "InventoryLevel", ...one, isActive: one.active, item: item === undefined ? null : itemView(shop, item),
    location: location === undefined ? null : locationView(shop, location),
    quantities: ({ names }: Args) => (Array.isArray(names) ? names : []).map((name: Json) => {
      const quantity = one.quantities[String(name)]
      if (quantity === undefined) throw refused(`${String(name)} is no name of a quantity`, "BAD_USER_INPUT")
      return { id: `${one.id}&name=${String(name)}`, name, quantity, updatedAt: one.updatedAt }
    })
  }
}

export const locationView = (shop: Shop, one: Location): View => ({
  __typename: "Location", ...one, isActive: one.active, isFulfillmentService: false,
  address: { ...Object.fromEntries(["address1", "address2", "city", "zip", "provinceCode", "phone"].map((name) =>
    [name, one.address[name] ?? null])), countryCode: one.address["countryCode"] ?? null },
  inventoryLevels: (args: Args) => listed(shop, [...shop.levels.values()].filter((level) => level.location === one.id &&
    (level.active || args["includeInactive"] === true)), args, (level) => levelView(shop, level),
  { filters: ["inventory_item_id"], of: (level) => ({ inventory_item_id: numberOf(level.item) }) }),
  metafield: metafieldOf(shop, one.id)
})

const lineTotal = (line: Line): bigint => cents(line.price) * BigInt(line.quantity) - cents(line.discount)

/** What an order comes to, in hundredths. */
export const totalsOf = (order: Order) => {
  const subtotal = order.lines.reduce((sum, line) => sum + lineTotal(line), 0n)
  const shipping = order.shipping === null ? 0n : cents(order.shipping.price)
  const tax = order.lines.reduce((sum, line) => sum + taxOf(line, order.taxesIncluded), 0n)
  const total = subtotal + shipping + (order.taxesIncluded ? 0n : tax)
  const sum = (kinds: ReadonlyArray<string>): bigint => order.transactions.reduce((all, one) =>
    kinds.includes(String(one["kind"])) && one["status"] === "SUCCESS" ? all + cents(String(one["amount"])) : all, 0n)
  const [received, refunded] = [sum(["SALE", "CAPTURE"]), sum(["REFUND"])]
  return { subtotal, shipping, tax, total, received, refunded, due: order.cancelledAt === null ? total - received : 0n }
}

const taxOf = (line: Line, included: boolean): bigint => {
  const rate = BigInt(Math.round(line.taxRate * 100))
  return included ? lineTotal(line) * rate / (10_000n + rate) : lineTotal(line) * rate / 10_000n
}

const lineView = (shop: Shop, order: Order, line: Line): View => {
  const variant = line.variant === null ? undefined : shop.variants.get(line.variant)
  return {
    __typename: "LineItem", ...line, variant: variant === undefined ? null : variantView(shop, variant),
    originalUnitPriceSet: money(shop, line.price, order.currency),
    discountedTotalSet: () => money(shop, text(lineTotal(line)), order.currency),
    discountAllocations: cents(line.discount) === 0n ? [] : [{
      allocatedAmountSet: money(shop, line.discount, order.currency),
      discountApplication: { __typename: "DiscountCodeApplication", code: "WELCOME" }
    }],
    taxLines: () => line.taxRate === 0 ? [] : [{ title: "VAT", rate: line.taxRate / 100, ratePercentage: line.taxRate,
      priceSet: money(shop, text(taxOf(line, order.taxesIncluded)), order.currency) }],
    customAttributes: []
  }
}

const fulfilmentOf = (order: Order): string => {
  const [sent, all] = [order.lines.reduce((sum, line) => sum + line.currentQuantity - line.unfulfilled, 0),
    order.lines.reduce((sum, line) => sum + line.currentQuantity, 0)]
  if (all === 0 && order.cancelledAt !== null) return "UNFULFILLED"
  return sent === 0 ? "UNFULFILLED" : sent >= all ? "FULFILLED" : "PARTIALLY_FULFILLED"
}

export const financialOf = (order: Order): string => {
  const { received, refunded, total } = totalsOf(order)
  if (refunded > 0n) return refunded >= received ? "REFUNDED" : "PARTIALLY_REFUNDED"
  if (order.cancelledAt !== null && received === 0n) return "VOIDED"
  return received === 0n && total > 0n ? "PENDING" : received < total ? "PARTIALLY_PAID" : "PAID"
}

export const fulfillmentView = (shop: Shop, one: Row): View => ({
  __typename: "Fulfillment", ...one,
  location: typeof one["location"] === "string" ? maybe(shop.locations.get(one["location"]), (at) => locationView(shop, at)) : null,
  trackingInfo: ({ first }: Args) => (Array.isArray(one["trackingInfo"]) ? one["trackingInfo"] : []).slice(0, Number(first ?? 10))
})

const maybe = <A>(one: A | undefined, view: (one: A) => View): View | null => one === undefined ? null : view(one)

export const orderView = (shop: Shop, one: Order): View => {
  const totals = totalsOf(one)
  const bag = (amount: bigint): View => money(shop, text(amount), one.currency)
  const customer = one.customer === null ? undefined : shop.customers.get(one.customer)
  const location = one.location === null ? undefined : shop.locations.get(one.location)
  const open = shop.settings.protectedData
  const postal = (address: Row | null): View | null => address === null || !open ? null : addressView(address)
  const { shipping } = one
  return {
    __typename: "Order", ...one, email: open ? one.email : null, phone: open ? one.phone : null,
    currencyCode: one.currency, displayFinancialStatus: financialOf(one), displayFulfillmentStatus: fulfilmentOf(one),
    returnStatus: "NO_RETURN", customer: maybe(customer, (found) => customerView(shop, found)),
    retailLocation: maybe(location, (found) => locationView(shop, found)),
    billingAddress: postal(one.billingAddress), shippingAddress: postal(one.shippingAddress),
    totalPriceSet: bag(totals.total), totalTaxSet: bag(totals.tax), totalShippingPriceSet: bag(totals.shipping),
    cartDiscountAmountSet: bag(0n), totalTipReceivedSet: bag(0n), totalReceivedSet: bag(totals.received),
    totalRefundedSet: bag(totals.refunded), totalOutstandingSet: bag(totals.due),
    lineItems: (args: Args) => connection(one.lines.map((line) => lineView(shop, one, line)), args),
    shippingLines: (args: Args) => connection(shipping === null ? [] : [{ ...shipping,
      originalPriceSet: money(shop, shipping.price, one.currency), discountAllocations: [], taxLines: [] }], args),
    transactions: ({ first }: Args) => one.transactions.slice(0, Number(first ?? 250)).map((row) =>
      ({ ...row, __typename: "OrderTransaction", amountSet: money(shop, String(row["amount"]), one.currency) })),
    fulfillments: ({ first }: Args) => one.fulfillments.slice(0, Number(first ?? 250)).map((row) =>
      fulfillmentView(shop, row)),
    refunds: ({ first }: Args) => one.refunds.slice(0, Number(first ?? 250)).map((row) =>
      ({ ...row, __typename: "Refund", totalRefundedSet: money(shop, String(row["amount"]), one.currency) })),
    fulfillmentOrders: (args: Args) => connection([fulfillmentOrderView(shop, one)], args),
    metafield: metafieldOf(shop, one.id)
  }
}

/** One fulfilment order an order, at the first location that sends. */
const fulfillmentOrderView = (shop: Shop, order: Order): View => {
  const left = order.lines.filter((line) => line.unfulfilled > 0)
  const location = [...shop.locations.values()].find((one) => one.fulfillsOnlineOrders)
  return {
    __typename: "FulfillmentOrder", id: fulfillmentOrderOf(order.id),
    status: order.cancelledAt !== null ? "CANCELLED" : left.length === 0 ? "CLOSED" : "OPEN",
    assignedLocation: { location: maybe(location, (one) => locationView(shop, one)) },
    lineItems: (args: Args) => connection(order.lines.map((line) => ({
      __typename: "FulfillmentOrderLineItem", id: line.id.replace("LineItem", "FulfillmentOrderLineItem"),
      remainingQuantity: line.unfulfilled, lineItem: lineView(shop, order, line)
    })), args)
  }
}

export const fulfillmentOrderOf = (order: string): string => order.replace("/Order/", "/FulfillmentOrder/")
