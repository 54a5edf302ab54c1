/** A portal and an open connection to it: what the connector's tests start from. */
import { Clock, Effect, Exit, Stream } from "effect"
import { expect } from "vitest"
import { hubspot } from "../../../connectors/hubspot/index.ts"
import type { HubspotConnection, HubspotOptions } from "../../../connectors/hubspot/index.ts"
import { hubspotSandbox } from "../../../connectors/hubspot/sandbox/index.ts"
import type { HubspotSandbox, HubspotSandboxOptions } from "../../../connectors/hubspot/sandbox/index.ts"
import type { Change, Cursor, Outcome, Page, ReadOptions, Resource, Seen, Session } from "../../../core/connector/connector.ts"
import type { ConnectorError } from "../../../core/connector/errors.ts"
import { secret } from "../../../core/connector/secret.ts"
import { StageTime } from "../../../core/testing/contract.ts"
import type { Patch, Record_ } from "../../../core/mapping/mapping.ts"
import { company, contact, order, product } from "../../../mappings/hubspot/index.ts"

process.env["HUBSPOT_SANDBOX_TOKEN"] = "sandbox-token"

export interface World {
  readonly sandbox: HubspotSandbox
  readonly connection: HubspotConnection
  readonly session: Session
  readonly resource: (name: "contacts" | "companies" | "products" | "orders") => Resource
}

export const columns: { readonly [name: string]: ReadonlyArray<string> } = {
  contacts: contact.columns, companies: company.columns, products: product.columns, orders: order.columns
}

interface Given {
  readonly sandbox?: HubspotSandboxOptions
  readonly hubspot?: Partial<HubspotOptions>
  readonly readOnly?: boolean
  /** Waiting is free: the clock jumps to whoever waits. */
  readonly hurried?: boolean
  /** Default true: the group and the unique property are there. */
  readonly setUp?: boolean
}

/** The sandbox is stopped and its violations are none, whatever the test did. */
export const opened = async (
  given: Given, work: (world: World) => Effect.Effect<void, unknown>
): Promise<void> => {
  const sandbox = await hubspotSandbox({ rates: false, ...given.sandbox })
  const connection = hubspot("crm", { token: secret("HUBSPOT_SANDBOX_TOKEN"), url: sandbox.url(), lag: 0,
    searches: 1_000, tenSeconds: 10_000, consent: { subscriptions: { marketing: "1001" } }, ...given.hubspot })
  connection.contacts.as(contact)
  connection.companies.as(company)
  connection.products.as(product)
  connection.orders.as(order)
  const exit = await Effect.runPromiseExit(Effect.scoped(Effect.gen(function*() {
    const session = yield* connection.open({ readOnly: given.readOnly === true })
    const steps = given.setUp === false || session.setup === undefined ? [] : yield* session.setup
    for (const { apply } of steps) yield* apply ?? Effect.void
    sandbox.forget()
    yield* work({ sandbox, connection, session, resource: (name) => session.resource(name) })
  })).pipe(given.hurried === true ? hurried(sandbox)
    : Effect.updateService(Clock.Clock, (clock) => movedBy(clock, () => sandbox.now() - Date.now()))))
  await sandbox.stop()
  if (Exit.isFailure(exit)) await Effect.runPromise(exit)
  expect(sandbox.violations).toEqual([])
}

const hurried = (sandbox: HubspotSandbox) => <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> => {
  const time = new StageTime()
  time.follow((ms) => { sandbox.advance(ms) })
  return time.run(work)
}

/** Our clock goes with the sandbox's, however far a test moves it. */
export const movedBy = (clock: Clock.Clock, by: () => number): Clock.Clock => ({
  currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe() + by(),
  currentTimeMillis: Effect.map(clock.currentTimeMillis, (ms) => ms + by()),
  currentTimeNanosUnsafe: () => clock.currentTimeNanosUnsafe() + BigInt(by()) * 1_000_000n,
  currentTimeNanos: Effect.map(clock.currentTimeNanos, (nanos) => nanos + BigInt(by()) * 1_000_000n),
  monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
  monotonicTimeNanos: clock.monotonicTimeNanos,
  sleep: (duration) => clock.sleep(duration)
})

/** Mapped columns of the resource, unless others are asked for. */
export const pages = (
  resource: Resource, since?: Cursor, options: Partial<ReadOptions> = {}
): Effect.Effect<ReadonlyArray<Page>, ConnectorError> =>
  Stream.runCollect(resource.reader.changes(since, { columns: columns[resource.name] ?? [], ...options }))

export const lastOf = (read: ReadonlyArray<Page>): Cursor => read.at(-1)?.next ?? null

export const seenIn = (read: ReadonlyArray<Page>): ReadonlyArray<Seen> => read.flatMap(({ seen }) => seen)

export const heldIn = (read: ReadonlyArray<Page>): ReadonlyMap<string, Record_> =>
  new Map(seenIn(read).flatMap((one) => one._tag === "Held" ? [[one.id, one.record] as const] : []))

let attempts = 0
const head = () => ({ attempt: `attempt-${++attempts}`, idempotencyKey: `key-${attempts}` })

export const create = (marker: string, patch: Patch): Change => ({ ...head(), op: "create", marker, patch: () => patch })

export const update = (
  id: string, patch: Patch | ((into: Record_) => Patch), holds: (record: Record_) => boolean = () => true
): Change => ({ ...head(), op: "update", id, patch: typeof patch === "function" ? patch : () => patch, expect: { holds } })

export const remove = (id: string): Change =>
  ({ ...head(), op: "remove", id, how: "archive", expect: { holds: () => true } })

export const write = (
  resource: Resource, ...changes: ReadonlyArray<Change>
): Effect.Effect<ReadonlyArray<Outcome>, unknown> =>
  resource.writer === undefined ? Effect.fail("read-only") : resource.writer.write(changes, Effect.void)
