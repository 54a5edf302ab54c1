/** SOQL values are bound: whatever a value holds, the query means the same and finds that value. */
import { parseQuery } from "@jetstreamapp/soql-parser-js"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { At, name, names, soql } from "../../../connectors/salesforce/soql.ts"
import { salesforceSandbox } from "../../../connectors/salesforce/sandbox/index.ts"
import type { SalesforceSandbox } from "../../../connectors/salesforce/sandbox/index.ts"
import { run } from "../../../connectors/salesforce/sandbox/soql.ts"

/** A small generator with a seed: every run asks the same. */
const randomly = (seed: number) => () => {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff
  return seed / 0x7fffffff
}
const nasty = ["'", "\\", "\"", "\n", "\r", "\t", "\b", "\f", "\u0001", "%", "_", "--", "/*", ") OR (Id != '", "é", "漢", "😀", " ", "a", "x'y",
  "\u2028", "{", "}", ":bind", "\\'", "\\\\'", "NULL", "__proto__"]
const texts = (count: number): ReadonlyArray<string> => {
  const next = randomly(7)
  return Array.from({ length: count }, () =>
    Array.from({ length: 1 + Math.floor(next() * 8) }, () => nasty[Math.floor(next() * nasty.length)] ?? "").join(""))
}

let org: SalesforceSandbox
beforeAll(async () => { org = await salesforceSandbox() })
afterAll(() => org.stop())

const found = (text: string): ReadonlyArray<string> => run(org.org, text, { hidden: () => new Set(), removed: new Set(),
  violation: (what) => { throw new Error(what) }, all: false, version: "64.0" }).rows.map((row) => row.id)

describe("SOQL", () => {
  it("finds exactly the record that holds a hostile text, and the query keeps its shape", () => {
    const other = org.insert("Contact", { LastName: "Somebody" })
    for (const text of texts(400)) {
      const trimmed = text.trim()
      if (trimmed === "") continue
      const id = org.insert("Contact", { LastName: "X", Title: trimmed })
      const { text: query } = soql`SELECT Id FROM Contact WHERE Title = ${trimmed} AND Id IN ${[id, other]}`
      const parsed = parseQuery(query)
      expect(parsed.sObject).toBe("Contact")
      expect(parsed.where !== undefined && "operator" in parsed.where ? parsed.where.operator : undefined).toBe("AND")
      expect(found(query), JSON.stringify(trimmed)).toEqual([id])
    }
  })

  it("writes numbers, times, booleans and null without quotes", () => {
    expect(soql`A = ${1.5} AND B = ${true} AND C = ${null} AND D > ${new At("2026-01-01T00:00:00+01:00")}`.text)
      .toBe("A = 1.5 AND B = TRUE AND C = null AND D > 2025-12-31T23:00:00.000Z")
  })

  it("takes nothing that is no number, time or name", () => {
    expect(() => soql`A = ${Number.NaN}`).toThrow("not a plain number")
    expect(() => soql`A = ${1e21}`).toThrow("not a plain number")
    expect(() => soql`A > ${new At("2026-01-01 OR Id != null")}`).toThrow("not a point in time")
    expect(() => name("Id FROM User")).toThrow("not a name")
    expect(() => names(["Id", "a.b.c.d.e.f.g"])).toThrow("not a name")
  })
})
