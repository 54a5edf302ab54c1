/** What subjects on sandboxes share: faults by the vendor's names, and somebody who takes webhooks in. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { Effect } from "effect"
import type { Scope } from "effect"
import type { FaultRule, Sandbox } from "../../core/connector/sandbox.ts"
import type { Delivery } from "../../core/connector/webhook.ts"
import type { Hooks, StageFaults, StageTime } from "../../core/testing/contract.ts"

/** Stops with the scope. */
export const running = <S extends Sandbox>(start: () => Promise<S>): Effect.Effect<S, never, Scope.Scope> =>
  Effect.acquireRelease(Effect.promise(start), (sandbox) => Effect.promise(() => sandbox.stop()))

export interface Rules {
  readonly throttle?: FaultRule
  readonly unavailable?: FaultRule
  readonly lock?: FaultRule
  readonly partial?: FaultRule
  readonly expire?: () => void
  /** Which calls create and update. */
  readonly create?: Omit<FaultRule, "fault">
  readonly update?: Omit<FaultRule, "fault">
}

export const faultsOf = (sandbox: Sandbox, rules: Rules): StageFaults => {
  const on = (rule: FaultRule | undefined) =>
    rule === undefined ? undefined : (): void => { sandbox.faults.add(rule) }
  const cut = (fault: string) => (op: "create" | "update"): void => { sandbox.faults.add({ fault, ...rules[op] }) }
  const { expire } = rules
  const [throttle, unavailable, lock, partial] = [rules.throttle, rules.unavailable, rules.lock, rules.partial].map(on)
  return {
    ...throttle === undefined ? {} : { throttle },
    ...unavailable === undefined ? {} : { unavailable },
    ...lock === undefined ? {} : { lock },
    ...partial === undefined ? {} : { partial },
    ...expire === undefined ? {} : { expire },
    cutBefore: cut("cut-before"),
    cutAfter: cut("cut-after")
  }
}

/** A server that takes every webhook; `url` is where to subscribe. */
export interface Mailbox {
  readonly url: string
  readonly taken: () => ReadonlyArray<Delivery>
}

export const mailbox = (time: StageTime): Effect.Effect<Mailbox, never, Scope.Scope> => {
  let letters: Array<Delivery> = []
  let url = ""
  const server = createServer((request, response) => {
    const parts: Array<Uint8Array> = []
    request.on("data", (part: Uint8Array) => parts.push(part))
    request.on("end", () => {
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
      letters.push({ method: request.method ?? "POST", url, headers, body: Buffer.concat(parts), receivedAt: time.now() })
      response.writeHead(200).end()
    })
  })
  const started = Effect.promise(() => new Promise<Mailbox>((done) => {
    server.listen(0, "127.0.0.1", () => {
      url = `http://127.0.0.1:${portOf(server.address())}/hooks`
      done({ url, taken: () => { const all = letters; letters = []; return all } })
    })
  }))
  return Effect.acquireRelease(started, () => Effect.promise(() => new Promise<void>((done) => {
    server.close(() => { done() })
    server.closeAllConnections()
  })))
}

const portOf = (address: AddressInfo | string | null): number =>
  typeof address === "object" && address !== null ? address.port : 0

/** `sent`: makes the vendor send what it collects before it sends. */
export const hooksOf = (sandbox: Sandbox, box: Mailbox): Hooks => ({
  take: async () => {
    await sandbox.delivered()
    return box.taken()
  },
  fault: (what) => { sandbox.faults.add({ fault: `webhook-${what}` }) }
})
