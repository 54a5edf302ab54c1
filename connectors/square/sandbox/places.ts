/** Locations, the merchant, and the custom attributes of customers. */
import type { Json } from "../../../core/model/value.ts"
import { limitOf, paged } from "./page.ts"
import { conflict, errorsOf, invalid, isDoc, notFound, plain, text, Wrong } from "./reply.ts"
import type { Doc } from "./reply.ts"
import type { Endpoint } from "./route.ts"
import type { Seller } from "./seller.ts"

export const addLocation = (seller: Seller, asked: Doc): Doc => {
  const id = text(asked["id"]) ?? `L${seller.id("location").slice(0, 12)}`
  const doc: Doc = {
    status: "ACTIVE",
    type: "PHYSICAL",
    timezone: "Europe/Berlin",
    created_at: seller.time(),
    merchant_id: seller.merchant,
    country: seller.options.country ?? "DE",
    currency: seller.currency,
    language_code: "de-DE",
    business_name: "Sandbox",
    ...asked,
    id
  }
  seller.locations.set(id, doc)
  return doc
}

const locationOf = (seller: Seller, id: string | undefined): Doc => {
  const found = id === "main" ? [...seller.locations.values()][0] : seller.locations.get(id ?? "")
  if (found === undefined) throw notFound("Location not found.", "location_id")
  return found
}

const merchant = (seller: Seller): Json =>
  plain({
    id: seller.merchant,
    business_name: "Sandbox",
    country: seller.options.country ?? "DE",
    language_code: "de-DE",
    currency: seller.currency,
    status: "ACTIVE",
    main_location_id: [...seller.locations.keys()][0],
    created_at: "2026-01-01T00:00:00.000Z"
  })

/** Words, as the only kind of attribute that is played here. */
const stringSchema =
  "https://developer-production-s.squarecdn.com/schemas/v1/common.json#squareup.common.String"

export const define = (seller: Seller, asked: Doc): Doc => {
  const key = text(asked["key"]) ?? ""
  if (!/^[A-Za-z0-9_-]{1,60}$/.test(key))
    throw invalid(
      "INVALID_VALUE",
      "A key has up to 60 letters, digits, - and _.",
      "custom_attribute_definition.key"
    )
  if (seller.definitions.has(key))
    throw conflict("A definition with this key exists already.", "custom_attribute_definition.key")
  if (!isDoc(asked["schema"]) || asked["schema"]["$ref"] !== stringSchema) {
    throw invalid(
      "BAD_REQUEST",
      "this sandbox plays custom attributes of the type String",
      "custom_attribute_definition.schema"
    )
  }
  const at = seller.time()
  const doc: Doc = { visibility: "VISIBILITY_HIDDEN", ...asked, version: 1, created_at: at, updated_at: at }
  seller.definitions.set(key, doc)
  return doc
}

const definitionOf = (seller: Seller, key: string | undefined): Doc => {
  const found = seller.definitions.get(key ?? "")
  if (found === undefined) throw notFound("No such custom attribute definition.", "key")
  return found
}

export const setAttribute = (seller: Seller, customer: string, asked: Doc): Doc => {
  if (!seller.customers.has(customer))
    throw notFound(`Customer with ID \`${customer}\` not found.`, "customer_id")
  const key = text(asked["key"]) ?? ""
  const { visibility } = definitionOf(seller, key)
  if (typeof asked["value"] !== "string")
    throw invalid("INVALID_VALUE", "The value does not fit the definition.", "custom_attribute.value")
  const known = seller.attributes.get(customer)?.get(key)
  if (asked["version"] !== undefined && asked["version"] !== (known?.["version"] ?? 0))
    throw conflict("The attribute has another version.", "custom_attribute.version")
  const at = seller.time()
  const doc: Doc = {
    key,
    value: asked["value"],
    version: Number(known?.["version"] ?? 0) + 1,
    visibility,
    created_at: known?.["created_at"] ?? at,
    updated_at: at
  }
  const mine = seller.attributes.get(customer) ?? new Map<string, Doc>()
  mine.set(key, doc)
  seller.attributes.set(customer, mine)
  return doc
}

const bulk = (seller: Seller, body: Doc): Json => {
  const values = isDoc(body["values"]) ? Object.entries(body["values"]) : []
  if (values.length === 0 || values.length > 25)
    throw invalid("TOO_MANY_MAP_ENTRIES", "values holds 1 to 25 entries.", "values")
  return {
    values: Object.fromEntries(
      values.map(([key, asked]): [string, Json] => {
        const one = isDoc(asked) ? asked : {}
        const customer = text(one["customer_id"]) ?? ""
        try {
          return [
            key,
            {
              customer_id: customer,
              custom_attribute: plain(
                setAttribute(seller, customer, isDoc(one["custom_attribute"]) ? one["custom_attribute"] : {})
              )
            }
          ]
        } catch (error) {
          if (error instanceof Wrong) return [key, { errors: errorsOf(error) }]
          throw error
        }
      })
    )
  }
}

export const placeEndpoints: ReadonlyArray<Endpoint> = [
  {
    at: "GET /v2/locations",
    scope: "MERCHANT_PROFILE_READ",
    answers: "ListLocationsResponse",
    run: (seller) => ({ locations: [...seller.locations.values()].map(plain) })
  },
  {
    at: "GET /v2/locations/:id",
    scope: "MERCHANT_PROFILE_READ",
    answers: "GetLocationResponse",
    run: (seller, { path }) => ({ location: plain(locationOf(seller, path[0])) })
  },
  {
    at: "GET /v2/merchants",
    scope: "MERCHANT_PROFILE_READ",
    answers: "ListMerchantsResponse",
    run: (seller) => ({ merchant: [merchant(seller)] })
  },
  {
    at: "GET /v2/merchants/:id",
    scope: "MERCHANT_PROFILE_READ",
    answers: "GetMerchantResponse",
    run: (seller, { path }) => {
      if (path[0] !== "me" && path[0] !== seller.merchant) throw notFound("Merchant not found.", "merchant_id")
      return { merchant: merchant(seller) }
    }
  },
  {
    at: "GET /v2/customers/custom-attribute-definitions",
    scope: "CUSTOMERS_READ",
    answers: "ListCustomerCustomAttributeDefinitionsResponse",
    run: (seller, { query }) => {
      const { cursor, page } = paged(
        [...seller.definitions.values()],
        (one) => String(one["key"]),
        limitOf(query["limit"], 100, 20),
        "definitions",
        query["cursor"]
      )
      return plain({ custom_attribute_definitions: page.length === 0 ? undefined : page.map(plain), cursor })
    }
  },
  {
    at: "POST /v2/customers/custom-attribute-definitions",
    scope: "CUSTOMERS_WRITE",
    takes: "CreateCustomerCustomAttributeDefinitionRequest",
    answers: "CreateCustomerCustomAttributeDefinitionResponse",
    run: (seller, { body }) =>
      seller.once("definition", body["idempotency_key"], plain(body), () => {
        const asked = body["custom_attribute_definition"]
        return { custom_attribute_definition: plain(define(seller, isDoc(asked) ? { ...asked } : {})) }
      })
  },
  {
    at: "GET /v2/customers/custom-attribute-definitions/:key",
    scope: "CUSTOMERS_READ",
    answers: "GetCustomerCustomAttributeDefinitionResponse",
    run: (seller, { path }) => ({ custom_attribute_definition: plain(definitionOf(seller, path[0])) })
  },
  {
    at: "POST /v2/customers/custom-attributes/bulk-upsert",
    scope: "CUSTOMERS_WRITE",
    takes: "BatchUpsertCustomerCustomAttributesRequest",
    answers: "BatchUpsertCustomerCustomAttributesResponse",
    run: (seller, { body }) => bulk(seller, body)
  },
  {
    at: "GET /v2/customers/:id/custom-attributes",
    scope: "CUSTOMERS_READ",
    answers: "ListCustomerCustomAttributesResponse",
    run: (seller, { path, query }) => {
      const mine = [...(seller.attributes.get(path[0] ?? "")?.values() ?? [])]
      const { cursor, page } = paged(
        mine,
        (one) => String(one["key"]),
        limitOf(query["limit"], 100, 20),
        "attributes",
        query["cursor"]
      )
      return plain({ custom_attributes: page.length === 0 ? undefined : page.map(plain), cursor })
    }
  },
  {
    at: "POST /v2/customers/:id/custom-attributes/:key",
    scope: "CUSTOMERS_WRITE",
    takes: "UpsertCustomerCustomAttributeRequest",
    answers: "UpsertCustomerCustomAttributeResponse",
    run: (seller, { body, path }) => {
      const asked = body["custom_attribute"]
      return {
        custom_attribute: plain(
          setAttribute(seller, path[0] ?? "", { ...(isDoc(asked) ? asked : {}), key: path[1] })
        )
      }
    }
  },
  {
    at: "DELETE /v2/customers/:id/custom-attributes/:key",
    scope: "CUSTOMERS_WRITE",
    answers: "DeleteCustomerCustomAttributeResponse",
    run: (seller, { path }) => {
      if (seller.attributes.get(path[0] ?? "")?.delete(path[1] ?? "") !== true)
        throw notFound("No such custom attribute.", "key")
      return {}
    }
  }
]
