/** What is odd about MySQL and MariaDB: modes, character sets, engines, and errors that quote the statement. */
import mysql from "mysql2/promise"
import { Cause, Effect, Exit, Schema as S, Scope } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { sql } from "../../../connectors/sql/index.ts"
import type { TableOptions } from "../../../connectors/sql/index.ts"
import type { Resource } from "../../../core/connector/connector.ts"
import { secret } from "../../../core/connector/secret.ts"
import { mariadb } from "../../containers/mariadb.ts"
import { isMissing } from "../../containers/server.ts"
import { injections } from "./injections.ts"
import { create, fetch, held, run, update, write } from "./suite.ts"

let url: string | undefined
let missing = ""
let client: mysql.Connection
let stop: () => Promise<void>
const closing: Array<() => Promise<void>> = []
beforeAll(async () => {
  const server = await mariadb()
  if (isMissing(server)) {
    missing = server.missing
    return console.log(missing)
  }
  url = server.url
  stop = server.stop
  client = await mysql.createConnection(url)
})
afterAll(async () => {
  for (const close of closing) await close()
  if (url === undefined) return
  await client.end()
  await stop()
})
const check = (what: string, test: () => Promise<void>): void => it(what, async ({ skip }) => {
  if (url === undefined) skip(missing)
  await test()
})

let count = 0
const table = async (schema: S.Constraint, columns: string,
  options: Partial<TableOptions> = {}): Promise<readonly [string, Resource]> => {
  const name = `t${++count}`
  await client.query(`create table ${name} (id integer primary key, ${columns}`)
  process.env["ESL_TEST_URL"] = url
  const connection = sql("db", { url: secret("ESL_TEST_URL") })
  connection.table(name, schema, { key: "id", ...options })
  const scope = await run(Scope.make())
  closing.push(() => run(Scope.close(scope, Exit.void)))
  return [name, (await run(Scope.provide(connection.open({ readOnly: false }), scope))).resource(name)]
}
const person = S.Struct({ id: S.Number, name: S.NullOr(S.String), age: S.NullOr(S.Number) })

describe("MySQL and MariaDB", () => {
  check("a server that does not escape with backslashes is none the worse for it", async () => {
    const [row] = (await client.query<Array<mysql.RowDataPacket>>("select @@global.sql_mode as mode"))[0]
    await client.query("set global sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES,PIPES_AS_CONCAT'")
    const [, resource] = await table(person, "name varchar(200), age integer)")
    const made = await write(resource, injections.map((text, at) => create({ id: at, name: text })))
    await client.query("set global sql_mode = ?", [row?.["mode"]])
    expect(made.map((outcome) => outcome.did)).toEqual(injections.map(() => "written"))
    expect(held(await fetch(resource, injections.map((_, at) => String(at)))).map(
      (one) => one.record["name"])).toEqual([...injections])
  })

  check("a character that the column lacks, and a number that is too large, cost their field", async () => {
    const [, resource] = await table(person, "name varchar(20) character set latin2, age tinyint)")
    expect(await write(resource, [create({ id: 1, name: "smile 😀", age: 30 }),
      create({ id: 2, name: "Łódź", age: 300 }), create({ id: 3, name: "x".repeat(21), age: 3 })])).toMatchObject([
      { did: "written", withheld: [{ path: "name" }], after: { record: { name: null, age: 30 } } },
      { did: "written", withheld: [{ path: "age" }], after: { record: { name: "Łódź", age: null } } },
      { did: "written", withheld: [{ path: "name" }] }
    ])
    expect(await write(resource, [update("1", { name: "smile 😀" })])).toMatchObject([{ did: "refused", path: "name" }])
  })

  check("an engine without transactions is warned of", async () => {
    const [, resource] = await table(person, "name varchar(20), age integer) engine = myisam")
    expect((await run(resource.describe)).warnings.join()).toMatch(/MyISAM, which has no transactions/)
  })

  check("errors hold no statement, no value and no password (S20)", async () => {
    const [name, resource] = await table(person, "name varchar(20), age integer)")
    await client.query(`create trigger ${name}_t before insert on ${name} for each row signal sqlstate '45000' set message_text = 'canary'`)
    const made = await write(resource, [create({ id: 1, name: "canary" })])
    expect(made).toMatchObject([{ did: "refused" }])
    expect(JSON.stringify(made)).not.toMatch(/canary|insert/i)
    await client.query(`drop table ${name}`)
    const gone = await Effect.runPromiseExit(resource.writer?.write([create({ id: 1, name: "canary" })], Effect.void)
      ?? Effect.die("no writer"))
    expect(Exit.isFailure(gone)).toBe(true)
    expect(JSON.stringify(gone)).not.toMatch(/canary|insert into/i)
    expect(Exit.isFailure(gone) ? Cause.pretty(gone.cause) : "").not.toMatch(/canary|insert into/i)

    const wrong = new URL(url ?? "")
    wrong.password = "canary-word"
    process.env["ESL_TEST_URL"] = wrong.href
    const exit = await Effect.runPromiseExit(Effect.scoped(
      Effect.flatMap(sql("shop", { url: secret("ESL_TEST_URL") }).open({ readOnly: true }), (session) => session.account)))
    expect(Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "").toMatch(/shop: account: the database refused the user name or password/)
    expect(JSON.stringify(exit)).not.toMatch(/canary/)
  })

  check("read only is the server's business, too", async () => {
    const { open } = await import("../../../core/io/sql/mysql.ts")
    const { runner } = await import("../../../core/io/sql/dialect.ts")
    const { sql: raw } = await import("kysely")
    const database = await open({ url: url ?? "", readOnly: true })
    await client.query("create table plain (id integer primary key)")
    await expect(runner(database.kysely, database.dialect)(raw`insert into plain values (1)`)).rejects.toMatchObject({ kind: "forbidden" })
    await database.close()
  })

  check("a connection that is killed: certainly not sent, and the next one works", async () => {
    const [name, resource] = await table(person, "name varchar(20), age integer)")
    await client.query(`insert into ${name} values (1, 'a', 1)`)
    await client.query("begin")
    await client.query(`update ${name} set age = 2 where id = 1`)
    const writing = write(resource, [create({ id: 2, name: "b" }), update("1", { name: "hub" })])
    let waiting: unknown
    for (let left = 100; waiting === undefined && left > 0; left--) {
      await new Promise((later) => setTimeout(later, 50))
      const [rows] = await client.query<Array<mysql.RowDataPacket>>("select trx_mysql_thread_id as id from information_schema.innodb_trx where trx_state = 'LOCK WAIT'")
      waiting = rows[0]?.["id"]
    }
    await client.query(`kill ${Number(waiting)}`)
    expect(await writing).toEqual([{ did: "unsent" }, { did: "unsent" }])
    await client.query("rollback")
    expect(await write(resource, [create({ id: 2, name: "b" }), update("1", { name: "hub" })])).toMatchObject(
      [{ did: "written" }, { did: "written" }])
  })

  check("child rows hang on a column that is not the key", async () => {
    const order = S.Struct({ id: S.Number, lines: S.Array(S.Struct({ pos: S.Number, sku: S.String })) })
    await client.query("create table pos (number varchar(20), pos integer, sku varchar(20), primary key (number, pos))")
    const [name, resource] = await table(order, "number varchar(20) not null)",
      { children: { lines: { table: "pos", key: "pos", parent: { number: "number" } } } })
    await client.query(`insert into ${name} values (1, 'A-1')`)
    const rows = (changes: ReadonlyArray<unknown>): never => ({ rows: changes }) as never
    expect(await write(resource,
      [update("1", { lines: rows([{ set: { sku: "x" } }, { set: { sku: "y" } }]) })])).toMatchObject([
      { did: "written", after: { record: { lines: [{ pos: 1, sku: "x" }, { pos: 2, sku: "y" }] } } }
    ])
    expect(await write(resource,
      [update("1", { lines: rows([{ id: "1", set: null }, { id: "2", set: { sku: "z" } }]) })])).toMatchObject([
      { did: "written", after: { record: { lines: [{ pos: 2, sku: "z" }] } } }
    ])
    const [found] = await client.query<Array<mysql.RowDataPacket>>("select number, pos from pos")
    expect(found).toMatchObject([{ number: "A-1", pos: 2 }])
  })
})
