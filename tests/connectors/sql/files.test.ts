/** What is odd about SQLite: files, locks, and columns that hold anything. */
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { Cause, Effect, Exit, Schema as S, Scope } from "effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { sql } from "../../../connectors/sql/index.ts"
import type { TableOptions } from "../../../connectors/sql/index.ts"
import type { Resource, Session } from "../../../core/connector/connector.ts"
import { begin } from "../../../core/io/sql/dialect.ts"
import { open } from "../../../core/io/sql/sqlite.ts"
import { create, fetch, held, pull, run, write } from "./suite.ts"

let folder: string
const closing: Array<() => Promise<void>> = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "esl-files-"))
})
afterAll(async () => {
  for (const close of closing) await close()
  await rm(folder, { recursive: true, force: true })
})

let count = 0
const database = (script: string): string => {
  const file = join(folder, `f${++count}.db`)
  const made = new DatabaseSync(file)
  made.exec(script)
  made.close()
  return file
}
const session = async (file: string, schema: S.Constraint, options: TableOptions,
  readOnly = false): Promise<readonly [Session, Resource]> => {
  const connection = sql("erp", { url: `sqlite:${file}` })
  connection.table("t", schema, options)
  const scope = await run(Scope.make())
  closing.push(() => run(Scope.close(scope, Exit.void)))
  const opened = await run(Scope.provide(connection.open({ readOnly }), scope))
  return [opened, opened.resource("t")]
}
const sentence = async (effect: Effect.Effect<unknown, unknown>): Promise<string> => {
  const exit = await Effect.runPromiseExit(effect)
  const error = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
  return error instanceof Error ? error.message : "it went well"
}
const person = S.Struct({ id: S.Number, name: S.NullOr(S.String) })

it("a row that cannot be read is told apart, and the rest is read", async () => {
  const file = database(`create table t (id integer primary key, name text); create table c (t integer,
      pos integer, name text);
    insert into t values (1, 'a'), (2, x'00ff'), (3, 'c'); insert into c values (3, 1, x'00'), (1, 1, 'fine')`)
  const [, resource] = await session(file, S.Struct(
    { id: S.Number, name: S.NullOr(S.String), rows: S.Array(S.Struct({ pos: S.Number, name: S.String })) }),
    { key: "id", children: { rows: { table: "c", key: "pos", parent: { t: "id" } } } })
  expect(await pull(resource)).toMatchObject([
    { _tag: "Held", id: "1", record: { rows: [{ pos: 1, name: "fine" }] } },
    { _tag: "Unreadable", id: "2", why: "column name holds binary data" },
    { _tag: "Unreadable", id: "3", why: "rows: column name holds binary data" }
  ])
  expect(await fetch(resource, ["2"])).toMatchObject([{ _tag: "Unreadable" }])
})

it("a row without a key is no record", async () => {
  const file = database("create table t (id text primary key, name text); insert into t values (null, 'a'), ('x', 'b')")
  const [, resource] = await session(file, person, { key: "id" })
  expect(await pull(resource)).toMatchObject([{ _tag: "Unreadable", why: "its key is empty" }, { _tag: "Held", id: "x" }])
})

it("a column without a type is what it holds, in a table and in a view", async () => {
  const file = database(`create table base (id, name text);
    insert into base with recursive n(i) as (select 1 union all select i + 1 from n where i < 1200) select i, 'x' from n;
    create view t as select id + 0 as id, name from base`)
  const [, resource] = await session(file, person, { key: "id" })
  expect(new Set(held(await pull(resource)).map((row) => row.id)).size).toBe(1_200)
  expect(await fetch(resource, ["1200", "1201"])).toMatchObject([{ _tag: "Held", record: { id: 1_200 } }, { _tag: "Gone" }])
})

it("a column holds numbers and text side by side", async () => {
  const file = database("create table t (id integer primary key, v); insert into t values (1, 12), (2, '12'), (3, 1.5), (4, 9007199254740993)")
  const [, resource] = await session(file, S.Struct({ id: S.Number, v: S.String }), { key: "id" })
  expect(held(await pull(resource)).map((row) => row.record["v"])).toEqual(["12", "12", "1.5", "9007199254740993"])
})

it("more digits than the column keeps are withheld", async () => {
  const file = database("create table t (id integer primary key, v decimal(30, 10), name text)")
  const [, resource] = await session(file, S.Struct({ id: S.Number, v: S.NullOr(S.String), name: S.String }),
    { key: "id" })
  expect(await write(resource, [create({ id: 1, v: "12345678901234.56789", name: "x" }), create({ id: 2, v: "1234567890.25", name: "y" })]))
    .toMatchObject([{ did: "written", withheld: [{ path: "v" }], after: { record: { v: null, name: "x" } } },
      { did: "written", after: { record: { v: "1234567890.25" } } }])
})

it("a locked file is one clear sentence, after some patience", async () => {
  const file = database("create table t (id integer primary key, name text)")
  const other = new DatabaseSync(file)
  other.exec("begin immediate")
  const opened = await open({ file, readOnly: false, busyMs: 10 })
  await expect(begin(opened)).rejects.toMatchObject({ kind: "busy", message: expect.stringContaining("locked by another program") })
  other.exec("rollback")
  const transaction = await begin(opened)
  await transaction.rollback()
  await opened.close()
  other.close()
})

it("read only: the file itself refuses", async () => {
  const file = database("create table t (id integer primary key, name text)")
  const [, resource] = await session(file, person, { key: "id" }, true)
  expect(resource.writer).toBeUndefined()
  const opened = await open({ file, readOnly: true })
  const { sql: raw } = await import("kysely")
  await expect(raw`insert into t values (1, 'a')`.execute(opened.kysely)).rejects.toThrow(/readonly/)
  await opened.close()
})

it("one clear sentence for a file that is no database, and a second name for one table", async () => {
  const file = join(folder, "notes.txt")
  await writeFile(file, "these are notes, not a database, and there is enough of them to fill a header of a file".repeat(20))
  const [opened] = await session(file, person, { key: "id" })
  expect(await sentence(opened.discover)).toMatch(/^erp: discover: the file is not an SQLite database/)
  const connection = sql("erp", { url: "sqlite:x.db" })
  connection.table("t", person, { key: "id" })
  connection.table("t", person, { key: "id" })
  expect(connection.faults).toMatchObject([{ option: "t", message: expect.stringContaining("twice") }])
})
