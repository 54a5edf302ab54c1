/** Reads countries as people and systems write them: alpha-2, alpha-3, numbers, names in English and German. */
import countries from "i18n-iso-countries/index.js"
import german from "i18n-iso-countries/langs/de.json" with { type: "json" }
import english from "i18n-iso-countries/langs/en.json" with { type: "json" }
import { plainLetters } from "./name.ts"

/** What the lists of names lack. */
const aliases: { readonly [name: string]: string } = {
  holland: "NL", "the netherlands": "NL", "viet nam": "VN", vietnam: "VN", uk: "GB", "u.k.": "GB",
  "great britain": "GB", england: "GB", scotland: "GB", wales: "GB", "northern ireland": "GB",
  grossbritannien: "GB", usa: "US", "u.s.a.": "US", "u.s.": "US", america: "US", "united states": "US",
  amerika: "US", "czech republic": "CZ", tschechei: "CZ", "ivory coast": "CI", "south korea": "KR",
  korea: "KR", russia: "RU", burma: "MM", swaziland: "SZ", macedonia: "MK", "hong kong": "HK", macau: "MO",
  uae: "AE", brd: "DE", "cape verde": "CV", "east timor": "TL", syria: "SY", iran: "IR", laos: "LA",
  taiwan: "TW", tanzania: "TZ", moldova: "MD", bolivia: "BO", venezuela: "VE", turkey: "TR", turkiye: "TR",
  vatican: "VA", palestine: "PS", kosovo: "XK", deutschland: "DE", schweiz: "CH", suisse: "CH", svizzera: "CH",
  oesterreich: "AT", france: "FR", espana: "ES", italia: "IT", polska: "PL", nederland: "NL", belgique: "BE",
  belgie: "BE", danmark: "DK", sverige: "SE", norge: "NO", suomi: "FI", brasil: "BR", mexico: "MX"
}

let known: ReadonlyMap<string, string> | undefined

/** Built on first use: eight hundred names. */
const names = (): ReadonlyMap<string, string> => {
  if (known !== undefined) return known
  const found = new Map<string, string>()
  for (const locale of [english, german]) {
    for (const [code, spelling] of Object.entries<string | ReadonlyArray<string>>(locale.countries)) {
      for (const name of typeof spelling === "string" ? [spelling] : spelling) found.set(plainLetters(name), code)
    }
  }
  for (const [name, code] of Object.entries(aliases)) found.set(name, code)
  return known = found
}

/** Alpha-2; undefined for what is no country. */
export const parseCountry = (text: string): string | undefined => {
  const key = plainLetters(text)
  const code = key.toUpperCase()
  // Codes that ISO keeps free or reserves, and people use: EU's Greece and Britain, Kosovo.
  if (code === "EL") return "GR"
  if (code === "UK") return "GB"
  if (/^[A-Z]{2}$/.test(code) && (code === "XK" || countries.alpha2ToAlpha3(code) !== undefined)) return code
  if (/^[A-Z]{3}$/.test(code)) return countries.alpha3ToAlpha2(code) ?? names().get(key)
  if (/^\d{1,3}$/.test(code)) return countries.numericToAlpha2(code.padStart(3, "0"))
  return names().get(key) ?? names().get(key.replace(/^the /, ""))
}

/** As a system wants it; undefined where there is no such spelling. */
export const formatCountry = (code: string, style: "alpha2" | "alpha3" | "en" | "de"): string | undefined => {
  if (style === "alpha2") return code
  if (style === "alpha3") return code === "XK" ? "XKX" : countries.alpha2ToAlpha3(code)
  const { countries: spellings } = style === "en" ? english : german
  const spelling: unknown = Object.entries(spellings).find(([one]) => one === code)?.[1]
  const first: unknown = Array.isArray(spelling) ? spelling[0] : spelling
  return typeof first === "string" ? first : undefined
}
