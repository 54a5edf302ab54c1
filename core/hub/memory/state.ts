/** Everything an in-memory hub holds. It outlives the store built on it, as a file outlives a process. */
import type { HubTime } from "../../model/value.ts"
import type { MatchKey } from "../../model/entity.ts"
import type { Conflict, Fact, Golden, GoldenId, InboxRow, Intent, Link, Side, Tombstone } from "../../sync/state.ts"
import type { ConnectionState, CursorRow, Lease, QuarantineRow, RunRow } from "../store.ts"
import type { Json } from "../../model/value.ts"
import type { ElementRow, OutboxRow } from "../row.ts"
import { Journal, Table } from "./table.ts"

export interface CallRow {
  readonly call: string
  readonly side: Side
  readonly intents: ReadonlyArray<Intent>
  readonly handle?: Json
}

export interface FactRow {
  readonly seq: number
  readonly run: string
  readonly at: HubTime
  readonly facts: ReadonlyArray<Fact>
}

export interface LockRow {
  readonly name: string
  readonly owner: string
  readonly since: HubTime
  readonly expires: HubTime
}

export class MemoryState {
  readonly #journal = new Journal()
  readonly goldens = new Table<Golden>(this.#journal)
  /** Key `side|ext`. */
  readonly links = new Table<Link>(this.#journal, {
    golden: (link) => link.golden,
    side: (link) => link.side,
    active: (link) => link.status === "active" ? `${link.golden}|${link.side}` : undefined
  })
  /** Key `kind|value`. */
  readonly keys = new Table<MatchKey & { readonly golden: GoldenId }>(this.#journal, { golden: (key) => key.golden })
  /** Key `side|ext`. */
  readonly elements = new Table<ElementRow>(this.#journal, { golden: (row) => row.golden })
  readonly leases = new Table<Lease & { readonly golden: GoldenId }>(this.#journal)
  /** Key `side|ext`. */
  readonly inbox = new Table<InboxRow>(this.#journal, { side: (row) => row.side, parked: (row) => row.parkedOn })
  /** Key `side|stream`. */
  readonly cursors = new Table<CursorRow>(this.#journal)
  /** Key `side|ext`. */
  readonly listed = new Table<{ readonly side: Side; readonly ext: string; readonly epoch: HubTime }>(this.#journal)
  /** Key `golden|side`. */
  readonly outbox = new Table<OutboxRow>(this.#journal, {
    golden: (row) => row.golden,
    side: (row) => row.side,
    parked: (row) => row.parkedOn,
    held: (row) => row.heldBy
  })
  readonly calls = new Table<CallRow>(this.#journal)
  /** Open intents, key `golden|attempt`; the rest of a call's intents is settled. */
  readonly open = new Table<{ readonly call: string; readonly intent: Intent }>(this.#journal, {
    golden: (row) => row.intent.golden,
    call: (row) => row.call
  })
  readonly tombstones = new Table<Tombstone>(this.#journal)
  readonly conflicts = new Table<Conflict>(this.#journal, { golden: (conflict) => conflict.golden })
  /** Key by record and field. */
  readonly quarantine = new Table<QuarantineRow>(this.#journal, { record: (row) => `${row.side}|${row.ext}` })
  readonly facts = new Table<FactRow>(this.#journal)
  readonly runs = new Table<RunRow>(this.#journal)
  readonly locks = new Table<LockRow>(this.#journal)
  readonly connections = new Table<ConnectionState>(this.#journal)
  /** `epoch`: the newest lease epoch; `facts`: the newest fact row. */
  readonly counters = new Table<number>(this.#journal)

  #commits = 0
  readonly #flushEvery: number

  /** `flushEvery`: a commit is durable once this many were made. A hub that keeps its word flushes every one (R10). */
  constructor(options: { readonly flushEvery?: number } = {}) {
    this.#flushEvery = options.flushEvery ?? 1
  }

  transaction<A>(work: () => A): A {
    return this.#journal.transaction(work, () => ++this.#commits % this.#flushEvery === 0)
  }

  /** What a power cut may take back, together with everything else that was not flushed since. */
  bookkeeping<A>(work: () => A): A {
    return this.#journal.transaction(work, () => false)
  }

  /** The machine dies: what no flush made durable is gone. */
  crash(): void {
    this.#journal.crash()
  }

  count(name: string): number {
    const next = (this.counters.get(name) ?? 0) + 1
    this.counters.set(name, next)
    return next
  }

  /** A copy to come back to; rows are values, so only the tables are copied. */
  copy(): MemoryState {
    const copy = new MemoryState({ flushEvery: this.#flushEvery })
    copy.#journal.transaction(() => {
      copy.goldens.fill(this.goldens)
      copy.links.fill(this.links)
      copy.keys.fill(this.keys)
      copy.elements.fill(this.elements)
      copy.leases.fill(this.leases)
      copy.inbox.fill(this.inbox)
      copy.cursors.fill(this.cursors)
      copy.listed.fill(this.listed)
      copy.outbox.fill(this.outbox)
      copy.calls.fill(this.calls)
      copy.open.fill(this.open)
      copy.tombstones.fill(this.tombstones)
      copy.conflicts.fill(this.conflicts)
      copy.quarantine.fill(this.quarantine)
      copy.facts.fill(this.facts)
      copy.runs.fill(this.runs)
      copy.locks.fill(this.locks)
      copy.connections.fill(this.connections)
      copy.counters.fill(this.counters)
    }, () => true)
    return copy
  }
}
