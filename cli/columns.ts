/** The columns a mapping uses against the columns a system has: missing, read-only, too short, too narrow. */
import type { ColumnInfo, ResourceInfo } from "../core/connector/connector.ts"
import type { Field } from "../core/mapping/mapping.ts"
import type { Place, Sync } from "../core/engine/project.ts"
import type { Found } from "./found.ts"
import { warn } from "./found.ts"

/** What every side of a sync said of itself. */
export type Described = ReadonlyMap<Place["side"], ResourceInfo>

export const columnFaults = (sync: Sync, place: Place, info: ResourceInfo, found: Found): void => {
  const columns = new Map(info.columns.map((column) => [column.name, column]))
  for (const field of place.policy.mapping.fields.values()) {
    for (const name of field.columns) {
      const column = columns.get(name)
      const at = `${place.side}.${name}`
      if (column === undefined) {
        if (!(name in info.children)) {
          found.faults.push({ at, message: `there is no such column, but the mapping of ${sync.entity.name}.${field.path} uses it: mend the mapping` })
        }
      // The key of a record that is its own only element is read, and written by nobody.
      } else if (taken(place, field) && !column.writable && !(column.key && field.ids?.kind === "ext")) {
        warn(found, at, `cannot be written: declare ${field.path} with readOnly(...), or leave it out of take`)
      } else if (taken(place, field)) narrow(sync, field, column, at, found)
    }
  }
}

const taken = (place: Place, field: Field): boolean =>
  !place.policy.readOnly && place.policy.fields.get(field.path)?.outbound === true

/** Of a closed list of canonical words, those that a column of closed values does not take. */
const narrow = (sync: Sync, field: Field, column: ColumnInfo, at: string, found: Found): void => {
  const { values } = column
  const schema = sync.entity.fields.get(field.path)?.schema
  if (values === undefined || schema === undefined || !("literals" in schema) || !Array.isArray(schema.literals)) return
  const refused = schema.literals.filter((word) => typeof word === "string").flatMap((word) => {
    if (field.norm(word) !== word) return []
    const written = field.put(word, undefined)[column.name]
    return typeof written === "string" && !values.includes(written) ? [`"${written}" (${word})`] : []
  })
  if (refused.length > 0) {
    warn(found, at, `takes a closed list of values without ${refused.join(", ")}: ` +
      `such a ${field.path} is refused there; add the values, or map it to others`)
  }
}

/** A side that takes shorter text than another one gives: what is longer will be withheld there. */
export const lengthFaults = (sync: Sync, described: Described, found: Found): void => {
  for (const place of sync.places) {
    for (const field of place.policy.mapping.fields.values()) {
      const here = lengthOf(described.get(place.side), field)
      if (here === undefined || !taken(place, field)) continue
      const longer = sync.places.filter((other) => other !== place && given(other, field.path)).flatMap((other) => {
        const there = other.policy.mapping.fields.get(field.path)
        const length = there === undefined ? undefined : lengthOf(described.get(other.side), there)
        return length !== undefined && length > here ? [`${other.side} gives up to ${length}`] : []
      })
      if (longer.length > 0) {
        warn(found, `${place.side}.${field.columns[0] ?? ""}`,
          `takes ${here} characters of ${field.path}, but ${longer.join(", ")}: longer values are withheld there`)
      }
    }
  }
}

const given = (place: Place, path: string): boolean => place.policy.fields.get(path)?.inbound === true

/** Only where one column holds the whole value: of several nobody can tell whose share is too long. */
const lengthOf = (info: ResourceInfo | undefined, field: Field): number | undefined =>
  field.columns.length === 1 ? info?.columns.find((column) => column.name === field.columns[0])?.length : undefined
