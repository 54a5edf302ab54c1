/** What an answer means and who has to act: a table of the vendor's error codes, and HTTP where there is no code. */
import type { Budget } from "../io/lane.ts"
import type { Answer } from "./answer.ts"
import { Malformed, RateLimited, Refused, Stale, Unauthorized, Unavailable } from "./errors.ts"
import type { Reason, Remedy } from "./errors.ts"

/**
 * `wait`: asked to slow down; `busy`: locked or shut for a moment. Nothing was done in both.
 * `retry`: may pass by itself, and nobody knows whether a write was done.
 */
export type Class = "wait" | "busy" | Remedy

/** What is special about one vendor's answers. */
export interface Dialect {
  /** The vendor's error code; undefined where the answer reports no error. May be there with status 200. */
  readonly code: (answer: Answer) => string | undefined
  /** Every code the vendor may send. */
  readonly table: { readonly [code: string]: Class }
  /** Default: the usual headers (`x-request-id` and the like). */
  readonly requestId?: (answer: Answer) => string | undefined
  /** How long to wait, from fields of the vendor's own; `Retry-After` is understood without it. */
  readonly waitMs?: (answer: Answer, now: number) => number | undefined
  /** What the answer says about limits. */
  readonly budgets?: (answer: Answer, now: number) => ReadonlyArray<Budget>
}

export interface Verdict {
  readonly class: Class | "ok"
  readonly code?: string
  readonly requestId?: string
  readonly waitMs?: number
}

export const judge = (dialect: Dialect, answer: Answer, now: number): Verdict => {
  const code = dialect.code(answer)
  if (code === undefined && answer.status >= 200 && answer.status < 300) return { class: "ok" }
  const known = code !== undefined && Object.hasOwn(dialect.table, code) ? dialect.table[code] : undefined
  const waitMs = dialect.waitMs?.(answer, now) ?? retryAfterMs(answer.headers["retry-after"], now)
  const requestId = (dialect.requestId ?? usualRequestId)(answer)
  return {
    class: known ?? (code === undefined ? byStatus(answer.status) : unknownCode(answer.status)),
    ...(plain(code) ? { code } : {}),
    ...(plain(requestId) ? { requestId } : {}),
    ...(waitMs === undefined ? {} : { waitMs })
  }
}

/** Without a code only the status speaks. */
const byStatus = (status: number): Class => {
  switch (status) {
    case 401: return "reauthorise"
    case 403: return "reauthorise"
    case 423: return "busy"
    case 429: return "wait"
    case 408: case 500: case 502: case 503: case 504: return "retry"
    case 400: case 404: case 409: case 410: case 412: case 422: return "fix data"
    default: return "report"
  }
}

/** A code nobody classified is reported; only what HTTP itself says plainly is still believed. */
const unknownCode = (status: number): Class =>
  status === 429 ? "wait" : status >= 502 && status <= 504 ? "retry" : "report"

/** Codes and ids of a vendor are short words; anything else could be a text with values in it. */
const plain = (text: string | undefined): text is string =>
  text !== undefined && /^[A-Za-z0-9_.:/=-]{1,100}$/.test(text)

const usualRequestId = ({ headers }: Answer): string | undefined =>
  headers["x-request-id"] ?? headers["request-id"] ?? headers["x-correlation-id"]

/** Seconds or an HTTP date (RFC 9110, 10.2.3). */
export const retryAfterMs = (header: string | undefined, now: number): number | undefined => {
  if (header === undefined) return undefined
  const text = header.trim()
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1_000
  const at = Date.parse(text)
  return Number.isNaN(at) || !/[a-z]{3}/i.test(text) ? undefined : Math.max(0, at - now)
}

/** In the words of connectors. `said` names method, path template and status; nothing of it is a value. */
export const reasonOf = (verdict: Verdict, said: string): Reason => {
  const { code, requestId, waitMs } = verdict
  const asked = requestId === undefined ? "" : ` (request ${requestId})`
  const message = `${said}${code === undefined ? "" : ` ${code}`}${asked}`
  switch (verdict.class) {
    case "wait": return new RateLimited({ message, ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }) })
    case "busy": case "retry": return new Unavailable({ message })
    case "reauthorise": return new Unauthorized({ message })
    case "fix mapping": return new Stale({ message })
    case "fix data": return new Refused({ message, ...(code === undefined ? {} : { code }) })
    case "report": case "ok": return new Malformed({ message })
  }
}
