/** From a call to an endpoint and back: token, scope, the package's serializers, errors in the vendor's shape. */
import type { Call, Reply, Vendor } from "../../../core/connector/sandbox.ts"
import type { Json } from "../../../core/model/value.ts"
import type { Checker } from "./check.ts"
import {
  errorsOf,
  forbidden,
  invalid,
  isDoc,
  notFound,
  rateLimited,
  refusal,
  unauthorized,
  Wrong
} from "./reply.ts"
import type { Doc } from "./reply.ts"
import type { Grants } from "./grants.ts"
import { grantRefusal } from "./reply.ts"
import type { Seller } from "./seller.ts"

export interface Asked {
  readonly path: ReadonlyArray<string>
  readonly query: Doc
  readonly body: Doc
  readonly call: Call
}

export interface Endpoint {
  /** `GET /v2/customers/:id`; a part with a colon is any text. */
  readonly at: string
  readonly scope?: string
  /** Types of the package `square` that judge the body and the answer. */
  readonly takes?: string
  readonly answers?: string
  readonly run: (seller: Seller, asked: Asked) => Json | Promise<Json>
}

interface Route {
  readonly method: string
  readonly pattern: RegExp
  readonly endpoint: Endpoint
}

const routeOf = (endpoint: Endpoint): Route => {
  const [method = "", path = ""] = endpoint.at.split(" ")
  const parts = path.split("/").map((part) => (part.startsWith(":") ? "([^/]+)" : part.replaceAll(".", "\\.")))
  return { method, pattern: new RegExp(`^${parts.join("/")}$`), endpoint }
}

export interface Server {
  readonly seller: Seller
  readonly grants: Grants
  readonly checker: Checker
  readonly endpoints: ReadonlyArray<Endpoint>
}

/** Counts calls by second, as a limit that nobody publishes would. */
class Meter {
  private second = 0
  private calls = 0
  over(now: number, most: number | undefined): boolean {
    const second = Math.floor(now / 1_000)
    if (second !== this.second) [this.second, this.calls] = [second, 0]
    this.calls++
    return most !== undefined && this.calls > most
  }
}

export const serve = ({ checker, endpoints, grants, seller }: Server): Vendor["handle"] => {
  // Fixed words go before parts that take any text: /customers/search is no customer.
  const routes = endpoints.map(routeOf).sort((a, b) => placeholders(a) - placeholders(b))
  const meter = new Meter()
  const served = async (call: Call): Promise<Reply> => {
    if (call.path.startsWith("/oauth2/")) return grants.answer(call, checker)
    const found = routes.find(({ method, pattern }) => method === call.method && pattern.test(call.path))
    const label = found?.endpoint.at ?? `${call.method} ${call.path}`
    try {
      if (meter.over(seller.frame.now(), seller.options.callsPerSecond)) throw rateLimited()
      grants.admit(call, found?.endpoint.scope)
      version(call)
      if (found === undefined) throw notFound("The endpoint is not played by this sandbox.")
      const asked = askedOf(call, found)
      judge(seller, checker, found.endpoint.takes, call, asked)
      const body = await found.endpoint.run(seller, asked)
      report(seller, checker, found.endpoint.answers, label, body)
      return { status: 200, body, label }
    } catch (error) {
      if (error instanceof Wrong) return { ...refusal(error), label }
      throw error
    }
  }
  return async (call) => {
    const reply = await served(call)
    for (const watcher of seller.watchers) watcher(call, reply)
    return reply
  }
}

const placeholders = ({ endpoint }: Route): number => endpoint.at.split(":").length

const version = (call: Call): void => {
  const used = call.headers["square-version"]
  if (used !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(used)) {
    throw invalid("INVALID_SQUARE_VERSION_FORMAT", "The Square-Version header is a date, YYYY-MM-DD.")
  }
}

const askedOf = (call: Call, route: Route): Asked => {
  const path = (route.pattern.exec(call.path) ?? []).slice(1).map(decodeURIComponent)
  const query: Doc = {}
  for (const [key, value] of call.query) query[key] = value
  return { path, query, body: bodyOf(call), call }
}

const bodyOf = (call: Call): Doc => {
  if (call.body.byteLength === 0) return {}
  try {
    // What JSON.parse returns is JSON.
    const body = JSON.parse(call.text) as Json
    if (isDoc(body)) return { ...body }
  } catch {
    // falls through to the refusal
  }
  throw invalid("EXPECTED_JSON_BODY", "Expected a JSON body.")
}

/** Square ignores a name that it does not know; here it is an error and shows in the violations. */
const judge = (
  seller: Seller,
  checker: Checker,
  type: string | undefined,
  call: Call,
  { body }: Asked
): void => {
  if (type === undefined) {
    if (Object.keys(body).length === 0) return
    seller.frame.violation(`${call.method} ${call.path}: takes no body`)
    throw invalid("BAD_REQUEST", "This endpoint takes no body.")
  }
  const verdict = checker.of(type)
  if (verdict === undefined) throw new Error(`the package square has no ${type}`)
  const faults = verdict(asJson(body))
  if (faults.length === 0) return
  seller.frame.violation(`${call.method} ${call.path}: ${faults.join("; ")}`)
  throw invalid(
    faults[0]?.includes("Unexpected key") === true ? "UNKNOWN_BODY_PARAMETER" : "INCORRECT_TYPE",
    faults.join("; ")
  )
}

const asJson = (doc: Doc): Json =>
  Object.fromEntries(Object.entries(doc).map(([key, value]) => [key, value ?? null]))

const report = (
  seller: Seller,
  checker: Checker,
  type: string | undefined,
  label: string,
  body: Json
): void => {
  if (type === undefined) return
  const verdict = checker.of(type)
  if (verdict === undefined) throw new Error(`the package square has no ${type}`)
  for (const fault of verdict(body)) seller.frame.violation(`the answer of ${label}: ${fault}`)
}

/** Answers that come instead of the handler's, in the vendor's own words. */
export const answers: NonNullable<Vendor["answers"]> = {
  throttled: () => refusal(rateLimited()),
  unavailable: () => failed(503, "SERVICE_UNAVAILABLE"),
  broken: () => failed(500, "INTERNAL_SERVER_ERROR"),
  "gateway-timeout": () => failed(504, "GATEWAY_TIMEOUT"),
  html: () => ({
    status: 502,
    headers: { "content-type": "text/html" },
    body: "<html><body>Bad Gateway</body></html>"
  }),
  "token-expired": () => refusal(unauthorized("ACCESS_TOKEN_EXPIRED", "The access token has expired.")),
  "token-revoked": () => refusal(unauthorized("ACCESS_TOKEN_REVOKED", "The access token was revoked.")),
  "scopes-missing": () => refusal(forbidden("INSUFFICIENT_SCOPES", "The token lacks a permission.")),
  "too-many-grants": () => grantRefusal(429, "too_many_requests", "The quota exceeded for this application."),
  "unknown-code": () => failed(400, "SOMETHING_NEW")
}

const failed = (status: number, code: string): Reply => ({
  status,
  body: {
    errors: errorsOf({
      errors: [{ category: status < 500 ? "INVALID_REQUEST_ERROR" : "API_ERROR", code, detail: code }]
    })
  }
})
