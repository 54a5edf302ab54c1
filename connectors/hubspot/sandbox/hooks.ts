/** Webhooks v3: arrays of events, signed, to the one address of the app. */
import { createHmac } from "node:crypto"
import type { Json } from "../../../core/model/value.ts"
import type { Frame } from "../../../core/connector/sandbox.ts"
import type { Happened } from "./portal.ts"
import { missing } from "./refusal.ts"

export interface HookOptions {
  /** Where the app listens; on this machine. */
  readonly url: string
  readonly clientSecret: string
  readonly portalId: number
  readonly appId: number
  /** Waits before each repetition, milliseconds. */
  readonly retries?: ReadonlyArray<number>
}

interface Subscription {
  readonly id: string
  readonly eventType: string
  readonly objectTypeId?: string
  readonly propertyName?: string
  active: boolean
  readonly createdAt: number
}

/** https://developers.hubspot.com/docs/api-reference/latest/webhooks/guide */
const largest = 100

/** base64(HMAC-SHA256(secret, method + URL + body + time)). */
export const signature = (secret: string, url: string, body: string, at: number): string =>
  createHmac("sha256", secret).update(`POST${url}${body}${at}`).digest("base64")

export class Hooks {
  private readonly frame: Frame
  private options: HookOptions | undefined
  private readonly subscriptions = new Map<string, Subscription>()
  private waiting: Array<Json> = []
  private next = 1
  /** Where changes are said to come from: people, unless a call is being answered. */
  source: { readonly changeSource: string; readonly sourceId: string } = { changeSource: "CRM_UI", sourceId: "userId:1" }

  constructor(frame: Frame, options: HookOptions | undefined) {
    this.frame = frame
    this.options = options
  }

  listen(options: HookOptions): void {
    this.options = options
  }

  get target(): string {
    return this.options?.url ?? ""
  }

  retarget(url: string): void {
    if (this.options !== undefined) this.options = { ...this.options, url }
  }

  subscribe(
    eventType: string, more: Pick<Subscription, "objectTypeId" | "propertyName"> = {}, active = true
  ): Subscription {
    const made: Subscription = { id: String(this.next++), eventType, active, createdAt: this.frame.now(), ...more }
    this.subscriptions.set(made.id, made)
    return made
  }

  all(): ReadonlyArray<Subscription> {
    return [...this.subscriptions.values()]
  }

  one(id: string): Subscription {
    const found = this.subscriptions.get(id)
    if (found === undefined) throw missing()
    return found
  }

  drop(id: string): void {
    this.subscriptions.delete(this.one(id).id)
  }

  shown({ active, createdAt, eventType, id, objectTypeId, propertyName }: Subscription): Json {
    return { id, eventType, active, createdAt: new Date(createdAt).toISOString(),
      ...propertyName === undefined ? {} : { propertyName }, ...objectTypeId === undefined ? {} : { objectTypeId } }
  }

  tell({ id, kind, more, what }: Happened): void {
    const { options } = this
    if (options === undefined) return
    for (const subscription of this.subscriptions.values()) {
      const [subject = "", event = ""] = subscription.eventType.split(".")
      const fits = subscription.active && event === what
        && (subject === kind.singular || (subject === "object" && subscription.objectTypeId === kind.typeId))
        && (what !== "propertyChange" || subscription.propertyName === undefined
          || subscription.propertyName === more?.["propertyName"])
      if (!fits) continue
      this.waiting.push({
        eventId: this.waiting.length + 1, subscriptionId: Number(subscription.id), portalId: options.portalId,
        appId: options.appId, occurredAt: this.frame.now(), subscriptionType: subscription.eventType,
        attemptNumber: 0, objectId: Number(id), ...this.source,
        ...subject === "object" ? { objectTypeId: kind.typeId } : {}, ...more,
        ...what === "creation" ? { changeFlag: "NEW" } : what === "deletion" ? { changeFlag: "DELETED" } : {}
      })
    }
  }

  /** What has happened since goes out, a hundred events a message. */
  flush(): void {
    const { options } = this
    if (options === undefined) return
    const events = this.waiting
    this.waiting = []
    for (let at = 0; at < events.length; at += largest) {
      const body = JSON.stringify(events.slice(at, at + largest))
      this.frame.post({ url: options.url, body, ...options.retries === undefined ? {} : { retries: options.retries },
        headers: () => {
          const time = this.frame.now()
          return { "x-hubspot-signature-v3": signature(options.clientSecret, options.url, body, time),
            "x-hubspot-request-timestamp": String(time) }
        } })
    }
  }
}
