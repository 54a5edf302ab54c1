/** The suite on MariaDB. */
import mysql from "mysql2/promise"
import { Schema as S } from "effect"
import { mariadb } from "../../containers/mariadb.ts"
import { isMissing } from "../../containers/server.ts"
import { suite } from "./suite.ts"

suite("MariaDB", async () => {
  const server = await mariadb()
  if (isMissing(server)) return server
  const pool = mysql.createPool({ uri: server.url, connectionLimit: 2, charset: "utf8mb4" })
  const rows = async (text: string): Promise<ReadonlyArray<{ readonly [column: string]: unknown }>> => {
    const [found] = await pool.query<Array<mysql.RowDataPacket>>(text)
    return found
  }
  return {
    name: "mysql",
    url: server.url,
    execute: async (text) => void await pool.query(text),
    query: rows,
    quote: (name) => `\`${name.replaceAll("`", "``")}\``,
    counted: "integer auto_increment primary key",
    stamp: "datetime(3)",
    ago: (seconds) => `(now(3) - interval ${seconds} second)`,
    text: (length) => `varchar(${length}) collate utf8mb4_bin`,
    binary: "longblob",
    narrow: { type: "varchar(20) character set utf8mb3", text: "smile 😀" },
    stop: async () => {
      await pool.end()
      await server.stop()
    },
    values: [
      ["integer", "42", 42],
      ["int unsigned", "4294967295", 4294967295],
      ["smallint", "-7", "-7", S.String],
      ["bigint", "9223372036854775807", "9223372036854775807"],
      ["bigint unsigned", "18446744073709551615", "18446744073709551615"],
      ["bigint", "12", 12, S.Number],
      ["decimal(40,18)", "1234567890123456789012.000000000000000001", "1234567890123456789012.000000000000000001"],
      ["decimal(12,4)", "12.5", "12.5000"],
      ["float", "0.1", 0.1],
      ["float", "16777217", 16777216],
      ["float", "1234567.9", 1234567.9],
      ["double", "0.1", 0.1],
      ["varchar(20)", "'Zoë 😀 it''s'", "Zoë 😀 it's"],
      ["text", "''", ""],
      ["text character set latin1", "'naïve € \\\\ “x”'", "naïve € \\ “x”"],
      ["char(5)", "'ab'", "ab"],
      ["datetime(6)", "'2026-03-29 02:30:00.123456'", "2026-03-29T02:30:00.123456"],
      ["datetime", "'2026-03-29 02:30:00.6'", "2026-03-29T02:30:00"],
      ["timestamp(6) null", "from_unixtime(1774747800.123456)", "2026-03-29T01:30:00.123456Z"],
      ["timestamp null", "from_unixtime(1774747800)", "2026-03-29T01:30:00Z"],
      ["date", "'2026-01-31'", "2026-01-31"],
      ["time(1)", "'23:59:59.5'", "23:59:59.5"],
      ["tinyint(1)", "1", 1],
      ["tinyint(1)", "0", false, S.Boolean],
      ["bit(1)", "1", true],
      ["year", "2026", 2026],
      ["enum('a','b')", "'b'", "b"],
      ["uuid", "'0198c0de-0000-7000-8000-000000000001'", "0198c0de-0000-7000-8000-000000000001"],
      ["integer", "null", null]
    ]
  }
})
