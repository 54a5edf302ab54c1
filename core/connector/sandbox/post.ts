/** Webhooks that a sandbox sends: to loopback only, again until they are taken, and with the faults of real ones. */
import { request } from "node:http"
import type { Faults } from "./faults.ts"

export interface Message {
  readonly url: string
  readonly body: string
  /** Made anew for each attempt: vendors stamp and sign each. Attempts count from 1. */
  readonly headers: (attempt: number) => { readonly [name: string]: string }
  /** Waits before the second, third ... attempt, milliseconds. Default three quick ones. */
  readonly retries?: ReadonlyArray<number>
  /** Called when the last attempt failed: vendors drop the subscription. */
  readonly failed?: () => void
}

const quick: ReadonlyArray<number> = [10, 50, 250]
const timeoutMs = 5_000

export class Post {
  private readonly faults: Faults
  private readonly under = new Set<Promise<void>>()
  private held: Message | undefined
  private stopped = false

  constructor(faults: Faults) {
    this.faults = faults
  }

  send(message: Message): void {
    const { hostname } = new URL(message.url)
    if (hostname !== "127.0.0.1" && hostname !== "localhost") throw new Error("a sandbox sends to this machine only")
    if (this.faults.take("webhook-lost") !== undefined) return
    if (this.held === undefined && this.faults.take("webhook-late") !== undefined) {
      this.held = message
      return
    }
    this.start(message)
    if (this.faults.take("webhook-doubled") !== undefined) this.start(message)
    const late = this.held
    this.held = undefined
    if (late !== undefined) this.start(late)
  }

  /** Also lets go what was held back to come late. */
  async idle(): Promise<void> {
    const late = this.held
    this.held = undefined
    if (late !== undefined) this.start(late)
    while (this.under.size > 0) await Promise.all(this.under)
  }

  async stop(): Promise<void> {
    this.stopped = true
    this.held = undefined
    await this.idle()
  }

  private start(message: Message): void {
    const task = this.attempts(message).finally(() => { this.under.delete(task) })
    this.under.add(task)
  }

  private async attempts(message: Message): Promise<void> {
    const waits = message.retries ?? quick
    for (let attempt = 1; attempt <= waits.length + 1; attempt++) {
      if (this.stopped) return
      if (attempt > 1) await new Promise((resume) => { setTimeout(resume, waits[attempt - 2]) })
      const status = await deliver(message, attempt)
      if (status >= 200 && status < 300) return
    }
    message.failed?.()
  }
}

/** The status; 0 when nobody answered. */
const deliver = (message: Message, attempt: number): Promise<number> =>
  new Promise((resume) => {
    const sent = request(message.url, { method: "POST", timeout: timeoutMs,
      headers: { "content-type": "application/json", ...message.headers(attempt) } }, (response) => {
      response.resume()
      response.once("end", () => { resume(response.statusCode ?? 0) })
      response.once("error", () => { resume(0) })
    })
    sent.once("timeout", () => { sent.destroy() })
    sent.once("error", () => { resume(0) })
    sent.end(message.body)
  })
