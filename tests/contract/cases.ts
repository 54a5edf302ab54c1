/** The contract suite in vitest: one test a case; a skip says why. */
import { Effect } from "effect"
import { describe, it } from "vitest"
import { contract } from "../../core/testing/contract.ts"
import type { Subject } from "../../core/testing/contract.ts"

export const contractOf = (subject: Subject): void => {
  describe(subject.name, () => {
    for (const one of contract(subject)) {
      it(one.name, async ({ skip }) => {
        if ("skip" in one) skip(one.skip)
        else await Effect.runPromise(one.run)
      }, 60_000)
    }
  })
}
