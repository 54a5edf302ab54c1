/** The view of a record: its properties and what is joined to it, as one flat record. */
import { Effect } from "effect"
import type { Held, Seen, Stamp } from "../../core/connector/connector.ts"
import type { ConnectorError } from "../../core/connector/errors.ts"
import type { Json } from "../../core/model/value.ts"
import type { Record_ } from "../../core/mapping/mapping.ts"
import type { Members } from "./json.ts"
import { consentColumn, contactColumn, isOwn, lineItems } from "./kinds.ts"
import type { Kind } from "./kinds.ts"
import type { Objects, Shown } from "./objects.ts"
import type { Preferences } from "./preferences.ts"

export interface Source {
  readonly kind: Kind
  readonly objects: Objects
  /** Absent: no subscription types are declared, and consent is neither read nor written. */
  readonly preferences: Preferences | undefined
  /** Properties of line items that the mapping speaks of. */
  readonly itemColumns: ReadonlyArray<string>
  /** The property that carries our own id, unique. */
  readonly key: string
}

/** What was asked for, sorted by where it comes from. */
export interface Wanted {
  readonly id: boolean
  /** Of them, what the record shows: the others are looked at and left out. */
  readonly own: ReadonlyArray<string>
  readonly properties: ReadonlyArray<string>
  readonly consent: boolean
  readonly contact: boolean
  readonly items: boolean
}

export const wantedOf = ({ kind, preferences }: Source, columns: ReadonlyArray<string>): Wanted => ({
  id: columns.includes("hs_object_id"),
  own: columns.filter((column) => isOwn(column) && column !== "hs_object_id"),
  properties: [...new Set([...columns.filter((column) => isOwn(column) && column !== "hs_object_id"), ...kind.merges,
    ...kind.name === "contacts" ? ["email"] : []])],
  consent: preferences !== undefined && columns.some((column) => consentColumn.test(column)),
  contact: columns.includes(contactColumn),
  items: columns.includes(lineItems)
})

/** Kinds whose associations a listing should bring along. */
export const linkedKinds = (wanted: Wanted): ReadonlyArray<string> =>
  [...wanted.contact ? ["contacts"] : [], ...wanted.items ? [lineItems] : []]

/** Records of one page with everything joined, and the moves that they tell of. */
export const viewed = Effect.fnUntraced(function*(
  source: Source, wanted: Wanted, page: ReadonlyArray<Shown>
): Effect.fn.Return<ReadonlyArray<Seen>, ConnectorError> {
  const contacts = wanted.contact ? yield* linksOf(source, page, "contacts") : undefined
  const items = wanted.items ? yield* itemsOf(source, page) : undefined
  const emails = wanted.consent ? page.flatMap((one) => emailOf(one) ?? []) : []
  const standing = emails.length === 0 || source.preferences === undefined ? undefined
    : yield* source.preferences.read(emails)
  return page.flatMap((one): ReadonlyArray<Seen> => {
    const email = emailOf(one)
    const consent = !wanted.consent ? {} : email === undefined ? source.preferences?.none
      : standing?.get(email.toLowerCase())
    const record: { [column: string]: Json } = { ...ownColumns(one.properties, wanted.own), ...consent,
      ...wanted.id ? { hs_object_id: one.id } : {} }
    if (contacts !== undefined) record[contactColumn] = firstOf(contacts.get(one.id) ?? [])
    if (items !== undefined) record[lineItems] = items.get(one.id) ?? []
    return [...movesTo(source.kind, one), { _tag: "Held", ...heldOf(one, record) }]
  })
})

/** A property that the answer does not name is one that the token may not see, or that is not there: not said. */
const ownColumns = (properties: Members, names: ReadonlyArray<string>): Record_ =>
  Object.fromEntries(names.flatMap((name) => {
    const value = properties[name]
    return value === undefined ? [] : [[name, value === "" ? null : value] as const]
  }))

export const heldOf = (one: Shown, record: Record_): Held => ({
  id: one.id, record, complete: true,
  ...one.createdAt === "" ? {} : { incarnation: one.createdAt },
  ...stampOf(one) === undefined ? {} : { stamp: { at: one.updatedAt, tier: "R" } }
})

const stampOf = ({ updatedAt }: Shown): Stamp | undefined => updatedAt === "" ? undefined : { at: updatedAt, tier: "R" }

const emailOf = ({ properties }: Shown): string | undefined => {
  const email = properties["email"]
  return typeof email === "string" && email !== "" ? email : undefined
}

/** A record that came of a merge names those that went into it: `101;102`, or with times `101:1767225600000;...`. */
const movesTo = (kind: Kind, one: Shown): ReadonlyArray<Seen> => {
  const losers = new Set(kind.merges.flatMap((name) => {
    const listed = one.properties[name]
    return typeof listed === "string" ? listed.split(";").map((part) => part.split(":")[0]?.trim() ?? "") : []
  }))
  return [...losers].flatMap((id): ReadonlyArray<Seen> =>
    /^\d+$/.test(id) && id !== one.id ? [{ _tag: "Moved", id, to: one.id, how: "merged" }] : [])
}

/** Of several the oldest: the one that was there first does not change when another is added. */
const firstOf = (ids: ReadonlyArray<string>): string | null => [...ids].sort(byNumber)[0] ?? null

export const byNumber = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0)

/** What a listing brought along, and the rest by asking. */
const linksOf = Effect.fnUntraced(function*(
  { kind, objects }: Source, page: ReadonlyArray<Shown>, to: string
): Effect.fn.Return<ReadonlyMap<string, ReadonlyArray<string>>, ConnectorError> {
  const known = new Map<string, ReadonlyArray<string>>()
  const open: Array<string> = []
  for (const { associations, id } of page) {
    const linked = associations?.[to]
    if (linked === undefined || linked === "more") open.push(id)
    else known.set(id, linked)
  }
  const found = open.length === 0 ? new Map() : yield* objects.links(kind.name, to, open)
  return new Map([...known, ...found])
})

const itemsOf = Effect.fnUntraced(function*(
  source: Source, page: ReadonlyArray<Shown>
): Effect.fn.Return<ReadonlyMap<string, ReadonlyArray<Record_>>, ConnectorError> {
  const links = yield* linksOf(source, page, lineItems)
  const ids = [...new Set([...links.values()].flat())]
  const shown = ids.length === 0 ? [] : yield* source.objects.readMany(lineItems, ids, source.itemColumns)
  const rows = new Map(shown.map((one) => [one.id, itemOf(source, one)]))
  return new Map([...links].map(([id, items]): readonly [string, ReadonlyArray<Record_>] =>
    [id, [...items].sort(byNumber).map((item) => rows.get(item)).filter((row) => row !== undefined)]))
})

export const itemOf = (source: Source, one: Shown): Record_ =>
  ({ ...ownColumns(one.properties, source.itemColumns), hs_object_id: one.id })
