/**
 * Reads telephone numbers as people write them. The numbering plans cost tens of milliseconds to load, so nothing but
 * the codecs that need them imports this file; entities know only the canonical form (`e164.ts`).
 */
import { isSupportedCountry, parsePhoneNumberFromString } from "libphonenumber-js/max"
import type { CountryCode } from "libphonenumber-js/max"
import { isPhone } from "./e164.ts"
import { tidy } from "./text.ts"

export type PhoneReading =
  /** `valid` is false for a number of the right length in a range that is not in use, e.g. 555. */
  | { readonly phone: string; readonly valid: boolean }
  | { readonly why: string }

/** Longer texts are no numbers, and would cost the patterns their speed and the memory its bound. */
const textLimit = 100

/** Ways to write an extension that the library does not know. */
const extension = /(?<!\p{L})(?:durchwahl|dw\.?|nebenstelle|nst\.?|extension|ext\.?|poste|x|#)[\s.:=-]*(\d{1,11})\s*$/iu

const isRegion = (region: string): region is CountryCode => isSupportedCountry(region)

/** One record is read several times (get, norm, the answer to a write) within a page of a thousand. */
const recent = new Map<string, PhoneReading>()
const recentLimit = 4096

/** `region` is the country (alpha-2) of numbers that are written without one. */
export const readPhone = (raw: string, region?: string): PhoneReading => {
  if (raw.length > textLimit) return read(raw, region)
  const key = `${region ?? ""}|${raw}`
  const known = recent.get(key)
  if (known !== undefined) return known
  if (recent.size >= recentLimit) recent.clear()
  const reading = read(raw, region)
  recent.set(key, reading)
  return reading
}

const read = (raw: string, region: string | undefined): PhoneReading => {
  const text = tidy(raw)
  if (text === undefined) return { why: "empty" }
  if (text.length > textLimit) return { why: "not a telephone number" }
  if (isPhone(text) && region === undefined) return readPlain(text)
  const found = extension.exec(text)
  const bare = (found === null ? text : text.slice(0, found.index).replace(/[\s,;/]+$/, "")).replace(/^00(?=[1-9])/, "+")
  const parsed = parsePhoneNumberFromString(bare, region !== undefined && isRegion(region) ? region : undefined)
  if (parsed === undefined) {
    const lacks = region === undefined && !bare.startsWith("+")
    return { why: lacks ? "a number without its country, and no region is declared" : "not a telephone number" }
  }
  if (!parsed.isPossible()) return { why: "too short or too long for its country" }
  const ext = found?.[1] ?? parsed.ext
  const phone = ext === undefined ? parsed.number : `${parsed.number};ext=${ext}`
  return isPhone(phone) ? { phone, valid: parsed.isValid() } : { why: "not a telephone number" }
}

const readPlain = (text: string): PhoneReading => {
  const [number = text, ext] = text.split(";ext=")
  const parsed = parsePhoneNumberFromString(number)
  if (parsed === undefined || !parsed.isPossible()) return { why: "too short or too long for its country" }
  return { phone: ext === undefined ? parsed.number : `${parsed.number};ext=${ext}`, valid: parsed.isValid() }
}

/** The canonical text, or undefined for what is no telephone number. */
export const parsePhone = (raw: string, region?: string): string | undefined => {
  const reading = readPhone(raw, region)
  return "phone" in reading ? reading.phone : undefined
}

/** As a system wants it: `e164`, `national` (without the country, as dialled there) or `international` with blanks. */
export const formatPhone = (phone: string, style: "e164" | "national" | "international"): string => {
  const [number = phone, ext] = phone.split(";ext=")
  const parsed = style === "e164" ? undefined : parsePhoneNumberFromString(number)
  const text = parsed === undefined ? number : style === "national" ? parsed.formatNational() : parsed.formatInternational()
  return ext === undefined ? text : `${text} ext. ${ext}`
}
