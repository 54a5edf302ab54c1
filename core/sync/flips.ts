/** R12: somebody else syncs the same two systems, or two rules fight: the value flips among few values without end. */
import type { HubTime, Path, Value } from "../model/value.ts"
import { digestOf } from "./provenance.ts"
import type { GoldenId, Link } from "./state.ts"
import type { Work } from "./work.ts"

/** Foreign integrations of the same pair are normal; six flips in an hour among three values are not people. */
const flipsMost = 6
const valuesMost = 3
const windowMs = 3_600_000
/** The third time that our write comes back as one and the same other value, the system makes that of it. */
const mirrorsMost = 2

type Flip = readonly [HubTime, string]

/** Marks a value of the side that was set right: it counts for itself, not as a change of golden. */
const mirror = "mirrored "
const isChange = ([, hash]: Flip): boolean => !hash.startsWith(mirror)

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
  const changes = own.filter(isChange)
  for (const other of work.linksOf(golden)) {
    if (other.side === link.side && other.ext === link.ext) continue
    changes.push(...recent(other.flips?.[path], now).filter(isChange))
  }
  // What people wrote earlier in the hour does not make a fight of now less of one: the last changes count.
  const last = changes.sort(([a], [b]) => a - b).slice(-flipsMost)
  const values = new Set(last.map(([, hash]) => hash))
  return { own: own.slice(-flipsMost), oscillates: last.length >= flipsMost && values.size <= valuesMost }
}

export interface Mirrored {
  readonly own: ReadonlyArray<Flip>
  /** The side has shown this very value each time it was set right: no person is that stubborn. */
  readonly again: boolean
  readonly oscillates: boolean
}

/** A value that the side may not give is set right: how often that was done lately. */
export const mirrored = (work: Work, link: Link, path: Path, value: Value | null): Mirrored => {
  const now = work.snapshot.now
  const before = recent(link.flips?.[path], now)
  const hash = mirror + digestOf(value)
  const own: ReadonlyArray<Flip> = [...before, [now, hash]]
  const count = own.filter((flip) => !isChange(flip)).length
  const again = before.filter(([, other]) => other === hash).length >= mirrorsMost
  return { own: own.slice(-flipsMost), again, oscillates: count >= flipsMost }
}
