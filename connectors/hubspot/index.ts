/**
 * HubSpot: `hubspot("crm", { token: secret("HUBSPOT_TOKEN"), consent: { subscriptions: { marketing: "1001" } } })`.
 * Nothing is opened, and no library loaded, before `open`.
 */
import { Effect } from "effect"
import type { Authorizing } from "../../core/connector/auth/tokens.ts"
import type { Authorize } from "../../core/connector/authorize.ts"
import type { Connection } from "../../core/connector/connector.ts"
import { ConnectorError, Unauthorized } from "../../core/connector/errors.ts"
import { declared } from "../../core/connector/participant.ts"
import type { Declared, Promises } from "../../core/connector/participant.ts"
import { inlineSecret } from "../../core/connector/secret.ts"
import type { Secret } from "../../core/connector/secret.ts"
import type { Mapping } from "../../core/mapping/mapping.ts"
import { lineItems } from "./kinds.ts"
import type { Kind } from "./kinds.ts"
import type { ConsentOptions } from "./preferences.ts"
import { webhookReceiver } from "./webhook.ts"
import type { WebhookOptions } from "./webhook.ts"

export type { ConsentOptions } from "./preferences.ts"
export type { WebhookOptions } from "./webhook.ts"

export interface HubspotApp {
  readonly clientId: string | Secret
  readonly clientSecret: Secret
  /** A refresh token from elsewhere; without one `esl auth` gets it. */
  readonly refreshToken?: Secret
  /** Where people agree. Default `https://app.hubspot.com/oauth/authorize`. */
  readonly authorizeUrl?: string
  /** The redirect URI as it is registered with the app. */
  readonly redirect?: string
}

export interface HubspotOptions {
  /** Token of a private app or a service key; or `app`. */
  readonly token?: Secret
  readonly app?: HubspotApp
  /** Default `https://api.hubapi.com`. */
  readonly url?: string
  /** Date-based version of the API. Default `2026-09`. */
  readonly version?: string
  /** The unique property that carries our own id. Default `esl_id`. */
  readonly key?: string
  /** How far behind now a pull ends, in seconds: the search index is not up to date. Default 60. */
  readonly lag?: number
  /** How far back a pull reads again, in seconds. Default 300. */
  readonly overlap?: number
  /** How often archived records are listed, in seconds. Default 300. */
  readonly deletions?: number
  /** Subscription types that consent is read from and written to. Absent: consent is left alone. */
  readonly consent?: ConsentOptions
  readonly webhooks?: WebhookOptions
  /** Share of every limit that is left to other apps. Default 0.2. */
  readonly reserve?: number
  /** Calls in ten seconds before the first answer tells. Default 100, what the smallest plan allows. */
  readonly tenSeconds?: number
  /** Searches in a second, for the whole portal; no answer tells. Default 5. */
  readonly searches?: number
}

export interface HubspotConnection extends Connection {
  readonly contacts: Declared
  readonly companies: Declared
  readonly products: Declared
  readonly orders: Declared
}

/** What a mapping makes of a kind: the columns it speaks of, and the names of its line items. */
export interface Use {
  readonly columns: ReadonlyArray<string>
  readonly itemColumns: ReadonlyArray<string>
  readonly rowNames: ReadonlyArray<string>
}

export interface Settings extends HubspotOptions {
  readonly connection: string
  readonly version: string
  readonly key: string
  readonly uses: ReadonlyMap<Kind["name"], Use>
}

export const defaultUrl = "https://api.hubapi.com"

const promises: Promises = { guard: "reread", creates: "upsert" }

/** A portal as a connection. */
export const hubspot = (name: string, options: HubspotOptions): HubspotConnection => {
  const uses = new Map<Kind["name"], Use>()
  const settings: Settings = { ...options, connection: name, version: options.version ?? "2026-09",
    key: options.key ?? "esl_id", uses }
  const faults = faultsOf(settings)
  const secrets = [options.token, options.app?.clientId, options.app?.clientSecret, options.app?.refreshToken,
    ...options.webhooks?.secrets ?? []]
  const connection: Connection = {
    name, kind: "hubspot", faults,
    secrets: secrets.flatMap((one) => typeof one === "object" ? [one.name] : []),
    open: ({ readOnly, vault }) => Effect.gen(function*() {
      const [fault] = faults
      if (fault !== undefined) {
        return yield* Effect.fail(new ConnectorError({ connection: name, operation: "open",
          reason: new Unauthorized({ message: fault.message }) }))
      }
      const { openSession } = yield* Effect.promise(() => import("./session.ts"))
      const authorizing = yield* Effect.promise(() => authorizingOf(settings))
      return yield* openSession(settings, yield* authorizing.open({ connection: name, vault }), readOnly)
    }),
    ...options.webhooks === undefined ? {} : { receiver: webhookReceiver(name, options.webhooks) },
    ...options.app === undefined ? {} : { authorize: authorizeOf(settings, options.app) }
  }
  const kind = (of: Kind["name"]): Declared => ({
    ...declared(connection, of, promises),
    as: (mapping, chosen) => {
      uses.set(of, useOf(mapping))
      return declared(connection, of, promises).as(mapping, chosen)
    }
  })
  return { ...connection, contacts: kind("contacts"), companies: kind("companies"), products: kind("products"),
    orders: kind("orders") }
}

const useOf = (mapping: Pick<Mapping, "fields" | "columns" | "record">): Use => {
  const fields = [...mapping.fields.values()].filter(({ columns }) => columns.includes(lineItems))
  return { columns: mapping.columns, itemColumns: itemColumnsOf(mapping),
    rowNames: [...new Set(fields.flatMap(({ ids }) => ids?.kind === "ext" ? [ids.resource] : []))] }
}

/** The columns of the child rows, as the record's schema names them. */
const itemColumnsOf = (mapping: Pick<Mapping, "record">): ReadonlyArray<string> => mapping.record === undefined ? []
  : childColumns(mapping.record.ast, lineItems)

const childColumns = (ast: unknown, child: string): ReadonlyArray<string> => {
  const property = propertiesOf(ast).find(({ name }) => name === child)
  const rows = rowOf(property?.type)
  return propertiesOf(rows).map(({ name }) => name)
}

interface Named {
  readonly name: string
  readonly type: unknown
}

const propertiesOf = (ast: unknown): ReadonlyArray<Named> =>
  typeof ast === "object" && ast !== null && "propertySignatures" in ast && Array.isArray(ast.propertySignatures)
    ? ast.propertySignatures.flatMap((one: unknown) => typeof one === "object" && one !== null && "name" in one
      && "type" in one ? [{ name: String(one.name), type: one.type }] : [])
    : []

const rowOf = (ast: unknown): unknown =>
  typeof ast === "object" && ast !== null && "rest" in ast && Array.isArray(ast.rest) ? ast.rest[0] : undefined

const endpoint = (settings: Settings, app: HubspotApp) => ({
  url: `${settings.url ?? defaultUrl}/oauth/${settings.version}/token`, clientId: app.clientId, clientSecret: app.clientSecret
})

const authorizingOf = async ({ app, token, ...settings }: Settings): Promise<Authorizing> => {
  if (token !== undefined) return (await import("../../core/connector/auth/token.ts")).staticToken(token)
  if (app === undefined) throw new Error("neither token nor app")
  const { refreshing } = await import("../../core/connector/auth/grants.ts")
  // Its refresh tokens stay the same.
  return refreshing(endpoint(settings, app), { rotates: false,
    ...app.refreshToken === undefined ? {} : { first: app.refreshToken } })
}

const authorizeOf = (settings: Settings, app: HubspotApp): Authorize => ({
  url: app.authorizeUrl ?? "https://app.hubspot.com/oauth/authorize",
  endpoint: endpoint(settings, app),
  scopes: ["oauth", ...["contacts", "companies", "products", "orders", lineItems].flatMap((kind) =>
    [`crm.objects.${kind}.read`, `crm.objects.${kind}.write`]), "crm.schemas.contacts.write", "crm.schemas.companies.write",
  "crm.schemas.orders.write", ...settings.consent === undefined ? [] : ["communication_preferences.read_write"]],
  pkce: false, loopback: true,
  ...app.redirect === undefined ? {} : { redirect: app.redirect }
})

const faultsOf = (settings: Settings): ReadonlyArray<{ readonly option: string; readonly message: string }> => {
  const { app, consent, token, url, version } = settings
  const faults: Array<{ option: string; message: string }> = []
  const add = (option: string, message: string): void => { faults.push({ option, message }) }
  if ((token === undefined) === (app === undefined)) add("token", "give either `token` (a private app, a service key) or `app`")
  for (const [option, value] of Object.entries({ token, ...app })) {
    const written = inlineSecret(option, value)
    if (written !== undefined) add(option, written)
  }
  if (!/^20\d\d-(03|09)$/.test(version)) add("version", `${version} is no date-based version: write one like 2026-09`)
  if (url !== undefined && !/^https:\/\/|^http:\/\/(127\.0\.0\.1|localhost)(:|\/|$)/.test(url)) add("url", "the url starts with https://")
  for (const [purpose, id] of Object.entries(consent?.subscriptions ?? {})) {
    if (!/^\d+$/.test(id)) add(`consent.subscriptions.${purpose}`, "a subscription type is named by its number")
  }
  for (const option of ["lag", "overlap", "deletions", "tenSeconds", "searches"] as const) {
    const value = settings[option]
    if (value !== undefined && !(value >= 0)) add(option, `${option} is a number`)
  }
  return faults
}
