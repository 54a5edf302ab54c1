/** Input and output of `plan`: a batch of observations against what the hub knows. */
import type { Obs, HubTime, Path } from "../model/value.ts"
import type { MatchKey } from "../model/entity.ts"
import type { Stamp } from "../connector/connector.ts"
import type {
  Conflict, Due, ExtId, Fact, Golden, GoldenId, InboxRow, Intent, Link, RecordOutcome, Side, Tombstone
} from "./state.ts"

/** What one reading of one record showed, already through the mapping. */
export type Observation = {
  readonly side: Side
  readonly ext: ExtId
  readonly readAt: HubTime
} & (
  | {
    readonly _tag: "Held"
    readonly complete: boolean
    readonly values: ReadonlyMap<Path, Obs>
    readonly stamp?: Stamp
    readonly version?: string
    readonly hash?: string
    readonly incarnation?: string
    /** Read to settle an inbox row or an intent, not by a cursor. */
    readonly direct: boolean
  }
  | { readonly _tag: "Hint" }
  | { readonly _tag: "Gone"; readonly evidence: "event" | "feed" | "read" | "listing" }
  | { readonly _tag: "Moved"; readonly to: ExtId; readonly how: "merged" | "converted" }
  /**
   * A steward's decision about one field (SEMANTICS 1.14); `ext` is the golden id, side is `hub`. With `from` the values
   * are as that side shows them: its own ids, its own part of the value.
   */
  | { readonly _tag: "Ruling"; readonly values: ReadonlyMap<Path, Obs>; readonly pin: boolean; readonly from?: Side }
)

/** What to load for a batch: computed from the observations by `wanted` (pure). */
export interface Wanted {
  readonly entity: string
  readonly records: ReadonlyArray<{ readonly side: Side; readonly ext: ExtId }>
  readonly goldens: ReadonlyArray<GoldenId>
  readonly keys: ReadonlyArray<MatchKey>
  /** References as external ids; answered as golden references. */
  readonly references: ReadonlyArray<{
    readonly entity: string
    readonly side: Side
    readonly ext: ExtId
    /** An element of this list is meant: a record that has exactly one there is answered as `goldenId#elementId`. */
    readonly within?: Path
  }>
}

/** Everything the decision may know. Maps are keyed as their comment says; `|` separates. */
export interface Snapshot {
  readonly now: HubTime
  readonly run: string
  /** Fresh time-ordered ids, at least as many as a batch can need (2 per observation). */
  readonly ids: ReadonlyArray<string>
  /** `side|ext`, of every golden in `goldens` and every record asked for. */
  readonly links: ReadonlyMap<string, Link>
  readonly goldens: ReadonlyMap<GoldenId, Golden>
  /** `kind|value` → golden. */
  readonly keys: ReadonlyMap<string, GoldenId>
  /** Unresolved and unacknowledged, by golden. */
  readonly intents: ReadonlyMap<GoldenId, ReadonlyArray<Intent>>
  /** Open ones, by golden. */
  readonly conflicts: ReadonlyMap<GoldenId, ReadonlyArray<Conflict>>
  readonly tombstones: ReadonlyMap<GoldenId, Tombstone>
  /** `entity|side|ext` → `goldenId` or `goldenId#elementId`. */
  readonly references: ReadonlyMap<string, string>
  /** Outbox rows of the goldens, `golden|side`. */
  readonly due: ReadonlyMap<string, Due>
}

/** What a commit makes true, all of it or nothing (C10). */
export interface Plan {
  /** `was`: the version it was decided on; 0: new. */
  readonly goldens: ReadonlyArray<{ readonly golden: Golden; readonly was: number }>
  readonly links: ReadonlyArray<{ readonly link: Link; /** rev it was decided on; 0: new */ readonly was: number }>
  readonly keys: {
    readonly add: ReadonlyArray<MatchKey & { readonly golden: GoldenId }>
    readonly remove: ReadonlyArray<MatchKey>
  }
  /** Addresses that became due; rows that exist get the new version and keep their attempts. */
  readonly due: ReadonlyArray<{ readonly golden: GoldenId; readonly side: Side; readonly ver: number }>
  /** Intents settled by this batch. */
  readonly settled: ReadonlyArray<{ readonly attempt: string; readonly golden: GoldenId }>
  readonly conflicts: ReadonlyArray<Conflict>
  readonly tombstones: ReadonlyArray<Tombstone>
  /** Rows to put (keep-newest, R4) and rows this batch settled; a row that changed meanwhile stays. */
  readonly inbox: {
    readonly put: ReadonlyArray<InboxRow>
    readonly done: ReadonlyArray<{ readonly side: Side; readonly ext: ExtId; readonly readAt: HubTime }>
  }
  /** Records that failed the entity's own checks. */
  readonly quarantine: ReadonlyArray<{
    readonly side: Side
    readonly ext: ExtId
    readonly path?: Path
    readonly cause: string
  }>
  readonly facts: ReadonlyArray<Fact>
  /** One a held observation, in batch order (P8). */
  readonly outcomes: ReadonlyArray<{
    readonly side: Side
    readonly ext: ExtId
    readonly outcome: RecordOutcome
    readonly why?: string
  }>
}
