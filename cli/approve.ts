/** `esl approve`: releases exactly what a brake of a run held back. */
import { Effect } from "effect"
import { HubStore } from "../core/hub/store.ts"
import { exits, Stopped } from "./failure.ts"
import { looking } from "./hub.ts"
import { count } from "./render.ts"
import type { Run } from "./run.ts"
import { runOf } from "./runs.ts"

export const run: Run = (args, out) => looking(args, () => Effect.gen(function*() {
  const store = yield* HubStore
  const row = yield* runOf(args.rest[0] ?? "")
  const waiting = (yield* store.held(row.id)).filter((held) => !held.approved)
  if (waiting.length === 0) return yield* new Stopped({ message: `run ${row.id} holds nothing back: esl status shows which do` })
  const approved = yield* store.approve(row.id)
  out.data({ run: row.id, approved })
  out.line(`${count(approved, "write")} of run ${row.id} released. The next esl sync writes what was shown; whatever changed since is held again.`)
  return exits.done
}))
