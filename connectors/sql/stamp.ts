/** Times as databases write them: which instant a text means, and how an instant is written in a column. */
import type { Column } from "../../core/io/sql/dialect.ts"

/** IANA name, or minutes east of Greenwich. */
export type Zone = string | number

const second = 1_000
const day = 86_400 * second

/** Milliseconds since 1970 of a column's text; undefined: it is no time. `local` forms are read in `zone`. */
export const instantOf = (column: Column, text: string, zone: Zone): number | undefined => {
  if (/^-?\d{9,17}$/.test(text)) return epoch(Number(text))
  const match = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?)? ?(Z|[+-]\d\d(?::?\d\d)?)?$/.exec(text)
  if (match === null) return undefined
  const part = (at: number): number => Number(match[at] ?? 0)
  const wall = Date.UTC(part(1), part(2) - 1, part(3), part(4), part(5), part(6),
    Math.floor(Number(`0.${match[7] ?? 0}`) * 1000))
  const offset = match[8]
  if (offset === undefined) return fromWall(wall, column.kind === "instant" ? 0 : zone)
  return offset === "Z" ? wall : wall - minutesOf(offset) * 60 * second
}

const minutesOf = (offset: string): number => {
  const digits = offset.slice(1).replace(":", "").padEnd(4, "0")
  return (offset.startsWith("-") ? -1 : 1) * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2)))
}

/** Seconds or milliseconds or microseconds, by size. */
const epoch = (number: number): number => Math.abs(number) < 1e11 ? number * second : Math.abs(number) < 1e14
  ? number : Math.floor(number / 1000)

/** What one step of this text's precision is worth: two changes inside it look the same. */
export const grainOf = (text: string): number => {
  if (/^-?\d{9,11}$/.test(text)) return second
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return day
  return text.includes(".") ? 4 : /\d\d:\d\d:\d\d/.test(text) ? second : /\d\d:\d\d/.test(text) ? 60 * second : 1
}

/** An instant written as the column writes its own; `like` is a text it holds, where its type does not say. */
export const textAt = (column: Column, at: number, zone: Zone, like: string | undefined): string => {
  const utc = new Date(at).toISOString()
  if (column.kind === "instant") return utc
  const form = like ?? ""
  if (/^-?\d{9,17}$/.test(form) || column.kind === "int" || column.kind === "bigint") {
    return String(form.length > 14 ? at * 1000 : form.length > 11 ? at : Math.floor(at / second))
  }
  const zoned = /(Z|[+-]\d\d:?\d\d)$/.exec(form)?.[1]
  // A text with a zone of its own is compared as text: only its own way to write an instant sorts right.
  const wall = zoned === undefined || column.kind === "local" ? toWall(at, zone) : zoned === "Z" ? utc
    : new Date(at + minutesOf(zoned) * 60 * second).toISOString()
  if (column.kind === "date" || /^\d{4}-\d\d-\d\d$/.test(form)) return wall.slice(0, 10)
  const body = form.includes(".") || column.kind === "local" ? wall.slice(0, 23) : wall.slice(0, 19)
  const joined = form[10] === " " ? body.replace("T", " ") : body
  return zoned === undefined || column.kind === "local" ? joined : `${joined}${zoned}`
}

/** Wall clock of a zone at an instant, `YYYY-MM-DDTHH:MM:SS.mmm`. */
export const toWall = (at: number, zone: Zone): string => new Date(at + offsetAt(at, zone)).toISOString().slice(0, 23)

/** The earliest instant at which the zone's clocks showed this. */
export const fromWall = (wall: number, zone: Zone): number => {
  if (typeof zone === "number") return wall - zone * 60 * second
  const before = wall - offsetAt(wall - day / 2, zone)
  const after = wall - offsetAt(wall + day / 2, zone)
  const [early, late] = before < after ? [before, after] : [after, before]
  return early + offsetAt(early, zone) === wall ? early : late
}

const formats = new Map<string, Intl.DateTimeFormat>()
const offsetAt = (at: number, zone: Zone): number => {
  if (typeof zone === "number") return zone * 60 * second
  if (zone === "UTC") return 0
  let format = formats.get(zone)
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit",
      day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" })
    formats.set(zone, format)
  }
  const parts = new Map(format.formatToParts(at).map((part) => [part.type, Number(part.value)]))
  const wall = Date.UTC(parts.get("year") ?? 1970, (parts.get("month") ?? 1) - 1, parts.get("day") ?? 1,
    parts.get("hour") ?? 0, parts.get("minute") ?? 0, parts.get("second") ?? 0)
  return wall - Math.floor(at / second) * second
}

/** How far clocks are set back within two hours of an instant: what is written after that may show an earlier time. */
export const repeated = (at: number, zone: Zone): number =>
  Math.max(0, offsetAt(at, zone) - offsetAt(at + 7_200_000, zone))

export const validZone = (zone: string): boolean => {
  try {
    return Intl.DateTimeFormat("en-US", { timeZone: zone }).resolvedOptions().timeZone !== ""
  } catch {
    return false
  }
}
