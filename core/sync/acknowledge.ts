/** What an answer of a system changes (R6). */
import type { Outcome } from "../connector/connector.ts"
import type { HubTime, Obs, Path } from "../model/value.ts"
import type { Policy } from "./policy.ts"
import type { Acknowledged, Address, Push } from "./push.ts"
import type { Side } from "./state.ts"

/** The record as the system showed it after the write, already through the mapping. */
export interface After {
  readonly values: ReadonlyMap<Path, Obs>
  readonly hash?: string
  readonly version?: string
  readonly stamp?: string
  readonly incarnation?: string
  /** Child resource → golden element → key of the row that was made for it. */
  readonly elements?: { readonly [resource: string]: { readonly [element: string]: string } }
  readonly readAt: HubTime
}

export interface Answer {
  readonly address: Address
  readonly push: Push & { readonly do: "create" | "update" | "remove" }
  readonly outcome: Outcome
  /** The last moment at which the request can have left. */
  readonly sentAt: HubTime
  readonly now: HubTime
  readonly run: string
  readonly attempt: string
  readonly after?: After
}

export const acknowledge = (_policy: Policy, _side: Side, _answer: Answer): Acknowledged => {
  throw new Error("not yet")
}
