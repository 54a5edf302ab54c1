/** The one grant that needs a person (RFC 6749, 4.1): a page to agree on, and the address they were sent back to. */
import { Effect } from "effect"
import type { Scope } from "effect"
import type { Authorize } from "../authorize.ts"
import type { ConnectorError } from "../errors.ts"
import { Unauthorized } from "../errors.ts"
import type { Grant } from "../vault.ts"
import { asking, failure, invitation } from "./oauth.ts"

/** Where `esl auth` listens if the vendor allows a loopback address and the config names none. */
export const defaultRedirect = "http://127.0.0.1:8917/callback"

export interface Invited {
  /** The page to open in a browser. */
  readonly url: string
  /** The address that comes back must begin with this. */
  readonly redirect: string
  /** Whether an address answers this invitation and no other one. */
  readonly answers: (returned: URL) => boolean
  /** Gives the code in the address for tokens. */
  readonly accept: (returned: URL) => Effect.Effect<Grant, ConnectorError>
}

export const invite = (
  connection: string, authorize: Authorize, redirect: string
): Effect.Effect<Invited, ConnectorError, Scope.Scope> => Effect.gen(function*() {
  const { state, url, verifier } = yield* invitation(connection, authorize, redirect)
  const ask = yield* asking(connection, authorize.endpoint)
  const refuse = (message: string) => failure(connection, new Unauthorized({ message, needsAuth: true }))
  return {
    url,
    redirect,
    answers: (returned) => returned.searchParams.get("state") === state,
    accept: ({ searchParams }) => Effect.gen(function*() {
      if (searchParams.get("state") !== state) return yield* refuse("this address answers another request")
      const said = searchParams.get("error")
      if (said !== null) return yield* refuse(`nobody agreed (${/^[\w.-]{1,60}$/.test(said) ? said : "no reason"})`)
      const fault = authorize.fault === undefined ? undefined : yield* authorize.fault(searchParams)
      if (fault !== undefined) return yield* refuse(fault)
      // Vendors add parameters of their own; what the standard checks is these.
      const kept = new URLSearchParams([...searchParams].filter(([name]) => ["code", "state", "iss"].includes(name)))
      return yield* ask({ grant: "authorization_code", returned: kept, state, redirect, verifier }).pipe(
        Effect.catchTag("GrantRefused", ({ code }) => refuse(`the code is refused (${code})`)))
    })
  }
})
