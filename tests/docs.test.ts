/** The documentation is true: its TypeScript compiles, its runnable lines run, its command pages show the real help. */
import { spawnSync } from "node:child_process"
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { commands } from "../cli/commands.ts"
import { tsconfig } from "../cli/folder.ts"
import { commandHelp } from "../cli/help.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
const pages = ["README.md", "CONTRIBUTING.md", ...under("docs"), ...under("connectors"), ...under("examples")]
  .filter((file) => file.endsWith(".md"))
const text = (file: string): string => readFileSync(join(root, file), "utf8")

function under(folder: string): ReadonlyArray<string> {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((file) => join(folder, file))
}

interface Block {
  readonly language: string
  /** What follows the language: `runnable`, `continued`. */
  readonly words: ReadonlyArray<string>
  readonly code: string
  readonly line: number
}

/** Fenced blocks of a page. */
const blocksOf = (page: string): ReadonlyArray<Block> => {
  const blocks: Array<Block> = []
  let open: { readonly info: string; readonly from: number } | undefined
  const lines = text(page).split("\n")
  lines.forEach((line, at) => {
    if (!line.startsWith("```")) return
    if (open === undefined) {
      open = { info: line.slice(3).trim(), from: at }
      return
    }
    const [language = "", ...words] = open.info.split(/\s+/)
    blocks.push({ language, words, code: lines.slice(open.from + 1, at).join("\n"), line: open.from + 1 })
    open = undefined
  })
  return blocks
}

/** One file a block; a block marked `continued` goes on where the one before it in the page ended. */
const filesOf = (page: string): ReadonlyMap<string, string> => {
  const files = new Map<string, string>()
  let last: string | undefined
  for (const block of blocksOf(page).filter(({ language }) => language === "ts")) {
    const name = `${page.replace(/\W+/g, "-")}-${block.line}.ts`
    if (block.words.includes("continued") && last !== undefined) files.set(last, `${files.get(last) ?? ""}\n${block.code}`)
    else files.set(last = name, block.code)
  }
  return files
}

const folder = mkdtempSync(join(tmpdir(), "esl-docs-"))

describe("docs", () => {
  it("every ts block compiles", () => {
    const files = pages.flatMap((page) => [...filesOf(page)])
    writeFileSync(join(folder, "tsconfig.json"), tsconfig(folder))
    // A block without import or export would share its names with the others.
    for (const [name, code] of files) writeFileSync(join(folder, name), `${code}\nexport {}\n`)
    const tsc = spawnSync(join(root, "node_modules/.bin/tsc"), ["-p", "."], { cwd: folder, encoding: "utf8" })
    expect(`${tsc.stdout}${tsc.stderr}`).toBe("")
    expect(files.length).toBeGreaterThan(0)
  })

  it("every line marked runnable runs", () => {
    const bin = join(folder, "bin")
    mkdirSync(bin)
    writeFileSync(join(bin, "esl"), `#!/bin/sh\nexec "${process.execPath}" "${join(root, "cli/main.ts")}" "$@"\n`)
    chmodSync(join(bin, "esl"), 0o755)
    const failed = pages.flatMap((page) => blocksOf(page).filter(({ words }) => words.includes("runnable")).flatMap((block) => {
      const cwd = mkdtempSync(join(folder, "run-"))
      const env = { ...process.env, PATH: `${bin}:${dirname(process.execPath)}:${process.env["PATH"] ?? ""}` }
      const run = spawnSync("bash", ["-euo", "pipefail", "-c", block.code], { cwd, env, encoding: "utf8" })
      return run.status === 0 ? [] : [`${page}:${block.line} ended with ${run.status}: ${run.stderr}`]
    }))
    expect(failed).toEqual([])
  })

  it("every command has a page that shows its help, and every page has a command", () => {
    expect(readdirSync(join(root, "docs/cli")).sort()).toEqual(commands.map(({ name }) => `${name}.md`).sort())
    for (const command of commands) {
      const page = join("docs/cli", `${command.name}.md`)
      expect(text(page).split("\n")[0]).toBe(`# esl ${command.name}`)
      expect(blocksOf(page).map(({ code }) => code)).toContain(commandHelp(command))
    }
  })

  it("links lead somewhere", () => {
    const broken = pages.flatMap((page) => [...text(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].flatMap(([, to = ""]) => {
      const target = join(dirname(page), to)
      try {
        readFileSync(join(root, target))
        return []
      } catch (error) {
        return error instanceof Error && "code" in error && error.code === "EISDIR" ? [] : [`${page}: ${to}`]
      }
    }))
    expect(broken).toEqual([])
  })
})
