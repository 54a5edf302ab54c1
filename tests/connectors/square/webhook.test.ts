/** What the sandbox sends, our receiver takes, and nothing else. */
import { createServer } from "node:http"
import type { AddressInfo, Server } from "node:net"
import { Effect } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { square } from "../../../connectors/square/index.ts"
import {
  change,
  createCustomer,
  deleteCustomer,
  mergeCustomers,
  sell,
  signature,
  squareSandbox,
  subscribe,
  upsert
} from "../../../connectors/square/sandbox/index.ts"
import type { SquareSandbox } from "../../../connectors/square/sandbox/index.ts"
import { secret } from "../../../core/connector/secret.ts"
import type { Delivery, Receipt } from "../../../core/connector/webhook.ts"
import { eventTypes } from "../../../connectors/square/health.ts"

let till: SquareSandbox
let server: Server
let url = ""
const received: Array<Delivery> = []

beforeAll(async () => {
  till = await squareSandbox()
  server = createServer((request, response) => {
    const parts: Array<Buffer> = []
    request.on("data", (part: Buffer) => {
      parts.push(part)
    })
    request.on("end", () => {
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)])
      )
      received.push({ method: "POST", url, headers, body: Buffer.concat(parts), receivedAt: till.now() })
      response.end()
    })
  })
  await new Promise<void>((resume) => {
    server.listen(0, "127.0.0.1", () => {
      resume()
    })
  })
  const { port } = server.address() as AddressInfo
  url = `http://127.0.0.1:${port}/hooks/till`
  const made = subscribe(till.seller, { notification_url: url, event_types: [...eventTypes] })
  process.env["SQUARE_HOOK_KEY"] = String(made["signature_key"])
  process.env["SQUARE_HOOK_NEXT"] = "another-key"
  process.env["SQUARE_TEST_TOKEN"] = till.token
})
afterAll(async () => {
  server.close()
  await till.stop()
})

const receive = (
  delivery: Delivery,
  more: { readonly merchant?: string; readonly url?: string } = {}
): Promise<Receipt> => {
  const { receiver } = square("till", {
    token: secret("SQUARE_TEST_TOKEN"),
    webhook: {
      url: more.url ?? url,
      keys: [secret("SQUARE_HOOK_NEXT"), secret("SQUARE_HOOK_KEY")],
      merchant: more.merchant ?? till.seller.merchant
    }
  })
  if (receiver === undefined) throw new Error("no receiver")
  return Effect.runPromise(receiver.receive(delivery))
}

/** What arrives while `work` is done. */
const during = async (work: () => void): Promise<ReadonlyArray<Delivery>> => {
  received.length = 0
  work()
  await till.delivered()
  return [...received]
}

const hints = async (work: () => void): Promise<ReadonlyArray<unknown>> => {
  const receipts = await Promise.all((await during(work)).map((one) => receive(one)))
  return receipts.flatMap((one): ReadonlyArray<unknown> => (one._tag === "Genuine" ? one.hints : [one]))
}

describe("webhooks", () => {
  it("become hints: look at this record, this one is gone, this one went into that one", async () => {
    const made: Array<string> = []
    const person = (): void => {
      made.push(String(createCustomer(till.seller, { given_name: "Ada" })["id"]))
    }
    expect(await hints(person)).toEqual([{ resource: "customers", seen: { _tag: "Hint", id: made[0] } }])
    person()
    person()
    await till.delivered()
    expect(
      await hints(() => {
        deleteCustomer(till.seller, made[0] ?? "")
      })
    ).toEqual([{ resource: "customers", seen: { _tag: "Gone", id: made[0], evidence: "event" } }])
    let to = ""
    const merged = await hints(() => {
      to = String(mergeCustomers(till.seller, made.slice(1))["id"])
    })
    for (const id of made.slice(1))
      expect(merged).toContainEqual({ resource: "customers", seen: { _tag: "Moved", id, to, how: "merged" } })
    expect(merged).toContainEqual({ resource: "customers", seen: { _tag: "Hint", id: to } })
    expect(merged.some((one) => JSON.stringify(one).includes("Gone"))).toBe(false)
  })

  it("name stock by its pair and sales by their order", async () => {
    upsert(till.seller, [
      {
        type: "ITEM",
        id: "#i",
        item_data: {
          name: "Tea",
          variations: [{ type: "ITEM_VARIATION", id: "#v", item_variation_data: { name: "v" } }]
        }
      }
    ])
    const [variation = ""] = till.seller.variations.keys()
    await till.delivered()
    expect(
      await hints(() => {
        change(till.seller, {
          type: "PHYSICAL_COUNT",
          physical_count: {
            catalog_object_id: variation,
            location_id: "LMAIN0000001",
            state: "IN_STOCK",
            quantity: "3",
            occurred_at: till.seller.time()
          }
        })
      })
    ).toEqual([{ resource: "inventory", seen: { _tag: "Hint", id: `${variation}:LMAIN0000001` } }])
    let sale = ""
    const seen = await hints(() => {
      sale = String(
        sell(till.seller, { location: "LMAIN0000001", lines: [{ name: "Tea", quantity: "1", price: 350 }] })[
          "id"
        ]
      )
    })
    expect(seen).toEqual([{ resource: "orders", seen: { _tag: "Hint", id: sale } }])
  })

  it("are the same message however often and in whatever order they come", async () => {
    till.faults.add({ fault: "webhook-doubled" })
    const [one, two] = await during(() => {
      createCustomer(till.seller, { given_name: "Twice" })
    })
    const [first, second] = [one, two].map((delivery) =>
      delivery === undefined ? undefined : receive(delivery)
    )
    expect(await first).toEqual(await second)
    expect(await first).toMatchObject({ _tag: "Genuine", key: expect.any(String) })
  })

  it("count only as they were signed: over the registered address and every byte", async () => {
    const [delivery] = await during(() => {
      createCustomer(till.seller, { given_name: "Signed" })
    })
    if (delivery === undefined) throw new Error("nothing came")
    const again = new TextEncoder().encode(`${Buffer.from(delivery.body).toString("utf8")} `)
    expect(await receive({ ...delivery, body: again })).toMatchObject({ _tag: "Rejected", status: 401 })
    expect(await receive(delivery, { url: `${url}/` })).toMatchObject({ _tag: "Rejected", status: 401 })
    for (const header of ["", "short", "ÿ", "x".repeat(10_000)]) {
      expect(
        await receive({ ...delivery, headers: { "x-square-hmacsha256-signature": header } })
      ).toMatchObject({ _tag: "Rejected", status: 401 })
    }
    expect(await receive(delivery, { merchant: "MLOTHER" })).toMatchObject({ _tag: "Rejected", status: 403 })
    expect(await receive({ ...delivery, receivedAt: delivery.receivedAt + 5 * 86_400_000 })).toMatchObject({
      _tag: "Rejected",
      status: 408
    })
    expect(await receive({ ...delivery, body: new Uint8Array(3 * 1_024 * 1_024) })).toMatchObject({
      _tag: "Rejected",
      status: 413
    })
    expect(await receive(delivery)).toMatchObject({ _tag: "Genuine" })
  })

  it("count under the old key and the new one while it is replaced, and do no harm with names that reach into prototypes", async () => {
    const raw =
      `{"event_id":"e1","type":"customer.updated","merchant_id":"${till.seller.merchant}","created_at":"${till.seller.time()}",` +
      `"data":{"id":"C1","__proto__":{"polluted":true}}}`
    const delivery = {
      method: "POST",
      url,
      body: Buffer.from(raw),
      receivedAt: till.now(),
      headers: { "x-square-hmacsha256-signature": signature("another-key", url, raw) }
    }
    expect(await receive(delivery)).toMatchObject({
      hints: [{ resource: "customers", seen: { _tag: "Hint", id: "C1" } }]
    })
    expect("polluted" in {}).toBe(false)
    const none = "{}"
    expect(
      await receive({
        ...delivery,
        body: Buffer.from(none),
        headers: { "x-square-hmacsha256-signature": signature("another-key", url, none) }
      })
    ).toMatchObject({ _tag: "Rejected", status: 400 })
  })
})
