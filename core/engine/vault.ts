/** The tokens of connections, sealed inside the hub. A dry run keeps them in the real one: its copy is thrown away. */
import { hostname } from "node:os"
import { Clock, Context, Effect, Layer, Schema } from "effect"
import type { Scope } from "effect"
import { ConnectorError, Unauthorized, Unavailable } from "../connector/errors.ts"
import type { Reason } from "../connector/errors.ts"
import type { Vault } from "../connector/vault.ts"
import type { HubKey } from "../hub/key.ts"
import { seal, unseal } from "../hub/seal.ts"
import type { HubStore, StoreError } from "../hub/store.ts"

/** What `Systems` hands to every connection it opens; absent where there is no hub to keep tokens in. */
export const Tokens = Context.Reference<Vault | undefined>("esl/engine/Tokens", { defaultValue: () => undefined })

export interface Keeping {
  /** The hub that lasts; `undefined` while there is none, and a grant that can be had again needs none. */
  readonly hub: (make: boolean) => Effect.Effect<HubStore["Service"] | undefined, StoreError>
  readonly key: Effect.Effect<HubKey, StoreError>
}

/** Opens hub and key when a connection first needs them, once. */
export const vaultLayer = (keeping: Effect.Effect<Keeping, never, Scope.Scope>): Layer.Layer<never> =>
  Layer.effect(Tokens, Effect.map(keeping, vaultOver))

const SealedGrant = Schema.fromJsonString(Schema.Struct({
  accessToken: Schema.String,
  accessExpires: Schema.optionalKey(Schema.Number),
  refreshToken: Schema.optionalKey(Schema.String),
  refreshExpires: Schema.optionalKey(Schema.Number),
  instance: Schema.optionalKey(Schema.String)
}))

/** Longer than asking for a token takes with all its tries; a dead process of this machine frees it at once. */
const leaseMs = 120_000
const waitMs = 100

let owners = 0

export const vaultOver = ({ hub, key }: Keeping): Vault => {
  const failed = (connection: string, reason: Reason) =>
    new ConnectorError({ connection, operation: "tokens", reason })
  const kept = <A>(connection: string, work: Effect.Effect<A, StoreError>): Effect.Effect<A, ConnectorError> =>
    Effect.mapError(work, (error) => failed(connection, new Unavailable({ message: error.message.replace(/\.$/, "") })))
  const place = (connection: string): string => `tokens of ${connection}`
  return {
    load: (connection) => Effect.gen(function*() {
      const store = yield* kept(connection, hub(false))
      const sealed = store === undefined ? undefined : (yield* kept(connection, store.connection(connection)))?.tokens
      if (sealed === undefined) return undefined
      const opened = unseal(yield* kept(connection, key), place(connection), sealed)
      if ("why" in opened) {
        return yield* failed(connection, new Unauthorized({ needsAuth: true, message: opened.why === "another key"
          ? "its tokens were sealed with another key: give ESL_KEY or the key file of this hub back"
          : "its sealed tokens are damaged" }))
      }
      return yield* Effect.orDie(Schema.decodeEffect(SealedGrant)(opened.text))
    }),
    save: (connection, grant) => Effect.gen(function*() {
      const store = yield* kept(connection, hub(grant.refreshToken !== undefined))
      if (store === undefined) return
      const tokens = seal(yield* kept(connection, key), place(connection), JSON.stringify(grant))
      yield* kept(connection, store.saveConnection({ connection, tokens }))
    }),
    alone: (connection, work) => Effect.gen(function*() {
      const store = yield* kept(connection, hub(false))
      if (store === undefined) return yield* work
      const owner = `tokens ${process.pid}-${++owners}@${hostname()}`
      return yield* Effect.uninterruptibleMask((restore) =>
        restore(kept(connection, waiting(store, place(connection), owner))).pipe(
          Effect.andThen(restore(work)),
          Effect.ensuring(Effect.ignore(store.unlock(place(connection), owner)))))
    })
  }
}

/** Until whoever is at it has done it; the lease bounds the wait. */
const waiting = (
  store: HubStore["Service"], name: string, owner: string
): Effect.Effect<void, StoreError> => Effect.flatMap(Clock.currentTimeMillis, (from) => {
  const attempt: Effect.Effect<void, StoreError> = Effect.flatMap(Clock.currentTimeMillis, (now) =>
    Effect.catch(store.lock(name, owner, now, leaseMs), (error) =>
      error.reason._tag === "Busy" && now - from < leaseMs
        ? Effect.andThen(Effect.sleep(waitMs), attempt) : Effect.fail(error)))
  return attempt
})
