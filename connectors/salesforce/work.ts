/** What a change means for the org's objects: rows to insert, change and delete, in the order they are sent in. */
import { Effect } from "effect"
import type { Change } from "../../core/connector/connector.ts"
import type { ConnectorError } from "../../core/connector/errors.ts"
import type { Patch, Record_, RowChange } from "../../core/mapping/mapping.ts"
import type { Json } from "../../core/model/value.ts"
import type { Catalog } from "./catalog.ts"
import type { View } from "./view.ts"

export interface Withheld {
  readonly path: string
  readonly cause: string
}

/** One row of one object. Stages are sent one after the other. */
export interface RowWork {
  /** Position of the change in the batch. */
  readonly at: number
  readonly stage: number
  readonly object: string
  readonly op: "insert" | "update" | "delete" | "upsert"
  readonly values: { readonly [field: string]: Json }
  readonly id?: string
  /** Value of the external id. */
  readonly key?: string
  /** Rows of one parent are sent together: they would lock each other out. */
  readonly parent: string
  /** The golden element that a new child row stands for. */
  readonly element?: string
  /** The row whose id is the record's. */
  readonly main: boolean
}

/** A change that is being written. */
export interface Work {
  readonly at: number
  readonly change: Change
  /** The record as it stands; absent for a create. */
  readonly record: Record_ | undefined
  readonly columns: ReadonlyMap<string, Json>
  readonly children: ReadonlyArray<RowChange>
  readonly withheld: Array<Withheld>
  refused: string | undefined
}

/** Settings that decide how a record lies in the org. */
export interface Shape {
  readonly view: View
  readonly catalog: Catalog
  /** Name of the external id field; undefined: records carry none. */
  readonly externalId: string | undefined
  readonly sharedAccount: string | undefined
  readonly guestAccount: string | undefined
  readonly lineWithout: string | undefined
  readonly currency: string | undefined
}

export const rowsIn = (value: unknown): ReadonlyArray<RowChange> =>
  typeof value === "object" && value !== null && "rows" in value && Array.isArray(value.rows) ? value.rows : []

/** Splits a patch into columns and child rows. */
export const workOf = (shape: Shape, at: number, change: Change, record: Record_ | undefined): Work => {
  const patch: Patch = change.op === "create" ? change.patch(undefined)
    : change.op === "update" ? change.patch(record ?? {}) : {}
  const child = shape.view.child?.name
  const columns = new Map<string, Json>()
  for (const [column, value] of Object.entries(patch)) {
    // Only the child collection holds rows; every other value of a patch is JSON.
    if (column !== child) columns.set(column, value as Json)
  }
  return {
    at, change, record, columns, withheld: [], refused: undefined,
    children: child === undefined ? [] : rowsIn(patch[child])
  }
}

/** What prices of rows below keep, as the org describes them. */
export const scaleOf = (shape: Shape, object: string): Effect.Effect<number, ConnectorError> =>
  Effect.map(shape.catalog.object(object), ({ fields }) => fields.get("UnitPrice")?.scale ?? 2)

/** Digits after the point: Salesforce would round what is finer, and nobody would know. */
export const digitsOf = (value: Json): number => {
  const text = typeof value === "number" || typeof value === "string" ? String(value) : ""
  return /^-?\d*\.(\d*?)0*$/.exec(text)?.[1]?.length ?? 0
}

export const otherCurrency = "the org has one currency, and the amount is in another one (option currency)"

/** Fields by object, as describe allows them; what may not be written is withheld, never sent. */
export const fieldsOf = (
  shape: Shape, work: Work, how: "createable" | "updateable"
): Effect.Effect<{ readonly main: Values; readonly parent: Values }, ConnectorError> => Effect.gen(function*() {
  const { catalog, view } = shape
  const main: Values = {}
  const parent: Values = {}
  for (const [column, value] of work.columns) {
    const path = view.path(column)
    if (path === undefined) continue
    const [first = "", second] = path.split(".")
    const above = second === undefined ? undefined : view.parent
    if (second !== undefined && (above === undefined || first !== above.relationship || above.shared)) {
      work.withheld.push({ path: column, cause: above?.shared === true ? `${column}: the account is shared by all`
        : `${column}: belongs to another record` })
      continue
    }
    const info = yield* catalog.object(above?.object ?? view.object)
    const field = info.fields.get(second ?? first)
    const cause = field === undefined ? "is not there, or this user may not see it"
      : !(how === "createable" ? field.createable : field.updateable) ? "cannot be written"
      : value === null && !field.nillable ? "must not be empty"
      : field.scale !== undefined && digitsOf(value) > field.scale ? `keeps ${field.scale} digits after the point` : undefined
    // The one currency of an org is no field of its own: an amount in another one cannot be kept here.
    if (column === "CurrencyIsoCode" && field === undefined) {
      if (value !== null && value !== shape.currency) work.refused = otherCurrency
      continue
    }
    if (cause !== undefined) work.withheld.push({ path: column, cause: `${column}: ${cause}` })
    else (above === undefined ? main : parent)[second ?? first] = value
  }
  return { main, parent }
})

export interface Values { [field: string]: Json }

/** An amount of a row below in a currency that the org does not keep. */
export const isForeign = (
  shape: Shape, org: { readonly currencies: boolean }, { set }: Pick<RowChange, "set">
): boolean => {
  const code = set?.["CurrencyIsoCode"]
  return !org.currencies && typeof code === "string" && code !== shape.currency
}

/** Stages: the record above, the record, then rows below, and at last what locks the record. */
export const stages = { parent: 0, main: 1, dropped: 2, changed: 3, added: 4, last: 5 } as const

/** An external id names its record: the marker is the golden record's id. */
export const markerOf = (change: Change): string | undefined => change.op === "create" ? change.marker : undefined
