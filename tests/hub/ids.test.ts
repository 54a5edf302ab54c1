import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Ids } from "../../core/hub/ids.ts"

const uuidv7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const now = 1_790_000_000_000

describe("ids", () => {
  it.effect("are UUIDv7 of the given time, rising, also when the clock steps back", () =>
    Effect.gen(function*() {
      const ids = yield* Ids
      const taken = [...ids.take(now, 5000), ...ids.take(now - 3_600_000, 500), ...ids.take(now + 1, 500)]
      for (const id of taken) assert.match(id, uuidv7)
      assert.deepEqual(taken, [...new Set(taken)].sort())
      assert.strictEqual(parseInt(taken[0]?.replaceAll("-", "").slice(0, 12) ?? "", 16), now)
      assert.strictEqual(parseInt(taken.at(-1)?.replaceAll("-", "").slice(0, 12) ?? "", 16), now + 1)
    }).pipe(Effect.provide(Ids.random)))

  it.effect("are the same for the same seed, and differ for another", () =>
    Effect.gen(function*() {
      const take = (seed: number) =>
        Effect.map(Ids, (ids) => ids.take(now, 50)).pipe(Effect.provide(Ids.seeded(seed)))
      assert.deepEqual(yield* take(7), yield* take(7))
      assert.notDeepEqual(yield* take(7), yield* take(8))
    }))
})
