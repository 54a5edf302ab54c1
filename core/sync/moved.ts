/** A record that was merged into another one, or converted: never a deletion (SEMANTICS 1.9). */
import { identityPath, raise } from "./conflict.ts"
import type { Observation } from "./snapshot.ts"
import type { ExtId, Link, Side } from "./state.ts"
import type { Work } from "./work.ts"

/** Longest chain of merges that is followed: A into B into C. */
const hopsMost = 16

export const moved = (work: Work, obs: Observation & { readonly _tag: "Moved" }): void => {
  const { side, ext, to, how } = obs
  work.puts.push({ side, ext: to, why: "hint", readAt: obs.readAt, attempts: 0, notBefore: work.snapshot.now })
  work.done.push({ side, ext, readAt: obs.readAt })
  const link = work.link(side, ext)
  if (link === undefined || (link.status === "merged" && link.supersededBy === to) || ext === to) return
  const { hash: _hash, suspect: _suspect, supersededBy: _by, ...kept } = link
  work.put({ ...kept, status: "merged", supersededBy: to })
  work.fact("moved", `${how} into ${to}`, link)
  const target = follow(work, side, to)
  // The crosswalk follows: the new record stands where the old one stood, edits of the merge count as edits. It has a
  // time of creation of its own; with that of the old one it would look like an id that was given away (1.9).
  if (target === undefined) {
    const { incarnation: _incarnation, stamp: _stamp, version: _version, ...follows } = kept
    return work.put({ ...follows, ext: to, rev: 0 })
  }
  if (target.golden === link.golden) {
    if (link.status === "active" && target.status !== "active") work.put({ ...target, status: "active" })
    return
  }
  // Two golden records became one there: whether they are one everywhere is a person's decision.
  raise(work, {
    golden: link.golden,
    side,
    path: identityPath("merged"),
    kind: "merge_race",
    theirs: target.golden,
    mine: link.golden,
    chosen: "none",
    rule: `${how} there`,
    status: "open"
  })
}

const follow = (work: Work, side: Side, ext: ExtId): Link | undefined => {
  let link = work.link(side, ext)
  for (let hops = 0; link?.status === "merged" && link.supersededBy !== undefined && hops < hopsMost; hops++) {
    link = work.link(side, link.supersededBy) ?? link
  }
  return link
}
