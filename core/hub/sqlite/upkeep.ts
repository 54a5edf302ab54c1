/** Runs, locks, connections, retention, backup and the dump of the file. */
import { hostname } from "node:os"
import type { Plain } from "../plain.ts"
import type { ConnectionState, RunRow } from "../store.ts"
import { busy, expiredInbox, factMs, inboxMs, listedMs, quarantineMs, runMs } from "../row.ts"
import { dumpText } from "../dump.ts"
import type { Dumped } from "../dump.ts"
import type { Ids } from "../ids.ts"
import type { HubTime, Json } from "../../model/value.ts"
import { number, optional, string, unpack } from "../file.ts"
import type { HubFile, Row } from "../file.ts"
import {
  conflictOf, cursorOf, goldenOf, inboxOf, intentsOf, leaseOf, linkOf, outboxOf, quarantineOf, runOf, tombstoneOf
} from "./rows.ts"
import { putQuarantine } from "./writing.ts"

type Upkeep = Pick<Plain,
  | "begin" | "end" | "runs" | "run" | "lock" | "unlock" | "connection" | "saveConnection" | "backup" | "retain"
  | "dump">

export const upkeep = (file: HubFile, ids: Ids["Service"]): Upkeep => ({
  begin: (run) => file.bookkeeping(() => {
    file.run(runSql, run.id, run.command, run.started, run.ended ?? null, run.exit ?? null, JSON.stringify(run.counts),
      run.message ?? null)
  }),
  end: (run, at, exit, message) => file.bookkeeping(() => {
    file.run("UPDATE run SET ended = ?, exit = ?, message = coalesce(?, message) WHERE id = ?",
      at, exit, message ?? null, run)
  }),
  runs: (limit): ReadonlyArray<RunRow> =>
    file.all("SELECT * FROM run ORDER BY started DESC, id DESC LIMIT ?", limit).map(runOf),
  run: (id) => {
    const row = file.one("SELECT * FROM run WHERE id = ?", id)
    return row === undefined ? undefined : runOf(row)
  },
  lock: (name, owner, now, leaseMs) => file.bookkeeping(() => {
    const held = file.one("SELECT * FROM lock WHERE name = ?", name)
    const holder = optional(held?.["owner"])
    const taken = held !== undefined && holder !== owner
    if (taken && number(held["expires"]) > now && !isDead(string(held["owner"]), number(held["process"]))) {
      const left = number(held["expires"]) - now
      throw busy(name, string(held["owner"]), number(held["since"]), left, number(held["process"]))
    }
    // What the other had claimed is free as well: whoever lost the lock sends nothing any more.
    if (taken) file.run("DELETE FROM lease WHERE owner = ?", string(held["owner"]))
    const since = held !== undefined && holder === owner ? number(held["since"]) : now
    file.run(lockSql, name, owner, since, now + leaseMs, process.pid)
  }),
  unlock: (name, owner) => file.bookkeeping(() => {
    file.run("DELETE FROM lock WHERE name = ? AND owner = ?", name, owner)
  }),
  connection: (name) => connectionOf(file, name),
  saveConnection: (state) => file.transaction(() => {
    file.run(connectionSql, state.connection, JSON.stringify({ ...connectionOf(file, state.connection), ...state }))
  }),
  backup: (path) => file.copyTo(path),
  retain: (now) => {
    const removed = file.transaction(() => retain(file, ids, now))
    if (!file.throwaway) file.checkpoint()
    return removed
  },
  dump: () => file.reading(() => dumpText(tables(file)))
})

const connectionOf = (file: HubFile, name: string): ConnectionState | undefined => {
  const row = file.one("SELECT body FROM connection WHERE connection = ?", name)
  return row === undefined ? undefined : unpack<ConnectionState>(row["body"])
}

/** An owner who names this machine (`run@host`) and whose process is gone: nobody has to wait for its lock to end. */
const isDead = (owner: string, pid: number): boolean => {
  if (!owner.endsWith(`@${hostname()}`) || !Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    // No right to signal it: it lives.
    return error instanceof Error && "code" in error && error.code === "ESRCH"
  }
}

const runSql = `
  INSERT INTO run (id, command, started, ended, exit, counts, message) VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET command = excluded.command, started = excluded.started, ended = excluded.ended,
    exit = excluded.exit, counts = excluded.counts, message = excluded.message`
const lockSql = `
  INSERT INTO lock (name, owner, since, expires, process) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, since = excluded.since, expires = excluded.expires,
    process = excluded.process`
const connectionSql = `
  INSERT INTO connection (connection, body) VALUES (?, ?) ON CONFLICT (connection) DO UPDATE SET body = excluded.body`

const retain = (file: HubFile, ids: Ids["Service"], now: HubTime): { readonly [table: string]: number } => {
  const quarantine = file.run("DELETE FROM quarantine WHERE at < ?", now - quarantineMs)
  const expired = file.all("SELECT * FROM inbox WHERE read_at < ? ORDER BY side, ext", now - inboxMs).map(inboxOf)
  putQuarantine(file, expired.flatMap((row) => expiredInbox(ids, row, now) ?? []))
  return {
    facts: file.run("DELETE FROM fact WHERE at < ?", now - factMs),
    runs: file.run("DELETE FROM run WHERE started < ?", now - runMs),
    conflicts: file.run("DELETE FROM conflict WHERE status <> 'open' AND at < ?", now - runMs),
    quarantine,
    inbox: file.run("DELETE FROM inbox WHERE read_at < ?", now - inboxMs),
    listed: file.run("DELETE FROM listed WHERE epoch < ?", now - listedMs)
  }
}

const tables = (file: HubFile): Dumped => {
  const all = (table: string, of: (row: Row) => object): Iterable<object> => file.all(`SELECT * FROM ${table}`).map(of)
  const open = new Map<string, Array<string>>()
  for (const row of file.all("SELECT call, golden, attempt FROM intent_open ORDER BY golden, attempt")) {
    const call = string(row["call"])
    open.set(call, [...open.get(call) ?? [], `${string(row["golden"])}|${string(row["attempt"])}`])
  }
  return {
    golden: all("golden", goldenOf),
    link: all("link", linkOf),
    match_key: all("match_key", plain),
    element: all("element", plain),
    lease: all("lease", (row) => ({ ...leaseOf(row), golden: string(row["golden"]) })),
    inbox: all("inbox", inboxOf),
    cursor: all("cursor", cursorOf),
    listed: all("listed", plain),
    outbox: all("outbox", outboxOf),
    intent: all("intent", (row) => {
      const handle = optional(row["handle"])
      return {
        call: string(row["call"]),
        side: string(row["side"]),
        intents: intentsOf(row),
        ...(handle === undefined ? {} : { handle: unpack<Json>(handle) }),
        open: open.get(string(row["call"])) ?? []
      }
    }),
    tombstone: all("tombstone", tombstoneOf),
    conflict: all("conflict", conflictOf),
    quarantine: all("quarantine", quarantineOf),
    fact: all("fact", (row) => ({
      seq: number(row["seq"]),
      run: string(row["run"]),
      at: number(row["at"]),
      facts: unpack<ReadonlyArray<Json>>(row["body"])
    })),
    run: all("run", runOf),
    // The process says where a run is, not what the hub knows.
    lock: all("lock", ({ process: _, ...row }) => plain(row)),
    connection: all("connection", (row) => unpack<ConnectionState>(row["body"]))
  }
}

const plain = (row: Row): object => ({ ...row })
