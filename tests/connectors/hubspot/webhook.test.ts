/** Webhooks: only what the portal signed, lately and for us, and of a hundred events one look at each record. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { Signature } from "@hubspot/api-client"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { webhookReceiver } from "../../../connectors/hubspot/webhook.ts"
import type { WebhookOptions } from "../../../connectors/hubspot/webhook.ts"
import { hubspotSandbox } from "../../../connectors/hubspot/sandbox/index.ts"
import { secret } from "../../../core/connector/secret.ts"
import type { Delivery, Receipt } from "../../../core/connector/webhook.ts"

process.env["HUBSPOT_APP_SECRET"] = "the-secret-of-the-app"
process.env["HUBSPOT_APP_SECRET_NEW"] = "the-next-secret"
const url = "https://esl.example.com/hooks/crm?x=1"
const now = Date.parse("2026-11-22T12:00:00Z")

const event = (more: { readonly [name: string]: unknown } = {}) => ({
  eventId: 1, subscriptionId: 12, portalId: 4711, appId: 815, occurredAt: now - 1_000,
  subscriptionType: "contact.propertyChange", attemptNumber: 0, objectId: 101, propertyName: "phone",
  propertyValue: "+12025550101", changeSource: "INTEGRATION", sourceId: "815", ...more
})

interface Signed extends Partial<Delivery> {
  readonly secret?: string
  readonly at?: number
  readonly signed?: string
}

const delivery = (body: string, more: Signed = {}): Delivery => {
  const { at = now, secret: key = "the-secret-of-the-app", signed = url, ...rest } = more
  const signature = Signature.getSignature("POST", "v3",
    { clientSecret: key, requestBody: body, url: signed, timestamp: at, signature: "" })
  return { method: "POST", url, body: new TextEncoder().encode(body), receivedAt: now,
    headers: { "x-hubspot-signature-v3": signature, "x-hubspot-request-timestamp": String(at) }, ...rest }
}

const options: WebhookOptions = { secrets: [secret("HUBSPOT_APP_SECRET")], portal: 4711 }

const receive = (given: Delivery, more: Partial<WebhookOptions> = {}): Promise<Receipt> =>
  Effect.runPromise(webhookReceiver("crm", { ...options, ...more }).receive(given))

const status = async (given: Delivery, more: Partial<WebhookOptions> = {}): Promise<number> => {
  const receipt = await receive(given, more)
  return receipt._tag === "Rejected" ? receipt.status : 200
}

describe("a message", () => {
  const body = JSON.stringify([event()])

  it("is taken as the vendor's SDK signs it, and nothing else", async () => {
    expect(await status(delivery(body))).toBe(200)
    expect(await status(delivery(body, { secret: "another" }))).toBe(401)
    expect(await status({ ...delivery(body), body: new TextEncoder().encode(body.replace("101", "102")) })).toBe(401)
    expect(await status({ ...delivery(body), method: "PUT" })).toBe(401)
    expect(await status({ ...delivery(body), url: "https://esl.example.com/other" })).toBe(401)
    expect(await status({ ...delivery(body), headers: {} })).toBe(401)
  })

  it("is not taken when it is older than five minutes, or from the future", async () => {
    expect(await status(delivery(body, { at: now - 299_000 }))).toBe(200)
    expect(await status(delivery(body, { at: now - 301_000 }))).toBe(408)
    expect(await status(delivery(body, { at: now + 301_000 }))).toBe(408)
    const stamped = delivery(body)
    expect(await status({ ...stamped, headers: { ...stamped.headers, "x-hubspot-request-timestamp": "soon" } })).toBe(401)
  })

  it("counts under both secrets while they are changed, and under the address that is registered", async () => {
    const both = { secrets: [secret("HUBSPOT_APP_SECRET_NEW"), secret("HUBSPOT_APP_SECRET")] }
    expect(await status(delivery(body), both)).toBe(200)
    expect(await status(delivery(body, { secret: "the-next-secret" }), both)).toBe(200)
    expect(await status({ ...delivery(body), url: "http://10.0.0.7/hooks" }, { url })).toBe(200)
    // Some characters stand decoded in what is signed.
    const proxied = { signed: "https://esl.example.com/a:b", url: "https://esl.example.com/a%3Ab" }
    expect(await status(delivery(body, proxied))).toBe(200)
  })

  it("about another portal, too long, or of another shape is refused", async () => {
    expect(await status(delivery(JSON.stringify([event(), event({ portalId: 1 })])))).toBe(403)
    expect(await status(delivery(`[${" ".repeat(3_000_000)}]`))).toBe(413)
    for (const odd of ["{}", "[]", "[1]", "null", "[", "[[]]"]) expect(await status(delivery(odd))).toBe(400)
  })

  it("never says what was in it", async () => {
    const receipt = await receive(delivery(JSON.stringify([event({ propertyValue: "+12025550199" })])))
    expect(JSON.stringify(receipt)).not.toContain("+12025550199")
  })
})

describe("its events", () => {
  const hints = async (...events: ReadonlyArray<object>) => {
    const receipt = await receive(delivery(JSON.stringify(events)))
    return receipt._tag === "Genuine" ? receipt.hints : []
  }

  it("are one look a record, whoever made the change", async () => {
    const many = Array.from({ length: 100 }, (_, at) =>
      event({ eventId: at, propertyName: `p${at}`, objectId: 101 + at % 2 }))
    expect(await hints(...many))
      .toEqual([101, 102].map((id) => ({ resource: "contacts", seen: { _tag: "Hint", id: String(id) } })))
  })

  it("say what happened last, in whatever order they come", async () => {
    expect(await hints(event({ subscriptionType: "company.deletion", occurredAt: now }),
      event({ subscriptionType: "company.propertyChange", occurredAt: now - 5 })))
      .toEqual([{ resource: "companies", seen: { _tag: "Gone", id: "101", evidence: "event" } }])
  })

  it("lead from merged records to the new one", async () => {
    const old = event({ subscriptionType: "contact.merge", primaryObjectId: 101, mergedObjectIds: [102] })
    expect(await hints({ ...old, newObjectId: 105 })).toEqual([
      { resource: "contacts", seen: { _tag: "Moved", id: "102", to: "105", how: "merged" } },
      { resource: "contacts", seen: { _tag: "Moved", id: "101", to: "105", how: "merged" } },
      { resource: "contacts", seen: { _tag: "Hint", id: "105" } }
    ])
    expect(await hints(old)).toEqual([
      { resource: "contacts", seen: { _tag: "Moved", id: "102", to: "101", how: "merged" } },
      { resource: "contacts", seen: { _tag: "Hint", id: "101" } }
    ])
  })

  it("of orders carry a type, and of other kinds mean nothing to us", async () => {
    expect(await hints(event({ subscriptionType: "object.creation", objectTypeId: "0-123", objectId: 7 }),
      event({ subscriptionType: "object.creation", objectTypeId: "0-999", objectId: 8 }),
      event({ subscriptionType: "ticket.creation", objectId: 9 }), event({ objectId: "../../x" })))
      .toEqual([{ resource: "orders", seen: { _tag: "Hint", id: "7" } }])
  })

  it("sent again have the same key, whatever the attempt and the order", async () => {
    const [a, b] = [event({ eventId: 1 }), event({ eventId: 2, objectId: 102 })]
    const key = async (...events: ReadonlyArray<object>) => {
      const receipt = await receive(delivery(JSON.stringify(events)))
      return receipt._tag === "Genuine" ? receipt.key : ""
    }
    expect(await key(b, { ...a, attemptNumber: 3 })).toBe(await key(a, b))
    expect(await key(a, { ...b, occurredAt: now })).not.toBe(await key(a, b))
  })
})

describe("from the portal", () => {
  it("doubled, late and lost messages all end in the same hints", async () => {
    const taken: Array<Receipt> = []
    const server = createServer((request, response) => {
      const parts: Array<Buffer> = []
      request.on("data", (part: Buffer) => parts.push(part))
      request.on("end", () => {
        const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) =>
          [name, String(value)]))
        const body = Buffer.concat(parts)
        void receive({ method: "POST", url: target, headers, body, receivedAt: Date.now() }).then((receipt) => {
          taken.push(receipt)
          response.writeHead(204).end()
        })
      })
    })
    await new Promise<void>((resume) => { server.listen(0, "127.0.0.1", resume) })
    const target = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const sandbox = await hubspotSandbox({ webhooks: { url: target, clientSecret: "the-secret-of-the-app" } })
    for (const fault of ["webhook-doubled", "webhook-late"]) sandbox.faults.add({ fault })
    const ids = ["a", "b", "c"].map((name) =>
      sandbox.act((portal) => portal.create(portal.kind("companies"), { name }, true).id))
    await sandbox.delivered()
    await sandbox.stop()
    server.close()
    expect(taken.every(({ _tag }) => _tag === "Genuine")).toBe(true)
    const seen = taken.flatMap((receipt) =>
      receipt._tag === "Genuine" ? receipt.hints.map((hint) => hint.seen.id) : [])
    expect(new Set(seen)).toEqual(new Set(ids))
    expect(new Set(taken.map((receipt) => receipt._tag === "Genuine" ? receipt.key : ""))).toHaveLength(3)
    expect(taken).toHaveLength(4)
  })
})
