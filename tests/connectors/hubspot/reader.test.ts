/** How records are read: windows that miss nothing, an index that lags, deletions, merges, what a token may not see. */
import { Effect, Stream } from "effect"
import { describe, expect, it } from "vitest"
import { columns, heldIn, lastOf, opened, pages, seenIn } from "./opened.ts"
import type { World } from "./opened.ts"

const people = ({ sandbox }: World, count: number, from = 0): ReadonlyArray<string> =>
  sandbox.act((portal) => Array.from({ length: count }, (_, at) =>
    portal.create(portal.kind("contacts"), { email: `p${from + at}@example.com`, firstname: "P" }, true).id))

const rename = ({ sandbox }: World, ids: ReadonlyArray<string>, firstname: string): void => {
  sandbox.act((portal) => {
    for (const id of ids) {
      const record = portal.find(portal.kind("contacts"), id)
      if (record !== undefined) portal.update(record, { firstname }, true)
    }
  })
}

const ids = (read: Parameters<typeof seenIn>[0]): ReadonlyArray<string> => [...heldIn(read).keys()]

describe("a first reading", () => {
  it("lists every record, with consent joined, and starts the next window when it began", () =>
    opened({}, (world) => Effect.gen(function*() {
      const made = people(world, 230)
      world.sandbox.preferences.decide("p7@example.com", "1001",
        { status: "UNSUBSCRIBED", at: Date.parse("2026-05-01T00:00:00Z"), source: "PREFERENCES_PAGE" })
      const read = yield* pages(world.resource("contacts"))
      expect(ids(read)).toEqual(made)
      expect(read.map(({ seen }) => seen.length)).toEqual([100, 100, 30])
      expect(heldIn(read).get(made[7] ?? "")).toMatchObject({
        "consent.marketing.status": "UNSUBSCRIBED", "consent.marketing.decidedAt": "2026-05-01T00:00:00.000Z",
        "consent.marketing.decidedBy": "import"
      })
      // Written while the listing ran: in the first window.
      rename(world, made.slice(0, 1), "Q")
      const next = yield* pages(world.resource("contacts"), lastOf(read))
      expect(heldIn(next).get(made[0] ?? "")?.["firstname"]).toBe("Q")
    })))

  it("goes on where it was interrupted", () => opened({}, (world) => Effect.gen(function*() {
    const made = people(world, 250)
    const contacts = world.resource("contacts")
    const first = yield* pages(contacts, undefined, { limit: 100 })
    expect(first).toHaveLength(1)
    const rest = yield* pages(contacts, lastOf(first))
    expect([...ids(first), ...ids(rest)]).toEqual(made)
  })))

  it("asks for long lists of properties in a body", () => opened({}, (world) => Effect.gen(function*() {
    people(world, 3)
    const many = Array.from({ length: 400 }, (_, at) => `a_property_with_a_long_name_${at}`)
    const read = yield* pages(world.resource("contacts"), undefined, { columns: ["firstname", ...many] })
    expect([...heldIn(read).values()].map(({ firstname }) => firstname)).toEqual(["P", "P", "P"])
    expect(world.sandbox.calls.get("POST /crm/objects/2026-09/{objectType}/batch/read")).toBe(1)
  })))
})

describe("changes", () => {
  it("survive more equal times than a search ever shows", () => opened({}, (world) => Effect.gen(function*() {
    const contacts = world.resource("contacts")
    const start = lastOf(yield* pages(contacts))
    const count = 10_250
    // One batch in the portal: all of them in the same millisecond.
    const at = world.sandbox.now()
    const made = world.sandbox.portal.at(at, () => people(world, count))
    const read = yield* pages(contacts, start, { columns: ["firstname"] })
    expect(new Set(ids(read)).size).toBe(count)
    expect(ids(read)).toEqual(made)
    expect(read[0]?.total).toBe(count)
  })))

  it("do not move on before a window is through, even when records move out of it", () =>
    opened({ hubspot: { overlap: 0 } }, (world) => Effect.gen(function*() {
      const contacts = world.resource("contacts")
      const start = lastOf(yield* pages(contacts))
      const made = people(world, 450)
      const first = yield* pages(contacts, start, { limit: 200 })
      world.sandbox.advance(1_000)
      // One that was read and one that was not are edited between two pages.
      rename(world, [made[3] ?? "", made[440] ?? ""], "Later")
      const rest = yield* pages(contacts, lastOf(first))
      expect(ids(rest)).not.toContain(made[440])
      const next = yield* pages(contacts, lastOf(rest))
      expect(new Set([...ids(first), ...ids(rest), ...ids(next)])).toEqual(new Set(made))
      expect([made[3], made[440]].map((id) => heldIn(next).get(id ?? "")?.["firstname"])).toEqual(["Later", "Later"])
    })))

  it("come from the records: an index that lags shows neither old values nor too few records", () =>
    opened({ sandbox: { lagMs: 30_000 }, hubspot: { lag: 60 } }, (world) => Effect.gen(function*() {
      const contacts = world.resource("contacts")
      const made = people(world, 1)
      const start = lastOf(yield* pages(contacts))
      world.sandbox.advance(65_000)
      rename(world, made, "New")
      // The index still shows the record as it was made, inside the window: what is told is the record itself.
      world.sandbox.advance(25_000)
      const soon = yield* pages(contacts, start)
      expect([...heldIn(soon).values()].map(({ firstname }) => firstname)).toEqual(["New"])
    })))

  it("find what the index learned too late, by the overlap", () =>
    opened({ sandbox: { lagMs: 20_000 }, hubspot: { lag: 0, overlap: 60 } }, (world) => Effect.gen(function*() {
      const contacts = world.resource("contacts")
      const start = lastOf(yield* pages(contacts))
      const made = people(world, 1)
      const early = yield* pages(contacts, start)
      expect(ids(early)).toEqual([])
      world.sandbox.advance(21_000)
      const late = yield* pages(contacts, lastOf(early))
      expect(ids(late)).toEqual(made)
    })))

  it("start at a time that is given, and end before one", () => opened({}, (world) => Effect.gen(function*() {
    const contacts = world.resource("contacts")
    const old = people(world, 1)
    world.sandbox.advance(3_600_000)
    const young = people(world, 1, 1)
    world.sandbox.advance(1_000)
    const between = new Date(world.sandbox.now() - 1_800_000).toISOString()
    const cursor = contacts.reader.cursorAt?.(between)
    const before = yield* pages(contacts, undefined, { until: between })
    expect(ids(before)).toEqual(old)
    expect(ids(yield* pages(contacts, cursor))).toEqual(young)
  })))

  it("fail rather than lose records when a search does not sort", () => opened({}, (world) => Effect.gen(function*() {
    people(world, 3)
    world.sandbox.faults.add({ fault: "search-disordered" })
    const failed = yield* Effect.flip(pages(world.resource("contacts"), { since: 0 }))
    expect(failed.reason._tag).toBe("Malformed")
    expect(ids(yield* pages(world.resource("contacts"), { since: 0 }))).toHaveLength(3)
  })))

  it("take a cursor from elsewhere for none", () => opened({}, (world) => Effect.gen(function*() {
    const made = people(world, 2)
    for (const cursor of ["x", 7, { since: "2026" }, []]) {
      expect(ids(yield* pages(world.resource("contacts"), cursor))).toEqual(made)
    }
  })))
})

describe("deletions and merges", () => {
  it("tell what was archived, once", () => opened({ hubspot: { deletions: 0, overlap: 0 } }, (world) => Effect.gen(function*() {
    const contacts = world.resource("contacts")
    const [gone = ""] = people(world, 2)
    const start = lastOf(yield* pages(contacts))
    world.sandbox.act((portal) => {
      const record = portal.find(portal.kind("contacts"), gone)
      if (record !== undefined) portal.archive(record)
    })
    const read = yield* pages(contacts, start)
    expect(seenIn(read).filter(({ _tag }) => _tag === "Gone")).toEqual([{ _tag: "Gone", id: gone, evidence: "feed" }])
    const fetched = yield* contacts.reader.fetch([gone, "999999", "no id"], { columns: ["email"] })
    expect(fetched.seen.map(({ _tag, id }) => [_tag, id])).toEqual([["Gone", gone], ["Gone", "999999"], ["Gone", "no id"]])
  })))

  it("cost a call for a hundred, not one each", () => opened({}, (world) => Effect.gen(function*() {
    const made = people(world, 80)
    world.sandbox.act((portal) => {
      const kind = portal.kind("contacts")
      const [one, other, ...rest] = made.map((id) => portal.find(kind, id))
      if (one !== undefined && other !== undefined) portal.merge(kind, one, other)
      for (const record of rest) if (record !== undefined) portal.archive(record)
    })
    const { seen } = yield* world.resource("contacts").reader.fetch(made, { columns: ["email"] })
    expect(seen.filter(({ _tag }) => _tag === "Gone")).toHaveLength(78)
    expect(seen.filter(({ _tag }) => _tag === "Moved").map(({ id }) => id)).toEqual(made.slice(0, 2))
    expect(world.sandbox.total()).toBe(4)
  })))

  it("lead from both records that were merged to the new one", () => opened({}, (world) => Effect.gen(function*() {
    const contacts = world.resource("contacts")
    const [a = "", b = ""] = people(world, 2)
    const start = lastOf(yield* pages(contacts))
    const survivor = world.sandbox.act((portal) => {
      const kind = portal.kind("contacts")
      const [one, other] = [portal.find(kind, a), portal.find(kind, b)]
      return one === undefined || other === undefined ? "" : portal.merge(kind, one, other).id
    })
    expect([a, b]).not.toContain(survivor)
    const read = yield* pages(contacts, start)
    const moves = seenIn(read).flatMap((one) => one._tag === "Moved" ? [[one.id, one.to, one.how]] : [])
    expect(moves).toEqual([[a, survivor, "merged"], [b, survivor, "merged"]])
    expect(ids(read)).toEqual([survivor])
    const fetched = yield* contacts.reader.fetch([a], { columns: ["email"] })
    expect(fetched.seen).toEqual([{ _tag: "Moved", id: a, to: survivor, how: "merged" }])
  })))

  it("are seen by a complete listing, which can be resumed", () => opened({}, (world) => Effect.gen(function*() {
    const made = people(world, 150)
    const { reader } = world.resource("contacts")
    const options = { columns: columns["contacts"] ?? [] }
    const all = yield* Stream.runCollect(reader.listing(undefined, options))
    expect(all.map(({ listing }) => listing)).toEqual(["open", "complete"])
    expect(ids(all)).toEqual(made)
    const rest = yield* Stream.runCollect(reader.listing(all[0]?.next, options))
    expect(ids(rest)).toEqual(made.slice(100))
  })))
})

describe("what is not there", () => {
  it("is not said: neither hidden properties nor removed ones are null", () =>
    opened({ sandbox: { hidden: { contacts: ["date_of_birth"] } } }, (world) => Effect.gen(function*() {
      const made = people(world, 1)
      const read = yield* pages(world.resource("contacts"), undefined, { columns: ["firstname", "lastname", "date_of_birth", "vip"] })
      expect(heldIn(read).get(made[0] ?? "")).toEqual({ firstname: "P", lastname: null })
    })))

  it("has no consent without an address, and says nothing where no subscription is declared", () =>
    opened({}, (world) => Effect.gen(function*() {
      const id = world.sandbox.act((portal) => portal.create(portal.kind("contacts"), { lastname: "L" }, true).id)
      const read = yield* pages(world.resource("contacts"))
      expect(heldIn(read).get(id)?.["consent.marketing.status"]).toBeNull()
    })))
})

describe("orders", () => {
  it("come with their line items and their oldest contact", () => opened({}, (world) => Effect.gen(function*() {
    const { act } = world.sandbox
    const [older = "", younger = ""] = people(world, 2)
    const id = act((portal) => {
      const [orders, items, contacts] = ["orders", "line_items", "contacts"].map((name) => portal.kind(name))
      if (orders === undefined || items === undefined || contacts === undefined) throw new Error("no such kinds")
      const made = portal.create(orders, { hs_order_name: "#1" }, true)
      portal.link(orders, made.id, contacts, younger)
      portal.link(orders, made.id, contacts, older)
      for (const name of ["Mug", "Cup"]) {
        portal.link(orders, made.id, items, portal.create(items, { name, quantity: "2", price: "3.5" }, true).id)
      }
      portal.create(orders, { hs_order_name: "#2" }, true)
      return made.id
    })
    const orders = world.resource("orders")
    const listed = heldIn(yield* pages(orders))
    const searched = heldIn(yield* pages(orders, { since: 0 }))
    for (const records of [listed, searched]) {
      expect(records.get(id)).toMatchObject({ hs_order_name: "#1", "contact.id": older })
      const rows = records.get(id)?.["line_items"]
      expect(Array.isArray(rows) ? rows.map((row) => JSON.stringify(row)) : []).toHaveLength(2)
      expect(rows).toMatchObject([{ name: "Mug", amount: "7.00" }, { name: "Cup" }])
      expect([...records.values()].find((record) => record["hs_order_name"] === "#2"))
        .toMatchObject({ "contact.id": null, line_items: [] })
    }
    expect(listed).toEqual(searched)
  })))
})
