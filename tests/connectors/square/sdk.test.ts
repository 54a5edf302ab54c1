/** The vendor's own SDK, unchanged, at the sandbox: that keeps the sandbox honest. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { SquareClient, SquareError, WebhooksHelper } from "square"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import {
  addLocation,
  mergeCustomers,
  refund,
  sandboxApp,
  sell,
  squareSandbox
} from "../../../connectors/square/sandbox/index.ts"
import type { SquareSandbox } from "../../../connectors/square/sandbox/index.ts"

let till: SquareSandbox
let client: SquareClient

beforeAll(async () => {
  till = await squareSandbox({ events: true, catalogWriteMs: 100 })
  client = new SquareClient({ token: till.token, baseUrl: till.url(), maxRetries: 0 })
})
afterAll(async () => {
  await till.stop()
})

const failure = async (work: Promise<unknown>): Promise<SquareError> => {
  try {
    await work
  } catch (error) {
    if (error instanceof SquareError) return error
    throw error
  }
  throw new Error("the call went through")
}

describe("SquareClient at the sandbox", () => {
  it("creates once for one idempotency key, and refuses the key for another customer", async () => {
    const asked = { idempotencyKey: "k1", givenName: "Ada", emailAddress: "ada@example.com", birthday: "12-10" }
    const first = await client.customers.create(asked)
    const again = await client.customers.create(asked)
    expect(again.customer?.id).toBe(first.customer?.id)
    expect(first.customer).toMatchObject({
      birthday: "0000-12-10",
      version: 0n,
      preferences: { emailUnsubscribed: false }
    })
    const reused = await failure(client.customers.create({ ...asked, givenName: "Eve" }))
    expect(reused).toMatchObject({ statusCode: 400, errors: [{ code: "IDEMPOTENCY_KEY_REUSED" }] })
  })

  it("updates sparsely: null clears, an old version is a conflict", async () => {
    const { customer } = await client.customers.create({
      givenName: "Grace",
      familyName: "Hopper",
      note: "likes clocks",
      address: { addressLine1: "1 Example Street", locality: "Exampleton", country: "US" }
    })
    const customerId = customer?.id ?? ""
    const { customer: after } = await client.customers.update({
      customerId,
      note: null,
      address: { locality: "Sampletown" },
      version: 0n
    })
    expect(after).toMatchObject({
      givenName: "Grace",
      version: 1n,
      address: { addressLine1: "1 Example Street", locality: "Sampletown" }
    })
    expect(after?.note).toBeUndefined()
    expect(await failure(client.customers.update({ customerId, note: "x", version: 0n }))).toMatchObject({
      statusCode: 409,
      errors: [{ code: "CONFLICT" }]
    })
  })

  it("lists, searches with a window, and pages with a cursor that holds for its query only", async () => {
    const start = till.seller.time()
    for (const name of ["a", "b", "c"]) await client.customers.create({ givenName: name })
    const query = { filter: { updatedAt: { startAt: start } } }
    const first = await client.customers.search({ limit: 2n, query })
    expect(first.customers?.map((one) => one.givenName)).toEqual(["a", "b"])
    const second = await client.customers.search({ limit: 2n, query, cursor: first.cursor ?? "" })
    expect(second).toMatchObject({ customers: [{ givenName: "c" }] })
    expect(second.cursor).toBeUndefined()
    expect(await failure(client.customers.search({ cursor: first.cursor ?? "" }))).toMatchObject({
      errors: [{ code: "INVALID_CURSOR" }]
    })
    expect(
      await failure(client.customers.search({ query: { filter: { phoneNumber: { fuzzy: "1" } } } }))
    ).toMatchObject({ statusCode: 400 })
    const names: Array<string | null | undefined> = []
    for await (const one of await client.customers.list({ limit: 2 })) names.push(one.givenName)
    expect(names).toHaveLength(5)
  })

  it("answers bulk calls entry by entry", async () => {
    till.faults.add({ fault: "refuse-one" })
    const { responses } = await client.customers.batchCreate({
      customers: { x: { givenName: "X" }, y: { givenName: "Y" } }
    })
    expect(responses?.["x"]?.errors).toHaveLength(1)
    const id = responses?.["y"]?.customer?.id ?? ""
    const found = await client.customers.bulkRetrieveCustomers({ customerIds: [id, "nobody"] })
    expect(found.responses?.[id]?.customer?.givenName).toBe("Y")
    expect(found.responses?.["nobody"]?.errors?.[0]?.code).toBe("NOT_FOUND")
    const changed = await client.customers.bulkUpdateCustomers({
      customers: { [id]: { familyName: "Z", version: 0n } }
    })
    expect(changed.responses?.[id]?.customer).toMatchObject({ familyName: "Z", version: 1n })
    const gone = await client.customers.bulkDeleteCustomers({ customerIds: [id] })
    expect(gone.responses?.[id]).toEqual({})
  })

  it("keeps the whole catalog object: a variation that is left out is gone", async () => {
    const made = await client.catalog.batchUpsert({
      idempotencyKey: "cat1",
      batches: [
        {
          objects: [
            {
              type: "ITEM",
              id: "#mug",
              itemData: {
                name: "Mug",
                variations: [
                  {
                    type: "ITEM_VARIATION",
                    id: "#red",
                    itemVariationData: {
                      name: "Red",
                      sku: "MUG-R",
                      pricingType: "FIXED_PRICING",
                      priceMoney: { amount: 1250n, currency: "EUR" }
                    }
                  },
                  {
                    type: "ITEM_VARIATION",
                    id: "#blue",
                    itemVariationData: {
                      name: "Blue",
                      sku: "MUG-B",
                      pricingType: "FIXED_PRICING",
                      priceMoney: { amount: 1250n, currency: "EUR" }
                    }
                  }
                ]
              }
            }
          ]
        }
      ]
    })
    const item = made.objects?.[0]
    if (item?.type !== "ITEM") throw new Error("no item")
    expect(made.idMappings?.map((one) => one.clientObjectId)).toEqual(["#mug", "#red", "#blue"])
    const [red] = item.itemData?.variations ?? []
    if (red === undefined) throw new Error("no variation")
    const after = await client.catalog.object.upsert({
      idempotencyKey: "cat2",
      object: { ...item, itemData: { name: "Mug", variations: [red] } }
    })
    expect(after.catalogObject).toMatchObject({ itemData: { variations: [{ id: red.id }] } })
    expect(await failure(client.catalog.object.upsert({ idempotencyKey: "cat3", object: item }))).toMatchObject(
      { errors: [{ code: "VERSION_MISMATCH" }] }
    )
    const gone = await client.catalog.search({ objectTypes: ["ITEM_VARIATION"], includeDeletedObjects: true })
    expect(gone.objects?.filter((one) => one.isDeleted === true)).toHaveLength(1)
    const [one, other] = await Promise.allSettled(
      ["u1", "u2"].map((key) =>
        client.catalog.object.upsert({
          idempotencyKey: key,
          object: {
            type: "ITEM",
            id: `#${key}`,
            itemData: {
              name: key,
              variations: [{ type: "ITEM_VARIATION", id: "#v", itemVariationData: { name: "v" } }]
            }
          }
        })
      )
    )
    expect([one?.status, other?.status].sort()).toEqual(["fulfilled", "rejected"])
  })

  it("counts stock from the last count by the clients' own times", async () => {
    addLocation(till.seller, { id: "LSECOND00001", name: "Second" })
    const { objects } = await client.catalog.search({ objectTypes: ["ITEM_VARIATION"] })
    const variation =
      objects?.find((one) => one.type === "ITEM_VARIATION" && one.itemVariationData?.sku === "MUG-R")?.id ?? ""
    const at = (ms: number): string => till.seller.time(till.now() + ms)
    const counted = await client.inventory.batchCreateChanges({
      idempotencyKey: "i1",
      changes: [
        {
          type: "PHYSICAL_COUNT",
          physicalCount: {
            catalogObjectId: variation,
            locationId: "LMAIN0000001",
            state: "IN_STOCK",
            quantity: "10",
            occurredAt: at(-60_000)
          }
        }
      ]
    })
    expect(counted.counts?.[0]?.quantity).toBe("10")
    const sale = sell(till.seller, {
      location: "LMAIN0000001",
      lines: [{ variation, quantity: "2", price: 1250 }],
      at: till.now() - 120_000
    })
    const counts = async (): Promise<string | null | undefined> => {
      for await (const one of await client.inventory.batchGetCounts({
        catalogObjectIds: [variation],
        locationIds: ["LMAIN0000001"]
      }))
        return one.quantity
      return undefined
    }
    // The sale happened before the count: whoever counted did not see the two mugs.
    expect(await counts()).toBe("10")
    sell(till.seller, {
      location: "LMAIN0000001",
      lines: [{ variation, quantity: "3", price: 1250 }],
      at: till.now() - 1_000
    })
    expect(await counts()).toBe("7")
    expect(sale["state"]).toBe("COMPLETED")
  })

  it("searches orders by the field they are sorted by, and shows payments and refunds", async () => {
    const late = sell(till.seller, {
      location: "LMAIN0000001",
      lines: [{ name: "Repair", quantity: "1", price: 999 }],
      at: till.now() - 70 * 3_600_000
    })
    const start = till.seller.time(till.now() - 60_000)
    const window = { dateTimeFilter: { updatedAt: { startAt: start } } }
    const found = await client.orders.search({
      locationIds: ["LMAIN0000001"],
      query: { filter: window, sort: { sortField: "UPDATED_AT", sortOrder: "ASC" } }
    })
    expect(found.orders?.map((one) => one.id)).toContain(late["id"])
    expect(
      await failure(client.orders.search({ locationIds: ["LMAIN0000001"], query: { filter: window } }))
    ).toMatchObject({ statusCode: 400 })
    expect(
      await failure(client.orders.search({ locationIds: Array.from({ length: 11 }, (_, at) => `L${at}`) }))
    ).toMatchObject({ statusCode: 400 })
    const back = refund(till.seller, String(late["id"]), 500)
    const { refund: shown } = await client.refunds.get({ refundId: String(back["id"]) })
    expect(shown).toMatchObject({ status: "COMPLETED", amountMoney: { amount: 500n, currency: "EUR" } })
    const { payment } = await client.payments.get({ paymentId: shown?.paymentId ?? "" })
    expect(payment).toMatchObject({ orderId: late["id"], refundIds: [shown?.id] })
    const { orders } = await client.orders.batchGet({ orderIds: [String(late["id"]), shown?.orderId ?? ""] })
    expect(orders?.[1]?.returns?.[0]?.sourceOrderId).toBe(late["id"])
  })

  it("says where it is and what it knows by itself", async () => {
    expect((await client.locations.list()).locations?.map((one) => one.id)).toEqual([
      "LMAIN0000001",
      "LSECOND00001"
    ])
    expect((await client.merchants.get({ merchantId: "me" })).merchant?.currency).toBe("EUR")
    const definition = {
      key: "vip",
      name: "VIP",
      description: "Very important",
      visibility: "VISIBILITY_READ_ONLY" as const,
      schema: {
        $ref: "https://developer-production-s.squarecdn.com/schemas/v1/common.json#squareup.common.String"
      }
    }
    await client.customers.customAttributeDefinitions.create({ customAttributeDefinition: definition })
    const [someone] = till.seller.customers.keys()
    await client.customers.customAttributeDefinitions.batchUpsert({
      values: { a: { customerId: someone ?? "", customAttribute: { key: "vip", value: "gold" } } }
    })
    const { data } = await client.customers.customAttributes.list({ customerId: someone ?? "" })
    expect(data).toMatchObject([{ key: "vip", value: "gold" }])
  })

  it("grants tokens: the same refresh token with the secret, a new one with PKCE", async () => {
    const obtain = (more: object) =>
      client.oAuth.obtainToken({ clientId: sandboxApp.id, grantType: "refresh_token", ...more })
    const granted = await obtain({
      grantType: "authorization_code",
      clientSecret: sandboxApp.key,
      code: till.grants.code()
    })
    const again = await obtain({ clientSecret: sandboxApp.key, refreshToken: granted.refreshToken })
    expect(again.refreshToken).toBe(granted.refreshToken)
    const verifier = "v".repeat(50)
    const challenge = Buffer.from(await crypto.subtle.digest("SHA-256", Buffer.from(verifier))).toString(
      "base64url"
    )
    const pkce = await obtain({
      grantType: "authorization_code",
      codeVerifier: verifier,
      code: till.grants.code(undefined, challenge)
    })
    const next = await obtain({ refreshToken: pkce.refreshToken })
    expect(next.refreshToken).not.toBe(pkce.refreshToken)
    expect((await failure(obtain({ refreshToken: pkce.refreshToken }))).statusCode).toBe(401)
    till.advance(31 * 86_400_000)
    const old = new SquareClient({ token: again.accessToken ?? "", baseUrl: till.url(), maxRetries: 0 })
    expect(await failure(old.locations.list())).toMatchObject({
      statusCode: 401,
      errors: [{ code: "ACCESS_TOKEN_EXPIRED" }]
    })
  })

  it("signs what it sends so that the SDK's own helper accepts it, and keeps events for those who missed them", async () => {
    const received: Array<{ readonly body: string; readonly header: string }> = []
    const server = createServer((request, response) => {
      let body = ""
      request.on("data", (part: Buffer) => {
        body += part.toString("utf8")
      })
      request.on("end", () => {
        received.push({ body, header: String(request.headers["x-square-hmacsha256-signature"]) })
        response.end()
      })
    })
    await new Promise<void>((resume) => {
      server.listen(0, "127.0.0.1", () => {
        resume()
      })
    })
    const { port } = server.address() as AddressInfo
    const notificationUrl = `http://127.0.0.1:${port}/square`
    const { subscription } = await client.webhooks.subscriptions.create({
      subscription: { name: "esl", eventTypes: ["customer.created", "customer.deleted"], notificationUrl }
    })
    const two = await Promise.all(["M", "N"].map((givenName) => client.customers.create({ givenName })))
    const ids = two.map((one) => one.customer?.id ?? "")
    const merged = mergeCustomers(till.seller, ids)
    await till.delivered()
    server.close()
    const checks = await Promise.all(
      received.map(({ body, header }) =>
        WebhooksHelper.verifySignature({
          requestBody: body,
          signatureHeader: header,
          signatureKey: subscription?.signatureKey ?? "",
          notificationUrl
        })
      )
    )
    expect(checks).toEqual([true, true, true, true, true])
    const { events } = await client.events.searchEvents({
      query: { filter: { eventTypes: ["customer.deleted"] }, sort: { order: "DESC" } }
    })
    expect(
      events
        ?.slice(0, 2)
        .map((one) => one.data?.id)
        .sort()
    ).toEqual([...ids].sort())
    expect(events?.[0]?.data?.object).toMatchObject({
      event_context: { merge: { to_customer_id: merged["id"] } }
    })
    till.advance(29 * 86_400_000)
    expect((await client.events.searchEvents({})).events).toBeUndefined()
  })

  it("never saw a request, nor gave an answer, that the SDK's serializers do not allow", () => {
    expect(till.violations).toEqual([])
    expect(till.total()).toBeGreaterThan(40)
  })
})
