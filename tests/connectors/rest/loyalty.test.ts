/** The worked example over real HTTP: what `rest()` promises, at a service that keeps to its documentation. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { Rows } from "esl/mapping"
import { checkLaws, formatBreach } from "esl/testing"
import { afterEach, describe, expect } from "vitest"
import { loyalty, member } from "../../../examples/loyalty/connector.ts"
import { startLoyalty } from "../../../examples/loyalty/server.ts"
import type { Change, Cursor, Outcome, Page, Reader, Seen, Writer } from "../../../core/connector/connector.ts"
import type { ConnectorError } from "../../../core/connector/errors.ts"
import { secret } from "../../../core/connector/secret.ts"
import type { Patch, Record_ } from "../../../core/mapping/mapping.ts"

const root = fileURLToPath(new URL("../../..", import.meta.url))
const stops: Array<() => Promise<void>> = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

const token = "a-loyal-token"
const lab = Effect.gen(function*() {
  process.env["LOYALTY_TOKEN"] = token
  const { server, service, url } = yield* Effect.promise(() => startLoyalty(token))
  stops.push(() => server.stop())
  const session = yield* loyalty("card", { url, token: secret("LOYALTY_TOKEN") }).open({ readOnly: false })
  const { reader, writer } = session.resource("members")
  if (writer === undefined) throw new Error("read-only")
  return { server, service, session, reader, writer, url }
})

const columns = { columns: [] }
const pages = (reader: Reader, since?: Cursor, most = Infinity): Effect.Effect<ReadonlyArray<Page>, ConnectorError> =>
  Stream.runCollect(Stream.take(reader.changes(since, columns), most))
const seenIn = (found: ReadonlyArray<Page>): ReadonlyArray<Seen> => found.flatMap((page) => page.seen)
const ids = (found: ReadonlyArray<Page>): ReadonlyArray<string> => seenIn(found).map((one) => one.id)
const endOf = (found: ReadonlyArray<Page>): Cursor => found.at(-1)?.next ?? null

let attempts = 0
const head = () => ({ attempt: `t${++attempts}`, idempotencyKey: `key-${attempts}` })
const created = (patch: Patch): Change => ({ ...head(), op: "create", patch: () => patch })
const always = (_: Record_): boolean => true
const updated = (id: string, patch: Patch | ((into: Record_) => Patch), holds = always): Change =>
  ({ ...head(), op: "update", id, patch: typeof patch === "function" ? patch : () => patch, expect: { holds } })
const removed = (id: string, how: "delete" | "archive"): Change =>
  ({ ...head(), op: "remove", id, how, expect: { holds: () => true } })
const write = (writer: Writer, ...changes: ReadonlyArray<Change>): Effect.Effect<ReadonlyArray<Outcome>, unknown> =>
  writer.write(changes, Effect.void)
const did = (outcomes: ReadonlyArray<Outcome>): ReadonlyArray<string> => outcomes.map((one) => one.did)

describe("the example", () => {
  const connector = readFileSync(join(root, "examples/loyalty/connector.ts"), "utf8")
  it("is less than 150 lines", () => {
    expect(connector.split("\n").length).toBeLessThan(150)
  })

  it("stands in the guide as it is", () => {
    expect(readFileSync(join(root, "docs/guide/connectors.md"), "utf8")).toContain(`\`\`\`ts\n${connector}\`\`\`\n`)
  })

  it("its mapping keeps the laws", () => {
    expect(member.faults ?? []).toEqual([])
    expect(checkLaws(member).breaches.map((breach) => formatBreach(breach))).toEqual([])
  })
})

describe("reading", () => {
  it.live("everything page by page, flat, with versions and stamps, and the last page says that it was all", () => Effect.gen(function*() {
    const { reader, server, service } = yield* lab
    for (let n = 0; n < 250; n++) service.add({ email: `p${n}@example.com`, name: { first: `P${n}`, last: null } })
    const found = yield* pages(reader)
    expect(found.map((page) => [page.seen.length, page.listing])).toEqual([[100, "open"], [100, "open"], [50, "complete"]])
    expect(new Set(ids(found)).size).toBe(250)
    expect(seenIn(found)[0]).toMatchObject({ _tag: "Held", id: "m1", version: "1", complete: true,
      record: { "name.first": "P0", "name.last": null, "consent.newsletter": null, addresses: [] } })
    expect(server.violations).toEqual([])
  }))

  it.live("what changed since, behind an overlap; nothing new does not move the cursor", () => Effect.gen(function*() {
    const { reader, server, service } = yield* lab
    const old = service.add({ email: "old@example.com" })
    server.advance(300_000)
    const cursor = endOf(yield* pages(reader))
    expect(ids(yield* pages(reader, cursor))).toEqual([old])
    const fresh = service.add({ email: "new@example.com" })
    const second = yield* pages(reader, cursor)
    expect(ids(second)).toEqual([old, fresh])
    expect(yield* pages(reader, cursor).pipe(Effect.map(endOf))).toEqual(endOf(second))
    expect(seenIn(yield* pages(reader, reader.cursorAt?.(new Date(server.now() + 1).toISOString())))).toEqual([])
  }))

  it.live("a record that appears behind the newest one is found within the overlap", () => Effect.gen(function*() {
    const { reader, server, service } = yield* lab
    service.add({ email: "one@example.com" })
    const cursor = endOf(yield* pages(reader))
    const late = service.add({ email: "late@example.com" })
    service.edit(late, {}, server.now() - 300_000)
    expect(ids(yield* pages(reader, cursor))).toContain(late)
  }))

  it.live("more equal stamps than a page holds, over its border", () => Effect.gen(function*() {
    const { reader, server, service } = yield* lab
    const at = server.now()
    for (let n = 0; n < 230; n++) service.edit(service.add({ card: String(n) }), {}, at)
    expect(new Set(ids(yield* pages(reader, reader.cursorAt?.(new Date(at - 1).toISOString())))).size).toBe(230)
  }))

  it.live("goes on where it was cut off, and sees what changed in between", () => Effect.gen(function*() {
    const { reader, service } = yield* lab
    for (let n = 0; n < 150; n++) service.add({ card: String(n) })
    const first = yield* pages(reader, undefined, 1)
    service.edit("m3", { card: "changed" })
    const rest = yield* pages(reader, endOf(first))
    expect(new Set([...ids(first), ...ids(rest)]).size).toBe(150)
    const next = seenIn(yield* pages(reader, endOf(rest))).find((one) => one.id === "m3")
    expect(next).toMatchObject({ record: { card: "changed" } })
  }))

  it.live("what was deleted and what was merged away", () => Effect.gen(function*() {
    const { reader, service } = yield* lab
    for (const card of ["1", "2", "3"]) service.add({ card })
    const cursor = endOf(yield* pages(reader))
    service.end("m1")
    service.end("m2", "m3")
    // What became of them only they themselves can tell.
    expect(seenIn(yield* pages(reader, cursor)).filter((one) => one._tag === "Hint").map((one) => one.id)).toEqual(["m1", "m2"])
    const { seen } = yield* reader.fetch(["m1", "m2", "m3", "m99"], columns)
    expect(seen.map((one) => [one._tag, one.id, one._tag === "Moved" ? one.to : ""])).toEqual(
      [["Gone", "m1", ""], ["Moved", "m2", "m3"], ["Held", "m3", ""], ["Gone", "m99", ""]])
  }))

  it.live("deletions are not told for ever where nothing else changes", () => Effect.gen(function*() {
    const { reader, server, service } = yield* lab
    const settledAt = server.now() - 7_200_000
    for (const card of ["1", "2"]) service.edit(service.add({ card }), {}, settledAt)
    const first = endOf(yield* pages(reader))
    service.end("m1")
    const second = yield* pages(reader, first)
    expect(ids(second)).toContain("m1")
    // As if an hour had passed: the deletion is that old.
    Object.assign(service.members.get("m1")?.gone ?? {}, { at: settledAt })
    expect(ids(yield* pages(reader, endOf(second)))).not.toContain("m1")
    // It was deleted while everything was read for the first time.
    expect(ids(yield* pages(reader, { deleted: new Date(settledAt).toISOString() }))).toContain("m1")
  }))

  it.live("a time in the future hides nobody from a full read, and counts as now", () => Effect.gen(function*() {
    const { reader, service } = yield* lab
    service.edit(service.add({ card: "1" }), {}, Date.UTC(2099, 0, 1))
    const [seen] = seenIn(yield* pages(reader))
    expect(seen).toMatchObject({ _tag: "Held", id: "m1" })
    expect(seen?._tag === "Held" && Date.parse(seen.stamp?.at ?? "")).toBeLessThanOrEqual(Date.now())
  }))

  it.live("hostile values come as they are, and make no other path", () => Effect.gen(function*() {
    const { reader, service } = yield* lab
    const id = service.add({ name: { first: "𝒵oë\u0000 \"<&\\", last: "__proto__" }, labels: "x".repeat(100_000) })
    const [page] = yield* pages(reader)
    expect(page?.seen[0]).toMatchObject({ id, record: { "name.first": "𝒵oë\u0000 \"<&\\", "name.last": "__proto__" } })
    const odd = yield* reader.fetch(["../account", "a,b", "m1/addresses", "%2e%2e"], columns)
    expect(odd.seen.map((one) => one._tag)).toEqual(["Gone", "Gone", "Gone", "Gone"])
  }))
})

describe("writing", () => {
  it.live("a create: nested, with rows, and it comes back as it was stored", () => Effect.gen(function*() {
    const { server, service, writer } = yield* lab
    const [outcome] = yield* write(writer, created({
      email: "ada@example.com", "name.first": "Ada", "name.last": "Byron", points: 7,
      addresses: new Rows([{ where: { kind: "billing" }, set: { city: "London" }, element: "e1" }])
    }))
    expect(outcome).toMatchObject({ did: "written", id: "m1",
      after: { id: "m1", record: { "name.first": "Ada", addresses: [{ kind: "billing", city: "London" }] } },
      withheld: [{ path: "points" }] })
    expect(service.members.get("m1")?.fields).toEqual({ status: "active", email: "ada@example.com",
      name: { first: "Ada", last: "Byron" } })
    expect(server.violations).toEqual([])
  }))

  it.live("a create whose answer was lost is one member, however often it is sent", () => Effect.gen(function*() {
    const { server, service, writer } = yield* lab
    server.faults.add({ fault: "cut-after", method: "POST" })
    expect(did(yield* write(writer, created({ email: "ada@example.com" })))).toEqual(["written"])
    expect(service.members.size).toBe(1)
  }))

  it.live("a create that meets a member says which", () => Effect.gen(function*() {
    const { service, writer } = yield* lab
    const id = service.add({ email: "ada@example.com" })
    expect(yield* write(writer, created({ email: "ada@example.com" }))).toEqual([{ did: "exists", id }])
  }))

  it.live("an update changes what it names and nothing else; rows by their own addresses", () => Effect.gen(function*() {
    const { server, service, writer } = yield* lab
    service.add({ email: "ada@example.com", name: { first: "Ada", last: "Byron" } },
      [{ kind: "billing", city: "London" }, { kind: "home", city: "Ockham" }])
    const before = service.members.get("m1")?.addresses[1]
    const [outcome] = yield* write(writer, updated("m1", { "name.last": "Lovelace", addresses: new Rows([
      { where: { kind: "billing" }, set: { city: "Paris" } }, { where: { kind: "work" }, set: { city: "Turin" } },
      { id: "a2", set: null }
    ]) }))
    expect(service.members.get("m1")?.fields["name"]).toEqual({ first: "Ada", last: "Lovelace" })
    expect(service.members.get("m1")?.addresses.map((one) => [one["kind"], one["city"]]))
      .toEqual([["home", "Ockham"], ["work", "Turin"]])
    expect(service.members.get("m1")?.addresses[0]).toEqual(before)
    expect(outcome).toMatchObject({ did: "written", after: { record: { addresses: [{ city: "Ockham" }, { city: "Turin" }] } } })
    expect(server.violations).toEqual([])
  }))

  it.live("nothing to change sends nothing", () => Effect.gen(function*() {
    const { server, service, writer } = yield* lab
    service.add({ card: "1" })
    server.forget()
    expect(did(yield* write(writer, updated("m1", {})))).toEqual(["written"])
    expect(server.total()).toBe(1)
  }))

  it.live("a record that moved is left alone: seen by the values, or in between by the version", () => Effect.gen(function*() {
    const { service, writer } = yield* lab
    service.add({ card: "1" })
    expect(yield* write(writer, updated("m1", { card: "2" }, (record) => record["card"] === "0")))
      .toMatchObject([{ did: "moved", now: { record: { card: "1" } } }])
    const between = updated("m1", () => { service.edit("m1", { card: "edited" }); return { card: "2" } })
    expect(did(yield* write(writer, between))).toEqual(["moved"])
    expect(service.members.get("m1")?.fields["card"]).toBe("edited")
  }))

  it.live("gone, merged, archived, removed", () => Effect.gen(function*() {
    const { service, writer } = yield* lab
    for (const card of ["1", "2", "3", "4"]) service.add({ card })
    service.end("m1")
    service.end("m2", "m3")
    expect(did(yield* write(writer, updated("m1", { card: "x" }), updated("m2", { card: "x" }), removed("m3", "archive"),
      removed("m4", "delete")))).toEqual(["gone", "moved", "written", "written"])
    expect(did(yield* write(writer, removed("m4", "delete")))).toEqual(["gone"])
    expect(service.members.get("m3")?.fields).toEqual({ status: "blocked", card: "3" })
    expect(service.members.get("m4")?.gone).toBeDefined()
  }))

  it.live("one refused record does not refuse its neighbours, and says why in the system's code", () => Effect.gen(function*() {
    const { server, service, writer } = yield* lab
    server.faults.add({ fault: "refused", contains: "two@example.com" })
    const outcomes = yield* write(writer, created({ email: "one@example.com" }), created({ email: "two@example.com" }),
      created({ email: "three@example.com" }))
    expect(outcomes).toMatchObject([{ did: "written" },
      { did: "refused", cause: "POST /members answered 422 invalid_value (request r-1)" }, { did: "written" }])
    expect(service.members.size).toBe(2)
  }))

  it.live("a token that ends in the middle of a batch: what was written counts, the rest comes again", () => Effect.gen(function*() {
    const { service, writer } = yield* lab
    const changes = ["1", "2", "3", "4", "5", "6"].map((card) => created({ card }))
    let fenced = 0
    const ending = Effect.sync(() => { if (++fenced === 5) Object.assign(service, { token: "x" }) })
    const outcomes = yield* writer.write(changes, ending)
    expect(did(outcomes).filter((one) => one === "written")).toHaveLength(service.members.size)
    expect(did(outcomes).filter((one) => one === "unsent")).toHaveLength(6 - service.members.size)
    const error = yield* Effect.flip(writer.write(changes, Effect.void))
    expect(error).toMatchObject({ reason: { _tag: "Unauthorized" } })
  }))

  it.live("throttled and shut for a moment it goes on; a code nobody knows is reported once", () => Effect.gen(function*() {
    const { reader, server, writer } = yield* lab
    server.faults.add({ fault: "maintenance" })
    expect(did(yield* write(writer, created({ card: "1" })))).toEqual(["written"])
    server.forget()
    server.faults.add({ fault: "unheard" })
    const error = yield* Effect.flip(pages(reader))
    expect(error.message).toBe("card: list members: GET /members answered 400 never_documented (request r-1)")
    expect(server.total()).toBe(1)
  }))
})

describe("the connection", () => {
  it.live("says who it is, what it holds and what is left", () => Effect.gen(function*() {
    const { session } = yield* lab
    expect(yield* session.account).toBe("loyal-1")
    const [info] = yield* session.discover
    expect(info?.columns.find((one) => one.name === "points")).toMatchObject({ type: "number", writable: false })
    expect(info?.columns.find((one) => one.name === "email")).toMatchObject({ type: "text", nullable: true, writable: true })
    expect(info?.children["addresses"]?.columns.find((one) => one.name === "id")?.key).toBe(true)
    expect(yield* session.health ?? Effect.void).toMatchObject({ proved: "never", missing: [] })
  }))

  it.live("cannot write when it is opened to read", () => Effect.gen(function*() {
    const { url } = yield* lab
    const session = yield* loyalty("card", { url, token: secret("LOYALTY_TOKEN") }).open({ readOnly: true })
    expect(session.resource("members").writer).toBeUndefined()
  }))

  it("finds faults of its options before anything is opened", () => {
    const faults = (url: string) => loyalty("card", { url, token: secret("LOYALTY_TOKEN") }).faults?.map((one) => one.option)
    expect(faults("https://api.loyalty.example/v1")).toEqual([])
    expect(faults("http://api.loyalty.example/v1")).toEqual(["base"])
    expect(faults("nowhere")).toEqual(["base"])
    expect(faults("https://me:secret@api.loyalty.example/")).toEqual(["base"])
  })
})
