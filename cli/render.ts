/** Tables and values as text. */
import type { FieldSpec, PiiClass } from "../core/model/index.ts"
import { isList, isRecord } from "../core/model/value.ts"
import type { Json } from "../core/model/value.ts"
import { harmless } from "./output.ts"
import type { Output } from "./output.ts"

export type Row = ReadonlyArray<string | number>

/** Left-aligned columns, numbers right-aligned; no borders, so that it can be cut and searched. */
export const table = (out: Output, head: ReadonlyArray<string>, rows: ReadonlyArray<Row>): void => {
  if (rows.length === 0) return
  const texts = rows.map((row) => row.map((cell) => harmless(String(cell))))
  const widths = head.map((title, at) => Math.max(title.length, ...texts.map((row) => (row[at] ?? "").length)))
  const right = head.map((_, at) => rows.every((row) => typeof row[at] === "number"))
  const line = (cells: ReadonlyArray<string>): string =>
    cells.map((cell, at) => right[at] === true ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0))
      .join("  ").trimEnd()
  out.line(out.paint.bold(line(head)))
  for (const row of texts) out.line(line(row))
}

const hidden = "•••"

/** What may be shown of a value of this class: personal data by its first letter, the rest not at all. */
export const masked = (pii: PiiClass, value: Json, personal: boolean): Json => {
  if (value === null || pii === "none") return value
  // Secrets are for nobody's screen.
  if (pii === "secret") return hidden
  if (personal) return value
  return pii === "personal" && typeof value === "string" && value !== "" ? `${[...value][0] ?? ""}…` : hidden
}

/** A value of a field with masks laid over it; the attributes of list elements have classes of their own. */
export const shown = (spec: FieldSpec | undefined, value: Json | undefined, personal: boolean): Json => {
  if (value === undefined || value === null) return null
  const pii = spec?.pii ?? "personal"
  const elements = spec?.list?.elements
  if (!isList(value) || elements === undefined || Object.keys(elements).length === 0) {
    return isList(value) ? value.map((one) => masked(pii, one, personal)) : masked(pii, value, personal)
  }
  return value.map((element) => {
    if (!isRecord(element)) return masked(pii, element, personal)
    return Object.fromEntries(Object.entries(element).map(([name, attribute]) =>
      [name, name === "id" ? attribute : masked(elements[name]?.pii ?? pii, attribute, personal)]))
  })
}

/** One line for a canonical value: `12.50 EUR`, `Hauptstr. 1, 10115 Berlin, DE`, `3 entries`. */
export const words = (value: Json | undefined): string => {
  if (value === undefined || value === null) return "(empty)"
  if (typeof value === "string") return harmless(value)
  if (typeof value !== "object") return String(value)
  if (isList(value)) return value.every((one) => typeof one !== "object") ? value.map(words).join(", ") : listWords(value)
  if (isMoney(value)) return money(value)
  return Object.entries(value).filter(([key, part]) => key !== "id" && part !== null)
    .map(([, part]) => words(part)).join(", ")
}

const listWords = (list: ReadonlyArray<Json>): string =>
  list.length > 3 ? `${list.length} entries` : list.map((one) => `{${words(one)}}`).join(" ")

const isMoney = (value: { readonly [key: string]: Json }): boolean =>
  typeof value["minor"] === "string" && typeof value["scale"] === "number" && typeof value["currency"] === "string"

const money = (value: { readonly [key: string]: Json }): string => {
  const minor = String(value["minor"])
  const scale = Number(value["scale"])
  const digits = minor.replace("-", "").padStart(scale + 1, "0")
  const cut = digits.length - scale
  const amount = scale === 0 ? digits : `${digits.slice(0, cut)}.${digits.slice(cut)}`
  return `${minor.startsWith("-") ? "-" : ""}${amount} ${String(value["currency"])}`
}

/** `old → new`; of a list only the elements that differ. */
export const change = (before: Json | undefined, after: Json | undefined): string => {
  if (!isList(before) && !isList(after)) return `${words(before)} → ${words(after)}`
  const [left, right] = [isList(before) ? before : [], isList(after) ? after : []]
  const key = (one: Json): string => isRecord(one) && typeof one["id"] === "string" ? one["id"] : JSON.stringify(one)
  const was = new Map(left.map((one) => [key(one), one]))
  const is = new Map(right.map((one) => [key(one), one]))
  const parts = [
    ...left.filter((one) => !is.has(key(one))).map((one) => `- ${words(one)}`),
    ...right.flatMap((one) => {
      const old = was.get(key(one))
      if (old === undefined) return [`+ ${words(one)}`]
      return JSON.stringify(old) === JSON.stringify(one) ? [] : [attributes(old, one)]
    })
  ]
  return parts.length === 0 ? "order of the list" : parts.join("; ")
}

const attributes = (before: Json, after: Json): string => {
  if (!isRecord(before) || !isRecord(after)) return `${words(before)} → ${words(after)}`
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => name !== "id")
  return names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map((name) => `${name} ${words(before[name])} → ${words(after[name])}`).join(", ")
}

/** `2026-11-21 22:05:13` in the terminal's own zone; a count of milliseconds is the hub's time. */
export const time = (ms: number | undefined): string => {
  if (ms === undefined) return ""
  const two = (n: number): string => String(n).padStart(2, "0")
  const at = new Date(ms)
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ` +
    `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
}

/** `1.2 s`, `3 min 20 s`. */
export const duration = (ms: number): string => {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`
  const seconds = Math.round(ms / 1_000)
  return seconds < 3_600
    ? `${Math.floor(seconds / 60)} min ${seconds % 60} s`
    : `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`
}

/** `1 record`, `3 records`. */
export const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`
