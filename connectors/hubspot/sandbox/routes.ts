/** What each operation does: records, associations, properties, preferences, account. */
import type { Json } from "../../../core/model/value.ts"
import type { Reply } from "../../../core/connector/sandbox.ts"
import {
  associate, batchArchive, batchCreate, batchRead, batchUpdate, batchUpsert, envelope, objectOf, withinCap
} from "./batch.ts"
import type { Batch, Input } from "./batch.ts"
import type { Preferences, Wish } from "./consent.ts"
import type { Hooks } from "./hooks.ts"
import type { Limits } from "./limits.ts"
import type { Portal, Stored, Values } from "./portal.ts"
import type { Kind, Property } from "./properties.ts"
import { invalid, missing, Refusal } from "./refusal.ts"
import type { Operation } from "./schema.ts"
import { search } from "./search.ts"
import type { SearchRequest } from "./search.ts"
import type { App, Tokens } from "./tokens.ts"

export interface World {
  readonly portal: Portal
  readonly preferences: Preferences
  readonly hooks: Hooks
  readonly tokens: Tokens
  readonly limits: Limits
  readonly app: App
  readonly now: () => number
  readonly fails: (input: Input) => boolean
  /** A fault of the switch: searches do not sort. */
  readonly disordered: () => boolean
  /** Subscription batches need a plan of their own. */
  readonly batches: boolean
}

export interface Asked {
  readonly world: World
  readonly operation: Operation
  readonly text: string
}

type Route = (asked: Asked) => Reply

/** The request fits the description when a route is asked: its shape is the one named here. */
const bodyOf = <B>({ operation }: Asked): B => operation.body as unknown as B

const ok = (body: Json, status = 200): Reply => ({ status, body })
const gone: Reply = { status: 204 }

const kindIn = ({ operation, world }: Asked, name = "objectType"): Kind => world.portal.kind(operation.params[name])
const wantedIn = ({ operation }: Asked): ReadonlyArray<string> | undefined => {
  const wanted = operation.query["properties"]
  return wanted === undefined ? undefined : typeof wanted === "string" ? [wanted] : wanted
}
const isDated = ({ operation }: Asked): boolean => operation.version >= "2026-09" && operation.version !== "v3"
const batchIn = (asked: Asked): Batch => ({ portal: asked.world.portal, kind: kindIn(asked), dated: isDated(asked),
  now: asked.world.now, fails: asked.world.fails })
const inputsIn = (asked: Asked): ReadonlyArray<Input> => bodyOf<{ readonly inputs: ReadonlyArray<Input> }>(asked).inputs

const objectAt = (asked: Asked): Stored => {
  const { operation: { params, query }, world: { portal } } = asked
  const kind = kindIn(asked)
  const id = params["objectId"] ?? ""
  const by = query["idProperty"]
  const found = typeof by === "string" ? portal.byUnique(kind, by, id) : portal.find(kind, portal.survivor(kind, id) ?? id)
  if (found === undefined || (found.archivedAt !== undefined) !== (query["archived"] === "true")) throw missing()
  return found
}

const associationsOf = (asked: Asked, record: Stored): { readonly [name: string]: Json } => {
  const { operation: { query }, world: { portal } } = asked
  const names = query["associations"]
  if (names === undefined) return {}
  const ends = (typeof names === "string" ? [names] : names).map((name) => portal.kind(name))
  const found = ends.flatMap((to) => {
    const results = portal.linked(record.kind, record.id, to)
      .map((id): Json => ({ id, type: `${record.kind.singular}_to_${to.singular}` }))
    return results.length === 0 ? [] : [[to.name, { results }] as const]
  })
  return found.length === 0 ? {} : { associations: Object.fromEntries(found) }
}

/** Archived records can be restored, and are listed, for 90 days. */
const keptMs = 90 * 86_400_000

const objects: { readonly [route: string]: Route } = {
  "get /crm/objects/2026-09/{objectType}": (asked) => {
    const { operation: { query }, world: { portal } } = asked
    const limit = Number(query["limit"] ?? 10)
    if (limit < 1 || limit > 100) throw invalid("limit must be between 1 and 100")
    const archived = query["archived"] === "true"
    const after = Number(query["after"] ?? 0)
    const forgotten = asked.world.now() - keptMs
    // They stand in the order of their ids, which are counted.
    const all: Array<Stored> = []
    for (const record of portal.shelf(kindIn(asked)).records.values()) {
      const { archivedAt = 0 } = record
      if (Number(record.id) <= after || (archivedAt > 0) !== archived || (archived && archivedAt <= forgotten)) continue
      all.push(record)
      if (all.length > limit) break
    }
    const page = all.slice(0, limit)
    const last = page.at(-1)
    return ok({
      results: page.map((record) => objectOf(portal, record, wantedIn(asked), associationsOf(asked, record))),
      ...all.length > page.length && last !== undefined ? { paging: { next: { after: last.id } } } : {}
    })
  },
  "post /crm/objects/2026-09/{objectType}": (asked) => {
    const { portal } = asked.world
    const { associations, properties } = bodyOf<{ readonly properties: Values } & Pick<Input, "associations">>(asked)
    const record = portal.create(kindIn(asked), properties, isDated(asked))
    associate(portal, record.kind, record.id, associations)
    return ok(objectOf(portal, record, Object.keys(properties)), 201)
  },
  "get /crm/objects/2026-09/{objectType}/{objectId}": (asked) => {
    const record = objectAt(asked)
    return ok(objectOf(asked.world.portal, record, wantedIn(asked), associationsOf(asked, record)))
  },
  "patch /crm/objects/2026-09/{objectType}/{objectId}": (asked) => {
    const record = objectAt(asked)
    const { properties } = bodyOf<{ readonly properties: Values }>(asked)
    asked.world.portal.update(record, properties, isDated(asked))
    return ok(objectOf(asked.world.portal, record, Object.keys(properties)))
  },
  "delete /crm/objects/2026-09/{objectType}/{objectId}": (asked) => {
    const record = asked.world.portal.alive(kindIn(asked), asked.operation.params["objectId"] ?? "")
    if (record !== undefined) asked.world.portal.archive(record)
    return gone
  },
  "post /crm/objects/2026-09/{objectType}/search": (asked) => {
    const { portal } = asked.world
    const request = bodyOf<SearchRequest>(asked)
    const { after, page: found, total } = search(portal, kindIn(asked), request)
    const page = asked.world.disordered() ? found.toReversed() : found
    return ok({
      total,
      // As the index saw them: neither values nor times are newer than it.
      results: page.map(({ record, values }) => ({ ...objectOf(portal, record, []),
        properties: portal.shown(record, request.properties, values),
        updatedAt: values[record.kind.changed] ?? new Date(record.createdAt).toISOString() })),
      ...after === undefined ? {} : { paging: { next: { after } } }
    })
  },
  "post /crm/objects/2026-09/{objectType}/batch/create": (asked) => batchCreate(batchIn(asked), inputsIn(asked)),
  "post /crm/objects/2026-09/{objectType}/batch/update": (asked) => batchUpdate(batchIn(asked), inputsIn(asked)),
  "post /crm/objects/2026-09/{objectType}/batch/upsert": (asked) => batchUpsert(batchIn(asked), inputsIn(asked)),
  "post /crm/objects/2026-09/{objectType}/batch/archive": (asked) => batchArchive(batchIn(asked), inputsIn(asked)),
  "post /crm/objects/2026-09/{objectType}/batch/read": (asked) =>
    batchRead(batchIn(asked), bodyOf(asked), asked.operation.query["archived"] === "true"),
  "post /crm/objects/2026-09/contacts/merge": (asked) => merged(asked, "contacts"),
  "post /crm/objects/2026-09/companies/merge": (asked) => merged(asked, "companies"),
  "post /crm/objects/2026-09/contacts/gdpr-delete": (asked) => {
    const { portal } = asked.world
    const { idProperty, objectId } = bodyOf<{ readonly objectId: string; readonly idProperty?: string }>(asked)
    const record = portal.alive(portal.kind("contacts"), objectId, idProperty)
    if (record !== undefined) portal.archive(record, true)
    return gone
  }
}

interface MergeRequest {
  readonly objectIdToMerge: string
  readonly primaryObjectId: string
}

const merged = (asked: Asked, name: string): Reply => {
  const { portal } = asked.world
  const kind = portal.kind(name)
  const { objectIdToMerge, primaryObjectId } = bodyOf<MergeRequest>(asked)
  const [primary, other] = [portal.alive(kind, primaryObjectId), portal.alive(kind, objectIdToMerge)]
  if (primary === undefined || other === undefined || primary === other) throw invalid("both records must exist, and be two")
  return ok(objectOf(portal, portal.merge(kind, primary, other)))
}

interface Pair {
  readonly from: { readonly id: string }
  readonly to: { readonly id: string }
}

const ends = (asked: Asked): readonly [from: Kind, to: Kind] => [kindIn(asked, "fromObjectType"), kindIn(asked, "toObjectType")]

const typeIds: { readonly [pair: string]: number } = {
  contacts_companies: 279, companies_contacts: 280, orders_contacts: 507, contacts_orders: 508, orders_companies: 509,
  companies_orders: 510, orders_line_items: 513, line_items_orders: 514
}
const specOf = (from: Kind, to: Kind): Json =>
  ({ associationCategory: "HUBSPOT_DEFINED", associationTypeId: typeIds[`${from.name}_${to.name}`] ?? 0 })

const joined = (asked: Asked, pairs: ReadonlyArray<Pair>): ReadonlyArray<Pair> => {
  const [from, to] = ends(asked)
  const { portal } = asked.world
  withinCap(pairs, 2_000)
  for (const pair of pairs) {
    if (portal.alive(from, pair.from.id) === undefined || portal.alive(to, pair.to.id) === undefined) {
      throw invalid(`one of ${from.singular} ${pair.from.id} and ${to.singular} ${pair.to.id} does not exist`)
    }
    portal.link(from, pair.from.id, to, pair.to.id)
  }
  return pairs
}

const associations: { readonly [route: string]: Route } = {
  "post /crm/associations/2026-09/{fromObjectType}/{toObjectType}/batch/read": (asked) => {
    const [from, to] = ends(asked)
    const inputs = bodyOf<{ readonly inputs: ReadonlyArray<{ readonly id: string }> }>(asked).inputs
    withinCap(inputs, 1_000)
    const results = inputs.flatMap(({ id }): ReadonlyArray<Json> => {
      const others = asked.world.portal.linked(from, id, to)
      return others.length === 0 ? [] : [{ from: { id }, to: others.map((other) => ({ toObjectId: other,
        associationTypes: [{ category: "HUBSPOT_DEFINED", typeId: typeIds[`${from.name}_${to.name}`] ?? 0 }] })) }]
    })
    return ok(envelope(asked.world.now(), results))
  },
  "post /crm/associations/2026-09/{fromObjectType}/{toObjectType}/batch/create": (asked) => {
    const [from, to] = ends(asked)
    const pairs = joined(asked, bodyOf<{ readonly inputs: ReadonlyArray<Pair> }>(asked).inputs)
    return ok(envelope(asked.world.now(), pairs.map((pair): Json => ({ fromObjectTypeId: from.typeId,
      fromObjectId: pair.from.id, toObjectTypeId: to.typeId, toObjectId: pair.to.id, labels: [] }))), 201)
  },
  "post /crm/associations/2026-09/{fromObjectType}/{toObjectType}/batch/associate/default": (asked) => {
    const [from, to] = ends(asked)
    const pairs = joined(asked, bodyOf<{ readonly inputs: ReadonlyArray<Pair> }>(asked).inputs)
    return ok(envelope(asked.world.now(), pairs.map((pair): Json =>
      ({ from: { id: pair.from.id }, to: { id: pair.to.id }, associationSpec: specOf(from, to) }))))
  },
  "post /crm/associations/2026-09/{fromObjectType}/{toObjectType}/batch/archive": (asked) => {
    const [from, to] = ends(asked)
    const inputs = bodyOf<{ readonly inputs: ReadonlyArray<{ readonly from: { readonly id: string };
      readonly to: ReadonlyArray<{ readonly id: string }> }> }>(asked).inputs
    for (const one of inputs) for (const { id } of one.to) asked.world.portal.unlink(from, one.from.id, to, id)
    return gone
  },
  "put /crm/objects/2026-09/{fromObjectType}/{fromObjectId}/associations/default/{toObjectType}/{toObjectId}":
  (asked) => {
    const [from, to] = ends(asked)
    const { fromObjectId = "", toObjectId = "" } = asked.operation.params
    const pair = { from: { id: fromObjectId }, to: { id: toObjectId } }
    joined(asked, [pair])
    return ok(envelope(asked.world.now(), [{ ...pair, associationSpec: specOf(from, to) }]))
  },
  "get /crm/objects/2026-09/{objectType}/{objectId}/associations/{toObjectType}": (asked) => {
    const [from, to] = [kindIn(asked), kindIn(asked, "toObjectType")]
    const ids = asked.world.portal.linked(from, asked.operation.params["objectId"] ?? "", to)
    return ok({ results: ids.map((toObjectId): Json => ({ toObjectId,
      associationTypes: [{ category: "HUBSPOT_DEFINED", typeId: typeIds[`${from.name}_${to.name}`] ?? 0 }] })) })
  },
  "put /crm/objects/2026-09/{objectType}/{objectId}/associations/{toObjectType}/{toObjectId}": (asked) => {
    const [from, to] = [kindIn(asked), kindIn(asked, "toObjectType")]
    const { objectId = "", toObjectId = "" } = asked.operation.params
    asked.world.portal.link(from, objectId, to, toObjectId)
    return ok({ fromObjectTypeId: from.typeId, fromObjectId: objectId, toObjectTypeId: to.typeId, toObjectId,
      labels: [] }, 201)
  },
  "delete /crm/objects/2026-09/{objectType}/{objectId}/associations/{toObjectType}/{toObjectId}": (asked) => {
    const { objectId = "", toObjectId = "" } = asked.operation.params
    asked.world.portal.unlink(kindIn(asked), objectId, kindIn(asked, "toObjectType"), toObjectId)
    return gone
  }
}

const described = (property: Property): Json => ({
  name: property.name, label: property.label, type: property.type, fieldType: property.fieldType,
  description: property.description, groupName: property.groupName, hasUniqueValue: property.hasUniqueValue,
  hidden: false, calculated: property.calculated, hubspotDefined: property.hubspotDefined, archived: false,
  options: property.options.map(({ label, value }) => ({ label, value, hidden: false })),
  modificationMetadata: { readOnlyValue: property.readOnly, readOnlyDefinition: property.hubspotDefined,
    archivable: !property.hubspotDefined }
})

const visible = (asked: Asked): ReadonlyArray<Property> => {
  const { portal } = asked.world
  const kind = kindIn(asked)
  const hidden = portal.options.hidden[kind.name] ?? []
  return [...portal.shelf(kind).properties.values()].filter(({ name }) => !hidden.includes(name))
}

const propertyAt = (asked: Asked): Property => {
  const found = visible(asked).find(({ name }) => name === asked.operation.params["propertyName"])
  if (found === undefined) throw missing()
  return found
}

const existing = (message: string): Refusal => new Refusal({ status: 409, category: "OBJECT_ALREADY_EXISTS", message })

/** At most ten properties of a kind may have unique values. */
const mostUnique = 10

const defined = (asked: Asked, sent: Partial<Property>): Property => {
  const { portal } = asked.world
  const { groups, properties } = portal.shelf(kindIn(asked))
  const { groupName = "", name = "" } = sent
  if (properties.has(name)) throw existing(`A property named '${name}' already exists.`)
  if (!groups.has(groupName)) throw invalid(`Property group '${groupName}' does not exist.`)
  if (!/^[a-z][a-z0-9_]*$/.test(name)) throw invalid("a name consists of small letters, digits and underscores")
  const uniques = [...properties.values()].filter((one) => one.hasUniqueValue).length
  if (sent.hasUniqueValue === true && uniques >= mostUnique) throw invalid(`at most ${mostUnique} properties have unique values`)
  const made: Property = { name, type: sent.type ?? "string", fieldType: sent.fieldType ?? "text",
    label: sent.label ?? name, groupName, description: sent.description ?? "", options: sent.options ?? [],
    hasUniqueValue: sent.hasUniqueValue === true, readOnly: false, calculated: false, hubspotDefined: false }
  properties.set(name, made)
  return made
}

const grouped = (name: string, label: string): Json => ({ name, label, archived: false, displayOrder: -1 })

const properties: { readonly [route: string]: Route } = {
  "get /crm/properties/2026-09/{objectType}": (asked) => ok({ results: visible(asked).map(described) }),
  "post /crm/properties/2026-09/{objectType}": (asked) => ok(described(defined(asked, bodyOf(asked))), 201),
  "get /crm/properties/2026-09/{objectType}/{propertyName}": (asked) => ok(described(propertyAt(asked))),
  "patch /crm/properties/2026-09/{objectType}/{propertyName}": (asked) => {
    const { options: _, ...change } = bodyOf<Partial<Property>>(asked)
    const after: Property = { ...propertyAt(asked), ...change }
    asked.world.portal.shelf(kindIn(asked)).properties.set(after.name, after)
    return ok(described(after))
  },
  "delete /crm/properties/2026-09/{objectType}/{propertyName}": (asked) => {
    asked.world.portal.shelf(kindIn(asked)).properties.delete(propertyAt(asked).name)
    return gone
  },
  "post /crm/properties/2026-09/{objectType}/batch/create": (asked) => {
    const { inputs } = bodyOf<{ readonly inputs: ReadonlyArray<Partial<Property>> }>(asked)
    return ok(envelope(asked.world.now(), inputs.map((one) => described(defined(asked, one)))), 201)
  },
  "get /crm/properties/2026-09/{objectType}/groups": (asked) =>
    ok({ results: [...asked.world.portal.shelf(kindIn(asked)).groups].map(([name, label]) => grouped(name, label)) }),
  "get /crm/properties/2026-09/{objectType}/groups/{groupName}": (asked) => {
    const name = asked.operation.params["groupName"] ?? ""
    const label = asked.world.portal.shelf(kindIn(asked)).groups.get(name)
    if (label === undefined) throw missing()
    return ok(grouped(name, label))
  },
  "post /crm/properties/2026-09/{objectType}/groups": (asked) => {
    const { label, name } = bodyOf<{ readonly name: string; readonly label: string }>(asked)
    const { groups } = asked.world.portal.shelf(kindIn(asked))
    if (groups.has(name)) throw existing(`A group named '${name}' already exists.`)
    groups.set(name, label)
    return ok(grouped(name, label), 201)
  }
}

const emailIn = ({ operation }: Asked, name: string): string => decodeURIComponent(operation.params[name] ?? "")
const results = (asked: Asked, found: ReadonlyArray<Json>): Reply => ok(envelope(asked.world.now(), found))

const enterprise = (asked: Asked): void => {
  if (!asked.world.batches) throw new Refusal({ status: 403, category: "MISSING_SCOPES",
    message: "This app hasn't been granted all required scopes to make this call." })
}

interface Wish3 extends Pick<Wish, "legalBasis" | "legalBasisExplanation"> {
  readonly emailAddress: string
  readonly subscriptionId: string
}

const setThree = (asked: Asked, statusState: Wish["statusState"]): Reply => {
  const { emailAddress, subscriptionId, ...more } = bodyOf<Wish3>(asked)
  const { preferences } = asked.world
  preferences.set({ ...more, subscriberIdString: emailAddress, subscriptionId: Number(subscriptionId), statusState },
    asked.world.now(), false)
  return ok(preferences.shown3(emailAddress, subscriptionId))
}

const consent: { readonly [route: string]: Route } = {
  "get /communication-preferences/2026-09/definitions": (asked) => ok({ results: asked.world.preferences.listed() }),
  "get /communication-preferences/2026-09/statuses/{subscriberIdString}": (asked) =>
    results(asked, asked.world.preferences.all(emailIn(asked, "subscriberIdString"))),
  "post /communication-preferences/2026-09/statuses/{subscriberIdString}": (asked) =>
    results(asked, [asked.world.preferences.set({ ...bodyOf<Omit<Wish, "subscriberIdString">>(asked),
      subscriberIdString: emailIn(asked, "subscriberIdString") }, asked.world.now(), true)]),
  "post /communication-preferences/2026-09/statuses/batch/read": (asked) => {
    enterprise(asked)
    const { inputs } = bodyOf<{ readonly inputs: ReadonlyArray<string> }>(asked)
    withinCap(inputs)
    return results(asked, inputs.map((subscriberIdString) =>
      ({ subscriberIdString, statuses: asked.world.preferences.all(subscriberIdString) })))
  },
  "post /communication-preferences/2026-09/statuses/batch/write": (asked) => {
    enterprise(asked)
    const { inputs } = bodyOf<{ readonly inputs: ReadonlyArray<Wish> }>(asked)
    withinCap(inputs)
    const failed: Array<Json> = []
    const done = inputs.flatMap((wish) => {
      try {
        return [asked.world.preferences.set(wish, asked.world.now(), true)]
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        failed.push({ status: "error", category: error.trouble.category, message: error.message, links: {},
          errors: [], context: { subscriberIdString: [wish.subscriberIdString],
            subscriptionId: [String(wish.subscriptionId)] } })
        return []
      }
    })
    return { status: failed.length > 0 ? 207 : 200, body: { ...envelope(asked.world.now(), done),
      ...failed.length > 0 ? { errors: failed, numErrors: failed.length } : {} } }
  },
  "get /communication-preferences/v3/definitions": (asked) =>
    ok({ subscriptionDefinitions: asked.world.preferences.listed() }),
  "get /communication-preferences/v3/status/email/{emailAddress}": (asked) => {
    const recipient = emailIn(asked, "emailAddress")
    const { preferences } = asked.world
    const statuses = preferences.definitions.map(({ id }) => preferences.shown3(recipient, id))
    return ok({ recipient, subscriptionStatuses: statuses })
  },
  "post /communication-preferences/v3/subscribe": (asked) => setThree(asked, "SUBSCRIBED"),
  "post /communication-preferences/v3/unsubscribe": (asked) => setThree(asked, "UNSUBSCRIBED")
}

const details: Route = ({ world }) => ok({ portalId: world.app.portalId, accountType: "DEVELOPER_TEST",
  timeZone: "Europe/Berlin", companyCurrency: "EUR", additionalCurrencies: [], utcOffset: "+01:00", utcOffsetMilliseconds: 3_600_000,
  uiDomain: "app.hubspot.com", dataHostingLocation: "eu1" })

const account: { readonly [route: string]: Route } = {
  "get /account-info/2026-09/details": details,
  "get /account-info/v3/details": details,
  "get /account-info/2026-09/api-usage/daily/private-apps": ({ world }) => ok({ results: [{
    name: "private-apps-api-calls-daily", usageLimit: world.limits.usage.max, currentUsage: world.limits.usage.used,
    collectedAt: new Date(world.now()).toISOString(), fetchStatus: "SUCCESS"
  }] }),
  "post /oauth/v1/token": ({ text, world }) => ok(world.tokens.grant(new URLSearchParams(text))),
  "post /oauth/2026-09/token/introspect": ({ text, world }) =>
    ok(world.tokens.introspected(new URLSearchParams(text).get("token") ?? "")),
  "post /oauth/v2/private-apps/get/access-token-info": (asked) => {
    const { tokenKey } = bodyOf<{ readonly tokenKey: string }>(asked)
    if (tokenKey !== asked.world.app.token) throw missing()
    const { appId, portalId, scopes } = asked.world.app
    return ok({ hubId: portalId, appId, userId: 1, scopes })
  }
}

const hooks: { readonly [route: string]: Route } = {
  "get /app-webhooks/2026-09/{appId}/settings": ({ world }) => ok({ targetUrl: world.hooks.target,
    throttling: { maxConcurrentRequests: 10 }, createdAt: new Date(world.now()).toISOString() }),
  "put /app-webhooks/2026-09/{appId}/settings": (asked) => {
    const { targetUrl } = bodyOf<{ readonly targetUrl: string }>(asked)
    asked.world.hooks.retarget(targetUrl)
    const createdAt = new Date(asked.world.now()).toISOString()
    return ok({ targetUrl, throttling: { maxConcurrentRequests: 10 }, createdAt })
  },
  "get /app-webhooks/2026-09/{appId}/subscriptions": ({ world }) =>
    ok({ results: world.hooks.all().map((one) => world.hooks.shown(one)) }),
  "post /app-webhooks/2026-09/{appId}/subscriptions": (asked) => {
    const { active, eventType, ...more } = bodyOf<{ readonly eventType: string; readonly active?: boolean;
      readonly propertyName?: string; readonly objectTypeId?: string }>(asked)
    return ok(asked.world.hooks.shown(asked.world.hooks.subscribe(eventType, more, active === true)), 201)
  },
  "get /app-webhooks/2026-09/{appId}/subscriptions/{subscriptionId}": ({ operation, world }) =>
    ok(world.hooks.shown(world.hooks.one(operation.params["subscriptionId"] ?? ""))),
  "patch /app-webhooks/2026-09/{appId}/subscriptions/{subscriptionId}": (asked) => {
    const found = asked.world.hooks.one(asked.operation.params["subscriptionId"] ?? "")
    found.active = bodyOf<{ readonly active?: boolean }>(asked).active ?? found.active
    return ok(asked.world.hooks.shown(found))
  },
  "delete /app-webhooks/2026-09/{appId}/subscriptions/{subscriptionId}": ({ operation, world }) => {
    world.hooks.drop(operation.params["subscriptionId"] ?? "")
    return gone
  }
}

export const routes: { readonly [route: string]: Route } =
  { ...objects, ...associations, ...properties, ...consent, ...account, ...hooks }
