/** An OAuth 2 server on loopback with an API behind it: rotation, reuse detection, PKCE, signed assertions, a clock. */
import { createHash, createPublicKey, randomBytes, verify } from "node:crypto"
import { sandbox } from "../../core/connector/sandbox.ts"
import type { Call, Frame, Reply, Sandbox } from "../../core/connector/sandbox.ts"

export interface IssuerOptions {
  /** Each use of a refresh token gives another one, and the old one is dead: using it again revokes the family. */
  readonly rotates?: boolean
  /** Seconds; `undefined`: the answer does not say (Salesforce). */
  readonly expiresIn?: number
  /** Square says a moment instead. */
  readonly expiresAt?: boolean
  /** Shopify leaves `token_type` out. */
  readonly bare?: boolean
  /** A client without a secret, which proves itself by PKCE. */
  readonly public?: boolean
  /** PEM of the public key for assertions. */
  readonly publicKey?: string
  /** The answer does not say where the API is. */
  readonly placeless?: boolean
  /** When refresh tokens end, in seconds; default 90 days. */
  readonly refreshEndsIn?: number
  /** How long access tokens live on the server, ms; default as told, or an hour. */
  readonly livesMs?: number
}

export const client = { id: "esl-client", secret: "canary-client-secret-9f2c" }
/** Every token holds this, so that a search finds one wherever it leaks. */
export const mark = "canarytoken"

interface Family {
  dead: boolean
  current: string
}

export class Issuer {
  readonly families = new Map<string, Family>()
  readonly access = new Map<string, number>()
  readonly codes = new Map<string, { readonly redirect: string; readonly challenge: string | undefined }>()
  readonly options: IssuerOptions
  /** Every refresh token that was shown, in order. */
  readonly shown: Array<string> = []
  /** Every access token that reached the API. */
  readonly used: Array<string> = []
  constructor(options: IssuerOptions) {
    this.options = options
  }

  /** A first refresh token, as a person's consent gives it. */
  grantFirst(): string {
    const token = fresh("refresh")
    this.families.set(token, { dead: false, current: token })
    return token
  }

  handle(frame: Frame, call: Call): Reply {
    switch (`${call.method} ${call.path}`) {
      case "POST /token": return this.#token(frame, call)
      case "GET /authorize": return this.#authorize(call)
      case "GET /hello": return this.#hello(frame, call)
      default: return { status: 404 }
    }
  }

  #hello(frame: Frame, call: Call): Reply {
    const token = (call.headers["authorization"] ?? "").replace(/^Bearer /, "")
    this.used.push(token)
    const ends = this.access.get(token)
    return ends === undefined || ends <= frame.now() ? { status: 401, body: { error: "invalid_token" } }
      : { status: 200, body: { hello: "there" } }
  }

  #authorize(call: Call): Reply {
    const redirect = new URL(call.query.get("redirect_uri") ?? "http://127.0.0.1:1/")
    const code = fresh("code")
    this.codes.set(code, { redirect: redirect.href, challenge: call.query.get("code_challenge") ?? undefined })
    redirect.searchParams.set("code", code)
    redirect.searchParams.set("state", call.query.get("state") ?? "")
    return { status: 302, headers: { location: redirect.href } }
  }

  #token(frame: Frame, call: Call): Reply {
    const form = call.headers["content-type"]?.startsWith("application/json") === true
      ? new URLSearchParams(JSON.parse(call.text) as { [name: string]: string }) : new URLSearchParams(call.text)
    const grant = form.get("grant_type")
    const basic = (call.headers["authorization"] ?? "").replace(/^Basic /, "")
    const [id, secret] = basic === "" ? [form.get("client_id"), form.get("client_secret")]
      : Buffer.from(basic, "base64").toString("utf8").split(":").map(decodeURIComponent)
    if (grant !== "urn:ietf:params:oauth:grant-type:jwt-bearer" && (id !== client.id ||
      (secret !== client.secret && !(this.options.public === true && secret === null)))) {
      return no("invalid_client", 401)
    }
    switch (grant) {
      case "client_credentials": return this.#answer(frame, undefined)
      case "refresh_token": return this.#refresh(frame, form.get("refresh_token") ?? "")
      case "authorization_code": return this.#code(frame, form)
      default: return this.#assertion(frame, form.get("assertion") ?? "")
    }
  }

  #refresh(frame: Frame, shown: string): Reply {
    this.shown.push(shown)
    const family = this.families.get(shown)
    if (family === undefined || family.dead) return no("invalid_grant")
    if (this.options.rotates !== true) return this.#answer(frame, undefined)
    if (family.current !== shown) {
      family.dead = true
      return no("invalid_grant")
    }
    family.current = fresh("refresh")
    this.families.set(family.current, family)
    return this.#answer(frame, family.current)
  }

  #code(frame: Frame, form: URLSearchParams): Reply {
    const code = this.codes.get(form.get("code") ?? "")
    this.codes.delete(form.get("code") ?? "")
    const challenge = createHash("sha256").update(form.get("code_verifier") ?? "").digest("base64url")
    if (code === undefined || code.redirect !== form.get("redirect_uri") ||
      (code.challenge !== undefined && code.challenge !== challenge)) return no("invalid_grant")
    return this.#answer(frame, this.grantFirst())
  }

  #assertion(frame: Frame, assertion: string): Reply {
    const [head = "", claims = "", signature = ""] = assertion.split(".")
    const told = JSON.parse(Buffer.from(claims, "base64url").toString("utf8")) as { readonly [claim: string]: unknown }
    const good = this.options.publicKey !== undefined && verify("sha256", Buffer.from(`${head}.${claims}`),
      createPublicKey(this.options.publicKey), Buffer.from(signature, "base64url"))
    const fits = told["iss"] === client.id && told["sub"] === "esl@example.com" && told["aud"] === "https://login.example.com"
    const left = Number(told["exp"]) * 1_000 - frame.now()
    return good && fits && left > 0 && left <= 180_000 ? this.#answer(frame, undefined) : no("invalid_grant")
  }

  #answer(frame: Frame, refresh: string | undefined): Reply {
    const { bare, expiresAt, expiresIn, livesMs, placeless, refreshEndsIn = 7_776_000 } = this.options
    const lives = livesMs ?? (expiresIn ?? 3_600) * 1_000
    const token = fresh("access")
    this.access.set(token, frame.now() + lives)
    return { status: 200, label: "token", body: {
      access_token: token,
      ...bare === true ? {} : { token_type: "Bearer" },
      ...expiresIn === undefined ? {} : expiresAt === true
        ? { expires_at: new Date(frame.now() + expiresIn * 1_000).toISOString() } : { expires_in: expiresIn },
      ...refresh === undefined ? {} : { refresh_token: refresh, refresh_token_expires_in: refreshEndsIn },
      ...placeless === true ? {} : { instance_url: frame.url() }
    } }
  }
}

const fresh = (kind: string): string => `${mark}-${kind}-${randomBytes(12).toString("hex")}`
const no = (error: string, status = 400): Reply =>
  ({ status, label: "token refused", body: { error, error_description: `${mark} is not told` } })

export interface Running {
  readonly issuer: Issuer
  readonly server: Sandbox
}

export const startIssuer = async (options: IssuerOptions = {}): Promise<Running> => {
  const issuer = new Issuer(options)
  const server = await sandbox((frame) => ({ handle: (call) => issuer.handle(frame, call) }))
  return { issuer, server }
}
