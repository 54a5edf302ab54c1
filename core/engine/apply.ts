/** `esl apply`: does exactly what a plan showed, or nothing because the world moved. */
import { Effect, Schema } from "effect"
import type { Outcome } from "../connector/connector.ts"
import { HubStore } from "../hub/store.ts"
import type { StoreError } from "../hub/store.ts"
import type { ExtId, GoldenId, Side } from "../sync/state.ts"
import type { CourierOf } from "./courier.ts"
import { real } from "./courier.ts"
import { retrying, Usage } from "./failure.ts"
import { mergePage } from "./merge.ts"
import { patchHash } from "./patch.ts"
import { accounts, guarded, readAll, writeAll } from "./pass.ts"
import type { Room } from "./pass.ts"
import type { PlanFile, PlanRow } from "./planfile.ts"
import { planRow } from "./planfile.ts"
import { rehearse } from "./preview.ts"
import type { Copy } from "./preview.ts"
import type { Project, Sync } from "./project.ts"
import { fetchPage } from "./pull.ts"
import type { Report } from "./report.ts"
import { framed } from "./run.ts"
import type { Run, RunOptions } from "./run.ts"
import { Systems } from "./systems.ts"

const Moved = Schema.Struct({ side: Schema.String, record: Schema.String, why: Schema.String })
export type Moved = typeof Moved.Type

/** Nothing was written: exit 3. */
export class StalePlan extends Schema.TaggedError<StalePlan>()("StalePlan", { moved: Schema.Array(Moved) }) {
  override get message(): string {
    return `${this.moved.length} records of this plan have changed since it was made; ` +
      "nothing was written. Make a new plan."
  }
}

export interface Applied {
  readonly report: Report
  /** Rows of the plan that moved after the check and were left alone; everything else is done. */
  readonly left: ReadonlyArray<Moved>
}

export const apply = Effect.fn("apply")(function*(
  project: Project, file: PlanFile, options: RunOptions & { readonly copy: Copy }
): Effect.fn.Return<Applied, StalePlan | Usage | StoreError, Room> {
  const sides = new Set(project.syncs.flatMap((sync) => sync.places.map((place) => place.side)))
  const unknown = file.rows.find((row) => !sides.has(row.side))
  if (unknown !== undefined) {
    return yield* new Usage({ message: `the plan writes to ${unknown.side}, which this config does not have` })
  }
  const scoped: RunOptions = { ...options, scope: file.scope }
  yield* check(project, file, scoped, options.copy)
  return yield* carryOut(project, file, scoped)
})

/** The plan is made again, on a copy, from fresh readings of every address; it must come out the same. */
const check = Effect.fnUntraced(function*(project: Project, file: PlanFile, options: RunOptions, copy: Copy) {
  const now = new Map<string, Array<PlanRow>>()
  const onRow = (row: Parameters<typeof planRow>[0]) => Effect.sync(() => {
    const fresh = planRow(row)
    const known = now.get(keyOf(fresh))
    if (known === undefined) now.set(keyOf(fresh), [fresh])
    else known.push(fresh)
  })
  const report = yield* rehearse(project, "plan", options, { copy, onRow }, (run, syncs, courier) =>
    Effect.gen(function*() {
      yield* accounts(run, project, syncs)
      yield* readAll(run, syncs, {})
      yield* readAddresses(run, syncs, file.rows)
      // Wider than the plan's own limit: rows that came in between must not push shown ones out.
      yield* writeAll({ ...run, scope: withoutLimit(file) }, syncs, yield* goldensOf(syncs, file.rows), {
        courier,
        brake: "off"
      })
    }))
  const failed = new Map(report.failures.map((failure) => [failure.connection, failure.message]))
  const moved = file.rows.flatMap((row): ReadonlyArray<Moved> => {
    const why = movedWhy(row, now.get(keyOf(row)) ?? [], failed)
    return why === undefined ? [] : [{ side: row.side, record: row.to ?? row.from, why }]
  })
  if (moved.length > 0) return yield* new StalePlan({ moved })
})

const withoutLimit = (file: PlanFile): PlanFile["scope"] => {
  const { limit: _, ...scope } = file.scope
  return scope
}

const movedWhy = (
  row: PlanRow, now: ReadonlyArray<PlanRow>, failed: ReadonlyMap<string, string>
): string | undefined => {
  const connection = row.side.slice(0, row.side.indexOf("."))
  const failure = failed.get(connection)
  if (failure !== undefined) return `could not be read again: ${failure}`
  if (now.some((one) => one.op === row.op && one.base === row.base && one.patch === row.patch)) return undefined
  if (now.length === 0) return "nothing is due there any more"
  if (now.every((one) => one.base !== row.base)) return "the record there has changed"
  return "what would be written has changed"
}

const keyOf = (row: PlanRow): string => `${row.side}|${row.to ?? `<${row.from}`}`

/** Addresses of the plan, as they stand in their systems now, whatever the cursors say. */
const readAddresses = Effect.fnUntraced(function*(run: Run, syncs: ReadonlyArray<Sync>, rows: ReadonlyArray<PlanRow>) {
  const asked = new Map<Side, Set<ExtId>>()
  for (const [side, ext] of rows.flatMap(addressesOf)) asked.set(side, (asked.get(side) ?? new Set()).add(ext))
  for (const sync of syncs) {
    for (const place of sync.places) {
      const exts = [...asked.get(place.side) ?? []]
      yield* guarded(run, place.connection, Effect.gen(function*() {
        if (exts.length === 0) return
        const systems = yield* Systems
        const { reader } = yield* retrying(run, systems.resource(place.connection, place.resource))
        for (let at = 0; at < exts.length; at += fetchPage) {
          const some = exts.slice(at, at + fetchPage)
          const { readAt, seen } = yield* retrying(run, reader.fetch(some, { columns: place.columns }))
          yield* mergePage(run, sync, place, seen, { readAt, direct: true })
        }
      }))
    }
  }
})

const addressesOf = (row: PlanRow): ReadonlyArray<readonly [Side, ExtId]> => {
  const at = row.from.indexOf("|")
  const from = [row.from.slice(0, at), row.from.slice(at + 1)] as const
  return row.to === undefined ? [from] : [from, [row.side, row.to]]
}

/** Golden ids of the addresses; those of new records are known only once they were read into this hub. */
const goldensOf = Effect.fnUntraced(function*(syncs: ReadonlyArray<Sync>, rows: ReadonlyArray<PlanRow>) {
  return [...(yield* byGolden(syncs, rows)).keys()]
})

const byGolden = Effect.fnUntraced(function*(
  syncs: ReadonlyArray<Sync>, rows: ReadonlyArray<PlanRow>
): Effect.fn.Return<ReadonlyMap<GoldenId, ReadonlyArray<PlanRow>>, StoreError, HubStore> {
  const store = yield* HubStore
  const asked = new Map<Side, Map<ExtId, Array<PlanRow>>>()
  for (const row of rows) {
    const [side, ext] = row.to === undefined ? addressesOf(row)[0] ?? ["", ""] : [row.side, row.to]
    const here = asked.get(side) ?? new Map<ExtId, Array<PlanRow>>()
    asked.set(side, here)
    here.set(ext, [...here.get(ext) ?? [], row])
  }
  const goldens = new Map<GoldenId, Array<PlanRow>>()
  for (const place of syncs.flatMap((sync) => sync.places)) {
    const here = asked.get(place.side)
    if (here === undefined) continue
    for (const [ext, head] of yield* store.heads(place.side, [...here.keys()])) {
      goldens.set(head.golden, [...goldens.get(head.golden) ?? [], ...here.get(ext) ?? []])
    }
  }
  return goldens
})

const carryOut = Effect.fnUntraced(function*(
  project: Project, file: PlanFile, options: RunOptions
): Effect.fn.Return<Applied, StoreError, Room> {
  const became = new Map<PlanRow, Outcome>()
  const left: Array<Moved> = []
  const report = yield* framed(project, "apply", options, (run, syncs) => Effect.gen(function*() {
    yield* accounts(run, project, syncs)
    yield* readAll(run, syncs, {})
    const goldens = yield* byGolden(syncs, file.rows)
    const shown = (golden: GoldenId, side: Side, hash: string): PlanRow | undefined =>
      goldens.get(golden)?.find((row) => row.side === side && row.patch === hash)
    yield* writeAll({ ...run, scope: withoutLimit(file) }, syncs, [...goldens.keys()], {
      brake: "off",
      courier: noting(real, (golden, side, hash, outcome) => {
        const row = shown(golden, side, hash)
        if (row !== undefined) became.set(row, outcome)
      }),
      allow: ({ address, hash }) =>
        shown(address.golden.id, address.due.side, hash) === undefined ? "not as the plan showed it" : true
    })
    for (const row of file.rows) {
      const why = leftWhy(became.get(row))
      if (why !== undefined) left.push({ side: row.side, record: row.to ?? row.from, why })
    }
    run.tally.stale += left.length
  }))
  return { report, left }
})

const leftWhy = (outcome: Outcome | undefined): string | undefined => {
  switch (outcome?.did) {
    case "written":
      return undefined
    case "refused":
      return `the system refused it: ${outcome.cause}`
    case "exists":
      return "the system has this record already"
    case "unknown":
      return "the answer was lost: the next sync finds out whether it was written"
    case "gone":
    case "moved":
    case "unsent":
    case undefined:
      return "it moved while the plan was applied"
  }
}

const noting = (
  courierOf: CourierOf, note: (golden: GoldenId, side: Side, hash: string, outcome: Outcome) => void
): CourierOf => (place) => Effect.map(courierOf(place), (courier) => courier && ({
  batch: courier.batch,
  whole: courier.whole === true,
  send: (parcels, dispatch) => Effect.tap(courier.send(parcels, dispatch), (answers) => Effect.sync(() => {
    parcels.forEach((parcel, at) => {
      const outcome = answers[at]?.outcome
      const hash = patchHash(place.policy.mapping, parcel.push)
      if (outcome !== undefined) note(parcel.address.golden.id, place.side, hash, outcome)
    })
  }))
}))
