/** A value type: the schema of a canonical value together with the equality that means "the same" for it. */
import { Schema } from "effect"
import type { ListSpec } from "./entity.ts"
import { identical, isList, isRecord } from "./value.ts"
import type { Json, Value } from "./value.ts"

export interface ValueType<V = Value> {
  /** As the docs table shows it. */
  readonly name: string
  readonly schema: Schema.Codec<V, unknown>
  /** An equivalence over canonical values of this type (L7). */
  readonly same: (a: Json, b: Json) => boolean
  /** `same` in words, for the docs table. */
  readonly sameness: string
  /** One line for the docs: what the value looks like. */
  readonly doc: string
  /** Set by `listOf` and `setOf`: how elements are told apart and compared. */
  readonly list?: ListSpec
}

/** Compared as it stands: for values that have one spelling only. */
export const exact = <V extends Value>(name: string, doc: string, schema: Schema.Codec<V, unknown>): ValueType<V> => ({
  name,
  doc,
  schema,
  same: identical,
  sameness: "exact"
})

/** Compared by what `form` makes of it; values that `form` does not know are compared as they stand. */
export const by = <V extends Value>(
  name: string,
  doc: string,
  schema: Schema.Codec<V, unknown>,
  sameness: string,
  form: (value: Json) => Json | undefined
): ValueType<V> => ({
  name,
  doc,
  schema,
  sameness,
  same: (a, b) => identical(a, b) || identical(form(a) ?? a, form(b) ?? b)
})

export const Bool: ValueType<boolean> = exact("Bool", "`true` or `false`.", Schema.Boolean)

/** Counts and positions. Whatever may exceed 2^53 is text. */
export const Int: ValueType<number> = exact("Int", "A whole number below 2^53.", Schema.Int)

/** One of a closed list of words. */
export const oneOf = <const W extends ReadonlyArray<string>>(...words: W): ValueType<W[number]> =>
  exact(words.map((word) => `\`${word}\``).join(" "), "One of the listed words.", Schema.Literals(words))

/** No null, "" or empty list or object anywhere in it, and no number that is not whole: JSON as the hub can keep it. */
const isWhole = (json: Json): boolean => {
  if (json === null || (typeof json === "string" && json.trim() === "")) return false
  if (typeof json === "number") return Number.isSafeInteger(json)
  if (typeof json !== "object") return true
  const parts = isList(json) ? json : Object.values(json)
  return parts.length > 0 && parts.every(isWhole)
}

/** What a custom field holds until it is declared. */
export const AnyValue: ValueType<Value> = exact(
  "Any",
  "Any JSON but null; numbers are whole, decimals are text.",
  Schema.Json.pipe(
    Schema.refine((json): json is Value => isWhole(json), { expected: "a value without null, \"\" or fractions" })
  )
)

/** Free names with values, e.g. option values or what a customer had engraved. */
export const Properties: ValueType<{ readonly [name: string]: Value }> = exact(
  "Properties",
  "An object of names and values.",
  Schema.Record(Schema.NonEmptyString, AnyValue.schema).check(
    Schema.makeFilter((map: { readonly [name: string]: Value }) => Object.keys(map).length > 0, {
      expected: "at least one name"
    })
  )
)

/** The golden id of another entity, or `goldenId#elementId` for an element of it. */
export const Ref: ValueType<string> = exact(
  "Ref",
  "A golden id, or `goldenId#elementId` for an element of a list of that record.",
  Schema.String.check(Schema.isPattern(/^[^\s#]+(?:#[^\s#]+)?$/))
)

type TypeOfType<T> = T extends ValueType<infer V> ? V : never

/** An object whose parts each have a type; a side may lack some. Compared part by part. */
export const shape = <const P extends { readonly [part: string]: ValueType }>(
  name: string,
  parts: P
): ValueType<{ readonly [K in keyof P]?: TypeOfType<P[K]> }> => {
  const schema: Schema.Codec<unknown, unknown> = Schema.Struct(
    Object.fromEntries(Object.entries(parts).map(([part, type]) => [part, Schema.optionalKey(type.schema)]))
  ).check(Schema.makeFilter((value: object) => Object.keys(value).length > 0, { expected: "at least one part" }))
  return {
    name,
    doc: `\`{ ${Object.keys(parts).join(", ")} }\`.`,
    // Type and schema come from the same parts; TypeScript cannot see that.
    schema: schema as Schema.Codec<{ readonly [K in keyof P]?: TypeOfType<P[K]> }, unknown>,
    same: sameParts(parts),
    sameness: "part by part"
  }
}

const sameParts = (parts: { readonly [part: string]: ValueType }) => (a: Json, b: Json): boolean => {
  if (!isRecord(a) || !isRecord(b)) return identical(a, b)
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((part) => {
    const [left, right] = [a[part], b[part]]
    return left !== undefined && right !== undefined && (parts[part]?.same ?? identical)(left, right)
  })
}

/** Rows without a life of their own: they come and go with what holds them, and are compared in order. */
export const rowsOf = <V>(row: ValueType<V>): ValueType<ReadonlyArray<V>> => ({
  name: `Rows of ${row.name}`,
  doc: `One or more, in order: ${row.doc}`,
  schema: Schema.Array(row.schema).check(Schema.isMinLength(1)),
  same: (a, b) =>
    isList(a) && isList(b) ? a.length === b.length && a.every((one, at) => sameAt(row, one, b[at])) : identical(a, b),
  sameness: "row by row, in order"
})

const sameAt = ({ same }: Pick<ValueType, "same">, a: Json, b: Json | undefined): boolean => b !== undefined && same(a, b)
