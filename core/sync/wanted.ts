/** What must be loaded before a batch can be planned. */
import type { Policy } from "./policy.ts"
import type { Observation, Snapshot, Wanted } from "./snapshot.ts"

/**
 * Keys made of references (inventory by its variant and location) are known only once the references are resolved:
 * where `Wanted.again` is true, load, and ask again with the `references` of that snapshot.
 */
export const wanted = (
  policy: Policy, _batch: ReadonlyArray<Observation>, _references?: Snapshot["references"]
): Wanted & { readonly again: boolean } => ({
  entity: policy.entity.name, records: [], goldens: [], keys: [], references: [], again: false
})
