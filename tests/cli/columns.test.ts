/** What `esl check` says of columns that are shorter than what another side gives. */
import { defineConfig, resolve, sync } from "esl"
import { mapping, text } from "esl/mapping"
import { Customer } from "esl/model"
import { Schema as S } from "effect"
import { describe, expect, it } from "vitest"
import { lengthFaults } from "../../cli/columns.ts"
import type { Found } from "../../cli/found.ts"
import type { ResourceInfo } from "../../core/connector/connector.ts"
import { declared } from "../../core/connector/participant.ts"
import type { ParticipantOptions } from "../../core/connector/participant.ts"
import { World } from "../../core/testing/world.ts"

const Row = S.Struct({ NAME: S.NullOr(S.String) })
const row = mapping(Row, Customer, ({ field }) => ({ legalName: field("NAME", text) }))
const info = (length: number | undefined): ResourceInfo => ({ name: "rows", children: {}, warnings: [], columns: [
  { name: "NAME", type: "varchar", nullable: true, writable: true, key: false, ...length === undefined ? {} : { length } }
] })

const told = (
  lengths: ReadonlyArray<number | undefined>, options: ReadonlyArray<ParticipantOptions<"legalName">> = []
): ReadonlyArray<string> => {
  const world = new World(1)
  const names = ["erp", "shop", "crm"].slice(0, lengths.length)
  const between = names.map((name, at) =>
    declared(world.system(name), "rows").as(row, { keyless: true, ...options[at] }))
  const syncs = [sync("customer", Customer, { match: ["email"], between })]
  const resolved = resolve(defineConfig({ hub: "sqlite:hub.db", syncs }))
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.faults))
  const found: Found = { faults: [], warnings: [] }
  const described = new Map(lengths.map((length, at) => [`${names[at] ?? ""}.rows`, info(length)]))
  for (const one of resolved.project.syncs) lengthFaults(one, described, found)
  return found.warnings.map(({ at, message }) => `${at} ${message}`)
}

describe("a column that is shorter than another side's", () => {
  it("is told with both lengths, once a column", () => {
    expect(told([40, 80, 255])).toEqual([
      "erp.rows.NAME takes 40 characters of legalName, but shop.rows gives up to 80, crm.rows gives up to 255: " +
        "longer values are withheld there",
      "shop.rows.NAME takes 80 characters of legalName, but crm.rows gives up to 255: longer values are withheld there"
    ])
    expect(told([80, 80])).toEqual([])
  })

  it("is none of our business where nothing is written, nothing longer is given, or nobody says how long", () => {
    expect(told([40, 80], [{ take: [] }, {}])).toEqual([])
    expect(told([40, 80], [{}, { give: [] }])).toEqual([])
    expect(told([40, undefined])).toEqual([])
  })
})
