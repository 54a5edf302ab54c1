/**
 * Knows what really happened in every system and hears everything the hub commits, and says by name which law is
 * broken (SEMANTICS 1.15). It shares no code with what it judges: its evidence is the systems' own history.
 */
import type { Event } from "../../core/testing/world.ts"
import { identical, isRecord } from "../../core/model/value.ts"
import type { Json, Obs, Path, Value } from "../../core/model/value.ts"
import type { FieldPolicy } from "../../core/sync/policy.ts"
import type { Plan } from "../../core/sync/snapshot.ts"
import type { Acknowledged } from "../../core/sync/push.ts"
import type { Conflict, Golden, GoldenId, Intent, Link, Side } from "../../core/sync/state.ts"
import { columnOf } from "./mapping.ts"
import { elementsOf } from "./model.ts"
import type { Place, Setup } from "./setup.ts"

export type Law = "P1" | "P2" | "P3" | "P4" | "P5" | "P6" | "P7" | "P8" | "P9" | "P11" | "total"

export const lawNames: { readonly [law in Law]: string } = {
  P1: "convergence",
  P2: "quiescence",
  P3: "no lost update",
  P4: "no duplicates",
  P5: "no echo",
  P6: "monotone",
  P7: "no invention",
  P8: "conservation",
  P9: "determinism",
  P11: "confluence",
  total: "no defect"
}

export interface Violation {
  readonly law: Law
  readonly at: number
  readonly what: string
}

/** What happened to one column of one record, in order. */
interface Trace {
  readonly seq: number
  readonly value: Json
  readonly asked: Json
  readonly by: Event["by"]
}

export class Oracle {
  readonly violations: Array<Violation> = []
  /** Edits overwritten inside the read-write window of a system without a guard: declared, and counted (P3). */
  windows = 0
  /** Undeclared normalisation taken for an edit because no answer showed it (fault 6). */
  leaks = 0
  readonly goldens = new Map<GoldenId, Golden>()
  readonly links = new Map<string, Link>()
  readonly conflicts = new Map<string, Conflict>()
  private readonly setup: Setup
  private readonly places: ReadonlyMap<Side, Place>
  /** `side|ext|column`. */
  private readonly traces = new Map<string, Array<Trace>>()
  /** `side|ext|path` → the newest event the hub has taken in. */
  private readonly taken = new Map<string, number>()
  /** Every element that ever stood in a list: `column|id`. */
  private readonly seen = new Map<string, Array<Json>>()
  /** Sides where an answer to a write may be missing: there, what a system makes of a value may pass for an edit. */
  private readonly unheard: ReadonlySet<Side>
  /** Everything the hub ever meant to send, by attempt. */
  private readonly attempts = new Map<string, Intent>()
  /** Writes of which the hub does not know what became of them, by attempt and golden record. */
  readonly open = new Map<string, Intent>()
  /** Everything the hub ever sent, `side|golden|path`. */
  private readonly sent = new Map<string, ReadonlyArray<Json>>()
  /** Creates by the hub, `side|golden`. */
  private readonly made = new Map<string, Array<string>>()

  constructor(setup: Setup) {
    this.setup = setup
    this.places = new Map(setup.sides.map((place) => [place.side, place]))
    this.unheard = new Set(setup.sides.flatMap((place) => mayMiss(setup, place) ? [place.side] : []))
    for (const place of setup.sides) {
      place.system.table(place.table).onEvent = (event) => this.heard(place, event)
    }
  }

  breaks(law: Law, what: string): void {
    this.violations.push({ law, at: this.setup.world.time.now, what })
  }

  // -- what happens in the systems

  private heard(place: Place, event: Event): void {
    if (event.by === "hub" && event.what === "edited") this.overwrites(place, event)
    if (event.by === "hub" && event.what === "created") this.creates(place, event)
    for (const [column, value] of Object.entries(event.set)) {
      const key = `${place.side}|${event.id}|${column}`
      const trace = this.traces.get(key) ?? []
      trace.push({ seq: event.seq, value, asked: event.asked[column] ?? null, by: event.by })
      this.traces.set(key, trace)
      for (const [id, element] of elementsOf(value)) {
        const known = this.seen.get(`${column}|${id}`)
        if (known === undefined) this.seen.set(`${column}|${id}`, [element])
        else known.push(element)
      }
    }
  }

  /** P3: the hub may overwrite only what it has seen there or has itself sent. */
  private overwrites(place: Place, event: Event): void {
    const link = this.links.get(`${place.side}|${event.id}`)
    for (const [path, field] of place.policy.mapping.fields) {
      const column = columnOf(path)
      const now = event.set[column]
      const was = event.was[column]
      if (now === undefined || was === undefined || identical(now, was)) continue
      const last = this.traces.get(`${place.side}|${event.id}|${column}`)?.at(-1)
      if (last === undefined || last.by === "hub") continue
      const theirs = plain(field.get({ [column]: was }))
      const known = link?.shadow[path]
      const policy = place.policy.fields.get(path)
      const seen = known !== undefined && (identical(known.r, theirs) || alike(policy, known.r, theirs))
      if (seen || (known === undefined && theirs === null)) continue
      const { knobs } = place.system
      const guarded = knobs.guard === "values" || (knobs.guard === "version" && link !== undefined)
      // A create has no guard. It is sent only where no record is known; one may be by the time an upsert lands on it.
      const creates = this.attempts.get(event.attempt ?? "")?.op === "create"
      if (!guarded || creates) this.windows++
      else {
        this.breaks("P3", `${place.side} ${event.id} ${path}: ${text(theirs)} was overwritten unseen, ` +
          `the hub knew ${text(known?.r)}`)
      }
    }
  }

  /** P4: one record a golden and side. */
  private creates(place: Place, event: Event): void {
    const marker = this.attempts.get(event.attempt ?? "")?.golden ?? "?"
    const key = `${place.side}|${marker}`
    const made = this.made.get(key) ?? []
    const living = made.filter((id) =>
      place.system.look(place.table, id) !== undefined && !this.estranged(place, id, marker))
    if (living.length > 0) this.breaks("P4", `${place.side}: ${event.id} doubles ${living.join(" ")} of ${marker}`)
    this.made.set(key, [...made, event.id])
  }

  /**
   * Its creation was never heard of, the system knows no marker or key of the create, and before any reading could link
   * it a person gave it another key: nothing tells it from somebody new, so it is made again.
   */
  private estranged(place: Place, id: string, golden: GoldenId): boolean {
    if (place.system.knobs.creates !== "once") return false
    if (this.links.get(`${place.side}|${id}`)?.golden === golden) return false
    const [key = ""] = place.policy.mapping.covers
    return this.traces.get(`${place.side}|${id}|${columnOf(key)}`)?.some((one) => one.by === "user") === true
  }

  // -- what the hub commits

  intended(intents: ReadonlyArray<Intent>): void {
    for (const intent of intents) {
      this.attempts.set(intent.attempt, intent)
      this.open.set(`${intent.attempt}|${intent.golden}`, intent)
      for (const [path, value] of Object.entries(intent.sent)) {
        const key = `${intent.side}|${intent.golden}|${path}`
        this.sent.set(key, [...this.sent.get(key) ?? [], value])
      }
      if (intent.op === "create") this.mayCreate(intent)
    }
  }

  /** What a person creates while our create is on its way cannot be known (C25); what was there before, can. */
  private mayCreate({ golden, side }: Intent): void {
    const place = this.places.get(side)
    for (const link of this.links.values()) {
      if (link.golden !== golden || link.side !== side || link.status !== "active") continue
      if (place?.system.look(place.table, link.ext) === undefined) continue
      this.breaks("P4", `${side}: a create is sent though ${link.ext} is linked to ${golden}`)
    }
  }

  committed(plan: Plan): void {
    this.settled(plan.settled)
    for (const { golden } of plan.goldens) {
      const before = this.goldens.get(golden.id)
      this.decided(before, golden)
      this.goldens.set(golden.id, golden)
    }
    for (const conflict of plan.conflicts) this.conflicts.set(conflict.id, conflict)
    for (const { link } of plan.links) {
      const before = this.links.get(`${link.side}|${link.ext}`)
      this.links.set(`${link.side}|${link.ext}`, link)
      this.advances(before, link)
      this.answers(before, link, plan)
    }
    this.unique(plan)
  }

  private settled(intents: Plan["settled"]): void {
    for (const { attempt, golden } of intents) this.open.delete(`${attempt}|${golden}`)
  }

  acknowledged(result: Acknowledged): void {
    this.settled(result.settled)
    for (const { link } of result.links) {
      const before = this.links.get(`${link.side}|${link.ext}`)
      this.links.set(`${link.side}|${link.ext}`, link)
      this.advances(before, link)
    }
    for (const conflict of result.conflicts) this.conflicts.set(conflict.id, conflict)
    for (const { link } of result.links) this.single(link)
  }

  private unique(plan: Plan): void {
    for (const { link } of plan.links) this.single(link)
  }

  private single(link: Link): void {
    if (link.status !== "active") return
    for (const other of this.links.values()) {
      if (other.golden !== link.golden || other.side !== link.side || other.ext === link.ext) continue
      if (other.status === "active") {
        this.breaks("P4", `${link.side}: ${other.ext} and ${link.ext} are both active for ${link.golden}`)
      }
    }
  }

  /** P5 and P7: what enters a golden record was written by a person, there, and is not our own echo. */
  private decided(before: Golden | undefined, golden: Golden): void {
    const paths = new Set([...Object.keys(golden.values), ...Object.keys(before?.values ?? {})])
    for (const path of paths) {
      const value = golden.values[path] ?? null
      if (identical(value, before?.values[path] ?? null)) continue
      const source = golden.sources[golden.from[path] ?? -1]
      const place = source === undefined ? undefined : this.places.get(source.side)
      if (source === undefined || place === undefined) {
        this.breaks("P7", `golden ${golden.id} ${path} = ${text(value)} has no source`)
        continue
      }
      const cls = place.entity.fields.get(path)?.merge
      if (path === "person") continue
      if (cls === "R") this.consents(golden, path, before?.values[path], value)
      else if (cls === "S" || cls === "A") this.elements(golden, path, before?.values[path], value)
      else if (cls !== "C") this.register(place, source.ext, golden, path, value)
    }
  }

  private register(place: Place, ext: string, golden: Golden, path: Path, value: Json): void {
    const field = place.policy.mapping.fields.get(path)
    const column = columnOf(path)
    const trace = this.traces.get(`${place.side}|${ext}|${column}`) ?? []
    const shows = trace.filter((one) => identical(plain(field?.get({ [column]: one.value }) ?? absentNull), value))
    if (shows.some((one) => one.by === "user")) return
    const where = `golden ${golden.id} ${path} = ${text(value)} from ${place.side} ${ext}`
    const never = place.system.table(place.table).events.find((event) => event.id === ext && event.what === "created")
    if (value === null && never?.by === "user" && never.set[column] === undefined) return
    if (shows.length === 0) return this.breaks("P7", `${where}: nobody ever wrote that there`)
    // Made by us, unheard of, and its key changed by a person since: nothing tells it from somebody new.
    const lost = this.setup.keyEdits && never?.by === "hub"
    const declared = field?.lossy !== undefined
    const unheard = !declared && this.unheard.has(place.side) && shows.some((one) => !identical(one.value, one.asked))
    if (lost || unheard) this.leaks++
    else this.breaks("P5", `${where}: only the hub wrote that there`)
  }

  private elements(golden: Golden, path: Path, was: Json | undefined, value: Json): void {
    const before = elementsOf(was)
    for (const [id, element] of elementsOf(value)) {
      if (identical(before.get(id), element) || this.everSeen(path, id, element)) continue
      this.breaks("P7", `golden ${golden.id} ${path} has ${text(element)}, which nobody ever wrote`)
    }
  }

  /** A consent stands where some system once showed it; open only by the person's own word. */
  private consents(golden: Golden, path: Path, was: Json | undefined, value: Json): void {
    const before = elementsOf(was)
    for (const [id, element] of elementsOf(value)) {
      if (!isRecord(element) || identical(before.get(id), element) || element["state"] === "unknown") continue
      const { state, decidedAt = null, decidedBy = null } = element
      const where = `golden ${golden.id} ${path} ${id}`
      if (state === undefined || !this.everSeen(path, id, { state, decidedAt, decidedBy })) {
        this.breaks("P7", `${where} stands at ${text(state)} of ${text(decidedAt)}, which nobody ever said`)
      } else if (state === "granted" && decidedBy !== "subject") {
        this.breaks("P7", `${where} was opened by ${text(decidedBy)}`)
      }
    }
  }

  private everSeen(path: Path, id: string, element: Json): boolean {
    return this.seen.get(`${columnOf(path)}|${id}`)?.some((one) => covers(one, element)) === true
  }

  /** P6: what the hub takes in of a field never goes back in the system's own history. */
  private advances(before: Link | undefined, link: Link): void {
    const place = this.places.get(link.side)
    if (place === undefined) return
    for (const [path, pair] of Object.entries(link.shadow)) {
      if (before !== undefined && identical(before.shadow[path]?.r ?? null, pair.r)) continue
      const column = columnOf(path)
      const field = place.policy.mapping.fields.get(path)
      if (field === undefined) continue
      const trace = this.traces.get(`${link.side}|${link.ext}|${column}`) ?? []
      const newest = trace.findLast((one) => identical(plain(field.get({ [column]: one.value })), pair.r) ||
        identical(plain(field.get({ [column]: one.asked })), pair.r) || identical(field.norm(one.asked), pair.r))
      if (newest === undefined) continue
      const key = `${link.side}|${link.ext}|${path}`
      const last = this.taken.get(key)
      if (last !== undefined && newest.seq < last) {
        this.breaks("P6", `${link.side} ${link.ext} ${path} went back to ${text(pair.r)}`)
      }
      this.taken.set(key, Math.max(last ?? 0, newest.seq))
    }
  }

  /** P3: an edit that was seen and did not win is on record. */
  private answers(before: Link | undefined, link: Link, plan: Plan): void {
    const place = this.places.get(link.side)
    const golden = this.goldens.get(link.golden)
    if (place === undefined || golden === undefined || before === undefined || link.status !== "active") return
    for (const [path, pair] of Object.entries(link.shadow)) {
      const old = before.shadow[path]
      const policy = place.policy.fields.get(path)
      if (old === undefined || policy === undefined || identical(old.r, pair.r) || pair.r === null) continue
      if (policy.cls !== "L" && policy.cls !== "O") continue
      const mine = golden.values[path]
      if (mine !== undefined && (identical(mine, pair.r) || alike(policy, mine, pair.r))) continue
      if (this.byHub(link, path, pair.r) || path === "person") continue
      const told = plan.conflicts.some((one) => one.golden === link.golden && one.path === path) ||
        plan.facts.some((fact) => fact.path === path && fact.golden === link.golden)
      if (told) continue
      this.breaks("P3", `${link.side} ${link.ext} ${path}: ${text(pair.r)} lost against ${text(mine)} without a trace`)
    }
  }

  private byHub(link: Link, path: Path, value: Json): boolean {
    const column = columnOf(path)
    const trace = this.traces.get(`${link.side}|${link.ext}|${column}`) ?? []
    const newest = trace.findLast((one) => identical(one.value, value) || identical(one.asked, value))
    // What a person writes and we have sent as well cannot be told apart (row 4).
    const sent = this.sent.get(`${link.side}|${link.golden}|${path}`)
    return newest?.by === "hub" || sent?.some((one) => identical(one, value)) === true
  }
}

const mayMiss = (setup: Setup, { system: { knobs } }: Place): boolean =>
  !knobs.answers || setup.crash > 0 || setup.workers > 1 ||
  [knobs.lostAnswer, knobs.delayed, knobs.torn, knobs.pause].some((chance) => chance > 0)

/** The same to this side, by the field or by what the side is declared to make of it. */
export const alike = (policy: FieldPolicy | undefined, a: Value | null, b: Value | null): boolean => {
  if (policy === undefined || a === null || b === null) return a === b
  const [left, right] = [policy.norm(a), policy.norm(b)]
  return policy.same(a, b) || (left !== null && right !== null && policy.same(left, right))
}

const absentNull: Obs = { _tag: "Absent" }

/** Every attribute of `part` is in `whole`: an element may be put together attribute by attribute. */
const covers = (whole: Json, part: Json): boolean =>
  isRecord(whole) && isRecord(part)
    ? Object.keys(part).every((key) => identical(whole[key], part[key]))
    : identical(whole, part)

export const plain = (obs: Obs): Json => obs._tag === "Value" ? obs.value : null

export const text = (json: Json | undefined): string => json === undefined ? "nothing" : JSON.stringify(json)
