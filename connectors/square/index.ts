/** Square as the till: `square("till", { token: secret("SQUARE_TOKEN") })`, then `till.customers.as(customer)`. */
import { Effect } from "effect"
import { makeApi } from "../../core/connector/api.ts"
import type { Authorize } from "../../core/connector/authorize.ts"
import { refreshing } from "../../core/connector/auth/grants.ts"
import { staticToken } from "../../core/connector/auth/token.ts"
import type { Authorizing } from "../../core/connector/auth/tokens.ts"
import type { Connection } from "../../core/connector/connector.ts"
import { declared } from "../../core/connector/participant.ts"
import type { Declared, Promises } from "../../core/connector/participant.ts"
import { inlineSecret } from "../../core/connector/secret.ts"
import type { Secret } from "../../core/connector/secret.ts"
import { attributeKeys } from "./attributes.ts"
import { dialect } from "./errors.ts"
import { squareReceiver } from "./webhook.ts"
import type { WebhookOptions } from "./webhook.ts"

export type { WebhookOptions } from "./webhook.ts"

/** An application that the seller lets in: `esl auth` gets the first tokens. */
export interface SquareOAuth {
  readonly clientId: string | Secret
  /** Absent: PKCE, whose refresh token is another one each time. */
  readonly clientSecret?: Secret
  /** As registered with Square: https, so the address that the browser ends at is pasted. */
  readonly redirect: string
  readonly refreshToken?: Secret
}

export interface SquareOptions {
  /** A personal access token; or `oauth`. */
  readonly token?: Secret
  readonly oauth?: SquareOAuth
  /** Square's test accounts instead of real ones. Default false. */
  readonly sandbox?: boolean
  /** Where the API answers instead, e.g. `esl sandbox`. */
  readonly url?: string
  /** Square-Version. Default 2026-09-16. */
  readonly version?: string
  readonly webhook?: WebhookOptions
  /** The Events API is switched on (`esl setup` does it): deletions and merges are caught up. Default false. */
  readonly events?: boolean
  /** Ids of the locations where new items are for sale. Default all, as Square has it. */
  readonly presentAt?: ReadonlyArray<string>
  /** Changes are read again this far back, in minutes. Default 10. */
  readonly overlap?: number
  /** Once a day sales are read again this far back by their own time, in hours; 0: never. Default 96. */
  readonly reconcile?: number
  /** Requests on their way at once. Default 4. */
  readonly concurrency?: number
}

export interface SquareConnection extends Connection {
  readonly customers: Declared
  /** Items with their variations. */
  readonly catalog: Declared
  readonly inventory: Declared
  /** Read only. */
  readonly orders: Declared
  /** Read only. */
  readonly locations: Declared
}

/** What SQUARE_VERSION the package square 46 speaks. */
const latest = "2026-09-16"
const dayMs = 24 * 60 * 60 * 1_000

export const square = (name: string, options: SquareOptions): SquareConnection => {
  const columns = new Map<string, ReadonlyArray<string>>()
  const faults = faultsOf(options)
  const origin = originOf(options)
  const authorizing = authorizingOf(options, origin)
  const connection: Connection = {
    name,
    kind: "square",
    secrets: [...(authorizing?.secrets ?? []), ...(options.webhook?.keys.map((key) => key.name) ?? [])],
    faults,
    open: ({ readOnly, vault }) =>
      Effect.gen(function* () {
        const [{ session }, { makeLine }] = yield* Effect.promise(() =>
          Promise.all([import("./session.ts"), import("./line.ts")])
        )
        const authorization = yield* authorizing?.open({ connection: name, vault }) ?? Effect.succeed(undefined)
        const api = yield* makeApi({
          connection: name,
          base: origin,
          dialect,
          headers: { "Square-Version": options.version ?? latest },
          lane: { concurrency: options.concurrency ?? 4 },
          ...(authorization === undefined ? {} : { authorization })
        })
        return session(
          makeLine(api, {
            version: options.version ?? latest,
            overlapMs: (options.overlap ?? 10) * 60_000,
            reconcileMs: (options.reconcile ?? 96) * 60 * 60_000,
            events: options.events ?? false,
            presentAt: options.presentAt,
            webhook: options.webhook,
            columns: (of) => columns.get(of),
            attributes: () => attributeKeys(columns.get("customers") ?? [])
          }),
          readOnly
        )
      }),
    ...(options.webhook === undefined ? {} : { receiver: squareReceiver(name, options.webhook) }),
    ...(options.oauth === undefined ? {} : { authorize: authorizeOf(options.oauth, origin) })
  }
  const resource = (of: string, promises: Promises): Declared => {
    const plain = declared(connection, of, promises)
    return {
      ...plain,
      as: (mapping, chosen) => {
        columns.set(of, [...new Set([...(columns.get(of) ?? []), ...mapping.columns])])
        return plain.as(mapping, chosen)
      }
    }
  }
  return {
    ...connection,
    customers: resource("customers", { guard: "version", creates: "idempotent" }),
    catalog: resource("catalog", { guard: "version", creates: "idempotent" }),
    inventory: resource("inventory", { guard: "reread", creates: "idempotent" }),
    orders: resource("orders", { guard: "none", creates: "none" }),
    locations: resource("locations", { guard: "none", creates: "none" })
  }
}

const originOf = ({ sandbox, url }: SquareOptions): string =>
  url ?? (sandbox === true ? "https://connect.squareupsandbox.com" : "https://connect.squareup.com")

const endpointOf = (oauth: SquareOAuth, origin: string) => ({
  url: `${origin}/oauth2/token`,
  clientId: oauth.clientId,
  body: "json" as const,
  ...(oauth.clientSecret === undefined ? {} : { clientSecret: oauth.clientSecret })
})

/** Tokens last 30 days and are to be renewed every seven at the latest (developer.squareup.com/docs/oauth-api). */
const authorizingOf = ({ oauth, token }: SquareOptions, origin: string): Authorizing | undefined =>
  token !== undefined
    ? staticToken(token)
    : oauth === undefined
      ? undefined
      : refreshing(endpointOf(oauth, origin), {
          longestMs: 7 * dayMs,
          rotates: oauth.clientSecret === undefined,
          ...(oauth.refreshToken === undefined ? {} : { first: oauth.refreshToken })
        })

const authorizeOf = (oauth: SquareOAuth, origin: string): Authorize => ({
  url: `${origin}/oauth2/authorize`,
  endpoint: endpointOf(oauth, origin),
  scopes: [
    "CUSTOMERS_READ",
    "CUSTOMERS_WRITE",
    "ITEMS_READ",
    "ITEMS_WRITE",
    "INVENTORY_READ",
    "INVENTORY_WRITE",
    "ORDERS_READ",
    "PAYMENTS_READ",
    "MERCHANT_PROFILE_READ"
  ],
  pkce: oauth.clientSecret === undefined,
  // Square registers https addresses only.
  loopback: false,
  redirect: oauth.redirect,
  parameters: { session: "false" }
})

const faultsOf = (options: SquareOptions): Array<{ option: string; message: string }> => {
  const faults: Array<{ option: string; message: string }> = []
  const { oauth, overlap, reconcile, token, url, version, webhook } = options
  if ((token === undefined) === (oauth === undefined))
    faults.push({ option: "token", message: "give either `token` or `oauth`" })
  const written = url === undefined ? undefined : inlineSecret("url", url)
  if (written !== undefined) faults.push({ option: "url", message: written })
  if (url !== undefined && !URL.canParse(url))
    faults.push({ option: "url", message: "the url is an address like https://connect.squareup.com" })
  if (version !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(version))
    faults.push({ option: "version", message: "a version of Square is a date, YYYY-MM-DD" })
  if (overlap !== undefined && !(overlap > 0))
    faults.push({ option: "overlap", message: "overlap is a number of minutes above 0" })
  if (reconcile !== undefined && !(reconcile >= 0))
    faults.push({ option: "reconcile", message: "reconcile is a number of hours" })
  if (webhook !== undefined && webhook.keys.length === 0)
    faults.push({
      option: "webhook.keys",
      message: "name the secret that holds the subscription's signature key"
    })
  return faults
}
