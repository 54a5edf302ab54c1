/** Many changes in few requests: one refused change never takes its neighbours with it, and what was done stays known. */
import { Effect } from "effect"
import type { Lost } from "../../core/connector/api.ts"
import type { Fenced, Outcome } from "../../core/connector/connector.ts"
import type { ConnectorError } from "../../core/connector/errors.ts"

type Failure = ConnectorError | Lost | Fenced

/** Runs one after the other. A failure before anything was done is one of the call; later ones speak of their own part. */
export const inTurn = <A>(
  parts: ReadonlyArray<ReadonlyArray<A>>,
  send: (part: ReadonlyArray<A>) => Effect.Effect<ReadonlyArray<Outcome>, Failure>
): Effect.Effect<ReadonlyArray<Outcome>, ConnectorError | Fenced> =>
  Effect.gen(function* () {
    const outcomes: Array<Outcome> = []
    let touched = false
    for (const [at, part] of parts.entries()) {
      const sent = yield* Effect.result(halved(part, send))
      if (sent._tag === "Success") {
        outcomes.push(...sent.success.outcomes)
        touched ||= sent.success.outcomes.some((one) => one.did === "written" || one.did === "unknown")
        if (sent.success.stopped === undefined) continue
      } else if (!touched) return yield* Effect.fail(sent.failure)
      else outcomes.push(...part.map(() => after(sent.failure)))
      outcomes.push(
        ...parts
          .slice(at + 1)
          .flat()
          .map((): Outcome => ({ did: "unsent" }))
      )
      return outcomes
    }
    return outcomes
  })

interface Halves {
  readonly outcomes: ReadonlyArray<Outcome>
  /** Nothing more is sent. */
  readonly stopped?: true
}

/** A request that is refused whole is halved until the culprit stands alone. */
const halved = <A>(
  part: ReadonlyArray<A>,
  send: (part: ReadonlyArray<A>) => Effect.Effect<ReadonlyArray<Outcome>, Failure>
): Effect.Effect<Halves, ConnectorError | Fenced> =>
  part.length === 0
    ? Effect.succeed({ outcomes: [] })
    : send(part).pipe(
        Effect.map((outcomes): Halves => ({ outcomes })),
        Effect.catchTags({
          Lost: () => Effect.succeed<Halves>({ outcomes: part.map(() => ({ did: "unknown" })) }),
          ConnectorError: (error) => {
            if (error.reason._tag !== "Refused" && error.reason._tag !== "Stale") return Effect.fail(error)
            if (part.length === 1) return Effect.succeed<Halves>({ outcomes: [refused(error)] })
            const middle = Math.ceil(part.length / 2)
            return Effect.gen(function* () {
              const first = yield* halved(part.slice(0, middle), send)
              const rest = part.slice(middle)
              if (first.stopped !== undefined)
                return {
                  ...first,
                  outcomes: [...first.outcomes, ...rest.map((): Outcome => ({ did: "unsent" }))]
                }
              const second = yield* Effect.result(halved(rest, send))
              if (second._tag === "Success")
                return { ...second.success, outcomes: [...first.outcomes, ...second.success.outcomes] }
              return {
                outcomes: [...first.outcomes, ...rest.map(() => after(second.failure))],
                stopped: true as const
              }
            })
          }
        })
      )

const refused = (error: ConnectorError): Outcome => ({
  did: "refused",
  cause:
    error.reason._tag === "Refused" && error.reason.code !== undefined
      ? error.reason.code
      : error.reason.message
})

/** What a failure says of the changes it hit, where others of the same call are done already. */
const after = (failure: ConnectorError | Fenced): Outcome =>
  failure._tag === "ConnectorError" &&
  (failure.reason._tag === "Unavailable" || failure.reason._tag === "Malformed")
    ? { did: "unknown" }
    : { did: "unsent" }

export const chunks = <A>(list: ReadonlyArray<A>, size: number): ReadonlyArray<ReadonlyArray<A>> => {
  const parts: Array<ReadonlyArray<A>> = []
  for (let at = 0; at < list.length; at += size) parts.push(list.slice(at, at + size))
  return parts
}
