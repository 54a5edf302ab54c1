/** Lenses over child rows: one row as a slot, all rows as a keyed list, one column of them as a set of words. */
import { sameElement } from "../model/entity.ts"
import type { ListSpec } from "../model/entity.ts"
import { isTidy, tidy } from "../model/text.ts"
import { absent, cleared, identical, invalid, isList, isRecord, value } from "../model/value.ts"
import type { Json, Obs, Value } from "../model/value.ts"
import {
  cellOf,
  hasMore,
  isAs,
  layParts,
  normParts,
  none,
  putParts,
  readParts,
  refuseParts,
  together,
  viewParts
} from "./lens.ts"
import type { Lens, Mutable, Parts, Target } from "./lens.ts"
import { Rows } from "./mapping.ts"
import type { Field, Patch, Record_, RowChange } from "./mapping.ts"
import { isIdle, matches, nothing, rowKey } from "./patch.ts"
import { byCodeUnit } from "./text.ts"

/** A child collection: rows that carry these constants, told apart by these key columns. */
export interface Child {
  readonly name: string
  readonly where: Record_
  readonly key: ReadonlyArray<string>
  /** Column that numbers the rows, for lists whose order has a meaning. */
  readonly order?: string
}

type RowList = ReadonlyArray<Record_>

/** The rows that take part; or what the collection is as a whole. */
const rowsOf = (child: Child): ((record: Record_ | undefined) => RowList | Obs<never>) => {
  const cell = cellOf(child.name)
  const all = Object.keys(child.where).length === 0
  return (record) => {
    const rows = record === undefined ? undefined : cell(record)
    if (rows === undefined) return absent
    if (rows === null) return none
    if (!isList(rows)) return invalid(rows, "is not a list of rows")
    const found: Array<Record_> = []
    const keys = child.key.length === 0 || rows.length < 2 ? undefined : new Set<string>()
    for (const row of rows) {
      if (!isRecord(row)) return invalid(row, "is not a row")
      const key = keys === undefined ? undefined : rowKey(row, child.key)
      if (key !== undefined && keys?.has(key) === true) return invalid(null, "two rows with one key")
      if (key !== undefined) keys?.add(key)
      if (all || matches(row, child.where)) found.push(row)
    }
    const { order } = child
    return order === undefined ? found : found.sort((a, b) => placeOf(a, order) - placeOf(b, order))
  }
}

/** Rows without a number come last, in the order in which the system lists them. */
const placeOf = (row: Record_, order: string): number => {
  const place = Number(row[order] ?? Number.NaN)
  return Number.isFinite(place) ? place : Number.MAX_SAFE_INTEGER
}

const isRows = (found: RowList | Obs<never>): found is RowList => Array.isArray(found)

const existing = (found: RowList | Obs<never>): RowList => (isRows(found) ? found : none)

/** One child row, found by its constants: the row whose TYP is RE. `removable`: an empty value takes the row away. */
export const rowLens = (child: Child, inner: Lens, removable: boolean): Lens => {
  const rows = rowsOf(child)
  const get = (record: Record_): Obs => {
    const found = rows(record)
    if (!isRows(found)) return found
    const first = found[0]
    if (first === undefined) return cleared
    const read = inner.get(first)
    for (const other of found.slice(1)) {
      if (found.some((row) => rowKey(row, child.key) === undefined))
        return invalid(null, `${found.length} rows and no key to tell them apart`)
      if (!identical(asJson(read), asJson(inner.get(other)))) return invalid(null, `${found.length} rows that differ`)
    }
    return read
  }
  const put = (wanted: Value | null, into: Record_ | undefined): Patch => {
    const found = rows(into)
    if (!isRows(found) && found._tag === "Invalid") return nothing
    if (into !== undefined && isAs(get(into), wanted)) return nothing
    const changes: Array<RowChange> = []
    for (const row of existing(found)) {
      const id = rowKey(row, child.key)
      const address = { ...(id === undefined ? {} : { id }), where: child.where }
      const set = wanted === null && removable ? null : plain(inner.put(wanted, row))
      if (set === null || !isIdle(set)) changes.push({ ...address, set })
    }
    if (existing(found).length === 0 && wanted !== null) {
      const set = plain(inner.put(wanted, undefined))
      if (!isIdle(set)) changes.push({ where: child.where, set })
    }
    return changes.length === 0 ? nothing : { [child.name]: new Rows(changes) }
  }
  const { lay: _, ...rest } = inner
  return {
    ...rest,
    says: `row ${child.name} ${JSON.stringify(child.where)} ${inner.says}`,
    columns: [child.name],
    writes: inner.writes.map((cell) => `${child.name} ${JSON.stringify(child.where)} ${cell}`),
    rowKeys: { [child.name]: child.key },
    get,
    put,
    refuses: (wanted) => (wanted === null && removable ? undefined : inner.refuses(wanted))
  }
}

const asJson = (read: Obs): Json => (read._tag === "Value" ? read.value : read._tag)

/** Rows have no rows of their own. */
const plain = (patch: Patch): Record_ => {
  const cells: { [column: string]: Json } = {}
  for (const [column, cell] of Object.entries(patch)) if (!(cell instanceof Rows)) cells[column] = cell
  return cells
}

const isEmpty = (cell: Json | undefined): boolean => cell === undefined || cell === null

const idOf = (element: Json | undefined): string => {
  const id = isRecord(element) ? element["id"] : element
  return typeof id === "string" ? id : ""
}

const elementsOf = (list: Value | null | undefined): ReadonlyArray<{ readonly [attribute: string]: Json }> =>
  isList(list ?? undefined) ? (list as ReadonlyArray<Json>).filter(isRecord) : none

type Element = { readonly [attribute: string]: Json }

/** Elements whose constants are the ones that this side stands for. */
const isOurs = (parts: Parts, element: Element): boolean =>
  parts.every(([name, lens]) =>
    lens.constant === undefined || lens.loose === true || identical(element[name], lens.constant))

/** Where elements are known by what is in them, one whose key this side does not know is not there. */
const keyHere = (parts: Parts, element: Element, target: Target): string | undefined => {
  const seen = viewParts(parts, element)
  return hasMore(parts, seen) ? naturalKey(target, seen) : undefined
}

/** Some lists know their elements by nothing but the id: they have no natural key. */
const naturalKey = (target: Target, element: Element): string | undefined => {
  const key = target.list?.key({ id: "", ...element })
  return key === "" ? undefined : key
}

const inOrder = (spec: ListSpec | undefined, elements: ReadonlyArray<Json>): ReadonlyArray<Json> =>
  spec?.ordered === true ? elements : [...elements].sort((a, b) => byCodeUnit(idOf(a), idOf(b)))

/** Where nothing keeps the order of a list, another order is no change. */
const anyOrder = (spec: ListSpec | undefined): { readonly same?: (a: Json, b: Json) => boolean } => {
  if (spec?.ordered !== true) return {}
  const sorted = (json: Json): ReadonlyArray<Json> =>
    isList(json) ? [...json].sort((a, b) => byCodeUnit(idOf(a), idOf(b))) : [json]
  return {
    same: (a, b) => {
      const [left, right] = [sorted(a), sorted(b)]
      return left.length === right.length && left.every((one, at) => sameElement(spec, one, right[at]))
    }
  }
}

const orNull = (elements: ReadonlyArray<Json>): Value | null => (elements.length === 0 ? null : elements)

/** Adds an element to those read; undefined if it went in, else why the whole list cannot be used. */
const collect = (elements: Map<string, Json>, element: Mutable, id: string): Obs<never> | undefined => {
  if (elements.has(id)) return invalid(null, "two rows with one key")
  elements.set(id, { id, ...element })
  return undefined
}

/** All rows of a child collection as a keyed list. Without `ids` elements are told apart by their natural key. */
export const listLens = (child: Child, parts: Parts, target: Target, ids: NonNullable<Field["ids"]>): Lens => {
  const rows = rowsOf(child)
  const natural = ids.kind === "natural"
  const keyOf = (row: Record_, element: Mutable): string | undefined =>
    natural ? naturalKey(target, element) : rowKey(row, child.key)
  const read = (record: Record_, seen?: Map<string, Record_>): Obs => {
    const found = rows(record)
    if (!isRows(found)) return found
    const elements = new Map<string, Json>()
    for (const row of found) {
      const element: Mutable = {}
      const whole = readParts(parts, row, element)
      if (whole !== undefined) return whole
      if (natural && !hasMore(parts, element)) continue
      const id = keyOf(row, element)
      if (id === undefined) return invalid(null, "a row without a key")
      const failed = collect(elements, element, id)
      if (failed !== undefined) return failed
      seen?.set(id, row)
    }
    return elements.size === 0 ? cleared : value(inOrder(target.list, [...elements.values()]))
  }
  const columns = [...new Set(parts.flatMap(([, lens]) => lens.columns))]
  const addressOf = (id: string, row: Record_): Pick<RowChange, "id" | "where"> => {
    if (!natural) return { id }
    const key = rowKey(row, child.key)
    return key !== undefined
      ? { id: key }
      : {
          where: Object.fromEntries(
            columns.flatMap((column) => (isEmpty(row[column]) ? [] : [[column, row[column] ?? null]]))
          )
        }
  }
  const put = (wanted: Value | null, into: Record_ | undefined): Patch => {
    const now = new Map<string, Record_>()
    if (into !== undefined && read(into, now)._tag === "Invalid") return nothing
    const changes: Array<RowChange> = []
    const left = new Map(now)
    const places = child.order === undefined ? undefined : renumbered(elementsOf(wanted).map(idOf), now, child.order)
    for (const element of elementsOf(wanted)) {
      const id = idOf(element)
      const row = now.get(id)
      left.delete(id)
      const set: Mutable = { ...plain(putParts(parts, element, row)) }
      const place = places?.get(id)
      if (child.order !== undefined && place !== undefined && row?.[child.order] !== place) set[child.order] = place
      if (row === undefined) changes.push({ element: id, set: { ...child.where, ...set } })
      else if (!isIdle(set)) changes.push({ ...addressOf(id, row), set })
    }
    for (const [id, row] of left) changes.push({ ...addressOf(id, row), set: null })
    return changes.length === 0 ? nothing : { [child.name]: new Rows(changes) }
  }
  const common = together(parts)
  return {
    ...common,
    says: `list ${child.name} ${JSON.stringify([child.where, child.key, ids, child.order])} { ${common.says} }`,
    columns: [child.name],
    writes: none,
    rowKeys: { [child.name]: child.key },
    direction: "both",
    get: read,
    put,
    ids,
    ...(child.order === undefined ? anyOrder(target.list) : {}),
    ...listOfParts(parts, target, natural, child.key)
  }
}

/** New numbers for all rows, unless those that are there are in order already and new ones come last. */
const renumbered = (
  wanted: ReadonlyArray<string>,
  now: ReadonlyMap<string, Record_>,
  order: string
): ReadonlyMap<string, number> => {
  const there = [...now.keys()].filter((id) => wanted.includes(id))
  const kept = identical(there, wanted.slice(0, there.length))
  if (kept && there.length === wanted.length) return new Map()
  const numbers = there.map((id) => placeOf(now.get(id) ?? {}, order))
  const strict = numbers.every(
    (number, at) => number < Number.MAX_SAFE_INTEGER && (at === 0 || number > (numbers[at - 1] ?? 0))
  )
  if (!kept || !strict) return new Map(wanted.map((id, at) => [id, at + 1]))
  const last = numbers.at(-1) ?? 0
  return new Map(wanted.slice(there.length).map((id, at) => [id, Math.trunc(last) + at + 1]))
}

/** What a list of these parts can hold, whatever it is read from. */
const listOfParts = (
  parts: Parts,
  target: Target,
  natural: boolean,
  key: ReadonlyArray<string>
): Pick<Lens, "refuses" | "norm"> & { readonly view: NonNullable<Lens["view"]> } => {
  const holds = (element: Element): boolean =>
    isOurs(parts, element) && (!natural || keyHere(parts, element, target) !== undefined)
  // Where the key of the rows is itself a part of the value, two elements with one key would be one row.
  const written = parts.flatMap(([, lens]) => (lens.direction === "in" ? none : lens.writes))
  const keyed = key.length > 0 && key.every((column) => written.includes(column))
  const keyOf = (element: Element): string =>
    natural
      ? (keyHere(parts, element, target) ?? "")
      : ((keyed ? rowKey(plain(putParts(parts, element, undefined)), key) : undefined) ?? idOf(element))
  return {
    refuses: (wanted) => {
      const keys = new Set<string>()
      for (const element of elementsOf(wanted)) {
        const one = keyOf(element)
        if (keys.has(one)) return "two elements that are one here"
        keys.add(one)
        const why = refuseParts(parts, element)
        if (why !== undefined) return why
      }
      return undefined
    },
    norm: (wanted) =>
      orNull(
        inOrder(
          target.list,
          elementsOf(wanted).map((element) => ({ id: idOf(element), ...normParts(parts, element) }))
        )
      ),
    view: {
      get: (golden) =>
        orNull(
          elementsOf(golden)
            .filter(holds)
            .map((element) => ({ id: idOf(element), ...viewParts(parts, element) }))
        ),
      put: (over, golden) => {
        const before = new Map(elementsOf(golden).map((element) => [idOf(element), element]))
        const laid = elementsOf(over).map((element) => ({
          ...layParts(parts, element, before.get(idOf(element))),
          id: idOf(element)
        }))
        const shown = new Set(laid.map(idOf))
        return orNull([
          ...laid,
          ...elementsOf(golden).filter((element) => !holds(element) && !shown.has(idOf(element)))
        ])
      }
    }
  }
}

/** Elements of a list in columns of the record itself: a group of columns each, e.g. the one variant of an article. */
export const flatLens = (
  slots: ReadonlyArray<Parts>,
  target: Target,
  ids: { readonly key: ReadonlyArray<string>; readonly ids: NonNullable<Field["ids"]> }
): Lens => {
  const slotOf = (element: { readonly [attribute: string]: Json }): Parts | undefined =>
    slots.find((parts) => isOurs(parts, element))
  /** At most one element a slot: the first that has its constants. */
  const chosen = (
    list: Value | null | undefined
  ): ReadonlyArray<{ readonly [attribute: string]: Json } | undefined> => {
    const taken = new Set<object>()
    return slots.map((parts) => {
      const one = elementsOf(list).find(
        (element) => !taken.has(element) && isOurs(parts, element) && hasMore(parts, viewParts(parts, element))
      )
      if (one !== undefined) taken.add(one)
      return one
    })
  }
  const get = (record: Record_): Obs => {
    for (const column of ids.key) if (record[column] === undefined) return absent
    const own = rowKey(record, ids.key)
    if (own === undefined && ids.key.length > 0) return invalid(null, "a record without a key")
    const elements = new Map<string, Json>()
    for (const [at, parts] of slots.entries()) {
      const element: Mutable = {}
      const whole = readParts(parts, record, element)
      if (whole !== undefined) return whole
      if (!hasMore(parts, element)) continue
      const id = own ?? naturalKey(target, element) ?? String(at + 1)
      const failed = collect(elements, element, id)
      if (failed !== undefined) return failed
    }
    return elements.size === 0 ? cleared : value(inOrder(target.list, [...elements.values()]))
  }
  const common = together(slots.flat())
  const onlyChosen = (list: Value | null): ReadonlyArray<{ readonly [attribute: string]: Json }> =>
    chosen(list).filter((one) => one !== undefined)
  return {
    ...common,
    columns: [...new Set([...common.columns, ...ids.key])],
    says: `flat ${JSON.stringify(ids)} ${slots.map((parts) => `{ ${together(parts).says} }`).join(" ")}`,
    direction: "both",
    ids: ids.ids,
    ...anyOrder(target.list),
    get,
    put: (wanted, into) => {
      const here = chosen(wanted)
      const patches = slots.map((parts, at) =>
        here[at] === undefined && into === undefined ? nothing : putParts(parts, here[at] ?? null, into)
      )
      return Object.assign({}, ...patches) as Patch
    },
    refuses: (wanted) => {
      const here = chosen(wanted)
      for (const [at, parts] of slots.entries()) {
        const why = refuseParts(parts, here[at] ?? null)
        if (why !== undefined) return why
      }
      return undefined
    },
    norm: (wanted) =>
      orNull(
        inOrder(
          target.list,
          onlyChosen(wanted).map((element) => ({ id: idOf(element), ...normParts(slotOf(element) ?? none, element) }))
        )
      ),
    view: {
      get: (golden) =>
        orNull(
          onlyChosen(golden).map((element) => ({ id: idOf(element), ...viewParts(slotOf(element) ?? none, element) }))
        ),
      put: (over, golden) => {
        const before = new Map(elementsOf(golden).map((element) => [idOf(element), element]))
        const laid = elementsOf(over).map((element) => ({
          ...layParts(slotOf(element) ?? none, element, before.get(idOf(element))),
          id: idOf(element)
        }))
        const replaced = new Set(laid.map(idOf))
        for (const [at, old] of chosen(golden).entries()) {
          const shown = laid.find((element) => slotOf(element) === slots[at])
          // Another element of the golden list has come to stand here: the one before it is still somewhere else.
          if (old !== undefined && (shown === undefined || !before.has(shown.id))) replaced.add(idOf(old))
        }
        return orNull([...laid, ...elementsOf(golden).filter((element) => !replaced.has(idOf(element)))])
      }
    }
  }
}

/** One text column of the child rows as a set of words, e.g. tags. */
export const wordsLens = (child: Child, column: string, target: Target): Lens => {
  const rows = rowsOf(child)
  const keyOf = (word: string): string => target.list?.key(word) ?? word
  const wordIn = (row: Record_): string | undefined => {
    const cell = row[column]
    return typeof cell === "string" ? tidy(cell) : undefined
  }
  const get = (record: Record_): Obs => {
    const found = rows(record)
    if (!isRows(found)) return found
    const words = new Map<string, string>()
    for (const row of found) {
      const cell = row[column]
      if (cell === undefined) return absent
      if (cell !== null && typeof cell !== "string") return invalid(cell, "is not a word")
      const word = wordIn(row)
      if (word !== undefined && rowKey(row, child.key) === undefined && words.has(keyOf(word))) {
        return invalid(null, "the same word twice and no key to tell the rows apart")
      }
      if (word !== undefined && !words.has(keyOf(word))) words.set(keyOf(word), word)
    }
    const list = [...words.values()].sort(byCodeUnit)
    if (list.length === 0) return cleared
    return target.fits(list) ? value(list) : invalid(list, "is not a canonical value")
  }
  const put = (wanted: Value | null, into: Record_ | undefined): Patch => {
    const found = rows(into)
    if (into !== undefined && get(into)._tag === "Invalid") return nothing
    const words = wordsOf(wanted)
    const kept = new Set(words.map(keyOf))
    const present = new Set<string>()
    const changes: Array<RowChange> = []
    for (const row of existing(found)) {
      const word = wordIn(row)
      if (word === undefined) continue
      present.add(keyOf(word))
      const id = rowKey(row, child.key)
      const address = id === undefined ? { where: { ...child.where, [column]: row[column] ?? null } } : { id }
      if (!kept.has(keyOf(word))) changes.push({ ...address, set: null })
    }
    for (const word of words) {
      if (!present.has(keyOf(word))) changes.push({ element: word, set: { ...child.where, [column]: word } })
    }
    return changes.length === 0 ? nothing : { [child.name]: new Rows(changes) }
  }
  return {
    says: `words ${child.name} ${JSON.stringify([child.where, child.key])} ${column}`,
    columns: [child.name],
    writes: [`${child.name} ${JSON.stringify(child.where)} ${column}`],
    direction: "both",
    get,
    put,
    refuses: (wanted) => (wanted === null || areWords(wanted) ? undefined : "is not a set of words"),
    norm: (wanted) => orNull([...wordsOf(wanted)].sort(byCodeUnit)),
    references: none,
    rowKeys: { [child.name]: child.key }
  }
}

const areWords = (json: Json): boolean =>
  isList(json) && json.every((word) => typeof word === "string" && isTidy(word))

const wordsOf = (json: Json): ReadonlyArray<string> => (isList(json) ? json.map(String) : none)
