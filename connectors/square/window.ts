/** Reading a window of time page by page: its end is fixed before the first page, and a lost cursor starts it again. */
import { Effect, Option, Stream } from "effect"
import type { Cursor, Page, ReadOptions, Seen } from "../../core/connector/connector.ts"
import type { ConnectorError } from "../../core/connector/errors.ts"
import type { Json } from "../../core/model/value.ts"
import { hasCode, now, timeOf } from "./line.ts"
import { isDoc, textIn } from "./shape.ts"

/** Where a pull stands: `from` when it rests, a window with its place when it is under way. */
export interface Place {
  readonly from?: string
  readonly window?: {
    readonly from?: string
    readonly to: string
    /** Which of several lists of the window. */
    readonly stage: number
    readonly cursor?: string
  }
  /** When the long reconciliation ran last. */
  readonly reconciled?: string
}

/** A cursor is the connector's own JSON; one that is not comes from elsewhere and starts over. */
export const placeOf = (cursor: Cursor | undefined): Place => {
  if (!isDoc(cursor)) return {}
  const [from, reconciled] = [textIn(cursor["from"]), textIn(cursor["reconciled"])]
  const window = cursor["window"]
  const to = isDoc(window) ? textIn(window["to"]) : undefined
  return {
    ...(from === undefined ? {} : { from }),
    ...(reconciled === undefined ? {} : { reconciled }),
    ...(isDoc(window) && to !== undefined
      ? {
          window: {
            to,
            stage: typeof window["stage"] === "number" ? window["stage"] : 0,
            ...optional("from", textIn(window["from"])),
            ...optional("cursor", textIn(window["cursor"]))
          }
        }
      : {})
  }
}

export const optional = <K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } =>
  // The type says what the two branches are; TypeScript widens a computed key.
  (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: V }

export const cursorOf = (place: Place): Cursor => JSON.parse(JSON.stringify(place)) as Json

/** One page of one list of the window. */
export interface Listed {
  readonly seen: ReadonlyArray<Seen>
  readonly cursor: string | undefined
}

export type Stage = (
  window: { readonly from: string | undefined; readonly to: string },
  cursor: string | undefined
) => Effect.Effect<Listed, ConnectorError>

export interface Plan {
  readonly overlapMs: number
  /** The lists of a window, in order. */
  readonly stages: (place: Place, to: string) => ReadonlyArray<Stage>
  /** What the place remembers beside the time, when the window is through. */
  readonly rest?: (place: Place, to: string) => Partial<Place>
}

/** Changes since the place, in one window that ends now. */
export const changesOf = (
  plan: Plan,
  since: Cursor | undefined,
  options: ReadOptions
): Stream.Stream<Page, ConnectorError> =>
  Stream.unwrap(
    Effect.map(now, (at) => {
      const place = placeOf(since)
      const until = options.until === undefined ? at : Math.min(at, Date.parse(options.until))
      const { to, ...begun } = place.window ?? { to: timeOf(until), stage: 0, ...optional("from", place.from) }
      const stages = plan.stages(place, to)
      const first = { stage: begun.stage, cursor: "cursor" in begun ? begun.cursor : undefined, read: 0 }
      return Stream.paginate(first, (state) =>
        Effect.gen(function* () {
          const readAt = yield* now
          const stage = stages[state.stage]
          const { cursor, seen } =
            stage === undefined
              ? { cursor: undefined, seen: [] }
              : yield* inCase(stage, { from: begun.from, to }, state.cursor)
          const next =
            cursor === undefined
              ? { stage: state.stage + 1, cursor: undefined }
              : { stage: state.stage, cursor }
          const through = next.stage >= stages.length
          const after: Place = through
            ? {
                from: timeOf(Date.parse(to) - plan.overlapMs),
                ...(plan.rest?.(place, to) ?? optional("reconciled", place.reconciled))
              }
            : {
                ...place,
                window: {
                  to,
                  stage: next.stage,
                  ...optional("from", begun.from),
                  ...optional("cursor", next.cursor)
                }
              }
          const read = state.read + seen.length
          const page: Page = { readAt, seen, next: cursorOf(after) }
          const stop = through || (options.limit !== undefined && read >= options.limit)
          return [[page], stop ? Option.none() : Option.some({ ...next, read })] as const
        })
      )
    })
  )

/** A cursor that the vendor does not know any more: the list is read from its beginning. */
const inCase = (
  stage: Stage,
  window: Parameters<Stage>[0],
  cursor: string | undefined
): Effect.Effect<Listed, ConnectorError> =>
  cursor === undefined
    ? stage(window, undefined)
    : Effect.catchIf(
        stage(window, cursor),
        (error) => hasCode(error, "INVALID_CURSOR"),
        () => stage(window, undefined)
      )

/** Everything there is; `complete` with the last page. */
export const listingOf = (
  stages: ReadonlyArray<(cursor: string | undefined) => Effect.Effect<Listed, ConnectorError>>,
  resume: Cursor | undefined,
  options: ReadOptions
): Stream.Stream<Page, ConnectorError> => {
  const known = isDoc(resume) ? resume : {}
  const first = {
    stage: typeof known["stage"] === "number" ? known["stage"] : 0,
    cursor: textIn(known["cursor"]),
    read: 0
  }
  return Stream.paginate(first, (state) =>
    Effect.gen(function* () {
      const readAt = yield* now
      const stage = stages[state.stage]
      const { cursor, seen } =
        stage === undefined
          ? { cursor: undefined, seen: [] }
          : yield* inCase((_, at) => stage(at), { from: undefined, to: "" }, state.cursor)
      const next =
        cursor === undefined ? { stage: state.stage + 1, cursor: undefined } : { stage: state.stage, cursor }
      const through = next.stage >= stages.length
      const read = state.read + seen.length
      const place: Cursor = through ? null : ({ stage: next.stage, ...optional("cursor", next.cursor) } as Json)
      const page: Page = { readAt, seen, next: place, listing: through ? "complete" : "open" }
      const stop = through || (options.limit !== undefined && read >= options.limit)
      return [[page], stop ? Option.none() : Option.some({ ...next, read })] as const
    })
  )
}
