/** Runs GraphQL documents over the shop, as the vendor does: validated, priced, throttled, scoped. */
import {
  buildSchema, execute, getNamedType, GraphQLError, isObjectType, Kind, OperationTypeNode, parse, TypeInfo, validate,
    visit, visitWithTypeInfo
} from "graphql"
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from "graphql"
import type { Call, Frame, Reply } from "../../../core/connector/sandbox.ts"
import type { Json } from "../../../core/model/value.ts"
import type { Change } from "./change.ts"
import { actual, requested } from "./cost.ts"
import { schema as sdl } from "./schema.ts"
import { queryRoot } from "./root.ts"
import type { Shop } from "./state.ts"
import { everything } from "./view.ts"

export interface Limits {
  /** Points of the bucket, and how many come back each second. */
  readonly bucket: number
  readonly restore: number
  /** One query may not cost more. */
  readonly query: number
}

let built: GraphQLSchema | undefined
export const vendorSchema = (): GraphQLSchema => built ??= buildSchema(sdl)

interface Asked {
  readonly document: DocumentNode
  readonly operation: OperationDefinitionNode
  readonly variables: { readonly [name: string]: unknown }
}

export class Engine {
  readonly #shop: Shop
  readonly #frame: Frame
  readonly #limits: Limits
  readonly #changes: { readonly [mutation: string]: Change }
  readonly #scopes: () => ReadonlySet<string>
  #level: number
  #levelAt: number

  constructor(shop: Shop, frame: Frame, limits: Limits, changes: { readonly [mutation: string]: Change }, scopes: () =>
    ReadonlySet<string>) {
    this.#shop = shop
    this.#frame = frame
    this.#limits = limits
    this.#changes = changes
    this.#scopes = scopes
    this.#level = limits.bucket
    this.#levelAt = frame.now()
  }

  async answer(call: Call, headers: { readonly [name: string]: string }): Promise<Reply> {
    const asked = this.#read(call.text)
    if (typeof asked === "string") {
      this.#frame.violation(asked)
      return { status: 400, headers, body: { errors: asked }, label: "graphql" }
    }
    const { document, operation, variables } = asked
    const label = labelOf(operation)
    const faults = validate(vendorSchema(), document)
    if (faults.length > 0) {
      for (const one of faults) this.#frame.violation(one.message)
      return { status: 200, headers, label, body: { errors: faults.map((one) =>
        ({ message: one.message, locations: [], path: [], extensions: { code: "undefinedField" } })) } }
    }
    const cost = requested(vendorSchema(), document, operation, variables)
    const refused = this.#afford(call, cost)
    if (refused !== undefined) return { status: 200, headers, label, body: refused }
    const { data, errors } = await this.run(document, variables)
    const spent = Math.min(cost, actual(data, operation.operation === OperationTypeNode.MUTATION
      ? operation.selectionSet.selections.length : 0))
    this.#level = Math.min(this.#limits.bucket, this.#level + cost - spent)
    this.#frame.count("points", spent)
    const body: { [name: string]: Json } = { data: plain(data),
      extensions: { cost: { requestedQueryCost: cost, actualQueryCost: spent,
      throttleStatus: this.#throttle() } } }
    if (errors.length > 0) {
      body["errors"] = errors.map((one) => plain({ message: one.message, path: one.path ?? [], extensions: one.extensions }))
    }
    return { status: 200, headers, label, body }
  }

  #read(text: string): Asked | string {
    try {
      const body: unknown = JSON.parse(text)
      if (typeof body !== "object" || body === null || !("query" in body) || typeof body.query !== "string") return "Required parameter missing: query"
      const document = parse(body.query)
      const operation = document.definitions.find((one) => one.kind === Kind.OPERATION_DEFINITION)
      const given = "variables" in body && typeof body.variables === "object" && body.variables !== null ? body.variables : {}
      return operation === undefined ? "no operation" : { document, operation, variables: { ...given } }
    } catch (error) {
      return error instanceof Error ? error.message : "the body is no GraphQL"
    }
  }

  #throttle() {
    return { maximumAvailable: this.#limits.bucket, currentlyAvailable: Math.floor(this.#level),
      restoreRate: this.#limits.restore }
  }

  /** The whole price is reserved; what was not used comes back. */
  #afford(call: Call, cost: number): { readonly [name: string]: Json } | undefined {
    const now = this.#frame.now()
    this.#level = Math.min(this.#limits.bucket, this.#level + (now - this.#levelAt) * this.#limits.restore / 1_000)
    this.#levelAt = now
    if (cost > this.#limits.query) {
      return { errors: [{ message: `Query cost is ${cost}, which exceeds the single query max cost limit (${this.#limits.query}).`,
        extensions: { code: "MAX_COST_EXCEEDED", cost, maxCost: this.#limits.query, documentation: "https://shopify.dev/api/usage/rate-limits" } }] }
    }
    if (this.#frame.fault("throttled", call) !== undefined || cost > this.#level) {
      this.#frame.count("throttled", 1)
      return { errors: [{ message: "Throttled", extensions: { code: "THROTTLED", documentation: "https://shopify.dev/api/usage/rate-limits" } }],
        extensions: { cost: { requestedQueryCost: cost, actualQueryCost: null, throttleStatus: this.#throttle() } } }
    }
    this.#level -= cost
    return undefined
  }

  async run(document: DocumentNode, variables: { readonly [name: string]: unknown }) {
    const result = await execute({
      schema: vendorSchema(), document: variables["__bulk"] === true ? unpaged(document) : document,
        variableValues: variables,
      rootValue: { ...queryRoot(this.#shop, this.#scopes, this.#frame.url("storage")), ...this.#mutations() }
    })
    return { data: result.data ?? null, errors: result.errors ?? [] }
  }

  /** Mutations behind their scopes, and once only where a key says so. */
  #mutations(): { readonly [mutation: string]: unknown } {
    return Object.fromEntries(Object.entries(this.#changes).map(([name, change]) => [name,
      (args: { readonly [name: string]: Json }, _: unknown, info: { readonly fieldNodes: DocumentNode["definitions"]
        | unknown; readonly variableValues: object }) => {
        const scope = scopeOf[name]
        if (scope !== undefined && !this.#scopes().has(scope)) {
          throw new GraphQLError(`Access denied for ${name} field. Required access: \`${scope}\` access scope.`,
            { extensions: { code: "ACCESS_DENIED", requiredAccess: `\`${scope}\` access scope.` } })
        }
        if (this.#frame.fault("broken-step") !== undefined) {
          throw new GraphQLError("Internal error. Looks like something went wrong on our end.", { extensions: { code: "INTERNAL_SERVER_ERROR" } })
        }
        return this.#once(name, args, keyIn(info), change)
      }]))
  }

  #once(name: string, args: { readonly [name: string]: Json }, key: string | undefined, change: Change): unknown {
    if (!needsKey.has(name)) return change(args)
    if (key === undefined || key.trim() === "") {
      this.#frame.violation(`${name} without @idempotent`)
      throw new GraphQLError(`The @idempotent directive is required for the ${name} mutation`, { extensions: { code: "BAD_REQUEST" } })
    }
    const asked = JSON.stringify(args)
    const known = this.#shop.done.get(`${name} ${key}`)
    if (known !== undefined) {
      return known.asked === asked ? known.payload
        : { userErrors: [{ field: null, message: "The idempotency key was used with other parameters", code: "IDEMPOTENCY_KEY_PARAMETER_MISMATCH" }] }
    }
    const payload = change(args)
    this.#shop.done.set(`${name} ${key}`, { asked, payload })
    return payload
  }
}

/** Required since 2026-04. */
const needsKey = new Set(["inventorySetQuantities", "inventoryAdjustQuantities", "inventoryActivate", "refundCreate"])

const scopeOf: { readonly [mutation: string]: string } = Object.fromEntries([
  ...["customerSet", "customerCreate", "customerUpdate", "customerDelete", "customerMerge", "customerAddressCreate",
    "customerAddressUpdate", "customerAddressDelete", "customerEmailMarketingConsentUpdate",
    "customerSmsMarketingConsentUpdate"].map((name) => [name, "write_customers"]),
  ...["productSet", "productUpdate", "productDelete", "productVariantsBulkCreate", "productVariantsBulkUpdate",
    "productVariantsBulkDelete", "priceListFixedPricesUpdate"].map((name) => [name, "write_products"]),
  ...["publishablePublish", "publishableUnpublish"].map((name) => [name, "write_publications"]),
  ...["inventorySetQuantities", "inventoryAdjustQuantities", "inventoryActivate"].map((name) => [name, "write_inventory"]),
  ...["orderCreate", "orderUpdate", "orderCancel", "orderClose", "orderOpen", "refundCreate"].map((name) => [name, "write_orders"]),
  ...["fulfillmentCreate", "fulfillmentTrackingInfoUpdate"].map((name) => [name, "write_merchant_managed_fulfillment_orders"]),
  ...["orderEditBegin", "orderEditSetQuantity", "orderEditCommit"].map((name) => [name, "write_order_edits"])
])

const keyIn = (info: { readonly fieldNodes: unknown; readonly variableValues: object }): string | undefined => {
  const [field]: ReadonlyArray<unknown> = Array.isArray(info.fieldNodes) ? info.fieldNodes : []
  if (typeof field !== "object" || field === null || !("kind" in field)) return undefined
  let key: string | undefined
  const variables: { readonly [name: string]: unknown } = { ...info.variableValues }
  const directives: ReadonlyArray<unknown> = "directives" in field && Array.isArray(field.directives) ? field.directives : []
  for (const directive of directives) {
    const written = JSON.stringify(directive, (name, value: unknown) => name === "loc" ? undefined : value)
    const [, variable] = /"kind":"Variable","name":\{"kind":"Name","value":"(\w+)"\}/.exec(written) ?? []
    const [, literal] = /"kind":"StringValue","value":"([^"]*)"/.exec(written) ?? []
    const value = variable === undefined ? literal : variables[variable]
    if (written.includes("\"idempotent\"") && typeof value === "string") key = value
  }
  return key
}

/** Every connection without end. */
const unpaged = (document: DocumentNode): DocumentNode => {
  const info = new TypeInfo(vendorSchema())
  return visit(document, visitWithTypeInfo(info, {
    Field: (node) => {
      const type = info.getType()
      const named = type === null || type === undefined ? undefined : getNamedType(type)
      if (!isObjectType(named) || !named.name.endsWith("Connection")) return undefined
      return { ...node, arguments: [...(node.arguments ?? []).filter((one) => one.name.value !== "first"), {
        kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: "first" }, value: { kind: Kind.INT, value: String(everything) }
      }] }
    }
  }))
}

/** Root fields by name: what calls are counted under. */
const labelOf = (operation: OperationDefinitionNode): string => {
  const fields = operation.selectionSet.selections.flatMap((one) => one.kind === Kind.FIELD ? [one.name.value] : [])
  return `${operation.operation} ${[...new Set(fields)].join("+")}`
}

/** graphql-js makes objects without a prototype; JSON has none either. */
const plain = (value: unknown): Json => {
  const text = JSON.stringify(value)
  const read: Json = text === undefined ? null : JSON.parse(text)
  return read
}
