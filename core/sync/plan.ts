/**
 * A batch of observations against what the hub knows (SEMANTICS 1.4): pure and total, without I/O or clock; now and
 * fresh ids come with the snapshot, so the same input gives the same plan.
 */
import { close, wholeRecord } from "./conflict.ts"
import { gone } from "./deletion.ts"
import { held } from "./held.ts"
import { alike, lensesOf, project } from "./lens.ts"
import { moved } from "./moved.ts"
import type { Policy, SidePolicy } from "./policy.ts"
import { collected } from "./provenance.ts"
import { noCreate, owesAny } from "./pushes.ts"
import { ruling } from "./ruling.ts"
import type { Observation, Plan, Snapshot } from "./snapshot.ts"
import type { Golden, GoldenId, Side } from "./state.ts"
import { Work } from "./work.ts"
import type { Draft } from "./work.ts"

export const plan = (policy: Policy, snapshot: Snapshot, batch: ReadonlyArray<Observation>): Plan => {
  const work = new Work(policy, snapshot)
  for (const obs of batch) observe(work, obs)
  for (const draft of work.drafts.values()) reconcile(work, draft)
  return {
    goldens: [...work.drafts.values()].map((draft) => ({ golden: goldenOf(work, draft), was: draft.was })),
    due: dueOf(work),
    links: [...work.links.values()],
    keys: { add: [...work.keysAdded.values()], remove: [...work.keysRemoved.values()] },
    settled: [...work.settled.values()].map(({ attempt, golden }) => ({ attempt, golden })),
    conflicts: [...work.conflicts.values()],
    tombstones: [...work.tombstones.values()],
    inbox: { put: work.puts, done: work.done },
    quarantine: work.quarantine,
    facts: work.facts,
    outcomes: work.outcomes
  }
}

const observe = (work: Work, obs: Observation): void => {
  if (obs._tag === "Ruling") return ruling(work, obs)
  const side = work.policy.sides.get(obs.side)
  if (side === undefined) {
    const { ext } = obs
    if (obs._tag === "Held") work.outcomes.push({ side: obs.side, ext, outcome: "skipped", why: "takes no part" })
    return
  }
  switch (obs._tag) {
    case "Hint":
      return work.demand(obs, "hint")
    case "Gone":
      return gone(work, side, obs)
    case "Moved":
      return moved(work, obs)
    case "Held": {
      const { outcome, why } = held(work, side, obs)
      work.outcomes.push({ side: obs.side, ext: obs.ext, outcome, ...(why === undefined ? {} : { why }) })
    }
  }
}

const goldenOf = (work: Work, draft: Draft): Golden => ({
  id: draft.id,
  entity: work.policy.entity.name,
  ver: draft.was + 1,
  state: draft.state,
  ...(draft.mergedInto === undefined ? {} : { mergedInto: draft.mergedInto }),
  values: draft.values,
  ...collected(draft),
  origin: draft.origin,
  ...(draft.pinned.length === 0 ? {} : { pinned: draft.pinned })
})

/** An open conflict whose sides have become the same closes itself (SEMANTICS 1.14). */
const reconcile = (work: Work, draft: Draft): void => {
  for (const conflict of [...work.open(draft.id)]) {
    const side = work.policy.sides.get(conflict.side)
    if (side === undefined || !draft.changed.has(conflict.path)) continue
    const lens = lensesOf(work.policy, side).get(conflict.path)
    // What a side shows of references and rows cannot be compared from here: its next reading does.
    if (lens === undefined || lens.translated) continue
    const link = work.activeLink(draft.id, conflict.side)
    const shown = project(lens, draft.values[conflict.path])
    if (link === undefined || !alike(lens.policy, conflict.theirs, shown)) continue
    work.put({ ...link, shadow: { ...link.shadow, [conflict.path]: { g: shown, r: conflict.theirs } } })
    close(work, conflict, "both", "both sides are the same again")
  }
}

/** Every side that may have something to receive, and the one that spoke where golden differs from what it shows. */
const dueOf = (work: Work): Plan["due"] => {
  const due: Array<Plan["due"][number]> = []
  const sides = [...work.policy.sides.values()].filter((side) => !side.readOnly)
  for (const draft of work.drafts.values()) {
    for (const side of sides) {
      work.asked.delete(`${draft.id}|${side.side}`)
      if (receives(work, side, draft)) due.push({ golden: draft.id, side: side.side, ver: draft.was + 1 })
    }
  }
  for (const { golden: id, side: name } of work.asked.values()) {
    const side = work.policy.sides.get(name)
    const golden = work.snapshot.goldens.get(id)
    if (side === undefined || side.readOnly || golden === undefined || work.drafts.has(id)) continue
    // It is in the outbox already; what waits there for a parent has something else to say now.
    const waiting = work.snapshot.due.get(`${id}|${name}`)
    if (waiting !== undefined && waiting.ver === golden.ver && waiting.parkedOn === undefined) continue
    if (receives(work, side, golden)) due.push({ golden: id, side: name, ver: golden.ver })
  }
  return due
}

const receives = (work: Work, side: SidePolicy, golden: Draft | Golden): boolean => {
  if (golden.state === "merged") return false
  const frozen = frozenPaths(work, golden.id, side.side)
  if (frozen.includes(wholeRecord)) return false
  const others = work.linksOf(golden.id).filter((link) => link.side === side.side)
  const active = others.find((link) => link.status === "active")
  if (golden.state === "deleted") return active !== undefined
  if (active !== undefined) return owesAny(work.policy, side, golden, active, frozen)
  if (side.create.is === "never") return false
  // Whether it meets the side's conditions is asked when it is sent, where what they hold back is counted.
  return noCreate(work.policy, side, golden, others, "was" in golden ? golden.keyed : undefined) === undefined
}

const none: ReadonlyArray<string> = []

const frozenPaths = (work: Work, golden: GoldenId, side: Side): ReadonlyArray<string> => {
  let paths: Array<string> | undefined
  for (const conflict of work.open(golden)) {
    if (conflict.side !== side) continue
    paths ??= []
    paths.push(conflict.path)
  }
  return paths ?? none
}
