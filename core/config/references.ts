/** References between entities: parents are synced first, and every reference must lead to a synced record. */
import type { Sync } from "../engine/project.ts"
import { order } from "../sync/index.ts"
import type { Faults } from "./fault.ts"
import type { Draft } from "./resolve.ts"

/** Syncs that do not depend on each other keep the order of the config. */
export const parentsFirst = (syncs: ReadonlyArray<Sync>): ReadonlyArray<Sync> => {
  const rank = new Map(order(syncs.map((sync) => sync.entity)).order.map((name, at) => [name, at]))
  return [...syncs].sort((a, b) => (rank.get(a.entity.name) ?? 0) - (rank.get(b.entity.name) ?? 0))
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
