/** A merge under our feet, through the engine: the crosswalk follows, and two golden records that became one wait. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { Effect, Layer, Schema as S } from "effect"
import type { Scope } from "effect"
import { newest, resolve, sync } from "esl"
import { describe, expect, it } from "vitest"
import { sql } from "../../connectors/sql/index.ts"
import { declared } from "../../core/connector/participant.ts"
import { pass } from "../../core/engine/pass.ts"
import { Systems } from "../../core/engine/systems.ts"
import { Tokens } from "../../core/engine/vault.ts"
import { Ids } from "../../core/hub/ids.ts"
import { MemoryState, memoryStore } from "../../core/hub/memory.ts"
import { HubStore } from "../../core/hub/store.ts"
import { mapping } from "../../core/mapping/index.ts"
import { Customer } from "../../core/model/index.ts"
import { StageTime } from "../../core/testing/contract.ts"
import type { Subject } from "../../core/testing/contract.ts"
import { CaseVault } from "../../core/testing/contract/vault.ts"
import { contacts as hubspotContacts } from "./hubspot.ts"
import { members } from "./loyalty.ts"
import { contacts as salesforceContacts } from "./salesforce.ts"
import { subjects as square } from "./square.ts"

const T = S.NullOr(S.String)
const named = (column: string) => mapping(S.Struct({ [column]: T }), Customer, ({ field }) => ({
  legalName: field(column)
}))
const Row = S.Struct({ ID: S.Number, NAME: T })
const erpRow = mapping(Row, Customer, ({ field }) => ({ legalName: field("NAME") }))

/** Resources whose merges are seen by reading, and the column that holds their text. */
const merging: ReadonlyArray<readonly [Subject, string]> = [
  ...square.filter(({ name }) => name === "square.customers").map((one) => [one, "note"] as const),
  [hubspotContacts, "lastname"], [salesforceContacts, "Title"], [members, "labels"]
]

const erpOf: Effect.Effect<DatabaseSync & { readonly file: string }, never, Scope.Scope> = Effect.gen(function*() {
  const folder = yield* Effect.acquireRelease(Effect.promise(() => mkdtemp(join(tmpdir(), "esl-merge-"))),
    (made) => Effect.promise(() => rm(made, { recursive: true, force: true })))
  const file = join(folder, "erp.db")
  const database = yield* Effect.acquireRelease(Effect.sync(() => new DatabaseSync(file)),
    (open) => Effect.sync(() => { open.close() }))
  database.exec("pragma journal_mode = wal; create table PEOPLE (ID integer primary key, NAME text)")
  return Object.assign(database, { file })
})

const story = (subject: Subject, column: string) => Effect.gen(function*() {
  const [time, vault] = [new StageTime(), new CaseVault()]
  const stage = yield* subject.open({ time, vault })
  if (stage.advance !== undefined) time.follow(stage.advance)
  const erp = yield* erpOf
  const vendor = declared(stage.connection, stage.resource).as(named(column), { keyless: true, readOnly: true })
  const other = sql("erp", { url: `sqlite:${erp.file}` }).table("PEOPLE", Row, { key: "ID" }).as(erpRow)
  const resolved = resolve({ hub: "sqlite::memory:",
    syncs: [sync("customer", Customer, { between: [vendor, other], rule: newest })] })
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.faults))
  const { project } = resolved
  const ids = Effect.runSync(Effect.provide(Effect.service(Ids), Ids.seeded(1)))
  const store = memoryStore(new MemoryState(), ids)
  const room = Layer.mergeAll(Layer.succeed(HubStore, store), Layer.succeed(Ids, ids),
    Systems.layer(project.connections, { readOnly: false }))
  const round = (sweep = false) => Effect.suspend(() => {
    time.advance((subject.settleMs ?? 0) + 60_000)
    return time.run(Effect.provideService(Effect.provide(pass(project, { retries: 1, sweep }), room), Tokens, vault))
  })
  const rows = () => erp.prepare("select NAME from PEOPLE order by NAME").all().map((row) => String(row["NAME"]))
  return { stage, store, round, rows }
})

describe("a merge at the system, through the engine", () => {
  it.each(merging.map(([subject, column]) => [subject.name, subject, column] as const))("%s", (_, subject, column) =>
    Effect.runPromise(Effect.scoped(Effect.gen(function*() {
      const { rows, round, stage, store } = yield* story(subject, column)
      const { edit, make, merge } = stage.people
      const [loser = "", into = ""] = yield* Effect.promise(async () => make(2))
      yield* Effect.promise(async () => edit?.(loser, "the one"))
      yield* Effect.promise(async () => edit?.(into, "the other"))
      yield* round(true)
      yield* round()
      expect(rows()).toEqual(["the one", "the other"])

      const survivor = yield* Effect.promise(async () => merge?.(loser, into) ?? "")
      yield* round()
      yield* round(true)
      const open = yield* store.conflicts({ status: "open" })
      expect(open).toMatchObject([{ kind: "merge_race", status: "open" }])
      // Whether they are one everywhere is a person's decision: nothing of them is deleted meanwhile.
      expect(rows()).toEqual(["the one", "the other"])

      yield* Effect.promise(async () => edit?.(survivor, "edited after the merge"))
      yield* round()
      const quiet = yield* round()
      expect(rows()).toHaveLength(2)
      expect([...quiet.sides.values()].reduce((sum, side) => sum + side.work.written, 0)).toBe(0)
    }))), 120_000)
})
