/** The lane on a clock that only the test moves. */
import { it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { describe, expect } from "vitest"
import { makeLane } from "../../core/io/lane.ts"
import type { Cost, Lane, LaneOptions, Priority } from "../../core/io/lane.ts"

/** Promises of p-queue settle in between. */
const settle = Effect.promise(() => new Promise<void>((done) => { setImmediate(done) }))
const pass = (ms: number) => Effect.andThen(TestClock.adjust(ms), settle)

const lab = (options: LaneOptions) => Effect.gen(function*() {
  const lane = yield* makeLane(options)
  const started: Array<string> = []
  const go = (name: string, ms: number, more: { priority?: Priority; cost?: Cost } = {}) =>
    Effect.andThen(Effect.sync(() => { started.push(name) }), Effect.sleep(ms)).pipe(
      (work) => lane.run(work, more), Effect.forkScoped, Effect.andThen(settle))
  return { lane, started, go }
})

describe("lane", () => {
  it.effect("lets so many run at once, and the more urgent ones first", () => Effect.gen(function*() {
    const { go, started } = yield* lab({ concurrency: 2 })
    for (const name of ["b1", "b2", "b3"]) yield* go(name, 10, { priority: "backfill" })
    yield* go("s1", 10)
    yield* go("i1", 10, { priority: "interactive" })
    expect(started).toEqual(["b1", "b2"])
    yield* pass(10)
    expect(started).toEqual(["b1", "b2", "i1", "s1"])
    yield* pass(10)
    expect(started).toEqual(["b1", "b2", "i1", "s1", "b3"])
  }))

  it.effect("spends what an answer says is left, down to the reserve, and goes on as it fills", () => Effect.gen(function*() {
    const { go, lane, started } = yield* lab({ concurrency: 10, reserve: 0.2 })
    yield* lane.learn({ name: "points", max: 1_000, left: 400, restorePerSecond: 50 })
    for (const name of ["a", "b", "c"]) yield* go(name, 0, { cost: 100 })
    expect(started).toEqual(["a", "b"])
    yield* pass(1_999)
    expect(started).toEqual(["a", "b"])
    yield* pass(1)
    expect(started).toEqual(["a", "b", "c"])
  }))

  it.effect("counts what is on its way, and takes the answer's word for what is left", () => Effect.gen(function*() {
    const { go, lane, started } = yield* lab({ concurrency: 10, reserve: 0 })
    yield* lane.learn({ name: "points", max: 100, left: 100, restorePerSecond: 1 })
    yield* go("a", 5, { cost: 60 })
    yield* go("b", 5, { cost: 60 })
    expect(started).toEqual(["a"])
    // The answer to `a`: it cost less than thought.
    yield* lane.learn({ name: "points", max: 100, left: 90, restorePerSecond: 1 }, 60)
    yield* pass(5)
    expect(started).toEqual(["a", "b"])
  }))

  it.effect("nobody overtakes on a budget: the dear one is not starved by cheap ones", () => Effect.gen(function*() {
    const { go, lane, started } = yield* lab({ concurrency: 10, reserve: 0 })
    yield* lane.learn({ name: "points", max: 100, left: 10, restorePerSecond: 10 })
    yield* go("dear", 0, { cost: 80 })
    yield* go("cheap", 0, { cost: 1 })
    expect(started).toEqual([])
    yield* pass(7_000)
    expect(started).toEqual(["dear"])
    yield* pass(1_000)
    expect(started).toEqual(["dear", "cheap"])
  }))

  it.effect("an urgent one goes before one that waits for the budget", () => Effect.gen(function*() {
    const { go, lane, started } = yield* lab({ concurrency: 10, reserve: 0 })
    yield* lane.learn({ name: "points", max: 100, left: 10, restorePerSecond: 10 })
    yield* go("dear", 0, { cost: 80, priority: "backfill" })
    yield* go("urgent", 0, { cost: 5, priority: "interactive" })
    expect(started).toEqual(["urgent"])
  }))

  it.effect("a window is spent to its reserve and then waited for", () => Effect.gen(function*() {
    const { go, started } = yield* lab({ concurrency: 10, reserve: 0.2,
      budgets: [{ name: "calls", max: 5, left: 5, resetsInMs: 10_000 }] })
    for (let n = 0; n < 9; n++) yield* go(String(n), 0)
    expect(started).toHaveLength(4)
    yield* pass(9_999)
    expect(started).toHaveLength(4)
    yield* pass(1)
    expect(started).toHaveLength(8)
    yield* pass(10_000)
    expect(started).toHaveLength(9)
  }))

  it.effect("what costs more than there ever is above the reserve goes when the budget is whole", () => Effect.gen(function*() {
    const { go, lane, started } = yield* lab({ concurrency: 10, reserve: 0.5 })
    yield* lane.learn({ name: "points", max: 100, left: 90, restorePerSecond: 1 })
    yield* go("dear", 0, { cost: 80 })
    expect(started).toEqual([])
    yield* pass(10_000)
    expect(started).toEqual(["dear"])
  }))

  it.effect("what fills while a request is on its way counts: five a second stay five a second", () => Effect.gen(function*() {
    const { go, started } = yield* lab({ concurrency: 1, reserve: 0,
      budgets: [{ name: "search", max: 1, left: 1, restorePerSecond: 5 }] })
    for (let n = 0; n < 20; n++) yield* go(String(n), 150)
    yield* pass(1_950)
    expect(started).toHaveLength(10)
  }))

  it.effect("a budget that does not fill ends in a refusal, not in waiting; later it is asked again", () => Effect.gen(function*() {
    const { lane } = yield* lab({ reserve: 0.2 })
    yield* lane.learn({ name: "calls a day", max: 100, left: 21 })
    yield* lane.run(Effect.void)
    const refused = yield* Effect.flip(lane.run(Effect.void))
    expect([refused.why, yield* lane.waiting])
      .toEqual(["of the budget \"calls a day\" only what is left to other apps is left", 0])
    yield* lane.run(Effect.void, { cost: { points: 3 } })
    yield* pass(900_000)
    yield* lane.run(Effect.void)
    yield* lane.learn({ name: "calls a day", max: 100, left: 100 }, 1)
    yield* lane.run(Effect.void)
  }))

  it.effect("a pause holds everybody, the longest one counts", () => Effect.gen(function*() {
    const { go, lane, started } = yield* lab({})
    yield* lane.pause(5_000)
    yield* lane.pause(1_000)
    yield* go("a", 0, { priority: "interactive" })
    yield* pass(4_999)
    expect(started).toEqual([])
    yield* pass(1)
    expect(started).toEqual(["a"])
  }))

  it.effect("nobody waits for a pause of hours: those in line are told, too", () => Effect.gen(function*() {
    const { lane, started } = yield* lab({ concurrency: 1 })
    const first = yield* Effect.forkScoped(lane.run(Effect.sleep(10)))
    yield* settle
    const second = yield* Effect.forkScoped(Effect.flip(lane.run(Effect.sync(() => { started.push("second") }))))
    yield* settle
    yield* lane.pause(86_400_000)
    expect((yield* Fiber.join(second)).retryAfterMs).toBe(86_400_000)
    yield* pass(10)
    yield* Fiber.join(first)
    yield* Effect.flip(lane.run(Effect.void, { priority: "interactive" }))
    yield* pass(86_400_000)
    yield* lane.run(Effect.sync(() => { started.push("next day") }))
    expect(started).toEqual(["next day"])
  }))

  it.effect("interrupted while it waits, a request leaves the queue; while it runs, it frees its place", () => Effect.gen(function*() {
    const { lane, started } = yield* lab({ concurrency: 1 })
    const work = (name: string) => lane.run(Effect.andThen(Effect.sync(() => { started.push(name) }), Effect.never))
    const first = yield* Effect.forkScoped(work("first"))
    yield* settle
    const second = yield* Effect.forkScoped(work("second"))
    yield* settle
    const third = yield* Effect.forkScoped(work("third"))
    yield* settle
    expect(yield* lane.waiting).toBe(2)
    yield* Fiber.interrupt(second)
    expect(yield* lane.waiting).toBe(1)
    yield* Fiber.interrupt(first)
    yield* settle
    expect(started).toEqual(["first", "third"])
    yield* Fiber.interrupt(third)
  }))

  it.effect("budgets of several names: each request pays those it names", () => Effect.gen(function*() {
    const { go, lane, started } = yield* lab({ concurrency: 10, reserve: 0, budgets: [
      { name: "calls", max: 100, left: 100, resetsInMs: 10_000 }, { name: "search", max: 1, left: 1, resetsInMs: 1_000 }
    ] })
    yield* go("s1", 0, { cost: { calls: 1, search: 1 } })
    yield* go("s2", 0, { cost: { calls: 1, search: 1 }, priority: "backfill" })
    yield* go("c", 0, { cost: { calls: 1 } })
    expect(started).toEqual(["s1", "c"])
    yield* pass(1_000)
    expect(started).toEqual(["s1", "c", "s2"])
    expect((yield* lane.budgets).map((one) => [one.name, one.left])).toEqual([["calls", 97], ["search", 0]])
  }))
})

/** A shop whose answers tell what is left of its points, as they were when it answered. */
const backfill = (seconds: number, latencyMs: number) => Effect.gen(function*() {
  const [max, perSecond] = [2_000, 100]
  const lane = yield* makeLane({ concurrency: 8 })
  let left = max
  let at = 0
  let spent = 0
  let lowest = max
  let refused = 0
  const request = Effect.gen(function*() {
    yield* Effect.sleep(latencyMs / 2)
    const now = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
    left = Math.min(max, left + perSecond * (now - at) / 1_000)
    at = now
    if (left >= 52) { left -= 52; spent += 52 } else refused++
    lowest = Math.min(lowest, left)
    const shown = left
    yield* Effect.sleep(latencyMs / 2)
    yield* lane.learn({ name: "points", max, left: shown, restorePerSecond: perSecond }, { points: 52 })
  })
  for (let n = 0; n < 20; n++) {
    yield* Effect.forkScoped(Effect.forever(lane.run(request, { cost: { points: 52 }, priority: "backfill" })))
  }
  for (let now = 0; now < seconds * 1_000; now += 10) yield* pass(10)
  return { refused, lowest, share: spent / (max * 0.8 + perSecond * seconds) }
})

describe("a backfill", () => {
  it.effect.each([20, 400])("uses what is above the reserve, and never the reserve (answers after %i ms)", (latencyMs) =>
    Effect.gen(function*() {
      const { lowest, refused, share } = yield* backfill(120, latencyMs)
      expect(refused).toBe(0)
      expect(lowest).toBeGreaterThanOrEqual(2_000 * 0.2 - 1)
      expect(share).toBeGreaterThan(0.9)
    }))
})

/** A till that takes `limit` requests a second and says nothing of it. */
const storm = (limit: number, seconds: number, unlucky = false) => Effect.gen(function*() {
  const lane: Lane = yield* makeLane({ concurrency: 8 })
  // Somebody else's burst: the very first request is refused.
  if (unlucky) yield* lane.run(lane.slow)
  const refusals: Array<number> = []
  let taken = 0
  let second = -1
  let inSecond = 0
  const request = Effect.gen(function*() {
    const now = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
    if (Math.floor(now / 1_000) !== second) { second = Math.floor(now / 1_000); inSecond = 0 }
    if (++inSecond > limit) { refusals.push(now); yield* lane.slow } else taken++
    yield* Effect.sleep(20)
  })
  yield* Effect.forkScoped(Effect.forever(lane.run(request)))
  for (let n = 0; n < 7; n++) yield* Effect.forkScoped(Effect.forever(lane.run(request)))
  for (let at = 0; at < seconds * 1_000; at += 50) yield* pass(50)
  return { refusals, taken }
})

describe("a limit that nobody tells", () => {
  it.effect("is found, and then refuses at most once a minute", () => Effect.gen(function*() {
    const { refusals, taken } = yield* storm(10, 240)
    const late = refusals.filter((at) => at > 60_000)
    expect(refusals.length).toBeGreaterThan(0)
    expect(late.length).toBeLessThanOrEqual(3)
    expect(taken).toBeGreaterThan(10 * 240 * 0.5)
  }))

  it.effect("is found again after a refusal that taught too little", () => Effect.gen(function*() {
    const { refusals, taken } = yield* storm(10, 900, true)
    for (let minute = 0; minute < 15; minute++) {
      const within = refusals.filter((at) => at >= minute * 60_000 && at < (minute + 1) * 60_000)
      expect(within.length).toBeLessThanOrEqual(1)
    }
    expect(taken).toBeGreaterThan(10 * 900 * 0.5)
  }))
})
