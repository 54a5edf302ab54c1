/** The Api over real loopback servers: what is repeated and what is not, where credentials go, what an error says. */
import { it } from "@effect/vitest"
import { Clock, Effect, Fiber, Redacted, Result, Stream } from "effect"
import { afterEach, describe, expect } from "vitest"
import { Lost, makeApi } from "../../core/connector/api.ts"
import type { Api, ApiOptions, Call, Dialect, Write } from "../../core/connector/api.ts"
import { Fenced } from "../../core/connector/connector.ts"
import { ConnectorError } from "../../core/connector/errors.ts"
import { sandbox } from "../../core/connector/sandbox.ts"
import type { Call as Arrived, FaultRule, Reply, Sandbox, Vendor } from "../../core/connector/sandbox.ts"
import { retryAfterMs } from "../../core/connector/verdict.ts"
import { isRecord } from "../../core/model/value.ts"
import { hour, hurried } from "./hurried.ts"

const running: Array<Sandbox> = []
const start = (vendor: Vendor, origins?: ReadonlyArray<string>) => Effect.promise(async () => {
  const one = await sandbox(() => vendor, origins === undefined ? {} : { origins })
  running.push(one)
  return one
})
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop()
})

const code = (name: string, status: number, headers: Reply["headers"] = {}): ((call: Arrived) => Reply) =>
  () => ({ status, headers: { "x-request-id": "req-1", ...headers }, body: { code: name, message: "jo@example.com" } })
const dialect: Dialect = {
  code: (answer) => isRecord(answer.json) && typeof answer.json["code"] === "string" ? answer.json["code"] : undefined,
  table: { LOCKED: "busy", TAKEN: "fix data", SLOW_DOWN: "wait", NO_FIELD: "fix mapping", BROKEN: "retry",
    EXPIRED: "reauthorise", GONE_WRONG: "report" }
}
const answers: NonNullable<Vendor["answers"]> = {
  locked: code("LOCKED", 409), taken: code("TAKEN", 422), throttled: code("SLOW_DOWN", 200), "no-field": code("NO_FIELD", 400),
  broken: code("BROKEN", 500), expired: code("EXPIRED", 401), wrong: code("GONE_WRONG", 400), new: code("NEVER_SEEN", 400),
  "new-500": code("NEVER_SEEN", 500), later: code("SLOW_DOWN", 429, { "retry-after": "7" }),
  odd: () => ({ status: 418, body: "jo@example.com" }), "bad-gateway": () => ({ status: 502, body: "<html>jo@example.com" }),
  moved: () => ({ status: 302, headers: { location: "http://127.0.0.1:9/" } })
}
const token = (value: string) => ({ Authorization: Redacted.make(`Bearer ${value}`) })
const options = (base: string, more: Partial<ApiOptions> = {}): ApiOptions => ({
  connection: "shop", base, dialect,
  authorization: { headers: Effect.succeed(token("planted")), refused: () => Effect.succeed(false) },
  ...more
})
const server = (more: Partial<Vendor> = {}) =>
  start({ handle: (call) => ({ status: 200, body: { path: call.path } }), answers, ...more })
const list: Call = { operation: "list", method: "GET", path: "/things" }
const create: Write = { operation: "create", method: "POST", path: "/things/{id}", params: { id: "jo@example.com" },
  body: { json: { a: 1 } }, idempotent: false }

describe("requests", () => {
  it.live("carry credentials, escaped values and query", () => Effect.gen(function*() {
    const shop = yield* server({
      handle: (call) => ({ status: 200, body: [call.path, call.query.toString(), call.headers["authorization"] ?? "",
        call.headers["version"] ?? "", call.text] })
    })
    const api = yield* makeApi(options(`${shop.url()}/v1`, { headers: { Version: "2026-07" } }))
    const answer = yield* api.write({ ...create, params: { id: "x/../y?z" }, query: { q: "a b&c", n: undefined, m: ["1", "2"] } })
    expect(answer.json).toEqual(["/v1/things/x%2F..%2Fy%3Fz", "q=a+b%26c&m=1&m=2", "Bearer planted", "2026-07", "{\"a\":1}"])
  }))

  it.live("a value that would be another path is no address", () => Effect.gen(function*() {
    const shop = yield* server()
    const api = yield* makeApi(options(shop.url()))
    for (const id of ["..", ".", ""]) yield* Effect.flip(api.read({ ...list, path: "/things/{id}", params: { id } }))
    expect(shop.total()).toBe(0)
  }))

  it.live("numbers that a double cannot hold come as text", () => Effect.gen(function*() {
    const body = "{\"id\":9007199254740993,\"price\":12.50,\"long\":0.12345678901234567890,\"n\":1e400,\"__proto__\":{\"a\":1}}"
    const shop = yield* server({ handle: () => ({ status: 200, body }) })
    const api = yield* makeApi(options(shop.url()))
    const { json } = yield* api.read(list)
    expect(json).toMatchObject({ id: "9007199254740993", price: 12.5, long: "0.12345678901234567890", n: "1e400" })
    expect(Object.getPrototypeOf(json)).toBe(Object.prototype)
  }))
})

describe("where credentials go", () => {
  const decoys = Effect.gen(function*() {
    const seen: Array<string> = []
    const shop = yield* start({
      handle: (call) => {
        seen.push(`${call.origin} ${call.headers["authorization"] ?? "nothing"}`)
        return { status: 200, body: {} }
      }
    }, ["api", "storage", "decoy"])
    const api = yield* makeApi(options(shop.url("api"), { origins: [shop.url("storage")] }))
    return { api, seen, shop }
  })
  it.live("to the API's own links", () => Effect.gen(function*() {
    const { api, seen, shop } = yield* decoys
    yield* api.read({ ...list, link: `${shop.url("api")}/things?page=2` })
    yield* api.read({ ...list, link: "/things?page=3" })
    expect(seen).toEqual(["api Bearer planted", "api Bearer planted"])
  }))
  it.live("not to a storage that is allowed", () => Effect.gen(function*() {
    const { api, seen, shop } = yield* decoys
    yield* api.read({ ...list, link: `${shop.url("storage")}/result.jsonl` })
    yield* Stream.runDrain(api.lines({ ...list, link: `${shop.url("storage")}/result.jsonl` }))
    yield* api.write({ ...create, link: `${shop.url("storage")}/upload`, body: { multipart: [{ name: "file", value: "x" }] } })
    expect(seen).toEqual(["storage nothing", "storage nothing", "storage nothing"])
  }))
  it.live("and nothing goes to any other origin: next link, Location, storage, protocol-relative", () => Effect.gen(function*() {
    const { api, seen, shop } = yield* decoys
    const decoy = shop.url("decoy")
    for (const link of [`${decoy}/next`, decoy.replace("http:", ""), `${decoy}\\@${shop.url("api").slice(7)}/`,
      `http://planted@${decoy.slice(7)}/`]) {
      const error = yield* Effect.flip(api.read({ ...list, link }))
      expect(error.message).toBe("shop: list: GET /things: origin not allowed")
      yield* Effect.flip(api.write({ ...create, link }))
      yield* Effect.flip(Stream.runDrain(api.lines({ ...list, link })))
    }
    expect(seen).toEqual([])
  }))
  it.live("a redirect is not followed", () => Effect.gen(function*() {
    const { seen, shop } = yield* decoys
    const moved = yield* server({ handle: () => ({ status: 307, headers: { location: `${shop.url("decoy")}/` } }) })
    const api = yield* makeApi(options(moved.url(), { origins: [shop.url("decoy")] }))
    expect((yield* Effect.flip(api.read(list))).reason._tag).toBe("Malformed")
    expect(seen).toEqual([])
  }))
  it.live("an allow-list's star stands for labels, not for another domain", () => Effect.gen(function*() {
    const api = yield* makeApi(options("https://shop.example", { origins: ["https://*.storage.example"], connectMs: 1, attempts: 1 }))
    const why = (link: string) => Effect.map(Effect.flip(api.read({ ...list, link })), (error) => error.reason._tag)
    expect(yield* why("https://eu.storage.example.evil.invalid/")).toBe("Malformed")
    expect(yield* why("https://evil.invalid/.storage.example")).toBe("Malformed")
    expect(yield* why("https://storage.example/")).toBe("Malformed")
    expect(yield* why("https://eu.storage.example:444/")).toBe("Malformed")
    expect(yield* why("https://a.eu.storage.example/")).toBe("Unavailable")
  }))
})

const patient: Partial<ApiOptions> = { timeoutMs: hour, connectMs: hour }

/** One call at a server with these faults. */
const tried = (
  faults: ReadonlyArray<FaultRule>, call: (api: Api) => Effect.Effect<unknown, unknown>, more: Partial<ApiOptions> = {}
) => Effect.gen(function*() {
  const shop = yield* server()
  for (const fault of faults) shop.faults.add(fault)
  const { result, took, waits } = yield* hurried(Effect.scoped(
    Effect.flatMap(makeApi(options(shop.url(), { ...patient, ...more })), call)))
  const error = result._tag === "Failure" ? result.failure : undefined
  return {
    calls: shop.total(), waits, took,
    end: error === undefined ? "answered" : error instanceof ConnectorError ? error.reason._tag
      : error instanceof Lost ? "Lost" : error instanceof Fenced ? "Fenced" : "?",
    message: error instanceof Error ? error.message : ""
  }
})
const once = (api: Api) => api.write(create)
const upsert = (api: Api) => api.write({ ...create, idempotent: true })
const reading = (api: Api) => api.read(list)

describe("what is tried again", () => {
  type Row = readonly [string, ReadonlyArray<FaultRule>, number, string, number, string, number, string]
  const rows: ReadonlyArray<Row> = [
    // fault, rules, then calls and end of: a read, an upsert, a create
    ["locked", [{ fault: "locked", times: 2 }], 3, "answered", 3, "answered", 3, "answered"],
    ["throttled inside 200", [{ fault: "throttled", times: 2 }], 3, "answered", 3, "answered", 3, "answered"],
    ["429", [{ fault: "later" }], 2, "answered", 2, "answered", 2, "answered"],
    ["500", [{ fault: "broken" }], 2, "answered", 2, "answered", 1, "Lost"],
    ["502 without a code", [{ fault: "bad-gateway" }], 2, "answered", 2, "answered", 1, "Lost"],
    ["cut before", [{ fault: "cut-before" }], 2, "answered", 2, "answered", 1, "Lost"],
    ["cut after", [{ fault: "cut-after" }], 2, "answered", 2, "answered", 1, "Lost"],
    ["cut for ever", [{ fault: "cut-after", times: 99 }], 5, "Unavailable", 5, "Lost", 1, "Lost"],
    ["500 for ever", [{ fault: "broken", times: 99 }], 5, "Unavailable", 5, "Lost", 1, "Lost"],
    ["locked for ever", [{ fault: "locked", times: 99 }], 5, "Unavailable", 5, "Unavailable", 5, "Unavailable"],
    ["cut, then locked for ever", [{ fault: "cut-after" }, { fault: "locked", after: 1, times: 99 }],
      5, "Unavailable", 5, "Lost", 1, "Lost"],
    ["refused", [{ fault: "taken" }], 1, "Refused", 1, "Refused", 1, "Refused"],
    ["a missing field", [{ fault: "no-field" }], 1, "Stale", 1, "Stale", 1, "Stale"],
    ["a code that is for us", [{ fault: "wrong" }], 1, "Malformed", 1, "Malformed", 1, "Malformed"],
    ["a code nobody knows", [{ fault: "new" }], 1, "Malformed", 1, "Malformed", 1, "Malformed"],
    ["a code nobody knows with 500", [{ fault: "new-500" }], 1, "Malformed", 1, "Malformed", 1, "Malformed"],
    ["a redirect", [{ fault: "moved" }], 1, "Malformed", 1, "Malformed", 1, "Malformed"]
  ]
  it.live.each(rows)("%s", ([, faults, reads, read, upserts, upserted, creates, created]) => Effect.gen(function*() {
    const three = [yield* tried(faults, reading), yield* tried(faults, upsert), yield* tried(faults, once)]
    const wanted = [[reads, read], [upserts, upserted], [creates, created]]
    expect(three.map(({ calls, end }) => [calls, end])).toEqual(wanted)
  }))

  it.live("nobody listens: tried again, also a create, and it ends as not done", () => Effect.gen(function*() {
    const shop = yield* server()
    yield* Effect.promise(() => shop.stop())
    running.splice(0)
    const { result, waits } = yield* hurried(Effect.scoped(Effect.flatMap(makeApi(options(shop.url(), patient)), once)))
    expect(waits).toHaveLength(4)
    expect(result._tag === "Failure" && result.failure.message).toBe("shop: create: POST /things/{id}: connection refused")
  }))

  it.live("an unknown code is told with the request's id, and without what the vendor wrote", () => Effect.gen(function*() {
    const { message } = yield* tried([{ fault: "new" }], once)
    expect(message).toBe("shop: create: POST /things/{id} answered 400 NEVER_SEEN (request req-1)")
  }))

  it.live("statuses that the caller reads himself are answers", () => Effect.gen(function*() {
    expect((yield* tried([{ fault: "taken" }], (api) => api.write({ ...create, accept: [422] }))).end).toBe("answered")
  }))
})

describe("waits", () => {
  it.live("are anywhere between nothing and a bound that doubles", () => Effect.gen(function*() {
    const { waits } = yield* tried([{ fault: "locked", times: 99 }], reading, { attempts: 9 })
    const bounds = [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]
    expect(waits.map((ms, at) => ms >= 0 && ms < (bounds[at] ?? 0))).toEqual(bounds.map(() => true))
    expect(new Set(waits.map((ms, at) => Math.floor(4 * ms / (bounds[at] ?? 1)))).size).toBeGreaterThan(2)
  }))
  it.live("are the same for the same seed", () => Effect.gen(function*() {
    const first = yield* tried([{ fault: "locked", times: 99 }], reading)
    expect((yield* tried([{ fault: "locked", times: 99 }], reading)).waits).toEqual(first.waits)
  }))
  it.live("are at least what the system asks for", () => Effect.gen(function*() {
    const { took } = yield* tried([{ fault: "later" }], once)
    expect(took).toBeGreaterThanOrEqual(7_000)
    expect(took).toBeLessThan(7_000 + 1_000)
  }))
  it.live("end when the time of the call is over: the error says when to come back", () => Effect.gen(function*() {
    const { calls, end, took } = yield* tried([{ fault: "later", times: 999 }], once)
    expect(end).toBe("RateLimited")
    expect(took).toBeLessThanOrEqual(120_000)
    expect(calls).toBeLessThanOrEqual(1 + 120_000 / 7_000)
    expect(yield* tried([{ fault: "later" }], once, { withinMs: 5_000 })).toMatchObject({ calls: 1, end: "RateLimited", took: 0 })
  }))
  it.live("a refusal teaches the rate only where the limit is not declared", () => Effect.gen(function*() {
    const gap = (more: Partial<ApiOptions>) => Effect.gen(function*() {
      const shop = yield* server()
      shop.faults.add({ fault: "throttled" })
      return (yield* hurried(Effect.scoped(Effect.gen(function*() {
        const api = yield* makeApi(options(shop.url(), { ...patient, ...more }))
        yield* api.read(list)
        const from = yield* Clock.currentTimeMillis
        yield* api.read(list)
        return (yield* Clock.currentTimeMillis) - from
      })))).result
    })
    expect(Result.getOrThrow(yield* gap({}))).toBeGreaterThan(100)
    const budgets = [{ name: "calls", max: 100, left: 100, restorePerSecond: 10 }]
    expect(Result.getOrThrow(yield* gap({ lane: { budgets } }))).toBe(0)
  }))

  it.live("hold the whole connection", () => Effect.gen(function*() {
    const shop = yield* server()
    shop.faults.add({ fault: "later" })
    const { took } = yield* hurried(Effect.scoped(Effect.gen(function*() {
      const api = yield* makeApi(options(shop.url(), { ...patient, withinMs: 1 }))
      yield* Effect.ignore(api.read(list))
      yield* api.read({ ...list, priority: "interactive" })
    })))
    expect(took).toBe(7_000)
  }))
})

describe("Retry-After", () => {
  it.each([
    ["0", 0], ["120", 120_000], [" 3 ", 3_000], ["1.5", 1_500],
    ["Sun, 06 Nov 1994 08:49:37 GMT", 37_000], ["Sun, 06 Nov 1994 08:48:00 GMT", 0],
    ["soon", undefined], ["-5", undefined], ["", undefined]
  ])("%s", (header, ms) => {
    expect(retryAfterMs(header, Date.UTC(1994, 10, 6, 8, 49, 0))).toBe(ms)
  })
})

describe("credentials that end", () => {
  const renewable = (refresh: () => boolean) => {
    let value = "old"
    let refreshed = 0
    const authorization: NonNullable<ApiOptions["authorization"]> = {
      headers: Effect.sync(() => token(value)),
      refused: () => Effect.sync(() => { refreshed++; value = "new"; return refresh() })
    }
    return { authorization, refreshed: () => refreshed }
  }
  const guarded = (fresh: string) => server({
    handle: (call) => call.headers["authorization"] === `Bearer ${fresh}` ? { status: 200, body: {} }
      : { status: 401, body: { code: "EXPIRED" } }
  })
  it.live("are renewed once, and the call is made again: also a create", () => Effect.gen(function*() {
    const shop = yield* guarded("new")
    const { authorization, refreshed } = renewable(() => true)
    const api = yield* makeApi(options(shop.url(), { authorization }))
    expect((yield* api.write(create)).status).toBe(200)
    expect([refreshed(), shop.total()]).toEqual([1, 2])
  }))
  it.live("are not renewed for ever", () => Effect.gen(function*() {
    const shop = yield* guarded("never")
    const { authorization, refreshed } = renewable(() => true)
    const api = yield* makeApi(options(shop.url(), { authorization }))
    expect((yield* Effect.flip(api.read(list))).reason._tag).toBe("Unauthorized")
    expect([refreshed(), shop.total()]).toEqual([1, 2])
  }))
  it.live("a person is asked when there are no others", () => Effect.gen(function*() {
    const shop = yield* guarded("new")
    const api = yield* makeApi(options(shop.url(), renewable(() => false)))
    expect((yield* Effect.flip(api.read(list))).reason._tag).toBe("Unauthorized")
    expect(shop.total()).toBe(1)
  }))
})

describe("the fence", () => {
  const fence = (passes: number) => {
    let left = passes
    return Effect.suspend(() => left-- > 0 ? Effect.void : Effect.fail(new Fenced()))
  }
  it.live("stops a request before it leaves", () => Effect.gen(function*() {
    expect(yield* tried([], (api) => api.write(create, fence(0)))).toMatchObject({ calls: 0, end: "Fenced" })
  }))
  it.live("is asked before every try", () => Effect.gen(function*() {
    expect(yield* tried([{ fault: "locked", times: 2 }], (api) => api.write(create, fence(2))))
      .toMatchObject({ calls: 2, end: "Fenced" })
  }))
  it.live("after a try that may have been done, nobody knows", () => Effect.gen(function*() {
    expect(yield* tried([{ fault: "cut-after" }], (api) => api.write({ ...create, idempotent: true }, fence(1))))
      .toMatchObject({ calls: 1, end: "Lost" })
  }))
})

describe("an interrupted call", () => {
  it.live("closes its connection; one that waits is never sent", () => Effect.gen(function*() {
    let arrived: () => void = () => undefined
    const here = new Promise<void>((done) => { arrived = done })
    const paths: Array<string> = []
    const shop = yield* server({ handle: (call) => {
      paths.push(call.path)
      arrived()
      return call.path === "/hangs" ? new Promise<Reply>(() => undefined) : { status: 200, body: {} }
    } })
    const api = yield* makeApi(options(shop.url(), { lane: { concurrency: 1 } }))
    const hangs = yield* Effect.forkChild(api.read({ ...list, path: "/hangs" }))
    yield* Effect.promise(() => here)
    const waits = yield* Effect.forkChild(api.write({ ...create, path: "/waits", params: {} }))
    yield* Effect.yieldNow
    yield* Fiber.interrupt(waits)
    yield* Fiber.interrupt(hangs)
    yield* api.read({ ...list, path: "/next" })
    expect(paths).toEqual(["/hangs", "/next"])
  }))
})

describe("long texts", () => {
  it.live("come line by line, over the borders of parts, with any line end", () => Effect.gen(function*() {
    const text = `{"name":"Zoë"}\r\n${"x".repeat(100_000)}\n\n€`
    const shop = yield* server({ handle: () => ({ status: 200, body: new TextEncoder().encode(text) }) })
    const api = yield* makeApi(options(shop.url()))
    expect(yield* Stream.runCollect(api.lines(list))).toEqual(["{\"name\":\"Zoë\"}", "x".repeat(100_000), "", "€"])
  }))
  it.live("fail like any other call", () => Effect.gen(function*() {
    const drain = (api: Api) => Stream.runDrain(api.lines(list))
    expect(yield* tried([{ fault: "expired" }], drain)).toMatchObject({ calls: 1, end: "Unauthorized" })
    expect(yield* tried([{ fault: "cut-after" }], drain)).toMatchObject({ calls: 2, end: "answered" })
    expect(yield* tried([{ fault: "new" }], drain)).toMatchObject({
      message: "shop: list: GET /things answered 400 NEVER_SEEN (request req-1)"
    })
  }))
})
