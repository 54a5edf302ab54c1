/** The way out of the quarantine: the current mapping over the kept payload, or the next write, or nothing at all. */
import { Effect } from "effect"
import { HubStore } from "../hub/store.ts"
import type { QuarantineRow, StoreError } from "../hub/store.ts"
import type { Ids } from "../hub/ids.ts"
import { isRecord } from "../model/value.ts"
import type { Path } from "../model/value.ts"
import type { Plan } from "../sync/snapshot.ts"
import { unset } from "../sync/state.ts"
import type { Due, InboxRow, Link, Pair } from "../sync/state.ts"
import { mergePage, nothing } from "./merge.ts"
import type { Place, Project, Sync } from "./project.ts"
import type { Report } from "./report.ts"
import { framed } from "./run.ts"
import type { Run, RunOptions } from "./run.ts"

export interface Choice {
  readonly ids?: ReadonlyArray<string>
  readonly side?: string
  readonly cause?: string
}

/** Rows one retry takes. */
const most = 100_000

const rowsOf = Effect.fnUntraced(function*(choice: Choice) {
  const store = yield* HubStore
  const rows = yield* store.quarantine.list({
    limit: most,
    ...(choice.side === undefined ? {} : { side: choice.side }),
    ...(choice.cause === undefined ? {} : { cause: choice.cause })
  })
  return choice.ids === undefined ? rows : rows.filter((row) => choice.ids?.includes(row.id))
})

/** `esl quarantine retry`: what reads now leaves the quarantine; the rest stays, with its cause as it is now. */
export const retryQuarantine = Effect.fn("retryQuarantine")(function*(
  project: Project, choice: Choice = {}, options: RunOptions = {}
): Effect.fn.Return<Report, StoreError, HubStore | Ids> {
  const rows = yield* rowsOf(choice)
  const sides = new Set(rows.map((row) => row.side))
  const syncs = project.syncs.filter((sync) => sync.places.some((place) => sides.has(place.side)))
  const scope = { ...options.scope, syncs: syncs.map((sync) => sync.name) }
  return yield* framed(project, "quarantine retry", { ...options, scope }, (run) => Effect.gen(function*() {
    for (const sync of syncs) {
      for (const place of sync.places) {
        yield* again(run, sync, place, rows.filter((row) => row.side === place.side))
      }
    }
  }))
})

/** `esl quarantine drop`: gives the records up; the next change of one brings it back. */
export const dropQuarantine = Effect.fn("dropQuarantine")(function*(
  choice: Choice
): Effect.fn.Return<number, StoreError, HubStore> {
  const store = yield* HubStore
  const rows = yield* rowsOf(choice)
  return yield* store.quarantine.drop(rows.map((row) => row.id))
})

const again = Effect.fnUntraced(function*(run: Run, sync: Sync, place: Place, rows: ReadonlyArray<QuarantineRow>) {
  const read = rows.filter((row) => row.stage !== "write" && isRecord(row.payload))
  // One record may wait there for several fields: it is read once. The commit itself takes out what reads now.
  const records = new Map(read.map((row) => [row.ext, row]))
  for (const row of records.values()) {
    if (!isRecord(row.payload)) continue
    const seen = [{ _tag: "Held", id: row.ext, record: row.payload, complete: true } as const]
    // As old as it is: a newer reading that was merged since is not undone, the record is read again instead.
    yield* mergePage(run, sync, place, seen, { readAt: row.at, direct: true }).pipe(
      // It stays where it is.
      Effect.catchTag(["PageFailed", "Undecided"], () => Effect.void)
    )
  }
  yield* readAgain(place, rows.filter((row) => row.stage !== "write" && !isRecord(row.payload)))
  yield* writeAgain(run, sync, place, rows.filter((row) => row.stage === "write"))
})

/** Nothing to map was kept: the system is asked again. */
const readAgain = Effect.fnUntraced(function*(place: Place, rows: ReadonlyArray<QuarantineRow>) {
  if (rows.length === 0) return
  const store = yield* HubStore
  yield* store.inbox.put(rows.map((row): InboxRow => ({
    side: place.side,
    ext: row.ext,
    why: "retry",
    readAt: row.at,
    attempts: 0,
    notBefore: row.at
  })))
  yield* store.quarantine.drop(rows.map((row) => row.id))
})

/** A refused write is due again; its patch is computed anew when it is sent. */
const writeAgain = Effect.fnUntraced(function*(run: Run, sync: Sync, place: Place, rows: ReadonlyArray<QuarantineRow>) {
  if (rows.length === 0) return
  const store = yield* HubStore
  const heads = yield* store.heads(place.side, rows.map((row) => row.ext))
  const due: Array<Pick<Due, "golden" | "side" | "ver">> = []
  const links: Array<Plan["links"][number]> = []
  for (const ext of new Set(rows.map((row) => row.ext))) {
    // A create that was refused has no record yet: its golden record stands for it.
    const golden = heads.get(ext)?.golden ?? ext
    const [found] = yield* store.find(sync.entity.name, { golden })
    if (found === undefined) continue
    due.push({ golden, side: place.side, ver: found.golden.ver })
    const link = found.links.find((one) => one.side === place.side && one.ext === ext)
    const paths = rows.flatMap((row) => row.ext === ext && row.path !== undefined ? [row.path] : [])
    if (link !== undefined && paths.length > 0) links.push({ link: untold(link, paths), was: link.rev })
  }
  yield* store.commit({ ...nothing, due, links }, { run: run.id, now: rows[0]?.at ?? 0 }).pipe(
    Effect.catchTag("Raced", (raced) => Effect.die(raced))
  )
  yield* store.quarantine.drop(rows.map((row) => row.id))
})

/** Fields that count as told although the side does not hold them: they are owed again. */
const untold = (link: Link, paths: ReadonlyArray<Path>): Link => {
  const shadow: { [path: Path]: Pair } = { ...link.shadow }
  for (const path of paths) {
    const pair = shadow[path]
    if (pair !== undefined) shadow[path] = { g: unset, r: pair.r }
  }
  const { withheld, ...rest } = link
  const kept = withheld?.filter((path) => !paths.includes(path)) ?? []
  return { ...rest, shadow, rev: link.rev + 1, ...(kept.length === 0 ? {} : { withheld: kept }) }
}
