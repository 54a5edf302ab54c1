/** The time of a case: real, but it can be moved, and a wait ends early when nothing else happens. */
import { Clock, Duration, Effect } from "effect"

/** A longer wait may be the time-out of a request that is under way: it gets real time to be answered first. */
const shortMs = 5_000
const quietMs = 3
const patientMs = 2_000

interface Sleeper {
  readonly until: number
  readonly wake: () => void
}

export class StageTime {
  #moved = 0
  readonly #followers: Array<(ms: number) => void> = []
  readonly #sleepers = new Set<Sleeper>()
  #timer: NodeJS.Timeout | undefined

  /** Milliseconds since 1970. */
  now(): number {
    return Date.now() + this.#moved
  }

  /** Whoever has a clock of his own moves along. */
  follow(move: (ms: number) => void): void {
    this.#followers.push(move)
  }

  advance(ms: number): void {
    this.#moved += ms
    for (const follow of this.#followers) follow(ms)
    this.#wake()
  }

  /** Runs work on this clock. */
  run<A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return Effect.flatMap(Clock.Clock, (real) => {
      const nanos = (): bigint => BigInt(this.now()) * 1_000_000n
      const clock: Clock.Clock = {
        currentTimeMillisUnsafe: () => this.now(),
        currentTimeMillis: Effect.sync(() => this.now()),
        currentTimeNanosUnsafe: nanos,
        currentTimeNanos: Effect.sync(nanos),
        monotonicTimeNanosUnsafe: () => real.monotonicTimeNanosUnsafe(),
        monotonicTimeNanos: real.monotonicTimeNanos,
        sleep: (duration) => this.#sleep(Duration.toMillis(duration))
      }
      return Effect.provideService(work, Clock.Clock, clock)
    })
  }

  #sleep(ms: number): Effect.Effect<void> {
    return Effect.callback<void>((resume) => {
      const sleeper: Sleeper = { until: this.now() + ms, wake: () => { resume(Effect.void) } }
      this.#sleepers.add(sleeper)
      this.#arm()
      return Effect.sync(() => {
        this.#sleepers.delete(sleeper)
        this.#arm()
      })
    })
  }

  #wake(): void {
    const now = this.now()
    const due = [...this.#sleepers].filter((one) => one.until <= now).sort((a, b) => a.until - b.until)
    for (const one of due) {
      this.#sleepers.delete(one)
      one.wake()
    }
    this.#arm()
  }

  /** When nobody has slept anew or woken up for a moment, the clock jumps to the next who wants to. */
  #arm(): void {
    clearTimeout(this.#timer)
    const next = Math.min(...[...this.#sleepers].map((one) => one.until))
    if (!Number.isFinite(next)) return
    const wait = next - this.now() <= shortMs ? quietMs : patientMs
    this.#timer = setTimeout(() => { this.advance(Math.max(0, next - this.now())) }, wait)
  }
}
