/** Telephone numbers in canonical form. Reading what people write needs the numbering plans of `phone.ts`. */
import { Schema } from "effect"
import { exact } from "./type.ts"
import type { ValueType } from "./type.ts"

/** E.164, with the extension as RFC 3966 writes it. */
export const isPhone = (text: string): boolean => /^\+[1-9]\d{2,14}(?:;ext=\d{1,11})?$/.test(text)

export const Phone: ValueType<string> = exact(
  "Phone",
  "E.164 with `+`, then `;ext=` and the extension if there is one.",
  Schema.String.check(Schema.isPattern(/^\+[1-9]\d{2,14}(?:;ext=\d{1,11})?$/))
)

/** The number without its extension: a whole company shares it, so it recognises nobody without a name. */
export const phoneKey = (phone: string): string => phone.split(";", 1)[0] ?? phone
