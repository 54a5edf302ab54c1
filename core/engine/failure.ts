/** What stops a part of a run, and what the person who reads it can do about it. */
import { Effect, Schema } from "effect"
import { ConnectorError, remedy } from "../connector/errors.ts"
import type { Remedy } from "../connector/errors.ts"
import type { Run } from "./run.ts"

/** A whole page of one side failed for one cause: no bad record, but a wrong mapping or a changed system (fault 81). */
export class PageFailed extends Schema.TaggedError<PageFailed>()("PageFailed", {
  connection: Schema.String,
  side: Schema.String,
  records: Schema.Number,
  cause: Schema.String
}) {
  override get message(): string {
    return `${this.side}: all ${this.records} records of a page failed for one cause (${this.cause}); ` +
      `the page was not taken in and will be read again`
  }
}

/** The hub belongs to another account of this connection. */
export class OtherAccount extends Schema.TaggedError<OtherAccount>()("OtherAccount", {
  connection: Schema.String
}) {
  override get message(): string {
    return `${this.connection}: this is another account or database than the one this hub was made for`
  }
}

/** What was asked for cannot be done: exit 64. */
export class Usage extends Schema.TaggedError<Usage>()("Usage", { message: Schema.String }) {}

export type PlaceError = ConnectorError | PageFailed | OtherAccount

/** What to do about each kind of failure, in words. */
export const advice: { readonly [remedy in Remedy]: string } = {
  retry: "the next run goes on where this one stopped",
  reauthorise: "check user, password and rights of this connection",
  "fix mapping": "`esl check` shows how the config and the system differ",
  "fix data": "the system refuses this; `esl check` shows what it accepts",
  report: "the system answers in a way the connector does not know; please report it"
}

/** The same for one failure: who has to let ESL in again is told how. */
export const adviceFor = ({ connection, reason }: ConnectorError): string =>
  reason._tag === "Unauthorized" && reason.needsAuth === true
    ? `run esl auth ${connection}; the other connections go on meanwhile`
    : advice[remedy(reason)]

/** The connection is left alone for the rest of the run; the others go on. */
export const leave = (run: Run, error: PlaceError): Effect.Effect<void> =>
  Effect.sync(() => {
    if (run.tally.failed(error.connection)) return
    const { remedy, what } = adviceOn(error)
    const message = `${error.message.replace(/\.$/, "")}: ${what}.`
    run.tally.failures.push({ connection: error.connection, message, remedy })
    run.emit({ _tag: "Failed", connection: error.connection, message })
  })

const adviceOn = (error: PlaceError): { readonly remedy: Remedy; readonly what: string } => {
  switch (error._tag) {
    case "ConnectorError":
      return { remedy: remedy(error.reason), what: adviceFor(error) }
    case "PageFailed":
      return { remedy: "fix mapping", what: "mend the mapping or the system and run again" }
    case "OtherAccount":
      return { remedy: "reauthorise", what: "ids of one account mean nothing in another; name a new hub in the config" }
  }
}

/**
 * Tries again what may pass by itself, with growing waits that honour what the system asked for; anything else, and
 * what does not pass, fails.
 */
export const retrying = <A, E, R>(
  run: Run, self: Effect.Effect<A, E | ConnectorError, R>
): Effect.Effect<A, E | ConnectorError, R> => {
  const attempt = (left: number, waitMs: number): Effect.Effect<A, E | ConnectorError, R> =>
    Effect.catch(self, (error) => {
      if (!(error instanceof ConnectorError) || left === 0) return Effect.fail(error)
      if (remedy(error.reason) !== "retry") return Effect.fail(error)
      const asked = error.reason._tag === "RateLimited" ? error.reason.retryAfterMs ?? 0 : 0
      // Longer than this is not a pause but an outage: the next run finds the work where it is.
      if (asked > longestWaitMs) return Effect.fail(error)
      const ms = Math.max(asked, waitMs)
      run.emit({ _tag: "Waiting", connection: error.connection, ms, why: error.reason.message })
      return Effect.andThen(Effect.sleep(ms), attempt(left - 1, waitMs * 2))
    })
  return attempt(run.retries, run.backoffMs)
}

const longestWaitMs = 120_000
