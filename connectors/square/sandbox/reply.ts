/** How Square says no: `{"errors": [{category, code, detail, field}]}`, and the other shape of its OAuth server. */
import type { Reply } from "../../../core/connector/sandbox.ts"
import type { Json } from "../../../core/model/value.ts"

/** A document of the seller's: plain JSON that the sandbox changes in place. */
export interface Doc {
  [key: string]: Json | undefined
}

export interface Fault {
  readonly category: string
  readonly code: string
  readonly detail: string
  readonly field?: string
}

/** Thrown by whatever serves a request; becomes the answer. */
export class Wrong extends Error {
  readonly status: number
  readonly errors: ReadonlyArray<Fault>
  constructor(status: number, errors: ReadonlyArray<Fault>) {
    super(errors[0]?.code)
    this.status = status
    this.errors = errors
  }
}

/** The request cannot be served, whoever asks. */
export const invalid = (code: string, detail: string, field?: string): Wrong =>
  new Wrong(400, [
    { category: "INVALID_REQUEST_ERROR", code, detail, ...(field === undefined ? {} : { field }) }
  ])

export const notFound = (detail: string, field?: string): Wrong =>
  new Wrong(404, [
    { category: "INVALID_REQUEST_ERROR", code: "NOT_FOUND", detail, ...(field === undefined ? {} : { field }) }
  ])

export const conflict = (detail: string, field?: string): Wrong =>
  new Wrong(409, [
    { category: "INVALID_REQUEST_ERROR", code: "CONFLICT", detail, ...(field === undefined ? {} : { field }) }
  ])

export const unauthorized = (code: string, detail: string): Wrong =>
  new Wrong(401, [{ category: "AUTHENTICATION_ERROR", code, detail }])

export const forbidden = (code: string, detail: string): Wrong =>
  new Wrong(403, [{ category: "AUTHENTICATION_ERROR", code, detail }])

/** The limits are not published; the body is (developer.squareup.com/docs/build-basics/general-considerations). */
export const rateLimited = (): Wrong =>
  new Wrong(429, [{ category: "RATE_LIMIT_ERROR", code: "RATE_LIMITED", detail: "Too many requests" }])

export const errorsOf = ({ errors }: Pick<Wrong, "errors">): Json => errors.map((one) => ({ ...one }))

export const refusal = (wrong: Wrong): Reply => ({ status: wrong.status, body: { errors: errorsOf(wrong) } })

/** The names that the OAuth server uses. */
export const grantRefusal = (status: number, type: string, message: string): Reply => ({
  status,
  body: { message, type }
})

/** Without what is not there: JSON has no undefined. */
export const plain = (doc: Doc): { readonly [key: string]: Json } => {
  const kept: { [key: string]: Json } = {}
  for (const [key, value] of Object.entries(doc)) if (value !== undefined) kept[key] = value
  return kept
}

export const text = (value: Json | undefined): string | undefined =>
  typeof value === "string" ? value : undefined
export const isDoc = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value)
export const docs = (value: Json | undefined): ReadonlyArray<{ readonly [key: string]: Json }> =>
  Array.isArray(value) ? value.filter(isDoc) : []
export const texts = (value: Json | undefined): ReadonlyArray<string> =>
  Array.isArray(value) ? value.filter((one) => typeof one === "string") : []

/** The documents of these keys, those that exist. */
export const picked = (from: (key: string) => Doc | undefined, keys: Iterable<string>): ReadonlyArray<Doc> => {
  const found: Array<Doc> = []
  for (const key of keys) {
    const doc = from(key)
    if (doc !== undefined) found.push(doc)
  }
  return found
}
