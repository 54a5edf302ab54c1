/** References between entities: parents are synced first, and every reference must lead to a synced record. */
import type { Sync } from "../engine/project.ts"
import type { Entity } from "../model/entity.ts"
import type { Faults } from "./fault.ts"
import type { Draft } from "./resolve.ts"

/** Names of the entities that an entity points to. */
const parentsOf = (entity: Entity): ReadonlySet<string> => {
  const parents = new Set<string>()
  for (const spec of entity.fields.values()) {
    if (spec.references !== undefined) parents.add(spec.references)
    for (const attribute of Object.values(spec.list?.elements ?? {})) {
      if (attribute.references !== undefined) parents.add(attribute.references)
    }
  }
  parents.delete(entity.name)
  return parents
}

/** Stable: syncs that do not depend on each other keep the order of the config; a cycle keeps it too. */
export const parentsFirst = (syncs: ReadonlyArray<Sync>): ReadonlyArray<Sync> => {
  const sorted: Array<Sync> = []
  const visiting = new Set<string>()
  const visit = (sync: Sync): void => {
    if (sorted.includes(sync) || visiting.has(sync.name)) return
    visiting.add(sync.name)
    for (const parent of parentsOf(sync.entity)) {
      const known = syncs.find((one) => one.entity.name === parent)
      if (known !== undefined) visit(known)
    }
    sorted.push(sync)
  }
  for (const sync of syncs) visit(sync)
  return sorted
}

/** A reference into a resource that nobody syncs would park its records for ever. */
export const referenceFaults = (drafts: ReadonlyArray<Draft>, faults: Faults): void => {
  const known = new Map<string, Set<string>>()
  const offer = (entity: string, place: string): void => {
    known.set(entity, (known.get(entity) ?? new Set()).add(place))
  }
  const sides = drafts.flatMap((draft) => draft.sides.map(({ participant }) => ({ participant, entity: draft.entity })))
  for (const { participant, entity } of sides) {
    offer(entity.name, `${participant.connection.name}.${participant.resource}`)
    for (const field of participant.mapping.fields.values()) {
      // Elements with ids of their own can be pointed to as well: variants of a product.
      if (field.ids?.kind === "ext") offer(entity.name, `${participant.connection.name}.${field.ids.resource}`)
    }
  }
  for (const { at, participant } of drafts.flatMap((draft) => draft.sides)) {
    for (const field of participant.mapping.fields.values()) {
      for (const { entity, resource } of field.references ?? []) {
        const place = `${participant.connection.name}.${resource}`
        if (known.get(entity)?.has(place) === true) continue
        faults.add(`${at}.mapping.${field.path}`,
          `${field.path} points to ${entity} in ${place}, which no sync of ${entity} has: add it, or leave the field out of the mapping`)
      }
    }
  }
}
