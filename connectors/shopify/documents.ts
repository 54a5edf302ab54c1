/** What the connector asks Shopify: the selections of its records, and the queries and mutations made of them. */

/** A root field that lists records of one kind, and what is selected of each. */
export interface Kind {
  readonly resource: string
  /** GraphQL type, e.g. `Customer`: also the middle of its ids, `gid://shopify/Customer/1`. */
  readonly type: string
  /** Always selected. */
  readonly base: string
  /** Selected only where a mapping uses the column: each adds to the cost of a page. */
  readonly parts: { readonly [column: string]: string }
  /** Owner of its metafields, for `metafieldDefinitions`. */
  readonly owner?: "CUSTOMER" | "PRODUCT" | "ORDER" | "LOCATION"
}

const money = "{ shopMoney { amount currencyCode } }"

const address = `{ id firstName lastName company address1 address2 city zip provinceCode countryCodeV2 phone }`

/** Order addresses are values, without an identity of their own. */
const postal = `{ firstName lastName company address1 address2 city zip provinceCode countryCodeV2 phone }`

export const customers: Kind = {
  resource: "customers",
  type: "Customer",
  owner: "CUSTOMER",
  // The schema deprecates both homes of SMS consent in favour of each other (2026-07): this one has no successor yet.
  base: `id createdAt updatedAt firstName lastName locale note tags state taxExempt verifiedEmail
    defaultEmailAddress { emailAddress marketingState marketingOptInLevel marketingUpdatedAt }
    defaultPhoneNumber { phoneNumber marketingState marketingOptInLevel marketingUpdatedAt }
    defaultAddress ${address}`,
  parts: { addresses: `addressesV2(first: 10) { edges { node ${address} } pageInfo { hasNextPage } }` }
}

const variant = `id sku barcode title price compareAtPrice position taxable updatedAt selectedOptions { name value }
  inventoryItem { id tracked requiresShipping unitCost { amount currencyCode } measurement { weight { value unit } } }`

export const products: Kind = {
  resource: "products",
  type: "Product",
  owner: "PRODUCT",
  base: `id createdAt updatedAt title handle descriptionHtml vendor productType status tags
    options { id name position values }
    variants(first: 10) { edges { node { ${variant} } } pageInfo { hasNextPage endCursor } }`,
  parts: {
    media: `media(first: 20) { edges { node { id alt ... on MediaImage { image { url } } } } pageInfo { hasNextPage } }`,
    publications: `resourcePublicationsV2(first: 20) {
      edges { node { isPublished publishDate publication { id } } } pageInfo { hasNextPage } }`
  }
}

export const orders: Kind = {
  resource: "orders",
  type: "Order",
  owner: "ORDER",
  base: `id name createdAt updatedAt processedAt cancelledAt cancelReason closedAt test edited
    currencyCode taxesIncluded
    sourceName sourceIdentifier email phone note tags
    displayFinancialStatus displayFulfillmentStatus returnStatus
    customer { id } retailLocation { id }
    billingAddress ${postal} shippingAddress ${postal}
    total: totalPriceSet ${money} tax: totalTaxSet ${money} shipping: totalShippingPriceSet ${money}
    orderDiscount: cartDiscountAmountSet ${money} tip: totalTipReceivedSet ${money}
    received: totalReceivedSet ${money} refunded: totalRefundedSet ${money} due: totalOutstandingSet ${money}
    lines: lineItems(first: 10) { edges { node { id sku title variantTitle quantity currentQuantity variant { id }
      unitPrice: originalUnitPriceSet ${money} total: discountedTotalSet(withCodeDiscounts: true) ${money}
      discountAllocations { allocatedAmountSet ${money} discountApplication { ... on DiscountCodeApplication { code }
        ... on ManualDiscountApplication { title } ... on AutomaticDiscountApplication { title } } }
      taxLines { title ratePercentage priceSet ${money} } customAttributes { key value } } }
      pageInfo { hasNextPage endCursor } }`,
  parts: {
    shippingLines: `shippingLines(first: 3) { edges { node { id code title price: originalPriceSet ${money}
      discountAllocations { allocatedAmountSet ${money} } taxLines { title ratePercentage priceSet ${money} } } }
      pageInfo { hasNextPage } }`,
    transactions: `transactions(first: 10) { id kind status gateway processedAt paymentId amount: amountSet ${money} }`,
    fulfillments: `fulfillments(first: 10) { id status createdAt deliveredAt location { id }
      trackingInfo(first: 3) { company number url } }`,
    refunds: `refunds(first: 10) { id createdAt processedAt note amount: totalRefundedSet ${money} }`
  }
}

/** Lists without pages, as long as they are asked for here: one that is full may go on. */
export const longest = 10

export const inventoryLevels: Kind = {
  resource: "inventory_levels",
  type: "InventoryLevel",
  base: `id createdAt updatedAt isActive location { id }
    item { id sku tracked variants(first: 1) { edges { node { id } } } }
    quantities(names: ["on_hand", "available", "committed", "reserved", "incoming"]) { name quantity updatedAt }`,
  parts: {}
}

export const locations: Kind = {
  resource: "locations",
  type: "Location",
  owner: "LOCATION",
  base: `id createdAt updatedAt name isActive fulfillsOnlineOrders isFulfillmentService
    address { address1 address2 city zip provinceCode countryCode phone }`,
  parts: {}
}

export const kinds: ReadonlyArray<Kind> = [customers, products, orders, inventoryLevels, locations]

/** A metafield as a column: `metafields.crm.vip`. */
export const metafieldOf = (column: string): { readonly namespace: string; readonly key: string } | undefined => {
  const found = /^metafields\.([A-Za-z0-9$:_-]{2,255})\.([A-Za-z0-9_-]{2,64})$/.exec(column)
  const [, namespace, key] = found ?? []
  return namespace === undefined || key === undefined ? undefined : { namespace, key }
}

/** Under which name a metafield comes back: GraphQL names have no dots. */
export const metafieldAlias = (at: number): string => `metafield${at}`

/** Everything that these columns need of one record; metafields by the place of their column. */
export const selectionOf = (kind: Kind, columns: ReadonlyArray<string>): string => {
  const parts = Object.entries(kind.parts).flatMap(([column, part]) => columns.includes(column) ? [part] : [])
  const metafields = metafieldColumns(columns).map(({ key, namespace }, at) =>
    `${metafieldAlias(at)}: metafield(namespace: ${JSON.stringify(namespace)}, key: ${JSON.stringify(key)}) { value type }`)
  return [kind.base, ...parts, ...kind.owner === undefined ? [] : metafields].join("\n    ")
}

/** The metafields among the columns, in the order of their aliases. */
export const metafieldColumns = (columns: ReadonlyArray<string>) =>
  columns.flatMap((column) => {
    const found = metafieldOf(column)
    return found === undefined ? [] : [{ column, ...found }]
  })

/** Root field and sort order of the kinds that are listed by the time of their last change. */
const roots: { readonly [resource: string]: string } = { customers: "customers", products: "products", orders: "orders" }

/** A page in the order of changes, then of ids. */
export const changesQuery = (kind: Kind, columns: ReadonlyArray<string>): string =>
  `query Changes($first: Int!, $after: String, $query: String) {
  records: ${roots[kind.resource]}(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    nodes { ${selectionOf(kind, columns)} }
    pageInfo { hasNextPage endCursor }
  }
}`

/** A page in the order of ids: a listing that cannot lose its place. */
export const listingQuery = (kind: Kind, columns: ReadonlyArray<string>): string =>
  `query Listing($first: Int!, $after: String) {
  records: ${kind.resource === "locations" ? "locations(first: $first, after: $after, includeInactive: true, sortKey: ID)"
    : `${roots[kind.resource]}(first: $first, after: $after, sortKey: ID)`} {
    nodes { ${selectionOf(kind, columns)} }
    pageInfo { hasNextPage endCursor }
  }
}`

/** Levels have no root field: they are listed location by location. */
export const levelsQuery = (columns: ReadonlyArray<string>): string =>
  `query Levels($location: ID!, $first: Int!, $after: String, $query: String) {
  location(id: $location) {
    inventoryLevels(first: $first, after: $after, query: $query, includeInactive: true) {
      nodes { ${selectionOf(inventoryLevels, columns)} }
      pageInfo { hasNextPage endCursor }
    }
  }
}`

export const nodesQuery = (kind: Kind, columns: ReadonlyArray<string>): string =>
  `query Nodes($ids: [ID!]!) { nodes(ids: $ids) { ... on ${kind.type} { ${selectionOf(kind, columns)} } } }`

export const moreVariantsQuery = `query Variants($id: ID!, $after: String) {
  product(id: $id) {
    variants(first: 100, after: $after) { edges { node { ${variant} } } pageInfo { hasNextPage endCursor } }
  }
}`

export const moreLinesQuery = `query Lines($id: ID!, $after: String) {
  order(id: $id) { ${orders.base.slice(orders.base.indexOf("lines:")).replace("first: 10", "first: 40, after: $after")} }
}`

/** For `bulkOperationRunQuery`: no arguments, records in the order of ids, children under their parents. */
export const bulkDocument = (kind: Kind, columns: ReadonlyArray<string>, search?: string): string =>
  `{ ${roots[kind.resource]}(sortKey: ID${search === undefined ? "" : `, query: ${JSON.stringify(search)}`}) {
  edges { node { ${selectionOf(kind, columns).replace(/ ?pageInfo \{ [a-zA-Z ]+ \}/g, "").replace(/\(first: \d+\)/g, "")} } } } }`

export const bulkRunMutation = `mutation BulkRun($query: String!) {
  bulkOperationRunQuery(query: $query, groupObjects: true) {
    bulkOperation { id status } userErrors { field message code }
  }
}`

export const bulkStateQuery = `query BulkState($id: ID!) {
  bulkOperation(id: $id) { id status errorCode objectCount rootObjectCount url partialDataUrl }
}`

export const deletionsQuery = `query Deletions($first: Int!, $after: String, $query: String) {
  deletionEvents(first: $first, after: $after, query: $query, subjectTypes: [PRODUCT], sortKey: ID) {
    nodes { subjectId subjectType occurredAt }
    pageInfo { hasNextPage endCursor }
  }
}`

export const eventsQuery = `query Events($first: Int!, $after: String, $query: String) {
  events(first: $first, after: $after, query: $query, sortKey: CREATED_AT) {
    nodes { ... on BasicEvent { id action createdAt subjectId subjectType } }
    pageInfo { hasNextPage endCursor }
  }
}`

export const shopQuery = `query Shop {
  shop { id name myshopifyDomain currencyCode ianaTimezone taxesIncluded plan { publicDisplayName partnerDevelopment } }
  currentAppInstallation { id accessScopes { handle } }
}`

export const locationIdsQuery = `query LocationIds($after: String) {
  locations(first: 250, after: $after, includeInactive: true, sortKey: ID) {
    nodes { id }
    pageInfo { hasNextPage endCursor }
  }
}`

export const metafieldDefinitionsQuery = `query Definitions($owner: MetafieldOwnerType!, $after: String) {
  metafieldDefinitions(ownerType: $owner, first: 100, after: $after) {
    nodes { id namespace key name type { name } capabilities { uniqueValues { enabled } } }
    pageInfo { hasNextPage endCursor }
  }
}`

export const metafieldDefinitionCreateMutation = `mutation Define($definition: MetafieldDefinitionInput!) {
  metafieldDefinitionCreate(definition: $definition) { createdDefinition { id } userErrors { field message code } }
}`

export const subscriptionsQuery = `query Subscriptions($after: String) {
  webhookSubscriptions(first: 100, after: $after) { nodes { id topic uri format } pageInfo { hasNextPage endCursor } }
}`

export const subscriptionCreateMutation = `mutation Subscribe($topic: WebhookSubscriptionTopic!, $uri: String!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: { uri: $uri, format: JSON }) {
    webhookSubscription { id } userErrors { field message }
  }
}`

export const publicationsQuery = `query Publications {
  publications(first: 50) { nodes { id catalog { title } } }
}`

export const priceListsQuery = `query PriceLists { priceLists(first: 50) { nodes { id name currency } } }`

export const pricesQuery = `query Prices($list: ID!, $query: String!, $after: String) {
  priceList(id: $list) { id currency prices(first: 100, after: $after, query: $query, originType: FIXED) {
    nodes { variant { id sku } price { amount currencyCode } compareAtPrice { amount currencyCode } }
    pageInfo { hasNextPage endCursor } } }
}`

/** Exact and at once, where a search goes through an index that lags. */
export const customersByQuery = (count: number): string => byQuery("customerByIdentifier", "CustomerIdentifierInput", count)
export const productsByQuery = (count: number): string => byQuery("productByIdentifier", "ProductIdentifierInput", count)

const byQuery = (field: string, type: string, count: number): string => {
  const all = Array.from({ length: count }, (_, at) => at)
  return `query Identify(${all.map((at) => `$i${at}: ${type}!`).join(", ")}) {
  ${all.map((at) => `n${at}: ${field}(identifier: $i${at}) { id }`).join("\n  ")}
}`
}

export const stockItemsQuery = `query StockItems($ids: [ID!]!) {
  nodes(ids: $ids) { ... on ProductVariant { id inventoryItem { id } } }
}`

/** Open fulfilment orders of an order: what can still be sent. */
export const fulfillmentOrdersQuery = `query FulfillmentOrders($id: ID!) {
  order(id: $id) { id fulfillmentOrders(first: 20) { nodes { id status assignedLocation { location { id } } } } }
}`

export const orderBySourceQuery = `query OrderBySource($query: String!) {
  orders(first: 5, query: $query, sortKey: ID) { nodes { id sourceIdentifier } }
}`
