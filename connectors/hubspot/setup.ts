/** What ESL needs in a portal: a group and a unique property on each kind, and webhooks. */
import { Effect } from "effect"
import type { Api, Lost } from "../../core/connector/api.ts"
import type { ConnectorError } from "../../core/connector/errors.ts"
import { Unavailable } from "../../core/connector/errors.ts"
import type { SetupStep } from "../../core/connector/health.ts"
import type { Fenced } from "../../core/connector/connector.ts"
import type { Json } from "../../core/model/value.ts"
import { isMembers, listIn, textIn } from "./json.ts"
import { kinds, lineItems } from "./kinds.ts"
import type { Kind } from "./kinds.ts"
import { ordinary } from "./objects.ts"

export interface Needs {
  readonly api: Api
  readonly version: string
  readonly key: string
  readonly used: ReadonlySet<Kind["name"]>
  /** Webhooks of the app, where it has them. */
  readonly webhooks: { readonly url?: string; readonly appId?: number } | undefined
}

const group = "esl"

type Steps = Effect.fn.Return<ReadonlyArray<SetupStep>, ConnectorError>

export const stepsOf = Effect.fnUntraced(function*(needs: Needs): Steps {
  const names = [...needs.used, ...needs.used.has("orders") ? [lineItems] : []]
  const steps = yield* Effect.forEach(names, (name) => ofKind(needs, name))
  return [...steps.flat(), ...yield* ofWebhooks(needs)]
})

/** A write that nobody else waits for; a lost answer is looked into by running setup again. */
const make = (
  { api }: Needs, operation: string, path: string, body: Json
): Effect.Effect<void, ConnectorError> =>
  Effect.catchIf(Effect.asVoid(api.write({ operation, method: "POST", path, idempotent: false, cost: ordinary,
    accept: [409], priority: "interactive", body: { json: body } })), isUnanswered, (error) => Effect.fail(api.fail(operation,
    new Unavailable({ message: `${error._tag === "Lost" ? error.message : "stopped"}: run esl setup again` }))))

const isUnanswered = (error: ConnectorError | Lost | Fenced): error is Lost | Fenced => error._tag !== "ConnectorError"

const look = (needs: Needs, path: string): Effect.Effect<Json | undefined, ConnectorError> =>
  Effect.map(needs.api.read({ operation: "look at properties", method: "GET", path, cost: ordinary, accept: [404] }),
    ({ json, status }) => status === 404 ? undefined : json)

const ofKind = Effect.fnUntraced(function*(needs: Needs, kind: string): Steps {
  const base = `/crm/properties/${needs.version}/${kind}`
  const there = yield* look(needs, `${base}/groups/${group}`)
  const property = yield* look(needs, `${base}/${needs.key}`)
  const what = `the unique property ${needs.key} on ${kind}`
  return [{
    what: `the property group ${group} on ${kind}`, state: there === undefined ? "absent" : "present",
    why: "ESL's own properties stand together", apply: make(needs, `group on ${kind}`, `${base}/groups`,
      { name: group, label: "ESL" })
  }, isMembers(property) && property["hasUniqueValue"] !== true ? {
    what, state: "different",
    why: `there is a property of this name whose values are not unique: rename or delete it in the portal, or choose another \`key\``
  } : {
    what, state: property === undefined ? "absent" : "present",
    why: "a record that is created twice by a lost answer is found by it", apply: make(needs, `property on ${kind}`, base, {
      name: needs.key, label: "ESL id", type: "string", fieldType: "text", groupName: group, hasUniqueValue: true,
      hidden: true, formField: false, description: "Id of this record in the hub of ESL. Do not change it."
    })
  }]
})

/** Events of the kinds in use. `object.*` subscriptions name the kind by its type id. */
interface Event {
  readonly eventType: string
  readonly objectTypeId?: string
}

const wanted = (used: ReadonlySet<Kind["name"]>): ReadonlyArray<Event> =>
  [...used].flatMap((name) => {
    const { subject, typeId } = kinds[name]
    const generic = name === "orders"
    return ["creation", "deletion", "merge", "propertyChange"].flatMap((event) => {
      // Products have neither: https://developers.hubspot.com/docs/api-reference/latest/webhooks/guide
      if (!generic && name === "products" && event === "merge") return []
      return [{ eventType: `${generic ? "object" : subject}.${event}`, ...generic ? { objectTypeId: typeId } : {} }]
    })
  })

const ofWebhooks = Effect.fnUntraced(function*(needs: Needs): Steps {
  const { api, used, version, webhooks } = needs
  if (webhooks === undefined) return []
  const { appId, url } = webhooks
  const byHand: SetupStep = { what: `webhooks of ${[...used].join(", ")}`, state: "absent",
    why: `subscribe the app to ${wanted(used).map(({ eventType }) => eventType).join(", ")} in its settings, with ${url ?? "ESL's public address"} as target` }
  if (appId === undefined) return [byHand]
  const base = `/${version < "2026-09" ? "webhooks" : "app-webhooks"}/${version}/${appId}`
  const answer = yield* api.read({ operation: "look at webhooks", method: "GET", path: `${base}/subscriptions`,
    cost: ordinary, accept: [401, 403, 404] })
  // Only the app's own developer key may, on most portals.
  if (answer.status >= 400) return [byHand]
  const settings = yield* api.read({ operation: "look at webhooks", method: "GET", path: `${base}/settings`, cost: ordinary,
    accept: [404] })
  const target = textIn(settings.json, "targetUrl") ?? ""
  const there = listIn(answer.json, "results")
  const has = (eventType: string, objectTypeId: string | undefined): boolean => there.some((one) => isMembers(one)
    && one["eventType"] === eventType && one["active"] === true
    && (objectTypeId === undefined || one["objectTypeId"] === objectTypeId))
  return [
    ...url === undefined || target === url ? [] : [{
      what: `the target address of the app's webhooks`, state: target === "" ? "absent" as const : "different" as const,
      why: "all webhooks of an app go to one address",
      apply: Effect.catchIf(Effect.asVoid(api.write({ operation: "target of webhooks", method: "PUT", path: `${base}/settings`,
        idempotent: true, cost: ordinary,
        body: { json: { targetUrl: url, throttling: { maxConcurrentRequests: 10 } } } })), isUnanswered,
      () => Effect.fail(api.fail("target of webhooks", new Unavailable({ message: "no answer: run esl setup again" }))))
    }],
    ...wanted(used).map(({ eventType, objectTypeId }): SetupStep => ({
      what: `the webhook ${eventType}${objectTypeId === undefined ? "" : ` of ${objectTypeId}`}`,
      state: has(eventType, objectTypeId) ? "present" : "absent", why: "changes are seen at once, deletions too",
      apply: make(needs, "webhook", `${base}/subscriptions`,
        { eventType, active: true, ...objectTypeId === undefined ? {} : { objectTypeId } })
    }))
  ]
})
