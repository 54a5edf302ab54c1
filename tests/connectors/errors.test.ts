/** Every code of the vendors' enums is classified, and what nobody knows is reported and never tried again. */
import { buildSchema, isEnumType } from "graphql"
import { Square } from "square"
import { describe, expect, it } from "vitest"
import * as hubspot from "../../connectors/hubspot/errors.ts"
import * as salesforce from "../../connectors/salesforce/errors.ts"
import * as shopify from "../../connectors/shopify/errors.ts"
import { schema } from "../../connectors/shopify/sandbox/schema.ts"
import * as square from "../../connectors/square/errors.ts"
import { Answer } from "../../core/connector/answer.ts"
import type { Dialect } from "../../core/connector/api.ts"
import { remedy } from "../../core/connector/errors.ts"
import { judge, reasonOf } from "../../core/connector/verdict.ts"

const classes = ["wait", "busy", "retry", "reauthorise", "fix mapping", "fix data", "report"]

/** The codes of the enums in the schema that the connector's documents are checked against. */
const shopifyCodes = (): ReadonlyArray<string> =>
  Object.values(buildSchema(schema, { assumeValidSDL: true, assumeValid: true }).getTypeMap())
    .filter((type) => isEnumType(type) && type.name.endsWith("ErrorCode"))
    .flatMap((type) => (isEnumType(type) ? type.getValues().map((one) => one.name) : []))

/** HubSpot and Salesforce publish no list that a package carries: these are the ones their documentation speaks of. */
const told = {
  hubspot: [
    "TEN_SECONDLY_ROLLING",
    "SECONDLY",
    "DAILY",
    "RATE_LIMITS",
    "VALIDATION_ERROR",
    "CONFLICT",
    "OBJECT_NOT_FOUND",
    "MISSING_SCOPES",
    "INVALID_AUTHENTICATION",
    "EXPIRED_AUTHENTICATION",
    "INTERNAL_ERROR",
    "MIGRATION_IN_PROGRESS",
    "PROPERTY_DOESNT_EXIST",
    "READ_ONLY_VALUE",
    "INVALID_OPTION",
    "INVALID_EMAIL",
    "INVALID_INTEGER",
    "INVALID_DATE"
  ],
  salesforce: [
    "UNABLE_TO_LOCK_ROW",
    "QUERY_TIMEOUT",
    "SERVER_UNAVAILABLE",
    "REQUEST_RUNNING_TOO_LONG",
    "TXN_SECURITY_RUNTIME_EXCEPTION",
    "REQUIRED_FIELD_MISSING",
    "FIELD_CUSTOM_VALIDATION_EXCEPTION",
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
    "STRING_TOO_LONG",
    "INVALID_CROSS_REFERENCE_KEY",
    "ENTITY_IS_DELETED",
    "INSUFFICIENT_ACCESS",
    "DUPLICATES_DETECTED",
    "DUPLICATE_VALUE",
    "REQUEST_LIMIT_EXCEEDED",
    "INVALID_SESSION_ID",
    "INVALID_FIELD",
    "MALFORMED_QUERY",
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "INVALID_REPLICATION_DATE",
    "EXCEEDED_ID_LIMIT"
  ],
  shopify: [
    "THROTTLED",
    "ACCESS_DENIED",
    "SHOP_INACTIVE",
    "INTERNAL_SERVER_ERROR",
    "MAX_COST_EXCEEDED",
    "TIMEOUT"
  ],
  square: ["RATE_LIMITED", "IDEMPOTENCY_KEY_REUSED", "VERSION_MISMATCH", "too_many_requests"]
}

interface Vendor {
  readonly name: string
  readonly dialect: Dialect
  readonly codes: ReadonlyArray<string>
  /** Whether a code of a record or of an answer has a class. */
  readonly knows: (code: string) => boolean
  readonly body: (code: string) => unknown
}

const has =
  (table: object) =>
  (code: string): boolean =>
    Object.hasOwn(table, code)

const vendors: ReadonlyArray<Vendor> = [
  {
    name: "square",
    dialect: square.dialect,
    codes: [...Object.values(Square.ErrorCode), ...told.square],
    knows: has(square.table),
    body: (code) => ({ errors: [{ category: "API_ERROR", code, detail: "for Ada, ada@example.com" }] })
  },
  {
    name: "shopify",
    dialect: shopify.dialect,
    codes: [...shopifyCodes(), ...told.shopify],
    knows: (code) =>
      has(shopify.userErrors)(code) ||
      has(shopify.dialect.table)(code) ||
      shopify.gone.has(code) ||
      shopify.stale.has(code),
    body: (code) => ({ errors: [{ message: "for Ada, ada@example.com", extensions: { code } }] })
  },
  {
    name: "hubspot",
    dialect: hubspot.dialect,
    codes: told.hubspot,
    knows: has(hubspot.table),
    body: (code) => ({ status: "error", message: "for Ada, ada@example.com", category: code })
  },
  {
    name: "salesforce",
    dialect: salesforce.dialect,
    codes: told.salesforce,
    knows: has(salesforce.table),
    body: (code) => [{ message: "for Ada, ada@example.com", errorCode: code, fields: [] }]
  }
]

const answered = (status: number, body: unknown): Answer =>
  new Answer(status, {}, new TextEncoder().encode(JSON.stringify(body)))

describe.each(vendors)("$name", ({ body, codes, dialect, knows }) => {
  it("classifies every code that it may meet", () => {
    expect(codes.length).toBeGreaterThan(15)
    expect([...new Set(codes)].filter((code) => !knows(code))).toEqual([])
  })

  it("knows no class but those that somebody acts on", () => {
    expect(Object.entries(dialect.table).filter(([, kind]) => !classes.includes(kind))).toEqual([])
  })

  it("reports what it never heard of, with the code and without the message, whatever the prototype knows", () => {
    for (const code of ["NEVER_HEARD_OF", "constructor", "__proto__", "toString"]) {
      for (const status of [400, 409, 500]) {
        const reason = reasonOf(judge(dialect, answered(status, body(code)), 0), "POST /somewhere answered")
        // Shopify's faults of a document are named in camel case: they are one class of their own.
        expect(remedy(reason), `${code} with ${status}`).toBe("report")
        expect(reason.message).not.toMatch(/Ada|example/)
      }
    }
  })

  it("believes a status where nothing else is said", () => {
    const page = (status: number): Answer => new Answer(status, {}, new TextEncoder().encode("<html>"))
    expect([502, 503, 504, 429, 401].map((status) => judge(dialect, page(status), 0).class)).toEqual([
      "retry",
      "retry",
      "retry",
      "wait",
      "reauthorise"
    ])
  })
})
