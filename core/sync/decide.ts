/** One field of one record: the planner's table (SEMANTICS 1.4). Pure and total; the first matching row wins. */
import type { Obs, Value } from "../model/value.ts"
import { alike, equal } from "./lens.ts"
import { mergeValue } from "./merge.ts"
import type { Row, Scene } from "./merge.ts"
import type { FieldPolicy } from "./policy.ts"
import { refusal } from "./rules.ts"
import type { Mine } from "./rules.ts"
import { agreedOn, unset } from "./state.ts"
import type { Conflict, ConflictKind, Intent, Pair } from "./state.ts"

/** A value we sent that no fresh reading has settled yet, as the side would show it. */
export interface Sent {
  readonly value: Value | null
  readonly status: Intent["status"]
}

export interface Context extends Scene {
  /** What the side shows, with references and elements of the hub; undefined: exactly as it shows it. */
  readonly theirs: Value | null | undefined
  /** What the side shows in the form in which `sent` values are given; undefined: exactly as it shows it. */
  readonly returned: Value | null | undefined
}

export interface Decision {
  /**
   * skip: no news · withhold: unreadable · same, push: the side is as it was · own: our write came back · settle: both
   * agree · accept, merge: golden takes `value` · reject: golden stands, the side is set right · tolerate: they differ
   * and may · hold: open conflict
   */
  readonly do:
    | "skip" | "withhold" | "same" | "push" | "own" | "settle" | "accept" | "merge" | "reject" | "tolerate" | "hold"
  readonly row: 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9
  readonly rule: string
  /** The new golden value, in the projection (or in full with `whole`). */
  readonly value?: Value | null
  readonly whole?: boolean
  /** The pair afterwards; absent: unchanged. */
  readonly base?: Pair
  /** Golden differs from what the side shows, and the side should learn it. */
  readonly push: boolean
  readonly conflict?: {
    readonly kind: ConflictKind
    readonly chosen: Conflict["chosen"]
    readonly status: "auto" | "open"
  }
}

const skip: Decision = { do: "skip", row: 1, rule: "not said", push: false }
const same: Decision = { do: "same", row: 3, rule: "unchanged", push: false }
const pending: Decision = { do: "push", row: 3, rule: "unchanged, golden moved on", push: true }

export const decide = (
  base: Pair | undefined,
  observed: Obs,
  mine: Mine,
  sent: ReadonlyArray<Sent>,
  policy: FieldPolicy,
  context: Context
): Decision => {
  // Row 1: what a system does not say is no decision (absent ≠ null).
  if (observed._tag === "Absent") return skip
  // Row 2: an unreadable field is withheld, the rest of the record goes on.
  if (observed._tag === "Invalid") return { do: "withhold", row: 2, rule: observed.why, push: false }
  const raw = observed._tag === "Null" ? null : observed.value
  const agreed = base === undefined ? undefined : agreedOn(base)
  const settled = agreed !== undefined && alike(policy, mine.value, agreed)
  // Row 3: the side shows what it showed (the pair base), so whatever differs is ours to push.
  if (base !== undefined && equal(policy, raw, base.r)) return settled || mine.source === undefined ? same : pending
  const theirs = context.theirs === undefined ? raw : context.theirs
  // Rows 4 and 5 are not for a counter that has a base: both sides' movements count, equal or not.
  const counts = policy.cls === "C" && base !== undefined
  if (!counts) {
    // Row 4: it is a value of our own that no reading had settled yet; never taken for an edit.
    const back = context.returned === undefined ? raw : context.returned
    const own = sent.findLast((one) => alike(policy, back, one.value))
    if (own !== undefined) return ownWrite(policy, own, raw, mine, context)
    // Row 5: both say the same (no echo by value; a "false conflict"). What a side shows it can hold: never a blank.
    const first = mine.value === null && raw !== null && policy.cls !== "R"
    if (!first && alike(policy, theirs, mine.value)) return settle(raw, mine)
  } else if (sent.some((one) => one.status === "unknown")) {
    // Class C: 10 → 9 by us and 10 → 9 by a sale look alike; while our write's fate is unknown nobody can count.
    return held("counter_divergence", 9, "counter: a write's fate is unknown")
  }
  if (raw === null) {
    const blank = blanks(base, policy, mine, settled, context)
    if (blank !== undefined) return blank
  }
  const why = refusal(policy, mine, context)
  // Row 7, and rows 8 and 9 where the rule leaves the side no say.
  if (why !== undefined) return foreign(base === undefined ? 8 : settled ? 7 : 9, base, raw, mine, policy, why)
  return merged(base === undefined ? 8 : settled ? 6 : 9, base, raw, theirs, mine, policy, context)
}

const ownWrite = (policy: FieldPolicy, own: Sent, raw: Value | null, mine: Mine, context: Context): Decision => {
  const g = context.theirs === undefined ? own.value : context.theirs
  return { do: "own", row: 4, rule: "own write", base: { g, r: raw }, push: !alike(policy, mine.value, g) }
}

const settle = (raw: Value | null, mine: Mine): Decision =>
  ({ do: "settle", row: 5, rule: "both agree", base: { g: mine.value, r: raw }, push: false })

/** What an empty value means. Undefined: it is a change like any other. */
const blanks = (
  base: Pair | undefined, policy: FieldPolicy, mine: Mine, settled: boolean, context: Context
): Decision | undefined => {
  if (base === undefined) {
    // Row 8: on first sight a blank never clears a value.
    const rule = "a blank at first sight clears nothing"
    return { do: "push", row: 8, rule, base: { g: unset, r: null }, push: true }
  }
  const owns = policy.rule.rule === "owner" || policy.rule.rule === "origin"
    ? refusal(policy, mine, context) === undefined
    : mine.source?.side === context.side
  if (policy.nullInbound === "clear" || (policy.nullInbound === "clear-if-owner" && owns)) return undefined
  return {
    do: "tolerate",
    row: settled ? 6 : 9,
    rule: policy.nullInbound === "ignore" ? "a blank says nothing" : "a blank of a side that does not own it",
    base: { g: base.g, r: null },
    push: !settled
  }
}

/** The side may not write the field: set right, left alone, or shown to a person. */
const foreign = (
  row: 7 | 8 | 9, base: Pair | undefined, raw: Value | null, mine: Mine, policy: FieldPolicy, why: string
): Decision => {
  // Golden never said anything: there is nothing to set right.
  if (mine.source === undefined) return { do: "tolerate", row, rule: why, base: { g: unset, r: raw }, push: false }
  const kind = row === 8 ? "first_contact" : "foreign_edit"
  if (policy.onForeignEdit === "hold") return held(kind, row, why)
  if (policy.onForeignEdit === "tolerate" || !policy.outbound) {
    // What golden says since is still to be told; what it said before may stay as the side has it.
    const g = row === 9 && base !== undefined ? base.g : mine.value
    return { do: "tolerate", row, rule: why, base: { g, r: raw }, push: row === 9 }
  }
  return {
    do: "reject",
    row,
    rule: why,
    base: { g: unset, r: raw },
    push: true,
    conflict: { kind, chosen: "golden", status: "auto" }
  }
}

const held = (kind: ConflictKind, row: Decision["row"], rule: string): Decision =>
  ({ do: "hold", row, rule, push: false, conflict: { kind, chosen: "none", status: "open" } })

/** Rows 6, 8 and 9 where the side has a say: the merge class decides. */
const merged = (
  row: Row,
  base: Pair | undefined,
  raw: Value | null,
  theirs: Value | null,
  mine: Mine,
  policy: FieldPolicy,
  context: Context
): Decision => {
  // Row 8: where one side is empty nothing is overwritten, whatever the class; only consent is judged all the same.
  if (row === 8 && mine.value === null && policy.cls !== "R") {
    return { do: "merge", row, rule: "first sight", value: theirs, base: { g: theirs, r: raw }, push: false }
  }
  const { value, rule, whole, conflict } = mergeValue(policy, { row, base, raw, theirs, mine }, context)
  if (value === undefined) return held(conflict?.kind ?? "both_changed", row, rule)
  const lost = conflict === undefined ? {} : { conflict: { ...conflict, status: "auto" as const } }
  if (whole === true) return { do: "merge", row, rule, value, whole, base: { g: theirs, r: raw }, push: true, ...lost }
  const taken = alike(policy, value, theirs)
  // The base is what the side shows now: where golden differs from it, that is what the side has yet to learn.
  const after = { rule, base: { g: taken ? value : theirs, r: raw }, push: !taken, ...lost }
  if (alike(policy, value, mine.value)) return { do: taken ? "settle" : "reject", row, ...after }
  return { do: row === 6 ? "accept" : "merge", row, value, ...after }
}
