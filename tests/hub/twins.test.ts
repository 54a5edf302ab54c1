/** The two stores are the same hub: random operations on both give the same answers and the same contents. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { Ids } from "../../core/hub/ids.ts"
import { MemoryState, memoryStore } from "../../core/hub/memory.ts"
import { openStore } from "../../core/hub/sqlite.ts"
import type { Ack, Claimed, Deferral, HubStore } from "../../core/hub/store.ts"
import type { Plan } from "../../core/sync/snapshot.ts"
import type { Conflict, InboxRow, Link, RecordOutcome } from "../../core/sync/state.ts"
import { golden, id, intent, link, nothing, t0 } from "./records.ts"

type Store = HubStore["Service"]

const histories = 40
const steps = 60

/** Small numbers on purpose: histories must collide. */
const chance = (seed: number) => {
  let state = seed >>> 0
  const bits = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  const below = (limit: number) => bits() % limit
  const one = <A>(...of: readonly [A, ...ReadonlyArray<A>]): A => of[below(of.length)] ?? of[0]
  const some = <A>(limit: number, make: () => A): ReadonlyArray<A> => Array.from({ length: below(limit + 1) }, make)
  return { below, one, some }
}
type Chance = ReturnType<typeof chance>

const sides = ["erp.KUNDEN", "shop.customers"] as const
const outcomes: readonly [RecordOutcome, ...ReadonlyArray<RecordOutcome>] = ["updated", "quarantined", "parked", "left"]

const anyLink = ({ below, one }: Chance): { readonly link: Link; readonly was: number } => {
  const was = below(4)
  const element = `e${below(3)}`
  return {
    was,
    link: link(below(5), {
      side: one(...sides), ext: String(below(6)), rev: was + 1, obsAt: t0 + below(9), writeEnd: t0 + below(9),
      status: one("active", "active", "alias", "unlinked", "merged", "released"),
      ...(below(3) === 0
        ? { elements: { variants: { [`v${below(4)}`]: element } },
          rows: { variants: one("erp.VARIANTE", "shop.variants") } }
        : {}),
      ...(below(3) === 0 ? { hash: `h${below(9)}`, suspect: t0 } : {})
    })
  }
}

const anyInbox = ({ below, one }: Chance): InboxRow => ({
  side: one(...sides), ext: String(below(6)), why: one("hint", "partial", "gone", "parked", "retry"),
  readAt: t0 + below(9), attempts: below(3), notBefore: t0 + below(9),
  ...(below(2) === 0 ? { parkedOn: one(`erp.KUNDEN|${below(6)}`, `shop.variants|v${below(4)}`) } : {})
})

const anyConflict = ({ below, one }: Chance): Conflict => ({
  id: `c${below(6)}`, golden: id(below(5)), entity: "customer", path: one("email", "name.given"), side: one(...sides),
  kind: "both_changed", base: null, theirs: "a", mine: "b", chosen: "none", rule: "hold",
  status: one("open", "auto", "resolved"), at: t0, run: "run-1"
})

const anyPlan = (random: Chance): Plan => {
  const { below, one, some } = random
  return {
    goldens: some(2, () => below(5)).filter((n, at, all) => all.indexOf(n) === at).map((n) => {
      const was = below(3)
      return {
        was,
        golden: golden(n, {
          ver: was + 1, ...(below(5) === 0 ? { state: "merged" as const, mergedInto: id(below(5)) } : {})
        })
      }
    }),
    links: some(2, () => anyLink(random)),
    keys: {
      add: some(1, () => ({ kind: one("email", "sku"), value: `k${below(4)}`, golden: id(below(5)) })),
      remove: some(1, () => ({ kind: one("email", "sku"), value: `k${below(4)}` }))
    },
    due: some(3, () => ({ golden: id(below(5)), side: one(...sides), ver: below(4) })),
    settled: some(2, () => ({ attempt: `a${below(9)}`, golden: id(below(5)) })),
    conflicts: some(1, () => anyConflict(random)),
    tombstones: some(1, () => ({ entity: "customer", golden: id(below(5)), at: t0 + below(3), cause: "gone" })),
    inbox: {
      put: some(2, () => anyInbox(random)),
      done: some(2, () => ({ side: one(...sides), ext: String(below(6)), readAt: t0 + below(9) }))
    },
    quarantine: some(1, () => ({ side: one(...sides), ext: String(below(6)), cause: one("x", "y") })),
    facts: some(2, () => ({ kind: "updated", entity: "customer", golden: id(below(5)), why: "w" })),
    outcomes: some(2, () => ({ side: one(...sides), ext: String(below(6)), outcome: one(...outcomes) }))
  }
}

const anyAck = (random: Chance, { due, lease }: Claimed): Ack => {
  const { below, one, some } = random
  const written = anyLink(random)
  return {
    address: { golden: due.golden, side: due.side, ver: due.ver - (below(4) === 0 ? 1 : 0) },
    lease,
    result: {
      links: below(2) === 0 ? [] : [{ ...written, link: { ...written.link, golden: due.golden, side: due.side } }],
      conflicts: some(1, () => anyConflict(random)),
      facts: [{ kind: "written", entity: "customer", golden: due.golden, why: "w" }],
      settled: some(2, () => ({ attempt: `a${below(9)}`, golden: due.golden })),
      hints: some(1, () => ({ side: due.side, ext: String(below(6)) })),
      due: one<Ack["result"]["due"]>(
        { then: "clear" }, { then: "again", notBefore: t0 + below(9), attempts: below(3) },
          { then: "hold", by: "run-1" }
      ),
      outcome: one("written", "refused", "unknown"),
      ...(below(4) === 0 ? { quarantine: { cause: one("x", "y") } } : {})
    }
  }
}

const anyDeferral = ({ below, one }: Chance, claimed: ReadonlyArray<Claimed>): Deferral => {
  const mine = claimed[below(claimed.length + 1)]
  const row = mine === undefined
    ? { golden: id(below(5)), side: one(...sides), ver: below(4) }
    : { golden: mine.due.golden, side: mine.due.side, ver: mine.due.ver, lease: mine.lease }
  return one<Deferral>(
    { ...row, then: "clear" },
    { ...row, then: "park", on: one(`erp.KUNDEN|${id(below(5))}`, `shop.variants|${id(below(5))}#e${below(3)}`) },
    { ...row, then: "wait", until: t0 + below(9) },
    { ...row, then: "hold", by: one("run-1", "run-2") }
  )
}

type Operation = (hub: Store) => Effect.Effect<unknown, unknown>

/** The next operation; `claimed` is what a claim of both stores returned before. */
const anyOperation = (random: Chance, claimed: ReadonlyArray<Claimed>, step: number): Operation => {
  const { below, one, some } = random
  const now = t0 + below(12)
  const extra = { run: one("run-1", "run-2"), now, counts: { "erp.KUNDEN": { read: below(3) } } }
  const side = one(...sides)
  const goldens = [id(below(5)), id(below(5))]
  const days = one(0, 0, 0, 8, 31, 91, 181)
  const own = claimed.filter(() => below(2) === 0)
  const plan = anyPlan(random)
  const inbox = some(2, () => anyInbox(random))
  const acks = own.map((each) => anyAck(random, each))
  const deferrals = some(3, () => anyDeferral(random, claimed))
  const leases = new Map(own.map(({ due, lease }) => [due.golden, lease] as const))
  return one<Operation>(
    (hub) => hub.commit(plan, extra),
    (hub) => hub.commit(plan, extra),
    (hub) => hub.inbox.put(inbox),
    (hub) => hub.inbox.take(side, 3, now),
    (hub) => hub.inbox.untake(inbox),
    (hub) => hub.claim("customer", side, { owner: `w${step % 2}`, now, leaseMs: 4, limit: 3, parked: step % 7 === 0 }),
    (hub) => hub.claim("customer", side, { owner: "w", now, leaseMs: 4, limit: 3, only: goldens }),
    (hub) => hub.intend({
      call: `call-${step}`, side, leases, intents: own.map((each) =>
        ({ ...intent(0, `a${step % 9}`), golden: each.due.golden, side: each.due.side }))
    }, now),
    (hub) => hub.acknowledge(acks, { ...extra, inbox }),
    (hub) => hub.defer(deferrals, [], extra),
    (hub) => hub.hold("run-1", goldens.map((each) => ({ golden: each, side, hash: `h${step}`, why: "w" }))),
    (hub) => hub.approve("run-1"),
    (hub) => hub.listed(side, now, ["1", "2"]),
    (hub) => hub.begin({ id: extra.run, command: "sync", started: now, counts: {} }),
    (hub) => hub.lock("customer", `o${step % 3}`, now, 3),
    (hub) => hub.retain(now + days * 86_400_000)
  )
}

/** Everything that can be asked, at once. */
const answers = (hub: Store) => Effect.all({
  load: hub.load({
    ...nothing, goldens: [id(0), id(4)], records: sides.map((side) => ({ side, ext: "1" })),
    keys: [{ kind: "email", value: "k1" }, { kind: "sku", value: "k2" }],
    references: ["1", "v1"].flatMap((ext) =>
      [...sides, "shop.variants"].map((side) => ({ entity: "product", side, ext })))
  }, t0, "run-1"),
  heads: hub.heads("erp.KUNDEN", ["0", "1", "2", "3", "4", "5"]),
  due: hub.dueAt("customer", "shop.customers", undefined, 9),
  parked: hub.dueAt("customer", "shop.customers", undefined, 9, { parked: true }),
  dueCount: hub.dueCount({ held: true }),
  held: hub.held(),
  outward: hub.outward("shop", [0, 1, 2, 3, 4].flatMap((n) => [
    { entity: "customer", resource: "customers", golden: id(n) },
    { entity: "product", resource: "variants", golden: `${id(n)}#e1` },
    { entity: "product", resource: "customers", golden: `${id(n)}#e0` },
    { entity: "product", resource: "variants", golden: id(n) }
  ])),
  missing: hub.missing("erp.KUNDEN", t0 + 5, undefined, 9),
  found: hub.find("customer", { ext: "1" }),
  groups: hub.quarantine.groups(),
  counts: hub.counts(),
  runs: hub.runs(9),
  dump: hub.dump()
})

/** Map order is no promise. */
const plain = (value: unknown): unknown =>
  value instanceof Map ? Object.fromEntries([...value].map(([key, each]) => [String(key), plain(each)]).sort()) : value

/** Both stores draw the same ids. */
const idsOf = (seed: number) => Effect.map(Ids, (ids) => ids).pipe(Effect.provide(Ids.seeded(seed)))

const history = (seed: number) => Effect.gen(function*() {
  const random = chance(seed)
  const memory = memoryStore(new MemoryState(), yield* idsOf(seed))
  const sqlite = yield* openStore(":memory:", yield* idsOf(seed))
  let claimed: ReadonlyArray<Claimed> = []
  for (let step = 0; step < steps; step++) {
    const operation = anyOperation(random, claimed, step)
    const expected = yield* Effect.exit(operation(memory))
    const found = yield* Effect.exit(operation(sqlite))
    assert.deepEqual(outcomeOf(found), outcomeOf(expected), `seed ${seed}, step ${step}`)
    if (Exit.isSuccess(expected) && isClaim(expected.value)) claimed = [...claimed, ...expected.value].slice(-6)
    if (step % 4 !== 3) continue
    const [one, two] = [yield* answers(memory), yield* answers(sqlite)]
    for (const key of Object.keys(one) as ReadonlyArray<keyof typeof one>) {
      assert.deepEqual(shown(two[key]), shown(one[key]), `${key}, seed ${seed}, step ${step}`)
    }
  }
})

const shown = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value
  return value instanceof Map ? plain(value) : Object.fromEntries(Object.entries(value).map(([key, each]) => [key,
    plain(each)]))
}

/** Only a file is shared by processes, and says which one holds a lock. */
const outcomeOf = (exit: Exit.Exit<unknown, unknown>): unknown =>
  Exit.isSuccess(exit) ? exit.value : String(exit.cause).replace(` in process ${process.pid}`, "")

const isClaim = (value: unknown): value is ReadonlyArray<Claimed> =>
  Array.isArray(value) && value.length > 0 && typeof value[0] === "object" && "lease" in value[0] && "due" in value[0]

describe("memory and sqlite are the same hub", () => {
  it.effect(`over ${histories} random histories of ${steps} operations`, () =>
    Effect.forEach(Array.from({ length: histories }, (_, seed) => seed), (seed) => Effect.scoped(history(seed)), {
      discard: true
    }), 60_000)
})
