/** What the rule of a field lets a side do, and which of two values it prefers (DESIGN 5, class and rule). */
import type { Value } from "../model/value.ts"
import { newest } from "./evidence.ts"
import type { Evidence, Verdict } from "./evidence.ts"
import type { FieldPolicy } from "./policy.ts"
import { steward } from "./state.ts"
import type { Side, Source } from "./state.ts"

/** The golden value as the observed side would show it, and where it came from; no source: never decided. */
export interface Mine {
  readonly value: Value | null
  readonly source: Source | undefined
}

/** Who observes, and what the comparison of times needs. */
export interface Referee {
  readonly side: Side
  readonly connection: string
  readonly evidence: Evidence
  /** Where the golden record was born. */
  readonly origin: Side
  /** Pinned by a steward: nothing outranks it until released. */
  readonly pinned: boolean
  readonly skewMs: number
  readonly priority: (side: Side) => number
}

export const connectionOf = (side: Side): string => {
  const dot = side.indexOf(".")
  return dot < 0 ? side : side.slice(0, dot)
}

const rank = (order: ReadonlyArray<string>, side: Side): number => {
  const at = order.indexOf(connectionOf(side))
  return side === steward ? -1 : at < 0 ? order.length : at
}

/** Why this side may not change the golden value; undefined where it may (row 6 or row 7). */
export const refusal = (policy: FieldPolicy, mine: Mine, who: Referee): string | undefined => {
  if (!policy.inbound) return "this side does not give the field"
  if (who.pinned) return "pinned by a steward"
  switch (policy.rule.rule) {
    case "owner":
      return who.connection === policy.rule.side ? undefined : `owner(${policy.rule.side})`
    case "origin":
      return who.connection === connectionOf(who.origin) ? undefined : `owner(origin: ${connectionOf(who.origin)})`
    case "prefer": {
      const { order } = policy.rule
      const outranked = mine.value !== null && mine.source !== undefined &&
        rank(order, mine.source.side) < rank(order, who.side)
      return outranked ? `prefer(${order.join(", ")})` : undefined
    }
    default:
      return undefined
  }
}

/** Of `prefer`: this side stands before the one that golden has the value from. */
export const outranks = ({ rule }: FieldPolicy, mine: Mine, who: Referee): boolean =>
  rule.rule === "prefer" && mine.source !== undefined && rank(rule.order, who.side) < rank(rule.order, mine.source.side)

/** Both changed a register and the side may write it: who wins. Undefined: a person decides. */
export const winner = (policy: FieldPolicy, mine: Mine, who: Referee): Verdict | undefined => {
  switch (policy.rule.rule) {
    case "hold":
      return undefined
    case "owner":
      return { theirs: true, rule: `owner(${policy.rule.side})` }
    case "origin":
      return { theirs: true, rule: "owner(origin)" }
    case "prefer": {
      const { order } = policy.rule
      const first = mine.source === undefined || rank(order, who.side) < rank(order, mine.source.side)
      return first ? { theirs: true, rule: `prefer(${order.join(", ")})` } : latest(mine, who)
    }
    default:
      return latest(mine, who)
  }
}

export const latest = (mine: Mine, who: Referee): Verdict =>
  newest({ ...who.evidence, side: who.side }, mine.source, who)

/** Two existing records that are linked for the first time differ (row 8): owner, then what the config says. */
export const firstContact = (policy: FieldPolicy, mine: Mine, who: Referee): Verdict | undefined => {
  if (policy.rule.rule === "owner" || policy.rule.rule === "origin") return winner(policy, mine, who)
  const { initial } = policy
  switch (initial.first) {
    case "hold":
      return undefined
    case "newest":
      return latest(mine, who)
    case "oldest": {
      const { theirs } = latest(mine, who)
      return { theirs: !theirs, rule: "first contact: oldest" }
    }
    case "prefer": {
      const { order } = initial
      const ahead = mine.source === undefined ? 1 : rank(order, mine.source.side) - rank(order, who.side)
      const rule = `first contact: prefer(${order.join(", ")})`
      return ahead === 0 ? latest(mine, who) : { theirs: ahead > 0, rule }
    }
  }
}
