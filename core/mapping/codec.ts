/**
 * A codec leads between what one column holds and a canonical value. It is declared as an Effect Schema: `from` is the
 * column, `to` the canonical value, and the two functions between them are the schema's transformation. The hot path
 * calls the functions themselves, so that a hundred thousand rows do not pay for the machinery around them.
 */
import { Schema, SchemaTransformation } from "effect"
import { invalid, value } from "../model/value.ts"
import type { Json, Obs, Value } from "../model/value.ts"
import type { Patch, Record_ } from "./mapping.ts"

/** A canonical value that a column cannot hold: the field is not written, and `why` says so. */
export class Refusal {
  readonly why: string
  constructor(why: string) {
    this.why = why
  }
}

export const refuse = (why: string): Refusal => new Refusal(why)

/**
 * `R` is read, `W` can be written, `E` is what the column holds, `C` names other columns of the row that take part.
 */
export interface Codec<out R, in W = R, in E = string, out C extends string = never> {
  /** With its options: part of the mapping's version. */
  readonly name: string
  readonly schema: Schema.Codec<R, unknown>
  /** Everything it reads is a value of this schema: a field of that very type need not be checked again. */
  readonly yields?: Schema.Codec<unknown, unknown>
  /** Other columns of the same row that it reads. */
  readonly columns: ReadonlyArray<C>
  /** Reads what a column holds; never null and never a blank text. Says Null for a known placeholder. */
  readonly decode: (raw: Json, row: Record_) => Obs<Value>
  readonly encode: (value: Value, into: Record_ | undefined) => Json | Refusal
  /** Other columns that go with the value, e.g. its currency. */
  readonly also?: (value: Value | null, into: Record_ | undefined) => Patch
  /** Why a value may come back changed. */
  readonly lossy?: string
  /** Never set: what it takes, for the compiler. */
  readonly _takes?: (write: W, column: E) => void
}

interface Declaration<R extends Value, E, C extends string> {
  readonly name: string
  readonly from: Schema.Codec<E, unknown>
  readonly to: Schema.Codec<R, unknown>
  readonly columns?: ReadonlyArray<C>
  readonly decode: (raw: Json, row: Record_) => Obs<Value>
  readonly encode: (value: Value, into: Record_ | undefined) => Json | Refusal
  readonly also?: (value: Value | null, into: Record_ | undefined) => Patch
  readonly lossy?: string
}

const noColumns: ReadonlyArray<never> = []
const noRow: Record_ = {}

/** A codec from its parts. `decode` and `encode` must be pure and must not throw on any JSON. */
export const codec = <R extends Value, W = R, E = string, C extends string = never>(
  declared: Declaration<R, E, C>
): Codec<R, W, E, C> => ({
  name: declared.name,
  columns: declared.columns ?? noColumns,
  decode: declared.decode,
  encode: declared.encode,
  schema: schemaOf(declared),
  yields: declared.to,
  ...(declared.also === undefined ? {} : { also: declared.also }),
  ...(declared.lossy === undefined ? {} : { lossy: declared.lossy })
})

/** Its functions as the transformation of a schema, which sees one column and so no other one. */
const schemaOf = <R, E>(declared: Declaration<R & Value, E, string>): Schema.Codec<R, unknown> => {
  const read = (raw: unknown) => declared.decode(raw as Json, noRow)
  const write = (canonical: unknown) => declared.encode(canonical as Value, undefined)
  const from = declared.from.check(
    Schema.makeFilter((raw: unknown) => read(raw)._tag === "Value", {
      expected: `a column that ${declared.name} reads`
    })
  )
  const to = declared.to.check(
    Schema.makeFilter((canonical: unknown) => !(write(canonical) instanceof Refusal), {
      expected: `a value that ${declared.name} writes`
    })
  )
  return from.pipe(
    Schema.decodeTo(
      to,
      SchemaTransformation.transform({
        decode: (raw: unknown) => {
          const seen = read(raw)
          // The filters before and after it let only values pass.
          return (seen._tag === "Value" ? seen.value : null)
        },
        encode: (canonical: unknown) => write(canonical) as never
      }) as never
    )
  ) as Schema.Codec<unknown, unknown> as Schema.Codec<R, unknown>
}

/** Any Effect Schema from a column to a canonical value, as a codec. */
export const schema = <R extends Value, E>(of: Schema.Codec<R, E>): Codec<R, R, E> => {
  const decode = Schema.decodeUnknownOption(of)
  const encode = Schema.encodeUnknownOption(of)
  return {
    name: `schema ${spelled(of.ast)}`,
    schema: of,
    columns: noColumns,
    decode: (raw) => {
      const read = decode(raw)
      return read._tag === "Some" ? value(read.value) : invalid(raw, "does not fit the column's schema")
    },
    encode: (canonical) => {
      const written = encode(canonical)
      // Columns hold JSON; a schema that encodes to anything else fails the laws.
      return written._tag === "Some" ? (written.value as Json) : refuse("does not fit the column's schema")
    }
  }
}

/** What a schema says, as text: functions by their source. */
const spelled = (ast: object): string =>
  JSON.stringify(ast, (key, part: unknown) =>
    key === "annotations" || key === "context" ? undefined : typeof part === "function" ? String(part) : part
  ) ?? ""

export const isCodec = (of: object): of is Codec<unknown, never, never, string> =>
  "decode" in of && "encode" in of && "columns" in of
