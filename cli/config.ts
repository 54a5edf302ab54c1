/** Loads the user's config and resolves it, with every fault at once. */
import { existsSync } from "node:fs"
import { dirname, isAbsolute, resolve as absolute } from "node:path"
import { pathToFileURL } from "node:url"
import { Effect } from "effect"
import type { Fault } from "../core/index.ts"
import { resolve } from "../core/index.ts"
import type { Project } from "../core/engine/project.ts"
import type { Arguments } from "./arguments.ts"
import { Faulty, Stopped, Wrong } from "./failure.ts"
import { home } from "./folder.ts"
import { shareModules } from "./own.ts"

export interface Loaded {
  /** As the user would write it. */
  readonly file: string
  readonly project: Project
  readonly warnings: ReadonlyArray<Fault>
  /** Absolute file of the hub. */
  readonly hub: string
}

const own = pathToFileURL(home).href

const standard = "esl.config.ts"

export const load = Effect.fn("config")(function*(args: Arguments) {
  const file = args.text.get("config") ?? standard
  const path = absolute(file)
  if (!existsSync(path)) {
    return yield* new Wrong({
      message: args.text.has("config")
        ? `there is no config ${file}`
        : `there is no ${standard} here: run esl init, change into its folder, or name one with --config`
    })
  }
  shareModules()
  // Files that the config names, such as `sqlite:shop.db`, are beside it, wherever the command was started.
  process.chdir(dirname(path))
  const module: unknown = yield* Effect.tryPromise({
    try: () => import(pathToFileURL(path).href) as Promise<unknown>,
    catch: (cause) => unreadable(file, cause)
  })
  const exported = typeof module === "object" && module !== null && "default" in module ? module.default : undefined
  const resolved = resolve(exported)
  if (!resolved.ok) return yield* new Faulty({ file, faults: resolved.faults, warnings: resolved.warnings })
  const loaded: Loaded = {
    file,
    project: resolved.project,
    warnings: resolved.warnings,
    hub: hubFile(dirname(path), resolved.project.hub)
  }
  return loaded
})

const hubFile = (folder: string, hub: string): string => {
  const name = hub.replace(/^sqlite:(\/\/(?=\/))?/, "")
  return isAbsolute(name) ? name : absolute(folder, name)
}

/** The config is the user's own code: what it throws is theirs to mend, so its place is shown. */
const unreadable = (file: string, cause: unknown): Stopped => {
  if (!(cause instanceof Error)) return new Stopped({ message: `${file} cannot be loaded: ${String(cause)}` })
  // The first place that is the user's: the program's own are of no use to them.
  const places = [...(cause.stack ?? "").matchAll(/file:\/\/[^\s)]+:\d+:\d+/g)].map(([at]) => at)
  const place = places.find((at) => !at.startsWith(own))
  const error = new Stopped({ message: `${file} cannot be loaded: ${cause.message.split("\n")[0] ?? ""}${place === undefined ? "" : ` (${place})`}` })
  if (cause.stack !== undefined) error.stack = cause.stack
  return error
}
