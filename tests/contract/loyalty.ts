/** The worked example of docs/guide/connectors.md as a subject of the contract suite. */
import { Effect } from "effect"
import { loyalty } from "../../examples/loyalty/connector.ts"
import { startLoyalty } from "../../examples/loyalty/server.ts"
import { secret } from "../../core/connector/secret.ts"
import { Rows } from "../../core/mapping/index.ts"
import type { Subject } from "../../core/testing/contract.ts"

const token = "a-loyal-token"

export const members: Subject = {
  name: "loyalty.members",
  columns: ["id", "card", "email", "name.first", "name.last", "points", "labels", "addresses"],
  page: 100,
  cannot: {
    lag: "the list is read from the store itself: there is no index that lags",
    retention: "deletions are kept for ever",
    field: "the service has no custom fields",
    hidden: "the service hides no fields",
    offline: "the service says nothing about when a member was made",
    longest: "no text has a longest length",
    money: "the service knows no money",
    wide: "its ids are texts, its numbers small",
    lock: "it has no locks: versions keep writers apart",
    partial: "there is no batch: each record has a request of its own",
    expire: "a token that a person made does not expire; a replaced one is tested in tests/connectors/rest",
    rotate: "a token that a person made is not rotated",
    webhook: "the service tells nobody"
  },
  open: () => Effect.gen(function*() {
    process.env["LOYALTY_TOKEN"] = token
    const { server, service, url } = yield* Effect.acquireRelease(Effect.promise(() => startLoyalty(token)),
      (started) => Effect.promise(() => started.server.stop()))
    const live = () => [...service.members.values()].filter((one) => one.gone === undefined)
    const make = (nth: number, stamp: number | undefined): string => {
      const id = service.add({ card: `P-${service.members.size}`, labels: `person ${nth}` })
      if (stamp !== undefined) service.edit(id, {}, stamp)
      return id
    }
    return {
      connection: loyalty("card", { url, token: secret("LOYALTY_TOKEN") }),
      resource: "members",
      violations: () => server.violations,
      calls: () => server.total(),
      advance: (ms) => { server.advance(ms) },
      people: {
        make: (count, stamp) => Array.from({ length: count }, (_, nth) => make(nth, stamp)),
        edit: (id, text) => { service.edit(id, { labels: text }) },
        remove: (id) => { service.end(id) },
        merge: (loser, into) => {
          service.end(loser, into)
          return into
        },
        look: (id) => {
          const text = live().find((one) => one.id === id)?.fields["labels"]
          return typeof text === "string" ? text : undefined
        },
        count: () => live().length,
        unknown: "m999999",
        textOf: (record) => record["labels"]
      },
      ours: {
        create: (nth, text) => ({ email: `our-${nth}@example.com`, labels: text }),
        update: (text) => ({ labels: text }),
        bad: { status: "asleep for ever" },
        locked: { points: 7 },
        delete: "delete",
        children: {
          make: () => service.add({ labels: "with addresses" },
            ["home", "work", "billing"].map((kind) => ({ kind, city: "Kiel" }))),
          patch: () => ({ addresses: new Rows([{ where: { kind: "work" }, set: { city: "Köln" } }]) }),
          count: (id) => service.members.get(id)?.addresses.length ?? 0
        }
      },
      faults: {
        throttle: () => { server.faults.add({ fault: "throttled" }) },
        unavailable: () => { server.faults.add({ fault: "maintenance" }) },
        cutBefore: (op) => { server.faults.add({ fault: "cut-before", method: op === "create" ? "POST" : "PATCH" }) },
        cutAfter: (op) => { server.faults.add({ fault: "cut-after", method: op === "create" ? "POST" : "PATCH" }) }
      }
    }
  })
}
