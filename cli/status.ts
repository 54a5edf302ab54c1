/** `esl status`: what is linked, due, parked, held and waiting for a person, per side. */
import { Effect } from "effect"
import { heldDeletions } from "../core/engine/index.ts"
import { HubStore } from "../core/hub/store.ts"
import { exits } from "./failure.ts"
import { looking } from "./hub.ts"
import { count, table, time } from "./render.ts"
import type { Run } from "./run.ts"

const manyConflicts = 10_000

export const run: Run = (args, out) => looking(args, (loaded) => Effect.gen(function*() {
  const store = yield* HubStore
  const entities = yield* store.counts()
  const quarantine = yield* store.quarantine.groups()
  const conflicts = yield* store.conflicts({ status: "open", limit: manyConflicts })
  const held = (yield* store.held()).filter((row) => !row.approved)
  const deletions = new Map<string, number>()
  for (const { side } of entities.flatMap((entity) => entity.sides)) {
    for (const [id, n] of yield* heldDeletions(side)) deletions.set(id, (deletions.get(id) ?? 0) + n)
  }
  const [last] = yield* store.runs(1)
  const waits = { conflicts: conflicts.length, held, deletions: Object.fromEntries(deletions) }
  out.data({ hub: loaded.hub, entities, quarantine, ...waits, last })
  table(out, ["ENTITY", "SIDE", "LINKED", "DUE", "PARKED", "HELD", "TO READ"], entities.flatMap((entity) =>
    entity.sides.map((side) => [entity.entity, side.side, side.links, side.due, side.parked, side.held, side.inbox])))
  for (const entity of entities) out.line(`${entity.entity}: ${count(entity.goldens, "golden record")}`)
  if (entities.length === 0) out.line("The hub is empty: run esl sync.")
  const waiting = quarantine.reduce((sum, group) => sum + group.count, 0)
  if (conflicts.length > 0) out.line(`${count(conflicts.length, "conflict waits", "conflicts wait")} for a person: esl conflicts`)
  if (waiting > 0) out.line(`${count(waiting, "record")} in quarantine: esl quarantine`)
  for (const id of new Set(held.map((row) => row.run))) {
    out.line(`${count(held.filter((row) => row.run === id).length, "write")} held by a brake of run ${id}: esl approve ${id}`)
  }
  for (const [id, n] of deletions) {
    out.line(`${count(n, "reported deletion")} held by a brake of run ${id}: esl approve ${id}`)
  }
  if (last !== undefined) out.line(`Last run: ${last.command} at ${time(last.started)}, exit ${last.exit ?? "none (still running, or killed)"}`)
  return exits.done
}))
