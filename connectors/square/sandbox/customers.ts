/** Customers of the sandbox: sparse updates, a search that lags, bulk calls, and merges that make a new customer. */
import type { Json } from "../../../core/model/value.ts"
import { limitOf, paged, sorted } from "./page.ts"
import { conflict, errorsOf, invalid, isDoc, notFound, plain, text, texts, Wrong } from "./reply.ts"
import type { Doc } from "./reply.ts"
import type { Endpoint } from "./route.ts"
import type { Seller } from "./seller.ts"

/** Longest texts, in characters (CreateCustomer). */
const lengths: { readonly [field: string]: number } = {
  given_name: 300,
  family_name: 300,
  company_name: 500,
  nickname: 100,
  email_address: 254,
  reference_id: 100
}

/** What an address part holds at most (developer.squareup.com/docs/customers-api: customer addresses). */
const addressLength = 500

const naming = ["given_name", "family_name", "company_name", "email_address", "phone_number"] as const
const written = [...naming, "nickname", "address", "reference_id", "note", "birthday", "tax_ids"] as const

const isDay = /^(?:\d{4}-)?\d{2}-\d{2}$/
const isEmail = /^[^\s@]+@[^\s@]+\.[^\s@]+$/

const checked = (asked: Doc): void => {
  for (const [field, most] of Object.entries(lengths)) {
    const value = text(asked[field])
    if (value !== undefined && value.length > most) {
      throw invalid("VALUE_TOO_LONG", `The field is longer than ${most} characters.`, field)
    }
  }
  const email = text(asked["email_address"])
  if (email !== undefined && !isEmail.test(email)) {
    throw invalid(
      "INVALID_EMAIL_ADDRESS",
      "Expected email_address to be a valid email address.",
      "email_address"
    )
  }
  const phone = text(asked["phone_number"])
  const digits = phone?.replace(/\D/g, "").length ?? 9
  if (digits < 9 || digits > 16) {
    throw invalid("INVALID_PHONE_NUMBER", "Expected phone_number to be a valid phone number.", "phone_number")
  }
  const birthday = text(asked["birthday"])
  if (birthday !== undefined && !isDay.test(birthday)) {
    throw invalid("INVALID_DATE", "Expected birthday to be YYYY-MM-DD or MM-DD.", "birthday")
  }
  const address = asked["address"]
  if (!isDoc(address)) return
  for (const [part, value] of Object.entries(address)) {
    if (typeof value === "string" && value.length > addressLength)
      throw invalid("VALUE_TOO_LONG", "The address part is too long.", `address.${part}`)
  }
}

/** `null` removes, absence leaves; an address is changed part by part ("only new or changed fields are required"). */
const laid = (before: Doc, asked: Doc): Doc => {
  const after: Doc = { ...before }
  for (const field of written) {
    const value = asked[field]
    if (value === undefined) continue
    const now = before[field]
    if ((field === "address" || field === "tax_ids") && isDoc(value)) {
      const parts = Object.entries({ ...(isDoc(now) ? now : {}), ...value }).filter(
        ([, part]) => part !== null && part !== ""
      )
      after[field] = parts.length === 0 ? undefined : Object.fromEntries(parts)
    } else
      after[field] = value === null || value === "" ? undefined : field === "birthday" ? dayOf(value) : value
  }
  return after
}

/** Returned with a year in any case: 0000 where none was given. */
const dayOf = (value: Json): Json => (typeof value === "string" && value.length === 5 ? `0000-${value}` : value)

export const createCustomer = (seller: Seller, asked: Doc, source = "THIRD_PARTY"): Doc => {
  if (naming.every((field) => (text(asked[field]) ?? "") === "")) {
    throw invalid(
      "BAD_REQUEST",
      "At least one of `given_name`, `family_name`, `company_name`, `email_address`, or `phone_number` is required for a customer."
    )
  }
  checked(asked)
  const at = seller.time()
  const doc: Doc = {
    ...laid({ id: seller.id("customer"), created_at: at, updated_at: at }, asked),
    preferences: { email_unsubscribed: asked["email_unsubscribed"] === true },
    creation_source: source,
    version: 0
  }
  keep(seller, doc)
  seller.tell("customer.created", "customer", String(doc["id"]), { customer: plain(doc) })
  return doc
}

export const updateCustomer = (seller: Seller, id: string, asked: Doc): Doc => {
  const before = known(seller, id)
  if (asked["version"] !== undefined && asked["version"] !== null && asked["version"] !== before["version"]) {
    throw conflict("The version of the customer is not the current one.", "version")
  }
  checked(asked)
  const after = laid(before, asked)
  if (naming.every((field) => after[field] === undefined)) {
    throw invalid(
      "BAD_REQUEST",
      "A customer keeps at least one of name, company, e-mail address and phone number."
    )
  }
  return changed(seller, id, after)
}

/** A new version of the record, as a clerk or the API makes it. */
export const changed = (seller: Seller, id: string, doc: Doc): Doc => {
  const after: Doc = { ...doc, updated_at: seller.time(), version: Number(known(seller, id)["version"]) + 1 }
  keep(seller, after)
  seller.tell("customer.updated", "customer", id, { customer: plain(after) })
  return after
}

export const deleteCustomer = (seller: Seller, id: string, version?: number): void => {
  const doc = known(seller, id)
  if (version !== undefined && version !== doc["version"])
    throw conflict("The version of the customer is not the current one.", "version")
  drop(seller, id)
  seller.tell("customer.deleted", "customer", id, { customer: plain(doc) }, true)
}

/**
 * What a clerk's merge does: a NEW customer, and the sources are deleted; both events name the merge
 * (CustomerCreatedEventEventContext).
 */
export const mergeCustomers = (seller: Seller, ids: ReadonlyArray<string>): Doc => {
  const sources = ids.map((id) => known(seller, id))
  const at = seller.time()
  const doc: Doc = {
    ...Object.assign({}, ...sources.toReversed()),
    id: seller.id("customer"),
    created_at: at,
    updated_at: at,
    creation_source: "MERGE",
    version: 0
  }
  keep(seller, doc)
  const to = String(doc["id"])
  const context = { merge: { from_customer_ids: [...ids], to_customer_id: to } }
  for (const source of sources) drop(seller, String(source["id"]))
  seller.tell("customer.created", "customer", to, { customer: plain(doc), event_context: context })
  for (const source of sources) {
    seller.tell(
      "customer.deleted",
      "customer",
      String(source["id"]),
      { customer: plain(source), event_context: context },
      true
    )
  }
  return doc
}

const keep = (seller: Seller, doc: Doc): void => {
  const id = String(doc["id"])
  seller.customers.set(id, doc)
  seller.reindex(id, doc)
}

const drop = (seller: Seller, id: string): void => {
  seller.customers.delete(id)
  seller.attributes.delete(id)
  seller.reindex(id, undefined)
}

const known = (seller: Seller, id: string): Doc => {
  const doc = seller.customers.get(id)
  if (doc === undefined) throw notFound(`Customer with ID \`${id}\` not found.`, "customer_id")
  return doc
}

/** One entry of a bulk call stands or falls alone. */
const apart = (work: () => { readonly [key: string]: Json }): Json => {
  try {
    return work()
  } catch (error) {
    if (error instanceof Wrong) return { errors: errorsOf(error) }
    throw error
  }
}

const many = (body: Doc, field: string): ReadonlyArray<readonly [string, Doc]> => {
  const asked = body[field]
  const entries = isDoc(asked) ? Object.entries(asked) : []
  if (entries.length === 0)
    throw invalid("MISSING_REQUIRED_PARAMETER", `${field} holds at least one entry.`, field)
  if (entries.length > 100) throw invalid("TOO_MANY_MAP_ENTRIES", `${field} holds at most 100 entries.`, field)
  return entries.map(([key, one]) => [key, isDoc(one) ? one : {}])
}

const idsIn = (body: Doc): ReadonlyArray<string> => {
  const ids = texts(body["customer_ids"])
  if (ids.length === 0) throw invalid("ARRAY_EMPTY", "customer_ids holds at least one id.", "customer_ids")
  if (ids.length > 100)
    throw invalid("ARRAY_LENGTH_TOO_LONG", "customer_ids holds at most 100 ids.", "customer_ids")
  return ids
}

const refusedOne = (seller: Seller): boolean => seller.frame.fault("refuse-one") !== undefined

const search = (seller: Seller, body: Doc): Json => {
  const query = isDoc(body["query"]) ? body["query"] : {}
  const filter = isDoc(query["filter"]) ? query["filter"] : {}
  const sort = isDoc(query["sort"]) ? query["sort"] : {}
  const tests = Object.entries(filter).map(([name, asked]) => testOf(name, asked))
  const found = seller.indexed().filter((doc) => tests.every((test) => test(doc)))
  return listed(found, sort["field"], sort["order"], body, { filter, sort })
}

const nameKey = (doc: Doc): string =>
  `${text(doc["given_name"]) ?? "￿"}|${text(doc["family_name"]) ?? "￿"}|${String(doc["id"])}`.toLowerCase()
const createdKey = (doc: Doc): string => `${String(doc["created_at"])}|${String(doc["id"])}`

const listed = (
  found: ReadonlyArray<Doc>,
  field: Json | undefined,
  order: Json | undefined,
  body: Doc,
  query: Json
): Json => {
  const keyOf = field === "CREATED_AT" ? createdKey : nameKey
  const rows = sorted(found, keyOf)
  const { cursor, page } = paged(
    order === "DESC" ? rows.toReversed() : rows,
    keyOf,
    limitOf(body["limit"], 100),
    query,
    body["cursor"]
  )
  return plain({
    customers: page.length === 0 ? undefined : page.map(plain),
    cursor,
    count: body["count"] === true || body["count"] === "true" ? found.length : undefined
  })
}

/** A filter that is not played here is an error: ignored, it would answer too much. */
const testOf = (name: string, asked: Json | undefined): ((doc: Doc) => boolean) => {
  const filter = isDoc(asked) ? asked : {}
  const unknown = (): Wrong =>
    invalid("BAD_REQUEST", `this sandbox does not play the filter ${name}`, `query.filter.${name}`)
  switch (name) {
    case "updated_at":
    case "created_at": {
      const [start, end] = [text(filter["start_at"]), text(filter["end_at"])]
      const [from, to] = [
        start === undefined ? -Infinity : timeOf(start, name),
        end === undefined ? Infinity : timeOf(end, name)
      ]
      if (to < from) throw invalid("INVALID_TIME_RANGE", "end_at is before start_at.", `query.filter.${name}`)
      return (doc) => {
        const at = Date.parse(String(doc[name]))
        return at >= from && at <= to
      }
    }
    case "email_address":
    case "phone_number":
    case "reference_id": {
      const exact = text(filter["exact"])
      if (exact === undefined || filter["fuzzy"] !== undefined) throw unknown()
      return (doc) => text(doc[name])?.toLowerCase() === exact.toLowerCase()
    }
    case "creation_source": {
      const values = texts(filter["values"])
      return (doc) => values.includes(String(doc["creation_source"])) === (filter["rule"] !== "EXCLUDE")
    }
    default:
      throw unknown()
  }
}

export const timeOf = (at: string, field: string): number => {
  const time = Date.parse(at)
  if (Number.isNaN(time)) throw invalid("INVALID_TIME", "The time is not RFC 3339.", field)
  return time
}

const read = "CUSTOMERS_READ"
const write = "CUSTOMERS_WRITE"

export const customerEndpoints: ReadonlyArray<Endpoint> = [
  {
    at: "GET /v2/customers",
    scope: read,
    answers: "ListCustomersResponse",
    run: (seller, { query }) =>
      listed([...seller.customers.values()], query["sort_field"], query["sort_order"], query, "list")
  },
  {
    at: "POST /v2/customers",
    scope: write,
    takes: "CreateCustomerRequest",
    answers: "CreateCustomerResponse",
    run: (seller, { body }) =>
      seller.once("customer", body["idempotency_key"], plain(body), () => ({
        customer: plain(createCustomer(seller, body))
      }))
  },
  {
    at: "POST /v2/customers/search",
    scope: read,
    takes: "SearchCustomersRequest",
    answers: "SearchCustomersResponse",
    run: (seller, { body }) => search(seller, body)
  },
  {
    at: "POST /v2/customers/bulk-create",
    scope: write,
    takes: "BulkCreateCustomersRequest",
    answers: "BulkCreateCustomersResponse",
    run: (seller, { body }) => ({
      responses: Object.fromEntries(
        many(body, "customers").map(([key, one]) => [
          key,
          apart(() => {
            if (refusedOne(seller)) throw invalid("INVALID_VALUE", "This customer cannot be created.", "note")
            // The key of an entry is its idempotency key, kept with those of single creates.
            const answer = seller.once("customer", key, plain(one), () => ({
              customer: plain(createCustomer(seller, one))
            }))
            return isDoc(answer) ? answer : {}
          })
        ])
      )
    })
  },
  {
    at: "POST /v2/customers/bulk-update",
    scope: write,
    takes: "BulkUpdateCustomersRequest",
    answers: "BulkUpdateCustomersResponse",
    run: (seller, { body }) => ({
      responses: Object.fromEntries(
        many(body, "customers").map(([id, one]) => [
          id,
          apart(() => {
            if (refusedOne(seller)) throw invalid("INVALID_VALUE", "This customer cannot be changed.", "note")
            return { customer: plain(updateCustomer(seller, id, one)) }
          })
        ])
      )
    })
  },
  {
    at: "POST /v2/customers/bulk-retrieve",
    scope: read,
    takes: "BulkRetrieveCustomersRequest",
    answers: "BulkRetrieveCustomersResponse",
    run: (seller, { body }) => ({
      responses: Object.fromEntries(
        idsIn(body).map((id) => [id, apart(() => ({ customer: plain(known(seller, id)) }))])
      )
    })
  },
  {
    at: "POST /v2/customers/bulk-delete",
    scope: write,
    takes: "BulkDeleteCustomersRequest",
    answers: "BulkDeleteCustomersResponse",
    run: (seller, { body }) => ({
      responses: Object.fromEntries(
        idsIn(body).map((id) => [
          id,
          apart(() => {
            deleteCustomer(seller, id)
            return {}
          })
        ])
      )
    })
  },
  {
    at: "GET /v2/customers/:id",
    scope: read,
    answers: "GetCustomerResponse",
    run: (seller, { path }) => ({ customer: plain(known(seller, path[0] ?? "")) })
  },
  {
    at: "PUT /v2/customers/:id",
    scope: write,
    takes: "UpdateCustomerRequest",
    answers: "UpdateCustomerResponse",
    run: (seller, { body, path }) => ({ customer: plain(updateCustomer(seller, path[0] ?? "", body)) })
  },
  {
    at: "DELETE /v2/customers/:id",
    scope: write,
    answers: "DeleteCustomerResponse",
    run: (seller, { path, query }) => {
      deleteCustomer(
        seller,
        path[0] ?? "",
        query["version"] === undefined ? undefined : Number(query["version"])
      )
      return {}
    }
  }
]
