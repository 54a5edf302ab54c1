/** One record as a system holds it: is the reading fresh, who is it, what does it say (SEMANTICS 1.2 to 1.10). */
import type { MatchKey } from "../model/entity.ts"
import { matches } from "./condition.ts"
import { identityPath, raise, wholeRecord } from "./conflict.ts"
import { reappeared, survives, vanished } from "./deletion.ts"
import { mergeFields } from "./fields.ts"
import { alike, equal, project } from "./lens.ts"
import { claimKeys, identify, keyPaths, keysOf, keysOfRecord, race } from "./identity.ts"
import type { SidePolicy } from "./policy.ts"
import { readOf, reading as readingOf } from "./reading.ts"
import type { HeldObservation, Reading } from "./reading.ts"
import { settleIntents } from "./resolve.ts"
import { agreedOn } from "./state.ts"
import type { Golden, GoldenId, Link, Pair, RecordOutcome } from "./state.ts"
import type { Draft, Work } from "./work.ts"

export interface Outcome {
  readonly outcome: RecordOutcome
  readonly why?: string
}

const left: Outcome = { outcome: "left" }
const unchanged: Outcome = { outcome: "unchanged" }
const skipped = (why: string): Outcome => ({ outcome: "skipped", why })

/** No write of ours ever ended there. */
const neverWritten = -1

export const held = (work: Work, side: SidePolicy, obs: HeldObservation): Outcome => {
  const link = work.link(obs.side, obs.ext)
  if (link !== undefined && isStale(link, obs)) {
    if (showsNothingNew(work, side, link, obs)) return unchanged
    work.demand(obs, "stale")
    return left
  }
  // R3: a part of a record decides nothing; the whole is read first.
  if (!obs.complete || lacksField(work, side, link, obs)) {
    work.demand(obs, "partial")
    return left
  }
  const reading = readingOf(work, side, obs)
  const waits = parked(work, reading, link)
  if (waits !== undefined) return waits
  const outcome = link === undefined || isReused(link, obs) ? arrival(work, reading, link) : known(work, reading, link)
  if (obs.direct && outcome.outcome !== "left") work.done.push({ side: obs.side, ext: obs.ext, readAt: obs.readAt })
  return outcome
}

/** R5: a reading counts only if it started after our last write ended, and not before the one merged last. */
const isStale = (link: Link, obs: HeldObservation): boolean =>
  obs.readAt <= link.writeEnd || // observation freshness R5
  obs.readAt <= link.obsAt // monotonicity R5

/** An old page that shows what is known anyway need not be read again. */
const showsNothingNew = (work: Work, side: SidePolicy, link: Link, obs: HeldObservation): boolean => {
  if (link.status !== "active" || link.suspect !== undefined || !obs.complete) return false
  for (const [path, shown] of obs.values) {
    const policy = side.fields.get(path)
    if (policy === undefined || policy.cls === "D" || shown._tag === "Absent") continue
    const base = link.shadow[path]
    if (shown._tag === "Invalid" || base === undefined) return false
    if (!equal(policy, shown._tag === "Null" ? null : shown.value, base.r)) return false
  }
  return work.intents(link.golden, link.side).length === 0
}

/** R3: a mapped field that vanished from a complete record is read once more; then it is drift, never null. */
const lacksField = (work: Work, side: SidePolicy, link: Link | undefined, obs: HeldObservation): boolean => {
  for (const [path, shown] of obs.values) {
    if (shown._tag !== "Absent") continue
    const expected = link === undefined || link.shadow[path] !== undefined
    const policy = side.fields.get(path)
    if (!expected || policy === undefined || policy.cls === "D") continue
    if (!obs.direct) return true
    if (link !== undefined) {
      const at = { golden: link.golden, side: obs.side, ext: obs.ext, path }
      work.fact("skipped", "schema drift: the system no longer shows this field", at)
    }
  }
  return false
}

/** A parent that has not been met parks the record; one that did not change does not matter. */
const parked = (work: Work, reading: Reading, link: Link | undefined): Outcome | undefined => {
  const { obs, side } = reading
  const missing = reading.missing.find(({ path }) => {
    const policy = side.fields.get(path)
    const shown = obs.values.get(path)
    const base = link?.shadow[path]
    const unchanged = policy !== undefined && shown?._tag === "Value" && base !== undefined &&
      equal(policy, shown.value, base.r)
    return policy !== undefined && !unchanged
  })
  if (missing === undefined) return undefined
  const on = `${missing.side}|${missing.ext}`
  work.demand(obs, "parked", { parkedOn: on })
  work.fact("parked", `waits for ${missing.side}`, { side: obs.side, ext: obs.ext, path: missing.path })
  return { outcome: "parked", why: `waits for ${missing.side}` }
}

/** The same id with another birth is another record (SEMANTICS 1.9). */
const isReused = (link: Link, obs: HeldObservation): boolean =>
  link.incarnation !== undefined && obs.incarnation !== undefined && link.incarnation !== obs.incarnation

const fails = (work: Work, reading: Reading, golden: Draft | Golden | undefined): Outcome | undefined => {
  const causes = work.policy.entity.check?.(readOf(reading, golden)) ?? []
  const { side, ext } = reading.obs
  for (const { path, cause } of causes) work.quarantine.push({ side, ext, path, cause })
  const first = causes[0]
  return first === undefined ? undefined : { outcome: "quarantined", why: first.cause }
}

/** A record without a link. `before` is the link of another record that had this id. */
const arrival = (work: Work, reading: Reading, before: Link | undefined): Outcome => {
  const { obs, side } = reading
  const read = readOf(reading, undefined)
  if (!matches(side.only, read)) return skipped("outside the filter")
  const quarantined = fails(work, reading, undefined)
  if (quarantined !== undefined) return quarantined
  const keys = keysOfRecord(work.policy, obs, read)
  const identity = identify(work, obs.side, obs.ext, keys)
  if (identity.buried && !obs.direct) {
    // Tombstone: a late payload must not bring back what was deleted; a reading of the record itself may.
    work.demand(obs, "stale")
    return left
  }
  if (before !== undefined) retire(work, side, before)
  const golden = identity.golden ?? work.born(obs.side)
  const newborn = identity.golden === undefined
  const at = { golden: golden.id, side: obs.side, ext: obs.ext }
  // Cardinality guard: one record a side; a second one with the same key is read, reported and never written.
  const first = newborn ? undefined : work.activeLink(golden.id, obs.side)
  if (first !== undefined) return alias(work, reading, golden.id, first, keys)
  const link = mergeFields(work, reading, bound(work, reading, golden.id, "active"), golden.id, newborn)
  work.put(link)
  settleIntents(work, reading, golden.id, link)
  for (const { key, golden: other } of identity.rivals) race(work, golden.id, obs.side, key, other)
  if (newborn) claimKeys(work, golden.id, keys, obs.side)
  else claimAgain(work, golden.id, obs.side)
  work.fact(newborn ? "created" : "linked", newborn ? "first sight" : `by ${identity.by}`, at)
  const draft = work.drafts.get(golden.id)
  if (newborn && draft !== undefined && keys.length > 0) draft.keyed = true
  if (newborn && keys.length === 0 && !side.keyless) {
    work.fact("skipped", "no key to recognise it by: not created elsewhere", at)
  }
  // Deleted while its create was on the way: found, and removed (fault 60).
  if (golden.state === "deleted") work.ask(golden.id, obs.side)
  return { outcome: newborn ? "created" : "linked" }
}

const bound = (work: Work, { obs, side }: Reading, golden: GoldenId, status: Link["status"]): Link => ({
  side: obs.side,
  ext: obs.ext,
  golden,
  status,
  shadow: {},
  rev: 0,
  obsAt: work.snapshot.now,
  writeEnd: neverWritten,
  mapping: side.mapping.version,
  ...heads(obs)
})

/** What lets an equal row be dropped before mapping (R2). */
const heads = (obs: HeldObservation) => ({
  ...(obs.version === undefined ? {} : { version: obs.version }),
  ...(obs.stamp === undefined ? {} : { stamp: obs.stamp.at }),
  ...(obs.hash === undefined ? {} : { hash: obs.hash }),
  ...(obs.incarnation === undefined ? {} : { incarnation: obs.incarnation })
})

/** What the last reading said about the record as a whole, and any suspicion, is over with a new reading. */
const unheaded = (link: Link): Link => {
  const { version: _version, stamp: _stamp, hash: _hash, suspect: _suspect, ...rest } = link
  return rest
}

const alias = (
  work: Work, reading: Reading, golden: GoldenId, first: Link, keys: ReadonlyArray<MatchKey>
): Outcome => {
  const { obs } = reading
  const link: Link = { ...bound(work, reading, golden, "alias"), shadow: madeByUs(work, reading, golden) }
  work.put(link)
  settleIntents(work, reading, golden, link)
  const at = { golden, side: obs.side, ext: obs.ext }
  work.fact("alias", `a second record of this side for what ${first.ext} already stands for`, at)
  raise(work, {
    golden,
    side: obs.side,
    path: identityPath(keys[0]?.kind ?? "pin"),
    kind: "duplicate_key",
    theirs: obs.ext,
    mine: first.ext,
    chosen: "golden",
    rule: "one record a side",
    status: "auto"
  })
  return { outcome: "linked", why: "alias of another record of this side" }
}

/** A create of ours that landed beside somebody else's record: should it take that one's place, it says nothing new. */
const madeByUs = (work: Work, { obs, lenses }: Reading, golden: GoldenId): Link["shadow"] => {
  const shadow: { [path: string]: Pair } = {}
  // Settled ones of this very batch as well: the other record may have been read a moment ago.
  for (const { op, sent, side } of work.snapshot.intents.get(golden) ?? []) {
    if (op !== "create" || side !== obs.side) continue
    for (const lens of lenses.values()) {
      const value = sent[lens.path]
      const shown = obs.values.get(lens.path)
      if (value === undefined || lens.translated || shown?._tag !== "Value") continue
      if (alike(lens.policy, shown.value, value)) shadow[lens.path] = { g: value, r: shown.value }
    }
  }
  return shadow
}

/** The id was given to another record: the old one is gone, and kept under a name of its own. */
const retire = (work: Work, side: SidePolicy, before: Link): void => {
  const old: Link = { ...before, ext: `${before.ext}@${before.incarnation ?? ""}`, rev: 0 }
  // The row of this id belongs to the new record from here on; until it is bound there is no active link in the way.
  work.put({ ...before, status: "deleted" })
  work.put(old)
  vanished(work, side, old, "its id was given to another record")
}

/** A record with a link. */
const known = (work: Work, reading: Reading, link: Link): Outcome => {
  const { obs, side } = reading
  const golden = work.golden(link.golden)
  if (golden === undefined) throw new Error(`golden record ${link.golden} was not loaded`)
  switch (link.status) {
    case "merged":
      return seen(work, reading, link, skipped(`merged into ${link.supersededBy ?? "another record"}`))
    case "deleted":
    case "unlinked":
      if (!obs.direct) {
        // Tombstone: only a reading of the record itself opens it again; a late payload does not.
        work.demand(obs, "stale")
        return left
      }
      reappeared(work, link, golden)
      break
    case "alias":
      if (work.activeLink(link.golden, link.side) !== undefined) {
        return seen(work, reading, link, skipped("alias of another record of this side"))
      }
      break
  }
  if (!matches(side.only, readOf(reading, golden))) return release(work, reading, link)
  const quarantined = fails(work, reading, golden)
  if (quarantined !== undefined) return quarantined
  return update(work, reading, link, golden.id)
}

/** Noted, not merged. */
const seen = (work: Work, { obs, side }: Reading, link: Link, outcome: Outcome): Outcome => {
  work.put({ ...unheaded(link), obsAt: work.snapshot.now, mapping: side.mapping.version, ...heads(obs) })
  return outcome
}

/** It left the filter: let go, never deleted. The link stays, nothing is pushed. */
const release = (work: Work, reading: Reading, link: Link): Outcome => {
  if (link.status !== "released") {
    work.fact("released", "left the filter", { golden: link.golden, side: link.side, ext: link.ext })
  }
  return seen(work, reading, { ...link, status: "released" }, skipped("outside the filter"))
}

const update = (work: Work, reading: Reading, link: Link, id: GoldenId): Outcome => {
  const { obs, side } = reading
  const rebased = needsRebase(side, link, obs) ? rebase(work, reading, link, id) : link
  const buried = work.golden(id)?.state === "deleted"
  if (buried || work.frozen(id, obs.side, wholeRecord) !== undefined) return late(work, reading, rebased, id)
  const before = changes(work, id)
  const merged = mergeFields(work, reading, rebased, id, false)
  const after: Link = {
    ...unheaded(merged), status: "active", obsAt: work.snapshot.now, mapping: side.mapping.version, ...heads(obs)
  }
  work.put(after)
  settleIntents(work, reading, id, after)
  if (changes(work, id) === before) return unchanged
  claimAgain(work, id, obs.side)
  work.fact("updated", "changed there", { golden: id, side: obs.side, ext: obs.ext })
  return { outcome: "updated" }
}

/** Fields of this golden record that the batch has changed, with repetition. */
const changes = (work: Work, id: GoldenId): number => work.drafts.get(id)?.writes ?? 0

/** A key that changed is added; the old one stays an alias, so that it leads to the same record (fault 65). */
const claimAgain = (work: Work, id: GoldenId, side: SidePolicy["side"]): void => {
  const draft = work.drafts.get(id)
  if (draft === undefined || !keyPaths(work.policy).some((path) => draft.changed.has(path))) return
  claimKeys(work, id, keysOf(work.policy, (path) => draft.values[path]), side)
}

/** The golden record is deleted, or a person is asked whether it shall be. */
const late = (work: Work, reading: Reading, link: Link, id: GoldenId): Outcome => {
  const { obs, side, lenses } = reading
  const edited = [...lenses.values()].some((lens) => {
    const shown = obs.values.get(lens.path)
    const base = link.shadow[lens.path]
    if (!lens.readable || shown === undefined || shown._tag === "Absent" || shown._tag === "Invalid") return false
    const raw = shown._tag === "Null" ? null : shown.value
    if (base === undefined) return raw !== null
    return !equal(lens.policy, raw, base.r) && !isOwn(work, id, obs.side, lens.path, raw)
  })
  settleIntents(work, reading, id, link)
  if (!edited) return seen(work, reading, link, unchanged)
  const open = work.frozen(id, obs.side, wholeRecord) !== undefined || survives(work, reading, link)
  // The edit is not merged and the row not known by its content: it is still an edit when the person has decided.
  work.put({ ...unheaded(link), obsAt: work.snapshot.now, mapping: side.mapping.version })
  return skipped(open ? "edited after its deletion: waits for a decision" : "its deletion is the later change")
}

const isOwn = (work: Work, id: GoldenId, side: string, path: string, raw: Pair["r"]): boolean => {
  const policy = work.side(side)?.fields.get(path)
  return policy !== undefined && work.intents(id, side).some((one) => {
    const sent = one.sent[path]
    return sent !== undefined && alike(policy, raw, sent)
  })
}

/** 1.10: another mapping says the same record in other words. A record that changed as well is merged. */
const needsRebase = (side: SidePolicy, link: Link, obs: HeldObservation): boolean =>
  link.mapping !== side.mapping.version && (obs.hash === undefined || link.hash === undefined || obs.hash === link.hash)

/** r' is what the new mapping reads; g' is golden where both agreed, else what it was. New paths start at row 8. */
const rebase = (work: Work, reading: Reading, link: Link, id: GoldenId): Link => {
  const golden = work.golden(id)
  const shadow: { [path: string]: Pair } = {}
  for (const lens of reading.lenses.values()) {
    const base = link.shadow[lens.path]
    const shown = reading.obs.values.get(lens.path)
    if (base === undefined) continue
    if (shown === undefined || shown._tag === "Absent" || shown._tag === "Invalid") {
      shadow[lens.path] = base
      continue
    }
    const now = project(lens, golden?.values[lens.path])
    const before = agreedOn(base)
    // The old pair is in the old projection: read through the new view, it is compared with what golden shows now.
    const agreed = before !== undefined && alike(lens.policy, now, project(lens, before ?? undefined))
    shadow[lens.path] = { g: agreed ? now : base.g, r: shown._tag === "Null" ? null : shown.value }
  }
  work.fact("rebased", `mapping ${link.mapping} became ${reading.side.mapping.version}`, {
    golden: id, side: link.side, ext: link.ext
  })
  return { ...link, shadow }
}
