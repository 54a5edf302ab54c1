/** Customers: narrow updates; creation by the hub's own id in a unique metafield; consent by its own mutations. */
import type { Patch, Record_ } from "../../../core/mapping/mapping.ts"
import type { Json } from "../../../core/model/value.ts"
import {
  addressCreate, addressDelete, addressUpdate, customerDelete, customerSet, customerUpdate, emailConsent, smsConsent
} from "../mutations.ts"
import { addressChange, addressColumns } from "./address.ts"
import { cellIn, inputOf, kept, leftovers, metafieldPlan, nothing, plans, step, tagPlan, tagsOf, textIn } from "./plan.ts"
import type { Plan } from "./plan.ts"
import type { Kit } from "./writer.ts"

const [email, phone] = ["defaultEmailAddress", "defaultPhoneNumber"]

/** Columns of the record and their names in `CustomerInput`. */
const scalars: { readonly [column: string]: string } = {
  firstName: "firstName", lastName: "lastName", locale: "locale", note: "note", taxExempt: "taxExempt",
  [`${email}.emailAddress`]: "email", [`${phone}.phoneNumber`]: "phone"
}

const consentColumns = (of: string): ReadonlyArray<string> =>
  ["marketingState", "marketingOptInLevel", "marketingUpdatedAt"].map((name) => `${of}.${name}`)

const known = new Set([...Object.keys(scalars), "tags", ...consentColumns(email ?? ""), ...consentColumns(phone ?? ""),
  ...addressColumns.map((name) => `defaultAddress.${name}`)])

export const updateCustomer = (id: string, into: Record_, patch: Patch): Plan => {
  const { columns, input } = inputOf(patch, scalars)
  const cells = columns.map((column) => [column, cellIn(patch, column) ?? null] as const)
  const after: Record_ = { ...into, ...Object.fromEntries(cells) }
  return plans(
    addressPlan(id, into, patch),
    metafieldPlan(id, patch),
    tagPlan(id, into, patch),
    columns.length === 0 ? nothing : step(customerUpdate, { input: { id, ...input } }, columns),
    consentPlan(id, after, patch, email ?? ""),
    consentPlan(id, after, patch, phone ?? ""),
    leftovers(patch, (column) => known.has(column), "customers")
  )
}

/**
 * By the hub's own id. The first time the address goes with it; sent again it could replace what came there since,
 * and is planned against the record that the answer shows.
 */
export const createCustomer = (
  patch: Patch, marker: string | undefined, first: boolean, { externalId, shows }: Kit
): Plan => {
  const { columns, input } = inputOf(patch, scalars)
  const tags = tagsOf(patch)
  const address = first ? addressChange("defaultAddress", {}, patch) : undefined
  const own = marker !== undefined && externalId !== undefined
  const present = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null))
  const sent = address?.input ?? undefined
  return plans(step(customerSet, {
    input: { ...present, ...tags.length === 0 ? {} : { tags }, ...sent === undefined ? {} : { addresses: [sent] } },
    ...own ? { identifier: { customId: { ...externalId, value: marker } } } : {}
  }, [...columns, "tags", ...address?.columns ?? []], { idempotent: own && sent === undefined, ...first ? {} : { shows } }),
  address?.withheld ?? nothing)
}

/** What a new customer shows of columns that nobody named. */
export const blank: Record_ = Object.fromEntries([...known].filter((column) =>
  !["locale", "taxExempt"].includes(column)).map((column) => [column, null]))

export const removeCustomer = (id: string, how: "delete" | "archive"): Plan =>
  how === "archive" ? kept("Shopify has no archive of customers") : step(customerDelete, { input: { id } }, ["id"])

const addressPlan = (id: string, into: Record_, patch: Patch): Plan => {
  const { columns, input, withheld } = addressChange("defaultAddress", into, patch)
  const addressId = textIn(into, "defaultAddress.id")
  if (input === undefined) return nothing
  if (input === null) {
    if (addressId === undefined) return nothing
    // Deleting the default makes another address the default: only a last one can go.
    return Array.isArray(into["addresses"]) && into["addresses"].length > 1
      ? kept("another address would take its place", ...columns)
      : step(addressDelete, { customerId: id, addressId }, columns)
  }
  return plans(withheld, addressId === undefined
    ? step(addressCreate, { customerId: id, address: input }, columns, { idempotent: false })
    : step(addressUpdate, { customerId: id, addressId, address: input }, columns))
}

/** What may be set (https://shopify.dev/docs/api/admin-graphql/latest/mutations/customerEmailMarketingConsentUpdate). */
const settable = new Set(["SUBSCRIBED", "UNSUBSCRIBED", "PENDING"])

const consentPlan = (id: string, into: Record_, patch: Patch, of: string): Plan => {
  const columns = consentColumns(of).filter((column) => cellIn(patch, column) !== undefined)
  if (columns.length === 0) return nothing
  const held = textIn(into, `${of}.marketingState`)
  const asked = cellIn(patch, `${of}.marketingState`)
  const wanted = asked === undefined ? held : typeof asked === "string" ? asked : "NOT_SUBSCRIBED"
  const contact = textIn(into, of === email ? `${of}.emailAddress` : `${of}.phoneNumber`)
  const open = held === "SUBSCRIBED" || held === "PENDING"
  // Nobody can be set back to "never asked"; who is subscribed and must not be is unsubscribed.
  const state = wanted !== undefined && settable.has(wanted) ? wanted : open ? "UNSUBSCRIBED" : undefined
  if (contact === undefined) {
    return state === undefined || state === "UNSUBSCRIBED" ? nothing
      : kept(`there is no ${of === email ? "e-mail address" : "phone number"} to consent with`, ...columns)
  }
  if (state === undefined) return nothing
  // Said in any case: what Shopify would take by default is not what we know.
  const level = levelOf(cellIn(patch, `${of}.marketingOptInLevel`) ?? into[`${of}.marketingOptInLevel`]) ?? "UNKNOWN"
  const at = cellIn(patch, `${of}.marketingUpdatedAt`) ?? (asked === undefined ? into[`${of}.marketingUpdatedAt`] : null)
  const consent: { readonly [name: string]: Json } = {
    marketingState: state, marketingOptInLevel: level, ...typeof at === "string" ? { consentUpdatedAt: at } : {}
  }
  const stored = { [`${of}.marketingState`]: state, [`${of}.marketingOptInLevel`]: level }
  const more = { stored, inexact: typeof at !== "string" }
  return of === email ? step(emailConsent, { input: { customerId: id, emailMarketingConsent: consent } }, columns, more)
    : step(smsConsent, { input: { customerId: id, smsMarketingConsent: consent } }, columns, more)
}

const levelOf = (value: Json | undefined): string | undefined => typeof value === "string" && value !== "" ? value : undefined
