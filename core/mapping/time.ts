/** Codecs for points in time and calendar dates, by arithmetic: this folder knows no clock. */
import { Schema } from "effect"
import {
  formatNanos,
  Instant,
  isInstant,
  isLocalDate,
  LocalDate,
  nanosOf,
  parseInstant,
  parseLocalDate
} from "../model/instant.ts"
import { invalid, value } from "../model/value.ts"
import type { Json, Obs } from "../model/value.ts"
import { codec, refuse } from "./codec.ts"
import type { Codec } from "./codec.ts"
import { offsetAt } from "./zone.ts"

type Time = string | number
const TimeColumn = Schema.Union([Schema.String, Schema.Number])

const second = 1_000_000_000n
const notTime = (raw: Json): Obs<never> => invalid(raw, "is not a point in time")

/**
 * How a column writes a point in time. Without options: text with an offset (`2027-01-01T09:30:00Z`,
 * `2027-01-01 10:30:00+01`). `zone`: text without an offset that means the clock on the wall there. `epoch`: a count
 * since 1970. `digits`: digits after the second that the column keeps; finer values are cut off.
 */
export interface TimeOptions {
  readonly zone?: string
  readonly epoch?: "seconds" | "milliseconds"
  readonly digits?: number
}

export const instant = (options: TimeOptions = {}): Codec<string, string, Time> =>
  options.epoch !== undefined
    ? counted(options.epoch)
    : options.zone !== undefined
      ? onTheWall(options.zone, options.digits ?? 0)
      : withOffset(options.digits)

const cut = (nanos: bigint, digits: number): bigint => {
  const step = 10n ** BigInt(9 - digits)
  return nanos - (((nanos % step) + step) % step)
}

const withOffset = (digits: number | undefined): Codec<string, string, Time> =>
  codec<string, string, Time>({
    name: `instant ${digits ?? "all"}`,
    from: TimeColumn,
    to: Instant.schema,
    ...(digits === undefined ? {} : { lossy: `cut off after ${digits} digits of a second` }),
    decode: (raw) => {
      const read = typeof raw === "string" ? parseInstant(raw) : undefined
      return read === undefined ? notTime(raw) : value(read)
    },
    encode: (canonical) => {
      if (typeof canonical !== "string" || !isInstant(canonical)) return refuse("is not a point in time")
      const nanos = nanosOf(canonical)
      return digits === undefined || nanos === undefined ? canonical : formatNanos(cut(nanos, digits))
    }
  })

const counted = (epoch: "seconds" | "milliseconds"): Codec<string, string, Time> => {
  const unit = epoch === "seconds" ? second : 1_000_000n
  return codec<string, string, Time>({
    name: `instant ${epoch}`,
    from: TimeColumn,
    to: Instant.schema,
    lossy: `cut off after the ${epoch === "seconds" ? "second" : "millisecond"}`,
    decode: (raw) => {
      const count = /^-?\d{1,17}$/.exec(
        typeof raw === "string" ? raw.trim() : typeof raw === "number" ? String(raw) : ""
      )
      const text = count === null ? "" : formatNanos(BigInt(count[0]) * unit)
      return isInstant(text) ? value(text) : notTime(raw)
    },
    encode: (canonical) => {
      const nanos = typeof canonical === "string" ? nanosOf(canonical) : undefined
      return nanos === undefined
        ? refuse("is not a point in time")
        : (cut(nanos, epoch === "seconds" ? 0 : 3) / unit).toString()
    }
  })
}

const wall = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?))?$/

/** Nanoseconds of a clock on the wall, as if it stood in UTC. */
const wallNanos = (text: string): bigint | undefined => {
  const parts = wall.exec(text.trim())
  return parts === null ? undefined : nanosOf(`${parts[1]}T${parts[2] ?? "00:00:00"}Z`)
}

const millis = (nanos: bigint): number => Number(cut(nanos, 3) / 1_000_000n)

/**
 * A clock that is put back shows one hour twice: the first of the two is meant. One that is put forward leaves an hour
 * out: times inside it mean as much later. (The rule of RFC 5545 and of Temporal.)
 */
const fromWall = (local: bigint, zone: string): bigint => {
  const before = offsetAt(zone, millis(local) - 86_400_000)
  const first = local - BigInt(before) * 1_000_000n
  if (offsetAt(zone, millis(first)) === before) return first
  const after = offsetAt(zone, millis(local) + 86_400_000)
  const second = local - BigInt(after) * 1_000_000n
  return offsetAt(zone, millis(second)) === after ? second : first
}

const onTheWall = (zone: string, digits: number): Codec<string, string, Time> => {
  offsetAt(zone, 0)
  return codec<string, string, Time>({
    name: `instant ${zone} ${digits}`,
    from: TimeColumn,
    to: Instant.schema,
    lossy: `a clock without zone tells the repeated hour of autumn once; cut off after ${digits} digits of a second`,
    decode: (raw) => {
      const local = typeof raw === "string" ? wallNanos(raw) : undefined
      const text = local === undefined ? "" : formatNanos(fromWall(local, zone))
      return isInstant(text) ? value(text) : notTime(raw)
    },
    encode: (canonical) => {
      const nanos = typeof canonical === "string" && isInstant(canonical) ? nanosOf(canonical) : undefined
      if (nanos === undefined) return refuse("is not a point in time")
      const local = formatNanos(cut(nanos + BigInt(offsetAt(zone, millis(nanos))) * 1_000_000n, digits))
      return isInstant(local)
        ? local.replace("T", " ").replace("Z", "")
        : refuse("is not within the years 0000 to 9999")
    }
  })
}

/** How a column writes a calendar date. */
export type DateForm = "YYYY-MM-DD" | "YYYYMMDD" | "DD.MM.YYYY" | "MM/DD/YYYY"

const dateForms: {
  readonly [form in DateForm]: {
    readonly read: (text: string) => string | undefined
    readonly write: (date: string) => string
  }
} = {
  "YYYY-MM-DD": { read: parseLocalDate, write: (date) => date },
  YYYYMMDD: { read: parseLocalDate, write: (date) => date.replaceAll("-", "") },
  "DD.MM.YYYY": {
    read: (text) => turned(/^(\d\d?)\.(\d\d?)\.(\d{4})/.exec(text), 3, 2, 1),
    write: (date) => date.split("-").reverse().join(".")
  },
  "MM/DD/YYYY": {
    read: (text) => turned(/^(\d\d?)\/(\d\d?)\/(\d{4})/.exec(text), 3, 1, 2),
    write: (date) => `${date.slice(5, 7)}/${date.slice(8)}/${date.slice(0, 4)}`
  }
}

const turned = (parts: RegExpExecArray | null, year: number, month: number, day: number): string | undefined =>
  parts === null
    ? undefined
    : parseLocalDate(`${parts[year]}-${(parts[month] ?? "").padStart(2, "0")}-${(parts[day] ?? "").padStart(2, "0")}`)

/** A calendar date of no time zone; a time of day behind it is not looked at. */
export const localDate = (form: DateForm = "YYYY-MM-DD"): Codec<string> => {
  const { read, write } = dateForms[form]
  return codec({
    name: `localDate ${form}`,
    from: Schema.String,
    to: LocalDate.schema,
    decode: (raw) => {
      const date =
        typeof raw === "string" ? read(raw.trim()) : typeof raw === "number" ? read(String(raw)) : undefined
      return date === undefined ? invalid(raw, "is not a calendar date") : value(date)
    },
    encode: (canonical) =>
      typeof canonical === "string" && isLocalDate(canonical)
        ? write(canonical)
        : refuse("is not a full calendar date")
  })
}
