/** What every suite over real data stands on: databases that it owns, a hub file, and passes over a config. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Layer } from "effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { resolve, secret } from "esl"
import type { Config } from "esl"
import { sql } from "esl/connectors"
import type { SqlConnection } from "esl/connectors"
import { pass, Systems } from "../../core/engine/index.ts"
import type { PassOptions, Report } from "../../core/engine/index.ts"
import { Ids } from "../../core/hub/ids.ts"
import { sqlite } from "../../core/hub/sqlite.ts"
import { HubStore } from "../../core/hub/store.ts"
import { database } from "./database.ts"
import type { Database, Engine } from "./database.ts"

export interface Stage {
  readonly from: Database
  readonly to: Database
  /** One pass in a process of its own, as far as the hub can tell. */
  readonly sync: (options?: PassOptions) => Promise<Report>
  /** What the hub could not read, map or write, as `side field`, counted. */
  readonly quarantine: () => Promise<{ readonly [sideAndField: string]: number }>
}

export interface Setting {
  readonly from: Engine
  readonly to: Engine
  /** Says in one sentence what of the data is not there. */
  readonly absent: string | undefined
  readonly fill: (from: Database, to: Database) => Promise<void>
  readonly config: (from: SqlConnection, to: SqlConnection) => Omit<Config, "hub">
}

/** Tens of thousands of records, on a machine that may be busy with other things. */
const patience = 300_000

/** Registers hooks that build the stage; `check` is a test that needs it and counts as skipped without it. */
export const stage = (setting: Setting) => {
  let built: Stage | undefined
  let missing = setting.absent
  const closing: Array<() => Promise<void>> = []

  beforeAll(async () => {
    if (missing === undefined) {
      const result = await build(setting, closing)
      if (typeof result === "string") missing = result
      else built = result
    }
    if (missing !== undefined) console.log(missing)
  }, patience)
  afterAll(async () => {
    for (const close of closing.reverse()) await close()
  })
  return (what: string, test: (stage: Stage) => Promise<void>): void =>
    it(what, { timeout: patience }, async ({ skip }) => {
      if (missing !== undefined) skip(missing)
      if (built !== undefined) await test(built)
    })
}

let stages = 0

const build = async (setting: Setting, closing: Array<() => Promise<void>>): Promise<Stage | string> => {
  const opened: Array<Database> = []
  for (const engine of [setting.from, setting.to]) {
    const one = await database(engine)
    if ("missing" in one) return one.missing
    closing.push(one.stop)
    opened.push(one)
  }
  const [from, to] = opened
  if (from === undefined || to === undefined) throw new Error("two databases were opened")
  await setting.fill(from, to)
  const folder = await mkdtemp(join(tmpdir(), "esl-hub-"))
  closing.push(() => rm(folder, { recursive: true, force: true }))
  const hub = join(folder, "hub.db")
  const config = setting.config(connected("erp", from), connected("shop", to))
  const resolved = resolve({ hub: `sqlite:${hub}`, ...config })
  if (!resolved.ok) throw new Error(resolved.faults.map(({ at, message }) => `${at}: ${message}`).join("\n"))
  const { project } = resolved
  const room = () => Layer.mergeAll(
    Systems.layer(project.connections, { readOnly: false }),
    Layer.provideMerge(sqlite(hub), Ids.random)
  )
  return {
    from,
    to,
    sync: (options = {}) => Effect.runPromise(Effect.provide(pass(project, options), room())),
    quarantine: () => Effect.runPromise(Effect.provide(quarantined, room()))
  }
}

const quarantined = Effect.gen(function*() {
  const store = yield* HubStore
  const counts: { [sideAndField: string]: number } = {}
  for (const { side, path } of yield* store.quarantine.list({})) {
    const key = `${side} ${path ?? ""}`
    counts[key] = (counts[key] ?? 0) + 1
  }
  return counts
})

/** Addresses of servers may hold a password: they are handed over as secrets. */
const connected = (name: string, { engine, url }: Database): SqlConnection => {
  if (engine === "sqlite") return sql(name, { url, zone: "UTC" })
  const variable = `ESL_REAL_URL_${++stages}`
  process.env[variable] = url
  return sql(name, { url: secret(variable), zone: "UTC" })
}

/** Everything that was written, on every side. */
export const written = (report: Report): number =>
  [...report.sides.values()].reduce((sum, side) => sum + side.work.written, 0)

/** Nothing unaccounted (P8), nothing failed, nothing left for later. */
export const complete = (report: Report): void => {
  expect(report.failures).toEqual([])
  expect(report.unaccounted).toEqual([])
  expect(report.held).toEqual([])
  expect(report.conflicts.open).toBe(0)
  for (const [side, { records, work }] of report.sides) {
    expect({ side, parked: records.parked, left: records.left, refused: work.refused, unknown: work.unknown })
      .toEqual({ side, parked: 0, left: 0, refused: 0, unknown: 0 })
  }
}

/** Both sides agree: nothing is written, nothing new is found. */
export const quiet = (report: Report): void => {
  complete(report)
  expect(written(report)).toBe(0)
  for (const [side, { records }] of report.sides) {
    expect({ side, created: records.created, updated: records.updated, linked: records.linked })
      .toEqual({ side, created: 0, updated: 0, linked: 0 })
  }
}
