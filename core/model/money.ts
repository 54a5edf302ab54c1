/** Amounts: an integer of minor units with scale and currency, kept as the source declared them. */
import { Schema } from "effect"
import { addScaled, formatScaled, parseScaled, reduced, rescaled } from "./decimal.ts"
import type { Scaled } from "./decimal.ts"
import { by } from "./type.ts"
import type { ValueType } from "./type.ts"
import { isRecord } from "./value.ts"
import type { Json, Money as Amount } from "./value.ts"

/** Digits after the point in ISO 4217 where they are not two. */
const exponents: { readonly [currency: string]: number } = {
  BIF: 0, CLP: 0, DJF: 0, GNF: 0, ISK: 0, JPY: 0, KMF: 0, KRW: 0, PYG: 0, RWF: 0, UGX: 0, UYI: 0, VND: 0, VUV: 0,
  XAF: 0, XOF: 0, XPF: 0,
  BHD: 3, IQD: 3, JOD: 3, KWD: 3, LYD: 3, OMR: 3, TND: 3, CLF: 4, UYW: 4
}

export const exponentOf = (currency: string): number => exponents[currency] ?? 2

/** Unit prices may be finer than the currency, but not without end. */
const scaleLimit = 9

const fromScaled = ({ units, scale }: Scaled, currency: string): Amount =>
  ({ minor: units.toString(), scale, currency })

export const scaledOf = (money: Amount): Scaled => ({ units: BigInt(money.minor), scale: money.scale })

/**
 * Exact: `parseMoney("12.5", "EUR")` is 1250 at scale 2; digits beyond the currency's own are kept (`"0.125"` at
 * scale 3). Undefined for text that is no number, or finer than 9 digits.
 */
export const parseMoney = (decimal: string, currency: string, scale = exponentOf(currency)): Amount | undefined => {
  const scaled = parseScaled(decimal)
  if (scaled === undefined) return undefined
  const fits = rescaled(scaled, scale) ?? reduced(scaled)
  return fits.scale <= scaleLimit ? fromScaled(fits, currency) : undefined
}

/** From an integer column of minor units, e.g. cents. */
export const fromMinor = (minor: string, currency: string, scale = exponentOf(currency)): Amount | undefined =>
  /^[+-]?\d{1,38}$/.test(minor) ? { minor: BigInt(minor).toString(), scale, currency } : undefined

/** The decimal of an amount, with all digits of its scale: `12.50`. */
export const formatMoney = (money: Amount): string => formatScaled(scaledOf(money))

/** The same amount at another scale; undefined where digits would be lost. */
export const moneyAt = (money: Amount, scale: number): Amount | undefined => {
  const fits = rescaled(scaledOf(money), scale)
  return fits === undefined ? undefined : fromScaled(fits, money.currency)
}

/** Undefined if the currencies differ; an empty list has no currency and so no sum. */
export const sumMoney = (amounts: ReadonlyArray<Amount>): Amount | undefined => {
  const first = amounts[0]
  if (first === undefined || amounts.some((one) => one.currency !== first.currency)) return undefined
  return fromScaled(amounts.map(scaledOf).reduce(addScaled), first.currency)
}

export const negated = (money: Amount): Amount => ({ ...money, minor: (-BigInt(money.minor)).toString() })

export const isMoney = (json: Json | undefined): json is Amount =>
  isRecord(json) && typeof json["minor"] === "string" && /^-?\d{1,38}$/.test(json["minor"]) &&
  typeof json["scale"] === "number" && typeof json["currency"] === "string"

/** One spelling an amount: 12.50 EUR at scale 2 and 12.500 EUR at scale 3 are the same. */
const moneyKey = (json: Json): Json | undefined =>
  isMoney(json) ? `${formatScaled(reduced(scaledOf(json)))} ${json.currency}` : undefined

export type Money = Amount

export const Money: ValueType<Amount> = by(
  "Money",
  "`{ minor, scale, currency }`: 12.50 EUR is `{ minor: \"1250\", scale: 2, currency: \"EUR\" }`.",
  Schema.Struct({
    minor: Schema.String.check(Schema.isPattern(/^(?:0|-?[1-9]\d{0,37})$/)),
    scale: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: scaleLimit })),
    currency: Schema.String.check(Schema.isPattern(/^[A-Z]{3}$/))
  }),
  "by value and currency, whatever the scale",
  moneyKey
)
