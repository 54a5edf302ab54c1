/** A mapping as data: one declaration per field, read in both directions. Built by the kit in `./kit.ts`. */
import type { Schema } from "effect"
import type { Entity } from "../model/entity.ts"
import type { Json, Obs, Path, Value } from "../model/value.ts"

/** A record as a connector delivers it: columns by name; child rows as lists of objects. */
export type Record_ = { readonly [column: string]: Json }

/**
 * What a write changes, by column. A column that is not named is not touched (L5). A child collection is a `Rows`.
 * `null` clears.
 */
export type Patch = { readonly [column: string]: Json | Rows }

/** Changes to the child rows of one collection. Rows that are not named stay as they are. */
export class Rows {
  readonly rows: ReadonlyArray<RowChange>
  constructor(rows: ReadonlyArray<RowChange>) {
    this.rows = rows
  }
}

export interface RowChange {
  /** Key of an existing child row, in text; absent: a new row (or the one that `where` finds). */
  readonly id?: string
  /** Constants by which the row is found or made, e.g. the role of an address row. */
  readonly where?: Record_
  /** Columns to set; `null` removes the row. */
  readonly set: Record_ | null
  /** The golden element this row stands for; comes back in `Held.elements` once the row has a key. */
  readonly element?: string
}

/** Where the text that a reference field carries points to on the connection's side. */
export interface Reference {
  /** Canonical entity, e.g. `customer`, `product`. */
  readonly entity: string
  /** Resource of the same connection whose external ids the column holds. */
  readonly resource: string
  /** Attribute of the list elements that carries it; absent: the field itself. */
  readonly attribute?: string
}

/**
 * One lens between columns and one canonical path. All values are in the connection's own projection: what this
 * side can hold of the field. `view` leads from the golden value to the projection and back.
 */
export interface Field {
  readonly path: Path
  /** Columns read or written: the select list. */
  readonly columns: ReadonlyArray<string>
  /** both; in: read only; out: written only (constants are `out`). */
  readonly direction: "both" | "in" | "out"
  /** Never throws (L4). References come out as external ids of `references.resource`. */
  readonly get: (record: Record_) => Obs
  /** Columns that make `value` true here; `into` is the record as it stands, absent for a create. */
  readonly put: (value: Value | null, into: Record_ | undefined) => Patch
  /** What this side shows after `put value`: get(put v). Idempotent (L3). */
  readonly norm: (value: Value | null) => Value | null
  /** Present where this side holds only a part of the value (some parts of an address, some attributes of a list). */
  readonly view?: {
    readonly get: (golden: Value) => Value | null
    /** Lays this side's part over the golden value; the rest of it stays. */
    readonly put: (part: Value | null, golden: Value | undefined) => Value | null
  }
  readonly references?: ReadonlyArray<Reference>
  /** Elements of a list carry ids of this side's own (`ext`: child row keys) or natural keys only. */
  readonly ids?: { readonly kind: "ext"; readonly resource: string } | { readonly kind: "natural" }
  /** Parts of the value (of the elements of a list) that are read here and never written. */
  readonly onlyRead?: ReadonlyArray<string>
  /** What a structure, or each element of a list, is made of here; for the docs. */
  readonly parts?: ReadonlyArray<Part>
  /** Why a value may come back changed, in words for the docs (L6); absent: nothing is lost. */
  readonly lossy?: string
  /** This side's null means "not said" instead of "cleared". */
  readonly nullMeans?: "unknown"
  /** Why this side cannot hold the value; then `put` writes nothing of it, and the field is withheld from the push. */
  readonly refuses?: (value: Value | null) => string | undefined
  /** Equality in the projection beyond the entity's own sameness, e.g. phone digits, truncation; default by `norm`. */
  readonly same?: (a: Json, b: Json) => boolean
}

export interface Part {
  readonly name: string
  readonly direction: Field["direction"]
  readonly lossy?: string
  /** It is always this here, and stored nowhere. */
  readonly constant?: Value
}

export interface Mapping<A = unknown> {
  readonly entity: string
  /** Changes when the meaning of the declaration changes: a hash of its fields' shapes (SEMANTICS 1.10). */
  readonly version: string
  readonly fields: ReadonlyMap<Path, Field>
  /** Canonical paths this side can show or hold. */
  readonly covers: ReadonlyArray<Path>
  /** Columns to select. */
  readonly columns: ReadonlyArray<string>
  /** Columns that a create sets whatever the golden record says. */
  readonly constants: Patch
  /** Key columns of the child rows by the child's name: what `RowChange.id` is made of (several: a JSON array). */
  readonly rowKeys?: { readonly [child: string]: ReadonlyArray<string> }
  /** Four-valued, never throws. Contains every covered path whose direction is not `out`. */
  readonly read: (record: Record_) => ReadonlyMap<Path, Obs>
  /** A patch of exactly these paths (`null` clears), in the projection; references already external ids. */
  readonly write: (values: ReadonlyMap<Path, Value | null>, into: Record_ | undefined) => Patch
  /** What it was declared between: for the laws, `esl check` and `.with`. */
  readonly record?: Schema.Codec<unknown, unknown>
  readonly target?: Entity<A>
  /** What in the declaration does not fit its record or its entity, one sentence a fault; `resolve` refuses it. */
  readonly faults?: ReadonlyArray<string>
  /** Never set; carries the entity's type through the config. */
  readonly _entity?: (a: A) => A
}
