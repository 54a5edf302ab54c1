/** What the kit offers, for the compiler: columns from the schema of the record, paths and values from the entity. */
import type { Schema } from "effect"
import type { Json, Value } from "../model/value.ts"
import type { Codec } from "./codec.ts"
import type { Lens, Target } from "./lens.ts"

/** A declaration of the kit, not yet bound to a canonical path. `R` is what it reads, `W` what it can write. */
export interface Draft<out R, in W = R> {
  readonly draft: "field"
  readonly make: (target: Target) => Lens
  /** Of a group: the part drafts by name. */
  readonly parts?: ReadonlyArray<readonly [name: string, draft: Draft<unknown, never>]>
  /** Of a slot in child rows: which row. */
  readonly row?: string
  /** Never set: what it reads and writes, for the compiler. */
  readonly _reads?: () => R
  readonly _writes?: (value: W) => void
}

/** A column that a create sets. */
export interface ColumnConstant {
  readonly draft: "constant"
  readonly column: string
  readonly constant: Json
}

type Present<V> = Exclude<V, null | undefined>

type RowIn<V> =
  Present<V> extends ReadonlyArray<infer R>
    ? R extends object
      ? R extends ReadonlyArray<unknown>
        ? never
        : R
      : never
    : never

/** Names of child collections: columns that hold lists of rows. */
export type ChildOf<S> = { [K in keyof S & string]: [RowIn<S[K]>] extends [never] ? never : K }[keyof S & string]
export type ColumnOf<S> = Exclude<keyof S & string, ChildOf<S>>
type TextColumnOf<S> = { [K in ColumnOf<S>]: Present<S[K]> extends string ? K : never }[ColumnOf<S>]
/** The row of a child collection. */
export type RowOf<S, C extends ChildOf<S>> = RowIn<S[C]>

/** Some columns with constants, e.g. `{ TYP: "RE" }`. */
export type Where<S> = { readonly [K in ColumnOf<S>]?: Present<S[K]> }

/** One part of a structure: a draft, or the name of a text column. */
type Part<S, V> =
  | (IsAny<V> extends true ? Draft<Value, never> : Draft<V>)
  | (string extends V ? TextColumnOf<S> : never)

/** Parts of a structure by name, each optional: this side may know some of them only. */
export type PartsOf<S, V> = { readonly [K in Exclude<keyof V, "id">]?: Part<S, Present<V[K]>> }

type ElementOf<V> = V extends ReadonlyArray<infer E> ? E : never

export interface KeyOptions<S> {
  /** Column (or columns) that tell the rows apart; with it elements are known by the system's own row keys. */
  readonly key?: ColumnOf<S> | ReadonlyArray<ColumnOf<S>>
  /** Name under which other records refer to these rows; default: the child's name. */
  readonly resource?: string
}

export interface ListOptions<S> extends KeyOptions<S> {
  /** Column that numbers the rows, for lists whose order has a meaning; without it the system's own order stands. */
  readonly order?: ColumnOf<S>
  /** Only rows with these constants take part; new rows get them. */
  readonly where?: Where<S>
}

export interface RowOptions<S> {
  readonly key?: ColumnOf<S> | ReadonlyArray<ColumnOf<S>>
  /** What becomes of the row when the value is cleared. Default: it is removed, unless other fields live in it. */
  readonly cleared?: "remove" | "blank"
}

export interface To {
  /** Canonical entity, e.g. `product`. */
  readonly entity: string
  /** Resource of the same connection whose ids the column holds. */
  readonly resource: string
}

/** What reads the columns of one row. */
export interface RowKit<S> {
  /** A column, through a codec; without one: text. */
  readonly field: {
    <K extends ColumnOf<S>, R, W = R>(column: K, codec: Codec<R, W, Present<S[K]>, ColumnOf<S>>): Draft<R, W>
    <K extends ColumnOf<S>, R>(column: K, codec: Schema.Codec<R, Present<S[K]>>): Draft<R>
    <K extends TextColumnOf<S>>(column: K): Draft<string>
  }
  /** Several columns: leaves below a path (`name: group({ given: "FNAME" })`), or parts of one structure (an address). */
  readonly group: <V>(parts: PartsOf<S, NoInfer<V>>) => Draft<V>
  /** The key of another record of the same connection; several columns for a composite key. */
  readonly reference: (column: ColumnOf<S> | ReadonlyArray<ColumnOf<S>>, to: To) => Draft<string>
  readonly constant: {
    /** A column that a create sets; under a name that begins with `$`. */
    <K extends ColumnOf<S>>(column: K, constant: Present<S[K]>): ColumnConstant
    /** A canonical value that this side does not store because it is always the same there. */
    <const V extends Value>(constant: V): Draft<V, unknown>
  }
  /** Read, never written. */
  readonly readOnly: <R, W>(draft: Draft<R, W>) => Draft<R, W>
  /** Written, never read. */
  readonly writeOnly: <R, W>(draft: Draft<R, W>) => Draft<R, W>
  /** Says why a value may come back changed. */
  readonly lossy: <R, W>(why: string, draft: Draft<R, W>) => Draft<R, W>
  /** Empty here means "not said", not "cleared". */
  readonly emptyMeansUnknown: <R, W>(draft: Draft<R, W>) => Draft<R, W>
}

/** What reads a record: its columns, and the rows of its child collections. */
export interface Kit<S> extends RowKit<S> {
  /** One child row, found by its constants: `row("ANSCHRIFTEN", { TYP: "RE" }, { city: "ORT" })`. */
  readonly row: {
    <C extends ChildOf<S>, R, W>(
      child: C,
      where: Where<RowOf<S, C>>,
      build: (kit: RowKit<RowOf<S, C>>) => Draft<R, W>,
      options?: RowOptions<RowOf<S, C>>
    ): Draft<R, W>
    <C extends ChildOf<S>, V>(
      child: C,
      where: Where<RowOf<S, C>>,
      parts: PartsOf<RowOf<S, C>, NoInfer<V>>,
      options?: RowOptions<RowOf<S, C>>
    ): Draft<V>
  }
  /** All rows of a child collection as a keyed list. */
  readonly list: {
    <C extends ChildOf<S>, V, P extends Open<PartsOf<RowOf<S, C>, ElementOf<V>>>>(
      child: C,
      build: (kit: RowKit<RowOf<S, C>>) => P & NoOther<P, PartsOf<RowOf<S, C>, ElementOf<NoInfer<V>>>>,
      options?: ListOptions<RowOf<S, C>>
    ): Draft<V>
    <C extends ChildOf<S>, V>(
      child: C,
      parts: PartsOf<RowOf<S, C>, ElementOf<NoInfer<V>>>,
      options?: ListOptions<RowOf<S, C>>
    ): Draft<V>
  }
  /** Elements of a list in columns of the record itself, e.g. the one variant of an article; a group of parts each. */
  readonly flat: <V>(
    parts: PartsOf<S, ElementOf<NoInfer<V>>> | ReadonlyArray<PartsOf<S, ElementOf<NoInfer<V>>>>,
    options?: KeyOptions<S>
  ) => Draft<V>
  /** One text column of child rows as a set of words, e.g. tags. */
  readonly words: <C extends ChildOf<S>>(
    child: C,
    column: TextColumnOf<RowOf<S, C>>,
    options?: ListOptions<RowOf<S, C>>
  ) => Draft<ReadonlyArray<string>>
}

type IsAny<V> = Value extends V ? true : false

type Below<A, G extends string> = {
  [P in keyof A & string as P extends `${G}.${infer Leaf}` ? Leaf : never]: Present<A[P]>
}

/** Beginnings of paths. In this form the compiler sees through it while it is still inferring `A`. */
type GroupOf<A, P = keyof A & string> = P extends `${infer G}.${string}` ? (G extends keyof A ? never : G) : never

/**
 * Every canonical path of the entity with what may stand there, and, for leaves with a common beginning (`name.given`,
 * `name.family`), that beginning with a group. `$...`: columns that a create sets.
 */
export type FieldsOf<A> = { readonly [P in (keyof A & string) | GroupOf<A>]?: At<A, P> } & {
  // One by one, because the names of a family (`custom.`) hide those of them that have a type of their own.
  readonly [P in keyof A as P extends `custom.${string}` ? P : never]?: At<A, P>
} & { readonly [K in `$${string}`]?: ColumnConstant }

/** Lets other names through, so that `NoOther` can name them. */
type Open<Known> = Known & { readonly [name: string]: unknown }

/** Names that a function returned and nobody knows: the compiler looks for them in object literals only. */
export type NoOther<F, Known> = { readonly [K in Exclude<keyof F & string, keyof Known>]: `there is no field ${K}` }

type At<A, P> = P extends keyof A
  ? IsAny<Present<A[P]>> extends true
    ? Draft<Value, never>
    : Draft<Present<A[P]>>
  : P extends string
    ? Draft<Below<A, P>>
    : never
