/** The tills want prices without tax, and add it when they sell. All else is as the stock mapping of Square has it. */
import { minorUnits } from "esl/mapping"
import { chosen, product, upc } from "esl/mappings/square"
import { net } from "./net.ts"

export const item = product.with(({ list, writeOnly }) => ({
  variants: list("variations", ({ field }) => ({
    sku: field("sku"),
    gtin: field("upc", upc),
    optionValues: writeOnly(field("name", chosen)),
    custom: field("price_money.amount", net(minorUnits({ column: "price_money.currency" })))
  }), { key: "id", resource: "variations" })
}))
