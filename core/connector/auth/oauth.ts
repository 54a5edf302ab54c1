/** The OAuth 2 protocol, through oauth4webapi over our HTTP client. What fails says what to do and carries no token. */
import { Clock, Effect, Redacted, Result, Schema } from "effect"
import type { Scope } from "effect"
import type { Http, HttpAnswer, HttpFailure } from "../../io/http.ts"
import type { Authorize, TokenEndpoint } from "../authorize.ts"
import { ConnectorError, Malformed, RateLimited, Unauthorized, Unavailable } from "../errors.ts"
import type { Reason } from "../errors.ts"
import { Secret } from "../secret.ts"
import type { Grant } from "../vault.ts"

/** What was shown for a token (refresh token, code, assertion) is not taken any more. `code` is the vendor's. */
export class GrantRefused extends Schema.TaggedError<GrantRefused>()("GrantRefused", { code: Schema.String }) {}

export type Asked =
  | { readonly grant: "client_credentials" }
  | { readonly grant: "refresh_token"; readonly token: string }
  | { readonly grant: "jwt-bearer"; readonly assertion: string }
  | {
    readonly grant: "authorization_code"
    readonly returned: URLSearchParams
    readonly state: string
    readonly redirect: string
    readonly verifier: string | undefined
  }

const timeoutMs = 30_000
/** A token answer is small; anything else is not one. */
const maxBytes = 256 * 1_024

export type Ask = (asked: Asked) => Effect.Effect<Grant, ConnectorError | GrantRefused>

/** A client of its own reaches the endpoint and nothing else: no API token goes there, no refresh token elsewhere. */
export const asking = (connection: string, endpoint: TokenEndpoint): Effect.Effect<Ask, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { makeHttp } = yield* Effect.promise(() => import("../../io/http.ts"))
    const http = yield* makeHttp({ allowed: (origin) => origin === new URL(endpoint.url).origin })
    return (asked) => askToken(connection, endpoint, http, asked)
  })

/** Asks the endpoint once. A refresh token that the answer leaves out stays the one that was sent. */
const askToken = Effect.fnUntraced(function*(
  connection: string, endpoint: TokenEndpoint, http: Http, asked: Asked
): Effect.fn.Return<Grant, ConnectorError | GrantRefused> {
  const id = yield* text(connection, endpoint.clientId)
  const secret = endpoint.clientSecret === undefined ? undefined : yield* text(connection, endpoint.clientSecret)
  const oauth = yield* Effect.promise(() => import("oauth4webapi"))
  const started = yield* Clock.currentTimeMillis
  const run = Effect.runPromiseWith(yield* Effect.context<never>())
  const wire: { failure?: HttpFailure; answer?: HttpAnswer } = {}
  const send = async (url: string, options: { readonly body: URLSearchParams; readonly headers: Headers_ }) => {
    const sent = await run(Effect.result(http.send({ method: "POST", url: new URL(url), timeoutMs, maxBytes,
      ...written(endpoint, options.body, options.headers) })))
    if (Result.isFailure(sent)) {
      wire.failure = sent.failure
      throw sent.failure
    }
    wire.answer = sent.success
    return new Response(conform(sent.success), { status: sent.success.status,
      headers: { "content-type": "application/json" } })
  }
  const server = { issuer: new URL(endpoint.url).origin, token_endpoint: endpoint.url }
  const client = { client_id: id }
  const proof = secret === undefined ? oauth.None()
    : endpoint.proof === "header" ? oauth.ClientSecretBasic(secret) : oauth.ClientSecretPost(secret)
  const options = { [oauth.customFetch]: send, [oauth.allowInsecureRequests]: isLoopback(endpoint.url) }
  const more = new URLSearchParams(endpoint.parameters)
  const exchange = async () => {
    switch (asked.grant) {
      case "client_credentials":
        return oauth.processClientCredentialsResponse(server, client,
          await oauth.clientCredentialsGrantRequest(server, client, proof, more, options))
      case "refresh_token":
        return oauth.processRefreshTokenResponse(server, client, await oauth.refreshTokenGrantRequest(
          server, client, proof, asked.token, { ...options, additionalParameters: more }))
      case "jwt-bearer":
        more.set("assertion", asked.assertion)
        return oauth.processGenericTokenEndpointResponse(server, client, await oauth.genericTokenEndpointRequest(
          server, client, proof, "urn:ietf:params:oauth:grant-type:jwt-bearer", more, options))
      case "authorization_code":
        return oauth.processAuthorizationCodeResponse(server, client, await oauth.authorizationCodeGrantRequest(
          server, client, proof, oauth.validateAuthResponse(server, client, asked.returned, asked.state),
          asked.redirect, asked.verifier ?? oauth.nopkce, { ...options, additionalParameters: more }))
    }
  }
  const body = yield* Effect.tryPromise({
    try: exchange,
    catch: () => fault(connection, asked.grant, wire)
  })
  return grantOf(body, started, asked.grant === "refresh_token" ? asked.token : undefined)
})

export interface Invitation {
  /** The page to open, with everything that page needs to know. */
  readonly url: string
  readonly state: string
  readonly verifier: string | undefined
}

/** State and PKCE verifier are random each time, and are told to nobody but the vendor. */
export const invitation = Effect.fnUntraced(function*(
  connection: string, authorize: Authorize, redirect: string
): Effect.fn.Return<Invitation, ConnectorError> {
  const oauth = yield* Effect.promise(() => import("oauth4webapi"))
  const state = oauth.generateRandomState()
  const verifier = authorize.pkce ? oauth.generateRandomCodeVerifier() : undefined
  const url = new URL(authorize.url)
  const asked = {
    response_type: "code",
    client_id: yield* text(connection, authorize.endpoint.clientId),
    redirect_uri: redirect,
    ...authorize.scopes.length === 0 ? {} : { scope: authorize.scopes.join(authorize.separator ?? " ") },
    state,
    ...verifier === undefined ? {} : { code_challenge_method: "S256",
      code_challenge: yield* Effect.promise(() => oauth.calculatePKCECodeChallenge(verifier)) },
    ...authorize.parameters
  }
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value)
  return { url: url.href, state, verifier }
})

interface Headers_ { readonly [name: string]: string }

/** A secret's text, or what is written down. */
export const text = (connection: string, value: string | Secret): Effect.Effect<string, ConnectorError> =>
  value instanceof Secret
    ? Effect.suspend(() => value.read).pipe(Effect.map(Redacted.value), Effect.mapError((missing) =>
      failure(connection, new Unauthorized({ message: missing.message }))))
    : Effect.succeed(value)

export const failure = (connection: string, reason: Reason): ConnectorError =>
  new ConnectorError({ connection, operation: "tokens", reason })

/** Plain http is allowed on this machine only: sandboxes. */
const isLoopback = (url: string): boolean => /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])[:/]/.test(url)

const written = (endpoint: TokenEndpoint, body: URLSearchParams, headers: Headers_) => {
  const names = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  return endpoint.body === "json"
    ? { headers: { ...names, "content-type": "application/json" }, body: JSON.stringify(Object.fromEntries(body)) }
    : { headers: { ...names, "content-type": "application/x-www-form-urlencoded" }, body: body.toString() }
}

/** Where vendors stray from the standard: no `token_type` (Shopify), scopes as a list, an `id_token` nobody asked for. */
const conform = ({ body, status }: HttpAnswer): string => {
  const read = parsed(body)
  if (status !== 200 || read === undefined) return Buffer.from(body).toString("utf8")
  const { id_token: _identity, scope, token_type: type, ...rest } = read
  return JSON.stringify({ ...rest, token_type: typeof type === "string" ? type : "bearer",
    ...typeof scope === "string" ? { scope } : {} })
}

const parsed = (body: Uint8Array): { readonly [key: string]: unknown } | undefined => {
  try {
    const read: unknown = JSON.parse(Buffer.from(body).toString("utf8"))
    return typeof read === "object" && read !== null && !Array.isArray(read) ? { ...read } : undefined
  } catch {
    return undefined
  }
}

/** The client itself is refused: no other token will help. RFC 6749, 5.2. */
const ofTheClient = new Set([
  "invalid_client", "unauthorized_client", "invalid_client_id", "invalid_client_credentials", "BAD_CLIENT_ID",
  "BAD_CLIENT_SECRET"
])

const fault = (
  connection: string, grant: Asked["grant"], wire: { failure?: HttpFailure; answer?: HttpAnswer }
): ConnectorError | GrantRefused => {
  const { answer } = wire
  if (wire.failure !== undefined) {
    return failure(connection, new Unavailable({ message: `the token endpoint: ${wire.failure.why}` }))
  }
  if (answer === undefined) return new GrantRefused({ code: "the returned address is not an answer to this request" })
  const { status } = answer
  if (status === 429) {
    const seconds = Number(answer.headers["retry-after"])
    return failure(connection, new RateLimited({ message: "too many tokens were asked for",
      ...seconds > 0 ? { retryAfterMs: seconds * 1_000 } : {} }))
  }
  if (status >= 500) return failure(connection, new Unavailable({ message: `the token endpoint answers ${status}` }))
  if (status < 400) {
    return failure(connection, new Malformed({ message: "the token endpoint's answer is not one of OAuth 2" }))
  }
  const code = codeOf(answer)
  if (ofTheClient.has(code) || grant === "client_credentials") {
    return failure(connection, new Unauthorized({ message: `the client id or its secret is refused (${code})` }))
  }
  return new GrantRefused({ code })
}

/** The error's name, if it looks like one: descriptions may repeat what was sent. */
const codeOf = ({ body, status }: HttpAnswer): string => {
  const read = parsed(body)
  // `status` and `category` are HubSpot's, `type` is Square's.
  const named = [read?.["error"], read?.["type"], read?.["status"], read?.["category"]].find((one) =>
    typeof one === "string" && one !== "error" && /^[A-Za-z][A-Za-z0-9_.-]{2,59}$/.test(one))
  return typeof named === "string" ? named : `status ${status}`
}

const grantOf = (body: object, started: number, sent: string | undefined): Grant => {
  const read: { readonly [key: string]: unknown } = { ...body }
  const refreshToken = read["refresh_token"] ?? sent
  const accessExpires = endOf(read["expires_in"], read["expires_at"], started)
  const refreshExpires = endOf(read["refresh_token_expires_in"], read["refresh_token_expires_at"], started)
  const instance = originOf(read["instance_url"])
  return {
    accessToken: String(read["access_token"]),
    ...accessExpires === undefined ? {} : { accessExpires },
    ...typeof refreshToken === "string" ? { refreshToken } : {},
    ...refreshExpires === undefined ? {} : { refreshExpires },
    ...instance === undefined ? {} : { instance }
  }
}

/** Seconds from when the request left, or a moment (Square). */
const endOf = (seconds: unknown, at: unknown, started: number): number | undefined => {
  const left = typeof seconds === "number" || typeof seconds === "string" ? Number(seconds) : Number.NaN
  if (left > 0) return started + left * 1_000
  const end = typeof at === "string" ? Date.parse(at) : Number.NaN
  return Number.isNaN(end) ? undefined : end
}

const originOf = (url: unknown): string | undefined => {
  if (typeof url !== "string" || !URL.canParse(url)) return undefined
  const { origin, protocol } = new URL(url)
  return protocol === "https:" || isLoopback(`${origin}/`) ? origin : undefined
}
