/** What is due at an address, computed when it is sent. */
import type { HubTime } from "../model/value.ts"
import type { Policy } from "./policy.ts"
import type { Address, Outward, Push } from "./push.ts"
import type { Side } from "./state.ts"

export interface PushOptions {
  readonly now: HubTime
  /** A cycle of references: write without those that have no link there yet; they stay due. */
  readonly omitMissing?: boolean
}

export const pushOf = (
  _policy: Policy, _side: Side, _address: Address, _outward: Outward, _options: PushOptions
): Push => {
  throw new Error("not yet")
}

/** Golden references whose external ids a push needs. */
export const outwardWanted = (
  _policy: Policy, _side: Side, _address: Address
): ReadonlyArray<{ readonly entity: string; readonly resource: string; readonly golden: string }> => []
