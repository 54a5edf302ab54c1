/** An open connection: its API with limits, and its resources, made when they are first asked for. */
import { Effect, Stream } from "effect"
import type { Scope } from "effect"
import { makeApi } from "../../core/connector/api.ts"
import type { Authorization } from "../../core/connector/authorization.ts"
import type { Resource, Session } from "../../core/connector/connector.ts"
import { ConnectorError, Stale } from "../../core/connector/errors.ts"
import { discovered, healthOf, portalOf, resourceInfo } from "./account.ts"
import type { Account } from "./account.ts"
import { dialect, searchName, windowName } from "./errors.ts"
import { defaultUrl } from "./index.ts"
import type { Settings } from "./index.ts"
import { kinds } from "./kinds.ts"
import type { Kind } from "./kinds.ts"
import { Objects } from "./objects.ts"
import { Preferences } from "./preferences.ts"
import { makeReader } from "./reader.ts"
import { stepsOf } from "./setup.ts"
import type { Source } from "./view.ts"
import { makeWriter } from "./writer.ts"

const seconds = (given: number | undefined, usual: number): number => (given ?? usual) * 1_000

export const openSession = (
  settings: Settings, authorization: Authorization, readOnly: boolean
): Effect.Effect<Session, ConnectorError, Scope.Scope> => Effect.gen(function*() {
  const { connection, consent, key, uses, version } = settings
  const reserve = settings.reserve ?? 0.2
  const window = settings.tenSeconds ?? 100
  const api = yield* makeApi({
    connection, base: settings.url ?? defaultUrl, authorization, dialect,
    lane: { reserve, concurrency: 6, budgets: [
      { name: windowName, max: window, left: window, restorePerSecond: window / 10 },
      // One at a time, evenly: five in any second is all a portal takes, and no answer tells what is left.
      { name: searchName, max: 1, left: 1, restorePerSecond: (settings.searches ?? 5) * (1 - reserve) }
    ] }
  })
  const objects = new Objects(api, version)
  const preferences = consent === undefined ? undefined : new Preferences(api, version, consent)
  const account: Account = { api, version, authorization, used: new Set(uses.keys()),
    ownToken: settings.token !== undefined, consent: consent?.subscriptions ?? {} }
  const timing = { lagMs: seconds(settings.lag, 60), overlapMs: seconds(settings.overlap, 300),
    archivedMs: seconds(settings.deletions, 300) }
  const resourceOf = (kind: Kind): Resource => {
    const use = uses.get(kind.name)
    const source: Source = { kind, objects, preferences, key, itemColumns: use?.itemColumns ?? [] }
    const columns = use?.columns ?? []
    return {
      name: kind.name,
      reader: makeReader(source, timing, columns),
      ...readOnly ? {} : { writer: makeWriter({ source, columns, rowNames: use?.rowNames ?? [] }) },
      describe: resourceInfo(account, kind, key)
    }
  }
  const made = new Map<string, Resource>()
  return {
    account: portalOf(account),
    discover: discovered(account, key),
    health: healthOf(account),
    setup: stepsOf({ api, version, key, used: account.used, webhooks: settings.webhooks }),
    resource: (name) => {
      const resource = made.get(name) ?? (isKind(name) ? resourceOf(kinds[name]) : unknown(connection, name))
      made.set(name, resource)
      return resource
    }
  }
})

const isKind = (name: string): name is Kind["name"] => Object.hasOwn(kinds, name)

const unknown = (connection: string, name: string): Resource => {
  const fault = new ConnectorError({ connection, operation: name,
    reason: new Stale({ message: `HubSpot has no ${name}: use ${Object.keys(kinds).join(", ")}` }) })
  return {
    name,
    reader: { covers: { cursor: [], listing: false }, changes: () => Stream.fail(fault),
      listing: () => Stream.fail(fault), fetch: () => Effect.fail(fault) },
    describe: Effect.fail(fault)
  }
}
