/** A shop on loopback and a connection to it, for tests. */
import { Effect } from "effect"
import type { Scope } from "effect"
import { shopify } from "../../../connectors/shopify/index.ts"
import type { ShopifyConnection, ShopifyOptions } from "../../../connectors/shopify/index.ts"
import { shopifySandbox } from "../../../connectors/shopify/sandbox/index.ts"
import type { ShopifySandbox, ShopifySandboxOptions } from "../../../connectors/shopify/sandbox/index.ts"
import type { Change, Outcome, Resource, Session } from "../../../core/connector/connector.ts"
import type { ConnectorError } from "../../../core/connector/errors.ts"
import { secret } from "../../../core/connector/secret.ts"
import type { Patch, Record_ } from "../../../core/mapping/index.ts"
import { customer, inventory, location, newOrder, product } from "../../../mappings/shopify/index.ts"

process.env["SHOPIFY_TEST_TOKEN"] = "sandbox-token"
process.env["SHOPIFY_TEST_SECRET"] = "sandbox-client-secret"

export interface Opened {
  readonly sandbox: ShopifySandbox
  readonly connection: ShopifyConnection
  readonly session: Session
  readonly resource: (name: string) => Resource
}

/** All resources through the stock mappings. */
export const opened = (
  seed: ShopifySandboxOptions["seed"], options: Partial<ShopifyOptions> = {}, more: ShopifySandboxOptions = {}
): Effect.Effect<Opened, ConnectorError, Scope.Scope> => Effect.gen(function*() {
  const sandbox = yield* Effect.acquireRelease(
    Effect.promise(() => shopifySandbox({ ...more, ...seed === undefined ? {} : { seed } })),
    (made) => Effect.promise(() => made.stop()))
  const connection = shopify("shop", { store: "sandbox", url: sandbox.url(), storage: [sandbox.url("storage")], poll: 0.01,
    token: secret("SHOPIFY_TEST_TOKEN"), webhooks: { secrets: [secret("SHOPIFY_TEST_SECRET")] }, ...options })
  connection.customers.as(customer)
  connection.products.as(product)
  connection.orders.as(newOrder)
  connection.inventoryLevels.as(inventory)
  connection.locations.as(location)
  const session = yield* connection.open({ readOnly: false })
  return { sandbox, connection, session, resource: session.resource }
})

let attempts = 0

export const update = (id: string, patch: Patch | ((into: Record_) => Patch)): Change => {
  const attempt = `attempt-${++attempts}`
  return { op: "update", id, attempt, idempotencyKey: attempt, expect: { holds: () => true },
    patch: typeof patch === "function" ? patch : () => patch }
}

export const create = (patch: Patch, marker = `marker-${++attempts}`): Change =>
  ({ op: "create", attempt: `attempt-${++attempts}`, idempotencyKey: marker, marker, patch: () => patch })

export const written = (outcome: Outcome | undefined): Extract<Outcome, { readonly did: "written" }> => {
  if (outcome?.did !== "written") throw new Error(`not written: ${JSON.stringify(outcome)}`)
  return outcome
}

export const write = (resource: Resource, ...changes: ReadonlyArray<Change>) =>
  Effect.suspend(() => {
    if (resource.writer === undefined) throw new Error("read only")
    return resource.writer.write(changes, Effect.void)
  })
