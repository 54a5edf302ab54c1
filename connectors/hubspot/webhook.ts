/** Webhooks v3: an array of events, signed over method, address, raw body and time; what is left of it are hints. */
import { createHash } from "node:crypto"
import type { Secret } from "../../core/connector/secret.ts"
import { receiver, rejected } from "../../core/connector/signature.ts"
import type { Seen } from "../../core/connector/connector.ts"
import type { Receipt, Receiver } from "../../core/connector/webhook.ts"
import type { Json } from "../../core/model/value.ts"
import { isMembers } from "./json.ts"
import type { Members } from "./json.ts"
import { kinds, lineItems } from "./kinds.ts"

export interface WebhookOptions {
  /** Secrets of the app; during a rotation the new one and the one before. */
  readonly secrets: ReadonlyArray<Secret>
  /** The portal whose events count; others are refused. */
  readonly portal: string | number
  /** The public address as it is registered, if a proxy changes what arrives here. */
  readonly url?: string
  /** Lets setup subscribe by itself, where the token may. */
  readonly appId?: number
}

/** In the address these are signed decoded: https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation */
const decoded: { readonly [escape: string]: string } = {
  "%3A": ":", "%2F": "/", "%3F": "?", "%40": "@", "%21": "!", "%24": "$", "%27": "'", "%28": "(", "%29": ")", "%2A": "*",
  "%2C": ",", "%3B": ";"
}
const signedAddress = (url: string): string => url.replace(/%[0-9a-f]{2}/gi, (one) => decoded[one.toUpperCase()] ?? one)

const stampHeader = "x-hubspot-request-timestamp"

export const webhookReceiver = (connection: string, { portal, secrets, url }: WebhookOptions): Receiver =>
  receiver(connection, {
    secrets, header: "x-hubspot-signature-v3", encoding: "base64",
    signed: (delivery) => [delivery.method.toUpperCase(), signedAddress(url ?? delivery.url), delivery.body,
      delivery.headers[stampHeader] ?? ""],
    sentAt: ({ headers }) => Number(headers[stampHeader] ?? Number.NaN)
  }, (message) => read(message, String(portal)))

/** A hundred events in one message tell of a handful of records: each is looked at once. */
const read = (message: Json, portal: string): Receipt => {
  if (!Array.isArray(message)) return rejected(400, "the body is not a list of events")
  const events = message.filter(isMembers)
  if (events.length < message.length || events.length === 0) return rejected(400, "the body is not a list of events")
  if (events.some((event) => String(event["portalId"]) !== portal)) return rejected(403, "it is about another account")
  const hints = new Map<string, { readonly resource: string; readonly seen: Seen }>()
  // Order is not guaranteed; what happened last is said last.
  for (const event of [...events].sort((a, b) => Number(a["occurredAt"]) - Number(b["occurredAt"]))) {
    for (const [resource, seen] of seenIn(event)) hints.set(`${resource} ${seen.id}`, { resource, seen })
  }
  return { _tag: "Genuine", key: keyOf(events), hints: [...hints.values()] }
}

const subjects = new Map(Object.values(kinds).flatMap((kind) =>
  [[kind.subject, kind.name], [kind.typeId, kind.name]] as const))

/** Who changed it says nothing: a workflow may have changed another property in the same breath. All are looked at. */
const seenIn = (event: Members): ReadonlyArray<readonly [resource: string, seen: Seen]> => {
  const [subject = "", what = ""] = String(event["subscriptionType"] ?? "").split(".")
  const resource = subjects.get(subject === "object" ? String(event["objectTypeId"] ?? "") : subject)
  if (resource === undefined) return []
  const hint = (id: string): readonly [string, Seen] => [resource, { _tag: "Hint", id }]
  const id = idOf(event["objectId"])
  if (what === "merge") return mergeIn(event).map(([one, to]) => to === undefined ? hint(one)
    : [resource, { _tag: "Moved", id: one, to, how: "merged" }])
  if (what === "associationChange") {
    const from = idOf(event["fromObjectId"])
    return from === undefined || String(event["associationType"] ?? "").startsWith(lineItems.toUpperCase()) ? [] : [hint(from)]
  }
  return id === undefined ? [] : [what === "deletion" || what === "privacyDeletion"
    ? [resource, { _tag: "Gone", id, evidence: "event" }] : hint(id)]
}

/** Both go into a third one, or the loser into the primary: the new id, where there is one, is told. */
const mergeIn = (event: Members): ReadonlyArray<readonly [id: string, to: string | undefined]> => {
  const primary = idOf(event["primaryObjectId"]) ?? idOf(event["objectId"])
  const into = idOf(event["newObjectId"]) ?? primary
  if (primary === undefined || into === undefined) return []
  const merged = Array.isArray(event["mergedObjectIds"]) ? event["mergedObjectIds"] : []
  const losers = [...new Set([...merged.flatMap((one: Json) => idOf(one) ?? []), primary])].filter((id) => id !== into)
  return [...losers.map((id) => [id, into] as const), [into, undefined]]
}

const idOf = (json: Json | undefined): string | undefined => {
  const text = typeof json === "number" || typeof json === "string" ? String(json) : ""
  return /^\d{1,20}$/.test(text) ? text : undefined
}

/** Repeated with another attempt number, a message is the same; event ids alone are not unique. */
const keyOf = (events: ReadonlyArray<Members>): string => {
  const names = events.map((one) => [one["eventId"], one["subscriptionId"], one["objectId"], one["occurredAt"]].join(":"))
  return createHash("sha256").update([...new Set(names)].sort().join(" ")).digest("hex")
}

