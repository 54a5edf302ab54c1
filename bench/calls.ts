/**
 * `npm run bench:calls`: how many API calls a first sync into each vendor's empty account takes, and how many 100 changed
 * records take, against the fewest that the vendor allows (fewest.ts). Sandboxes with their limits and 20 ms a call.
 * `-- --people 10000 --only hubspot`. What is asked before a write and to learn the account's shape is shown apart.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { parseArgs } from "node:util"
import { Clock, Effect, Layer, Schema as S } from "effect"
import { hubspot, salesforce, shopify, sql, square } from "../connectors/index.ts"
import * as sandboxes from "../connectors/sandboxes.ts"
import type { Participant } from "../core/connector/participant.ts"
import type { Sandbox } from "../core/connector/sandbox.ts"
import { pass, Systems } from "../core/engine/index.ts"
import { Ids } from "../core/hub/ids.ts"
import { sqlite } from "../core/hub/sqlite.ts"
import { newest, resolve, secret, sync } from "../core/index.ts"
import { country, e164, email, instant, mapping, table } from "../core/mapping/index.ts"
import { Customer } from "../core/model/index.ts"
import { contact } from "../mappings/hubspot/index.ts"
import { customer as account } from "../mappings/salesforce/index.ts"
import { customer as shopper } from "../mappings/shopify/index.ts"
import { customer as guest } from "../mappings/square/index.ts"
import { fewest } from "./fewest.ts"

const { values: options } = parseArgs({ options: {
  people: { type: "string", default: "2000" }, only: { type: "string" }, latency: { type: "string", default: "20" }
} })
const people = Number(options.people)
const latencyMs = Number(options.latency)
/** More than a twentieth would meet the brake on overwriting. */
const changed = Math.min(100, Math.floor(people / 20))
const folder = import.meta.main ? mkdtempSync(join(tmpdir(), "esl-calls-")) : ""

const Text = S.NullOr(S.String)
const Person = S.Struct({ id: S.Number, email: Text, first: Text, last: Text, phone: Text, street: Text, city: Text,
  zip: Text, country: Text, optin: S.String, optin_at: Text })

const person = mapping(Person, Customer, ({ constant, field, flat, group }) => ({
  kind: constant("person"),
  name: group({ given: "first", family: "last" }),
  email: field("email", email),
  "phone.mobile": field("phone", e164("GB")),
  "address.main": group({ street: "street", city: "city", postalCode: "zip", country: field("country", country()) }),
  consent: flat([{
    channel: constant("email"), purpose: constant("marketing"), decidedBy: constant("subject"),
    state: field("optin", table({ Y: "granted", N: "denied" })), decidedAt: field("optin_at", instant({ digits: 0 }))
  }])
}))

const erpWith = (file: string): DatabaseSync => {
  const db = new DatabaseSync(file)
  db.exec(`create table person (id integer primary key, email text, first text, last text, phone text, street text,
    city text, zip text, country text, optin text not null, optin_at text, changed text not null)`)
  // A thousand numbers are reserved for such uses, and some vendors give each to one person only.
  const insert = db.prepare("insert into person values (?, ?, ?, ?, ?, ?, ?, ?, 'GB', 'Y', ?, ?)")
  db.exec("begin")
  for (let n = 1; n <= people; n++) {
    insert.run(n, `person${n}@example.com`, `First${n}`, `Last${n}`, n < 1_000 ? `+44207946${String(n).padStart(4, "0")}` : null,
      `${n} High Street`, "London", "SW1A 1AA", "2026-01-02T03:04:05Z", "2026-06-01T00:00:00Z")
  }
  db.exec("commit")
  return db
}

interface Stand {
  readonly sandbox: Sandbox
  readonly participant: Participant<Customer>
}

process.env["ESL_CALLS"] = "sandbox-token"

const stands: { readonly [vendor: string]: () => Promise<Stand> } = {
  hubspot: async () => {
    const sandbox = await sandboxes.hubspot.hubspotSandbox({ latencyMs })
    const crm = hubspot("there", { token: secret("ESL_CALLS"), url: sandbox.url(), lag: 0,
      consent: { subscriptions: { marketing: "1001" } } })
    return { sandbox, participant: crm.contacts.as(contact) }
  },
  salesforce: async () => {
    const sandbox = await sandboxes.salesforce.salesforceSandbox({ latencyMs })
    process.env["ESL_CALLS_SF"] = sandboxes.salesforce.sandboxApp.clientSecret
    const org = salesforce("there", { url: sandbox.url(), currency: "EUR", persons: "own-account",
      auth: { clientId: sandboxes.salesforce.sandboxApp.clientId, clientSecret: secret("ESL_CALLS_SF") } })
    return { sandbox, participant: org.customers.as(account) }
  },
  square: async () => {
    const sandbox = await sandboxes.square.squareSandbox({ latencyMs })
    process.env["ESL_CALLS_SQ"] = sandbox.token
    const till = square("there", { token: secret("ESL_CALLS_SQ"), url: sandbox.url() })
    return { sandbox, participant: till.customers.as(guest) }
  },
  shopify: async () => {
    const sandbox = await sandboxes.shopify.shopifySandbox({ latencyMs, limits: { restore: 1_000, bucket: 20_000 } })
    const shop = shopify("there", { store: "acme", token: secret("ESL_CALLS"), url: sandbox.url(),
      storage: [sandbox.url("storage")] })
    return { sandbox, participant: shop.customers.as(shopper) }
  }
}

const measure = async (vendor: string): Promise<void> => {
  const stand = await stands[vendor]?.()
  const limit = fewest[vendor]
  if (stand === undefined || limit === undefined) throw new Error(`there is no vendor ${vendor}`)
  const { sandbox } = stand
  const erp = erpWith(join(folder, `${vendor}.db`))
  const here = sql("erp", { url: `sqlite:${join(folder, `${vendor}.db`)}`, zone: "UTC" })
    .table("person", Person, { key: "id", changed: "changed" }).as(person, { create: false })
  const resolved = resolve({ hub: `sqlite:${join(folder, `${vendor}-hub.db`)}`,
    syncs: [sync("customer", Customer, { between: [here, stand.participant], match: ["email"], rule: newest,
      brake: { creates: people, changes: people } })] })
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.faults))
  const room = Layer.mergeAll(
    Layer.provideMerge(sqlite(join(folder, `${vendor}-hub.db`)), Ids.random),
    Systems.layer(resolved.project.connections, { readOnly: false })
  )
  await Effect.runPromise(Effect.gen(function*() {
    const systems = yield* Systems
    const session = yield* systems.session("there")
    for (const step of session.setup === undefined ? [] : yield* session.setup) yield* step.apply ?? Effect.void
    sandbox.forget()
    const first = yield* timed(pass(resolved.project))
    tell(vendor, `first sync of ${people}`, first, sandbox, limit.first(people), people, 1.05)
    yield* settled(pass(resolved.project))
    // What was written lies behind the overlap: a day passes, here and there.
    sandbox.advance(86_400_000)
    yield* settled(pass(resolved.project))
    sandbox.advance(86_400_000)
    erp.exec(`update person set last = last || 'x', changed = '${new Date(sandbox.now()).toISOString()}' where id <= ${changed}`)
    sandbox.forget()
    const second = yield* timed(pass(resolved.project))
    tell(vendor, `${changed} changed`, second, sandbox, limit.change(changed), changed, 1.2, true)
  }).pipe(Effect.provide(room), Effect.scoped,
    Effect.updateService(Clock.Clock, (clock) => movedBy(clock, () => sandbox.now() - Date.now()))))
  if (sandbox.violations.length > 0) must(vendor, `no invalid request: ${sandbox.violations[0]}`)
  erp.close()
  await sandbox.stop()
}

/** The hub's clock goes with the sandbox's. */
const movedBy = (clock: Clock.Clock, by: () => number): Clock.Clock => ({
  currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe() + by(),
  currentTimeMillis: Effect.map(clock.currentTimeMillis, (ms) => ms + by()),
  currentTimeNanosUnsafe: () => clock.currentTimeNanosUnsafe() + BigInt(by()) * 1_000_000n,
  currentTimeNanos: Effect.map(clock.currentTimeNanos, (nanos) => nanos + BigInt(by()) * 1_000_000n),
  monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
  monotonicTimeNanos: clock.monotonicTimeNanos,
  sleep: (duration) => clock.sleep(duration)
})

const timed = <E, R>(run: Effect.Effect<Report, E, R>) => Effect.gen(function*() {
  const start = performance.now()
  const report = yield* run
  return { report, ms: performance.now() - start }
})
type Report = Effect.Success<ReturnType<typeof pass>>

/** What was written is read back by later passes, which is not part of the first sync. */
const settled = <E, R>(run: Effect.Effect<Report, E, R>) => Effect.gen(function*() {
  for (let passes = 0; passes < 5; passes++) {
    const report = yield* run
    if ([...report.sides.values()].every((side) => side.work.written === 0)) return
  }
})

/** Labels of calls that write nothing. */
const looking = /^(GET|query)\b|\/search$|\/batch\/read$|\/bulk-retrieve$/

const tell = (
  vendor: string, what: string, { report, ms }: { readonly report: Report; readonly ms: number }, sandbox: Sandbox,
  least: number, records: number, most: number, apart = false
): void => {
  const written = [...report.sides].filter(([side]) => side.startsWith("there")).reduce((sum, [, side]) =>
    sum + side.work.written, 0)
  const counts = [...sandbox.calls].sort(([, a], [, b]) => b - a)
  const looks = apart ? counts.reduce((sum, [label, count]) => looking.test(label) ? sum + count : sum, 0) : 0
  const total = sandbox.total() - looks
  console.log(`\n${vendor}, ${what}: ${written} written in ${(ms / 1_000).toFixed(1)} s, exit ${report.exit}`)
  console.log(`  calls ${total}, fewest ${least} (${fewest[vendor]?.says ?? ""}): ${(total / least).toFixed(2)} times`)
  if (apart) console.log(`  apart from that, calls that only look (account, poll, reading before a write): ${looks}`)
  for (const [label, count] of counts) console.log(`    ${String(count).padStart(6)}  ${label}`)
  for (const held of report.held) console.log(`    held: ${held.why}`)
  if (written !== records) must(vendor, `${records} written, it wrote ${written}`)
  if (total > most * least) must(vendor, `at most ${most} times the fewest calls`)
}

const must = (vendor: string, what: string): void => {
  console.log(`  not reached: ${vendor}: ${what}`)
  process.exitCode = 1
}

// Its mapping is imported by the laws, which measure nothing.
if (import.meta.main) {
  try {
    for (const vendor of options.only === undefined ? Object.keys(stands) : [options.only]) await measure(vendor)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
