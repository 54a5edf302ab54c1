/** The demo's roll-out: an old ERP and a web shop, two databases in this folder. Change it and run `esl plan` again. */
import { defineConfig, hold, is, newest, owner, pins, prefer, sync, where } from "esl"
import { sql } from "esl/connectors"
import { Customer, Inventory, Location, Order, Product } from "esl/model"
import * as erpShapes from "./mappings/erp.ts"
import * as shopShapes from "./mappings/shop.ts"

const erp = sql("erp", { url: "sqlite:erp.db", zone: "UTC" })
const shop = sql("shop", { url: "sqlite:shop.db" })

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

const customers = shop.table("customers", shopShapes.ShopCustomer, {
  key: "id", changed: "updated_at",
  children: { addresses: { table: "addresses", key: "id", parent: { customer_id: "id" }, changed: "updated_at" } }
})
const products = shop.table("products", shopShapes.ShopProduct, {
  key: "id", changed: "updated_at",
  children: { variants: { table: "product_variants", key: "id", parent: { product_id: "id" }, changed: "updated_at" } }
})
const locations = shop.table("locations", shopShapes.ShopLocation, { key: "id", changed: "updated_at" })
const levels = shop.table("inventory_levels", shopShapes.ShopLevel, {
  key: ["variant_id", "location_id"], changed: "updated_at"
})
const orders = shop.table("orders", shopShapes.ShopOrder, {
  key: "id", changed: "updated_at",
  children: { lines: { table: "order_lines", key: "position", parent: { order_id: "id" } } }
})

export default defineConfig({
  hub: "sqlite:hub.db",
  syncs: [
    sync("customer", Customer, {
      between: [kunden.as(erpShapes.kunde), customers.as(shopShapes.shopCustomer)],
      match: ["email", ["phone", "name"]],
      rule: newest,
      fields: { creditLimit: owner(erp), status: owner(erp), email: prefer(shop, erp), "name.family": hold },
      first: prefer(erp, shop)
    }),
    sync("location", Location, {
      between: [
        lagerort.as(erpShapes.lagerort, { create: false, take: [] }),
        locations.as(shopShapes.shopLocation, { create: false, give: [], take: [] })
      ],
      match: ["name"]
    }),
    sync("product", Product, {
      between: [
        artikel.as(erpShapes.artikel, { create: false }),
        products.as(shopShapes.shopProduct, { create: where("status", is("active")) })
      ],
      match: ["sku", "gtin"],
      rule: newest,
      fields: { title: owner(erp), description: owner(shop) },
      first: prefer(erp, shop)
    }),
    sync("inventory", Inventory, {
      between: [lager.as(erpShapes.lager, { create: false }), levels.as(shopShapes.shopLevel, { give: [] })],
      first: prefer(erp, shop)
    }),
    sync("order", Order, {
      between: [
        auftraege.as(erpShapes.auftrag, {
          only: where("test", is(true)).not,
          give: ["status.lifecycle", "status.fulfilment", "custom.tracking"]
        }),
        orders.as(shopShapes.shopOrder, { create: false })
      ],
      match: ["orderNumber"],
      first: prefer(shop, erp)
    })
  ],
  pins: [pins(Location, [{ erp: "HL", shop: "1" }, { erp: "FI", shop: "2" }])]
})
