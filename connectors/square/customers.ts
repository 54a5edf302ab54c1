/** Customer profiles: read by windows of `updated_at`, written sparsely under their version. */
import { Effect } from "effect"
import type { Call } from "../../core/connector/api.ts"
import type { Held, Reader, Seen } from "../../core/connector/connector.ts"
import type { ConnectorError } from "../../core/connector/errors.ts"
import type { Record_ } from "../../core/mapping/mapping.ts"
import { attributesOf } from "./attributes.ts"
import { now, post } from "./line.ts"
import type { Line } from "./line.ts"
import { SquareCustomer } from "./records.ts"
import { docIn, docsIn, flat, isDoc, textIn, textsIn } from "./shape.ts"
import type { Doc } from "./shape.ts"
import { changesOf, cursorOf, listingOf, optional } from "./window.ts"
import type { Listed, Stage } from "./window.ts"

export const customerColumns: ReadonlyArray<string> = Object.keys(SquareCustomer.fields)

/** Most customers one page or bulk call holds. */
export const customersPerCall = 100

export const heldCustomer = (doc: Doc, more: Record_ = {}): Held => {
  const updated = textIn(doc["updated_at"])
  return {
    id: textIn(doc["id"]) ?? "",
    record: { ...flat(doc, customerColumns), ...more },
    complete: true,
    ...optional("version", doc["version"] === undefined ? undefined : String(doc["version"])),
    ...optional("incarnation", textIn(doc["created_at"])),
    ...(updated === undefined ? {} : { stamp: { at: updated, tier: "R" as const } })
  }
}

export const withAttributes = (
  line: Line,
  docs: ReadonlyArray<Doc>,
  columns: Iterable<string>
): Effect.Effect<ReadonlyArray<Held>, ConnectorError> =>
  Effect.map(attributesOf(line, docs, columns), (cells) => docs.map((doc, at) => heldCustomer(doc, cells[at])))

const seen = (held: ReadonlyArray<Held>): ReadonlyArray<Seen> => held.map((one) => ({ _tag: "Held", ...one }))

export const customerReader = (line: Line): Reader => {
  /**
   * Search and list are behind by up to a minute: a value they show after our own write would look like an edit back.
   * They tell ids; the values come from the records. `first`: nothing was written there yet.
   */
  const page = (call: Call, columns: Iterable<string>, first: boolean): Effect.Effect<Listed, ConnectorError> =>
    Effect.gen(function* () {
      const answer = yield* line.read(call)
      const listed = docsIn(answer["customers"])
      const ids = listed.flatMap((doc) => textIn(doc["id"]) ?? [])
      const docs = first || ids.length === 0 ? listed : [...(yield* retrieve(line, ids)).values()]
      return { seen: seen(yield* withAttributes(line, docs, columns)), cursor: textIn(answer["cursor"]) }
    })
  const updated =
    (columns: Iterable<string>): Stage =>
    ({ from, to }, cursor) =>
      page(
        post("search customers", "/v2/customers/search", {
          limit: customersPerCall,
          query: {
            filter: { updated_at: { ...optional("start_at", from), end_at: to } },
            sort: { field: "CREATED_AT", order: "ASC" }
          },
          ...optional("cursor", cursor)
        }),
        columns,
        from === undefined
      )
  return {
    covers: { cursor: customerColumns, listing: true },
    changes: (since, options) =>
      changesOf(
        {
          overlapMs: line.settings.overlapMs,
          // Events come first: a merged customer is followed before its successor is read.
          stages: (place) =>
            line.settings.events && (place.from ?? place.window?.from) !== undefined
              ? [gone(line), updated(options.columns)]
              : [updated(options.columns)]
        },
        since,
        options
      ),
    listing: (resume, options) =>
      listingOf(
        [
          (cursor) =>
            page(
              {
                operation: "list customers",
                method: "GET",
                path: "/v2/customers",
                query: {
                  limit: customersPerCall,
                  sort_field: "CREATED_AT",
                  sort_order: "ASC",
                  ...optional("cursor", cursor)
                }
              },
              options.columns,
              false
            )
        ],
        resume,
        options
      ),
    fetch: (ids, options) =>
      Effect.gen(function* () {
        const readAt = yield* now
        const found = yield* retrieve(line, ids)
        const held = yield* withAttributes(line, [...found.values()], options.columns)
        const gone = ids.flatMap((id): ReadonlyArray<Seen> =>
          found.has(id) ? [] : [{ _tag: "Gone", id, evidence: "read" }]
        )
        return { readAt, seen: [...seen(held), ...gone] }
      }),
    cursorAt: (since) => cursorOf({ from: since })
  }
}

/** What the Events API kept: deletions, and which of them were merges into a new customer. */
const gone =
  (line: Line): Stage =>
  ({ from, to }, cursor) =>
    Effect.map(
      line.read(
        post("search events", "/v2/events", {
          limit: 100,
          query: {
            filter: {
              event_types: ["customer.deleted"],
              created_at: { ...optional("start_at", from), end_at: to }
            },
            sort: { field: "DEFAULT", order: "ASC" }
          },
          ...optional("cursor", cursor)
        })
      ),
      (answer) => ({
        seen: docsIn(answer["events"]).flatMap((event) => deletionIn(event)),
        cursor: textIn(answer["cursor"])
      })
    )

/** A `customer.deleted` event as the hub knows it; the sources of a merge are Moved. */
export const deletionIn = (event: Doc): ReadonlyArray<Seen> => {
  const data = docIn(event["data"])
  const id = textIn(data["id"])
  if (id === undefined || event["type"] !== "customer.deleted") return []
  const to = mergedInto(data, id)
  return [to === undefined ? { _tag: "Gone", id, evidence: "feed" } : { _tag: "Moved", id, to, how: "merged" }]
}

const mergedInto = (data: Doc, id: string): string | undefined => {
  const context = docIn(docIn(data["object"])["event_context"])
  const merge = isDoc(context["merge"]) ? context["merge"] : undefined
  const to = textIn(merge?.["to_customer_id"])
  return to !== undefined && to !== id && textsIn(merge?.["from_customer_ids"]).includes(id) ? to : undefined
}

/** The profiles of these ids, those that exist. */
export const retrieve = (
  line: Line,
  ids: ReadonlyArray<string>
): Effect.Effect<ReadonlyMap<string, Doc>, ConnectorError> =>
  Effect.gen(function* () {
    const found = new Map<string, Doc>()
    for (let at = 0; at < ids.length; at += customersPerCall) {
      const answer = yield* line.read(
        post("retrieve customers", "/v2/customers/bulk-retrieve", {
          customer_ids: ids.slice(at, at + customersPerCall)
        })
      )
      for (const [id, one] of Object.entries(docIn(answer["responses"]))) {
        const doc = docIn(one)["customer"]
        if (isDoc(doc)) found.set(id, doc)
      }
    }
    return found
  })
