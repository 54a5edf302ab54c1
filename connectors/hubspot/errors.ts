/**
 * What HubSpot's errors mean, and who has to act: https://developers.hubspot.com/docs/api-reference/error-handling.
 * Categories stand for the whole answer, codes for one property of it.
 */
import type { Answer, Dialect } from "../../core/connector/api.ts"
import type { Class } from "../../core/connector/verdict.ts"
import type { Json } from "../../core/model/value.ts"
import { listIn, textIn } from "./json.ts"

export const table: { readonly [code: string]: Class } = {
  // Limits: nothing was done.
  TEN_SECONDLY_ROLLING: "wait", SECONDLY: "wait", DAILY: "wait", RATE_LIMIT: "wait", RATE_LIMITS: "wait",
  // A portal is being moved, or something in it is locked, for a moment.
  MIGRATION_IN_PROGRESS: "busy", LOCKED: "busy",
  // May pass by itself; nobody knows whether a write was done.
  INTERNAL_ERROR: "retry", TIMEOUT: "retry", SERVICE_UNAVAILABLE: "retry",
  // A person has to let ESL in, or to widen what it may do.
  INVALID_AUTHENTICATION: "reauthorise", EXPIRED_AUTHENTICATION: "reauthorise", BAD_AUTH_CODE: "reauthorise",
  MISSING_SCOPES: "reauthorise", USER_DOES_NOT_HAVE_PERMISSIONS: "reauthorise", FORBIDDEN: "reauthorise",
  BANNED: "reauthorise", PAYMENT_REQUIRED: "reauthorise",
  // The declaration names something that the portal does not have, or does not let anybody write.
  PROPERTY_DOESNT_EXIST: "fix mapping", READ_ONLY_VALUE: "fix mapping", INVALID_OBJECT_TYPE: "fix mapping",
  METHOD_NOT_ALLOWED: "fix mapping",
  // This record, as it is, cannot be stored.
  VALIDATION_ERROR: "fix data", CONFLICT: "fix data", OBJECT_NOT_FOUND: "fix data", OBJECT_ALREADY_EXISTS: "fix data",
  INVALID_EMAIL: "fix data", INVALID_OPTION: "fix data", INVALID_INTEGER: "fix data", INVALID_LONG: "fix data",
  INVALID_DOUBLE: "fix data", INVALID_DATE: "fix data", INVALID_BOOLEAN: "fix data", INVALID_LENGTH: "fix data",
  CONFLICTING_UNIQUE_VALUE: "fix data", REQUIRED_PROPERTY_MISSING: "fix data", SUBSCRIPTION_STATUS_LOCKED: "fix data",
  CONTACT_EXISTS: "fix data", LIMIT_EXCEEDED: "fix data",
  UNSUPPORTED_MEDIA_TYPE: "report", NOT_IMPLEMENTED: "report"
}

/** A day's limit ends at the portal's midnight: longer than any call waits, so the run ends and says so. */
const dailyMs = 3_600_000
/** In a rolling window each second lets some calls through. */
const rollingMs = 2_000
const secondMs = 1_000

/** The most telling of the codes in an answer: the limit's name, the property's fault, the category. */
export const codeIn = (json: Json | undefined): string | undefined => {
  const category = textIn(json, "category")
  if (category === "RATE_LIMITS" || textIn(json, "errorType") === "RATE_LIMIT") {
    return textIn(json, "policyName") ?? "RATE_LIMITS"
  }
  const details = listIn(json, "errors").flatMap((one) => textIn(one, "code") ?? [])
  // A fault of the mapping goes before faults of the data: it concerns every record.
  return details.find((code) => table[code] === "fix mapping") ?? details.find((code) => code in table) ?? category
    ?? details[0]
}

export const dialect: Dialect = {
  table,
  code: (answer) => answer.status >= 200 && answer.status < 300 ? undefined
    : answer.status === 477 ? "MIGRATION_IN_PROGRESS" : codeIn(answer.json),
  requestId: (answer) => textIn(answer.json, "correlationId") ?? answer.headers["x-hubspot-correlation-id"],
  waitMs: (answer) => {
    if (answer.status !== 429 || answer.headers["retry-after"] !== undefined) return undefined
    const code = codeIn(answer.json)
    return code === "DAILY" ? dailyMs : code === "SECONDLY" ? secondMs : rollingMs
  },
  budgets: (answer) => [
    ...budget(answer, windowName, "max", "remaining"),
    ...budget(answer, dayName, "daily", "daily-remaining")
  ]
}

export const windowName = "ten seconds"
export const dayName = "day"
export const searchName = "search"

const budget = (answer: Answer, name: string, max: string, left: string) => {
  const [most, rest] = [max, left].map((one) => Number(answer.headers[`x-hubspot-ratelimit-${one}`] ?? Number.NaN))
  if (most === undefined || rest === undefined || !Number.isFinite(most) || !Number.isFinite(rest)) return []
  return [{ name, max: most, left: rest, ...name === windowName ? { restorePerSecond: most / 10 } : {} }]
}
