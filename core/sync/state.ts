/**
 * What the hub knows, as values (SEMANTICS 1.1). The store keeps these; `plan` reads and returns them; nothing here
 * touches a clock, a disk or a network.
 *
 * Terminology
 * - side: one participant, `connection.resource`, e.g. `erp.KUNDEN`. Everything per connection is kept per side.
 * - golden record: the hub's value of one entity. link: one external record of it (crosswalk and shadow in one row).
 * - pair: what golden said and what the side showed when both last agreed on a field.
 */
import type { HubTime, Path, Value } from "../model/value.ts"

/** `connection.resource`. The connection is the part before the first dot. */
export type Side = string
export type GoldenId = string
export type ExtId = string
export type AttemptId = string

/** The pseudo-side of a person's decision (SEMANTICS 1.14). */
export const steward: Side = "hub"

/** Where a golden value came from: one per distinct origin; fields point here by index. */
export interface Source {
  readonly side: Side
  readonly ext: ExtId
  /** Time of the change there (RFC 3339) with its tier; `seen` is hub time. */
  readonly at: string
  readonly tier: "F" | "R" | "O"
  readonly seen: HubTime
  readonly rule: string
  readonly run: string
}

export interface Golden {
  readonly id: GoldenId
  readonly entity: string
  /** +1 with every change; the optimistic lock of a commit. */
  readonly ver: number
  readonly state: "live" | "deleted" | "merged"
  readonly mergedInto?: GoldenId
  /** Only fields that have a value. Lists hold elements with a stable `id`. */
  readonly values: { readonly [path: Path]: Value }
  /** Index into `sources` for every field that was ever decided, cleared ones too. */
  readonly from: { readonly [path: Path]: number }
  readonly sources: ReadonlyArray<Source>
  /** The side it was born on: `owner(origin)`. */
  readonly origin: Side
  /** Fields a steward pinned: nothing outranks them until released. */
  readonly pinned?: ReadonlyArray<Path>
}

/** `unset` is row 7's bottom: the side showed `r`, golden never agreed. */
export interface Pair {
  readonly g: Value | null | typeof unset
  readonly r: Value | null
}
export const unset = { $: "unset" } as const

/** By shape: a store gives back an equal object, not the same one. */
export const isUnset = (g: Pair["g"]): g is typeof unset =>
  g === unset || (typeof g === "object" && g !== null && "$" in g && g.$ === "unset")

/** What golden said when both agreed; undefined where it never agreed. */
export const agreedOn = (pair: Pair): Value | null | undefined => isUnset(pair.g) ? undefined : pair.g

/** In the side's own projection. A path without a pair has no base (row 8). */
export type Shadow = { readonly [path: Path]: Pair }

export interface Link {
  readonly side: Side
  readonly ext: ExtId
  readonly golden: GoldenId
  /**
   * active: read and written · alias: a second record of the same side with the same key: read, reported, never
   * written · released: left the filter: kept, nothing pushed · merged, deleted: history · unlinked: gone there, not
   * to be made again
   */
  readonly status: "active" | "alias" | "released" | "merged" | "deleted" | "unlinked"
  readonly shadow: Shadow
  /** +1 with every change of this row; the optimistic lock of a commit. */
  readonly rev: number
  /**
   * When the reading that was merged last was in the hub: only a reading that started later is newer for certain, since
   * of two readings that overlap the one that started first may have looked last.
   */
  readonly obsAt: HubTime
  /** When our last write to it ended. */
  readonly writeEnd: HubTime
  readonly version?: string
  /** Stamp and content hash of the record merged last: an equal row is dropped before mapping (R2). */
  readonly stamp?: string
  readonly hash?: string
  readonly mapping: string
  /** Absent from a complete listing or reported gone, not yet confirmed by a read. */
  readonly suspect?: HubTime
  readonly incarnation?: string
  readonly supersededBy?: ExtId
  /** Element crosswalk: list path → external id of the child row → golden element id. */
  readonly elements?: { readonly [path: Path]: { readonly [ext: ExtId]: string } }
  /** The side (`connection.childResource`) under which other records refer to the rows of a list: path → side. */
  readonly rows?: { readonly [path: Path]: Side }
  /** Fields withheld because the last reading was invalid; neither pulled nor pushed. */
  readonly withheld?: ReadonlyArray<Path>
  /** When golden values flipped, for the oscillation breaker R12: path → recent [time, value hash]. */
  readonly flips?: { readonly [path: Path]: ReadonlyArray<readonly [HubTime, string]> }
}

/** What we sent to a record, kept until a fresh read settles it (R7). One row a write call, one of these per record. */
export interface Intent {
  readonly attempt: AttemptId
  readonly golden: GoldenId
  readonly side: Side
  /** Absent for a create. */
  readonly ext?: ExtId
  readonly op: "create" | "update" | "remove"
  /** In the projection; references already external ids. */
  readonly sent: { readonly [path: Path]: Value | null }
  /** The last moment at which the request can have left. */
  readonly sentAt: HubTime
  readonly idempotencyKey: string
  /** unknown: may have landed · done: acknowledged, waits for the ACK to be the newest word (R6). */
  readonly status: "unknown" | "done"
}

export interface Conflict {
  readonly id: string
  readonly golden: GoldenId
  readonly entity: string
  readonly path: Path
  readonly side: Side
  readonly kind: ConflictKind
  readonly base: Value | null | typeof unset
  readonly theirs: Value | null
  readonly mine: Value | null
  readonly chosen: "theirs" | "golden" | "both" | "none"
  readonly rule: string
  /** auto: a rule decided · open: waits for a person, the field is frozen on this side · resolved */
  readonly status: "auto" | "open" | "resolved"
  readonly at: HubTime
  readonly run: string
}

export type ConflictKind =
  | "both_changed" | "first_contact" | "foreign_edit" | "immutable_changed" | "state_regression" | "delete_vs_edit"
  | "duplicate_key" | "oscillation" | "counter_divergence" | "consent_downgrade" | "overwritten_in_window" | "merge_race"

/** An address: something is due there. The patch is computed when it is sent. */
export interface Due {
  readonly golden: GoldenId
  readonly side: Side
  readonly entity: string
  /** Golden version that made it dirty. */
  readonly ver: number
  readonly notBefore: HubTime
  readonly attempts: number
  /** Waits for a parent's link: `side|goldenRef`, the side being the parent's on the same connection. */
  readonly parkedOn?: string
  /** Held by a brake of this run until `esl approve`. */
  readonly heldBy?: string
  /** Patch hash an approval released. */
  readonly approved?: string
}

/** Remembers a deleted entity so that late payloads do not revive it. */
export interface Tombstone {
  readonly entity: string
  readonly golden: GoldenId
  readonly at: HubTime
  readonly cause: string
}

/** A record that waits to be read (again) or for a parent. */
export interface InboxRow {
  readonly side: Side
  readonly ext: ExtId
  /** released: reported as gone, held by the delete breaker, and let go by a person. */
  readonly why: "hint" | "partial" | "stale" | "gone" | "parked" | "raced" | "retry" | "released"
  /** A read that settles this row must start after it (R4). */
  readonly readAt: HubTime
  readonly attempts: number
  readonly notBefore: HubTime
  /** The reference it waits for, `side|ext` of the parent. */
  readonly parkedOn?: string
}

/** One thing a run did or would do, and why. Carries ids and paths, never values (S23). */
export interface Fact {
  readonly kind: FactKind
  readonly entity: string
  readonly golden?: GoldenId
  readonly side?: Side
  readonly ext?: ExtId
  readonly path?: Path
  readonly why: string
}

export type FactKind =
  | "created" | "linked" | "updated" | "accepted" | "conflict" | "frozen" | "withheld" | "skipped" | "parked" | "released"
  | "suspect" | "deleted" | "unlinked" | "tombstoned" | "alias" | "moved" | "normalisation" | "placeholder" | "oscillation"
  | "written" | "refused" | "unknown" | "held" | "quarantined" | "rebased" | "mirrored" | "tolerated"

/** One outcome a record (P8), by precedence. */
export type RecordOutcome = "quarantined" | "parked" | "created" | "linked" | "updated" | "skipped" | "unchanged" | "left"
