/** Every resource that is put to the contract, in the order of docs/connectors/capabilities.md. */
import type { Subject } from "../../core/testing/contract.ts"
import * as hubspot from "./hubspot.ts"
import { members } from "./loyalty.ts"
import * as salesforce from "./salesforce.ts"
import * as shopify from "./shopify.ts"
import { sqlite } from "./sql.ts"
import { subjects as square } from "./square.ts"

export const subjects: ReadonlyArray<Subject> = [
  sqlite,
  shopify.customers, shopify.inBulk, shopify.products, shopify.inventoryLevels, shopify.orders, shopify.locations,
  salesforce.contacts, salesforce.personAccounts, salesforce.products, salesforce.orders, salesforce.ownObjects,
  hubspot.contacts, hubspot.companies, hubspot.products, hubspot.orders, ...square, members
]
