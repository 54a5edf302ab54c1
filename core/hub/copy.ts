/** Copies of a hub file: the throw-away copy of a dry run, and the way back from a backup. */
import { Effect } from "effect"
import type { Scope } from "effect"
import {
  accessSync, chmodSync, constants, copyFileSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync
} from "node:fs"
import { tmpdir } from "node:os"
import { basename, dirname, join, resolve } from "node:path"
import { HubFile, sentenceOf } from "./file.ts"
import { StoreError, Unusable } from "./store.ts"
import { exhume } from "./sqlite/grave.ts"

/**
 * A private copy of the hub for a dry run; its folder (0700) goes with the scope. Where the file system can clone, it
 * costs nothing; otherwise pages are copied while the hub stays in use. A hub that does not exist yet gives a new one.
 */
export const copyOf = (path: string): Effect.Effect<string, StoreError, Scope.Scope> =>
  Effect.flatMap(
    Effect.acquireRelease(
      attempt(path, "copy", () => privateFolder(path)),
      (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
    ),
    (folder) => {
      const copy = join(folder, "hub.db")
      if (path === ":memory:" || !existsSync(path)) return Effect.succeed(copy)
      return Effect.as(attemptPromise(path, "copy", () => copyPages(path, copy)), copy)
    }
  )

/** Beside the hub, where there is room for it and it can be cloned; else where temporary files go. */
const privateFolder = (path: string): string => {
  const home = dirname(resolve(path))
  const prefix = `.${basename(path)}.plan-`
  const here = existsSync(home) && writable(home)
  if (here) sweep(home, prefix)
  const folder = mkdtempSync(join(here ? home : tmpdir(), `${prefix}${process.pid}-`))
  chmodSync(folder, 0o700)
  return folder
}

const writable = (folder: string): boolean => {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** Copies left behind by processes that were killed (S26). */
const sweep = (home: string, prefix: string): void => {
  for (const name of readdirSync(home)) {
    const pid = name.startsWith(prefix) ? Number.parseInt(name.slice(prefix.length), 10) : Number.NaN
    if (!Number.isNaN(pid) && !alive(pid)) rmSync(join(home, name), { recursive: true, force: true })
  }
}

const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
}

const copyPages = async (path: string, copy: string): Promise<void> => {
  const file = new HubFile(path)
  try {
    if (clone(file, copy)) return
    await file.copyTo(copy)
  } finally {
    file.close()
  }
}

/** While the write lock is held nobody appends to the log: file and log together are one moment. */
const clone = (file: HubFile, copy: string): boolean => {
  try {
    file.transaction(() => {
      const log = `${file.path}-wal`
      copyFileSync(file.path, copy, constants.COPYFILE_FICLONE_FORCE)
      if (existsSync(log)) copyFileSync(log, `${copy}-wal`, constants.COPYFILE_FICLONE)
    })
    return true
  } catch (error) {
    if (error instanceof Error && "code" in error && cannotClone.has(String(error.code))) {
      rmSync(copy, { force: true })
      return false
    }
    throw error
  }
}

const cannotClone = new Set(["ENOTSUP", "EOPNOTSUPP", "EXDEV", "ENOSYS", "EINVAL", "ENOTTY"])

/**
 * Puts a backup in the place of the hub. The systems moved on since it was made (C37): what each side showed then is no
 * longer a base, so pairs, hashes and cursors go and the next sync meets every record as if for the first time, linked
 * as it was. Open intents stay: they still say what may have been sent. Deletions come back from the file beside it.
 */
export const restore = (from: string, path: string): Effect.Effect<string, StoreError> =>
  Effect.flatMap(attempt(from, "restore", () => checked(from)), () =>
    attempt(path, "restore", () => replace(from, path)))

/** Opens the backup read-write on a copy only: a backup is never changed. */
const checked = (from: string): void => {
  if (existsSync(from)) return
  throw new StoreError({ operation: "restore", reason: new Unusable({ message: `There is no backup at ${from}.` }) })
}

const replace = (from: string, path: string): string => {
  const fresh = `${path}.restoring`
  const kept = `${path}.before-restore`
  remove(fresh)
  copyFileSync(from, fresh, constants.COPYFILE_FICLONE)
  chmodSync(fresh, 0o600)
  try {
    const file = new HubFile(fresh)
    try {
      const sound = file.one("PRAGMA quick_check(1)")?.["quick_check"]
      if (sound !== "ok") throw new StoreError({ operation: "restore", reason: damaged(from) })
      file.transaction(() => file.db.exec(forget))
      file.checkpoint()
    } finally {
      file.close()
    }
    if (existsSync(path)) setAside(path, kept)
    renameSync(fresh, path)
  } finally {
    remove(fresh)
  }
  const file = new HubFile(path)
  try {
    exhume(file)
  } finally {
    file.close()
  }
  return `The hub ${path} is restored from ${from}${existsSync(kept) ? `; the one before is kept as ${kept}` : ""}. ` +
    "Run esl plan next: every record is compared anew, and what differs is decided as at first contact."
}

const damaged = (from: string) =>
  new Unusable({ message: `The backup ${from} is damaged; take an older one.` })

const forget = `
  UPDATE link SET shadow = '{}', hash = NULL, stamp = NULL, version = NULL, rev = rev + 1;
  DELETE FROM cursor;
  DELETE FROM listed;
  DELETE FROM lease;
  DELETE FROM lock;
`

/** Folds the log in first: what is renamed must be whole. A hub in use is not touched, a damaged one kept as it is. */
const setAside = (path: string, kept: string): void => {
  remove(kept)
  try {
    const file = new HubFile(path)
    try {
      file.transaction(() => undefined)
      file.checkpoint()
    } finally {
      file.close()
    }
  } catch (error) {
    const known = sentenceOf(path)("restore", error)
    if (known?.reason._tag !== "Damaged") throw error
  }
  for (const end of ["", "-wal", "-shm"]) {
    if (existsSync(`${path}${end}`)) renameSync(`${path}${end}`, `${kept}${end}`)
  }
}

const remove = (path: string): void => {
  for (const end of ["", "-wal", "-shm"]) rmSync(`${path}${end}`, { force: true })
}

const attempt = <A>(path: string, operation: string, work: () => A): Effect.Effect<A, StoreError> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(work())
    } catch (error) {
      return failed(path, operation, error)
    }
  })

const attemptPromise = <A>(path: string, operation: string, work: () => Promise<A>): Effect.Effect<A, StoreError> =>
  Effect.tryPromise({ try: work, catch: (error) => error }).pipe(
    Effect.catch((error) => failed(path, operation, error))
  )

const failed = (path: string, operation: string, error: unknown): Effect.Effect<never, StoreError> => {
  const known = sentenceOf(path)(operation, error)
  return known === undefined ? Effect.die(error) : Effect.fail(known)
}
