/** P11: the final golden does not depend on the order of merging, for classes O, S, C, A, R and for dated L. */
import { describe, expect, it } from "vitest"
import type { Json, Value } from "../../core/model/value.ts"
import { Hub, heldAt, policyOf } from "./hub.ts"
import type { Shown } from "./hub.ts"
import { seeded } from "./world.ts"
import type { Random } from "./world.ts"

const sides = ["erp.K", "shop.c", "crm.p"]
const fields = ["email", "name", "city", "stock", "lines", "log", "consent"]
const owner = { city: { rule: { rule: "owner", side: "shop" } } } as const

const list = (dice: Random): Value | null => {
  const ids = ["a", "b", "c", "d"].filter(() => dice.chance(0.6))
  return ids.length === 0 ? null : ids.map((id): Json => ({ id, sku: id, qty: "1" }))
}
const decision = (dice: Random): Value => [{
  id: "email|marketing", channel: "email", purpose: "marketing", state: dice.pick(["granted", "denied", "withdrawn"]),
  decidedAt: `1969-0${1 + dice.int(9)}-01T00:00:00Z`, decidedBy: dice.pick(["subject", "import"])
}]

const edits = (dice: Random, at: number, base: Shown): Shown => ({
  ...base,
  name: dice.chance(0.5) ? `n${at}` : base["name"] ?? null,
  city: dice.chance(0.5) ? `c${at}` : base["city"] ?? null,
  stock: String(10 + dice.int(5) - 2),
  lines: list(dice),
  log: [...(Array.isArray(base["log"]) ? base["log"] : []), { id: `e${at}`, sku: `e${at}`, qty: "1" }],
  consent: dice.chance(0.7) ? decision(dice) : base["consent"] ?? null
})

/** Elements in the order of their ids: in a set order says nothing. */
const inOrder = (value: Value): Value =>
  Array.isArray(value) ? [...value].sort((a, b) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1) : value
const sorted = (values: { readonly [path: string]: Value }) =>
  Object.fromEntries(Object.entries(values).map(([path, value]) => [path, inOrder(value)]))

const orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]

describe("confluence (P11)", () => {
  it("ends alike in every order of three sides", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const dice = seeded(seed)
      const base: Shown = {
        email: "a@example.com", name: "n", city: "c", stock: "10", lines: list(dice),
        log: [{ id: "e", sku: "e", qty: "1" }], consent: decision(dice)
      }
      const shown = sides.map((_, at) => edits(dice, at, base))
      const stamps = sides.map((_, at) => `1970-01-01T00:0${1 + at}:00Z`)
      const ends = orders.map((order) => {
        const hub = new Hub(policyOf(Object.fromEntries(sides.map((side) => [side, { only_: fields, fields: owner }]))))
        for (const side of sides) hub.held(side, side, base)
        for (const side of sides) hub.held(side, side, { ...base, city: "c" }, { direct: true })
        hub.now = 10_000_000
        for (const at of order) {
          const side = sides[at] ?? ""
          const stamp = { at: stamps[at] ?? "", tier: "F" } as const
          hub.see(heldAt(hub.now, side, side, shown[at] ?? {}, { stamp }))
        }
        return sorted(hub.goldens.get("g1")?.values ?? {})
      })
      for (const end of ends) expect(end, `seed ${seed}`).toEqual(ends[0])
    }
  })
})
