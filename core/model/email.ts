/** E-mail addresses: kept as people wrote them, compared without case, matched only where they mean one person. */
import { Schema } from "effect"
import { unicodeDomain } from "./punycode.ts"
import { tidy } from "./text.ts"
import { by } from "./type.ts"
import type { ValueType } from "./type.ts"
import type { Json } from "./value.ts"

/** RFC 5321 lengths, RFC 6531 letters; quoted local parts are left to the quarantine: nobody types them on purpose. */
const shape = /^[^\s@"(),:;<>[\]\\]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}_-]{0,61}[\p{L}\p{N}\p{M}])?\.)+(?:\p{L}[\p{L}\p{M}]{1,62}|xn--[a-z0-9-]{1,59})$/iu

export const isEmail = (text: string): boolean =>
  text.length <= 254 && shape.test(text) && !/^\.|\.\.|\.@/.test(text)

/** An address with a name around it; patterns that look for the name take too long over anything larger. */
const textLimit = 1000

/** Strips what address books put around an address: `mailto:`, a display name with angle brackets, a dot at the end. */
export const parseEmail = (text: string): string | undefined => {
  if (text.length > textLimit) return undefined
  const bare = tidy(text)?.replace(/^mailto:/i, "").replace(/^[^<>]*<\s*([^<>]+?)\s*>$/, "$1").replace(/\.$/, "")
  return bare !== undefined && isEmail(bare) ? bare : undefined
}

/** The form in which addresses are compared and matched: lower case, NFKC, the domain in Unicode as people type it. */
export const emailKey = (address: string): string => {
  const key = address.normalize("NFKC").toLowerCase()
  const at = key.lastIndexOf("@") + 1
  return key.includes("xn--", at) ? key.slice(0, at) + unicodeDomain(key.slice(at)) : key
}

export const Email: ValueType<string> = by(
  "Email",
  "`local@domain`, as written.",
  Schema.String.check(
    // The first ways are what tests generate from; the last lets every other address on to the filter.
    Schema.isPattern(
      /^[a-zA-Z0-9]{1,12}(?:[.+_-][a-z0-9]{1,8})?@(?:[a-z0-9]{1,10}\.){1,2}[a-z]{2,6}$|^[a-zäöé]{1,9}@[a-zäöé]{1,9}\.[a-z]{2,3}$|^[a-z]{3,8}@[a-z]{3,9}\.example$|^[^\s@]{1,64}@[^\s@]{3,189}$/
    ),
    Schema.makeFilter((text: string) => isEmail(text) && text.normalize("NFC") === text, { expected: "an e-mail address" })
  ),
  "ignores case",
  (json: Json) => typeof json === "string" ? emailKey(json) : undefined
)

/** Local parts that no person owns: matching by them would join strangers. */
const nobody = /^(?:no-?reply|do-?not-?reply|donotreply|nobody|none|noemail|no-?mail|keine(?:-?mail)?|guest|gast|unknown|unbekannt|test|dummy|example|null|na|anonym(?:ous)?)(?:[+._-].*)?$/

/** Relay domains of marketplaces: one address per order, not per person. */
const relays = [
  "marketplace.amazon.com", "marketplace.amazon.de", "marketplace.amazon.co.uk", "marketplace.amazon.fr", "marketplace.amazon.it",
  "marketplace.amazon.es", "marketplace.amazon.nl", "marketplace.amazon.co.jp", "members.ebay.com", "members.ebay.de", "relay.walmart.com",
  "kaufland-online.de", "otto.market", "guest.booking.com", "reply.etsy.com"
]
const reserved = /(?:^|\.)(?:invalid|localhost)$/

/** The key under which a person is recognised by this address; undefined where it does not stand for one person. */
export const personalEmailKey = (address: string): string | undefined => {
  const key = emailKey(address)
  const at = key.lastIndexOf("@")
  if (at < 1) return undefined
  const [local, domain] = [key.slice(0, at), key.slice(at + 1)]
  const relayed = relays.some((relay) => domain === relay || domain.endsWith(`.${relay}`))
  return nobody.test(local) || reserved.test(domain) || relayed ? undefined : key
}
