/** What `esl check` learns about a seller's account, and what `esl setup` makes there. */
import { Effect } from "effect"
import type { Health, SetupStep } from "../../core/connector/health.ts"
import { Stale } from "../../core/connector/errors.ts"
import type { ConnectorError } from "../../core/connector/errors.ts"
import { attributeDefinitions } from "./attributes.ts"
import { post } from "./line.ts"
import type { Line } from "./line.ts"
import { docsIn, textIn, textsIn } from "./shape.ts"

/** Permissions of an OAuth token, and what each is for. */
const scopes: ReadonlyArray<readonly [string, string]> = [
  ["CUSTOMERS_READ", "reading customers"],
  ["CUSTOMERS_WRITE", "writing customers"],
  ["ITEMS_READ", "reading the catalog"],
  ["ITEMS_WRITE", "writing the catalog"],
  ["INVENTORY_READ", "reading stock"],
  ["INVENTORY_WRITE", "counting stock"],
  ["ORDERS_READ", "reading sales"],
  ["PAYMENTS_READ", "reading payments and refunds"],
  ["MERCHANT_PROFILE_READ", "knowing the account and its locations"]
]

/** What the hub is told of when it happens. */
export const eventTypes: ReadonlyArray<string> = [
  "customer.created",
  "customer.updated",
  "customer.deleted",
  "catalog.version.updated",
  "inventory.count.updated",
  "order.created",
  "order.updated",
  "refund.created",
  "refund.updated"
]

export const health = (line: Line): Effect.Effect<Health, ConnectorError> =>
  Effect.gen(function* () {
    const status = yield* line.read({ operation: "token status", method: "POST", path: "/oauth2/token/status" })
    const granted = new Set(textsIn(status["scopes"]))
    const expires = textIn(status["expires_at"])
    const budgets = yield* line.api.lane.budgets
    return {
      version: { used: line.settings.version },
      missing: scopes.flatMap(([scope, use]) => (granted.has(scope) ? [] : [{ scope, for: use }])),
      limits: budgets.map(({ left, max, name }) => ({ name, left, max })),
      ...(expires === undefined ? {} : { expires: { what: "access token", at: expires } }),
      sideEffects: [
        "a new or changed profile may start automations of Square Marketing and Square Loyalty that the seller has switched on",
        "a till takes down its own stock with every sale: whoever receives the sale must not book its stock again"
      ],
      notes: [
        "an opt-out cannot be written: only the buyer unsubscribes at Square (preferences.email_unsubscribed is read-only)",
        "an item is written whole, so its variations and prices by location are sent as they were read a moment before",
        line.settings.events
          ? "deletions and merges of customers are caught up with the Events API, which keeps 28 days"
          : "without `events: true` deleted and merged customers are seen by webhooks and by a sweep only"
      ],
      proved: "never"
    }
  })

/** Needed in this order: what holds our words, then what tells us of changes. */
export const setup = (line: Line): Effect.Effect<ReadonlyArray<SetupStep>, ConnectorError> =>
  Effect.gen(function* () {
    const definitions = new Set((yield* attributeDefinitions(line)).map((one) => textIn(one["key"])))
    const attributes = line.settings
      .attributes()
      .map((key): SetupStep =>
        definitions.has(key)
          ? { what: `the custom attribute ${key} on customers`, state: "present", why: "a mapping uses it" }
          : {
              what: `the custom attribute ${key} on customers`,
              state: "absent",
              why: "a mapping uses it",
              apply: define(line, key)
            }
      )
    const hook =
      line.settings.webhook === undefined ? [] : [yield* subscription(line, line.settings.webhook.url)]
    return [...attributes, ...hook, ...(line.settings.events ? [yield* eventsOn(line)] : [])]
  })

/** Words only; the seller sees them and does not change them. */
const define = (line: Line, key: string): Effect.Effect<void, ConnectorError> =>
  done(line, {
    ...post("make a custom attribute", "/v2/customers/custom-attribute-definitions", {
      custom_attribute_definition: {
        key,
        name: key,
        description: "Kept by ESL",
        visibility: "VISIBILITY_READ_ONLY",
        schema: {
          $ref: "https://developer-production-s.squarecdn.com/schemas/v1/common.json#squareup.common.String"
        }
      },
      idempotency_key: `esl-attribute-${key}`.slice(0, 45)
    }),
    idempotent: true
  })

const subscription = (line: Line, url: string): Effect.Effect<SetupStep, ConnectorError> =>
  Effect.gen(function* () {
    const what = "the webhook subscription to customers, catalog, stock, sales and refunds"
    const answer = yield* line.read({
      operation: "list webhook subscriptions",
      method: "GET",
      path: "/v2/webhooks/subscriptions",
      query: { limit: 100, include_disabled: true }
    })
    const mine = docsIn(answer["subscriptions"]).find((one) => one["notification_url"] === url)
    const id = textIn(mine?.["id"])
    const wanted = { event_types: [...eventTypes], notification_url: url }
    if (mine === undefined || id === undefined) {
      return {
        what,
        state: "absent",
        why: "changes are known within seconds instead of at the next pull; its signature key then goes into the secret",
        apply: done(line, {
          ...post("subscribe", "/v2/webhooks/subscriptions", {
            subscription: { name: "ESL", enabled: true, ...wanted }
          }),
          idempotent: false
        })
      }
    }
    const missing = eventTypes.filter((type) => !textsIn(mine["event_types"]).includes(type))
    if (mine["enabled"] === true && missing.length === 0)
      return { what, state: "present", why: "it sends what ESL reads" }
    return {
      what,
      state: "different",
      why: mine["enabled"] === true ? `it lacks ${missing.join(", ")}` : "it is switched off",
      apply: done(line, {
        operation: "change the subscription",
        method: "PUT",
        path: "/v2/webhooks/subscriptions/{id}",
        params: { id },
        body: {
          json: {
            subscription: {
              enabled: true,
              event_types: [...new Set([...textsIn(mine["event_types"]), ...eventTypes])]
            }
          }
        },
        idempotent: true
      })
    }
  })

/** Nothing says whether it is on: an event of the last 28 days proves it, and switching it on twice does no harm. */
const eventsOn = (line: Line): Effect.Effect<SetupStep, ConnectorError> =>
  Effect.map(line.read(post("search events", "/v2/events", { limit: 1 })), (answer): SetupStep =>
    docsIn(answer["events"]).length > 0
      ? { what: "the Events API", state: "present", why: "it has events to show" }
      : {
          what: "the Events API",
          state: "absent",
          why: "it finds only what happens while it is on",
          apply: done(line, {
            operation: "switch on events",
            method: "PUT",
            path: "/v2/events/enable",
            idempotent: true
          })
        }
  )

const done = (line: Line, call: Parameters<Line["write"]>[0]): Effect.Effect<void, ConnectorError> =>
  line
    .write(call)
    .pipe(
      Effect.asVoid,
      Effect.catchTags({
        Lost: ({ message }) =>
          Effect.fail(
            line.api.fail(call.operation, new Stale({ message: `${message}: look whether it was done` }))
          ),
        Fenced: () => Effect.void
      })
    )
