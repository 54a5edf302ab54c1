/**
 * A world of fake systems with seeded faults, for testing a sync without any real system. Time is virtual and
 * everything that can go wrong is drawn from the seed, so the same seed is the same history.
 *
 * ```ts
 * const world = new World(7)
 * const shop = world.system("shop", { creates: "once", lostAnswer: 0.1 })
 * shop.create("CUSTOMER", { EMAIL: "ada@example.com" })
 * const exit = world.run(program)          // reads and writes shop like any other connection, in virtual time
 * ```
 */
import type { Effect, Exit } from "effect"
import { calm } from "./world/faults.ts"
import type { Faults } from "./world/faults.ts"
import { Random } from "./world/random.ts"
import { FakeSystem } from "./world/system.ts"
import { Process, Time } from "./world/time.ts"

export class World {
  readonly seed: number
  readonly random: Random
  readonly time = new Time()
  /** Every request of every system, in order: equal for equal seeds (P9). */
  readonly log: Array<string> = []
  readonly systems = new Map<string, FakeSystem>()

  constructor(seed: number) {
    this.seed = seed
    this.random = new Random(seed)
  }

  system(name: string, faults: Partial<Faults> = {}): FakeSystem {
    const system = new FakeSystem(name, { ...calm, ...faults }, this.time, this.random.fork(), this.log)
    this.systems.set(name, system)
    return system
  }

  process(name: string): Process {
    return new Process(name, this.time)
  }

  /** Runs an effect to its end in virtual time; fails if it waits for something that never comes. */
  run<A, E>(effect: Effect.Effect<A, E>, name = "main"): Exit.Exit<A, E> {
    let exit: Exit.Exit<A, E> | undefined
    this.process(name).start(effect, (result) => {
      exit = result
    })
    while (exit === undefined && this.time.step()) { /* until it is done */ }
    if (exit === undefined) throw new Error(`${name} waits for something that never comes`)
    return exit
  }
}

export { calm, healed } from "./world/faults.ts"
export type { Faults } from "./world/faults.ts"
export { Random } from "./world/random.ts"
export { FakeSystem } from "./world/system.ts"
export { Table } from "./world/table.ts"
export type { Event, Row } from "./world/table.ts"
export { Process, Time } from "./world/time.ts"
