/** Turns a loaded config into the project that the engine works on, or into everything that is wrong with it. */
import type { Connection } from "../connector/connector.ts"
import type { Participant } from "../connector/participant.ts"
import type { Brake, Place, Project, Sync } from "../engine/project.ts"
import type { Entity } from "../model/entity.ts"
import type { Policy, SidePolicy } from "../sync/policy.ts"
import { limitOf } from "./brake.ts"
import type { SyncDeclaration } from "./config.ts"
import { missingVariables } from "./config.ts"
import type { Fault } from "./fault.ts"
import { didYouMean, Faults } from "./fault.ts"
import { matchOf, pinsOf, recognisable } from "./identity.ts"
import { parentsFirst, referenceFaults } from "./references.ts"
import { shaped } from "./shape.ts"
import { sidePolicy } from "./side.ts"
import { rulesFaults } from "./survivorship.ts"

/** Clocks of two systems differ by about this much: a smaller difference decides nothing (SEMANTICS 1.4). */
const skewMs = 2_000
/** SEMANTICS 1.8: at least as long as the longest stale read and the age of a backup that may be restored. */
const tombstoneMs = 30 * 24 * 60 * 60 * 1_000

export type Resolved =
  | { readonly ok: true; readonly project: Project; readonly warnings: ReadonlyArray<Fault> }
  | { readonly ok: false; readonly faults: ReadonlyArray<Fault>; readonly warnings: ReadonlyArray<Fault> }

/** A sync on its way, with its place in the config. */
export interface Draft {
  readonly at: string
  readonly name: string
  readonly entity: Entity
  readonly declaration: SyncDeclaration
  readonly sides: ReadonlyArray<{ readonly at: string; readonly participant: Participant; readonly side: string }>
}

export const resolve = (config: unknown): Resolved => {
  const faults = new Faults()
  for (const name of missingVariables()) {
    faults.add(`env("${name}")`, `the environment variable ${name} is not set: set it, or give env("${name}", "...") a default`)
  }
  const shape = shaped(config, faults)
  const drafts = shape.syncs.map(({ at, sync }): Draft => ({
    at,
    name: sync.name,
    entity: sync.entity,
    declaration: sync,
    sides: sync.options.between.map((participant, index) => ({
      at: `${at}.between[${index}]`,
      participant,
      side: `${participant.connection.name}.${participant.resource}`
    }))
  }))
  const connections = connectionsOf(drafts, faults)
  uniqueSyncs(drafts, faults)
  uniqueSides(drafts, faults)
  for (const draft of drafts) if (draft.sides.length < 2) {
    faults.add(`${draft.at}.between`, `${draft.name} needs at least two participants to bring to agree`)
  }
  referenceFaults(drafts, faults)
  const pinned = pinsOf(drafts, shape.pins, faults)
  const syncs = drafts.map((draft) => compile(draft, pinned.get(draft.name) ?? [], faults))
  return faults.faults.length > 0
    ? { ok: false, faults: faults.faults, warnings: faults.warnings }
    : { ok: true, project: { hub: shape.hub, connections, syncs: parentsFirst(syncs) }, warnings: faults.warnings }
}

const compile = (draft: Draft, pins: Policy["pins"], faults: Faults): Sync => {
  rulesFaults(draft, faults)
  const match = matchOf(draft, faults)
  const sides = new Map<string, SidePolicy>()
  const places = draft.sides.map(({ at, participant, side }, priority): Place => {
    const policy = sidePolicy(draft, { at, participant, side, priority }, faults)
    recognisable(draft, at, match, policy, faults)
    sides.set(side, policy)
    return {
      side,
      connection: participant.connection.name,
      resource: participant.resource,
      policy,
      columns: participant.mapping.columns
    }
  })
  const policy: Policy = {
    entity: draft.entity,
    sides,
    match,
    pins,
    skewMs,
    tombstoneMs
  }
  return { name: draft.name, entity: draft.entity, policy, places, brake: brakeOf(draft, faults) }
}

const brakeNames = ["creates", "changes", "deletes"] as const
const brakeOf = (draft: Draft, faults: Faults): Brake => {
  const brake: { -readonly [name in keyof Brake]: Brake[name] } = {}
  const options = draft.declaration.options.brake ?? {}
  for (const name of Object.keys(options)) {
    if (!brakeNames.some((known) => known === name)) {
      faults.add(`${draft.at}.brake.${name}`, `there is no brake "${name}"${didYouMean(name, brakeNames) || ": use creates, changes, deletes"}`)
    }
  }
  for (const name of brakeNames) {
    const option = options[name]
    if (option === undefined) continue
    const limit = limitOf(option)
    if (limit === undefined) faults.add(`${draft.at}.brake.${name}`, "a brake is a number (200), a share (\"5%\") or { count, percent }")
    else brake[name] = limit
  }
  return brake
}

const connectionsOf = (drafts: ReadonlyArray<Draft>, faults: Faults): ReadonlyMap<string, Connection> => {
  const connections = new Map<string, Connection>()
  for (const { at, participant: { connection } } of drafts.flatMap((draft) => draft.sides)) {
    const known = connections.get(connection.name)
    if (known === connection) continue
    if (known !== undefined) {
      faults.add(at, `two connections are called "${connection.name}": give each a name of its own`)
      continue
    }
    connections.set(connection.name, connection)
    if (!/^[A-Za-z][A-Za-z0-9_-]*$/.test(connection.name) || connection.name === "hub") {
      faults.add(at, `"${connection.name}" cannot name a connection: use letters, digits, - and _, and not "hub"`)
    }
    for (const { option, message } of connection.faults ?? []) {
      faults.add(`${at}.${connection.name}.${option}`, message)
    }
  }
  return connections
}

const uniqueSyncs = (drafts: ReadonlyArray<Draft>, faults: Faults): void => {
  const names = new Map<string, string>()
  const entities = new Map<string, string>()
  for (const { at, name, entity } of drafts) {
    if (names.has(name)) faults.add(`${at}.name`, `two syncs are called "${name}": give each a name of its own`)
    else names.set(name, at)
    const other = entities.get(entity.name)
    if (other === undefined) entities.set(entity.name, name)
    else faults.add(at, `"${other}" already syncs ${entity.name}: one sync an entity, put all participants into its between`)
  }
}

const uniqueSides = (drafts: ReadonlyArray<Draft>, faults: Faults): void => {
  const taken = new Map<string, string>()
  for (const { at, side } of drafts.flatMap((draft) => draft.sides)) {
    const other = taken.get(side)
    if (other === undefined) taken.set(side, at)
    else faults.add(at, `${side} takes part twice (also ${other}): name the second with { resource: "..." }, or join both into one view`)
  }
}
