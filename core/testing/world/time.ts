/** Virtual time: everything that waits, waits here, so that a history is one thread and runs the same every time. */
import { Clock, Duration, Effect } from "effect"
import type { Fiber, Scheduler , Exit } from "effect"
import type { HubTime } from "../../model/value.ts"

interface Timer {
  readonly at: HubTime
  readonly seq: number
  readonly run: () => void
  cancelled: boolean
}

/** 2026-03-01: any day will do, as long as it is always the same. */
const dawn: HubTime = 1772323200000

export class Time {
  now: HubTime = dawn
  private readonly heap: Array<Timer> = []
  private seq = 0
  private ready: Array<() => void> = []

  after(ms: number, run: () => void): Timer {
    const timer: Timer = { at: this.now + Math.max(0, ms), seq: this.seq++, run, cancelled: false }
    this.heap.push(timer)
    this.up(this.heap.length - 1)
    return timer
  }

  /** Runs as soon as the present task is over, before time moves. */
  soon(task: () => void): void {
    this.ready.push(task)
  }

  /** Everything that can happen without time passing. */
  drain(): void {
    while (this.ready.length > 0) {
      const tasks = this.ready
      this.ready = []
      for (const task of tasks) task()
    }
  }

  /** Moves to the next timer and runs it; false when nothing is left to wait for, or not before `limit`. */
  step(limit: HubTime = Infinity): boolean {
    this.drain()
    for (;;) {
      const next = this.heap[0]
      if (next === undefined || (!next.cancelled && next.at > limit)) return false
      this.pop()
      if (next.cancelled) continue
      this.now = Math.max(this.now, next.at)
      next.run()
      this.drain()
      return true
    }
  }

  /** Lets time pass until then. */
  until(limit: HubTime): void {
    while (this.step(limit)) { /* the next one */ }
    this.now = Math.max(this.now, limit)
  }

  private up(from: number): void {
    const heap = this.heap
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!before(heap[at], heap[parent])) return
      swap(heap, at, parent)
      at = parent
    }
  }

  private pop(): void {
    const heap = this.heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    heap[0] = last
    let at = 0
    for (;;) {
      const left = at * 2 + 1
      const right = left + 1
      let least = at
      if (left < heap.length && before(heap[left], heap[least])) least = left
      if (right < heap.length && before(heap[right], heap[least])) least = right
      if (least === at) return
      swap(heap, at, least)
      at = least
    }
  }
}

const before = (a: Timer | undefined, b: Timer | undefined): boolean =>
  a !== undefined && b !== undefined && (a.at < b.at || (a.at === b.at && a.seq < b.seq))

const swap = (heap: Array<Timer>, a: number, b: number): void => {
  const one = heap[a]
  const two = heap[b]
  if (one === undefined || two === undefined) return
  heap[a] = two
  heap[b] = one
}

/**
 * A process: fibers that share a fate. Killed, none of them ever takes another step and no finalizer runs, as after
 * kill -9; what it had sent is still under way.
 */
export class Process {
  readonly name: string
  alive = true
  /** Asked whenever the process wakes up at one of its yields: true kills it there. */
  dies: () => boolean = () => false
  private readonly time: Time
  private readonly scheduler: Scheduler.Scheduler
  private readonly clock: Clock.Clock

  constructor(name: string, time: Time) {
    this.name = name
    this.time = time
    const guarded = (task: () => void) => () => {
      if (this.alive) task()
    }
    const dispatcher: Scheduler.SchedulerDispatcher = {
      scheduleTask: (task) => time.soon(guarded(task)),
      flush: () => time.drain()
    }
    this.scheduler = { executionMode: "async", shouldYield: () => false, makeDispatcher: () => dispatcher }
    const nanos = (): bigint => BigInt(time.now) * 1000000n
    this.clock = {
      currentTimeMillisUnsafe: () => time.now,
      currentTimeMillis: Effect.sync(() => time.now),
      currentTimeNanosUnsafe: nanos,
      currentTimeNanos: Effect.sync(nanos),
      monotonicTimeNanosUnsafe: nanos,
      monotonicTimeNanos: Effect.sync(nanos),
      sleep: (duration) => this.sleep(Duration.toMillis(duration))
    }
  }

  kill(): void {
    this.alive = false
  }

  /** Starts an effect; `done` hears how it ended, never when the process was killed. */
  start<A, E>(effect: Effect.Effect<A, E>, done: (exit: Exit.Exit<A, E>) => void): Fiber.Fiber<A, E> {
    const fiber = Effect.runFork(Effect.provideService(effect, Clock.Clock, this.clock), { scheduler: this.scheduler })
    fiber.addObserver((exit) => {
      if (this.alive) done(exit)
    })
    return fiber
  }

  private sleep(ms: number): Effect.Effect<void> {
    return Effect.callback<void>((resume) => {
      const timer = this.time.after(ms, () => {
        if (!this.alive) return
        if (this.dies()) return this.kill()
        resume(Effect.void)
      })
      return Effect.sync(() => {
        timer.cancelled = true
      })
    })
  }
}
