/** Law: one refused record never refuses its neighbours, and finding it costs at most 2*log2(n)+2 calls more. */
import { it } from "@effect/vitest"
import { Effect } from "effect"
import { describe, expect } from "vitest"
import { Refused } from "../../core/connector/errors.ts"
import { halve } from "../../core/connector/halve.ts"

const run = (n: number, culprits: ReadonlySet<number>) => Effect.gen(function*() {
  let calls = 0
  const written: Array<number> = []
  const results = yield* halve(Array.from({ length: n }, (_, at) => at), (part) => Effect.sync(() => {
    calls++
    if (part.some((one) => culprits.has(one))) return new Refused({ message: "no" })
    written.push(...part)
    return part.map((one) => `done ${one}`)
  }), (one) => `refused ${one}`)
  return { calls, written, results }
})

describe("halving", () => {
  it.effect("every size, every place of one culprit", () => Effect.gen(function*() {
    for (let n = 1; n <= 70; n++) {
      for (let bad = 0; bad < n; bad++) {
        const { calls, results, written } = yield* run(n, new Set([bad]))
        expect(results).toEqual(Array.from({ length: n }, (_, at) => at === bad ? `refused ${at}` : `done ${at}`))
        expect(written).toHaveLength(n - 1)
        expect(calls - 1).toBeLessThanOrEqual(2 * Math.log2(n) + 2)
      }
    }
  }))

  it.effect("several culprits: each costs at most as much", () => Effect.gen(function*() {
    for (let seed = 1; seed <= 300; seed++) {
      const n = 1 + seed * 7 % 200
      const bad = new Set(Array.from({ length: 1 + seed % 6 }, (_, at) => (seed * 31 + at * 97) % n))
      const { calls, results, written } = yield* run(n, bad)
      expect(results.map((one, at) => one === `${bad.has(at) ? "refused" : "done"} ${at}`)).not.toContain(false)
      expect(written).toHaveLength(n - bad.size)
      expect(calls - 1).toBeLessThanOrEqual(bad.size * (2 * Math.log2(n) + 2))
    }
  }))

  it.effect("nothing to send costs nothing", () => Effect.gen(function*() {
    expect((yield* run(0, new Set())).calls).toBe(0)
  }))
})
