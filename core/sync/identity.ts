/** Who a record is (SEMANTICS 1.6): its link, then pins, then keys; what nothing recognises is new. */
import type { KeyKind, MatchKey, Read } from "../model/entity.ts"
import type { Path } from "../model/value.ts"
import { identityPath, raise } from "./conflict.ts"
import { lensesOf } from "./lens.ts"
import type { Policy } from "./policy.ts"
import type { Observation } from "./snapshot.ts"
import type { ExtId, Golden, GoldenId, Side } from "./state.ts"
import type { Draft, Work } from "./work.ts"

interface Identities {
  readonly kinds: ReadonlyArray<KeyKind>
  readonly pointed: boolean
  /** Group of a record that was linked by hand, by `side|ext`. */
  readonly pins: ReadonlyMap<string, Policy["pins"][number]>
}

const prepared = new WeakMap<Policy, Identities>()

const identities = (policy: Policy): Identities => {
  const known = prepared.get(policy)
  if (known !== undefined) return known
  const kinds = policy.match.flatMap((kind) => policy.entity.keys.filter((one) => one.kind === kind))
  const pins = policy.pins.flatMap((pin) => Object.entries(pin).map(([side, ext]) => [`${side}|${ext}`, pin] as const))
  const paths = new Set(kinds.flatMap((kind) => kind.paths))
  const pointed = [...policy.sides.values()].some((side) =>
    [...lensesOf(policy, side).values()].some((lens) => lens.pointers.length > 0 && paths.has(lens.path)))
  const made = { kinds, pointed, pins: new Map(pins) }
  prepared.set(policy, made)
  return made
}

/** The keys a record is recognised by, in the order of the policy's `match`. */
export const keysOf = (policy: Policy, read: Read): ReadonlyArray<MatchKey> => {
  const found: Array<MatchKey> = []
  for (const { kind, of } of identities(policy).kinds) for (const value of of(read)) found.push({ kind, value })
  return found
}

const computed = new WeakMap<Observation, ReadonlyArray<MatchKey>>()

/**
 * The same for a record of a batch. Names, phones and e-mails are taken apart for each key, and a batch is asked twice,
 * for loading and for deciding: the first answer is kept with the observation, which never changes.
 */
export const keysOfRecord = (policy: Policy, obs: Observation, read: Read): ReadonlyArray<MatchKey> => {
  const known = computed.get(obs)
  if (known !== undefined) return known
  const keys = keysOf(policy, read)
  // Keys made of references depend on what is linked by now.
  if (!identities(policy).pointed) computed.set(obs, keys)
  return keys
}

/** Some key is made of references to other records. */
export const keysPoint = (policy: Policy): boolean => identities(policy).pointed

export const keyPaths = (policy: Policy): ReadonlyArray<Path> => identities(policy).kinds.flatMap((kind) => kind.paths)

/** Records linked by hand with this one. */
export const pinned = (
  policy: Policy, side: Side, ext: ExtId
): ReadonlyArray<{ readonly side: Side; readonly ext: ExtId }> => {
  const pin = identities(policy).pins.get(`${side}|${ext}`)
  if (pin === undefined) return []
  return Object.entries(pin).map(([other, id]) => ({ side: other, ext: id })).filter((one) => one.side !== side)
}

export interface Identity {
  readonly golden: Draft | Golden | undefined
  readonly by: string
  /** Other golden records that further keys of the same record point to. */
  readonly rivals: ReadonlyArray<{ readonly key: MatchKey; readonly golden: GoldenId }>
  /** A record of this identity was deleted: only a reading of this very record may bring it back. */
  readonly buried: boolean
}

export const identify = (work: Work, side: Side, ext: ExtId, keys: ReadonlyArray<MatchKey>): Identity => {
  let golden: Draft | Golden | undefined
  let by = "new"
  let buried = false
  for (const other of pinned(work.policy, side, ext)) {
    const link = work.link(other.side, other.ext)
    golden ??= link === undefined ? undefined : work.standing(link.golden)
    if (golden !== undefined) by = "pin"
  }
  const rivals: Array<{ readonly key: MatchKey; readonly golden: GoldenId }> = []
  for (const key of keys) {
    const owner = work.keyOwner(key)
    const found = owner === undefined ? undefined : work.standing(owner)
    if (found === undefined) continue
    if (found.state === "deleted" && work.intents(found.id, side).length === 0) buried = true // tombstone
    else if (golden === undefined) [golden, by] = [found, `key ${key.kind}`]
    else if (golden.id !== found.id) rivals.push({ key, golden: found.id })
  }
  return { golden, by, rivals, buried: buried && golden === undefined }
}

/** Gives the golden record its keys; a key that already belongs to another one is an open question of identity. */
export const claimKeys = (work: Work, golden: GoldenId, keys: ReadonlyArray<MatchKey>, side: Side): void => {
  for (const key of keys) {
    const owner = work.keyOwner(key)
    const other = owner === undefined ? undefined : work.standing(owner)
    if (owner === golden || other?.id === golden) continue
    if (other === undefined || other.state === "deleted") work.addKey(key, golden)
    else race(work, golden, side, key, other.id)
  }
}

/** Two keys, two golden records: linked by the first, and a person says whether they are one. */
export const race = (work: Work, golden: GoldenId, side: Side, key: MatchKey, other: GoldenId): void =>
  raise(work, {
    golden,
    side,
    path: identityPath(key.kind),
    kind: "merge_race",
    theirs: other,
    mine: golden,
    chosen: "none",
    rule: `the ${key.kind} belongs to another record`,
    status: "open"
  })
