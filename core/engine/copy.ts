/** A throw-away copy of a hub that lives in a file: private, and gone with its scope, also after a failure (S26). */
import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Context, Effect, Layer } from "effect"
import type { Ids } from "../hub/ids.ts"
import { HubStore } from "../hub/store.ts"
import type { StoreError } from "../hub/store.ts"

/** `open` opens a hub file. */
export const copyInFile = Effect.fnUntraced(function*(open: (path: string) => Layer.Layer<HubStore, StoreError, Ids>) {
  const store = yield* HubStore
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => {
      const made = mkdtempSync(join(tmpdir(), "esl-plan-"))
      chmodSync(made, 0o700)
      return made
    }),
    (made) => Effect.sync(() => rmSync(made, { recursive: true, force: true }))
  )
  const path = join(folder, "hub.db")
  yield* store.backup(path)
  return Context.get(yield* Layer.build(open(path)), HubStore)
})
