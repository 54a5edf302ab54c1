/** A person's decision: an observation of the pseudo-side `hub`, with the best evidence there is (SEMANTICS 1.14). */
import { identical } from "../model/value.ts"
import { instantOf } from "../model/instant.ts"
import type { Obs, Path, Value } from "../model/value.ts"
import { close, wholeRecord } from "./conflict.ts"
import { bury, revive } from "./deletion.ts"
import { alike, expand, lensesOf, project } from "./lens.ts"
import { setField } from "./provenance.ts"
import type { Observation } from "./snapshot.ts"
import { steward, unset } from "./state.ts"
import type { Conflict, GoldenId, Link, Pair, Side, Source } from "./state.ts"
import { identifyElements, translate } from "./translate.ts"
import type { Work } from "./work.ts"

/** Absent: golden stays as it is, deleted or not. Null: cleared; for the whole record `*`: deleted. */
export const ruling = (work: Work, obs: Observation & { readonly _tag: "Ruling" }): void => {
  const golden = work.standing(obs.ext)
  if (golden === undefined) return
  for (const [path, said] of obs.values) {
    if (path === wholeRecord) ruleRecord(work, golden.id, said)
    else if (path.startsWith("key:")) settle(work, golden.id, path, () => "none")
    else ruleField(work, golden.id, path, said, obs)
  }
}

const openAt = (work: Work, golden: GoldenId, path: Path): ReadonlyArray<Conflict> =>
  [...work.open(golden)].filter((one) => one.path === path)

const settle = (
  work: Work, golden: GoldenId, path: Path, chosen: (conflict: Conflict) => Conflict["chosen"]
): ReadonlyArray<Conflict> => {
  const open = openAt(work, golden, path)
  for (const one of open) close(work, one, chosen(one), "a person decided")
  return open
}

const ruleRecord = (work: Work, id: GoldenId, said: Obs): void => {
  const remove = said._tag === "Null"
  const settled = settle(work, id, wholeRecord, () => remove ? "theirs" : "golden")
  if (remove) return bury(work, id, "delete", { side: steward, ext: id }, "a person decided")
  if (said._tag === "Value" && work.golden(id)?.state === "deleted") revive(work, id)
  const draft = work.draft(id)
  draft.changed.add(wholeRecord)
  const { now } = work.snapshot
  for (const { side } of settled) {
    const link = work.activeLink(id, side)
    // What was edited while the question was open is read now.
    if (link !== undefined) work.puts.push({ side, ext: link.ext, why: "hint", readAt: now, attempts: 0, notBefore: now })
  }
}

const ruleField = (
  work: Work, id: GoldenId, path: Path, said: Obs, obs: Observation & { readonly _tag: "Ruling" }
): void => {
  if (said._tag === "Invalid") return
  const draft = work.draft(id)
  const before = draft.values[path] ?? null
  const theirs = obs.from === undefined ? undefined : shownBy(work, id, path, said, obs.from)
  const plain = said._tag === "Absent" ? before : said._tag === "Null" ? null : said.value
  const value = theirs === undefined ? plain : theirs.value
  const source: Source = {
    side: steward,
    ext: id,
    at: instantOf(obs.readAt),
    tier: "F",
    seen: obs.readAt,
    rule: obs.pin ? "pinned by a steward" : "settled by a steward",
    run: work.snapshot.run
  }
  setField(draft, path, value, source)
  const others = draft.pinned.filter((one) => one !== path)
  draft.pinned = obs.pin ? [...others, path] : others
  const settled = settle(work, id, path, (conflict) =>
    conflict.side === obs.from ? "theirs" : chosenOf(value, conflict))
  for (const link of work.linksOf(id)) {
    const conflict = settled.find((one) => one.side === link.side)
    const own = link.status === "active" && link.side === obs.from
    const after = told(work, link, path, value, link.status === "active" ? conflict : undefined, own)
    if (own && theirs?.link !== undefined) work.put({ ...after, ...theirs.link })
    else if (after !== link) work.put(after)
  }
  work.fact("accepted", source.rule, { golden: id, side: steward, path })
}

interface Shown {
  readonly value: Value | null
  /** What the rows of a list stand for from now on. */
  readonly link?: Pick<Link, "elements" | "rows">
}

/** What a side shows, in the hub's terms: its part laid over the whole, its ids replaced by those of the hub. */
const shownBy = (work: Work, id: GoldenId, path: Path, said: Obs, from: Side): Shown | undefined => {
  const side = work.side(from)
  const lens = side === undefined ? undefined : lensesOf(work.policy, side).get(path)
  if (side === undefined || lens === undefined || said._tag === "Absent") return undefined
  const whole = work.golden(id)?.values[path]
  if (said._tag !== "Value") return { value: expand(lens, null, whole) }
  const { references } = work.snapshot
  const { value } = translate(lens, said.value, (pointer, ext) => references.get(`${pointer.prefix}${ext}`))
  const link = work.activeLink(id, from)
  const identified = identifyElements(lens, value, link?.elements?.[path], whole)
  const shown: Shown = { value: expand(lens, identified?.value ?? value, whole) }
  const { ids } = lens.field
  if (identified === undefined || ids?.kind !== "ext") return shown
  const elements = { ...link?.elements, [path]: identified.crosswalk }
  return { ...shown, link: { elements, rows: { ...link?.rows, [path]: `${side.connection}.${ids.resource}` } } }
}

const chosenOf = (value: Value | null, conflict: Conflict): Conflict["chosen"] =>
  identical(value, conflict.theirs) ? "theirs" : identical(value, conflict.mine) ? "golden" : "none"

/** The side has shown its value and golden never agreed to it (⊥): from here on it is simply not told yet. */
const told = (
  work: Work, link: Link, path: Path, value: Value | null, conflict: Conflict | undefined, own: boolean
): Link => {
  const { [path]: flips, ...otherFlips } = link.flips ?? {}
  const calm: Link = flips === undefined ? link : { ...link, flips: otherFlips }
  const side = work.side(link.side)
  const lens = side === undefined ? undefined : lensesOf(work.policy, side).get(path)
  if (conflict === undefined || lens === undefined) return calm
  const shown = project(lens, value ?? undefined)
  const agree = own || (!lens.translated && alike(lens.policy, shown, conflict.theirs))
  const pair: Pair = { g: agree ? shown : unset, r: conflict.theirs }
  return { ...calm, shadow: { ...calm.shadow, [path]: pair } }
}
