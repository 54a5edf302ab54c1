/** What every hub store must do. `memory.test.ts` and `sqlite.test.ts` run all of it. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import type { Scope } from "effect"
import type { HubStore, StoreError } from "../../core/hub/store.ts"
import { unset } from "../../core/sync/state.ts"
import type { Conflict, Link } from "../../core/sync/state.ts"
import {
  batch, births, claiming, created, empty, golden, hint, id, intent, key, link, nothing, t0
} from "./records.ts"

type Store = HubStore["Service"]

export interface Subject {
  readonly name: string
  /** Two stores on one hub, as two processes have them. */
  readonly open: Effect.Effect<readonly [Store, Store], StoreError, Scope.Scope>
}

export const storeContract = (subject: Subject): void => {
  const test = (name: string, body: (one: Store, two: Store) => Effect.Effect<void, unknown, Scope.Scope>) =>
    it.effect(name, () => Effect.scoped(Effect.flatMap(subject.open, ([one, two]) => body(one, two))))
  describe(`${subject.name}: merging`, () => merging(test))
  describe(`${subject.name}: races`, () => races(test))
  describe(`${subject.name}: references`, () => references(test))
  describe(`${subject.name}: inbox`, () => inbox(test))
  describe(`${subject.name}: parking`, () => parking(test))
  describe(`${subject.name}: listings`, () => listings(test))
  describe(`${subject.name}: due work`, () => dueWork(test))
  describe(`${subject.name}: acknowledging`, () => acknowledging(test))
  describe(`${subject.name}: brakes`, () => brakes(test))
  describe(`${subject.name}: quarantine`, () => quarantine(test))
  describe(`${subject.name}: looking`, () => looking(test))
  describe(`${subject.name}: runs and upkeep`, () => upkeep(test))
}

type Test = (name: string, body: (one: Store, two: Store) => Effect.Effect<void, unknown, Scope.Scope>) => void

const wantedRecord = (ext: string, side = "erp.KUNDEN") => ({ ...nothing, records: [{ side, ext }] })

const merging = (test: Test) => {
  test("keeps every field of a golden record and a link", (hub) => Effect.gen(function*() {
    const full: Link = link(1, {
      shadow: {
        same: { g: "a", r: "a" }, differs: { g: "Maximilian von Humboldt", r: "Maximilian von" },
          nothing: { g: null, r: null },
        cleared: { g: "x", r: null }, never: { g: unset, r: "their value" },
          list: { g: [{ id: "1", n: 2 }], r: [{ id: "1", n: 2 }] }
      },
      version: "v9", stamp: "2026-09-21T14:13:20Z", hash: "h", suspect: t0, incarnation: "i", supersededBy: "2",
      elements: { variants: { "70": "e1" } }, rows: { variants: "erp.VARIANTE" }, withheld: ["phone.mobile"],
      flips: { email: [[t0, "h1"]] }
    })
    const gold = golden(1, { pinned: ["email"], state: "merged", mergedInto: id(2) })
    yield* hub.commit({ ...empty, goldens: [{ golden: gold, was: 0 }], links: [{ link: full, was: 0 }] }, batch)
    const found = yield* hub.load(wantedRecord("1"), t0, "run-1")
    assert.deepEqual(found.goldens.get(id(1)), gold)
    assert.deepEqual(found.links.get("erp.KUNDEN|1"), full)
  }))

  test("loads by record, golden and key, with everything around", (hub) => Effect.gen(function*() {
    yield* hub.commit(births(1, 2, 3), batch)
    const open = conflict("c1", 1)
    yield* hub.commit({
      ...empty, conflicts: [open, { ...open, id: "c2", status: "auto" }],
      tombstones: [{ entity: "customer", golden: id(2), at: t0, cause: "gone in erp.KUNDEN" }]
    }, batch)
    const found = yield* hub.load({
      ...nothing,
      records: [{ side: "erp.KUNDEN", ext: "1" }, { side: "erp.KUNDEN", ext: "none" }],
      goldens: [id(2)],
      keys: [{ kind: "email", value: "jo3@example.com" }, { kind: "email", value: "none@example.com" }]
    }, t0, "run-2")
    assert.deepEqual([...found.goldens.keys()].sort(), [id(1), id(2), id(3)])
    assert.deepEqual([...found.links.keys()].sort(), ["erp.KUNDEN|1", "erp.KUNDEN|2", "erp.KUNDEN|3"])
    assert.deepEqual([...found.keys], [["email|jo3@example.com", id(3)]])
    assert.deepEqual([...found.conflicts], [[id(1), [open]]])
    assert.deepEqual([...found.tombstones.keys()], [id(2)])
    assert.deepEqual(found.due.get(`${id(1)}|shop.customers`), {
      golden: id(1), side: "shop.customers", entity: "customer", ver: 1, notBefore: t0, attempts: 0
    })
    assert.strictEqual(found.run, "run-2")
    assert.isAtLeast(new Set(found.ids).size, 4)
    assert.deepEqual([...found.ids], [...found.ids].sort())
  }))

  test("follows a merged golden record to what it became", (hub) => Effect.gen(function*() {
    yield* hub.commit(births(1, 2), batch)
    const gone = golden(1, { ver: 2, state: "merged", mergedInto: id(2) })
    yield* hub.commit({ ...empty, goldens: [{ golden: gone, was: 1 }] }, batch)
    const found = yield* hub.load(wantedRecord("1"), t0, "run-1")
    assert.deepEqual([...found.goldens.keys()].sort(), [id(1), id(2)])
    assert.isTrue(found.links.has("erp.KUNDEN|2"))
  }))

  test("moves the cursor with the batch, and not without it", (hub) => Effect.gen(function*() {
    const cursor = { side: "erp.KUNDEN", stream: "changes", cursor: { at: "2026-01-01", id: 7 }, epoch: t0 }
    yield* hub.commit(births(1), { ...batch, cursor })
    assert.deepEqual(yield* hub.cursor("erp.KUNDEN", "changes"), cursor)
    const raced = yield* Effect.flip(hub.commit(births(1), { ...batch, cursor: { ...cursor, cursor: 8 } }))
    assert.strictEqual(raced._tag, "Raced")
    assert.deepEqual(yield* hub.cursor("erp.KUNDEN", "changes"), cursor)
    yield* hub.saveCursor({ side: "erp.KUNDEN", stream: "changes", cursor: undefined })
    assert.isUndefined(yield* hub.cursor("erp.KUNDEN", "changes"))
  }))

  test("keeps attempts and waits of an address that becomes due again", (hub) => Effect.gen(function*() {
    yield* hub.commit(births(1), batch)
    const [claimed] = yield* hub.claim("customer", "shop.customers", claiming)
    if (claimed === undefined) return assert.fail("nothing claimed")
    yield* hub.acknowledge([created(1, claimed, "a1", {
      links: [], settled: [], outcome: "refused", due: { then: "again", notBefore: t0 + 500, attempts: 3 }
    })], batch)
    yield* hub.commit({
      ...empty, goldens: [{ golden: golden(1, { ver: 2 }), was: 1 }],
      due: [{ golden: id(1), side: "shop.customers", ver: 2 }]
    }, { ...batch, now: t0 + 10 })
    const found = yield* hub.load({ ...nothing, goldens: [id(1)] }, t0, "run-1")
    assert.deepInclude(found.due.get(`${id(1)}|shop.customers`), { ver: 2, attempts: 3, notBefore: t0 + 500 })
  }))

  test("tells what is known of records before mapping", (hub) => Effect.gen(function*() {
    yield* hub.commit({
      ...births(1, 2), links: [{ link: link(1, { hash: "h1", stamp: "s1" }), was: 0 }, { link: link(2), was: 0 }]
    }, batch)
    yield* hub.inbox.put([hint("2")])
    const [claimed] = yield* hub.claim("customer", "shop.customers", { ...claiming, only: [id(1)] })
    if (claimed === undefined) return assert.fail("nothing claimed")
    yield* hub.intend({
      call: "a1", side: "erp.KUNDEN", intents: [intent(1, "a1", { side: "erp.KUNDEN", op: "update", ext: "1" })],
      leases: new Map([[id(1), claimed.lease]])
    }, t0)
    const heads = yield* hub.heads("erp.KUNDEN", ["1", "2", "none"])
    assert.deepEqual([...heads.keys()].sort(), ["1", "2"])
    assert.deepEqual(heads.get("1"), {
      ext: "1", golden: id(1), status: "active", hash: "h1", stamp: "s1", obsAt: t0, writeEnd: 0, mapping: "m1",
      intents: true, inbox: false
    })
    assert.deepInclude(heads.get("2"), { intents: false, inbox: true })
  }))
}

const conflict = (name: string, n: number): Conflict => ({
  id: name, golden: id(n), entity: "customer", path: "email", side: "shop.customers", kind: "both_changed", base: unset,
  theirs: "a@example.com", mine: null, chosen: "none", rule: "hold", status: "open", at: t0, run: "run-1"
})

const races = (test: Test) => {
  const refused = (hub: Store, plan: typeof empty) => Effect.gen(function*() {
    const before = yield* hub.dump()
    const raced = yield* Effect.flip(hub.commit(plan, batch))
    assert.strictEqual(raced._tag, "Raced")
    assert.strictEqual(yield* hub.dump(), before)
  })

  test("refuses a golden record that moved on, whole", (one, two) => Effect.gen(function*() {
    yield* one.commit(births(1), batch)
    yield* two.commit({ ...empty, goldens: [{ golden: golden(1, { ver: 2 }), was: 1 }] }, batch)
    yield* refused(one, { ...births(2), goldens: [{ golden: golden(2), was: 0 },
      { golden: golden(1, { ver: 2 }), was: 1 }] })
  }))

  test("refuses a link that moved on", (one, two) => Effect.gen(function*() {
    yield* one.commit(births(1), batch)
    yield* two.commit({ ...empty, links: [{ link: link(1, { rev: 2 }), was: 1 }] }, batch)
    yield* refused(one, { ...empty, links: [{ link: link(1, { rev: 2 }), was: 1 }] })
    yield* refused(one, { ...empty, links: [{ link: link(1), was: 0 }] })
  }))

  test("refuses a key that is another's: no twins (fault 28)", (one, two) => Effect.gen(function*() {
    yield* one.commit(births(1), batch)
    yield* refused(two, { ...births(2), keys: { add: [{ ...key(1), golden: id(2) }], remove: [] } })
    yield* two.commit({ ...empty, keys: { add: [key(1)], remove: [] } }, batch)
  }))

  test("moves a key that is given up in the same batch", (hub) => Effect.gen(function*() {
    yield* hub.commit(births(1, 2), batch)
    yield* hub.commit({ ...empty, keys: { remove: [key(1)], add: [{ ...key(1), golden: id(2) }] } }, batch)
    const found = yield* hub.load({ ...nothing, keys: [key(1)] }, t0, "run-1")
    assert.strictEqual(found.keys.get("email|jo1@example.com"), id(2))
  }))

  test("keeps one active link of a golden record a side", (hub) => Effect.gen(function*() {
    yield* hub.commit(births(1), batch)
    yield* refused(hub, { ...empty, links: [{ link: link(1, { ext: "1b" }), was: 0 }] })
    yield* hub.commit({ ...empty, links: [{ link: link(1, { ext: "1b", status: "alias" }), was: 0 }] }, batch)
    yield* refused(hub, { ...empty, links: [{ link: link(1, { ext: "1b", rev: 2 }), was: 1 }] })
    yield* hub.commit({
      ...empty, links: [
        { link: link(1, { ext: "1b", rev: 2 }), was: 1 },
        { link: link(1, { rev: 2, status: "merged", supersededBy: "1b" }), was: 1 }
      ]
    }, batch)
  }))
}

const references = (test: Test) => {
  const product = link(1, {
    elements: { variants: { "70": "e1", "71": "e2" } }, rows: { variants: "erp.VARIANTE" }
  })
  const resolve = (hub: Store, side: string, ext: string) => Effect.map(
    hub.load({ ...nothing, references: [{ entity: "product", side, ext }] }, t0, "run-1"),
    (found) => found.references.get(`product|${side}|${ext}`))
  const outward = (hub: Store, resource: string, reference: string, connection = "erp") => Effect.map(
    hub.outward(connection, [{ entity: "product", resource, golden: reference }]),
    (found) => found.get(`product|${resource}|${reference}`))

  test("resolves records, aliases and elements", (hub) => Effect.gen(function*() {
    yield* hub.commit({
      ...births(1), links: [{ link: product, was: 0 }, { link: link(1, { ext: "1b", status: "alias" }), was: 0 }]
    }, batch)
    assert.strictEqual(yield* resolve(hub, "erp.KUNDEN", "1"), id(1))
    assert.strictEqual(yield* resolve(hub, "erp.KUNDEN", "1b"), id(1))
    assert.strictEqual(yield* resolve(hub, "erp.VARIANTE", "71"), `${id(1)}#e2`)
    assert.isUndefined(yield* resolve(hub, "erp.VARIANTE", "72"))
    assert.strictEqual(yield* outward(hub, "KUNDEN", id(1)), "1")
    assert.strictEqual(yield* outward(hub, "VARIANTE", `${id(1)}#e1`), "70")
    assert.isUndefined(yield* outward(hub, "VARIANTE", `${id(1)}#e3`))
    assert.isUndefined(yield* outward(hub, "KUNDEN", id(2)))
  }))

  test("falls back only while there is one element", (hub) => Effect.gen(function*() {
    const single = { ...product, elements: { variants: { "70": "e1" } } }
    yield* hub.commit({
      ...births(1), links: [{ link: single, was: 0 }, { link: link(1, { side: "shop.products", ext: "s1" }), was: 0 }]
    }, batch)
    assert.strictEqual(yield* outward(hub, "products", `${id(1)}#e1`, "shop"), "s1")
    assert.strictEqual(yield* outward(hub, "VARIANTE", id(1)), "70")
    yield* hub.commit({ ...empty, links: [{ link: { ...product, rev: 2 }, was: 1 }] }, batch)
    assert.isUndefined(yield* outward(hub, "products", `${id(1)}#e1`, "shop"))
    assert.isUndefined(yield* outward(hub, "VARIANTE", id(1)))
  }))

  test("resolves a record to its only element where an element is meant", (hub) => Effect.gen(function*() {
    const meant = (side: string, ext: string, within: string) => Effect.map(
      hub.load({ ...nothing, references: [{ entity: "product", side, ext, within }] }, t0, "run-1"),
      (found) => found.references.get(`product|${side}|${ext}`))
    const values = (n: number, ...ids: ReadonlyArray<string>) =>
      ({ golden: golden(n, { values: { variants: ids.map((one) => ({ id: one })), tags: ["a#b"] } }), was: 0 })
    yield* hub.commit({ ...births(1, 2), goldens: [values(1, "sku|a.1"), values(2, "e1", "e2")] }, batch)
    assert.strictEqual(yield* meant("erp.KUNDEN", "1", "variants"), `${id(1)}#sku|a.1`)
    assert.strictEqual(yield* meant("erp.KUNDEN", "1", "tags"), `${id(1)}#a#b`)
    assert.strictEqual(yield* meant("erp.KUNDEN", "1", "lines"), id(1))
    assert.strictEqual(yield* meant("erp.KUNDEN", "2", "variants"), id(2))
    assert.isUndefined(yield* meant("erp.KUNDEN", "3", "variants"))
    const own = link(2, { rev: 2, elements: { variants: { "2": "e2" } }, rows: { variants: "erp.KUNDEN" } })
    yield* hub.commit({ ...empty, links: [{ link: own, was: 1 }] }, batch)
    assert.strictEqual(yield* meant("erp.KUNDEN", "2", "variants"), `${id(2)}#e2`)
    assert.strictEqual(yield* resolve(hub, "erp.KUNDEN", "2"), id(2))
  }))

  test("forgets elements that left the list", (hub) => Effect.gen(function*() {
    yield* hub.commit({ ...births(1), links: [{ link: product, was: 0 }] }, batch)
    yield* hub.commit({
      ...empty, links: [{ link: { ...product, rev: 2, elements: { variants: { "71": "e2" } } }, was: 1 }]
    }, batch)
    assert.isUndefined(yield* resolve(hub, "erp.VARIANTE", "70"))
    assert.strictEqual(yield* resolve(hub, "erp.VARIANTE", "71"), `${id(1)}#e2`)
  }))
}

const inbox = (test: Test) => {
  test("keeps the newest demand (R4)", (hub) => Effect.gen(function*() {
    yield* hub.inbox.put([hint("1", t0 + 10, { attempts: 1 })])
    yield* hub.inbox.put([hint("1", t0 + 5, { why: "stale" }), hint("1", t0 + 10, { why: "partial" })])
    assert.deepEqual(yield* hub.inbox.take("erp.KUNDEN", 10, t0 + 10), [hint("1", t0 + 10, { attempts: 2 })])
    yield* hub.inbox.put([hint("1", t0 + 11, { why: "retry", notBefore: t0 + 99 })])
    assert.deepEqual(yield* hub.inbox.take("erp.KUNDEN", 10, t0 + 50), [])
    assert.deepEqual(yield* hub.inbox.take("erp.KUNDEN", 10, t0 + 99),
      [hint("1", t0 + 11, { why: "retry", notBefore: t0 + 99, attempts: 3 })])
  }))

  test("attempts are raised before the work (fault 80)", (one, two) => Effect.gen(function*() {
    yield* one.inbox.put([hint("1")])
    yield* one.inbox.take("erp.KUNDEN", 10, t0)
    assert.deepEqual(yield* two.inbox.take("erp.KUNDEN", 10, t0), [hint("1", t0, { attempts: 2 })])
  }))

  test("a record that waits for its parent got through, however often it is looked at", (hub) => Effect.gen(function*() {
    for (const at of [0, 1, 2, 3, 4]) {
      yield* hub.inbox.put([hint("1", t0 + at)])
      assert.deepEqual((yield* hub.inbox.take("erp.KUNDEN", 9, t0 + 9)).map((row) => row.attempts), [1])
      yield* hub.inbox.put([hint("1", t0 + at + 1, { why: "parked", parkedOn: "erp.LAND|9" })])
      assert.deepEqual(yield* hub.inbox.take("erp.KUNDEN", 9, t0 + 9), [])
    }
  }))

  test("an attempt that could not be made is taken back", (hub) => Effect.gen(function*() {
    yield* hub.inbox.put([hint("1"), hint("2", t0, { attempts: 1 })])
    yield* hub.inbox.take("erp.KUNDEN", 1, t0)
    yield* hub.inbox.untake([hint("1"), hint("2"), hint("2"), hint("none")])
    assert.deepEqual((yield* hub.inbox.take("erp.KUNDEN", 9, t0)).map((row) => row.attempts), [1, 1])
  }))

  test("takes the oldest first, of one side, as many as asked", (hub) => Effect.gen(function*() {
    yield* hub.inbox.put([hint("3", t0 + 3), hint("1", t0 + 1), hint("2", t0 + 2),
      { ...hint("4"), side: "shop.customers" }])
    const taken = yield* hub.inbox.take("erp.KUNDEN", 2, t0 + 9)
    assert.deepEqual(taken.map((row) => row.ext), ["1", "2"])
    assert.strictEqual(yield* hub.inbox.count(), 4)
    assert.strictEqual(yield* hub.inbox.count("shop.customers"), 1)
    yield* hub.inbox.drop([{ side: "erp.KUNDEN", ext: "1" }])
    assert.strictEqual(yield* hub.inbox.count("erp.KUNDEN"), 2)
  }))

  test("a settled row goes only if the read that settles it started after it", (hub) => Effect.gen(function*() {
    yield* hub.inbox.put([hint("1", t0), hint("2", t0 + 7), hint("3", t0 + 5)])
    const done = ["1", "2", "3"].map((ext) => ({ side: "erp.KUNDEN", ext, readAt: t0 + 5 }))
    yield* hub.commit({ ...empty, inbox: { put: [], done } }, batch)
    assert.deepEqual((yield* hub.inbox.take("erp.KUNDEN", 9, t0 + 9)).map((row) => row.ext), ["3", "2"])
  }))
}

const parking = (test: Test) => {
  const child = hint("c1", t0, { side: "erp.AUFTRAG", why: "parked", parkedOn: "erp.KUNDEN|1" })

  test("a parent's link releases the children that wait for it, in its transaction", (hub) => Effect.gen(function*() {
    yield* hub.commit({ ...empty, inbox: { put: [child], done: [] } }, batch)
    assert.deepEqual(yield* hub.inbox.take("erp.AUFTRAG", 9, t0 + 999), [])
    yield* hub.commit(births(1), { ...batch, now: t0 + 50 })
    const { parkedOn: _, ...free } = child
    assert.deepEqual(yield* hub.inbox.take("erp.AUFTRAG", 9, t0 + 50), [{ ...free, notBefore: t0 + 50, attempts: 1 }])
  }))

  test("a child that parks after its parent came does not wait for ever", (hub) => Effect.gen(function*() {
    yield* hub.commit(births(1), batch)
    yield* hub.commit({ ...empty, inbox: { put: [child], done: [] } }, batch)
    assert.strictEqual((yield* hub.inbox.take("erp.AUFTRAG", 9, t0)).length, 1)
  }))

  test("an element releases children that refer to its row", (hub) => Effect.gen(function*() {
    yield* hub.inbox.put([{ ...child, parkedOn: "erp.VARIANTE|70" }])
    yield* hub.commit({
      ...births(1),
      links: [{ link: link(1, { elements: { variants: { "70": "e1" } }, rows: { variants: "erp.VARIANTE" } }), was: 0 }]
    }, batch)
    assert.strictEqual((yield* hub.inbox.take("erp.AUFTRAG", 9, t0)).length, 1)
  }))

  test("an acknowledged create releases the outbox rows that wait for it", (hub) => Effect.gen(function*() {
    yield* hub.commit(births(1, 2, 3), batch)
    const park = { side: "shop.customers", ver: 1, then: "park" } as const
    yield* hub.defer([
      { ...park, golden: id(2), on: `shop.customers|${id(1)}` },
      { ...park, golden: id(3), on: `shop.variants|${id(1)}#e1` }
    ], [], batch)
    const claimed = yield* hub.claim("customer", "shop.customers", claiming)
    assert.deepEqual(claimed.map((one) => one.due.golden), [id(1)])
    yield* hub.acknowledge(claimed.map((one) => created(1, one, "a1", {
      links: [{
        link: link(1, {
          side: "shop.customers", ext: "shop-1", elements: { variants: { v1: "e1" } },
            rows: { variants: "shop.variants" }
        }),
        was: 0
      }]
    })), batch)
    const freed = yield* hub.claim("customer", "shop.customers", claiming)
    assert.deepEqual(freed.map((one) => one.due.golden), [id(2), id(3)])
    assert.isUndefined(freed[0]?.due.parkedOn)
  }))

  test("an address that parks after its parent came stays due", (hub) => Effect.gen(function*() {
    yield* hub.commit(births(1, 2), batch)
    yield* hub.defer([{ golden: id(2), side: "shop.customers", ver: 1, then: "park", on: `erp.KUNDEN|${id(1)}` }], [],
      batch)
    assert.strictEqual((yield* hub.claim("customer", "shop.customers", claiming)).length, 2)
  }))

  test("a change unparks: the parent may be another one now", (hub) => Effect.gen(function*() {
    yield* hub.commit(births(1), batch)
    yield* hub.defer([{ golden: id(1), side: "shop.customers", ver: 1, then: "park", on: "shop.x|y" }], [], batch)
    yield* hub.commit({ ...empty, due: [{ golden: id(1), side: "shop.customers", ver: 2 }] }, { ...batch, now: t0 + 3 })
    const [row] = yield* hub.dueAt("customer", "shop.customers", undefined, 9)
    assert.deepEqual(row?.due, {
      golden: id(1), side: "shop.customers", entity: "customer", ver: 2, notBefore: t0 + 3, attempts: 0
    })
  }))
}

const listings = (test: Test) => {
  test("finds live links that a complete listing did not show", (hub) => Effect.gen(function*() {
    yield* hub.commit(births(1, 2, 3, 4, 5), batch)
    const epoch = t0 + 100
    yield* hub.commit({
      ...empty, links: [
        { link: link(4, { rev: 2, status: "deleted" }), was: 1 }, { link: link(5, { rev: 2, obsAt: epoch }), was: 1 }
      ]
    }, batch)
    yield* hub.listed("erp.KUNDEN", t0 + 50, ["1", "2", "3"])
    yield* hub.listed("erp.KUNDEN", epoch, ["2", "unknown"])
    const page = yield* hub.missing("erp.KUNDEN", epoch, undefined, 1)
    assert.deepEqual(page.links, [link(1)])
    assert.deepEqual([page.total, page.bound], [2, 4])
    const next = yield* hub.missing("erp.KUNDEN", epoch, "1", 9)
    assert.deepEqual(next.links, [link(3)])
    assert.deepEqual((yield* hub.missing("shop.customers", epoch, undefined, 9)).links, [])
  }))
}

const dueWork = (test: Test) => {
  test("a claim leases goldens until they come back or it runs out", (one, two) => Effect.gen(function*() {
    yield* one.commit(births(1, 2, 3), batch)
    const first = yield* one.claim("customer", "shop.customers", { ...claiming, limit: 2 })
    assert.deepEqual(first.map((claimed) => claimed.due.golden), [id(1), id(2)])
    const second = yield* two.claim("customer", "shop.customers", { ...claiming, owner: "worker-2" })
    assert.deepEqual(second.map((claimed) => claimed.due.golden), [id(3)])
    assert.isAbove(second[0]?.lease.epoch ?? 0, first[0]?.lease.epoch ?? 0)
    const [lease] = first.map((claimed) => claimed.lease)
    if (lease === undefined) return assert.fail("no lease")
    yield* one.release([id(1)], lease)
    const third = yield* two.claim("customer", "shop.customers", { ...claiming, owner: "worker-2" })
    assert.deepEqual(third.map((claimed) => claimed.due.golden), [id(1)])
    const late = yield* two.claim("customer", "shop.customers", { ...claiming, owner: "worker-2", now: t0 + 60_000 })
    assert.deepEqual(late.map((claimed) => claimed.due.golden), [id(1), id(2), id(3)])
  }))

  test("claims bring the golden record, links, intents and frozen fields", (hub) => Effect.gen(function*() {
    yield* hub.commit(births(1), batch)
    const active = link(1, { side: "shop.customers", ext: "s1" })
    const old = link(1, { side: "shop.customers", ext: "s0", status: "unlinked" })
    yield* hub.commit({
      ...empty, links: [{ link: active, was: 0 }, { link: old, was: 0 }],
      conflicts: [conflict("c1", 1), { ...conflict("c2", 1), path: "x", status: "resolved" },
        { ...conflict("c3", 1), side: "erp.KUNDEN" }]
    }, batch)
    const [claimed] = yield* hub.claim("customer", "shop.customers", claiming)
    if (claimed === undefined) return assert.fail("nothing claimed")
    const update = intent(1, "a1", { op: "update", ext: "s1" })
    yield* hub.intend({ call: "a1", side: "shop.customers", intents: [update],
      leases: new Map([[id(1), claimed.lease]]) }, t0)
    yield* hub.release([id(1)], claimed.lease)
    const [again] = yield* hub.claim("customer", "shop.customers", claiming)
    const { lease: _, ...address } = again ?? assert.fail("nothing claimed")
    assert.deepEqual(address, {
      due: { golden: id(1), side: "shop.customers", entity: "customer", ver: 1, notBefore: t0, attempts: 0 },
      golden: golden(1), link: active, others: [old], intents: [update], frozen: ["email"]
    })
    assert.deepEqual(yield* hub.dueAt("customer", "shop.customers", undefined, 9), [address])
    assert.deepEqual(yield* hub.dueAt("customer", "shop.customers", id(1), 9), [])
  }))

  test("claims only what is free, due and asked for", (hub) => Effect.gen(function*() {
    yield* hub.commit(births(1, 2, 3, 4, 5), batch)
    const side = "shop.customers"
    yield* hub.defer([
      { golden: id(1), side, ver: 1, then: "wait", until: t0 + 10 },
      { golden: id(2), side, ver: 1, then: "park", on: "shop.x|y" },
      { golden: id(3), side, ver: 1, then: "hold", by: "run-1" }
    ], [], batch)
    const claimed = yield* hub.claim("customer", side, { ...claiming, only: [id(1), id(2), id(3), id(4), id(4)] })
    assert.deepEqual(claimed.map((one) => one.due.golden), [id(4)])
    assert.deepEqual((yield* hub.claim("customer", side, { ...claiming, now: t0 + 10 })).map((one) => one.due.golden),
      [id(5), id(1)].sort())
    assert.deepEqual(yield* hub.claim("order", side, claiming), [])
    assert.deepEqual((yield* hub.dueAt("customer", side, undefined, 9)).map((one) => one.due.golden),
      [id(1), id(4), id(5)])
    assert.strictEqual(yield* hub.dueCount(), 5)
    assert.strictEqual(yield* hub.dueCount({ entity: "customer", side, held: true }), 1)
    assert.strictEqual(yield* hub.dueCount({ side, held: false }), 4)
    assert.strictEqual(yield* hub.dueCount({ entity: "order" }), 0)
  }))

  test("knows what belongs to a window, by its records and by name", (hub) => Effect.gen(function*() {
    yield* hub.commit(births(1, 2, 3, 4), batch)
    const side = "shop.customers"
    yield* hub.mark("w", "erp.KUNDEN", ["2", "9"], t0)
    yield* hub.mark("w", undefined, [id(3)], t0)
    yield* hub.mark("wide", "erp.KUNDEN", ["4"], t0)
    const due = (within: string) =>
      Effect.map(hub.dueAt("customer", side, undefined, 9, { within }), (rows) => rows.map((one) => one.due.golden))
    assert.deepEqual(yield* due("w"), [id(2), id(3)])
    assert.strictEqual(yield* hub.dueCount({ entity: "customer", side, within: "w" }), 2)
    const claimed = yield* hub.claim("customer", side, { ...claiming, within: "w" })
    assert.deepEqual(claimed.map((one) => one.due.golden), [id(2), id(3)])
    const only = yield* hub.claim("customer", side, { ...claiming, within: "wide", only: [id(1), id(4)] })
    assert.deepEqual(only.map((one) => one.due.golden), [id(4)])
    yield* hub.unmark("w", "erp.KUNDEN")
    assert.deepEqual(yield* due("w"), [id(3)])
    yield* hub.unmark("w")
    assert.deepEqual(yield* due("w"), [])
    assert.deepEqual(yield* due("wide"), [id(4)])
  }))

  test("claims parked rows when asked to break a cycle", (hub) => Effect.gen(function*() {
    yield* hub.commit(births(1, 2, 3), batch)
    const side = "shop.customers"
    yield* hub.defer([
      { golden: id(1), side, ver: 1, then: "park", on: `shop.customers|${id(2)}` },
      { golden: id(2), side, ver: 1, then: "park", on: `shop.customers|${id(1)}` }
    ], [], batch)
    yield* hub.hold("run-1", [{ golden: id(2), side, hash: "h", why: "w" }])
    assert.deepEqual((yield* hub.dueAt("customer", side, undefined, 9, { parked: true })).map((one) => one.due.golden),
      [id(1)])
    const claimed = yield* hub.claim("customer", side, { ...claiming, parked: true })
    assert.deepEqual(claimed.map((one) => one.due.golden), [id(1)])
    const only = yield* hub.claim("customer", side, { ...claiming, parked: true, only: [id(3)] })
    assert.deepEqual(only, [])
  }))

  test("no intent without the lease, and none after it ran out (R8)", (one, two) => Effect.gen(function*() {
    yield* one.commit(births(1), batch)
    const [claimed] = yield* one.claim("customer", "shop.customers", claiming)
    if (claimed === undefined) return assert.fail("nothing claimed")
    const attempt = { call: "a1", side: "shop.customers", intents: [intent(1, "a1")],
      leases: new Map([[id(1), claimed.lease]]) }
    assert.strictEqual((yield* Effect.flip(one.intend(attempt, t0 + 60_000)))._tag, "LeaseLost")
    yield* one.renew([id(1)], claimed.lease, t0 + 90_000)
    yield* one.intend(attempt, t0 + 60_000)
    const [taken] = yield* two.claim("customer", "shop.customers", { ...claiming, owner: "worker-2", now: t0 + 90_000 })
    assert.deepEqual(taken?.intents, [intent(1, "a1")])
    assert.strictEqual((yield* Effect.flip(one.intend({ ...attempt, call: "a2" }, t0)))._tag, "LeaseLost")
    assert.strictEqual((yield* Effect.flip(one.renew([id(1)], claimed.lease, t0 + 99_000)))._tag, "LeaseLost")
  }))

  test("no create of a record that was found since it was claimed (P4)", (one, two) => Effect.gen(function*() {
    yield* one.commit(births(1), batch)
    const [claimed] = yield* one.claim("customer", "shop.customers", claiming)
    if (claimed === undefined) return assert.fail("nothing claimed")
    const attempt = { call: "a1", side: "shop.customers", intents: [intent(1, "a1")],
      leases: new Map([[id(1), claimed.lease]]) }
    yield* two.commit({ ...empty, links: [{ link: link(1, { side: "shop.customers", ext: "s1" }), was: 0 }] }, batch)
    assert.strictEqual((yield* Effect.flip(one.intend(attempt, t0)))._tag, "Raced")
    const heads = yield* one.heads("shop.customers", ["s1"])
    assert.strictEqual(heads.get("s1")?.intents, false)
  }))

  test("long writes keep their handle until they are settled", (hub) => Effect.gen(function*() {
    yield* hub.commit(births(1, 2), batch)
    const claimed = yield* hub.claim("customer", "shop.customers", claiming)
    const leases = new Map(claimed.map((one) => [one.due.golden, one.lease] as const))
    yield* hub.intend({ call: "a1", side: "shop.customers", intents: [intent(1, "a1"), intent(2, "a1")], leases }, t0)
    assert.deepEqual(yield* hub.jobs("shop.customers"), [])
    yield* hub.job("a1", { bulk: "job-7" })
    yield* hub.commit({ ...empty, settled: [{ attempt: "a1", golden: id(1) }] }, batch)
    assert.deepEqual(yield* hub.jobs("shop.customers"), [{
      call: "a1", side: "shop.customers", intents: [intent(2, "a1")], leases: new Map([...leases].slice(1)),
      handle: { bulk: "job-7" }
    }])
    yield* hub.commit({ ...empty, settled: [{ attempt: "a1", golden: id(2) }] }, batch)
    assert.deepEqual(yield* hub.jobs("shop.customers"), [])
  }))
}

const acknowledging = (test: Test) => {
  const intended = (hub: Store, ...ns: ReadonlyArray<number>) => Effect.gen(function*() {
    yield* hub.commit(births(...ns), batch)
    const claimed = yield* hub.claim("customer", "shop.customers", claiming)
    yield* hub.intend({
      call: "a1", side: "shop.customers", intents: ns.map((n) => intent(n, "a1")),
      leases: new Map(claimed.map((one) => [one.due.golden, one.lease]))
    }, t0)
    return claimed
  })

  test("binds, settles, clears and gives the lease back at once (C19)", (hub) => Effect.gen(function*() {
    const [claimed] = yield* intended(hub, 1)
    if (claimed === undefined) return assert.fail("nothing claimed")
    assert.deepEqual(yield* hub.acknowledge([created(1, claimed, "a1",
      { hints: [{ side: "shop.customers", ext: "shop-1" }] })], {
      ...batch, now: t0 + 9, inbox: [hint("7")]
    }), [])
    const found = yield* hub.load({ ...nothing, goldens: [id(1)] }, t0, "run-1")
    assert.strictEqual(found.links.get("shop.customers|shop-1")?.status, "active")
    assert.deepEqual([found.due.size, found.intents.size], [0, 0])
    assert.deepEqual(yield* hub.inbox.take("shop.customers", 9, t0 + 9),
      [{ side: "shop.customers", ext: "shop-1", why: "hint", readAt: t0 + 9, notBefore: t0 + 9, attempts: 1 }])
    assert.strictEqual(yield* hub.inbox.count("erp.KUNDEN"), 1)
  }))

  test("an address whose golden moved on stays due (C20)", (hub) => Effect.gen(function*() {
    const [claimed] = yield* intended(hub, 1)
    if (claimed === undefined) return assert.fail("nothing claimed")
    yield* hub.commit({
      ...empty, goldens: [{ golden: golden(1, { ver: 2 }), was: 1 }],
        due: [{ golden: id(1), side: "shop.customers", ver: 2 }]
    }, batch)
    assert.deepEqual(yield* hub.acknowledge([created(1, claimed, "a1")], batch), [])
    const [again] = yield* hub.claim("customer", "shop.customers", claiming)
    assert.deepInclude(again?.due, { ver: 2, attempts: 0 })
    assert.strictEqual(again?.link?.ext, "shop-1")
  }))

  test("commits nothing of a row whose lease passed on, and all of the others", (one, two) => Effect.gen(function*() {
    const claimed = yield* intended(one, 1, 2)
    yield* two.claim("customer", "shop.customers", { ...claiming, owner: "worker-2", now: t0 + 60_000, only: [id(1)] })
    const acks = claimed.map((each, at) => created(at + 1, each, "a1"))
    assert.deepEqual(yield* one.acknowledge(acks, batch), [{ golden: id(1), side: "shop.customers", why: "lease" }])
    const found = yield* one.load({ ...nothing, goldens: [id(1), id(2)] }, t0, "run-1")
    assert.isFalse(found.links.has("shop.customers|shop-1"))
    assert.isTrue(found.links.has("shop.customers|shop-2"))
    assert.deepEqual(found.intents.get(id(1)), [intent(1, "a1")])
    assert.deepEqual([...found.due.keys()], [`${id(1)}|shop.customers`])
  }))

  test("a row raced by a pull comes back and is acknowledged when decided again", (one, two) => Effect.gen(function*() {
    const claimed = yield* intended(one, 1, 2)
    const seen = link(1, { side: "shop.customers", ext: "shop-1", obsAt: t0 + 2 })
    yield* two.commit({ ...empty, links: [{ link: seen, was: 0 }] }, batch)
    const acks = claimed.map((each, at) => created(at + 1, each, "a1"))
    assert.deepEqual(yield* one.acknowledge(acks, batch), [{ golden: id(1), side: "shop.customers", why: "raced" }])
    const [first] = claimed
    if (first === undefined) return assert.fail("nothing claimed")
    const again = created(1, first, "a1", { links: [{ link: { ...seen, rev: 2, writeEnd: t0 + 5 }, was: 1 }] })
    assert.deepEqual(yield* one.acknowledge([again], batch), [])
    assert.strictEqual(yield* one.dueCount(), 0)
  }))

  test("two creates that came back as one record bind once (fault 31)", (hub) => Effect.gen(function*() {
    const claimed = yield* intended(hub, 1, 2)
    const acks = claimed.map((each, at) => created(at + 1, each, "a1", {
      links: [{ link: link(at + 1, { side: "shop.customers", ext: "same" }), was: 0 }]
    }))
    assert.deepEqual(yield* hub.acknowledge(acks, batch), [{ golden: id(2), side: "shop.customers", why: "raced" }])
  }))

  test("unknown outcomes keep their intent and wait; holds wait for a person", (hub) => Effect.gen(function*() {
    const [first, second] = yield* intended(hub, 1, 2)
    if (first === undefined || second === undefined) return assert.fail("nothing claimed")
    yield* hub.acknowledge([
      created(1, first, "a1", { links: [], settled: [], outcome: "unknown",
        due: { then: "again", notBefore: t0 + 600, attempts: 1 } }),
      created(2, second, "a1", { links: [], settled: [], outcome: "unknown", due: { then: "hold", by: "run-1" } })
    ], batch)
    assert.deepEqual(yield* hub.claim("customer", "shop.customers", claiming), [])
    const [later] = yield* hub.claim("customer", "shop.customers", { ...claiming, now: t0 + 600 })
    assert.deepEqual(later?.intents, [intent(1, "a1")])
    assert.strictEqual(yield* hub.dueCount({ side: "shop.customers", attempted: true }), 2)
    assert.strictEqual(yield* hub.dueCount({ side: "erp.debtor", attempted: true }), 0)
    assert.strictEqual(later?.due.attempts, 1)
    assert.strictEqual(yield* hub.approve("run-1"), 1)
    assert.deepEqual((yield* hub.claim("customer", "shop.customers",
      { ...claiming, now: t0 + 600 })).map((one) => one.due.golden), [id(2)])
  }))

  test("deferring needs the lease it names and gives it back", (one, two) => Effect.gen(function*() {
    const claimed = yield* intended(one, 1, 2)
    yield* two.claim("customer", "shop.customers", { ...claiming, owner: "worker-2", now: t0 + 60_000, only: [id(1)] })
    yield* one.defer(claimed.map(({ due, lease }) => ({ golden: due.golden, side: due.side, ver: due.ver, lease,
      then: "clear" as const })), [], batch)
    assert.strictEqual(yield* one.dueCount(), 1)
    yield* one.commit({ ...empty, due: [{ golden: id(2), side: "shop.customers", ver: 1 }] }, batch)
    assert.deepEqual((yield* one.claim("customer", "shop.customers", claiming)).map((each) => each.due.golden), [id(2)])
  }))

  test("clearing spares an address that became due again", (hub) => Effect.gen(function*() {
    yield* hub.commit(births(1), batch)
    yield* hub.commit({ ...empty, due: [{ golden: id(1), side: "shop.customers", ver: 2 }] }, batch)
    yield* hub.defer([{ golden: id(1), side: "shop.customers", ver: 1, then: "clear" }], [], batch)
    assert.strictEqual(yield* hub.dueCount(), 1)
    yield* hub.defer([{ golden: id(1), side: "shop.customers", ver: 2, then: "clear" }], [], batch)
    assert.strictEqual(yield* hub.dueCount(), 0)
  }))
}

const brakes = (test: Test) => {
  test("holds until approved, exactly what was shown", (hub) => Effect.gen(function*() {
    yield* hub.commit(births(1, 2), batch)
    const side = "shop.customers"
    yield* hub.hold("run-1", [{ golden: id(1), side, hash: "h1", why: "more than 200 creates" }])
    yield* hub.hold("run-2", [{ golden: id(2), side, hash: "h2", why: "deletes" }])
    assert.deepEqual(yield* hub.claim("customer", side, claiming), [])
    const row = { golden: id(1), side, entity: "customer", run: "run-1", hash: "h1", why: "more than 200 creates",
      approved: false }
    assert.deepEqual(yield* hub.held("run-1"), [row])
    assert.strictEqual((yield* hub.held()).length, 2)
    assert.strictEqual(yield* hub.approve("run-1"), 1)
    assert.strictEqual(yield* hub.approve("run-1"), 0)
    assert.deepEqual(yield* hub.held("run-1"), [{ ...row, approved: true }])
    const [claimed] = yield* hub.claim("customer", side, claiming)
    assert.deepInclude(claimed?.due, { golden: id(1), heldBy: "run-1", approved: "h1" })
    yield* hub.hold("run-3", [{ golden: id(1), side, hash: "h9", why: "moved" }])
    assert.strictEqual(yield* hub.dueCount({ held: true }), 2)
  }))
}

const quarantine = (test: Test) => {
  const row = {
    id: "q1", side: "erp.KUNDEN", ext: "9", path: "email", cause: "not an e-mail", stage: "map", payload: { MAIL: "x" },
    at: t0, run: "run-1", attempts: 1
  } as const

  test("one row a record and field: the same fault again raises attempts", (hub) => Effect.gen(function*() {
    yield* hub.commit(empty, { ...batch, quarantine: [row,
      { ...row, id: "q2", path: "phone.work", cause: "no phone" }] })
    yield* hub.commit(empty, { ...batch, quarantine: [{ ...row, id: "q3", cause: "still no e-mail", at: t0 + 5 }] })
    const rows = yield* hub.quarantine.list({ side: "erp.KUNDEN" })
    assert.deepEqual(rows[0], { ...row, cause: "still no e-mail", at: t0 + 5, attempts: 2 })
    assert.strictEqual(rows.length, 2)
    assert.deepEqual(yield* hub.quarantine.list({ id: "q2" }),
      [{ ...row, id: "q2", path: "phone.work", cause: "no phone" }])
    assert.strictEqual((yield* hub.quarantine.list({ cause: "no phone", limit: 5 })).length, 1)
    assert.strictEqual((yield* hub.quarantine.list({ limit: 1 })).length, 1)
  }))

  test("groups by cause, drops by id", (hub) => Effect.gen(function*() {
    const { path: _, payload: __, ...bare } = row
    yield* hub.commit(empty, { ...batch, quarantine: [row, { ...bare, id: "q2", ext: "10" },
      { ...bare, id: "q3", ext: "11", cause: "other" }] })
    assert.deepEqual(yield* hub.quarantine.groups(), [
      { side: "erp.KUNDEN", cause: "not an e-mail", stage: "map", count: 2, sample: "q1" },
      { side: "erp.KUNDEN", cause: "other", stage: "map", count: 1, sample: "q3" }
    ])
    assert.strictEqual(yield* hub.quarantine.drop(["q1", "q3", "none"]), 2)
    assert.deepEqual(yield* hub.quarantine.list({}), [{ ...bare, id: "q2", ext: "10" }])
  }))

  test("takes what the plan rejects, once, with the payload the caller has", (hub) => Effect.gen(function*() {
    const rejected = [{ side: "erp.KUNDEN", ext: "9", path: "total", cause: "lines do not add up" },
      { side: "erp.KUNDEN", ext: "10", cause: "x" }]
    yield* hub.commit({ ...empty, quarantine: rejected }, {
      ...batch, quarantine: [{ ...row, path: "total", cause: "lines do not add up", stage: "merge" }]
    })
    const rows = yield* hub.quarantine.list({})
    assert.deepEqual(rows.map(({ ext, cause, stage, payload, attempts }) => ({ ext, cause, stage, payload,
      attempts })).sort((a, b) => a.ext < b.ext ? -1 : 1), [
      { ext: "10", cause: "x", stage: "merge", payload: undefined, attempts: 1 },
      { ext: "9", cause: "lines do not add up", stage: "merge", payload: { MAIL: "x" }, attempts: 1 }
    ])
  }))

  test("a record that is read well leaves it; a refused write stays", (hub) => Effect.gen(function*() {
    yield* hub.commit(births(1), { ...batch, quarantine: [{ ...row, ext: "1" }, { ...row, id: "q2", ext: "2" }] })
    const [claimed] = yield* hub.claim("customer", "shop.customers", claiming)
    if (claimed === undefined) return assert.fail("nothing claimed")
    yield* hub.acknowledge([created(1, claimed, "a1", {
      links: [], outcome: "refused", quarantine: { path: "email", cause: "too long" },
        due: { then: "again", notBefore: t0, attempts: 1 }
    })], { ...batch, quarantine: [] })
    yield* hub.commit({
      ...empty, outcomes: [{ side: "erp.KUNDEN", ext: "1", outcome: "updated" },
        { side: "erp.KUNDEN", ext: "2", outcome: "quarantined" }]
    }, batch)
    const left = yield* hub.quarantine.list({})
    assert.deepEqual(left.map(({ side, ext, stage }) => [side, ext, stage]).sort(), [
      ["erp.KUNDEN", "2", "map"], ["shop.customers", id(1), "write"]
    ])
  }))
}

const looking = (test: Test) => {
  test("finds by golden id, key and external id", (hub) => Effect.gen(function*() {
    yield* hub.commit(births(1, 2), batch)
    yield* hub.commit({ ...empty, links: [{ link: link(2, { side: "shop.customers", ext: "1" }), was: 0 }],
      conflicts: [conflict("c1", 1)] }, batch)
    const [one] = yield* hub.find("customer", { golden: id(1) })
    assert.deepEqual(one, {
      golden: golden(1), links: [link(1)], keys: [{ kind: "email", value: "jo1@example.com" }],
        conflicts: [conflict("c1", 1)],
      due: [{ golden: id(1), side: "shop.customers", entity: "customer", ver: 1, notBefore: t0, attempts: 0 }]
    })
    const goldens = (by: Parameters<Store["find"]>[1], entity = "customer") =>
      Effect.map(hub.find(entity, by), (found) => found.map((each) => each.golden.id))
    assert.deepEqual(yield* goldens({ key: "jo2@example.com" }), [id(2)])
    assert.deepEqual(yield* goldens({ ext: "1" }), [id(1), id(2)])
    assert.deepEqual(yield* goldens({ ext: "1", side: "shop.customers" }), [id(2)])
    assert.deepEqual(yield* goldens({ golden: id(1) }, "order"), [])
    assert.deepEqual(yield* goldens({ key: "none" }), [])
  }))

  test("lists conflicts", (hub) => Effect.gen(function*() {
    yield* hub.commit(births(1, 2), batch)
    yield* hub.commit({ ...empty, conflicts: [conflict("c2", 2), conflict("c1", 1),
      { ...conflict("c3", 1), status: "auto" }] }, batch)
    const ids = (filter: Parameters<Store["conflicts"]>[0]) => Effect.map(hub.conflicts(filter),
      (all) => all.map((one) => one.id))
    assert.deepEqual(yield* ids({}), ["c1", "c2", "c3"])
    assert.deepEqual(yield* ids({ status: "open" }), ["c1", "c2"])
    assert.deepEqual(yield* ids({ golden: id(1), entity: "customer" }), ["c1", "c3"])
    assert.deepEqual(yield* ids({ limit: 1 }), ["c1"])
    yield* hub.commit({ ...empty, conflicts: [{ ...conflict("c1", 1), status: "resolved", chosen: "theirs" }] }, batch)
    assert.deepInclude(yield* hub.conflict("c1"), { status: "resolved", chosen: "theirs" })
    assert.isUndefined(yield* hub.conflict("none"))
  }))

  test("streams facts of a run or of a golden record in the order they were made", (hub) => Effect.gen(function*() {
    yield* hub.commit(births(1, 2), batch)
    for (let n = 3; n < 43; n++) yield* hub.commit(births(n), { run: "run-2", now: t0 + n })
    const all = yield* Stream.runCollect(hub.facts({}))
    assert.deepEqual(all.map((fact) => fact.golden), Array.from({ length: 42 }, (_, at) => id(at + 1)))
    assert.strictEqual((yield* Stream.runCollect(hub.facts({ run: "run-2" }))).length, 40)
    assert.deepEqual(yield* Stream.runCollect(hub.facts({ golden: id(42) })), [{
      kind: "created", entity: "customer", golden: id(42), side: "erp.KUNDEN", ext: "42", why: "first sight",
        run: "run-2", at: t0 + 42
    }])
  }))

  test("counts by entity and side", (hub) => Effect.gen(function*() {
    yield* hub.commit(births(1, 2, 3), batch)
    yield* hub.defer([{ golden: id(2), side: "shop.customers", ver: 1, then: "park", on: "shop.x|y" }], [], batch)
    yield* hub.hold("run-1", [{ golden: id(3), side: "shop.customers", hash: "h", why: "w" }])
    yield* hub.inbox.put([hint("9")])
    assert.deepEqual(yield* hub.counts(), [{
      entity: "customer", goldens: 3, sides: [
        { side: "erp.KUNDEN", links: 3, due: 0, parked: 0, held: 0, inbox: 1 },
        { side: "shop.customers", links: 0, due: 3, parked: 1, held: 1, inbox: 0 }
      ]
    }])
  }))
}

const upkeep = (test: Test) => {
  const run = { id: "run-1", command: "sync", started: t0, counts: {} }

  test("runs add up what their batches count", (hub) => Effect.gen(function*() {
    yield* hub.begin(run)
    yield* hub.begin({ ...run, id: "run-0", started: t0 - 5 })
    yield* hub.commit(empty, { ...batch, counts: { "erp.KUNDEN": { created: 2, read: 3 } } })
    yield* hub.defer([], [], { ...batch, counts: { "erp.KUNDEN": { created: 1 }, "shop.customers": { written: 4 } } })
    yield* hub.acknowledge([], { ...batch, counts: { "shop.customers": { written: 1 } } })
    yield* hub.end("run-1", t0 + 9, 2, "one record quarantined")
    const ended = {
      ...run, ended: t0 + 9, exit: 2, message: "one record quarantined",
      counts: { "erp.KUNDEN": { created: 3, read: 3 }, "shop.customers": { written: 5 } }
    }
    assert.deepEqual(yield* hub.run("run-1"), ended)
    assert.deepEqual(yield* hub.runs(9), [ended, { ...run, id: "run-0", started: t0 - 5 }])
    assert.isUndefined(yield* hub.run("none"))
  }))

  test("a second run gets one sentence; a dead lock is taken over", (one, two) => Effect.gen(function*() {
    yield* one.lock("customer", "run 41", t0, 1_000)
    const busy = yield* Effect.flip(two.lock("customer", "run 42", t0 + 400, 1_000))
    assert.strictEqual(busy.reason._tag, "Busy")
    assert.strictEqual(busy.message.replace(` in process ${process.pid}`, ""),
      `Another run is at work on customer: run 41, since ${new Date(t0).toISOString()}. ` +
      "Wait for it to end; if it died, its lock is free in 1 s.")
    yield* one.lock("customer", "run 41", t0 + 900, 1_000)
    assert.strictEqual((yield* Effect.flip(two.lock("customer", "b", t0 + 1_500, 9)))._tag, "StoreError")
    yield* two.lock("order", "b", t0, 1_000)
    yield* two.lock("customer", "b", t0 + 1_900, 1_000)
    yield* one.unlock("customer", "run 41")
    assert.strictEqual((yield* Effect.flip(one.lock("customer", "c", t0 + 1_901, 9)))._tag, "StoreError")
    yield* two.unlock("customer", "b")
    yield* one.lock("customer", "c", t0 + 1_902, 9)
  }))

  test("remembers connections", (hub) => Effect.gen(function*() {
    const state = { connection: "erp", account: "db@host", tokens: "sealed", schema: { KUNDEN: ["ID"] }, quota: 5,
      checkedAt: t0 }
    yield* hub.saveConnection({ connection: "erp" })
    yield* hub.saveConnection(state)
    assert.deepEqual(yield* hub.connection("erp"), state)
    yield* hub.saveConnection({ connection: "erp", tokens: "renewed" })
    assert.deepEqual(yield* hub.connection("erp"), { ...state, tokens: "renewed" })
    assert.isUndefined(yield* hub.connection("shop"))
  }))

  test("retention forgets what is old and shows a person what waited too long", (hub) => Effect.gen(function*() {
    const day = 86_400_000
    yield* hub.begin(run)
    yield* hub.commit(births(1), {
      ...batch,
      quarantine: [{ id: "q1", side: "erp.KUNDEN", ext: "9", cause: "c", stage: "map", at: t0, run: "run-1",
        attempts: 1, payload: 1 }]
    })
    yield* hub.commit({ ...empty, conflicts: [conflict("c1", 1), { ...conflict("c2", 1), status: "auto" }] }, batch)
    yield* hub.inbox.put([hint("5"), hint("6", t0, { why: "parked", parkedOn: "erp.X|1", attempts: 2 }),
      hint("7", t0 + 8 * day)])
    yield* hub.listed("erp.KUNDEN", t0, ["1"])
    const none = { facts: 0, runs: 0, conflicts: 0, quarantine: 0, inbox: 0, listed: 0 }
    assert.deepEqual(yield* hub.retain(t0 + 6 * day), none)
    assert.deepEqual(yield* hub.retain(t0 + 8 * day), { ...none, inbox: 2 })
    assert.deepEqual((yield* hub.quarantine.list({})).map(({ ext, cause, attempts }) => [ext, cause,
      attempts]).sort(), [
      ["5", "could not be read for 7 days", 0], ["6", "its parent record did not come in 7 days", 2], ["9", "c", 1]
    ])
    assert.deepEqual(yield* hub.retain(t0 + 31 * day), { ...none, quarantine: 1, inbox: 1, listed: 1 })
    assert.deepEqual(yield* hub.retain(t0 + 91 * day), { ...none, facts: 1, quarantine: 3 })
    assert.deepEqual(yield* hub.retain(t0 + 181 * day), { ...none, runs: 1, conflicts: 1 })
    assert.strictEqual((yield* hub.conflicts({})).length, 1)
  }))

  test("the dump is the same text for the same contents", (hub, two) => Effect.gen(function*() {
    yield* hub.commit(births(1, 2), batch)
    const before = yield* hub.dump()
    assert.include(before, "jo1@example.com")
    assert.strictEqual(yield* two.dump(), before)
    yield* hub.inbox.put([hint("2"), hint("1")])
    const one = yield* hub.dump()
    yield* hub.inbox.drop([hint("1"), hint("2")])
    yield* hub.inbox.put([hint("1"), hint("2")])
    assert.strictEqual(yield* hub.dump(), one)
    assert.notStrictEqual(one, before)
  }))
}
