/** Codes of public standards in canonical form: country, subdivision, currency, locale, time zone. */
import { Schema } from "effect"
import { by, exact } from "./type.ts"
import type { ValueType } from "./type.ts"

export const Country: ValueType<string> = exact("Country", "ISO 3166-1 alpha-2, e.g. `DE`.", Schema.String.check(Schema.isPattern(/^[A-Z]{2}$/)))

/** Full code, so that Florida (`US-FL`) never becomes Flevoland (`NL-FL`). */
export const Subdivision: ValueType<string> = exact(
  "Subdivision",
  "ISO 3166-2 with the country, e.g. `US-FL`.",
  Schema.String.check(Schema.isPattern(/^[A-Z]{2}-[A-Z0-9]{1,3}$/))
)

export const Currency: ValueType<string> = exact("Currency", "ISO 4217 alpha-3, e.g. `EUR`.", Schema.String.check(Schema.isPattern(/^[A-Z]{3}$/)))

export const localeShape = /^[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|\d{3}))?$/

export const isLocale = (text: string): boolean => localeShape.test(text)

/** Language, script, region in the case that BCP 47 recommends; undefined for anything longer or stranger. */
export const parseLocale = (text: string): string | undefined => {
  const parts = text.trim().replaceAll("_", "-").replace(/[.@].*$/, "").split("-")
  const canonical = parts.map((part, at) => {
    if (at === 0) return part.toLowerCase()
    return part.length === 4 ? part.charAt(0).toUpperCase() + part.slice(1).toLowerCase() : part.toUpperCase()
  }).join("-")
  return isLocale(canonical) ? canonical : undefined
}

export const Locale: ValueType<string> = exact("Locale", "BCP 47 language, script, region, e.g. `de-CH`.", Schema.String.check(Schema.isPattern(localeShape)))

export const Zone: ValueType<string> = by(
  "Zone",
  "IANA time zone, e.g. `Europe/Berlin`.",
  Schema.String.check(Schema.isPattern(/^(?:UTC|[A-Z][A-Za-z_]+(?:\/[A-Za-z0-9_+-]+){1,2})$/)),
  "ignores case",
  (json) => typeof json === "string" ? json.toLowerCase() : undefined
)
