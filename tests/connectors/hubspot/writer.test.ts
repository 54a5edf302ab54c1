/** How records are written: once, whatever is lost; one bad record costs itself; consent is never opened by us. */
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { Fenced } from "../../../core/connector/connector.ts"
import type { Outcome } from "../../../core/connector/connector.ts"
import { Rows } from "../../../core/mapping/index.ts"
import type { Stored } from "../../../connectors/hubspot/sandbox/portal.ts"
import { create, heldIn, opened, pages, remove, update, write } from "./opened.ts"
import type { World } from "./opened.ts"

const stored = ({ sandbox }: World, kind: string): ReadonlyArray<Stored> =>
  [...sandbox.portal.shelf(sandbox.portal.kind(kind)).records.values()]
    .filter(({ archivedAt }) => archivedAt === undefined)

const one = ({ sandbox }: World, id: string | undefined, kind = "contacts"): { readonly [name: string]: string } =>
  sandbox.portal.find(sandbox.portal.kind(kind), id ?? "")?.properties ?? {}

const did = (outcomes: ReadonlyArray<Outcome>): ReadonlyArray<string> => outcomes.map((outcome) => outcome.did)

const idOf = (outcome: Outcome | undefined): string | undefined =>
  outcome !== undefined && "id" in outcome ? outcome.id : undefined

const calls = ({ sandbox }: World, what: string): number => [...sandbox.calls].reduce((sum, [label, count]) =>
  label.includes(what) ? sum + count : sum, 0)

const person = (name: string) => ({ email: `${name}@example.com`, firstname: name })

describe("creates", () => {
  it("carry our own id, a hundred in a call, and answer with what was stored", () => opened({}, (world) => Effect.gen(function*() {
    const contacts = world.resource("contacts")
    const outcomes = yield* write(contacts, ...Array.from({ length: 100 }, (_, at) =>
      create(`g${at}`, { ...person(`P${at}`), lastname: null })))
    expect(new Set(did(outcomes))).toEqual(new Set(["written"]))
    expect(calls(world, "batch/upsert")).toBe(1)
    const [first] = outcomes
    expect(one(world, idOf(first))).toMatchObject({ esl_id: "g0", email: "p0@example.com" })
    // As the portal keeps it: addresses in small letters.
    expect(first).toMatchObject({ after: { record: { email: "p0@example.com", firstname: "P0" }, complete: true } })
  })))

  it("sent twice make one record", () => opened({ hurried: true }, (world) => Effect.gen(function*() {
    const contacts = world.resource("contacts")
    world.sandbox.faults.add({ fault: "cut-after", contains: "batch/upsert" })
    const [outcome] = yield* write(contacts, create("g1", person("a")))
    expect(outcome?.did).toBe("written")
    const [again] = yield* write(contacts, create("g1", person("a")))
    expect(idOf(again)).toBe(idOf(outcome))
    expect(stored(world, "contacts")).toHaveLength(1)
  })))

  it("of one record, or one address, in one batch go one after the other", () => opened({}, (world) => Effect.gen(function*() {
    const outcomes = yield* write(world.resource("contacts"), create("g1", person("a")), create("g1", person("a")),
      create("g2", { email: "A@Example.com", lastname: "B" }), create("g3", person("c")))
    expect(did(outcomes)).toEqual(["written", "written", "exists", "written"])
    expect(idOf(outcomes[1])).toBe(idOf(outcomes[0]))
    expect(idOf(outcomes[2])).toBe(idOf(outcomes[0]))
    expect(stored(world, "contacts")).toHaveLength(2)
  })))

  it("that meet a record with the same address or SKU name it", () => opened({}, (world) => Effect.gen(function*() {
    const { sandbox } = world
    const contact = sandbox.act((portal) => portal.create(portal.kind("contacts"), { email: "there@example.com" }, true).id)
    const product = sandbox.act((portal) => portal.create(portal.kind("products"), { hs_sku: "S-1" }, true).id)
    expect(yield* write(world.resource("contacts"), create("g1", { email: "there@example.com" }), create("g2", person("b"))))
      .toMatchObject([{ did: "exists", id: contact }, { did: "written" }])
    expect(yield* write(world.resource("products"), create("g3", { hs_sku: "S-1", name: "Mug" })))
      .toMatchObject([{ did: "exists", id: product }])
  })))

  it("are refused before anything is sent while the unique property is missing", () =>
    opened({ setUp: false }, (world) => Effect.gen(function*() {
      const refused = yield* Effect.flip(write(world.resource("contacts"), create("g1", person("a"))))
      expect(String(refused)).toContain("run esl setup")
      expect(stored(world, "contacts")).toHaveLength(0)
    })))
})

describe("one bad record", () => {
  it("loses what does not fit, and is told", () => opened({}, (world) => Effect.gen(function*() {
    const [bad, good, worse] = yield* write(world.resource("contacts"),
      create("g1", { email: "no address", firstname: "A" }), create("g2", person("b")),
      create("g3", { email: "none either" }))
    expect(bad).toMatchObject({ did: "written", withheld: [{ path: "email" }] })
    expect(good).toMatchObject({ did: "written" })
    expect(worse).toMatchObject({ did: "refused", path: "email" })
    expect(JSON.stringify([bad, worse])).not.toContain("no address")
    expect(JSON.stringify([bad, worse])).not.toContain("none either")
  })))

  it("does not take its neighbours along when the whole batch is refused", () => opened({}, (world) => Effect.gen(function*() {
    const contacts = world.resource("contacts")
    const culprit = 37
    world.sandbox.faults.add({ fault: "poison", contains: "POISON", times: 100 })
    const outcomes = yield* write(contacts, ...Array.from({ length: 64 }, (_one, at) =>
      create(`g${at}`, { ...person(`p${at}`), ...at === culprit ? { lastname: "POISON" } : {} })))
    expect(did(outcomes).filter((what) => what !== "written")).toEqual(["refused"])
    expect(outcomes[culprit]?.did).toBe("refused")
    expect(calls(world, "batch/upsert")).toBeLessThanOrEqual(1 + 2 * Math.log2(64) + 2)
    expect(stored(world, "contacts")).toHaveLength(63)
  })))

  it("costs its field when a custom property was removed in the middle", () => opened({}, (world) => Effect.gen(function*() {
    const contacts = world.resource("contacts")
    const [first] = yield* write(contacts, create("g1", { ...person("a"), vip: "true" }))
    expect(first).toMatchObject({ did: "written", withheld: [{ path: "vip" }] })
    const [second] = yield* write(contacts, update(idOf(first) ?? "", { vip: "false", lastname: "L" }))
    expect(second).toMatchObject({ did: "written", withheld: [{ path: "vip" }] })
    expect(one(world, idOf(first))).toMatchObject({ firstname: "a", lastname: "L" })
  })))

  it("is told when the admin's rules want more, which the API of before let pass", () =>
    opened({ sandbox: { required: { contacts: ["lastname"] } } }, (world) => Effect.gen(function*() {
      const outcomes = yield* write(world.resource("contacts"), create("g1", person("a")),
        create("g2", { ...person("b"), lastname: "B" }))
      expect(outcomes).toMatchObject([{ did: "refused", path: "lastname" }, { did: "written" }])
    })))

  it("keeps hostile texts as they are", () => opened({}, (world) => Effect.gen(function*() {
    const texts = ["Zoë 👩‍👩‍👧 \u202Eabc", "'; drop table", "a,b;c\"d\"\n\te", "__proto__", "0001", "1e3", "{}", "<b>"]
    const outcomes = yield* write(world.resource("contacts"), ...texts.map((lastname, at) => create(`g${at}`, { lastname })))
    expect(outcomes.map((outcome) => one(world, idOf(outcome))["lastname"])).toEqual(texts)
    const [long] = yield* write(world.resource("contacts"), create("long", { firstname: "L", lastname: "x".repeat(70_000) }))
    expect(long).toMatchObject({ did: "written", withheld: [{ path: "lastname" }] })
  })))
})

describe("changes", () => {
  it("look first: what was edited, archived or merged meanwhile is left alone", () => opened({}, (world) => Effect.gen(function*() {
    const contacts = world.resource("contacts")
    const made = yield* write(contacts, ...["a", "b", "c", "d"].map((name) => create(name, person(name))))
    const [a = "", b = "", c = "", d = ""] = made.map(idOf)
    world.sandbox.act((portal) => {
      const [archived, x, y] = [b, c, d].map((id) => portal.find(portal.kind("contacts"), id))
      if (archived !== undefined) portal.archive(archived)
      if (x !== undefined && y !== undefined) portal.merge(portal.kind("contacts"), x, y)
    })
    const outcomes = yield* write(contacts, update(a, { lastname: "N" }, (record) => record["firstname"] === "other"),
      update(b, { lastname: "N" }), update(c, { lastname: "N" }), remove(d))
    expect(did(outcomes)).toEqual(["moved", "gone", "moved", "moved"])
    expect(outcomes[0]).toMatchObject({ now: { id: a, record: { firstname: "a" } } })
    expect(calls(world, "batch/update") + calls(world, "batch/archive")).toBe(0)
  })))

  it("name only what changes, clear with an empty text, and archive", () => opened({}, (world) => Effect.gen(function*() {
    const contacts = world.resource("contacts")
    const made = yield* write(contacts, create("a", { ...person("a"), phone: "+12025550101" }), create("b", person("b")))
    const [a = "", b = ""] = made.map(idOf)
    const outcomes = yield* write(contacts, update(a, { phone: null, lastname: "N" }), remove(b))
    expect(outcomes).toMatchObject([
      { did: "written", after: { record: { phone: null, lastname: "N", firstname: "a" } } }, { did: "written", id: b }
    ])
    expect(one(world, a)["phone"]).toBe("")
    expect(stored(world, "contacts").map(({ id }) => id)).toEqual([a])
  })))

  it("of one record go in their order", () => opened({}, (world) => Effect.gen(function*() {
    const contacts = world.resource("contacts")
    const [a = "", b = ""] = (yield* write(contacts, create("a", person("a")), create("b", person("b")))).map(idOf)
    yield* write(contacts, update(a, { lastname: "1" }), update(a, { lastname: "2" }), update(b, { lastname: "1" }),
      update(a, { lastname: "3" }))
    expect(one(world, a)["lastname"]).toBe("3")
    expect(calls(world, "batch/update")).toBe(3)
  })))
})

describe("what goes wrong on the way", () => {
  it("is waited for: limits, gateways and servers at their end", () => opened({ hurried: true }, (world) => Effect.gen(function*() {
    for (const fault of ["throttled", "bad-gateway", "server-error", "cut-before"]) {
      world.sandbox.faults.add({ fault, contains: "batch/upsert" })
    }
    expect(did(yield* write(world.resource("contacts"), create("g1", person("a"))))).toEqual(["written"])
    expect(stored(world, "contacts")).toHaveLength(1)
  })))

  it("leaves a record unknown when nobody answers, and takes nothing back", () => opened({ hurried: true }, (world) => Effect.gen(function*() {
    const contacts = world.resource("contacts")
    const [a = ""] = (yield* write(contacts, create("a", person("a")))).map(idOf)
    world.sandbox.faults.add({ fault: "cut-after", contains: "batch/update", times: 20 })
    expect(did(yield* write(contacts, update(a, { lastname: "N" })))).toEqual(["unknown"])
    expect(one(world, a)["lastname"]).toBe("N")
  })), 120_000)

  it("ends at a fence, before the request leaves", () => opened({}, (world) => Effect.gen(function*() {
    const { writer } = world.resource("contacts")
    const fenced = writer === undefined ? undefined
      : yield* Effect.flip(writer.write([create("a", person("a"))], Effect.fail(new Fenced())))
    expect(fenced).toBeInstanceOf(Fenced)
    expect(stored(world, "contacts")).toHaveLength(0)
  })))

  it("cannot happen where nothing may be written", () => opened({ readOnly: true, setUp: false }, (world) => Effect.sync(() => {
    expect(world.resource("contacts").writer).toBeUndefined()
  })))
})

const consent = (status: string, decidedBy: string, decidedAt = "2026-06-01T10:00:00Z") => ({
  "consent.marketing.status": status, "consent.marketing.decidedBy": decidedBy,
  "consent.marketing.decidedAt": decidedAt, "consent.marketing.basis": "consent", "consent.marketing.source": "checkout"
})

describe("consent", () => {
  it("comes back with the evidence that it was given with", () => opened({}, (world) => Effect.gen(function*() {
    const contacts = world.resource("contacts")
    const [a] = yield* write(contacts, create("a", { ...person("a"), ...consent("SUBSCRIBED", "subject") }))
    expect(a).toMatchObject({ did: "written", after: { record: consent("SUBSCRIBED", "subject") } })
    expect(heldIn(yield* pages(contacts)).get(idOf(a) ?? "")).toMatchObject(consent("SUBSCRIBED", "subject"))
    // The person takes it back in the portal: the explanation of before says nothing about that.
    const at = Date.parse("2026-07-01T00:00:00Z")
    const { legalBasisExplanation = "" } = world.sandbox.preferences.of("a@example.com", "1001")
    world.sandbox.preferences.decide("a@example.com", "1001", { status: "UNSUBSCRIBED", at, source: "FORM", legalBasisExplanation })
    expect(heldIn(yield* pages(contacts)).get(idOf(a) ?? "")).toMatchObject({
      "consent.marketing.status": "UNSUBSCRIBED", "consent.marketing.decidedAt": "2026-07-01T00:00:00.000Z",
      "consent.marketing.decidedBy": "import"
    })
  })))

  it("is opened by the person's word alone, and an opt-out is never lifted to nothing", () => opened({}, (world) => Effect.gen(function*() {
    const contacts = world.resource("contacts")
    const [a = "", b = ""] = (yield* write(contacts, create("a", person("a")), create("b", person("b")))).map(idOf)
    const out = { status: "UNSUBSCRIBED", at: Date.parse("2026-01-01T00:00:00Z"), source: "FORM" } as const
    world.sandbox.preferences.decide("a@example.com", "1001", out)
    const outcomes = yield* write(contacts, update(a, consent("SUBSCRIBED", "import")), update(b, { ...consent("SUBSCRIBED", "agent"), lastname: "B" }))
    expect(outcomes).toMatchObject([{ did: "refused", path: "consent.marketing.status" }, { did: "written", withheld: [{ path: "consent.marketing.status" }] }])
    expect(did(yield* write(contacts, update(a, { "consent.marketing.status": "NOT_SPECIFIED" })))).toEqual(["refused"])
    expect(did(yield* write(contacts, update(a, { "consent.marketing.status": null })))).toEqual(["refused"])
    expect(world.sandbox.preferences.of("a@example.com", "1001").status).toBe("UNSUBSCRIBED")
    expect(did(yield* write(contacts, update(a, consent("SUBSCRIBED", "subject"))))).toEqual(["written"])
    expect(world.sandbox.preferences.of("a@example.com", "1001").status).toBe("SUBSCRIBED")
  })))

  it("that nobody but the person can give back is told", () => opened({}, (world) => Effect.gen(function*() {
    const contacts = world.resource("contacts")
    const [a = ""] = (yield* write(contacts, create("a", person("a")))).map(idOf)
    world.sandbox.preferences.decide("a@example.com", "1001", { status: "UNSUBSCRIBED", at: 0, source: "SPAM_REPORT" }, true)
    const [outcome] = yield* write(contacts, update(a, consent("SUBSCRIBED", "subject")))
    expect(outcome).toMatchObject({ did: "written", withheld: [{ path: "consent.marketing.status" }],
      after: { record: { "consent.marketing.status": "UNSUBSCRIBED" } } })
  })))

  it("goes address by address where the plan has no batches", () =>
    opened({ sandbox: { preferenceBatches: false } }, (world) => Effect.gen(function*() {
      const contacts = world.resource("contacts")
      const outcomes = yield* write(contacts, create("a", { ...person("a+b"), ...consent("UNSUBSCRIBED", "subject") }))
      expect(outcomes).toMatchObject([{ did: "written", after: { record: consent("UNSUBSCRIBED", "subject") } }])
      expect([...heldIn(yield* pages(contacts)).values()]).toMatchObject([consent("UNSUBSCRIBED", "subject")])
      expect(calls(world, "statuses/{subscriberIdString}")).toBe(2)
    })))

  it("needs an address", () => opened({}, (world) => Effect.gen(function*() {
    const outcomes = yield* write(world.resource("contacts"), create("a", { lastname: "L", ...consent("UNSUBSCRIBED", "subject") }))
    expect(outcomes).toMatchObject([{ did: "written", withheld: [{ path: "consent.marketing.status" }] }])
  })))
})

const line = (element: string, name: string, quantity = "1") =>
  ({ element, set: { name, quantity, price: "2.5", hs_line_item_currency_code: "EUR" } })

describe("orders", () => {
  it("are made with line items and their contact, once", () => opened({}, (world) => Effect.gen(function*() {
    const [buyer = ""] = (yield* write(world.resource("contacts"), create("a", person("a")))).map(idOf)
    const orders = world.resource("orders")
    const patch = { hs_order_name: "#1", hs_currency_code: "EUR", "contact.id": buyer,
      line_items: new Rows([line("l1", "Mug", "2"), line("l2", "Cup")]) }
    world.sandbox.faults.add({ fault: "cut-after", contains: "line_items/batch/upsert" })
    const [made] = yield* write(orders, create("o1", patch))
    const [again] = yield* write(orders, create("o1", patch))
    expect(idOf(again)).toBe(idOf(made))
    expect(stored(world, "line_items")).toHaveLength(2)
    const read = heldIn(yield* pages(orders)).get(idOf(made) ?? "")
    expect(read).toMatchObject({ hs_order_name: "#1", "contact.id": buyer, line_items: [{ name: "Mug", amount: "5.00" }, { name: "Cup" }] })
    const named = { l1: expect.any(String), l2: expect.any(String) }
    expect(made).toMatchObject({ did: "written", after: { elements: { line_items: named } } })
  })))

  it("change, lose and gain line items, and change hands", () => opened({}, (world) => Effect.gen(function*() {
    const people = yield* write(world.resource("contacts"), create("a", person("a")), create("b", person("b")))
    const [a = "", b = ""] = people.map(idOf)
    const orders = world.resource("orders")
    const [made] = yield* write(orders, create("o1", { hs_order_name: "#1", "contact.id": a,
      line_items: new Rows([line("l1", "Mug"), line("l2", "Cup")]) }))
    const id = idOf(made) ?? ""
    const items = made?.did === "written" ? made.after?.elements?.["line_items"] ?? {} : {}
    const [changed] = yield* write(orders, update(id, { "contact.id": b, line_items: new Rows([
      { id: items["l1"] ?? "", set: { quantity: "4" } }, { id: items["l2"] ?? "", set: null }, line("l3", "Jug")
    ]) }))
    expect(changed).toMatchObject({ did: "written", after: { record: { "contact.id": b,
      line_items: [{ name: "Mug", quantity: "4", amount: "10.00" }, { name: "Jug", amount: "2.50" }] } } })
    expect(heldIn(yield* pages(orders)).get(id)).toMatchObject({ "contact.id": b,
      line_items: [{ name: "Mug", quantity: "4", amount: "10.00" }, { name: "Jug", amount: "2.50" }] })
    // No property of the order itself changed.
    expect(calls(world, "batch/update")).toBe(1)
  })))

  it("are stored without what cannot be tied to them, and say so", () => opened({}, (world) => Effect.gen(function*() {
    const [outcome, fine] = yield* write(world.resource("orders"),
      create("o1", { hs_order_name: "#1", "contact.id": "999999",
        line_items: new Rows([{ element: "l1", set: { name: "Mug", quantity: "many" } }]) }),
      create("o2", { hs_order_name: "#2", line_items: new Rows([line("l1", "Cup")]) }))
    expect(outcome).toMatchObject({ did: "written", withheld: [{ path: "line_items.quantity" }, { path: "contact.id" }] })
    expect(fine).toMatchObject({ did: "written", after: { record: { line_items: [{ name: "Cup" }] } } })
  })))
})
