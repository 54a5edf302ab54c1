/** Writes a REST resource: the record is read again, still shows what the hub saw, and gets what changed. */
import { Clock, Effect } from "effect"
import { apply, isIdle, matches, rowKey } from "../../mapping/patch.ts"
import { Rows } from "../../mapping/mapping.ts"
import type { Patch, Record_, RowChange } from "../../mapping/mapping.ts"
import { isList, isRecord } from "../../model/value.ts"
import type { Json } from "../../model/value.ts"
import type { Answer, Lost, Write } from "../api.ts"
import type { Change, Fenced, Held, Outcome, Reader, Writer } from "../connector.ts"
import type { ConnectorError } from "../errors.ts"
import { each } from "../outcomes.ts"
import type { RestChild, RestWrite } from "../rest.ts"
import { at, nested, rowsByKey } from "./flat.ts"
import { heldIn, one, textOf } from "./reader.ts"
import type { Source } from "./reader.ts"

interface Target extends Source {
  readonly write: RestWrite
  readonly reader: Reader
  readonly writable: (column: string) => boolean
}

type Failure = ConnectorError | Lost | Fenced
type Fence = Effect.Effect<void, Fenced>

/** Records on their way at once; the lane holds them back further. */
const concurrency = 4

export const makeWriter = (target: Target): Writer => ({
  guard: target.write.version === undefined ? "reread" : "version",
  creates: target.write.idempotency === undefined ? "once" : "idempotent",
  shape: target.write.update === "PUT" ? "whole" : "patch",
  batch: 20,
  write: (changes, fence) => each(changes, concurrency, (change) => send(target, change, fence))
})

const send = (target: Target, change: Change, fence: Fence): Effect.Effect<Outcome, Failure> => {
  switch (change.op) {
    case "create": return create(target, change, fence)
    case "update": return guarded(target, change, (held) => update(target, change, held, fence))
    case "remove": return guarded(target, change, (held) => remove(target, change, held, fence))
  }
}

const refused = (cause: string): Outcome => ({ did: "refused", cause })

/** Right before the write: is it there, and does it still show what the hub saw? */
const guarded = (
  target: Target, change: Extract<Change, { op: "update" | "remove" }>,
  go: (held: Held) => Effect.Effect<Outcome, Failure>
): Effect.Effect<Outcome, Failure> => Effect.gen(function*() {
  const seen = yield* one(target, change.id)
  switch (seen._tag) {
    case "Gone": return { did: "gone" }
    case "Moved": return { did: "moved" }
    case "Held": return change.expect.holds(seen.record) ? yield* go(seen) : { did: "moved", now: seen }
    default: return refused("the record cannot be read")
  }
})

interface OwnRow {
  readonly child: string
  readonly path: string
  readonly key: string
  readonly change: RowChange
}

/** What a patch asks for, sorted. */
interface Work {
  readonly patch: Patch
  /** Nothing for the record itself. */
  readonly idle: boolean
  readonly body: { readonly [key: string]: Json }
  /** Rows with an address of their own. */
  readonly rows: ReadonlyArray<OwnRow>
  readonly withheld: ReadonlyArray<{ readonly path: string; readonly cause: string }>
}

const workOf = (target: Target, patch: Patch, into: Record_ | undefined): Work => {
  const { write } = target
  const cells: { [column: string]: Json } = {}
  const lists: { [column: string]: Json } = {}
  const rows: Array<OwnRow> = []
  const withheld: Array<Work["withheld"][number]> = []
  for (const [name, value] of Object.entries(patch)) {
    const child = write.children?.[name]
    if (!target.writable(name)) withheld.push({ path: name, cause: `${name} cannot be written there` })
    else if (!(value instanceof Rows)) cells[name] = value
    else if (child?.path === undefined) lists[name] = wholeList(into ?? {}, name, value, child)
    else rows.push(...value.rows.map((change) => ({ child: name, path: child.path ?? "", key: child.key, change })))
  }
  const base = into === undefined ? {} : write.update === "PUT" ? known(target, into, () => true)
    : write.objects === "replaced" ? known(target, into, siblingOf(cells)) : {}
  const idle = isIdle(cells) && isIdle(lists)
  return { patch, idle, body: { ...nested({ ...base, ...cells }), ...lists }, rows, withheld }
}

/** Columns of the record as it stands that go along. */
const known = (target: Target, record: Record_, which: (column: string) => boolean): Record_ =>
  Object.fromEntries(Object.entries(record).filter(([name]) =>
    target.columns.plain.has(name) && target.writable(name) && which(name)))

/** Parts of the nested objects that these columns lie in. */
const siblingOf = (cells: Record_) => {
  const headOf = (column: string): string | undefined => column.includes(".") ? column.split(".")[0] : undefined
  const heads = new Set(Object.keys(cells).map(headOf))
  return (column: string): boolean => column.includes(".") && heads.has(headOf(column))
}

/** The list as it will stand. A new row has no key yet: the system gives it one. */
const wholeList = (into: Record_, name: string, rows: Rows, child: RestChild | undefined): Json => {
  const key = child?.key ?? "id"
  const before = rowsByKey(into, name, key)
  const after = apply({ [name]: into[name] ?? [] }, { [name]: rows }, { [name]: [key] })[name]
  return (isList(after) ? after : []).filter(isRecord).map((row) => {
    const id = rowKey(row, [key])
    return nested(id !== undefined && before.has(id) ? row
      : Object.fromEntries(Object.entries(row).filter(([column]) => column !== key)))
  })
}

const create = Effect.fnUntraced(function*(
  target: Target, change: Extract<Change, { op: "create" }>, fence: Fence
): Effect.fn.Return<Outcome, Failure> {
  const { api, name, options, write } = target
  if (write.create === null) return refused("nothing can be created there")
  const work = workOf(target, change.patch(undefined), undefined)
  const { exists, idempotency } = write
  const readAt = yield* Clock.currentTimeMillis
  const answer = yield* api.write({
    operation: `create ${name}`, method: "POST", path: options.path, idempotent: idempotency !== undefined,
    body: { json: write.body?.(work.body, "create") ?? work.body },
    ...(idempotency === undefined ? {} : { headers: { [idempotency]: change.idempotencyKey } }),
    ...(exists === undefined ? {} : { accept: (answer) => exists(answer) !== undefined })
  }, fence)
  const met = exists?.(answer)
  if (met !== undefined) return { did: "exists", ...(met === true ? {} : { id: met }) }
  const held = heldIn(target, answer.json, readAt)
  const id = held?.id ?? idAt(answer)
  if (id === undefined) return { did: "unknown" }
  return yield* finish(target, { id, work, key: change.idempotencyKey, before: undefined }, held, fence)
})

const idAt = ({ headers }: Answer): string | undefined => {
  const last = headers["location"]?.split(/[?#]/)[0]?.split("/").at(-1)
  return last === undefined || last === "" ? undefined : decodeURIComponent(last)
}

const update = Effect.fnUntraced(function*(
  target: Target, change: Extract<Change, { op: "update" }>, held: Held, fence: Fence
): Effect.fn.Return<Outcome, Failure> {
  const { name, options, write } = target
  if (write.update === null) return refused("nothing can be changed there")
  const work = workOf(target, change.patch(held.record), held.record)
  const writing = { id: held.id, work, key: change.idempotencyKey, before: held.record }
  if (work.idle && work.rows.length === 0) return written(writing, held, undefined)
  if (work.idle) return yield* finish(target, writing, undefined, fence)
  const readAt = yield* Clock.currentTimeMillis
  const answer = yield* guardedWrite(target, held, {
    operation: `update ${name}`, method: write.update ?? "PATCH", path: `${options.path}/{id}`, params: { id: held.id },
    body: { json: write.body?.(work.body, "update") ?? work.body }
  }, fence)
  if (answer.status === 404 || answer.status === 410) return { did: "gone" }
  if (answer.status === 412) return { did: "moved" }
  return yield* finish(target, writing, heldIn(target, answer.json, readAt), fence)
})

/**
 * With a version the system itself keeps the write off a record that moved. A lost answer is not asked for again: a
 * version would have moved by our own write, and without one an edit in between would be overwritten.
 */
const guardedWrite = (
  { api, write: { version } }: Target, held: Held, call: Omit<Write, "idempotent">, fence: Fence
): Effect.Effect<Answer, Failure> => api.write({
  ...call,
  idempotent: false,
  accept: [404, 410, ...(version === undefined ? [] : [412])],
  ...(version === undefined || held.version === undefined ? {}
    : { headers: { [version.header]: version.write?.(held.version) ?? held.version } })
}, fence)

const remove = Effect.fnUntraced(function*(
  target: Target, change: Extract<Change, { op: "remove" }>, held: Held, fence: Fence
): Effect.fn.Return<Outcome, Failure> {
  const { name, options, write } = target
  const path = { path: `${options.path}/{id}`, params: { id: held.id } }
  if (change.how === "archive" ? write.archive === undefined : write.remove === null) {
    return refused(change.how === "archive" ? "nothing can be archived there" : "nothing can be removed there")
  }
  const body = write.archive === undefined ? {} : nested(write.archive)
  const answer = yield* guardedWrite(target, held, change.how === "delete"
    ? { operation: `remove ${name}`, method: "DELETE", ...path }
    : { operation: `archive ${name}`, method: write.update ?? "PATCH", ...path,
      body: { json: write.body?.(body, "update") ?? body } }, fence)
  if (answer.status === 404 || answer.status === 410) return { did: "gone" }
  if (answer.status === 412) return { did: "moved" }
  return { did: "written", id: held.id }
})

/** One record that is being written. */
interface Writing {
  readonly id: string
  readonly work: Work
  readonly key: string
  readonly before: Record_ | undefined
}

/** The rows with addresses of their own, then the record as it was stored. */
const finish = Effect.fnUntraced(function*(
  target: Target, writing: Writing, stored: Held | undefined, fence: Fence
): Effect.fn.Return<Outcome, Failure> {
  const { id, work } = writing
  const keys = new Map<RowChange, string>()
  for (const [n, row] of work.rows.entries()) {
    const key = yield* writeRow(target, { ...writing, key: `${writing.key}.${n}` }, row, fence)
    if (key !== undefined) keys.set(row.change, key)
  }
  const again = stored === undefined || work.rows.length > 0 ? yield* one(target, id) : undefined
  const after = again === undefined ? stored : again._tag === "Held" ? again : undefined
  return written(writing, after, after === undefined ? undefined : elementsOf(target, writing, after.record, keys))
})

const written = ({ id, work }: Writing, after: Held | undefined, elements: Held["elements"]): Outcome => ({
  did: "written", id,
  ...(after === undefined ? {} : { after: { ...after, ...(elements === undefined ? {} : { elements }) } }),
  ...(work.withheld.length === 0 ? {} : { withheld: work.withheld })
})

const writeRow = Effect.fnUntraced(function*(
  { api, write }: Target, { before, id, key: idempotencyKey }: Writing, row: OwnRow, fence: Fence
): Effect.fn.Return<string | undefined, Failure> {
  const { change, child, key, path } = row
  const there = [...rowsByKey(before ?? {}, child, key)]
  const found = change.id ?? there.find(([, one]) => change.where !== undefined && matches(one, change.where))?.[0]
  const operation = `${change.set === null ? "remove" : found === undefined ? "create" : "update"} ${child}`
  if (change.set === null) {
    if (found === undefined) return undefined
    yield* api.write({ operation, method: "DELETE", path: `${path}/{row}`, params: { id, row: found }, idempotent: true,
      accept: [404, 410] }, fence)
    return undefined
  }
  if (found !== undefined) {
    yield* api.write({ operation, method: "PATCH", path: `${path}/{row}`, params: { id, row: found }, idempotent: false,
      body: { json: nested(change.set) } }, fence)
    return found
  }
  const { idempotency } = write
  const { json } = yield* api.write({ operation, method: "POST", path, params: { id },
    idempotent: idempotency !== undefined, body: { json: nested({ ...change.where, ...change.set }) },
    ...(idempotency === undefined ? {} : { headers: { [idempotency]: idempotencyKey } }) }, fence)
  return textOf(at(json, key))
})

/** Which row a new element became: told by its own answer, or the new rows of the list in their order. */
const elementsOf = (
  target: Target, { before, work: { patch } }: Writing, after: Record_, told: ReadonlyMap<RowChange, string>
): Held["elements"] => {
  const elements: { [name: string]: { [element: string]: string } } = {}
  for (const [child, value] of Object.entries(patch)) {
    const key = target.write.children?.[child]?.key
    if (!(value instanceof Rows) || key === undefined) continue
    const old = rowsByKey(before ?? {}, child, key)
    const fresh = [...rowsByKey(after, child, key).keys()].filter((id) => !old.has(id))
    const made = value.rows.filter((row) => row.set !== null && row.id === undefined)
    made.forEach((row, n) => {
      const id = told.get(row) ?? (fresh.length === made.length ? fresh[n] : undefined)
      if (row.element === undefined || id === undefined) return
      for (const name of target.rowNames(child)) elements[name] = { ...elements[name], [row.element]: id }
    })
  }
  return Object.keys(elements).length === 0 ? undefined : elements
}
