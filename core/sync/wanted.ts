/** What must be loaded before a batch can be planned. */
import type { MatchKey } from "../model/entity.ts"
import { keysOfRecord, keysPoint, pinned } from "./identity.ts"
import { expand, lensesOf } from "./lens.ts"
import type { Lens } from "./lens.ts"
import type { Policy } from "./policy.ts"
import type { HeldObservation } from "./reading.ts"
import type { Observation, Snapshot, Wanted } from "./snapshot.ts"
import type { ExtId, GoldenId, Side } from "./state.ts"
import { idsIn, translate } from "./translate.ts"

/**
 * Keys made of references (inventory by its variant and location) are known only once the references are resolved:
 * where `again` is true, load, and ask again with the `references` of that snapshot.
 */
export const wanted = (
  policy: Policy, batch: ReadonlyArray<Observation>, references?: Snapshot["references"]
): Wanted & { readonly again: boolean } => {
  const records = new Map<string, { readonly side: Side; readonly ext: ExtId }>()
  const goldens = new Set<GoldenId>()
  const keys = new Map<string, MatchKey>()
  const pointed = new Map<string, Wanted["references"][number]>()
  const record = (side: Side, ext: ExtId) => records.set(`${side}|${ext}`, { side, ext })
  for (const obs of batch) {
    if (obs._tag === "Ruling") {
      goldens.add(obs.ext)
      const from = obs.from === undefined ? undefined : policy.sides.get(obs.from)
      if (from !== undefined) collectReferences(lensesOf(policy, from), obs, pointed)
      continue
    }
    record(obs.side, obs.ext)
    if (obs._tag === "Moved") record(obs.side, obs.to)
    const side = policy.sides.get(obs.side)
    if (obs._tag !== "Held" || side === undefined) continue
    for (const other of pinned(policy, obs.side, obs.ext)) record(other.side, other.ext)
    const lenses = lensesOf(policy, side)
    collectReferences(lenses, obs, pointed)
    for (const key of keysOfRecord(policy, obs, reader(lenses, obs, references))) keys.set(`${key.kind}|${key.value}`, key)
  }
  return {
    entity: policy.entity.name,
    records: [...records.values()],
    goldens: [...goldens],
    keys: [...keys.values()],
    references: [...pointed.values()],
    again: references === undefined && pointed.size > 0 && keysPoint(policy)
  }
}

type Lenses = ReadonlyMap<string, Lens>

const collectReferences = (
  lenses: Lenses, obs: Pick<HeldObservation, "values">, into: Map<string, Wanted["references"][number]>
): void => {
  for (const lens of lenses.values()) {
    if (lens.pointers.length === 0) continue
    const shown = obs.values.get(lens.path)
    if (shown?._tag !== "Value") continue
    for (const { pointer, id } of idsIn(lens, shown.value)) {
      const { entity, side, within, prefix } = pointer
      into.set(`${prefix}${id}`, { entity, side, ext: id, ...(within === undefined ? {} : { within }) })
    }
  }
}

/** A reference that is not resolved makes no key: the side's own id would mean something else elsewhere. */
const reader = (lenses: Lenses, obs: HeldObservation, references: Snapshot["references"] | undefined) => (path: string) => {
  const shown = obs.values.get(path)
  const lens = lenses.get(path)
  if (shown?._tag !== "Value" || lens === undefined) return undefined
  if (lens.pointers.length === 0) return expand(lens, shown.value, undefined) ?? undefined
  if (references === undefined) return undefined
  const { value, missing } = translate(lens, shown.value, (pointer, id) => references.get(`${pointer.prefix}${id}`))
  return missing.length > 0 ? undefined : expand(lens, value, undefined) ?? undefined
}
