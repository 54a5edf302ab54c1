/** What the compiler refuses in a config: each line marked as an error must be one. */
import { counter, defineConfig, hold, is, newest, origin, owner, prefer, ratchet, sync, union, where } from "esl"
import { Bool, Customer, extend, field, Int } from "esl/model"
import type { Entity, TypeOf } from "esl/model"
import type { Connection } from "../../core/connector/connector.ts"
import { declared } from "../../core/connector/participant.ts"
import type { Mapping } from "../../core/mapping/mapping.ts"

declare const erp: Connection
declare const shop: Connection
declare const debtor: Mapping<TypeOf<typeof Customer>>
declare const other: Mapping<{ readonly total?: number }>

const DEBTOR = declared(erp, "DEBTOR")
const customers = declared(shop, "customers")
const between = [DEBTOR.as(debtor), customers.as(debtor)]

export const good = defineConfig({
  hub: "sqlite:hub.db",
  syncs: [
    sync("customer", Customer, {
      between: [
        DEBTOR.as(debtor, { take: ["email"], give: ["creditLimit"], only: where("status", is("active")).and("guest", is(false)) }),
        customers.as(debtor, { create: where("email", is("a@example.com")).not, nulls: { email: "ignore" }, onForeignEdit: { email: "hold" } })
      ],
      match: ["email", ["phone", "name"]],
      rule: newest,
      first: prefer(erp, shop),
      fields: {
        creditLimit: owner(erp), email: prefer(shop, erp), status: hold, language: owner(origin), tags: union,
        consent: ratchet, "custom.x": hold
      },
      pins: [{ erp: "1", shop: "2" }],
      brake: { creates: 200, changes: "5%", deletes: { count: 3, percent: 1 } }
    })
  ]
})

// @ts-expect-error a misspelt path
sync("customer", Customer, { between, fields: { emial: newest } })
// @ts-expect-error a set is not a register
sync("customer", Customer, { between, fields: { tags: newest } })
// @ts-expect-error a register is not a set
sync("customer", Customer, { between, fields: { email: union } })
// @ts-expect-error consent only ratchets
sync("customer", Customer, { between, fields: { consent: prefer(erp) } })
// @ts-expect-error an immutable field takes no rule
sync("customer", Customer, { between, fields: { kind: hold } })
// @ts-expect-error an append-only field takes no rule
sync("customer", Customer, { between, fields: { notes: union } })
// @ts-expect-error the rule of a sync is a register's
sync("customer", Customer, { between, rule: union })
// @ts-expect-error first contact takes no union
sync("customer", Customer, { between, first: union })
// @ts-expect-error prefer needs a connection
prefer()
// @ts-expect-error owner takes a connection, not its name
owner("erp")
// @ts-expect-error a mapping of another entity
sync("customer", Customer, { between: [DEBTOR.as(other), customers.as(debtor)] })
// @ts-expect-error nobody has built the scheduler yet
DEBTOR.as(debtor, { every: "5 minutes" })
// @ts-expect-error a misspelt path in take
DEBTOR.as(debtor, { take: ["emial"] })
// @ts-expect-error a misspelt path in a condition
DEBTOR.as(debtor, { only: where("status", is("active")).and("gest", is(false)) })
// @ts-expect-error a misspelt path in nulls
DEBTOR.as(debtor, { nulls: { emial: "ignore" } })
// @ts-expect-error a brake that is not a share
sync("customer", Customer, { between, brake: { changes: "5" } })
// @ts-expect-error an unknown option
sync("customer", Customer, { between, webhooks: true })

const Vip = extend(Customer, { "custom.vip": field(Bool, "L", "none", "Gets gifts."), "custom.visits": field(Int, "C", "none", "Visits.") })
declare const vip: Mapping<TypeOf<typeof Vip>>
const vips = [DEBTOR.as(vip), customers.as(vip)]
sync("customer", Vip, { between: vips, fields: { "custom.vip": owner(erp), "custom.visits": counter } })
// @ts-expect-error a declared custom field has a class too
sync("customer", Vip, { between: vips, fields: { "custom.visits": newest } })

export const widens: Entity = Customer
