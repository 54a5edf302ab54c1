/** What `esl check` learns about a connection beyond "it answers", and what `esl setup` makes there. */
import type { Effect } from "effect"
import type { ConnectorError } from "./errors.ts"

export interface Health {
  /** The API version in use and when the vendor stops answering it (RFC 3339 date). */
  readonly version?: { readonly used: string; readonly endOfLife?: string }
  /** Permissions the token lacks, and what cannot be done without them. */
  readonly missing: ReadonlyArray<{ readonly scope: string; readonly for: string }>
  /** What is left of the vendor's budgets, in the vendor's unit (calls, points). */
  readonly limits: ReadonlyArray<{ readonly name: string; readonly left?: number; readonly max?: number }>
  /** A refresh token or secret that ends: RFC 3339. `check` warns before it does. */
  readonly expires?: { readonly what: string; readonly at: string }
  /** What a write may set off there that cannot be switched off (mails, flows, duplicate rules), one sentence each. */
  readonly sideEffects: ReadonlyArray<string>
  /** Other things to know, e.g. an opt-out that this system cannot hold. */
  readonly notes: ReadonlyArray<string>
  /** When this connector was last run against a real account of the vendor; `never` until someone has. */
  readonly proved: string
}

/** One thing that ESL needs in the system: an external-id field, a webhook subscription. */
export interface SetupStep {
  /** A sentence: `the unique property esl_id on contacts`. */
  readonly what: string
  readonly state: "present" | "absent" | "different"
  /** Why it is needed, or how it differs. */
  readonly why: string
  /** Makes it; absent where only a person can, and `why` says how. */
  readonly apply?: Effect.Effect<void, ConnectorError>
}
