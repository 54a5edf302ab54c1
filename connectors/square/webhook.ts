/** Messages of Square: signed over the registered URL and the raw body; each is a hint to read again. */
import type { Seen } from "../../core/connector/connector.ts"
import type { Secret } from "../../core/connector/secret.ts"
import { otherTenant, receiver, rejected } from "../../core/connector/signature.ts"
import type { Delivery, Receiver } from "../../core/connector/webhook.ts"
import { deletionIn } from "./customers.ts"
import { countId } from "./inventory.ts"
import { docIn, docsIn, isDoc, textIn, textsIn } from "./shape.ts"
import type { Doc } from "./shape.ts"

export interface WebhookOptions {
  /** As registered with Square, byte for byte: it is part of what is signed. */
  readonly url: string
  /** The subscription's signature key; while it is replaced, the new one and the old one. */
  readonly keys: ReadonlyArray<Secret>
  /** The seller whose messages count; others are refused. */
  readonly merchant?: string
}

/** Square tries again for up to three days: what is older is a replay. */
const longestMs = 4 * 24 * 60 * 60 * 1_000

export const squareReceiver = (connection: string, options: WebhookOptions): Receiver =>
  receiver(
    connection,
    {
      secrets: options.keys,
      header: "x-square-hmacsha256-signature",
      encoding: "base64",
      signed: ({ body }) => [options.url, body]
    },
    (message, delivery) => {
      const event = isDoc(message) ? message : {}
      const key = textIn(event["event_id"])
      const type = textIn(event["type"])
      if (key === undefined || type === undefined) return rejected(400, "it is no event of Square")
      const stranger =
        options.merchant === undefined ? undefined : otherTenant(event["merchant_id"], options.merchant)
      if (stranger !== undefined) return stranger
      if (isOld(event, delivery)) return rejected(408, "it was made more than four days ago")
      return { _tag: "Genuine", key, hints: hintsIn(type, event) }
    }
  )

/** The time is inside what was signed. */
const isOld = (event: Doc, { receivedAt }: Delivery): boolean => {
  const at = Date.parse(textIn(event["created_at"]) ?? "")
  return Number.isNaN(at) || receivedAt - at > longestMs
}

type Hints = ReadonlyArray<{ readonly resource: string; readonly seen: Seen }>

const hint = (resource: string, id: string | undefined): Hints =>
  id === undefined || id === "" ? [] : [{ resource, seen: { _tag: "Hint", id } }]

const hintsIn = (type: string, event: Doc): Hints => {
  const data = docIn(event["data"])
  const object = docIn(data["object"])
  switch (type) {
    case "customer.deleted": {
      return deletionIn(event).map((seen) => ({
        resource: "customers",
        seen: seen._tag === "Gone" ? { ...seen, evidence: "event" } : seen
      }))
    }
    case "customer.created":
      return [...moves(object), ...hint("customers", textIn(data["id"]))]
    case "customer.updated":
      return hint("customers", textIn(data["id"]))
    case "inventory.count.updated":
      return docsIn(object["inventory_counts"]).flatMap((one) => {
        const [variation, location] = [textIn(one["catalog_object_id"]), textIn(one["location_id"])]
        return variation === undefined || location === undefined || one["state"] !== "IN_STOCK"
          ? []
          : hint("inventory", countId(variation, location))
      })
    case "order.created":
    case "order.updated":
      return hint("orders", textIn(data["id"]))
    // They name neither an item nor a sale: the next pull knows. `catalog.version.updated` says only that something changed.
    default:
      return []
  }
}

/** The new customer of a merge names those that went into it. */
const moves = (object: Doc): Hints => {
  const merge = docIn(docIn(object["event_context"])["merge"])
  const to = textIn(merge["to_customer_id"])
  return to === undefined
    ? []
    : textsIn(merge["from_customer_ids"]).flatMap((id): Hints =>
        id === to ? [] : [{ resource: "customers", seen: { _tag: "Moved", id, to, how: "merged" } }]
      )
}
