/** `esl runs`: the last runs with their counts; one run with everything it did and why. */
import { Effect, Stream } from "effect"
import type { RunRow } from "../core/hub/store.ts"
import { HubStore } from "../core/hub/store.ts"
import type { Fact } from "../core/sync/state.ts"
import { whole } from "./arguments.ts"
import { exits, Stopped, Wrong } from "./failure.ts"
import { looking } from "./hub.ts"
import type { Output } from "./output.ts"
import { duration, table, time } from "./render.ts"
import type { Run } from "./run.ts"

const shownRuns = 20
/** Far more than retention keeps of what a person would look for by a shortened id. */
const searched = 10_000

export const run: Run = (args, out) => looking(args, () => Effect.gen(function*() {
  const [id] = args.rest
  if (id !== undefined) return yield* one(yield* runOf(id), out, args.flags.has("facts"))
  const store = yield* HubStore
  const rows = yield* store.runs(whole(args, "limit") ?? shownRuns)
  out.data(rows)
  table(out, ["RUN", "COMMAND", "STARTED", "TOOK", "EXIT", "READ", "WRITTEN", "QUARANTINED"], rows.map((row) => [
    row.id, row.command, time(row.started), row.ended === undefined ? "" : duration(row.ended - row.started),
    row.exit ?? "", total(row, "read"), total(row, "due.written"), total(row, "quarantined")
  ]))
  if (rows.length === 0) out.line("There were no runs yet.")
  return exits.done
}))

const total = (row: RunRow, outcome: string): number =>
  Object.values(row.counts).reduce((sum, counts) => sum + (counts[outcome] ?? 0), 0)

/** A run by its id, or by a beginning or end of it that only one run has. */
export const runOf = Effect.fnUntraced(function*(id: string) {
  const store = yield* HubStore
  const exact = yield* store.run(id)
  if (exact !== undefined) return exact
  const near = (yield* store.runs(searched)).filter((row) => row.id.startsWith(id) || row.id.endsWith(id))
  const [only] = near
  if (only === undefined) return yield* new Stopped({ message: `there is no run ${id}: esl runs shows them` })
  if (near.length > 1) return yield* new Wrong({ message: `${near.length} runs begin or end with ${id}: give more of the id` })
  return only
})

const one = Effect.fnUntraced(function*(row: RunRow, out: Output, withFacts: boolean) {
  const store = yield* HubStore
  const facts = withFacts ? yield* Stream.runCollect(store.facts({ run: row.id })) : []
  out.data(withFacts ? { ...row, facts } : row)
  out.line(`Run ${row.id}: ${row.command} at ${time(row.started)}, ` +
    `${row.ended === undefined ? "not ended" : `took ${duration(row.ended - row.started)}`}, exit ${row.exit ?? "none"}`)
  if (row.message !== undefined) out.line(row.message)
  table(out, ["SIDE", "OUTCOME", "COUNT"], Object.entries(row.counts).flatMap(([side, counts]) =>
    Object.entries(counts).map(([outcome, n]) => [side, outcome, n])))
  if (withFacts) table(out, ["WHAT", "ENTITY", "RECORD", "FIELD", "WHY"], facts.map(factRow))
  return exits.done
})

const factRow = (fact: Fact): ReadonlyArray<string> => [
  fact.kind, fact.entity, fact.side === undefined ? fact.golden ?? "" : `${fact.side} ${fact.ext ?? fact.golden ?? ""}`, fact.path ?? "", fact.why
]
