/** A portal: its records, properties and associations, what the search index has seen of them, and what happened. */
import type { Json } from "../../../core/model/value.ts"
import { invalid, missing, Refusal } from "./refusal.ts"
import type { Detail } from "./refusal.ts"
import { kindOf, kinds, standard } from "./properties.ts"
import type { Kind, Property } from "./properties.ts"
import { checked } from "./values.ts"

export type Values = { readonly [property: string]: string }

export interface Stored {
  readonly id: string
  readonly kind: Kind
  readonly createdAt: number
  properties: Values
  updatedAt: number
  archivedAt: number | undefined
  /** What the search index shows, oldest first: each from its time on, until the next one's. */
  indexed: Array<{ readonly from: number; readonly properties: Values; readonly archived: boolean }>
}

export interface Happened {
  readonly what: "creation" | "propertyChange" | "deletion" | "merge" | "associationChange" | "restore"
    | "privacyDeletion"
  readonly kind: Kind
  readonly id: string
  readonly more?: { readonly [name: string]: Json }
}

export interface PortalOptions {
  readonly now: () => number
  /** How long the search index lags behind at first. */
  readonly lagMs: number
  /** Properties that a create must have by the admin's rules, by kind: from 2026-09 on they bind the API too. */
  readonly required: { readonly [kind: string]: ReadonlyArray<string> }
  /** Properties that the token may not see, by kind. */
  readonly hidden: { readonly [kind: string]: ReadonlyArray<string> }
  readonly tell: (happened: Happened) => void
}

interface Shelf {
  readonly records: Map<string, Stored>
  readonly properties: Map<string, Property>
  readonly groups: Map<string, string>
  /** `property|value` to id, of properties whose values are unique. */
  readonly unique: Map<string, string>
}

export class Portal {
  readonly options: PortalOptions
  /** The search index learns of the changes that are made from now on so much later. */
  lagMs: number
  private now: () => number
  private readonly shelves = new Map<string, Shelf>()
  private nextId = 101
  /** `kind:id` to `kind` to ids, in both directions. */
  private readonly links = new Map<string, Map<string, Set<string>>>()
  /** Loser to survivor: a look by an old id is forwarded. */
  readonly merged = new Map<string, string>()

  constructor(options: PortalOptions) {
    this.options = options
    this.lagMs = options.lagMs
    this.now = options.now
    for (const kind of kinds) this.shelves.set(kind.name, { records: new Map(), properties: standard(kind),
      groups: new Map([[`${kind.singular}information`, `${kind.singular} information`]]), unique: new Map() })
  }

  kind(name: string | undefined): Kind {
    const kind = kindOf(name ?? "")
    if (kind === undefined) throw invalid(`Unable to infer object type from: ${name ?? ""}`)
    return kind
  }

  shelf(kind: Kind): Shelf {
    const shelf = this.shelves.get(kind.name)
    if (shelf === undefined) throw missing()
    return shelf
  }

  /** Does what it does as if it were that time; the index knows it at once. */
  at<A>(time: number, work: () => A): A {
    const before = { now: this.now, lagMs: this.lagMs }
    Object.assign(this, { now: () => time, lagMs: 0 })
    try {
      return work()
    } finally {
      Object.assign(this, before)
    }
  }

  find(kind: Kind, id: string): Stored | undefined {
    return this.shelf(kind).records.get(id)
  }

  /** Alive, by id or by a property whose values are unique. */
  alive(kind: Kind, id: string, idProperty?: string): Stored | undefined {
    const found = idProperty === undefined ? this.find(kind, id) : this.byUnique(kind, idProperty, id)
    return found?.archivedAt === undefined ? found : undefined
  }

  byUnique(kind: Kind, property: string, value: string): Stored | undefined {
    const shelf = this.shelf(kind)
    if (property === "hs_object_id" || shelf.properties.get(property)?.hasUniqueValue !== true) {
      throw invalid(`Property '${property}' is not a unique property: it cannot be used as idProperty`)
    }
    const id = shelf.unique.get(`${property}|${value.toLowerCase()}`)
    return id === undefined ? undefined : shelf.records.get(id)
  }

  /** Refuses what could not be stored, and stores nothing. */
  judge(kind: Kind, sent: Values, into: Stored | undefined, dated: boolean, system = false): Values {
    const rules = dated ? this.options.required[kind.name] ?? [] : []
    const lacks = rules.filter((name) => into === undefined ? (sent[name] ?? "") === "" : sent[name] === "")
    if (lacks.length > 0) throw requiredBy(lacks)
    return this.accepted(kind, sent, into, system)
  }

  create(kind: Kind, sent: Values, dated: boolean, system = false): Stored {
    const properties = this.judge(kind, sent, undefined, dated, system)
    const now = this.now()
    const id = String(this.nextId++)
    const record: Stored = { id, kind, createdAt: now, properties: {}, updatedAt: now, archivedAt: undefined,
      indexed: [] }
    this.shelf(kind).records.set(id, record)
    this.store(record, { ...properties, hs_object_id: id, [kind.created]: new Date(now).toISOString() })
    this.options.tell({ what: "creation", kind, id })
    for (const [name, value] of Object.entries(properties)) this.changed(record, name, value)
    return record
  }

  update(record: Stored, sent: Values, dated: boolean, system = false): void {
    const properties = this.judge(record.kind, sent, record, dated, system)
    const news = Object.entries(properties).filter(([name, value]) => (record.properties[name] ?? "") !== value)
    this.store(record, { ...record.properties, ...properties })
    for (const [name, value] of news) this.changed(record, name, value)
  }

  archive(record: Stored, privacy = false): void {
    if (record.archivedAt !== undefined) return
    this.forget(record)
    record.archivedAt = this.now()
    this.index(record)
    this.options.tell({ what: privacy ? "privacyDeletion" : "deletion", kind: record.kind, id: record.id })
    if (privacy) this.shelf(record.kind).records.delete(record.id)
  }

  /** Both records end; a third one with a new id goes on. The primary's values win. */
  merge(kind: Kind, primary: Stored, other: Stored): Stored {
    const before = [primary, other].flatMap(({ id, properties }) =>
      [...(properties["hs_merged_object_ids"] ?? "").split(";").filter((one) => one !== ""), id])
    const { createdate: _c, hs_createdate: _h, hs_object_id: _o, [kind.changed]: _l, ...values } =
      { ...other.properties, ...primary.properties }
    for (const record of [primary, other]) {
      this.forget(record)
      this.shelf(kind).records.delete(record.id)
    }
    const survivor = this.create(kind, { ...values, hs_merged_object_ids: before.join(";"),
      ...kind.name === "contacts" ? { hs_calculated_merged_vids: before.map((id) => `${id}:${this.now()}`).join(";") }
        : {} }, false, true)
    for (const { id } of [primary, other]) {
      this.merged.set(`${kind.name}:${id}`, survivor.id)
      for (const [to, ids] of [...this.links.get(`${kind.name}:${id}`) ?? []]) for (const one of [...ids]) {
        this.unlink(kind, id, this.kind(to), one)
        this.link(kind, survivor.id, this.kind(to), one)
      }
    }
    this.options.tell({ what: "merge", kind, id: primary.id, more: {
      primaryObjectId: Number(primary.id), mergedObjectIds: [Number(other.id)], newObjectId: Number(survivor.id),
      numberOfPropertiesMoved: Object.keys(values).length
    } })
    return survivor
  }

  /** Where a record went that was merged away, through later merges. */
  survivor(kind: Kind, id: string): string | undefined {
    let to = this.merged.get(`${kind.name}:${id}`)
    for (let next = to; next !== undefined; next = this.merged.get(`${kind.name}:${next}`)) to = next
    return to
  }

  link(from: Kind, id: string, to: Kind, other: string): void {
    for (const [a, x, b, y] of [[from, id, to, other], [to, other, from, id]] as const) {
      const ends = this.links.get(`${a.name}:${x}`) ?? new Map<string, Set<string>>()
      this.links.set(`${a.name}:${x}`, ends)
      ends.set(b.name, (ends.get(b.name) ?? new Set()).add(y))
    }
    this.options.tell({ what: "associationChange", kind: from, id, more: {
      fromObjectId: Number(id), toObjectId: Number(other), associationRemoved: false,
      associationType: `${from.singular.toUpperCase()}_TO_${to.singular.toUpperCase()}`
    } })
  }

  unlink(from: Kind, id: string, to: Kind, other: string): void {
    this.links.get(`${from.name}:${id}`)?.get(to.name)?.delete(other)
    this.links.get(`${to.name}:${other}`)?.get(from.name)?.delete(id)
  }

  linked(from: Kind, id: string, to: Kind): ReadonlyArray<string> {
    return [...this.links.get(`${from.name}:${id}`)?.get(to.name) ?? []]
      .filter((one) => this.alive(to, one) !== undefined)
  }

  /** What the search index shows at this moment; undefined: nothing yet, or archived. */
  searchable(record: Stored): Values | undefined {
    const now = this.options.now()
    const at = record.indexed.findLastIndex(({ from }) => from <= now)
    if (at > 0) record.indexed = record.indexed.slice(at)
    const shown = at < 0 ? undefined : record.indexed[0]
    return shown === undefined || shown.archived ? undefined : shown.properties
  }

  /** Only those that were asked for and may be seen: a portal says nothing about the others. */
  shown(
    record: Stored, wanted: ReadonlyArray<string> | undefined, values = record.properties
  ): { [name: string]: Json } {
    const { kind } = record
    const usual = ["hs_object_id", kind.created, kind.changed, ...kind.name === "contacts"
      ? ["email", "firstname", "lastname"] : kind.name === "companies" ? ["name", "domain"] : []]
    const hidden = this.options.hidden[kind.name] ?? []
    const found: { [name: string]: Json } = {}
    for (const name of new Set([...wanted === undefined || wanted.length === 0 ? usual : wanted, "hs_object_id",
      kind.created, kind.changed])) {
      if (hidden.includes(name) || !this.shelf(kind).properties.has(name)) continue
      const value = values[name]
      found[name] = value === undefined || value === "" ? null : value
    }
    return found
  }

  /** Values as they are kept, or a refusal with every fault. */
  private accepted(kind: Kind, sent: Values, into: Stored | undefined, system: boolean): Values {
    const shelf = this.shelf(kind)
    const faults: Array<Detail & { readonly name: string }> = []
    const kept: { [name: string]: string } = {}
    for (const [name, raw] of Object.entries(sent)) {
      const property = shelf.properties.get(name)
      const hidden = this.options.hidden[kind.name]?.includes(name) === true
      const result = property === undefined || hidden
        ? { code: "PROPERTY_DOESNT_EXIST", message: `Property "${name}" does not exist` }
        : system ? { value: raw } : checked(property, raw)
      if ("value" in result) kept[name] = result.value
      else faults.push({ name, message: result.message, code: result.code, context: { propertyName: [name] } })
    }
    if (faults.length > 0) throw invalid(`Property values were not valid: ${JSON.stringify(faults.map(
      ({ code, message, name }) => ({ isValid: false, message, error: code, name })))}`,
    faults.map(({ name: _, ...detail }) => detail))
    for (const [name, value] of Object.entries(kept)) {
      if (value === "" || shelf.properties.get(name)?.hasUniqueValue !== true) continue
      const holder = this.byUnique(kind, name, value)
      if (holder !== undefined && holder !== into) throw taken(kind, name, holder.id)
    }
    return kept
  }

  private store(record: Stored, properties: Values): void {
    const { kind } = record
    const shelf = this.shelf(kind)
    this.forget(record)
    const now = this.now()
    record.updatedAt = now
    const amount = kind.name === "line_items" ? { amount: amountOf(properties) } : {}
    record.properties = { ...properties, ...amount, [kind.changed]: new Date(now).toISOString() }
    for (const [name, value] of Object.entries(record.properties)) {
      if (value !== "" && shelf.properties.get(name)?.hasUniqueValue === true) {
        shelf.unique.set(`${name}|${value.toLowerCase()}`, record.id)
      }
    }
    this.index(record)
  }

  private index(record: Stored): void {
    const entry = { from: this.now() + this.lagMs, properties: record.properties,
      archived: record.archivedAt !== undefined }
    record.indexed = this.lagMs === 0 ? [entry] : [...record.indexed, entry]
  }

  private forget(record: Stored): void {
    const { properties, unique } = this.shelf(record.kind)
    for (const [name, value] of Object.entries(record.properties)) {
      const key = `${name}|${value.toLowerCase()}`
      if (properties.get(name)?.hasUniqueValue === true && unique.get(key) === record.id) unique.delete(key)
    }
  }

  private changed(record: Stored, name: string, value: string): void {
    this.options.tell({ what: "propertyChange", kind: record.kind, id: record.id,
      more: { propertyName: name, propertyValue: value } })
  }
}

const amountOf = (properties: Values): string => {
  const [price, quantity, discount] = ["price", "quantity", "discount"].map((name) => Number(properties[name] ?? ""))
  return ((price ?? 0) * (quantity ?? 0) - (discount ?? 0)).toFixed(2)
}

const requiredBy = (names: ReadonlyArray<string>): Refusal => invalid(
  `Required properties are missing: ${names.join(", ")}`,
  names.map((name) => ({ message: `Property "${name}" is required by a rule of this account`,
    code: "REQUIRED_PROPERTY_MISSING", context: { propertyName: [name] } })))

/** 409 for a contact's e-mail address, 400 for any other property whose values are unique. */
const taken = (kind: Kind, name: string, id: string): Refusal => kind.name === "contacts" && name === "email"
  ? new Refusal({ status: 409, category: "CONFLICT", message: `Contact already exists. Existing ID: ${id}` })
  : invalid(`Cannot set PropertyValueCoordinates: ${id} already has that value.`, [{
    message: `${id} already has that value.`, code: "CONFLICTING_UNIQUE_VALUE", context: { propertyName: [name] }
  }])
