/** The Shopify connector keeps the contract. */
import { contractOf } from "./cases.ts"
import { customers, inBulk, inventoryLevels, locations, orders, products } from "./shopify.ts"

contractOf(customers)
contractOf(inBulk)
contractOf(products)
contractOf(inventoryLevels)
contractOf(orders)
contractOf(locations)
