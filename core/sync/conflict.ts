/** Conflict rows: what was lost, or what waits for a person. */
import type { Path, Value } from "../model/value.ts"
import { digest } from "./provenance.ts"
import { unset } from "./state.ts"
import type { Conflict, GoldenId, Pair, Side } from "./state.ts"
import type { Work } from "./work.ts"

/** The path of a conflict about the record as a whole: nothing of it is written on that side. */
export const wholeRecord: Path = "*"

/** The path of a conflict about identity: it freezes no field. */
export const identityPath = (kind: string): Path => `key:${kind}`

export interface Case {
  readonly golden: GoldenId
  readonly side: Side
  readonly path: Path
  readonly kind: Conflict["kind"]
  readonly base?: Pair["g"]
  readonly theirs: Value | null
  readonly mine: Value | null
  readonly chosen: Conflict["chosen"]
  readonly rule: string
  readonly status: "auto" | "open"
}

export const raise = (work: Work, one: Case): void => {
  const known = one.status === "open" ? work.frozen(one.golden, one.side, one.path) : undefined
  if (known !== undefined && known.kind === one.kind) return update(work, known, one.theirs, one.mine)
  const { now, run } = work.snapshot
  const id = digest(`${one.golden}|${one.side}|${one.path}|${one.kind}|${now}|${run}`)
  const base = one.base === undefined ? unset : one.base
  work.conflict({ ...one, id, entity: work.policy.entity.name, base, at: now, run })
  work.fact(one.status === "open" ? "frozen" : "conflict", `${one.kind}: ${one.rule}`, one)
}

/** The person who settles it sees what both sides show now. */
const update = (work: Work, known: Conflict, theirs: Value | null, mine: Value | null): void => {
  if (JSON.stringify([known.theirs, known.mine]) === JSON.stringify([theirs, mine])) return
  work.conflict({ ...known, theirs, mine })
}

export const refresh = update

export const close = (work: Work, conflict: Conflict, chosen: Conflict["chosen"], why: string): void => {
  work.conflict({ ...conflict, status: "resolved", chosen })
  work.fact("released", why, conflict)
}
