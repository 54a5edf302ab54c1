/** An answer over HTTP, and how JSON is read without losing digits. */
import type { Json } from "../model/value.ts"

export class Answer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: { readonly [name: string]: string }
  readonly body: Uint8Array
  #json: { readonly value: Json | undefined } | undefined
  constructor(status: number, headers: Answer["headers"], body: Uint8Array) {
    this.status = status
    this.headers = headers
    this.body = body
  }
  get text(): string {
    return new TextDecoder().decode(this.body)
  }
  /** Undefined: the body is not JSON. */
  get json(): Json | undefined {
    this.#json ??= { value: parseJson(this.text) }
    return this.#json.value
  }
}

/** A number that a double would change (64-bit ids, long decimals) comes as its text. */
export const parseJson = (text: string): Json | undefined => {
  try {
    const value: Json = longNumber.test(text) ? exact(text) : JSON.parse(text)
    return value
  } catch {
    return undefined
  }
}

/** A number of more digits than a double keeps, or with an exponent. If it stands in a string, that costs time only. */
const longNumber = /(?:^|[:,[\s])-?(?:\d[\d.]{15}|\d+(?:\.\d+)?[eE])/

const exact = (text: string): Json =>
  JSON.parse(text, (_, value: unknown, context?: { readonly source?: string }) => {
    const source = context?.source
    return typeof value === "number" && source !== undefined && !keeps(source, value) ? source : value
  })

const keeps = (source: string, value: number): boolean => {
  if (String(value) === source) return true
  const digits = source.replace(/[eE].*$/, "").replace(/[-.]/g, "").replace(/^0+/, "")
  return digits.length <= 15 && Number.isFinite(value)
}
