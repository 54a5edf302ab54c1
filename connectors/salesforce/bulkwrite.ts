/**
 * Bulk API 2.0 for many creates at once: upserts by external id, the accounts first and then the people below them.
 * Both jobs are uploaded before anything is worked on, so that what is left to do needs nothing but their ids.
 */
import { Clock, Effect } from "effect"
import type { Change, JobHandle, Outcome, Writer } from "../../core/connector/connector.ts"
import type { ConnectorError } from "../../core/connector/errors.ts"
import { Malformed, Unavailable } from "../../core/connector/errors.ts"
import type { Json } from "../../core/model/value.ts"
import { isRecord, listOf, textOf } from "./client.ts"
import type { Client } from "./client.ts"
import { recordsOf, toCsv } from "./csv.ts"
import { causeOf } from "./errors.ts"
import { plainRows } from "./person.ts"
import { heldOf, prepare } from "./reader.ts"
import type { Source } from "./reader.ts"
import { all, At, name, soql } from "./soql.ts"
import { idOf } from "./view.ts"
import { workOf } from "./work.ts"
import type { RowWork, Shape } from "./work.ts"

/** What has to be known to go on after a crash: golden ids and job ids, no values. */
interface Handle {
  readonly markers: ReadonlyArray<string>
  /** In the order in which they have to run. */
  readonly jobs: ReadonlyArray<string>
  /** What was never sent, by position. */
  readonly refused: { readonly [at: string]: string }
  /** By the vendor's clock, before it began. */
  readonly since: string
}

const clockSlackMs = 60_000
/** Rows of one answer. */
const pageSize = 2_000

/** Records of one job: the upload stays well below 100 MB. */
const largestJob = 10_000

export const bulkJob = (
  source: Source, shape: Shape, from: number, ready: Effect.Effect<void, ConnectorError>
): NonNullable<Writer["job"]> => {
  const known: Known = { source, shape, done: new Set(), waiting: new Set() }
  return {
    creates: { from, batch: largestJob },
    submit: (changes) => Effect.andThen(ready, submit(known, changes)),
    poll: (handle) => poll(known, handleOf(handle))
  }
}

/** What this process knows of its jobs: it need not be asked again. */
interface Known {
  readonly source: Source
  readonly shape: Shape
  readonly done: Set<string>
  readonly waiting: Set<string>
}

const submit = (
  known: Known, changes: ReadonlyArray<Change>
): Effect.Effect<JobHandle, ConnectorError> => Effect.gen(function*() {
  const { shape, source: { client } } = known
  const began = client.serverNow ?? (yield* Clock.currentTimeMillis)
  const externalId = shape.externalId ?? ""
  const works = changes.map((change, at) => workOf(shape, at, change, undefined))
  const rows = (yield* Effect.forEach(works, (work) => plainRows(shape, work))).flat()
  const refused: { [at: string]: string } = {}
  for (const work of works) if (work.refused !== undefined) refused[String(work.at)] = work.refused
  const going = rows.filter(({ at }) => !(String(at) in refused))
  const stages = [...new Set(going.map(({ stage }) => stage))].sort()
  const jobs = yield* Effect.forEach(stages, (stage) =>
    upload(client, externalId, going.filter((row) => row.stage === stage)))
  const [first, ...others] = jobs
  for (const job of others) known.waiting.add(job)
  if (first !== undefined) yield* start(client, first)
  const markers = changes.map((change) => change.op === "create" ? change.marker ?? "" : "")
  const since = new Date(began - clockSlackMs).toISOString()
  const handle: JobHandle = { markers, jobs, refused, since }
  return handle
})

/** A call whose answer is lost leaves a job that nobody starts; it ends by itself. */
const told = <A>(client: Client, work: Effect.Effect<A, ConnectorError | { readonly _tag: "Lost" | "Fenced" }>) =>
  Effect.mapError(work, (error) => error._tag === "ConnectorError" ? error
    : client.api.fail("bulk write", new Unavailable({ message: "no answer to a bulk job" })))

const upload = (
  client: Client, externalId: string, rows: ReadonlyArray<RowWork>
): Effect.Effect<string, ConnectorError> => Effect.gen(function*() {
  const object = rows[0]?.object ?? ""
  const opened = yield* told(client, client.write({ operation: "bulk write", method: "POST", path: "/jobs/ingest",
    idempotent: true, body: { json: { object, operation: "upsert", externalIdFieldName: externalId, contentType: "CSV",
      lineEnding: "LF", columnDelimiter: "COMMA" } } }))
  const id = isRecord(opened.json) ? textOf(opened.json["id"]) : undefined
  if (id === undefined) return yield* client.malformed("bulk write")
  yield* told(client, client.write({ operation: "bulk write", method: "PUT", path: "/jobs/ingest/{job}/batches",
    params: { job: id }, idempotent: false, body: { text: csvOf(externalId, rows), type: "text/csv" } }))
  return id
})

const start = (client: Client, job: string): Effect.Effect<void, ConnectorError> =>
  Effect.asVoid(told(client, client.write({ operation: "bulk write", method: "PATCH", path: "/jobs/ingest/{job}",
    params: { job }, idempotent: true, accept: [400], body: { json: { state: "UploadComplete" } } })))

/** An empty cell says nothing, which is what a create means by it. A parent is named by its external id. */
const csvOf = (externalId: string, rows: ReadonlyArray<RowWork>): string => {
  const flat = rows.map(({ key, values }) => new Map<string, Json>([
    ...Object.entries(values).map(([name, value]): [string, Json] => isRecord(value)
      ? [`${name}.${Object.keys(value)[0] ?? ""}`, Object.values(value)[0] ?? null] : [name, value]),
    [externalId, key ?? null]
  ]))
  const columns = [...new Set(flat.flatMap((row) => [...row.keys()]))]
  return toCsv(columns, flat.map((row) => columns.map((name) => cellOf(row.get(name) ?? null))))
}

const cellOf = (value: Json): string => value === null ? "" : typeof value === "string" ? value : JSON.stringify(value)

const handleOf = (handle: JobHandle): Handle => {
  const read = isRecord(handle) ? handle : {}
  const refused = isRecord(read["refused"]) ? read["refused"] : {}
  return {
    markers: listOf(read["markers"]).map(String),
    jobs: listOf(read["jobs"]).map(String),
    refused: Object.fromEntries(Object.entries(refused).map(([at, why]) => [at, String(why)])),
    since: String(read["since"] ?? "1970-01-01T00:00:00Z")
  }
}

const poll = (
  known: Known, handle: Handle
): Effect.Effect<"running" | ReadonlyArray<Outcome>, ConnectorError> => Effect.gen(function*() {
  const { client } = known.source
  const refused = new Map<string, Outcome>()
  for (const [at, job] of handle.jobs.entries()) {
    if (known.done.has(job)) continue
    const info = known.waiting.has(job) ? { state: "Open", failed: 0 } : yield* stateOf(client, job)
    switch (info.state) {
      case "JobComplete":
        // A refusal of the account is the cause of its contact's.
        if (info.failed > 0) for (const [marker, one] of yield* refusals(client, known.shape, job)) {
          if (!refused.has(marker)) refused.set(marker, one)
        }
        if (info.failed === 0) known.done.add(job)
        continue
      case "Open":
        known.waiting.delete(job)
        yield* start(client, job)
        return "running"
      case "UploadComplete": case "InProgress": return "running"
      case "Failed": case "Aborted":
        // Some of it may be there; asked for again, an upsert finds it.
        return handle.markers.map((): Outcome => at === 0 ? { did: "unsent" } : { did: "unknown" })
      default: return yield* client.api.fail("bulk write", new Malformed({ message: "a bulk job is in no known state" }))
    }
  }
  const made = yield* readBack(known, handle)
  return handle.markers.map((marker, at): Outcome => {
    const why = handle.refused[String(at)]
    if (why !== undefined) return { did: "refused", cause: why }
    return made.get(marker) ?? refused.get(marker) ?? { did: "unknown" }
  })
})

const stateOf = Effect.fnUntraced(function*(client: Client, job: string) {
  const { json } = yield* client.read({ operation: "bulk write", method: "GET", path: "/jobs/ingest/{job}", params: { job } })
  const info = isRecord(json) ? json : {}
  return { state: textOf(info["state"]), failed: Number(info["numberRecordsFailed"] ?? 0) }
})

/** What was stored, as any reading shows it: in pages of what carries an id of ours and changed since. */
const readBack = Effect.fnUntraced(function*({ shape, source }: Known, { markers, since }: Handle) {
  const readAt = yield* Clock.currentTimeMillis
  const pull = yield* prepare(source, { columns: [] })
  const { select, view } = pull.selected
  const field = name(shape.externalId ?? "")
  const wanted = new Set(markers)
  const made = new Map<string, Outcome>()
  let after = ""
  for (let pages = Math.ceil(markers.length / pageSize) + 5; pages > 0 && made.size < wanted.size; pages--) {
    const window = all([view.where, soql`${field} != ${null}`, soql`SystemModstamp >= ${new At(since)}`,
      after === "" ? undefined : soql`Id > ${after}`])
    const { rows } = yield* source.client.query("bulk write",
      soql`SELECT ${select}, ${field} FROM ${name(view.object)} WHERE ${window} ORDER BY Id LIMIT ${pageSize}`)
    for (const row of rows) {
      const marker = textOf(row[shape.externalId ?? ""])
      if (marker === undefined || !wanted.has(marker)) continue
      const held = heldOf(pull, pull.selected, row)
      made.set(marker, { did: "written", id: held.id, after: held, readAt })
    }
    const last = rows.at(-1)
    if (rows.length < pageSize || last === undefined) break
    after = idOf(last)
  }
  return made
})

const refusals = Effect.fnUntraced(function*(client: Client, shape: Shape, job: string) {
  const outcomes = new Map<string, Outcome>()
  for (const row of yield* listed(client, job)) {
    outcomes.set(row[shape.externalId ?? ""] ?? "", outcomeOf(row["sf__Error"] ?? ""))
  }
  return outcomes
})

/** `CODE:message:FIELD1,FIELD2--`: the message repeats values and goes nowhere. */
const outcomeOf = (error: string): Outcome => {
  const statusCode = /^([A-Z_0-9]+)/.exec(error)?.[1] ?? "UNKNOWN_EXCEPTION"
  const named = /:([\w, ]*)--\s*$/.exec(error)?.[1] ?? ""
  const fields = named.split(",").map((field) => field.trim()).filter((field) => field !== "")
  return statusCode === "UNABLE_TO_LOCK_ROW" ? { did: "unsent" }
    : { did: "refused", cause: causeOf([{ statusCode, fields, message: "" }]) }
}

const listed = Effect.fnUntraced(function*(client: Client, job: string) {
  const answer = yield* client.read({ operation: "bulk write", method: "GET", path: "/jobs/ingest/{job}/failedResults",
    params: { job }, headers: { Accept: "text/csv" } })
  return recordsOf(answer.text)
})
