/** Plan and apply: a dry run that touches nothing, a plan that is done exactly or not at all. */
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Exit, Stream } from "effect"
import { afterAll, describe, expect, it } from "vitest"
import { memoryStore } from "../../core/hub/memory.ts"
import { apply, planRow, planWriter, preview, readPlan } from "../../core/engine/index.ts"
import type { PassOptions, PlanFile, PreviewRow } from "../../core/engine/index.ts"
import { Customer } from "esl/model"
import { email, mapping, table } from "../../core/mapping/index.ts"
import type { Fact } from "../../core/sync/state.ts"
import { Buyer, Rig, rowsOf, writes } from "./rig.ts"

const copyOf = (rig: Rig) => Effect.sync(() => memoryStore(rig.state.copy(), rig.ids))

const plan = (rig: Rig, options: PassOptions = {}): ReadonlyArray<PreviewRow> => {
  const rows: Array<PreviewRow> = []
  rig.run(preview(rig.project, options, { copy: copyOf(rig), onRow: (row) => Effect.sync(() => void rows.push(row)) }))
  return rows
}

const fileOf = (rig: Rig, options: PassOptions = {}): PlanFile =>
  ({ scope: options.scope ?? {}, rows: plan(rig, options).map(planRow) })

const carryOut = (rig: Rig, file: PlanFile) => rig.exit(apply(rig.project, file, { copy: copyOf(rig) }))

const folder = mkdtempSync(join(tmpdir(), "esl-test-"))
afterAll(() => rmSync(folder, { recursive: true }))

const dumpOf = (rig: Rig): string => rig.run(Effect.suspend(() => rig.store.dump()))

describe("a plan", () => {
  it("says which fields of a record it would leave out, and why", () => {
    const short = mapping(Buyer, Customer, ({ field, group }) => ({
      name: group({ given: "first", family: "last" }),
      email: field("mail", email),
      status: field("state", table({ active: "active" }))
    }))
    const rig = new Rig({ buyer: short })
    rig.erp.create("DEBTOR", { ...rig.ada, GESPERRT: "J" })
    const facts: Array<Fact> = []
    const report = rig.run(preview(rig.project, {}, {
      copy: copyOf(rig),
      onRow: () => Effect.void,
      onFacts: (all) => Stream.runForEach(all, (fact) => Effect.sync(() => void facts.push(fact)))
    }))
    const shop = report.sides.get("shop.customers")
    expect(shop?.wrote.create).toBe(1)
    expect(Object.keys(shop?.reasons ?? {})).toEqual([expect.stringMatching(/^status /)])
    expect(facts).toContainEqual(expect.objectContaining({ kind: "withheld", side: "shop.customers", path: "status" }))
  })

  it("shows what a sync would do and touches neither system nor hub", () => {
    const rig = new Rig({ orders: true })
    const ada = rig.erp.create("DEBTOR", rig.ada)
    rig.erp.create("AUFTRAG", { NR: "A-1", KUNDE: ada, TEXT: null })
    const before = dumpOf(rig)
    const rows = plan(rig)
    expect(dumpOf(rig)).toBe(before)
    expect(rig.shop.writes + rig.erp.writes).toBe(0)
    expect(rows.map((row) => [row.side, row.op])).toEqual([["shop.customers", "create"], ["shop.orders", "create"]])
    const email = expect.objectContaining({ path: "email", old: null, new: "ada@example.com" })
    expect(rows[0]?.fields).toContainEqual(email)
    expect(rows[0]?.from).toBe(`erp.DEBTOR|${ada}`)
  })

  it("shows old and new value and the rule of an update", () => {
    const rig = new Rig()
    const id = rig.erp.create("DEBTOR", rig.ada)
    rig.sync()
    rig.erp.edit("DEBTOR", id, { NNAME: "King" })
    const [row] = plan(rig)
    expect(row).toMatchObject({ op: "update", side: "shop.customers" })
    const family = { path: "name.family", old: "Lovelace", new: "King", pii: "personal" }
    expect(row?.fields).toEqual([expect.objectContaining(family)])
    expect(row?.fields[0]?.why).toContain("erp.DEBTOR")
  })

  it("is a private file without values", () => {
    const rig = new Rig()
    rig.erp.create("DEBTOR", rig.ada)
    const path = join(folder, "plan.json")
    const rows = plan(rig)
    const count = Effect.runSync(Effect.scoped(Effect.gen(function*() {
      const file = yield* planWriter(path, { limit: 5 })
      for (const row of rows) yield* file.add(planRow(row))
      return yield* file.close
    })))
    expect(count).toBe(1)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readFileSync(path, "utf8")).not.toMatch(/ada|lovelace/i)
  })

  it("can be read back, and is refused when it is cut off", async () => {
    const rig = new Rig()
    rig.erp.create("DEBTOR", rig.ada)
    const path = join(folder, "whole.json")
    const rows = plan(rig).map(planRow)
    Effect.runSync(Effect.scoped(Effect.gen(function*() {
      const file = yield* planWriter(path, { limit: 5 })
      for (const row of rows) yield* file.add(row)
      yield* file.close
    })))
    expect(await Effect.runPromise(readPlan(path))).toEqual({ scope: { limit: 5 }, rows })
  })
})

describe("apply", () => {
  it("does exactly what the plan showed", () => {
    const rig = new Rig({ orders: true })
    const ada = rig.erp.create("DEBTOR", rig.ada)
    rig.erp.create("AUFTRAG", { NR: "A-1", KUNDE: ada, TEXT: null })
    const exit = carryOut(rig, fileOf(rig))
    if (!Exit.isSuccess(exit)) throw new Error(String(exit.cause))
    expect(exit.value.left).toEqual([])
    expect(exit.value.report.exit).toBe(0)
    expect(rig.buyers()).toHaveLength(1)
    expect(rowsOf(rig.shop, "orders")[0]?.["buyer"]).toBe(rig.buyers()[0]?.id)
    expect(writes(rig.sync())).toBe(0)
  })

  it("writes nothing when a record changed since", () => {
    const rig = new Rig()
    const first = rig.erp.create("DEBTOR", rig.ada)
    rig.erp.create("DEBTOR", { ...rig.ada, EMAIL: "second@example.com" })
    rig.sync()
    for (const row of rig.debtors()) rig.erp.edit("DEBTOR", row.id, { NNAME: "King" })
    const file = fileOf(rig)
    expect(file.rows).toHaveLength(2)
    rig.erp.edit("DEBTOR", first, { NNAME: "Byron" })
    const exit = carryOut(rig, file)
    expect(String(Exit.isFailure(exit) ? exit.cause : "")).toContain("StalePlan")
    expect(rig.buyers().map((row) => row["last"])).toEqual(["Lovelace", "Lovelace"])
  })

  it("writes nothing when a target changed where no cursor sees it", () => {
    const rig = new Rig({ shop: { uncovered: ["last"] } })
    const id = rig.erp.create("DEBTOR", rig.ada)
    rig.sync()
    rig.erp.edit("DEBTOR", id, { NNAME: "King" })
    const file = fileOf(rig)
    rig.shop.edit("customers", rig.buyers()[0]?.id ?? "", { last: "Byron" })
    expect(Exit.isFailure(carryOut(rig, file))).toBe(true)
    expect(rig.buyers()[0]?.["last"]).toBe("Byron")
  })

  it("leaves alone what became due after the plan was made", () => {
    const rig = new Rig()
    rig.erp.create("DEBTOR", rig.ada)
    const file = fileOf(rig)
    rig.erp.create("DEBTOR", { ...rig.ada, EMAIL: "later@example.com" })
    expect(Exit.isSuccess(carryOut(rig, file))).toBe(true)
    expect(rig.buyers().map((row) => row["mail"])).toEqual(["ada@example.com"])
    rig.sync()
    expect(rig.buyers()).toHaveLength(2)
  })
})
