/** The portal on this machine is as strict as the real one: caps, batches, rules, limits, and nothing ignored. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { hubspotSandbox } from "../../../connectors/hubspot/sandbox/index.ts"
import type { HubspotSandbox, HubspotSandboxOptions } from "../../../connectors/hubspot/sandbox/index.ts"

interface Told {
  readonly status: number
  readonly headers: Headers
  readonly body: { readonly [name: string]: unknown }
}

const asking = (portal: HubspotSandbox, token = portal.app.token) =>
  async (method: string, path: string, body?: object): Promise<Told> => {
    const response = await fetch(`${portal.url()}${path}`, { method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...body === undefined ? {} : { body: JSON.stringify(body) } })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text === "" ? {} : JSON.parse(text) }
  }

const standing = (options: HubspotSandboxOptions = {}) => {
  const held: { portal?: HubspotSandbox } = {}
  beforeAll(async () => { held.portal = await hubspotSandbox({ rates: false, ...options }) })
  afterAll(async () => { await held.portal?.stop() })
  return (): { readonly portal: HubspotSandbox; readonly ask: ReturnType<typeof asking> } => {
    if (held.portal === undefined) throw new Error("not started")
    return { portal: held.portal, ask: asking(held.portal) }
  }
}

const contacts = "/crm/objects/2026-09/contacts"
const filter = (propertyName: string, operator: string, more: object = {}) =>
  ({ filterGroups: [{ filters: [{ propertyName, operator, ...more }] }], properties: ["lastname"], sorts: ["hs_object_id"] })

describe("search", () => {
  const at = standing()
  const names = async (body: object): Promise<ReadonlyArray<unknown>> => {
    const { body: told } = await at().ask("POST", `${contacts}/search`, body)
    return Array.isArray(told["results"]) ? told["results"].map((one) => one.properties.lastname) : [told["message"]]
  }
  beforeAll(() => {
    const { portal } = at()
    for (const [lastname, zip, birth] of [["Ada", "10", "1815"], ["Bob", "9", ""], ["Ann Lee", "100", "1736"]] as const) {
      portal.portal.create(portal.portal.kind("contacts"), { lastname, zip, date_of_birth: birth }, true)
    }
  })

  it.each<readonly [string, string, object, ReadonlyArray<string>]>([
    ["lastname", "EQ", { value: "ada" }, ["Ada"]],
    ["lastname", "NEQ", { value: "Ada" }, ["Bob", "Ann Lee"]],
    ["hs_object_id", "GT", { value: "101" }, ["Bob", "Ann Lee"]],
    ["hs_object_id", "LTE", { value: "102" }, ["Ada", "Bob"]],
    ["hs_object_id", "BETWEEN", { value: "102", highValue: "103" }, ["Bob", "Ann Lee"]],
    ["lastname", "IN", { values: ["ada", "bob"] }, ["Ada", "Bob"]],
    ["lastname", "NOT_IN", { values: ["ada"] }, ["Bob", "Ann Lee"]],
    ["date_of_birth", "HAS_PROPERTY", {}, ["Ada", "Ann Lee"]],
    ["date_of_birth", "NOT_HAS_PROPERTY", {}, ["Bob"]],
    ["lastname", "CONTAINS_TOKEN", { value: "le*" }, ["Ann Lee"]],
    ["lastname", "NOT_CONTAINS_TOKEN", { value: "lee" }, ["Ada", "Bob"]],
    ["lastmodifieddate", "GTE", { value: "0" }, ["Ada", "Bob", "Ann Lee"]]
  ])("%s %s", async (property, operator, more, expected) => {
    expect(await names(filter(property, operator, more))).toEqual(expected)
  })

  it("refuses what it does not do, and what is too much", async () => {
    const { ask } = at()
    const many = (count: number) => Array.from({ length: count }, () => ({ propertyName: "lastname", operator: "HAS_PROPERTY" }))
    const wrong = [
      { query: "ada" }, { limit: 201 }, { limit: 100, after: "9901" }, { sorts: ["lastname", "zip"] }, { sorts: ["nothing"] },
      { filterGroups: Array.from({ length: 6 }, () => ({ filters: many(1) })) },
      { filterGroups: [{ filters: many(7) }] },
      { filterGroups: Array.from({ length: 4 }, () => ({ filters: many(5) })) },
      filter("nothing", "EQ", { value: "1" }), filter("lastname", "EQ"), filter("lastname", "IN", { value: "a" }),
      filter("hs_object_id", "GT", { value: "many" }), filter("lastname", "CONTAINS_TOKEN", { value: "two words" })
    ]
    for (const body of wrong) {
      const { status } = await ask("POST", `${contacts}/search`, body)
      expect([JSON.stringify(body), status]).toEqual([JSON.stringify(body), 400])
    }
    expect((await ask("POST", `${contacts}/search`, { limit: 100, after: "9900" })).status).toBe(200)
  })
})

describe("batches", () => {
  const at = standing()
  const input = (email: string, trace?: string) =>
    ({ properties: { email }, ...trace === undefined ? {} : { objectWriteTraceId: trace } })

  it("fail whole without trace ids, in part with them", async () => {
    const { ask, portal } = at()
    const count = (): number => portal.portal.shelf(portal.portal.kind("contacts")).records.size
    const whole = await ask("POST", `${contacts}/batch/create`, { inputs: [input("a@example.com"), input("none")] })
    expect([whole.status, whole.body["category"], count()]).toEqual([400, "VALIDATION_ERROR", 0])
    const part = await ask("POST", `${contacts}/batch/create`, { inputs: [input("a@example.com", "1"), input("none", "2")] })
    expect(part.status).toBe(207)
    expect(part.body).toMatchObject({ numErrors: 1, results: [{ objectWriteTraceId: "1" }],
      errors: [{ category: "VALIDATION_ERROR", context: { objectWriteTraceId: ["2"] }, errors: [{ code: "INVALID_EMAIL" }] }] })
    const taken = await ask("POST", contacts, { properties: { email: "A@example.com" } })
    expect([taken.status, taken.body["message"]]).toEqual([409, "Contact already exists. Existing ID: 101"])
  })

  it("refuse two inputs that are one record, a hundred and one, and ids as unique property", async () => {
    const { ask } = at()
    const upsert = (...inputs: ReadonlyArray<object>) => ask("POST", `${contacts}/batch/upsert`, { inputs })
    const one = (id: string, idProperty = "email") => ({ id, idProperty, properties: {} })
    expect((await upsert(one("x@example.com"), one("X@example.com"))).status).toBe(400)
    expect((await upsert(...Array.from({ length: 101 }, (_, nth) => one(`n${nth}@example.com`)))).status).toBe(400)
    expect((await upsert(one("101", "hs_object_id"))).status).toBe(400)
    expect((await upsert(one("Smith", "lastname"))).status).toBe(400)
    const told = await upsert(one("b@example.com"), one("a@example.com"))
    expect(told.body["results"]).toMatchObject([{ new: true }, { new: false }])
  })

  it("read in part, and archive what is there", async () => {
    const { ask } = at()
    const read = await ask("POST", `${contacts}/batch/read`, { inputs: [{ id: "101" }, { id: "7" }], properties: [], propertiesWithHistory: [] })
    expect(read.status).toBe(207)
    expect(read.body["errors"]).toMatchObject([{ category: "OBJECT_NOT_FOUND", context: { ids: ["7"] } }])
    expect((await ask("POST", `${contacts}/batch/archive`, { inputs: [{ id: "101" }, { id: "7" }] })).status).toBe(204)
    expect((await ask("GET", `${contacts}?archived=true`)).body["results"]).toMatchObject([{ id: "101", archived: true }])
  })
})

describe("rules of the admin", () => {
  const at = standing({ required: { contacts: ["lastname"] } })
  it("bind from 2026-09 on, and not the versions before", async () => {
    const { ask } = at()
    const create = async (version: string, email: string): Promise<number> =>
      (await ask("POST", `/crm/${version}/contacts`, { properties: { email } })).status
    expect(await create("objects/2026-09", "a@example.com")).toBe(400)
    expect(await create("objects/2026-03", "b@example.com")).toBe(201)
    expect(await create("v3/objects", "c@example.com")).toBe(201)
  })
})

describe("limits", () => {
  const at = standing({ rates: { tenSeconds: 3, searches: 2, day: 8 } })
  it("are counted by window, by second and by day, and told where the vendor tells them", async () => {
    const { ask, portal } = at()
    const first = await ask("GET", contacts)
    expect(first.headers.get("x-hubspot-ratelimit-max")).toBe("3")
    expect(first.headers.get("x-hubspot-ratelimit-remaining")).toBe("2")
    await ask("GET", contacts)
    await ask("GET", contacts)
    const fourth = await ask("GET", contacts)
    expect([fourth.status, fourth.body["policyName"]]).toEqual([429, "TEN_SECONDLY_ROLLING"])
    portal.advance(10_001)
    for (const status of [200, 200, 429]) {
      const told = await ask("POST", `${contacts}/search`, { filterGroups: [] })
      expect([told.status, told.headers.get("x-hubspot-ratelimit-max")]).toEqual([status, null])
    }
    expect((await ask("GET", contacts)).status).toBe(200)
    expect((await ask("GET", contacts)).body["policyName"]).toBe("DAILY")
  })
})

describe("who asks", () => {
  const at = standing({ app: { scopes: ["crm.objects.contacts.read"] } })
  it("needs a token that is known and may", async () => {
    const { ask, portal } = at()
    expect((await asking(portal, "another")("GET", contacts)).body["category"]).toBe("INVALID_AUTHENTICATION")
    expect((await ask("GET", contacts)).status).toBe(200)
    const denied = await ask("POST", contacts, { properties: {} })
    expect([denied.status, denied.body["category"]]).toEqual([403, "MISSING_SCOPES"])
  })
})

describe("a request that the description does not know", () => {
  const at = standing()
  it("is refused and remembered", async () => {
    const { ask, portal } = at()
    expect((await ask("GET", "/crm/objects/2026-09")).status).toBe(404)
    expect((await ask("POST", contacts, { properties: { lastname: 7 } })).status).toBe(400)
    expect((await ask("POST", contacts, { properties: {}, propertys: {} })).status).toBe(400)
    expect(portal.violations).toHaveLength(3)
    expect(portal.violations.join("\n")).not.toContain("the sandbox's own answer")
  })
})
