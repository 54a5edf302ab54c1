/**
 * The hub's one door to node:sqlite: opening a file safely, cached statements, transactions, and what its errors mean.
 * Settings and their reasons: docs/decisions/hub-file.md.
 */
import { chmodSync, closeSync, existsSync, openSync, statSync } from "node:fs"
import { basename, dirname, resolve } from "node:path"
import { backup, DatabaseSync } from "node:sqlite"
import type { SQLInputValue, SQLOutputValue, StatementSync } from "node:sqlite"
import { formats, migrate } from "./migrations/index.ts"
import { Busy, Damaged, Full, Newer, StoreError, Unusable } from "./store.ts"
import type { StoreReason } from "./store.ts"

export type Cell = SQLInputValue
export type Row = Record<string, SQLOutputValue>

/** Above the longest page commit by far. */
const patienceMs = 5_000
/** Enough for the upper levels of every index at a million records. */
const cacheKiB = 32_768
/** Frames before the log is folded back: 16 MB a fold keeps the log short and the folds rare. */
const checkpointPages = 4_000
const pageBytes = 4_096
const allPages = 0x7fffffff
/** "ESL1": tells a hub from any other SQLite file. */
export const applicationId = 0x45534c31

export interface FileOptions {
  /** A throw-away copy need not survive a power cut. */
  readonly throwaway?: boolean
  /** How long a writer waits for another before it gives up. */
  readonly busyMs?: number
  /** For tests: the highest number of pages, to play a full disk. */
  readonly maxPages?: number
  /** For tests: the formats another version of this program knows. */
  readonly formats?: ReadonlyArray<string>
}

export class HubFile {
  readonly path: string
  readonly throwaway: boolean
  readonly #db: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  constructor(path: string, options: FileOptions = {}) {
    this.path = path
    this.throwaway = options.throwaway === true || path === ":memory:"
    if (path !== ":memory:") prepareFile(path)
    this.#db = new DatabaseSync(path, { timeout: options.busyMs ?? patienceMs, enableForeignKeyConstraints: false })
    try {
      this.#set(options)
    } catch (error) {
      this.#db.close()
      throw error
    }
  }

  #set(options: FileOptions): void {
    const known = options.formats ?? formats
    this.#refuseForeign(known.length)
    this.#db.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = ${this.throwaway ? "OFF" : "FULL"};
      PRAGMA secure_delete = ON;
      PRAGMA cache_size = -${cacheKiB};
      PRAGMA mmap_size = 0;
      PRAGMA wal_autocheckpoint = ${checkpointPages};
      PRAGMA journal_size_limit = ${checkpointPages * pageBytes * 2};
      PRAGMA temp_store = MEMORY;
      PRAGMA trusted_schema = OFF;
    `)
    if (this.version() < known.length) {
      // The number is read again inside: another process may have been faster.
      this.transaction(() => migrate(this.version(), known, (sql) => this.#db.exec(sql)))
    }
    if (options.maxPages !== undefined) this.#db.exec(`PRAGMA max_page_count = ${options.maxPages}`)
  }

  /** Refuses what is not a hub, or a hub of a later program, before anything is changed. */
  #refuseForeign(latest: number): void {
    const tables = this.one("SELECT count(*) AS n FROM sqlite_schema")
    const id = number(this.one("PRAGMA application_id")?.["application_id"])
    if (number(tables?.["n"]) > 0 && id !== applicationId) {
      throw refuse(new Unusable({
        message: `${this.path} is a SQLite database but not an ESL hub; name another file in \`hub\`.`
      }))
    }
    if (this.version() > latest) {
      throw refuse(new Newer({
        message: `The hub ${this.path} was written by a newer ESL (format ${this.version()}, ` +
          `this one knows ${latest}); upgrade this program.`
      }))
    }
  }

  version(): number {
    return number(this.one("PRAGMA user_version")?.["user_version"])
  }

  get db(): DatabaseSync {
    return this.#db
  }

  statement(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const statement = this.#db.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }

  all(sql: string, ...cells: ReadonlyArray<Cell>): ReadonlyArray<Row> {
    return this.statement(sql).all(...cells)
  }

  one(sql: string, ...cells: ReadonlyArray<Cell>): Row | undefined {
    return this.statement(sql).get(...cells)
  }

  /** How many rows it changed. */
  run(sql: string, ...cells: ReadonlyArray<Cell>): number {
    return Number(this.statement(sql).run(...cells).changes)
  }

  /** All or nothing, and alone among writers from the first statement on. */
  transaction<A>(work: () => A): A {
    return this.#within("BEGIN IMMEDIATE", work)
  }

  /**
   * Bookkeeping that a power cut may take back: locks, leases, cursors, marks. It survives the death of a process like
   * everything else, and reaches the disk with the next full commit; it only does not wait for the disk itself.
   */
  bookkeeping<A>(work: () => A): A {
    if (this.throwaway) return this.transaction(work)
    this.#db.exec("PRAGMA synchronous = NORMAL")
    try {
      return this.transaction(work)
    } finally {
      this.#db.exec("PRAGMA synchronous = FULL")
    }
  }

  /** A part of a transaction that is taken back alone where it returns false. */
  part(work: () => boolean): boolean {
    this.statement("SAVEPOINT part").run()
    const kept = work()
    if (!kept) this.statement("ROLLBACK TO part").run()
    this.statement("RELEASE part").run()
    return kept
  }

  /** Several reads that see one state of the file. */
  reading<A>(work: () => A): A {
    return this.#db.isTransaction ? work() : this.#within("BEGIN", work)
  }

  #within<A>(begin: string, work: () => A): A {
    this.statement(begin).run()
    try {
      const result = work()
      this.statement("COMMIT").run()
      return result
    } catch (error) {
      // SQLite has rolled back by itself after some errors, e.g. a full disk.
      if (this.#db.isTransaction) this.statement("ROLLBACK").run()
      throw error
    }
  }

  /** Folds the log into the file and empties it: deleted values are then nowhere on the disk. */
  checkpoint(): void {
    this.#db.exec("PRAGMA wal_checkpoint(TRUNCATE)")
  }

  /**
   * A consistent copy at a path that must not exist, private from its first byte; in one step, off this thread:
   * a copy in several steps begins anew with every commit of another process, and beside a running sync would not end.
   */
  async copyTo(path: string): Promise<void> {
    closeSync(openSync(path, "wx", 0o600))
    // A connection of its own: the step holds the one it reads by.
    const from = this.path === ":memory:" ? this : new HubFile(this.path)
    try {
      await backup(from.#db, path, { rate: allPages })
    } finally {
      if (from !== this) from.close()
    }
  }

  close(): void {
    this.#statements.clear()
    if (this.#db.isOpen) this.#db.close()
  }
}

/** Makes the file private before SQLite writes to it; its log takes the same mode. */
const prepareFile = (path: string): void => {
  const folder = dirname(resolve(path))
  if (!existsSync(folder)) {
    throw refuse(new Unusable({
      message: `The folder ${folder} of the hub ${basename(path)} does not exist; create it or change \`hub\`.`
    }))
  }
  // Appending makes it if it is not there, and spares what another process is making.
  if (!existsSync(path)) closeSync(openSync(path, "a", 0o600))
  const found = statSync(path)
  if (!found.isFile()) throw refuse(new Unusable({ message: `The hub ${path} is not a file; change \`hub\`.` }))
  if ((found.mode & 0o077) !== 0) chmodSync(path, 0o600)
}

const refuse = (reason: StoreReason): StoreError => new StoreError({ operation: "open", reason })

/** One clear sentence for what SQLite or the file system reports; undefined where it is a fault of this program. */
export const sentenceOf = (path: string) => (operation: string, error: unknown): StoreError | undefined => {
  if (error instanceof StoreError) return error
  const reason = reasonOf(path, error)
  return reason === undefined ? undefined : new StoreError({ operation, reason })
}

const reasonOf = (hub: string, error: unknown): StoreReason | undefined => {
  if (!(error instanceof Error)) return undefined
  if ("errcode" in error && typeof error.errcode === "number") return sqliteReason(hub, error.errcode)
  // A backup or a copy fails at its own place.
  const path = "path" in error && typeof error.path === "string" ? error.path : hub
  switch ("code" in error ? error.code : undefined) {
    case "ENOSPC":
    case "EDQUOT":
      return full(path)
    case "EROFS":
    case "EACCES":
    case "EPERM":
      return readOnly(path)
    case "EEXIST":
      return new Unusable({ message: `${path} exists already; name a file that does not.` })
    case "ENOENT":
      return new Unusable({ message: `${path} does not exist.` })
    default:
      return undefined
  }
}

const full = (path: string): StoreReason =>
  new Full({ message: `The disk of the hub ${path} is full; make room and run again. Nothing was lost.` })

const readOnly = (path: string): StoreReason =>
  new Unusable({ message: `The hub ${path} cannot be written; check the rights of the file and of its folder.` })

/** Result codes of SQLite (https://www.sqlite.org/rescode.html); the low byte is the primary code. */
const sqliteReason = (path: string, code: number): StoreReason | undefined => {
  switch (code & 0xff) {
    case 5:
    case 6:
      return new Busy({
        message: `The hub ${path} is locked by another process; wait for it to end and run again.`
      })
    case 13:
      return full(path)
    case 3:
    case 8:
    case 14:
      return readOnly(path)
    case 10:
      return new Unusable({ message: `The disk of the hub ${path} failed to read or write; check it and run again.` })
    case 11:
    case 26:
      return new Damaged({
        message: `The hub ${path} is damaged or not a hub; restore it from a backup (esl backup restore).`
      })
    default:
      return undefined
  }
}

/** Columns are typed by the schema (STRICT): another type means the file was changed by something else. */
export const string = (cell: SQLOutputValue | undefined): string => {
  if (typeof cell !== "string") throw new TypeError("a text column of the hub holds no text")
  return cell
}

export const number = (cell: SQLOutputValue | undefined): number => {
  if (typeof cell !== "number") throw new TypeError("a number column of the hub holds no number")
  return cell
}

export const optional = (cell: SQLOutputValue | undefined): string | undefined =>
  cell === null || cell === undefined ? undefined : string(cell)

export const optionalNumber = (cell: SQLOutputValue | undefined): number | undefined =>
  cell === null || cell === undefined ? undefined : number(cell)

/** What `pack` wrote. The cast holds because only this program writes the file, with the same type at both ends. */
export const unpack = <T>(cell: SQLOutputValue | undefined): T => JSON.parse(string(cell)) as T

export const optionalUnpack = <T>(cell: SQLOutputValue | undefined): T | undefined =>
  cell === null || cell === undefined ? undefined : unpack<T>(cell)
