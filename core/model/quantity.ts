/** Quantities and weights: a decimal in text with a unit of UN/ECE Recommendation 20. */
import { Schema } from "effect"
import { Decimal, formatScaled, multiplyScaled, parseScaled, reduced } from "./decimal.ts"
import type { Scaled } from "./decimal.ts"
import { by } from "./type.ts"
import type { ValueType } from "./type.ts"
import { isRecord } from "./value.ts"
import type { Json } from "./value.ts"

export type Quantity = { readonly value: string; readonly unit: string }

/** Units that are exact multiples of each other: a weight in grams and in kilograms is the same weight. */
const grams: { readonly [unit: string]: Scaled } = {
  MGM: { units: 1n, scale: 3 },
  GRM: { units: 1n, scale: 0 },
  KGM: { units: 1000n, scale: 0 },
  TNE: { units: 1_000_000n, scale: 0 },
  ONZ: { units: 28349523125n, scale: 9 },
  LBR: { units: 45359237n, scale: 5 }
}

const quantityKey = (json: Json): Json | undefined => {
  if (!isRecord(json) || typeof json["value"] !== "string" || typeof json["unit"] !== "string") return undefined
  const [number, unit] = [parseScaled(json["value"]), grams[json["unit"]]]
  if (number === undefined) return undefined
  const base = unit === undefined ? number : multiplyScaled(number, unit)
  return `${formatScaled(reduced(base))} ${unit === undefined ? json["unit"] : "GRM"}`
}

export const Weight: ValueType<Quantity> = by(
  "Weight",
  "`{ value, unit }`, the unit of UN/ECE Recommendation 20: `GRM`, `KGM`, `LBR`, `ONZ`.",
  Schema.Struct({ value: Decimal.schema, unit: Schema.String.check(Schema.isPattern(/^[A-Z0-9]{2,3}$/)) }),
  "by value; units of weight are converted",
  quantityKey
)
