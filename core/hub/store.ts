/**
 * The hub's memory as a service. Every method is one batch and one transaction; nothing is asked per record.
 * `memory.ts`, `sqlite.ts` (and later `postgres.ts`) pass the same contract suite.
 */
import { Context, Schema } from "effect"
import type { Effect, Stream } from "effect"
import type { Json, HubTime, Path } from "../model/value.ts"
import type { MatchKey } from "../model/entity.ts"
import type { Plan, Snapshot, Wanted } from "../sync/snapshot.ts"
import type { Acknowledged, Address } from "../sync/push.ts"
import type {
  Conflict, Due, ExtId, Fact, Golden, GoldenId, InboxRow, Intent, Link, Side
} from "../sync/state.ts"

/** Another commit changed what this one was decided on: load and decide again. */
export class Raced extends Schema.TaggedError<Raced>()("Raced", { what: Schema.String }) {}
/** The lease of this work passed to somebody else. */
export class LeaseLost extends Schema.TaggedError<LeaseLost>()("LeaseLost", { what: Schema.String }) {}

export class Busy extends Schema.TaggedError<Busy>()("Busy", { message: Schema.String }) {}
export class Full extends Schema.TaggedError<Full>()("Full", { message: Schema.String }) {}
export class Damaged extends Schema.TaggedError<Damaged>()("Damaged", { message: Schema.String }) {}
export class Newer extends Schema.TaggedError<Newer>()("Newer", { message: Schema.String }) {}
export class Unusable extends Schema.TaggedError<Unusable>()("Unusable", { message: Schema.String }) {}
export const StoreReason = Schema.Union([Busy, Full, Damaged, Newer, Unusable])
export type StoreReason = typeof StoreReason.Type
/** The store itself failed. `reason.message` is one clear sentence with what to do. */
export class StoreError extends Schema.TaggedError<StoreError>()("StoreError", {
  operation: Schema.String,
  reason: StoreReason
}) {
  override get message(): string {
    return this.reason.message
  }
}

export interface Lease {
  readonly owner: string
  readonly epoch: number
  readonly expires: HubTime
}

/** Claimed work: the address and the lease under which it may be sent. */
export interface Claimed extends Address {
  readonly lease: Lease
}

export interface Attempt {
  /** One row of the intent table: one write call. */
  readonly call: string
  readonly side: Side
  readonly intents: ReadonlyArray<Intent>
  /** Leases that must still hold when the row is committed. */
  readonly leases: ReadonlyMap<GoldenId, Lease>
  /** A long write's handle (JobHandle), set by `job`. */
  readonly handle?: Json
}

export interface Ack {
  /** `ver`: the golden version that was pushed. */
  readonly address: { readonly golden: GoldenId; readonly side: Side; readonly ver: number }
  readonly lease: Lease
  readonly result: Acknowledged
}

/** One row a record and field: the same fault met again raises `attempts` and keeps the id. */
export interface QuarantineRow {
  readonly id: string
  readonly side: Side
  readonly ext: ExtId
  readonly path?: Path
  /** Grouped by this; no values in it. */
  readonly cause: string
  readonly stage: "read" | "map" | "merge" | "write"
  /** The raw record, for `quarantine retry`. */
  readonly payload?: Json
  readonly at: HubTime
  readonly run: string
  readonly attempts: number
}

export interface RunRow {
  readonly id: string
  readonly command: string
  readonly started: HubTime
  readonly ended?: HubTime
  readonly exit?: number
  /** Counts per side: record outcomes and due-work outcomes, and what was read. */
  readonly counts: { readonly [side: Side]: { readonly [outcome: string]: number } }
  readonly message?: string
}

export interface ConnectionState {
  readonly connection: string
  /** What the hub is bound to. */
  readonly account?: string
  /** Encrypted by the caller. */
  readonly tokens?: string
  readonly schema?: Json
  readonly quota?: Json
  readonly checkedAt?: HubTime
}

export interface CursorRow {
  readonly side: Side
  /** changes · listing · backfill:<window> */
  readonly stream: string
  readonly cursor: Json
  /** Listing epoch, for absence: links not seen since it began are suspects once it closed cleanly. */
  readonly epoch?: HubTime
}

/** What a brake held, and what was shown of it. */
export interface HeldRow {
  readonly golden: GoldenId
  readonly side: Side
  readonly entity: string
  readonly run: string
  /** Hash of the patch that was shown: an approval releases exactly this. */
  readonly hash: string
  readonly why: string
  readonly approved: boolean
}

/** What keeps an address from being sent now. With a lease it counts only while that is ours, and gives it back. */
export type Deferral = {
  readonly golden: GoldenId
  readonly side: Side
  readonly ver: number
  readonly lease?: Lease
} & (
  | { readonly then: "clear" }
  | { readonly then: "park"; readonly on: string }
  | { readonly then: "wait"; readonly until: HubTime }
  | { readonly then: "hold"; readonly by: string }
)

/**
 * What was not acknowledged: the lease passed on (another worker takes it from here), or a link changed meanwhile (load
 * again and acknowledge again: the write is out).
 */
export interface Unacknowledged {
  readonly golden: GoldenId
  readonly side: Side
  readonly why: "lease" | "raced"
}

/** What the engine needs to drop a row before mapping (R2). */
export type Head =
  & Pick<Link, "ext" | "golden" | "status" | "hash" | "stamp" | "obsAt" | "writeEnd" | "suspect" | "mapping">
  & { readonly intents: boolean; readonly inbox: boolean }
  /** What its inbox row is parked on, or else why it is there. */
  & { readonly waits?: string }

/** What every committed batch carries besides itself. */
export interface Batch {
  readonly run: string
  readonly now: HubTime
  readonly quarantine?: ReadonlyArray<QuarantineRow>
  readonly counts?: RunRow["counts"]
}

export interface ClaimOptions {
  readonly owner: string
  readonly now: HubTime
  readonly leaseMs: number
  readonly limit: number
  /** Only these goldens (scope flags, apply). */
  readonly only?: ReadonlyArray<GoldenId>
  /** Parked rows instead: a member of a reference cycle goes without the reference that nobody can give it. */
  readonly parked?: boolean
  /** Only golden records that belong to this window (`mark`). */
  readonly within?: string
}

export interface DueOptions {
  readonly parked?: boolean | undefined
  readonly within?: string | undefined
}

/** Everything known of one golden record, for `explain`. */
export interface Found {
  readonly golden: Golden
  readonly links: ReadonlyArray<Link>
  readonly keys: ReadonlyArray<MatchKey>
  readonly conflicts: ReadonlyArray<Conflict>
  readonly due: ReadonlyArray<Due>
}

export interface QuarantineGroup {
  readonly side: Side
  readonly cause: string
  readonly stage: QuarantineRow["stage"]
  readonly count: number
  /** Id of one of them. */
  readonly sample: string
}

export interface EntityCounts {
  readonly entity: string
  readonly goldens: number
  readonly sides: ReadonlyArray<{
    readonly side: Side
    readonly links: number
    readonly due: number
    readonly parked: number
    readonly held: number
    readonly inbox: number
  }>
}

type OrStoreError<A> = Effect.Effect<A, StoreError>

export class HubStore extends Context.Service<HubStore, {
  // -- reading and merging
  /** Heads of known records, to drop unchanged rows before mapping (R2). */
  readonly heads: (side: Side, exts: ReadonlyArray<ExtId>) => OrStoreError<ReadonlyMap<ExtId, Head>>
  readonly load: (wanted: Wanted, now: HubTime, run: string) => OrStoreError<Snapshot>
  /**
   * All of the plan and the cursor, or nothing (C10, R1). Raced when a golden `ver`, a link `rev` or a key is no longer
   * what the plan was decided on. Links of one (golden, side) stay unique among `active`. A link that is active
   * releases what is parked on it. `plan.quarantine` is stored too; a row for the same record and field in
   * `extra.quarantine` (with its payload) takes its place. A record with another outcome leaves the quarantine.
   */
  readonly commit: (
    plan: Plan, extra: Batch & { readonly cursor?: CursorRow }
  ) => Effect.Effect<void, Raced | StoreError>

  // -- inbox
  readonly inbox: {
    /** Rows to work on now, oldest first; `attempts` is raised and committed before they are returned (fault 80). */
    readonly take: (side: Side, limit: number, now: HubTime) => OrStoreError<ReadonlyArray<InboxRow>>
    /** R4: keeps the newest demand. */
    readonly put: (rows: ReadonlyArray<InboxRow>) => OrStoreError<void>
    readonly drop: (rows: ReadonlyArray<{ readonly side: Side; readonly ext: ExtId }>) => OrStoreError<void>
    /** Takes back the attempt that `take` counted: the system could not be asked, which is no fault of the record. */
    readonly untake: (rows: ReadonlyArray<{ readonly side: Side; readonly ext: ExtId }>) => OrStoreError<void>
    /** Rows that wait for a parent, by id, a page after `after`: some may wait for each other. */
    readonly parked: (side: Side, after: ExtId | undefined, limit: number) => OrStoreError<ReadonlyArray<InboxRow>>
    readonly count: (side?: Side) => OrStoreError<number>
  }

  // -- cursors and listings
  readonly cursor: (side: Side, stream: string) => OrStoreError<CursorRow | undefined>
  readonly saveCursor: (
    row: CursorRow | { readonly side: Side; readonly stream: string; readonly cursor: undefined }
  ) => OrStoreError<void>
  /** Marks records as seen by the listing of this epoch, without touching anything else. */
  readonly listed: (side: Side, epoch: HubTime, exts: ReadonlyArray<ExtId>) => OrStoreError<void>
  /**
   * Records that belong to a backfill's window, whatever they stand for by then; without a side: golden records.
   * Durable with the page, so that the rest of a window pushes what an earlier, killed part of it has merged.
   */
  readonly mark: (
    window: string, side: Side | undefined, ids: ReadonlyArray<string>, now: HubTime
  ) => OrStoreError<void>
  readonly unmark: (window: string, side?: Side) => OrStoreError<void>
  /**
   * Live links neither listed nor read nor written since `epoch`, a page after `after`; how many there are in all, and
   * how many live links the side has (delete breaker).
   */
  readonly missing: (side: Side, epoch: HubTime, after: ExtId | undefined, limit: number) => OrStoreError<{
    readonly links: ReadonlyArray<Link>
    readonly total: number
    readonly bound: number
  }>

  // -- due work
  /** Claims due addresses of one side under leases of their goldens: not parked, not held, not before `now`. */
  readonly claim: (entity: string, side: Side, options: ClaimOptions) => OrStoreError<ReadonlyArray<Claimed>>
  /** The same rows (or the parked ones) whatever their time, not claimed, a page after `after`; for brakes, cycles. */
  readonly dueAt: (
    entity: string, side: Side, after: GoldenId | undefined, limit: number, options?: DueOptions
  ) => OrStoreError<ReadonlyArray<Address>>
  /** `attempted`: only what has open intents there, so that something sent earlier is not settled yet. */
  readonly dueCount: (
    filter?: {
      readonly entity?: string
      readonly side?: Side
      readonly held?: boolean
      readonly within?: string
      readonly attempted?: true
    }
  ) => OrStoreError<number>
  /**
   * External ids of golden references on one connection: `entity|resource|goldenRef`. A reference to the only element
   * of a golden record falls back to its record on a side without elements, one to a golden record to its only element.
   */
  readonly outward: (
    connection: string,
    references: ReadonlyArray<{ readonly entity: string; readonly resource: string; readonly golden: string }>
  ) => OrStoreError<ReadonlyMap<string, ExtId>>
  readonly renew: (
    goldens: ReadonlyArray<GoldenId>, lease: Lease, until: HubTime
  ) => Effect.Effect<void, LeaseLost | StoreError>
  readonly release: (goldens: ReadonlyArray<GoldenId>, lease: Lease) => OrStoreError<void>
  /**
   * Before the request leaves (C14): fails if a lease is gone or over. Raced: a create whose golden record got an
   * active link on that side since it was claimed; nothing is noted then.
   */
  readonly intend: (attempt: Attempt, now: HubTime) => Effect.Effect<void, LeaseLost | Raced | StoreError>
  readonly job: (call: string, handle: Json) => OrStoreError<void>
  /** Open long writes with the leases they still hold, to poll after a restart. */
  readonly jobs: (side: Side) => OrStoreError<ReadonlyArray<Attempt>>
  /**
   * After the answer (C19); `WHERE epoch = mine`. Gives the leases back. What could not be acknowledged is returned,
   * everything else is committed.
   */
  readonly acknowledge: (
    acks: ReadonlyArray<Ack>, extra: Batch & { readonly inbox?: ReadonlyArray<InboxRow> }
  ) => OrStoreError<ReadonlyArray<Unacknowledged>>
  /** Not written: parked, waiting, held, skipped or cleared. A row whose golden moved on is not cleared. */
  readonly defer: (
    rows: ReadonlyArray<Deferral>, facts: ReadonlyArray<Fact>, extra: Batch
  ) => OrStoreError<void>
  /** Releases what a brake held in this run, exactly as shown; how many. */
  readonly approve: (run: string) => OrStoreError<number>
  /** What a brake held, with the patch hash that was shown. */
  readonly hold: (run: string, rows: ReadonlyArray<{
    readonly golden: GoldenId
    readonly side: Side
    readonly hash: string
    readonly why: string
  }>) => OrStoreError<void>
  /** What brakes hold, of one run or of all. */
  readonly held: (run?: string) => OrStoreError<ReadonlyArray<HeldRow>>

  // -- looking
  /** `key` is a normalised value, of any kind. */
  readonly find: (
    entity: string,
    by: { readonly golden: GoldenId } | { readonly key: string } | { readonly ext: ExtId; readonly side?: Side }
  ) => OrStoreError<ReadonlyArray<Found>>
  readonly conflicts: (filter: {
    readonly status?: Conflict["status"]
    readonly entity?: string
    readonly golden?: GoldenId
    readonly limit?: number
  }) => OrStoreError<ReadonlyArray<Conflict>>
  readonly conflict: (id: string) => OrStoreError<Conflict | undefined>
  readonly quarantine: {
    readonly list: (filter: {
      readonly side?: Side
      readonly cause?: string
      readonly id?: string
      readonly limit?: number
    }) => OrStoreError<ReadonlyArray<QuarantineRow>>
    readonly groups: () => OrStoreError<ReadonlyArray<QuarantineGroup>>
    readonly drop: (ids: ReadonlyArray<string>) => OrStoreError<number>
  }
  /** In the order they were committed. */
  readonly facts: (
    filter: { readonly run?: string; readonly golden?: GoldenId }
  ) => Stream.Stream<Fact & { readonly run: string; readonly at: HubTime }, StoreError>
  readonly counts: () => OrStoreError<ReadonlyArray<EntityCounts>>

  // -- runs, connections, upkeep
  readonly begin: (run: RunRow) => OrStoreError<void>
  readonly end: (run: string, at: HubTime, exit: number, message?: string) => OrStoreError<void>
  /** Newest first. */
  readonly runs: (limit: number) => OrStoreError<ReadonlyArray<RunRow>>
  readonly run: (id: string) => OrStoreError<RunRow | undefined>
  /**
   * One writer per hub and sync. Fails with Busy naming the other owner while its lease lives; one that is over is
   * taken, with the leases of its owner's work, and so is one of an owner `run@host` who died on this machine. The same
   * owner renews with it.
   */
  readonly lock: (name: string, owner: string, now: HubTime, leaseMs: number) => OrStoreError<void>
  readonly unlock: (name: string, owner: string) => OrStoreError<void>
  readonly connection: (name: string) => OrStoreError<ConnectionState | undefined>
  /** What is absent stays as it is: an account that is learned takes no token back that was renewed meanwhile. */
  readonly saveConnection: (state: ConnectionState) => OrStoreError<void>
  /** A consistent copy while in use. Files are 0600. */
  readonly backup: (path: string) => OrStoreError<void>
  /** Deletes what retention no longer keeps: facts, runs, inbox leftovers, quarantine. */
  readonly retain: (now: HubTime) => OrStoreError<{ readonly [table: string]: number }>
  /** Byte-stable text of everything, for determinism tests (P9). */
  readonly dump: () => OrStoreError<string>
}>()("esl/hub/HubStore") {}
