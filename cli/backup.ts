/** `esl backup`: a consistent copy of the hub while it is in use, and back. */
import { existsSync } from "node:fs"
import { resolve } from "node:path"
import { Effect } from "effect"
import { restore as restoreHub } from "../core/hub/copy.ts"
import { HubStore } from "../core/hub/store.ts"
import type { Arguments } from "./arguments.ts"
import { load } from "./config.ts"
import { exits, Stopped, Wrong } from "./failure.ts"
import { looking } from "./hub.ts"
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

const restore = Effect.fnUntraced(function*(args: Arguments, out: Output, file: string) {
  const loaded = yield* load(args)
  if (existsSync(loaded.hub) && !args.flags.has("force")) {
    return yield* new Stopped({
      message: `${loaded.hub} exists: stop every run, then add --force; it is kept as ${loaded.hub}.before-restore`
    })
  }
  const sentence = yield* restoreHub(file, loaded.hub)
  out.data({ hub: loaded.hub, restored: file })
  out.line(sentence)
  return exits.done
})
