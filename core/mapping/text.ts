/** Codecs for text: words, addresses of people, lists in one column. */
import { Schema } from "effect"
import { Email, parseEmail } from "../model/email.ts"
import { folded, isTidy, placeholders as usual, Text, tidy } from "../model/text.ts"
import { cleared, invalid, isList, value } from "../model/value.ts"
import type { Json, Obs, Value } from "../model/value.ts"
import { codec, refuse, Refusal } from "./codec.ts"
import type { Codec } from "./codec.ts"

const notText = "is not text"

/** Numbers and booleans in a column that was declared as text: SQLite and some drivers do that. */
const textOf = (raw: Json): string | undefined =>
  typeof raw === "string" ? raw : typeof raw === "number" || typeof raw === "boolean" ? String(raw) : undefined

const readText = (raw: Json): Obs<string> => {
  const text = textOf(raw)
  if (text === undefined) return invalid(raw, notText)
  if (!text.isWellFormed()) return invalid(raw, "holds half of a surrogate pair")
  const plain = tidy(text)
  return plain === undefined ? cleared : value(plain)
}

const writeText = (canonical: Value): Json | Refusal =>
  typeof canonical !== "string"
    ? refuse("is not text")
    : isTidy(canonical)
      ? canonical
      : refuse("is not in canonical form")

const Canonical = Text.schema

/** Text as it stands: trimmed, Unicode form NFC, blank is null. */
export const text: Codec<string> = codec({
  name: "text",
  from: Schema.String,
  to: Canonical,
  decode: readText,
  encode: writeText
})

/** Text that is kept in small letters. Upper case is lost on the way in. */
export const lowercase: Codec<string> = codec({
  name: "lowercase",
  from: Schema.String,
  to: Canonical,
  lossy: "letters become small",
  decode: (raw) => {
    const read = readText(raw)
    return read._tag === "Value" ? value(read.value.toLowerCase().normalize("NFC")) : read
  },
  encode: writeText
})

/** An e-mail address; `mailto:` and display names around it are taken off. */
export const email: Codec<string> = codec({
  name: "email",
  from: Schema.String,
  to: Email.schema,
  decode: (raw) => {
    const read = readText(raw)
    if (read._tag !== "Value") return read
    const address = parseEmail(read.value)
    return address === undefined ? invalid(raw, "is not an e-mail address") : value(address)
  },
  encode: writeText
})

/** A column of at most `length` characters: longer text is cut off when written. */
export const truncate = (length: number): Codec<string> =>
  codec({
    name: `truncate ${length}`,
    from: Schema.String,
    to: Canonical,
    lossy: `cut off after ${length} characters`,
    decode: readText,
    encode: (canonical) => {
      const written = writeText(canonical)
      return typeof written !== "string" || written.length <= length
        ? written
        : Array.from(written).slice(0, length).join("").trim()
    }
  })

/**
 * Texts of this column that mean "nothing": they read as null, flagged so that they never travel, and are never
 * written. `"usual"` takes the list of the model ("Unknown", "N/A", "1900-01-01", ...). Case does not matter.
 */
export const placeholders = <R, W, E, C extends string>(
  known: "usual" | ReadonlyArray<string>,
  inner: Codec<R, W, E, C>
): Codec<R, W, E, C> => {
  const words = known === "usual" ? usual : new Set(known.map(folded))
  const isOne = (raw: Json): raw is string | number =>
    (typeof raw === "string" || typeof raw === "number") && words.has(folded(String(raw)))
  return {
    ...inner,
    name: `placeholders ${known === "usual" ? known : JSON.stringify(known)} ${inner.name}`,
    decode: (raw, row) => (isOne(raw) ? { _tag: "Null", placeholder: String(raw) } : inner.decode(raw, row)),
    encode: (canonical, into) => {
      const written = inner.encode(canonical, into)
      return !(written instanceof Refusal) && isOne(written) ? refuse("would be read as empty here") : written
    }
  }
}

/** Several words in one column, e.g. `split(";")`: a set, so order and doubles say nothing. */
export const split = (separator: string, options: { readonly join?: string } = {}): Codec<ReadonlyArray<string>> =>
  codec<ReadonlyArray<string>>({
    name: `split ${JSON.stringify([separator, options.join])}`,
    from: Schema.String,
    to: Schema.Array(Canonical),
    decode: (raw) => {
      const read = readText(raw)
      if (read._tag !== "Value") return read
      const words = new Map<string, string>()
      for (const part of read.value.split(separator)) {
        const word = tidy(part)
        if (word !== undefined && !words.has(folded(word))) words.set(folded(word), word)
      }
      return words.size === 0 ? cleared : value([...words.values()].sort(byCodeUnit))
    },
    encode: (canonical) => {
      if (!isList(canonical)) return refuse("is not a list of words")
      const words = canonical.filter((word) => typeof word === "string" && isTidy(word))
      if (words.length < canonical.length) return refuse("is not a list of words")
      return words.some((word) => String(word).includes(separator))
        ? refuse("a word holds the separator")
        : [...words]
            .map(String)
            .sort(byCodeUnit)
            .join(options.join ?? separator)
    }
  })

/** One order everywhere: locales of machines differ. */
export const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Lines of text in one column, in order, e.g. the lines of an address. */
export const lines: Codec<ReadonlyArray<string>> = codec<ReadonlyArray<string>>({
  name: "lines",
  from: Schema.String,
  to: Schema.Array(Canonical),
  decode: (raw) => {
    const read = readText(raw)
    if (read._tag !== "Value") return read
    const parts = read.value
      .split("\n")
      .map(tidy)
      .filter((line) => line !== undefined)
    return parts.length === 0 ? cleared : value(parts)
  },
  encode: (canonical) =>
    isList(canonical) && canonical.every((line) => typeof line === "string" && isTidy(line) && !line.includes("\n"))
      ? canonical.join("\n")
      : refuse("is not a list of lines")
})

/** JSON: in a text column, or as the driver hands it over. `of` says what it has to look like. */
export const json = <R extends Value>(of: Schema.Codec<R, unknown>): Codec<R, R, Json> => {
  const fits = Schema.is(of)
  return codec<R, R, Json>({
    name: "json",
    from: Schema.Json,
    to: of,
    decode: (raw) => {
      const held = typeof raw === "string" ? parsed(raw) : raw
      return held === null
        ? cleared
        : held !== undefined && fits(held)
          ? value(held)
          : invalid(raw, "is not the JSON that was declared")
    },
    encode: (canonical) =>
      fits(canonical) ? JSON.stringify(canonical) : refuse("is not the JSON that was declared")
  })
}

const parsed = (source: string): Json | undefined => {
  try {
    // What JSON.parse returns is JSON; it is checked by the schema next.
    return JSON.parse(source) as Json
  } catch {
    return undefined
  }
}
