/** The suite on PostgreSQL. */
import pg from "pg"
import { Schema as S } from "effect"
import { postgres } from "../../containers/postgres.ts"
import { isMissing } from "../../containers/server.ts"
import { suite } from "./suite.ts"

suite("PostgreSQL", async () => {
  const server = await postgres()
  if (isMissing(server)) return server
  const pool = new pg.Pool({ connectionString: server.url, max: 2 })
  // The server ends while idle connections are still open.
  pool.on("error", () => undefined)
  await pool.query("create type mood as enum ('sad', 'ok')")
  return {
    name: "postgres",
    url: server.url,
    execute: async (text) => void await pool.query(text),
    query: async (text) => (await pool.query(text)).rows,
    quote: (name) => `"${name.replaceAll("\"", "\"\"")}"`,
    counted: "integer generated always as identity primary key",
    stamp: "timestamptz",
    ago: (seconds) => `now() - interval '${seconds} seconds'`,
    text: (length) => `varchar(${length})`,
    binary: "bytea",
    narrow: { type: "varchar(3)", text: "four" },
    stop: async () => {
      await pool.end()
      await server.stop()
    },
    values: [
      ["integer", "42", 42],
      ["smallint", "-7", "-7", S.String],
      ["bigint", "9223372036854775807", "9223372036854775807"],
      ["bigint", "12", 12, S.Number],
      ["numeric", "1234567890123456789012.000000000000000001", "1234567890123456789012.000000000000000001"],
      ["numeric(12,4)", "12.5", "12.5000"],
      ["real", "0.1", 0.1],
      ["real", "16777217", 16777216],
      ["double precision", "0.1", 0.1],
      ["double precision", "'NaN'", "NaN"],
      ["varchar(20)", "'Zoë 😀 it''s'", "Zoë 😀 it's"],
      ["text", "''", ""],
      ["char(5)", "'ab'", "ab"],
      ["timestamptz", "'2026-03-29 02:30:00.123456+02'", "2026-03-29T00:30:00.123456Z"],
      ["timestamp", "'2026-03-29 02:30:00.123456'", "2026-03-29T02:30:00.123456"],
      ["timestamp(0)", "'2026-03-29 02:30:00'", "2026-03-29T02:30:00"],
      ["date", "'2026-01-31'", "2026-01-31"],
      ["time", "'23:59:59.5'", "23:59:59.5"],
      ["boolean", "true", true],
      ["boolean", "false", 0, S.Number],
      ["uuid", "'0198c0de-0000-7000-8000-000000000001'", "0198c0de-0000-7000-8000-000000000001"],
      ["json", "'{\"a\":[1,\"x\"]}'", { a: [1, "x"] }],
      ["jsonb", "'[1, {\"b\": null}]'", [1, { b: null }]],
      ["mood", "'ok'", "ok"],
      ["json", "'{\"a\": 12345678901234567890}'", "{\"a\": 12345678901234567890}", S.String],
      ["integer", "null", null],
      ["text[]", "'{a,\"b c\"}'", "{a,\"b c\"}"],
      ["inet", "'10.0.0.1'", "10.0.0.1/32"],
      ["interval", "'1 day'", "1 day"]
    ]
  }
})
