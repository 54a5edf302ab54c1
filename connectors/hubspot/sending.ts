/** One kind of batch, sent: whole refusals are halved, values that a property does not take cost only themselves. */
import { Effect } from "effect"
import type { Api } from "../../core/connector/api.ts"
import { Malformed, Refused } from "../../core/connector/errors.ts"
import { halve } from "../../core/connector/halve.ts"
import type { Json } from "../../core/model/value.ts"
import type { Properties, Withheld } from "./changes.ts"
import { codeIn, table } from "./errors.ts"
import { isMembers, listIn, textIn } from "./json.ts"
import { shownIn } from "./objects.ts"
import type { Fence, Objects, Shown, WriteError } from "./objects.ts"

export interface Parcel {
  readonly id: string
  readonly trace: string
  readonly properties: Properties
}

export type Sent =
  | { readonly did: "stored"; readonly shown: Shown; readonly withheld: ReadonlyArray<Withheld> }
  | { readonly did: "refused"; readonly fault: Fault }

/** A refusal, without a word of what was sent. */
export interface Fault {
  readonly code: string
  readonly cause: string
  /** Properties that are to blame. */
  readonly columns: ReadonlyArray<string>
  /** A record that is in the way. */
  readonly holder?: string
}

class Whole extends Refused {
  readonly fault: Fault
  constructor(fault: Fault) {
    super({ code: fault.code, message: fault.cause })
    this.fault = fault
  }
}

/** One answer a parcel, in order. `key`: the parcels are upserts by this property. */
export const send = (
  objects: Objects, kind: string, key: string | undefined, parcels: ReadonlyArray<Parcel>, fence: Fence
): Effect.Effect<ReadonlyArray<Sent>, WriteError> => Effect.gen(function*() {
  const first = yield* halved(objects, kind, key, parcels, fence)
  const again: Array<{ readonly at: number; readonly parcel: Parcel; readonly withheld: ReadonlyArray<Withheld> }> = []
  first.forEach((one, at) => {
    const parcel = parcels[at]
    if (one.did === "stored" || parcel === undefined || one.fault.holder !== undefined) return
    const { columns } = one.fault
    const rest = Object.fromEntries(Object.entries(parcel.properties).filter(([name]) => !columns.includes(name)))
    const dropped = Object.keys(parcel.properties).length - Object.keys(rest).length
    if (dropped > 0 && Object.keys(rest).length > 0) {
      again.push({ at, parcel: { ...parcel, properties: rest },
        withheld: columns.map((path) => ({ path, cause: one.fault.cause })) })
    }
  })
  if (again.length === 0) return first
  const second = yield* halved(objects, kind, key, again.map(({ parcel }) => parcel), fence)
  const all = [...first]
  again.forEach(({ at, withheld }, index) => {
    const one = second[index]
    if (one?.did === "stored") all[at] = { ...one, withheld }
  })
  return all
})

const halved = (
  objects: Objects, kind: string, key: string | undefined, parcels: ReadonlyArray<Parcel>, fence: Fence
): Effect.Effect<ReadonlyArray<Sent>, WriteError> =>
  halve<Parcel, Sent, WriteError, never>(parcels, (part) => once(objects, kind, key, part, fence),
    (_, refusal): Sent => ({ did: "refused", fault: refusal instanceof Whole ? refusal.fault
      : { code: refusal.code ?? "", cause: refusal.message, columns: [] } }))

const once = Effect.fnUntraced(function*(
  objects: Objects, kind: string, key: string | undefined, parcels: ReadonlyArray<Parcel>, fence: Fence
): Effect.fn.Return<ReadonlyArray<Sent> | Refused, WriteError> {
  const inputs = parcels.map(({ id, properties, trace }): Json =>
    ({ id, properties, objectWriteTraceId: trace, ...key === undefined ? {} : { idProperty: key } }))
  const answer = yield* objects.batch(kind, key === undefined ? "update" : "upsert", inputs, fence)
  if (answer.status >= 400) return new Whole(faultOf(answer.json))
  const failed = listIn(answer.json, "errors")
  const stored = shownIn(answer.json)
  const sent: Array<Sent> = []
  for (const parcel of parcels) {
    const shown = stored.find((one) => one.traceId === parcel.trace)
      ?? stored.find((one) => one.traceId === undefined
        && (key === undefined ? one.id === parcel.id : one.properties[key] === parcel.id))
    const error = failed.find((one) => isAbout(one, parcel))
    if (shown !== undefined) sent.push({ did: "stored", shown, withheld: [] })
    else if (error !== undefined) sent.push({ did: "refused", fault: faultOf(error) })
    else return yield* Effect.fail(unclear(objects.api, kind))
  }
  return sent
})

const unclear = (api: Api, kind: string) =>
  api.fail(`write ${kind}`, new Malformed({ message: "the answer to a batch says nothing about one of its records" }))

const contextOf = (error: Json, name: string): ReadonlyArray<string> =>
  listIn(isMembers(error) ? error["context"] : undefined, name).flatMap((one) => typeof one === "string" ? [one] : [])

const isAbout = (error: Json, parcel: Parcel): boolean => contextOf(error, "objectWriteTraceId").includes(parcel.trace)
  || contextOf(error, "ids").includes(parcel.id)

/** Built from codes, names of properties and ids: messages of the vendor repeat what was sent. */
export const faultOf = (json: Json | undefined): Fault => {
  const code = codeIn(json) ?? "unknown"
  const details = listIn(json, "errors")
  const columns = [...new Set(details.flatMap((one) => contextOf(one, "propertyName")))]
  const texts = [textIn(json, "message"), ...details.map((one) => textIn(one, "message"))]
  const holder = texts.map((text) => /Existing ID: (\d+)|(?:^|\s)(\d+) already has that value/.exec(text ?? ""))
    .map((found) => found?.[1] ?? found?.[2]).find((id) => id !== undefined)
  const request = textIn(json, "correlationId")
  const act = table[code] ?? "report"
  return { code, columns, ...holder === undefined ? {} : { holder },
    cause: `HubSpot answers ${/^[A-Z_]{1,60}$/.test(code) ? code : "an unknown code"}`
      + (columns.length === 0 ? "" : ` for ${columns.join(", ")}`) + ` (${act})`
      + (request !== undefined && /^[0-9a-f-]{36}$/.test(request) ? `, request ${request}` : "") }
}
