/** Shopify's search syntax, as far as it is played here: a term that is not is an error, never ignored. */
import type { Json } from "../../../core/model/value.ts"

/** What a search can ask of a record, by the name of its filter. A list: any of them. */
export type Findable = { readonly [filter: string]: Json | undefined }

interface Term {
  readonly filter: string
  readonly op: "=" | ">" | ">=" | "<" | "<="
  readonly value: string
}

const term = /^(-?)([a-z_]+(?:\.[\w-]+\.[\w-]+)?):\s*(>=|<=|>|<)?\s*(?:'([^']*)'|"([^"]*)"|([^\s()]+))/i

/** Throws with a sentence where the search is not understood, or asks for a filter that is not played here. */
export const searched = (query: string, filters: ReadonlyArray<string>, wholeDays: boolean): (of: Findable) =>
  boolean => {
  const terms: Array<Term> = []
  let rest = query.trim()
  while (rest !== "") {
    const joined = /^AND\s+/i.exec(rest)
    if (joined !== null) rest = rest.slice(joined[0].length)
    const found = term.exec(rest)
    const [whole, not, filter, op, single, double, plain] = found ?? []
    if (whole === undefined || filter === undefined || not === "-") {
      throw new Error(`this sandbox does not understand the search at: ${rest.slice(0, 40)}`)
    }
    if (!filters.includes(filter)) throw new Error(`this sandbox does not implement the search filter ${filter}`)
    terms.push({ filter, op: op === undefined ? "=" : op as Term["op"], value: single ?? double ?? plain ?? "" })
    rest = rest.slice(whole.length).trim()
  }
  return (of) => terms.every((one) => {
    const held = of[one.filter]
    return Array.isArray(held) ? held.some((value: Json) => fits(value, one, wholeDays)) : fits(held, one, wholeDays)
  })
}

const isTime = (filter: string): boolean => filter.endsWith("_at")

const fits = (held: Json | undefined, { filter, op, value }: Term, wholeDays: boolean): boolean => {
  if (held === undefined || held === null) return false
  if (isTime(filter)) {
    const [at, asked] = [Date.parse(String(held)), Date.parse(value)]
    if (Number.isNaN(asked)) throw new Error(`${value} is no time`)
    // The filter of customers matches whole days, says the schema.
    return wholeDays ? compare(day(at), op, day(asked)) : compare(at, op, asked)
  }
  if (typeof held === "number") return compare(held, op, Number(value))
  return op === "=" && (value === "*" || String(held).toLowerCase() === value.toLowerCase())
}

const day = (ms: number): number => Math.floor(ms / 86_400_000)

const compare = (a: number, op: Term["op"], b: number): boolean => {
  switch (op) {
    case "=": return a === b
    case ">": return a > b
    case ">=": return a >= b
    case "<": return a < b
    case "<=": return a <= b
  }
}
