/** A value type: the schema of a canonical value together with the equality that means "the same" for it. */
import { Schema } from "effect"
import type { ListSpec } from "./entity.ts"
import { identical } from "./value.ts"
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

/** Any JSON that is not null: what a custom field holds until it is declared. */
export const AnyValue: ValueType<Value> = exact(
  "Any",
  "Any JSON value but null.",
  // The filter leaves out exactly the null that tells Json from Value.
  Schema.Json.check(Schema.makeFilter((json) => json !== null && json !== "")) as Schema.Codec<Value, unknown>
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
