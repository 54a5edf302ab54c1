/** A database of a test's own, reached by its driver and not by the connector: what fills and inspects both sides. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import mysql from "mysql2/promise"
import pg from "pg"
import { afterAll } from "vitest"
import { mariadb } from "../containers/mariadb.ts"
import { postgres } from "../containers/postgres.ts"
import { isMissing } from "../containers/server.ts"
import type { Missing, Server } from "../containers/server.ts"

export type Engine = "postgres" | "mariadb" | "sqlite"

/** Every cell as text, as the database itself prints it; null stays null. */
export interface Row {
  readonly [column: string]: string | null
}

export interface Database {
  readonly engine: Engine
  readonly url: string
  readonly execute: (script: string) => Promise<void>
  readonly query: (text: string) => Promise<ReadonlyArray<Row>>
  readonly stop: () => Promise<void>
}

const printed = (cell: unknown): string | null =>
  cell === null || cell === undefined ? null
    : typeof cell === "string" ? cell
    : typeof cell === "number" || typeof cell === "bigint" ? String(cell)
    : JSON.stringify(cell)

const rowsOf = (found: Iterable<object>): ReadonlyArray<Row> =>
  [...found].map((row) => Object.fromEntries(Object.entries(row).map(([column, cell]) => [column, printed(cell)])))

/** One server an engine for a whole test file: starting one takes longer than what some tests do with it. */
const servers = new Map<Engine, Promise<Server | Missing>>()
afterAll(async () => {
  for (const starting of servers.values()) {
    const server = await starting
    if (!isMissing(server)) await server.stop()
  }
})

const serverOf = (engine: Engine, start: () => Promise<Server | Missing>): Promise<Server | Missing> => {
  const known = servers.get(engine) ?? start()
  servers.set(engine, known)
  return known
}

let made = 0

/** Another database on the server, by an address like that of the first. */
const named = (server: Server): { readonly name: string; readonly url: string } => {
  const url = new URL(server.url)
  const name = `${url.pathname.slice(1)}_${++made}`
  url.pathname = `/${name}`
  return { name, url: url.href }
}

const onPostgres = async (): Promise<Database | Missing> => {
  const server = await serverOf("postgres", postgres)
  if (isMissing(server)) return server
  const { name, url } = named(server)
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  await client.query(`create database ${name}`)
  // Text as it comes over the wire.
  const plain = { getTypeParser: () => (text: string) => text }
  const pool = new pg.Pool({ connectionString: url, max: 1, types: plain })
  // The server ends while idle connections are still open.
  pool.on("error", () => undefined)
  return {
    engine: "postgres",
    url,
    execute: async (script) => void await pool.query(script),
    query: async (text) => rowsOf((await pool.query(text)).rows),
    stop: async () => {
      await pool.end()
      await client.query(`drop database ${name} with (force)`)
      await client.end()
    }
  }
}

const onMariadb = async (): Promise<Database | Missing> => {
  const server = await serverOf("mariadb", mariadb)
  if (isMissing(server)) return server
  const { name, url } = named(server)
  const client = await mysql.createConnection(server.url)
  await client.query(`create database ${name} character set utf8mb4`)
  const pool = mysql.createPool({
    uri: url, connectionLimit: 1, charset: "utf8mb4", multipleStatements: true,
    supportBigNumbers: true, bigNumberStrings: true, dateStrings: true
  })
  return {
    engine: "mariadb",
    url,
    execute: async (script) => void await pool.query(script),
    query: async (text) => rowsOf((await pool.query<Array<mysql.RowDataPacket>>(text))[0]),
    stop: async () => {
      await pool.end()
      await client.query(`drop database ${name}`)
      await client.end()
    }
  }
}

const onSqlite = async (): Promise<Database> => {
  const folder = await mkdtemp(join(tmpdir(), "esl-real-"))
  const file = join(folder, "data.db")
  const database = new DatabaseSync(file)
  database.exec("pragma journal_mode = wal; pragma synchronous = off; pragma busy_timeout = 5000")
  return {
    engine: "sqlite",
    url: `sqlite:${file}`,
    execute: async (script) => database.exec(script),
    query: async (text) => rowsOf(database.prepare(text).all()),
    stop: async () => {
      database.close()
      await rm(folder, { recursive: true, force: true })
    }
  }
}

export const database = (engine: Engine): Promise<Database | Missing> =>
  engine === "postgres" ? onPostgres() : engine === "mariadb" ? onMariadb() : onSqlite()
