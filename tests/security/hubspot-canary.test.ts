/** Whatever fails at HubSpot: neither a token nor a person is in what is printed, at any level. */
import { inspect } from "node:util"
import { Cause, Effect, Exit, Logger, References, Stream } from "effect"
import { describe, expect, it } from "vitest"
import { Rows } from "../../core/mapping/index.ts"
import type { Change } from "../../core/connector/connector.ts"
import { columns, create, opened, remove, update, write } from "../connectors/hubspot/opened.ts"
import type { World } from "../connectors/hubspot/opened.ts"

const person = { email: "canary.person@example.com", firstname: "Kanarienvogel", lastname: "Geheimrat",
  phone: "+442079460999", address: "Verborgene Gasse 77" }
/** As sent, escaped in an address, and in JSON. */
const secrets = ["sandbox-token", "canary.person", "canary%2Eperson", "Kanarienvogel", "Geheimrat", "442079460999",
  "Verborgene"]

const consent = { "consent.marketing.status": "SUBSCRIBED", "consent.marketing.decidedBy": "subject",
  "consent.marketing.decidedAt": "2026-06-01T10:00:00Z" }

const changes = (id: string): ReadonlyArray<Change> => [
  create("canary", { ...person, ...consent }), create("canary", person),
  create("other", { ...person, email: "Kanarienvogel" }),
  update(id, { ...person, email: "other.canary.person@example.com", ...consent }),
  update(id, { lifecyclestage: "Geheimrat" }), remove(id)
]

/** Everything that reading and writing could print. */
const printed = (world: World, id: string) => Effect.gen(function*() {
  const lines: Array<string> = []
  const logger = [Logger.formatLogFmt, Logger.formatJson, Logger.formatSimple].map((format) =>
    Logger.map(format, (line) => { lines.push(line) }))
  const contacts = world.resource("contacts")
  const orders = world.resource("orders")
  const options = { columns: columns["contacts"] ?? [] }
  const items = new Rows([{ element: "1", set: { name: "Kanarienvogel", quantity: "Geheimrat" } }])
  const ways: ReadonlyArray<Effect.Effect<unknown, unknown>> = [
    Stream.runDrain(contacts.reader.changes(undefined, options)),
    Stream.runDrain(contacts.reader.changes({ since: 0 }, options)),
    contacts.reader.fetch([id, "Kanarienvogel"], options), contacts.describe, world.session.account,
    ...changes(id).map((change) => write(contacts, change)),
    write(orders, create("order", { hs_order_name: "Geheimrat", "contact.id": "12345", line_items: items }))
  ]
  for (const way of ways) {
    const exit = yield* Effect.exit(Effect.tapCause(way, (cause) => Effect.logError("it failed", cause))).pipe(
      Effect.provide(Logger.layer(logger)), Effect.provideService(References.MinimumLogLevel, "All"))
    if (Exit.isFailure(exit)) {
      const error = Cause.squash(exit.cause)
      lines.push(String(error), JSON.stringify(error), inspect(error, { depth: 20, showHidden: true }),
        Cause.pretty(exit.cause))
    } else if (Array.isArray(exit.value)) {
      // Of an outcome only what is told about it; the record itself goes to the hub.
      for (const outcome of exit.value) {
        const { after: _, now: _now, ...told } = outcome
        lines.push(JSON.stringify(told))
      }
    }
  }
  return lines.join("\n")
})

describe("of a person and a token nothing is printed", () => {
  it.each([undefined, "expired", "missing-scopes", "server-error", "bad-gateway", "poison", "daily-limit", "batch-partial"])(
    "when the fault is %s", (fault) => opened({ hurried: true }, (world) => Effect.gen(function*() {
      const id = world.sandbox.act((portal) => portal.create(portal.kind("contacts"), person, true).id)
      if (fault !== undefined) world.sandbox.faults.add({ fault, times: 10_000 })
      const text = yield* printed(world, id)
      expect(text.length).toBeGreaterThan(100)
      expect(secrets.filter((secret) => text.includes(secret))).toEqual([])
    })), 300_000)
})
