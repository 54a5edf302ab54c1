/** Trade item numbers (GTIN-8, -12, -13, -14): kept as GTIN-14, checked by their last digit. */
import { Schema } from "effect"
import { exact } from "./type.ts"
import type { ValueType } from "./type.ts"

const lengths: ReadonlyArray<number> = [8, 12, 13, 14]

/** GS1: weights 3 and 1 from the right, without the check digit itself. */
export const checkDigit = (digits: string): number => {
  let sum = 0
  for (let at = 0; at < digits.length; at++) sum += Number(digits[digits.length - 1 - at]) * (at % 2 === 0 ? 3 : 1)
  return (10 - (sum % 10)) % 10
}

const isChecked = (digits: string): boolean => checkDigit(digits.slice(0, -1)) === Number(digits.at(-1))

/** GTIN-14 of a number of any of the four lengths; undefined for a wrong length or check digit, and for all zeros. */
export const parseGtin = (text: string): string | undefined => {
  const digits = text.replace(/[\s-]/g, "")
  if (!/^\d+$/.test(digits) || !lengths.includes(digits.length) || /^0+$/.test(digits)) return undefined
  return isChecked(digits) ? digits.padStart(14, "0") : undefined
}

/** The shorter form that a system keeps; undefined where leading digits would be lost. */
export const gtinAt = (gtin: string, length: number): string | undefined =>
  lengths.includes(length) && /^0*$/.test(gtin.slice(0, -length)) ? gtin.slice(-length) : undefined

export const Gtin: ValueType<string> = exact(
  "Gtin",
  "GTIN-14 with a right check digit; shorter numbers are filled with zeros on the left.",
  Schema.String.check(
    Schema.isPattern(/^\d{14}$/),
    Schema.makeFilter((text: string) => parseGtin(text) === text, { expected: "a GTIN-14 with a right check digit" })
  )
)
