/** Counts what a push would do before it does any of it, and holds what goes further than was meant (SEMANTICS 1.8). */
import { Clock, Effect } from "effect"
import { HubStore } from "../hub/store.ts"
import type { StoreError } from "../hub/store.ts"
import type { HubTime } from "../model/value.ts"
import { brakes, pushOf } from "../sync/index.ts"
import type { Address, Push } from "../sync/push.ts"
import type { GoldenId, Side } from "../sync/state.ts"
import { patchHash } from "./patch.ts"
import type { Place, Sync } from "./project.ts"
import { outwardOf } from "./outward.ts"
import type { Run } from "./run.ts"
import type { Pushing } from "./work.ts"

type Kind = "creates" | "changes" | "deletes"

interface Intended {
  readonly golden: GoldenId
  readonly kind: Kind
  readonly hash: string
}

interface Count {
  creates: number
  updates: number
  overwrites: number
  deletes: number
  readonly rows: Array<Intended>
  /** Released by a person, but no longer what that person was shown. */
  readonly changed: Array<Intended>
}

const page = 1_000
/** Below these numbers no brake of SEMANTICS 1.8 can hold. */
const free = { changes: 50, deletes: 10 }

export const hold = Effect.fnUntraced(function*(
  run: Run, sync: Sync, place: Place, due: number, pushing: Pick<Pushing, "brake" | "within">
): Effect.fn.Return<void, StoreError, HubStore> {
  const showOnly = pushing.brake === "show"
  const approved = yield* earlier(run, place, showOnly)
  const plain = Object.keys(sync.brake).length === 0 && !approved
  if (plain && due <= free.deletes) return
  const known = yield* bound(sync.entity.name, place.side, false)
  // A first roll-out is all creates: little or nothing is linked that could be overwritten or deleted.
  if (plain && known <= free.deletes) return
  if (known === 0 && !approved && sync.brake.creates === undefined) return
  const count = yield* look(sync, place, pushing.within)
  yield* holdAgain(run, place, count.changed, showOnly)
  const asked = { creates: count.creates, updates: count.updates, overwrites: count.overwrites, deletes: count.deletes }
  if (Object.keys(brakes({ bound: known, ...asked }, sync.brake)).length === 0) return
  // The number of linked records may be out of date; before anything is held it is counted anew.
  const exact = yield* bound(sync.entity.name, place.side, true)
  const why = brakes({ bound: exact, ...asked }, sync.brake)
  const store = yield* HubStore
  const reasons: { readonly [kind in Kind]: string | undefined } = {
    creates: why.creates,
    changes: why.updates,
    deletes: why.deletes
  }
  for (const kind of ["creates", "changes", "deletes"] as const) {
    const reason = reasons[kind]
    if (reason === undefined) continue
    const rows = count.rows.filter((row) => row.kind === kind)
    report(run, place, kind, rows.length, exact, `${place.side}: ${reason}`, showOnly)
    if (showOnly) continue
    yield* store.hold(run.id, rows.map(({ golden, hash }) => ({ golden, side: place.side, hash, why: reason })))
  }
})

/** What earlier runs hold is said again; true if a person released something of it. */
const earlier = Effect.fnUntraced(function*(run: Run, place: Place, showOnly: boolean) {
  const store = yield* HubStore
  const rows = (yield* store.held()).filter((row) => row.side === place.side)
  const waiting = new Map<string, number>()
  for (const row of rows) if (!row.approved) waiting.set(row.run, (waiting.get(row.run) ?? 0) + 1)
  for (const [by, count] of waiting) {
    report(run, place, "changes", count, count, `${place.side}: run ${by} holds ${count} records`, showOnly)
  }
  return rows.some((row) => row.approved)
})

const holdAgain = Effect.fnUntraced(function*(
  run: Run, place: Place, changed: ReadonlyArray<Intended>, showOnly: boolean
) {
  if (changed.length === 0) return
  const why = "changed since it was shown"
  const count = changed.length
  report(run, place, "changes", count, count, `${place.side}: ${count} records ${why}`, showOnly)
  if (showOnly) return
  const store = yield* HubStore
  yield* store.hold(run.id, changed.map(({ golden, hash }) => ({ golden, side: place.side, hash, why })))
})

const report = (
  run: Run, place: Place, what: Kind, count: number, of: number, why: string, shown: boolean
): void => {
  run.tally.held.push({ side: place.side, what, count, of, why, ...(shown ? { shown } : {}) })
}

const look = Effect.fnUntraced(function*(sync: Sync, place: Place, within: string | undefined) {
  const store = yield* HubStore
  const now = yield* Clock.currentTimeMillis
  const count: Count = { creates: 0, updates: 0, overwrites: 0, deletes: 0, rows: [], changed: [] }
  let after: GoldenId | undefined
  while (true) {
    const rows = yield* store.dueAt(sync.entity.name, place.side, after, page, within === undefined ? {} : { within })
    const outward = yield* outwardOf(sync, place, rows)
    for (const address of rows) {
      // Creates that nothing limits need not be worked out to be counted.
      if (address.link === undefined && sync.brake.creates === undefined && address.due.approved === undefined) continue
      add(count, place, address, decideOn(sync, place, address, outward, now))
    }
    if (rows.length < page) return count
    after = rows.at(-1)?.due.golden
  }
})

const decideOn = (
  sync: Sync, place: Place, address: Address, outward: ReadonlyMap<string, string>, now: HubTime
): Push => pushOf(sync.policy, place.side, address, outward, { now })

const add = (count: Count, place: Place, { due }: Address, push: Push): void => {
  if (push.do !== "create" && push.do !== "update" && push.do !== "remove") return
  const hash = patchHash(place.policy.mapping, push)
  const kind = push.do === "create" ? "creates" : push.do === "update" ? "changes" : "deletes"
  if (due.approved !== undefined) {
    if (due.approved !== hash) count.changed.push({ golden: due.golden, kind, hash })
    return
  }
  const replaces = push.do === "update" && push.writes.some((write) => write.base !== null && write.base !== undefined)
  if (push.do === "create") count.creates++
  if (push.do === "update") count.updates++
  if (replaces) count.overwrites++
  if (push.do === "remove") count.deletes++
  count.rows.push({ golden: due.golden, kind, hash })
}

/** Linked records of a side. Counting them costs with their number, so the number is kept for a while. */
export const bound = Effect.fnUntraced(function*(entity: string, side: Side, exact: boolean) {
  const store = yield* HubStore
  const now = yield* Clock.currentTimeMillis
  const kept = yield* store.cursor(side, "bound")
  const fresh = kept?.epoch !== undefined && now - kept.epoch < keepMs
  if (!exact && fresh && typeof kept?.cursor === "number" && kept.cursor > free.changes) return kept.cursor
  const counts = yield* store.counts()
  const links = counts.find((one) => one.entity === entity)?.sides.find((one) => one.side === side)?.links ?? 0
  yield* store.saveCursor({ side, stream: "bound", cursor: links, epoch: now })
  return links
})

const keepMs = 86_400_000
