/** One promise of a connector, and how it is put to the test. */
import type { Effect } from "effect"
import type { ConnectorError } from "../../connector/errors.ts"
import type { Ability } from "./subject.ts"
import type { ContractBreach, Trial } from "./trial.ts"

export interface Promised {
  readonly name: string
  /** One sentence for the docs. */
  readonly says: string
  /** Known faults of other people's connectors that it looks for, by their name in `traps`. */
  readonly traps?: ReadonlyArray<Trap>
  readonly needs: ReadonlyArray<Ability>
  readonly run: (trial: Trial) => Effect.Effect<void, ContractBreach | ConnectorError>
}

export type Trap = keyof typeof traps

/** What went wrong in connectors before this one; every one of them has a law that looks for it. */
export const traps = {
  "equal-stamps": "more records with one time stamp than a page holds",
  "late-rows": "rows that become visible behind the cursor",
  "search-lag": "a search index that knows a change later",
  "resume": "an interrupted read that goes on after a record was updated",
  "empty-window": "a bookmark that advances to now when nothing was read",
  "webhook-order": "webhooks doubled, reordered, missing, or before the record",
  "twins-in-batch": "two rows of one key in one batch",
  "ok-with-errors": "an answer that says 200 and holds errors",
  "throttle-forms": "a throttle that looks like something else",
  "token-rotation": "a crash between receiving and storing a rotated token",
  "list-replacement": "a list that is replaced by what was sent",
  "remote-merge": "records merged under our feet",
  "deletion-log-gap": "a deletion log shorter than our absence",
  "two-formats": "one value in two formats from two endpoints",
  "fields-come-and-go": "custom fields added and removed during a run",
  "read-only-fields": "read-only and conditionally required fields",
  "decimals": "currencies with no and with three decimals",
  "late-sales": "sales that arrive days after they were made",
  "row-locks": "row locks of sibling writes",
  "echo": "our own write coming back through webhook and poll"
} as const
