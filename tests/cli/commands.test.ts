/** The real program in its own process: results, exit codes, and one sentence for every failure. */
import { existsSync, readFileSync } from "node:fs"
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { database, esl, fixture, newFolder, write } from "./program.ts"

const tsc = (folder: string): string =>
  spawnSync(fileURLToPath(new URL("../../node_modules/.bin/tsc", import.meta.url)), ["-p", folder], { encoding: "utf8" }).stdout

describe("esl init", () => {
  it("writes a starter that compiles and is sound, and nothing twice", () => {
    const folder = newFolder()
    expect(esl(folder, ["init", "."])).toMatchObject({ exit: 0, err: "" })
    expect(tsc(folder)).toBe("")
    expect(esl(folder, ["check", "--offline"])).toMatchObject({ exit: 0, err: "" })
    expect(readFileSync(join(folder, ".gitignore"), "utf8")).toContain("*.db")
    const again = esl(folder, ["init", "."])
    expect(again.exit).toBe(1)
    expect(again.err).toContain("exists already: nothing was written")
  })
})

describe("esl check", () => {
  it("prints the resolved config as data", () => {
    const { exit, json } = esl(fixture(), ["check", "--json"])
    expect(exit).toBe(0)
    expect(json).toMatchObject({
      hub: "sqlite:hub.db",
      faults: [],
      syncs: [{
        name: "customer",
        match: ["email"],
        sides: [{ side: "erp.DEBTOR", guard: "values" }, { side: "shop.buyers" }]
      }]
    })
  })

  it("reports every fault of the config at once", () => {
    const { err, exit } = esl(fixture("fields: { emial: newest, tags: newest }, every: \"5 minutes\""), ["check"])
    expect(exit).toBe(1)
    expect(err).toBe([
      "esl: esl.config.ts has 3 faults",
      "  syncs[0].every: \"every\" needs the built-in scheduler, which does not exist yet: remove it and start esl sync from cron or a systemd timer",
      "  syncs[0].fields.emial: customer has no field \"emial\", did you mean \"email\"?",
      "  syncs[0].fields.tags: tags is a set: newest cannot decide it; use union",
      ""
    ].join("\n"))
  })

  it("names a missing table, a missing database and a missing column", () => {
    const folder = fixture()
    const shop = database(folder, "shop.db")
    shop.exec("drop table buyers")
    shop.close()
    const erp = database(folder, "erp.db")
    erp.exec("alter table DEBTOR drop column TERMS")
    erp.close()
    const { exit, json } = esl(folder, ["check", "--json"])
    expect(exit).toBe(1)
    const { faults } = json as { readonly faults: ReadonlyArray<{ readonly at: string; readonly message: string }> }
    expect(faults.map(({ at }) => at)).toEqual(["erp.DEBTOR", "shop.buyers"])
    expect(faults[0]?.message).toContain("TERMS")
    expect(faults[1]?.message).toContain("buyers")
  })

  it("says in one sentence that there is no config, or that it does not load", () => {
    const folder = newFolder()
    const none = esl(folder, ["check"])
    expect(none).toMatchObject({ exit: 64, err: "esl: there is no esl.config.ts here: run esl init, change into its folder, or name one with --config\n" })
    write(folder, "esl.config.ts", "import { nothing } from \"./nothing.ts\"\nexport default nothing")
    const broken = esl(folder, ["check"])
    expect(broken.exit).toBe(1)
    expect(broken.err).toMatch(/^esl: esl\.config\.ts cannot be loaded: Cannot find module .*\n$/)
    expect(esl(folder, ["check", "--debug"]).err).toContain("    at ")
  })
})

describe("esl discover", () => {
  it("lists tables, and writes a mapping that compiles", () => {
    const folder = fixture()
    const all = esl(folder, ["discover", "erp"])
    expect(all).toMatchObject({ exit: 0 })
    expect(all.out).toContain("DEBTOR")
    const one = esl(folder, ["discover", "erp", "debtor"])
    expect(one.exit).toBe(0)
    const compiled = newFolder()
    esl(compiled, ["init", "."])
    write(compiled, "mappings/found.ts", one.out)
    expect(tsc(compiled)).toBe("")
    expect(one.out).toContain("email: field(\"MAIL\", email)")
  })

  it("refuses what it does not know", () => {
    const folder = fixture()
    expect(esl(folder, ["discover", "erb"])).toMatchObject({ exit: 64, err: "esl: there is no connection \"erb\", did you mean \"erp\"?\n" })
    expect(esl(folder, ["discover", "erp", "DEBTORS"])).toMatchObject({ exit: 64, err: "esl: erp has no table \"DEBTORS\", did you mean \"DEBTOR\"?\n" })
  })
})

describe("usage", () => {
  it("is 64, with --json as data too", () => {
    const folder = newFolder()
    expect(esl(folder, ["sync", "--swep"])).toMatchObject({ exit: 64, out: "" })
    expect(esl(folder, ["sync", "--swep", "--json"])).toMatchObject({ exit: 64, json: { error: { kind: "usage" } } })
    expect(esl(fixture(), ["sync", "custmer"])).toMatchObject({ exit: 64, err: "esl: there is no sync \"custmer\", did you mean \"customer\"?\n" })
    expect(esl(fixture(), ["plan", "--connection", "erb"])).toMatchObject({ exit: 64 })
  })

  it("shows the version of the package", () => {
    expect(esl(newFolder(), ["--version"]).out).toBe(`${(JSON.parse(readFileSync("package.json", "utf8")) as { version: string }).version}\n`)
  })
})

describe("a hub that is not there, or not one", () => {
  it("is one sentence", () => {
    const folder = fixture()
    const none = esl(folder, ["status"])
    expect(none.exit).toBe(1)
    expect(none.err).toMatch(/^esl: there is no hub at .*hub\.db yet: run esl sync first\n$/)
    write(folder, "hub.db", "this is no database, but long enough to be looked at as one by anybody who tries. ".repeat(20))
    const damaged = esl(folder, ["status"])
    expect(damaged.exit).toBe(1)
    expect(damaged.err).toContain("is damaged or not a hub")
    expect(damaged.err.trim().split("\n")).toHaveLength(1)
  })
})

describe("a plan", () => {
  it("leaves no hub behind", () => {
    const folder = fixture()
    esl(folder, ["plan", "--summary"])
    expect(existsSync(join(folder, "hub.db"))).toBe(false)
  })
})

