/**
 * The contract suite: what every resource of every connector promises, as cases that any test framework can run.
 *
 * ```ts
 * for (const one of contract(subject)) {
 *   if ("skip" in one) it(one.name, ({ skip }) => skip(one.skip))
 *   else it(one.name, () => Effect.runPromise(one.run))
 * }
 * ```
 */
import { Cause, Effect, Exit, Random } from "effect"
import { failing } from "./contract/failing.ts"
import { holding } from "./contract/holding.ts"
import type { Promised } from "./contract/promise.ts"
import { reading } from "./contract/reading.ts"
import type { Ability, Subject } from "./contract/subject.ts"
import { abilities } from "./contract/subject.ts"
import { telling } from "./contract/telling.ts"
import { StageTime } from "./contract/time.ts"
import { ContractBreach, must, Trial } from "./contract/trial.ts"
import { CaseVault } from "./contract/vault.ts"
import { vanishing } from "./contract/vanishing.ts"
import { writing } from "./contract/writing.ts"

/** Every promise, in the order in which a reader of the docs meets them. */
export const promises: ReadonlyArray<Promised> = [
  ...reading, ...vanishing, ...writing, ...failing, ...telling, ...holding
]

export type Case =
  | { readonly name: string; readonly run: Effect.Effect<void, ContractBreach> }
  /** Why it is not run: the author's own words. */
  | { readonly name: string; readonly skip: string }

/** The cases of one resource. */
export const contract = (subject: Subject): ReadonlyArray<Case> => promises.map((law): Case => {
  const reason = reasonOf(subject, law)
  return reason === undefined ? { name: law.name, run: tried(subject, law) } : { name: law.name, skip: reason }
})

/** Why a law does not apply; a law needs all its abilities, the first that is missing is named. */
export const reasonOf = (subject: Subject, law: Promised): string | undefined => {
  const missing = law.needs.find((ability) => subject.cannot[ability] !== undefined)
  return missing === undefined ? undefined : subject.cannot[missing]
}

const tried = (subject: Subject, law: Promised): Effect.Effect<void, ContractBreach> => {
  const time = new StageTime()
  const vault = new CaseVault()
  const work = Effect.scoped(Effect.gen(function*() {
    const stage = yield* subject.open({ time, vault })
    if (stage.advance !== undefined) time.follow(stage.advance)
    const session = yield* stage.connection.open({ readOnly: false, vault })
    yield* law.run(new Trial(subject, stage, session, time, vault))
    const violations = stage.violations?.() ?? []
    yield* must(violations.length === 0, () => `requests that the vendor does not allow: ${violations.join("; ")}`)
  }))
  const timed = (subject.run ?? ((one) => time.run(one)))(Random.withSeed(work, law.name))
  return Effect.flatMap(Effect.exit(timed), (exit) => Exit.isSuccess(exit)
    ? Effect.void
    : Effect.fail(breachOf(Cause.squash(exit.cause))))
}

const breachOf = (error: unknown): ContractBreach => error instanceof ContractBreach ? error : new ContractBreach({
  message: error instanceof Error ? `it failed: ${error.message}${error.name === "ConnectorError" ? "" : `\n${error.stack ?? ""}`}`
    : `it failed: ${String(error)}`
})

/** What a resource can do, promise by promise. */
export interface Capability {
  readonly promise: string
  readonly says: string
  /** True, or the reason. */
  readonly holds: true | string
}

export const capabilities = (subject: Subject): ReadonlyArray<Capability> => promises.map((one) => ({
  promise: one.name, says: one.says, holds: reasonOf(subject, one) ?? true
}))

export type { Promised, Trap } from "./contract/promise.ts"
export { capabilityPage } from "./contract/page.ts"
export { traps } from "./contract/promise.ts"
export { abilities, ContractBreach, StageTime }
export type { Ability, Subject }
export type { Faults as StageFaults, Given, Hooks, Ours, People, Stage } from "./contract/subject.ts"
