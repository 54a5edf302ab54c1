/** How requests prove who sends them. Made in `auth/`; the `Api` asks for the headers right before a request leaves. */
import type { Effect, Redacted } from "effect"
import type { ConnectorError } from "./errors.ts"

/** Header values stay redacted until they are put on the wire, and go to the API's own origin only. */
export type Credentials = { readonly [header: string]: Redacted.Redacted }

export interface Authorization {
  /** Fresh enough to be used now; refreshes when they are about to end. Must not go through the `Api` it serves. */
  readonly headers: Effect.Effect<Credentials, ConnectorError>
  /**
   * The system refused these. True: others are at hand now, ask `headers` again (single-flight: callers who were
   * refused the same credentials cause one refresh). False: only a person can help.
   */
  readonly refused: (used: Credentials) => Effect.Effect<boolean, ConnectorError>
  /** Where the API of this account answers, if the token says so (Salesforce `instance_url`); no slash at the end. */
  readonly origin?: Effect.Effect<string | undefined, ConnectorError>
}
