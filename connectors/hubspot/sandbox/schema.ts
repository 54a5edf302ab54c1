/** HubSpot's description, loaded once: finds the operation of a call and judges requests and answers by it. */
import type { Json } from "../../../core/model/value.ts"
import type { Call } from "../../../core/connector/sandbox.ts"
import { isMembers as isPart } from "../json.ts"
import { datedPaths, moreSchemas, undatedPaths, withAdditions } from "./additions.ts"
import description from "./openapi.json" with { type: "json" }

type Part = { readonly [name: string]: Json }

/** A call that the description knows. */
export interface Operation {
  readonly method: string
  /** The path as the date-based API writes it, with `2026-09` for any version. */
  readonly route: string
  /** `v3`, or the date in the path. */
  readonly version: string
  readonly params: { readonly [name: string]: string }
  readonly query: { readonly [name: string]: string | ReadonlyArray<string> }
  readonly body: Json
  /** Why the request does not fit; undefined if it does. */
  readonly fault: string | undefined
  /** Why an answer does not fit. */
  readonly judge: (status: number, body: Json | undefined) => string | undefined
}

export interface Description {
  readonly operation: (call: Call) => Operation | undefined
}

/** Where v3 has the same: https://developers.hubspot.com/docs/api-reference/latest/overview */
const undated = (path: string): string => path
  .replace(/^\/crm\/objects\/2026-09\/(.*\/associations\/)/, "/crm/v4/objects/$1")
  .replace(/^\/crm\/objects\/2026-09\//, "/crm/v3/objects/")
  .replace(/^\/crm\/associations\/2026-09\//, "/crm/v4/associations/")
  .replace(/^\/crm\/properties\/2026-09\//, "/crm/v3/properties/")
  .replace(/^\/app-webhooks\/2026-09\//, "/webhooks/v3/")

const dated = (path: string, version: string): string => path
  .replace("/oauth/v1/token", `/oauth/${version}/token`)
  .replace(/^\/app-webhooks\/2026-09\//, version < "2026-09" ? `/webhooks/${version}/` : `/app-webhooks/${version}/`)
  .replace("2026-09", version)

/** The same operations under the paths of every version; each gets a name of its own. */
const pathsOf = (versions: ReadonlyArray<string>): Part => {
  const paths: { [path: string]: Part } = {}
  const put = (path: string, route: string, version: string, operations: Part): void => {
    paths[path] = Object.fromEntries(Object.entries(operations).map(([method, operation]) => [method, {
      ...isPart(operation) ? operation : {},
      operationId: `${method} ${path}`, "x-route": route, "x-version": version
    }]))
  }
  const known: { readonly [path: string]: Json } = { ...description.paths as Part, ...datedPaths }
  for (const [route, operations] of Object.entries(known)) {
    if (!isPart(operations)) continue
    if (route in description.paths) put(undated(route), route, "v3", operations)
    for (const version of versions) {
      if (!route.includes("access-tokens")) put(dated(route, version), route, version, operations)
    }
  }
  for (const [path, operations] of Object.entries(undatedPaths)) {
    if (isPart(operations)) put(path, path, "v3", operations)
  }
  return paths
}

/** A member that the description does not know is a mistake in what we send. */
const strict = (schemas: { readonly [name: string]: Json }): { readonly [name: string]: Json } =>
  Object.fromEntries(Object.entries(schemas).map(([name, schema]) =>
    [name, isPart(schema) && isSent(name) && schema["additionalProperties"] === undefined
      ? { ...schema, additionalProperties: false } : schema]))

const isSent = (name: string): boolean => /Input|Request$|^Set|^Filter|Create$|Update$|^Subscribers$/.test(name)

const formats = {
  "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/,
  uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
  int32: true,
  int64: true
} as const

export const load = async (versions: ReadonlyArray<string>): Promise<Description> => {
  const { OpenAPIRouter, OpenAPIValidator } = await import("openapi-backend")
  const definition = {
    openapi: "3.0.3", info: { title: "HubSpot", version: "2026-09" }, paths: pathsOf(versions),
    components: { schemas: strict(withAdditions({ ...description.components.schemas as Part, ...moreSchemas })) }
  }
  // The document is data: its types are what the library checks when it is loaded.
  const document = resolved(definition) as never
  const router = new OpenAPIRouter({ definition: document })
  const validator = new OpenAPIValidator({ definition: document, router, lazyCompileValidators: true,
    ajvOpts: { formats, logger: false } })
  return { operation: (call) => {
    const request = { method: call.method, path: call.path, headers: { ...call.headers },
      query: queryOf(call.query), ...call.text === "" ? {} : { body: call.text } }
    const found = router.matchOperation(request)
    if (found === undefined) return undefined
    const told = found as unknown as { readonly "x-route": string; readonly "x-version": string }
    const parsed = router.parseRequest(request, found)
    const verdict = validator.validateRequest(request, found)
    return {
      method: call.method, route: told["x-route"], version: told["x-version"], params: parsed.params,
      query: request.query, body: parsed.requestBody ?? null,
      fault: verdict.errors?.map((one) => `${one.instancePath} ${one.message ?? ""} ${detail(one.params)}`).join("; "),
      judge: (status, body) => body === undefined && status === 204 ? undefined
        : validator.validateResponse(body, found, status).errors?.map((one) =>
          `${one.instancePath} ${one.message ?? ""} ${detail(one.params)}`).join("; ")
    }
  } }
}

const detail = (params: object): string => JSON.stringify(params)

/** `properties=a,b` and `properties=a&properties=b` mean the same. */
const lists = new Set(["properties", "propertiesWithHistory", "associations"])
const queryOf = (query: URLSearchParams): { [name: string]: string | Array<string> } => {
  const found: { [name: string]: string | Array<string> } = {}
  for (const name of new Set(query.keys())) {
    found[name] = lists.has(name) ? query.getAll(name).flatMap((one) => one.split(",")) : query.get(name) ?? ""
  }
  return found
}

/** The library wants a document without references: they are put in once. */
type Definition = { readonly paths: Part; readonly components: { readonly schemas: Part } } & Part

const resolved = (definition: Definition): Json => {
  const under = new Map<string, Json>()
  const put = (part: Json, depth: number): Json => {
    if (Array.isArray(part)) return part.map((one: Json) => put(one, depth))
    if (!isPart(part)) return part
    const target = part["$ref"]
    if (typeof target === "string") {
      const name = target.slice("#/components/schemas/".length)
      if (depth > 12) return {}
      const known = under.get(name) ?? put(definition.components.schemas[name] ?? {}, depth + 1)
      under.set(name, known)
      return known
    }
    return Object.fromEntries(Object.entries(part).map(([name, one]) => [name, put(one, depth)]))
  }
  return { ...definition, paths: put(definition.paths, 0), components: {} }
}
