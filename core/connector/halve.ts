/** A batch that the system refuses whole is halved until the culprit stands alone; its neighbours are written. */
import { Effect } from "effect"
import type { Refused } from "./errors.ts"

/**
 * `send` answers one result a record, or the refusal of the whole batch. A refused single record gets `culprit`.
 * For one culprit among n: at most 2*log2(n)+2 calls beside the first.
 */
export const halve = <A, R, E, Q>(
  batch: ReadonlyArray<A>,
  send: (part: ReadonlyArray<A>) => Effect.Effect<ReadonlyArray<R> | Refused, E, Q>,
  culprit: (one: A, refusal: Refused) => R
): Effect.Effect<ReadonlyArray<R>, E, Q> => {
  const first = batch[0]
  if (first === undefined) return Effect.succeed([])
  return Effect.flatMap(send(batch), (answer): Effect.Effect<ReadonlyArray<R>, E, Q> => {
    if (isResults(answer)) return Effect.succeed(answer)
    if (batch.length === 1) return Effect.succeed([culprit(first, answer)])
    const middle = Math.ceil(batch.length / 2)
    // One after the other: order may matter to the system (one key twice, siblings of one parent).
    return Effect.flatMap(halve(batch.slice(0, middle), send, culprit), (left) =>
      Effect.map(halve(batch.slice(middle), send, culprit), (right) => [...left, ...right]))
  })
}

const isResults = <R>(answer: ReadonlyArray<R> | Refused): answer is ReadonlyArray<R> => Array.isArray(answer)
