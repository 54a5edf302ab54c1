/** What the description lacks: the additions of 2026-09, consent by status, account information, token look-up. */
import type { Json } from "../../../core/model/value.ts"

type Part = { readonly [name: string]: Json }

const text: Part = { type: "string" }
const count: Part = { type: "integer" }
const time: Part = { type: "string", format: "date-time" }
const ref = (name: string): Part => ({ $ref: `#/components/schemas/${name}` })
const list = (items: Part): Part => ({ type: "array", items })
const object = (properties: Part, required: ReadonlyArray<string> = []): Part =>
  ({ type: "object", properties, ...required.length === 0 ? {} : { required } })
const words = (...all: ReadonlyArray<string>): Part => ({ type: "string", enum: all })

const content = (schema: Part, type = "application/json"): Part => ({ content: { [type]: { schema } } })
const answer = (description: string, schema: Part): Part => ({ description, ...content(schema) })
const failed: Part = answer("error", ref("Error"))
const inPath = (name: string): Part => ({ name, in: "path", required: true, schema: text })
const inQuery = (name: string, required = false): Part => ({ name, in: "query", required, schema: text })

/**
 * 2026-09 adds `warnings` to objects and `errors`, `numErrors` to the usual batch answers.
 * https://developers.hubspot.com/docs/api-reference/2026-09/crm/using-object-apis
 */
export const withAdditions = (schemas: { readonly [name: string]: Json }): { readonly [name: string]: Json } =>
  Object.fromEntries(Object.entries(schemas).map(([name, schema]) => {
    if (/^SimplePublic(Upsert)?Object(WithAssociations)?$/.test(name)) {
      return [name, grown(schema, { warnings: list(ref("PublicObjectWarning")) })]
    }
    return /^BatchResponseSimplePublic(Upsert)?Object$/.test(name)
      ? [name, grown(schema, { errors: list(ref("StandardError")), numErrors: count })]
      : [name, schema]
  }))

const grown = (schema: Json, more: Part): Json => {
  if (typeof schema !== "object" || schema === null || !("properties" in schema)) return schema
  return { ...schema, properties: { ...(schema.properties as Part), ...more } }
}

const basis = words("LEGITIMATE_INTEREST_PQL", "LEGITIMATE_INTEREST_CLIENT", "PERFORMANCE_OF_CONTRACT",
  "CONSENT_WITH_NOTICE", "NON_GDPR", "PROCESS_AND_STORE", "LEGITIMATE_INTEREST_OTHER")
const state = words("SUBSCRIBED", "UNSUBSCRIBED", "NOT_SPECIFIED")

const status = object({
  channel: words("EMAIL"), source: text, status: state, subscriberIdString: text, subscriptionId: count,
  subscriptionName: text, timestamp: time, businessUnitId: count, legalBasis: basis, legalBasisExplanation: text,
  setStatusSuccessReason: words("NO_STATUS_CHANGE", "RESUBSCRIBE_OCCURRED", "UNSUBSCRIBE_FROM_ALL_OCCURRED")
}, ["channel", "source", "status", "subscriberIdString", "subscriptionId", "timestamp"])

const batchOf = (result: Part): Part => object({
  completedAt: time, startedAt: time, requestedAt: time, results: list(result), numErrors: count,
  status: words("PENDING", "PROCESSING", "CANCELED", "COMPLETE"), errors: list(ref("StandardError"))
}, ["completedAt", "startedAt", "results", "status"])

/** Of the v3 API, from the types of npm @hubspot/api-client 14.0.1. */
const status3 = object({
  id: text, name: text, description: text, status: words("SUBSCRIBED", "NOT_SUBSCRIBED"), legalBasis: basis,
  legalBasisExplanation: text, preferenceGroupName: text, brandId: count,
  sourceOfStatus: words("PORTAL_WIDE_STATUS", "BRAND_WIDE_STATUS", "SUBSCRIPTION_STATUS")
}, ["id", "name", "description", "status", "sourceOfStatus"])

const definition = object({
  id: text, name: text, description: text, purpose: text, communicationMethod: text, isActive: { type: "boolean" },
  isDefault: { type: "boolean" }, isInternal: { type: "boolean" }, createdAt: time, updatedAt: time,
  businessUnitId: count
}, ["id", "name", "description", "isActive", "isDefault", "isInternal", "createdAt", "updatedAt"])

export const moreSchemas: { readonly [name: string]: Json } = {
  SubscriptionStatus: status,
  SubscriptionStatuses: batchOf(ref("SubscriptionStatus")),
  SubscriberStatuses: batchOf(object({ subscriberIdString: text, statuses: list(ref("SubscriptionStatus")) },
    ["subscriberIdString", "statuses"])),
  SetStatus: object({ channel: words("EMAIL"), statusState: state, subscriptionId: count, legalBasis: basis,
    legalBasisExplanation: text }, ["channel", "statusState", "subscriptionId"]),
  SetSubscriberStatus: object({ channel: words("EMAIL"), statusState: state, subscriptionId: count, legalBasis: basis,
    legalBasisExplanation: text, subscriberIdString: text },
  ["channel", "statusState", "subscriptionId", "subscriberIdString"]),
  SetStatuses: object({ inputs: list(ref("SetSubscriberStatus")) }, ["inputs"]),
  Subscribers: object({ inputs: list(text) }, ["inputs"]),
  Definitions: object({ subscriptionDefinitions: list(definition) }, ["subscriptionDefinitions"]),
  DefinitionResults: object({ results: list(definition) }, ["results"]),
  Status3: status3,
  Statuses3: object({ recipient: text, subscriptionStatuses: list(ref("Status3")) },
    ["recipient", "subscriptionStatuses"]),
  SetStatus3: object({ emailAddress: text, subscriptionId: text, legalBasis: basis, legalBasisExplanation: text },
    ["emailAddress", "subscriptionId"]),
  AccountDetails: object({ portalId: count, accountType: text, timeZone: text, companyCurrency: text,
    additionalCurrencies: list(text), utcOffset: text, utcOffsetMilliseconds: count, uiDomain: text,
    dataHostingLocation: text }, ["portalId", "accountType", "timeZone", "companyCurrency"]),
  ApiUsage: object({ results: list(object({ name: text, usageLimit: count, currentUsage: count, collectedAt: time,
    resetsAt: time, fetchStatus: words("CACHED", "SUCCESS") },
  ["name", "usageLimit", "currentUsage", "collectedAt", "fetchStatus"])) }, ["results"]),
  TokenKey: object({ tokenKey: text }, ["tokenKey"]),
  TokenInfo: object({ userId: count, hubId: count, appId: count, scopes: list(text) }, ["hubId", "scopes"]),
  Introspection: object({ active: { type: "boolean" }, hub_id: count, scopes: list(text), token_use: text,
    expires_in: count }, ["active"])
}

const reading = (schema: string, parameters: ReadonlyArray<Part> = []): Part =>
  ({ parameters, responses: { 200: answer("done", ref(schema)), default: failed } })
const sending = (body: string, schema: string, parameters: ReadonlyArray<Part> = []): Part => ({
  parameters, requestBody: { required: true, ...content(ref(body)) },
  responses: { 200: answer("done", ref(schema)), 207: answer("in part", ref(schema)), default: failed }
})

const subscriber = inPath("subscriberIdString")
const channel = inQuery("channel", true)

/**
 * Paths of a date-based version; `2026-09` stands for any.
 * https://developers.hubspot.com/docs/api-reference/2026-03/communication-preferences/guide
 * https://developers.hubspot.com/docs/api-reference/latest/account/account-information/guide
 */
export const datedPaths: { readonly [path: string]: Json } = {
  "/communication-preferences/2026-09/definitions": { get: reading("DefinitionResults") },
  "/communication-preferences/2026-09/statuses/{subscriberIdString}": {
    get: reading("SubscriptionStatuses", [subscriber, channel]),
    post: sending("SetStatus", "SubscriptionStatuses", [subscriber])
  },
  "/communication-preferences/2026-09/statuses/batch/read": {
    post: sending("Subscribers", "SubscriberStatuses", [channel])
  },
  "/communication-preferences/2026-09/statuses/batch/write": { post: sending("SetStatuses", "SubscriptionStatuses") },
  "/account-info/2026-09/details": { get: reading("AccountDetails") },
  "/account-info/2026-09/api-usage/daily/private-apps": { get: reading("ApiUsage") },
  "/oauth/2026-09/token/introspect": {
    post: {
      requestBody: content(object({ token: text, client_id: text, client_secret: text }, ["token"]),
        "application/x-www-form-urlencoded"),
      responses: { 200: answer("done", ref("Introspection")), default: failed }
    }
  }
}

/** Paths without a date: v3 of the SDK, and the look-up of a private app's token. */
export const undatedPaths: { readonly [path: string]: Json } = {
  "/communication-preferences/v3/definitions": { get: reading("Definitions") },
  "/communication-preferences/v3/status/email/{emailAddress}": {
    get: reading("Statuses3", [inPath("emailAddress"), inQuery("businessUnitId")])
  },
  "/communication-preferences/v3/subscribe": { post: sending("SetStatus3", "Status3") },
  "/communication-preferences/v3/unsubscribe": { post: sending("SetStatus3", "Status3") },
  "/account-info/v3/details": { get: reading("AccountDetails") },
  "/oauth/v2/private-apps/get/access-token-info": { post: sending("TokenKey", "TokenInfo") }
}
