/** Codecs for codes: tables of words, booleans, numbers of trade items. */
import { Schema } from "effect"
import { Gtin, gtinAt, parseGtin } from "../model/gtin.ts"
import { invalid, value } from "../model/value.ts"
import type { Json } from "../model/value.ts"
import { codec, refuse } from "./codec.ts"
import type { Codec } from "./codec.ts"

type Cell = string | number | boolean

const CellColumn = Schema.Union([Schema.String, Schema.Number, Schema.Boolean])

const codeOf = (raw: Json): string | undefined =>
  typeof raw === "string" ? raw.trim() : typeof raw === "number" || typeof raw === "boolean" ? String(raw) : undefined

/** What stands for a canonical word when it is written. The first of several codes for a word is the one written. */
const codesByWord = <V extends Cell>(codes: Readonly<Record<string, V>>): Map<Cell, string> => {
  const written = new Map<Cell, string>()
  for (const [code, word] of Object.entries(codes)) if (!written.has(word)) written.set(word, code)
  return written
}

type Codes<V> = { readonly [code: string]: V }

/**
 * A column of codes: `table({ Y: "blocked", N: "active" })`. Codes that are not listed are withheld (Invalid).
 * `others` says which code stands for canonical words that have none of their own; that loses the word.
 */
export const table = <const T extends Codes<Cell>, const O extends Codes<keyof T & string> = {}>(
  codes: T,
  options: { readonly others?: O; readonly ignoreCase?: boolean } = {}
): Codec<T[keyof T], Cell, Cell> => {
  const fold = (code: string): string => (options.ignoreCase === true ? code.toLowerCase() : code)
  const words = new Map<string, Cell>(Object.entries<Cell>(codes).map(([code, word]) => [fold(code), word]))
  const written = codesByWord(codes)
  const others = new Map<Cell, string>(Object.entries(options.others ?? {}))
  return codec<T[keyof T], Cell, Cell>({
    name: `table ${JSON.stringify([codes, options])}`,
    from: CellColumn,
    // The words are those of the table: the type says so, and the schema lists them.
    to: Schema.Literals([...new Set(Object.values<Cell>(codes))]) as Schema.Codec<Cell, unknown> as Schema.Codec<
      T[keyof T],
      unknown
    >,
    ...(others.size === 0 ? {} : { lossy: `${[...others.keys()].join(", ")}: written as another word` }),
    decode: (raw) => {
      const word = words.get(fold(codeOf(raw) ?? ""))
      return word === undefined ? invalid(raw, "is a code that the mapping does not list") : value(word)
    },
    encode: (canonical) => {
      const word = typeof canonical === "object" ? "" : canonical
      return written.get(word) ?? others.get(word) ?? refuse("has no code here")
    }
  })
}

/**
 * A column of codes for words of an open vocabulary, such as languages: `codes({ D: "de", E: "en" })`. A code or a word
 * that is not listed is withheld.
 */
export const codes = (listed: Codes<string>): Codec<string, string, Cell> => {
  const written = codesByWord(listed)
  return codec<string, string, Cell>({
    name: `codes ${JSON.stringify(listed)}`,
    from: CellColumn,
    to: Schema.Literals([...new Set(Object.values(listed))]),
    decode: (raw) => {
      const word = Object.hasOwn(listed, codeOf(raw) ?? "") ? listed[codeOf(raw) ?? ""] : undefined
      return word === undefined ? invalid(raw, "is a code that the mapping does not list") : value(word)
    },
    encode: (word) => (typeof word === "string" ? written.get(word) : undefined) ?? refuse("has no code here")
  })
}

/** Yes or no: as drivers give it (true, 1, "t"), or in the system's codes: `boolean({ true: "J", false: "N" })`. */
export const boolean = (
  codes: { readonly true: string | number; readonly false: string | number } = { true: 1, false: 0 }
): Codec<boolean, boolean, Cell> => {
  const usual: { readonly [code: string]: boolean } = {
    "1": true,
    "0": false,
    true: true,
    false: false,
    t: true,
    f: false
  }
  return codec<boolean, boolean, Cell>({
    name: `boolean ${JSON.stringify(codes)}`,
    from: CellColumn,
    to: Schema.Boolean,
    decode: (raw) => {
      const code = codeOf(raw) ?? ""
      const read =
        code === String(codes.true)
          ? true
          : code === String(codes.false)
            ? false
            : Object.hasOwn(usual, code.toLowerCase())
              ? usual[code.toLowerCase()]
              : undefined
      return read === undefined ? invalid(raw, "is neither yes nor no") : value(read)
    },
    encode: (canonical) =>
      typeof canonical === "boolean" ? (canonical ? codes.true : codes.false) : refuse("is neither yes nor no")
  })
}

/** A trade item number; `length` is what the column keeps (8, 12, 13 or 14 digits), default 14. */
export const gtin = (length: 8 | 12 | 13 | 14 = 14): Codec<string, string, string | number> =>
  codec<string, string, string | number>({
    name: `gtin ${length}`,
    from: Schema.Union([Schema.String, Schema.Number]),
    to: Gtin.schema,
    decode: (raw) => {
      const digits = codeOf(raw) ?? ""
      // Columns of numbers drop leading zeros: they belong to the length that the column keeps.
      const read = parseGtin(typeof raw === "number" ? digits.padStart(length, "0") : digits)
      return read === undefined ? invalid(raw, "is not a trade item number") : value(read)
    },
    encode: (canonical) => {
      const kept = typeof canonical === "string" ? gtinAt(canonical, length) : undefined
      return kept ?? refuse(`does not fit into ${length} digits`)
    }
  })
