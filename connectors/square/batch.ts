/** Many changes in few requests: a refused one never takes its neighbours with it, and what was done stays known. */
import { Effect } from "effect"
import type { Lost } from "../../core/connector/api.ts"
import type { Fenced, Outcome } from "../../core/connector/connector.ts"
import { Refused } from "../../core/connector/errors.ts"
import type { ConnectorError } from "../../core/connector/errors.ts"
import { outcomeOf } from "./errors.ts"
import { halve } from "../../core/connector/halve.ts"

type Send<A> = (part: ReadonlyArray<A>) => Effect.Effect<ReadonlyArray<Outcome>, ConnectorError | Lost | Fenced>

/**
 * One write call of the engine. A failure before anything was done fails the call; a later one speaks of its own part,
 * and nothing more is sent.
 */
export class Round {
  #touched = false
  #stopped = false

  send<A>(
    items: ReadonlyArray<A>,
    size: number,
    send: Send<A>
  ): Effect.Effect<ReadonlyArray<Outcome>, ConnectorError | Fenced> {
    const parts: Array<ReadonlyArray<A>> = []
    for (let at = 0; at < items.length; at += size) parts.push(items.slice(at, at + size))
    return Effect.map(
      Effect.forEach(parts, (part) =>
        halve(
          part,
          (some) => this.#attempt(some, send),
          (_, refusal) => refused(refusal)
        )
      ),
      (outcomes) => outcomes.flat()
    )
  }

  #attempt<A>(
    part: ReadonlyArray<A>,
    send: Send<A>
  ): Effect.Effect<ReadonlyArray<Outcome> | Refused, ConnectorError | Fenced> {
    const all = (outcome: Outcome): ReadonlyArray<Outcome> => part.map(() => outcome)
    return Effect.suspend(() =>
      this.#stopped
        ? Effect.succeed(all({ did: "unsent" }))
        : send(part).pipe(
            Effect.tap((outcomes) =>
              Effect.sync(() => {
                this.#touched ||= outcomes.some((one) => one.did === "written" || one.did === "unknown")
              })
            ),
            Effect.catchTags({
              Lost: () =>
                Effect.sync(() => {
                  this.#touched = true
                  return all({ did: "unknown" })
                }),
              Fenced: (fenced) => this.#ended(fenced, all({ did: "unsent" })),
              ConnectorError: (
                error
              ): Effect.Effect<ReadonlyArray<Outcome> | Refused, ConnectorError | Fenced> => {
                const { reason } = error
                if (reason._tag === "Refused") return Effect.succeed(reason)
                if (reason._tag === "Stale") return Effect.succeed(new Refused({ message: reason.message }))
                const unclear = reason._tag === "Unavailable" || reason._tag === "Malformed"
                return this.#ended(error, all({ did: unclear ? "unknown" : "unsent" }))
              }
            })
          )
    )
  }

  #ended<E>(failure: E, outcomes: ReadonlyArray<Outcome>): Effect.Effect<ReadonlyArray<Outcome>, E> {
    if (!this.#touched) return Effect.fail(failure)
    this.#stopped = true
    return Effect.succeed(outcomes)
  }
}

const refused = ({ code, message }: Refused): Outcome =>
  code === undefined ? { did: "refused", cause: message } : outcomeOf([{ code }])
