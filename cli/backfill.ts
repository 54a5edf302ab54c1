/** `esl backfill`: a window of one connection, page by page; the same command after a kill goes on where it stopped. */
import { Effect } from "effect"
import { backfill, rehearseBackfill, Systems } from "../core/engine/index.ts"
import type { Window } from "../core/engine/index.ts"
import type { Arguments } from "./arguments.ts"
import { list, whole } from "./arguments.ts"
import { load } from "./config.ts"
import { Wrong } from "./failure.ts"
import { copier, hubOf, hubToCopy } from "./hub.ts"
import { progress } from "./progress.ts"
import { printPlan, printReport } from "./report.ts"
import { rowsTo } from "./rows.ts"
import type { Run } from "./run.ts"

export const run: Run = (args, out) => Effect.gen(function*() {
  const loaded = yield* load(args)
  const window = windowOf(args)
  if (window.ids !== undefined && (window.since ?? window.until) !== undefined) {
    return yield* new Wrong({ message: "--ids names records, --since and --until name a time: use one of them" })
  }
  const { project } = loaded
  const shown = progress(out)
  const options = { onEvent: shown.event }
  const clear = Effect.ensuring(Effect.sync(shown.done))
  const dry = args.flags.has("dry-run")
  const systems = Systems.layer(project.connections, { readOnly: dry })
  if (!dry) {
    const report = yield* backfill(project, window, options)
      .pipe(clear, Effect.provide(systems), Effect.provide(hubOf(loaded.hub)))
    out.data(report)
    printReport(report, out)
    return report.exit
  }
  const rows = rowsTo(project, out, false)
  const onRow = (row: Parameters<typeof rows.add>[0]) => Effect.suspend(() => {
    shown.done()
    return rows.add(row)
  })
  const dryRun = Effect.flatMap(copier(loaded.hub), (copy) =>
    rehearseBackfill(project, window, options, { copy, onRow }))
  const report = yield* dryRun.pipe(
    clear,
    Effect.provide(systems),
    Effect.provide(hubToCopy(loaded.hub))
  )
  rows.end({ report })
  printPlan(report, out)
  return report.exit
})

const windowOf = (args: Arguments): Window => {
  const [connection = "", resource] = args.rest
  const since = args.text.get("since")
  const until = args.text.get("until")
  const ids = list(args, "ids")
  const limit = whole(args, "limit")
  return {
    connection,
    ...(resource === undefined ? {} : { resource }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    ...(ids === undefined ? {} : { ids }),
    ...(limit === undefined ? {} : { limit })
  }
}
