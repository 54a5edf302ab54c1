/** What can be asked of the shop, behind the scopes that it takes. */
import { GraphQLError } from "graphql"
import type { Json } from "../../../core/model/value.ts"
import { bulkView } from "./bulk.ts"
import { isRow } from "./change.ts"
import { definitionView } from "./setup.ts"
import { numberOf } from "./state.ts"
import type { Shop } from "./state.ts"
import {
  connection, customerView, levelView, listed, locationView, orderView, productView, publicationView, refused,
    understood, variantView
} from "./view.ts"
import type { Args, View } from "./view.ts"

const day60 = 60 * 86_400_000

const textOf = (json: Json | undefined): string => typeof json === "string" ? json : ""

export const queryRoot = (shop: Shop, scopes: () => ReadonlySet<string>,
  storage: string): { readonly [field: string]: unknown } => {
  const behind = (scope: string, field: string, work: (args: Args) => unknown) => (args: Args): unknown => {
    if (scopes().has(scope)) return work(args)
    throw new GraphQLError(`Access denied for ${field} field. Required access: \`${scope}\` access scope.`,
      { extensions: { code: "ACCESS_DENIED", requiredAccess: `\`${scope}\` access scope.` } })
  }
  const orders = () => [...shop.orders.values()].filter((one) =>
    scopes().has("read_all_orders") || shop.now() - Date.parse(one.createdAt) < day60)
  const node = (id: string): View | null => {
    const one = <A>(found: A | undefined, scope: string, view: (one: A) => View): View | null => {
      if (found === undefined) return null
      if (scopes().has(scope)) return view(found)
      throw new GraphQLError("Access denied for nodes field.", { extensions: { code: "ACCESS_DENIED" } })
    }
    return one(shop.customers.get(id), "read_customers", (found) => customerView(shop, found)) ??
      one(shop.products.get(id), "read_products", (found) => productView(shop, found)) ??
      one(shop.variants.get(id), "read_products", (found) => variantView(shop, found)) ??
      one(orders().find((order) => order.id === id), "read_orders", (found) => orderView(shop, found)) ??
      one(shop.levels.get(id), "read_inventory", (found) => levelView(shop, found)) ??
      one(shop.locations.get(id), "read_locations", (found) => locationView(shop, found))
  }
  return {
    customers: behind("read_customers", "customers", (args) => listed(shop, shop.customers.values(), args,
      (one) => customerView(shop, one), { filters: ["email", "phone", "tag", "first_name", "last_name", "state"], wholeDays: true,
        of: (one) => ({ email: one.email, phone: one.phone, tag: [...one.tags], first_name: one.firstName,
          last_name: one.lastName, state: one.state }) })),
    products: behind("read_products", "products", (args) => listed(shop, shop.products.values(), args,
      (one) => productView(shop, one), { filters: ["title", "vendor", "status", "tag", "handle", "sku"], of: (one) =>
        ({ title: one.title, vendor: one.vendor, status: one.status, tag: [...one.tags],
        handle: one.handle, sku: one.variants.flatMap((id) => shop.items.get(shop.variants.get(id)?.item ?? "")?.sku
          ?? []) }) })),
    orders: behind("read_orders", "orders", (args) => listed(shop, orders(), args, (one) => orderView(shop, one), {
      filters: ["name", "email", "source_identifier", "source_name", "test", "customer_id", "tag"], of: (one) => ({
      name: one.name, email: one.email, source_identifier: one.sourceIdentifier, source_name: one.sourceName,
        test: String(one.test),
      customer_id: one.customer === null ? null : numberOf(one.customer), tag: [...one.tags] }) })),
    locations: behind("read_locations", "locations", (args) => listed(shop, [...shop.locations.values()].filter((one) =>
      one.active || args["includeInactive"] === true), args, (one) => locationView(shop, one),
        { filters: ["name"], of: (one) => ({ name: one.name }) })),
    location: behind("read_locations", "location", ({ id }) => {
      const found = shop.locations.get(textOf(id))
      return found === undefined ? null : locationView(shop, found)
    }),
    product: ({ id }: Args) => node(textOf(id)),
    order: ({ id }: Args) => node(textOf(id)),
    nodes: ({ ids }: Args) => (Array.isArray(ids) ? ids : []).map((id: Json) => node(textOf(id))),
    customerByIdentifier: behind("read_customers", "customerByIdentifier", ({ identifier }) => {
      const asked = isRow(identifier) ? identifier : {}
      const custom = isRow(asked["customId"]) ? asked["customId"] : undefined
      const id = custom === undefined ? textOf(asked["id"]) : shop.ownerOf("Customer", textOf(custom["namespace"]),
        textOf(custom["key"]), textOf(custom["value"])) ?? ""
      const found = shop.customers.get(id) ?? [...shop.customers.values()].find((one) => custom === undefined
        && id === "" &&
        (asked["emailAddress"] === undefined ? one.phone === asked["phoneNumber"]
          : one.email?.toLowerCase() === textOf(asked["emailAddress"]).toLowerCase()))
      return found === undefined ? null : customerView(shop, found)
    }),
    productByIdentifier: behind("read_products", "productByIdentifier", ({ identifier }) => {
      const asked = isRow(identifier) ? identifier : {}
      const custom = isRow(asked["customId"]) ? asked["customId"] : undefined
      const id = custom === undefined ? textOf(asked["id"]) : shop.ownerOf("Product", textOf(custom["namespace"]),
        textOf(custom["key"]), textOf(custom["value"])) ?? ""
      const found = shop.products.get(id) ?? [...shop.products.values()].find((one) => one.handle === asked["handle"])
      return found === undefined ? null : productView(shop, found)
    }),
    customersCount: () => ({ count: shop.customers.size }),
    productsCount: () => ({ count: shop.products.size }),
    deletionEvents: (args: Args) => {
      const asked = understood(textOf(args["query"]), ["occurred_at"])
      return connection(shop.deletions.filter((one) => asked({ occurred_at: one.at })).map((one) =>
        ({ subjectId: one.id, subjectType: one.subject, occurredAt: one.at })), args)
    },
    events: (args: Args) => {
      const asked = understood(textOf(args["query"]), ["subject_type", "action", "created_at"])
      return connection(shop.events.filter((one) => asked({ subject_type: one.type, action: one.action,
        created_at: one.at }))
        .map((one) => ({ __typename: "BasicEvent", id: one.id, action: one.action, createdAt: one.at, subjectId: one.subject,
          subjectType: one.type })), args)
    },
    shop: () => ({ id: "gid://shopify/Shop/1", name: "Sandbox", myshopifyDomain: shop.settings.domain,
      currencyCode: shop.settings.currency, ianaTimezone: "Europe/Berlin", taxesIncluded: shop.settings.taxesIncluded,
      plan: { publicDisplayName: "Development", partnerDevelopment: true } }),
    currentAppInstallation: () => ({ id: "gid://shopify/AppInstallation/1",
      accessScopes: [...scopes()].map((handle) => ({ handle, description: handle })) }),
    metafieldDefinitions: (args: Args) => connection(shop.definitions.filter((one) => one.owner === args["ownerType"])
      .map((one) => definitionView(one) as View), args),
    webhookSubscriptions: (args: Args) => connection([...shop.subscriptions.values()].map((one) =>
      ({ ...one, format: "JSON" })), args),
    publications: (args: Args) => connection([...shop.publications.keys()].map((id) => publicationView(shop, id)),
      args),
    priceLists: (args: Args) => connection([...shop.priceLists.values()].map((one) =>
      ({ id: one.id, name: one.name, currency: one.currency })), args),
    priceList: ({ id }: Args) => {
      const list = shop.priceLists.get(textOf(id))
      if (list === undefined) return null
      return { id: list.id, name: list.name, currency: list.currency, prices: (args: Args) => {
        const asked = understood(textOf(args["query"]), ["variant_id", "product_id"])
        return connection([...list.prices].flatMap(([variantId, price]) => {
          const variant = shop.variants.get(variantId)
          return variant === undefined || !asked({ variant_id: numberOf(variantId),
            product_id: numberOf(variant.product) }) ? []
            : [{ variant: variantView(shop, variant), price: { amount: price.amount, currencyCode: list.currency },
              compareAtPrice: price.compareAt === null ? null
                : { amount: price.compareAt, currencyCode: list.currency } }]
        }), args)
      } }
    },
    bulkOperation: ({ id }: Args) => {
      const found = shop.bulks.get(textOf(id))
      return found === undefined ? null : bulkView(shop, found, storage)
    },
    customerMergeJobStatus: ({ jobId }: Args) => {
      const kept = shop.merges.get(textOf(jobId))
      if (kept === undefined) throw refused("the job does not exist", "NOT_FOUND")
      return { status: "COMPLETED", resultingCustomerId: kept, jobId, customerMergeErrors: [] }
    }
  }
}

