/** Proves a mapping: laws L1 to L7 on generated and real records, each breach with the least input that shows it. */
import type { Schema } from "effect"
import type { Field, Mapping, Patch, Record_ } from "../mapping/mapping.ts"
import { apply } from "../mapping/patch.ts"
import { shapeOf } from "../mapping/shape.ts"
import type { Column } from "../mapping/shape.ts"
import type { Entity, FieldSpec } from "../model/entity.ts"
import { identical, isList, isRecord } from "../model/value.ts"
import type { Json, Obs, Path, Value } from "../model/value.ts"
import { isCanonicalFor, isObs, ofReading, ofViewing, ofWriting } from "./laws/checks.ts"
import type { Check, Finding, Law, Subject } from "./laws/checks.ts"
import { shrink } from "./laws/shrink.ts"
import { hostile, recordsOf, valuesOf } from "./laws/values.ts"
import { Random } from "./world/random.ts"

export type { Law } from "./laws/checks.ts"

/** A law that does not hold for a field, with the input that shows it. */
export interface Breach {
  readonly law: Law
  readonly path: Path
  readonly says: string
  /** The columns of the field, as they stood. */
  readonly record: Record_
  /** What was to be written; absent for laws about reading. */
  readonly value?: Value | null
  readonly wrote?: Patch
  readonly read?: Obs
}

export interface LawOptions {
  /** Real records of the system, e.g. those that `esl check` samples. */
  readonly samples?: ReadonlyArray<Record_>
  /** Generated records a field; at least this many are asked. Default 1,000. */
  readonly runs?: number
  readonly seed?: number
  /** Of a mapping that was not made by the kit. */
  readonly entity?: Entity<never>
}

export interface LawReport {
  /** One a law and field, in the order of the laws. */
  readonly breaches: ReadonlyArray<Breach>
  /** Records asked, by path. */
  readonly asked: ReadonlyMap<Path, number>
}

/** Asks every law of every field. Without a schema the one that the mapping was declared with is taken. */
export const checkLaws = <A>(
  mapping: Mapping<A>,
  schema?: Schema.Codec<unknown, unknown>,
  options: LawOptions = {}
): LawReport => {
  const record = schema ?? mapping.record
  const entity: Pick<Entity, "field"> | undefined = options.entity ?? mapping.target
  if (mapping.faults !== undefined) throw new TypeError(`mapping to ${mapping.entity}: ${mapping.faults.join("; ")}`)
  if (record === undefined || entity === undefined)
    throw new TypeError("the schema of the record and the entity are needed")
  const runs = options.runs ?? 1000
  const random = new Random(options.seed ?? 1)
  const subjects = subjectsOf(mapping, record, entity)
  const values = new Map(
    subjects.map(({ field, spec }) => [field.path, spec === undefined ? [] : valuesFor(field, spec, random)])
  )
  const generated = generate(record, subjects, values, runs, random)
  const breaches = new Map<string, Breach>()
  const asked = new Map<Path, number>()
  for (const subject of subjects) {
    const inputs = [
      ...(options.samples ?? []),
      ...generated.map((one, at) => (at % 3 === 2 ? mutated(subject.field, one, random) : one))
    ]
    asked.set(subject.field.path, inputs.length)
    examine(subject, inputs, values.get(subject.field.path) ?? [], breaches)
  }
  return { breaches: [...breaches.values()].sort((a, b) => (a.law < b.law ? -1 : a.law > b.law ? 1 : 0)), asked }
}

/** Keys of other records, as the side has them, are numbers or words; anything else says its schema. */
const valuesFor = (field: Field, spec: FieldSpec, random: Random): ReadonlyArray<Value> =>
  field.references?.some((one) => one.attribute === undefined) === true
    ? ["1", "17", "4711", "A-1", JSON.stringify(["1", "B"])]
    : valuesOf(spec, 200, random)

const subjectsOf = <A>(
  mapping: Mapping<A>,
  record: Schema.Codec<unknown, unknown>,
  entity: Pick<Entity, "field">
): ReadonlyArray<Subject> => {
  const keys = mapping.rowKeys ?? {}
  const shape = shapeOf(record)
  const children = new Set([...shape.children.keys(), ...Object.keys(keys)])
  const blank: { [column: string]: Json } = {}
  for (const column of new Set([...shape.columns.keys(), ...children, ...mapping.columns]))
    blank[column] = children.has(column) ? [] : emptyCell(shape.columns.get(column))
  return [...mapping.fields.values()].map((field) => ({
    write: mapping.write,
    field,
    spec: entity.field(field.path),
    keys: Object.fromEntries([...children].map((child) => [child, keys[child] ?? []])),
    blank,
    blanks: Object.fromEntries([...shape.children].map(([name, rows]) => [name, nulls(rows.columns.keys())])),
    others: [...mapping.fields.values()].filter((other) => isElsewhere(field, other, children))
  }))
}

/** As a system would make it: null, else what its columns begin with. */
const emptyCell = (column: Column | undefined): Json => {
  if (column === undefined || column.empty !== undefined) return column?.empty ?? null
  return [0, false, "0"].find((cell) => column.fits(cell)) ?? null
}

const nulls = (columns: Iterable<string>): Record_ => Object.fromEntries([...columns].map((column) => [column, null]))

/** Not in the same columns; in child rows another slot, as long as neither stands for all of the rows. */
const isElsewhere = (field: Field, other: Field, children: ReadonlySet<string>): boolean => {
  if (other.path === field.path || other.direction === "out") return false
  const shared = other.columns.filter((column) => field.columns.includes(column))
  return (
    shared.every((column) => children.has(column)) &&
    (shared.length === 0 || (field.ids === undefined && other.ids === undefined))
  )
}

/** A third as the schema draws them, two thirds filled with canonical values, so that more than rubbish is read. */
const generate = (
  schema: Schema.Codec<unknown, unknown>,
  subjects: ReadonlyArray<Subject>,
  values: ReadonlyMap<Path, ReadonlyArray<Value>>,
  runs: number,
  random: Random
): ReadonlyArray<Record_> => {
  const drawn = recordsOf(schema, Math.ceil(runs / 4), random.below(1_000_000))
  const blank = subjects[0]?.blank ?? {}
  return Array.from({ length: runs }, (_, at) => {
    const base = drawn.length === 0 || at % 5 === 4 ? blank : random.pick(drawn)
    if (at % 3 === 0) return base
    return subjects.reduce((record, { field, keys, blanks }) => {
      const candidates = values.get(field.path) ?? []
      if (candidates.length === 0 || random.chance(0.2)) return record
      return filled(field, record, random.pick(candidates), keys, blanks)
    }, base)
  })
}

const filled = (
  field: Field,
  record: Record_,
  golden: Value,
  keys: Subject["keys"],
  blanks: Subject["blanks"]
): Record_ => {
  try {
    const part = field.view === undefined ? golden : field.view.get(golden)
    return part === null ? record : apply(record, field.put(part, record), keys, blanks)
  } catch {
    // The laws themselves will say that it throws.
    return record
  }
}

/** One column of the field with something nasty in it, or gone. */
const mutated = (field: Field, record: Record_, random: Random): Record_ => {
  if (field.columns.length === 0) return record
  const column = random.pick(field.columns)
  const cell = record[column]
  const after: { [column: string]: Json } = { ...record }
  if (random.chance(0.1)) delete after[column]
  else if (isList(cell ?? null) && random.chance(0.9))
    after[column] = mutatedRows(cell as ReadonlyArray<Json>, random)
  else after[column] = random.pick(hostile)
  return after
}

const mutatedRows = (rows: ReadonlyArray<Json>, random: Random): Json => {
  if (rows.length === 0 || random.chance(0.2)) return [...rows, random.pick(hostile)]
  const chosen = random.below(rows.length)
  const row = rows[chosen]
  if (!isRecord(row ?? null) || random.chance(0.2)) return [...rows, ...rows].slice(0, rows.length + 1)
  const names = Object.keys(row as Record_)
  const changed = names.length === 0 ? row : { ...(row as Record_), [random.pick(names)]: random.pick(hostile) }
  return rows.map((one, at) => (at === chosen ? (changed ?? null) : one))
}

/** Asks every law until it is broken once. */
const examine = (
  subject: Subject,
  records: ReadonlyArray<Record_>,
  values: ReadonlyArray<Value>,
  breaches: Map<string, Breach>
): void => {
  const { field } = subject
  // Whether other fields move is asked of a quarter of the records: it costs a reading of the whole of them.
  const alone: Subject = { ...subject, others: [] }
  const seen: Array<Value> = []
  const note = (check: Check, record: Record_, value?: Value | null, of: Subject = subject): void => {
    const finding = check(of, record, value ?? null)
    if (finding === undefined || breaches.has(`${finding.law} ${field.path}`)) return
    breaches.set(`${finding.law} ${field.path}`, least(subject, check, finding, record, value))
  }
  for (const [at, record] of records.entries()) {
    for (const check of ofReading) note(check, record)
    const read = safely(() => field.get(record))
    if (isObs(read) && read._tag === "Value" && seen.length < 200 && isCanonicalFor(subject, read.value))
      seen.push(read.value)
    const candidates = at % 2 === 0 || seen.length === 0 ? values : seen
    const golden = candidates[(at >> 1) % Math.max(1, candidates.length)] ?? seen[at % Math.max(1, seen.length)]
    if (at % 7 === 3) for (const check of ofWriting) note(check, record, null)
    if (golden === undefined) continue
    for (const check of ofViewing) note(check, record, golden)
    const part = safely(() => (field.view === undefined ? golden : field.view.get(golden)))
    if (part === undefined || part === null) continue
    const into = at % 4 < 2 ? record : subject.blank
    for (const check of ofWriting) note(check, into, part, at % 8 === 0 || at % 8 === 3 ? subject : alone)
  }
}

const safely = <A>(run: () => A): A | undefined => {
  try {
    return run()
  } catch {
    return undefined
  }
}

/** The smallest value, then the smallest record, that break the same law. */
const least = (
  subject: Subject,
  check: Check,
  finding: Finding,
  record: Record_,
  value: Value | null | undefined
): Breach => {
  const { field } = subject
  const breaks = (at: Record_, of: Value | null | undefined): boolean =>
    check(subject, at, of ?? null)?.law === finding.law
  const short = pick(record, field.columns)
  const start = breaks(short, value) ? short : record
  const small =
    value === undefined || value === null
      ? value
      : (shrink(
          value,
          (candidate) => candidate !== null && isCanonicalFor(subject, candidate) && breaks(start, candidate)
        ) ?? value)
  const least_ = shrink(start, (candidate) => isRecord(candidate) && breaks(candidate, small))
  const at = isRecord(least_) ? least_ : start
  const last = check(subject, at, small ?? null) ?? finding
  return {
    ...last,
    path: field.path,
    record: identical(at, start) ? start : at,
    ...(small === undefined ? {} : { value: small })
  }
}

const pick = (record: Record_, columns: ReadonlyArray<string>): Record_ =>
  Object.fromEntries(Object.entries(record).filter(([column]) => columns.includes(column)))

const titles: { readonly [law in Law]: string } = {
  L1: "what is written is read back",
  L2: "writing back what was read changes nothing",
  L3: "normalising twice is normalising once",
  L4: "reading never throws",
  L5: "what is not said is not touched",
  L6: "a loss is declared",
  L7: "values are canonical and compared as such"
}

/** A breach in a few lines. Values of real records are shown only with `personal`. */
export const formatBreach = (breach: Breach, options: { readonly personal?: boolean } = {}): string => {
  const show = (json: unknown): string =>
    options.personal === false ? "(not shown)" : (JSON.stringify(json, (_, one: unknown) => one) ?? "nothing")
  return [
    `${breach.law} (${titles[breach.law]}) is broken by ${breach.path}: ${breach.says}`,
    `  record ${show(breach.record)}`,
    ...(breach.value === undefined ? [] : [`  value  ${show(breach.value)}`]),
    ...(breach.wrote === undefined ? [] : [`  wrote  ${show(breach.wrote)}`]),
    ...(breach.read === undefined ? [] : [`  read   ${show(breach.read)}`])
  ].join("\n")
}
