/** A hub that is restored from an older backup finds its way back (C37, fault 99). */
import { Effect, Exit, Scope } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { restore } from "../../core/hub/copy.ts"
import { openStore } from "../../core/hub/sqlite.ts"
import type { Report } from "../../core/engine/report.ts"
import { newest } from "esl"
import { Rig, writes } from "./rig.ts"

let folder = ""
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "esl-restore-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** One pass on the file, as a process of its own makes it; then `more` with the same open hub. */
const passOn = async (rig: Rig, path: string, backup?: string): Promise<Report> => {
  const scope = Effect.runSync(Scope.make())
  try {
    const store = await Effect.runPromise(Scope.provide(openStore(path, rig.ids), scope))
    const exit = rig.world.run(Effect.provide(rig.passing(), rig.layer({ store })))
    rig.world.time.until(rig.world.time.now + 5_000)
    if (backup !== undefined) await Effect.runPromise(store.backup(backup))
    if (Exit.isSuccess(exit)) return exit.value
    throw new Error(String(exit.cause))
  } finally {
    await Effect.runPromise(Scope.close(scope, Exit.void))
  }
}

/** Since the backup: an edit and a record that were synced, and an edit that was not. Then the backup comes back. */
const story = async (rig: Rig): Promise<{ readonly path: string; readonly ada: string }> => {
  const [path, backup] = [join(folder, "hub.db"), join(folder, "backup.db")]
  const ada = rig.erp.create("DEBTOR", rig.ada)
  const alan = rig.erp.create("DEBTOR", { ...rig.ada, VNAME: "Alan", NNAME: "Turing", EMAIL: "alan@example.com" })
  await passOn(rig, path, backup)
  rig.later()
  const there = rig.buyers().find((row) => row["mail"] === "ada@example.com")?.id ?? ""
  rig.shop.edit("customers", there, { last: "King" })
  rig.shop.create("customers", rig.grace)
  await passOn(rig, path)
  rig.later()
  rig.erp.edit("DEBTOR", alan, { GESPERRT: "J" })
  await Effect.runPromise(restore(backup, path))
  for (let round = 0; round < 3; round++) await passOn(rig, path)
  return { path, ada }
}

const buyerOf = (rig: Rig, mail: string) => rig.buyers().find((row) => row["mail"] === mail)

describe("a hub restored from yesterday", () => {
  it("makes no twin, takes over what happened since by the rule for first contact, and comes to rest", async () => {
    const rig = new Rig({ options: { match: ["email"], rule: newest, first: newest } })
    const { path, ada } = await story(rig)
    const all = ["ada@example.com", "alan@example.com", "grace@example.com"]
    expect(rig.debtors().map((row) => row["EMAIL"]).sort()).toEqual(all)
    expect(rig.buyers().map((row) => row["mail"]).sort()).toEqual(all)
    expect(rig.debtors().find((row) => row.id === ada)).toMatchObject({ NNAME: "King" })
    expect(buyerOf(rig, "ada@example.com")).toMatchObject({ last: "King" })
    expect(buyerOf(rig, "alan@example.com")).toMatchObject({ state: "blocked" })
    expect(writes(await passOn(rig, path))).toBe(0)
  })

  it("overwrites nothing and asks a person where the config says nothing", async () => {
    const rig = new Rig()
    const { path, ada } = await story(rig)
    expect(rig.debtors().find((row) => row.id === ada)).toMatchObject({ NNAME: "King" })
    expect(buyerOf(rig, "ada@example.com")).toMatchObject({ last: "King" })
    expect(buyerOf(rig, "alan@example.com")).toMatchObject({ state: "active" })
    const open = await Effect.runPromise(Effect.scoped(Effect.flatMap(openStore(path, rig.ids), (store) =>
      store.conflicts({ status: "open" }))))
    expect(open.map(({ side, path: field, kind }) => `${side} ${field} ${kind}`).sort()).toEqual([
      "erp.DEBTOR name.family first_contact", "erp.DEBTOR status first_contact",
      "shop.customers name.family first_contact"
    ])
    expect(writes(await passOn(rig, path))).toBe(0)
  })
})
