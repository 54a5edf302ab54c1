/** Text: one Unicode form, no blank edges, and exactly one empty value (null, never ""). */
import { Schema } from "effect"
import { by, exact } from "./type.ts"
import type { ValueType } from "./type.ts"
import type { Json } from "./value.ts"

/**
 * The canonical form of a text: NFC, trimmed, line ends as \n, without NUL and halves of surrogate pairs (no database
 * takes them). Undefined: nothing is left, so it reads as null.
 */
export const tidy = (text: string): string | undefined => {
  const plain = isPlain(text) ? text.trim() : repaired(text).trim()
  return plain === "" ? undefined : plain
}

const repaired = (text: string): string =>
  text.toWellFormed().replace(/\r\n?/g, "\n").replaceAll("\0", "").normalize("NFC")

/** Printable Latin letters are their own NFC form: the hot path of a hundred thousand rows. */
const isPlain = (text: string): boolean => /^[\x20-\x7e\xa0-\u02ff\n\t]*$/.test(text)

export const isTidy = (text: string): boolean => text !== "" && tidy(text) === text

/** Equality for names of things, tags, codes: case, width of spaces and Unicode form do not matter. */
export const folded = (text: string): string => text.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim()

const foldedJson = (json: Json): Json | undefined => typeof json === "string" ? folded(json) : undefined

const NonBlank = Schema.String.check(
  Schema.isPattern(/^\S(?:[^\0\r]*[^\s\0])?$/u),
  Schema.makeFilter((text: string) => isTidy(text), { expected: "trimmed text in Unicode form NFC" })
)

/** A text as people write it: case counts, because correcting it is an edit that has to travel. */
export const Text: ValueType<string> = exact("Text", "Non-empty text, NFC, trimmed.", NonBlank)

/** A word that is the same in any case, e.g. a tag or a number with letters. */
export const Word: ValueType<string> =
  by("Word", "Non-empty text that is the same in any case.", NonBlank, "ignores case and spacing", foldedJson)

/**
 * Texts that stand for "nothing" in the wild (SEMANTICS 1.2). A mapping opts in per field; they read as null, flagged,
 * so that they never travel.
 */
export const placeholders: ReadonlySet<string> = new Set([
  "unknown", "unbekannt", "inconnu", "n/a", "na", "n.a.", "n. a.", "k.a.", "k. a.", "none", "null", "nil", "undefined", "keine",
  "keine angabe", "not set", "not available", "not applicable", "tbd", "-", "--", "---", ".", "..", "...", "?", "??", "???", "x", "xx", "xxx",
  "1900-01-01", "1899-12-30", "1753-01-01", "1970-01-01", "0001-01-01", "0000-00-00", "9999-12-31",
  "1900-01-01t00:00:00z", "0001-01-01t00:00:00z", "0000-00-00 00:00:00", "01.01.1900", "01/01/1900"
])

export const isPlaceholder = (text: string, known: ReadonlySet<string> = placeholders): boolean =>
  known.has(folded(text))
