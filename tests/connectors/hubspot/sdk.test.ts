/** The vendor's own SDK works against the sandbox through documented options, and takes its webhooks for real. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { Client, Signature } from "@hubspot/api-client"
import { FilterOperatorEnum } from "@hubspot/api-client/lib/codegen/crm/contacts/models/Filter.js"
import { AssociationSpecAssociationCategoryEnum } from "@hubspot/api-client/lib/codegen/crm/objects/models/AssociationSpec.js"
import { PropertyCreateFieldTypeEnum, PropertyCreateTypeEnum } from "@hubspot/api-client/lib/codegen/crm/properties/models/PropertyCreate.js"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { hubspotSandbox } from "../../../connectors/hubspot/sandbox/index.ts"
import type { HubspotSandbox } from "../../../connectors/hubspot/sandbox/index.ts"

let sandbox: HubspotSandbox
let client: Client

beforeAll(async () => {
  sandbox = await hubspotSandbox()
  client = new Client({ basePath: sandbox.url(), accessToken: sandbox.app.token, limiterOptions: { minTime: 0 } })
})
afterAll(async () => {
  await sandbox.stop()
})

describe("the SDK", () => {
  it("creates, reads, changes, finds and archives contacts", async () => {
    const { contacts } = client.crm
    const made = await contacts.basicApi.create({ properties: { email: "ada@example.com", firstname: "Ada" } })
    expect(made.properties["firstname"]).toBe("Ada")
    const changed = await contacts.batchApi.update({ inputs: [
      { id: made.id, properties: { firstname: "", lastname: "L" } }
    ] })
    expect(changed.results.map(({ id }) => id)).toEqual([made.id])
    const read = await contacts.batchApi.read({ inputs: [{ id: made.id }], properties: ["firstname", "lastname"],
      propertiesWithHistory: [] })
    expect(read.results[0]?.properties).toMatchObject({ firstname: null, lastname: "L" })
    const upserted = await contacts.batchApi.upsert({ inputs: [
      { idProperty: "email", id: "ada@example.com", properties: { firstname: "Ada" } },
      { idProperty: "email", id: "grace@example.com", properties: { firstname: "Grace" } }
    ] })
    expect(upserted.results.map((one) => "_new" in one ? one._new : undefined)).toEqual([false, true])
    const found = await contacts.searchApi.doSearch({
      filterGroups: [{ filters: [{ propertyName: "firstname", operator: FilterOperatorEnum.Eq, value: "grace" }] }],
      sorts: ["hs_object_id"], properties: ["email"], limit: 10
    })
    expect(found.results.map((one) => one.properties["email"])).toEqual(["grace@example.com"])
    await contacts.basicApi.archive(made.id)
    const archived = await contacts.basicApi.getPage(10, undefined, undefined, undefined, undefined, true)
    expect(archived.results.map(({ id }) => id)).toEqual([made.id])
    await expect(contacts.basicApi.getById(made.id)).rejects.toMatchObject({ code: 404 })
  })

  it("pages through everything", async () => {
    await client.crm.products.batchApi.create({ inputs: Array.from({ length: 25 }, (_, at) =>
      ({ properties: { name: `Product ${at}`, hs_sku: `SKU-${at}`, price: "9.90" } })) })
    const all = await client.crm.products.getAll(10, undefined, ["hs_sku"])
    expect(new Set(all.map(({ properties }) => properties["hs_sku"])).size).toBe(25)
  })

  it("makes orders with line items and contacts", async () => {
    const buyer = await client.crm.contacts.basicApi.create({ properties: { email: "buyer@example.com" } })
    const order = await client.crm.objects.basicApi.create("orders", { properties: { hs_order_name: "#1001" },
      associations: [{ to: { id: buyer.id }, types: [
        { associationCategory: AssociationSpecAssociationCategoryEnum.HubspotDefined, associationTypeId: 507 }
      ] }] })
    const line = await client.crm.lineItems.basicApi.create({ properties: { name: "Mug", quantity: "2", price: "5" } })
    await client.crm.associations.v4.batchApi.createDefault("orders", "line_items",
      { inputs: [{ _from: { id: order.id }, to: { id: line.id } }] })
    const links = await client.crm.associations.v4.batchApi.getPage("orders", "line_items", { inputs: [{ id: order.id }] })
    expect(links.results[0]?.to[0]?.toObjectId).toBe(line.id)
    const read = await client.crm.objects.basicApi.getById("orders", order.id, ["hs_order_name"], undefined, ["contacts"])
    expect(read.associations?.["contacts"]?.results.map(({ id }) => id)).toEqual([buyer.id])
    const amount = await client.crm.lineItems.basicApi.getById(line.id, ["amount"])
    expect(amount.properties["amount"]).toBe("10.00")
  })

  it("defines properties, and gives consent", async () => {
    await client.crm.properties.groupsApi.create("contacts", { name: "esl", label: "ESL" })
    await client.crm.properties.coreApi.create("contacts",
      { name: "esl_id", label: "ESL", type: PropertyCreateTypeEnum.String,
        fieldType: PropertyCreateFieldTypeEnum.Text, groupName: "esl", hasUniqueValue: true })
    const known = await client.crm.properties.coreApi.getByName("contacts", "esl_id")
    expect(known.hasUniqueValue).toBe(true)
    const { statusApi } = client.communicationPreferences
    await statusApi.unsubscribe({ emailAddress: "grace@example.com", subscriptionId: "1001" })
    const statuses = await statusApi.getEmailStatus("grace@example.com")
    expect(statuses.subscriptionStatuses.map(({ status }) => status)).toEqual(["NOT_SUBSCRIBED"])
    await expect(statusApi.subscribe({ emailAddress: "grace@example.com", subscriptionId: "1001" })).rejects.toMatchObject({ code: 400 })
  })

  it("merges into a record with a new id", async () => {
    const [a, b] = await Promise.all(["a", "b"].map((name) =>
      client.crm.contacts.basicApi.create({ properties: { email: `${name}@example.org`, lastname: name } })))
    // The client has no method for it any more.
    const answer = await client.apiRequest({ method: "POST", path: "/crm/v3/objects/contacts/merge",
      body: { primaryObjectId: a?.id, objectIdToMerge: b?.id } })
    const merged = await answer.json() as { readonly id: string }
    expect([a?.id, b?.id]).not.toContain(merged.id)
    expect((await client.crm.contacts.basicApi.getById(b?.id ?? "")).id).toBe(merged.id)
  })

  it("calls date-based paths, and gets tokens", async () => {
    const response = await client.apiRequest({ path: "/crm/objects/2026-09/contacts?limit=1" })
    expect(response.status).toBe(200)
    const granted = await client.oauth.tokensApi.create("refresh_token", undefined, undefined, sandbox.app.clientId,
      sandbox.app.clientSecret, sandbox.app.refreshToken)
    const other = new Client({ basePath: sandbox.url(), accessToken: granted.accessToken })
    await expect(other.crm.companies.basicApi.getPage()).resolves.toMatchObject({ results: [] })
    sandbox.tokens.expire()
    await expect(other.crm.companies.basicApi.getPage()).rejects.toMatchObject({ code: 401 })
  })

  it("retries by itself when it is throttled", async () => {
    // It counts tries, not retries.
    const patient = new Client({ basePath: sandbox.url(), accessToken: sandbox.app.token, numberOfApiCallRetries: 2 })
    sandbox.faults.add({ fault: "server-error" })
    await expect(patient.crm.companies.basicApi.getPage()).resolves.toMatchObject({ results: [] })
  })

  it("sent nothing that its own description does not allow, and was answered by it", () => {
    expect(sandbox.violations).toEqual([])
  })
})

describe("webhooks", () => {
  it("are arrays, signed as the SDK expects, and sent again until they are taken", async () => {
    const taken: Array<{ readonly body: string; readonly valid: boolean }> = []
    let refusals = 1
    const server = createServer((request, response) => {
      const parts: Array<Buffer> = []
      request.on("data", (part: Buffer) => parts.push(part))
      request.on("end", () => {
        const body = Buffer.concat(parts).toString("utf8")
        taken.push({ body, valid: Signature.isValid({
          signatureVersion: "v3", signature: String(request.headers["x-hubspot-signature-v3"]), method: "POST",
          clientSecret: "secret-of-the-app", requestBody: body, url,
          timestamp: Number(request.headers["x-hubspot-request-timestamp"])
        }) })
        response.writeHead(refusals-- > 0 ? 500 : 204)
        response.end()
      })
    })
    await new Promise<void>((resume) => { server.listen(0, "127.0.0.1", resume) })
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks?from=hubspot`
    const own = await hubspotSandbox({ webhooks: { url, clientSecret: "secret-of-the-app" } })
    own.act((portal) => portal.create(portal.kind("contacts"), { email: "hook@example.com", firstname: "H" }, true))
    await own.delivered()
    await own.stop()
    server.close()
    expect(taken.map(({ valid }) => valid)).toEqual([true, true])
    const events: ReadonlyArray<{ readonly subscriptionType: string }> = JSON.parse(taken[0]?.body ?? "[]")
    expect(events.map(({ subscriptionType }) => subscriptionType)).toEqual(
      ["contact.creation", "contact.propertyChange", "contact.propertyChange"])
  })
})
