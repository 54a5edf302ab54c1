/** Deletions (SEMANTICS 1.8): live → suspect → confirmed by a reading or a feed → what the policy says. */
import { compareInstants, instantOf } from "../model/instant.ts"
import { close, raise, wholeRecord } from "./conflict.ts"
import { keysOf } from "./identity.ts"
import { alike, lensesOf, project } from "./lens.ts"
import type { SidePolicy } from "./policy.ts"
import { setField, sourceOf } from "./provenance.ts"
import type { Reading } from "./reading.ts"
import type { Observation } from "./snapshot.ts"
import { agreedOn } from "./state.ts"
import type { Golden, GoldenId, Link, Side, Source } from "./state.ts"
import type { Draft, Work } from "./work.ts"

export const gone = (work: Work, side: SidePolicy, obs: Observation & { readonly _tag: "Gone" }): void => {
  const link = work.link(obs.side, obs.ext)
  if (link === undefined) return finished(work, obs)
  // Delete without confirmation: absence and events prove nothing, the record itself is asked first.
  if (obs.evidence === "event" || obs.evidence === "listing") return suspect(work, link, obs)
  // R5 holds for absences as well: a reading older than our last write or the last merge is asked again.
  if (obs.readAt <= link.writeEnd || obs.readAt <= link.obsAt) return work.demand(obs, "gone")
  finished(work, obs)
  for (const intent of work.intents(link.golden, obs.side)) {
    if (intent.ext !== obs.ext) continue
    if (obs.readAt > intent.sentAt) work.settle(intent)
    // It may still be on its way: asked again once it no longer can be, or it would stay open for ever.
    else work.demand(obs, "gone", { notBefore: intent.sentAt + 1 })
  }
  if (link.status === "deleted" || link.status === "unlinked") return
  vanished(work, side, { ...link, obsAt: work.snapshot.now }, `gone there, seen by ${obs.evidence}`)
}

const finished = (work: Work, obs: Observation & { readonly _tag: "Gone" }): void => {
  if (obs.evidence === "read") work.done.push({ side: obs.side, ext: obs.ext, readAt: obs.readAt })
}

const suspect = (work: Work, link: Link, obs: Observation & { readonly _tag: "Gone" }): void => {
  if (link.status === "deleted" || link.status === "unlinked" || link.status === "merged") return
  // An absence older than a reading that showed the record is none.
  if (obs.evidence === "listing" && obs.readAt <= link.obsAt) return
  work.demand(obs, "gone")
  if (link.suspect !== undefined && link.suspect >= obs.readAt) return
  work.put({ ...link, suspect: obs.readAt })
  work.fact("suspect", `not there any more, says the ${obs.evidence}: to be confirmed`, link)
}

/** Confirmed: the record is not there any more. */
export const vanished = (work: Work, side: SidePolicy, link: Link, why: string): void => {
  const golden = work.golden(link.golden)
  const { suspect: _suspect, hash: _hash, ...rest } = link
  if (golden === undefined || link.status === "alias" || link.status === "merged" || golden.state !== "live") {
    work.put({ ...rest, status: "deleted" })
    return work.fact("deleted", why, link)
  }
  settled(work, side, link)
  const heir = work.linksOf(golden.id).find((one) => one.side === link.side && one.status === "alias")
  if (heir !== undefined) return inherited(work, rest, heir, why)
  switch (side.onDelete) {
    case "ignore":
    case "unlink":
      work.put({ ...rest, status: "unlinked" })
      return work.fact("unlinked", `${why}; not made again there`, link)
    case "recreate":
      work.put({ ...rest, status: "deleted" })
      work.ask(golden.id, link.side)
      return work.fact("deleted", `${why}; made again`, link)
    case "review":
      work.put({ ...rest, status: "deleted" })
      return undecided(work, rest, "review", why)
    case "propagate":
    case "archive": {
      work.put({ ...rest, status: "deleted" })
      // Edited elsewhere and not told there yet: neither the edit nor the deletion is dropped silently (fault 56).
      if (hasNews(work, side, golden, rest)) return undecided(work, rest, "edited elsewhere since", why)
      bury(work, golden.id, side.onDelete === "archive" ? "archive" : "delete", link, why)
    }
  }
}

/** What a person was asked about the fields of a record that is gone: a new record there is not to wait for it. */
const settled = (work: Work, side: SidePolicy, link: Link): void => {
  for (const conflict of [...work.open(link.golden)]) {
    if (conflict.side !== link.side || !lensesOf(work.policy, side).has(conflict.path)) continue
    close(work, conflict, "golden", "the record is gone")
  }
}

/** Another record of the side stands for the same golden record: it takes the place. */
const inherited = (work: Work, link: Link, heir: Link, why: string): void => {
  work.put({ ...link, status: "deleted", supersededBy: heir.ext })
  work.put({ ...heir, status: "active" })
  work.fact("deleted", `${why}; ${heir.ext} stands for it now`, link)
  work.puts.push({
    side: heir.side, ext: heir.ext, why: "hint", readAt: work.snapshot.now, attempts: 0, notBefore: work.snapshot.now
  })
}

const undecided = (work: Work, link: Link, rule: string, why: string): void => {
  work.fact("deleted", why, link)
  raise(work, {
    golden: link.golden,
    side: link.side,
    path: wholeRecord,
    kind: "delete_vs_edit",
    theirs: null,
    mine: link.golden,
    chosen: "none",
    rule,
    status: "open"
  })
}

const hasNews = (work: Work, side: SidePolicy, golden: Draft | Golden, link: Link): boolean => {
  for (const lens of lensesOf(work.policy, side).values()) {
    const source = sourceOf(golden, lens.path)
    const base = link.shadow[lens.path]
    if (!lens.writable || base === undefined || source === undefined || source.side === link.side) continue
    const agreed = agreedOn(base)
    if (agreed === undefined || !alike(lens.policy, project(lens, golden.values[lens.path]), agreed)) return true
  }
  return false
}

/** The provenance of `*` says how the record ended: the sides that still hold it are told the same way. */
export const bury = (
  work: Work, id: GoldenId, how: "delete" | "archive", by: { readonly side: Side; readonly ext: string }, why: string
): void => {
  const draft = work.draft(id)
  const { now, run } = work.snapshot
  for (const key of keysOf(work.policy, (path) => draft.values[path])) {
    if (work.keyOwner(key) === id) work.removeKey(key)
  }
  const source: Source = { side: by.side, ext: by.ext, at: instantOf(now), tier: "O", seen: now, rule: how, run }
  setField(draft, wholeRecord, null, source)
  draft.state = "deleted"
  work.tombstones.set(id, { entity: work.policy.entity.name, golden: id, at: now, cause: why })
  work.fact("tombstoned", why, { golden: id, side: by.side, ext: by.ext })
}

export const revive = (work: Work, id: GoldenId): void => {
  const draft = work.draft(id)
  draft.state = "live"
  delete draft.from[wholeRecord]
  draft.changed.add(wholeRecord)
  draft.writes++
}

/** A deleted record answers a reading of its own: it is there again, and so is its golden record (fault 58). */
export const reappeared = (work: Work, link: Link, golden: Draft | Golden): void => {
  work.fact("linked", "there again", link)
  const open = work.frozen(golden.id, link.side, wholeRecord)
  if (open !== undefined) close(work, open, "golden", "the record is there again")
  if (golden.state === "deleted") revive(work, golden.id)
}

/**
 * The golden record was deleted, and this side shows an edit. Stamped before the deletion, the deletion stands; else a
 * person decides. True: it waits for that.
 */
export const survives = (work: Work, reading: Reading, link: Link): boolean => {
  const tombstone = work.tombstones.get(link.golden) ?? work.snapshot.tombstones.get(link.golden)
  const { record } = reading.times
  if (tombstone !== undefined && record.tier !== "O" && compareInstants(record.at, instantOf(tombstone.at)) <= 0) {
    work.ask(link.golden, link.side)
    return false
  }
  raise(work, {
    golden: link.golden,
    side: link.side,
    path: wholeRecord,
    kind: "delete_vs_edit",
    theirs: link.ext,
    mine: null,
    chosen: "none",
    rule: "edited after its deletion",
    status: "open"
  })
  return true
}
