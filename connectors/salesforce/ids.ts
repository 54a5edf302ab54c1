/** Salesforce ids: 15 characters that tell case apart, or 18 with three that say which of them are upper case. */

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"

/** The 18 characters of an id; text that is no id comes back as it is. */
export const to18 = (id: string): string => {
  if (!/^[a-zA-Z0-9]{15}$/.test(id)) return id
  let suffix = ""
  for (let chunk = 0; chunk < 3; chunk++) {
    let bits = 0
    for (let at = 0; at < 5; at++) if (/[A-Z]/.test(id[chunk * 5 + at] ?? "")) bits |= 1 << at
    suffix += alphabet[bits] ?? ""
  }
  return id + suffix
}

/** Looks like an id, of either length. */
export const isId = (text: string): boolean => /^[a-zA-Z0-9]{15}(?:[A-Z0-5]{3})?$/.test(text)
