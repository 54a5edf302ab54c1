/** From the answers of single requests to the outcomes of a write call: a failure does not hide what others did. */
import { Effect } from "effect"
import type { Lost } from "./api.ts"
import type { Change, Fenced, Outcome } from "./connector.ts"
import type { ConnectorError } from "./errors.ts"

type Failure = ConnectorError | Lost | Fenced

/**
 * Runs each change by itself, so many at once. A refusal is that change's outcome alone. The call fails only if no
 * change got through; otherwise the rest comes again, and the failure with it.
 */
export const each = (
  changes: ReadonlyArray<Change>, concurrency: number, write: (change: Change) => Effect.Effect<Outcome, Failure>
): Effect.Effect<ReadonlyArray<Outcome>, ConnectorError | Fenced> => Effect.gen(function*() {
  let failed: ConnectorError | Fenced | undefined
  let failedAt = -1
  const outcomes = yield* Effect.forEach(changes, (change, at) => Effect.suspend((): Effect.Effect<Outcome> =>
    // Nothing more is sent once the connection has failed.
    failed !== undefined ? Effect.succeed({ did: "unsent" }) : Effect.catch(write(change), (failure) => {
      const outcome = outcomeOf(failure)
      if (outcome.did !== "refused" && failure._tag !== "Lost" && failed === undefined) {
        failed = failure
        failedAt = at
      }
      return Effect.succeed(outcome)
    })), { concurrency })
  const told = outcomes.some(({ did }, at) => did !== "unsent" && at !== failedAt)
  return failed === undefined || told ? outcomes : yield* failed
})

/** What one failed request says about its record. */
export const outcomeOf = (failure: Failure): Outcome => {
  if (failure._tag === "Lost") return { did: "unknown" }
  if (failure._tag === "Fenced") return { did: "unsent" }
  const { reason } = failure
  switch (reason._tag) {
    case "Refused": return { did: "refused", cause: reason.message }
    case "Malformed": return { did: "unknown" }
    case "RateLimited": case "Unauthorized": case "Stale": case "Unavailable": return { did: "unsent" }
  }
}
