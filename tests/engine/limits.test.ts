/** How far a run may go: brakes and their release, scopes, deletions, poison, accounts, quarantine. */
import { Effect, Stream } from "effect"
import { describe, expect, it } from "vitest"
import { approve, dropQuarantine, heldDeletions, retryQuarantine } from "../../core/engine/index.ts"
import { Rig, writes } from "./rig.ts"

const many = (rig: Rig, count: number): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, n) => rig.erp.create("DEBTOR", { ...rig.ada, EMAIL: `p${n}@example.com` }))

describe("a brake", () => {
  it("holds all creates above the limit, says so, and lets go exactly what it showed", () => {
    const rig = new Rig({ options: { brake: { creates: 3 } } })
    many(rig, 5)
    const held = rig.sync()
    expect(held.exit).toBe(4)
    expect(held.held).toEqual([expect.objectContaining({ side: "shop.customers", what: "creates", count: 5 })])
    expect(rig.buyers()).toHaveLength(0)
    expect(rig.sync().exit).toBe(4)
    expect(rig.run(approve(rig.project, held.run))).toBe(5)
    expect(rig.sync().exit).toBe(0)
    expect(rig.buyers()).toHaveLength(5)
    expect(writes(rig.sync())).toBe(0)
  })

  it("holds again what changed after it was shown", () => {
    const rig = new Rig({ options: { brake: { creates: 1 } } })
    const [first = ""] = many(rig, 3)
    const held = rig.sync()
    rig.run(approve(rig.project, held.run))
    rig.erp.edit("DEBTOR", first, { NNAME: "King" })
    expect(rig.sync().exit).toBe(4)
    expect(rig.buyers()).toHaveLength(2)
  })

  it("holds when values of many linked records would be replaced", () => {
    const rig = new Rig()
    const ids = many(rig, 60)
    rig.sync()
    for (const id of ids) rig.erp.edit("DEBTOR", id, { NNAME: "Nobody" })
    const report = rig.sync()
    expect(report.exit).toBe(4)
    expect(rig.buyers().filter((row) => row["last"] === "Nobody")).toHaveLength(0)
    rig.run(approve(rig.project, report.run))
    expect(rig.sync().exit).toBe(0)
    expect(rig.buyers().filter((row) => row["last"] === "Nobody")).toHaveLength(60)
  })
})

describe("a scope", () => {
  it("links only, then creates only, then all", () => {
    const rig = new Rig()
    many(rig, 2)
    const there = rig.shop.create("customers", { first: "Ada", last: "Byron", mail: "p0@example.com", state: "active" })
    expect(writes(rig.sync({ scope: { linksOnly: true } }))).toBe(0)
    const id = rig.debtors()[0]?.id ?? ""
    rig.erp.edit("DEBTOR", id, { GESPERRT: "J" })
    rig.sync({ scope: { createsOnly: true } })
    expect(rig.buyers()).toHaveLength(2)
    expect(rig.shop.look("customers", there)?.columns["state"]).toBe("active")
    rig.sync()
    expect(rig.shop.look("customers", there)?.columns["state"]).toBe("blocked")
  })

  it("writes no more than the limit, and only to the named connections", () => {
    const rig = new Rig()
    many(rig, 5)
    rig.shop.create("customers", rig.grace)
    rig.sync({ scope: { limit: 2, connections: ["shop"] } })
    expect(rig.buyers()).toHaveLength(3)
    expect(rig.debtors()).toHaveLength(5)
  })

  it("reads and writes only the named records", () => {
    const rig = new Rig()
    rig.sync()
    const [, second = ""] = many(rig, 3)
    rig.sync({ scope: { ids: [second] } })
    expect(rig.buyers().map((row) => row["mail"])).toEqual(["p1@example.com"])
  })

  it("creates nothing at a side that was never read to its end", () => {
    const rig = new Rig()
    const [id = ""] = many(rig, 1)
    rig.shop.create("customers", { first: "Ada", last: "Lovelace", mail: "p0@example.com", state: "active" })
    const report = rig.sync({ scope: { ids: [id] } })
    expect(writes(report)).toBe(0)
    rig.sync()
    expect(rig.buyers()).toHaveLength(1)
  })
})

describe("a deletion", () => {
  it("is found by a complete listing, confirmed by a read, and not undone", () => {
    const rig = new Rig()
    const [id = ""] = many(rig, 10)
    rig.sync()
    rig.erp.remove("DEBTOR", id)
    rig.later()
    const report = rig.sync({ sweep: true })
    expect(report.exit).toBe(0)
    expect(report.sides.get("erp.DEBTOR")?.gone).toBe(1)
    expect(rig.debtors()).toHaveLength(9)
    expect(rig.buyers()).toHaveLength(10)
    expect(writes(rig.sync({ sweep: true }))).toBe(0)
  })

  it("goes on to the other side where the config says so", () => {
    const rig = new Rig({ erpOptions: { onDelete: "propagate" } })
    const [id = ""] = many(rig, 10)
    rig.sync()
    rig.erp.remove("DEBTOR", id)
    rig.later()
    rig.sync({ sweep: true })
    expect(rig.buyers()).toHaveLength(9)
  })

  it("is held when too much is missing, and released for exactly that", () => {
    const rig = new Rig({ erpOptions: { onDelete: "propagate" } })
    const ids = many(rig, 40)
    rig.sync()
    for (const id of ids.slice(0, 15)) rig.erp.remove("DEBTOR", id)
    rig.later()
    const report = rig.sync({ sweep: true })
    expect(report.exit).toBe(4)
    expect(rig.buyers()).toHaveLength(40)
    expect(rig.run(approve(rig.project, report.run))).toBe(15)
    rig.later()
    const second = rig.sync()
    // Confirmed now; the brake on what would be removed elsewhere has its own say.
    if (second.exit === 4) {
      rig.run(approve(rig.project, second.run))
      rig.sync()
    }
    expect(rig.buyers()).toHaveLength(25)
  })
})

describe("deletions that a system reports", () => {
  const feed = { deleted: "GELOESCHT", overlapMs: 86_400_000 }

  it("are held in the run in which they go too far, and released for exactly those", () => {
    const rig = new Rig({ erp: feed, erpOptions: { onDelete: "propagate" } })
    const ids = many(rig, 40)
    rig.calm()
    for (const id of ids.slice(0, 15)) rig.erp.remove("DEBTOR", id)
    rig.erp.edit("DEBTOR", ids[20] ?? "", { GESPERRT: "J" })
    rig.later()
    const report = rig.sync()
    expect(report.exit).toBe(4)
    expect(report.held).toEqual([expect.objectContaining({ side: "erp.DEBTOR", what: "deletes", count: 15 })])
    expect(rig.buyers()).toHaveLength(40)
    // All else flows.
    expect(rig.buyers().filter((row) => row["state"] === "blocked")).toHaveLength(1)
    // The feed has moved on; that it is held is said again.
    rig.later()
    const again = rig.sync({ sweep: false })
    expect(again.exit).toBe(4)
    expect(rig.buyers()).toHaveLength(40)
    expect([...rig.run(heldDeletions("erp.DEBTOR"))]).toEqual([[report.run, 15]])
    expect(rig.run(approve(rig.project, report.run))).toBe(15)
    expect(rig.run(approve(rig.project, report.run))).toBe(0)
    rig.later()
    const second = rig.sync()
    // Taken as deleted; the brake on what would be removed elsewhere has its own say.
    expect(second.sides.get("erp.DEBTOR")?.gone).toBe(15)
    rig.run(approve(rig.project, second.run))
    rig.sync()
    expect(rig.buyers()).toHaveLength(25)
    expect(rig.sync().exit).toBe(0)
  })

  it("flow while they are few, and are counted over the pages of a run", () => {
    const rig = new Rig({ erp: { ...feed, page: 4 } })
    const ids = many(rig, 40)
    rig.calm()
    for (const id of ids.slice(0, 15)) {
      rig.erp.remove("DEBTOR", id)
      rig.later(10)
    }
    rig.later()
    const report = rig.sync()
    expect(report.exit).toBe(4)
    const [held] = report.held
    expect(report.sides.get("erp.DEBTOR")?.gone).toBeLessThanOrEqual(10)
    expect((held?.count ?? 0) + (report.sides.get("erp.DEBTOR")?.gone ?? 0)).toBe(15)
  })

  it("are held where a read reports them", () => {
    const rig = new Rig({ options: { brake: { deletes: 1 } } })
    const ids = many(rig, 5)
    rig.calm()
    for (const id of ids.slice(0, 2)) rig.erp.remove("DEBTOR", id)
    rig.later()
    const now = rig.world.time.now
    rig.run(Effect.suspend(() => rig.store.inbox.put(ids.slice(0, 2).map((ext) => ({
      side: "erp.DEBTOR", ext, why: "hint" as const, readAt: now, attempts: 0, notBefore: now
    })))))
    expect(rig.sync().held).toEqual([expect.objectContaining({ side: "erp.DEBTOR", what: "deletes", count: 2 })])
  })
})

describe("a bad record", () => {
  it("goes to quarantine with its payload while the others go on, and comes back by retry", () => {
    const rig = new Rig()
    many(rig, 2)
    const bad = rig.erp.create("DEBTOR", { ...rig.ada, GESPERRT: "?" })
    const report = rig.sync()
    expect(report.exit).toBe(2)
    const rows = rig.run(Effect.suspend(() => rig.store.quarantine.list({})))
    expect(rows).toEqual([expect.objectContaining({ side: "erp.DEBTOR", ext: bad, path: "status", stage: "map" })])
    expect(rows[0]?.payload).toMatchObject({ GESPERRT: "?" })
    // The rest of the record is not held up by one field.
    expect(rig.buyers()).toHaveLength(3)
    expect(rig.run(retryQuarantine(rig.project)).exit).toBe(2)
    rig.erp.edit("DEBTOR", bad, { GESPERRT: "J" })
    rig.calm()
    expect(rig.buyers().find((row) => row["mail"] === "ada@example.com")?.["state"]).toBe("blocked")
    expect(rig.run(Effect.suspend(() => rig.store.quarantine.list({})))).toEqual([])
  })

  it("fails the run and keeps the cursor when a whole page fails for one cause", () => {
    const rig = new Rig()
    const ids = Array.from({ length: 25 }, (_, n) =>
      rig.erp.create("DEBTOR", { ...rig.ada, EMAIL: `p${n}@example.com`, GESPERRT: "?" }))
    const report = rig.sync()
    expect(report.exit).toBe(1)
    expect(report.failures[0]?.message).toContain("25 records")
    expect(rig.run(Effect.suspend(() => rig.store.quarantine.list({})))).toEqual([])
    for (const id of ids) rig.erp.edit("DEBTOR", id, { GESPERRT: "N" })
    rig.calm()
    expect(rig.buyers()).toHaveLength(25)
  })

  it("is counted once a run, however often it is met", () => {
    const rig = new Rig()
    const bad = rig.erp.create("DEBTOR", { ...rig.ada, GESPERRT: "?" })
    expect(rig.sync().quarantined).toBe(1)
    for (const change of [{}, { EMAIL: null }]) {
      rig.erp.edit("DEBTOR", bad, change)
      expect(rig.run(retryQuarantine(rig.project)).quarantined).toBe(1)
      const report = rig.sync({ sweep: true })
      expect(report.quarantined).toBeLessThanOrEqual(1)
      expect(report.sides.get("erp.DEBTOR")?.records.quarantined).toBeLessThanOrEqual(1)
    }
  })

  it("can be dropped", () => {
    const rig = new Rig()
    rig.erp.create("DEBTOR", { ...rig.ada, GESPERRT: "?" })
    rig.sync()
    expect(rig.run(dropQuarantine({}))).toBe(1)
    expect(rig.run(Effect.suspend(() => rig.store.quarantine.list({})))).toEqual([])
  })
})

describe("another account", () => {
  it("is refused until a new hub is made", () => {
    const rig = new Rig()
    many(rig, 1)
    rig.sync()
    rig.run(Effect.suspend(() => rig.store.saveConnection({ connection: "shop", account: "somebody else" })))
    many(rig, 1)
    const report = rig.sync()
    expect(report.exit).toBe(1)
    expect(report.failures[0]).toMatchObject({ connection: "shop" })
  })
})

describe("a value that its column cannot hold", () => {
  const quarantine = (rig: Rig) => rig.run(Effect.suspend(() => rig.store.quarantine.list({})))
  const odd = { VNAME: "Ada", NNAME: "Love\u{1F600}", EMAIL: "ada@example.com", GESPERRT: "N" }

  for (const answers of [true, false]) {
    it(`is shown, not tried again and not read back as an edit, ${answers ? "with" : "without"} an answer`, () => {
      const rig = new Rig({ shop: { withholds: "\u{1F600}", answers } })
      const id = rig.erp.create("DEBTOR", odd)
      const report = rig.sync()
      expect(report.exit).toBe(2)
      expect(report.sides.get("shop.customers")).toMatchObject({ withheld: 1, wrote: { create: 1 } })
      const [buyer] = rig.buyers()
      expect(buyer).toMatchObject({ first: "Ada", mail: "ada@example.com" })
      expect(quarantine(rig)).toEqual([
        expect.objectContaining({ side: "shop.customers", ext: buyer?.id, path: "name.family", stage: "write" })
      ])
      const facts = rig.run(Effect.suspend(() => Stream.runCollect(rig.store.facts({ run: report.run }))))
      expect(facts.filter((fact) => fact.kind === "withheld")).toEqual([expect.objectContaining({
        side: "shop.customers", ext: buyer?.id, path: "name.family", why: expect.stringContaining("column last")
      })])
      rig.later()
      expect(writes(rig.sync({ sweep: true }))).toBe(0)
      expect(rig.erp.look("DEBTOR", id)?.columns["NNAME"]).toBe(odd.NNAME)
      rig.erp.edit("DEBTOR", id, { GESPERRT: "J" })
      rig.calm()
      expect(rig.buyers()[0]?.["state"]).toBe("blocked")
      expect(quarantine(rig)).toHaveLength(1)
      rig.erp.edit("DEBTOR", id, { NNAME: "King" })
      rig.calm()
      expect(rig.buyers()[0]?.["last"]).toBe("King")
      expect(quarantine(rig)).toEqual([])
    })
  }

  it("is tried again when a person asks for it, and leaves what the column held before alone", () => {
    const faults: { withholds?: string } = { withholds: "\u{1F600}" }
    const rig = new Rig({ shop: faults })
    const id = rig.erp.create("DEBTOR", rig.ada)
    rig.calm()
    rig.erp.edit("DEBTOR", id, { NNAME: odd.NNAME })
    expect(rig.sync().exit).toBe(2)
    expect(rig.buyers()[0]?.["last"]).toBe("Lovelace")
    rig.run(retryQuarantine(rig.project))
    expect(rig.sync().exit).toBe(2)
    rig.run(retryQuarantine(rig.project))
    rig.shop.knobs = { ...rig.shop.knobs, withholds: undefined }
    expect(rig.sync().exit).toBe(0)
    expect(rig.buyers()[0]?.["last"]).toBe(odd.NNAME)
    expect(quarantine(rig)).toEqual([])
  })
})

describe("a column that the system refuses", () => {
  it("costs its field, not the record, and is not tried in every pass", () => {
    const rig = new Rig({ shop: { refuses: "!" } })
    const id = rig.erp.create("DEBTOR", rig.ada)
    rig.calm()
    rig.erp.edit("DEBTOR", id, { NNAME: "King!", GESPERRT: "J" })
    expect(rig.sync().exit).toBe(2)
    expect(rig.buyers()[0]).toMatchObject({ last: "Lovelace", state: "blocked" })
    const rows = () => rig.run(Effect.suspend(() => rig.store.quarantine.list({})))
    expect(rows()).toEqual([expect.objectContaining({ path: "name.family", stage: "write" })])
    rig.later()
    expect(rig.sync().exit).toBe(0)
    expect(rig.erp.look("DEBTOR", id)?.columns["NNAME"]).toBe("King!")
    rig.erp.edit("DEBTOR", id, { NNAME: "King" })
    rig.run(retryQuarantine(rig.project))
    rig.calm()
    expect(rig.buyers()[0]?.["last"]).toBe("King")
    expect(rows()).toEqual([])
  })
})
