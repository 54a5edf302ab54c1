/** Opens the hub of a config for a command. */
import { existsSync } from "node:fs"
import { Effect, Layer } from "effect"
import { Ids } from "../core/hub/ids.ts"
import { memory } from "../core/hub/memory.ts"
import type { HubStore } from "../core/hub/store.ts"
import type { Arguments } from "./arguments.ts"
import { load } from "./config.ts"
import type { Loaded } from "./config.ts"
import { Stopped } from "./failure.ts"

export type Hub = HubStore | Ids

/** The file is made if there is none. */
export const hubOf = (_file: string): Layer.Layer<Hub> => Layer.provideMerge(memory(), Ids.random)

/** A command that only looks: without a hub there is nothing to show. */
export const looking = <A, E>(args: Arguments, look: (loaded: Loaded) => Effect.Effect<A, E, Hub>) =>
  Effect.gen(function*() {
    const loaded = yield* load(args)
    if (!existsSync(loaded.hub)) {
      return yield* new Stopped({ message: `there is no hub at ${loaded.hub} yet: run esl sync first` })
    }
    return yield* Effect.provide(look(loaded), hubOf(loaded.hub))
  })
