/** Time-ordered ids (UUIDv7): random keys made the hub seven times slower at a million records. */
import { Context, Layer } from "effect"
import type { HubTime } from "../model/value.ts"

/** Gives `count` ids in rising order, also when the clock stands still or steps back. */
export class Ids extends Context.Service<Ids, {
  readonly take: (now: HubTime, count: number) => ReadonlyArray<string>
}>()("esl/hub/Ids") {
  static readonly random: Layer.Layer<Ids> = Layer.sync(Ids, () => generator(entropy()))
  /** The same ids for the same seed and the same calls (P9). */
  static readonly seeded = (seed: number): Layer.Layer<Ids> => Layer.sync(Ids, () => generator(mulberry(seed)))
}

/** 32 random bits at a call. */
type Bits = () => number

/**
 * RFC 9562: 48 bits of milliseconds, then a counter of 42 bits (12 after the version, 30 after the variant) that
 * starts at random in every millisecond and only rises, then 32 random bits that keep processes apart.
 */
export const generator = (bits: Bits): Ids["Service"] => {
  let at = -1
  /** The part of an id that says `at`. */
  let stamp = ""
  let high = 0
  let low = 0
  const restart = () => {
    const time = hex(at, 12)
    stamp = `${time.slice(0, 8)}-${time.slice(8)}`
    high = bits() & 0x7ff
    low = bits() & 0x3fffffff
  }
  const next = (now: HubTime): string => {
    if (now > at) {
      at = now
      restart()
    } else if (++low > 0x3fffffff) {
      low = 0
      if (++high > 0xfff) {
        at++
        restart()
      }
    }
    const variant = hex(0x80000000 + low, 8)
    return `${stamp}-7${hex(high, 3)}-${variant.slice(0, 4)}-${variant.slice(4)}${hex(bits(), 8)}`
  }
  return {
    take: (now, count) => Array.from({ length: count }, () => next(now))
  }
}

const hex = (number: number, width: number): string => number.toString(16).padStart(width, "0")

/** Asked of the system in blocks: one call an id would cost more than the id. */
const blockWords = 1024

const entropy = (): Bits => {
  const block = new Uint32Array(blockWords)
  let used = blockWords
  return () => {
    if (used === blockWords) {
      crypto.getRandomValues(block)
      used = 0
    }
    return block[used++] ?? 0
  }
}

const mulberry = (seed: number): Bits => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
}
