/** The flat records of the connector's resources: what mappings are written between. Column names follow the API. */
import { Schema as S } from "effect"

const Text = S.NullOr(S.String)
const Flag = S.NullOr(S.Boolean)
const Count = S.NullOr(S.Int)
/** Amounts are decimals in text. */
const Amount = S.NullOr(S.String)

/** `name` and `subdivision` are made of the columns beside them, and are what mappings write. */
const address = <P extends string>(of: P) => ({
  [`${of}.company`]: Text, [`${of}.address1`]: Text, [`${of}.address2`]: Text, [`${of}.name`]: Text, [`${of}.city`]: Text,
  [`${of}.zip`]: Text, [`${of}.subdivision`]: Text, [`${of}.countryCodeV2`]: Text, [`${of}.phone`]: Text
}) as { readonly [K in `${P}.${Part}`]: typeof Text }

type Part = "company" | "address1" | "address2" | "name" | "city" | "zip" | "subdivision" | "countryCodeV2" | "phone"

export const CustomerRecord = S.Struct({
  id: S.String, createdAt: S.String, updatedAt: S.String,
  firstName: Text, lastName: Text, locale: Text, note: Text, tags: Text, state: Text, taxExempt: Flag,
    verifiedEmail: Flag,
  "defaultEmailAddress.emailAddress": Text, "defaultEmailAddress.marketingState": Text,
  "defaultEmailAddress.marketingOptInLevel": Text, "defaultEmailAddress.marketingUpdatedAt": Text,
  "defaultPhoneNumber.phoneNumber": Text, "defaultPhoneNumber.marketingState": Text,
  "defaultPhoneNumber.marketingOptInLevel": Text, "defaultPhoneNumber.marketingUpdatedAt": Text,
  ...address("defaultAddress"),
  addresses: S.Array(S.Struct({
    id: S.String, firstName: Text, lastName: Text, company: Text, address1: Text, address2: Text, city: Text, zip: Text,
    provinceCode: Text, countryCodeV2: Text, phone: Text
  }))
})

export const ProductRecord = S.Struct({
  id: S.String, createdAt: S.String, updatedAt: S.String,
  title: S.String.check(S.isMaxLength(255)), handle: Text, descriptionHtml: S.String, vendor: S.String,
    productType: S.String,
  status: S.String, tags: Text, publications: Text,
  options: S.Array(S.Struct({ id: S.String, name: S.String, position: S.Int, values: S.NullOr(S.Json) })),
  variants: S.Array(S.Struct({
    id: S.String, sku: Text, barcode: Text, title: Text, price: S.String, "price.currency": S.String,
      compareAtPrice: Amount, "compareAtPrice.currency": Text, position: Count,
    taxable: Flag, taxesIncluded: Flag, optionValues: S.NullOr(S.Json),
    "inventoryItem.id": Text, "inventoryItem.tracked": S.Boolean, "inventoryItem.requiresShipping": S.Boolean,
    "inventoryItem.unitCost": Amount, "inventoryItem.unitCost.currency": Text,
    "inventoryItem.measurement.weight.value": S.NullOr(S.Number), "inventoryItem.measurement.weight.unit": Text
  })),
  media: S.Array(S.Struct({ id: S.String, url: Text, alt: Text, position: S.Int }))
})

export const OrderRecord = S.Struct({
  id: S.String, name: S.String, createdAt: S.String, updatedAt: S.String, processedAt: S.String,
  /** `open`, `closed` or `cancelled`: made of the times beside it, and what mappings write. */
  lifecycle: S.String, cancelledAt: Text, cancelReason: Text, closedAt: Text, test: S.Boolean, edited: S.Boolean,
  currencyCode: S.String, taxesIncluded: S.Boolean, sourceName: Text, sourceIdentifier: Text,
  email: Text, phone: Text, note: Text, tags: Text,
  displayFinancialStatus: Text, displayFulfillmentStatus: S.String, returnStatus: S.String,
  "customer.id": Text, "retailLocation.id": Text,
  ...address("billingAddress"), ...address("shippingAddress"),
  total: Amount, tax: Amount, shipping: Amount, orderDiscount: Amount, tip: Amount, received: Amount, refunded: Amount,
  due: Amount,
  lines: S.Array(S.Struct({
    id: S.String, sku: Text, title: Text, variantTitle: Text, quantity: S.Int, currentQuantity: S.Int, "variant.id": Text,
    unitPrice: Amount, "unitPrice.currency": Text, total: Amount, "total.currency": Text,
    discountAllocations: S.NullOr(S.Json), taxLines: S.NullOr(S.Json), customAttributes: S.NullOr(S.Json)
  })),
  shippingLines: S.Array(S.Struct({
    id: Text, code: Text, title: Text, price: Amount, "price.currency": Text, discountAllocations: S.NullOr(S.Json),
    taxLines: S.NullOr(S.Json)
  })),
  transactions: S.Array(S.Struct({
    id: S.String, kind: S.String, status: S.String, gateway: Text, processedAt: Text, paymentId: Text, amount: Amount,
    "amount.currency": Text
  })),
  fulfillments: S.Array(S.Struct({
    id: S.String, status: S.String, createdAt: Text, deliveredAt: Text, "location.id": Text, company: Text,
    trackingInfo: S.NullOr(S.Json)
  })),
  refunds: S.Array(S.Struct({
    id: S.String, createdAt: Text, processedAt: Text, note: Text, amount: Amount, "amount.currency": Text
  }))
})

export const InventoryLevelRecord = S.Struct({
  id: S.String, updatedAt: S.String, isActive: S.Boolean, "location.id": S.String, "item.id": S.String, "item.sku": Text,
  "item.tracked": Flag, "variant.id": Text, on_hand: Count, available: Count, committed: Count, reserved: Count, incoming: Count
})

export const LocationRecord = S.Struct({
  id: S.String, name: S.String, isActive: S.Boolean, fulfillsOnlineOrders: S.Boolean, isFulfillmentService: S.Boolean,
  "address.address1": Text, "address.address2": Text, "address.city": Text, "address.zip": Text, "address.subdivision": Text, "address.countryCode": Text,
  "address.phone": Text
})
