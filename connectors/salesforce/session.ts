/** An open connection: resources, health, what `esl setup` makes, what `esl discover` shows. */
import { Effect } from "effect"
import type { Api } from "../../core/connector/api.ts"
import type { ColumnInfo, Resource, ResourceInfo, Session } from "../../core/connector/connector.ts"
import type { ConnectorError } from "../../core/connector/errors.ts"
import { Refused, Stale, Unavailable } from "../../core/connector/errors.ts"
import type { Health, SetupStep } from "../../core/connector/health.ts"
import { Catalog } from "./catalog.ts"
import type { FieldInfo } from "./catalog.ts"
import { Client, isRecord, listOf, textOf } from "./client.ts"
import { errorsOf } from "./errors.ts"
import { to18 } from "./ids.ts"
import { makeReader } from "./reader.ts"
import type { Source } from "./reader.ts"
import type { Settings } from "./settings.ts"
import { soql } from "./soql.ts"
import { objectView } from "./view.ts"
import type { View } from "./view.ts"
import { makeWriter } from "./writer.ts"

/** One declared resource. */
export interface Declaration {
  readonly view: View
  readonly columns: ReadonlyArray<string>
  readonly rowNames: ReadonlyArray<string>
}

export const session = (
  connection: string, api: Api, settings: Settings, declarations: ReadonlyMap<string, Declaration>, readOnly: boolean
): Session => {
  const client = new Client(api, { version: settings.version, share: settings.dailyShare,
    allowDuplicates: settings.allowDuplicates })
  const catalog = new Catalog(client)
  const made = new Map<string, Resource>()
  let account: string | undefined
  const opened: Opened = { connection, api, client, catalog, settings, declarations, readOnly }
  return {
    account: Effect.suspend(() => account !== undefined ? Effect.succeed(account)
      : Effect.flatMap(client.query("account", soql`SELECT Id FROM Organization`), ({ rows }) => {
        const id = textOf(rows[0]?.["Id"])
        account = id === undefined ? undefined : to18(id)
        return account === undefined ? Effect.fail(client.malformed("account")) : Effect.succeed(account)
      })),
    discover: Effect.forEach([...declarations.keys()], (name) => describe(opened, name)),
    resource: (name) => {
      const known = made.get(name)
      if (known !== undefined) return known
      const resource = resourceOf(opened, name)
      made.set(name, resource)
      return resource
    },
    health: health(opened),
    setup: Effect.forEach(objectsOf(opened), (object) => step(opened, object))
  }
}

interface Opened {
  readonly connection: string
  readonly api: Api
  readonly client: Client
  readonly catalog: Catalog
  readonly settings: Settings
  readonly declarations: ReadonlyMap<string, Declaration>
  readonly readOnly: boolean
}

const resourceOf = (opened: Opened, name: string): Resource => {
  const { catalog, client, connection, settings } = opened
  const declaration = opened.declarations.get(name) ?? { columns: [], rowNames: [], view: objectView(name, name) }
  const source: Source = {
    connection, client, catalog, view: declaration.view, columns: declaration.columns,
    overlapMs: settings.overlapMinutes * 60_000, currency: settings.currency, bulkFrom: settings.bulkReadsFrom
  }
  return {
    name,
    reader: makeReader(source),
    ...(opened.readOnly ? {} : { writer: makeWriter(source, {
      externalId: settings.externalId, sharedAccount: settings.sharedAccount, guestAccount: settings.guestAccount,
      lineWithout: settings.lineWithoutProduct, currency: settings.currency, orderBook: settings.priceBook,
      bulkFrom: settings.bulkWritesFrom, rowNames: declaration.rowNames
    }) }),
    describe: describe(opened, name)
  }
}

const describe = (opened: Opened, resource: string): Effect.Effect<ResourceInfo, ConnectorError> =>
  Effect.gen(function*() {
    const { catalog, settings } = opened
    const declaration = opened.declarations.get(resource)
    if (declaration === undefined) {
      return yield* opened.api.fail(resource, new Stale({ message: `no resource is declared as ${resource}` }))
    }
    const { columns, view } = declaration
    // An admin may have added or dropped fields since.
    catalog.forget()
    const info = yield* catalog.object(view.object)
    const warnings: Array<string> = []
    const shown = new Map<string, ColumnInfo>()
    for (const column of columns) {
      const path = view.path(column)
      if (column === view.child?.name) continue
      const field = path === undefined ? undefined : yield* catalog.field(view.object, path)
      if (field !== undefined) shown.set(column, columnOf(column, field))
      else if (path === undefined || column === "CurrencyIsoCode") shown.set(column, made(column))
    }
    for (const field of info.fields.values()) {
      if (field.custom && field.name !== settings.externalId) {
        const column = view.object === "Account" && view.resource === "customers"
          ? field.name.endsWith("__pc") ? field.name.replace(/__pc$/, "__c") : `Account.${field.name}` : field.name
        if (!shown.has(column)) shown.set(column, columnOf(column, field))
      }
    }
    if (settings.externalId !== undefined && !info.fields.has(settings.externalId)) {
      warnings.push(`${view.object}.${settings.externalId} is missing: run esl setup ${opened.connection}`)
    }
    if (!info.createable) warnings.push(`this user may not create ${view.object}`)
    const children: { [name: string]: ResourceInfo } = {}
    if (view.child !== undefined) children[view.child.name] = yield* childInfo(opened, view.child)
    const mapped = Object.hasOwn(mappings, resource) ? mappings[resource] : undefined
    const stock = mapped === undefined ? {} : { stock: { from: "esl/mappings/salesforce", name: mapped } }
    return { name: resource, columns: [...shown.values()], children, warnings, ...stock }
  })

/** Stock mappings, which `esl discover` extends. */
const mappings: { readonly [resource: string]: string } = {
  customers: "customer", orders: "order", products: "product", locations: "location", inventory: "inventory"
}

const childInfo = Effect.fnUntraced(function*({ catalog }: Opened, child: NonNullable<View["child"]>) {
  const columns: Array<ColumnInfo> = []
  for (const column of child.columns) {
    const field = yield* catalog.field(child.object, column)
    if (field !== undefined) columns.push(columnOf(column, field))
    else if (column === "CurrencyIsoCode") columns.push(made(column))
  }
  const info: ResourceInfo = { name: child.name, columns, children: {}, warnings: [] }
  return info
})

const columnOf = (column: string, field: FieldInfo): ColumnInfo => ({
  name: column, type: field.type, nullable: field.nillable, writable: field.createable || field.updateable,
  key: column === "Id", ...(field.length > 0 ? { length: field.length } : {}), ...(field.custom ? { custom: true } : {}),
  ...(field.values === undefined ? {} : { values: field.values })
})

/** A column that the connector makes of other records. */
const made = (column: string): ColumnInfo =>
  ({ name: column, type: "currency", nullable: true, writable: true, key: false })

const health = (opened: Opened): Effect.Effect<Health, ConnectorError> => Effect.gen(function*() {
  const { api, client, settings } = opened
  const listed = yield* api.read({ operation: "versions", method: "GET", path: "/services/data" })
  const versions = listOf(listed.json).flatMap((one) => isRecord(one) ? textOf(one["version"]) ?? [] : [])
  const limits = yield* client.json("limits", "/limits")
  const shown = isRecord(limits) ? limits : {}
  const missing: Array<{ scope: string; for: string }> = []
  for (const { view } of opened.declarations.values()) {
    const info = yield* opened.catalog.object(view.object)
    if (!info.createable) missing.push({ scope: `Create on ${view.object}`, for: "making records" })
    if (!info.updateable) missing.push({ scope: `Edit on ${view.object}`, for: "changing records" })
  }
  const newest = versions.at(-1)
  return {
    version: { used: settings.version },
    missing,
    limits: ["DailyApiRequests", "DailyBulkApiBatches", "DailyBulkV2QueryJobs", "DataStorageMB"].flatMap((name) => {
      const one = shown[name]
      return isRecord(one) && typeof one["Max"] === "number" && typeof one["Remaining"] === "number"
        ? [{ name, max: one["Max"], left: one["Remaining"] }] : []
    }),
    sideEffects: [
      "flows, triggers, validation rules and workflow e-mails of the org run on every write; the API cannot switch them off",
      settings.allowDuplicates ? "duplicate rules are overridden (option allowDuplicates)"
        : "duplicate rules may refuse a record; it is shown then, and never forced"
    ],
    notes: versions.includes(settings.version) ? []
      : [`the org does not answer version ${settings.version}${newest === undefined ? "" : `; its newest is ${newest}`}`],
    proved: "never"
  } satisfies Health
})

/** Objects that carry the external id. */
const objectsOf = ({ declarations, settings }: Opened): ReadonlyArray<string> => settings.externalId === undefined ? []
  : [...new Set([...declarations.values()].flatMap(({ view }) => [
    ...(view.parent === undefined || view.parent.shared ? [] : [view.parent.object]), view.object,
    ...(view.child === undefined ? [] : [view.child.object])
  ]))]

const step = (opened: Opened, object: string): Effect.Effect<SetupStep, ConnectorError> => Effect.gen(function*() {
  const field = opened.settings.externalId ?? ""
  const what = `the unique external id ${field} on ${object}`
  const info = yield* opened.catalog.object(object)
  const known = info.fields.get(field)
  if (known !== undefined) {
    const right = known.externalId && known.unique
    return right ? { what, state: "present", why: "a create whose answer is lost is found by it" }
      : { what, state: "different", why: `${object}.${field} is there, but not a unique external id: change it in Setup` }
  }
  return { what, state: "absent", why: "a create whose answer is lost is found by it. Afterwards a person has to give "
    + "this user access to the field (a permission set with read and edit): a new field is seen by nobody",
  apply: make(opened, object, field) }
})

/** By the Tooling API. Whom it is shown to is a person's decision. */
const make = ({ api, catalog, client }: Opened, object: string, field: string): Effect.Effect<void, ConnectorError> =>
  Effect.gen(function*() {
    const operation = `make ${object}.${field}`
    const answer = yield* Effect.catchTags(client.write({ operation, method: "POST", path: "/tooling/sobjects/CustomField",
      idempotent: true, accept: [400], body: { json: { FullName: `${object}.${field}`, Metadata: {
        type: "Text", label: "ESL id", length: 100, externalId: true, unique: true, caseSensitive: false, required: false
      } } } }), {
      Lost: ({ message }) => Effect.fail(api.fail(operation, new Unavailable({ message }))),
      Fenced: () => Effect.fail(api.fail(operation, new Unavailable({ message: "stopped" })))
    })
    catalog.forget()
    const [error] = answer.status === 400 ? errorsOf(answer.json) : []
    if (error === undefined) return
    return yield* api.fail(operation, new Refused({ code: error.statusCode, message: error.statusCode === "DUPLICATE_DEVELOPER_NAME"
      ? `${object}.${field} is there, but this user may not see it: give it access by a permission set`
      : `the field cannot be made (${error.statusCode}): make a text field of 100 characters, unique, external id` }))
  })
