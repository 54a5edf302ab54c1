/** Consent: communication preferences by e-mail address and subscription, joined into the view of a contact. */
import { Effect } from "effect"
import type { Api, Lost } from "../../core/connector/api.ts"
import type { ConnectorError } from "../../core/connector/errors.ts"
import type { Fenced } from "../../core/connector/connector.ts"
import type { Json } from "../../core/model/value.ts"
import { isMembers, listIn, textIn } from "./json.ts"
import { batchSize, chunks, ordinary } from "./objects.ts"
import type { Fence } from "./objects.ts"

export interface ConsentOptions {
  /** Subscription type of each canonical purpose: `{ marketing: "1001" }`. */
  readonly subscriptions: { readonly [purpose: string]: string }
  /** Sources of a status that are the person's own doing; only their opt-ins count as evidence. Default none. */
  readonly subjectSources?: ReadonlyArray<string>
  /** False: one call an address, for portals without Marketing Hub Enterprise. Default: found out. */
  readonly batch?: boolean
  /** An opt-out moves the contact's change date, so that a pull sees it without a webhook. Default false. */
  readonly movesContact?: boolean
}

/** What is to be said about one address and purpose. */
export interface Wish {
  readonly email: string
  readonly purpose: string
  readonly status: "SUBSCRIBED" | "UNSUBSCRIBED"
  readonly decidedAt: string | undefined
  readonly decidedBy: string | undefined
  readonly basis: string | undefined
  readonly source: string | undefined
}

export type Columns = { readonly [column: string]: Json }
/** By address, in small letters. */
export type Standing = ReadonlyMap<string, Columns>

/** https://developers.hubspot.com/docs/api-reference/2026-03/communication-preferences/guide */
const basisOf: { readonly [legalBasis: string]: string } = {
  CONSENT_WITH_NOTICE: "consent", PERFORMANCE_OF_CONTRACT: "contract", LEGITIMATE_INTEREST_PQL: "legitimate_interest",
  LEGITIMATE_INTEREST_CLIENT: "legitimate_interest", LEGITIMATE_INTEREST_OTHER: "legitimate_interest"
}
const legalBasisOf: { readonly [basis: string]: string } = {
  consent: "CONSENT_WITH_NOTICE", contract: "PERFORMANCE_OF_CONTRACT", legitimate_interest: "LEGITIMATE_INTEREST_CLIENT",
  soft_opt_in: "LEGITIMATE_INTEREST_CLIENT", legal_obligation: "LEGITIMATE_INTEREST_OTHER"
}

/** HubSpot keeps neither when nor by whom it was decided elsewhere: the explanation says it, with the status meant. */
const explained = /^ESL (SUBSCRIBED|UNSUBSCRIBED) (subject|agent|import|business_default) (\d{4}-\d\d-\d\dT[\d:.]+Z)(?: (.+))?$/s

const explanation = ({ decidedAt, decidedBy, source, status }: Wish): string =>
  decidedAt === undefined || decidedBy === undefined ? "ESL"
    : `ESL ${status} ${decidedBy} ${decidedAt}${source === undefined ? "" : ` ${source}`}`

export class Preferences {
  readonly options: ConsentOptions
  private readonly api: Api
  private readonly path: string
  /** Undefined: not yet known whether batches are allowed here. */
  private batches: boolean | undefined

  constructor(api: Api, version: string, options: ConsentOptions) {
    this.api = api
    this.path = `/communication-preferences/${version}`
    this.options = options
    this.batches = options.batch
  }

  /** Columns that stand where there is no address: no consent either. */
  get none(): Columns {
    return Object.fromEntries(Object.keys(this.options.subscriptions).flatMap((purpose) =>
      parts.map((part) => [`consent.${purpose}.${part}`, null])))
  }

  read(emails: ReadonlyArray<string>): Effect.Effect<Standing, ConnectorError> {
    return Effect.gen({ self: this }, function*() {
      const found = new Map<string, Columns>()
      for (const part of chunks([...new Set(emails.map((email) => email.toLowerCase()))], batchSize)) {
        const statuses = this.batches === false ? undefined : yield* this.batchRead(part)
        if (statuses !== undefined) {
          for (const one of statuses) {
            const email = textIn(one, "subscriberIdString")
            if (email !== undefined) found.set(email.toLowerCase(), this.columns(listIn(one, "statuses")))
          }
        } else for (const email of part) {
          const answer = yield* this.api.read({ operation: "read consent", method: "GET", cost: ordinary,
            path: `${this.path}/statuses/{email}`, params: { email }, query: { channel: "EMAIL" } })
          found.set(email, this.columns(listIn(answer.json, "results")))
        }
      }
      return found
    })
  }

  /** One answer a wish: the columns as they stand now, or why not. */
  write(
    wishes: ReadonlyArray<Wish>, fence: Fence
  ): Effect.Effect<ReadonlyArray<Columns | string>, ConnectorError | Lost | Fenced> {
    return Effect.gen({ self: this }, function*() {
      const done: Array<Columns | string> = []
      for (const part of chunks(wishes, batchSize)) {
        const together = this.batches === false ? undefined : yield* this.batchWrite(part, fence)
        if (together !== undefined) done.push(...together)
        else for (const wish of part) done.push(yield* this.writeOne(wish, fence))
      }
      return done
    })
  }

  /** Undefined: this portal's plan has no batches. */
  private batchRead(emails: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<Json> | undefined, ConnectorError> {
    return Effect.map(this.api.read({ operation: "read consent", method: "POST", cost: ordinary, accept: [403],
      path: `${this.path}/statuses/batch/read`, query: { channel: "EMAIL" }, body: { json: { inputs: emails } } }),
    (answer) => {
      this.batches = answer.status !== 403
      return answer.status === 403 ? undefined : listIn(answer.json, "results")
    })
  }

  private batchWrite(wishes: ReadonlyArray<Wish>, fence: Fence) {
    const inputs = wishes.map((wish) => ({ ...this.body(wish), subscriberIdString: wish.email }))
    return Effect.map(this.api.write({ operation: "write consent", method: "POST", idempotent: true, cost: ordinary,
      accept: [400, 403], path: `${this.path}/statuses/batch/write`, body: { json: { inputs } } }, fence),
    (answer): ReadonlyArray<Columns | string> | undefined => {
      // Refused whole: one by one each says for itself what is wrong.
      if (answer.status >= 400) {
        if (answer.status === 403) this.batches = false
        return undefined
      }
      this.batches = true
      const results = listIn(answer.json, "results")
      return wishes.map((wish) => {
        const id = this.options.subscriptions[wish.purpose]
        const result = results.find((one) => textIn(one, "subscriberIdString")?.toLowerCase() === wish.email.toLowerCase()
          && isMembers(one) && String(one["subscriptionId"]) === id)
        return result === undefined ? refusedHere : this.columns([result])
      })
    })
  }

  private writeOne(wish: Wish, fence: Fence): Effect.Effect<Columns | string, ConnectorError | Lost | Fenced> {
    return Effect.map(this.api.write({ operation: "write consent", method: "POST", idempotent: true, cost: ordinary,
      accept: [400], path: `${this.path}/statuses/{email}`, params: { email: wish.email }, body: { json: this.body(wish) } },
    fence), (answer) => answer.status === 400 ? refusedHere : this.columns(listIn(answer.json, "results")))
  }

  private body(wish: Wish): { readonly [name: string]: Json } {
    return { channel: "EMAIL", statusState: wish.status, subscriptionId: Number(this.options.subscriptions[wish.purpose]),
      legalBasis: legalBasisOf[wish.basis ?? ""] ?? "CONSENT_WITH_NOTICE", legalBasisExplanation: explanation(wish) }
  }

  private columns(statuses: ReadonlyArray<Json>): Columns {
    const columns: { [column: string]: Json } = {}
    for (const [purpose, id] of Object.entries(this.options.subscriptions)) {
      const one = statuses.find((status) => isMembers(status) && String(status["subscriptionId"]) === id)
      if (one !== undefined) Object.assign(columns, this.of(purpose, one))
    }
    return columns
  }

  private of(purpose: string, json: Json): Columns {
    const status = textIn(json, "status") ?? null
    const ours = explained.exec(textIn(json, "legalBasisExplanation") ?? "")
    const source = textIn(json, "source") ?? ""
    const undecided = status !== "SUBSCRIBED" && status !== "UNSUBSCRIBED"
    // An explanation that speaks of another status was left behind by a decision before the one that stands.
    const [, , by, at, from] = ours?.[1] === status && ours !== null ? ours : []
    const decidedBy = by ?? ((this.options.subjectSources ?? []).includes(source) ? "subject" : "import")
    return {
      [`consent.${purpose}.status`]: status,
      [`consent.${purpose}.decidedAt`]: undecided ? null : at ?? textIn(json, "timestamp") ?? null,
      [`consent.${purpose}.decidedBy`]: undecided ? null : decidedBy,
      [`consent.${purpose}.basis`]: undecided ? null : basisOf[textIn(json, "legalBasis") ?? ""] ?? null,
      [`consent.${purpose}.source`]: undecided ? null : by === undefined ? source || null : from ?? null
    }
  }
}

export const parts = ["status", "decidedAt", "decidedBy", "basis", "source"] as const

const refusedHere = "HubSpot does not take this status: an opt-out that only the person can take back, or a legal basis"
