/** Shopify Admin GraphQL 2026-07, pruned. ISC License, Copyright 2025-present, Shopify Inc.: see NOTICE. */
export const schema = `
schema { query: QueryRoot mutation: Mutation }

directive @idempotent(key: String!) on FIELD

type AccessScope {
  handle: String!
}

type AppCatalog implements Catalog & Node {
  id: ID!
  title: String!
}

type AppInstallation implements Node {
  accessScopes: [AccessScope!]!
  id: ID!
}

type Attribute {
  key: String!
  value: String
}

input AttributeInput {
  key: String!
  value: String!
}

type AutomaticDiscountApplication implements DiscountApplication {
  allocationMethod: DiscountApplicationAllocationMethod!
  title: String!
}

type BasicEvent implements Event & Node {
  action: String!
  createdAt: DateTime!
  id: ID!
  subjectId: ID!
  subjectType: EventSubjectType!
}

enum BulkMutationErrorCode {
    INTERNAL_FILE_SERVER_ERROR INVALID_MUTATION INVALID_STAGED_UPLOAD_FILE LIMIT_REACHED NO_SUCH_FILE
    OPERATION_IN_PROGRESS
}

type BulkMutationUserError {
  code: BulkMutationErrorCode
  field: [String!]
  message: String!
}

type BulkOperation implements Node {
  errorCode: BulkOperationErrorCode
  id: ID!
  objectCount: UnsignedInt64!
  partialDataUrl: URL
  rootObjectCount: UnsignedInt64!
  status: BulkOperationStatus!
  url: URL
}

enum BulkOperationErrorCode {
    ACCESS_DENIED INTERNAL_SERVER_ERROR TIMEOUT
}

type BulkOperationRunMutationPayload {
  bulkOperation: BulkOperation
  userErrors: [BulkMutationUserError!]!
}

type BulkOperationRunQueryPayload {
  bulkOperation: BulkOperation
  userErrors: [BulkOperationUserError!]!
}

enum BulkOperationStatus {
    CANCELED CANCELING COMPLETED CREATED EXPIRED FAILED RUNNING
}

type BulkOperationUserError {
  code: BulkOperationUserErrorCode
  field: [String!]
  message: String!
}

enum BulkOperationUserErrorCode {
    INVALID LIMIT_REACHED OPERATION_IN_PROGRESS
}

type CalculatedOrder implements Node {
  id: ID!
}

interface Catalog implements Node {
  id: ID!
  title: String!
}

enum CombinedListingsRole {
    CHILD PARENT
}

type Count {
  count: Int!
}

enum CountryCode {
    AC AD AE AF AG AI AL AM AN AO AR AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS
    BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE
    EG EH ER ES ET FI FJ FK FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GW GY HK HM HN HR
    HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK
    LR LS LT LU LV LY MA MC MD ME MF MG MK ML MM MN MO MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG
    NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PS PT PY QA RE RO RS RU RW SA SB SC SD SE SG
    SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TA TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ
    UA UG UM US UY UZ VA VC VE VG VN VU WF WS XK YE YT ZA ZM ZW ZZ
}

input CountryHarmonizedSystemCodeInput {
  countryCode: CountryCode
  harmonizedSystemCode: String!
}

enum CurrencyCode {
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN
    BYR BZD CAD CDF CHF CLP CNY COP CRC CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS
    GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JEP JMD JOD JPY KES KGS KHR KID
    KMF KRW KWD KYD KZT LAK LBP LKR LRD LSL LTL LVL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK
    MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD
    SCR SDG SEK SGD SHP SLL SOS SRD SSP STD STN SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX
    USD USDC UYU UZS VED VEF VES VND VUV WST XAF XCD XOF XPF XX\u0058 YER ZAR ZMW
}

type Customer implements Node {
  addressesV2(
    after: String first: Int
  ): MailingAddressConnection!
  createdAt: DateTime!
  defaultAddress: MailingAddress
  defaultEmailAddress: CustomerEmailAddress
  defaultPhoneNumber: CustomerPhoneNumber
  displayName: String!
  firstName: String
  id: ID!
  lastName: String
  locale: String!
  metafield(
    key: String! namespace: String
  ): Metafield
  note: String
  state: CustomerState!
  tags: [String!]!
  taxExempt: Boolean!
  updatedAt: DateTime!
  verifiedEmail: Boolean!
}

type CustomerAddressCreatePayload {
  userErrors: [UserError!]!
}

type CustomerAddressDeletePayload {
  userErrors: [UserError!]!
}

type CustomerAddressUpdatePayload {
  userErrors: [UserError!]!
}

type CustomerConnection {
  edges: [CustomerEdge!]!
  nodes: [Customer!]!
  pageInfo: PageInfo!
}

type CustomerCreatePayload {
  customer: Customer
  userErrors: [UserError!]!
}

input CustomerDeleteInput {
  id: ID!
}

type CustomerDeletePayload {
  deletedCustomerId: ID
  userErrors: [UserError!]!
}

type CustomerEdge {
  node: Customer!
}

type CustomerEmailAddress {
  emailAddress: String!
  marketingOptInLevel: CustomerMarketingOptInLevel
  marketingState: CustomerEmailAddressMarketingState!
  marketingUpdatedAt: DateTime
}

enum CustomerEmailAddressMarketingState {
    INVALID NOT_SUBSCRIBED PENDING SUBSCRIBED UNSUBSCRIBED
}

input CustomerEmailMarketingConsentInput {
  consentUpdatedAt: DateTime
  marketingOptInLevel: CustomerMarketingOptInLevel
  marketingState: CustomerEmailMarketingState!
  sourceLocationId: ID
}

input CustomerEmailMarketingConsentUpdateInput {
  customerId: ID!
  emailMarketingConsent: CustomerEmailMarketingConsentInput!
}

type CustomerEmailMarketingConsentUpdatePayload {
  userErrors: [CustomerEmailMarketingConsentUpdateUserError!]!
}

type CustomerEmailMarketingConsentUpdateUserError {
  code: CustomerEmailMarketingConsentUpdateUserErrorCode
  field: [String!]
  message: String!
}

enum CustomerEmailMarketingConsentUpdateUserErrorCode {
    INCLUSION INTERNAL_ERROR INVALID MISSING_ARGUMENT
}

enum CustomerEmailMarketingState {
    INVALID NOT_SUBSCRIBED PENDING REDACTED SUBSCRIBED UNSUBSCRIBED
}

input CustomerIdentifierInput @oneOf {
  customId: UniqueMetafieldValueInput
  emailAddress: String
  id: ID
  phoneNumber: String
}

input CustomerInput {
  addresses: [MailingAddressInput!]
  email: String
  emailMarketingConsent: CustomerEmailMarketingConsentInput
  firstName: String
  id: ID
  lastName: String
  locale: String
  metafields: [MetafieldInput!]
  multipassIdentifier: String
  note: String
  phone: String
  smsMarketingConsent: CustomerSmsMarketingConsentInput
  tags: [String!]
  taxExempt: Boolean
  taxExemptions: [TaxExemption!]
  whatsAppMarketingConsent: CustomerMarketingConsentInput
}

input CustomerMarketingConsentInput {
  optInLevel: CustomerMarketingOptInLevel
  sourceLocationId: ID
  state: CustomerMarketingConsentState!
  updatedAt: DateTime
}

enum CustomerMarketingConsentState {
    NEVER_SUBSCRIBED PENDING REDACTED SUBSCRIBED UNSUBSCRIBED
}

enum CustomerMarketingOptInLevel {
    CONFIRMED_OPT_IN SINGLE_OPT_IN UNKNOWN
}

enum CustomerMergeErrorCode {
    CUSTOMER_HAS_GIFT_CARDS INTERNAL_ERROR INVALID_CUSTOMER INVALID_CUSTOMER_ID
    MISSING_OVERRIDE_ATTRIBUTE OVERRIDE_ATTRIBUTE_INVALID
}

input CustomerMergeOverrideFields {
  customerIdOfDefaultAddressToKeep: ID
  customerIdOfEmailToKeep: ID
  customerIdOfFirstNameToKeep: ID
  customerIdOfLastNameToKeep: ID
  customerIdOfPhoneNumberToKeep: ID
  note: String
  tags: [String!]
}

type CustomerMergePayload {
  job: Job
  resultingCustomerId: ID
  userErrors: [CustomerMergeUserError!]!
}

type CustomerMergeRequest {
  resultingCustomerId: ID!
  status: CustomerMergeRequestStatus!
}

enum CustomerMergeRequestStatus {
    COMPLETED FAILED IN_PROGRESS REQUESTED
}

type CustomerMergeUserError {
  code: CustomerMergeErrorCode
  field: [String!]
  message: String!
}

type CustomerPhoneNumber {
  marketingOptInLevel: CustomerMarketingOptInLevel
  marketingState: CustomerSmsMarketingState!
  marketingUpdatedAt: DateTime
  phoneNumber: String!
}

input CustomerSetIdentifiers @oneOf {
  customId: UniqueMetafieldValueInput
  email: String
  id: ID
  phone: String
}

input CustomerSetInput {
  addresses: [MailingAddressInput!]
  email: String
  firstName: String
  id: ID
  lastName: String
  locale: String
  note: String
  phone: String
  tags: [String!]
  taxExempt: Boolean
  taxExemptions: [TaxExemption!]
}

type CustomerSetPayload {
  customer: Customer
  userErrors: [CustomerSetUserError!]!
}

type CustomerSetUserError {
  code: CustomerSetUserErrorCode
  field: [String!]
  message: String!
}

enum CustomerSetUserErrorCode {
    BLANK ID_NOT_ALLOWED INCLUSION INPUT_MISMATCH INVALID METAFIELD_MISMATCH MISSING_FIELD_REQUIRED
    NOT_FOUND PRESENT TAKEN TOO_LONG TOO_SHORT
}

type CustomerSmsMarketingConsentError {
  code: CustomerSmsMarketingConsentErrorCode
  field: [String!]
  message: String!
}

enum CustomerSmsMarketingConsentErrorCode {
    INCLUSION INTERNAL_ERROR INVALID MISSING_ARGUMENT
}

input CustomerSmsMarketingConsentInput {
  consentUpdatedAt: DateTime
  marketingOptInLevel: CustomerMarketingOptInLevel
  marketingState: CustomerSmsMarketingState!
  sourceLocationId: ID
}

input CustomerSmsMarketingConsentUpdateInput {
  customerId: ID!
  smsMarketingConsent: CustomerSmsMarketingConsentInput!
}

type CustomerSmsMarketingConsentUpdatePayload {
  userErrors: [CustomerSmsMarketingConsentError!]!
}

enum CustomerSmsMarketingState {
    NOT_SUBSCRIBED PENDING REDACTED SUBSCRIBED UNSUBSCRIBED
}

enum CustomerSortKeys {
    CREATED_AT ID LOCATION NAME RELEVANCE UPDATED_AT
}

enum CustomerState {
    DECLINED DISABLED ENABLED INVITED
}

type CustomerUpdatePayload {
  userErrors: [UserError!]!
}

scalar DateTime

scalar Decimal

type DeletionEvent {
  occurredAt: DateTime!
  subjectId: ID!
  subjectType: DeletionEventSubjectType!
}

type DeletionEventConnection {
  nodes: [DeletionEvent!]!
  pageInfo: PageInfo!
}

enum DeletionEventSortKeys {
    CREATED_AT ID
}

enum DeletionEventSubjectType {
    COLLECTION PRODUCT
}

type DiscountAllocation {
  allocatedAmountSet: MoneyBag!
  discountApplication: DiscountApplication!
}

interface DiscountApplication {
  allocationMethod: DiscountApplicationAllocationMethod!
}

enum DiscountApplicationAllocationMethod {
    ACROSS EACH ONE
}

type DiscountCodeApplication implements DiscountApplication {
  allocationMethod: DiscountApplicationAllocationMethod!
  code: String!
}

interface Event {
  id: ID!
}

type EventConnection {
  nodes: [Event!]!
  pageInfo: PageInfo!
}

enum EventSortKeys {
    CREATED_AT ID
}

enum EventSubjectType {
    ARTICLE BLOG COLLECTION COMMENT COMPANY COMPANY_LOCATION CUSTOMER DISCOUNT_AUTOMATIC_BXGY
    DISCOUNT_AUTOMATIC_NODE DISCOUNT_CODE_NODE DISCOUNT_NODE DRAFT_ORDER INVENTORY_TRANSFER ORDER
    PAGE PRICE_RULE PRODUCT PRODUCT_VARIANT UNKNOWN
}

enum FileContentType {
    EXTERNAL_VIDEO FILE IMAGE MODEL_3D VIDEO
}

enum FileCreateInputDuplicateResolutionMode {
    APPEND_UUID RAISE_ERROR REPLACE
}

input FileSetInput {
  alt: String
  contentType: FileContentType
  duplicateResolutionMode: FileCreateInputDuplicateResolutionMode = APPEND_UUID
  filename: String
  id: ID
  originalSource: String
}

type Fulfillment implements Node {
  createdAt: DateTime!
  deliveredAt: DateTime
  id: ID!
  location: Location
  status: FulfillmentStatus!
  trackingInfo(
    first: Int
  ): [FulfillmentTrackingInfo!]!
}

type FulfillmentCreatePayload {
  fulfillment: Fulfillment
  userErrors: [UserError!]!
}

enum FulfillmentEventStatus {
    ATTEMPTED_DELIVERY CARRIER_PICKED_UP CONFIRMED DELAYED DELIVERED FAILURE IN_TRANSIT LABEL_PRINTED
    LABEL_PURCHASED OUT_FOR_DELIVERY READY_FOR_PICKUP
}

input FulfillmentInput {
  lineItemsByFulfillmentOrder: [FulfillmentOrderLineItemsInput!]!
  notifyCustomer: Boolean = false
  originAddress: FulfillmentOriginAddressInput
  trackingInfo: FulfillmentTrackingInput
}

type FulfillmentOrder implements Node {
  assignedLocation: FulfillmentOrderAssignedLocation!
  id: ID!
  status: FulfillmentOrderStatus!
}

type FulfillmentOrderAssignedLocation {
  location: Location
}

type FulfillmentOrderConnection {
  nodes: [FulfillmentOrder!]!
}

input FulfillmentOrderLineItemInput {
  id: ID!
  quantity: Int!
}

input FulfillmentOrderLineItemsInput {
  fulfillmentOrderId: ID!
  fulfillmentOrderLineItems: [FulfillmentOrderLineItemInput!]
}

enum FulfillmentOrderStatus {
    CANCELLED CLOSED INCOMPLETE IN_PROGRESS ON_HOLD OPEN SCHEDULED
}

input FulfillmentOriginAddressInput {
  address1: String
  address2: String
  city: String
  countryCode: String!
  provinceCode: String
  zip: String
}

enum FulfillmentStatus {
    CANCELLED ERROR FAILURE OPEN PENDING SUCCESS
}

type FulfillmentTrackingInfo {
  company: String
  number: String
  url: URL
}

type FulfillmentTrackingInfoUpdatePayload {
  fulfillment: Fulfillment
  userErrors: [UserError!]!
}

input FulfillmentTrackingInput {
  company: String
  number: String
  numbers: [String!]
  url: URL
  urls: [URL!]
}

scalar HTML

input HasMetafieldsMetafieldIdentifierInput {
  key: String!
  namespace: String
}

type Image {
  url: URL!
}

type InventoryActivatePayload {
  inventoryLevel: InventoryLevel
  userErrors: [UserError!]!
}

input InventoryAdjustQuantitiesInput {
  changes: [InventoryChangeInput!]!
  name: String!
  reason: String!
  referenceDocumentUri: String
}

type InventoryAdjustQuantitiesPayload {
  inventoryAdjustmentGroup: InventoryAdjustmentGroup
  userErrors: [InventoryAdjustQuantitiesUserError!]!
}

type InventoryAdjustQuantitiesUserError {
  code: InventoryAdjustQuantitiesUserErrorCode
  field: [String!]
  message: String!
}

enum InventoryAdjustQuantitiesUserErrorCode {
    ADJUST_QUANTITIES_FAILED CHANGE_FROM_QUANTITY_STALE IDEMPOTENCY_CONCURRENT_REQUEST
    IDEMPOTENCY_KEY_PARAMETER_MISMATCH IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED INTERNAL_LEDGER_DOCUMENT
    INVALID_AVAILABLE_DOCUMENT INVALID_INVENTORY_ITEM INVALID_LEDGER_DOCUMENT INVALID_LOCATION
    INVALID_QUANTITY_DOCUMENT INVALID_QUANTITY_NAME INVALID_QUANTITY_TOO_HIGH
    INVALID_QUANTITY_TOO_LOW INVALID_REASON INVALID_REFERENCE_DOCUMENT ITEM_NOT_STOCKED_AT_LOCATION
    MAX_ONE_LEDGER_DOCUMENT NON_MUTABLE_INVENTORY_ITEM SERVICE_UNAVAILABLE
}

type InventoryAdjustmentGroup implements Node {
  id: ID!
}

input InventoryAdjustmentInput {
  adjustment: Int
  changeFromQuantity: Int
  locationId: ID!
}

input InventoryChangeInput {
  changeFromQuantity: Int
  delta: Int!
  inventoryItemId: ID!
  ledgerDocumentUri: String
  locationId: ID!
}

type InventoryItem implements Node {
  id: ID!
  measurement: InventoryItemMeasurement!
  requiresShipping: Boolean!
  sku: String
  tracked: Boolean!
  unitCost: MoneyV2
  variants(
    after: String first: Int
  ): ProductVariantConnection
}

input InventoryItemInput {
  cost: Decimal
  countryCodeOfOrigin: CountryCode
  countryHarmonizedSystemCodes: [CountryHarmonizedSystemCodeInput!]
  harmonizedSystemCode: String
  measurement: InventoryItemMeasurementInput
  provinceCodeOfOrigin: String
  requiresShipping: Boolean
  sku: String
  tracked: Boolean
}

type InventoryItemMeasurement implements Node {
  id: ID!
  weight: Weight
}

input InventoryItemMeasurementInput {
  shippingPackageId: ID
  weight: WeightInput
}

type InventoryLevel implements Node {
  createdAt: DateTime!
  id: ID!
  isActive: Boolean!
  item: InventoryItem!
  location: Location!
  quantities(
    names: [String!]!
  ): [InventoryQuantity!]!
  updatedAt: DateTime!
}

type InventoryLevelConnection {
  nodes: [InventoryLevel!]!
  pageInfo: PageInfo!
}

input InventoryLevelInput {
  availableQuantity: Int!
  locationId: ID!
}

type InventoryQuantity implements Node {
  id: ID!
  name: String!
  quantity: Int!
  updatedAt: DateTime
}

input InventoryQuantityInput {
  changeFromQuantity: Int
  inventoryItemId: ID!
  locationId: ID!
  quantity: Int!
}

input InventorySetQuantitiesInput {
  name: String!
  quantities: [InventoryQuantityInput!]!
  reason: String!
  referenceDocumentUri: String
}

type InventorySetQuantitiesPayload {
  inventoryAdjustmentGroup: InventoryAdjustmentGroup
  userErrors: [InventorySetQuantitiesUserError!]!
}

type InventorySetQuantitiesUserError {
  code: InventorySetQuantitiesUserErrorCode
  field: [String!]
  message: String!
}

enum InventorySetQuantitiesUserErrorCode {
    CHANGE_FROM_QUANTITY_STALE COMPARE_QUANTITY_REQUIRED COMPARE_QUANTITY_STALE
    IDEMPOTENCY_CONCURRENT_REQUEST IDEMPOTENCY_KEY_PARAMETER_MISMATCH
    IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED INVALID_INVENTORY_ITEM INVALID_LOCATION INVALID_NAME
    INVALID_QUANTITY_NEGATIVE INVALID_QUANTITY_TOO_HIGH INVALID_QUANTITY_TOO_LOW INVALID_REASON
    INVALID_REFERENCE_DOCUMENT ITEM_NOT_STOCKED_AT_LOCATION NON_MUTABLE_INVENTORY_ITEM
    NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR
}

scalar JSON

type Job {
  done: Boolean!
  id: ID!
}

type LineItem implements Node {
  currentQuantity: Int!
  customAttributes: [Attribute!]!
  discountAllocations: [DiscountAllocation!]!
  discountedTotalSet(
    withCodeDiscounts: Boolean = false
  ): MoneyBag!
  id: ID!
  originalUnitPriceSet: MoneyBag!
  quantity: Int!
  sku: String
  taxLines(
    first: Int
  ): [TaxLine!]!
  title: String!
  variant: ProductVariant
  variantTitle: String
}

type LineItemConnection {
  edges: [LineItemEdge!]!
  pageInfo: PageInfo!
}

type LineItemEdge {
  node: LineItem!
}

input LinkedMetafieldCreateInput {
  key: String!
  namespace: String!
  values: [String!]
}

input LocalizationExtensionInput {
  key: LocalizationExtensionKey!
  value: String!
}

enum LocalizationExtensionKey {
    SHIPPING_CREDENTIAL_BR SHIPPING_CREDENTIAL_CL SHIPPING_CREDENTIAL_CN SHIPPING_CREDENTIAL_CO
    SHIPPING_CREDENTIAL_CR SHIPPING_CREDENTIAL_EC SHIPPING_CREDENTIAL_ES SHIPPING_CREDENTIAL_GT
    SHIPPING_CREDENTIAL_ID SHIPPING_CREDENTIAL_KR SHIPPING_CREDENTIAL_MX SHIPPING_CREDENTIAL_MY
    SHIPPING_CREDENTIAL_PE SHIPPING_CREDENTIAL_PT SHIPPING_CREDENTIAL_PY SHIPPING_CREDENTIAL_TR
    SHIPPING_CREDENTIAL_TW SHIPPING_CREDENTIAL_TYPE_CO TAX_CREDENTIAL_BR TAX_CREDENTIAL_CL
    TAX_CREDENTIAL_CO TAX_CREDENTIAL_CR TAX_CREDENTIAL_EC TAX_CREDENTIAL_ES TAX_CREDENTIAL_GT
    TAX_CREDENTIAL_ID TAX_CREDENTIAL_IT TAX_CREDENTIAL_MX TAX_CREDENTIAL_MY TAX_CREDENTIAL_PE
    TAX_CREDENTIAL_PT TAX_CREDENTIAL_PY TAX_CREDENTIAL_TR TAX_CREDENTIAL_TYPE_CO
    TAX_CREDENTIAL_TYPE_MX TAX_CREDENTIAL_USE_MX TAX_EMAIL_IT
}

input LocalizedFieldInput {
  key: LocalizedFieldKey!
  value: String!
}

enum LocalizedFieldKey {
    SHIPPING_CREDENTIAL_BR SHIPPING_CREDENTIAL_CL SHIPPING_CREDENTIAL_CN SHIPPING_CREDENTIAL_CO
    SHIPPING_CREDENTIAL_CR SHIPPING_CREDENTIAL_EC SHIPPING_CREDENTIAL_ES SHIPPING_CREDENTIAL_GT
    SHIPPING_CREDENTIAL_ID SHIPPING_CREDENTIAL_KR SHIPPING_CREDENTIAL_MX SHIPPING_CREDENTIAL_MY
    SHIPPING_CREDENTIAL_PE SHIPPING_CREDENTIAL_PT SHIPPING_CREDENTIAL_PY SHIPPING_CREDENTIAL_TR
    SHIPPING_CREDENTIAL_TW SHIPPING_CREDENTIAL_TYPE_CO TAX_CREDENTIAL_BR TAX_CREDENTIAL_CL
    TAX_CREDENTIAL_CO TAX_CREDENTIAL_CR TAX_CREDENTIAL_EC TAX_CREDENTIAL_ES TAX_CREDENTIAL_GT
    TAX_CREDENTIAL_ID TAX_CREDENTIAL_IT TAX_CREDENTIAL_MX TAX_CREDENTIAL_MY TAX_CREDENTIAL_PE
    TAX_CREDENTIAL_PT TAX_CREDENTIAL_PY TAX_CREDENTIAL_TR TAX_CREDENTIAL_TYPE_CO
    TAX_CREDENTIAL_TYPE_MX TAX_CREDENTIAL_USE_MX TAX_EMAIL_IT
}

type Location implements Node {
  address: LocationAddress!
  createdAt: DateTime!
  fulfillsOnlineOrders: Boolean!
  id: ID!
  inventoryLevels(
    after: String first: Int includeInactive: Boolean = false query: String
  ): InventoryLevelConnection!
  isActive: Boolean!
  isFulfillmentService: Boolean!
  metafield(
    key: String! namespace: String
  ): Metafield
  name: String!
  updatedAt: DateTime!
}

type LocationAddress {
  address1: String
  address2: String
  city: String
  countryCode: String
  phone: String
  provinceCode: String
  zip: String
}

type LocationConnection {
  nodes: [Location!]!
  pageInfo: PageInfo!
}

enum LocationSortKeys {
    ID NAME RELEVANCE
}

type MailingAddress implements Node {
  address1: String
  address2: String
  city: String
  company: String
  countryCodeV2: CountryCode
  firstName: String
  id: ID!
  lastName: String
  phone: String
  provinceCode: String
  zip: String
}

type MailingAddressConnection {
  edges: [MailingAddressEdge!]!
  pageInfo: PageInfo!
}

type MailingAddressEdge {
  node: MailingAddress!
}

input MailingAddressInput {
  address1: String
  address2: String
  city: String
  company: String
  country: String
  countryCode: CountryCode
  firstName: String
  id: ID
  lastName: String
  phone: String
  province: String
  provinceCode: String
  zip: String
}

type ManualDiscountApplication implements DiscountApplication {
  allocationMethod: DiscountApplicationAllocationMethod!
  title: String!
}

interface Media {
  alt: String
  id: ID!
}

type MediaConnection {
  edges: [MediaEdge!]!
  pageInfo: PageInfo!
}

type MediaEdge {
  node: Media!
}

type MediaImage implements Media & Node {
  alt: String
  id: ID!
  image: Image
}

type Metafield implements Node {
  id: ID!
  type: String!
  value: String!
}

input MetafieldAccessInput {
  admin: MetafieldAdminAccessInput
  customerAccount: MetafieldCustomerAccountAccessInput
  storefront: MetafieldStorefrontAccessInput
}

enum MetafieldAdminAccessInput {
    MERCHANT_READ MERCHANT_READ_WRITE
}

type MetafieldCapabilities {
  uniqueValues: MetafieldCapabilityUniqueValues!
}

input MetafieldCapabilityAdminFilterableInput {
  enabled: Boolean!
}

input MetafieldCapabilityAnalyticsQueryableInput {
  enabled: Boolean!
}

input MetafieldCapabilityCartToOrderCopyableInput {
  enabled: Boolean!
}

input MetafieldCapabilityCreateInput {
  adminFilterable: MetafieldCapabilityAdminFilterableInput
  analyticsQueryable: MetafieldCapabilityAnalyticsQueryableInput
  cartToOrderCopyable: MetafieldCapabilityCartToOrderCopyableInput
  smartCollectionCondition: MetafieldCapabilitySmartCollectionConditionInput
  uniqueValues: MetafieldCapabilityUniqueValuesInput
}

input MetafieldCapabilitySmartCollectionConditionInput {
  enabled: Boolean!
}

type MetafieldCapabilityUniqueValues {
  enabled: Boolean!
}

input MetafieldCapabilityUniqueValuesInput {
  enabled: Boolean!
}

enum MetafieldCustomerAccountAccessInput {
    NONE READ READ_WRITE
}

type MetafieldDefinition implements Node {
  capabilities: MetafieldCapabilities!
  id: ID!
  key: String!
  name: String!
  namespace: String!
  type: MetafieldDefinitionType!
}

type MetafieldDefinitionConnection {
  nodes: [MetafieldDefinition!]!
  pageInfo: PageInfo!
}

input MetafieldDefinitionConstraintsInput {
  key: String!
  values: [String!]!
}

type MetafieldDefinitionCreatePayload {
  createdDefinition: MetafieldDefinition
  userErrors: [MetafieldDefinitionCreateUserError!]!
}

type MetafieldDefinitionCreateUserError {
  code: MetafieldDefinitionCreateUserErrorCode
  field: [String!]
  message: String!
}

enum MetafieldDefinitionCreateUserErrorCode {
    ADMIN_ACCESS_INPUT_NOT_ALLOWED BLANK CAPABILITY_REQUIRED_BUT_DISABLED DUPLICATE_OPTION INCLUSION
    INVALID INVALID_CAPABILITY INVALID_CHARACTER INVALID_CONSTRAINTS INVALID_INPUT_COMBINATION
    INVALID_OPTION LIMIT_EXCEEDED OWNER_TYPE_LIMIT_EXCEEDED_FOR_AUTOMATED_COLLECTIONS
    OWNER_TYPE_LIMIT_EXCEEDED_FOR_USE_AS_ADMIN_FILTERS PINNED_LIMIT_REACHED PRESENT
    RESERVED_NAMESPACE_KEY RESOURCE_TYPE_LIMIT_EXCEEDED RESOURCE_TYPE_LIMIT_EXCEEDED_BY_APP TAKEN
    TOO_LONG TOO_SHORT TYPE_NOT_ALLOWED_FOR_CONDITIONS UNSTRUCTURED_ALREADY_EXISTS
    UNSUPPORTED_PINNING
}

input MetafieldDefinitionInput {
  access: MetafieldAccessInput
  capabilities: MetafieldCapabilityCreateInput
  constraints: MetafieldDefinitionConstraintsInput
  description: String
  key: String!
  name: String!
  namespace: String
  ownerType: MetafieldOwnerType!
  pin: Boolean = false
  type: String!
  useAsCollectionCondition: Boolean = false
  validations: [MetafieldDefinitionValidationInput!]
}

type MetafieldDefinitionType {
  name: String!
}

input MetafieldDefinitionValidationInput {
  name: String!
  value: String!
}

type MetafieldIdentifier {
  key: String!
}

input MetafieldIdentifierInput {
  key: String!
  namespace: String!
  ownerId: ID!
}

input MetafieldInput {
  id: ID
  key: String
  namespace: String
  type: String
  value: String
}

enum MetafieldOwnerType {
    API_PERMISSION ARTICLE BLOG CARTTRANSFORM COLLECTION COMPANY COMPANY_LOCATION CUSTOMER
    DELIVERY_CUSTOMIZATION DISCOUNT DRAFTORDER FULFILLMENT_CONSTRAINT_RULE GIFT_CARD_TRANSACTION
    LOCATION MARKET MEDIA_IMAGE ORDER ORDER_ROUTING_LOCATION_RULE PAGE PAYMENT_CUSTOMIZATION PRODUCT
    PRODUCTVARIANT SELLING_PLAN SHOP TRANSFER VALIDATION
}

enum MetafieldStorefrontAccessInput {
    NONE PUBLIC_READ
}

type MetafieldsDeletePayload {
  deletedMetafields: [MetafieldIdentifier]
  userErrors: [UserError!]!
}

input MetafieldsSetInput {
  compareDigest: String
  key: String!
  namespace: String
  ownerId: ID!
  type: String
  value: String!
}

type MetafieldsSetPayload {
  userErrors: [MetafieldsSetUserError!]!
}

type MetafieldsSetUserError {
  code: MetafieldsSetUserErrorCode
  field: [String!]
  message: String!
}

enum MetafieldsSetUserErrorCode {
    APP_NOT_AUTHORIZED BLANK CAPABILITY_VIOLATION INCLUSION INTERNAL_ERROR INVALID
    INVALID_COMPARE_DIGEST INVALID_TYPE INVALID_VALUE LESS_THAN_OR_EQUAL_TO PRESENT STALE_OBJECT
    TAKEN TOO_LONG TOO_SHORT
}

scalar Money

type MoneyBag {
  shopMoney: MoneyV2!
}

input MoneyBagInput {
  presentmentMoney: MoneyInput
  shopMoney: MoneyInput!
}

input MoneyInput {
  amount: Decimal!
  currencyCode: CurrencyCode!
}

type MoneyV2 {
  amount: Decimal!
  currencyCode: CurrencyCode!
}

type Mutation {
  bulkOperationRunMutation(
    mutation: String! stagedUploadPath: String!
  ): BulkOperationRunMutationPayload
  bulkOperationRunQuery(
    groupObjects: Boolean! = false query: String!
  ): BulkOperationRunQueryPayload
  customerAddressCreate(
    address: MailingAddressInput! customerId: ID! setAsDefault: Boolean
  ): CustomerAddressCreatePayload
  customerAddressDelete(
    addressId: ID! customerId: ID!
  ): CustomerAddressDeletePayload
  customerAddressUpdate(
    address: MailingAddressInput! addressId: ID! customerId: ID!
  ): CustomerAddressUpdatePayload
  customerCreate(
    input: CustomerInput!
  ): CustomerCreatePayload
  customerDelete(
    input: CustomerDeleteInput!
  ): CustomerDeletePayload
  customerEmailMarketingConsentUpdate(
    input: CustomerEmailMarketingConsentUpdateInput!
  ): CustomerEmailMarketingConsentUpdatePayload
  customerMerge(
    customerOneId: ID! customerTwoId: ID! overrideFields: CustomerMergeOverrideFields
  ): CustomerMergePayload
  customerSet(
    identifier: CustomerSetIdentifiers input: CustomerSetInput!
  ): CustomerSetPayload
  customerSmsMarketingConsentUpdate(
    input: CustomerSmsMarketingConsentUpdateInput!
  ): CustomerSmsMarketingConsentUpdatePayload
  customerUpdate(
    input: CustomerInput!
  ): CustomerUpdatePayload
  fulfillmentCreate(
    fulfillment: FulfillmentInput!
  ): FulfillmentCreatePayload
  fulfillmentTrackingInfoUpdate(
    fulfillmentId: ID! notifyCustomer: Boolean trackingInfoInput: FulfillmentTrackingInput!
  ): FulfillmentTrackingInfoUpdatePayload
  inventoryActivate(
    available: Int inventoryItemId: ID! locationId: ID! onHand: Int
  ): InventoryActivatePayload
  inventoryAdjustQuantities(
    input: InventoryAdjustQuantitiesInput!
  ): InventoryAdjustQuantitiesPayload
  inventorySetQuantities(
    input: InventorySetQuantitiesInput!
  ): InventorySetQuantitiesPayload
  metafieldDefinitionCreate(
    definition: MetafieldDefinitionInput!
  ): MetafieldDefinitionCreatePayload
  metafieldsDelete(
    metafields: [MetafieldIdentifierInput!]!
  ): MetafieldsDeletePayload
  metafieldsSet(
    metafields: [MetafieldsSetInput!]!
  ): MetafieldsSetPayload
  orderCancel(
    notifyCustomer: Boolean = false orderId: ID! reason: OrderCancelReason!
    refundMethod: OrderCancelRefundMethodInput restock: Boolean!
  ): OrderCancelPayload
  orderClose(
    input: OrderCloseInput!
  ): OrderClosePayload
  orderCreate(
    options: OrderCreateOptionsInput order: OrderCreateOrderInput!
  ): OrderCreatePayload
  orderEditBegin(
    id: ID!
  ): OrderEditBeginPayload
  orderEditCommit(
    id: ID! notifyCustomer: Boolean
  ): OrderEditCommitPayload
  orderEditSetQuantity(
    id: ID! lineItemId: ID! quantity: Int! restock: Boolean
  ): OrderEditSetQuantityPayload
  orderOpen(
    input: OrderOpenInput!
  ): OrderOpenPayload
  orderUpdate(
    input: OrderInput!
  ): OrderUpdatePayload
  priceListFixedPricesUpdate(
    priceListId: ID! pricesToAdd: [PriceListPriceInput!]! variantIdsToDelete: [ID!]!
  ): PriceListFixedPricesUpdatePayload
  productDelete(
    input: ProductDeleteInput! synchronous: Boolean = true
  ): ProductDeletePayload
  productSet(
    identifier: ProductSetIdentifiers input: ProductSetInput! synchronous: Boolean = true
  ): ProductSetPayload
  productUpdate(
    product: ProductUpdateInput
  ): ProductUpdatePayload
  productVariantsBulkCreate(
    productId: ID! strategy: ProductVariantsBulkCreateStrategy = DEFAULT
    variants: [ProductVariantsBulkInput!]!
  ): ProductVariantsBulkCreatePayload
  productVariantsBulkDelete(
    productId: ID! variantsIds: [ID!]!
  ): ProductVariantsBulkDeletePayload
  productVariantsBulkUpdate(
    allowPartialUpdates: Boolean = false productId: ID! variants: [ProductVariantsBulkInput!]!
  ): ProductVariantsBulkUpdatePayload
  publishablePublish(
    id: ID! input: [PublicationInput!]!
  ): PublishablePublishPayload
  publishableUnpublish(
    id: ID! input: [PublicationInput!]!
  ): PublishableUnpublishPayload
  refundCreate(
    input: RefundInput!
  ): RefundCreatePayload
  stagedUploadsCreate(
    input: [StagedUploadInput!]!
  ): StagedUploadsCreatePayload
  tagsAdd(
    id: ID! tags: [String!]!
  ): TagsAddPayload
  tagsRemove(
    id: ID! tags: [String!]!
  ): TagsRemovePayload
  webhookSubscriptionCreate(
    topic: WebhookSubscriptionTopic! webhookSubscription: WebhookSubscriptionInput!
  ): WebhookSubscriptionCreatePayload
  webhookSubscriptionDelete(
    id: ID!
  ): WebhookSubscriptionDeletePayload
}

interface Node {
  id: ID!
}

input OptionSetInput {
  id: ID
  linkedMetafield: LinkedMetafieldCreateInput
  name: String
  position: Int
  values: [OptionValueSetInput!]
}

input OptionValueSetInput {
  id: ID
  name: String
}

type Order implements Node {
  billingAddress: MailingAddress
  cancelReason: OrderCancelReason
  cancelledAt: DateTime
  cartDiscountAmountSet: MoneyBag
  closedAt: DateTime
  createdAt: DateTime!
  currencyCode: CurrencyCode!
  customer: Customer
  displayFinancialStatus: OrderDisplayFinancialStatus
  displayFulfillmentStatus: OrderDisplayFulfillmentStatus!
  edited: Boolean!
  email: String
  fulfillmentOrders(
    after: String first: Int
  ): FulfillmentOrderConnection!
  fulfillments(
    first: Int
  ): [Fulfillment!]!
  id: ID!
  lineItems(
    after: String first: Int
  ): LineItemConnection!
  metafield(
    key: String! namespace: String
  ): Metafield
  name: String!
  note: String
  phone: String
  processedAt: DateTime!
  refunds(
    first: Int
  ): [Refund!]!
  retailLocation: Location
  returnStatus: OrderReturnStatus!
  shippingAddress: MailingAddress
  shippingLines(
    after: String first: Int
  ): ShippingLineConnection!
  sourceIdentifier: String
  sourceName: String
  tags: [String!]!
  taxesIncluded: Boolean!
  test: Boolean!
  totalOutstandingSet: MoneyBag!
  totalPriceSet: MoneyBag!
  totalReceivedSet: MoneyBag!
  totalRefundedSet: MoneyBag!
  totalShippingPriceSet: MoneyBag!
  totalTaxSet: MoneyBag
  totalTipReceivedSet: MoneyBag!
  transactions(
    first: Int
  ): [OrderTransaction!]!
  updatedAt: DateTime!
}

enum OrderAdjustmentInputDiscrepancyReason {
    CUSTOMER DAMAGE OTHER RESTOCK
}

type OrderCancelPayload {
  job: Job
  orderCancelUserErrors: [OrderCancelUserError!]!
}

enum OrderCancelReason {
    CUSTOMER DECLINED FRAUD INVENTORY OTHER STAFF
}

input OrderCancelRefundMethodInput @oneOf {
  originalPaymentMethodsRefund: Boolean
  storeCreditRefund: OrderCancelStoreCreditRefundInput
}

input OrderCancelStoreCreditRefundInput {
  expiresAt: DateTime
}

type OrderCancelUserError {
  code: OrderCancelUserErrorCode
  field: [String!]
  message: String!
}

enum OrderCancelUserErrorCode {
    INTERNAL_ERROR INVALID NOT_FOUND NO_REFUND_PERMISSION NO_REFUND_TO_STORE_CREDIT_PERMISSION
    STORE_CREDIT_REFUND_B2B_NOT_SUPPORTED STORE_CREDIT_REFUND_EXPIRATION_IN_PAST
    STORE_CREDIT_REFUND_MISSING_CUSTOMER
}

input OrderCloseInput {
  id: ID!
}

type OrderClosePayload {
  order: Order
  userErrors: [UserError!]!
}

type OrderConnection {
  edges: [OrderEdge!]!
  nodes: [Order!]!
  pageInfo: PageInfo!
}

input OrderCreateAssociateCustomerAttributesInput {
  email: String
  id: ID
}

input OrderCreateCustomAttributeInput {
  key: String!
  value: String!
}

input OrderCreateCustomerAddressInput {
  address1: String
  address2: String
  city: String
  company: String
  country: String
  firstName: String
  lastName: String
  phone: String
  province: String
  zip: String
}

input OrderCreateCustomerInput @oneOf {
  toAssociate: OrderCreateAssociateCustomerAttributesInput
  toUpsert: OrderCreateUpsertCustomerAttributesInput
}

input OrderCreateDiscountCodeInput {
  freeShippingDiscountCode: OrderCreateFreeShippingDiscountCodeAttributesInput
  itemFixedDiscountCode: OrderCreateFixedDiscountCodeAttributesInput
  itemPercentageDiscountCode: OrderCreatePercentageDiscountCodeAttributesInput
}

enum OrderCreateFinancialStatus {
    AUTHORIZED EXPIRED PAID PARTIALLY_PAID PARTIALLY_REFUNDED PENDING REFUNDED VOIDED
}

input OrderCreateFixedDiscountCodeAttributesInput {
  amountSet: MoneyBagInput
  code: String!
}

input OrderCreateFreeShippingDiscountCodeAttributesInput {
  code: String!
}

input OrderCreateFulfillmentInput {
  locationId: ID!
  notifyCustomer: Boolean = false
  originAddress: FulfillmentOriginAddressInput
  shipmentStatus: FulfillmentEventStatus
  trackingCompany: String
  trackingNumber: String
}

enum OrderCreateFulfillmentStatus {
    FULFILLED PARTIAL RESTOCKED
}

enum OrderCreateInputsInventoryBehavior {
    BYPASS DECREMENT_IGNORING_POLICY DECREMENT_OBEYING_POLICY
}

input OrderCreateLineItemInput {
  fulfillmentService: String
  giftCard: Boolean = false
  priceSet: MoneyBagInput
  productId: ID
  properties: [OrderCreateLineItemPropertyInput!]
  quantity: Int!
  requiresShipping: Boolean = false
  sku: String
  taxLines: [OrderCreateTaxLineInput!]
  taxable: Boolean = true
  title: String
  variantId: ID
  variantTitle: String
  vendor: String
  weight: WeightInput
}

input OrderCreateLineItemPropertyInput {
  name: String!
  value: String!
}

input OrderCreateOptionsInput {
  inventoryBehaviour: OrderCreateInputsInventoryBehavior = BYPASS
  sendFulfillmentReceipt: Boolean = false
  sendReceipt: Boolean = false
}

input OrderCreateOrderInput {
  billingAddress: MailingAddressInput
  buyerAcceptsMarketing: Boolean = null
  closedAt: DateTime
  companyLocationId: ID
  currency: CurrencyCode
  customAttributes: [OrderCreateCustomAttributeInput!]
  customer: OrderCreateCustomerInput
  customerId: ID
  discountCode: OrderCreateDiscountCodeInput
  email: String
  financialStatus: OrderCreateFinancialStatus
  fulfillment: OrderCreateFulfillmentInput
  fulfillmentStatus: OrderCreateFulfillmentStatus
  lineItems: [OrderCreateLineItemInput!]
  metafields: [MetafieldInput!]
  name: String
  note: String
  phone: String
  poNumber: String
  presentmentCurrency: CurrencyCode
  processedAt: DateTime
  referringSite: URL
  shippingAddress: MailingAddressInput
  shippingLines: [OrderCreateShippingLineInput!]
  sourceIdentifier: String
  sourceName: String
  sourceUrl: URL
  tags: [String!]
  taxLines: [OrderCreateTaxLineInput!]
  taxesIncluded: Boolean = false
  test: Boolean = false
  transactions: [OrderCreateOrderTransactionInput!]
  userId: ID
}

input OrderCreateOrderTransactionInput {
  amountSet: MoneyBagInput!
  authorizationCode: String
  deviceId: ID
  gateway: String
  giftCardId: ID
  kind: OrderTransactionKind = SALE
  locationId: ID
  processedAt: DateTime
  receiptJson: JSON
  status: OrderTransactionStatus = SUCCESS
  test: Boolean = false
  userId: ID
}

type OrderCreatePayload {
  order: Order
  userErrors: [OrderCreateUserError!]!
}

input OrderCreatePercentageDiscountCodeAttributesInput {
  code: String!
  percentage: Float
}

input OrderCreateShippingLineInput {
  code: String
  priceSet: MoneyBagInput!
  source: String
  taxLines: [OrderCreateTaxLineInput!]
  title: String!
}

input OrderCreateTaxLineInput {
  channelLiable: Boolean = false
  priceSet: MoneyBagInput
  rate: Decimal!
  title: String!
}

input OrderCreateUpsertCustomerAttributesInput {
  addresses: [OrderCreateCustomerAddressInput!]
  email: String
  firstName: String
  id: ID
  lastName: String
  multipassIdentifier: String
  note: String
  phone: String
  tags: [String!]
  taxExempt: Boolean
}

type OrderCreateUserError {
  code: OrderCreateUserErrorCode
  field: [String!]
  message: String!
}

enum OrderCreateUserErrorCode {
    FULFILLMENT_SERVICE_INVALID INVALID INVENTORY_CLAIM_FAILED PROCESSED_AT_INVALID
    REDUNDANT_CUSTOMER_FIELDS SHOP_DORMANT TAX_LINE_RATE_MISSING
}

enum OrderDisplayFinancialStatus {
    AUTHORIZED EXPIRED PAID PARTIALLY_PAID PARTIALLY_REFUNDED PENDING REFUNDED VOIDED
}

enum OrderDisplayFulfillmentStatus {
    FULFILLED IN_PROGRESS ON_HOLD OPEN PARTIALLY_FULFILLED PENDING_FULFILLMENT REQUEST_DECLINED
    RESTOCKED SCHEDULED UNFULFILLED
}

type OrderEdge {
  node: Order!
}

type OrderEditBeginPayload {
  calculatedOrder: CalculatedOrder
  userErrors: [UserError!]!
}

type OrderEditCommitPayload {
  order: Order
  userErrors: [UserError!]!
}

type OrderEditSetQuantityPayload {
  calculatedOrder: CalculatedOrder
  userErrors: [UserError!]!
}

input OrderInput {
  customAttributes: [AttributeInput!]
  email: String
  id: ID!
  localizationExtensions: [LocalizationExtensionInput!]
  localizedFields: [LocalizedFieldInput!]
  metafields: [MetafieldInput!]
  note: String
  phone: String
  poNumber: String
  shippingAddress: MailingAddressInput
  tags: [String!]
}

input OrderOpenInput {
  id: ID!
}

type OrderOpenPayload {
  order: Order
  userErrors: [UserError!]!
}

enum OrderReturnStatus {
    INSPECTION_COMPLETE IN_PROGRESS NO_RETURN RETURNED RETURN_FAILED RETURN_REQUESTED
}

enum OrderSortKeys {
    CREATED_AT CURRENT_TOTAL_PRICE CUSTOMER_NAME DESTINATION FINANCIAL_STATUS FULFILLMENT_STATUS ID
    ORDER_NUMBER PO_NUMBER PROCESSED_AT RELEVANCE TOTAL_ITEMS_QUANTITY TOTAL_PRICE UPDATED_AT
}

type OrderTransaction implements Node {
  amountSet: MoneyBag!
  gateway: String
  id: ID!
  kind: OrderTransactionKind!
  paymentId: String
  processedAt: DateTime
  status: OrderTransactionStatus!
}

input OrderTransactionInput {
  amount: Money!
  gateway: String!
  kind: OrderTransactionKind!
  orderId: ID!
  parentId: ID
}

enum OrderTransactionKind {
    AUTHORIZATION CAPTURE CHANGE EMV_AUTHORIZATION REFUND SALE SUGGESTED_REFUND VOID
}

enum OrderTransactionStatus {
    AWAITING_RESPONSE ERROR FAILURE PENDING SUCCESS UNKNOWN
}

type OrderUpdatePayload {
  order: Order
  userErrors: [UserError!]!
}

type PageInfo {
  endCursor: String
  hasNextPage: Boolean!
  hasPreviousPage: Boolean!
  startCursor: String
}

type PriceList implements Node {
  currency: CurrencyCode!
  id: ID!
  name: String!
  prices(
    after: String first: Int originType: PriceListPriceOriginType query: String
  ): PriceListPriceConnection!
}

type PriceListConnection {
  nodes: [PriceList!]!
}

type PriceListFixedPricesUpdatePayload {
  deletedFixedPriceVariantIds: [ID!]
  userErrors: [PriceListPriceUserError!]!
}

type PriceListPrice {
  compareAtPrice: MoneyV2
  price: MoneyV2!
  variant: ProductVariant!
}

type PriceListPriceConnection {
  nodes: [PriceListPrice!]!
  pageInfo: PageInfo!
}

input PriceListPriceInput {
  compareAtPrice: MoneyInput
  price: MoneyInput!
  variantId: ID!
}

enum PriceListPriceOriginType {
    FIXED RELATIVE
}

type PriceListPriceUserError {
  code: PriceListPriceUserErrorCode
  field: [String!]
  message: String!
}

enum PriceListPriceUserErrorCode {
    BLANK LOCAL_CURRENCY_GIFT_CARD_ISSUANCE_CURRENCY_MISMATCH LOCAL_CURRENCY_GIFT_CARD_LIMIT_EXCEEDED
    PRICE_LIST_CURRENCY_MISMATCH PRICE_LIST_NOT_FOUND PRICE_NOT_FIXED VARIANT_NOT_FOUND
}

type Product implements Node {
  createdAt: DateTime!
  descriptionHtml: HTML!
  handle: String!
  id: ID!
  media(
    after: String first: Int
  ): MediaConnection!
  metafield(
    key: String! namespace: String
  ): Metafield
  options(
    first: Int
  ): [ProductOption!]!
  productType: String!
  resourcePublicationsV2(
    after: String first: Int
  ): ResourcePublicationV2Connection!
  status: ProductStatus!
  tags: [String!]!
  title: String!
  updatedAt: DateTime!
  variants(
    after: String first: Int
  ): ProductVariantConnection!
  vendor: String!
}

input ProductClaimOwnershipInput {
  bundles: Boolean
}

type ProductConnection {
  edges: [ProductEdge!]!
  nodes: [Product!]!
  pageInfo: PageInfo!
}

input ProductDeleteInput {
  id: ID!
}

type ProductDeletePayload {
  deletedProductId: ID
  userErrors: [UserError!]!
}

type ProductEdge {
  node: Product!
}

input ProductIdentifierInput @oneOf {
  customId: UniqueMetafieldValueInput
  handle: String
  id: ID
}

type ProductOption implements Node {
  id: ID!
  name: String!
  position: Int!
  values: [String!]!
}

input ProductSetIdentifiers @oneOf {
  customId: UniqueMetafieldValueInput
  handle: String
  id: ID
}

input ProductSetInput {
  category: ID
  claimOwnership: ProductClaimOwnershipInput
  collections: [ID!]
  combinedListingRole: CombinedListingsRole
  descriptionHtml: String
  files: [FileSetInput!]
  giftCard: Boolean
  giftCardTemplateSuffix: String
  handle: String
  id: ID
  metafields: [MetafieldInput!]
  productOptions: [OptionSetInput!]
  productType: String
  redirectNewHandle: Boolean
  requiresSellingPlan: Boolean
  seo: SEOInput
  status: ProductStatus
  tags: [String!]
  templateSuffix: String
  title: String
  variants: [ProductVariantSetInput!]
  vendor: String
}

input ProductSetInventoryInput {
  locationId: ID!
  name: String!
  quantity: Int!
}

type ProductSetPayload {
  product: Product
  userErrors: [ProductSetUserError!]!
}

type ProductSetUserError {
  code: ProductSetUserErrorCode
  field: [String!]
  message: String!
}

enum ProductSetUserErrorCode {
    CANNOT_COMBINE_LINKED_AND_NONLINKED_OPTION_VALUES CAPABILITY_VIOLATION DUPLICATED_METAFIELD_VALUE
    DUPLICATED_OPTION_NAME DUPLICATED_OPTION_VALUE DUPLICATED_VALUE DUPLICATE_LINKED_OPTION
    GENERIC_ERROR GIFT_CARDS_NOT_ACTIVATED GIFT_CARD_ATTRIBUTE_CANNOT_BE_CHANGED HANDLE_NOT_UNIQUE
    ID_NOT_ALLOWED INPUT_MISMATCH INVALID_INPUT INVALID_METAFIELD
    INVALID_METAFIELD_VALUE_FOR_LINKED_OPTION INVALID_PRODUCT INVALID_VARIANT
    INVENTORY_QUANTITIES_LIMIT_EXCEEDED JOB_ERROR LINKED_METAFIELD_DEFINITION_NOT_FOUND
    LINKED_OPTIONS_NOT_SUPPORTED_FOR_SHOP METAFIELD_MISMATCH MISSING_FIELD_REQUIRED NOT_FOUND
    OPTIONS_OVER_LIMIT OPTION_DOES_NOT_EXIST OPTION_VALUES_MISSING OPTION_VALUES_OVER_LIMIT
    OPTION_VALUE_DOES_NOT_EXIST PRODUCT_DOES_NOT_EXIST PRODUCT_OPTIONS_INPUT_MISSING
    PRODUCT_SUSPENDED PRODUCT_VARIANT_DOES_NOT_EXIST VARIANTS_INPUT_MISSING VARIANTS_OVER_LIMIT
}

enum ProductSortKeys {
    CREATED_AT ID INVENTORY_TOTAL PRODUCT_TYPE PUBLISHED_AT RELEVANCE TITLE UPDATED_AT VENDOR
}

enum ProductStatus {
    ACTIVE ARCHIVED DRAFT UNLISTED
}

input ProductUpdateInput {
  category: ID
  collectionsToJoin: [ID!]
  collectionsToLeave: [ID!]
  deleteConflictingConstrainedMetafields: Boolean = false
  descriptionHtml: String
  giftCardTemplateSuffix: String
  handle: String
  id: ID
  metafields: [MetafieldInput!]
  productType: String
  redirectNewHandle: Boolean
  requiresSellingPlan: Boolean
  seo: SEOInput
  status: ProductStatus
  tags: [String!]
  templateSuffix: String
  title: String
  vendor: String
}

type ProductUpdatePayload {
  product: Product
  userErrors: [UserError!]!
}

type ProductVariant implements Node {
  barcode: String
  compareAtPrice: Money
  id: ID!
  inventoryItem: InventoryItem!
  position: Int!
  price: Money!
  selectedOptions: [SelectedOption!]!
  sku: String
  taxable: Boolean!
  title: String!
  updatedAt: DateTime!
}

type ProductVariantConnection {
  edges: [ProductVariantEdge!]!
  pageInfo: PageInfo!
}

type ProductVariantEdge {
  node: ProductVariant!
}

enum ProductVariantInventoryPolicy {
    CONTINUE DENY
}

input ProductVariantSetInput {
  barcode: String
  compareAtPrice: Money
  file: FileSetInput
  id: ID
  inventoryItem: InventoryItemInput
  inventoryPolicy: ProductVariantInventoryPolicy
  inventoryQuantities: [ProductSetInventoryInput!]
  metafields: [MetafieldInput!]
  optionValues: [VariantOptionValueInput!]!
  position: Int
  price: Money
  published: Boolean
  requiresComponents: Boolean
  showUnitPrice: Boolean
  sku: String
  taxCode: String
  taxable: Boolean
  unitPriceMeasurement: UnitPriceMeasurementInput
}

type ProductVariantsBulkCreatePayload {
  productVariants: [ProductVariant!]
  userErrors: [ProductVariantsBulkCreateUserError!]!
}

enum ProductVariantsBulkCreateStrategy {
    DEFAULT PRESERVE_STANDALONE_VARIANT REMOVE_STANDALONE_VARIANT
}

type ProductVariantsBulkCreateUserError {
  code: ProductVariantsBulkCreateUserErrorCode
  field: [String!]
  message: String!
}

enum ProductVariantsBulkCreateUserErrorCode {
    CANNOT_SET_NAME_FOR_LINKED_OPTION_VALUE GREATER_THAN_OR_EQUAL_TO INVALID INVALID_INPUT
    INVENTORY_QUANTITIES_LIMIT_EXCEEDED LOCAL_CURRENCY_GIFT_CARD_PRICE_MUST_BE_ZERO
    MUST_BE_FOR_THIS_PRODUCT NEED_TO_ADD_OPTION_VALUES NEGATIVE_PRICE_VALUE NOT_DEFINED_FOR_SHOP
    NO_KEY_ON_CREATE OPTION_VALUES_FOR_NUMBER_OF_UNKNOWN_OPTIONS PRODUCT_DOES_NOT_EXIST
    PRODUCT_SUSPENDED SUBSCRIPTION_VIOLATION TOO_MANY_INVENTORY_LOCATIONS
    TRACKED_VARIANT_LOCATION_NOT_FOUND UNSUPPORTED_COMBINED_LISTING_PARENT_OPERATION
    VARIANT_ALREADY_EXISTS VARIANT_ALREADY_EXISTS_CHANGE_OPTION_VALUE
}

type ProductVariantsBulkDeletePayload {
  userErrors: [ProductVariantsBulkDeleteUserError!]!
}

type ProductVariantsBulkDeleteUserError {
  code: ProductVariantsBulkDeleteUserErrorCode
  field: [String!]
  message: String!
}

enum ProductVariantsBulkDeleteUserErrorCode {
    AT_LEAST_ONE_VARIANT_DOES_NOT_BELONG_TO_THE_PRODUCT CANNOT_DELETE_LAST_VARIANT
    PRODUCT_DOES_NOT_EXIST PRODUCT_SUSPENDED UNSUPPORTED_COMBINED_LISTING_PARENT_OPERATION
}

input ProductVariantsBulkInput {
  barcode: String
  compareAtPrice: Money
  id: ID
  inventoryItem: InventoryItemInput
  inventoryPolicy: ProductVariantInventoryPolicy
  inventoryQuantities: [InventoryLevelInput!]
  mediaId: ID
  mediaSrc: [String!]
  metafields: [MetafieldInput!]
  optionValues: [VariantOptionValueInput!]
  price: Money
  published: Boolean
  quantityAdjustments: [InventoryAdjustmentInput!]
  requiresComponents: Boolean
  showUnitPrice: Boolean
  taxCode: String
  taxable: Boolean
  unitPriceMeasurement: UnitPriceMeasurementInput
}

type ProductVariantsBulkUpdatePayload {
  productVariants: [ProductVariant!]
  userErrors: [ProductVariantsBulkUpdateUserError!]!
}

type ProductVariantsBulkUpdateUserError {
  code: ProductVariantsBulkUpdateUserErrorCode
  field: [String!]
  message: String!
}

enum ProductVariantsBulkUpdateUserErrorCode {
    BLANK CANNOT_SET_NAME_FOR_LINKED_OPTION_VALUE CANNOT_SPECIFY_BOTH GREATER_THAN_OR_EQUAL_TO
    INVALID_INPUT INVALID_VALUE INVENTORY_QUANTITIES_LIMIT_EXCEEDED
    LOCAL_CURRENCY_GIFT_CARD_PRICE_MUST_BE_ZERO MUST_BE_FOR_THIS_PRODUCT MUST_SPECIFY_ONE_OF_PAIR
    NEED_TO_ADD_OPTION_VALUES NEGATIVE_PRICE_VALUE NOT_DEFINED_FOR_SHOP
    NO_INVENTORY_QUANTITES_DURING_UPDATE NO_INVENTORY_QUANTITIES_ON_VARIANTS_UPDATE
    OPTION_DOES_NOT_EXIST OPTION_VALUES_FOR_NUMBER_OF_UNKNOWN_OPTIONS OPTION_VALUE_DOES_NOT_EXIST
    OPTION_VALUE_NAME_TOO_LONG PRODUCT_DOES_NOT_EXIST PRODUCT_SUSPENDED
    PRODUCT_VARIANT_DOES_NOT_EXIST PRODUCT_VARIANT_ID_MISSING SUBSCRIPTION_VIOLATION TOO_LONG
    TOO_SHORT UNSUPPORTED_COMBINED_LISTING_PARENT_OPERATION VARIANT_ALREADY_EXISTS
}

type Publication implements Node {
  catalog: Catalog
  id: ID!
}

type PublicationConnection {
  nodes: [Publication!]!
}

input PublicationInput {
  channelId: ID
  publicationId: ID
  publishDate: DateTime
}

type PublishablePublishPayload {
  userErrors: [UserError!]!
}

type PublishableUnpublishPayload {
  userErrors: [UserError!]!
}

type QueryRoot {
  bulkOperation(
    id: ID!
  ): BulkOperation
  currentAppInstallation: AppInstallation!
  customerByIdentifier(
    identifier: CustomerIdentifierInput!
  ): Customer
  customerMergeJobStatus(
    jobId: ID!
  ): CustomerMergeRequest
  customers(
    after: String first: Int query: String sortKey: CustomerSortKeys = ID
  ): CustomerConnection!
  customersCount: Count
  deletionEvents(
    after: String first: Int query: String sortKey: DeletionEventSortKeys = ID
    subjectTypes: [DeletionEventSubjectType!]
  ): DeletionEventConnection!
  events(
    after: String first: Int query: String sortKey: EventSortKeys = ID
  ): EventConnection
  location(
    id: ID
  ): Location
  locations(
    after: String first: Int includeInactive: Boolean = false sortKey: LocationSortKeys = NAME
  ): LocationConnection!
  metafieldDefinitions(
    after: String first: Int ownerType: MetafieldOwnerType!
  ): MetafieldDefinitionConnection!
  nodes(
    ids: [ID!]!
  ): [Node]!
  order(
    id: ID!
  ): Order
  orders(
    after: String first: Int query: String sortKey: OrderSortKeys = PROCESSED_AT
  ): OrderConnection!
  priceList(
    id: ID!
  ): PriceList
  priceLists(
    after: String first: Int
  ): PriceListConnection!
  product(
    id: ID!
  ): Product
  productByIdentifier(
    identifier: ProductIdentifierInput!
  ): Product
  products(
    after: String first: Int query: String sortKey: ProductSortKeys = ID
  ): ProductConnection!
  productsCount: Count
  publications(
    after: String first: Int
  ): PublicationConnection!
  shop: Shop!
  webhookSubscriptions(
    after: String first: Int
  ): WebhookSubscriptionConnection!
}

type Refund implements Node {
  createdAt: DateTime
  id: ID!
  note: String
  processedAt: DateTime!
  totalRefundedSet: MoneyBag!
}

type RefundCreatePayload {
  refund: Refund
  userErrors: [UserError!]!
}

input RefundDutyInput {
  dutyId: ID!
  refundType: RefundDutyRefundType
}

enum RefundDutyRefundType {
    FULL PROPORTIONAL
}

input RefundInput {
  allowOverRefunding: Boolean = false
  currency: CurrencyCode
  discrepancyReason: OrderAdjustmentInputDiscrepancyReason
  note: String
  notify: Boolean
  orderId: ID!
  processedAt: DateTime
  refundDuties: [RefundDutyInput!]
  refundLineItems: [RefundLineItemInput!]
  refundMethods: [RefundMethodInput!] = []
  shipping: ShippingRefundInput
  transactions: [OrderTransactionInput!]
}

input RefundLineItemInput {
  lineItemId: ID!
  locationId: ID
  quantity: Int!
  restockType: RefundLineItemRestockType
}

enum RefundLineItemRestockType {
    CANCEL LEGACY_RESTOCK NO_RESTOCK RETURN
}

input RefundMethodInput @oneOf {
  storeCreditRefund: StoreCreditRefundInput
}

type ResourcePublicationV2 {
  isPublished: Boolean!
  publication: Publication!
  publishDate: DateTime
}

type ResourcePublicationV2Connection {
  edges: [ResourcePublicationV2Edge!]!
  pageInfo: PageInfo!
}

type ResourcePublicationV2Edge {
  node: ResourcePublicationV2!
}

input SEOInput {
  description: String
  title: String
}

type SelectedOption {
  name: String!
  value: String!
}

type ShippingLine {
  code: String
  discountAllocations: [DiscountAllocation!]!
  id: ID
  originalPriceSet: MoneyBag!
  taxLines: [TaxLine!]!
  title: String!
}

type ShippingLineConnection {
  edges: [ShippingLineEdge!]!
  pageInfo: PageInfo!
}

type ShippingLineEdge {
  node: ShippingLine!
}

input ShippingRefundInput {
  amount: Money
  fullRefund: Boolean
}

type Shop implements Node {
  currencyCode: CurrencyCode!
  ianaTimezone: String!
  id: ID!
  myshopifyDomain: String!
  name: String!
  plan: ShopPlan!
  taxesIncluded: Boolean!
}

type ShopPlan {
  partnerDevelopment: Boolean!
  publicDisplayName: String!
}

type StagedMediaUploadTarget {
  parameters: [StagedUploadParameter!]!
  resourceUrl: URL
  url: URL
}

enum StagedUploadHttpMethodType {
    POST PUT
}

input StagedUploadInput {
  fileSize: UnsignedInt64
  filename: String!
  httpMethod: StagedUploadHttpMethodType = PUT
  mimeType: String!
  resource: StagedUploadTargetGenerateUploadResource!
}

type StagedUploadParameter {
  name: String!
  value: String!
}

enum StagedUploadTargetGenerateUploadResource {
    BULK_MUTATION_VARIABLES COLLECTION_IMAGE DISPUTE_FILE_UPLOAD FILE IMAGE MODEL_3D PRODUCT_IMAGE
    RETURN_LABEL SHOP_IMAGE URL_REDIRECT_IMPORT VIDEO
}

type StagedUploadsCreatePayload {
  stagedTargets: [StagedMediaUploadTarget!]
  userErrors: [UserError!]!
}

input StoreCreditRefundInput {
  amount: MoneyInput!
  expiresAt: DateTime
}

type TagsAddPayload {
  userErrors: [UserError!]!
}

type TagsRemovePayload {
  userErrors: [UserError!]!
}

enum TaxExemption {
    CA_BC_COMMERCIAL_FISHERY_EXEMPTION CA_BC_CONTRACTOR_EXEMPTION
    CA_BC_PRODUCTION_AND_MACHINERY_EXEMPTION CA_BC_RESELLER_EXEMPTION CA_BC_SUB_CONTRACTOR_EXEMPTION
    CA_DIPLOMAT_EXEMPTION CA_MB_COMMERCIAL_FISHERY_EXEMPTION CA_MB_FARMER_EXEMPTION
    CA_MB_RESELLER_EXEMPTION CA_NL_VPT_RESELLER_EXEMPTION CA_NS_COMMERCIAL_FISHERY_EXEMPTION
    CA_NS_FARMER_EXEMPTION CA_ON_PURCHASE_EXEMPTION CA_PE_COMMERCIAL_FISHERY_EXEMPTION
    CA_SK_COMMERCIAL_FISHERY_EXEMPTION CA_SK_CONTRACTOR_EXEMPTION CA_SK_FARMER_EXEMPTION
    CA_SK_PRODUCTION_AND_MACHINERY_EXEMPTION CA_SK_RESELLER_EXEMPTION CA_SK_SUB_CONTRACTOR_EXEMPTION
    CA_SK_VPT_RESELLER_EXEMPTION CA_STATUS_CARD_EXEMPTION EU_REVERSE_CHARGE_EXEMPTION_RULE
    US_AK_RESELLER_EXEMPTION US_AL_RESELLER_EXEMPTION US_AR_RESELLER_EXEMPTION
    US_AZ_RESELLER_EXEMPTION US_CA_RESELLER_EXEMPTION US_CO_RESELLER_EXEMPTION
    US_CT_RESELLER_EXEMPTION US_DC_RESELLER_EXEMPTION US_DE_RESELLER_EXEMPTION
    US_FL_RESELLER_EXEMPTION US_GA_RESELLER_EXEMPTION US_HI_RESELLER_EXEMPTION
    US_IA_RESELLER_EXEMPTION US_ID_RESELLER_EXEMPTION US_IL_RESELLER_EXEMPTION
    US_IN_RESELLER_EXEMPTION US_KS_RESELLER_EXEMPTION US_KY_RESELLER_EXEMPTION
    US_LA_RESELLER_EXEMPTION US_MA_RESELLER_EXEMPTION US_MD_RESELLER_EXEMPTION
    US_ME_RESELLER_EXEMPTION US_MI_RESELLER_EXEMPTION US_MN_RESELLER_EXEMPTION
    US_MO_RESELLER_EXEMPTION US_MS_RESELLER_EXEMPTION US_MT_RESELLER_EXEMPTION
    US_NC_RESELLER_EXEMPTION US_ND_RESELLER_EXEMPTION US_NE_RESELLER_EXEMPTION
    US_NH_RESELLER_EXEMPTION US_NJ_RESELLER_EXEMPTION US_NM_RESELLER_EXEMPTION
    US_NV_RESELLER_EXEMPTION US_NY_RESELLER_EXEMPTION US_OH_RESELLER_EXEMPTION
    US_OK_RESELLER_EXEMPTION US_OR_RESELLER_EXEMPTION US_PA_RESELLER_EXEMPTION
    US_RI_RESELLER_EXEMPTION US_SC_RESELLER_EXEMPTION US_SD_RESELLER_EXEMPTION
    US_TN_RESELLER_EXEMPTION US_TX_RESELLER_EXEMPTION US_UT_RESELLER_EXEMPTION
    US_VA_RESELLER_EXEMPTION US_VT_RESELLER_EXEMPTION US_WA_RESELLER_EXEMPTION
    US_WI_RESELLER_EXEMPTION US_WV_RESELLER_EXEMPTION US_WY_RESELLER_EXEMPTION
}

type TaxLine {
  priceSet: MoneyBag!
  ratePercentage: Float
  title: String!
}

scalar URL

input UniqueMetafieldValueInput {
  key: String!
  namespace: String
  value: String!
}

input UnitPriceMeasurementInput {
  quantityUnit: UnitPriceMeasurementMeasuredUnit
  quantityValue: Float
  referenceUnit: UnitPriceMeasurementMeasuredUnit
  referenceValue: Int
}

enum UnitPriceMeasurementMeasuredUnit {
    CL CM FLOZ FT FT2 G GAL IN ITEM KG L LB M M2 M3 MG ML MM OZ PT QT UNKNOWN YD
}

scalar UnsignedInt64

type UserError {
  field: [String!]
  message: String!
}

input VariantOptionValueInput {
  id: ID
  linkedMetafieldValue: String
  name: String
  optionId: ID
  optionName: String
}

type WebhookSubscription implements Node {
  format: WebhookSubscriptionFormat!
  id: ID!
  topic: WebhookSubscriptionTopic!
  uri: String!
}

type WebhookSubscriptionConnection {
  nodes: [WebhookSubscription!]!
  pageInfo: PageInfo!
}

type WebhookSubscriptionCreatePayload {
  userErrors: [UserError!]!
  webhookSubscription: WebhookSubscription
}

type WebhookSubscriptionDeletePayload {
  deletedWebhookSubscriptionId: ID
  userErrors: [UserError!]!
}

enum WebhookSubscriptionFormat {
    JSON XML
}

input WebhookSubscriptionInput {
  callbackUrl: URL
  filter: String
  format: WebhookSubscriptionFormat
  includeFields: [String!]
  metafieldNamespaces: [String!]
  metafields: [HasMetafieldsMetafieldIdentifierInput!]
  name: String
  uri: String
}

enum WebhookSubscriptionTopic {
    APP_PURCHASES_ONE_TIME_UPDATE APP_SCOPES_UPDATE APP_SUBSCRIPTIONS_APPROACHING_CAPPED_AMOUNT
    APP_SUBSCRIPTIONS_UPDATE APP_UNINSTALLED AUDIT_EVENTS_ADMIN_API_ACTIVITY BULK_OPERATIONS_FINISH
    CARTS_CREATE CARTS_UPDATE CHANNELS_DELETE CHECKOUTS_CREATE CHECKOUTS_DELETE CHECKOUTS_UPDATE
    COLLECTIONS_CREATE COLLECTIONS_DELETE COLLECTIONS_UPDATE COLLECTION_LISTINGS_ADD
    COLLECTION_LISTINGS_REMOVE COLLECTION_LISTINGS_UPDATE COLLECTION_PUBLICATIONS_CREATE
    COLLECTION_PUBLICATIONS_DELETE COLLECTION_PUBLICATIONS_UPDATE COMPANIES_CREATE COMPANIES_DELETE
    COMPANIES_UPDATE COMPANY_CONTACTS_CREATE COMPANY_CONTACTS_DELETE COMPANY_CONTACTS_UPDATE
    COMPANY_CONTACT_ROLES_ASSIGN COMPANY_CONTACT_ROLES_REVOKE COMPANY_LOCATIONS_CREATE
    COMPANY_LOCATIONS_DELETE COMPANY_LOCATIONS_UPDATE CUSTOMERS_CREATE CUSTOMERS_DELETE
    CUSTOMERS_DISABLE CUSTOMERS_EMAIL_MARKETING_CONSENT_UPDATE CUSTOMERS_ENABLE
    CUSTOMERS_MARKETING_CONSENT_UPDATE CUSTOMERS_MERGE CUSTOMERS_PURCHASING_SUMMARY CUSTOMERS_UPDATE
    CUSTOMERS_WHATS_APP_MARKETING_CONSENT_UPDATE CUSTOMER_ACCOUNT_SETTINGS_UPDATE
    CUSTOMER_GROUPS_CREATE CUSTOMER_GROUPS_DELETE CUSTOMER_GROUPS_UPDATE CUSTOMER_JOINED_SEGMENT
    CUSTOMER_LEFT_SEGMENT CUSTOMER_PAYMENT_METHODS_CREATE CUSTOMER_PAYMENT_METHODS_REVOKE
    CUSTOMER_PAYMENT_METHODS_UPDATE CUSTOMER_TAGS_ADDED CUSTOMER_TAGS_REMOVED
    DELIVERY_PROMISE_SETTINGS_UPDATE DISCOUNTS_CREATE DISCOUNTS_DELETE DISCOUNTS_REDEEMCODE_ADDED
    DISCOUNTS_REDEEMCODE_REMOVED DISCOUNTS_UPDATE DISPUTES_CREATE DISPUTES_UPDATE DOMAINS_CREATE
    DOMAINS_DESTROY DOMAINS_UPDATE DRAFT_ORDERS_CREATE DRAFT_ORDERS_DELETE DRAFT_ORDERS_UPDATE
    FINANCE_APP_STAFF_MEMBER_DELETE FINANCE_APP_STAFF_MEMBER_GRANT FINANCE_APP_STAFF_MEMBER_REVOKE
    FINANCE_APP_STAFF_MEMBER_UPDATE FINANCE_KYC_INFORMATION_UPDATE FULFILLMENTS_CREATE
    FULFILLMENTS_UPDATE FULFILLMENT_EVENTS_CREATE FULFILLMENT_EVENTS_DELETE FULFILLMENT_HOLDS_ADDED
    FULFILLMENT_HOLDS_RELEASED FULFILLMENT_ORDERS_CANCELLATION_REQUEST_ACCEPTED
    FULFILLMENT_ORDERS_CANCELLATION_REQUEST_REJECTED
    FULFILLMENT_ORDERS_CANCELLATION_REQUEST_SUBMITTED FULFILLMENT_ORDERS_CANCELLED
    FULFILLMENT_ORDERS_FULFILLMENT_REQUEST_ACCEPTED FULFILLMENT_ORDERS_FULFILLMENT_REQUEST_REJECTED
    FULFILLMENT_ORDERS_FULFILLMENT_REQUEST_SUBMITTED
    FULFILLMENT_ORDERS_FULFILLMENT_SERVICE_FAILED_TO_COMPLETE FULFILLMENT_ORDERS_HOLD_RELEASED
    FULFILLMENT_ORDERS_LINE_ITEMS_PREPARED_FOR_LOCAL_DELIVERY
    FULFILLMENT_ORDERS_LINE_ITEMS_PREPARED_FOR_PICKUP
    FULFILLMENT_ORDERS_MANUALLY_REPORTED_PROGRESS_STOPPED FULFILLMENT_ORDERS_MERGED
    FULFILLMENT_ORDERS_MOVED FULFILLMENT_ORDERS_ORDER_ROUTING_COMPLETE
    FULFILLMENT_ORDERS_PLACED_ON_HOLD FULFILLMENT_ORDERS_PROGRESS_REPORTED
    FULFILLMENT_ORDERS_RESCHEDULED FULFILLMENT_ORDERS_SCHEDULED_FULFILLMENT_ORDER_READY
    FULFILLMENT_ORDERS_SPLIT INVENTORY_ITEMS_CREATE INVENTORY_ITEMS_DELETE INVENTORY_ITEMS_UPDATE
    INVENTORY_LEVELS_CONNECT INVENTORY_LEVELS_DISCONNECT INVENTORY_LEVELS_UPDATE
    INVENTORY_SHIPMENTS_ADD_ITEMS INVENTORY_SHIPMENTS_CREATE INVENTORY_SHIPMENTS_DELETE
    INVENTORY_SHIPMENTS_MARK_IN_TRANSIT INVENTORY_SHIPMENTS_RECEIVE_ITEMS
    INVENTORY_SHIPMENTS_REMOVE_ITEMS INVENTORY_SHIPMENTS_UPDATE_ITEM_QUANTITIES
    INVENTORY_SHIPMENTS_UPDATE_TRACKING INVENTORY_TRANSFERS_ADD_ITEMS INVENTORY_TRANSFERS_CANCEL
    INVENTORY_TRANSFERS_COMPLETE INVENTORY_TRANSFERS_READY_TO_SHIP INVENTORY_TRANSFERS_REMOVE_ITEMS
    INVENTORY_TRANSFERS_UPDATED INVENTORY_TRANSFERS_UPDATE_ITEM_QUANTITIES LOCALES_CREATE
    LOCALES_DESTROY LOCALES_UPDATE LOCATIONS_ACTIVATE LOCATIONS_CREATE LOCATIONS_DEACTIVATE
    LOCATIONS_DELETE LOCATIONS_UPDATE MARKETS_BACKUP_REGION_UPDATE MARKETS_CREATE MARKETS_DELETE
    MARKETS_UPDATE METAFIELD_DEFINITIONS_CREATE METAFIELD_DEFINITIONS_DELETE
    METAFIELD_DEFINITIONS_UPDATE METAOBJECTS_CREATE METAOBJECTS_DELETE METAOBJECTS_UPDATE
    ORDERS_CANCELLED ORDERS_CREATE ORDERS_DELETE ORDERS_EDITED ORDERS_FULFILLED ORDERS_LINK_REQUESTED
    ORDERS_PAID ORDERS_PARTIALLY_FULFILLED ORDERS_RISK_ASSESSMENT_CHANGED
    ORDERS_SHOPIFY_PROTECT_ELIGIBILITY_CHANGED ORDERS_UPDATED ORDER_TRANSACTIONS_CREATE
    PAYMENT_SCHEDULES_DUE PAYMENT_TERMS_CREATE PAYMENT_TERMS_DELETE PAYMENT_TERMS_UPDATE
    PRODUCTS_CREATE PRODUCTS_DELETE PRODUCTS_UPDATE PRODUCT_FEEDS_CREATE PRODUCT_FEEDS_FULL_SYNC
    PRODUCT_FEEDS_FULL_SYNC_FINISH PRODUCT_FEEDS_INCREMENTAL_SYNC PRODUCT_FEEDS_UPDATE
    PRODUCT_LISTINGS_ADD PRODUCT_LISTINGS_REMOVE PRODUCT_LISTINGS_UPDATE PRODUCT_PUBLICATIONS_CREATE
    PRODUCT_PUBLICATIONS_DELETE PRODUCT_PUBLICATIONS_UPDATE PROFILES_CREATE PROFILES_DELETE
    PROFILES_UPDATE REFUNDS_CREATE RETURNS_APPROVE RETURNS_CANCEL RETURNS_CLOSE RETURNS_DECLINE
    RETURNS_PROCESS RETURNS_REOPEN RETURNS_REQUEST RETURNS_UPDATE
    REVERSE_DELIVERIES_ATTACH_DELIVERABLE REVERSE_FULFILLMENT_ORDERS_DISPOSE
    SCHEDULED_PRODUCT_LISTINGS_ADD SCHEDULED_PRODUCT_LISTINGS_REMOVE
    SCHEDULED_PRODUCT_LISTINGS_UPDATE SEGMENTS_CREATE SEGMENTS_DELETE SEGMENTS_UPDATE
    SELLING_PLAN_GROUPS_CREATE SELLING_PLAN_GROUPS_DELETE SELLING_PLAN_GROUPS_UPDATE
    SHIPPING_ADDRESSES_CREATE SHIPPING_ADDRESSES_UPDATE SHOP_UPDATE
    SUBSCRIPTION_BILLING_ATTEMPTS_CHALLENGED SUBSCRIPTION_BILLING_ATTEMPTS_FAILURE
    SUBSCRIPTION_BILLING_ATTEMPTS_SUCCESS SUBSCRIPTION_BILLING_CYCLES_SKIP
    SUBSCRIPTION_BILLING_CYCLES_UNSKIP SUBSCRIPTION_BILLING_CYCLE_EDITS_CREATE
    SUBSCRIPTION_BILLING_CYCLE_EDITS_DELETE SUBSCRIPTION_BILLING_CYCLE_EDITS_UPDATE
    SUBSCRIPTION_CONTRACTS_ACTIVATE SUBSCRIPTION_CONTRACTS_CANCEL SUBSCRIPTION_CONTRACTS_CREATE
    SUBSCRIPTION_CONTRACTS_EXPIRE SUBSCRIPTION_CONTRACTS_FAIL SUBSCRIPTION_CONTRACTS_PAUSE
    SUBSCRIPTION_CONTRACTS_UPDATE TAX_SERVICES_CREATE TAX_SERVICES_UPDATE TENDER_TRANSACTIONS_CREATE
    THEMES_CREATE THEMES_DELETE THEMES_PUBLISH THEMES_UPDATE VARIANTS_IN_STOCK VARIANTS_OUT_OF_STOCK
}

type Weight {
  unit: WeightUnit!
  value: Float!
}

input WeightInput {
  unit: WeightUnit!
  value: Float!
}

enum WeightUnit {
    GRAMS KILOGRAMS OUNCES POUNDS
}
`
