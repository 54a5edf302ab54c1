/** Amounts of the sandbox's shop: hundredths as integers, decimals in text. */

export const cents = (amount: string): bigint => {
  const [, sign, whole, part = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(amount) ?? []
  if (whole === undefined) return 0n
  const value = BigInt(whole) * 100n + BigInt(part.padEnd(2, "0").slice(0, 2))
  return sign === "-" ? -value : value
}

export const text = (value: bigint): string => {
  const size = value < 0n ? -value : value
  return `${value < 0n ? "-" : ""}${size / 100n}.${String(size % 100n).padStart(2, "0")}`
}
