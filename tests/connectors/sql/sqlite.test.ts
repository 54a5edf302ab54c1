/** The suite on SQLite, which is always there. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { Schema as S } from "effect"
import { suite } from "./suite.ts"

suite("SQLite", async () => {
  const folder = await mkdtemp(join(tmpdir(), "esl-sqlite-"))
  const file = join(folder, "test.db")
  const database = new DatabaseSync(file)
  database.exec("pragma journal_mode = wal; pragma synchronous = off")
  return {
    name: "sqlite",
    url: `sqlite:${file}`,
    execute: async (text) => database.exec(text),
    query: async (text) => database.prepare(text).all(),
    quote: (name) => `"${name.replaceAll("\"", "\"\"")}"`,
    counted: "integer primary key",
    stamp: "text",
    ago: (seconds) => `datetime('now', '${-seconds} seconds')`,
    text: (length) => `varchar(${length})`,
    binary: "blob",
    stop: async () => {
      database.close()
      await rm(folder, { recursive: true, force: true })
    },
    values: [
      ["integer", "42", 42],
      ["integer", "9223372036854775807", "9223372036854775807"],
      ["integer", "12", "12", S.String],
      ["bigint", "12", "12"],
      ["bigint", "-9223372036854775808", "-9223372036854775808"],
      ["decimal(10,2)", "12.5", "12.5"],
      ["decimal(10,2)", "7", "7"],
      ["text", "'1234567890123456789012.000000000000000001'", "1234567890123456789012.000000000000000001"],
      ["real", "0.1", 0.1],
      ["real", "1e300", 1e300],
      ["text", "'Zoë 😀 it''s'", "Zoë 😀 it's"],
      ["text", "''", ""],
      ["text", "' padded '", " padded "],
      ["text", "'2026-01-31 23:59:59.123456'", "2026-01-31 23:59:59.123456"],
      ["date", "'2026-01-31'", "2026-01-31"],
      ["integer", "1", true, S.Boolean],
      ["boolean", "1", true],
      ["integer", "null", null],
      ["json", "'{\"a\":[1,\"x\"]}'", { a: [1, "x"] }]
    ]
  }
})
