/** Races that random histories meet too rarely: each is brought about on purpose (SEMANTICS 0.5, survivors). */
import { deepEqual, equal, ok } from "node:assert/strict"
import type { Faults } from "../../core/testing/world.ts"
import type { Json } from "../../core/model/value.ts"
import { Hub, jobs } from "./hub.ts"
import type { Job } from "./hub.ts"
import { scene } from "./setup.ts"
import type { Nature } from "./setup.ts"

/** Two systems, one person known to both, at rest. */
const settled = (
  faults: { readonly shop?: Partial<Faults>; readonly crm?: Partial<Faults> } = {}, nature: Nature = {}
) => {
  const setup = scene({ shop: faults.shop ?? {}, crm: faults.crm ?? {} }, {
    nature: () => ({ paths: ["code", "name", "note", "stock"], ...nature })
  })
  const hub = new Hub(setup)
  const { world } = setup
  const { time } = world
  const [shop, crm] = ["shop", "crm"].map((name) => setup.sides.find((place) => place.system.name === name))
  if (shop === undefined || crm === undefined) throw new Error("no place")
  shop.system.create("PERSON", { CODE: "p1", NAME: "Ada", NOTE: "first", STOCK: "10" })
  hub.round()
  time.until(time.now + 60_000)
  const id = (side: typeof shop): string => [...side.system.table("PERSON").rows.keys()][0] ?? ""
  const [sync] = setup.project.syncs
  if (sync === undefined) throw new Error("no sync")
  const placeOf = (side: typeof shop) => {
    const place = sync.places.find((one) => one.side === side.side)
    if (place === undefined) throw new Error("no place")
    return place
  }
  return {
    hub, shop, crm, time, world,
    edit: (side: typeof shop, columns: { readonly [column: string]: Json }) =>
      side.system.edit("PERSON", id(side), columns),
    shows: (side: typeof shop, column: string) => side.system.look("PERSON", id(side))?.columns[column],
    /** To its end. */
    run: (job: Job, side: typeof shop) => hub.run(job, sync, placeOf(side)),
    /** In a worker of its own, until the log says so; `finish` lets it go on. */
    start: (job: Job, side: typeof shop, says: string | undefined) => {
      let done = false
      const process = world.process("slow worker")
      const from = world.log.length
      hub.perform(process, hub.ids(), job, sync, placeOf(side), () => {
        done = true
      })
      const said = () => says === undefined || world.log.slice(from).some((line) => line.includes(says))
      while (!said() && time.step()) { /* until it says so */ }
      ok(said(), `the log never says ${says ?? ""}`)
      return {
        process,
        finish: () => {
          while (!done && time.step()) { /* until it is done */ }
        }
      }
    },
    remove: (side: typeof shop) => side.system.remove("PERSON", id(side)),
    hint: (side: typeof shop) => side.system.onHint?.("PERSON", id(side)),
    golden: (path: string) => hub.known().goldens[0]?.values[path]
  }
}

const slow: Partial<Faults> = { latencyMs: 600_000 }

/** What somebody could run into, by name; each throws if the program does. */
export const races: ReadonlyArray<readonly [name: string, play: () => void]> = [
  ["a stale page that is processed late takes nothing back (fault 18, R5)", () => {
    const at = settled()
    at.edit(at.shop, { NAME: "Bob" })
    at.shop.system.knobs = { ...at.shop.system.knobs, ...slow }
    const late = at.start(jobs.pull, at.shop, "changes after")
    at.shop.system.knobs = { ...at.shop.system.knobs, latencyMs: 5 }
    at.edit(at.shop, { NAME: "Cleo" })
    at.run(jobs.pull, at.shop)
    equal(at.golden("name"), "Cleo")
    late.finish()
    equal(at.golden("name"), "Cleo")
    lawful(at.hub)
  }],

  ["a late acknowledgement after a newer observation does not move the base (fault 19, R6)", () => {
    const at = settled()
    at.edit(at.shop, { NAME: "Bob" })
    at.run(jobs.pull, at.shop)
    at.crm.system.knobs = { ...at.crm.system.knobs, latencyMs: 100_000 }
    const late = at.start(jobs.push, at.crm, "update")
    at.crm.system.knobs = { ...at.crm.system.knobs, latencyMs: 5 }
    at.time.until(at.time.now + 10)
    at.edit(at.crm, { NAME: "Cleo" })
    at.run(jobs.pull, at.crm)
    late.finish()
    at.hub.round()
    at.hub.round()
    deepEqual([at.shows(at.shop, "NAME"), at.shows(at.crm, "NAME")], ["Cleo", "Cleo"])
    lawful(at.hub)
  }],

  ["an edit that lands between the hub's read and its write is kept, both ways (fault 12)", () => {
    const at = settled()
    at.edit(at.shop, { NAME: "Bob" })
    at.run(jobs.pull, at.shop)
    at.edit(at.crm, { NOTE: "second" })
    at.run(jobs.push, at.crm)
    at.hub.round()
    deepEqual([at.shows(at.shop, "NOTE"), at.shows(at.crm, "NAME")], ["second", "Bob"])
    lawful(at.hub)
  }],

  ["a golden record that changes while its push is under way stays due (C20)", () => {
    const at = settled()
    at.edit(at.shop, { NAME: "Bob" })
    at.run(jobs.pull, at.shop)
    at.crm.system.knobs = { ...at.crm.system.knobs, latencyMs: 50_000 }
    const late = at.start(jobs.push, at.crm, "update")
    at.crm.system.knobs = { ...at.crm.system.knobs, latencyMs: 5 }
    at.edit(at.shop, { NAME: "Cleo" })
    at.run(jobs.pull, at.shop)
    late.finish()
    at.run(jobs.push, at.crm)
    equal(at.shows(at.crm, "NAME"), "Cleo")
    lawful(at.hub)
  }],

  ["a create whose answer is lost makes one record (faults 22 to 25)", () => {
    for (const creates of ["upsert", "idempotent", "marker", "once"] as const) {
      const at = settled({ crm: { creates, lagMs: 20_000 } })
      at.shop.system.create("PERSON", { CODE: "p2", NAME: "Eve" })
      at.run(jobs.pull, at.shop)
      at.crm.system.knobs = { ...at.crm.system.knobs, lostAnswer: 1 }
      at.run(jobs.push, at.crm)
      at.crm.system.knobs = { ...at.crm.system.knobs, lostAnswer: 0 }
      for (let nth = 0; nth < 4; nth++) {
        at.run(jobs.push, at.crm)
        at.time.until(at.time.now + 100_000)
      }
      at.hub.round()
      const rows = [...at.crm.system.table("PERSON").rows.values()].filter((row) => row.columns["CODE"] === "p2")
      equal(rows.length, 1, creates)
      lawful(at.hub)
    }
  }],

  ["a worker that wakes up after its lease is over sends nothing (fault 92, R8)", () => {
    const at = settled({ crm: { guard: "reread" } })
    at.edit(at.shop, { NAME: "Bob" })
    at.run(jobs.pull, at.shop)
    at.crm.system.knobs = { ...at.crm.system.knobs, latencyMs: 2 * 600_000 }
    const before = at.hub.written()
    const asleep = at.world.process("asleep")
    const [sync] = at.hub.setup.project.syncs
    const place = sync?.places.find((one) => one.side === at.crm.side)
    if (sync === undefined || place === undefined) throw new Error("no place")
    at.hub.perform(asleep, at.hub.ids(), jobs.push, sync, place, () => undefined)
    at.time.until(at.time.now + 6 * 600_000)
    equal(at.hub.written(), before)
    lawful(at.hub)
  }],

  ["counts what both sides sold (class C, also while a write is under way)", () => {
    const at = settled()
    at.edit(at.shop, { STOCK: "9" })
    at.edit(at.crm, { STOCK: "9" })
    at.hub.round()
    at.hub.round()
    deepEqual([at.shows(at.shop, "STOCK"), at.shows(at.crm, "STOCK")], ["8", "8"])
    lawful(at.hub)
  }],
  ["a reading that began before our write ended is not merged after it (R5)", () => {
    const at = settled()
    at.edit(at.shop, { NAME: "Bob" })
    at.run(jobs.pull, at.shop)
    at.edit(at.crm, { NOTE: "second" })
    at.crm.system.knobs = { ...at.crm.system.knobs, latencyMs: 60_000 }
    const writing = at.start(jobs.push, at.crm, undefined)
    while (at.hub.state.open.rows.size === 0 && at.time.step()) { /* until the request has left */ }
    at.time.until(at.time.now + 100)
    // It looks at once, and what it saw takes long to arrive.
    const { knobs } = at.crm.system
    at.crm.system.knobs = { ...knobs, get latencyMs() {
      return at.world.log.at(-1)?.includes("changes after") === true ? 400_000 : 1
    } }
    const reading = at.start(jobs.pull, at.crm, "changes after")
    writing.finish()
    equal(at.shows(at.crm, "NAME"), "Bob")
    reading.finish()
    at.crm.system.knobs = { ...knobs, latencyMs: 5 }
    at.hub.round()
    at.hub.round()
    deepEqual([at.shows(at.shop, "NAME"), at.shows(at.shop, "NOTE")], ["Bob", "second"])
    lawful(at.hub)
  }],

  ["a hint that comes while its record is being read asks for another reading (R4)", () => {
    const at = settled()
    at.edit(at.shop, { NAME: "Bob" })
    at.hint(at.shop)
    at.shop.system.knobs = { ...at.shop.system.knobs, ...slow }
    const late = at.start(jobs.settle, at.shop, "fetches")
    at.shop.system.knobs = { ...at.shop.system.knobs, latencyMs: 5 }
    at.edit(at.shop, { NAME: "Cleo" })
    at.hint(at.shop)
    late.finish()
    at.run(jobs.settle, at.shop)
    equal(at.golden("name"), "Cleo")
    lawful(at.hub)
  }],

  ["an edit shortly after our write is no echo (fault 10)", () => {
    const at = settled()
    at.edit(at.shop, { NAME: "Bob" })
    at.run(jobs.pull, at.shop)
    at.run(jobs.push, at.crm)
    at.time.until(at.time.now + 10)
    at.edit(at.crm, { NAME: "Cleo" })
    at.run(jobs.pull, at.crm)
    equal(at.golden("name"), "Cleo")
    lawful(at.hub)
  }],

  ["a record that search does not list yet is not deleted (fault 52)", () => {
    const at = settled({ crm: { creates: "once", lagMs: 60_000 } }, { side: { onDelete: "recreate" } })
    for (let nth = 2; nth < 14; nth++) at.shop.system.create("PERSON", { CODE: `p${nth}`, NAME: "Ann" })
    at.hub.round()
    at.time.until(at.time.now + 120_000)
    at.shop.system.create("PERSON", { CODE: "p99", NAME: "Eve" })
    at.run(jobs.pull, at.shop)
    at.run(jobs.push, at.crm)
    at.time.until(at.time.now + 1000)
    for (const job of [jobs.sweep, jobs.settle, jobs.push]) at.run(job, at.crm)
    const rows = [...at.crm.system.table("PERSON").rows.values()].filter((row) => row.columns["CODE"] === "p99")
    equal(rows.length, 1)
    lawful(at.hub)
  }],

  ["a record that search still lists stays deleted (fault 57)", () => {
    const at = settled({ crm: { lagMs: 600_000 } }, { side: { onDelete: "propagate" } })
    for (let nth = 2; nth < 14; nth++) at.shop.system.create("PERSON", { CODE: `p${nth}`, NAME: "Ann" })
    at.hub.round()
    at.time.until(at.time.now + 1_200_000)
    at.hub.round()
    at.remove(at.shop)
    for (const job of [jobs.sweep, jobs.settle]) at.run(job, at.shop)
    at.run(jobs.push, at.crm)
    at.time.until(at.time.now + 1000)
    for (const job of [jobs.pull, jobs.sweep, jobs.settle]) at.run(job, at.crm)
    at.run(jobs.push, at.shop)
    for (const side of [at.shop, at.crm]) {
      const rows = [...side.system.table("PERSON").rows.values()].filter((row) => row.columns["CODE"] === "p1")
      equal(rows.length, 0, side.side)
    }
    lawful(at.hub)
  }],

  ["a write that lands long after its sender gave up is no edit (fault 20, R7)", () => {
    const at = settled({ crm: { delayMs: 500_000 } })
    at.edit(at.shop, { NAME: "Bob" })
    at.run(jobs.pull, at.shop)
    at.crm.system.knobs = { ...at.crm.system.knobs, delayed: 1 }
    at.run(jobs.push, at.crm)
    at.crm.system.knobs = { ...at.crm.system.knobs, delayed: 0 }
    at.run(jobs.settle, at.crm)
    equal(at.shows(at.crm, "NAME"), "Ada")
    at.edit(at.shop, { NAME: "Cleo" })
    at.run(jobs.pull, at.shop)
    while (at.shows(at.crm, "NAME") !== "Bob" && at.time.step()) { /* until it has landed */ }
    at.run(jobs.pull, at.crm)
    equal(at.golden("name"), "Cleo")
    lawful(at.hub)
  }],

  ["a blank clears nothing at first sight", () => {
    const at = settled()
    at.shop.system.create("PERSON", { CODE: "p3", NAME: "Fay", NOTE: "kept" })
    at.time.until(at.time.now + 10_000)
    at.crm.system.create("PERSON", { CODE: "p3", NAME: "Fay", NOTE: null })
    at.run(jobs.pull, at.shop)
    at.run(jobs.pull, at.crm)
    at.hub.round()
    const rows = [...at.crm.system.table("PERSON").rows.values()].filter((row) => row.columns["CODE"] === "p3")
    deepEqual(rows.map((row) => row.columns["NOTE"]), ["kept"])
    lawful(at.hub)
  }],

  ["somebody else who syncs the same two systems is noticed (fault 8, R12)", () => {
    const at = settled()
    for (let nth = 0; nth < 12; nth++) {
      at.edit(nth % 2 === 0 ? at.shop : at.crm, { NAME: nth % 2 === 0 ? "Bob" : "Ada" })
      at.time.until(at.time.now + 60_000)
      at.hub.round()
    }
    ok([...at.hub.oracle.conflicts.values()].some((one) => one.kind === "oscillation" && one.status === "open"))
  }],
]

const lawful = (hub: Hub): void => deepEqual(hub.oracle.violations, [])
