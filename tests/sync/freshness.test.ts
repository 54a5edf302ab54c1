/** Freshness: R3, R4, R5, R6, R7, R9, R12 and mapping change, each by a directed case. */
import { describe, expect, it } from "vitest"
import { absent, invalid } from "../../core/model/value.ts"
import { heldAt, Hub, policyOf } from "./hub.ts"
import type { SideOptions } from "./hub.ts"

const fields = ["email", "name", "city", "stock"]
const shown = { email: "a@example.com", name: "Anna", city: "Bonn", stock: "10" }
const two = (erp: SideOptions = {}, shop: SideOptions = {}) =>
  new Hub(policyOf({ "erp.K": { only_: fields, ...erp }, "shop.c": { only_: fields, creates: "marker", ...shop } }))

/** Known on both sides, nothing due. */
const linked = (shop: SideOptions = {}) => {
  const hub = two({}, shop)
  hub.held("erp.K", "1", shown)
  hub.send("shop.c", "g1", { did: "written", id: "s1" }, shown)
  return hub
}

describe("R3: partial readings", () => {
  it("reads a partial payload again", () => {
    const hub = two()
    const made = hub.held("erp.K", "1", { name: "Anna" }, { complete: false })
    expect(made.inbox.put).toMatchObject([{ side: "erp.K", ext: "1", why: "partial" }])
    expect(made).toMatchObject({ goldens: [], links: [], outcomes: [{ outcome: "left" }] })
  })
  it("reads again where a mapped field is missing, and never takes it for null", () => {
    const hub = linked()
    expect(hub.held("erp.K", "1", { ...shown, name: absent }).inbox.put).toMatchObject([{ why: "partial" }])
    const direct = hub.held("erp.K", "1", { ...shown, name: absent, city: "Ulm" }, { direct: true })
    expect(direct.facts.map((one) => one.why)).toContain("schema drift: the system no longer shows this field")
    expect(hub.golden("erp.K", "1").values).toMatchObject({ name: "Anna", city: "Ulm" })
  })
})

describe("R5: observations only go forward", () => {
  it("reads again what began before our last write ended", () => {
    const hub = linked()
    const { writeEnd } = hub.link("shop.c", "s1")
    const made = hub.see(heldAt(writeEnd, "shop.c", "s1", { ...shown, name: "Old" }))
    expect(made).toMatchObject({ goldens: [], links: [], outcomes: [{ outcome: "left" }] })
    expect(made.inbox.put).toMatchObject([{ why: "stale", readAt: writeEnd }])
  })
  it("reads again what began before the reading merged last", () => {
    const hub = linked()
    hub.held("erp.K", "1", { ...shown, name: "Newer" })
    const made = hub.see(heldAt(hub.link("erp.K", "1").obsAt - 1, "erp.K", "1", shown))
    expect(made).toMatchObject({ goldens: [], links: [], outcomes: [{ outcome: "left" }] })
    expect(hub.golden("erp.K", "1").values["name"]).toBe("Newer")
  })
  it("lets an old page go that shows nothing new", () => {
    const hub = linked()
    const made = hub.see(heldAt(hub.link("erp.K", "1").obsAt, "erp.K", "1", shown))
    expect(made).toMatchObject({ links: [], inbox: { put: [] }, outcomes: [{ outcome: "unchanged" }] })
  })
  it("moves on with every reading, a reading without news included", () => {
    const hub = linked()
    hub.held("erp.K", "1", shown)
    expect(hub.link("erp.K", "1").obsAt).toBe(hub.now)
  })
})

describe("R4: hints and settled rows", () => {
  it("stores a hint with the time a reading has to exceed", () => {
    const hub = two()
    const made = hub.see({ _tag: "Hint", side: "erp.K", ext: "9", readAt: 500 })
    expect(made.inbox.put).toMatchObject([{ why: "hint", readAt: 500, ext: "9" }])
    expect(made.outcomes).toEqual([])
  })
  it("settles a row by a direct reading only", () => {
    const hub = linked()
    expect(hub.held("erp.K", "1", shown).inbox.done).toEqual([])
    expect(hub.held("erp.K", "1", shown, { direct: true }).inbox.done).toMatchObject([{ ext: "1", readAt: hub.now }])
  })
})

describe("R6: an acknowledgement is as old as its send", () => {
  it("does not move the base over a newer reading", () => {
    const hub = linked()
    hub.held("erp.K", "1", { ...shown, name: "Anne" })
    const push = hub.push("shop.c", "g1")
    const link = { ...hub.link("shop.c", "s1"), obsAt: hub.now + 150 }
    hub.links.set("shop.c|s1", link)
    if (push.do !== "update") throw new Error("nothing to send")
    const ack = hub.send("shop.c", "g1", { did: "written", id: "s1" }, { ...shown, name: "Anne" })
    expect(ack.settled).toEqual([])
    expect(ack.links[0]?.link.shadow["name"]).toEqual({ g: "Anna", r: "Anna" })
    expect(ack.hints).toEqual([{ side: "shop.c", ext: "s1" }])
    // The reading that the hint asks for recognises the write.
    hub.held("shop.c", "s1", { ...shown, name: "Anne" }, { direct: true })
    expect(hub.link("shop.c", "s1").shadow["name"]).toEqual({ g: "Anne", r: "Anne" })
    expect(hub.intents.get("g1")).toEqual([])
    expect(hub.push("shop.c", "g1")).toEqual({ do: "nothing" })
  })
})

describe("R7: intents are settled field by field by a fresh reading", () => {
  const lost = () => {
    const hub = linked()
    hub.held("erp.K", "1", { ...shown, name: "Anne", city: "Ulm" })
    hub.send("shop.c", "g1", { did: "unknown" })
    return hub
  }
  it("keeps the intent of an unknown write", () => {
    expect(lost().intents.get("g1")).toHaveLength(1)
  })
  it("recognises the write that landed, without conflict or golden change", () => {
    const hub = lost()
    const made = hub.held("shop.c", "s1", { ...shown, name: "Anne", city: "Ulm" }, { direct: true })
    expect(made).toMatchObject({ goldens: [], conflicts: [], settled: [{ golden: "g1" }] })
    expect(hub.push("shop.c", "g1")).toEqual({ do: "nothing" })
  })
  it("does not settle by a reading that lacks a field of it", () => {
    const hub = lost()
    hub.held("shop.c", "s1", { ...shown, name: "Anne", city: absent }, { direct: true })
    expect(hub.intents.get("g1")).toHaveLength(1)
    // Not even when it can no longer land: whether it did, the field that is missing would say.
    hub.now += 100_000
    hub.held("shop.c", "s1", { ...shown, name: "Anne", city: absent }, { direct: true })
    expect(hub.intents.get("g1")).toHaveLength(1)
    hub.held("shop.c", "s1", { ...shown, name: "Anne", city: "Ulm" }, { direct: true })
    expect(hub.intents.get("g1")).toEqual([])
  })
  it("does not settle by a reading that began before the request left", () => {
    const hub = lost()
    const intent = hub.intents.get("g1")?.[0]
    hub.see(heldAt(intent?.sentAt ?? 0, "shop.c", "s1", shown))
    expect(hub.intents.get("g1")).toHaveLength(1)
  })
  it("waits for the send horizon where it did not land yet, and looks again then", () => {
    const hub = lost()
    const early = hub.held("shop.c", "s1", shown, { direct: true })
    expect(hub.intents.get("g1")).toHaveLength(1)
    expect(early.inbox.put).toMatchObject([{ why: "retry", ext: "s1" }])
    expect(hub.push("shop.c", "g1")).toMatchObject({ do: "update" })
    hub.now += 100_000
    hub.held("shop.c", "s1", shown, { direct: true })
    expect(hub.intents.get("g1")).toEqual([])
  })
  it("does not take a late landing for an edit, and pushes what golden says by now", () => {
    const hub = lost()
    hub.held("erp.K", "1", { ...shown, name: "Anita", city: "Ulm" })
    const made = hub.held("shop.c", "s1", { ...shown, name: "Anne", city: "Ulm" })
    expect(made).toMatchObject({ goldens: [], conflicts: [] })
    expect(hub.push("shop.c", "g1")).toMatchObject({ writes: [{ path: "name", value: "Anita", base: "Anne" }] })
  })
  it("takes a person's value for an edit though an unknown create once carried it", () => {
    const hub = two()
    hub.held("erp.K", "1", shown)
    hub.send("shop.c", "g1", { did: "unknown" })
    hub.held("shop.c", "s1", { ...shown, name: "Hanna" })
    const late = { ...hub.intents.get("g1")?.[0], attempt: "late", golden: "g1", side: "shop.c", op: "create" } as const
    hub.intents.set("g1", [{ ...late, sent: shown, sentAt: hub.now + 1_000_000, idempotencyKey: "k", status: "unknown" }])
    hub.held("shop.c", "s1", shown)
    expect(hub.goldens.get("g1")?.values["name"]).toBe("Anna")
  })
  it("puts on record that it writes over a value of its own", () => {
    const hub = lost()
    hub.held("erp.K", "1", { ...shown, name: "Anita", city: "Ulm" })
    const made = hub.held("shop.c", "s1", { ...shown, name: "Anne", city: "Ulm" })
    expect(made.facts).toContainEqual(expect.objectContaining({ kind: "mirrored", path: "name" }))
  })
  it("holds a counter back while the fate of its write is unknown", () => {
    const hub = linked()
    hub.held("erp.K", "1", { ...shown, stock: "9" })
    hub.send("shop.c", "g1", { did: "unknown" })
    // Who sent it may have died and asked for nothing: the reading that settles it is asked for here.
    expect(hub.push("shop.c", "g1")).toMatchObject({ do: "wait", read: "s1" })
    hub.held("shop.c", "s1", { ...shown, stock: "9" })
    expect(hub.open()).toMatchObject([{ kind: "counter_divergence", path: "stock", side: "shop.c" }])
  })
})

describe("R9: what became of a create", () => {
  const lost = (creates: SideOptions["creates"]) => {
    const hub = two({}, creates === undefined ? {} : { creates })
    hub.held("erp.K", "1", shown)
    hub.send("shop.c", "g1", { did: "unknown" })
    return hub
  }
  it("waits before it searches by marker, and then creates", () => {
    const hub = lost("marker")
    const { sentAt } = hub.intents.get("g1")?.[0] ?? { sentAt: 0 }
    expect(hub.push("shop.c", "g1")).toMatchObject({ do: "wait", until: sentAt + 60_000 })
    hub.now = sentAt + 60_000
    expect(hub.push("shop.c", "g1")).toMatchObject({ do: "create" })
  })
  it("repeats an upsert and an idempotent create at once, and never one that is made once", () => {
    expect(lost("upsert").push("shop.c", "g1")).toMatchObject({ do: "create" })
    expect(lost("idempotent").push("shop.c", "g1")).toMatchObject({ do: "create" })
    expect(lost("once").push("shop.c", "g1")).toMatchObject({ do: "stuck" })
  })
  it("binds what a repeated create is answered with, so that the reading which follows is merged", () => {
    const hub = lost("idempotent")
    const ack = hub.send("shop.c", "g1", { did: "written", id: "s1" }, shown)
    expect(ack.links).toMatchObject([{ link: { ext: "s1", shadow: {}, rev: 1 }, was: 0 }])
    const made = hub.held("shop.c", "s1", shown, { direct: true })
    expect(made.links).toMatchObject([{ link: { shadow: { name: { r: "Anna" } }, rev: 2 }, was: 1 }])
    expect(hub.intents.get("g1")).toEqual([])
  })
  it("knows its own values when a lost upsert lands on the record that its repetition made", () => {
    const hub = lost("upsert")
    hub.held("erp.K", "1", { ...shown, city: "Ulm" })
    hub.send("shop.c", "g1", { did: "written", id: "s1" }, { ...shown, city: "Ulm" })
    hub.held("shop.c", "s1", shown)
    expect(hub.golden("erp.K", "1").values["city"]).toBe("Ulm")
    expect(hub.push("shop.c", "g1")).toMatchObject({ do: "update", writes: [{ path: "city", value: "Ulm" }] })
  })
  it("is not settled by another record, and its own record says nothing new when it takes that one's place", () => {
    const hub = lost("marker")
    hub.held("shop.c", "user", { ...shown, name: "Hanna" })
    expect(hub.intents.get("g1")).toHaveLength(1)
    hub.held("shop.c", "ours", shown)
    expect(hub.link("shop.c", "ours")).toMatchObject({ status: "alias", shadow: { name: { g: "Anna", r: "Anna" } } })
    expect(hub.intents.get("g1")).toEqual([])
    hub.held("erp.K", "1", { ...shown, name: "Anne" })
    hub.now += 10_000
    hub.see({ _tag: "Gone", side: "shop.c", ext: "user", evidence: "read", readAt: hub.now })
    hub.held("shop.c", "ours", shown, { direct: true })
    expect(hub.goldens.get("g1")?.values["name"]).toBe("Anne")
    expect(hub.push("shop.c", "g1")).toMatchObject({ ext: "ours", writes: [{ path: "name", value: "Anne" }] })
  })
  it("binds the record when it is read", () => {
    const hub = lost("once")
    const made = hub.held("shop.c", "s1", shown)
    expect(made).toMatchObject({ outcomes: [{ outcome: "linked" }], settled: [{ golden: "g1" }], conflicts: [] })
    expect(hub.push("shop.c", "g1")).toEqual({ do: "nothing" })
  })
})

describe("R12: oscillation", () => {
  it("freezes a field that flips among few values", () => {
    const hub = linked()
    let flips = 0
    for (; flips < 12 && hub.open().length === 0; flips++) {
      hub.held("erp.K", "1", { ...shown, city: flips % 2 === 0 ? "Ulm" : "Bonn" })
    }
    expect(flips).toBe(6)
    expect(hub.open()).toMatchObject([{ kind: "oscillation", path: "city", side: "erp.K" }])
    expect(hub.facts.map((one) => one.kind)).toContain("oscillation")
  })
  it("counts the changes that came by other sides", () => {
    const hub = linked()
    let flips = 0
    for (; flips < 12 && hub.open().length === 0; flips++) {
      const at = flips % 2 === 0 ? (["erp.K", "1", "Ulm"] as const) : (["shop.c", "s1", "Bonn"] as const)
      hub.held(at[0], at[1], { ...shown, city: at[2] })
      const other = flips % 2 === 0 ? "shop.c" : "erp.K"
      if (hub.push(other, "g1").do === "update") {
        hub.send(other, "g1", { did: "written", id: other === "erp.K" ? "1" : "s1" }, { ...shown, city: at[2] })
      }
    }
    expect(flips).toBeLessThan(10)
    expect(hub.open()).toMatchObject([{ kind: "oscillation" }])
  })
  it("lets a person's many edits through, and old flips be forgotten", () => {
    const hub = linked()
    for (let edit = 0; edit < 8; edit++) hub.held("erp.K", "1", { ...shown, city: `City ${edit}` })
    for (let edit = 0; edit < 8; edit++) {
      hub.now += 1_000_000
      hub.held("erp.K", "1", { ...shown, name: edit % 2 === 0 ? "Anne" : "Anna" })
    }
    expect(hub.open()).toEqual([])
  })
})

describe("1.10: another mapping", () => {
  const loud = (one: unknown) => typeof one === "string" ? one.toUpperCase() : null
  const upper = { fields: { name: { norm: loud } }, version: "2" }
  it("rebases an unchanged record: no merge, no write", () => {
    const hub = linked()
    hub.held("erp.K", "1", shown, { hash: "h" })
    hub.policy = policyOf({ "erp.K": { only_: fields, version: "2" }, "shop.c": { only_: fields } })
    const made = hub.held("erp.K", "1", { ...shown, name: "ANNA" }, { hash: "h" })
    expect(made).toMatchObject({ goldens: [], due: [], conflicts: [], outcomes: [{ outcome: "unchanged" }] })
    expect(hub.link("erp.K", "1")).toMatchObject({ mapping: "2", shadow: { name: { g: "Anna", r: "ANNA" } } })
    expect(hub.push("erp.K", "g1")).toEqual({ do: "nothing" })
  })
  it("keeps what was still to be pushed", () => {
    const hub = linked()
    hub.held("erp.K", "1", shown, { hash: "h" })
    hub.held("shop.c", "s1", { ...shown, name: "Anne" })
    hub.policy = policyOf({ "erp.K": { only_: fields, ...upper }, "shop.c": { only_: fields } })
    hub.held("erp.K", "1", { ...shown, name: "ANNA" }, { hash: "h" })
    expect(hub.golden("erp.K", "1").values["name"]).toBe("Anne")
    expect(hub.push("erp.K", "g1")).toMatchObject({ writes: [{ path: "name", value: "Anne", base: "ANNA" }] })
  })
  it("merges a record that changed as well, and new paths as at first sight", () => {
    const hub = new Hub(policyOf({ "erp.K": { only_: ["email", "name"] }, "shop.c": { only_: fields } }))
    hub.held("erp.K", "1", { email: "a@example.com", name: "Anna" }, { hash: "h" })
    hub.policy = policyOf({ "erp.K": { only_: fields, version: "2" }, "shop.c": { only_: fields } })
    hub.held("erp.K", "1", { email: "a@example.com", name: "Anne", city: "Ulm", stock: null }, { hash: "i" })
    expect(hub.golden("erp.K", "1").values).toEqual({ email: "a@example.com", name: "Anne", city: "Ulm" })
  })
})

describe("withheld fields", () => {
  it("neither pulls nor pushes a field that cannot be read, and the others flow", () => {
    const hub = linked()
    const made = hub.held("erp.K", "1", { ...shown, name: invalid("?", "not a name"), city: "Ulm" })
    expect(made.facts).toContainEqual(expect.objectContaining({ kind: "withheld", path: "name", why: "not a name" }))
    expect(hub.golden("erp.K", "1").values).toMatchObject({ name: "Anna", city: "Ulm" })
    hub.held("shop.c", "s1", { ...shown, name: "Anne" })
    expect(hub.push("erp.K", "g1")).toEqual({ do: "nothing" })
    hub.held("erp.K", "1", { ...shown, city: "Ulm" })
    expect(hub.push("erp.K", "g1")).toMatchObject({ writes: [{ path: "name" }] })
  })
  it("reports a stand-in for an empty value, which never travels", () => {
    const hub = two()
    const made = hub.held("erp.K", "1", { ...shown, name: { _tag: "Null", placeholder: "Unknown" } })
    expect(made.facts).toContainEqual(expect.objectContaining({ kind: "placeholder", path: "name" }))
    const push = hub.push("shop.c", "g1")
    expect(push.do === "create" ? push.writes.map((one) => one.path) : []).toEqual(["email", "city", "stock"])
  })
})
