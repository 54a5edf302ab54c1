/** The hub's store as a simulated process meets it: every call takes time, and a process may die before or after it. */
import { Effect } from "effect"
import type { HubStore } from "../../core/hub/store.ts"
import type { Random } from "../../core/testing/world.ts"
import type { Oracle } from "./oracle.ts"

type Store = HubStore["Service"]

/** Longest time that a call of the store takes, in each direction. */
const callMs = 20

/**
 * `inner` is what outlives processes. What it has committed, the oracle hears: at that moment, whether or not the
 * process lives to hear of it.
 */
export const remote = (inner: Store, oracle: Oracle, random: Random): Store => {
  const leg = Effect.suspend(() => Effect.sleep(random.below(callMs)))
  const far = <A, E>(call: () => Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.andThen(leg, Effect.flatMap(Effect.suspend(call), (answer) => Effect.as(leg, answer)))
  const told: Partial<Store> = {
    commit: (plan, extra) => far(() =>
      Effect.tap(inner.commit(plan, extra), () => Effect.sync(() => oracle.committed(plan)))),
    intend: (attempt, now) => far(() =>
      Effect.tap(inner.intend(attempt, now), () => Effect.sync(() => oracle.intended(attempt.intents)))),
    acknowledge: (acks, extra) => far(() => Effect.tap(inner.acknowledge(acks, extra), (refused) => Effect.sync(() => {
      for (const ack of acks) {
        const { golden, side } = ack.address
        if (!refused.some((one) => one.golden === golden && one.side === side)) oracle.acknowledged(ack.result)
      }
    })))
  }
  return wrapped(inner, told, far)
}

/** Every other method as it is, with its two legs; streams are left alone. */
const wrapped = <A extends object>(
  inner: A, told: Partial<A>, far: <B, E>(call: () => Effect.Effect<B, E>) => Effect.Effect<B, E>
): A => {
  const made: { [name: string]: unknown } = {}
  for (const [name, method] of Object.entries(inner)) {
    if (typeof method === "function") {
      made[name] = (...given: ReadonlyArray<unknown>) => {
        if (name === "facts") return method(...given)
        return far((): Effect.Effect<unknown> => method(...given))
      }
    } else if (isPlain(method)) made[name] = far(() => method)
    else if (typeof method === "object" && method !== null) made[name] = wrapped(method, {}, far)
  }
  // Built from the very methods of `inner`, so it has its type; TypeScript cannot see through the loop.
  return { ...made, ...told } as A
}

/** An effect without arguments, such as `dump` in some stores. */
const isPlain = (method: unknown): method is Effect.Effect<unknown> => Effect.isEffect(method)
