/** Points in time and calendar dates as text, read and compared by arithmetic: the pure folders know no clock. */
import { Schema } from "effect"
import { by, exact } from "./type.ts"
import type { ValueType } from "./type.ts"
import type { Json } from "./value.ts"

/** Days since 1970-01-01 of a proleptic Gregorian date (Howard Hinnant, "chrono-compatible low-level date algorithms"). */
export const daysOf = (year: number, month: number, day: number): number => {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return era * 146097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719468
}

/** The date of a count of days since 1970-01-01. */
export const dateOf = (days: number): { readonly year: number; readonly month: number; readonly day: number } => {
  const z = days + 719468
  const era = Math.floor(z / 146097)
  const dayOfEra = z - era * 146097
  const leaps = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36524) + Math.floor(dayOfEra / 146096)
  const yearOfEra = Math.floor((dayOfEra - leaps) / 365)
  const yearStart = 365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100)
  const dayOfYear = dayOfEra - yearStart
  const mp = Math.floor((5 * dayOfYear + 2) / 153)
  const month = mp < 10 ? mp + 3 : mp - 9
  const day = dayOfYear - Math.floor((153 * mp + 2) / 5) + 1
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day }
}

const pad = (number: number, length: number): string => number.toString().padStart(length, "0")

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)

export const daysInMonth = (year: number, month: number): number => {
  if (month === 2) return isLeap(year) ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}

const isDate = (year: number, month: number, day: number): boolean =>
  month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month)

const instantShape = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9})\d*)?)?\s*(?:([Zz])|([+-])(\d\d):?(\d\d)?)$/

/** Nanoseconds since 1970-01-01T00:00:00Z of an RFC 3339 text (a space for the T and a short offset are let pass). */
export const nanosOf = (text: string): bigint | undefined => {
  const m = instantShape.exec(text.trim())
  if (m === null) return undefined
  const at = (group: number): number => Number(m[group] ?? 0)
  const [year, month, day, hour, minute, second] = [at(1), at(2), at(3), at(4), at(5), at(6)] as const
  const offset = m[8] !== undefined ? 0 : (m[9] === "-" ? -1 : 1) * (at(10) * 60 + at(11))
  // 24:00 and the leap second are valid in RFC 3339 texts: both are the next instant.
  const isTime = hour < 24 ? minute < 60 && second <= 60 : hour === 24 && minute === 0 && second === 0
  if (!isDate(year, month, day) || !isTime || Math.abs(offset) > 18 * 60 || at(11) > 59) return undefined
  const seconds = daysOf(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset * 60
  return BigInt(seconds) * 1_000_000_000n + BigInt((m[7] ?? "").padEnd(9, "0"))
}

/** RFC 3339 in UTC with no needless zeros: `2027-01-01T09:30:00Z`, `...:00.25Z`. */
export const formatNanos = (nanos: bigint): string => {
  const second = 1_000_000_000n
  const rest = ((nanos % second) + second) % second
  const seconds = Number((nanos - rest) / second)
  const days = Math.floor(seconds / 86_400)
  const ofDay = seconds - days * 86_400
  const { year, month, day } = dateOf(days)
  const fraction = rest === 0n ? "" : `.${rest.toString().padStart(9, "0").replace(/0+$/, "")}`
  const clock = [Math.floor(ofDay / 3600), Math.floor(ofDay / 60) % 60, ofDay % 60].map((part) => pad(part, 2)).join(":")
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}T${clock}${fraction}Z`
}

/** The canonical form: UTC. Undefined for a text that is no instant, e.g. one without an offset. */
export const parseInstant = (text: string): string | undefined => {
  const nanos = nanosOf(text)
  if (nanos === undefined) return undefined
  const canonical = formatNanos(nanos)
  return isInstant(canonical) ? canonical : undefined
}

const canonicalShape = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/
export const isInstant = (text: string): boolean => canonicalShape.test(text) && nanosOf(text) !== undefined

/** Milliseconds since 1970, rounded down: what a hub clock can be compared with. */
export const millisOf = (text: string): number | undefined => {
  const nanos = nanosOf(text)
  if (nanos === undefined) return undefined
  const rest = ((nanos % 1_000_000n) + 1_000_000n) % 1_000_000n
  return Number((nanos - rest) / 1_000_000n)
}

/** The instant of milliseconds since 1970. */
export const instantOf = (millis: number): string => formatNanos(BigInt(Math.floor(millis)) * 1_000_000n)

/** Most instants have whole seconds and are canonical: as texts they stand in the order of time. */
const isWhole = (text: string): boolean =>
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/.test(text)

/** Below zero: a is earlier. Texts that are no instants come first, so that they never win a comparison. */
export const compareInstants = (a: string, b: string): number => {
  if (isWhole(a) && isWhole(b)) return a < b ? -1 : a > b ? 1 : 0
  const [left, right] = [nanosOf(a), nanosOf(b)]
  if (left === undefined || right === undefined) return left === right ? 0 : left === undefined ? -1 : 1
  return left < right ? -1 : left > right ? 1 : 0
}

export const Instant: ValueType<string> = by(
  "Instant",
  "RFC 3339 in UTC, e.g. `2027-01-01T09:30:00Z`.",
  Schema.String.check(
    Schema.isPattern(/^(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?Z$|^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/),
    Schema.makeFilter((text: string) => isInstant(text), { expected: "an instant in UTC" })
  ),
  "by the point in time",
  (json: Json) => typeof json === "string" && !isWhole(json) ? parseInstant(json) : undefined
)

export const isLocalDate = (text: string): boolean => {
  const m = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text)
  return m !== null && isDate(Number(m[1]), Number(m[2]), Number(m[3]))
}

/** Reads ISO dates, with or without a time of day behind them; undefined for the rest. */
export const parseLocalDate = (text: string): string | undefined => {
  const date = /^\s*(\d{4})-?(\d\d)-?(\d\d)(?:[T ].*)?\s*$/.exec(text)
  const canonical = date === null ? "" : `${date[1]}-${date[2]}-${date[3]}`
  return isLocalDate(canonical) ? canonical : undefined
}

export const LocalDate: ValueType<string> = exact(
  "LocalDate",
  "`YYYY-MM-DD`, of no time zone.",
  Schema.String.check(
    Schema.isPattern(/^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/),
    Schema.makeFilter((text: string) => isLocalDate(text), { expected: "a calendar date" })
  )
)

/** `1980-05-17`, `1980-05`, `1980`, or a day without its year, `--05-17` (ISO 8601 as vCard writes it). */
export const isPartialDate = (text: string): boolean => {
  if (/^\d{4}$/.test(text) || /^\d{4}-(?:0[1-9]|1[0-2])$/.test(text)) return true
  return text.startsWith("--") ? isLocalDate(`2000${text.slice(1)}`) : isLocalDate(text)
}

export const PartialDate: ValueType<string> = exact(
  "PartialDate",
  "`YYYY-MM-DD`, `YYYY-MM`, `YYYY`, or `--MM-DD` where the year is not known.",
  Schema.String.check(
    Schema.isPattern(/^(?:\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?|--(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))$/),
    Schema.makeFilter((text: string) => isPartialDate(text), { expected: "a calendar date or a part of one" })
  )
)
