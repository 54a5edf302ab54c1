/** Locations: few, read whole each time. They are opened and closed in the seller's dashboard. */
import { Effect, Option, Stream } from "effect"
import type { Cursor, Page, Reader, ReadOptions, Seen } from "../../core/connector/connector.ts"
import type { ConnectorError } from "../../core/connector/errors.ts"
import { now } from "./line.ts"
import type { Line } from "./line.ts"
import { SquareLocation } from "./records.ts"
import { docsIn, flat, isDoc, textIn } from "./shape.ts"
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

const perPage = 200

export const locationReader = (line: Line): Reader => {
  const all = (resume: Cursor | undefined, { limit = Infinity }: ReadOptions, listing: boolean) =>
    Stream.unwrap(
      Effect.gen(function* () {
        const readAt = yield* now
        const found = yield* locations(line)
        const after = isDoc(resume) ? textIn(resume["after"]) : undefined
        const first = after === undefined ? 0 : found.findIndex((one) => one["id"] === after) + 1
        return Stream.paginate(first, (from) => {
          const part = found.slice(from, from + perPage)
          const to = from + perPage
          const through = to >= found.length
          const next: Cursor = through ? null : { after: textIn(part.at(-1)?.["id"]) ?? "" }
          const page: Page = {
            readAt,
            seen: part.map(seen),
            next,
            ...(listing ? { listing: through ? ("complete" as const) : ("open" as const) } : {})
          }
          return Effect.succeed([
            [page],
            through || to - first >= limit ? Option.none() : Option.some(to)
          ] as const)
        })
      })
    )
  return {
    covers: { cursor: "all", listing: true },
    changes: (since, options) => all(since, options, false),
    listing: (resume, options) => all(resume, options, true),
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
