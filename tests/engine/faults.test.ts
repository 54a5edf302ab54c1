/** Crashes, lost answers, moved records: nothing lost, nothing doubled, and a next pass that is quiet. */
import { Effect, Exit, Fiber } from "effect"
import { describe, expect, it } from "vitest"
import { pass } from "../../core/engine/pass.ts"
import type { Store } from "./rig.ts"
import { Rig, writes } from "./rig.ts"

/** A store that ends the world after so many calls: the process dies between two steps. */
const mortal = (store: Store, calls: number): Store => {
  let left = calls
  const dying = <A extends object>(target: A): A =>
    new Proxy(target, {
      get: (on, name, self) => {
        const method: unknown = Reflect.get(on, name, self)
        if (typeof method === "object" && method !== null) return dying(method)
        if (typeof method !== "function") return method
        return (...args: ReadonlyArray<unknown>): unknown => {
          const result: unknown = Reflect.apply(method, on, args)
          return Effect.isEffect(result) ? Effect.suspend(() => left-- > 0 ? result : Effect.interrupt) : result
        }
      }
    })
  return dying(store)
}

const fatal = (rig: Rig, calls: number) =>
  rig.world.run(Effect.provide(pass(rig.project, { retries: 0 }), rig.layer({ store: mortal(rig.store, calls) })))

describe("a process that dies", () => {
  it("between any two steps loses nothing and doubles nothing", () => {
    let survived = false
    for (let calls = 1; !survived; calls++) {
      const creates = (["upsert", "idempotent", "marker", "once"] as const)[calls % 4] ?? "once"
      const rig = new Rig({ erp: { batch: 2, page: 2 }, shop: { batch: 2, page: 2, creates } })
      for (const n of [1, 2, 3]) rig.erp.create("DEBTOR", { ...rig.ada, EMAIL: `p${n}@example.com` })
      rig.shop.create("customers", rig.grace)
      survived = Exit.isSuccess(fatal(rig, calls))
      // Leases and locks of the dead end, lost creates may be looked for.
      rig.later()
      rig.sync()
      rig.later()
      rig.calm()
      expect(rig.debtors().map((row) => row["EMAIL"]).sort(), `after ${calls} calls`)
        .toEqual(["grace@example.com", "p1@example.com", "p2@example.com", "p3@example.com"])
      expect(rig.buyers().map((row) => row["mail"]).sort(), `after ${calls} calls`)
        .toEqual(["grace@example.com", "p1@example.com", "p2@example.com", "p3@example.com"])
      expect(calls).toBeLessThan(500)
    }
  })

  it("keeps edits that were made while it was dead", () => {
    for (let calls = 1; calls < 60; calls += 2) {
      const rig = new Rig()
      const id = rig.erp.create("DEBTOR", rig.ada)
      rig.sync()
      rig.erp.edit("DEBTOR", id, { NNAME: "King" })
      fatal(rig, calls)
      const there = rig.buyers()[0]?.id ?? ""
      rig.shop.edit("customers", there, { state: "blocked" })
      rig.later()
      rig.calm()
      expect(rig.debtors()[0], `after ${calls} calls`).toMatchObject({ NNAME: "King", GESPERRT: "J" })
      expect(rig.buyers()[0], `after ${calls} calls`).toMatchObject({ last: "King", state: "blocked" })
    }
  })
})

describe("an answer that is lost", () => {
  it.each(["upsert", "idempotent", "marker"] as const)("makes no twin where creates are %s", (creates) => {
    const rig = new Rig({ shop: { creates, lostAnswer: 1 } })
    rig.erp.create("DEBTOR", rig.ada)
    rig.sync()
    rig.shop.knobs = { ...rig.shop.knobs, lostAnswer: 0 }
    for (let round = 0; round < 3; round++) {
      rig.later()
      rig.sync()
    }
    expect(rig.buyers()).toHaveLength(1)
    expect(writes(rig.sync())).toBe(0)
  })

  it("leaves a create to a complete listing where nothing else can tell", () => {
    const rig = new Rig({ shop: { creates: "once", lostRequest: 1 } })
    rig.erp.create("DEBTOR", rig.ada)
    rig.sync()
    rig.shop.knobs = { ...rig.shop.knobs, lostRequest: 0 }
    // Too early: the request may still arrive.
    expect(writes(rig.sync())).toBe(0)
    rig.later()
    rig.sync()
    expect(rig.buyers()).toHaveLength(1)
  })

  it("makes no twin where nothing else can tell and the create had landed", () => {
    const rig = new Rig({ shop: { creates: "once", lostAnswer: 1 } })
    rig.erp.create("DEBTOR", rig.ada)
    rig.sync()
    rig.shop.knobs = { ...rig.shop.knobs, lostAnswer: 0 }
    rig.later()
    rig.calm()
    expect(rig.buyers()).toHaveLength(1)
  })
})

describe("a record that moved", () => {
  it("is merged before it is written, whatever guards it", () => {
    for (const guard of ["values", "version", "reread", "none"] as const) {
      const rig = new Rig({ shop: { guard } })
      const id = rig.erp.create("DEBTOR", rig.ada)
      rig.sync()
      const there = rig.buyers()[0]?.id ?? ""
      rig.erp.edit("DEBTOR", id, { NNAME: "King" })
      // Between the reading of the shop and the writing to it.
      const program = Effect.gen(function*() {
        const fiber = yield* Effect.forkChild(pass(rig.project))
        yield* Effect.sleep(250)
        rig.shop.edit("customers", there, { last: "Byron" })
        return yield* Fiber.join(fiber)
      })
      rig.run(program)
      rig.calm()
      const [here] = rig.debtors()
      expect(here?.["NNAME"], guard).toBe(rig.buyers()[0]?.["last"])
    }
  })
})
