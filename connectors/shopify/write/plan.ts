/** What a change of one record comes to: steps in their order, each with the columns that it writes. */
import type { Record_, Patch, Rows } from "../../../core/mapping/mapping.ts"
import type { Json } from "../../../core/model/value.ts"
import type { Step } from "../graph.ts"
import { metafieldsDelete, metafieldsSet, tagsAdd, tagsRemove } from "../mutations.ts"
import { metafieldColumns } from "../documents.ts"
import { isNode } from "../selection.ts"

export interface Planned extends Step {
  readonly columns: ReadonlyArray<string>
  /** Sent twice it does the same as once. */
  readonly idempotent: boolean
  /** Columns whose cells are stored otherwise than the patch says. */
  readonly stored?: Record_
  /** What is stored is not known: it is read again. */
  readonly inexact?: true
  /** The golden elements that it makes rows for, in the order of its answer. */
  readonly elements?: ReadonlyArray<string>
}

export interface Withheld {
  readonly path: string
  readonly cause: string
}

export interface Plan {
  readonly steps: ReadonlyArray<Planned>
  readonly withheld: ReadonlyArray<Withheld>
}

export const nothing: Plan = { steps: [], withheld: [] }

export const plans = (...all: ReadonlyArray<Plan>): Plan =>
  ({ steps: all.flatMap((one) => one.steps), withheld: all.flatMap((one) => one.withheld) })

export const step = (
  mutation: Planned["mutation"], values: Planned["values"], columns: ReadonlyArray<string>,
  more: { readonly idempotent?: boolean; readonly shows?: string; readonly elements?: ReadonlyArray<string>
    readonly stored?: Record_; readonly inexact?: boolean } = {}
): Plan => {
  const { elements, idempotent = true, inexact, shows, stored } = more
  return { withheld: [], steps: [{ mutation, values, columns, idempotent,
    ...shows === undefined ? {} : { shows }, ...elements === undefined ? {} : { elements },
    ...stored === undefined ? {} : { stored }, ...inexact === true ? { inexact } : {} }] }
}

export const kept = (cause: string, ...columns: ReadonlyArray<string>): Plan =>
  ({ steps: [], withheld: columns.map((path) => ({ path, cause })) })

/** Child rows; told by their list, for the class lives in a module of values. */
export const isRows = (value: Json | Rows | undefined): value is Rows =>
  typeof value === "object" && value !== null && "rows" in value && Array.isArray(value.rows)

export const cellIn = (patch: Patch, column: string): Json | undefined => {
  const value = patch[column]
  return isRows(value) ? undefined : value
}

export const textIn = (record: Record_ | Patch, column: string): string | undefined => {
  const value = record[column]
  return typeof value === "string" && value !== "" ? value : undefined
}

/** The cells of a patch among these columns, under the names that the input has for them. */
export const inputOf = (
  patch: Patch, names: { readonly [column: string]: string }
): { readonly input: { readonly [name: string]: Json }; readonly columns: ReadonlyArray<string> } => {
  const columns = Object.keys(names).filter((column) => cellIn(patch, column) !== undefined)
  return { columns, input: Object.fromEntries(columns.map((column) =>
    [names[column] ?? column, cellIn(patch, column) ?? null])) }
}

const wordsIn = (text: Json | undefined): ReadonlyArray<string> =>
  typeof text === "string" ? text.split(",").map((word) => word.trim()).filter((word) => word !== "") : []

/** Tags that are added and tags that go: the whole list would overwrite what somebody else just added. */
export const tagPlan = (id: string, into: Record_, patch: Patch): Plan => {
  const wanted = cellIn(patch, "tags")
  if (wanted === undefined) return nothing
  const [before, after] = [wordsIn(into["tags"]), wordsIn(wanted)]
  const has = (words: ReadonlyArray<string>, word: string): boolean =>
    words.some((one) => one.toLowerCase() === word.toLowerCase())
  const [more, less] = [after.filter((word) => !has(before, word)), before.filter((word) => !has(after, word))]
  return plans(
    less.length === 0 ? nothing : step(tagsRemove, { id, tags: less }, ["tags"]),
    more.length === 0 ? nothing : step(tagsAdd, { id, tags: more }, ["tags"])
  )
}

export const tagsOf = (patch: Patch): ReadonlyArray<string> => wordsIn(cellIn(patch, "tags"))

/** Types come from the definitions: a metafield without one is refused by Shopify, and says so. */
export const metafieldPlan = (id: string, patch: Patch): Plan => {
  const columns = metafieldColumns(Object.keys(patch))
  const set = columns.filter(({ column }) => cellIn(patch, column) !== null)
  const gone = columns.filter(({ column }) => cellIn(patch, column) === null)
  return plans(
    set.length === 0 ? nothing : step(metafieldsSet, { metafields: set.map(({ column, key, namespace }) =>
      ({ ownerId: id, namespace, key, value: valueText(cellIn(patch, column) ?? "") })) },
        set.map(({ column }) => column)),
    gone.length === 0 ? nothing : step(metafieldsDelete, { metafields: gone.map(({ key, namespace }) =>
      ({ ownerId: id, namespace, key })) }, gone.map(({ column }) => column))
  )
}

/** The value of a metafield is text whatever its type. */
const valueText = (value: Json): string => typeof value === "string" ? value : JSON.stringify(value)

/** What nobody planned: columns that Shopify makes by itself. */
export const leftovers = (patch: Patch, known: (column: string) => boolean, of: string): Plan =>
  kept(`Shopify does not take it on ${of}`, ...Object.keys(patch).filter((column) => !known(column) &&
    !column.startsWith("metafields.")))

export const parsed = (value: Json | undefined): Json | undefined => {
  if (typeof value !== "string") return value
  try {
    const read: Json = JSON.parse(value)
    return read
  } catch {
    return undefined
  }
}

export const rowsIn = (value: Json | undefined): ReadonlyArray<{ readonly [name: string]: Json }> => {
  const read = parsed(value)
  return Array.isArray(read) ? read.filter((one: Json) => isNode(one)) : []
}
