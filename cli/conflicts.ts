/** `esl conflicts`: what both sides changed and no rule decided; `settle` is a person's decision. */
import { Effect, Schema } from "effect"
import { settleConflict } from "../core/engine/index.ts"
import { HubStore } from "../core/hub/store.ts"
import type { Value } from "../core/model/value.ts"
import type { Conflict, unset } from "../core/sync/state.ts"
import type { Arguments } from "./arguments.ts"
import { whole } from "./arguments.ts"
import type { Loaded } from "./config.ts"
import { exits, Stopped, Wrong } from "./failure.ts"
import { looking } from "./hub.ts"
import type { Output } from "./output.ts"
import { count, shown, table, time, words } from "./render.ts"
import type { Run } from "./run.ts"

const shownConflicts = 100
const searched = 10_000

export const run: Run = (args, out) => looking(args, (loaded) => Effect.gen(function*() {
  const [action, id] = args.rest
  if (action === undefined) return yield* list(loaded, args, out)
  if (action !== "settle") return yield* new Wrong({ message: `conflicts knows settle, not "${action}"` })
  if (id === undefined) return yield* new Wrong({ message: "name the conflict: esl conflicts settle <conflict> --take <side>" })
  const conflict = yield* find(id)
  const pin = args.flags.has("pin")
  const report = yield* settleConflict(loaded.project, conflict.id, yield* choiceOf(loaded, conflict, args), { pin })
  out.data({ conflict: conflict.id, ...report })
  const what = `${conflict.entity} ${conflict.path}${pin ? ", pinned" : ""}`
  out.line(`Settled: ${what}. The next esl sync carries it to every side.`)
  return report.exit
}))

/** `golden`, the side that disagrees, or the connection that the hub's value came from. */
const choiceOf = Effect.fnUntraced(function*(loaded: Loaded, conflict: Conflict, args: Arguments) {
  const take = args.text.get("take")
  const text = args.text.get("value")
  if ((take === undefined) === (text === undefined)) {
    return yield* new Wrong({ message: "say --take golden, --take <connection>, or --value <json>" })
  }
  if (text !== undefined) {
    const value = yield* json(text)
    const spec = loaded.project.syncs.find((sync) => sync.entity.name === conflict.entity)?.entity.field(conflict.path)
    if (value === null || spec === undefined || Schema.is(spec.schema)(value)) return { value }
    return yield* new Wrong({ message: `--value cannot be ${conflict.path}: ${spec.type?.doc ?? spec.doc}` })
  }
  if (take === "golden" || take === "theirs") return take
  const connection = (side: string): string => side.slice(0, side.indexOf("."))
  if (take === conflict.side || take === connection(conflict.side)) return "theirs" as const
  const store = yield* HubStore
  const [found] = yield* store.find(conflict.entity, { golden: conflict.golden })
  const source = found?.golden.sources[found.golden.from[conflict.path] ?? -1]
  if (source !== undefined && (take === source.side || take === connection(source.side))) return "golden" as const
  const known = ["golden", connection(conflict.side), ...(source === undefined ? [] : [connection(source.side)])]
  return yield* new Wrong({ message: `--take is one of ${[...new Set(known)].join(", ")} here, not "${take ?? ""}"` })
})

const json = (text: string): Effect.Effect<Value | null, Wrong> =>
  Effect.try({
    // Any JSON is a value or null; the field's own schema is asked next.
    try: () => JSON.parse(text) as Value | null,
    catch: () => new Wrong({ message: `--value must be JSON: write text in quotes, e.g. --value '"active"'` })
  })

const list = Effect.fnUntraced(function*(loaded: Loaded, args: Arguments, out: Output) {
  const store = yield* HubStore
  const limit = whole(args, "limit") ?? shownConflicts
  const rows = yield* store.conflicts({ ...(args.flags.has("all") ? {} : { status: "open" as const }), limit })
  const entities = new Map(loaded.project.syncs.map((sync) => [sync.entity.name, sync.entity]))
  const specOf = (one: Conflict) => entities.get(one.entity)?.field(one.path)
  out.data(rows.map((one) => ({
    ...one,
    base: isUnset(one.base) ? undefined : shown(specOf(one), one.base, out.personal),
    theirs: shown(specOf(one), one.theirs, out.personal),
    mine: shown(specOf(one), one.mine, out.personal)
  })))
  table(out, ["CONFLICT", "ENTITY", "FIELD", "SIDE", "SAYS", "HUB SAYS", "WHY", "STATUS", "SINCE"], rows.map((one) => [
    one.id, one.entity, one.path, one.side, words(shown(specOf(one), one.theirs, out.personal)),
    words(shown(specOf(one), one.mine, out.personal)), one.kind.replaceAll("_", " "),
    one.status === "auto" ? `decided by ${one.rule}: ${one.chosen}` : one.status, time(one.at)
  ]))
  if (rows.length === 0) out.line("No conflict waits for a person.")
  else if (rows.some((one) => one.status === "open")) {
    out.line(`${count(rows.length, "conflict")}. esl conflicts settle <conflict> --take <connection|golden> decides one.`)
  }
  return exits.done
})

const isUnset = (base: Conflict["base"]): base is typeof unset => base !== null && typeof base === "object" && "$" in base

/** By its id, or by a beginning or end of it that only one open conflict has. */
const find = Effect.fnUntraced(function*(id: string) {
  const store = yield* HubStore
  const exact = yield* store.conflict(id)
  if (exact !== undefined) return exact
  const open = yield* store.conflicts({ status: "open", limit: searched })
  const near = open.filter((one) => one.id.startsWith(id) || one.id.endsWith(id))
  const [only] = near
  if (only === undefined) return yield* new Stopped({ message: `no open conflict has the id ${id}: esl conflicts shows them` })
  if (near.length > 1) return yield* new Wrong({ message: `${near.length} conflicts begin or end with ${id}: give more of the id` })
  return only
})
