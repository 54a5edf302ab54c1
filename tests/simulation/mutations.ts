/**
 * Every rule of SEMANTICS 0.5 and R1 to R12, each with the edit of the product's text that removes it, the laws that
 * may break without it, and where one does. R2 and R3 of a webhook's body ("fat payload without version
 * gate") need a receiver, which this hub does not have yet: hints carry no body. R11 is about feeds of the hub's own.
 */
import type { Law } from "./oracle.ts"

export interface Edit {
  readonly file: string
  /** Must be in the file exactly once. */
  readonly find: string
  readonly replace: string
}

export interface Mutation {
  readonly rule: string
  /** What the program does without it. */
  readonly without: string
  readonly edits: ReadonlyArray<Edit>
  /** Laws, any of which may be the one that breaks. */
  readonly breaks: ReadonlyArray<Law>
  /** Within so many histories, or in a directed race. */
  readonly caught: { readonly histories: number } | { readonly race: string }
}

const edit = (file: string, find: string, replace: string): Edit => ({ file, find, replace })

const notDecided: ReadonlyArray<Edit> = [
  edit("core/sync/lens.ts",
    "equal(policy, a, b) || equal(policy, policy.norm(a), policy.norm(b))",
    "equal(policy, a, b)")
]

const noPair: ReadonlyArray<Edit> = [
  edit("core/sync/acknowledge.ts", "shadow[write.path] = { g, r: shown }", "shadow[write.path] = { g, r: write.value }")
]

const tombstones: ReadonlyArray<Edit> = [
  edit("core/sync/identity.ts",
    "if (found.state === \"deleted\" && work.intents(found.id, side).length === 0) buried = true",
    "if (found.state === \"deleted\") continue"),
  edit("core/sync/held.ts",
    "      if (!obs.direct) {\n        // Tombstone",
    "      if (false) {\n        // Tombstone")
]

export const mutations: ReadonlyArray<Mutation> = [
  {
    rule: "pair base and equivalence",
    without: "remembers what was sent, compares it exactly",
    edits: [...noPair, ...notDecided],
    breaks: ["P5", "P1", "P2", "P3"],
    caught: { histories: 500 }
  },
  {
    rule: "pre-read or compare before a write",
    without: "writes over whatever is there",
    edits: [
      edit("core/engine/courier.ts",
        "holds: (record) => bases.every(([path, base]) => stillShows(place, record, path, base))",
        "holds: () => true"),
      edit("core/engine/courier.ts", "...(version === undefined ? {} : { version }),\n    holds", "holds")
    ],
    breaks: ["P3"],
    caught: { histories: 500 }
  },
  {
    rule: "pair base",
    without: "remembers what was sent instead of what came back",
    edits: noPair,
    breaks: ["P5", "P1", "P2", "P3"],
    caught: { histories: 500 }
  },
  {
    rule: "create retry",
    without: "creates again while nobody knows whether the first create landed",
    edits: [
      edit("core/sync/pushes.ts",
        "if (waits !== undefined) return waits",
        "if (waits !== undefined && options.now < 0) return waits")
    ],
    breaks: ["P4"],
    caught: { histories: 500 }
  },
  {
    rule: "observation freshness (R5)",
    without: "merges a reading that started before our write ended",
    edits: [edit("core/sync/held.ts", "obs.readAt <= link.writeEnd || // observation freshness R5", "false ||")],
    breaks: ["P5", "P6", "P1", "P3"],
    caught: { race: "ended is not merged after it (R5)" }
  },
  {
    rule: "observation monotonicity (R5)",
    without: "merges a reading that is older than the one merged last",
    edits: [edit("core/sync/held.ts", "obs.readAt <= link.obsAt // monotonicity R5", "false")],
    breaks: ["P6", "P5"],
    caught: { histories: 500 }
  },
  {
    rule: "declared equivalence",
    without: "takes what the side is known to make of a value for another value",
    edits: notDecided,
    breaks: ["P5", "P1", "P2", "P3"],
    caught: { histories: 500 }
  },
  {
    rule: "tombstones",
    without: "lets a late payload bring back what was deleted",
    edits: tombstones,
    breaks: ["P1", "P2", "P4", "P6", "P7"],
    caught: { race: "(fault 57)" }
  },
  {
    rule: "write intents",
    without: "sends without having written down what it sends",
    edits: [
      edit("core/engine/push.ts",
        "const intended = yield* store.intend({ call, side: place.side, intents, leases }, now).pipe(",
        "const intended = yield* Effect.asVoid(Effect.succeed({ store, intents, now, call })).pipe(")
    ],
    breaks: ["P4", "P5", "P3"],
    caught: { histories: 500 }
  },
  {
    rule: "base after the acknowledgement",
    without: "advances the base though nobody knows whether the write landed",
    edits: [
      edit("core/sync/acknowledge.ts", "    case \"unknown\":\n      return unknown(asked)",
        "    case \"unknown\":\n      return push.do === \"update\" ? written(asked, push, push.ext) : unknown(asked)")
    ],
    breaks: ["P1", "P3", "P5", "P6"],
    caught: { histories: 500 }
  },
  {
    rule: "absent is not null",
    without: "takes what a system does not say for empty",
    edits: [
      edit("core/sync/decide.ts", "if (observed._tag === \"Absent\") return skip",
        "if (observed._tag === \"Absent\") return decide(base, { _tag: \"Null\" }, mine, sent, policy, context)"),
      edit("core/sync/held.ts", "if (!obs.complete || lacksField(work, side, link, obs))", "if (false)")
    ],
    breaks: ["P7", "P5", "P1", "P3", "P6"],
    caught: { histories: 500 }
  },
  {
    rule: "deletions are confirmed by a read",
    without: "takes an absence from a listing for a deletion",
    edits: [
      edit("core/sync/deletion.ts",
        "if (obs.evidence === \"event\" || obs.evidence === \"listing\") return suspect(work, link, obs)", "")
    ],
    breaks: ["P1", "P4", "P2"],
    caught: { race: "(fault 52)" }
  },
  {
    rule: "cursor with the page (R1)",
    without: "moves the cursor before the page is in the hub",
    edits: [
      edit("core/engine/pull.ts", "    if (page.seen.length > 0 || moved) {\n      yield* mergePage",
        "    yield* store.saveCursor(cursor)\n    if (page.seen.length > 0 || moved) {\n      yield* mergePage")
    ],
    breaks: ["P1"],
    caught: { histories: 500 }
  },
  {
    rule: "cursor overlap (R2)",
    without: "goes on exactly where it stopped, so that late commits are missed",
    edits: [edit("core/testing/world/reader.ts", "stamp: stamp - system.knobs.overlapMs", "stamp")],
    breaks: ["P1"],
    caught: { histories: 500 }
  },
  {
    rule: "echo by value, not by time",
    without: "drops what it reads shortly after a write",
    edits: [
      edit("core/sync/held.ts", "  if (link !== undefined && isStale(link, obs)) {",
        "  if (link !== undefined && !obs.direct && obs.readAt - link.writeEnd < 5000) return unchanged\n" +
          "  if (link !== undefined && isStale(link, obs)) {")
    ],
    breaks: ["P1"],
    caught: { race: "echo" }
  },
  {
    rule: "wait before a create is repeated (R9)",
    without: "searches for its marker as soon as the lease is over",
    edits: [
      edit("core/sync/pushes.ts",
        "const until = last + side.createWaitMs",
        "const until = last - side.createWaitMs")
    ],
    breaks: ["P4"],
    caught: { histories: 500 }
  },
  {
    rule: "the wait covers the lag of search (R9)",
    without: "waits less than half as long",
    edits: [
      edit("core/sync/pushes.ts",
        "const until = last + side.createWaitMs",
        "const until = last + side.createWaitMs * 0.1")
    ],
    breaks: ["P4"],
    caught: { histories: 500 }
  },
  {
    rule: "lease fencing (R8)",
    without: "sends though its lease is over",
    edits: [
      edit("core/engine/push.ts",
        "now >= sendBy ? Effect.fail(new Fenced()) : Effect.void",
        "now < 0 ? Effect.fail(new Fenced()) : Effect.void")
    ],
    breaks: ["P4", "P3", "P5"],
    caught: { race: "fault 92, R8" }
  },
  {
    rule: "partial payloads are read again (R3)",
    without: "merges a part of a record as if it were all of it",
    edits: [
      edit("core/sync/held.ts", "if (!obs.complete || lacksField(work, side, link, obs))", "if (false)"),
      edit("core/sync/resolve.ts", "if (seen && over)", "if (over)")
    ],
    breaks: ["P4", "P5", "P1", "P3"],
    caught: { histories: 500 }
  },
  {
    rule: "the inbox keeps the newest demand (R4)",
    without: "lets an older read take the place of a newer hint",
    edits: [edit("core/hub/row.ts", "const newest = keep ? old : row", "const newest = keep ? row : old")],
    breaks: ["P1"],
    caught: { race: "another reading (R4)" }
  },
  {
    rule: "a late acknowledgement is an old observation (R6)",
    without: "moves the base back to what was sent, though something newer was read since",
    edits: [
      edit("core/sync/acknowledge.ts",
        "const newer = before.obsAt >= sentAt && push.do === \"update\"",
        "const newer = false")
    ],
    breaks: ["P6", "P1", "P3", "P5"],
    caught: { race: "fault 19, R6" }
  },
  {
    rule: "intents are settled by readings (R7)",
    without: "settles an intent by any reading, before the request can have left",
    edits: [
      edit("core/sync/resolve.ts", "if (obs.readAt <= intent.sentAt) {", "if (false) {"),
      edit("core/sync/resolve.ts", "if (seen && over) work.settle(intent)", "if (seen) work.settle(intent)")
    ],
    breaks: ["P4", "P5"],
    caught: { race: "R7" }
  },
  {
    rule: "own writes are recognised (row 4)",
    without: "takes a write of its own whose answer was lost for an edit",
    edits: [
      edit("core/sync/decide.ts",
        "if (own !== undefined) return ownWrite",
        "if (own !== undefined && raw === undefined) return ownWrite")
    ],
    breaks: ["P5", "P3"],
    caught: { histories: 500 }
  },
  {
    rule: "counters count (class C)",
    without: "treats a counter as a register where both sides moved",
    edits: [
      edit("core/sync/decide.ts",
        "const counts = policy.cls === \"C\" && base !== undefined",
        "const counts = false")
    ],
    breaks: ["P7", "P11"],
    caught: { race: "class C" }
  },
  {
    rule: "a push clears only the version it sent (C20)",
    without: "forgets a change that came while the push was under way",
    edits: [
      edit("core/hub/row.ts",
        "return row.ver === ver ? undefined : { ...rest, attempts: 0 }",
        "return ver < 0 ? { ...rest, attempts: 0 } : undefined")
    ],
    breaks: ["P1"],
    caught: { race: "(C20)" }
  },
  {
    rule: "no create for a record that is linked",
    without: "creates what a pull has found since the claim",
    edits: [
      edit("core/hub/memory/work.ts",
        "if (op === \"create\" && state",
        "if (op === \"create\" && now < 0 && state")
    ],
    breaks: ["P4"],
    caught: { histories: 500 }
  },
  {
    rule: "a blank clears nothing at first sight",
    without: "lets an empty field of a newly linked record clear what others know",
    edits: [
      edit("core/sync/decide.ts",
        "if (blank !== undefined) return blank",
        "if (blank !== undefined && blank.row !== 8) return blank")
    ],
    breaks: ["P5", "P7", "P3"],
    caught: { race: "first sight" }
  },
  {
    rule: "one record a side",
    without: "writes a second record of one side as well",
    edits: [
      edit("core/sync/held.ts",
        "if (first !== undefined) return alias",
        "if (first !== undefined && work.snapshot.now < 0) return alias")
    ],
    breaks: ["P4", "P1", "total"],
    caught: { histories: 500 }
  },
  {
    rule: "oscillation breaker (R12)",
    without: "follows every flip for ever",
    edits: [
      edit("core/sync/flips.ts",
        "oscillates: last.length >= flipsMost && values.size <= valuesMost",
        "oscillates: last.length < 0")
    ],
    breaks: ["P2"],
    caught: { race: "fault 8, R12" }
  }
]
