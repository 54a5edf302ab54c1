/** The mutations, each as one field of a document that holds many: one call writes a whole batch. */

/** What a mutation takes and gives; aliased and numbered when a document is made of several. */
export interface Mutation {
  readonly name: string
  /** Types of its variables, by argument or by a name that `call` uses. */
  readonly variables: { readonly [name: string]: string }
  /** The call; `$x` stands for the variable of that name. */
  readonly call: string
  /** What is asked of the payload, with its errors. */
  readonly answer: string
  /** Under which name its errors come. */
  readonly errors?: string
}

const coded = "userErrors { field message code }"
const plain = "userErrors { field message }"

export const customerSet: Mutation = {
  name: "customerSet",
  variables: { input: "CustomerSetInput!", identifier: "CustomerSetIdentifiers" },
  call: "customerSet(input: $input, identifier: $identifier)",
  answer: `customer { id } ${coded}`
}
export const customerUpdate: Mutation = {
  name: "customerUpdate",
  variables: { input: "CustomerInput!" },
  call: "customerUpdate(input: $input)",
  answer: plain
}
export const customerDelete: Mutation = {
  name: "customerDelete",
  variables: { input: "CustomerDeleteInput!" },
  call: "customerDelete(input: $input)",
  answer: `deletedCustomerId ${plain}`
}
export const addressCreate: Mutation = {
  name: "customerAddressCreate",
  variables: { customerId: "ID!", address: "MailingAddressInput!" },
  call: "customerAddressCreate(customerId: $customerId, address: $address, setAsDefault: true)",
  answer: plain
}
export const addressUpdate: Mutation = {
  name: "customerAddressUpdate",
  variables: { customerId: "ID!", addressId: "ID!", address: "MailingAddressInput!" },
  call: "customerAddressUpdate(customerId: $customerId, addressId: $addressId, address: $address)",
  answer: plain
}
export const addressDelete: Mutation = {
  name: "customerAddressDelete",
  variables: { customerId: "ID!", addressId: "ID!" },
  call: "customerAddressDelete(customerId: $customerId, addressId: $addressId)",
  answer: plain
}
export const emailConsent: Mutation = {
  name: "customerEmailMarketingConsentUpdate",
  variables: { input: "CustomerEmailMarketingConsentUpdateInput!" },
  call: "customerEmailMarketingConsentUpdate(input: $input)",
  answer: coded
}
export const smsConsent: Mutation = {
  name: "customerSmsMarketingConsentUpdate",
  variables: { input: "CustomerSmsMarketingConsentUpdateInput!" },
  call: "customerSmsMarketingConsentUpdate(input: $input)",
  answer: coded
}
export const metafieldsSet: Mutation = {
  name: "metafieldsSet",
  variables: { metafields: "[MetafieldsSetInput!]!" },
  call: "metafieldsSet(metafields: $metafields)",
  answer: coded
}
export const metafieldsDelete: Mutation = {
  name: "metafieldsDelete",
  variables: { metafields: "[MetafieldIdentifierInput!]!" },
  call: "metafieldsDelete(metafields: $metafields)",
  answer: `deletedMetafields { key } ${plain}`
}
export const tagsAdd: Mutation = {
  name: "tagsAdd", variables: { id: "ID!", tags: "[String!]!" }, call: "tagsAdd(id: $id, tags: $tags)",
  answer: plain
}
export const tagsRemove: Mutation = {
  name: "tagsRemove", variables: { id: "ID!", tags: "[String!]!" }, call: "tagsRemove(id: $id, tags: $tags)",
  answer: plain
}
export const productSet: Mutation = {
  name: "productSet",
  variables: { input: "ProductSetInput!", identifier: "ProductSetIdentifiers" },
  call: "productSet(input: $input, identifier: $identifier, synchronous: true)",
  answer: `product { id } ${coded}`
}
export const productUpdate: Mutation = {
  name: "productUpdate",
  variables: { product: "ProductUpdateInput!" },
  call: "productUpdate(product: $product)",
  answer: `product { id } ${plain}`
}
export const productDelete: Mutation = {
  name: "productDelete",
  variables: { input: "ProductDeleteInput!" },
  call: "productDelete(input: $input, synchronous: true)",
  answer: `deletedProductId ${plain}`
}
export const variantsCreate: Mutation = {
  name: "productVariantsBulkCreate",
  variables: { productId: "ID!", variants: "[ProductVariantsBulkInput!]!" },
  call: "productVariantsBulkCreate(productId: $productId, variants: $variants, strategy: PRESERVE_STANDALONE_VARIANT)",
  answer: `productVariants { id } ${coded}`
}
export const variantsUpdate: Mutation = {
  name: "productVariantsBulkUpdate",
  variables: { productId: "ID!", variants: "[ProductVariantsBulkInput!]!" },
  call: "productVariantsBulkUpdate(productId: $productId, variants: $variants, allowPartialUpdates: false)",
  answer: `productVariants { id } ${coded}`
}
export const variantsDelete: Mutation = {
  name: "productVariantsBulkDelete",
  variables: { productId: "ID!", variantsIds: "[ID!]!" },
  call: "productVariantsBulkDelete(productId: $productId, variantsIds: $variantsIds)",
  answer: coded
}
export const publish: Mutation = {
  name: "publishablePublish",
  variables: { id: "ID!", input: "[PublicationInput!]!" },
  call: "publishablePublish(id: $id, input: $input)",
  answer: plain
}
export const unpublish: Mutation = {
  name: "publishableUnpublish",
  variables: { id: "ID!", input: "[PublicationInput!]!" },
  call: "publishableUnpublish(id: $id, input: $input)",
  answer: plain
}
export const fixedPrices: Mutation = {
  name: "priceListFixedPricesUpdate",
  variables: { priceListId: "ID!", pricesToAdd: "[PriceListPriceInput!]!", variantIdsToDelete: "[ID!]!" },
  call: "priceListFixedPricesUpdate(priceListId: $priceListId, pricesToAdd: $pricesToAdd, variantIdsToDelete: $variantIdsToDelete)",
  answer: `deletedFixedPriceVariantIds ${coded}`
}
/** Required since 2026-04: without a key the mutation is an error. */
export const setQuantities: Mutation = {
  name: "inventorySetQuantities",
  variables: { input: "InventorySetQuantitiesInput!", key: "String!" },
  call: "inventorySetQuantities(input: $input) @idempotent(key: $key)",
  answer: `inventoryAdjustmentGroup { id } ${coded}`
}
export const activate: Mutation = {
  name: "inventoryActivate",
  variables: { inventoryItemId: "ID!", locationId: "ID!", onHand: "Int", available: "Int", key: "String!" },
  call: "inventoryActivate(inventoryItemId: $inventoryItemId, locationId: $locationId, onHand: $onHand, available: $available) @idempotent(key: $key)",
  answer: `inventoryLevel { id } ${plain}`
}
export const orderUpdate: Mutation = {
  name: "orderUpdate", variables: { input: "OrderInput!" }, call: "orderUpdate(input: $input)", answer: `order { id } ${plain}`
}
export const orderCreate: Mutation = {
  name: "orderCreate",
  variables: { order: "OrderCreateOrderInput!", options: "OrderCreateOptionsInput" },
  call: "orderCreate(order: $order, options: $options)",
  answer: `order { id } ${coded}`
}
export const orderCancel: Mutation = {
  name: "orderCancel",
  variables: { orderId: "ID!", reason: "OrderCancelReason!", restock: "Boolean!", refundMethod: "OrderCancelRefundMethodInput" },
  call: "orderCancel(orderId: $orderId, reason: $reason, restock: $restock, refundMethod: $refundMethod, notifyCustomer: false)",
  answer: "job { id done } orderCancelUserErrors { field message code }",
  errors: "orderCancelUserErrors"
}
export const orderClose: Mutation = {
  name: "orderClose", variables: { input: "OrderCloseInput!" }, call: "orderClose(input: $input)", answer: `order { id } ${plain}`
}
export const orderOpen: Mutation = {
  name: "orderOpen", variables: { input: "OrderOpenInput!" }, call: "orderOpen(input: $input)", answer: `order { id } ${plain}`
}
export const fulfillmentCreate: Mutation = {
  name: "fulfillmentCreate",
  variables: { fulfillment: "FulfillmentInput!" },
  call: "fulfillmentCreate(fulfillment: $fulfillment)",
  answer: `fulfillment { id } ${plain}`
}
export const trackingUpdate: Mutation = {
  name: "fulfillmentTrackingInfoUpdate",
  variables: { fulfillmentId: "ID!", tracking: "FulfillmentTrackingInput!" },
  call: "fulfillmentTrackingInfoUpdate(fulfillmentId: $fulfillmentId, trackingInfoInput: $tracking, notifyCustomer: false)",
  answer: `fulfillment { id } ${plain}`
}
export const refundCreate: Mutation = {
  name: "refundCreate",
  variables: { input: "RefundInput!", key: "String!" },
  call: "refundCreate(input: $input) @idempotent(key: $key)",
  answer: `refund { id } ${plain}`
}

export const mutations: ReadonlyArray<Mutation> = [
  customerSet, customerUpdate, customerDelete, addressCreate, addressUpdate, addressDelete, emailConsent, smsConsent,
  metafieldsSet, metafieldsDelete, tagsAdd, tagsRemove, productSet, productUpdate, productDelete, variantsCreate,
  variantsUpdate, variantsDelete, publish, unpublish, fixedPrices, setQuantities, activate, orderUpdate, orderCreate,
  orderCancel, orderClose, orderOpen, fulfillmentCreate, trackingUpdate, refundCreate
]

/** One document of many mutations: `m0`, `m1`, ... with variables `v0_input`, ... They run one after the other. */
export const documentOf = (steps: ReadonlyArray<Mutation>): string => {
  const variables = steps.flatMap(({ variables }, at) =>
    Object.entries(variables).map(([name, type]) => `$v${at}_${name}: ${type}`))
  const calls = steps.map(({ answer, call }, at) =>
    `  m${at}: ${call.replace(/\$(\w+)/g, (_, name: string) => `$v${at}_${name}`)} { ${answer} }`)
  return `mutation Write(${variables.join(", ")}) {\n${calls.join("\n")}\n}`
}
