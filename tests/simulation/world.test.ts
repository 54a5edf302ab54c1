/** The fake systems do what their knobs say: a simulator whose faults never happen proves nothing. */
import { Effect, Exit, Stream } from "effect"
import { describe, expect, it } from "vitest"
import type { Change, Outcome, Page, Resource } from "../../core/connector/connector.ts"
import { World } from "../../core/testing/world.ts"
import type { Faults } from "../../core/testing/world.ts"

const one = (faults: Partial<Faults>, seed = 1) => {
  const world = new World(seed)
  const system = world.system("shop", faults)
  const resource = (readOnly = false): Resource =>
    got(world.run(system.open({ readOnly }))).resource("CUSTOMER")
  const read = (since?: Page["next"]): ReadonlyArray<Page> =>
    got(world.run(Stream.runCollect(resource().reader.changes(since, { columns: ["NAME"] }))))
  const write = (...changes: ReadonlyArray<Change>): ReadonlyArray<Outcome> | "no answer" => {
    const { writer } = resource()
    if (writer === undefined) throw new Error("no writer")
    const exit = world.run(writer.write(changes, Effect.void))
    return Exit.isSuccess(exit) ? exit.value : "no answer"
  }
  return { world, system, resource, read, write, table: system.table("CUSTOMER") }
}

const got = <A, E>(exit: Exit.Exit<A, E>): A => {
  if (Exit.isSuccess(exit)) return exit.value
  throw new Error(JSON.stringify(exit.cause))
}

const create = (name: string, attempt = "a1"): Change =>
  ({ op: "create", attempt, idempotencyKey: "k1", marker: "g1", patch: () => ({ NAME: name }) })

const update = (id: string, name: string, was: string): Change => ({
  op: "update", id, attempt: "a2", idempotencyKey: "k2", patch: () => ({ NAME: name }),
  expect: { holds: (record) => record["NAME"] === was }
})

describe("a fake system", () => {
  it("shows what changed since a cursor, with what the overlap reaches", () => {
    const { read, system, world } = one({ page: 2 })
    const ids = ["Ada", "Bob", "Cleo"].map((name) => system.create("CUSTOMER", { NAME: name }))
    const pages = read()
    expect(pages.map((page) => page.seen.length)).toEqual([2, 1])
    world.time.until(world.time.now + 1000)
    system.edit("CUSTOMER", ids[0] ?? "", { NAME: "Ada L." })
    expect(read(pages.at(-1)?.next).flatMap((page) => page.seen.map((seen) => seen.id))).toContain(ids[0])
  })

  it("commits late with the stamp of the transaction's start, behind the cursor", () => {
    const { read, system, world } = one({ late: 1, lateMs: 60_000 })
    const old = system.create("CUSTOMER", { NAME: "Ada" })
    system.edit("CUSTOMER", old, { NAME: "late" })
    world.time.until(world.time.now + 1)
    system.create("CUSTOMER", { NAME: "Bob" })
    const cursor = read().at(-1)?.next
    world.time.until(world.time.now + 60_000)
    expect(system.look("CUSTOMER", old)?.columns["NAME"]).toBe("late")
    expect(read(cursor).flatMap((page) => page.seen.map((seen) => seen.id))).not.toContain(old)
  })

  it("refuses a write whose expectation no longer holds, and says what it holds now", () => {
    const { system, write } = one({ guard: "values" })
    const id = system.create("CUSTOMER", { NAME: "Ada" })
    expect(write(update(id, "Eve", "Bob"))).toMatchObject([{ did: "moved", now: { record: { NAME: "Ada" } } }])
    expect(write(update(id, "Eve", "Ada"))).toMatchObject([{ did: "written" }])
  })

  it("overwrites blindly without a guard", () => {
    const { system, table, write } = one({ guard: "none" })
    const id = system.create("CUSTOMER", { NAME: "Ada" })
    expect(write(update(id, "Eve", "Bob"))).toMatchObject([{ did: "written" }])
    expect(table.rows.get(id)?.columns["NAME"]).toBe("Eve")
  })

  it("does what it was asked though the answer is lost, and nothing when the request is", () => {
    const mute = one({ lostAnswer: 1 })
    mute.write(create("Ada"))
    expect(mute.table.rows.size).toBe(1)
    const deaf = one({ lostRequest: 1 })
    deaf.write(create("Ada"))
    expect(deaf.table.rows.size).toBe(0)
  })

  it("applies a delayed request after its sender has given up", () => {
    const { table, world, write } = one({ delayed: 1, delayMs: 3_600_000 }, 5)
    write(create("Ada"))
    expect(table.rows.size).toBe(0)
    world.time.until(world.time.now + 3_600_000)
    expect(table.rows.size).toBe(1)
  })

  it("lets a request land though the process that sent it was killed", () => {
    const { resource, table, world } = one({})
    const process = world.process("worker")
    const { writer } = resource()
    if (writer === undefined) throw new Error("no writer")
    let heard = false
    process.start(writer.write([create("Ada")], Effect.sync(() => world.time.after(0, () => process.kill()))), () => {
      heard = true
    })
    world.time.until(world.time.now + 60_000)
    expect([table.rows.size, heard]).toEqual([1, false])
  })

  it.each([["upsert", 1], ["idempotent", 1], ["marker", 1], ["once", 2]] as const)(
    "creates by %s: %i records after the same create twice", (creates, count) => {
      const { table, write } = one({ creates })
      write(create("Ada"))
      write(create("Ada"))
      expect(table.rows.size).toBe(count)
    })

  it("does not find a marker that the index does not know yet", () => {
    const { table, write } = one({ creates: "marker", lagMs: 3_600_000 })
    write(create("Ada"))
    write(create("Ada"))
    expect(table.rows.size).toBe(2)
  })

  it("loses, doubles and delays hints", () => {
    const told: Array<string> = []
    const { system, world } = one({ hints: true, loseHint: 0.3, doubleHint: 0.3, hintMs: 10_000 })
    system.onHint = (_resource, id) => told.push(id)
    const ids = Array.from({ length: 50 }, (_, nth) => system.create("CUSTOMER", { NAME: `n${nth}` }))
    world.time.until(world.time.now + 10_000)
    expect(new Set(told).size).toBeLessThan(ids.length)
    expect(told.length).toBeGreaterThan(new Set(told).size)
    const order = told.map((id) => ids.indexOf(id))
    expect(order).not.toEqual(order.toSorted((a, b) => a - b))
  })

  it("has no writer when it may only be read", () => {
    expect(one({}).resource(true).writer).toBeUndefined()
  })

  it("goes the same way for the same seed, another for another", () => {
    const history = (seed: number): ReadonlyArray<string> => {
      const { read, system, world, write } = one({ lostAnswer: 0.5, latencyMs: 5000 }, seed)
      system.create("CUSTOMER", { NAME: "Ada" })
      write(create("Bob"))
      read()
      return world.log
    }
    expect(history(3)).toEqual(history(3))
    expect(history(3)).not.toEqual(history(4))
  })
})
