/** The kinds of records that take part, and what is special about each. */

export interface Kind {
  /** As paths say it. */
  readonly name: "contacts" | "companies" | "products" | "orders"
  /** The property that a change moves. */
  readonly changed: string
  /** Webhooks: their subject, and the type that `object.*` events carry. */
  readonly subject: string
  readonly typeId: string
  /** Where a record that came of a merge lists those that went into it. */
  readonly merges: ReadonlyArray<string>
  /** Its stock mapping. */
  readonly stock: string
}

/** https://developers.hubspot.com/docs/api-reference/latest/crm/understanding-the-crm: names and type ids */
export const kinds: { readonly [name in Kind["name"]]: Kind } = {
  contacts: { name: "contacts", changed: "lastmodifieddate", subject: "contact", typeId: "0-1",
    merges: ["hs_merged_object_ids", "hs_calculated_merged_vids"], stock: "contact" },
  companies: { name: "companies", changed: "hs_lastmodifieddate", subject: "company", typeId: "0-2",
    merges: ["hs_merged_object_ids"], stock: "company" },
  products: { name: "products", changed: "hs_lastmodifieddate", subject: "product", typeId: "0-7",
    merges: ["hs_merged_object_ids"], stock: "product" },
  orders: { name: "orders", changed: "hs_lastmodifieddate", subject: "order", typeId: "0-123",
    merges: ["hs_merged_object_ids"], stock: "order" }
}

/** The child rows of an order, and the column that holds its contact. */
export const lineItems = "line_items"
export const contactColumn = "contact.id"
/** Columns of consent: `consent.<purpose>.<part>`. */
export const consentColumn = /^consent\.([a-z_]+)\.(status|decidedAt|decidedBy|basis|source)$/

/** Columns that are properties of the record itself. */
export const isOwn = (column: string): boolean => column !== lineItems && !column.includes(".")
