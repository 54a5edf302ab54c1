/** The SQL connector on SQLite as a subject of the contract suite. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { Effect, Schema as S } from "effect"
import { sql } from "../../connectors/sql/index.ts"
import { mapping, Rows } from "../../core/mapping/index.ts"
import { Customer } from "../../core/model/index.ts"
import type { Given, Stage, Subject } from "../../core/testing/contract.ts"

const T = S.NullOr(S.String)
const Row = S.Struct({
  ID: S.Number, CODE: T, NAME: T, BIG: T, PRICE: T, CURRENCY: T, MAIL: T,
  ADDRESSES: S.Array(S.Struct({ NO: S.Number, CITY: T }))
})
const people = mapping(Row, Customer, ({ field }) => ({ legalName: field("NAME"), email: field("MAIL") }))

const noServer = "there is no server: a file is read and written in this process"

export const sqlite: Subject = {
  name: "sql.PEOPLE",
  columns: ["ID", "CODE", "NAME", "BIG", "PRICE", "CURRENCY", "MAIL", "ADDRESSES"],
  page: 1_000,
  cannot: {
    offline: "a row has no time but that of its change",
    merge: "rows of a table have no merge; a program that merges deletes one of them",
    lag: "a table is read as it is: there is no index that lags",
    retention: "there is no log of deletions: a sweep finds them",
    field: "columns of a table are named in the config, and a missing one is an error there (tests/connectors/sql)",
    hidden: "columns of a table are named in the config, and a missing one is an error there (tests/connectors/sql)",
    locked: "a table has no read-only columns; computed ones are tested on each server (tests/connectors/sql)",
    key: "the key of this table is counted by the database, so no key of ours goes along",
    calls: noServer, throttle: noServer, unavailable: noServer, "cut-before": noServer, "cut-after": noServer, partial: noServer,
    lock: "a file has one lock for all, and waiting for it is tested in tests/connectors/sql",
    expire: "a database has a password, which does not expire in a session",
    rotate: "a database has a password, no tokens",
    webhook: "a database tells nobody"
  },
  open: ({ time }) => Effect.gen(function*() {
    const folder = yield* Effect.acquireRelease(Effect.promise(() => mkdtemp(join(tmpdir(), "esl-contract-"))),
      (made) => Effect.promise(() => rm(made, { recursive: true, force: true })))
    return yield* Effect.acquireRelease(Effect.sync(() => stage(join(folder, "test.db"), time)),
      ({ close }) => Effect.sync(close))
  })
}

const stage = (file: string, time: Given["time"]): Stage & { readonly close: () => void } => {
  const database = new DatabaseSync(file)
  database.exec(`pragma journal_mode = wal; pragma synchronous = off;
    create table PEOPLE (ID integer primary key, CODE text unique, BIG bigint, PRICE text,
      NAME varchar(500) check (length(NAME) <= 500), MAIL text,
      CURRENCY text check (CURRENCY in ('USD', 'JPY', 'KWD')), CHANGED text not null default '');
    create table ADDRESSES (NO integer primary key, PERSON integer not null, CITY text,
      CHANGED text not null default '')`)
  const now = (): string => new Date(time.now()).toISOString()
  const text = (value: unknown): string | undefined => typeof value === "string" ? value : undefined
  const insert = database.prepare("insert into PEOPLE (CODE, NAME, CHANGED) values (?, ?, ?)")
  // What we write is stamped by the database, like what people write.
  for (const [table, key] of [["PEOPLE", "ID"], ["ADDRESSES", "NO"]]) {
    database.exec(`create trigger ${table}_I after insert on ${table} when new.CHANGED = ''
      begin update ${table} set CHANGED = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') where ${key} = new.${key}; end;
      create trigger ${table}_U after update of ${table === "PEOPLE" ? "CODE, NAME, BIG, PRICE, CURRENCY, MAIL" : "CITY"}
      on ${table} begin
        update ${table} set CHANGED = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') where ${key} = new.${key}; end`)
  }
  const count = (table: string, where: string): number =>
    Number(database.prepare(`select count(*) as n from ${table} where ${where}`).get()?.["n"])
  const connection = sql("sql", { url: `sqlite:${file}` })
  const table = connection.table("PEOPLE", Row, { key: "ID", changed: "CHANGED",
    children: { ADDRESSES: { table: "ADDRESSES", key: "NO", parent: { PERSON: "ID" }, changed: "CHANGED" } } })
  table.as(people)
  return {
    connection,
    resource: "PEOPLE",
    close: () => { database.close() },
    people: {
      make: (n, at) => Array.from({ length: n }, (_, nth) => {
        const made = insert.run(`P-${count("PEOPLE", "1")}`, `person ${nth}`,
          new Date(at ?? time.now()).toISOString())
        return String(made.lastInsertRowid)
      }),
      edit: (id, name) => {
        database.prepare("update PEOPLE set NAME = ? where ID = ?").run(name, id)
        database.prepare("update PEOPLE set CHANGED = ? where ID = ?").run(now(), id)
      },
      remove: (id) => { database.prepare("delete from PEOPLE where ID = ?").run(id) },
      look: (id) => text(database.prepare("select NAME from PEOPLE where ID = ?").get(id)?.["NAME"]),
      count: () => count("PEOPLE", "1"),
      unknown: "987654321",
      textOf: (record) => record["NAME"]
    },
    ours: {
      create: (nth, name) => ({ CODE: `OUR-${nth}`, NAME: name }),
      update: (name) => ({ NAME: name }),
      bad: { CURRENCY: "Doubloons" },
      delete: "delete",
      longest: 500,
      children: {
        make: () => {
          const { lastInsertRowid: id } = insert.run("P-KIDS", "with addresses", now())
          for (const city of ["Kiel", "Bonn", "Ulm"]) {
            database.prepare("insert into ADDRESSES (PERSON, CITY, CHANGED) values (?, ?, ?)").run(id, city, now())
          }
          return String(id)
        },
        patch: () => ({ ADDRESSES: new Rows([{ id: "2", set: { CITY: "Köln" } }]) }),
        count: (id) => count("ADDRESSES", `PERSON = ${Number(id)}`)
      },
      money: {
        currencies: [["USD", "12.34"], ["JPY", "1200"], ["KWD", "1.234"]],
        patch: (currency, amount) => ({ PRICE: amount, CURRENCY: currency }),
        read: (record) => text(record["PRICE"])
      },
      wide: { patch: (digits) => ({ BIG: digits }), read: (record) => record["BIG"] }
    }
  }
}
