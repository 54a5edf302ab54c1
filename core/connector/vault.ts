/** Where tokens live that a system hands out and changes (OAuth). The shell keeps them, encrypted, in the hub. */
import type { Effect } from "effect"
import type { ConnectorError } from "./errors.ts"

/** What was granted. Times are milliseconds since 1970. */
export interface Grant {
  readonly accessToken: string
  readonly accessExpires?: number
  readonly refreshToken?: string
  readonly refreshExpires?: number
  /** Where the API of this account answers, if the token says so (Salesforce `instance_url`). */
  readonly instance?: string
}

/** `save` returns only when the grant is durable: a rotated token is used after that, never before. */
export interface Vault {
  readonly load: (connection: string) => Effect.Effect<Grant | undefined, ConnectorError>
  readonly save: (connection: string, grant: Grant) => Effect.Effect<void, ConnectorError>
  /**
   * Runs `work` while nobody else, in any process that shares the hub, renews this connection's tokens. A refresh token
   * that is used twice is taken for a stolen one and ends them all: whoever waited reads again before it renews.
   */
  readonly alone: <A, E>(connection: string, work: Effect.Effect<A, E>) => Effect.Effect<A, E | ConnectorError>
}
