/** The frame of every sandbox: a loopback server around a vendor's own state, with faults, counts and webhooks. */
import { createServer } from "node:http"
import type { IncomingMessage, Server, ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type { Json } from "../model/value.ts"
import { admin } from "./sandbox/admin.ts"
import { Faults } from "./sandbox/faults.ts"
import type { FaultRule } from "./sandbox/faults.ts"
import { Post } from "./sandbox/post.ts"
import type { Message } from "./sandbox/post.ts"

export type { FaultRule } from "./sandbox/faults.ts"
export type { Message } from "./sandbox/post.ts"

/** A request as it came. Header names are lower case; `origin` says at which of the vendor's servers. */
export interface Call {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: { readonly [name: string]: string }
  readonly body: Uint8Array
  readonly text: string
  readonly origin: string
}

/** A body that is text or bytes goes out as it is; anything else as JSON. */
export interface Reply {
  readonly status: number
  readonly headers?: { readonly [name: string]: string }
  readonly body?: Json | Uint8Array
  /** Under what the call is counted; default the method and the path. */
  readonly label?: string
}

/** What the frame gives a vendor. */
export interface Frame {
  /** The sandbox's own clock, milliseconds since 1970: `advance` moves it. */
  readonly now: () => number
  /** Address of one of its servers, without a slash at the end. */
  readonly url: (origin?: string) => string
  /** A request that the vendor's schema does not allow. Suites assert that there is none. */
  readonly violation: (what: string) => void
  /** The next rule of this name that fits the call, used up by one; for faults that the vendor's state plays itself. */
  readonly fault: (name: string, call?: Call) => FaultRule | undefined
  /** Adds to a count of its own unit, e.g. cost points. */
  readonly count: (label: string, n: number) => void
  /** Sends a webhook, again and again as the vendor does, until it is taken. */
  readonly post: (message: Message) => void
}

export interface Vendor {
  readonly handle: (call: Call) => Reply | Promise<Reply>
  /** Faults that answer instead of the handler, by name: the vendor's real error. */
  readonly answers?: { readonly [fault: string]: (call: Call) => Reply }
  /** Faults that the handler plays itself through `Frame.fault`, by name: what each does. */
  readonly plays?: { readonly [fault: string]: string }
}

export interface SandboxOptions {
  /** Port of the first server; the others follow. Default: any that is free. */
  readonly port?: number
  /** How long each call takes at least. Default 0. */
  readonly latencyMs?: number
  /** Names of the vendor's servers, e.g. `["api", "storage"]`. Default `["api"]`. */
  readonly origins?: ReadonlyArray<string>
}

export interface Sandbox {
  readonly url: (origin?: string) => string
  readonly faults: Faults
  /** Calls since the last `forget`, by label. */
  readonly calls: ReadonlyMap<string, number>
  readonly total: () => number
  readonly violations: ReadonlyArray<string>
  readonly forget: () => void
  readonly now: () => number
  readonly advance: (ms: number) => void
  /** Resolves when no webhook is on its way. */
  readonly delivered: () => Promise<void>
  readonly stop: () => Promise<void>
}

const largestBody = 150 * 1_024 * 1_024

/** Starts a vendor on 127.0.0.1. */
export const sandbox = async (build: (frame: Frame) => Vendor, options: SandboxOptions = {}): Promise<Sandbox> => {
  const origins = options.origins ?? ["api"]
  const addresses = new Map<string, string>()
  const calls = new Map<string, number>()
  const violations: Array<string> = []
  let moved = 0
  let total = 0
  const faults = new Faults()
  const post = new Post(faults)
  const now = (): number => Date.now() + moved
  const url = (origin = "api"): string => addresses.get(origin) ?? addresses.values().next().value ?? ""
  const count = (label: string, n: number): void => { calls.set(label, (calls.get(label) ?? 0) + n) }
  const vendor = build({ now, url, count, violation: (what) => { violations.push(what) },
    fault: (name, call) => faults.take(name, call), post: (message) => { post.send(message) } })
  faults.names(vendor.answers ?? {}, vendor.plays ?? {})
  const running: Sandbox = {
    url, faults, calls, violations, now,
    total: () => total,
    forget: () => { calls.clear(); total = 0; violations.length = 0 },
    advance: (ms) => { moved += ms },
    delivered: () => post.idle(),
    stop: async () => { await post.stop(); await Promise.all(servers.map(close)) }
  }
  const answer = async (call: Call, response: ServerResponse): Promise<void> => {
    if (call.path.startsWith("/__esl/")) return send(response, admin(running, call))
    total++
    await pause(options.latencyMs ?? 0)
    const slow = faults.take("slow", call)
    if (slow !== undefined) await pause(slow.ms ?? 1_000)
    if (faults.take("cut-before", call) !== undefined) return cut(response)
    const own = faults.answer(vendor.answers ?? {}, call)
    const reply = own ?? await vendor.handle(call)
    count(reply.label ?? `${call.method} ${call.path}`, 1)
    if (own === undefined && faults.take("cut-after", call) !== undefined) return cut(response)
    send(response, reply)
  }
  const servers: Array<Server> = []
  for (const [at, origin] of origins.entries()) {
    const server = createServer((request, response) => {
      called(request, origin).then((call) => answer(call, response)).catch((error: unknown) => {
        violations.push(`the sandbox itself failed: ${error instanceof Error ? error.stack ?? error.message : String(error)}`)
        send(response, { status: 500, body: { error: "the sandbox itself failed: see its violations" } })
      })
    })
    servers.push(server)
    addresses.set(origin, await listen(server, options.port === undefined ? 0 : options.port + at))
  }
  return running
}

const called = async (request: IncomingMessage, origin: string): Promise<Call> => {
  const parts: Array<Uint8Array> = []
  let size = 0
  for await (const part of request) {
    if (!(part instanceof Uint8Array)) continue
    size += part.byteLength
    if (size > largestBody) throw new Error("a request of more than 150 MB")
    parts.push(part)
  }
  const body = Buffer.concat(parts)
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://127.0.0.1")
  const headers: { [name: string]: string } = {}
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(", ") : value
  }
  return { method: request.method ?? "GET", path: pathname, query: searchParams, headers, body, origin,
    get text() { return body.toString("utf8") } }
}

const send = (response: ServerResponse, { body, headers, status }: Reply): void => {
  if (response.destroyed || response.headersSent) return
  const raw = typeof body === "string" || body instanceof Uint8Array
  response.writeHead(status, {
    ...body === undefined ? {} : { "content-type": raw ? "application/octet-stream" : "application/json; charset=utf-8" },
    ...headers
  })
  response.end(body === undefined ? undefined : raw ? body : JSON.stringify(body))
}

const cut = (response: ServerResponse): void => { response.socket?.destroy() }

export const pause = (ms: number): Promise<void> =>
  ms <= 0 ? Promise.resolve() : new Promise((resume) => { setTimeout(resume, ms) })

const listen = (server: Server, port: number): Promise<string> =>
  new Promise((resume, reject) => {
    server.once("error", reject)
    server.listen(port, "127.0.0.1", () => { resume(`http://127.0.0.1:${portOf(server.address())}`) })
  })

const portOf = (address: AddressInfo | string | null): number =>
  typeof address === "object" && address !== null ? address.port : 0

const close = (server: Server): Promise<void> =>
  new Promise((resume) => {
    server.close(() => { resume() })
    server.closeAllConnections()
  })
