/** Both demos, as a new user runs it: every step ends as the story says, and its folder is a config that compiles. */
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { esl, newFolder } from "./program.ts"

/** What the systems themselves must say when the story has been told: read there, not in the hub. */
const said: { readonly [story: string]: ReadonlyArray<string> } = {
  retail: [
    "till.customers: an opt-out that is given elsewhere cannot be written there",
    "note: an opt-out cannot be written: only the buyer unsubscribes at Square",
    "ERP       5 of 20 orders, without a customer\n  CRM       5 orders, all on the account",
    ["CRM       +49 171 3920099", "ERP       +491713920099", "shop      +491713920099", "marketing +491713920099",
      "till      +491713920099"].join("\n  "),
    ["ERP       19.99 with tax, 16.80 without", "shop      19.99 with tax", "till      16.80 without tax"].join("\n  "),
    ["ERP       warehouse 78, store 9", "shop      warehouse 78, store 9", "till      warehouse 78, store 9"].join("\n  "),
    `shop      open; sent, [{"number":"00340434161094000017"`,
    "shop      cancelled\n  ERP       1 order, status S, delivery 0, no customer\n  CRM       1 order, Cancelled",
    "refund noted: Kratzer: 5.00 EUR paid back elsewhere",
    "till      sold for 19.90\n  ERP       1 order, status E, delivery 2, paid back 19.90, customer 10052\n  CRM       1 order",
    ...["Left in marketing", "Left in the shop"].map((who) => [who, "shop      UNSUBSCRIBED", "marketing UNSUBSCRIBED",
      "ERP       N", "CRM       opted out"].join("\n  ")),
    ["Joined in the shop", "shop      SUBSCRIBED", "marketing SUBSCRIBED", "ERP       J", "CRM       not opted out"].join("\n  "),
    ["Stock of A-0004", "ERP       warehouse 77, store 9", "shop      warehouse 77, store 9",
      "till      warehouse 77, store 9"].join("\n  "),
    ["Stock of A-0006", "ERP       warehouse 62, store 9", "shop      warehouse 62, store 9",
      "till      warehouse 62, store 9"].join("\n  ")
  ]
}

describe("esl demo", () => {
  it.each(["databases", "retail"])("tells the story of %s to the end", (story) => {
    const folder = join(newFolder(), "demo")
    const told = esl(folder.slice(0, -"/demo".length), ["demo", story, "--folder", folder])
    expect(told).toMatchObject({ exit: 0 })
    const passes = told.out.match(/\d+ writes? in /g) ?? []
    expect(passes.at(-1)).toBe("0 writes in ")
    const tsc = fileURLToPath(new URL("../../node_modules/.bin/tsc", import.meta.url))
    expect(spawnSync(tsc, ["-p", folder], { encoding: "utf8" }).stdout).toBe("")
    for (const line of said[story] ?? []) expect(told.out).toContain(line)
    expect(esl(folder, ["demo", "--folder", "."])).toMatchObject({ exit: 1 })
  }, 300_000)

  it("knows its stories by name", () => {
    expect(esl(newFolder(), ["demo", "databasis"])).toMatchObject({ exit: 1 })
  })
})
