/** A connector for a loyalty-card service with a REST API: the worked example of docs/guide/connectors.md. */
import { Schema as S } from "effect"
import type { Secret } from "esl"
import { defineConnector, rest, staticToken } from "esl/connectors"
import type { Answer, Dialect } from "esl/connectors"
import { country, e164, email, localDate, mapping, schema, split, table } from "esl/mapping"
import { Customer } from "esl/model"

const Text = S.NullOr(S.String)

/** A member as the API shows it, flat: `name: { first }` is the column `name.first`. */
export const Member = S.Struct({
  id: S.String, card: Text, email: Text, phone: Text, "name.first": Text, "name.last": Text, birthday: Text,
  status: S.Literals(["active", "blocked"]), labels: Text, points: S.Number,
  "consent.newsletter": S.NullOr(S.Boolean), "consent.decided_at": Text,
  addresses: S.Array(S.Struct({ id: S.String, kind: S.String, street: Text, zip: Text, city: Text, country: Text }))
})

/** What is wrong stands in `error.code`; what is left of the minute in two headers. */
const dialect: Dialect = {
  code: ({ json }) => inside(json, "error", "code"),
  requestId: ({ json }) => inside(json, "error", "request_id"),
  table: {
    rate_limited: "wait",
    maintenance: "busy",
    token_expired: "reauthorise",
    scope_missing: "reauthorise",
    unknown_field: "fix mapping",
    invalid_value: "fix data",
    email_taken: "fix data",
    not_found: "fix data",
    member_merged: "fix data",
    version_conflict: "fix data"
  },
  budgets: ({ headers }) => {
    const [max, left, seconds] = ["limit", "remaining", "reset"].map((name) => Number(headers[`x-ratelimit-${name}`]))
    return max && left !== undefined && seconds
      ? [{ name: "calls", max, left, resetsInMs: seconds * 1_000 }] : []
  }
}

const inside = (json: Answer["json"], ...names: ReadonlyArray<string>): string | undefined => {
  let here: unknown = json
  for (const name of names) here = new Map(Object.entries(here ?? {})).get(name)
  return typeof here === "string" ? here : undefined
}

export interface LoyaltyOptions {
  /** `https://api.loyalty.example/v1`. */
  readonly url: string
  readonly token: Secret
}

export const loyalty = (name: string, { token, url }: LoyaltyOptions) => defineConnector({
  name,
  kind: "loyalty",
  base: url,
  authorization: staticToken(token),
  dialect,
  limits: { lane: { concurrency: 4, reserve: 0.2 } },
  account: { path: "/account", id: "account.id" },
  resources: {
    members: rest(Member, {
      path: "/members",
      id: "id",
      items: "members",
      item: "member",
      paging: { by: "token", at: "next_cursor", parameter: "cursor" },
      size: { parameter: "limit", value: 100 },
      changed: { column: "updated_at", parameter: "updated_since", before: "updated_before" },
      created: "created_at",
      many: { parameter: "ids", size: 50 },
      deletions: { path: "/deleted-members", parameter: "since", items: "members", id: "id" },
      merged: (json) => inside(json, "error", "merged_into"),
      write: {
        version: { column: "version", header: "If-Match" },
        idempotency: "Idempotency-Key",
        readOnly: ["points"],
        archive: { status: "blocked" },
        children: { addresses: { key: "id", path: "/members/{id}/addresses" } },
        exists: (answer) => inside(answer.json, "error", "existing_id")
      }
    })
  }
})

export const member = mapping(Member, Customer, ({ constant, field, flat, group, readOnly, row }) => ({
  loyaltyNumber: field("card"),
  name: group({ given: "name.first", family: "name.last" }),
  email: field("email", email),
  "phone.mobile": field("phone", e164("DE")),
  birth: field("birthday", localDate()),
  status: field("status", table({ active: "active", blocked: "blocked" }, {
    others: { inactive: "blocked", prospect: "active", deceased: "blocked", erased: "blocked" }
  })),
  tags: field("labels", split(",")),
  "custom.points": readOnly(field("points", schema(S.Number))),
  consent: flat([{
    channel: constant("email"),
    purpose: constant("marketing"),
    state: field("consent.newsletter", table({ true: "granted", false: "denied" }, {
      others: { withdrawn: "false", unknown: "false", erased: "false" }
    })),
    decidedBy: constant("subject")
  }]),
  "address.billing": row("addresses", { kind: "billing" }, ({ field, group }) =>
    group({ street: "street", postalCode: "zip", city: "city", country: field("country", country()) }), { key: "id" })
}))
