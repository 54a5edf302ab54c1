/** Who a record is (SEMANTICS 1.6): link, then pins, then keys. */
import type { MatchKey, Read } from "../model/entity.ts"
import type { Policy } from "./policy.ts"

/** The keys a record is recognised by, in the order of the policy's `match`. */
export const keysOf = (policy: Policy, read: Read): ReadonlyArray<MatchKey> => {
  const found: Array<MatchKey> = []
  for (const kind of policy.match) {
    const offered = policy.entity.keys.find((one) => one.kind === kind)
    for (const value of offered?.of(read) ?? []) found.push({ kind, value })
  }
  return found
}
