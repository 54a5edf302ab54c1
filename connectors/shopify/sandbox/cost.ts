/** What a document costs: objects one point, connections by their size, mutations ten (shopify.dev/docs/api/usage/limits). */
import { getNamedType, isAbstractType, isLeafType, isObjectType, Kind, OperationTypeNode } from "graphql"
import type { DocumentNode, FieldNode, GraphQLNamedType, GraphQLSchema, OperationDefinitionNode, SelectionSetNode,
  ValueNode } from "graphql"

export type Variables = { readonly [name: string]: unknown }

const sizeOf = (field: FieldNode, variables: Variables): number | undefined => {
  for (const name of ["first", "last"]) {
    const value = valueOf(field.arguments?.find((one) => one.name.value === name)?.value, variables)
    if (typeof value === "number") return value
  }
  const ids = valueOf(field.arguments?.find((one) => one.name.value === "ids")?.value, variables)
  return Array.isArray(ids) ? ids.length : undefined
}

const valueOf = (node: ValueNode | undefined, variables: Variables): unknown => {
  if (node?.kind === Kind.VARIABLE) return variables[node.name.value]
  return node?.kind === Kind.INT ? Number(node.value) : undefined
}

/** Before it runs: as if every page were full. */
export const requested = (schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode,
  variables: Variables): number => {
  const fragments = new Map(document.definitions.flatMap((one) => one.kind === Kind.FRAGMENT_DEFINITION
    ? [[one.name.value, one] as const] : []))
  const ofSet = (set: SelectionSetNode | undefined, type: GraphQLNamedType | undefined): number => {
    let sum = 0
    let branches = 0
    for (const one of set?.selections ?? []) {
      if (one.kind === Kind.FIELD) sum += ofField(one, type)
      else {
        const on = one.kind === Kind.INLINE_FRAGMENT ? one.typeCondition?.name.value
          : fragments.get(one.name.value)?.typeCondition.name.value
        const inner = one.kind === Kind.INLINE_FRAGMENT ? one.selectionSet : fragments.get(one.name.value)?.selectionSet
        const cost = ofSet(inner, on === undefined ? type : schema.getType(on))
        // Of an interface only the dearest branch counts.
        if (type !== undefined && isAbstractType(type)) branches = Math.max(branches, cost)
        else sum += cost
      }
    }
    return sum + branches
  }
  const ofField = (field: FieldNode, type: GraphQLNamedType | undefined): number => {
    const found = type !== undefined && "getFields" in type ? type.getFields()[field.name.value] : undefined
    const named = found === undefined ? undefined : getNamedType(found.type)
    if (named === undefined || isLeafType(named)) return 0
    const inner = ofSet(field.selectionSet, named)
    const transparent = isObjectType(named) && /(Connection|Edge)$|^PageInfo$|Payload$/.test(named.name)
    const one = transparent || /UserErrors?$|^userErrors$/.test(field.name.value) || named.name.endsWith("Error") ? inner : inner + 1
    return one * (sizeOf(field, variables) ?? 1)
  }
  const mutates = operation.operation === OperationTypeNode.MUTATION
  const root = mutates ? schema.getMutationType() : schema.getQueryType()
  const base = mutates ? 10 * operation.selectionSet.selections.length : 0
  return base + ofSet(operation.selectionSet, root ?? undefined)
}

/** After it ran: what was really shown. */
export const actual = (data: unknown, mutations: number): number => 10 * mutations + objects(data, true)

const objects = (data: unknown, root = false): number => {
  if (Array.isArray(data)) return data.reduce((sum: number, one) => sum + objects(one), 0)
  if (typeof data !== "object" || data === null) return 0
  const entries = Object.entries(data)
  const transparent = root || entries.some(([name]) => ["edges", "nodes", "pageInfo", "hasNextPage", "userErrors", "node"].includes(name))
  return entries.reduce((sum, [name, one]) => name === "userErrors" ? sum : sum + objects(one), transparent ? 0 : 1)
}
