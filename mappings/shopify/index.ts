/** The door of `esl/mappings/shopify`. */
export { customer, customerIn } from "./customer.ts"
export { inventory, sellable } from "./inventory.ts"
export { location } from "./location.ts"
export { newOrder, order } from "./order.ts"
export { product } from "./product.ts"
