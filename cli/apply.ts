/** `esl apply`: does exactly what a plan showed, or nothing because the world moved (exit 3). */
import { resolve } from "node:path"
import { Effect } from "effect"
import { apply, readPlan, Systems } from "../core/engine/index.ts"
import type { Moved, StalePlan } from "../core/engine/index.ts"
import { load } from "./config.ts"
import { exits } from "./failure.ts"
import { copier, hubOf } from "./hub.ts"
import type { Output } from "./output.ts"
import { progress } from "./progress.ts"
import { count } from "./render.ts"
import { printReport } from "./report.ts"
import type { Run } from "./run.ts"

export const run: Run = (args, out) => Effect.gen(function*() {
  const file = resolve(args.rest[0] ?? "")
  const loaded = yield* load(args)
  const plan = yield* readPlan(file)
  const shown = progress(out)
  return yield* Effect.flatMap(copier(loaded.hub), (copy) =>
    apply(loaded.project, plan, { copy, onEvent: shown.event })).pipe(
    Effect.ensuring(Effect.sync(shown.done)),
    Effect.map(({ left, report }) => {
      out.data({ ...report, left })
      printReport(report, out)
      if (left.length > 0) out.line(out.paint.yellow(`${count(left.length, "change")} of the plan moved meanwhile and were left alone:`))
      list(left, out)
      return report.exit
    }),
    Effect.catchTag("StalePlan", (stale) => Effect.sync(() => refused(stale, out))),
    Effect.provide(Systems.layer(loaded.project.connections, { readOnly: false })),
    Effect.provide(hubOf(loaded.hub))
  )
})

const refused = (stale: StalePlan, out: Output): number => {
  out.data({ error: { kind: "stale", message: stale.message, moved: stale.moved } })
  out.say(`esl: ${stale.message}`)
  list(stale.moved, out)
  return exits.stale
}

const list = (moved: ReadonlyArray<Moved>, out: Output): void => {
  for (const { side, record, why } of moved) out.line(`  ${side} ${record.replace("|", " ")}: ${why}`)
}
