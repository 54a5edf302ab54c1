/** What is sent, and what the answers change (DESIGN 2, SEMANTICS 1.6, 1.13, R6). */
import { describe, expect, it } from "vitest"
import type { Read } from "../../core/model/entity.ts"
import { isRecord } from "../../core/model/value.ts"
import { absent } from "../../core/model/value.ts"
import type { Value } from "../../core/model/value.ts"
import { acknowledge } from "../../core/sync/index.ts"
import { Hub, policyOf, Thing, valuesOf } from "./hub.ts"
import type { SideOptions } from "./hub.ts"

const fields = ["email", "name", "city"]
const anna = { email: "a@example.com", name: "Anna", city: "Bonn" }
const hubOf = (erp: SideOptions = {}, shop: SideOptions = {}) =>
  new Hub(policyOf({ "erp.K": { only_: fields, ...erp }, "shop.c": { only_: fields, ...shop } }))
const linked = (erp: SideOptions = {}, shop: SideOptions = {}) => {
  const hub = hubOf(erp, shop)
  hub.held("erp.K", "1", anna)
  hub.held("shop.c", "s1", anna)
  return hub
}

describe("pushOf", () => {
  it("writes the changed fields only, each with what the side must still show and why", () => {
    const hub = linked()
    hub.held("erp.K", "1", { ...anna, name: "Anne" })
    expect(hub.push("shop.c", "g1")).toEqual({
      do: "update", ext: "s1",
      writes: [{ path: "name", value: "Anne", base: "Anna", why: "only this side changed from erp.K 1" }]
    })
    expect(hub.push("erp.K", "g1")).toEqual({ do: "nothing" })
  })
  it("clears what was cleared", () => {
    const hub = linked()
    hub.held("erp.K", "1", { ...anna, city: null })
    expect(hub.push("shop.c", "g1")).toMatchObject({ writes: [{ path: "city", value: null, base: "Bonn" }] })
  })
  it("never writes what golden never decided", () => {
    const hub = hubOf({ only_: ["email"] }, { fields: { name: { inbound: false } } })
    hub.held("erp.K", "1", { email: "a@example.com" })
    hub.held("shop.c", "s1", anna)
    expect(hub.goldens.get("g1")?.values["name"]).toBeUndefined()
    expect(hub.push("shop.c", "g1")).toEqual({ do: "nothing" })
  })
  it("does not write fields that the side does not take, nor read-only sides, nor derived fields", () => {
    const hub = linked({}, { fields: { name: { outbound: false } } })
    const made = hub.held("erp.K", "1", { ...anna, name: "Anne" })
    expect(made.due).toEqual([])
    expect(hub.push("shop.c", "g1")).toEqual({ do: "nothing" })
    const readOnly = linked({}, { readOnly: true })
    expect(readOnly.held("erp.K", "1", { ...anna, name: "Anne" }).due).toEqual([])
    expect(readOnly.push("shop.c", "g1")).toMatchObject({ do: "skip", why: "read-only" })
    const derived = hubOf({ only_: ["email", "total"] }, { only_: ["email", "total"] })
    derived.held("erp.K", "1", { email: "a@example.com", total: "9" })
    expect(derived.golden("erp.K", "1").values).toEqual({ email: "a@example.com" })
    expect(derived.push("shop.c", "g1")).toMatchObject({ writes: [{ path: "email" }] })
  })
  it("leaves out what the side cannot hold, and says so where nothing else is due", () => {
    const refuses = (one: Value | null) => one === null ? "cannot be empty" : undefined
    const hub = linked({}, { fields: { city: { refuses } } })
    hub.held("erp.K", "1", { ...anna, city: null })
    expect(hub.push("shop.c", "g1")).toEqual({ do: "skip", why: "city cannot be empty" })
    hub.held("erp.K", "1", { ...anna, city: null, name: "Anne" })
    expect(hub.push("shop.c", "g1")).toMatchObject({ do: "update", writes: [{ path: "name" }] })
  })
  it("lets a lossy image settle: an equal image is not written again", () => {
    const cut = (one: Value | null) => typeof one === "string" ? one.slice(0, 4) : one
    const hub = linked({}, { fields: { name: { norm: cut } } })
    hub.held("erp.K", "1", { ...anna, name: "Annabelle" })
    hub.due.clear()
    expect(hub.push("shop.c", "g1")).toEqual({ do: "nothing" })
    hub.held("shop.c", "s1", anna)
    hub.held("erp.K", "1", { ...anna, name: "Annabella" })
    expect(hub.push("shop.c", "g1")).toEqual({ do: "nothing" })
    expect(hub.goldens.get("g1")?.values["name"]).toBe("Annabella")
  })
  it("does not write over a field it has never seen there", () => {
    const hub = linked()
    const link = hub.link("shop.c", "s1")
    const { name: _name, ...shadow } = link.shadow
    hub.links.set("shop.c|s1", { ...link, shadow })
    hub.held("erp.K", "1", { ...anna, name: "Anne" })
    expect(hub.push("shop.c", "g1")).toEqual({ do: "nothing" })
  })
  it("writes what can only be written, once", () => {
    const hub = linked({}, { only_: [...fields, "number"], fields: { number: { direction: "out" } } })
    hub.policy = policyOf({
      "erp.K": { only_: [...fields, "number"], version: "1" },
      "shop.c": { only_: [...fields, "number"], fields: { number: { direction: "out" } } }
    })
    hub.held("erp.K", "1", { ...anna, number: "7" })
    expect(hub.push("shop.c", "g1")).toMatchObject({ writes: [{ path: "number", value: "7", base: undefined }] })
    hub.send("shop.c", "g1", { did: "written", id: "s1" }, anna)
    expect(hub.push("shop.c", "g1")).toEqual({ do: "nothing" })
  })
  it("does not create where a system cannot, nor a record that was merged away", () => {
    const hub = hubOf({}, { creates: "none" })
    expect(hub.held("erp.K", "1", anna).due).toEqual([])
    expect(hub.push("shop.c", "g1")).toMatchObject({ do: "skip" })
  })
  it("carries a partial view without cutting the rest of golden", () => {
    const city = {
      view: {
        get: (golden: Value): Value | null => typeof golden === "string" ? golden.split("/")[0] ?? null : null,
        put: (part: Value | null, golden: Value | undefined): Value | null =>
          typeof part !== "string" ? null : typeof golden === "string" ? [part, ...golden.split("/").slice(1)].join("/") : part
      }
    }
    const hub = linked({}, { fields: { city } })
    hub.held("erp.K", "1", { ...anna, city: "Bonn/Beuel" })
    expect(hub.push("shop.c", "g1")).toEqual({ do: "nothing" })
    hub.held("shop.c", "s1", { ...anna, city: "Ulm" })
    expect(hub.goldens.get("g1")?.values["city"]).toBe("Ulm/Beuel")
    expect(hub.push("erp.K", "g1")).toMatchObject({ writes: [{ path: "city", value: "Ulm/Beuel" }] })
  })
})

describe("acknowledge", () => {
  const changed = () => {
    const hub = linked()
    hub.held("erp.K", "1", { ...anna, name: "Anne" })
    return hub
  }
  it("keeps the pair of what was sent and what came back: undeclared normalisation is settled", () => {
    const hub = changed()
    const ack = hub.send("shop.c", "g1", { did: "written", id: "s1" }, { ...anna, name: "ANNE" }, { hash: "h2", version: "v2" })
    expect(hub.link("shop.c", "s1")).toMatchObject({ shadow: { name: { g: "Anne", r: "ANNE" } }, hash: "h2", version: "v2" })
    expect(ack.facts).toContainEqual(expect.objectContaining({ kind: "normalisation", path: "name" }))
    expect(ack).toMatchObject({ outcome: "written", due: { then: "clear" }, hints: [] })
    expect(hub.held("shop.c", "s1", { ...anna, name: "ANNE" })).toMatchObject({ goldens: [], due: [], conflicts: [] })
    expect(hub.push("shop.c", "g1")).toEqual({ do: "nothing" })
  })
  it("reads back where the answer says nothing", () => {
    const hub = changed()
    const ack = hub.send("shop.c", "g1", { did: "written", id: "s1" })
    expect(ack.hints).toEqual([{ side: "shop.c", ext: "s1" }])
    expect(hub.link("shop.c", "s1").shadow["name"]).toEqual({ g: "Anne", r: "Anne" })
  })
  it("reads again where the system changed another field in reaction (fault 9)", () => {
    const hub = changed()
    const ack = hub.send("shop.c", "g1", { did: "written", id: "s1" }, { ...anna, name: "Anne", city: "BONN" }, { hash: "h" })
    expect(ack.hints).toHaveLength(1)
    expect(hub.link("shop.c", "s1").hash).toBeUndefined()
    hub.held("shop.c", "s1", { ...anna, name: "Anne", city: "BONN" }, { direct: true })
    expect(hub.goldens.get("g1")?.values["city"]).toBe("BONN")
  })
  it("moves nothing but the demand to read where the guard refused", () => {
    const hub = changed()
    const ack = hub.send("shop.c", "g1", { did: "moved" })
    expect(ack).toMatchObject({ outcome: "moved", links: [], settled: [{ golden: "g1" }], due: { then: "again" } })
    expect(ack.hints).toEqual([{ side: "shop.c", ext: "s1" }])
    hub.held("shop.c", "s1", { ...anna, city: "Ulm" }, { direct: true })
    expect(hub.push("shop.c", "g1")).toMatchObject({ writes: [{ path: "name" }] })
  })
  it("suspects a record that is not there when written", () => {
    const hub = changed()
    const ack = hub.send("shop.c", "g1", { did: "gone" })
    expect(ack.hints).toEqual([{ side: "shop.c", ext: "s1" }])
    expect(hub.link("shop.c", "s1")).toMatchObject({ status: "active", suspect: hub.now })
  })
  it("follows a record that answers under another id", () => {
    const hub = changed()
    hub.send("shop.c", "g1", { did: "written", id: "s2" }, { ...anna, name: "Anne" })
    expect(hub.link("shop.c", "s1")).toMatchObject({ status: "merged", supersededBy: "s2" })
    expect(hub.link("shop.c", "s2")).toMatchObject({ status: "active", golden: "g1" })
    expect(hub.inbox.has("shop.c|s2")).toBe(true)
  })
  it("withholds a refused field and lets the others go on", () => {
    const hub = changed()
    hub.held("erp.K", "1", { ...anna, name: "Anne", city: "Ulm" })
    const ack = hub.send("shop.c", "g1", { did: "refused", path: "name", cause: "too long" })
    expect(ack).toMatchObject({ outcome: "refused", quarantine: { path: "name", cause: "too long" }, due: { then: "again" } })
    expect(hub.push("shop.c", "g1")).toMatchObject({ writes: [{ path: "city" }] })
  })
  it("shows a record refused as a whole to a person", () => {
    const ack = changed().send("shop.c", "g1", { did: "refused", cause: "locked" })
    expect(ack).toMatchObject({ outcome: "refused", links: [], quarantine: { cause: "locked" }, due: { then: "clear" } })
  })
  it("keeps the intent of an unknown write, and drops that of one that was never sent", () => {
    const unknown = changed()
    expect(unknown.send("shop.c", "g1", { did: "unknown" })).toMatchObject({ outcome: "unknown", settled: [], hints: [{ ext: "s1" }] })
    expect(unknown.intents.get("g1")).toHaveLength(1)
    const unsent = changed()
    expect(unsent.send("shop.c", "g1", { did: "unsent" })).toMatchObject({ outcome: "left", due: { then: "again", attempts: 1 } })
    expect(unsent.intents.get("g1")).toEqual([])
  })
  it("waits longer with every attempt, up to a limit", () => {
    const hub = changed()
    const waits: Array<number> = []
    for (let attempt = 0; attempt < 14; attempt++) {
      const { due } = hub.send("shop.c", "g1", { did: "unsent" })
      waits.push(due.then === "again" ? due.notBefore - hub.now : 0)
    }
    expect(waits.slice(0, 3)).toEqual([1_000, 2_000, 4_000])
    expect(waits.at(-1)).toBe(900_000)
  })
  it("stays due where golden moved on meanwhile (C20)", () => {
    const hub = changed()
    const push = hub.address("shop.c", "g1")
    const ack = hub.send("shop.c", "g1", { did: "written", id: "s1" }, { ...anna, name: "Anne" })
    expect(push.golden.ver).toBe(hub.goldens.get("g1")?.ver)
    expect(ack.due).toEqual({ then: "clear" })
  })
  it("binds a created record with everything it shows", () => {
    const hub = hubOf()
    hub.held("erp.K", "1", { ...anna, city: null })
    const ack = hub.send("shop.c", "g1", { did: "written", id: "s1" }, { ...anna, city: null }, { hash: "h", incarnation: "2026" })
    expect(hub.link("shop.c", "s1")).toMatchObject({
      golden: "g1", status: "active", hash: "h", incarnation: "2026",
      shadow: { email: { g: "a@example.com", r: "a@example.com" }, city: { g: null, r: null } }
    })
    expect(ack).toMatchObject({ hints: [], due: { then: "clear" } })
  })
  it("reads a created record again where the system filled in more", () => {
    const hub = hubOf()
    hub.held("erp.K", "1", { ...anna, city: null })
    expect(hub.send("shop.c", "g1", { did: "written", id: "s1" }, anna).hints).toHaveLength(1)
    hub.held("shop.c", "s1", anna, { direct: true })
    expect(hub.goldens.get("g1")?.values["city"]).toBe("Bonn")
  })
  it("leaves a field that is only read there to the next pull, and reads again what it could have written", () => {
    const answered = (shop: SideOptions) => {
      const hub = hubOf({}, shop)
      hub.held("erp.K", "1", anna)
      return hub.send("shop.c", "g1", { did: "written", id: "s1" }, { email: anna.email, name: anna.name, city: absent }, { hash: "h" })
    }
    expect(answered({ fields: { city: { outbound: false } } }).hints).toEqual([])
    expect(answered({}).hints).toHaveLength(1)
  })
  it("does not bind a stranger that a deduping system answered with (fault 31)", () => {
    const hub = hubOf()
    hub.held("erp.K", "1", anna)
    const ack = hub.send("shop.c", "g1", { did: "written", id: "s9" }, { ...anna, email: "other@example.com" })
    expect(ack.links).toEqual([])
    expect(ack.conflicts).toMatchObject([{ kind: "duplicate_key", status: "open", path: "*" }])
    expect(hub.push("shop.c", "g1")).toMatchObject({ do: "skip" })
  })
  it("knows its own create by the parts of a key that the side holds", () => {
    const at = (read: Read, path: string): string => String(read(path) ?? "")
    const numbered = { kind: "number", paths: ["number", "city"], of: (read: Read) => [`${at(read, "city")}|${at(read, "number")}`] }
    const answered = (number: string) => {
      const hub = new Hub(policyOf(
        { "erp.K": { only_: ["number", "city"] }, "shop.c": { only_: ["number"] } },
        { entity: { ...Thing, keys: [numbered] }, match: ["number"] }
      ))
      hub.held("erp.K", "1", { number: "7", city: "Bonn" })
      return hub.send("shop.c", "g1", { did: "written", id: "s1" }, { number })
    }
    expect(answered("8").conflicts).toMatchObject([{ kind: "duplicate_key" }])
    expect(answered("7")).toMatchObject({ conflicts: [], links: [{ link: { ext: "s1", golden: "g1" } }] })
  })
  it("reads the record that a create met, and gives up where that does not link it", () => {
    const hub = hubOf()
    hub.held("erp.K", "1", anna)
    const first = hub.send("shop.c", "g1", { did: "exists", id: "s5" })
    expect(first).toMatchObject({ outcome: "moved", hints: [{ ext: "s5" }], due: { then: "again" } })
    const second = hub.send("shop.c", "g1", { did: "exists", id: "s5" })
    expect(second).toMatchObject({ outcome: "refused", hints: [{ ext: "s5" }], due: { then: "clear" } })
    expect(second.quarantine).toBeDefined()
  })
  it("leaves the reference of a cycle due until it can be written", () => {
    const refs = (resource: string): SideOptions => ({
      only_: ["email", "parent"], fields: { parent: { references: [{ entity: "thing", resource }] } }
    })
    const hub = new Hub(policyOf({ "erp.K": refs("K"), "shop.c": refs("c") }))
    hub.references.set("thing|erp.K|2", "g9")
    hub.held("erp.K", "1", { email: "a@example.com", parent: "2" })
    const push = hub.push("shop.c", "g1", { omitMissing: true })
    expect(push).toMatchObject({ do: "create", writes: [{ path: "email" }] })
    if (push.do !== "create") throw new Error("nothing to send")
    const address = hub.address("shop.c", "g1")
    const shown = { email: "a@example.com", parent: null }
    hub.acknowledged(address, acknowledge(hub.policy, "shop.c", {
      address, push, outcome: { did: "written", id: "s1" }, sentAt: hub.now, now: hub.now + 1, run: "run", attempt: "a",
      after: { values: valuesOf(shown), readAt: hub.now + 1 }
    }))
    expect(hub.held("shop.c", "s1", shown, { direct: true }).due).toMatchObject([{ side: "shop.c" }])
    expect(hub.push("shop.c", "g1")).toMatchObject({ do: "park", on: "shop.c|g9" })
  })
})

describe("provenance", () => {
  it("is an index into the sources, and unused sources go", () => {
    const hub = linked()
    hub.held("erp.K", "1", { ...anna, name: "Anne" }, { stamp: { at: "1970-01-01T00:00:05Z", tier: "R" } })
    const golden = hub.goldens.get("g1")
    expect(golden?.sources).toHaveLength(2)
    expect(golden?.sources[golden.from["name"] ?? -1]).toMatchObject({
      side: "erp.K", ext: "1", at: "1970-01-01T00:00:05Z", tier: "R", rule: "only this side changed", run: "run"
    })
    hub.held("erp.K", "1", { email: "b@example.com", name: "Berta", city: "Ulm" })
    expect(hub.goldens.get("g1")?.sources).toHaveLength(1)
  })
  it("clamps a time from the future to the start of the read, and a field's time to its field", () => {
    const hub = linked()
    hub.held("erp.K", "1", { ...anna, name: "Anne", city: "Ulm" }, { stamp: { at: "2099-01-01T00:00:00Z", tier: "F", of: "name" } })
    const golden = hub.goldens.get("g1")
    const of = (path: string) => golden?.sources[golden.from[path] ?? -1]
    expect(of("name")).toMatchObject({ tier: "F", at: new Date(hub.now).toISOString().replace(/\.?0*Z$/, "Z") })
    expect(of("city")).toMatchObject({ tier: "O" })
  })
  it("keeps the source of a cleared field", () => {
    const hub = linked()
    hub.held("erp.K", "1", { ...anna, city: null })
    const golden = hub.goldens.get("g1")
    expect(isRecord(golden?.values)).toBe(true)
    expect(golden?.values["city"]).toBeUndefined()
    expect(golden?.sources[golden.from["city"] ?? -1]).toMatchObject({ side: "erp.K" })
  })
})
