/** `esl plan`: what a sync would write, field by field; nothing is written, hub and cursors stay as they are. */
import { resolve } from "node:path"
import { Effect, Stream } from "effect"
import { planRow, planWriter, preview } from "../core/engine/index.ts"
import type { PlanFile } from "../core/engine/index.ts"
import type { Fact } from "../core/sync/state.ts"
import { load } from "./config.ts"
import { copier, hubToCopy } from "./hub.ts"
import type { Output } from "./output.ts"
import { progress } from "./progress.ts"
import { count } from "./render.ts"
import { printPlan } from "./report.ts"
import { rowsTo } from "./rows.ts"
import type { Run } from "./run.ts"
import { scopeOf } from "./scope.ts"

export const run: Run = (args, out) => Effect.scoped(Effect.gen(function*() {
  const file = args.text.has("output") ? resolve(args.text.get("output") ?? "") : undefined
  const loaded = yield* load(args)
  const scope = yield* scopeOf(loaded, args, args.rest)
  const rows = rowsTo(loaded.project, out, args.flags.has("summary"))
  const shown = progress(out)
  const keep = file === undefined ? undefined : yield* planWriter(file, scope satisfies PlanFile["scope"])
  const facts: Array<Fact> = []
  const copies = copier(loaded.hub)
  const report = yield* Effect.flatMap(copies, (copy) => preview(loaded.project, { scope, onEvent: shown.event }, {
    copy,
    onRow: (row) => Effect.suspend(() => {
      shown.done()
      return Effect.andThen(rows.add(row), keep?.add(planRow(row)) ?? Effect.void)
    }),
    onFacts: (stream) => Stream.runForEach(stream, (fact) => Effect.sync(() => {
      if (told.includes(fact.kind)) facts.push(fact)
    }))
  })).pipe(Effect.provide(hubToCopy(loaded.hub)), Effect.ensuring(Effect.sync(shown.done)))
  const kept = keep === undefined ? undefined : yield* keep.close
  rows.end({ report, facts, ...(file === undefined ? {} : { file }) })
  printPlan(report, out)
  decisions(facts, out)
  if (file !== undefined) out.line(`${count(kept ?? 0, "change")} kept in ${file}: esl apply ${args.text.get("output") ?? ""}`)
  return report.exit
}))

/** Decisions that a person wants to see before approving. */
const told: ReadonlyArray<Fact["kind"]> = ["conflict", "frozen", "withheld", "oscillation", "alias"]
const shownFacts = 20

/** Grouped: a first contact decides the same thing for hundreds of records. */
const decisions = (facts: ReadonlyArray<Fact>, out: Output): void => {
  const groups = new Map<string, number>()
  for (const { kind, entity, path, side, why } of facts) {
    const line = `${kind}: ${[entity, path].filter((one) => one !== undefined).join(" ")} at ${side ?? "the hub"}: ${why}`
    groups.set(line, (groups.get(line) ?? 0) + 1)
  }
  const sorted = [...groups].sort(([, a], [, b]) => b - a)
  for (const [line, times] of sorted.slice(0, shownFacts)) out.line(`${String(times).padStart(5)} × ${line}`)
  if (sorted.length > shownFacts) out.line(`and ${sorted.length - shownFacts} more kinds of decisions: esl plan --json`)
}
