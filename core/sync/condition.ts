/** Whether a record meets a condition of the config (`only`, `create`). */
import type { Condition } from "../model/condition.ts"
import type { Read } from "../model/entity.ts"
import { compareInstants, isInstant } from "../model/instant.ts"
import { identical } from "../model/value.ts"
import type { Json, Value } from "../model/value.ts"

export const matches = (condition: Condition, read: Read): boolean => {
  switch (condition.is) {
    case "always":
      return true
    case "never":
      return false
    case "all":
      return condition.of.every((part) => matches(part, read))
    case "any":
      return condition.of.some((part) => matches(part, read))
    case "not":
      return !matches(condition.of, read)
    case "test":
      return test(condition, read(condition.path))
  }
}

/** A value that is not there equals nothing but `null`, and is neither before nor since anything. */
const test = (condition: Condition & { readonly is: "test" }, value: Value | undefined): boolean => {
  const wanted = condition.value
  switch (condition.op) {
    case "set":
      return (value !== undefined) === (wanted !== false)
    case "equals":
      return identical(value ?? null, wanted)
    case "in":
      return Array.isArray(wanted) && wanted.some((one) => identical(value ?? null, one))
    case "since":
      return value !== undefined && compared(value, wanted) >= 0
    case "before":
      return value !== undefined && compared(value, wanted) < 0
  }
}

/** Instants by time, whatever their precision; numbers by size; other text by code point. NaN: not comparable. */
const compared = (a: Json, b: Json): number => {
  if (typeof a === "number" && typeof b === "number") return a - b
  if (typeof a !== "string" || typeof b !== "string") return Number.NaN
  if (isInstant(a) && isInstant(b)) return compareInstants(a, b)
  return a < b ? -1 : a > b ? 1 : 0
}
