/** Till sales: a read-only source, by time of change and, for what tills sent late, once a day by their own time. */
import { Effect } from "effect"
import type { Held, Reader, Seen } from "../../core/connector/connector.ts"
import type { ConnectorError } from "../../core/connector/errors.ts"
import type { Json } from "../../core/model/value.ts"
import { now, post, timeOf } from "./line.ts"
import type { Line } from "./line.ts"
import { locations } from "./places.ts"
import { SquareOrder } from "./records.ts"
import { Refunds } from "./refunds.ts"
import { docIn, docsIn, flat, minorOf, textIn } from "./shape.ts"
import type { Doc } from "./shape.ts"
import { changesOf, cursorOf, listingOf, optional } from "./window.ts"
import type { Listed, Place, Stage } from "./window.ts"

export const orderColumns: ReadonlyArray<string> = Object.keys(SquareOrder.fields)
const lists = new Set(["line_items", "tenders", "refunds"])
/** Said by something else than the order object. */
const derived = new Set([
  "taxes_inclusive",
  "payment_state",
  "fulfillment_state",
  "paid_money.amount",
  "refunded_money.amount"
])
const own = orderColumns.filter((column) => !lists.has(column) && !derived.has(column))
const lineColumns = [
  "uid",
  "catalog_object_id",
  "name",
  "variation_name",
  "note",
  "item_type",
  "quantity",
  "base_price_money.amount",
  "base_price_money.currency",
  "total_money.amount",
  "total_money.currency"
]
const tenderColumns = ["id", "type", "payment_id", "created_at", "amount_money.amount", "amount_money.currency"]
const refundColumns = ["id", "status", "reason", "created_at", "amount_money.amount", "amount_money.currency"]

const perPage = 500
const perFetch = 100
/** SearchOrders takes at most ten locations. */
const locationsPerCall = 10
const dayMs = 24 * 60 * 60 * 1_000

/** A return has an order of its own, without lines: it says something about the sale that it names. */
const salesReturned = (doc: Doc): ReadonlyArray<string> =>
  docsIn(doc["line_items"]).length > 0
    ? []
    : docsIn(doc["returns"]).flatMap((one) => textIn(one["source_order_id"]) ?? [])

/** `refunds` undefined: the token may not see them, so what follows from them is not said. */
export const heldOrder = (doc: Doc, refunds: ReadonlyArray<Doc> | undefined): Held => {
  const tenders = docsIn(doc["tenders"])
  const given = (refunds ?? []).filter((one) => one["status"] === "COMPLETED" || one["status"] === "PENDING")
  const paid = sum(tenders.filter((one) => stateOf(one) === "CAPTURED").map((one) => one["amount_money"]))
  const refunded = sum(given.map((one) => one["amount_money"]))
  const inclusive = taxesIn(doc)
  const updated = textIn(doc["updated_at"])
  return {
    id: textIn(doc["id"]) ?? "",
    record: {
      ...flat(doc, own),
      taxes_inclusive: inclusive,
      fulfillment_state: fulfilmentOf(doc),
      "paid_money.amount": tenders.length === 0 ? null : paid,
      line_items: docsIn(doc["line_items"]).map((one): Json => ({
        ...flat(one, lineColumns),
        "total_money.amount": lineTotal(one, inclusive)
      })),
      tenders: tenders.map((one): Json => ({ ...flat(one, tenderColumns), status: stateOf(one) })),
      ...(refunds === undefined
        ? {}
        : {
            payment_state: paymentOf(doc, tenders, paid, refunded),
            "refunded_money.amount": given.length === 0 ? null : refunded,
            refunds: given.map((one): Json => flat(one, refundColumns))
          })
    },
    complete: true,
    ...optional("version", doc["version"] === undefined ? undefined : String(doc["version"])),
    ...(updated === undefined ? {} : { stamp: { at: updated, tier: "R" as const } })
  }
}

const sum = (amounts: ReadonlyArray<Json | undefined>): number =>
  amounts.reduce((all: number, one) => all + (minorOf(docIn(one)["amount"]) ?? 0), 0)

/** Only cards are captured in a second step. */
const stateOf = (tender: Doc): string => textIn(docIn(tender["card_details"])["status"]) ?? "CAPTURED"

const taxesIn = (doc: Doc): boolean | null => {
  const types = new Set(docsIn(doc["taxes"]).map((one) => one["type"]))
  return types.size !== 1 ? null : types.has("INCLUSIVE") ? true : types.has("ADDITIVE") ? false : null
}

/** Where taxes are added the line's total contains them: the difference of two declared amounts is the line alone. */
const lineTotal = (line: Doc, inclusive: boolean | null): Json => {
  const declared = docIn(line["total_money"])["amount"]
  const [total, tax] = [minorOf(declared), minorOf(docIn(line["total_tax_money"])["amount"])]
  return inclusive === false && total !== undefined && tax !== undefined ? total - tax : (declared ?? null)
}

const paymentOf = (doc: Doc, tenders: ReadonlyArray<Doc>, paid: number, refunded: number): string => {
  const due = minorOf(docIn(doc["net_amount_due_money"])["amount"])
  if (refunded > 0) return refunded >= paid ? "REFUNDED" : "PARTIALLY_REFUNDED"
  if (paid > 0) return due === undefined || due <= 0 ? "PAID" : "PARTIALLY_PAID"
  if (tenders.some((one) => stateOf(one) === "AUTHORIZED")) return "AUTHORIZED"
  if (doc["state"] === "CANCELED") return "VOIDED"
  // Nothing to pay, e.g. a gift.
  return doc["state"] === "COMPLETED" ? "PAID" : "PENDING"
}

const fulfilmentOf = (doc: Doc): string | null => {
  const states = docsIn(doc["fulfillments"]).map((one) => one["state"])
  if (states.length === 0)
    return doc["state"] === "COMPLETED" ? "FULFILLED" : doc["state"] === "CANCELED" ? null : "UNFULFILLED"
  const done = states.filter((one) => one === "COMPLETED").length
  return done === states.length ? "FULFILLED" : done > 0 ? "PARTIAL" : "UNFULFILLED"
}

export const orderReader = (line: Line): Reader => {
  /** One question for up to ten locations; which ones is asked once a pull. */
  const chunked = Effect.map(Effect.cached(locations(line)), (cached) =>
    Effect.map(cached, (all) => {
      const ids = all.flatMap((one) => textIn(one["id"]) ?? [])
      return Array.from({ length: Math.max(1, Math.ceil(ids.length / locationsPerCall)) }, (_, at) =>
        ids.slice(at * locationsPerCall, (at + 1) * locationsPerCall)
      )
    })
  )
  const changes: Reader["changes"] = (since, options) => {
    const refunds = new Refunds(line)
    const known = Effect.runSync(chunked)
    return changesOf(
      {
        overlapMs: line.settings.overlapMs,
        stages: (place, to) => stages(line, refunds, known, place, to),
        rest: (place, to) => ({ reconciled: isDue(line, place, to) ? to : (place.reconciled ?? to) })
      },
      since,
      options
    )
  }
  return {
    covers: { cursor: orderColumns, listing: true },
    changes,
    listing: (resume, options) => {
      const refunds = new Refunds(line)
      const known = Effect.runSync(chunked)
      return listingOf(
        [
          (cursor) =>
            everywhere(known, cursor, (ids, at) =>
              search(line, refunds, ids, undefined, "CREATED_AT", at, true)
            )
        ],
        resume,
        options
      )
    },
    fetch: (ids) => fetchOrders(line, ids),
    cursorAt: (since) => cursorOf({ from: since })
  }
}

/** The order of a return is no record; asked about (a message named it), it leads to the sale. */
const fetchOrders = (line: Line, ids: ReadonlyArray<string>): ReturnType<Reader["fetch"]> =>
  Effect.gen(function* () {
    const readAt = yield* now
    const refunds = new Refunds(line)
    const found = yield* retrieve(line, ids)
    const sales = new Set([...found.values()].flatMap(salesReturned).filter((id) => !found.has(id)))
    const more = yield* retrieve(line, [...sales])
    const docs = [...found.values(), ...more.values()].filter((doc) => salesReturned(doc).length === 0)
    yield* refunds.one(docs)
    const there = new Set(docs.map((doc) => textIn(doc["id"])))
    const gone = ids.filter((id) => !there.has(id)).map((id): Seen => ({ _tag: "Gone", id, evidence: "read" }))
    return {
      readAt,
      seen: [...docs.map((doc): Seen => ({ _tag: "Held", ...heldOrder(doc, refunds.of(doc)) })), ...gone]
    }
  })

const retrieve = (
  line: Line,
  ids: ReadonlyArray<string>
): Effect.Effect<ReadonlyMap<string, Doc>, ConnectorError> =>
  Effect.gen(function* () {
    const found = new Map<string, Doc>()
    for (let at = 0; at < ids.length; at += perFetch) {
      const answer = yield* line.read(
        post("retrieve orders", "/v2/orders/batch-retrieve", { order_ids: ids.slice(at, at + perFetch) })
      )
      for (const doc of docsIn(answer["orders"])) found.set(textIn(doc["id"]) ?? "", doc)
    }
    return found
  })

type Chunks = Effect.Effect<ReadonlyArray<ReadonlyArray<string>>, ConnectorError>

/** Once a day, from the second pull on. */
const isDue = (line: Line, { reconciled }: Place, to: string): boolean =>
  reconciled !== undefined && line.settings.reconcileMs > 0 && Date.parse(to) - Date.parse(reconciled) >= dayMs

/** Sales by time of change; refunds, which do not move a sale's time; and the tills' late ones by their own time. */
const stages = (
  line: Line,
  refunds: Refunds,
  known: Chunks,
  place: Place,
  to: string
): ReadonlyArray<Stage> => {
  const first = (place.from ?? place.window?.from) === undefined
  const sales: Stage = (window, cursor) =>
    everywhere(known, cursor, (ids, at) => search(line, refunds, ids, window, "UPDATED_AT", at, first))
  const back: Stage = (window, cursor) => refunds.changed(window, cursor)
  const late: Stage = (window, cursor) =>
    everywhere(known, cursor, (ids, at) =>
      search(
        line,
        refunds,
        ids,
        { from: timeOf(Date.parse(window.to) - line.settings.reconcileMs), to: window.to },
        "CREATED_AT",
        at,
        false
      )
    )
  return [sales, ...(first ? [] : [back]), ...(isDue(line, place, to) ? [late] : [])]
}

/** The lists of all chunks of locations as one list: its cursor is the chunk and the vendor's cursor in it. */
const everywhere = (
  known: Chunks,
  cursor: string | undefined,
  ask: (ids: ReadonlyArray<string>, cursor: string | undefined) => Effect.Effect<Listed, ConnectorError>
): Effect.Effect<Listed, ConnectorError> =>
  Effect.gen(function* () {
    const chunks = yield* known
    const [number = "0", ...rest] = (cursor ?? "0").split("|")
    const at = Number(number)
    const inner = rest.join("|")
    const ids = chunks[at] ?? []
    const listed =
      ids.length === 0 ? { seen: [], cursor: undefined } : yield* ask(ids, inner === "" ? undefined : inner)
    const next =
      listed.cursor !== undefined ? `${at}|${listed.cursor}` : at + 1 < chunks.length ? `${at + 1}|` : undefined
    return { seen: listed.seen, cursor: next }
  })

const search = (
  line: Line,
  refunds: Refunds,
  ids: ReadonlyArray<string>,
  window: Parameters<Stage>[0] | undefined,
  field: "UPDATED_AT" | "CREATED_AT",
  cursor: string | undefined,
  all: boolean
): Effect.Effect<Listed, ConnectorError> =>
  Effect.gen(function* () {
    const name = field === "UPDATED_AT" ? "updated_at" : "created_at"
    const answer = yield* line.read(
      post("search orders", "/v2/orders/search", {
        location_ids: [...ids],
        limit: perPage,
        // The filter wants to be sorted by the field it names.
        query: {
          ...(window === undefined
            ? {}
            : {
                filter: {
                  date_time_filter: { [name]: { ...optional("start_at", window.from), end_at: window.to } }
                }
              }),
          sort: { sort_field: field, sort_order: "ASC" }
        },
        ...optional("cursor", cursor)
      })
    )
    const docs = docsIn(answer["orders"])
    const sales = docs.filter((doc) => salesReturned(doc).length === 0)
    yield* all ? refunds.since(sales) : refunds.one(sales)
    const hints = new Set(docs.flatMap(salesReturned))
    return {
      seen: [
        ...sales.map((doc): Seen => ({ _tag: "Held", ...heldOrder(doc, refunds.of(doc)) })),
        // In a whole read the sale itself comes with its refunds.
        ...(all ? [] : [...hints].map((id): Seen => ({ _tag: "Hint", id })))
      ],
      cursor: textIn(answer["cursor"])
    }
  })
