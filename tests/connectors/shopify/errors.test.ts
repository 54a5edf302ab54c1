/** Every error code of the vendor is classified, and what an answer says is read the way the vendor means it. */
import { buildSchema, isEnumType } from "graphql"
import { describe, expect, it } from "vitest"
import { Answer } from "../../../core/connector/answer.ts"
import { judge } from "../../../core/connector/verdict.ts"
import { causeOf, dialect, gone, passes, stale, userErrors, userErrorsIn } from "../../../connectors/shopify/errors.ts"
import { schema } from "../../../connectors/shopify/sandbox/schema.ts"

const answer = (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  new Answer(status, headers, new TextEncoder().encode(JSON.stringify(body)))
const said = (status: number, body: unknown, headers?: Record<string, string>) =>
  judge(dialect, answer(status, body, headers), 0)
const throttle = { maximumAvailable: 2000, currentlyAvailable: 100, restoreRate: 100 }

describe("codes", () => {
  const enums = Object.values(buildSchema(schema).getTypeMap()).filter((type) => /Error(Code)?$/.test(type.name) && isEnumType(type))
  it("has enums to look at", () => {
    expect(enums.length).toBeGreaterThan(10)
  })
  it.each(enums.map((type) => [type.name, type] as const))("%s is classified, code by code", (_, type) => {
    const codes = isEnumType(type) ? type.getValues().map(({ name }) => name) : []
    const unknown = codes.filter((code) => userErrors[code] === undefined && !gone.has(code) && !stale.has(code) &&
      dialect.table[code] === undefined)
    expect(unknown).toEqual([])
  })
  it("reports what it does not know, with the code and without the message", () => {
    const [error] = userErrorsIn([{ field: ["input", "email"], message: "jo@example.com is odd", code: "BRAND_NEW" }])
    if (error === undefined) throw new Error("no error was read")
    expect(causeOf(error)).toBe("BRAND_NEW at input.email (report)")
    expect(passes(error)).toBe(false)
  })
  it("reads a code out of the sentences of mutations that have none", () => {
    expect(userErrorsIn([{ field: ["email"], message: "Email has already been taken" }])[0]?.code).toBe("TAKEN")
    expect(userErrorsIn([{ field: null, message: "Something else" }])[0]?.code).toBeUndefined()
  })
  it("tells what passes by itself from what does not", () => {
    expect(passes({ code: "INTERNAL_ERROR", field: [] })).toBe(true)
    expect(passes({ code: "TAKEN", field: [] })).toBe(false)
    expect(passes({ code: "toString", field: [] })).toBe(false)
  })
})

describe("answers", () => {
  it("waits as long as the bucket takes to fill, inside of a good answer", () => {
    expect(said(200, { errors: [{ message: "Throttled", extensions: { code: "THROTTLED" } }],
      extensions: { cost: { requestedQueryCost: 600, actualQueryCost: null, throttleStatus: throttle } } }))
      .toEqual({ class: "wait", code: "THROTTLED", waitMs: 5_000 })
  })
  it.each([
    [429, { errors: "Exceeded 2 calls per second" }, "wait"],
    [423, { errors: "This shop is locked" }, "busy"],
    [402, { errors: "Payment required" }, "report"],
    [401, { errors: "[API] Invalid API key or access token" }, "reauthorise"],
    [403, { errors: "Access denied" }, "reauthorise"],
    [500, { errors: "Internal Server Error" }, "retry"],
    [503, "", "retry"],
    [200, { errors: [{ message: "x", extensions: { code: "MAX_COST_EXCEEDED" } }] }, "fix data"],
    [200, { errors: [{ message: "x", extensions: { code: "ACCESS_DENIED" } }] }, "reauthorise"],
    [200, { errors: [{ message: "x", extensions: { code: "INTERNAL_SERVER_ERROR" } }] }, "retry"],
    [200, { errors: [{ message: "Field 'x' doesn't exist", extensions: { code: "undefinedField" } }] }, "report"],
    [200, { errors: [{ message: "x", extensions: { code: "NEVER_HEARD_OF" } }] }, "report"]
  ])("%d %j is %s", (status, body, expected) => {
    expect(said(status, body).class).toBe(expected)
  })
  it("takes a field that the token may not see for what it is: the rest is good", () => {
    expect(said(200, { data: { customers: { nodes: [] } }, errors: [{ message: "x", path: ["a"],
      extensions: { code: "ACCESS_DENIED" } }] }).class)
      .toBe("ok")
  })
  it("learns the budget from every answer", () => {
    const read = dialect.budgets?.(answer(200, { data: {}, extensions: { cost: { throttleStatus: throttle } } }), 0)
    expect(read).toEqual([{ name: "points", max: 2000, left: 100, restorePerSecond: 100 }])
    expect(dialect.budgets?.(answer(200, { data: {} }), 0)).toEqual([])
  })
})
