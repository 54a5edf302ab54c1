/** What webhook receivers rely on: raw bytes, both secrets of a rotation, age, size, shape, tenant (S1 to S8). */
import { createHmac } from "node:crypto"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { secret } from "../../core/connector/secret.ts"
import { harmless, otherTenant, receiver, rejected } from "../../core/connector/signature.ts"
import type { Signing } from "../../core/connector/signature.ts"
import type { Delivery, Receipt } from "../../core/connector/webhook.ts"

process.env["HOOK_NEW"] = "canary-new-secret"
process.env["HOOK_OLD"] = "canary-old-secret"
const t0 = Date.UTC(2026, 0, 2)
const body = "{ \"shop\": \"ours\",  \"id\": 7, \"email\": \"canary@example.com\" }"
const sign = (text: string, key = "canary-new-secret", encoding: "base64" | "hex" = "base64"): string =>
  createHmac("sha256", key).update(text).digest(encoding)

const delivered = (more: Partial<Delivery> = {}): Delivery => ({
  method: "POST", url: "https://esl.example.com/hooks/shop", receivedAt: t0,
  body: new TextEncoder().encode(body), headers: { "x-signature": sign(body) }, ...more
})
const received = (delivery: Delivery, more: Partial<Signing> = {}): Promise<Receipt> => Effect.runPromise(receiver(
  "shop",
  { secrets: [secret("HOOK_NEW"), secret("HOOK_OLD")], header: "x-signature", encoding: "base64", ...more },
  (message) => otherTenant(Object(message)["shop"], "ours") ?? { _tag: "Genuine", key: "7", hints: [
    { resource: "customers", seen: { _tag: "Hint", id: String(Object(message)["id"]) } }
  ] }
).receive(delivery))
const statusOf = async (delivery: Delivery, more: Partial<Signing> = {}): Promise<number> => {
  const receipt = await received(delivery, more)
  expect(JSON.stringify(receipt)).not.toContain("canary")
  return receipt._tag === "Genuine" ? 200 : receipt.status
}

describe("a signature", () => {
  it("covers the raw bytes: the same JSON written otherwise is not it", async () => {
    expect(await statusOf(delivered())).toBe(200)
    const again = JSON.stringify(JSON.parse(body))
    expect(await statusOf(delivered({ body: new TextEncoder().encode(again) }))).toBe(401)
  })

  it("of the secret before counts during a rotation, and no longer", async () => {
    const old = delivered({ headers: { "x-signature": sign(body, "canary-old-secret") } })
    expect(await statusOf(old)).toBe(200)
    expect(await statusOf(old, { secrets: [secret("HOOK_NEW")] })).toBe(401)
  })

  it("that is missing, short, long or no base64 is refused without an exception", async () => {
    for (const shown of ["", "a", "ä\u0000", `${sign(body)}=`, sign(body).slice(1), "x".repeat(10_000), sign(body, "other")]) {
      expect(await statusOf(delivered({ headers: { "x-signature": shown } }))).toBe(401)
    }
    expect(await statusOf(delivered({ headers: {} }))).toBe(401)
  })

  it("may be hex, and cover more than the body", async () => {
    const signed = (delivery: Delivery) => [delivery.method, delivery.url, delivery.body]
    const text = `POSThttps://esl.example.com/hooks/shop${body}`
    const hex = delivered({ headers: { "x-signature": sign(text, undefined, "hex").toUpperCase() } })
    expect(await statusOf(hex, { encoding: "hex", signed })).toBe(200)
    expect(await statusOf({ ...hex, url: "https://esl.example.com/hooks/shop/" }, { encoding: "hex", signed })).toBe(401)
  })
})

describe("age, size and shape", () => {
  const at = (ms: number, shown = String(ms)): Delivery => delivered({
    headers: { "x-signature": sign(`${shown}.${body}`), "x-time": shown }
  })
  const timed: Partial<Signing> = {
    signed: ({ body: raw, headers }) => [`${headers["x-time"] ?? ""}.`, raw],
    sentAt: ({ headers }) => Number(headers["x-time"])
  }

  it("five minutes are the window, both ways, and a time that is none is outside", async () => {
    expect(await statusOf(at(t0 - 299_000), timed)).toBe(200)
    expect(await statusOf(at(t0 + 299_000), timed)).toBe(200)
    expect(await statusOf(at(t0 - 301_000), timed)).toBe(408)
    expect(await statusOf(at(t0 + 301_000), timed)).toBe(408)
    expect(await statusOf(at(t0, "soon"), timed)).toBe(408)
    // The time is signed: an old message does not get younger by another header.
    const old = at(t0 - 400_000)
    expect(await statusOf({ ...old, headers: { ...old.headers, "x-time": String(t0) } }, timed)).toBe(401)
  })

  it("the size is looked at before the signature is", async () => {
    const large = delivered({ body: new Uint8Array(2 * 1_024 * 1_024 + 1), headers: {} })
    expect(await statusOf(large)).toBe(413)
    expect(await statusOf(delivered(), { maxBytes: 10 })).toBe(413)
  })

  it("what is not JSON of a message is 400, however well it is signed", async () => {
    for (const text of ["", "not json", `${"[".repeat(100)}${"]".repeat(100)}`, `${"[".repeat(200_000)}`]) {
      expect(await statusOf(delivered({ body: new TextEncoder().encode(text), headers: { "x-signature": sign(text) } })))
        .toBe(400)
    }
    const latin = new Uint8Array([0x22, 0xe4, 0x22])
    const signature = createHmac("sha256", "canary-new-secret").update(latin).digest("base64")
    expect(await statusOf(delivered({ body: latin, headers: { "x-signature": signature } }))).toBe(400)
  })

  it("keys that reach into prototypes are dropped", () => {
    const text = "{\"a\": {\"__proto__\": {\"x\": 1}, \"constructor\": {\"prototype\": {\"x\": 1}}}, \"b\": [1, null]}"
    expect(harmless(new TextEncoder().encode(text))).toEqual({ a: {}, b: [1, null] })
    expect(Object({})["x"]).toBeUndefined()
  })

  it("another account's message is 403 although the secret is ours", async () => {
    const text = body.replace("ours", "theirs")
    const receipt = await received(delivered({ body: new TextEncoder().encode(text), headers: { "x-signature": sign(text) } }))
    expect(receipt).toEqual(rejected(403, "it is about another account"))
  })

  it("a secret that cannot be had is an error of the connection, not of the message", async () => {
    await expect(received(delivered(), { secrets: [secret("HOOK_NOWHERE")] })).rejects.toThrow(/HOOK_NOWHERE is not set/)
    await expect(received(delivered(), { secrets: [] })).rejects.toThrow(/no secret is given/)
    // Between two rotations the second one is not there.
    expect(await statusOf(delivered(), { secrets: [secret("HOOK_NOWHERE"), secret("HOOK_NEW")] })).toBe(200)
    expect(await statusOf(delivered({ headers: { "x-signature": sign(body, "") } }),
      { secrets: [secret("HOOK_NOWHERE"), secret("HOOK_NEW")] })).toBe(401)
  })
})
