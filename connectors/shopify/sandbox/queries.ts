/** What the pruned schema must know: the connector's documents, and those tried with the vendor's own clients. */
import * as reads from "../documents.ts"
import { documentOf, mutations } from "../mutations.ts"

const fixed = [
  reads.moreVariantsQuery, reads.moreLinesQuery, reads.bulkRunMutation, reads.bulkStateQuery, reads.deletionsQuery,
  reads.eventsQuery, reads.shopQuery, reads.locationIdsQuery, reads.metafieldDefinitionsQuery,
  reads.metafieldDefinitionCreateMutation, reads.subscriptionsQuery, reads.subscriptionCreateMutation,
  reads.publicationsQuery, reads.priceListsQuery, reads.pricesQuery, reads.stockItemsQuery,
  reads.fulfillmentOrdersQuery, reads.orderBySourceQuery,
  reads.customersByQuery(2), reads.productsByQuery(2)
]

export const documents = (): ReadonlyArray<string> => [
  ...fixed,
  ...reads.kinds.flatMap((kind) => {
    const columns = [...Object.keys(kind.parts), "metafields.crm.vip"]
    const listed = kind.type !== "InventoryLevel" && kind.type !== "Location"
    return [
      reads.nodesQuery(kind, columns),
      ...listed ? [reads.changesQuery(kind, columns), reads.bulkDocument(kind, columns, "id:>=1")] : [],
      kind.type === "InventoryLevel" ? reads.levelsQuery(columns) : reads.listingQuery(kind, columns)
    ]
  }),
  ...mutations.map((mutation) => documentOf([mutation])),
  documentOf(mutations)
]

/** What a shop's people do there: the sandbox's tests and its seed go through these as well. */
export const forVendorsClients: ReadonlyArray<string> = [
  `query { customers(first: 1, query: "email:ada@example.com") { nodes { id displayName defaultEmailAddress { emailAddress } } } }`,
  `query { customersCount { count } productsCount { count } }`,
  `mutation Merge($one: ID!, $two: ID!, $override: CustomerMergeOverrideFields) {
    customerMerge(customerOneId: $one, customerTwoId: $two, overrideFields: $override) {
      resultingCustomerId job { id done } userErrors { field message code } } }`,
  `query Job($id: ID!) { customerMergeJobStatus(jobId: $id) { status resultingCustomerId } }`,
  `mutation Create($input: CustomerInput!) { customerCreate(input: $input) { customer { id } userErrors { field message } } }`,
  `mutation Stage($input: [StagedUploadInput!]!) { stagedUploadsCreate(input: $input) {
    stagedTargets { url resourceUrl parameters { name value } } userErrors { field message } } }`,
  `mutation Run($mutation: String!, $path: String!) {
    bulkOperationRunMutation(mutation: $mutation, stagedUploadPath: $path) {
    bulkOperation { id status } userErrors { field message code } } }`,
  `mutation Edit($id: ID!) { orderEditBegin(id: $id) { calculatedOrder { id } userErrors { field message } } }`,
  `mutation Quantity($id: ID!, $line: ID!) {
    orderEditSetQuantity(id: $id, lineItemId: $line, quantity: 1, restock: true) {
    calculatedOrder { id } userErrors { field message } } }`,
  `mutation Commit($id: ID!) { orderEditCommit(id: $id, notifyCustomer: false) { order { id } userErrors { field message } } }`,
  `mutation Adjust($input: InventoryAdjustQuantitiesInput!, $key: String!) {
    inventoryAdjustQuantities(input: $input) @idempotent(key: $key) { inventoryAdjustmentGroup { id }
      userErrors { field message code } } }`,
  `mutation Unsubscribe($id: ID!) { webhookSubscriptionDelete(id: $id) { deletedWebhookSubscriptionId userErrors { field message } } }`
]
