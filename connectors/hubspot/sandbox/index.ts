/** HubSpot on this machine: v3 for the vendor's SDK and the date-based versions, judged by the vendor's description. */
import { sandbox } from "../../../core/connector/sandbox.ts"
import type { Call, Frame, Reply, Sandbox, SandboxOptions, Vendor } from "../../../core/connector/sandbox.ts"
import { Preferences } from "./consent.ts"
import type { Definition } from "./consent.ts"
import { Hooks } from "./hooks.ts"
import type { HookOptions } from "./hooks.ts"
import { Limits } from "./limits.ts"
import type { Rates } from "./limits.ts"
import { Portal } from "./portal.ts"
import { kindOf, kinds } from "./properties.ts"
import { daily, expired, invalid, Refusal, replyOf, secondly, tenSecondly, unscoped } from "./refusal.ts"
import { routes } from "./routes.ts"
import type { World } from "./routes.ts"
import { load } from "./schema.ts"
import type { Description, Operation } from "./schema.ts"
import { Tokens } from "./tokens.ts"
import type { App } from "./tokens.ts"

export interface HubspotSandboxOptions extends SandboxOptions {
  /** Date-based versions that are answered beside v3. Default 2026-03 and 2026-09. */
  readonly versions?: ReadonlyArray<string>
  /** How long the search index lags behind. Default 0. */
  readonly lagMs?: number
  /** Default: the limits of a Professional portal. `false` switches them off. */
  readonly rates?: Partial<Rates> | false
  readonly app?: Partial<App>
  readonly webhooks?: Omit<HookOptions, "portalId" | "appId">
  /** Subscription types. Default `1001`, newsletter. */
  readonly subscriptions?: ReadonlyArray<Definition>
  /** Data privacy settings: an opt-in needs a legal basis. Default true. */
  readonly gdpr?: boolean
  /** Batches of communication preferences (Marketing Hub Enterprise). Default true. */
  readonly preferenceBatches?: boolean
  /** Properties that a create must have by the admin's rules, by kind. */
  readonly required?: { readonly [kind: string]: ReadonlyArray<string> }
  /** Properties that the token may not see, by kind. */
  readonly hidden?: { readonly [kind: string]: ReadonlyArray<string> }
}

export interface HubspotSandbox extends Sandbox {
  readonly portal: Portal
  readonly preferences: Preferences
  readonly hooks: Hooks
  readonly tokens: Tokens
  readonly app: App
  /** Calls that were refused by a limit. */
  readonly throttled: () => number
  /** Runs what people do in the portal, and sends the webhooks of it. */
  readonly act: <A>(work: (portal: Portal) => A) => A
}

export const allScopes: ReadonlyArray<string> = [
  "oauth", ...["contacts", "companies", "orders"].flatMap((one) => [`crm.objects.${one}.read`, `crm.objects.${one}.write`,
    `crm.schemas.${one}.read`, `crm.schemas.${one}.write`]),
  "e-commerce", "crm.objects.line_items.read", "crm.objects.line_items.write", "crm.objects.products.read",
  "crm.objects.products.write", "communication_preferences.read_write", "communication_preferences.statuses.batch.read",
  "communication_preferences.statuses.batch.write"
]

const usualApp: App = {
  portalId: 4711, appId: 815, clientId: "sandbox-client", clientSecret: "sandbox-client-secret", token: "sandbox-token",
  refreshToken: "sandbox-refresh", scopes: allScopes
}
const usualRates: Rates = { tenSeconds: 190, searches: 5, day: 650_000 }

export const hubspotSandbox = async (options: HubspotSandboxOptions = {}): Promise<HubspotSandbox> => {
  const description = await load(options.versions ?? ["2026-03", "2026-09"])
  let world: World | undefined
  const running = await sandbox((frame) => {
    world = worldOf(frame, options)
    return vendor(frame, world, description)
  }, options)
  if (world === undefined) throw new Error("the sandbox was not built")
  const { app, hooks, limits, portal, preferences, tokens } = world
  return { ...running, portal, preferences, hooks, tokens, app, throttled: () => limits.refused, act: (work) => {
    const result = work(portal)
    hooks.flush()
    return result
  } }
}

const worldOf = (frame: Frame, options: HubspotSandboxOptions): World => {
  const app: App = { ...usualApp, ...options.app }
  const hooks = new Hooks(frame, options.webhooks === undefined ? undefined : { ...app, ...options.webhooks })
  const portal = new Portal({ now: frame.now, lagMs: options.lagMs ?? 0, required: options.required ?? {},
    hidden: options.hidden ?? {}, tell: (happened) => { hooks.tell(happened) } })
  const definitions = options.subscriptions ?? [{ id: "1001", name: "Newsletter" }]
  const contacts = portal.shelf(portal.kind("contacts")).properties
  const optout = contacts.get("hs_email_optout")
  for (const { id } of definitions) {
    const name = `hs_email_optout_${id}`
    if (optout !== undefined) contacts.set(name, { ...optout, name, label: name })
  }
  if (options.webhooks !== undefined) for (const kind of kinds) {
    const object = kind.name === "orders" ? { objectTypeId: kind.typeId } : {}
    const subject = kind.name === "orders" ? "object" : kind.singular
    for (const event of ["creation", "deletion", "merge", "propertyChange"]) hooks.subscribe(`${subject}.${event}`, object)
  }
  return {
    app, hooks, portal, preferences: new Preferences(portal, definitions, options.gdpr ?? true),
    tokens: new Tokens(app, frame.now), now: frame.now, batches: options.preferenceBatches ?? true,
    limits: new Limits(options.rates === false ? undefined : { ...usualRates, ...options.rates }, frame.now),
    fails: () => frame.fault("batch-partial") !== undefined,
    disordered: () => frame.fault("search-disordered") !== undefined
  }
}

const plain = (status: number, body: string): Reply => ({ status, headers: { "content-type": "text/html" }, body })

const vendor = (frame: Frame, world: World, description: Description): Vendor => ({
  handle: (call) => handled(frame, world, description, call),
  answers: {
    throttled: () => replyOf(tenSecondly(world.limits.headers(false))),
    "search-throttled": () => replyOf(secondly()),
    "daily-limit": () => replyOf(daily(world.limits.headers(false))),
    expired: () => replyOf(expired),
    "missing-scopes": () => replyOf(unscoped(["crm.objects.contacts.read"])),
    "server-error": () => replyOf({ status: 500, category: "INTERNAL_ERROR", message: "internal error" }),
    "bad-gateway": () => plain(502, "<html><body>Bad Gateway</body></html>"),
    unavailable: () => plain(503, "<html><body>Service Unavailable</body></html>"),
    timeout: () => plain(504, "<html><body>Gateway Timeout</body></html>"),
    locked: () => replyOf({ status: 423, category: "LOCKED", message: "the account is being synchronised" }),
    // With `contains` a record of a text: whatever batch it is in is refused whole.
    poison: () => replyOf(invalid("switched on as a fault").trouble)
  },
  plays: {
    "batch-partial": "one input of a batch fails: alone with trace ids, else all of them with it",
    "search-disordered": "a search answers in another order than it was asked for"
  }
})

/** Calls are counted under the path of their version. */
const shownAs = ({ route, version }: Operation): string => version === "v3" ? route.replace("2026-09", "v3")
  : route.replace("2026-09", version).replace("/oauth/v1/", `/oauth/${version}/`)

const withoutToken = /^post \/oauth\//

const handled = (frame: Frame, world: World, description: Description, call: Call): Reply => {
  const operation = description.operation(call)
  if (operation === undefined) {
    frame.violation(`${call.method} ${call.path}: there is no such operation`)
    return { ...replyOf({ status: 404, category: "OBJECT_NOT_FOUND", message: "no such path" }), label: "unknown" }
  }
  const label = `${call.method} ${shownAs(operation)}`
  const searching = operation.route.endsWith("/search")
  const reply = answered(world, operation, call, searching, `${call.method.toLowerCase()} ${operation.route}`)
  if (operation.fault !== undefined) frame.violation(`${label}: ${operation.fault}`)
  const wrong = operation.judge(reply.status, reply.body as never)
  if (wrong !== undefined && wrong !== "") frame.violation(`the sandbox's own answer to ${label}: ${reply.status}: ${wrong}`)
  world.hooks.flush()
  return { ...reply, label, headers: { ...world.limits.headers(searching), ...reply.headers } }
}

/** https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/scopes */
const scopeOf = (key: string, params: Operation["params"]): string | undefined => {
  const kind = kindOf(params["objectType"] ?? (/\/(contacts|companies)\//.exec(key)?.[1] ?? ""))
  if (kind === undefined) return undefined
  if (key.includes("/crm/properties/")) return undefined
  const reads = key.startsWith("get ") || /\/(search|batch\/read)$/.test(key)
  return `crm.objects.${kind.name}.${reads ? "read" : "write"}`
}

const answered = (world: World, operation: Operation, call: Call, searching: boolean, key: string): Reply => {
  const throttled = world.limits.take(searching)
  if (throttled !== undefined) return replyOf(throttled)
  const refused = withoutToken.test(key) ? undefined : world.tokens.refuses(call.headers["authorization"])
  if (refused !== undefined) return replyOf(refused)
  if (operation.fault !== undefined) return replyOf(invalid(`Invalid input JSON: ${operation.fault}`).trouble)
  const scope = scopeOf(key, operation.params)
  if (scope !== undefined && !world.app.scopes.includes(scope)) return replyOf(unscoped([scope]))
  const play = routes[key]
  if (play === undefined) return replyOf({ status: 501, category: "NOT_IMPLEMENTED", message: `this sandbox does not implement ${key}` })
  const before = world.hooks.source
  world.hooks.source = { changeSource: "INTEGRATION", sourceId: String(world.app.appId) }
  try {
    return play({ world, operation, text: call.text })
  } catch (error) {
    if (error instanceof Refusal) return replyOf(error.trouble)
    throw error
  } finally {
    world.hooks.source = before
  }
}
