/** docs/connectors/capabilities.md says what the suite skips, and why. */
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { capabilities, capabilityPage, promises } from "../../core/testing/contract.ts"
import { model } from "./model.ts"
import { subjects } from "./subjects.ts"

const page = readFileSync(new URL("../../docs/connectors/capabilities.md", import.meta.url), "utf8")

describe("docs/connectors/capabilities.md", () => {
  it("is what the suite says (renew with: npm run docs:capabilities)", () => {
    expect(page).toBe(capabilityPage(subjects))
  })

  it("notices a reason that is not on it", () => {
    const [first] = subjects
    if (first === undefined) throw new Error("there are no subjects")
    expect(page).not.toBe(capabilityPage([{ ...first, cannot: { ...first.cannot, make: "a new reason" } }, ...subjects.slice(1)]))
  })

  it("gives every skip a reason of some words", () => {
    const short = subjects.flatMap((subject) => Object.entries(subject.cannot)
      .flatMap(([ability, why]) => why.split(" ").length < 4 ? [`${subject.name}: ${ability}: ${why}`] : []))
    expect(short).toEqual([])
  })

  it("has one row a promise for a resource", () => {
    expect(capabilities(model()).map(({ holds }) => holds)).toEqual(promises.map(() => true))
    const found = capabilities({ ...model(), cannot: { merge: "nobody merges things" } })
    expect(found.filter(({ holds }) => holds !== true)).toMatchObject([
      { promise: "a merge is followed", holds: "nobody merges things" }
    ])
  })
})
