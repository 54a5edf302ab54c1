/**
 * Every error code of the API and who has to act: a code that is not here is reported, never tried again for ever.
 * From "Status Codes and Error Responses" (REST API), StatusCode and ExceptionCode (SOAP API), Bulk API 2.0.
 */
import type { Budget, Dialect } from "../../core/connector/api.ts"
import type { Answer } from "../../core/connector/answer.ts"
import type { Class } from "../../core/connector/verdict.ts"
import type { Json } from "../../core/model/value.ts"

const codes: { readonly [kind in Class]: string } = {
  wait: "REQUEST_LIMIT_EXCEEDED CONCURRENT_REQUESTS_LIMIT_EXCEEDED TOO_MANY_APEX_REQUESTS CONCURRENT_PER_ORG_APEX_LIMIT",
  busy: `
    UNABLE_TO_LOCK_ROW SERVER_UNAVAILABLE TXN_SECURITY_RUNTIME_EXCEPTION LOCK_TIMEOUT EXCEEDED_QUOTA_TEMPORARILY
    INVALID_QUERY_LOCATOR ENTITY_IS_LOCKED_TEMPORARILY MAINTENANCE
  `,
  retry: "QUERY_TIMEOUT REQUEST_RUNNING_TOO_LONG UNKNOWN_EXCEPTION OPERATION_TOO_LARGE_RETRY GACK INTERNAL_ERROR",
  reauthorise: `
    INVALID_SESSION_ID INVALID_AUTH_HEADER INVALID_LOGIN ACCOUNT_LOCKED API_DISABLED_FOR_ORG API_CURRENTLY_DISABLED
    INSUFFICIENT_ACCESS INSUFFICIENT_ACCESS_OR_READONLY INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY
    CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY_ACCESS INACTIVE_OWNER_OR_USER LOGIN_MUST_USE_SECURITY_TOKEN ORG_LOCKED
    INVALID_OPERATION_WITH_EXPIRED_PASSWORD
    PASSWORD_LOCKOUT USER_LOCKED_OUT CLIENT_NOT_ACCESSIBLE_FOR_USER OAUTH_APP_BLOCKED FUNCTIONALITY_NOT_ENABLED
  `,
  "fix mapping": `
    INVALID_FIELD INVALID_TYPE INVALID_FIELD_FOR_INSERT_UPDATE MALFORMED_QUERY INVALID_TYPE_ON_FIELD_IN_RECORD
    JSON_PARSER_ERROR INVALID_INPUT EXCEEDED_MAX_SIZE_REQUEST NOT_FOUND METHOD_NOT_ALLOWED UNSUPPORTED_API_VERSION
    MISSING_ARGUMENT INVALID_FIELD_WHEN_USING_TEMPLATE UNSUPPORTED_MEDIA_TYPE INVALIDENTITY INVALIDJOB INVALIDOPERATION
    INVALIDJOBSTATE FEATURENOTENABLED INVALID_SOAP_HEADER INVALID_OPERATION STANDARD_PRICE_NOT_DEFINED
    INVALID_REPLICATION_DATE EXCEEDED_ID_LIMIT QUERY_TOO_COMPLICATED OPERATION_TOO_LARGE INVALID_BATCH_SIZE
    DUPLICATE_DEVELOPER_NAME FIELD_NOT_FOUND CANNOT_POST_TO_CLOSED MAX_SIZE_EXCEEDED
  `,
  "fix data": `
    REQUIRED_FIELD_MISSING FIELD_CUSTOM_VALIDATION_EXCEPTION INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST STRING_TOO_LONG
    INVALID_CROSS_REFERENCE_KEY ENTITY_IS_DELETED DUPLICATES_DETECTED DUPLICATE_VALUE DUPLICATE_EXTERNAL_ID
    INVALID_EMAIL_ADDRESS NUMBER_OUTSIDE_VALID_RANGE MALFORMED_ID FIELD_INTEGRITY_EXCEPTION
    FIELD_FILTER_VALIDATION_EXCEPTION FAILED_ACTIVATION
    DELETE_FAILED DELETE_REQUIRED_ON_CASCADE ENTITY_IS_LOCKED INVALID_ID_FIELD INVALID_STATUS
    CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY CANNOT_UPDATE_CONVERTED_LEAD CANNOT_EXECUTE_FLOW_TRIGGER DEPENDENCY_EXISTS
    ALL_OR_NONE_OPERATION_ROLLED_BACK PROCESSING_HALTED SELF_REFERENCE_FROM_TRIGGER TOO_MANY_FIELDS CIRCULAR_DEPENDENCY
    TRANSFER_REQUIRES_READ INVALID_CURRENCY_ISO UNVERIFIED_EMAIL INVALID_PERSON_ACCOUNT MERGE_FAILED NUM_HISTORY_FIELDS
  `,
  report: "STORAGE_LIMIT_EXCEEDED LIMIT_EXCEEDED CANNOT_DISABLE_LAST_ADMIN INVALID_GOOGLE_DOCS_URL"
}

const entries = Object.entries(codes) as ReadonlyArray<[Class, string]>

export const table: { readonly [code: string]: Class } = Object.fromEntries(
  entries.flatMap(([kind, list]) => list.trim().split(/\s+/).map((code) => [code, kind])))

/** An error of one record, as lists of results have it. */
export interface RecordError {
  readonly statusCode: string
  readonly fields: ReadonlyArray<string>
  /** Never shown: it repeats values. The id of a record that is in the way is read from it. */
  readonly message: string
}

export const errorsOf = (json: Json | undefined): ReadonlyArray<RecordError> =>
  !Array.isArray(json) ? [] : json.flatMap((one: Json) => {
    if (typeof one !== "object" || one === null || Array.isArray(one)) return []
    const at = one as { readonly [name: string]: Json }
    const code = at["statusCode"] ?? at["errorCode"]
    const fields = at["fields"]
    return typeof code !== "string" ? [] : [{
      statusCode: code,
      fields: Array.isArray(fields) ? fields.filter((field): field is string => typeof field === "string") : [],
      message: typeof at["message"] === "string" ? at["message"] : ""
    }]
  })

/** What becomes of one record, in a sentence without values. */
export const causeOf = (errors: ReadonlyArray<RecordError>): string =>
  errors.map(({ fields, statusCode }) => {
    const said = explained[statusCode]
    return `${statusCode}${fields.length === 0 ? "" : ` (${fields.join(", ")})`}${said === undefined ? "" : `: ${said}`}`
  }).join("; ")

const explained: { readonly [code: string]: string } = {
  DUPLICATES_DETECTED: "a duplicate rule of the org found the record there already",
  DUPLICATE_VALUE: "another record holds a value that has to be unique",
  DUPLICATE_EXTERNAL_ID: "several records carry the same external id",
  FAILED_ACTIVATION: "the order cannot be activated as it is",
  INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST: "the picklist has no such value",
  FIELD_CUSTOM_VALIDATION_EXCEPTION: "a validation rule of the org refuses it",
  REQUIRED_FIELD_MISSING: "the org wants a value there"
}

export const classOf = (code: string): Class => Object.hasOwn(table, code) ? table[code] ?? "report" : "report"

const dailyOf = (answer: Answer): Budget | undefined => {
  const [, used, max] = /api-usage=(\d+)\/(\d+)/.exec(answer.headers["sforce-limit-info"] ?? "") ?? []
  return used === undefined || max === undefined ? undefined
    : { name: "calls a day", max: Number(max), left: Math.max(0, Number(max) - Number(used)) }
}

/** What is left of the day's calls, as each answer says. */
export const budgetOf = dailyOf

export const dialect: Dialect = {
  // Only a failed request carries a list of errors; lists of results are read record by record.
  code: (answer) => answer.status < 400 ? undefined : errorsOf(answer.json)[0]?.statusCode,
  table,
  requestId: (answer) => answer.headers["sforce-request-id"] ?? answer.headers["x-sfdc-request-id"]
}
