/** Batches: whole or in part by objectWriteTraceId, 207 where some inputs failed, 400 where two are one record. */
import type { Json } from "../../../core/model/value.ts"
import type { Reply } from "../../../core/connector/sandbox.ts"
import type { Portal, Stored, Values } from "./portal.ts"
import type { Kind } from "./properties.ts"
import { inBatch, invalid, missing, Refusal } from "./refusal.ts"

export interface Input {
  readonly id?: string
  readonly idProperty?: string
  readonly properties?: Values
  readonly objectWriteTraceId?: string
  readonly associations?: ReadonlyArray<{
    readonly to: { readonly id: string }
    readonly types: ReadonlyArray<{ readonly associationTypeId: number }>
  }>
}

export const most = 100

export interface Batch {
  readonly portal: Portal
  readonly kind: Kind
  /** From 2026-09 on: admin rules bind, and usual answers carry `numErrors`. */
  readonly dated: boolean
  readonly now: () => number
  /** A fault of the switch: this input fails. */
  readonly fails: (input: Input) => boolean
}

/** https://developers.hubspot.com/docs/api-reference/latest/crm/using-object-apis */
export const objectOf = (portal: Portal, record: Stored, wanted?: ReadonlyArray<string>,
  more: { readonly [name: string]: Json } = {}): { [name: string]: Json } => ({
  id: record.id, properties: portal.shown(record, wanted),
  createdAt: new Date(record.createdAt).toISOString(), updatedAt: new Date(record.updatedAt).toISOString(),
  archived: record.archivedAt !== undefined,
  ...record.archivedAt === undefined ? {} : { archivedAt: new Date(record.archivedAt).toISOString() },
  ...more
})

export const envelope = (now: number, results: ReadonlyArray<Json>): { [name: string]: Json } => {
  const at = new Date(now).toISOString()
  return { status: "COMPLETE", results, startedAt: at, completedAt: at, requestedAt: at }
}

const answered = (batch: Batch, done: number, results: ReadonlyArray<Json>, errors: ReadonlyArray<Json>): Reply => ({
  status: errors.length > 0 ? 207 : done,
  body: { ...envelope(batch.now(), results), ...errors.length > 0 || batch.dated ? { numErrors: errors.length } : {},
    ...errors.length > 0 ? { errors } : batch.dated ? { errors: [] } : {} }
})

export const withinCap = (inputs: ReadonlyArray<unknown>, cap = most): void => {
  if (inputs.length > cap) throw invalid(`The maximum number of inputs supported in a batch request is ${cap}. Received ${inputs.length}`)
  if (inputs.length === 0) throw invalid("inputs may not be empty")
}

/**
 * One bad input fails all of them, unless each carries a trace id of its own: then the others are written. Of two
 * contacts with one address only the first conflict is told.
 */
const each = (batch: Batch, inputs: ReadonlyArray<Input>, done: number,
  one: (input: Input) => Json, resolve: (input: Input) => string | undefined): Reply => {
  withinCap(inputs)
  const ids = inputs.flatMap((input) => resolve(input) ?? [])
  const doubled = ids.filter((id, at) => ids.indexOf(id) !== at)
  if (doubled.length > 0) throw invalid(`Duplicate IDs found in batch input: [${[...new Set(doubled)].join(", ")}]. IDs must be unique`)
  const traces = inputs.map((input) => input.objectWriteTraceId)
  const traced = traces.every((trace) => trace !== undefined) && new Set(traces).size === traces.length
  const failures = new Map<Input, Refusal>()
  const results: Array<Json> = []
  if (!traced) for (const input of inputs) {
    const refusal = tried(() => { trial(batch, input, resolve) })
    if (refusal !== undefined) throw refusal
  }
  for (const input of inputs) {
    const refusal = tried(() => {
      if (batch.fails(input)) throw new Refusal({ status: 400, category: "VALIDATION_ERROR", message: "switched on as a fault" })
      results.push(one(input))
    })
    if (refusal !== undefined) failures.set(input, refusal)
  }
  const [first] = failures.values()
  if (first !== undefined && !traced) throw first
  return answered(batch, done, results, [...failures].map(([input, { trouble }]) =>
    inBatch(trouble, { objectWriteTraceId: [input.objectWriteTraceId ?? ""] })))
}

const tried = (work: () => void): Refusal | undefined => {
  try {
    work()
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
  return undefined
}

/** Judges without writing, so that all or nothing is kept. */
const trial = (batch: Batch, input: Input, resolve: (input: Input) => string | undefined): void => {
  const id = resolve(input)
  const record = id === undefined ? undefined : batch.portal.alive(batch.kind, id)
  batch.portal.judge(batch.kind, input.properties ?? {}, record, batch.dated)
}

const trace = (input: Input): { readonly [name: string]: Json } =>
  input.objectWriteTraceId === undefined ? {} : { objectWriteTraceId: input.objectWriteTraceId }

export const batchCreate = (batch: Batch, inputs: ReadonlyArray<Input>): Reply => {
  const { dated, kind, portal } = batch
  const emails = inputs.flatMap(({ properties }) => kind.name === "contacts" ? properties?.["email"]?.toLowerCase() ?? [] : [])
  if (new Set(emails).size < emails.length) throw invalid("Duplicate values found in batch input for property email")
  return each(batch, inputs, 201, (input) => {
    const record = portal.create(kind, input.properties ?? {}, dated)
    associate(portal, kind, record.id, input.associations)
    return objectOf(portal, record, Object.keys(input.properties ?? {}), trace(input))
  }, () => undefined)
}

/** A record's kind follows from the number of the association: line items and orders, contacts and companies. */
const toKind: { readonly [typeId: number]: string } = {
  1: "companies", 279: "companies", 280: "contacts", 507: "contacts", 508: "orders", 509: "companies", 510: "orders",
  513: "line_items", 514: "orders"
}

export const associate = (portal: Portal, kind: Kind, id: string, associations: Input["associations"] = []): void => {
  for (const { to, types } of associations) for (const { associationTypeId } of types) {
    const name = toKind[associationTypeId]
    if (name === undefined) throw invalid(`this sandbox has no association type ${associationTypeId}`)
    const other = portal.kind(name)
    if (portal.alive(other, to.id) === undefined) throw invalid(`${other.singular} ${to.id} does not exist`)
    portal.link(kind, id, other, to.id)
  }
}

export const batchUpdate = (batch: Batch, inputs: ReadonlyArray<Input>): Reply => {
  const { dated, kind, portal } = batch
  const resolve = (input: Input): string | undefined => portal.alive(kind, input.id ?? "", input.idProperty)?.id
  return each(batch, inputs, 200, (input) => {
    const record = portal.alive(kind, input.id ?? "", input.idProperty)
    if (record === undefined) throw missing(notThere(kind))
    portal.update(record, input.properties ?? {}, dated)
    return objectOf(portal, record, Object.keys(input.properties ?? {}), trace(input))
  }, resolve)
}

const notThere = (kind: Kind): string =>
  `Could not get some ${kind.singular.toUpperCase()} objects, they may be deleted or not exist. Check that ids are valid.`

export const batchUpsert = (batch: Batch, inputs: ReadonlyArray<Input>): Reply => {
  const { dated, kind, portal } = batch
  for (const { idProperty } of inputs) {
    if (idProperty === undefined || idProperty === "hs_object_id") throw invalid("upsert requires an idProperty whose values are unique")
  }
  const values = inputs.map(({ id, idProperty }) => `${idProperty}|${id?.toLowerCase()}`)
  if (new Set(values).size < values.length) throw invalid("Duplicate IDs found in batch input. IDs must be unique")
  const emails = inputs.flatMap(({ id, idProperty, properties }) => kind.name === "contacts"
    ? (properties?.["email"] ?? (idProperty === "email" ? id : undefined))?.toLowerCase() ?? [] : [])
  if (new Set(emails).size < emails.length) throw invalid("Duplicate values found in batch input for property email")
  const resolve = (input: Input): string | undefined => portal.alive(kind, input.id ?? "", input.idProperty)?.id
  return each(batch, inputs, 200, (input) => {
    const name = input.idProperty ?? ""
    const sent = { ...input.properties, [name]: input.properties?.[name] ?? input.id ?? "" }
    const known = portal.alive(kind, input.id ?? "", name)
    if (known !== undefined) portal.update(known, sent, dated)
    const record = known ?? portal.create(kind, sent, dated)
    return objectOf(portal, record, Object.keys(sent), { new: known === undefined, ...trace(input) })
  }, resolve)
}

export const batchRead = (batch: Batch, request: {
  readonly inputs: ReadonlyArray<Input>
  readonly properties: ReadonlyArray<string>
  readonly idProperty?: string
}, archived: boolean): Reply => {
  const { kind, portal } = batch
  withinCap(request.inputs)
  const lost: Array<string> = []
  const results = request.inputs.flatMap(({ id = "" }) => {
    const by = request.idProperty
    const record = by === undefined ? portal.find(kind, id) : portal.byUnique(kind, by, id)
    if (record !== undefined && (record.archivedAt !== undefined) === archived) {
      return [objectOf(portal, record, request.properties)]
    }
    lost.push(id)
    return []
  })
  const trouble = { status: 404, category: "OBJECT_NOT_FOUND", message: notThere(kind) }
  const errors = lost.length === 0 ? [] : [inBatch(trouble, { ids: lost })]
  return answered(batch, 200, results, errors)
}

export const batchArchive = (batch: Batch, inputs: ReadonlyArray<Input>): Reply => {
  withinCap(inputs)
  for (const { id } of inputs) {
    const record = batch.portal.alive(batch.kind, id ?? "")
    if (record !== undefined) batch.portal.archive(record)
  }
  return { status: 204 }
}
