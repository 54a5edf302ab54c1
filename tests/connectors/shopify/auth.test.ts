/** `esl auth` at Shopify: the address that comes back is signed, and of this shop. */
import { createHmac } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { shopify } from "../../../connectors/shopify/index.ts"
import { shopifySandbox } from "../../../connectors/shopify/sandbox/index.ts"
import { invite } from "../../../core/connector/auth/code.ts"
import { secret } from "../../../core/connector/secret.ts"

const redirect = "https://esl.example.com/back"

describe("the address a person comes back to", () => {
  it.live("counts if Shopify signed it for this shop", () => Effect.scoped(Effect.gen(function*() {
    const shop = yield* Effect.acquireRelease(Effect.promise(() => shopifySandbox()),
      (one) => Effect.promise(() => one.stop()))
    process.env["SHOPIFY_AUTH_SECRET"] = shop.client.secret
    const { authorize } = shopify("shop", { store: "sandbox", url: shop.url(), app: { clientId: shop.client.id,
      clientSecret: secret("SHOPIFY_AUTH_SECRET"), grant: "refresh", redirect } })
    if (authorize === undefined) return assert.fail("there is no way to authorize")
    const { accept, url } = yield* invite("shop", authorize, redirect)
    const asked = new URL(url)
    assert.match(asked.searchParams.get("scope") ?? "", /^write_customers,write_products,/)
    const back = (change: { readonly [name: string]: string } = {}, key = shop.client.secret): URL => {
      const told = { code: "a-code", host: "YWRtaW4", shop: "sandbox.myshopify.com", timestamp: "1767312000",
        state: asked.searchParams.get("state") ?? "", ...change }
      const text = Object.entries(told).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}=${value}`)
        .join("&")
      const hmac = createHmac("sha256", key).update(text).digest("hex")
      return new URL(`${redirect}?${new URLSearchParams({ ...told, hmac }).toString()}`)
    }
    const why = (at: URL) => Effect.map(Effect.flip(accept(at)), ({ reason }) => reason.message)
    assert.strictEqual(yield* why(back({}, "another key")), "the address is not signed by Shopify")
    assert.strictEqual(yield* why(back({ shop: "other.myshopify.com" })), "the address is of another shop")
    const unsigned = back()
    unsigned.searchParams.delete("hmac")
    assert.strictEqual(yield* why(unsigned), "the address is not signed by Shopify")
    const changed = back()
    changed.searchParams.set("code", "another-code")
    assert.strictEqual(yield* why(changed), "the address is not signed by Shopify")
    const grant = yield* accept(back())
    assert.match(grant.refreshToken ?? "", /^sandbox-refresh-/)
    assert.isAbove(grant.refreshExpires ?? 0, Date.now() + 80 * 86_400_000)
  })))
})
