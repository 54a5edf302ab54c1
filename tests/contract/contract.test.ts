/** The contract suite itself: a good connector passes it, and each case catches the connector that breaks it. */
import { Effect, Result } from "effect"
import { describe, expect, it } from "vitest"
import { contract, promises, traps } from "../../core/testing/contract.ts"
import type { Subject } from "../../core/testing/contract.ts"
import { contractOf } from "./cases.ts"
import { model } from "./model.ts"

contractOf(model())

describe("the contract suite can fail", () => {
  it.each(promises.map(({ name }) => name))("%s", async (name) => {
    const found = contract(model(name)).find((one) => one.name === name)
    if (found === undefined || "skip" in found) throw new Error(`${name} does not run`)
    const result = await Effect.runPromise(Effect.result(found.run))
    expect(Result.isFailure(result) ? result.failure.message : "it passed").not.toBe("it passed")
    if (Result.isFailure(result)) expect(result.failure.message).not.toMatch(/^it failed: (?!model: )/)
  }, 60_000)

  it("looks for every known trap", () => {
    const looked = new Set(promises.flatMap((promise) => promise.traps ?? []))
    expect(Object.keys(traps).filter((trap) => !looked.has(trap as keyof typeof traps))).toEqual([])
  })

  it("asks for a reason where a resource cannot do something", async () => {
    const subject = model()
    const mute: Subject["open"] = (given) => Effect.map(subject.open(given), ({ hooks: _, ...stage }) => stage)
    const found = contract({ ...subject, open: mute }).find((one) => one.name === "a webhook sent twice")
    if (found === undefined || "skip" in found) throw new Error("it does not run")
    const result = await Effect.runPromise(Effect.result(found.run))
    expect(Result.isFailure(result) && result.failure.message).toMatch(/neither has "webhook" nor says in `cannot` why not/)
  })
})
