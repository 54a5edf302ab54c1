/** Custom attributes of customers: columns `custom_attributes.<key>`, read where a mapping asks for them. */
import { Effect } from "effect"
import type { ConnectorError } from "../../core/connector/errors.ts"
import type { Record_ } from "../../core/mapping/mapping.ts"
import type { Json } from "../../core/model/value.ts"
import type { Line } from "./line.ts"
import { docsIn, textIn } from "./shape.ts"
import type { Doc } from "./shape.ts"
import { optional } from "./window.ts"

const prefix = "custom_attributes."

/** The keys among the columns that were asked for. */
export const attributeKeys = (columns: Iterable<string>): ReadonlyArray<string> =>
  [...columns].flatMap((column) => (column.startsWith(prefix) ? [column.slice(prefix.length)] : []))

export const attributeDefinitions = (line: Line): Effect.Effect<ReadonlyArray<Doc>, ConnectorError> =>
  Effect.gen(function* () {
    const found: Array<Doc> = []
    let cursor: string | undefined
    do {
      const answer = yield* line.read({
        operation: "list custom attributes",
        method: "GET",
        path: "/v2/customers/custom-attribute-definitions",
        query: { limit: 100, ...optional("cursor", cursor) }
      })
      found.push(...docsIn(answer["custom_attribute_definitions"]))
      cursor = textIn(answer["cursor"])
    } while (cursor !== undefined)
    return found
  })

/** Square has no bulk read of them: one call a customer. A key without a definition is unknown, not empty. */
export const attributesOf = (
  line: Line,
  customers: ReadonlyArray<Doc>,
  columns: Iterable<string>
): Effect.Effect<ReadonlyArray<Record_>, ConnectorError> => {
  const asked = attributeKeys(columns)
  if (asked.length === 0 || customers.length === 0) return Effect.succeed(customers.map(() => ({})))
  return Effect.gen(function* () {
    const known = new Set((yield* attributeDefinitions(line)).map((one) => textIn(one["key"])))
    const keys = asked.filter((key) => known.has(key))
    if (keys.length === 0) return customers.map(() => ({}))
    return yield* Effect.forEach(customers, (doc) => cellsOf(line, textIn(doc["id"]) ?? "", keys), {
      concurrency: 4
    })
  })
}

const cellsOf = (line: Line, id: string, keys: ReadonlyArray<string>): Effect.Effect<Record_, ConnectorError> =>
  Effect.map(
    line.read({
      operation: "read custom attributes",
      method: "GET",
      path: "/v2/customers/{id}/custom-attributes",
      params: { id },
      query: { limit: 100 }
    }),
    (answer) => {
      const held = new Map(docsIn(answer["custom_attributes"]).map((one) => [textIn(one["key"]), one["value"]]))
      return Object.fromEntries(
        keys.map((key): readonly [string, Json] => [`${prefix}${key}`, held.get(key) ?? null])
      )
    }
  )
