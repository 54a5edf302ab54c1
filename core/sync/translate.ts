/** References and elements between a side's own ids and those of the hub (SEMANTICS 1.5, 1.7). */
import { isList, isRecord, identical } from "../model/value.ts"
import type { Json, Value } from "../model/value.ts"
import type { Lens, Pointer } from "./lens.ts"
import { idOf, itemsOf } from "./lists.ts"
import type { Outward } from "./push.ts"

type Resolve = (pointer: Pointer, id: string) => string | undefined

/** A value with its references replaced; `missing` names what could not be, one per pointer and id. */
export interface Translated {
  readonly value: Value
  readonly missing: ReadonlyArray<{ readonly pointer: Pointer; readonly id: string }>
}

/** Every id that a value of this field refers to. */
export const idsIn = (lens: Lens, value: Value): ReadonlyArray<{ readonly pointer: Pointer; readonly id: string }> => {
  const found: Array<{ readonly pointer: Pointer; readonly id: string }> = []
  for (const pointer of lens.pointers) {
    for (const holder of pointer.attribute === undefined || !isList(value) ? [value] : value) {
      const id = pointer.attribute === undefined ? holder : isRecord(holder) ? holder[pointer.attribute] : undefined
      if (typeof id === "string" || typeof id === "number") found.push({ pointer, id: String(id) })
    }
  }
  return found
}

export const translate = (lens: Lens, value: Value, resolve: Resolve): Translated => {
  const missing: Array<{ readonly pointer: Pointer; readonly id: string }> = []
  const scalar = lens.pointers.filter((pointer) => pointer.attribute === undefined)
  const first = scalar[0]
  if (first !== undefined && !isList(value) && !isRecord(value)) {
    const id = String(value)
    for (const pointer of scalar) {
      const found = resolve(pointer, id)
      if (found !== undefined) return { value: found, missing }
    }
    return { value, missing: [{ pointer: first, id }] }
  }
  const attributes = lens.pointers.flatMap((pointer) =>
    pointer.attribute === undefined ? [] : [{ ...pointer, name: pointer.attribute }])
  if (attributes.length === 0) return { value, missing }
  const element = (json: Json): Json => {
    if (!isRecord(json)) return json
    const after: { [name: string]: Json } = { ...json }
    for (const pointer of attributes) {
      const id = json[pointer.name]
      if (typeof id !== "string" && typeof id !== "number") continue
      const found = resolve(pointer, String(id))
      if (found === undefined) missing.push({ pointer, id: String(id) })
      else after[pointer.name] = found
    }
    return after
  }
  if (isList(value)) return { value: value.map(element), missing }
  return { value: element(value) ?? value, missing }
}

export interface Crosswalk {
  readonly [ext: string]: string
}

export interface Identified {
  readonly value: Value
  /** Rows of this reading and of those before. */
  readonly crosswalk: Crosswalk
}

/**
 * Gives a side's rows their golden element ids: by crosswalk, else by the natural key of an element that no other row
 * of this reading stands for, else a new id. Undefined: two rows of one id that differ, which nobody can tell apart.
 */
export const identifyElements = (
  lens: Lens, value: Value, known: Crosswalk | undefined, golden: Value | undefined
): Identified | undefined => {
  const spec = lens.spec?.list
  if (spec === undefined || !isList(value)) return { value, crosswalk: known ?? {} }
  const rows = new Map<string, Json>()
  for (const row of value) {
    const ext = idOf(spec, row)
    const before = rows.get(ext)
    if (before !== undefined && !identical(before, row)) return undefined
    rows.set(ext, row)
  }
  if (!lens.rows) return { value: rows.size === value.length ? value : [...rows.values()], crosswalk: known ?? {} }
  const crosswalk: { [ext: string]: string } = { ...known }
  const taken = new Set<string>()
  for (const ext of rows.keys()) {
    const id = crosswalk[ext]
    if (id !== undefined) taken.add(id)
  }
  const goldenIds = new Set(itemsOf(golden).map((element) => idOf(spec, element)))
  const elements: Array<Json> = []
  for (const [ext, row] of rows) {
    const key = spec.key(row)
    const id = crosswalk[ext] ?? free(key, golden, taken, lens) ?? fresh(key, ext, goldenIds, taken, lens)
    crosswalk[ext] = id
    taken.add(id)
    elements.push(isRecord(row) ? { ...row, id } : row)
  }
  return { value: elements, crosswalk }
}

/** An element of golden with this natural key that no other row stands for. */
const free = (
  key: string | undefined, golden: Value | undefined, taken: ReadonlySet<string>, lens: Lens
): string | undefined => {
  if (key === undefined) return undefined
  const spec = lens.spec?.list
  for (const element of itemsOf(golden)) {
    const id = idOf(spec, element)
    if (!taken.has(id) && spec?.key(element) === key) return id
  }
  return undefined
}

const fresh = (
  key: string | undefined, ext: string, golden: ReadonlySet<string>, taken: ReadonlySet<string>, lens: Lens
): string => {
  if (key !== undefined && !golden.has(key) && !taken.has(key)) return key
  return `${lens.field.ids?.kind === "ext" ? lens.field.ids.resource : lens.path}:${ext}`
}

/** A row that is gone lends its element no longer, once another row stands for it. */
export const pruned = (lens: Lens, crosswalk: Crosswalk, shown: Value | null): Crosswalk => {
  const present = new Set(itemsOf(shown).map((row) => idOf(lens.spec?.list, row)))
  const held = new Set([...present].map((ext) => crosswalk[ext]))
  return Object.fromEntries(Object.entries(crosswalk).filter(([ext, id]) => present.has(ext) || !held.has(id)))
}

/** Rows under the ids of their elements, references as the side has them: how sent values are compared. */
export const unrowed = (lens: Lens, value: Value | null, crosswalk: Crosswalk | undefined): Value | null =>
  value === null || !lens.rows || !isList(value) ? value : value.map((row): Json => {
    if (!isRecord(row)) return row
    const ext = idOf(undefined, row)
    return { ...row, id: crosswalk?.[ext] ?? elementOf(ext) }
  })

/** Marks an element that has no row there yet where its id happens to be the key of another row. */
const unborn = "new:"

export const elementOf = (name: string): string => name.startsWith(unborn) ? name.slice(unborn.length) : name

/** From golden to what the side understands: its own row keys and its own ids of parents. */
export const outwardValue = (lens: Lens, value: Value, known: Crosswalk | undefined, outward: Outward): Translated => {
  const resolve: Resolve = (pointer, id) => outward.get(`${pointer.entity}|${pointer.resource}|${id}`)
  const plain = lens.pointers.length === 0
  const { value: resolved, missing } = plain ? { value, missing: [] } : translate(lens, value, resolve)
  if (!lens.rows || !isList(resolved)) return { value: resolved, missing }
  const rowOf = new Map(Object.entries(known ?? {}).map(([ext, element]) => [element, ext]))
  const rows = resolved.map((element): Json => {
    if (!isRecord(element)) return element
    const id = idOf(undefined, element)
    return { ...element, id: rowOf.get(id) ?? (known?.[id] === undefined ? id : `${unborn}${id}`) }
  })
  return { value: rows, missing }
}
