/** Two portals brought to agree by the whole engine, through the API and nothing else. */
import { Clock, Effect, Layer } from "effect"
import { newest, resolve, sync } from "esl"
import { Customer, Order, Product } from "esl/model"
import { afterEach, describe, expect, it } from "vitest"
import { hubspot } from "../../../connectors/hubspot/index.ts"
import { hubspotSandbox } from "../../../connectors/hubspot/sandbox/index.ts"
import type { HubspotSandbox } from "../../../connectors/hubspot/sandbox/index.ts"
import { secret } from "../../../core/connector/secret.ts"
import { pass } from "../../../core/engine/pass.ts"
import type { PassOptions } from "../../../core/engine/pass.ts"
import type { Report } from "../../../core/engine/report.ts"
import { Systems } from "../../../core/engine/systems.ts"
import { Ids } from "../../../core/hub/ids.ts"
import { MemoryState, memoryStore } from "../../../core/hub/memory.ts"
import { HubStore } from "../../../core/hub/store.ts"
import { contact, order, product } from "../../../mappings/hubspot/index.ts"
import { movedBy } from "./opened.ts"

process.env["HUBSPOT_SANDBOX_TOKEN"] = "sandbox-token"

const open: Array<HubspotSandbox> = []
afterEach(async () => {
  for (const portal of open.splice(0)) {
    expect(portal.violations).toEqual([])
    await portal.stop()
  }
})

interface Group {
  readonly sales: HubspotSandbox
  readonly service: HubspotSandbox
  readonly pass: (options?: PassOptions) => Promise<Report>
  /** Passes until nothing is written; how many were needed. */
  readonly agree: () => Promise<number>
}

const writes = (report: Report): number => [...report.sides.values()].reduce((sum, side) => sum + side.work.written, 0)

const portalOf = async (portalId: number): Promise<HubspotSandbox> => {
  const made = await hubspotSandbox({ rates: false, app: { portalId } })
  for (const name of ["contacts", "products", "orders", "line_items"]) {
    const { properties } = made.portal.shelf(made.portal.kind(name))
    const like = properties.get("name") ?? properties.get("lastname") ?? properties.get("hs_order_name")
    if (like !== undefined) properties.set("esl_id", { ...like, name: "esl_id", hasUniqueValue: true })
  }
  open.push(made)
  return made
}

const group = async (): Promise<Group> => {
  const [sales, service] = [await portalOf(1), await portalOf(2)]
  const [one, two] = [sales, service].map((portal, at) => hubspot(at === 0 ? "sales" : "service", {
    token: secret("HUBSPOT_SANDBOX_TOKEN"), url: portal.url(), lag: 0, deletions: 0, searches: 1_000, tenSeconds: 10_000,
    consent: { subscriptions: { marketing: "1001" }, movesContact: true, subjectSources: ["FORM"] }
  }))
  if (one === undefined || two === undefined) throw new Error("two are needed")
  const resolved = resolve({
    hub: "sqlite::memory:",
    syncs: [
      sync("customer", Customer, { between: [one.contacts.as(contact), two.contacts.as(contact)], rule: newest,
        match: ["email"] }),
      sync("product", Product, { between: [one.products.as(product), two.products.as(product)], rule: newest,
        match: ["sku"] }),
      sync("order", Order, { between: [one.orders.as(order), two.orders.as(order)], match: ["orderNumber"],
        rule: newest })
    ]
  })
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.faults))
  const ids = Effect.runSync(Effect.provide(Effect.service(Ids), Ids.seeded(1)))
  const room = Layer.mergeAll(
    Layer.succeed(HubStore, memoryStore(new MemoryState(), ids)),
    Layer.succeed(Ids, ids),
    Systems.layer(resolved.project.connections, { readOnly: false })
  )
  const once = (options: PassOptions = {}): Promise<Report> =>
    Effect.runPromise(Effect.provide(pass(resolved.project, { retries: 1, ...options }), room).pipe(
      Effect.updateService(Clock.Clock, (clock) => movedBy(clock, () => sales.now() - Date.now()))))
  return { sales, service, pass: once, agree: async () => {
    for (let passes = 1; passes <= 6; passes++) {
      const report = await once()
      later([sales, service], 10)
      if (writes(report) === 0) return passes
    }
    throw new Error("they never come to agree")
  } }
}

/** Both portals and the hub live in one time. */
const later = (portals: ReadonlyArray<HubspotSandbox>, seconds: number): void => {
  for (const portal of portals) portal.advance(seconds * 1_000)
}

const make = (at: HubspotSandbox, kind: string, properties: { readonly [name: string]: string }): string =>
  at.act((portal) => portal.create(portal.kind(kind), properties, true).id)

type Properties = { readonly [name: string]: string }

const change = (at: HubspotSandbox, kind: string, id: string, properties: Properties): void => {
  at.act((portal) => {
    const record = portal.alive(portal.kind(kind), id)
    if (record !== undefined) portal.update(record, properties, true)
  })
}

const all = (at: HubspotSandbox, kind: string) => [...at.portal.shelf(at.portal.kind(kind)).records.values()]
  .filter(({ archivedAt }) => archivedAt === undefined)

const by = (at: HubspotSandbox, kind: string, property: string, value: string) =>
  all(at, kind).find(({ properties }) => properties[property] === value)

const status = (at: HubspotSandbox, email: string): string => at.preferences.of(email, "1001").status

describe("two portals", () => {
  it("come to agree on people, and then there is nothing left to write", async () => {
    const { agree, sales, service } = await group()
    make(sales, "contacts", { email: "ada@example.com", firstname: "Ada", phone: "+442079460001" })
    make(sales, "contacts", { email: "both@example.com", firstname: "Both", city: "Kiel" })
    make(service, "contacts", { email: "Both@example.com", lastname: "Sides" })
    make(service, "contacts", { email: "grace@example.com", firstname: "Grace", hs_language: "de-de" })
    expect(await agree()).toBeGreaterThan(1)
    for (const portal of [sales, service]) {
      expect(all(portal, "contacts").map(({ properties }) => properties["email"]).sort())
        .toEqual(["ada@example.com", "both@example.com", "grace@example.com"])
      expect(by(portal, "contacts", "email", "both@example.com")?.properties)
        .toMatchObject({ firstname: "Both", lastname: "Sides", city: "Kiel" })
    }
    // An echo would be a write.
    expect(await agree()).toBe(1)
  })

  it("carry an edit over, a clearing too, and neither comes back", async () => {
    const { agree, sales, service } = await group()
    const id = make(sales, "contacts", { email: "ada@example.com", firstname: "Ada", phone: "+442079460001" })
    await agree()
    change(sales, "contacts", id, { phone: "+442079460002" })
    await agree()
    const there = by(service, "contacts", "email", "ada@example.com")
    expect(there?.properties["phone"]).toBe("+442079460002")
    change(service, "contacts", there?.id ?? "", { phone: "", lastname: "Lovelace" })
    await agree()
    expect(by(sales, "contacts", "email", "ada@example.com")?.properties).toMatchObject({ phone: "", lastname: "Lovelace" })
  })

  it("make no second record when an answer is lost", async () => {
    const { agree, sales, service } = await group()
    make(sales, "contacts", { email: "ada@example.com", firstname: "Ada" })
    service.faults.add({ fault: "cut-after", contains: "batch/upsert", times: 6 })
    await agree()
    expect(all(service, "contacts")).toHaveLength(1)
  })

  it("follow a merge to the new record, on both sides of it", async () => {
    const { agree, sales, service } = await group()
    const [a, b] = ["a", "b"].map((name) => make(sales, "contacts", { email: `${name}@example.com`, lastname: name }))
    await agree()
    expect(all(service, "contacts")).toHaveLength(2)
    sales.act((portal) => {
      const kind = portal.kind("contacts")
      const [one, other] = [portal.alive(kind, a ?? ""), portal.alive(kind, b ?? "")]
      if (one !== undefined && other !== undefined) portal.merge(kind, one, other)
    })
    await agree()
    // Nothing is made again, and the link leads to the record that goes on.
    expect(all(sales, "contacts")).toHaveLength(1)
    const [survivor] = all(sales, "contacts")
    change(sales, "contacts", survivor?.id ?? "", { jobtitle: "x", city: "Kiel" })
    await agree()
    expect(all(sales, "contacts")).toHaveLength(1)
    expect(by(service, "contacts", "email", "a@example.com")?.properties["city"]).toBe("Kiel")
  })

  it("carry an opt-out over at once, and an opt-in only by the person's own word", async () => {
    const { agree, sales, service } = await group()
    for (const email of ["out@example.com", "in@example.com", "import@example.com"]) {
      make(sales, "contacts", { email, lastname: "L" })
    }
    await agree()
    const at = (): number => sales.now()
    sales.preferences.decide("out@example.com", "1001", { status: "UNSUBSCRIBED", at: at(), source: "PREFERENCES_PAGE" })
    sales.preferences.decide("in@example.com", "1001",
      { status: "SUBSCRIBED", at: at(), source: "FORM", legalBasis: "CONSENT_WITH_NOTICE" })
    sales.preferences.decide("import@example.com", "1001", { status: "SUBSCRIBED", at: at(), source: "IMPORT" })
    await agree()
    expect(status(service, "out@example.com")).toBe("UNSUBSCRIBED")
    expect(status(service, "in@example.com")).toBe("SUBSCRIBED")
    expect(status(service, "import@example.com")).toBe("NOT_SPECIFIED")
    // The other portal takes the first one back, without the person.
    later([sales, service], 60)
    service.preferences.decide("out@example.com", "1001", { status: "SUBSCRIBED", at: service.now(), source: "IMPORT" })
    await agree()
    expect(status(sales, "out@example.com")).toBe("UNSUBSCRIBED")
    // And the person takes the second one back.
    service.preferences.decide("in@example.com", "1001", { status: "UNSUBSCRIBED", at: service.now(), source: "FORM" })
    await agree()
    expect(status(sales, "in@example.com")).toBe("UNSUBSCRIBED")
  })

  it("agree on orders with their lines, contact and articles, and on deletions by default do nothing", async () => {
    const { agree, sales, service } = await group()
    const buyer = make(sales, "contacts", { email: "buyer@example.com", lastname: "B" })
    const mug = make(sales, "products", { name: "Mug", hs_sku: "MUG", price: "5.50" })
    const id = sales.act((portal) => {
      const [orders, items, contacts] = ["orders", "line_items", "contacts"].map((name) => portal.kind(name))
      if (orders === undefined || items === undefined || contacts === undefined) throw new Error("no such kinds")
      const made = portal.create(orders, { hs_order_name: "#1001", hs_currency_code: "EUR", hs_total_price: "11.00",
        hs_external_order_status: "open" }, true)
      portal.link(orders, made.id, contacts, buyer)
      const item = portal.create(items, { name: "Mug", hs_sku: "MUG", quantity: "2", price: "5.50",
        hs_product_id: mug, hs_line_item_currency_code: "EUR" }, true)
      portal.link(orders, made.id, items, item.id)
      return made.id
    })
    await agree()
    const there = by(service, "orders", "hs_order_name", "#1001")
    expect(there?.properties).toMatchObject({ hs_currency_code: "EUR", hs_external_order_status: "open" })
    const kind = (name: string) => service.portal.kind(name)
    const lines = service.portal.linked(kind("orders"), there?.id ?? "", kind("line_items"))
    expect(lines).toHaveLength(1)
    expect(service.portal.find(kind("line_items"), lines[0] ?? "")?.properties).toMatchObject({ quantity: "2", amount: "11.00",
      hs_product_id: by(service, "products", "hs_sku", "MUG")?.id })
    expect(service.portal.linked(kind("orders"), there?.id ?? "", kind("contacts")))
      .toEqual([by(service, "contacts", "email", "buyer@example.com")?.id])
    change(sales, "orders", id, { hs_fulfillment_status: "Fulfilled", hs_shipping_tracking_number: "T-1" })
    await agree()
    expect(by(service, "orders", "hs_order_name", "#1001")?.properties)
      .toMatchObject({ hs_fulfillment_status: "Fulfilled", hs_shipping_tracking_number: "T-1" })
    sales.act((portal) => {
      const record = portal.alive(portal.kind("orders"), id)
      if (record !== undefined) portal.archive(record)
    })
    await agree()
    expect(all(service, "orders")).toHaveLength(1)
    expect(all(sales, "orders")).toHaveLength(0)
  })
})
