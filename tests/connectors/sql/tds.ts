/**
 * A stand-in for SQL Server: enough of TDS 7.4 for tedious to log in, run statements with parameters and transactions,
 * over SQLite. It shows that statements and the driver fit together; it does not show what SQL Server makes of them.
 */
import { createServer } from "node:net"
import type { Socket } from "node:net"
import { DatabaseSync } from "node:sqlite"
import type { SQLInputValue } from "node:sqlite"

export interface StandIn {
  readonly port: number
  readonly database: DatabaseSync
  /** Statements as they arrived. */
  readonly heard: Array<string>
  readonly stop: () => Promise<void>
}

type Row = { readonly [column: string]: unknown }
interface Result {
  readonly columns: ReadonlyArray<string>
  readonly rows: ReadonlyArray<Row>
  readonly changed: number
}

const enum_ = { batch: 0x01, rpc: 0x03, reply: 0x04, attention: 0x06, transaction: 0x0e, login: 0x10,
  prelogin: 0x12 } as const

const u8 = (...bytes: ReadonlyArray<number>): Buffer => Buffer.from(bytes)
const u16 = (n: number): Buffer => u8(n & 255, (n >> 8) & 255)
const u32 = (n: number): Buffer => u8(n & 255, (n >> 8) & 255, (n >> 16) & 255, (n >>> 24) & 255)
const ucs2 = (text: string): Buffer => Buffer.from(text, "utf16le")
const short = (text: string): Buffer => Buffer.concat([u8(text.length), ucs2(text)])
const long = (text: string): Buffer => Buffer.concat([u16(text.length), ucs2(text)])

const done = (token: number, status: number, rows: number): Buffer =>
  Buffer.concat([u8(token), u16(status), u16(0), u32(rows), u32(0)])
const token = (kind: number, body: Buffer): Buffer => Buffer.concat([u8(kind), u16(body.length), body])
const failed = (number: number, message: string): Buffer =>
  token(0xaa, Buffer.concat([u32(number), u8(1, 14), long(message), short("stand-in"), short(""), u32(1)]))

/** One column type for all rows of a result: bit, int, bigint, float or text. */
const typed = (values: ReadonlyArray<unknown>): { readonly type: Buffer; readonly of: (value: unknown) => Buffer } => {
  const some = values.filter((value) => value !== null && value !== undefined)
  const number = (size: number, write: (value: unknown) => Buffer) => (value: unknown) => value === null
    || value === undefined ? u8(0) : Buffer.concat([u8(size), write(value)])
  if (some.length > 0 && some.every((value) => typeof value === "boolean")) return { type: u8(0x68, 1),
    of: number(1, (value) => u8(value === true ? 1 : 0)) }
  if (some.length > 0 && some.every((value) => typeof value === "bigint" && value >= -2147483648n
    && value <= 2147483647n)) return { type: u8(0x26, 4), of: number(4, (value) => u32(Number(value))) }
  if (some.length > 0 && some.every((value) => typeof value === "bigint")) {
    return { type: u8(0x26, 8), of: number(8, (value) => { const eight = Buffer.alloc(8);
      eight.writeBigInt64LE(typeof value === "bigint" ? value : 0n); return eight }) }
  }
  if (some.length > 0 && some.every((value) => typeof value === "number")) {
    return { type: u8(0x6d, 8), of: number(8, (value) => { const eight = Buffer.alloc(8);
      eight.writeDoubleLE(Number(value)); return eight }) }
  }
  return { type: Buffer.concat([u8(0xe7), u16(8000), u8(9, 4, 0xd0, 0, 0x34)]), of: (value) => value === null
    || value === undefined ? u16(0xffff) : Buffer.concat([u16(String(value).length * 2), ucs2(String(value))]) }
}

const encode = ({ changed, columns, rows }: Result): Buffer => {
  if (columns.length === 0) return done(0xff, 0x10, changed)
  const types = columns.map((column) => typed(rows.map((row) => row[column])))
  const head = Buffer.concat([u8(0x81), u16(columns.length),
    ...columns.map((column, at) => Buffer.concat([u32(0), u16(9), types[at]?.type ?? u8(), short(column)]))])
  const body = rows.map((row) => Buffer.concat(
    [u8(0xd1), ...columns.map((column, at) => types[at]?.of(row[column]) ?? u8())]))
  return Buffer.concat([head, ...body, done(0xff, 0x10, rows.length)])
}

/** T-SQL in the words of SQLite: only what the connector says. */
const translated = (text: string): ReadonlyArray<string> => {
  let words = text.replace(/@(\d+)/g, "?$1")
  for (let before = ""; before !== words;) {
    before = words
    words = words
      .replace(/switchoffset\(([^()]+), '\+00:00'\)/gi, "$1")
      .replace(/convert\(n?varchar\((?:\d+|max)\), ([^(),]+)(?:, \d+)?\)/gi, "cast($1 as text)")
      .replace(/cast\((\?\d+|[^()]*) as (?:tinyint|smallint|int|bigint|bit)\)/gi, "(+$1 + 0)")
      .replace(/cast\(((?:\?\d+)|\([^()]*\)) as (?:n?(?:var)?char|decimal|numeric|datetime2|datetimeoffset|datetime|date|time|float|real|money|uniqueidentifier)(?:\([^)]*\))?\)/gi, "$1")
  }
  words = words.replace(/ with \(updlock, rowlock\)/gi, "").replace(/offset 0 rows fetch next (\?\d+) rows only/gi, "limit $1")
    .replace(/cast\(scope_identity\(\) as varchar\(40\)\)/gi, "cast(last_insert_rowid() as text)")
    .replace(/^update t set (.*) from (\S+) as t join \((values .*)\) as v \((.*)\) on (.*)$/is, (_, set: string, table: string, values: string, names: string, on: string) =>
      `update ${table} as t set ${set} from (select ${names.split(", ").map((name, at) => `column${at + 1} as ${name}`).join(", ")} from (${values})) as v where ${on}`)
  return words.split("; ")
}

/** The catalogue's answers, from SQLite's. */
const catalogue = (database: DatabaseSync, text: string, parameters: ReadonlyArray<SQLInputValue>): Result
  | undefined => {
  const table = String(parameters[0] ?? "")
  const result = (rows: ReadonlyArray<Row>): Result => (
    { columns: Object.keys(rows[0] ?? { none: 0 }), rows, changed: 0 })
  if (/from sys\.columns/.test(text)) {
    return result(database.prepare("select name, type, \"notnull\" as required, pk, dflt_value from pragma_table_info(?)").all(table).map((row) => {
      const [, type = "", length = "-1", scale = "0"] = /^(\w+)(?:\((\d+)(?:, ?(\d+))?\))?/.exec(String(row["type"]).toLowerCase()) ?? []
      const counted = type === "integer" && Number(row["pk"]) > 0
      const named = type === "integer" ? "int" : type
      return {
        name: row["name"], type: named, length: BigInt(length) * (named.startsWith("n") ? 2n : 1n),
          digits: BigInt(length), scale: BigInt(scale), nullable: row["required"] === 0n && row["pk"] === 0n,
        counted, computed: false, standard: row["dflt_value"] !== null, page: named.startsWith("n") ? null : 1252n
      }
    }))
  }
  if (/from sys\.indexes/.test(text)) {
    return result(database.prepare("select 'PK_' || ? as name, name as \"column\", pk from pragma_table_info(?) where pk > 0 order by pk").all(table, table).map((row) => ({ name: row["name"], main: true, column: row["column"] })))
  }
  if (/from sys\.foreign_key_columns/.test(text)) return result([])
  if (/information_schema\.tables/.test(text)) return result(database.prepare("select 'dbo' as \"schema\", name from sqlite_schema where type = 'table' order by name").all())
  if (/sysutcdatetime/.test(text)) {
    const now = new Date().toISOString().slice(0, 23)
    return result([{ utc: now, local: now, zone: null }])
  }
  return /@@servername/.test(text) ? result([{ server: "STANDIN", name: "shop" }]) : undefined
}

const errorOf = (error: unknown): Buffer => {
  const text = error instanceof Error ? error.message : ""
  const column = /constraint failed: \S+\.(\S+)/.exec(text)?.[1] ?? ""
  if (text.startsWith('UNIQUE')) return failed(2627, `Violation of PRIMARY KEY constraint 'PK_x'. Cannot insert duplicate key in object 'dbo.x'. The duplicate key value is (secret-value).`)
  if (text.startsWith('NOT NULL')) return failed(515, `Cannot insert the value NULL into column '${column}', table 'shop.dbo.x'; column does not allow nulls. INSERT fails.`)
  if (text.startsWith('CHECK')) return failed(547, `The INSERT statement conflicted with the CHECK constraint "${text.split(": ")[1] ?? ""}". The conflict occurred in database "shop", table "dbo.x".`)
  return failed(50000, text)
}

/** Reads the parameters of a remote procedure call; only the types tedious sends for what we bind. */
const parametersOf = (body: Buffer): ReadonlyArray<SQLInputValue> => {
  let at = body.readUInt32LE(0) + 6
  const values: Array<SQLInputValue> = []
  while (at < body.length) {
    at += 1 + body.readUInt8(at) * 2 + 1
    const type = body.readUInt8(at++)
    if (type === 0xe7 || type === 0xef) {
      const most = body.readUInt16LE(at)
      at += 7
      if (most === 0xffff) {
        const empty = body.readBigUInt64LE(at) === 0xffffffffffffffffn
        at += 8
        let text = ""
        while (!empty) {
          const length = body.readUInt32LE(at)
          at += 4
          if (length === 0) break
          text += body.toString("utf16le", at, at + length)
          at += length
        }
        values.push(empty ? null : text)
      } else {
        const length = body.readUInt16LE(at)
        at += 2
        values.push(length === 0xffff ? null : body.toString("utf16le", at, at + length))
        if (length !== 0xffff) at += length
      }
    } else {
      at += 1
      const length = body.readUInt8(at++)
      values.push(length === 0 ? null : type === 0x6d ? body.readDoubleLE(at) : length === 8
        ? body.readBigInt64LE(at) : BigInt(body.readIntLE(at, length)))
      at += length
    }
  }
  return values
}

class Session {
  readonly socket: Socket
  readonly database: DatabaseSync
  readonly password: string
  readonly heard: Array<string>
  constructor(socket: Socket, database: DatabaseSync, password: string, heard: Array<string>) {
    this.socket = socket
    this.database = database
    this.password = password
    this.heard = heard
    let waiting = Buffer.alloc(0)
    let message = Buffer.alloc(0)
    socket.on("error", () => undefined)
    socket.on("data", (chunk) => {
      waiting = Buffer.concat([waiting, chunk])
      while (waiting.length >= 8 && waiting.length >= waiting.readUInt16BE(2)) {
        const length = waiting.readUInt16BE(2)
        const [type, last] = [waiting.readUInt8(0), (waiting.readUInt8(1) & 1) === 1]
        message = Buffer.concat([message, waiting.subarray(8, length)])
        waiting = waiting.subarray(length)
        if (!last) continue
        this.send(this.answer(type, message))
        message = Buffer.alloc(0)
      }
    })
  }
  send(body: Buffer): void {
    for (let at = 0; at < body.length || at === 0; at += 4088) {
      const part = body.subarray(at, at + 4088)
      const length = part.length + 8
      this.socket.write(Buffer.concat([u8(enum_.reply, at + 4088 >= body.length ? 1 : 0, length >> 8, length & 255,
        0, 0, 1, 0), part]))
    }
  }
  answer(type: number, body: Buffer): Buffer {
    switch (type) {
      // Version and "no encryption".
      case enum_.prelogin: return Buffer.concat([u8(0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 255), u8(16, 0, 0, 0, 0, 0), u8(2)])
      case enum_.login: return this.login(body)
      case enum_.batch: return this.run(body.toString("utf16le", body.readUInt32LE(0)), [], 0xfd)
      case enum_.rpc: {
        const [text, , ...parameters] = parametersOf(body)
        return this.run(String(text), parameters, 0xfe)
      }
      case enum_.transaction: return this.transaction(body)
      default: return done(0xfd, 0x20, 0)
    }
  }
  login(body: Buffer): Buffer {
    const at = body.readUInt16LE(44)
    const bytes = Buffer.from(body.subarray(at, at + body.readUInt16LE(46) * 2)).map(
      (byte) => { const plain = byte ^ 0xa5; return ((plain << 4) | (plain >> 4)) & 255 })
    if (Buffer.from(bytes).toString("utf16le") !== this.password) return Buffer.concat([failed(18456, "Login failed for user 'sa'."), done(0xfd, 2, 0)])
    return Buffer.concat([token(0xad, Buffer.concat([u8(1, 0x74, 0, 0, 4), short("stand-in"), u8(16, 0, 0, 0)])),
      done(0xfd, 0, 0)])
  }
  run(text: string, parameters: ReadonlyArray<SQLInputValue>, end: number): Buffer {
    if (/^\s*set /i.test(text)) return done(end, 0, 0)
    this.heard.push(text)
    try {
      const known = catalogue(this.database, text, parameters)
      const results = known === undefined ? translated(text).map((part) => this.one(part, parameters)) : [known]
      return Buffer.concat([...results.map(encode), done(end, 0, 0)])
    } catch (error) {
      return Buffer.concat([errorOf(error), done(end, 2, 0)])
    }
  }
  one(text: string, parameters: ReadonlyArray<SQLInputValue>): Result {
    const statement = this.database.prepare(text)
    const columns = statement.columns().map((column) => column.name)
    const used = [...text.matchAll(/\?(\d+)/g)].length > 0 ? parameters : []
    if (columns.length === 0) return { columns, rows: [], changed: Number(statement.run(...used).changes) }
    return { columns, rows: statement.all(...used), changed: 0 }
  }
  transaction(body: Buffer): Buffer {
    let at = body.readUInt32LE(0)
    const kind = body.readUInt16LE(at)
    at += 2
    const descriptor = u8(1, 0, 0, 0, 0, 0, 0, 0)
    const change = (type: number, to: Buffer, from: Buffer): Buffer =>
      token(0xe3, Buffer.concat([u8(type, to.length), to, u8(from.length), from]))
    const name = body.toString("utf16le", at + 1, at + 1 + (body[at] ?? 0) * 2)
    const ended = done(0xfd, 0, 0)
    if (kind === 5) {
      this.database.exec("begin immediate")
      return Buffer.concat([change(8, descriptor, u8()), ended])
    }
    if (kind === 9) {
      this.database.exec(`savepoint "${name}"`)
      return ended
    }
    if (kind === 8 && name !== "") {
      this.database.exec(`rollback to "${name}"`)
      return ended
    }
    this.database.exec(kind === 7 ? "commit" : "rollback")
    return Buffer.concat([change(kind === 7 ? 9 : 10, u8(), descriptor), ended])
  }
}

export const standIn = (password: string): Promise<StandIn> => new Promise((started) => {
  const database = new DatabaseSync(":memory:", { readBigInts: true })
  const heard: Array<string> = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    new Session(socket, database, password, heard)
  })
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    started({
      port: typeof address === "object" && address !== null ? address.port : 0, database, heard,
      stop: () => new Promise((stopped) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => { database.close(); stopped() })
      })
    })
  })
})
