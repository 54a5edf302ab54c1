/** What the config says, compiled: the only knobs `decide` and `plan` know. */
import type { Json, Path, Value } from "../model/value.ts"
import type { Condition } from "../model/condition.ts"
import type { Entity, MergeClass } from "../model/entity.ts"
import type { Mapping } from "../mapping/mapping.ts"
import type { ExtId, Side } from "./state.ts"

/** How a field is decided when both sides changed it. */
export type Rule =
  | { readonly rule: "newest" }
  | { readonly rule: "owner"; readonly side: string /* connection */ }
  | { readonly rule: "origin" }
  | { readonly rule: "prefer"; readonly order: ReadonlyArray<string> /* connections */ }
  | { readonly rule: "hold" }
  /** Given by the class: union, counter, ratchet, append, forward, immutable, derived. */
  | { readonly rule: "union" | "counter" | "ratchet" | "append" | "forward" | "immutable" | "derived" }

/** One field on one side. */
export interface FieldPolicy {
  readonly path: Path
  readonly cls: MergeClass
  readonly rule: Rule
  /** The side may change the golden record (`give`), the hub may write here (`take`). */
  readonly inbound: boolean
  readonly outbound: boolean
  readonly nullInbound: "clear" | "ignore" | "clear-if-owner"
  /** Where linked records differ at first sight. */
  readonly initial: { readonly first: "prefer"; readonly order: ReadonlyArray<string> } | { readonly first: "newest" | "oldest" | "hold" }
  /** What happens to an edit on a side that may not give. */
  readonly onForeignEdit: "mirror-back" | "tolerate" | "hold"
  /** Equality in the side's projection. */
  readonly same: (a: Json, b: Json) => boolean
  /** Declared normalisation of the side (L3). */
  readonly norm: (value: Value | null) => Value | null
}

export interface SidePolicy {
  readonly side: Side
  readonly connection: string
  /** Position in `between`: breaks ties of equal evidence. */
  readonly priority: number
  readonly mapping: Mapping
  /** By canonical path; only paths the mapping covers. */
  readonly fields: ReadonlyMap<Path, FieldPolicy>
  /** No writer, or declared read-only. */
  readonly readOnly: boolean
  readonly create: Condition
  /** Which records take part at all. */
  readonly only: Condition
  /** A record without any key may be created elsewhere and linked. */
  readonly keyless: boolean
  /** What a deletion there does elsewhere. */
  readonly onDelete: "unlink" | "propagate" | "archive" | "recreate" | "ignore" | "review"
  readonly creates: "upsert" | "idempotent" | "marker" | "once" | "none"
  readonly guard: "version" | "values" | "reread" | "none"
  /** Hub milliseconds to wait before a marker search after an unknown create (R9). */
  readonly createWaitMs: number
}

export interface Policy {
  readonly entity: Entity
  readonly sides: ReadonlyMap<Side, SidePolicy>
  /** Kinds of keys to match by, in order. */
  readonly match: ReadonlyArray<string>
  /** Records linked by hand: each group is one golden record. */
  readonly pins: ReadonlyArray<{ readonly [side: Side]: ExtId }>
  /** Differences of clocks below this decide nothing. */
  readonly skewMs: number
  /** Tombstones outlive the longest stale read. */
  readonly tombstoneMs: number
}
