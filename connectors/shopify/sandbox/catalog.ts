/** Mutations of products: the set with its full lists, narrow updates, publication, price lists. */
import { fault, isRow, numberAt, rowAt, rowsAt, textAt, wordsAt } from "./change.ts"
import type { Change, UserFault } from "./change.ts"
import { productHook } from "./hooks.ts"
import type { Product, Row, Shop, Variant } from "./state.ts"
import { productView, variantView } from "./view.ts"
import type { Args } from "./view.ts"

export const saved = (shop: Shop, product: Product, created: boolean): void => {
  if (created) shop.products.set(product.id, product)
  else shop.touch(product)
  shop.hook({ topic: created ? "PRODUCTS_CREATE" : "PRODUCTS_UPDATE", payload: productHook(shop, product) })
}

export const newProduct = (shop: Shop, title: string): Product => {
  const id = shop.id("Product")
  return { ...shop.base(id), title, handle: `${title.toLowerCase().replace(/[^a-z0-9]+/g, "-")}-${id.split("/").pop()}`,
    descriptionHtml: "", vendor: "", productType: "", status: "ACTIVE", tags: [], options: [], variants: [], media: [],
    publications: new Map() }
}

export const addVariant = (shop: Shop, product: Product, input: Row): Variant => {
  const [id, item] = [shop.id("ProductVariant"), shop.id("InventoryItem")]
  const variant: Variant = { ...shop.base(id), product: product.id, item, barcode: null, price: "0.00",
    compareAtPrice: null,
    taxable: true, position: product.variants.length + 1, options: [] }
  shop.variants.set(id, variant)
  shop.items.set(item, { id: item, variant: id, sku: null, tracked: true, requiresShipping: true, cost: null,
    weight: null })
  product.variants.push(id)
  layVariant(shop, variant, input)
  return variant
}

const layVariant = (shop: Shop, variant: Variant, input: Row): void => {
  if (input["barcode"] !== undefined) variant.barcode = textAt(input, "barcode") ?? null
  if (input["price"] !== undefined) variant.price = decimal(input["price"] ?? "0")
  if (input["compareAtPrice"] !== undefined) {
    variant.compareAtPrice = input["compareAtPrice"] === null ? null : decimal(input["compareAtPrice"])
  }
  if (typeof input["taxable"] === "boolean") variant.taxable = input["taxable"]
  const options = rowsAt(input, "optionValues")
  if (options.length > 0) {
    variant.options = options.map((one) => ({ name: textAt(one, "optionName") ?? "Title", value: textAt(one, "name") ?? "" }))
      .filter((one) => one.name !== "Title" || one.value !== "Default Title")
  }
  const item = shop.items.get(variant.item)
  const own = rowAt(input, "inventoryItem")
  if (item === undefined) return
  if (own["sku"] !== undefined || input["sku"] !== undefined) item.sku = textAt(own, "sku") ?? textAt(input, "sku") ?? null
  if (typeof own["tracked"] === "boolean") item.tracked = own["tracked"]
  if (typeof own["requiresShipping"] === "boolean") item.requiresShipping = own["requiresShipping"]
  if (own["cost"] !== undefined) item.cost = own["cost"] === null ? null : decimal(own["cost"])
  const weight = rowAt(rowAt(own, "measurement"), "weight")
  const value = numberAt(weight, "value")
  if (value !== undefined) item.weight = { value, unit: textAt(weight, "unit") ?? "KILOGRAMS" }
}

/** Two digits at least, as the shop shows prices. */
const decimal = (value: unknown): string => {
  const [whole = "0", part = ""] = String(value).split(".")
  return `${whole}.${part.padEnd(2, "0").slice(0, Math.max(2, part.length))}`
}

const lay = (product: Product, input: Row): void => {
  for (const name of ["title", "handle", "descriptionHtml", "vendor", "productType", "status"] as const) {
    const value = textAt(input, name)
    if (value !== undefined) product[name] = value
    else if (input[name] === null && name !== "title" && name !== "status") product[name] = ""
  }
  product.tags = wordsAt(input, "tags") ?? product.tags
}

const faultsOf = (input: Row): ReadonlyArray<UserFault> => {
  const title = textAt(input, "title")
  const faults: Array<UserFault> = []
  if (title !== undefined && title.trim() === "") faults.push(fault("BLANK", "Title can't be blank", "input", "title"))
  if ((title?.length ?? 0) > 255) faults.push(fault("TOO_LONG", "Title is too long (maximum is 255 characters)", "input", "title"))
  return faults
}

const priceFaults = (variants: ReadonlyArray<Row>): ReadonlyArray<UserFault> =>
  variants.flatMap((one, at) => Number(one["price"] ?? 0) < 0
    ? [fault("NEGATIVE_PRICE_VALUE", "Price must be greater than or equal to 0", "variants", String(at), "price")] : [])

const identified = (shop: Shop, identifier: Row): Product | undefined | UserFault => {
  const custom = identifier["customId"]
  if (isRow(custom)) {
    const [namespace, key, value] = [textAt(custom, "namespace") ?? "", textAt(custom, "key") ?? "", textAt(custom, "value") ?? ""]
    const unique = shop.definitions.some((one) => one.owner === "PRODUCT" && one.namespace === namespace && one.key === key &&
      one.unique && one.type === "id")
    if (!unique) return fault("INVALID_METAFIELD", "The metafield has no unique definition of type id", "identifier", "customId")
    return shop.products.get(shop.ownerOf("Product", namespace, key, value) ?? "")
  }
  const id = textAt(identifier, "id")
  if (id !== undefined) return shop.products.get(id) ?? fault("PRODUCT_DOES_NOT_EXIST", "Product does not exist", "identifier", "id")
  return [...shop.products.values()].find((one) => one.handle === textAt(identifier, "handle"))
}

const isFault = (one: Product | UserFault | undefined): one is UserFault => one !== undefined && "message" in one

const set = (shop: Shop, args: Args): unknown => {
  const [input, identifier] = [rowAt(args, "input"), rowAt(args, "identifier")]
  const found = Object.keys(identifier).length === 0 ? undefined : identified(shop, identifier)
  const variants = rowsAt(input, "variants")
  const faults = isFault(found) ? [found] : [...faultsOf(input), ...priceFaults(variants),
    ...found === undefined && textAt(input, "title") === undefined ? [fault("INVALID_INPUT", "Title can't be blank", "input", "title")] : [],
    ...variants.length > 0 && rowsAt(input, "productOptions").length === 0
      ? [fault("PRODUCT_OPTIONS_INPUT_MISSING", "Product options input is required", "input", "productOptions")] : []]
  if (isFault(found) || faults.length > 0) return { product: null, productSetOperation: null, userErrors: faults }
  const product = found ?? newProduct(shop, textAt(input, "title") ?? "")
  lay(product, input)
  if (Array.isArray(input["productOptions"])) {
    product.options = rowsAt(input, "productOptions").map((one, at) => ({ id: shop.id("ProductOption"), name: textAt(one, "name") ?? "",
      position: at + 1, values: rowsAt(one, "values").map((value) => textAt(value, "name") ?? "") }))
  }
  if (Array.isArray(input["variants"])) {
    // Variants that are not sent are removed.
    const keep = new Set(variants.flatMap((one) => textAt(one, "id") ?? []))
    for (const id of product.variants.filter((one) => !keep.has(one))) dropVariant(shop, product, id)
    for (const one of variants) {
      const known = shop.variants.get(textAt(one, "id") ?? "")
      if (known === undefined) addVariant(shop, product, one)
      else layVariant(shop, known, one)
    }
  } else if (found === undefined) addVariant(shop, product, {})
  const custom = identifier["customId"]
  if (isRow(custom)) {
    shop.setMetafield(product.id, textAt(custom, "namespace") ?? "", textAt(custom, "key") ?? "", "id", textAt(custom, "value") ?? "")
  }
  saved(shop, product, found === undefined)
  return { product: productView(shop, product), productSetOperation: null, userErrors: [] }
}

const dropVariant = (shop: Shop, product: Product, id: string): void => {
  const variant = shop.variants.get(id)
  product.variants = product.variants.filter((one) => one !== id)
  shop.variants.delete(id)
  if (variant === undefined) return
  shop.items.delete(variant.item)
  for (const [key, level] of shop.levels) if (level.item === variant.item) shop.levels.delete(key)
}

const noProduct = (): UserFault => fault("PRODUCT_DOES_NOT_EXIST", "Product does not exist", "productId")

const variantsChange = (shop: Shop, args: Args, how: "create" | "update"): unknown => {
  const product = shop.products.get(textAt(args, "productId") ?? "")
  const inputs = rowsAt(args, "variants")
  const faults = product === undefined ? [noProduct()] : [...priceFaults(inputs), ...how === "create" ? []
    : inputs.flatMap((one, at) => product.variants.includes(textAt(one, "id") ?? "") ? []
      : [fault("PRODUCT_VARIANT_DOES_NOT_EXIST", "Product variant does not exist", "variants", String(at), "id")])]
  if (product === undefined || faults.length > 0) return { productVariants: null, userErrors: faults }
  const changed = inputs.flatMap((one) => {
    const variant = how === "create" ? addVariant(shop, product, one) : shop.variants.get(textAt(one, "id") ?? "")
    if (variant === undefined) return []
    if (how === "update") {
      layVariant(shop, variant, one)
      shop.touch(variant)
    }
    return [variantView(shop, variant)]
  })
  saved(shop, product, false)
  return { productVariants: changed, userErrors: [] }
}

const variantsDelete = (shop: Shop, args: Args): unknown => {
  const product = shop.products.get(textAt(args, "productId") ?? "")
  const ids = wordsAt(args, "variantsIds") ?? []
  const faults = product === undefined ? [noProduct()]
    : ids.some((id) => !product.variants.includes(id))
      ? [fault("AT_LEAST_ONE_VARIANT_DOES_NOT_BELONG_TO_THE_PRODUCT", "A variant does not belong to the product", "variantsIds")]
      : ids.length >= product.variants.length ? [fault("CANNOT_DELETE_LAST_VARIANT", "Cannot delete the last variant", "variantsIds")] : []
  if (product !== undefined && faults.length === 0) {
    for (const id of ids) dropVariant(shop, product, id)
    saved(shop, product, false)
  }
  return { product: null, userErrors: faults }
}

const update = (shop: Shop, args: Args): unknown => {
  const input = rowAt(args, "product")
  const product = shop.products.get(textAt(input, "id") ?? "")
  const faults = product === undefined ? [fault("NOT_FOUND", "Product does not exist", "id")] : faultsOf(input)
  if (product === undefined || faults.length > 0) return { product: null, userErrors: faults }
  lay(product, input)
  saved(shop, product, false)
  return { product: productView(shop, product), userErrors: [] }
}

export const removed = (shop: Shop, product: Product): void => {
  for (const id of product.variants) dropVariant(shop, product, id)
  shop.products.delete(product.id)
  shop.deletions.push({ id: product.id, subject: "PRODUCT", at: shop.time() })
  shop.hook({ topic: "PRODUCTS_DELETE", payload: { id: Number(product.id.split("/").pop()) } })
}

const remove = (shop: Shop, args: Args): unknown => {
  const product = shop.products.get(textAt(rowAt(args, "input"), "id") ?? "")
  if (product === undefined) return { deletedProductId: null, userErrors: [fault("NOT_FOUND", "Product does not exist", "id")] }
  removed(shop, product)
  return { deletedProductId: product.id, userErrors: [] }
}

const publish = (shop: Shop, args: Args, on: boolean): unknown => {
  const product = shop.products.get(textAt(args, "id") ?? "")
  const ids = rowsAt(args, "input").flatMap((one) => textAt(one, "publicationId") ?? [])
  if (product === undefined || ids.some((id) => !shop.publications.has(id))) {
    return { userErrors: [fault("NOT_FOUND", "Resource or publication does not exist", "id")] }
  }
  for (const id of ids) {
    if (on) product.publications.set(id, shop.time())
    else product.publications.delete(id)
  }
  saved(shop, product, false)
  return { userErrors: [] }
}

const prices = (shop: Shop, args: Args): unknown => {
  const list = shop.priceLists.get(textAt(args, "priceListId") ?? "")
  if (list === undefined) return { deletedFixedPriceVariantIds: null, userErrors: [fault("PRICE_LIST_NOT_FOUND", "Price list not found", "priceListId")] }
  const toAdd = rowsAt(args, "pricesToAdd")
  const faults = toAdd.flatMap((one, at) => {
    if (!shop.variants.has(textAt(one, "variantId") ?? "")) return [fault("VARIANT_NOT_FOUND", "Variant not found", "pricesToAdd", String(at), "variantId")]
    return textAt(rowAt(one, "price"), "currencyCode") === list.currency ? []
      : [fault("PRICE_LIST_CURRENCY_MISMATCH", "The currency must be that of the list", "pricesToAdd", String(at), "price", "currencyCode")]
  })
  if (faults.length > 0) return { deletedFixedPriceVariantIds: null, userErrors: faults }
  const gone = wordsAt(args, "variantIdsToDelete") ?? []
  for (const id of gone) list.prices.delete(id)
  for (const one of toAdd) {
    list.prices.set(textAt(one, "variantId") ?? "", { amount: String(rowAt(one, "price")["amount"]),
      compareAt: isRow(one["compareAtPrice"]) ? String(one["compareAtPrice"]["amount"]) : null })
  }
  return { deletedFixedPriceVariantIds: gone, userErrors: [] }
}

export const catalogChanges = (shop: Shop): { readonly [mutation: string]: Change } => ({
  productSet: (args) => set(shop, args),
  productUpdate: (args) => update(shop, args),
  productDelete: (args) => remove(shop, args),
  productVariantsBulkCreate: (args) => variantsChange(shop, args, "create"),
  productVariantsBulkUpdate: (args) => variantsChange(shop, args, "update"),
  productVariantsBulkDelete: (args) => variantsDelete(shop, args),
  publishablePublish: (args) => publish(shop, args, true),
  publishableUnpublish: (args) => publish(shop, args, false),
  priceListFixedPricesUpdate: (args) => prices(shop, args)
})
