/** The hub under test: the real engine on a real store, in simulated processes, with the oracle listening. */
import { Cause, Effect, Exit, Layer, Scope } from "effect"
import { Ids } from "../../core/hub/ids.ts"
import { MemoryState, memoryStore } from "../../core/hub/memory.ts"
import { openStore } from "../../core/hub/sqlite.ts"
import { HubStore } from "../../core/hub/store.ts"
import type { Process } from "../../core/testing/world.ts"
import { makeRun } from "../../core/engine/run.ts"
import type { Run } from "../../core/engine/run.ts"
import { reportOf } from "../../core/engine/report.ts"
import type { Place, Sync } from "../../core/engine/project.ts"
import { approve } from "../../core/engine/steward.ts"
import { Systems } from "../../core/engine/systems.ts"
import { readAll, writeAll } from "../../core/engine/pass.ts"
import { pull } from "../../core/engine/pull.ts"
import { settle } from "../../core/engine/settle.ts"
import { sweep } from "../../core/engine/sweep.ts"
import { push } from "../../core/engine/push.ts"
import type { Golden, Link } from "../../core/sync/state.ts"
import { Oracle } from "./oracle.ts"
import type { Known } from "./rest.ts"
import { leaseMs } from "./setup.ts"
import type { Setup } from "./setup.ts"
import { remote } from "./store.ts"

type Store = HubStore["Service"]
export type Needs = HubStore | Ids | Systems

/** Something that the engine does, for one place of one sync. */
export type Job = (run: Run, sync: Sync, place: Place) => Effect.Effect<unknown, unknown, Needs>

export const jobs = {
  pull: (run, sync, place) => pull(run, sync, place),
  sweep: (run, sync, place) => sweep(run, sync, place),
  settle: (run, sync, place) => settle(run, sync, place),
  push: (run, sync, place) => place.policy.readOnly ? Effect.void : push(run, sync, place)
} satisfies { readonly [name: string]: Job }

export class Hub {
  readonly setup: Setup
  readonly oracle: Oracle
  readonly state: MemoryState
  /** The store as it is, outside of time; and as processes meet it. */
  readonly inner: Store
  readonly store: Store
  private readonly scope = Scope.makeUnsafe()
  private processes = 0
  /** Inbox rows that were handed out and not finished, and in how many deaths each was among them. */
  private readonly inHand = new Set<string>()
  private readonly deaths = new Map<string, number>()

  constructor(setup: Setup, options: { readonly flushEvery?: number } = {}) {
    this.setup = setup
    this.oracle = new Oracle(setup)
    this.state = new MemoryState({ flushEvery: options.flushEvery ?? 1 })
    this.inner = setup.store === "sqlite" ? this.file() : memoryStore(this.state, this.ids())
    this.store = this.watched(remote(this.inner, this.oracle, setup.world.random.fork()))
    for (const system of setup.world.systems.values()) {
      system.onHint = (resource, id) => this.hint(`${system.name}.${resource}`, id)
    }
  }

  private watched(store: Store): Store {
    const take: Store["inbox"]["take"] = (side, limit, now) => Effect.tap(store.inbox.take(side, limit, now), (rows) =>
      Effect.sync(() => { for (const { ext } of rows) this.inHand.add(`${side}|${ext}`) }))
    return { ...store, inbox: { ...store.inbox, take } }
  }

  /** A process died with whatever it had in hand. */
  died(): void {
    for (const row of this.inHand) this.deaths.set(row, (this.deaths.get(row) ?? 0) + 1)
    this.inHand.clear()
  }

  /** Lets go of what the store holds open. */
  close(): void {
    Effect.runSync(Scope.close(this.scope, Exit.void))
  }

  /** The real store, without a disk. */
  private file(): Store {
    return this.once(Scope.provide(openStore(":memory:", this.ids()), this.scope))
  }

  ids(): Ids["Service"] {
    const seed = this.setup.seed * 1000 + this.processes++
    return Effect.runSync(Effect.provide(Effect.service(Ids), Ids.seeded(seed)))
  }

  /** One job in a process, with its own run, counted and judged. */
  perform(process: Process, ids: Ids["Service"], job: Job, sync: Sync, place: Place, done: () => void): void {
    const { oracle, setup } = this
    const program = Effect.gen({ self: this }, function*() {
      const run = yield* makeRun(setup.project, "sync", { retries: 1, leaseMs, claim: 5 })
      const exit = yield* Effect.exit(job(run, sync, place))
      if (Exit.isFailure(exit)) this.failed(exit.cause)
      else for (const gap of reportOf(run.tally, run, 0).unaccounted) oracle.breaks("P8", gap)
      // Whatever a brake holds, somebody looks at it and says yes.
      if (run.tally.held.length > 0) yield* Effect.orDie(approve(setup.project, run.id))
    }).pipe(Effect.provide(this.layer(ids)))
    process.start(program, (exit) => {
      this.inHand.clear()
      if (Exit.isFailure(exit)) this.failed(exit.cause)
      done()
    })
  }

  /** One job, to its end. */
  run(job: Job, sync: Sync, place: Place, process = this.setup.world.process("calm")): void {
    const { time } = this.setup.world
    let done = false
    this.perform(process, this.ids(), job, sync, place, () => {
      done = true
    })
    const limit = time.now + 86_400_000
    while (!done && process.alive && time.step(limit)) { /* until it is done */ }
    if (!done && process.alive) this.oracle.breaks("total", "an operation waits for something that never comes")
  }

  /** One kind of job for every place, parents first. */
  each(job: Job): void {
    for (const sync of this.setup.project.syncs) for (const place of sync.places) this.run(job, sync, place)
  }

  /** A complete round: every place is read in full and settled, then every place is written, until nothing moves. */
  round(): void {
    const { syncs } = this.setup.project
    const [sync] = syncs
    const [place] = sync?.places ?? []
    if (sync === undefined || place === undefined) return
    const sweep = this.setup.sweeps
    const whole: Job = (run) => Effect.andThen(readAll(run, syncs, { sweep }), writeAll(run, syncs, undefined))
    this.run(whole, sync, place)
  }

  /** Changes that the hub made anywhere, ever. */
  written(): number {
    let writes = 0
    for (const system of this.setup.world.systems.values()) {
      for (const table of system.tables.values()) for (const event of table.events) if (event.by === "hub") writes++
    }
    return writes
  }

  dump(): string {
    return this.once(this.inner.dump())
  }

  known(): Known {
    const goldens: Array<Golden> = []
    const links: Array<Link> = []
    for (const { id, entity } of this.oracle.goldens.values()) {
      for (const found of this.once(this.inner.find(entity, { golden: id }))) {
        goldens.push(found.golden)
        links.push(...found.links)
      }
    }
    const open = this.once(this.inner.conflicts({ status: "open" }))
    const stuck = new Set<string>()
    for (const { golden, op, side } of this.oracle.open.values()) if (op === "create") stuck.add(`${golden}|${side}`)
    // What a system refused waits for a person.
    const aside = new Set<string>()
    for (const { ext, side, stage } of this.once(this.inner.quarantine.list({}))) {
      if (stage === "write") stuck.add(`${ext}|${side}`)
      // Three processes died with it in hand: it counts as the cause, and a person lets it in again (fault 80).
      else if ((this.deaths.get(`${side}|${ext}`) ?? 0) >= 3) aside.add(`${side}|${ext}`)
    }
    return { aside, goldens, links, frozen: new Set(open.map((one) => `${one.golden}|${one.side}|${one.path}`)), stuck }
  }

  private layer(ids: Ids["Service"]): Layer.Layer<Needs> {
    return Layer.mergeAll(
      Layer.succeed(HubStore, this.store),
      Layer.succeed(Ids, ids),
      Systems.layer(this.setup.project.connections, { readOnly: false })
    )
  }

  /** What a system or a race may cause is part of life; anything else is a defect. */
  private failed(cause: Cause.Cause<unknown>): void {
    const error = Cause.squash(cause)
    const tag = typeof error === "object" && error !== null && "_tag" in error ? error._tag : undefined
    if (tag === "ConnectorError" || tag === "Raced" || tag === "LeaseLost") return
    this.oracle.breaks("total", error instanceof Error ? error.stack ?? error.message : JSON.stringify(error))
  }

  private hint(side: string, ext: string): void {
    const { now } = this.setup.world.time
    this.once(this.inner.inbox.put([{ side, ext, why: "hint", readAt: now, attempts: 0, notBefore: now }]))
  }

  /** Asks the store, outside of time. */
  private once<A>(effect: Effect.Effect<A, unknown>): A {
    return Effect.runSync(Effect.orDie(effect))
  }
}
