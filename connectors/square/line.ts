/** The seller's API as the resources use it: requests by name, times, and what is waited for. */
import { Clock, Effect } from "effect"
import type { Api, Call, Lost, Write } from "../../core/connector/api.ts"
import type { Fenced } from "../../core/connector/connector.ts"
import { Malformed } from "../../core/connector/errors.ts"
import type { ConnectorError } from "../../core/connector/errors.ts"
import { isDoc } from "./shape.ts"
import type { Doc } from "./shape.ts"

/** What the options of a connection come to. */
export interface Settings {
  readonly version: string
  /** Changes are read again this far back: late index entries, transactions, clocks that differ. */
  readonly overlapMs: number
  /** How far back sales are read again once a day, by the time at the till: offline ones come up to 72 hours late. */
  readonly reconcileMs: number
  /** The Events API is on: deletions and merges of customers are caught up with it. */
  readonly events: boolean
  /** Where new items are for sale; absent: at all locations, as Square has it. */
  readonly presentAt: ReadonlyArray<string> | undefined
  readonly webhook: { readonly url: string } | undefined
  /** Columns that a resource's mapping uses; absent: none was declared. */
  readonly columns: (resource: string) => ReadonlyArray<string> | undefined
  /** Keys of custom attributes that mappings use: setup makes those that are missing. */
  readonly attributes: () => ReadonlyArray<string>
}

export interface Line {
  readonly api: Api
  readonly settings: Settings
  readonly read: (call: Call) => Effect.Effect<Doc, ConnectorError>
  readonly write: (
    call: Write,
    fence?: Effect.Effect<void, Fenced>
  ) => Effect.Effect<Doc, ConnectorError | Lost | Fenced>
}

export const makeLine = (api: Api, settings: Settings): Line => {
  const doc = (call: Call, body: unknown): Effect.Effect<Doc, ConnectorError> => {
    const json = body as Parameters<typeof isDoc>[0]
    return isDoc(json)
      ? Effect.succeed(json)
      : Effect.fail(
          api.fail(
            call.operation,
            new Malformed({ message: `${call.method} ${call.path}: the answer is no object` })
          )
        )
  }
  return {
    api,
    settings,
    read: (call) => Effect.flatMap(api.read(call), (answer) => doc(call, answer.json)),
    write: (call, fence) => Effect.flatMap(api.write(call, fence), (answer) => doc(call, answer.json))
  }
}

export const post = (operation: string, path: string, json: Doc): Call => ({
  operation,
  method: "POST",
  path,
  body: { json }
})

/** RFC 3339 as Square writes it. */
export const timeOf = (ms: number): string => new Date(ms).toISOString()

export const now = Clock.currentTimeMillis

/** A code of the vendor inside an error of ours. */
export const hasCode = (error: ConnectorError, code: string): boolean =>
  error.reason._tag === "Refused" && error.reason.code === code
