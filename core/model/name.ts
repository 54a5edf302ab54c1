/** Names as a match key: two spellings of one name, never a value that is kept. */
import { folded } from "./text.ts"

/** Letters that lose their marks differently from what NFD says. */
const transliterated: { readonly [letter: string]: string } = {
  ß: "ss", ä: "ae", ö: "oe", ü: "ue", æ: "ae", ø: "oe", å: "aa", œ: "oe", ł: "l", đ: "d", ð: "d", þ: "th", ı: "i"
}

/** Lower case without marks: `Müller`, `MUELLER` and `Mueller` are one. */
export const plainLetters = (text: string): string =>
  folded(text).replace(/[ßäöüæøåœłđðþı]/g, (letter) => transliterated[letter] ?? letter).normalize("NFD").replace(/\p{M}/gu, "")

/** The words of a name without order, since systems disagree about which comes first; undefined where none is left. */
export const nameKey = (...parts: ReadonlyArray<string | undefined>): string | undefined => {
  const words = parts.flatMap((part) => part === undefined ? [] : plainLetters(part).match(/[\p{L}\p{N}]+/gu) ?? [])
  return words.length === 0 ? undefined : words.sort().join(" ")
}
