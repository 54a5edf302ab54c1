/** `esl init`: a starter config that compiles, with one mapping a side. */
import { existsSync } from "node:fs"
import { basename, join, relative, resolve } from "node:path"
import { Effect } from "effect"
import { exits, Stopped } from "./failure.ts"
import { gitignore, packageJson, tsconfig, writeNew } from "./folder.ts"
import type { Run } from "./run.ts"

const config = `/** What ESL brings to agree. Check it with: esl check */
import { defineConfig, newest, owner, prefer, secret, sync } from "esl"
import { sql } from "esl/connectors"
import { Customer } from "esl/model"
import { Debtor, debtor } from "./mappings/erp.ts"
import { Buyer, buyer } from "./mappings/shop.ts"

// Addresses with passwords come from the environment: postgres://, mysql://, mariadb://, mssql:// or sqlite:file.db
const erp = sql("erp", { url: secret("ERP_URL") })
const shop = sql("shop", { url: secret("SHOP_URL") })

export default defineConfig({
  hub: "sqlite:hub.db",
  syncs: [
    sync("customer", Customer, {
      between: [
        erp.table("DEBTOR", Debtor, { key: "DEBTOR_NO", changed: "LASTMOD" }).as(debtor),
        shop.table("customers", Buyer, { key: "id", changed: "updated_at" }).as(buyer)
      ],
      match: ["email", ["phone", "name"]],
      rule: newest,
      first: prefer(erp, shop),
      fields: { paymentTerms: owner(erp), email: prefer(shop, erp) }
    })
  ]
})
`

const erp = `/** Rows of the ERP's DEBTOR table. Columns that are not named here stay untouched. */
import { Schema as S } from "effect"
import { e164, email, mapping, table } from "esl/mapping"
import { Customer } from "esl/model"

export const Debtor = S.Struct({
  DEBTOR_NO: S.String,
  FNAME: S.NullOr(S.String),
  SNAME: S.NullOr(S.String),
  EMAIL: S.NullOr(S.String),
  TEL: S.NullOr(S.String),
  BLOCKED: S.Literals(["Y", "N"]),
  TERMS: S.NullOr(S.String)
})

export const debtor = mapping(Debtor, Customer, ({ field, readOnly }) => ({
  "name.given": field("FNAME"),
  "name.family": field("SNAME"),
  email: field("EMAIL", email),
  "phone.work": field("TEL", e164("DE")),
  status: field("BLOCKED", table({ Y: "blocked", N: "active" })),
  paymentTerms: readOnly(field("TERMS"))
}))
`

const shop = `/** Rows of the shop's customers table. */
import { Schema as S } from "effect"
import { e164, email, mapping, table } from "esl/mapping"
import { Customer } from "esl/model"

export const Buyer = S.Struct({
  id: S.String,
  first_name: S.NullOr(S.String),
  last_name: S.NullOr(S.String),
  email: S.NullOr(S.String),
  phone: S.NullOr(S.String),
  state: S.Literals(["enabled", "disabled"]),
  payment_terms: S.NullOr(S.String)
})

export const buyer = mapping(Buyer, Customer, ({ field }) => ({
  "name.given": field("first_name"),
  "name.family": field("last_name"),
  email: field("email", email),
  "phone.work": field("phone", e164("DE")),
  status: field("state", table({ enabled: "active", disabled: "blocked" })),
  paymentTerms: field("payment_terms")
}))
`

export const run: Run = (args, out) => Effect.gen(function*() {
  const folder = resolve(args.rest[0] ?? ".")
  if (existsSync(join(folder, "esl.config.ts"))) {
    return yield* new Stopped({ message: `${join(folder, "esl.config.ts")} exists already: nothing was written` })
  }
  const written = yield* Effect.try({
    try: () => writeNew(folder, {
      "esl.config.ts": config,
      "mappings/erp.ts": erp,
      "mappings/shop.ts": shop,
      "package.json": packageJson(packageName(folder), folder),
      "tsconfig.json": tsconfig(folder),
      ".gitignore": gitignore
    }),
    catch: (error) => error
  })
  out.data({ folder, written })
  const way = relative(".", folder)
  const here = way.startsWith("..") ? folder : way
  out.line(`Written into ${here === "" ? "this folder" : here}: ${written.join(", ")}`)
  for (const hint of hints(written)) out.line(hint)
  out.line()
  out.line("Next:")
  const steps = [
    ...(here === "" ? [] : [`cd ${here}`]),
    "export ERP_URL=... SHOP_URL=...   # where your databases are",
    "esl discover erp                  # your tables; esl discover erp TABLE prints a mapping for one",
    "esl check                         # everything that is wrong, at once",
    "esl plan                          # what would be written, field by field",
    "esl sync --links-only             # recognise who is who, write nothing",
    "esl sync"
  ]
  for (const step of steps) out.line(`  ${step}`)
  return exits.done
})

const packageName = (folder: string): string => basename(folder).toLowerCase().replace(/[^a-z0-9-]+/g, "-").replace(/^-+|-+$/g, "") || "my-esl"

/** Files of the user's own are not touched; what they need is said. */
const hints = (written: ReadonlyArray<string>): ReadonlyArray<string> => {
  const missing: Array<string> = []
  if (!written.includes("tsconfig.json")) missing.push("tsconfig.json exists: it needs \"allowImportingTsExtensions\": true.")
  if (!written.includes(".gitignore")) missing.push(".gitignore exists: add *.db* and plan*.json, the hub holds personal data.")
  return missing
}
