/** Lists by element id: three-way merge against the side's own base (SEMANTICS 1.5). */
import type { AttributeSpec, ListSpec } from "../model/entity.ts"
import { identical, isList, isRecord } from "../model/value.ts"
import type { Json, Value } from "../model/value.ts"

type Element = Json
type ById = ReadonlyMap<string, Element>

/** Elements of a side are matched by golden element id; `elements` is the side's crosswalk (row key → element id). */
export interface ListSides {
  readonly spec: ListSpec
  /** What side and golden last agreed on: golden's list, and what the side showed, untranslated. */
  readonly baseGolden: Value | null | undefined
  readonly baseRaw: Value | null | undefined
  readonly raw: Value | null
  readonly theirs: Value | null
  readonly golden: Value | null
  readonly elements: { readonly [ext: string]: string } | undefined
  /** Removals by the side do not count: class A. */
  readonly append: boolean
  /** Asked only where both changed one attribute. */
  readonly theirsWins: () => boolean
}

export interface ListMerge {
  readonly value: Value | null
  /** Some attribute or element was changed on both sides. */
  readonly clash: boolean
}

/** The id of an element; a word is its own, compared as the set compares words. */
export const idOf = (spec: ListSpec | undefined, element: Element): string => {
  if (isRecord(element)) {
    const id = element["id"]
    return typeof id === "string" ? id : ""
  }
  return spec?.key(element) ?? String(element)
}

export const itemsOf = (value: Value | null | undefined): ReadonlyArray<Element> =>
  value !== undefined && isList(value) ? value : []

const byId = (spec: ListSpec, value: Value | null | undefined, elements?: { readonly [ext: string]: string }): ById => {
  const map = new Map<string, Element>()
  for (const element of itemsOf(value)) {
    const id = idOf(spec, element)
    map.set(elements?.[id] ?? id, element)
  }
  return map
}

export const mergeLists = (sides: ListSides): ListMerge => {
  const { spec, append } = sides
  const golden = byId(spec, sides.golden)
  const theirs = byId(spec, sides.theirs)
  const raw = byId(spec, sides.raw, sides.elements)
  const baseGolden = byId(spec, sides.baseGolden)
  const baseRaw = byId(spec, sides.baseRaw, sides.elements)
  const merged: Array<Element> = []
  let clash = false
  for (const [id, mine] of golden) {
    const other = theirs.get(id)
    if (other !== undefined) {
      const one = mergeElement(sides, mine, other, raw.get(id), baseGolden.get(id), baseRaw.get(id))
      clash ||= one.clash
      merged.push(one.value)
    } else if (append || !baseRaw.has(id)) {
      // The side never had it: somebody else added it.
      merged.push(mine)
    } else if (!sameElements(spec, mine, baseGolden.get(id))) {
      // Removed there, edited elsewhere: the edit is not lost.
      clash = true
      merged.push(mine)
    }
  }
  for (const [id, other] of theirs) {
    if (golden.has(id)) continue
    const before = baseRaw.get(id)
    const added = before === undefined
    const edited = !added && !sameElements(spec, raw.get(id) ?? other, before)
    if (edited) clash = true
    if (added || edited) merged.push(other)
  }
  const ordered = spec.ordered ? inOrder(sides, merged) : merged
  return { value: ordered.length === 0 ? null : ordered, clash }
}

/** Order is a change of its own, and only where it has meaning: the side's, if it changed there and not here. */
const inOrder = (sides: ListSides, merged: ReadonlyArray<Element>): ReadonlyArray<Element> => {
  const ids = (value: Value | null | undefined, elements?: ListSides["elements"]) =>
    [...byId(sides.spec, value, elements).keys()]
  const theirs = ids(sides.theirs)
  const reordered = !identical(ids(sides.raw, sides.elements), ids(sides.baseRaw, sides.elements))
  if (!reordered || !identical(ids(sides.golden), ids(sides.baseGolden))) return merged
  const place = new Map(theirs.map((id, at) => [id, at]))
  const at = (element: Element) => place.get(idOf(sides.spec, element)) ?? theirs.length
  return [...merged].sort((a, b) => at(a) - at(b))
}

const sameAttribute = (spec: AttributeSpec | undefined, a: Json | undefined, b: Json | undefined): boolean => {
  if (a === undefined || b === undefined) return a === b
  return (spec?.same ?? identical)(a, b)
}

/** Undefined: there is no such element to be the same as. */
export const sameElements = (spec: ListSpec, a: Element, b: Element | undefined): boolean => {
  if (b === undefined) return false
  if (!isRecord(a) || !isRecord(b)) return idOf(spec, a) === idOf(spec, b)
  for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
    if (!sameAttribute(spec.elements[name], a[name], b[name])) return false
  }
  return true
}

/** An element is a small record: each attribute is decided against the side's own base (SEMANTICS 1.5). */
const mergeElement = (
  sides: ListSides,
  mine: Element,
  other: Element,
  raw: Element | undefined,
  baseGolden: Element | undefined,
  baseRaw: Element | undefined
): { readonly value: Element; readonly clash: boolean } => {
  if (!isRecord(mine) || !isRecord(other) || mine === other) return { value: mine, clash: false }
  const merged: { [name: string]: Json } = {}
  let clash = false
  for (const name of new Set([...Object.keys(mine), ...Object.keys(other)])) {
    const spec = sides.spec.elements[name]
    const [own, their, shown] = [mine[name], other[name], attribute(raw ?? other, name)]
    const took = name === "id" ? own : ((): Json | undefined => {
      if (sameAttribute(spec, own, their)) return own
      if (baseRaw !== undefined && sameAttribute(spec, shown, attribute(baseRaw, name))) return own
      if (own !== undefined && (spec?.merge === "I" || spec?.merge === "D")) return own
      if (baseGolden !== undefined && sameAttribute(spec, own, attribute(baseGolden, name))) return their
      // A blank never clears at first sight, and a part that is not there is not a decision.
      if (baseRaw === undefined && (own === undefined || their === undefined)) return own ?? their
      clash = true
      return sides.theirsWins() ? their : own
    })()
    if (took !== undefined) merged[name] = took
  }
  return { value: merged, clash }
}

const attribute = (element: Element | undefined, name: string): Json | undefined =>
  isRecord(element) ? element[name] : undefined
