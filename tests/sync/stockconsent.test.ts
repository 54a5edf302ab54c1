/**
 * Consent as a property of the planner and the stock mappings of five systems: whatever people and programs write
 * there, in whatever order the hub reads and writes, nothing but newer evidence of the person opens what is closed or
 * unknown.
 *
 * Who decided is what a system says. Shopify keeps a time with a state and no name, and its terms allow nobody but the
 * customer to subscribe: its mapping takes a dated state for the person's own word.
 */
import { describe, expect, it } from "vitest"
import { apply } from "../../core/mapping/index.ts"
import type { Patch, Record_ } from "../../core/mapping/index.ts"
import { Customer } from "../../core/model/index.ts"
import { isList, isRecord } from "../../core/model/value.ts"
import type { Json, Obs, Path, Value } from "../../core/model/value.ts"
import { defineConfig, resolve, secret, sync } from "../../core/index.ts"
import { hubspot, salesforce, shopify, sql, square } from "../../connectors/index.ts"
import { kunde, Kunde } from "../../examples/retail/mappings/erp.ts"
import * as hubspotMappings from "../../mappings/hubspot/index.ts"
import * as salesforceMappings from "../../mappings/salesforce/index.ts"
import * as shopifyMappings from "../../mappings/shopify/index.ts"
import * as squareMappings from "../../mappings/square/index.ts"
import { alike, lensesOf } from "../../core/sync/lens.ts"
import type { Policy } from "../../core/sync/policy.ts"
import { heldAt, Hub } from "./hub.ts"
import { seeded } from "./world.ts"
import type { Random } from "./world.ts"

const token = secret("STOCK_CONSENT_TOKEN")
const policyOfAll = (): Policy => {
  const resolved = resolve(defineConfig({
    hub: "sqlite:hub.db",
    syncs: [sync("customer", Customer, {
      between: [
        sql("erp", { url: "sqlite:erp.db", zone: "UTC" }).table("KUNDEN", Kunde, { key: "KDNR",
          children: { ANSCHRIFTEN: { table: "ANSCHRIFTEN", key: "ADRNR", parent: { KDNR: "KDNR" } } } }).as(kunde),
        shopify("shop", { store: "sandbox", token }).customers.as(shopifyMappings.customer),
        salesforce("crm", { url: "https://shop.my.salesforce.com", auth: { token } }).customers.as(salesforceMappings.customer),
        hubspot("marketing", { token, consent: { subscriptions: { marketing: "1" } } }).contacts.as(hubspotMappings.contact),
        square("till", { token }).customers.as(squareMappings.customer)
      ]
    })]
  }))
  const [one] = resolved.ok ? resolved.project.syncs : []
  if (one === undefined) throw new Error(resolved.ok ? "no sync" : resolved.faults.map(({ message }) => message).join("\n"))
  return one.policy
}

const policy = policyOfAll()
const sides = ["erp.KUNDEN", "shop.customers", "crm.customers", "marketing.contacts", "till.customers"] as const
type Side = (typeof sides)[number]

const email = "anna@example.com"
const blank: { readonly [side in Side]: Record_ } = {
  "erp.KUNDEN": { KDNR: 1, EMAIL: email, NEWSLETTER: null, NLDATUM: null, ANSCHRIFTEN: [] },
  "shop.customers": { id: "s1", "defaultEmailAddress.emailAddress": email, "defaultEmailAddress.marketingState": "NOT_SUBSCRIBED",
    "defaultEmailAddress.marketingOptInLevel": null, "defaultEmailAddress.marketingUpdatedAt": null,
    "defaultPhoneNumber.phoneNumber": null, "defaultPhoneNumber.marketingState": null,
    "defaultPhoneNumber.marketingOptInLevel": null, "defaultPhoneNumber.marketingUpdatedAt": null },
  "crm.customers": { Id: "c1", Email: email, HasOptedOutOfEmail: false, DoNotCall: false },
  "marketing.contacts": { hs_object_id: "m1", email, "consent.marketing.status": "NOT_SPECIFIED",
    "consent.marketing.decidedAt": null, "consent.marketing.decidedBy": null, "consent.marketing.basis": null,
    "consent.marketing.source": null },
  "till.customers": { id: "t1", email_address: email, "preferences.email_unsubscribed": false }
}
const ids: { readonly [side in Side]: string } = {
  "erp.KUNDEN": "1", "shop.customers": "s1", "crm.customers": "c1", "marketing.contacts": "m1", "till.customers": "t1"
}

const sideOf = (side: Side) => {
  const found = policy.sides.get(side)
  if (found === undefined) throw new Error(`no ${side}`)
  return found
}

const stateIn = (value: Json | undefined): string => {
  const rows: ReadonlyArray<Json> = isList(value) ? value : []
  const row = rows.find((one) => isRecord(one) && one["channel"] === "email" && one["purpose"] === "marketing")
  return isRecord(row) ? String(row["state"]) : "unknown"
}

const iso = (ms: number): string => new Date(ms).toISOString().replace(".000Z", "Z")
const spoken = (ms: number): string => iso(ms).slice(0, 19).replace("T", " ")

/** What the person says at a system, with a time; `undefined`: that system keeps no time. */
const says: { readonly [side in Side]: (open: boolean, ms: number) => Record_ } = {
  "erp.KUNDEN": (open, ms) => ({ NEWSLETTER: open ? "J" : "N", NLDATUM: spoken(ms) }),
  "shop.customers": (open, ms) => ({ "defaultEmailAddress.marketingState": open ? "SUBSCRIBED" : "UNSUBSCRIBED",
    "defaultEmailAddress.marketingOptInLevel": open ? "SINGLE_OPT_IN" : null, "defaultEmailAddress.marketingUpdatedAt": iso(ms) }),
  "crm.customers": () => ({ HasOptedOutOfEmail: true }),
  "marketing.contacts": (open, ms) => ({ "consent.marketing.status": open ? "SUBSCRIBED" : "UNSUBSCRIBED",
    "consent.marketing.decidedAt": iso(ms), "consent.marketing.decidedBy": "subject", "consent.marketing.source": "FORM" }),
  "till.customers": () => ({ "preferences.email_unsubscribed": true })
}
const keepsTime: ReadonlyArray<Side> = ["erp.KUNDEN", "shop.customers", "marketing.contacts"]

/** What somebody else does there: nothing of it is the person's own word with a time. */
const others = (dice: Random, ms: number): readonly [Side, Record_] => dice.pick<readonly [Side, Record_]>([
  ["erp.KUNDEN", { NEWSLETTER: dice.pick(["J", "N", null]), NLDATUM: null }],
  ["shop.customers", { "defaultEmailAddress.marketingState": dice.pick(["SUBSCRIBED", "NOT_SUBSCRIBED", "PENDING"]),
    "defaultEmailAddress.marketingOptInLevel": null, "defaultEmailAddress.marketingUpdatedAt": null }],
  ["crm.customers", { HasOptedOutOfEmail: dice.chance(0.5) }],
  ["marketing.contacts", { "consent.marketing.status": dice.pick(["SUBSCRIBED", "UNSUBSCRIBED", "NOT_SPECIFIED"]),
    "consent.marketing.decidedAt": iso(ms), "consent.marketing.decidedBy": dice.pick(["import", "agent", "business_default"]),
    "consent.marketing.source": null }],
  ["till.customers", { "preferences.email_unsubscribed": dice.chance(0.3) }]
])

interface Word {
  readonly open: boolean
  readonly ms: number
  readonly side: Side
  seen: boolean
}

/** One person in five systems, and everything that she said herself. */
class History {
  readonly hub = new Hub(policy)
  readonly records = new Map<Side, Record_>(sides.map((side) =>
    [side, { ...Object.fromEntries(sideOf(side).mapping.columns.map((column) => [column, null])), ...blank[side] }]))
  readonly words: Array<Word> = []
  readonly breaches: Array<string> = []
  readonly dice: Random
  opened = 0

  constructor(seed: number) {
    this.dice = seeded(seed)
    this.hub.now = Date.parse("2026-03-01T00:00:00Z")
    for (const side of sides) this.read(side)
  }

  record(side: Side): Record_ {
    return this.records.get(side) ?? {}
  }

  shown(side: Side): ReadonlyMap<Path, Obs> {
    return sideOf(side).mapping.read(this.record(side))
  }

  stateAt(side: Side): string {
    const obs = this.shown(side).get("consent")
    return obs?._tag === "Value" ? stateIn(obs.value) : "unknown"
  }

  golden(): string {
    const [only, ...more] = [...this.hub.goldens.values()]
    if (only === undefined || more.length > 0) throw new Error("there is one person")
    return stateIn(only.values["consent"])
  }

  edit(side: Side, change: Record_): void {
    this.records.set(side, { ...this.record(side), ...change })
    // What she said there before and nobody read is gone.
    for (const word of this.words) if (word.side === side && !word.seen) this.words.splice(this.words.indexOf(word), 1)
  }

  says(side: Side, open: boolean): void {
    this.hub.now += 2_000
    const ms = Math.floor(this.hub.now / 1_000) * 1_000
    this.edit(side, says[side](open, ms))
    if (keepsTime.includes(side)) this.words.push({ open, ms, side, seen: false })
  }

  read(side: Side): void {
    this.hub.now += 5_000
    for (const word of this.words) if (word.side === side) word.seen = true
    const before = this.hub.goldens.size === 0 ? "unknown" : this.golden()
    this.hub.see(heldAt(this.hub.now, side, ids[side], Object.fromEntries(this.shown(side))))
    this.judge(`reading ${side}`, before)
  }

  /** Open only where the newest word of hers that the hub may know is a yes. */
  judge(what: string, before: string): void {
    const after = this.golden()
    if (after !== "granted") return
    if (before !== "granted") this.opened++
    const newest = (open: boolean): number =>
      Math.max(0, ...this.words.filter((word) => word.seen && word.open === open).map(({ ms }) => ms))
    if (newest(true) <= newest(false)) this.breaches.push(`${what}: ${before} became granted without a newer word of hers`)
  }

  push(side: Side): void {
    const [golden] = this.hub.goldens.keys()
    if (golden === undefined || !this.hub.due.has(`${golden}|${side}`)) return
    const push = this.hub.push(side, golden)
    if (push.do !== "update") {
      if (push.do === "nothing" || push.do === "skip") this.hub.due.delete(`${golden}|${side}`)
      return
    }
    const shown = this.shown(side)
    const lenses = lensesOf(policy, sideOf(side))
    const moved = push.writes.some(({ base, path }) => {
      const now = shown.get(path)
      const lens = lenses.get(path)
      return base !== undefined && lens !== undefined && !alike(lens.policy, now?._tag === "Value" ? now.value : null, base)
    })
    if (moved) {
      this.hub.send(side, golden, { did: "moved" })
      return
    }
    this.write(side, golden, new Map(push.writes.map(({ path, value }) => [path, value])), push.ext)
  }

  write(side: Side, golden: string, values: ReadonlyMap<Path, Value | null>, ext: string): void {
    const { mapping } = sideOf(side)
    const before = this.stateAt(side)
    const patch: Patch = mapping.write(values, this.record(side))
    this.records.set(side, apply(this.record(side), patch, mapping.rowKeys ?? {}))
    const after = this.stateAt(side)
    if (after === "granted" && before !== "granted" && this.golden() !== "granted") this.breaches.push(`writing ${side} opened it`)
    if (closed.includes(before) && !closed.includes(after) && closed.includes(this.golden())) {
      this.breaches.push(`writing ${side} took back what forbids`)
    }
    this.hub.send(side, golden, { did: "written", id: ext }, Object.fromEntries(this.shown(side)))
  }

  step(): void {
    const side = this.dice.pick(sides)
    const what = this.dice.int(10)
    if (what < 2) this.says(side, this.dice.chance(0.5))
    else if (what < 4) {
      const [where, change] = others(this.dice, this.hub.now)
      this.edit(where, change)
    } else if (what < 7) this.read(side)
    else this.push(side)
  }

  round(): void {
    for (let turn = 0; turn < 3; turn++) {
      for (const side of sides) this.read(side)
      this.hub.now += 3_600_000
      for (const side of sides) this.push(side)
    }
  }
}

const closed = ["denied", "withdrawn", "suppressed_bounce", "suppressed_complaint", "suppressed_legal", "erased"]
const seeds = Array.from({ length: 400 }, (_, at) => at + 1)

describe("consent in five systems", () => {
  it("is opened by the person's own newer word and by nothing else", () => {
    let opened = 0
    for (const seed of seeds) {
      const history = new History(seed)
      for (let at = 0; at < 40; at++) history.step()
      history.round()
      expect(history.breaches, `seed ${seed}`).toEqual([])
      opened += history.opened
    }
    // The property would hold of a hub that never opens anything.
    expect(opened).toBeGreaterThan(seeds.length / 2)
  })

  it.each(sides)("closes everywhere that it can be written, once the person leaves at %s", (where) => {
    for (const seed of seeds.slice(0, 60)) {
      const history = new History(seed)
      for (let at = 0; at < 20; at++) history.step()
      // Where she has left already nothing happens when she leaves.
      history.edit("till.customers", { "preferences.email_unsubscribed": false })
      history.round()
      history.says(where, false)
      history.round()
      const states = ["erp.KUNDEN", "shop.customers", "crm.customers", "marketing.contacts"] as const
      expect(states.filter((side) => !closed.includes(history.stateAt(side))), `seed ${seed}`).toEqual([])
    }
  })

  it.each(keepsTime)("opens everywhere that it can be written, once the person joins at %s", (where) => {
    for (const seed of seeds.slice(0, 60)) {
      const history = new History(seed)
      for (let at = 0; at < 20; at++) history.step()
      history.edit("till.customers", { "preferences.email_unsubscribed": false })
      history.round()
      history.says(where, true)
      history.round()
      expect([...keepsTime].filter((side) => history.stateAt(side) !== "granted"), `seed ${seed}`).toEqual([])
      expect(history.stateAt("crm.customers"), `seed ${seed}`).toBe("unknown")
    }
  })

  it("cannot be told to a till: what is known there is never written", () => {
    const { direction } = sideOf("till.customers").mapping.fields.get("consent") ?? {}
    expect(direction).toBe("in")
  })
})
