/** What connectors talk through: one account's API, with its credentials, limits, retries and errors in one place. */
import { Clock, Effect, Random, Redacted, Schema, Scope, Stream } from "effect"
import type { Http, HttpFailure, HttpRequest, Method } from "../io/http.ts"
import type { Cost, Lane, LaneOptions, Priority } from "../io/lane.ts"
import type { Json } from "../model/value.ts"
import { Answer } from "./answer.ts"
import type { Authorization, Credentials } from "./authorization.ts"
import type { Fenced } from "./connector.ts"
import { ConnectorError, Malformed, RateLimited, Unavailable } from "./errors.ts"
import type { Reason } from "./errors.ts"
import { judge, reasonOf } from "./verdict.ts"
import type { Dialect, Verdict } from "./verdict.ts"

export type { Budget, Cost, LaneOptions, Priority } from "../io/lane.ts"
export { Answer } from "./answer.ts"
export type { Dialect } from "./verdict.ts"

export type Body =
  | { readonly json: Json }
  | { readonly text: string | Uint8Array; readonly type: string }
  | { readonly form: { readonly [name: string]: string } }
  /** In this order; a file part carries a file name. */
  | { readonly multipart: ReadonlyArray<Part> }

export interface Part {
  readonly name: string
  readonly value: string | Blob
  readonly file?: string
}

export interface Call {
  /** What is done, in words for errors: `list customers`. */
  readonly operation: string
  readonly method: Method
  /** A template under the base: `/customers/{id}`. Errors and logs show it as it stands here, without values. */
  readonly path: string
  /** Values of the template, escaped when they are put in. */
  readonly params?: { readonly [name: string]: string | number }
  readonly query?: { readonly [name: string]: string | number | boolean | ReadonlyArray<string> | undefined }
  /** An address the system gave (next link, Location, storage); goes instead of `path` if its origin is allowed. */
  readonly link?: string
  readonly headers?: { readonly [name: string]: string }
  readonly body?: Body
  readonly priority?: Priority
  readonly cost?: Cost
  /** Answers that the caller reads himself, whatever code comes with them: `[404, 409]`. */
  readonly accept?: ReadonlyArray<number> | ((answer: Answer) => boolean)
  readonly timeoutMs?: number
  readonly maxBytes?: number
}

export interface Write extends Call {
  /** Sent twice it is done once (upsert, PUT, idempotency key): a lost answer is then asked for again. */
  readonly idempotent: boolean
}

/** The request left and no answer came: nobody knows whether it was done. Becomes `{ did: "unknown" }`. */
export class Lost extends Schema.TaggedError<Lost>()("Lost", { connection: Schema.String, message: Schema.String }) {}

export interface Api {
  readonly read: (call: Call) => Effect.Effect<Answer, ConnectorError>
  /**
   * A `ConnectorError` says that nothing was done; if its reason is `Malformed`, that the answer means nothing to us.
   * The fence is run right before each request leaves.
   */
  readonly write: (
    call: Write, fence?: Effect.Effect<void, Fenced>
  ) => Effect.Effect<Answer, ConnectorError | Lost | Fenced>
  /** The lines of a long text (JSONL), in flat memory. Cut in the middle it fails: the caller asks again from there. */
  readonly lines: (call: Call) => Stream.Stream<string, ConnectorError>
  /** The same as it comes: for CSV, whose rows may hold line breaks. */
  readonly chunks: (call: Call) => Stream.Stream<Uint8Array, ConnectorError>
  readonly lane: Lane
  /** An error of this connection, for what a connector finds out itself. The message must hold no values. */
  readonly fail: (operation: string, reason: Reason) => ConnectorError
}

export interface ApiOptions {
  readonly connection: string
  /** `https://api.example.com/v1`. Its origin is the only one that ever sees credentials. */
  readonly base: string
  /** Other origins that the system may send us to, e.g. `https://storage.example.com`, `https://*.example.com`. */
  readonly origins?: ReadonlyArray<string>
  readonly authorization?: Authorization
  readonly dialect: Dialect
  /** Sent with every request to the API's origin. */
  readonly headers?: { readonly [name: string]: string }
  readonly lane?: LaneOptions
  /** Tries of one call. Default 5. */
  readonly attempts?: number
  /** Longest time one call may take with its waits. Default two minutes. */
  readonly withinMs?: number
  readonly connectMs?: number
  readonly timeoutMs?: number
  readonly maxBytes?: number
}

const firstWaitMs = 500
const longestWaitMs = 30_000

/** Closes its connections with the scope. */
export const makeApi = (options: ApiOptions): Effect.Effect<Api, ConnectorError, Scope.Scope> =>
  Effect.gen(function*() {
    const { makeHttp, makeLane } = yield* Effect.promise(async () => ({
      ...await import("../io/http.ts"), ...await import("../io/lane.ts")
    }))
    const given = options.authorization?.origin === undefined ? undefined : yield* options.authorization.origin
    const base = new URL(given === undefined ? options.base : `${given}${new URL(options.base).pathname}`)
    const others = (options.origins ?? []).map(originPattern)
    const http = yield* makeHttp({
      allowed: (origin) => origin === base.origin || others.some((other) => other.test(origin)),
      ...limitsOf(options)
    })
    const lane = yield* makeLane(options.lane)
    const line = new Line({ ...options, base, http, lane, knows: (options.lane?.budgets ?? []).length > 0 })
    const chunks = (call: Call) => Stream.unwrap(line.stream(call))
    return {
      lane,
      read: (call) => line.read(call),
      write: (call, fence) => line.write(call, fence),
      chunks,
      lines: (call) => chunks(call).pipe(Stream.decodeText, Stream.splitLines),
      fail: (operation, reason) => new ConnectorError({ connection: options.connection, operation, reason })
    }
  })

const limitsOf = ({ connectMs, timeoutMs, maxBytes }: ApiOptions) => ({
  ...(connectMs === undefined ? {} : { connectMs }),
  ...(timeoutMs === undefined ? {} : { timeoutMs }),
  ...(maxBytes === undefined ? {} : { maxBytes })
})

/** `*` stands for one or more labels of a host name. */
const originPattern = (origin: string): RegExp => new RegExp(`^${origin.split("*").map((part) =>
  part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("[A-Za-z0-9-]+(?:\\.[A-Za-z0-9-]+)*")}$`)

interface LineOptions extends Omit<ApiOptions, "base" | "lane"> {
  readonly base: URL
  readonly http: Http
  readonly lane: Lane
  /** Its limits were declared: a refusal teaches nothing about the rate. */
  readonly knows: boolean
}

/** One call, and how its request is sent. */
interface Job {
  readonly call: Write
  readonly fence: Effect.Effect<void, Fenced> | undefined
  readonly open: (request: HttpRequest) => Effect.Effect<Answer, HttpFailure>
}

/** What is known while a call is being made. */
interface Course {
  readonly attempt: number
  /** Refusals for too many requests: bounded by time, not by tries. */
  readonly waits: number
  readonly startedAt: number
  /** A try left without an answer. */
  readonly maybeDone: boolean
  readonly renewed: boolean
}

interface Answered {
  readonly answer: Answer
  readonly verdict: Verdict
  readonly used: Credentials
  /** The answer said what is left. */
  readonly told: boolean
}

type CallError = ConnectorError | Lost | Fenced

/** The head of an answer whose body comes in parts. */
class Streaming extends Answer {
  readonly parts: Stream.Stream<Uint8Array, HttpFailure>
  constructor(status: number, headers: Answer["headers"], parts: Stream.Stream<Uint8Array, HttpFailure>) {
    super(status, headers, new Uint8Array())
    this.parts = parts
  }
}

const whole = (http: Http) => (request: HttpRequest): Effect.Effect<Answer, HttpFailure> =>
  Effect.map(http.send(request), ({ body, headers, status }) => new Answer(status, headers, body))

/** Errors are short: their body is read, for the vendor's code. */
const inParts = (http: Http) => (request: HttpRequest): Effect.Effect<Answer, HttpFailure, Scope.Scope> =>
  Effect.flatMap(http.stream(request), ({ body, headers, status }) => status >= 200 && status < 300
    ? Effect.succeed(new Streaming(status, headers, body))
    : Effect.map(Stream.runCollect(Stream.take(body, 16)), (parts) =>
      new Answer(status, headers, Buffer.concat(parts))))

class Line {
  readonly #options: LineOptions
  constructor(options: LineOptions) {
    this.#options = options
  }
  fail(call: Call, reason: Reason): ConnectorError {
    return new ConnectorError({ connection: this.#options.connection, operation: call.operation, reason })
  }
  write(call: Write, fence?: Effect.Effect<void, Fenced>): Effect.Effect<Answer, CallError> {
    return this.#exchange({ call, fence, open: whole(this.#options.http) })
  }
  read(call: Call): Effect.Effect<Answer, ConnectorError> {
    return this.#harmless(call, whole(this.#options.http))
  }
  stream(call: Call): Effect.Effect<Stream.Stream<Uint8Array, ConnectorError>, ConnectorError, Scope.Scope> {
    return Effect.flatMap(Effect.scope, (scope) => {
      const open = inParts(this.#options.http)
      const opened = this.#harmless(call, (request) => Effect.provideService(open(request), Scope.Scope, scope))
      const failed = ({ why }: HttpFailure) => this.#unavailable(call, why)
      return Effect.map(opened, (answer) =>
        answer instanceof Streaming ? Stream.mapError(answer.parts, failed) : Stream.empty)
    })
  }
  /** What is asked again without harm ends as unavailable, never as lost. */
  #harmless(call: Call, open: Job["open"]): Effect.Effect<Answer, ConnectorError> {
    return Effect.catchTags(this.#exchange({ call: { ...call, idempotent: true }, fence: undefined, open }), {
      Lost: ({ message }) => Effect.fail(this.fail(call, new Unavailable({ message }))),
      Fenced: () => Effect.fail(this.#unavailable(call, "stopped"))
    })
  }
  #exchange(job: Job): Effect.Effect<Answer, CallError> {
    return Effect.flatMap(Clock.currentTimeMillis, (startedAt) =>
      this.#try(job, { attempt: 1, waits: 0, startedAt, maybeDone: false, renewed: false }))
  }
  #try(job: Job, course: Course): Effect.Effect<Answer, CallError> {
    const { call, fence } = job
    const fenced = fence === undefined ? Effect.void
      : Effect.mapError(fence, (error) => course.maybeDone ? this.#lost(call, "no answer") : error)
    const sent = this.#options.lane.run(Effect.andThen(fenced, this.#send(job)), {
      priority: call.priority ?? "sync", cost: call.cost ?? 1
    }).pipe(Effect.catchTag("Exhausted", ({ retryAfterMs, why }) => Effect.fail(course.maybeDone
      ? this.#lost(call, "no answer")
      : this.fail(call, new RateLimited({ retryAfterMs, message: `${this.#said(call)}: ${why}` })))))
    return Effect.flatMap(sent, (one) =>
      "why" in one ? this.#unanswered(job, course, one) : this.#answered(job, course, one))
  }
  /** One request, in its turn. */
  #send({ call, open }: Job): Effect.Effect<Answered | HttpFailure, ConnectorError> {
    return Effect.gen({ self: this }, function*() {
      const { dialect, lane } = this.#options
      const { request, used } = yield* this.#request(call)
      const result = yield* Effect.result(open(request))
      if (result._tag === "Failure") {
        yield* Effect.logDebug(`${this.#said(call)}: ${result.failure.why}`)
        return result.failure
      }
      const answer = result.success
      const now = yield* Clock.currentTimeMillis
      const budgets = dialect.budgets?.(answer, now) ?? []
      for (const budget of budgets) yield* lane.learn(budget, call.cost ?? 1)
      const accepted = typeof call.accept === "function" ? call.accept(answer) : call.accept?.includes(answer.status)
      const verdict: Verdict = accepted === true ? { class: "ok" } : judge(dialect, answer, now)
      yield* Effect.logDebug(`${this.#said(call)} answered ${answer.status} ${verdict.code ?? verdict.class}`)
      return { answer, verdict, used, told: budgets.length > 0 }
    })
  }
  #request(call: Call): Effect.Effect<{ readonly request: HttpRequest; readonly used: Credentials }, ConnectorError> {
    return Effect.gen({ self: this }, function*() {
      const { authorization, base, headers } = this.#options
      const url = address(base, call)
      if (url === undefined) {
        return yield* this.fail(call, new Malformed({ message: `${this.#said(call)}: the address is none` }))
      }
      const own = url.origin === base.origin
      const used = own && authorization !== undefined ? yield* authorization.headers : {}
      const { body, type } = bodyOf(call.body)
      const request: HttpRequest = {
        method: call.method,
        url,
        headers: {
          Accept: "application/json",
          ...(type === undefined ? {} : { "Content-Type": type }),
          ...(own ? headers : {}), ...call.headers,
          ...Object.fromEntries(Object.entries(used).map(([name, value]) => [name, Redacted.value(value)]))
        },
        ...(body === undefined ? {} : { body }),
        ...(call.timeoutMs === undefined ? {} : { timeoutMs: call.timeoutMs }),
        ...(call.maxBytes === undefined ? {} : { maxBytes: call.maxBytes })
      }
      return { request, used }
    })
  }
  #unanswered(job: Job, course: Course, { sent, why }: HttpFailure): Effect.Effect<Answer, CallError> {
    const { call } = job
    if (why === "origin not allowed") {
      return Effect.fail(this.fail(call, new Malformed({ message: `${this.#said(call)}: ${why}` })))
    }
    const maybeDone = course.maybeDone || sent
    const end = maybeDone ? this.#lost(call, why) : this.#unavailable(call, why)
    return why === "answer too large" || (sent && !call.idempotent) ? Effect.fail(end)
      : this.#again(job, { ...course, maybeDone }, undefined, end)
  }
  #answered(job: Job, course: Course, sent: Answered): Effect.Effect<Answer, CallError> {
    const { answer, verdict } = sent
    const plain = this.fail(job.call, reasonOf(verdict, `${this.#said(job.call)} answered ${answer.status}`))
    const end = course.maybeDone ? this.#lost(job.call, "no answer") : plain
    switch (verdict.class) {
      case "ok": return Effect.succeed(answer)
      case "busy": return this.#again(job, course, verdict.waitMs, end)
      case "wait": return Effect.andThen(this.#calm(sent), this.#again(job,
        { ...course, attempt: course.attempt - 1, waits: course.waits + 1 }, verdict.waitMs, end))
      case "retry": {
        const lost = this.#lost(job.call, reasonOf(verdict, `answered ${answer.status}`).message)
        if (!job.call.idempotent) return Effect.fail(lost)
        return this.#again(job, { ...course, maybeDone: true }, verdict.waitMs, lost)
      }
      case "reauthorise": return this.#renew(job, course, sent, end)
      case "fix mapping": case "fix data": case "report": return Effect.fail(plain)
    }
  }
  /** The whole lane waits, not this call alone. */
  #calm({ told, verdict }: Answered): Effect.Effect<void> {
    const { knows, lane } = this.#options
    return Effect.andThen(told || knows ? Effect.void : lane.slow,
      verdict.waitMs === undefined ? Effect.void : lane.pause(verdict.waitMs))
  }
  /** The credentials were refused: once, others are tried. */
  #renew(job: Job, course: Course, sent: Answered, end: CallError): Effect.Effect<Answer, CallError> {
    const { authorization } = this.#options
    if (authorization === undefined || course.renewed || sent.answer.status === 403) return Effect.fail(end)
    return Effect.flatMap(authorization.refused(sent.used), (others) => others
      ? this.#try(job, { ...course, renewed: true }) : Effect.fail(end))
  }
  /** Full jitter (each wait anywhere between nothing and the bound), on top of what the system asked for. */
  #again(
    job: Job, course: Course, askedMs: number | undefined, end: ConnectorError | Lost
  ): Effect.Effect<Answer, CallError> {
    return Effect.gen({ self: this }, function*() {
      const { attempts = 5, withinMs = 120_000 } = this.#options
      const now = yield* Clock.currentTimeMillis
      const bound = Math.min(longestWaitMs, firstWaitMs * 2 ** (course.attempt + course.waits - 1))
      const wait = (askedMs ?? 0) + (yield* Random.next) * bound
      if (course.attempt >= attempts || now + wait - course.startedAt > withinMs) return yield* Effect.fail(end)
      yield* Effect.sleep(wait)
      return yield* this.#try(job, { ...course, attempt: course.attempt + 1 })
    })
  }
  #unavailable(call: Call, why: string): ConnectorError {
    return this.fail(call, new Unavailable({ message: `${this.#said(call)}: ${why}` }))
  }
  #lost(call: Call, why: string): Lost {
    return new Lost({ connection: this.#options.connection, message: `${this.#said(call)}: ${why}` })
  }
  #said(call: Call): string {
    return `${call.method} ${call.path}`
  }
}

/** Undefined: no address. A value never makes another path: what it holds is escaped, and dots alone are refused. */
const address = (base: URL, call: Call): URL | undefined => {
  if (call.link !== undefined) return URL.canParse(call.link, base.href) ? new URL(call.link, base) : undefined
  let sound = true
  const path = call.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = call.params?.[name]
    if (value === undefined || /^\.{0,2}$/.test(String(value))) sound = false
    return encodeURIComponent(String(value))
  })
  if (!sound) return undefined
  const url = new URL(base)
  url.pathname = `${base.pathname.replace(/\/$/, "")}${path}`
  for (const [name, value] of Object.entries(call.query ?? {})) {
    if (value === undefined) continue
    for (const one of Array.isArray(value) ? value : [value]) url.searchParams.append(name, String(one))
  }
  return url
}

type Sendable = { readonly body?: NonNullable<HttpRequest["body"]>; readonly type?: string }
const bodyOf = (body: Body | undefined): Sendable => {
  if (body === undefined) return {}
  if ("json" in body) return { body: JSON.stringify(body.json), type: "application/json" }
  if ("text" in body) return { body: body.text, type: body.type }
  if ("form" in body) {
    return { body: new URLSearchParams(body.form).toString(), type: "application/x-www-form-urlencoded" }
  }
  const form = new FormData()
  for (const { file, name, value } of body.multipart) {
    if (typeof value === "string") form.append(name, value)
    else form.append(name, value, file ?? name)
  }
  return { body: form }
}
