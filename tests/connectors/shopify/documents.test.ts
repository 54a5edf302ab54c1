/** The connector's documents are valid by Shopify's schema, and the pruned schema is what the script makes of it. */
import { existsSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { buildSchema, Kind, parse, validate, validateSchema } from "graphql"
import { describe, expect, it } from "vitest"
import { bulkDocument, customers, metafieldOf, orders, products, selectionOf } from "../../../connectors/shopify/documents.ts"
import { requested } from "../../../connectors/shopify/sandbox/cost.ts"
import { prune } from "../../../connectors/shopify/sandbox/prune.ts"
import { schema as sdl } from "../../../connectors/shopify/sandbox/schema.ts"
import { documents, forVendorsClients } from "../../../connectors/shopify/sandbox/queries.ts"

const root = join(import.meta.dirname, "../../..")
const committed = readFileSync(join(root, "connectors/shopify/sandbox/schema.ts"), "utf8")
const schema = buildSchema(sdl)

/** `shared/specs` beside the project or above it. */
const specs = (folder: string): string =>
  existsSync(join(folder, "shared/specs")) || dirname(folder) === folder ? join(folder, "shared/specs") : specs(dirname(folder))
const full = join(specs(root), "shopify/admin_2026-07.graphql")

describe("documents of the Shopify connector", () => {
  it("stand on a schema that is whole", () => {
    expect(validateSchema(schema)).toEqual([])
    expect(committed.split("\n")[0]).toContain("ISC License")
  })

  it("are valid by it", () => {
    const faults = [...documents(), ...forVendorsClients].flatMap((document) =>
      validate(schema, parse(document)).map((error) => `${error.message}\n${document}`))
    expect(faults).toEqual([])
  })

  it("are known to be wrong where they are wrong", () => {
    expect(validate(schema, parse("{ customers(first: 1) { nodes { noSuchField } } }"))).toHaveLength(1)
    expect(validate(schema, parse("mutation { customerSet(input: { consent: 1 }) { customer { id } } }"))).toHaveLength(1)
  })

  it.skipIf(!existsSync(full))(`come from the vendor's whole schema (skipped where ${full} does not stand)`, () => {
    expect(prune(readFileSync(full, "utf8"))).toBe(committed)
  })

  it("ask for what the columns need and nothing more", () => {
    expect(selectionOf(customers, ["email"])).not.toContain("addressesV2")
    expect(selectionOf(customers, ["addresses", "metafields.crm.vip"])).toContain(
      `metafield0: metafield(namespace: "crm", key: "vip")`)
    expect(selectionOf(orders, ["fulfillments"])).toContain("trackingInfo")
    expect(metafieldOf("metafields.a")).toBeUndefined()
    expect(metafieldOf(`metafields.crm.x") { id } evil: node(id: "1`)).toBeUndefined()
  })

  it("cost no more than one query may, at least by pages of one", () => {
    const dear = documents().filter((document) => /^(query|mutation)/.test(document) && !document.includes("m2:")).flatMap((document) => {
      const parsed = parse(document)
      const [operation] = parsed.definitions
      if (operation?.kind !== Kind.OPERATION_DEFINITION) return []
      const cost = requested(schema, parsed, operation, { first: 1, ids: ["gid://shopify/Product/1"] })
      return cost > 1_000 ? [`${cost}: ${document.slice(0, 80)}`] : []
    })
    expect(dear).toEqual([])
  })

  it("keep to what a bulk operation takes: no page arguments, at most five connections, two levels", () => {
    for (const kind of [customers, products]) {
      const text = bulkDocument(kind, Object.keys(kind.parts))
      expect(text).not.toMatch(/first:|pageInfo/)
      expect((text.match(/edges/g) ?? []).length).toBeLessThanOrEqual(5)
    }
  })
})
