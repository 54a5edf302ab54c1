/** Parents before children, from the references the entities declare (SEMANTICS 1.7). */
import type { Entity } from "../model/entity.ts"

export interface Order {
  /** Names of entities; whatever an entity refers to stands before it, unless both are in one cycle. */
  readonly order: ReadonlyArray<string>
  /** Groups that refer to each other: created without the reference, then linked. */
  readonly cycles: ReadonlyArray<ReadonlyArray<string>>
}

/** Entities that `entity` points to, by a field or by an attribute of its list elements. */
export const parentsOf = (entity: Entity): ReadonlySet<string> => {
  const parents = new Set<string>()
  for (const field of entity.fields.values()) {
    if (field.references !== undefined) parents.add(field.references)
    for (const attribute of Object.values(field.list?.elements ?? {})) {
      if (attribute.references !== undefined) parents.add(attribute.references)
    }
  }
  return parents
}

/** Tarjan's strongly connected components: they come out parents first. Ties keep the order given. */
export const order = (entities: ReadonlyArray<Entity>): Order => {
  const known = new Map(entities.map((entity) => [entity.name, parentsOf(entity)]))
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const stack: Array<string> = []
  const sorted: Array<string> = []
  const cycles: Array<ReadonlyArray<string>> = []
  const visit = (name: string, parents: ReadonlySet<string>): number => {
    const at = index.size
    index.set(name, at)
    low.set(name, at)
    stack.push(name)
    for (const parent of parents) {
      const further = known.get(parent)
      if (further === undefined) continue
      const seen = index.get(parent)
      const reach = seen === undefined ? visit(parent, further) : stack.includes(parent) ? seen : at
      low.set(name, Math.min(low.get(name) ?? at, reach))
    }
    if (low.get(name) === at) {
      const group = stack.splice(stack.indexOf(name))
      sorted.push(...group.reverse())
      if (group.length > 1 || parents.has(name)) cycles.push(group)
    }
    return low.get(name) ?? at
  }
  for (const [name, parents] of known) if (!index.has(name)) visit(name, parents)
  return { order: sorted, cycles }
}
