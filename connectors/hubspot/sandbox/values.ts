/** What a property takes: strings on the wire, judged by its type, kept in the vendor's spelling. */
import type { Property } from "./properties.ts"

type Verdict = { readonly value: string } | { readonly code: string; readonly message: string }

const longest = 65_536
const dayMs = 86_400_000

const wrong = (code: string, message: string): Verdict => ({ code, message })

/** An empty string clears. */
export const checked = (property: Property, raw: string): Verdict => {
  const { name } = property
  if (property.readOnly) return wrong("READ_ONLY_VALUE", `"${name}" is a read only property; its value cannot be set.`)
  if (raw === "") return { value: "" }
  if (raw.length > longest) return wrong("INVALID_LENGTH", `${name} is longer than ${longest} characters.`)
  return judges[property.type](property, raw)
}

const judges: { readonly [type in Property["type"]]: (property: Property, raw: string) => Verdict } = {
  string: ({ name }, raw) => {
    if (name !== "email") return { value: raw }
    return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(raw) ? { value: raw.toLowerCase() }
      : wrong("INVALID_EMAIL", "Email address is invalid")
  },
  number: ({ name }, raw) => /^-?\d+(\.\d+)?(E-?\d+)?$/.test(raw) ? { value: raw }
    : wrong("INVALID_INTEGER", `${name} was not a valid number.`),
  bool: ({ name }, raw) => raw === "true" || raw === "false" ? { value: raw }
    : wrong("INVALID_OPTION", `${name} was not one of the allowed options: [true, false]`),
  enumeration: ({ name, options }, raw) => raw.split(";").every((one) => options.some(({ value }) => value === one))
    ? { value: raw }
    : wrong("INVALID_OPTION", `${name} was not one of the allowed options: [${options.map(({ value }) => value).join(", ")}]`),
  date: ({ name }, raw) => {
    const at = /^-?\d{1,15}$/.test(raw) ? Number(raw) : /^\d{4}-\d\d-\d\d$/.test(raw) ? Date.parse(`${raw}T00:00:00Z`) : NaN
    return Number.isFinite(at) && at % dayMs === 0 ? { value: new Date(at).toISOString().slice(0, 10) }
      : wrong("INVALID_DATE", `${name} is at the wrong time of day: a date is midnight UTC.`)
  },
  datetime: ({ name }, raw) => {
    const at = /^-?\d{1,15}$/.test(raw) ? Number(raw) : /^\d{4}-\d\d-\d\dT/.test(raw) ? Date.parse(raw) : NaN
    return Number.isFinite(at) ? { value: new Date(at).toISOString() }
      : wrong("INVALID_DATE", `${name} was not a valid date.`)
  }
}
