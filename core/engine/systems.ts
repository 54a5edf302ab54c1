/** The open connections of a run as one service. Each is opened when first asked for and closed with the run. */
import { Context, Deferred, Effect, Layer, Scope } from "effect"
import type { Connection, Resource, Session } from "../connector/connector.ts"
import { ConnectorError, Stale } from "../connector/errors.ts"
import { Tokens } from "./vault.ts"

export class Systems extends Context.Service<Systems, {
  readonly session: (connection: string) => Effect.Effect<Session, ConnectorError>
  readonly resource: (connection: string, name: string) => Effect.Effect<Resource, ConnectorError>
}>()("esl/engine/Systems") {
  /** With `readOnly` the sessions cannot write at all (S36). */
  static readonly layer = (connections: ReadonlyMap<string, Connection>, options: { readonly readOnly: boolean }) =>
    Layer.effect(Systems, open(connections, options))
}

const open = Effect.fnUntraced(function*(
  connections: ReadonlyMap<string, Connection>,
  options: { readonly readOnly: boolean }
) {
  const scope = yield* Scope.Scope
  const vault = yield* Tokens
  const opened = new Map<string, Deferred.Deferred<Session, ConnectorError>>()
  const session = (name: string): Effect.Effect<Session, ConnectorError> =>
    Effect.suspend(() => {
      const known = opened.get(name)
      if (known !== undefined) return Deferred.await(known)
      const connection = connections.get(name)
      if (connection === undefined) return Effect.fail(unknownConnection(name))
      const once = Deferred.makeUnsafe<Session, ConnectorError>()
      opened.set(name, once)
      return connection.open({ ...options, ...vault === undefined ? {} : { vault } }).pipe(
        Scope.provide(scope),
        // A failure is not remembered: a retry opens again.
        Effect.onExit((exit) => Effect.sync(() => {
          if (exit._tag === "Failure") opened.delete(name)
          Deferred.doneUnsafe(once, exit)
        }))
      )
    })
  return Systems.of({
    session,
    resource: (connection, name) => Effect.map(session(connection), (open) => open.resource(name))
  })
})

const unknownConnection = (name: string) =>
  new ConnectorError({
    connection: name,
    operation: "open",
    reason: new Stale({ message: "the config declares no connection of this name" })
  })
