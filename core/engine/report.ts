/** What a run did, counted so that nothing is unaccounted for (P8), and the exit code that follows from it. */
import type { ExtId, RecordOutcome, Side } from "../sync/state.ts"
import type { Acknowledged } from "../sync/push.ts"
import type { RunRow } from "../hub/store.ts"
import type { Remedy } from "../connector/errors.ts"

export type DueOutcome = Acknowledged["outcome"] | "skipped"

/** A connection that could not go on; the others did. `message` is one sentence with what to do. */
export interface Failure {
  readonly connection: string
  readonly message: string
  readonly remedy: Remedy | "fix hub"
}

/** What a brake held back until `esl approve <run>`. */
export interface Held {
  readonly side: Side
  readonly what: "creates" | "changes" | "deletes"
  readonly count: number
  readonly of: number
  readonly why: string
  /** Nothing was held: a dry run says what a brake would do. Whoever applies its plan has seen it. */
  readonly shown?: boolean
}

export interface SideReport {
  /** Records the system showed to this run. */
  readonly read: number
  readonly records: { readonly [outcome in RecordOutcome]: number }
  /** Addresses this run took up. */
  readonly due: number
  readonly work: { readonly [outcome in DueOutcome]: number }
  /** Records of the side that a read confirmed as gone. */
  readonly gone: number
  /** Fields of written records that the system cannot hold as they are. */
  readonly withheld: number
  /** Of the work: what was written, by kind. */
  readonly wrote: { readonly create: number; readonly update: number; readonly remove: number }
  /** Why records or work were skipped or left, or fields of them withheld, by reason. */
  readonly reasons: { readonly [why: string]: number }
}

export interface Report {
  readonly run: string
  readonly command: string
  readonly exit: 0 | 1 | 2 | 3 | 4
  readonly sides: ReadonlyMap<Side, SideReport>
  readonly failures: ReadonlyArray<Failure>
  readonly held: ReadonlyArray<Held>
  readonly quarantined: number
  /** Conflicts a rule decided, and conflicts that wait for a person, in this run. */
  readonly conflicts: { readonly decided: number; readonly open: number }
  /** Where the sums do not add up: empty, or the run failed. */
  readonly unaccounted: ReadonlyArray<string>
  /** Rounds of pushing it took. */
  readonly rounds: number
  readonly ms: number
}

const recordOutcomes = [
  "quarantined", "parked", "created", "linked", "updated", "skipped", "unchanged", "left"
] as const
const dueOutcomes = ["written", "unchanged", "moved", "refused", "unknown", "left", "skipped"] as const

/** The counters of one run while it runs. Plain and mutable: only the run's own fiber touches it. */
export class Tally {
  readonly sides = new Map<Side, Counts>()
  readonly failures: Array<Failure> = []
  readonly held: Array<Held> = []
  #saved: RunRow["counts"] = {}
  readonly #spoiled = new Set<string>()
  conflicts = { decided: 0, open: 0 }
  stale = 0
  rounds = 0
  /** Where creates wait for a complete listing, and since when one can tell. */
  readonly stuck = new Map<Side, number>()
  /** Which line of `held` speaks of the deletions that a side reports. */
  readonly vanished = new Map<Side, number>()
  /** Places that were listed for such creates in this run. */
  readonly listed = new Set<Side>()

  side(side: Side): Counts {
    let counts = this.sides.get(side)
    if (counts === undefined) this.sides.set(side, counts = new Counts())
    return counts
  }

  /** A record of which something goes to the quarantine. False: this run has counted it already. */
  spoil(side: Side, ext: ExtId): boolean {
    const before = this.#spoiled.size
    return this.#spoiled.add(`${side}|${ext}`).size > before
  }

  get quarantined(): number {
    return this.#spoiled.size
  }

  failed(connection: string): boolean {
    return this.failures.some((failure) => failure.connection === connection)
  }

  /** What came to the counters since this was last asked. */
  unsaved(): RunRow["counts"] {
    const now = countsOf(this.sides)
    const more: { [side: Side]: { [outcome: string]: number } } = {}
    for (const [side, counts] of Object.entries(now)) {
      const before = this.#saved[side]
      const changed = Object.entries(counts).flatMap(([name, count]) => {
        const added = count - (before?.[name] ?? 0)
        return added === 0 && before !== undefined ? [] : [[name, added] as const]
      })
      if (changed.length > 0) more[side] = Object.fromEntries(changed)
    }
    this.#saved = now
    return more
  }

  /** Everything that was written so far, on every side: progress of the push loop. */
  written(): number {
    let sum = 0
    for (const side of this.sides.values()) sum += side.work.written
    return sum
  }
}

/** Counters of one side. */
export class Counts {
  read = 0
  due = 0
  gone = 0
  withheld = 0
  /** Deletions of linked records that a feed or a read reported, held ones too. */
  vanished = 0
  readonly records = zeros(recordOutcomes)
  readonly work = zeros(dueOutcomes)
  readonly wrote = { create: 0, update: 0, remove: 0 }
  readonly reasons: { [why: string]: number } = {}

  because(why: string): void {
    this.reasons[why] = (this.reasons[why] ?? 0) + 1
  }
}

const zeros = <const Names extends ReadonlyArray<string>>(names: Names): { [name in Names[number]]: number } => {
  const counts: { [name: string]: number } = {}
  for (const name of names) counts[name] = 0
  // The loop above has just set every one of these names.
  return counts as { [name in Names[number]]: number }
}

const sum = (counts: { readonly [name: string]: number }): number => Object.values(counts).reduce((a, b) => a + b, 0)

/** P8: what was read is the sum of its outcomes, and so is due work. */
export const unaccounted = (sides: ReadonlyMap<Side, SideReport>): ReadonlyArray<string> => {
  const gaps: Array<string> = []
  for (const [side, counts] of sides) {
    const records = sum(counts.records)
    if (records !== counts.read) gaps.push(`${side}: ${counts.read} records were read, ${records} are accounted for`)
    const work = sum(counts.work)
    if (work !== counts.due) gaps.push(`${side}: ${counts.due} addresses were due, ${work} are accounted for`)
  }
  return gaps
}

/** The gravest wins: 1 failed, 4 held, 3 stale, 2 quarantined, 0 done. */
export const exitOf = (tally: Tally, gaps: ReadonlyArray<string>): Report["exit"] => {
  if (tally.failures.length > 0 || gaps.length > 0) return 1
  if (tally.held.length > 0) return 4
  if (tally.stale > 0) return 3
  return tally.quarantined > 0 ? 2 : 0
}

export const reportOf = (tally: Tally, run: { readonly id: string; readonly command: string }, ms: number): Report => {
  const gaps = unaccounted(tally.sides)
  return {
    run: run.id,
    command: run.command,
    exit: exitOf(tally, gaps),
    sides: tally.sides,
    failures: tally.failures,
    held: tally.held,
    quarantined: tally.quarantined,
    conflicts: tally.conflicts,
    unaccounted: gaps,
    rounds: tally.rounds,
    ms
  }
}

/** Counters as the store keeps them on a run row. */
export const countsOf = (sides: ReadonlyMap<Side, SideReport>): { [side: Side]: { [outcome: string]: number } } => {
  const rows: { [side: Side]: { [outcome: string]: number } } = {}
  for (const [side, counts] of sides) {
    const row: { [outcome: string]: number } = { read: counts.read, due: counts.due }
    for (const [name, count] of Object.entries(counts.records)) if (count > 0) row[name] = count
    for (const [name, count] of Object.entries(counts.work)) if (count > 0) row[`due.${name}`] = count
    if (counts.gone > 0) row["gone"] = counts.gone
    if (counts.withheld > 0) row["withheld"] = counts.withheld
    for (const [name, count] of Object.entries(counts.wrote)) if (count > 0) row[`wrote.${name}`] = count
    rows[side] = row
  }
  return rows
}
