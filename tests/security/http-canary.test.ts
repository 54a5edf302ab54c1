/**
 * S19, S20, S23 over HTTP: a token and a person planted in every place of a request and of an answer, every failure
 * scenario; then everything that could be printed, at debug level, is searched for them.
 */
import { inspect } from "node:util"
import { it } from "@effect/vitest"
import { Cause, Effect, Exit, Logger, Redacted, References, Result, Stream } from "effect"
import { afterEach, describe, expect } from "vitest"
import { makeApi } from "../../core/connector/api.ts"
import type { Api, ApiOptions, Call } from "../../core/connector/api.ts"
import { sandbox } from "../../core/connector/sandbox.ts"
import type { Reply, Sandbox, Vendor } from "../../core/connector/sandbox.ts"
import { isRecord } from "../../core/model/value.ts"
import { hour, hurried } from "../connector/hurried.ts"

const token = "canary-t0ken-in-a-header"
const forms = [/canary/i, /birdsong/i, /555.?0142/, /9007199254740999/]
const person = {
  name: "Canaryna Birdsong", email: "canary.birdsong@example.org", phone: "+12025550142", id: "9007199254740999"
}
const quoting = JSON.stringify({ code: "ODD CODE WITH Canaryna", message: `${person.name} <${person.email}> is taken` })

type Answers = NonNullable<Vendor["answers"]>
const answer = (status: number, headers: Reply["headers"] = {}, body: Reply["body"] = quoting): Answers[string] =>
  () => ({ status, headers: { "set-cookie": `session=${token}`, "x-request-id": person.email, ...headers }, body })
const answers: Answers = {
  ...Object.fromEntries([200, 400, 401, 403, 404, 409, 418, 422, 423, 500, 503].map((status) =>
    [String(status), answer(status)])),
  "204": answer(204, {}, ""),
  "429": answer(429, { "retry-after": "0" }),
  "429 later": answer(429, { "retry-after": "86400" }),
  "302": answer(302, { location: `https://${token}.example.com/?email=${person.email}` }),
  "html": answer(502, {}, `<html>${person.name} ${token}</html>`),
  "no JSON": answer(200, {}, `{"name":"${person.name}",`),
  "large": answer(200, {}, person.name.repeat(100_000)),
  "code": answer(400, {}, JSON.stringify({ code: "BAD_INPUT", message: person.name })),
  "known": answer(422, {}, JSON.stringify({ code: "TAKEN", message: person.name }))
}

const running: Array<Sandbox> = []
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop()
})

const options = (base: string): ApiOptions => ({
  connection: "shop", base, headers: { "X-Api-Key": token }, attempts: 2, maxBytes: 50_000, timeoutMs: hour,
  connectMs: hour,
  authorization: { headers: Effect.succeed({ Authorization: Redacted.make(`Bearer ${token}`) }),
    refused: () => Effect.succeed(true) },
  dialect: {
    code: ({ json }) => isRecord(json) && typeof json["code"] === "string" ? json["code"] : undefined,
    table: { TAKEN: "fix data" }
  }
})

const call: Call = {
  operation: "update customer", method: "POST", path: "/customers/{id}/{email}",
  params: { id: person.id, email: person.email },
  query: { q: person.name, access_token: token }, headers: { "X-Person": person.phone }, body: { json: person }
}
const ways: ReadonlyArray<readonly [string, (api: Api, storage: string) => Effect.Effect<unknown, unknown>]> = [
  ["read", (api) => api.read(call)],
  ["write", (api) => api.write({ ...call, idempotent: false })],
  ["upsert", (api) => api.write({ ...call, idempotent: true })],
  ["lines", (api) => Stream.runDrain(api.lines(call))],
  ["link", (api) => api.read({ ...call, link: `/next?token=${token}&email=${person.email}` })],
  ["foreign link", (api, storage) => api.read({ ...call, link: `${storage}/?sig=${token}` })],
  ["multipart", (api) => api.write({ ...call, idempotent: false, body: { multipart: [
    { name: person.name, value: token }, { name: "file", value: new Blob([person.email]), file: `${person.name}.jsonl` }] } })]
]

/** Everything that a run of this could print, one text. */
const printed = (work: Effect.Effect<unknown, unknown>) => Effect.gen(function*() {
  const lines: Array<string> = []
  const logger = [Logger.formatLogFmt, Logger.formatJson, Logger.formatSimple].map((format) =>
    Logger.map(format, (line) => { lines.push(line) }))
  const exit = yield* Effect.exit(Effect.tapCause(work, (cause) => Effect.logError("it failed", cause))).pipe(
    Effect.provide(Logger.layer(logger)), Effect.provideService(References.MinimumLogLevel, "All"))
  if (Exit.isFailure(exit)) {
    const error = Cause.squash(exit.cause)
    lines.push(String(error), JSON.stringify(error), inspect(error, { depth: 20, showHidden: true }),
      Cause.pretty(exit.cause), inspect(exit.cause, { depth: 20 }), error instanceof Error ? `${error.message}${error.stack ?? ""}` : "")
  }
  return { failed: Exit.isFailure(exit), text: lines.join("\n"), lines: lines.length }
})
const leaks = (text: string): ReadonlyArray<string> =>
  forms.flatMap((form) => {
    const at = text.search(form)
    return at < 0 ? [] : [text.slice(Math.max(0, at - 60), at + 60)]
  })

const scenario = (fault: string) => Effect.gen(function*() {
  const shop = yield* Effect.promise(() => sandbox(() => ({ handle: () => ({ status: 200, body: person }), answers }),
    { origins: ["api", "decoy"] }))
  running.push(shop)
  const seen: Array<string> = []
  for (const [way, run] of ways) {
    if (fault === "nobody there") yield* Effect.promise(() => shop.stop())
    else if (fault !== "no fault") shop.faults.add({ fault, times: 99 })
    const { result } = yield* hurried(printed(
      Effect.scoped(Effect.flatMap(makeApi(options(shop.url())), (api) => run(api, shop.url("decoy"))))))
    const { failed, lines, text } = Result.getOrThrow(result)
    expect([fault, way, leaks(text)]).toEqual([fault, way, []])
    expect(lines).toBeGreaterThan(0)
    if (failed) seen.push(way)
    shop.faults.clear()
  }
  return seen
})

describe("what a failing request prints", () => {
  const faults = ["no fault", "nobody there", "cut-before", "cut-after", ...Object.keys(answers)]
  it.live.each(faults)("%s: no token and no person", (fault) => Effect.gen(function*() {
    const failed = yield* scenario(fault)
    // A foreign link fails always: the scenario is not an empty one.
    expect(failed).toContain("foreign link")
    if (!["no fault", "200", "204", "no JSON", "large"].includes(fault)) expect(failed).toHaveLength(ways.length)
  }))

  it("is a search that would find them", () => {
    for (const value of [token, ...Object.values(person)]) expect(leaks(`x ${value} y`)).not.toEqual([])
  })
})
