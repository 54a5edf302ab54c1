/** Refunds of sales. They name the payment, and the sale names its payments as tenders. */
import { Effect } from "effect"
import type { Call } from "../../core/connector/api.ts"
import type { Seen } from "../../core/connector/connector.ts"
import type { ConnectorError } from "../../core/connector/errors.ts"
import { hasCode } from "./line.ts"
import type { Line } from "./line.ts"
import { docIn, docsIn, textIn, textsIn } from "./shape.ts"
import type { Doc } from "./shape.ts"
import { optional } from "./window.ts"
import type { Listed } from "./window.ts"

/** A list of at least this many sales is matched with the list of refunds; fewer ask for their payments one by one. */
const worthAList = 10
/** Sales that are older than the youngest of a page by this are asked about alone. */
const weekMs = 7 * 24 * 60 * 60 * 1_000

const createdAt = (order: Doc): number => Date.parse(textIn(order["created_at"]) ?? "") || 0

/** What one read knows of refunds: a list from some time on, and single ones. */
export class Refunds {
  readonly #line: Line
  readonly #byPayment = new Map<string, Map<string, Doc>>()
  /** Refunds made from here on are all known. */
  #known: string | undefined
  /** The token may not see payments: then nothing is known of refunds, not even that there is none. */
  #hidden = false
  constructor(line: Line) {
    this.#line = line
  }

  of(order: Doc): ReadonlyArray<Doc> | undefined {
    if (this.#hidden) return undefined
    return paymentsOf(order).flatMap((id) => [...(this.#byPayment.get(id)?.values() ?? [])])
  }

  /** For a read of everything: a refund is never older than its sale, so one list serves every later page too. */
  since(orders: ReadonlyArray<Doc>): Effect.Effect<void, ConnectorError> {
    const oldest = orders
      .map((one) => textIn(one["created_at"]) ?? "")
      .filter((at) => at !== "")
      .sort()[0]
    if (oldest === undefined || (this.#known !== undefined && this.#known <= oldest)) return Effect.void
    const end = this.#known
    return Effect.gen({ self: this }, function* () {
      let cursor: string | undefined
      do {
        const answer = yield* this.#ask({
          operation: "list refunds",
          method: "GET",
          path: "/v2/refunds",
          query: {
            begin_time: oldest,
            sort_order: "ASC",
            limit: 100,
            ...optional("end_time", end),
            ...optional("cursor", cursor)
          }
        })
        for (const one of docsIn(answer["refunds"])) this.#keep(one)
        cursor = textIn(answer["cursor"])
      } while (cursor !== undefined)
      this.#known = oldest
    })
  }

  /** For the sales of a window: many young ones share a list of refunds, of the others the payments are asked. */
  one(orders: ReadonlyArray<Doc>): Effect.Effect<void, ConnectorError> {
    const newest = Math.max(...orders.map(createdAt))
    const young = orders.filter((one) => createdAt(one) > newest - weekMs)
    const listed = young.length >= worthAList ? young : []
    const single = listed.length === 0 ? orders : orders.filter((one) => createdAt(one) <= newest - weekMs)
    return Effect.andThen(
      this.since(listed),
      Effect.forEach(
        [...new Set(single.flatMap(paymentsOf))],
        (id) =>
          Effect.gen({ self: this }, function* () {
            const payment = yield* this.#payment(id)
            for (const refund of textsIn(payment["refund_ids"])) {
              const answer = yield* this.#ask({
                operation: "read a refund",
                method: "GET",
                path: "/v2/refunds/{id}",
                params: { id: refund }
              })
              this.#keep(docIn(answer["refund"]))
            }
          }),
        { concurrency: 4, discard: true }
      )
    )
  }

  /** Sales whose refunds changed in the window, as hints: the sale's own time of change does not move. */
  changed(
    window: { readonly from: string | undefined; readonly to: string },
    cursor: string | undefined
  ): Effect.Effect<Listed, ConnectorError> {
    return Effect.gen({ self: this }, function* () {
      const answer = yield* this.#ask({
        operation: "list refunds",
        method: "GET",
        path: "/v2/refunds",
        query: {
          sort_field: "UPDATED_AT",
          sort_order: "ASC",
          limit: 100,
          updated_at_end_time: window.to,
          ...optional("updated_at_begin_time", window.from),
          ...optional("cursor", cursor)
        }
      })
      const payments = new Set(docsIn(answer["refunds"]).flatMap((one) => textIn(one["payment_id"]) ?? []))
      const sales = yield* Effect.forEach(
        payments,
        (id) => Effect.map(this.#payment(id), (one) => textIn(one["order_id"])),
        { concurrency: 4 }
      )
      const seen = [...new Set(sales)].flatMap((id): ReadonlyArray<Seen> =>
        id === undefined ? [] : [{ _tag: "Hint", id }]
      )
      return { seen, cursor: textIn(answer["cursor"]) }
    })
  }

  /** A payment that is none of Square's has no refunds that we could know. */
  #payment(id: string): Effect.Effect<Doc, ConnectorError> {
    return this.#ask({
      operation: "read a payment",
      method: "GET",
      path: "/v2/payments/{id}",
      params: { id }
    }).pipe(
      Effect.map((answer) => docIn(answer["payment"])),
      Effect.catchIf(
        (error) => hasCode(error, "NOT_FOUND"),
        () => Effect.succeed({})
      )
    )
  }

  /** Sales are read without their refunds where the token may not see payments; a token that ended fails elsewhere. */
  #ask(call: Call): Effect.Effect<Doc, ConnectorError> {
    return Effect.catchIf(
      this.#line.read(call),
      (error) => error.reason._tag === "Unauthorized",
      () =>
        Effect.sync((): Doc => {
          this.#hidden = true
          return {}
        })
    )
  }

  #keep(refund: Doc): void {
    const [payment, id] = [textIn(refund["payment_id"]), textIn(refund["id"])]
    if (payment === undefined || id === undefined) return
    const mine = this.#byPayment.get(payment) ?? new Map<string, Doc>()
    mine.set(id, refund)
    this.#byPayment.set(payment, mine)
  }
}

/** A tender is its payment: where it names none, its own id is the payment's. */
const paymentsOf = (order: Doc): ReadonlyArray<string> =>
  docsIn(order["tenders"]).flatMap((one) => textIn(one["payment_id"]) ?? textIn(one["id"]) ?? [])
