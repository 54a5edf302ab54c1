/**
 * The file beside the hub that remembers deletions across a restored backup (SEMANTICS C37): one JSON line a tombstone,
 * only ever appended to. It holds golden ids and causes, no values.
 */
import { appendFileSync, closeSync, existsSync, fsyncSync, openSync, readFileSync } from "node:fs"
import type { Tombstone } from "../../sync/state.ts"
import { unpack } from "../file.ts"
import type { HubFile } from "../file.ts"
import { tombstoneOf } from "./rows.ts"
import { tombstoneSql } from "./writing.ts"

export const graveOf = (path: string): string => `${path}.tombstones`

/** After the commit: a line for a deletion that was rolled back would deny a living record for ever. */
export const bury = (file: HubFile, tombstones: ReadonlyArray<Tombstone>): void => {
  if (file.throwaway || tombstones.length === 0) return
  const handle = openSync(graveOf(file.path), "a", 0o600)
  try {
    appendFileSync(handle, tombstones.map((tombstone) => `\n${JSON.stringify(tombstone)}`).join(""))
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** At the start both sides are brought to agree: a crash between commit and line, or an older hub put in place. */
export const exhume = (file: HubFile): void => {
  if (file.throwaway) return
  const stored = file.all("SELECT * FROM tombstone ORDER BY golden").map(tombstoneOf)
  const buried = existsSync(graveOf(file.path)) ? linesOf(readFileSync(graveOf(file.path), "utf8")) : []
  const known = new Set(stored.map(({ golden }) => golden))
  const lines = new Set(buried.map(({ golden }) => golden))
  const missing = buried.filter(({ golden }) => !known.has(golden))
  if (missing.length > 0) {
    file.transaction(() => {
      for (const { golden, entity, at, cause } of missing) file.run(tombstoneSql, golden, entity, at, cause)
    })
  }
  bury(file, stored.filter(({ golden }) => !lines.has(golden)))
}

/** A line that a crash cut short was not needed: its tombstone is in the hub, and is written again. */
const linesOf = (content: string): ReadonlyArray<Tombstone> =>
  content.split("\n").flatMap((line) => {
    try {
      return line === "" ? [] : [unpack<Tombstone>(line)]
    } catch {
      return []
    }
  })
