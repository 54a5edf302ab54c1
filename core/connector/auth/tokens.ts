/** Tokens that end: kept, renewed by one at a time, and stored before they are used. */
import { Clock, Effect, Redacted, Semaphore } from "effect"
import type { Scope } from "effect"
import type { Authorization, Credentials } from "../authorization.ts"
import type { ConnectorError, Unauthorized } from "../errors.ts"
import type { Grant, Vault } from "../vault.ts"
import { failure } from "./oauth.ts"
import type { GrantRefused } from "./oauth.ts"

/** What an open connection gives to its way of authorizing. */
export interface Opening {
  readonly connection: string
  readonly vault: Vault | undefined
}

/** How a connection proves itself: declared with it, opened with it. */
export interface Authorizing {
  /** Names of the secrets it needs. */
  readonly secrets: ReadonlyArray<string>
  readonly open: (opening: Opening) => Effect.Effect<Authorization, ConnectorError, Scope.Scope>
}

export interface HeaderOptions {
  /** Default `authorization`. */
  readonly header?: string
  /** Before the token and a blank; default `Bearer` in `authorization`, nothing in any other header. */
  readonly scheme?: string
}

export const credentials = (token: string, { header = "authorization", scheme }: HeaderOptions = {}): Credentials => {
  const before = scheme ?? (header.toLowerCase() === "authorization" ? "Bearer" : "")
  return { [header.toLowerCase()]: Redacted.make(before === "" ? token : `${before} ${token}`) }
}

export const same = (one: Credentials, other: Credentials): boolean =>
  Object.entries(one).every(([name, value]) => {
    const there = other[name]
    return there !== undefined && Redacted.value(there) === Redacted.value(value)
  })

export interface TokenOptions extends HeaderOptions {
  /** Renew this long before a token ends. Default one minute. */
  readonly marginMs?: number
  /** Renew at the latest this long after the token came, whatever it says (Square: a week). */
  readonly longestMs?: number
}

export interface Renewal {
  /** New tokens for what is stored; `again` reads it once more, for the case that another process was faster. */
  readonly renew: (
    stored: Grant | undefined, again: Effect.Effect<Grant | undefined, ConnectorError>
  ) => Effect.Effect<Grant, ConnectorError | GrantRefused>
  /** They can be had without what is stored: what does not open any more stands in nobody's way. */
  readonly anew: boolean
  /** What to say when they are refused for good. */
  readonly refused: (code: string) => Unauthorized
}

/** A token that came because the one before was refused, and is refused too within this time, is not the problem. */
const stormMs = 60_000

export const tokens = ({ connection, vault }: Opening, renewal: Renewal, options: TokenOptions): Authorization => {
  const one = Semaphore.makeUnsafe(1)
  const { marginMs = 60_000, longestMs } = options
  /** `at`: when a refusal made us ask for it. */
  let held: { readonly grant: Grant; readonly at?: number } | undefined
  /** Renewed, but not durable: it is stored before anything else is asked for. */
  let unsaved: Grant | undefined
  const load: Effect.Effect<Grant | undefined, ConnectorError> = vault === undefined
    ? Effect.sync(() => held?.grant)
    : Effect.catch(vault.load(connection), (error) =>
      renewal.anew && error.reason._tag === "Unauthorized" ? Effect.succeed(undefined) : Effect.fail(error))
  const usable = (grant: Grant, now: number, not: string | undefined): boolean =>
    grant.accessToken !== not && (grant.accessExpires === undefined || now < grant.accessExpires - marginMs)

  const save = (grant: Grant): Effect.Effect<Grant, ConnectorError> => Effect.suspend(() => {
    unsaved = grant
    return Effect.map(vault?.save(connection, grant) ?? Effect.void, () => {
      unsaved = undefined
      return grant
    })
  })

  const shortened = (grant: Grant, now: number): Grant => longestMs === undefined ? grant
    : { ...grant, accessExpires: Math.min(grant.accessExpires ?? Number.MAX_SAFE_INTEGER, now + longestMs) }

  /** From the answer to the store nothing may come between: what was received and is not stored is lost. */
  const renewed = (not: string | undefined): Effect.Effect<Grant, ConnectorError> => Effect.gen(function*() {
    if (unsaved !== undefined) return yield* save(unsaved)
    const stored = yield* load
    const now = yield* Clock.currentTimeMillis
    if (stored !== undefined && usable(stored, now, not)) return stored
    return yield* Effect.flatMap(renewal.renew(stored, load), (grant) => save(shortened(grant, now))).pipe(
      Effect.catchTag("GrantRefused", ({ code }) => Effect.fail(failure(connection, renewal.refused(code)))),
      Effect.uninterruptible)
  })

  const alone = (not: string | undefined): Effect.Effect<Grant, ConnectorError> =>
    vault === undefined ? renewed(not) : vault.alone(connection, renewed(not))

  const current = Effect.gen(function*() {
    const now = yield* Clock.currentTimeMillis
    if (held !== undefined && usable(held.grant, now, undefined)) return held.grant
    return yield* one.withPermit(Effect.gen(function*() {
      if (held !== undefined && usable(held.grant, now, undefined)) return held.grant
      const stored = yield* load
      const grant = stored !== undefined && usable(stored, now, undefined) ? stored : yield* alone(undefined)
      held = { grant }
      return grant
    }))
  })

  const refused = (used: Credentials): Effect.Effect<boolean, ConnectorError> => one.withPermit(Effect.gen(function*() {
    // Somebody who was refused the same token has renewed it meanwhile.
    if (held === undefined || !same(used, credentials(held.grant.accessToken, options))) return true
    const now = yield* Clock.currentTimeMillis
    if (held.at !== undefined && now - held.at < stormMs) return false
    held = { grant: yield* alone(held.grant.accessToken), at: now }
    return true
  }))

  return {
    headers: Effect.map(current, (grant) => credentials(grant.accessToken, options)),
    refused,
    origin: Effect.map(current, (grant) => grant.instance)
  }
}
