import { Effect } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Ids } from "../../core/hub/ids.ts"
import { openStore } from "../../core/hub/sqlite.ts"
import { storeContract } from "./contract.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "esl-hub-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

storeContract({
  name: "sqlite",
  open: Effect.gen(function*() {
    const path = join(yield* folder, "hub.db")
    const open = Effect.flatMap(Ids, (ids) => openStore(path, ids)).pipe(Effect.provide(Ids.seeded(1)))
    return [yield* open, yield* open] as const
  })
})
