/** A small shop to begin with: places, publications, some products with stock. */
import { addVariant, newProduct } from "./catalog.ts"
import { newCustomer } from "./people.ts"
import type { Customer, Location, Product, Row, Shop } from "./state.ts"
import { activate } from "./stock.ts"

export const addLocation = (shop: Shop, name: string, address: Row = {}, sends = true): Location => {
  const one: Location = { ...shop.base(shop.id("Location")), name, active: true, fulfillsOnlineOrders: sends, address }
  shop.locations.set(one.id, one)
  return one
}

/** At a time of its own: a shop's records are older than the test that reads them. */
export const addCustomer = (shop: Shop, input: Partial<Customer>, at = shop.time()): Customer => {
  const one: Customer = { ...newCustomer(shop), ...input }
  const base = shop.base(one.id, at)
  Object.assign(one, { createdAt: base.createdAt, updatedAt: base.updatedAt, changedMs: base.changedMs })
  one.lagMs = base.lagMs
  shop.customers.set(one.id, one)
  return one
}

export const addProduct = (
  shop: Shop, title: string, variants: ReadonlyArray<Row>, more: Partial<Product> = {}
): Product => {
  const one: Product = { ...newProduct(shop, title), ...more }
  shop.products.set(one.id, one)
  for (const variant of variants) addVariant(shop, one, variant)
  return one
}

export const stock = (shop: Shop, product: Product, location: Location, onHand: number): void => {
  for (const id of product.variants) activate(shop, shop.variants.get(id)?.item ?? "", location.id, onHand)
}

export const addPublication = (shop: Shop, title: string): string => {
  const id = shop.id("Publication")
  shop.publications.set(id, title)
  return id
}

export const smallShop = (shop: Shop): void => {
  const store = addLocation(shop, "Berlin", { address1: "Torstr. 1", city: "Berlin", zip: "10119", countryCode: "DE" })
  addLocation(shop, "Hamburg", { address1: "Elbchaussee 9", city: "Hamburg", zip: "22765", countryCode: "DE" }, false)
  addPublication(shop, "Online Store")
  const shirt = addProduct(shop, "Shirt", [
    { price: "19.90", inventoryItem: { sku: "SHIRT-S" }, optionValues: [{ optionName: "Size", name: "S" }] },
    { price: "19.90", inventoryItem: { sku: "SHIRT-M" }, optionValues: [{ optionName: "Size", name: "M" }] }
  ], { vendor: "Example", options: [{ id: shop.id("ProductOption"), name: "Size", position: 1, values: ["S", "M"] }] })
  const mug = addProduct(shop, "Mug", [{ price: "9.50", barcode: "4006381333931", inventoryItem: { sku: "MUG" } }])
  stock(shop, shirt, store, 10)
  stock(shop, mug, store, 25)
}
