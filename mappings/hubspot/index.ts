/** The door of `esl/mappings/hubspot`. HubSpot keeps no stock levels and no locations: there is no mapping of them. */
export { companies, company, contact, contacts } from "./customer.ts"
export { order } from "./order.ts"
export { product, products } from "./product.ts"
