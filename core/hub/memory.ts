/**
 * The hub in memory: the same contract as the file, for simulations and tests. `MemoryState` is what survives when the
 * process that used it dies; build another store on it to go on.
 */
import { Effect, Layer } from "effect"
import { Ids } from "./ids.ts"
import { looking } from "./memory/looking.ts"
import { reading } from "./memory/reading.ts"
import { MemoryState } from "./memory/state.ts"
import { work } from "./memory/work.ts"
import { writing } from "./memory/writing.ts"
import { service } from "./plain.ts"
import { HubStore } from "./store.ts"

export { MemoryState } from "./memory/state.ts"

/** A store on this state. */
export const memoryStore = (state: MemoryState, ids: Ids["Service"]): HubStore["Service"] =>
  service({
    ...reading(state, ids),
    ...writing(state, ids),
    ...work(state, ids),
    ...looking(state, ids)
  }, () => undefined)

/** A hub in memory; without a state it starts empty and is gone with its scope. */
export const memory = (state?: MemoryState): Layer.Layer<HubStore, never, Ids> =>
  Layer.effect(HubStore, Effect.map(Ids, (ids) => memoryStore(state ?? new MemoryState(), ids)))
