/** Domain labels in ASCII (`xn--mnchen-3ya`) back to letters, by RFC 3492: the pure folders have no URL class. */

const [base, tMin, tMax, skew, damp, firstBias, firstCode] = [36, 1, 26, 38, 700, 72, 128] as const

const digitOf = (unit: number): number | undefined => {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30 + 26
  if (unit >= 0x61 && unit <= 0x7a) return unit - 0x61
  return undefined
}

const adapted = (delta: number, points: number, first: boolean): number => {
  let left = first ? Math.floor(delta / damp) : Math.floor(delta / 2)
  left += Math.floor(left / points)
  let k = 0
  for (; left > ((base - tMin) * tMax) / 2; k += base) left = Math.floor(left / (base - tMin))
  return k + Math.floor(((base - tMin + 1) * left) / (left + skew))
}

/** One label without its `xn--`; undefined if it is no punycode. */
const decoded = (label: string): string | undefined => {
  const dash = label.lastIndexOf("-")
  const output = [...(dash > 0 ? label.slice(0, dash) : "")]
  let [code, place, bias] = [firstCode as number, 0, firstBias as number]
  for (let at = dash > 0 ? dash + 1 : 0; at < label.length;) {
    const before = place
    for (let weight = 1, k: number = base;; k += base) {
      const digit = digitOf(label.charCodeAt(at++))
      if (digit === undefined) return undefined
      place += digit * weight
      const threshold = Math.min(Math.max(k - bias, tMin), tMax)
      if (digit < threshold) break
      weight *= base - threshold
    }
    const points = output.length + 1
    bias = adapted(place - before, points, before === 0)
    code += Math.floor(place / points)
    if (code > 0x10ffff) return undefined
    place %= points
    output.splice(place++, 0, String.fromCodePoint(code))
  }
  return output.join("")
}

/** A domain as people read it; labels that are no punycode stay. */
export const unicodeDomain = (domain: string): string =>
  domain.includes("xn--")
    ? domain.split(".").map((label) => label.startsWith("xn--") ? decoded(label.slice(4)) ?? label : label).join(".")
    : domain
