/** Locations: few, read whole each time. They are opened and closed in the seller's dashboard. */
import { Effect, Stream } from "effect"
import type { Page, Reader, Seen } from "../../core/connector/connector.ts"
import type { ConnectorError } from "../../core/connector/errors.ts"
import { now } from "./line.ts"
import type { Line } from "./line.ts"
import { SquareLocation } from "./records.ts"
import { docsIn, flat, textIn } from "./shape.ts"
import type { Doc } from "./shape.ts"
import { optional } from "./window.ts"

const columns: ReadonlyArray<string> = Object.keys(SquareLocation.fields)

export const locations = (line: Line): Effect.Effect<ReadonlyArray<Doc>, ConnectorError> =>
  Effect.map(line.read({ operation: "list locations", method: "GET", path: "/v2/locations" }), (answer) =>
    docsIn(answer["locations"])
  )

const seen = (doc: Doc): Seen => ({
  _tag: "Held",
  id: textIn(doc["id"]) ?? "",
  record: flat(doc, columns),
  complete: true,
  ...optional("incarnation", textIn(doc["created_at"]))
})

export const locationReader = (line: Line): Reader => {
  const all = (listing: boolean): Stream.Stream<Page, ConnectorError> =>
    Stream.fromEffect(
      Effect.gen(function* () {
        const readAt = yield* now
        const found = yield* locations(line)
        return {
          readAt,
          seen: found.map(seen),
          next: null,
          ...(listing ? { listing: "complete" as const } : {})
        }
      })
    )
  return {
    covers: { cursor: "all", listing: true },
    changes: () => all(false),
    listing: () => all(true),
    fetch: (ids) =>
      Effect.gen(function* () {
        const readAt = yield* now
        const found = new Map((yield* locations(line)).map((doc) => [textIn(doc["id"]), doc]))
        return {
          readAt,
          seen: ids.map((id): Seen => {
            const doc = found.get(id)
            return doc === undefined ? { _tag: "Gone", id, evidence: "read" } : seen(doc)
          })
        }
      })
  }
}
