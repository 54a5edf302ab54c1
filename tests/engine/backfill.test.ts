/** A backfill: a window, page by page, that goes on where it was killed and doubles nothing. */
import { Effect, Exit } from "effect"
import { describe, expect, it } from "vitest"
import { memoryStore } from "../../core/hub/memory.ts"
import { backfill, rehearseBackfill } from "../../core/engine/index.ts"
import { countsOf } from "../../core/engine/report.ts"
import type { RunEvent, Window } from "../../core/engine/index.ts"
import type { Store } from "./rig.ts"
import { Rig, rowsOf, writes } from "./rig.ts"

const many = (rig: Rig, count: number, from = 0): void => {
  for (let n = from; n < from + count; n++) {
    rig.erp.create("DEBTOR", { ...rig.ada, EMAIL: `p${n}@example.com` })
    rig.later(10)
  }
}
const erp: Window = { connection: "erp" }

/** Dies at the nth commit of a page. */
const dying = (store: Store, commits: number): Store => {
  let left = commits
  return { ...store, commit: (...args) => Effect.suspend(() => left-- > 0 ? store.commit(...args) : Effect.interrupt) }
}

describe("a backfill", () => {
  it("takes a whole connection in and writes it to the others", () => {
    const rig = new Rig({ erp: { page: 4 } })
    many(rig, 10)
    const seen: Array<RunEvent> = []
    const report = rig.run(backfill(rig.project, erp, { onEvent: (event) => seen.push(event) }))
    expect(report.exit).toBe(0)
    expect(rig.buyers()).toHaveLength(10)
    const progress = seen.filter((event) => event._tag === "Progress")
    expect(progress.map((event) => event.done)).toEqual([4, 8, 10])
    expect(writes(rig.sync())).toBe(0)
  })

  it("keeps to its window", () => {
    const rig = new Rig()
    many(rig, 2)
    rig.later()
    const since = new Date(rig.world.time.now).toISOString()
    many(rig, 3, 2)
    rig.later()
    rig.run(backfill(rig.project, { ...erp, since }))
    expect(rig.buyers()).toHaveLength(3)
  })

  it("pushes what its records made due, and leaves the rest of what is due to the next sync", () => {
    const rig = new Rig()
    many(rig, 2)
    rig.sync({ scope: { linksOnly: true } })
    rig.later()
    const since = new Date(rig.world.time.now).toISOString()
    many(rig, 3, 2)
    const rows: Array<string> = []
    const copy = Effect.sync(() => memoryStore(rig.state.copy(), rig.ids))
    const onRow = (row: { readonly from: string }) => Effect.sync(() => void rows.push(row.from))
    rig.run(rehearseBackfill(rig.project, { ...erp, since }, {}, { copy, onRow }))
    expect(rows).toHaveLength(3)
    const report = rig.run(backfill(rig.project, { ...erp, since }))
    expect(writes(report)).toBe(3)
    expect(rig.buyers().map((row) => row["mail"])).toEqual(["p2@example.com", "p3@example.com", "p4@example.com"])
    expect(writes(rig.sync())).toBe(2)
    expect(rig.buyers()).toHaveLength(5)
  })

  it("counts only its own records for a brake", () => {
    const rig = new Rig({ options: { brake: { creates: 3 } } })
    many(rig, 4)
    rig.sync({ scope: { linksOnly: true } })
    rig.later()
    const since = new Date(rig.world.time.now).toISOString()
    many(rig, 2, 4)
    expect(rig.run(backfill(rig.project, { ...erp, since })).exit).toBe(0)
    expect(rig.buyers()).toHaveLength(2)
  })

  it("takes the parents along that its records wait for", () => {
    const rig = new Rig({ orders: true })
    const [first = "", second = ""] = [0, 1].map((n) =>
      rig.erp.create("DEBTOR", { ...rig.ada, EMAIL: `p${n}@example.com` }))
    rig.sync({ scope: { linksOnly: true } })
    rig.later()
    rig.erp.create("AUFTRAG", { NR: "A1", KUNDE: second, TEXT: null })
    expect(first).not.toBe(second)
    rig.run(backfill(rig.project, { ...erp, resource: "AUFTRAG" }))
    expect(rig.buyers().map((row) => row["mail"])).toEqual(["p1@example.com"])
    expect(rowsOf(rig.shop, "orders")).toHaveLength(1)
    expect(writes(rig.sync())).toBe(1)
  })

  it("pushes what a part of the window that was killed had merged", () => {
    const rig = new Rig({ erp: { page: 3 } })
    many(rig, 2)
    rig.sync({ scope: { linksOnly: true } })
    rig.later()
    const since = new Date(rig.world.time.now).toISOString()
    many(rig, 6, 2)
    rig.world.run(Effect.provide(backfill(rig.project, { ...erp, since }), rig.layer({ store: dying(rig.store, 1) })))
    expect(rig.buyers()).toHaveLength(0)
    rig.later()
    rig.run(backfill(rig.project, { ...erp, since }))
    expect(rig.buyers()).toHaveLength(6)
    expect(writes(rig.sync())).toBe(2)
  })

  it("keeps to its limit and to its ids", () => {
    const rig = new Rig()
    many(rig, 6)
    rig.run(backfill(rig.project, { ...erp, limit: 2 }))
    expect(rig.buyers()).toHaveLength(2)
    const last = rig.debtors()[5]
    rig.run(backfill(rig.project, { ...erp, ids: [last?.id ?? ""] }))
    expect(rig.buyers().map((row) => row["mail"])).toContain(last?.["EMAIL"])
    expect(rig.buyers()).toHaveLength(3)
  })

  it("goes on where it was killed", () => {
    for (let commits = 0; commits < 4; commits++) {
      const rig = new Rig({ erp: { page: 3 } })
      many(rig, 12)
      const layer = rig.layer({ store: dying(rig.store, commits) })
      const killed = rig.world.run(Effect.provide(backfill(rig.project, erp), layer))
      expect(Exit.isFailure(killed)).toBe(true)
      rig.later()
      const done: Array<number> = []
      rig.run(backfill(rig.project, erp, {
        onEvent: (event) => {
          if (event._tag === "Page" && event.side === "erp.DEBTOR") done.push(event.records)
        }
      }))
      rig.later()
      rig.calm()
      expect(rig.buyers(), `after ${commits} pages`).toHaveLength(12)
      // Pages that were durable are not read again, but for the row on which the cursor stands.
      const read = done.reduce((sum, records) => sum + records, 0)
      expect(read).toBeLessThanOrEqual(12 - 3 * commits + 1)
    }
  })

  it("shows what it did although it was killed", () => {
    const rig = new Rig({ erp: { page: 3 } })
    many(rig, 12)
    rig.world.run(Effect.provide(backfill(rig.project, erp), rig.layer({ store: dying(rig.store, 2) })))
    const [row] = rig.run(Effect.suspend(() => rig.store.runs(1)))
    expect(row?.exit).toBeUndefined()
    expect(row?.counts["erp.DEBTOR"]).toMatchObject({ read: 6, created: 6 })
    rig.later()
    const report = rig.run(backfill(rig.project, erp))
    const ended = rig.run(Effect.suspend(() => rig.store.run(report.run)))
    expect(ended?.counts).toEqual(countsOf(report.sides))
  })

  it("refuses a window where there are no times, and an unknown place", () => {
    const rig = new Rig()
    const strange = rig.exit(backfill(rig.project, { connection: "till" }))
    expect(String(Exit.isFailure(strange) ? strange.cause : "")).toContain("no sync reads till")
    const wrong = rig.exit(backfill(rig.project, { ...erp, since: "yesterday" }))
    expect(String(Exit.isFailure(wrong) ? wrong.cause : "")).toContain("--since yesterday")
  })

  it("writes nothing in a dry run", () => {
    const rig = new Rig()
    many(rig, 3)
    const copy = Effect.sync(() => memoryStore(rig.state.copy(), rig.ids))
    let rows = 0
    rig.run(rehearseBackfill(rig.project, erp, {}, { copy, onRow: () => Effect.sync(() => void rows++) }))
    expect(rows).toBe(3)
    expect(rig.buyers()).toHaveLength(0)
    expect(rig.state.goldens.rows.size).toBe(0)
  })
})
