/** What a new record shows: what was sent, and empty otherwise. What Square adds by itself comes with the next pull. */
import type { Held } from "../../core/connector/connector.ts"
import type { Patch } from "../../core/mapping/mapping.ts"
import type { Json } from "../../core/model/value.ts"

/** A value that nobody sent is not worth a reading of its own, which is what the hub would do to merge it. */
export const asCreated = (held: Held, patch: Patch): Held => ({
  ...held,
  record: Object.fromEntries(
    Object.entries(held.record).filter(([column, value]) => patch[column] !== undefined || isEmpty(value))
  )
})

const isEmpty = (value: Json): boolean => value === null || (Array.isArray(value) && value.length === 0)
