/** HubSpot's error bodies: https://developers.hubspot.com/docs/api-reference/error-handling */
import { randomUUID } from "node:crypto"
import type { Json } from "../../../core/model/value.ts"
import type { Reply } from "../../../core/connector/sandbox.ts"

export interface Detail {
  readonly message: string
  readonly code?: string
  readonly context?: { readonly [name: string]: ReadonlyArray<string> }
}

export interface Trouble {
  readonly status: number
  readonly category: string
  readonly message: string
  readonly errors?: ReadonlyArray<Detail>
  readonly context?: { readonly [name: string]: ReadonlyArray<string> }
  /** Beside the usual members, e.g. `policyName`. */
  readonly more?: { readonly [name: string]: Json }
  readonly headers?: { readonly [name: string]: string }
}

/** Thrown by what plays the vendor; the frame answers with it. */
export class Refusal extends Error {
  readonly trouble: Trouble
  constructor(trouble: Trouble) {
    super(trouble.message)
    this.trouble = trouble
  }
}

export const invalid = (message: string, errors?: ReadonlyArray<Detail>): Refusal =>
  new Refusal({ status: 400, category: "VALIDATION_ERROR", message, ...errors === undefined ? {} : { errors } })

export const missing = (message = "resource not found"): Refusal =>
  new Refusal({ status: 404, category: "OBJECT_NOT_FOUND", message })

const plain = (detail: Detail): Json => ({
  message: detail.message,
  ...detail.code === undefined ? {} : { code: detail.code },
  ...detail.context === undefined ? {} : { context: detail.context }
})

/** As the answer to a whole request. */
export const replyOf = (trouble: Trouble): Reply => ({
  status: trouble.status,
  ...trouble.headers === undefined ? {} : { headers: trouble.headers },
  body: {
    status: "error",
    message: trouble.message,
    correlationId: randomUUID(),
    category: trouble.category,
    ...trouble.errors === undefined ? {} : { errors: trouble.errors.map(plain) },
    ...trouble.context === undefined ? {} : { context: trouble.context },
    ...trouble.more
  }
})

/** As one of the errors of a batch. */
export const inBatch = (trouble: Trouble, context: { readonly [name: string]: ReadonlyArray<string> }): Json => ({
  status: "error", category: trouble.category, message: trouble.message, links: {},
  context: { ...trouble.context, ...context }, errors: (trouble.errors ?? []).map(plain)
})

const limited = (message: string, policyName: string, headers: { readonly [name: string]: string } = {}): Trouble => ({
  status: 429, category: "RATE_LIMITS", message, headers, more: { errorType: "RATE_LIMIT", policyName }
})

export const tenSecondly = (headers?: { readonly [name: string]: string }): Trouble =>
  limited("You have reached your ten_secondly_rolling limit.", "TEN_SECONDLY_ROLLING", headers)
/** The search answers carry no limit headers. */
export const secondly = (): Trouble => limited("You have reached your secondly limit.", "SECONDLY")
export const daily = (headers?: { readonly [name: string]: string }): Trouble =>
  limited("You have reached your daily limit.", "DAILY", headers)

export const unauthenticated: Trouble = {
  status: 401, category: "INVALID_AUTHENTICATION",
  message: "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more "
    + "details at https://developers.hubspot.com/docs/methods/auth/oauth-overview"
}
export const expired: Trouble = {
  status: 401, category: "EXPIRED_AUTHENTICATION", message: "The OAuth token used to make this call expired 1 minute(s) ago."
}
export const unscoped = (scopes: ReadonlyArray<string>): Trouble => ({
  status: 403, category: "MISSING_SCOPES",
  message: "This app hasn't been granted all required scopes to make this call. Read more about required scopes here: "
    + "https://developers.hubspot.com/scopes.",
  errors: [{ message: "One or more of the following scopes are required.", context: { requiredGranularScopes: scopes } }]
})
