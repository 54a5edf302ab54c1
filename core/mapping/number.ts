/** Codecs for numbers and amounts: exact, never through a float. */
import { Schema } from "effect"
import { formatScaled, parseScaled, reduced, rescaled } from "../model/decimal.ts"
import { exponentOf, formatMoney, fromMinor, isMoney, Money, moneyAt, parseMoney } from "../model/money.ts"
import { invalid, value } from "../model/value.ts"
import type { Json, Money as Amount, Obs, Value } from "../model/value.ts"
import { codec, refuse, Refusal } from "./codec.ts"
import type { Codec } from "./codec.ts"
import type { Record_ } from "./mapping.ts"

type Number_ = string | number

const NumberColumn = Schema.Union([Schema.String, Schema.Number])

const digitsOf = (raw: Json): string | undefined =>
  typeof raw === "string" ? raw.trim() : typeof raw === "number" && Number.isFinite(raw) ? String(raw) : undefined

/** A whole number that fits into 2^53. */
export const integer: Codec<number, number, Number_> = codec<number, number, Number_>({
  name: "integer",
  from: NumberColumn,
  to: Schema.Int,
  decode: (raw) => {
    if (typeof raw === "number" && Number.isSafeInteger(raw)) return value(raw + 0)
    const scaled = parseScaled(digitsOf(raw) ?? "")
    const whole = scaled === undefined ? undefined : rescaled(scaled, 0)
    const read = whole === undefined ? Number.NaN : Number(whole.units)
    return Number.isSafeInteger(read) ? value(read) : invalid(raw, "is not a whole number below 2^53")
  },
  encode: (canonical) =>
    typeof canonical === "number" && Number.isSafeInteger(canonical) ? canonical : refuse("is not a whole number")
})

/** A number that is a name: an order number, a key of 64 bits. Kept as text in its one spelling. */
export const digits: Codec<string, string, Number_> = codec<string, string, Number_>({
  name: "digits",
  from: NumberColumn,
  to: Schema.String,
  decode: (raw) => {
    const scaled = parseScaled(digitsOf(raw) ?? "")
    const whole = scaled === undefined ? undefined : rescaled(scaled, 0)
    return whole === undefined ? invalid(raw, "is not a whole number") : value(formatScaled(whole))
  },
  encode: (canonical) =>
    typeof canonical === "string" && /^(?:0|-?[1-9]\d*)$/.test(canonical)
      ? canonical
      : refuse("is not a whole number")
})

/**
 * A decimal number, as text. With `scale` the column keeps that many digits after the point: finer values are not
 * written, unless `round` says that they may be rounded (half to even), which loses digits.
 */
export const decimal = (
  options: { readonly scale?: number; readonly round?: true } = {}
): Codec<string, string, Number_> => {
  const { scale } = options
  return codec<string, string, Number_>({
    name: `decimal ${JSON.stringify(options)}`,
    from: NumberColumn,
    to: Schema.String,
    ...(options.round === undefined || scale === undefined ? {} : { lossy: `rounded to ${scale} digits` }),
    decode: (raw): Obs<string> => {
      const scaled = parseScaled(digitsOf(raw) ?? "")
      return scaled === undefined ? invalid(raw, "is not a number") : value(formatScaled(scaled))
    },
    encode: (canonical) => {
      const scaled = typeof canonical === "string" ? parseScaled(canonical) : undefined
      if (scaled === undefined) return refuse("is not a decimal number")
      if (scale === undefined) return formatScaled(scaled)
      const fits = rescaled(scaled, scale) ?? (options.round === undefined ? undefined : rounded(scaled, scale))
      return fits === undefined ? refuse(`has more than ${scale} digits after the point`) : formatScaled(fits)
    }
  })
}

const rounded = (of: { readonly units: bigint; readonly scale: number }, scale: number) => {
  const { units, scale: from } = reduced(of)
  const step = 10n ** BigInt(from - scale)
  const [size, sign] = units < 0n ? [-units, -1n] : [units, 1n]
  const [whole, rest] = [size / step, size % step]
  const up = rest * 2n > step || (rest * 2n === step && whole % 2n === 1n)
  return { units: sign * (up ? whole + 1n : whole), scale }
}

/** Where the currency of an amount stands: everywhere the same, or in a column of the row. */
export type CurrencyOf<C extends string> = string | { readonly column: C }

const currencyIn = (of: CurrencyOf<string>, row: Record_ | undefined): string | undefined => {
  if (typeof of === "string") return of
  const code = row?.[of.column]
  const text = typeof code === "string" ? code.trim().toUpperCase() : ""
  return /^[A-Z]{3}$/.test(text) ? text : undefined
}

/** An amount has 18 digits at most. */
const isKept = (amount: Amount): boolean => amount.minor.length <= 18 || /^-\d{18}$/.test(amount.minor)

interface AmountForm {
  readonly name: string
  readonly read: (digits: string, currency: string) => Amount | undefined
  readonly write: (amount: Amount) => Json | Refusal
}

const amount = <C extends string>(of: CurrencyOf<C>, form: AmountForm): Codec<Amount, Amount, Number_, C> => {
  const column = typeof of === "string" ? undefined : of.column
  return codec<Amount, Amount, Number_, C>({
    name: `${form.name} ${JSON.stringify(of)}`,
    from: NumberColumn,
    to: Money.schema,
    ...(column === undefined ? {} : { columns: [column] }),
    decode: (raw, row) => {
      const currency = currencyIn(of, row)
      if (currency === undefined) return invalid(raw, "has no currency")
      const read = form.read(digitsOf(raw) ?? "", currency)
      return read === undefined || !isKept(read) ? invalid(raw, "is not an amount") : value(read)
    },
    encode: (canonical) => {
      if (!isMoney(canonical)) return refuse("is not an amount")
      if (column === undefined && canonical.currency !== of) return refuse(`is not in ${String(of)}`)
      const written = form.write(canonical)
      if (written instanceof Refusal) return written
      // Digits that the column shows in its own scale may be more than an amount keeps.
      const shown = form.read(String(written), canonical.currency)
      return shown !== undefined && isKept(shown) ? written : refuse("is too large")
    },
    // The currency goes with the amount; where the row has it already it is not written again.
    ...(column === undefined
      ? {}
      : {
          also: (canonical: Value | null, into: Record_ | undefined) =>
            !isMoney(canonical ?? undefined) || currencyIn(of, into) === currencyOf(canonical)
              ? {}
              : { [column]: currencyOf(canonical) }
        })
  })
}

const currencyOf = (canonical: Value | null): string =>
  isMoney(canonical ?? undefined) ? (canonical as Amount).currency : ""

/** An integer of the currency's smallest unit, e.g. cents. `scale` where it differs from ISO 4217. */
export const minorUnits = <C extends string = never>(
  currency: CurrencyOf<C>,
  options: { readonly scale?: number } = {}
): Codec<Amount, Amount, Number_, C> =>
  amount(currency, {
    name: `minorUnits ${options.scale ?? "iso"}`,
    read: (digits, code) => {
      const scaled = parseScaled(digits)
      const whole = scaled === undefined ? undefined : rescaled(scaled, 0)
      return whole === undefined ? undefined : fromMinor(formatScaled(whole), code, options.scale ?? exponentOf(code))
    },
    write: (money) =>
      moneyAt(money, options.scale ?? exponentOf(money.currency))?.minor ?? refuse("is finer than the column's unit")
  })

/** A decimal of whole units, e.g. `12.50`. `scale` is what the column keeps: finer amounts are not written. */
export const money = <C extends string = never>(
  scale: number,
  currency: CurrencyOf<C>
): Codec<Amount, Amount, Number_, C> =>
  amount(currency, {
    name: `money ${scale}`,
    read: (digits, code) => {
      const read = parseMoney(digits, code, scale)
      return read
    },
    write: (money) => {
      const fits = moneyAt(money, scale)
      return fits === undefined ? refuse(`has more than ${scale} digits after the point`) : formatMoney(fits)
    }
  })
