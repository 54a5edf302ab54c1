/** The key that seals what the hub keeps for connections: from ESL_KEY, or from a file beside the hub. */
import { createHash, randomBytes } from "node:crypto"
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs"
import { dirname } from "node:path"
import { Effect } from "effect"
import { sentenceOf } from "./file.ts"
import { StoreError, Unusable } from "./store.ts"

export interface HubKey {
  readonly id: string
  readonly bytes: Uint8Array
}

/** Names the environment variable; its value is 32 bytes as base64 or hex. */
export const keyVariable = "ESL_KEY"
const size = 32

/** Beside a hub file. */
export const keyFile = (hub: string): string => `${hub}.key`

/** The variable wins; without one the file is read, and made at first use, readable by this user only. */
export const hubKey = (hub: string, variable: string | undefined): Effect.Effect<HubKey, StoreError> =>
  Effect.suspend(() => {
    try {
      const named = variable !== undefined && variable !== ""
      return Effect.succeed(keyOf(named ? fromText(variable) : fromFile(keyFile(hub))))
    } catch (error) {
      const known = sentenceOf(keyFile(hub))("key", error)
      return known === undefined ? Effect.die(error) : Effect.fail(known)
    }
  })

/** The id tells which key sealed something, and nothing about the key. */
export const keyOf = (bytes: Uint8Array): HubKey =>
  ({ bytes, id: createHash("sha256").update("esl key id").update(bytes).digest("hex").slice(0, 8) })

const refuse = (message: string): StoreError => new StoreError({ operation: "key", reason: new Unusable({ message }) })

const fromText = (text: string): Uint8Array => {
  const bytes = Buffer.from(text, /^[0-9a-f]{64}$/i.test(text) ? "hex" : "base64")
  if (bytes.byteLength === size) return bytes
  throw refuse(`${keyVariable} is not 32 bytes as base64 or hex; make one with: openssl rand -base64 32`)
}

const fromFile = (file: string): Uint8Array => {
  const kept = read(file)
  if (kept !== undefined) return kept
  const fresh = `${file}.${process.pid}.new`
  const made = openSync(fresh, "wx", 0o600)
  try {
    writeSync(made, `${randomBytes(size).toString("base64")}\n`)
    fsyncSync(made)
  } finally {
    closeSync(made)
  }
  try {
    // Whole from the first moment on, and never over one that another process made meanwhile.
    linkSync(fresh, file)
    flush(dirname(file))
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error
  } finally {
    rmSync(fresh, { force: true })
  }
  return read(file) ?? refused(`The key file ${file} vanished; run again.`)
}

const refused = (message: string): never => { throw refuse(message) }

const read = (file: string): Uint8Array | undefined => {
  try {
    // Windows has no such bits; stat shows 0666 there.
    if (process.platform !== "win32" && (statSync(file).mode & 0o077) !== 0) {
      throw refuse(`The key file ${file} can be read by others: chmod 600 ${file}`)
    }
    return fromText(readFileSync(file, "utf8").trim())
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined
    if (error instanceof StoreError && error.message.startsWith(keyVariable)) {
      throw refuse(`The key file ${file} is damaged; restore it from a backup, or delete it and run esl auth again.`)
    }
    throw error
  }
}

/** A new name is on the disk when its folder is. */
const flush = (folder: string): void => {
  if (process.platform === "win32") return
  const opened = openSync(folder, "r")
  try {
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
}
