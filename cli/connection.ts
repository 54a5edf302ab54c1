/** The connection that a command names. */
import { Effect } from "effect"
import { didYouMean } from "../core/config/fault.ts"
import type { Connection } from "../core/connector/connector.ts"
import type { Project } from "../core/engine/project.ts"
import { Wrong } from "./failure.ts"

export const connectionOf = (project: Project, name: string): Effect.Effect<Connection, Wrong> => {
  const connection = project.connections.get(name)
  if (connection !== undefined) return Effect.succeed(connection)
  const known = [...project.connections.keys()]
  const message = `there is no connection "${name}"${didYouMean(name, known) || `: use ${known.join(", ")}`}`
  return Effect.fail(new Wrong({ message }))
}
