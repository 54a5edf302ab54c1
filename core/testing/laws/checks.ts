/** The laws of a mapping (SEMANTICS 1.3), each as a question to one field about one record and one value. */
import { Schema } from "effect"
import { apply, isIdle, rowKey } from "../../mapping/patch.ts"
import type { Blanks, RowKeys } from "../../mapping/patch.ts"
import { Rows } from "../../mapping/mapping.ts"
import type { Field, Mapping, Patch, Record_ } from "../../mapping/mapping.ts"
import { sameElement } from "../../model/entity.ts"
import type { FieldSpec } from "../../model/entity.ts"
import { identical, isList, isRecord } from "../../model/value.ts"
import type { Json, Obs, Path, Value } from "../../model/value.ts"

export type Law = "L1" | "L2" | "L3" | "L4" | "L5" | "L6" | "L7"

/** One field of a mapping with all that the laws ask about. */
export interface Subject {
  readonly write: Mapping["write"]
  readonly field: Field
  readonly spec: FieldSpec | undefined
  readonly keys: RowKeys
  readonly blanks: Blanks
  /** A record in which every column is empty. */
  readonly blank: Record_
  /** Fields that live in other places: writing this one must not move them. */
  readonly others: ReadonlyArray<Field>
}

export interface Finding {
  readonly law: Law
  /** What went wrong, in words, without values. */
  readonly says: string
  readonly wrote?: Patch
  readonly read?: Obs
}

/** `value` is absent for laws about reading. */
export type Check = (subject: Subject, record: Record_, value: Value | null) => Finding | undefined

const thrown = (what: string, cause: unknown): Finding => ({
  law: "L4",
  says: `${what} threw ${cause instanceof Error ? cause.name : typeof cause}`
})

/** Any question may meet code of an integrator that throws: that is a finding of its own. */
const total =
  (what: string, check: Check): Check =>
  (subject, record, value) => {
    try {
      return check(subject, record, value)
    } catch (cause) {
      return thrown(what, cause)
    }
  }

const presences = new Set(["Absent", "Null", "Value", "Invalid"])

export const isObs = (seen: unknown): seen is Obs =>
  typeof seen === "object" &&
  seen !== null &&
  "_tag" in seen &&
  presences.has(String(seen._tag)) &&
  (seen._tag !== "Value" || ("value" in seen && seen.value !== null && seen.value !== undefined))

/** Equal for this field: elements are compared without the ids that each side gives them. */
export const same = ({ field, spec }: Subject, a: Value, b: Value): boolean => {
  if (identical(a, b) || field.same?.(a, b) === true) return true
  const list = spec?.list
  if (list === undefined || !isList(a) || !isList(b) || !a.every(isRecord) || !b.every(isRecord))
    return spec?.same(a, b) ?? false
  if (a.length !== b.length) return false
  const bare = (one: Json): Json => (isRecord(one) ? { ...one, id: "" } : one)
  // A side that keeps no order of its own says so by its equality.
  if (list.ordered && field.same === undefined)
    return a.every((one, at) => sameElement(list, bare(one), bare(b[at] ?? null)))
  const left = [...b]
  return a.every((one) => {
    const at = left.findIndex((other) => sameElement(list, bare(one), bare(other)))
    if (at >= 0) left.splice(at, 1)
    return at >= 0
  })
}

const schemas = new WeakMap<object, (value: unknown) => boolean>()
const fits = (schema: Schema.Codec<unknown, unknown>): ((value: unknown) => boolean) => {
  const known = schemas.get(schema)
  if (known !== undefined) return known
  const is = Schema.is(schema)
  schemas.set(schema, is)
  return is
}

const hasFloat = (json: Json): boolean =>
  typeof json === "number"
    ? !Number.isSafeInteger(json)
    : isList(json)
      ? json.some(hasFloat)
      : isRecord(json) && Object.values(json).some(hasFloat)

/** A value that a golden record may hold; references are external ids here and so not asked. */
export const isCanonicalFor = ({ field, spec }: Subject, value: Value): boolean => {
  if (hasFloat(value)) return false
  if (spec === undefined || field.references?.some((one) => one.attribute === undefined) === true) return true
  const list = spec.list
  if (list === undefined || !isList(value) || !value.some(isRecord)) return fits(spec.schema)(value)
  return value.every(
    (element) =>
      isRecord(element) &&
      typeof element["id"] === "string" &&
      Object.entries(element).every(([name, one]) => {
        const type = list.elements[name]?.type
        const external = field.references?.some((reference) => reference.attribute === name) === true
        return name === "id" || external || type === undefined || fits(type.schema)(one)
      })
  )
}

/** L4: reading never throws and always says one of the four. */
const readsTotally: Check = total("get", ({ field }, record) => {
  const seen = field.get(record)
  return isObs(seen)
    ? undefined
    : { law: "L4", says: "get returned something that is neither absent, null, value nor invalid" }
})

/** L7: what is read is canonical, and does not depend on Unicode form or, in a set, on order. */
const readsCanonically: Check = total("get", (subject, record) => {
  const { field } = subject
  const seen = field.get(record)
  // Keys of other records are compared as they stand.
  if (seen._tag !== "Value" || field.references !== undefined) return undefined
  if (!isCanonicalFor(subject, seen.value))
    return { law: "L7", says: "what is read is not a canonical value of the field", read: seen }
  if (!same(subject, seen.value, seen.value))
    return { law: "L7", says: "a value is not the same as itself", read: seen }
  const other = field.get(reformed(record, field.columns))
  if (other._tag !== "Value" || !same(subject, seen.value, other.value)) {
    return { law: "L7", says: "the same text in another Unicode form (NFD) reads as another value", read: other }
  }
  const turned = field.get(reversed(record, field.columns))
  const ordered = subject.spec?.list === undefined || subject.spec.list.ordered
  if (
    !ordered &&
    !identical(record, reversed(record, field.columns)) &&
    (turned._tag !== "Value" || !sameAsSet(subject, seen.value, turned.value))
  ) {
    return { law: "L7", says: "the rows of a set in another order read as another value", read: turned }
  }
  return undefined
})

/** As the decision compares: by the field's own equality if it declares one. */
const sameAsSet = (subject: Subject, a: Value, b: Value): boolean =>
  subject.field.same === undefined ? same(subject, a, b) : subject.field.same(a, b)

const reformed = (record: Record_, columns: ReadonlyArray<string>): Record_ =>
  mapColumns(record, columns, (cell) => deep(cell, (text) => text.normalize("NFC").normalize("NFD")))

const deep = (json: Json, change: (text: string) => string): Json =>
  typeof json === "string"
    ? change(json)
    : isList(json)
      ? json.map((one) => deep(one, change))
      : isRecord(json)
        ? Object.fromEntries(Object.entries(json).map(([name, one]) => [name, deep(one, change)]))
        : json

const reversed = (record: Record_, columns: ReadonlyArray<string>): Record_ =>
  mapColumns(record, columns, (cell) => (isList(cell) && cell.every(isRecord) ? [...cell].reverse() : cell))

const mapColumns = (record: Record_, columns: ReadonlyArray<string>, change: (cell: Json) => Json): Record_ => {
  const after: { [column: string]: Json } = { ...record }
  for (const column of columns) {
    const cell = Object.hasOwn(record, column) ? record[column] : undefined
    if (cell !== undefined) after[column] = change(cell)
  }
  return after
}

/** L5: what the record does not say is no decision. */
const leavesAbsent: Check = total("get", ({ field }, record) => {
  if (field.columns.length === 0) return undefined
  const none = without(record, field.columns)
  const empty = field.get(none)
  if (empty._tag !== "Absent")
    return { law: "L5", says: "a record without the columns reads as a decision", read: empty }
  const seen = field.get(record)
  for (const column of field.columns) {
    const less = field.get(without(record, [column]))
    if (less._tag === "Null" && seen._tag === "Value")
      return { law: "L5", says: `without column ${column} the field reads as cleared`, read: less }
    if (
      less._tag === "Value" &&
      seen._tag === "Value" &&
      !identical(less.value, seen.value) &&
      field.view !== undefined &&
      field.ids === undefined
    ) {
      return { law: "L5", says: `without column ${column} the field reads as another value`, read: less }
    }
  }
  return undefined
})

const without = (record: Record_, columns: ReadonlyArray<string>): Record_ =>
  Object.fromEntries(Object.entries(record).filter(([column]) => !columns.includes(column)))

/** L2: writing back what was read changes nothing. */
const writesBackNothing: Check = total("put", ({ field, keys, blanks }, record) => {
  const seen = field.get(record)
  if (field.direction === "in" || (seen._tag !== "Value" && seen._tag !== "Null")) return undefined
  const wrote = field.put(seen._tag === "Value" ? seen.value : null, record)
  return identical(apply(record, wrote, keys, blanks), record)
    ? undefined
    : { law: "L2", says: "writing back what was read changes the record", wrote, read: seen }
})

/** L3: what the side makes of a value it makes of it once. */
const normsOnce: Check = total("norm", (subject, _record, value) => {
  const once = subject.field.norm(value)
  const twice = subject.field.norm(once)
  return agree(subject, once, twice)
    ? undefined
    : { law: "L3", says: "norm of norm is not norm: the value would swing", read: obsOf(twice) }
})

const agree = (subject: Subject, a: Value | null, b: Value | null): boolean =>
  a === b || (a !== null && b !== null && same(subject, a, b))

const obsOf = (value: Value | null): Obs => (value === null ? { _tag: "Null" } : { _tag: "Value", value })

/** L5: a patch names the columns of its field and leaves everything else as it is. */
const writesOwnColumns: Check = total("put", ({ field, keys, blanks, others }, record, value) => {
  if (field.direction === "in")
    return isIdle(field.put(value, record))
      ? undefined
      : { law: "L5", says: "a field that is only read writes", wrote: field.put(value, record) }
  const wrote = field.put(value, record)
  const foreign = Object.keys(wrote).find((column) => !field.columns.includes(column))
  if (foreign !== undefined)
    return { law: "L5", says: `the patch names column ${foreign}, which is not the field's`, wrote }
  const after = apply(record, wrote, keys, blanks)
  for (const other of others) {
    const [before, now] = [other.get(record), other.get(after)]
    const said = before._tag === "Value" || before._tag === "Null"
    if (said && !identical(json(before), json(now)))
      return { law: "L5", says: `writing it changes ${other.path}`, wrote, read: now }
  }
  const lost = lostRows(field, record, after, keys)
  return lost === undefined
    ? undefined
    : { law: "L5", says: `rows of ${lost} that the field does not show are gone or changed`, wrote }
})

const json = (seen: Obs): Json => (seen._tag === "Value" ? seen.value : seen._tag)

/** Rows which alone the field reads as nothing are not its own. */
const lostRows = (field: Field, record: Record_, after: Record_, keys: RowKeys): string | undefined => {
  for (const child of Object.keys(keys)) {
    const before = record[child]
    if (!field.columns.includes(child) || before === undefined || !isList(before)) continue
    const now = after[child]
    for (const row of before) {
      if (!isRecord(row) || field.get({ ...record, [child]: [row] })._tag !== "Null") continue
      const key = rowKey(row, keys[child] ?? [])
      const alone =
        key === undefined ||
        before.filter((one) => isRecord(one) && rowKey(one, keys[child] ?? []) === key).length === 1
      if (
        alone &&
        ownValue(field, row, child) === "other" &&
        (now === undefined || !isList(now) || !now.some((one) => identical(one, row)))
      )
        return child
    }
  }
  return undefined
}

const isNothing = (cell: Json): boolean => cell === null || (typeof cell === "string" && cell.trim() === "")

/** A blank row may be filled; a row of another kind stays blank whatever is in it. */
const ownValue = (field: Field, row: Record_, child: string): "blank" | "other" => {
  const filled = Object.fromEntries(
    Object.entries(row).map(([column, cell]) => [column, isNothing(cell) ? "x" : cell])
  )
  return field.get({ [child]: [filled] })._tag === "Null" ? "other" : "blank"
}

/** L1 and L6: what is written is read back; where it comes back changed, that was declared. */
const readsBack: Check = total("put", (subject, record, value) => {
  const { field, keys, blanks, blank } = subject
  if (field.direction !== "both") return undefined
  const now = field.get(record)
  // Where nothing can be read nothing is written: the field is withheld.
  if (now._tag === "Invalid" || now._tag === "Absent") return undefined
  const refused = field.refuses?.(value)
  // A new record has nothing in it yet.
  const wrote = field.put(value, record === blank && value !== null ? undefined : record)
  if (refused !== undefined) return undefined
  const seen = field.get(apply(record, wrote, keys, blanks))
  if (value === null) {
    return seen._tag === "Null"
      ? undefined
      : { law: "L1", says: "cleared, it does not read as empty", wrote, read: seen }
  }
  const norm = comparable(field, field.norm(value))
  if (norm === null && seen._tag === "Null") return field.lossy === undefined ? undeclared(wrote, seen) : undefined
  if (seen._tag !== "Value")
    return { law: "L1", says: `what is written reads back as ${seen._tag.toLowerCase()}`, wrote, read: seen }
  const [shown, meant] = [comparable(field, seen.value) ?? seen.value, comparable(field, value) ?? value]
  const told = norm !== null && (same(subject, norm, shown) || isWithin(subject, norm, shown))
  const lie: Finding = {
    law: "L1",
    says: "norm says another value than the one that is read back",
    wrote,
    read: seen
  }
  if (same(subject, shown, meant)) return told ? undefined : lie
  if (!isCanonicalFor(subject, seen.value))
    return { law: "L1", says: "what is written reads back as no canonical value", wrote, read: seen }
  const again = field.get(apply(blank, field.put(seen.value, undefined), keys, blanks))
  const writable = field.refuses?.(seen.value) === undefined
  if (writable && (again._tag !== "Value" || !same(subject, again.value, seen.value))) {
    return { law: "L1", says: "what is written reads back as another value, and never settles", wrote, read: seen }
  }
  if (field.lossy === undefined) return undeclared(wrote, seen)
  return told ? undefined : lie
})

/** Without the parts that are only read. */
const comparable = (field: Field, whole: Value | null): Value | null => {
  const { onlyRead } = field
  if (onlyRead === undefined || whole === null) return whole
  const less = (one: Json): Json =>
    isRecord(one) ? Object.fromEntries(Object.entries(one).filter(([name]) => !onlyRead.includes(name))) : one
  return isList(whole) ? whole.map(less) : less(whole)
}

/** A declared loss may also be a part that is never empty there: what the value has is there, and more. */
const isWithin = (subject: Subject, norm: Value, seen: Value): boolean => {
  const trimmed = (whole: Json, like: Json): Json =>
    isRecord(whole) && isRecord(like)
      ? Object.fromEntries(Object.entries(whole).filter(([name]) => like[name] !== undefined))
      : whole
  if (!isList(norm) || !isList(seen)) return same(subject, norm, trimmed(seen, norm) ?? "")
  const byId = new Map(norm.map((one) => [isRecord(one) ? one["id"] : one, one]))
  const less = seen.map((one, at) => trimmed(one, byId.get(isRecord(one) ? one["id"] : one) ?? norm[at] ?? null))
  return same(subject, norm, less)
}

const undeclared = (wrote: Patch, read: Obs): Finding => ({
  law: "L6",
  says: "the value comes back changed, and no loss was declared",
  wrote,
  read
})

/** A view shows a part of the golden value and lays it back; what it does not show stays. */
const viewsWell: Check = total("view", (subject, _record, value) => {
  const { view } = subject.field
  if (view === undefined || value === null) return undefined
  const shown = view.get(value)
  if (!agree(subject, shown, shown === null ? null : view.get(shown)))
    return { law: "L3", says: "the view of a view is another value", read: obsOf(shown) }
  const back = view.put(shown, value)
  if (agree(subject, back, value)) return undefined
  const held = back === null ? null : view.get(back)
  return agree(subject, held, shown)
    ? { law: "L5", says: "laying back what this side shows drops what it does not show", read: obsOf(back) }
    : { law: "L2", says: "laying back what this side shows changes the golden value", read: obsOf(back) }
})

/** A change on this side arrives in the golden value. */
const viewsChanges: Check = total("view", (subject, record, value) => {
  const { view } = subject.field
  const seen = subject.field.get(record)
  if (view === undefined || value === null || seen._tag !== "Value") return undefined
  const shown = view.get(view.put(seen.value, value) ?? "")
  return agree(subject, shown, seen.value)
    ? undefined
    : { law: "L1", says: "what this side shows does not arrive in the golden value", read: obsOf(shown) }
})

/** L5 and L2 for the mapping as a whole. */
const writesExactly: Check = total("write", ({ write, field }, record, value) => {
  if (!isIdle(write(new Map(), record)))
    return { law: "L5", says: "a write of nothing is not empty", wrote: write(new Map(), record) }
  const wrote = write(new Map([[field.path, value]]), record)
  const own = field.put(value, record)
  return sameColumns(wrote, own)
    ? undefined
    : { law: "L5", says: "a write of this path alone is not the patch of its field", wrote }
})

const sameColumns = (a: Patch, b: Patch): boolean =>
  Object.keys(a).sort().join("\n") === Object.keys(b).sort().join("\n") &&
  Object.keys(a).every((column) => a[column] instanceof Rows || identical(a[column] as Json, b[column] as Json))

/** Laws about reading one record. */
export const ofReading: ReadonlyArray<Check> = [readsTotally, leavesAbsent, readsCanonically, writesBackNothing]
/** Laws about one value, in the projection of this side, and a record. */
export const ofWriting: ReadonlyArray<Check> = [normsOnce, writesOwnColumns, readsBack, writesExactly]
/** Laws about one golden value and a record. */
export const ofViewing: ReadonlyArray<Check> = [viewsWell, viewsChanges]

export type { Path }
