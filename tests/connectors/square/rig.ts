/** A connection to a sandbox, opened for one test, and short ways to read and write through it. */
import { Clock, Effect, Stream } from "effect"
import type { Scope } from "effect"
import { square } from "../../../connectors/square/index.ts"
import type { SquareOptions } from "../../../connectors/square/index.ts"
import { squareSandbox } from "../../../connectors/square/sandbox/index.ts"
import type { SquareSandbox } from "../../../connectors/square/sandbox/index.ts"
import type {
  Change,
  Cursor,
  Fenced,
  Held,
  Outcome,
  Page,
  Seen,
  Session
} from "../../../core/connector/connector.ts"
import type { ConnectorError } from "../../../core/connector/errors.ts"
import { secret } from "../../../core/connector/secret.ts"
import type { Patch, Record_ } from "../../../core/mapping/mapping.ts"

export interface Rig {
  readonly till: SquareSandbox
  readonly run: <A, E>(work: (session: Session) => Effect.Effect<A, E, Scope.Scope>) => Promise<A>
}

export const rig = async (
  options: Parameters<typeof squareSandbox>[0] = {},
  more: Partial<SquareOptions> = {},
  readOnly = false
): Promise<Rig> => {
  const till = await squareSandbox(options)
  process.env["SQUARE_TEST_TOKEN"] = till.token
  const connection = square("till", { token: secret("SQUARE_TEST_TOKEN"), url: till.url(), ...more })
  return {
    till,
    run: (work) =>
      Effect.runPromise(
        Effect.scoped(Effect.flatMap(connection.open({ readOnly }), work)).pipe(
          Effect.updateService(Clock.Clock, (clock) => movedBy(clock, () => till.now() - Date.now()))
        )
      )
  }
}

/** The hub's clock goes with the sandbox's, however far a test moves it. */
export const movedBy = (clock: Clock.Clock, by: () => number): Clock.Clock => ({
  currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe() + by(),
  currentTimeMillis: Effect.map(clock.currentTimeMillis, (ms) => ms + by()),
  currentTimeNanosUnsafe: () => clock.currentTimeNanosUnsafe() + BigInt(by()) * 1_000_000n,
  currentTimeNanos: Effect.map(clock.currentTimeNanos, (nanos) => nanos + BigInt(by()) * 1_000_000n),
  monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
  monotonicTimeNanos: clock.monotonicTimeNanos,
  sleep: (duration) => clock.sleep(duration)
})

export const pages = (
  session: Session,
  resource: string,
  since?: Cursor,
  columns: ReadonlyArray<string> = [],
  limit?: number
) =>
  Effect.map(
    Stream.runCollect(
      session.resource(resource).reader.changes(since, { columns, ...(limit === undefined ? {} : { limit }) })
    ),
    (all): ReadonlyArray<Page> => all
  )

export const listing = (session: Session, resource: string) =>
  Effect.map(
    Stream.runCollect(session.resource(resource).reader.listing(undefined, { columns: [] })),
    (all): ReadonlyArray<Page> => all
  )

export const seenIn = (all: ReadonlyArray<Page>): ReadonlyArray<Seen> => all.flatMap((page) => page.seen)
export const heldIn = (seen: ReadonlyArray<Seen>): ReadonlyArray<Held> =>
  seen.flatMap((one) => (one._tag === "Held" ? [one] : []))

export const write = (
  session: Session,
  resource: string,
  changes: ReadonlyArray<Change>,
  fence = Effect.void as Effect.Effect<void, Fenced>
): Effect.Effect<ReadonlyArray<Outcome>, ConnectorError | Fenced> => {
  const { writer } = session.resource(resource)
  if (writer === undefined) throw new Error(`${resource} is read only`)
  return writer.write(changes, fence)
}

export const create = (key: string, patch: Patch): Change => ({
  op: "create",
  attempt: key,
  idempotencyKey: key,
  patch: () => patch
})
export const update = (id: string, patch: Patch, holds: (record: Record_) => boolean = () => true): Change => ({
  op: "update",
  id,
  attempt: `u-${id}`,
  idempotencyKey: `u-${id}`,
  patch: () => patch,
  expect: { holds }
})
export const remove = (id: string, how: "delete" | "archive" = "delete"): Change => ({
  op: "remove",
  id,
  how,
  attempt: `r-${id}`,
  idempotencyKey: `r-${id}`,
  expect: { holds: () => true }
})
