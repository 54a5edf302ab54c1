/** A pass over two systems: what is taken in, written, kept apart and accounted for. */
import { describe, expect, it } from "vitest"
import { Rig, writes } from "./rig.ts"

describe("a pass", () => {
  it("brings records of both sides to both sides, once", () => {
    const rig = new Rig()
    rig.erp.create("DEBTOR", rig.ada)
    rig.shop.create("customers", rig.grace)
    const first = rig.sync()
    expect(first.exit).toBe(0)
    expect(rig.debtors().map((row) => row["EMAIL"]).sort()).toEqual(["ada@example.com", "grace@example.com"])
    expect(rig.buyers().map((row) => row["mail"]).sort()).toEqual(["ada@example.com", "grace@example.com"])
    const there = rig.buyers().find((row) => row["mail"] === "ada@example.com")
    expect(there).toMatchObject({ first: "Ada", last: "Lovelace", state: "active" })
    expect(writes(rig.sync())).toBe(0)
  })

  it("links what both sides have already", () => {
    const rig = new Rig()
    rig.erp.create("DEBTOR", rig.ada)
    rig.shop.create("customers", { first: "Ada", last: "Lovelace", mail: "ADA@example.com", state: "active" })
    rig.sync()
    expect(rig.debtors()).toHaveLength(1)
    expect(rig.buyers()).toHaveLength(1)
    expect(writes(rig.sync())).toBe(0)
  })

  it("keeps the edits of both sides in different fields", () => {
    const rig = new Rig()
    const id = rig.erp.create("DEBTOR", rig.ada)
    rig.sync()
    const there = rig.buyers()[0]?.id ?? ""
    rig.erp.edit("DEBTOR", id, { NNAME: "King" })
    rig.shop.edit("customers", there, { state: "blocked" })
    rig.sync()
    expect(rig.debtors()[0]).toMatchObject({ NNAME: "King", GESPERRT: "J" })
    expect(rig.buyers()[0]).toMatchObject({ last: "King", state: "blocked" })
    expect(writes(rig.sync())).toBe(0)
  })

  it("decides a conflict by rule and records what lost", () => {
    const rig = new Rig()
    const id = rig.erp.create("DEBTOR", rig.ada)
    rig.sync()
    const there = rig.buyers()[0]?.id ?? ""
    rig.erp.edit("DEBTOR", id, { EMAIL: "ada.l@example.com" })
    rig.later(60_000)
    rig.shop.edit("customers", there, { mail: "ada.king@example.com" })
    const report = rig.sync()
    expect(rig.debtors()[0]?.["EMAIL"]).toBe("ada.king@example.com")
    expect(rig.buyers()[0]?.["mail"]).toBe("ada.king@example.com")
    expect(report.conflicts.decided).toBe(1)
    expect(writes(rig.sync())).toBe(0)
  })

  it("accounts for every record it read and every address it took up", () => {
    const rig = new Rig()
    for (let n = 0; n < 30; n++) rig.erp.create("DEBTOR", { ...rig.ada, EMAIL: `p${n}@example.com` })
    const report = rig.sync()
    expect(report.unaccounted).toEqual([])
    expect(report.sides.get("erp.DEBTOR")).toMatchObject({ read: 30, records: { created: 30 } })
    expect(report.sides.get("shop.customers")).toMatchObject({ due: 30, work: { written: 30 }, wrote: { create: 30 } })
  })

  it("creates parents before children and keeps the reference", () => {
    const rig = new Rig({ orders: true })
    const ada = rig.erp.create("DEBTOR", rig.ada)
    rig.erp.create("AUFTRAG", { NR: "A-1", KUNDE: ada, TEXT: null })
    rig.sync()
    const [order] = [...rig.shop.table("orders").rows.values()]
    expect(order?.columns["buyer"]).toBe(rig.buyers()[0]?.id)
    expect(writes(rig.sync())).toBe(0)
  })

  it("parks a child that comes before its parent, and releases it once", () => {
    const rig = new Rig({ orders: true })
    rig.erp.create("AUFTRAG", { NR: "A-1", KUNDE: "4711", TEXT: null })
    const first = rig.sync()
    expect(first.sides.get("erp.AUFTRAG")?.records.parked).toBe(1)
    expect(rig.shop.table("orders").rows.size).toBe(0)
    const ada = rig.erp.create("DEBTOR", rig.ada)
    const [order] = [...rig.erp.table("AUFTRAG").rows.values()]
    rig.erp.edit("AUFTRAG", order?.id ?? "", { KUNDE: ada })
    rig.calm()
    expect(rig.shop.table("orders").rows.size).toBe(1)
  })

  it("leaves a connection that fails alone, says so, and goes on with the others", () => {
    const rig = new Rig({ shop: { unavailable: 1 } })
    rig.erp.create("DEBTOR", rig.ada)
    const report = rig.sync()
    expect(report.exit).toBe(1)
    expect(report.failures).toHaveLength(1)
    expect(report.failures[0]).toMatchObject({ connection: "shop", remedy: "retry" })
    expect(report.sides.get("erp.DEBTOR")?.records.created).toBe(1)
    rig.shop.knobs = { ...rig.shop.knobs, unavailable: 0 }
    expect(rig.sync().exit).toBe(0)
    expect(rig.buyers()).toHaveLength(1)
  })
})
