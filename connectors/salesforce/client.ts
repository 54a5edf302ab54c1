/** The few kinds of requests that the connector makes, with the day's budget watched in one place. */
import { Effect, Stream } from "effect"
import type { Api, Call, Write } from "../../core/connector/api.ts"
import type { Answer } from "../../core/connector/answer.ts"
import type { Lost } from "../../core/connector/api.ts"
import type { Fenced } from "../../core/connector/connector.ts"
import type { ConnectorError } from "../../core/connector/errors.ts"
import { Malformed, RateLimited } from "../../core/connector/errors.ts"
import type { Json } from "../../core/model/value.ts"
import { budgetOf } from "./errors.ts"
import type { Soql } from "./soql.ts"

export type Found = { readonly [field: string]: Json }

/** What the vendor's server said the time is, when it answered. */
export interface Rows {
  readonly rows: ReadonlyArray<Found>
  readonly total: number
  readonly serverNow: number | undefined
  /** The locator of the next page was gone: there is more. */
  readonly cut: boolean
}

/** One request inside a composite one. */
export interface Part {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE"
  /** Below the version: `/composite/sobjects`. */
  readonly path: string
  readonly name: string
  readonly body?: Json
}

export interface PartAnswer {
  readonly status: number
  readonly body: Json
}

export interface ClientOptions {
  readonly version: string
  /** Share of the day's calls that this connection may use in one run. */
  readonly share: number
  readonly allowDuplicates: boolean
}

export const isRecord = (json: Json | undefined): json is Found =>
  typeof json === "object" && json !== null && !Array.isArray(json)
export const listOf = (json: Json | undefined): ReadonlyArray<Json> => Array.isArray(json) ? json : []
export const textOf = (json: Json | undefined): string | undefined => typeof json === "string" ? json : undefined

/** Longer than this a query travels in a body: an address with its headers may have 16,384 bytes. */
const longestUrl = 12_000
/** Left untouched for other apps, as a share of the day's calls. */
const reserve = 0.1

export class Client {
  readonly api: Api
  readonly version: string
  readonly allowDuplicates: boolean
  private readonly share: number
  private made = 0
  private clock: number | undefined
  private day: { readonly max: number; readonly left: number } | undefined

  constructor(api: Api, options: ClientOptions) {
    this.api = api
    this.version = options.version
    this.share = options.share
    this.allowDuplicates = options.allowDuplicates
  }

  get base(): string {
    return `/services/data/v${this.version}`
  }

  /** What is left of the day, as the last answer said. */
  get left(): { readonly max: number; readonly left: number } | undefined {
    return this.day
  }

  /** The vendor's clock when it last answered: stamps and the delete log are by it. */
  get serverNow(): number | undefined {
    return this.clock
  }

  private allowed(operation: string): Effect.Effect<void, ConnectorError> {
    const { day } = this
    if (day === undefined || (this.made < day.max * this.share && day.left > day.max * reserve)) return Effect.void
    const why = this.made < day.max * this.share ? "the day's API calls are nearly used up, the rest is other apps'"
      : `this run used its ${Math.round(this.share * 100)} % of the day's API calls (option dailyShare)`
    return Effect.fail(this.api.fail(operation, new RateLimited({ message: why, retryAfterMs: 3_600_000 })))
  }

  private told(answer: Answer): Answer {
    this.made++
    this.day = budgetOf(answer) ?? this.day
    this.clock = timeOf(answer) ?? this.clock
    return answer
  }

  read(call: Omit<Call, "path"> & { readonly path: string }): Effect.Effect<Answer, ConnectorError> {
    return Effect.andThen(this.allowed(call.operation),
      Effect.map(this.api.read({ ...call, path: `${this.base}${call.path}` }), (answer) => this.told(answer)))
  }

  write(call: Write, fence?: Effect.Effect<void, Fenced>): Effect.Effect<Answer, ConnectorError | Lost | Fenced> {
    const headers = this.allowDuplicates ? { "Sforce-Duplicate-Rule-Header": "allowSave=true" } : {}
    return Effect.andThen(this.allowed(call.operation), Effect.map(
      this.api.write({ ...call, path: `${this.base}${call.path}`, headers: { ...call.headers, ...headers } }, fence),
      (answer) => this.told(answer)))
  }

  json(operation: string, path: string, query: Call["query"] = {}): Effect.Effect<Json, ConnectorError> {
    return Effect.flatMap(this.read({ operation, method: "GET", path, query }), (answer) =>
      answer.json === undefined ? Effect.fail(this.malformed(operation)) : Effect.succeed(answer.json))
  }

  malformed(operation: string): ConnectorError {
    return this.api.fail(operation, new Malformed({ message: "the answer is not what the API describes" }))
  }

  /** All rows of a query, page by page; `deleted` also those in the recycle bin. */
  query(operation: string, { text }: Soql, deleted = false): Effect.Effect<Rows, ConnectorError> {
    return Effect.gen({ self: this }, function*() {
      const path = deleted ? "/queryAll" : "/query"
      const first = encodeURIComponent(text).length > longestUrl
        ? yield* this.inBody(operation, path, text)
        : yield* this.read({ operation, method: "GET", path, query: { q: text } })
      const rows: Array<Found> = []
      const serverNow = timeOf(first)
      let page = isRecord(first.json) && "compositeResponse" in first.json ? inner(first.json) : first.json
      for (;;) {
        if (!isRecord(page) || !Array.isArray(page["records"])) return yield* this.malformed(operation)
        for (const row of page["records"]) if (isRecord(row)) rows.push(yield* this.whole(operation, row))
        const total = typeof page["totalSize"] === "number" ? page["totalSize"] : rows.length
        const next = textOf(page["nextRecordsUrl"])
        if (page["done"] !== false || next === undefined) return { rows, total, serverNow, cut: false }
        const more = yield* this.next(operation, next)
        if (more === undefined) return { rows, total, serverNow, cut: true }
        page = more
      }
    })
  }

  /** Undefined: the locator is not known any more. What comes after is asked for anew. */
  private next(operation: string, link: string): Effect.Effect<Json | undefined, ConnectorError> {
    return Effect.map(Effect.andThen(this.allowed(operation),
      this.api.read({ operation, method: "GET", path: `${this.base}/query/{locator}`, link, accept: [400, 404] })),
    (answer) => this.told(answer).status === 200 ? answer.json : undefined)
  }

  /** Children beyond their first page. */
  private whole(operation: string, row: Found): Effect.Effect<Found, ConnectorError> {
    const open = Object.entries(row).filter(([, value]) => isRecord(value) && value["done"] === false)
    if (open.length === 0) return Effect.succeed(row)
    return Effect.gen({ self: this }, function*() {
      const full: { [field: string]: Json } = { ...row }
      for (const [name, value] of open) {
        const records = isRecord(value) ? [...listOf(value["records"])] : []
        let next = isRecord(value) ? textOf(value["nextRecordsUrl"]) : undefined
        while (next !== undefined) {
          const page: Json | undefined = yield* this.next(operation, next)
          if (!isRecord(page)) return yield* this.malformed(operation)
          records.push(...listOf(page["records"]))
          next = textOf(page["nextRecordsUrl"])
        }
        full[name] = { done: true, records }
      }
      return full
    })
  }

  private inBody(operation: string, path: string, text: string): Effect.Effect<Answer, ConnectorError> {
    const part = { method: "GET", url: `${this.base}${path}?q=${encodeURIComponent(text)}`, referenceId: "found" }
    return this.read({ operation, method: "POST", path: "/composite",
      body: { json: { allOrNone: false, compositeRequest: [part] } } })
  }

  /** Several requests in one call, in their order. */
  composite(
    operation: string, parts: ReadonlyArray<Part>, options: { readonly idempotent: boolean },
    fence?: Effect.Effect<void, Fenced>
  ): Effect.Effect<ReadonlyMap<string, PartAnswer>, ConnectorError | Lost | Fenced> {
    const compositeRequest = parts.map(({ body, method, name, path }) => ({
      method, url: `${this.base}${path}`, referenceId: name, ...(body === undefined ? {} : { body })
    }))
    return Effect.flatMap(this.write({ operation, method: "POST", path: "/composite", idempotent: options.idempotent,
      body: { json: { allOrNone: false, compositeRequest } } }, fence), (answer) => {
      const list = isRecord(answer.json) ? answer.json["compositeResponse"] : undefined
      if (!Array.isArray(list)) return Effect.fail(this.malformed(operation))
      return Effect.succeed(new Map(list.filter(isRecord).map((one): readonly [string, PartAnswer] =>
        [String(one["referenceId"]), { status: Number(one["httpStatusCode"]), body: one["body"] ?? null }])))
    })
  }

  chunks(call: Call): Stream.Stream<Uint8Array, ConnectorError> {
    return Stream.unwrap(Effect.map(this.allowed(call.operation), () =>
      this.api.chunks({ ...call, path: `${this.base}${call.path}` })))
  }
}

const inner = (json: Found): Json | undefined => {
  const [first] = listOf(json["compositeResponse"])
  return isRecord(first) && Number(first["httpStatusCode"]) < 400 ? first["body"] : undefined
}

const timeOf = (answer: Answer): number | undefined => {
  const at = Date.parse(answer.headers["date"] ?? "")
  return Number.isNaN(at) ? undefined : at
}
