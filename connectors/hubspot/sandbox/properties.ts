/** Kinds of records and the properties that a portal has from the start, with the vendor's names and types. */

export interface Property {
  readonly name: string
  readonly type: "string" | "number" | "date" | "datetime" | "enumeration" | "bool"
  readonly fieldType: string
  readonly label: string
  readonly groupName: string
  readonly description: string
  readonly options: ReadonlyArray<{ readonly value: string; readonly label: string }>
  readonly hasUniqueValue: boolean
  readonly readOnly: boolean
  readonly calculated: boolean
  readonly hubspotDefined: boolean
}

export interface Kind {
  /** As the path says it: `contacts`. */
  readonly name: string
  readonly typeId: string
  readonly singular: string
  /** The property that a change moves. */
  readonly changed: string
  readonly created: string
  readonly mergeable: boolean
}

export const kinds: ReadonlyArray<Kind> = [
  { name: "contacts", typeId: "0-1", singular: "contact", changed: "lastmodifieddate", created: "createdate",
    mergeable: true },
  { name: "companies", typeId: "0-2", singular: "company", changed: "hs_lastmodifieddate", created: "createdate",
    mergeable: true },
  { name: "products", typeId: "0-7", singular: "product", changed: "hs_lastmodifieddate", created: "createdate",
    mergeable: false },
  { name: "line_items", typeId: "0-8", singular: "line_item", changed: "hs_lastmodifieddate", created: "createdate",
    mergeable: false },
  { name: "orders", typeId: "0-123", singular: "order", changed: "hs_lastmodifieddate", created: "hs_createdate",
    mergeable: false }
]

/** `contacts`, `contact` and `0-1` are one. */
export const kindOf = (name: string): Kind | undefined =>
  kinds.find((kind) => name === kind.name || name === kind.singular || name === kind.typeId)

const fieldTypes: { readonly [type in Property["type"]]: string } =
  { string: "text", number: "number", date: "date", datetime: "date", enumeration: "select", bool: "booleancheckbox" }

type Traits = "unique" | "read" | "calculated"

const property = (group: string, name: string, type: Property["type"] = "string",
  traits: ReadonlyArray<Traits> = [], options: ReadonlyArray<string> = []): Property => ({
  name, type, fieldType: fieldTypes[type], label: name, groupName: group, description: "",
  options: options.map((value) => ({ value, label: value })),
  hasUniqueValue: traits.includes("unique"), readOnly: traits.includes("read") || traits.includes("calculated"),
  calculated: traits.includes("calculated"), hubspotDefined: true
})

const texts = (group: string, ...names: ReadonlyArray<string>): ReadonlyArray<Property> =>
  names.map((name) => property(group, name))
const numbers = (group: string, ...names: ReadonlyArray<string>): ReadonlyArray<Property> =>
  names.map((name) => property(group, name, "number"))

const system = (group: string, kind: Kind): ReadonlyArray<Property> => [
  property(group, "hs_object_id", "number", ["read"]),
  property(group, kind.created, "datetime", ["read"]),
  property(group, kind.changed, "datetime", ["read"]),
  property(group, "hs_merged_object_ids", "enumeration", ["read"])
]

const addressParts = ["street", "city", "state", "postal_code", "country", "name", "phone"]

const own: { readonly [kind: string]: (group: string) => ReadonlyArray<Property> } = {
  contacts: (group) => [
    ...texts(group, "firstname", "lastname", "salutation", "phone", "mobilephone", "company", "jobtitle", "address",
      "city", "state", "zip", "country", "website", "notes_last_updated"),
    property(group, "email", "string", ["unique"]),
    property(group, "hs_language", "enumeration", [], ["de", "de-de", "en", "en-us", "en-gb", "fr", "it", "es"]),
    property(group, "date_of_birth"),
    property(group, "lifecyclestage", "enumeration", [], ["subscriber", "lead", "customer", "evangelist", "other"]),
    property(group, "hs_calculated_merged_vids", "string", ["calculated"]),
    property(group, "hs_email_optout", "bool", ["read"])
  ],
  companies: (group) => [
    ...texts(group, "name", "phone", "address", "address2", "city", "state", "zip", "country", "description"),
    property(group, "domain"),
    property(group, "lifecyclestage", "enumeration", [], ["subscriber", "lead", "customer", "evangelist", "other"]),
    ...numbers(group, "annualrevenue")
  ],
  products: (group) => [
    ...texts(group, "name", "description", "hs_url", "hs_images"),
    property(group, "hs_sku", "string", ["unique"]),
    property(group, "hs_product_type", "enumeration", [], ["inventory", "non_inventory", "service"]),
    ...numbers(group, "price", "hs_cost_of_goods_sold")
  ],
  line_items: (group) => [
    ...texts(group, "name", "hs_sku", "hs_product_id", "hs_line_item_currency_code"),
    ...numbers(group, "quantity", "price", "discount", "tax", "hs_position_on_quote"),
    property(group, "amount", "number", ["calculated"])
  ],
  orders: (group) => [
    ...texts(group, "hs_order_name", "hs_external_order_id", "hs_external_order_status", "hs_external_order_url",
      "hs_currency_code", "hs_source_store", "hs_fulfillment_status", "hs_shipping_tracking_number",
      "hs_shipping_status_url", "hs_shipping_method", "hs_order_note", "hs_payment_processing_method", "hs_tags",
      "hs_discount_codes", "hs_pipeline", "hs_pipeline_stage", "hs_billing_address_email",
      ...addressParts.flatMap((part) => [`hs_billing_address_${part}`, `hs_shipping_address_${part}`])),
    property(group, "hs_external_created_date", "datetime"),
    property(group, "hs_processed_date", "datetime"),
    ...numbers(group, "hs_total_price", "hs_subtotal_price", "hs_tax", "hs_shipping_cost", "hs_order_discount",
      "hs_refund_amount")
  ]
}

export const groupOf = (kind: Kind): string => `${kind.singular}information`

/** A portal's own properties of a kind, by name. */
export const standard = (kind: Kind): Map<string, Property> => {
  const group = groupOf(kind)
  return new Map([...system(group, kind), ...own[kind.name]?.(group) ?? []].map((one) => [one.name, one]))
}
