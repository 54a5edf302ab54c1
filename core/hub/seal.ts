/** Seals text for one place: AES-256-GCM with a fresh nonce. Moved to another place, or changed, it does not open. */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto"
import type { HubKey } from "./key.ts"

const algorithm = "aes-256-gcm"
const version = "v1"
const nonceBytes = 12
const tagBytes = 16

/** `v1.<key id>.<nonce, text and tag>`; `place` is authenticated with it, e.g. the connection's name. */
export const seal = (key: HubKey, place: string, text: string): string => {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv(algorithm, key.bytes, nonce, { authTagLength: tagBytes })
  cipher.setAAD(Buffer.from(place))
  const sealed = Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()])
  return `${version}.${key.id}.${sealed.toString("base64url")}`
}

export type Unsealed = { readonly text: string } | { readonly why: "another key" | "damaged" }

export const unseal = (key: HubKey, place: string, sealed: string): Unsealed => {
  const [found, id, body] = sealed.split(".")
  if (found !== version || body === undefined) return { why: "damaged" }
  if (id !== key.id) return { why: "another key" }
  const bytes = Buffer.from(body, "base64url")
  if (bytes.byteLength < nonceBytes + tagBytes) return { why: "damaged" }
  const decipher = createDecipheriv(algorithm, key.bytes, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes })
  decipher.setAAD(Buffer.from(place))
  decipher.setAuthTag(bytes.subarray(-tagBytes))
  try {
    return { text: Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()])
      .toString("utf8") }
  } catch {
    return { why: "damaged" }
  }
}
