/** The Shopify connector keeps the contract. */
import { contractOf } from "./cases.ts"
import { customers } from "./shopify.ts"

contractOf(customers)
