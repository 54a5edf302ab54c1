/** The public door costs nothing: no driver, and no query builder, is loaded before a connection is opened. */
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { expect, it } from "vitest"

const door = fileURLToPath(new URL("../../../connectors/index.ts", import.meta.url))
const loads = async (then: string): Promise<ReadonlyArray<string>> => {
  const script = `
    import { registerHooks } from "node:module"
    const seen = new Set()
    registerHooks({ resolve(what, context, next) { const found = next(what, context); seen.add(found.url);
      return found } })
    const { sql } = await import(${JSON.stringify(door)})
    const { Effect } = await import("effect")
    const erp = sql("erp", { url: "sqlite::memory:" })
    ${then}
    console.log(JSON.stringify([...seen]))`
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script],
    { cwd: fileURLToPath(new URL("../../..", import.meta.url)) })
  const urls: ReadonlyArray<string> = JSON.parse(stdout)
  return ["kysely", "pg", "mysql2", "tedious", "tarn", "node:sqlite"].filter((library) =>
    urls.some((url) => url === library || url.includes(`/node_modules/${library}/`)))
}

it("declaring loads no driver; opening loads one", async () => {
  expect(await loads("")).toEqual([])
  expect(await loads("await Effect.runPromise(Effect.scoped(erp.open({ readOnly: true })))")).toEqual(["kysely", "node:sqlite"])
})
