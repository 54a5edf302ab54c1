/**
 * S19 to S21 for tokens: secrets and tokens planted in every place of a token request and of its answer, every way in
 * which it can fail; then everything that could be printed, at debug level, is searched for them.
 */
import { generateKeyPairSync } from "node:crypto"
import { inspect } from "node:util"
import { it } from "@effect/vitest"
import { Cause, Effect, Exit, Logger, References } from "effect"
import type { Scope } from "effect"
import { afterEach, describe, expect } from "vitest"
import { invite } from "../../core/connector/auth/code.ts"
import { clientCredentials, jwtBearer, refreshing } from "../../core/connector/auth/grants.ts"
import type { TokenEndpoint } from "../../core/connector/authorize.ts"
import type { ConnectorError } from "../../core/connector/errors.ts"
import { sandbox } from "../../core/connector/sandbox.ts"
import type { Reply, Sandbox } from "../../core/connector/sandbox.ts"
import { secret } from "../../core/connector/secret.ts"
import type { Vault } from "../../core/connector/vault.ts"
import { adviceFor } from "../../core/engine/failure.ts"

const forms = [/canary/i, /PRIVATE KEY/, /MII[A-Za-z0-9+/]{20}/]
const quoting = { error: "canary is no code", error_description: "canary-refresh is not known", access_token: "canary-at",
  refresh_token: "canary-rt", id_token: "canary-id" }

const answers: ReadonlyArray<readonly [string, Reply]> = [
  ["400", { status: 400, body: { ...quoting, error: "invalid_grant" } }],
  ["an odd code", { status: 400, body: quoting }],
  ["401", { status: 401, headers: { "www-authenticate": "Bearer realm=\"canary\"" }, body: { message: "canary" } }],
  ["429", { status: 429, headers: { "retry-after": "canary" }, body: quoting }],
  ["500", { status: 500, body: "<html>canary-refresh</html>" }],
  ["302", { status: 302, headers: { location: "http://127.0.0.1:1/?token=canary-refresh" } }],
  ["no token", { status: 200, body: { ...quoting, access_token: null } }],
  ["no JSON", { status: 200, body: "{\"access_token\":\"canary-at\"," }],
  ["another type of token", { status: 200, body: { ...quoting, token_type: "canary-mac" } }],
  ["an end that is none", { status: 200, body: { ...quoting, expires_in: "canary" } }]
]

const running: Array<Sandbox> = []
afterEach(async () => { for (const one of running.splice(0)) await one.stop() })

Object.assign(process.env, {
  CANARY_ID: "canary-client-id", CANARY_SECRET: "canary-client-secret", CANARY_FIRST: "canary-refresh",
  CANARY_KEY: generateKeyPairSync("rsa", { modulusLength: 2048, publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" } }).privateKey
})
const vault: Vault = {
  load: () => Effect.succeed({ accessToken: "canary-old", accessExpires: 0, refreshToken: "canary-stored" }),
  save: () => Effect.void, alone: (_name, work) => work
}

type Way = (endpoint: TokenEndpoint) => Effect.Effect<unknown, ConnectorError, Scope.Scope>
const ways: ReadonlyArray<readonly [string, Way]> = [
  ["client credentials", (endpoint) =>
    Effect.flatMap(clientCredentials(endpoint).open({ connection: "crm", vault: undefined }), ({ headers }) => headers)],
  ["assertion", (endpoint) => Effect.flatMap(jwtBearer(endpoint, { key: secret("CANARY_KEY"), subject: "canary-user" })
    .open({ connection: "crm", vault: undefined }), ({ headers }) => headers)],
  ["refresh token", (endpoint) => Effect.flatMap(refreshing(endpoint, { first: secret("CANARY_FIRST") })
    .open({ connection: "crm", vault }), ({ headers }) => headers)],
  ["code", (endpoint) => Effect.flatMap(invite("crm", { url: "https://crm.example.com/authorize", endpoint,
    scopes: [], pkce: true, loopback: true }, "http://127.0.0.1:1/back"), ({ accept, url }) => accept(new URL(
    `http://127.0.0.1:1/back?code=canary-code&state=${new URL(url).searchParams.get("state") ?? ""}`)))]
]

/** Everything that a run of this could print, one text. */
const printed = (work: Effect.Effect<unknown, ConnectorError, Scope.Scope>) => Effect.gen(function*() {
  const lines: Array<string> = []
  const logger = [Logger.formatLogFmt, Logger.formatJson, Logger.formatSimple].map((format) =>
    Logger.map(format, (line) => { lines.push(line) }))
  const exit = yield* Effect.exit(Effect.tapCause(Effect.scoped(work), (cause) => Effect.logError("it failed", cause)))
    .pipe(Effect.provide(Logger.layer(logger)), Effect.provideService(References.MinimumLogLevel, "All"))
  if (Exit.isSuccess(exit)) return [...lines, inspect(exit.value, { depth: 20 }), JSON.stringify(exit.value)].join("\n")
  const error = Cause.squash(exit.cause)
  const known = exit.cause.reasons.flatMap((reason) => reason._tag === "Fail" ? [adviceFor(reason.error)] : [])
  return [...lines, ...known, String(error), inspect(error, { depth: 20, showHidden: true }), JSON.stringify(error),
    error instanceof Error ? `${error.stack ?? ""} ${inspect(error.cause)}` : "", Cause.pretty(exit.cause)].join("\n")
})

describe("whatever a token endpoint answers", () => {
  it.live("nothing that is printed holds a token or a secret", () => Effect.gen(function*() {
    let reply: Reply = { status: 200 }
    const server = yield* Effect.promise(() => sandbox(() => ({ handle: () => reply })))
    running.push(server)
    const endpoint = { url: `${server.url()}/token`, clientId: secret("CANARY_ID"), clientSecret: secret("CANARY_SECRET") }
    for (const [way, ask] of ways) {
      for (const [what, said] of answers) {
        reply = said
        const text = yield* printed(ask(endpoint))
        expect([way, what, forms.filter((form) => form.test(text))]).toEqual([way, what, []])
        // One sentence of ours was there to be searched.
        expect(text).toContain(what === "an end that is none" && text.includes("redacted") ? "redacted" : "crm: tokens: ")
      }
      for (const fault of ["cut-before", "cut-after"]) {
        server.faults.add({ fault, times: 5 })
        const text = yield* printed(ask(endpoint))
        server.faults.clear()
        expect([way, fault, forms.filter((form) => form.test(text))]).toEqual([way, fault, []])
        expect(text).toContain("the token endpoint: connection cut")
      }
    }
  }), 60_000)

  it.live("is a search that finds one", () => Effect.gen(function*() {
    const text = yield* printed(Effect.logDebug("canary"))
    expect(forms.some((form) => form.test(text))).toBe(true)
  }))
})
