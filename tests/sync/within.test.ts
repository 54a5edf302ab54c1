/** References that mean an element of a record: the hub is asked for the element. */
import { expect, it } from "vitest"
import type { Entity, FieldSpec } from "../../core/model/entity.ts"
import { wanted } from "../../core/sync/wanted.ts"
import { heldAt, policyOf, Thing } from "./hub.ts"

const within = (spec: FieldSpec | undefined): FieldSpec | undefined => {
  if (spec?.path === "parent") return { ...spec, within: "lines" }
  const product = spec?.list?.elements["product"]
  return spec?.list === undefined || product === undefined ? spec
    : { ...spec, list: { ...spec.list, elements: { ...spec.list.elements, product: { ...product, within: "variants" } } } }
}

it("asks for elements where the entity says so, of fields and of attributes", () => {
  const entity: Entity = { ...Thing, field: (path) => within(Thing.field(path)) }
  const policy = policyOf({
    "erp.K": {
      fields: {
        parent: { references: [{ entity: "thing", resource: "K" }] },
        lines: { references: [{ entity: "product", resource: "P", attribute: "product" }] },
        log: { references: [{ entity: "product", resource: "Q", attribute: "other" }] }
      }
    }
  }, { entity })
  const row = { id: "1", product: "p1", other: "p2" }
  expect(wanted(policy, [heldAt(1, "erp.K", "1", { parent: "7", lines: [row], log: [row] })]).references).toEqual([
    { entity: "product", side: "erp.P", ext: "p1", within: "variants" },
    { entity: "product", side: "erp.Q", ext: "p2" },
    { entity: "thing", side: "erp.K", ext: "7", within: "lines" }
  ])
})
