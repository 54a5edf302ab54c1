/** The flat records of the resources: what mappings read and write. A dot is just part of a column's name. */
import { Schema as S } from "effect"

/** Salesforce wants a last name; this one stands for none, and mappings read it as none. */
export const noName = "[not provided]"

const Text = S.NullOr(S.String)
const Flag = S.NullOr(S.Boolean)
const Amount = S.NullOr(S.Number)

/**
 * A person with the account, in one view for all three person models. With person accounts `Email` is PersonEmail,
 * `X__c` is X__pc and `Account.Y` is the account's own Y: the mapping need not know.
 */
export const Customer = S.Struct({
  Id: S.String, AccountId: Text, Salutation: Text, FirstName: Text, LastName: Text, Email: Text, Phone: Text,
  MobilePhone: Text, HomePhone: Text, Birthdate: Text, Title: Text, HasOptedOutOfEmail: Flag, DoNotCall: Flag,
  EmailBouncedReason: Text, EmailBouncedDate: Text, LastModifiedDate: Text, CreatedDate: Text, RecordTypeId: Text,
  OwnerId: Text, LeadSource: Text, Description: Text,
  MailingStreet: Text, MailingCity: Text, MailingState: Text, MailingPostalCode: Text, MailingCountry: Text,
  OtherStreet: Text, OtherCity: Text, OtherState: Text, OtherPostalCode: Text, OtherCountry: Text,
  "Account.Name": Text, "Account.AccountNumber": Text, "Account.Type": Text, "Account.RecordTypeId": Text,
  "Account.OwnerId": Text, "Account.Phone": Text,
  "Account.BillingStreet": Text, "Account.BillingCity": Text, "Account.BillingState": Text,
  "Account.BillingPostalCode": Text, "Account.BillingCountry": Text,
  "Account.ShippingStreet": Text, "Account.ShippingCity": Text, "Account.ShippingState": Text,
  "Account.ShippingPostalCode": Text, "Account.ShippingCountry": Text
})

/** An order with its items. `CustomerId` is the person's id of `Customer`, whatever the person model. */
export const Order = S.Struct({
  Id: S.String, CustomerId: Text, OrderNumber: Text, OrderReferenceNumber: Text, PoNumber: Text, Name: Text, Type: Text,
  EffectiveDate: Text, Status: Text, StatusCode: Text, Description: Text, CurrencyIsoCode: Text, TotalAmount: Amount,
  ActivatedDate: Text, CreatedDate: Text, RecordTypeId: Text, OwnerId: Text, Pricebook2Id: Text,
  BillingStreet: Text, BillingCity: Text, BillingState: Text, BillingPostalCode: Text, BillingCountry: Text,
  ShippingStreet: Text, ShippingCity: Text, ShippingState: Text, ShippingPostalCode: Text, ShippingCountry: Text,
  OrderItems: S.Array(S.Struct({
    Id: S.String, Product2Id: Text, Quantity: Amount, UnitPrice: Amount, ListPrice: Amount, TotalPrice: Amount,
    Description: Text, OrderItemNumber: Text, "Product2.Name": Text, "Product2.ProductCode": Text, CurrencyIsoCode: Text
  }))
})

/** A product; `UnitPrice` is its price in the standard price book, in the org's currency. */
export const Product = S.Struct({
  Id: S.String, Name: Text, ProductCode: Text, StockKeepingUnit: Text, Description: Text, IsActive: Flag, Family: Text,
  DisplayUrl: Text, RecordTypeId: Text, CreatedDate: Text, UnitPrice: Amount, CurrencyIsoCode: Text,
  PricebookEntries: S.Array(S.Struct({
    Id: S.String, Pricebook2Id: Text, "Pricebook2.Name": Text, UnitPrice: Amount, IsActive: Flag, CurrencyIsoCode: Text
  }))
})

/** Standard Location of the inventory features [M]. */
export const Location = S.Struct({
  Id: S.String, Name: Text, LocationType: Text, ExternalReference: Text, TimeZone: Text, IsInventoryLocation: Flag,
  Description: Text
})

/** How much of a product lies at a location [M]. */
export const ProductItem = S.Struct({
  Id: S.String, Product2Id: Text, LocationId: Text, QuantityOnHand: Amount
})
