/** Stock: what lies IN_STOCK, by variation and location; written as a count as of the moment it was read. */
import { Effect } from "effect"
import type { Lost } from "../../core/connector/api.ts"
import type { Change, Fenced, Held, Outcome, Reader, Seen, Writer } from "../../core/connector/connector.ts"
import type { ConnectorError } from "../../core/connector/errors.ts"
import type { Patch, Record_ } from "../../core/mapping/mapping.ts"
import { Round } from "./batch.ts"
import { keyOf } from "./catalog.ts"
import { now, post, timeOf } from "./line.ts"
import type { Line } from "./line.ts"
import { SquareCount } from "./records.ts"
import { docsIn, flat, textIn } from "./shape.ts"
import type { Doc } from "./shape.ts"
import { changesOf, cursorOf, listingOf, optional } from "./window.ts"
import type { Listed } from "./window.ts"

const columns: ReadonlyArray<string> = Object.keys(SquareCount.fields)
const perPage = 1_000
/** Changes of one BatchChangeInventory request. */
const perWrite = 100

/** A count's id: Square has none, so it is the pair. */
export const countId = (variation: string, location: string): string => `${variation}:${location}`
const pairOf = (id: string): { readonly variation: string; readonly location: string } | undefined => {
  const [variation, location, more] = id.split(":")
  return variation === undefined ||
    variation === "" ||
    location === undefined ||
    location === "" ||
    more !== undefined
    ? undefined
    : { variation, location }
}

const heldCount = (doc: Doc): Held => {
  const at = textIn(doc["calculated_at"])
  return {
    id: countId(textIn(doc["catalog_object_id"]) ?? "", textIn(doc["location_id"]) ?? ""),
    record: flat(doc, columns),
    complete: true,
    ...(at === undefined ? {} : { stamp: { at, tier: "R" as const } })
  }
}

const page = (line: Line, body: Doc): Effect.Effect<Listed, ConnectorError> =>
  Effect.map(
    line.read(
      post("retrieve counts", "/v2/inventory/counts/batch-retrieve", {
        states: ["IN_STOCK"],
        limit: perPage,
        ...body
      })
    ),
    (answer) => ({
      seen: docsIn(answer["counts"]).map((doc): Seen => ({ _tag: "Held", ...heldCount(doc) })),
      cursor: textIn(answer["cursor"])
    })
  )

export const inventoryReader = (line: Line): Reader => ({
  covers: { cursor: columns, listing: true },
  changes: (since, options) =>
    changesOf(
      {
        overlapMs: line.settings.overlapMs,
        stages: () => [
          ({ from }, cursor) =>
            page(line, { ...optional("updated_after", from), ...optional("cursor", cursor) })
        ]
      },
      since,
      options
    ),
  listing: (resume, options) =>
    listingOf([(cursor) => page(line, { ...optional("cursor", cursor) })], resume, options),
  fetch: (ids) =>
    Effect.gen(function* () {
      const readAt = yield* now
      const found = yield* retrieve(line, ids)
      return {
        readAt,
        seen: ids.map((id): Seen => {
          const held = found.get(id)
          return held === undefined ? { _tag: "Gone", id, evidence: "read" } : { _tag: "Held", ...held }
        })
      }
    }),
  cursorAt: (since) => cursorOf({ from: since })
})

/** The counts of these pairs, those that exist. One question covers all variations at all locations asked about. */
const retrieve = (
  line: Line,
  ids: ReadonlyArray<string>
): Effect.Effect<ReadonlyMap<string, Held>, ConnectorError> =>
  Effect.gen(function* () {
    const pairs = ids.flatMap((id) => pairOf(id) ?? [])
    const wanted = new Set(ids)
    const found = new Map<string, Held>()
    const variations = [...new Set(pairs.map((one) => one.variation))]
    const locations = [...new Set(pairs.map((one) => one.location))]
    for (let at = 0; at < variations.length; at += perWrite) {
      let cursor: string | undefined
      do {
        const asked: Doc = {
          catalog_object_ids: variations.slice(at, at + perWrite),
          location_ids: locations,
          ...optional("cursor", cursor)
        }
        const listed = yield* page(line, asked)
        for (const one of listed.seen) if (one._tag === "Held" && wanted.has(one.id)) found.set(one.id, one)
        cursor = listed.cursor
      } while (cursor !== undefined)
    }
    return found
  })

type Failure = ConnectorError | Lost | Fenced
type Fence = Effect.Effect<void, Fenced>

/** A change as a count: which pair, how many. */
interface Count {
  readonly change: Change
  readonly id: string
  readonly quantity: string
}

const text = (patch: Patch, column: string): string | undefined => {
  const value = patch[column]
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined
}

/**
 * A physical count carries the moment at which it was true. Square lays sales that happened after it on top, whenever
 * they arrive (developer.squareup.com/docs/inventory-api/how-it-works), so a sale between our read and our write is
 * not lost: no lock is needed, and none is offered.
 */
export const inventoryWriter = (line: Line): Writer => ({
  guard: "reread",
  creates: "idempotent",
  shape: "patch",
  batch: perWrite,
  write: (changes, fence) => new Round().send(changes, perWrite, (some) => writeAll(line, some, fence))
})

const writeAll = (
  line: Line,
  changes: ReadonlyArray<Change>,
  fence: Fence
): Effect.Effect<ReadonlyArray<Outcome>, Failure> =>
  Effect.gen(function* () {
    const readAt = yield* now
    const patches = new Map<Change, Patch>()
    for (const change of changes) if (change.op === "create") patches.set(change, change.patch(undefined))
    const ids = changes.map((change) => {
      const patch = patches.get(change)
      return change.op === "create"
        ? countId(text(patch ?? {}, "catalog_object_id") ?? "", text(patch ?? {}, "location_id") ?? "")
        : change.id
    })
    const found = yield* retrieve(line, ids)
    const outcomes = new Map<Change, Outcome>()
    const counts: Array<Count> = []
    changes.forEach((change, at) => {
      const decided = countOf(change, ids[at] ?? "", found.get(ids[at] ?? ""), patches.get(change), readAt)
      if ("did" in decided) outcomes.set(change, decided)
      else counts.push(decided)
    })
    if (counts.length > 0) {
      const answer = yield* line.write(
        {
          ...post("count stock", "/v2/inventory/changes/batch-create", {
            idempotency_key: keyOf(counts.map(({ change }) => change.attempt)),
            // An unchanged count is left out by Square: the same request may come twice.
            ignore_unchanged_counts: true,
            changes: counts.map(({ id, quantity }) => ({
              type: "PHYSICAL_COUNT",
              physical_count: {
                catalog_object_id: pairOf(id)?.variation ?? "",
                location_id: pairOf(id)?.location ?? "",
                state: "IN_STOCK",
                quantity,
                occurred_at: timeOf(readAt)
              }
            }))
          }),
          idempotent: true
        },
        fence
      )
      const after = new Map(
        docsIn(answer["counts"])
          .map(heldCount)
          .map((held) => [held.id, withoutTime(held)])
      )
      for (const { change, id } of counts) {
        const held = after.get(id)
        outcomes.set(change, { did: "written", id, readAt, ...optional("after", held) })
      }
    }
    return changes.map((change) => outcomes.get(change) ?? { did: "unknown" })
  })

/** When Square counted is not what was written: it comes with the next pull. */
const withoutTime = (held: Held): Held => {
  const { calculated_at: _at, ...record } = held.record
  return { ...held, record }
}

const countOf = (
  change: Change,
  id: string,
  held: Held | undefined,
  patch: Patch | undefined,
  readAt: number
): Count | Outcome => {
  if (pairOf(id) === undefined) return { did: "refused", cause: "stock is of a variation at a location" }
  if (change.op === "remove")
    return { did: "refused", cause: "a count is not deleted: it goes with its variation" }
  if (change.op === "create") {
    if (held !== undefined) return { did: "exists", id }
    const quantity = text(patch ?? {}, "quantity")
    return quantity === undefined
      ? { did: "refused", cause: "there is no quantity to count" }
      : { change, id, quantity }
  }
  if (held === undefined) return { did: "gone" }
  if (!change.expect.holds(held.record)) return { did: "moved", now: held }
  const asked = change.patch(held.record)
  const quantity = text(asked, "quantity")
  return quantity === undefined ? kept(held, asked, readAt) : { change, id, quantity }
}

/** Nothing that Square holds is to be written: a pair keeps its variation and its location. */
const kept = (held: Held, patch: Record_ | Patch, readAt: number): Outcome => {
  const withheld = Object.keys(patch).map((path) => ({
    path,
    cause: `${path} is not written: a count keeps its pair`
  }))
  return { did: "written", id: held.id, after: held, readAt, ...(withheld.length === 0 ? {} : { withheld }) }
}
