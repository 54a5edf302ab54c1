/** How records are recognised: kinds of keys from `match`, and links made by hand from `pins`. */
import type { Policy, SidePolicy } from "../sync/policy.ts"
import type { Pin, PinsDeclaration } from "./config.ts"
import type { Faults } from "./fault.ts"
import { didYouMean } from "./fault.ts"
import type { Draft } from "./resolve.ts"
import { isObject } from "./shape.ts"

export const matchOf = (draft: Draft, faults: Faults): ReadonlyArray<string> => {
  const kinds = draft.entity.keys.map((key) => key.kind)
  const match: unknown = draft.declaration.options.match
  if (match === undefined) return draft.entity.keys.filter((key) => key.onRequest !== true).map((key) => key.kind)
  if (!Array.isArray(match)) {
    faults.add(`${draft.at}.match`, `match is a list of kinds of keys: ${kinds.join(", ")}`)
    return []
  }
  const chosen: Array<string> = []
  match.forEach((one: unknown, at) => {
    const kind = Array.isArray(one) ? one.join("+") : String(one)
    if (kinds.includes(kind)) chosen.push(kind)
    else {
      faults.add(`${draft.at}.match[${at}]`,
        `${draft.entity.name} cannot be recognised by "${kind}"${didYouMean(kind, kinds) || `: use ${kinds.join(", ")}`}`)
    }
  })
  return [...new Set(chosen)]
}

/** A side that maps no part of any key is never linked, and never creates anything elsewhere. */
export const recognisable = (
  draft: Draft,
  at: string,
  match: ReadonlyArray<string>,
  { fields, keyless, side }: SidePolicy,
  faults: Faults
): void => {
  const asked = draft.entity.keys.filter((key) => match.includes(key.kind))
  if (keyless || asked.length === 0 || asked.some((key) => key.paths.some((path) => fields.has(path)))) return
  faults.warn(at, `records of ${side} cannot be recognised: map what makes one of ${match.join(", ")}, pin them, or say keyless: true`)
}

/** Pins of every sync by its name, keyed by side. */
export const pinsOf = (
  drafts: ReadonlyArray<Draft>,
  declared: ReadonlyArray<{ readonly at: string; readonly pins: PinsDeclaration }>,
  faults: Faults
): ReadonlyMap<string, Policy["pins"]> => {
  const bySync = new Map<string, Array<{ readonly [side: string]: string }>>()
  const add = (draft: Draft, at: string, rows: unknown): void => {
    const pinned = bySync.get(draft.name) ?? []
    bySync.set(draft.name, pinned)
    if (!Array.isArray(rows)) {
      faults.add(at, "pins is a list: [{ erp: \"10\", shop: \"3\" }]")
      return
    }
    rows.forEach((row: unknown, index) => {
      const pin = pinOf(draft, `${at}[${index}]`, row, faults)
      if (pin !== undefined) pinned.push(pin)
    })
    doubles(at, pinned, faults)
  }
  for (const draft of drafts) {
    if (draft.declaration.options.pins !== undefined) add(draft, `${draft.at}.pins`, draft.declaration.options.pins)
  }
  for (const { at, pins } of declared) {
    const draft = drafts.find((one) => one.entity.name === pins.entity.name)
    if (draft === undefined) faults.add(at, `nothing syncs ${pins.entity.name}: add a sync of it, or remove these pins`)
    else add(draft, at, pins.rows)
  }
  return bySync
}

const pinOf = (draft: Draft, at: string, row: unknown, faults: Faults): Policy["pins"][number] | undefined => {
  if (!isObject(row) || Object.keys(row).length < 2) {
    faults.add(at, "a pin names one record on at least two connections: { erp: \"10\", shop: \"3\" }")
    return undefined
  }
  const pin: { [side: string]: string } = {}
  for (const [key, ext] of Object.entries(row as Pin)) {
    const sides = draft.sides.filter(({ side, participant }) => side === key || participant.connection.name === key)
    const [only] = sides
    if (only === undefined) {
      const known = draft.sides.map(({ participant }) => participant.connection.name)
      faults.add(`${at}.${key}`, `${draft.name} has no connection "${key}"${didYouMean(key, known) || `: use ${known.join(", ")}`}`)
    } else if (sides.length > 1) {
      faults.add(`${at}.${key}`, `"${key}" has several resources in ${draft.name}: write one of ${sides.map((one) => one.side).join(", ")}`)
    } else if (typeof ext !== "string") {
      faults.add(`${at}.${key}`, "an external id is a text: put it in quotes")
    } else if (ext !== "") {
      // An empty text is an environment variable that is not set: reported already.
      pin[only.side] = ext
    }
  }
  return pin
}

/** One record cannot stand for two golden records. */
const doubles = (at: string, pins: ReadonlyArray<{ readonly [side: string]: string }>, faults: Faults): void => {
  const seen = new Set<string>()
  for (const [side, ext] of pins.flatMap((pin) => Object.entries(pin))) {
    const key = `${side} ${ext}`
    if (seen.has(key)) faults.add(at, `${key} is pinned twice: a record belongs to one golden record`)
    seen.add(key)
  }
}
