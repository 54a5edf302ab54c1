/** Bulk API 2.0: ingest and query jobs with CSV; a job is worked on when it is asked for. */
import type { Json } from "../../../core/model/value.ts"
import type { Call, Reply } from "../../../core/connector/sandbox.ts"
import { recordsOf, toCsv } from "../csv.ts"
import { attempt, bodyOf, failed, isRecord, noBody } from "./answers.ts"
import { stampOf } from "./org.ts"
import type { Org, Values } from "./org.ts"
import { Refusal } from "./refusal.ts"
import { upsert } from "./records.ts"
import { insert, remove, update } from "./rules.ts"
import type { Writing } from "./rules.ts"
import { fieldOf } from "./schema.ts"
import type { ObjectDef } from "./schema.ts"
import { run } from "./soql.ts"
import type { Answer, Asking } from "./soql.ts"

interface Job {
  readonly id: string
  readonly kind: "ingest" | "query"
  readonly object: string
  readonly operation: string
  readonly externalId?: string
  state: "Open" | "UploadComplete" | "InProgress" | "JobComplete" | "Failed" | "Aborted"
  csv: string
  answer?: Answer
  readonly columns: ReadonlyArray<string>
  readonly created: string
  done: Array<{ readonly id: string; readonly created: boolean; readonly row: Values }>
  failed: Array<{ readonly id: string; readonly error: string; readonly row: Values }>
  /** Polls left until it is done. */
  wait: number
}

/** Raw CSV of a job; a little less than 150 MB in base64. */
const largestUpload = 100 * 1_024 * 1_024
const largestPage = 250_000

export interface Bulk {
  readonly org: Org
  readonly by: Writing
  readonly asking: (all: boolean) => Asking
  readonly version: string
  /** A fault that the vendor's own processing has. */
  readonly fails: () => boolean
  readonly locked: (object: string, values: { readonly [name: string]: Json }) => boolean
}

export class Jobs {
  private readonly jobs = new Map<string, Job>()
  private made = 0

  handle(at: Bulk, kind: "ingest" | "query", rest: ReadonlyArray<string>, call: Call): Reply {
    const [id, what] = rest
    if (id === undefined) {
      if (call.method === "POST") return kind === "ingest" ? this.openIngest(at, call) : this.openQuery(at, call)
      const records = [...this.jobs.values()].map((job) => infoOf(at, job))
      return { status: 200, body: { done: true, records, nextRecordsUrl: null } }
    }
    const job = this.jobs.get(id)
    if (job === undefined || job.kind !== kind) return failed(404, "NOT_FOUND", "The requested resource does not exist")
    switch (`${call.method} ${what ?? ""}`) {
      case "GET ": return this.poll(at, job)
      case "PATCH ": return this.patch(at, job, call)
      case "DELETE ": this.jobs.delete(id); return { status: 204 }
      case "PUT batches": return upload(job, call)
      case "GET results": return page(job, call)
      case "GET successfulResults": return csv(["sf__Id", "sf__Created"], job.done, (one) => [one.id, String(one.created)])
      case "GET failedResults": return csv(["sf__Id", "sf__Error"], job.failed, (one) => [one.id, one.error])
      case "GET unprocessedrecords": return csv([], unprocessed(job), () => [])
      default: return failed(404, "NOT_FOUND", "The requested resource does not exist")
    }
  }

  private openIngest(at: Bulk, call: Call): Reply {
    const body = bodyOf(call.text)
    if (body === undefined) return noBody
    const [object, operation] = [String(body["object"] ?? ""), String(body["operation"] ?? "")]
    const def = at.org.schema.get(object)
    if (def === undefined) return failed(400, "INVALIDENTITY", `Entity '${object}' is not supported`)
    if (!["insert", "update", "upsert", "delete"].includes(operation)) return failed(400, "INVALIDOPERATION", `Operation '${operation}' is not supported`)
    const external = body["externalIdFieldName"]
    if (operation === "upsert" && (typeof external !== "string" || !def.fields.has(external))) {
      at.by.violation(`bulk upsert by ${String(external)}`)
      return failed(400, "INVALIDJOB", `InvalidJob : Field name provided, ${String(external)} does not match an External ID`)
    }
    const key = typeof external === "string" ? { externalId: external } : {}
    const job = this.keep({ kind: "ingest", object, operation, columns: [], ...key }, at)
    return { status: 200, body: infoOf(at, job) }
  }

  private openQuery(at: Bulk, call: Call): Reply {
    const body = bodyOf(call.text)
    if (body === undefined) return noBody
    const text = String(body["query"] ?? "")
    const all = body["operation"] === "queryAll"
    const answer = attempt(() => run(at.org, text, at.asking(all)))
    if (answer instanceof Refusal) return failed(400, answer.fault.statusCode, answer.fault.message)
    const select = /^\s*SELECT\s+(.*?)\s+FROM\s/is.exec(text)?.[1] ?? ""
    // Children and compound fields are not for bulk queries.
    if (/[()]/.test(select)) return failed(400, "FEATURENOTENABLED", "Aggregate and nested queries are not supported in bulk")
    const columns = select.split(",").map((name) => name.trim())
    const def = at.org.schema.get(answer.object)
    if (columns.some((name) => def?.fields.get(name)?.type === "address")) {
      return failed(400, "FEATURENOTENABLED", "Selecting compound data not supported in Bulk Query")
    }
    const job = this.keep({ kind: "query", object: answer.object, operation: all ? "queryAll" : "query", columns }, at)
    job.answer = answer
    job.state = "UploadComplete"
    return { status: 200, body: infoOf(at, job) }
  }

  private keep(
    job: Pick<Job, "kind" | "object" | "operation" | "columns"> & { readonly externalId?: string }, at: Bulk
  ): Job {
    const id = `750R0000${String(++this.made).padStart(7, "0")}IAA`
    const kept: Job = { ...job, id, state: "Open", csv: "", created: stampOf(at.org.now()), done: [], failed: [], wait: 1 }
    this.jobs.set(id, kept)
    return kept
  }

  private poll(at: Bulk, job: Job): Reply {
    if (job.state === "UploadComplete" || job.state === "InProgress") {
      job.state = "InProgress"
      if (job.wait-- <= 0) {
        if (at.fails()) job.state = "Failed"
        else {
          if (job.kind === "ingest") work(at, job)
          job.state = "JobComplete"
        }
      }
    }
    return { status: 200, body: infoOf(at, job) }
  }

  private patch(at: Bulk, job: Job, call: Call): Reply {
    const state = bodyOf(call.text)?.["state"]
    if (state === "Aborted") job.state = "Aborted"
    else if (state === "UploadComplete" && job.state === "Open" && job.csv !== "") job.state = "UploadComplete"
    else return failed(400, "INVALIDJOBSTATE", `The job cannot go from ${job.state} to ${String(state)}`)
    return { status: 200, body: infoOf(at, job) }
  }
}

const unprocessed = (job: Job): ReadonlyArray<{ readonly row: Values }> =>
  job.state === "JobComplete" ? [] : recordsOf(job.csv).map((row) => ({ row: { ...row } }))

const upload = (job: Job, call: Call): Reply => {
  if (job.state !== "Open" || job.csv !== "") return failed(400, "INVALIDJOBSTATE", "Job data has been uploaded")
  if (!/^text\/csv/i.test(call.headers["content-type"] ?? "")) return failed(415, "UNSUPPORTED_MEDIA_TYPE", "text/csv is wanted")
  if (call.body.byteLength > largestUpload) return failed(413, "MAX_SIZE_EXCEEDED", "The data is too large")
  job.csv = call.text
  return { status: 201 }
}

const infoOf = (at: Bulk, job: Job): Json => ({
  id: job.id, operation: job.operation, object: job.object, createdById: at.org.userId, createdDate: job.created,
  systemModstamp: job.created, state: job.state, concurrencyMode: "Parallel", contentType: "CSV",
  apiVersion: Number(at.version), jobType: job.kind === "ingest" ? "V2Ingest" : "V2Query", lineEnding: "LF",
  columnDelimiter: "COMMA", retries: 0, totalProcessingTime: 0,
  ...(job.kind === "ingest" ? { contentUrl: `services/data/v${at.version}/jobs/ingest/${job.id}/batches` } : {}),
  ...(job.externalId === undefined ? {} : { externalIdFieldName: job.externalId }),
  ...(job.state === "Failed" ? { errorMessage: "InternalServerError : the job could not be processed" } : {}),
  numberRecordsProcessed: job.kind === "ingest" ? job.done.length + job.failed.length : job.answer?.rows.length ?? 0,
  ...(job.kind === "ingest" ? { numberRecordsFailed: job.failed.length } : {})
})

const work = (at: Bulk, job: Job): void => {
  const def = at.org.schema.get(job.object)
  if (def === undefined) return
  for (const row of recordsOf(job.csv)) {
    const done = attempt(() => {
      const values = typed(def, row)
      if (at.locked(job.object, values)) throw new Refusal("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record")
      return one(at, job, def, values)
    })
    if (done instanceof Refusal) {
      const { fields, message, statusCode } = done.fault
      job.failed.push({ id: row["Id"] ?? "", row, error: `${statusCode}:${message}:${fields.join(",") || "-"}--` })
    } else job.done.push({ ...done, row })
  }
}

const one = (at: Bulk, job: Job, def: ObjectDef, values: Values): Pick<Job["done"][number], "id" | "created"> => {
  const { Id: id, ...rest } = values
  switch (job.operation) {
    case "insert": return { id: insert(at.org, def.name, rest, at.by).id, created: true }
    case "update": return { id: update(at.org, def.name, String(id ?? ""), rest, at.by).id, created: false }
    case "delete": remove(at.org, def.name, String(id ?? "")); return { id: String(id), created: false }
    default: {
      const field = job.externalId ?? "Id"
      const { [field]: value, ...others } = rest
      const done = upsert(at.org, def, field, String(value ?? ""), others, at.by)
      if (!("created" in done)) throw new Refusal("DUPLICATE_EXTERNAL_ID", `${field}: more than one record found`)
      return { id: done.row.id, created: done.created }
    }
  }
}

/** `#N/A` clears, an empty cell says nothing; `Account.esl_id__c` names a parent by its external id. */
const typed = (def: ObjectDef, row: { readonly [name: string]: string }): Values => {
  const values: Values = {}
  for (const [name, cell] of Object.entries(row)) {
    if (cell === "") continue
    const [relationship = "", external] = name.split(".")
    if (external !== undefined) values[relationship] = { [external]: cell }
    else values[name] = cell === "#N/A" ? null : cellOf(def.fields.get(name) ?? fieldOf("Unknown string ncu"), cell)
  }
  return values
}

const cellOf = (field: { readonly type: string }, cell: string): Json => {
  if (field.type === "boolean") return /^(true|1)$/i.test(cell)
  return ["int", "double", "currency", "percent"].includes(field.type) ? Number(cell) : cell
}

const csv = <A extends { readonly row: Values }>(
  head: ReadonlyArray<string>, rows: ReadonlyArray<A>, cells: (one: A) => ReadonlyArray<string>
): Reply => {
  const columns = Object.keys(rows[0]?.row ?? {})
  return { status: 200, headers: { "content-type": "text/csv" }, body: toCsv([...head, ...columns], rows.map((one_) =>
    [...cells(one_), ...columns.map((name) => text(one_.row[name] ?? null))])) }
}

const page = (job: Job, call: Call): Reply => {
  if (job.state !== "JobComplete" || job.answer === undefined) return failed(400, "INVALIDJOBSTATE", "The job is not complete")
  const size = Math.min(largestPage, Number(call.query.get("maxRecords") ?? largestPage))
  const from = Number(Buffer.from(call.query.get("locator") ?? "", "base64url").toString("utf8") || 0)
  const part = job.answer.rows.slice(from, from + size)
  const more = from + part.length < job.answer.rows.length
  return {
    status: 200,
    headers: {
      "content-type": "text/csv", "sforce-numberofrecords": String(part.length),
      "sforce-locator": more ? Buffer.from(String(from + part.length)).toString("base64url") : "null"
    },
    body: toCsv(job.columns, part.map((row) => {
      const found = job.answer?.render(row) ?? {}
      return job.columns.map((name) => text(name.split(".").reduce<Json>(inside, found)))
    }))
  }
}

const inside = (at: Json, key: string): Json => isRecord(at) ? at[key] ?? null : null

/** Times end in Z here, where REST writes an offset. */
const text = (value: Json): string => value === null ? ""
  : typeof value === "string" ? value.replace(/^(\d{4}-\d\d-\d\dT[\d:.]+)\+0000$/, "$1Z") : String(value)
