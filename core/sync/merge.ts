/** What becomes of a field by its merge class, where row 6, 8 or 9 of the planner applies (SEMANTICS 1.4). */
import type { FieldSpec } from "../model/entity.ts"
import type { Value } from "../model/value.ts"
import { mergeConsent } from "./consent.ts"
import { moved } from "./counter.ts"
import { alike } from "./lens.ts"
import { mergeLists } from "./lists.ts"
import type { FieldPolicy } from "./policy.ts"
import { firstContact, latest, winner } from "./rules.ts"
import type { Mine, Referee } from "./rules.ts"
import { agreedOn } from "./state.ts"
import type { Conflict, ConflictKind, Pair } from "./state.ts"

/** All that a merge may know beyond the values: who observes, and how the side's elements correspond to golden's. */
export interface Scene extends Referee {
  readonly spec: FieldSpec | undefined
  /** The golden value in full, for classes that must not be cut to a projection. */
  readonly whole: Value | undefined
  /** Row key → element id, of the list being merged. */
  readonly elements: { readonly [ext: string]: string } | undefined
  /** Start of the read. */
  readonly readAt: string
}

/** 6: only the side changed · 8: no base, first sight · 9: both changed. */
export type Row = 6 | 8 | 9

export interface Sides {
  readonly row: Row
  readonly base: Pair | undefined
  /** What the side shows, as it shows it, and with references and elements of the hub. */
  readonly raw: Value | null
  readonly theirs: Value | null
  readonly mine: Mine
}

/** `value` undefined: open, a person decides. `whole`: the value is golden's own, not a projection. */
export interface Merged {
  readonly value: Value | null | undefined
  readonly rule: string
  readonly whole?: boolean
  readonly conflict?: { readonly kind: ConflictKind; readonly chosen: Conflict["chosen"] }
}

export const mergeValue = (policy: FieldPolicy, sides: Sides, scene: Scene): Merged => {
  switch (policy.cls) {
    case "C":
      return sides.base === undefined ? register(policy, sides, scene) : counter(sides, sides.base)
    case "S":
      return listed(policy, sides, scene, false)
    case "A":
      return listed(policy, sides, scene, true)
    case "R":
      return consent(policy, sides, scene)
    case "M":
      return forward(sides, scene)
    case "I":
      return immutable(sides)
    default:
      return register(policy, sides, scene)
  }
}

/** L and O. Row 6 takes it; row 8 asks the first contact; row 9 the rule. */
const register = (policy: FieldPolicy, sides: Sides, scene: Scene): Merged => {
  const { row, mine, theirs } = sides
  if (row === 6) return { value: theirs, rule: "only this side changed" }
  const verdict = row === 8 ? firstContact(policy, mine, scene) : winner(policy, mine, scene)
  const kind = row === 8 ? "first_contact" : "both_changed"
  if (verdict === undefined) return { value: undefined, rule: "hold", conflict: { kind, chosen: "none" } }
  const chosen = verdict.theirs ? "theirs" : "golden"
  return { value: verdict.theirs ? theirs : mine.value, rule: verdict.rule, conflict: { kind, chosen } }
}

/** Class C: golden += theirs − base.r. Both movements count, so equality means nothing (rows 4 and 5 are left out). */
const counter = ({ mine, theirs, raw, row }: Sides, base: Pair): Merged => {
  const sum = moved(mine.value, raw, base.r)
  if (sum !== undefined) return { value: sum, rule: "counter" }
  if (row === 6) return { value: theirs, rule: "only this side changed" }
  return { value: undefined, rule: "counter", conflict: { kind: "counter_divergence", chosen: "none" } }
}

/** S and A. A list whose elements the model does not describe is one register. */
const listed = (policy: FieldPolicy, sides: Sides, scene: Scene, append: boolean): Merged => {
  const { mine, theirs, raw, base, row } = sides
  const spec = scene.spec?.list
  if (spec === undefined) return register(policy, sides, scene)
  const baseGolden = base === undefined ? undefined : agreedOn(base)
  const { value, clash } = mergeLists({
    spec, append, raw, theirs, baseGolden,
    golden: mine.value,
    baseRaw: base?.r,
    elements: scene.elements,
    theirsWins: () => latest(mine, scene).theirs
  })
  const rule = append ? "append" : "union"
  const kind = row === 8 ? "first_contact" : "both_changed"
  return clash ? { value, rule, conflict: { kind, chosen: "both" } } : { value, rule }
}

const consent = (policy: FieldPolicy, sides: Sides, scene: Scene): Merged => {
  if (scene.spec?.list === undefined) {
    return register({ ...policy, rule: { rule: "hold" } }, { ...sides, row: 9 }, scene)
  }
  const { value, downgrade } = mergeConsent(scene.whole, sides.theirs, scene.evidence.at, scene.readAt)
  const merged: Merged = { value, rule: "ratchet", whole: true }
  return downgrade ? { ...merged, conflict: { kind: "consent_downgrade", chosen: "both" } } : merged
}

/** Class M: only forward. A state that is already behind yields; what leads nowhere waits for a person. */
const forward = ({ mine, theirs }: Sides, scene: Scene): Merged => {
  const next = scene.spec?.next
  if (mine.value === null) return { value: theirs, rule: "forward" }
  if (theirs !== null && (next === undefined || leads(next, String(mine.value), String(theirs)))) {
    return { value: theirs, rule: "forward" }
  }
  const behind = theirs !== null && next !== undefined && leads(next, String(theirs), String(mine.value))
  // A side that takes its own word back is not merely late.
  if (behind && mine.source?.side !== scene.side) {
    return { value: mine.value, rule: "forward", conflict: { kind: "state_regression", chosen: "golden" } }
  }
  return { value: undefined, rule: "forward", conflict: { kind: "state_regression", chosen: "none" } }
}

/** A system may pass several states between two readings. */
const leads = (next: NonNullable<FieldSpec["next"]>, from: string, to: string): boolean => {
  const reached = new Set([from])
  for (const state of reached) for (const further of next[state] ?? []) reached.add(further)
  return reached.has(to)
}

/** Class I: written once. */
const immutable = ({ mine, theirs }: Sides): Merged =>
  mine.value === null
    ? { value: theirs, rule: "immutable" }
    : { value: undefined, rule: "immutable", conflict: { kind: "immutable_changed", chosen: "none" } }

/** Who won, where the classes leave it open: for conflict rows. */
export const chosenOf = (
  policy: FieldPolicy, value: Value | null, theirs: Value | null, golden: Value | null
): Conflict["chosen"] => alike(policy, value, golden) ? "golden" : alike(policy, value, theirs) ? "theirs" : "both"
