/** Customers of an ERP database and members of the loyalty service, brought to agree. */
import { defineConfig, env, newest, prefer, secret, sync } from "esl"
import { sql } from "esl/connectors"
import { Schema as S } from "effect"
import { email, mapping } from "esl/mapping"
import { Customer } from "esl/model"
import { loyalty, member } from "./connector.ts"

const Text = S.NullOr(S.String)
const Debtor = S.Struct({
  NO: S.Number, FIRST: Text, LAST: Text, MAIL: Text, CARD: Text, STREET: Text, ZIP: Text, CITY: Text
})
const debtor = mapping(Debtor, Customer, ({ field, group }) => ({
  name: group({ given: "FIRST", family: "LAST" }),
  email: field("MAIL", email),
  loyaltyNumber: field("CARD"),
  "address.billing": group({ street: "STREET", postalCode: "ZIP", city: "CITY" })
}))

const erp = sql("erp", { url: "sqlite:erp.db" })
const card = loyalty("card", { url: env("LOYALTY_URL"), token: secret("LOYALTY_TOKEN") })

export default defineConfig({
  hub: "sqlite:hub.db",
  syncs: [
    sync("customer", Customer, {
      between: [erp.table("DEBTOR", Debtor, { key: "NO" }).as(debtor), card.members.as(member)],
      match: ["loyaltyNumber", "email"],
      rule: newest,
      first: prefer(erp, card)
    })
  ]
})
