/** A clock on which waiting is free, for real requests that are tried again. */
import { Clock, Duration, Effect, Random } from "effect"

export const hour = 3_600_000
/** A clock on which waits cost nothing and are written down; the time-outs of real requests (an hour) never come. */
export const hurried = <A, E>(work: Effect.Effect<A, E>) => Effect.gen(function*() {
  const waits: Array<number> = []
  const clock: Clock.Clock = yield* Clock.Clock
  let now = 1_000_000
  const fast: Clock.Clock = {
    currentTimeMillisUnsafe: () => now,
    currentTimeMillis: Effect.sync(() => now),
    currentTimeNanosUnsafe: () => clock.currentTimeNanosUnsafe(),
    currentTimeNanos: clock.currentTimeNanos,
    monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
    monotonicTimeNanos: clock.monotonicTimeNanos,
    sleep: (duration) => Effect.suspend(() => {
      const ms = Duration.toMillis(duration)
      if (ms >= hour) return Effect.never
      waits.push(ms)
      now += ms
      return Effect.void
    })
  }
  const result = yield* Effect.result(Effect.provideService(Random.withSeed(work, "api"), Clock.Clock, fast))
  return { result, waits, took: now - 1_000_000 }
})
