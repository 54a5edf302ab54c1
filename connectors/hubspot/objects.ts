/** The calls for records and what ties them: reads, batches, associations. One place knows the paths. */
import { Effect } from "effect"
import type { Answer, Api, Cost, Lost, Priority } from "../../core/connector/api.ts"
import type { ConnectorError } from "../../core/connector/errors.ts"
import { Malformed, Refused } from "../../core/connector/errors.ts"
import { halve } from "../../core/connector/halve.ts"
import type { Fenced } from "../../core/connector/connector.ts"
import type { Json } from "../../core/model/value.ts"
import { dayName, searchName, windowName } from "./errors.ts"
import { isMembers, listIn, textIn } from "./json.ts"
import type { Members } from "./json.ts"

/** A record as an answer shows it. */
export interface Shown {
  readonly id: string
  readonly properties: Members
  readonly createdAt: string
  readonly updatedAt: string
  readonly archivedAt?: string
  readonly traceId?: string
  /** By kind, the ids of what it is associated with; absent: not asked, or more than one answer shows. */
  readonly associations?: { readonly [kind: string]: ReadonlyArray<string> | "more" }
}

/** Inputs of one batch: https://developers.hubspot.com/docs/api-reference/latest/crm/using-object-apis */
export const batchSize = 100
/** Of associations read at once. */
const linksSize = 1_000
export const searchSize = 200
export const listSize = 100

export const ordinary: Cost = { [windowName]: 1, [dayName]: 1 }
export const searching: Cost = { [searchName]: 1, [dayName]: 1 }

export type Pair = readonly [from: string, to: string]
export type Fence = Effect.Effect<void, Fenced>
export type WriteError = ConnectorError | Lost | Fenced

export class Objects {
  readonly api: Api
  readonly version: string
  constructor(api: Api, version: string) {
    this.api = api
    this.version = version
  }

  list(kind: string, options: {
    readonly properties: ReadonlyArray<string>
    readonly associations?: ReadonlyArray<string>
    readonly after: string | undefined
    readonly archived?: boolean
  }): Effect.Effect<{ readonly results: ReadonlyArray<Shown>; readonly after: string | undefined }, ConnectorError> {
    return Effect.map(this.read("list", kind, "", "GET", { priority: "backfill", query: {
      limit: listSize, after: options.after, archived: options.archived === true ? true : undefined,
      properties: options.properties.length === 0 ? undefined : options.properties.join(","),
      associations: options.associations === undefined || options.associations.length === 0 ? undefined
        : options.associations.join(",")
    } }), (json) => ({ results: shownIn(json), after: textIn(member(member(json, "paging"), "next"), "after") }))
  }

  /** Ids in their order, changed between two times (milliseconds, both counted in) and above `after`. */
  search(kind: string, window: {
    readonly property: string
    readonly from: number
    readonly to: number
    readonly after: string
  }): Effect.Effect<{ readonly ids: ReadonlyArray<string>; readonly total: number }, ConnectorError> {
    const filters = [
      { propertyName: window.property, operator: "BETWEEN", value: String(window.from), highValue: String(window.to) },
      { propertyName: "hs_object_id", operator: "GT", value: window.after }
    ]
    return Effect.map(this.read("search", kind, "/search", "POST", { cost: searching, body: {
      filterGroups: [{ filters }], sorts: ["hs_object_id"], properties: ["hs_object_id"], limit: searchSize
    } }), (json) => ({ ids: shownIn(json).map(({ id }) => id),
      total: isMembers(json) && typeof json["total"] === "number" ? json["total"] : 0 }))
  }

  /** By id; what is not there is missing from the answer. */
  readMany(
    kind: string, ids: ReadonlyArray<string>, properties: ReadonlyArray<string>, archived = false
  ): Effect.Effect<ReadonlyArray<Shown>, ConnectorError> {
    return Effect.map(Effect.forEach(chunks([...new Set(ids)], batchSize), (part) =>
      this.read("read", kind, "/batch/read", "POST", { ...archived ? { query: { archived } } : {}, body: {
        inputs: part.map((id) => ({ id })), properties, propertiesWithHistory: []
      } })), (answers) => answers.flatMap(shownIn))
  }

  /** By an id that a merge may have taken away: the portal forwards to the record that goes on. */
  one(kind: string, id: string): Effect.Effect<Shown | undefined, ConnectorError> {
    return Effect.map(this.api.read({ operation: `look at one of ${kind}`, method: "GET", cost: ordinary,
      path: `${this.path(kind)}/{id}`, params: { id }, accept: [404] }), (answer) =>
      answer.status === 404 ? undefined : shown(answer.json))
  }

  /** What the portal says about a batch, refusals included: who sends it reads them. */
  batch(kind: string, verb: "upsert" | "update", inputs: ReadonlyArray<Json>, fence: Fence): Effect.Effect<Answer, WriteError> {
    return this.api.write({ operation: `${verb} ${kind}`, method: "POST", idempotent: true, cost: ordinary,
      accept: [400, 404, 409], path: `${this.path(kind)}/batch/${verb}`, body: { json: { inputs } } }, fence)
  }

  archive(kind: string, ids: ReadonlyArray<string>, fence: Fence): Effect.Effect<void, WriteError> {
    return Effect.asVoid(this.api.write({ operation: `archive ${kind}`, method: "POST", idempotent: true,
      path: `${this.path(kind)}/batch/archive`, cost: ordinary, body: { json: { inputs: ids.map((id) => ({ id })) } } }, fence))
  }

  /** Ids of the other kind, by id. */
  links(
    from: string, to: string, ids: ReadonlyArray<string>
  ): Effect.Effect<ReadonlyMap<string, ReadonlyArray<string>>, ConnectorError> {
    return Effect.gen({ self: this }, function*() {
      const found = new Map<string, Array<string>>()
      for (const part of chunks(ids, linksSize)) {
        let inputs: ReadonlyArray<Json> = part.map((id) => ({ id }))
        // An object with more associations than one answer shows is asked for again, from where the answer ended.
        while (inputs.length > 0) {
          const json = yield* this.joined(from, to, inputs)
          const more: Array<Json> = []
          for (const one of listIn(json, "results")) {
            const id = textIn(member(one, "from"), "id")
            if (id === undefined) continue
            const others = listIn(one, "to").flatMap((end) => idIn(end, "toObjectId") ?? [])
            found.set(id, [...found.get(id) ?? [], ...others])
            const after = textIn(member(member(one, "paging"), "next"), "after")
            if (after !== undefined) more.push({ id, after })
          }
          inputs = more
        }
      }
      return found
    })
  }

  /** Why it could not be, pair by pair; undefined: it is. One end that is not there refuses a whole batch. */
  link(
    from: string, to: string, pairs: ReadonlyArray<Pair>, fence: Fence
  ): Effect.Effect<ReadonlyArray<string | undefined>, WriteError> {
    const all = (part: ReadonlyArray<Pair>) => Effect.map(this.api.write({
      operation: `associate ${from} with ${to}`, method: "POST", idempotent: true, cost: ordinary, accept: [400, 404],
      path: `/crm/associations/${this.version}/${from}/${to}/batch/associate/default`,
      body: { json: { inputs: part.map(([a, b]) => ({ from: { id: a }, to: { id: b } })) } }
    }, fence), ({ json, status }) => status >= 400
      ? new Refused({ message: `HubSpot does not associate these ${from} and ${to}: ${textIn(json, "category") ?? status}` })
      : part.map(() => undefined))
    const parts = Effect.forEach(chunks(pairs, batchSize), (part) =>
      halve<Pair, string | undefined, WriteError, never>(part, all, (_, { message }) => message))
    return Effect.map(parts, (answers) => answers.flat())
  }

  unlink(from: string, to: string, pairs: ReadonlyArray<Pair>, fence: Fence): Effect.Effect<void, WriteError> {
    return Effect.forEach(chunks(pairs, batchSize), (part) => this.api.write({
      operation: `separate ${from} from ${to}`, method: "POST", idempotent: true, cost: ordinary,
      path: `/crm/associations/${this.version}/${from}/${to}/batch/archive`,
      body: { json: { inputs: part.map(([a, b]) => ({ from: { id: a }, to: [{ id: b }] })) } }
    }, fence), { discard: true })
  }

  /** A property as the portal defines it; undefined: it does not exist, or the token may not see it. */
  property(kind: string, name: string): Effect.Effect<{ readonly unique: boolean } | undefined, ConnectorError> {
    return Effect.map(this.api.read({ operation: `look at a property of ${kind}`, method: "GET", cost: ordinary,
      path: `/crm/properties/${this.version}/${kind}/{name}`, params: { name }, accept: [404] }), ({ json, status }) =>
      status === 404 ? undefined : { unique: isMembers(json) && json["hasUniqueValue"] === true })
  }

  private joined(from: string, to: string, inputs: ReadonlyArray<Json>): Effect.Effect<Json, ConnectorError> {
    const operation = `read associations of ${from}`
    return this.json(operation, this.api.read({ operation, method: "POST", cost: ordinary,
      path: `/crm/associations/${this.version}/${from}/${to}/batch/read`, body: { json: { inputs } } }))
  }

  private read(verb: string, kind: string, path: string, method: "GET" | "POST", more: {
    readonly query?: { readonly [name: string]: string | number | boolean | undefined }
    readonly body?: Json
    readonly cost?: Cost
    readonly priority?: Priority
  }): Effect.Effect<Json, ConnectorError> {
    const operation = `${verb} ${kind}`
    return this.json(operation, this.api.read({ operation, method, path: `${this.path(kind)}${path}`,
      cost: more.cost ?? ordinary, ...more.query === undefined ? {} : { query: more.query },
      ...more.body === undefined ? {} : { body: { json: more.body } },
      ...more.priority === undefined ? {} : { priority: more.priority } }))
  }

  private json(operation: string, answer: Effect.Effect<Answer, ConnectorError>): Effect.Effect<Json, ConnectorError> {
    return Effect.flatMap(answer, (one) => this.checked(operation, one))
  }

  private checked(operation: string, answer: Answer): Effect.Effect<Json, ConnectorError> {
    const { json } = answer
    return json === undefined
      ? Effect.fail(this.api.fail(operation, new Malformed({ message: `${operation}: the answer is not JSON` })))
      : Effect.succeed(json)
  }

  private path(kind: string): string {
    return `/crm/objects/${this.version}/${kind}`
  }
}

export const chunks = <A>(list: ReadonlyArray<A>, size: number): ReadonlyArray<ReadonlyArray<A>> =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, at) => list.slice(at * size, (at + 1) * size))

const member = (json: Json | undefined, name: string): Json | undefined => isMembers(json) ? json[name] : undefined

/** Some answers write ids as numbers. */
const idIn = (json: Json, name: string): string | undefined => {
  const id = member(json, name)
  return typeof id === "string" ? id : typeof id === "number" ? String(id) : undefined
}

export const shownIn = (json: Json | undefined): ReadonlyArray<Shown> =>
  listIn(json, "results").flatMap((one) => shown(one) ?? [])

const shown = (json: Json | undefined): Shown | undefined => {
  const id = isMembers(json) ? idIn(json, "id") : undefined
  const properties = member(json, "properties")
  if (id === undefined || !isMembers(properties)) return undefined
  const [createdAt, updatedAt, archivedAt, traceId] =
    ["createdAt", "updatedAt", "archivedAt", "objectWriteTraceId"].map((name) => textIn(json, name))
  const linked = member(json, "associations")
  return { id, properties, createdAt: createdAt ?? "", updatedAt: updatedAt ?? "",
    ...archivedAt === undefined ? {} : { archivedAt }, ...traceId === undefined ? {} : { traceId },
    ...isMembers(linked) ? { associations: linkedIn(linked) } : {} }
}

/** The names of kinds come with blanks here and there: `line items`. */
const linkedIn = (linked: Members): NonNullable<Shown["associations"]> =>
  Object.fromEntries(Object.entries(linked).map(([kind, ends]) => [kind.replaceAll(" ", "_"),
    member(ends, "paging") !== undefined ? "more" as const
      : [...new Set(listIn(ends, "results").flatMap((one) => idIn(one, "id") ?? []))]]))
