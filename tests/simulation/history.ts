/** One history: people work, processes sync and die, then everything comes to rest and is judged. */
import type { Ids } from "../../core/hub/ids.ts"
import { healed } from "../../core/testing/world.ts"
import type { Process, Random } from "../../core/testing/world.ts"
import { Hub, jobs } from "./hub.ts"
import { lawNames } from "./oracle.ts"
import type { Violation } from "./oracle.ts"
import { People } from "./people.ts"
import { agrees } from "./rest.ts"
import { setupOf } from "./setup.ts"
import type { Setup } from "./setup.ts"

export interface Ended {
  readonly seed: number
  readonly violations: ReadonlyArray<Violation>
  readonly windows: number
  readonly leaks: number
  readonly writes: number
  readonly crashes: number
  /** Everything that reached a system, in order, and the whole hub at the end: equal for equal seeds (P9). */
  readonly log: ReadonlyArray<string>
  readonly dump: string
}

/** Rounds in which everything must agree, and after which nothing may be written (G3). */
const roundsToAgree = 2

export interface PlayOptions {
  /** Commits that a store makes before it makes them durable: more than one breaks its word (R10). */
  readonly flushEvery?: number
}

export const play = (seed: number, options: PlayOptions = {}): Ended => new History(setupOf(seed), options).play()

class History {
  private readonly setup: Setup
  private readonly hub: Hub
  private readonly people: People
  private readonly random: Random
  private crashes = 0
  private restless = true

  constructor(setup: Setup, options: PlayOptions) {
    this.setup = setup
    this.hub = new Hub(setup, options)
    this.people = new People(setup)
    this.random = setup.world.random.fork()
  }

  play(): Ended {
    const { setup: { seed, steps, world, workers }, hub } = this
    let at = world.time.now
    for (let nth = 0; nth < steps; nth++) {
      at += this.random.pick([100, 2000, 10_000])
      world.time.after(at - world.time.now, () => this.people.act())
    }
    for (let nth = 0; nth < workers; nth++) this.hire(nth)
    world.time.until(at)
    this.rest()
    const { violations, windows, leaks } = hub.oracle
    const { crashes } = this
    const dump = hub.dump()
    hub.close()
    return { seed, violations, windows, leaks, writes: hub.written(), crashes, log: world.log, dump }
  }

  /** A worker does one thing after the other until it dies; then another takes its place. */
  private hire(nth: number): void {
    const { time, log } = this.setup.world
    const process = this.setup.world.process(`worker ${nth}`)
    process.dies = () => {
      if (!this.restless || !this.random.chance(this.setup.crash)) return false
      this.crashes++
      this.hub.died()
      log.push(`${time.now} worker ${nth} dies`)
      // One worker on one machine: it may be the machine that died.
      if (this.setup.workers === 1) this.hub.state.crash()
      time.after(this.random.between(1, 30_000), () => {
        if (this.restless) this.hire(nth)
      })
      return true
    }
    const ids = this.hub.ids()
    time.after(this.random.below(5000), () => this.work(process, ids))
  }

  private work(process: Process, ids: Ids["Service"]): void {
    if (!this.restless) return
    const { random, setup } = this
    const sync = random.pick(setup.project.syncs)
    const place = random.pick(sync.places)
    const chance = random.below(10)
    const job = chance < 4 ? jobs.pull : chance < 6 ? jobs.settle : chance < 7 && setup.sweeps ? jobs.sweep : jobs.push
    this.hub.perform(process, ids, job, sync, place, () => {
      setup.world.time.after(random.pick([10, 1000, 15_000]), () => {
        if (process.alive) this.work(process, ids)
      })
    })
  }

  /** Faults stop and people go home; complete rounds follow until everything agrees, and one more. */
  private rest(): void {
    const { hub, setup } = this
    const { time } = setup.world
    this.restless = false
    for (const system of setup.world.systems.values()) system.knobs = healed(system.knobs)
    time.until(time.now + setup.patienceMs)
    // Brakes hold what looks dangerous; people say yes to it before the rounds are counted.
    if (setup.sweeps) hub.each(jobs.sweep)
    for (let nth = 0; nth < roundsToAgree; nth++) {
      hub.round()
      time.until(time.now + setup.patienceMs)
    }
    const known = hub.known()
    agrees(setup, hub.oracle, known)
    const before = hub.written()
    hub.round()
    const more = hub.written() - before
    // A create of which nobody knows may be settled by any later listing.
    if (more === 0 || known.stuck.size > 0) return
    hub.oracle.breaks("P2", `${more} writes in round ${roundsToAgree + 1}, when all should agree`)
  }
}

export const describe = (ended: Ended): string =>
  ended.violations.map((one) => `  ${one.law} (${lawNames[one.law]}) at ${one.at}: ${one.what}`).join("\n")
