/** `esl discover`: what a connection holds, and for one table a record schema and a mapping to start from. */
import { Effect } from "effect"
import { didYouMean } from "../core/config/fault.ts"
import type { ResourceInfo } from "../core/connector/connector.ts"
import { Systems } from "../core/engine/systems.ts"
import { load } from "./config.ts"
import { connectionOf } from "./connection.ts"
import { extension } from "./extension.ts"
import { exits, Wrong } from "./failure.ts"
import { tokensIn } from "./hub.ts"
import type { Output } from "./output.ts"
import { table } from "./render.ts"
import type { Run } from "./run.ts"
import { entities, stub } from "./stub.ts"

export const run: Run = (args, out) => Effect.gen(function*() {
  const { hub, project } = yield* load(args)
  const [name = "", wanted] = args.rest
  yield* connectionOf(project, name)
  const entity = args.text.get("entity")
  if (entity !== undefined && !(entity in entities)) {
    return yield* new Wrong({ message: `there is no entity "${entity}"${didYouMean(entity, Object.keys(entities)) || `: use ${Object.keys(entities).join(", ")}`}` })
  }
  const found = yield* Effect.gen(function*() {
    const systems = yield* Systems
    const session = yield* systems.session(name)
    return yield* session.discover
  }).pipe(Effect.provide(Systems.layer(project.connections, { readOnly: true })), Effect.provide(tokensIn(hub)))
  if (wanted === undefined) {
    out.data(found)
    for (const resource of found) print(resource, out)
    out.say(`esl discover ${name} <table> prints a mapping to start from, or your own fields as an extension of the stock one.`)
    return exits.done
  }
  const one = found.find((resource) => resource.name === wanted) ??
    found.find((resource) => resource.name.toLowerCase() === wanted.toLowerCase())
  if (one === undefined) {
    const names = found.map((resource) => resource.name)
    return yield* new Wrong({ message: `${name} has no table "${wanted}"${didYouMean(wanted, names) || `: esl discover ${name} shows them`}` })
  }
  out.data(one)
  out.line(one.stock === undefined ? stub(one, name, entity) : extension(one, one.stock, name))
  return exits.done
})

const print = (resource: ResourceInfo, out: Output): void => {
  out.line(out.paint.bold(resource.name))
  table(out, ["  COLUMN", "TYPE", "NULL", "KEY", "WRITE", ""], resource.columns.map((column) => [
    `  ${column.name}`,
    column.length === undefined ? column.type : `${column.type} (${column.length})`,
    column.nullable ? "null" : "",
    column.key ? "key" : "",
    column.writable ? "" : "read-only",
    column.custom === true ? "own" : ""
  ]))
  for (const warning of resource.warnings) out.line(`  ! ${warning}`)
  out.line()
}
