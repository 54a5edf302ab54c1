/** What an entity is: its fields with merge class, PII class, sameness and references. */
import { Schema } from "effect"
import { localeShape } from "./code.ts"
import { Text } from "./text.ts"
import type { ValueType } from "./type.ts"
import { AnyValue } from "./type.ts"
import { identical, isList, isRecord } from "./value.ts"
import type { Json, Path, Value } from "./value.ts"

/**
 * How two sides of a field are brought together (CANONICAL-MODEL 4.1). I immutable, O owner register, L latest
 * register, S keyed set, C counter, A append-only union, R consent ratchet, M state machine, D derived.
 */
export type MergeClass = "I" | "O" | "L" | "S" | "C" | "A" | "R" | "M" | "D"

/** Drives masking, export and erasure. */
export type PiiClass = "none" | "personal" | "sensitive" | "secret"

export interface FieldSpec<V = Value> {
  readonly path: Path
  readonly schema: Schema.Codec<V, unknown>
  readonly merge: MergeClass
  readonly pii: PiiClass
  /** Equality of two present values of this field, in canonical form (L7). */
  readonly same: (a: Json, b: Json) => boolean
  /** One line for the docs table. */
  readonly doc: string
  /** The value type, for docs and for tools that generate values. */
  readonly type?: ValueType<V>
  /** The entity that this field points to; the canonical value is that entity's golden id, or `goldenId#elementId`. */
  readonly references?: string
  /** The list of that entity whose elements are meant: `goldenId` alone then stands for a record whose list is not single. */
  readonly within?: Path
  /** For a list: every element is an object with an `id` that is unique in the list (its natural key at birth). */
  readonly list?: ListSpec
  /** For class M: the states that may follow a state; any other move is an open conflict. */
  readonly next?: { readonly [state: string]: ReadonlyArray<string> }
}

export interface AttributeSpec {
  readonly pii: PiiClass
  readonly same?: (a: Json, b: Json) => boolean
  readonly references?: string
  readonly within?: Path
  /** How one attribute of an element is brought together; absent: `L`. */
  readonly merge?: MergeClass
  readonly doc?: string
  readonly type?: ValueType
}

export interface ListSpec {
  /** The natural key of an element, in text; undefined if the element has none. A set of words hands in the word. */
  readonly key: (element: Json) => string | undefined
  /** Attributes of an element by name; empty for a set of words. */
  readonly elements: { readonly [attribute: string]: AttributeSpec }
  /** False where order has no meaning: then order never counts as a change. */
  readonly ordered: boolean
}

/** One value under which records of one entity are recognised as the same (SEMANTICS 1.6). */
export interface MatchKey {
  readonly kind: string
  /** Normalised. Stored as it is until encryption at rest. */
  readonly value: string
}

/** Reads a canonical value of one record. */
export type Read = (path: Path) => Value | undefined

/** A way to recognise a record, e.g. `email`, `phone+name`, `sku`, `orderNumber`. */
export interface KeyKind {
  readonly kind: string
  /** The paths it is made of. */
  readonly paths: ReadonlyArray<Path>
  /** The normalised keys of a record; empty where a part is missing or demoted (no-reply addresses, dummies). */
  readonly of: (read: Read) => ReadonlyArray<string>
  /** Used only where a sync names it in `match`: systems may give out such numbers by themselves. */
  readonly onRequest?: true
}

/** Why a record must not go on, in words without values. */
export interface Fault {
  readonly path: Path
  readonly cause: string
}

export interface Entity<A = unknown, C = unknown> {
  readonly name: string
  /** Never set; carries the merge class of every path into the types of a config. */
  readonly _classes?: C
  readonly fields: ReadonlyMap<Path, FieldSpec>
  /** Fields without end, by the beginning of their path: `custom.` and what the entity adds, e.g. `title.` + locale. */
  readonly families: ReadonlyMap<Path, FieldSpec>
  /** Schema of a whole record, keyed by path, every field optional: what a mapping reads and a golden record holds. */
  readonly schema: Schema.Codec<A, unknown>
  /** The field of a path, also for custom fields (`custom.<name>`), which exist without being listed. */
  readonly field: (path: Path) => FieldSpec | undefined
  /** Every deterministic key this entity offers; a sync picks some of them by kind with `match`. */
  readonly keys: ReadonlyArray<KeyKind>
  /** Checks that quarantine a record and never change it, e.g. totals that do not add up. Returns causes. */
  readonly check?: (read: Read) => ReadonlyArray<Fault>
}

/** A field before it has a path. */
export type FieldDeclaration<V = Value, M extends MergeClass = MergeClass> =
  & Omit<FieldSpec<V>, "path" | "merge">
  & { readonly type: ValueType<V>; readonly merge: M }

interface More {
  readonly references?: string
  readonly within?: Path
  readonly next?: { readonly [state: string]: ReadonlyArray<string> }
}

/** Declares a field: `field(Text, "L", "personal", "Given name.")`. */
export const field = <V, const M extends MergeClass>(
  type: ValueType<V>,
  merge: M,
  pii: PiiClass,
  doc: string,
  more: More = {}
): FieldDeclaration<V, M> => ({
  type,
  schema: type.schema,
  merge,
  pii,
  same: type.same,
  doc,
  ...(type.list === undefined ? {} : { list: type.list }),
  ...more
})

/** Fields by path. */
export interface Fields {
  readonly [path: Path]: FieldDeclaration
}

type ValueOf<D> = D extends FieldDeclaration<infer V> ? V : never

/** The flat type of a record, keyed by path: what mapping and config are checked against. */
export type RecordOf<F extends Fields, O extends Fields = {}> =
  & { readonly [P in keyof F]?: ValueOf<F[P]> }
  & { readonly [P in keyof O & string as `${P}${string}`]: ValueOf<O[P]> }
  & { readonly [P in `custom.${string}`]: Value }

/** The merge class of every path: what the rules of a config are checked against. */
export type ClassesOf<F extends Fields, O extends Fields = {}> =
  & { readonly [P in keyof F]: F[P]["merge"] }
  & { readonly [P in keyof O & string as `${P}${string}`]: O[P]["merge"] }

/** The record type of an entity: `TypeOf<typeof Customer>`. */
export type TypeOf<E> = E extends Entity<infer A> ? A : never

/** A custom field that nobody declared: any value, the newest wins, taken for personal. */
const custom = field(AnyValue, "L", "personal", "A field of the retailer's own; declare it with `extend` to give it a type.")

/** Builds an entity from its declarations. */
export const entity = <const F extends Fields, const O extends Fields = {}>(declared: {
  readonly name: string
  readonly fields: F
  /** Fields by locale: `{ "title.": ... }` declares `title.de`, `title.fr-CH` and so on. */
  readonly families?: O
  readonly keys: ReadonlyArray<KeyKind>
  readonly check?: (read: Read) => ReadonlyArray<Fault>
}): Entity<RecordOf<F, O>, ClassesOf<F, O>> => {
  const fields = withPaths(declared.fields)
  const families = withPaths({ ...declared.families, "custom.": custom })
  return {
    name: declared.name,
    fields,
    families,
    // The static type is computed from the same declarations that the schema is built from; TypeScript cannot see that.
    schema: recordSchema(fields, families) as Schema.Codec<RecordOf<F, O>, unknown>,
    field: lookup(fields, families),
    keys: declared.keys,
    ...(declared.check === undefined ? {} : { check: declared.check })
  }
}

/** The same entity with typed custom fields: `extend(Customer, { "custom.vip": field(Bool, "L", "none", "...") })`. */
export const extend = <A, C, const F extends Fields>(
  base: Entity<A, C>,
  more: F & { readonly [P in keyof F]: P extends `custom.${string}` ? F[P] : never }
): Entity<A & { readonly [P in keyof F]?: ValueOf<F[P]> }, C & ClassesOf<F>> => {
  const fields = new Map([...base.fields, ...withPaths(more)])
  const { _classes: _, ...rest } = base
  return {
    ...rest,
    fields,
    // As in `entity`: type and schema come from the same declarations.
    schema: recordSchema(fields, base.families) as Schema.Codec<
      A & { readonly [P in keyof F]?: ValueOf<F[P]> },
      unknown
    >,
    field: lookup(fields, base.families)
  }
}

const withPaths = (declarations: Fields): ReadonlyMap<Path, FieldSpec> =>
  new Map(Object.entries(declarations).map(([path, declaration]) => [path, { path, ...declaration }]))

/** What follows `custom.`; every other family goes by locale. */
const customName = /^[A-Za-z][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*$/

const memberOf = (prefix: Path): RegExp => prefix === "custom." ? customName : localeShape

const lookup = (fields: ReadonlyMap<Path, FieldSpec>, families: ReadonlyMap<Path, FieldSpec>) => {
  // Asked for every field of every record: the answer for a member of a family is made once.
  const members = new Map<Path, FieldSpec | undefined>()
  const member = (path: Path): FieldSpec | undefined => {
    for (const [prefix, spec] of families) {
      if (path.startsWith(prefix) && memberOf(prefix).test(path.slice(prefix.length))) return { ...spec, path }
    }
    return undefined
  }
  return (path: Path): FieldSpec | undefined => {
    const known = fields.get(path)
    if (known !== undefined) return known
    if (!members.has(path)) members.set(path, member(path))
    return members.get(path)
  }
}

const recordSchema = (
  fields: ReadonlyMap<Path, FieldSpec>,
  families: ReadonlyMap<Path, FieldSpec>
): Schema.Codec<unknown, unknown> =>
  Schema.StructWithRest(
    Schema.Struct(Object.fromEntries([...fields].map(([path, spec]) => [path, Schema.optionalKey(spec.schema)]))),
    [...families].map(([prefix, spec]) => {
      const name = Schema.String.check(Schema.isPattern(memberOf(prefix)))
      return Schema.Record(Schema.TemplateLiteral([prefix, name]), spec.schema)
    })
  )


/** An element of a list: an `id` and attributes, each of which a side may lack. */
export type ElementOf<F extends Fields> = { readonly id: string } & { readonly [P in keyof F]?: ValueOf<F[P]> }

/** Declares the value type of a keyed list of objects. `key` gives the natural key of an element. */
export const listOf = <const F extends Fields>(name: string, attributes: F, options: {
  readonly key: (element: ElementOf<F>) => string | undefined
  readonly ordered: boolean
}): ValueType<ReadonlyArray<ElementOf<F>>> => {
  const element = Schema.Struct({
    id: Text.schema,
    ...Object.fromEntries(Object.entries(attributes).map(([at, spec]) => [at, Schema.optionalKey(spec.schema)]))
  })
  const rows: Schema.Codec<unknown, unknown> = nonEmptyUnique(element)
  const list: ListSpec = {
    // Elements come from values that the schema of this very list has read.
    key: (json) => isRecord(json) ? options.key(json as ElementOf<F>) : undefined,
    elements: attributes,
    ordered: options.ordered
  }
  return {
    name: `List of ${name}`,
    doc: `Elements with an \`id\` that is unique in the list${options.ordered ? ", in order" : ""}.`,
    // As in `entity`: type and schema come from the same declarations.
    schema: rows as Schema.Codec<ReadonlyArray<ElementOf<F>>, unknown>,
    same: sameList(list),
    sameness: options.ordered ? "by id, attribute by attribute, in order" : "by id, attribute by attribute",
    list
  }
}

const nonEmptyUnique = (element: Schema.Codec<{ readonly id: string }, unknown>) =>
  Schema.Array(element).check(Schema.makeFilter(
    (list: ReadonlyArray<{ readonly id: string }>) =>
      list.length > 0 && new Set(list.map((one) => one.id)).size === list.length,
    { expected: "a non-empty list whose ids are unique" }
  ))

/** Declares a set of words: the element id is the word, compared by the type's own sameness through `key`. */
export const setOf = (type: ValueType<string>, key: (word: string) => string): ValueType<ReadonlyArray<string>> => {
  const keyOf = (json: Json) => typeof json === "string" ? key(json) : undefined
  return {
    name: `Set of ${type.name}`,
    doc: "A set of words without order.",
    schema: Schema.Array(type.schema).check(Schema.makeFilter(
      (words: ReadonlyArray<string>) => words.length > 0 && new Set(words.map(key)).size === words.length,
      { expected: "a non-empty set without doubles" }
    )),
    same: (a, b) => isList(a) && isList(b) ? sameSet(a.map(keyOf), b.map(keyOf)) : identical(a, b),
    sameness: `as a set; ${type.sameness}`,
    list: { key: keyOf, elements: {}, ordered: false }
  }
}

const sameSet = (a: ReadonlyArray<string | undefined>, b: ReadonlyArray<string | undefined>): boolean => {
  const [left, right] = [new Set(a), new Set(b)]
  return left.size === right.size && [...left].every((one) => right.has(one))
}

const sameList = (spec: ListSpec) => (a: Json, b: Json): boolean => {
  if (!isList(a) || !isList(b)) return identical(a, b)
  if (a.length !== b.length) return false
  if (spec.ordered) return a.every((one, at) => sameElement(spec, one, b[at]))
  const others = new Map(b.map((one) => [idOf(one), one]))
  return a.every((one) => sameElement(spec, one, others.get(idOf(one))))
}

const idOf = (element: Json): Json | undefined => isRecord(element) ? element["id"] : element

/** Equality of two elements: the same id, and every attribute the same by its own sameness. */
export const sameElement = (spec: ListSpec, a: Json | undefined, b: Json | undefined): boolean => {
  if (!isRecord(a) || !isRecord(b)) return identical(a, b)
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  for (const name of names) {
    const [left, right] = [a[name], b[name]]
    if (left === undefined || right === undefined) {
      if (left !== right) return false
    } else if (!(spec.elements[name]?.same ?? identical)(left, right)) return false
  }
  return true
}
