/** The roll-out of a retailer with five systems. Change it and run `esl plan` again. */
import { defineConfig, env, is, newest, owner, pins, prefer, secret, since, sync, where } from "esl"
import { hubspot, salesforce, shopify, sql, square } from "esl/connectors"
import * as hubspotMappings from "esl/mappings/hubspot"
import * as salesforceMappings from "esl/mappings/salesforce"
import * as shopifyMappings from "esl/mappings/shopify"
import * as squareMappings from "esl/mappings/square"
import { Customer, Inventory, Location, Order, Product } from "esl/model"
import * as erpShapes from "./mappings/erp.ts"
import { item } from "./mappings/till.ts"

const erp = sql("erp", { url: "sqlite:erp.db", zone: "UTC" })
const shop = shopify("shop", {
  store: "sandbox", url: env("SHOP_URL"), token: secret("SHOP_TOKEN"), storage: [env("SHOP_STORAGE")], poll: 0.1
})
const crm = salesforce("crm", {
  url: env("CRM_URL"), auth: { token: secret("CRM_TOKEN") }, currency: "EUR", guestAccount: env("CRM_GUESTS")
})
const marketing = hubspot("marketing", {
  url: env("MARKETING_URL"), token: secret("MARKETING_TOKEN"), lag: 0,
  consent: { subscriptions: { marketing: "1001" }, subjectSources: ["PREFERENCES_PAGE", "FORM"], movesContact: true }
})
const till = square("till", { url: env("TILL_URL"), token: secret("TILL_TOKEN") })

const kunden = erp.table("KUNDEN", erpShapes.Kunde, {
  key: "KDNR", changed: "AENDDAT", created: "ANLDAT",
  children: { ANSCHRIFTEN: { table: "ANSCHRIFTEN", key: "ADRNR", parent: { KDNR: "KDNR" }, changed: "AENDDAT" } }
})
/** No change column: read whole and compared by content. */
const artikel = erp.table("ARTIKEL", erpShapes.Artikel, { key: "ARTNR" })
const lagerort = erp.table("LAGERORT", erpShapes.Lagerort, { key: "LGORT" })
const lager = erp.table("LAGER", erpShapes.Lager, { key: ["ARTNR", "LGORT"] })
const auftraege = erp.table("AUFTRAG", erpShapes.Auftrag, {
  key: "AUFNR", changed: "AENDDAT", created: "ANLDAT",
  children: { AUFTRAGSPOS: { table: "AUFTRAGSPOS", key: "POS", parent: { AUFNR: "AUFNR" } } }
})

/** The shop and the tills number their orders by themselves: `store` tells 1001 of the one from 1001 of the other. */
const webOrder = shopifyMappings.order.with(({ constant }) => ({ store: constant("shop") }))

/** Orders from before the roll-out stay where they are. */
const sinceGoLive = where("placedAt", since(env("GO_LIVE")))

export default defineConfig({
  hub: "sqlite:hub.db",
  syncs: [
    sync("customer", Customer, {
      between: [
        kunden.as(erpShapes.kunde),
        // Shopify sets a language by itself for whoever is made there.
        shop.customers.as(shopifyMappings.customerIn("DE").without("language")),
        crm.customers.as(salesforceMappings.customerOf({ region: "DE" })),
        marketing.contacts.as(hubspotMappings.contacts({ region: "DE" })),
        till.customers.as(squareMappings.customerIn("DE"), {
          // A profile that a card payment made is nobody who can be recognised.
          only: where("guest", is(true)).not,
          create: where("status", is("blocked")).not
        })
      ],
      match: ["email", ["phone", "name"]],
      rule: newest,
      fields: { creditLimit: owner(erp), status: owner(erp), "name.family": prefer(crm, shop, erp, marketing, till) },
      // The CRM is kept with the most care.
      first: prefer(crm, shop, erp, marketing, till)
    }),
    sync("location", Location, {
      between: [
        lagerort.as(erpShapes.lagerort, { readOnly: true }),
        shop.locations.as(shopifyMappings.location, { create: false, give: [], readOnly: true }),
        till.locations.as(squareMappings.location, { create: false, give: [], readOnly: true })
      ]
    }),
    sync("product", Product, {
      between: [
        artikel.as(erpShapes.artikel, { readOnly: true }),
        shop.products.as(shopifyMappings.product, { create: where("status", is("active")), give: ["description", "tags"] }),
        crm.products.as(salesforceMappings.product, { create: where("status", is("active")), give: [] }),
        till.catalog.as(item, { create: where("status", is("active")), give: [] })
      ],
      match: ["sku", "gtin"],
      first: prefer(erp, shop, till, crm)
    }),
    sync("inventory", Inventory, {
      between: [
        lager.as(erpShapes.lager, { readOnly: true }),
        shop.inventoryLevels.as(shopifyMappings.inventory, { give: [] }),
        till.inventory.as(squareMappings.inventory, { give: [], onForeignEdit: "tolerate" })
      ],
      first: prefer(erp, shop, till)
    }),
    sync("order", Order, {
      between: [
        auftraege.as(erpShapes.auftrag, {
          only: sinceGoLive, give: ["status.lifecycle", "status.fulfilment", "status.payment", "fulfilments", "refunds"]
        }),
        shop.orders.as(webOrder, { only: sinceGoLive, create: false, take: ["status.lifecycle", "fulfilments", "refunds"] }),
        till.orders.as(squareMappings.order, { only: sinceGoLive, readOnly: true }),
        crm.orders.as(salesforceMappings.order, { give: [] })
      ],
      match: [["orderNumber"]],
      first: prefer(shop, till, erp)
    })
  ],
  pins: [pins(Location, [
    { erp: "HL", shop: env("SHOP_WAREHOUSE"), till: env("TILL_OUTLET") },
    { erp: "FI", shop: env("SHOP_STORE"), till: env("TILL_STORE") }
  ])]
})
