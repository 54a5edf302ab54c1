/** `esl approve`: releases exactly what a brake of a run held back. */
import { Effect } from "effect"
import { approve } from "../core/engine/index.ts"
import { exits, Stopped } from "./failure.ts"
import { looking } from "./hub.ts"
import { count } from "./render.ts"
import type { Run } from "./run.ts"
import { runOf } from "./runs.ts"

export const run: Run = (args, out) => looking(args, ({ project }) => Effect.gen(function*() {
  const row = yield* runOf(args.rest[0] ?? "")
  const approved = yield* approve(project, row.id)
  if (approved === 0) return yield* new Stopped({ message: `run ${row.id} holds nothing back: esl status shows which do` })
  out.data({ run: row.id, approved })
  out.line(`${count(approved, "change")} of run ${row.id} released. The next esl sync makes them as they were shown;`)
  out.line("whatever changed since is held again.")
  return exits.done
}))
