/**
 * The working copy of a snapshot while a batch is planned, so that the second record of a page sees what the first one
 * did. Nothing is copied before it is changed: most records of most pages change nothing.
 */
import type { MatchKey } from "../model/entity.ts"
import { instantOf } from "../model/instant.ts"
import type { HubTime, Path, Value } from "../model/value.ts"
import type { Evidence } from "./evidence.ts"
import type { Policy, SidePolicy } from "./policy.ts"
import type { Observation, Plan, Snapshot } from "./snapshot.ts"
import type {
  Conflict, ExtId, Fact, FactKind, Golden, GoldenId, InboxRow, Intent, Link, Side, Source, Tombstone
} from "./state.ts"

/** A golden record being changed. */
export interface Draft {
  readonly id: GoldenId
  readonly was: number
  state: Golden["state"]
  readonly mergedInto: GoldenId | undefined
  readonly values: { [path: Path]: Value }
  readonly from: { [path: Path]: number }
  readonly sources: Array<Source>
  readonly origin: Side
  pinned: ReadonlyArray<Path>
  readonly changed: Set<Path>
  /** Fields set so far, with repetition. */
  writes: number
  /** The record it was born from had a key to recognise it by; undefined: look. */
  keyed: boolean | undefined
}

type Mutable<T> = { -readonly [key in keyof T]: T[key] }

export const linkKey = (side: Side, ext: ExtId): string => `${side}|${ext}`

export class Work {
  readonly policy: Policy
  readonly snapshot: Snapshot
  readonly facts: Array<Fact> = []
  readonly outcomes: Array<Plan["outcomes"][number]> = []
  readonly quarantine: Array<Plan["quarantine"][number]> = []
  readonly puts: Array<InboxRow> = []
  readonly done: Array<Plan["inbox"]["done"][number]> = []
  readonly tombstones = new Map<GoldenId, Tombstone>()
  readonly drafts = new Map<GoldenId, Draft>()
  readonly links = new Map<string, { link: Link; readonly was: number }>()
  readonly keysAdded = new Map<string, MatchKey & { readonly golden: GoldenId }>()
  readonly keysRemoved = new Map<string, MatchKey>()
  readonly settled = new Map<string, Intent>()
  readonly conflicts = new Map<string, Conflict>()
  /** Addresses asked for by a decision, `golden|side`. */
  readonly asked = new Map<string, { readonly golden: GoldenId; readonly side: Side }>()
  #byGolden: Map<GoldenId, Set<string>> | undefined
  #open: Map<GoldenId, Map<string, Conflict>> | undefined
  #ids = 0
  #readTime = 0
  #read: Evidence | undefined

  constructor(policy: Policy, snapshot: Snapshot) {
    this.policy = policy
    this.snapshot = snapshot
  }

  nextId(): string {
    const id = this.snapshot.ids[this.#ids++]
    if (id === undefined) throw new Error("the snapshot carries fewer fresh ids than the batch needs")
    return id
  }

  // -- golden records

  golden(id: GoldenId): Draft | Golden | undefined {
    return this.drafts.get(id) ?? this.snapshot.goldens.get(id)
  }

  /** The record that stands for this id now: merged ones lead to their winner. */
  standing(id: GoldenId): Draft | Golden | undefined {
    let golden = this.golden(id)
    for (let hops = 0; golden?.mergedInto !== undefined && hops < 16; hops++) golden = this.golden(golden.mergedInto)
    return golden
  }

  draft(id: GoldenId): Draft {
    const known = this.drafts.get(id)
    if (known !== undefined) return known
    const golden = this.snapshot.goldens.get(id)
    if (golden === undefined) throw new Error(`golden record ${id} was not loaded`)
    const draft: Draft = {
      id,
      was: golden.ver,
      state: golden.state,
      mergedInto: golden.mergedInto,
      values: { ...golden.values },
      from: { ...golden.from },
      sources: [...golden.sources],
      origin: golden.origin,
      pinned: golden.pinned ?? [],
      changed: new Set(),
      writes: 0,
      keyed: undefined
    }
    this.drafts.set(id, draft)
    return draft
  }

  born(origin: Side): Draft {
    const id = this.nextId()
    const draft: Draft = {
      id,
      was: 0,
      state: "live",
      mergedInto: undefined,
      values: {},
      from: {},
      sources: [],
      origin,
      pinned: [],
      changed: new Set(),
      writes: 0,
      keyed: undefined
    }
    this.drafts.set(id, draft)
    return draft
  }

  // -- links

  link(side: Side, ext: ExtId): Link | undefined {
    const key = linkKey(side, ext)
    return this.links.get(key)?.link ?? this.snapshot.links.get(key)
  }

  put(link: Link): void {
    const key = linkKey(link.side, link.ext)
    const before = this.links.get(key)
    const was = before === undefined ? this.snapshot.links.get(key)?.rev ?? 0 : before.was
    this.links.set(key, { link: link.rev === was + 1 ? link : { ...link, rev: was + 1 }, was })
    if (this.#byGolden !== undefined) index(this.#byGolden, link.golden, key)
  }

  linksOf(golden: GoldenId): ReadonlyArray<Link> {
    this.#byGolden ??= this.#indexLinks()
    const found: Array<Link> = []
    for (const key of this.#byGolden.get(golden) ?? []) {
      const link = this.links.get(key)?.link ?? this.snapshot.links.get(key)
      if (link !== undefined && link.golden === golden) found.push(link)
    }
    return found
  }

  #indexLinks(): Map<GoldenId, Set<string>> {
    const map = new Map<GoldenId, Set<string>>()
    for (const [key, link] of this.snapshot.links) index(map, link.golden, key)
    for (const [key, { link }] of this.links) index(map, link.golden, key)
    return map
  }

  activeLink(golden: GoldenId, side: Side): Link | undefined {
    return this.linksOf(golden).find((link) => link.side === side && link.status === "active")
  }

  // -- keys, intents, conflicts

  keyOwner(key: MatchKey): GoldenId | undefined {
    const text = `${key.kind}|${key.value}`
    return this.keysAdded.get(text)?.golden ?? (this.keysRemoved.has(text) ? undefined : this.snapshot.keys.get(text))
  }

  addKey(key: MatchKey, golden: GoldenId): void {
    const text = `${key.kind}|${key.value}`
    // A key of a record that is gone passes on: the old row goes first.
    const before = this.snapshot.keys.get(text)
    if (before !== undefined && before !== golden) this.keysRemoved.set(text, key)
    this.keysAdded.set(text, { ...key, golden })
  }

  removeKey(key: MatchKey): void {
    const text = `${key.kind}|${key.value}`
    this.keysAdded.delete(text)
    if (this.snapshot.keys.has(text)) this.keysRemoved.set(text, key)
  }

  intents(golden: GoldenId, side: Side): ReadonlyArray<Intent> {
    const all = this.snapshot.intents.get(golden)
    if (all === undefined || all.length === 0) return none
    return all.filter((one) => one.side === side && !this.settled.has(intentKey(one)))
  }

  settle(intent: Intent): void {
    this.settled.set(intentKey(intent), intent)
  }

  /** Open conflicts of a golden record: their fields are frozen on their side. */
  open(golden: GoldenId): Iterable<Conflict> {
    return this.openMap(golden)?.values() ?? []
  }

  frozen(golden: GoldenId, side: Side, path: Path): Conflict | undefined {
    return this.openMap(golden)?.get(`${side}|${path}`)
  }

  private openMap(golden: GoldenId): Map<string, Conflict> | undefined {
    const changed = this.#open?.get(golden)
    if (changed !== undefined) return changed
    const loaded = this.snapshot.conflicts.get(golden)
    if (loaded === undefined || loaded.length === 0) return undefined
    const map = new Map<string, Conflict>()
    for (const one of loaded) if (one.status === "open") map.set(`${one.side}|${one.path}`, one)
    this.#open ??= new Map()
    this.#open.set(golden, map)
    return map
  }

  conflict(conflict: Conflict): void {
    this.conflicts.set(conflict.id, conflict)
    const map = this.openMap(conflict.golden) ?? new Map<string, Conflict>()
    const at = `${conflict.side}|${conflict.path}`
    if (conflict.status === "open") map.set(at, conflict)
    else if (map.get(at)?.id === conflict.id) map.delete(at)
    this.#open ??= new Map()
    this.#open.set(conflict.golden, map)
  }

  // -- what was done

  fact(kind: FactKind, why: string, at: {
    readonly golden?: GoldenId | undefined
    readonly side?: Side | undefined
    readonly ext?: ExtId | undefined
    readonly path?: Path | undefined
  }): void {
    const fact: Mutable<Fact> = { kind, entity: this.policy.entity.name, why }
    if (at.golden !== undefined) fact.golden = at.golden
    if (at.side !== undefined) fact.side = at.side
    if (at.ext !== undefined) fact.ext = at.ext
    if (at.path !== undefined) fact.path = at.path
    this.facts.push(fact)
  }

  /** The record has to be read (again): a reading that settles this starts after `readAt` (R4). */
  demand(
    obs: Observation, why: InboxRow["why"], more: { readonly parkedOn?: string; readonly notBefore?: HubTime } = {}
  ): void {
    this.puts.push({
      side: obs.side,
      ext: obs.ext,
      why,
      readAt: obs.readAt,
      attempts: 0,
      notBefore: more.notBefore ?? this.snapshot.now,
      ...(more.parkedOn === undefined ? {} : { parkedOn: more.parkedOn })
    })
  }

  ask(golden: GoldenId, side: Side): void {
    this.asked.set(`${golden}|${side}`, { golden, side })
  }

  /** A page has one time, and every record of it asks for its text. */
  readAt(time: HubTime): Evidence {
    if (this.#read === undefined || this.#readTime !== time) {
      this.#readTime = time
      this.#read = { at: instantOf(time), tier: "O" }
    }
    return this.#read
  }

  side(side: Side): SidePolicy | undefined {
    return this.policy.sides.get(side)
  }
}

const none: ReadonlyArray<Intent> = []

const intentKey = (one: Intent): string => `${one.attempt}|${one.golden}`

const index = (map: Map<GoldenId, Set<string>>, golden: GoldenId, key: string): void => {
  const known = map.get(golden)
  if (known === undefined) map.set(golden, new Set([key]))
  else known.add(key)
}
