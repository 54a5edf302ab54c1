/** P1: whether everything agrees once nobody edits and nothing fails any more. */
import { identical, isRecord } from "../../core/model/value.ts"
import type { Json, Path, Value } from "../../core/model/value.ts"
import type { Row } from "../../core/testing/world.ts"
import type { Golden, Link, Side } from "../../core/sync/state.ts"
import { columnOf } from "./mapping.ts"
import { elementsOf } from "./model.ts"
import { alike, plain, text } from "./oracle.ts"
import type { Oracle } from "./oracle.ts"
import type { Place, Setup } from "./setup.ts"

/** What the hub knows at the end, as the store says it. */
export interface Known {
  readonly goldens: ReadonlyArray<Golden>
  readonly links: ReadonlyArray<Link>
  /** `golden|side|path` (and `golden|*|path`) of open conflicts. */
  readonly frozen: ReadonlySet<string>
  /** `golden|side` of creates of which nobody knows the fate. */
  readonly stuck: ReadonlySet<string>
  /** `side|ext` of records set aside because processes died over them. */
  readonly aside: ReadonlySet<string>
}

export const agrees = (setup: Setup, oracle: Oracle, known: Known): void => {
  const bySide = new Map<string, Link>()
  const byRecord = new Map<string, Link>()
  for (const link of known.links) {
    byRecord.set(`${link.side}|${link.ext}`, link)
    if (link.status === "active") bySide.set(`${link.golden}|${link.side}`, link)
  }
  for (const golden of known.goldens) {
    if (golden.state !== "live") continue
    for (const place of setup.sides) {
      if (place.entity.name !== golden.entity) continue
      const link = bySide.get(`${golden.id}|${place.side}`)
      if (link === undefined) missing(oracle, known, golden, place, bySide)
      else linked(oracle, known, golden, place, link, bySide, byRecord)
    }
  }
  for (const place of setup.sides) everybodyKnown(oracle, known, place, byRecord)
}

/** A live golden record without a record there: only for a reason. */
const missing = (
  oracle: Oracle, known: Known, golden: Golden, place: Place, bySide: ReadonlyMap<string, Link>
): void => {
  const { policy } = place
  const history = known.links.some((link) => link.golden === golden.id && link.side === place.side) ||
    isFrozen(known, golden, place.side, "*")
  if (policy.readOnly || policy.create.is !== "always" || history) return
  if (known.stuck.has(`${golden.id}|${place.side}`)) return
  const key = place.entity.keys[0]
  if (key !== undefined && key.of((path) => golden.values[path]).length === 0) return
  // A child waits for a parent that may not be there.
  const orphan = place.policy.mapping.covers.some((path) => projected(golden, place, path, bySide) === undefined)
  if (orphan) return
  // A person gave its key to another record there, whose own golden record is in question.
  const { system, table } = place
  const column = columnOf(key?.kind ?? "")
  const taken = system.table(table).by((row) =>
    row.columns[column] === golden.values[key?.kind ?? ""] && system.look(table, row.id) !== undefined)
  if (taken !== undefined) return
  const named = text(golden.values[key?.paths[0] ?? ""])
  oracle.breaks("P1", `golden ${golden.id} (${named}) has no record in ${place.side}`)
}

const linked = (
  oracle: Oracle, known: Known, golden: Golden, place: Place, link: Link, bySide: ReadonlyMap<string, Link>,
  byRecord: ReadonlyMap<string, Link>
): void => {
  const row = place.system.table(place.table).alive(link.ext, place.system.knobs)
  if (row === undefined) return oracle.breaks("P1", `${place.side} ${link.ext} is linked and gone`)
  if (place.policy.readOnly || waits(place, row, byRecord) || known.aside.has(`${place.side}|${link.ext}`)) return
  for (const [path, field] of place.policy.fields) {
    if (!field.outbound || link.withheld?.includes(path) === true || isFrozen(known, golden, place.side, path)) continue
    const ruled = ["owner", "origin", "prefer"].includes(field.rule.rule)
    if ((!field.inbound || ruled) && field.onForeignEdit === "tolerate") continue
    // Nobody who may say anything about it ever did, so there is nothing to set right.
    if (golden.from[path] === undefined) continue
    const shows = plain(place.policy.mapping.fields.get(path)?.get(row.columns) ?? { _tag: "Absent" })
    if (shows === null && field.nullInbound !== "clear") continue
    const wanted = projected(golden, place, path, bySide)
    if (wanted === undefined) continue
    // A parent may have two records there: either stands for it.
    const parent = place.policy.mapping.fields.get(path)?.references?.[0]
    const stands = byRecord.get(`${place.system.name}.${parent?.resource ?? ""}|${String(shows)}`)
    if (stands !== undefined && stands.golden === golden.values[path]) continue
    if (!holds(place, path, wanted, row)) {
      oracle.breaks("P1", `${place.side} ${link.ext} ${path} shows ${text(shows)}, golden ${golden.id} says ` +
        `${text(golden.values[path])} (${field.rule.rule}, agreed on ${JSON.stringify(link.shadow[path])})`)
    }
  }
}

export const isFrozen = (known: Known, golden: Golden, side: Side, path: Path): boolean =>
  known.frozen.has(`${golden.id}|${side}|${path}`) || known.frozen.has(`${golden.id}|${side}|*`)

/** Golden as this side would say it; undefined where it cannot (a parent that is not there). */
const projected = (
  golden: Golden, place: Place, path: Path, bySide: ReadonlyMap<string, Link>
): Value | null | undefined => {
  const value = golden.values[path]
  if (value === undefined) return null
  const field = place.policy.mapping.fields.get(path)
  const references = field?.references?.[0]
  if (references === undefined) return field?.view === undefined ? value : field.view.get(value)
  return bySide.get(`${String(value)}|${place.system.name}.${references.resource}`)?.ext
}

/** What the system makes of the value when it is written is what it shows. */
const holds = (place: Place, path: Path, wanted: Value | null, row: Row): boolean => {
  const field = place.policy.mapping.fields.get(path)
  const policy = place.policy.fields.get(path)
  if (field === undefined || policy === undefined) return true
  const column = columnOf(path)
  const norm = place.system.knobs.normalise[column]
  const asked: Json = field.put(wanted, row.columns)[column] as Json // this simulator's mappings have no child rows
  const stored = asked === null || norm === undefined ? asked : norm(asked)
  const shows = plain(field.get({ [column]: row.columns[column] ?? null }))
  const would = plain(field.get({ [column]: stored }))
  if (policy.cls === "R") return decided(would, shows)
  return identical(shows, would) || alike(policy, shows, would)
}

/** A record is not read before its parent, and a parent may be gone before the hub ever saw it. */
const waits = (place: Place, row: Row, byRecord: ReadonlyMap<string, Link>): boolean =>
  [...place.policy.mapping.fields.values()].some((field) => {
    const shows = plain(field.get(row.columns))
    const parent = field.references?.[0]
    if (parent === undefined || shows === null) return false
    return !byRecord.has(`${place.system.name}.${parent.resource}|${String(shows)}`)
  })

/** What somebody decided is what is shown; what nobody decided, each side may show in its own way. */
const decided = (golden: Json, shows: Json): boolean => {
  const shown = elementsOf(shows)
  return [...elementsOf(golden)].every(([id, element]) => {
    const there = shown.get(id)
    if (!isRecord(element) || element["state"] === "unknown") return true
    return isRecord(there) && there["state"] === element["state"]
  })
}

/** Every record that can be recognised is linked to something. */
const everybodyKnown = (
  oracle: Oracle, known: Known, place: Place, byRecord: ReadonlyMap<string, Link>
): void => {
  const { system, table } = place
  const key = place.entity.keys[0]
  for (const row of system.table(table).rows.values()) {
    if (system.look(table, row.id) === undefined || byRecord.has(`${place.side}|${row.id}`)) continue
    if (key === undefined || (row.columns[columnOf(key.kind)] ?? null) === null) continue
    if (waits(place, row, byRecord) || known.aside.has(`${place.side}|${row.id}`)) continue
    oracle.breaks("P1", `${place.side} ${row.id} (${text(row.columns[columnOf(key.kind)])}) is not known to the hub`)
  }
}
