/** One resource of one connection taking part in a sync through a mapping: what `.as(mapping, options)` returns. */
import type { Condition } from "../model/condition.ts"
import type { Path } from "../model/value.ts"
import type { Mapping } from "../mapping/mapping.ts"
import type { Connection } from "./connector.ts"

export interface ParticipantOptions<P extends Path = Path> {
  /** May golden records born elsewhere be created here? Default true. */
  readonly create?: boolean | Condition
  /** Which records take part. A record that leaves is let go: link kept, nothing pushed. */
  readonly only?: Condition
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
  /** What an edit of a field that this side may not give means. Default `mirror-back`. */
  readonly onForeignEdit?: "mirror-back" | "tolerate" | "hold"
}

export interface Participant<A = unknown> {
  readonly connection: Connection
  /** Name for `Session.resource`. */
  readonly resource: string
  readonly mapping: Mapping<A>
  readonly options: ParticipantOptions
}

/** A declared resource, ready to take part. */
export interface Declared {
  readonly connection: Connection
  readonly resource: string
  readonly as: <A>(mapping: Mapping<A>, options?: ParticipantOptions<keyof A & string>) => Participant<A>
}

/** Used by connectors: `declared(connection, "KUNDEN")`. */
export const declared = (connection: Connection, resource: string): Declared => ({
  connection,
  resource,
  as: (mapping, options) => ({ connection, resource, mapping, options: options ?? {} })
})
