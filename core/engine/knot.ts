/**
 * Records that wait for each other on their way in: one of them is taken in without the reference that closes the
 * circle, which releases the others, and is read once more for that reference (SEMANTICS 1.7).
 */
import { Clock, Effect } from "effect"
import { HubStore } from "../hub/store.ts"
import type { StoreError } from "../hub/store.ts"
import type { Observation } from "../sync/snapshot.ts"
import type { Side } from "../sync/state.ts"
import { membersOf } from "./cycle.ts"
import { retrying } from "./failure.ts"
import { mergeObservations } from "./merge.ts"
import type { Place, Sync } from "./project.ts"
import { fetchPage } from "./pull.ts"
import type { PullError } from "./pull.ts"
import { gather } from "./read.ts"
import type { Run } from "./run.ts"
import { Systems } from "./systems.ts"

type Held = Extract<Observation, { readonly _tag: "Held" }>

/** How many records were taken in without a reference. `tried` keeps a record from being tried twice in a run. */
export const untie = Effect.fnUntraced(function*(
  run: Run, sync: Sync, place: Place, tried: Set<string>
): Effect.fn.Return<number, PullError, HubStore | Systems> {
  const waitsFor = yield* waits(run, place)
  const here = new Set([...waitsFor.keys()].filter((key) => key.startsWith(`${place.side}|`) && !tried.has(key)))
  const members = membersOf(waitsFor, here)
  if (members.length === 0) return 0
  for (const key of members) tried.add(key)
  const systems = yield* Systems
  const { reader } = yield* retrying(run, systems.resource(place.connection, place.resource))
  const exts = members.map((key) => key.slice(place.side.length + 1))
  for (let at = 0; at < exts.length; at += fetchPage) {
    const asked = exts.slice(at, at + fetchPage)
    const { readAt, seen } = yield* retrying(run, reader.fetch(asked, { columns: place.columns }))
    const now = yield* Clock.currentTimeMillis
    const { batch } = gather(place, seen, { readAt, now, run: run.id, direct: true, heads: new Map() })
    const loose = batch.flatMap((one) => one._tag === "Held" ? [without(place, one, waitsFor)] : [])
    // Together with the demand to read them again: a crash in between leaves nothing half said.
    const again = loose.map(({ side, ext }) => ({ _tag: "Hint", side, ext, readAt: now }) as const)
    yield* mergeObservations(run, sync, place, [...loose, ...again], { readAt, direct: true })
  }
  return members.length
})

/** `side|ext` of each parked record of the connection → `side|ext` of its parent. */
const waits = Effect.fnUntraced(function*(
  run: Run, place: Place
): Effect.fn.Return<ReadonlyMap<string, string>, StoreError, HubStore> {
  const store = yield* HubStore
  const found = new Map<string, string>()
  for (const other of run.project.syncs.flatMap((sync) => sync.places)) {
    if (other.connection !== place.connection) continue
    let after: string | undefined
    let more = true
    while (more) {
      const rows = yield* store.inbox.parked(other.side, after, fetchPage)
      for (const row of rows) if (row.parkedOn !== undefined) found.set(`${row.side}|${row.ext}`, row.parkedOn)
      after = rows.at(-1)?.ext
      more = rows.length === fetchPage
    }
  }
  return found
})

/** The record as if it did not say whom it refers to; without its hash, so that the next reading is not dropped. */
const without = (place: Place, held: Held, waitsFor: ReadonlyMap<string, string>): Held => {
  const parent = waitsFor.get(`${held.side}|${held.ext}`)
  const values = new Map(held.values)
  for (const [path, obs] of held.values) {
    const target = place.policy.mapping.fields.get(path)?.references?.find((one) => one.attribute === undefined)
    if (target === undefined || obs._tag !== "Value") continue
    if (refersTo(`${place.connection}.${target.resource}`, obs.value, parent)) values.delete(path)
  }
  const { hash: _, ...rest } = held
  return { ...rest, values }
}

const refersTo = (side: Side, value: unknown, parent: string | undefined): boolean =>
  `${side}|${String(value)}` === parent
