/** Every resource of the HubSpot connector keeps the contract. */
import { contractOf } from "./cases.ts"
import { companies, contacts, orders, products } from "./hubspot.ts"

for (const subject of [contacts, companies, products, orders]) contractOf(subject)
