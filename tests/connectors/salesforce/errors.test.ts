/** Every error code has one class; a code nobody knows is reported, never tried again for ever; no value gets out. */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { it as effectful } from "@effect/vitest"
import { Effect, Logger, References } from "effect"
import { afterEach, describe, expect, it } from "vitest"
import { Answer } from "../../../core/connector/answer.ts"
import { remedy } from "../../../core/connector/errors.ts"
import { secret } from "../../../core/connector/secret.ts"
import { judge, reasonOf } from "../../../core/connector/verdict.ts"
import { causeOf, classOf, dialect, table } from "../../../connectors/salesforce/errors.ts"
import { salesforce } from "../../../connectors/salesforce/index.ts"
import { salesforceSandbox, sandboxApp } from "../../../connectors/salesforce/sandbox/index.ts"
import type { SalesforceSandbox } from "../../../connectors/salesforce/sandbox/index.ts"
import { customer } from "../../../mappings/salesforce/index.ts"

process.env["SF_SECRET"] = sandboxApp.clientSecret

const answered = (status: number, body: string): Answer => new Answer(status, {}, new TextEncoder().encode(body))
const remedyOf = (code: string, status = 400) =>
  remedy(reasonOf(judge(dialect, answered(status, JSON.stringify([{ errorCode: code, message: "x" }])), 0), "said"))

describe("error codes", () => {
  it.each([
    ["REQUEST_LIMIT_EXCEEDED", 403, "retry"], ["UNABLE_TO_LOCK_ROW", 400, "retry"], ["SERVER_UNAVAILABLE", 503, "retry"],
    ["QUERY_TIMEOUT", 400, "retry"], ["REQUEST_RUNNING_TOO_LONG", 400, "retry"], ["INVALID_SESSION_ID", 401, "reauthorise"],
    ["API_DISABLED_FOR_ORG", 403, "reauthorise"], ["INSUFFICIENT_ACCESS", 403, "reauthorise"],
    ["INVALID_FIELD", 400, "fix mapping"], ["MALFORMED_QUERY", 400, "fix mapping"], ["INVALID_TYPE", 400, "fix mapping"],
    ["REQUIRED_FIELD_MISSING", 400, "fix data"], ["STRING_TOO_LONG", 400, "fix data"], ["DUPLICATES_DETECTED", 400, "fix data"],
    ["INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", 400, "fix data"], ["ENTITY_IS_DELETED", 404, "fix data"],
    ["STORAGE_LIMIT_EXCEEDED", 400, "report"], ["A_CODE_OF_NEXT_YEAR", 400, "report"], ["A_CODE_OF_NEXT_YEAR", 500, "report"]
  ])("%s (%i): %s", (code, status, expected) => {
    expect(remedyOf(code, status)).toBe(expected)
  })

  it("stand in the table once each, in the vendor's spelling", () => {
    expect(Object.keys(table).filter((code) => !/^[A-Z][A-Z_0-9]+$/.test(code))).toEqual([])
    expect(Object.keys(table).length).toBeGreaterThan(80)
    expect(classOf("__proto__")).toBe("report")
  })

  it("a page in HTML is an outage, and no code", () => {
    expect(judge(dialect, answered(503, "<html>Maintenance</html>"), 0)).toMatchObject({ class: "retry" })
  })

  it("a cause names codes and fields, never the message: it repeats values", () => {
    expect(causeOf([{ statusCode: "INVALID_EMAIL_ADDRESS", fields: ["Email"], message: "Email: invalid: ada@example.com" }]))
      .toBe("INVALID_EMAIL_ADDRESS (Email)")
  })
})

let org: SalesforceSandbox | undefined
afterEach(async () => {
  await org?.stop()
  org = undefined
})

describe("failures", () => {
  effectful.live("say neither token nor person, at debug level and in every outcome", () => Effect.gen(function*() {
    const sandbox = yield* Effect.promise(async () => org = await salesforceSandbox({ duplicateRule: true,
      refuses: (_, values) => values["FirstName"] === "Canary" ? { statusCode: "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        message: `${String(values["Email"])} is not welcome` } : undefined }))
    const lines: Array<string> = []
    const logger = Logger.make(({ message }) => { lines.push(JSON.stringify(message)) })
    const crm = salesforce("crm", { url: sandbox.url(), auth: { clientId: sandboxApp.clientId,
      clientSecret: secret("SF_SECRET") } })
    crm.customers.as(customer)
    const said: Array<unknown> = []
    const faults = ["", "broken", "unavailable", "request-limit", "denied", "query-timeout", "maintenance", "cut-after",
      "session-expired", "row-lock"]
    const work = Effect.gen(function*() {
      const session = yield* crm.open({ readOnly: false })
      const { writer } = session.resource("customers")
      for (const [at, fault] of faults.entries()) {
        const where = fault === "row-lock" ? {} : { contains: "/composite" }
        if (fault !== "") sandbox.faults.add({ fault, times: 1, ...where })
        const create = { op: "create", attempt: "a", idempotencyKey: "k", marker: `m${at}`,
          patch: () => ({ LastName: "Canary-Name", FirstName: "Canary", Email: "canary@example.com" }) } as const
        said.push(yield* Effect.result(writer?.write([create], Effect.void) ?? Effect.succeed([])))
        sandbox.faults.clear()
      }
    })
    yield* Effect.scoped(work).pipe(Effect.provide(Logger.layer([logger])),
      Effect.provideService(References.MinimumLogLevel, "All"))
    const all = `${JSON.stringify(said)} ${lines.join("\n")}`
    expect(said).toHaveLength(faults.length)
    expect(lines.length).toBeGreaterThan(faults.length)
    expect(all).not.toMatch(/canary@|Canary-Name|sandbox-secret|00D5e[0-9A-Za-z]*!/)
  }), 60_000)
})

const recordings = join(import.meta.dirname, "../../../../shared/specs/salesforce/describe")

describe("describe", () => {
  it("has the keys of the vendor's recorded answers", async ({ skip }) => {
    if (!existsSync(recordings)) skip(`the recordings are not here: ${recordings}`)
    const recorded: { readonly [key: string]: unknown } =
      JSON.parse(readFileSync(join(recordings, "GET_sobjects_Contact_describe.json"), "utf8"))
    const sandbox = org = await salesforceSandbox()
    const answer = await fetch(`${sandbox.url()}/services/data/v64.0/sobjects/Contact/describe`,
      { headers: { authorization: `Bearer ${sandbox.issue()}` } })
    const ours = await answer.json() as { readonly [key: string]: unknown }
    expect(Object.keys(ours).sort()).toEqual(Object.keys(recorded).sort())
    type Fields = ReadonlyArray<{ readonly name: string }>
    const byName = (of: { readonly [key: string]: unknown }) =>
      new Map((of["fields"] as Fields).map((field) => [field.name, field]))
    const theirs = byName(recorded)
    const kept = ["type", "soapType", "length", "nillable", "createable", "updateable", "idLookup", "byteLength"] as const
    const facts = (field: object) => Object.fromEntries(kept.map((key) => [key, Reflect.get(field, key)]))
    for (const [name, field] of byName(ours)) {
      const known = theirs.get(name)
      if (known === undefined) continue
      expect(Object.keys(field).sort(), name).toEqual(Object.keys(known).sort())
      expect(facts(field), name).toEqual(facts(known))
    }
  })
})
