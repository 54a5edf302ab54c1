/** SOQL made in one place: values are bound by a tagged template and escaped, names are checked, nothing is glued. */

/** Text of a query that is known to be sound. */
export class Soql {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** A point in time: written without quotes. */
export class At {
  readonly stamp: string
  constructor(stamp: string) {
    this.stamp = stamp
  }
}

export type Bound = string | number | boolean | null | At | Soql | ReadonlyArray<string>

/** `` soql`SELECT Id FROM Contact WHERE Email = ${email}` `` */
export const soql = (texts: TemplateStringsArray, ...values: ReadonlyArray<Bound>): Soql =>
  new Soql(texts.reduce((sum, text, at) => sum + written(values[at - 1] ?? null) + text))

const written = (value: Bound): string => {
  if (value instanceof Soql) return value.text
  if (value instanceof At) return instant(value.stamp)
  if (value === null) return "null"
  if (typeof value === "string") return quoted(value)
  if (typeof value === "boolean") return value ? "TRUE" : "FALSE"
  if (typeof value === "number") return numeral(value)
  // An empty list finds nothing; SOQL has no way to say so but a value that no field holds.
  return value.length === 0 ? "(null)" : `(${value.map(quoted).join(",")})`
}

/** Escapes of SOQL ("Quoted String Escape Sequences"); other control characters by their code. */
const escapes: { readonly [letter: string]: string } = {
  "\\": "\\\\", "'": "\\'", "\"": "\\\"", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"
}
const quoted = (text: string): string =>
  `'${text.replace(/[\\'"\u0000-\u001F\u007F\u2028\u2029]/g, (letter) =>
    escapes[letter] ?? `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`)}'`

const instant = (stamp: string): string => {
  const at = Date.parse(stamp)
  if (Number.isNaN(at)) throw new TypeError("SOQL: not a point in time")
  return new Date(at).toISOString()
}

const numeral = (value: number): string => {
  const text = String(value)
  if (!Number.isFinite(value) || /e/i.test(text)) throw new TypeError("SOQL: not a plain number")
  return text
}

const sound = /^[A-Za-z]\w*(?:\.[A-Za-z]\w*){0,5}$/

/** A field, a path along relationships, or an object. */
export const name = (text: string): Soql => {
  if (!sound.test(text)) throw new TypeError("SOQL: not a name")
  return new Soql(text)
}

export const names = (list: ReadonlyArray<string>): Soql => new Soql(list.map((one) => name(one).text).join(", "))

export const all = (conditions: ReadonlyArray<Soql | undefined>): Soql => {
  const said = conditions.filter((one) => one !== undefined)
  return new Soql(said.length === 0 ? "Id != null" : said.map(({ text }) => `(${text})`).join(" AND "))
}
