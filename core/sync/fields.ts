/** The fields of one record, decided one by one and written into the working copy. */
import { identical, isRecord } from "../model/value.ts"
import type { Json, Obs, Path, Value } from "../model/value.ts"
import { close, raise, refresh } from "./conflict.ts"
import { isUndecided } from "./consent.ts"
import { decide } from "./decide.ts"
import type { Context, Decision, Sent } from "./decide.ts"
import { evidenceOf } from "./evidence.ts"
import { flipped, mirrored } from "./flips.ts"
import { alike, equal, expand, project } from "./lens.ts"
import type { Lens } from "./lens.ts"
import { idOf, itemsOf } from "./lists.ts"
import { setField, sourceOf } from "./provenance.ts"
import type { Reading } from "./reading.ts"
import { outranks } from "./rules.ts"
import type { Mine } from "./rules.ts"
import { unset } from "./state.ts"
import type { Conflict, Golden, GoldenId, Intent, Link, Pair, Source } from "./state.ts"
import { identifyElements, pruned, unrowed } from "./translate.ts"
import type { Crosswalk } from "./translate.ts"
import type { Draft, Work } from "./work.ts"

type Mutable<T> = { -readonly [key in keyof T]: T[key] }

/** The record being merged, and what its link will be. Maps are copied when first changed. */
interface Merging {
  readonly work: Work
  readonly reading: Reading
  readonly id: GoldenId
  readonly newborn: boolean
  readonly intents: ReadonlyArray<Intent>
  readonly link: Link
  readonly scene: Mutable<Context>
  shadow: { [path: Path]: Pair } | undefined
  elements: { [path: Path]: Crosswalk } | undefined
  flips: { [path: Path]: ReturnType<typeof flipped>["own"] } | undefined
  withheld: Array<Path> | undefined
}

const nothingSent: ReadonlyArray<Sent> = []

/** Returns the link with its new shadow; golden changes are in the working copy. */
export const mergeFields = (work: Work, reading: Reading, link: Link, id: GoldenId, newborn: boolean): Link => {
  const { obs, side, lenses } = reading
  const intents = work.intents(id, side.side).filter((one) => one.ext === undefined || one.ext === obs.ext)
  const golden = goldenOf(work, id)
  const merging: Merging = {
    work, reading, id, newborn, intents, link,
    scene: {
      side: side.side,
      connection: side.connection,
      evidence: reading.times.record,
      origin: golden.origin,
      pinned: false,
      skewMs: work.policy.skewMs,
      priority: (other) => work.policy.sides.get(other)?.priority ?? -1,
      spec: undefined,
      whole: undefined,
      elements: undefined,
      readAt: reading.times.read.at,
      theirs: undefined,
      returned: undefined
    },
    shadow: undefined, elements: undefined, flips: undefined, withheld: undefined
  }
  for (const lens of lenses.values()) {
    if (!lens.readable) continue
    const shown = obs.values.get(lens.path)
    if (shown !== undefined) mergeField(merging, lens, shown)
  }
  return linkAfter(merging)
}

const goldenOf = (work: Work, id: GoldenId): Draft | Golden => {
  const golden = work.golden(id)
  if (golden === undefined) throw new Error(`golden record ${id} was not loaded`)
  return golden
}

const linkAfter = (merging: Merging): Link => {
  const { link, shadow, elements, flips, withheld } = merging
  const after: Mutable<Link> = { ...link }
  if (shadow !== undefined) after.shadow = shadow
  if (elements !== undefined) {
    after.elements = elements
    after.rows = rowsOf(merging, elements)
  }
  if (flips !== undefined) after.flips = flips
  if (withheld !== undefined) after.withheld = withheld
  else delete after.withheld
  return after
}

/** Under which side other records refer to the rows of a list. */
const rowsOf = ({ reading }: Merging, elements: { readonly [path: Path]: Crosswalk }): NonNullable<Link["rows"]> => {
  const rows: { [path: Path]: string } = {}
  for (const path of Object.keys(elements)) {
    const ids = reading.lenses.get(path)?.field.ids
    if (ids?.kind === "ext") rows[path] = `${reading.side.connection}.${ids.resource}`
  }
  return rows
}

const mergeField = (merging: Merging, lens: Lens, shown: Obs): void => {
  const { work, link, id, reading, scene } = merging
  const { path } = lens
  const golden = goldenOf(work, id)
  const whole = golden.values[path]
  const mine: Mine = { value: project(lens, whole), source: sourceOf(golden, path) }
  const base = link.shadow[path]
  const conflict = work.frozen(id, reading.side.side, path)
  scene.theirs = undefined
  scene.returned = undefined
  scene.elements = undefined
  // Unchanged rows of a list need no translation: row 3 compares what the side itself shows.
  if (lens.translated && shown._tag === "Value" && !(base !== undefined && equal(lens.policy, shown.value, base.r))) {
    const failed = translated(merging, lens, shown.value, whole)
    if (failed !== undefined) return withhold(merging, path, failed)
  }
  if (conflict !== undefined) return frozenField(merging, lens, shown, mine, conflict)
  scene.spec = lens.spec
  scene.whole = whole
  scene.evidence = evidenceOf(reading.times, path)
  scene.pinned = golden.pinned !== undefined && golden.pinned.includes(path)
  const sent = merging.intents.length === 0 ? nothingSent : sentOf(merging, lens, base)
  const decision = decide(base, shown, mine, sent, lens.policy, scene)
  apply(merging, lens, shown, mine, decision)
}

/** What the side shows in the hub's terms goes into the scene; a text says why that cannot be. */
const translated = (merging: Merging, lens: Lens, shown: Value, golden: Value | undefined): string | undefined => {
  const { link, reading, scene } = merging
  const resolved = reading.resolved.get(lens.path) ?? shown
  const known = merging.elements?.[lens.path] ?? link.elements?.[lens.path]
  const identified = identifyElements(lens, resolved, known, golden)
  if (identified === undefined) return "two elements with one id that differ"
  scene.theirs = identified.value
  if (lens.rows) {
    scene.elements = identified.crosswalk
    scene.returned = unrowed(lens, shown, identified.crosswalk)
    const kept = pruned(lens, identified.crosswalk, shown)
    if (!identical(kept, known ?? {})) merging.elements = { ...(merging.elements ?? link.elements), [lens.path]: kept }
  }
  return undefined
}

const sentOf = (merging: Merging, lens: Lens, base: Pair | undefined): ReadonlyArray<Sent> => {
  const sent: Array<Sent> = []
  const upserts = merging.reading.side.creates === "upsert"
  for (const intent of merging.intents) {
    // A create makes a record, it does not change one that has been seen since; an upsert that lands late does.
    if (intent.op === "create" && base !== undefined && !upserts) continue
    const value = intent.sent[lens.path]
    if (value !== undefined) sent.push({ value: unrowed(lens, value, merging.scene.elements), status: intent.status })
  }
  return sent.length === 0 ? nothingSent : sent
}

/** An open conflict freezes the field on this side both ways, until a person rules or both sides agree. */
const frozenField = (merging: Merging, lens: Lens, shown: Obs, mine: Mine, conflict: Conflict): void => {
  if (shown._tag === "Absent" || shown._tag === "Invalid") return
  const raw = shown._tag === "Null" ? null : shown.value
  const theirs = merging.scene.theirs === undefined ? raw : merging.scene.theirs
  if (!alike(lens.policy, theirs, mine.value)) return refresh(merging.work, conflict, raw, mine.value)
  setPair(merging, lens.path, { g: mine.value, r: raw })
  close(merging.work, conflict, "both", "both sides are the same again")
}

const withhold = (merging: Merging, path: Path, why: string): void => {
  const { work, link, reading, id } = merging
  merging.withheld ??= []
  merging.withheld.push(path)
  if (link.withheld?.includes(path) !== true) {
    work.fact("withheld", why, { golden: id, side: reading.side.side, ext: reading.obs.ext, path })
  }
}

const setPair = (merging: Merging, path: Path, pair: Pair): void => {
  merging.shadow ??= { ...merging.link.shadow }
  merging.shadow[path] = pair
}

const apply = (merging: Merging, lens: Lens, shown: Obs, mine: Mine, decision: Decision): void => {
  const { work, reading, id } = merging
  const { path } = lens
  const at = { golden: id, side: reading.side.side, ext: reading.obs.ext, path }
  switch (decision.do) {
    case "skip":
    case "same":
      return
    case "withhold":
      return withhold(merging, path, decision.rule)
    case "accept":
    case "merge":
      if (decision.value !== undefined) return take(merging, lens, shown, mine, decision, decision.value)
      return
    case "tolerate":
      if (decision.row !== 8) work.fact("tolerated", decision.rule, at)
      break
    case "own":
      // Golden moved on, or a person came back to what we wrote: either way it is written over, and that is on record.
      if (decision.push) work.fact("mirrored", "a value of our own, and golden has another one by now", at)
      break
    case "reject":
      if (setRight(merging, lens, shown, mine, decision)) return
      work.fact("mirrored", decision.rule, at)
      break
  }
  if (decision.do === "settle" && mine.value !== null && outranks(lens.policy, mine, merging.scene)) {
    // The preferred side says the same: from now on the value is its own.
    setField(work.draft(id), path, goldenOf(work, id).values[path] ?? null, sourceFor(merging, decision.rule))
  }
  if (decision.base !== undefined) setPair(merging, path, decision.base)
  if (decision.push) work.ask(id, reading.side.side)
  if (decision.conflict !== undefined) record(merging, lens, shown, mine, decision)
  if (shown._tag === "Null" && shown.placeholder !== undefined && decision.row !== 3) {
    work.fact("placeholder", "a stand-in for an empty value; it never travels", at)
  }
}

/**
 * True: it is not set right once more. A system that answers without values and makes of ours what it made of it before
 * normalises; one that takes every value back is at odds with the rule (R12).
 */
const setRight = (merging: Merging, lens: Lens, shown: Obs, mine: Mine, decision: Decision): boolean => {
  const { work, link, reading, id } = merging
  const { path } = lens
  if (decision.row === 8) return false
  const raw = shown._tag === "Value" ? shown.value : null
  const { own, again, oscillates: fights } = mirrored(work, link, path, raw)
  // Only the reading that was asked for after the write: until a later one a person may have come back to it.
  const unread = link.obsAt <= link.writeEnd && reading.obs.direct
  const base = link.shadow[path]
  if (again && unread && base !== undefined && base.g !== unset) {
    setPair(merging, path, { g: base.g, r: raw })
    // Golden may have moved on since it was written there.
    if (!alike(lens.policy, mine.value, base.g)) work.ask(id, reading.side.side)
    const at = { golden: id, side: reading.side.side, ext: reading.obs.ext, path }
    work.fact("normalisation", "the system makes this of what is written, undeclared", at)
    return true
  }
  if (fights) {
    oscillates(merging, lens, shown, mine)
    return true
  }
  merging.flips ??= { ...link.flips }
  merging.flips[path] = own
  return false
}

const record = (merging: Merging, lens: Lens, shown: Obs, mine: Mine, decision: Decision): void => {
  if (decision.conflict === undefined) return
  raise(merging.work, {
    ...decision.conflict,
    golden: merging.id,
    side: merging.reading.side.side,
    path: lens.path,
    ...(merging.link.shadow[lens.path] === undefined ? {} : { base: merging.link.shadow[lens.path]?.g ?? null }),
    theirs: shown._tag === "Value" ? shown.value : null,
    mine: mine.value,
    rule: decision.rule
  })
}

/** Golden takes the value, and remembers from where and by which rule. */
const take = (
  merging: Merging, lens: Lens, shown: Obs, mine: Mine, decision: Decision, value: Value | null
): void => {
  const { work, reading, id, link } = merging
  const { path } = lens
  const at = { golden: id, side: reading.side.side, ext: reading.obs.ext, path }
  const before = goldenOf(work, id).values[path]
  const after = decision.whole === true ? value : expand(lens, value, before)
  const changes = !sameValue(lens, after, before ?? null)
  if (changes && mine.source !== undefined && lens.policy.cls !== "C" && lens.policy.cls !== "A") {
    const flips = flipped(work, id, link, path, after)
    // R12: the sixth flip is not followed.
    if (flips.oscillates) return oscillates(merging, lens, shown, mine)
    merging.flips ??= { ...link.flips }
    merging.flips[path] = flips.own
  }
  if (decision.conflict !== undefined) record(merging, lens, shown, mine, decision)
  const settledAs = decision.whole === true ? consentPair(lens, after, merging, decision) : decision
  if (settledAs.base !== undefined) setPair(merging, path, settledAs.base)
  if (settledAs.push) work.ask(id, reading.side.side)
  if (!changes) return
  setField(work.draft(id), path, after, sourceFor(merging, decision.rule))
  if (!merging.newborn) work.fact("accepted", decision.rule, at)
}

const sameValue = (lens: Lens, a: Value | null, b: Value | null): boolean =>
  a === b || (a !== null && b !== null && (lens.spec?.same ?? identical)(a, b))

/** Only a decision is pushed back: what nobody decided is left as the side shows it. */
const consentPair = (
  lens: Lens, after: Value | null, merging: Merging, decision: Decision
): { readonly base?: Pair; readonly push: boolean } => {
  if (decision.base === undefined) return { push: false }
  const shown = project(lens, after ?? undefined)
  const theirs = merging.scene.theirs ?? decision.base.r
  const states = new Map(itemsOf(theirs).map((element) => [idOf(lens.spec?.list, element), element]))
  const owed = itemsOf(shown).some((element) => {
    const other = states.get(idOf(lens.spec?.list, element))
    return !isUndecided(element) && differs(element, other)
  })
  return owed ? { base: decision.base, push: true } : { base: { g: shown, r: decision.base.r }, push: false }
}

/** A date that the side cannot hold or never had is no reason to write. */
const differs = (element: Json, other: Json | undefined): boolean => {
  if (!isRecord(element) || !isRecord(other)) return true
  if (element["state"] !== other["state"]) return true
  return other["decidedAt"] !== undefined && !identical(element["decidedAt"], other["decidedAt"])
}

const oscillates = (merging: Merging, lens: Lens, shown: Obs, mine: Mine): void => {
  const rule = "R12: six changes within an hour among at most three values"
  raise(merging.work, {
    golden: merging.id,
    side: merging.reading.side.side,
    path: lens.path,
    kind: "oscillation",
    theirs: shown._tag === "Value" ? shown.value : null,
    mine: mine.value,
    chosen: "none",
    rule,
    status: "open"
  })
  merging.work.fact("oscillation", rule, { golden: merging.id, side: merging.reading.side.side, path: lens.path })
}

const sourceFor = (merging: Merging, rule: string): Source => {
  const { reading, scene, work } = merging
  return {
    side: reading.side.side,
    ext: reading.obs.ext,
    at: scene.evidence.at,
    tier: scene.evidence.tier,
    seen: reading.obs.readAt,
    rule,
    run: work.snapshot.run
  }
}
