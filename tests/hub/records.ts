/** Rows for hub tests: small, fake, and in the shape the engine commits. */
import type { MatchKey } from "../../core/model/entity.ts"
import type { Ack, Claimed } from "../../core/hub/store.ts"
import type { Plan, Wanted } from "../../core/sync/snapshot.ts"
import type { Golden, InboxRow, Intent, Link } from "../../core/sync/state.ts"

export const t0 = 1_790_000_000_000

/** A golden id that sorts by `n`. */
export const id = (n: number): string => `01a0c3f2-0000-7000-8000-${String(n).padStart(12, "0")}`

export const golden = (n: number, more: Partial<Golden> = {}): Golden => ({
  id: id(n),
  entity: "customer",
  ver: 1,
  state: "live",
  values: { email: `jo${n}@example.com`, "name.given": "Jo" },
  from: { email: 0, "name.given": 0 },
  sources: [{
    side: "erp.KUNDEN", ext: String(n), at: "2026-09-21T14:13:20Z", tier: "R", seen: t0, rule: "origin", run: "run-1"
  }],
  origin: "erp.KUNDEN",
  ...more
})

export const link = (n: number, more: Partial<Link> = {}): Link => ({
  side: "erp.KUNDEN",
  ext: String(n),
  golden: id(n),
  status: "active",
  shadow: { email: { g: `jo${n}@example.com`, r: `jo${n}@example.com` } },
  rev: 1,
  obsAt: t0,
  writeEnd: 0,
  mapping: "m1",
  ...more
})

export const key = (n: number): MatchKey & { readonly golden: string } =>
  ({ kind: "email", value: `jo${n}@example.com`, golden: id(n) })

export const empty: Plan = {
  goldens: [], links: [], keys: { add: [], remove: [] }, due: [], settled: [], conflicts: [], tombstones: [],
  inbox: { put: [], done: [] }, quarantine: [], facts: [], outcomes: []
}

/** First sight of records n on `erp.KUNDEN`, due on `shop.customers`. */
export const births = (...ns: ReadonlyArray<number>): Plan => ({
  ...empty,
  goldens: ns.map((n) => ({ golden: golden(n), was: 0 })),
  links: ns.map((n) => ({ link: link(n), was: 0 })),
  keys: { add: ns.map(key), remove: [] },
  due: ns.map((n) => ({ golden: id(n), side: "shop.customers", ver: 1 })),
  facts: ns.map((n) => ({
    kind: "created", entity: "customer", golden: id(n), side: "erp.KUNDEN", ext: String(n), why: "first sight"
  })),
  outcomes: ns.map((n) => ({ side: "erp.KUNDEN", ext: String(n), outcome: "created" }))
})

export const nothing: Wanted = { entity: "customer", records: [], goldens: [], keys: [], references: [] }

export const batch = { run: "run-1", now: t0 }

export const hint = (ext: string, readAt = t0, more: Partial<InboxRow> = {}): InboxRow =>
  ({ side: "erp.KUNDEN", ext, why: "hint", readAt, attempts: 0, notBefore: readAt, ...more })

export const claiming = { owner: "worker-1", now: t0, leaseMs: 60_000, limit: 100 }

export const intent = (n: number, attempt: string, more: Partial<Intent> = {}): Intent => ({
  attempt,
  golden: id(n),
  side: "shop.customers",
  op: "create",
  sent: { email: `jo${n}@example.com` },
  sentAt: t0,
  idempotencyKey: `${attempt}-${n}`,
  status: "unknown",
  ...more
})

/** A create that the shop answered with `shop-n`. */
export const created = (n: number, claimed: Claimed, attempt: string, more: Partial<Ack["result"]> = {}): Ack => ({
  address: { golden: id(n), side: "shop.customers", ver: claimed.due.ver },
  lease: claimed.lease,
  result: {
    links: [{ link: link(n, { side: "shop.customers", ext: `shop-${n}`, writeEnd: t0 + 5 }), was: 0 }],
    conflicts: [],
    facts: [{ kind: "written", entity: "customer", golden: id(n), side: "shop.customers", why: "create" }],
    settled: [{ attempt, golden: id(n) }],
    hints: [],
    due: { then: "clear" },
    outcome: "written",
    ...more
  }
})
