/** jsforce, the library most integrations use, works against the sandbox unchanged: that keeps the sandbox honest. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Connection } from "jsforce"
import { salesforceSandbox, sandboxApp } from "../../../connectors/salesforce/sandbox/index.ts"
import type { SalesforceSandbox } from "../../../connectors/salesforce/sandbox/index.ts"

let org: SalesforceSandbox
let crm: Connection

beforeAll(async () => {
  org = await salesforceSandbox()
  const oauth2 = { loginUrl: org.url(), clientId: sandboxApp.clientId, clientSecret: sandboxApp.clientSecret }
  crm = new Connection({ instanceUrl: org.url(), version: "64.0", oauth2 })
  await crm.authorize({ grant_type: "client_credentials" })
})
afterAll(() => org.stop())

const person = (last: string) => ({ FirstName: "Ada", LastName: last, Email: `${last.toLowerCase()}@example.com` })

describe("jsforce", () => {
  it("is who it says", async () => {
    expect((await crm.identity()).organization_id).toBe(org.org.orgId)
  })

  it("describes objects as the vendor does", async () => {
    const contact = await crm.describe("Contact")
    expect(Object.keys(contact)).toHaveLength(45)
    expect(contact.fields.find((field) => field.name === "Email")?.type).toBe("email")
    expect((await crm.describeGlobal()).sobjects.map((one) => one.name)).toContain("Order")
  })

  it("creates, reads, changes and deletes one record", async () => {
    const made = await crm.sobject("Contact").create(person("Lovelace"))
    if (!made.success) throw new Error("not made")
    expect((await crm.sobject("Contact").retrieve(made.id))["Name"]).toBe("Ada Lovelace")
    await crm.sobject("Contact").update({ Id: made.id, Title: "Countess" })
    const found = await crm.query("SELECT Id, Title, Account.Name FROM Contact WHERE Email = 'lovelace@example.com'")
    expect(found.records.map((one) => one["Title"])).toEqual(["Countess"])
    await crm.sobject("Contact").destroy(made.id)
    const now = new Date(org.now() + 120_000)
    const gone = await crm.sobject("Contact").deleted(new Date(org.now() - 3_600_000), now)
    expect(gone.deletedRecords.map((one) => one.id)).toContain(made.id)
  })

  it("upserts by an external id", async () => {
    const first = await crm.sobject("Contact").upsert({ ...person("Hopper"), esl_id__c: "g 1/2" }, "esl_id__c")
    const second = await crm.sobject("Contact").upsert({ ...person("Hopper"), esl_id__c: "g 1/2" }, "esl_id__c")
    expect(second.id).toBe(first.id)
  })

  it("hears of each record in a list what became of it", async () => {
    const results = await crm.sobject("Contact").create([person("One"), { FirstName: "No", Email: "none@example.com" }, person("Three")])
    expect(results.map((one) => one.success)).toEqual([true, false, true])
    expect(results[1]?.errors[0]).toMatchObject({ statusCode: "REQUIRED_FIELD_MISSING", fields: ["LastName"] })
  })

  it("follows pages", async () => {
    for (let at = 0; at < 450; at++) org.insert("Product2", { Name: `Product ${at}`, IsActive: true })
    const headers = { "Sforce-Query-Options": "batchSize=200" }
    let page = await crm.query("SELECT Id, Name FROM Product2", { headers })
    const records = [...page.records]
    while (page.nextRecordsUrl !== undefined) {
      page = await crm.queryMore(page.nextRecordsUrl)
      records.push(...page.records)
    }
    expect(records).toHaveLength(450)
  })

  it("loads in bulk", async () => {
    const results = await crm.bulk2.loadAndWaitForResults({ object: "Contact", operation: "insert",
      input: [person("Bulk"), { FirstName: "No", LastName: "" }], pollInterval: 10 })
    expect(results.successfulResults).toHaveLength(1)
    expect(results.failedResults[0]?.["sf__Error"]).toContain("REQUIRED_FIELD_MISSING")
    // One page only: jsforce crashes on the second (jsforce#1546, #1693).
    const rows = await (await crm.bulk2.query("SELECT Id, Name FROM Contact WHERE LastName = 'Bulk'", { pollInterval: 10 })).toArray()
    expect(rows).toHaveLength(1)
  })

  it("sees its limits and the vendor's errors", async () => {
    expect((await crm.limits())["DailyApiRequests"]?.Max).toBe(15_000)
    expect(crm.limitInfo.apiUsage?.limit).toBe(15_000)
    await expect(crm.query("SELECT Id FROM Contact WHERE Nothing__c = 'x'")).rejects.toMatchObject({ errorCode: "INVALID_FIELD" })
    await expect(crm.query("SELECT Name, COUNT(Id) FROM Contact GROUP BY Name")).rejects.toMatchObject({ errorCode: "MALFORMED_QUERY" })
  })

  it("asked for nothing that the schema does not have, but where it meant to", () => {
    expect(org.violations).toEqual(["SOQL: Contact has no field Nothing__c"])
  })
})
