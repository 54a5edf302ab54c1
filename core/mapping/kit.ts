/** `mapping(RecordSchema, Entity, kit => ({ ... }))`: one declaration, compiled into what reads and writes records. */
import { Schema } from "effect"
import type { Entity, FieldSpec } from "../model/entity.ts"
import { absent, invalid, isList } from "../model/value.ts"
import type { Json, Obs, Path, Value } from "../model/value.ts"
import { checkReference, checkWrites, Faults, kitOf, targetOf } from "./build.ts"
import type { Options } from "./build.ts"
import type { ColumnConstant, Draft, FieldsOf, Kit, NoOther } from "./draft.ts"
import type { Lens } from "./lens.ts"
import type { Field, Mapping, Patch, Record_, Rows } from "./mapping.ts"
import { merge } from "./patch.ts"
import type { RowKeys } from "./patch.ts"
import { shapeOf } from "./shape.ts"

/** A mapping with what it was made from, so that it can be extended and proved. */
export interface Mapped<S, A> extends Mapping<A> {
  readonly record: Schema.Codec<unknown, S>
  readonly target: Entity<A>
  /** The same mapping with more fields, or other ones for the same paths. */
  readonly with: {
    <F extends FieldsOf<A>>(build: (kit: Kit<S>) => F & NoOther<F, FieldsOf<A>>): Mapped<S, A>
    <T, F extends FieldsOf<A>>(
      more: Schema.Codec<unknown, T>,
      build: (kit: Kit<NoInfer<T>>) => F & NoOther<F, FieldsOf<A>>
    ): Mapped<S & T, A>
  }
  /** The same mapping less these paths. */
  readonly without: (...paths: ReadonlyArray<Path>) => Mapped<S, A>
}

type AnyDraft = Draft<unknown, never>
type Declared = ReadonlyMap<string, AnyDraft | ColumnConstant>

/** Declares how records of one resource and one entity correspond. */
export const mapping = <S extends object, A, F extends FieldsOf<A>>(
  record: Schema.Codec<unknown, S>,
  entity: Entity<A>,
  build: (kit: Kit<NoInfer<S>>) => F & NoOther<F, FieldsOf<A>>,
  options: Options = {}
): Mapped<S, A> => {
  const faults = new Faults()
  return compile(record, entity, declared(record, entity, build, options, faults), options, faults)
}

/** By path; a group at the beginning of several paths is as good as its leaves. */
const declared = <S, A>(
  record: Schema.Codec<unknown, S>,
  entity: Entity<A>,
  build: (kit: Kit<S>) => FieldsOf<A>,
  options: Options,
  faults: Faults
): Declared => {
  // The kit knows columns by name only; its types, computed from the schema, are those of `Kit`.
  const kit = kitOf(shapeOf(record), options, faults) as unknown as Kit<S>
  const fields: { readonly [path: string]: unknown } = build(kit)
  return new Map(
    Object.entries(fields).flatMap(([path, one]): ReadonlyArray<readonly [string, AnyDraft | ColumnConstant]> => {
      if (!isDraft(one)) return []
      if (one.draft === "constant" || one.parts === undefined || entity.field(path) !== undefined)
        return [[path, one]]
      return one.parts.map(([name, part]) => [`${path}.${name}`, part])
    })
  )
}

const isDraft = (one: unknown): one is AnyDraft | ColumnConstant =>
  typeof one === "object" && one !== null && "draft" in one

const compile = <S, A>(
  record: Schema.Codec<unknown, S>,
  entity: Entity<A>,
  drafts: Declared,
  options: Options,
  faults: Faults
): Mapped<S, A> => {
  const lenses = lensesOf(entity, drafts, faults)
  const fields = new Map([...lenses].map(([path, lens]) => [path, fieldOf(path, lens)]))
  const constants = constantsOf(drafts)
  const readable = [...fields].filter(([, field]) => field.direction !== "out")
  const rowKeys: RowKeys = Object.assign({}, ...[...lenses.values()].map((lens) => lens.rowKeys))
  const covers = [...fields.keys()]
  return {
    entity: entity.name,
    target: entity,
    record,
    ...(faults.all.length === 0 ? {} : { faults: faults.all }),
    version: hashOf(
      [
        entity.name,
        ...[...lenses].map(([path, lens]) => `${path} ${lens.direction} ${lens.nullMeans ?? ""} ${lens.says}`),
        JSON.stringify(constants)
      ].join("\n")
    ),
    fields,
    covers,
    columns: [...new Set([...fields.values()].flatMap((field) => field.columns))],
    constants,
    rowKeys,
    read: reader(readable),
    write: writer(fields, lenses),
    // A second schema adds columns; the drafts already made keep the columns they were made of.
    with: ((
      first: Schema.Codec<unknown, never> | ((kit: Kit<never>) => FieldsOf<A>),
      second?: (kit: Kit<never>) => FieldsOf<A>
    ) => {
      const found = new Faults()
      for (const fault of faults.all) found.add(fault)
      const [schema, build] = second === undefined ? [record, first] : [first, second]
      const more = declared(
        schema as Schema.Codec<unknown, never>,
        entity,
        build as (kit: Kit<never>) => FieldsOf<A>,
        options,
        found
      )
      const whole = second === undefined ? record : joined(record, schema as Schema.Codec<unknown, unknown>)
      return compile(whole, entity, new Map([...drafts, ...more]), options, found)
    }) as unknown as Mapped<S, A>["with"],
    without: (...paths) =>
      compile(record, entity, new Map([...drafts].filter(([path]) => !paths.includes(path))), options, new Faults())
  }
}

/** One schema with the columns of both. */
const joined = (
  record: Schema.Codec<unknown, unknown>,
  more: Schema.Codec<unknown, unknown>
): Schema.Codec<unknown, unknown> =>
  isStruct(record) && isStruct(more) ? Schema.Struct({ ...record.fields, ...more.fields }) : record

const isStruct = (
  schema: object
): schema is { readonly fields: { readonly [column: string]: Schema.Codec<unknown, unknown> } } => "fields" in schema

const lensesOf = (entity: Entity, drafts: Declared, faults: Faults): ReadonlyMap<Path, Lens> => {
  const lenses = new Map<Path, Lens>()
  const rows = new Map<string, number>()
  for (const one of drafts.values())
    if (one.draft === "field" && one.row !== undefined) rows.set(one.row, (rows.get(one.row) ?? 0) + 1)
  const add = (path: Path, spec: FieldSpec, one: AnyDraft): void => {
    const lens = one.make(targetOf(spec, one.row !== undefined && (rows.get(one.row) ?? 0) > 1))
    checkReference(path, spec.references, lens, faults)
    if (lens.constant !== undefined && !targetOf(spec, false).fits(lens.constant))
      faults.add(`${path}: the constant is not a canonical value`)
    lenses.set(path, lens)
  }
  for (const [path, one] of drafts) {
    if (one.draft === "constant") continue
    const spec = entity.field(path)
    if (spec === undefined) faults.add(`${entity.name} has no field ${path}`)
    else add(path, spec, one)
  }
  checkWrites("", [...lenses], faults)
  return lenses
}

const constantsOf = (drafts: Declared): Patch => {
  const constants: { [column: string]: Json } = {}
  for (const one of drafts.values()) if (one.draft === "constant") constants[one.column] = one.constant
  return constants
}

const plainly = (raw: unknown): Json =>
  typeof raw === "string" || typeof raw === "number" || typeof raw === "boolean"
    ? raw
    : isList(raw as Json)
      ? "a list"
      : "an object"

const fieldOf = (path: Path, lens: Lens): Field => {
  const direction = lens.constant !== undefined ? "in" : lens.direction
  const { get, put } = lens
  return {
    path,
    columns: lens.columns,
    direction,
    get: (record) => {
      if (direction === "out") return absent
      try {
        return get(record)
      } catch (cause) {
        // Whatever a codec of the integrator's own throws, the other fields go on (L4).
        return invalid(plainly(record), cause instanceof Error ? `reading failed: ${cause.name}` : "reading failed")
      }
    },
    put: direction === "in" ? () => ({}) : put,
    norm: lens.norm,
    refuses: lens.refuses,
    ...(lens.view === undefined ? {} : { view: lens.view }),
    ...(lens.references.length === 0 ? {} : { references: lens.references }),
    ...(lens.ids === undefined ? {} : { ids: lens.ids }),
    ...(lens.lossy === undefined ? {} : { lossy: lens.lossy }),
    ...(lens.onlyRead === undefined ? {} : { onlyRead: lens.onlyRead }),
    ...(lens.parts === undefined ? {} : { parts: lens.parts }),
    ...(lens.same === undefined ? {} : { same: lens.same }),
    ...(lens.nullMeans === undefined ? {} : { nullMeans: lens.nullMeans })
  }
}

const reader = (fields: ReadonlyArray<readonly [Path, Field]>) => {
  const paths = fields.map(([path]) => path)
  const gets = fields.map(([, field]) => field.get)
  return (record: Record_): ReadonlyMap<Path, Obs> => {
    const read = new Map<Path, Obs>()
    for (let at = 0; at < paths.length; at++) {
      const path = paths[at]
      const get = gets[at]
      if (path !== undefined && get !== undefined) read.set(path, get(record))
    }
    return read
  }
}

const writer = (fields: ReadonlyMap<Path, Field>, lenses: ReadonlyMap<Path, Lens>) => {
  const direct = new Map(
    [...fields].flatMap(([path, field]) => {
      const lay = field.direction === "in" ? undefined : lenses.get(path)?.lay
      return lay === undefined ? [] : [[path, lay] as const]
    })
  )
  return (values: ReadonlyMap<Path, Value | null>, into: Record_ | undefined): Patch => {
    const patch: { [column: string]: Json | Rows } = {}
    for (const [path, wanted] of values) {
      const lay = direct.get(path)
      if (lay !== undefined) lay(patch, wanted, into)
      else {
        const field = fields.get(path)
        if (field !== undefined) merge(patch, field.put(wanted, into))
      }
    }
    return patch
  }
}

/** 53 bits of a text (cyrb53): tells versions apart, protects nothing. */
const hashOf = (source: string): string => {
  let [a, b] = [0xdeadbeef, 0x41c6ce57]
  for (let at = 0; at < source.length; at++) {
    const code = source.charCodeAt(at)
    a = Math.imul(a ^ code, 2654435761)
    b = Math.imul(b ^ code, 1597334677)
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909)
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909)
  return (4294967296 * (2097151 & b) + (a >>> 0)).toString(36)
}
