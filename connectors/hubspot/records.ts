/**
 * HubSpot's records, flat: properties under their own names, all of them text. What is joined to a record has a dot in
 * its name: consent by purpose (`consent.marketing.status`), the contact of an order (`contact.id`).
 */
import { Schema as S } from "effect"

const Text = S.NullOr(S.String)

export const Contact = S.Struct({
  hs_object_id: S.String, esl_id: Text, createdate: Text,
  email: Text, salutation: Text, firstname: Text, lastname: Text, phone: Text, mobilephone: Text, company: Text,
  address: Text, city: Text, state: Text, zip: Text, country: Text, hs_language: Text, date_of_birth: Text,
  /** SUBSCRIBED, UNSUBSCRIBED, NOT_SPECIFIED; null where the contact has no e-mail address. */
  "consent.marketing.status": Text,
  /** In the words of the canonical model, because HubSpot keeps none of its own for them. */
  "consent.marketing.decidedAt": Text,
  "consent.marketing.decidedBy": Text,
  "consent.marketing.basis": Text,
  "consent.marketing.source": Text
})

export const Company = S.Struct({
  hs_object_id: S.String, esl_id: Text, createdate: Text,
  name: Text, domain: Text, phone: Text, address: Text, address2: Text, city: Text, state: Text, zip: Text,
  country: Text
})

export const Product = S.Struct({
  hs_object_id: S.String, esl_id: Text,
  name: Text, description: Text, hs_sku: Text, price: Text, hs_cost_of_goods_sold: Text, hs_url: Text
})

export const LineItem = S.Struct({
  hs_object_id: S.String, hs_product_id: Text, hs_sku: Text, name: Text, quantity: Text, price: Text,
  /** Calculated: price times quantity less discount. */
  amount: Text,
  hs_line_item_currency_code: Text
})

export const Order = S.Struct({
  hs_object_id: S.String, esl_id: Text,
  hs_order_name: Text, hs_source_store: Text, hs_currency_code: Text, hs_external_order_id: Text,
  hs_external_created_date: Text, hs_external_order_status: Text, hs_fulfillment_status: Text,
  hs_shipping_tracking_number: Text, hs_subtotal_price: Text, hs_shipping_cost: Text, hs_tax: Text,
  hs_order_discount: Text, hs_total_price: Text, hs_refund_amount: Text, hs_billing_address_email: Text,
  hs_billing_address_name: Text, hs_billing_address_street: Text, hs_billing_address_city: Text,
  hs_billing_address_state: Text, hs_billing_address_postal_code: Text, hs_billing_address_country: Text,
  hs_shipping_address_name: Text, hs_shipping_address_street: Text, hs_shipping_address_city: Text,
  hs_shipping_address_state: Text, hs_shipping_address_postal_code: Text, hs_shipping_address_country: Text,
  "contact.id": Text,
  line_items: S.Array(LineItem)
})
