import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Ids } from "../../core/hub/ids.ts"
import { MemoryState, memoryStore } from "../../core/hub/memory.ts"
import { storeContract } from "./contract.ts"
import { batch, births, claiming, hint } from "./records.ts"

const on = (state: MemoryState) => Effect.map(Ids, (ids) => memoryStore(state, ids)).pipe(Effect.provide(Ids.seeded(1)))

storeContract({
  name: "memory",
  open: Effect.suspend(() => {
    const state = new MemoryState()
    return Effect.all([on(state), on(state)])
  })
})

describe("memory: crashes", () => {
  it.effect("a power cut takes nothing that was committed", () => Effect.gen(function*() {
    const state = new MemoryState()
    const hub = yield* on(state)
    for (const n of [1, 2, 3]) {
      yield* hub.commit(births(n), batch)
      const before = yield* hub.dump()
      state.crash()
      assert.strictEqual(yield* (yield* on(state)).dump(), before)
    }
  }))

  it.effect("a store that does not flush every commit loses whole commits, back to the last flush", () =>
    Effect.gen(function*() {
      const state = new MemoryState({ flushEvery: 3 })
      const hub = yield* on(state)
      yield* hub.commit(births(1), batch)
      yield* hub.commit(births(2), batch)
      yield* hub.inbox.put([hint("1")])
      const flushed = yield* hub.dump()
      yield* hub.commit(births(3), batch)
      yield* hub.inbox.take("erp.KUNDEN", 9, batch.now)
      state.crash()
      assert.strictEqual(yield* hub.dump(), flushed)
      yield* hub.commit(births(3), batch)
    }))

  it.effect("a power cut may take bookkeeping back, unless a commit came after it", () => Effect.gen(function*() {
    const state = new MemoryState()
    const hub = yield* on(state)
    yield* hub.commit(births(1), batch)
    yield* hub.lock("customer", "a", batch.now, 1_000)
    yield* hub.commit(births(2), batch)
    const flushed = yield* hub.dump()
    const claimed = yield* hub.claim("customer", "shop.customers", claiming)
    assert.strictEqual(claimed.length, 2)
    yield* hub.unlock("customer", "a")
    state.crash()
    assert.strictEqual(yield* hub.dump(), flushed)
  }))

  it.effect("a copy goes its own way", () => Effect.gen(function*() {
    const state = new MemoryState()
    const hub = yield* on(state)
    yield* hub.commit(births(1), batch)
    const before = yield* hub.dump()
    const copy = yield* on(state.copy())
    assert.strictEqual(yield* copy.dump(), before)
    yield* copy.commit(births(2), batch)
    assert.strictEqual(yield* hub.dump(), before)
  }))
})
