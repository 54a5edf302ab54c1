/** Every stock codec. */
export { codec, refuse, Refusal, schema } from "./codec.ts"
export type { Codec } from "./codec.ts"
export { email, json, lines, lowercase, placeholders, split, text, truncate } from "./text.ts"
export { decimal, digits, integer, minorUnits, money } from "./number.ts"
export { instant, localDate } from "./time.ts"
export { boolean, codes, gtin, table } from "./code.ts"
export { country, e164 } from "./phone.ts"
