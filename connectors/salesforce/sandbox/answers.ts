/** The forms of the vendor's answers and errors. */
import type { Json } from "../../../core/model/value.ts"
import type { Reply } from "../../../core/connector/sandbox.ts"
import { Refusal } from "./refusal.ts"
import type { Fault } from "./refusal.ts"

/** Errors of a whole request: a list, with `errorCode`. */
export const failed = (status: number, errorCode: string, message: string, fields?: ReadonlyArray<string>): Reply => ({
  status, body: [{ message, errorCode, ...(fields === undefined ? {} : { fields: [...fields] }) }]
})

const statuses: { readonly [code: string]: number } = {
  NOT_FOUND: 404, INVALID_SESSION_ID: 401, REQUEST_LIMIT_EXCEEDED: 403, ENTITY_IS_DELETED: 404, METHOD_NOT_ALLOWED: 405,
  INVALID_CROSS_REFERENCE_KEY: 404
}

/** Of one record that was asked for alone. */
export const refusedReply = ({ fault }: Refusal): Reply => {
  const { fields, message, statusCode } = fault
  if (statusCode !== "DUPLICATES_DETECTED") return failed(statuses[statusCode] ?? 400, statusCode, message, fields)
  const duplicateResut = { allowSave: true, matchResults: [] }
  return { status: 400, body: [{ message, errorCode: statusCode, duplicateResut }] }
}

/** Of one record in a list: `statusCode`. */
export const saved = (id: string, created?: boolean): Json =>
  ({ id, success: true, errors: [], ...(created === undefined ? {} : { created }) })
export const notSaved = ({ fields, message, statusCode }: Fault): Json =>
  ({ success: false, errors: [{ statusCode, message, fields: [...fields] }] })

/** The work, or the refusal it ended in. */
export const attempt = <A>(work: () => A): A | Refusal => {
  try {
    return work()
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}

export const isRecord = (json: unknown): json is { readonly [name: string]: Json } =>
  typeof json === "object" && json !== null && !Array.isArray(json)

/** The body as JSON; undefined: it is none. */
export const bodyOf = (text: string): { readonly [name: string]: Json } | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

export const noBody = failed(400, "JSON_PARSER_ERROR", "The HTTP entity body is required, but this request has no entity body.")
