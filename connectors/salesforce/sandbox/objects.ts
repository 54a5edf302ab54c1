/** The objects of the sandbox's org: facts about standard fields, and a few fields a retailer would have added. */

/**
 * One field a line: name, type with its length or its digits, and letters for what describe says of it:
 * n nillable, c createable, u updateable, d defaulted on create, i id lookup, F filterable, S sortable, R restricted
 * picklist, a auto number, x external id, q unique; `=Compound`, `>Parent:Relationship`. System fields come to each.
 */
export const standard: { readonly [object: string]: string } = {
  Account: `
    MasterRecordId reference nFS >Account:MasterRecord
    Name string(255) cuFS
    Type picklist(40) ncuFS
    RecordTypeId reference ncuFS >RecordType:RecordType
    ParentId reference ncuFS >Account:Parent
    BillingStreet textarea(255) ncuFS =BillingAddress
    BillingCity string(40) ncuFS =BillingAddress
    BillingState string(80) ncuFS =BillingAddress
    BillingPostalCode string(20) ncuFS =BillingAddress
    BillingCountry string(80) ncuFS =BillingAddress
    BillingAddress address nF
    ShippingStreet textarea(255) ncuFS =ShippingAddress
    ShippingCity string(40) ncuFS =ShippingAddress
    ShippingState string(80) ncuFS =ShippingAddress
    ShippingPostalCode string(20) ncuFS =ShippingAddress
    ShippingCountry string(80) ncuFS =ShippingAddress
    ShippingAddress address nF
    Phone phone(40) ncuFS
    Fax phone(40) ncuFS
    AccountNumber string(40) ncuFS
    Website url(255) ncuFS
    Industry picklist(40) ncuFS
    AnnualRevenue currency(18,0) ncuFS
    NumberOfEmployees int ncuFS
    Description textarea(32000) ncu
    Rating picklist(40) ncuFS
    Site string(80) ncuFS
    OwnerId reference cudFS >User:Owner
    AccountSource picklist(40) ncuFS
  `,
  Contact: `
    MasterRecordId reference nFS >Contact:MasterRecord
    AccountId reference ncuFS >Account:Account
    LastName string(80) cuFS =Name
    FirstName string(40) ncuFS =Name
    Salutation picklist(40) ncuFS =Name
    Name string(121) FS
    OtherStreet textarea(255) ncuFS =OtherAddress
    OtherCity string(40) ncuFS =OtherAddress
    OtherState string(80) ncuFS =OtherAddress
    OtherPostalCode string(20) ncuFS =OtherAddress
    OtherCountry string(80) ncuFS =OtherAddress
    OtherAddress address nF
    MailingStreet textarea(255) ncuFS =MailingAddress
    MailingCity string(40) ncuFS =MailingAddress
    MailingState string(80) ncuFS =MailingAddress
    MailingPostalCode string(20) ncuFS =MailingAddress
    MailingCountry string(80) ncuFS =MailingAddress
    MailingAddress address nF
    Phone phone(40) ncuFS
    Fax phone(40) ncuFS
    MobilePhone phone(40) ncuFS
    HomePhone phone(40) ncuFS
    OtherPhone phone(40) ncuFS
    AssistantPhone phone(40) ncuFS
    ReportsToId reference ncuFS >Contact:ReportsTo
    Email email(80) ncuiFS
    Title string(128) ncuFS
    Department string(80) ncuFS
    AssistantName string(40) ncuFS
    LeadSource picklist(255) ncuFS
    Birthdate date ncuFS
    Description textarea(32000) ncu
    OwnerId reference cudFS >User:Owner
    EmailBouncedReason string(255) ncuFS
    EmailBouncedDate datetime ncuFS
    IsEmailBounced boolean dFS
    HasOptedOutOfEmail boolean cudFS
    HasOptedOutOfFax boolean cudFS
    DoNotCall boolean cudFS
  `,
  Order: `
    OwnerId reference cudFS >Group,User:Owner
    AccountId reference ncuFS >Account:Account
    Pricebook2Id reference ncudFS >Pricebook2:Pricebook2
    RecordTypeId reference ncuFS >RecordType:RecordType
    EffectiveDate date cuFS
    EndDate date ncuFS
    IsReductionOrder boolean cdFS
    Status picklist(100) cuFSR
    Description textarea(32000) ncu
    Type picklist(255) ncuFS
    BillingStreet textarea(255) ncuFS =BillingAddress
    BillingCity string(40) ncuFS =BillingAddress
    BillingState string(80) ncuFS =BillingAddress
    BillingPostalCode string(20) ncuFS =BillingAddress
    BillingCountry string(80) ncuFS =BillingAddress
    BillingAddress address nF
    ShippingStreet textarea(255) ncuFS =ShippingAddress
    ShippingCity string(40) ncuFS =ShippingAddress
    ShippingState string(80) ncuFS =ShippingAddress
    ShippingPostalCode string(20) ncuFS =ShippingAddress
    ShippingCountry string(80) ncuFS =ShippingAddress
    ShippingAddress address nF
    Name string(80) ncuFS
    PoDate date ncuFS
    PoNumber string(80) ncuFS
    OrderReferenceNumber string(80) ncuiFS
    BillToContactId reference ncuFS >Contact:BillToContact
    ShipToContactId reference ncuFS >Contact:ShipToContact
    ActivatedDate datetime nuFS
    ActivatedById reference nuFS >User:ActivatedBy
    StatusCode picklist(40) uFSR
    OrderNumber string(30) daiFS
    TotalAmount currency(18,2) FS
  `,
  OrderItem: `
    Product2Id reference ncFS >Product2:Product2
    OrderId reference cFS >Order:Order
    PricebookEntryId reference cFS >PricebookEntry:PricebookEntry
    AvailableQuantity double(18,2) nFS
    Quantity double(18,2) cuFS
    UnitPrice currency(18,2) ncuFS
    ListPrice currency(18,2) ncFS
    TotalPrice currency(18,2) nFS
    ServiceDate date ncuFS
    EndDate date ncuFS
    Description string(255) ncuFS
    OrderItemNumber string(30) daiFS
  `,
  Product2: `
    Name string(255) cuiFS
    ProductCode string(255) ncuFS
    Description textarea(4000) ncuFS
    IsActive boolean cudFS
    Family picklist(255) ncuFS
    IsSerialized boolean cudFS
    ExternalId string(255) ncuFS
    DisplayUrl url(1000) ncuFS
    QuantityUnitOfMeasure picklist(255) ncuFS
    IsArchived boolean dFS
    StockKeepingUnit string(180) ncuFS
  `,
  Pricebook2: `
    Name string(255) cuiFS
    IsActive boolean cudFS
    IsArchived boolean dFS
    Description string(255) ncuFS
    IsStandard boolean dFS
  `,
  PricebookEntry: `
    Name string(255) nFS
    Pricebook2Id reference cFS >Pricebook2:Pricebook2
    Product2Id reference cFS >Product2:Product2
    UnitPrice currency(18,2) cuFS
    IsActive boolean cudFS
    UseStandardPrice boolean cudFS
    ProductCode string(255) nFS
    IsArchived boolean dFS
  `,
  Location: `
    Name string(255) cuFS
    LocationType picklist(255) cuFS
    IsInventoryLocation boolean cudFS
    IsMobile boolean cudFS
    ExternalReference string(255) ncuiFS
    Description string(255) ncuFS
    TimeZone picklist(40) ncuFSR
    OwnerId reference cudFS >User:Owner
  `,
  ProductItem: `
    Product2Id reference cFS >Product2:Product2
    LocationId reference cFS >Location:Location
    QuantityOnHand double(18,2) cuFS
    QuantityUnitOfMeasure picklist(255) ncuFS
    SerialNumber string(255) ncuFS
    ProductItemNumber string(30) daiFS
  `,
  User: `
    Username string(80) cuiFS
    Name string(121) FS
    IsActive boolean cudFS
  `,
  RecordType: `
    Name string(80) cuFS
    DeveloperName string(80) cuFS
    SobjectType picklist(40) cFSR
    IsActive boolean cuFS
  `,
  Organization: `
    Name string(80) uFS
    IsSandbox boolean dFS
    OrganizationType picklist(40) FS
  `
}

/** What an org with person accounts has on Account besides. */
export const personFields = `
    LastName string(80) ncuFS =Name
    FirstName string(40) ncuFS =Name
    Salutation picklist(40) ncuFS =Name
    PersonContactId reference nFS >Contact:PersonContact
    IsPersonAccount boolean dFS
    PersonMailingStreet textarea(255) ncuFS =PersonMailingAddress
    PersonMailingCity string(40) ncuFS =PersonMailingAddress
    PersonMailingState string(80) ncuFS =PersonMailingAddress
    PersonMailingPostalCode string(20) ncuFS =PersonMailingAddress
    PersonMailingCountry string(80) ncuFS =PersonMailingAddress
    PersonMailingAddress address nF
    PersonOtherStreet textarea(255) ncuFS =PersonOtherAddress
    PersonOtherCity string(40) ncuFS =PersonOtherAddress
    PersonOtherState string(80) ncuFS =PersonOtherAddress
    PersonOtherPostalCode string(20) ncuFS =PersonOtherAddress
    PersonOtherCountry string(80) ncuFS =PersonOtherAddress
    PersonOtherAddress address nF
    PersonMobilePhone phone(40) ncuFS
    PersonHomePhone phone(40) ncuFS
    PersonOtherPhone phone(40) ncuFS
    PersonAssistantPhone phone(40) ncuFS
    PersonEmail email(80) ncuFS
    PersonTitle string(80) ncuFS
    PersonDepartment string(80) ncuFS
    PersonAssistantName string(40) ncuFS
    PersonLeadSource picklist(255) ncuFS
    PersonBirthdate date ncuFS
    PersonHasOptedOutOfEmail boolean cudFS
    PersonHasOptedOutOfFax boolean cudFS
    PersonDoNotCall boolean cudFS
    PersonEmailBouncedReason string(255) ncuFS
    PersonEmailBouncedDate datetime ncuFS
    PersonPronouns picklist(255) ncuFS
    PersonGenderIdentity picklist(255) ncuFS
`

/** Fields a retailer added, made up for this sandbox. */
export const custom: { readonly [object: string]: string } = {
  Account: `
    Credit_Limit__c currency(16,2) ncuFS
    Payment_Terms__c string(40) ncuFS
  `,
  Contact: `
    Language__c picklist(10) ncuFS
    Loyalty_Number__c string(40) ncuFS
    Customer_Number__c string(40) ncuFS
    Email_Opt_Decided__c datetime ncuFS
    Points__c double(18,0) ncuFS
  `,
  Order: `
    Payment_Status__c picklist(40) ncuFSR
    Fulfilment_Status__c picklist(40) ncuFSR
    Tracking_Number__c string(80) ncuFS
    Placed_At__c datetime ncuFS
    Shipping_Amount__c currency(16,2) ncuFS
    Grand_Total__c currency(16,2) ncuFS
    Channel__c picklist(40) ncuFS
  `,
  OrderItem: `
    Sku__c string(80) ncuFS
  `,
  Product2: `
    Brand__c string(80) ncuFS
    Gtin__c string(14) ncuFS
  `,
  Shop__c: `
    Name string(80) ncuidFS
    Number__c string(20) ncuFS
    City__c string(80) ncuFS
    Active__c boolean cudFS
    Account__c reference ncuFS >Account:Account__r
  `
}

/** Picklists of our own: the vendor's are each org's, and no recording of them may be committed. */
export const picklists: { readonly [field: string]: ReadonlyArray<string> } = {
  "Contact.Salutation": ["Mr.", "Ms.", "Mrs.", "Dr.", "Prof."],
  "Account.Salutation": ["Mr.", "Ms.", "Mrs.", "Dr.", "Prof."],
  "Contact.Language__c": ["de", "en", "fr", "nl"],
  "Contact.LeadSource": ["Web", "Store", "Phone", "Other"],
  "Account.Type": ["Customer", "Prospect", "Partner", "Other"],
  "Account.Industry": ["Retail", "Apparel", "Food", "Other"],
  "Account.Rating": ["Hot", "Warm", "Cold"],
  "Account.AccountSource": ["Web", "Store", "Phone", "Other"],
  "Order.Status": ["Draft", "Activated", "Cancelled", "Closed"],
  "Order.StatusCode": ["Draft", "Activated"],
  "Order.Type": ["Web", "Store"],
  "Order.Payment_Status__c": [
    "pending", "authorized", "partially_paid", "paid", "disputed", "partially_refunded", "refunded", "voided"
  ],
  "Order.Fulfilment_Status__c": ["unfulfilled", "partial", "fulfilled", "restocked"],
  "Order.Channel__c": ["online", "pos", "phone"],
  "Product2.Family": ["Shoes", "Clothes", "Other"],
  "Location.LocationType": ["Store", "Warehouse", "Virtual"],
  "Location.TimeZone": ["Europe/Berlin", "Europe/London", "America/New_York"]
}

/** The first three characters of an object's ids. */
export const keyPrefixes: { readonly [object: string]: string } = {
  Account: "001", Contact: "003", Order: "801", OrderItem: "802", Product2: "01t", Pricebook2: "01s",
  PricebookEntry: "01u", Location: "131", ProductItem: "1Zt", User: "005", RecordType: "012", Organization: "00D",
  Shop__c: "a00"
}

type Children = { readonly [name: string]: readonly [child: string, field: string] }
/** Child relationships: how a parent's query names its children. */
export const children: { readonly [parent: string]: Children } = {
  Account: { Contacts: ["Contact", "AccountId"], Orders: ["Order", "AccountId"] },
  Order: { OrderItems: ["OrderItem", "OrderId"] },
  Product2: { PricebookEntries: ["PricebookEntry", "Product2Id"], ProductItems: ["ProductItem", "Product2Id"] },
  Pricebook2: { PricebookEntries: ["PricebookEntry", "Pricebook2Id"] },
  Location: { ProductItems: ["ProductItem", "LocationId"] }
}
