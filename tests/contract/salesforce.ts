/** Salesforce's people as a subject of the contract suite: contacts with an account each, on the sandbox. */
import { Effect, Schema as S } from "effect"
import { salesforce } from "../../connectors/salesforce/index.ts"
import { salesforceSandbox, sandboxApp } from "../../connectors/salesforce/sandbox/index.ts"
import type { SalesforceSandbox } from "../../connectors/salesforce/sandbox/index.ts"
import { stampOf } from "../../connectors/salesforce/sandbox/org.ts"
import { secret } from "../../core/connector/secret.ts"
import { mapping } from "../../core/mapping/index.ts"
import { Customer } from "../../core/model/index.ts"
import type { Given, Stage, Subject } from "../../core/testing/contract.ts"

process.env["SF_CONTRACT_SECRET"] = sandboxApp.clientSecret
process.env["SF_CONTRACT_REFRESH"] = "the first refresh token"

const T = S.NullOr(S.String)
const Row = S.Struct({
  Id: S.String, LastName: T, Title: T, Email: T, Card__c: T, CreatedDate: T, "Account.Name": T, "Account.BillingCity": T
})
const people = mapping(Row, Customer, ({ field }) => ({ email: field("Email"), loyaltyNumber: field("Card__c") }))

export const contacts: Subject = {
  name: "salesforce.customers",
  columns: ["Id", "LastName", "Title", "Email", "Card__c", "CreatedDate", "Account.Name", "Account.BillingCity"],
  page: 2_000,
  lateMs: 14 * 60_000,
  cannot: {
    lag: "SOQL reads the database itself; only late commits are behind, and they are tested",
    children: "people have no child rows; items of orders are tested in tests/connectors/salesforce",
    money: "people have no amounts; prices are tested in tests/connectors/salesforce",
    wide: "numbers there have 18 digits at most and travel as JSON numbers",
    webhook: "Salesforce has none; change events are decoded by tests/connectors/salesforce/events.test.ts"
  },
  open: ({ time }) => Effect.gen(function*() {
    const org = yield* Effect.acquireRelease(
      Effect.promise(() => salesforceSandbox({ app: { ...sandboxApp, rotates: true }, dailyRequests: 1_000_000,
        refreshTokens: ["the first refresh token"] })),
      (made) => Effect.promise(() => made.stop()))
    org.addField("Contact", "Card__c string(40) ncuxqiFS")
    return stageOf(org, time)
  })
}

const stageOf = (org: SalesforceSandbox, time: Given["time"]): Stage => {
  const connection = salesforce("crm", {
    url: org.url(),
    auth: { clientId: sandboxApp.clientId, clientSecret: secret("SF_CONTRACT_SECRET"),
      login: "browser", refreshToken: secret("SF_CONTRACT_REFRESH") }
  })
  connection.customers.as(people)
  const read = (id: string, field: string): string | undefined => {
    const row = org.read("Contact", id)
    const value = row?.["IsDeleted"] === true ? undefined : row?.[field]
    return typeof value === "string" ? value : undefined
  }
  return {
    connection,
    resource: "customers",
    violations: () => org.violations,
    advance: (ms) => { org.advance(ms) },
    people: {
      make: (count, stamp) => Array.from({ length: count }, (_, nth) => {
        const id = org.insert("Contact", { LastName: `Person ${nth}`, Title: `title ${nth}` })
        if (stamp !== undefined) {
          Object.assign(org.read("Contact", id) ?? {}, { SystemModstamp: stampOf(stamp), LastModifiedDate: stampOf(stamp) })
        }
        return id
      }),
      edit: (id, text) => { org.change("Contact", id, { Title: text }) },
      remove: (id) => { org.remove("Contact", id) },
      merge: (loser, into) => {
        org.org.merge("Contact", into, loser)
        return into
      },
      retentionMs: 15 * 86_400_000,
      addField: () => {
        org.addField("Contact", "New__c string(40) ncuFS")
        return "New__c"
      },
      dropField: () => {
        org.dropField("Contact", "Card__c")
        return "Card__c"
      },
      look: (id) => read(id, "Title"),
      count: () => org.all("Contact").length,
      unknown: "0035e0000zzzzzzAAA",
      textOf: (record) => record["Title"]
    },
    ours: {
      create: (nth, text) => ({ LastName: `Ours ${nth}`, Title: text, Card__c: `C-${nth}`,
        Email: `ours${nth}@example.com`, "Account.BillingCity": "Kiel" }),
      update: (text) => ({ Title: text }),
      bad: { Email: "nobody-at-all" },
      locked: { CreatedDate: "2020-01-01T00:00:00Z" },
      delete: "delete",
      longest: 128,
      stored: (text) => text.trim()
    },
    faults: {
      throttle: () => { org.faults.add({ fault: "concurrent-limit", contains: "/services/data" }) },
      unavailable: () => { org.faults.add({ fault: "unavailable", contains: "/services/data" }) },
      cutBefore: () => { org.faults.add({ fault: "cut-before", contains: "/composite", method: "POST" }) },
      cutAfter: () => { org.faults.add({ fault: "cut-after", contains: "/composite", method: "POST" }) },
      lock: () => { org.faults.add({ fault: "row-lock" }) },
      partial: () => { org.faults.add({ fault: "row-lock", after: 2 }) },
      expire: () => {
        // Two refusals in a minute would look like an account that was closed.
        time.advance(61_000)
        org.revoke()
      }
    }
  }
}
