/** One planner a resource: what its changes come to, and how a create finds what it made before. */
import { Effect } from "effect"
import type { ConnectorError } from "../../../core/connector/errors.ts"
import {
  customers, customersByQuery, fulfillmentOrdersQuery, orderBySourceQuery, orders, products, productsByQuery
} from "../documents.ts"
import type { Graph } from "../graph.ts"
import { nodesIn, textAt } from "../selection.ts"
import { blank, createCustomer, removeCustomer, updateCustomer } from "./customers.ts"
import { createOrder, updateOrder } from "./orders.ts"
import type { Sendable } from "./orders.ts"
import { isRows, textIn } from "./plan.ts"
import { createProduct, removeProduct, updateProduct } from "./products.ts"
import type { Create, Planner } from "./writer.ts"

const [mail, telephone] = ["defaultEmailAddress.emailAddress", "defaultPhoneNumber.phoneNumber"] as const
const identifiersAtOnce = 100

const nobody: ReadonlyMap<string, string> = new Map()

export const customerPlanner = (graph: Graph): Planner => ({
  kind: customers,
  update: (change, into, patch) => Effect.succeed(updateCustomer(change.id, into, patch)),
  // An earlier attempt may have landed where the key is older than this one.
  create: (change, patch, kit) => createCustomer(patch, change.marker, change.attempt === change.idempotencyKey, kit),
  remove: (change) => change.how === "archive" ? "Shopify has no archive of customers" : removeCustomer(change.id, change.how),
  // Upserted by the hub's own id.
  find: () => Effect.succeed(nobody),
  taken: (patches) => Effect.gen(function*() {
    const asked = patches.flatMap((patch, at) => {
      const [email, phone] = [textIn(patch, mail), textIn(patch, telephone)]
      return [...email === undefined ? [] : [{ at, of: { emailAddress: email } }],
        ...phone === undefined ? [] : [{ at, of: { phoneNumber: phone } }]]
    })
    const ids = new Map<number, string>()
    for (let from = 0; from < asked.length; from += identifiersAtOnce) {
      const some = asked.slice(from, from + identifiersAtOnce)
      const { data } = yield* graph.query("identify customers", customersByQuery(some.length),
        Object.fromEntries(some.map(({ of }, at) => [`i${at}`, of])))
      some.forEach(({ at }, nth) => {
        const id = textAt(data, `n${nth}`, "id")
        if (id !== undefined && !ids.has(at)) ids.set(at, id)
      })
    }
    return patches.map((_, at) => ids.get(at))
  }),
  // Families share a telephone number, and Shopify lets one customer have it. An address for mail tells who it is.
  spare: (errors, patch, op) => {
    const fields = errors.filter(({ code }) => code === "TAKEN").map(({ field }) => field.at(-1))
    if (fields.length === 0 || fields.length < errors.length) return []
    const columns: ReadonlyArray<string> = fields.flatMap((field) => field === "phone" ? [telephone]
      : field === "email" && op === "update" ? [mail] : [])
    const rest = Object.keys(patch).filter((column) => !columns.includes(column))
    if (columns.length < fields.length || rest.length === 0 || (op === "create"
      && textIn(patch, mail) === undefined)) return []
    // Nobody consents for a number that is somebody else's.
    return [...columns, ...columns.includes(telephone) ? rest.filter((column) => column.startsWith("defaultPhoneNumber.")) : []]
  },
  then: (id, into, rest) => updateCustomer(id, into, rest),
  composed: (into, patch, columns) => {
    const moved = Object.keys(patch).some((column) => column.startsWith("defaultAddress."))
    return columns.includes("addresses") && moved ? undefined : into ?? blank
  }
})

export const productPlanner = (graph: Graph): Planner => ({
  kind: products,
  update: (change, into, patch, kit) => Effect.succeed(updateProduct(change.id, into, patch, kit)),
  create: (change, patch, kit) => createProduct(patch, change.marker, kit),
  remove: (change) => removeProduct(change.id, change.how),
  find: (changes, { externalId }) => externalId === undefined || changes.length === 0 ? Effect.succeed(nobody)
    : Effect.map(graph.query("identify products", productsByQuery(changes.length), Object.fromEntries(changes.map((change, at) =>
      [`i${at}`, { customId: { ...externalId, value: change.marker ?? change.idempotencyKey } }]))), ({ data }) =>
        found(changes, (at) =>
      textAt(data, `n${at}`, "id"))),
  then: (id, into, rest, kit) => updateProduct(id, into, rest, kit)
})

const found = (changes: ReadonlyArray<Create>, idAt: (at: number) => string | undefined): ReadonlyMap<string, string> =>
  new Map(changes.flatMap((change, at) => {
    const id = idAt(at)
    return id === undefined ? [] : [[change.attempt, id] as const]
  }))

export const orderPlanner = (graph: Graph, creates: boolean): Planner => ({
  kind: orders,
  update: (change, into, patch, kit) => Effect.gen(function*() {
    const rows = patch["fulfillments"]
    const sends = isRows(rows) && rows.rows.some((row) => row.id === undefined && row.set !== null)
    const sendable = sends ? yield* sendableOf(graph, change.id) : []
    return updateOrder(change.id, into, patch, kit, sendable, change.idempotencyKey)
  }),
  create: (change, patch, kit) => creates ? createOrder(patch, change.marker, kit)
    : "orders are not created in Shopify: the setting createOrders is off",
  remove: () => "an order is cancelled, not removed: write its lifecycle",
  find: (changes) => Effect.gen(function*() {
    const ids = new Map<string, string>()
    for (const change of creates ? changes : []) {
      const marker = change.marker ?? change.idempotencyKey
      const { data } = yield* graph.query("find orders", orderBySourceQuery, { query: `source_identifier:'${marker}'` })
      const id = nodesIn(data["orders"]).find((node) => textAt(node, "sourceIdentifier") === marker)?.["id"]
      if (typeof id === "string") ids.set(change.attempt, id)
    }
    return ids
  })
})

const sendableOf = (graph: Graph, id: string): Effect.Effect<ReadonlyArray<Sendable>, ConnectorError> =>
  Effect.map(graph.query("read fulfilment orders", fulfillmentOrdersQuery, { id }), ({ data }) => {
    const order = data["order"]
    const all = nodesIn(typeof order === "object" && order !== null && "fulfillmentOrders" in order ? order.fulfillmentOrders : undefined)
    return all.flatMap((node): ReadonlyArray<Sendable> => {
      const own = textAt(node, "id")
      const open = ["OPEN", "IN_PROGRESS"].includes(textAt(node, "status") ?? "")
      return own === undefined || !open ? [] : [{ id: own, location: textAt(node, "assignedLocation", "location", "id") }]
    })
  })

