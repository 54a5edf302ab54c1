/** `esl demo`: copies an example into a new folder and drives this very program there, telling what it does and why. */
import { spawn, spawnSync } from "node:child_process"
import { cpSync, existsSync, readdirSync } from "node:fs"
import { join, relative, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { Effect } from "effect"
import { didYouMean } from "../core/config/fault.ts"
import { exits, Stopped } from "./failure.ts"
import { gitignore, home, packageJson, tsconfig, writeNew } from "./folder.ts"
import type { Output } from "./output.ts"
import { shareModules } from "./own.ts"
import type { Run } from "./run.ts"

/** The examples that tell a story; the first is told when none is named. */
const stories = ["retail", "databases"] as const

/** One step of the story.ts of an example. */
export interface Step {
  /** What happens next and why, in words. */
  readonly say: string
  /** The command line after `esl`; a function may ask the program first, with --json. */
  readonly run?: ReadonlyArray<string> | ((ask: Ask) => ReadonlyArray<string>)
  /** What people do in the systems; gets the demo's folder. */
  readonly edit?: (folder: string) => void | Promise<void>
  /** What the systems say now, line by line. */
  readonly look?: (folder: string) => ReadonlyArray<string>
  /** The exit code this step must end with (default 0). */
  readonly exit?: number
}

/** What the story.ts of an example exports. */
interface Story {
  readonly story: ReadonlyArray<Step>
  /** How to go on in the folder, line by line. */
  readonly after: ReadonlyArray<string>
  /** Ends what the story started: after it, or with --stay when the program is stopped. */
  readonly end?: () => Promise<void>
}

/** Runs a command with --json and returns its data. */
export type Ask = (line: ReadonlyArray<string>) => unknown

export const run: Run = (args, out) => Effect.gen(function*() {
  const name = args.rest[0] ?? stories[0]
  if (!stories.some((known) => known === name)) {
    return yield* new Stopped({ message: `there is no demo "${name}"${didYouMean(name, stories) || `: ${stories.join(", ")}`}` })
  }
  const folder = resolve(args.text.get("folder") ?? freeFolder())
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    return yield* new Stopped({ message: `${folder} is not empty: name a new folder with --folder` })
  }
  yield* Effect.try({
    try: () => {
      cpSync(join(home, "examples", name), folder, { recursive: true })
      writeNew(folder, {
        "package.json": packageJson("esl-demo", folder),
        "tsconfig.json": tsconfig(folder),
        ".gitignore": gitignore
      })
    },
    catch: (error) => error
  })
  shareModules()
  const { after, end, story } = yield* Effect.tryPromise({ try: () => storyOf(folder), catch: (error) => error })
  const stays = args.flags.has("stay") && end !== undefined
  const telling = Effect.gen(function*() {
    yield* told(story, folder, out)
    out.data({ folder, steps: story.length })
    const way = relative(".", folder)
    out.line()
    for (const line of [...after, `  cd ${way.startsWith("..") ? folder : way}`, "  npm run esl -- plan"]) out.line(line)
    if (stays) yield* Effect.never
    return exits.done
  })
  return yield* telling.pipe(Effect.ensuring(Effect.promise(async () => end?.())))
})

const told = Effect.fnUntraced(function*(steps: ReadonlyArray<Step>, folder: string, out: Output) {
  for (const step of steps) {
    const exit = yield* Effect.callback<number, unknown>((resume) => {
      take(step, folder, out)
        .then((code) => resume(Effect.succeed(code)), (error: unknown) => resume(Effect.fail(error)))
    })
    if (exit !== (step.exit ?? exits.done)) {
      return yield* new Stopped({ message: `the demo's last command ended with ${exit} instead of ${step.exit ?? exits.done}; its folder is ${folder}` })
    }
  }
})

const freeFolder = (): string => {
  let name = "esl-demo"
  for (let n = 2; existsSync(name); n++) name = `esl-demo-${n}`
  return name
}

const storyOf = async (folder: string): Promise<Story> => {
  const module: unknown = await import(pathToFileURL(join(folder, "story.ts")).href)
  // The story is part of this package; its type is checked there.
  return module as Story
}

const take = async (step: Step, folder: string, out: Output): Promise<number> => {
  out.line()
  for (const line of wrapped(step.say, Math.min(out.width, 100))) out.line(out.paint.bold(line))
  await step.edit?.(folder)
  for (const line of step.look?.(folder) ?? []) out.line(line)
  if (step.run === undefined) return step.exit ?? exits.done
  const line = typeof step.run === "function" ? step.run((asked) => ask(asked, folder)) : step.run
  out.line(out.paint.dim(`$ esl ${line.map(quoted).join(" ")}`))
  return new Promise((done, failed) => {
    // Only this program's own file is run, with the arguments of its own story.
    const child = spawn(process.execPath, [self(), ...line], { cwd: folder, stdio: ["ignore", out.json ? 2 : "inherit", "inherit"] })
    child.on("error", failed)
    child.on("exit", (code) => done(code ?? exits.failed))
  })
}

const self = (): string => process.argv[1] ?? ""

const ask = (line: ReadonlyArray<string>, folder: string): unknown =>
  JSON.parse(spawnSync(process.execPath, [self(), ...line, "--json"], { cwd: folder, encoding: "utf8" }).stdout)

const quoted = (word: string): string => /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`

const wrapped = (text: string, width: number): ReadonlyArray<string> =>
  text.split("\n\n").flatMap((paragraph) => {
    const lines: Array<string> = []
    for (const word of paragraph.split(/\s+/)) {
      const last = lines.at(-1)
      if (last === undefined || last.length + word.length + 1 > width) lines.push(word)
      else lines[lines.length - 1] = `${last} ${word}`
    }
    return lines
  })

