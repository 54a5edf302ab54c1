/** Which of two changes is the later one, and how well that is known (SEMANTICS 1.4, stamps). */
import type { Stamp } from "../connector/connector.ts"
import { compareInstants, isInstant, millisOf } from "../model/instant.ts"
import type { Path } from "../model/value.ts"
import type { Side, Source } from "./state.ts"

/** When a value changed on its side, as far as that is known. */
export interface Evidence {
  readonly at: string
  readonly tier: Source["tier"]
}

/** What a reading proves about the time of its fields. */
export interface Timing {
  /** Start of the read, the latest moment that anything in it can have happened. */
  readonly read: Evidence
  /** Of the record, and of the one field that a field time belongs to. */
  readonly record: Evidence
  readonly of?: Path
}

/** `2027-01-31T12:00:00`: as far as here canonical instants are ordered as text. */
const seconds = 19

/** A clock that runs ahead must not win for ever: times are clamped to the start of the read (fault 49). */
const clamped = (at: string, read: string): string => {
  if (at.slice(0, seconds) < read.slice(0, seconds)) return at
  return compareInstants(at, read) > 0 ? read : at
}

/** `read` is the start of the read: what its fields show is no younger. */
export const timing = (read: Evidence, stamp: Stamp | undefined): Timing => {
  if (stamp === undefined || !isInstant(stamp.at)) return { read, record: read }
  const at = clamped(stamp.at, read.at)
  const record: Evidence = { at, tier: stamp.tier }
  return stamp.of === undefined ? { read, record } : { read, record, of: stamp.of }
}

/** A field's own time says nothing about the other fields. */
export const evidenceOf = (times: Timing, path: Path): Evidence =>
  times.of === undefined || times.of === path ? times.record : times.read

const grade: { readonly [tier in Evidence["tier"]]: number } = { F: 2, R: 1, O: 0 }

export interface Verdict {
  readonly theirs: boolean
  readonly rule: string
}

/**
 * Better evidence first, then the later time; clocks that differ by less than the skew decide nothing: then the order
 * in `between` does. Total and the same from both sides, so that every order of merging ends alike (P11).
 */
export const newest = (theirs: Evidence & { readonly side: Side }, golden: Source | undefined, ctx: {
  readonly skewMs: number
  readonly priority: (side: Side) => number
}): Verdict => {
  if (golden === undefined) return { theirs: true, rule: "newest" }
  const better = grade[theirs.tier] - grade[golden.tier]
  if (better !== 0) return { theirs: better > 0, rule: "newest, by better evidence" }
  const later = (millisOf(theirs.at) ?? 0) - (millisOf(golden.at) ?? 0)
  if (Math.abs(later) >= ctx.skewMs && later !== 0) return { theirs: later > 0, rule: "newest" }
  if (theirs.side === golden.side) return { theirs: later >= 0, rule: "newest" }
  const before = ctx.priority(golden.side) - ctx.priority(theirs.side)
  const first = before !== 0 ? before > 0 : theirs.side < golden.side
  return { theirs: first, rule: "newest, by priority within the clock skew" }
}
