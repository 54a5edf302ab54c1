/** A resource of a REST system as a declaration: `rest(Contact, { path: "/contacts", id: "id", ... })`. */
import { Effect } from "effect"
import type { Record_ } from "../mapping/mapping.ts"
import type { Json } from "../model/value.ts"
import type { Answer } from "./api.ts"
import type { ResourceDeclaration } from "./define.ts"
import { columnsOf, infoOf } from "./rest/flat.ts"
import type { Missing, RecordSchema } from "./rest/flat.ts"
import type { Paging } from "./rest/paging.ts"
import { makeReader } from "./rest/reader.ts"
import { makeWriter } from "./rest/writer.ts"

export type { Missing, RecordSchema } from "./rest/flat.ts"
export type { Paging } from "./rest/paging.ts"

export interface RestOptions {
  /** Of the list: `/customers`. One record stands under `{path}/{id}`. */
  readonly path: string
  /** Column of the record's id. */
  readonly id: string
  /** Dotted name of the list in an answer; absent: the answer is the list. */
  readonly items?: string
  /** Dotted name of the record in an answer that holds one; absent: the answer is the record. */
  readonly item?: string
  readonly paging?: Paging
  readonly size?: { readonly parameter: string; readonly value: number }
  /** Sent with every list: sort orders, fields, filters. */
  readonly query?: { readonly [name: string]: string }
  /** Absent: every pull reads all, and compares by content. */
  readonly changed?: {
    /** Column of the time of the last change (RFC 3339, or what `Date` can read). */
    readonly column: string
    /** `?updated_since=...`: records changed at this time or later. */
    readonly parameter: string
    /** `?updated_before=...`, where there is one: a window of changes then has an end. */
    readonly before?: string
    /** How long after its stamp a record may appear there, milliseconds. Default ten minutes. */
    readonly overlapMs?: number
    /** How the parameter writes a time. Default RFC 3339 in UTC. */
    readonly write?: (at: Date) => string
    /** Columns whose change does not move the time: found by sweeps only. */
    readonly blind?: ReadonlyArray<string>
  }
  /** Column of a time or number that never changes: tells a reused id from the old record. */
  readonly created?: string
  /** `?ids=1,2,3`: several records in one call. */
  readonly many?: { readonly parameter: string; readonly size: number }
  /** A record that is there but deleted. */
  readonly deleted?: (record: Record_) => boolean
  /** A feed of what was deleted since: its items hold the id at `id` and the time at `at`. */
  readonly deletions?: {
    readonly path: string
    readonly parameter: string
    readonly items?: string
    readonly id: string
  }
  /** The id of the survivor, from what is left of a merged one: an answer of 404 or 410, a record, a deletion. */
  readonly merged?: (json: Json) => string | undefined
  /** Default `unknown`: a key that is not in the answer is neither empty nor deleted. */
  readonly missing?: Missing
  /** Absent: read-only. */
  readonly write?: RestWrite
}

export interface RestWrite {
  /** Methods; null: not possible there. Default POST, PATCH, DELETE. */
  readonly create?: "POST" | null
  readonly update?: "PATCH" | "PUT" | "POST" | null
  readonly remove?: "DELETE" | null
  /** What a removal that keeps the record sets instead: `{ status: "archived" }`. */
  readonly archive?: Record_
  /** Columns that the system sets itself; `id`, the change time and the version are known. */
  readonly readOnly?: ReadonlyArray<string>
  /** A guard of the system's own: the version's column, and the header that names the version a write expects. */
  readonly version?: { readonly column: string; readonly header: string; readonly write?: (version: string) => string }
  /** Header that makes a create that is sent twice happen once. */
  readonly idempotency?: string
  /** The system replaces a nested object as a whole (`address`): its other parts are sent along. */
  readonly objects?: "merged" | "replaced"
  /** Child collections that can be written: by requests of their own under `path`, or else as a whole list. */
  readonly children?: { readonly [name: string]: RestChild }
  /** Last change of the body: envelopes, constants, other spellings. */
  readonly body?: (body: { readonly [key: string]: Json }, op: "create" | "update") => Json
  /** The id of the record that a refused create met. */
  readonly exists?: (answer: Answer) => string | true | undefined
  /** How long after it was sent a create may still appear. Default one minute. */
  readonly createWaitMs?: number
}

export interface RestChild {
  /** Column of the child row's id. */
  readonly key: string
  /** `/customers/{id}/addresses`: POST makes a row; PATCH and DELETE go to `{path}/{key}`. */
  readonly path?: string
}

export const rest = <S extends RecordSchema>(schema: S, options: RestOptions): ResourceDeclaration => {
  const { write } = options
  const columns = columnsOf(schema)
  const own = new Set([options.id, options.changed?.column, write?.version?.column, ...write?.readOnly ?? []])
  const writable = (column: string): boolean => write !== undefined && !own.has(column) &&
    (!columns.children.has(column) || write.children?.[column] !== undefined)
  const guard = write?.version === undefined ? "reread" as const : "version" as const
  const creates = write === undefined || write.create === null ? "none" as const
    : write.idempotency === undefined ? "once" as const : "idempotent" as const
  const childKeys = Object.fromEntries(Object.entries(write?.children ?? {}).map(([name, { key }]) => [name, key]))
  return {
    promises: { guard, creates, createWaitMs: write?.createWaitMs ?? 60_000 },
    open: (opened) => {
      const source = { ...opened, options, columns }
      const reader = makeReader(source)
      return {
        name: opened.name,
        reader,
        ...(write === undefined || opened.readOnly ? {}
          : { writer: makeWriter({ ...source, write, reader, writable }) }),
        describe: Effect.succeed(infoOf(opened.name, columns, { id: options.id, children: childKeys }, writable))
      }
    }
  }
}
