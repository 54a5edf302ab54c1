/** Long writes: submitted once, asked for until done, also by the run after the one that died. */
import { Effect, Exit } from "effect"
import { describe, expect, it } from "vitest"
import type { Connection, Outcome, Session, Writer } from "../../core/connector/connector.ts"
import { pass } from "../../core/engine/pass.ts"
import type { FakeSystem } from "../../core/testing/world.ts"
import type { Store } from "./rig.ts"
import { Rig, writes } from "./rig.ts"

/** A system that takes changes as jobs and is done with one after a few questions. */
const slow = (system: FakeSystem, questions: number, seen: { submitted: number }): Connection => {
  const done = new Map<string, { left: number; readonly outcomes: ReadonlyArray<Outcome> }>()
  const withJob = (writer: Writer): Writer => ({
    ...writer,
    job: {
      submit: (changes) => Effect.map(Effect.orDie(writer.write(changes, Effect.void)), (outcomes) => {
        seen.submitted++
        const handle = `job ${done.size + 1}`
        done.set(handle, { left: questions, outcomes })
        return handle
      }),
      poll: (handle) => Effect.sync(() => {
        const job = done.get(String(handle))
        return job === undefined ? [] : job.left-- > 0 ? "running" : job.outcomes
      })
    }
  })
  const open = (options: { readonly readOnly: boolean }) => Effect.map(system.open(options), (session): Session => ({
    ...session,
    resource: (name) => {
      const { writer, ...rest } = session.resource(name)
      return { ...rest, ...(writer === undefined ? {} : { writer: withJob(writer) }) }
    }
  }))
  return { name: system.name, kind: "slow", secrets: [], open }
}

const rigged = (questions: number) => {
  const rig = new Rig({ shop: { creates: "once" } })
  const seen = { submitted: 0 }
  const connections = new Map([...rig.project.connections, ["shop", slow(rig.shop, questions, seen)]])
  return { rig, seen, project: { ...rig.project, connections } }
}

describe("a long write", () => {
  it("is submitted once and asked for until it is done, longer than any lease", () => {
    const { rig, seen, project } = rigged(12)
    rig.erp.create("DEBTOR", rig.ada)
    const exit = rig.world.run(Effect.provide(pass(project), rig.layer({ project })))
    expect(Exit.isSuccess(exit) && writes(exit.value)).toBe(1)
    expect(seen.submitted).toBe(1)
    expect(rig.buyers()).toHaveLength(1)
  })

  it("is taken up by the next run when its own died, and not sent again", () => {
    const { rig, seen, project } = rigged(3)
    rig.erp.create("DEBTOR", rig.ada)
    // Dies while it waits: the handle is durable, the answer is not.
    const store: Store = { ...rig.store, renew: () => Effect.interrupt }
    expect(Exit.isFailure(rig.world.run(Effect.provide(pass(project), rig.layer({ project, store }))))).toBe(true)
    expect(rig.state.calls.rows.size).toBe(1)
    rig.later(120_000)
    const exit = rig.world.run(Effect.provide(pass(project), rig.layer({ project })))
    expect(Exit.isSuccess(exit)).toBe(true)
    expect(seen.submitted).toBe(1)
    expect(rig.buyers()).toHaveLength(1)
    expect(rig.state.calls.rows.size).toBe(0)
  })
})
