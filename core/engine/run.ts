/** One run: what it is, what it counts, and the frame around it (run row, locks with a heartbeat, retention). */
import { hostname } from "node:os"
import { Cause, Clock, Effect, Exit } from "effect"
import { HubStore } from "../hub/store.ts"
import type { StoreError } from "../hub/store.ts"
import { Ids } from "../hub/ids.ts"
import type { Side } from "../sync/state.ts"
import type { Project, Scope, Sync } from "./project.ts"
import { chosen } from "./project.ts"
import { reportOf, Tally } from "./report.ts"
import type { Report } from "./report.ts"

/** What a run tells while it goes on; for progress bars and lines. Carries counts and names, never values. */
export type RunEvent =
  | {
    readonly _tag: "Page"
    readonly side: Side
    readonly records: number
    readonly done: number
    readonly total?: number
  }
  | { readonly _tag: "Written"; readonly side: Side; readonly records: number; readonly done: number }
  | {
    readonly _tag: "Progress"
    readonly side: Side
    readonly done: number
    readonly total?: number
    /** Records a second. */
    readonly rate: number
  }
  | { readonly _tag: "Waiting"; readonly connection: string; readonly ms: number; readonly why: string }
  | { readonly _tag: "Failed"; readonly connection: string; readonly message: string }

export interface RunOptions {
  readonly scope?: Scope
  /** How often a failing call is tried again before its connection is left for this run. */
  readonly retries?: number
  /** First wait between tries; doubles with every try. */
  readonly backoffMs?: number
  /** How long claimed work belongs to this run; longer than any request may take. */
  readonly leaseMs?: number
  /** Addresses claimed at once. */
  readonly claim?: number
  readonly onEvent?: (event: RunEvent) => void
  /** Name of this machine. */
  readonly host?: string
  /** False on a throw-away copy of the hub, which nobody else can be at work on. */
  readonly lock?: boolean
}

export interface Run {
  readonly id: string
  /** Who holds its locks and leases: the run, and the machine it runs on, so that a dead one can be told. */
  readonly owner: string
  readonly command: string
  readonly project: Project
  readonly scope: Scope | undefined
  readonly tally: Tally
  readonly retries: number
  readonly backoffMs: number
  readonly leaseMs: number
  readonly claim: number
  readonly emit: (event: RunEvent) => void
}

/** Waits are tied together (SEMANTICS 1.14): a dead run's leases are over before its lock is. */
const leaseMs = 45_000
const lockMs = 60_000
const beatMs = 15_000
const retainEveryMs = 3_600_000

/** A run without its frame: for tests and for the simulator's workers, which take no lock. */
export const makeRun = Effect.fnUntraced(function*(project: Project, command: string, options: RunOptions = {}) {
  const ids = yield* Ids
  const now = yield* Clock.currentTimeMillis
  const id = ids.take(now, 1)[0] ?? ""
  const run: Run = {
    id,
    owner: options.host === undefined ? `run ${id}` : `run ${id}@${options.host}`,
    command,
    project,
    scope: options.scope,
    tally: new Tally(),
    retries: options.retries ?? 3,
    backoffMs: options.backoffMs ?? 1_000,
    leaseMs: options.leaseMs ?? leaseMs,
    claim: options.claim ?? 1_000,
    emit: options.onEvent ?? (() => undefined)
  }
  return run
})

/**
 * Runs `body` as one run: its row is begun and ended, its syncs are locked while it lasts, its counts must add up.
 * What fails in `body` ends the run with exit 1 and goes on to the caller.
 */
export const framed = Effect.fnUntraced(function*<E, R>(
  project: Project,
  command: string,
  options: RunOptions,
  body: (run: Run, syncs: ReadonlyArray<Sync>) => Effect.Effect<void, E, R>
): Effect.fn.Return<Report, E | StoreError, R | HubStore | Ids> {
  const store = yield* HubStore
  const run = yield* makeRun(project, command, { host: hostname(), ...options })
  const started = yield* Clock.currentTimeMillis
  const syncs = chosen(project, options.scope)
  const locks = options.lock === false ? [] : syncs
  return yield* Effect.gen(function*() {
    yield* store.begin({ id: run.id, command, started, counts: {} })
    const exit = yield* Effect.exit(Effect.raceFirst(body(run, syncs), heartbeat(run, locks)))
    const ended = yield* Clock.currentTimeMillis
    const report = reportOf(run.tally, run, ended - started)
    yield* saveCounts(run)
    if (Exit.isFailure(exit)) {
      if (!Cause.hasInterrupts(exit.cause)) yield* store.end(run.id, ended, 1, messageOf(exit.cause))
      return yield* Effect.failCause(exit.cause)
    }
    yield* retain(ended)
    yield* store.end(run.id, ended, report.exit, summary(report))
    return report
  }).pipe(locked(run, locks))
})

const lockName = (sync: Sync): string => `sync ${sync.name}`

const locked = (run: Run, syncs: ReadonlyArray<Sync>) => <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.acquireUseRelease(
    lockAll(run, syncs),
    () => self,
    () => Effect.gen(function*() {
      const store = yield* HubStore
      for (const sync of syncs) yield* Effect.ignore(store.unlock(lockName(sync), run.owner))
    })
  )

const lockAll = Effect.fnUntraced(function*(run: Run, syncs: ReadonlyArray<Sync>) {
  const store = yield* HubStore
  const now = yield* Clock.currentTimeMillis
  for (const sync of syncs) yield* store.lock(lockName(sync), run.owner, now, lockMs)
})

/** Keeps the locks; if one is lost, the run is: somebody else has gone on. */
const heartbeat = (run: Run, syncs: ReadonlyArray<Sync>): Effect.Effect<never, StoreError, HubStore> =>
  Effect.forever(Effect.andThen(Effect.sleep(beatMs), lockAll(run, syncs)))

/** What was counted since it was last saved goes onto the run row: after each page and batch, without a disk flush. */
export const saveCounts = Effect.fnUntraced(function*(run: Run): Effect.fn.Return<void, StoreError, HubStore> {
  const counts = run.tally.unsaved()
  if (Object.keys(counts).length === 0) return
  const store = yield* HubStore
  const now = yield* Clock.currentTimeMillis
  yield* store.defer([], [], { run: run.id, now, counts })
})

const retain = Effect.fnUntraced(function*(now: number) {
  const store = yield* HubStore
  const last = yield* store.cursor("hub", "retention")
  if (typeof last?.cursor === "number" && now - last.cursor < retainEveryMs) return
  yield* store.retain(now)
  yield* store.saveCursor({ side: "hub", stream: "retention", cursor: now })
})

const messageOf = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  return error instanceof Error ? error.message : String(error)
}

const summary = (report: Report): string | undefined => {
  const failures = report.failures.map((failure) => failure.message)
  const said = [...failures, ...report.unaccounted, ...report.held.map((held) => held.why)]
  return said.length === 0 ? undefined : said.join("\n")
}
