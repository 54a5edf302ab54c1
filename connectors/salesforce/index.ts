/** Salesforce: `salesforce("crm", { url, auth }).customers.as(customer)`. Nothing is opened before `open`. */
import { Effect } from "effect"
import type { Connection } from "../../core/connector/connector.ts"
import { ConnectorError, Unauthorized } from "../../core/connector/errors.ts"
import { declared } from "../../core/connector/participant.ts"
import type { Declared } from "../../core/connector/participant.ts"
import type { Mapping } from "../../core/mapping/mapping.ts"
import { changeEvent } from "./events.ts"
import type { Heard, Watched } from "./events.ts"
import { Customer, Location, Order, Product, ProductItem } from "./records.ts"
import type { Declaration } from "./session.ts"
import { authorizeOf, authorizingOf, faultsOf, settingsOf } from "./settings.ts"
import type { SalesforceOptions } from "./settings.ts"
import { childColumns, columnsOf, customerView, objectView, orderView, productView } from "./view.ts"
import type { RecordSchema, View } from "./view.ts"
import type { Json } from "../../core/model/value.ts"

export type { Auth, SalesforceOptions } from "./settings.ts"
export type { Persons } from "./view.ts"
export type { Heard } from "./events.ts"

export interface SalesforceConnection extends Connection {
  /** People, with their accounts, in one view for all person models. */
  readonly customers: Declared
  /** Orders with their items. */
  readonly orders: Declared
  /** Products with their prices. */
  readonly products: Declared
  /** Locations and what lies there, where the org has inventory [M]. */
  readonly locations: Declared
  readonly inventory: Declared
  /** Any other object: `object("Shop__c", Shop)`. */
  readonly object: (object: string, schema: RecordSchema, options?: { readonly resource?: string }) => Declared
  /** A change event, as JSON, into hints. Undefined: it is none. */
  readonly heard: (event: Json) => Heard | undefined
}

/** An upsert that was lost is found at once; nothing of it appears later than its own timeout. */
const createWaitMs = 180_000

export const salesforce = (name: string, options: SalesforceOptions): SalesforceConnection => {
  const settings = settingsOf(options)
  const faults = faultsOf(options)
  const authorizing = authorizingOf(options)
  const declarations = new Map<string, Declaration>()
  const authorize = authorizeOf(options)
  const connection: Connection = {
    name,
    ...(authorize === undefined ? {} : { authorize }),
    kind: "salesforce",
    secrets: authorizing.secrets,
    faults,
    open: ({ readOnly, vault }) => Effect.gen(function*() {
      const [fault] = faults
      if (fault !== undefined) {
        return yield* new ConnectorError({ connection: name, operation: "open",
          reason: new Unauthorized({ message: fault.message }) })
      }
      const [{ makeApi }, { dialect }, { session }] = yield* Effect.promise(() => Promise.all([
        import("../../core/connector/api.ts"), import("./errors.ts"), import("./session.ts")
      ]))
      const authorization = yield* authorizing.open({ connection: name, vault })
      const api = yield* makeApi({ connection: name, base: options.url.replace(/\/$/, ""), authorization, dialect,
        // Admins see in their logs who it was.
        headers: { "Sforce-Call-Options": "client=esl" } })
      return session(name, api, settings, declarations, readOnly)
    })
  }
  type ViewOf = (childColumns: ReadonlyArray<string>) => View
  const declare = (schema: RecordSchema, viewOf: ViewOf, child?: string): Declared => {
    const rows = (of: RecordSchema) => child === undefined ? [] : childColumns(of, child)
    const plain = viewOf(rows(schema))
    const { resource } = plain
    const promises = { guard: "reread", creates: settings.externalId === undefined ? "once" : "upsert", createWaitMs } as const
    return {
      ...declared(connection, resource, promises),
      as: (mapping, chosen) => {
        const record: RecordSchema = mapping.record ?? schema
        const view = viewOf(rows(record))
        declarations.set(resource, { view, columns: columnsOf(record), rowNames: rowNamesOf(mapping, child) })
        return declared(connection, resource, promises).as(mapping, chosen)
      }
    }
  }
  const { persons } = settings
  return {
    ...connection,
    customers: declare(Customer, () => customerView(persons)),
    orders: declare(Order, (columns) => orderView(persons, columns), "OrderItems"),
    products: declare(Product, productView, "PricebookEntries"),
    locations: declare(Location, () => objectView("locations", "Location")),
    inventory: declare(ProductItem, () => objectView("inventory", "ProductItem")),
    object: (object, schema, chosen) => declare(schema, () => objectView(chosen?.resource ?? object, object)),
    heard: (event) => changeEvent(event, watchedOf(declarations))
  }
}

const watchedOf = (declarations: ReadonlyMap<string, Declaration>): ReadonlyArray<Watched> =>
  [...declarations.values()].map(({ view }) => ({
    resource: view.resource,
    object: view.object,
    around: [view.parent?.object, view.child?.object].filter((object) => object !== undefined)
  }))

/** The names by which a mapping's lists speak of child rows. */
const rowNamesOf = (mapping: Pick<Mapping, "fields">, child: string | undefined): ReadonlyArray<string> =>
  child === undefined ? [] : [...new Set([child, ...[...mapping.fields.values()].flatMap(({ columns, ids }) =>
    ids?.kind === "ext" && columns.includes(child) ? [ids.resource] : [])])]
