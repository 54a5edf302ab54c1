/** P11: for classes O, S, C, A and R, and for L with field times, the order in which edits are met does not matter. */
import { describe, expect, it } from "vitest"
import { Random } from "../../core/testing/world.ts"
import { isList, isRecord } from "../../core/model/value.ts"
import type { Json, Path } from "../../core/model/value.ts"
import { Hub, jobs } from "./hub.ts"
import { columnOf } from "./mapping.ts"
import { person } from "./model.ts"
import { People } from "./people.ts"
import { scene } from "./setup.ts"

const orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] as const
const paths: ReadonlyArray<Path> = ["limit", "tags", "stock", "events", "consent"]

/** One person known everywhere and at rest; then an edit of every field in every system, met in the given order. */
const goldenAfter = (seed: number, order: ReadonlyArray<number>): unknown => {
  const setup = scene({ shop: {}, crm: {}, erp: {} }, {
    seed,
    nature: () => ({
      paths: ["code", ...paths],
      field: (path) => path === "limit" ? { rule: { rule: "owner", side: "erp" } } : {}
    })
  })
  const hub = new Hub(setup)
  const people = new People(setup)
  const places = setup.sides
  const first = places[0]
  if (first === undefined) throw new Error("no place")
  first.system.create("PERSON", {
    CODE: "p1", LIMIT: "1", TAGS: ["t0", "t1", "t2"], STOCK: "100", EVENTS: [{ id: "born", text: "born" }], CONSENT: []
  })
  hub.round()
  const random = new Random(seed)
  for (const place of places) {
    for (const row of place.system.table("PERSON").rows.values()) {
      const edited: { [column: string]: Json } = {}
      for (const path of paths) {
        if (random.chance(0.3)) continue
        edited[columnOf(path)] = people.value(place, path, row.columns[columnOf(path)])
      }
      setup.world.time.until(setup.world.time.now + 5000)
      place.system.edit("PERSON", row.id, edited)
    }
  }
  const sync = setup.project.syncs[0]
  for (const nth of order) {
    const place = sync?.places[nth]
    if (sync !== undefined && place !== undefined) hub.run(jobs.pull, sync, place)
  }
  expect(hub.oracle.violations).toEqual([])
  return hub.known().goldens.map((golden) => paths.map((path) => sorted(golden.values[path] ?? null)))
}

/** Sets have no order. */
const sorted = (value: Json): Json =>
  isList(value) ? value.toSorted((a, b) => idOf(a) < idOf(b) ? -1 : 1) : value
const idOf = (element: Json): string => isRecord(element) ? String(element["id"]) : String(element)

describe("P11 confluence", () => {
  it(`holds for the classes O, S, C, A and R of ${person.name}`, () => {
    for (let seed = 1; seed <= 40; seed++) {
      const [one, ...others] = orders.map((order) => goldenAfter(seed, order))
      for (const other of others) expect(other, `seed ${seed}`).toEqual(one)
    }
  })
})
