/** Catalog items with their variations: read with what was deleted, written whole from a fresh read, one at a time. */
import { Effect, Semaphore } from "effect"
import type { Lost } from "../../core/connector/api.ts"
import type { Change, Fenced, Held, Outcome, Reader, Seen, Writer } from "../../core/connector/connector.ts"
import type { ConnectorError } from "../../core/connector/errors.ts"
import type { Json } from "../../core/model/value.ts"
import { Round } from "./batch.ts"
import { asCreated } from "./created.ts"
import { causeOf, faultsOf, outcomeOf } from "./errors.ts"
import type { Fault } from "./errors.ts"
import { itemOf, newItem } from "./item.ts"
import type { Whole } from "./item.ts"
import { hasCode, now, post } from "./line.ts"
import type { Line } from "./line.ts"
import { SquareItem } from "./records.ts"
import { docIn, docsIn, flat, isDoc, textIn } from "./shape.ts"
import type { Doc } from "./shape.ts"
import { changesOf, cursorOf, listingOf, optional } from "./window.ts"
import type { Listed } from "./window.ts"

export const itemColumns: ReadonlyArray<string> = Object.keys(SquareItem.fields)
const own = itemColumns.filter((column) => column !== "variations")
const variationColumns = [
  "name",
  "sku",
  "upc",
  "ordinal",
  "pricing_type",
  "price_money.amount",
  "price_money.currency",
  "track_inventory",
  "sellable"
]

/** Most items of one page or request. A request holds 10,000 objects, an item 250 variations. */
export const itemsPerPage = 500
const itemsPerWrite = 30

export const heldItem = (doc: Doc): Held => {
  const data = docIn(doc["item_data"])
  const updated = textIn(doc["updated_at"])
  return {
    id: textIn(doc["id"]) ?? "",
    record: {
      ...flat(doc, own),
      variations: docsIn(data["variations"])
        .filter((one) => one["is_deleted"] !== true)
        .map((one): Json => ({
          id: textIn(one["id"]) ?? "",
          ...flat(docIn(one["item_variation_data"]), variationColumns)
        }))
    },
    complete: true,
    ...optional("version", doc["version"] === undefined ? undefined : String(doc["version"])),
    ...(updated === undefined ? {} : { stamp: { at: updated, tier: "R" as const } })
  }
}

const seenIn = (answer: Doc): Listed => ({
  seen: docsIn(answer["objects"]).map((doc): Seen =>
    doc["is_deleted"] === true
      ? { _tag: "Gone", id: textIn(doc["id"]) ?? "", evidence: "feed" }
      : { _tag: "Held", ...heldItem(doc) }
  ),
  cursor: textIn(answer["cursor"])
})

/** `fresh`: the search only tells ids, because what it shows may be older than our own write of a moment ago. */
const search = (line: Line, body: Doc, fresh: boolean): Effect.Effect<Listed, ConnectorError> =>
  Effect.gen(function* () {
    const answer = yield* line.read(
      post("search the catalog", "/v2/catalog/search", { object_types: ["ITEM"], limit: itemsPerPage, ...body })
    )
    const { cursor, seen } = seenIn(answer)
    const ids = seen.flatMap((one) => (one._tag === "Held" ? [one.id] : []))
    if (!fresh || ids.length === 0) return { cursor, seen }
    const now = yield* retrieve(line, ids)
    return {
      cursor,
      seen: seen.flatMap((one): ReadonlyArray<Seen> => {
        const doc = now.get(one.id)
        return one._tag !== "Held" ? [one] : doc === undefined ? [] : [{ _tag: "Held", ...heldItem(doc) }]
      })
    }
  })

export const catalogReader = (line: Line): Reader => ({
  covers: { cursor: itemColumns, listing: true },
  changes: (since, options) =>
    changesOf(
      {
        overlapMs: line.settings.overlapMs,
        // `begin_time` is exclusive; there is no end, so what changes meanwhile is read again by the next window.
        stages: () => [
          ({ from }, cursor) =>
            search(
              line,
              {
                ...(from === undefined ? {} : { begin_time: from, include_deleted_objects: true }),
                ...optional("cursor", cursor)
              },
              from !== undefined
            )
        ]
      },
      since,
      options
    ),
  listing: (resume, options) =>
    listingOf([(cursor) => search(line, { ...optional("cursor", cursor) }, true)], resume, options),
  fetch: (ids) =>
    Effect.gen(function* () {
      const readAt = yield* now
      const found = yield* retrieve(line, ids)
      return {
        readAt,
        seen: ids.map((id): Seen => {
          const doc = found.get(id)
          return doc === undefined ? { _tag: "Gone", id, evidence: "read" } : { _tag: "Held", ...heldItem(doc) }
        })
      }
    }),
  cursorAt: (since) => cursorOf({ from: since })
})

const retrieve = (
  line: Line,
  ids: ReadonlyArray<string>
): Effect.Effect<ReadonlyMap<string, Doc>, ConnectorError> =>
  Effect.gen(function* () {
    const found = new Map<string, Doc>()
    for (let at = 0; at < ids.length; at += itemsPerPage) {
      const answer = yield* line.read(
        post("retrieve catalog objects", "/v2/catalog/batch-retrieve", {
          object_ids: ids.slice(at, at + itemsPerPage)
        })
      )
      for (const doc of docsIn(answer["objects"])) {
        if (doc["is_deleted"] !== true && doc["type"] === "ITEM") found.set(textIn(doc["id"]) ?? "", doc)
      }
    }
    return found
  })

type Failure = ConnectorError | Lost | Fenced
type Fence = Effect.Effect<void, Fenced>
type Of<Op extends Change["op"]> = Extract<Change, { readonly op: Op }>

/** Square refuses a catalog write while another one of the seller is under way: ours wait for each other. */
export const catalogWriter = (line: Line): Writer => {
  const one = Semaphore.makeUnsafe(1)
  return {
    guard: "version",
    creates: "idempotent",
    shape: "whole",
    batch: itemsPerWrite,
    write: (changes, fence) =>
      one.withPermit(
        Effect.gen(function* () {
          const round = new Round()
          const outcomes = new Map<Change, Outcome>()
          const put = <C extends Change>(of: ReadonlyArray<C>, came: ReadonlyArray<Outcome>): void => {
            of.forEach((change, at) => {
              outcomes.set(change, came[at] ?? { did: "unknown" })
            })
          }
          // A create has an idempotency key of its own, so it goes alone: sent again it is still the same request.
          const creates = changes.filter((one): one is Of<"create"> => one.op === "create")
          put(
            creates,
            yield* round.send(creates, 1, (some) =>
              Effect.forEach(some, (change) => create(line, change, fence))
            )
          )
          const updates = changes.filter((one): one is Of<"update"> => one.op === "update")
          put(updates, yield* round.send(updates, itemsPerWrite, (some) => updateAll(line, some, fence)))
          const removes = changes.filter((one): one is Of<"remove"> => one.op === "remove")
          put(
            removes,
            yield* round.send(removes, 1, (some) =>
              Effect.forEach(some, (change) => remove(line, change, fence))
            )
          )
          return changes.map((one) => outcomes.get(one) ?? { did: "unknown" })
        })
      )
  }
}

const create = (line: Line, change: Of<"create">, fence: Fence): Effect.Effect<Outcome, Failure> =>
  Effect.gen(function* () {
    const readAt = yield* now
    const patch = change.patch(undefined)
    const whole = newItem(patch, line.settings.presentAt)
    const answer = yield* line.write(
      {
        ...post("create an item", "/v2/catalog/object", {
          idempotency_key: change.idempotencyKey,
          object: whole.object
        }),
        idempotent: true
      },
      fence
    )
    const outcome = written(docIn(answer["catalog_object"]), whole, idsIn(answer), readAt)
    return outcome.did !== "written" || outcome.after === undefined
      ? outcome
      : { ...outcome, after: asCreated(outcome.after, patch) }
  })

const idsIn = (answer: Doc): ReadonlyMap<string, string> =>
  new Map(
    docsIn(answer["id_mappings"]).flatMap((one) => {
      const [client, id] = [textIn(one["client_object_id"]), textIn(one["object_id"])]
      return client === undefined || id === undefined ? [] : [[client, id] as const]
    })
  )

const written = (
  doc: Doc,
  { elements, withheld }: Whole,
  ids: ReadonlyMap<string, string>,
  readAt: number
): Outcome => {
  const held = heldItem(doc)
  const made = [...elements].flatMap(([element, client]) => {
    const id = ids.get(client)
    return id === undefined ? [] : [[element, id] as const]
  })
  return {
    did: "written",
    id: held.id,
    readAt,
    after: made.length === 0 ? held : { ...held, elements: { variations: Object.fromEntries(made) } },
    ...(withheld.length === 0 ? {} : { withheld })
  }
}

interface Update {
  readonly change: Of<"update">
  readonly whole: Whole
}

/** Every item is a batch of its own: batches of one request stand or fall apart from each other. */
const updateAll = (
  line: Line,
  updates: ReadonlyArray<Of<"update">>,
  fence: Fence
): Effect.Effect<ReadonlyArray<Outcome>, Failure> =>
  Effect.gen(function* () {
    const readAt = yield* now
    const found = yield* retrieve(line, [...new Set(updates.map((one) => one.id))])
    const outcomes = new Map<Change, Outcome>()
    const sent: Array<Update> = []
    for (const change of updates) {
      const doc = found.get(change.id)
      const held = doc === undefined ? undefined : heldItem(doc)
      if (doc === undefined || held === undefined) outcomes.set(change, { did: "gone" })
      else if (!change.expect.holds(held.record)) outcomes.set(change, { did: "moved", now: held })
      else if (sent.some((one) => one.change.id === change.id)) outcomes.set(change, { did: "unsent" })
      else {
        const whole = itemOf(doc, change.patch(held.record), `${sent.length}`)
        if (whole.changed) sent.push({ change, whole })
        else outcomes.set(change, written(doc, whole, new Map(), readAt))
      }
    }
    if (sent.length > 0) {
      const came = yield* sendBatches(line, sent, fence, readAt)
      sent.forEach(({ change }, at) => {
        outcomes.set(change, came[at] ?? { did: "unknown" })
      })
    }
    return updates.map((change) => outcomes.get(change) ?? { did: "unknown" })
  })

const sendBatches = (
  line: Line,
  sent: ReadonlyArray<Update>,
  fence: Fence,
  readAt: number
): Effect.Effect<ReadonlyArray<Outcome>, Failure> =>
  Effect.gen(function* () {
    const answer = yield* line.write(
      {
        ...post("update items", "/v2/catalog/batch-upsert", {
          // Versions guard every object, so the key only has to be new for new contents.
          idempotency_key: keyOf(sent.map(({ change }) => change.attempt)),
          batches: sent.map(({ whole }) => ({ objects: [whole.object] }))
        }),
        idempotent: true
      },
      fence
    )
    const ids = idsIn(answer)
    const kept = new Map(docsIn(answer["objects"]).map((doc) => [textIn(doc["id"]), doc]))
    const faults = faultsOf(answer)
    return yield* Effect.forEach(sent, ({ change, whole }, at) => {
      const doc = kept.get(change.id)
      if (doc !== undefined) return Effect.succeed(written(doc, whole, ids, readAt))
      const outcome = failed(faults, at)
      return outcome.did === "moved" ? landed(line, change) : Effect.succeed(outcome)
    })
  }).pipe(
    Effect.catchTag("ConnectorError", (error): Effect.Effect<ReadonlyArray<Outcome>, ConnectorError> => {
      const [only] = sent.length === 1 && hasCode(error, "VERSION_MISMATCH") ? sent : []
      return only === undefined ? Effect.fail(error) : Effect.map(landed(line, only.change), (one) => [one])
    })
  )

/** A request that was sent twice meets its own first landing: then there is nothing left to change. */
const landed = (line: Line, change: Of<"update">): Effect.Effect<Outcome, ConnectorError> =>
  Effect.gen(function* () {
    const readAt = yield* now
    const doc = (yield* retrieve(line, [change.id])).get(change.id)
    if (doc === undefined) return { did: "gone" }
    const held = heldItem(doc)
    const whole = itemOf(doc, change.patch(held.record), "0")
    return isAlready(doc, whole.object) ? written(doc, whole, new Map(), readAt) : { did: "moved", now: held }
  })

/** The object that would be written says nothing that the one there does not say. */
const isAlready = (doc: Doc, object: Doc): boolean => {
  const [there, wanted] = [heldItem(doc).record, heldItem({ ...doc, ...object }).record]
  return JSON.stringify(there) === JSON.stringify(wanted)
}

/** The fault that names this batch; one that names none is said of each that was not kept. */
const failed = (faults: ReadonlyArray<Fault>, at: number): Outcome => {
  const mine = faults.filter(({ field }) => field?.startsWith(`batches[${at}]`) === true)
  const nobodys = faults.filter(({ field }) => field?.startsWith("batches[") !== true)
  const [first] = mine.length > 0 ? mine : nobodys
  if (first === undefined) return { did: "unknown" }
  const outcome = outcomeOf([first])
  return outcome.did === "refused" ? { did: "refused", cause: causeOf(first) } : outcome
}

/** Keys are at most 128 characters. */
export const keyOf = (attempts: ReadonlyArray<string>): string => {
  const joined = attempts.join("|")
  return joined.length <= 128
    ? joined
    : `${attempts[0] ?? ""}+${attempts.length}-${attempts.at(-1) ?? ""}`.slice(0, 128)
}

const remove = (line: Line, change: Of<"remove">, fence: Fence): Effect.Effect<Outcome, Failure> =>
  Effect.gen(function* () {
    const doc = (yield* retrieve(line, [change.id])).get(change.id)
    if (doc === undefined) return { did: "gone" } satisfies Outcome
    const held = heldItem(doc)
    if (!change.expect.holds(held.record)) return { did: "moved", now: held } satisfies Outcome
    if (change.how === "delete") {
      yield* line.write(
        {
          operation: "delete an item",
          method: "DELETE",
          path: "/v2/catalog/object/{id}",
          params: { id: change.id },
          idempotent: true
        },
        fence
      )
      return { did: "written", id: change.id } satisfies Outcome
    }
    const readAt = yield* now
    const whole = itemOf(doc, { "item_data.is_archived": true }, "0")
    const answer = yield* line.write(
      {
        ...post("archive an item", "/v2/catalog/object", {
          idempotency_key: change.idempotencyKey,
          object: whole.object
        }),
        idempotent: true
      },
      fence
    )
    const kept = answer["catalog_object"]
    return isDoc(kept) ? written(kept, whole, new Map(), readAt) : ({ did: "unknown" } satisfies Outcome)
  })
