/** What Shopify adds to the address a browser comes back to: the shop, and a signature over all of it. */
import { createHmac } from "node:crypto"
import { Effect, Redacted } from "effect"
import { ConnectorError, Unauthorized } from "../../core/connector/errors.ts"
import type { Secret } from "../../core/connector/secret.ts"
import { equal } from "../../core/connector/signature.ts"

/**
 * The signature is over the other parameters in the order of their names
 * (https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/authorization-code-grant).
 */
export const returnedFault = (connection: string, store: string, secret: Secret) => (returned: URLSearchParams) =>
  Effect.mapBoth(Effect.suspend(() => secret.read), {
    onFailure: ({ message }) =>
      new ConnectorError({ connection, operation: "tokens", reason: new Unauthorized({ message }) }),
    onSuccess: (key) => {
      const signed = [...returned].filter(([name]) => name !== "hmac" && name !== "signature")
        .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([name, value]) => `${name}=${value}`).join("&")
      const hmac = createHmac("sha256", Redacted.value(key)).update(signed).digest("hex")
      if (!equal(hmac, returned.get("hmac") ?? "")) return "the address is not signed by Shopify"
      const shop = store.includes(".") ? store : `${store}.myshopify.com`
      return returned.get("shop") === shop ? undefined : "the address is of another shop"
    }
  })
