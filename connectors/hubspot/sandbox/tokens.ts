/** The token endpoint and what a token may do. Refresh tokens do not rotate here. */
import { randomUUID } from "node:crypto"
import type { Json } from "../../../core/model/value.ts"
import { expired, Refusal, unauthenticated } from "./refusal.ts"
import type { Trouble } from "./refusal.ts"

export interface App {
  readonly portalId: number
  readonly appId: number
  readonly clientId: string
  readonly clientSecret: string
  /** Token of a private app: does not expire. */
  readonly token: string
  readonly refreshToken: string
  readonly scopes: ReadonlyArray<string>
}

const lifeSeconds = 1_800

export class Tokens {
  private readonly app: App
  private readonly now: () => number
  private readonly issued = new Map<string, number>()

  constructor(app: App, now: () => number) {
    this.app = app
    this.now = now
  }

  /** What is wrong with the header. */
  refuses(authorization: string | undefined): Trouble | undefined {
    const token = /^Bearer (.+)$/.exec(authorization ?? "")?.[1]
    if (token === undefined) return unauthenticated
    if (token === this.app.token) return undefined
    const until = this.issued.get(token)
    return until === undefined ? unauthenticated : until <= this.now() ? expired : undefined
  }

  /** Every token that was handed out is at its end. */
  expire(): void {
    for (const token of this.issued.keys()) this.issued.set(token, 0)
  }

  grant(form: URLSearchParams): Json {
    const bad = (message: string): Refusal => new Refusal({ status: 400, category: "VALIDATION_ERROR", message })
    if (form.get("client_id") !== this.app.clientId || form.get("client_secret") !== this.app.clientSecret) {
      throw bad("missing or invalid client id or client secret")
    }
    const type = form.get("grant_type")
    if (type === "refresh_token" && form.get("refresh_token") !== this.app.refreshToken) throw bad("missing or unknown refresh token")
    if (type === "authorization_code" && form.get("code") === null) throw bad("missing or unknown auth code")
    if (type !== "refresh_token" && type !== "authorization_code" && type !== "client_credentials") throw bad("grant_type not supported")
    const token = `sandbox-${randomUUID()}`
    this.issued.set(token, this.now() + lifeSeconds * 1_000)
    return { access_token: token, refresh_token: this.app.refreshToken, expires_in: lifeSeconds, token_type: "bearer",
      hub_id: this.app.portalId, scopes: this.app.scopes }
  }

  introspected(token: string): Json {
    const until = token === this.app.token ? this.now() + 3_600_000 : this.issued.get(token)
    return until === undefined || until <= this.now() ? { active: false }
      : { active: true, hub_id: this.app.portalId, scopes: this.app.scopes, token_use: "access_token",
        expires_in: Math.floor((until - this.now()) / 1_000) }
  }
}
