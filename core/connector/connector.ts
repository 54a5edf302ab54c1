/** What a connector promises. The engine knows systems only through these interfaces. */
import type { Effect, Scope, Stream } from "effect"
import { Schema } from "effect"
import type { Patch, Record_ } from "../mapping/mapping.ts"
import type { HubTime, Json, Path, Value } from "../model/value.ts"
import type { Authorize } from "./authorize.ts"
import type { ConnectorError } from "./errors.ts"
import type { Health, SetupStep } from "./health.ts"
import type { Vault } from "./vault.ts"
import type { Receiver } from "./webhook.ts"

/** Where a pull left off; opaque JSON of the connector (parent and child watermarks). */
export type Cursor = Json

/** When something changed there. F: time of the field `of`; R: time of the record; O: only our reading of it. */
export interface Stamp {
  /** RFC 3339, UTC. */
  readonly at: string
  readonly tier: "F" | "R" | "O"
  readonly of?: Path
}

/** One record as the system holds it. */
export interface Held {
  readonly id: string
  readonly record: Record_
  /** False: a partial payload, to be read again before it is merged (R3). */
  readonly complete: boolean
  readonly version?: string
  readonly stamp?: Stamp
  /** Tells a reused id from the old record: creation time or another immutable (SEMANTICS 1.9). */
  readonly incarnation?: string
  /** After a write: keys of child rows made for golden elements, `element` (see RowChange) to row key. */
  readonly elements?: { readonly [resource: string]: { readonly [element: string]: string } }
}

export type Seen =
  | ({ readonly _tag: "Held" } & Held)
  /** Look at this record. */
  | { readonly _tag: "Hint"; readonly id: string }
  | { readonly _tag: "Gone"; readonly id: string; readonly evidence: "event" | "feed" | "read" }
  | { readonly _tag: "Moved"; readonly id: string; readonly to: string; readonly how: "merged" | "converted" }
  /** A row that could not even be read as a record; goes to quarantine. */
  | { readonly _tag: "Unreadable"; readonly id: string; readonly raw: Json; readonly why: string }

export interface Page {
  /** Hub time at which the request for this page left. */
  readonly readAt: HubTime
  readonly seen: ReadonlyArray<Seen>
  /** Cursor after this page. Durable only together with what the page said (R1). */
  readonly next: Cursor
  /** `complete` on the last page of a listing that missed nothing: only then absence means anything. */
  readonly listing?: "open" | "complete"
  /** Records in the whole read, if the system says so. */
  readonly total?: number
}

export interface ReadOptions {
  readonly columns: ReadonlyArray<string>
  /** Only records changed before this time (RFC 3339). */
  readonly until?: string
  /** Stop after about this many records. */
  readonly limit?: number
}

export interface Reader {
  readonly covers: {
    /** Mapped columns whose change moves the cursor; "all" for a snapshot, where every column is compared. */
    readonly cursor: ReadonlyArray<string> | "all"
    /** A complete listing is possible: deletions can be seen. */
    readonly listing: boolean
  }
  /** Records changed since the cursor, with overlap; all of them when there is no cursor. */
  readonly changes: (since: Cursor | undefined, options: ReadOptions) => Stream.Stream<Page, ConnectorError>
  /** Every record, whatever its stamp (sweep, deletions). Resumable. */
  readonly listing: (resume: Cursor | undefined, options: ReadOptions) => Stream.Stream<Page, ConnectorError>
  /** The records of these ids; an id without a record comes back as `Gone` by read. */
  readonly fetch: (
    ids: ReadonlyArray<string>, options: ReadOptions
  ) => Effect.Effect<{ readonly readAt: HubTime; readonly seen: ReadonlyArray<Seen> }, ConnectorError>
  /** A cursor that starts at this time (RFC 3339); absent where there is no change column. */
  readonly cursorAt?: (since: string) => Cursor
}

/** What must still be true for a write to go through. */
export interface Expect {
  readonly version?: string
  /** True if the record, read under the guard, still shows what the hub last saw in the fields it changes. */
  readonly holds: (record: Record_) => boolean
}

/** `patch` is asked for with the record as it stands under the guard (undefined for a create). */
export type Change = { readonly attempt: string; readonly idempotencyKey: string } & (
  | { readonly op: "create"; readonly patch: (into: undefined) => Patch; readonly marker?: string }
  | { readonly op: "update"; readonly id: string; readonly patch: (into: Record_) => Patch; readonly expect: Expect }
  | { readonly op: "remove"; readonly id: string; readonly how: "delete" | "archive"; readonly expect: Expect }
)

export type Outcome =
  | {
    readonly did: "written"
    readonly id: string
    readonly after?: Held
    readonly readAt?: HubTime
    /** Columns whose value the system cannot hold; the rest of the record was written. */
    readonly withheld?: ReadonlyArray<{ readonly path: string; readonly cause: string }>
  }
  /** The expectation no longer holds: nothing was written. */
  | { readonly did: "moved"; readonly now?: Held }
  | { readonly did: "gone" }
  /** A create met an existing record. */
  | { readonly did: "exists"; readonly id?: string }
  | { readonly did: "refused"; readonly path?: Path; readonly cause: string }
  /** Nobody knows whether it landed. */
  | { readonly did: "unknown" }
  /** Certainly not sent. */
  | { readonly did: "unsent" }

/** The lease of the work was lost before the request left. */
export class Fenced extends Schema.TaggedError<Fenced>()("Fenced", {}) {}

export type JobHandle = Json

export interface Writer {
  /** How a write is protected from edits the hub has not seen; `values`, `version` are atomic. */
  readonly guard: "version" | "values" | "reread" | "none"
  /** How a lost answer to a create is settled. */
  readonly creates: "upsert" | "idempotent" | "marker" | "once"
  /** `whole`: the system drops what is not sent, so the full object is built from a fresh read. */
  readonly shape: "patch" | "whole"
  /** Changes one call takes. */
  readonly batch: number
  /** One outcome a change, in order. `fence` is run right before the request leaves. */
  readonly write: (
    changes: ReadonlyArray<Change>, fence: Effect.Effect<void, Fenced>
  ) => Effect.Effect<ReadonlyArray<Outcome>, ConnectorError | Fenced>
  /** Long writes. The handle is durable before anything else happens. */
  readonly job?: {
    /** Only creates go so, at least `from` and at most `batch` of them; the rest is written. Absent: everything goes so. */
    readonly creates?: { readonly from: number; readonly batch: number }
    readonly submit: (changes: ReadonlyArray<Change>) => Effect.Effect<JobHandle, ConnectorError>
    readonly poll: (handle: JobHandle) => Effect.Effect<"running" | ReadonlyArray<Outcome>, ConnectorError>
  }
}

/** One column as the system describes it. */
export interface ColumnInfo {
  readonly name: string
  readonly type: string
  readonly nullable: boolean
  readonly writable: boolean
  readonly key: boolean
  /** Longest text it takes, in characters. */
  readonly length?: number
  /** The only values it takes, where the system keeps a closed list (restricted picklist, enumeration). */
  readonly values?: ReadonlyArray<string>
  /** Added by the retailer (metafield, `__c` field, custom property): `esl discover` prints it as an extension. */
  readonly custom?: true
}

/** What `esl check` finds out about one resource. */
export interface ResourceInfo {
  readonly name: string
  readonly columns: ReadonlyArray<ColumnInfo>
  readonly children: { readonly [name: string]: ResourceInfo }
  /** The stock mapping of this resource, which `esl discover` extends by the retailer's own fields. */
  readonly stock?: { readonly from: string; readonly name: string }
  /** Warnings about what was found, e.g. no unique key, narrow charset. */
  readonly warnings: ReadonlyArray<string>
}

/** One kind of record of a connection. */
export interface Resource {
  readonly name: string
  readonly reader: Reader
  /** Absent: read-only. */
  readonly writer?: Writer
  readonly describe: Effect.Effect<ResourceInfo, ConnectorError>
}

/** An open connection; lives as long as its scope. */
export interface Session {
  /** Identifies the account (database, shop, portal): the hub is bound to it. */
  readonly account: Effect.Effect<string, ConnectorError>
  /** Everything there is, for `esl discover`. */
  readonly discover: Effect.Effect<ReadonlyArray<ResourceInfo>, ConnectorError>
  readonly resource: (name: string) => Resource
  readonly health?: Effect.Effect<Health, ConnectorError>
  /** What ESL needs there, in the order in which it is made. */
  readonly setup?: Effect.Effect<ReadonlyArray<SetupStep>, ConnectorError>
}

export interface OpenOptions {
  /** No write can leave. Nothing is said of the project: health, setup and describe speak as if it wrote. */
  readonly readOnly: boolean
  /** Absent: tokens that rotate cannot be kept, and a connection that has such ones says so. */
  readonly vault?: Vault
}

/**
 * A configured instance of a connector. Nothing is opened, and no driver loaded, before `open`.
 * With `readOnly` no write can leave: read-only transactions, no writers (SEMANTICS S36).
 */
export interface Connection {
  readonly name: string
  /** Kind of system, e.g. `sql`. */
  readonly kind: string
  /** Names of the secrets it needs (environment variables, files), for `esl check`; never their values. */
  readonly secrets: ReadonlyArray<string>
  /** What is wrong with its options, found without opening anything: reported by `resolve` with every other fault. */
  readonly faults?: ReadonlyArray<{ readonly option: string; readonly message: string }>
  readonly open: (options: OpenOptions) => Effect.Effect<Session, ConnectorError, Scope.Scope>
  /** Proves and reads the messages of this system; absent where it sends none. */
  readonly receiver?: Receiver
  /** How a person lets ESL in, for `esl auth`; absent where a secret of the config is all it takes. */
  readonly authorize?: Authorize
}

/** Values the engine hands to `Mapping.write`, kept here so that a plan and a write speak of the same thing. */
export type Values = ReadonlyMap<Path, Value | null>
