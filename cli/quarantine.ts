/** `esl quarantine`: records that could not be read, mapped, merged or written, by cause; and the two ways out. */
import { Effect } from "effect"
import { dropQuarantine, retryQuarantine } from "../core/engine/index.ts"
import type { QuarantineRow } from "../core/hub/store.ts"
import { HubStore } from "../core/hub/store.ts"
import type { Arguments } from "./arguments.ts"
import { whole } from "./arguments.ts"
import type { Loaded } from "./config.ts"
import { exits, Wrong } from "./failure.ts"
import { looking } from "./hub.ts"
import type { Output } from "./output.ts"
import { count, table, time } from "./render.ts"
import { printReport } from "./report.ts"
import type { Run } from "./run.ts"

const shownRows = 100
const everything = 1_000_000

export const run: Run = (args, out) => looking(args, (loaded) => Effect.gen(function*() {
  const [action, ...ids] = args.rest
  if (action === undefined) return yield* list(args, out)
  if (action === "drop") return yield* drop(args, out, ids)
  if (action === "retry") return yield* retry(loaded, args, out, ids)
  return yield* new Wrong({ message: `quarantine knows retry and drop, not "${action}"` })
}))

const filterOf = (args: Arguments) => {
  const side = args.text.get("side")
  const cause = args.text.get("cause")
  return { ...(side === undefined ? {} : { side }), ...(cause === undefined ? {} : { cause }) }
}

const list = Effect.fnUntraced(function*(args: Arguments, out: Output) {
  const store = yield* HubStore
  const filter = filterOf(args)
  const groups = (yield* store.quarantine.groups()).filter((group) =>
    (filter.side ?? group.side) === group.side && (filter.cause ?? group.cause) === group.cause)
  const rows = yield* store.quarantine.list({ ...filter, limit: whole(args, "limit") ?? shownRows })
  // The payload is the raw record: it stays in the hub.
  out.data({ groups, rows: rows.map(({ payload: _payload, ...row }) => row) })
  if (groups.length === 0) {
    out.line("The quarantine is empty.")
    return exits.done
  }
  table(out, ["SIDE", "STAGE", "CAUSE", "RECORDS"], groups.map((group) => [group.side, group.stage, group.cause, group.count]))
  out.line()
  table(out, ["ID", "SIDE", "RECORD", "FIELD", "SINCE", "TRIES"], rows.map((row) => [
    row.id, row.side, row.ext, row.path ?? "", time(row.at), row.attempts
  ]))
  out.line("esl quarantine retry reads and maps them again; esl quarantine drop forgets them.")
  return exits.done
})

/** The rows that ids and options choose; all of them if nothing does. */
const chosenIds = Effect.fnUntraced(function*(args: Arguments, ids: ReadonlyArray<string>) {
  const store = yield* HubStore
  const rows = yield* store.quarantine.list({ ...filterOf(args), limit: everything })
  if (ids.length === 0) return rows.map((row) => row.id)
  const chosen = new Map<string, QuarantineRow>()
  for (const id of ids) {
    const near = rows.filter((row) => row.id === id || row.id.startsWith(id) || row.id.endsWith(id))
    const [only] = near
    if (only === undefined) return yield* new Wrong({ message: `nothing in quarantine has the id ${id}` })
    if (near.length > 1) return yield* new Wrong({ message: `${near.length} rows begin or end with ${id}: give more of the id` })
    chosen.set(only.id, only)
  }
  return [...chosen.keys()]
})

const drop = Effect.fnUntraced(function*(args: Arguments, out: Output, ids: ReadonlyArray<string>) {
  const dropped = yield* dropQuarantine({ ids: yield* chosenIds(args, ids) })
  out.data({ dropped })
  out.line(`${count(dropped, "record")} dropped from quarantine. They come back if they change and still cannot be read.`)
  return exits.done
})

const retry = Effect.fnUntraced(function*(loaded: Loaded, args: Arguments, out: Output, ids: ReadonlyArray<string>) {
  const chosen = yield* chosenIds(args, ids)
  const report = yield* retryQuarantine(loaded.project, { ids: chosen })
  const store = yield* HubStore
  const left = (yield* store.quarantine.list({ limit: everything })).filter((row) => chosen.includes(row.id))
  out.data({ ...report, tried: chosen.length, left: left.length })
  printReport(report, out)
  out.line(`${count(chosen.length, "record")} tried again, ${left.length} still in quarantine. What was merged is written by the next esl sync.`)
  return report.exit
})
