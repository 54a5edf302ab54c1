/** What a change means for the portal: properties of the record, its line items, its contact, its consent. */
import type { Change, Held, Outcome } from "../../core/connector/connector.ts"
import type { Patch, Record_, RowChange } from "../../core/mapping/mapping.ts"
import type { Json } from "../../core/model/value.ts"
import { contactColumn, isOwn, lineItems } from "./kinds.ts"
import type { Wish } from "./preferences.ts"

export interface Withheld {
  readonly path: string
  readonly cause: string
}

export interface Properties { readonly [name: string]: string }

/** A change ready to be sent. */
export interface Item {
  /** Position in the batch. */
  readonly at: number
  readonly attempt: string
  readonly create: boolean
  /** Our own id for a create; the record's for an update. */
  readonly id: string
  /** The record as it stood right before; absent for a create. */
  readonly before: Held | undefined
  readonly properties: Properties
  readonly rows: ReadonlyArray<RowChange>
  /** The contact that it is to have; undefined: as it is. */
  readonly contact: string | null | undefined
  readonly wishes: ReadonlyArray<Wish>
  readonly withheld: ReadonlyArray<Withheld>
}

/** Everything is text on the wire; an empty one clears. Numbers carry no thousands separators, dates no time zone. */
export const wire = (value: Json | undefined): string =>
  value === undefined || value === null ? "" : typeof value === "string" ? value
    : typeof value === "number" || typeof value === "boolean" ? String(value) : JSON.stringify(value)

const isRows = (value: unknown): value is { readonly rows: ReadonlyArray<RowChange> } =>
  typeof value === "object" && value !== null && "rows" in value && Array.isArray(value.rows)

/** Sorts a patch by where it goes. */
export const itemOf = (
  change: Exclude<Change, { readonly op: "remove" }>, at: number, before: Held | undefined, purposes: ReadonlyArray<string>
): Item => {
  const patch = change.op === "create" ? change.patch(undefined) : change.patch(before?.record ?? {})
  const properties: { [name: string]: string } = {}
  const withheld: Array<Withheld> = []
  for (const [column, value] of Object.entries(patch)) {
    if (isRows(value) || !isOwn(column) || column === "hs_object_id") continue
    // Only child collections hold `Rows`; every other value of a patch is JSON.
    const text = wire(value as Json)
    if (change.op === "update" || text !== "") properties[column] = text
  }
  const rows = patch[lineItems]
  const contact = patch[contactColumn]
  const wishes = wishesOf(patch, before?.record, purposes, withheld)
  return {
    at, attempt: change.attempt, create: change.op === "create", before, properties, withheld, wishes,
    id: change.op === "create" ? change.marker ?? change.idempotencyKey : change.id,
    rows: isRows(rows) ? rows.rows : [],
    contact: contact === undefined ? undefined : typeof contact === "string" ? contact : null
  }
}

const textAt = (patch: Patch, before: Record_ | undefined, column: string): string | undefined => {
  const value = column in patch ? patch[column] : before?.[column]
  return typeof value === "string" && value !== "" ? value : undefined
}

/**
 * Only a plain yes or no is written, and a yes never over an opt-out unless the person said it: "not specified" over
 * an opt-out would open what was closed.
 */
const wishesOf = (
  patch: Patch, before: Record_ | undefined, purposes: ReadonlyArray<string>, withheld: Array<Withheld>
): ReadonlyArray<Wish> => purposes.flatMap((purpose): ReadonlyArray<Wish> => {
  const column = `consent.${purpose}.status`
  if (!(column in patch)) return []
  const part = (name: string): string | undefined => textAt(patch, before, `consent.${purpose}.${name}`)
  const refuse = (cause: string): ReadonlyArray<Wish> => {
    withheld.push({ path: column, cause })
    return []
  }
  const status = part("status")
  const now = before?.[column]
  if (status === now || (status === undefined && (now === undefined || now === null))) return []
  if (status !== "SUBSCRIBED" && status !== "UNSUBSCRIBED") {
    return now === undefined || now === null || now === "NOT_SPECIFIED" ? []
      : refuse("a decision is not taken back to no decision")
  }
  const email = textAt(patch, before, "email")
  if (email === undefined) return refuse("consent is kept by e-mail address, and there is none")
  const decidedBy = part("decidedBy")
  if (status === "SUBSCRIBED" && decidedBy !== "subject") return refuse("without the person's own word nothing is opened")
  return [{ email, purpose, status, decidedBy, decidedAt: part("decidedAt"), basis: part("basis"), source: part("source") }]
})

/** Nothing of it reaches the portal. */
export const isIdle = (item: Item): boolean => Object.keys(item.properties).length === 0 && item.rows.length === 0
  && item.contact === undefined && item.wishes.length === 0

export const refused = ({ withheld }: Item): Outcome | undefined => {
  const [first] = withheld
  return first === undefined ? undefined : { did: "refused", path: first.path, cause: first.cause }
}
