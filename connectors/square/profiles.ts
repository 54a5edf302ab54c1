/** Writing customer profiles: bulk creates keyed by idempotency key, sparse updates from a fresh read, deletions. */
import { Effect } from "effect"
import type { Lost } from "../../core/connector/api.ts"
import type { Change, Fenced, Outcome, Writer } from "../../core/connector/connector.ts"
import type { ConnectorError } from "../../core/connector/errors.ts"
import type { Json } from "../../core/model/value.ts"
import type { Patch } from "../../core/mapping/mapping.ts"
import { Round } from "./batch.ts"
import { attributeKeys } from "./attributes.ts"
import { customerColumns, customersPerCall, heldCustomer, retrieve, withAttributes } from "./customers.ts"
import { asCreated } from "./created.ts"
import { faultsOf, outcomeOf } from "./errors.ts"
import { hasCode, now, post } from "./line.ts"
import type { Line } from "./line.ts"
import { cellsOf, docIn, docsIn, isDoc, nested, textIn } from "./shape.ts"
import type { Doc } from "./shape.ts"

type Failure = ConnectorError | Lost | Fenced
type Fence = Effect.Effect<void, Fenced>
type Of<Op extends Change["op"]> = Extract<Change, { readonly op: Op }>
type Withheld = NonNullable<Extract<Outcome, { readonly did: "written" }>["withheld"]>

/** Set by Square alone. */
const readOnly = new Set([
  "id",
  "version",
  "created_at",
  "updated_at",
  "creation_source",
  "preferences.email_unsubscribed"
])
const writable = new Set(customerColumns.filter((column) => !readOnly.has(column)))

export const customerWriter = (line: Line): Writer => ({
  guard: "version",
  creates: "idempotent",
  shape: "patch",
  batch: customersPerCall,
  write: (changes, fence) =>
    Effect.gen(function* () {
      const round = new Round()
      const outcomes = new Map<Change, Outcome>()
      const put = <C extends Change>(of: ReadonlyArray<C>, came: ReadonlyArray<Outcome>): void => {
        of.forEach((change, at) => {
          outcomes.set(change, came[at] ?? { did: "unknown" })
        })
      }
      const creates = changes.filter((one): one is Of<"create"> => one.op === "create").map(asCreate)
      put(
        creates.map((one) => one.change),
        yield* round.send(creates, customersPerCall, (some) => createAll(line, some, fence))
      )
      const updates = changes.filter((one): one is Of<"update"> => one.op === "update")
      put(updates, yield* round.send(updates, customersPerCall, (some) => updateAll(line, some, fence)))
      const removes = changes.filter((one): one is Of<"remove"> => one.op === "remove")
      put(removes, yield* round.send(removes, 1, (some) => removeAll(line, some, fence)))
      return changes.map((one) => outcomes.get(one) ?? { did: "unknown" })
    })
})

/** What a patch comes to: the body, the custom attributes beside it, and what cannot be written. */
interface Parts {
  readonly cells: ReadonlyArray<readonly [string, Json]>
  readonly attributes: ReadonlyArray<readonly [string, Json]>
  readonly withheld: Withheld
}

const partsOf = (patch: Patch): Parts => {
  const cells: Array<readonly [string, Json]> = []
  const attributes: Array<readonly [string, Json]> = []
  const withheld: Array<Withheld[number]> = []
  for (const [column, value] of cellsOf(patch)) {
    const [key] = attributeKeys([column])
    if (key !== undefined) attributes.push([key, value])
    else if (writable.has(column)) cells.push([column, value])
    else withheld.push({ path: column, cause: `${column} is not written: Square sets it` })
  }
  return { cells, attributes, withheld }
}

interface Create {
  readonly change: Of<"create">
  readonly patch: Patch
  readonly parts: Parts
}

const asCreate = (change: Of<"create">): Create => {
  const patch = change.patch(undefined)
  return { change, patch, parts: partsOf(patch) }
}

const createAll = (
  line: Line,
  creates: ReadonlyArray<Create>,
  fence: Fence
): Effect.Effect<ReadonlyArray<Outcome>, Failure> =>
  Effect.gen(function* () {
    const readAt = yield* now
    const customers = Object.fromEntries(
      creates.map(({ change, parts }) => [change.idempotencyKey, nested(parts.cells, false)])
    )
    const answer = yield* line.write(
      { ...post("create customers", "/v2/customers/bulk-create", { customers }), idempotent: true },
      fence
    )
    const responses = docIn(answer["responses"])
    return yield* Effect.forEach(creates, (create) => {
      const one = docIn(responses[create.change.idempotencyKey])
      if (isDoc(one["customer"])) {
        return Effect.map(written(line, one["customer"], create.parts, readAt), (outcome) =>
          outcome.did !== "written" || outcome.after === undefined
            ? outcome
            : { ...outcome, after: asCreated(outcome.after, create.patch) }
        )
      }
      const faults = faultsOf(one)
      // The first request of this key arrived with other values: what it made is looked for.
      return faults[0]?.code === "IDEMPOTENCY_KEY_REUSED"
        ? existing(line, create)
        : Effect.succeed(outcomeOf(faults))
    })
  })

/** The one customer with the same e-mail address, number or telephone number; else nobody knows which one it is. */
const existing = (line: Line, { parts }: Create): Effect.Effect<Outcome, never> => {
  const cells = new Map(parts.cells)
  const column = ["email_address", "reference_id", "phone_number"].find(
    (one) => typeof cells.get(one) === "string"
  )
  if (column === undefined) return Effect.succeed({ did: "exists" })
  const search = post("search customers", "/v2/customers/search", {
    limit: 2,
    query: { filter: { [column]: { exact: String(cells.get(column)) } } }
  })
  return Effect.match(line.read(search), {
    onFailure: (): Outcome => ({ did: "unknown" }),
    onSuccess: (answer): Outcome => {
      const found = docsIn(answer["customers"])
      const id = textIn(found[0]?.["id"])
      return found.length === 1 && id !== undefined ? { did: "exists", id } : { did: "exists" }
    }
  })
}

/** The answer shows the profile as it is now; custom attributes follow in a call of their own. */
const written = (line: Line, doc: Doc, parts: Parts, readAt: number): Effect.Effect<Outcome, never> => {
  const id = textIn(doc["id"]) ?? ""
  return Effect.gen(function* () {
    const refused = parts.attributes.length === 0 ? [] : yield* setAttributes(line, id, parts.attributes)
    const withheld = [...parts.withheld, ...refused]
    // Where mappings use custom attributes the answer is only a part of the record.
    const after = { ...heldCustomer(doc), complete: line.settings.attributes().length === 0 }
    return {
      did: "written",
      id,
      after,
      readAt,
      ...(withheld.length === 0 ? {} : { withheld })
    } satisfies Outcome
  })
}

/** One call each: a key that is refused takes no other with it, and the profile is written already. */
const setAttributes = (
  line: Line,
  id: string,
  attributes: ReadonlyArray<readonly [string, Json]>
): Effect.Effect<Withheld, never> =>
  Effect.map(
    Effect.forEach(attributes, ([key, value]) => {
      const path = "/v2/customers/{id}/custom-attributes/{key}"
      const params = { id, key }
      const call =
        value === null
          ? line.write({
              operation: "clear a custom attribute",
              method: "DELETE",
              path,
              params,
              idempotent: true
            })
          : line.write({
              operation: "set a custom attribute",
              method: "POST",
              path,
              params,
              idempotent: true,
              body: { json: { custom_attribute: { value: String(value) } } }
            })
      return Effect.match(call, {
        onSuccess: (): Withheld => [],
        onFailure: (error): Withheld =>
          error._tag === "ConnectorError" && value === null && hasCode(error, "NOT_FOUND")
            ? []
            : [
                {
                  path: `custom_attributes.${key}`,
                  cause: error._tag === "ConnectorError" ? error.reason.message : "no answer"
                }
              ]
      })
    }),
    (all) => all.flat()
  )

/** Read again right before they are written; the version read is the one that must still hold. */
const updateAll = (
  line: Line,
  updates: ReadonlyArray<Of<"update">>,
  fence: Fence
): Effect.Effect<ReadonlyArray<Outcome>, Failure> =>
  Effect.gen(function* () {
    const readAt = yield* now
    const found = yield* retrieve(line, [...new Set(updates.map((one) => one.id))])
    const outcomes = new Map<Change, Outcome>()
    const sent = new Map<string, { readonly change: Of<"update">; readonly parts: Parts; readonly body: Doc }>()
    for (const change of updates) {
      const doc = found.get(change.id)
      // Two changes of one customer do not fit into one map: the later one is decided again.
      const [held] =
        doc === undefined || sent.has(change.id)
          ? []
          : yield* withAttributes(line, [doc], Object.keys(change.patch(heldCustomer(doc).record)))
      if (doc === undefined) outcomes.set(change, { did: "gone" })
      else if (held === undefined) outcomes.set(change, { did: "unsent" })
      else if (!change.expect.holds(held.record)) outcomes.set(change, { did: "moved", now: held })
      else {
        const parts = partsOf(change.patch(held.record))
        if (parts.cells.length > 0)
          sent.set(change.id, {
            change,
            parts,
            body: { ...nested(parts.cells, true), version: doc["version"] ?? null }
          })
        else outcomes.set(change, yield* written(line, doc, parts, readAt))
      }
    }
    if (sent.size > 0) {
      const customers = Object.fromEntries([...sent].map(([id, { body }]) => [id, body]))
      const answer = yield* line.write(
        { ...post("update customers", "/v2/customers/bulk-update", { customers }), idempotent: true },
        fence
      )
      const responses = docIn(answer["responses"])
      for (const [id, { change, parts }] of sent) {
        const one = docIn(responses[id])
        outcomes.set(
          change,
          isDoc(one["customer"])
            ? yield* written(line, one["customer"], parts, readAt)
            : yield* refusedUpdate(line, change, parts, faultsOf(one), readAt)
        )
      }
    }
    return updates.map((change) => outcomes.get(change) ?? { did: "unknown" })
  })

/** A request that was sent twice meets its own first landing as a conflict: what is there now tells. */
const refusedUpdate = (
  line: Line,
  change: Of<"update">,
  parts: Parts,
  faults: ReturnType<typeof faultsOf>,
  readAt: number
): Effect.Effect<Outcome, ConnectorError> =>
  Effect.gen(function* () {
    const outcome = outcomeOf(faults)
    if (outcome.did !== "moved") return outcome
    const doc = (yield* retrieve(line, [change.id])).get(change.id)
    if (doc === undefined) return { did: "gone" }
    const now = heldCustomer(doc)
    const landed = parts.cells.every(
      ([column, value]) => JSON.stringify(now.record[column] ?? null) === JSON.stringify(value)
    )
    return landed ? yield* written(line, doc, parts, readAt) : { did: "moved", now }
  })

const removeAll = (
  line: Line,
  removes: ReadonlyArray<Of<"remove">>,
  fence: Fence
): Effect.Effect<ReadonlyArray<Outcome>, Failure> =>
  Effect.forEach(removes, (change) =>
    Effect.gen(function* () {
      if (change.how === "archive")
        return { did: "refused", cause: "Square does not archive customers" } satisfies Outcome
      const doc = (yield* retrieve(line, [change.id])).get(change.id)
      if (doc === undefined) return { did: "gone" } satisfies Outcome
      const held = heldCustomer(doc)
      if (!change.expect.holds(held.record)) return { did: "moved", now: held } satisfies Outcome
      return yield* line
        .write(
          {
            operation: "delete a customer",
            method: "DELETE",
            path: "/v2/customers/{id}",
            params: { id: change.id },
            query: { version: String(doc["version"]) },
            idempotent: true
          },
          fence
        )
        .pipe(
          Effect.map((): Outcome => ({ did: "written", id: change.id })),
          Effect.catchIf(
            (error): error is ConnectorError =>
              error._tag === "ConnectorError" && error.reason._tag === "Refused",
            (error) =>
              Effect.succeed(
                error.reason._tag === "Refused" && error.reason.code !== undefined
                  ? outcomeOf([{ code: error.reason.code }])
                  : { did: "refused" as const, cause: error.reason.message }
              )
          )
        )
    })
  )
