/** `esl setup`: what ESL needs inside a system, shown; with --apply, made. */
import { Effect } from "effect"
import type { SetupStep } from "../core/connector/health.ts"
import { Systems } from "../core/engine/index.ts"
import { load } from "./config.ts"
import { connectionOf } from "./connection.ts"
import { exits } from "./failure.ts"
import { hubOf, tokensIn } from "./hub.ts"
import type { Output } from "./output.ts"
import { count } from "./render.ts"
import type { Run } from "./run.ts"

type Did = SetupStep["state"] | "made" | "by hand"

export const run: Run = (args, out) => Effect.gen(function*() {
  const { hub, project } = yield* load(args)
  const connection = yield* connectionOf(project, args.rest[0] ?? "")
  const apply = args.flags.has("apply")
  return yield* Effect.gen(function*() {
    const systems = yield* Systems
    const session = yield* systems.session(connection.name)
    const steps = session.setup === undefined ? [] : yield* session.setup
    const done: Array<{ readonly what: string; readonly why: string; readonly state: Did }> = []
    for (const step of steps) {
      const state = yield* taken(step, apply)
      done.push({ what: step.what, why: step.why, state })
      out.line(`  ${mark(state, out)} ${step.what}${state === "present" || state === "made" ? "" : `: ${step.why}`}`)
    }
    out.data({ connection: connection.name, steps: done })
    summary(connection.name, done.map(({ state }) => state), out)
    return exits.done
  }).pipe(
    Effect.provide(Systems.layer(new Map([[connection.name, connection]]), { readOnly: !apply })),
    Effect.provide(apply ? hubOf(hub) : tokensIn(hub))
  )
})

/** What only a person can make is told, and fails nothing: whether it is there cannot always be seen. */
const taken = (step: SetupStep, apply: boolean): Effect.Effect<Did, unknown> => {
  if (step.state === "present") return Effect.succeed<Did>("present")
  if (step.apply === undefined) return Effect.succeed<Did>(apply ? "by hand" : step.state)
  return apply ? Effect.as(step.apply, "made" satisfies Did) : Effect.succeed<Did>(step.state)
}

const mark = (state: Did, { paint }: Output): string => {
  const word = state.padEnd("different".length)
  return state === "present" || state === "made" ? paint.green(word) : paint.yellow(word)
}

const summary = (name: string, states: ReadonlyArray<Did>, out: Output): void => {
  const missing = states.filter((state) => state === "absent" || state === "different").length
  const made = states.filter((state) => state === "made").length
  const hand = states.filter((state) => state === "by hand").length
  if (states.length === 0) out.line(`ESL needs nothing made in ${name}.`)
  else if (missing > 0) out.line(`${count(missing, "thing")} to make in ${name}: esl setup ${name} --apply`)
  else if (hand > 0) out.line(`${count(hand, "thing")} only a person can make in ${name}; run esl setup again then.`)
  else out.line(made > 0 ? `${count(made, "thing")} made in ${name}.` : `All that ESL needs is present in ${name}.`)
}
