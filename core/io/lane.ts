/** When a connection's requests leave, through p-queue: how many at once, who first, what the system's limits allow. */
import PQueue from "p-queue"
import type { QueueAddOptions } from "p-queue"
import { Clock, Effect, Schema } from "effect"
import type { Fiber, Scope } from "effect"

/** A person who waits goes first, then what changed, then the mass. */
export type Priority = "interactive" | "sync" | "backfill"
const rank: { readonly [priority in Priority]: number } = { interactive: 2, sync: 1, backfill: 0 }

/** What a system says about one of its limits, in its own unit: calls, points. */
export interface Budget {
  readonly name: string
  readonly max: number
  readonly left: number
  /** It fills steadily (a leaky bucket). */
  readonly restorePerSecond?: number
  /** It is whole again after this time (a window). */
  readonly resetsInMs?: number
}

/** What a request uses of which budget; a number: of each of them. */
export type Cost = number | { readonly [budget: string]: number }

export interface LaneOptions {
  /** Requests on their way at once. Default 4. */
  readonly concurrency?: number
  /** Share of every budget left to other apps. Default 0.2. */
  readonly reserve?: number
  /** Limits known before the first answer, and those the system never tells. */
  readonly budgets?: ReadonlyArray<Budget>
}

/**
 * What is above the reserve is used up and does not come back while one waits (a day's calls), or the system asked for
 * a longer pause than one waits for. Nothing was sent.
 */
export class Exhausted extends Schema.TaggedError<Exhausted>()("Exhausted", {
  why: Schema.String,
  retryAfterMs: Schema.Number
}) {}

export interface Lane {
  /** Runs the effect when it is its turn. Interrupted while it waits, it leaves the queue. */
  readonly run: <A, E, R>(
    effect: Effect.Effect<A, E, R>, options?: { readonly priority?: Priority; readonly cost?: Cost }
  ) => Effect.Effect<A, E | Exhausted, R>
  /** What an answer said about a limit; `answered` is the cost of its request, which is no longer on its way. */
  readonly learn: (budget: Budget, answered?: Cost) => Effect.Effect<void>
  /** Nothing starts before this long from now; longer than two minutes, nobody waits for it. */
  readonly pause: (ms: number) => Effect.Effect<void>
  /** The system refused for too many requests and does not tell its limit: fewer go, and slowly more again. */
  readonly slow: Effect.Effect<void>
  /** What is left of each budget now. */
  readonly budgets: Effect.Effect<ReadonlyArray<{ readonly name: string; readonly left: number; readonly max: number }>>
  readonly waiting: Effect.Effect<number>
}

/** `left` is less what is on its way. */
interface Bucket extends Budget {
  readonly at: number
  /** How long a window is: the longest that was told. */
  readonly period: number
}

interface Ticket {
  readonly cost: Cost
  release: () => void
}

export const makeLane = (options: LaneOptions = {}): Effect.Effect<Lane, never, Scope.Scope> =>
  Effect.gen(function*() {
    const clock = yield* Clock.Clock
    const context = yield* Effect.context<never>()
    const gate = new Gate(options.reserve ?? 0.2, () => clock.currentTimeMillisUnsafe(), options.budgets ?? [])
    const line = lineOf(gate)
    const queue = new PQueue<Waiting, Place>({ concurrency: options.concurrency ?? 4, queueClass: line.Waiting })
    let alarm: Fiber.Fiber<void> | undefined
    let alarmAt = Infinity
    /** Starts what may start; otherwise looks again when the first in line can be paid. */
    const look = (): void => {
      line.turnAway()
      const at = line.opensAt()
      if (at === undefined || at <= gate.now()) { queue.pause(); queue.start(); return }
      if (at === Infinity || (alarm !== undefined && alarmAt <= at)) return
      alarm?.interruptUnsafe()
      alarmAt = at
      const wait = Math.max(1, Math.ceil(at - gate.now()))
      alarm = Effect.runForkWith(context)(Effect.andThen(Effect.sleep(wait), Effect.sync(() => {
        alarm = undefined
        alarmAt = Infinity
        look()
      })))
    }
    yield* Effect.addFinalizer(() => Effect.sync(() => { alarm?.interruptUnsafe(); queue.clear() }))
    return {
      run: (effect, { cost = 1, priority = "sync" } = {}) => Effect.suspend(() => {
        const ticket: Ticket = { cost, release: () => undefined }
        const controller = new AbortController()
        const leave = Effect.sync(() => { controller.abort(); ticket.release(); look() })
        const turn = Effect.callback<void, Exhausted>((resume) => {
          queue.add(() => new Promise<void>((done) => {
            gate.enter(ticket)
            ticket.release = () => { gate.leave(ticket); done() }
            resume(Effect.void)
          }), {
            priority: rank[priority], signal: controller.signal, cost,
            refuse: (why) => { resume(Effect.fail(why)) }
          }).catch(() => undefined)
          look()
        })
        return Effect.ensuring(Effect.andThen(turn, effect), leave)
      }),
      learn: (budget, answered) => Effect.sync(() => { gate.learn(budget, answered ?? {}); look() }),
      pause: (ms) => Effect.sync(() => { gate.pause(ms); look() }),
      slow: Effect.sync(() => { gate.slow(); look() }),
      budgets: Effect.sync(() => gate.state()),
      waiting: Effect.sync(() => line.length())
    }
  })

/** What may be spent now. */
class Gate {
  readonly now: () => number
  readonly #reserve: number
  readonly #buckets = new Map<string, Bucket>()
  readonly #running = new Set<Ticket>()
  readonly #pace = new Pace()
  #closedUntil = -Infinity
  constructor(reserve: number, now: () => number, budgets: ReadonlyArray<Budget>) {
    this.#reserve = Math.min(Math.max(reserve, 0), 0.95)
    this.now = now
    for (const budget of budgets) this.learn(budget, {})
  }
  pause(ms: number): void {
    this.#closedUntil = Math.max(this.#closedUntil, this.now() + ms)
  }
  slow(): void {
    this.#pace.refused(this.now())
  }
  learn(budget: Budget, answered: Cost): void {
    let onTheWay = -costOf(answered, budget.name)
    for (const ticket of this.#running) onTheWay += costOf(ticket.cost, budget.name)
    this.#buckets.set(budget.name, {
      ...budget, left: budget.left - Math.max(0, onTheWay), at: this.now(),
      period: Math.max(budget.resetsInMs ?? 0, this.#buckets.get(budget.name)?.period ?? 0)
    })
  }
  enter(ticket: Ticket): void {
    const now = this.now()
    this.#pace.started(now)
    this.#running.add(ticket)
    for (const bucket of [...this.#buckets.values()]) {
      const left = this.#level(bucket) - costOf(ticket.cost, bucket.name)
      const rest = bucket.resetsInMs === undefined ? undefined : bucket.at + bucket.resetsInMs - now
      this.#buckets.set(bucket.name, { ...bucket, left, at: now,
        // A window that passed begins anew.
        ...(rest === undefined ? {} : { resetsInMs: rest > 0 ? rest : bucket.period }) })
    }
  }
  leave(ticket: Ticket): void {
    this.#running.delete(ticket)
  }
  #level(bucket: Bucket): number {
    const passed = this.now() - bucket.at
    if (bucket.resetsInMs !== undefined && passed >= bucket.resetsInMs) return bucket.max
    return Math.min(bucket.max, bucket.left + (bucket.restorePerSecond ?? 0) * passed / 1_000)
  }
  /** What is missing of it before this can be paid. */
  #missing(bucket: Bucket, cost: Cost): number {
    const wanted = costOf(cost, bucket.name)
    // What costs more than there ever is above the reserve goes when the budget is whole.
    return wanted === 0 ? 0 : Math.min(bucket.max, bucket.max * this.#reserve + wanted) - this.#level(bucket)
  }
  canExhaust(): boolean {
    if (this.#closedUntil - this.now() > patienceMs) return true
    for (const bucket of this.#buckets.values()) if (!fills(bucket)) return true
    return false
  }
  /** Why this is not worth waiting for. A budget that does not fill is looked at again after a while. */
  exhausted(cost: Cost): Exhausted | undefined {
    const pauseMs = this.#closedUntil - this.now()
    if (pauseMs > patienceMs) return new Exhausted({ why: "it asked for a longer pause", retryAfterMs: pauseMs })
    for (const bucket of this.#buckets.values()) {
      const restMs = bucket.at + staleMs - this.now()
      if (restMs <= 0 || fills(bucket) || this.#missing(bucket, cost) <= 0) continue
      return new Exhausted({ why: `of the budget "${bucket.name}" only what is left to other apps is left`,
        retryAfterMs: restMs })
    }
    return undefined
  }
  /** The first time at which this can be paid; now or earlier: at once. */
  opensAt(cost: Cost): number {
    let at = Math.max(this.#closedUntil, this.#pace.next(this.now()))
    for (const bucket of this.#buckets.values()) {
      const missing = this.#missing(bucket, cost)
      if (missing > 0) at = Math.max(at, this.#restored(bucket, missing))
    }
    return at
  }
  #restored(bucket: Bucket, missing: number): number {
    if (bucket.resetsInMs !== undefined) return Math.max(bucket.at + bucket.resetsInMs, this.now() + 1)
    const { restorePerSecond = 0 } = bucket
    return fills(bucket) ? this.now() + Math.ceil(missing / restorePerSecond * 1_000) : this.now()
  }
  state(): ReadonlyArray<{ readonly name: string; readonly left: number; readonly max: number }> {
    return [...this.#buckets.values()].map((one) => ({ name: one.name, left: this.#level(one), max: one.max }))
  }
}

const observedMs = 10_000
const recoveryMs = 30_000
const quietMs = 120_000

/**
 * Requests a second where the limit is not told. A refusal shows it: at 70 % of what went before, rising to 95 %
 * within half a minute. After two quiet minutes it feels its way up, twice as fast every two minutes: what was seen at
 * the first refusal may have been far below the limit.
 */
class Pace {
  #starts: Array<number> = []
  #limit: { readonly perSecond: number; readonly at: number } | undefined
  started(now: number): void {
    this.#starts.push(now)
    const first = this.#starts[0]
    if (first !== undefined && first <= now - 2 * observedMs) this.#starts = this.#recent(now)
  }
  #recent(now: number): Array<number> {
    return this.#starts.filter((at) => at > now - observedMs)
  }
  refused(now: number): void {
    // The requests that left together are refused together.
    if (this.#limit !== undefined && now - this.#limit.at < 1_000) return
    const recent = this.#recent(now)
    const seconds = Math.max(1, (now - (recent[0] ?? now)) / 1_000)
    const seen = recent.length / seconds
    this.#limit = { perSecond: Math.max(1, Math.min(seen, this.#perSecond(now))), at: now }
  }
  #perSecond(now: number): number {
    if (this.#limit === undefined) return Infinity
    const passed = now - this.#limit.at
    const share = 0.7 + 0.25 * Math.min(1, passed / recoveryMs)
    return this.#limit.perSecond * share * 2 ** (Math.max(0, passed - quietMs) / quietMs)
  }
  next(now: number): number {
    const last = this.#starts.at(-1)
    return this.#limit === undefined || last === undefined ? now : last + Math.ceil(1_000 / this.#perSecond(now))
  }
}

/** Nobody waits longer for a pause. */
const patienceMs = 120_000
/** After this long it is asked once whether a budget that does not fill is back. */
const staleMs = 900_000

const fills = ({ resetsInMs, restorePerSecond = 0 }: Budget): boolean =>
  resetsInMs !== undefined || restorePerSecond > 0

const costOf = (cost: Cost, budget: string): number => typeof cost === "number" ? cost : cost[budget] ?? 0

interface Waiter {
  readonly id: string | undefined
  readonly run: () => Promise<unknown>
  readonly cost: Cost
  readonly refuse: (why: Exhausted) => void
}
interface Place extends QueueAddOptions {
  readonly cost?: Cost
  readonly refuse?: (why: Exhausted) => void
}

/** Who waits, in order. To p-queue it is empty while the first in line cannot be paid: nobody overtakes on a budget. */
const lineOf = (gate: Gate) => {
  const lines = [0, 1, 2].map((): Array<Waiter> => [])
  const first = (): Array<Waiter> | undefined => lines.findLast((waiters) => waiters.length > 0)
  const length = (): number => lines.reduce((sum, waiters) => sum + waiters.length, 0)
  const opensAt = (): number | undefined => {
    const next = first()?.[0]
    if (next === undefined) return undefined
    return gate.exhausted(next.cost) === undefined ? gate.opensAt(next.cost) : Infinity
  }
  return {
    length,
    opensAt,
    /** Those who would wait in vain. Refused, they leave the queue themselves. */
    turnAway: (): void => {
      if (!gate.canExhaust()) return
      for (const waiters of lines) {
        for (const { cost, refuse } of waiters) {
          const why = gate.exhausted(cost)
          if (why !== undefined) refuse(why)
        }
      }
    },
    Waiting: class implements Waiting {
      get size(): number {
        const at = opensAt()
        return at !== undefined && at <= gate.now() ? length() : 0
      }
      enqueue(run: () => Promise<unknown>, options: Partial<Place> = {}): void {
        lines[options.priority ?? 0]?.push({ id: options.id, run, cost: options.cost ?? 1,
          refuse: options.refuse ?? (() => undefined) })
      }
      dequeue(): (() => Promise<unknown>) | undefined {
        return first()?.shift()?.run
      }
      remove(id: string): void {
        for (const waiters of lines) {
          const at = waiters.findIndex((one) => one.id === id)
          if (at >= 0) waiters.splice(at, 1)
        }
      }
      filter(options: Partial<Place>): Array<() => Promise<unknown>> {
        return (lines[options.priority ?? 0] ?? []).map((one) => one.run)
      }
      setPriority(): void {
        throw new Error("a place in the lane is kept")
      }
    }
  }
}

interface Waiting {
  readonly size: number
  readonly enqueue: (run: () => Promise<unknown>, options?: Partial<Place>) => void
  readonly dequeue: () => (() => Promise<unknown>) | undefined
  readonly remove: (id: string) => void
  readonly filter: (options: Partial<Place>) => Array<() => Promise<unknown>>
  readonly setPriority: (id: string, priority: number) => void
}
