/** The org's state: rows by object, their stamps, the recycle bin, the delete log. Rules are in `rules.ts`. */
import type { Json } from "../../../core/model/value.ts"
import { to18 } from "../ids.ts"
import { children } from "./objects.ts"
import type { FieldDef, ObjectDef } from "./schema.ts"

export type Values = { [field: string]: Json }

export interface Row {
  readonly id: string
  readonly values: Values
  /** Committed later than its stamp says: not seen before this time. */
  visibleAt: number
}

export interface Deleted {
  readonly object: string
  readonly id: string
  readonly at: number
}

export const day = 86_400_000
/** How long the recycle bin and the delete log keep what was deleted. */
export const retentionDays = 15

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/** REST writes milliseconds and an offset, though it keeps whole seconds. */
export const stampOf = (ms: number): string => new Date(Math.floor(ms / 1000) * 1000).toISOString().replace("Z", "+0000")
export const timeOf = (stamp: Json | undefined): number =>
  typeof stamp === "string" ? Date.parse(stamp.replace(/([+-]\d\d)(\d\d)$/, "$1:$2")) : Number.NaN

export class Org {
  readonly schema: Map<string, ObjectDef>
  readonly rows = new Map<string, Map<string, Row>>()
  readonly now: () => number
  readonly userId: string
  readonly orgId: string
  readonly log: Array<Deleted> = []
  /** From when on the delete log is there; it is purged when it grows too large. */
  logSince = 0
  private readonly unique = new Map<string, Map<string, string>>()
  private counter = 0
  private readonly numbers = new Map<string, number>()

  constructor(schema: Map<string, ObjectDef>, now: () => number) {
    this.schema = schema
    this.now = now
    for (const name of schema.keys()) this.rows.set(name, new Map())
    this.orgId = to18("00D5e000000ESLs")
    this.userId = this.nextId("User")
    this.put("User", this.userId, { Username: "integration@esl.example", Name: "Integration User", IsActive: true })
    this.put("Organization", this.orgId, { Name: "Sandbox", IsSandbox: true, OrganizationType: "Developer Edition" })
    this.put("Pricebook2", this.nextId("Pricebook2"), { Name: "Standard Price Book", IsActive: true, IsStandard: true })
  }

  table(object: string): Map<string, Row> {
    return this.rows.get(object) ?? new Map()
  }

  /** The row, deleted or not, seen or not. */
  row(object: string, id: string): Row | undefined {
    return this.table(object).get(to18(id))
  }

  /** The row as others see it now. */
  live(object: string, id: string): Row | undefined {
    const row = this.row(object, id)
    return row === undefined || row.values["IsDeleted"] === true || row.visibleAt > this.now() ? undefined : row
  }

  nextId(object: string): string {
    let rest = ++this.counter
    let text = ""
    while (text.length < 6) {
      text = `${base62[rest % 62] ?? "0"}${text}`
      rest = Math.floor(rest / 62)
    }
    return to18(`${this.schema.get(object)?.prefix ?? "a01"}5e0000${text}`.slice(0, 15))
  }

  autoNumber(field: string): string {
    const next = (this.numbers.get(field) ?? 0) + 1
    this.numbers.set(field, next)
    return String(next).padStart(8, "0")
  }

  /** A new row with what the system itself sets. */
  put(object: string, id: string, values: Values, at = this.now()): Row {
    const stamp = stampOf(at)
    const fields = this.schema.get(object)?.fields ?? new Map<string, FieldDef>()
    const empty = (field: FieldDef): Json => field.type === "boolean" ? false : null
    const blank = Object.fromEntries([...fields.values()].map((field) => [field.name, empty(field)]))
    const row: Row = {
      id,
      visibleAt: 0,
      values: {
        ...blank, ...values, Id: id, IsDeleted: false, CreatedDate: stamp, CreatedById: this.userId,
        LastModifiedDate: stamp, LastModifiedById: this.userId, SystemModstamp: stamp
      }
    }
    if (fields.has("OwnerId") && row.values["OwnerId"] === null) row.values["OwnerId"] = this.userId
    for (const field of fields.values()) {
      if (field.flags.includes("a")) row.values[field.name] = this.autoNumber(`${object}.${field.name}`)
    }
    this.table(object).set(id, row)
    this.index(object, row, values)
    return row
  }

  /** Changes fields; a user's edit moves LastModifiedDate, everything moves SystemModstamp. */
  change(object: string, row: Row, values: Values, system = false): void {
    this.unindex(object, row, values)
    Object.assign(row.values, values)
    this.index(object, row, values)
    const stamp = stampOf(this.now())
    row.values["SystemModstamp"] = stamp
    if (!system) {
      row.values["LastModifiedDate"] = stamp
      row.values["LastModifiedById"] = this.userId
    }
  }

  private index(object: string, row: Row, values: Values): void {
    const fields = this.schema.get(object)?.fields
    for (const [name, value] of Object.entries(values)) {
      if (typeof value !== "string" || fields?.get(name)?.flags.includes("x") !== true) continue
      const known = this.unique.get(`${object}.${name}`) ?? new Map<string, string>()
      this.unique.set(`${object}.${name}`, known)
      known.set(value.toLowerCase(), row.id)
    }
  }

  /** Before values change: what was there is nobody's any more. */
  private unindex(object: string, row: Row, values: Values): void {
    for (const name of Object.keys(values)) {
      const known = this.unique.get(`${object}.${name}`)
      const before = row.values[name]
      if (known !== undefined && typeof before === "string" && known.get(before.toLowerCase()) === row.id) {
        known.delete(before.toLowerCase())
      }
    }
  }

  /** After rows were put back. */
  reindex(): void {
    this.unique.clear()
    for (const [object, table] of this.rows) {
      for (const row of table.values()) if (row.values["IsDeleted"] !== true) this.index(object, row, row.values)
    }
  }

  /** Who holds this value of a unique field; case says nothing. */
  holder(object: string, field: string, value: string): Row | undefined {
    const id = this.unique.get(`${object}.${field}`)?.get(value.toLowerCase())
    const row = id === undefined ? undefined : this.row(object, id)
    return row === undefined || row.values["IsDeleted"] === true ? undefined : row
  }

  bury(object: string, row: Row, master?: string): void {
    this.change(object, row, { IsDeleted: true, ...(master === undefined ? {} : { MasterRecordId: master }) })
    this.log.push({ object, id: row.id, at: this.now() })
    for (const [, [child, field]] of Object.entries(children[object] ?? {})) {
      if (object === "Product2" || object === "Pricebook2") continue
      for (const one of this.table(child).values()) {
        if (one.values[field] === row.id && one.values["IsDeleted"] !== true) {
          if (master === undefined) this.bury(child, one)
          else this.change(child, one, { [field]: master }, true)
        }
      }
    }
  }

  /** What people do in the user interface: the loser's children move, the loser points to the survivor. */
  merge(object: string, survivor: string, loser: string): void {
    const [winner, lost] = [this.live(object, survivor), this.live(object, loser)]
    if (winner === undefined || lost === undefined || winner === lost) throw new TypeError("two live records are merged")
    this.bury(object, lost, winner.id)
    this.change(object, winner, {})
  }

  /** Takes records out of the recycle bin for good: only the delete log remembers them. */
  emptyBin(object: string): void {
    const table = this.table(object)
    for (const [id, row] of table) if (row.values["IsDeleted"] === true) table.delete(id)
  }

  /** The delete log grew too large: nothing from before this time is left. */
  purgeLog(before: number): void {
    this.logSince = before
    this.log.splice(0, this.log.length, ...this.log.filter((one) => one.at >= before))
  }

  get standardPricebook(): Row | undefined {
    return [...this.table("Pricebook2").values()].find((row) => row.values["IsStandard"] === true)
  }
}
