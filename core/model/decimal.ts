/** Decimals as text: exact from the wire to the hub and back, never a float. */
import { Schema } from "effect"
import { by } from "./type.ts"
import type { ValueType } from "./type.ts"
import type { Json } from "./value.ts"

/** units × 10^-scale. */
export interface Scaled {
  readonly units: bigint
  readonly scale: number
}

const shape = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/
/** More digits than any database column holds: a number beyond this is a mistake, not an amount. */
const digitsLimit = 400

/** Reads `-1.50`, `.5`, `+3`, `1e-7` (what some drivers print); undefined for anything else. */
export const parseScaled = (text: string): Scaled | undefined => {
  const match = text.length <= digitsLimit ? shape.exec(text.trim()) : null
  if (match === null) return undefined
  const [, sign = "", whole = "", part = "", exponent = "0"] = match
  if (whole === "" && part === "") return undefined
  const units = BigInt((sign === "-" ? "-" : "") + whole + part)
  const scale = part.length - Number(exponent)
  return scale >= 0 ? { units, scale } : { units: units * 10n ** BigInt(-scale), scale: 0 }
}

export const formatScaled = ({ units, scale }: Scaled): string => {
  if (scale === 0) return units.toString()
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, "0")
  return `${units < 0n ? "-" : ""}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

/** The same number without needless zeros: one spelling a value. */
export const reduced = ({ units, scale }: Scaled): Scaled => {
  if (units === 0n) return { units, scale: 0 }
  while (scale > 0 && units % 10n === 0n) {
    units /= 10n
    scale -= 1
  }
  return { units, scale }
}

/** At another scale; undefined where digits would be lost. */
export const rescaled = (value: Scaled, scale: number): Scaled | undefined => {
  if (scale >= value.scale) return { units: value.units * 10n ** BigInt(scale - value.scale), scale }
  const small = reduced(value)
  return small.scale <= scale ? rescaled(small, scale) : undefined
}

export const compareScaled = (a: Scaled, b: Scaled): number => {
  const scale = Math.max(a.scale, b.scale)
  const difference = a.units * 10n ** BigInt(scale - a.scale) - b.units * 10n ** BigInt(scale - b.scale)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

export const addScaled = (a: Scaled, b: Scaled): Scaled => {
  const scale = Math.max(a.scale, b.scale)
  return { units: a.units * 10n ** BigInt(scale - a.scale) + b.units * 10n ** BigInt(scale - b.scale), scale }
}

export const multiplyScaled = (a: Scaled, b: Scaled): Scaled => ({ units: a.units * b.units, scale: a.scale + b.scale })

/** The canonical text of a decimal as somebody wrote it; digits after the point are kept, because they were meant. */
export const parseDecimal = (text: string): string | undefined => {
  const scaled = parseScaled(text)
  return scaled === undefined ? undefined : formatScaled(scaled)
}

/** The one spelling of a number, for comparing: `1.50`, `01.5` and `1.5` are the same. */
export const decimalKey = (text: string): string | undefined => {
  const scaled = parseScaled(text)
  return scaled === undefined ? undefined : formatScaled(reduced(scaled))
}

export const Decimal: ValueType<string> = by(
  "Decimal",
  "A decimal number in text, e.g. `1.50`.",
  Schema.String.check(
    Schema.isPattern(/^-?(?:0|[1-9]\d{0,37})(?:\.\d{1,38})?$/),
    Schema.makeFilter((text: string) => parseDecimal(text) === text, { expected: "a decimal number" })
  ),
  "by value (`1.50` = `1.5`)",
  (json: Json) => typeof json === "string" ? decimalKey(json) : undefined
)

/** Adds a difference to a counter: `now + (theirs - base)` without floats. */
export const shifted = (now: string, theirs: string, base: string): string | undefined => {
  const [a, b, c] = [parseScaled(now), parseScaled(theirs), parseScaled(base)]
  if (a === undefined || b === undefined || c === undefined) return undefined
  return formatScaled(reduced(addScaled(a, addScaled(b, { units: -c.units, scale: c.scale }))))
}
