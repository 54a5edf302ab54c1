/** What can go wrong at a PostgreSQL server: sessions in the way, lost connections, triggers, checks at the commit. */
import pg from "pg"
import { Cause, Deferred, Effect, Exit, Fiber, Schema as S, Scope } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { sql } from "../../../connectors/sql/index.ts"
import type { TableOptions } from "../../../connectors/sql/index.ts"
import type { Resource } from "../../../core/connector/connector.ts"
import { secret } from "../../../core/connector/secret.ts"
import { postgres } from "../../containers/postgres.ts"
import { isMissing } from "../../containers/server.ts"
import { create, held, last, pull, run, update, write } from "./suite.ts"

let url: string | undefined
let missing = ""
let pool: pg.Pool
let stop: () => Promise<void>
const closing: Array<() => Promise<void>> = []
beforeAll(async () => {
  const server = await postgres()
  if (isMissing(server)) {
    missing = server.missing
    return console.log(missing)
  }
  url = server.url
  stop = server.stop
  pool = new pg.Pool({ connectionString: url, max: 4 })
  pool.on("error", () => undefined)
})
afterAll(async () => {
  for (const close of closing) await close()
  if (url === undefined) return
  await pool.end()
  await stop()
})
const check = (what: string, test: () => Promise<void>): void => it(what, async ({ skip }) => {
  if (url === undefined) skip(missing)
  await test()
})

let count = 0
const person = S.Struct({ id: S.Number, name: S.NullOr(S.String) })
const table = async (columns: string, options: Partial<TableOptions> = {}, zone?: string): Promise<readonly [string,
  Resource]> => {
  const name = `t${++count}`
  await pool.query(`create table ${name} (id integer primary key, ${columns})`)
  process.env["ESL_TEST_URL"] = url
  const connection = sql("db", { url: secret("ESL_TEST_URL"), ...(zone === undefined ? {} : { zone }) })
  connection.table(name, person, { key: "id", ...options })
  const scope = await run(Scope.make())
  closing.push(() => run(Scope.close(scope, Exit.void)))
  return [name, (await run(Scope.provide(connection.open({ readOnly: false }), scope))).resource(name)]
}
const names = async (name: string): Promise<ReadonlyArray<string>> =>
  (await pool.query<{ name: string }>(`select name from ${name} order by id`)).rows.map((row) => row.name)

describe("PostgreSQL sessions", () => {
  check("an edit that is on its way is waited for, and seen", async () => {
    const [t, resource] = await table("name text")
    await pool.query(`insert into ${t} values (1, 'a')`)
    const clerk = await pool.connect()
    await clerk.query("begin")
    await clerk.query(`update ${t} set name = 'clerk' where id = 1`)
    const writing = write(resource, [update("1", { name: "hub" }, (record) => record["name"] === "a")])
    await new Promise((later) => setTimeout(later, 100))
    await clerk.query("commit")
    clerk.release()
    expect(await writing).toMatchObject([{ did: "moved", now: { record: { name: "clerk" } } }])
  })

  check("a deadlock is tried again", async () => {
    const [t, resource] = await table("name text")
    await pool.query(`insert into ${t} values (1, 'a'), (2, 'b')`)
    const clerk = await pool.connect()
    await clerk.query("begin; set local deadlock_timeout = '5s'")
    await clerk.query(`update ${t} set name = 'clerk' where id = 2`)
    await pool.query(`alter database ${new URL(url ?? "").pathname.slice(1)} set deadlock_timeout = '50ms'`)
    const [, fresh] = [t, resource]
    const writing = write(fresh, [update("1", { name: "x" }), update("2", { name: "y" })])
    await new Promise((later) => setTimeout(later, 100))
    const blocked = clerk.query(`update ${t} set name = 'clerk' where id = 1`).catch((error: unknown) => error)
    await new Promise((later) => setTimeout(later, 300))
    await blocked
    await clerk.query("rollback")
    clerk.release()
    expect(await writing).toMatchObject([{ did: "written" }, { did: "written" }])
    expect(await names(t)).toEqual(["x", "y"])
  })

  check("a transaction that commits behind the cursor is found by the next pull", async () => {
    const [t, resource] = await table("name text, changed timestamptz default now()", { changed: "changed" })
    await pool.query(`insert into ${t} values (1, 'a')`)
    const late = await pool.connect()
    await late.query("begin")
    await late.query(`insert into ${t} values (2, 'late')`)
    await pool.query(`insert into ${t} values (3, 'c')`)
    const cursor = await last(resource)
    await late.query("commit")
    late.release()
    expect(held(await pull(resource, cursor)).map((row) => row.id)).toContain("2")
  })

  check("an interrupted write leaves nothing", async () => {
    const [t, resource] = await table("name text")
    const before = await run(Deferred.make<void>())
    const fiber = Effect.runFork(resource.writer?.write([create({ id: 1, name: "x" })],
      Effect.andThen(Deferred.succeed(before, undefined), Effect.never)) ?? Effect.die("no writer"))
    await run(Deferred.await(before))
    await run(Fiber.interrupt(fiber))
    expect(await names(t)).toEqual([])
    expect(await write(resource, [create({ id: 1, name: "y" })])).toMatchObject([{ did: "written" }])
  })
})

describe("PostgreSQL connections", () => {
  const dies = (name: string, when: string): string => `
    create function ${name}_dies() returns trigger language plpgsql as $$ begin perform pg_terminate_backend(
      pg_backend_pid()); return new; end $$;
    create ${when} on ${name} ${when.includes("constraint") ? "deferrable initially deferred"
      : ""} for each row when (new.name = 'die') execute function ${name}_dies()`

  check("lost before the commit: certainly not sent", async () => {
    const [t, resource] = await table("name text")
    await pool.query(dies(t, "trigger d before insert"))
    expect(await write(resource, [create({ id: 1, name: "x" }), create({ id: 2, name: "die" })])).toEqual(
      [{ did: "unsent" }, { did: "unsent" }])
    expect(await names(t)).toEqual([])
    expect(await write(resource, [create({ id: 1, name: "x" })])).toMatchObject([{ did: "written" }])
  })

  check("lost in the commit: nobody knows", async () => {
    const [t, resource] = await table("name text")
    await pool.query(dies(t, "constraint trigger d after insert"))
    await pool.query(`insert into ${t} values (7, 'old')`)
    expect(await write(resource, [create({ id: 1, name: "x" }), create({ id: 2, name: "die" }),
      update("9", { name: "z" })])).toEqual([{ did: "unknown" }, { did: "unknown" }, { did: "gone" }])
  })

  check("not there, or not ours: one clear sentence without the secret", async () => {
    const say = async (address: string): Promise<string> => {
      process.env["ESL_TEST_URL"] = address
      const exit = await Effect.runPromiseExit(Effect.scoped(
        Effect.flatMap(sql("erp", { url: secret("ESL_TEST_URL") }).open({ readOnly: true }), (session) => session.account)))
      const error = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
      return error instanceof Error ? error.message : "it went well"
    }
    const nobody = new URL(url ?? "")
    nobody.port = "1"
    nobody.password = "canary-word"
    expect(await say(nobody.href)).toMatch(/^erp: .*not reachable.*host and port/)
    expect(await say(nobody.href)).not.toMatch(/canary/)
    nobody.port = new URL(url ?? "").port
    nobody.pathname = "/nowhere"
    expect(await say(nobody.href)).toMatch(/database does not exist/)
    expect(await say("sqlite:/nowhere/at/all.db")).toMatch(/\/nowhere\/at\/all\.db does not exist/)
  })

  check("read only is the server's business, too", async () => {
    const { open } = await import("../../../core/io/sql/pg.ts")
    const { runner } = await import("../../../core/io/sql/dialect.ts")
    const { sql: raw } = await import("kysely")
    const database = await open({ url: url ?? "", readOnly: true })
    const exit = await Effect.runPromiseExit(Effect.promise(() => runner(database.kysely, database.dialect)(raw`create table no (id integer)`)))
    await database.close()
    expect(Exit.isFailure(exit) && String(Cause.squash(exit.cause))).toMatch(/25006|may not/)
  })
})

describe("PostgreSQL rules", () => {
  check("a check at the commit costs only the rows that break it", async () => {
    const [t, resource] = await table("name text, parent integer")
    await pool.query(`alter table ${t} add foreign key (parent) references ${t} deferrable initially deferred`)
    const made = await write(resource, [create({ id: 1, name: "a" }), create({ id: 2, name: "b", parent: 1 }),
      create({ id: 3, name: "c", parent: 99 }), create({ id: 4, name: "d" })])
    expect(made.map((outcome) => outcome.did)).toEqual(["written", "written", "refused", "written"])
  })

  check("triggers and rounding show in what comes back", async () => {
    const [t, resource] = await table("name text, changed timestamptz")
    await pool.query(`create function ${t}_f() returns trigger language plpgsql as $$
      begin update ${t} set name = upper(name), changed = now()
        where id = new.id and name <> upper(name); return null; end $$;
      create trigger u after insert or update on ${t} for each row execute function ${t}_f()`)
    expect(await write(resource, [create({ id: 1, name: "quiet" })])).toMatchObject(
      [{ did: "written", after: { record: { name: "QUIET" } } }])
    expect(await write(resource, [update("1", { name: "again" })])).toMatchObject(
      [{ did: "written", after: { record: { name: "AGAIN" } } }])
  })

  check("a trigger's own words, which may quote the row, are not told", async () => {
    const [t, resource] = await table("name text")
    await pool.query(`create function ${t}_f() returns trigger language plpgsql as $$
      begin raise exception 'no room for %', new.name; end $$;
      create trigger u before insert on ${t} for each row execute function ${t}_f()`)
    const made = await write(resource, [create({ id: 1, name: "canary" })])
    expect(made).toMatchObject([{ did: "refused" }])
    expect(JSON.stringify(made)).not.toMatch(/canary/)
  })

  check("a view is read, and written where the database lets it be; a partitioned table, too", async () => {
    const [t] = await table("name text")
    const connection = sql("db", { url: secret("ESL_TEST_URL") })
    await pool.query(`create view ${t}_v as select id, name from ${t} where id < 100;
      create table ${t}_p (id integer primary key, name text) partition by range (id);
      create table ${t}_p1 partition of ${t}_p for values from (0) to (100)`)
    connection.table(`${t}_v`, person, { key: "id" })
    connection.table(`${t}_p`, person, { key: "id" })
    await run(Effect.scoped(Effect.gen(function*() {
      const session = yield* connection.open({ readOnly: false })
      for (const name of [`${t}_v`, `${t}_p`]) {
        const resource = session.resource(name)
        expect(yield* Effect.promise(() => write(resource, [create({ id: 1, name: "a" })]))).toMatchObject([{ did: "written" }])
        expect(yield* Effect.promise(() => write(resource, [update("1", { name: "b" })]))).toMatchObject(
          [{ did: "written", after: { record: { name: "b" } } }])
        expect(held(yield* Effect.promise(() => pull(resource)))).toHaveLength(1)
        expect((yield* resource.describe).warnings).toEqual(name.endsWith("_v") ? [`nothing in table ${name} makes id unique`] : [])
      }
      expect((yield* session.discover).map((one) => one.name)).not.toContain(`${t}_p1`)
    })))
  })

  check("times without a zone are read in the connection's", async () => {
    const [t, resource] = await table("name text, changed timestamp", { changed: "changed" }, "America/New_York")
    await pool.query(`insert into ${t} values (1, 'a', '2026-07-01 12:00:00')`)
    expect(held(await pull(resource))).toMatchObject([{ stamp: { at: "2026-07-01T16:00:00.000Z" } }])
    const cursor = await last(resource)
    await pool.query(`insert into ${t} values (2, 'b', '2026-07-01 12:00:00.000001')`)
    expect(held(await pull(resource, cursor)).map((row) => row.id)).toEqual(["1", "2"])
    expect(held(await pull(resource, resource.reader.cursorAt?.("2026-07-01T16:00:00.000Z"))).map((row) => row.id)).toEqual(["1", "2"])
    expect(held(await pull(resource, resource.reader.cursorAt?.("2026-07-01T16:00:01.000Z")))).toEqual([])
  })

  check("an hour that comes twice hides nobody", async () => {
    const [t, resource] = await table("name text, changed timestamp", { changed: "changed" }, "Europe/Berlin")
    await pool.query(`insert into ${t} values (1, 'before clocks go back', '2025-10-26 02:50:00')`)
    const cursor = await last(resource)
    await pool.query(`insert into ${t} values (2, 'after', '2025-10-26 02:10:00')`)
    expect(held(await pull(resource, cursor)).map((row) => row.id)).toContain("2")
  })
})
