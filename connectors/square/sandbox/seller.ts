/** One seller's account in the sandbox: its records, its clock, its events, and what it answers when asked twice. */
import { createHash, createHmac } from "node:crypto"
import type { Call, Frame, Reply } from "../../../core/connector/sandbox.ts"
import type { Json } from "../../../core/model/value.ts"
import { invalid, plain } from "./reply.ts"
import type { Doc } from "./reply.ts"

export interface Hook {
  readonly id: string
  doc: Doc
}

/** A customer as the search index shows it from a time on; no document: deleted. */
interface Indexed {
  readonly at: number
  readonly doc: Doc | undefined
}

export interface SellerOptions {
  readonly merchant?: string
  readonly currency?: string
  readonly country?: string
  /** How long after a write a customer is found by search, milliseconds. Default 0. */
  readonly searchLagMs?: number
  /** How long one catalog write takes; another one meanwhile is refused. Default 1. */
  readonly catalogWriteMs?: number
  /** Scopes that the seeded token lacks. */
  readonly without?: ReadonlyArray<string>
  /** Whether the Events API keeps events from the beginning. Default false, as in a new application. */
  readonly events?: boolean
  /** Calls a second before 429. Default: no limit. */
  readonly callsPerSecond?: number
}

/** Events are kept this long (POST /v2/events: "within a 28-day timeframe"). */
export const eventsKeptMs = 28 * 24 * 60 * 60 * 1_000

export class Seller {
  readonly frame: Frame
  readonly options: SellerOptions
  readonly merchant: string
  readonly currency: string
  readonly customers = new Map<string, Doc>()
  readonly index = new Map<string, Array<Indexed>>()
  readonly definitions = new Map<string, Doc>()
  /** Values of custom attributes, by customer and key. */
  readonly attributes = new Map<string, Map<string, Doc>>()
  readonly groups = new Map<string, Doc>()
  readonly items = new Map<string, Doc>()
  readonly variations = new Map<string, Doc>()
  readonly counts = new Map<string, Doc>()
  readonly changes: Array<Doc> = []
  readonly orders = new Map<string, Doc>()
  readonly payments = new Map<string, Doc>()
  readonly refunds = new Map<string, Doc>()
  readonly locations = new Map<string, Doc>()
  readonly hooks = new Map<string, Hook>()
  readonly events: Array<{ readonly at: number; readonly doc: Doc }> = []
  /** Shown every request with its answer, e.g. to judge both by another description. */
  readonly watchers: Array<(call: Call, reply: Reply) => void> = []
  /** How long after a write a customer is found by search, milliseconds. */
  searchLagMs: number
  eventsOn: boolean
  catalogBusy = false
  private made = 0
  private lastVersion = 0
  private readonly answered = new Map<string, { readonly body: string; readonly answer: Json }>()

  constructor(frame: Frame, options: SellerOptions = {}) {
    this.frame = frame
    this.options = options
    this.merchant = options.merchant ?? "MLSANDBOX0001"
    this.currency = options.currency ?? "EUR"
    this.eventsOn = options.events ?? false
    this.searchLagMs = options.searchLagMs ?? 0
  }

  /** RFC 3339 with milliseconds, UTC, as every time of the API. */
  time(at = this.frame.now()): string {
    return new Date(at).toISOString()
  }

  id(kind: string): string {
    this.made++
    return createHash("sha256")
      .update(`${this.merchant}|${kind}|${this.made}`)
      .digest("base64url")
      .replace(/[^A-Za-z0-9]/g, "")
      .toUpperCase()
      .slice(0, 24)
  }

  /** Catalog versions are milliseconds that never repeat. */
  version(): number {
    this.lastVersion = Math.max(this.lastVersion + 1, Math.floor(this.frame.now()))
    return this.lastVersion
  }

  /** What a key was answered with; the same key for another request is refused. */
  once(scope: string, key: Json | undefined, body: Json, make: () => Json): Json {
    if (typeof key !== "string" || key === "") return make()
    const known = this.answered.get(`${scope}|${key}`)
    const asked = JSON.stringify(body)
    if (known !== undefined) {
      if (known.body !== asked)
        throw invalid(
          "IDEMPOTENCY_KEY_REUSED",
          "The idempotency key can only be retried with the same request data.",
          "idempotency_key"
        )
      return known.answer
    }
    const answer = make()
    this.answered.set(`${scope}|${key}`, { body: asked, answer })
    return answer
  }

  /** Keeps an event where it is wanted and sends it to whoever subscribed. */
  tell(type: string, kind: string, id: string, object: Doc, deleted?: true): void {
    const at = this.frame.now()
    const event: Doc = {
      merchant_id: this.merchant,
      type,
      event_id: this.id("event"),
      created_at: this.time(at),
      data: plain({ type: kind, id, deleted, object: plain(object) })
    }
    if (this.eventsOn) this.events.push({ at, doc: event })
    for (const { doc } of this.hooks.values()) {
      const types = doc["event_types"]
      if (doc["enabled"] !== true || !Array.isArray(types) || !types.includes(type)) continue
      this.send(String(doc["notification_url"]), String(doc["signature_key"]), event)
    }
  }

  /** Signed over the URL as registered and the body as sent (developer.squareup.com/docs/webhooks/step3validate). */
  send(url: string, key: string, event: Doc): void {
    const body = JSON.stringify(event)
    const first = this.time()
    this.frame.post({
      url,
      body,
      headers: (attempt) => ({
        "x-square-hmacsha256-signature": signature(key, url, body),
        "square-environment": "Sandbox",
        "square-initial-delivery-timestamp": first,
        ...(attempt === 1
          ? {}
          : { "square-retry-number": String(attempt - 1), "square-retry-reason": "http_error" })
      })
    })
  }

  /** A changed customer is found by search only after a while. */
  reindex(id: string, doc: Doc | undefined): void {
    const lag = this.frame.fault("search-lag")?.ms ?? this.searchLagMs
    const shown = this.index.get(id) ?? []
    const now = this.frame.now()
    const visible = shown.filter((one) => one.at <= now).at(-1)
    const later = shown.filter((one) => one.at > now)
    this.index.set(id, [...(visible === undefined ? [] : [visible]), ...later, { at: now + lag, doc }])
  }

  /** Customers as search shows them now. */
  indexed(): ReadonlyArray<Doc> {
    const now = this.frame.now()
    return [...this.index.values()].flatMap((shown) => {
      const last = shown.filter((one) => one.at <= now).at(-1)
      return last?.doc === undefined ? [] : [last.doc]
    })
  }
}

export const signature = (key: string, url: string, body: string): string =>
  createHmac("sha256", key)
    .update(url + body)
    .digest("base64")
