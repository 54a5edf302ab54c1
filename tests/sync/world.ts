/** Simulated sides driven by a seed: users edit, the hub reads and writes, answers get lost. */
import { alike, lensesOf } from "../../core/sync/lens.ts"
import type { Value } from "../../core/model/value.ts"
import type { Policy } from "../../core/sync/policy.ts"
import type { Observation } from "../../core/sync/snapshot.ts"
import type { GoldenId, Side } from "../../core/sync/state.ts"
import { heldAt, Hub } from "./hub.ts"
import type { Shown } from "./hub.ts"

/** mulberry32 */
export const seeded = (seed: number) => {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const int = (below: number): number => Math.floor(next() * below)
  return {
    next,
    int,
    chance: (share: number): boolean => next() < share,
    pick: <A>(items: ReadonlyArray<A>): A => {
      const one = items[int(items.length)]
      if (one === undefined) throw new Error("nothing to pick from")
      return one
    }
  }
}
export type Random = ReturnType<typeof seeded>

export interface System {
  readonly records: Map<string, Shown>
  /** What the system makes of a value written to it, undeclared. */
  readonly normalise: (path: string, value: Value | null) => Value | null
  next: number
}

export class World {
  readonly hub: Hub
  readonly random: Random
  readonly systems = new Map<Side, System>()
  /** Writes that were sent, to count echoes and to show quiescence. */
  writes = 0
  created = 0

  constructor(policy: Policy, seed: number, normalise: { readonly [side: Side]: System["normalise"] } = {}) {
    this.hub = new Hub(policy)
    this.random = seeded(seed)
    for (const side of policy.sides.keys()) {
      this.systems.set(side, { records: new Map(), normalise: normalise[side] ?? ((_, value) => value), next: 1 })
    }
  }

  system(side: Side): System {
    const system = this.systems.get(side)
    if (system === undefined) throw new Error(`no ${side}`)
    return system
  }

  /** A user writes into a system; a new record where `ext` is new. */
  edit(side: Side, ext: string, change: Shown): void {
    const { records } = this.system(side)
    records.set(ext, { ...records.get(ext), ...change })
  }

  blank(side: Side): Shown {
    return Object.fromEntries([...lensesOf(this.hub.policy, this.policyOf(side)).keys()].map((path) => [path, null]))
  }

  policyOf(side: Side) {
    const policy = this.hub.policy.sides.get(side)
    if (policy === undefined) throw new Error(`no ${side}`)
    return policy
  }

  born(side: Side, shown: Shown): string {
    const system = this.system(side)
    const ext = `${side}-${system.next++}`
    system.records.set(ext, { ...this.blank(side), ...shown })
    return ext
  }

  read(side: Side): void {
    this.hub.now += 1_000
    const { records } = this.system(side)
    const page = [...records].map(([ext, shown]): Observation => heldAt(this.hub.now, side, ext, shown))
    this.hub.see(...page)
  }

  /** Reads what the inbox asks for. */
  settle(side: Side): void {
    this.hub.now += 1_000
    const batch: Array<Observation> = []
    for (const row of [...this.hub.inbox.values()]) {
      if (row.side !== side || row.notBefore > this.hub.now) continue
      const shown = this.system(side).records.get(row.ext)
      batch.push(shown === undefined
        ? { _tag: "Gone", side, ext: row.ext, readAt: this.hub.now, evidence: "read" }
        : heldAt(this.hub.now, side, row.ext, shown, { direct: true }))
    }
    this.hub.see(...batch)
  }

  /** Sends everything due to a side; `lossy`: some answers are lost, before or after the write landed. */
  push(side: Side, lossy = false): void {
    for (const { golden, side: to, notBefore } of [...this.hub.due.values()]) {
      if (to === side && notBefore <= this.hub.now) this.#pushOne(side, golden, lossy)
    }
  }

  #pushOne(side: Side, golden: GoldenId, lossy: boolean): void {
    const push = this.hub.push(side, golden)
    if (push.do === "nothing" || push.do === "skip") {
      this.hub.due.delete(`${golden}|${side}`)
      return
    }
    if (push.do !== "create" && push.do !== "update" && push.do !== "remove") return
    const { records, normalise } = this.system(side)
    const lost = lossy && this.random.chance(0.2)
    if (lost && this.random.chance(0.5)) {
      this.hub.send(side, golden, { did: "unknown" })
      return
    }
    if (push.do === "remove") {
      records.delete(push.ext)
      this.writes++
      this.hub.send(side, golden, lost ? { did: "unknown" } : { did: "written", id: push.ext })
      return
    }
    const before = push.do === "update" ? records.get(push.ext) : this.blank(side)
    if (before === undefined) {
      this.hub.send(side, golden, { did: "gone" })
      return
    }
    const email = push.do === "create" ? push.writes.find((one) => one.path === "email")?.value : undefined
    const twin = [...records].find(([, one]) => email !== undefined && email !== null && one["email"] === email)
    if (twin !== undefined) {
      this.hub.send(side, golden, { did: "exists", id: twin[0] })
      return
    }
    const lenses = lensesOf(this.hub.policy, this.policyOf(side))
    const moved = push.do === "update" && push.writes.some(({ path, base }) => {
      const lens = lenses.get(path)
      return base !== undefined && lens !== undefined && !alike(lens.policy, before[path] as Value | null, base)
    })
    if (moved) {
      this.hub.send(side, golden, { did: "moved" })
      return
    }
    const stored = push.writes.map(({ path, value }) => [path, normalise(path, value)])
    const after = { ...before, ...Object.fromEntries(stored) }
    const ext = push.do === "update" ? push.ext : `${side}-${this.system(side).next++}`
    records.set(ext, after)
    this.writes++
    if (push.do === "create") this.created++
    this.hub.send(side, golden, lost ? { did: "unknown" } : { did: "written", id: ext }, lost ? undefined : after)
  }

  /** A complete round without faults. */
  round(): void {
    for (const side of this.systems.keys()) {
      this.hub.now += 120_000
      this.settle(side)
      this.read(side)
    }
    for (const side of this.systems.keys()) {
      this.hub.now += 3_600_000
      this.push(side)
      this.settle(side)
    }
  }
}
