/** What a connection can be told, with the defaults; facts that nobody has verified are settings with a safe one. */
import { clientCredentials, jwtBearer, refreshing } from "../../core/connector/auth/grants.ts"
import { staticToken } from "../../core/connector/auth/token.ts"
import type { Authorizing } from "../../core/connector/auth/tokens.ts"
import type { Authorize, TokenEndpoint } from "../../core/connector/authorize.ts"
import { inlineSecret } from "../../core/connector/secret.ts"
import type { Secret } from "../../core/connector/secret.ts"
import { isId } from "./ids.ts"
import type { Persons } from "./view.ts"

/** How the connection proves itself (OAuth 2 of an external client app). */
interface App {
  readonly clientId: string | Secret
}
export type Auth =
  | App & { readonly clientSecret: Secret }
  | App & { readonly key: Secret; readonly user: string | Secret; readonly audience?: string }
  /** A person lets ESL in (`esl auth`), or has done so and hands over the refresh token. */
  | App & {
    readonly clientSecret?: Secret
    readonly login: "browser"
    readonly refreshToken?: Secret
    /** As registered with the app; default a loopback address. */
    readonly redirect?: string
  }
  | { readonly token: Secret }

export interface SalesforceOptions {
  /** My Domain: `https://shop.my.salesforce.com`. */
  readonly url: string
  readonly auth: Auth
  /** Default 64.0. */
  readonly version?: string
  /** Default `own-account`. */
  readonly persons?: Persons
  /** Account of all contacts, for `shared-account`. */
  readonly sharedAccount?: string
  /** Account of orders without a customer; without it they stay drafts of nobody. */
  readonly guestAccount?: string
  /** Product of order lines that name none; without it such an order is refused and shown. */
  readonly lineWithoutProduct?: string
  /** Price book of new orders, by name. Default: the standard one. */
  readonly priceBook?: string
  /** Currency of an org that has one. */
  readonly currency?: string
  /** Unique external id that ESL puts on its records; `false`: none, and a create whose answer is lost waits. */
  readonly externalId?: string | false
  /** How long a transaction there may take, in minutes: changes are read again this far back. Default 15, the least. */
  readonly overlapMinutes?: number
  /** Share of the day's API calls that one run may use. Default 0.2. */
  readonly dailyShare?: number
  /** Overrides duplicate rules (`allowSave`). Default false. */
  readonly allowDuplicates?: boolean
  /** Rows from which on a whole read is a bulk job; `false`: never. Default 10,000. */
  readonly bulkReadsFrom?: number | false
  /** Creates (of records without rows below) from which on they are a bulk job; `false`: never. Default 2,000. */
  readonly bulkWritesFrom?: number | false
}

export interface Settings {
  readonly version: string
  readonly persons: Persons
  readonly sharedAccount: string | undefined
  readonly guestAccount: string | undefined
  readonly lineWithoutProduct: string | undefined
  readonly priceBook: string | undefined
  readonly currency: string | undefined
  readonly externalId: string | undefined
  readonly overlapMinutes: number
  readonly dailyShare: number
  readonly allowDuplicates: boolean
  readonly bulkReadsFrom: number
  readonly bulkWritesFrom: number
}

const leastOverlap = 15

export const settingsOf = (options: SalesforceOptions): Settings => ({
  version: options.version ?? "64.0",
  persons: options.persons ?? "own-account",
  sharedAccount: options.sharedAccount,
  guestAccount: options.guestAccount,
  lineWithoutProduct: options.lineWithoutProduct,
  priceBook: options.priceBook,
  currency: options.currency,
  externalId: options.externalId === false ? undefined : options.externalId ?? "esl_id__c",
  overlapMinutes: options.overlapMinutes ?? leastOverlap,
  dailyShare: options.dailyShare ?? 0.2,
  allowDuplicates: options.allowDuplicates ?? false,
  bulkReadsFrom: options.bulkReadsFrom === false ? Infinity : options.bulkReadsFrom ?? 10_000,
  bulkWritesFrom: options.bulkWritesFrom === false ? Infinity : options.bulkWritesFrom ?? 2_000
})

export interface OptionFault {
  readonly option: string
  readonly message: string
}

export const faultsOf = (options: SalesforceOptions): Array<OptionFault> => {
  const faults: Array<OptionFault> = []
  const fault = (option: string, message: string): void => { faults.push({ option, message }) }
  if (!URL.canParse(options.url) || !/^https:|^http:\/\/(127\.0\.0\.1|localhost)[:/]/.test(`${options.url}/`)) {
    fault("url", "url is the org's My Domain, https://<name>.my.salesforce.com")
  }
  for (const [name, value] of Object.entries(options.auth)) {
    const written = inlineSecret(name, value)
    if (written !== undefined) fault(`auth.${name}`, written)
  }
  if (options.version !== undefined && !/^\d+\.0$/.test(options.version)) fault("version", "version looks like 64.0")
  if (options.persons === "shared-account" && (options.sharedAccount === undefined || !isId(options.sharedAccount))) {
    fault("sharedAccount", "with persons: \"shared-account\", sharedAccount is the id of that account")
  }
  for (const name of ["guestAccount", "lineWithoutProduct"] as const) {
    const id = options[name]
    if (id !== undefined && !isId(id)) fault(name, `${name} is an id of 15 or 18 characters`)
  }
  if (typeof options.externalId === "string" && !/^[A-Za-z]\w*__c$/.test(options.externalId)) {
    fault("externalId", "externalId is the name of a custom field, ending in __c")
  }
  if (options.overlapMinutes !== undefined && !(options.overlapMinutes >= leastOverlap)) {
    fault("overlapMinutes", `overlapMinutes is at least ${leastOverlap}: transactions there may run for minutes`)
  }
  if (options.dailyShare !== undefined && !(options.dailyShare > 0 && options.dailyShare <= 1)) {
    fault("dailyShare", "dailyShare is a share above 0 and at most 1")
  }
  if (options.currency !== undefined && !/^[A-Z]{3}$/.test(options.currency)) fault("currency", "currency is an ISO 4217 code")
  return faults
}

const withSecretOf = (endpoint: TokenEndpoint, clientSecret: Secret | undefined): TokenEndpoint =>
  clientSecret === undefined ? endpoint : { ...endpoint, clientSecret }

/** How a person lets ESL in, by the web server flow with PKCE. */
export const authorizeOf = ({ auth, url }: SalesforceOptions): Authorize | undefined => {
  if (!("login" in auth)) return undefined
  const base = url.replace(/\/$/, "")
  return {
    url: `${base}/services/oauth2/authorize`,
    endpoint: withSecretOf({ url: `${base}/services/oauth2/token`, clientId: auth.clientId }, auth.clientSecret),
    scopes: ["api", "refresh_token"],
    pkce: true,
    loopback: auth.redirect === undefined,
    ...(auth.redirect === undefined ? {} : { redirect: auth.redirect })
  }
}

/** Tokens come from My Domain, or from the login host of the audience. */
export const authorizingOf = ({ auth, url }: SalesforceOptions): Authorizing => {
  if ("token" in auth) return staticToken(auth.token)
  const endpoint = { url: `${url.replace(/\/$/, "")}/services/oauth2/token`, clientId: auth.clientId }
  if ("key" in auth) {
    return jwtBearer(endpoint, { key: auth.key, subject: auth.user,
      ...(auth.audience === undefined ? {} : { audience: auth.audience }) })
  }
  if ("login" in auth) {
    // External client apps may turn refresh tokens at each use: they are kept as if they did.
    return refreshing(withSecretOf(endpoint, auth.clientSecret),
      { rotates: true, ...(auth.refreshToken === undefined ? {} : { first: auth.refreshToken }) })
  }
  return clientCredentials({ ...endpoint, clientSecret: auth.clientSecret })
}
