/** S17, S20, S23, S26, S36: no secret and no person in what a command prints or leaves; a dry run writes nothing. */
import { readdirSync, readFileSync, statSync } from "node:fs"
import { createHash } from "node:crypto"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { database, esl, fixture, newFolder, write } from "./program.ts"

/** In every place a person's data could be, in a form that only this test knows. */
const person = "Kanarienvogel"
const password = "geheim-4711-canary"

const planted = (): string => {
  const folder = fixture("brake: { creates: 1 }")
  const erp = database(folder, "erp.db")
  erp.exec(`insert into DEBTOR values (4, '${person}', '${person}@example.com', '30'), (5, '${person} B', 'broken ${person} mail', '30')`)
  erp.close()
  const shop = database(folder, "shop.db")
  shop.exec(`insert into buyers values (9, '${person} X', '${person}@example.com', '14')`)
  shop.close()
  return folder
}

describe("people", () => {
  it("appear in no output of any command, at any level, unless --show-personal asks for them", () => {
    const folder = planted()
    const lines: ReadonlyArray<ReadonlyArray<string>> = [
      ["check"], ["discover", "erp", "DEBTOR"], ["plan"], ["plan", "-o", "plan.json"], ["sync"], ["sync", "--sweep"],
      ["conflicts", "--all"], ["quarantine"], ["runs"], ["status"], ["backfill", "erp", "--dry-run"],
      ["explain", "customer", "4", "--connection", "erp"]
    ]
    for (const line of lines) {
      const { err, out } = esl(folder, [...line, "--debug"])
      expect(`${line.join(" ")}: ${out}${err}`).not.toContain(person)
    }
    for (const line of [["plan"], ["conflicts", "--all"], ["quarantine"], ["explain", "customer", "4", "--connection", "erp"]]) {
      expect(esl(folder, [...line, "--json"]).out).not.toContain(person)
    }
    const runs = esl(folder, ["runs", "--json"]).json as ReadonlyArray<{ readonly id: string }>
    expect(esl(folder, ["runs", runs.at(-1)?.id ?? "", "--facts", "--json"]).out).not.toContain(person)
    expect(readFileSync(join(folder, "plan.json"), "utf8")).not.toContain(person)
    expect(esl(folder, ["explain", "customer", "4", "--connection", "erp", "--show-personal"]).out).toContain(person)
  })
})

describe("secrets", () => {
  it("are refused where they are written down, and never shown", () => {
    const folder = newFolder()
    esl(folder, ["init", "."])
    const config = readFileSync(join(folder, "esl.config.ts"), "utf8")
    write(folder, "written.config.ts", config.replace("secret(\"ERP_URL\")", `"postgres://erp:${password}@localhost:1/x"`))
    const refused = esl(folder, ["check", "--config", "written.config.ts", "--debug"])
    expect(refused.exit).toBe(1)
    expect(refused.err).toContain("the password inside url is written down")
    expect(refused.out + refused.err).not.toContain(password)
    const env = { ERP_URL: `postgres://erp:${password}@localhost:1/x`, SHOP_URL: `mysql://shop:${password}@localhost:1/x` }
    for (const line of [["check", "--json", "--debug"], ["check"], ["discover", "shop", "--debug"]]) {
      const failed = esl(folder, line, env)
      expect(failed.exit).toBe(1)
      expect(failed.out + failed.err).not.toContain(password)
    }
  })
})

describe("files", () => {
  it("that a command leaves are its owner's alone", () => {
    const folder = planted()
    esl(folder, ["sync"])
    esl(folder, ["plan", "-o", "plan.json"])
    esl(folder, ["backup", "copy.db"])
    const open = readdirSync(folder).filter((file) => /^(hub|plan|copy)/.test(file))
      .filter((file) => (statSync(join(folder, file)).mode & 0o077) !== 0)
    expect(open).toEqual([])
  })
})

describe("a dry run", () => {
  it("changes no byte of any database, of the hub, or of its folder", () => {
    const folder = planted()
    esl(folder, ["sync"])
    const erp = database(folder, "erp.db")
    erp.exec("update DEBTOR set NAME = 'Nomad' where NO = 1")
    erp.close()
    const state = (): ReadonlyArray<string> => readdirSync(folder).filter((file) => file.endsWith(".db")).map((file) =>
      `${file} ${createHash("sha256").update(readFileSync(join(folder, file))).digest("hex")}`)
    const before = state()
    expect(esl(folder, ["plan"]).out).toContain("update shop.buyers")
    esl(folder, ["backfill", "erp", "--dry-run"])
    expect(state()).toEqual(before)
  })
})
