/** What `esl check`, `esl discover` and `esl setup` need to know about a portal. */
import { Effect, Redacted } from "effect"
import type { Api } from "../../core/connector/api.ts"
import type { Authorization } from "../../core/connector/authorization.ts"
import type { ColumnInfo, ResourceInfo } from "../../core/connector/connector.ts"
import type { ConnectorError } from "../../core/connector/errors.ts"
import type { Health } from "../../core/connector/health.ts"
import type { Json } from "../../core/model/value.ts"
import { isMembers, listIn, textIn } from "./json.ts"
import { contactColumn, kinds, lineItems } from "./kinds.ts"
import type { Kind } from "./kinds.ts"
import { dayName } from "./errors.ts"
import { ordinary } from "./objects.ts"
import { parts } from "./preferences.ts"

export interface Account {
  readonly api: Api
  readonly version: string
  readonly authorization: Authorization
  /** A token that a person made (private app, service key); else one of an OAuth app. */
  readonly ownToken: boolean
  readonly used: ReadonlySet<Kind["name"]>
  readonly consent: { readonly [purpose: string]: string }
}

/** A version is answered for eighteen months: https://developers.hubspot.com/docs/developer-tooling/platform/versioning */
const endOf = (version: string): string | undefined => {
  const [year, month] = version.split("-").map(Number)
  if (year === undefined || month === undefined) return undefined
  return new Date(Date.UTC(year, month - 1 + 18, 1)).toISOString().slice(0, 10)
}

const get = (api: Api, operation: string, path: string): Effect.Effect<Json, ConnectorError> =>
  Effect.map(api.read({ operation, method: "GET", path, cost: ordinary, priority: "interactive" }), ({ json }) => json ?? null)

/** The portal's number, as webhooks name it too. */
export const portalOf = ({ api, version }: Pick<Account, "api" | "version">): Effect.Effect<string, ConnectorError> =>
  Effect.map(get(api, "account", `/account-info/${version}/details`), (json) =>
    isMembers(json) ? String(json["portalId"]) : "")

const rights = (account: Account): ReadonlyArray<{ readonly scope: string; readonly for: string }> => {
  const { consent, used } = account
  const objects = [...used, ...used.has("orders") ? [lineItems] : []].flatMap((kind) => [
    { scope: `crm.objects.${kind}.read`, for: `reading ${kind}` },
    { scope: `crm.objects.${kind}.write`, for: `writing ${kind}` }
  ])
  return Object.keys(consent).length === 0 ? objects
    : [...objects, { scope: "communication_preferences.read_write", for: "reading and writing consent" }]
}

/** What the token may do; undefined: the portal does not tell. */
const scopesOf = Effect.fnUntraced(function*(
  { api, authorization, ownToken, version }: Account
): Effect.fn.Return<ReadonlyArray<string> | undefined, ConnectorError> {
  const [header] = Object.values(yield* authorization.headers)
  const token = header === undefined ? "" : Redacted.value(header).replace(/^Bearer /, "")
  const answer = yield* api.read(ownToken
    ? { operation: "scopes", method: "POST", path: "/oauth/v2/private-apps/get/access-token-info", cost: ordinary,
      body: { json: { tokenKey: token } }, accept: [400, 403, 404] }
    : { operation: "scopes", method: "POST", path: `/oauth/${version}/token/introspect`, cost: ordinary,
      body: { form: { token } }, accept: [400, 403, 404] })
  if (answer.status >= 400) return undefined
  return listIn(answer.json, "scopes").flatMap((one) => typeof one === "string" ? [one] : [])
})

const usage = Effect.fnUntraced(function*({ api, version }: Account) {
  const answer = yield* api.read({ operation: "limits", method: "GET", cost: ordinary, accept: [403, 404],
    path: `/account-info/${version}/api-usage/daily/private-apps` })
  return listIn(answer.json, "results").flatMap((one) => {
    if (!isMembers(one) || typeof one["usageLimit"] !== "number" || typeof one["currentUsage"] !== "number") return []
    return [{ name: `${dayName}: ${textIn(one, "name") ?? "calls"}`, max: one["usageLimit"],
      left: Math.max(0, one["usageLimit"] - one["currentUsage"]) }]
  })
})

const sideEffects: ReadonlyArray<string> = [
  "workflows of the portal run when a property that they watch changes, and may send e-mail",
  "a new contact may be associated with a company by its e-mail domain, where the portal is set so",
  "a new contact may count as a marketing contact, which the portal is billed for"
]

/** Scopes that this API has under another name: `e-commerce` covers products, line items and orders. */
const covered = (scope: string, held: ReadonlyArray<string>): boolean => held.includes(scope)
  || (/(products|line_items|orders)\.(read|write)$/.test(scope) && held.includes("e-commerce"))

export const healthOf = Effect.fnUntraced(function*(account: Account): Effect.fn.Return<Health, ConnectorError> {
  const held = yield* scopesOf(account)
  const end = endOf(account.version)
  const budgets = yield* account.api.lane.budgets
  return {
    version: { used: account.version, ...end === undefined ? {} : { endOfLife: end } },
    missing: held === undefined ? [] : rights(account).filter(({ scope }) => !covered(scope, held)),
    limits: [...account.ownToken ? yield* usage(account) : [],
      ...budgets.map(({ left, max, name }) => ({ name, left: Math.floor(left), max }))],
    sideEffects,
    notes: [
      ...held === undefined ? ["the portal does not tell what this token may do"] : [],
      "an opt-out of all e-mail, and one after a complaint, is taken back by nobody but the contact",
      ...Object.keys(account.consent).length === 0
        ? ["consent is neither read nor written: name the subscription types with `consent`"] : []
    ],
    proved: "never"
  }
})

/** Properties of a kind, as the portal defines them. */
export const properties = (
  { api, version }: Pick<Account, "api" | "version">, kind: string
): Effect.Effect<ReadonlyArray<ColumnInfo>, ConnectorError> =>
  Effect.map(get(api, `properties of ${kind}`, `/crm/properties/${version}/${kind}`), (json) =>
    listIn(json, "results").flatMap((one) => columnOf(one) ?? []))

const longest = 65_536

const columnOf = (json: Json): ColumnInfo | undefined => {
  const name = textIn(json, "name")
  if (name === undefined || !isMembers(json)) return undefined
  const meta = json["modificationMetadata"]
  const readOnly = json["calculated"] === true || (isMembers(meta) && meta["readOnlyValue"] === true)
  const type = textIn(json, "type") ?? "string"
  const options = listIn(json, "options").flatMap((one) => textIn(one, "value") ?? [])
  return { name, type: name === "hs_object_id" ? "string" : type, nullable: name !== "hs_object_id", writable: !readOnly,
    key: name === "hs_object_id" || json["hasUniqueValue"] === true,
    ...type === "string" ? { length: longest } : {},
    ...type === "enumeration" && options.length > 0 ? { values: options } : {},
    ...json["hubspotDefined"] === true || name === "esl_id" ? {} : { custom: true } }
}

const joined = (name: string, writable: boolean): ColumnInfo =>
  ({ name, type: "string", nullable: true, writable, key: false })

/** With what is joined to it, and a warning where our own property is missing. */
export const resourceInfo = Effect.fnUntraced(function*(
  account: Pick<Account, "api" | "version" | "consent">, kind: Kind, key: string
): Effect.fn.Return<ResourceInfo, ConnectorError> {
  const own = yield* properties(account, kind.name)
  const items = kind.name === "orders" ? yield* properties(account, lineItems) : undefined
  const consent = kind.name !== "contacts" ? [] : Object.keys(account.consent).flatMap((purpose) =>
    parts.map((part) => joined(`consent.${purpose}.${part}`, true)))
  const lacks = [[kind.name, own], [lineItems, items]] as const
  return {
    name: kind.name,
    stock: { from: "esl/mappings/hubspot", name: kind.stock },
    columns: [...own, ...consent, ...kind.name === "orders" ? [joined(contactColumn, true)] : []],
    children: items === undefined ? {}
      : { [lineItems]: { name: lineItems, columns: items, children: {}, warnings: [] } },
    warnings: [
      ...lacks.flatMap(([name, columns]) => columns === undefined || columns.some((one) => one.name === key) ? []
        : [`there is no property ${key} on ${name}: nothing can be created before esl setup`]),
      ...consent.length === 0 ? [] : ["a change of consent may move no date: without webhooks only a sweep sees it"]
    ]
  }
})

export const discovered = (account: Account, key: string): Effect.Effect<ReadonlyArray<ResourceInfo>, ConnectorError> =>
  Effect.forEach(Object.values(kinds), (kind) => resourceInfo(account, kind, key))
