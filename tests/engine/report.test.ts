/** Nothing unaccounted for: the sums must add up, and the gravest thing decides the exit code. */
import { describe, expect, it } from "vitest"
import { countsOf, reportOf, Tally } from "../../core/engine/report.ts"

const run = { id: "1", command: "sync" }

describe("a report", () => {
  it("fails the run when records or work are not accounted for", () => {
    const tally = new Tally()
    const side = tally.side("erp.DEBTOR")
    side.read = 3
    side.records.created = 2
    side.due = 1
    const report = reportOf(tally, run, 5)
    expect(report.exit).toBe(1)
    expect(report.unaccounted).toEqual([
      "erp.DEBTOR: 3 records were read, 2 are accounted for",
      "erp.DEBTOR: 1 addresses were due, 0 are accounted for"
    ])
    side.records.quarantined = 1
    side.work.left = 1
    expect(reportOf(tally, run, 5).exit).toBe(0)
  })

  it("lets the gravest outcome decide: 1, 4, 3, 2, 0", () => {
    const tally = new Tally()
    expect(reportOf(tally, run, 0).exit).toBe(0)
    expect([tally.spoil("erp.DEBTOR", "1"), tally.spoil("erp.DEBTOR", "1")]).toEqual([true, false])
    expect(reportOf(tally, run, 0).exit).toBe(2)
    tally.stale = 1
    expect(reportOf(tally, run, 0).exit).toBe(3)
    tally.held.push({ side: "shop.customers", what: "creates", count: 9, of: 1, why: "too many" })
    expect(reportOf(tally, run, 0).exit).toBe(4)
    tally.failures.push({ connection: "shop", message: "shop: does not answer.", remedy: "retry" })
    expect(reportOf(tally, run, 0).exit).toBe(1)
  })

  it("keeps on the run row what happened and nothing that did not", () => {
    const tally = new Tally()
    const side = tally.side("erp.DEBTOR")
    side.read = 2
    side.records.created = 2
    side.due = 1
    side.work.written = 1
    side.wrote.update = 1
    expect(countsOf(tally.sides)).toEqual({
      "erp.DEBTOR": { read: 2, due: 1, created: 2, "due.written": 1, "wrote.update": 1 }
    })
  })
})
