/** `till.customers` of a Square seller as a subject of the contract suite. */
import { createHash } from "node:crypto"
import { Effect } from "effect"
import { square } from "../../../connectors/square/index.ts"
import { SquareCustomer } from "../../../connectors/square/records.ts"
import {
  changed, createCustomer, deleteCustomer, mergeCustomers, sandboxApp, scopes, squareSandbox, subscribe
} from "../../../connectors/square/sandbox/index.ts"
import type { SquareSandbox } from "../../../connectors/square/sandbox/index.ts"
import { secret } from "../../../core/connector/secret.ts"
import type { Stage, Subject } from "../../../core/testing/contract.ts"
import { faultsOf, hooksOf, mailbox, running } from "../sandbox.ts"
import type { Mailbox } from "../sandbox.ts"

export const customers: Subject = {
  name: "square.customers",
  columns: Object.keys(SquareCustomer.fields),
  page: 100,
  cannot: {
    twin: "Square keeps no value of a customer unique, not even its reference_id",
    field: "custom attributes cost a call each and are read where a mapping names them (README)",
    hidden: "Square has no permission narrower than CUSTOMERS_READ",
    children: "a customer has no child rows",
    money: "a customer has no amounts",
    wide: "a customer has no numbers",
    lock: "Square knows no row locks on customers"
  },
  open: (given) => Effect.gen(function*() {
    const till = yield* running(() => squareSandbox({ events: true }))
    const box = yield* mailbox(given.time)
    return stage(till, box, yield* Effect.promise(() => refreshToken(till)))
  })
}

/** What `esl auth` would have got: a PKCE refresh token, which is another one after each use. */
export const refreshToken = async (till: SquareSandbox): Promise<string> => {
  const verifier = "a-verifier-of-the-contract-suite-that-is-long-enough"
  const code = till.grants.code(scopes, createHash("sha256").update(verifier).digest("base64url"))
  const answer = await fetch(`${till.url()}/oauth2/token`, { method: "POST", headers: { "content-type": "application/json" },
    body: JSON.stringify({ client_id: sandboxApp.id, grant_type: "authorization_code", code, code_verifier: verifier }) })
  const grant: unknown = await answer.json()
  return typeof grant === "object" && grant !== null && "refresh_token" in grant ? String(grant.refresh_token) : ""
}

export const connectionOf = (till: SquareSandbox, box: Mailbox, refresh: string) => {
  const hook = subscribe(till.seller, { notification_url: box.url,
    event_types: ["customer.created", "customer.updated", "customer.deleted", "inventory.count.updated", "order.updated"] })
  process.env["CONTRACT_SQUARE_REFRESH"] = refresh
  process.env["CONTRACT_SQUARE_KEY"] = String(hook["signature_key"])
  return square("till", {
    url: till.url(), events: true,
    oauth: { clientId: sandboxApp.id, redirect: "https://esl.example.com/square",
      refreshToken: secret("CONTRACT_SQUARE_REFRESH") },
    webhook: { url: box.url, keys: [secret("CONTRACT_SQUARE_KEY")], merchant: till.seller.merchant }
  })
}

const stage = (till: SquareSandbox, box: Mailbox, refresh: string): Stage => {
  const { seller } = till
  const text = (id: string): string | undefined => {
    const doc = seller.customers.get(id)
    const name = doc?.["company_name"]
    return doc === undefined ? undefined : typeof name === "string" ? name : ""
  }
  return {
    connection: connectionOf(till, box, refresh),
    resource: "customers",
    advance: till.advance,
    violations: () => till.violations,
    people: {
      make: (count, stamp, made) => Array.from({ length: count }, (_, at) => {
        const doc = createCustomer(seller, { given_name: `P${at}`, company_name: `Company ${at}` })
        const id = String(doc["id"])
        const told = { ...doc, ...stamp === undefined ? {} : { updated_at: seller.time(stamp) },
          ...made === undefined ? {} : { created_at: seller.time(made) } }
        seller.customers.set(id, told)
        seller.reindex(id, told)
        return id
      }),
      edit: (id, name) => { changed(seller, id, { ...seller.customers.get(id), company_name: name }) },
      remove: (id) => { deleteCustomer(seller, id) },
      merge: (loser, into) => String(mergeCustomers(seller, [loser, into])["id"]),
      lag: (ms) => {
        till.faults.clear()
        till.faults.add({ fault: "search-lag", ms, times: 1_000 })
      },
      retentionMs: 28 * 86_400_000,
      look: text,
      count: () => seller.customers.size,
      unknown: "NOBODY000000000000000000",
      textOf: (record) => record["company_name"] ?? ""
    },
    ours: {
      create: (nth, name) => ({ reference_id: `C-${nth}`, given_name: `Person ${nth}`, company_name: name }),
      update: (name) => ({ company_name: name }),
      bad: { email_address: "canary-without-at" },
      locked: { created_at: "2020-01-01T00:00:00Z" },
      delete: "delete",
      longest: 500
    },
    faults: faultsOf(till, {
      throttle: { fault: "throttled" },
      unavailable: { fault: "unavailable" },
      partial: { fault: "refuse-one" },
      expire: () => { till.grants.expire() },
      create: { contains: "bulk-create" },
      update: { contains: "bulk-update" }
    }),
    hooks: hooksOf(till, box)
  }
}
