/** Every mapping in the repo keeps the laws: files are found by themselves, so that a new one cannot be forgotten. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import type { Mapping } from "../../core/mapping/index.ts"
import { checkLaws, formatBreach } from "../../core/testing/laws.ts"

const root = join(import.meta.dirname, "../..")

const filesIn = (folder: string): ReadonlyArray<string> =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
        .filter(
          (entry) =>
            entry.isFile() && /(?<!\.test)\.ts$/.test(entry.name) && !entry.parentPath.includes("node_modules")
        )
        .map((entry) => join(entry.parentPath, entry.name))
        .filter((file) => readFileSync(file, "utf8").includes("mapping("))
    : []

const isMapping = (found: unknown): found is Mapping<never> =>
  typeof found === "object" && found !== null && "read" in found && "write" in found && "covers" in found

const files = ["mappings", "examples", "bench", "tests/real"].flatMap(filesIn)

const found = await Promise.all(
  files.map(async (file) => {
    const exported: { readonly [name: string]: unknown } = await import(file)
    return Object.entries(exported).flatMap(([name, one]) =>
      isMapping(one) ? [[`${file.slice(root.length + 1)} ${name}`, one] as const] : []
    )
  })
)
const mappings = found.flat()

describe("mappings of the repo", () => {
  it("are found", () => {
    expect(mappings.length).toBeGreaterThan(0)
  })
  it.each(mappings)("%s keeps the laws", (_, mapping) => {
    const report = checkLaws(mapping)
    expect(report.breaches.map((breach) => formatBreach(breach)).join("\n\n")).toBe("")
    for (const path of mapping.covers) expect(report.asked.get(path)).toBeGreaterThanOrEqual(1000)
  })
})
