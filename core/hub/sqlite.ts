/** The hub in one SQLite file (WAL, every commit on the disk before it counts). */
import { Effect, Layer } from "effect"
import type { Scope } from "effect"
import { HubFile, sentenceOf } from "./file.ts"
import type { FileOptions } from "./file.ts"
import { Ids } from "./ids.ts"
import { service } from "./plain.ts"
import { bury, exhume } from "./sqlite/grave.ts"
import { looking } from "./sqlite/looking.ts"
import { reading } from "./sqlite/reading.ts"
import { upkeep } from "./sqlite/upkeep.ts"
import { work } from "./sqlite/work.ts"
import { writing } from "./sqlite/writing.ts"
import { HubStore } from "./store.ts"
import type { StoreError } from "./store.ts"

/** Opens the file, makes or upgrades it, and closes it with the scope. */
export const openStore = (
  path: string, ids: Ids["Service"], options: FileOptions = {}
): Effect.Effect<HubStore["Service"], StoreError, Scope.Scope> =>
  Effect.map(Effect.acquireRelease(openFile(path, options), (file) => Effect.sync(() => file.close())), (file) =>
    service({
      ...reading(file, ids),
      ...writing(file, ids, ({ tombstones }) => bury(file, tombstones)),
      ...work(file, ids),
      ...looking(file),
      ...upkeep(file, ids)
    }, sentenceOf(path)))

const openFile = (path: string, options: FileOptions): Effect.Effect<HubFile, StoreError> =>
  Effect.suspend(() => {
    try {
      const file = new HubFile(path, options)
      exhume(file)
      return Effect.succeed(file)
    } catch (error) {
      const known = sentenceOf(path)("open", error)
      return known === undefined ? Effect.die(error) : Effect.fail(known)
    }
  })

/** The hub at this path; ":memory:" for a hub that is gone with its scope. */
export const sqlite = (path: string, options: FileOptions = {}): Layer.Layer<HubStore, StoreError, Ids> =>
  Layer.effect(HubStore, Effect.flatMap(Ids, (ids) => openStore(path, ids, options)))
