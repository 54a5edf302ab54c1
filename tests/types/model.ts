/** What the compiler refuses about the canonical model; `tsc` reads this file, nothing runs it. */
import { Bool, Customer, extend, field, Int } from "../../core/model/index.ts"
import type { TypeOf , Order, Product } from "../../core/model/index.ts"

export const customer: Customer = { "name.given": "Ada", "custom.shoeSize": 39, "address.main": { country: "GB" } }
// @ts-expect-error a misspelt path
export const misspelt: Customer = { "nmae.given": "Ada" }
// @ts-expect-error a value of another type
export const mistyped: Customer = { email: 1 }
// @ts-expect-error null is not a value: clearing is an observation
export const cleared: Customer = { email: null }
// @ts-expect-error a word that is not in the list
export const unlisted: Customer = { status: "aktiv" }
// @ts-expect-error a misspelt part of an address
export const part: Customer = { "address.main": { town: "London" } }
// @ts-expect-error an amount as a float
export const float: Customer = { creditLimit: 12.5 }

export const product: Product = { "title.fr-CH": "Chaise", variants: [{ id: "1", sku: "A-1" }] }
// @ts-expect-error an element without its id
export const nameless: Product = { variants: [{ sku: "A-1" }] }
// @ts-expect-error a misspelt attribute of an element
export const attribute: Product = { variants: [{ id: "1", skuu: "A-1" }] }

export const order: Order = { "status.payment": "paid", "totals.total": { minor: "1250", scale: 2, currency: "EUR" } }
// @ts-expect-error a state of another axis
export const axis: Order = { "status.payment": "fulfilled" }

export const Ours = extend(Customer, { "custom.vip": field(Bool, "O", "none", "Gets gifts.") })
export const vip: TypeOf<typeof Ours> = { "custom.vip": true }
// @ts-expect-error a declared custom field has a type
export const wrongVip: TypeOf<typeof Ours> = { "custom.vip": "yes" }
// @ts-expect-error only custom fields can be added
export const Theirs = extend(Customer, { shoeSize: field(Int, "L", "personal", "Size of shoe.") })
