/** A batch of observations against what the hub knows (SEMANTICS 1.4). */
import type { Policy } from "./policy.ts"
import type { Observation, Plan, Snapshot } from "./snapshot.ts"

export const plan = (_policy: Policy, _snapshot: Snapshot, _batch: ReadonlyArray<Observation>): Plan => {
  throw new Error("not yet")
}
