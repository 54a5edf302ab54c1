/** The planner's table, row by row (SEMANTICS 1.4). */
import { describe, expect, it } from "vitest"
import { absent, cleared, invalid, value } from "../../core/model/value.ts"
import type { Obs, Value } from "../../core/model/value.ts"
import { decide } from "../../core/sync/decide.ts"
import type { Context, Sent } from "../../core/sync/decide.ts"
import type { FieldPolicy } from "../../core/sync/policy.ts"
import { unset } from "../../core/sync/state.ts"
import type { Pair, Source } from "../../core/sync/state.ts"

const policy: FieldPolicy = {
  path: "name", cls: "L", rule: { rule: "newest" }, inbound: true, outbound: true, nullInbound: "clear",
  initial: { first: "hold" }, onForeignEdit: "mirror-back", same: (a, b) => a === b, norm: (one) => one
}
const source = (side: string, at = "2027-01-01T00:00:00Z", tier: Source["tier"] = "R"): Source =>
  ({ side, ext: "1", at, tier, seen: 0, rule: "first sight", run: "r" })
const context: Context = {
  side: "erp.K", connection: "erp", evidence: { at: "2027-01-02T00:00:00Z", tier: "R" }, origin: "shop.c", pinned: false,
  skewMs: 2_000, priority: (side) => side === "erp.K" ? 0 : 1, spec: undefined, whole: undefined, elements: undefined,
  readAt: "2027-01-03T00:00:00Z", theirs: undefined, returned: undefined
}

const run = (
  base: Pair | undefined, theirs: Obs, golden: Value | null,
  more: {
    sent?: ReadonlyArray<Sent>; policy?: Partial<FieldPolicy>; context?: Partial<Context>; source?: Source | undefined
  } = {}
) => decide(
  base, theirs, { value: golden, source: "source" in more ? more.source : source("shop.c") }, more.sent ?? [],
  { ...policy, ...more.policy }, { ...context, ...more.context }
)
const pair = (g: Value | null, r: Value | null = g): Pair => ({ g, r })
const sent = (one: Value | null): Sent => ({ value: one, status: "unknown" })

describe("row 1: absent", () => {
  it("decides nothing, and is not null", () => {
    expect(run(pair("a"), absent, "b")).toMatchObject({ do: "skip", row: 1, push: false })
    expect(run(pair("a"), absent, "a")).not.toHaveProperty("base")
  })
})

describe("row 2: invalid", () => {
  it("withholds the field", () => {
    expect(run(pair("a"), invalid("x", "not a name"), "a")).toMatchObject({ do: "withhold", row: 2, rule: "not a name" })
  })
})

describe("row 3: the side is as it was", () => {
  it("is the same where golden is as it was", () => {
    expect(run(pair("a"), value("a"), "a")).toMatchObject({ do: "same", row: 3, push: false })
  })
  it("pushes where golden moved on", () => {
    expect(run(pair("a"), value("a"), "b")).toMatchObject({ do: "push", row: 3, push: true })
  })
  it("settles a lossy image for good: only a change of r is an edit", () => {
    expect(run(pair("Maximilian von Humboldt", "Maximilian von"), value("Maximilian von"), "Maximilian von Humboldt"))
      .toMatchObject({ do: "same", row: 3 })
  })
  it("goes before row 4: what is as it was is not an own write", () => {
    expect(run(pair("a"), value("a"), "b", { sent: [sent("a")] })).toMatchObject({ row: 3 })
  })
  it("does not push what golden never decided", () => {
    expect(run({ g: unset, r: "a" }, value("a"), null, { source: undefined })).toMatchObject({ do: "same", push: false })
  })
})

describe("row 4: our own write came back", () => {
  it("takes it for ours, not for an edit", () => {
    expect(run(pair("a"), value("b"), "b", { sent: [sent("b")] }))
      .toMatchObject({ do: "own", row: 4, base: { g: "b", r: "b" }, push: false })
  })
  it("pushes again where golden moved on since", () => {
    expect(run(pair("a"), value("b"), "c", { sent: [sent("b")] })).toMatchObject({ do: "own", push: true })
  })
  it("recognises it through the declared normalisation", () => {
    const upper = (one: Value | null) => typeof one === "string" ? one.toUpperCase() : one
    expect(run(pair("a", "A"), value("ANNA"), "Anna", { sent: [sent("Anna")], policy: { norm: upper } }))
      .toMatchObject({ do: "own", base: { g: "Anna", r: "ANNA" }, push: false })
  })
})

describe("row 5: both say the same", () => {
  it("settles a false conflict", () => {
    expect(run(pair("a"), value("b"), "b")).toMatchObject({ do: "settle", row: 5, base: { g: "b", r: "b" }, push: false })
  })
  it("settles through the declared normalisation and keeps golden's spelling", () => {
    const upper = (one: Value | null) => typeof one === "string" ? one.toUpperCase() : one
    expect(run(undefined, value("ANNA"), "Anna", { policy: { norm: upper } }))
      .toMatchObject({ do: "settle", base: { g: "Anna", r: "ANNA" } })
  })
  it("settles null with null", () => {
    expect(run(undefined, cleared, null)).toMatchObject({ do: "settle", base: { g: null, r: null } })
  })
})

describe("row 6: only the side changed", () => {
  it("accepts", () => {
    expect(run(pair("a"), value("b"), "a"))
      .toMatchObject({ do: "accept", row: 6, value: "b", base: { g: "b", r: "b" }, push: false })
  })
  it("accepts a clear", () => {
    expect(run(pair("a"), cleared, "a")).toMatchObject({ do: "accept", row: 6, value: null, base: { g: null, r: null } })
  })
  it("lets a blank say nothing where the config says so, and remembers what the side shows", () => {
    expect(run(pair("a"), cleared, "a", { policy: { nullInbound: "ignore" } }))
      .toMatchObject({ do: "tolerate", base: { g: "a", r: null }, push: false })
  })
  it("lets only the owner clear with clear-if-owner", () => {
    const only = { nullInbound: "clear-if-owner" as const }
    expect(run(pair("a"), cleared, "a", { policy: only })).toMatchObject({ do: "tolerate" })
    expect(run(pair("a"), cleared, "a", { policy: only, source: source("erp.K") })).toMatchObject({ do: "accept", value: null })
    expect(run(pair("a"), cleared, "a", { policy: { ...only, rule: { rule: "owner", side: "erp" } } }))
      .toMatchObject({ do: "accept", value: null })
  })
})

describe("row 7: the side may not change it", () => {
  const owner = { rule: { rule: "owner", side: "shop" } as const }
  it("mirrors back, and keeps the loser", () => {
    expect(run(pair("a"), value("b"), "a", { policy: owner })).toMatchObject({
      do: "reject", row: 7, rule: "owner(shop)", base: { g: unset, r: "b" }, push: true,
      conflict: { kind: "foreign_edit", chosen: "golden", status: "auto" }
    })
  })
  it("tolerates where the config says so", () => {
    expect(run(pair("a"), value("b"), "a", { policy: { ...owner, onForeignEdit: "tolerate" } }))
      .toMatchObject({ do: "tolerate", row: 7, base: { g: "a", r: "b" }, push: false })
  })
  it("tolerates where the hub may not write either", () => {
    expect(run(pair("a"), value("b"), "a", { policy: { ...owner, outbound: false } }))
      .toMatchObject({ do: "tolerate", push: false })
  })
  it("tolerates, and still tells what golden says since", () => {
    expect(run(pair("a"), value("b"), "c", { policy: { ...owner, onForeignEdit: "tolerate" } }))
      .toMatchObject({ do: "tolerate", row: 9, base: { g: "a", r: "b" }, push: true })
  })
  it("holds where the config says so", () => {
    expect(run(pair("a"), value("b"), "a", { policy: { ...owner, onForeignEdit: "hold" } }))
      .toMatchObject({ do: "hold", row: 7, conflict: { kind: "foreign_edit", status: "open" } })
  })
  it("counts for a side that does not give, for owner(origin), and for a pin", () => {
    expect(run(pair("a"), value("b"), "a", { policy: { inbound: false } })).toMatchObject({ do: "reject", row: 7 })
    expect(run(pair("a"), value("b"), "a", { policy: { rule: { rule: "origin" } } })).toMatchObject({ do: "reject", row: 7 })
    expect(run(pair("a"), value("b"), "a", { policy: { rule: { rule: "origin" } }, context: { origin: "erp.other" } }))
      .toMatchObject({ do: "accept" })
    expect(run(pair("a"), value("b"), "a", { context: { pinned: true } })).toMatchObject({ do: "reject", rule: "pinned by a steward" })
  })
  it("follows prefer: the first listed connection that has a value", () => {
    const prefer = { rule: { rule: "prefer", order: ["shop", "erp"] } as const }
    expect(run(pair("a"), value("b"), "a", { policy: prefer })).toMatchObject({ do: "reject", rule: "prefer(shop, erp)" })
    expect(run(pair(null), value("b"), null, { policy: prefer })).toMatchObject({ do: "accept", value: "b" })
    expect(run(pair("a"), value("b"), "a", { policy: prefer, source: source("erp.K") })).toMatchObject({ do: "accept" })
  })
})

describe("row 8: first sight", () => {
  it("never lets a blank clear a value", () => {
    expect(run(undefined, cleared, "a")).toMatchObject({ do: "push", row: 8, base: { g: unset, r: null }, push: true })
    expect(run(undefined, cleared, "a")).not.toHaveProperty("value")
  })
  it("lets an empty golden take the value", () => {
    expect(run(undefined, value("a"), null, { source: undefined })).toMatchObject({ do: "merge", row: 8, value: "a" })
  })
  it("asks the owner first, then the first-contact policy", () => {
    const owner = { rule: { rule: "owner", side: "erp" } as const }
    expect(run(undefined, value("b"), "a", { policy: owner })).toMatchObject({ row: 8, value: "b", rule: "owner(erp)" })
    expect(run(undefined, value("b"), "a", { policy: { initial: { first: "prefer", order: ["shop", "erp"] } } }))
      .toMatchObject({ do: "reject", row: 8, push: true, conflict: { kind: "first_contact", chosen: "golden" } })
    expect(run(undefined, value("b"), "a", { policy: { initial: { first: "prefer", order: ["erp", "shop"] } } }))
      .toMatchObject({ do: "merge", value: "b", conflict: { kind: "first_contact", chosen: "theirs" } })
    expect(run(undefined, value("b"), "a", { policy: { initial: { first: "newest" } } })).toMatchObject({ value: "b" })
    expect(run(undefined, value("b"), "a", { policy: { initial: { first: "oldest" } } })).toMatchObject({ do: "reject" })
    expect(run(undefined, value("b"), "a")).toMatchObject({ do: "hold", conflict: { kind: "first_contact", status: "open" } })
  })
  it("tolerates what a side that does not give shows, where golden has nothing", () => {
    expect(run(undefined, value("b"), null, { policy: { inbound: false }, source: undefined }))
      .toMatchObject({ do: "tolerate", row: 8, base: { g: unset, r: "b" }, push: false })
  })
})

describe("row 9: both changed", () => {
  it("lets the newest win and keeps the loser", () => {
    expect(run(pair("a"), value("b"), "c")).toMatchObject({
      do: "merge", row: 9, value: "b", base: { g: "b", r: "b" }, push: false,
      conflict: { kind: "both_changed", chosen: "theirs", status: "auto" }
    })
    expect(run(pair("a"), value("b"), "c", { source: source("shop.c", "2027-01-02T12:00:00Z") })).toMatchObject({
      do: "reject", row: 9, base: { g: "b", r: "b" }, push: true, conflict: { chosen: "golden" }
    })
  })
  it("grades evidence before it compares times", () => {
    expect(run(pair("a"), value("b"), "c", { source: source("shop.c", "2026-01-01T00:00:00Z", "F") })).toMatchObject({ do: "reject" })
    expect(run(pair("a"), value("b"), "c", { source: source("shop.c", "2027-06-01T00:00:00Z", "O") })).toMatchObject({ value: "b" })
  })
  it("lets priority decide within the clock skew", () => {
    const close = source("shop.c", "2027-01-02T00:00:01Z")
    expect(run(pair("a"), value("b"), "c", { source: close })).toMatchObject({ value: "b" })
    expect(run(pair("a"), value("b"), "c", { source: close, context: { priority: (side) => side === "erp.K" ? 1 : 0 } }))
      .toMatchObject({ do: "reject" })
    expect(run(pair("a"), value("b"), "c", { source: close, context: { priority: () => 0 } })).toMatchObject({ value: "b" })
  })
  it("holds where the config says so", () => {
    expect(run(pair("a"), value("b"), "c", { policy: { rule: { rule: "hold" } } }))
      .toMatchObject({ do: "hold", row: 9, conflict: { kind: "both_changed", status: "open" } })
  })
  it("goes by the owner", () => {
    expect(run(pair("a"), value("b"), "c", { policy: { rule: { rule: "owner", side: "erp" } } })).toMatchObject({ value: "b" })
    expect(run(pair("a"), value("b"), "c", { policy: { rule: { rule: "owner", side: "shop" } } }))
      .toMatchObject({ do: "reject", row: 9, conflict: { kind: "foreign_edit" } })
  })
})

describe("class C", () => {
  const counter = { cls: "C", rule: { rule: "counter" } } as const
  it("adds both movements, whatever equality says", () => {
    // Base 10, a sale on each side: golden 9 and theirs 9, yet 8 is right.
    expect(run(pair("10"), value("9"), "9", { policy: counter })).toMatchObject({ do: "merge", value: "8", push: true })
    expect(run(pair(10), value(9), 9, { policy: counter })).toMatchObject({ value: 8 })
  })
  it("adds decimals without floats", () => {
    expect(run(pair("0.3"), value("0.1"), "0.2", { policy: counter })).toMatchObject({ value: "0" })
  })
  it("does not take its own write for granted while its fate is unknown", () => {
    expect(run(pair("10"), value("9"), "9", { policy: counter, sent: [sent("9")] }))
      .toMatchObject({ do: "hold", conflict: { kind: "counter_divergence", status: "open" } })
  })
  it("cannot count with what is no number", () => {
    expect(run(pair("10"), cleared, "9", { policy: counter })).toMatchObject({ do: "hold", conflict: { kind: "counter_divergence" } })
    expect(run(pair("10"), cleared, "10", { policy: counter })).toMatchObject({ do: "accept", value: null })
  })
})

describe("class I", () => {
  const immutable = { cls: "I", rule: { rule: "immutable" } } as const
  it("is written once", () => {
    expect(run(pair(null), value("b"), null, { policy: immutable })).toMatchObject({ do: "accept", value: "b" })
    expect(run(pair("a"), value("b"), "a", { policy: immutable })).toMatchObject({ do: "hold", conflict: { kind: "immutable_changed" } })
    expect(run(undefined, value("b"), "a", { policy: immutable })).toMatchObject({ do: "hold" })
  })
})

describe("class M", () => {
  const machine = { cls: "M", rule: { rule: "forward" } } as const
  const next = { open: ["paid"], paid: ["shipped"], shipped: [] }
  const spec = { spec: { next } as unknown as NonNullable<Context["spec"]> } // only `next` is read
  const at = (base: string, theirs: string, golden: string, side = "shop.c") =>
    run(pair(base), value(theirs), golden, { policy: machine, context: spec, source: source(side) })
  it("goes forward, over several states as well", () => {
    expect(at("open", "paid", "open")).toMatchObject({ do: "accept", value: "paid" })
    expect(at("open", "shipped", "open")).toMatchObject({ do: "accept", value: "shipped" })
  })
  it("never goes back by itself", () => {
    expect(at("shipped", "paid", "shipped", "erp.K")).toMatchObject({ do: "hold", conflict: { kind: "state_regression", status: "open" } })
  })
  it("keeps the further state where both moved, and tells the side", () => {
    expect(at("open", "paid", "shipped")).toMatchObject({ do: "reject", push: true, conflict: { chosen: "golden" } })
    expect(at("open", "shipped", "paid")).toMatchObject({ do: "merge", value: "shipped" })
  })
})
