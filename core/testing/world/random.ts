/** Seeded randomness: the same seed gives the same history, on every machine. */

/** xorshift128 seeded by splitmix32. Small, fast, and good enough to choose faults. */
export class Random {
  private a: number
  private b: number
  private c: number
  private d: number

  constructor(seed: number) {
    let state = seed | 0
    const next = (): number => {
      state = (state + 0x9e3779b9) | 0
      let mixed = state ^ (state >>> 16)
      mixed = Math.imul(mixed, 0x21f0aaad)
      mixed ^= mixed >>> 15
      mixed = Math.imul(mixed, 0x735a2d97)
      return mixed ^ (mixed >>> 15)
    }
    this.a = next()
    this.b = next()
    this.c = next()
    this.d = next() | 1
  }

  /** 32 random bits. */
  bits(): number {
    let t = this.a
    t ^= t << 11
    t ^= t >>> 8
    this.a = this.b
    this.b = this.c
    this.c = this.d
    this.d = (this.d ^ (this.d >>> 19) ^ t) | 0
    return this.d >>> 0
  }

  /** An integer in [0, limit). */
  below(limit: number): number {
    return limit <= 1 ? 0 : this.bits() % limit
  }

  /** An integer in [from, to]. */
  between(from: number, to: number): number {
    return from + this.below(to - from + 1)
  }

  chance(probability: number): boolean {
    return this.bits() / 4294967296 < probability
  }

  pick<A>(list: ReadonlyArray<A>): A {
    const item = list[this.below(list.length)]
    if (item === undefined) throw new RangeError("nothing to pick from")
    return item
  }

  /** A stream of its own, so that drawing more here does not change what is drawn there. */
  fork(): Random {
    return new Random(this.bits())
  }
}
