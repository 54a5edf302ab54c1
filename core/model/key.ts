/** Match keys: what entities share when they say under which values a record is recognised. */
import type { Read } from "./entity.ts"
import { folded, isPlaceholder } from "./text.ts"
import { isList, isRecord } from "./value.ts"
import type { Json, Path } from "./value.ts"

export const textAt = (read: Read, path: Path): string | undefined => {
  const found = read(path)
  return typeof found === "string" ? found : undefined
}

export const rowsAt = (read: Read, path: Path): ReadonlyArray<{ readonly [attribute: string]: Json }> => {
  const found = read(path)
  return isList(found) ? found.filter(isRecord) : []
}

/** No key, or the one that `form` makes of it. */
export const oneKey = (
  text: string | undefined,
  form: (text: string) => string | undefined = numberKey
): ReadonlyArray<string> => {
  const key = text === undefined ? undefined : form(text)
  return key === undefined ? [] : [key]
}

/** A number that people quote: without case and blanks. Stand-ins such as `0`, `000` and `n/a` recognise nobody. */
export const numberKey = (text: string): string | undefined => {
  const key = folded(text).replaceAll(" ", "")
  return /^[0\W_]*$/u.test(key) || isPlaceholder(text) ? undefined : key
}
