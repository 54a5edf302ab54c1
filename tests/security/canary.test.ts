/**
 * S19, S20, S23: a canary in every place where a person's data or a secret can stand, every failure
 * that a user can meet, at debug level; then everything that was printed or left on the disk is searched for it.
 */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { database, esl, fixture, write } from "../cli/program.ts"
import type { Ended } from "../cli/program.ts"

/** A person nobody else in the tests has, in the forms that a mapping may turn it into. */
const person = { name: "Canaryna Birdsong", email: "canary.birdsong@example.org", terms: "canaryterms" }
const forms = [/canaryna/i, /birdsong/i, /canaryterms/i]
const password = "canary-s3cret-pass"

const leaks = (ended: Ended): ReadonlyArray<string> =>
  [...forms, new RegExp(password)].flatMap((form) =>
    [["stdout", ended.out], ["stderr", ended.err]].flatMap(([where, text]) =>
      form.test(text ?? "") ? [`${String(form)} on ${where}: ${text ?? ""}`] : []
    )
  )

/** The fixture with the canary in the ERP, and an e-mail of it that cannot be read. */
const withCanary = (options?: string): string => {
  const folder = options === undefined ? fixture() : fixture(options)
  const erp = database(folder, "erp.db")
  const insert = erp.prepare("insert into DEBTOR values (?, ?, ?, ?)")
  insert.run("50", person.name, person.email, person.terms)
  insert.run("51", `${person.name} the Second`, `not an address: ${person.email}`, person.terms)
  erp.close()
  return folder
}

const shopIs = (folder: string, statement: string): void => {
  const shop = database(folder, "shop.db")
  shop.exec(statement)
  shop.close()
}

type Scenario = readonly [what: string, make: (folder: string) => void, lines: ReadonlyArray<ReadonlyArray<string>>]

describe("what a failing program prints", () => {
  it("holds no value of a person, whatever fails", () => {
    const scenarios: ReadonlyArray<Scenario> = [
      ["nothing fails", () => undefined, [["check"], ["plan"], ["plan", "--json"], ["sync"], ["status"], ["runs"]]],
      ["an unreadable value", () => undefined, [
        ["sync"], ["quarantine"], ["quarantine", "--json"], ["quarantine", "retry"]
      ]],
      ["the target refuses every row", (folder) =>
        shopIs(folder, `create trigger no before insert on buyers begin
          select raise(abort, 'refused ' || new.first_name || ' ' || new.email); end`),
        [["sync"], ["quarantine"], ["runs", "--json"]]],
      ["a unique value is taken", (folder) =>
        shopIs(folder, `create unique index one on buyers (terms);
          insert into buyers values (60, 'Taken', 'taken@example.com', '${person.terms}')`),
        [["sync"], ["quarantine"]]],
      ["the target has no such column", (folder) => shopIs(folder, "alter table buyers drop column terms"),
        [["check"], ["sync"]]],
      ["the target has no such table", (folder) => shopIs(folder, "drop table buyers"),
        [["check"], ["plan"], ["sync"]]],
      ["the hub is damaged", (folder) => write(folder, "hub.db", `${person.name} `.repeat(500)),
        [["sync"], ["status"]]]
    ]
    for (const [what, make, lines] of scenarios) {
      const folder = withCanary()
      make(folder)
      for (const line of lines) {
        const ended = esl(folder, [...line, "--debug"])
        expect([what, line.join(" "), leaks(ended)]).toEqual([what, line.join(" "), []])
      }
    }
  }, 180_000)

  it("is a search that would find the canary", () => {
    const folder = withCanary()
    expect(leaks(esl(folder, ["plan", "--show-personal"]))).not.toEqual([])
  })

  it("holds no conflict's values and explains without them, unless asked", () => {
    const folder = withCanary("fields: { \"name.given\": hold }")
    esl(folder, ["sync"])
    const erp = database(folder, "erp.db")
    erp.exec(`update DEBTOR set NAME = 'Erp ${person.name}' where NO = 50`)
    erp.close()
    shopIs(folder, `update buyers set first_name = 'Shop ${person.name}' where email = '${person.email}'`)
    esl(folder, ["sync"])
    const conflicts = esl(folder, ["conflicts"])
    expect(conflicts.out).toContain("name.given")
    expect(leaks(conflicts)).toEqual([])
    expect(leaks(esl(folder, ["conflicts", "--json", "--debug"]))).toEqual([])
    expect(leaks(esl(folder, ["explain", "customer", "50", "--connection", "erp", "--debug"]))).toEqual([])
  })
})

describe("a secret", () => {
  const config = (url: string): string => `
import { defineConfig, secret, sync } from "esl"
import { sql } from "esl/connectors"
import { Customer } from "esl/model"
import { debtor, Row as Debtor } from "./mappings/erp.ts"
import { buyer, Row as Buyer } from "./mappings/shop.ts"
const erp = sql("erp", { url: ${url} })
const shop = sql("shop", { url: "sqlite:shop.db" })
export default defineConfig({
  hub: "sqlite:hub.db",
  syncs: [sync("customer", Customer, { between: [
    erp.table("DEBTOR", Debtor, { key: "NO" }).as(debtor), shop.table("buyers", Buyer, { key: "id" }).as(buyer)
  ] })]
})
`

  it("is never printed, however its connection fails", () => {
    const folder = withCanary()
    write(folder, "esl.config.ts", config("secret(\"ERP_URL\")"))
    const every = [["check"], ["check", "--json"], ["plan"], ["sync"], ["discover", "erp"]]
    const addresses: ReadonlyArray<readonly [string, ReadonlyArray<ReadonlyArray<string>>]> = [
      // Nobody listens on port 1: what is not reachable is tried again for a while.
      [`postgres://esl:${password}@127.0.0.1:1/erp`, [["check"], ["sync"]]],
      [`mysql://esl:${password}@127.0.0.1:1/erp`, [["check"]]],
      [`nonsense://esl:${password}@127.0.0.1:1/erp`, every],
      [`postgres://esl:${password}@[broken`, every]
    ]
    for (const [address, lines] of addresses) {
      for (const line of lines) {
        const ended = esl(folder, [...line, "--debug"], { ERP_URL: address })
        expect([line, ended.exit === 0, leaks(ended)]).toEqual([line, false, []])
        expect(ended.out + ended.err).toContain("erp")
      }
    }
  }, 180_000)
})

describe("what lies on the disk", () => {
  it("forgets a dropped payload: no trace of it in the hub's files", () => {
    const folder = withCanary()
    esl(folder, ["sync"])
    const erp = database(folder, "erp.db")
    erp.exec("delete from DEBTOR where NO = 51")
    erp.close()
    const trace = () => readdirSync(folder).filter((name) => name.startsWith("hub.db"))
      .some((name) => readFileSync(join(folder, name)).includes("not an address"))
    expect(trace()).toBe(true)
    expect(esl(folder, ["quarantine", "drop"]).exit).toBe(0)
    expect(trace()).toBe(false)
  })
})
