/** Class C: both sides' movements count. */
import { shifted } from "../model/decimal.ts"
import type { Value } from "../model/value.ts"

/** golden + (theirs − base); undefined where one of them is no number. */
export const moved = (golden: Value | null, theirs: Value | null, base: Value | null): Value | undefined => {
  if (typeof golden === "number" && typeof theirs === "number" && typeof base === "number") return golden + theirs - base
  if (!isText(golden) || !isText(theirs) || !isText(base)) return undefined
  const sum = shifted(String(golden), String(theirs), String(base))
  return sum === undefined ? undefined : sum
}

const isText = (value: Value | null): value is string | number => typeof value === "string" || typeof value === "number"
