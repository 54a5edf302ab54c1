/** The lens of one canonical path, before it is named: pure closures, compiled once when the mapping is declared. */
import type { ListSpec } from "../model/entity.ts"
import { absent, cleared, identical, invalid, isRecord, value } from "../model/value.ts"
import type { Json, Obs, Value } from "../model/value.ts"
import { Refusal } from "./codec.ts"
import type { Codec } from "./codec.ts"
import type { Field, Patch, Record_, Reference, Rows } from "./mapping.ts"
import { apply, keyColumns, merge, nothing, rowKey } from "./patch.ts"
import type { RowKeys } from "./patch.ts"
import { fitted } from "./shape.ts"
import type { Column } from "./shape.ts"

export interface Lens {
  /** What was declared, for the mapping's version. */
  readonly says: string
  readonly columns: ReadonlyArray<string>
  /** Cells that are its own to write; two fields with one cell would overwrite each other. */
  readonly writes: ReadonlyArray<string>
  /** Parts of the value that are read here and never written. */
  readonly onlyRead?: ReadonlyArray<string>
  readonly parts?: NonNullable<Field["parts"]>
  readonly direction: Field["direction"]
  readonly get: (record: Record_) => Obs
  readonly put: (value: Value | null, into: Record_ | undefined) => Patch
  /** `put` into a patch that other fields have begun: saves an object a field in the hot path. */
  readonly lay?: (patch: Cells, value: Value | null, into: Record_ | undefined) => void
  /** Why this side cannot hold the value: then `put` writes nothing. */
  readonly refuses: (value: Value | null) => string | undefined
  readonly norm: (value: Value | null) => Value | null
  readonly references: ReadonlyArray<Reference>
  readonly rowKeys: RowKeys
  readonly view?: NonNullable<Field["view"]>
  readonly ids?: NonNullable<Field["ids"]>
  readonly lossy?: string
  readonly nullMeans?: "unknown"
  readonly same?: (a: Json, b: Json) => boolean
  /** Its column is never empty: inside a structure that lacks this part it keeps what it has. */
  readonly solid?: boolean
  /** The side shows this and nothing else. */
  readonly constant?: Value
  /** The constant tells elements not apart: an element that says something else there is shown with it all the same. */
  readonly loose?: true
}

/** What the entity says about the place that a lens is made for. */
export interface Target {
  readonly path: string
  readonly list?: ListSpec
  /** True for canonical values of this place; references are external ids here and so not asked. */
  readonly fits: (read: unknown) => boolean
  readonly schema?: object
  /** Another field of the mapping lives in the same child row: it is blanked, never removed. */
  readonly shared: boolean
}

/** A patch in the making. */
export type Cells = { [column: string]: Json | Rows }

export type Parts = ReadonlyArray<readonly [name: string, lens: Lens]>

export const none: ReadonlyArray<never> = []
export const noKeys: RowKeys = {}

/** Names that an ordinary object answers to without having them. */
const inherited = new Set(Object.getOwnPropertyNames(Object.prototype))

/** A cell as it stands; undefined where the record does not say. */
export const cellOf = (column: string): ((record: Record_) => Json | undefined) =>
  inherited.has(column)
    ? (record) => (Object.hasOwn(record, column) ? record[column] : undefined)
    : (record) => record[column]

const isBlank = (text: string): boolean =>
  text === "" || ((text.charCodeAt(0) <= 32 || text.charCodeAt(0) > 126) && text.trim() === "")

export const isAs = (read: Obs, wanted: Value | null): boolean =>
  read._tag === "Value" ? wanted !== null && identical(read.value, wanted) : read._tag === "Null" && wanted === null

/** One column through one codec. */
export const columnLens = (
  column: Column,
  codec: Codec<unknown, never, never, string>,
  target: Target,
  references: ReadonlyArray<Reference> = none
): Lens => {
  const { name } = column
  const cell = cellOf(name)
  const { decode, encode, also } = codec
  const unchecked = references.length > 0 || (codec.yields !== undefined && codec.yields === target.schema)
  const get = (record: Record_): Obs => {
    const raw = cell(record)
    if (raw === undefined) return absent
    if (raw === null || (typeof raw === "string" && isBlank(raw))) return cleared
    const read = decode(raw, record)
    return read._tag !== "Value" || unchecked || target.fits(read.value)
      ? read
      : invalid(raw, "is not a canonical value")
  }
  const write = (wanted: Value | null, into: Record_ | undefined): Json | Refusal => {
    if (wanted === null)
      return column.empty === undefined ? new Refusal(`column ${name} cannot be empty`) : column.empty
    const encoded = encode(wanted, into)
    return encoded instanceof Refusal ? encoded : fitted(column, encoded)
  }
  const lay = (patch: Cells, wanted: Value | null, into: Record_ | undefined): void => {
    if (into !== undefined && isAs(get(into), wanted)) return
    const written = write(wanted, into)
    if (written instanceof Refusal) return
    if (also !== undefined) Object.assign(patch, also(wanted, into))
    if (into === undefined || cell(into) !== written) patch[name] = written
  }
  const columns = [name, ...codec.columns]
  return {
    says: `${columns.join("+")} ${codec.name}`,
    columns,
    writes: [name],
    direction: "both",
    get,
    lay,
    put: (wanted, into) => {
      const patch: Cells = {}
      lay(patch, wanted, into)
      return patch
    },
    refuses: (wanted) => {
      const written = write(wanted, undefined)
      return written instanceof Refusal ? written.why : undefined
    },
    norm: (wanted) => {
      const written = write(wanted, undefined)
      if (written instanceof Refusal) return wanted
      const read = get(
        also === undefined ? { [name]: written } : apply({ [name]: written }, also(wanted, undefined), noKeys)
      )
      return read._tag === "Value" ? read.value : null
    },
    references,
    rowKeys: noKeys,
    ...(column.empty === undefined ? { solid: true } : {}),
    ...(codec.lossy === undefined ? {} : { lossy: codec.lossy })
  }
}

/** The key of another record, in one column or several (then it is a JSON array of the parts). */
export const referenceLens = (columns: ReadonlyArray<Column>, reference: Reference): Lens => {
  const names = columns.map((column) => column.name)
  const says = `${names.join("+")} reference ${reference.entity} ${reference.resource}`
  const get = (record: Record_): Obs => {
    for (const name of names) if (record[name] === undefined) return absent
    for (const name of names) if (record[name] === null || String(record[name]).trim() === "") return cleared
    return names.some((name) => typeof record[name] === "object")
      ? invalid(null, "is not the key of a record")
      : value((names.length === 1 ? String(record[names[0] ?? ""]).trim() : rowKey(record, names)) ?? "")
  }
  const cells = (wanted: Value | null): Patch | string => {
    const cells: { [column: string]: Json } = {}
    const parts = typeof wanted === "string" && isKey(wanted, names.length) ? keyColumns(wanted, names) : undefined
    if (wanted !== null && parts === undefined) return "is not the key of a record"
    for (const column of columns) {
      const text = parts?.[column.name] ?? ""
      const cell = parts === undefined ? column.empty : fitted(column, text)
      if (cell === undefined) return `column ${column.name} cannot be empty`
      if (cell instanceof Refusal) return cell.why
      // Numbers have many spellings, a key has one.
      if (cell !== null && cell !== "" && String(cell) !== text) return "is not the key of a record"
      cells[column.name] = cell
    }
    return cells
  }
  const plainly = (wanted: Value | null): Patch => {
    const written = cells(wanted)
    return typeof written === "string" ? nothing : written
  }
  return {
    says,
    columns: names,
    writes: names,
    direction: "both",
    get,
    put: (wanted, into) => (into !== undefined && isAs(get(into), wanted) ? nothing : plainly(wanted)),
    refuses: (wanted) => {
      const written = cells(wanted)
      return typeof written === "string" ? written : undefined
    },
    norm: (wanted) => wanted,
    references: [reference],
    rowKeys: noKeys
  }
}

const isKey = (text: string, parts: number): boolean => {
  if (parts === 1) return text.trim() === text && text !== ""
  try {
    const list: unknown = JSON.parse(text)
    return (
      Array.isArray(list) &&
      list.length === parts &&
      list.every((part) => typeof part === "string" && part.trim() !== "") &&
      JSON.stringify(list) === text
    )
  } catch {
    return false
  }
}

/** A value that this side does not store because it is always the same there. */
export const constantLens = (constant: Value): Lens => {
  const shown = value(constant)
  return {
    says: `constant ${JSON.stringify(constant)}`,
    columns: none,
    writes: none,
    direction: "both",
    get: () => shown,
    put: () => nothing,
    refuses: (wanted) =>
      wanted === null || identical(wanted, constant) ? undefined : "is always another value here",
    // Nothing was said yet: that is not the constant, or golden would never learn it.
    norm: (wanted) => (wanted === null ? null : constant),
    references: none,
    rowKeys: noKeys,
    constant
  }
}

/** What several lenses have in common. */
export const together = (parts: Parts) => ({
  columns: [...new Set(parts.flatMap(([, lens]) => lens.columns))],
  writes: parts.flatMap(([, lens]) => (lens.direction === "in" ? none : lens.writes)),
  ...onlyReadOf(parts),
  parts: parts.map(([name, { constant, direction, lossy }]) => ({
    name,
    direction,
    ...(lossy === undefined ? {} : { lossy }),
    ...(constant === undefined ? {} : { constant })
  })),
  references: parts.flatMap(([name, lens]) =>
    lens.references.map((one) => ({
      ...one,
      attribute: one.attribute === undefined ? name : `${name}.${one.attribute}`
    }))
  ),
  rowKeys: Object.assign({}, ...parts.map(([, lens]) => lens.rowKeys)) as RowKeys,
  says: parts.map(([name, lens]) => `${name}: ${lens.says} ${lens.direction}`).join("; "),
  ...lossOf(parts)
})

const onlyReadOf = (parts: Parts): { readonly onlyRead?: ReadonlyArray<string> } => {
  const names = parts.filter(([, lens]) => lens.direction === "in").map(([name]) => name)
  return names.length === 0 ? {} : { onlyRead: names }
}

const lossOf = (parts: Parts): { readonly lossy?: string } => {
  const losses = parts.flatMap(([name, lens]) => [
    ...(lens.lossy === undefined ? [] : [`${name} ${lens.lossy}`]),
    ...(lens.constant === undefined ? [] : [`${name} is always the same here`]),
    ...(lens.direction === "in" ? [`${name} is only read here`] : []),
    ...(lens.solid === true ? [`${name} is never empty here`] : [])
  ])
  return losses.length === 0 ? {} : { lossy: losses.join("; ") }
}

export type Mutable = { [name: string]: Json }

/**
 * Reads the parts of a structure into `read`. Undefined when it can be used; otherwise what the whole of it is:
 * Absent if the record says only some of it, Invalid if one part is.
 */
export const readParts = (parts: Parts, record: Record_, read: Mutable): Obs<never> | undefined => {
  let missing = 0
  let asked = 0
  for (const [name, lens] of parts) {
    if (lens.direction === "out") continue
    const seen = lens.get(record)
    if (lens.constant === undefined) asked += 1
    if (seen._tag === "Value") read[name] = seen.value
    else if (seen._tag === "Invalid") return invalid(seen.raw, `${name} ${seen.why}`)
    else if (seen._tag === "Absent") missing += 1
  }
  return missing > 0 && asked > 0 ? absent : undefined
}

/** True if there is more in it than constants. */
export const hasMore = (parts: Parts, read: { readonly [name: string]: Json }): boolean =>
  parts.some(([name, lens]) => lens.constant === undefined && read[name] !== undefined)

export const part = (whole: Value | null | undefined, name: string): Value | null =>
  isRecord(whole ?? undefined) ? ((whole as { readonly [name: string]: Json })[name] ?? null) : null

export const putParts = (parts: Parts, wanted: Value | null, into: Record_ | undefined): Patch => {
  const patch: Cells = {}
  for (const [name, lens] of parts) {
    if (lens.direction === "in") continue
    const one = part(wanted, name)
    // A new row says nothing about what the value does not have.
    if (into === undefined && one === null && wanted !== null) continue
    if (lens.lay === undefined) merge(patch, lens.put(one, into))
    else lens.lay(patch, one, into)
  }
  return patch
}

export const refuseParts = (parts: Parts, wanted: Value | null): string | undefined => {
  for (const [name, lens] of parts) {
    if (lens.direction === "in") continue
    const why = part(wanted, name) === null && wanted !== null ? undefined : lens.refuses(part(wanted, name))
    if (why !== undefined) return `${name} ${why}`
  }
  return undefined
}

export const normParts = (parts: Parts, wanted: Value): { readonly [name: string]: Json } => {
  const shown: Mutable = {}
  for (const [name, lens] of parts) {
    const one = part(wanted, name)
    const after = one === null ? (lens.constant ?? null) : lens.norm(one)
    if (after !== null && lens.direction !== "out") shown[name] = after
  }
  return shown
}

/** What a side that knows these parts holds of a whole value. */
export const viewParts = (parts: Parts, golden: Value): Mutable => {
  const held: Mutable = {}
  for (const [name, lens] of parts) {
    const one = part(golden, name)
    const seen = one === null ? null : lens.view === undefined ? one : lens.view.get(one)
    if (seen !== null) held[name] = seen
  }
  return held
}

/** Lays parts over a whole value; what this side does not know stays. */
export const layParts = (
  parts: Parts,
  over: { readonly [name: string]: Json } | null,
  golden: Value | undefined
): Mutable => {
  const whole: Mutable = isRecord(golden) ? { ...golden } : {}
  for (const [name, lens] of parts) {
    const one = over?.[name] ?? null
    const before = whole[name] ?? undefined
    const laid = lens.view === undefined ? one : lens.view.put(one, before ?? undefined)
    if (laid === null) delete whole[name]
    else whole[name] = laid
  }
  return whole
}

const isEmpty = (whole: object): boolean => Object.keys(whole).length === 0

/** A structure in columns of one row, e.g. an address: one register of which this side may know some parts only. */
export const structLens = (parts: Parts, target: Target): Lens => {
  const common = together(parts)
  const get = (record: Record_): Obs => {
    const read: Mutable = {}
    const whole = readParts(parts, record, read)
    if (whole !== undefined) return whole
    if (!hasMore(parts, read)) return cleared
    return target.fits(read) ? value(read) : invalid(read, "is not a canonical value")
  }
  return {
    ...common,
    says: `{ ${common.says} }`,
    direction: "both",
    get,
    put: (wanted, into) => putParts(parts, wanted, into),
    refuses: (wanted) => refuseParts(parts, wanted),
    norm: (wanted) => {
      if (wanted === null) return null
      const shown = normParts(parts, wanted)
      return hasMore(parts, shown) ? shown : null
    },
    view: {
      get: (golden) => {
        const held = viewParts(parts, golden)
        return hasMore(parts, held) ? held : null
      },
      put: (over, golden) => {
        const whole = layParts(
          parts,
          isRecord(over ?? undefined) ? (over as { readonly [name: string]: Json }) : null,
          golden
        )
        return isEmpty(whole) ? null : whole
      }
    }
  }
}
