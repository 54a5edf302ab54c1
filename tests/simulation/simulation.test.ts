/** A thousand histories, and those that once broke a law. */
import { describe as suite, expect, it } from "vitest"
import { describe, play } from "./history.ts"
import { regressions } from "./seeds.ts"

const count = 1000
/** Every so many histories one is played twice (P9). */
const twice = 50

const broken = (seed: number): ReadonlyArray<string> => {
  const ended = play(seed)
  return ended.violations.length === 0
    ? []
    : [`seed ${seed} (replay: npm run simulate -- --seed ${seed})\n${describe(ended)}`]
}

suite("simulation", () => {
  it(`breaks no law in ${count} histories`, { timeout: 300_000 }, () => {
    const failed: Array<string> = []
    for (let seed = 1; seed <= count; seed++) failed.push(...broken(seed))
    expect(failed).toEqual([])
  })

  it.runIf(regressions.length > 0)("breaks no law in the histories that once did", { timeout: 60_000 }, () => {
    expect(regressions.flatMap((one) => broken(one.seed))).toEqual([])
  })

  it("goes the same way twice, byte for byte (P9)", { timeout: 60_000 }, () => {
    for (let seed = 1; seed <= count; seed += twice) {
      const [one, other] = [play(seed), play(seed)]
      expect(one.log.join("\n")).toBe(other.log.join("\n"))
      expect(one.dump).toBe(other.dump)
    }
  })
})
