/** The roll-out of each vendor by the real program against its sandbox: auth, check, setup twice, own fields. */
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { afterEach, describe, expect, it } from "vitest"
import type { Sandbox } from "../../core/connector/sandbox.ts"
import { hubspotSandbox } from "../../connectors/hubspot/sandbox/index.ts"
import { salesforceSandbox, sandboxApp as salesforceApp } from "../../connectors/salesforce/sandbox/index.ts"
import { shopifySandbox } from "../../connectors/shopify/sandbox/index.ts"
import { createCustomer, define, sandboxApp, squareSandbox } from "../../connectors/square/sandbox/index.ts"
import { database, esl, eslBeside, newFolder, write } from "./program.ts"
import type { Ended } from "./program.ts"

const running: Array<Sandbox> = []
afterEach(async () => { for (const one of running.splice(0)) await one.stop() })

const tsc = fileURLToPath(new URL("../../node_modules/.bin/tsc", import.meta.url))

/** A database with one customer, and the vendor beside it. */
const rollOut = (vendor: { readonly imports: string; readonly connection: string; readonly side: string }): string => {
  const folder = newFolder()
  expect(esl(folder, ["init", "."]).exit).toBe(0)
  const erp = database(folder, "erp.db")
  erp.exec("create table DEBTOR (NO text primary key, NAME text, MAIL text)")
  erp.exec("insert into DEBTOR values ('1', 'Lovelace', 'ada@example.com')")
  erp.close()
  write(folder, "mappings/erp.ts", `
import { Schema as S } from "effect"
import { email, mapping } from "esl/mapping"
import { Customer } from "esl/model"
export const Debtor = S.Struct({ NO: S.String, NAME: S.NullOr(S.String), MAIL: S.NullOr(S.String) })
export const debtor = mapping(Debtor, Customer, ({ field }) => ({ "name.family": field("NAME"), email: field("MAIL", email) }))
`)
  write(folder, "esl.config.ts", `
import { defineConfig, secret, sync } from "esl"
import { sql } from "esl/connectors"
import { Customer } from "esl/model"
${vendor.imports}
import { Debtor, debtor } from "./mappings/erp.ts"
const erp = sql("erp", { url: "sqlite:erp.db" })
const vendor = ${vendor.connection}
export default defineConfig({ hub: "sqlite:hub.db", syncs: [sync("customer", Customer, {
  between: [erp.table("DEBTOR", Debtor, { key: "NO" }).as(debtor), ${vendor.side}], match: ["email"]
})] })
`)
  return folder
}

/** A stub that the program printed, put where a user would put it, together with the config that uses nothing of it. */
const compiles = (folder: string, stub: string): void => {
  write(folder, "mappings/own.ts", stub)
  expect(spawnSync(tsc, ["-p", folder], { encoding: "utf8" }).stdout).toBe("")
}

/** The exit code, and what was said if it is not 0. */
const outcome = (ended: Ended): readonly [number, string] => [ended.exit, ended.exit === 0 ? "" : ended.out + ended.err]

const told = (ended: Ended, ...lines: ReadonlyArray<string | RegExp>): void => {
  expect(ended.err).toBe("")
  for (const line of lines) expect(ended.out).toMatch(line)
}

describe("HubSpot", () => {
  it("is checked, set up once, and its own properties extend the stock mapping", async () => {
    const portal = await hubspotSandbox()
    running.push(portal)
    const folder = rollOut({
      imports: "import { hubspot } from \"esl/connectors\"\nimport { contact } from \"esl/mappings/hubspot\"",
      connection: `hubspot("crm", { url: ${JSON.stringify(portal.url())}, token: secret("HUBSPOT_TOKEN"),
        consent: { subscriptions: { marketing: "1001" } } })`,
      side: "vendor.contacts.as(contact)"
    })
    const run = (...line: ReadonlyArray<string>) => eslBeside(folder, line, { HUBSPOT_TOKEN: portal.app.token })
    const check = await run("check")
    expect(outcome(check)).toEqual([0, ""])
    told(check, /crm \(hubspot\): reachable, account 4711/, /API version 2026-09/, "proved against a real account: never",
      /crm: 2 things that ESL needs there are missing: esl setup crm/)
    told(await run("setup", "crm"), /absent +the unique property esl_id on contacts/, "2 things to make in crm")
    told(await run("setup", "crm", "--apply"), "2 things made in crm.")
    told(await run("setup", "crm", "--apply"), "All that ESL needs is present in crm.")
    await own(portal.url(), portal.app.token)
    const stub = await run("discover", "crm", "contacts")
    expect(stub.out).toContain("\"custom.shoeSize\": field(\"shoe_size\", decimal())")
    expect(stub.out).toContain("import { contact as stock } from \"esl/mappings/hubspot\"")
    compiles(folder, stub.out)
    expect(outcome(await run("sync"))).toEqual([0, ""])
    expect(portal.violations).toEqual([])
  })
})

/** As an admin makes it in the portal. */
const own = async (url: string, token: string): Promise<void> => {
  for (const [name, type, fieldType] of [["shoe_size", "number", "number"], ["vip", "bool", "booleancheckbox"],
    ["tier", "enumeration", "select"]]) {
    const options = type === "number" ? undefined : ["true", "false"].map((value, displayOrder) =>
      ({ label: value, value, displayOrder, hidden: false }))
    const made = await fetch(`${url}/crm/v3/properties/contacts`, { method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ name, label: name, type, fieldType, groupName: "contactinformation", ...options && { options } }) })
    expect([name, made.status]).toEqual([name, 201])
  }
}

describe("Salesforce", () => {
  it("is checked, set up once, and its own fields extend the stock mapping", async () => {
    const org = await salesforceSandbox({ prepared: false })
    running.push(org)
    org.addField("Contact", "Shoe_Size__c double(4,1) ncuFS")
    org.addField("Contact", "VIP__c boolean cudFS")
    const folder = rollOut({
      imports: "import { salesforce } from \"esl/connectors\"\nimport { customer } from \"esl/mappings/salesforce\"",
      connection: `salesforce("crm", { url: ${JSON.stringify(org.url())}, auth: {
        clientId: ${JSON.stringify(salesforceApp.clientId)}, clientSecret: secret("SALESFORCE_SECRET") } })`,
      side: "vendor.customers.as(customer)"
    })
    const run = (...line: ReadonlyArray<string>) =>
      eslBeside(folder, line, { SALESFORCE_SECRET: salesforceApp.clientSecret })
    const before = await run("check")
    told(before, /crm \(salesforce\): reachable, account /, "proved against a real account: never", /esl setup crm/)
    told(await run("setup", "crm"), /absent +.*esl_id__c/, /to make in crm: esl setup crm --apply/)
    told(await run("setup", "crm", "--apply"), /made in crm\./)
    // A new field is seen by nobody: an admin gives the integration's user access to it.
    for (const object of ["Account", "Contact"]) org.show(object, "esl_id__c")
    told(await run("setup", "crm", "--apply"), "All that ESL needs is present in crm.")
    expect(outcome(await run("check"))).toEqual([0, ""])
    const stub = await run("discover", "crm", "customers")
    expect(stub.out).toMatch(/"custom\.shoeSize\d?": field\("Shoe_Size__c", decimal\(\)\)/)
    compiles(folder, stub.out)
    expect(outcome(await run("sync"))).toEqual([0, ""])
    expect(org.violations).toEqual([])
  })
})

describe("Shopify", () => {
  it("goes on after its tokens ended, is set up once, and its metafields extend the stock mapping", async () => {
    const shop = await shopifySandbox({ refreshTokens: ["sandbox-refresh-first"] })
    running.push(shop)
    const folder = rollOut({
      imports: "import { shopify } from \"esl/connectors\"\nimport { customer } from \"esl/mappings/shopify\"",
      connection: `shopify("shop", { store: "sandbox", url: ${JSON.stringify(shop.url())}, bulk: false,
        storage: [${JSON.stringify(shop.url("storage"))}],
        app: { clientId: ${JSON.stringify(shop.client.id)}, clientSecret: secret("SHOPIFY_SECRET"), grant: "refresh",
          refreshToken: secret("SHOPIFY_REFRESH"), redirect: "https://esl.example.com/back" } })`,
      side: "vendor.customers.as(customer)"
    })
    const run = (...line: ReadonlyArray<string>) =>
      eslBeside(folder, line, { SHOPIFY_SECRET: shop.client.secret, SHOPIFY_REFRESH: "sandbox-refresh-first" })
    // A dry run without a hub: the refresh token it uses up is worth a hub.
    expect((await run("plan")).exit).toBe(0)
    told(await run("check"), /shop \(shopify\): reachable, account /, "proved against a real account: never",
      /esl setup shop/, /API version 2026-07/)
    shop.expireTokens()
    told(await run("setup", "shop"), /absent +the unique metafield esl\.id/)
    told(await run("setup", "shop", "--apply"), /made in shop\./)
    shop.expireTokens()
    told(await run("setup", "shop", "--apply"), "All that ESL needs is present in shop.")
    expect(outcome(await run("check"))).toEqual([0, ""])
    const made = await fetch(`${shop.url()}/admin/api/2026-07/graphql.json`, { method: "POST",
      headers: { "x-shopify-access-token": shop.token, "content-type": "application/json" },
      body: JSON.stringify({ query: `mutation($definition: MetafieldDefinitionInput!) {
        metafieldDefinitionCreate(definition: $definition) { userErrors { code } } }`,
      variables: { definition: { name: "VIP", namespace: "crm", key: "vip", type: "boolean", ownerType: "CUSTOMER" } } }) })
    expect(await made.json()).toMatchObject({ data: { metafieldDefinitionCreate: { userErrors: [] } } })
    const stub = await run("discover", "shop", "customers")
    expect(stub.out).toContain("\"custom.vip\": field(\"metafields.crm.vip\", boolean({ true: \"true\", false: \"false\" }))")
    compiles(folder, stub.out)
    expect(outcome(await run("sync"))).toEqual([0, ""])
    expect(shop.violations).toEqual([])
  })
})

describe("Square", () => {
  it("is let in by a pasted address, set up once, and its custom attributes extend the stock mapping", async () => {
    const till = await squareSandbox()
    running.push(till)
    const folder = rollOut({
      imports: "import { square } from \"esl/connectors\"\nimport { customer } from \"esl/mappings/square\"",
      connection: `square("till", { url: ${JSON.stringify(till.url())}, events: true, oauth: {
        clientId: ${JSON.stringify(sandboxApp.id)}, redirect: "https://esl.example.com/back" },
        webhook: { url: "http://127.0.0.1:1/hooks/till", keys: [secret("SQUARE_KEY")] } })`,
      side: "vendor.customers.as(customer)"
    })
    const run = (...line: ReadonlyArray<string>) => eslBeside(folder, line, { SQUARE_KEY: "key" })
    expect((await run("check")).out).toContain("till: nobody has let ESL in yet: run esl auth till")
    let visited = false
    const auth = await eslBeside(folder, ["auth", "till"], {}, (said) => {
      const page = /^ +(http\S+\/oauth2\/authorize\S*)$/m.exec(said)?.[1]
      if (visited || page === undefined || !said.includes("Paste")) return undefined
      visited = true
      return fetch(page, { redirect: "manual" }).then(({ headers }) => headers.get("location") ?? "")
    })
    expect([auth.exit, auth.out]).toEqual([0, expect.stringMatching(/^till is authorized for /)])
    const check = await run("check")
    expect(check.exit).toBe(0)
    told(check, /till \(square\): reachable/, /its refresh token is good until \d{4}/, "proved against a real account: never",
      /an opt-out|unsubscribed/i)
    told(await run("setup", "till"), /to make in till: esl setup till --apply/)
    told(await run("setup", "till", "--apply"), /made in till\./)
    // That the Events API is on is seen by an event only.
    createCustomer(till.seller, { given_name: "Eve" })
    told(await run("setup", "till", "--apply"), "All that ESL needs is present in till.")
    define(till.seller, { key: "vip_level", name: "VIP level", visibility: "VISIBILITY_READ_WRITE_VALUES",
      schema: { $ref: "https://developer-production-s.squarecdn.com/schemas/v1/common.json#squareup.common.String" } })
    const stub = await run("discover", "till", "customers")
    expect(stub.out).toContain("\"custom.vipLevel\": field(\"custom_attributes.vip_level\")")
    compiles(folder, stub.out)
    expect(outcome(await run("sync"))).toEqual([0, ""])
    expect(till.violations).toEqual([])
  })
})
