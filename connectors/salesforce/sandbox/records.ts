/** `/sobjects`: one record at a time, upsert by external id, what was deleted and what was changed. */
import type { Json } from "../../../core/model/value.ts"
import type { Call, Reply } from "../../../core/connector/sandbox.ts"
import { to18 } from "../ids.ts"
import { attempt, bodyOf, failed, noBody, refusedReply, saved } from "./answers.ts"
import { day, retentionDays, stampOf, timeOf } from "./org.ts"
import type { Org, Row } from "./org.ts"
import { Refusal } from "./refusal.ts"
import { insert, remove, update } from "./rules.ts"
import type { Writing } from "./rules.ts"
import { isExternalId } from "./schema.ts"
import type { ObjectDef } from "./schema.ts"
import { addressOf, attributesOf } from "./soql.ts"

const notFound = failed(404, "NOT_FOUND", "The requested resource does not exist")

export const createOne = (org: Org, object: string, call: Call, by: Writing): Reply => {
  const body = bodyOf(call.text)
  if (body === undefined) return noBody
  const row = attempt(() => insert(org, object, { ...body }, by))
  return row instanceof Refusal ? refusedReply(row) : { status: 201, body: saved(row.id) }
}

export const one = (org: Org, def: ObjectDef, id: string, call: Call, by: Writing, version: string): Reply => {
  switch (call.method) {
    case "GET": {
      const row = org.live(def.name, id)
      return row === undefined ? notFound
        : { status: 200, body: shown(def, row, call.query.get("fields")?.split(","), by, version) }
    }
    case "PATCH": {
      const body = bodyOf(call.text)
      if (body === undefined) return noBody
      const row = org.live(def.name, id)
      const since = Date.parse(call.headers["if-unmodified-since"] ?? "")
      // Compared by the second: that is all an HTTP date has.
      if (row !== undefined && timeOf(row.values["LastModifiedDate"]) > since) return { status: 412 }
      const done = attempt(() => update(org, def.name, id, { ...body }, by))
      return done instanceof Refusal ? refusedReply(done) : { status: 204 }
    }
    case "DELETE": {
      const done = attempt(() => { remove(org, def.name, id) })
      return done instanceof Refusal ? refusedReply(done) : { status: 204 }
    }
    default: return failed(405, "METHOD_NOT_ALLOWED", `HTTP Method '${call.method}' not allowed. Allowed are DELETE,GET,HEAD,PATCH`)
  }
}

export const shown = (
  def: ObjectDef, row: Row, fields: ReadonlyArray<string> | undefined, by: Writing, version: string
): Json => {
  const names = fields ?? [...def.fields.keys()]
  const known = names.filter((name) => def.fields.has(name) && !by.hidden(def.name).has(name))
  return {
    attributes: attributesOf(def.name, row, version),
    ...Object.fromEntries(known.map((name) => [name, def.fields.get(name)?.type === "address"
      ? addressOf(name, row) : row.values[name] ?? null]))
  }
}

/** Who holds a value of an external id: several, where the field is not unique. */
export const holders = (org: Org, def: ObjectDef, field: string, value: string): ReadonlyArray<Row> => {
  if (field === "Id") return [org.live(def.name, value)].filter((row) => row !== undefined)
  return [...org.table(def.name).values()].filter((row) => row.values["IsDeleted"] !== true && row.visibleAt <= org.now()
    && String(row.values[field] ?? "").toLowerCase() === value.toLowerCase() && value !== "")
}

export interface Upserted {
  readonly row: Row
  readonly created: boolean
}

/** By an external id; a uniquely held value is looked up in the index. */
export const upsert = (
  org: Org, def: ObjectDef, field: string, value: string, values: { readonly [name: string]: Json }, by: Writing,
  only = false
): Upserted | ReadonlyArray<Row> => {
  const external = def.fields.get(field)
  if (external === undefined || (field !== "Id" && !isExternalId(external)) || by.hidden(def.name).has(field)) {
    by.violation(`${def.name}.${field} is no external id`)
    throw new Refusal("NOT_FOUND", `Provided external ID field does not exist or is not accessible: ${field}`)
  }
  if (field in values) {
    by.violation(`upsert: the body repeats ${field}`)
    throw new Refusal("INVALID_FIELD", `The ${field} field should not be specified in the sobject data.`)
  }
  const indexed = org.holder(def.name, field, value)
  const found = external.flags.includes("q") ? indexed === undefined ? [] : [indexed] : holders(org, def, field, value)
  if (found.length > 1) return found
  const [known] = found
  if (known !== undefined) return { row: update(org, def.name, known.id, { ...values }, by), created: false }
  if (only || field === "Id") throw new Refusal("NOT_FOUND", "The requested resource does not exist")
  return { row: insert(org, def.name, { ...values, [field]: value }, by), created: true }
}

export const byExternalId = (
  org: Org, def: ObjectDef, field: string, value: string, call: Call, by: Writing, version: string
): Reply => {
  if (call.method !== "PATCH") {
    const [row, more] = holders(org, def, field, value)
    if (row === undefined) return notFound
    return more === undefined ? one(org, def, row.id, call, by, version) : several([row, more], def, version)
  }
  const body = bodyOf(call.text)
  if (body === undefined) return noBody
  const done = attempt(() => upsert(org, def, field, value, body, by, call.query.get("updateOnly") === "true"))
  if (done instanceof Refusal) return refusedReply(done)
  if (!("created" in done)) return several(done, def, version)
  return { status: done.created ? 201 : 200, body: saved(done.row.id, done.created) }
}

/** More than one record has this value: where they are. */
const several = (rows: ReadonlyArray<Row>, def: ObjectDef, version: string): Reply =>
  ({ status: 300, body: rows.map((row) => `/services/data/v${version}/sobjects/${def.name}/${row.id}`) })

const minute = (text: string | null): number => {
  const at = Date.parse((text ?? "").replace(" ", "+"))
  return Math.floor(at / 60_000) * 60_000
}

/** What was deleted or changed between two minutes, and up to where the answer is complete. */
export const replication = (org: Org, object: string, what: "deleted" | "updated", call: Call): Reply => {
  const [from, to] = [minute(call.query.get("start")), minute(call.query.get("end"))]
  const now = org.now()
  const reach = what === "deleted" ? retentionDays : 30
  if (!(from < to)) return failed(400, "INVALID_REPLICATION_DATE", "The start date cannot be after the end date")
  if (from < now - reach * day) {
    return failed(400, "INVALID_REPLICATION_DATE", `startDate before org replication enabled date or more than ${reach} days ago`)
  }
  const covered = stampOf(Math.min(to, Math.floor(now / 60_000) * 60_000))
  const until = Math.min(to, now)
  if (what === "updated") {
    const ids = [...org.table(object).values()].filter((row) => row.values["IsDeleted"] !== true && row.visibleAt <= now
      && timeOf(row.values["SystemModstamp"]) >= from && timeOf(row.values["SystemModstamp"]) < until).map((row) => row.id)
    return { status: 200, body: { ids, latestDateCovered: covered } }
  }
  const records = org.log.filter((one_) => one_.object === object && one_.at >= from && one_.at < until)
    .map(({ at, id }) => ({ deletedDate: stampOf(at), id: to18(id) }))
  const earliest = Math.max(org.logSince, now - retentionDays * day)
  return { status: 200, body: {
    deletedRecords: records, earliestDateAvailable: stampOf(earliest), latestDateCovered: covered
  } }
}
