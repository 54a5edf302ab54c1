/** A database of a test's own, reached by its driver and not by the connector: what fills and inspects both sides. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import mysql from "mysql2/promise"
import pg from "pg"
import { mariadb } from "../containers/mariadb.ts"
import { postgres } from "../containers/postgres.ts"
import { isMissing } from "../containers/server.ts"
import type { Missing } from "../containers/server.ts"

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

const onPostgres = async (): Promise<Database | Missing> => {
  const server = await postgres()
  if (isMissing(server)) return server
  // Text as it comes over the wire.
  const plain = { getTypeParser: () => (text: string) => text }
  const pool = new pg.Pool({ connectionString: server.url, max: 1, types: plain })
  // The server ends while idle connections are still open.
  pool.on("error", () => undefined)
  return {
    engine: "postgres",
    url: server.url,
    execute: async (script) => void await pool.query(script),
    query: async (text) => rowsOf((await pool.query(text)).rows),
    stop: async () => {
      await pool.end()
      await server.stop()
    }
  }
}

const onMariadb = async (): Promise<Database | Missing> => {
  const server = await mariadb()
  if (isMissing(server)) return server
  const pool = mysql.createPool({
    uri: server.url, connectionLimit: 1, charset: "utf8mb4", multipleStatements: true,
    supportBigNumbers: true, bigNumberStrings: true, dateStrings: true
  })
  return {
    engine: "mariadb",
    url: server.url,
    execute: async (script) => void await pool.query(script),
    query: async (text) => rowsOf((await pool.query<Array<mysql.RowDataPacket>>(text))[0]),
    stop: async () => {
      await pool.end()
      await server.stop()
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
