/** Ways out of what is frozen or stuck: rulings, explanations, cycles, a new mapping, poison. */
import { Effect, Exit, Schema as S } from "effect"
import { describe, expect, it } from "vitest"
import { hold } from "esl"
import { explain, settleConflict } from "../../core/engine/index.ts"
import { membersOf } from "../../core/engine/cycle.ts"
import { pass } from "../../core/engine/pass.ts"
import { buyer, debtor, projectOf, Rig, rowsOf, writes } from "./rig.ts"
import type { Store } from "./rig.ts"

const open = (rig: Rig) => rig.run(Effect.suspend(() => rig.store.conflicts({ status: "open" })))

/** Both sides changed the same field, and the config leaves it to a person. */
const contested = (): Rig => {
  const rig = new Rig({ options: { fields: { email: hold } } })
  const id = rig.erp.create("DEBTOR", rig.ada)
  rig.sync()
  rig.erp.edit("DEBTOR", id, { EMAIL: "erp@example.com", NNAME: "King" })
  rig.shop.edit("customers", rig.buyers()[0]?.id ?? "", { mail: "shop@example.com" })
  rig.sync()
  return rig
}

describe("a conflict that waits for a person", () => {
  it("freezes its field on that side and nothing else", () => {
    const rig = contested()
    expect(open(rig)).toHaveLength(1)
    expect(rig.buyers()[0]).toMatchObject({ mail: "shop@example.com", last: "King" })
    expect(rig.debtors()[0]?.["EMAIL"]).toBe("erp@example.com")
    expect(writes(rig.sync())).toBe(0)
  })

  it.each([
    ["theirs", "shop@example.com"],
    ["golden", "erp@example.com"],
    [{ value: "third@example.com" }, "third@example.com"]
  ] as const)("is settled with %s on every side", (choice, expected) => {
    const rig = contested()
    const [conflict] = open(rig)
    rig.run(settleConflict(rig.project, conflict?.id ?? "", choice))
    rig.calm()
    expect(rig.debtors()[0]?.["EMAIL"]).toBe(expected)
    expect(rig.buyers()[0]?.["mail"]).toBe(expected)
    expect(open(rig)).toEqual([])
  })
})

describe("a conflict about a reference", () => {
  /** Both sides say that the order belongs to somebody else; three people. */
  const disputed = () => {
    const rig = new Rig({ orders: true, holdCustomer: true })
    const people = ["a", "b", "c"].map((name) =>
      rig.erp.create("DEBTOR", { ...rig.ada, EMAIL: `${name}@example.com` }))
    const order = rig.erp.create("AUFTRAG", { NR: "A1", KUNDE: people[0] ?? "", TEXT: null })
    rig.calm()
    const buyer = (name: string) => rig.buyers().find((row) => row["mail"] === `${name}@example.com`)?.id ?? ""
    const [sale] = rowsOf(rig.shop, "orders")
    return { rig, people, order, buyer, sale: sale?.id ?? "" }
  }

  it("takes the side's value, in the ids of the other side", () => {
    const { rig, people, order, buyer, sale } = disputed()
    rig.erp.edit("AUFTRAG", order, { KUNDE: people[1] ?? "" })
    rig.shop.edit("orders", sale, { buyer: buyer("c") })
    rig.sync()
    const [conflict] = open(rig)
    expect(conflict?.path).toBe("customer")
    rig.run(settleConflict(rig.project, conflict?.id ?? "", "theirs"))
    rig.calm()
    expect(rig.erp.look("AUFTRAG", order)?.columns["KUNDE"]).toBe(people[2])
    expect(rig.shop.look("orders", sale)?.columns["buyer"]).toBe(buyer("c"))
    expect(open(rig)).toEqual([])
    const settled = rig.run(Effect.suspend(() => rig.store.conflict(conflict?.id ?? "")))
    expect(settled).toMatchObject({ status: "resolved", chosen: "theirs" })
  })

  it("keeps the hub's value against it", () => {
    const { rig, people, order, buyer, sale } = disputed()
    rig.erp.edit("AUFTRAG", order, { KUNDE: people[1] ?? "" })
    rig.shop.edit("orders", sale, { buyer: buyer("c") })
    rig.sync()
    rig.run(settleConflict(rig.project, open(rig)[0]?.id ?? "", "golden"))
    rig.calm()
    expect(rig.shop.look("orders", sale)?.columns["buyer"]).toBe(buyer("b"))
  })
})

describe("explain", () => {
  it("tells where a value came from, what each side shows and what lost", () => {
    const rig = new Rig()
    const id = rig.erp.create("DEBTOR", rig.ada)
    rig.sync()
    rig.erp.edit("DEBTOR", id, { EMAIL: "erp@example.com" })
    rig.later(60_000)
    rig.shop.edit("customers", rig.buyers()[0]?.id ?? "", { mail: "shop@example.com" })
    rig.sync()
    const [told] = rig.run(explain(rig.project, "customer", { ext: id, side: "erp.DEBTOR" }, "email"))
    expect(told?.links.map((link) => link.side).sort()).toEqual(["erp.DEBTOR", "shop.customers"])
    expect(told?.fields).toHaveLength(1)
    expect(told?.fields[0]).toMatchObject({ path: "email", value: "shop@example.com", pii: "personal" })
    expect(told?.fields[0]?.source).toMatchObject({ side: "shop.customers" })
    expect(told?.fields[0]?.conflicts).toHaveLength(1)
    expect(told?.fields[0]?.shown.map((one) => one.value)).toEqual(["shop@example.com", "shop@example.com"])
  })
})

describe("records that wait for each other", () => {
  it("are found where the waits come round, and nowhere else", () => {
    const waits = new Map([["a", "b"], ["b", "c"], ["c", "a"], ["d", "a"], ["e", "f"], ["g", "g"]])
    const all = new Set(["a", "b", "c", "d", "e", "g"])
    expect(membersOf(waits, all)).toEqual(["a", "g"])
    expect(membersOf(waits, new Set(["d", "e"]))).toEqual([])
    expect(membersOf(waits, new Set(["c", "d"]))).toEqual(["c"])
  })
})

describe("records that refer to each other", () => {
  it("are created without the reference and linked then, on the way in and on the way out", () => {
    const rig = new Rig({ partners: true, erp: { page: 2 }, shop: { batch: 2 } })
    const ids = ["a", "b", "c", "d", "e"].map((CODE) => rig.erp.create("PARTNER", { CODE, FRIEND: null }))
    // a → b → c → a, d → a, e → e
    for (const [at, to] of [[0, 1], [1, 2], [2, 0], [3, 0], [4, 4]] as const) {
      rig.erp.edit("PARTNER", ids[at] ?? "", { FRIEND: ids[to] ?? "" })
    }
    expect(rig.sync().exit).toBe(0)
    const rows = rowsOf(rig.shop, "partners")
    const codeOf = (id: unknown) => rows.find((row) => row.id === id)?.["CODE"]
    expect(rows.map((row) => [row["CODE"], codeOf(row["FRIEND"])]).sort())
      .toEqual([["a", "b"], ["b", "c"], ["c", "a"], ["d", "a"], ["e", "e"]])
    expect(writes(rig.sync())).toBe(0)
  })
})

describe("a mapping that changed", () => {
  it("is read through before anything is written, overwrites nothing, and brings what is new", () => {
    const rig = new Rig()
    rig.erp.create("DEBTOR", { ...rig.ada, TITEL: "Dr." })
    for (let n = 0; n < 3; n++) rig.erp.create("DEBTOR", { ...rig.ada, EMAIL: `p${n}@example.com`, TITEL: null })
    rig.sync()
    // The shop speaks another language from now on, and the ERP's title is mapped as well.
    const project = projectOf(rig, {
      debtor: debtor.with(S.Struct({ TITEL: S.NullOr(S.String) }), ({ field }) => ({ "name.prefix": field("TITEL") })),
      buyer: buyer.with(S.Struct({ prefix: S.NullOr(S.String) }), ({ field }) => ({ "name.prefix": field("prefix") }))
    })
    const passing = () => rig.world.run(Effect.provide(pass(project), rig.layer({ project })))
    const first = passing()
    if (!Exit.isSuccess(first)) throw new Error(String(first.cause))
    expect(first.value.exit).toBe(0)
    // Every record was read again, whatever the cursors say; one of them had something new to tell.
    expect(first.value.sides.get("erp.DEBTOR")?.read).toBeGreaterThanOrEqual(4)
    expect(writes(first.value)).toBe(1)
    expect(rig.buyers().find((row) => row["mail"] === "ada@example.com")?.["prefix"]).toBe("Dr.")
    rig.later()
    const second = passing()
    expect(Exit.isSuccess(second) && writes(second.value)).toBe(0)
  })

  it("lets nothing be written while a side is not read through", () => {
    const rig = new Rig()
    const id = rig.erp.create("DEBTOR", rig.ada)
    rig.sync()
    const project = projectOf(rig, {
      debtor: debtor.with(S.Struct({ TITEL: S.NullOr(S.String) }), ({ field }) => ({ "name.prefix": field("TITEL") }))
    })
    rig.shop.edit("customers", rig.buyers()[0]?.id ?? "", { last: "King" })
    rig.erp.knobs = { ...rig.erp.knobs, cutListing: 1 }
    const exit = rig.world.run(Effect.provide(pass(project, { retries: 0 }), rig.layer({ project })))
    expect(Exit.isSuccess(exit) && exit.value.exit).toBe(1)
    expect(rig.erp.look("DEBTOR", id)?.columns["NNAME"]).toBe("Lovelace")
    rig.erp.knobs = { ...rig.erp.knobs, cutListing: 0 }
    rig.later()
    rig.world.run(Effect.provide(pass(project), rig.layer({ project })))
    expect(rig.erp.look("DEBTOR", id)?.columns["NNAME"]).toBe("King")
  })
})

describe("a record that makes the decision itself throw", () => {
  it("is set aside, and quarantined after three tries, while the others go on", () => {
    const rig = new Rig()
    rig.erp.create("DEBTOR", rig.ada)
    const bad = rig.erp.create("DEBTOR", { ...rig.ada, EMAIL: "poison@example.com" })
    const layer = rig.layer({ store: allergic(rig.store, bad) })
    for (let round = 0; round < 4; round++) {
      rig.world.run(Effect.provide(rig.passing(), layer))
      rig.later()
    }
    expect(rig.buyers().map((row) => row["mail"])).toEqual(["ada@example.com"])
    const rows = rig.run(Effect.suspend(() => rig.store.quarantine.list({})))
    expect(rows).toEqual([expect.objectContaining({ ext: bad, stage: "merge" })])
  })
})

/** Gives `plan` something to choke on whenever this record is part of a batch. */
const allergic = (store: Store, ext: string): Store => ({
  ...store,
  load: (wanted, now, run) => Effect.map(store.load(wanted, now, run), (snapshot) =>
    wanted.records.some((record) => record.ext === ext) ? { ...snapshot, ids: [] } : snapshot)
})
