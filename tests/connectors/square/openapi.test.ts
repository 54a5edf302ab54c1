/** The sandbox and the connector judged by Square's OpenAPI, where that stands; it is a year older than the package. */
import { existsSync, readFileSync } from "node:fs"
import { Effect } from "effect"
import { OpenAPIBackend } from "openapi-backend"
import type { Document } from "openapi-backend"
import { describe, expect, it } from "vitest"
import { mergeCustomers, refund, sell } from "../../../connectors/square/sandbox/index.ts"
import { Rows } from "../../../core/mapping/mapping.ts"
import { create, listing, pages, remove, rig, update, write } from "./rig.ts"

const file = new URL("../../../../shared/specs/square/api.clean.json", import.meta.url)
const stands = existsSync(file)
if (!stands)
  console.log("skipped: Square's OpenAPI description is not beside this clone (../shared/specs/square)")

interface Exchange {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly body: unknown
  readonly status: number
  readonly answer: unknown
}

describe("the OpenAPI description", () => {
  it.runIf(stands)("allows every request of the connector and every answer of the sandbox", async () => {
    const exchanges: Array<Exchange> = []
    const { run, till } = await rig(
      { events: true },
      { events: true, webhook: { url: "http://127.0.0.1:9/hook", keys: [] } }
    )
    till.seller.watchers.push((call, reply) => {
      exchanges.push({
        method: call.method,
        path: call.path,
        query: call.query.toString(),
        status: reply.status,
        answer: reply.body,
        body: call.text === "" ? undefined : JSON.parse(call.text)
      })
    })
    await run((session) =>
      Effect.gen(function* () {
        const made = yield* write(session, "customers", [
          create("a", { given_name: "Ada", birthday: "0000-12-10", "address.country": "US" }),
          create("b", { given_name: "B" })
        ])
        const ids = made.flatMap((one) => (one.did === "written" ? [one.id] : []))
        yield* write(session, "customers", [update(ids[0] ?? "", { note: null, family_name: "L" })])
        const items = yield* write(session, "catalog", [
          create("c", {
            "item_data.name": "Tea",
            variations: new Rows([
              { element: "e", set: { sku: "T", "price_money.amount": "350", "price_money.currency": "EUR" } }
            ])
          })
        ])
        const item = items[0]?.did === "written" ? items[0].id : ""
        yield* write(session, "catalog", [update(item, { "item_data.name": "Tee" })])
        const [variation = ""] = till.seller.variations.keys()
        yield* write(session, "inventory", [
          create("i", { catalog_object_id: variation, location_id: "LMAIN0000001", quantity: "3" })
        ])
        const sale = sell(till.seller, {
          location: "LMAIN0000001",
          lines: [{ variation, quantity: "1", price: 350 }]
        })
        refund(till.seller, String(sale["id"]), 350)
        for (const resource of ["customers", "catalog", "inventory", "orders", "locations"]) {
          const all = yield* pages(session, resource)
          yield* pages(session, resource, {
            from: till.seller.time(till.now() - 600_000),
            reconciled: till.seller.time(till.now() - 90_000_000)
          })
          yield* listing(session, resource)
          const id = all[0]?.seen[0]?.id ?? ""
          yield* session.resource(resource).reader.fetch([id], { columns: [] })
        }
        yield* session.discover
        yield* session.health ?? Effect.void
        for (const step of yield* session.setup ?? Effect.succeed([])) yield* step.apply ?? Effect.void
        mergeCustomers(till.seller, ids)
        yield* write(session, "customers", [remove([...till.seller.customers.keys()][0] ?? "")])
        yield* write(session, "catalog", [remove(item, "archive")])
        yield* write(session, "catalog", [remove(item)])
      })
    )
    const api = new OpenAPIBackend({
      definition: JSON.parse(readFileSync(file, "utf8")) as Document,
      quick: true,
      strict: false,
      ajvOpts: { strict: false, validateFormats: false }
    })
    await api.init()
    const faults = exchanges.flatMap((one) => faultsOf(api, one))
    expect(faults).toEqual([])
    expect(exchanges.length).toBeGreaterThan(40)
    const wrong = {
      method: "POST",
      path: "/v2/customers/search",
      query: "",
      body: { limit: "ten" },
      status: 200,
      answer: { customers: [1] }
    }
    expect(faultsOf(api, wrong)).toHaveLength(2)
    expect(till.violations).toEqual([])
    await till.stop()
  })
})

const faultsOf = (api: OpenAPIBackend, one: Exchange): ReadonlyArray<string> => {
  const request = {
    method: one.method,
    path: one.path,
    query: one.query,
    body: one.body,
    headers: { "content-type": "application/json" }
  }
  const operation = api.matchOperation(request)
  if (operation === undefined) return [`${one.method} ${one.path}: not in the description`]
  const asked = api.validateRequest(request, operation).errors ?? []
  const told = one.status < 300 ? (api.validateResponse(one.answer, operation, one.status).errors ?? []) : []
  return [...asked, ...told].map(
    (error) => `${one.method} ${one.path}: ${error.instancePath} ${error.message ?? ""}`
  )
}
