/** From a page of records to observations: known rows are dropped by content (R2), the rest is mapped. */
import { hash as digest } from "node:crypto"
import type { Held, Seen } from "../connector/connector.ts"
import type { Record_ } from "../mapping/mapping.ts"
import type { Head, QuarantineRow } from "../hub/store.ts"
import type { HubTime, Json, Obs, Path } from "../model/value.ts"
import type { Observation } from "../sync/snapshot.ts"
import type { ExtId } from "../sync/state.ts"
import type { Place } from "./project.ts"

type HeldObservation = Extract<Observation, { readonly _tag: "Held" }>
type Writable<T> = { -readonly [key in keyof T]: T[key] }

export interface Gathered {
  readonly batch: ReadonlyArray<Observation>
  /** Raw records by id, for the quarantine. */
  readonly raw: ReadonlyMap<ExtId, Json>
  readonly bad: ReadonlyArray<QuarantineRow>
  /** Records the page showed. */
  readonly read: number
  /** Of those: known by content, or shown twice in one page. */
  readonly dropped: number
  /** Records that reached no observation. */
  readonly lost: number
  /** Records with a field that could not be read: the rest of them goes on. */
  readonly spoiled: ReadonlySet<ExtId>
}

export interface Reading {
  readonly readAt: HubTime
  readonly now: HubTime
  readonly run: string
  /** Read to settle something: never dropped. */
  readonly direct: boolean
  readonly heads: ReadonlyMap<ExtId, Head>
}

export const gather = (place: Place, seen: ReadonlyArray<Seen>, reading: Reading): Gathered => {
  const batch: Array<Observation> = []
  const raw = new Map<ExtId, Json>()
  const bad: Array<QuarantineRow> = []
  const spoiled = new Set<ExtId>()
  const last = lastOf(seen)
  const { side } = place
  let read = 0
  let dropped = 0
  let lost = 0
  for (let at = 0; at < seen.length; at++) {
    const one = seen[at]
    if (one === undefined) continue
    if (one._tag !== "Held") {
      if (one._tag === "Unreadable") {
        read++
        lost++
        bad.push(quarantined(place, one.id, "read", one.why, one.raw, reading))
      } else batch.push(unheld(side, one, reading.readAt))
      continue
    }
    read++
    const hash = one.complete ? contentHash(one) : undefined
    const old = hash !== undefined && !reading.direct && known(reading.heads.get(one.id), hash, place)
    if (old || last.get(one.id) !== at) {
      dropped++
      continue
    }
    const values = mapped(place, one.record)
    if (typeof values === "string") {
      lost++
      bad.push(quarantined(place, one.id, "map", values, one.record, reading))
      continue
    }
    raw.set(one.id, one.record)
    for (const [path, obs] of values) {
      if (obs._tag !== "Invalid") continue
      spoiled.add(one.id)
      bad.push(quarantined(place, one.id, "map", obs.why, one.record, reading, path))
    }
    batch.push(observation(side, one, values, hash, reading))
  }
  return { batch, raw, bad, read, dropped, lost, spoiled }
}

/** Where each record is shown last: an input page may hold a row twice (fault 30). */
const lastOf = (seen: ReadonlyArray<Seen>): ReadonlyMap<ExtId, number> => {
  const last = new Map<ExtId, number>()
  for (let at = 0; at < seen.length; at++) {
    const one = seen[at]
    if (one?._tag === "Held") last.set(one.id, at)
  }
  return last
}

/** An equal row says nothing new, unless something waits for just this reading. */
const known = (head: Head | undefined, hash: string, place: Place): boolean =>
  head !== undefined && head.hash === hash && head.mapping === place.policy.mapping.version &&
  head.suspect === undefined && !head.intents && !head.inbox &&
  (head.status === "active" || head.status === "alias" || head.status === "released")

/** Text: why the mapping could not read it at all. */
export const mapped = (place: Place, record: Record_): ReadonlyMap<Path, Obs> | string => {
  try {
    return place.policy.mapping.read(record)
  } catch (error) {
    // L4 forbids it, but a codec of the integrator's own may throw all the same; its text may hold values (S23).
    return `the mapping threw ${error instanceof Error ? error.name : "something"}`
  }
}

const observation = (
  side: string, held: Held, values: ReadonlyMap<Path, Obs>, hash: string | undefined, reading: Reading
): HeldObservation => {
  const seen: Writable<HeldObservation> = {
    _tag: "Held",
    side,
    ext: held.id,
    readAt: reading.readAt,
    complete: held.complete,
    values,
    direct: reading.direct
  }
  if (hash !== undefined) seen.hash = hash
  if (held.stamp !== undefined) seen.stamp = held.stamp
  if (held.version !== undefined) seen.version = held.version
  if (held.incarnation !== undefined) seen.incarnation = held.incarnation
  return seen
}

const unheld = (
  side: string, seen: Exclude<Seen, { readonly _tag: "Held" | "Unreadable" }>, readAt: HubTime
): Observation => {
  switch (seen._tag) {
    case "Hint":
      return { _tag: "Hint", side, ext: seen.id, readAt }
    case "Gone":
      return { _tag: "Gone", side, ext: seen.id, readAt, evidence: seen.evidence }
    case "Moved":
      return { _tag: "Moved", side, ext: seen.id, readAt, to: seen.to, how: seen.how }
  }
}

export const quarantined = (
  place: Pick<Place, "side">,
  ext: ExtId,
  stage: QuarantineRow["stage"],
  cause: string,
  payload: Json | undefined,
  at: { readonly now: HubTime; readonly run: string; readonly attempts?: number },
  path?: Path
): QuarantineRow => ({
  // The same fault of the same record is the same row, however often it is met.
  id: digest("sha1", `${place.side}|${ext}|${stage}|${path ?? ""}`).slice(0, 16),
  side: place.side,
  ext,
  cause,
  stage,
  at: at.now,
  run: at.run,
  attempts: at.attempts ?? 1,
  ...(path === undefined ? {} : { path }),
  ...(payload === undefined ? {} : { payload })
})

/** The shape of the record hashed last: rows of a page share theirs, so sorting is rare. */
let lastKeys: ReadonlyArray<string> = []
let lastSorted: ReadonlyArray<string> = []
let lastNames = ""

/** Of all selected columns, the version and the incarnation; the order of columns does not matter. */
export const contentHash = (held: Pick<Held, "record" | "version" | "incarnation">): string => {
  const { record, version, incarnation } = held
  const keys = sortedKeys(record)
  const values: Array<Json | undefined> = []
  for (const key of keys) values.push(record[key])
  values.push(version, incarnation)
  return digest("sha1", lastNames + JSON.stringify(values), "base64")
}

const sortedKeys = (record: Record_): ReadonlyArray<string> => {
  const keys = Object.keys(record)
  if (keys.length !== lastKeys.length || keys.some((key, at) => key !== lastKeys[at])) {
    lastKeys = keys
    lastSorted = keys.toSorted()
    lastNames = JSON.stringify(lastSorted)
  }
  return lastSorted
}
