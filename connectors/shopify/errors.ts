/** What Shopify's error codes mean and who has to act: those of answers, and of userErrors inside a good answer. */
import type { Answer } from "../../core/connector/answer.ts"
import type { Dialect } from "../../core/connector/api.ts"
import type { Remedy } from "../../core/connector/errors.ts"
import { isList, isNode } from "./selection.ts"
import type { Node_ } from "./selection.ts"
import type { Json } from "../../core/model/value.ts"

/** Codes of the `errors` of an answer (https://shopify.dev/docs/api/admin-graphql#status_and_error_codes). */
const answers: Dialect["table"] = {
  THROTTLED: "wait",
  // A smaller page goes through: the reader halves it.
  MAX_COST_EXCEEDED: "fix data",
  ACCESS_DENIED: "reauthorise",
  SHOP_INACTIVE: "reauthorise",
  INTERNAL_SERVER_ERROR: "retry",
  TIMEOUT: "retry",
  BAD_REQUEST: "report",
  BAD_USER_INPUT: "fix data",
  INVALID: "fix data",
  NOT_FOUND: "fix data",
  INVALID_DOCUMENT: "report"
}

/** What is wrong with a record, by the code of its userError: every code of the enums that our mutations know. */
export const userErrors: { readonly [code: string]: Remedy } = {
  ...all("fix data", "BLANK", "EMAIL_INVALID", "INCLUSION", "INVALID", "INVALID_INPUT", "INVALID_VALUE", "PRESENT", "TAKEN",
    "TOO_LONG", "TOO_SHORT", "TOO_LARGE", "MISSING_FIELD_REQUIRED", "MISSING_ARGUMENT", "LESS_THAN_OR_EQUAL_TO",
    "GREATER_THAN_OR_EQUAL_TO", "GREATER_THAN", "LESS_THAN", "NEGATIVE_PRICE_VALUE", "INPUT_MISMATCH", "METAFIELD_MISMATCH",
    "DUPLICATED_METAFIELD_VALUE", "DUPLICATED_OPTION_NAME", "DUPLICATED_OPTION_VALUE", "DUPLICATED_VALUE",
    "HANDLE_NOT_UNIQUE", "INVALID_METAFIELD", "INVALID_VARIANT", "INVALID_PRODUCT", "OPTION_VALUES_MISSING",
    "OPTION_VALUES_OVER_LIMIT", "OPTIONS_OVER_LIMIT", "OPTION_DOES_NOT_EXIST", "OPTION_VALUE_DOES_NOT_EXIST",
    "OPTION_VALUE_NAME_TOO_LONG", "OPTION_VALUES_FOR_NUMBER_OF_UNKNOWN_OPTIONS", "NEED_TO_ADD_OPTION_VALUES",
    "VARIANTS_OVER_LIMIT", "VARIANTS_INPUT_MISSING", "PRODUCT_OPTIONS_INPUT_MISSING", "VARIANT_ALREADY_EXISTS",
    "VARIANT_ALREADY_EXISTS_CHANGE_OPTION_VALUE", "CANNOT_DELETE_LAST_VARIANT", "CANNOT_SPECIFY_BOTH",
    "MUST_SPECIFY_ONE_OF_PAIR", "NO_KEY_ON_CREATE", "INVALID_QUANTITY_NEGATIVE", "INVALID_QUANTITY_TOO_HIGH",
    "INVALID_QUANTITY_TOO_LOW", "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR", "LOCAL_CURRENCY_GIFT_CARD_PRICE_MUST_BE_ZERO",
    "GIFT_CARD_ATTRIBUTE_CANNOT_BE_CHANGED", "DUPLICATE_LINKED_OPTION", "CANNOT_COMBINE_LINKED_AND_NONLINKED_OPTION_VALUES",
    "CANNOT_SET_NAME_FOR_LINKED_OPTION_VALUE", "INVALID_METAFIELD_VALUE_FOR_LINKED_OPTION", "INVENTORY_QUANTITIES_LIMIT_EXCEEDED",
    "NO_INVENTORY_QUANTITIES_ON_VARIANTS_UPDATE", "NO_INVENTORY_QUANTITES_DURING_UPDATE", "TOO_MANY_INVENTORY_LOCATIONS",
    "PRICE_LIST_CURRENCY_MISMATCH", "PRICES_TO_ADD_OVER_LIMIT", "DUPLICATE_ID_IN_INPUT", "ID_MUST_BE_MUTUALLY_EXCLUSIVE",
    "PRICE_NOT_FIXED", "VARIANT_NOT_FOUND", "TAX_LINE_RATE_MISSING", "PROCESSED_AT_INVALID", "REDUNDANT_CUSTOMER_FIELDS",
    "SHOP_DORMANT", "CUSTOMER_HAS_GIFT_CARDS", "INVALID_CUSTOMER", "INVALID_CUSTOMER_ID",
    "MISSING_OVERRIDE_ATTRIBUTE", "OVERRIDE_ATTRIBUTE_INVALID", "ADJUST_QUANTITIES_FAILED",
    "LOCAL_CURRENCY_GIFT_CARD_ISSUANCE_CURRENCY_MISMATCH", "LOCAL_CURRENCY_GIFT_CARD_LIMIT_EXCEEDED", "FULFILLMENT_SERVICE_INVALID", "INVENTORY_CLAIM_FAILED"),
  ...all("fix mapping", "CAPABILITY_VIOLATION", "INVALID_TYPE", "INVALID_NAME", "INVALID_REASON", "INVALID_REFERENCE_DOCUMENT",
    "INVALID_LOCATION", "INVALID_INVENTORY_ITEM", "NON_MUTABLE_INVENTORY_ITEM", "LINKED_METAFIELD_DEFINITION_NOT_FOUND",
    "LINKED_OPTIONS_NOT_SUPPORTED_FOR_SHOP", "ID_NOT_ALLOWED", "ITEM_NOT_STOCKED_AT_LOCATION", "PRICE_LIST_NOT_FOUND",
    "TRACKED_VARIANT_LOCATION_NOT_FOUND", "NOT_DEFINED_FOR_SHOP", "UNSUPPORTED_COMBINED_LISTING_PARENT_OPERATION",
    "GIFT_CARDS_NOT_ACTIVATED", "SUBSCRIPTION_VIOLATION", "COMPARE_QUANTITY_REQUIRED", "INVALID_CAPABILITY",
    "CAPABILITY_REQUIRED_BUT_DISABLED", "RESERVED_NAMESPACE_KEY", "UNSTRUCTURED_ALREADY_EXISTS", "INVALID_OPTION",
    "INVALID_CONSTRAINTS", "INVALID_INPUT_COMBINATION", "INVALID_CHARACTER", "DUPLICATE_OPTION", "UNSUPPORTED_PINNING",
    "PINNED_LIMIT_REACHED", "LIMIT_EXCEEDED", "RESOURCE_TYPE_LIMIT_EXCEEDED", "RESOURCE_TYPE_LIMIT_EXCEEDED_BY_APP",
    "OWNER_TYPE_LIMIT_EXCEEDED_FOR_AUTOMATED_COLLECTIONS", "OWNER_TYPE_LIMIT_EXCEEDED_FOR_USE_AS_ADMIN_FILTERS",
    "ADMIN_ACCESS_INPUT_NOT_ALLOWED", "TYPE_NOT_ALLOWED_FOR_CONDITIONS", "STORE_CREDIT_REFUND_MISSING_CUSTOMER",
    "STORE_CREDIT_REFUND_B2B_NOT_SUPPORTED", "INTERNAL_LEDGER_DOCUMENT", "INVALID_AVAILABLE_DOCUMENT",
    "INVALID_LEDGER_DOCUMENT", "INVALID_QUANTITY_DOCUMENT", "INVALID_QUANTITY_NAME", "MAX_ONE_LEDGER_DOCUMENT", "STORE_CREDIT_REFUND_EXPIRATION_IN_PAST"),
  ...all("reauthorise", "APP_NOT_AUTHORIZED", "NO_REFUND_PERMISSION", "NO_REFUND_TO_STORE_CREDIT_PERMISSION", "ACCESS_DENIED"),
  ...all("retry", "INTERNAL_ERROR", "GENERIC_ERROR", "JOB_ERROR", "IDEMPOTENCY_CONCURRENT_REQUEST", "SERVICE_UNAVAILABLE", "OPERATION_IN_PROGRESS",
    "LIMIT_REACHED", "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED", "INTERNAL_FILE_SERVER_ERROR"),
  ...all("report", "IDEMPOTENCY_KEY_PARAMETER_MISMATCH", "INVALID_COMPARE_DIGEST", "INVALID_MUTATION", "NO_SUCH_FILE",
    "INVALID_STAGED_UPLOAD_FILE", "PRODUCT_SUSPENDED", "PRODUCT_VARIANT_ID_MISSING", "MUST_BE_FOR_THIS_PRODUCT",
    "AT_LEAST_ONE_VARIANT_DOES_NOT_BELONG_TO_THE_PRODUCT")
}

function all<R extends Remedy>(remedy: R, ...codes: ReadonlyArray<string>): { readonly [code: string]: R } {
  return Object.fromEntries(codes.map((code) => [code, remedy]))
}

/** The record is not there any more. */
export const gone: ReadonlySet<string> = new Set([
  "NOT_FOUND", "CUSTOMER_DOES_NOT_EXIST", "PRODUCT_DOES_NOT_EXIST", "PRODUCT_VARIANT_DOES_NOT_EXIST"
])

/** Somebody was faster: the values that were compared have moved. */
export const stale: ReadonlySet<string> = new Set(["CHANGE_FROM_QUANTITY_STALE", "COMPARE_QUANTITY_STALE", "STALE_OBJECT"])

/** One of the mutations of a document said no. Its message may hold values, so it is looked at and never passed on. */
export interface UserError {
  readonly code: string | undefined
  readonly field: ReadonlyArray<string>
}

/** In words without values. */
export const causeOf = (error: UserError): string => {
  const where = error.field.filter((part) => !/^\d+$/.test(part)).join(".")
  const what = error.code ?? "refused"
  const remedy = error.code === undefined ? "fix data" : Object.hasOwn(userErrors, error.code) ? userErrors[error.code] : "report"
  return `${what}${where === "" ? "" : ` at ${where}`} (${remedy})`
}

/** May pass by itself: nothing was written, and the next run tries again. */
export const passes = (error: UserError): boolean =>
  error.code !== undefined && Object.hasOwn(userErrors, error.code) && userErrors[error.code] === "retry"

export const userErrorsIn = (list: Json | undefined): ReadonlyArray<UserError> =>
  isList(list) ? list.filter(isNode).map((one) => ({
    code: typeof one["code"] === "string" ? one["code"] : codeIn(one["message"]),
    field: isList(one["field"]) ? one["field"].map(String) : []
  })) : []

/** Mutations of the older kind have no codes; these sentences stand for one. */
const codeIn = (message: Json | undefined): string | undefined => {
  const text = typeof message === "string" ? message : ""
  const known = sentences.find(([pattern]) => pattern.test(text))
  return known?.[1]
}

const sentences: ReadonlyArray<readonly [RegExp, string]> = [
  [/has already been taken/i, "TAKEN"],
  [/does not exist|not found|can't be found/i, "NOT_FOUND"],
  [/can't be blank|must be present/i, "BLANK"],
  [/is too long/i, "TOO_LONG"],
  [/is invalid|enter a valid/i, "INVALID"]
]

const costOf = (answer: Answer): Node_ | undefined => {
  const extensions = isNode(answer.json) ? answer.json["extensions"] : undefined
  return isNode(extensions) && isNode(extensions["cost"]) ? extensions["cost"] : undefined
}

const numberIn = (node: Node_ | undefined, name: string): number | undefined => {
  const value = node?.[name]
  return typeof value === "number" ? value : undefined
}

export const requestedCost = (answer: Answer): number | undefined => numberIn(costOf(answer), "requestedQueryCost")

const throttleOf = (answer: Answer) => {
  const status = costOf(answer)?.["throttleStatus"]
  return isNode(status) ? {
    max: numberIn(status, "maximumAvailable"), left: numberIn(status, "currentlyAvailable"), rate: numberIn(status, "restoreRate")
  } : undefined
}

export const restoreRate = (answer: Answer): number | undefined => throttleOf(answer)?.rate

export const errorsIn = (answer: Answer): ReadonlyArray<Node_> => {
  const errors = isNode(answer.json) ? answer.json["errors"] : undefined
  return isList(errors) ? errors.filter(isNode) : []
}

const codeOfError = (error: Node_ | undefined): string | undefined => {
  const extensions = error?.["extensions"]
  return isNode(extensions) && typeof extensions["code"] === "string" ? extensions["code"] : undefined
}

export const dialect: Dialect = {
  code: (answer) => {
    const [first] = errorsIn(answer)
    const text = isNode(answer.json) ? answer.json["errors"] : undefined
    // Outside of GraphQL (401, 402, 403, 423) `errors` is a sentence: the status says more.
    if (first === undefined || typeof text === "string") return undefined
    // Fields that the token may not see come as null beside an error; the rest of the answer is good.
    if (isNode(answer.json) && isNode(answer.json["data"]) && codeOfError(first) !== "THROTTLED") return undefined
    const code = codeOfError(first) ?? "INVALID_DOCUMENT"
    // Faults of a document are named in camel case (`undefinedField`).
    return /^[a-z]/.test(code) ? "INVALID_DOCUMENT" : code
  },
  table: answers,
  waitMs: (answer) => {
    const [throttle, cost] = [throttleOf(answer), requestedCost(answer)]
    if (throttle?.left === undefined || cost === undefined || throttle.rate === undefined
      || throttle.rate <= 0) return undefined
    return Math.max(0, (cost - throttle.left) / throttle.rate * 1_000)
  },
  budgets: (answer) => {
    const throttle = throttleOf(answer)
    if (throttle?.max === undefined || throttle.left === undefined) return []
    return [{ name: "points", max: throttle.max, left: throttle.left,
      ...throttle.rate === undefined ? {} : { restorePerSecond: throttle.rate } }]
  }
}
