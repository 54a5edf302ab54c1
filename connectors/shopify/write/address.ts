/** Addresses: from the columns that mappings write to the input that Shopify takes. */
import type { Patch, Record_ } from "../../../core/mapping/mapping.ts"
import type { Json } from "../../../core/model/value.ts"
import { namesOf } from "../shape.ts"
import { kept, nothing, textIn } from "./plan.ts"
import type { Plan } from "./plan.ts"

export const addressColumns = ["company", "address1", "address2", "name", "city", "zip", "subdivision", "countryCodeV2", "phone"] as const

export interface AddressChange {
  /** The whole address as it shall be; undefined: nothing of it changes; null: it goes. */
  readonly input: { readonly [name: string]: Json } | null | undefined
  readonly columns: ReadonlyArray<string>
  readonly withheld: Plan
}

/** The address of the record with the patch laid over it. All of it is sent: no part is lost whatever is left out. */
export const addressChange = (of: string, into: Record_, patch: Patch): AddressChange => {
  const columns = addressColumns.map((name) => `${of}.${name}`).filter((column) => column in patch)
  if (columns.length === 0) return { input: undefined, columns, withheld: nothing }
  const after: Record_ = { ...into, ...Object.fromEntries(columns.map((column) => [column, plainCell(patch, column)])) }
  const cell = (name: string): string | undefined => textIn(after, `${of}.${name}`)
  if (addressColumns.every((name) => cell(name) === undefined)) return { input: null, columns, withheld: nothing }
  const region = regionOf(cell("subdivision"), cell("countryCodeV2"))
  const names = `${of}.name` in patch || textIn(into, `${of}.firstName`) === undefined
    ? namesOf(cell("name") ?? "")
    : { firstName: cell("firstName") ?? "", lastName: cell("lastName") ?? "" }
  return {
    columns,
    input: {
      ...blankToNull(names), company: cell("company") ?? null,
      address1: cell("address1") ?? null, address2: cell("address2") ?? null,
      city: cell("city") ?? null, zip: cell("zip") ?? null, countryCode: cell("countryCodeV2") ?? null,
      provinceCode: region ?? null, phone: cell("phone") ?? null
    },
    withheld: cell("subdivision") !== undefined && region === undefined
      ? kept("the region is of another country than the address", `${of}.subdivision`) : nothing
  }
}

const plainCell = (patch: Patch, column: string): Json => {
  const value = patch[column]
  return typeof value === "string" ? value : null
}

const blankToNull = (names: { readonly [name: string]: string }): { readonly [name: string]: Json } =>
  Object.fromEntries(Object.entries(names).map(([name, value]) => [name, value === "" ? null : value]))

/** `US-FL` is `FL` of `US`, and nothing elsewhere. */
const regionOf = (subdivision: string | undefined, country: string | undefined): string | undefined =>
  subdivision !== undefined && country !== undefined && subdivision.startsWith(`${country}-`)
    ? subdivision.slice(country.length + 1) : undefined
