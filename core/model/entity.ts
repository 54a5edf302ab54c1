/** What an entity is: its fields with merge class, PII class, sameness and references. */
import type { Schema } from "effect"
import type { Json, Path, Value } from "./value.ts"

/**
 * How two sides of a field are brought together (CANONICAL-MODEL 4.1). I immutable, O owner register, L latest register,
 * S keyed set, C counter, A append-only union, R consent ratchet, M state machine, D derived.
 */
export type MergeClass = "I" | "O" | "L" | "S" | "C" | "A" | "R" | "M" | "D"

/** Drives masking, export and erasure. */
export type PiiClass = "none" | "personal" | "sensitive" | "secret"

export interface FieldSpec<V extends Value = Value> {
  readonly path: Path
  readonly schema: Schema.Codec<V, unknown>
  readonly merge: MergeClass
  readonly pii: PiiClass
  /** Equality of two present values of this field, in canonical form (L7). */
  readonly same: (a: Json, b: Json) => boolean
  /** One line for the docs table. */
  readonly doc: string
  /** The entity that this field points to; the canonical value is that entity's golden id, or `goldenId#elementId`. */
  readonly references?: string
  /** For a list: every element is an object with an `id` that is unique in the list (its natural key at birth). */
  readonly list?: ListSpec
  /** For class M: the states that may follow a state; any other move is an open conflict. */
  readonly next?: { readonly [state: string]: ReadonlyArray<string> }
}

export interface ListSpec {
  /** The natural key of an element, in text; undefined if the element has none. */
  readonly key: (element: { readonly [key: string]: Json }) => string | undefined
  /** Merge class of the attributes of an element; attributes not named are `L` inside S lists. */
  readonly elements: { readonly [attribute: string]: { readonly pii: PiiClass; readonly same?: (a: Json, b: Json) => boolean; readonly references?: string } }
  /** False where order has no meaning: then order never counts as a change. */
  readonly ordered: boolean
}

/** One value under which records of one entity are recognised as the same (SEMANTICS 1.6). */
export interface MatchKey {
  readonly kind: string
  /** Normalised. Stored as it is until encryption at rest. */
  readonly value: string
}

/** A way to recognise a record, e.g. `email`, `phone+name`, `sku`, `orderNumber`. */
export interface KeyKind {
  readonly kind: string
  /** The paths it is made of. */
  readonly paths: ReadonlyArray<Path>
  /** The normalised keys of a record; empty where a part is missing or demoted (no-reply addresses, dummies). */
  readonly of: (read: (path: Path) => Value | undefined) => ReadonlyArray<string>
}

export interface Entity<A = unknown> {
  readonly name: string
  readonly fields: ReadonlyMap<Path, FieldSpec>
  /** Schema of a whole record, keyed by path, every field optional: what a mapping reads and a golden record holds. */
  readonly schema: Schema.Codec<A, unknown>
  /** The field of a path, also for custom fields (`custom.<name>`), which exist without being listed. */
  readonly field: (path: Path) => FieldSpec | undefined
  /** Every deterministic key this entity offers; a sync picks some of them by kind with `match`. */
  readonly keys: ReadonlyArray<KeyKind>
  /** Checks that quarantine a record and never change it, e.g. totals that do not add up. Returns causes. */
  readonly check?: (read: (path: Path) => Value | undefined) => ReadonlyArray<{ readonly path: Path; readonly cause: string }>
}
