/** What one seed means: systems with their faults, mappings and rules, drawn at random. */
import { World, calm } from "../../core/testing/world.ts"
import type { FakeSystem, Faults, Random } from "../../core/testing/world.ts"
import { timeoutMs } from "../../core/testing/world/writer.ts"
import type { Entity, MergeClass } from "../../core/model/entity.ts"
import type { Path } from "../../core/model/value.ts"
import type { FieldPolicy, Rule, SidePolicy } from "../../core/sync/policy.ts"
import type { Side } from "../../core/sync/state.ts"
import type { Project, Sync } from "../../core/engine/project.ts"
import { columnOf, digits, lower, mappingOf, short, upper } from "./mapping.ts"
import type { Norm } from "./mapping.ts"
import type { Mapping } from "../../core/mapping/mapping.ts"
import { person, ticket } from "./model.ts"

export interface Setup {
  readonly seed: number
  readonly world: World
  readonly project: Project
  readonly sides: ReadonlyArray<Place>
  readonly workers: number
  /** External things that happen before everything comes to rest. */
  readonly steps: number
  readonly store: "memory" | "sqlite"
  /** Chance that a process dies when it wakes up. */
  readonly crash: number
  readonly deletes: boolean
  /** Complete listings are asked for; without them the change cursors alone must find everything. */
  readonly sweeps: boolean
  readonly keyEdits: boolean
  /** Longest wait that anything can ask for. */
  readonly patienceMs: number
}

/** A side as the simulator knows it: the policy, and the truth about the system. */
export interface Place {
  readonly side: Side
  readonly entity: Entity
  readonly policy: SidePolicy
  readonly system: FakeSystem
  /** Resource name there. */
  readonly table: string
}

/** How long a lease of the engine lives, at most. */
export const leaseMs = 120_000

const names = ["shop", "crm", "erp", "till"] as const

/** Swarm testing: a kind of fault is either off for a whole history or drawn for each system. */
const kindsOf = (random: Random) => {
  const on = (chance = 0.5): boolean => random.chance(chance)
  return {
    pauses: on(0.4), lags: on(0.4), lateCommits: on(0.4), hints: on(), partials: on(), losses: on(0.6), torn: on(0.4),
    outages: on(0.4), softDeletes: on(0.3), equalStamps: on(), uniques: on(0.3), norms: on(), delays: on(0.4),
    snapshots: on(0.3), uncovered: on(0.3), guarded: on(0.3)
  }
}

type Kinds = ReturnType<typeof kindsOf>

const faultsOf = (on: Kinds, system: Random): Faults => {
  const lateMs = on.lateCommits ? system.between(1000, 60_000) : 0
  const lagMs = on.lags ? system.pick([0, 2000, 60_000]) : 0
  const stampMs = on.equalStamps ? system.pick([1, 1000, 60_000]) : 1
  return {
    ...calm,
    ...natureOf(on, system),
    pause: on.pauses ? 0.02 : 0,
    pauseMs: on.pauses ? 300_000 : 0,
    lagMs,
    lateMs,
    late: on.lateCommits ? 0.3 : 0,
    overlapMs: lateMs + lagMs + stampMs + 1000,
    stampMs,
    skewMs: system.pick([0, 0, -90_000, 90_000]),
    hints: on.hints && system.chance(0.7),
    loseHint: 0.2,
    doubleHint: 0.2,
    hintMs: system.pick([100, 20_000, 300_000]),
    partial: on.partials ? 0.2 : 0,
    hinted: on.partials ? 0.1 : 0,
    lostRequest: on.losses ? 0.05 : 0,
    lostAnswer: on.losses ? 0.1 : 0,
    delayed: on.losses && on.delays ? 0.1 : 0,
    delayMs: 60_000,
    torn: on.torn ? 0.1 : 0,
    unavailable: on.outages ? 0.05 : 0,
    cutListing: on.outages ? 0.1 : 0
  }
}

/** What kind of system it is: this does not heal. */
const natureOf = (on: Kinds, system: Random): Partial<Faults> => ({
  guard: on.guarded
    ? system.pick(["values", "version"] as const)
    : system.pick(["values", "version", "reread", "none"] as const),
  creates: system.pick(["upsert", "idempotent", "marker", "once"] as const),
  shape: system.chance(0.2) ? "whole" : "patch",
  batch: system.pick([1, 3, 20]),
  page: system.pick([1, 3, 10, 100]),
  normalise: on.norms ? drawn(system) : {},
  answers: system.chance(0.7),
  latencyMs: system.pick([5, 200, 2000]),
  stamps: on.snapshots && system.chance(0.3) ? "none" : "R",
  uncovered: on.uncovered ? [columnOf("tags"), columnOf("city")] : [],
  deleted: on.softDeletes && system.chance(0.5) ? "DELETED" : undefined,
  unique: on.uniques && system.chance(0.5) ? columnOf("code") : undefined,
  tellsExisting: system.chance(0.7)
})

const drawn = (random: Random): Faults["normalise"] => {
  const made: { [column: string]: Norm } = {}
  if (random.chance(0.5)) made[columnOf("phone")] = digits
  if (random.chance(0.5)) made[columnOf("city")] = random.pick([upper, lower])
  if (random.chance(0.3)) made[columnOf("name")] = random.pick([upper, short])
  return made
}

export const setupOf = (seed: number): Setup => {
  const world = new World(seed)
  const { random } = world
  const kinds = kindsOf(random)
  const count = random.pick([2, 2, 3, 3, 4])
  const systems = names.slice(0, count).map((name) => world.system(name, faultsOf(kinds, random)))
  const both = random.chance(0.5)
  const built = (both ? [person, ticket] : [person]).map((entity) => syncOf(entity, systems, random))
  const knobs = systems.map((system) => system.knobs)
  const longest = (...picks: ReadonlyArray<(faults: Faults) => number>): number =>
    picks.reduce((sum, pick) => sum + Math.max(...knobs.map(pick)), 0)
  const deletes = random.chance(0.4)
  return {
    seed,
    world,
    project: {
      hub: "memory:",
      connections: new Map(systems.map((system) => [system.name, system])),
      syncs: built.map((one) => one.sync)
    },
    sides: built.flatMap((one) => one.places),
    workers: random.pick([1, 1, 2]),
    steps: random.between(20, 160),
    store: random.chance(0.02) ? "sqlite" : "memory",
    crash: random.chance(0.5) ? random.pick([0.002, 0.01, 0.03]) : 0,
    deletes,
    sweeps: deletes || knobs.some((faults) => faults.uncovered.length > 0) || random.chance(0.3),
    keyEdits: random.chance(0.1),
    patienceMs: leaseMs + timeoutMs + 60_000 + longest((faults) => faults.delayMs, (faults) => faults.lagMs,
      (faults) => faults.lateMs, (faults) => faults.hintMs, (faults) => faults.pauseMs)
  }
}

interface Built {
  readonly sync: Sync
  readonly places: ReadonlyArray<Place>
}

/** What one side of a sync is like; anything left out is as permissive as it can be. */
export interface Nature {
  readonly paths?: ReadonlyArray<Path>
  readonly declared?: { readonly [path: Path]: Norm }
  readonly side?: Partial<SidePolicy>
  readonly field?: (path: Path) => Partial<FieldPolicy>
}

const syncOf = (entity: Entity, systems: ReadonlyArray<FakeSystem>, random: Random): Built => {
  const rules = rulesOf(entity, systems, random)
  const order = shuffled(systems.map((system) => system.name), random)
  const initial: FieldPolicy["initial"] = random.chance(0.15)
    ? { first: "hold" }
    : random.chance(0.5) ? { first: "newest" } : { first: "prefer", order }
  const places = systems.map((system, priority) =>
    placeOf(entity, system, priority, natureFrom(entity, system, rules, initial, random)))
  return { places, sync: bound(entity, places, random.pick([0, 2000])) }
}

export const bound = (entity: Entity, places: ReadonlyArray<Place>, skewMs: number): Sync => {
  const never = { count: 1e9, percent: 1e9 }
  return {
    name: entity.name,
    entity,
    policy: {
      entity,
      sides: new Map(places.map((place) => [place.side, place.policy])),
      match: entity.keys.slice(0, 1).map((key) => key.kind),
      pins: [],
      skewMs,
      tombstoneMs: 30 * 86_400_000
    },
    places: places.map((place) => ({
      side: place.side,
      connection: place.system.name,
      resource: place.table,
      policy: place.policy,
      columns: place.policy.mapping.columns
    })),
    brake: { creates: never, changes: never, deletes: never }
  }
}

const natureFrom = (
  entity: Entity, system: FakeSystem, rules: ReadonlyMap<Path, Rule>, initial: FieldPolicy["initial"], random: Random
): Nature => {
  const paths = [...entity.fields.keys()].filter((path, nth) => nth === 0 || path === "person" || random.chance(0.8))
  const declared: { [path: Path]: Norm } = {}
  for (const path of paths) {
    const norm = system.knobs.normalise[columnOf(path)]
    if (norm !== undefined && random.chance(0.6)) declared[path] = norm
  }
  // Some sides may not give or take everything.
  const odd = random.chance(0.2)
  const fields = new Map(paths.map((path): [Path, Partial<FieldPolicy>] => {
    const free = path === "code" || path === "number" || path === "person" || !odd
    return [path, {
      rule: rules.get(path) ?? { rule: "newest" },
      inbound: free || random.chance(0.8),
      outbound: free || random.chance(0.8),
      nullInbound: random.pick(["clear", "clear", "ignore", "clear-if-owner"] as const),
      initial,
      onForeignEdit: random.pick(["mirror-back", "mirror-back", "tolerate", "hold"] as const)
    }]
  }))
  return {
    paths,
    declared,
    field: (path) => fields.get(path) ?? {},
    side: {
      readOnly: random.chance(0.05),
      create: random.chance(0.9) ? { is: "always" } : { is: "never" },
      onDelete: random.pick(["unlink", "unlink", "propagate", "recreate", "ignore"] as const)
    }
  }
}

export const placeOf = (entity: Entity, system: FakeSystem, priority: number, nature: Nature): Place => {
  const table = entity.name.toUpperCase()
  system.table(table)
  const paths = nature.paths ?? [...entity.fields.keys()]
  const mapping = mappingOf(entity, paths, nature.declared ?? {}, new Map([["person", "PERSON"]]))
  const { knobs } = system
  const side = `${system.name}.${table}`
  return {
    side,
    entity,
    system,
    table,
    policy: {
      side,
      connection: system.name,
      priority,
      mapping,
      fields: new Map(paths.map((path) => [path, fieldOf(entity, mapping, path, nature)])),
      readOnly: false,
      create: { is: "always" },
      only: { is: "always" },
      keyless: false,
      onDelete: "unlink",
      creates: knobs.creates,
      guard: knobs.guard,
      createWaitMs: leaseMs + timeoutMs + knobs.delayMs + knobs.lagMs,
      ...nature.side
    }
  }
}

const fixedRules: { readonly [cls in MergeClass]?: Rule } = {
  S: { rule: "union" }, C: { rule: "counter" }, A: { rule: "append" }, R: { rule: "ratchet" },
  M: { rule: "forward" }, I: { rule: "immutable" }, D: { rule: "derived" }
}

const fieldOf = (entity: Entity, mapping: Mapping, path: Path, nature: Nature): FieldPolicy => {
  const field = mapping.fields.get(path)
  const spec = entity.fields.get(path)
  if (field === undefined || spec === undefined) throw new Error(`no field ${path}`)
  return {
    path,
    cls: spec.merge,
    rule: fixedRules[spec.merge] ?? { rule: "newest" },
    inbound: true,
    outbound: true,
    nullInbound: "clear",
    initial: { first: "newest" },
    onForeignEdit: "mirror-back",
    same: field.same ?? spec.same,
    norm: field.norm,
    ...nature.field?.(path)
  }
}

/** A setup that nothing is drawn for: what a directed test says of its systems, and calm besides. */
export const scene = (
  systems: { readonly [name: string]: Partial<Faults> },
  options: {
    readonly seed?: number
    readonly entities?: ReadonlyArray<Entity>
    readonly nature?: (system: string, entity: string) => Nature
  } = {}
): Setup => {
  const world = new World(options.seed ?? 1)
  const made = Object.entries(systems).map(([name, faults]) => world.system(name, faults))
  const built = (options.entities ?? [person]).map((entity): Built => {
    const places = made.map((system, priority) =>
      placeOf(entity, system, priority, options.nature?.(system.name, entity.name) ?? {}))
    return { places, sync: bound(entity, places, 0) }
  })
  return {
    seed: world.seed,
    world,
    project: {
      hub: "memory:",
      connections: new Map(made.map((system) => [system.name, system])),
      syncs: built.map((one) => one.sync)
    },
    sides: built.flatMap((one) => one.places),
    workers: 1,
    steps: 0,
    store: "memory",
    crash: 0,
    deletes: false,
    sweeps: true,
    keyEdits: false,
    patienceMs: 3_600_000
  }
}

const rulesOf = (entity: Entity, systems: ReadonlyArray<FakeSystem>, random: Random): ReadonlyMap<Path, Rule> => {
  const names = systems.map((system) => system.name)
  const rules = new Map<Path, Rule>()
  for (const [path, spec] of entity.fields) {
    const given = fixedRules[spec.merge]
    const owner: Rule = random.chance(0.3) ? { rule: "origin" } : { rule: "owner", side: random.pick(names) }
    const order = shuffled(names, random)
    const register: Rule = random.pick<Rule>([
      owner, { rule: "prefer", order }, { rule: "hold" }, { rule: "newest" }, { rule: "newest" }, { rule: "newest" }
    ])
    rules.set(path, given ?? (spec.merge === "O" ? owner : register))
  }
  return rules
}

export const shuffled = <A>(list: ReadonlyArray<A>, random: Random): Array<A> => {
  const rest = [...list]
  const out: Array<A> = []
  while (rest.length > 0) out.push(...rest.splice(random.below(rest.length), 1))
  return out
}
