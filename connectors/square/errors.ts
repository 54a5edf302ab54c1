/** Every error code of Square, and who has to act. The vendor's list is `ErrorCode` of the package square. */
import type { Answer, Dialect } from "../../core/connector/api.ts"
import type { Outcome } from "../../core/connector/connector.ts"
import type { Class } from "../../core/connector/verdict.ts"
import type { Json } from "../../core/model/value.ts"

const all = (kind: Class, codes: string): { readonly [code: string]: Class } =>
  Object.fromEntries(
    codes
      .trim()
      .split(/\s+/)
      .map((code) => [code, kind])
  )

/** developer.squareup.com/docs/build-basics/handling-errors and the enum of the package, version 46. */
export const table: { readonly [code: string]: Class } = {
  ...all("wait", "RATE_LIMITED PLAID_ERROR_RATE_LIMIT too_many_requests"),
  // Nobody knows whether a write was done: with an idempotency key or a version it is sent again.
  ...all(
    "retry",
    `INTERNAL_SERVER_ERROR BAD_GATEWAY GATEWAY_TIMEOUT SERVICE_UNAVAILABLE TEMPORARY_ERROR REQUEST_TIMEOUT`
  ),
  ...all(
    "reauthorise",
    `UNAUTHORIZED ACCESS_TOKEN_EXPIRED ACCESS_TOKEN_REVOKED CLIENT_DISABLED APPLICATION_DISABLED FORBIDDEN
    INSUFFICIENT_SCOPES INSUFFICIENT_PERMISSIONS V1_APPLICATION V1_ACCESS_TOKEN MERCHANT_SUBSCRIPTION_NOT_FOUND
    service.not_authorized`
  ),
  // What was asked for does not exist in this version, or a column has another type there.
  ...all(
    "fix mapping",
    `UNKNOWN_QUERY_PARAMETER UNKNOWN_BODY_PARAMETER INCORRECT_TYPE EXPECTED_BOOLEAN EXPECTED_INTEGER
    EXPECTED_FLOAT EXPECTED_STRING EXPECTED_OBJECT EXPECTED_ARRAY EXPECTED_MAP EXPECTED_BASE64_ENCODED_BYTE_ARRAY
    EXPECTED_JSON_BODY INVALID_CONTENT_TYPE INVALID_SORT_ORDER CONFLICTING_PARAMETERS UNSUPPORTED_MEDIA_TYPE
    NOT_ACCEPTABLE
    METHOD_NOT_ALLOWED NOT_IMPLEMENTED SANDBOX_NOT_SUPPORTED API_VERSION_INCOMPATIBLE INVALID_SQUARE_VERSION_FORMAT
    TOO_MANY_MAP_ENTRIES MAP_KEY_LENGTH_TOO_SHORT MAP_KEY_LENGTH_TOO_LONG INVALID_LOCATION LOCATION_MISMATCH`
  ),
  ...all(
    "fix data",
    `BAD_REQUEST MISSING_REQUIRED_PARAMETER INVALID_TIME INVALID_TIME_RANGE INVALID_VALUE INVALID_CURSOR
    VALUE_REGEX_MISMATCH VALUE_TOO_SHORT VALUE_TOO_LONG VALUE_TOO_LOW VALUE_TOO_HIGH VALUE_EMPTY ARRAY_LENGTH_TOO_LONG
    ARRAY_LENGTH_TOO_SHORT ARRAY_EMPTY INVALID_ARRAY_VALUE INVALID_ENUM_VALUE INVALID_FORM_VALUE NO_FIELDS_SET
    CUSTOMER_NOT_FOUND CUSTOMER_MISSING_NAME CUSTOMER_MISSING_EMAIL INVALID_DATE UNSUPPORTED_COUNTRY
    UNSUPPORTED_CURRENCY
    CURRENCY_MISMATCH UNEXPECTED_VALUE UNPROCESSABLE_ENTITY REQUEST_ENTITY_TOO_LARGE NOT_FOUND GONE CONFLICT
    INVALID_PHONE_NUMBER INVALID_EMAIL_ADDRESS INVALID_POSTAL_CODE AMOUNT_TOO_HIGH AMOUNT_TOO_LOW INVALID_ACCOUNT
    VERSION_MISMATCH`
  ),
  // The connector takes no payments, keeps no cards and links no banks: such an answer is nothing it can act on. A
  // reused key says that the first request arrived; whoever sent it looks for what it made.
  ...all(
    "report",
    `IDEMPOTENCY_KEY_REUSED CARD_PROCESSING_NOT_ENABLED ONE_INSTRUMENT_EXPECTED INVALID_PAUSE_LENGTH
    ACCOUNT_UNUSABLE ADDRESS_VERIFICATION_FAILURE ALLOWABLE_PIN_TRIES_EXCEEDED
    APPLE_PAYMENT_PROCESSING_CERTIFICATE_HASH_NOT_FOUND APPLE_TTP_PIN_TOKEN BAD_CERTIFICATE BAD_EXPIRATION
    BUYER_REFUSED_PAYMENT CARDHOLDER_INSUFFICIENT_PERMISSIONS CARD_DECLINED CARD_DECLINED_CALL_ISSUER
    CARD_DECLINED_VERIFICATION_REQUIRED CARD_EXPIRED CARD_MISMATCH CARD_NOT_SUPPORTED CARD_PRESENCE_REQUIRED
    CARD_TOKEN_EXPIRED CARD_TOKEN_USED CART_INELIGIBLE_FOR_EBT CHECKOUT_EXPIRED CHIP_INSERTION_REQUIRED CVV_FAILURE
    DELAYED_TRANSACTION_CANCELED DELAYED_TRANSACTION_CAPTURED DELAYED_TRANSACTION_EXPIRED DELAYED_TRANSACTION_FAILED
    EXPIRATION_FAILURE GENERIC_DECLINE GIFT_CARD_AVAILABLE_AMOUNT INSUFFICIENT_FUNDS
    INSUFFICIENT_PERMISSIONS_FOR_REFUND
    INVALID_CARD INVALID_CARD_DATA INVALID_ENCRYPTED_CARD INVALID_EXPIRATION INVALID_EXPIRATION_DATE
    INVALID_EXPIRATION_YEAR INVALID_FEES INVALID_PIN MANUALLY_ENTERED_PAYMENT_NOT_SUPPORTED MISSING_ACCOUNT_TYPE
    MISSING_PIN ORDER_UNPAID_NOT_RETURNABLE PAN_FAILURE PARTIAL_PAYMENT_DELAY_CAPTURE_NOT_SUPPORTED
    PAYMENT_AMOUNT_MISMATCH PAYMENT_LIMIT_EXCEEDED PAYMENT_NOT_REFUNDABLE PAYMENT_NOT_REFUNDABLE_DUE_TO_DISPUTE
    PAYMENT_SOURCE_NOT_ENABLED_FOR_TARGET PLAID_ERROR PLAID_ERROR_INSUFFICIENT_CREDENTIALS
    PLAID_ERROR_INVALID_ACCESS_TOKEN PLAID_ERROR_INVALID_ACCOUNT_ID PLAID_ERROR_ITEM_LOGIN_REQUIRED
    PLAID_ERROR_ITEM_NOT_FOUND PLAID_ERROR_ITEM_NOT_SUPPORTED PLAID_ERROR_NO_ACCOUNTS PLAID_ERROR_PRODUCT_NOT_READY
    READER_DECLINED REFUND_ALREADY_PENDING REFUND_AMOUNT_INVALID REFUND_DECLINED REFUND_ERROR_PAYMENT_NEEDS_COMPLETION
    RESERVATION_DECLINED SOURCE_EXPIRED SOURCE_USED TRANSACTION_LIMIT UNSUPPORTED_CARD_BRAND UNSUPPORTED_ENTRY_METHOD
    UNSUPPORTED_INSTRUMENT_TYPE UNSUPPORTED_LOYALTY_REWARD_TIER UNSUPPORTED_SOURCE_TYPE VERIFY_AVS_FAILURE
    VERIFY_CVV_FAILURE VOICE_FAILURE bad_request not_found`
  )
}

/** One entry of `errors`. Its `detail` may quote values and goes nowhere. */
export interface Fault {
  readonly code: string
  readonly field?: string
}

export const faultsOf = (body: Json | undefined): ReadonlyArray<Fault> => {
  if (!isDoc(body) || !Array.isArray(body["errors"])) return []
  return body["errors"].flatMap((one: Json) => {
    if (!isDoc(one) || typeof one["code"] !== "string") return []
    return [{ code: one["code"], ...(typeof one["field"] === "string" ? { field: one["field"] } : {}) }]
  })
}

const isDoc = (json: Json | undefined): json is { readonly [key: string]: Json } =>
  typeof json === "object" && json !== null && !Array.isArray(json)

const codeOf = (answer: Answer): string | undefined => {
  if (answer.status < 400) return undefined
  const body = answer.json
  const [first] = faultsOf(body)
  // The OAuth server answers {"message", "type"} instead.
  return first?.code ?? (isDoc(body) && typeof body["type"] === "string" ? body["type"] : undefined)
}

export const dialect: Dialect = { code: codeOf, table }

/** What the refusal of one entry of a bulk call means for its change. */
export const outcomeOf = (faults: ReadonlyArray<Fault>): Outcome => {
  const [first] = faults
  if (first === undefined) return { did: "unknown" }
  if (first.code === "CONFLICT" || first.code === "VERSION_MISMATCH") return { did: "moved" }
  if (first.code === "NOT_FOUND" || first.code === "CUSTOMER_NOT_FOUND" || first.code === "GONE")
    return { did: "gone" }
  switch (Object.hasOwn(table, first.code) ? table[first.code] : undefined) {
    case "wait":
    case "busy":
      return { did: "unsent" }
    case "retry":
      return { did: "unknown" }
    default:
      return { did: "refused", cause: causeOf(first) }
  }
}

/** Codes and names of fields only: `INVALID_PHONE_NUMBER phone_number`. */
export const causeOf = ({ code, field }: Fault): string =>
  field !== undefined && /^[\w.[\]]{1,100}$/.test(field) ? `${code} ${field}` : code
