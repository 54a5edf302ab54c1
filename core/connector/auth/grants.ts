/** The grants of OAuth 2 that need no person: the client's own credentials, a signed assertion, a refresh token. */
import { createPrivateKey, sign } from "node:crypto"
import type { KeyObject } from "node:crypto"
import { Clock, Effect } from "effect"
import type { TokenEndpoint } from "../authorize.ts"
import type { ConnectorError } from "../errors.ts"
import { Unauthorized } from "../errors.ts"
import { Secret } from "../secret.ts"
import type { Grant } from "../vault.ts"
import { asking, failure, GrantRefused, text } from "./oauth.ts"
import { tokens } from "./tokens.ts"
import type { Authorizing, TokenOptions } from "./tokens.ts"

const secretsOf = (
  endpoint: TokenEndpoint, ...more: ReadonlyArray<string | Secret | undefined>
): ReadonlyArray<string> =>
  [endpoint.clientId, endpoint.clientSecret, ...more].flatMap((one) => one instanceof Secret ? [one.name] : [])

/** A new token for the client id and secret, whenever one is needed (RFC 6749, 4.4). */
export const clientCredentials = (endpoint: TokenEndpoint, options: TokenOptions = {}): Authorizing => ({
  secrets: secretsOf(endpoint),
  open: (opening) => Effect.map(asking(opening.connection, endpoint), (ask) => tokens(opening, {
    anew: true,
    renew: () => ask({ grant: "client_credentials" }),
    refused: (code) => new Unauthorized({ message: `the client id or its secret is refused (${code})` })
  }, options))
})

export interface Assertion {
  /** PEM of the RSA key whose certificate the vendor knows. */
  readonly key: Secret
  /** Whom we act for (Salesforce: a user name). */
  readonly subject: string | Secret
  /** Whom the assertion is for; default the endpoint's origin. */
  readonly audience?: string
}

/** Salesforce takes assertions that end within three minutes (help: OAuth 2.0 JWT Bearer Flow). */
const assertionMs = 170_000

/** A new token for an assertion signed with our own key (RFC 7523), RS256. */
export const jwtBearer = (endpoint: TokenEndpoint, assertion: Assertion, options: TokenOptions = {}): Authorizing => ({
  secrets: secretsOf(endpoint, assertion.key, assertion.subject),
  open: (opening) => Effect.map(asking(opening.connection, endpoint), (ask) => tokens(opening, {
    anew: true,
    renew: () => Effect.flatMap(signedBy(opening.connection, endpoint, assertion), (signed) =>
      ask({ grant: "jwt-bearer", assertion: signed })),
    refused: (code) => new Unauthorized({ message: `the signed assertion is refused (${code}): certificate, user, ` +
      "audience and the user's approval of the app must fit" })
  }, options))
})

const signedBy = Effect.fnUntraced(function*(connection: string, endpoint: TokenEndpoint, assertion: Assertion) {
  const key = yield* keyOf(connection, yield* text(connection, assertion.key))
  const now = yield* Clock.currentTimeMillis
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url")
  const unsigned = `${part({ alg: "RS256", typ: "JWT" })}.${part({
    iss: yield* text(connection, endpoint.clientId),
    sub: yield* text(connection, assertion.subject),
    aud: assertion.audience ?? new URL(endpoint.url).origin,
    exp: Math.floor((now + assertionMs) / 1_000)
  })}`
  return `${unsigned}.${sign("sha256", Buffer.from(unsigned), key).toString("base64url")}`
})

const keyOf = (connection: string, pem: string): Effect.Effect<KeyObject, ConnectorError> => Effect.suspend(() => {
  try {
    // An environment variable often holds the line breaks as \n.
    const key = createPrivateKey(pem.replaceAll("\\n", "\n"))
    if (key.asymmetricKeyType === "rsa") return Effect.succeed(key)
  } catch {
    // What the parser says may repeat a part of the key.
  }
  return Effect.fail(failure(connection,
    new Unauthorized({ message: "the private key is not the PEM text of an RSA key" })))
})

/** What an answer does not repeat and is true still: where the API is, and when the same refresh token ends. */
const remembered = (stored: Grant | undefined, { refreshToken }: Grant): Partial<Grant> => ({
  ...stored?.instance === undefined ? {} : { instance: stored.instance },
  ...stored?.refreshExpires === undefined || stored.refreshToken !== refreshToken ? {}
    : { refreshExpires: stored.refreshExpires }
})

export interface RefreshOptions extends TokenOptions {
  /** A first refresh token from elsewhere; without one `esl auth` gets it. */
  readonly first?: Secret
  /** Each use may give another refresh token: they are worth nothing where they cannot be kept. Default true. */
  readonly rotates?: boolean
}

/** New tokens for a refresh token (RFC 6749, 6), which a person's `esl auth` or a secret gave first. */
export const refreshing = (endpoint: TokenEndpoint, options: RefreshOptions = {}): Authorizing => ({
  secrets: secretsOf(endpoint, options.first),
  open: (opening) => Effect.gen(function*() {
    const { connection, vault } = opening
    if (vault === undefined && options.rotates !== false) {
      return yield* failure(connection,
        new Unauthorized({ message: "its tokens change, and there is no hub to keep them in" }))
    }
    const ask = yield* asking(connection, endpoint)
    return tokens(opening, {
      anew: options.first !== undefined,
      renew: (stored, again) => Effect.gen(function*() {
        const tried = new Set<string>()
        let code = ""
        const candidates = [
          Effect.succeed(stored?.refreshToken),
          // Refused: another process may have renewed it although we thought to be alone (C29).
          Effect.map(again, (grant) => grant?.refreshToken),
          options.first === undefined ? Effect.succeed(undefined) : text(connection, options.first)
        ]
        for (const candidate of candidates) {
          const token = yield* candidate
          if (token === undefined || tried.has(token)) continue
          tried.add(token)
          const grant = yield* Effect.catchTag(ask({ grant: "refresh_token", token }), "GrantRefused", (refused) =>
            Effect.sync(() => {
              code = refused.code
              return undefined
            }))
          if (grant !== undefined) return { ...remembered(stored, grant), ...grant }
        }
        return yield* new GrantRefused({ code })
      }),
      refused: (code) => new Unauthorized({ needsAuth: true, message: code === "" ? "nobody has let ESL in yet"
        : `its refresh token is not taken any more (${code})` })
    }, options)
  })
})
