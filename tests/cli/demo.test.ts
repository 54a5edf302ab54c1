/** The demo, as a new user runs it: every step ends as the story says, and its folder is a config that compiles. */
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { esl, newFolder } from "./program.ts"

describe("esl demo databases", () => {
  it("tells its story to the end", () => {
    const folder = join(newFolder(), "demo")
    const told = esl(folder.slice(0, -"/demo".length), ["demo", "databases", "--folder", folder])
    expect(told).toMatchObject({ exit: 0 })
    const passes = told.out.match(/\d+ writes? in /g) ?? []
    expect(passes.at(-1)).toBe("0 writes in ")
    const tsc = fileURLToPath(new URL("../../node_modules/.bin/tsc", import.meta.url))
    expect(spawnSync(tsc, ["-p", folder], { encoding: "utf8" }).stdout).toBe("")
    expect(esl(folder, ["demo", "--folder", "."])).toMatchObject({ exit: 1 })
    expect(esl(folder, ["demo", "databasis"])).toMatchObject({ exit: 1 })
  }, 300_000)
})
