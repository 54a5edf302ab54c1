/** One suite for every dialect: what the SQL connector promises, shown on a real server. */
import { Cause, Effect, Exit, Schema as S, Scope, Stream } from "effect"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { sql } from "../../../connectors/sql/index.ts"
import type { SqlConnection, SqlOptions, TableOptions } from "../../../connectors/sql/index.ts"
import type { Change, Cursor, Held, Outcome, Page, Resource, Seen, Session } from "../../../core/connector/connector.ts"
import { Fenced } from "../../../core/connector/connector.ts"
import { Secret, secret } from "../../../core/connector/secret.ts"
import { Rows } from "../../../core/mapping/mapping.ts"
import type { Patch, RowChange } from "../../../core/mapping/mapping.ts"
import type { Json } from "../../../core/model/value.ts"
import { injections } from "./injections.ts"

/** What differs between dialects when a test makes its tables. */
export interface Kit {
  readonly name: string
  readonly url: string
  /** Runs statements by other means than the connector. */
  readonly execute: (text: string) => Promise<void>
  readonly query: (text: string) => Promise<ReadonlyArray<{ readonly [column: string]: unknown }>>
  readonly quote: (name: string) => string
  /** Type of a counted key. */
  readonly counted: string
  readonly stamp: string
  /** A stamp so many seconds ago, as an expression. */
  readonly ago: (seconds: number) => string
  readonly text: (length: number) => string
  readonly stop: () => Promise<void>
  /** Column type, SQL literal, and the JSON that must arrive; and goes back unchanged. */
  readonly values: ReadonlyArray<readonly [type: string, literal: string, json: Json, want?: S.Constraint]>
  /** A column that lacks characters, and a text with one of them. */
  readonly narrow?: { readonly type: string; readonly text: string }
  /** Does a char column pad? */
  readonly binary: string
}

type Opened = { readonly session: Session; readonly connection: SqlConnection;
  readonly resource: (name: string) => Resource }

export const suite = (name: string, start: () => Promise<Kit | { readonly missing: string }>): void => {
  let kit: Kit
  let missing: string | undefined
  let count = 0
  const closing: Array<() => Promise<void>> = []

  beforeAll(async () => {
    const started = await start()
    if ("missing" in started) {
      missing = started.missing
      console.log(missing)
    } else kit = started
  })
  afterEach(async () => {
    for (const close of closing.splice(0)) await close()
  })
  afterAll(async () => {
    if (missing === undefined) await kit.stop()
  })

  /** A test that is counted as skipped where there is no server. */
  const check = (what: string, test: () => Promise<void>): void => it(what, async ({ skip }) => {
    if (missing !== undefined) skip(missing)
    await test()
  })

  const table = (): string => `t${++count}`
  const open = async (declare: (connection: SqlConnection) => void,
    options: Partial<SqlOptions> & { readonly readOnly?: boolean } = {}): Promise<Opened> => {
    const { readOnly = false, ...rest } = options
    process.env["ESL_TEST_URL"] = kit.url
    const connection = sql("db", { url: secret("ESL_TEST_URL"), ...rest })
    declare(connection)
    const scope = await Effect.runPromise(Scope.make())
    closing.push(() => Effect.runPromise(Scope.close(scope, Exit.void)))
    const session = await Effect.runPromise(Scope.provide(connection.open({ readOnly }), scope))
    return { session, connection, resource: (one) => session.resource(one) }
  }
  const one = async (name: string, schema: S.Constraint, options: TableOptions,
    more: Partial<SqlOptions> & { readonly readOnly?: boolean } = {}): Promise<Resource> =>
    (await open((connection) => void connection.table(name, schema, options), more)).resource(options.resource ?? name)

  const person = S.Struct({ id: S.Number, name: S.NullOr(S.String) })

  describe(name, () => {
    describe("values", () => {
      check("arrive exactly and go back unchanged", async () => {
        const t = table()
        const columns = kit.values.map(([type], at) => `v${at} ${type}`)
        await kit.execute(`create table ${t} (id integer primary key, ${columns.join(", ")})`)
        await kit.execute(`insert into ${t} values (1, ${kit.values.map(([, literal]) => literal).join(", ")})`)
        const fields: { [column: string]: S.Constraint } = { id: S.Number }
        for (const [at, [, , , want]] of kit.values.entries()) fields[`v${at}`] = want ?? S.Unknown
        const resource = await one(t, S.Struct(fields), { key: "id" })
        const expected = Object.fromEntries(kit.values.map(([, , json], at) => [`v${at}`, json]))
        const [first] = held(await fetch(resource, ["1"]))
        expect(first?.record).toEqual({ id: 1, ...expected })
        const [made] = await write(resource, [create({ id: 2, ...expected })])
        expect(made).toMatchObject({ did: "written", id: "2", after: { record: { id: 2, ...expected } } })
        expect((await kit.query(`select count(*) as n from ${t} a join ${t} b on a.id = 1 and b.id = 2 and ${kit.values.map(([type], at) => same(kit, type, `a.v${at}`, `b.v${at}`)).join(" and ")}`)).map((row) => Number(row["n"]))).toEqual([1])
        const [again] = await write(resource, [update("2", expected)])
        expect(again).toMatchObject({ did: "written", after: { record: { id: 2, ...expected } } })
      })

      check("a binary column is refused by name", async () => {
        const t = table()
        await kit.execute(`create table ${t} (id integer primary key, picture ${kit.binary})`)
        const resource = await one(t, S.Struct({ id: S.Number, picture: S.String }), { key: "id" })
        expect(await failure(Effect.runPromiseExit(resource.describe))).toMatch(/column t\d+\.picture is binary/)
      })

      check("a value that does not fit costs its field", async () => {
        const t = table()
        const { narrow } = kit
        if (narrow === undefined) return
        await kit.execute(`create table ${t} (id integer primary key, a ${narrow.type}, b ${kit.text(20)})`)
        const resource = await one(t, S.Struct({ id: S.Number, a: S.NullOr(S.String), b: S.NullOr(S.String) }),
          { key: "id" })
        const [made, alone] = await write(resource,
          [create({ id: 1, a: narrow.text, b: "kept" }), create({ id: 2, a: "fine" })])
        expect(made).toMatchObject({ did: "written", after: { record: { id: 1, a: null, b: "kept" } },
          withheld: [{ path: "a" }] })
        expect(alone).toMatchObject({ did: "written" })
        expect(await write(resource, [update("2", { a: narrow.text })])).toMatchObject([{ did: "refused", path: "a" }])
      })
    })

    describe("names", () => {
      check("hyphens, reserved words, umlauts, quotes, spaces and mixed case", async () => {
        const q = kit.quote
        const names = ["order", "größe", "Straße Nr", "sel\"ect", "a`b", "x-y", "Mixed", "50%", "é?", "$1"]
        await kit.execute(`create table ${q("kunden-stamm")} (${q("group")} integer primary key, ${names.map((one) => `${q(one)} ${kit.text(40)}`).join(", ")})`)
        const resource = await one("kunden-stamm", S.Struct({ group: S.Number,
          ...Object.fromEntries(names.map((one) => [one, S.NullOr(S.String)])) }), { key: "group" })
        const patch = Object.fromEntries(names.map((one) => [one, `value of ${one}`]))
        expect(await write(resource, [create({ group: 7, ...patch })])).toMatchObject([{ did: "written", id: "7",
          after: { record: { group: 7, ...patch } } }])
        expect(held(await pull(resource)).map((row) => row.record)).toEqual([{ group: 7, ...patch }])
        expect(await write(resource, [update("7", { order: "new",
          "größe": null })])).toMatchObject([{ after: { record: { order: "new", "größe": null } } }])
      })

      check("a name in another case is found, and a missing one named", async () => {
        const t = table()
        await kit.execute(`create table ${t} (id integer primary key, name ${kit.text(40)})`)
        const resource = await one(t.toUpperCase(), S.Struct({ ID: S.Number, Name: S.NullOr(S.String) }), { key: "ID" })
        expect(await write(resource, [create({ ID: 1, Name: "x" })])).toMatchObject([{ did: "written",
          after: { record: { ID: 1, Name: "x" } } }])
        const wrong = await one(t, S.Struct({ id: S.Number, nme: S.String }), { key: "id" })
        expect(await failure(Effect.runPromiseExit(wrong.describe))).toMatch(/has no column nme/)
        const nowhere = await one("nowhere", person, { key: "id" })
        expect(await failure(Effect.runPromiseExit(nowhere.describe))).toMatch(/no table nowhere/)
      })
    })

    describe("injection (S14)", () => {
      check("sixty strings as values, ids and cursor values change nothing but their own cell", async () => {
        const t = table()
        await kit.execute(`create table ${t} (id ${kit.text(200)} primary key, name ${kit.text(200)}, changed ${kit.text(200)})`)
        const resource = await one(t, S.Struct({ id: S.String, name: S.NullOr(S.String),
          changed: S.NullOr(S.String) }), { key: "id", changed: "changed" })
        expect(injections.length).toBeGreaterThanOrEqual(60)
        const made = await write(resource, injections.map((text,
          at) => create({ id: `${at} ${text}`, name: text, changed: text })))
        expect(made.map((outcome) => outcome.did)).toEqual(injections.map(() => "written"))
        const ids = injections.map((text, at) => `${at} ${text}`)
        expect(held(await fetch(resource, ids)).map((row) => row.record["name"])).toEqual([...injections])
        for (const text of injections) {
          await pull(resource, { marks: { "": { at: text, key: [text] } } })
          await pull(resource, { place: { stream: "*", marks: {}, lag: 0, after: [text] } })
          await pull(resource, { marks: { [text]: { at: text } }, place: { stream: text, marks: {}, lag: 0 } })
        }
        await write(resource, ids.map((id, at) => update(id, { name: injections[injections.length - 1 - at] ?? "" })))
        expect(held(await fetch(resource, ids)).map((row) => row.record["name"])).toEqual([...injections].reverse())
        expect(held(await pull(resource))).toHaveLength(injections.length)
      })

      check("as names they are no table, no column", async () => {
        const t = table()
        await kit.execute(`create table ${t} (id integer primary key, name ${kit.text(40)})`)
        for (const text of injections) {
          const odd = await one(t, S.Struct({ id: S.Number, [text]: S.Unknown }), { key: "id", resource: "odd" })
          expect(await failure(Effect.runPromiseExit(odd.describe))).toMatch(/has no column/)
        }
        const resource = await one(t, person, { key: "id" })
        expect(await write(resource, [create({ id: 1, name: "x" })])).toMatchObject([{ did: "written" }])
      }, )
    })

    describe("keys", () => {
      check("of several columns make one id and find the record again", async () => {
        const t = table()
        await kit.execute(`create table ${t} (firm ${kit.text(20)} not null, nr integer not null, name ${kit.text(40)}, primary key (firm, nr))`)
        const resource = await one(t, S.Struct({ firm: S.String, nr: S.Number, name: S.NullOr(S.String) }),
          { key: ["firm", "nr"] })
        const odd = ["a", "a\",\"b", "[1]", "ä|ö", " "]
        await write(resource, odd.map((firm, at) => create({ firm, nr: at, name: firm })))
        const seen = held(await pull(resource))
        expect(new Set(seen.map((row) => row.record["firm"]))).toEqual(new Set(odd))
        expect(held(await fetch(resource, seen.map((row) => row.id))).map((row) => row.id)).toEqual(
          seen.map((row) => row.id))
        expect(await fetch(resource, ["no json", "[\"a\"]", "[\"a\",\"x\"]"])).toMatchObject([{ _tag: "Gone" },
          { _tag: "Gone" }, { _tag: "Gone" }])
        const id = JSON.stringify(["ä|ö", "3"])
        expect(await write(resource, [update(id, { name: "new" })])).toMatchObject([{ did: "written", id,
          after: { record: { name: "new" } } }])
      })
    })

    describe("reading", () => {
      check("pages by key, all records once, and says when it is complete", async () => {
        const t = await people(2_500)
        const resource = await one(t, person, { key: "id" })
        const pages = await run(Stream.runCollect(resource.reader.listing(undefined, { columns: [] })))
        expect(pages.map((page) => page.seen.length)).toEqual([1_000, 1_000, 500])
        expect(pages.map((page) => page.listing)).toEqual(["open", "open", "complete"])
        expect(new Set(pages.flatMap((page) => page.seen.map((row) => row.id))).size).toBe(2_500)
        const rest = await run(Stream.runCollect(resource.reader.listing(pages[0]?.next, { columns: [] })))
        expect(rest.flatMap((page) => page.seen)).toHaveLength(1_500)
        // A listing that went on from the middle cannot know what vanished before it.
        expect(rest.map((page) => page.listing)).toEqual(["open", "open"])
      })

      check("without a change column every pull is a snapshot, which starts over", async () => {
        const t = await people(1_200)
        const resource = await one(t, person, { key: "id" })
        expect(resource.reader.covers.cursor).toBe("all")
        expect(resource.reader.cursorAt).toBeUndefined()
        const first = await run(Stream.runCollect(resource.reader.changes(undefined, { columns: [] })))
        const second = await run(Stream.runCollect(resource.reader.changes(first.at(-1)?.next, { columns: [] })))
        expect(second.flatMap((page) => page.seen)).toHaveLength(1_200)
        expect(second.at(-1)?.listing).toBe("complete")
        const limited = await run(Stream.runCollect(resource.reader.changes(undefined, { columns: [], limit: 500 })))
        expect(limited).toHaveLength(1)
        expect(limited[0]?.listing).toBe("open")
      })

      check("only asked-for columns", async () => {
        const t = await people(1)
        const resource = await one(t, person, { key: "id" })
        const [page] = await run(Stream.runCollect(resource.reader.listing(undefined, { columns: ["name"] })))
        expect(page?.seen).toMatchObject([{ id: "1", record: { name: "n1" } }])
        expect(Object.keys(held(page?.seen ?? [])[0]?.record ?? {})).toEqual(["name"])
      })

      check("five thousand rows with one time stamp, over several pages", async () => {
        const t = await stamped(5_000, kit.ago(3_600))
        const resource = await one(t, S.Struct({ id: S.Number, name: S.NullOr(S.String) }),
          { key: "id", changed: "changed" })
        const after = { marks: { "": { from: "2020-01-01T00:00:00Z" } } }
        const pages = await run(Stream.runCollect(resource.reader.changes(after, { columns: [] })))
        expect(new Set(pages.flatMap((page) => page.seen.map((row) => row.id))).size).toBe(5_000)
        // The next pull reads the last of them again, and no more: they are older than the overlap.
        expect(await pull(resource, pages.at(-1)?.next)).toHaveLength(1)
      })

      check("a cursor in the middle goes on there", async () => {
        const t = await stamped(2_300, kit.ago(7_200))
        const resource = await one(t, person, { key: "id", changed: "changed" })
        const start = resource.reader.cursorAt?.("2020-01-01T00:00:00Z")
        const [first] = await run(Stream.runCollect(Stream.take(resource.reader.changes(start, { columns: [] }), 1)))
        const rest = await pull(resource, first?.next)
        expect(new Set([...first?.seen ?? [], ...rest].map((row) => row.id)).size).toBe(2_300)
        expect(rest).toHaveLength(1_300)
      })

      check("a change is read, with its time as evidence of the record", async () => {
        const t = await stamped(10, kit.ago(7_200))
        const resource = await one(t, person, { key: "id", changed: "changed" })
        const cursor = await last(resource)
        await kit.execute(`update ${t} set name = 'new', changed = ${kit.ago(1_800)} where id = 4`)
        const seen = held(await pull(resource, cursor)).filter((row) => row.id === "4")
        expect(seen).toMatchObject([{ record: { name: "new" }, stamp: { tier: "R" } }])
        const age = Date.now() - Date.parse(seen[0]?.stamp?.at ?? "")
        expect(age).toBeGreaterThan(1_790_000)
        expect(age).toBeLessThan(1_860_000)
      })

      check("a row that commits late with an earlier stamp is found inside the overlap", async () => {
        const t = await stamped(5, kit.ago(60))
        const resource = await one(t, person, { key: "id", changed: "changed" })
        const cursor = await last(resource)
        await kit.execute(`insert into ${t} (id, name, changed) values (99, 'late', ${kit.ago(300)})`)
        expect(held(await pull(resource, cursor)).map((row) => row.id)).toContain("99")
      })

      check("null until the first edit: the time of creation stands in", async () => {
        const t = table()
        await kit.execute(`create table ${t} (id integer primary key, name ${kit.text(40)}, changed ${kit.stamp} null, created ${kit.stamp} null)`)
        await kit.execute(`insert into ${t} values (1, 'a', null, ${kit.ago(9_000)}), (2, 'b', ${kit.ago(8_000)}, ${kit.ago(9_500)})`)
        const resource = await one(t, person, { key: "id", changed: "changed", created: "created" })
        const cursor = await last(resource)
        await kit.execute(`insert into ${t} values (3, 'c', null, ${kit.ago(5_000)})`)
        await kit.execute(`update ${t} set changed = ${kit.ago(4_000)} where id = 1`)
        expect(held(await pull(resource, cursor)).map((row) => row.id).sort()).toEqual(["1", "2", "3"])
      })

      check("a stamp in the future counts as now, and hides nobody behind it", async () => {
        const t = await stamped(3, kit.ago(7_200))
        await kit.execute(`update ${t} set changed = ${kit.ago(-900_000_000)} where id = 2`)
        const resource = await one(t, person, { key: "id", changed: "changed" })
        const future = held(await pull(resource)).find((row) => row.id === "2")
        expect(Date.parse(future?.stamp?.at ?? "")).toBeLessThanOrEqual(Date.now())
        const cursor = await last(resource)
        await kit.execute(`update ${t} set name = 'later', changed = ${kit.ago(0)} where id = 3`)
        expect(held(await pull(resource, cursor)).map((row) => row.id)).toContain("3")
      })

      check("until and since bound a window", async () => {
        const t = await stamped(1, kit.ago(86_400 * 10))
        await kit.execute(`insert into ${t} (id, name, changed) values (2, 'b', ${kit.ago(86_400 * 5)}), (3, 'c', ${kit.ago(86_400)})`)
        const resource = await one(t, person, { key: "id", changed: "changed" })
        const day = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString()
        const from = resource.reader.cursorAt?.(day(7))
        const seen = await run(Stream.runCollect(resource.reader.changes(from, { columns: [], until: day(3) })))
        expect(seen.flatMap((page) => page.seen.map((row) => row.id))).toEqual(["2"])
      })

      check("a soft-deleted row is gone", async () => {
        const t = table()
        await kit.execute(`create table ${t} (id integer primary key, name ${kit.text(40)}, dead ${kit.text(1)})`)
        await kit.execute(`insert into ${t} values (1, 'a', 'J'), (2, 'b', 'N'), (3, 'c', null)`)
        const resource = await one(t, person, { key: "id", deleted: { column: "dead", value: "J" } })
        expect(await pull(resource)).toMatchObject([{ _tag: "Gone", id: "1", evidence: "feed" },
          { _tag: "Held", id: "2" }, { _tag: "Held", id: "3" }])
        expect(await fetch(resource, ["1", "2", "77"])).toMatchObject([{ _tag: "Gone", evidence: "read" },
          { _tag: "Held" }, { _tag: "Gone", id: "77", evidence: "read" }])
        expect(await write(resource, [remove("2", "archive")])).toMatchObject([{ did: "written" }])
        expect((await kit.query(`select dead from ${t} where id = 2`))[0]?.["dead"]).toBe("J")
      })

      check("a time of deletion is a flag, too",  async () => {
        const t = table()
        await kit.execute(`create table ${t} (id integer primary key, name ${kit.text(40)}, gone ${kit.stamp} null)`)
        await kit.execute(`insert into ${t} values (1, 'a', ${kit.ago(60)}), (2, 'b', null)`)
        const resource = await one(t, person, { key: "id", deleted: { column: "gone" } })
        expect(await pull(resource)).toMatchObject([{ _tag: "Gone", id: "1" }, { _tag: "Held", id: "2" }])
        expect(await write(resource, [remove("2", "delete")])).toMatchObject([{ did: "written" }])
        expect((await pull(resource)).map((row) => row._tag)).toEqual(["Gone", "Gone"])
      })

      check("rows outside `where` take no part", async () => {
        const t = table()
        await kit.execute(`create table ${t} (id integer primary key, name ${kit.text(40)}, firm integer)`)
        await kit.execute(`insert into ${t} values (1, 'a', 1), (2, 'b', 2)`)
        const resource = await one(t, person, { key: "id", where: { firm: 1 } })
        expect((await pull(resource)).map((row) => row.id)).toEqual(["1"])
        expect(await fetch(resource, ["2"])).toMatchObject([{ _tag: "Gone" }])
        expect(await write(resource, [update("2", { name: "x" }),
          create({ id: 3, name: "c" })])).toMatchObject([{ did: "gone" }, { did: "written" }])
        expect((await kit.query(`select firm from ${t} where id = 3`))[0]?.["firm"]).toEqual(expect.toSatisfy((firm: unknown) => Number(firm) === 1))
      })

      check("read only: nothing can be written", async () => {
        const t = await people(1)
        const resource = await one(t, person, { key: "id" }, { readOnly: true })
        expect(resource.writer).toBeUndefined()
        expect(held(await pull(resource))).toHaveLength(1)
      })
    })

    describe("child rows", () => {
      const order = S.Struct({ id: S.Number, name: S.NullOr(S.String),
        lines: S.Array(S.Struct({ pos: S.Number, sku: S.NullOr(S.String), qty: S.NullOr(S.Number) })) })
      const orders = async (): Promise<readonly [parent: string, child: string]> => {
        const [p, c] = [table(), table()]
        await kit.execute(`create table ${p} (id integer primary key, name ${kit.text(40)}, changed ${kit.stamp})`)
        await kit.execute(`create table ${c} (order_id integer not null, pos integer not null, sku ${kit.text(40)}, qty integer, changed ${kit.stamp}, primary key (order_id, pos))`)
        await kit.execute(`insert into ${p} values ${Array.from({ length: 1_100 }, (_, at) => `(${at + 1},
          'o${at + 1}', ${kit.ago(7_200)})`).join(", ")}`)
        await kit.execute(`insert into ${c} values ${Array.from({ length: 1_100 }, (_, at) => `(${at + 1}, 2,
          'b${at}', 2, ${kit.ago(7_200)}), (${at + 1}, 1, 'a${at}', 1, ${kit.ago(7_200)})`).join(", ")}`)
        return [p, c]
      }
      const declared = (c: string, changed: boolean): TableOptions => ({
        key: "id", changed: "changed",
        children: { lines: { table: c, key: "pos", parent: { order_id: "id" },
          ...(changed ? { changed: "changed" } : {}) } }
      })

      check("come with their parents, in order, however many", async () => {
        const [p, c] = await orders()
        const resource = await one(p, order, declared(c, true))
        const seen = held(await pull(resource))
        expect(seen).toHaveLength(1_100)
        expect(seen.every((row) => JSON.stringify(row.record["lines"]).includes(`"pos":1`))).toBe(true)
        expect(seen.find((row) => row.id === "5")?.record["lines"]).toEqual([{ pos: 1, sku: "a4", qty: 1 },
          { pos: 2, sku: "b4", qty: 2 }])
      })

      check("a changed child row makes its parent read; without a cursor of its own it says so", async () => {
        const [p, c] = await orders()
        const resource = await one(p, order, declared(c, true))
        expect(resource.reader.covers.cursor).toContain("lines")
        const cursor = await last(resource)
        await kit.execute(`update ${c} set qty = 9, changed = ${kit.ago(60)} where order_id = 700 and pos = 2`)
        const seen = held(await pull(resource, cursor)).filter((row) => row.id === "700")
        expect(seen[0]?.record["lines"]).toMatchObject([{ qty: 1 }, { qty: 9 }])
        expect(Date.parse(seen[0]?.stamp?.at ?? "")).toBeGreaterThan(Date.now() - 600_000)
        const blind = await one(p, order, declared(c, false))
        expect(blind.reader.covers.cursor).toEqual(["id", "name"])
      })

      check("of a table that was empty at first are found, also from a given time on", async () => {
        const [p, c] = await orders()
        await kit.execute(`delete from ${c}`)
        const resource = await one(p, order, declared(c, true))
        const cursor = await last(resource)
        await kit.execute(`insert into ${c} values (42, 1, 'first', 1, ${kit.ago(5_000)})`)
        expect(held(await pull(resource, cursor)).filter((row) => row.id === "42")).toMatchObject(
          [{ record: { lines: [{ sku: "first" }] } }])
        const hour = resource.reader.cursorAt?.(new Date(Date.now() - 3_600_000).toISOString())
        expect(held(await pull(resource, hour))).toEqual([])
        const longer = resource.reader.cursorAt?.(new Date(Date.now() - 6_000_000).toISOString())
        expect(held(await pull(resource, longer)).map((row) => row.id)).toEqual(["42"])
      })

      check("are written with their parent, or not at all", async () => {
        const [p, c] = await orders()
        await kit.execute(`insert into ${p} values (5000, 'x', null)`)
        const resource = await one(p, order, declared(c, true))
        const [made, changed, bad] = await write(resource, [
          create({ id: 2_000, name: "new", lines: rows([{ set: { sku: "s1", qty: 1 }, element: "e1" },
            { set: { pos: 7, sku: "s7", qty: 7 }, element: "e7" }]) }),
          update("1", { name: "o", lines: rows([{ id: "1", set: { qty: 5 } }, { id: "2", set: null },
            { set: { sku: "third", qty: 3 }, element: "e3" }]) }),
          create({ id: 2_001, name: "bad", lines: rows([{ set: { pos: 1, sku: "a" } },
            { set: { pos: 1, sku: "b" } }]) })
        ])
        expect(made).toMatchObject({ did: "written",
          after: { record: { lines: [{ pos: 1, sku: "s1" }, { pos: 7, sku: "s7" }] },
          elements: { lines: { e1: "1", e7: "7" } } } })
        expect(changed).toMatchObject({ did: "written",
          after: { record: { name: "o", lines: [{ pos: 1, qty: 5 }, { pos: 3, sku: "third" }] },
          elements: { lines: { e3: "3" } } } })
        expect(bad?.did).toBe("refused")
        expect(await fetch(resource, ["2001"])).toMatchObject([{ _tag: "Gone" }])
      })

      check("are found or made by their role", async () => {
        const [p, c] = [table(), table()]
        await kit.execute(`create table ${p} (id ${kit.counted}, name ${kit.text(40)})`)
        await kit.execute(`create table ${c} (nr ${kit.counted}, owner integer not null, role ${kit.text(2)}, city ${kit.text(40)})`)
        const resource = await one(p, S.Struct({ id: S.Number, name: S.NullOr(S.String),
          addresses: S.Array(S.Struct({ nr: S.Number, role: S.NullOr(S.String), city: S.NullOr(S.String) })) }), {
          key: "id", children: { addresses: { table: c, key: "nr", parent: { owner: "id" } } }
        })
        const [made] = await write(resource, [create({ name: "a",
          addresses: rows([{ where: { role: "RE" }, set: { city: "Bonn" }, element: "billing" }]) })])
        if (made?.did !== "written") throw new Error(JSON.stringify(made))
        expect(made.after?.record["addresses"]).toMatchObject([{ role: "RE", city: "Bonn" }])
        const nr = made.after?.elements?.["addresses"]?.["billing"]
        const again = await write(resource, [update(made.id,
          { addresses: rows([{ where: { role: "RE" }, set: { city: "Ulm" } },
          { where: { role: "LI" }, set: { city: "Rom" } }]) })])
        expect(again).toMatchObject([{ did: "written",
          after: { record: { addresses: [{ nr: Number(nr), role: "RE", city: "Ulm" },
          { role: "LI", city: "Rom" }] } } }])
        expect(await write(resource, [update(made.id,
          { addresses: rows([{ where: { role: "LI" }, set: null },
          { where: { role: "XX" }, set: null }]) })])).toMatchObject(
            [{ after: { record: { addresses: [{ role: "RE" }] } } }])
        expect(await write(resource, [remove(made.id, "delete")])).toMatchObject([{ did: "written" }])
        expect(await kit.query(`select * from ${c}`)).toHaveLength(0)
      })

      check("a joined table's columns are read and written as the record's own", async () => {
        const [p, c] = [table(), table()]
        await kit.execute(`create table ${p} (id integer primary key, name ${kit.text(40)})`)
        await kit.execute(`create table ${c} (person integer primary key, address ${kit.text(60)}, kind ${kit.text(4)})`)
        await kit.execute(`insert into ${p} values (1, 'a'), (2, 'b')`)
        await kit.execute(`insert into ${c} values (1, 'a@example.com', 'work')`)
        const resource = await one(p, S.Struct({ id: S.Number, name: S.NullOr(S.String),
          "mail.address": S.NullOr(S.String) }), {
          key: "id", joins: { mail: { table: c, parent: { person: "id" }, where: { kind: "work" } } }
        })
        expect(held(await pull(resource)).map((row) => row.record["mail.address"])).toEqual(["a@example.com", null])
        const done = await write(resource, [
          update("1", { "mail.address": "new@example.com" }), update("2", { "mail.address": "b@example.com" }),
            create({ id: 3, name: "c", "mail.address": "c@example.com" })
        ])
        expect(done).toMatchObject([{ after: { record: { "mail.address": "new@example.com" } } },
          { after: { record: { "mail.address": "b@example.com" } } },
          { after: { record: { "mail.address": "c@example.com" } } }])
      })
    })

    describe("records whose rows point with a column that may be empty", () => {
      check("have no rows there, are read, and refuse rows alone", async () => {
        const [p, c, m] = [table(), table(), table()]
        await kit.execute(`create table ${p} (id integer primary key, name ${kit.text(40)}, person integer, at ${kit.stamp})`)
        await kit.execute(`create table ${c} (owner integer, nr integer not null, city ${kit.text(40)}, at ${kit.stamp})`)
        await kit.execute(`create table ${m} (person integer primary key, address ${kit.text(60)})`)
        await kit.execute(`insert into ${p} values (1, 'a', 7, ${kit.ago(3600)}), (2, 'b', null, ${kit.ago(3600)})`)
        await kit.execute(`insert into ${c} values (7, 1, 'Bonn', ${kit.ago(3600)}), (null, 2, 'Ulm', ${kit.ago(3600)})`)
        await kit.execute(`insert into ${m} values (7, 'a@example.com')`)
        const resource = await one(p, S.Struct({ id: S.Number, name: S.NullOr(S.String),
          "mail.address": S.NullOr(S.String),
          places: S.Array(S.Struct({ nr: S.Number, city: S.NullOr(S.String) })) }), {
          key: "id", changed: "at", joins: { mail: { table: m, parent: { person: "person" } } },
          children: { places: { table: c, key: "nr", parent: { owner: "person" }, changed: "at" } }
        })
        const seven = { id: 1, name: "a", "mail.address": "a@example.com", places: [{ nr: 1, city: "Bonn" }] }
        const none = { id: 2, name: "b", "mail.address": null, places: [] }
        expect(held(await pull(resource)).map((row) => row.record)).toEqual([seven, none])
        const cursor = await last(resource)
        await kit.execute(`insert into ${c} values (null, 3, 'Rom', ${kit.ago(0)}), (7, 4, 'Köln', ${kit.ago(0)})`)
        expect(held(await pull(resource, cursor)).find((row) => row.id === "1")?.record["places"]).toHaveLength(2)
        expect(await write(resource, [
          update("2", { name: "c" }),
          update("2", { places: rows([{ element: "e", set: { nr: 5, city: "Rom" } }]) }),
          remove("2", "delete")
        ])).toMatchObject([{ did: "written", after: { record: { name: "c" } } }, { did: "refused" }, { did: "written" }])
        expect(await kit.query(`select * from ${c}`)).toHaveLength(4)
      })
    })

    describe("writing", () => {
      check("one outcome a change, in order", async () => {
        const t = await people(4)
        const resource = await one(t, person, { key: "id" })
        expect(await write(resource, [
          update("2", { name: "two" }), create({ id: 10, name: "ten" }), update("77", { name: "x" }),
            update("1", { name: "x" }, () => false),
          create({ id: 3, name: "three" }), remove("4", "delete"), update("2", { name: "zwei" }), remove("2", "archive")
        ])).toMatchObject([
          { did: "written", id: "2", after: { record: { name: "two" } } }, { did: "written", id: "10" },
            { did: "gone" }, { did: "moved", now: { id: "1", record: { name: "n1" } } },
          { did: "exists", id: "3" }, { did: "written" }, { did: "written", after: { record: { name: "zwei" } } },
            { did: "refused" }
        ])
        expect((await kit.query(`select id, name from ${t} order by id`)).map((row) => [Number(row["id"]),
          row["name"]])).toEqual([[1, "n1"], [2, "zwei"], [3, "n3"], [10, "ten"]])
      })

      check("counts keys, thousands at once, each with its own record", async () => {
        const t = table()
        await kit.execute(`create table ${t} (id ${kit.counted}, name ${kit.text(40)})`)
        const resource = await one(t, person, { key: "id" })
        const made = await write(resource, Array.from({ length: 2_500 }, (_, at) => create({ name: `p${at}` })))
        expect(made.every((outcome, at) => outcome.did === "written" && outcome.after?.record["name"] === `p${at}`
          && String(outcome.after.record["id"]) === outcome.id)).toBe(true)
        expect(new Set(made.map((outcome) => outcome.did === "written" ? outcome.id : "")).size).toBe(2_500)
        const done = await write(resource, made.map((outcome,
          at) => update(outcome.did === "written" ? outcome.id : "", { name: at % 3 === 0 ? null : `q${at}` })))
        expect(done.every((outcome, at) => outcome.did === "written"
          && outcome.after?.record["name"] === (at % 3 === 0 ? null : `q${at}`))).toBe(true)
      })

      check("one bad row costs only itself, and is named without its value", async () => {
        const t = table()
        await kit.execute(`create table ${t} (id integer primary key, email ${kit.text(40)} not null, age integer, constraint grown check (age >= 18), constraint ${t}_mail unique (email))`)
        const resource = await one(t, S.Struct({ id: S.Number, email: S.String, age: S.NullOr(S.Number) }),
          { key: "id" })
        const changes = Array.from({ length: 300 },
          (_, at) => create({ id: at, email: `canary${at}@example.com`, age: at === 100 ? 3 : 20 }))
        changes[200] = create({ id: 200, age: 40 })
        changes[250] = create({ id: 250, email: "canary7@example.com", age: 40 })
        const outcomes = await write(resource, changes)
        expect(outcomes.filter((outcome) => outcome.did === "written")).toHaveLength(297)
        expect(outcomes[100]).toMatchObject({ did: "refused" })
        expect(outcomes[200]).toMatchObject({ did: "refused", path: "email" })
        expect(outcomes[250]).toEqual({ did: "exists", id: "7" })
        const refused = outcomes[100]
        expect(refused?.did === "refused" ? refused.cause : "").toMatch(/grown/)
        expect(JSON.stringify(outcomes.filter((outcome) => outcome.did === "refused"))).not.toMatch(/canary/)
        expect(await write(resource, [update("1", { email: "canary2@example.com" }), update("3", { age: 5 }),
          update("4", { age: 50 })])).toMatchObject([{ did: "refused" }, { did: "refused" }, { did: "written" }])
      })

      check("what the database stored comes back", async () => {
        const t = table()
        await kit.execute(`create table ${t} (id integer primary key, name ${kit.text(40)}, state ${kit.text(10)} default 'new')`)
        const resource = await one(t, S.Struct({ id: S.Number, name: S.NullOr(S.String), state: S.NullOr(S.String) }),
          { key: "id" })
        expect(await write(resource, [create({ id: 1, name: "a" })])).toMatchObject([{ after: { record: { id: 1,
          name: "a", state: "new" } } }])
      })

      check("a version column guards", async () => {
        const t = table()
        await kit.execute(`create table ${t} (id integer primary key, name ${kit.text(40)}, version integer not null)`)
        await kit.execute(`insert into ${t} values (1, 'a', 4)`)
        const resource = await one(t, person, { key: "id", version: "version" })
        expect(resource.writer?.guard).toBe("version")
        expect(held(await pull(resource))).toMatchObject([{ version: "4" }])
        const guarded = (version: string): Change => ({ ...attempt, op: "update", id: "1",
          patch: () => ({ name: "b" }), expect: { version, holds: () => true } })
        expect(await write(resource, [guarded("3")])).toMatchObject([{ did: "moved", now: { version: "4" } }])
        expect(await write(resource, [guarded("4")])).toMatchObject([{ did: "written" }])
      })

      check("the patch is asked for with the record as it stands; an empty one writes nothing", async () => {
        const t = await people(1)
        const resource = await one(t, person, { key: "id" })
        const seen: Array<Json> = []
        const change: Change = { ...attempt, op: "update", id: "1",
          patch: (into) => { seen.push(into["name"] ?? null); return {} }, expect: { holds: () => true } }
        expect(await write(resource, [change])).toMatchObject([{ did: "written", after: { record: { name: "n1" } } }])
        expect(seen).toEqual(["n1"])
      })

      check("a lost lease stops it before anything is durable", async () => {
        const t = await people(1)
        const resource = await one(t, person, { key: "id" })
        const exit = await Effect.runPromiseExit(resource.writer?.write([update("1", { name: "x" })],
          new Fenced()) ?? Effect.die("no writer"))
        expect(Exit.isFailure(exit) && Cause.squash(exit.cause)).toBeInstanceOf(Fenced)
        expect(held(await pull(resource))).toMatchObject([{ record: { name: "n1" } }])
      })

      check("an edit of another session under our lock waits, and one before it is seen", async () => {
        const t = await people(2)
        const resource = await one(t, person, { key: "id" })
        const cas = (id: string): Change => update(id, { name: "hub" }, (record) => record["name"] === `n${id}`)
        await kit.execute(`update ${t} set name = 'clerk' where id = 1`)
        expect(await write(resource, [cas("1"), cas("2")])).toMatchObject([{ did: "moved",
          now: { record: { name: "clerk" } } }, { did: "written" }])
      })
    })

    describe("the connection", () => {
      check("names its account, and tables with keys and columns", async () => {
        const t = table()
        await kit.execute(`create table ${t} (id integer primary key, name ${kit.text(30)} not null)`)
        const { session } = await open(() => undefined)
        const other = await open(() => undefined)
        expect(await run(session.account)).toBe(await run(other.session.account))
        expect(await run(session.account)).not.toMatch(/test@|:test/)
        const found = (await run(session.discover)).find((info) => info.name === t)
        expect(found?.columns).toMatchObject([{ name: "id", key: true }, { name: "name", key: false, nullable: false }])
      })

      check("wrong options are faults before anything opens", async () => {
        expect(sql("db", { url: "postgres://u:secret-word@localhost/x" }).faults).toMatchObject([{ option: "url" }])
        expect(JSON.stringify(sql("db", { url: "postgres://u:secret-word@localhost/x" }).faults)).not.toMatch(/secret-word/)
        expect(sql("db", { url: "oracle://x", zone: "Mars/Olympus",
          overlap: -1 }).faults?.map((fault) => fault.option)).toEqual(["url", "zone", "overlap"])
        expect(sql("db", { url: new Secret({ env: "X" }) })).toMatchObject({ secrets: ["X"], faults: [] })
      })
    })
  })

  const people = async (rowsCount: number): Promise<string> => {
    const t = table()
    await kit.execute(`create table ${t} (id integer primary key, name ${kit.text(40)})`)
    await kit.execute(`insert into ${t} values ${Array.from({ length: rowsCount }, (_, at) => `(${at + 1},
      'n${at + 1}')`).join(", ")}`)
    return t
  }
  const stamped = async (rowsCount: number, at: string): Promise<string> => {
    const t = table()
    await kit.execute(`create table ${t} (id integer primary key, name ${kit.text(40)}, changed ${kit.stamp})`)
    await kit.execute(`insert into ${t} values ${Array.from({ length: rowsCount }, (_, row) => `(${row + 1},
      'n${row + 1}', ${at})`).join(", ")}`)
    return t
  }
}

const attempt = { attempt: "a", idempotencyKey: "k" }
export const create = (patch: Patch): Change => ({ ...attempt, op: "create", patch: () => patch })
export const update = (id: string, patch: Patch,
  holds: (record: { readonly [column: string]: Json }) => boolean = () => true): Change =>
  ({ ...attempt, op: "update", id, patch: () => patch, expect: { holds } })
export const remove = (id: string, how: "delete" | "archive"): Change => ({ ...attempt, op: "remove", id, how,
  expect: { holds: () => true } })
const rows = (changes: ReadonlyArray<RowChange>): Rows => new Rows(changes)

export const run = <A, E>(effect: Effect.Effect<A, E>): Promise<A> => Effect.runPromise(effect)
export const write = (resource: Resource, changes: ReadonlyArray<Change>): Promise<ReadonlyArray<Outcome>> =>
  Effect.runPromise(resource.writer?.write(changes, Effect.void) ?? Effect.die("no writer"))
export const fetch = async (resource: Resource,
  ids: ReadonlyArray<string>): Promise<ReadonlyArray<Seen>> => (
  await run(resource.reader.fetch(ids, { columns: [] }))).seen
const pages = (resource: Resource, since?: Cursor): Promise<ReadonlyArray<Page>> =>
  run(Stream.runCollect(resource.reader.changes(since, { columns: [] })))
export const pull = async (resource: Resource, since?: Cursor): Promise<ReadonlyArray<Seen>> => (await pages(resource,
  since)).flatMap((page) => page.seen)
export const last = async (resource: Resource): Promise<Cursor | undefined> => (await pages(resource)).at(-1)?.next
export const held = (seen: ReadonlyArray<Seen>): ReadonlyArray<Held> =>
  seen.flatMap((one) => one._tag === "Held" ? [one] : [])
const failure = async <A, E>(exit: Promise<Exit.Exit<A, E>>): Promise<string> => {
  const done = await exit
  if (Exit.isSuccess(done)) return "it went well"
  const error = Cause.squash(done.cause)
  return error instanceof Error ? error.message : String(error)
}

/** JSON columns have no equality of their own in PostgreSQL. */
const same = (kit: Kit, type: string, a: string, b: string): string => kit.name === "postgres" && type === "json" ? `${a}::text = ${b}::text` : `(${a} = ${b} or (${a} is null and ${b} is null))`
