/** Lenses over child rows: one row as a slot, all rows as a keyed list, one column of them as a set of words. */
import type { ListSpec } from "../model/entity.ts"
import { isTidy, tidy } from "../model/text.ts"
import { absent, cleared, identical, invalid, isList, isRecord, value } from "../model/value.ts"
import type { Json, Obs, Value } from "../model/value.ts"
import {
  cellOf,
  hasMore,
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
    for (const row of rows) {
      if (!isRecord(row)) return invalid(row, "is not a row")
      if (all || matches(row, child.where)) found.push(row)
    }
    return found
  }
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
      if (!identical(asJson(read), asJson(inner.get(other)))) return invalid(null, `${found.length} rows that differ`)
    }
    return read
  }
  const put = (wanted: Value | null, into: Record_ | undefined): Patch => {
    const row = existing(rows(into))[0]
    if (row === undefined && wanted === null) return nothing
    const id = row === undefined ? undefined : rowKey(row, child.key)
    const address = { ...(id === undefined ? {} : { id }), where: child.where }
    if (wanted === null && removable) return { [child.name]: new Rows([{ ...address, set: null }]) }
    const set = inner.put(wanted, row)
    return isIdle(set) ? nothing : { [child.name]: new Rows([{ ...address, set: plain(set) }]) }
  }
  return {
    ...inner,
    says: `row ${child.name} ${JSON.stringify(child.where)} ${inner.says}`,
    columns: [child.name],
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

const idOf = (element: Json | undefined): string => {
  const id = isRecord(element) ? element["id"] : element
  return typeof id === "string" ? id : ""
}

const elementsOf = (list: Value | null | undefined): ReadonlyArray<{ readonly [attribute: string]: Json }> =>
  isList(list ?? undefined) ? (list as ReadonlyArray<Json>).filter(isRecord) : none

/** Elements whose constants are the ones that this side stands for. */
const holds = (parts: Parts, element: { readonly [attribute: string]: Json }): boolean =>
  parts.every(([name, lens]) => lens.constant === undefined || identical(element[name], lens.constant))

const inOrder = (spec: ListSpec | undefined, elements: ReadonlyArray<Json>): ReadonlyArray<Json> =>
  spec?.ordered === true ? elements : [...elements].sort((a, b) => byCodeUnit(idOf(a), idOf(b)))

const orNull = (elements: ReadonlyArray<Json>): Value | null => (elements.length === 0 ? null : elements)

/** Adds an element to those read; undefined if it went in, else why the whole list cannot be used. */
const collect = (
  elements: Map<string, Json>,
  element: Mutable,
  id: string | undefined,
  natural: boolean
): Obs<never> | undefined => {
  const key = id ?? `?${JSON.stringify(element)}`
  const one = { id: key, ...element }
  const twin = elements.get(key)
  if (twin !== undefined && !(natural && identical(twin, one)))
    return invalid(null, "two rows with one key that differ")
  elements.set(key, one)
  return undefined
}

/** All rows of a child collection as a keyed list. Without `ids` elements are told apart by their natural key. */
export const listLens = (child: Child, parts: Parts, target: Target, ids: NonNullable<Field["ids"]>): Lens => {
  const rows = rowsOf(child)
  const natural = ids.kind === "natural"
  const keyOf = (row: Record_, element: Mutable): string | undefined =>
    natural ? target.list?.key(element) : rowKey(row, child.key)
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
      if (id === undefined && !natural) return invalid(null, "a row without a key")
      const failed = collect(elements, element, id, natural)
      if (failed !== undefined) return failed
      seen?.set(id ?? `?${JSON.stringify(element)}`, row)
    }
    return elements.size === 0 ? cleared : value(inOrder(target.list, [...elements.values()]))
  }
  const columns = [...new Set(parts.flatMap(([, lens]) => lens.columns))]
  const addressOf = (id: string, row: Record_): Pick<RowChange, "id" | "where"> => {
    if (!natural) return { id }
    const key = rowKey(row, child.key)
    return key !== undefined
      ? { id: key }
      : { where: Object.fromEntries(columns.map((column) => [column, row[column] ?? null])) }
  }
  const put = (wanted: Value | null, into: Record_ | undefined): Patch => {
    const now = new Map<string, Record_>()
    if (into !== undefined && read(into, now)._tag === "Invalid") return nothing
    const changes: Array<RowChange> = []
    const left = new Map(now)
    for (const element of elementsOf(wanted)) {
      const id = idOf(element)
      const row = now.get(id)
      left.delete(id)
      const set = plain(putParts(parts, element, row))
      if (row === undefined) changes.push({ element: id, set: { ...child.where, ...set } })
      else if (!isIdle(set)) changes.push({ ...addressOf(id, row), set })
    }
    for (const [id, row] of left) changes.push({ ...addressOf(id, row), set: null })
    return changes.length === 0 ? nothing : { [child.name]: new Rows(changes) }
  }
  const common = together(parts)
  return {
    ...common,
    says: `list ${child.name} ${JSON.stringify([child.where, child.key, ids])} { ${common.says} }`,
    columns: [child.name],
    rowKeys: { [child.name]: child.key },
    direction: "both",
    get: read,
    put,
    ids,
    ...listOfParts(parts, target)
  }
}

/** What a list of these parts can hold, whatever it is read from. */
const listOfParts = (
  parts: Parts,
  target: Target
): Pick<Lens, "refuses" | "norm"> & { readonly view: NonNullable<Lens["view"]> } => ({
  refuses: (wanted) => {
    for (const element of elementsOf(wanted)) {
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
          .filter((element) => holds(parts, element))
          .map((element) => ({ id: idOf(element), ...viewParts(parts, element) }))
      ),
    put: (over, golden) => {
      const before = new Map(elementsOf(golden).map((element) => [idOf(element), element]))
      const laid = elementsOf(over).map((element) => ({
        ...layParts(parts, element, before.get(idOf(element))),
        id: idOf(element)
      }))
      return orNull([...laid, ...elementsOf(golden).filter((element) => !holds(parts, element))])
    }
  }
})

/** Elements of a list in columns of the record itself: a group of columns each, e.g. the one variant of an article. */
export const flatLens = (
  slots: ReadonlyArray<Parts>,
  target: Target,
  ids: { readonly key: ReadonlyArray<string>; readonly ids: NonNullable<Field["ids"]> }
): Lens => {
  const slotOf = (element: { readonly [attribute: string]: Json }): Parts | undefined =>
    slots.find((parts) => holds(parts, element))
  /** At most one element a slot: the first that has its constants. */
  const chosen = (
    list: Value | null | undefined
  ): ReadonlyArray<{ readonly [attribute: string]: Json } | undefined> => {
    const taken = new Set<object>()
    return slots.map((parts) => {
      const one = elementsOf(list).find((element) => !taken.has(element) && holds(parts, element))
      if (one !== undefined) taken.add(one)
      return one
    })
  }
  const get = (record: Record_): Obs => {
    const elements = new Map<string, Json>()
    for (const [at, parts] of slots.entries()) {
      const element: Mutable = {}
      const whole = readParts(parts, record, element)
      if (whole !== undefined) return whole
      if (!hasMore(parts, element)) continue
      const id = ids.key.length > 0 ? rowKey(record, ids.key) : (target.list?.key(element) ?? String(at + 1))
      if (id === undefined) return invalid(null, "a record without a key")
      const failed = collect(elements, element, id, false)
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
  const read = (record: Record_, seen?: Map<string, Record_>): Obs => {
    const found = rows(record)
    if (!isRows(found)) return found
    const words = new Map<string, string>()
    for (const row of found) {
      const cell = row[column]
      if (cell === undefined) return absent
      const word = typeof cell === "string" ? tidy(cell) : undefined
      if (cell !== null && typeof cell !== "string") return invalid(cell, "is not a word")
      if (word === undefined || words.has(keyOf(word))) continue
      words.set(keyOf(word), word)
      seen?.set(keyOf(word), row)
    }
    const list = [...words.values()].sort(byCodeUnit)
    return list.length === 0 ? cleared : target.fits(list) ? value(list) : invalid(list, "is not a canonical value")
  }
  const put = (wanted: Value | null, into: Record_ | undefined): Patch => {
    const now = new Map<string, Record_>()
    if (into !== undefined && read(into, now)._tag === "Invalid") return nothing
    const words = isList(wanted ?? undefined) ? (wanted as ReadonlyArray<Json>).map(String) : none
    const kept = new Set(words.map(keyOf))
    const changes: Array<RowChange> = words
      .filter((word) => !now.has(keyOf(word)))
      .map((word) => ({ element: word, set: { ...child.where, [column]: word } }))
    for (const [key, row] of now) {
      const id = rowKey(row, child.key)
      if (!kept.has(key))
        changes.push({
          ...(id === undefined ? { where: { ...child.where, [column]: row[column] ?? null } } : { id }),
          set: null
        })
    }
    return changes.length === 0 ? nothing : { [child.name]: new Rows(changes) }
  }
  return {
    says: `words ${child.name} ${JSON.stringify([child.where, child.key])} ${column}`,
    columns: [child.name],
    direction: "both",
    get: read,
    put,
    refuses: (wanted) =>
      wanted === null ||
      (isList(wanted) && (wanted as ReadonlyArray<Json>).every((word) => typeof word === "string" && isTidy(word)))
        ? undefined
        : "is not a set of words",
    norm: (wanted) =>
      isList(wanted ?? undefined) ? orNull((wanted as ReadonlyArray<Json>).map(String).sort(byCodeUnit)) : null,
    references: none,
    rowKeys: { [child.name]: child.key }
  }
}
