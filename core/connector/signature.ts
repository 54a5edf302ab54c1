/** Proves messages that are signed by HMAC over their raw bytes, and reads them as data that cannot do harm. */
import { createHash, createHmac, timingSafeEqual } from "node:crypto"
import { Effect, Redacted, Result } from "effect"
import { isList } from "../model/value.ts"
import type { Json } from "../model/value.ts"
import { parseJson } from "./answer.ts"
import { ConnectorError, Unauthorized } from "./errors.ts"
import type { Secret } from "./secret.ts"
import type { Delivery, Receipt, Receiver } from "./webhook.ts"

export type Rejected = Extract<Receipt, { readonly _tag: "Rejected" }>

/** How a vendor signs. */
export interface Signing {
  /** The secrets that count now: during a rotation the new one and the one before. */
  readonly secrets: ReadonlyArray<Secret>
  /** Where the signature stands, in lower case. */
  readonly header: string
  readonly encoding: "base64" | "hex"
  /** What was signed, in order; default the body alone. */
  readonly signed?: (delivery: Delivery) => ReadonlyArray<string | Uint8Array>
  /** When it was sent, as the signature covers it; milliseconds since 1970. Absent: the vendor signs no time. */
  readonly sentAt?: (delivery: Delivery) => number
  /** How far that time may be from ours, either way. Default five minutes. */
  readonly toleranceMs?: number
  /** Default 2 MiB; looked at before anything is hashed. */
  readonly maxBytes?: number
}

const fiveMinutes = 300_000
const twoMiB = 2 * 1_024 * 1_024
/** Deeper than any vendor's message, and far from the end of the stack. */
const deepest = 64

export const rejected = (status: Rejected["status"], why: string): Rejected => ({ _tag: "Rejected", status, why })

/**
 * A receiver: size, signature, age, shape, in this order; `read` gets what is genuine, and answers 403 for another
 * account's.
 */
export const receiver = (
  connection: string, signing: Signing, read: (message: Json, delivery: Delivery) => Receipt
): Receiver => ({
  receive: (delivery) => Effect.map(prove(connection, signing, delivery), (fault) => {
    if (fault !== undefined) return fault
    const message = harmless(delivery.body)
    return message === undefined ? rejected(400, "the body is not JSON of a message") : read(message, delivery)
  })
})

/** What is wrong with it; undefined: it is genuine. */
export const prove = (
  connection: string, signing: Signing, delivery: Delivery
): Effect.Effect<Rejected | undefined, ConnectorError> => Effect.gen(function*() {
  const { encoding, header, maxBytes = twoMiB, sentAt, signed, toleranceMs = fiveMinutes } = signing
  if (delivery.body.byteLength > maxBytes) return rejected(413, `the body is longer than ${maxBytes} bytes`)
  const shown = delivery.headers[header]
  if (shown === undefined || shown === "") return rejected(401, `there is no header ${header}`)
  const parts = signed?.(delivery) ?? [delivery.body]
  let genuine = false
  // Every secret is tried, whichever fits: how long it takes tells nothing.
  for (const key of yield* keysOf(connection, signing)) {
    const hmac = createHmac("sha256", Redacted.value(key))
    for (const part of parts) hmac.update(part)
    if (equal(hmac.digest(encoding), encoding === "hex" ? shown.toLowerCase() : shown)) genuine = true
  }
  if (!genuine) return rejected(401, "the signature is not one of ours")
  if (sentAt === undefined) return undefined
  const apart = Math.abs(delivery.receivedAt - sentAt(delivery))
  // What is no number is not within it either.
  return apart <= toleranceMs ? undefined
    : rejected(408, `it was not sent within ${Math.round(toleranceMs / 60_000)} minutes of now`)
})

/** Before and after a rotation one of the two is not there; one at least must be. */
const keysOf = (
  connection: string, { secrets }: Signing
): Effect.Effect<ReadonlyArray<Redacted.Redacted>, ConnectorError> =>
  Effect.flatMap(Effect.forEach(secrets, (secret) => Effect.result(secret.read)), (read) => {
    const keys = read.flatMap((one) => Result.isSuccess(one) ? [one.success] : [])
    const [missing] = read.flatMap((one) => Result.isFailure(one) ? [one.failure.message] : [])
    return keys.length > 0 ? Effect.succeed(keys) : Effect.fail(new ConnectorError({ connection, operation: "webhook",
      reason: new Unauthorized({ message: missing ?? "no secret is given to prove messages with" }) }))
  })

/** `timingSafeEqual` throws on unequal lengths, and a length tells something: digests are all alike. */
export const equal = (one: string, other: string): boolean => timingSafeEqual(digest(one), digest(other))
const digest = (text: string): Buffer => createHash("sha256").update(text).digest()

/** JSON without keys that reach into prototypes, and not deeper than a message is; undefined: it is none. */
export const harmless = (body: Uint8Array): Json | undefined => {
  try {
    return cleaned(parseJson(new TextDecoder("utf-8", { fatal: true }).decode(body)), deepest)
  } catch {
    return undefined
  }
}

const reaching = new Set(["__proto__", "constructor", "prototype"])

/** Throws when it is too deep. */
const cleaned = (value: Json | undefined, left: number): Json | undefined => {
  if (typeof value !== "object" || value === null) return value
  if (left === 0) throw new RangeError("too deep")
  if (isList(value)) return value.map((one) => cleaned(one, left - 1) ?? null)
  return Object.fromEntries(Object.entries(value).flatMap(([key, one]) =>
    reaching.has(key) ? [] : [[key, cleaned(one, left - 1) ?? null]]))
}

/** The message belongs to this account; undefined: it does. */
export const otherTenant = (told: unknown, ours: string | number): Rejected | undefined =>
  String(told) === String(ours) ? undefined : rejected(403, "it is about another account")
