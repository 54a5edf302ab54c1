/** One held observation on its way into the hub: what its fields say, in the hub's own terms. */
import type { Read } from "../model/entity.ts"
import type { Path, Value } from "../model/value.ts"
import { timing } from "./evidence.ts"
import type { Timing } from "./evidence.ts"
import { expand, lensesOf } from "./lens.ts"
import type { Lens } from "./lens.ts"
import type { SidePolicy } from "./policy.ts"
import type { Observation } from "./snapshot.ts"
import type { ExtId, Side } from "./state.ts"
import { translate } from "./translate.ts"
import { linkKey } from "./work.ts"
import type { Work } from "./work.ts"

export type HeldObservation = Observation & { readonly _tag: "Held" }

/** A parent that has no golden record yet. */
export interface Missing {
  readonly path: Path
  readonly side: Side
  readonly ext: ExtId
}

export interface Reading {
  readonly obs: HeldObservation
  readonly side: SidePolicy
  readonly lenses: ReadonlyMap<Path, Lens>
  readonly times: Timing
  /** Values whose references were replaced, by path; fields without references are not in it. */
  readonly resolved: ReadonlyMap<Path, Value>
  readonly missing: ReadonlyArray<Missing>
}

const nothing: ReadonlyMap<Path, Value> = new Map()

export const reading = (work: Work, side: SidePolicy, obs: HeldObservation): Reading => {
  const lenses = lensesOf(work.policy, side)
  const times = timing(work.readAt(obs.readAt), obs.stamp)
  let resolved: Map<Path, Value> | undefined
  const missing: Array<Missing> = []
  for (const lens of lenses.values()) {
    if (lens.pointers.length === 0) continue
    const shown = obs.values.get(lens.path)
    if (shown?._tag !== "Value") continue
    const one = translate(lens, shown.value, (pointer, id) => reference(work, pointer.entity, pointer.side, id))
    for (const { pointer, id } of one.missing) missing.push({ path: lens.path, side: pointer.side, ext: id })
    resolved ??= new Map()
    resolved.set(lens.path, one.value)
  }
  return { obs, side, lenses, times, resolved: resolved ?? nothing, missing }
}

/** A parent of the same entity may have been born earlier in this very batch. */
const reference = (work: Work, entity: string, side: Side, ext: ExtId): string | undefined => {
  const loaded = work.snapshot.references.get(`${entity}|${linkKey(side, ext)}`)
  if (loaded !== undefined || entity !== work.policy.entity.name) return loaded
  return work.link(side, ext)?.golden
}

type Values = { readonly [path: Path]: Value }

/** The record in canonical values; what it does not say is golden's where there is a golden record. */
export const readOf = (reading: Reading, golden: { readonly values: Values } | undefined): Read => (path) => {
  const shown = reading.obs.values.get(path)
  const lens = reading.lenses.get(path)
  if (shown === undefined || lens === undefined || shown._tag === "Absent" || shown._tag === "Invalid") {
    return golden?.values[path]
  }
  if (shown._tag === "Null") return undefined
  return expand(lens, reading.resolved.get(path) ?? shown.value, golden?.values[path]) ?? undefined
}
