/** The work of one push at one place: what is claimed, kept and given back. */
import { Clock, Effect } from "effect"
import type { ConnectorError } from "../connector/errors.ts"
import { HubStore } from "../hub/store.ts"
import type { Claimed, Lease, StoreError } from "../hub/store.ts"
import type { GoldenId } from "../sync/state.ts"
import type { Courier, CourierOf, Send } from "./courier.ts"
import type { Dispatch } from "./job.ts"
import type { Place, Sync } from "./project.ts"
import type { Run } from "./run.ts"

export type PushError = ConnectorError | StoreError

export interface Pushing {
  readonly courier?: CourierOf
  /** Only these goldens (scope, apply). */
  readonly only?: ReadonlyArray<GoldenId>
  /** Only golden records of this window (backfill). */
  readonly within?: string
  /** `show`: says what a brake would hold, and holds nothing. Default `hold`. */
  readonly brake?: "hold" | "show" | "off"
  /** Decides at the last moment whether a decided push may go: `apply` sends exactly what was shown. */
  readonly allow?: (parcel: { readonly address: Claimed; readonly push: Send; readonly hash: string }) => true | string
}

export interface Sendable {
  readonly address: Claimed
  readonly push: Send
}

export interface Work {
  readonly run: Run
  readonly sync: Sync
  readonly place: Place
  readonly courier: Courier
  readonly pushing: Pushing
  /** The place was read to its end once: only then is a record that is not linked certainly not there. */
  readonly known: boolean
  /** The connection failed: nothing more is sent. */
  stopped: boolean
  /** Taken up and not sent: their leases keep them from being taken up again before this push ends. */
  readonly kept: Set<Claimed>
  /** How often an address was taken up in this push: a fault must not spin. */
  readonly met: Map<GoldenId, number>
  /** Sent without a reference to break a cycle, once. */
  readonly broken: Set<GoldenId>
  /** Addresses that are taken up at once as long as long writes come of them; 0: as many as usual. */
  long: number
  /** Records that may still be written (`--limit`). */
  left: number
}

export const claim = Effect.fnUntraced(function*(work: Work, parked: boolean, only?: ReadonlyArray<GoldenId>) {
  const { run, sync, place, pushing } = work
  const store = yield* HubStore
  const now = yield* Clock.currentTimeMillis
  const goldens = only ?? pushing.only
  return yield* store.claim(sync.entity.name, place.side, {
    owner: run.owner,
    now,
    leaseMs: run.leaseMs,
    // A long write is taken up again whole.
    limit: Math.min(Math.max(run.claim, only?.length ?? 0, work.long), work.left),
    ...(goldens === undefined ? {} : { only: goldens }),
    ...(pushing.within === undefined ? {} : { within: pushing.within }),
    ...(parked ? { parked } : {})
  })
})

export const giveBack = Effect.fnUntraced(function*(addresses: ReadonlySet<Claimed>) {
  const store = yield* HubStore
  for (const [lease, goldens] of byLease(addresses)) yield* Effect.ignore(store.release(goldens, lease))
})

/** What a long write needs while it lasts. */
export const keeping = (
  store: HubStore["Service"], work: Work, call: string, parcels: ReadonlyArray<Sendable>
): Pick<Dispatch, "handed" | "renew"> => ({
  handed: (handle) => store.job(call, handle),
  renew: Effect.gen(function*() {
    const now = yield* Clock.currentTimeMillis
    for (const [lease, goldens] of byLease(parcels.map((one) => one.address))) {
      yield* store.renew(goldens, lease, now + work.run.leaseMs)
    }
  })
})

const byLease = (addresses: Iterable<Claimed>): ReadonlyMap<Lease, ReadonlyArray<GoldenId>> => {
  const groups = new Map<string, { readonly lease: Lease; readonly goldens: Array<GoldenId> }>()
  for (const { due, lease } of addresses) {
    const known = groups.get(`${lease.owner}|${lease.epoch}`)
    if (known === undefined) groups.set(`${lease.owner}|${lease.epoch}`, { lease, goldens: [due.golden] })
    else known.goldens.push(due.golden)
  }
  return new Map([...groups.values()].map((group) => [group.lease, group.goldens]))
}
