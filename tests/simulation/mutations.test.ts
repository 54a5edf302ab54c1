/** Each rule is removed in turn, in a process of its own, and a law must break: in some history or in a race. */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { play } from "./history.ts"
import { mutations } from "./mutations.ts"
import type { Mutation } from "./mutations.ts"

const root = fileURLToPath(new URL("../../", import.meta.url))

interface Ended {
  readonly code: number | null
  readonly said: string
}

const run = (rule: string | undefined, args: ReadonlyArray<string>): Promise<Ended> =>
  new Promise((resolve) => {
    const env = { ...process.env }
    if (rule !== undefined) env["ESL_MUTATION"] = rule
    const loader = ["--import", "./tests/simulation/mutate.ts"]
    const child = spawn(process.execPath, [...loader, "tests/simulation/main.ts", ...args], { cwd: root, env })
    let said = ""
    child.stdout.on("data", (data: Buffer) => said += data.toString())
    child.stderr.on("data", (data: Buffer) => said += data.toString())
    child.on("close", (code) => resolve({ code, said }))
  })

const argsOf = (mutation: Mutation): ReadonlyArray<string> =>
  "histories" in mutation.caught
    ? ["--from", "1", "--count", String(mutation.caught.histories), "--stop"]
    : ["--race", mutation.caught.race]

describe("mutations", () => {
  it.concurrent.each(mutations)("without $rule it $without, and that is seen", { timeout: 300_000 }, async (mutation) => {
    const { code, said } = await run(mutation.rule, argsOf(mutation))
    expect(said).not.toMatch(/exactly once|never loaded|no mutation|no race/)
    expect(code, said).toBe(1)
    if ("histories" in mutation.caught) {
      const broken = new Set([...said.matchAll(/^ {2}(P\d+|total) /gm)].map((found) => found[1] ?? ""))
      expect(mutation.breaks.some((law) => broken.has(law)), `${[...broken].join(", ")} broke`).toBe(true)
    } else expect(said).toContain("race ")
  })

  it("every text that a mutation changes is there exactly once", () => {
    const lost = mutations.flatMap((one) => one.edits.flatMap((edit) =>
      readFileSync(root + edit.file, "utf8").split(edit.find).length === 2 ? [] : [`${one.rule}: ${edit.file}`]))
    expect(lost).toEqual([])
  })

  it("a store that loses commits it has promised is seen (R10)", { timeout: 60_000 }, () => {
    expect(play(promises).violations).toEqual([])
    expect(play(promises, { flushEvery: 5 }).violations).not.toEqual([])
  })
})

/** A history with one worker that dies while writes are under way. */
const promises = 1
