/** GraphQL over the Api: costs are learned from the answers, and what the token may not see is told apart. */
import { Effect } from "effect"
import type { Stream } from "effect"
import type { Answer, Api, Lost, Priority } from "../../core/connector/api.ts"
import type { Fenced } from "../../core/connector/connector.ts"
import type { ConnectorError } from "../../core/connector/errors.ts"
import { Malformed } from "../../core/connector/errors.ts"
import type { Json } from "../../core/model/value.ts"
import { errorsIn, requestedCost, restoreRate, userErrorsIn } from "./errors.ts"
import type { UserError } from "./errors.ts"
import { documentOf } from "./mutations.ts"
import type { Mutation } from "./mutations.ts"
import { isList, isNode } from "./selection.ts"
import type { Node_ } from "./selection.ts"

export interface Answered {
  readonly data: Node_
  /** Paths that came back as null because the token may not see them. */
  readonly denied: ReadonlyArray<ReadonlyArray<string | number>>
}

/** One mutation of a document with its values. */
export interface Step {
  readonly mutation: Mutation
  readonly values: { readonly [name: string]: Json | undefined }
  /** Asked for instead of `{ id }` of the record. */
  readonly shows?: string
}

/** What became of a step. `failed`: the vendor broke off there and says nothing about what was done. */
export interface Stepped {
  readonly payload: Node_ | undefined
  readonly errors: ReadonlyArray<UserError>
  readonly failed: boolean
}

export interface Graph {
  readonly query: (
    operation: string, document: string, variables?: { readonly [name: string]: Json }, priority?: Priority
  ) => Effect.Effect<Answered, ConnectorError>
  /** All steps in one request, one after the other. `idempotent`: sent twice they are done once. */
  readonly mutate: (
    operation: string, steps: ReadonlyArray<Step>, fence: Effect.Effect<void, Fenced>, idempotent: boolean
  ) => Effect.Effect<ReadonlyArray<Stepped>, ConnectorError | Lost | Fenced>
  /** The lines of a bulk result, from the storage origin: without our credentials. */
  readonly lines: (url: string) => Stream.Stream<string, ConnectorError>
  readonly fail: Api["fail"]
  /** The API version that answered last. */
  readonly version: () => string | undefined
  /** Points that come back each second, as the last answer said. */
  readonly rate: () => number | undefined
  readonly budgets: Api["lane"]["budgets"]
}

export const makeGraph = (api: Api, path: string): Graph => {
  const costs = new Map<string, number>()
  let version: string | undefined
  let rate: number | undefined
  const learn = (document: string, answer: Answer): void => {
    const cost = requestedCost(answer)
    if (cost !== undefined) costs.set(document, cost)
    rate = restoreRate(answer) ?? rate
    version = answer.headers["x-shopify-api-version"] ?? version
  }
  const call = (operation: string, document: string, variables: { readonly [name: string]: Json }) => ({
    operation, method: "POST" as const, path,
    body: { json: { query: document, variables } },
    cost: { points: costs.get(document) ?? guess(document) }
  })
  const read = (operation: string, answer: Answer): Effect.Effect<Answered, ConnectorError> => {
    const { json } = answer
    const data = isNode(json) ? json["data"] : undefined
    if (!isNode(data)) return Effect.fail(api.fail(operation, new Malformed({ message: "an answer without data" })))
    return Effect.succeed({ data, denied: deniedIn(answer) })
  }
  return {
    query: (operation, document, variables = {}, priority) =>
      Effect.flatMap(api.read({ ...call(operation, document, variables), ...priority === undefined ? {}
        : { priority } }),
        (answer) => {
          learn(document, answer)
          return read(operation, answer)
        }),
    mutate: (operation, steps, fence, idempotent) => {
      const document = documentOf(steps.map(({ mutation, shows }) => shows === undefined ? mutation
        : { ...mutation, answer: mutation.answer.replace(/\{ id \}/, `{ ${shows} }`) }))
      const variables = Object.fromEntries(steps.flatMap(({ mutation, values }, at) =>
        Object.keys(mutation.variables).map((name) => [`v${at}_${name}`, values[name] ?? null] as const)))
      return Effect.map(api.write({ ...call(operation, document, variables), idempotent }, fence), (answer) => {
        learn(document, answer)
        return steps.map(({ mutation }, at) => stepped(answer, mutation, at))
      })
    },
    lines: (url) => api.lines({ operation: "bulk result", method: "GET", path: "/bulk-result", link: url, priority: "backfill",
      cost: { points: 0 } }),
    fail: api.fail,
    version: () => version,
    rate: () => rate,
    budgets: api.lane.budgets
  }
}

/** Before the first answer: a mutation costs ten points, an object one. */
const guess = (document: string): number =>
  document.startsWith("mutation") ? 10 * (document.match(/^ {2}m\d+:/gm) ?? [""]).length : 60

const deniedIn = (answer: Answer): Answered["denied"] =>
  errorsIn(answer).flatMap((error) => {
    const path = error["path"]
    return isList(path) ? [path.flatMap((part) => typeof part === "string" || typeof part === "number" ? [part] : [])] : []
  })

const stepped = (answer: Answer, mutation: Mutation, at: number): Stepped => {
  const data = isNode(answer.json) ? answer.json["data"] : undefined
  const payload = isNode(data) ? data[`m${at}`] : undefined
  const broken = errorsIn(answer).filter((error) => isList(error["path"]) && error["path"][0] === `m${at}`)
  if (!isNode(payload)) {
    const codes = broken.flatMap(({ extensions }) =>
      isNode(extensions) && typeof extensions["code"] === "string" ? [extensions["code"]] : [])
    // A refusal says its name; without one nobody knows what was done.
    const denied = codes.includes("ACCESS_DENIED")
    return { payload: undefined, failed: !denied, errors: denied ? [{ code: "ACCESS_DENIED", field: [] }] : [] }
  }
  return { payload, failed: false, errors: userErrorsIn(payload[mutation.errors ?? "userErrors"]) }
}
