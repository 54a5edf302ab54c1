/** Deletions: suspect, confirmed, policy, tombstone, return (SEMANTICS 1.8). */
import { describe, expect, it } from "vitest"
import { value } from "../../core/model/value.ts"
import type { Obs } from "../../core/model/value.ts"
import type { Plan } from "../../core/sync/snapshot.ts"
import { heldAt, Hub, policyOf } from "./hub.ts"
import type { SideOptions } from "./hub.ts"

const fields = ["email", "name"]
const anna = { email: "a@example.com", name: "Anna" }

const linked = (onDelete: NonNullable<SideOptions["onDelete"]>) => {
  const hub = new Hub(policyOf({
    "erp.K": { only_: fields, onDelete }, "shop.c": { only_: fields }, "crm.p": { only_: fields, onDelete }
  }))
  hub.held("erp.K", "1", anna)
  hub.held("shop.c", "s1", anna)
  hub.held("crm.p", "c1", anna)
  hub.due.clear()
  return hub
}

type Evidence = "event" | "feed" | "read" | "listing"
const gone = (hub: Hub, side: string, ext: string, evidence: Evidence, readAt?: number): Plan => {
  hub.now += 10_000
  return hub.see({ _tag: "Gone", side, ext, evidence, readAt: readAt ?? hub.now })
}
const rule = (hub: Hub, golden: string, path: string, said: Obs, pin = false): Plan => {
  hub.now += 10_000
  return hub.see({ _tag: "Ruling", side: "hub", ext: golden, readAt: hub.now, values: new Map([[path, said]]), pin })
}

describe("absence is a suspicion", () => {
  it.each(["event", "listing"] as const)("asks the record itself after a %s", (evidence) => {
    const hub = linked("propagate")
    const made = gone(hub, "erp.K", "1", evidence)
    expect(hub.link("erp.K", "1")).toMatchObject({ status: "active", suspect: hub.now })
    expect(made).toMatchObject({ goldens: [], tombstones: [], due: [], inbox: { put: [{ why: "gone", ext: "1" }] } })
  })
  it("forgets the suspicion when the record answers", () => {
    const hub = linked("propagate")
    gone(hub, "erp.K", "1", "listing")
    hub.held("erp.K", "1", anna, { direct: true })
    expect(hub.link("erp.K", "1").suspect).toBeUndefined()
    expect(hub.golden("erp.K", "1").state).toBe("live")
  })
  it("does not believe a listing older than a reading that showed the record", () => {
    const hub = linked("propagate")
    const { obsAt } = hub.link("erp.K", "1")
    expect(gone(hub, "erp.K", "1", "listing", obsAt)).toMatchObject({ links: [], inbox: { put: [] } })
  })
  it("asks again where even a reading is older than what was merged (R5)", () => {
    const hub = linked("propagate")
    const { obsAt } = hub.link("erp.K", "1")
    expect(gone(hub, "erp.K", "1", "read", obsAt)).toMatchObject({ goldens: [], inbox: { put: [{ why: "gone" }] } })
  })
})

describe("confirmed: the policy decides", () => {
  it.each(["read", "feed"] as const)("unlinks by default and does not make it again, by %s", (evidence) => {
    const hub = linked("unlink")
    gone(hub, "erp.K", "1", evidence)
    expect(hub.link("erp.K", "1").status).toBe("unlinked")
    hub.held("shop.c", "s1", { ...anna, name: "Anne" })
    expect(hub.due.has("g1|erp.K")).toBe(false)
    expect(hub.push("erp.K", "g1")).toMatchObject({ do: "skip", why: "deleted there: not made again" })
  })
  it("propagates: tombstone, and removal everywhere else", () => {
    const hub = linked("propagate")
    const made = gone(hub, "erp.K", "1", "read")
    expect(made).toMatchObject({
      goldens: [{ golden: { state: "deleted" } }], tombstones: [{ golden: "g1" }], inbox: { done: [{ ext: "1" }] }
    })
    expect(made.due.map((one) => one.side)).toEqual(["shop.c", "crm.p"])
    expect(made.keys.remove).toEqual([{ kind: "email", value: "a@example.com" }])
    expect(hub.push("shop.c", "g1")).toEqual({ do: "remove", ext: "s1", how: "delete" })
    hub.send("shop.c", "g1", { did: "written", id: "s1" })
    expect(hub.link("shop.c", "s1").status).toBe("deleted")
    expect(hub.push("shop.c", "g1")).toEqual({ do: "nothing" })
    hub.send("crm.p", "g1", { did: "gone" })
    expect(hub.link("crm.p", "c1").status).toBe("deleted")
    expect(hub.due.size).toBe(0)
  })
  it("archives", () => {
    const hub = linked("archive")
    gone(hub, "erp.K", "1", "read")
    expect(hub.push("shop.c", "g1")).toEqual({ do: "remove", ext: "s1", how: "archive" })
    hub.send("shop.c", "g1", { did: "written", id: "s1" })
    expect(hub.link("shop.c", "s1").status).toBe("released")
    expect(hub.held("shop.c", "s1", anna, { direct: true })).toMatchObject({ goldens: [], conflicts: [] })
  })
  it("makes it again", () => {
    const hub = linked("recreate")
    expect(gone(hub, "erp.K", "1", "read").due).toMatchObject([{ golden: "g1", side: "erp.K" }])
    expect(hub.push("erp.K", "g1")).toMatchObject({ do: "create" })
    hub.send("erp.K", "g1", { did: "written", id: "2" }, anna)
    expect(hub.link("erp.K", "2").status).toBe("active")
  })
  it("ignores", () => {
    const hub = linked("ignore")
    gone(hub, "erp.K", "1", "read")
    expect(hub.goldens.get("g1")?.state).toBe("live")
    expect(hub.push("erp.K", "g1")).toMatchObject({ do: "skip" })
  })
  it("asks a person, who may delete or keep", () => {
    const hub = linked("review")
    gone(hub, "erp.K", "1", "read")
    expect(hub.open()).toMatchObject([{ kind: "delete_vs_edit", path: "*", side: "erp.K" }])
    expect(hub.push("erp.K", "g1")).toMatchObject({ do: "skip" })
    rule(hub, "g1", "*", { _tag: "Null" })
    expect(hub.goldens.get("g1")?.state).toBe("deleted")
    expect(hub.open()).toEqual([])
    expect(hub.push("shop.c", "g1")).toMatchObject({ do: "remove" })
    const kept = linked("review")
    gone(kept, "erp.K", "1", "read")
    expect(rule(kept, "g1", "*", value(true)).due).toMatchObject([{ side: "erp.K" }])
    expect(kept.goldens.get("g1")?.state).toBe("live")
    expect(kept.push("erp.K", "g1")).toMatchObject({ do: "create" })
  })
  it("is the same twice", () => {
    const hub = linked("propagate")
    gone(hub, "erp.K", "1", "read")
    expect(gone(hub, "erp.K", "1", "read")).toMatchObject({ goldens: [], links: [], tombstones: [], facts: [] })
  })
  it("knows nothing of records it never saw", () => {
    expect(gone(linked("propagate"), "erp.K", "99", "feed")).toMatchObject({ goldens: [], links: [], facts: [] })
  })
})

describe("tombstones", () => {
  it("does not let a late payload bring a deleted record back (fault 57)", () => {
    const hub = linked("propagate")
    gone(hub, "erp.K", "1", "read")
    const late = hub.held("erp.K", "1", { ...anna, name: "Late" })
    expect(late).toMatchObject({ goldens: [], links: [], outcomes: [{ outcome: "left" }], inbox: { put: [{ why: "stale" }] } })
    gone(hub, "erp.K", "1", "read")
    expect(hub.goldens.get("g1")?.state).toBe("deleted")
  })
  it("does not let a late payload undo an unlink", () => {
    const hub = linked("unlink")
    gone(hub, "erp.K", "1", "read")
    expect(hub.held("erp.K", "1", anna)).toMatchObject({ links: [], outcomes: [{ outcome: "left" }] })
  })
  it("opens again when the record itself answers: same golden record (fault 58)", () => {
    const hub = linked("propagate")
    gone(hub, "erp.K", "1", "read")
    hub.send("shop.c", "g1", { did: "written", id: "s1" })
    const back = hub.held("erp.K", "1", anna, { direct: true })
    expect(hub.goldens.get("g1")).toMatchObject({ state: "live" })
    expect(hub.link("erp.K", "1").status).toBe("active")
    expect(back.due.map((one) => one.side)).toContain("shop.c")
    expect(hub.push("shop.c", "g1")).toMatchObject({ do: "create" })
  })
  it("asks the record itself before another record takes the key over", () => {
    const hub = linked("propagate")
    gone(hub, "erp.K", "1", "read")
    // The key went with the record; a store that keeps it for a while leads here as well.
    hub.keys.set("email|a@example.com", "g1")
    expect(hub.held("erp.K", "7", anna)).toMatchObject({ goldens: [], outcomes: [{ outcome: "left" }] })
    const direct = hub.held("erp.K", "7", anna, { direct: true })
    expect(direct.outcomes[0]?.outcome).toBe("created")
    expect(hub.keys.get("email|a@example.com")).toBe(hub.link("erp.K", "7").golden)
  })
})

describe("delete against edit", () => {
  it("asks where a side edits what is being deleted", () => {
    const hub = linked("propagate")
    gone(hub, "erp.K", "1", "read")
    hub.held("shop.c", "s1", { ...anna, name: "Anne" })
    expect(hub.open()).toMatchObject([{ kind: "delete_vs_edit", side: "shop.c", path: "*" }])
    expect(hub.push("shop.c", "g1")).toMatchObject({ do: "skip" })
    expect(hub.push("crm.p", "g1")).toMatchObject({ do: "remove" })
    expect(hub.goldens.get("g1")?.values["name"]).toBe("Anna")
  })
  it("lets the deletion stand where the edit is older", () => {
    const hub = linked("propagate")
    gone(hub, "erp.K", "1", "read")
    hub.held("shop.c", "s1", { ...anna, name: "Anne" }, { stamp: { at: "1970-01-01T00:00:01Z", tier: "R" } })
    expect(hub.open()).toEqual([])
    expect(hub.push("shop.c", "g1")).toMatchObject({ do: "remove" })
  })
  it("asks where the deletion meets an edit that was not told there yet: both orders end alike (fault 56)", () => {
    const hub = linked("propagate")
    hub.held("shop.c", "s1", { ...anna, name: "Anne" })
    gone(hub, "erp.K", "1", "read")
    expect(hub.open()).toMatchObject([{ kind: "delete_vs_edit", side: "erp.K", path: "*" }])
    expect(hub.goldens.get("g1")?.state).toBe("live")
    expect(hub.push("erp.K", "g1")).toMatchObject({ do: "skip" })
  })
  it("lets the deletion go on where a person keeps golden as it is", () => {
    const hub = linked("propagate")
    gone(hub, "erp.K", "1", "read")
    hub.held("shop.c", "s1", { ...anna, name: "Anne" })
    rule(hub, "g1", "*", { _tag: "Absent" })
    expect(hub.goldens.get("g1")?.state).toBe("deleted")
    expect(hub.push("shop.c", "g1")).toMatchObject({ do: "remove" })
  })
  it("keeps the record, and reads the edit that waited", () => {
    const hub = linked("propagate")
    gone(hub, "erp.K", "1", "read")
    hub.held("shop.c", "s1", { ...anna, name: "Anne" }, { hash: "x" })
    rule(hub, "g1", "*", value(true))
    expect(hub.goldens.get("g1")?.state).toBe("live")
    expect(hub.link("shop.c", "s1").hash).toBeUndefined()
    expect(hub.inbox.has("shop.c|s1")).toBe(true)
    hub.held("shop.c", "s1", { ...anna, name: "Anne" }, { direct: true })
    expect(hub.goldens.get("g1")?.values["name"]).toBe("Anne")
    expect(hub.push("erp.K", "g1")).toMatchObject({ do: "create" })
  })
  it("removes a record whose create was on the way when the record was deleted (fault 60)", () => {
    const hub = new Hub(policyOf({ "erp.K": { only_: fields, onDelete: "propagate" }, "shop.c": { only_: fields, creates: "marker" } }))
    hub.held("erp.K", "1", anna)
    hub.send("shop.c", "g1", { did: "unknown" })
    gone(hub, "erp.K", "1", "read")
    hub.keys.set("email|a@example.com", "g1")
    hub.held("shop.c", "s1", anna)
    expect(hub.link("shop.c", "s1").golden).toBe("g1")
    expect(hub.push("shop.c", "g1")).toEqual({ do: "remove", ext: "s1", how: "delete" })
  })
  it("does not take its own late write for an edit", () => {
    const hub = linked("propagate")
    hub.held("erp.K", "1", { ...anna, name: "Anne" })
    hub.send("shop.c", "g1", { did: "unknown" })
    gone(hub, "erp.K", "1", "read")
    hub.held("shop.c", "s1", { ...anna, name: "Anne" })
    expect(hub.open()).toEqual([])
    expect(hub.push("shop.c", "g1")).toMatchObject({ do: "remove" })
  })
})

describe("a person's decision", () => {
  const held = (fieldRule: "hold" | "newest" = "hold") => {
    const name = { rule: { rule: fieldRule }, initial: { first: "hold" } } as const
    const hub = new Hub(policyOf({
      "erp.K": { only_: fields, fields: { name } }, "shop.c": { only_: fields, fields: { name } }
    }))
    hub.held("erp.K", "1", anna)
    hub.held("shop.c", "s1", { ...anna, name: "Hanna" })
    return hub
  }
  it("freezes the field on that side both ways while the others flow", () => {
    const hub = held()
    expect(hub.open()).toMatchObject([{ kind: "first_contact", path: "name", side: "shop.c", theirs: "Hanna", mine: "Anna" }])
    hub.held("erp.K", "1", { email: "b@example.com", name: "Anne" })
    expect(hub.push("shop.c", "g1")).toMatchObject({ do: "update", writes: [{ path: "email" }] })
    hub.held("shop.c", "s1", { ...anna, name: "Johanna" })
    expect(hub.goldens.get("g1")?.values["name"]).toBe("Anne")
    expect(hub.open()).toMatchObject([{ theirs: "Johanna", mine: "Anne" }])
  })
  it("writes nothing over a field that both changed and a person decides", () => {
    const name = { rule: { rule: "hold" } } as const
    const hub = new Hub(policyOf({
      "erp.K": { only_: fields, fields: { name } }, "shop.c": { only_: fields, fields: { name } }
    }))
    hub.held("erp.K", "1", anna)
    hub.held("shop.c", "s1", anna)
    hub.held("erp.K", "1", { ...anna, name: "Anne" })
    hub.held("shop.c", "s1", { ...anna, name: "Hanna" })
    expect(hub.open()).toMatchObject([{ kind: "both_changed", side: "shop.c" }])
    expect(hub.push("shop.c", "g1")).toEqual({ do: "nothing" })
    expect(hub.due.has("g1|erp.K")).toBe(false)
  })
  it("closes by itself when both sides become the same", () => {
    const hub = held()
    hub.held("shop.c", "s1", anna)
    expect(hub.open()).toEqual([])
    expect(hub.link("shop.c", "s1").shadow["name"]).toEqual({ g: "Anna", r: "Anna" })
    const other = held()
    other.held("erp.K", "1", { ...anna, name: "Hanna" })
    expect(other.open()).toEqual([])
    expect(other.push("shop.c", "g1")).toEqual({ do: "nothing" })
  })
  it("settles a conflict and reaches every side", () => {
    const hub = held()
    const made = rule(hub, "g1", "name", value("Hannah"))
    expect(made.conflicts).toMatchObject([{ status: "resolved", chosen: "none" }])
    expect(hub.push("erp.K", "g1")).toMatchObject({ writes: [{ path: "name", value: "Hannah", base: "Anna" }] })
    expect(hub.push("shop.c", "g1")).toMatchObject({ writes: [{ path: "name", value: "Hannah", base: "Hanna" }] })
    expect(hub.goldens.get("g1")?.sources.at(-1)).toMatchObject({ side: "hub", tier: "F", rule: "settled by a steward" })
    // The side has not learned it yet: a reading until then is no new conflict.
    expect(hub.held("shop.c", "s1", { ...anna, name: "Hanna" }).conflicts).toEqual([])
  })
  it("takes one side's value, or leaves golden as it is", () => {
    const theirs = held()
    expect(rule(theirs, "g1", "name", value("Hanna")).conflicts).toMatchObject([{ chosen: "theirs" }])
    expect(theirs.push("shop.c", "g1")).toEqual({ do: "nothing" })
    const mine = held()
    expect(rule(mine, "g1", "name", { _tag: "Absent" }).conflicts).toMatchObject([{ chosen: "golden" }])
    expect(mine.push("shop.c", "g1")).toMatchObject({ writes: [{ value: "Anna", base: "Hanna" }] })
  })
  it("is superseded by a later edit unless it is pinned", () => {
    const hub = held("newest")
    rule(hub, "g1", "name", value("Hannah"))
    hub.send("shop.c", "g1", { did: "written", id: "s1" }, { ...anna, name: "Hannah" })
    hub.held("shop.c", "s1", { ...anna, name: "Later" })
    expect(hub.goldens.get("g1")?.values["name"]).toBe("Later")
    const pinned = held("newest")
    rule(pinned, "g1", "name", value("Hannah"), true)
    pinned.send("shop.c", "g1", { did: "written", id: "s1" }, { ...anna, name: "Hannah" })
    pinned.held("shop.c", "s1", { ...anna, name: "Later" })
    expect(pinned.goldens.get("g1")).toMatchObject({ pinned: ["name"], values: { name: "Hannah" } })
    expect(pinned.push("shop.c", "g1")).toMatchObject({ writes: [{ value: "Hannah", base: "Later" }] })
    rule(pinned, "g1", "name", value("Hannah"), false)
    expect(pinned.goldens.get("g1")?.pinned).toBeUndefined()
  })
  it("calms an oscillation", () => {
    const hub = new Hub(policyOf({ "erp.K": { only_: fields }, "shop.c": { only_: fields } }))
    hub.held("erp.K", "1", anna)
    for (let flip = 0; hub.open().length === 0; flip++) hub.held("erp.K", "1", { ...anna, name: flip % 2 === 0 ? "B" : "A" })
    rule(hub, "g1", "name", value("A"))
    expect(hub.open()).toEqual([])
    hub.held("erp.K", "1", { ...anna, name: "A" })
    hub.held("erp.K", "1", { ...anna, name: "B" })
    expect(hub.open()).toEqual([])
  })
  it("settles a question of identity without touching a field", () => {
    const hub = new Hub(policyOf({ "erp.K": {}, "shop.c": {} }))
    hub.held("erp.K", "1", anna)
    hub.held("erp.K", "2", { email: "b@example.com" })
    hub.held("erp.K", "2", { email: "a@example.com" })
    rule(hub, "g3", "key:email", { _tag: "Absent" })
    expect(hub.open()).toEqual([])
  })
})

it("never merges what a deleted record's page shows in the same batch", () => {
  const hub = linked("propagate")
  hub.now += 1
  hub.see(
    { _tag: "Gone", side: "erp.K", ext: "1", evidence: "read", readAt: hub.now },
    heldAt(hub.now, "erp.K", "1", { ...anna, name: "Late" })
  )
  expect(hub.goldens.get("g1")).toMatchObject({ state: "deleted", values: { name: "Anna" } })
})
