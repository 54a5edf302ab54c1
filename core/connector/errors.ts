/** What can go wrong at a connection, and who has to act. */
import { Schema } from "effect"

export class RateLimited extends Schema.TaggedError<RateLimited>()("RateLimited", {
  retryAfterMs: Schema.optionalKey(Schema.Number),
  message: Schema.String
}) {}
/** `needsAuth`: a person has to let ESL in again, by `esl auth`. */
export class Unauthorized extends Schema.TaggedError<Unauthorized>()("Unauthorized", {
  message: Schema.String,
  needsAuth: Schema.optionalKey(Schema.Boolean)
}) {}
/** The connection's shape differs from what the config says: a missing table, column, scope. */
export class Stale extends Schema.TaggedError<Stale>()("Stale", { message: Schema.String }) {}
/** The system said no to this request, and will again. */
export class Refused extends Schema.TaggedError<Refused>()("Refused", {
  code: Schema.optionalKey(Schema.String),
  message: Schema.String
}) {}
/** Not reachable, timed out, shut down, locked. */
export class Unavailable extends Schema.TaggedError<Unavailable>()("Unavailable", { message: Schema.String }) {}
/** The answer is not what the protocol says. */
export class Malformed extends Schema.TaggedError<Malformed>()("Malformed", { message: Schema.String }) {}

export const Reason = Schema.Union([RateLimited, Unauthorized, Stale, Refused, Unavailable, Malformed])
export type Reason = typeof Reason.Type

/** `message` is one clear sentence without values or secrets; `reason` decides what happens next. */
export class ConnectorError extends Schema.TaggedError<ConnectorError>()("ConnectorError", {
  connection: Schema.String,
  operation: Schema.String,
  reason: Reason
}) {
  override get message(): string {
    return `${this.connection}: ${this.operation}: ${this.reason.message}`
  }
}

export type Remedy = "retry" | "reauthorise" | "fix mapping" | "fix data" | "report"

/** Who must act. */
export const remedy = (reason: Reason): Remedy => remedies[reason._tag]

const remedies: { readonly [tag in Reason["_tag"]]: Remedy } = {
  RateLimited: "retry",
  Unavailable: "retry",
  Unauthorized: "reauthorise",
  Stale: "fix mapping",
  Refused: "fix data",
  Malformed: "report"
}
