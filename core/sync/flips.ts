/** R12: somebody else syncs the same two systems, or two rules fight: the value flips among few values without end. */
import type { HubTime, Path, Value } from "../model/value.ts"
import { digestOf } from "./provenance.ts"
import type { GoldenId, Link } from "./state.ts"
import type { Work } from "./work.ts"

/** Foreign integrations of the same pair are normal; six flips in an hour among three values are not people. */
const flipsMost = 6
const valuesMost = 3
const windowMs = 3_600_000

type Flip = readonly [HubTime, string]

const recent = (flips: ReadonlyArray<Flip> | undefined, now: HubTime): ReadonlyArray<Flip> =>
  (flips ?? []).filter(([at]) => now - at < windowMs)

export interface Flips {
  /** What this link remembers from now on. */
  readonly own: ReadonlyArray<Flip>
  readonly oscillates: boolean
}

/** Each link remembers the changes that came through it; together they are the history of the golden value. */
export const flipped = (work: Work, golden: GoldenId, link: Link, path: Path, value: Value | null): Flips => {
  const now = work.snapshot.now
  const own: ReadonlyArray<Flip> = [...recent(link.flips?.[path], now), [now, digestOf(value)]]
  let count = own.length
  const values = new Set(own.map(([, hash]) => hash))
  for (const other of work.linksOf(golden)) {
    if (other.side === link.side && other.ext === link.ext) continue
    for (const [, hash] of recent(other.flips?.[path], now)) {
      count++
      values.add(hash)
    }
  }
  return { own: own.slice(-flipsMost), oscillates: count >= flipsMost && values.size <= valuesMost }
}
