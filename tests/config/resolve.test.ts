/** A config with several faults shows all of them at once, each with its place; a sound one becomes policies. */
import { describe, expect, it } from "vitest"
import { env, hold, is, newest, oldest, origin, owner, pins, prefer, resolve, sync, union, where } from "esl"
import { Customer } from "esl/model"
import type { TypeOf } from "esl/model"
import type { Connection } from "../../core/connector/connector.ts"
import { declared } from "../../core/connector/participant.ts"
import type { Field, Mapping } from "../../core/mapping/mapping.ts"
import { absent } from "../../core/model/value.ts"

const connection = (name: string, faults?: Connection["faults"]): Connection => ({
  name,
  kind: "fake",
  secrets: [],
  ...(faults === undefined ? {} : { faults }),
  open: () => {
    throw new Error("nothing is opened by resolve")
  }
})
const lens = (path: string, more: Partial<Field> = {}): Field => ({
  path, columns: [path], direction: "both", get: () => absent, put: () => ({}), norm: (value) => value, ...more
})
const mapping = (entity: string, ...fields: ReadonlyArray<Field>): Mapping<TypeOf<typeof Customer>> => ({
  entity,
  version: "1",
  fields: new Map(fields.map((field) => [field.path, field])),
  covers: fields.map((field) => field.path),
  columns: fields.flatMap((field) => field.columns),
  constants: {},
  read: () => new Map(),
  write: () => ({})
})
const erp = connection("erp")
const shop = connection("shop")
const crm = connection("crm")
const customer = mapping("customer", lens("email"), lens("status"), lens("tags"), lens("kind"),
  lens("creditLimit", { direction: "in" }), lens("notes", { direction: "out" }))
const ERP = declared(erp, "DEBTOR")
const SHOP = declared(shop, "customers")
const between = [ERP.as(customer), SHOP.as(customer)]

/** For faults that only a config that was not compiled can have. */
const loose = (value: unknown): never => value as never

const faultsOf = (config: unknown): ReadonlyArray<string> => {
  const resolved = resolve(config)
  return resolved.ok ? [] : resolved.faults.map(({ at, message }) => `${at}: ${message}`)
}
const withSync = (options: object, name = "customer") => ({ hub: "sqlite:hub.db", syncs: [sync(name, Customer, loose({ between, ...options }))] })

describe("faults", () => {
  const table: ReadonlyArray<readonly [name: string, config: unknown, faults: ReadonlyArray<string>]> = [
    ["nothing exported", undefined, [": the config file must export default defineConfig({ hub, syncs })"]],
    ["no hub, no syncs", {}, [
      "syncs: syncs must be a list: syncs: [...]",
      "hub: say where the hub lives, e.g. hub: \"sqlite:hub.db\""
    ]],
    ["a hub of another kind", { ...withSync({}), hub: "mysql://x" }, [
      "hub: a hub is written as \"sqlite:\" and a file name, e.g. \"sqlite:hub.db\""
    ]],
    ["a hub that does not exist yet", { ...withSync({}), hub: "postgres://x" }, [
      "hub: a hub in PostgreSQL does not exist yet: use \"sqlite:hub.db\""
    ]],
    ["something else than a sync", { hub: "sqlite:hub.db", syncs: [{}] }, [
      "syncs[0]: this is not a sync: write sync(name, Entity, { between: [...] })"
    ]],
    ["a scheduler's key", { hub: "sqlite:hub.db", syncs: [sync("customer", Customer, { between: [ERP.as(customer, loose({ every: "1 hour" })), SHOP.as(customer, loose({ tak: [] }))] })] }, [
      "syncs[0].between[0].every: \"every\" needs the built-in scheduler, which does not exist yet: remove it and start esl sync from cron or a systemd timer",
      "syncs[0].between[1].tak: there is no option \"tak\", did you mean \"take\"?"
    ]],
    ["one participant", withSync({ between: [ERP.as(customer)] }), [
      "syncs[0].between: customer needs at least two participants to bring to agree"
    ]],
    ["one side twice", withSync({ between: [ERP.as(customer), SHOP.as(customer), ERP.as(customer)] }), [
      "syncs[0].between[2]: erp.DEBTOR takes part twice (also syncs[0].between[0]): name the second with { resource: \"...\" }, or join both into one view"
    ]],
    ["two connections of one name", withSync({ between: [ERP.as(customer), declared(connection("erp"), "X").as(customer)] }), [
      "syncs[0].between[1]: two connections are called \"erp\": give each a name of its own"
    ]],
    ["a name for a connection", withSync({ between: [ERP.as(customer), declared(connection("my.shop"), "X").as(customer)] }), [
      "syncs[0].between[1]: \"my.shop\" cannot name a connection: use letters, digits, - and _, and not \"hub\""
    ]],
    ["a secret written down", withSync({ between: [ERP.as(customer), declared(connection("web", [{ option: "url", message: "the password inside url is written down" }]), "X").as(customer)] }), [
      "syncs[0].between[1].web.url: the password inside url is written down"
    ]],
    ["two syncs of one entity", { hub: "sqlite:hub.db", syncs: [sync("customer", Customer, { between }), sync("people", Customer, { between: [declared(crm, "a").as(customer), declared(crm, "b").as(customer)] })] }, [
      "syncs[1]: \"customer\" already syncs customer: one sync an entity, put all participants into its between"
    ]],
    ["a key that does not exist", withSync({ match: ["emial", ["phone", "name"], "email"] }), [
      "syncs[0].match[0]: customer cannot be recognised by \"emial\", did you mean \"email\"?"
    ]],
    ["rules", withSync({ rule: union, first: union, fields: { emial: newest, tags: newest, kind: hold, email: owner(crm), status: prefer(shop, crm) } }), [
      "syncs[0].rule: the rule of a sync is one of newest, owner(...), prefer(...), hold",
      "syncs[0].first: first is one of prefer(...), newest, oldest, hold",
      "syncs[0].fields.emial: customer has no field \"emial\", did you mean \"email\"?",
      "syncs[0].fields.tags: tags is a set: newest cannot decide it; use union",
      "syncs[0].fields.kind: kind is immutable: hold cannot decide it; leave it out of fields",
      "syncs[0].fields.email: owner(crm) names \"crm\", which takes no part in customer: use erp, shop",
      "syncs[0].fields.status: prefer(shop, crm) names \"crm\", which takes no part in customer: use erp, shop"
    ]],
    ["take and give", withSync({ between: [ERP.as(customer, { take: ["creditLimit", "birth"], give: ["notes"] }), SHOP.as(customer, { readOnly: true, take: ["email"] })] }), [
      "syncs[0].between[0].take[0]: creditLimit cannot be written to erp.DEBTOR: the mapping is read-only there",
      "syncs[0].between[0].take[1]: the mapping of erp.DEBTOR has no birth: map it or leave it out",
      "syncs[0].between[0].give[0]: notes cannot be read from erp.DEBTOR: the mapping is write-only there",
      "syncs[0].between[1].take: shop.customers is readOnly: nothing can be written there, remove take or readOnly"
    ]],
    ["options of a participant", withSync({ between: [ERP.as(customer, loose({ onDelete: "kill", nulls: { emial: "clear", email: "never" }, onForeignEdit: "fight", create: 1 })), SHOP.as(customer, { only: where("status", is("blokced")) })] }), [
      "syncs[0].between[0].onDelete: use one of unlink, propagate, archive, recreate, ignore, review",
      "syncs[0].between[0].nulls.emial: customer has no field \"emial\", did you mean \"email\"?",
      "syncs[0].between[0].nulls.email: use one of clear, ignore, clear-if-owner",
      "syncs[0].between[0].onForeignEdit: use one of mirror-back, tolerate, hold",
      "syncs[0].between[0].create: write a condition: where(\"status\", is(\"active\"))",
      "syncs[0].between[1].only: status can never be \"blokced\": What may be done with the customer."
    ]],
    ["a mapping of another entity", withSync({ between: [ERP.as(customer), SHOP.as(mapping("order", lens("total")))] }), [
      "syncs[0].between[1].mapping: this mapping is for order, but customer syncs customer"
    ]],
    ["mappings that do not fit, all of them", withSync({ between: [ERP.as({ ...customer, faults: ["the record has no column A", "the record has no column B"] }), SHOP.as({ ...customer, faults: ["the record has no column C"] })] }), [
      "syncs[0].between[0].mapping: the record has no column A",
      "syncs[0].between[0].mapping: the record has no column B",
      "syncs[0].between[1].mapping: the record has no column C"
    ]],
    ["a path that the entity does not have", withSync({ between: [ERP.as(customer), SHOP.as(mapping("customer", lens("emial")))] }), [
      "syncs[0].between[1].mapping.emial: customer has no field \"emial\", did you mean \"email\"?"
    ]],
    ["a reference into nothing", withSync({ between: [ERP.as(customer), SHOP.as(mapping("customer", lens("email"), lens("custom.parent", { references: [{ entity: "company", resource: "companies" }] })))] }), [
      "syncs[0].between[1].mapping.custom.parent: custom.parent points to company in shop.companies, which no sync of company has: add it, or leave the field out of the mapping"
    ]],
    ["pins", withSync({ pins: [{ erp: "1" }, { erp: "1", web: "2" }, { erp: "1", shop: 3 }, { erp: "4", shop: "5" }, { erp: "6", shop: "5" }] }), [
      "syncs[0].pins[0]: a pin names one record on at least two connections: { erp: \"10\", shop: \"3\" }",
      "syncs[0].pins[1].web: customer has no connection \"web\": use erp, shop",
      "syncs[0].pins[2].shop: an external id is a text: put it in quotes",
      "syncs[0].pins: erp.DEBTOR 1 is pinned twice: a record belongs to one golden record",
      "syncs[0].pins: shop.customers 5 is pinned twice: a record belongs to one golden record"
    ]],
    ["brakes", withSync({ brake: { changes: "5", delets: 3, creates: { count: -1 } } }), [
      "syncs[0].brake.delets: there is no brake \"delets\", did you mean \"deletes\"?",
      "syncs[0].brake.creates: a brake is a number (200), a share (\"5%\") or { count, percent }",
      "syncs[0].brake.changes: a brake is a number (200), a share (\"5%\") or { count, percent }"
    ]]
  ]
  it.each(table)("%s", (_name, config, faults) => {
    expect(faultsOf(config)).toEqual(faults)
  })

  it("reports variables that are not set", () => {
    expect(faultsOf({ ...withSync({}), pins: [pins(Customer, [{ erp: "10", shop: env("ESL_TEST_UNSET") }])] })).toEqual([
      "env(\"ESL_TEST_UNSET\"): the environment variable ESL_TEST_UNSET is not set: set it, or give env(\"ESL_TEST_UNSET\", \"...\") a default"
    ])
    expect(faultsOf(withSync({}))).toEqual([])
  })

  it("warns about a rule that does nothing", () => {
    const resolved = resolve(withSync({ fields: { birth: newest } }))
    expect(resolved.warnings).toEqual([{ at: "syncs[0].fields.birth", message: "no participant of customer maps birth: the rule does nothing" }])
    expect(resolved.ok).toBe(true)
  })
})

describe("a sound config", () => {
  const project = (config: unknown) => {
    const resolved = resolve(config)
    if (!resolved.ok) throw new Error(JSON.stringify(resolved.faults))
    return resolved.project
  }
  it("becomes policies", () => {
    const [only] = project(withSync({
      between: [ERP.as(customer, { take: ["email"], give: ["creditLimit", "email"], nulls: { email: "ignore" }, onForeignEdit: { tags: "tolerate" } }),
        SHOP.as(customer, { readOnly: true, create: false, only: where("status", is("active")), keyless: true })],
      match: ["email", ["phone", "name"]],
      rule: owner(origin),
      first: oldest,
      fields: { email: prefer(shop, erp), creditLimit: owner(erp) },
      pins: [{ erp: "1", "shop.customers": "2" }],
      brake: { creates: 200, changes: "5%" }
    })).syncs
    const side = only?.policy.sides.get("erp.DEBTOR")
    const web = only?.policy.sides.get("shop.customers")
    expect(only?.policy.match).toEqual(["email", "phone+name"])
    expect(only?.policy.pins).toEqual([{ "erp.DEBTOR": "1", "shop.customers": "2" }])
    expect(only?.brake).toEqual({ creates: { count: 200 }, changes: { percent: 5 } })
    expect(side?.fields.get("email")).toMatchObject({
      cls: "L", inbound: true, outbound: true, nullInbound: "ignore", onForeignEdit: "mirror-back",
      rule: { rule: "prefer", order: ["shop", "erp"] }, initial: { first: "prefer", order: ["shop", "erp"] }
    })
    expect(side?.fields.get("creditLimit")).toMatchObject({ inbound: true, outbound: false, initial: { first: "prefer", order: ["erp"] } })
    expect(side?.fields.get("status")).toMatchObject({ inbound: false, outbound: false, rule: { rule: "origin" }, initial: { first: "oldest" } })
    expect(side?.fields.get("tags")).toMatchObject({ rule: { rule: "union" }, onForeignEdit: "tolerate" })
    expect(web).toMatchObject({ readOnly: true, keyless: true, create: { is: "never" }, only: { is: "test", path: "status" }, onDelete: "unlink" })
    expect([...web?.fields.values() ?? []].some((field) => field.outbound)).toBe(false)
  })
  it("lets nothing be overwritten at first contact unless somebody said so", () => {
    const [only] = project(withSync({ fields: { email: hold } })).syncs
    const initials = [...only?.policy.sides.get("erp.DEBTOR")?.fields.values() ?? []].map((field) => field.initial.first)
    expect(new Set(initials)).toEqual(new Set(["hold"]))
  })
})
