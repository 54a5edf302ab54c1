/** The Salesforce connector keeps the contract. */
import { contractOf } from "./cases.ts"
import { contacts } from "./salesforce.ts"

contractOf(contacts)
