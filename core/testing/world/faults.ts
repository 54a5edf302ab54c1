/** What a fake system can do wrong, and how well it protects its records. Every knob is off by default. */
import type { Json } from "../../model/value.ts"
import type { Writer } from "../../connector/connector.ts"

export interface Faults {
  readonly guard: Writer["guard"]
  readonly creates: Writer["creates"]
  /** `whole`: what is not sent is dropped, so the connector reads the record and sends all of it. */
  readonly shape: Writer["shape"]
  /** Changes one call takes; records one page holds. */
  readonly batch: number
  readonly page: number
  /** What the system makes of a value when it stores it, by column. The mapping may know this (declared) or not. */
  readonly normalise: { readonly [column: string]: (value: Json) => Json }
  /** An answer to a write shows the record as stored. */
  readonly answers: boolean
  /** A longest latency of one leg of a request; a pause is a leg that takes `pauseMs`. */
  readonly latencyMs: number
  readonly pause: number
  readonly pauseMs: number
  /** Search and listing know a record or a change only so much later. */
  readonly lagMs: number
  /** Transactions stay open so long: rows become visible with a stamp that is that old. */
  readonly lateMs: number
  readonly late: number
  /** How far a change cursor reaches back (R2); `lateMs + lagMs` at least, or changes are lost. */
  readonly overlapMs: number
  /** Granularity of stamps, and how wrong the system's clock is. */
  readonly stampMs: number
  readonly skewMs: number
  /** What a stamp is worth; none: no change column at all, a full read each time. */
  readonly stamps: "R" | "none"
  /** Columns whose change does not move the stamp. */
  readonly uncovered: ReadonlyArray<string>
  /** Webhooks: sent at all, lost, doubled, at most so late (which reorders them). */
  readonly hints: boolean
  readonly loseHint: number
  readonly doubleHint: number
  readonly hintMs: number
  /** Chance that a record in a page comes with only some of its columns, or only as a hint. */
  readonly partial: number
  readonly hinted: number
  /** Chances for a write call: lost on the way, answer lost, applied later than the caller waits. */
  readonly lostRequest: number
  readonly lostAnswer: number
  readonly delayed: number
  readonly delayMs: number
  /** Chance for one change of a batch to be answered with `unknown` or `unsent` while the rest is done. */
  readonly torn: number
  /** Chance that a read fails. */
  readonly unavailable: number
  /** Chance that a listing ends before its end. */
  readonly cutListing: number
  /** The column that says a record is deleted, instead of its row being gone. */
  readonly deleted: string | undefined
  /** A column whose values the system keeps unique: a second create is answered with `exists`. */
  readonly unique: string | undefined
  /** A create that meets an existing record says which one it is. */
  readonly tellsExisting: boolean
  /** Texts with this in them are refused. */
  readonly refuses: string | undefined
  /** Texts with this in them cannot be held: their column keeps what it had, the rest is written. */
  readonly withholds: string | undefined
}

export const calm: Faults = {
  guard: "values",
  creates: "upsert",
  shape: "patch",
  batch: 50,
  page: 100,
  normalise: {},
  answers: true,
  latencyMs: 100,
  pause: 0,
  pauseMs: 0,
  lagMs: 0,
  lateMs: 0,
  late: 0,
  overlapMs: 0,
  stampMs: 1,
  skewMs: 0,
  stamps: "R",
  uncovered: [],
  hints: false,
  loseHint: 0,
  doubleHint: 0,
  hintMs: 0,
  partial: 0,
  hinted: 0,
  lostRequest: 0,
  lostAnswer: 0,
  delayed: 0,
  delayMs: 0,
  torn: 0,
  unavailable: 0,
  cutListing: 0,
  deleted: undefined,
  unique: undefined,
  tellsExisting: true,
  refuses: undefined,
  withholds: undefined
}

/** The same system on a good day: what its nature is stays, what can go wrong does not. */
export const healed = (faults: Faults): Faults => ({
  ...faults,
  pause: 0,
  late: 0,
  loseHint: 0,
  doubleHint: 0,
  partial: 0,
  hinted: 0,
  lostRequest: 0,
  lostAnswer: 0,
  delayed: 0,
  torn: 0,
  unavailable: 0,
  cutListing: 0
})
