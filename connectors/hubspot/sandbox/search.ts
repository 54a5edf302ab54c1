/** The search endpoint: its filters, its caps, and an index that lags behind. */
import type { Portal, Stored, Values } from "./portal.ts"
import type { Kind, Property } from "./properties.ts"
import { invalid } from "./refusal.ts"

interface Filter {
  readonly propertyName: string
  readonly operator: string
  readonly value?: string
  readonly values?: ReadonlyArray<string>
  readonly highValue?: string
}

export interface SearchRequest {
  readonly query?: string
  readonly limit?: number
  readonly after?: string
  readonly sorts?: ReadonlyArray<string>
  readonly properties?: ReadonlyArray<string>
  readonly filterGroups?: ReadonlyArray<{ readonly filters: ReadonlyArray<Filter> }>
}

export interface Found {
  readonly total: number
  readonly page: ReadonlyArray<{ readonly record: Stored; readonly values: Values }>
  readonly after: string | undefined
}

/** https://developers.hubspot.com/docs/api-reference/latest/crm/search */
const caps = { page: 200, total: 10_000, groups: 5, perGroup: 6, filters: 18 }

export const search = (portal: Portal, kind: Kind, request: SearchRequest): Found => {
  const groups = request.filterGroups ?? []
  const limit = request.limit ?? 10
  const offset = request.after === undefined || request.after === "" ? 0 : Number(request.after)
  if (request.query !== undefined && request.query !== "") throw invalid("this sandbox does not implement `query`: use filters")
  if (limit < 1 || limit > caps.page) throw invalid(`limit must be between 1 and ${caps.page}: ${limit}`)
  if (!Number.isSafeInteger(offset) || offset < 0) throw invalid("after is not a cursor of this search")
  if (offset + limit > caps.total) throw invalid(`The maximum number of results that can be paged is ${caps.total}`)
  if (groups.length > caps.groups) throw invalid(`a search takes at most ${caps.groups} filterGroups`)
  if (groups.some(({ filters }) => filters.length > caps.perGroup)
    || groups.reduce((sum, { filters }) => sum + filters.length, 0) > caps.filters) {
    throw invalid(`a search takes at most ${caps.perGroup} filters a group and ${caps.filters} in all`)
  }
  const { properties, records } = portal.shelf(kind)
  const tests = groups.map(({ filters }) => filters.map((filter) => testOf(filter, properties)))
  const found: Array<{ readonly record: Stored; readonly values: Values }> = []
  for (const record of records.values()) {
    const values = portal.searchable(record)
    if (values === undefined) continue
    if (tests.length === 0 || tests.some((all) => all.every((test) => test(values)))) found.push({ record, values })
  }
  found.sort(orderOf(request.sorts ?? [], properties))
  const page = found.slice(offset, offset + limit)
  const end = offset + page.length
  return { total: found.length, page, after: end < found.length ? String(end) : undefined }
}

type Comparable = string | number

/** Dates and times compare as milliseconds, numbers as numbers, everything else as small letters. */
const comparable = (property: Property, raw: string): Comparable => {
  if (property.type === "number") return Number(raw)
  if (property.type === "date" || property.type === "datetime") return /^-?\d+$/.test(raw) ? Number(raw) : Date.parse(raw)
  return raw.toLowerCase()
}

const testOf = (filter: Filter, properties: ReadonlyMap<string, Property>): (values: Values) => boolean => {
  const { operator, propertyName } = filter
  const property = properties.get(propertyName)
  if (property === undefined) throw invalid(`Property '${propertyName}' does not exist`)
  const held = (values: Values): Comparable | undefined => {
    const raw = values[propertyName]
    return raw === undefined || raw === "" ? undefined : comparable(property, raw)
  }
  const one = (raw: string | undefined, what = "value"): Comparable => {
    if (raw === undefined) throw invalid(`operator ${operator} requires ${what}`)
    const value = comparable(property, raw)
    if (Number.isNaN(value)) throw invalid(`${propertyName}: ${what} does not fit its type`)
    return value
  }
  const all = (): ReadonlyArray<Comparable> => {
    if (filter.values === undefined || filter.values.length === 0) throw invalid(`operator ${operator} requires values`)
    return filter.values.map((raw) => one(raw))
  }
  const compared = (holds: (a: Comparable, b: Comparable) => boolean) => {
    const wanted = one(filter.value)
    return (values: Values): boolean => {
      const value = held(values)
      return value !== undefined && holds(value, wanted)
    }
  }
  switch (operator) {
    case "EQ": return compared((a, b) => a === b)
    case "NEQ": return compared((a, b) => a !== b)
    case "LT": return compared((a, b) => a < b)
    case "LTE": return compared((a, b) => a <= b)
    case "GT": return compared((a, b) => a > b)
    case "GTE": return compared((a, b) => a >= b)
    case "BETWEEN": {
      const [low, high] = [one(filter.value), one(filter.highValue, "highValue")]
      return (values) => {
        const value = held(values)
        return value !== undefined && value >= low && value <= high
      }
    }
    case "IN": {
      const wanted = new Set(all())
      return (values) => wanted.has(held(values) ?? "")
    }
    case "NOT_IN": {
      const wanted = new Set(all())
      return (values) => { const value = held(values); return value !== undefined && !wanted.has(value) }
    }
    case "HAS_PROPERTY": return (values) => held(values) !== undefined
    case "NOT_HAS_PROPERTY": return (values) => held(values) === undefined
    case "CONTAINS_TOKEN": case "NOT_CONTAINS_TOKEN": {
      const wanted = tokenOf(String(one(filter.value)))
      const has = (values: Values): boolean => String(held(values) ?? "").split(/[^\p{L}\p{N}]+/u).some((word) => wanted.test(word))
      return operator === "CONTAINS_TOKEN" ? has : (values) => !has(values)
    }
    default: throw invalid(`there is no operator ${operator}`)
  }
}

/** One word, with `*` for any letters. */
const tokenOf = (token: string): RegExp => {
  if (!/^[\p{L}\p{N}*]+$/u.test(token)) throw invalid("this sandbox implements CONTAINS_TOKEN for one word")
  return new RegExp(`^${token.replaceAll("*", ".*")}$`, "u")
}

type Hit = { readonly record: Stored; readonly values: Values }

const orderOf = (sorts: ReadonlyArray<string>, properties: ReadonlyMap<string, Property>) => {
  if (sorts.length > 1) throw invalid("a search takes one sort")
  const { down, name } = sortOf(sorts[0] ?? "createdate")
  const property = properties.get(name)
  if (property === undefined && sorts.length > 0) throw invalid(`Property '${name}' does not exist`)
  const key = ({ record, values }: Hit): Comparable =>
    property === undefined ? record.createdAt : comparable(property, values[name] ?? "")
  return (a: Hit, b: Hit): number => {
    const [left, right] = [key(a), key(b)]
    const order = left < right ? -1 : left > right ? 1 : Number(a.record.id) - Number(b.record.id)
    return down ? -order : order
  }
}

/** `createdate`, `-createdate`, or JSON: `{"propertyName":"createdate","direction":"DESCENDING"}`. */
const sortOf = (text: string): { readonly name: string; readonly down: boolean } => {
  if (!text.startsWith("{")) return { name: text.replace(/^-/, ""), down: text.startsWith("-") }
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed === "object" && parsed !== null && "propertyName" in parsed) {
      return { name: String(parsed.propertyName), down: "direction" in parsed && parsed.direction === "DESCENDING" }
    }
  } catch {
    // Falls through to the refusal.
  }
  throw invalid("a sort is the name of a property")
}
