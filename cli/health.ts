/** What `esl check` tells of a connection beyond its resources: account, version, scopes, limits, what ends soon. */
import { Clock, Effect } from "effect"
import type { Health } from "../core/connector/health.ts"
import type { Session } from "../core/connector/connector.ts"
import { Tokens } from "../core/engine/index.ts"
import type { Place } from "../core/engine/index.ts"
import type { Found } from "./found.ts"
import { warn } from "./found.ts"
import type { Output } from "./output.ts"
import { count } from "./render.ts"

/** As `esl check --json` prints it. */
export interface Checked {
  readonly connection: string
  readonly reachable: boolean
  readonly account?: string
  readonly health?: Health
  /** When the refresh token ends, RFC 3339. */
  readonly tokensEnd?: string
  readonly setup?: { readonly present: number; readonly missing: number }
}

const day = 86_400_000
const soon = { version: 90 * day, credential: 14 * day }

export const healthOf = Effect.fnUntraced(function*(
  connection: string, session: Session, account: string, found: Found
) {
  const now = yield* Clock.currentTimeMillis
  const health = session.health === undefined ? undefined : yield* session.health
  const vault = yield* Tokens
  const ends = vault === undefined ? undefined : (yield* vault.load(connection))?.refreshExpires
  const steps = session.setup === undefined ? undefined : yield* session.setup
  const missing = steps?.filter((step) => step.state !== "present") ?? []
  const at = (moment: number): string => new Date(moment).toISOString().slice(0, 10)
  if (ends !== undefined) ending(connection, "the refresh token", ends, now, found)
  if (health?.expires !== undefined) ending(connection, health.expires.what, Date.parse(health.expires.at), now, found)
  if (health?.version?.endOfLife !== undefined) {
    const left = Date.parse(health.version.endOfLife) - now
    const says = `version ${health.version.used} of its API`
    if (left < 0) found.faults.push({ at: connection, message: `${says} ended on ${health.version.endOfLife}: set a newer one` })
    else if (left < soon.version) warn(found, connection, `${says} ends on ${health.version.endOfLife}: set a newer one before`)
  }
  for (const { scope, for: what } of health?.missing ?? []) {
    warn(found, connection, `the scope ${scope} is missing: ${what}`)
  }
  if (missing.length > 0) {
    warn(found, connection, `${count(missing.length, "thing")} that ESL needs there ${missing.length === 1 ? "is" : "are"} missing: esl setup ${connection}`)
  }
  return {
    connection, reachable: true, account,
    ...health === undefined ? {} : { health },
    ...ends === undefined ? {} : { tokensEnd: at(ends) },
    ...steps === undefined ? {} : { setup: { present: steps.length - missing.length, missing: missing.length } }
  } satisfies Checked
})

const ending = (at: string, what: string, moment: number, now: number, found: Found): void => {
  const when = new Date(moment).toISOString().slice(0, 10)
  if (moment < now) found.faults.push({ at, message: `${what} ended on ${when}: renew it` })
  else if (moment - now < soon.credential) warn(found, at, `${what} ends on ${when}: renew it before`)
}

export const printHealth = (checked: Checked, kind: string, places: ReadonlyArray<Place>, out: Output): void => {
  const { account, connection, health, reachable, tokensEnd } = checked
  if (!reachable) return out.line(`${connection} (${kind}): ${out.paint.red("cannot be used now")}`)
  out.line(`${connection} (${kind}): reachable, account ${account ?? "unknown"}`)
  for (const { policy, side } of places) {
    out.line(`  ${side}: ${policy.readOnly ? "never written" : `writes guarded by ${policy.guard}, creates ${policy.creates}`}`)
  }
  if (tokensEnd !== undefined) out.line(`  its refresh token is good until ${tokensEnd}`)
  if (health === undefined) return
  const { limits, notes, proved, sideEffects, version } = health
  if (version !== undefined) {
    out.line(`  API version ${version.used}${version.endOfLife === undefined ? "" : `, answered until ${version.endOfLife}`}`)
  }
  for (const { left, max, name } of limits) {
    if (left === undefined && max === undefined) continue
    out.line(`  ${name}: ${left === undefined ? `${max ?? ""} at most` : `${left}${max === undefined ? "" : ` of ${max}`} left`}`)
  }
  for (const effect of sideEffects) out.line(`  a write may set off: ${effect}`)
  for (const note of notes) out.line(`  note: ${note}`)
  out.line(`  proved against a real account: ${proved}`)
}
