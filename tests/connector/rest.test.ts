/** What `rest()` makes of the ways in which REST systems differ, each at a server that has only that way. */
import { it } from "@effect/vitest"
import { Effect, Schema as S, Stream } from "effect"
import { afterEach, describe, expect } from "vitest"
import { Rows } from "../../core/mapping/mapping.ts"
import type { Patch } from "../../core/mapping/mapping.ts"
import type { Json } from "../../core/model/value.ts"
import type { Change, Cursor, Page } from "../../core/connector/connector.ts"
import { defineConnector } from "../../core/connector/define.ts"
import { columnsOf, flat, nested } from "../../core/connector/rest/flat.ts"
import { rest } from "../../core/connector/rest.ts"
import type { RestOptions } from "../../core/connector/rest.ts"
import { sandbox } from "../../core/connector/sandbox.ts"
import type { Call, Reply, Sandbox } from "../../core/connector/sandbox.ts"

const running: Array<Sandbox> = []
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop()
})

const Thing = S.Struct({
  id: S.Number, at: S.NullOr(S.String), "a.b": S.NullOr(S.String), "a.c": S.NullOr(S.String), note: S.NullOr(S.String),
  rows: S.Array(S.Struct({ id: S.Number, "x.y": S.NullOr(S.String) }))
})

const lab = (handle: (call: Call, url: string) => Reply, options: Partial<RestOptions> = {}) => Effect.gen(function*() {
  const server: Sandbox = yield* Effect.promise(() =>
    sandbox((frame) => ({ handle: (call) => handle(call, frame.url()) }), { origins: ["api", "decoy"] }))
  running.push(server)
  const connection = defineConnector({
    name: "thing", kind: "thing", base: server.url(), account: { path: "/me", id: "id" },
    dialect: { code: () => undefined, table: {} },
    resources: { things: rest(Thing, { path: "/things", id: "id", ...options }) }
  })
  const session = yield* connection.open({ readOnly: false })
  const { reader, writer } = session.resource("things")
  const pages = (since?: Cursor) => Stream.runCollect(reader.changes(since, { columns: [] }))
  const write = (change: Change) =>
    Effect.map(writer?.write([change], Effect.void) ?? Effect.succeed([]), ([one]) => one)
  return { server, session, reader, pages, write }
})
const ids = (pages: ReadonlyArray<Page>) => pages.flatMap((page) => page.seen.map((one) => one.id))
const things = (from: number, to: number): ReadonlyArray<Json> =>
  Array.from({ length: Math.max(0, to - from) }, (_, n) => ({ id: from + n, at: "2026-01-01T00:00:00Z" }))
const update = (patch: Patch): Change =>
  ({ attempt: "1", idempotencyKey: "1", op: "update", id: "1", patch: () => patch, expect: { holds: () => true } })

describe("paging", () => {
  const all = Array.from({ length: 25 }, (_, n) => String(n))
  const from = (call: Call, name: string): number => Number(call.query.get(name) ?? 0)
  const ways: ReadonlyArray<readonly [string, Partial<RestOptions>, (call: Call, url: string) => Reply]> = [
    ["an address in the answer", { items: "list", paging: { by: "link", at: "links.next" } }, (call, url) => ({ status: 200,
      body: { list: things(from(call, "n"), Math.min(25, from(call, "n") + 10)),
        links: { next: from(call, "n") < 20 ? `${url}/things?n=${from(call, "n") + 10}` : null } } })],
    ["an address without an origin", { items: "list", paging: { by: "link", at: "next" } }, (call) => ({ status: 200,
      body: { list: things(from(call, "n"), Math.min(25, from(call, "n") + 10)),
        next: from(call, "n") < 20 ? `/things?n=${from(call, "n") + 10}` : "" } })],
    ["a Link header", { paging: { by: "link", header: true } }, (call, url) => ({ status: 200,
      body: things(from(call, "n"), Math.min(25, from(call, "n") + 10)),
      headers: { link: from(call, "n") >= 20 ? `<${url}/things>; rel="prev"`
        : `<${url}/things?n=0>; rel="first", <${url}/things?n=${from(call, "n") + 10}>; title="a, b"; rel="next"` } })],
    ["pages that are counted", { paging: { by: "page", parameter: "page", first: 0 }, size: { parameter: "size", value: 10 } },
      (call) => ({ status: 200, body: things(from(call, "page") * 10, Math.min(25, from(call, "page") * 10 + 10)) })],
    ["the last id", { paging: { by: "after", parameter: "after" }, size: { parameter: "size", value: 10 } },
      (call) => {
        const after = call.query.has("after") ? from(call, "after") + 1 : 0
        return { status: 200, body: things(after, Math.min(25, after + 10)) }
      }],
    ["no pages at all", {}, () => ({ status: 200, body: things(0, 25) })]
  ]
  it.live.each(ways)("%s", ([, options, handle]) => Effect.gen(function*() {
    const { pages } = yield* lab(handle, options)
    const found = yield* pages()
    expect(ids(found)).toEqual(all)
    expect(found.map((page) => page.listing).lastIndexOf("complete")).toBe(found.length - 1)
  }))

  it.live("the last change time goes along with the last id", () => Effect.gen(function*() {
    const asked: Array<string> = []
    const { pages } = yield* lab((call) => {
      asked.push(call.query.toString())
      return { status: 200, body: call.query.has("after") ? [] : things(1, 3) }
    }, { paging: { by: "after", parameter: "after" }, changed: { column: "at", parameter: "since" } })
    yield* pages({ since: "2025-12-31T23:00:00.000Z" })
    expect(asked).toEqual(["since=2025-12-31T23%3A00%3A00.000Z", "since=2026-01-01T00%3A00%3A00Z&after=2"])
  }))

  it.live("a page that comes again ends the read", () => Effect.gen(function*() {
    const { pages, server } = yield* lab(() => ({ status: 200, body: { list: things(0, 2), next: "/things?again" } }),
      { items: "list", paging: { by: "link", at: "next" } })
    expect((yield* Effect.flip(pages())).message).toBe("thing: list things: GET /things answers the same page again")
    expect(server.total()).toBe(2)
  }))

  it.live("an address at another origin is not asked", () => Effect.gen(function*() {
    const decoy: { url: string } = { url: "" }
    const { pages, server } = yield* lab(() => ({ status: 200, body: { list: things(0, 2), next: decoy.url } }),
      { items: "list", paging: { by: "link", at: "next" } })
    decoy.url = server.url("decoy")
    expect((yield* Effect.flip(pages())).message).toBe("thing: list things: GET /things: origin not allowed")
    expect(server.total()).toBe(1)
  }))

  it.live("a page that a later run cannot go on with is read from its beginning", () => Effect.gen(function*() {
    let valid = "1"
    const { pages } = yield* lab((call) => {
      const session = call.query.get("session")
      if (session !== null && session !== valid) return { status: 410 }
      return { status: 200, body: session === null ? { list: things(0, 2), next: `/things?session=${valid}` }
        : { list: things(2, 4), next: null } }
    }, { items: "list", paging: { by: "link", at: "next" } })
    const [first] = yield* pages()
    expect(ids(yield* pages(first?.next))).toEqual(["2", "3"])
    valid = "2"
    expect(ids(yield* pages(first?.next))).toEqual(["0", "1", "2", "3"])
  }))

  it.live("an answer that is no list is not an empty one", () => Effect.gen(function*() {
    for (const body of [{ list: null }, {}, "nothing", { error: "sorry" }]) {
      const { pages } = yield* lab(() => ({ status: 200, body }), { items: "list" })
      expect((yield* Effect.flip(pages())).reason._tag).toBe("Malformed")
    }
  }))
})

describe("records", () => {
  it.live("a key that is missing is unknown, unless the system leaves empty fields out", () => Effect.gen(function*() {
    const handle = (): Reply => ({ status: 200, body: [{ id: 1, a: { b: "x" } }, { id: 2, a: null, rows: null }] })
    const unknown = yield* lab(handle)
    const found = (yield* unknown.pages()).flatMap((page) => page.seen)
    expect(found.map((one) => one._tag === "Held" ? one.record : {})).toEqual(
      [{ id: 1, "a.b": "x" }, { id: 2, "a.b": null, "a.c": null, rows: [] }])
    const empty = yield* lab(handle, { missing: "empty" })
    const [first] = (yield* empty.pages()).flatMap((page) => page.seen)
    expect(first).toMatchObject({ record: { id: 1, at: null, "a.b": "x", "a.c": null, note: null, rows: [] } })
  }))

  it.live("deleted ones, and such as cannot be read", () => Effect.gen(function*() {
    const { pages } = yield* lab(() => ({ status: 200, body: [{ id: 1, note: "gone" }, { note: "no id" }, 7, { id: 2 }] }),
      { deleted: (record) => record["note"] === "gone" })
    expect((yield* pages()).flatMap((page) => page.seen.map((one) => one._tag)))
      .toEqual(["Gone", "Unreadable", "Unreadable", "Held"])
  }))

  it("flat and nested are each other's way back, whatever the keys are called", () => {
    const columns = columnsOf(S.Struct({ "a.b.c": S.String, "a.d": S.String, e: S.String, "__proto__.x": S.String,
      "constructor.prototype": S.String }))
    const record = { "a.b.c": "1", "a.d": "2", e: "3", "__proto__.x": "4", "constructor.prototype": "5" }
    const body = nested(record)
    expect(JSON.stringify(body)).toBe(
      "{\"e\":\"3\",\"a\":{\"d\":\"2\",\"b\":{\"c\":\"1\"}},\"__proto__\":{\"x\":\"4\"},\"constructor\":{\"prototype\":\"5\"}}")
    expect(flat(JSON.parse(JSON.stringify(body)), columns, "unknown")).toEqual(record)
    expect(Object.getPrototypeOf(body)).toBe(Object.prototype)
    expect(flat({ "a.b.c": "whole key", a: { d: "2" } }, columns, "unknown")).toEqual({ "a.b.c": "whole key", "a.d": "2" })
  })
})

describe("bodies", () => {
  const stored = { id: 1, a: { b: "old", c: "kept" }, note: "n", rows: [{ id: 7, x: { y: "one" } }, { id: 8, x: { y: "two" } }] }
  const sent = (options: Partial<RestOptions>, change: Change) => Effect.gen(function*() {
    const bodies: Array<Json> = []
    const { server, write } = yield* lab((call) => {
      if (call.method === "GET") return { status: 200, body: stored }
      bodies.push([call.method, call.path, call.text === "" ? null : JSON.parse(call.text)])
      return { status: 200, body: { ...stored, rows: [...stored.rows, { id: 9, x: { y: "new" } }] } }
    }, options)
    const outcome = yield* write(change)
    expect(server.violations).toEqual([])
    return { bodies, outcome }
  })

  it.live("nested objects are merged there, or sent as a whole", () => Effect.gen(function*() {
    expect((yield* sent({ write: {} }, update({ "a.b": "new" }))).bodies).toEqual([["PATCH", "/things/1", { a: { b: "new" } }]])
    expect((yield* sent({ write: { objects: "replaced" } }, update({ "a.b": "new" }))).bodies)
      .toEqual([["PATCH", "/things/1", { a: { b: "new", c: "kept" } }]])
    expect((yield* sent({ write: { update: "PUT", readOnly: ["note"] } }, update({ "a.b": "new" }))).bodies)
      .toEqual([["PUT", "/things/1", { a: { b: "new", c: "kept" } }]])
  }))

  it.live("a list that is replaced is sent whole, from a fresh read, and a new row has no key yet", () => Effect.gen(function*() {
    const change = update({ rows: new Rows([{ id: "8", set: { "x.y": "edited" } }, { element: "e", set: { "x.y": "new" } }]) })
    const { bodies, outcome } = yield* sent({ write: { children: { rows: { key: "id" } } } }, change)
    expect(bodies).toEqual([["PATCH", "/things/1",
      { rows: [{ id: 7, x: { y: "one" } }, { id: 8, x: { y: "edited" } }, { x: { y: "new" } }] }]])
    expect(outcome).toMatchObject({ did: "written", after: { record: { rows: [{ id: 7 }, { id: 8 }, { id: 9 }] } } })
    const removal = yield* sent({ write: { children: { rows: { key: "id" } } } },
      update({ rows: new Rows([{ id: "7", set: null }]) }))
    expect(removal.bodies).toEqual([["PATCH", "/things/1", { rows: [{ id: 8, x: { y: "two" } }] }]])
  }))

  it.live("envelopes are the declaration's business; columns that cannot be written are withheld", () => Effect.gen(function*() {
    const { bodies, outcome } = yield* sent({ write: { body: (body, op) => ({ [op]: body }), readOnly: ["note"] } },
      update({ "a.b": "new", note: "x", id: 3, rows: new Rows([]) }))
    expect(bodies).toEqual([["PATCH", "/things/1", { update: { a: { b: "new" } } }]])
    expect(outcome).toMatchObject({ withheld: [{ path: "note" }, { path: "id" }, { path: "rows" }] })
  }))

  it.live("what is not possible there is refused, without a request", () => Effect.gen(function*() {
    const none = { write: { create: null, update: null, remove: null } } as const
    const head = { attempt: "1", idempotencyKey: "1" }
    expect((yield* sent(none, update({ note: "x" }))).outcome).toMatchObject({ did: "refused" })
    expect((yield* sent(none, { ...head, op: "create", patch: () => ({ note: "x" }) })).outcome).toMatchObject({ did: "refused" })
    for (const how of ["delete", "archive"] as const) {
      const { bodies, outcome } = yield* sent(none, { ...head, op: "remove", id: "1", how, expect: { holds: () => true } })
      expect([outcome?.did, bodies]).toEqual(["refused", []])
    }
  }))

  it.live("a create whose answer holds no record is found by its Location", () => Effect.gen(function*() {
    const { write } = yield* lab((call) => call.method === "POST" ? { status: 201, headers: { location: "/things/42?x" } }
      : { status: 200, body: { ...stored, id: 42 } }, { write: {} })
    expect(yield* write({ attempt: "1", idempotencyKey: "1", op: "create", patch: () => ({ note: "x" }) }))
      .toMatchObject({ did: "written", id: "42", after: { id: "42" } })
  }))
})
