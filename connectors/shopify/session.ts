/** An open shop: its API with limits, and its resources, made when they are first asked for. */
import { Effect, Stream } from "effect"
import type { Schema, Scope } from "effect"
import { makeApi } from "../../core/connector/api.ts"
import type { Authorization } from "../../core/connector/authorization.ts"
import type { ColumnInfo, Resource, ResourceInfo, Session, Writer } from "../../core/connector/connector.ts"
import { ConnectorError, Stale } from "../../core/connector/errors.ts"
import { factsOf, healthOf, infoOf, stepsOf } from "./account.ts"
import type { Account } from "./account.ts"
import { kinds, selectionOf } from "./documents.ts"
import type { Kind } from "./documents.ts"
import { dialect } from "./errors.ts"
import { makeGraph } from "./graph.ts"
import type { Settings } from "./index.ts"
import { makeReader } from "./reader.ts"
import type { Source } from "./reader.ts"
import { CustomerRecord, InventoryLevelRecord, LocationRecord, OrderRecord, ProductRecord } from "./records.ts"
import type { ShopFacts } from "./shape.ts"
import { customerPlanner, orderPlanner, productPlanner } from "./write/planners.ts"
import { makeStockWriter } from "./write/stock.ts"
import { makeWriter } from "./write/writer.ts"
import type { Kit, Planner } from "./write/writer.ts"

const schemas: { readonly [resource: string]: Schema.Top } = {
  customers: CustomerRecord, products: ProductRecord, orders: OrderRecord, inventory_levels: InventoryLevelRecord,
  locations: LocationRecord
}

/** Records of one page; a page that costs too much is halved by itself. */
const pageSizes: { readonly [resource: string]: number } = {
  customers: 200, products: 10, orders: 3, inventory_levels: 150, locations: 100
}

export const openSession = (
  settings: Settings, authorization: Authorization, readOnly: boolean
): Effect.Effect<Session, ConnectorError, Scope.Scope> => Effect.gen(function*() {
  const { connection, origin, storage, version } = settings
  const api = yield* makeApi({
    connection, base: origin, origins: storage, authorization, dialect,
    lane: { reserve: settings.reserve ?? 0.2, concurrency: 4 }
  })
  const graph = makeGraph(api, `/admin/api/${version}/graphql.json`)
  let asked: ShopFacts | undefined
  const shop: Effect.Effect<ShopFacts, ConnectorError> = Effect.suspend(() => asked !== undefined
    ? Effect.succeed(asked)
    : Effect.map(factsOf(graph), (facts) => asked = facts))
  const account: Account = { graph, settings }
  const resourceOf = (kind: Kind): Resource => {
    const use = settings.uses.get(kind.resource)
    const columns = use?.columns ?? []
    const source: Source = { kind, graph, shop, columns, overlapMs: (settings.overlap ?? 10) * 60_000,
      bulk: settings.bulk ?? true, pollMs: settings.pollMs ?? 5_000, hidden: settings.hidden?.[kind.resource] ?? [],
      pageSize: pageSizes[kind.resource] ?? 50 }
    const reader = makeReader(source)
    const kit: Effect.Effect<Kit, ConnectorError> = Effect.map(shop, (facts) => ({
      shop: facts, externalId: settings.externalId, shows: selectionOf(kind, columns),
      cancel: { restock: settings.cancel?.restock ?? true, refund: settings.cancel?.refund ?? false },
      refunds: settings.refunds ?? "notice"
    }))
    const writer = (planner: Planner, creates: Writer["creates"], batch: () => number): Writer =>
      makeWriter({ graph, reader, planner, kit, columns, rowNames: use?.rowNames ?? new Map(), creates, batch })
    const writers: { readonly [resource: string]: () => Writer } = {
      customers: () => writer(customerPlanner(graph), settings.externalId === undefined ? "once" : "upsert",
        () => customersAtOnce(graph.rate())),
      products: () => writer(productPlanner(graph), settings.externalId === undefined ? "once" : "marker", () => 20),
      orders: () => writer(orderPlanner(graph, settings.createOrders === true), settings.createOrders === true
        ? "marker" : "once", () => 20),
      inventory_levels: () => makeStockWriter({ graph, reader, columns, reason: settings.stockReason ?? "correction" })
    }
    const made = readOnly ? undefined : writers[kind.resource]?.()
    return {
      name: kind.resource, reader, ...made === undefined ? {} : { writer: made },
      describe: infoOf(account, kind, columnsOf(schemas[kind.resource]?.ast, kind.resource),
        childrenOf(schemas[kind.resource]?.ast))
    }
  }
  const known = new Map<string, Resource>()
  const resource = (name: string): Resource => {
    const kind = kinds.find((one) => one.resource === name)
    const one = known.get(name) ?? (kind === undefined ? unknown(connection, name) : resourceOf(kind))
    known.set(name, one)
    return one
  }
  return {
    account: Effect.map(shop, (facts) => facts.domain),
    discover: Effect.forEach(kinds, (kind) => resource(kind.resource).describe),
    health: healthOf(account),
    setup: stepsOf(account),
    resource
  }
})

/**
 * As many new customers with their consent (11 and 10 points each) as the bucket refills for in eight of the ten
 * seconds in which a request has to leave; whole documents of 90 where that is more.
 */
const customersAtOnce = (rate = 100): number => {
  const fit = Math.floor(rate * 8 / 21)
  return Math.min(900, fit < 90 ? Math.max(10, fit) : fit - fit % 90)
}

interface Named {
  readonly name: string
  readonly type: unknown
}

const propertiesOf = (ast: unknown): ReadonlyArray<Named> =>
  typeof ast === "object" && ast !== null && "propertySignatures" in ast && Array.isArray(ast.propertySignatures)
    ? ast.propertySignatures.flatMap((one: unknown) =>
      typeof one === "object" && one !== null && "name" in one && "type" in one ? [{ name: String(one.name), type: one.type }] : [])
    : []

const rowOf = (ast: unknown): unknown =>
  typeof ast === "object" && ast !== null && "rest" in ast && Array.isArray(ast.rest) ? ast.rest[0] : undefined

/** Columns that Shopify makes by itself. */
const made = new RegExp("^(id|createdAt|updatedAt|state|verifiedEmail|currency|currencyCode|test|edited|name|sourceName|" +
  "cancelledAt|closedAt|display.*|returnStatus|item\\..*|committed|reserved|incoming|total|tax|shipping|refunded|due)$")

const columnsOf = (ast: unknown, resource: string): ReadonlyArray<ColumnInfo> =>
  propertiesOf(ast).filter(({ type }) => propertiesOf(rowOf(type)).length === 0).map(({ name, type }) => ({
    name, type: typeIn(type), nullable: isNullable(type), key: name === "id", writable: resource !== "locations"
      && !made.test(name)
  }))

const childrenOf = (ast: unknown): ResourceInfo["children"] =>
  Object.fromEntries(propertiesOf(ast).flatMap(({ name, type }) => {
    const row = rowOf(type)
    return propertiesOf(row).length === 0 ? []
      : [[name, { name, columns: columnsOf(row, name), children: {}, warnings: [] }] as const]
  }))

const membersOf = (ast: unknown): ReadonlyArray<unknown> =>
  typeof ast === "object" && ast !== null && "types" in ast && Array.isArray(ast.types) ? ast.types : [ast]
const tagOf = (ast: unknown): string =>
  typeof ast === "object" && ast !== null && "_tag" in ast ? String(ast._tag) : ""
const isNullable = (ast: unknown): boolean => membersOf(ast).some((one) => tagOf(one) === "Null")
const typeIn = (ast: unknown): string =>
  (membersOf(ast).map(tagOf).find((tag) => tag !== "Null") ?? "text").replace("String", "text").toLowerCase()

const unknown = (connection: string, name: string): Resource => {
  const fault = new ConnectorError({ connection, operation: name,
    reason: new Stale({ message: `Shopify has no ${name}: use ${kinds.map((kind) => kind.resource).join(", ")}` }) })
  return {
    name,
    reader: { covers: { cursor: [], listing: false }, changes: () => Stream.fail(fault),
      listing: () => Stream.fail(fault), fetch: () => Effect.fail(fault) },
    describe: Effect.fail(fault)
  }
}
