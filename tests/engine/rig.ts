/** Two fake systems, a real project over them and a hub in memory: what every test of the engine starts with. */
import { Schema as S } from "effect"
import { Effect, Exit, Layer } from "effect"
import { hold, newest, resolve, sync } from "esl"
import type { SyncOptions } from "esl"
import { Customer, entity, field, Order, Ref, Word } from "esl/model"
import type { TypeOf } from "esl/model"
import type { Entity } from "../../core/model/entity.ts"
import { declared } from "../../core/connector/participant.ts"
import type { ParticipantOptions } from "../../core/connector/participant.ts"
import { Ids } from "../../core/hub/ids.ts"
import { MemoryState, memoryStore } from "../../core/hub/memory.ts"
import { HubStore } from "../../core/hub/store.ts"
import { email, mapping, table, text } from "../../core/mapping/index.ts"
import type { Mapping } from "../../core/mapping/index.ts"
import { World } from "../../core/testing/world.ts"
import type { FakeSystem, Faults } from "../../core/testing/world.ts"
import { pass } from "../../core/engine/pass.ts"
import type { PassOptions } from "../../core/engine/pass.ts"
import type { Project } from "../../core/engine/project.ts"
import { Systems } from "../../core/engine/systems.ts"
import type { Report } from "../../core/engine/report.ts"

export const Debtor = S.Struct({
  VNAME: S.NullOr(S.String), NNAME: S.NullOr(S.String), EMAIL: S.NullOr(S.String), GESPERRT: S.NullOr(S.String)
})
export const debtor = mapping(Debtor, Customer, ({ field, group }) => ({
  name: group({ given: "VNAME", family: "NNAME" }),
  email: field("EMAIL", email),
  status: field("GESPERRT", table({ J: "blocked", N: "active" }))
}))

export const Buyer = S.Struct({
  first: S.NullOr(S.String), last: S.NullOr(S.String), mail: S.NullOr(S.String), state: S.NullOr(S.String)
})
export const buyer = mapping(Buyer, Customer, ({ field, group }) => ({
  name: group({ given: "first", family: "last" }),
  email: field("mail", email),
  status: field("state", table({ blocked: "blocked", active: "active" }))
}))

const Auftrag = S.Struct({ NR: S.NullOr(S.String), KUNDE: S.NullOr(S.String), TEXT: S.NullOr(S.String) })
export const auftrag = mapping(Auftrag, Order, ({ field, reference }) => ({
  orderNumber: field("NR", text),
  customer: reference("KUNDE", { entity: "customer", resource: "DEBTOR" })
}))
const Sale = S.Struct({ number: S.NullOr(S.String), buyer: S.NullOr(S.String), note: S.NullOr(S.String) })
export const sale = mapping(Sale, Order, ({ field, reference }) => ({
  orderNumber: field("number", text),
  customer: reference("buyer", { entity: "customer", resource: "customers" })
}))

type CustomerOptions = typeof Customer extends Entity<infer A, infer C> ? SyncOptions<A, C> : never
type SideOptions = ParticipantOptions<keyof TypeOf<typeof Customer> & string>

/** Something that refers to its own kind. */
const Partner = entity({
  name: "partner",
  fields: {
    code: field(Word, "L", "none", "What it is recognised by."),
    friend: field(Ref, "L", "none", "Another one.", { references: "partner" })
  },
  keys: [{
    kind: "code",
    paths: ["code"],
    of: (read) => typeof read("code") === "string" ? [String(read("code"))] : []
  }]
})
const Member = S.Struct({ CODE: S.NullOr(S.String), FRIEND: S.NullOr(S.String) })
const member = (resource: string) => mapping(Member, Partner, ({ field, reference }) => ({
  code: field("CODE", text),
  friend: reference("FRIEND", { entity: "partner", resource })
}))

export interface RigOptions {
  /** Other mappings than those of this file. */
  readonly debtor?: Mapping<TypeOf<typeof Customer>>
  readonly buyer?: Mapping<TypeOf<typeof Customer>>
  readonly partners?: boolean
  readonly erp?: Partial<Faults>
  readonly shop?: Partial<Faults>
  readonly options?: Omit<CustomerOptions, "between">
  readonly erpOptions?: SideOptions
  readonly shopOptions?: SideOptions
  readonly orders?: boolean
  /** Whose an order is, a person decides. */
  readonly holdCustomer?: boolean
  readonly seed?: number
}

export type Store = HubStore["Service"]

export class Rig {
  readonly world: World
  readonly erp: FakeSystem
  readonly shop: FakeSystem
  readonly state = new MemoryState()
  readonly ids: Ids["Service"]
  readonly project: Project

  constructor(options: RigOptions = {}) {
    this.world = new World(options.seed ?? 1)
    this.erp = this.world.system("erp", options.erp)
    this.shop = this.world.system("shop", options.shop)
    this.ids = Effect.runSync(Effect.provide(Effect.service(Ids), Ids.seeded(options.seed ?? 1)))
    this.project = projectOf(this, options)
  }

  get store(): Store {
    return memoryStore(this.state, this.ids)
  }

  layer(
    options: { readonly readOnly?: boolean; readonly store?: Store; readonly project?: Project } = {}
  ): Layer.Layer<HubStore | Ids | Systems> {
    return Layer.mergeAll(
      Layer.succeed(HubStore, options.store ?? this.store),
      Layer.succeed(Ids, this.ids),
      Systems.layer((options.project ?? this.project).connections, { readOnly: options.readOnly ?? false })
    )
  }

  /** Runs to its end in virtual time. */
  exit<A, E>(effect: Effect.Effect<A, E, HubStore | Ids | Systems>): Exit.Exit<A, E> {
    const exit = this.world.run(Effect.provide(effect, this.layer()))
    this.world.time.until(this.world.time.now + 5_000)
    return exit
  }

  run<A, E>(effect: Effect.Effect<A, E, HubStore | Ids | Systems>): A {
    const exit = this.exit(effect)
    if (Exit.isSuccess(exit)) return exit.value
    throw new Error(String(exit.cause))
  }

  passing(options: PassOptions = {}) {
    return pass(this.project, { retries: 1, ...options })
  }

  sync(options: PassOptions = {}): Report {
    return this.run(this.passing(options))
  }

  /** Syncs until nothing is written any more; fails if that takes more than a few rounds. */
  calm(): void {
    for (let round = 0; round < 4; round++) if (writes(this.sync()) === 0) return
    throw new Error("does not come to rest")
  }

  /** Lets everything that waits for a while become due. */
  later(ms = 3_600_000): void {
    this.world.time.until(this.world.time.now + ms)
  }

  debtors(): ReadonlyArray<Row> {
    return rowsOf(this.erp, "DEBTOR")
  }

  buyers(): ReadonlyArray<Row> {
    return rowsOf(this.shop, "customers")
  }

  ada = { VNAME: "Ada", NNAME: "Lovelace", EMAIL: "ada@example.com", GESPERRT: "N" }
  grace = { first: "Grace", last: "Hopper", mail: "grace@example.com", state: "active" }
}

export interface Row {
  readonly id: string
  readonly [column: string]: unknown
}

export const rowsOf = (system: FakeSystem, name: string): ReadonlyArray<Row> =>
  [...system.table(name).rows.values()].filter((row) => system.look(name, row.id) !== undefined)
    .map((row) => ({ id: row.id, ...row.columns }))

export const writes = (report: Report): number =>
  [...report.sides.values()].reduce((sum, side) => sum + side.work.written, 0)

/** As a connector declares it: with what it promises. */
const offered = (system: FakeSystem, name: string) => {
  system.table(name)
  return declared(system, name, { guard: system.knobs.guard, creates: system.knobs.creates })
}

export const projectOf = (rig: Rig, options: RigOptions): Project => {
  const customers = sync("customer", Customer, {
    between: [
      offered(rig.erp, "DEBTOR").as(options.debtor ?? debtor, options.erpOptions ?? {}),
      offered(rig.shop, "customers").as(options.buyer ?? buyer, options.shopOptions ?? {})
    ],
    match: ["email"],
    rule: newest,
    ...options.options
  })
  const orders = sync("order", Order, {
    between: [rig.erp.resource("AUFTRAG").as(auftrag), rig.shop.resource("orders").as(sale)],
    match: ["orderNumber"],
    ...(options.holdCustomer === true ? { fields: { customer: hold } } : {})
  })
  const partners = sync("partner", Partner, {
    between: [rig.erp.resource("PARTNER").as(member("PARTNER")), rig.shop.resource("partners").as(member("partners"))],
    match: ["code"]
  })
  const more = [...(options.orders === true ? [orders] : []), ...(options.partners === true ? [partners] : [])]
  const syncs = [customers, ...more]
  const resolved = resolve({ hub: "sqlite:hub.db", syncs })
  if (resolved.ok) return resolved.project
  throw new Error(resolved.faults.map(({ at, message }) => `${at}: ${message}`).join("\n"))
}
