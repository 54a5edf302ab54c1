/** The Salesforce connector keeps the contract: people in two models, products, orders, own objects. */
import { contractOf } from "./cases.ts"
import { contacts, orders, ownObjects, personAccounts, products } from "./salesforce.ts"

for (const subject of [contacts, personAccounts, products, orders, ownObjects]) contractOf(subject)
