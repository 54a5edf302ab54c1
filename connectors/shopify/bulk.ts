/** Bulk operations: the vendor writes all records of a query into a file, which is read line by line in flat memory. */
import { Effect, Stream } from "effect"
import type { ConnectorError } from "../../core/connector/errors.ts"
import { Refused, Unavailable } from "../../core/connector/errors.ts"
import { bulkRunMutation, bulkStateQuery } from "./documents.ts"
import { userErrorsIn } from "./errors.ts"
import type { Graph } from "./graph.ts"
import { isNode, textAt } from "./selection.ts"
import type { Node_ } from "./selection.ts"
import type { Json } from "../../core/model/value.ts"

/** Starts one; undefined: as many run already as may. */
export const startBulk = (graph: Graph, query: string): Effect.Effect<string | undefined, ConnectorError> =>
  Effect.gen(function*() {
    const { data } = yield* graph.query("start bulk", bulkRunMutation, { query }, "backfill")
    const payload = data["bulkOperationRunQuery"]
    const id = textAt(payload, "bulkOperation", "id")
    if (id !== undefined) return id
    const [error] = userErrorsIn(isNode(payload) ? payload["userErrors"] : undefined)
    if (error?.code === "OPERATION_IN_PROGRESS" || error?.code === "LIMIT_REACHED") return undefined
    return yield* graph.fail("start bulk", new Refused({ message: `the bulk query was refused: ${error?.code ?? "no reason"}`,
      code: error?.code ?? "INVALID" }))
  })

export interface Finished {
  /** Absent: there were no records. */
  readonly url?: string
  /** What there is ends before the last record: the rest is to be asked for anew. */
  readonly partial: boolean
  readonly total: number | undefined
}

/** Waits until it has ended. Undefined: nothing can be had of it. */
export const finished = (
  graph: Graph, id: string, pollMs: number
): Effect.Effect<Finished | undefined, ConnectorError> =>
  Effect.gen(function*() {
    for (let wait = Math.min(200, pollMs);; wait = Math.min(wait * 2, pollMs)) {
      const { data } = yield* graph.query("bulk state", bulkStateQuery, { id }, "backfill")
      const operation = data["bulkOperation"]
      const status = textAt(operation, "status")
      const total = isNode(operation) ? Number(operation["rootObjectCount"] ?? Number.NaN) : Number.NaN
      const count = Number.isFinite(total) ? total : undefined
      const [url, partialUrl] = [textAt(operation, "url"), textAt(operation, "partialDataUrl")]
      switch (status) {
        case "COMPLETED": return { ...url === undefined ? {} : { url }, partial: false, total: count }
        case "CREATED": case "RUNNING": case "CANCELING":
          yield* Effect.sleep(wait)
          break
        case undefined: return undefined
        default:
          if (textAt(operation, "errorCode") === "ACCESS_DENIED") {
            return yield* graph.fail("bulk", new Refused({ message: "the bulk query was denied", code: "ACCESS_DENIED" }))
          }
          return partialUrl === undefined ? undefined : { url: partialUrl, partial: true, total: undefined }
      }
    }
  })

/** Children stand under their parents (`groupObjects`); each goes back into the connection that it came from. */
export const records = (graph: Graph, url: string): Stream.Stream<Node_, ConnectorError> =>
  graph.lines(url).pipe(
    Stream.filter((line) => line.trim() !== ""),
    Stream.mapEffect((line) => {
      const parsed = parse(line)
      return parsed === undefined
        ? Effect.fail(graph.fail("bulk result", new Unavailable({ message: "a line of the bulk result is no record" })))
        : Effect.succeed(parsed)
    }),
    Stream.concat(Stream.succeed(undefined)),
    Stream.mapAccum((): Node_ | undefined => undefined, (open, line): readonly [Node_ | undefined,
      ReadonlyArray<Node_>] => {
      if (line === undefined) return [undefined, open === undefined ? [] : [open]]
      if (open !== undefined && line["__parentId"] === open["id"]) return [withChild(open, line), []]
      return [line, open === undefined ? [] : [open]]
    })
  )

const parse = (line: string): Node_ | undefined => {
  try {
    const value: Json = JSON.parse(line)
    return isNode(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Which connection a child came from: the file does not say it. */
const connectionOf = (child: Node_): string => {
  const id = textAt(child, "id") ?? ""
  if (id.startsWith("gid://shopify/ProductVariant/")) return "variants"
  if (id.startsWith("gid://shopify/MailingAddress/")) return "addressesV2"
  return "publication" in child ? "resourcePublicationsV2" : "media"
}

/** A parent is ours alone while it is open, so its list grows in place. */
const withChild = (parent: Node_, child: Node_): Node_ => {
  const name = connectionOf(child)
  const { __parentId: _, ...node } = child
  const key = `${textAt(parent, "id") ?? ""} ${name}`
  const list = growing.get(parent)?.get(key)
  if (list !== undefined) {
    list.push(node)
    return parent
  }
  const nodes: Array<Node_> = [node]
  const grown: Node_ = { ...parent, [name]: { nodes } }
  growing.set(grown, new Map([...growing.get(parent) ?? [], [key, nodes]]))
  return grown
}

const growing = new WeakMap<Node_, Map<string, Array<Node_>>>()
