/** What the engine works on: a config resolved into policies, places and brakes. Built by `core/config.ts`. */
import type { Entity } from "../model/entity.ts"
import type { Connection } from "../connector/connector.ts"
import type { Limits } from "../sync/brakes.ts"
import type { Policy, SidePolicy } from "../sync/policy.ts"
import type { ExtId, Side } from "../sync/state.ts"

export interface Project {
  /** Where the hub lives, as the config says it: `sqlite:hub.db`. Opening it is the caller's business. */
  readonly hub: string
  readonly connections: ReadonlyMap<string, Connection>
  /** Parents first (`order` of core/sync). */
  readonly syncs: ReadonlyArray<Sync>
}

/** One entity between its places. One sync an entity. */
export interface Sync {
  /** Also the name of its lock: one writer at a time. */
  readonly name: string
  readonly entity: Entity
  readonly policy: Policy
  /** In the order of `between`. */
  readonly places: ReadonlyArray<Place>
  readonly brake: Brake
}

/** One side of a sync: where it is and what it may do. */
export interface Place {
  readonly side: Side
  readonly connection: string
  readonly resource: string
  readonly policy: SidePolicy
  /** Columns to select; also what the content hash covers. */
  readonly columns: ReadonlyArray<string>
}

/** How far a run may go before a person looks; SEMANTICS 1.8 gives the defaults. */
export type Brake = Limits
export type { Limit } from "../sync/brakes.ts"

/** What a run is limited to: `--connection --ids --limit --creates-only --links-only` and names of syncs. */
export interface Scope {
  readonly syncs?: ReadonlyArray<string>
  /** Only these connections are written (or, for a backfill, read). All are read. */
  readonly connections?: ReadonlyArray<string>
  /** Only these records are read and written: external ids of any side in scope, or golden ids. */
  readonly ids?: ReadonlyArray<ExtId>
  /** At most this many records are written on each side. */
  readonly limit?: number
  readonly createsOnly?: boolean
  /** Read, match and link; write nothing anywhere. */
  readonly linksOnly?: boolean
}

/** The syncs of a scope, parents first; undefined scope: all. */
export const chosen = (project: Project, scope: Scope | undefined): ReadonlyArray<Sync> =>
  scope?.syncs === undefined ? project.syncs : project.syncs.filter((sync) => scope.syncs?.includes(sync.name) === true)

/** Places that may be written in a scope. */
export const writable = (sync: Sync, scope: Scope | undefined): ReadonlyArray<Place> => {
  if (scope?.linksOnly === true) return []
  const named = scope?.connections
  return sync.places.filter((place) => !place.policy.readOnly && (named?.includes(place.connection) ?? true))
}

/** Which connections a set of syncs needs. */
export const connectionsOf = (project: Project, syncs: ReadonlyArray<Sync>): ReadonlyMap<string, Connection> => {
  const names = new Set(syncs.flatMap((sync) => sync.places.map((place) => place.connection)))
  return new Map([...project.connections].filter(([name]) => names.has(name)))
}
