/** A small CRM as a connection, for tests: OAuth that rotates, health, setup, own fields, webhooks. */
import { Effect, Stream } from "effect"
import type { Scope } from "effect"
import { makeApi } from "../../core/connector/api.ts"
import type { Api } from "../../core/connector/api.ts"
import { refreshing } from "../../core/connector/auth/grants.ts"
import type { Change, Connection, Held, Outcome, Page, Resource, Seen, Session } from "../../core/connector/connector.ts"
import type { ConnectorError } from "../../core/connector/errors.ts"
import { declared } from "../../core/connector/participant.ts"
import type { Declared } from "../../core/connector/participant.ts"
import { secret } from "../../core/connector/secret.ts"
import { otherTenant, receiver } from "../../core/connector/signature.ts"
import { apply } from "../../core/mapping/patch.ts"
import type { Record_ } from "../../core/mapping/mapping.ts"
import { isList, isRecord } from "../../core/model/value.ts"
import type { Json } from "../../core/model/value.ts"

export interface DeskOptions {
  readonly url: string
  readonly redirect?: string
  readonly loopback?: boolean
}

export const desk = (name: string, options: DeskOptions): Connection & { readonly people: Declared } => {
  const endpoint = { url: `${options.url}/token`, clientId: "esl-client", clientSecret: secret("ISSUER_SECRET") }
  const authorizing = refreshing(endpoint)
  const connection: Connection = {
    name,
    kind: "desk",
    secrets: authorizing.secrets,
    open: ({ readOnly, vault }) => Effect.gen(function*() {
      const authorization = yield* authorizing.open({ connection: name, vault })
      const api = yield* makeApi({ connection: name, base: options.url, authorization, dialect: {
        code: ({ json }) => isRecord(json) && typeof json["error"] === "string" ? json["error"] : undefined,
        table: { invalid_token: "reauthorise" }
      }, attempts: 2 })
      return session(api, readOnly)
    }) satisfies Effect.Effect<Session, ConnectorError, Scope.Scope>,
    authorize: { url: `${options.url}/authorize`, endpoint, scopes: ["people.read", "people.write"], pkce: true,
      loopback: options.loopback ?? true, ...options.redirect === undefined ? {} : { redirect: options.redirect } },
    receiver: receiver(name, { secrets: [secret("ISSUER_SECRET")], header: "x-desk-signature", encoding: "hex",
      signed: ({ body, headers, url }) => [headers["x-desk-time"] ?? "", url, body],
      sentAt: ({ headers }) => Number(headers["x-desk-time"]) }, (message) =>
      otherTenant(at(message, "desk"), "desk-7") ?? { _tag: "Genuine", key: String(at(message, "event")), hints: [
        { resource: "people", seen: { _tag: "Hint", id: String(at(message, "id")) } }] })
  }
  return { ...connection, people: declared(connection, "people", { guard: "reread", creates: "once" }) }
}

const at = (json: Json | undefined, name: string): Json | undefined => isRecord(json) ? json[name] : undefined

const session = (api: Api, readOnly: boolean): Session => {
  const get = (path: string) => Effect.map(api.read({ operation: `read ${path}`, method: "GET", path }), ({ json }) => json)
  const people = peopleOf(api, get, readOnly)
  return {
    account: Effect.map(get("/account"), (json) => String(at(json, "account"))),
    discover: Effect.map(people.describe, (info) => [info]),
    resource: () => people,
    health: Effect.map(get("/health"), (json) => ({
      version: { used: "2026-07", endOfLife: String(at(json, "endOfLife")) },
      missing: [{ scope: "people.merge", for: "two records of one person stay two" }],
      limits: [{ name: "calls today", left: 900, max: 1_000 }, { name: "points", max: 50 }],
      expires: { what: "the client secret", at: String(at(json, "secretEnds")) },
      sideEffects: ["a new person gets a welcome mail"],
      notes: ["an opt-out cannot be written"],
      proved: "never"
    })),
    setup: Effect.map(get("/setup"), (json) => [
      ...["the unique field esl_id on people", "a webhook for people"].map((what, index) => {
        const present = isList(json) && json.includes(index)
        return { what, why: "records are recognised by it", state: present ? "present" as const : "absent" as const,
          apply: Effect.asVoid(api.write({ operation: "set up", method: "POST", path: `/setup/{n}`, params: { n: index },
            idempotent: true })).pipe(Effect.catchTags({ Lost: Effect.die, Fenced: Effect.die })) }
      })
    ])
  }
}

const heldOf = (json: Json): Held & { readonly _tag: "Held" } => {
  // The server of these tests sends nothing else.
  const { id, ...record } = json as { readonly id: string } & Record_
  return { _tag: "Held", id, record, complete: true }
}

type Get = (path: string) => Effect.Effect<Json | undefined, ConnectorError>

const peopleOf = (api: Api, get: Get, readOnly: boolean): Resource => {
  const all = Effect.map(get("/people"), (json) => isList(json) ? json.map(heldOf) : [])
  const page = (listing: Page["listing"]) => Effect.map(Effect.zip(Effect.sync(() => Date.now()), all),
    ([readAt, seen]): Page => ({ readAt, seen, next: null, ...listing === undefined ? {} : { listing } }))
  const write = (change: Change): Effect.Effect<Outcome, ConnectorError> => Effect.gen(function*() {
    if (change.op === "remove") return { did: "refused", cause: "nothing is removed here" }
    const now = change.op === "create" ? undefined : (yield* all).find(({ id }) => id === change.id)
    if (change.op === "update" && now === undefined) return { did: "gone" }
    const patch = change.op === "create" ? change.patch(undefined) : change.patch(now?.record ?? {})
    const record = apply(now?.record ?? {}, patch, {})
    const { json } = yield* api.write({ operation: "write person", method: "PUT", path: "/people/{id}",
      params: { id: now?.id ?? "new" }, body: { json: record }, idempotent: false })
      .pipe(Effect.catchTags({ Lost: Effect.die, Fenced: Effect.die }))
    const after = heldOf(json ?? null)
    return { did: "written", id: after.id, after }
  })
  const resource: Resource = {
    name: "people",
    reader: {
      covers: { cursor: "all", listing: true },
      changes: () => Stream.fromEffect(page(undefined)),
      listing: () => Stream.fromEffect(page("complete")),
      fetch: (ids) => Effect.map(page(undefined), ({ readAt, seen }) => ({ readAt, seen: ids.map((id): Seen =>
        seen.find((one) => one.id === id) ?? { _tag: "Gone", id, evidence: "read" }) }))
    },
    ...readOnly ? {} : { writer: { guard: "reread" as const, creates: "once" as const, shape: "patch" as const, batch: 10,
      write: (changes: ReadonlyArray<Change>) => Effect.forEach(changes, write) } },
    describe: Effect.succeed({ name: "people", children: {}, warnings: [],
      stock: { from: "./stock.ts", name: "person" },
      columns: [
        { name: "given", type: "text", nullable: true, writable: true, key: false, length: 40 },
        { name: "mail", type: "email", nullable: true, writable: false, key: false },
        { name: "state", type: "picklist", nullable: true, writable: true, key: false, values: ["active", "closed"] },
        { name: "metafields.crm.vip", type: "boolean", nullable: true, writable: true, key: false, custom: true },
        { name: "Shoe_Size__c", type: "double", nullable: true, writable: false, key: false, custom: true },
        { name: "shoe.size", type: "text", nullable: true, writable: true, key: false, custom: true },
        { name: "Born__c", type: "date", nullable: true, writable: true, key: false, custom: true },
        { name: "seen_at", type: "datetime", nullable: true, writable: true, key: false, custom: true },
        { name: "hobbies", type: "list.text", nullable: true, writable: true, key: false, custom: true }
      ] })
  }
  return resource
}
