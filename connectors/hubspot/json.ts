/** Reading JSON that came over the wire: what a value is, before anything is made of it. */
import type { Json } from "../../core/model/value.ts"

export type Members = { readonly [name: string]: Json }

export const isMembers = (json: unknown): json is Members =>
  typeof json === "object" && json !== null && !Array.isArray(json)

export const textIn = (json: Json | undefined, name: string): string | undefined => {
  const value = isMembers(json) ? json[name] : undefined
  return typeof value === "string" ? value : undefined
}

export const listIn = (json: Json | undefined, name: string): ReadonlyArray<Json> => {
  const value = isMembers(json) ? json[name] : undefined
  return Array.isArray(value) ? value : []
}
