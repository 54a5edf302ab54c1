/** One resource of one connection taking part in a sync through a mapping: what `.as(mapping, options)` returns. */
import type { Where } from "../model/condition.ts"
import type { Path } from "../model/value.ts"
import type { Mapping } from "../mapping/mapping.ts"
import type { Connection, Writer } from "./connector.ts"

/** What an edit of a field that a side may not give means. */
export type OnForeignEdit = "mirror-back" | "tolerate" | "hold"

export interface ParticipantOptions<P extends Path = Path> {
  /** May golden records born elsewhere be created here? Default true. */
  readonly create?: boolean | Where<P>
  /** Which records take part. A record that leaves is let go: link kept, nothing pushed. */
  readonly only?: Where<P>
  /** What the hub may write here. Default: all that the mapping writes. */
  readonly take?: ReadonlyArray<P>
  /** What this side may change in the golden record. Default: all that the mapping reads. */
  readonly give?: ReadonlyArray<P>
  readonly readOnly?: boolean
  /** Records of this side without any match key are linked and created elsewhere all the same. Default false. */
  readonly keyless?: boolean
  /** What a confirmed deletion here does to the other sides. Default `unlink`: nothing, and it is not made again here. */
  readonly onDelete?: "unlink" | "propagate" | "archive" | "recreate" | "ignore" | "review"
  /** What an empty value of this side means. Default `clear`. */
  readonly nulls?: { readonly [path in P]?: "clear" | "ignore" | "clear-if-owner" }
  /** For every field, or field by field. Default `mirror-back`. */
  readonly onForeignEdit?: OnForeignEdit | { readonly [path in P]?: OnForeignEdit }
}

/** What a resource promises before it is opened, so that policies need no connection. The open one keeps to it. */
export interface Promises {
  readonly guard: Writer["guard"]
  /** `none`: nothing can be created there. */
  readonly creates: Writer["creates"] | "none"
  /** How long after it was sent a create may still appear, milliseconds (R9). Default ten minutes. */
  readonly createWaitMs?: number
}

export interface Participant<A = unknown> {
  readonly connection: Connection
  /** Name for `Session.resource`. */
  readonly resource: string
  readonly mapping: Mapping<A>
  readonly options: ParticipantOptions
  readonly promises: Promises
}

/** A declared resource, ready to take part. */
export interface Declared {
  readonly connection: Connection
  readonly resource: string
  readonly as: <A>(mapping: Mapping<A>, options?: ParticipantOptions<keyof A & string>) => Participant<A>
}

/** Used by connectors: `declared(connection, "KUNDEN", { guard: "values", creates: "once" })`. */
export const declared = (connection: Connection, resource: string, promises?: Promises): Declared => ({
  connection,
  resource,
  as: (mapping, options) => ({
    connection,
    resource,
    mapping,
    options: options ?? {},
    promises: promises ?? { guard: "values", creates: "once" }
  })
})
