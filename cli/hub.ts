/** Opens the hub of a config for a command. */
import { existsSync } from "node:fs"
import { Effect, Layer, Scope } from "effect"
import { vaultLayer } from "../core/engine/index.ts"
import type { Copy } from "../core/engine/index.ts"
import { Ids } from "../core/hub/ids.ts"
import { copyOf } from "../core/hub/copy.ts"
import { hubKey, keyVariable } from "../core/hub/key.ts"
import { openStore, sqlite } from "../core/hub/sqlite.ts"
import type { HubStore, StoreError } from "../core/hub/store.ts"
import type { Arguments } from "./arguments.ts"
import { load } from "./config.ts"
import type { Loaded } from "./config.ts"
import { Stopped } from "./failure.ts"

export type Hub = HubStore | Ids

/** The file is made if there is none. */
export const hubOf = (file: string): Layer.Layer<Hub, StoreError> =>
  Layer.merge(Layer.provideMerge(sqlite(file), Ids.random), tokensIn(file))

/** For a dry run, which makes no file either: without a hub it begins with an empty one. */
export const hubToCopy = (file: string): Layer.Layer<Hub, StoreError> =>
  Layer.merge(Layer.provideMerge(sqlite(existsSync(file) ? file : ":memory:"), Ids.random), tokensIn(file))

/**
 * Tokens are kept in this file through a handle of their own, whatever hub the command works on: what a dry run renews
 * would be lost with its copy. The file is made for tokens that nobody could ask for again.
 */
export const tokensIn = (file: string): Layer.Layer<never> => vaultLayer(Effect.gen(function*() {
  const scope = yield* Scope.Scope
  const ids = yield* Effect.provide(Ids, Ids.random)
  let opened: HubStore["Service"] | undefined
  return {
    hub: (make) => Effect.suspend(() => opened !== undefined || (!make && !existsSync(file)) ? Effect.succeed(opened)
      : Effect.map(Scope.provide(openStore(file, ids), scope), (store) => opened = store)),
    key: yield* Effect.cached(hubKey(file, process.env[keyVariable]))
  }
}))

/** Makes throw-away copies of this hub. */
export const copier = (file: string): Effect.Effect<Copy, never, Ids> => Effect.map(Ids, (ids) =>
  Effect.flatMap(copyOf(file), (copy) => openStore(copy, ids, { throwaway: true })))

/** A command that only looks: without a hub there is nothing to show. */
export const looking = <A, E>(args: Arguments, look: (loaded: Loaded) => Effect.Effect<A, E, Hub>) =>
  Effect.gen(function*() {
    const loaded = yield* load(args)
    if (!existsSync(loaded.hub)) {
      return yield* new Stopped({ message: `there is no hub at ${loaded.hub} yet: run esl sync first` })
    }
    return yield* Effect.provide(look(loaded), hubOf(loaded.hub))
  })
