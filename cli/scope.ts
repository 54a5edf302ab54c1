/** Scope flags of plan, apply, sync and backfill, checked against the config. */
import { Effect } from "effect"
import { didYouMean } from "../core/config/fault.ts"
import type { Scope } from "../core/engine/project.ts"
import type { Arguments } from "./arguments.ts"
import { list, whole } from "./arguments.ts"
import type { Loaded } from "./config.ts"
import { Wrong } from "./failure.ts"

/** `names`: syncs, from the arguments. */
export const scopeOf = Effect.fnUntraced(function*(loaded: Loaded, args: Arguments, names: ReadonlyArray<string>) {
  const { connections, syncs } = loaded.project
  const chosen: Array<string> = []
  for (const name of names) {
    const sync = syncs.find((one) => one.name === name || one.entity.name === name)
    const known = syncs.map((one) => one.name)
    if (sync === undefined) {
      return yield* new Wrong({ message: `there is no sync "${name}"${didYouMean(name, known) || `: use ${known.join(", ")}`}` })
    }
    chosen.push(sync.name)
  }
  const only = list(args, "connection")
  for (const name of only ?? []) {
    if (connections.has(name)) continue
    const known = [...connections.keys()]
    return yield* new Wrong({ message: `there is no connection "${name}"${didYouMean(name, known) || `: use ${known.join(", ")}`}` })
  }
  if (args.flags.has("creates-only") && args.flags.has("links-only")) {
    return yield* new Wrong({ message: "--creates-only and --links-only exclude each other: --links-only writes nothing" })
  }
  const ids = list(args, "ids")
  const limit = whole(args, "limit")
  const scope: Scope = {
    ...(chosen.length === 0 ? {} : { syncs: chosen }),
    ...(only === undefined ? {} : { connections: only }),
    ...(ids === undefined ? {} : { ids }),
    ...(limit === undefined ? {} : { limit }),
    ...(args.flags.has("creates-only") ? { createsOnly: true } : {}),
    ...(args.flags.has("links-only") ? { linksOnly: true } : {})
  }
  return scope
})
