/** `esl explain`: for every value of a record where it came from, which rule let it win, and what lost. */
import { Effect } from "effect"
import type { Found } from "../core/hub/store.ts"
import { HubStore } from "../core/hub/store.ts"
import type { Sync } from "../core/engine/project.ts"
import type { Entity } from "../core/model/index.ts"
import type { Json, Path } from "../core/model/value.ts"
import type { Conflict, Source } from "../core/sync/state.ts"
import type { Loaded } from "./config.ts"
import { didYouMean } from "../core/config/fault.ts"
import { exits, Stopped, Wrong } from "./failure.ts"
import { looking } from "./hub.ts"
import type { Output } from "./output.ts"
import { shown, table, time, words } from "./render.ts"
import type { Run } from "./run.ts"

export const run: Run = (args, out) => looking(args, (loaded) => Effect.gen(function*() {
  const [name = "", id = ""] = args.rest
  const sync = yield* syncOf(loaded, name)
  const field = args.text.get("field")
  if (field !== undefined && sync.entity.field(field) === undefined) {
    return yield* new Wrong({ message: `${sync.entity.name} has no field "${field}"${didYouMean(field, sync.entity.fields.keys())}` })
  }
  const found = yield* search(sync, id, args.text.get("connection"))
  if (found.length === 0) {
    return yield* new Stopped({ message: `the hub knows no ${sync.entity.name} "${id}": give a golden id, an external id or a key such as an e-mail address` })
  }
  const paths = (one: Found): ReadonlyArray<Path> => field === undefined ? Object.keys(one.golden.from).sort() : [field]
  out.data(found.map((one) => asData(sync.entity, one, paths(one), out.personal)))
  for (const one of found) print(sync, one, paths(one), out)
  return exits.done
}))

export const syncOf = Effect.fnUntraced(function*(loaded: Loaded, name: string) {
  const { syncs } = loaded.project
  const sync = syncs.find((one) => one.name === name || one.entity.name === name)
  if (sync !== undefined) return sync
  const names = syncs.map((one) => one.name)
  return yield* new Wrong({ message: `nothing syncs "${name}"${didYouMean(name, names) || `: use ${names.join(", ")}`}` })
})

/** By golden id, then external id, then every kind of key the entity has. */
const search = Effect.fnUntraced(function*(sync: Sync, id: string, connection: string | undefined) {
  const store = yield* HubStore
  const places = sync.places.filter((place) => place.connection === connection || place.side === connection)
  if (connection !== undefined) {
    if (places.length === 0) {
      const known = sync.places.map((place) => place.connection)
      return yield* new Wrong({ message: `${sync.name} has no connection "${connection}": use ${known.join(", ")}` })
    }
    const found = yield* Effect.forEach(places, ({ side }) => store.find(sync.entity.name, { ext: id, side }))
    return found.flat()
  }
  const golden = yield* store.find(sync.entity.name, { golden: id })
  if (golden.length > 0) return golden
  const ext = yield* store.find(sync.entity.name, { ext: id })
  if (ext.length > 0) return ext
  const normalised = sync.entity.keys.flatMap((kind) =>
    kind.paths.flatMap((path) => kind.of((asked) => asked === path ? id : undefined)))
  const keys = new Set([id, ...normalised])
  const byKey = (yield* Effect.forEach(keys, (key) => store.find(sync.entity.name, { key }))).flat()
  return [...new Map(byKey.map((one) => [one.golden.id, one])).values()]
})

const tiers: { readonly [tier in Source["tier"]]: string } = {
  F: "time of the field there",
  R: "time of the record there",
  O: "time it was read"
}

const losers = (found: Found, path: Path): ReadonlyArray<Conflict> => found.conflicts.filter((one) => one.path === path)

const sourceOf = (found: Found, path: Path): Source | undefined => {
  const index = found.golden.from[path]
  return index === undefined ? undefined : found.golden.sources[index]
}

const asData = (entity: Entity, found: Found, paths: ReadonlyArray<Path>, personal: boolean) => ({
  golden: found.golden.id,
  entity: entity.name,
  state: found.golden.state,
  version: found.golden.ver,
  origin: found.golden.origin,
  links: found.links.map(({ side, ext, status }) => ({ side, ext, status })),
  due: found.due.map(({ side, ver, parkedOn, heldBy }) => ({ side, ver, parkedOn, heldBy })),
  fields: paths.map((path) => ({
    path,
    value: shown(entity.field(path), found.golden.values[path], personal),
    from: sourceOf(found, path),
    pinned: found.golden.pinned?.includes(path) === true,
    sides: sidesOf(entity, found, path, personal),
    conflicts: losers(found, path).map((one) => ({
      id: one.id, side: one.side, kind: one.kind, status: one.status, chosen: one.chosen, rule: one.rule, at: one.at,
      theirs: shown(entity.field(path), one.theirs, personal), mine: shown(entity.field(path), one.mine, personal)
    }))
  }))
})

/** What a linked record showed last. */
interface Showing {
  readonly side: string
  readonly value: Json
}

const sidesOf = (entity: Entity, found: Found, path: Path, personal: boolean): ReadonlyArray<Showing> =>
  found.links.filter((link) => link.status === "active").flatMap((link) => {
    const pair = link.shadow[path]
    return pair === undefined ? [] : [{ side: link.side, value: shown(entity.field(path), pair.r, personal) }]
  })

const print = (sync: Sync, found: Found, paths: ReadonlyArray<Path>, out: Output): void => {
  const { golden } = found
  out.line(out.paint.bold(`${sync.entity.name} ${golden.id}`) + ` (${golden.state}, version ${golden.ver}, born on ${golden.origin})`)
  for (const link of found.links) out.line(`  ${link.side} ${link.ext}${link.status === "active" ? "" : ` (${link.status})`}`)
  for (const due of found.due) {
    out.line(`  due on ${due.side}${due.parkedOn === undefined ? "" : `, waits for ${due.parkedOn}`}${due.heldBy === undefined ? "" : `, held by run ${due.heldBy}`}`)
  }
  out.line()
  table(out, ["FIELD", "VALUE", "FROM", "RULE", "CHANGED", "EVIDENCE"], paths.map((path) => {
    const source = sourceOf(found, path)
    const value = words(shown(sync.entity.field(path), golden.values[path], out.personal))
    const pinned = golden.pinned?.includes(path) === true ? " (pinned)" : ""
    return source === undefined
      ? [path, value + pinned, "", "", "", ""]
      : [path, value + pinned, `${source.side} ${source.ext}`, source.rule, source.at, tiers[source.tier]]
  }))
  for (const path of paths) {
    const spec = sync.entity.field(path)
    if (paths.length === 1) for (const { side, value } of sidesOf(sync.entity, found, path, out.personal)) out.line(`  ${side} shows ${words(value)}`)
    for (const one of losers(found, path)) {
      const [won, lost] = one.chosen === "theirs" ? [one.theirs, one.mine] : [one.mine, one.theirs]
      const seen = (value: Json): string => words(shown(spec, value, out.personal))
      out.line(one.status === "open"
        ? `  ${path}: ${one.side} says ${seen(one.theirs)}, the hub ${seen(one.mine)}; waits for a person (${one.kind}, esl conflicts settle ${one.id})`
        : `  ${path}: ${seen(won)} won against ${seen(lost)} of ${one.side} by ${one.rule} at ${time(one.at)}`)
    }
  }
  out.line()
}
