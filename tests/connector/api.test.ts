/** The Api over real loopback servers: what is repeated, what is not, and what an error says. */
import { it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { afterEach, describe, expect } from "vitest"
import { makeApi } from "../../core/connector/api.ts"
import type { ApiOptions, Dialect } from "../../core/connector/api.ts"
import { sandbox } from "../../core/connector/sandbox.ts"
import type { Sandbox, Vendor } from "../../core/connector/sandbox.ts"
import { isRecord } from "../../core/model/value.ts"

const running: Array<Sandbox> = []
const start = async (vendor: Vendor): Promise<Sandbox> => {
  const one = await sandbox(() => vendor)
  running.push(one)
  return one
}
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop()
})

const dialect: Dialect = {
  code: (answer) => isRecord(answer.json) && typeof answer.json["code"] === "string" ? answer.json["code"] : undefined,
  table: { LOCKED: "busy", TAKEN: "fix data" }
}
const options = (base: string, more: Partial<ApiOptions> = {}): ApiOptions => ({
  connection: "shop", base, dialect,
  authorization: {
    headers: Effect.succeed({ Authorization: Redacted.make("Bearer planted-token") }),
    refused: () => Effect.succeed(false)
  },
  ...more
})

describe("api", () => {
  it.live("reads JSON with the credentials of the connection", () => Effect.gen(function*() {
    const server = yield* Effect.promise(() => start({
      handle: (call) => ({ status: 200, body: { path: call.path, sent: call.headers["authorization"] ?? "" } })
    }))
    const api = yield* makeApi(options(`${server.url()}/v1`))
    const answer = yield* api.read({ operation: "get", method: "GET", path: "/a/{id}", params: { id: "x/../y" } })
    expect(answer.json).toEqual({ path: "/v1/a/x%2F..%2Fy", sent: "Bearer planted-token" })
  }))

  it.live("says what the system refused in words without values", () => Effect.gen(function*() {
    const server = yield* Effect.promise(() => start({
      handle: () => ({ status: 422, body: { code: "TAKEN", message: "jo@example.com is taken" } })
    }))
    const api = yield* makeApi(options(server.url()))
    const error = yield* Effect.flip(api.read({ operation: "get customer", method: "GET", path: "/c/{id}", params: { id: 7 } }))
    expect(error.message).toBe("shop: get customer: GET /c/{id} answered 422 TAKEN")
    expect(error.reason._tag).toBe("Refused")
  }))
})
