/** SQL Server: what is said to it, and that the driver gets it across. No real server stands behind this. */
import { Cause, Effect, Exit, Schema as S, Scope, Stream } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { sql } from "../../../connectors/sql/index.ts"
import type { Resource } from "../../../core/connector/connector.ts"
import { secret } from "../../../core/connector/secret.ts"
import { create, fetch, held, last, pull, remove, run, update, write } from "./suite.ts"
import { standIn } from "./tds.ts"
import type { StandIn } from "./tds.ts"

describe("SQL Server (a stand-in speaks TDS)", () => {
  let server: StandIn
  let scope: Scope.Closeable
  let resource: Resource
  const url = (password: string): string => `mssql://sa:${password}@127.0.0.1:${server.port}/shop?encrypt=false`
  const connection = () => sql("shop", { url: secret("ESL_TEST_MSSQL_URL") })

  beforeAll(async () => {
    server = await standIn("a word")
    server.database.exec(`create table "Kunden-Stamm" (ID integer primary key, NAME nvarchar(40) not null,
      "GRÖSSE" "decimal(18, 4) text", BIG bigint, OK bit, AM datetime2(7), MAIL varchar(10), check (NAME <> 'bad'));
      create table POS (ORDER_ID int not null, NR int not null, SKU nvarchar(20), primary key (ORDER_ID, NR))`)
    process.env["ESL_TEST_MSSQL_URL"] = url(encodeURIComponent("a word"))
    const db = connection()
    db.table("Kunden-Stamm", S.Struct({
      ID: S.Number, NAME: S.String, "GRÖSSE": S.NullOr(S.String), BIG: S.NullOr(S.String), OK: S.NullOr(S.Boolean),
        AM: S.NullOr(S.String), MAIL: S.NullOr(S.String),
      lines: S.Array(S.Struct({ NR: S.Number, SKU: S.NullOr(S.String) }))
    }), { key: "ID", changed: "AM", children: { lines: { table: "POS", key: "NR", parent: { ORDER_ID: "ID" } } } })
    scope = await run(Scope.make())
    resource = (await run(Scope.provide(db.open({ readOnly: false }), scope))).resource("Kunden-Stamm")
  })
  afterAll(async () => {
    await run(Scope.close(scope, Exit.void))
    await server.stop()
  })

  it("creates, reads back, pages and updates", async () => {
    const record = { NAME: "Zoë", "GRÖSSE": "12345678901234.5678", BIG: "9223372036854775807", OK: true, AM: "2026-01-31T10:00:00.1234567", MAIL: null }
    const made = await write(resource, [create({ ...record,
      lines: { rows: [{ set: { SKU: "a" }, element: "e" }] } }), create({ ...record, OK: false })])
    expect(made).toMatchObject([
      { did: "written", id: "1", after: { record: { ID: 1, ...record, OK: true, lines: [{ NR: 1, SKU: "a" }] },
        elements: { lines: { e: "1" } } } },
      { did: "written", id: "2", after: { record: { OK: false, lines: [] } } }
    ])
    expect(held(await pull(resource))).toHaveLength(2)
    expect(held(await pull(resource, await last(resource))).map((row) => row.id)).toEqual(["2"])
    expect(await write(resource, [update("1", { NAME: "new" }), update("2", { NAME: "other" }),
      update("9", { NAME: "x" }), update("1", { NAME: "moved" }, () => false)]))
      .toMatchObject([{ did: "written", after: { record: { NAME: "new" } } }, { did: "written" }, { did: "gone" }, { did: "moved" }])
    expect(await write(resource, [remove("2", "delete")])).toMatchObject([{ did: "written" }])
    expect(await fetch(resource, ["2"])).toMatchObject([{ _tag: "Gone" }])
  })

  it("one bad row costs only itself; what does not fit costs its field", async () => {
    const made = await write(resource, [create({ NAME: "good" }), create({ NAME: "bad" }), create({ BIG: "1" }),
      create({ NAME: "kept", MAIL: "smile 😀" }), create({ NAME: "long", MAIL: "12345678901" })])
    expect(made).toMatchObject([{ did: "written" }, { did: "refused" }, { did: "refused", path: "NAME" },
      { did: "written", withheld: [{ path: "MAIL" }] }, { did: "written", withheld: [{ path: "MAIL" }] }])
    expect(JSON.stringify(made)).not.toMatch(/secret-value/)
  })

  it("pages by a composite key, and by time", async () => {
    server.database.exec(`create table LOG (FIRM varchar(4) not null, NR int not null, AT datetime2(7),
      primary key (FIRM, NR));
      insert into LOG with recursive n(i) as (select 1 union all select i + 1 from n where i < 2300)
        select case when i % 2 = 0 then 'A' else 'B' end, i, '2026-01-01T00:00:00' from n`)
    const db = connection()
    db.table("LOG", S.Struct({ FIRM: S.String, NR: S.Number }), { key: ["FIRM", "NR"], changed: "AT" })
    await run(Effect.scoped(Effect.gen(function*() {
      const log = (yield* db.open({ readOnly: false })).resource("LOG")
      const all = yield* Effect.promise(() => pull(log))
      expect(new Set(all.map((row) => row.id)).size).toBe(2_300)
      const again = yield* Effect.promise(() => pull(log, log.reader.cursorAt?.("2025-01-01T00:00:00Z")))
      expect(new Set(again.map((row) => row.id)).size).toBe(2_300)
      const ids = [JSON.stringify(["A", "2"]), JSON.stringify(["B", "1"]), JSON.stringify(["B", "2"])]
      expect((yield* Effect.promise(() => fetch(log, ids))).map((row) => row._tag)).toEqual(["Held", "Held", "Gone"])
    })))
    // The stand-in compares times as text, so these do not sort: a page that comes again is an error, not a loop.
    server.database.exec("update LOG set AT = AT || '.0000000'")
    const exit = await Effect.runPromiseExit(Effect.scoped(Effect.flatMap(db.open({ readOnly: false }), (session) => {
      const log = session.resource("LOG")
      return Stream.runDrain(log.reader.changes(log.reader.cursorAt?.("2025-01-01T00:00:00Z"), { columns: [] }))
    })))
    expect(Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "").toMatch(/gives the same page again/)
    const said = server.heard.join("\n")
    expect(said).toMatch(/where t\."FIRM" >= cast\(@\d+ as varchar\(4\)\) and \(t\."FIRM" > .* or \(t\."FIRM" = .* and t\."NR" > cast\(@\d+ as int\)\)\)/)
  })

  it("says what SQL Server understands", () => {
    const said = server.heard.join("\n")
    expect(said).toMatch(/from "Kunden-Stamm" as t with \(updlock, rowlock\)/)
    expect(said).toMatch(/order by t\."ID"\s+offset 0 rows fetch next @\d+ rows only/)
    expect(said).toMatch(/cast\(@\d+ as decimal\(18, 4\)\)/)
    expect(said).toMatch(/convert\(varchar\(33\), t\."AM", 126\)/)
    expect(said).toMatch(/insert into "Kunden-Stamm" \(.*\) values \(.*\); select cast\(scope_identity\(\) as varchar\(40\)\) as id/)
    expect(said).toMatch(/update t set "NAME" = v\."c1" from "Kunden-Stamm" as t join \(values /)
    expect(said).not.toMatch(/Zoë|9223372036854775807/)
  })

  it("a wrong password is one clear sentence", async () => {
    process.env["ESL_TEST_MSSQL_URL"] = url("wrong")
    const exit = await Effect.runPromiseExit(Effect.scoped(
      Effect.flatMap(connection().open({ readOnly: true }), (session) => session.account)))
    const error = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
    expect(error instanceof Error ? error.message : "").toMatch(/refused the user name or password/)
  })
})
