/** What check, setup and discover find out; which way in; how each of the vendor's errors is taken. */
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { hubspot } from "../../../connectors/hubspot/index.ts"
import { dialect, table } from "../../../connectors/hubspot/errors.ts"
import { hubspotSandbox } from "../../../connectors/hubspot/sandbox/index.ts"
import { Answer } from "../../../core/connector/api.ts"
import { secret } from "../../../core/connector/secret.ts"
import { judge } from "../../../core/connector/verdict.ts"
import { create, opened, pages, write } from "./opened.ts"

describe("check", () => {
  it("tells account, version, what the token lacks, and what is left", () =>
    opened({ sandbox: { app: { scopes: ["oauth", "crm.objects.contacts.read", "crm.objects.contacts.write", "e-commerce"] } } }, ({ session }) => Effect.gen(function*() {
      expect(yield* session.account).toBe("4711")
      const health = yield* session.health ?? Effect.fail("no health")
      expect(health.version).toEqual({ used: "2026-09", endOfLife: "2028-03-01" })
      expect(health.missing.map(({ scope }) => scope)).toEqual(
        ["crm.objects.companies.read", "crm.objects.companies.write", "communication_preferences.read_write"])
      expect(health.limits.map(({ name }) => name)).toContain("ten seconds")
      expect(health.proved).toBe("never")
      expect(health.sideEffects.length).toBeGreaterThan(0)
    })))

  it("describes columns, what may be written, and what is not ours to write", () => opened({}, ({ resource, sandbox, session }) => Effect.gen(function*() {
    sandbox.portal.shelf(sandbox.portal.kind("contacts")).properties.set("vip", { name: "vip", type: "bool", label: "VIP",
      fieldType: "booleancheckbox", groupName: "esl", description: "", options: [], hasUniqueValue: false, readOnly: false,
      calculated: false, hubspotDefined: false })
    const contacts = yield* resource("contacts").describe
    const named = new Map(contacts.columns.map((column) => [column.name, column]))
    expect(named.get("vip")).toMatchObject({ custom: true, writable: true, type: "bool" })
    expect(named.get("createdate")).toMatchObject({ writable: false })
    expect(named.get("hs_object_id")).toMatchObject({ key: true, writable: false })
    expect(named.get("consent.marketing.status")).toMatchObject({ writable: true })
    expect(contacts.stock).toEqual({ from: "esl/mappings/hubspot", name: "contact" })
    const found = yield* session.discover
    expect(found.map(({ name }) => name)).toEqual(["contacts", "companies", "products", "orders"])
    expect(found[3]?.children["line_items"]?.columns.some(({ name }) => name === "amount")).toBe(true)
  })))
})

const hooks = { secrets: [secret("HUBSPOT_APP_SECRET")], portal: 4711, url: "https://esl.example.com/h" }

describe("setup", () => {
  it("makes what is missing, once, and says what only a person can do", () =>
    opened({ setUp: false, hubspot: { webhooks: hooks } }, ({ session }) => Effect.gen(function*() {
      const steps = session.setup ?? Effect.succeed([])
      const before = yield* steps
      expect(before.filter(({ apply }) => apply !== undefined).every(({ state }) => state === "absent")).toBe(true)
      for (const { apply } of before) yield* apply ?? Effect.void
      // A second time changes nothing, and hurts nothing.
      for (const { apply } of before) yield* apply ?? Effect.void
      const after = yield* steps
      expect(after.map(({ state, what }) => [what.split(" ").slice(0, 3).join(" "), state])).toEqual([
        ...[1, 2, 3, 4, 5].flatMap(() => [["the property group", "present"], ["the unique property", "present"]]),
        ["webhooks of contacts,", "absent"]
      ])
      expect(after.at(-1)?.apply).toBeUndefined()
    })))

  it("subscribes the app's webhooks where the token may", () => opened({
    sandbox: { webhooks: { url: "http://127.0.0.1:9/", clientSecret: "s" } }, setUp: false,
    hubspot: { webhooks: { ...hooks, appId: 815 } }
  }, ({ sandbox, session }) => Effect.gen(function*() {
    for (const subscription of sandbox.hooks.all()) sandbox.hooks.drop(subscription.id)
    const steps = session.setup ?? Effect.succeed([])
    for (const { apply } of yield* steps) yield* apply ?? Effect.void
    expect((yield* steps).every(({ state }) => state === "present")).toBe(true)
    expect(sandbox.hooks.target).toBe("https://esl.example.com/h")
    const generic = sandbox.hooks.all().filter(({ eventType }) => eventType.startsWith("object."))
    expect(new Set(generic.map(({ objectTypeId }) => objectTypeId))).toEqual(new Set(["0-123"]))
  })))

  it("says so when the property is there and not unique", () => opened({ setUp: false }, ({ sandbox, session }) => Effect.gen(function*() {
    const { properties } = sandbox.portal.shelf(sandbox.portal.kind("products"))
    const name = properties.get("name")
    if (name !== undefined) properties.set("esl_id", { ...name, name: "esl_id" })
    const steps = yield* session.setup ?? Effect.succeed([])
    const step = steps.find(({ what }) => what === "the unique property esl_id on products")
    expect(step).toMatchObject({ state: "different" })
    expect(step?.apply).toBeUndefined()
  })))
})

describe("the way in", () => {
  it("is a token, or an app whose tokens are renewed", async () => {
    const sandbox = await hubspotSandbox({ rates: false })
    process.env["HUBSPOT_APP_ID"] = sandbox.app.clientId
    process.env["HUBSPOT_APP_SECRET"] = sandbox.app.clientSecret
    process.env["HUBSPOT_REFRESH"] = sandbox.app.refreshToken
    const connection = hubspot("crm", { url: sandbox.url(), app: { clientId: secret("HUBSPOT_APP_ID"),
      clientSecret: secret("HUBSPOT_APP_SECRET"), refreshToken: secret("HUBSPOT_REFRESH") } })
    expect(connection.secrets).toEqual(["HUBSPOT_APP_ID", "HUBSPOT_APP_SECRET", "HUBSPOT_REFRESH"])
    await Effect.runPromise(Effect.scoped(Effect.gen(function*() {
      const session = yield* connection.open({ readOnly: true })
      expect(yield* session.account).toBe("4711")
      // At its end in the middle of the work: another one is fetched, once.
      sandbox.tokens.expire()
      const contacts = session.resource("contacts")
      yield* Effect.all([1, 2, 3].map(() => pages(contacts, undefined, { columns: ["email"] })), { concurrency: 3 })
      expect(sandbox.calls.get("POST /oauth/2026-09/token")).toBe(2)
      expect((yield* session.health ?? Effect.fail("no health")).missing).toEqual([])
    })))
    await sandbox.stop()
    expect(sandbox.violations).toEqual([])
  })

  it("is wrong when it is said wrongly, before anything is opened", () => {
    const faults = (options: Parameters<typeof hubspot>[1]) =>
      (hubspot("crm", options).faults ?? []).map(({ option }) => option)
    expect(faults({})).toEqual(["token"])
    expect(faults({ token: secret("T"), version: "v3" })).toEqual(["version"])
    expect(faults({ token: secret("T"), url: "http://api.example.com" })).toEqual(["url"])
    expect(faults({ token: secret("T"), consent: { subscriptions: { marketing: "Newsletter" } }, lag: -1 }))
      .toEqual(["consent.subscriptions.marketing", "lag"])
  })
})

describe("limits", () => {
  it("are kept without a refusal, and shared with others", () =>
    opened({
      sandbox: { rates: { tenSeconds: 40, searches: 5 } }, hubspot: { tenSeconds: 40, searches: 5, reserve: 0.2 }
    }, ({ resource, sandbox }) => Effect.gen(function*() {
      const contacts = resource("contacts")
      const reading = pages(contacts, { since: 0 }, { columns: ["email"] })
      yield* Effect.all(Array.from({ length: 24 }, (_, at) =>
        at % 4 === 0 ? reading : write(contacts, create(`g${at}`, { lastname: "L" }))), { concurrency: 40 })
      expect(sandbox.throttled()).toBe(0)
    })), 120_000)
})

describe("errors", () => {
  const answer = (status: number, body: object): Answer =>
    new Answer(status, {}, new TextEncoder().encode(JSON.stringify(body)))
  const classOf = (status: number, body: object): string => judge(dialect, answer(status, body), 0).class

  it.each(Object.entries(table))("%s: %s", (code, expected) => {
    expect(classOf(400, { category: code, message: "m", correlationId: "c" })).toBe(expected)
  })

  it("are told by limit, by property, by category, and reported where nobody classified them", () => {
    expect(judge(dialect, answer(429, { category: "RATE_LIMITS", policyName: "SECONDLY" }), 0))
      .toMatchObject({ class: "wait", code: "SECONDLY", waitMs: 1_000 })
    expect(judge(dialect, answer(429, { errorType: "RATE_LIMIT", policyName: "DAILY" }), 0).waitMs).toBe(3_600_000)
    const errors = [{ code: "INVALID_EMAIL", message: "" }, { code: "PROPERTY_DOESNT_EXIST", message: "" }]
    expect(classOf(400, { category: "VALIDATION_ERROR", errors })).toBe("fix mapping")
    expect(classOf(400, { category: "SOMETHING_NEW", correlationId: "c" })).toBe("report")
    expect(judge(dialect, answer(400, { category: "SOMETHING_NEW", correlationId: "0b-1" }), 0))
      .toMatchObject({ code: "SOMETHING_NEW", requestId: "0b-1" })
    expect(classOf(502, {})).toBe("retry")
    expect(classOf(477, {})).toBe("busy")
  })
})
