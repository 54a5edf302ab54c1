/** A Salesforce org on loopback: `const org = await salesforceSandbox()`, `org.url()`, `org.issue()`, `org.insert(...)`. */
import type { Json } from "../../../core/model/value.ts"
import { sandbox } from "../../../core/connector/sandbox.ts"
import type { Call, Frame, Reply, Sandbox, SandboxOptions, Vendor } from "../../../core/connector/sandbox.ts"
import { attempt, failed, noBody, bodyOf, refusedReply } from "./answers.ts"
import { collections, composite, lock } from "./batch.ts"
import { Jobs } from "./bulk.ts"
import { day, Org, stampOf } from "./org.ts"
import type { Row, Values } from "./org.ts"
import { Queries } from "./query.ts"
import { byExternalId, createOne, one, replication } from "./records.ts"
import { Refusal } from "./refusal.ts"
import { insert } from "./rules.ts"
import type { Writing } from "./rules.ts"
import { describeLong, describeShort, externalIdLine, fieldOf, keyed, schemaOf } from "./schema.ts"
import type { Asking } from "./soql.ts"
import { Sessions } from "./token.ts"
import type { App } from "./token.ts"

export interface OrgOptions extends SandboxOptions {
  readonly personAccounts?: boolean
  /** `esl_id__c` is there already. Default true. */
  readonly prepared?: boolean
  /** Codes of an org with several currencies. Default: it has one. */
  readonly currencies?: ReadonlyArray<string>
  /** Fields that the token may not see, by object. */
  readonly hidden?: { readonly [object: string]: ReadonlyArray<string> }
  /** Calls in 24 hours. Default 15,000. */
  readonly dailyRequests?: number
  /** Rows of one answer at most; the vendor gives fewer where rows are wide. Default 2,000. */
  readonly rowsAtOnce?: number
  /** One e-mail address, one person, unless the caller insists. */
  readonly duplicateRule?: boolean
  /** A validation rule of the org's own. */
  readonly refuses?: Writing["refuses"]
  readonly app?: App
  readonly refreshTokens?: ReadonlyArray<string>
}

export interface SalesforceSandbox extends Sandbox {
  readonly org: Org
  /** A token that works without a grant. */
  readonly issue: () => string
  /** Ends every session. */
  readonly revoke: () => void
  /** As a person at the screen would: with the org's rules. Returns the id. */
  readonly insert: (object: string, values: Values) => string
  /** Commits now what was stamped `ms` ago, or shows only `ms` from now what is stamped now. */
  readonly insertLate: (object: string, values: Values, ms: number) => string
  readonly change: (object: string, id: string, values: Values) => void
  readonly remove: (object: string, id: string) => void
  readonly read: (object: string, id: string) => { readonly [field: string]: Json } | undefined
  readonly all: (object: string) => ReadonlyArray<{ readonly [field: string]: Json }>
  /** An admin adds or drops a field, or hides it from the token, while a run is on. */
  readonly addField: (object: string, line: string) => void
  readonly dropField: (object: string, name: string) => void
  readonly hide: (object: string, name: string) => void
  /** A permission set shows it. */
  readonly show: (object: string, name: string) => void
}

/** Versions that answer, three a year. */
const versions = ["60.0", "61.0", "62.0", "63.0", "64.0", "65.0", "66.0"]
export const sandboxApp: App = { clientId: "3MVG9sandbox", clientSecret: "sandbox-secret" }

export const salesforceSandbox = async (options: OrgOptions = {}): Promise<SalesforceSandbox> => {
  let server: Server | undefined
  const running = await sandbox((frame) => {
    server = new Server(frame, options)
    return server.vendor
  }, options)
  if (server === undefined) throw new TypeError("the frame made no server")
  const { org, sessions } = server
  const writing = { ...server.writing(), duplicateRule: false }
  const { refuses: _, ...free } = writing
  const put = (object: string, values: Values): string => insert(org, object, values, free).id
  const hidden = server.hidden
  const removed = server.removed
  return {
    ...running,
    org,
    issue: () => sessions.issue(),
    revoke: () => { sessions.revoke() },
    insert: put,
    insertLate: (object, values, ms) => {
      const id = put(object, values)
      const row = org.row(object, id)
      if (row !== undefined) row.visibleAt = org.now() + ms
      return id
    },
    change: (object, id, values) => { org.change(object, rowOf(org, object, id), values) },
    remove: (object, id) => { org.bury(object, rowOf(org, object, id)) },
    read: (object, id) => org.row(object, id)?.values,
    all: (object) => [...org.table(object).values()].filter((row) => row.values["IsDeleted"] !== true).map((row) => row.values),
    addField: (object, line) => {
      const field = fieldOf(line)
      org.schema.get(object)?.fields.set(field.name, field)
    },
    dropField: (object, name) => {
      org.schema.get(object)?.fields.delete(name)
      removed.add(`${object}.${name}`)
    },
    hide: (object, name) => { hidden.set(object, new Set([...hidden.get(object) ?? [], name])) },
    show: (object, name) => {
      hidden.set(object, new Set([...hidden.get(object) ?? []].filter((one) => one !== name)))
    }
  }
}

const rowOf = (org: Org, object: string, id: string): Row => {
  const row = org.row(object, id)
  if (row === undefined) throw new TypeError(`no ${object} ${id}`)
  return row
}

class Server {
  readonly org: Org
  readonly sessions: Sessions
  readonly hidden: Map<string, ReadonlySet<string>>
  readonly removed = new Set<string>()
  private readonly frame: Frame
  private readonly options: OrgOptions
  private readonly queries: Queries
  private readonly jobs = new Jobs()
  private readonly asked: Array<number> = []

  constructor(frame: Frame, options: OrgOptions) {
    this.frame = frame
    this.options = options
    const schema = schemaOf({ personAccounts: options.personAccounts ?? false, prepared: options.prepared ?? true,
      currencies: options.currencies ?? [] })
    this.org = new Org(schema, frame.now)
    this.queries = new Queries(this.org, options.rowsAtOnce ?? 2_000)
    this.sessions = new Sessions(this.org, options.app ?? sandboxApp, () => frame.url(), options.refreshTokens ?? [])
    this.hidden = new Map(Object.entries(options.hidden ?? {}).map(([name, fields]) => [name, new Set(fields)]))
  }

  get vendor(): Vendor {
    return {
      handle: (call) => this.handle(call),
      answers: {
        "session-expired": (call) => { this.sessions.end(call); return expired },
        "request-limit": () => failed(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
        "concurrent-limit": () => failed(403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded."),
        unavailable: () => failed(503, "SERVER_UNAVAILABLE", "Server is too busy"),
        maintenance: () => ({ status: 503, headers: { "content-type": "text/html" }, body: "<html>Maintenance</html>" }),
        broken: () => failed(500, "UNKNOWN_EXCEPTION", "An unexpected error occurred. ErrorId: 1-1"),
        "query-timeout": () => failed(400, "QUERY_TIMEOUT", "Your query request was running for too long."),
        denied: () => failed(403, "INSUFFICIENT_ACCESS", "insufficient access rights on object id")
      },
      plays: {
        "row-lock": "one record in a list is locked by somebody else; `contains` picks it by its values",
        "bulk-failed": "a bulk job ends as Failed",
        "cursor-lost": "a query locator is not known any more"
      }
    }
  }

  writing(call?: Call): Writing {
    const { currencies, duplicateRule, refuses } = this.options
    return {
      hidden: (object) => this.hidden.get(object) ?? nothing,
      allowDuplicates: /allowSave\s*=\s*true/i.test(call?.headers["sforce-duplicate-rule-header"] ?? ""),
      violation: this.frame.violation,
      removed: this.removed,
      currencies: currencies ?? [],
      duplicateRule: duplicateRule ?? false,
      ...(refuses === undefined ? {} : { refuses })
    }
  }

  private asking(version: string, all: boolean): Asking {
    return { hidden: (object) => this.hidden.get(object) ?? nothing, violation: this.frame.violation,
      removed: this.removed, all, version }
  }

  /** `contains` of the rule is looked for in the record, so that a test says which of a list is locked. */
  private locked(object: string, values: { readonly [name: string]: Json }): boolean {
    const text = JSON.stringify({ object, ...values })
    return this.frame.fault("row-lock", { method: "ROW", path: text, query: new URLSearchParams(), headers: {},
      body: new Uint8Array(), text, origin: "api" }) !== undefined
  }

  private handle(call: Call): Reply | Promise<Reply> {
    if (call.path === "/services/oauth2/token") return this.sessions.grant(call)
    if (call.path === "/services/data" || call.path === "/services/data/") return { status: 200, body: versions.map((version) =>
      ({ label: `Release ${version}`, url: `/services/data/v${version}`, version })) }
    if (!this.sessions.knows(call)) return expired
    if (call.path === "/services/oauth2/userinfo" || call.path.startsWith("/id/")) return { status: 200, body: { user_id: this.org.userId,
      organization_id: this.org.orgId, preferred_username: "integration@esl.example" } }
    const [, version, rest = ""] = /^\/services\/data\/v(\d+\.\d)(?:\/(.*))?$/.exec(call.path) ?? []
    if (version === undefined || !versions.includes(version)) return notFound
    const limit = this.options.dailyRequests ?? 15_000
    const now = this.frame.now()
    while ((this.asked[0] ?? now) < now - day) this.asked.shift()
    if (this.asked.length >= limit) return failed(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
    this.asked.push(now)
    const usage = {
      "sforce-limit-info": `api-usage=${this.asked.length}/${limit}`, date: new Date(now).toUTCString()
    }
    const parts = partsOf(rest)
    const limited = (reply: Reply): Reply =>
      ({ ...reply, headers: { ...usage, ...reply.headers }, label: reply.label ?? labelOf(call.method, parts) })
    const reply = this.routed(call, version, parts)
    return reply instanceof Promise ? reply.then(limited) : limited(reply)
  }

  private routed(call: Call, version: string, parts: ReadonlyArray<string>): Reply | Promise<Reply> {
    const [first, second, ...more] = parts
    const by = this.writing(call)
    const locked = (object: string, values: { readonly [name: string]: Json }) => this.locked(object, values)
    const batching = { org: this.org, by, version, locked }
    switch (first) {
      case undefined: return { status: 200, body: { sobjects: `/services/data/v${version}/sobjects`, query: `/services/data/v${version}/query` } }
      case "limits": return this.limits()
      case "query": case "queryAll": return this.query(call, version, first, second)
      case "sobjects": return this.sobjects(call, version, parts.slice(1), by)
      case "jobs": return second !== "ingest" && second !== "query" ? notFound : this.jobs.handle({ ...batching,
        asking: (all) => this.asking(version, all), fails: () => this.frame.fault("bulk-failed", call) !== undefined
      }, second, more, call)
      case "composite":
        if (second === "sobjects") return collections(batching, more, call)
        return second === undefined && call.method === "POST"
          ? composite(batching, call, (inner) => this.inner(inner, version)) : notFound
      case "tooling": return this.tooling(call, more, second)
      default: return notFound
    }
  }

  /** A request inside another one: it counts as none of its own. */
  private inner(call: Call, version: string): Reply | Promise<Reply> {
    const rest = call.path.replace(`/services/data/v${version}/`, "")
    return this.routed(call, version, partsOf(rest))
  }

  private query(call: Call, version: string, what: string, locator: string | undefined): Reply {
    const asking = this.asking(version, what === "queryAll")
    if (locator === undefined) return this.queries.start(call, asking)
    if (this.frame.fault("cursor-lost", call) !== undefined) return failed(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
    return this.queries.next(locator, asking)
  }

  private limits(): Reply {
    const max = this.options.dailyRequests ?? 15_000
    const body = (Max: number, Remaining: number): Json => ({ Max, Remaining })
    return { status: 200, body: {
      DailyApiRequests: body(max, max - this.asked.length), DailyBulkApiBatches: body(15_000, 15_000),
      DailyBulkV2QueryJobs: body(10_000, 10_000), DataStorageMB: body(1_024, 1_000)
    } }
  }

  private sobjects(call: Call, version: string, parts: ReadonlyArray<string>, by: Writing): Reply {
    const [object, id, value] = parts
    const { org } = this
    if (object === undefined) return { status: 200, body: { encoding: "UTF-8", maxBatchSize: 200,
      sobjects: [...org.schema.values()].map((def) => describeShort(def, version)) } }
    const def = org.schema.get(object)
    if (def === undefined) return notFound
    if (call.method !== "GET" && this.locked(object, { Id: id ?? null })) {
      return failed(400, lock.statusCode, lock.message, [])
    }
    if (id === undefined) return call.method === "POST" ? createOne(org, object, call, by)
      : { status: 200, body: { objectDescribe: describeShort(def, version), recentItems: [] } }
    if (id === "describe") return { status: 200, body: describeLong(def, version, by.hidden(object), by.currencies) }
    if (id === "deleted" || id === "updated") return replication(org, object, id, call)
    return value === undefined ? one(org, def, id, call, by, version)
      : byExternalId(org, def, id, value, call, by, version)
  }

  /** What `esl setup` makes: a custom field, by the Tooling API. */
  private tooling(call: Call, more: ReadonlyArray<string>, what: string | undefined): Reply {
    if (what !== "sobjects" || more[0] !== "CustomField" || call.method !== "POST") return notFound
    const body = bodyOf(call.text)
    if (body === undefined) return noBody
    const [object = "", name = ""] = String(body["FullName"] ?? "").split(".")
    const made = attempt(() => {
      const def = this.org.schema.get(object)
      if (def === undefined || !keyed.has(object)) throw new Refusal("INVALID_TYPE", `no object ${object}`)
      if (def.fields.has(name)) throw new Refusal("DUPLICATE_DEVELOPER_NAME", `There is already a field named ${name} on ${object}.`)
      def.fields.set(name, fieldOf(externalIdLine.replace("esl_id__c", name)))
      // Nobody sees a field that was just made until a permission set shows it.
      this.hidden.set(object, new Set([...this.hidden.get(object) ?? [], name]))
      return name
    })
    return made instanceof Refusal ? refusedReply(made)
      : { status: 201, body: { id: "00N5e00000EslIdEAJ", success: true, errors: [], warnings: [], infos: [] } }
  }
}

const partsOf = (path: string): ReadonlyArray<string> =>
  path.split("/").filter((part) => part !== "").map((part) => decodeURIComponent(part))

const nothing: ReadonlySet<string> = new Set()
const notFound = failed(404, "NOT_FOUND", "The requested resource does not exist")
const expired = failed(401, "INVALID_SESSION_ID", "Session expired or invalid")

/** Ids left out: calls of one kind count together. */
const labelOf = (method: string, parts: ReadonlyArray<string>): string =>
  `${method} /${parts.map((part, at) => at > 0 && /^[a-zA-Z0-9]{15,}$|^01g|^750/.test(part) ? "{id}" : part).join("/")}`

export { stampOf }
