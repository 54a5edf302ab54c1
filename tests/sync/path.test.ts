/** The straight path: first sight, create elsewhere, edits both ways, no echo. */
import { describe, expect, it } from "vitest"
import { heldAt, Hub, policyOf } from "./hub.ts"

describe("the straight path", () => {
  const start = () => new Hub(policyOf({ "erp.K": {}, "shop.c": {} }))

  it("takes a new record in and makes it due elsewhere", () => {
    const hub = start()
    const made = hub.held("erp.K", "1", { email: "anna@example.com", name: "Anna", city: null })
    expect(made.outcomes).toEqual([{ side: "erp.K", ext: "1", outcome: "created" }])
    expect(hub.golden("erp.K", "1")).toMatchObject({ ver: 1, state: "live", values: { email: "anna@example.com", name: "Anna" } })
    expect(made.due).toEqual([{ golden: "g1", side: "shop.c", ver: 1 }])
    expect(made.keys.add).toEqual([{ kind: "email", value: "anna@example.com", golden: "g1" }])
  })

  it("creates it there once, and knows its own record again", () => {
    const hub = start()
    hub.held("erp.K", "1", { email: "anna@example.com", name: "Anna" })
    const push = hub.push("shop.c", "g1")
    expect(push).toMatchObject({ do: "create", marker: "g1" })
    const shown = { email: "anna@example.com", name: "Anna" }
    const ack = hub.send("shop.c", "g1", { did: "written", id: "s1" }, shown)
    expect(ack).toMatchObject({ outcome: "written", due: { then: "clear" }, hints: [] })
    expect(hub.push("shop.c", "g1")).toEqual({ do: "nothing" })
    const echo = hub.held("shop.c", "s1", shown)
    expect(echo.outcomes[0]?.outcome).toBe("unchanged")
    expect(echo).toMatchObject({ goldens: [], due: [], conflicts: [] })
  })

  it("keeps both edits of one record in different fields", () => {
    const hub = start()
    hub.held("erp.K", "1", { email: "anna@example.com", name: "Anna", city: "Bonn" })
    hub.send("shop.c", "g1", { did: "written", id: "s1" }, { email: "anna@example.com", name: "Anna", city: "Bonn" })
    hub.held("erp.K", "1", { email: "anna@example.com", name: "Anne", city: "Bonn" })
    hub.held("shop.c", "s1", { email: "anna@example.com", name: "Anna", city: "Ulm" })
    expect(hub.goldens.get("g1")?.values).toEqual({ email: "anna@example.com", name: "Anne", city: "Ulm" })
    expect(hub.push("shop.c", "g1")).toMatchObject({ do: "update", writes: [{ path: "name", value: "Anne", base: "Anna" }] })
    expect(hub.push("erp.K", "g1")).toMatchObject({ do: "update", writes: [{ path: "city", value: "Ulm", base: "Bonn" }] })
  })

  it("folds duplicates inside one page", () => {
    const hub = start()
    hub.now += 1
    const made = hub.see(
      heldAt(hub.now, "erp.K", "1", { email: "a@example.com" }),
      heldAt(hub.now, "erp.K", "1", { email: "a@example.com" })
    )
    expect(made.outcomes.map((one) => one.outcome)).toEqual(["created", "unchanged"])
    expect(made.goldens).toHaveLength(1)
  })
})
