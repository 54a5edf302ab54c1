/** The OAuth endpoint of the sandbox: client credentials, authorization codes, and refresh tokens that rotate. */
import { randomUUID } from "node:crypto"
import type { Call, Reply } from "../../../core/connector/sandbox.ts"
import type { Json } from "../../../core/model/value.ts"

export interface Client {
  readonly id: string
  readonly secret: string
}

const hour = 3_600_000

/** Tokens that were handed out. A refresh token is good once. */
export class Tokens {
  readonly #client: Client
  readonly #now: () => number
  readonly #scope: () => string
  readonly #access = new Map<string, number>()
  readonly #refresh = new Set<string>()
  constructor(client: Client, now: () => number, scope: () => string, fixed: string, refresh: ReadonlyArray<string>) {
    this.#client = client
    this.#now = now
    this.#scope = scope
    this.#access.set(fixed, Infinity)
    for (const one of refresh) this.#refresh.add(one)
  }

  valid(token: string | undefined): boolean {
    return (this.#access.get(token ?? "") ?? 0) > this.#now()
  }

  /** Everything handed out so far ends now. */
  expire(): void {
    for (const [token, until] of this.#access) if (until !== Infinity) this.#access.set(token, 0)
  }

  answer(call: Call): Reply {
    const form = call.headers["content-type"]?.includes("json") === true ? jsonOf(call.text)
      : Object.fromEntries(new URLSearchParams(call.text))
    const wrong = (error: string, status = 400): Reply => ({ status, body: { error }, label: "token" })
    if (form["client_id"] !== this.#client.id || form["client_secret"] !== this.#client.secret) return wrong("invalid_client", 401)
    switch (form["grant_type"]) {
      case "client_credentials": return { status: 200, label: "token", body: { ...this.#grant(24 * hour), scope: this.#scope() } }
      case "refresh_token":
        if (!this.#refresh.delete(String(form["refresh_token"]))) return wrong("invalid_request")
        return { status: 200, label: "token", body: this.#rotating() }
      default:
        return typeof form["code"] === "string" ? { status: 200, label: "token", body: this.#rotating() } : wrong("unsupported_grant_type")
    }
  }

  #grant(ms: number): { readonly [name: string]: Json } {
    const token = `sandbox-${randomUUID()}`
    this.#access.set(token, this.#now() + ms)
    return { access_token: token, expires_in: Math.floor(ms / 1_000) - 1 }
  }

  #rotating(): { readonly [name: string]: Json } {
    const refresh = `sandbox-refresh-${randomUUID()}`
    this.#refresh.add(refresh)
    return { ...this.#grant(hour), scope: this.#scope(), refresh_token: refresh,
      refresh_token_expires_in: 90 * 24 * 3_600 }
  }
}

const jsonOf = (text: string): { readonly [name: string]: unknown } => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}
