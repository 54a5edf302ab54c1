/** Conditions, order of entities, brakes. */
import { describe, expect, it } from "vitest"
import { before, is, isIn, isSet, since, where } from "../../core/model/condition.ts"
import { entity, field, listOf } from "../../core/model/entity.ts"
import type { Entity } from "../../core/model/entity.ts"
import { Text } from "../../core/model/text.ts"
import { Ref } from "../../core/model/type.ts"
import type { Value } from "../../core/model/value.ts"
import { brakes, matches, order } from "../../core/sync/index.ts"

describe("matches", () => {
  const record: { readonly [path: string]: Value } = { test: false, placedAt: "2027-01-01T00:00:00.5Z", status: "active", count: 5 }
  const read = (path: string) => record[path]
  it("compares by kind of value", () => {
    expect(matches(where("test", is(false)).and("placedAt", since("2027-01-01T00:00:00Z")).condition, read)).toBe(true)
    expect(matches(where("placedAt", since("2027-01-01")).condition, read)).toBe(true)
    expect(matches(where("placedAt", before("2027-01-01T00:00:00Z")).condition, read)).toBe(false)
    expect(matches(where("count", since(5)).condition, read)).toBe(true)
    expect(matches(where("status", isIn("active", "new")).condition, read)).toBe(true)
    expect(matches(where("status", is("gone")).or("count", before(6)).condition, read)).toBe(true)
    expect(matches(where("status", is("active")).not.condition, read)).toBe(false)
  })
  it("takes what is not there for neither early nor late", () => {
    expect(matches(where("none", since("2027-01-01")).condition, read)).toBe(false)
    expect(matches(where("none", before("2027-01-01")).condition, read)).toBe(false)
    expect(matches(where("none", isSet).condition, read)).toBe(false)
    expect(matches(where("status", isSet).condition, read)).toBe(true)
    expect(matches({ is: "always" }, read)).toBe(true)
    expect(matches({ is: "never" }, read)).toBe(false)
  })
})

const refers = (name: string, ...to: ReadonlyArray<string>): Entity => entity({
  name,
  fields: Object.fromEntries(to.map((one) => [`${one}Ref`, field(Ref, "L", "none", "Parent.", { references: one })])),
  keys: []
})

describe("order", () => {
  it("puts parents first, by list attributes as well", () => {
    const Lines = listOf("Line", { product: field(Ref, "L", "none", "P.", { references: "product" }), sku: field(Text, "L", "none", "S.") }, {
      key: (line) => line.sku, ordered: true
    })
    const sale = entity({
      name: "sale",
      fields: { lines: field(Lines, "S", "none", "Lines."), customer: field(Ref, "L", "none", "C.", { references: "customer" }) },
      keys: []
    })
    const { order: sorted, cycles } = order([sale, refers("stock", "product", "place"), refers("product"), refers("customer"), refers("place")])
    expect(sorted).toEqual(["product", "customer", "sale", "place", "stock"])
    expect(cycles).toEqual([])
  })
  it("reports cycles and still orders the rest", () => {
    const { order: sorted, cycles } = order([refers("child", "a"), refers("a", "b"), refers("b", "a"), refers("self", "self")])
    expect(sorted.indexOf("child")).toBeGreaterThan(sorted.indexOf("a"))
    expect(cycles.map((one) => [...one].sort())).toEqual([["a", "b"], ["self"]])
  })
})

describe("brakes", () => {
  const none = { bound: 1_000, creates: 0, updates: 0, overwrites: 0, deletes: 0 }
  it("stops deletions above ten and above a tenth", () => {
    expect(brakes({ ...none, deletes: 10, bound: 20 })).toEqual({})
    expect(brakes({ ...none, deletes: 11, bound: 20 }).deletes).toContain("11 of 20")
    expect(brakes({ ...none, deletes: 100 })).toHaveProperty("deletes") // more than 3 % in a day
    expect(brakes({ ...none, deletes: 20, deletesDay: 20 })).toEqual({})
    expect(brakes({ ...none, deletes: 5, deletesDay: 31 }).deletes).toContain("24 hours")
  })
  it("does not believe a listing that is empty or shrank", () => {
    expect(brakes({ ...none, deletes: 1, listed: 0 }).deletes).toBe("the listing is empty")
    expect(brakes({ ...none, deletes: 1, listed: 699 }).deletes).toContain("shrank")
    expect(brakes({ ...none, deletes: 1, listed: 700 })).toEqual({})
  })
  it("stops overwriting above fifty and above a twentieth", () => {
    expect(brakes({ ...none, overwrites: 51, updates: 51 }).updates).toContain("51 of 1000")
    expect(brakes({ ...none, overwrites: 50, updates: 900, bound: 100 })).toEqual({})
    expect(brakes({ ...none, overwrites: 51, bound: 2_000 })).toEqual({})
  })
  it("takes numbers and shares from the config", () => {
    expect(brakes({ ...none, creates: 201 }, { creates: { count: 200 } }).creates).toContain("201 creates")
    expect(brakes({ ...none, creates: 200 }, { creates: { count: 200 } })).toEqual({})
    expect(brakes({ ...none, updates: 51 }, { changes: { percent: 5 } })).toHaveProperty("updates")
    expect(brakes({ ...none, creates: 5_000 }, { creates: {} })).toEqual({})
  })
})
