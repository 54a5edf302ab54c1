/** Long writes: submitted once, their handle durable before anything else, and asked for until they are done. */
import { Effect } from "effect"
import type { Change, Fenced, JobHandle, Outcome, Writer } from "../connector/connector.ts"
import { ConnectorError, Unavailable } from "../connector/errors.ts"
import type { LeaseLost, StoreError } from "../hub/store.ts"

type Job = NonNullable<Writer["job"]>

/** What a write call needs of the hub while it is under way. */
export interface Dispatch {
  readonly fence: Effect.Effect<void, Fenced>
  readonly handed: (handle: JobHandle) => Effect.Effect<void, StoreError>
  /** Keeps the leases: a long write outlives them. */
  readonly renew: Effect.Effect<void, LeaseLost | StoreError>
}

const firstPauseMs = 1_000
const longestPauseMs = 30_000

export const longWrite = Effect.fnUntraced(function*(
  job: Job, changes: ReadonlyArray<Change>, dispatch: Dispatch
): Effect.fn.Return<ReadonlyArray<Outcome>, ConnectorError | Fenced | StoreError> {
  yield* dispatch.fence
  const handle = yield* job.submit(changes)
  yield* dispatch.handed(handle)
  return yield* Effect.mapError(awaited(job, handle, changes.length, dispatch), underWay)
})

/** Handed over, it may be done whatever keeps us from asking: never certainly unsent. */
const underWay = <E>(error: E): E | ConnectorError =>
  error instanceof ConnectorError && error.reason._tag !== "Malformed"
    ? new ConnectorError({ connection: error.connection, operation: error.operation,
      reason: new Unavailable({ message: error.reason.message }) })
    : error

/** Also after a restart, from the handle. */
export const awaited = Effect.fnUntraced(function*(
  job: Job, handle: JobHandle, changes: number, dispatch: Pick<Dispatch, "renew">
): Effect.fn.Return<ReadonlyArray<Outcome>, ConnectorError | StoreError> {
  for (let pauseMs = firstPauseMs;; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const answer = yield* job.poll(handle)
    if (answer !== "running") return answer
    yield* Effect.sleep(pauseMs)
    const mine = yield* dispatch.renew.pipe(Effect.as(true), Effect.catchTag("LeaseLost", () => Effect.succeed(false)))
    // Somebody else goes on with this work: what became of it is read.
    if (!mine) return Array.from({ length: changes }, () => ({ did: "unknown" }) as const)
  }
})
