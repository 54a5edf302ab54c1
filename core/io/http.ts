/** HTTP, through axios: one client a connection, with an allow-list of origins. Failures carry nothing of a request. */
import { Agent as HttpAgent, request as httpRequest } from "node:http"
import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http"
import { Agent as HttpsAgent, request as httpsRequest } from "node:https"
import type { Socket } from "node:net"
import { Readable } from "node:stream"
import { TLSSocket } from "node:tls"
import axios from "axios"
import type { AxiosRequestConfig, AxiosResponse } from "axios"
import { Effect, Schema, Stream } from "effect"
import type { Scope } from "effect"

export type Method = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE"

export interface HttpRequest {
  readonly method: Method
  readonly url: URL
  readonly headers: { readonly [name: string]: string }
  readonly body?: string | Uint8Array | FormData
  /** From connecting to the last byte of the answer; of a stream: to its first byte, and from part to part. */
  readonly timeoutMs?: number
  /** Longest answer taken, decompressed. */
  readonly maxBytes?: number
}

export interface HttpAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: { readonly [name: string]: string }
  readonly body: Uint8Array
}

export interface HttpStream extends Omit<HttpAnswer, "body"> {
  readonly body: Stream.Stream<Uint8Array, HttpFailure>
}

const Why = Schema.Literals([
  "name not found", "connection refused", "no secure connection", "connecting took too long", "not reachable",
  "connection cut", "no answer in time", "answer too large", "origin not allowed"
])

/** `sent: false`: certainly no byte of the request left. Otherwise nobody knows what the system did with it. */
export class HttpFailure extends Schema.TaggedError<HttpFailure>()("HttpFailure", { sent: Schema.Boolean, why: Why }) {
  override get message(): string {
    return this.why
  }
}

export interface Http {
  /** Any status is an answer, a redirect too: none is followed. */
  readonly send: (request: HttpRequest) => Effect.Effect<HttpAnswer, HttpFailure>
  /** The body is read as it comes, and no faster than it is used. */
  readonly stream: (request: HttpRequest) => Effect.Effect<HttpStream, HttpFailure, Scope.Scope>
}

export interface HttpOptions {
  /** Whether a request may go there: asked with the origin of every request, whoever named the URL. */
  readonly allowed: (origin: string) => boolean
  readonly connectMs?: number
  readonly timeoutMs?: number
  readonly maxBytes?: number
}

const defaults = { connectMs: 10_000, timeoutMs: 60_000, maxBytes: 64 * 1_024 * 1_024 }
/** Idle connections are dropped before servers usually drop them (5 s): no request is sent into a closing one. */
const keep = { keepAlive: true, timeout: 4_000, maxFreeSockets: 16 }

/** Closes its connections with the scope. */
export const makeHttp = (options: HttpOptions): Effect.Effect<Http, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => ({ httpAgent: new HttpAgent(keep), httpsAgent: new HttpsAgent(keep) })),
    ({ httpAgent, httpsAgent }) => Effect.sync(() => { httpAgent.destroy(); httpsAgent.destroy() })
  ).pipe(Effect.map((agents): Http => {
    const limits = { ...defaults, ...options }
    const open = (request: HttpRequest, responseType: "arraybuffer" | "stream", wire: Wire) =>
      !safe(request.url) || !options.allowed(request.url.origin)
        ? Effect.fail(new HttpFailure({ sent: false, why: "origin not allowed" }))
        : exchange(config(request, responseType, limits.maxBytes, agents), wire, limits.connectMs)
    const inTime = <A, E>(request: HttpRequest, wire: Wire, work: Effect.Effect<A, E>) =>
      Effect.timeoutOrElse(work, { duration: request.timeoutMs ?? limits.timeoutMs,
        orElse: () => Effect.fail(new HttpFailure({ sent: wire.connected, why: "no answer in time" })) })
    return {
      send: (request) => Effect.suspend(() => {
        const wire = new Wire()
        return inTime(request, wire, open(request, "arraybuffer", wire))
      }).pipe(Effect.map((response) => ({ ...head(response), body: bytes(response.data) }))),
      stream: (request) => Effect.suspend(() => {
        const wire = new Wire()
        return Effect.acquireRelease(inTime(request, wire, open(request, "stream", wire)),
          () => Effect.sync(() => { wire.destroy() }), { interruptible: true })
      }).pipe(Effect.map((response) => ({ ...head(response),
        body: parts(response.data, request.timeoutMs ?? limits.timeoutMs) })))
    }
  }))

/** Plain http is for this machine only, and no address carries a password. */
const safe = (url: URL): boolean => url.username === "" && url.password === "" && (url.protocol === "https:" ||
  (url.protocol === "http:" && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname)))

/** axios is told to keep its hands off: no redirect, no proxy of the environment, bodies as they are, no other host. */
const config = (
  request: HttpRequest, responseType: "arraybuffer" | "stream", maxBytes: number,
  agents: { readonly httpAgent: HttpAgent; readonly httpsAgent: HttpsAgent }
): AxiosRequestConfig => ({
  ...agents,
  adapter: "http",
  method: request.method,
  baseURL: request.url.origin,
  url: `${request.url.pathname}${request.url.search}`,
  allowAbsoluteUrls: false,
  headers: {
    ...(request.body instanceof FormData ? {} : { "Content-Type": false }), "User-Agent": "esl", ...request.headers
  },
  data: request.body instanceof Uint8Array ? Buffer.from(request.body) : request.body,
  responseType,
  maxRedirects: 0,
  proxy: false,
  maxContentLength: request.maxBytes ?? (responseType === "stream" ? -1 : maxBytes),
  maxBodyLength: -1,
  validateStatus: () => true,
  transformRequest: [(data: unknown) => data],
  transformResponse: [(data: unknown) => data]
})

/** Watches one request on its way: whether anything of it can have left. */
class Wire {
  /** From here on the request's bytes flow. */
  connected = false
  #request: ClientRequest | undefined
  #then: () => void = () => undefined
  request = (options: RequestOptions, answered: (response: IncomingMessage) => void): ClientRequest => {
    const request = options.protocol === "https:" ? httpsRequest(options, answered) : httpRequest(options, answered)
    this.#request = request
    request.once("socket", (socket: Socket) => {
      if (request.reusedSocket) this.#flows()
      else socket.once(socket instanceof TLSSocket ? "secureConnect" : "connect", () => this.#flows())
    })
    return request
  }
  #flows(): void {
    this.connected = true
    this.#then()
  }
  onConnected(then: () => void): void {
    if (this.connected) then()
    else this.#then = then
  }
  destroy(): void {
    this.#request?.destroy()
  }
}

const exchange = (
  config: AxiosRequestConfig, wire: Wire, connectMs: number
): Effect.Effect<AxiosResponse<unknown>, HttpFailure> => Effect.raceFirst(
  Effect.callback<AxiosResponse<unknown>, HttpFailure>((resume) => {
    axios.request<unknown>({ ...config, transport: wire }).then(
      (response) => resume(Effect.succeed(response)),
      (error: unknown) => resume(Effect.fail(failed(error, wire.connected))))
    return Effect.sync(() => wire.destroy())
  }),
  Effect.callback<void>((resume) => wire.onConnected(() => resume(Effect.void))).pipe(
    Effect.timeoutOrElse({ duration: connectMs,
      orElse: () => Effect.fail(new HttpFailure({ sent: false, why: "connecting took too long" })) }),
    Effect.andThen(Effect.never))
)

/** Only the error's code is looked at: its message and config hold addresses and headers. */
const failed = (error: unknown, sent: boolean): HttpFailure => {
  const code = error instanceof Error && "code" in error ? String(error.code) : ""
  if (sent) {
    const large = code === "ERR_BAD_RESPONSE" && error instanceof Error && error.message.startsWith("maxContentLength")
    return new HttpFailure({ sent, why: large ? "answer too large" : "connection cut" })
  }
  return new HttpFailure({ sent, why: code === "ENOTFOUND" || code === "EAI_AGAIN" ? "name not found"
    : code === "ECONNREFUSED" ? "connection refused"
    : /CERT|TLS|SSL|SELF_SIGNED|ISSUER|EPROTO/.test(code) ? "no secure connection" : "not reachable" })
}

const head = (response: AxiosResponse<unknown>): Omit<HttpAnswer, "body"> => {
  const headers: Array<[string, string]> = []
  for (const [name, value] of Object.entries(response.headers)) {
    if (typeof value === "string") headers.push([name.toLowerCase(), value])
    else if (Array.isArray(value)) headers.push([name.toLowerCase(), value.join(", ")])
  }
  return { status: response.status, headers: Object.fromEntries(headers) }
}

const bytes = (data: unknown): Uint8Array => data instanceof Uint8Array ? data : new Uint8Array()

const parts = (data: unknown, idleMs: number): Stream.Stream<Uint8Array, HttpFailure> => {
  if (!(data instanceof Readable)) return Stream.empty
  const source: AsyncIterator<unknown> = data[Symbol.asyncIterator]()
  const next = Effect.tryPromise({ try: () => source.next(), catch: (error) => failed(error, true) }).pipe(
    Effect.timeoutOrElse({ duration: idleMs,
      orElse: () => Effect.fail(new HttpFailure({ sent: true, why: "no answer in time" })) }))
  return Stream.unfold(undefined, () => Effect.map(next, (one) =>
    one.done === true ? undefined : [bytes(one.value), undefined] as const))
}
