/** The external ids that a batch of pushes refers to, by one query. */
import { Effect } from "effect"
import { HubStore } from "../hub/store.ts"
import type { StoreError } from "../hub/store.ts"
import { outwardWanted } from "../sync/index.ts"
import type { Address, Outward } from "../sync/push.ts"
import type { Place, Sync } from "./project.ts"

export const outwardOf = Effect.fnUntraced(function*(
  sync: Sync, place: Place, addresses: ReadonlyArray<Address>
): Effect.fn.Return<Outward, StoreError, HubStore> {
  const asked = new Map<string, { readonly entity: string; readonly resource: string; readonly golden: string }>()
  for (const address of addresses) {
    for (const one of outwardWanted(sync.policy, place.side, address)) {
      asked.set(`${one.entity}|${one.resource}|${one.golden}`, one)
    }
  }
  if (asked.size === 0) return new Map()
  const store = yield* HubStore
  return yield* store.outward(place.connection, [...asked.values()])
})
