/** The stock mappings of Square keep the laws, on generated records and on ones with the vendor's oddities. */
import type { Mapping } from "../../../core/mapping/mapping.ts"
import { describe, expect, it } from "vitest"
import { checkLaws, formatBreach } from "../../../core/testing/laws.ts"
import { customer, customerIn } from "../../../mappings/square/customer.ts"
import { inventory } from "../../../mappings/square/inventory.ts"
import { location } from "../../../mappings/square/location.ts"
import { order } from "../../../mappings/square/order.ts"
import { product } from "../../../mappings/square/product.ts"

describe("mappings", () => {
  const keeps = <A>(name: string, mapping: Mapping<A>): void => {
    it(`${name} keeps every law`, () => {
      const { asked, breaches } = checkLaws(mapping)
      expect(breaches.map((breach) => formatBreach(breach))).toEqual([])
      expect([...asked.values()].every((count) => count >= 1_000)).toBe(true)
    })
  }
  keeps("customer", customer)
  keeps("customer of a country", customerIn("DE"))
  keeps("product", product)
  keeps("inventory", inventory)
  keeps("order", order)
  keeps("location", location)

  const read = (path: string, column: string, cell: string | boolean | null) =>
    customer.fields.get(path)?.get({ [column]: cell })

  it("reads a birthday without a year, and writes it back the same way", () => {
    expect(read("birth", "birthday", "0000-09-21")).toEqual({ _tag: "Value", value: "--09-21" })
    expect(customer.fields.get("birth")?.put("--09-21", undefined)).toEqual({ birthday: "0000-09-21" })
    expect(customer.fields.get("birth")?.refuses?.("1998")).toBeTypeOf("string")
  })

  it("never reads an opt-in: an unsubscription closes, its absence says nothing, and nothing is written", () => {
    const states = [true, false, null].map((cell) => read("consent", "preferences.email_unsubscribed", cell))
    expect(states).toEqual([
      {
        _tag: "Value",
        value: [expect.objectContaining({ channel: "email", purpose: "marketing", state: "withdrawn" })]
      },
      { _tag: "Value", value: [expect.objectContaining({ state: "unknown" })] },
      { _tag: "Null" }
    ])
    expect(customer.fields.get("consent")?.direction).toBe("in")
  })

  it("takes an instant profile for a guest and everything else for a customer", () => {
    expect(read("guest", "creation_source", "INSTANT_PROFILE")).toEqual({ _tag: "Value", value: true })
    expect(read("guest", "creation_source", "LOYALTY")).toEqual({ _tag: "Value", value: false })
  })

  it("keeps amounts of 0 and 3 decimals and of more digits than a double to the digit", () => {
    const price = (amount: number | string, currency: string) =>
      product.fields
        .get("variants")
        ?.get({
          variations: [
            {
              id: "v",
              sku: null,
              upc: null,
              "price_money.amount": amount,
              "price_money.currency": currency,
              track_inventory: null,
              ordinal: null
            }
          ]
        })
    const at = (minor: string, scale: number, currency: string) =>
      expect.objectContaining({ value: [expect.objectContaining({ price: { minor, scale, currency } })] })
    expect(price(1250, "JPY")).toEqual(at("1250", 0, "JPY"))
    expect(price(1250, "KWD")).toEqual(at("1250", 3, "KWD"))
    expect(price("900719925474099301", "EUR")).toEqual(at("900719925474099301", 2, "EUR"))
  })
})
