/** A hub of plain maps and policies of plain fields: enough to drive the pure core through whole histories. */
import type { Outcome, Stamp } from "../../core/connector/connector.ts"
import type { Field, Mapping } from "../../core/mapping/mapping.ts"
import { entity as declare, field, listOf } from "../../core/model/entity.ts"
import type { Entity, MatchKey } from "../../core/model/entity.ts"
import { Consents } from "../../core/model/consent.ts"
import { Decimal } from "../../core/model/decimal.ts"
import { Text } from "../../core/model/text.ts"
import { Ref } from "../../core/model/type.ts"
import { value } from "../../core/model/value.ts"
import type { Json, Obs, Path, Value } from "../../core/model/value.ts"
import { acknowledge, outwardWanted, plan, pushOf, wanted } from "../../core/sync/index.ts"
import type { After } from "../../core/sync/acknowledge.ts"
import type { FieldPolicy, Policy, Rule, SidePolicy } from "../../core/sync/policy.ts"
import type { Acknowledged, Address, Push } from "../../core/sync/push.ts"
import type { Observation, Plan, Snapshot } from "../../core/sync/snapshot.ts"
import type {
  Conflict, Due, ExtId, Fact, Golden, GoldenId, InboxRow, Intent, Link, Side, Tombstone
} from "../../core/sync/state.ts"

export const Lines = listOf("Line", {
  sku: field(Text, "L", "none", "Article."),
  qty: field(Text, "L", "none", "Quantity."),
  product: field(Ref, "L", "none", "Article.", { references: "product" })
}, { key: (line) => line.sku, ordered: false })

/** One field of every merge class. */
export const Thing: Entity = declare({
  name: "thing",
  fields: {
    email: field(Text, "L", "personal", "E-mail."),
    number: field(Text, "L", "none", "Number."),
    name: field(Text, "L", "personal", "Name."),
    city: field(Text, "O", "none", "City."),
    born: field(Text, "I", "none", "Birth."),
    state: field(Text, "M", "none", "State.", { next: { open: ["paid"], paid: ["shipped"], shipped: [] } }),
    stock: field(Decimal, "C", "none", "Stock."),
    lines: field(Lines, "S", "none", "Lines."),
    log: field(Lines, "A", "none", "Log."),
    consent: field(Consents, "R", "personal", "Consent."),
    parent: field(Ref, "L", "none", "Parent.", { references: "thing" }),
    total: field(Text, "D", "none", "Total.")
  },
  keys: [
    { kind: "email", paths: ["email"], of: (read) => text(read("email")) },
    { kind: "number", paths: ["number"], of: (read) => text(read("number")) }
  ],
  check: (read) => read("name") === "BAD" ? [{ path: "name", cause: "is bad" }] : []
})

const text = (json: Json | undefined): ReadonlyArray<string> => typeof json === "string" ? [json.toLowerCase()] : []

type FromField = Pick<Field, "view" | "references" | "ids" | "direction" | "refuses">
export interface FieldOptions extends Partial<Omit<FieldPolicy, "path" | "cls">>, Partial<FromField> {}

export interface SideOptions extends Partial<Omit<SidePolicy, "fields" | "mapping" | "side" | "connection">> {
  readonly fields?: { readonly [path: Path]: FieldOptions }
  readonly only_?: ReadonlyArray<Path>
  readonly version?: string
}

const classRule = (cls: string): Rule => {
  const rules: { readonly [cls: string]: Rule } = {
    S: { rule: "union" }, C: { rule: "counter" }, R: { rule: "ratchet" }, A: { rule: "append" }, M: { rule: "forward" },
    I: { rule: "immutable" }, D: { rule: "derived" }
  }
  return rules[cls] ?? { rule: "newest" }
}

const sideOf = (side: Side, at: number, options: SideOptions): SidePolicy => {
  const { fields: chosen = {}, only_: covered, version = "1", ...rest } = options
  const fields = new Map<Path, FieldPolicy>()
  const mapped = new Map<Path, Field>()
  for (const [path, spec] of Thing.fields) {
    if (covered !== undefined && !covered.includes(path)) continue
    const { view, references, ids, direction, refuses, ...own } = chosen[path] ?? {}
    fields.set(path, {
      path, cls: spec.merge, rule: classRule(spec.merge), inbound: true, outbound: true, nullInbound: "clear",
      initial: { first: "newest" }, onForeignEdit: "mirror-back", same: spec.same, norm: (one) => one, ...own
    })
    mapped.set(path, {
      path, columns: [path], direction: direction ?? "both", get: () => value(""), put: () => ({}), norm: (one) => one,
      ...(view === undefined ? {} : { view }), ...(ids === undefined ? {} : { ids }),
      ...(references === undefined ? {} : { references }), ...(refuses === undefined ? {} : { refuses })
    })
  }
  const mapping: Mapping = {
    entity: "thing", version, fields: mapped, covers: [...mapped.keys()], columns: [], constants: {},
    read: () => new Map(), write: () => ({})
  }
  return {
    side, connection: side.split(".")[0] ?? side, priority: at, mapping, fields, readOnly: false, create: { is: "always" },
    only: { is: "always" }, keyless: false, onDelete: "unlink", creates: "once", guard: "values", createWaitMs: 60_000, ...rest
  }
}

export const policyOf = (
  sides: { readonly [side: Side]: SideOptions }, more: Partial<Omit<Policy, "sides">> = {}
): Policy => ({
  entity: Thing,
  sides: new Map(Object.entries(sides).map(([side, options], at) => [side, sideOf(side, at, options)])),
  match: ["email", "number"],
  pins: [],
  skewMs: 2_000,
  tombstoneMs: 30 * 86_400_000,
  ...more
})

export type Shown = { readonly [path: Path]: Value | null | Obs }

const isObs = (shown: Value | null | Obs): shown is Obs => typeof shown === "object" && shown !== null && "_tag" in shown

export const obsOf = (shown: Value | null | Obs): Obs =>
  isObs(shown) ? shown : shown === null ? { _tag: "Null" } : value(shown)

export const valuesOf = (shown: Shown): ReadonlyMap<Path, Obs> =>
  new Map(Object.entries(shown).map(([path, one]) => [path, obsOf(one)]))

export interface HeldOptions {
  readonly complete?: boolean
  readonly stamp?: Stamp
  readonly direct?: boolean
  readonly hash?: string
  readonly version?: string
  readonly incarnation?: string
}

export const heldAt = (
  readAt: number, side: Side, ext: ExtId, shown: Shown, options: HeldOptions = {}
): Observation => ({
  _tag: "Held", side, ext, readAt, complete: true, direct: false, values: valuesOf(shown), ...options
})

export class Hub {
  policy: Policy
  now = 1_000_000
  goldens = new Map<GoldenId, Golden>()
  links = new Map<string, Link>()
  keys = new Map<string, GoldenId>()
  intents = new Map<GoldenId, ReadonlyArray<Intent>>()
  conflicts = new Map<string, Conflict>()
  tombstones = new Map<GoldenId, Tombstone>()
  references = new Map<string, string>()
  due = new Map<string, Due>()
  inbox = new Map<string, InboxRow>()
  facts: Array<Fact> = []
  #ids = 0

  constructor(policy: Policy) {
    this.policy = policy
  }

  snapshot(batch: ReadonlyArray<Observation>): Snapshot {
    const asked = wanted(this.policy, batch)
    const conflicts = new Map<GoldenId, Array<Conflict>>()
    for (const one of this.conflicts.values()) {
      if (one.status === "open") conflicts.set(one.golden, [...conflicts.get(one.golden) ?? [], one])
    }
    void asked
    return {
      now: this.now, run: "run", ids: Array.from({ length: batch.length * 2 }, (_, at) => `g${this.#ids + at + 1}`),
      links: this.links, goldens: this.goldens, keys: this.keys, intents: this.intents, conflicts,
      tombstones: this.tombstones, references: this.references, due: this.due
    }
  }

  plan(batch: ReadonlyArray<Observation>): Plan {
    return plan(this.policy, this.snapshot(batch), batch)
  }

  see(...batch: ReadonlyArray<Observation>): Plan {
    const made = this.plan(batch)
    this.#ids += batch.length * 2
    this.commit(made)
    return made
  }

  held(side: Side, ext: ExtId, shown: Shown, options: HeldOptions = {}): Plan {
    this.now += 10_000
    return this.see(heldAt(this.now, side, ext, shown, options))
  }

  commit(made: Plan): void {
    for (const { golden, was } of made.goldens) {
      if ((this.goldens.get(golden.id)?.ver ?? 0) !== was) throw new Error(`raced ${golden.id}`)
      this.goldens.set(golden.id, golden)
    }
    this.#putLinks(made.links)
    for (const key of made.keys.remove) this.keys.delete(keyText(key))
    for (const key of made.keys.add) {
      const before = this.keys.get(keyText(key))
      if (before !== undefined && before !== key.golden) throw new Error("raced key")
      this.keys.set(keyText(key), key.golden)
    }
    this.#settle(made.settled)
    for (const one of made.conflicts) this.conflicts.set(one.id, one)
    for (const one of made.tombstones) this.tombstones.set(one.golden, one)
    for (const { golden, side, ver } of made.due) {
      const before = this.due.get(`${golden}|${side}`)
      const fresh: Due = { golden, side, entity: "thing", ver, notBefore: 0, attempts: 0 }
      this.due.set(`${golden}|${side}`, before === undefined ? fresh : { ...before, ver })
    }
    for (const row of made.inbox.put) this.inbox.set(`${row.side}|${row.ext}`, row)
    for (const row of made.inbox.done) {
      const before = this.inbox.get(`${row.side}|${row.ext}`)
      if (before !== undefined && before.readAt < row.readAt) this.inbox.delete(`${row.side}|${row.ext}`)
    }
    this.facts.push(...made.facts)
  }

  #putLinks(links: Plan["links"]): void {
    for (const { link, was } of links) {
      if ((this.links.get(`${link.side}|${link.ext}`)?.rev ?? 0) !== was) throw new Error(`raced ${link.side}|${link.ext}`)
      // Revision 0 would say that there is none yet, and no later change could ever be committed.
      if (link.rev !== was + 1) throw new Error(`${link.side}|${link.ext} went from ${was} to ${link.rev}`)
      this.links.set(`${link.side}|${link.ext}`, link)
      const ref = `thing|${link.side}|${link.ext}`
      this.references.set(ref, link.golden)
    }
    const active = new Set<string>()
    for (const link of this.links.values()) {
      if (link.status !== "active") continue
      const at = `${link.golden}|${link.side}`
      if (active.has(at)) throw new Error(`two active links at ${at}`)
      active.add(at)
    }
  }

  #settle(settled: Plan["settled"]): void {
    for (const { attempt, golden } of settled) {
      this.intents.set(golden, (this.intents.get(golden) ?? []).filter((one) => one.attempt !== attempt))
    }
  }

  link(side: Side, ext: ExtId): Link {
    const link = this.links.get(`${side}|${ext}`)
    if (link === undefined) throw new Error(`no link ${side}|${ext}`)
    return link
  }

  golden(side: Side, ext: ExtId): Golden {
    const golden = this.goldens.get(this.link(side, ext).golden)
    if (golden === undefined) throw new Error(`no golden for ${side}|${ext}`)
    return golden
  }

  open(): ReadonlyArray<Conflict> {
    return [...this.conflicts.values()].filter((one) => one.status === "open")
  }

  address(side: Side, golden: GoldenId): Address {
    const record = this.goldens.get(golden)
    if (record === undefined) throw new Error(`no golden ${golden}`)
    const links = [...this.links.values()].filter((one) => one.golden === golden && one.side === side)
    const link = links.find((one) => one.status === "active")
    const due = this.due.get(`${golden}|${side}`)
    return {
      due: due ?? { golden, side, entity: "thing", ver: record.ver, notBefore: 0, attempts: 0 },
      golden: record,
      ...(link === undefined ? {} : { link }),
      others: links.filter((one) => one !== link),
      intents: (this.intents.get(golden) ?? []).filter((one) => one.side === side),
      frozen: this.open().filter((one) => one.golden === golden && one.side === side).map((one) => one.path)
    }
  }

  push(side: Side, golden: GoldenId, options: { readonly omitMissing?: boolean } = {}): Push {
    const address = this.address(side, golden)
    const outward = new Map<string, string>()
    for (const one of outwardWanted(this.policy, side, address)) {
      const parent = `${side.split(".")[0]}.${one.resource}`
      for (const link of this.links.values()) {
        if (link.side === parent && link.golden === one.golden && link.status === "active") {
          outward.set(`${one.entity}|${one.resource}|${one.golden}`, link.ext)
        }
      }
    }
    return pushOf(this.policy, side, address, outward, { now: this.now, ...options })
  }

  /** Sends what is due, with this answer; the intent stays for `unknown`. */
  send(side: Side, golden: GoldenId, outcome: Outcome, after?: Shown, more: Partial<After> = {}): Acknowledged {
    const push = this.push(side, golden)
    if (push.do !== "create" && push.do !== "update" && push.do !== "remove") throw new Error(`nothing to send: ${push.do}`)
    this.now += 100
    const attempt = `a${this.now}`
    const sentAt = this.now
    const address = this.address(side, golden)
    const sent = push.do === "remove" ? {} : Object.fromEntries(push.writes.map((one) => [one.path, one.value]))
    this.intents.set(golden, [...this.intents.get(golden) ?? [], {
      attempt, golden, side, op: push.do, sent, sentAt, idempotencyKey: attempt, status: "unknown",
      ...(push.do === "create" ? {} : { ext: push.ext })
    }])
    this.now += 100
    const acknowledged = acknowledge(this.policy, side, {
      address, push, outcome, sentAt, now: this.now, run: "run", attempt,
      ...(after === undefined ? {} : { after: { values: valuesOf(after), readAt: this.now, ...more } })
    })
    this.acknowledged(address, acknowledged)
    return acknowledged
  }

  acknowledged(address: Address, ack: Acknowledged): void {
    this.#putLinks(ack.links)
    this.#settle(ack.settled)
    for (const one of ack.conflicts) this.conflicts.set(one.id, one)
    const at = `${address.golden.id}|${address.due.side}`
    const row = this.due.get(at)
    if (row === undefined) return
    if (ack.due.then === "clear" && row.ver === address.golden.ver) this.due.delete(at)
    if (ack.due.then === "again") this.due.set(at, { ...row, notBefore: ack.due.notBefore, attempts: ack.due.attempts })
    for (const { side, ext } of ack.hints) {
      this.inbox.set(`${side}|${ext}`, {
        side, ext, why: "hint", readAt: this.now, attempts: 0, notBefore: this.now
      })
    }
  }
}

const keyText = (key: MatchKey): string => `${key.kind}|${key.value}`

