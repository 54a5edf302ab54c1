/** How a person lets ESL into a system, as data: `esl auth <connection>` walks this way, once. */
import type { Effect } from "effect"
import type { ConnectorError } from "./errors.ts"
import type { Secret } from "./secret.ts"

/** Where an OAuth client gets its tokens, and how it proves that it is the one it says. */
export interface TokenEndpoint {
  readonly url: string
  readonly clientId: string | Secret
  /** Absent: a public client, which proves itself by PKCE alone. */
  readonly clientSecret?: Secret
  /** Where the client's secret goes: into the body (default) or into a Basic header. */
  readonly proof?: "body" | "header"
  /** How the body is written; default as a form, which the standard demands. */
  readonly body?: "form" | "json"
  /** Sent along with every request for a token. */
  readonly parameters?: { readonly [name: string]: string }
}

export interface Authorize {
  /** The page on which a person agrees. */
  readonly url: string
  readonly endpoint: TokenEndpoint
  readonly scopes: ReadonlyArray<string>
  /** Between two scopes; default a blank. */
  readonly separator?: string
  /** The vendor offers PKCE (S256). */
  readonly pkce: boolean
  /** The vendor sends people back to `http://127.0.0.1`; otherwise they paste the address they were sent to. */
  readonly loopback: boolean
  /** The redirect URI as it is registered with the vendor; default a loopback address where the vendor allows one. */
  readonly redirect?: string
  /** Further parameters of that page. */
  readonly parameters?: { readonly [name: string]: string }
  /** What is wrong with what came back beyond its state: another account, a wrong signature. */
  readonly fault?: (returned: URLSearchParams) => Effect.Effect<string | undefined, ConnectorError>
}
