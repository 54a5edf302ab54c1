/** The real program in its own process: results, exit codes, and one sentence for every failure. */
import { existsSync, readFileSync, statSync } from "node:fs"
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Effect, Layer } from "effect"
import { describe, expect, it } from "vitest"
import { Ids } from "../../core/hub/ids.ts"
import { sqlite } from "../../core/hub/sqlite.ts"
import { HubStore } from "../../core/hub/store.ts"
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

interface Planned {
  readonly rows: ReadonlyArray<{ readonly side: string; readonly op: string }>
}

describe("a second run", () => {
  it("of the same sync is refused in one sentence and changes nothing", async () => {
    const folder = fixture()
    esl(folder, ["check"])
    const locked = Effect.flatMap(HubStore, (store) => store.lock("sync customer", "another run", Date.now(), 60_000))
    await Effect.runPromise(Effect.provide(locked, Layer.provide(sqlite(join(folder, "hub.db")), Ids.random)))
    const refused = esl(folder, ["sync"])
    expect(refused).toMatchObject({ exit: 1, out: "" })
    expect(refused.err).toContain("another run")
    expect(refused.err.trim().split("\n")).toHaveLength(1)
    expect(esl(folder, ["plan", "--summary"])).toMatchObject({ exit: 0 })
  })
})

describe("from plan to done", () => {
  const folder = fixture()
  const shop = (sql: string) => {
    const opened = database(folder, "shop.db")
    try {
      return opened.prepare(sql).all().map((row) => ({ ...row }))
    } finally {
      opened.close()
    }
  }

  it("plans without a hub and leaves none behind, masked unless asked", () => {
    const plan = esl(folder, ["plan"])
    expect(plan.exit).toBe(0)
    expect(plan.out).toContain("create shop.buyers (customer from erp.DEBTOR 2)")
    expect(plan.out).not.toContain("bo@example.com")
    expect(esl(folder, ["plan", "--show-personal"]).out).toContain("bo@example.com")
    const { rows } = esl(folder, ["plan", "--json"]).json as Planned
    expect(rows.map(({ op, side }) => `${op} ${side}`).sort()).toEqual([
      "create erp.DEBTOR", "create shop.buyers", "create shop.buyers", "update shop.buyers"
    ])
    expect(existsSync(join(folder, "hub.db"))).toBe(false)
    expect(shop("select count(*) n from buyers")).toEqual([{ n: 2 }])
  })

  it("keeps a plan that only its owner reads and that holds no value", () => {
    expect(esl(folder, ["plan", "-o", "plan.json"]).exit).toBe(0)
    expect(statSync(join(folder, "plan.json")).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(folder, "plan.json"), "utf8")).not.toMatch(/example|Ada|Bo\b/)
  })

  it("refuses the plan when the world moved: exit 3, the list, nothing written", () => {
    shop("update buyers set first_name = 'Adele' where id = 7")
    const stale = esl(folder, ["apply", "plan.json"])
    expect(stale.exit).toBe(3)
    expect(stale.out).toContain("shop.buyers 7: ")
    expect(shop("select count(*) n from buyers")).toEqual([{ n: 2 }])
  })

  it("applies a fresh plan, and then there is nothing left to do", () => {
    esl(folder, ["plan", "-o", "fresh.json"])
    const applied = esl(folder, ["apply", "fresh.json", "--json"])
    expect(applied).toMatchObject({ exit: 0, json: { exit: 0, left: [] } })
    expect(shop("select first_name, email, terms from buyers order by email collate nocase")).toEqual([
      { first_name: "Ada", email: "ADA@example.com", terms: "30" },
      { first_name: "Bo", email: "bo@example.com", terms: "14" },
      { first_name: "Cleo", email: "cleo@example.com", terms: "30" },
      { first_name: "Dan", email: "dan@example.com", terms: "7" }
    ])
    const { json } = esl(folder, ["plan", "--json"]) as { readonly json: unknown }
    expect((json as Planned).rows).toEqual([])
    expect(esl(folder, ["sync"]).out).toContain("0 writes")
  })

  it("keeps both sides' edits of one record; a held field waits for a person, is settled, and travels", () => {
    const erp = database(folder, "erp.db")
    erp.exec("update DEBTOR set NAME = 'Boris', TERMS = '60' where NO = 2")
    erp.close()
    shop("update buyers set terms = '7' where first_name = 'Bo'")
    const pass = esl(folder, ["sync"])
    expect(pass.exit).toBe(0)
    expect(pass.out).toContain("1 conflict waits for a person: esl conflicts")
    expect(shop("select first_name, terms from buyers where email = 'bo@example.com'")).toEqual([{ first_name: "Boris", terms: "7" }])

    const open = esl(folder, ["conflicts", "--json"]).json as ReadonlyArray<{ readonly id: string }>
    expect(open).toMatchObject([{ path: "paymentTerms", entity: "customer", status: "open" }])
    const id = open[0]?.id ?? ""
    expect(esl(folder, ["conflicts", "settle", id])).toMatchObject({ exit: 64 })
    expect(esl(folder, ["conflicts", "settle", id, "--take", "crm"])).toMatchObject({ exit: 64 })
    expect(esl(folder, ["conflicts", "settle", id, "--value", "5"])).toMatchObject({ exit: 64 })
    expect(esl(folder, ["conflicts", "settle", id.slice(-6), "--take", "erp"])).toMatchObject({ exit: 0 })
    expect(esl(folder, ["sync"]).exit).toBe(0)
    expect(shop("select terms from buyers where email = 'bo@example.com'")).toEqual([{ terms: "60" }])
    expect(esl(folder, ["conflicts"]).out).toContain("No conflict waits for a person.")
    expect(esl(folder, ["sync", "--json"])).toMatchObject({ exit: 0 })
    expect(esl(folder, ["sync"]).out).toContain("0 writes")
  })

  it("explains a value by key, by external id, and only one field", () => {
    const byKey = esl(folder, ["explain", "customer", "BO@example.com", "--json"])
    expect(byKey).toMatchObject({ exit: 0, json: [{ entity: "customer", links: [{ side: "erp.DEBTOR", ext: "2" }, { side: "shop.buyers" }] }] })
    const field = esl(folder, ["explain", "customer", "2", "--connection", "erp", "--field", "name.given", "--show-personal"])
    expect(field.out).toContain("Boris")
    expect(field.out).toContain("erp.DEBTOR 2")
    expect(esl(folder, ["explain", "customer", "nobody@example.com"])).toMatchObject({ exit: 1 })
    expect(esl(folder, ["explain", "customer", "2", "--field", "nmae.given"]).err).toContain("did you mean \"name.given\"?")
  })

  it("quarantines what cannot be read and goes on, exit 2; retry takes it in once it can be read", () => {
    const erp = database(folder, "erp.db")
    erp.exec("insert into DEBTOR values (9, 'Eve', 'not an address', null)")
    erp.close()
    expect(esl(folder, ["sync"])).toMatchObject({ exit: 2 })
    const list = esl(folder, ["quarantine", "--json"]).json as { readonly rows: ReadonlyArray<object> }
    expect(list.rows).toMatchObject([{ side: "erp.DEBTOR", ext: "9", path: "email" }])
    expect(JSON.stringify(list)).not.toContain("not an address")
    expect(esl(folder, ["quarantine", "retry"])).toMatchObject({ exit: 2 })
    expect(esl(folder, ["quarantine", "drop", "nothing"])).toMatchObject({ exit: 64 })
    expect(esl(folder, ["quarantine", "drop"])).toMatchObject({ exit: 0 })
    expect(esl(folder, ["quarantine"]).out).toContain("The quarantine is empty.")
  })

  it("shows runs with their facts, and the state of every side", () => {
    const runs = esl(folder, ["runs", "--json"]).json as ReadonlyArray<{ readonly id: string; readonly command: string }>
    expect(runs.map(({ command }) => command)).toContain("apply")
    const applied = runs.find(({ command }) => command === "apply")?.id ?? ""
    const facts = esl(folder, ["runs", applied, "--facts"])
    expect(facts.out).toContain("written")
    expect(facts.out).not.toContain("@example.com")
    expect(esl(folder, ["runs", "0"])).toMatchObject({ exit: 64 })
    expect(esl(folder, ["status"]).out).toMatch(/customer +erp\.DEBTOR +\d/)
  })

  it("backs the hub up and restores it", () => {
    expect(esl(folder, ["backup", "copy.db"])).toMatchObject({ exit: 0 })
    expect(statSync(join(folder, "copy.db")).mode & 0o777).toBe(0o600)
    expect(esl(folder, ["backup", "copy.db"])).toMatchObject({ exit: 1 })
    expect(esl(folder, ["backup", "restore", "copy.db"])).toMatchObject({ exit: 1 })
    expect(esl(folder, ["backup", "restore", "copy.db", "--force"])).toMatchObject({ exit: 0 })
    expect(esl(folder, ["sync", "--sweep"]).out).toContain("0 writes")
  })
})

describe("a brake", () => {
  it("holds, exit 4, and approve releases exactly what was shown", () => {
    const folder = fixture("brake: { creates: 1 }")
    const held = esl(folder, ["sync", "--json"])
    expect(held.exit).toBe(4)
    const { run } = held.json as { readonly run: string }
    expect(esl(folder, ["status"]).out).toContain(`esl approve ${run}`)
    expect(esl(folder, ["approve", run])).toMatchObject({ exit: 0 })
    expect(esl(folder, ["approve", run])).toMatchObject({ exit: 1 })
    expect(esl(folder, ["sync"])).toMatchObject({ exit: 0 })
    const shop = database(folder, "shop.db")
    expect({ ...shop.prepare("select count(*) n from buyers").get() }).toEqual({ n: 4 })
    shop.close()
  })
})

describe("scope", () => {
  it("links only, and writes to one connection only", () => {
    const folder = fixture()
    expect(esl(folder, ["sync", "--links-only"]).out).toContain("0 writes")
    expect(esl(folder, ["sync", "--connection", "erp"]).exit).toBe(0)
    const shop = database(folder, "shop.db")
    expect({ ...shop.prepare("select count(*) n from buyers").get() }).toEqual({ n: 2 })
    shop.close()
    const erp = database(folder, "erp.db")
    expect({ ...erp.prepare("select count(*) n from DEBTOR").get() }).toEqual({ n: 4 })
    erp.close()
  })

  it("backfills a window, and refuses one that the table cannot tell", () => {
    const folder = fixture()
    expect(esl(folder, ["backfill", "erp", "--dry-run", "--json"])).toMatchObject({ exit: 0 })
    expect(existsSync(join(folder, "hub.db"))).toBe(false)
    expect(esl(folder, ["backfill", "erp", "--since", "2026-01-01"])).toMatchObject({ exit: 64 })
    expect(esl(folder, ["backfill", "erp", "--limit", "1"])).toMatchObject({ exit: 0 })
    expect(esl(folder, ["backfill", "crm"])).toMatchObject({ exit: 64 })
  })
})
