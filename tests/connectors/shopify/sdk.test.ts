/** Shopify's own clients work against the sandbox through their documented hooks: that keeps it honest. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { createAdminApiClient } from "@shopify/admin-api-client"
import { ApiVersion, shopifyApi } from "@shopify/shopify-api"
import { setAbstractFetchFunc, setAbstractRuntimeString } from "@shopify/shopify-api/runtime"
import "@shopify/shopify-api/adapters/node"
import { afterEach, describe, expect, it } from "vitest"
import { shopifySandbox } from "../../../connectors/shopify/sandbox/index.ts"
import type { ShopifySandbox, ShopifySandboxOptions } from "../../../connectors/shopify/sandbox/index.ts"
import { forVendorsClients } from "../../../connectors/shopify/sandbox/queries.ts"
import { addCustomer, smallShop } from "../../../connectors/shopify/sandbox/seed.ts"

const running: Array<{ readonly stop: () => Promise<void> }> = []
const start = async (options: ShopifySandboxOptions = {}): Promise<ShopifySandbox> => {
  const one = await shopifySandbox({ seed: smallShop, ...options })
  running.push(one)
  return one
}
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop()
})

/** The clients insist on https and on a shop's own host: both are turned to the sandbox. */
const towards = (sandbox: ShopifySandbox) => (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
  const text = url instanceof Request ? url.url : String(url)
  return fetch(text.replace(/^https:\/\/[^/]+/, sandbox.url()), init)
}

const adminClient = (sandbox: ShopifySandbox) => createAdminApiClient({
  storeDomain: sandbox.shop.settings.domain, apiVersion: "2026-07", accessToken: sandbox.token,
  customFetchApi: towards(sandbox)
})

describe("@shopify/admin-api-client", () => {
  it("reads, writes and pages", async () => {
    const sandbox = await start({ seed: (shop) => {
      smallShop(shop)
      for (let at = 0; at < 12; at++) addCustomer(shop, { firstName: `Ada ${at}`, email: `ada${at}@example.com` })
    } })
    const client = adminClient(sandbox)
    const made = await client.request(forVendorsClients[4] ?? "",
      { variables: { input: { firstName: "Grace", email: "grace@example.com" } } })
    expect(made.errors).toBeUndefined()
    expect(made.data).toMatchObject({ customerCreate: { userErrors: [], customer: { id: expect.stringMatching(/^gid:/) } } })
    const found = await client.request(`query { customers(first: 5, query: "email:grace@example.com") { nodes { id displayName } } }`)
    expect(found.data).toMatchObject({ customers: { nodes: [{ displayName: "Grace" }] } })
    expect(found.extensions).toMatchObject({ cost: { throttleStatus: { maximumAvailable: 2000, restoreRate: 100 } } })
    const page = await client.request(`query { customers(first: 5) { nodes { id } pageInfo { hasNextPage endCursor } } }`)
    expect(page.data).toMatchObject({ customers: { pageInfo: { hasNextPage: true } } })
    expect(sandbox.violations).toEqual([])
  })

  it("hears of refusals as the vendor says them", async () => {
    const sandbox = await start()
    const client = adminClient(sandbox)
    const wrong = await client.request(`query { customers(first: 5) { nodes { shoeSize } } }`)
    expect(wrong.errors?.graphQLErrors?.[0]).toMatchObject({ message: expect.stringContaining("shoeSize") })
    expect(sandbox.violations).toHaveLength(1)
    sandbox.faults.add({ fault: "throttled" })
    const throttled = await client.request(`query { shop { name } }`)
    expect(throttled.errors?.graphQLErrors?.[0]).toMatchObject({ extensions: { code: "THROTTLED" } })
    const taken = await client.request(forVendorsClients[4] ?? "", { variables: { input: { email: "no address" } } })
    expect(taken.data).toMatchObject({ customerCreate: { userErrors: [{ field: expect.any(Array) }] } })
    const unknown = await client.request(`query { customers(first: 5, query: "shoe_size:44") { nodes { id } } }`)
    expect(unknown.errors?.graphQLErrors?.[0]).toMatchObject({ message: expect.stringContaining("shoe_size") })
  })
})

describe("@shopify/shopify-api", () => {
  it("speaks GraphQL, gets a token for its own shop, and takes our webhooks for genuine", async () => {
    const sandbox = await start()
    setAbstractRuntimeString(() => "test")
    setAbstractFetchFunc((url, init) => towards(sandbox)(String(url), init as RequestInit))
    const api = shopifyApi({ apiKey: sandbox.client.id, apiSecretKey: sandbox.client.secret,
      apiVersion: ApiVersion.July26,
      hostName: "app.example.com", isEmbeddedApp: false, isTesting: true })
    const { session } = await api.auth.clientCredentials({ shop: sandbox.shop.settings.domain })
    expect(session.accessToken).toMatch(/^sandbox-/)
    const client = new api.clients.Graphql({ session })
    const shop = await client.request(`query { shop { name currencyCode } }`)
    expect(shop.data).toMatchObject({ shop: { currencyCode: "EUR" } })

    const heard: Array<unknown> = []
    const server = createServer((request, response) => {
      const parts: Array<Buffer> = []
      request.on("data", (part: Buffer) => parts.push(part))
      request.on("end", () => {
        const rawBody = Buffer.concat(parts).toString("utf8")
        api.webhooks.validate({ rawBody, rawRequest: request, rawResponse: response }).then((said) => {
          heard.push(said)
          response.end()
        }, () => response.end())
      })
    })
    await new Promise<void>((resume) => { server.listen(0, "127.0.0.1", resume) })
    running.push({ stop: () => new Promise((resume) => { server.close(() => { resume() }) }) })
    const { port } = server.address() as AddressInfo
    await client.request(`mutation { webhookSubscriptionCreate(topic: CUSTOMERS_CREATE,
      webhookSubscription: { uri: "http://127.0.0.1:${port}/hooks", format: JSON }) { userErrors { message } } }`)
    await client.request(forVendorsClients[4] ?? "", { variables: { input: { email: "ada@example.com" } } })
    await sandbox.delivered()
    expect(heard).toMatchObject([{ valid: true, topic: "CUSTOMERS_CREATE", domain: sandbox.shop.settings.domain }])
    expect(sandbox.violations).toEqual([])
  })
})
