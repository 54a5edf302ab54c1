/** Sessions: tokens for client credentials, JWT bearer and refresh tokens; they end without saying when. */
import { createVerify, randomBytes } from "node:crypto"
import type { Call, Reply } from "../../../core/connector/sandbox.ts"
import type { Org } from "./org.ts"

export interface App {
  readonly clientId: string
  readonly clientSecret: string
  /** PEM of the certificate's public key, for JWT bearer. */
  readonly publicKey?: string
  /** Refresh tokens turn: each is good for one use. */
  readonly rotates?: boolean
}

export class Sessions {
  private readonly org: Org
  private readonly app: App
  private readonly url: () => string
  private readonly tokens = new Set<string>()
  private readonly refreshTokens: Set<string>

  constructor(org: Org, app: App, url: () => string, refreshTokens: ReadonlyArray<string>) {
    this.org = org
    this.app = app
    this.url = url
    this.refreshTokens = new Set(refreshTokens)
  }

  /** A token for tests that need no grant. */
  issue(): string {
    const token = `${this.org.orgId.slice(0, 15)}!${randomBytes(24).toString("base64url")}`
    this.tokens.add(token)
    return token
  }

  /** Ends all sessions, as an admin can. */
  revoke(): void {
    this.tokens.clear()
  }

  knows(call: Call): boolean {
    const [scheme, token] = (call.headers["authorization"] ?? "").split(" ")
    return /^(bearer|oauth)$/i.test(scheme ?? "") && this.tokens.has(token ?? "")
  }

  end(call: Call): void {
    this.tokens.delete((call.headers["authorization"] ?? "").split(" ")[1] ?? "")
  }

  grant(call: Call): Reply {
    const form = new URLSearchParams(call.text)
    switch (form.get("grant_type")) {
      case "client_credentials": return this.isApp(call, form) ? this.granted() : wrong("invalid_client", "invalid client credentials")
      case "refresh_token": return this.refresh(call, form)
      case "urn:ietf:params:oauth:grant-type:jwt-bearer": return this.assertion(form.get("assertion") ?? "")
      default: return wrong("unsupported_grant_type", "grant type not supported")
    }
  }

  private isApp(call: Call, form: URLSearchParams): boolean {
    const basic = /^Basic (.+)$/i.exec(call.headers["authorization"] ?? "")?.[1]
    const [id, secret] = basic === undefined ? [form.get("client_id"), form.get("client_secret")]
      : Buffer.from(basic, "base64").toString("utf8").split(":").map((part) => decodeURIComponent(part))
    return id === this.app.clientId && secret === this.app.clientSecret
  }

  private refresh(call: Call, form: URLSearchParams): Reply {
    const token = form.get("refresh_token") ?? ""
    if (!this.isApp(call, form)) return wrong("invalid_client", "invalid client credentials")
    if (!this.refreshTokens.has(token)) return wrong("invalid_grant", "expired access/refresh token")
    if (this.app.rotates !== true) return this.granted()
    this.refreshTokens.delete(token)
    const next = `5Aep${randomBytes(24).toString("base64url")}`
    this.refreshTokens.add(next)
    return this.granted(next)
  }

  /** RS256 over the app's certificate: issuer the app, audience the login server, five minutes at most. */
  private assertion(jwt: string): Reply {
    const [head = "", body = "", signature = ""] = jwt.split(".")
    const claims = claimsOf(body)
    const expires = Number(claims["exp"]) * 1000
    const { publicKey } = this.app
    const genuine = publicKey !== undefined && createVerify("RSA-SHA256").update(`${head}.${body}`).verify(publicKey, signature, "base64url")
    if (!genuine || claims["iss"] !== this.app.clientId) return wrong("invalid_grant", "invalid assertion")
    if (!(expires > this.org.now())) return wrong("invalid_grant", "expired authorization code")
    if (typeof claims["sub"] !== "string" || typeof claims["aud"] !== "string") return wrong("invalid_grant", "audience is invalid")
    return this.granted()
  }

  private granted(refreshToken?: string): Reply {
    const token = this.issue()
    const { orgId, userId } = this.org
    return {
      status: 200,
      body: {
        access_token: token, signature: "c2lnbmF0dXJl", scope: "api", instance_url: this.url(), token_type: "Bearer",
        id: `${this.url()}/id/${orgId}/${userId}`, issued_at: String(this.org.now()),
        ...(refreshToken === undefined ? {} : { refresh_token: refreshToken })
      }
    }
  }
}

const wrong = (error: string, description: string): Reply =>
  ({ status: 400, body: { error, error_description: description } })

const claimsOf = (body: string): { readonly [claim: string]: unknown } => {
  try {
    const value: unknown = JSON.parse(Buffer.from(body, "base64url").toString("utf8"))
    return typeof value === "object" && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}
