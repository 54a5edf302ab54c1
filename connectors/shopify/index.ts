/** Shopify: `shopify("shop", { store: "acme", token: secret("SHOPIFY_TOKEN") })`. Nothing is opened before `open`. */
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
import { returnedFault } from "./returned.ts"
import { webhookReceiver } from "./webhook.ts"
import type { WebhookOptions } from "./webhook.ts"

export type { WebhookOptions } from "./webhook.ts"

export interface ShopifyApp {
  readonly clientId: string | Secret
  readonly clientSecret: Secret
  /**
   * `client credentials`: an app of the store's own organisation (default). `refresh`: an app that a shop installed,
   * with tokens that end after an hour and refresh tokens that change; `esl auth` gets the first.
   */
  readonly grant?: "client credentials" | "refresh"
  /** A refresh token from elsewhere. */
  readonly refreshToken?: Secret
  /** The redirect URI as it is registered with the app. */
  readonly redirect?: string
}

export interface ShopifyOptions {
  /** `acme`, or `acme.myshopify.com`. */
  readonly store: string
  /** Token of a custom app made in the admin; or `app`. */
  readonly token?: Secret
  readonly app?: ShopifyApp
  /** Quarterly version of the Admin API. Default `2026-07`. */
  readonly version?: string
  /** Where the shop answers. Default `https://<store>.myshopify.com`. */
  readonly url?: string
  /** Where results of bulk operations lie: other origins, which our token never goes to. */
  readonly storage?: ReadonlyArray<string>
  /** The unique metafield that carries our own id. Default `esl.id`; false: none, and a lost create needs a listing. */
  readonly externalId?: { readonly namespace: string; readonly key: string } | false
  /** Read everything by bulk operations where that is possible. Default true. */
  readonly bulk?: boolean
  /** How often the state of a bulk operation is asked for, in seconds. Default 5. */
  readonly poll?: number
  /** How far back a pull reads again, in minutes: the search index is not up to date. Default 10. */
  readonly overlap?: number
  /** Make orders of other systems in Shopify. Default false. */
  readonly createOrders?: boolean
  /** What a cancellation that comes from elsewhere does here. Default: stock comes back, no money moves. */
  readonly cancel?: { readonly restock?: boolean; readonly refund?: boolean }
  /** Refunds of other systems become refunds of nothing with a note. Default `notice`. */
  readonly refunds?: "notice" | "off"
  /** Reason that stock changes carry. Default `correction`. */
  readonly stockReason?: string
  /** Columns that come as null although they are not empty, by resource: no approval for protected customer data. */
  readonly hidden?: { readonly [resource: string]: ReadonlyArray<string> }
  readonly webhooks?: WebhookOptions
  /** Share of the points that is left to other apps. Default 0.2. */
  readonly reserve?: number
}

export interface ShopifyConnection extends Connection {
  readonly customers: Declared
  readonly products: Declared
  readonly orders: Declared
  readonly inventoryLevels: Declared
  readonly locations: Declared
}

/** What a mapping makes of a resource: its columns, and by what names it speaks of child rows. */
export interface Use {
  readonly columns: ReadonlyArray<string>
  readonly rowNames: ReadonlyMap<string, ReadonlyArray<string>>
}

export interface Settings extends Omit<ShopifyOptions, "externalId" | "poll" | "storage" | "url" | "version"> {
  readonly connection: string
  readonly origin: string
  readonly version: string
  readonly storage: ReadonlyArray<string>
  readonly externalId: { readonly namespace: string; readonly key: string } | undefined
  readonly pollMs: number | undefined
  readonly uses: ReadonlyMap<string, Use>
}

const domainOf = (store: string): string => store.includes(".") ? store : `${store}.myshopify.com`

/** A shop as a connection. */
export const shopify = (name: string, options: ShopifyOptions): ShopifyConnection => {
  const uses = new Map<string, Use>()
  const domain = domainOf(options.store)
  const { externalId, poll, ...rest } = options
  const settings: Settings = {
    ...rest, connection: name, uses, origin: options.url ?? `https://${domain}`, version: options.version ?? "2026-07",
    storage: options.storage ?? ["https://storage.googleapis.com", "https://*.storage.googleapis.com"],
    externalId: externalId === false ? undefined : externalId ?? { namespace: "esl", key: "id" },
    pollMs: poll === undefined ? undefined : poll * 1_000
  }
  const faults = faultsOf(options, settings)
  const secrets = [options.token, options.app?.clientId, options.app?.clientSecret, options.app?.refreshToken,
    ...options.webhooks?.secrets ?? []]
  const connection: Connection = {
    name, kind: "shopify", faults,
    secrets: [...new Set(secrets.flatMap((one) => typeof one === "object" ? [one.name] : []))],
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
    ...options.webhooks === undefined ? {} : { receiver: webhookReceiver(name, domain, options.webhooks) },
    ...options.app?.grant === "refresh" ? { authorize: authorizeOf(settings, options.app) } : {}
  }
  const resource = (of: string, promises: Promises): Declared => ({
    ...declared(connection, of, promises),
    as: (mapping, chosen) => {
      uses.set(of, { columns: mapping.columns, rowNames: rowNamesOf(mapping) })
      return declared(connection, of, promises).as(mapping, chosen)
    }
  })
  const own = settings.externalId !== undefined
  return {
    ...connection,
    customers: resource("customers", { guard: "reread", creates: own ? "upsert" : "once" }),
    // Found by an exact look-up: a create that was lost is known as soon as no request can still be on its way.
    products: resource("products", { guard: "reread", creates: own ? "marker" : "once", createWaitMs: 180_000 }),
    orders: resource("orders", { guard: "reread", creates: options.createOrders === true ? "marker" : "none" }),
    inventoryLevels: resource("inventory_levels", { guard: "values", creates: "idempotent" }),
    locations: resource("locations", { guard: "reread", creates: "none" })
  }
}

/** The names by which a mapping's lists speak of child rows, by child collection. */
const rowNamesOf = (mapping: Pick<Mapping, "fields">): ReadonlyMap<string, ReadonlyArray<string>> => {
  const names = new Map<string, ReadonlyArray<string>>()
  for (const { columns, ids } of mapping.fields.values()) {
    if (ids?.kind === "ext") for (const child of columns) names.set(child, [...names.get(child) ?? [], ids.resource])
  }
  return names
}

const header = { header: "x-shopify-access-token" }

const endpoint = (settings: Settings, app: ShopifyApp) => ({
  url: `${settings.origin}/admin/oauth/access_token`, clientId: app.clientId, clientSecret: app.clientSecret
})

const authorizingOf = async (settings: Settings): Promise<Authorizing> => {
  const { app, token } = settings
  if (token !== undefined) return (await import("../../core/connector/auth/token.ts")).staticToken(token, header)
  if (app === undefined) throw new Error("neither token nor app")
  const { clientCredentials, refreshing } = await import("../../core/connector/auth/grants.ts")
  if (app.grant !== "refresh") return clientCredentials(endpoint(settings, app), header)
  return refreshing(endpoint(settings, app), { ...header, ...app.refreshToken === undefined ? {}
    : { first: app.refreshToken } })
}

const authorizeOf = (settings: Settings, app: ShopifyApp): Authorize => ({
  url: `${settings.origin}/admin/oauth/authorize`,
  // Offline tokens that end (https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/offline-access-tokens).
  endpoint: { ...endpoint(settings, app), parameters: { expiring: "1" } },
  scopes: ["write_customers", "write_products", "write_publications", "write_inventory", "read_locations", "write_orders",
    "read_all_orders", "write_merchant_managed_fulfillment_orders"],
  separator: ",", pkce: false, loopback: false,
  ...app.redirect === undefined ? {} : { redirect: app.redirect },
  fault: returnedFault(settings.connection, settings.store, app.clientSecret)
})

const faultsOf = (
  options: ShopifyOptions, settings: Settings
): ReadonlyArray<{ readonly option: string; readonly message: string }> => {
  const faults: Array<{ option: string; message: string }> = []
  const add = (option: string, message: string): void => { faults.push({ option, message }) }
  const { app, overlap, poll, store, token } = options
  if ((token === undefined) === (app === undefined)) add("token", "give either `token` (a custom app) or `app`")
  if (!/^[a-z0-9][a-z0-9-]*(\.myshopify\.com)?$/i.test(store)) add("store", "the store is named like acme, or acme.myshopify.com")
  for (const [option, value] of Object.entries({ token, ...app })) {
    const written = option === "clientId" || option === "grant" ? undefined : inlineSecret(option, value)
    if (written !== undefined) add(option, written)
  }
  if (!/^20\d\d-(01|04|07|10)$/.test(settings.version)) add("version", `${settings.version} is no version: write one like 2026-07`)
  if (!/^https:\/\/|^http:\/\/(127\.0\.0\.1|localhost)(:|\/|$)/.test(settings.origin)) add("url", "the url starts with https://")
  const { externalId } = settings
  if (externalId !== undefined && !/^[A-Za-z0-9_-]{3,255}\.[A-Za-z0-9_-]{2,64}$/.test(`${externalId.namespace}.${externalId.key}`)) {
    add("externalId", "namespace (3 and more) and key (2 and more) are letters, digits, - and _")
  }
  for (const [option, value] of Object.entries({ overlap, poll })) {
    if (value !== undefined && !(value > 0)) add(option, `${option} is a number above 0`)
  }
  return faults
}
