/** The HubSpot connector keeps the contract. */
import { contractOf } from "./cases.ts"
import { contacts, orders } from "./hubspot.ts"

contractOf(contacts)
contractOf(orders)
