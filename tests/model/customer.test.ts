/** Customer: what a mapping is checked against at compile time, and how people are recognised. */
import { Schema } from "effect"
import { describe, expect, it } from "vitest"
import { Customer, extend, field, Bool } from "../../core/model/index.ts"
import type { Entity, TypeOf } from "../../core/model/index.ts"
import type { Path, Value } from "../../core/model/value.ts"

const keysOf = (kind: string, values: { readonly [path: Path]: Value }) =>
  Customer.keys.find((key) => key.kind === kind)?.of((path) => values[path])

describe("the static type", () => {
  it("is flat and keyed by path", () => {
    const customer: Customer = {
      "name.given": "Ada",
      email: "ada@example.com",
      "address.billing": { city: "London", country: "GB" },
      "custom.vip": true,
      consent: [{ id: "email|marketing", channel: "email", purpose: "marketing", state: "granted" }]
    }
    const any: Entity = Customer
    expect(any.name).toBe("customer")
    expect(customer["name.given"]).toBe("Ada")
  })

  it("gains the fields it is extended with", () => {
    const Ours = extend(Customer, { "custom.vip": field(Bool, "O", "none", "Gets gifts.") })
    const vip: TypeOf<typeof Ours>["custom.vip"] = true
    expect(Ours.field("custom.vip")?.merge).toBe("O")
    expect(Schema.decodeUnknownSync(Ours.schema)({ "custom.vip": vip })).toEqual({ "custom.vip": true })
    expect(() => Schema.decodeUnknownSync(Ours.schema)({ "custom.vip": "yes" })).toThrow()
  })
})

describe("fields", () => {
  it("answers for custom fields and for nothing else that is not declared", () => {
    expect(Customer.field("custom.vip")).toMatchObject({ path: "custom.vip", merge: "L", pii: "personal" })
    expect(Customer.field("custom.")).toBeUndefined()
    expect(Customer.field("custom.a b")).toBeUndefined()
    expect(Customer.field("nmae.given")).toBeUndefined()
  })

  it("has one empty value: no empty text, no empty list", () => {
    const decode = Schema.decodeUnknownSync(Customer.schema)
    expect(decode({ "name.given": "Ada", tags: ["vip"] })).toEqual({ "name.given": "Ada", tags: ["vip"] })
    for (const wrong of [{ "name.given": "" }, { "name.given": " Ada" }, { tags: [] }, { tags: ["vip", "VIP"] }, { "address.main": {} }, { consent: [] }]) {
      expect(() => decode(wrong), JSON.stringify(wrong)).toThrow()
    }
  })
})

describe("keys", () => {
  it("recognises an e-mail address in any case, and never one that no person owns", () => {
    expect(keysOf("email", { email: "Ada@Example.com" })).toEqual(["ada@example.com"])
    for (const email of ["no-reply@example.com", "guest@example.com", "keine-mail@example.org", "x@shop.invalid"]) {
      expect(keysOf("email", { email }), email).toEqual([])
    }
  })

  it("never recognises by a telephone number alone", () => {
    const phone = { "phone.mobile": "+15550100123", "phone.work": "+493023125000;ext=12" }
    expect(keysOf("phone+name", phone)).toEqual([])
    expect(keysOf("phone+name", { ...phone, "name.given": "Jürgen", "name.family": "Groß" })).toEqual(["+15550100123|gross juergen", "+493023125000|gross juergen"])
    expect(keysOf("phone+name", { ...phone, "name.given": "GROSS", "name.family": "JUERGEN" })).toEqual(["+15550100123|gross juergen", "+493023125000|gross juergen"])
  })

  it("keeps numbers that every system gives out by itself for syncs that ask", () => {
    expect(Customer.keys.filter((key) => key.onRequest).map((key) => key.kind)).toEqual(["number"])
  })

  it("takes no stand-in for a number", () => {
    expect(keysOf("loyaltyNumber", { loyaltyNumber: "AB 12" })).toEqual(["ab12"])
    for (const loyaltyNumber of ["0", "000", "-", "n/a"]) expect(keysOf("loyaltyNumber", { loyaltyNumber }), loyaltyNumber).toEqual([])
  })
})
