/** The door of `esl/mappings/square`. */
export { customer, customerIn } from "./customer.ts"
export { inventory } from "./inventory.ts"
export { location } from "./location.ts"
export { order } from "./order.ts"
export { product } from "./product.ts"
export { birthday, channel, chosen, region, upc } from "./codecs.ts"
