/** What the connector makes of Square's nested objects: flat records, a dot in a column's name is just part of it. */
import { Schema as S } from "effect"

const Text = S.NullOr(S.String)
const Flag = S.NullOr(S.Boolean)
const Count = S.NullOr(S.Number)
/** Integer of the smallest unit of a currency; text where a double would lose digits. */
const Minor = S.NullOr(S.Union([S.Number, S.String]))
/** Square keeps no longer text: what is longer is withheld, never cut. */
const upTo = (length: number) => S.NullOr(S.String.check(S.isMaxLength(length)))

/** GET /v2/customers/{id}. Custom attributes are columns `custom_attributes.<key>`, read where a mapping asks for them. */
export const SquareCustomer = S.Struct({
  id: S.String,
  version: S.Number,
  created_at: S.String,
  updated_at: S.String,
  creation_source: Text,
  given_name: upTo(300),
  family_name: upTo(300),
  nickname: upTo(100),
  company_name: upTo(500),
  email_address: upTo(254),
  phone_number: Text,
  birthday: Text,
  reference_id: upTo(100),
  note: Text,
  "address.first_name": upTo(300),
  "address.last_name": upTo(300),
  "address.address_line_1": upTo(500),
  "address.address_line_2": upTo(500),
  "address.address_line_3": upTo(500),
  "address.sublocality": upTo(500),
  "address.locality": upTo(500),
  "address.administrative_district_level_1": upTo(500),
  "address.postal_code": upTo(12),
  "address.country": Text,
  "preferences.email_unsubscribed": Flag,
  "tax_ids.eu_vat": upTo(20)
})

/** An ITEM with its variations. Per-location prices and whatever else the object holds stay as they are on a write. */
export const SquareItem = S.Struct({
  id: S.String,
  version: S.Number,
  updated_at: S.String,
  present_at_all_locations: Flag,
  /** Ids, joined by commas. */
  present_at_location_ids: Text,
  absent_at_location_ids: Text,
  "item_data.name": upTo(512),
  "item_data.description_html": upTo(65_535),
  "item_data.abbreviation": upTo(24),
  "item_data.is_archived": Flag,
  "item_data.is_taxable": Flag,
  "item_data.product_type": Text,
  variations: S.Array(
    S.Struct({
      id: S.String,
      name: upTo(255),
      sku: Text,
      upc: Text,
      ordinal: Count,
      pricing_type: Text,
      /** Integer of the currency's smallest unit; text where a double would lose digits. */
      "price_money.amount": Minor,
      "price_money.currency": Text,
      track_inventory: Flag,
      sellable: Flag
    })
  )
})

/** What lies IN_STOCK, one record a variation and location; the id is both, joined by a colon. */
export const SquareCount = S.Struct({
  catalog_object_id: S.String,
  location_id: S.String,
  /** A decimal with at most five digits after the point. */
  quantity: S.String,
  calculated_at: Text
})

/** A sale with its tenders, and the refunds that were given for them. */
export const SquareOrder = S.Struct({
  id: S.String,
  version: Count,
  location_id: S.String,
  customer_id: Text,
  reference_id: Text,
  ticket_name: Text,
  state: Text,
  created_at: S.String,
  updated_at: S.String,
  closed_at: Text,
  "source.name": Text,
  "total_money.amount": Minor,
  "total_money.currency": Text,
  "total_tax_money.amount": Minor,
  "total_discount_money.amount": Minor,
  "total_tip_money.amount": Minor,
  "total_service_charge_money.amount": Minor,
  "net_amount_due_money.amount": Minor,
  /** True: every tax of the order is contained in the prices; false: every one is added; null: both, or none. */
  taxes_inclusive: Flag,
  /** Said by tenders and refunds: PENDING, AUTHORIZED, PARTIALLY_PAID, PAID, PARTIALLY_REFUNDED, REFUNDED, VOIDED. */
  payment_state: Text,
  /** Said by the fulfillments; a till hands over what it sells. */
  fulfillment_state: Text,
  "paid_money.amount": Minor,
  "refunded_money.amount": Minor,
  line_items: S.Array(
    S.Struct({
      uid: S.String,
      catalog_object_id: Text,
      name: Text,
      variation_name: Text,
      note: Text,
      item_type: Text,
      quantity: Text,
      "base_price_money.amount": Minor,
      "base_price_money.currency": Text,
      /** What the line comes to; where taxes are added, without them. */
      "total_money.amount": Minor,
      "total_money.currency": Text
    })
  ),
  tenders: S.Array(
    S.Struct({
      id: S.String,
      type: Text,
      /** CAPTURED, AUTHORIZED, VOIDED, FAILED: of a card; everything else counts as captured. */
      status: Text,
      payment_id: Text,
      created_at: Text,
      "amount_money.amount": Minor,
      "amount_money.currency": Text
    })
  ),
  refunds: S.Array(
    S.Struct({
      id: S.String,
      status: Text,
      reason: Text,
      created_at: Text,
      "amount_money.amount": Minor,
      "amount_money.currency": Text
    })
  )
})

export const SquareLocation = S.Struct({
  id: S.String,
  name: Text,
  business_name: Text,
  type: Text,
  status: Text,
  timezone: Text,
  currency: Text,
  country: Text,
  phone_number: Text,
  "address.address_line_1": Text,
  "address.address_line_2": Text,
  "address.locality": Text,
  "address.administrative_district_level_1": Text,
  "address.postal_code": Text,
  "address.country": Text
})
