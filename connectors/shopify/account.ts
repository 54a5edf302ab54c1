/** What a shop says of itself: its account, what the token may do, what ESL needs there, its own fields. */
import { Effect } from "effect"
import type { ColumnInfo, ResourceInfo } from "../../core/connector/connector.ts"
import type { ConnectorError } from "../../core/connector/errors.ts"
import { Refused, Unauthorized } from "../../core/connector/errors.ts"
import type { Health, SetupStep } from "../../core/connector/health.ts"
import type { Json } from "../../core/model/value.ts"
import {
  kinds, metafieldDefinitionCreateMutation, metafieldDefinitionsQuery, shopQuery, subscriptionCreateMutation,
    subscriptionsQuery
} from "./documents.ts"
import type { Kind } from "./documents.ts"
import { userErrorsIn } from "./errors.ts"
import type { Graph } from "./graph.ts"
import type { Settings } from "./index.ts"
import { isNode, nextIn, nodesIn, textAt } from "./selection.ts"
import type { Node_ } from "./selection.ts"
import type { ShopFacts } from "./shape.ts"
import { topics } from "./webhook.ts"

export interface Account {
  readonly graph: Graph
  readonly settings: Settings
}

export const factsOf = (graph: Graph): Effect.Effect<ShopFacts, ConnectorError> =>
  Effect.flatMap(graph.query("read shop", shopQuery), ({ data }) => {
    const [shop, app] = [data["shop"], data["currentAppInstallation"]]
    const [id, domain, currency] = [textAt(shop, "id"), textAt(shop, "myshopifyDomain"), textAt(shop, "currencyCode")]
    if (id === undefined || domain === undefined || currency === undefined || !isNode(shop)) {
      return Effect.fail(graph.fail("read shop", new Unauthorized({ message: "the token may not read the shop itself" })))
    }
    const scopes = isNode(app) && Array.isArray(app["accessScopes"])
      ? app["accessScopes"].flatMap((one: Json) => textAt(one, "handle") ?? []) : []
    return Effect.succeed({ id, domain, currency, taxesIncluded: shop["taxesIncluded"] === true, scopes: new Set(scopes) })
  })

/** What each resource takes (https://shopify.dev/docs/api/usage/access-scopes); a write scope grants the read. */
interface Scopes {
  readonly read: ReadonlyArray<string>
  readonly write: ReadonlyArray<string>
}

const scopesOf: { readonly [resource: string]: Scopes } = {
  customers: { read: ["read_customers"], write: ["write_customers"] },
  products: { read: ["read_products"], write: ["write_products", "write_inventory"] },
  orders: { read: ["read_orders"], write: ["write_orders", "write_merchant_managed_fulfillment_orders"] },
  inventory_levels: { read: ["read_inventory", "read_locations", "read_products"], write: ["write_inventory"] },
  locations: { read: ["read_locations"], write: [] }
}

export const scopesFor = (resources: Iterable<string>): ReadonlyArray<string> =>
  [...new Set([...resources].flatMap((name) => {
    const { read = [], write = [] } = scopesOf[name] ?? {}
    return [...read, ...write]
  }))]

/** A year after its quarter a version stops answering (https://shopify.dev/docs/api/usage/versioning). */
const endOf = (version: string): { readonly endOfLife?: string } => {
  const [year, month] = version.split("-").map(Number)
  return year === undefined || month === undefined || Number.isNaN(year + month) ? {}
    : { endOfLife: new Date(Date.UTC(year + 1, month - 1, 1)).toISOString().slice(0, 10) }
}

export const healthOf = ({ graph, settings }: Account): Effect.Effect<Health, ConnectorError> =>
  Effect.gen(function*() {
    const facts = yield* factsOf(graph)
    const used = [...settings.uses.keys()]
    const holds = (scope: string): boolean => facts.scopes.has(scope) || facts.scopes.has(scope.replace(/^read_/, "write_"))
    const missing = scopesFor(used.length === 0 ? kinds.map((kind) => kind.resource) : used)
      .filter((scope) => !holds(scope))
      .map((scope) => ({ scope, for: scope.startsWith("read_") ? "reading" : "writing" }))
    const old = used.includes("orders") && !facts.scopes.has("read_all_orders")
      ? [{ scope: "read_all_orders", for: "orders older than 60 days: without it deletions of orders cannot be seen" }] : []
    const version = graph.version() ?? settings.version
    const fell = version === settings.version ? []
      : [`the version ${settings.version} does not answer any more: Shopify answers with ${version}`]
    const limits = (yield* graph.budgets).map(({ left, max, name }) => ({ name, left: Math.floor(left), max }))
    return {
      version: { used: version, ...endOf(version) },
      missing: [...missing, ...old],
      limits,
      sideEffects: [
        "a changed product may be re-indexed by sales channels and feeds",
        "a fulfilment, a cancellation or a changed stock level may start Shopify Flow workflows and other apps' webhooks"
      ],
      notes: [...fell, ...settings.uses.has("customers") ? [
        "consent can be opened and closed, but not set back to 'never asked'; complaints and bounces are Shopify's own to record",
        "names and contact points come as null without approval for protected customer data: name such columns in `hidden`"
      ] : []],
      proved: "never"
    }
  })

const pages = (
  graph: Graph, operation: string, document: string, root: string, variables: { readonly [name: string]: Json } = {}
): Effect.Effect<ReadonlyArray<Node_>, ConnectorError> => Effect.gen(function*() {
  const nodes: Array<Node_> = []
  for (let after: string | undefined = ""; after !== undefined;) {
    const { data } = yield* graph.query(operation, document, { ...variables, ...after === "" ? {} : { after } }, "interactive")
    nodes.push(...nodesIn(data[root]))
    after = nextIn(data[root])
  }
  return nodes
})

const definitionsOf = (graph: Graph, owner: string) =>
  pages(graph, "read metafield definitions", metafieldDefinitionsQuery, "metafieldDefinitions", { owner })

/** The unique metafield that carries our own id, and the webhook subscriptions. */
export const stepsOf = ({ graph, settings }: Account): Effect.Effect<ReadonlyArray<SetupStep>,
  ConnectorError> =>
  Effect.gen(function*() {
    const steps: Array<SetupStep> = []
    const { externalId } = settings
    for (const kind of externalId === undefined ? [] : kinds) {
      if (!["customers", "products"].includes(kind.resource) || !settings.uses.has(kind.resource)) continue
      steps.push(yield* definitionStep(graph, kind, externalId ?? { namespace: "", key: "" }))
    }
    const { webhooks } = settings
    if (webhooks?.url === undefined) return steps
    const uri = webhooks.url
    const there = yield* pages(graph, "read subscriptions", subscriptionsQuery, "webhookSubscriptions")
    for (const topic of [...settings.uses.keys()].flatMap((resource) => topics[resource] ?? [])) {
      const present = there.some((one) => one["topic"] === topic && one["uri"] === uri)
      steps.push({ what: `the webhook subscription ${topic}`, state: present ? "present" : "absent",
        why: "tells of changes at once; what it misses, the next pull finds", apply: subscribe(graph, topic, uri) })
    }
    return steps
  })

const definitionStep = (
  graph: Graph, kind: Kind, { key, namespace }: { readonly namespace: string; readonly key: string }
): Effect.Effect<SetupStep, ConnectorError> => Effect.map(definitionsOf(graph, kind.owner ?? "CUSTOMER"), (all) => {
  const found = all.find((one) => one["namespace"] === namespace && one["key"] === key)
  const type = textAt(found, "type", "name")
  const what = `the unique metafield ${namespace}.${key} of type id on ${kind.resource}`
  if (found !== undefined && type !== "id") {
    return { what, state: "different", why: `it is there with the type ${type ?? "unknown"}: choose another one in externalId` }
  }
  return { what, state: found === undefined ? "absent" : "present",
    why: "a create that is sent twice makes one record, and no other app's record is taken for ours",
    apply: define(graph, kind, { key, namespace }) }
})

const define = (
  graph: Graph, kind: Kind, { key, namespace }: { readonly namespace: string; readonly key: string }
): Effect.Effect<void, ConnectorError> => Effect.flatMap(
  graph.query("define metafield", metafieldDefinitionCreateMutation, { definition: {
    name: "ESL id", namespace, key, type: "id", ownerType: kind.owner ?? "CUSTOMER",
    description: "Id of this record in ESL. Do not edit.", capabilities: { uniqueValues: { enabled: true } }
  } }, "interactive"), ({ data }) => accepted(graph, "define metafield", data["metafieldDefinitionCreate"]))

const subscribe = (graph: Graph, topic: string, uri: string): Effect.Effect<void, ConnectorError> => Effect.flatMap(
  graph.query("subscribe", subscriptionCreateMutation, { topic, uri }, "interactive"),
  ({ data }) => accepted(graph, "subscribe", data["webhookSubscriptionCreate"]))

/** What is there already is what was wanted. */
const accepted = (graph: Graph, operation: string, payload: Json | undefined): Effect.Effect<void, ConnectorError> => {
  const [error] = userErrorsIn(isNode(payload) ? payload["userErrors"] : undefined)
  return error === undefined || error.code === "TAKEN" ? Effect.void
    : Effect.fail(graph.fail(operation, new Refused({ message: `Shopify refuses it: ${error.code ?? "no code"}`,
      code: error.code ?? "REFUSED" })))
}

/** Columns as the documents select them; metafields as the shop defines them. */
export const infoOf = (
  { graph }: Account, kind: Kind, columns: ReadonlyArray<ColumnInfo>, children: ResourceInfo["children"]
): Effect.Effect<ResourceInfo, ConnectorError> => Effect.gen(function*() {
  const definitions = kind.owner === undefined ? [] : yield* definitionsOf(graph, kind.owner)
  const custom = definitions.map((one): ColumnInfo => ({
    name: `metafields.${textAt(one, "namespace") ?? ""}.${textAt(one, "key") ?? ""}`, type: textAt(one, "type", "name") ?? "text",
    nullable: true, writable: true, key: false, custom: true
  }))
  const name = { customers: "customer", products: "product", orders: "order", inventory_levels: "inventory", locations: "location" }[kind.resource]
  return { name: kind.resource, columns: [...columns, ...custom], children, warnings: [],
    ...name === undefined ? {} : { stock: { from: "esl/mappings/shopify", name } } }
})
