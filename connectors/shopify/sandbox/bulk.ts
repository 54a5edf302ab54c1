/** Bulk operations: run at once, shown as running for some polls, their results on the storage origin. */
import { Kind, parse } from "graphql"
import type { SelectionSetNode } from "graphql"
import { fault } from "./change.ts"
import type { Bulk, Shop } from "./state.ts"

/** Executes a document and returns its data. */
export interface BulkRun {
  readonly execute: (document: string, variables: { readonly [name: string]: unknown }) =>
    Promise<{ readonly data: unknown; readonly errors: ReadonlyArray<string> }>
  /** How it ends: as it should, broken off after some records, or denied. */
  readonly ending: () => "COMPLETED" | "partial" | "failed"
}

const running = 5

export const startBulk = async (
  shop: Shop, query: string, type: Bulk["type"], run: BulkRun, file?: string
): Promise<unknown> => {
  const busy = [...shop.bulks.values()].filter((one) => one.type === type && ["CREATED", "RUNNING"].includes(one.status))
  if (busy.length >= running) {
    return { bulkOperation: null, userErrors: [fault("OPERATION_IN_PROGRESS", "Too many bulk operations are running", "query")] }
  }
  const wrong = type === "QUERY" ? unfit(query) : undefined
  if (wrong !== undefined) return { bulkOperation: null, userErrors: [fault("INVALID", wrong, "query")] }
  const bulk: Bulk = { id: shop.id("BulkOperation"), query, type, createdAt: shop.time(), status: "CREATED", errorCode: null,
    lines: [], roots: 0, partial: false, polls: 0 }
  shop.bulks.set(bulk.id, bulk)
  if (type === "QUERY") await fill(bulk, run)
  else await apply(bulk, file ?? "", run)
  return { bulkOperation: bulkView(shop, bulk, ""), userErrors: [] }
}

/** A connection, at most five, two levels, none inside of a list (https://shopify.dev/docs/api/usage/bulk-operations/queries). */
const unfit = (query: string): string | undefined => {
  let connections = 0
  let deepest = 0
  const walk = (set: SelectionSetNode | undefined, depth: number): void => {
    for (const one of set?.selections ?? []) {
      if (one.kind === Kind.FRAGMENT_SPREAD) continue
      const edges = one.selectionSet?.selections.some((inner) =>
        inner.kind === Kind.FIELD && (inner.name.value === "edges" || inner.name.value === "nodes")) === true
      if (edges) connections += 1
      deepest = Math.max(deepest, depth + (edges ? 1 : 0))
      walk(one.selectionSet, depth + (edges ? 1 : 0))
    }
  }
  for (const one of parse(query).definitions) if (one.kind === Kind.OPERATION_DEFINITION) walk(one.selectionSet, 0)
  if (connections === 0) return "Bulk queries must contain at least one connection."
  if (connections > 5) return "Bulk queries cannot contain more than 5 connections."
  return deepest > 2 ? "Bulk queries cannot contain connections with a nesting depth greater than 2." : undefined
}

const fill = async (bulk: Bulk, run: BulkRun): Promise<void> => {
  const { data, errors } = await run.execute(bulk.query, { __bulk: true })
  const lines: Array<string> = []
  const root = typeof data === "object" && data !== null ? Object.values(data)[0] : undefined
  for (const node of nodesOf(root)) {
    bulk.roots += 1
    write(node, undefined, lines)
  }
  const ending = errors.length > 0 ? "failed" : run.ending()
  bulk.status = "RUNNING"
  if (ending === "failed") bulk.errorCode = "INTERNAL_SERVER_ERROR"
  else bulk.lines = ending === "partial" ? lines.slice(0, Math.ceil(lines.length / 2)) : lines
  if (ending === "partial") {
    bulk.errorCode = "INTERNAL_SERVER_ERROR"
    bulk.partial = true
  }
}

const isObject = (one: unknown): one is { readonly [name: string]: unknown } => typeof one === "object"
  && one !== null && !Array.isArray(one)

const nodesOf = (connection: unknown): ReadonlyArray<{ readonly [name: string]: unknown }> => {
  if (!isObject(connection)) return []
  const { edges, nodes } = connection
  if (Array.isArray(nodes)) return nodes.filter(isObject)
  return Array.isArray(edges) ? edges.flatMap((edge) => isObject(edge) && isObject(edge["node"]) ? [edge["node"]] : []) : []
}

/** Parents first, their children right below them. */
const write = (node: { readonly [name: string]: unknown }, parent: unknown, lines: Array<string>): void => {
  const own: { [name: string]: unknown } = {}
  const children: Array<{ readonly [name: string]: unknown }> = []
  for (const [name, value] of Object.entries(node)) {
    if (isObject(value) && ("edges" in value || "nodes" in value)) children.push(...nodesOf(value))
    else own[name] = value
  }
  lines.push(JSON.stringify(parent === undefined ? own : { ...own, __parentId: parent }))
  for (const child of children) write(child, node["id"], lines)
}

const apply = async (bulk: Bulk, file: string, run: BulkRun): Promise<void> => {
  const results: Array<string> = []
  for (const [at, line] of file.split("\n").filter((one) => one.trim() !== "").entries()) {
    const variables: unknown = JSON.parse(line)
    const { data, errors } = await run.execute(bulk.query, isObject(variables) ? variables : {})
    results.push(JSON.stringify({ data, ...errors.length === 0 ? {} : { errors }, __lineNumber: at }))
  }
  bulk.lines = results
  bulk.roots = results.length
  bulk.status = "RUNNING"
}

/** As a poll sees it: running for one more, then ended. */
export const bulkView = (shop: Shop, bulk: Bulk, storage: string): unknown => {
  if (bulk.status === "RUNNING" && storage !== "") {
    bulk.polls += 1
    if (bulk.polls >= 2) {
      bulk.status = bulk.errorCode === null ? "COMPLETED" : "FAILED"
      shop.hook({ topic: "BULK_OPERATIONS_FINISH", payload: { admin_graphql_api_id: bulk.id, status: bulk.status.toLowerCase(),
        type: bulk.type.toLowerCase(), error_code: bulk.errorCode, created_at: bulk.createdAt,
          completed_at: shop.time() } })
    }
  }
  const url = `${storage}/bulk/${bulk.id.split("/").pop()}.jsonl`
  const ended = bulk.status === "COMPLETED" || bulk.status === "FAILED"
  return {
    ...bulk, completedAt: ended ? shop.time() : null, objectCount: String(bulk.lines.length),
      rootObjectCount: String(bulk.roots),
    fileSize: ended ? "0" : null,
    url: bulk.status === "COMPLETED" && bulk.lines.length > 0 ? url : null,
    partialDataUrl: bulk.status === "FAILED" && bulk.partial ? url : null
  }
}
