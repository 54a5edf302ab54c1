/** The door of `esl/mappings/salesforce`. */
export { customer, customerOf, sharedCustomer } from "./customer.ts"
export type { CustomerOptions } from "./customer.ts"
export { inventory } from "./inventory.ts"
export { location } from "./location.ts"
export { order } from "./order.ts"
export { product } from "./product.ts"
