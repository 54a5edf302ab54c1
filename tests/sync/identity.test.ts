/** Who is who: links, pins, keys, guard, tombstones, references, filters (SEMANTICS 1.6, 1.7, 1.9). */
import { describe, expect, it } from "vitest"
import { is, where } from "../../core/model/condition.ts"
import type { Policy } from "../../core/sync/policy.ts"
import { heldAt, Hub, policyOf } from "./hub.ts"
import type { SideOptions } from "./hub.ts"

const fields = ["email", "number", "name", "parent"]
const hubOf = (erp: SideOptions = {}, shop: SideOptions = {}, more: Partial<Policy> = {}) =>
  new Hub(policyOf({ "erp.K": { only_: fields, ...erp }, "shop.c": { only_: fields, ...shop } }, more))
const anna = { email: "a@example.com", number: null, name: "Anna", parent: null }

describe("matching", () => {
  it("links by key across sides, whatever the spelling of the key", () => {
    const hub = hubOf()
    hub.held("erp.K", "1", anna)
    const made = hub.held("shop.c", "s1", { ...anna, email: "A@Example.com" })
    expect(made.outcomes).toEqual([{ side: "shop.c", ext: "s1", outcome: "linked" }])
    expect(hub.link("shop.c", "s1").golden).toBe("g1")
  })
  it("links by pin before keys", () => {
    const hub = hubOf({}, {}, { pins: [{ "erp.K": "1", "shop.c": "s9" }] })
    hub.held("erp.K", "1", anna)
    hub.held("shop.c", "s8", anna)
    const made = hub.held("shop.c", "s9", { ...anna, email: "other@example.com" })
    // s8 already stands for the record there: the pinned one is its alias.
    expect(made.outcomes[0]?.outcome).toBe("linked")
    expect(hub.link("shop.c", "s9")).toMatchObject({ golden: "g1", status: "alias" })
    const fresh = hubOf({}, {}, { pins: [{ "erp.K": "1", "shop.c": "s9" }] })
    fresh.held("erp.K", "1", anna)
    fresh.held("shop.c", "s9", { ...anna, email: "other@example.com" })
    expect(fresh.link("shop.c", "s9")).toMatchObject({ golden: "g1", status: "active" })
  })
  it("links by the first key in the order of match, and asks about the second", () => {
    const hub = hubOf()
    hub.held("erp.K", "1", anna)
    hub.held("erp.K", "2", { ...anna, email: null, number: "77", name: "Berta" })
    hub.held("shop.c", "s1", { ...anna, number: "77" })
    expect(hub.link("shop.c", "s1").golden).toBe("g1")
    expect(hub.open()).toMatchObject([{ kind: "merge_race", path: "key:number", mine: "g1" }])
    const other = hubOf({}, {}, { match: ["number", "email"] })
    other.held("erp.K", "1", anna)
    other.held("erp.K", "2", { ...anna, email: null, number: "77" })
    other.held("shop.c", "s1", { ...anna, number: "77" })
    expect(other.link("shop.c", "s1").golden).toBe(other.link("erp.K", "2").golden)
  })
  it("makes one golden record of two sides met in one batch", () => {
    const hub = hubOf()
    hub.now += 1
    hub.see(heldAt(hub.now, "erp.K", "1", anna), heldAt(hub.now, "shop.c", "s1", anna))
    expect(hub.goldens.size).toBe(1)
    expect(hub.due.size).toBe(0)
  })
})

describe("the guard: one record a side", () => {
  const twice = () => {
    const hub = hubOf()
    hub.held("erp.K", "1", anna)
    hub.held("erp.K", "2", { ...anna, name: "Anna again" })
    return hub
  }
  it("makes a second record of a side an alias: read, reported, never written", () => {
    const hub = twice()
    expect(hub.link("erp.K", "2")).toMatchObject({ golden: "g1", status: "alias" })
    expect(hub.goldens.get("g1")?.values["name"]).toBe("Anna")
    expect([...hub.conflicts.values()]).toMatchObject([{ kind: "duplicate_key", status: "auto" }])
    expect(hub.held("erp.K", "2", { ...anna, name: "Changed" }).outcomes[0]).toMatchObject({ outcome: "skipped" })
    hub.held("shop.c", "s1", { ...anna, name: "Anne" })
    expect(hub.push("erp.K", "g1")).toMatchObject({ ext: "1" })
  })
  it("does not create where only an alias stands", () => {
    const hub = twice()
    hub.links.delete("erp.K|1")
    expect(hub.push("erp.K", "g1")).toMatchObject({ do: "skip" })
  })
  it("lets the alias take the place of a record that is gone", () => {
    const hub = twice()
    hub.now += 10
    hub.see({ _tag: "Gone", side: "erp.K", ext: "1", readAt: hub.now, evidence: "read" })
    expect(hub.link("erp.K", "1").status).toBe("deleted")
    expect(hub.link("erp.K", "2").status).toBe("active")
    expect(hub.inbox.has("erp.K|2")).toBe(true)
  })
})

describe("keys", () => {
  it("keeps an old key when it changes: still the same record (fault 65)", () => {
    const hub = hubOf()
    hub.held("erp.K", "1", anna)
    hub.held("erp.K", "1", { ...anna, email: "new@example.com" })
    expect(hub.goldens.size).toBe(1)
    expect(hub.keys).toEqual(new Map([["email|a@example.com", "g1"], ["email|new@example.com", "g1"]]))
    expect(hub.held("shop.c", "s1", anna).outcomes[0]?.outcome).toBe("linked")
  })
  it("asks when a changed key belongs to somebody else", () => {
    const hub = hubOf()
    hub.held("erp.K", "1", anna)
    hub.held("erp.K", "2", { ...anna, email: "b@example.com" })
    hub.held("erp.K", "2", anna)
    expect(hub.open()).toMatchObject([{ kind: "merge_race", golden: "g3", theirs: "g1" }])
    expect(hub.keys.get("email|a@example.com")).toBe("g1")
  })
  it("neither links nor creates elsewhere what has no key, unless the config says so", () => {
    const nobody = { ...anna, email: null }
    const hub = hubOf()
    const made = hub.held("erp.K", "1", nobody)
    expect(made).toMatchObject({ outcomes: [{ outcome: "created" }], due: [] })
    expect(hub.push("shop.c", "g1")).toMatchObject({ do: "skip", why: "no key to recognise it by" })
    hub.held("erp.K", "1", anna)
    expect(hub.due.has("g1|shop.c")).toBe(true)
    expect(hub.push("shop.c", "g1")).toMatchObject({ do: "create" })
    const keyless = hubOf({ keyless: true })
    expect(keyless.held("erp.K", "1", nobody).due).toHaveLength(1)
    expect(keyless.push("shop.c", "g1")).toMatchObject({ do: "create" })
  })
})

describe("id reuse", () => {
  it("closes the old link and sees a new record", () => {
    const hub = hubOf()
    hub.held("erp.K", "1", anna, { incarnation: "2020" })
    hub.held("erp.K", "1", { ...anna, email: "b@example.com", name: "Berta" }, { incarnation: "2026" })
    expect(hub.link("erp.K", "1").golden).toBe("g3")
    expect(hub.link("erp.K", "1@2020")).toMatchObject({ golden: "g1", status: "unlinked" })
    expect(hub.goldens.get("g1")?.values["name"]).toBe("Anna")
    expect(hub.push("erp.K", "g1")).toMatchObject({ do: "skip" })
  })
})

describe("moved", () => {
  const moved = (hub: Hub, ext: string, to: string) => {
    hub.now += 10
    return hub.see({ _tag: "Moved", side: "erp.K", ext, to, how: "merged", readAt: hub.now })
  }
  it("lets the crosswalk follow, over a chain, and never deletes", () => {
    const hub = hubOf({ onDelete: "propagate" })
    hub.held("erp.K", "A", anna)
    moved(hub, "A", "B")
    moved(hub, "B", "C")
    expect(hub.link("erp.K", "A")).toMatchObject({ status: "merged", supersededBy: "B" })
    expect(hub.link("erp.K", "B")).toMatchObject({ status: "merged", supersededBy: "C" })
    expect(hub.link("erp.K", "C")).toMatchObject({ status: "active", golden: "g1" })
    expect(hub.goldens.get("g1")?.state).toBe("live")
    expect(hub.inbox.get("erp.K|C")).toMatchObject({ why: "hint" })
    expect(hub.held("erp.K", "C", { ...anna, name: "Anne" }).outcomes[0]?.outcome).toBe("updated")
  })
  it("follows to a record that was made by the merge and says when", () => {
    const hub = hubOf()
    hub.held("erp.K", "A", anna, { incarnation: "2020", version: "1" })
    moved(hub, "A", "C")
    expect(hub.held("erp.K", "C", { ...anna, name: "Anne" }, { incarnation: "2026", version: "1" }).outcomes[0])
      .toMatchObject({ outcome: "updated" })
    expect(hub.link("erp.K", "C")).toMatchObject({ status: "active", golden: "g1", incarnation: "2026" })
    expect(hub.held("erp.K", "C", anna, { incarnation: "2030" }).links.length).toBeGreaterThan(1)
  })
  it("asks where two golden records became one there", () => {
    const hub = hubOf()
    hub.held("erp.K", "A", anna)
    hub.held("erp.K", "B", { ...anna, email: "b@example.com" })
    moved(hub, "A", "B")
    expect(hub.open()).toMatchObject([{ kind: "merge_race", path: "key:merged", golden: "g1", theirs: "g3" }])
    expect(hub.push("erp.K", "g1")).toMatchObject({ do: "skip" })
  })
  it("is the same twice", () => {
    const hub = hubOf()
    hub.held("erp.K", "A", anna)
    moved(hub, "A", "B")
    expect(moved(hub, "A", "B")).toMatchObject({ links: [], conflicts: [] })
  })
})

describe("filters and checks", () => {
  it("leaves alone what is outside, and lets go what leaves", () => {
    const hub = hubOf({ only: where("name", is("Anna")).condition })
    expect(hub.held("erp.K", "9", { ...anna, name: "Test" })).toMatchObject({ links: [], outcomes: [{ outcome: "skipped" }] })
    hub.held("erp.K", "1", anna)
    const left = hub.held("erp.K", "1", { ...anna, name: "Test" })
    expect(left.outcomes[0]).toMatchObject({ outcome: "skipped", why: "outside the filter" })
    expect(hub.link("erp.K", "1").status).toBe("released")
    expect(hub.golden("erp.K", "1")).toMatchObject({ state: "live", values: { name: "Anna" } })
    expect(hub.push("erp.K", hub.golden("erp.K", "1").id).do).toBe("skip")
    hub.held("erp.K", "1", anna)
    expect(hub.link("erp.K", "1").status).toBe("active")
  })
  it("does not create or write outside a side's own filter", () => {
    const hub = hubOf({}, { only: where("name", is("Berta")).condition })
    hub.held("erp.K", "1", anna)
    expect(hub.push("shop.c", "g1")).toMatchObject({ do: "skip", why: "outside the filter" })
    const never = hubOf({}, { create: { is: "never" } })
    expect(never.held("erp.K", "1", anna).due).toEqual([])
    const some = hubOf({}, { create: where("name", is("Berta")).condition })
    expect(some.held("erp.K", "1", anna).due).toHaveLength(1)
    expect(some.push("shop.c", "g1")).toMatchObject({ do: "skip", why: "not to be created there" })
  })
  it("quarantines what the entity's own checks refuse, and merges nothing of it", () => {
    const hub = hubOf()
    const made = hub.held("erp.K", "1", { ...anna, name: "BAD" })
    expect(made).toMatchObject({ goldens: [], links: [], outcomes: [{ outcome: "quarantined", why: "is bad" }] })
    expect(made.quarantine).toEqual([{ side: "erp.K", ext: "1", path: "name", cause: "is bad" }])
    hub.held("erp.K", "1", anna)
    hub.held("erp.K", "1", { ...anna, name: "BAD" })
    expect(hub.golden("erp.K", "1").values["name"]).toBe("Anna")
  })
})

describe("references", () => {
  const refs = { fields: { parent: { references: [{ entity: "thing", resource: "K" }] } } }
  const shopRefs = { fields: { parent: { references: [{ entity: "thing", resource: "c" }] } } }
  const start = () => hubOf(refs, shopRefs)
  const child = { ...anna, email: "c@example.com", name: "Child", parent: "1" }
  it("parks a child until its parent is met, and names what it waits for", () => {
    const hub = start()
    const made = hub.held("erp.K", "2", child)
    expect(made).toMatchObject({ goldens: [], outcomes: [{ outcome: "parked" }] })
    expect(made.inbox.put).toMatchObject([{ why: "parked", parkedOn: "erp.K|1" }])
    hub.held("erp.K", "1", anna)
    hub.held("erp.K", "2", child, { direct: true })
    expect(hub.golden("erp.K", "2").values["parent"]).toBe("g3")
    expect(hub.link("erp.K", "2").shadow["parent"]).toEqual({ g: "g3", r: "1" })
  })
  it("finds a parent born in the same batch", () => {
    const hub = start()
    hub.now += 1
    const made = hub.see(heldAt(hub.now, "erp.K", "1", anna), heldAt(hub.now, "erp.K", "2", child))
    expect(made.outcomes.map((one) => one.outcome)).toEqual(["created", "created"])
  })
  it("does not park a record whose reference did not change", () => {
    const hub = start()
    hub.held("erp.K", "1", anna)
    hub.held("erp.K", "2", child)
    hub.references.clear()
    hub.links.delete("erp.K|1")
    expect(hub.held("erp.K", "2", { ...child, name: "Kid" }).outcomes[0]?.outcome).toBe("updated")
  })
  it("writes the other side's own id, and parks the push until there is one", () => {
    const hub = start()
    hub.held("erp.K", "1", anna)
    hub.held("erp.K", "2", child)
    const id = hub.link("erp.K", "2").golden
    expect(hub.push("shop.c", id)).toMatchObject({ do: "park", on: "shop.c|g1" })
    const omitted = hub.push("shop.c", id, { omitMissing: true })
    expect(omitted.do === "create" ? omitted.writes.map((one) => one.path) : []).toEqual(["email", "name"])
    hub.send("shop.c", "g1", { did: "written", id: "s1" }, anna)
    expect(hub.push("shop.c", id)).toMatchObject({
      do: "create", writes: [{ path: "email" }, { path: "name" }, { path: "parent", value: "s1" }]
    })
    hub.send("shop.c", id, { did: "written", id: "s2" }, { ...child, parent: "s1" })
    expect(hub.link("shop.c", "s2").shadow["parent"]).toEqual({ g: "g1", r: "s1" })
    expect(hub.held("shop.c", "s2", { ...child, parent: "s1" }).outcomes[0]?.outcome).toBe("unchanged")
  })
})
