/** `esl sync`: one pass over the syncs in scope. */
import { Effect } from "effect"
import { pass, Systems } from "../core/engine/index.ts"
import { load } from "./config.ts"
import { hubOf } from "./hub.ts"
import { progress } from "./progress.ts"
import { printReport } from "./report.ts"
import type { Run } from "./run.ts"
import { scopeOf } from "./scope.ts"

export const run: Run = (args, out) => Effect.gen(function*() {
  const loaded = yield* load(args)
  const scope = yield* scopeOf(loaded, args, args.rest)
  const shown = progress(out)
  const report = yield* pass(loaded.project, { scope, sweep: args.flags.has("sweep"), onEvent: shown.event }).pipe(
    Effect.provide(Systems.layer(loaded.project.connections, { readOnly: false })),
    Effect.provide(hubOf(loaded.hub)),
    Effect.ensuring(Effect.sync(shown.done))
  )
  out.data(report)
  printReport(report, out)
  return report.exit
})
