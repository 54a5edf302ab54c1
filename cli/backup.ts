/** `esl backup`: a consistent copy of the hub while it is in use, and back. */
import { constants, copyFileSync, existsSync, renameSync, rmSync } from "node:fs"
import { resolve } from "node:path"
import { Effect } from "effect"
import { HubStore } from "../core/hub/store.ts"
import type { Arguments } from "./arguments.ts"
import { load } from "./config.ts"
import { exits, Stopped, Wrong } from "./failure.ts"
import { hubOf, looking } from "./hub.ts"
import type { Output } from "./output.ts"
import type { Run } from "./run.ts"

export const run: Run = (args, out) => {
  const [first = "", second] = args.rest
  if (second === undefined) return copy(args, out, resolve(first))
  return first === "restore"
    ? restore(args, out, resolve(second))
    : new Wrong({ message: `write esl backup <file>, or esl backup restore <file>` })
}

const copy = (args: Arguments, out: Output, file: string) => looking(args, (loaded) => Effect.gen(function*() {
  if (existsSync(file)) return yield* new Stopped({ message: `${file} exists already: name a new file` })
  const store = yield* HubStore
  yield* store.backup(file)
  out.data({ hub: loaded.hub, backup: file })
  out.line(`The hub ${loaded.hub} is copied to ${file}, readable by this user only.`)
  return exits.done
}))

const beside = ["-wal", "-shm"]

/** Opens the copy first: what is damaged or newer than this program is refused before anything is replaced. */
const restore = Effect.fnUntraced(function*(args: Arguments, out: Output, file: string) {
  const loaded = yield* load(args)
  if (!existsSync(file)) return yield* new Stopped({ message: `there is no file ${file}` })
  const fresh = `${loaded.hub}.restoring`
  const kept = `${loaded.hub}.before-restore`
  const exists = existsSync(loaded.hub)
  if (exists && !args.flags.has("force")) {
    return yield* new Stopped({ message: `${loaded.hub} exists: stop every run, then add --force; it is kept as ${kept}` })
  }
  yield* Effect.try({ try: () => copyFileSync(file, fresh, constants.COPYFILE_FICLONE), catch: (error) => error })
  yield* Effect.provide(Effect.flatMap(HubStore, (store) => store.counts()), hubOf(fresh)).pipe(
    Effect.tapError(() => Effect.sync(() => discard(fresh))),
    Effect.scoped
  )
  yield* Effect.try({
    try: () => {
      if (exists) {
        discard(kept)
        for (const end of ["", ...beside]) if (existsSync(loaded.hub + end)) renameSync(loaded.hub + end, kept + end)
      }
      for (const end of beside) rmSync(fresh + end, { force: true })
      renameSync(fresh, loaded.hub)
    },
    catch: (error) => error
  })
  out.data({ hub: loaded.hub, restored: file, ...(exists ? { kept } : {}) })
  out.line(`${file} is the hub now${exists ? `; the one before is kept as ${kept}` : ""}. Run esl sync --sweep: what happened since the copy is read again.`)
  return exits.done
})

const discard = (file: string): void => {
  for (const end of ["", ...beside]) rmSync(file + end, { force: true })
}
