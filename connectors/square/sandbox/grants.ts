/** Square's OAuth server: tokens of 30 days, the same refresh token again for a secret, a new one for PKCE. */
import { createHash } from "node:crypto"
import type { Call, Reply } from "../../../core/connector/sandbox.ts"
import type { Json } from "../../../core/model/value.ts"
import type { Checker } from "./check.ts"
import { forbidden, grantRefusal, isDoc, text, unauthorized } from "./reply.ts"
import type { Seller } from "./seller.ts"

/** What the connector needs, and what a seeded token has. */
export const scopes = [
  "CUSTOMERS_READ",
  "CUSTOMERS_WRITE",
  "ITEMS_READ",
  "ITEMS_WRITE",
  "INVENTORY_READ",
  "INVENTORY_WRITE",
  "ORDERS_READ",
  "PAYMENTS_READ",
  "MERCHANT_PROFILE_READ"
] as const

export const sandboxApp = { id: "sandbox-sq0idb-esl", key: "sandbox-sq0csb-esl", token: "EAAAsandbox" } as const

const day = 24 * 60 * 60 * 1_000

interface Token {
  readonly scopes: ReadonlyArray<string>
  readonly expires: number | undefined
}

interface Code {
  readonly scopes: ReadonlyArray<string>
  /** SHA-256 of the verifier, base64url: PKCE. */
  readonly challenge: string | undefined
}

interface Refresh {
  readonly scopes: ReadonlyArray<string>
  readonly pkce: boolean
}

export class Grants {
  private readonly seller: Seller
  private readonly tokens = new Map<string, Token>()
  private readonly codes = new Map<string, Code>()
  private readonly refreshes = new Map<string, Refresh>()

  constructor(seller: Seller) {
    this.seller = seller
    const lacking = seller.options.without ?? []
    this.tokens.set(sandboxApp.token, {
      scopes: scopes.filter((one) => !lacking.includes(one)),
      expires: undefined
    })
  }

  /** Throws what Square answers to a token that is unknown, old, or not allowed to. */
  admit(call: Call, scope: string | undefined): void {
    const bearer = /^Bearer (.+)$/.exec(call.headers["authorization"] ?? "")?.[1]
    const token = bearer === undefined ? undefined : this.tokens.get(bearer)
    if (token === undefined) throw unauthorized("UNAUTHORIZED", "This request could not be authorized.")
    if (token.expires !== undefined && token.expires <= this.seller.frame.now()) {
      throw unauthorized("ACCESS_TOKEN_EXPIRED", "The access token has expired.")
    }
    if (scope !== undefined && !token.scopes.includes(scope)) {
      throw forbidden(
        "INSUFFICIENT_SCOPES",
        `The merchant has not given your application sufficient permissions: ${scope}.`
      )
    }
  }

  /** Every access token that was granted ends now. */
  expire(): void {
    const expires = this.seller.frame.now()
    for (const [token, { scopes: granted }] of this.tokens) {
      if (token !== sandboxApp.token) this.tokens.set(token, { scopes: granted, expires })
    }
  }

  /** What the seller's browser brings back after the consent page. */
  code(granted: ReadonlyArray<string> = scopes, challenge?: string): string {
    const code = `sq0cgb-${this.seller.id("code")}`
    this.codes.set(code, { scopes: granted, challenge })
    return code
  }

  /** A refresh token, as a finished consent leaves it; PKCE's is used once. */
  refresh(pkce: boolean): string {
    const refresh = `EQAA${this.seller.id("refresh")}`
    this.refreshes.set(refresh, { scopes, pkce })
    return refresh
  }

  /** No access token given so far is worth anything any more; the seeded one stays. */
  expireAll(): void {
    for (const [token, { scopes: granted }] of this.tokens) {
      if (token !== sandboxApp.token)
        this.tokens.set(token, { scopes: granted, expires: this.seller.frame.now() })
    }
  }

  answer(call: Call, checker: Checker): Reply {
    const label = `${call.method} ${call.path}`
    const body = parsed(call.text)
    switch (label) {
      case "GET /oauth2/authorize":
        return { ...this.consent(call), label }
      case "POST /oauth2/token": {
        for (const fault of checker.of("ObtainTokenRequest")?.(body) ?? [])
          this.seller.frame.violation(`${label}: ${fault}`)
        return { ...this.obtain(body), label }
      }
      case "POST /oauth2/token/status":
        return { ...this.status(call), label }
      case "POST /oauth2/revoke":
        return { ...this.revoke(call, body), label }
      default:
        return { ...grantRefusal(404, "not_found", "Not found"), label }
    }
  }

  private consent({ query }: Call): Reply {
    const redirect = query.get("redirect_uri")
    if (query.get("client_id") !== sandboxApp.id || redirect === null)
      return grantRefusal(400, "bad_request", "client_id or redirect_uri is wrong")
    const back = new URL(redirect)
    const granted = (query.get("scope") ?? "").split(" ").filter((one) => one !== "")
    back.searchParams.set("code", this.code(granted, query.get("code_challenge") ?? undefined))
    back.searchParams.set("response_type", "code")
    const state = query.get("state")
    if (state !== null) back.searchParams.set("state", state)
    return { status: 302, headers: { location: back.href } }
  }

  private obtain(body: { readonly [key: string]: Json }): Reply {
    const denied = grantRefusal(401, "service.not_authorized", "Not Authorized")
    if (body["client_id"] !== sandboxApp.id) return denied
    const withSecret = body["client_secret"] === sandboxApp.key
    const short = body["short_lived"] === true
    if (body["grant_type"] === "authorization_code") {
      const code = this.codes.get(text(body["code"]) ?? "")
      if (code === undefined || !proves(code, body, withSecret)) return denied
      this.codes.delete(text(body["code"]) ?? "")
      return this.granted(code.scopes, code.challenge !== undefined, undefined, short)
    }
    if (body["grant_type"] !== "refresh_token")
      return grantRefusal(400, "bad_request", "grant_type is not known")
    const used = text(body["refresh_token"]) ?? ""
    const refresh = this.refreshes.get(used)
    if (refresh === undefined || (!refresh.pkce && !withSecret)) return denied
    // A PKCE refresh token is used once (developer.squareup.com/docs/oauth-api/refresh-revoke-limit-scope).
    if (refresh.pkce) this.refreshes.delete(used)
    return this.granted(refresh.scopes, refresh.pkce, refresh.pkce ? undefined : used, short)
  }

  private granted(
    granted: ReadonlyArray<string>,
    pkce: boolean,
    same: string | undefined,
    short: boolean
  ): Reply {
    const now = this.seller.frame.now()
    const token = `EAAA${this.seller.id("token")}`
    const expires = now + (short ? 1 : 30) * day
    this.tokens.set(token, { scopes: granted, expires })
    const refresh = same ?? `EQAA${this.seller.id("refresh")}`
    this.refreshes.set(refresh, { scopes: granted, pkce })
    return {
      status: 200,
      body: {
        access_token: token,
        token_type: "bearer",
        expires_at: this.seller.time(expires),
        merchant_id: this.seller.merchant,
        refresh_token: refresh,
        short_lived: short,
        // Only PKCE refresh tokens end, after 90 days.
        ...(pkce ? { refresh_token_expires_at: this.seller.time(now + 90 * day) } : {})
      }
    }
  }

  private status(call: Call): Reply {
    const bearer = /^Bearer (.+)$/.exec(call.headers["authorization"] ?? "")?.[1] ?? ""
    const token = this.tokens.get(bearer)
    if (token === undefined) return grantRefusal(401, "service.not_authorized", "Not Authorized")
    return {
      status: 200,
      body: {
        scopes: [...token.scopes],
        client_id: sandboxApp.id,
        merchant_id: this.seller.merchant,
        ...(token.expires === undefined ? {} : { expires_at: this.seller.time(token.expires) })
      }
    }
  }

  private revoke(call: Call, body: { readonly [key: string]: Json }): Reply {
    if (call.headers["authorization"] !== `Client ${sandboxApp.key}`)
      return grantRefusal(401, "service.not_authorized", "Not Authorized")
    this.tokens.delete(text(body["access_token"]) ?? "")
    return { status: 200, body: { success: true } }
  }
}

const proves = (code: Code, body: { readonly [key: string]: Json }, withSecret: boolean): boolean =>
  code.challenge === undefined
    ? withSecret
    : createHash("sha256")
        .update(text(body["code_verifier"]) ?? "")
        .digest("base64url") === code.challenge

const parsed = (raw: string): { readonly [key: string]: Json } => {
  try {
    const body = JSON.parse(raw) as Json
    return isDoc(body) ? body : {}
  } catch {
    return {}
  }
}
