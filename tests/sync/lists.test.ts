/** Lists: three-way by element, element crosswalk, references inside, limits (SEMANTICS 1.5). */
import { describe, expect, it } from "vitest"
import { value } from "../../core/model/value.ts"
import type { Json, Value } from "../../core/model/value.ts"
import { mergeLists } from "../../core/sync/lists.ts"
import type { ListSides } from "../../core/sync/lists.ts"
import { Hub, Lines, policyOf } from "./hub.ts"
import type { SideOptions } from "./hub.ts"
import { seeded } from "./world.ts"

const spec = Lines.list
if (spec === undefined) throw new Error("a list has a spec")
const line = (id: string, qty = "1"): Json => ({ id, sku: id, qty })
const lines = (...ids: ReadonlyArray<string>): Value => ids.map((id) => {
  const [name = "", qty] = id.split("=")
  return line(name, qty)
})
const word = (one: { id: string; qty?: string }): string => one.qty === "1" ? one.id : `${one.id}=${one.qty ?? ""}`
const text = (value: Value | null | undefined): string => Array.isArray(value) ? value.map(word).sort().join(" ") : ""

const merge = (
  base: Value | null | undefined, theirs: Value | null, golden: Value | null, more: Partial<ListSides> = {}
) =>
  mergeLists({
    spec, baseGolden: base, baseRaw: base, raw: theirs, theirs, golden, elements: undefined, append: false,
    theirsWins: () => true, ...more
  })

describe("class S", () => {
  const base = lines("a", "b", "c")
  it("adds and removes against the side's own base", () => {
    expect(text(merge(base, lines("a", "b", "d"), lines("a", "b", "c", "e")).value)).toBe("a b d e")
    expect(text(merge(base, lines("a", "b", "c"), lines("a", "b")).value)).toBe("a b")
    expect(text(merge(undefined, lines("a", "b"), lines("b", "c")).value)).toBe("a b c")
  })
  it("decides attributes one by one", () => {
    const element = (qty: string, sku: string): Value => [{ id: "a", qty, sku }]
    expect(merge(element("1", "x"), element("2", "x"), element("1", "y")).value).toEqual(element("2", "y"))
    const both = merge(element("1", "x"), element("2", "x"), element("3", "x"))
    expect(both).toEqual({ value: element("2", "x"), clash: true })
    const golden = merge(element("1", "x"), element("2", "x"), element("3", "x"), { theirsWins: () => false })
    expect(golden.value).toEqual(element("3", "x"))
  })
  it("lets an edit outlive a removal, in both orders", () => {
    expect(merge(base, lines("a", "b"), lines("a", "b", "c=5"))).toMatchObject({ clash: true })
    expect(text(merge(base, lines("a", "b"), lines("a", "b", "c=5")).value)).toBe("a b c=5")
    expect(text(merge(base, lines("a", "b", "c=5"), lines("a", "b")).value)).toBe("a b c=5")
  })
  it("is null when nothing is left", () => {
    expect(merge(lines("a"), null, lines("a")).value).toBeNull()
  })
  it("takes a new order only where order has meaning", () => {
    const ordered = { ...spec, ordered: true }
    const ids = (value: Value | null) => (value as ReadonlyArray<{ id: string }>).map((one) => one.id).join("")
    expect(ids(merge(base, lines("c", "b", "a"), base, { spec: ordered }).value)).toBe("cba")
    expect(ids(merge(base, lines("c", "b", "a"), base).value)).toBe("abc")
    expect(ids(merge(base, lines("c", "b", "a"), lines("b", "a", "c"), { spec: ordered }).value)).toBe("bac")
  })
})

describe("class A", () => {
  it("only grows", () => {
    expect(text(merge(lines("a", "b"), lines("c"), lines("a", "b", "d"), { append: true }).value)).toBe("a b c d")
  })
})

describe("confluence of S and A (P11)", () => {
  it("ends alike in whatever order two sides' changes are merged", () => {
    for (let seed = 1; seed <= 1_000; seed++) {
      const dice = seeded(seed)
      const all = ["a", "b", "c", "d", "e"]
      const some = () => lines(...all.filter(() => dice.chance(0.5)))
      const base = some()
      const [one, two] = [some(), some()]
      for (const append of [false, true]) {
        const first = merge(base, two, merge(base, one, base, { append }).value, { append }).value
        const second = merge(base, one, merge(base, two, base, { append }).value, { append }).value
        expect(text(first), `seed ${seed}`).toBe(text(second))
      }
    }
  })
})

describe("rows with keys of their own", () => {
  const fields = ["email", "lines"]
  const rows = (resource: string): SideOptions =>
    ({ only_: fields, fields: { lines: { ids: { kind: "ext", resource } } } })
  const start = () => new Hub(policyOf({ "erp.K": rows("POS"), "shop.c": rows("item") }))
  const email = "a@example.com"
  const row = (id: string, sku: string, qty = "1"): Json => ({ id, sku, qty })
  const linked = () => {
    const hub = start()
    hub.held("erp.K", "1", { email, lines: [row("11", "x"), row("12", "y")] })
    hub.send("shop.c", "g1", { did: "written", id: "s1" }, { email, lines: [row("91", "x"), row("92", "y")] }, {
      elements: { item: { x: "91", y: "92" } }
    })
    return hub
  }
  it("gives elements the id of their natural key, and remembers whose row is which", () => {
    const hub = linked()
    expect(hub.golden("erp.K", "1").values["lines"]).toEqual([row("x", "x"), row("y", "y")])
    expect(hub.link("erp.K", "1")).toMatchObject({ elements: { lines: { 11: "x", 12: "y" } }, rows: { lines: "erp.POS" } })
    expect(hub.link("shop.c", "s1").elements).toEqual({ lines: { 91: "x", 92: "y" } })
    expect(hub.push("shop.c", "g1")).toEqual({ do: "nothing" })
    expect(hub.held("shop.c", "s1", { email, lines: [row("91", "x"), row("92", "y")] }).outcomes[0]?.outcome).toBe("unchanged")
  })
  it("takes a side's rows where a person rules so: whose row is which is kept, and new rows are known by the hub", () => {
    const hub = linked()
    const theirs = [row("91", "x", "9"), row("93", "z")]
    hub.now += 10_000
    hub.see({
      _tag: "Ruling", side: "hub", ext: "g1", readAt: hub.now, pin: false, from: "shop.c",
      values: new Map([["lines", value(theirs)]])
    })
    expect(hub.golden("erp.K", "1").values["lines"]).toEqual([row("x", "x", "9"), row("z", "z")])
    expect(hub.link("shop.c", "s1").elements?.["lines"]).toMatchObject({ 91: "x", 93: "z" })
    expect(hub.push("erp.K", "g1")).toMatchObject({
      writes: [{ path: "lines", value: [row("11", "x", "9"), row("z", "z")] }]
    })
  })
  it("carries an edit of a row to the other side's row", () => {
    const hub = linked()
    hub.held("erp.K", "1", { email, lines: [row("11", "x", "5"), row("12", "y")] })
    expect(hub.push("shop.c", "g1")).toMatchObject({
      writes: [{ path: "lines", value: [row("91", "x", "5"), row("92", "y")], base: [row("91", "x"), row("92", "y")] }]
    })
  })
  it("adds on one side and removes on the other", () => {
    const hub = linked()
    hub.held("erp.K", "1", { email, lines: [row("11", "x"), row("12", "y"), row("13", "z")] })
    hub.held("shop.c", "s1", { email, lines: [row("92", "y")] })
    expect(text(hub.golden("erp.K", "1").values["lines"])).toBe("y z")
    expect(hub.push("shop.c", "g1")).toMatchObject({ writes: [{ value: [row("92", "y"), row("z", "z")] }] })
    expect(hub.push("erp.K", "g1")).toMatchObject({ writes: [{ value: [row("12", "y"), row("13", "z")] }] })
  })
  it("recognises its own new rows in a lost answer", () => {
    const hub = start()
    hub.held("erp.K", "1", { email, lines: [row("11", "x")] })
    hub.send("shop.c", "g1", { did: "unknown" })
    const made = hub.held("shop.c", "s1", { email, lines: [row("91", "x")] })
    expect(made).toMatchObject({ goldens: [], conflicts: [] })
    expect(hub.push("shop.c", "g1")).toEqual({ do: "nothing" })
  })
  it("keeps an element whose row was written anew under another key", () => {
    const hub = linked()
    hub.held("erp.K", "1", { email, lines: [row("21", "x", "7"), row("22", "y")] })
    expect(hub.golden("erp.K", "1").values["lines"]).toEqual([row("x", "x", "7"), row("y", "y")])
    expect(hub.link("erp.K", "1").elements).toEqual({ lines: { 21: "x", 22: "y" } })
  })
  it("withholds rows that nobody can tell apart", () => {
    const hub = start()
    const made = hub.held("erp.K", "1", { email, lines: [row("11", "x"), row("11", "x", "9")] })
    expect(made.facts).toContainEqual(expect.objectContaining({ kind: "withheld", path: "lines" }))
    expect(hub.golden("erp.K", "1").values["lines"]).toBeUndefined()
  })
  it("gives a row without natural key an id of its own", () => {
    const hub = start()
    hub.held("erp.K", "1", { email, lines: [{ id: "11", qty: "1" }] })
    expect(hub.golden("erp.K", "1").values["lines"]).toEqual([{ id: "POS:11", qty: "1" }])
  })
})

describe("references inside rows", () => {
  const side = (resource: string): SideOptions => ({
    only_: ["email", "lines"],
    fields: { lines: { references: [{ entity: "product", resource, attribute: "product" }] } }
  })
  const start = () => {
    const hub = new Hub(policyOf({ "erp.K": side("ART"), "shop.c": side("item") }))
    hub.references.set("product|erp.ART|7", "p1")
    return hub
  }
  const shown = (product: string): Value => [{ id: "x", sku: "x", product }]
  it("resolves inward and parks what is missing", () => {
    const hub = start()
    expect(hub.held("erp.K", "1", { email: "a@example.com", lines: shown("8") })).toMatchObject({
      outcomes: [{ outcome: "parked" }], inbox: { put: [{ parkedOn: "erp.ART|8" }] }
    })
    hub.held("erp.K", "1", { email: "a@example.com", lines: shown("7") })
    expect(hub.golden("erp.K", "1").values["lines"]).toEqual(shown("p1"))
  })
  it("parks outward, and leaves the reference out where a cycle asks for it", () => {
    const hub = start()
    hub.held("erp.K", "1", { email: "a@example.com", lines: shown("7") })
    const { id } = hub.golden("erp.K", "1")
    expect(hub.push("shop.c", id)).toMatchObject({ do: "park", on: "shop.item|p1" })
    const omitted = hub.push("shop.c", id, { omitMissing: true })
    expect(omitted).toMatchObject({ do: "create", writes: [{ path: "email" }, { path: "lines", value: [{ id: "x", sku: "x" }] }] })
  })
})
