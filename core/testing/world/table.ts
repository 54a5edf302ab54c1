/** One kind of record of a fake system: rows, their stamps, and everything that ever happened to them. */
import { identical, isList, isRecord } from "../../model/value.ts"
import type { HubTime, Json } from "../../model/value.ts"
import { Rows } from "../../mapping/mapping.ts"
import type { Patch, Record_ } from "../../mapping/mapping.ts"
import type { Faults } from "./faults.ts"

/** Who changed something: a person there, the hub through a write, or the system itself. */
export type Writer_ = "user" | "hub"

export interface Row {
  readonly id: string
  columns: { [column: string]: Json }
  version: number
  /** On the system's clock. */
  stamp: number
  /** When search and listing learn of the last change (hub time), and when they first knew the row at all. */
  indexed: HubTime
  readonly created: HubTime
  marker?: string
}

/** One thing that happened: the truth that oracles compare the hub with. */
export interface Event {
  readonly at: HubTime
  readonly seq: number
  readonly id: string
  readonly what: "created" | "edited" | "removed"
  readonly by: Writer_
  /** New values, as stored, of the columns that were written; what was there before. */
  readonly set: { readonly [column: string]: Json }
  readonly was: { readonly [column: string]: Json }
  /** What was asked for, before the system normalised it. */
  readonly asked: { readonly [column: string]: Json }
  readonly attempt?: string
}

export class Table {
  readonly name: string
  readonly rows = new Map<string, Row>()
  /** Rows that are gone, by id. */
  readonly graves = new Map<string, Row>()
  readonly events: Array<Event> = []
  /** Oracles listen here: told of everything as it happens. */
  onEvent: ((event: Event) => void) | undefined
  /** Answers to creates, by idempotency key. */
  readonly answered = new Map<string, string>()
  private counter = 0

  constructor(name: string) {
    this.name = name
  }

  /** A row by a unique column or by the hub's own marker. */
  by(test: (row: Row) => boolean): Row | undefined {
    for (const row of this.rows.values()) if (test(row)) return row
    return undefined
  }

  insert(patch: Patch, by: Writer_, at: Moment, faults: Faults, marker?: string, attempt?: string): Row {
    const id = `${this.name}-${++this.counter}`
    const asked = laid(patch, {}, id)
    const columns = normalised(asked, faults)
    const row: Row = { id, columns, version: 1, stamp: at.stamp, indexed: at.now + faults.lagMs, created: at.now }
    if (marker !== undefined) row.marker = marker
    this.rows.set(id, row)
    this.note({ at: at.now, id, what: "created", by, set: { ...columns }, was: {}, asked }, attempt)
    return row
  }

  /** Returns what changed; an equal value still moves the stamp (SEMANTICS 7). */
  update(row: Row, patch: Patch, by: Writer_, at: Moment, faults: Faults, attempt?: string): void {
    const asked = laid(patch, row.columns, row.id)
    const set = normalised(asked, faults)
    const was: { [column: string]: Json } = {}
    for (const column of Object.keys(set)) was[column] = row.columns[column] ?? null
    row.columns = { ...row.columns, ...set }
    row.version++
    const covered = Object.keys(set).some((column) => !faults.uncovered.includes(column))
    if (covered) row.stamp = at.stamp
    row.indexed = at.now + faults.lagMs
    this.note({ at: at.now, id: row.id, what: "edited", by, set, was, asked }, attempt)
  }

  remove(row: Row, by: Writer_, at: Moment, faults: Faults, attempt?: string): void {
    if (faults.deleted === undefined) {
      this.rows.delete(row.id)
      // Search goes on to show it for a while.
      row.indexed = at.now + faults.lagMs
      this.graves.set(row.id, row)
    } else {
      row.columns = { ...row.columns, [faults.deleted]: true }
      row.stamp = at.stamp
      row.version++
      row.indexed = at.now + faults.lagMs
    }
    this.note({ at: at.now, id: row.id, what: "removed", by, set: {}, was: { ...row.columns }, asked: {} }, attempt)
  }

  /** Present, and not flagged as deleted. */
  alive(id: string, faults: Faults): Row | undefined {
    const row = this.rows.get(id)
    return row === undefined || (faults.deleted !== undefined && row.columns[faults.deleted] === true) ? undefined : row
  }

  private note(event: Omit<Event, "seq" | "attempt">, attempt: string | undefined): void {
    const told: Event = { ...event, seq: this.events.length, ...(attempt === undefined ? {} : { attempt }) }
    this.events.push(told)
    this.onEvent?.(told)
  }
}

/** One moment: the hub's time, and what the system's clock writes into a stamp. */
export interface Moment {
  readonly now: HubTime
  readonly stamp: number
}

const normalised = (set: { readonly [column: string]: Json }, faults: Faults): { [column: string]: Json } => {
  const stored: { [column: string]: Json } = {}
  for (const [column, value] of Object.entries(set)) {
    const rule = faults.normalise[column]
    stored[column] = rule === undefined || value === null ? value : rule(value)
  }
  return stored
}

/** Lays changes of child rows over the rows as they stand; other columns are taken as they are. */
const laid = (patch: Patch, into: Record_, id: string): { [column: string]: Json } => {
  const set: { [column: string]: Json } = {}
  for (const [column, change] of Object.entries(patch)) {
    set[column] = change instanceof Rows ? rows(change, into[column], `${id}.${column}`) : change
  }
  return set
}

const rows = (change: Rows, current: Json | undefined, prefix: string): Json => {
  let list = isList(current) ? current.filter(isRecord) : []
  for (const row of change.rows) {
    const where = row.where
    const found = list.find((one) => row.id !== undefined
      ? one["ID"] === row.id
      : where !== undefined && Object.keys(where).every((key) => identical(one[key], where[key])))
    if (row.set === null) list = list.filter((one) => one !== found)
    else if (found === undefined) list = [...list, { ...where, ...row.set, ID: fresh(list, prefix) }]
    else list = list.map((one) => one === found ? { ...one, ...row.set } : one)
  }
  return list
}

const fresh = (list: ReadonlyArray<Record_>, prefix: string): string => {
  let next = list.length + 1
  while (list.some((one) => one["ID"] === `${prefix}-${next}`)) next++
  return `${prefix}-${next}`
}
