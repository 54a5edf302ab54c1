/** docs/model.md says what the code says. */
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { fieldTable, withTable } from "../../core/model/docs.ts"
import { Customer, Inventory, Location, Order, Product } from "../../core/model/index.ts"

const entities = [Customer, Product, Order, Inventory, Location]
const page = readFileSync(new URL("../../docs/model.md", import.meta.url), "utf8")

describe("docs/model.md", () => {
  it("holds the table that the declarations make (renew with: npm run docs:model)", () => {
    expect(page).toBe(withTable(page, entities))
  })

  it("knows the type, the meaning and the sameness of every field", () => {
    expect(fieldTable(entities)).not.toMatch(/\| \? \|/)
  })

  it("notices a page without its markers", () => {
    expect(withTable("# The canonical model\n", entities)).toBeUndefined()
  })
})
