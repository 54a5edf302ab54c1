/** Races that random histories meet too rarely: each is brought about on purpose (SEMANTICS 0.5, survivors). */
import { describe, expect, it } from "vitest"
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
    start: (job: Job, side: typeof shop, says: string) => {
      let done = false
      const process = world.process("slow worker")
      const from = world.log.length
      hub.perform(process, hub.ids(), job, sync, placeOf(side), () => {
        done = true
      })
      const said = () => world.log.slice(from).some((line) => line.includes(says))
      while (!said() && time.step()) { /* until it says so */ }
      expect(said()).toBe(true)
      return {
        process,
        finish: () => {
          while (!done && time.step()) { /* until it is done */ }
        }
      }
    },
    golden: (path: string) => hub.known().goldens[0]?.values[path]
  }
}

const slow: Partial<Faults> = { latencyMs: 600_000 }

describe("races", () => {
  it("a stale page that is processed late takes nothing back (fault 18, R5)", () => {
    const at = settled()
    at.edit(at.shop, { NAME: "Bob" })
    at.shop.system.knobs = { ...at.shop.system.knobs, ...slow }
    const late = at.start(jobs.pull, at.shop, "changes after")
    at.shop.system.knobs = { ...at.shop.system.knobs, latencyMs: 5 }
    at.edit(at.shop, { NAME: "Cleo" })
    at.run(jobs.pull, at.shop)
    expect(at.golden("name")).toBe("Cleo")
    late.finish()
    expect(at.golden("name")).toBe("Cleo")
    expect(at.hub.oracle.violations).toEqual([])
  })

  it("a late acknowledgement after a newer observation does not move the base (fault 19, R6)", () => {
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
    expect([at.shows(at.shop, "NAME"), at.shows(at.crm, "NAME")]).toEqual(["Cleo", "Cleo"])
    expect(at.hub.oracle.violations).toEqual([])
  })

  it("an edit that lands between the hub's read and its write is kept, both ways (fault 12)", () => {
    const at = settled()
    at.edit(at.shop, { NAME: "Bob" })
    at.run(jobs.pull, at.shop)
    at.edit(at.crm, { NOTE: "second" })
    at.run(jobs.push, at.crm)
    at.hub.round()
    expect([at.shows(at.shop, "NOTE"), at.shows(at.crm, "NAME")]).toEqual(["second", "Bob"])
    expect(at.hub.oracle.violations).toEqual([])
  })

  it("a golden record that changes while its push is under way stays due (C20)", () => {
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
    expect(at.shows(at.crm, "NAME")).toBe("Cleo")
    expect(at.hub.oracle.violations).toEqual([])
  })

  it.each(["upsert", "idempotent", "marker", "once"] as const)(
    "a create whose answer is lost makes one record (faults 22 to 25, creates: %s)", (creates) => {
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
      expect(rows.length).toBe(1)
      expect(at.hub.oracle.violations).toEqual([])
    })

  it("a worker that wakes up after its lease is over sends nothing (fault 92, R8)", () => {
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
    at.time.until(at.time.now + 3 * 600_000)
    expect(at.hub.written()).toBe(before)
    expect(at.hub.oracle.violations).toEqual([])
  })

  it("counts what both sides sold (class C, also while a write is under way)", () => {
    const at = settled()
    at.edit(at.shop, { STOCK: "9" })
    at.edit(at.crm, { STOCK: "8" })
    at.hub.round()
    at.hub.round()
    expect([at.shows(at.shop, "STOCK"), at.shows(at.crm, "STOCK")]).toEqual(["7", "7"])
    expect(at.hub.oracle.violations).toEqual([])
  })
})
