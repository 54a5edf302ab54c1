/** Every resource of the Square connector keeps the contract. */
import { contractOf } from "./cases.ts"
import { customers } from "./square/customers.ts"

contractOf(customers)
