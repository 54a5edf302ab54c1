/** Sends rows as collections inside composite calls, tries locked rows again, and halves a list that fails whole. */
import { Effect, Random } from "effect"
import type { Fenced } from "../../core/connector/connector.ts"
import type { ConnectorError } from "../../core/connector/errors.ts"
import type { Json } from "../../core/model/value.ts"
import { isRecord, listOf, textOf } from "./client.ts"
import type { Client, Found, Part, PartAnswer } from "./client.ts"
import { causeOf, classOf, errorsOf } from "./errors.ts"
import type { RecordError } from "./errors.ts"
import { to18 } from "./ids.ts"
import type { Soql } from "./soql.ts"
import type { RowWork } from "./work.ts"

/** What became of a change. */
export type Fate =
  | { readonly did: "written"; readonly id?: string; readonly elements: { readonly [element: string]: string } }
  | { readonly did: "gone" | "unsent" | "unknown" | "moved" }
  /** `field` of `object` is to blame, if the org said so. */
  | { readonly did: "refused"; readonly cause: string; readonly object: string; readonly field: string | undefined }

/** Asked at the end of the last call. */
export type ReadBack = Soql | undefined

interface Sent {
  readonly fates: ReadonlyMap<number, Fate>
  readonly rows: ReadonlyArray<Found>
}

/** Rows of one collection, and collections (or queries) of one composite call [M]. */
const rowsAtMost = 200
const collectionsAtMost = 5
/** A locked row is tried again this often. */
const lockTries = 3
const lockPauseMs = 400

interface Group {
  readonly object: string
  readonly op: RowWork["op"]
  readonly rows: ReadonlyArray<RowWork>
}

interface Result {
  readonly row: RowWork
  readonly id?: string
  readonly errors: ReadonlyArray<RecordError>
}

/** Everything that is known while a batch is sent. */
class Sending {
  readonly results: Array<Result> = []
  readonly unknown = new Set<number>()
  /** Changes of which a row failed: what follows of them is not sent. */
  readonly failed = new Set<number>()
  shown: ReadonlyArray<Found> = []
  /** Broken off: nothing more leaves. */
  stopped = false
}

export const sendRows = (
  client: Client, rows: ReadonlyArray<RowWork>, readBack: ReadBack, fence: Effect.Effect<void, Fenced>,
  externalId: string | undefined
): Effect.Effect<Sent, ConnectorError | Fenced> => Effect.gen(function*() {
  const sending = new Sending()
  const calls = packed(groupsOf(rows))
  for (const [at, groups] of calls.entries()) {
    yield* send({ client, sending, fence, externalId }, groups, at === calls.length - 1 ? readBack : undefined)
    if (sending.stopped) break
  }
  for (let left = lockTries; left > 0 && !sending.stopped; left--) {
    const locked = takeLocked(sending, rows)
    if (locked.length === 0) break
    yield* Effect.sleep(lockPauseMs * (lockTries - left + 1) * (0.5 + (yield* Random.next)))
    for (const groups of packed(groupsOf(locked))) yield* send({ client, sending, fence, externalId }, groups, readBack)
  }
  return { fates: fatesOf(sending, rows), rows: sending.shown }
})

/** One object and kind of write each, in the order of the stages; rows of one parent stand together. */
const groupsOf = (rows: ReadonlyArray<RowWork>): ReadonlyArray<Group> => {
  const sorted = rows.map((row, at) => ({ row, at })).sort((a, b) => a.row.stage - b.row.stage
    || compare(`${a.row.object} ${a.row.op}`, `${b.row.object} ${b.row.op}`) || compare(a.row.parent, b.row.parent) || a.at - b.at)
  const groups: Array<Group & { readonly stage: number; readonly rows: Array<RowWork> }> = []
  for (const { row } of sorted) {
    const last = groups.at(-1)
    const fits = last !== undefined && last.object === row.object && last.op === row.op && last.stage === row.stage
    if (fits && last.rows.length < rowsAtMost) last.rows.push(row)
    else groups.push({ object: row.object, op: row.op, stage: row.stage, rows: [row] })
  }
  return groups
}

const compare = (a: string, b: string): number => a < b ? -1 : a > b ? 1 : 0

/** One place stays free for reading back. */
const packed = (groups: ReadonlyArray<Group>): ReadonlyArray<ReadonlyArray<Group>> => {
  const calls: Array<ReadonlyArray<Group>> = []
  const size = collectionsAtMost - 1
  for (let at = 0; at < groups.length; at += size) calls.push(groups.slice(at, at + size))
  return calls
}

interface Line {
  readonly client: Client
  readonly sending: Sending
  readonly fence: Effect.Effect<void, Fenced>
  readonly externalId: string | undefined
}

const send = (
  line: Line, all: ReadonlyArray<Group>, readBack: ReadBack
): Effect.Effect<void, ConnectorError | Fenced> => Effect.gen(function*() {
  const { client, externalId, fence, sending } = line
  const groups = all.map((group) => ({ ...group, rows: group.rows.filter(({ at }) => !sending.failed.has(at)) }))
    .filter(({ rows }) => rows.length > 0)
  if (groups.length === 0) return
  const parts = groups.map((group, at) => partOf(group, `w${at}`, externalId))
  const back: ReadonlyArray<Part> = readBack === undefined ? []
    : [{ method: "GET", path: `/query?q=${encodeURIComponent(readBack.text)}`, name: "back" }]
  // Upserts and inserts with a unique id do what they did before; a change that came late is not sent twice.
  const idempotent = groups.every(({ op }) => op === "upsert" || (op === "insert" && externalId !== undefined))
  const answers = yield* client.composite("write", [...parts, ...back], { idempotent }, fence).pipe(
    Effect.catchTag("Lost", () => Effect.sync(() => {
      for (const { rows } of groups) for (const { at } of rows) sending.unknown.add(at)
      sending.stopped = true
      return undefined
    })),
    Effect.catchTag("Fenced", (fenced) => handled(sending, fenced)),
    Effect.catchTag("ConnectorError", (error) => splitOrFail(line, groups, readBack, error))
  )
  if (answers === undefined) return
  for (const [at, group] of groups.entries()) yield* taken(line, group, answers.get(`w${at}`), readBack)
  sending.shown = [...sending.shown, ...shownIn(answers.get("back"))]
})

/** What was written stays written: only what has not left is given back. */
const handled = (sending: Sending, fenced: Fenced): Effect.Effect<undefined, Fenced> => {
  if (sending.results.length === 0) return Effect.fail(fenced)
  sending.stopped = true
  return Effect.succeed(undefined)
}

/** A call that is refused whole is halved until the culprit stands alone. */
const splitOrFail = (
  line: Line, groups: ReadonlyArray<Group>, readBack: ReadBack, error: ConnectorError
): Effect.Effect<undefined, ConnectorError | Fenced> => Effect.gen(function*() {
  const { sending } = line
  const ats = [...new Set(groups.flatMap(({ rows }) => rows.map(({ at }) => at)))]
  const itself = error.reason._tag === "Refused" || error.reason._tag === "Stale" || error.reason._tag === "Malformed"
  if (!itself || ats.length === 1) {
    if (itself && (sending.results.length > 0 || ats.length === 1)) {
      refuse(sending, groups, error.reason._tag === "Refused" ? error.reason.code ?? "refused" : error.reason._tag)
      return undefined
    }
    if (sending.results.length === 0) return yield* error
    sending.stopped = true
    return undefined
  }
  const half = new Set(ats.slice(0, Math.ceil(ats.length / 2)))
  for (const first of [true, false]) {
    const some = groups.map((group) => ({ ...group, rows: group.rows.filter(({ at }) => half.has(at) === first) }))
    yield* send(line, some, readBack)
  }
  return undefined
})

const refuse = (sending: Sending, groups: ReadonlyArray<Group>, statusCode: string): void => {
  for (const { rows } of groups) {
    for (const row of rows) {
      sending.results.push({ row, errors: [{ statusCode, fields: [], message: "" }] })
      sending.failed.add(row.at)
    }
  }
}

/** The results of one collection, in the order in which the rows were sent. */
const taken = (
  line: Line, group: Group, answer: PartAnswer | undefined, readBack: ReadBack
): Effect.Effect<void, ConnectorError | Fenced> => Effect.gen(function*() {
  const { sending } = line
  const { rows } = group
  if (answer === undefined || answer.status >= 400 || !Array.isArray(answer.body)) {
    const errors = errorsOf(answer?.body)
    const passing = errors.some(({ statusCode }) => ["wait", "busy", "retry"].includes(classOf(statusCode)))
    if (!passing && rows.length > 1) {
      const middle = Math.ceil(rows.length / 2)
      const halves = [rows.slice(0, middle), rows.slice(middle)]
      for (const half of halves) yield* send(line, [{ ...group, rows: half }], readBack)
      return
    }
    for (const row of rows) note(sending, { row, errors: errors.length > 0 ? errors : [odd] })
    return
  }
  const list: ReadonlyArray<Json> = answer.body
  for (const [at, row] of rows.entries()) {
    const result = list[at]
    const errors = isRecord(result) && result["success"] === true ? [] : errorsOf(isRecord(result) ? result["errors"] : null)
    const id = isRecord(result) ? textOf(result["id"]) : undefined
    const there = alreadyThere(row, errors, line.externalId)
    if (there !== undefined && row.op === "insert") note(sending, { row, id: there, errors: [] })
    // An upsert of ours that came late was faster: sent again it finds the record.
    else if (there !== undefined) note(sending, { row, errors: [inTheWay] })
    else note(sending, { row, errors: isRecord(result) && result["success"] === true ? [] : errors.length > 0 ? errors : [odd],
      ...(id === undefined ? {} : { id: to18(id) }) })
  }
})

const inTheWay: RecordError = { statusCode: "UNABLE_TO_LOCK_ROW", fields: [], message: "" }
const odd: RecordError = { statusCode: "UNKNOWN_EXCEPTION", fields: [], message: "" }

const note = (sending: Sending, result: Result): void => {
  sending.results.push(result)
  if (result.errors.length > 0) sending.failed.add(result.row.at)
}

/** A row with our unique id was made by a call whose answer was lost: it is the one we meant. */
const alreadyThere = (
  row: RowWork, errors: ReadonlyArray<RecordError>, externalId: string | undefined
): string | undefined => {
  const [error] = errors
  if ((row.op !== "insert" && row.op !== "upsert") || externalId === undefined || error?.statusCode !== "DUPLICATE_VALUE") return undefined
  const found = /duplicate value found: (\w+) duplicates value on record with id: ([a-zA-Z0-9]{15,18})/.exec(error.message)
  return found?.[1] === externalId ? to18(found[2] ?? "") : undefined
}

/** Locked rows, and what of their changes failed or was held back because of them, once more. */
const takeLocked = (sending: Sending, rows: ReadonlyArray<RowWork>): ReadonlyArray<RowWork> => {
  const locked = new Set(sending.results.filter(isLocked).map(({ row }) => row.at))
  if (locked.size === 0) return []
  const done = new Set<RowWork>()
  const kept = sending.results.filter((one) => !locked.has(one.row.at) || one.errors.length === 0)
  for (const { row } of kept) done.add(row)
  sending.results.splice(0, sending.results.length, ...kept)
  for (const at of locked) sending.failed.delete(at)
  return rows.filter((row) => locked.has(row.at) && !done.has(row))
}

const isLocked = ({ errors }: Result): boolean => errors.some(({ statusCode }) => statusCode === "UNABLE_TO_LOCK_ROW")

const partOf = ({ object, op, rows }: Group, name: string, externalId: string | undefined): Part => {
  const typed = (row: RowWork): Json => ({ attributes: { type: object }, ...row.values })
  const records = (each: (row: RowWork) => Json): Json => ({ allOrNone: false, records: rows.map(each) })
  switch (op) {
    case "insert": return { method: "POST", path: "/composite/sobjects", name, body: records(typed) }
    case "update": return { method: "PATCH", path: "/composite/sobjects", name,
      body: records((row) => ({ attributes: { type: object }, ...row.values, id: row.id ?? null })) }
    case "upsert": return { method: "PATCH", path: `/composite/sobjects/${object}/${externalId ?? ""}`, name,
      body: records((row) => ({ attributes: { type: object }, ...row.values, [externalId ?? ""]: row.key ?? null })) }
    case "delete": return { method: "DELETE", name,
      path: `/composite/sobjects?ids=${rows.map((row) => row.id ?? "").join(",")}&allOrNone=false` }
  }
}

const shownIn = (answer: PartAnswer | undefined): ReadonlyArray<Found> =>
  answer === undefined || answer.status >= 400 || !isRecord(answer.body) || answer.body["done"] === false ? []
    : listOf(answer.body["records"]).filter(isRecord)

const fatesOf = (sending: Sending, rows: ReadonlyArray<RowWork>): ReadonlyMap<number, Fate> => {
  const fates = new Map<number, Fate>()
  const byChange = new Map<number, Array<Result>>()
  for (const result of sending.results) byChange.set(result.row.at, [...byChange.get(result.row.at) ?? [], result])
  for (const at of new Set(rows.map((row) => row.at))) {
    const results = byChange.get(at) ?? []
    const mine = rows.filter((row) => row.at === at)
    const creates = mine.some(({ main, op }) => main && (op === "upsert" || op === "insert"))
    fates.set(at, sending.unknown.has(at) ? { did: "unknown" } : fateOf(results, mine.length, creates))
  }
  return fates
}

const fateOf = (results: ReadonlyArray<Result>, rows: number, creates: boolean): Fate => {
  const bad = results.find(({ errors }) => errors.length > 0)
  // What is there of a record that was half made is looked for by its marker.
  const half = creates ? "unknown" : "moved"
  if (bad === undefined) {
    // Broken off in the middle: what is there is read, and the rest decided anew.
    if (results.length < rows) return { did: results.length === 0 ? "unsent" : half }
    const main = results.find(({ row }) => row.main)
    const elements = Object.fromEntries(results.flatMap(({ id, row }) =>
      row.element === undefined || id === undefined ? [] : [[row.element, id] as const]))
    return { did: "written", elements, ...(main?.id === undefined ? {} : { id: main.id }) }
  }
  const codes = bad.errors.map(({ statusCode }) => statusCode)
  if (bad.row.main && bad.row.id !== undefined && isGone(bad.errors)) return { did: "gone" }
  const passing = codes.some((code) => ["wait", "busy", "retry"].includes(classOf(code)))
  const some = results.some(({ errors, row }) => errors.length === 0 && row.op !== "upsert")
  if (passing) return { did: some ? half : "unsent" }
  const [field] = bad.errors.flatMap(({ fields }) => fields)
  return { did: "refused", cause: causeOf(bad.errors), object: bad.row.object, field }
}

const isGone = (errors: ReadonlyArray<RecordError>): boolean => errors.some(({ fields, statusCode }) =>
  statusCode === "ENTITY_IS_DELETED" || (statusCode === "INVALID_CROSS_REFERENCE_KEY" && fields.length === 0))
