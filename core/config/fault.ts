/** What is wrong with a config: all of it at once, each with its place and what to do. */

export interface Fault {
  /** Where in the config: `syncs[0].between[1].take[2]`. */
  readonly at: string
  /** One sentence that says what is wrong and what to do. */
  readonly message: string
}

/** Collects faults and warnings while a config is walked. */
export class Faults {
  readonly faults: Array<Fault> = []
  readonly warnings: Array<Fault> = []
  add(at: string, message: string): void {
    this.faults.push({ at, message })
  }
  warn(at: string, message: string): void {
    this.warnings.push({ at, message })
  }
}

/** `, did you mean "email"?`, or nothing if no name is near. */
export const didYouMean = (name: string, known: Iterable<string>): string => {
  let best: string | undefined
  // Two letters swapped are two steps.
  let least = (name.length < 4 ? 1 : Math.max(2, Math.floor(name.length / 3))) + 1
  for (const one of known) {
    const steps = distance(name.toLowerCase(), one.toLowerCase())
    if (steps < least) [best, least] = [one, steps]
  }
  return best === undefined ? "" : `, did you mean "${best}"?`
}

/** Levenshtein distance of two short names. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
