/** What all mutations of the sandbox share: the shop, userErrors, and small readings of arguments. */
import type { Json } from "../../../core/model/value.ts"
import type { Row, Shop } from "./state.ts"
import type { Args } from "./view.ts"

/** A mutation: its arguments, and the key of `@idempotent` where it was sent. */
export type Change = (args: Args) => unknown

export interface UserFault {
  readonly field: ReadonlyArray<string> | null
  readonly message: string
  readonly code: string
}

export const fault = (code: string, message: string, ...field: ReadonlyArray<string>): UserFault =>
  ({ code, message, field: field.length === 0 ? null : field })

export const isRow = (json: Json | undefined): json is Row =>
  typeof json === "object" && json !== null && !Array.isArray(json)
export const rowAt = (args: { readonly [name: string]: Json | undefined }, name: string): Row => {
  const value = args[name]
  return isRow(value) ? value : {}
}
export const rowsAt = (args: { readonly [name: string]: Json | undefined }, name: string): ReadonlyArray<Row> => {
  const value: Json | undefined = args[name]
  return Array.isArray(value) ? value.filter(isRow) : []
}
export const textAt = (row: { readonly [name: string]: Json | undefined }, name: string): string | undefined => {
  const value = row[name]
  return typeof value === "string" ? value : undefined
}
/** Absent stays as it is; null and blank clear. */
export const cleared = (row: Row, name: string, before: string | null): string | null => {
  const value = row[name]
  return value === undefined ? before : typeof value === "string" && value !== "" ? value : null
}
export const wordsAt = (row: { readonly [name: string]: Json | undefined }, name: string): ReadonlyArray<string>
  | undefined => {
  const value: Json | undefined = row[name]
  return Array.isArray(value) ? value.map(String) : undefined
}
export const numberAt = (row: { readonly [name: string]: Json | undefined }, name: string): number | undefined => {
  const value = row[name]
  return typeof value === "number" ? value : undefined
}

export type Changes = (shop: Shop) => { readonly [mutation: string]: Change }
