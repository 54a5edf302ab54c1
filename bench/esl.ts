/** The measured process: opens the hub once and makes a pass for every line on standard input. */
import { createInterface } from "node:readline"
import { Effect, Layer } from "effect"
import "effect/schema/SchemaJITCompiler/enable"
import { modestMemory, pass, Systems } from "../core/engine/index.ts"
import { Ids } from "../core/hub/ids.ts"
import { sqlite } from "../core/hub/sqlite.ts"
import { resolve } from "../core/index.ts"
import { config } from "./mappings.ts"

modestMemory()
const [from = "", to = "", hub = ""] = process.argv.slice(2)
const resolved = resolve(config(from, to, hub))
if (!resolved.ok) throw new Error(JSON.stringify(resolved.faults))
const { project } = resolved

const room = Layer.mergeAll(
  Systems.layer(project.connections, { readOnly: false }),
  Layer.provideMerge(sqlite(hub), Ids.random)
)

/** What the parent reads: one line a pass. */
export interface Line {
  readonly ms: number
  readonly read: number
  readonly written: number
  readonly exit: number
  readonly rssMb: number
}

const program = Effect.gen(function*() {
  const context = yield* Effect.context<Layer.Success<typeof room>>()
  const lines = createInterface({ input: process.stdin })
  console.log("ready")
  yield* Effect.promise(async () => {
    for await (const _ of lines) {
      const start = performance.now()
      const report = await Effect.runPromise(Effect.provideContext(pass(project), context))
      const line: Line = {
        ms: performance.now() - start,
        read: [...report.sides.values()].reduce((total, side) => total + side.read, 0),
        written: [...report.sides.values()].reduce((total, side) => total + side.work.written, 0),
        exit: report.exit,
        rssMb: Math.round(process.resourceUsage().maxRSS / 1024)
      }
      console.log(JSON.stringify(line))
    }
  })
})

await Effect.runPromise(Effect.provide(program, room))
