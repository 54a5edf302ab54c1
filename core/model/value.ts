/** Canonical values: plain JSON, so that a value is the same thing in memory, in the hub and on the wire. */

/** A JSON value. Integers only as `number`; amounts, decimals and 64-bit integers are strings or `Money`. */
export type Json = string | number | boolean | null | ReadonlyArray<Json> | { readonly [key: string]: Json }

/** A canonical value that is present. `null` means cleared and is never stored inside a golden record. */
export type Value = Exclude<Json, null>

/** A place in an entity, e.g. `email`, `name.given`, `phone.mobile`, `address.billing`, `lines`. */
export type Path = string

/**
 * What one reading of one field showed (SEMANTICS 1.2). `Absent`: the system did not say. `Null`: it said "empty";
 * `placeholder` keeps a known stand-in ("Unknown", 1900-01-01) that must never travel. `Invalid`: unreadable, the
 * field is withheld in both directions; `raw` is for the quarantine only and never logged.
 */
export type Obs<V = Value> =
  | { readonly _tag: "Absent" }
  | { readonly _tag: "Null"; readonly placeholder?: string }
  | { readonly _tag: "Value"; readonly value: V }
  | { readonly _tag: "Invalid"; readonly raw: Json; readonly why: string }

export const absent: Obs<never> = { _tag: "Absent" }
export const cleared: Obs<never> = { _tag: "Null" }
export const value = <V>(value: V): Obs<V> => ({ _tag: "Value", value })
export const invalid = (raw: Json, why: string): Obs<never> => ({ _tag: "Invalid", raw, why })

/**
 * An amount: `minor` is an integer in text, in units of 10^-scale of `currency` (ISO 4217 alpha-3).
 * 12.50 EUR = { minor: "1250", scale: 2, currency: "EUR" }.
 */
export type Money = { readonly minor: string; readonly scale: number; readonly currency: string }

/** Milliseconds since 1970 on the hub's own clock. */
export type HubTime = number

/**
 * Equality of canonical JSON (L7): key order does not matter, everything else does.
 * A field's own `same` decides what counts as equal for it; this is the default.
 */
export const identical = (a: Json | undefined, b: Json | undefined): boolean => {
  if (a === b) return true
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false
  if (isList(a)) return isList(b) && a.length === b.length && a.every((item, at) => identical(item, b[at]))
  if (isList(b)) return false
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && identical(a[key], b[key]))
}

export const isList = (json: Json | undefined): json is ReadonlyArray<Json> => Array.isArray(json)

export const isRecord = (json: Json | undefined): json is { readonly [key: string]: Json } =>
  typeof json === "object" && json !== null && !Array.isArray(json)
