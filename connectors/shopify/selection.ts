/** A selection as a tree, and nodes flattened by it: nested objects become columns with dots, connections rows. */
import type { Json } from "../../core/model/value.ts"

/** Undefined: a value without a selection of its own. */
export interface Tree {
  readonly [name: string]: Tree | undefined
}

export type Node_ = { readonly [name: string]: Json }

export const isNode = (json: Json | undefined): json is Node_ =>
  typeof json === "object" && json !== null && !Array.isArray(json)
export const isList = (json: Json | undefined): json is ReadonlyArray<Json> => Array.isArray(json)

/** Reads what the documents of this folder are written in: names, aliases, arguments, fragments on a type. */
export const treeOf = (selection: string): Tree => {
  const known = trees.get(selection)
  if (known !== undefined) return known
  const tokens = withoutArguments(selection).match(/\.\.\.|[A-Za-z0-9_]+:?|[{}]/g) ?? []
  let at = 0
  const read = (): { [name: string]: Tree | undefined } => {
    const tree: { [name: string]: Tree | undefined } = {}
    while (at < tokens.length && tokens[at] !== "}") {
      const token = tokens[at++] ?? ""
      if (token === "...") {
        at += 3 // on, the type, {
        Object.assign(tree, read())
        at++
        continue
      }
      if (token.endsWith(":")) at++
      const name = token.replace(/:$/, "")
      if (tokens[at] !== "{") tree[name] = undefined
      else {
        at++
        tree[name] = read()
        at++
      }
    }
    return tree
  }
  const tree = read()
  trees.set(selection, tree)
  return tree
}

const trees = new Map<string, Tree>()

const withoutArguments = (text: string): string => {
  let depth = 0
  let quoted = false
  let plain = ""
  for (const letter of text) {
    if (depth > 0 && letter === "\"") quoted = !quoted
    if (letter === "(" && !quoted) depth++
    if (depth === 0) plain += letter
    if (letter === ")" && !quoted) depth--
  }
  return plain
}

type Cells = { [column: string]: Json }

/** The columns of a node; of null, all of them empty. */
export const flatten = (node: Node_ | null, tree: Tree, into: Cells = {}, prefix = ""): Cells => {
  for (const [name, below] of Object.entries(tree)) {
    const value = node === null ? null : node[name]
    const column = `${prefix}${name}`
    if (value === undefined || name === "pageInfo") continue
    if (below === undefined) into[column] = value
    else if (isMoney(below)) layMoney(into, column, value, below)
    else if ("edges" in below || "nodes" in below) {
      // Below an object that is not there nothing is known of its rows.
      if (value !== null) into[column] = nodesIn(value).map((one) => flatten(one, elementTree(below)))
    } else if (isList(value)) into[column] = value.filter(isNode).map((one) => flatten(one, below))
    else flatten(isNode(value) ? value : null, below, into, `${column}.`)
  }
  return into
}

const isMoney = (tree: Tree): boolean => "shopMoney" in tree || ("amount" in tree && "currencyCode" in tree)

const layMoney = (into: Cells, column: string, value: Json, tree: Tree): void => {
  const bag = isNode(value) ? "shopMoney" in tree ? value["shopMoney"] : value : undefined
  into[column] = isNode(bag) ? bag["amount"] ?? null : null
  into[`${column}.currency`] = isNode(bag) ? bag["currencyCode"] ?? null : null
}

const elementTree = (connection: Tree): Tree => connection["nodes"] ?? connection["edges"]?.["node"] ?? {}

/** The nodes of a connection, however it was asked for. */
export const nodesIn = (connection: Json | undefined): ReadonlyArray<Node_> => {
  if (!isNode(connection)) return []
  const { edges, nodes } = connection
  if (isList(nodes)) return nodes.filter(isNode)
  return isList(edges) ? edges.flatMap((edge) => isNode(edge) && isNode(edge["node"]) ? [edge["node"]] : []) : []
}

/** The end of a connection's page, if there is more behind it. */
export const nextIn = (connection: Json | undefined): string | undefined => {
  const info = isNode(connection) ? connection["pageInfo"] : undefined
  if (!isNode(info) || info["hasNextPage"] !== true) return undefined
  return typeof info["endCursor"] === "string" ? info["endCursor"] : ""
}

export const textAt = (node: Json | undefined, ...path: ReadonlyArray<string>): string | undefined => {
  let now: Json | undefined = node
  for (const name of path) now = isNode(now) ? now[name] : undefined
  return typeof now === "string" ? now : undefined
}
