/** Mappings of the simulator's entities: one column a path, with or without a declared normalisation. */
import { absent, cleared, identical, isList, isRecord, value } from "../../core/model/value.ts"
import type { Json, Path, Value } from "../../core/model/value.ts"
import type { Entity } from "../../core/model/entity.ts"
import type { Field, Mapping, Patch, Record_ } from "../../core/mapping/mapping.ts"

export type Norm = (value: Json) => Json

/** Normalisations of columns that systems do; some mappings know of them. */
export const upper: Norm = (text) => typeof text === "string" ? text.toUpperCase() : text
export const lower: Norm = (text) => typeof text === "string" ? text.toLowerCase() : text
export const short: Norm = (text) => typeof text === "string" ? text.slice(0, 12) : text
export const digits: Norm = (text) => typeof text === "string" ? text.replaceAll(/[^0-9+]/g, "") : text

export const columnOf = (path: Path): string => path.toUpperCase()

const present = (json: Json | undefined): json is Value =>
  json !== undefined && json !== null && json !== "" && !(isList(json) && json.length === 0)

const field = (entity: Entity, path: Path, norm: Norm | undefined, resources: ReadonlyMap<string, string>): Field => {
  const column = columnOf(path)
  const spec = entity.fields.get(path)
  const normed = (it: Value | null): Value | null => {
    const made = it === null || norm === undefined ? it : norm(it)
    return present(made) ? made : null
  }
  const same = spec?.same ?? identical
  const target = spec?.references === undefined ? undefined : resources.get(spec.references)
  return {
    path,
    columns: [column],
    direction: "both",
    get: (record) => {
      const shows = record[column]
      return shows === undefined ? absent : present(shows) ? value(shows) : cleared
    },
    put: (it) => ({ [column]: it }),
    norm: normed,
    same,
    ...(norm === undefined ? {} : { lossy: "normalised there" }),
    ...(spec?.list === undefined ? {} : { ids: { kind: "natural" } }),
    ...(spec?.merge === "R" ? { view: lastDecision } : {}),
    ...(target === undefined || spec?.references === undefined
      ? {}
      : { references: [{ entity: spec.references, resource: target }] })
  }
}

/** Systems show where a consent stands, not how it came to that. */
const lastDecision: NonNullable<Field["view"]> = {
  get: (golden) => isList(golden) ? golden.map(withoutHistory) : golden,
  put: (part, golden) => {
    if (!isList(part) || !isList(golden)) return part
    return part.map((one) => {
      const known = golden.find((other) => isRecord(one) && isRecord(other) && one["id"] === other["id"])
      return isRecord(one) && isRecord(known) ? { ...known, ...one } : one
    })
  }
}

const withoutHistory = (element: Json): Json => {
  if (!isRecord(element)) return element
  const { history: _, ...rest } = element
  return rest
}

/** `declared`: the normalisations that the mapping knows of, by path. `resources`: where parents live there. */
export const mappingOf = (
  entity: Entity, paths: ReadonlyArray<Path>, declared: { readonly [path: Path]: Norm },
  resources: ReadonlyMap<string, string>
): Mapping => {
  const fields = new Map(paths.map((path) => [path, field(entity, path, declared[path], resources)]))
  const columns = paths.map(columnOf)
  return {
    entity: entity.name,
    version: "1",
    fields,
    covers: paths,
    columns,
    constants: {},
    read: (record) => new Map([...fields].map(([path, one]) => [path, one.get(record)])),
    write: (values, into: Record_ | undefined) => {
      let patch: Patch = {}
      for (const [path, it] of values) {
        const one = fields.get(path)
        if (one !== undefined) patch = { ...patch, ...one.put(it, into) }
      }
      return patch
    }
  }
}
