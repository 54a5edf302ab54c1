/** `esl explain`: for every value of a record where it came from, which rule let it win, and what lost. */
import { Effect } from "effect"
import { didYouMean } from "../core/config/fault.ts"
import { explain } from "../core/engine/index.ts"
import type { Explained, ExplainedField, Sync } from "../core/engine/index.ts"
import type { Entity } from "../core/model/index.ts"
import type { Json } from "../core/model/value.ts"
import type { Source } from "../core/sync/state.ts"
import type { Loaded } from "./config.ts"
import { exits, Stopped, Wrong } from "./failure.ts"
import { looking } from "./hub.ts"
import type { Output } from "./output.ts"
import { shown, table, time, words } from "./render.ts"
import type { Run } from "./run.ts"

type Asked = Parameters<typeof explain>[2]

export const run: Run = (args, out) => looking(args, (loaded) => Effect.gen(function*() {
  const [name = "", id = ""] = args.rest
  const sync = yield* syncOf(loaded, name)
  const { entity } = sync
  const field = args.text.get("field")
  if (field !== undefined && entity.field(field) === undefined) {
    const near = didYouMean(field, entity.fields.keys())
    return yield* new Wrong({ message: `${entity.name} has no field "${field}"${near}` })
  }
  const found = yield* search(loaded, yield* candidates(sync, id, args.text.get("connection")), entity.name, field)
  if (found.length === 0) {
    return yield* new Stopped({
      message: `the hub knows no ${entity.name} "${id}": give a golden id, an external id or a key such as an e-mail address`
    })
  }
  out.data(found.map((one) => asData(entity, one, out.personal)))
  for (const one of found) print(entity, one, out)
  return exits.done
}))

const syncOf = Effect.fnUntraced(function*(loaded: Loaded, name: string) {
  const { syncs } = loaded.project
  const sync = syncs.find((one) => one.name === name || one.entity.name === name)
  if (sync !== undefined) return sync
  const names = syncs.map((one) => one.name)
  return yield* new Wrong({ message: `nothing syncs "${name}"${didYouMean(name, names) || `: use ${names.join(", ")}`}` })
})

/** By golden id, then external id, then every kind of key the entity has: groups of which the first that finds wins. */
const candidates = Effect.fnUntraced(function*(sync: Sync, id: string, connection: string | undefined) {
  if (connection === undefined) {
    const keys = sync.entity.keys.flatMap((kind) =>
      kind.paths.flatMap((path) => kind.of((asked) => asked === path ? id : undefined)))
    const byKey = [...new Set([id, ...keys])].map((key): Asked => ({ key }))
    return [[{ golden: id }], [{ ext: id }], byKey] satisfies ReadonlyArray<ReadonlyArray<Asked>>
  }
  const places = sync.places.filter((place) => place.connection === connection || place.side === connection)
  if (places.length > 0) return [places.map(({ side }): Asked => ({ ext: id, side }))]
  const known = sync.places.map((place) => place.connection)
  return yield* new Wrong({ message: `${sync.name} has no connection "${connection}": use ${known.join(", ")}` })
})

const search = Effect.fnUntraced(function*(
  { project }: Loaded,
  groups: ReadonlyArray<ReadonlyArray<Asked>>,
  entity: string,
  field: string | undefined
) {
  for (const group of groups) {
    const found = (yield* Effect.forEach(group, (asked) => explain(project, entity, asked, field))).flat()
    if (found.length > 0) return [...new Map(found.map((one) => [one.golden, one])).values()]
  }
  return []
})

const tiers: { readonly [tier in Source["tier"]]: string } = {
  F: "time of the field there",
  R: "time of the record there",
  O: "time it was read"
}

const asData = (entity: Entity, found: Explained, personal: boolean) => ({
  ...found,
  fields: found.fields.map((field) => {
    const seen = (value: Json): Json => shown(entity.field(field.path), value, personal)
    return {
      ...field,
      value: seen(field.value),
      shown: field.shown.map((one) => ({ ...one, value: seen(one.value) })),
      conflicts: field.conflicts.map(({ base: _base, ...one }) =>
        ({ ...one, theirs: seen(one.theirs), mine: seen(one.mine) }))
    }
  })
})

const print = (entity: Entity, found: Explained, out: Output): void => {
  out.line(`${out.paint.bold(`${entity.name} ${found.golden}`)} (${found.state}, version ${found.version})`)
  for (const link of found.links) out.line(`  ${link.side} ${link.ext}${link.status === "active" ? "" : ` (${link.status})`}`)
  for (const due of found.due) {
    const parked = due.parkedOn === undefined ? "" : `, waits for ${due.parkedOn}`
    out.line(`  due on ${due.side}${parked}${due.heldBy === undefined ? "" : `, held by run ${due.heldBy}`}`)
  }
  out.line()
  table(out, ["FIELD", "VALUE", "FROM", "RULE", "CHANGED", "EVIDENCE"], found.fields.map((field) => {
    const text = words(shown(entity.field(field.path), field.value, out.personal))
    // One field is shown whole, many as a table.
    const value = (found.fields.length === 1 ? text : cut(text)) + (field.pinned ? " (pinned)" : "")
    const { source } = field
    return source === undefined
      ? [field.path, value, "", "", "", ""]
      : [field.path, value, `${source.side} ${source.ext}`, source.rule, source.at, tiers[source.tier]]
  }))
  for (const field of found.fields) {
    if (found.fields.length === 1) for (const line of showing(entity, field, out)) out.line(line)
    for (const line of fights(entity, field, out)) out.line(line)
  }
  out.line()
}

const cellWidth = 60
const cut = (text: string): string => text.length > cellWidth ? `${text.slice(0, cellWidth - 1)}…` : text

const showing = (entity: Entity, field: ExplainedField, out: Output): ReadonlyArray<string> =>
  field.shown.map((one) => `  ${one.side} ${one.ext} shows ${words(shown(entity.field(field.path), one.value, out.personal))}`)

/** What lost, or waits for a person. */
const fights = (entity: Entity, field: ExplainedField, out: Output): ReadonlyArray<string> =>
  field.conflicts.map((one) => {
    const say = (value: Json): string => words(shown(entity.field(field.path), value, out.personal))
    if (one.status === "open") {
      return `  ${field.path}: ${one.side} says ${say(one.theirs)}, the hub ${say(one.mine)}; ` +
        `waits for a person (${one.kind.replaceAll("_", " ")}): esl conflicts settle ${one.id}`
    }
    const theirs = `${say(one.theirs)} (${one.side})`
    const [won, lost] = one.chosen === "theirs" ? [theirs, say(one.mine)] : [say(one.mine), theirs]
    return `  ${field.path}: ${won} won against ${lost} by ${one.rule} at ${time(one.at)}`
  })
