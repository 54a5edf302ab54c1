/** `/composite`: lists of 200 records, answered one by one, and requests that refer to each other. */
import type { Json } from "../../../core/model/value.ts"
import type { Call, Reply } from "../../../core/connector/sandbox.ts"
import { to18 } from "../ids.ts"
import { attempt, bodyOf, failed, isRecord, noBody, notSaved, saved } from "./answers.ts"
import type { Org, Values } from "./org.ts"
import { Refusal } from "./refusal.ts"
import type { Fault } from "./refusal.ts"
import { shown, upsert } from "./records.ts"
import { insert, remove, update } from "./rules.ts"
import type { Writing } from "./rules.ts"

const recordsAtMost = 200
const subrequestsAtMost = 25

export interface Batching {
  readonly org: Org
  readonly by: Writing
  readonly version: string
  /** A record whose row somebody else holds. */
  readonly locked: (object: string, values: { readonly [name: string]: Json }) => boolean
}

type Work = () => { readonly id: string; readonly created?: boolean }
interface Item {
  readonly object: string
  readonly values: { readonly [name: string]: Json }
  readonly work: Work
}

export const collections = (at: Batching, rest: ReadonlyArray<string>, call: Call): Reply => {
  const { by, org } = at
  const [object, field] = rest
  if (call.method === "GET" || (call.method === "POST" && object !== undefined)) return retrieve(at, object ?? "", call)
  if (call.method === "DELETE") {
    const ids = (call.query.get("ids") ?? "").split(",").filter((id) => id !== "")
    if (ids.length > recordsAtMost) return tooMany(by, ids.length)
    return saveAll(at, call.query.get("allOrNone") === "true", ids.map((id) => {
      const name = objectOf(org, id)
      return { object: name, values: { Id: id }, work: () => { remove(org, name, id); return { id: to18(id) } } }
    }))
  }
  const body = bodyOf(call.text)
  if (body === undefined) return noBody
  const records = Array.isArray(body["records"]) ? body["records"].filter(isRecord) : []
  if (records.length === 0) return failed(400, "INVALID_INPUT", "Property 'records' is required")
  if (records.length > recordsAtMost) return tooMany(by, records.length)
  const turns = records.filter((one, index) => index > 0 && typeOf(one) !== typeOf(records[index - 1] ?? {}))
  const chunks = turns.length + 1
  if (chunks > 10) return failed(400, "INVALID_INPUT", "Cannot have more than 10 chunks of types")
  const ways: { readonly [method: string]: (record: Values, name: string) => Work } = {
    POST: (record, name) => () => ({ id: insert(org, name, record, by).id }),
    PATCH: field === undefined ? (record, name) => () => {
      const { Id: id, id: lower, ...values } = record
      return { id: update(org, name, String(id ?? lower ?? ""), values, by).id }
    } : (record, name) => () => upsertOne(at, name, field, record)
  }
  const way = ways[call.method]
  if (way === undefined) return failed(405, "METHOD_NOT_ALLOWED", `HTTP Method '${call.method}' not allowed.`)
  const twice = call.method === "PATCH" ? repeated(records, field ?? "Id") : new Set<string>()
  return saveAll(at, body["allOrNone"] === true, records.map((record) => {
    const { attributes: _, ...values } = record
    const name = field === undefined ? typeOf(record) : object ?? ""
    if (name === "" || !org.schema.has(name)) by.violation(`collections: a record of type ${name || "nothing"}`)
    const key = String(values[field ?? "Id"] ?? values["id"] ?? "").toLowerCase()
    const work: Work = twice.has(key) ? () => {
      throw new Refusal("DUPLICATE_VALUE", `Duplicate external id specified: ${key}`)
    } : way(values, name)
    return { object: name, values, work }
  }))
}

const upsertOne = (at: Batching, name: string, field: string, record: Values): { id: string; created: boolean } => {
  const def = at.org.schema.get(name)
  if (def === undefined) throw new Refusal("INVALID_TYPE", `sObject type '${name}' is not supported.`)
  const { [field]: value, ...values } = record
  if (typeof value !== "string" || value === "") throw new Refusal("MISSING_ARGUMENT", `${field} not specified`)
  const done = upsert(at.org, def, field, value, values, at.by)
  if (!("created" in done)) throw new Refusal("DUPLICATE_EXTERNAL_ID", `${field}: more than one record found for external id field: [${done.map((row) => row.id).join(", ")}]`)
  return { id: done.row.id, created: done.created }
}

/** Keys that stand in one list twice: both records fail. */
const repeated = (records: ReadonlyArray<{ readonly [name: string]: Json }>, field: string): ReadonlySet<string> => {
  const seen = new Set<string>()
  const twice = new Set<string>()
  for (const record of records) {
    const key = String(record[field] ?? record["id"] ?? "").toLowerCase()
    if (seen.has(key)) twice.add(key)
    seen.add(key)
  }
  return twice
}

const typeOf = (record: { readonly [name: string]: Json }): string => {
  const attributes = record["attributes"]
  return isRecord(attributes) && typeof attributes["type"] === "string" ? attributes["type"] : ""
}

const objectOf = (org: Org, id: string): string =>
  [...org.schema.values()].find((def) => def.prefix === id.slice(0, 3))?.name ?? ""

const tooMany = (by: Writing, count: number): Reply => {
  by.violation(`collections: ${count} records, ${recordsAtMost} at most`)
  return failed(400, "EXCEEDED_MAX_SIZE_REQUEST", `record limit reached. cannot submit more than ${recordsAtMost} records in this list`)
}

/** Each on its own, or all of them or none. */
const saveAll = (at: Batching, allOrNone: boolean, items: ReadonlyArray<Item>): Reply => {
  const before = allOrNone ? snapshot(at.org) : undefined
  const results = items.map(({ object, values, work }): ReturnType<Work> | Fault => {
    if (at.locked(object, values)) return lock
    const done = attempt(work)
    return done instanceof Refusal ? done.fault : done
  })
  const faulty = results.some((one) => "statusCode" in one)
  if (before !== undefined && faulty) {
    before()
    return { status: 200, body: results.map((one) => notSaved("statusCode" in one ? one : rolledBack)) }
  }
  return { status: 200, body: results.map((one) => "statusCode" in one ? notSaved(one) : saved(one.id, one.created)) }
}

export const lock: Fault = {
  statusCode: "UNABLE_TO_LOCK_ROW", message: "unable to obtain exclusive access to this record or 1 records", fields: []
}
const rolledBack: Fault = {
  statusCode: "ALL_OR_NONE_OPERATION_ROLLED_BACK",
  message: "Record rolled back because not all records were valid and the request was using AllOrNone header", fields: []
}

/** Takes the org back to where it was. */
const snapshot = (org: Org): (() => void) => {
  const kept = new Map([...org.rows].map(([name, table]) => [name, new Map([...table].map(([id, row]) =>
    [id, { ...row, values: { ...row.values } }]))]))
  const logged = org.log.length
  return () => {
    for (const [name, table] of kept) org.rows.set(name, table)
    org.log.length = logged
    org.reindex()
  }
}

const retrieve = ({ by, org, version }: Batching, object: string, call: Call): Reply => {
  const def = org.schema.get(object)
  if (def === undefined) return failed(404, "NOT_FOUND", "The requested resource does not exist")
  const body = call.method === "POST" ? bodyOf(call.text) : undefined
  const ids = body === undefined ? (call.query.get("ids") ?? "").split(",") : texts(body["ids"])
  const fields = body === undefined ? (call.query.get("fields") ?? "").split(",") : texts(body["fields"])
  if (ids.length > 2_000) return tooMany(by, ids.length)
  const unknown = fields.find((name) => !def.fields.has(name) || by.hidden(object).has(name))
  if (unknown !== undefined) {
    if (!by.removed.has(`${object}.${unknown}`)) by.violation(`${object} has no field ${unknown}`)
    return failed(400, "INVALID_FIELD", `No such column '${unknown}' on sobject of type ${object}`)
  }
  return { status: 200, body: ids.map((id) => {
    const row = org.live(object, id)
    return row === undefined ? null : shown(def, row, ["Id", ...fields], by, version)
  }) }
}

const texts = (json: Json | undefined): ReadonlyArray<string> =>
  Array.isArray(json) ? json.filter((one): one is string => typeof one === "string") : []

/** Up to 25 requests, later ones with `@{name.id}` of earlier ones' answers; with allOrNone all of them or none. */
export const composite = async (
  at: Batching, call: Call, again: (call: Call) => Promise<Reply> | Reply
): Promise<Reply> => {
  const body = bodyOf(call.text)
  if (body === undefined) return noBody
  const requests = Array.isArray(body["compositeRequest"]) ? body["compositeRequest"].filter(isRecord) : []
  if (requests.length === 0 || requests.length > subrequestsAtMost) {
    at.by.violation(`composite: ${requests.length} requests, ${subrequestsAtMost} at most`)
    return failed(400, "INVALID_INPUT", `The request must contain between 1 and ${subrequestsAtMost} subrequests`)
  }
  const allOrNone = body["allOrNone"] === true
  const before = snapshot(at.org)
  const answers: Array<{ readonly name: string; readonly reply: Reply }> = []
  let broken = false
  for (const request of requests) {
    const name = String(request["referenceId"] ?? "")
    const reply: Reply = broken && allOrNone ? halted : await subrequest(request, answers, call, again)
    broken ||= reply.status >= 400
    answers.push({ name, reply })
  }
  const rolled = broken && allOrNone
  if (rolled) before()
  return { status: 200, body: { compositeResponse: answers.map(({ name, reply }) => ({
    body: rolled && reply.status < 400 ? failedBody(halted) : bodyJson(reply),
    httpHeaders: {}, httpStatusCode: rolled && reply.status < 400 ? 400 : reply.status, referenceId: name
  })) } }
}

const halted = failed(400, "PROCESSING_HALTED", "The transaction was rolled back since another operation in the same transaction failed.")
const failedBody = (reply: Reply): Json => bodyJson(reply)
const bodyJson = (reply: Reply): Json => reply.body instanceof Uint8Array ? null : reply.body ?? null

const subrequest = async (
  request: { readonly [name: string]: Json }, answers: ReadonlyArray<{ readonly name: string; readonly reply: Reply }>,
  call: Call, again: (call: Call) => Promise<Reply> | Reply
): Promise<Reply> => {
  let unresolved: string | undefined
  const resolve = (text: string): string => text.replace(/@\{([^}]+)\}/g, (whole, path: string) => {
    const found = lookUp(path, answers)
    if (found === undefined) unresolved = whole
    return found ?? ""
  })
  const url = new URL(resolve(String(request["url"] ?? "")), "http://127.0.0.1")
  const text = request["body"] === undefined ? "" : resolve(JSON.stringify(request["body"]))
  if (unresolved !== undefined) return failed(400, "PROCESSING_HALTED", `Invalid reference specified. No value for ${unresolved} found`)
  const extra = isRecord(request["httpHeaders"]) ? request["httpHeaders"] : {}
  const headers = Object.fromEntries(Object.entries(extra).map(([name, value]) => [name.toLowerCase(), String(value)]))
  return again({ ...call, method: String(request["method"] ?? "GET"), path: url.pathname, query: url.searchParams,
    headers: { ...call.headers, ...headers }, text, body: Buffer.from(text) })
}

/** `name.id`, `name.records[0].Id`. */
const lookUp = (
  path: string, answers: ReadonlyArray<{ readonly name: string; readonly reply: Reply }>
): string | undefined => {
  const [name, ...parts] = path.split(".").flatMap((part) => part.split(/[[\]]/).filter((one) => one !== ""))
  let at: unknown = answers.find((one) => one.name === name)?.reply.body
  for (const part of parts) at = typeof at === "object" && at !== null ? Reflect.get(at, part) : undefined
  return typeof at === "string" || typeof at === "number" ? String(at) : undefined
}
