/** What is due at an address, computed when it is sent: golden − shadow, projected into that side (DESIGN 2). */
import type { HubTime, Json, Path, Value } from "../model/value.ts"
import { isList, isRecord } from "../model/value.ts"
import { matches } from "./condition.ts"
import { wholeRecord } from "./conflict.ts"
import { isUndecided } from "./consent.ts"
import { keysOf } from "./identity.ts"
import { alike, equal, lensesOf, project } from "./lens.ts"
import type { Lens, Pointer } from "./lens.ts"
import { idOf, itemsOf } from "./lists.ts"
import type { Policy, SidePolicy } from "./policy.ts"
import { sourceOf } from "./provenance.ts"
import { standIn } from "./push.ts"
import type { Address, FieldWrite, Outward, Push, Refused } from "./push.ts"
import { agreedOn } from "./state.ts"
import type { Golden, Intent, Link, Pair, Side } from "./state.ts"
import { idsIn, outwardValue } from "./translate.ts"

export interface PushOptions {
  readonly now: HubTime
  /** A cycle of references: write without those that have no link there yet; they stay due. */
  readonly omitMissing?: boolean
}

type Values = Pick<Golden, "values" | "from" | "sources" | "origin">

/** A pass reads every record under a new mapping before it writes; this is for records it could not read. */
const remapMs = 60_000

const nothing: Push = { do: "nothing" }
const skip = (why: string): Push => ({ do: "skip", why })

export const pushOf = (
  policy: Policy, side: Side, address: Address, outward: Outward, options: PushOptions
): Push => {
  const own = policy.sides.get(side)
  if (own === undefined) return skip("this side takes no part any more")
  const { golden, link } = address
  // An alias or released record is never written.
  const active = link?.status === "active" ? link : undefined
  if (golden.state === "merged") return nothing
  if (own.readOnly) return skip("read-only")
  if (address.frozen.includes(wholeRecord)) return skip("a person has to decide about this record")
  if (golden.state === "deleted") return active === undefined ? nothing : removal(golden, active)
  if (!matches(own.only, (path) => golden.values[path])) return skip("outside the filter")
  if (active === undefined) return creation(policy, own, address, outward, options)
  return update(policy, own, { ...address, link: active }, outward, options)
}

/** The provenance of the record as a whole says how it ended. */
const removal = (golden: Golden, link: Link): Push =>
  ({ do: "remove", ext: link.ext, how: sourceOf(golden, wholeRecord)?.rule === "archive" ? "archive" : "delete" })

/** Why the hub will not make this record there; undefined where it may. */
export const noCreate = (
  policy: Policy, side: SidePolicy, golden: Values, others: ReadonlyArray<Link>, keyed?: boolean
): string | undefined => {
  if (side.creates === "none") return "this side cannot create records"
  for (const { status } of others) {
    if (status === "unlinked") return "deleted there: not made again" // unlinked
    if (status === "released") return "outside the filter"
    if (status === "alias") return "only a duplicate of another record stands for it there"
    if (status === "merged") return "merged into another record there"
  }
  const origin = policy.sides.get(golden.origin)
  const recognised = keyed ?? keysOf(policy, (path) => golden.values[path]).length > 0
  if (!recognised && origin?.keyless !== true) return "no key to recognise it by"
  return undefined
}

const creation = (
  policy: Policy, side: SidePolicy, address: Address, outward: Outward, options: PushOptions
): Push => {
  const { golden, others } = address
  const refused = noCreate(policy, side, golden, address.link === undefined ? others : [address.link, ...others])
  if (refused !== undefined) return skip(refused)
  if (!matches(side.create, (path) => golden.values[path])) return skip("not to be created there")
  const waits = createWait(side, address.intents, options.now)
  if (waits !== undefined) return waits
  const lenses = owed(policy, side, golden, undefined, address.frozen)
  const { writes, missing, refused: not } = written(lenses, golden, undefined, outward, options)
  const parent = missing[0]
  if (parent !== undefined && options.omitMissing !== true) return park(parent)
  if (writes.length === 0) return skip("nothing that this side could hold")
  return { do: "create", writes, marker: golden.id, ...(not.length === 0 ? {} : { refused: not }) }
}

/** R9: what became of an earlier create is not known; how that is settled depends on what the system can do. */
const createWait = (side: SidePolicy, intents: ReadonlyArray<Intent>, now: HubTime): Push | undefined => {
  let last = -1
  for (const intent of intents) {
    if (intent.op === "create" && intent.status === "unknown") last = Math.max(last, intent.sentAt)
  }
  if (last < 0 || side.creates === "upsert" || side.creates === "idempotent") return undefined
  if (side.creates === "once") return { do: "stuck", why: "an earlier create may have landed: only a complete listing can tell" }
  const until = last + side.createWaitMs
  return now < until ? { do: "wait", until, why: "an earlier create may still appear" } : undefined // create wait R9
}

const update = (
  policy: Policy, side: SidePolicy, address: Address & { readonly link: Link }, outward: Outward, options: PushOptions
): Push => {
  const { golden, link } = address
  if (link.mapping !== side.mapping.version) {
    // 1.10: the base is in the words of another mapping; the record is read under this one first.
    return { do: "wait", until: options.now + remapMs, why: "its mapping has changed: it is read again first" }
  }
  const lenses = owed(policy, side, golden, link, address.frozen)
  // Class C: an absolute value sent twice would undo the sales between; its fate comes first.
  const certain = lenses.filter((lens) => lens.policy.cls !== "C" || !mayHaveLanded(address, lens.path))
  const { writes, missing, refused } = written(certain, golden, link, outward, options)
  // A parent that is not there yet keeps nothing else back: its field is asked for again when the rest is written.
  const parent = missing[0]
  if (writes.length === 0 && parent === undefined) {
    if (certain.length < lenses.length) return uncertain(side, link, options)
    return refused.length === 0 ? nothing : skip(refused.map(({ path, why }) => `${path} ${why}`).join("; "))
  }
  if (writes.length === 0 && parent !== undefined) return park(parent)
  return { do: "update", ext: link.ext, writes, ...(refused.length === 0 ? {} : { refused }) }
}

/** Who sent it may have died before it could ask for a reading, and a feed does not tell of what did not land. */
const uncertain = (side: SidePolicy, link: Link, { now }: PushOptions): Push => ({
  do: "wait",
  until: now + side.createWaitMs,
  why: "what became of an earlier write of a counter is not known yet",
  read: link.ext
})

/** On this record: what was sent to one that is gone no longer matters. */
const mayHaveLanded = ({ intents, link }: Address, path: Path): boolean =>
  intents.some((intent) => intent.status === "unknown" && Object.hasOwn(intent.sent, path) &&
    (intent.ext === undefined || intent.ext === link?.ext))

const park = ({ pointer, id }: { readonly pointer: Pointer; readonly id: string }): Push =>
  ({ do: "park", on: `${pointer.side}|${id}`, why: `waits for its ${pointer.entity} at ${pointer.side}` })

/** Fields of which the side has yet to learn golden's value. Frozen and withheld fields wait. */
export const owed = (
  policy: Policy, side: SidePolicy, golden: Values, link: Link | undefined, frozen: ReadonlyArray<Path>
): ReadonlyArray<Lens> => {
  const found: Array<Lens> = []
  for (const lens of lensesOf(policy, side).values()) if (owes(lens, golden, link, frozen)) found.push(lens)
  return found
}

export const owesAny = (
  policy: Policy, side: SidePolicy, golden: Values, link: Link, frozen: ReadonlyArray<Path>
): boolean => {
  for (const lens of lensesOf(policy, side).values()) if (owes(lens, golden, link, frozen)) return true
  return false
}

const owes = (lens: Lens, golden: Values, link: Link | undefined, frozen: ReadonlyArray<Path>): boolean => {
  const { path } = lens
  // What golden never decided is nobody's to write, a clear least of all.
  if (!lens.writable || golden.from[path] === undefined) return false
  if (frozen.length > 0 && frozen.includes(path)) return false // a frozen field waits for a person
  if (link?.withheld !== undefined && link.withheld.includes(path)) return false
  const value = project(lens, golden.values[path])
  if (link === undefined) return value !== null
  const base = link.shadow[path]
  // Never seen there: not overwritten unseen. What can only be written is written once.
  if (base === undefined) return !lens.readable && value !== null
  const agreed = agreedOn(base)
  return agreed === undefined || !alike(lens.policy, value, agreed)
}

interface Written {
  readonly writes: ReadonlyArray<FieldWrite>
  readonly missing: ReadonlyArray<{ readonly pointer: Pointer; readonly id: string }>
  readonly refused: ReadonlyArray<Refused>
}

const written = (
  lenses: ReadonlyArray<Lens>, golden: Golden, link: Link | undefined, outward: Outward, options: PushOptions
): Written => {
  const writes: Array<FieldWrite> = []
  const missing: Array<Written["missing"][number]> = []
  const refused: Array<Refused> = []
  for (const lens of lenses) {
    const base = link?.shadow[lens.path]
    const value = outwardForm(lens, golden, link, base, outward, options, missing)
    // The side shows it already: there is nothing to say.
    if (value === undefined || (base !== undefined && equal(lens.policy, value, base.r))) continue
    if (link === undefined && value === null) continue
    const why = pointsAhead(lens, value) ? undefined : lens.field.refuses?.(value)
    if (why !== undefined) {
      refused.push({ path: lens.path, why })
      continue
    }
    writes.push({ path: lens.path, value, base: base?.r, why: whyOf(golden, lens.path) })
  }
  return { writes, missing, refused }
}

/** Points to a record that this dry run would make: its id will fit, the one that stands in for it need not. */
const pointsAhead = (lens: Lens, value: Value | null): boolean =>
  (lens.field.references ?? []).some(({ attribute }) =>
    (attribute === undefined ? [value] : isList(value) ? value.map((one) => leafAt(one, attribute)) : [])
      .some((id) => typeof id === "string" && id.includes(standIn)))

const leafAt = (json: Json, attribute: string): Json =>
  attribute.split(".").reduce<Json>((at, name) => isRecord(at) ? at[name] ?? null : null, json)

/** Undefined: left out of this write. */
const outwardForm = (
  lens: Lens,
  golden: Golden,
  link: Link | undefined,
  base: Pair | undefined,
  outward: Outward,
  options: PushOptions,
  missing: Array<Written["missing"][number]>
): Value | null | undefined => {
  const shown = project(lens, golden.values[lens.path])
  const value = lens.policy.cls === "R" ? decisionsOnly(lens, shown, base) : shown
  if (value === null || !lens.translated) return value
  const form = outwardValue(lens, value, link?.elements?.[lens.path], outward)
  if (form.missing.length === 0) return form.value
  missing.push(...form.missing)
  return isList(form.value) && options.omitMissing === true ? withoutMissing(form.value, form.missing) : undefined
}

/** A cycle: the element is written without the reference, which follows once its target exists there. */
const withoutMissing = (list: Value, missing: Written["missing"]): Value => {
  const lost = new Set(missing.map(({ pointer, id }) => `${pointer.attribute ?? ""}|${id}`))
  return itemsOf(list).map((element) => isRecord(element)
    ? Object.fromEntries(Object.entries(element).filter(([name, id]) => !lost.has(`${name}|${String(id)}`)))
    : element)
}

/** Class R: what nobody decided stays as the side shows it; "unknown" is written over nothing. */
const decisionsOnly = (lens: Lens, shown: Value | null, base: Pair | undefined): Value | null => {
  const theirs = new Map(itemsOf(base?.r).map((element) => [idOf(lens.spec?.list, element), element]))
  const decided = itemsOf(shown).flatMap((element) => {
    const id = idOf(lens.spec?.list, element)
    const kept = isUndecided(element) ? theirs.get(id) : element
    theirs.delete(id)
    return kept === undefined ? [] : [kept]
  })
  const all = [...decided, ...theirs.values()]
  return all.length === 0 ? null : all
}

const whyOf = (golden: Values, path: Path): string => {
  const source = golden.from[path] === undefined ? undefined : golden.sources[golden.from[path] ?? 0]
  return source === undefined ? "undecided" : `${source.rule} from ${source.side} ${source.ext}`
}

/** Golden references whose external ids a push needs. */
export const outwardWanted = (
  policy: Policy, side: Side, address: Address
): ReadonlyArray<{ readonly entity: string; readonly resource: string; readonly golden: string }> => {
  const own = policy.sides.get(side)
  if (own === undefined || address.golden.state !== "live") return []
  const link = address.link?.status === "active" ? address.link : undefined
  const wanted: Array<{ readonly entity: string; readonly resource: string; readonly golden: string }> = []
  for (const lens of lensesOf(policy, own).values()) {
    if (lens.pointers.length === 0 || !owes(lens, address.golden, link, address.frozen)) continue
    const value = project(lens, address.golden.values[lens.path])
    if (value === null) continue
    for (const { pointer, id } of idsIn(lens, value)) {
      wanted.push({ entity: pointer.entity, resource: pointer.resource, golden: id })
    }
  }
  return wanted
}
